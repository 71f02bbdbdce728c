"""Carries out the formatting commands of ESC/POS: keeps the print modes and turns operations into strips of paper.

Commands that makers allow only at the start of a line, images wider than the paper, characters the ROM lacks and the
like are done as the device does them (mostly: ignored) and reported as a complaint.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from PIL import Image

from tests.hw_sim import escpos_images
from tests.hw_sim.escpos_glyphs import CODE_PAGES, REPLACEMENT, GlyphRom, decode_pair
from tests.hw_sim.escpos_line import Line, Style
from tests.hw_sim.escpos_paper import WHITE, Entry, Strip
from tests.hw_sim.escpos_parser import Op, Operation

SPACING_DEFAULT_DOTS = 30
PRINT_MODE_BOLD, PRINT_MODE_HIGH, PRINT_MODE_WIDE, PRINT_MODE_UNDERLINE, PRINT_MODE_FONT_B = 8, 16, 32, 128, 1
HAN_WIDE, HAN_HIGH, HAN_UNDERLINE = 4, 8, 128

Complain = Callable[[str], None]


@dataclasses.dataclass(frozen=True, slots=True)
class PageSetup:
    """What of a model matters to the page: dots per line, ROM, whether size reaches Chinese, native QR, drawing."""

    dots: int = 576
    charset: str = "gb18030"
    size_scales_han: bool = True
    native_qr: bool = True
    render: bool = True


@dataclasses.dataclass(slots=True)
class Modes:
    """Everything ESC @ sets back."""

    align: int = 0
    ascii: Style = dataclasses.field(default_factory=Style)
    han: Style = dataclasses.field(default_factory=Style)
    spacing: int = SPACING_DEFAULT_DOTS
    code_page: str = "cp437"
    margin: int = 0
    width: int | None = None
    symbol: escpos_images.Symbol = dataclasses.field(default_factory=escpos_images.Symbol)
    barcode: escpos_images.BarcodeStyle = dataclasses.field(default_factory=escpos_images.BarcodeStyle)
    graphics: escpos_images.Picture | None = None


class Formatter:
    """Takes operations in order, gives strips; `handles` says which operations are its own."""

    def __init__(self, setup: PageSetup, complain: Complain) -> None:
        """Start as after power-up; `complain` gets one sentence for everything a careful host would not send."""
        self._setup = setup
        self._complain = complain
        self._rom = GlyphRom() if setup.render else None
        self._modes = Modes()
        self._line = Line()
        self._out: list[Strip] = []
        self._handlers: dict[Op, Callable[[Operation], None]] = {
            Op.TEXT: self._text, Op.PAIRS: self._pairs, Op.INITIALISE: self._initialise, Op.CODE_PAGE: self._code_page,
            Op.LINE_FEED: lambda _: self._print_line(self._modes.spacing, blank_counts=True),
            Op.FEED_LINES: lambda op: self._print_line(op.numbers[0] * self._modes.spacing),
            Op.FEED_DOTS: lambda op: self._print_line(op.numbers[0]),
            Op.SPACING_DEFAULT: lambda _: self._set_spacing(SPACING_DEFAULT_DOTS),
            Op.SPACING: lambda op: self._set_spacing(op.numbers[0]),
            Op.ALIGN: self._align, Op.BOLD: self._bold, Op.REVERSE: self._reverse,
            Op.UNDERLINE: self._underline, Op.UNDERLINE_HAN: self._underline_han,
            Op.SIZE: self._size, Op.PRINT_MODE: self._print_mode,
            Op.HAN_MODE: self._han_mode, Op.HAN_DOUBLE: self._han_double,
            Op.POSITION: lambda op: self._move_to(_word(op)),
            Op.POSITION_RELATIVE: lambda op: self._move_to(self._line.right + _signed(_word(op))),
            Op.MARGIN: self._margin, Op.WIDTH: self._width,
            Op.RASTER: self._raster, Op.GRAPHICS: self._graphics, Op.SYMBOL: self._symbol, Op.BARCODE: self._barcode,
            Op.BARCODE_HEIGHT: lambda op: self._barcode_style(height=op.numbers[0]),
            Op.BARCODE_MODULE: lambda op: self._barcode_style(module=op.numbers[0]),
            Op.BARCODE_TEXT: lambda op: self._barcode_style(text=op.numbers[0] & 3),
        }  # fmt: skip

    def handles(self, op: Op) -> bool:
        """Whether `op` is formatting."""
        return op in self._handlers

    @property
    def line_begun(self) -> bool:
        """Whether characters wait for their line feed."""
        return self._line.begun

    def do(self, operation: Operation) -> list[Strip]:
        """Carry out one operation; give what now goes onto paper."""
        self._out = []
        self._handlers[operation.op](operation)
        return self._out

    def reset(self) -> None:
        """Set everything back as after power-up; characters without a line feed are lost."""
        self._modes = Modes()
        self._line = Line()

    def drop_line(self) -> None:
        """Lose the characters that wait for a line feed, as clearing the print buffer does."""
        self._line = Line()

    @property
    def _area(self) -> int:
        free = self._setup.dots - self._modes.margin
        return free if self._modes.width is None else min(free, self._modes.width)

    def _text(self, operation: Operation) -> None:
        for character in operation.data.decode(self._modes.code_page, errors="replace"):
            self._put(" " if character == "\x7f" else character, han=False, style=self._modes.ascii)

    def _pairs(self, operation: Operation) -> None:
        data = operation.data
        length = 4 if len(data) == 4 and 0x30 <= data[1] <= 0x39 else 2
        for start in range(0, len(data), length):
            pair = data[start : start + length]
            character = decode_pair(pair, self._setup.charset)
            if character is None:
                self._complain(f"{pair.hex(' ')} is no character of the {self._setup.charset} ROM")
            self._put(character or REPLACEMENT, han=True, style=self._modes.han)

    def _put(self, character: str, *, han: bool, style: Style) -> None:
        if self._line.cells and self._line.right + (24 if han else 12) * style.width > self._area:
            self._print_line(self._modes.spacing)
        self._line.put(character, han=han, style=style)

    def _print_line(self, feed_dots: int, *, blank_counts: bool = False) -> None:
        line, self._line = self._line, Line()
        rows = max(line.rows, feed_dots)
        entry = line.entry(self._modes.align) if line.cells or blank_counts else None
        left = self._modes.margin + max(0, self._area - line.dots) * self._modes.align // 2
        image = line.image(self._rom, left, self._setup.dots) if self._rom else None
        if rows or entry:
            self._out.append(Strip(rows, image, entry))

    def _initialise(self, _: Operation) -> None:
        self.reset()

    def _code_page(self, operation: Operation) -> None:
        if operation.numbers[0] in CODE_PAGES:
            self._modes.code_page = CODE_PAGES[operation.numbers[0]]
        else:
            self._complain(f"there is no code page {operation.numbers[0]}")

    def _set_spacing(self, dots: int) -> None:
        self._modes.spacing = dots

    def _at_line_start(self, what: str) -> bool:
        if self._line.begun:
            self._complain(f"{what} is ignored in the middle of a line")
        return not self._line.begun

    def _align(self, operation: Operation) -> None:
        chosen = operation.numbers[0] - 48 if operation.numbers[0] >= 48 else operation.numbers[0]
        if chosen > 2:
            self._complain(f"there is no alignment {operation.numbers[0]}")
        elif self._at_line_start("alignment"):
            self._modes.align = chosen

    def _bold(self, operation: Operation) -> None:
        self._restyle(bold=bool(operation.numbers[0] & 1))

    def _reverse(self, operation: Operation) -> None:
        self._restyle(reverse=bool(operation.numbers[0] & 1))

    def _restyle(self, *, bold: bool | None = None, reverse: bool | None = None) -> None:
        for name in ("ascii", "han"):
            style: Style = getattr(self._modes, name)
            style = style if bold is None else dataclasses.replace(style, bold=bold)
            setattr(self._modes, name, style if reverse is None else dataclasses.replace(style, reverse=reverse))

    def _underline(self, operation: Operation) -> None:
        self._modes.ascii = dataclasses.replace(self._modes.ascii, underline=operation.numbers[0] & 3)

    def _underline_han(self, operation: Operation) -> None:
        self._modes.han = dataclasses.replace(self._modes.han, underline=operation.numbers[0] & 3)

    def _size(self, operation: Operation) -> None:
        width, height = (operation.numbers[0] >> 4 & 7) + 1, (operation.numbers[0] & 7) + 1
        self._modes.ascii = dataclasses.replace(self._modes.ascii, width=width, height=height)
        if self._setup.size_scales_han:
            self._modes.han = dataclasses.replace(self._modes.han, width=width, height=height)

    def _print_mode(self, operation: Operation) -> None:
        n = operation.numbers[0]
        if n & PRINT_MODE_FONT_B:
            self._complain("font B beside 24-dot Chinese is not what this ROM holds")
        self._modes.ascii = dataclasses.replace(
            self._modes.ascii,
            width=2 if n & PRINT_MODE_WIDE else 1,
            height=2 if n & PRINT_MODE_HIGH else 1,
            bold=bool(n & PRINT_MODE_BOLD),
            underline=1 if n & PRINT_MODE_UNDERLINE else 0,
        )

    def _han_mode(self, operation: Operation) -> None:
        n = operation.numbers[0]
        self._modes.han = dataclasses.replace(
            self._modes.han,
            width=2 if n & HAN_WIDE else 1,
            height=2 if n & HAN_HIGH else 1,
            underline=1 if n & HAN_UNDERLINE else 0,
        )

    def _han_double(self, operation: Operation) -> None:
        times = 2 if operation.numbers[0] & 1 else 1
        self._modes.han = dataclasses.replace(self._modes.han, width=times, height=times)

    def _move_to(self, dots: int) -> None:
        if 0 <= dots <= self._area:
            self._line.right = dots
        else:
            self._complain(f"position {dots} lies outside the print area and is ignored")

    def _margin(self, operation: Operation) -> None:
        if self._at_line_start("left margin"):
            self._modes.margin = min(_word(operation), self._setup.dots)

    def _width(self, operation: Operation) -> None:
        if self._at_line_start("print width"):
            self._modes.width = _word(operation)

    def _raster(self, operation: Operation) -> None:
        mode, row_bytes, rows = operation.numbers
        if mode not in (0, 1, 2, 3, 48, 49, 50, 51):
            self._complain(f"there is no raster mode {mode}")
        elif self._at_line_start("a raster image"):
            scale = ((mode & 1) + 1, (mode >> 1 & 1) + 1)
            self._print_picture(escpos_images.Picture(row_bytes * 8, rows, operation.data, scale), None)

    def _graphics(self, operation: Operation) -> None:
        data = operation.data
        if data in (b"\x30\x32", b"\x30\x02"):
            picture, self._modes.graphics = self._modes.graphics, None
            if picture is not None and self._at_line_start("graphics"):
                self._print_picture(picture, None)
            return
        self._modes.graphics = escpos_images.stored_graphics(data)
        if self._modes.graphics is None:
            self._complain(f"unknown graphics function {data[:2].hex(' ')}")

    def _symbol(self, operation: Operation) -> None:
        if not self._setup.native_qr:
            self._complain("this model has no QR symbols and prints nothing")
        elif escpos_images.is_symbol_print(operation.data):
            if self._at_line_start("a symbol"):
                self._print_symbol()
        elif (symbol := self._modes.symbol.after(operation.data)) is None:
            self._complain(f"unknown symbol function {operation.data[:2].hex(' ')}")
        else:
            self._modes.symbol = symbol

    def _print_symbol(self) -> None:
        symbol = self._modes.symbol
        picture = symbol.picture()
        if picture is None or picture.printed_dots > self._area:
            self._complain("no QR symbol is printed: nothing stored, too much stored, or wider than the paper")
            return
        self._print_picture(picture, {"kind": "qr", "payload": symbol.payload, "module": symbol.module,
                                      "level": symbol.level})  # fmt: skip

    def _barcode_style(self, *, height: int = 0, module: int = 0, text: int | None = None) -> None:
        style = self._modes.barcode
        self._modes.barcode = escpos_images.BarcodeStyle(
            height or style.height, module or style.module, style.text if text is None else text
        )

    def _barcode(self, operation: Operation) -> None:
        picture = escpos_images.barcode(operation.numbers[0], operation.data, self._modes.barcode)
        if picture is None or picture.printed_dots > self._area:
            self._complain(f"barcode of type {operation.numbers[0]} is not printed: invalid, too wide or not modelled")
        elif self._at_line_start("a barcode"):
            content = escpos_images.barcode_text(operation.data)
            style, self._modes.ascii = self._modes.ascii, Style()
            if self._modes.barcode.text & 1:
                self._caption(content)
            self._print_picture(picture, {"kind": "barcode", "symbology": "code128", "payload": content})
            if self._modes.barcode.text & 2:
                self._caption(content)
            self._modes.ascii = style

    def _caption(self, content: str) -> None:
        for character in content:
            self._put(character, han=False, style=Style())
        self._print_line(24)

    def _print_picture(self, picture: escpos_images.Picture, entry: Entry | None) -> None:
        if picture.printed_dots > self._area:
            self._complain(f"an image {picture.printed_dots} dots wide is clipped to {self._area}")
        align = self._modes.align
        left = self._modes.margin + max(0, self._area - picture.printed_dots) * align // 2
        image = None
        if self._setup.render and picture.printed_dots and picture.rows:
            image = Image.new("1", (self._setup.dots, picture.printed_rows), WHITE)
            visible = min(picture.printed_dots, self._area)
            image.paste(picture.image().crop((0, 0, visible, picture.printed_rows)), (left, 0))
        if picture.printed_rows:
            self._out.append(Strip(picture.printed_rows, image, picture.entry(align, entry)))


def _word(operation: Operation) -> int:
    return operation.numbers[0] + 256 * operation.numbers[1]


def _signed(word: int) -> int:
    return word - 0x10000 if word >= 0x8000 else word
