"""What the cloud does with a journal: proving the chain of its entries, and folding them, on one core."""

from __future__ import annotations

import collections
import gc
import pathlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from bench.figures import Figure, sampled, spread
from bench.journal import Journal, make_journal
from bench.scale import Scale
from terminal.base.ids import BucketId
from terminal.rules import chain, entry
from terminal.rules.entry import Entry
from terminal.rules.fold import Known, changes

LIMIT_APPLIED_A_SECOND = 20_000
LIMIT_PROVED_A_SECOND = 50_000
ROUNDS = 9


class Holder:
    """One holder's units and money, in memory, as a journal leaves them."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.units: dict[BucketId, Known] = {}
        self.money: dict[str, int] = {}
        self.cursor = 0

    def apply(self, made: Entry) -> None:
        """Check an entry against every rule of the book and take over what it changes; raises `EntryWrong`."""
        chain.check_cursor(self.cursor, made)
        units, money = self.units, self.money
        moved = changes(made, units.get)
        new = {facts.id: facts for facts in made.buckets}
        for name, delta in moved:
            facts, held = (new[name], 0) if name in new else units[name]
            units[name] = Known(facts, held + delta)
        for account, amount in made.postings:
            money[account] = money.get(account, 0) + amount
        self.cursor = made.cursor


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of the fold and of the chain."""
    journal = make_journal(folder / "sync", scale.entries)
    parsed = [entry.from_bytes(data) for _, data, _ in journal.rows]
    gc.collect()
    gc.freeze()  # the collector shall look at what the measured work leaves, not at what lies ready for it
    works: tuple[Callable[[Journal], object], ...] = (
        _prove,
        lambda _: _apply(parsed),
        lambda _: collections.deque(_read(journal), maxlen=0),
        lambda _: _apply(_read(journal)),
    )
    # In turn, so that a slow moment of the machine is in all of them.
    rounds = [[_rate(journal, work) for work in works] for _ in range(ROUNDS)]
    gc.unfreeze()
    proved, applied, read, whole = zip(*rounds, strict=True)
    mix = ", ".join(f"{count} {kind}" for kind, count in journal.kinds.items())
    size = sum(len(data) for _, data, _ in journal.rows) // len(journal.rows)
    return [
        _figure("entries proved to follow each other", proved, LIMIT_PROVED_A_SECOND),
        _figure("entries applied by the fold", applied, LIMIT_APPLIED_A_SECOND, f"{mix}; "),
        _figure("entries read from their bytes and checked", read, None, f"{size} bytes each; "),
        _figure("entries read, checked and applied", whole, None),
    ]


def _figure(name: str, rates: Sequence[float], limit: float | None, before: str = "") -> Figure:
    return sampled(name, rates, "/s", limit=limit, at_least=True, note=before + spread(rates, "/s"))


def _rate(journal: Journal, work: Callable[[Journal], object]) -> float:
    """Return the entries a second that `work` gets through, in processor time of this thread: one core's."""
    began_ns = time.thread_time_ns()
    work(journal)
    return len(journal.rows) / (time.thread_time_ns() - began_ns) * 1e9


def _read(journal: Journal) -> Iterator[Entry]:
    for _, data, _ in journal.rows:
        yield entry.from_bytes(data)


def _apply(entries: Iterable[Entry]) -> None:
    holder = Holder()
    for made in entries:
        holder.apply(made)


def _prove(journal: Journal) -> None:
    """Check number, hash before and hash of every entry, and that the last one is the head."""
    head = entry.GENESIS
    for _, _, digest in chain.follow(journal.rows):
        head = digest
    assert head == journal.life.hash, "the journal ends at its head"
