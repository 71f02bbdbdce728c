"""A settled bill read back: its note, what refunds gave back so far, and the rights this till holds of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.draft import Lot
from terminal.rules.bill_note import ON_CREDIT, BillNote
from terminal.rules.bill_note import PASS as PASS_LINE
from terminal.rules.entry import Entry
from terminal.rules.loyalty.points import GIFT_CARD
from terminal.rules.refunds.bill import MONEY, OWED, PASS, PRINCIPAL, TENDER, Right, Sale, SoldLine
from terminal.services.refunds.noted import note_of
from terminal.services.refunds.records import (
    BILLS,
    CARD_RETURN,
    GIVEN_UP,
    PASS_REFUND,
    PREPAYMENT_REFUND,
    REFUND,
    RIGHT,
    VOID,
    Figures,
    Records,
    accounts_of,
    name_of,
    number,
    number_of,
    owner_of,
    parts,
    source_of,
    target_of,
    text,
)


@dataclass(frozen=True, slots=True)
class SoldPassLine:
    """A pass sold on a bill: the place of its line, its lot, and what its own rights still give back.

    `kept` is what stays paid, by means of payment, once the pass was refunded: what was used of it.
    """

    place: int
    lot: str
    sale: Sale
    kept: Mapping[str, int]

    @property
    def stands(self) -> bool:
        """Tell whether it was not refunded."""
        return self.sale.lines[0].quantity_left > 0


@dataclass(frozen=True, slots=True)
class Settled:
    """A settled bill with all that is left of it; `lots` are its rights here by their bucket's id.

    `accounts` are those of the member, and of whoever took the membership over: their points may be taken back. `sale`
    is all of it but the passes it sold, which have rights of their own (`passes`).
    """

    name: str
    number: str
    entry: Entry
    note: BillNote
    figures: Figures
    sale: Sale
    passes: tuple[SoldPassLine, ...]
    lots: Mapping[str, Lot]
    accounts: tuple[AccountId, ...]
    refunds: tuple[Mapping[str, Any], ...]
    ends_on: str

    @property
    def account(self) -> AccountId:
        """Return whose its rights are: the member's who holds them now, or the shop's for a walk-in."""
        owners = _owners(self.lots.values())
        return owners[0] if owners else owner_of(self.note.account)

    @property
    def day(self) -> dt.date:
        """Return the business day it was settled on."""
        return dt.date.fromisoformat(self.figures.day)

    def taken_back(self) -> int:
        """Return how many earned points refunds took back so far, those missing then among them."""
        return sum(number(each, "points_back") for each in self.refunds)


def read(records: Records, bill: str) -> Settled:
    """Return a bill by its number or name.

    Raises `Refusal` as `Records.entry`, `refund_past`, and `refund_voided` for one that was voided.
    """
    made = records.entry(records.source(bill), BILLS)
    note, name = note_of(made), name_of(made)
    undoing = records.undoing(name)
    if any(each.kind == VOID for each in undoing):
        raise Refusal("refund_voided")
    refunds = tuple(each.payload for each in undoing if each.kind in {REFUND, PASS_REFUND})
    lots = records.rights(name)
    accounts = _accounts(records, note, lots)
    # The session of somebody's shared pass ended with that, in an entry of theirs.
    sharing = [AccountId(line.pass_of) for line in note.lines if line.pass_of]
    lapsed = _lapsed(records, dict.fromkeys((*accounts, *sharing)), made)
    lines = _lines(note, refunds, lapsed)
    sold = [(place, line.pass_lot) for place, line in enumerate(note.lines) if line.kind == PASS_LINE]
    rights = {lot.bucket: right for lot, right in zip(lots, _rights(lots), strict=True)}
    of_pass = {lot.bucket: text(lot.facts.attributes, "pass") for lot in lots}
    lapsed_fen = sum(each["amount"] for each in lapsed if each["asset"] in MONEY and not each["of_pass"])
    return Settled(
        name=name,
        number=number_of(made),
        entry=made,
        note=note,
        figures=records.figures(source_of(made)),
        sale=Sale(
            lines=tuple(replace(line, net_fen=0) if line.kind == PASS_LINE else line for line in lines),
            rights=tuple(right for name, right in rights.items() if not of_pass[name]),
            bill=number_of(made),
            store=made.device,
            lapsed_fen=lapsed_fen - sum(number(each, "lapsed_fen") for each in refunds),
        ),
        passes=tuple(
            SoldPassLine(
                place=place,
                lot=lot,
                sale=Sale(
                    lines=(replace(lines[place], points=0, refunded_points=0),),
                    rights=tuple(right for name, right in rights.items() if of_pass[name] == lot),
                    bill=number_of(made),
                    store=made.device,
                ),
                kept=_kept_of(refunds, place),
            )
            for place, lot in sold
        ),
        lots={lot.bucket: lot for lot in lots},
        accounts=accounts,
        refunds=refunds,
        ends_on=_ends_on(made),
    )


def check_due(settled: Settled, day: str) -> None:
    """Raise `Refusal` `refund_done`, or `refund_too_late` (last_day) when the time to refund the bill is over.

    A sold pass stays refundable, by itself.
    """
    if not any(line.quantity_left for line in settled.sale.lines):
        raise Refusal("refund_done")
    if settled.ends_on and settled.ends_on < day:
        raise Refusal("refund_too_late", last_day=settled.ends_on)


def money_left(sale: Sale) -> dict[str, int]:
    """Return what each means of payment still pays of what is left of a bill.

    What was repaid of a debt still counts as on credit: no points were earned on it. Money that ended with a
    prepayment counts as principal.
    """
    left: dict[str, int] = {}
    for right in sale.rights:
        if right.asset in MONEY and right.left:
            name = right.tender if right.tender == GIFT_CARD else means_of(right)
            left[name] = left.get(name, 0) + right.left
    if sale.lapsed_fen:
        left[PRINCIPAL] = left.get(PRINCIPAL, 0) + sale.lapsed_fen
    return left


def means_of(right: Right) -> str:
    """Return by which means of payment, as a bill's note has it, a right's money came."""
    if right.asset == OWED or right.repays:
        return ON_CREDIT
    return right.tender if right.asset == TENDER else right.asset


def is_pass(settled: Settled, place: int) -> bool:
    """Tell whether the line at a place is a sold pass, which is refunded by what was used of it."""
    return 0 <= place < len(settled.note.lines) and settled.note.lines[place].kind == PASS_LINE


def _kept_of(refunds: Sequence[Mapping[str, Any]], place: int) -> dict[str, int]:
    kept: dict[str, int] = {}
    for payload in refunds:
        if number(payload, "pass_place", -1) == place:
            for back in parts(payload, "backs"):
                kept[back["means"]] = kept.get(back["means"], 0) + back["spent"] - back["given"]
    return {means: fen for means, fen in kept.items() if fen}


def _lines(note: BillNote, refunds: Sequence[Mapping[str, Any]], lapsed: Sequence[Mapping[str, Any]]) -> list[SoldLine]:
    gone: dict[int, int] = {}
    for each in lapsed:
        gone[each["line"]] = gone.get(each["line"], 0) + each["amount"]
    lines = [
        SoldLine(line.kind, line.quantity, line.net_fen, line.points, line.units - gone.get(place, 0))
        for place, line in enumerate(note.lines)
    ]
    for payload in refunds:
        for back in parts(payload, "lines"):
            line = lines[back["place"]]
            lines[back["place"]] = replace(
                line,
                refunded_quantity=line.refunded_quantity + back["quantity"],
                refunded_fen=line.refunded_fen + back["value_fen"],
                refunded_points=line.refunded_points + back["points"],
                refunded_units=line.refunded_units + back["units"],
            )
    return lines


def _rights(lots: Sequence[Lot]) -> tuple[Right, ...]:
    repaid: dict[str, int] = {}
    for lot in lots:
        if first := text(lot.facts.attributes, "repays"):
            repaid[first] = repaid.get(first, 0) + lot.amount
    return tuple(_right(lot, lot.amount - repaid.get(lot.bucket, 0)) for lot in lots)


def _right(lot: Lot, left: int) -> Right:
    facts, target = lot.facts.attributes, target_of(lot.facts)
    line = number(facts, "line") if "line" in facts else None
    if target is None:
        return Right(lot.bucket, TENDER, left, text(facts, "tender"), line, repays=text(facts, "repays"))
    value_fen = number(target, "unit_value_fen") if target["asset"] == PASS else 0
    # No points were earned on what a gift card brought, though it is principal like any other.
    gift = GIFT_CARD if target["asset"] == PRINCIPAL and target["attributes"].get(GIFT_CARD) else ""
    return Right(lot.bucket, text(target, "asset"), left, gift, line, value_fen)


def _accounts(records: Records, note: BillNote, lots: Sequence[Lot]) -> tuple[AccountId, ...]:
    """Return all accounts a bill's rights may belong to, none for a walk-in's."""
    if not note.account:
        return ()
    named = (AccountId(note.account), *_owners(lots))
    return tuple(dict.fromkeys(each for account in dict.fromkeys(named) for each in accounts_of(records, account)))


def _owners(lots: Iterable[Lot]) -> list[AccountId]:
    """Return who owns the rights of a bill's payments, points and coupons.

    The right of a line may be somebody else's, whose pass the session was taken from.
    """
    return [lot.facts.owner for lot in lots if "line" not in lot.facts.attributes]


def _lapsed(records: Records, accounts: Iterable[AccountId], made: Entry) -> list[dict[str, Any]]:
    """Return which of the bill's rights ended with prepaid value that was refunded, unless that was given up again.

    What came before the bill is not read: it ended nothing of it, and may no longer be kept.
    """
    found: list[dict[str, Any]] = []
    name = name_of(made)
    for account in accounts:
        kinds = (PREPAYMENT_REFUND, PASS_REFUND, CARD_RETURN)
        for refunded in records.of_member(account, kinds, after=source_of(made)):
            mine = [each for each in parts(refunded.payload, "lapsed") if each["sale"] == name]
            if mine and not any(each.kind == GIVEN_UP for each in records.undoing(name_of(refunded))):
                found += mine
    return found


def _ends_on(made: Entry) -> str:
    """Return the last day on which a bill may be refunded, empty for no end: the end of the rights it made.

    Those to what a sold pass was paid with have none, and are for that pass.
    """
    rights = [facts for facts in made.buckets if facts.asset == RIGHT and "pass" not in facts.attributes]
    ends = [facts.expires_on for facts in rights]
    return max(ends) if ends and all(ends) else ""
