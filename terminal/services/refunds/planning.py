"""What a refund of a bill will do: money by right, points taken back and given back, and what no longer counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.rules.loyalty.clawback import DEDUCT_MONEY, OWE_POINTS, Clawback, claw_back, points_taken_back
from terminal.rules.loyalty.condition import BIRTHDAY_DAY, BIRTHDAY_MONTH, PaidLine, Visit
from terminal.rules.loyalty.points import Payment, PointsRules, earned
from terminal.rules.refunds import bill
from terminal.rules.refunds.bill import TENDER, Refund
from terminal.rules.rulebook import Rulebook
from terminal.services.refunds.settled import Settled, is_pass, money_left


@dataclass(frozen=True, slots=True)
class Plan:
    """A refund as it would be now: `points_back` are the earned points it takes back, those missing among them."""

    settled: Settled
    done: Refund
    clawback: Clawback
    points_back: int

    @property
    def cash_fen(self) -> int:
        """Return what is handed out in cash at once."""
        return sum(back.given for back in self.done.backs if _tender(back) == "cash")

    @property
    def payouts(self) -> list[tuple[str, str, int]]:
        """Return what is owed until it was paid, as right, tender and fen: payments that a provider took."""
        backs = [back for back in self.done.backs if back.right.asset == TENDER and back.right.tender != "cash"]
        return [(back.right.id, back.right.tender, back.given) for back in backs if back.given]

    @property
    def paid_fen(self) -> int:
        """Return how much less money counts as paid by the member: payments and principal given back."""
        return sum(back.given for back in self.done.backs if back.right.asset in {TENDER, bill.PRINCIPAL})


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays paid of a pass that is refunded: by the place of its line, in fen by means of payment."""

    place: int
    by_means: Mapping[str, int]


def chosen(settled: Settled, wanted: Mapping[int, int] | None) -> dict[int, int]:
    """Return the quantities to refund by line: what is asked, or all that is left but sold passes.

    Raises `Refusal` `refund_pass_line` for a line that is a sold pass, and `refund_nothing` when nothing is left.
    """
    if wanted is None:
        lines = enumerate(settled.sale.lines)
        wanted = {place: line.quantity_left for place, line in lines if line.quantity_left}
        wanted = {place: quantity for place, quantity in wanted.items() if not is_pass(settled, place)}
    for place in wanted:
        if is_pass(settled, place):
            raise Refusal("refund_pass_line", line=place + 1)
    if not wanted:
        raise Refusal("refund_nothing")
    return dict(wanted)


def plan(
    settled: Settled, done: Refund, rulebook: Rulebook, points: PointsRules, visit: Visit, held: int, *, alone: bool
) -> Plan:
    """Return what a refund comes to once its points are settled; `held` are those the member could use here.

    A till that cannot ask for points elsewhere (not `alone`) never takes money for missing ones: they are owed.
    """
    back = points_back(settled, points, visit, done)
    mode = rulebook.points_clawback
    if mode == DEDUCT_MONEY and not alone:
        mode = OWE_POINTS
    settling = claw_back(mode, back, done.points, held, done.given_fen, rulebook.prices.offset)
    wanted = {line.place: line.quantity for line in done.lines}
    done = bill.refund(settled.sale, wanted, settling.deducted_fen, done.points - settling.given)
    return Plan(settled, done, settling, back)


def points_back(
    settled: Settled, rules: PointsRules, visit: Visit, done: Refund | None = None, given_up: Kept | None = None
) -> int:
    """Return the earned points that go: those of the bill, less those on the rest of it, less those taken before.

    The rest is what is left after `done`, a refund of lines, or after the refund of a pass of which `given_up` stays.
    """
    if not settled.note.points:
        return 0
    rest = settled.sale if done is None else bill.after(settled.sale, done)
    nets = {place: line.left_fen for place, line in enumerate(rest.lines)}
    left = money_left(rest)
    for sold in settled.passes:
        kept = money_left(sold.sale) if sold.stands else sold.kept
        if given_up is not None and given_up.place == sold.place:
            kept = given_up.by_means
        nets[sold.place] = sum(kept.values())
        left = {means: left.get(means, 0) + kept.get(means, 0) for means in {**left, **kept}}
    lines = [PaidLine(each.item, each.kind, each.category, nets[n]) for n, each in enumerate(settled.note.lines)]
    order = list(dict.fromkeys(each.tender for each in settled.note.tenders))
    payments = [Payment(means, left[means]) for means in dict.fromkeys((*order, *left)) if left.get(means)]
    on_rest = earned(rules, lines, payments, visit).points
    return points_taken_back(settled.note.points, on_rest, settled.taken_back())


def visit_of(settled: Settled, at: dt.datetime, rules: PointsRules, store: str) -> Visit:
    """Return who was there when a bill was settled at `at` (local time).

    Whether it was the birthday's day or month is told by the rules that counted then; the date itself is not noted.
    """
    conditions = {each.id: each.condition.birthday for each in rules.rates}
    conditions |= {each.id: each.condition.birthday for each in rules.multipliers}
    counted = {conditions.get(each, "") for each in settled.note.points_rules}
    birthday: dt.date | None = None
    if BIRTHDAY_DAY in counted:
        birthday = settled.day
    elif BIRTHDAY_MONTH in counted:
        birthday = settled.day.replace(day=1 if settled.day.day != 1 else 2)
    return Visit(at.replace(tzinfo=None), settled.note.level, store, birthday=birthday)


def _tender(back: bill.Back) -> str:
    return back.right.tender if back.right.asset == TENDER else ""
