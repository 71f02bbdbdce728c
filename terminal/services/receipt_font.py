"""Lines of a receipt drawn with a CJK font, for signs that the printer's character ROM lacks."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.base.config import PrinterConfig
from terminal.rules.receipt_raster import Size, Strip

if TYPE_CHECKING:
    from PIL import Image, ImageFont

# Where Debian's and Ubuntu's fonts-noto-cjk puts the family.
RECEIPT_FONT_FILE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
CELL_DOTS = 24  # a Han character of the ROM; ASCII takes half its width
# At 22 dots to the em, ascenders and descenders of the Noto fonts end inside the cell.
FONT_DOTS = 22
BASELINE_DOTS = 19
# Half of full black: a stroke is at least one dot wide and small counters stay open.
BLACK_FROM = 112
_NOWHERE = "\U0010ffff"  # in no font: shows how a font draws what it lacks


@dataclass(frozen=True, slots=True)
class FontFile:
    """A font file and the face within it (for Noto Sans CJK 7 is the monospaced Simplified Chinese face)."""

    path: str
    face: int = 0


def receipt_fonts(printers: Sequence[PrinterConfig]) -> tuple[Path, ...]:
    """Return the font files that the receipts of these printers are drawn with, each once, in a fixed order."""
    return tuple(sorted({printer.font or RECEIPT_FONT_FILE for printer in printers}))


class FontStrips:
    """Draws lines in the columns of the character ROM; a sign missing in one font is taken from the next.

    Pillow and the fonts are loaded at the first line drawn. A missing font file is an `OSError` then.
    """

    def __init__(self, fonts: Sequence[FontFile]) -> None:
        """Draw with the first of `fonts` that has the sign."""
        assert fonts
        self._files = tuple(fonts)
        self._lock = threading.Lock()
        self._fonts: list[ImageFont.FreeTypeFont] = []

    def __call__(self, line: str, size: Size) -> Strip:
        """Return `line` as a strip of 24 rows times the height factor."""
        from PIL import Image, ImageDraw

        with self._lock:
            fonts = self._loaded()
            columns = [1 if sign <= "~" else 2 for sign in line]
            picture = Image.new("L", (max(1, sum(columns)) * CELL_DOTS // 2, CELL_DOTS), 0)
            draw = ImageDraw.Draw(picture)
            x = 0
            for sign, width in zip(line, columns, strict=True):
                if sign != " ":
                    draw.text((x, BASELINE_DOTS), sign, fill=255, font=_having(sign, fonts), anchor="ls")
                x += width * CELL_DOTS // 2
        return _strip(picture, size)

    def _loaded(self) -> list[ImageFont.FreeTypeFont]:
        from PIL import ImageFont

        if not self._fonts:
            basic = ImageFont.Layout.BASIC  # one sign at a time needs no shaping, and this is the same everywhere
            self._fonts = [
                ImageFont.truetype(file.path, FONT_DOTS, index=file.face, layout_engine=basic) for file in self._files
            ]
        return self._fonts


def _having(sign: str, fonts: Sequence[ImageFont.FreeTypeFont]) -> ImageFont.FreeTypeFont:
    """Return the first font that draws `sign` otherwise than a sign it lacks."""
    return next((font for font in fonts if bytes(font.getmask(sign)) != bytes(font.getmask(_NOWHERE))), fonts[0])


def _strip(picture: Image.Image, size: Size) -> Strip:
    """Return the picture in black and white, enlarged as the printer enlarges its own characters: dot by dot."""
    from PIL import Image

    larger = picture.resize((picture.width * size[0], picture.height * size[1]), Image.Resampling.NEAREST)
    table = [255 if grey >= BLACK_FROM else 0 for grey in range(256)]
    bits = larger.point(table, "1")
    return Strip((bits.width + 7) // 8, bits.height, bits.tobytes())
