"""Compaction: only what is old, acknowledged and before a confirmed checkpoint goes, and the chain goes on."""

from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Iterator

import pytest

from terminal.rules import canonical, entry
from terminal.rules.entry import GENESIS
from terminal.services.compaction import Compaction
from terminal.sync.wire import FeedItem, Joined, MustRejoin
from tests.sync.till import Till, accepted, grant, of_another_till, other

DAY_S = 86_400


@pytest.fixture
def till(tmp_path: pathlib.Path) -> Iterator[Till]:
    """Give a till that sold something a hundred days ago."""
    made = Till(tmp_path)
    made.spend(made.sell(500), 120)
    made.sell(30, "bonus")
    yield made
    made.database.close()


def compaction(till: Till) -> Compaction:
    return Compaction(till.database, till.book, till.clock)


def acknowledge(till: Till, *feed: FeedItem) -> None:
    sent = till.push()
    till.courier.hear(sent, accepted(sent, *feed))
    till.take_all()


def confirmation(position: int, digest: bytes, seq: int) -> FeedItem:
    name = other(0, "", critical=False).bucket
    return FeedItem(position, 1, "checkpoint", digest.hex()[:32], name, b"", seq, critical=False)


def test_a_checkpoint_says_what_is_held_after_which_entry(till: Till) -> None:
    head = till.book.life()
    payload = compaction(till).checkpoint().entry.payload
    assert (payload["seq"], payload["hash"]) == (head.seq, head.hash.hex())
    rows = till.database.rows("SELECT lower(hex(id)), amount FROM held JOIN bucket ON bucket.n = held.bucket")
    held: list[canonical.Canonical] = [
        [name, amount] for name, amount in sorted((str(row[0]), int(row[1])) for row in rows)
    ]
    assert sorted(amount for _, amount in rows) == [30, 380]
    assert payload["held"] == hashlib.sha256(canonical.encode(held)).hexdigest()
    assert payload["accounts"] == [["deferred", -380], ["sales/service", -120], ["tender/cash", 500]]
    till.prove()


def ready(till: Till, *, confirmed: bool = True, acked: bool = True) -> bytes:
    """Bring a checkpoint as far as asked, a hundred days ago; return its hash."""
    digest = compaction(till).checkpoint().hash
    lines = [confirmation(1, digest, 4)] if confirmed else [other(1, "news", critical=False)]
    acknowledge(till, *lines)
    if acked:
        acknowledge(till)
    till.clock.advance(100 * DAY_S)
    return digest


def test_what_the_cloud_confirmed_long_ago_goes_and_the_chain_goes_on(till: Till) -> None:
    ready(till)
    before = till.journal.entries(0, 10)
    kept = till.everything()[1:-2]
    assert compaction(till).compact(90) == 3
    assert till.journal.entries(0, 10) == before[3:]
    assert till.everything()[1:-2] == kept, "what is held does not change"
    assert compaction(till).compact(90) == 0
    till.prove()
    seq, digest, data = till.journal.entries(0, 1)[0]
    assert (seq, entry.seal(before[2][1], data)) == (4, digest)
    facts = till.sell(9)
    till.spend(facts, 4)
    sent = till.push()
    assert (sent.first, len(sent.entries)) == (6, 2)
    till.prove()


@pytest.mark.parametrize("lacking", ["confirmed", "acked", "old", "peace"])
def test_nothing_goes_that_is_not_confirmed_acknowledged_and_old_or_while_the_till_rejoins(
    till: Till, lacking: str
) -> None:
    ready(till, confirmed=lacking != "confirmed", acked=lacking != "acked")
    if lacking == "acked":
        till.database.run("UPDATE sync_mark SET acked = 0, acked_hash = ?", (GENESIS,))
    elif lacking == "peace":
        till.journal.set_rejoining("5e" * 16)
    assert compaction(till).compact(101 if lacking == "old" else 90) == 0
    assert till.journal.entries(0, 1)[0][0] == 1
    till.prove()


def test_a_confirmation_of_another_journals_checkpoint_is_none(till: Till) -> None:
    compaction(till).checkpoint()
    acknowledge(till, confirmation(1, bytes(32), 4))
    acknowledge(till)
    till.clock.advance(100 * DAY_S)
    assert compaction(till).compact(90) == 0


def test_a_compacted_life_is_handed_in_from_its_checkpoint(till: Till) -> None:
    ready(till)
    before = till.journal.entries(0, 10)
    compaction(till).compact(90)
    till.courier.hear(till.push(), MustRejoin(1, "fork"))
    till.take_all()
    sent = till.rejoin()
    assert (sent.first, sent.prev_hash, sent.head) == (4, before[2][1], 5)
    assert sent.entries == tuple(data for _, _, data in before[3:])
    assert till.courier.copy(0) is None
    copy = till.courier.copy(3)
    assert copy is not None
    assert copy.prev_hash == before[2][1]
    till.courier.hear(sent, Joined(sent.rejoin_id, 1, 2, sent.head_hash))
    till.take_all()
    assert till.book.life().epoch == 2
    till.prove()


def test_a_grant_taken_before_the_checkpoint_is_taken_once_after_it_too(till: Till) -> None:
    facts = of_another_till(till)
    acknowledge(till, grant(1, facts, 50, "f1" * 16))
    digest = compaction(till).checkpoint().hash
    acknowledge(till, confirmation(2, digest, 5))
    acknowledge(till)
    till.clock.advance(100 * DAY_S)
    assert compaction(till).compact(90) == 4
    acknowledge(till, grant(3, facts, 50, "f1" * 16))
    assert till.held(facts) == 50
    till.spend(facts, 20)
    till.prove()
