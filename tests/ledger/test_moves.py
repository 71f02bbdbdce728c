"""Units that come from the cloud, go back to it and expire; the feed's place; and what a seed decides."""

from __future__ import annotations

import dataclasses
import datetime as dt
import pathlib
import random
from collections.abc import Callable, Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, ChainId, DeviceId, LotId, new_id, new_ordered_id
from terminal.ledger.book import Book, Posted
from terminal.ledger.draft import Draft, Lot
from terminal.ledger.lives import Journal, Mailbox
from terminal.ledger.verify import verify
from terminal.rules import entry
from terminal.rules.bucket import SHOP, Bucket, Source
from terminal.rules.canonical import NotCanonical
from terminal.rules.fold import EntryWrong
from terminal.store.database import Database
from terminal.store.migrations import migrate
from tests.support import STORE_KEY, ManualClock, TestBook, open_test_book

OWNER = AccountId("a1" * 16)
GRANT, OTHER_GRANT = "f1" * 16, "f2" * 16


@pytest.fixture
def made(tmp_path: pathlib.Path) -> Iterator[TestBook]:
    """Give an empty book, which is right at the end too."""
    opened = open_test_book(tmp_path)
    yield opened
    verdict = verify(opened.database, opened.folder / "scratch.db")
    opened.database.close()
    assert verdict.code == "", verdict


def foreign(made: TestBook, asset: str, value: int = 0, owner: AccountId = OWNER, expires_on: str = "") -> Bucket:
    """Return the facts of a bucket that another till of the chain made."""
    source = Source(DeviceId("d1" * 16), 3, 14)
    chain = made.book.life().chain
    return Bucket(chain, owner, asset, LotId(new_id()), source, unit_value_fen=value, expires_on=expires_on)


def post(made: TestBook, *steps: Callable[[Draft], object], kind: str = "feed") -> Posted:
    """Post one entry of these steps."""
    with made.database.write():
        draft = made.book.begin(ActionId(new_id()), kind, "")
        for step in steps:
            step(draft)
        return made.book.post(draft)


def lot(made: TestBook, facts: Bucket) -> Lot:
    """Return the lot of a bucket."""
    found = made.book.lot_of(facts)
    assert found is not None
    return found


def create(made: TestBook, asset: str, amount: int, expires_on: str = "", owner: AccountId = OWNER) -> Bucket:
    """Create units, sold for cash where they have a value, and return their bucket."""
    value = {"principal": 1, "pass": 165, "deposit": 1}.get(asset, 0)

    def sell(draft: Draft) -> None:
        draft.create(asset, owner, amount, unit_value_fen=value, expires_on=expires_on)
        draft.debit("tender/cash", amount * value)
        draft.credit("card_deposit" if asset == "deposit" else "deferred", amount * value)

    return post(made, sell, kind="sale").entry.buckets[0]


@pytest.mark.parametrize(
    ("asset", "value", "postings"),
    [
        ("principal", 1, (("deferred", -100), ("interstore", 100))),
        ("pass", 165, (("deferred", -16500), ("interstore", 16500))),
        ("deposit", 1, (("card_deposit", -100), ("interstore", 100))),
        ("owed", 1, (("interstore", -100), ("receivable", 100))),
        ("bonus", 0, ()),
        ("refund_right", 0, ()),
    ],
)
@pytest.mark.parametrize("owner", [OWNER, SHOP])
def test_what_a_grant_brings_and_a_return_takes_is_posted_by_its_value(
    made: TestBook, owner: AccountId, asset: str, value: int, postings: tuple[tuple[str, int], ...]
) -> None:
    facts = foreign(made, asset, value, owner)
    came = post(made, lambda draft: draft.accept(facts, 100, GRANT)).entry
    assert (came.buckets, came.gid, came.postings) == ((facts,), GRANT, postings)
    assert made.book.balances(owner) == {asset: 100}
    went = post(made, lambda draft: draft.give_back(lot(made, facts), 100)).entry
    assert went.postings == tuple((account, -amount) for account, amount in postings)
    assert made.book.balances(owner) == {}
    assert set(made.book.accounts().values()) <= {0}


@pytest.mark.parametrize("left", [0, 7])
def test_a_bucket_is_named_once_in_a_life_even_when_it_was_used_up(made: TestBook, left: int) -> None:
    other = foreign(made, "bonus")
    facts = foreign(made, "bonus")
    post(made, lambda draft: draft.accept(other, 3, OTHER_GRANT))
    post(made, lambda draft: draft.accept(facts, 10, GRANT))
    post(made, lambda draft: draft.give_back(lot(made, facts), 10 - left))
    again = post(made, lambda draft: draft.accept(facts, 5, "f3" * 16)).entry
    assert again.buckets == ()
    assert lot(made, facts).amount == left + 5
    assert len(made.database.rows("SELECT 1 FROM bucket")) == 2


def test_units_given_back_come_again_to_the_bucket_they_were_made_in(made: TestBook) -> None:
    facts = create(made, "principal", 500)
    post(made, lambda draft: draft.give_back(lot(made, facts), 500))
    post(made, lambda draft: draft.accept(facts, 200, GRANT))
    assert made.book.balances(OWNER) == {"principal": 200}
    assert made.book.accounts() == {"deferred": -200, "interstore": -300, "tender/cash": 500}


def test_two_grants_cannot_be_accepted_in_one_entry_nor_one_grant_twice(made: TestBook) -> None:
    one, two = foreign(made, "bonus"), foreign(made, "bonus")
    with pytest.raises(EntryWrong) as caught:
        post(made, lambda draft: draft.accept(one, 1, GRANT), lambda draft: draft.accept(two, 1, OTHER_GRANT))
    assert caught.value.code == "gid_wrong"
    post(made, lambda draft: draft.accept(one, 1, GRANT))
    with pytest.raises(EntryWrong) as caught:
        post(made, lambda draft: draft.accept(one, 1, GRANT))
    assert caught.value.code == "gid_repeated"
    assert made.book.balances(OWNER) == {"bonus": 1}
    assert Journal(made.database).accepted(GRANT)
    assert not Journal(made.database).accepted(OTHER_GRANT)


def test_a_grant_without_an_id_or_of_another_chain_is_not_accepted(made: TestBook) -> None:
    with pytest.raises(NotCanonical):
        post(made, lambda draft: draft.accept(foreign(made, "bonus"), 1, "grant"))
    stranger = dataclasses.replace(foreign(made, "bonus"), chain=ChainId("c1" * 16))
    with pytest.raises(EntryWrong) as caught:
        post(made, lambda draft: draft.accept(stranger, 1, GRANT))
    assert caught.value.code == "other_chain"


def test_more_than_is_held_is_neither_given_back_nor_expired(made: TestBook) -> None:
    facts = create(made, "bonus", 5)
    for take in (Draft.give_back, Draft.expire):
        with pytest.raises(EntryWrong) as caught:
            post(made, lambda draft, take=take: take(draft, lot(made, facts), 6))  # type: ignore[misc]  # bound here
        assert caught.value.code == "not_held"


def test_an_expired_session_is_breakage_and_expired_points_are_nothing(made: TestBook) -> None:
    sessions, points = create(made, "pass", 2), create(made, "points", 30)
    gone = post(
        made, lambda draft: draft.expire(lot(made, sessions), 2), lambda draft: draft.expire(lot(made, points), 30)
    ).entry
    assert gone.postings == (("deferred", 330), ("sales/breakage", -330))
    assert made.book.balances(OWNER) == {}


def test_principal_does_not_expire(made: TestBook) -> None:
    facts = create(made, "principal", 5, expires_on="2020-01-01")
    with pytest.raises(EntryWrong) as caught:
        post(made, lambda draft: draft.expire(lot(made, facts), 5))
    assert caught.value.code == "never_expires"


def overdue(made: TestBook) -> set[Bucket]:
    """Return what may expire now."""
    found, after = made.book.overdue()
    assert after == 0
    return {lot.facts for lot in found}


def test_a_lot_is_overdue_after_its_end_and_a_day_of_grace_when_the_time_is_trusted(made: TestBook) -> None:
    today = made.book.today()
    ends = {days: create(made, "bonus", 5, (today - dt.timedelta(days=days)).isoformat()) for days in (0, 1, 2, 90)}
    create(made, "principal", 5, "2020-01-01")
    create(made, "bonus", 5)
    used_up = create(made, "points", 5, "2020-01-01")
    post(made, lambda draft: draft.spend(lot(made, used_up), 5))
    assert overdue(made) == {ends[2], ends[90]}
    made.clock.is_trusted = False
    assert overdue(made) == set()
    made.clock.is_trusted = True
    made.clock.at += dt.timedelta(days=1)
    assert overdue(made) == {ends[1], ends[2], ends[90]}
    Journal(made.database).begin_life(2)
    assert overdue(made) == set(), "the lots of a closed life are the cloud's to expire"


def test_overdue_lots_are_found_by_the_slice(made: TestBook) -> None:
    facts = [create(made, "bonus", 5, "2020-01-01") for _ in range(5)]
    first, after = made.book.overdue(rows=2)
    second, after = made.book.overdue(after, rows=2)
    third, end = made.book.overdue(after, rows=2)
    assert [lot.facts for lot in (*first, *second, *third)] == facts
    assert end == 0


def test_the_feed_goes_on_with_the_entry_or_not_at_all(made: TestBook) -> None:
    facts, mailbox = foreign(made, "bonus"), Mailbox(made.database)
    mailbox.put("feed", b"item")

    def take(draft: Draft) -> None:
        draft.accept(facts, 5, GRANT)
        draft.cursor += 1

    class PowerCut(Exception):  # noqa: N818 - what happens
        """The till dies before the transaction ends."""

    def work(*, dies: bool) -> None:
        with made.database.write():
            letter = mailbox.first()
            assert letter is not None
            draft = made.book.begin(ActionId(new_id()), "feed", "")
            take(draft)
            made.book.post(draft)
            mailbox.drop(letter.n)
            if dies:
                raise PowerCut

    with pytest.raises(PowerCut):
        work(dies=True)
    assert (made.book.life().cursor, made.book.life().seq, made.book.balances(OWNER)) == (0, 0, {})
    assert len(mailbox.waiting()) == 1
    work(dies=False)
    assert (made.book.life().cursor, made.book.life().seq, made.book.balances(OWNER)) == (1, 1, {"bonus": 5})
    assert mailbox.waiting() == []


def test_an_entry_says_where_the_feed_is_and_later_ones_keep_it(made: TestBook) -> None:
    def on(draft: Draft) -> None:
        draft.cursor += 1

    assert [post(made, *steps).entry.cursor for steps in ((), (on,), (), (on,), ())] == [0, 1, 1, 2, 2]
    assert made.book.life().cursor == 2


@pytest.mark.parametrize("step", [2, -1])
def test_an_entry_that_skips_in_the_feed_or_goes_back_is_not_written(made: TestBook, step: int) -> None:
    def skip(draft: Draft) -> None:
        draft.cursor += step

    with pytest.raises(EntryWrong) as caught:
        post(made, skip)
    assert caught.value.code == "cursor_wrong"
    assert made.book.life().seq == 0


def test_while_the_till_rejoins_it_gives_and_takes_nothing_away(made: TestBook) -> None:
    facts = create(made, "bonus", 5)
    Journal(made.database).set_rejoining("ab" * 16)
    before = made.book.life()
    assert before.rejoin_id == "ab" * 16
    for take in (Draft.spend, Draft.give_back, Draft.expire):
        with pytest.raises(Refusal) as caught:
            post(made, lambda draft, take=take: take(draft, lot(made, facts), 1))  # type: ignore[misc]  # bound here
        assert caught.value.code == "till_rejoining"
    assert made.book.life() == before
    post(made, lambda draft: draft.add(lot(made, facts), 2))
    create(made, "principal", 100)
    assert made.book.balances(OWNER) == {"bonus": 7, "principal": 100}


def test_a_time_that_was_heard_is_never_gone_behind(made: TestBook) -> None:
    now = made.clock.now_ms()
    made.book.hear_time(now + 3_600_000)
    assert post(made).entry.at == now + 3_600_000
    made.book.hear_time(now - 3_600_000)
    assert post(made).entry.at == now + 3_600_000
    made.clock.is_trusted = False
    made.clock.at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    posted = post(made).entry
    assert (posted.at, posted.at_quality) == (now + 3_600_000, "untrusted")


def seeded(folder: pathlib.Path, seed: int) -> list[object]:
    """Return everything a book keeps after a day of which a seed decides every random byte."""
    folder.mkdir()
    database = Database(folder / "store.db", STORE_KEY)
    migrate(database)
    clock, source = ManualClock(), random.Random(seed)
    book = Book(database, clock, source.randbytes)
    book.open()
    made = TestBook(folder, database, book, clock)
    for number in range(3):
        with database.write():
            draft = book.begin(ActionId(f"{number:032x}"), "test", "")
            draft.create("bonus", OWNER, 5)
            book.post(draft)
    facts = dataclasses.replace(foreign(made, "bonus"), lot=LotId("77" * 16))
    with database.write():
        draft = book.begin(ActionId("ff" * 16), "feed", "")
        draft.accept(facts, 5, GRANT)
        book.post(draft)
    tables = ("device", "life", "entry", "bucket", "held", "accepted")
    kept: list[object] = [list(database.rows(f"SELECT * FROM {table}")) for table in tables]  # noqa: S608 - ours
    signature = book.sign(entry.GENESIS)
    database.close()
    return [*kept, signature]


def test_a_seed_decides_every_byte_of_a_book(tmp_path: pathlib.Path) -> None:
    first = seeded(tmp_path / "first", 5)
    assert seeded(tmp_path / "second", 5) == first
    other = seeded(tmp_path / "third", 6)
    assert all(mine != theirs for mine, theirs in zip(first[:4], other[:4], strict=True))


def test_ids_are_drawn_from_the_source_that_is_given() -> None:
    def zeros(count: int) -> bytes:
        return bytes(count)

    assert new_id(zeros) == "00" * 16
    assert new_ordered_id(1_795_000_000_000, zeros) == f"{1_795_000_000_000:012x}" + "00" * 10
    assert new_id() != new_id()
