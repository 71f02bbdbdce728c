"""Customer displays: the command sets fed in pieces, and the program at its port."""

from __future__ import annotations

import contextlib
import os
import pathlib
import random
import termios
from collections.abc import Iterator

import pytest

from tests.hw_sim.control import ControlClient
from tests.hw_sim.customer_display import FAULTS, CustomerDisplay
from tests.hw_sim.display_dialects import make_display
from tests.hw_sim.display_model import Display
from tests.hw_sim.program_under_test import running, until

BLANK = " " * 20
# Waits are for what must come; only a broken simulator lets one pass.
PATIENCE_S = 30.0


def shown(dialect: str, data: bytes, charset: str = "ascii", lights: str = "ascii") -> Display:
    """Return a display that was fed byte by byte."""
    display = make_display(dialect, charset, lights)
    for byte in data:
        display.feed(bytes([byte]))
    return display


def upper(text: bytes) -> bytes:
    return b"\x1bQA" + text + b"\r"


def lower(text: bytes) -> bytes:
    return b"\x1bQB" + text + b"\r"


def test_cd5220_shows_whole_lines_without_touching_the_other() -> None:
    display = shown("cd5220", b"\x1b@\x0c" + upper(b"TOTAL         168.00") + lower(b"PAID          200.00"))
    assert display.lines() == ["TOTAL         168.00", "PAID          200.00"]
    display.feed(upper(b"THANK YOU"))
    assert display.lines() == ["THANK YOU           ", "PAID          200.00"]
    assert display.state()["unknown"] == []


def test_cd5220_ignores_everything_but_lines_until_it_is_cleared() -> None:
    display = shown("cd5220", upper(b"A") + b"\x1bl\x05\x02\x1b*\x01\x1b@" + b"xy")
    assert display.lines() == ["A" + " " * 19, BLANK]
    assert display.state()["unknown"] == ["1B6C0502", "1B2A01", "1B40", "78", "79"]
    assert display.state()["line_mode"]
    display.feed(b"\x0c\x1bl\x05\x02xy\x1b*\x01\x1b_\x01\x1bf\x0f")
    assert display.lines() == [BLANK, "    xy" + " " * 14]
    state = display.state()
    assert (state["cursor"], state["brightness"], state["cursor_on"], state["national_set"]) == ([7, 2], 1, True, 15)
    display.feed(b"\x1b@")
    assert (display.lines(), display.state()["brightness"]) == ([BLANK, BLANK], 4)


def test_cd5220_scrolls_up_to_forty_signs_in_the_upper_line() -> None:
    text = b"0123456789" * 4
    display = shown("cd5220", lower(b"below") + b"\x1bQD" + text + b"\r")
    assert display.lines() == ["01234567890123456789", "below" + " " * 15]
    assert display.state()["scrolling"] == text.decode()
    assert shown("cd5220", b"\x1bQD" + text + b"x\r").state()["unknown"]
    display.feed(upper(b"still"))
    assert display.state()["scrolling"] == ""


def test_signs_go_on_from_the_upper_to_the_lower_line_and_back() -> None:
    display = shown("cd5220", b"\x0c" + bytes(range(0x41, 0x41 + 20)) + b"bcd")
    assert display.lines() == ["ABCDEFGHIJKLMNOPQRST", "bcd" + " " * 17]
    display.feed(b"." * 17 + b"X")
    assert display.lines() == ["XBCDEFGHIJKLMNOPQRST", "bcd" + "." * 17]


def test_cursor_bytes_move_the_cursor_and_clear_a_line() -> None:
    display = shown("escpos", b"\x0cabc\nde\r\x09f\x08g\x0bZ")
    assert display.lines() == ["Zbc" + " " * 17, " g de" + " " * 15]
    display.feed(b"\n\x18")
    assert display.lines()[1] == BLANK


def test_in_vertical_mode_the_screen_rolls_up() -> None:
    display = shown("escpos", b"\x1f\x02" + b"u" * 20 + b"l" * 20 + b"n")
    assert display.lines() == ["l" * 20, "n" + " " * 19]
    assert shown("escpos", b"\x1f\x02\x1f\x01").state()["mode"] == "overwrite"
    assert shown("cd5220", b"\x1b\x13").state()["mode"] == "horizontal"


def test_escpos_places_its_cursor_and_knows_its_own_codes_only() -> None:
    display = shown("escpos", b"\x1b@\x0c\x1f$\x03\x01hi\x1f$\x01\x02there\x1fX\x02\x1fC\x01")
    assert display.lines() == ["  hi" + " " * 16, "there" + " " * 15]
    assert (display.state()["brightness"], display.state()["cursor_on"]) == (2, True)
    assert display.state()["unknown"] == []
    display.feed(b"\x1bQ\x1f$\x15\x01\x1f$\x00\x01\x1fX\x05\x1f\x99")
    assert display.state()["unknown"] == ["1B51", "1F241501", "1F240001", "1F5805", "1F99"]


def test_what_is_for_the_printer_behind_the_display_is_not_shown() -> None:
    display = shown("escpos", b"a\x1b=\x01printed\x1bd\x02\x1b=\x02b")
    assert display.lines()[0] == "ab" + " " * 18
    assert display.state()["passed_on_bytes"] == len(b"printed\x1bd\x02")
    assert display.state()["selected"]


def test_chinese_signs_take_two_cells_and_half_a_sign_is_broken() -> None:
    display = shown("cd5220", upper("合计￥168".encode("gbk")), "gb18030")
    assert display.lines()[0] == "合计￥168" + " " * 11
    assert not display.state()["broken"]
    display.feed(upper(b"a" + "合".encode("gbk") * 10))
    assert display.state()["broken"]
    assert display.state()["unknown"]
    assert shown("cd5220", upper("¥1".encode("gb18030")), "gb18030").lines()[0][:2] != "¥1"


def test_a_display_without_chinese_shows_blanks_for_it_and_says_so() -> None:
    display = shown("cd5220", upper("合1".encode("gb18030")))
    assert display.lines()[0] == "  1" + " " * 17
    assert display.state()["unknown"] == [upper("合1".encode("gb18030")).hex().upper()]
    assert shown("escpos", b"\xba").state()["unknown"] == ["BA"]


def test_a_line_that_is_too_long_is_cut_and_recorded() -> None:
    display = shown("cd5220", upper(b"0123456789" * 2 + b"!"))
    assert display.lines()[0] == "01234567890123456789"
    assert len(display.state()["unknown"]) == 1


def test_a_line_whose_end_never_comes_is_given_up() -> None:
    display = shown("cd5220", b"\x1bQA" + b"x" * 30)
    assert (display.lines()[0], len(display.state()["waits"])) == (BLANK, 66)
    display.feed(b"x" * 32)
    assert display.state()["waits"] == ""
    assert len(display.state()["unknown"]) == 1


def test_led8_shows_numbers_and_one_light() -> None:
    display = shown("led8", b"\x0c\x1bQA168.00\r\x1bs2")
    assert display.lines() == ["   168.00"]
    assert display.state()["light"] == "total"
    display.feed(b"\x1bQA-12345.67\r\x1bs4")
    assert display.lines() == ["-12345.67"]
    assert display.state()["light"] == "change"
    display.feed(b"\x0c")
    assert (display.lines(), display.state()["light"]) == ([" " * 8], "none")
    assert display.state()["unknown"] == []


def test_led8_models_differ_in_how_their_lights_are_numbered() -> None:
    assert shown("led8", b"\x1bs\x03", lights="binary").state()["light"] == "received"
    assert shown("led8", b"\x1bs\x03").state()["unknown"] == ["1B7303"]
    assert shown("led8", b"\x1bs3", lights="binary").state()["unknown"] == ["1B7333"]
    assert shown("led8", b"\x1bs5").state()["light"] == "none"


@pytest.mark.parametrize("data", [b"\x1bQATOTAL\r", b"\x1bQA123456789\r", b"12", b"\x1b@", b"\x1bQB1\r"])
def test_led8_knows_no_text_and_no_ninth_digit(data: bytes) -> None:
    display = shown("led8", data)
    assert display.lines() == [" " * 8]
    assert display.state()["unknown"]


@pytest.mark.parametrize("kind", [("vga", "ascii", "ascii"), ("cd5220", "utf-8", "ascii"), ("led8", "ascii", "red")])
def test_a_display_nobody_sells_is_refused(kind: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match=r"\bor\b"):
        make_display(*kind)


@pytest.mark.parametrize(("dialect", "width"), [("cd5220", 20), ("escpos", 20), ("led8", 8)])
def test_no_bytes_break_a_display_and_pieces_do_not_matter(dialect: str, width: int, seed: int) -> None:
    source = random.Random(seed)
    pool = b"\x1b\x1b\x1b\x1f\x0c\rQABDl*_fs$=@X\x01\x02\x03" + bytes(range(0x20, 0x40)) + b"\xba\xcf\x80\xff\x7f"
    for _ in range(100):
        data = bytes(source.choices(pool, k=300))
        whole = make_display(dialect)
        whole.feed(data)
        assert whole.state() == shown(dialect, data).state()
        for line in whole.lines():
            assert len(line.replace(".", "") if dialect == "led8" else line) == width


class Host:
    """A host that opens the port at a speed and never waits to write."""

    def __init__(self, link: pathlib.Path, speed: int = termios.B9600) -> None:
        self.fd = os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        attributes = termios.tcgetattr(self.fd)
        attributes[4] = attributes[5] = speed
        termios.tcsetattr(self.fd, termios.TCSANOW, attributes)

    def say(self, data: bytes) -> int:
        """Return how many bytes the line took."""
        with contextlib.suppress(BlockingIOError):
            return os.write(self.fd, data)
        return 0

    def close(self) -> None:
        os.close(self.fd)


@pytest.fixture
def link(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "usb-display"


@pytest.fixture
def display(tmp_path: pathlib.Path, link: pathlib.Path) -> Iterator[ControlClient]:
    simulator = CustomerDisplay(str(link), str(tmp_path / "control"))
    simulator.start()
    client = ControlClient(str(tmp_path / "control"))
    yield client
    client.close()
    simulator.close()


@pytest.fixture
def host(display: ControlClient, link: pathlib.Path) -> Iterator[Host]:
    assert display("state")["plugged"]
    opened = Host(link)
    yield opened
    opened.close()


def shows(display: ControlClient, text: str) -> bool:
    lines: list[str] = display("screen")["lines"]
    return lines[0].rstrip() == text


def test_what_the_host_writes_is_on_the_screen_and_in_its_history(display: ControlClient, host: Host) -> None:
    for text in (b"one", b"two"):
        host.say(upper(text))
        until(lambda text=text: shows(display, text.decode()))  # type: ignore[misc]
    assert [screen[0].rstrip() for screen in display("history")["screens"]] == ["one", "two"]
    host.say(b"?")
    until(lambda: display("state")["unknown"] == ["3F"])
    display("forget")
    assert (display("history")["screens"], display("state")["unknown"]) == ([], [])
    assert shows(display, "two")


def test_a_display_that_hangs_lets_the_host_feel_it_and_goes_on_where_it_stopped(
    display: ControlClient, host: Host
) -> None:
    host.say(upper(b"before"))
    until(lambda: shows(display, "before"))
    display("hang", on=True)
    assert host.say(upper(b"queued")) > 0
    until(lambda: display("faults")["faults"]["hung"] == 1)
    assert host.say(upper(b"refused")) == 0
    assert shows(display, "before")
    display("hang", on=False)
    until(lambda: shows(display, "queued"))
    host.say(upper(b"after"))
    until(lambda: shows(display, "after"))


def test_unplugged_the_port_is_gone_and_comes_back_with_a_dark_screen(
    display: ControlClient, host: Host, link: pathlib.Path
) -> None:
    host.say(upper(b"light"))
    until(lambda: shows(display, "light"))
    assert display("unplug")["heard"]
    assert not link.is_symlink()
    with pytest.raises(OSError, match="Input/output"):
        os.write(host.fd, b"x")
    display("plug")
    assert shows(display, "")
    again = Host(link)
    again.say(upper(b"again"))
    until(lambda: shows(display, "again"))
    again.close()


def test_a_host_at_another_speed_is_not_understood(display: ControlClient, link: pathlib.Path) -> None:
    host = Host(link, termios.B2400)
    host.say(upper(b"text"))
    until(lambda: display("state")["garbled_bytes"] == len(upper(b"text")))
    assert shows(display, "")
    host.close()


def test_a_text_written_by_a_host_that_closes_at_once_is_shown(display: ControlClient, link: pathlib.Path) -> None:
    host = Host(link)
    host.say(upper(b"short"))
    host.close()
    until(lambda: shows(display, "short"))
    assert not display("state")["open"]


def test_every_offered_fault_is_counted_when_it_takes_effect(
    display: ControlClient, host: Host, link: pathlib.Path
) -> None:
    display("hang")
    assert display("faults")["faults"]["hung"] == 0
    host.say(b"x")
    until(lambda: display("faults")["faults"]["hung"] == 1)
    display("hang", on=False)
    other = Host(link, termios.B19200)
    other.say(b"x")
    until(lambda: display("faults")["faults"]["wrong_speed"] > 0)
    display("unplug")
    counts = display("faults")["faults"]
    assert {name for name in FAULTS if counts[name]} == FAULTS
    other.close()


def test_a_fault_nobody_could_notice_is_not_counted(display: ControlClient) -> None:
    display("hang")
    display("unplug")
    assert set(display("faults")["faults"].values()) == {0}


def test_as_a_program_it_takes_dialect_and_speed_and_leaves_no_link_behind(
    tmp_path: pathlib.Path, link: pathlib.Path
) -> None:
    options = ("--dialect", "led8", "--lights", "binary", "--speed", "2400")
    with running("customer_display", tmp_path, "--link", str(link), *options) as (ready, knobs):
        assert ready["link"] == str(link)
        host = Host(link, termios.B2400)
        host.say(b"\x1bQA8.80\r\x1bs\x02")
        until(lambda: knobs("state").get("light") == "total")
        assert knobs("screen")["lines"] == ["     8.80"]
        host.close()
    assert not link.is_symlink()
