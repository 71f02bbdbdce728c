"""What is read of a book: in the order of age, page by page, from the first day on, and with all its sums."""

from __future__ import annotations

import pytest

from terminal.base.clock import business_day
from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, new_id
from terminal.ledger.deeds import Deeds, Taking
from terminal.ledger.lives import Journal, Wants
from terminal.ledger.past import forget
from terminal.rules.bucket import Source
from terminal.rules.canonical import Canonical, NotCanonical
from terminal.rules.deed import sale_name
from terminal.rules.entry import ENTRY_BYTES_MAX
from tests.ledger.conftest import Counter
from tests.ledger.units import OWNER, create
from tests.support import TestBook

ENDED = "2020-01-01"


def deeds_of(counter: Counter) -> Deeds:
    return Deeds(counter.database, lambda at_ms: business_day(counter.clock, at_ms))


def test_holdings_are_told_in_the_order_of_their_age_whatever_they_are(made: TestBook) -> None:
    assets = ["points", "bonus", "points", "bonus"]
    for place, asset in enumerate(assets):
        create(made, asset, place + 1)
    found = made.book.holdings(OWNER, ("bonus", "points"))
    assert [(holding.asset, holding.amount) for holding in found] == list(zip(assets, (1, 2, 3, 4), strict=True))


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 9])
def test_what_is_overdue_is_found_page_by_page_and_nothing_twice(made: TestBook, rows: int) -> None:
    ended = [create(made, "points", place + 1, ENDED).id for place in range(5)]
    seen, after, pages = [], 0, 0
    while pages < 9:
        lots, after = made.book.overdue(after, rows)
        seen += [lot.bucket for lot in lots]
        pages += 1
        if not after:
            break
    assert seen == ended
    assert pages == 5 // rows + 1


@pytest.mark.parametrize(("lapsing", "ends"), [({}, False), ({"may_lapse": 1}, True)])
def test_sessions_somebody_paid_for_are_overdue_only_where_their_sale_said_so(
    made: TestBook, lapsing: dict[str, Canonical], ends: bool
) -> None:
    with made.database.write():
        draft = made.book.begin(ActionId(new_id()), "bill", "")
        facts = draft.create("pass", OWNER, 2, unit_value_fen=50_00, expires_on=ENDED, attributes=lapsing)
        draft.debit("tender/cash", 100_00)
        draft.credit("deferred", 100_00)
        made.book.post(draft)
    free = create(made, "pass", 1, ENDED)
    assert [lot.bucket for lot in made.book.overdue()[0]] == [facts.id] * ends + [free.id]


def test_the_days_of_a_member_begin_with_the_day_that_is_asked_for(counter: Counter) -> None:
    account = counter.member()
    counter.top_up(account, 100_00)
    day = counter.book.today().isoformat()
    assert [total.top_up_fen for total in deeds_of(counter).days(account, since=day)] == [100_00]
    assert [deed.kind for deed in deeds_of(counter).of_member(account, day)] == ["top_up"]


def test_what_was_taken_of_one_kind_adds_up_over_a_day(counter: Counter) -> None:
    account = counter.member()
    for paid_fen in (10_00, 7_00, 400_00):
        counter.top_up(account, paid_fen)
    counter.charge(account, 3_00)
    counter.charge(account, 2_00)
    day = counter.book.today().isoformat()
    takings = deeds_of(counter).takings(day, day)
    assert Taking("top_up", "tender/cash", 417_00, 3) in takings
    assert Taking("bill", "sales/service", -5_00, 2) in takings


def test_an_entry_may_be_as_long_as_a_reader_takes_it_and_not_one_byte_longer(made: TestBook) -> None:
    def post(note: str) -> int:
        with made.database.write():
            draft = made.book.begin(ActionId(new_id()), "feed", "")
            draft.payload["note"] = note
            return len(made.book.post(draft).entry.to_bytes())

    bare = post("")
    assert post("x" * (ENTRY_BYTES_MAX - bare)) == ENTRY_BYTES_MAX
    before = made.book.life()
    with pytest.raises(NotCanonical, match="too long"):
        post("x" * (ENTRY_BYTES_MAX - bare + 1))
    assert made.book.life() == before


def test_a_grant_answers_the_want_it_was_asked_under_and_no_other(made: TestBook) -> None:
    facts = create(made, "points", 5)
    wants = Wants(made.database)
    dropped, granted, waiting = (wants.ask(facts, amount) for amount in (1, 2, 3))
    wants.drop(dropped)
    for gid in (granted, dropped):
        with made.database.write():
            draft = made.book.begin(ActionId(new_id()), "feed", "")
            draft.accept(facts, 2, gid)
            draft.cursor += 1
            made.book.post(draft)
    states = [wants.state(request_id) for request_id in (dropped, granted, waiting)]
    assert states == ["dropped", "granted", "open"]
    assert [wanted.request_id for wanted in wants.open()] == [waiting]


def test_a_right_that_is_used_up_is_no_longer_told(counter: Counter) -> None:
    counter.top_up(counter.member(), 100_00)
    life, deeds = counter.book.life(), deeds_of(counter)
    sale = sale_name(Source(life.device, life.epoch, life.seq))
    assert [right.amount for right in deeds.rights(sale)] == [100_00]
    counter.database.run("UPDATE held SET amount = 0 WHERE asset = 'refund_right'")
    assert deeds.rights(sale) == []


def test_deeds_are_told_in_the_order_they_were_done_whatever_day_they_count_for(counter: Counter) -> None:
    account = counter.member()
    counter.top_up(account, 100_00)
    for _ in range(2):
        counter.clock.advance(60)
        counter.charge(account, 5_00)
    done = deeds_of(counter).of_member(account, "")
    assert [deed.kind for deed in done] == ["top_up", "bill", "bill"]
    counter.database.run("UPDATE deed SET of_day = '2020-01-01' WHERE at = ?", (done[-1].at,))
    assert [deed.at for deed in deeds_of(counter).of_member(account, "")] == sorted(deed.at for deed in done)


def test_what_is_counted_already_is_not_counted_again(counter: Counter) -> None:
    account = counter.member()
    counter.top_up(account, 100_00)
    counter.charge(account, 5_00)
    deeds, day = deeds_of(counter), counter.book.today().isoformat()
    before = deeds.takings(day, day)
    counter.database.run("DELETE FROM deed_mark")
    while deeds.catch_up():
        pass
    assert deeds.takings(day, day) == before != []


def test_an_action_whose_entry_was_dropped_is_refused_by_its_code(made: TestBook) -> None:
    create(made, "points", 5)
    row = made.database.row("SELECT lower(hex(action_id)) FROM entry")
    assert row is not None
    with made.database.write():
        assert forget(made.database, 1, 2) == 1
    with pytest.raises(Refusal) as caught:
        made.book.done(ActionId(row[0]))
    assert caught.value.code == "action_past"


def test_what_is_posted_says_that_it_is_new_and_what_is_found_that_it_is_not(made: TestBook) -> None:
    with made.database.write():
        draft = made.book.begin(ActionId("1" * 32), "feed", "asked")
        posted = made.book.post(draft)
    found = made.book.find(ActionId("1" * 32), "asked")
    assert found is not None
    assert (posted.repeated, found.repeated, posted.hash) == (False, True, found.hash)


def test_a_life_goes_with_the_first_generation_of_the_cloud_it_hears_of(made: TestBook) -> None:
    journal = Journal(made.database)
    assert [journal.go_with(name) for name in ("one", "one", "two", "one")] == [True, True, False, True]
    journal.begin_life(2)
    assert [journal.go_with(name) for name in ("two", "one")] == [True, False]
