"""The chain: whether entries follow each other, told from their bytes and hashes without reading them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from terminal.rules.entry import GENESIS, Entry
from terminal.rules.fold import EntryWrong

Sealed = tuple[int, bytes, bytes]


def follow(rows: Iterable[Sealed], head: bytes = GENESIS, seq: int = 0) -> Iterator[Sealed]:
    """Yield each raw (seq, bytes, hash) once it is proved to follow the one before; `head` is the hash of entry `seq`.

    Raises `EntryWrong` at the first that does not: `gap`, `misplaced` or `chain_broken`. What the bytes say is for
    whoever reads them, once.
    """
    digest_of = hashlib.sha256
    for row in rows:
        number, data, digest = row
        # A store that was tampered with may hold anything in any column.
        if number != seq + 1 or type(number) is not int:
            raise _out_of_place(number, seq)
        if digest_of(head + data).digest() != digest:
            raise EntryWrong("chain_broken", "its bytes or the ones before were changed")
        yield row
        seq, head = number, digest


def check_cursor(before: int, made: Entry) -> None:
    """Check that an entry leaves the feed where it was, at `before`, or takes it one item on; raise `EntryWrong`."""
    if made.cursor not in (before, before + 1):
        raise EntryWrong("cursor_wrong", f"the feed goes from {before} to {made.cursor}")


def _out_of_place(number: object, seq: int) -> EntryWrong:
    if type(number) is not int or number <= seq:
        return EntryWrong("misplaced", f"there is an entry numbered {number}")
    return EntryWrong("gap", f"entry {seq + 1} is missing")
