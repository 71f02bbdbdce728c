"""The dispatcher does one message at a time, in order, and survives what fails."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from terminal.base.errors import Overloaded, Refusal
from terminal.runtime.dispatcher import Dispatcher


@dataclass(frozen=True, slots=True)
class Rang:
    """An event of these tests."""

    number: int


class Time:
    """Monotonic seconds moved by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def drain(dispatcher: Dispatcher) -> None:
    """Do everything that waits."""
    while dispatcher.step():
        pass


def test_events_reach_their_handler_in_order() -> None:
    dispatcher, seen = Dispatcher(), list[int]()
    dispatcher.on(Rang, lambda event: seen.append(event.number))
    for number in range(5):
        dispatcher.emit(Rang(number))
    drain(dispatcher)
    assert seen == [0, 1, 2, 3, 4]


def test_an_event_without_handler_is_a_bug_of_the_one_who_sent_it() -> None:
    with pytest.raises(KeyError):
        Dispatcher().emit(Rang(1))


def test_a_full_inbox_is_said_and_loses_nothing_that_was_in_it() -> None:
    dispatcher, seen = Dispatcher(inbox_depth=2), list[int]()
    dispatcher.on(Rang, lambda event: seen.append(event.number))
    dispatcher.emit(Rang(1))
    dispatcher.emit(Rang(2))
    with pytest.raises(Overloaded):
        dispatcher.emit(Rang(3))
    drain(dispatcher)
    assert seen == [1, 2]


def test_how_long_a_message_takes_is_known_from_outside_while_it_is_done() -> None:
    time = Time()
    dispatcher, seen = Dispatcher(inbox_depth=1, monotonic_s=time), list[float]()

    def work(_: Rang) -> None:
        time.now_s += 3.0
        seen.append(dispatcher.busy_s())

    dispatcher.on(Rang, work)
    assert not dispatcher.full()
    dispatcher.emit(Rang(1))
    assert (dispatcher.full(), dispatcher.busy_s()) == (True, 0.0)
    drain(dispatcher)
    assert (seen, dispatcher.busy_s(), dispatcher.full()) == ([3.0], 0.0, False)


def test_a_failing_message_is_logged_and_the_next_one_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    dispatcher, seen = Dispatcher(), list[int]()

    def handle(event: Rang) -> None:
        if event.number == 1:
            raise ZeroDivisionError
        seen.append(event.number)

    dispatcher.on(Rang, handle)
    dispatcher.emit(Rang(1))
    dispatcher.emit(Rang(2))
    drain(dispatcher)
    assert seen == [2]
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.slow
def test_work_asked_for_is_done_by_the_dispatchers_thread_and_its_result_comes_back() -> None:
    dispatcher = Dispatcher()
    thread = threading.Thread(target=dispatcher.run, name="under test")
    thread.start()
    try:
        assert dispatcher.ask(lambda: threading.current_thread().name) == "under test"
        with pytest.raises(Refusal, match="no_money"):
            dispatcher.ask(refuse)
        with pytest.raises(ZeroDivisionError):
            dispatcher.ask(lambda: 1 // 0)
        assert dispatcher.ask(lambda: 42) == 42
    finally:
        dispatcher.stop()
        thread.join(30)
    assert not thread.is_alive()


@pytest.mark.slow
def test_a_failure_goes_to_whoever_asked_and_into_the_log_and_a_refusal_only_to_whoever_asked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    dispatcher = Dispatcher()
    thread = threading.Thread(target=dispatcher.run)
    thread.start()
    try:
        with pytest.raises(Refusal, match="no_money"):
            dispatcher.ask(refuse)
        assert caplog.text == ""
        with pytest.raises(ZeroDivisionError):
            dispatcher.ask(lambda: 1 // 0)
        assert dispatcher.ask(lambda: "goes on") == "goes on"
        assert "ZeroDivisionError" in caplog.text
    finally:
        dispatcher.stop()
        thread.join(5)


def refuse() -> None:
    raise Refusal("no_money")


def test_work_that_had_not_begun_when_the_asker_gave_up_is_never_done() -> None:
    dispatcher, done = Dispatcher(), list[str]()
    with pytest.raises(Overloaded):
        dispatcher.ask(lambda: done.append("late"), timeout_s=0.01)
    drain(dispatcher)
    assert done == []


def test_delayed_work_is_done_when_due_and_not_before() -> None:
    time = Time()
    dispatcher, done = Dispatcher(monotonic_s=time), list[str]()
    dispatcher.later(5.0, lambda: done.append("five"))
    dispatcher.later(2.0, lambda: done.append("two"))
    drain(dispatcher)
    assert done == []
    time.now_s = 2.0
    drain(dispatcher)
    assert done == ["two"]
    time.now_s = 9.0
    drain(dispatcher)
    assert done == ["two", "five"]


def test_what_is_in_the_inbox_at_the_stop_is_still_done() -> None:
    dispatcher, seen = Dispatcher(), list[int]()
    dispatcher.on(Rang, lambda event: seen.append(event.number))
    dispatcher.emit(Rang(1))
    dispatcher.stop()
    dispatcher.run()
    assert seen == [1]
