"""A card service that takes connections and requests and answers none: it is lost in bounded time, and comes back."""

from __future__ import annotations

import pathlib
import socket
from collections.abc import Iterator

import pytest

from terminal.base.events import CardDetected, CardRemoved, CardTapped, CodeScanned, DeviceDown, DeviceUp
from terminal.hw.pcsc import PcscDriver
from terminal.hw.serial_scanner import SerialScannerDriver
from terminal.runtime.supervisor import Driver, Supervisor
from tests.hw.pcsc_bench import CONTACT, CONTACTLESS, COUNTER, KIOSK, MATCHES, QUICK_S, Bench
from tests.hw.printer_peer import until
from tests.hw_sim.control import ControlClient
from tests.hw_sim.serial_scanner import SerialScanner

pytestmark = pytest.mark.slow

# Longer than the driver's own wait of a second, so that only a service that is mute goes over it.
LIMIT_S = 2.5


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench(answer_limit_s=LIMIT_S)
    yield made
    made.close()


def test_a_service_gone_mute_is_lost_once_with_its_readers_and_all_is_back_when_it_speaks(bench: Bench) -> None:
    bench.ready()
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardTapped)
    bench.desk.silence(on=True)
    assert bench.seen.wait(DeviceDown, device="pcsc").code == "pcsc_service_lost"
    assert {event.code for event in bench.seen.of(DeviceDown)} == {"pcsc_service_lost"}
    assert bench.seen.of(CardRemoved) == [CardRemoved(KIOSK, CONTACTLESS)]
    bench.desk.remove(CONTACTLESS)
    bench.desk.silence(on=False)
    bench.seen.wait(DeviceUp, 2, device=KIOSK)
    bench.seen.wait(DeviceUp, 2, device=COUNTER)
    bench.desk.insert(CONTACT, "memory")
    assert bench.seen.wait(CardTapped, 2).device == COUNTER
    assert sorted(event.device for event in bench.seen.of(DeviceDown)) == sorted([KIOSK, COUNTER, "pcsc"])


def test_a_mute_service_that_is_replaced_is_found(bench: Bench) -> None:
    bench.ready()
    bench.desk.silence(on=True)
    bench.seen.wait(DeviceDown, device="pcsc")
    bench.daemon.crash()
    bench.daemon.start()
    bench.seen.wait(DeviceUp, 2, device=KIOSK)
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardTapped)


def test_a_service_mute_from_the_start_is_a_lost_one(bench: Bench) -> None:
    bench.daemon.start()
    bench.desk.silence(on=True)
    bench.supervisor.start()
    assert bench.seen.wait(DeviceDown).code == "pcsc_service_lost"
    bench.desk.silence(on=False)
    bench.seen.wait(DeviceUp, device=KIOSK)


def test_a_service_gone_mute_in_a_conversation_with_a_card_is_lost(bench: Bench) -> None:
    bench.ready()
    bench.desk.delay(CONTACTLESS, 0.2)
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardDetected)
    bench.desk.silence(on=True)
    bench.seen.wait(DeviceDown, device="pcsc")
    assert bench.seen.of(CardRemoved) == [CardRemoved(KIOSK, CONTACTLESS)]
    assert {event.code for event in bench.seen.of(DeviceDown)} == {"pcsc_service_lost"}, "no reader is blamed for it"


@pytest.mark.parametrize("moment", ["waiting", "opening"])
def test_the_driver_can_be_stopped_while_the_service_is_mute(bench: Bench, moment: str) -> None:
    bench.driver = PcscDriver("pcsc", MATCHES, answer_limit_s=600.0)
    bench.supervisor = Supervisor([bench.driver], bench.seen, QUICK_S)
    if moment == "waiting":
        bench.ready()
        bench.desk.silence(on=True)
    else:
        bench.daemon.start()
        bench.desk.silence(on=True)
        bench.supervisor.start()
    held = bench.daemon.fault_counter.counts
    until(lambda: held()["daemon_mute"] > 0)
    assert bench.supervisor.stop(timeout_s=30.0) == []


def test_other_devices_work_on_beside_a_mute_service(bench: Bench, tmp_path: pathlib.Path) -> None:
    simulator = SerialScanner(str(tmp_path / "scanner"), str(tmp_path / "control"))
    simulator.start()
    hand = ControlClient(str(tmp_path / "control"))
    drivers: list[Driver] = [
        PcscDriver("pcsc", MATCHES, answer_limit_s=600.0),
        SerialScannerDriver("scanner", simulator.link),
    ]
    bench.supervisor = Supervisor(drivers, bench.seen, QUICK_S)
    bench.ready()
    bench.seen.wait(DeviceUp, device="scanner")
    bench.desk.silence(on=True)
    until(lambda: bench.daemon.fault_counter.counts()["daemon_mute"] > 0)
    hand("scan", text="CF1-ABC")
    assert bench.seen.wait(CodeScanned).text == "CF1-ABC"
    assert bench.seen.of(DeviceDown) == []
    assert bench.supervisor.stop(timeout_s=30.0) == []
    hand.close()
    simulator.close()


def test_what_is_no_connection_to_the_service_is_left_alone(bench: Bench) -> None:
    one, other = socket.socketpair()
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    accepted, _ = listener.accept()
    with one, other, listener, client, accepted:
        bench.ready()
        bench.desk.silence(on=True)
        bench.seen.wait(DeviceDown, device="pcsc")
        one.sendall(b"a")
        client.sendall(b"b")
        assert (other.recv(1), accepted.recv(1)) == (b"a", b"b")
