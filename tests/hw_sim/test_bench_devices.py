"""The bench's PN532, customer display and cash drawer, worked by the page's buttons."""

from __future__ import annotations

import os
import pathlib
import select
import socket
import time
from collections.abc import Iterator

import pytest

from tests.hw_sim.bench_readers import Hand
from tests.hw_sim.bench_under_test import READERS, Bench, make_wiring, open_bench
from tests.hw_sim.card_base import PROTOCOL_T1
from tests.hw_sim.pcsc_desk import Desk
from tests.hw_sim.pcsc_exchange import Exchange
from tests.hw_sim.pcsc_protocol import Code, Transmit
from tests.hw_sim.pcsc_slot import Link
from tests.hw_sim.pn532_bench import ACK, PREAMBLE, SAM
from tests.hw_sim.program_under_test import until

BOARD = "kiosk-pn532"
SHOW = b"\x0c\x1bQA" + "应付".encode("gb18030") + b"\r\x1bQB" + b"128.00\r"
PULSE = b"\x1bp\x00\x19\xfa"
OTHER_PIN = b"\x1bp\x01\x19\xfa"


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[Bench]:
    with open_bench(tmp_path, make_wiring(tmp_path)) as page:
        yield page


@pytest.fixture
def host(bench: Bench) -> Iterator[int]:
    """Give the PN532's line, as a driver holds it."""
    line = os.open(bench.board.link, os.O_RDWR | os.O_NOCTTY)
    speed(line)
    yield line
    os.close(line)


def speed(line: int, bps: int = 115_200) -> None:
    import termios

    settings = termios.tcgetattr(line)
    settings[4] = settings[5] = getattr(termios, f"B{bps}")
    termios.tcsetattr(line, termios.TCSANOW, settings)


def heard(line: int, count: int, deadline_s: float = 30.0) -> bytes:
    """Return what came from the board: `count` bytes, or less when they do not come in time."""
    data, end_s = b"", time.monotonic() + deadline_s
    while len(data) < count and (left_s := end_s - time.monotonic()) > 0:
        if select.select([line], [], [], left_s)[0]:
            data += os.read(line, count - len(data))
    return data


def ask(desk: Desk) -> tuple[int, bytes]:
    """Ask the card on the kiosk's reader for its number, as a till would: result code and answer."""
    with desk.lock:
        slot = desk.slot(READERS["kiosk"])
        slot.protocol = PROTOCOL_T1
        exchange = Exchange(desk, lambda _link: Code.CARD_REMOVED)
        question = Transmit(1, PROTOCOL_T1, 0, 5, PROTOCOL_T1, 0, 258, 0)
        done, answer = exchange.transmit(Link(1, 1, 1, slot, slot.epoch), question, bytes.fromhex("FFCA000000"))
        return done.rv, answer


def wake(line: int) -> None:
    os.write(line, bytes.fromhex(PREAMBLE))
    os.write(line, bytes.fromhex(SAM))


def test_a_tapped_card_lies_on_the_pn532_and_goes_again_by_itself(bench: Bench) -> None:
    bench.devices.hand._tap_s = 600.0
    bench.press("/api/tap", place=BOARD, card="ouyang", manner="tap")
    assert bench.card_at(BOARD) == "ouyang"
    bench.devices.hand._tap_s = 0.05
    bench.press("/api/tap", place=BOARD, card="ouyang", manner="tap")
    until(lambda: bench.card_at(BOARD) is None)


def test_a_card_is_in_one_place_whatever_the_make_of_the_reader(bench: Bench) -> None:
    bench.press("/api/tap", place="counter", card="wang", manner="hold")
    bench.press("/api/tap", place=BOARD, card="wang", manner="hold")
    assert (bench.card_at("counter"), bench.card_at(BOARD)) == (None, "wang")
    bench.press("/api/tap", place="kiosk", card="wang", manner="hold")
    assert (bench.card_at("kiosk"), bench.card_at(BOARD)) == ("wang", None)


def test_a_card_changed_for_its_copy_leaves_the_reader_empty_for_a_moment(bench: Bench) -> None:
    during: list[str | None] = []
    hand = Hand(bench.devices._readers(), pause=lambda _seconds: during.append(bench.card_at(BOARD)))
    hand.tap(BOARD, "ouyang", "hold")
    assert during == []
    hand.tap(BOARD, "copy", "hold")
    assert during == [None]
    assert bench.card_at(BOARD) == "copy"


def test_a_card_taken_away_too_soon_is_gone_before_it_gets_a_command_and_the_next_one_stays(bench: Bench) -> None:
    bench.devices.hand._tap_s = 600.0
    bench.press("/api/tap", place="kiosk", card="ouyang", manner="short")
    assert ask(bench.pcsc.desk) == (Code.CARD_REMOVED, b"")
    assert bench.card_at("kiosk") is None
    bench.press("/api/tap", place="kiosk", card="ouyang", manner="hold")
    assert ask(bench.pcsc.desk)[0] == Code.OK
    assert bench.card_at("kiosk") == "ouyang"


def test_a_short_tap_that_nobody_noticed_spoils_no_later_one(bench: Bench) -> None:
    bench.press("/api/board", fault="noise")
    for place in ("kiosk", BOARD):
        bench.press("/api/tap", place=place, card="ouyang", manner="short")
    assert bench.board.chip.faults.waiting() == ["card_gone", "noise"]
    bench.press("/api/board", fault="mute")
    until(lambda: bench.card_at("kiosk") is None and bench.card_at(BOARD) is None)
    until(lambda: "card_gone" not in bench.board.chip.faults.waiting())
    assert bench.board.chip.mute, "what else was set stays as it was"
    bench.press("/api/tap", place="kiosk", card="ouyang", manner="hold")
    assert ask(bench.pcsc.desk)[0] == Code.OK


def test_a_held_card_is_not_taken_by_the_hand_of_one_that_left_before(bench: Bench) -> None:
    bench.press("/api/tap", place="kiosk", card="ouyang", manner="short")
    ask(bench.pcsc.desk)
    (hand,) = bench.devices.hand._letting_go.values()
    bench.press("/api/tap", place="kiosk", card="wang", manner="hold")
    hand.join(10)
    assert bench.card_at("kiosk") == "wang"


def test_a_card_that_is_known_as_soon_as_it_is_found_cannot_be_cut_short_on_the_pn532(bench: Bench) -> None:
    said = bench.press("/api/tap", place=BOARD, card="wang", manner="short")["said"]
    assert "as it finds the card" in said["en"]
    assert bench.board.chip.faults.waiting() == []
    until(lambda: bench.card_at(BOARD) is None)


def test_the_pn532_works_while_the_card_daemon_is_down(bench: Bench) -> None:
    bench.press("/api/daemon", action="crash")
    bench.press("/api/tap", place=BOARD, card="wang", manner="hold")
    assert bench.card_at(BOARD) == "wang"
    bench.press("/api/take", place=BOARD)
    assert bench.card_at(BOARD) is None


@pytest.mark.parametrize(("card", "manner"), [("zhao", "hold"), ("wang", "mute")])
def test_what_the_pn532_cannot_sense_is_said_and_lies_nowhere(bench: Bench, card: str, manner: str) -> None:
    said = bench.press("/api/tap", place=BOARD, card=card, manner=manner)["said"]
    assert "cannot sense" in said["en"]
    assert "感应不到" in said["zh"]
    assert bench.card_at(BOARD) is None


def test_an_unplugged_pn532_is_shown_and_refuses_cards_in_words(bench: Bench) -> None:
    bench.press("/api/reader", place=BOARD, action="unplug")
    assert bench.state()["readers"][BOARD]["plugged"] is False
    assert not pathlib.Path(bench.board.link).is_symlink()
    assert "unplugged" in bench.refused("/api/tap", place=BOARD, card="wang", manner="tap")
    bench.press("/api/reader", place=BOARD, action="plug")
    bench.press("/api/tap", place=BOARD, card="wang", manner="hold")
    assert bench.card_at(BOARD) == "wang"


def test_a_muted_pn532_hears_and_says_nothing_until_it_may_again(bench: Bench, host: int) -> None:
    bench.press("/api/board", fault="mute")
    assert bench.state()["readers"][BOARD]["mute"] is True
    wake(host)
    until(lambda: bench.board.faults.counts()["mute"] > 0)
    bench.press("/api/board", fault="speak")
    assert bench.state()["readers"][BOARD]["mute"] is False
    wake(host)
    # The first bytes ever: nothing of what was said before comes late.
    assert heard(host, 6).hex().upper() == ACK


@pytest.mark.parametrize("fault", ["brown_out", "noise", "bad_dcs", "cut_frame"])
def test_each_fault_of_the_pn532_strikes_at_its_next_exchange(bench: Bench, host: int, fault: str) -> None:
    bench.press("/api/board", fault=fault)
    assert bench.board.faults.counts()[fault] == 0
    wake(host)
    until(lambda: bench.board.faults.counts()[fault] == 1)


def test_what_the_customer_reads_is_on_the_page(bench: Bench) -> None:
    with pathlib.Path(bench.display.link).open("wb", buffering=0) as line:
        speed(line.fileno(), 9600)
        line.write(SHOW)
        until(lambda: [text.strip() for text in bench.state()["display"]["lines"]] == ["应付", "128.00"])
        assert bench.state()["display"]["open"]


def test_a_hung_display_takes_no_bytes_until_it_reads_on(bench: Bench) -> None:
    with pathlib.Path(bench.display.link).open("wb", buffering=0) as line:
        speed(line.fileno(), 9600)
        bench.press("/api/display", action="hang")
        line.write(SHOW)
        until(lambda: bench.display.faults.counts()["hung"] == 1)
        assert bench.state()["display"]["hung"]
        assert "128.00" not in bench.state()["display"]["lines"][1]
        bench.press("/api/display", action="read")
        until(lambda: "128.00" in bench.state()["display"]["lines"][1])


def test_an_unplugged_display_has_no_port_and_comes_back_dark(bench: Bench) -> None:
    bench.press("/api/display", action="unplug")
    assert bench.state()["display"]["plugged"] is False
    assert not pathlib.Path(bench.display.link).is_symlink()
    bench.press("/api/display", action="plug")
    assert pathlib.Path(bench.display.link).is_symlink()
    assert "".join(bench.state()["display"]["lines"]).strip() == ""


def test_openings_by_the_till_are_counted_and_the_drawer_stays_open_until_it_is_closed(bench: Bench) -> None:
    assert bench.state()["drawer"] == {"open": False, "openings": 0}
    with socket.create_connection(("127.0.0.1", bench.printer.port)) as connection:
        connection.sendall(b"\x1b@" + OTHER_PIN + PULSE)
        # The pulse on the other pin opens another drawer and is not counted.
        until(lambda: bench.state()["drawer"] == {"open": True, "openings": 1})
        bench.press("/api/drawer", action="close")
        assert bench.state()["drawer"] == {"open": False, "openings": 1}
        connection.sendall(PULSE)
        until(lambda: bench.state()["drawer"] == {"open": True, "openings": 2})


def test_a_drawer_opened_with_its_key_is_open_and_not_counted(bench: Bench) -> None:
    bench.press("/api/drawer", action="open")
    assert bench.state()["drawer"] == {"open": True, "openings": 0}
    assert bench.printer.printer.switches.drawer
