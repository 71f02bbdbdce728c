"""Gaps in the journal: entries whose numbers are missing, and what a till has lost that goes on from a backup."""

from __future__ import annotations

from collections.abc import Callable

from terminal.rules import entry
from terminal.rules.bucket import Source
from terminal.rules.deed import sale_name
from terminal.rules.rulebook import Rulebook
from terminal.services.shifts.watch import Watch
from terminal.store.database import Database

# So many numbers are counted in an index in about 2 ms.
SLICE = 10_000
_LIFE = "SELECT n, device, epoch, seq FROM life WHERE n >= ? ORDER BY n LIMIT 1"
_COUNT = (
    "SELECT (SELECT count(*) FROM entry WHERE life = ?1 AND seq > ?2 AND seq <= ?3)"
    " + (SELECT count(*) FROM past_entry WHERE life = ?1 AND seq > ?2 AND seq <= ?3)"
)
_NUMBERS = (
    "SELECT seq FROM entry WHERE life = ?1 AND seq > ?2 AND seq <= ?3"
    " UNION ALL SELECT seq FROM past_entry WHERE life = ?1 AND seq > ?2 AND seq <= ?3"
)
_FIRST = "SELECT bytes FROM entry WHERE life = (SELECT n FROM life WHERE open = 1) ORDER BY seq LIMIT 1"


class GapWatch:
    """Looks through the journals of this till, a slice at a time. Used by the dispatcher.

    It counts numbers and opens no entry: whether what is there was changed is for the proof of the book.
    """

    def __init__(
        self, database: Database, watch: Watch, rulebook: Callable[[], Rulebook], at_once: int = SLICE
    ) -> None:
        """Look in `database`, at so many numbers `at_once`, and tell `watch`, by the rules in force."""
        self._database = database
        self._watch = watch
        self._rulebook = rulebook
        self._at_once = at_once
        self._life = 0
        self._after = 0
        self._first = 0
        self._missing = 0

    def next(self) -> bool:
        """Look at the next slice and return whether there is more; what a journal lacks is told at its end.

        A shop without rules of odd things has nobody to tell, and nothing is read.
        """
        rules = self._rulebook()
        row = self._database.row(_LIFE, (self._life,)) if rules.anomalies else None
        if row is None:
            self._begin(0)
            if rules.anomalies:
                self._tell_restored(rules)
            return False
        n, device, epoch, last = row
        if n != self._life:
            self._begin(n)
        self._look(last)
        if self._after == last:
            if self._missing:
                about = sale_name(Source(device, epoch, self._first))
                self._watch.gap_found(rules, about, self._missing, again=True)
            self._begin(n + 1)
        return True

    def _begin(self, life: int) -> None:
        self._life, self._after, self._first, self._missing = life, 0, 0, 0

    def _look(self, last: int) -> None:
        upto = min(self._after + self._at_once, last)
        numbers = (self._life, self._after, upto)
        row = self._database.row(_COUNT, numbers)
        if row is not None and row[0] < upto - self._after:
            there = {seq for (seq,) in self._database.rows(_NUMBERS, numbers)}
            missing = set(range(self._after + 1, upto + 1)) - there
            self._first = self._first or min(missing)
            self._missing += len(missing)
        self._after = upto

    def _tell_restored(self, rules: Rulebook) -> None:
        """Tell once that this journal goes on from a backup: nobody knows how much was done after that was made."""
        row = self._database.row(_FIRST)
        first = entry.from_bytes(row[0]) if row is not None else None
        if first is not None and "restored" in first.payload:
            about = sale_name(Source(first.device, first.epoch, first.seq))
            self._watch.gap_found(rules, about, 1, again=False)
