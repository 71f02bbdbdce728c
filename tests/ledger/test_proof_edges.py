"""Edges of the proof: the numbers of lives, what a checkpoint covers, and which life is blamed."""

from __future__ import annotations

from terminal.base.ids import ActionId, ChainId, DeviceId, new_id
from terminal.ledger.lives import Journal
from terminal.ledger.past import forget
from terminal.ledger.verify import Verdict, _Kept, _scratch, _wrong_lives, verify
from terminal.rules.canonical import INTEGER_MAX
from terminal.rules.checkpoint import KIND, Checkpoint, held_digest
from terminal.rules.entry import GENESIS
from terminal.services.compaction import Compaction
from terminal.store.database import Database
from terminal.store.migrations import MIGRATIONS, migrate
from tests.ledger.units import OWNER, create, move
from tests.support import STORE_KEY, TestBook

FORGETTING = 6


def proof(made: TestBook) -> Verdict:
    return verify(made.database, made.folder / "verify.scratch")


def kept(n: int, epoch: object, *, is_open: bool) -> _Kept:
    return _Kept(n, ChainId("c1" * 16), DeviceId("d1" * 16), epoch, 0, GENESIS, 0, int(is_open))  # type: ignore[arg-type]


def test_the_numbers_of_lives_rise_and_never_stay() -> None:
    def wrong(*epochs: object) -> bool:
        last = len(epochs) - 1
        return bool(_wrong_lives([kept(n + 1, epoch, is_open=n == last) for n, epoch in enumerate(epochs)]))

    assert [wrong(1, 2), wrong(1, 3, 4), wrong(7)] == [False, False, False]
    assert [wrong(1, 1), wrong(2, 1), wrong(1, 3, 3), wrong(1, "2")] == [True, True, True, True]


def test_a_checkpoint_is_proved_with_the_most_a_bucket_can_hold_and_with_one_that_was_empty_then(
    made: TestBook,
) -> None:
    create(made, "points", INTEGER_MAX)
    emptied = create(made, "bonus", 5)
    move(made, emptied, -5)
    seq = Compaction(made.database, made.book, made.clock).checkpoint().entry.seq
    move(made, emptied, 9)
    move(made, emptied, -2)
    with made.database.write():
        assert forget(made.database, 1, seq) == 3
    verdict = proof(made)
    assert (verdict.code, verdict.entries) == ("", 3), verdict


def test_a_difference_blames_the_life_it_is_in_and_what_no_entry_made_blames_none(made: TestBook) -> None:
    facts = create(made, "points", 5)
    made.database.run("UPDATE held SET amount = 6")
    assert (proof(made).code, proof(made).epoch) == ("units_wrong", 1)
    made.database.run("UPDATE held SET amount = 5")
    made.database.run("INSERT INTO bucket (id, facts) VALUES (zeroblob(16), ?)", (facts.data,))
    assert (proof(made).code, proof(made).epoch) == ("units_wrong", 0)


def test_what_was_there_before_the_first_entry_is_nothing_whatever_that_entry_says(made: TestBook) -> None:
    money = {"deferred": -5_00, "tender/cash": 5_00}
    with made.database.write():
        draft = made.book.begin(ActionId(new_id()), KIND, "")
        draft.payload |= Checkpoint(0, GENESIS, held_digest([]), money).payload()
        made.book.post(draft)
    assert proof(made).code == ""
    for account, fen in money.items():
        made.database.run("INSERT INTO account_balance VALUES (1, ?, ?)", (account, fen))
    assert proof(made).code == "balance_wrong"


def test_a_checkpoint_may_be_the_second_entry_of_all(made: TestBook) -> None:
    create(made, "points", 5)
    seq = Compaction(made.database, made.book, made.clock).checkpoint().entry.seq
    with made.database.write():
        assert forget(made.database, 1, seq) == 1
    assert (proof(made).code, proof(made).entries) == ("", 1)


def test_each_life_with_a_checkpoint_is_proved_by_its_own_later_entries(made: TestBook) -> None:
    facts = create(made, "points", 50)
    compaction = Compaction(made.database, made.book, made.clock)
    with made.database.write():
        assert forget(made.database, 1, compaction.checkpoint().entry.seq) == 1
    move(made, facts, -20)
    Journal(made.database).begin_life(2)
    with made.database.write():
        draft = made.book.begin(ActionId(new_id()), "feed", "")
        draft.accept(facts, 7, "f1" * 16)
        draft.cursor += 1
        made.book.post(draft)
    with made.database.write():
        assert forget(made.database, 2, compaction.checkpoint().entry.seq) == 1
    move(made, facts, -3)
    assert (proof(made).code, proof(made).entries) == ("", 4)
    made.database.run("UPDATE held SET amount = 5 WHERE life = 2")
    assert (proof(made).code, proof(made).epoch) == ("checkpoint_wrong", 2)


def test_the_first_release_that_knows_of_dropped_entries_still_writes_a_store_with_some(made: TestBook) -> None:
    create(made, "points", 5)
    with made.database.write():
        assert forget(made.database, 1, Compaction(made.database, made.book, made.clock).checkpoint().entry.seq) == 1
    first = Database(made.database.path, STORE_KEY)
    migrate(first, [step for step in MIGRATIONS if step.schema <= FORGETTING])
    assert first.row("SELECT seq FROM entry") == (2,)
    first.close()


def test_a_proof_whose_scratch_file_somebody_removed_ends_all_the_same(made: TestBook) -> None:
    path = made.folder / "verify.scratch"
    with _scratch(made.database, path):
        path.unlink()
    assert proof(made).code == ""


def test_a_single_fen_that_is_missing_or_too_much_in_an_account_is_noticed(made: TestBook) -> None:
    with made.database.write():
        draft = made.book.begin(ActionId(new_id()), "feed", "")
        draft.create("principal", OWNER, 1, unit_value_fen=1)
        draft.debit("tender/cash", 1)
        draft.credit("deferred", 1)
        made.book.post(draft)
    assert proof(made).code == ""
    made.database.run("INSERT INTO account_balance VALUES (1, 'opening', 1)")
    assert proof(made).code == "balance_wrong"
    made.database.run("DELETE FROM account_balance WHERE account IN ('opening', 'tender/cash')")
    assert proof(made).code == "balance_wrong"


def test_what_differs_of_a_bucket_is_told_in_words(made: TestBook) -> None:
    facts = create(made, "points", 5)

    def told(sql: str) -> str:
        made.database.run(sql)
        return proof(made).detail.removeprefix(f"bucket {facts.id} (points): ")

    made.database.run("PRAGMA foreign_keys = 0")
    assert told("UPDATE held SET amount = 6") == "kept as 6, entries say 5"
    assert told("UPDATE held SET amount = 5, owner = zeroblob(16)") == "facts or holder differ"
    assert told("DELETE FROM held") == "it is not kept"
    assert told("DELETE FROM bucket") == "it is not kept"


def test_where_the_lives_are_wrong_no_entry_is_proved_and_none_is_blamed(made: TestBook) -> None:
    create(made, "points", 5)
    made.database.run("UPDATE life SET open = 0")
    verdict = proof(made)
    assert (verdict.code, verdict.entries, verdict.seq, verdict.epoch) == ("lives_wrong", 0, 0, 0)
    assert verdict.head == GENESIS.hex()
