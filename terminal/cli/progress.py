"""A progress bar on the terminal for whatever takes longer than a moment."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

BAR_CHARACTERS = 30
REDRAW_S = 0.1
# Back to the line's beginning, and erase from there to its end (ECMA-48, 8.3.41).
CLEAR = "\r\x1b[K"


class Progress:
    """Draws `done` of `all` on standard error until it is left; on anything but a terminal it draws nothing."""

    def __init__(self, unit: str, left: Callable[[float], str] = "{:3.0f} s left".format) -> None:
        """Count in `unit`, and say by `left` how many seconds it will yet take."""
        self._unit = unit
        self._left = left
        self._began_s = time.monotonic()
        self._drawn_s = 0.0
        self._active = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What was being done is done: its result stands where the bar was.
        if self._active and self._drawn_s:
            sys.stderr.write(CLEAR)
            sys.stderr.flush()

    def show(self, done: int, whole: int) -> None:
        """Draw the bar, at most ten times a second and at the end."""
        now_s = time.monotonic()
        if not self._active or (now_s - self._drawn_s < REDRAW_S and done < whole):
            return
        self._drawn_s = now_s
        part = min(1.0, done / whole) if whole else 1.0
        filled = round(part * BAR_CHARACTERS)
        took_s = now_s - self._began_s
        left_s = took_s / part - took_s if part else 0.0
        bar = "█" * filled + "·" * (BAR_CHARACTERS - filled)
        sys.stderr.write(f"{CLEAR}{bar} {part:4.0%} {done:,}/{whole:,} {self._unit}, {self._left(left_s)} ")
        sys.stderr.flush()
