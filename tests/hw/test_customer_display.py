"""The customer display's driver and its texts, against a bare pseudo-terminal."""

from __future__ import annotations

import contextlib
import logging
import os
import pathlib
import random
import re
import select
import threading
import time
import tty
from collections.abc import Iterator

import pytest

from terminal.base.errors import DeviceFault
from terminal.hw.customer_display import CustomerDisplayDriver
from terminal.hw.display_dialects import CELLS, CHARSETS, DIALECTS, Charset, Dialect, DisplayTexts, fit, language_of
from tests.hw.printer_links import HurryingClock
from tests.hw.printer_peer import until
from tests.hw.recorder import DEADLINE_S

pytestmark = pytest.mark.slow


class Far:
    """The far end of a serial line: reads what arrives, or does not, and remembers it."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self._master = -1
        self.received = b""
        self.plug()

    def plug(self) -> None:
        self._master, near = os.openpty()
        tty.setraw(near)
        os.set_blocking(self._master, False)
        self.path.symlink_to(os.ttyname(near))
        os.close(near)

    def unplug(self) -> None:
        self.path.unlink(missing_ok=True)
        os.close(self._master)

    def say(self, data: bytes) -> None:
        os.write(self._master, data)

    def read(self) -> bytes:
        with contextlib.suppress(OSError):
            self.received += os.read(self._master, 4096)
        return self.received

    def readable(self) -> bool:
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        return any(events & select.POLLIN for _, events in poll.poll(0))


class Serving:
    """A driver served on a thread of its own."""

    def __init__(self, driver: CustomerDisplayDriver) -> None:
        self.faults: list[Exception] = []
        self.stop_event = threading.Event()
        self._driver = driver
        driver.open()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        try:
            self._driver.serve(self.stop_event, lambda _event: None)
        except (DeviceFault, OSError) as fault:
            self.faults.append(fault)

    def ended(self) -> Exception:
        self.thread.join(DEADLINE_S)
        self._driver.close()
        [fault] = self.faults
        return fault

    def stop(self) -> None:
        self.stop_event.set()
        self._driver.wake()
        self.thread.join(DEADLINE_S)
        assert not self.thread.is_alive()
        self._driver.close()
        self._driver.close()
        assert self.faults == []


@pytest.fixture
def far(tmp_path: pathlib.Path) -> Iterator[Far]:
    one = Far(tmp_path / "ttyUSB1")
    yield one
    with contextlib.suppress(OSError):
        one.unplug()


def test_a_cd5220_is_cleared_and_gets_both_lines_of_twenty(far: Far) -> None:
    driver = CustomerDisplayDriver("display", str(far.path), source=lambda: ("WELCOME", ""))
    serving = Serving(driver)
    until(lambda: far.read().endswith(b"\x1bQAWELCOME             \r\x1bQB" + b" " * 20 + b"\r"))
    driver.show("TOTAL", "128.00")
    until(lambda: far.read().endswith(b"\x1bQATOTAL               \r\x1bQB128.00              \r"))
    serving.stop()
    assert far.received.startswith(b"\r\x0c\x1b@\x0c")


def test_an_escpos_display_is_selected_and_written_by_cursor(far: Far) -> None:
    driver = CustomerDisplayDriver("display", str(far.path), dialect="escpos", charset="gb18030")
    serving = Serving(driver)
    driver.show("合计", "¥128.00")
    wanted = b"\x1f$\x01\x01" + "合计".encode("gbk") + b" " * 16 + b"\x1f$\x01\x02\xa3\xa4128.00" + b" " * 12
    until(lambda: far.read().endswith(wanted))
    serving.stop()
    assert b"\x1b=\x02" in far.received
    assert b"\x0c" in far.received


@pytest.mark.parametrize(("dialect", "light_base"), [("led8", 0x30), ("led8_binary", 0x00)])
@pytest.mark.parametrize(
    ("upper", "lower", "number", "light"),
    [
        ("TOTAL", "¥1,128.00", b"1128.00", 2),
        ("合计", "￥128.00", b"128.00", 2),
        ("实收", "200.00", b"200.00", 3),
        ("CHANGE", "72.00", b"72.00", 4),
        ("找零", "-0.50", b"-0.50", 4),
        ("单价", "2 x 29.99", b"29.99", 1),
        ("WELCOME", "12345678", b"12345678", 0),
        ("TOTAL", "123456.78", b"123456.78", 2),
    ],
)
def test_eight_digits_show_the_amount_and_its_light(
    upper: str, lower: str, number: bytes, light: int, dialect: Dialect, light_base: int
) -> None:
    language = language_of(dialect, "ascii")
    assert language.show(DisplayTexts(upper, lower)) == (
        b"\x1bs" + bytes((light_base + light,)) + b"\x1bQA" + number + b"\r"
    )


@pytest.mark.parametrize("lower", ["", "THANK YOU", "1234567.89", "-1234567.8", "123456789"])
def test_eight_digits_show_nothing_rather_than_part_of_a_number(lower: str) -> None:
    assert language_of("led8", "ascii").show(DisplayTexts("TOTAL", lower)) == b"\x0c\x1bs0"


@pytest.mark.parametrize(
    ("text", "charset", "line"),
    [
        ("王女士您好", "gb18030", "王女士您好          ".encode("gbk")),
        ("一二三四五六七八九十多", "gb18030", "一二三四五六七八九十".encode("gbk")),
        ("a一二三四五六七八九十", "gb18030", "a一二三四五六七八九 ".encode("gbk")),
        ("¥128", "gb18030", b"\xa3\xa4128" + b" " * 15),
        ("¥128 ￥5", "ascii", b"Y128 Y5" + b" " * 13),
        ("䶮女士", "gb18030", "〓女士".encode("gbk") + b" " * 14),
        ("合计：12.5", "ascii", b":12.5" + b" " * 15),
        ("a\r\n\x0c\x1b@b", "ascii", b"a@b" + b" " * 17),
        ("a\r\n\x0c\x1b@b\x85\u200b", "gb18030", b"a@b" + b" " * 17),
        ("x" * 30, "ascii", b"x" * 20),
    ],
)
def test_a_line_fills_twenty_cells_and_cuts_no_character_in_half(text: str, charset: Charset, line: bytes) -> None:
    assert fit(text, charset) == line


def test_any_text_makes_a_line_of_twenty_bytes_without_commands(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(3000):
        text = "".join(chr(chance.choice((chance.randrange(0x80), chance.randrange(0xD800)))) for _ in range(30))
        for charset in CHARSETS:
            line = fit(text, charset)
            assert len(line) == CELLS
            assert line.decode("gbk")
            assert min(line) >= 0x20
        for dialect in DIALECTS:
            assert language_of(dialect, "gb18030").show(DisplayTexts(text, text))


def test_the_newest_texts_win_and_older_ones_are_left_out(far: Far) -> None:
    driver = CustomerDisplayDriver("display", str(far.path))
    for number in range(500):
        driver.show("TOTAL", f"{number}.00")
    serving = Serving(driver)
    until(lambda: b"499.00" in far.read())
    serving.stop()
    assert far.received.count(b"\x1bQB") == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_hung_display_costs_nobody_anything_and_comes_back_with_the_newest(
    far: Far, dialect: Dialect, caplog: pytest.LogCaptureFixture
) -> None:
    clock = HurryingClock()
    driver = CustomerDisplayDriver("display", str(far.path), dialect=dialect, flow="software", monotonic_s=clock)
    serving = Serving(driver)
    driver.show("TOTAL", "1.00")
    until(lambda: b"1.00" in far.read())
    clock.hurry()
    far.say(b"\x13")  # XOFF: the display is stuck
    begin_s = time.monotonic()
    number = 0
    with caplog.at_level(logging.DEBUG):
        while not serving.faults:
            number += 1
            driver.show("TOTAL", f"{number}.50")
            threading.Event().wait(0.001)
            assert time.monotonic() - begin_s < DEADLINE_S
    fault = serving.ended()
    assert isinstance(fault, DeviceFault)
    assert fault.code == "display_hung"
    clock.calm()
    driver.show("CHANGE", "72.00")
    far.say(b"\x11")
    again = Serving(driver)
    until(lambda: b"72.00" in far.read())
    again.stop()
    assert ".50" not in caplog.text


def test_a_display_that_hangs_never_counts_as_there(far: Far) -> None:
    near = os.open(far.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    refusals = 0

    def full() -> bool:
        # The kernel moves bytes on behind our back: full is what refuses many times in a row.
        nonlocal refusals
        try:
            os.write(near, bytes(4096))
        except BlockingIOError:
            refusals += 1
        else:
            refusals = 0
        return refusals >= 100

    until(full)
    clock = HurryingClock()
    clock.hurry()
    driver = CustomerDisplayDriver("display", str(far.path), monotonic_s=clock)
    with pytest.raises(DeviceFault) as hung:
        driver.open()
    assert hung.value.code == "display_hung"
    os.close(near)


def test_an_unplugged_display_is_lost_and_shows_the_newest_when_it_is_back(far: Far) -> None:
    driver = CustomerDisplayDriver("display", str(far.path))
    serving = Serving(driver)
    until(lambda: b"\x1bQA" in far.read())
    far.unplug()
    assert isinstance(serving.ended(), OSError)
    driver.show("TOTAL", "5.00")
    with pytest.raises(OSError, match="No such file"):
        driver.open()
    far.received = b""
    far.plug()
    again = Serving(driver)
    until(lambda: b"5.00" in far.read())
    again.stop()


def test_noise_from_a_display_is_dropped_and_wakes_nobody(far: Far) -> None:
    driver = CustomerDisplayDriver("display", str(far.path))
    serving = Serving(driver)
    for number in range(20):
        far.say(bytes(range(0x20, 0x7F)) * 10)
        driver.show("TOTAL", f"{number}.00")
        until(lambda number=number: f"{number}.00".encode() in far.read())  # type: ignore[misc]
    serving.stop()


def test_stopping_is_quick_idle_and_hung(far: Far) -> None:
    driver = CustomerDisplayDriver("display", str(far.path), flow="software")
    serving = Serving(driver)
    until(lambda: b"\x1bQA" in far.read())
    far.say(b"\x13")
    driver.show("A", "1")
    serving.stop()
    Serving(CustomerDisplayDriver("display", str(far.path))).stop()


def test_texts_shown_from_many_threads_end_with_a_whole_one(far: Far) -> None:
    driver = CustomerDisplayDriver("display", str(far.path))
    serving = Serving(driver)

    def show(who: int) -> None:
        for _ in range(200):
            driver.show(f"WHO {who}", f"{who}.00")

    threads = [threading.Thread(target=show, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            far.read()
            thread.join(0.01)
    driver.show("LAST", "9.99")
    until(lambda: b"9.99" in far.read())
    serving.stop()
    pairs = re.findall(rb"\x1bQA(.{20})\r\x1bQB(.{20})\r", far.received)
    assert all(upper[:5] in {b"LAST ", b"     "} or upper.split()[1] == lower.split(b".")[0] for upper, lower in pairs)


@pytest.mark.parametrize(("dialect", "charset"), [("vfd", "ascii"), ("led8", "big5")])
def test_settings_no_display_has_are_refused(dialect: Dialect, charset: Charset) -> None:
    with pytest.raises(ValueError, match="no such display"):
        CustomerDisplayDriver("display", "/dev/null", dialect=dialect, charset=charset)
