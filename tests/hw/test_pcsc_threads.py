"""Each reader has a thread of its own: a slow card keeps no other reader waiting, and no thread outlives its reader."""

from __future__ import annotations

import resource
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from terminal.base.devices import CardOrder
from terminal.base.events import (
    CardDetected,
    CardRefused,
    CardRemoved,
    CardTapped,
    DeviceDown,
    DeviceEvent,
    DeviceUp,
)
from terminal.hw.cards.ordering import CardOrders
from terminal.hw.pcsc import PcscDriver
from terminal.runtime.supervisor import Supervisor
from tests.hw.pcsc_bench import CONTACT, CONTACTLESS, COUNTER, KIOSK, MATCHES, QUICK_S, Bench, kinds
from tests.hw.printer_peer import until
from tests.hw.recorder import DEADLINE_S

pytestmark = pytest.mark.slow

# No card answers within it, and nothing else takes nearly as long.
FOREVER_S = 120.0
STOP_S = 1.0
# Ten thousand are played by `make bench`; these show the same in a fraction of a test's time, on a slow machine too.
REPLUGS, SETTLED = 800, 300
WATCHER_AND_READERS = 3


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def of_readers() -> list[threading.Thread]:
    """Return the threads of readers that run now."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("pcsc ")]


def hold_a_slow_card(bench: Bench) -> None:
    """Have a card lie on one reader that never answers."""
    bench.desk.delay(CONTACTLESS, FOREVER_S)
    bench.desk.insert(CONTACTLESS, "desfire")
    bench.seen.wait(CardDetected, device=KIOSK)
    until(lambda: bench.desk.slot(CONTACTLESS).held_up == 1)


def test_a_tap_is_reported_while_a_card_elsewhere_does_not_answer(bench: Bench) -> None:
    bench.ready()
    hold_a_slow_card(bench)
    bench.desk.insert(CONTACT, "memory")
    assert bench.seen.wait(CardTapped).device == COUNTER
    assert bench.desk.slot(CONTACTLESS).held_up == 1, "the other card still thinks"
    assert bench.seen.of(CardRefused) == []
    bench.desk.remove(CONTACTLESS)
    assert bench.seen.wait(CardRefused).device == KIOSK
    bench.seen.wait(CardRemoved)
    assert kinds(bench.of_reader(KIOSK)) == ["DeviceUp", "CardDetected", "CardRefused", "CardRemoved"]


def test_readers_come_and_go_while_a_card_elsewhere_does_not_answer(bench: Bench) -> None:
    bench.ready()
    hold_a_slow_card(bench)
    bench.desk.unplug(CONTACT)
    bench.seen.wait(DeviceDown, device=COUNTER)
    bench.desk.plug(CONTACT)
    bench.seen.wait(DeviceUp, 2, device=COUNTER)
    bench.desk.insert(CONTACT, "memory")
    assert bench.seen.wait(CardTapped).device == COUNTER
    bench.desk.unplug(CONTACTLESS)
    bench.seen.wait(DeviceDown, device=KIOSK)
    assert kinds(bench.of_reader(KIOSK)) == ["DeviceUp", "CardDetected", "CardRefused", "CardRemoved", "DeviceDown"]


def test_cards_that_came_and_went_during_a_conversation_are_not_told_of(bench: Bench) -> None:
    bench.ready()
    bench.desk.delay(CONTACTLESS, 0.3)
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardDetected)
    until(lambda: bench.desk.slot(CONTACTLESS).held_up == 1)
    bench.desk.calm(CONTACTLESS)
    bench.desk.swap(CONTACTLESS, "m1-other")
    bench.seen.wait(CardTapped)
    assert kinds(bench.of_reader(KIOSK)) == [
        "DeviceUp",
        *("CardDetected", "CardRefused", "CardRemoved"),
        *("CardDetected", "CardTapped"),
    ]
    assert bench.seen.wait(CardTapped).uid == bytes.fromhex("5C3A91E7")


def test_the_driver_stops_in_time_while_a_card_does_not_answer(bench: Bench) -> None:
    bench.ready()
    hold_a_slow_card(bench)
    began_s = time.monotonic()
    assert bench.supervisor.stop() == []
    assert time.monotonic() - began_s < 2 * STOP_S
    until(lambda: of_readers() == [])
    assert bench.seen.of(CardRefused) == []


def test_each_reader_has_one_thread_as_long_as_it_is_there(bench: Bench) -> None:
    bench.ready()
    assert len(of_readers()) == 2
    bench.desk.unplug(CONTACT)
    bench.seen.wait(DeviceDown, device=COUNTER)
    until(lambda: [thread.name for thread in of_readers()] == [f"pcsc {KIOSK}"])
    bench.daemon.crash()
    bench.seen.wait(DeviceDown, device="pcsc")
    until(lambda: of_readers() == [])


class Tally:
    """An `emit` that only counts, for more events than anybody wants to keep."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[type, str]] = Counter()
        self._changed = threading.Condition()

    def __call__(self, event: DeviceEvent) -> None:
        with self._changed:
            self._counts[type(event), event.device] += 1
            self._changed.notify_all()

    def wait(self, kind: type, device: str, count: int) -> None:
        """Return at the `count`-th event of a kind and device; fail at the deadline."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._counts[kind, device] >= count, DEADLINE_S), self._counts


def await_the_watcher(bench: Bench) -> None:
    """Return when the driver waits for the next change."""
    pause, deadline_s = threading.Event(), time.monotonic() + DEADLINE_S
    while not bench.desk.waiters:
        assert time.monotonic() < deadline_s, "the driver never waited"
        pause.wait(0.001)


def test_thousands_of_replugs_cost_neither_threads_nor_memory_nor_connections(bench: Bench) -> None:
    tally = Tally()
    bench.supervisor = Supervisor([bench.driver], tally, QUICK_S)
    bench.daemon.start()
    bench.supervisor.start()
    tally.wait(DeviceUp, KIOSK, 1)
    tally.wait(DeviceUp, COUNTER, 1)
    before_kb = 0
    for number in range(1, REPLUGS + 1):
        # What changes before the service is asked to wait is seen a second later: that would take an hour.
        await_the_watcher(bench)
        bench.desk.unplug(CONTACT)
        tally.wait(DeviceDown, COUNTER, number)
        await_the_watcher(bench)
        bench.desk.plug(CONTACT)
        tally.wait(DeviceUp, COUNTER, number + 1)
        if number == SETTLED:
            before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 4_000
    until(lambda: len(of_readers()) == 2)
    until(lambda: bench.daemon.state()["clients"] <= WATCHER_AND_READERS)


class Broken(CardOrders):
    """A bug: whoever asks for orders fails."""

    def take_order(self, device: str) -> CardOrder | None:
        raise ZeroDivisionError(device)

    def objection(self, device: str, order_id: str, uid: bytes) -> str:
        raise ZeroDivisionError(device, order_id, uid)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_at_one_reader_is_told_as_one_and_the_driver_begins_anew(bench: Bench) -> None:
    bench.driver = PcscDriver("pcsc", MATCHES, orders=Broken())
    bench.supervisor = Supervisor([bench.driver], bench.seen, QUICK_S)
    bench.ready()
    bench.desk.insert(CONTACTLESS, "m1")
    assert bench.seen.wait(DeviceDown, device="pcsc").code == "driver_bug"
    bench.seen.wait(DeviceUp, 2, device="pcsc")
