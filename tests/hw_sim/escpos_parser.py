"""Turns the byte stream a host sends to an ESC/POS printer into operations, whatever the pieces it arrives in.

Two readers share the stream, as in the device. One watches every arriving byte for real-time sequences (DLE EOT,
DLE ENQ, DLE DC4) and knows nothing of commands, so pixels that look like a sequence are obeyed too. The other cuts the
stream into commands and waits as long as a command is incomplete: raster data that never ends swallows what follows.
Source: the ESC/POS command references of Epson and of Chinese makers (Rongta, Xprinter).
"""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Iterator


class Op(enum.Enum):
    """What an operation asks of the printer; `numbers` and `data` of `Operation` are said behind each name."""

    TEXT = "text"  # data: single-byte characters
    PAIRS = "pairs"  # data: double-byte (or four-byte) characters
    LINE_FEED = "line feed"
    INITIALISE = "initialise"
    DOUBLE_BYTE_ON = "double-byte on"
    DOUBLE_BYTE_OFF = "double-byte off"
    CODE_PAGE = "code page"  # n
    FEED_LINES = "feed lines"  # n
    FEED_DOTS = "feed dots"  # n
    SPACING_DEFAULT = "default line spacing"
    SPACING = "line spacing"  # dots
    ALIGN = "align"  # n
    BOLD = "bold"  # n
    UNDERLINE = "underline"  # n
    UNDERLINE_HAN = "underline Chinese"  # n
    SIZE = "size"  # n
    PRINT_MODE = "print mode"  # n
    HAN_MODE = "Chinese print mode"  # n
    HAN_DOUBLE = "Chinese 2x2"  # n
    REVERSE = "reverse"  # n
    POSITION = "absolute position"  # low, high
    POSITION_RELATIVE = "relative position"  # low, high
    MARGIN = "left margin"  # low, high
    WIDTH = "print width"  # low, high
    RASTER = "raster"  # mode, bytes a row, rows; data: pixels
    GRAPHICS = "graphics"  # data: from m on
    SYMBOL = "two-dimensional symbol"  # data: from cn on
    BARCODE_HEIGHT = "barcode height"  # dots
    BARCODE_MODULE = "barcode module"  # dots
    BARCODE_TEXT = "barcode text position"  # n
    BARCODE = "barcode"  # type; data: content
    CUT = "cut"  # 1 if partial, dots to feed beyond the blade (-1: no feed at all)
    PULSE = "drawer pulse"  # m, t1, t2
    BEEP = "beep"  # n, t
    BEEP_EPSON = "beep, Epson form"  # data: from 0x30 on
    REAL_TIME_ENABLE = "real-time enable"  # data: from m on
    AUTO_STATUS = "automatic status"  # n
    FENCE = "in-order status"  # n
    IDENTITY = "identity"  # n
    PROCESS_ID = "process id"  # data: from 0x30 on
    UNKNOWN = "unknown"  # data: its bytes
    STATUS_NOW = "real-time status"  # n
    RECOVER_NOW = "real-time recover"  # n
    PULSE_NOW = "real-time pulse"  # m, t
    CLEAR_NOW = "real-time clear"


REAL_TIME_OPS = frozenset((Op.STATUS_NOW, Op.RECOVER_NOW, Op.PULSE_NOW, Op.CLEAR_NOW))


@dataclasses.dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its numbers, its data and how many bytes of the receive buffer it holds until it is done."""

    op: Op
    numbers: tuple[int, ...] = ()
    data: bytes = b""
    size_bytes: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Dialect:
    """How a model reads the stream: pair mode after power-up, a double-byte ROM at all, four-byte characters, and more.

    `prints_process_id`: the digits of a process id command come out as text.
    """

    double_byte_at_power_up: bool = True
    has_double_byte: bool = True
    four_byte: bool = False
    prints_process_id: bool = False


REAL_TIME = re.compile(
    rb"\x10(?:\x04[\x01-\x04]|\x05[\x01\x02]|\x14(?:\x01[\x00\x01][\x01-\x08]|\x08\x01\x03\x14\x01\x06\x02\x08))"
)
# Any unfinished beginning of a real-time sequence at the very end of what has arrived so far.
REAL_TIME_BEGUN = re.compile(
    rb"\x10(?:\x04|\x05|\x14(?:\x01[\x00\x01]?|\x08(?:\x01(?:\x03(?:\x14(?:\x01(?:\x06\x02?)?)?)?)?)?)?)?\Z"
)
SINGLES = re.compile(rb"[\x20-\xff]+")
SINGLES_BESIDE_PAIRS = re.compile(rb"[\x20-\x80\xff]+")
PAIRS = re.compile(rb"(?:[\x81-\xfe][\x40-\xff])+")
IGNORED = frozenset((0x00, 0x0D))  # NUL does nothing; CR does nothing while automatic line feed is off
DLE = 0x10

SIMPLE = {
    b"\x1b\x40": (Op.INITIALISE, 0), b"\x1c\x26": (Op.DOUBLE_BYTE_ON, 0), b"\x1c\x2e": (Op.DOUBLE_BYTE_OFF, 0),
    b"\x1b\x74": (Op.CODE_PAGE, 1), b"\x1b\x64": (Op.FEED_LINES, 1), b"\x1b\x4a": (Op.FEED_DOTS, 1),
    b"\x1b\x32": (Op.SPACING_DEFAULT, 0), b"\x1b\x33": (Op.SPACING, 1), b"\x1b\x61": (Op.ALIGN, 1),
    b"\x1b\x45": (Op.BOLD, 1), b"\x1b\x2d": (Op.UNDERLINE, 1), b"\x1c\x2d": (Op.UNDERLINE_HAN, 1),
    b"\x1d\x21": (Op.SIZE, 1), b"\x1b\x21": (Op.PRINT_MODE, 1), b"\x1c\x21": (Op.HAN_MODE, 1),
    b"\x1c\x57": (Op.HAN_DOUBLE, 1), b"\x1d\x42": (Op.REVERSE, 1), b"\x1b\x24": (Op.POSITION, 2),
    b"\x1b\x5c": (Op.POSITION_RELATIVE, 2), b"\x1d\x4c": (Op.MARGIN, 2), b"\x1d\x57": (Op.WIDTH, 2),
    b"\x1d\x68": (Op.BARCODE_HEIGHT, 1), b"\x1d\x77": (Op.BARCODE_MODULE, 1), b"\x1d\x48": (Op.BARCODE_TEXT, 1),
    b"\x1b\x70": (Op.PULSE, 3), b"\x1b\x42": (Op.BEEP, 2), b"\x1d\x61": (Op.AUTO_STATUS, 1),
    b"\x1d\x72": (Op.FENCE, 1), b"\x1d\x49": (Op.IDENTITY, 1),
}  # fmt: skip
WITH_LENGTH = {
    b"\x1d\x28\x44": Op.REAL_TIME_ENABLE, b"\x1d\x28\x4c": Op.GRAPHICS, b"\x1d\x28\x6b": Op.SYMBOL,
    b"\x1d\x28\x48": Op.PROCESS_ID, b"\x1b\x28\x41": Op.BEEP_EPSON,
}  # fmt: skip
OLD_CUTS = {b"\x1b\x69": 0, b"\x1b\x6d": 1}

Taken = tuple[Operation | None, int]  # an operation (or nothing to do) and how many bytes it took
_Short = None  # the command is not complete yet


class Parser:
    """Cuts a printer's input into operations; keeps what is incomplete for the next piece."""

    def __init__(self, dialect: Dialect) -> None:
        """Start as after power-up."""
        self._dialect = dialect
        self._tail = b""
        self._pending = bytearray()
        self._pairs = False
        self.reset(power_up=True)

    @property
    def pending_bytes(self) -> int:
        """Bytes of a command that is not complete yet."""
        return len(self._pending)

    def reset(self, *, power_up: bool = False, double_byte: bool | None = None) -> None:
        """Forget the incomplete command; after a power-up also a half real-time sequence and the character mode."""
        self._pending.clear()
        if power_up:
            self._tail = b""
            self._pairs = self._dialect.has_double_byte and self._dialect.double_byte_at_power_up
        elif double_byte is not None:
            self._pairs = double_byte

    def feed(self, data: bytes) -> Iterator[Operation]:
        """Yield the operations completed by `data`, real-time ones where their last byte stands in the stream."""
        window = self._tail + data
        start = len(self._tail)
        position = start
        last_end = 0
        for match in REAL_TIME.finditer(window):
            last_end = match.end()
            yield from self._commands(window[position : match.end()])
            position = match.end()
            yield _real_time(match.group())
        begun = REAL_TIME_BEGUN.search(window, last_end)
        self._tail = window[begun.start() :] if begun else b""
        yield from self._commands(window[position:])

    def _commands(self, data: bytes) -> Iterator[Operation]:
        self._pending += data
        while self._pending:
            taken = self._take(self._pending)
            if taken is _Short:
                return
            operation, length = taken
            del self._pending[:length]
            if operation is not None:
                self._follow_mode(operation.op)
                yield dataclasses.replace(operation, size_bytes=length)

    def _follow_mode(self, op: Op) -> None:
        if op is Op.INITIALISE:
            self._pairs = self._dialect.has_double_byte and self._dialect.double_byte_at_power_up
        elif op is Op.DOUBLE_BYTE_ON:
            self._pairs = self._dialect.has_double_byte
        elif op is Op.DOUBLE_BYTE_OFF:
            self._pairs = False

    def _take(self, data: bytearray) -> Taken | None:
        first = data[0]
        if first >= 0x20:
            return self._take_text(data)
        if first == 0x0A:
            return Operation(Op.LINE_FEED), 1
        if first in IGNORED:
            return None, 1
        if first == DLE:
            return _take_real_time(data)
        if first in (0x1B, 0x1C, 0x1D):
            return self._take_command(data)
        return _unknown(data, 1)

    def _take_text(self, data: bytearray) -> Taken | None:
        if not self._pairs or not 0x81 <= data[0] <= 0xFE:
            pattern = SINGLES_BESIDE_PAIRS if self._pairs else SINGLES
            run = pattern.match(data)
            length = run.end() if run else 1
            return Operation(Op.TEXT, data=bytes(data[:length])), length
        if run := PAIRS.match(data):
            return Operation(Op.PAIRS, data=run.group()), run.end()
        if len(data) < 2:
            return _Short
        # Whatever follows a first byte is taken as its second, a control code included: the ROM does not look.
        length = 4 if self._dialect.four_byte and 0x30 <= data[1] <= 0x39 else 2
        return (Operation(Op.PAIRS, data=bytes(data[:length])), length) if len(data) >= length else _Short

    def _take_command(self, data: bytearray) -> Taken | None:
        if len(data) < 2:
            return _Short
        prefix = bytes(data[:2])
        if prefix in SIMPLE:
            op, count = SIMPLE[prefix]
            return (Operation(op, tuple(data[2 : 2 + count])), 2 + count) if len(data) >= 2 + count else _Short
        if prefix in OLD_CUTS:
            return Operation(Op.CUT, (OLD_CUTS[prefix], -1)), 2
        if data[1] == 0x28:
            return self._take_with_length(data)
        takers = {b"\x1d\x56": _take_cut, b"\x1d\x76": _take_raster, b"\x1d\x6b": _take_barcode}
        return takers[prefix](data) if prefix in takers else _unknown(data, 2)

    def _take_with_length(self, data: bytearray) -> Taken | None:
        if len(data) < 5:
            return _Short
        op = WITH_LENGTH.get(bytes(data[:3]))
        if op is Op.PROCESS_ID and self._dialect.prints_process_id:
            return None, 5  # such a model skips what it does not know and prints the digits as text
        end = 5 + data[3] + 256 * data[4]
        if len(data) < end:
            return _Short
        return _unknown(data, end) if op is None else (Operation(op, data=bytes(data[5:end])), end)


def _unknown(data: bytearray, length: int) -> Taken:
    return Operation(Op.UNKNOWN, data=bytes(data[:length])), length


def _take_real_time(data: bytearray) -> Taken | None:
    if match := REAL_TIME.match(data):
        return None, match.end()  # acted on when it arrived
    if REAL_TIME_BEGUN.match(data):
        return _Short
    return _unknown(data, min(2, len(data)))


def _take_cut(data: bytearray) -> Taken | None:
    if len(data) < 3:
        return _Short
    if data[2] in (0, 1, 48, 49):
        return Operation(Op.CUT, (data[2] & 1, -1)), 3
    if data[2] not in (65, 66):
        return _unknown(data, 3)
    return (Operation(Op.CUT, (data[2] & 1 ^ 1, data[3])), 4) if len(data) >= 4 else _Short


def _take_raster(data: bytearray) -> Taken | None:
    if len(data) < 3:
        return _Short
    if data[2] != 0x30:
        return _unknown(data, 3)
    if len(data) < 8:
        return _Short
    row_bytes, rows = data[4] + 256 * data[5], data[6] + 256 * data[7]
    end = 8 + row_bytes * rows
    return (Operation(Op.RASTER, (data[3], row_bytes, rows), bytes(data[8:end])), end) if len(data) >= end else _Short


def _take_barcode(data: bytearray) -> Taken | None:
    if len(data) < 4:
        return _Short
    if data[2] <= 6:
        end = data.find(0, 3)
        return (Operation(Op.BARCODE, (data[2] + 65,), bytes(data[3:end])), end + 1) if end >= 0 else _Short
    if not 65 <= data[2] <= 79:
        return _unknown(data, 3)
    end = 4 + data[3]
    return (Operation(Op.BARCODE, (data[2],), bytes(data[4:end])), end) if len(data) >= end else _Short


def _real_time(sequence: bytes) -> Operation:
    if sequence[1] == 0x04:
        return Operation(Op.STATUS_NOW, (sequence[2],))
    if sequence[1] == 0x05:
        return Operation(Op.RECOVER_NOW, (sequence[2],))
    return Operation(Op.PULSE_NOW, tuple(sequence[3:5])) if sequence[2] == 1 else Operation(Op.CLEAR_NOW)
