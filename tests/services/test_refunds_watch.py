"""What is taken back is judged by the shop's rules of odd things before it is posted, as bills are."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from terminal.rules.till import anomaly
from terminal.rules.till.anomaly import Rule
from terminal.services.refunds.asking import By, Wish
from terminal.services.refunds.desk import BackDesk, back_desk
from terminal.services.refunds.records import parts
from terminal.services.refunds.watching import by_watch
from terminal.services.releases import Releases
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.watch import SETTLE, Watch
from tests.services.refund_bench import CASHIER, MANAGER, SAME_SHIFT, RefundBench, line, open_bench
from tests.services.test_refunds_whole import RULES, TWELVE, uses

ANY_REFUND = Rule("big", "single_amount", kinds=frozenset({anomaly.REFUND, anomaly.VOID}), limit=1_00)
QUICK = Rule("quick", "quick_refund", window_minutes=30, block=True)
VOIDED = Rule("voided", "top_up_void", window_minutes=30)


@dataclass(slots=True)
class Watched:
    """A counter whose refunds are watched, with what it was told."""

    bench: RefundBench
    alarms: list[str] = field(default_factory=list)
    later: list[Callable[[], None]] = field(default_factory=list)

    def desk(self) -> BackDesk:
        """Return all uses, watched."""
        made = self.bench.made
        rights = Rights(made.database, made.clock)
        watch = Watch(made.database, made.book, made.clock, rights, alarm=self.alarms.append, soon=self.later.append)
        self.bench.sections["passes"] = (TWELVE,)
        section = self.bench.refunds._section
        return back_desk(self.bench.records, section, Releases(made.book), watch=by_watch(watch))

    def by(self, *rules: Rule) -> By:
        """Return who asks by these rules of odd things."""
        return self.bench.by(SAME_SHIFT, replace(RULES, anomalies=rules))


@pytest.fixture
def watched(tmp_path: pathlib.Path) -> Iterator[Watched]:
    """Give a watched counter over an empty book, proved at the end."""
    with open_bench(tmp_path) as made:
        yield Watched(made)


@pytest.mark.parametrize("kind", ["refund", "void", "pass_refund", "prepayment_refund", "card_return"])
def test_each_way_to_give_money_back_is_judged_told_at_the_counter_and_noted(watched: Watched, kind: str) -> None:
    uses(watched.bench, watched.desk(), watched.by(ANY_REFUND))[kind]()
    made = watched.bench.last()
    assert made.kind == kind
    assert [each["code"] for each in parts(made.payload, "alerts")] == ["anomaly_single_amount"]
    assert watched.alarms == ["anomaly_single_amount"]


@pytest.mark.parametrize("kind", ["refund", "void", "pass_refund", "prepayment_refund", "card_return"])
def test_a_shop_without_rules_notes_nothing(watched: Watched, kind: str) -> None:
    uses(watched.bench, watched.desk(), watched.by())[kind]()
    assert "alerts" not in watched.bench.last().payload
    assert watched.alarms == []


def test_a_top_up_that_is_voided_soon_is_told_of(watched: Watched) -> None:
    bench = watched.bench
    soon, late = (bench.top_up(bench.member(), fen) for fen in (50_00, 70_00))
    desk = watched.desk()
    desk.voids.void(watched.by(VOIDED), soon, "wrong member")
    assert [each["rule"] for each in parts(bench.last().payload, "alerts")] == ["voided"]
    bench.made.clock.advance(31 * 60)
    desk.voids.void(watched.by(VOIDED), late, "wrong member")
    assert "alerts" not in bench.last().payload


def test_a_refund_that_follows_too_soon_waits_for_a_manager_and_nothing_was_given_back(watched: Watched) -> None:
    bench, desk = watched.bench, watched.desk()
    bill = bench.bill(None, [line(80_00)], {"cash": 80_00})
    cashier = replace(watched.by(QUICK), staff=replace(CASHIER, role="cashier"))
    bench.approve(cashier, "refund", 80_00)
    assert bench.refused(lambda: desk.bills.refund(cashier, Wish(bill))) == "approval_needed"
    assert watched.later, "what was found is noted once the transaction is over"
    watched.later.pop()()
    assert bench.last().kind == "alert"
    bench.approve(cashier, SETTLE, 80_00)
    desk.bills.refund(cashier, Wish(bill))
    (alert,) = parts(bench.last().payload, "alerts")
    assert (alert["rule"], alert["approved_by"]) == ("quick", MANAGER.staff_id)
