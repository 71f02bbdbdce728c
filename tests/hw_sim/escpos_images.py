"""Everything an ESC/POS printer draws that is not text: raster images, stored graphics, QR symbols, Code 128."""

from __future__ import annotations

import dataclasses
import hashlib

import segno
from PIL import Image

from tests.hw_sim.escpos_glyphs import code_128_modules
from tests.hw_sim.escpos_paper import ALIGNMENTS, Entry

QR_LEVELS = {48: "l", 49: "m", 50: "q", 51: "h"}
SYMBOL_PRINT = b"\x31\x51\x30"
SYMBOL_STORE = b"\x31\x50\x30"
CODE_128 = 73


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """Black and white dots: `bits` row by row, most significant bit left, 1 is ink; `scale` is (across, down)."""

    dots: int
    rows: int
    bits: bytes
    scale: tuple[int, int] = (1, 1)

    @property
    def printed_dots(self) -> int:
        """Width on paper."""
        return self.dots * self.scale[0]

    @property
    def printed_rows(self) -> int:
        """Height on paper."""
        return self.rows * self.scale[1]

    def image(self) -> Image.Image:
        """The picture at its printed size, ink 0 and paper 1."""
        plain = Image.frombytes("1", (self.dots, self.rows), self.bits, "raw", "1;I")
        return plain.resize((self.printed_dots, self.printed_rows), Image.Resampling.NEAREST)

    def entry(self, align: int, meaning: Entry | None) -> Entry:
        """The picture for a transcript: as `meaning` says, or as an image with a digest of its bits."""
        what: Entry = meaning or {
            "kind": "image",
            "black": int.from_bytes(self.bits, "big").bit_count(),
            "sha256": hashlib.sha256(self.bits).hexdigest()[:16],
        }
        return {**what, "align": ALIGNMENTS[align], "dots": self.printed_dots, "rows": self.printed_rows}


def stored_graphics(data: bytes) -> Picture | None:
    """The picture of GS ( L function 112 (`data` from m on), or None when it is anything else or badly formed."""
    if len(data) < 10 or data[0] != 0x30 or data[1] != 112 or data[2] != 0x30 or data[5] != 0x31:
        return None
    dots, rows = data[6] + 256 * data[7], data[8] + 256 * data[9]
    bits = data[10:]
    if data[3] not in (1, 2) or data[4] not in (1, 2) or len(bits) != (dots + 7) // 8 * rows:
        return None
    return Picture(dots, rows, bits, (data[3], data[4]))


def is_symbol_print(data: bytes) -> bool:
    """Whether GS ( k `data` is the function that prints the stored QR symbol."""
    return data == SYMBOL_PRINT


@dataclasses.dataclass(frozen=True, slots=True)
class Symbol:
    """QR settings and the stored content: `module` in dots, `level` one of l, m, q, h."""

    module: int = 3
    level: str = "l"
    stored: bytes = b""

    def after(self, data: bytes) -> Symbol | None:
        """The settings after one GS ( k function (`data` from cn on), or None when it is unknown."""
        if data.startswith(SYMBOL_STORE):
            return dataclasses.replace(self, stored=data[3:])
        if data[:2] == b"\x31\x43" and len(data) == 3 and 1 <= data[2] <= 16:
            return dataclasses.replace(self, module=data[2])
        if data[:2] == b"\x31\x45" and len(data) == 3 and data[2] in QR_LEVELS:
            return dataclasses.replace(self, level=QR_LEVELS[data[2]])
        # Model 1 and 2 differ inside the symbol only; every reader in use reads model 2, which is what is drawn.
        return self if data[:2] == b"\x31\x41" and len(data) == 4 and data[2] in (49, 50) else None

    @property
    def payload(self) -> str:
        """What a phone shows; bytes that are not UTF-8 as escapes."""
        return self.stored.decode("utf-8", errors="backslashreplace")

    def picture(self) -> Picture | None:
        """The symbol without quiet zone (printers add none), or None when nothing or too much is stored."""
        if not self.stored:
            return None
        try:
            code = segno.make_qr(self.stored, error=self.level, boost_error=False)
        except segno.DataOverflowError:
            return None
        return _upscaled([[bool(module) for module in row] for row in code.matrix], self.module, self.module)


@dataclasses.dataclass(frozen=True, slots=True)
class BarcodeStyle:
    """Barcode settings: `height` and `module` in dots, `text` bit 0 above and bit 1 below."""

    height: int = 162
    module: int = 3
    text: int = 0


def barcode(kind: int, data: bytes, style: BarcodeStyle) -> Picture | None:
    """The bars of GS k: Code 128 only; None for other types and for content the printer refuses."""
    modules = code_128_modules(data) if kind == CODE_128 else None
    if modules is None:
        return None
    row = [place % 2 == 0 for place, width in enumerate(modules) for _ in range(int(width))]
    return _upscaled([row], style.module, style.height)


def barcode_text(data: bytes) -> str:
    """What stands under a Code 128: its content without the `{A`, `{B`, `{C` marks."""
    text = data.decode("latin-1")
    for mark in ("{A", "{B", "{C"):
        text = text.replace(mark, "")
    return text


def _upscaled(rows: list[list[bool]], across: int, down: int) -> Picture:
    image = Image.new("1", (len(rows[0]), len(rows)), 0)
    image.putdata([255 * dot for row in rows for dot in row])
    width, height = image.width * across, image.height * down
    large = image.resize((width, height), Image.Resampling.NEAREST)
    return Picture(width, height, large.tobytes())
