"""Forgetting what cards proved: once for each action, with an entry in the book, and whole or not at all."""

from __future__ import annotations

import pytest
from sqlcipher3 import dbapi2

from terminal.base.errors import Refusal
from terminal.base.events import CardTapped
from terminal.base.ids import ActionId, new_id
from terminal.services.card_commands import CardProofs
from tests.services.conftest import Bench

UID = bytes.fromhex("04A1B2C3D4E580")


@pytest.fixture
def proofs(bench: Bench) -> CardProofs:
    """Give the command's side of a shop with one card that proved its key and two that did not."""
    bench.member("王小芳", cards=("04A1B2C3D4E580", "04AAAAAAAAAA80"))
    bench.member("李明", cards=("04BBBBBBBBBB80",))
    bench.media.member_of(CardTapped("tap", "slot", "desfire", 0.0, UID, "", "authenticated"))
    return CardProofs(bench.database, bench.book)


def copied(bench: Bench) -> str:
    """Tap a card with the number and not the key, and return why it was refused; empty if it was not."""
    try:
        bench.media.member_of(CardTapped("tap", "slot", "m1", 0.0, UID, "", "none"))
    except Refusal as refusal:
        return refusal.code
    return ""


def test_proofs_are_counted_and_forgotten_with_an_entry(bench: Bench, proofs: CardProofs) -> None:
    assert (proofs.count(), copied(bench)) == (1, "card_clone")
    entries = bench.entries()
    verbs = proofs.verbs()
    assert verbs["card_proofs_count"]() == {"cards": 1}
    assert verbs["card_proofs_forget"](action=new_id()) == {"cards": 1}
    assert (proofs.count(), copied(bench), bench.entries()) == (0, "", entries + 1)
    rows = bench.database.rows("SELECT assurance, count(*) FROM medium WHERE kind = 'card' GROUP BY assurance")
    assert [tuple(row) for row in rows] == [("id-only", 3)], "all are as they came in"


def test_the_same_action_again_forgets_nothing_that_was_proved_since(
    bench: Bench, proofs: CardProofs, action: ActionId
) -> None:
    assert proofs.forget(action) == 1
    bench.media.member_of(CardTapped("tap", "slot", "desfire", 0.0, UID, "", "authenticated"))
    entries = bench.entries()
    assert proofs.forget(action) == 1
    assert (proofs.count(), copied(bench), bench.entries()) == (1, "card_clone", entries)


def test_an_entry_that_cannot_be_written_leaves_every_proof(bench: Bench, proofs: CardProofs, action: ActionId) -> None:
    bench.database.run("CREATE TRIGGER full BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'no room'); END")
    with pytest.raises(dbapi2.IntegrityError, match="no room"):
        proofs.forget(action)
    bench.database.run("DROP TRIGGER full")
    assert (proofs.count(), copied(bench)) == (1, "card_clone")
