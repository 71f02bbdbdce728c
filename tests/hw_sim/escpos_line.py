"""One print line of a receipt printer: characters with their sizes and places, until a line feed burns them."""

from __future__ import annotations

import dataclasses

from PIL import Image

from tests.hw_sim.escpos_glyphs import CELL_DOTS, CELL_ROWS, GlyphRom
from tests.hw_sim.escpos_paper import ALIGNMENTS, WHITE, Entry

INK = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Style:
    """How a character looks: times its width and height, bold, underline in dots, white on black."""

    width: int = 1
    height: int = 1
    bold: bool = False
    underline: int = 0
    reverse: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """One character at `left` dots from the start of the line."""

    left: int
    character: str
    han: bool
    style: Style

    @property
    def dots(self) -> int:
        """Width on paper."""
        return CELL_DOTS * (2 if self.han else 1) * self.style.width

    @property
    def rows(self) -> int:
        """Height on paper."""
        return CELL_ROWS * self.style.height


class Line:
    """Collects cells; `right` is where the next one goes."""

    def __init__(self) -> None:
        """Start empty at the left edge."""
        self.cells: list[Cell] = []
        self.right = 0

    def put(self, character: str, *, han: bool, style: Style) -> None:
        """Set one character at the present place."""
        cell = Cell(self.right, character, han, style)
        self.cells.append(cell)
        self.right += cell.dots

    @property
    def begun(self) -> bool:
        """Whether this is no longer the start of a line."""
        return bool(self.cells) or self.right > 0

    @property
    def rows(self) -> int:
        """Height of the highest character, 0 on an empty line."""
        return max((cell.rows for cell in self.cells), default=0)

    @property
    def dots(self) -> int:
        """Width up to the last character."""
        return max((cell.left + cell.dots for cell in self.cells), default=0)

    def entry(self, align: int) -> Entry:
        """The line for a transcript: alignment, text (gaps as spaces) and its runs of one style."""
        runs: list[tuple[Style, str]] = []
        at = 0
        for cell in sorted(self.cells, key=lambda cell: cell.left):
            gap = " " * max(0, (cell.left - at) // CELL_DOTS)
            if runs and runs[-1][0] == cell.style:
                runs[-1] = (cell.style, runs[-1][1] + gap + cell.character)
            else:
                runs.append((cell.style, gap + cell.character))
            at = cell.left + cell.dots
        return {
            "kind": "text",
            "align": ALIGNMENTS[align],
            "text": "".join(text for _, text in runs),
            "width": max((style.width for style, _ in runs), default=1),
            "height": max((style.height for style, _ in runs), default=1),
            "runs": [{"text": text, **dataclasses.asdict(style)} for style, text in runs],
        }

    def image(self, rom: GlyphRom, left: int, dots: int) -> Image.Image | None:
        """Dots of the line, `left` dots from the edge of paper `dots` wide; None when nothing is on it."""
        if not self.cells:
            return None
        image = Image.new("1", (dots, self.rows), WHITE)
        for cell in self.cells:
            _burn(image, rom, cell, left)
        return image


def _burn(image: Image.Image, rom: GlyphRom, cell: Cell, left: int) -> None:
    style = cell.style
    mask = rom.mask(cell.character, han=cell.han, bold=style.bold, width=style.width, height=style.height)
    x, y = left + cell.left, image.height - cell.rows  # sizes mixed on one line stand on a common bottom
    box = (x, y, x + cell.dots, y + cell.rows)
    if style.reverse:
        image.paste(INK, box)
    image.paste(WHITE if style.reverse else INK, (x, y), mask)
    if style.underline and not style.reverse:
        image.paste(INK, (x, y + cell.rows - style.underline, x + cell.dots, y + cell.rows))
