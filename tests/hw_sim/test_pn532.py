"""The PN532 board on its line, spoken to with plain system calls."""

from __future__ import annotations

import os
import pathlib
import select
import termios
import time
from collections.abc import Iterator

import pytest

from tests.hw_sim.control import ControlClient
from tests.hw_sim.pn532 import FAULTS, Pn532
from tests.hw_sim.pn532_bench import framed
from tests.hw_sim.program_under_test import running, until

ACK = bytes.fromhex("0000FF00FF00")
WAKE = bytes.fromhex("5555" + "00" * 14)
SAM = bytes.fromhex("0000FF05FBD4140114010200")
SAM_ANSWER = bytes.fromhex("0000FF02FED5151600")
VERSION = bytes.fromhex("0000FF02FED4022A00")
VERSION_ANSWER = bytes.fromhex("0000FF06FAD50332010607E800")
FEW_TRIES = bytes.fromhex("0000FF06FAD43205FF0102F300")
FEW_TRIES_ANSWER = bytes.fromhex("0000FF02FED533F800")
SEARCH = bytes.fromhex("0000FF04FCD44A0100E100")
NO_CARD = bytes.fromhex("0000FF03FDD54B00E000")
WANG = bytes.fromhex("0000FF0CF4D54B0101000408040BE2FB0BDB00")
READ = bytes.fromhex("0000FF05FBD440013004B700")
SILENT_CARD = bytes.fromhex("0000FF03FDD54101E900")
# Waits are for what must come; only a broken simulator lets one pass.
PATIENCE_S = 30.0


class Host:
    """A host that opens the port at a speed."""

    def __init__(self, link: pathlib.Path, speed: int = termios.B115200) -> None:
        self.fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
        attributes = termios.tcgetattr(self.fd)
        attributes[4] = attributes[5] = speed
        termios.tcsetattr(self.fd, termios.TCSANOW, attributes)

    def say(self, data: bytes) -> None:
        os.write(self.fd, data)

    def hear(self, length: int) -> bytes:
        """Return `length` bytes, or what came before the hang-up or within the patience."""
        data = b""
        deadline = time.monotonic() + PATIENCE_S
        while len(data) < length and select.select([self.fd], [], [], max(0.0, deadline - time.monotonic()))[0]:
            try:
                piece = os.read(self.fd, length - len(data))
            except OSError:
                break
            if not piece:
                break
            data += piece
        return data

    def ask(self, sent: bytes, expected: bytes) -> None:
        """Send a frame; the answer behind its ACK is `expected`."""
        self.say(sent)
        assert self.hear(len(ACK + expected)) == ACK + expected

    def wake(self) -> None:
        self.say(WAKE)
        self.ask(SAM, SAM_ANSWER)

    def silent(self) -> bool:
        """Whether nothing comes within a tenth of a second."""
        return not select.select([self.fd], [], [], 0.1)[0]


@pytest.fixture
def link(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "usb-pn532"


@pytest.fixture
def board(tmp_path: pathlib.Path, link: pathlib.Path) -> Iterator[ControlClient]:
    simulator = Pn532(str(link), str(tmp_path / "control"))
    simulator.start()
    client = ControlClient(str(tmp_path / "control"))
    yield client
    client.close()
    simulator.close()


@pytest.fixture
def host(board: ControlClient, link: pathlib.Path) -> Iterator[Host]:
    assert board("state")["plugged"]
    opened = Host(link)
    yield opened
    os.close(opened.fd)


def test_it_is_silent_before_the_wake_up_and_answers_after_it(board: ControlClient, host: Host) -> None:
    host.say(VERSION)
    until(lambda: board("faults")["faults"]["asleep"] == 1)
    assert host.silent()
    host.wake()
    host.ask(VERSION, VERSION_ANSWER)


def test_a_card_laid_down_during_an_endless_search_ends_it(board: ControlClient, host: Host) -> None:
    host.wake()
    host.ask(SEARCH, b"")
    until(lambda: bool(board("state")["searching"]))
    board("insert", card="wang")
    assert host.hear(len(WANG)) == WANG
    assert board("state")["listed"]


def test_with_limited_retries_a_search_ends_without_a_card(board: ControlClient, host: Host) -> None:
    host.wake()
    host.ask(FEW_TRIES, FEW_TRIES_ANSWER)
    host.ask(SEARCH, NO_CARD)
    board("insert", card="wang")
    host.ask(SEARCH, WANG)
    board("remove")
    host.ask(SEARCH, NO_CARD)


def test_a_host_at_another_speed_is_not_understood(board: ControlClient, link: pathlib.Path) -> None:
    host = Host(link, termios.B9600)
    host.say(WAKE + SAM)
    until(lambda: board("faults")["faults"]["wrong_speed"] > 0)
    assert host.silent()
    assert not board("state")["awake"]
    os.close(host.fd)


def test_a_chip_stays_awake_when_its_host_closes_and_opens_the_port(
    board: ControlClient, host: Host, link: pathlib.Path
) -> None:
    host.wake()
    other = Host(link)
    other.ask(VERSION, VERSION_ANSWER)
    os.close(other.fd)
    assert board("state")["awake"]


def test_unplugged_it_hangs_up_and_comes_back_asleep_under_its_name(
    board: ControlClient, host: Host, link: pathlib.Path
) -> None:
    host.wake()
    board("insert", card="wang")
    assert board("unplug")["heard"]
    assert host.hear(1) == b""
    assert not link.is_symlink()
    board("plug")
    again = Host(link)
    again.say(VERSION)
    assert again.silent()
    again.wake()
    again.ask(SEARCH, WANG)
    os.close(again.fd)


def test_a_host_that_never_reads_does_not_stop_the_board(board: ControlClient, host: Host) -> None:
    host.wake()
    for _ in range(2000):
        host.say(VERSION)
    until(lambda: len(board("log")["commands"]) >= 2000)
    assert board("state")["awake"]


def test_the_deck_can_be_asked_for_and_added_to(board: ControlClient, host: Host) -> None:
    board("add_card", card={"id": "fresh", "kind": "ntag215", "uid": "04112233445566"})
    board("insert", card="fresh")
    assert [card["id"] for card in board("cards")["cards"] if card["here"]] == ["fresh"]
    with pytest.raises(RuntimeError, match="already"):
        board("insert", card="wang")
    with pytest.raises(RuntimeError, match="lies on"):
        board("add_card", card={"id": "fresh", "kind": "ntag215", "uid": "04112233445566"})
    with pytest.raises(RuntimeError, match="could hear"):
        board("swap", card="zhao")
    assert board("state")["card"] == "fresh"
    board("swap", card="wang")
    host.wake()
    host.ask(SEARCH, WANG)
    with pytest.raises(RuntimeError, match="no card is called"):
        board("swap", card="nobody")


def test_a_card_with_keys_can_be_torn_away_or_damaged_by_verb(board: ControlClient, host: Host) -> None:
    host.wake()
    host.ask(FEW_TRIES, FEW_TRIES_ANSWER)
    board("insert", card="desfire")
    host.ask(SEARCH, bytes.fromhex(framed("D54B01010344200704582F6A1B6E80067577810280")))
    version = bytes.fromhex(framed("D440019060000000"))
    board("damage", card="desfire")
    host.ask(version, bytes.fromhex(framed("D541000501011200180591AF")))
    board("tear", card="desfire", at=1)
    host.ask(version, SILENT_CARD)
    assert board("state")["card"] is None
    with pytest.raises(RuntimeError, match="nothing can be prepared"):
        board("tear", card="wang")


def test_every_offered_fault_is_counted_when_it_takes_effect(board: ControlClient, host: Host) -> None:
    host.say(VERSION)
    until(lambda: board("faults")["faults"]["asleep"] == 1)
    host.wake()
    host.ask(FEW_TRIES, FEW_TRIES_ANSWER)
    heard = {
        "no_ack": b"",
        "ack_lost": VERSION_ANSWER,
        "nack": bytes.fromhex("0000FFFF0000"),
        "error_frame": ACK + bytes.fromhex("0000FF01FF7F8100"),
        "bad_lcs": ACK + bytes.fromhex("0000FF06EAD50332010607E800"),
        "bad_dcs": ACK + bytes.fromhex("0000FF06FAD50332010607F800"),
        "cut_frame": ACK + VERSION_ANSWER[:6],
        "late_answer": ACK + VERSION_ANSWER,
        "byte_by_byte": ACK + VERSION_ANSWER,
    }
    for name, expected in heard.items():
        assert board("fault", name=name, command="02", delay_s=0.01)["waiting"] == [name]
        host.say(VERSION)
        assert host.hear(len(expected)) == expected
        # Only a frame that strikes is over: what is heard next belongs to the next command.
        until(lambda name=name: board("faults")["faults"][name] == 1)  # type: ignore[misc]
        assert host.silent()
    board("fault", name="noise")
    host.say(VERSION)
    assert host.hear(12 + 6 + 13)[12:] == ACK + VERSION_ANSWER
    board("insert", card="wang")
    host.ask(SEARCH, WANG)
    board("fault", name="card_gone", command="40")
    host.ask(READ, SILENT_CARD)
    board("mute", on=True)
    host.say(VERSION)
    until(lambda: board("faults")["faults"]["mute"] == 1)
    board("clear")
    board("fault", name="brown_out")
    host.say(VERSION)
    until(lambda: not board("state")["awake"])
    attributes = termios.tcgetattr(host.fd)
    attributes[4] = attributes[5] = termios.B9600
    termios.tcsetattr(host.fd, termios.TCSANOW, attributes)
    host.say(VERSION)
    until(lambda: board("faults")["faults"]["wrong_speed"] > 0)
    board("unplug")
    counts = board("faults")["faults"]
    assert {name for name in FAULTS if counts[name]} == FAULTS


def test_a_fault_nobody_could_notice_is_not_counted(board: ControlClient) -> None:
    board("fault", name="noise")
    board("mute", on=True)
    board("unplug")
    assert set(board("faults")["faults"].values()) == {0}


def test_as_a_program_it_says_ready_with_a_card_on_it_and_leaves_no_link_behind(
    tmp_path: pathlib.Path, link: pathlib.Path
) -> None:
    with running("pn532", tmp_path, "--link", str(link), "--card", "wang") as (ready, _):
        assert ready["link"] == str(link)
        host = Host(link)
        host.wake()
        host.ask(SEARCH, WANG)
        os.close(host.fd)
    assert not link.is_symlink()
