"""What became of a bill whose answer was lost, and that one given up is never booked."""

from __future__ import annotations

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, new_id
from terminal.services.outcomes import DROPPED_MAX, Booked, Outcomes
from tests.services.conftest import RULES, Bench


@pytest.fixture
def outcomes(bench: Bench) -> Outcomes:
    """Give the answers for this bench's bills."""
    return Outcomes(bench.book, bench.money)


def test_booked_bill_is_told_as_its_answer_was(bench: Bench, outcomes: Outcomes) -> None:
    account, staff = bench.member(), bench.cashier()
    actions = [ActionId(new_id()) for _ in range(2)]
    paid = bench.money.top_up(RULES, staff, actions[0], account, 1000_00, 200_00)
    spent = bench.money.charge(RULES, staff, actions[1], account, 300_00, "photo")
    assert paid.print_job is not None
    assert [outcomes.of(action) for action in actions] == [Booked(account, paid), Booked(account, spent)]
    # A copy of its slip is no other slip of the bill.
    bench.spool.copy(paid.print_job, ActionId(new_id()))
    assert outcomes.of(actions[0]) == Booked(account, paid)


def test_bill_that_was_not_booked_is_told_so_and_can_still_be(bench: Bench, outcomes: Outcomes) -> None:
    account, staff, action = bench.member(), bench.cashier(), ActionId(new_id())
    assert outcomes.of(action) is None
    outcomes.check(action)
    bench.money.top_up(RULES, staff, action, account, 100_00, 0)
    assert outcomes.of(action) is not None


def test_what_was_no_bill_is_refused(bench: Bench, outcomes: Outcomes) -> None:
    bench.cashier()
    row = bench.database.row("SELECT lower(hex(action_id)) FROM entry ORDER BY seq DESC LIMIT 1")
    assert row is not None
    with pytest.raises(Refusal, match="action_conflict"):
        outcomes.of(ActionId(row[0]))


def test_bill_that_was_given_up_is_refused_and_no_other(outcomes: Outcomes) -> None:
    action = ActionId(new_id())
    assert outcomes.drop(action) is None
    with pytest.raises(Refusal, match="action_dropped"):
        outcomes.check(action)
    outcomes.check(ActionId(new_id()))


def test_bill_that_was_booked_cannot_be_given_up_any_more(bench: Bench, outcomes: Outcomes) -> None:
    account, staff, action = bench.member(), bench.cashier(), ActionId(new_id())
    done = bench.money.top_up(RULES, staff, action, account, 100_00, 0)
    assert outcomes.drop(action) == Booked(account, done)
    outcomes.check(action)


def test_no_more_given_up_bills_are_remembered_than_there_is_room_for(outcomes: Outcomes) -> None:
    actions = [ActionId(new_id()) for _ in range(DROPPED_MAX + 1)]
    for action in actions:
        outcomes.drop(action)
    outcomes.check(actions[0])
    for action in (actions[1], actions[-1]):
        with pytest.raises(Refusal, match="action_dropped"):
            outcomes.check(action)
