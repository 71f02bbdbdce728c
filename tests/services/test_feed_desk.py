"""The feed desk: each letter of the cloud is one transaction of the journal, and none is done twice."""

from __future__ import annotations

import itertools
import pathlib
import random
from collections.abc import Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, new_id
from terminal.ledger.book import Book
from terminal.rules.bucket import Bucket
from terminal.rules.entry import Effect
from terminal.services.feed_desk import FeedDesk
from terminal.services.letters import Letter, Line, Summons, Tail, Welcome, kind_of, read
from tests.sync.till import Till, accepted, grant, of_another_till, other, recall

GID = "f1" * 16
DAY_S = 86_400


@pytest.fixture
def till(tmp_path: pathlib.Path) -> Iterator[Till]:
    """Give a till with an empty journal, proved at the end."""
    made = Till(tmp_path)
    yield made
    made.prove()
    made.database.close()


def put(till: Till, *letters: Letter) -> None:
    for letter in letters:
        till.mailbox.put(kind_of(letter), letter.to_bytes())


def line(position: int, kind: str, facts: Bucket, amount: int, gid: str = "", epoch: int = 1) -> Line:
    return Line(position, epoch, kind, gid, facts.id, facts.data, amount, critical=True)


def test_letters_come_back_as_they_were_put(till: Till) -> None:
    facts = of_another_till(till)
    for letter in (
        line(3, "grant", facts, 5, GID),
        Tail(2, (facts.data, b"{}")),
        Summons(1, "fork"),
        Welcome(GID, 1, 2, bytes(range(32))),
    ):
        assert read(kind_of(letter), letter.to_bytes()) == letter


def test_a_grant_becomes_one_entry_that_names_it_and_moves_the_cursor(till: Till) -> None:
    facts = of_another_till(till)
    put(till, line(1, "grant", facts, 70, GID))
    assert till.desk.take_next()
    made = till.last()
    assert (made.kind, made.gid, made.cursor) == ("feed", GID, 1)
    assert made.effects == (Effect("accept", facts.id, 70),)
    assert made.buckets == (facts,)
    assert dict(made.postings) == {"interstore": 70, "deferred": -70}
    assert (till.held(facts), till.book.life().cursor, till.mailbox.waiting()) == (70, 1, [])
    assert not till.desk.take_next()


def test_a_grant_that_is_in_the_journal_is_passed_over(till: Till) -> None:
    facts = of_another_till(till)
    put(till, line(1, "grant", facts, 70, GID), line(2, "grant", facts, 70, GID))
    assert till.take_all() == 2
    assert (till.held(facts), till.book.life().cursor) == (70, 2)
    assert (till.last().effects, till.last().gid) == ((), "")


def test_a_letter_is_done_once_whatever_comes_late_or_twice(till: Till) -> None:
    facts = till.sell(100)
    letters = [line(1, "recall", facts, 30), line(2, "grant", facts, 7, GID), line(3, "recall", facts, 11)]
    put(till, letters[1], letters[0], letters[0], letters[2], letters[1], letters[2], letters[0])
    assert till.take_all() == 7
    assert (till.held(facts), till.book.life().cursor) == (66, 3)
    assert [made.cursor for made in till.entries()] == [0, 1, 2, 3]
    put(till, letters[2], line(4, "recall", facts, 11, epoch=2))
    till.take_all()
    assert len(till.entries()) == 4


def test_a_crash_between_any_two_steps_changes_nothing(till: Till, seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    facts, mine = of_another_till(till), till.sell(40)
    feed = [
        grant(1, facts, 50, GID),
        recall(2, mine, 15),
        grant(3, facts, 50, GID),
        other(4, "news", critical=False),
        recall(5, facts, 60),
        grant(6, mine, 3),
    ]
    while till.book.life().cursor < len(feed):
        sent = till.push()
        for _ in range(rng.randrange(1, 3)):
            till.courier.hear(sent, accepted(sent, *feed[till.book.life().cursor :]))
            if rng.random() < 0.5:
                till.crash()
        for _ in range(rng.randrange(3)):
            till.desk.take_next()
            if rng.random() < 0.5:
                till.crash()
    assert (till.held(facts), till.held(mine)) == (0, 28)
    assert len(till.entries()) == 7
    assert till.book.accounts()["interstore"] == 50 - 50 - 15 + 3


def test_a_letter_is_there_whole_or_done_whole(till: Till) -> None:
    facts = of_another_till(till)

    class Stopped(Exception):  # noqa: N818 - what happens, and no error
        """The power goes."""

    class Half(FeedDesk):
        def _do(self, letter: object) -> None:
            super()._do(letter)  # type: ignore[arg-type]  # handed on
            raise Stopped

    put(till, line(1, "grant", facts, 70, GID))
    before = till.everything()
    with pytest.raises(Stopped):
        Half(till.database, till.book).take_next()
    assert till.everything() == before
    till.crash()
    assert till.take_all() == 1
    assert till.held(facts) == 70


def test_a_recall_takes_what_is_neither_gone_nor_on_hold(till: Till) -> None:
    facts = till.sell(100)
    till.on_hold[facts.id] = 30
    put(till, line(1, "recall", facts, 50), line(2, "recall", facts, 50), line(3, "recall", facts, 50))
    till.take_all()
    assert [made.effects for made in till.entries()[1:]] == [
        (Effect("return", facts.id, 50),),
        (Effect("return", facts.id, 20),),
        (),
    ]
    assert (till.held(facts), till.book.life().cursor) == (30, 3)
    till.on_hold.clear()
    put(till, line(4, "recall", facts, 50))
    till.take_all()
    assert till.held(facts) == 0
    assert till.book.accounts() == {"deferred": 0, "interstore": -100, "tender/cash": 100}


def test_a_recall_of_a_bucket_that_was_never_here_only_moves_the_cursor(till: Till) -> None:
    put(till, line(1, "recall", of_another_till(till), 50))
    till.take_all()
    assert (till.last().effects, till.book.life().cursor) == ((), 1)


def lot_mate(till: Till, facts: Bucket, asset: str, amount: int) -> Bucket:
    """Create units of another asset in the same lot."""
    with till.database.write():
        draft = till.book.begin(ActionId(new_id()), "test", "")
        made = Bucket(facts.chain, facts.owner, asset, facts.lot, draft.source)
        draft.made[made.id] = made
        draft.effects.append(Effect("create", made.id, amount))
        till.book.post(draft)
    return made


def test_what_is_to_be_skipped_goes_with_its_locked_lot_and_not_alone(till: Till) -> None:
    locked, other_lot = till.sell(200, "bonus_locked"), till.sell(200, "bonus_locked")
    skip, other_skip = lot_mate(till, locked, "release_skip", 40), lot_mate(till, other_lot, "release_skip", 9)
    put(till, line(1, "recall", skip, 40), line(2, "recall", locked, 150), line(3, "recall", skip, 40))
    till.take_all()
    assert till.entries()[-3].effects == ()
    assert till.entries()[-2].effects == (Effect("return", locked.id, 150), Effect("return", skip.id, 40))
    assert till.last().effects == ()
    assert (till.held(locked), till.held(skip), till.held(other_skip)) == (50, 0, 9)


def test_an_unknown_line_is_passed_over_and_noted(till: Till) -> None:
    facts = till.sell(10)
    put(till, Line(1, 1, "news", "", facts.id, b"", 0, critical=False), line(2, "recall", facts, 3))
    till.take_all()
    noted, made = till.entries()[1:]
    assert (noted.effects, noted.cursor, noted.payload["skipped"]) == ((), 1, "news")
    assert (made.cursor, till.held(facts), till.desk.stuck) == (2, 7, "")


def test_an_unknown_critical_line_stops_the_feed_and_nothing_else(till: Till) -> None:
    facts = till.sell(10)
    put(till, Line(1, 1, "freeze", "", facts.id, b"", 0, critical=True), line(2, "recall", facts, 3))
    assert till.take_all() == 0
    assert till.desk.stuck == "freeze"
    till.crash()
    assert till.desk.stuck == "freeze"
    till.spend(facts, 4)
    put(till, Summons(1, "fork"))
    assert till.take_all() == 3, "the life may end behind it, and its feed with it"
    assert (till.book.life().rejoin_id != "", till.held(facts), till.book.life().cursor) == (True, 6, 0)
    assert till.desk.stuck == ""


def test_a_newer_release_goes_on_where_the_older_one_stopped(till: Till) -> None:
    facts = till.sell(10)
    put(till, Line(1, 1, "freeze", "", facts.id, b"", 0, critical=True), line(2, "recall", facts, 3))
    assert not till.desk.take_next()

    class Newer(FeedDesk):
        def _stops_at(self, letter: object) -> str:
            del letter
            return ""

    newer = Newer(till.database, till.book)
    assert newer.take_next()
    assert newer.take_next()
    assert (till.held(facts), till.book.life().cursor) == (7, 2)


def test_a_want_that_was_dropped_is_given_back_when_it_comes(till: Till) -> None:
    facts = of_another_till(till)
    asked = till.wants.ask(facts, 70)
    till.wants.drop(asked)
    put(till, line(1, "grant", facts, 70, asked))
    till.take_all()
    assert [made.effects[0].kind for made in till.entries()] == ["accept", "return"]
    assert (till.held(facts), till.book.life().cursor) == (0, 1)


def test_what_was_not_used_goes_back_but_for_what_is_on_hold(till: Till) -> None:
    facts = of_another_till(till)
    put(till, line(1, "grant", facts, 70, GID))
    till.take_all()
    till.on_hold[facts.id] = 20
    assert [till.desk.return_unused(facts, amount) for amount in (30, 70, 70)] == [30, 20, 0]
    assert till.desk.return_unused(till.sell(5), 0) == 0
    assert till.desk.return_unused(of_another_till(till), 5) == 0
    assert (till.held(facts), till.last().kind) == (20, "sale")
    assert till.book.life().cursor == 1


# Rejoin


def test_a_till_that_has_to_rejoin_takes_and_gives_nothing_but_sells(till: Till) -> None:
    facts = till.sell(100)
    put(till, Summons(2, "closed"))
    till.take_all()
    assert till.book.life().rejoin_id == "", "that was another life"
    put(till, Summons(1, "fork"), Summons(1, "closed"))
    till.take_all()
    first = till.book.life().rejoin_id
    assert first
    put(till, line(1, "recall", facts, 5), line(1, "grant", facts, 5, GID))
    assert till.take_all() == 2
    assert till.book.life().cursor == 0
    for work in (lambda: till.spend(facts, 1), lambda: till.desk.return_unused(facts, 1)):
        with pytest.raises(Refusal, match="till_rejoining"):
            work()
    till.sell(5, "points", expires_on="2020-01-01")
    assert till.desk.expire_due() == 0
    till.crash()
    assert till.book.life().rejoin_id == first


def test_a_new_life_begins_only_for_the_whole_old_one_and_its_own_rejoin(till: Till) -> None:
    till.sell(100)
    put(till, Summons(1, "fork"))
    till.take_all()
    life = till.book.life()
    for wrong in (
        Welcome("ab" * 16, 1, 2, life.hash),
        Welcome(life.rejoin_id, 2, 3, life.hash),
        Welcome(life.rejoin_id, 1, 2, bytes(32)),
    ):
        put(till, wrong)
        assert till.take_all() == 1
        assert till.book.life() == life, wrong
    put(till, Welcome(life.rejoin_id, 1, 2, life.hash), Welcome(life.rejoin_id, 1, 3, life.hash))
    till.take_all()
    assert (till.book.life().epoch, till.book.life().rejoin_id, till.lives_begun) == (2, "", 1)
    put(till, Welcome("", 2, 3, till.book.life().hash))
    till.take_all()
    assert till.book.life().epoch == 2, "nobody asked for another life"


def test_a_tail_that_can_never_fit_makes_the_till_rejoin(till: Till, tmp_path: pathlib.Path) -> None:
    facts = till.sell(100)
    old = till.image(tmp_path / "old")
    till.spend(facts, 40)
    tail = [data.replace(b",40]]", b",101]]") for _, _, data in till.journal.entries(1, 9)]
    put(old, Tail(2, tuple(tail)))
    old.take_all()
    assert old.book.life().rejoin_id == "", "that was another life"
    put(old, Tail(1, tuple(tail)))
    old.take_all()
    assert old.book.life().rejoin_id
    assert (old.held(facts), old.book.life().seq) == (100, 1)
    old.database.close()


def test_a_letter_nobody_can_read_is_thrown_away(till: Till) -> None:
    facts = till.sell(10)
    for kind, body in (("verse", b"{}"), ("feed", b"{}"), ("feed", b"1 ")):
        till.mailbox.put(kind, body)
    put(till, line(1, "recall", facts, 3))
    assert till.take_all() == 4
    assert till.held(facts) == 7


# Expiry


def expiring(till: Till) -> dict[str, Bucket]:
    return {
        "old": till.sell(5, "points", "2026-11-19"),
        "yesterday": till.sell(5, "points", "2026-11-20"),
        "paid": till.sell(5, "principal", "2026-11-01"),
        "later": till.sell(5, "bonus", "2027-11-01"),
        "reserved": till.sell(5, "bonus", "2026-11-01"),
    }


def test_lots_past_their_end_and_a_day_of_grace_are_destroyed(till: Till) -> None:
    lots = expiring(till)
    till.on_hold[lots["reserved"].id] = 3
    assert till.desk.expire_due() == 2
    assert {name: till.held(facts) for name, facts in lots.items()} == {
        "old": 0,
        "yesterday": 5,
        "paid": 5,
        "later": 5,
        "reserved": 3,
    }
    assert till.last().kind == "expire"
    assert till.desk.expire_due() == 0
    till.clock.advance(DAY_S)
    assert till.desk.expire_due() == 1
    assert till.held(lots["yesterday"]) == 0


def test_nothing_expires_by_a_clock_nobody_trusts(till: Till) -> None:
    lots = expiring(till)
    till.clock.is_trusted = False
    assert till.desk.expire_due() == 0
    assert till.held(lots["old"]) == 5


def test_many_lots_expire_some_in_an_entry(till: Till) -> None:
    for _ in range(230):
        till.sell(1, "points", "2026-11-01")
    assert till.desk.expire_due() == 230
    sizes = [len(made.effects) for made in till.entries()[230:]]
    assert sizes == [100, 100, 30]


# A cursor outside the journal, and every order of letters


def test_where_the_feed_stands_is_what_the_journal_says(till: Till) -> None:
    facts = till.sell(10)
    put(till, line(1, "recall", facts, 3), Line(2, 1, "news", "", facts.id, b"", 0, critical=False))
    till.take_all()
    assert [made.cursor for made in till.entries()] == [0, 1, 2]
    till.prove()

    class Outside(FeedDesk):
        def _pass_over(self, said: Line, why: object) -> None:
            del why
            till.database.run("UPDATE life SET cursor = ? WHERE open = 1", (said.position,))

    put(till, Line(3, 1, "news", "", facts.id, b"", 0, critical=False))
    Outside(till.database, till.book).take_next()
    with pytest.raises(AssertionError, match="cursor_wrong"):
        till.prove()
    till.database.run("UPDATE life SET cursor = 2 WHERE open = 1")


def test_letters_in_any_order_never_do_a_line_twice_or_out_of_turn(tmp_path: pathlib.Path) -> None:
    for number, order in enumerate(itertools.permutations(range(3))):
        folder = tmp_path / str(number)
        folder.mkdir()
        till = Till(folder)
        facts = till.sell(100)
        lines = [line(1, "recall", facts, 1), line(2, "recall", facts, 10), line(3, "recall", facts, 50)]
        put(till, *(lines[place] for place in order), *(lines[place] for place in order))
        till.take_all()
        done = till.book.life().cursor
        assert till.held(facts) == 100 - sum((1, 10, 50)[:done]), order
        assert len(till.entries()) == 1 + done
        till.prove()
        till.database.close()


def test_the_desk_posts_through_the_book_it_was_given(till: Till) -> None:
    drawn = iter(range(1, 100))

    def draw(count: int) -> bytes:
        return next(drawn).to_bytes(count)

    facts = of_another_till(till)
    put(till, line(1, "grant", facts, 5, GID))
    FeedDesk(till.database, Book(till.database, till.clock, draw), draw=draw).take_next()
    assert (till.last().action_id, till.last().nonce) == (f"{1:032x}", f"{2:016x}")
