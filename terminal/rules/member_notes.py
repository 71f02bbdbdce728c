"""Notes on who else stands in a member file, by which a line is told from one that was changed since."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Identity = tuple[str, str]
OWN, NAMESAKE, MET, STORED = "mkaw"
# A note begins with a letter, so that no spreadsheet takes it for a number or a date.
_MEMBERS = re.compile(r"([mk])([0-9a-f]{1,1000})-([0-9a-f]{16})")
_NUMBER = re.compile(r"([aw])([0-9a-f]{1,12})")


@dataclass(frozen=True, slots=True)
class Notes:
    """What notes say; members are bits, of those stored under an identity, by the identity's mark.

    `own` have a line of theirs in the file, unchanged or changed; `namesakes` have one unchanged. `met` is how many
    members' unchanged lines this import has met, or None; `stored` how many members there were when it was asked of
    whom the line may be, or None.
    """

    own: Mapping[str, int] = field(default_factory=dict)
    namesakes: Mapping[str, int] = field(default_factory=dict)
    met: int | None = None
    stored: int | None = None


def mark_of(identity: Identity) -> str:
    """Return what an identity is called in notes, 16 hexadecimal digits."""
    return hashlib.sha256("\n".join(identity).encode()).hexdigest()[:16]


def members_note(letter: str, members: int, mark: str) -> str:
    """Return the note, of the sort `OWN` or `NAMESAKE`, that these members have lines in the file."""
    return f"{letter}{members:x}-{mark}"


def number_note(letter: str, number: int) -> str:
    """Return the note, of the sort `MET` or `STORED`, of so many members."""
    return f"{letter}{number:x}"


def namesake_notes(members: Mapping[str, int]) -> Iterable[str]:
    """Return the notes that these members, by mark, have unchanged lines in the file, always in the same order."""
    return (members_note(NAMESAKE, bits, mark) for mark, bits in sorted(members.items()) if bits)


def read_notes(text: str) -> Notes:
    """Return what notes, with blanks between, say; what is damaged says nothing."""
    members: dict[str, dict[str, int]] = {OWN: {}, NAMESAKE: {}}
    numbers: dict[str, int] = {}
    for word in text.split():
        if found := _MEMBERS.fullmatch(word):
            told = members[found[1]]
            told[found[3]] = told.get(found[3], 0) | int(found[2], 16)
        elif found := _NUMBER.fullmatch(word):
            numbers[found[1]] = int(found[2], 16)
    return Notes(members[OWN], members[NAMESAKE], numbers.get(MET), numbers.get(STORED))
