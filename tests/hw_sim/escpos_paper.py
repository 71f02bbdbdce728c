"""The paper of a receipt printer: strips leave the head, the blade cuts slips off, all at true dots.

The blade sits about 100 dots (12 mm) behind the print head. What was printed last is still before the blade when a cut
comes without feed, so it ends up on the next slip; that is why every maker offers «feed to the blade and cut».
"""

from __future__ import annotations

import dataclasses
import io
import pathlib
from typing import Any

from PIL import Image

HEAD_TO_BLADE_DOTS = 100
WHITE = 1
ALIGNMENTS = ("left", "center", "right")

Entry = dict[str, Any]  # one line, image, symbol or barcode of a transcript, ready for JSON


@dataclasses.dataclass(frozen=True, slots=True)
class Strip:
    """What one operation puts on paper: rows of paper, their dots (None when not drawn), and their transcript entry."""

    rows: int
    image: Image.Image | None = None
    entry: Entry | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Slip:
    """One piece of paper a customer holds: how it came off (`cut` or `torn`), its rows, transcript and PNG."""

    number: int
    ended: str
    rows: int
    transcript: tuple[Entry, ...]
    png: bytes | None
    path: pathlib.Path | None

    @property
    def text(self) -> str:
        """All text lines of the slip, one to a line."""
        return "\n".join(entry["text"] for entry in self.transcript if entry["kind"] == "text")

    def image(self) -> Image.Image:
        """The slip as 1-bit image, one pixel a dot; raise `ValueError` when drawing was off."""
        if self.png is None:
            raise ValueError("this printer does not draw")
        return Image.open(io.BytesIO(self.png))


@dataclasses.dataclass(slots=True)
class _Placed:
    top: int
    image: Image.Image | None
    entry: Entry | None


class Paper:
    """The roll from head to cutter: `move` prints rows, `cut` and `tear` add to `slips` and write PNGs to `folder`."""

    def __init__(self, dots: int, folder: pathlib.Path | None = None, *, draw: bool = True) -> None:
        """Start with a fresh roll `dots` wide."""
        self.slips: list[Slip] = []
        self._dots = dots
        self._folder = folder
        self._draw = draw
        self._placed: list[_Placed] = []
        self._head = HEAD_TO_BLADE_DOTS
        self._cut = 0

    @property
    def printed(self) -> bool:
        """Whether anything printed has not come off yet."""
        return bool(self._placed)

    @property
    def rows_uncut(self) -> int:
        """Dots of paper between the last cut and the head."""
        return self._head - self._cut

    def move(self, strip: Strip, first: int, count: int) -> None:
        """Print `count` rows of `strip` from row `first` on; its entry counts once its last inked row is out."""
        image = strip.image
        ink_rows = image.height if image else strip.rows
        last = first + count
        piece = image.crop((0, first, image.width, min(last, image.height))) if image and first < ink_rows else None
        finished = first < ink_rows <= last
        entry = strip.entry if finished else None
        if piece is not None or entry is not None:
            self._placed.append(_Placed(self._head, piece, entry))
        self._head += count

    def broken_off(self, strip: Strip, rows_done: int) -> None:
        """Note that only the first rows of `strip` will ever be printed: its entry says so."""
        ink_rows = strip.image.height if strip.image else strip.rows
        if strip.entry is not None and 0 < rows_done < ink_rows:
            self._placed.append(_Placed(self._head - 1, None, {**strip.entry, "broken_off_at_row": rows_done}))

    def cut(self) -> Slip | None:
        """Cut at the blade; give the slip that falls, or None when there is no paper beyond the blade."""
        return self._part(self._head - HEAD_TO_BLADE_DOTS, "cut")

    def tear(self) -> None:
        """Take the old roll out, tearing off what was printed, and lead a new one past the blade."""
        if self._placed:
            self._part(self._head, "torn")
        self._placed.clear()
        self._head = self._cut + HEAD_TO_BLADE_DOTS

    def _part(self, at: int, ended: str) -> Slip | None:
        if at <= self._cut:
            return None
        number = len(self.slips) + 1
        gone = [placed for placed in self._placed if placed.top < at]
        png = self._png(gone, at) if self._draw else None
        path = None
        if self._folder is not None and png is not None:
            path = self._folder.resolve() / f"slip-{number:04}.png"
            path.write_bytes(png)
        entries = tuple(placed.entry for placed in gone if placed.entry is not None)
        slip = Slip(number, ended, at - self._cut, entries, png, path)
        self.slips.append(slip)
        self._placed = [rest for placed in self._placed if (rest := _beyond(placed, at)) is not None]
        self._cut = at
        return slip

    def _png(self, gone: list[_Placed], at: int) -> bytes:
        canvas = Image.new("1", (self._dots, at - self._cut), WHITE)
        for placed in gone:
            if placed.image is not None:
                canvas.paste(placed.image, (0, placed.top - self._cut))
        file = io.BytesIO()
        canvas.save(file, "PNG", optimize=False)
        return file.getvalue()


def _beyond(placed: _Placed, at: int) -> _Placed | None:
    """What of a placed piece lies behind a cut at row `at`; the entry stays with the part that holds its top."""
    if placed.top >= at:
        return placed
    if placed.image is None or placed.top + placed.image.height <= at:
        return None
    rest = placed.image.crop((0, at - placed.top, placed.image.width, placed.image.height))
    return _Placed(at, rest, None)
