"""What one device says next reaches whoever waits for it, and nothing of a card is kept when nobody does."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from terminal.base.errors import Overloaded
from terminal.base.events import (
    CardDetected,
    CardRefused,
    CardRemoved,
    CardTapped,
    CodeScanned,
    DeviceDown,
    DeviceUp,
    PrinterStatus,
    ReceiptPrinted,
)
from terminal.runtime.device_watch import DEVICES_MAX, HEARD_MAX, LISTENERS_MAX, DeviceWatch, Heard, LastFault

TAP = CardTapped("reader", "slot", "m1", 0.0, b"\x01\x02\x03\x04")
LONG_S = 60.0


@pytest.fixture
def watch() -> DeviceWatch:
    return DeviceWatch(lambda: 1_000)


def waiting(watch: DeviceWatch, count: int) -> None:
    """Return once `count` threads listen."""
    pause = threading.Event()
    for _ in range(6_000):
        if watch.listening() == count:
            return
        pause.wait(0.01)
    raise AssertionError(f"{watch.listening()} listen, not {count}")


def test_everybody_who_waits_for_a_device_hears_what_it_says_next(watch: DeviceWatch) -> None:
    with ThreadPoolExecutor(3) as threads:
        both: list[Future[Heard | None]] = [threads.submit(watch.wait, "reader", LONG_S) for _ in range(2)]
        other = threads.submit(watch.wait, "gun", LONG_S)
        waiting(watch, 3)
        watch.note(TAP)
        assert [future.result(LONG_S) for future in both] == [TAP, TAP]
        assert not other.done()
        scan = CodeScanned("gun", 0.0, "aA09")
        watch.note(scan)
        assert other.result(LONG_S) == scan
    assert watch.listening() == 0


def test_a_wait_for_somebody_who_has_gone_ends(watch: DeviceWatch) -> None:
    gone = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(watch.wait, "reader", LONG_S, gone.is_set)
        waiting(watch, 1)
        gone.set()
        assert future.result(LONG_S / 2) is None
    assert watch.listening() == 0


def test_nothing_of_a_tap_is_kept_for_whoever_comes_later(watch: DeviceWatch) -> None:
    watch.note(TAP)
    assert watch.wait("reader", 0.0) is None


def test_only_what_a_technician_waits_for_ends_the_wait(watch: DeviceWatch) -> None:
    with watch.listen("reader") as listener:
        watch.note(CardDetected("reader", "slot", 0.0))
        watch.note(DeviceUp("reader"))
        assert listener.next(0.0) is None
        watch.note(TAP)
        assert listener.next(0.0) == TAP
        assert listener.next(0.0) is None


def test_a_tap_or_scan_that_is_waited_for_goes_no_further_and_any_other_does(watch: DeviceWatch) -> None:
    scan = CodeScanned("gun", 0.0, "aA09")
    assert watch.note(CardDetected("reader", "other slot", 0.0))
    with watch.listen("reader", alone=True) as listener:
        assert not watch.note(CardDetected("reader", "slot", 0.0))
        assert not watch.note(TAP)
        assert listener.next(0.0) == TAP
        assert watch.note(scan), "another device is not being tried"
        assert watch.note(DeviceUp("reader"))
        assert watch.note(CardRemoved("reader", "slot"))
    with watch.listen("gun", alone=True) as listener:
        assert not watch.note(scan)
        assert listener.next(0.0) == scan
    assert watch.note(scan)
    assert watch.note(CardDetected("reader", "slot", 0.0))
    assert watch.note(TAP)


def test_a_number_typed_by_a_reader_that_tells_of_no_card_is_the_tests(watch: DeviceWatch) -> None:
    with watch.listen("reader", alone=True) as listener:
        assert not watch.note(TAP)
        assert listener.next(0.0) == TAP
    assert watch.note(TAP)


def test_a_customers_card_that_is_being_read_when_a_test_begins_stays_theirs(watch: DeviceWatch) -> None:
    assert watch.note(CardDetected("reader", "slot", 0.0))
    with watch.listen("reader", alone=True) as listener:
        assert watch.note(TAP)
        assert listener.next(0.0) is None
        assert watch.note(CardRemoved("reader", "slot"))
        assert not watch.note(CardDetected("reader", "slot", 0.0))
        assert not watch.note(TAP)
        assert listener.next(0.0) == TAP


def test_a_card_laid_down_for_a_test_is_nobody_elses_after_it_until_it_is_taken_away(watch: DeviceWatch) -> None:
    with watch.listen("reader", alone=True):
        assert not watch.note(CardDetected("reader", "slot", 0.0))
    assert not watch.note(CardRefused("reader", "slot", "card_unreadable"))
    assert not watch.note(TAP)
    watch.note(CardRemoved("reader", "slot"))
    assert watch.note(CardDetected("reader", "slot", 0.0))
    assert watch.note(TAP)


def test_a_reader_that_is_lost_with_a_card_of_a_test_forgets_it(watch: DeviceWatch) -> None:
    with watch.listen("reader", alone=True):
        watch.note(CardDetected("reader", "slot", 0.0))
    assert watch.note(DeviceDown("reader", "device_missing"))
    assert watch.note(TAP)


def test_who_only_listens_takes_nothing_from_the_till(watch: DeviceWatch) -> None:
    with watch.listen("reader") as listener:
        assert watch.note(TAP)
        assert listener.next(0.0) == TAP


def test_events_between_two_looks_are_kept_in_order_and_bounded(watch: DeviceWatch) -> None:
    with watch.listen("printer") as listener:
        for job in range(HEARD_MAX + 5):
            watch.note(ReceiptPrinted("printer", job))
        heard = [listener.next(0.0) for _ in range(HEARD_MAX)]
        assert heard == [ReceiptPrinted("printer", job) for job in range(5, HEARD_MAX + 5)]
        assert listener.next(0.0) is None


def test_more_than_a_few_waiters_are_refused_and_leaving_makes_room(watch: DeviceWatch) -> None:
    listeners = [watch.listen("reader") for _ in range(LISTENERS_MAX)]
    for each in listeners:
        each.__enter__()
    with pytest.raises(Overloaded):
        watch.wait("reader", 0.0)
    listeners[0].__exit__(None, None, None)
    assert watch.wait("reader", 0.0) is None
    for each in listeners[1:]:
        each.__exit__(None, None, None)


def test_closing_lets_everybody_go_and_nobody_wait_again(watch: DeviceWatch) -> None:
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(watch.wait, "reader", LONG_S)
        waiting(watch, 1)
        watch.close()
        assert future.result(LONG_S) is None
    assert watch.wait("reader", LONG_S) is None


def test_the_newest_loss_of_each_device_is_remembered_after_it_is_back(watch: DeviceWatch) -> None:
    assert watch.last_fault("gun") is None
    watch.note(DeviceDown("gun", "device_missing"))
    watch.note(DeviceDown("gun", "device_io"))
    watch.note(DeviceUp("gun"))
    assert watch.last_fault("gun") == LastFault("device_io", 1_000)


def test_what_a_printer_said_of_its_paper_goes_with_the_printer(watch: DeviceWatch) -> None:
    status = PrinterStatus("printer", "printer_paper_out", paper_low=True)
    watch.note(status)
    assert watch.printer("printer") == status
    assert watch.blocked() == {"printer": "printer_paper_out"}
    watch.note(PrinterStatus("other", "", paper_low=True))
    assert watch.blocked() == {"printer": "printer_paper_out"}, "one that can print is not blocked"
    watch.note(DeviceDown("printer", "printer_unreachable"))
    assert watch.printer("printer") is None
    assert watch.blocked() == {}


def test_readers_with_ever_new_names_do_not_fill_the_memory(watch: DeviceWatch) -> None:
    for number in range(3 * DEVICES_MAX):
        watch.note(DeviceDown(f"reader {number}", "device_missing"))
    known = [number for number in range(3 * DEVICES_MAX) if watch.last_fault(f"reader {number}")]
    assert known == list(range(2 * DEVICES_MAX, 3 * DEVICES_MAX))
