"""Where members stand: up at once, down by review, granted beside it, and what is kept of that."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.deeds import Deeds
from terminal.rules.loyalty.levels import Level, LevelRules
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.values import Order
from terminal.services.files.records import LEVEL_LOCK, LOCKED, Records
from terminal.services.standing import Granted, Standings
from tests.services.bill_bench import Shop, free, open_shop

LEVELS = LevelRules(1, (Level("Silver", 1000_00), Level("Gold", 5000_00)), notice_days=30)
TODAY = dt.date(2026, 11, 21)


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a shop with two levels."""
    made = open_shop(tmp_path, Rulebook(levels=LEVELS))
    yield made
    made.database.close()


@pytest.fixture
def standings(shop: Shop) -> Standings:
    """Give its standings."""
    return Standings(shop.database, Deeds(shop.database, lambda _: TODAY))


def shown(shop: Shop, account: AccountId) -> str:
    """Return the level in a member's file."""
    row = shop.database.row("SELECT level FROM member WHERE account = ?", (bytes.fromhex(account),))
    assert row is not None
    return str(row[0])


def lock(shop: Shop, account: AccountId, text: str) -> None:
    """Write into a member's file that the level is locked, or (empty) that it is not."""
    records = Records(shop.database)
    records.write(replace(records.get(account), fields={LEVEL_LOCK: text}))


def test_what_was_paid_in_a_year_decides_and_is_shown_in_the_file(shop: Shop, standings: Standings) -> None:
    account = shop.member()
    assert standings.level(LEVELS, account, TODAY) == ""
    shop.ring(Order(account, (free(1000_00),)))
    assert standings.growth(LEVELS, account, TODAY) == 1000_00
    assert (standings.level(LEVELS, account, TODAY), shown(shop, account)) == ("Silver", "Silver")
    assert standings.of(LEVELS, account, TODAY).review_on == dt.date(2027, 11, 21)


def test_a_level_from_before_the_rules_stays_and_one_the_shop_does_not_know_counts_as_none(
    shop: Shop, standings: Standings
) -> None:
    assert standings.level(LEVELS, shop.member("Gold"), TODAY) == "Gold"
    assert standings.level(LEVELS, shop.member("钻石"), TODAY) == ""
    assert standings.level(LevelRules(), shop.member("钻石"), TODAY) == "钻石"


def test_a_level_falls_at_the_review_after_its_notice_and_not_before(shop: Shop, standings: Standings) -> None:
    account = shop.member()
    shop.ring(Order(account, (free(5000_00),)))
    early, review = dt.date(2027, 10, 22), dt.date(2027, 11, 21)
    assert standings.notice(LEVELS, account, early - dt.timedelta(days=1)) is None
    later = dt.date(2027, 11, 22)  # the year's money is forgotten from now on
    notice = standings.notice(LEVELS, account, later)
    assert notice is not None
    assert (notice.level, notice.falls_to, notice.missing) == ("Gold", "", 5000_00)
    assert standings.notice(LEVELS, account, later) is None, "it was given"
    assert standings.reviewed(LEVELS, account, review) == "Gold"
    assert standings.reviewed(LEVELS, account, later + dt.timedelta(days=30)) == ""
    assert shown(shop, account) == ""


def test_a_level_that_nobody_here_saw_reached_is_reviewed_like_others(shop: Shop, standings: Standings) -> None:
    account = shop.member("Gold")
    assert standings.notice(LEVELS, account, TODAY) is None
    assert standings.reviewed(LEVELS, account, TODAY) == "Gold"
    known = dt.date(2027, 11, 21)
    assert standings.of(LEVELS, account, TODAY + dt.timedelta(days=50)).review_on == known, "a year from the first look"
    notice = standings.notice(LEVELS, account, dt.date(2027, 10, 22))
    assert notice is not None
    assert (notice.level, notice.falls_to, notice.review_on) == ("Gold", "", known)
    assert standings.reviewed(LEVELS, account, dt.date(2027, 11, 20)) == "Gold"
    assert standings.reviewed(LEVELS, account, known) == ""


def test_a_standing_that_an_older_release_kept_without_a_review_gets_one(shop: Shop, standings: Standings) -> None:
    account = shop.member("Gold")
    body = '{"earned":"Gold","review_on":"","noticed_on":"","locked":false,"granted":[]}'
    shop.database.run("INSERT INTO standing VALUES (?, ?)", (bytes.fromhex(account), body))
    assert standings.reviewed(LEVELS, account, TODAY) == "Gold"
    assert standings.of(LEVELS, account, TODAY + dt.timedelta(days=50)).review_on == dt.date(2027, 11, 21)


def test_a_level_said_elsewhere_takes_the_place_of_the_one_growth_gave_and_is_reviewed_from_then_on(
    shop: Shop, standings: Standings
) -> None:
    account = shop.member()
    shop.ring(Order(account, (free(1000_00),)))
    later = TODAY + dt.timedelta(days=100)
    shop.database.run("UPDATE member SET level = 'Gold' WHERE account = ?", (bytes.fromhex(account),))
    assert standings.reviewed(LEVELS, account, later) == "Gold"
    assert standings.of(LEVELS, account, later).review_on == dt.date(2028, 3, 1)
    shop.database.run("UPDATE member SET level = '' WHERE account = ?", (bytes.fromhex(account),))
    assert standings.level(LEVELS, account, later) == "Silver", "what growth reaches it reaches at once"


def test_who_has_no_file_keeps_what_growth_made(standings: Standings) -> None:
    nobody = AccountId("ab" * 16)
    assert standings.grant(LEVELS, nobody, Granted("Gold", TODAY, "a/1/1"), TODAY) == "Gold"
    assert standings.grown(LEVELS, nobody, TODAY) == "Gold"


def test_a_locked_level_neither_rises_nor_falls(shop: Shop, standings: Standings) -> None:
    account = shop.member("Silver")
    lock(shop, account, LOCKED)
    shop.ring(Order(account, (free(9000_00),)))
    assert standings.level(LEVELS, account, TODAY) == "Silver"
    assert standings.reviewed(LEVELS, account, TODAY) == "Silver"
    lock(shop, account, "")
    assert standings.grown(LEVELS, account, TODAY) == "Gold"


def test_a_granted_level_counts_until_its_end_and_ends_with_what_it_was_given_for(
    shop: Shop, standings: Standings
) -> None:
    account = shop.member()
    with pytest.raises(Refusal, match="level_unknown"):
        standings.grant(LEVELS, account, Granted("Platinum", TODAY, "a/1/1"), TODAY)
    assert standings.grant(LEVELS, account, Granted("Gold", TODAY, "a/1/1"), TODAY) == "Gold"
    assert standings.grant(LEVELS, account, Granted("Silver", TODAY + dt.timedelta(days=9), "a/1/2"), TODAY) == "Gold"
    tomorrow = TODAY + dt.timedelta(days=1)
    assert standings.level(LEVELS, account, tomorrow) == "Silver"
    assert standings.revoke(LEVELS, account, "a/1/1", TODAY) == "Silver"
    assert standings.revoke(LEVELS, account, "a/1/2", TODAY) == ""


def test_a_refund_lowers_a_level_at_once_only_where_the_rules_are_strict(shop: Shop, standings: Standings) -> None:
    account = shop.member()
    shop.ring(Order(account, (free(1000_00),)))
    year_later = dt.date(2027, 12, 1)
    assert standings.refunded(LEVELS, account, year_later) == "Silver"
    strict = LevelRules(1, LEVELS.levels, strict=True)
    assert standings.refunded(strict, account, year_later) == ""
    assert standings.refunded(LevelRules(), account, year_later) == ""


def test_files_that_were_merged_grow_together(shop: Shop, standings: Standings) -> None:
    main, other = shop.member(), shop.member()
    shop.ring(Order(other, (free(600_00),)))
    shop.ring(Order(main, (free(600_00),)))
    shop.database.run("UPDATE member SET alias_of = ? WHERE account = ?", (bytes.fromhex(main), bytes.fromhex(other)))
    assert standings.level(LEVELS, main, TODAY) == "Silver"
