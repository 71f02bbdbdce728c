"""Openings of the cash drawer: each once, each written down, none ever by itself."""

from __future__ import annotations

import pytest

from terminal.base.errors import Refusal
from terminal.base.events import CardRefused, DrawerFailed, DrawerKicked, PrinterStatus
from terminal.base.ids import ActionId, new_id
from terminal.services.drawer import BY_STAFF, FOR_CASH, Drawer, Opening, openings
from terminal.services.views import SignedIn
from tests.services.conftest import Bench

STAFF = SignedIn("token", "s" * 32, "小李", 1)


class Counterpart:
    """The drawer of a bench, with what it woke and told."""

    def __init__(self, bench: Bench, printer: str = "printer") -> None:
        self.woken = 0
        self.alarms: list[str] = []
        self.drawer = Drawer(
            bench.database,
            bench.clock,
            printer,
            5,
            notify=self._wake,
            alarm=self._alarm,
            calm=bench.counter.calm,
        )
        self._counter = bench.counter
        self._database = bench.database

    def _wake(self) -> None:
        self.woken += 1

    def _alarm(self, code: str) -> None:
        self.alarms.append(code)
        self._counter.alarm(code)

    def openings(self, limit: int = 200) -> list[Opening]:
        return openings(self._database, limit)

    def states(self) -> list[tuple[str, str]]:
        return [(opening.state, opening.code) for opening in self.openings()]


@pytest.fixture
def there(bench: Bench) -> Counterpart:
    made = Counterpart(bench)
    made.drawer.printer_there("printer", there=True)
    return made


def ask(there: Counterpart, action: ActionId, reason: str = BY_STAFF, bill_no: str = "") -> None:
    there.drawer.open(STAFF, action, reason, bill_no)


def test_an_opening_is_followed_by_its_action_until_the_printer_gave_the_pulse(
    there: Counterpart, action: ActionId
) -> None:
    assert there.drawer.state(action) == ("", "")
    ask(there, action)
    assert there.drawer.state(action) == ("waiting", "")
    kick = there.drawer.take("printer")
    assert kick is not None
    assert there.drawer.state(action) == ("sent", "")
    there.drawer.kicked(DrawerKicked("printer", kick.job))
    assert there.drawer.state(action) == ("done", "")


def test_an_opening_that_failed_is_told_with_its_code(there: Counterpart, action: ActionId) -> None:
    ask(there, action)
    kick = there.drawer.take("printer")
    assert kick is not None
    there.drawer.failed(DrawerFailed("printer", kick.job, "drawer_in_doubt"))
    assert there.drawer.state(action) == ("failed", "drawer_in_doubt")


def test_an_opening_wakes_its_printer_is_given_once_and_is_done_when_confirmed(
    there: Counterpart, action: ActionId
) -> None:
    ask(there, action, FOR_CASH, "1-000007")
    assert there.woken == 1
    kick = there.drawer.take("printer")
    assert kick is not None
    assert kick.pin == 5
    there.drawer.kicked(DrawerKicked("printer", kick.job))
    assert there.drawer.take("printer") is None
    (opening,) = there.openings()
    assert (opening.state, opening.staff, opening.reason, opening.bill_no) == (
        "done",
        STAFF.staff_id,
        FOR_CASH,
        "1-000007",
    )
    assert there.alarms == []


def test_the_same_action_again_opens_nothing_again(there: Counterpart, action: ActionId) -> None:
    ask(there, action)
    ask(there, action)
    assert there.drawer.take("printer") is not None
    ask(there, action)
    assert there.drawer.take("printer") is None
    assert len(there.openings()) == 1


def test_an_opening_that_failed_is_told_and_never_tried_again(there: Counterpart, action: ActionId) -> None:
    ask(there, action)
    kick = there.drawer.take("printer")
    assert kick is not None
    there.drawer.failed(DrawerFailed("printer", kick.job, "drawer_in_doubt"))
    assert there.alarms == ["drawer_in_doubt"]
    assert there.states() == [("failed", "drawer_in_doubt")]
    assert there.drawer.take("printer") is None


def test_with_the_printer_away_the_opening_is_refused_and_does_not_wait_for_it(
    there: Counterpart, action: ActionId
) -> None:
    there.drawer.printer_there("printer", there=False)
    with pytest.raises(Refusal, match="drawer_unavailable"):
        ask(there, action)
    there.drawer.printer_there("printer", there=True)
    assert there.drawer.take("printer") is None
    assert there.states() == [("failed", "drawer_unavailable")]


def test_another_devices_coming_and_going_means_nothing(there: Counterpart, action: ActionId) -> None:
    there.drawer.printer_there("scanner", there=False)
    ask(there, action)
    assert there.drawer.take("other printer") is None
    assert there.drawer.take("printer") is not None


def test_a_till_without_a_drawer_says_so(bench: Bench, action: ActionId) -> None:
    none = Counterpart(bench, printer="")
    assert not none.drawer.exists
    with pytest.raises(Refusal, match="drawer_unavailable"):
        ask(none, action)


@pytest.mark.parametrize("taken", [False, True])
def test_what_was_open_when_the_till_stopped_is_given_up(there: Counterpart, action: ActionId, *, taken: bool) -> None:
    ask(there, action)
    if taken:
        there.drawer.take("printer")
    there.drawer.recover()
    assert there.states() == [("failed", "terminal_stopped")]
    assert there.drawer.take("printer") is None


def test_a_late_word_on_an_opening_that_was_given_up_changes_nothing(there: Counterpart, action: ActionId) -> None:
    ask(there, action)
    kick = there.drawer.take("printer")
    assert kick is not None
    there.drawer.recover()
    there.drawer.kicked(DrawerKicked("printer", kick.job))
    assert there.states() == [("failed", "terminal_stopped")]


def test_openings_are_given_in_the_order_they_were_asked_for(there: Counterpart) -> None:
    for bill in ("1-000001", "1-000002"):
        ask(there, ActionId(new_id()), FOR_CASH, bill)
    first = there.drawer.take("printer")
    assert first is not None
    there.drawer.kicked(DrawerKicked("printer", first.job))
    second = there.drawer.take("printer")
    assert second is not None
    assert first.job < second.job
    assert [opening.bill_no for opening in there.openings()] == ["1-000002", "1-000001"]
    assert [opening.bill_no for opening in there.openings(1)] == ["1-000002"]


def test_an_opening_that_waited_too_long_is_given_up_and_told(
    there: Counterpart, bench: Bench, action: ActionId
) -> None:
    ask(there, action)
    bench.clock.advance(3.5)
    assert there.drawer.take("printer") is None
    assert there.states() == [("failed", "drawer_unavailable")]
    assert there.alarms == ["drawer_unavailable"]


def test_an_opening_still_waiting_when_its_printer_goes_is_given_up_at_once(
    there: Counterpart, action: ActionId
) -> None:
    ask(there, action)
    there.drawer.printer_there("printer", there=False)
    assert there.alarms == ["drawer_unavailable"]
    there.drawer.printer_there("printer", there=True)
    assert there.drawer.take("printer") is None


def test_an_opening_of_which_nothing_was_heard_is_in_doubt_once_its_printer_asks_again(
    there: Counterpart, action: ActionId
) -> None:
    ask(there, action)
    assert there.drawer.take("printer") is not None
    assert there.drawer.take("printer") is None
    assert there.states() == [("failed", "drawer_in_doubt")]
    assert there.alarms == ["drawer_in_doubt"]


def test_new_paper_takes_back_that_the_drawer_could_not_open(
    there: Counterpart, bench: Bench, action: ActionId
) -> None:
    ask(there, action)
    kick = there.drawer.take("printer")
    assert kick is not None
    there.drawer.failed(DrawerFailed("printer", kick.job, "drawer_unavailable"))
    told = bench.told[-1]
    assert told.error == "drawer_unavailable"
    there.drawer.printer_status(PrinterStatus("printer", "printer_paper_out", paper_low=True))
    there.drawer.printer_status(PrinterStatus("other printer", "", paper_low=False))
    assert bench.told[-1].error == "drawer_unavailable"
    there.drawer.printer_status(PrinterStatus("printer", "", paper_low=False))
    assert (bench.told[-1].error, bench.told[-1].sequence) == ("", told.sequence)


def test_new_paper_takes_back_no_doubt_and_nothing_that_was_said_since(
    there: Counterpart, bench: Bench, action: ActionId
) -> None:
    ask(there, action)
    kick = there.drawer.take("printer")
    assert kick is not None
    there.drawer.failed(DrawerFailed("printer", kick.job, "drawer_in_doubt"))
    there.drawer.printer_status(PrinterStatus("printer", "", paper_low=False))
    assert bench.told[-1].error == "drawer_in_doubt"
    bench.counter.card_refused(CardRefused("counter-reader", "slot", "card_foreign"))
    there.drawer.printer_status(PrinterStatus("printer", "", paper_low=False))
    assert bench.told[-1].error == "card_foreign"


@pytest.mark.parametrize("code", ["drawer_unavailable", "drawer_in_doubt"])
def test_a_drawer_that_opens_at_last_takes_back_what_was_told_of_it(
    there: Counterpart, bench: Bench, action: ActionId, code: str
) -> None:
    there.drawer.failed(DrawerFailed("printer", 999, code))
    ask(there, action)
    kick = there.drawer.take("printer")
    assert kick is not None
    assert bench.told[-1].error == code
    there.drawer.kicked(DrawerKicked("printer", kick.job))
    assert bench.told[-1].error == ""
