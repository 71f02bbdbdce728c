"""One-bit pictures and the raster commands that print them (Epson GS v 0)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

Size = tuple[int, int]  # width and height factors, 1 to 8
RASTER_ROWS_MAX = 256
RASTER_BYTES_MAX = 18_000


@dataclass(frozen=True, slots=True)
class Strip:
    """A one-bit picture: rows of `width_bytes`, most significant bit on the left, 1 is black."""

    width_bytes: int
    rows: int
    data: bytes

    def __post_init__(self) -> None:
        """Refuse data that is not exactly the rows promised, which would swallow what follows it."""
        if self.width_bytes < 1 or self.rows < 1 or len(self.data) != self.width_bytes * self.rows:
            raise ValueError("strip size")


class StripMaker(Protocol):
    """Draws one line of text as the character ROM would: cells of 12 dots (ASCII) or 24 (all else), 24 rows high."""

    def __call__(self, line: str, size: Size) -> Strip:
        """Return the drawn line, both directions multiplied by `size`."""
        ...


def raster(strip: Strip) -> Iterator[bytes]:
    """Yield raster commands of at most `RASTER_ROWS_MAX` rows and `RASTER_BYTES_MAX` bytes each.

    A lost connection can then leave the printer waiting for no more than one block.
    """
    rows_max = min(RASTER_ROWS_MAX, RASTER_BYTES_MAX // strip.width_bytes)
    for first in range(0, strip.rows, rows_max):
        rows = min(rows_max, strip.rows - first)
        data = strip.data[first * strip.width_bytes : (first + rows) * strip.width_bytes]
        size = strip.width_bytes.to_bytes(2, "little") + rows.to_bytes(2, "little")
        yield b"\x1dv0\x00" + size + _without_real_time(data)


def _without_real_time(data: bytes) -> bytes:
    """Blacken one dot beside a lone one where the pixels would read as a real-time command.

    Printers act on DLE EOT, DLE ENQ and DLE DC4 wherever they arrive, also among pixels (status bytes nobody asked
    for, a drawer that opens). 18h is no such command, and a dot more is not seen where a dot less breaks a stroke.
    """
    for second in (b"\x04", b"\x05", b"\x14"):
        data = data.replace(b"\x10" + second, b"\x18" + second)
    return data


def embolden(strip: Strip) -> Strip:
    """Return the strip with every stroke one dot wider, as printers do it."""
    rows = (int.from_bytes(row) for row in _rows(strip))
    return Strip(strip.width_bytes, strip.rows, b"".join((row | row >> 1).to_bytes(strip.width_bytes) for row in rows))


def invert(strip: Strip) -> Strip:
    """Return the strip white on black."""
    return Strip(strip.width_bytes, strip.rows, bytes(byte ^ 0xFF for byte in strip.data))


def _rows(strip: Strip) -> Iterator[bytes]:
    return (strip.data[at : at + strip.width_bytes] for at in range(0, len(strip.data), strip.width_bytes))
