"""Proposals: the journal names a change by its hash, and what it says of a person can be erased."""

from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId
from terminal.rules import canonical
from terminal.rules.canonical import Canonical, NotCanonical
from terminal.services.proposals import BLOB_BYTES_MAX, Blobs, Proposals
from tests.sync.till import Till

ACTION = ActionId("ac" * 16)
KEY = "b1" * 16
FIELDS: dict[str, Canonical] = {"name": "王小芳", "phone": "13800000000"}


@pytest.fixture
def till(tmp_path: pathlib.Path) -> Iterator[Till]:
    """Give a till with an empty journal, proved at the end."""
    made = Till(tmp_path)
    yield made
    made.prove()
    made.database.close()


def proposals(till: Till) -> Proposals:
    return Proposals(till.database, till.book)


def test_the_entry_has_the_hash_of_the_salted_fields_and_no_name(till: Till) -> None:
    posted = proposals(till).propose(ACTION, "member", KEY, 3, FIELDS)
    payload = posted.entry.payload
    assert (posted.entry.kind, posted.entry.effects) == ("propose", ())
    assert (payload["table"], payload["key"], payload["base"]) == ("member", KEY, 3)
    (blob,) = till.push().blobs
    assert payload["blob"] == hashlib.sha256(blob).hexdigest()
    value = canonical.decode(blob)
    assert isinstance(value, dict)
    assert value["fields"] == FIELDS
    assert len(str(value["salt"])) == 32
    for part in ("王小芳", "13800000000"):
        assert part.encode() not in posted.entry.to_bytes()
    unsalted = hashlib.sha256(canonical.encode({"fields": FIELDS, "salt": ""})).hexdigest()
    assert unsalted.encode() not in posted.entry.to_bytes()


def test_an_action_proposes_once_and_nothing_else_under_its_id(till: Till) -> None:
    posted = proposals(till).propose(ACTION, "member", KEY, 3, FIELDS)
    again = proposals(till).propose(ACTION, "member", KEY, 3, FIELDS)
    assert (again.hash, again.repeated) == (posted.hash, True)
    with pytest.raises(Refusal, match="action_conflict"):
        proposals(till).propose(ACTION, "member", KEY, 3, {"name": "李雷"})
    assert len(till.entries()) == len(till.push().blobs) == 1


def test_an_erased_profile_leaves_a_journal_that_is_right(till: Till) -> None:
    posted = proposals(till).propose(ACTION, "member", KEY, 3, FIELDS)
    digest = bytes.fromhex(str(posted.entry.payload["blob"]))
    blobs = Blobs(till.database)
    assert blobs.erase(digest)
    assert not blobs.erase(digest)
    assert blobs.get(digest) is None
    assert till.push().blobs == ()
    assert proposals(till).propose(ACTION, "member", KEY, 3, FIELDS).hash == posted.hash
    till.prove()


def test_a_profile_too_long_to_travel_is_not_proposed(till: Till) -> None:
    with pytest.raises(NotCanonical, match="too long"):
        proposals(till).propose(ACTION, "member", KEY, 0, {"remark": "x" * BLOB_BYTES_MAX})
    assert (till.entries(), till.push().blobs) == ([], ())
    proposals(till).propose(ACTION, "member", KEY, 0, {"remark": "x" * (BLOB_BYTES_MAX - 100)})
    assert len(till.push().blobs) == 1


def test_profiles_go_out_some_at_a_time(till: Till) -> None:
    for number in range(5):
        proposals(till).propose(ActionId(f"{number:032x}"), "member", KEY, 0, {"note": "x" * 1000})
    seq, blobs = till.book.life().seq, Blobs(till.database)
    assert [len(blobs.waiting(1, seq, size)) for size in (0, 2500, 100_000)] == [1, 2, 5]
    blobs.delivered(blobs.waiting(1, seq, 2500))
    assert len(blobs.waiting(1, seq, 100_000)) == 3
