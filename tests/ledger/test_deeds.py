"""Deeds are written with every entry, can be folded again from the journal, and are found by indexes."""

from __future__ import annotations

from terminal.base.clock import business_day
from terminal.ledger.deeds import SLICE, Deeds, Taking
from terminal.rules.bucket import Source
from terminal.rules.deed import sale_name
from terminal.store.database import Database, Row
from tests.ledger.conftest import STAFF, Counter

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
