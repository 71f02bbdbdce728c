"""The PN532 driver through pyserial, against the simulated board with each of its faults."""

from __future__ import annotations

import pathlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import serial

from terminal.base.events import CardDetected, CardRefused, CardRemoved, CardTapped, DeviceDown, DeviceUp
from terminal.hw.cards.keys import CardKeys, DesfireKeys, UltralightAesKeys
from terminal.hw.pn532 import POLL_S, Patience, Pn532Driver
from terminal.hw.pn532_card import Pn532Card, search
from terminal.hw.pn532_link import WAKE_UP, Pn532Link
from terminal.runtime.supervisor import Supervisor
from tests.hw.recorder import DEADLINE_S, Recorder
from tests.hw_sim.control import ControlClient
from tests.hw_sim.pn532 import Pn532

pytestmark = pytest.mark.slow

QUICK_S = (0.02, 0.05)
# Long enough for a busy machine to keep up, short enough to wait through.
PATIENT = Patience(ack_s=0.5, answer_s=5.0, card_s=5.0, gap_s=0.5)
HASTY = Patience(ack_s=0.1, answer_s=0.2, card_s=0.2, gap_s=0.1)
CONVERSATION_S = 30.0

DESFIRE_UID, ULTRALIGHT_UID = "04582F6A1B6E99", "04B6A59483C2AA"
DESFIRE_KEYS = DesfireKeys(bytes.fromhex("F53042")[::-1], 0, b"shop", auth="ev2first", master=bytes(range(16)))
ULTRALIGHT_KEYS = UltralightAesKeys(0, b"shop", bytes(range(16, 32)))
KEYS = CardKeys(desfire=DESFIRE_KEYS, ultralight_aes=ULTRALIGHT_KEYS)


def desfire(card: str, key: bytes) -> dict[str, Any]:
    """Return a deck entry with the shop's application."""
    applications = {"F53042": {"keys": [key.hex()]}}
    return {"id": card, "kind": "desfire", "uid": DESFIRE_UID, "applications": applications}


def ultralight(card: str, key: bytes) -> dict[str, Any]:
    """Return a deck entry with a key."""
    return {"id": card, "kind": "ultralight_aes", "uid": ULTRALIGHT_UID, "key": key.hex()}


class Bench:
    """The simulated board, its knobs, and the driver under its supervisor."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.port = str(folder / "pn532")
        self.simulator = Pn532(self.port, str(folder / "pn532.control"))
        self.simulator.start()
        self.do = ControlClient(str(folder / "pn532.control"))
        self.seen = Recorder()
        self.supervisor: Supervisor | None = None

    def run(self, patience: Patience = PATIENT, card_keys: CardKeys | None = None) -> None:
        self.start(patience, card_keys)
        self.seen.wait(DeviceUp)

    def start(self, patience: Patience = PATIENT, card_keys: CardKeys | None = None) -> None:
        driver = Pn532Driver("reader", self.port, card_keys=card_keys, conversation_s=CONVERSATION_S, patience=patience)
        self.supervisor = Supervisor([driver], self.seen, QUICK_S)
        self.supervisor.start()

    def struck(self, fault: str) -> int:
        """How often a fault took effect."""
        return int(self.do("faults")["faults"][fault])

    def wait_until_struck(self, fault: str, count: int) -> None:
        """Return when a fault has taken effect so often."""
        deadline_s = time.monotonic() + DEADLINE_S
        pause = threading.Event()
        while self.struck(fault) < count:
            assert time.monotonic() < deadline_s, f"{fault} struck {self.struck(fault)} times, not {count}"
            pause.wait(0.01)

    def close(self) -> None:
        if self.supervisor is not None:
            self.supervisor.stop()
        self.do.close()
        self.simulator.close()


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("card", "kind", "uid"),
    [
        ("wang", "m1", "0BE2FB0B"),
        ("li", "ntag", "04A1B2C3D4E580"),
        ("desfire", "desfire", "04582F6A1B6E80"),
    ],
)
def test_a_tap_is_detected_then_identified_then_removed(bench: Bench, card: str, kind: str, uid: str) -> None:
    bench.run()
    bench.do("insert", card=card)
    tapped = bench.seen.wait(CardTapped)
    bench.do("remove")
    bench.seen.wait(CardRemoved)
    detected = bench.seen.wait(CardDetected)
    assert (tapped.kind, tapped.uid) == (kind, bytes.fromhex(uid))
    assert bench.seen.events == [DeviceUp("reader"), detected, tapped, CardRemoved("reader", "reader")]


@pytest.mark.parametrize(("card", "code"), [("bank", "card_foreign"), ("phone", "card_random_uid")])
def test_a_card_that_is_no_member_card_is_refused_once_while_it_stays(bench: Bench, card: str, code: str) -> None:
    bench.run()
    bench.do("insert", card=card)
    assert bench.seen.wait(CardRefused).code == code
    bench.do("remove")
    bench.seen.wait(CardRemoved)
    kinds = [type(event) for event in bench.seen.events]
    assert kinds == [DeviceUp, CardDetected, CardRefused, CardRemoved]


def test_a_card_changed_for_another_in_no_time_is_a_removal_and_a_new_card(bench: Bench) -> None:
    bench.run()
    bench.do("insert", card="wang")
    bench.seen.wait(CardTapped)
    bench.do("swap", card="li")
    assert bench.seen.wait(CardTapped, 2).uid.hex() == "04a1b2c3d4e580"
    kinds = [type(event) for event in bench.seen.events]
    assert kinds == [DeviceUp, CardDetected, CardTapped, CardRemoved, CardDetected, CardTapped]


@pytest.mark.parametrize("made", [desfire, ultralight])
def test_a_card_that_knows_its_key_proves_it_and_its_clone_is_told_as_refused(bench: Bench, made: Any) -> None:  # noqa: ANN401
    own = {
        desfire: DESFIRE_KEYS.card_key(bytes.fromhex(DESFIRE_UID), 0),
        ultralight: ULTRALIGHT_KEYS.card_key(bytes.fromhex(ULTRALIGHT_UID)),
    }
    bench.do("add_card", card=made("true", own[made]))
    bench.do("add_card", card=made("clone", bytes(16)))
    bench.run(card_keys=KEYS)
    bench.do("insert", card="true")
    assert bench.seen.wait(CardTapped).proof == "authenticated"
    bench.do("remove")
    bench.seen.wait(CardRemoved)
    bench.do("insert", card="clone")
    assert bench.seen.wait(CardTapped, 2).proof == "refused"
    assert bench.seen.of(CardRefused) == []


# The search, a processor card's command, a type 2 card's.
MOMENTS = [("4A", "desfire"), ("40", "desfire"), ("42", "li")]
OVERCOME = [
    "ack_lost",
    "bad_dcs",
    "bad_lcs",
    "byte_by_byte",
    "cut_frame",
    "error_frame",
    "late_answer",
    "nack",
    "no_ack",
    "noise",
]


@pytest.mark.parametrize(
    ("command", "card"), [MOMENTS[0], *(pytest.param(*moment, marks=pytest.mark.slow) for moment in MOMENTS[1:])]
)
@pytest.mark.parametrize("fault", OVERCOME)
def test_a_disturbed_line_costs_neither_the_tap_nor_the_reader(
    bench: Bench, fault: str, command: str, card: str
) -> None:
    bench.run()
    bench.do("fault", name=fault, command=command, delay_s=0.2)
    bench.do("insert", card=card)
    bench.seen.wait(CardTapped)
    bench.do("remove")
    bench.seen.wait(CardRemoved)
    assert bench.struck(fault) == 1
    kinds = [type(event) for event in bench.seen.events]
    assert kinds == [DeviceUp, CardDetected, CardTapped, CardRemoved]


@pytest.mark.parametrize("fault", ["bad_dcs", "error_frame", "noise", "byte_by_byte"])
def test_a_disturbed_line_does_not_end_a_cards_stay(bench: Bench, fault: str) -> None:
    bench.run()
    bench.do("insert", card="wang")
    bench.seen.wait(CardTapped)
    for struck, command in enumerate(["32", "4A"], 1):
        bench.do("fault", name=fault, command=command)
        bench.wait_until_struck(fault, struck)
    # By then, two more searches are over.
    bench.do("fault", name="noise", command="4A", after=2)
    bench.wait_until_struck("noise", 3 if fault == "noise" else 1)
    bench.do("remove")
    bench.seen.wait(CardRemoved)
    assert len(bench.seen.of(CardDetected)) == 1


@pytest.mark.parametrize(("command", "card"), MOMENTS[1:])
def test_a_card_pulled_away_in_mid_command_is_unreadable_and_removed(bench: Bench, command: str, card: str) -> None:
    bench.run()
    bench.do("fault", name="card_gone", command=command)
    bench.do("insert", card=card)
    assert bench.seen.wait(CardRefused).code == "card_unreadable"
    bench.seen.wait(CardRemoved)
    assert bench.struck("card_gone") == 1
    bench.do("insert", card="wang")
    assert bench.seen.wait(CardTapped).uid.hex() == "0be2fb0b"
    assert bench.seen.of(DeviceDown) == []


@pytest.mark.slow
@pytest.mark.parametrize(("command", "card"), MOMENTS)
def test_a_chip_that_lost_its_power_is_one_loss_and_is_woken_and_set_up_again(
    bench: Bench, command: str, card: str
) -> None:
    bench.run(HASTY)
    bench.do("fault", name="brown_out", command=command)
    bench.do("insert", card=card)
    assert bench.seen.wait(DeviceDown).code == "device_mute"
    bench.seen.wait(CardTapped)
    assert bench.struck("brown_out") == 1
    assert bench.struck("asleep") >= 1
    assert {event.code for event in bench.seen.of(DeviceDown)} == {"device_mute"}
    # Each card that was detected has had its outcome.
    assert len(bench.seen.of(CardDetected)) == len(bench.seen.of(CardTapped)) + len(bench.seen.of(CardRefused))


def test_a_mute_chip_is_a_loss_and_a_return(bench: Bench) -> None:
    bench.run(HASTY)
    bench.do("insert", card="wang")
    bench.seen.wait(CardTapped)
    bench.do("mute", on=True)
    bench.seen.wait(CardRemoved)
    assert bench.seen.wait(DeviceDown).code == "device_mute"
    bench.do("mute", on=False)
    bench.seen.wait(CardTapped, 2)
    assert bench.struck("mute") >= 1


def test_a_board_unplugged_and_plugged_in_again_is_one_loss_and_one_return(bench: Bench) -> None:
    bench.run()
    bench.do("insert", card="wang")
    bench.seen.wait(CardTapped)
    assert bench.do("unplug")["heard"]
    assert bench.seen.wait(DeviceDown).code == "device_missing"
    assert len(bench.seen.of(CardRemoved)) == 1
    bench.do("plug")
    bench.seen.wait(CardTapped, 2)
    assert {event.code for event in bench.seen.of(DeviceDown)} == {"device_missing"}
    assert bench.struck("unplugged") == 1


def test_a_board_unplugged_in_mid_command_is_missing_and_its_card_has_an_outcome(bench: Bench) -> None:
    bench.run()
    bench.do("fault", name="late_answer", command="40", delay_s=2.0)
    bench.do("insert", card="desfire")
    bench.seen.wait(CardDetected)
    bench.do("unplug")
    assert bench.seen.wait(DeviceDown).code == "device_missing"
    kinds = [type(event) for event in bench.seen.events[:4]]
    assert kinds == [DeviceUp, CardDetected, CardRefused, CardRemoved]


def test_a_line_left_at_another_speed_is_set_to_the_chips(bench: Bench) -> None:
    with serial.Serial(bench.port, 9600, timeout=0.05) as line:
        line.write(WAKE_UP)
        bench.wait_until_struck("wrong_speed", 1)
    bench.run()
    bench.do("insert", card="wang")
    bench.seen.wait(CardTapped)


def test_a_board_that_is_not_there_at_start_is_found_when_it_comes(bench: Bench) -> None:
    bench.do("unplug")
    bench.start()
    assert bench.seen.wait(DeviceDown).code == "device_missing"
    bench.do("plug")
    bench.seen.wait(DeviceUp)


def test_a_search_has_an_end_so_that_a_dead_chip_is_told_from_an_empty_field(bench: Bench) -> None:
    bench.run()
    assert bench.do("log")["commands"][:3] == ["D414011401", "D402", "D43205FF0102"]
    bench.do("insert", card="wang")
    bench.seen.wait(CardTapped)
    assert not bench.do("state")["searching"]


def test_a_classic_sector_opens_with_the_right_key_after_a_wrong_one(bench: Bench) -> None:
    bench.do("insert", card="wang")
    stop = threading.Event()
    with serial.Serial(bench.port, 115200, timeout=POLL_S) as line:
        link = Pn532Link(line, PATIENT)
        link.wake_up(stop)
        link.command(0x14, bytes.fromhex("011401"), stop=stop)
        target = search(link, stop, afresh=False)
        assert target is not None
        card = Pn532Card(link, target, stop, CONVERSATION_S)
        for slot, key in enumerate(["A0A1A2A3A4A5", "FFFFFFFFFFFF"]):
            assert card.transmit(bytes.fromhex(f"FF82000{slot}06{key}")) == (b"", 0x9000)
        assert card.transmit(bytes.fromhex("FF860000050100046000")) == (b"", 0x6300)
        assert card.transmit(bytes.fromhex("FF860000050100046001")) == (b"", 0x9000)
        block = bytes(range(16))
        assert card.transmit(b"\xff\xd6\x00\x04\x10" + block) == (b"", 0x9000)
        assert card.transmit(bytes.fromhex("FFB0000410")) == (block, 0x9000)
        # Another sector is closed, and trying it closes this one.
        assert card.transmit(bytes.fromhex("FFB0000810")) == (b"", 0x6300)
        assert card.transmit(bytes.fromhex("FFB0000410")) == (b"", 0x6300)
