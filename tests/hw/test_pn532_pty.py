"""The PN532 driver through pyserial, against a small chip on a pseudo-terminal that answers as the manual says."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Iterator

import pytest

from terminal.base.errors import DeviceFault
from terminal.base.events import CardDetected, CardRefused, CardRemoved, CardTapped, DeviceDown, DeviceUp
from terminal.hw.cards.keys import CardKeys, DesfireKeys
from terminal.hw.pn532 import Patience, Pn532Driver
from terminal.runtime.supervisor import Supervisor
from tests.hw.pn532_peer import PtyChip
from tests.hw.recorder import Recorder
from tests.timing import fastest_s

pytestmark = pytest.mark.slow

QUICK_S = (0.02, 0.05)
SOON_S = 1.0
# A busy machine may answer late; only the tests of a chip that never answers want to be told soon.
PATIENT = Patience(ack_s=20.0, answer_s=20.0, card_s=20.0, gap_s=20.0)
HASTY = Patience(ack_s=0.05, answer_s=0.1, card_s=0.1, gap_s=0.05)
SEARCH = 0x4A
CLASSIC = bytes.fromhex("01000408040BE2FB0B")
OTHER = bytes.fromhex("010004080411223344")
PHONE = bytes.fromhex("010004200408112233")
PHONE_AGAIN = bytes.fromhex("010004200408445566")
DESFIRE = bytes.fromhex("010344200704582F6A1B6E80067577810280")
VERSION_PARTS = ["0004010101001A0591AF", "0004010101001A0591AF", "0004582F6A1B6E8000000000001A9100"]


class Bench:
    """The chip, and the driver under its supervisor."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.port = folder / "pn532"
        self.chip = PtyChip(self.port)
        self.seen = Recorder()
        self.supervisor: Supervisor | None = None

    def start(self, patience: Patience = PATIENT, card_keys: CardKeys | None = None) -> None:
        driver = Pn532Driver("reader", str(self.port), card_keys=card_keys, conversation_s=30.0, patience=patience)
        self.supervisor = Supervisor([driver], self.seen, QUICK_S)
        self.supervisor.start()

    def run(self, card_keys: CardKeys | None = None) -> None:
        self.start(card_keys=card_keys)
        self.seen.wait(DeviceUp)

    def stopped_s(self) -> float:
        """Stop the driver, which must obey, and return how many seconds it took."""
        assert self.supervisor is not None
        began_s = time.monotonic()
        assert self.supervisor.stop(timeout_s=20.0) == []
        return time.monotonic() - began_s

    def close(self) -> None:
        if self.supervisor is not None:
            self.supervisor.stop()
        self.chip.close()


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def test_a_tap_is_detected_then_identified_then_removed(bench: Bench) -> None:
    bench.run()
    bench.chip.target = CLASSIC
    tapped = bench.seen.wait(CardTapped)
    bench.chip.target = b""
    bench.seen.wait(CardRemoved)
    detected = bench.seen.wait(CardDetected)
    assert (tapped.kind, tapped.uid, tapped.number) == ("m1", bytes.fromhex("0BE2FB0B"), "")
    assert tapped.at_s == detected.at_s
    assert bench.seen.events == [DeviceUp("reader"), detected, tapped, CardRemoved("reader", "reader")]
    assert detected.slot == tapped.slot == "reader"


def test_the_chip_is_set_up_before_the_first_search(bench: Bench) -> None:
    bench.run()
    bench.chip.wait_for_command(SEARCH)
    assert [each.hex() for each in bench.chip.commands[:4]] == ["14011401", "02", "3205ff0102", "4a0100"]


def test_a_card_that_stays_is_one_tap_and_begins_afresh_at_each_search(bench: Bench) -> None:
    bench.run()
    bench.chip.target = CLASSIC
    bench.seen.wait(CardTapped)
    bench.chip.wait_for_command(SEARCH, 4)
    assert len(bench.seen.of(CardDetected)) == 1
    assert bench.seen.of(CardRemoved) == []
    assert bytes.fromhex("320100320101") in b"".join(bench.chip.commands)


def test_one_empty_search_is_no_removal_and_two_are(bench: Bench) -> None:
    bench.run()
    bench.chip.target = CLASSIC
    bench.seen.wait(CardTapped)
    for _ in range(2):
        bench.chip.misses = 1
        bench.chip.wait_for_command(SEARCH, 4)
        assert bench.chip.misses == 0
    assert bench.seen.of(CardRemoved) == []
    bench.chip.misses = 2
    bench.seen.wait(CardRemoved)
    bench.seen.wait(CardTapped, 2)


def test_a_card_changed_for_another_is_a_removal_and_a_new_card(bench: Bench) -> None:
    bench.run()
    bench.chip.target = CLASSIC
    bench.seen.wait(CardTapped)
    bench.chip.target = OTHER
    assert bench.seen.wait(CardTapped, 2).uid == bytes.fromhex("11223344")
    kinds = [type(event) for event in bench.seen.events]
    assert kinds == [DeviceUp, CardDetected, CardTapped, CardRemoved, CardDetected, CardTapped]


def test_a_phone_that_changes_its_number_at_each_search_is_refused_once(bench: Bench) -> None:
    bench.run()
    bench.chip.target = PHONE
    assert bench.seen.wait(CardRefused).code == "card_random_uid"
    bench.chip.target = PHONE_AGAIN
    bench.chip.wait_for_command(SEARCH, 3)
    assert len(bench.seen.of(CardRefused)) == 1
    assert bench.seen.of(CardRemoved) == []


def test_a_processor_card_is_asked_what_it_is(bench: Bench) -> None:
    parts = iter(VERSION_PARTS)
    bench.chip.exchange = lambda _: bytes.fromhex(next(parts))
    bench.run()
    bench.chip.target = DESFIRE
    tapped = bench.seen.wait(CardTapped)
    assert (tapped.kind, tapped.uid.hex()) == ("desfire", "04582f6a1b6e80")


def test_a_card_pulled_away_while_being_asked_is_unreadable_then_removed(bench: Bench) -> None:
    def pulled_away(_: bytes) -> bytes:
        bench.chip.target = b""
        return b"\x01"

    bench.chip.exchange = pulled_away
    bench.run()
    bench.chip.target = DESFIRE
    assert bench.seen.wait(CardRefused).code == "card_unreadable"
    bench.seen.wait(CardRemoved)
    assert bench.seen.of(CardTapped) == []


def test_a_card_that_fails_once_is_begun_with_again(bench: Bench) -> None:
    parts = iter([VERSION_PARTS[0], "01", *VERSION_PARTS])
    bench.chip.exchange = lambda _: bytes.fromhex(next(parts))
    bench.run()
    bench.chip.target = DESFIRE
    assert bench.seen.wait(CardTapped).kind == "desfire"


def test_a_card_that_fails_always_is_unreadable_and_not_asked_for_ever(bench: Bench) -> None:
    bench.run()
    bench.chip.target = DESFIRE
    assert bench.seen.wait(CardRefused).code == "card_unreadable"
    bench.chip.wait_for_command(SEARCH, 3)
    assert sum(each[0] == 0x40 for each in bench.chip.commands) == 2


def test_with_keys_a_card_that_does_not_know_its_own_is_told_as_refused(bench: Bench) -> None:
    def answer(command: bytes) -> bytes:
        if command[1] in {0x60, 0xAF}:
            return bytes.fromhex(next(parts, "0091AE"))
        return bytes.fromhex("009100" if command[1] == 0x5A else "0091AE")

    parts = iter(VERSION_PARTS)
    bench.chip.exchange = answer
    bench.run(CardKeys(desfire=DesfireKeys(bytes.fromhex("F53042"), 0, b"shop", auth="aes", master=bytes(16))))
    bench.chip.target = DESFIRE
    assert bench.seen.wait(CardTapped).proof == "refused"


def test_a_mute_chip_is_one_loss_and_its_card_goes_with_it(bench: Bench) -> None:
    bench.start(Patience(ack_s=0.1, answer_s=0.1, card_s=0.1, gap_s=0.1))
    bench.chip.target = CLASSIC
    bench.seen.wait(CardTapped)
    bench.chip.mute.set()
    bench.seen.wait(CardRemoved)
    assert bench.seen.wait(DeviceDown).code == "device_mute"
    bench.chip.mute.clear()
    bench.seen.wait(CardTapped, 2)
    assert {event.code for event in bench.seen.of(DeviceDown)} == {"device_mute"}


def test_a_line_with_nothing_behind_it_is_mute(bench: Bench) -> None:
    bench.chip.mute.set()
    bench.start(HASTY)
    assert bench.seen.wait(DeviceDown).code == "device_mute"
    assert bench.seen.of(DeviceUp) == []


def test_a_driver_stopped_and_started_again_reports_the_card_that_still_lies_there(bench: Bench) -> None:
    driver = Pn532Driver("reader", str(bench.port), patience=PATIENT)
    bench.chip.target = CLASSIC
    for times in (1, 2):
        bench.supervisor = Supervisor([driver], bench.seen, QUICK_S)
        bench.supervisor.start()
        bench.seen.wait(CardTapped, times)
        assert bench.supervisor.stop(timeout_s=20.0) == []
    assert bench.seen.of(DeviceDown) == []


def test_another_chip_is_a_fault(bench: Bench) -> None:
    bench.chip.version = "33010607"
    driver = Pn532Driver("reader", str(bench.port), patience=PATIENT)
    with pytest.raises(DeviceFault) as caught:
        driver.open()
    assert (caught.value.code, caught.value.detail) == ("device_fault", "not a PN532: 33010607")
    driver.close()
    driver.close()


def test_unplugging_is_one_loss_and_plugging_in_again_is_one_return(bench: Bench) -> None:
    bench.run()
    bench.chip.target = CLASSIC
    bench.seen.wait(CardTapped)
    bench.chip.unplug()
    assert bench.seen.wait(DeviceDown).code == "device_missing"
    bench.chip.plug()
    bench.seen.wait(DeviceUp, 2)
    bench.seen.wait(CardTapped, 2)
    assert len(bench.seen.of(CardRemoved)) == 1
    assert {event.code for event in bench.seen.of(DeviceDown)} == {"device_missing"}


def test_a_line_that_is_not_there_at_start_is_found_when_it_comes(bench: Bench) -> None:
    bench.chip.unplug()
    bench.start()
    assert bench.seen.wait(DeviceDown).code == "device_missing"
    bench.chip.plug()
    bench.seen.wait(DeviceUp)


def test_a_line_in_use_by_another_program_is_busy(bench: Bench) -> None:
    bench.run()
    seen = Recorder()
    second = Supervisor([Pn532Driver("second", str(bench.port))], seen, QUICK_S)
    second.start()
    assert seen.wait(DeviceDown).code == "device_busy"
    second.stop()


def test_a_path_that_is_no_line_is_a_fault_not_a_bug(tmp_path: pathlib.Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    with pytest.raises(DeviceFault) as caught:
        Pn532Driver("reader", str(plain)).open()
    assert caught.value.code == "device_fault"


def test_stopping_takes_less_than_a_second_while_idle(tmp_path: pathlib.Path) -> None:
    def stopped_while_idle_s() -> float:
        bench = Bench(tmp_path)
        bench.run()
        bench.chip.wait_for_command(SEARCH, 2)
        passed_s = bench.stopped_s()
        bench.close()
        assert bench.seen.events == [DeviceUp("reader")]
        return passed_s

    assert fastest_s(SOON_S, 5, stopped_while_idle_s) < SOON_S


def test_stopping_takes_less_than_a_second_while_the_chip_owes_an_answer(tmp_path: pathlib.Path) -> None:
    def stopped_while_waiting_s() -> float:
        bench = Bench(tmp_path)
        bench.run()
        bench.chip.wait_for_command(SEARCH)
        bench.chip.mute.set()
        bench.chip.wait_for_command(SEARCH)
        # The driver would wait for the rest of its twenty seconds.
        passed_s = bench.stopped_s()
        bench.close()
        return passed_s

    assert fastest_s(SOON_S, 5, stopped_while_waiting_s) < SOON_S


def test_stopping_takes_less_than_a_second_while_the_chip_is_woken(tmp_path: pathlib.Path) -> None:
    def stopped_while_waking_s() -> float:
        bench = Bench(tmp_path)
        bench.chip.mute.set()
        bench.start()
        bench.chip.wait_for_command(0x14)
        passed_s = bench.stopped_s()
        bench.close()
        return passed_s

    assert fastest_s(SOON_S, 5, stopped_while_waking_s) < SOON_S
