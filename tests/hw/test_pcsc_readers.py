"""The card reader driver through the real libpcsclite: readers and the service come and go, and stopping."""

from __future__ import annotations

import contextlib
import pathlib
import resource
import threading
import time
from collections.abc import Iterator

import pytest

from terminal.base.errors import DeviceFault
from terminal.base.events import (
    CardDetected,
    CardRefused,
    CardRemoved,
    CardTapped,
    DeviceDown,
    DeviceUp,
)
from terminal.hw.pcsc import PcscDriver
from terminal.runtime.supervisor import Supervisor
from tests.hw.pcsc_bench import CONTACT, CONTACTLESS, COUNTER, KIOSK, Bench, kinds
from tests.timing import fastest_s

pytestmark = pytest.mark.slow

# Well under the second for which the driver waits when nobody wakes it.
AT_ONCE_S = 0.4


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def test_a_reader_pulled_out_is_lost_once_with_its_card_and_returns_once(bench: Bench) -> None:
    bench.ready()
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardTapped)
    bench.desk.unplug(CONTACTLESS)
    assert bench.seen.wait(DeviceDown).code == "device_missing"
    assert bench.supervisor.states()[KIOSK].state == "missing"
    bench.desk.plug(CONTACTLESS)
    bench.seen.wait(DeviceUp, 2, device=KIOSK)
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardTapped, 2)
    assert kinds(bench.of_reader(KIOSK)) == [
        "DeviceUp",
        *("CardDetected", "CardTapped", "CardRemoved", "DeviceDown"),
        "DeviceUp",
        *("CardDetected", "CardTapped"),
    ]
    assert bench.seen.of(DeviceDown, COUNTER) == []


def test_a_reader_pulled_out_in_mid_conversation_is_lost_and_the_others_work_on(bench: Bench) -> None:
    bench.ready()
    bench.desk.delay(CONTACTLESS, 0.2)
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardDetected)
    bench.desk.unplug(CONTACTLESS)
    assert bench.seen.wait(CardRefused).code == "card_unreadable"
    bench.seen.wait(DeviceDown, device=KIOSK)
    bench.desk.insert(CONTACT, "memory")
    assert bench.seen.wait(CardTapped).device == COUNTER
    assert bench.seen.of(CardRemoved) == [CardRemoved(KIOSK, CONTACTLESS)]


def test_a_configured_reader_missing_at_start_is_reported_once(bench: Bench) -> None:
    bench.desk.unplug(CONTACTLESS)
    bench.run()
    assert bench.seen.wait(DeviceDown) == DeviceDown(KIOSK, "device_missing")
    bench.desk.insert(CONTACT, "memory")
    bench.seen.wait(CardTapped)
    bench.desk.plug(CONTACTLESS)
    bench.seen.wait(DeviceUp, device=KIOSK)
    assert len(bench.seen.of(DeviceDown)) == 1


def test_no_reader_at_all_is_no_fault_of_the_service(bench: Bench) -> None:
    for name in (CONTACTLESS, CONTACT):
        bench.desk.unplug(name)
    bench.run()
    bench.seen.wait(DeviceDown, device=KIOSK)
    bench.desk.plug(CONTACTLESS)
    bench.seen.wait(DeviceUp, device=KIOSK)
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardTapped)
    assert bench.seen.of(DeviceDown, "pcsc") == []


def test_the_service_crashing_loses_everything_once_and_all_is_back_after(bench: Bench) -> None:
    bench.ready()
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardTapped)
    bench.daemon.crash()
    lost = bench.seen.wait(DeviceDown, device="pcsc")
    assert lost.code == "pcsc_service_lost"
    assert bench.seen.of(CardRemoved) == [CardRemoved(KIOSK, CONTACTLESS)]
    bench.desk.remove(CONTACTLESS)
    bench.daemon.start()
    bench.seen.wait(DeviceUp, 2, device=KIOSK)
    bench.seen.wait(DeviceUp, 2, device=COUNTER)
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardTapped, 2)
    assert sorted(event.device for event in bench.seen.of(DeviceDown)) == sorted([KIOSK, COUNTER, "pcsc"])


def test_a_crash_of_the_service_is_noticed_at_once() -> None:
    def noticed_s() -> float:
        with contextlib.closing(Bench()) as bench:
            bench.ready()
            wait_until_asleep(bench.supervisor._runners[0].thread)
            crashed_s = time.monotonic()
            bench.daemon.crash()
            return bench.seen.arrived_s(bench.seen.wait(DeviceDown, device="pcsc")) - crashed_s

    assert fastest_s(AT_ONCE_S, 5, noticed_s) < AT_ONCE_S


def test_the_service_crashing_in_mid_conversation_leaves_no_card_open(bench: Bench) -> None:
    bench.ready()
    bench.desk.delay(CONTACTLESS, 0.3)
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardDetected)
    bench.daemon.crash()
    assert bench.seen.wait(CardRefused).code == "card_unreadable"
    bench.seen.wait(DeviceDown, device="pcsc")
    assert bench.seen.of(CardRemoved) == [CardRemoved(KIOSK, CONTACTLESS)]


def test_a_service_missing_at_start_is_reported_once_and_found_when_it_comes(bench: Bench) -> None:
    bench.supervisor.start()
    assert bench.seen.wait(DeviceDown) == DeviceDown("pcsc", "pcsc_service_missing", "8010001D")
    bench.daemon.start()
    bench.seen.wait(DeviceUp, device=KIOSK)
    assert len(bench.seen.of(DeviceDown)) == 1


def test_a_service_that_denies_access_is_named_so(bench: Bench) -> None:
    bench.daemon.start()
    bench.desk.deny(on=True)
    driver = PcscDriver("pcsc")
    with pytest.raises(DeviceFault) as caught:
        driver.open()
    driver.close()
    driver.close()
    assert caught.value.code == "pcsc_no_rights"


def test_slots_for_security_modules_are_not_touched() -> None:
    bench = Bench((CONTACTLESS, "ACS ACR1252 Dual Reader SAM 02 00", CONTACT))
    bench.desk.insert("ACS ACR1252 Dual Reader SAM 02 00", "bank")
    bench.ready()
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardTapped)
    bench.close()
    assert not [event for event in bench.seen.events if "SAM" in event.device]
    assert {record["reader"] for record in bench.desk.apdus()["apdus"]} == {CONTACTLESS}


def test_sixteen_readers_are_watched_and_one_pulled_out_is_noticed() -> None:
    names = [f"Maker Product {number:02X} 00" for number in range(16)]
    bench = Bench(names)
    bench.run()
    bench.seen.wait(DeviceUp, 17)
    for name in names:
        bench.desk.insert(name, "m1")
        bench.seen.wait(CardTapped, names.index(name) + 1)
        bench.desk.remove(name)
    bench.seen.wait(CardRemoved, 16)
    bench.desk.unplug(names[5])
    bench.seen.wait(DeviceDown, 2)
    bench.desk.plug(names[5])
    bench.seen.wait(DeviceUp, 18)
    bench.close()
    assert len({event.device for event in bench.seen.of(DeviceUp)}) == 17, "every reader has an id of its own"
    assert {event.slot for event in bench.seen.of(CardTapped)} == set(names)


def wait_until_asleep(thread: threading.Thread) -> None:
    """Return when the kernel says, twenty times in a row, that the thread sleeps."""
    status = pathlib.Path(f"/proc/self/task/{thread.native_id}/stat")
    asleep = 0
    for _ in range(5000):
        asleep = asleep + 1 if status.read_text().rpartition(")")[2].split()[0] == "S" else 0
        if asleep == 20:
            return
        threading.Event().wait(0.001)
    pytest.fail("the driver never came to rest")


def stopped_s(supervisor: Supervisor) -> float:
    """Stop the driver, which must obey, and return how many seconds it took."""
    began_s = time.monotonic()
    assert supervisor.stop() == []
    return time.monotonic() - began_s


def test_stopping_takes_less_than_a_second_while_nothing_happens() -> None:
    def stopped_in_quiet_s() -> float:
        with contextlib.closing(Bench()) as bench:
            bench.ready()
            wait_until_asleep(bench.supervisor._runners[0].thread)
            passed_s = stopped_s(bench.supervisor)
            assert bench.seen.of(DeviceDown, "pcsc") == []
        return passed_s

    assert fastest_s(AT_ONCE_S, 5, stopped_in_quiet_s) < AT_ONCE_S


def test_stopping_takes_less_than_a_second_while_a_card_is_busy() -> None:
    def stopped_with_a_busy_card_s() -> float:
        with contextlib.closing(Bench()) as bench:
            bench.ready()
            bench.desk.busy(CONTACTLESS, 1000)
            bench.desk.insert(CONTACTLESS, "m1")
            bench.seen.wait(CardDetected)
            return stopped_s(bench.supervisor)

    assert fastest_s(AT_ONCE_S, 5, stopped_with_a_busy_card_s) < AT_ONCE_S


def test_many_taps_cost_no_memory(bench: Bench) -> None:
    bench.ready()
    before_kb = 0
    for number in range(1, 701):
        bench.desk.insert(CONTACTLESS, "m1")
        bench.seen.wait(CardTapped, number)
        bench.desk.remove(CONTACTLESS)
        bench.seen.wait(CardRemoved, number)
        if number == 200:
            before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 4_000
