"""A job cut into pieces for a line on which nothing holds the sender back.

Without flow control a printer loses what finds no room in its receive buffer, prints the rest, and confirms it. Where
the line is such, a job goes over piece by piece, each small enough for an empty buffer, with a fence behind it whose
answer says that the buffer is empty again. A piece ends between two commands; pictures are cut between two rows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from terminal.hw.escpos_link import PrinterLink
from terminal.hw.escpos_proof import Fences

logger = logging.getLogger(__name__)

# The commands slips are made of, by their first two bytes, and how many bytes follow (Epson ESC/POS command reference).
_FOLLOWING = {
    b"\x1b@": 0, b"\x1c&": 0, b"\x1c.": 0, b"\x1b2": 0,
    b"\x1ba": 1, b"\x1bE": 1, b"\x1bJ": 1, b"\x1bd": 1, b"\x1b3": 1, b"\x1b-": 1, b"\x1c-": 1,
    b"\x1d!": 1, b"\x1dB": 1, b"\x1da": 1, b"\x1dr": 1,
}  # fmt: skip
_CUT = b"\x1dV"
_CUTS_WITH_FEED = (0x41, 0x42)
_COUNTED = b"\x1d("  # a letter, and how many bytes follow in two
_RASTER = b"\x1dv0"
_RASTER_HEAD_BYTES = 8
_LEADS = frozenset(b"\x10\x1b\x1c\x1d")


def pieces(wire: bytes, most_bytes: int) -> Iterator[bytes]:
    """Yield `wire` in pieces of at most `most_bytes`, but what is no known command in one with all behind it.

    Where that makes a piece too large it is logged, once for a job, for such a printer may lose part of a slip.
    """
    piece = b""
    for command in _commands(wire, most_bytes):
        if piece and len(piece) + len(command) > most_bytes:
            yield piece
            piece = b""
        piece += command
    if piece:
        yield piece


def _commands(wire: bytes, most_bytes: int) -> Iterator[bytes]:
    at = 0
    while at < len(wire):
        size = _size(wire, at)
        if wire[at : at + 3] == _RASTER:
            yield from _bands(wire[at : at + size], most_bytes)
        else:
            if size > most_bytes and not _known(wire, at):
                logger.warning(
                    "unknown printer command %s: %d bytes go out in one piece", wire[at : at + 2].hex(), size
                )
            yield wire[at : at + size]
        at += size


def _known(wire: bytes, at: int) -> bool:
    """Tell whether it is known where what stands at `at` ends."""
    head = wire[at : at + 2]
    return wire[at] not in _LEADS or head in _FOLLOWING or head in {_CUT, _COUNTED} or wire[at : at + 3] == _RASTER


def _size(wire: bytes, at: int) -> int:
    """Return how many bytes the command or the text at `at` has; of an unknown command it is all that is left."""
    if wire[at] not in _LEADS:
        # No byte of a two-byte sign is one of those that begin a command, so text is cut only where none is torn.
        end = at + 1
        while end < len(wire) and wire[end] not in _LEADS and wire[end - 1] != 0x0A:
            end += 1
        return end - at
    head = wire[at : at + 2]
    if head in _FOLLOWING:
        return 2 + _FOLLOWING[head]
    if head == _CUT:
        return 4 if wire[at + 2 : at + 3] and wire[at + 2] in _CUTS_WITH_FEED else 3
    if head == _COUNTED:
        return 5 + int.from_bytes(wire[at + 3 : at + 5], "little")
    if wire[at : at + 3] == _RASTER:
        width, rows = (int.from_bytes(wire[first : first + 2], "little") for first in (at + 4, at + 6))
        return _RASTER_HEAD_BYTES + width * rows
    return len(wire) - at


def _bands(picture: bytes, most_bytes: int) -> Iterator[bytes]:
    """Yield one raster command as several of fewer rows, which print without a gap as one."""
    head, rows = picture[:6], picture[_RASTER_HEAD_BYTES:]
    width = int.from_bytes(picture[4:6], "little")
    band = max(1, (most_bytes - _RASTER_HEAD_BYTES) // max(1, width)) * max(1, width)
    for first in range(0, len(rows), band):
        data = rows[first : first + band]
        yield head + (len(data) // max(1, width)).to_bytes(2, "little") + data


class Outgoing:
    """A job on its way to the printer: whole, or with `most_bytes` in pieces that wait for each other."""

    def __init__(self, wire: bytes, most_bytes: int | None, fences: Fences, closing: Callable[[], bytes]) -> None:
        """Send `wire` and behind it what `closing` returns, which is asked for when it is due."""
        self._pieces = pieces(wire, most_bytes) if most_bytes else iter((wire,))
        self._fences = fences
        self._closing = closing
        self._next: bytes | None = next(self._pieces)
        self._rest = memoryview(b"")
        self._begun = False  # the answers that the job before this one never got are not waited for

    @property
    def under_way(self) -> bool:
        """Whether bytes of a piece wait for the line; else the parser will stand between two commands."""
        return bool(self._rest)

    @property
    def sent(self) -> bool:
        """Whether all of it, with what closes it, was handed over."""
        return not self._rest and self._next is None

    def send(self, link: PrinterLink) -> int:
        """Hand over what the line takes and the printer has room for; return how many bytes that were."""
        if not self._rest and self._next is not None and (self._fences.passed or not self._begun):
            self._load()
        taken = link.write(self._rest) if self._rest else 0
        self._rest = self._rest[taken:]
        return taken

    def _load(self) -> None:
        assert self._next is not None
        self._begun = True
        piece, self._next = self._next, next(self._pieces, None)
        self._rest = memoryview(piece + (self._closing() if self._next is None else self._fences.ask()))
