"""Receipts as values, and the bytes an ESC/POS printer needs to put them on paper.

Pure: the same document, profile and strip maker give the same bytes.
Commands: Epson ESC/POS reference; FS & for the double-byte character ROM of printers sold in China.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from terminal.base.printing import PrinterProfile
from terminal.rules.receipt_raster import Size, Strip, StripMaker, embolden, invert, raster
from terminal.rules.receipt_text import balanced, encode_line, fit, row, substitute, width_columns

Align = Literal["left", "centre", "right"]
NORMAL: Size = (1, 1)
TALL: Size = (1, 2)
LARGE: Size = (2, 2)

LINE_DOTS = 30  # default line spacing; a strip of 24 rows is followed by the rest
# Version 9 at level M: 53 modules of 6 dots and the quiet zone fit the 384 dots of 58 mm paper.
QR_BYTES_MAX = 180
ROW_GAP_DOTS = 10
QR_QUIET_DOTS = 24  # four modules of white above and below (ISO/IEC 18004); left and right the paper is wide enough

_DOUBLE_BYTE_ON = b"\x1c&"
_NO_REAL_TIME_PULSE = b"\x1d(D\x03\x00\x14\x01\x00"
_CUT = b"\x1dVB\x00"
# What may have become of a bill by the time its slip is printed, and how the paper says it.
VOIDED, REFUNDED = "voided", "refunded"
_UNDONE: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        (VOIDED, "zh_CN"): "已撤销",
        (VOIDED, "zh_TW"): "已取消",
        (VOIDED, "en"): "VOIDED",
        (REFUNDED, "zh_CN"): "已退款",
        (REFUNDED, "zh_TW"): "已退款",
        (REFUNDED, "en"): "REFUNDED",
    }
)
_ALIGN_CODES: dict[Align, int] = {"left": 0, "centre": 1, "right": 2}


@dataclass(frozen=True, slots=True)
class Text:
    """A line with something on its left and something flush right (an amount); too long a left wraps above it."""

    left: str
    right: str = ""
    size: Size = NORMAL
    bold: bool = False
    align: Align = "left"
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: what it is about, and cells (text, columns) that end at the paper's right edge.

    Where fewer than `least` columns are left of the paper, `left` stands above its cells.
    """

    left: str
    cells: tuple[tuple[str, int], ...]
    least: int = 0
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin line across the paper."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Blank paper, in dots (8 dots are 1 mm)."""

    dots: int = 16


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code of at most `QR_BYTES_MAX` bytes with a line saying what it opens."""

    payload: str
    caption: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A centred picture, such as the shop's sign."""

    strip: Strip


@dataclass(frozen=True, slots=True)
class Cut:
    """Feed to the blade and cut."""


Block = Text | Row | Rule | Gap | Qr | Picture | Cut
Document = tuple[Block, ...]


def render(document: Document, profile: PrinterProfile, strip: StripMaker) -> bytes:
    """Return the printer's bytes for `document`: neither ESC @ nor process id, which belong to each attempt.

    A line with a sign the ROM lacks becomes a picture drawn by `strip`; everything else is text.
    """
    return _Renderer(profile, strip).render(document)


def reprint_mark(
    attempt: int, at_text: str, profile: PrinterProfile, strip: StripMaker, language: str = "zh_CN"
) -> bytes:
    """Return the white-on-black line that stands above any copy after the first or a doubtful one."""
    words = f" REPRINT {attempt} " if language == "en" else f" 重印 第{attempt}次 "
    mark = Text(f"{words}{at_text} ", bold=True, align="centre", reverse=True)
    return render((mark, Gap(8)), profile, strip)


def undone_mark(state: str, amount: str, profile: PrinterProfile, strip: StripMaker, language: str = "zh_CN") -> bytes:
    """Return the white-on-black line above a slip whose bill is `VOIDED`, or `REFUNDED` with the amount given back.

    Whoever holds the paper must not take it for a bill that stands.
    """
    words = _UNDONE.get((state, language)) or _UNDONE[state, "zh_CN"]
    said = f" {words} {amount} " if amount else f" {words} "
    return render((Text(said, size=TALL, bold=True, align="centre", reverse=True), Gap(8)), profile, strip)


@dataclass(frozen=True, slots=True)
class _Look:
    """The modes a line of text is printed in; the default is what ESC @ leaves."""

    align: Align = "left"
    size: Size = NORMAL
    bold: bool = False
    reverse: bool = False


class _Renderer:
    """Writes commands only where the look changes, and leaves the printer as it found it."""

    def __init__(self, profile: PrinterProfile, strip: StripMaker) -> None:
        self._profile = profile
        self._strip = strip
        self._look = _Look()
        self._pulse_disabled = False

    def render(self, document: Document) -> bytes:
        start = b"" if self._profile.charset == "none" else _DOUBLE_BYTE_ON
        body = b"".join(part for block in document for part in self._block(block))
        return start + body + self._switch(_Look())

    def _block(self, block: Block) -> Iterator[bytes]:
        match block:
            case Text():
                yield from self._text(block)
            case Row(left, cells, least, bold):
                printed = [(substitute(text), width) for text, width in cells]
                lines = row(substitute(left), printed, self._profile.columns, least)
                for line in lines:
                    yield from self._line(line, Text(line, bold=bold), self._profile.columns)
                # What stands on several lines is seen to be one row by the white below it.
                yield from _feed(ROW_GAP_DOTS if len(lines) > 1 else 0)
            case Rule():
                yield from self._rule()
            case Gap(dots):
                yield from _feed(dots)
            case Qr(payload, caption):
                yield self._switch(_Look(align="centre"))
                yield from _feed(QR_QUIET_DOTS)
                yield qr_code(payload)
                yield from _feed(QR_QUIET_DOTS)
                yield from self._text(Text(caption, align="centre"))
            case Picture(strip):
                yield self._switch(_Look(align="centre"))
                yield from self._raster(strip)
            case Cut():
                yield self._switch(_Look())
                yield _CUT

    def _text(self, text: Text) -> Iterator[bytes]:
        columns = self._profile.columns // text.size[0]
        left, right = substitute(text.left), substitute(text.right)
        is_centred = text.align == "centre" and not right
        for line in balanced(left, columns) if is_centred else fit(left, right, columns):
            yield from self._line(line, text, columns)

    def _line(self, line: str, text: Text, columns: int) -> Iterator[bytes]:
        # Nothing can be drawn of nothing; any printer feeds a line.
        data = encode_line(line, self._profile.charset) if line else b""
        if data is None:
            yield from self._drawn(line, text, columns)
        else:
            align: Align = "left" if text.right else text.align
            yield self._switch(_Look(align, text.size, text.bold, text.reverse))
            yield data + b"\n"

    def _drawn(self, line: str, text: Text, columns: int) -> Iterator[bytes]:
        """Draw the line where the ROM would have put it: spaces place it to half a column, on any printer."""
        spare = 0 if text.right else columns - width_columns(line)
        indent = {"left": 0, "centre": spare // 2, "right": spare}[text.align]
        # White on black reaches across the paper: a bar that stops on one side only would look broken.
        after = spare - indent if text.reverse else 0
        strip = self._strip(" " * indent + line + " " * after, text.size)
        strip = embolden(strip) if text.bold else strip
        strip = invert(strip) if text.reverse else strip
        yield self._switch(_Look())
        yield from self._raster(strip)
        yield from _feed(LINE_DOTS - strip.rows)

    def _rule(self) -> Iterator[bytes]:
        line = "─" * (self._profile.columns // 2)
        if encode_line(line, self._profile.charset) is not None:
            yield from self._text(Text(line, align="centre"))
            return
        width = self._profile.dots_per_line // 8
        yield self._switch(_Look())
        yield from _feed(14)
        yield from self._raster(Strip(width, 2, b"\xff" * width * 2))
        yield from _feed(14)

    def _raster(self, strip: Strip) -> Iterator[bytes]:
        if not self._pulse_disabled:
            self._pulse_disabled = True
            yield _NO_REAL_TIME_PULSE
        yield from raster(strip)

    def _switch(self, look: _Look) -> bytes:
        """Return the commands from the current look to the new one."""
        now, self._look = self._look, look
        parts = []
        if look.align != now.align:
            parts.append(bytes((0x1B, 0x61, _ALIGN_CODES[look.align])))
        if look.size != now.size:
            parts.append(bytes((0x1D, 0x21, (look.size[0] - 1) << 4 | (look.size[1] - 1))))
        if look.bold != now.bold:
            parts.append(bytes((0x1B, 0x45, look.bold)))
        if look.reverse != now.reverse:
            parts.append(bytes((0x1D, 0x42, look.reverse)))
        return b"".join(parts)


def _feed(dots: int) -> Iterator[bytes]:
    while dots > 0:
        yield bytes((0x1B, 0x4A, min(dots, 255)))
        dots -= 255


def qr_code(payload: str) -> bytes:
    """Return the commands for a native QR code: model 2, modules of 6 dots, level M; raise `ValueError` if too long."""
    data = payload.encode()
    if not data or len(data) > QR_BYTES_MAX or any(byte < 0x20 for byte in data):
        raise ValueError("QR payload")

    def function(body: bytes) -> bytes:
        return b"\x1d(k" + (len(body) + 1).to_bytes(2, "little") + b"1" + body

    return b"".join(map(function, (b"A2\x00", b"C\x06", b"E1", b"P0" + data, b"Q0")))
