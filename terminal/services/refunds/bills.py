"""Refunds of bills: half a line or all of it, once for each action, with everything it gives and takes in one entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from terminal.ledger.draft import Draft
from terminal.rules.canonical import Canonical
from terminal.rules.loyalty.points import PointsRules
from terminal.rules.refunds import bill
from terminal.rules.rulebook import Rulebook
from terminal.services.refunds.asking import By, Wish, check_goods
from terminal.services.refunds.cases import require_settled
from terminal.services.refunds.consumed import returned
from terminal.services.refunds.effects import give_back, noted_backs, owe_points, take
from terminal.services.refunds.noted import concerned
from terminal.services.refunds.planning import Plan, chosen, plan, visit_of
from terminal.services.refunds.posting import Posting, Ready, Refunded
from terminal.services.refunds.records import REFUND, Records
from terminal.services.refunds.settled import Settled, check_due, read

# Gives a section of the rulebook as it was in a version.
Section = Callable[[str, int], Any]

# Names this store as the shop's rules do.
Store = Callable[[], str]


def nowhere() -> str:
    """Return the name of a store that has none."""
    return ""


class Refunds:
    """Refunds of settled bills. `preview` reads; `refund` writes and is done by the dispatcher."""

    def __init__(
        self, records: Records, section: Section, posting: Posting | None = None, store: Store = nowhere
    ) -> None:
        """Post to the book of `records`; `section` gives the rules by which a bill was settled in this `store`."""
        self._records = records
        self._section = section
        self._posting = posting or Posting(records)
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
        `refund_goods_bad`, `refund_account_closing` while a card return may still be withdrawn, and
        `rule_version_unknown`.
        """
        settled = read(self._records, wish.bill)
        require_settled(self._records, concerned(settled.note, settled.lots))
        day = self._records.book.today().isoformat()
        check_due(settled, day)
        lines = chosen(settled, wish.lines)
        check_goods(lines, wish.goods_back, {place: each.kind for place, each in enumerate(settled.note.lines)})
        done = bill.refund(settled.sale, lines)
        rules = self._points(settled)
        visit = visit_of(settled, self._records.clock.local(settled.entry.at), rules, self._store())
        held = self._held_points(settled, day)
        return plan(settled, done, rulebook, rules, visit, held, alone=alone)

    def refund(self, by: By, wish: Wish) -> Refunded:
        """Give back what is asked of a bill, once for each action.

        Raises `Refusal` as `preview` and as `Posting.once`.
        """
        asked = {"do": REFUND, **wish.request()}
        return self._posting.once(by, asked, lambda: self._ready(by, wish), wish.expected_fen)

    def _ready(self, by: By, wish: Wish) -> Ready:
        planned = self.preview(by.rulebook, wish, alone=by.alone)
        return Ready(
            kind=REFUND,
            right="refund",
            asked_fen=planned.done.value_fen,
            given_fen=planned.done.given_fen,
            said=self._said(planned, wish, by.rulebook),
            move=lambda draft: self._move(draft, planned),
        )

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
