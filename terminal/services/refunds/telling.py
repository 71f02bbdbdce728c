"""What a refund would do, as plain values for whoever is to confirm it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from terminal.rules.refunds.bill import COUPON, MONEY, OWED, PASS, TENDER, Back
from terminal.rules.refunds.card_return import CLOSED, missing
from terminal.rules.refunds.prepayment import REASONS, by_formula
from terminal.rules.rulebook import Rulebook
from terminal.services.refunds.cases import Case
from terminal.services.refunds.effects import CASH
from terminal.services.refunds.passes import PassBack
from terminal.services.refunds.payouts import Payout
from terminal.services.refunds.planning import Plan
from terminal.services.refunds.posting import Refunded
from terminal.services.refunds.prepayments import PrepaidBack
from terminal.services.refunds.settled import means_of


def told_plan(plan: Plan, goods: Mapping[int, int]) -> dict[str, Any]:
    """Return the preview of a bill's refund: lines (from 1), where money goes, points, and what comes back beside.

    `payable_fen` is owed to the member until it was paid out, `debt_fen` is what the member still owes for the bill,
    and `left_fen` what of the bill may still be refunded.
    """
    settled, done, settling = plan.settled, plan.done, plan.clawback
    sold = settled.note.lines
    return {
        "bill": settled.number,
        "account": settled.note.account,
        "lines": [
            {
                "line": line.place + 1,
                "name": sold[line.place].name,
                "quantity": line.quantity,
                "fen": line.value_fen,
                "goods_back": goods.get(line.place, 0),
            }
            for line in done.lines
        ],
        "given_fen": done.given_fen,
        "deducted_fen": done.deducted_fen,
        "lapsed_fen": done.lapsed_fen,
        "ways": ways(done.backs),
        "points_taken": settling.taken,
        "points_given": settling.given,
        "points_owed": settling.owed,
        "coupons": _units(done.backs, COUPON),
        "sessions": _units(done.backs, PASS),
        "payable_fen": sum(fen for _, _, fen in plan.payouts),
        "debt_fen": sum(right.left for right in settled.sale.rights if right.asset == OWED)
        - sum(back.spent for back in done.backs if back.right.asset == OWED),
        "left_fen": sum(line.left_fen for line in settled.sale.lines) - done.value_fen,
    }


def told_prepaid(back: PrepaidBack, rulebook: Rulebook) -> dict[str, Any]:
    """Return the preview of a top-up's refund: both formulas, every offer, the cooling-off time, and who pays it."""
    given, result = back.given, back.result
    top_up, policy = result.top_up, rulebook.refunds
    formulas = dict(zip(REASONS, (policy.not_members_fault, policy.members_wish), strict=True))
    figures = (top_up.paid_fen, top_up.bonus_fen, top_up.consumed)
    return {
        "number": given.number,
        "top_up": top_up.id,
        "paid_fen": top_up.paid_fen,
        "bonus_fen": top_up.bonus_fen,
        "charged_fen": top_up.consumed.charged_fen,
        "list_fen": top_up.consumed.list_fen,
        "principal_left_fen": top_up.principal_left_fen,
        "formulas": {reason: by_formula(formula, *figures) for reason, formula in formulas.items()},
        "offers": [{"basis": each.basis, "fen": each.fen} for each in result.offers],
        "basis": result.basis,
        "given_fen": result.fen,
        "cooling_off": back.cooling_off,
        "cooling_off_until": back.cooling_off_until.isoformat() if back.cooling_off_until else "",
        "ways": [{"means": each.tender, "fen": each.fen, "later": True} for each in back.payouts],
        "points_taken": given.points,
    }


def told_pass(back: PassBack) -> dict[str, Any]:
    """Return the preview of a pass's refund: the units that end, what comes back of its price, and points."""
    return {
        "bill": back.settled.number,
        "lot": back.line.lot,
        "name": back.settled.note.lines[back.line.place].name or back.sold.terms.code,
        "units": sum(lot.amount for lot in back.units),
        "price_fen": back.sold.price_fen,
        "given_fen": back.done.given_fen,
        "ways": _pass_ways(back),
        "points_taken": back.points_back,
    }


def told_case(case: Case) -> dict[str, Any]:
    """Return a card return as it stands: its state, what was computed, what is missing, and each payout."""
    state = case.state
    return {
        "account": case.account,
        "state": state.state,
        "reason": case.reason,
        "refund_fen": -1 if state.refund_fen is None else state.refund_fen,
        "noted": sorted(state.noted),
        "missing": [] if state.state == CLOSED else [*missing(state)],
        "owed_fen": state.owed_fen if state.approved_by else 0,
        "payouts": [
            {
                "place": place + 1,
                "means": each.tender,
                "fen": each.fen,
                "paid": place in state.paid,
                "failed": place in state.failed,
                "sent": place in state.sent,
            }
            for place, each in enumerate(state.payouts)
        ],
    }


def told_payout(payout: Payout) -> dict[str, Any]:
    """Return one payout, its place counted from 1."""
    return {
        "number": payout.number,
        "place": payout.place + 1,
        "kind": payout.kind,
        "means": payout.tender,
        "fen": payout.fen,
        "state": payout.state,
    }


def told_done(done: Refunded) -> dict[str, Any]:
    """Return what was done: the entry's number, and what goes back in all, in cash now and later."""
    return {
        "entry": done.number,
        "kind": done.kind,
        "bill": done.bill,
        "given_fen": done.given_fen,
        "cash_fen": done.cash_fen,
        "payable_fen": done.payable_fen,
        "deducted_fen": done.deducted_fen,
        "points": done.points,
    }


def ways(backs: Iterable[Back]) -> list[dict[str, Any]]:
    """Return where money goes: at once, or `later`, when whoever took it has paid it back."""
    found: dict[str, int] = {}
    later = set[str]()
    for back in backs:
        right = back.right
        if right.asset not in MONEY or not back.given:
            continue
        # What was repaid of a debt comes back by the means it was repaid with.
        means = right.tender if right.asset == TENDER else means_of(right)
        found[means] = found.get(means, 0) + back.given
        later |= {means} if right.asset == TENDER and means != CASH else set()
    return [{"means": means, "fen": fen, "later": means in later} for means, fen in found.items()]


def _pass_ways(back: PassBack) -> list[dict[str, Any]]:
    """Return where a pass's price goes: payments as they are paid out, debts and stored value to where they were."""
    found: dict[str, int] = {}
    for way in back.ways:
        found[way.tender] = found.get(way.tender, 0) + way.fen
    paid = [{"means": means, "fen": fen, "later": means != CASH} for means, fen in found.items()]
    return paid + ways(each for each in back.done.backs if each.right.asset != TENDER)


def _units(backs: Iterable[Back], asset: str) -> int:
    return sum(back.given for back in backs if back.right.asset == asset)
