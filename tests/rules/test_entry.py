"""Entries: bytes and hashes that must never change, and bytes that are no entry."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib
from typing import Any

import pytest

from terminal.rules import bucket, canonical, entry
from terminal.rules.canonical import NotCanonical
from terminal.rules.entry import Effect, Entry
from tests.rules import vectors

GOLDEN: dict[str, Any] = json.loads(pathlib.Path(__file__).with_name("golden_entries.json").read_text("utf-8"))
CHARGE = vectors.JOURNAL["charge"]


def values(name: str = "charge") -> dict[str, Any]:
    """Return an entry as plain values, to be spoilt."""
    parts: dict[str, Any] = json.loads(vectors.JOURNAL[name].to_bytes())
    return parts


def test_the_golden_journal_has_these_bytes_and_hashes_for_ever() -> None:
    head = entry.GENESIS
    assert list(GOLDEN["entries"]) == list(vectors.JOURNAL)
    for name, made in vectors.JOURNAL.items():
        golden = GOLDEN["entries"][name]
        assert made.to_bytes().hex() == golden["bytes"], name
        head = entry.seal(head, made.to_bytes())
        assert head.hex() == golden["hash"], name
        assert entry.from_bytes(bytes.fromhex(golden["bytes"])) == made, name


def test_the_golden_buckets_have_these_ids_for_ever() -> None:
    made = {facts.id: facts.data.hex() for each in vectors.JOURNAL.values() for facts in each.buckets}
    assert made == GOLDEN["buckets"]
    for name, data in GOLDEN["buckets"].items():
        assert hashlib.sha256(bytes.fromhex(data)).hexdigest()[:32] == name
        assert bucket.from_bytes(bytes.fromhex(data)).id == name


@pytest.mark.parametrize(
    ("name", "journal", "head"),
    [
        ("later", vectors.LATER, bytes.fromhex(GOLDEN["entries"]["charge"]["hash"])),
        ("cloud", vectors.CLOUD_JOURNAL, entry.GENESIS),
    ],
    ids=["later", "cloud"],
)
def test_units_that_move_between_holders_have_these_bytes_for_ever(
    name: str, journal: dict[str, Entry], head: bytes
) -> None:
    assert list(GOLDEN[name]) == list(journal)
    for kind, made in journal.items():
        assert made.to_bytes().hex() == GOLDEN[name][kind]["bytes"], kind
        head = entry.seal(head, made.to_bytes())
        assert head.hex() == GOLDEN[name][kind]["hash"], kind
        assert entry.from_bytes(bytes.fromhex(GOLDEN[name][kind]["bytes"])) == made, kind


def test_an_account_of_a_closed_life_is_told_from_the_writers_own() -> None:
    named = entry.account_of_life("card_deposit", vectors.DEVICE, 12)
    assert named == f"card_deposit@{vectors.DEVICE}/12"
    assert entry.life_of_account(named) == ("card_deposit", vectors.DEVICE, 12)
    assert entry.life_of_account("card_deposit") is None


def test_an_entry_is_one_canonical_value() -> None:
    for made in (*vectors.JOURNAL.values(), *vectors.LATER.values(), *vectors.CLOUD_JOURNAL.values()):
        data = made.to_bytes()
        assert canonical.encode(canonical.decode(data)) == data


def test_the_seal_covers_every_byte_and_everything_before() -> None:
    data = CHARGE.to_bytes()
    assert entry.seal(b"\x01" * 32, data) == hashlib.sha256(b"\x01" * 32 + data).digest()
    assert entry.seal(entry.GENESIS, data) != entry.seal(b"\x01" * 32, data)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("action_id", "1"),
        ("action_id", "A" * 32),
        ("at", -1),
        ("at", True),
        ("at", "0"),
        ("at", 1.0),
        ("at", 2**53),
        ("at_quality", "perhaps"),
        ("at_quality", "trusted "),
        ("at_quality", None),
        ("buckets", {}),
        ("buckets", [{}]),
        ("buckets", [""]),
        ("chain", ""),
        ("cursor", -1),
        ("cursor", False),
        ("device", 5),
        ("effects", ""),
        ("effects", ["abc"]),
        ("effects", [{"create": 1, "of": 2, "the": 3}]),
        ("effects", [["create", "a0" * 16, 1, 1]]),
        ("effects", [["create", ["a0" * 16], 1]]),
        ("effects", [[["create"], "a0" * 16, 1]]),
        ("effects", [1]),
        ("effects", [["create", "a0" * 16]]),
        ("effects", [["create", "a0" * 16, 0]]),
        ("effects", [["create", "a0" * 16, -1]]),
        ("effects", [["create", "a0" * 16, True]]),
        ("effects", [["create", "a0", 1]]),
        ("effects", [["gift", "a0" * 16, 1]]),
        ("effects", [["create", "a0" * 16, 1]] * 401),
        ("epoch", 0),
        ("epoch", True),
        ("epoch", 2**53),
        ("fmt", 0),
        ("gid", "x"),
        ("nonce", "00"),
        ("nonce", "G" * 16),
        ("payload", []),
        ("payload", {"kind": "charge"}),
        ("payload", {"request": ""}),
        ("payload", {"kind": 1, "request": ""}),
        ("payload", {"kind": "charge", "request": "", "more": None}),
        ("payload", {"kind": "charge", "request": "", "more": [0.5]}),
        ("payload", {"kind": "charge", "request": "", "More": 1}),
        ("postings", ["ab"]),
        ("postings", [{"deferred": 1, "opening": 2}]),
        ("postings", [["deferred"]]),
        ("postings", [5]),
        ("postings", [["tender/cash", 0]]),
        ("postings", [["tender/cash", True]]),
        ("postings", [["tender/gold", 1]]),
        ("postings", [["deferred@", 1]]),
        ("postings", [["gold@" + "d0" * 16 + "/1", 1]]),
        ("postings", [["deferred@" + "d0" * 16, 1]]),
        ("postings", [["deferred@" + "d0" * 16 + "/0", 1]]),
        ("postings", [["deferred@" + "d0" * 16 + "/01", 1]]),
        ("postings", [["deferred@" + "d0" * 15 + "/1", 1]]),
        ("postings", [[f"deferred@{'d0' * 16}/{number}", 1] for number in range(1000, 1065)]),
        ("postings", [["tender/cash", 1], ["deferred", -1]]),
        ("postings", [["deferred", 1], ["deferred", -1]]),
        ("seq", 0),
        ("seq", True),
        ("signature", ""),
    ],
)
def test_parts_of_another_form_are_refused(part: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    # Spelled as they should be, so that only the part is wrong: the product's own encoder would refuse some of them.
    data = json.dumps({**values(), part: value}, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(NotCanonical):
        entry.from_bytes(data)


@pytest.mark.parametrize("part", sorted(values()))
def test_an_entry_with_a_part_missing_is_refused(part: str) -> None:
    parts = values()
    del parts[part]
    with pytest.raises(NotCanonical):
        entry.from_bytes(canonical.encode(parts))


def test_an_entry_in_another_spelling_is_refused() -> None:
    data = CHARGE.to_bytes()
    for other in (data + b"\n", b" " + data, json.dumps(values()).encode(), data.replace(b'"seq":4', b'"seq":4.0')):
        assert other != data
        with pytest.raises(NotCanonical):
            entry.from_bytes(other)


def test_an_entry_that_is_too_long_is_refused_unread() -> None:
    long = dataclasses.replace(CHARGE, payload={**CHARGE.payload, "note": "x" * entry.ENTRY_BYTES_MAX})
    with pytest.raises(NotCanonical, match="too long"):
        entry.from_bytes(long.to_bytes())


@pytest.mark.parametrize(
    "change",
    [
        {"effects": (Effect("create", vectors.PRINCIPAL.id, 0),)},
        {"effects": (Effect("spend", vectors.PRINCIPAL.id, -1),)},
        {"effects": (Effect("gift", vectors.PRINCIPAL.id, 1),)},
        {"gid": "f1"},
        {"postings": tuple((f"deferred@{'d0' * 16}/{number}", 1) for number in range(1000, 1065))},
        {"effects": (Effect("create", vectors.PRINCIPAL.id, 1),) * (entry.EFFECTS_MAX + 1)},
        {"effects": (Effect("create", vectors.PRINCIPAL.id, 2**53),)},
        {"postings": (("deferred", -(2**53)), ("tender/cash", 2**53))},
        {"postings": (("deferred", 0),)},
        {"postings": (("tender/gold", 1),)},
        {"postings": (("tender/cash", 1), ("deferred", -1))},
        {"postings": (("deferred", 1), ("deferred", -1))},
    ],
    ids=str,
)
def test_who_writes_an_entry_is_refused_what_nobody_could_read(change: dict[str, Any]) -> None:
    entry.check(CHARGE)
    with pytest.raises(NotCanonical):
        entry.check(dataclasses.replace(CHARGE, **change))
