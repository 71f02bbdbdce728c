"""The command sets of customer displays: CD5220, ESC/POS, and the eight digits of LED8.

Sources: Posiflex PD series and compatible manuals (CD5220), Epson DM-D application development guide (ESC/POS display
commands), manuals of eight-digit LED displays sold in China (LED8).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.hw_sim.display_model import COLUMNS, TO_CR, Command, Display, TextDisplay

SCROLL_CHARS_MAX = 40
SELECT = b"\x1b="
DIGITS = 8
# What stands beside an LED8's number.
LIGHTS = ("none", "unit price", "total", "received", "change")


class Cd5220(TextDisplay):
    """The CD5220 set: whole lines at a time, and nothing but lines until the screen is cleared."""

    def __init__(self, charset: str = "ascii") -> None:
        """Take `charset`, "ascii" or "gb18030"."""
        self._line_mode = False
        self._scrolling = b""
        super().__init__(charset)

    def commands(self) -> Mapping[bytes, Command]:
        """The table; what a line command keeps from working is recorded as not understood."""
        free: dict[bytes, Command] = {
            **super().commands(),
            b"\x1b@": (0, lambda _: self.initialise()),
            b"\x1b\x11": (0, self.set_mode("overwrite")),
            b"\x1b\x12": (0, self.set_mode("vertical")),
            b"\x1b\x13": (0, self.set_mode("horizontal")),
            b"\x1bl": (2, self.locate),
            b"\x1b*": (1, self.set_brightness),
            b"\x1b_": (1, self.set_cursor),
            b"\x1bf": (1, self._set_national),
        }
        guarded: dict[bytes, Command] = {
            code: (count, self._unless_lines(work)) for code, (count, work) in free.items()
        }
        always: dict[bytes, Command] = {
            b"\x0c": (0, lambda _: self.clear()),
            b"\x1bQA": (TO_CR, lambda text: self._line(0, text)),
            b"\x1bQB": (TO_CR, lambda text: self._line(1, text)),
            b"\x1bQD": (TO_CR, self._scroll),
        }
        return {**guarded, **always}

    def _unless_lines(self, work: Callable[[bytes], bool]) -> Callable[[bytes], bool]:
        return lambda data: not self._line_mode and work(data)

    def show(self, byte: int) -> bool:
        """Put a sign under the cursor, unless a line command is in force."""
        return not self._line_mode and super().show(byte)

    def clear(self) -> bool:
        """Clear the screen, which ends the line commands."""
        self._line_mode, self._scrolling = False, b""
        return super().clear()

    def _line(self, row: int, text: bytes) -> bool:
        self._line_mode = True
        if row == 0:
            self._scrolling = b""
        return self.put_line(row, text)

    def _scroll(self, text: bytes) -> bool:
        self._line_mode = True
        self._scrolling = text[:SCROLL_CHARS_MAX]
        return self.put_line(0, text[:COLUMNS]) and len(text) <= SCROLL_CHARS_MAX

    def _set_national(self, data: bytes) -> bool:
        self.national_set = data[0]
        return True

    def details(self) -> dict[str, Any]:
        """As for every text display, and whether a line command is in force."""
        return {**super().details(), "line_mode": self._line_mode, "scrolling": self.text(self._scrolling)}


class EscposDisplay(TextDisplay):
    """Epson's display set: a cursor, and a printer behind the same cable that may have been selected instead."""

    def __init__(self, charset: str = "ascii") -> None:
        """Take `charset`, "ascii" or "gb18030"."""
        self._selected = True
        self._passed_on_bytes = 0
        super().__init__(charset)

    def commands(self) -> Mapping[bytes, Command]:
        """The table."""
        return {
            **super().commands(),
            b"\x1b@": (0, lambda _: self.initialise()),
            SELECT: (1, self._select),
            b"\x1f\x01": (0, self.set_mode("overwrite")),
            b"\x1f\x02": (0, self.set_mode("vertical")),
            b"\x1f\x03": (0, self.set_mode("horizontal")),
            b"\x1f$": (2, self.locate),
            b"\x1fX": (1, self.set_brightness),
            b"\x1fC": (1, self.set_cursor),
        }

    def _select(self, data: bytes) -> bool:
        self._selected = bool(data[0] & 2)
        return 1 <= data[0] <= 3

    def taken(self, pending: bytes) -> bool:
        """As every display, but what is for the printer goes on to it: all but the command that ends this."""
        if self._selected or SELECT.startswith(pending[: len(SELECT)]):
            return super().taken(pending)
        self._passed_on_bytes += len(pending)
        return True

    def details(self) -> dict[str, Any]:
        """As for every text display, and what went on to the printer."""
        return {**super().details(), "selected": self._selected, "passed_on_bytes": self._passed_on_bytes}


class Led8(Display):
    """Eight digits with a light that says which number it is; no text."""

    def __init__(self, lights: str = "ascii") -> None:
        """Take how its lights are numbered: "ascii" (30 to 34) or "binary" (00 to 04)."""
        if lights not in {"ascii", "binary"}:
            raise ValueError("lights are ascii or binary")
        self._first_light = 0x30 if lights == "ascii" else 0x00
        self._number = ""
        self._light = 0
        super().__init__()

    def commands(self) -> Mapping[bytes, Command]:
        """The table."""
        return {
            b"\x0c": (0, lambda _: self._clear()),
            b"\x1bQA": (TO_CR, self._show_number),
            b"\x1bs": (1, self._set_light),
        }

    def lines(self) -> list[str]:
        """The number, right-aligned in eight digits; a point stands in no digit of its own."""
        return [" " * (DIGITS - _digits(self._number)) + self._number]

    def show(self, byte: int) -> bool:  # noqa: ARG002 - nothing outside a command can be shown
        """Refuse: a number comes by its command only."""
        return False

    def details(self) -> dict[str, Any]:
        """Which light is on."""
        return {"light": LIGHTS[self._light]}

    def _clear(self) -> bool:
        self._number, self._light = "", 0
        return True

    def _show_number(self, data: bytes) -> bool:
        text = data.decode("latin-1")
        right = all(sign in "0123456789.-" for sign in text) and _digits(text) <= DIGITS
        if right:
            self._number = text
        return right

    def _set_light(self, data: bytes) -> bool:
        number = data[0] - self._first_light
        if not 0 <= number < len(LIGHTS):
            return False
        self._light = number
        return True


def _digits(text: str) -> int:
    return len(text.replace(".", ""))


def make_display(dialect: str, charset: str = "ascii", lights: str = "ascii") -> Display:
    """Return a display that speaks `dialect`: cd5220, escpos or led8; `ValueError` for another."""
    match dialect:
        case "cd5220":
            return Cd5220(charset)
        case "escpos":
            return EscposDisplay(charset)
        case "led8":
            return Led8(lights)
    raise ValueError("dialect is cd5220, escpos or led8")
