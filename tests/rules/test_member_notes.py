"""Notes on who else stands in a file: what is written is read again, and what is damaged says nothing."""

from __future__ import annotations

import random

from terminal.rules.member_notes import (
    MET,
    NAMESAKE,
    OWN,
    STORED,
    Notes,
    mark_of,
    members_note,
    namesake_notes,
    number_note,
    read_notes,
)


def test_what_is_written_is_read_again() -> None:
    here, there = mark_of(("phone", "13900001111")), mark_of(("number", "A 1"))
    assert here != there
    words = [members_note(OWN, 5, here), number_note(MET, 17), number_note(STORED, 0), *namesake_notes({there: 3})]
    assert read_notes(" ".join(words)) == Notes({here: 5}, {there: 3}, 17, 0)
    assert read_notes(f"{members_note(NAMESAKE, 1, here)} {members_note(NAMESAKE, 2, here)}").namesakes == {here: 3}


def test_what_is_damaged_says_nothing() -> None:
    seed = random.randrange(1 << 32)
    print("seed", seed)
    draw = random.Random(seed)
    note = members_note(NAMESAKE, 1, mark_of(("phone", "13900001111")))
    for _ in range(200):
        cut = draw.randrange(len(note))
        assert read_notes(note[:cut] + draw.choice("xyz! ") + note[cut + 1 :]).namesakes == {}
    assert read_notes("") == Notes()
