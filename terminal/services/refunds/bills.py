"""Refunds of bills: half a line or all of it, once for each action, with everything it gives and takes in one entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from terminal.base.errors import Refusal
from terminal.ledger.book import Posted, request_digest
from terminal.ledger.draft import Draft
from terminal.rules.canonical import Canonical
from terminal.rules.loyalty.points import PointsRules
from terminal.rules.refunds import bill
from terminal.rules.rulebook import Rulebook
from terminal.services.refunds.asking import By, Wish, check_goods
from terminal.services.refunds.consumed import returned
from terminal.services.refunds.effects import give_back, noted_backs, owe_points, take
from terminal.services.refunds.planning import Plan, chosen, plan, visit_of
from terminal.services.refunds.records import REFUND, Records, number, number_of, parts, settle_standing, text
from terminal.services.refunds.settled import Settled, check_due, read

# Writes the slip of what was posted in the same transaction; returns the print job, or None where there is no printer.
Slip = Callable[[Posted], int | None]
# Gives a section of the rulebook as it was in a version.
Section = Callable[[str, int], Any]


@dataclass(frozen=True, slots=True)
class Refunded:
    """What a refund did, read back from its entry; amounts are fen.

    `given_fen` is all money given back, `cash_fen` what is handed out now, `payable_fen` what is owed until a provider
    has paid it back; `points` the earned ones taken back.
    """

    number: str
    kind: str
    bill: str
    given_fen: int
    cash_fen: int
    payable_fen: int
    deducted_fen: int
    points: int
    print_job: int | None = None


def no_slip(_: Posted) -> None:
    """Print nothing."""


class Refunds:
    """Refunds of settled bills. `preview` reads; `refund` writes and is done by the dispatcher."""

    def __init__(self, records: Records, section: Section, slip: Slip = no_slip, store: str = "") -> None:
        """Post to the book of `records`; `section` gives the rules a bill of this `store` was settled by."""
        self._records = records
        self._section = section
        self._slip = slip
        self._store = store

    def sale(self, name: str) -> Settled:
        """Return a settled bill by its number or name, with all that is left of it and the rights this till holds.

        Raises `Refusal` as `settled.read`, and `refund_rights_elsewhere` where not all that is left of it is here.
        """
        settled = read(self._records, name)
        if any(line.quantity_left for line in settled.sale.lines):
            bill.check_rights(settled.sale)
        return settled

    def preview(self, rulebook: Rulebook, wish: Wish, *, alone: bool = False) -> Plan:
        """Return what a refund would give and take.

        Raises `Refusal` as `settled.read`, `settled.check_due`, `planning.chosen` and `rules.refunds.bill.refund`,
        `refund_goods_bad`, and `rule_version_unknown`.
        """
        settled = read(self._records, wish.bill)
        day = self._records.book.today().isoformat()
        check_due(settled, day)
        lines = chosen(settled, wish.lines)
        check_goods(lines, wish.goods_back, {place: each.kind for place, each in enumerate(settled.note.lines)})
        done = bill.refund(settled.sale, lines)
        rules = self._points(settled)
        visit = visit_of(settled, self._records.clock.local(settled.entry.at), rules, self._store)
        held = self._held_points(settled, day)
        return plan(settled, done, rulebook, rules, visit, held, alone=alone)

    def refund(self, by: By, wish: Wish) -> Refunded:
        """Give back what is asked of a bill, once for each action.

        Raises `Refusal` as `preview`, as `By.check` for who may not, and `refund_changed` when it no longer gives what
        was shown.
        """
        records = self._records
        request = request_digest({"do": REFUND, **wish.request()})
        with records.database.write():
            if earlier := records.book.find(by.action_id, request):
                return self._answer(earlier, None)
            planned = self.preview(by.rulebook, wish, alone=by.alone)
            done = planned.done
            if wish.expected_fen is not None and wish.expected_fen != done.given_fen:
                raise Refusal("refund_changed", given_fen=done.given_fen)
            said = by.check(records, "refund", done.value_fen)
            draft = records.book.begin(by.action_id, REFUND, request)
            draft.payload |= said | self._said(planned, wish, by.rulebook)
            self._move(draft, planned)
            posted = records.book.post(draft)
            settle_standing(records, by.rulebook.levels, posted.entry)
            return self._answer(posted, self._slip(posted))

    def _said(self, planned: Plan, wish: Wish, rulebook: Rulebook) -> dict[str, Canonical]:
        """Return what the entry keeps: the refund's note, its figures for the member, and what later ones go by."""
        settled, done, settling = planned.settled, planned.done, planned.clawback
        owed = planned.payouts
        payouts: list[Canonical] = [{"right": right, "tender": tender, "fen": fen} for right, tender, fen in owed]
        goods = (wish.goods_back or {}).items()
        stock: list[Canonical] = [
            {"item": settled.note.lines[place].item, "quantity": -quantity} for place, quantity in goods if quantity
        ]
        versions: dict[str, Canonical] = {**rulebook.noted("points_clawback", "prices", "roles")}
        return {
            **done.note(),
            "account": settled.note.account,
            "amount_fen": -done.given_fen,
            "paid_fen": -planned.paid_fen,
            "points": -planned.points_back,
            "visits": 0,
            "undoes": settled.name,
            "of_day": settled.figures.of_day,
            "backs": noted_backs(done.backs),
            "pass_place": -1,
            "cash_fen": planned.cash_fen,
            "payouts": payouts,
            "points_back": planned.points_back,
            "points_given": settling.given,
            "points_taken": settling.taken,
            "points_owed": settling.owed,
            "points_forgiven": settling.forgiven,
            "points_paid": settling.paid_points,
            "returned": returned(settled, done),
            "stock": stock,
            "versions": versions,
        }

    def _move(self, draft: Draft, planned: Plan) -> None:
        """Add the effects and postings: rights first, then the points that go, then the sales that are none."""
        settled, settling, records = planned.settled, planned.clawback, self._records
        give_back(draft, records, settled.lots, planned.done.backs)
        if settling.taken:
            free = records.free_points(settled.accounts, records.book.day_of(draft).isoformat())
            take(draft, records.book.lots(free), settling.taken)
        owe_points(draft, settled.account, settling.owed, settled.name)
        for kind, fen in planned.done.sales:
            draft.debit(f"sales/{kind}", fen)

    def _points(self, settled: Settled) -> PointsRules:
        if not settled.note.points or settled.entry.kind != "bill":
            return PointsRules()
        rules = self._section("points", settled.note.versions.get("points", 0))
        assert isinstance(rules, PointsRules)
        return rules

    def _held_points(self, settled: Settled, day: str) -> int:
        return sum(each.amount for each in self._records.free_points(settled.accounts, day))

    def _answer(self, posted: Posted, job: int | None) -> Refunded:
        return refunded(posted, job)


def refunded(posted: Posted, job: int | None = None) -> Refunded:
    """Return what an entry that gave back money says."""
    payload = posted.entry.payload
    return Refunded(
        number=number_of(posted.entry),
        kind=posted.entry.kind,
        bill=text(payload, "bill"),
        given_fen=-number(payload, "amount_fen"),
        cash_fen=number(payload, "cash_fen"),
        payable_fen=sum(each["fen"] for each in parts(payload, "payouts")),
        deducted_fen=number(payload, "deducted_fen"),
        points=number(payload, "points_back"),
        print_job=job,
    )
