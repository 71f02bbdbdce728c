"""Deeds are written with every entry, can be folded again from the journal, and are found by indexes."""

from __future__ import annotations

import pathlib

from terminal.base.clock import business_day
from terminal.ledger.deeds import SLICE, Deeds, Taking
from terminal.ledger.lives import Journal
from terminal.rules.bucket import Source
from terminal.rules.deed import sale_name
from terminal.rules.loyalty.growth import TOP_UP_TOTAL, Milestone
from terminal.rules.loyalty.levels import LevelRules
from terminal.rules.loyalty.redeeming import GOODS, RedeemRules, Reward
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.top_up import Offer, Tier, TopUpRules
from terminal.services.prepaid.given import OFFER, GivenBook
from terminal.services.prepaid.points import Redeeming
from terminal.store.database import Database, Row
from tests.ledger.conftest import STAFF, Counter
from tests.services.prepaid_bench import action, open_shop
from tests.support import STORE_KEY

WRITTEN = (
    "SELECT * FROM deed ORDER BY life, seq",
    "SELECT * FROM taking ORDER BY day, shift, kind, account",
    "SELECT * FROM refund_of ORDER BY bucket",
)


def deeds_of(counter: Counter) -> Deeds:
    return Deeds(counter.database, lambda at_ms: business_day(counter.clock, at_ms))


def all_rows(database: Database) -> list[list[Row]]:
    return [[tuple(row) for row in database.rows(query)] for query in WRITTEN]


def test_a_day_of_money_adds_up_by_member_shift_and_account(counter: Counter) -> None:
    account = counter.member()
    counter.top_up(account, 1000_00, 200_00)
    counter.charge(account, 300_00)
    deeds, day = deeds_of(counter), counter.book.today()
    (total,) = deeds.days(account)
    assert (total.day, total.paid_fen, total.top_up_fen, total.points, total.visits) == (day, 250_00, 1000_00, 25, 1)
    assert deeds.days(account, since=f"{day.year + 1}-01-01") == []
    assert [deed.kind for deed in deeds.of_member(account, "")] == ["top_up", "bill"]
    assert [deed.operator for deed in deeds.of_shift(STAFF.shift_no)] == [STAFF.staff_id] * 2
    takings = deeds.takings(day.isoformat(), day.isoformat())
    assert Taking("top_up", "tender/cash", 1000_00, 1) in takings
    assert Taking("bill", "sales/service", -300_00, 1) in takings
    assert sum(taking.fen for taking in takings) == 0
    assert deeds.takings_of_shift(STAFF.shift_no) == takings
    assert deeds.since(counter.clock.now_ms() + 1) == deeds.of_shift(99) == []


def test_rights_are_found_by_what_they_belong_to(counter: Counter) -> None:
    account = counter.member()
    counter.top_up(account, 1000_00, 200_00)
    counter.charge(account, 300_00)
    life, deeds = counter.book.life(), deeds_of(counter)
    topped_up, charged = (sale_name(Source(life.device, life.epoch, seq)) for seq in (life.seq - 1, life.seq))
    assert [right.amount for right in deeds.rights(topped_up)] == [1000_00]
    assert [right.amount for right in deeds.rights(charged)] == [250_00, 50_00]
    assert deeds.rights("d/1/1") == []


def test_deeds_folded_from_the_journal_are_those_that_were_written(counter: Counter) -> None:
    account = counter.member()
    for _ in range(SLICE // 2 + 3):
        counter.top_up(account, 1_00)
    counter.charge(account, 2_00)
    written = all_rows(counter.database)
    with counter.database.write():
        for query in WRITTEN:
            counter.database.run(query.replace("SELECT *", "DELETE").partition(" ORDER")[0])
        counter.database.run("DELETE FROM deed_mark")
    deeds, slices = deeds_of(counter), 0
    while deeds.catch_up():
        slices += 1
    assert slices >= 1
    assert all_rows(counter.database) == written
    assert not deeds.catch_up(), "what was folded is not folded again"


def test_what_an_older_release_wrote_is_caught_up_and_the_rest_stays(counter: Counter) -> None:
    account = counter.member()
    counter.top_up(account, 1_00)
    deeds = deeds_of(counter)
    while deeds.catch_up():
        pass
    counter.charge(account, 50)
    written = all_rows(counter.database)
    with counter.database.write():
        counter.database.run("DELETE FROM deed WHERE kind = 'bill'")
        counter.database.run("DELETE FROM taking WHERE kind = 'bill'")
    while deeds.catch_up():
        pass
    assert all_rows(counter.database) == written


def test_nothing_is_undone_until_a_deed_says_so(counter: Counter) -> None:
    counter.top_up(counter.member(), 1_00)
    sale = "d/1/1"
    assert not deeds_of(counter).undone(sale)
    assert not deeds_of(counter).undone("")
    with counter.database.write():
        counter.database.run("UPDATE deed SET undoes = ?", (sale,))
    assert deeds_of(counter).undone(sale)


def test_what_a_till_forgot_and_takes_back_counts_at_once(tmp_path: pathlib.Path) -> None:
    offer = Offer("new-year", (Tier(100_00, bonus_fen=10_00),))
    reward = Reward("cup", GOODS, 5, what="cup")
    rules = Rulebook(
        top_up=TopUpRules(1, (offer,)),
        redeem=RedeemRules(1, (reward,)),
        levels=LevelRules(1, growth=TOP_UP_TOTAL, milestones=(Milestone("first-100", 1_00, points=20),)),
    )
    tables = (*WRITTEN, "SELECT * FROM given ORDER BY what, account, sale")
    with open_shop(tmp_path) as shop:
        account = shop.member()
        shop.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        image, seq = shop.database.path.read_bytes(), shop.book.life().seq
        shop.top_up(rules, account, 100_00, 10_00)
        Redeeming(shop.till).redeem(rules, STAFF, action(), account, "cup", 2)
        written = [[tuple(row) for row in shop.database.rows(query)] for query in tables]
        assert [row[0] for row in written[-1]] == ["milestone/first-100", "offer/new-year", "reward/cup"]
        tail = [data for _, _, data in Journal(shop.database).entries(seq, 50)]
        (tmp_path / "restored.db").write_bytes(image)
        restored = Database(tmp_path / "restored.db", STORE_KEY)
        try:
            Journal(restored).append_tail(tail, shop.book.day_at)
            assert [[tuple(row) for row in restored.rows(query)] for query in tables] == written
            given = GivenBook(restored)
            assert given.of_member((OFFER, "new-year"), account) == 1
            while Deeds(restored, shop.book.day_at).catch_up():
                pass
            assert [[tuple(row) for row in restored.rows(query)] for query in tables] == written, "counted once"
        finally:
            restored.close()
