"""Checkpoints: one digest for till and cloud, and nothing read that does not say all of it."""

from __future__ import annotations

import hashlib

import pytest

from terminal.base.ids import ActionId, BucketId, ChainId, DeviceId
from terminal.rules import canonical, checkpoint
from terminal.rules.canonical import Canonical
from terminal.rules.checkpoint import Checkpoint, held_digest
from terminal.rules.entry import Entry, from_bytes

SAID = Checkpoint(6, bytes(range(32)), "ab" * 32, {"deferred": -5, "tender/cash": 5})


def entry_saying(payload: dict[str, Canonical], kind: str = "checkpoint", seq: int = 7) -> Entry:
    return Entry(
        chain=ChainId("c1" * 16),
        device=DeviceId("d1" * 16),
        epoch=1,
        seq=seq,
        nonce="0" * 16,
        at=0,
        at_quality="trusted",
        action_id=ActionId("a1" * 16),
        effects=(),
        buckets=(),
        postings=(),
        payload={"kind": kind, "request": "", **payload},
    )


@pytest.mark.parametrize("held", [[], [("a1" * 16, 1)], [("a1" * 16, 2**53 - 1), ("b2" * 16, 7), ("c3" * 16, 1)]])
def test_the_digest_is_that_of_the_canonical_list(held: list[tuple[str, int]]) -> None:
    whole: list[Canonical] = [[name, amount] for name, amount in held]
    digest = hashlib.sha256(canonical.encode(whole)).hexdigest()
    assert held_digest((BucketId(name), amount) for name, amount in held) == digest


def test_buckets_that_are_used_up_do_not_count() -> None:
    one = (BucketId("b2" * 16), 3)
    assert held_digest([(BucketId("a1" * 16), 0), one, (BucketId("c3" * 16), 0)]) == held_digest([one])


def test_a_checkpoint_says_what_was_put_in() -> None:
    assert checkpoint.read(from_bytes(entry_saying(SAID.payload()).to_bytes())) == SAID
    assert SAID._replace(accounts={"opening": 0}).payload()["accounts"] == []


@pytest.mark.parametrize(
    "spoilt",
    [
        {"seq": 5},
        {"seq": "6"},
        {"hash": "ab"},
        {"hash": "AB" * 32},
        {"hash": 5},
        {"held": 5},
        {"accounts": "none"},
        {"accounts": [["deferred"]]},
        {"accounts": [["deferred", "5"]]},
    ],
)
def test_what_is_no_whole_checkpoint_is_none(spoilt: dict[str, Canonical]) -> None:
    assert checkpoint.read(entry_saying({**SAID.payload(), **spoilt})) is None
    assert (
        checkpoint.read(entry_saying({key: value for key, value in SAID.payload().items() if key not in spoilt}))
        is None
    )


def test_another_entry_is_no_checkpoint() -> None:
    assert checkpoint.read(entry_saying(SAID.payload(), kind="note")) is None
    assert checkpoint.read(entry_saying(SAID.payload(), seq=8)) is None
