"""Staged release: locked bonus is opened by whoever holds it, less what is to be skipped."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.ids import ActionId, new_id
from terminal.ledger.draft import Draft
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Effect, Entry
from terminal.services.releases import Releases
from tests.sync.till import OWNER, Till, of_another_till


@pytest.fixture
def till(tmp_path: pathlib.Path) -> Iterator[Till]:
    """Give a till with an empty journal, proved at the end."""
    made = Till(tmp_path)
    yield made
    made.prove()
    made.database.close()


def bill(till: Till, locked: Bucket, part: int) -> tuple[int, Entry]:
    """Settle a bill that opens a part of a lot; return what is usable of it and the entry."""
    with till.database.write():
        draft = till.book.begin(ActionId(new_id()), "bill", "")
        opened = Releases(till.book).release(draft, locked, part)
        return opened, till.book.post(draft).entry


def skip_in(draft: Draft, locked: Bucket, amount: int) -> None:
    made = Bucket(locked.chain, locked.owner, "release_skip", locked.lot, draft.source)
    draft.made[made.id] = made
    draft.effects.append(Effect("create", made.id, amount))


def test_a_bill_opens_its_part_in_the_same_lot_and_the_last_one_the_rest(till: Till) -> None:
    locked = till.sell(250, "bonus_locked", "2027-01-01")
    opened, made = bill(till, locked, 100)
    assert opened == 100
    (bonus,) = made.buckets
    assert (bonus.asset, bonus.lot, bonus.owner) == ("bonus", locked.lot, OWNER)
    assert (bonus.expires_on, bonus.attributes) == ("2027-01-01", locked.attributes)
    assert made.effects == (Effect("spend", locked.id, 100), Effect("create", bonus.id, 100))
    assert "release" not in made.payload
    assert [bill(till, locked, 100)[0] for _ in range(3)] == [100, 50, 0]
    assert till.book.balances(OWNER) == {"bonus": 250}


@pytest.mark.parametrize("named", [False, True], ids=["never here", "given back"])
def test_a_till_without_the_lot_only_notes_the_visit(till: Till, named: bool) -> None:
    locked = till.sell(250, "bonus_locked") if named else of_another_till(till, "bonus_locked")
    if named:
        till.desk.return_unused(locked, 250)
    opened, made = bill(till, locked, 100)
    assert (opened, made.effects, made.buckets) == (0, (), ())
    assert made.payload["release"] == [[locked.id, 100]]


def test_two_lots_are_noted_in_one_bill(till: Till) -> None:
    first, second = of_another_till(till, "bonus_locked"), of_another_till(till, "bonus_locked")
    with till.database.write():
        draft = till.book.begin(ActionId(new_id()), "bill", "")
        for locked, part in ((first, 5), (second, 7)):
            Releases(till.book).release(draft, locked, part)
        made = till.book.post(draft).entry
    assert made.payload["release"] == [[first.id, 5], [second.id, 7]]


def test_what_is_to_be_skipped_is_skipped_first(till: Till) -> None:
    locked, other = till.sell(300, "bonus_locked"), till.sell(300, "bonus_locked")
    with till.database.write():
        draft = till.book.begin(ActionId(new_id()), "void", "")
        skip_in(draft, locked, 140)
        till.book.post(draft)
    assert bill(till, other, 100)[0] == 100, "the skip is of another lot"
    assert [bill(till, locked, 100)[0] for _ in range(3)] == [0, 60, 100]
    assert till.held(locked) == 140
    assert till.book.balances(OWNER)["bonus"] == 260


@pytest.mark.parametrize(("used", "skipped"), [(0, 0), (40, 40), (100, 100)])
def test_a_void_locks_what_is_still_here_and_skips_the_rest(till: Till, used: int, skipped: int) -> None:
    locked = till.sell(300, "bonus_locked")
    _, made = bill(till, locked, 100)
    (bonus,) = made.buckets
    if used:
        till.spend(bonus, used)
    with till.database.write():
        draft = till.book.begin(ActionId(new_id()), "void", "")
        assert Releases(till.book).take_back(draft, locked, bonus, 100) == skipped
        till.book.post(draft)
    assert (till.held(locked), till.held(bonus)) == (300 - used, 0)
    assert till.book.balances(OWNER).get("release_skip", 0) == skipped
    assert [bill(till, locked, 100)[0] for _ in range(4)] == [100 - skipped, 100, 100, 0], "in all what was promised"


def test_a_void_in_a_life_that_never_had_the_lot_leaves_open_what_is_open(till: Till) -> None:
    locked, bonus = of_another_till(till, "bonus_locked"), till.sell(100, "bonus")
    with till.database.write():
        draft = till.book.begin(ActionId(new_id()), "void", "")
        assert Releases(till.book).take_back(draft, locked, bonus, 100) == 100
        till.book.post(draft)
    assert till.book.balances(OWNER) == {"bonus": 100, "release_skip": 100}


def two_skips(till: Till, locked: Bucket) -> list[Bucket]:
    """Open 200 units, use them up, and void that bill in two halves; return the buckets of what is to be skipped."""
    _, made = bill(till, locked, 200)
    (bonus,) = made.buckets
    till.spend(bonus, 200)
    skips: list[Bucket] = []
    for _ in range(2):
        with till.database.write():
            draft = till.book.begin(ActionId(new_id()), "void", "")
            assert Releases(till.book).take_back(draft, locked, bonus, 100) == 100
            skips += till.book.post(draft).entry.buckets
    return skips


def test_a_bill_takes_no_more_skips_than_it_would_open(till: Till) -> None:
    locked = till.sell(300, "bonus_locked")
    skips = two_skips(till, locked)
    for skip in skips:
        opened, made = bill(till, locked, 100)
        assert (opened, made.effects) == (0, (Effect("spend", skip.id, 100),)), "one is enough, the other one stays"
    assert bill(till, locked, 100)[0] == 100
    assert till.book.balances(OWNER) == {"bonus": 100}


def test_a_bill_that_would_open_more_than_one_skip_takes_from_the_next(till: Till) -> None:
    locked = till.sell(400, "bonus_locked")
    first, second = two_skips(till, locked)
    opened, made = bill(till, locked, 150)
    assert (opened, made.effects) == (0, (Effect("spend", first.id, 100), Effect("spend", second.id, 50)))
    opened, made = bill(till, locked, 150)
    (bonus,) = made.buckets
    wanted = (Effect("spend", second.id, 50), Effect("spend", locked.id, 100), Effect("create", bonus.id, 100))
    assert (opened, made.effects) == (100, wanted)
    assert till.book.balances(OWNER) == {"bonus": 100, "bonus_locked": 100}


def test_a_void_also_restores_what_the_bill_had_skipped_and_leaves_what_is_on_hold(till: Till) -> None:
    locked = till.sell(300, "bonus_locked")
    _, made = bill(till, locked, 100)
    (bonus,) = made.buckets
    holds = Releases(till.book, lambda name: 30 if name == bonus.id else 0)
    with till.database.write():
        draft = till.book.begin(ActionId(new_id()), "void", "")
        assert holds.take_back(draft, locked, bonus, 100, skipped=20) == 50
        till.book.post(draft)
    assert (till.held(locked), till.held(bonus)) == (270, 30)
    assert till.book.balances(OWNER)["release_skip"] == 50
    with till.database.write():
        draft = till.book.begin(ActionId(new_id()), "void", "")
        assert Releases(till.book).take_back(draft, locked, None, 0, skipped=7) == 7
        till.book.post(draft)
    assert till.book.balances(OWNER)["release_skip"] == 57


def test_locked_units_on_hold_are_not_opened(till: Till) -> None:
    locked = till.sell(100, "bonus_locked")
    with till.database.write():
        draft = till.book.begin(ActionId(new_id()), "bill", "")
        assert Releases(till.book, lambda _: 60).release(draft, locked, 100) == 40
        till.book.post(draft)
    assert till.held(locked) == 60


TERMS: dict[str, Canonical] = {"granted_fen": 100_00, "rate_bp": 2_500, "min_bill_fen": 50_00}


def visit(till: Till, bill_fen: int) -> tuple[tuple[int, int], ...]:
    """Settle a bill that opens what is due of all lots; return what it opened and skipped of each."""
    with till.database.write():
        draft = till.book.begin(ActionId(new_id()), "bill", "")
        locked, skips = (
            till.book.lots(till.book.holdings(OWNER, (asset,))) for asset in ("bonus_locked", "release_skip")
        )
        done = Releases(till.book).visit(draft, locked, skips, bill_fen, till.book.day_of(draft))
        made = till.book.post(draft).entry
    assert {each.bonus for each in done if each.opened_fen} == {facts.id for facts in made.buckets}
    assert all(each.bonus == "" for each in done if not each.opened_fen)
    return tuple((each.opened_fen, each.skipped_fen) for each in done)


def test_a_visit_opens_the_part_that_the_lots_own_terms_say_less_what_is_to_be_skipped(till: Till) -> None:
    with till.database.write():
        draft = till.book.begin(ActionId(new_id()), "top_up", "")
        locked = draft.create("bonus_locked", OWNER, 100_00, attributes=TERMS)
        skip_in(draft, locked, 30_00)
        till.book.post(draft)
    assert visit(till, 49_99) == ()
    assert [visit(till, 50_00) for _ in range(4)] == [((0, 25_00),), ((20_00, 5_00),), ((25_00, 0),), ((25_00, 0),)]
    assert till.book.balances(OWNER) == {"bonus": 70_00, "bonus_locked": 30_00}
