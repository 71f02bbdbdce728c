"""What a settled bill's payload says: its note, who rang it up, and the figures of its slip."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from terminal.ledger.draft import Draft, Lot
from terminal.rules.bill_note import BONUS, EXTERNAL, PRINCIPAL, BillNote, NoteCoupon, NoteLine, NoteReleased
from terminal.rules.canonical import Canonical
from terminal.rules.loyalty.points import Earned
from terminal.rules.prices.basket import EXCHANGE, TRIAL, WHOLE_BP
from terminal.rules.refunds.bill import points_by_line
from terminal.services.bills.paying import Payments
from terminal.services.bills.posting import Paid, Posting, UsedSessions
from terminal.services.bills.pricing import Sale
from terminal.services.bills.values import Reserved
from terminal.services.bills.wallet import BY_HAND, POINTS, Wallet
from terminal.services.views import SignedIn

COUPONS = ("line_coupon", "bill_coupon")


@dataclass(frozen=True, slots=True)
class Uses:
    """What was used up beside money."""

    sessions: Mapping[int, UsedSessions]
    coupons: tuple[NoteCoupon, ...]


def note_of(
    posting: Posting,
    uses: Uses,
    paid: Paid,
    points: Earned,
    opened: tuple[NoteReleased, ...],
    payments: Payments,
) -> BillNote:
    """Return the note of a bill: its lines and steps, how it was paid, what it used up, earned and opened."""
    sale, rules = posting.sale, posting.rules
    priced = sale.priced
    sections = ["prices", "points", "purse"]
    sections += ["levels"] if rules.levels.levels else []
    sections += ["coupons"] if uses.coupons else []
    sections += ["passes"] if posting.passes_made or uses.sessions else []
    sections += ["costs"] if any(rules.cost_fen(line.ordered.item) for line in sale.lines) else []
    parts = next((step.parts for step in priced.steps if step.name == "points"), (0,) * len(priced.lines))
    return BillNote(
        account=posting.wallet.account,
        lines=_lines(posting, uses, points_by_line(priced.points_used, parts)),
        payable_fen=priced.payable_fen,
        level=sale.basket.level,
        steps=priced.steps,
        tenders=paid.tenders,
        points_used=priced.points_used,
        points=points.points,
        points_rules=points.rules,
        coupons=uses.coupons,
        taken=paid.taken,
        released=opened,
        paid_fen=paid.fen(*EXTERNAL, PRINCIPAL),
        versions=rules.noted(*sections),
        split=payments.split,
    )


def _lines(posting: Posting, uses: Uses, points: Sequence[int]) -> tuple[NoteLine, ...]:
    own_coupons = {use.line for use in posting.sale.uses if use.coupon.kind in {EXCHANGE, TRIAL}}
    made = []
    for place, (line, priced) in enumerate(zip(posting.sale.lines, posting.sale.priced.lines, strict=True)):
        session = uses.sessions.get(place, UsedSessions(0, 0, ""))
        made.append(
            NoteLine(
                item=line.ordered.item,
                name=line.name,
                kind=line.kind,
                category=line.category,
                list_fen=priced.list_fen,
                quantity=line.ordered.quantity,
                own_fen=priced.own_fen,
                net_fen=priced.net_fen,
                points=points[place],
                units=session.units + (place in own_coupons),
                session_fen=session.value_fen,
                pass_code=line.ordered.pass_code or session.code,
                pass_lot=str(posting.passes_made.get(place, "")) or line.ordered.pass_lot,
                pass_of=line.ordered.pass_of,
                people=line.ordered.people,
                cost_fen=posting.rules.cost_fen(line.ordered.item) * line.ordered.quantity,
            )
        )
    return tuple(made)


def figures_of(staff: SignedIn, bill: str, note: BillNote, payments: Payments) -> dict[str, Canonical]:
    """Return what the payload keeps beside the note: who, in which shift, and figures of the slip."""
    figures: dict[str, Canonical] = {
        "operator": staff.staff_id,
        "shift": staff.shift_no,
        "amount_fen": note.payable_fen,
        "principal_fen": note.paid_with(PRINCIPAL),
        "bonus_fen": note.paid_with(BONUS),
    }
    if payments.change_fen:
        figures["change_fen"] = payments.change_fen
    if payments.changes:
        figures["changes"] = [list[Canonical](each) for each in payments.changes]
    if bill:
        figures["bill"] = bill
    return figures


def reserved_on(reserved: Sequence[Reserved], day: dt.date) -> dict[str, Canonical]:
    """Return for the payload which lines' sessions were reserved on another day than the bill was settled on."""
    known = {"", day.isoformat()}
    days: list[Canonical] = [[each.line, each.day] for each in reserved if each.day not in known]
    return {"reserved_on": days} if days else {}


def passes_after(sale: Sale, reserved: Sequence[Reserved], lots: Mapping[str, Lot]) -> dict[str, Canonical]:
    """Return for the payload what is left of the passes whose sessions a bill uses, and until when: for its slip.

    `lots` are the free units of those passes by bucket, as they were before.
    """
    used: dict[str, list[Reserved]] = {}
    for each in reserved:
        used.setdefault(sale.lines[each.line].ordered.pass_lot, []).append(each)
    told: list[Canonical] = []
    for name, taken in used.items():
        units = [lot for lot in lots.values() if lot.facts.lot == name]
        facts = units[0].facts
        totals = {str(lot.facts.attributes.get("part", 0)): lot.facts.attributes.get("total") for lot in units}
        left = sum(lot.amount for lot in units) - sum(amount for each in taken for _, amount in each.taken)
        told.append(
            {
                "lot": name,
                "pass": str(facts.attributes.get("pass", "")),
                "name": str(facts.attributes.get("name", "")),
                "left": left,
                "total": sum(total for total in totals.values() if type(total) is int),
                "ends_on": next((each.ends_on for each in taken if each.ends_on), facts.expires_on),
            }
        )
    return {"passes_after": told} if told else {}


def discount_bp(sale: Sale, *, by_hand: bool = False) -> int:
    """Return what chosen coupons take off the list value of a bill, in ten-thousandths, of a part of one the whole.

    A coupon that stands for an item takes nothing off unless staff gave it: it is a payment made before. With `by_hand`
    only coupons count that somebody of the staff gave; others are what the shop's own rules gave.
    """
    given = {name for name, coupon in sale.used.items() if BY_HAND in coupon.lot.facts.attributes}
    chosen = {
        use.coupon.id
        for use in sale.uses
        if use.coupon.id in given or not (by_hand or use.coupon.kind in {EXCHANGE, TRIAL})
    }
    list_fen = sum(line.list_fen for line in sale.priced.lines)
    off_fen = sum(step.off_fen for step in sale.priced.steps if step.name in COUPONS and step.source in chosen)
    return -(-off_fen * WHOLE_BP // list_fen) if list_fen else 0


def after(draft: Draft, wallet: Wallet) -> dict[str, Canonical]:
    """Return what the member may spend from the next bill on, with all that this one takes, opens and gives."""
    balance_fen, points, day = wallet.balance_fen, wallet.units(POINTS), wallet.day.isoformat()
    for effect in draft.effects:
        facts = draft.made[effect.bucket] if effect.bucket in draft.made else draft.known[effect.bucket].facts
        if facts.owner in wallet.owners and facts.spendable_on(day):
            amount = effect.amount if effect.kind == "create" else -effect.amount
            balance_fen += amount if facts.asset in {PRINCIPAL, BONUS} else 0
            points += amount if facts.asset == POINTS else 0
    return {"balance_after_fen": balance_fen, "points_after": points}
