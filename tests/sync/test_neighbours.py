"""Copies for neighbours: kept as signed, handed in for a dead one, and let go when the cloud has them."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.ids import ChainId, DeviceId
from terminal.rules.entry import GENESIS, seal
from terminal.sync import wire
from terminal.sync.neighbours import Neighbours, Safe
from terminal.sync.wire import Accepted, Behind, MustRejoin, Push
from tests.sync.till import Till, accepted


@pytest.fixture
def keeper(tmp_path: pathlib.Path) -> Iterator[Till]:
    """Give the till next door."""
    folder = tmp_path / "keeper"
    folder.mkdir()
    made = Till(folder)
    yield made
    made.database.close()


def shelf(keeper: Till, till: Till) -> Neighbours:
    """Return the keeper's copies, knowing the till's key."""
    keys = {till.book.life().device: till.book.public_key()}
    return Neighbours(keeper.database, till.book.life().chain, keys.get)


def span(till: Till, after: int, limit: int = 200) -> Push:
    made = till.courier.copy(after, limit)
    assert made is not None
    return made


def signed(till: Till, made: Push, **parts: object) -> Push:
    """Return a changed span with a signature of its head that is right."""
    changed = dataclasses.replace(made, **parts)  # type: ignore[arg-type]  # the span's own fields
    return dataclasses.replace(changed, signature=till.book.sign(changed.head_hash))


def test_a_copy_is_kept_as_it_was_signed_and_sent_on_behalf(till: Till, keeper: Till) -> None:
    for amount in (100, 200, 300):
        till.sell(amount)
    device, head = till.book.life().device, till.book.life().hash
    first, rest = span(till, 0, 2), span(till, 2)
    assert shelf(keeper, till).keep(first) == Safe(1, 2, first.head_hash)
    keeper.crash()
    assert shelf(keeper, till).keep(rest) == Safe(1, 3, head)
    assert shelf(keeper, till).to_send(device) == first
    kept = shelf(keeper, till)
    assert kept.hear(first, accepted(first))
    assert not kept.hear(first, accepted(first)), "heard twice, done once"
    assert kept.to_send(device) == rest
    assert kept.hear(rest, accepted(rest))
    assert kept.to_send(device) is None


def test_a_copy_that_comes_again_or_overlaps_changes_nothing_of_what_is_known(till: Till, keeper: Till) -> None:
    for amount in (100, 200, 300):
        till.sell(amount)
    kept = shelf(keeper, till)
    assert kept.keep(span(till, 0, 2)) == kept.keep(span(till, 0, 2)) == Safe(1, 2, span(till, 0, 2).head_hash)
    assert kept.keep(span(till, 0, 1)) == Safe(1, 2, span(till, 0, 2).head_hash)
    assert kept.keep(span(till, 1)) == Safe(1, 3, till.book.life().hash)
    assert len(keeper.database.rows("SELECT 1 FROM neighbour_span")) == 2


def test_a_copy_with_a_gap_before_it_is_told_where_to_go_on(till: Till, keeper: Till) -> None:
    for amount in (100, 200, 300):
        till.sell(amount)
    kept = shelf(keeper, till)
    first = span(till, 0, 1)
    kept.keep(first)
    assert kept.keep(span(till, 2)) == Safe(1, 1, first.head_hash)
    assert len(keeper.database.rows("SELECT 1 FROM neighbour_span")) == 1


def test_a_copy_may_begin_where_the_cloud_ended(till: Till, keeper: Till) -> None:
    for amount in (100, 200, 300):
        till.sell(amount)
    late = span(till, 2)
    assert shelf(keeper, till).keep(late) == Safe(1, 3, late.head_hash)


@pytest.mark.parametrize(
    "what", ["stranger", "chain", "signature", "order", "head", "short", "empty", "entry", "bytes"]
)
def test_what_is_not_proved_is_not_kept(till: Till, keeper: Till, what: str) -> None:
    for amount in (100, 200, 300):
        till.sell(amount)
    good = span(till, 0, 2)
    one, two = good.entries
    other = DeviceId("d9" * 16)
    wrong = {
        "stranger": signed(till, good, device=other),
        "chain": signed(till, good, chain=ChainId("c9" * 16)),
        "signature": dataclasses.replace(good, signature=bytes(64)),
        "order": signed(till, good, entries=(two, one)),
        "head": signed(till, good, head_hash=bytes(32)),
        "short": signed(till, good, entries=(one,)),
        "empty": signed(till, good, entries=(), head=0, head_hash=GENESIS),
        "entry": signed(till, good, first=2, head=3),
        "bytes": signed(till, good, entries=(b"{}",), head=1),
    }[what]
    if what in {"entry", "bytes"}:  # chained and signed, but the entries themselves say otherwise
        head = wrong.prev_hash
        for data in wrong.entries:
            head = seal(head, data)
        wrong = signed(till, wrong, head_hash=head)
    assert shelf(keeper, till).keep(wrong) is None
    assert keeper.database.rows("SELECT 1 FROM neighbour_span") == []
    assert shelf(keeper, till).keep(good) is not None


def test_another_branch_of_a_life_is_refused(till: Till, keeper: Till, tmp_path: pathlib.Path) -> None:
    till.sell(100)
    old = till.image(tmp_path / "old")
    till.sell(200)
    old.sell(7)
    old.sell(8)
    kept = shelf(keeper, till)
    kept.keep(span(till, 0))
    assert kept.keep(span(old, 0)) is None
    assert kept.keep(span(old, 2)) is None
    assert kept.to_send(till.book.life().device) == span(till, 0)
    old.database.close()


def test_a_new_life_of_a_till_is_kept_beside_what_its_old_one_left(till: Till, keeper: Till) -> None:
    till.sell(100)
    kept = shelf(keeper, till)
    kept.keep(span(till, 0))
    till.journal.begin_life(2)
    till.sell(5)
    assert kept.keep(span(till, 0)) == Safe(2, 1, till.book.life().hash)
    assert kept.to_send(till.book.life().device) == span(till, 0)


def test_only_a_proof_that_the_cloud_has_it_lets_a_copy_go(till: Till, keeper: Till) -> None:
    till.sell(100)
    kept, sent = shelf(keeper, till), span(till, 0)
    kept.keep(sent)
    for answer in (
        Behind(1, sent.entries),
        MustRejoin(1, "closed"),
        Accepted(1, 1, bytes(32), (), 0),
        Accepted(1, 0, GENESIS, (), 0),
        Accepted(2, 1, sent.head_hash, (), 0),
    ):
        assert not kept.hear(sent, answer), answer
        assert kept.to_send(sent.device) == sent
    assert wire.decode(wire.encode(sent)) == sent
    assert kept.let_go(sent.device, 1, 1)
    assert kept.to_send(sent.device) is None
