"""One life after another: what is sent of a journal, what comes back to it, and what a closed one leaves."""

from __future__ import annotations

import json
import pathlib
import shutil
from collections.abc import Iterator, Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.book import Book, Posted
from terminal.ledger.draft import Lot
from terminal.ledger.export import export
from terminal.ledger.lives import Journal, Mailbox, Mark, Wants
from terminal.ledger.verify import verify
from terminal.rules import entry
from terminal.rules.bucket import Bucket
from terminal.rules.entry import GENESIS, Entry
from terminal.rules.fold import EntryWrong
from terminal.store.database import Database
from terminal.store.migrations import MIGRATIONS, migrate
from tests.support import STORE_KEY, ManualClock, TestBook, open_test_book

OWNER = AccountId("a1" * 16)
GRANT = "f1" * 16
TABLES = ("entry", "bucket", "held", "account_balance", "life", "accepted", "want", "sync_mark", "mailbox")


@pytest.fixture
def made(tmp_path: pathlib.Path) -> Iterator[TestBook]:
    """Give an empty book, which is right at the end too."""
    opened = open_test_book(tmp_path)
    yield opened
    prove(opened)
    opened.database.close()


def prove(made: TestBook) -> None:
    verdict = verify(made.database, made.folder / "scratch.db")
    assert verdict.code == "", verdict


def journal_of(made: TestBook) -> Journal:
    return Journal(made.database)


def sell(made: TestBook, amount: int, asset: str = "principal") -> Bucket:
    """Create units for cash and return their bucket."""
    value = 1 if asset == "principal" else 0
    with made.database.write():
        draft = made.book.begin(ActionId(new_id()), "sale", "")
        facts = draft.create(asset, OWNER, amount, unit_value_fen=value)
        draft.debit("tender/cash", amount * value)
        draft.credit("deferred", amount * value)
        made.book.post(draft)
    return facts


def spend(made: TestBook, facts: Bucket, amount: int) -> Posted:
    """Spend units of a bucket."""
    with made.database.write():
        draft = made.book.begin(ActionId(new_id()), "bill", "")
        found = made.book.lot_of(facts)
        assert found is not None
        draft.spend(found, amount)
        draft.debit("deferred", amount * facts.unit_value_fen)
        draft.credit("sales/service", amount * facts.unit_value_fen)
        return made.book.post(draft)


def accept(made: TestBook, facts: Bucket, amount: int, gid: str = GRANT) -> Entry:
    """Accept units under a grant."""
    with made.database.write():
        draft = made.book.begin(ActionId(new_id()), "feed", "")
        draft.accept(facts, amount, gid)
        draft.cursor += 1
        return made.book.post(draft).entry


def everything(made: TestBook) -> list[list[object]]:
    return [list(made.database.rows(f"SELECT * FROM {table}")) for table in TABLES]  # noqa: S608 - tables of ours


def test_the_journal_hands_out_the_entries_of_the_open_life_by_the_page(made: TestBook) -> None:
    journal = journal_of(made)
    assert journal.entries(0, 10) == []
    for amount in (100, 200, 300):
        sell(made, amount)
    kept = [(seq, digest, data) for seq, digest, data in made.database.rows("SELECT seq, hash, bytes FROM entry")]
    assert journal.entries(0, 10) == kept
    assert journal.entries(0, 2) + journal.entries(2, 2) == kept
    assert journal.entries(3, 2) == []
    assert [journal.hash_at(seq) for seq in range(5)] == [GENESIS, *(row[1] for row in kept), None]
    assert (journal.head().seq, journal.head().hash) == (3, kept[-1][1])
    journal.begin_life(2)
    assert journal.entries(0, 10) == []
    assert [journal.hash_at(seq) for seq in range(2)] == [GENESIS, None]


def test_the_mark_rises_to_own_entries_only(made: TestBook) -> None:
    journal = journal_of(made)
    for amount in (100, 200, 300):
        sell(made, amount)
    hashes = [GENESIS, *(row[1] for row in journal.entries(0, 10))]
    assert journal.marked() == Mark(0, GENESIS)
    assert journal.mark(2, hashes[2])
    for acked, digest in ((3, hashes[2]), (4, hashes[3]), (1, hashes[1]), (2, hashes[2]), (0, GENESIS)):
        assert not journal.mark(acked, digest), acked
        assert journal.marked() == Mark(2, hashes[2])
    assert journal.mark(3, hashes[3])
    assert journal.marked() == Mark(3, hashes[3])


def test_a_rejoin_keeps_its_first_id_until_the_new_life(made: TestBook) -> None:
    journal = journal_of(made)
    assert journal.set_rejoining("ab" * 16) == "ab" * 16
    assert journal.set_rejoining("cd" * 16) == "ab" * 16
    journal.begin_life(2)
    assert journal.head().rejoin_id == ""


def test_a_new_life_is_empty_and_what_the_closed_one_held_is_no_longer_there(made: TestBook) -> None:
    journal, wants = journal_of(made), Wants(made.database)
    facts, bonus = sell(made, 500), sell(made, 50, "bonus")
    accept(made, facts, 20)
    spend(made, facts, 120)
    old = journal.head()
    journal.mark(old.seq, old.hash)
    journal.set_rejoining("ab" * 16)
    asked = wants.ask(bonus, 5)
    assert journal.begin_life(3)
    life = journal.head()
    assert (life.device, life.chain, life.epoch, life.seq, life.hash) == (old.device, old.chain, 3, 0, GENESIS)
    assert (life.cursor, life.rejoin_id, life.trusted_ms) == (0, "", old.trusted_ms)
    assert old.trusted_ms > 0
    assert journal.marked() == Mark(0, GENESIS)
    assert made.book.balances(OWNER) == {}
    assert made.book.holdings(OWNER, ("principal", "bonus")) == []
    assert made.book.lot_of(facts) is None
    assert made.book.overdue() == ([], 0)
    assert (wants.open(), wants.state(asked)) == ([], "dropped")
    assert made.book.accounts() == {"interstore": -380, "sales/service": -120, "tender/cash": 500}


def test_units_of_a_closed_life_cannot_be_spent_with_what_was_read_before(made: TestBook) -> None:
    facts = sell(made, 500)
    stale = made.book.lot_of(facts)
    assert stale is not None
    journal_of(made).begin_life(2)
    before = everything(made)

    def work() -> None:
        with made.database.write():
            draft = made.book.begin(ActionId(new_id()), "bill", "")
            draft.spend(Lot(*stale), 1)
            draft.debit("deferred", 1)
            draft.credit("sales/service", 1)
            made.book.post(draft)

    with pytest.raises(AssertionError, match="holds"):
        work()
    assert everything(made) == before


def test_a_bucket_is_named_with_its_facts_again_in_a_new_life(made: TestBook) -> None:
    facts = sell(made, 500)
    journal_of(made).begin_life(2)
    first = accept(made, facts, 300)
    again = accept(made, facts, 100, "f2" * 16)
    assert (first.buckets, again.buckets) == ((facts,), ())
    spend(made, facts, 50)
    assert made.book.balances(OWNER) == {"principal": 350}
    assert made.book.accounts() == {"deferred": -350, "interstore": -100, "sales/service": -50, "tender/cash": 500}
    assert sum(made.book.accounts().values()) == 0


def test_a_life_that_was_begun_is_not_begun_again(made: TestBook) -> None:
    journal = journal_of(made)
    sell(made, 500)
    assert journal.begin_life(2)
    sell(made, 70)
    before = everything(made)
    for epoch in (2, 1):
        assert not journal.begin_life(epoch)
    assert everything(made) == before
    assert journal.begin_life(5)
    assert [row[0] for row in made.database.rows("SELECT epoch FROM life ORDER BY n")] == [1, 2, 5]


def test_an_action_of_a_closed_life_is_still_done_once(made: TestBook) -> None:
    posted = spend(made, sell(made, 500), 100)
    journal_of(made).begin_life(2)
    again = made.book.find(posted.entry.action_id, "")
    assert again is not None
    assert again.entry == posted.entry


@pytest.fixture
def restored(made: TestBook, tmp_path: pathlib.Path) -> Iterator[tuple[TestBook, list[bytes]]]:
    """Give a till restored from an image, and the entries it has forgotten, which the cloud kept."""
    facts, bonus = sell(made, 500), sell(made, 50, "bonus")
    spend(made, facts, 100)
    made.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    folder = tmp_path / "restored"
    folder.mkdir()
    shutil.copy(made.database.path, folder / "store.db")
    seq = made.book.life().seq
    spend(made, facts, 50)
    accept(made, sell(made, 30), 7)
    spend(made, bonus, 50)
    accept(made, bonus, 9, "f2" * 16)
    database = Database(folder / "store.db", STORE_KEY)
    migrate(database)
    clock = ManualClock()
    clock.advance(-86_400)
    yield (
        TestBook(folder, database, Book(database, clock), clock),
        [row[2] for row in Journal(made.database).entries(seq, 50)],
    )
    database.close()


def test_a_till_that_forgot_its_last_entries_takes_them_back(
    made: TestBook, restored: tuple[TestBook, list[bytes]]
) -> None:
    till, tail = restored
    asked = Wants(till.database, lambda count: b"\xf1" * count)
    asked.ask(sell_facts(made), 7)
    assert journal_of(till).append_tail(tail, till.book.day_at) == len(tail) == 5
    tables = ("entry", "bucket", "held", "account_balance", "life", "accepted")
    for table in tables:
        query = f"SELECT * FROM {table}"  # noqa: S608 - tables of ours
        assert till.database.rows(query) == made.database.rows(query), table
    assert asked.state(GRANT) == "granted"
    prove(till)
    before = everything(till)
    assert journal_of(till).append_tail(tail, till.book.day_at) == 0, "said twice, done once"
    assert everything(till) == before
    sell(till, 5)


def sell_facts(made: TestBook) -> Bucket:
    return entry.from_bytes(Journal(made.database).entries(0, 1)[0][2]).buckets[0]


def test_a_time_heard_before_the_tail_came_stays_the_highest(restored: tuple[TestBook, list[bytes]]) -> None:
    till, tail = restored
    heard = entry.from_bytes(tail[-1]).at + 60_000
    till.book.hear_time(heard)
    journal_of(till).append_tail(tail, till.book.day_at)
    assert till.book.life().trusted_ms == heard


def test_a_tail_that_overlaps_is_taken_from_where_it_is_new(restored: tuple[TestBook, list[bytes]]) -> None:
    till, tail = restored
    own = [row[2] for row in journal_of(till).entries(0, 50)]
    assert journal_of(till).append_tail(tail[:2], till.book.day_at) == 2
    assert journal_of(till).append_tail([*own[1:], *tail], till.book.day_at) == 3
    prove(till)


def spoilt(tail: Sequence[bytes], at: int, old: bytes, new: bytes) -> list[bytes]:
    """Return a tail with one entry changed."""
    assert old in tail[at]
    return [data.replace(old, new) if place == at else data for place, data in enumerate(tail)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda tail: tail[1:], "gap"),
        (lambda tail: [tail[0], *tail[2:]], "gap"),
        (lambda tail: [*tail[:3], tail[2]], "gap"),
        (lambda tail: spoilt(tail, 2, b'"epoch":1', b'"epoch":2'), "misplaced"),
        (lambda tail: [tail[0] + b" "], "bytes_wrong"),
        (lambda tail: spoilt(tail, 0, b",50]]", b",401]]"), "not_held"),
        (lambda tail: spoilt(tail, 0, b'["deferred",50]', b'["deferred",51]'), "unbalanced"),
        (lambda tail: spoilt(tail, 2, b'"cursor":1', b'"cursor":2'), "cursor_wrong"),
        (lambda tail: spoilt(tail, 4, b"f2" * 16, b"f1" * 16), "gid_repeated"),
    ],
    ids=["start", "middle", "twice", "life", "bytes", "overspent", "unbalanced", "feed", "grant"],
)
def test_a_tail_that_does_not_follow_or_breaks_a_rule_is_refused_whole(
    restored: tuple[TestBook, list[bytes]], change: object, code: str
) -> None:
    till, tail = restored
    before = everything(till)
    assert callable(change)
    with pytest.raises(EntryWrong) as caught:
        journal_of(till).append_tail(change(tail), till.book.day_at)
    assert caught.value.code == code
    assert everything(till) == before


def test_a_tail_is_refused_when_another_entry_has_taken_its_place(restored: tuple[TestBook, list[bytes]]) -> None:
    till, tail = restored
    sell(till, 5)
    before = everything(till)
    with pytest.raises(EntryWrong) as caught:
        journal_of(till).append_tail(tail, till.book.day_at)
    assert caught.value.code == "forked"
    assert everything(till) == before


def test_a_tail_with_an_action_that_was_done_before_is_refused(restored: tuple[TestBook, list[bytes]]) -> None:
    till, tail = restored
    done = entry.from_bytes(journal_of(till).entries(0, 1)[0][2]).action_id.encode()
    own = entry.from_bytes(tail[0]).action_id.encode()
    with pytest.raises(EntryWrong) as caught:
        journal_of(till).append_tail(spoilt(tail, 0, own, done), till.book.day_at)
    assert caught.value.code == "action_wrong"


def test_letters_come_out_in_their_order_until_they_are_dropped(made: TestBook) -> None:
    mailbox = Mailbox(made.database)
    assert mailbox.first() is None
    for kind, body in (("feed", b"1"), ("feed", b"2"), ("rejoin", b"closed")):
        mailbox.put(kind, body)
    assert [letter[1:] for letter in mailbox.waiting()] == [("feed", b"1"), ("feed", b"2"), ("rejoin", b"closed")]
    seen = []
    while letter := mailbox.first():
        seen.append(letter.body)
        mailbox.drop(letter.n)
    assert seen == [b"1", b"2", b"closed"]
    mailbox.put("feed", b"3")
    assert [letter.n for letter in mailbox.waiting()] == [4], "a place is never given twice"


def test_a_want_is_open_until_it_is_granted_or_dropped(made: TestBook) -> None:
    facts, drawn = sell(made, 100), iter((b"\x02" * 16, b"\x01" * 16))
    wants = Wants(made.database, lambda _: next(drawn))
    second, first = wants.ask(facts, 30), wants.ask(facts, 5)
    assert wants.open() == [(first, facts.id, facts.data, 5), (second, facts.id, facts.data, 30)]
    wants.drop(first)
    assert [want.request_id for want in wants.open()] == [second]
    accept(made, facts, 30, second)
    assert wants.open() == []
    wants.drop(second)
    assert [wants.state(name) for name in (first, second, "00" * 16)] == ["dropped", "granted", ""]


def test_a_store_of_a_release_without_a_cloud_goes_on_as_one_that_has_said_nothing(made: TestBook) -> None:
    facts = sell(made, 500)
    spend(made, facts, 500)
    for what in ("TABLE sync_mark", "TABLE mailbox", "TABLE want", "TABLE accepted", "INDEX held_spent"):
        made.database.run(f"DROP {what}")
    made.database.run("UPDATE meta SET value = 4 WHERE name = 'schema'")
    migrate(made.database, [step for step in MIGRATIONS if step.schema == 5])
    made.database.run("ALTER TABLE sync_mark ADD COLUMN generation TEXT NOT NULL DEFAULT ''")
    assert (journal_of(made).marked(), journal_of(made).head().rejoin_id) == (Mark(0, GENESIS), "")
    assert accept(made, facts, 20).buckets == (), "what was used up before is found again"


def test_what_changes_the_journal_can_be_one_part_of_a_transaction(made: TestBook) -> None:
    journal, mailbox = journal_of(made), Mailbox(made.database)
    mailbox.put("joined", b"2")
    before = everything(made)

    def work() -> None:
        with made.database.write():
            journal.begin_life(2)
            journal.set_rejoining("ab" * 16)
            mailbox.drop(1)
            raise Refusal("test_refused")

    with pytest.raises(Refusal):
        work()
    assert everything(made) == before


def test_the_export_gives_one_life_after_another_each_signed(made: TestBook) -> None:
    facts = sell(made, 500)
    spend(made, facts, 100)
    journal_of(made).begin_life(2)
    accept(made, facts, 300)
    head, heads, epochs = GENESIS, [], []
    for line in export(made.database, made.book):
        read = json.loads(line)
        if "entry" in read:
            head = entry.seal(head, line[len(b'{"entry":') : line.rindex(b',"hash"')])
            assert read["hash"] == head.hex()
            epochs.append(read["entry"]["epoch"])
            continue
        assert read["head"] == head.hex()
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(read["public_key"])).verify(
            bytes.fromhex(read["signature"]), head
        )
        heads.append(head)
        head = GENESIS
    assert epochs == [1, 1, 2]
    assert heads == [row[0] for row in made.database.rows("SELECT hash FROM life ORDER BY n")]
