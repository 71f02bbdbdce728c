"""Names of PC/SC readers: which to use, and what to call them whatever socket they are plugged into."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

# pcsc-lite's names end in a reader index, which changes with the order of plugging, and a slot number.
_INDEX_AND_SLOT = re.compile(r" [0-9A-F]{2} [0-9A-F]{2}$")
# The slot for a security module inside the reader: it always holds a card, and never a customer's.
_SECURITY_MODULE = re.compile(r"(?<![A-Za-z])SAM(?![A-Za-z])")


@dataclass(frozen=True, slots=True)
class ReaderMatch:
    """Gives the id `id` to the reader whose PC/SC name contains `match` (a product name, or a serial number)."""

    id: str
    match: str


def usable(names: Sequence[str]) -> list[str]:
    """Return the names of readers that customers' cards come to, without slots for security modules."""
    return [name for name in names if not _SECURITY_MODULE.search(name)]


def reader_id(name: str, matches: Sequence[ReaderMatch], taken: Collection[str]) -> str:
    """Return an id for the reader `name` that is not among `taken`: a configured one, else its name without numbers."""
    for match in matches:
        if match.match in name and match.id not in taken:
            return match.id
    bare = _INDEX_AND_SLOT.sub("", name)
    candidate, number = bare, 1
    while candidate in taken:
        number += 1
        candidate = f"{bare} #{number}"
    return candidate
