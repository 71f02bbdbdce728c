"""Refunds of sold passes: by what was used, back to where their price came from, each with its own rights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.draft import Draft, Lot
from terminal.rules.bill_note import PASS
from terminal.rules.canonical import Canonical
from terminal.rules.deed import sale_of
from terminal.rules.loyalty.points import PointsRules
from terminal.rules.passes.refunds import refund_members_wish, refund_not_members_fault
from terminal.rules.passes.sold import SoldPass
from terminal.rules.passes.terms import PassTerms
from terminal.rules.refunds import bill, payout
from terminal.rules.refunds.bill import PRINCIPAL, TENDER, Refund
from terminal.rules.refunds.payout import Payout
from terminal.rules.refunds.prepayment import NOT_MEMBERS_FAULT, REASONS, PaymentRight
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.wallet import terms_of
from terminal.services.prepaid.pass_units import sold_pass
from terminal.services.refunds.asking import By
from terminal.services.refunds.bills import Section, Store, nowhere
from terminal.services.refunds.consumed import returned
from terminal.services.refunds.effects import CASH, end_rights, give_back, noted_backs, owe_points, take
from terminal.services.refunds.planning import Kept, points_back, visit_of
from terminal.services.refunds.posting import Posting, Ready, Refunded
from terminal.services.refunds.records import PASS_REFUND, RIGHT, Records, target_of, text
from terminal.services.refunds.settled import Settled, SoldPassLine, means_of, read


@dataclass(frozen=True, slots=True)
class PassBack:
    """What the refund of a pass would do: units that end, what is given back of its price, and points that go.

    `ways` are how its payments go back: in cash over the counter, to a bank, or to the provider that took them.
    """

    settled: Settled
    line: SoldPassLine
    sold: SoldPass
    units: tuple[Lot, ...]
    done: Refund
    points_back: int
    ways: tuple[Payout, ...]

    @property
    def cash_fen(self) -> int:
        """Return what is handed out in cash at once."""
        return sum(way.fen for way in self.ways if way.tender == CASH)

    @property
    def payouts(self) -> list[Payout]:
        """Return what is owed until it was paid."""
        return [way for way in self.ways if way.tender != CASH]

    @property
    def value_fen(self) -> int:
        """Return what the units that end are worth in the book."""
        return sum(lot.amount * lot.facts.unit_value_fen for lot in self.units)

    @property
    def adjust_fen(self) -> int:
        """Return what is credited to sales/adjust (negative: debited): units' value less what is given back."""
        return self.value_fen - self.done.given_fen


@dataclass(frozen=True, slots=True)
class PassWish:
    """Whose pass (its lot) is refunded, for which of `REASONS`; `agreed_fen` of a time pass at the member's wish."""

    account: AccountId
    lot: str
    reason: str
    agreed_fen: int | None = None
    expected_fen: int | None = None

    def request(self) -> dict[str, Canonical]:
        """Return what is asked, by which the same action is known again."""
        asked: dict[str, Canonical] = {"account": self.account, "lot": self.lot, "reason": self.reason}
        return asked | {"do": PASS_REFUND, "agreed_fen": -1 if self.agreed_fen is None else self.agreed_fen}


# Settles the days of a pass (its lot) of an account that are over.
SettleDays = Callable[[AccountId, str], object]


def no_days(_: AccountId, __: str) -> None:
    """Settle nothing: where nobody sells passes for a time."""


class PassRefunds:
    """Refunds of sold passes. `preview` reads; `refund` writes and is done by the dispatcher."""

    def __init__(
        self,
        records: Records,
        section: Section,
        posting: Posting | None = None,
        store: Store = nowhere,
        settle_days: SettleDays = no_days,
    ) -> None:
        """Post to the book of `records`; `section` gives the terms a pass was sold under in this `store`.

        `settle_days` settles the days of a time pass that are over, in an entry of their own.
        """
        self._settle_days = settle_days
        self._records = records
        self._section = section
        self._posting = posting or Posting(records)
        self._store = store

    def preview(self, rulebook: Rulebook, wish: PassWish, *, alone: bool) -> PassBack:
        """Return what a pass gives back: its price in proportion, or less at the member's wish.

        Raises `Refusal` `refund_alone_only` where some of it may be elsewhere, `refund_pass_unknown`,
        `refund_reason_unknown`, `refund_on_hold`, `refund_nothing`, `refund_rights_elsewhere`, as `settled.read`, and
        as the rules of passes' refunds.
        """
        if wish.reason not in REASONS:
            raise Refusal("refund_reason_unknown", reasons=", ".join(REASONS))
        if not alone:
            raise Refusal("refund_alone_only")
        records = self._records
        units = [lot for lot in records.held(wish.account, PASS) if lot.facts.lot == wish.lot]
        rights = [lot for lot in records.held(wish.account, RIGHT) if lot.facts.attributes.get("pass") == wish.lot]
        terms = terms_of(units, rulebook, self._section) if units else None
        if terms is None or not rights:
            raise Refusal("refund_pass_unknown")
        if records.on_hold([lot.n for lot in units]):
            raise Refusal("refund_on_hold")
        settled = read(records, sale_of(rights[0].facts))
        line = next((each for each in settled.passes if each.lot == wish.lot), None)
        if line is None:
            raise Refusal("refund_pass_unknown")
        sold = sold_pass(terms, wish.account, units)
        done = _done(line, self._fen(wish, terms, sold))
        points = self._points(settled, line, done)
        return PassBack(settled, line, sold, tuple(units), done, points, self._ways(settled, done, rulebook))

    def refund(self, by: By, wish: PassWish) -> Refunded:
        """End a pass and give back what is due, once for each action.

        Raises `Refusal` as `preview` and as `Posting.once`.
        """
        if self._records.book.done(by.action_id) is None:
            # What cannot be given back leaves nothing behind, so it is looked at first.
            self._ready(by, wish)
            # Days that are over were had: they are sold service, and no part of what is taken back.
            self._settle_days(wish.account, wish.lot)
        return self._posting.once(by, wish.request(), lambda: self._ready(by, wish), wish.expected_fen)

    def _ready(self, by: By, wish: PassWish) -> Ready:
        back = self.preview(by.rulebook, wish, alone=by.alone)
        return Ready(
            kind=PASS_REFUND,
            right="refund_prepayment",
            asked_fen=back.done.given_fen,
            given_fen=back.done.given_fen,
            said=_said(back, wish, by.rulebook),
            move=lambda draft: self._move(draft, wish.account, back),
        )

    def _fen(self, wish: PassWish, terms: PassTerms, sold: SoldPass) -> int:
        left = [0] * len(terms.counts)
        for held in sold.units:
            left[held.part] += held.amount
        used = [count - have for count, have in zip(terms.counts, left, strict=True)]
        if sold.timed:
            used = [max(used[0], sold.paid_days_done(self._records.book.today()))]
        if wish.reason == NOT_MEMBERS_FAULT:
            return refund_not_members_fault(terms, sold.price_fen, used)
        return refund_members_wish(terms, sold.price_fen, used, wish.agreed_fen)

    def _points(self, settled: Settled, line: SoldPassLine, done: Refund) -> int:
        """Return how many of the points that the pass earned go."""
        kept: dict[str, int] = {}
        for back in done.backs:
            kept[means_of(back.right)] = kept.get(means_of(back.right), 0) + back.spent - back.given
        rules = self._section("points", settled.note.versions.get("points", 0))
        assert isinstance(rules, PointsRules)
        visit = visit_of(settled, self._records.clock.local(settled.entry.at), rules, self._store())
        return points_back(settled, rules, visit, given_up=Kept(line.place, kept))

    def _ways(self, settled: Settled, done: Refund, rulebook: Rulebook) -> tuple[Payout, ...]:
        """Return how the payments among what is given back are paid, as those of any prepaid value."""
        paid = [each for each in done.backs if each.right.asset == TENDER]
        taken = [
            (PaymentRight(each.right.id, each.right.tender, each.spent, settled.day, 0), each.given) for each in paid
        ]
        return payout.payouts(taken, self._records.book.today(), rulebook.payout)

    def _move(self, draft: Draft, account: AccountId, back: PassBack) -> None:
        """End the units and the rights that lead to them, give back what is due, and take points back.

        Points that nobody holds here any more are owed: they never lower what the law lets the member have back.
        """
        records = self._records
        for lot in back.units:
            draft.spend(lot, lot.amount)
        draft.debit("deferred", back.value_fen)
        give_back(draft, records, back.settled.lots, back.done.backs, in_hand=back.cash_fen > 0)
        draft.credit("sales/adjust", back.adjust_fen)
        rights = records.held(account, RIGHT)
        led = [lot for lot in rights if (target := target_of(lot.facts)) and target["lot"] == back.line.lot]
        draft.payload["lapsed"] = end_rights(draft, led)
        free = records.free_points(back.settled.accounts, records.book.day_of(draft).isoformat())
        taken = min(back.points_back, sum(each.amount for each in free))
        if taken:
            take(draft, records.book.lots(free), taken)
        owe_points(draft, account, back.points_back - taken, back.settled.name)


def _done(line: SoldPassLine, fen: int) -> Refund:
    """Return what is given back of a pass's price; raise `Refusal` `refund_nothing` where that is nothing."""
    price_fen = line.sale.lines[0].left_fen
    if not min(fen, price_fen):
        raise Refusal("refund_nothing")
    due_fen = min(fen, price_fen)
    given = bill.split_back(due_fen, line.sale.rights)
    whole = bill.refund(line.sale)
    # What was used stays paid: external payments go back first, and stored value is the last to.
    backs = tuple(replace(each, given=given.get(each.right.id, 0)) for each in whole.backs)
    return replace(whole, deducted_fen=price_fen - due_fen, backs=backs)


def _said(back: PassBack, wish: PassWish, rulebook: Rulebook) -> dict[str, Canonical]:
    """Return what the entry keeps: the line that is refunded, its figures, and what later refunds go by."""
    settled, done = back.settled, back.done
    paid = [each for each in done.backs if each.right.asset in {TENDER, PRINCIPAL}]
    payouts: list[Canonical] = [{"right": each.right, "tender": each.tender, "fen": each.fen} for each in back.payouts]
    line: Canonical = {"place": back.line.place, "quantity": 1, "value_fen": done.value_fen, "points": 0, "units": 0}
    return {
        "account": wish.account,
        "amount_fen": -done.given_fen,
        "paid_fen": -sum(each.given for each in paid),
        "points": -back.points_back,
        "visits": 0,
        "undoes": settled.name,
        "of_day": settled.figures.of_day,
        "bill": settled.number,
        "store": settled.entry.device,
        "reason": wish.reason,
        "pass": text(back.units[0].facts.attributes, "pass"),
        "pass_lot": back.line.lot,
        "pass_place": back.line.place,
        "lines": [line],
        "backs": noted_backs(done.backs),
        "cash_fen": back.cash_fen,
        "payouts": payouts,
        "adjust_fen": back.adjust_fen,
        "deducted_fen": 0,
        "points_back": back.points_back,
        "returned": returned(settled, done, back.line.place),
        "versions": {**rulebook.noted("passes", "refunds", "payout", "roles")},
    }
