"""The paper motor of a receipt printer: moves rows as time passes and does what must wait for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from tests.hw_sim.escpos_paper import Paper, Strip

DOTS_PER_MM = 8

Afterwards = Callable[[], None]


class Motor:
    """A queue of strips and of things to do once all strips before them are on paper (cuts, process ids)."""

    def __init__(self, paper: Paper, speed_mm_s: float, now_s: float) -> None:
        """Move `paper` at `speed_mm_s`; 0 is at once."""
        self.rows_left_on_roll: int | None = None
        self._paper = paper
        self._rows_per_s = speed_mm_s * DOTS_PER_MM
        self._moved_until_s = now_s
        self._queue: deque[Strip | Afterwards] = deque()
        self._rows_done = 0

    @property
    def busy(self) -> bool:
        """Whether anything still waits for paper to move."""
        return bool(self._queue)

    @property
    def rows_waiting(self) -> int:
        """Rows taken from the buffer and not printed yet."""
        return sum(item.rows for item in self._queue if isinstance(item, Strip)) - self._rows_done

    def put(self, item: Strip | Afterwards) -> None:
        """Queue a strip, or something to do after all strips so far."""
        self._queue.append(item)

    def advance(self, now_s: float) -> None:
        """Move the rows time allows; stop at the end of the roll, or when something done afterwards says so."""
        while self._queue and self.rows_left_on_roll != 0:
            item = self._queue[0]
            if not isinstance(item, Strip):
                self._queue.popleft()
                item()
                continue
            self._move(item, now_s)
            if self._rows_done < item.rows:
                return
            self._queue.popleft()
            self._rows_done = 0

    def rest(self, now_s: float) -> None:
        """Standing still until `now_s`: that time moves no paper."""
        self._moved_until_s = now_s

    def drop(self) -> None:
        """Forget what is not on paper yet; a half printed strip stays half printed."""
        first = self._queue[0] if self._queue else None
        if isinstance(first, Strip):
            self._paper.broken_off(first, self._rows_done)
        self._queue.clear()
        self._rows_done = 0

    def _move(self, strip: Strip, now_s: float) -> None:
        count = strip.rows - self._rows_done
        if self._rows_per_s:
            # A hair more than the quotient: a clock that has reached the row's moment must not miss it by rounding.
            count = min(count, int((now_s - self._moved_until_s) * self._rows_per_s + 1e-6))
        if self.rows_left_on_roll is not None:
            count = min(count, self.rows_left_on_roll)
            self.rows_left_on_roll -= count
        if count <= 0:
            return
        self._paper.move(strip, self._rows_done, count)
        self._rows_done += count
        if self._rows_per_s:
            self._moved_until_s += count / self._rows_per_s
