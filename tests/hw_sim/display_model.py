"""Customer displays without their line: fed with bytes in any pieces, they show lines of text.

Here is what all have in common; `display_dialects` has the command sets. A display never answers.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

COLUMNS, ROWS = 20, 2
RECORDS_MAX = 1000
PENDING_BYTES_MAX = 64  # a line whose end never comes
CR = 0x0D
TO_CR = -1

# A command: how many bytes follow its code (TO_CR: all up to a carriage return), and what it does with them.
Command = tuple[int, Callable[[bytes], bool]]


class Display(abc.ABC):
    """A display with an incremental parser; what it does not know it records and passes over."""

    def __init__(self) -> None:
        """Switch on: nothing shown."""
        self._unknown: list[str] = []
        self._pending = bytearray()
        self._table = MappingProxyType(dict(self.commands()))
        self.history: list[list[str]] = []

    @abc.abstractmethod
    def commands(self) -> Mapping[bytes, Command]:
        """The commands by code; a command's function returns whether its parameters were right."""

    @abc.abstractmethod
    def lines(self) -> list[str]:
        """What a customer sees, line by line."""

    @abc.abstractmethod
    def show(self, byte: int) -> bool:
        """Take a byte that belongs to no command; whether it was something to show."""

    @abc.abstractmethod
    def details(self) -> dict[str, Any]:
        """What there is to know beside the lines."""

    def feed(self, data: bytes) -> None:
        """Take bytes from the line."""
        for byte in data:
            self._pending.append(byte)
            if self.taken(bytes(self._pending)):
                self._pending.clear()
                self._remember()

    def state(self) -> dict[str, Any]:
        """Lines, details, and every byte or command that was not understood, oldest first in hex."""
        return {"lines": self.lines(), **self.details(), "unknown": list(self._unknown), "waits": self._pending.hex()}

    def forget(self) -> None:
        """Empty the records, not the screen."""
        self._unknown.clear()
        self.history.clear()

    def record(self, data: bytes) -> None:
        """Note bytes that mean nothing to this display."""
        self._unknown.append(data.hex().upper())
        del self._unknown[:-RECORDS_MAX]

    def _remember(self) -> None:
        lines = self.lines()
        if not self.history or self.history[-1] != lines:
            self.history.append(lines)
            del self.history[:-RECORDS_MAX]

    def taken(self, pending: bytes) -> bool:
        """Whether `pending` is done with: a whole command, a sign, or nothing this display knows."""
        for length in range(1, min(len(pending), 3) + 1):
            command = self._table.get(pending[:length])
            if command is not None:
                return self._finished(pending, length, command)
        if any(code.startswith(pending) for code in self._table):
            return False
        if len(pending) > 1 or not self.show(pending[0]):
            self.record(pending)
        return True

    def _finished(self, pending: bytes, length: int, command: Command) -> bool:
        count, work = command
        if count == TO_CR:
            if len(pending) <= PENDING_BYTES_MAX and (len(pending) == length or pending[-1] != CR):
                return False
            rest = pending[length:-1]
        elif len(pending) < length + count:
            return False
        else:
            rest = pending[length:]
        if not work(rest):
            self.record(pending)
        return True


class TextDisplay(Display):
    """Two lines of twenty cells, with a cursor and what both command sets have in common."""

    def __init__(self, charset: str = "ascii") -> None:
        """Take `charset`, "ascii" or "gb18030" (a Chinese model: two bytes and two cells a sign)."""
        if charset not in {"ascii", "gb18030"}:
            raise ValueError("charset is ascii or gb18030")
        self._chinese = charset == "gb18030"
        self._reset()
        super().__init__()

    def _reset(self) -> None:
        self._cells = [bytearray(b" " * COLUMNS) for _ in range(ROWS)]
        self._row = self._column = 0
        self._mode = "overwrite"
        self._brightness, self._cursor_on, self.national_set = 4, False, 0

    def lines(self) -> list[str]:
        """Both lines, each twenty cells wide; a cell that holds half a Chinese sign is U+FFFD."""
        return [self.text(bytes(cells)) for cells in self._cells]

    def text(self, cells: bytes) -> str:
        """Return the signs in some cells, in the charset of this model."""
        if not self._chinese:
            return cells.decode("latin-1")
        return cells.decode("gbk", errors="replace")

    def details(self) -> dict[str, Any]:
        """Cursor (1-based column and row), mode, brightness, and whether a line shows broken signs."""
        return {
            "cursor": [self._column + 1, self._row + 1],
            "cursor_on": self._cursor_on,
            "mode": self._mode,
            "brightness": self._brightness,
            "national_set": self.national_set,
            "broken": any("\ufffd" in line for line in self.lines()),
        }

    def commands(self) -> Mapping[bytes, Command]:
        """Single control bytes."""
        return {
            b"\x08": (0, lambda _: self._step(-1)),
            b"\x09": (0, lambda _: self._step(1)),
            b"\x0a": (0, lambda _: self._go(self._column, (self._row + 1) % ROWS)),
            b"\x0b": (0, lambda _: self._go(0, 0)),
            b"\x0c": (0, lambda _: self.clear()),
            b"\x0d": (0, lambda _: self._go(0, self._row)),
            b"\x18": (0, lambda _: self.put_line(self._row, b"") and self._go(0, self._row)),
        }

    def clear(self) -> bool:
        """Clear the screen; the cursor goes home."""
        self._cells = [bytearray(b" " * COLUMNS) for _ in range(ROWS)]
        return self._go(0, 0)

    def initialise(self) -> bool:
        """Be as after switching on."""
        self._reset()
        return True

    def show(self, byte: int) -> bool:
        """Put a sign under the cursor, which moves on."""
        if byte < 0x20 or byte == 0x7F or (byte > 0x7F and not self._chinese):
            return False
        self._cells[self._row][self._column] = byte
        return self._step(1)

    def _step(self, by: int) -> bool:
        place = (self._row * COLUMNS + self._column + by) % (ROWS * COLUMNS)
        if self._mode == "vertical" and by > 0 and self._row == ROWS - 1 and place == 0:
            self._cells = [self._cells[1], bytearray(b" " * COLUMNS)]
            place = COLUMNS
        self._row, self._column = divmod(place, COLUMNS)
        return True

    def _go(self, column: int, row: int) -> bool:
        self._column, self._row = column, row
        return True

    def locate(self, data: bytes) -> bool:
        """Put the cursor at column and row, counted from 1."""
        column, row = data
        return 1 <= column <= COLUMNS and 1 <= row <= ROWS and self._go(column - 1, row - 1)

    def set_brightness(self, data: bytes) -> bool:
        """Take a brightness from 1 to 4."""
        if not 1 <= data[0] <= 4:
            return False
        self._brightness = data[0]
        return True

    def set_cursor(self, data: bytes) -> bool:
        """Show or hide the cursor."""
        if data[0] > 1:
            return False
        self._cursor_on = bool(data[0])
        return True

    def set_mode(self, mode: str) -> Callable[[bytes], bool]:
        """Return what changes to overwriting, vertical or horizontal scrolling."""

        def change(_data: bytes) -> bool:
            self._mode = mode
            return True

        return change

    def put_line(self, row: int, text: bytes) -> bool:
        """Fill a line, blanks behind the text; False when some of it was too much or no sign, and is not shown."""
        fits = len(text) <= COLUMNS
        shown = bytes(byte if self._showable(byte) else 0x20 for byte in text[:COLUMNS])
        self._cells[row] = bytearray(shown.ljust(COLUMNS))
        return fits and all(map(self._showable, text))

    def _showable(self, byte: int) -> bool:
        return 0x20 <= byte < 0x7F or (byte > 0x7F and self._chinese)
