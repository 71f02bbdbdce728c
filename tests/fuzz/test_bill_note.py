"""Payloads of any kind where the note of a settled bill should be: it is read, or refused."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from terminal.rules.bill_note import BillNote, NotABill
from tests.rules.test_bill_note import NOTE

WHOLE = NOTE.note()
VALUES = st.recursive(
    st.integers(-(2**53), 2**53) | st.text(max_size=5) | st.booleans(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3),
    max_leaves=6,
)


@st.composite
def payloads(draw: st.DrawFn) -> dict[str, Any]:
    """Give a note with one part of it, or of the first of one of its lists, put another way."""
    note: dict[str, Any] = copy.deepcopy(dict(WHOLE))
    name = draw(st.sampled_from(sorted(note)))
    inner = note[name][0] if isinstance(note[name], list) and note[name] else None
    if isinstance(inner, dict) and draw(st.booleans()):
        inner[draw(st.sampled_from(sorted(inner)))] = draw(VALUES)
    else:
        note[name] = draw(VALUES)
    return note


@given(payloads())
def test_any_payload_is_a_settled_bill_or_refused(payload: dict[str, Any]) -> None:
    try:
        read = BillNote.from_note(payload)
    except NotABill:
        return
    assert BillNote.from_note(read.note()) == read
