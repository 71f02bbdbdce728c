"""The life of media: each event with its money, its one entry and its states; once, and whole or not at all."""

from __future__ import annotations

import pytest
from sqlcipher3 import dbapi2

from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules.media import states
from terminal.rules.media.fees import CardFees
from terminal.services.media_life.asked import Asked, By, CardRules, Changed
from tests.services.conftest import Bench
from tests.services.media_bench import CARD_A, CARD_B, CARD_C, FREE, PAID, MediaBench, blank, media_bench

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(bench: Bench) -> MediaBench:
    """Give a shop's media."""
    return media_bench(bench)


@pytest.mark.parametrize("case", [pytest.param(True, id="L-1")])
def test_a_lost_card_is_replaced_for_ten_yuan_and_the_money_stays_where_it_is(shop: MediaBench, case: bool) -> None:
    account = shop.member()
    purse = {"principal": 750_00, "bonus": 150_00}
    before = shop.accounts()
    assert (shop.held(account), before) == (purse, {"opening": 750_00, "deferred": -750_00})
    assert shop.tap(CARD_A) == ""

    entries = shop.bench.entries()
    shop.life.report_loss(shop.asked(shown=frozenset()), shop.n(CARD_A))
    assert (shop.bench.entries(), shop.bench.verify()) == (entries + 1, "")
    assert (shop.held(account), shop.accounts(), shop.states(CARD_A)) == (purse, before, ["frozen"])
    assert shop.tap(CARD_A) == "card_frozen"

    shop.bench.clock.advance(300)
    rules = CardRules(1, CardFees(replace_fen=10_00))
    done = shop.life.replace(shop.asked(), shop.n(CARD_A), blank(CARD_B), rules)
    assert (shop.bench.entries(), shop.bench.verify()) == (entries + 2, "")
    assert shop.held(account) == purse
    assert shop.states(CARD_A, CARD_B) == ["revoked", "active"]
    assert shop.accounts() == before | {"tender/cash": 10_00, "sales/fee": -10_00}
    assert (done.fee_fen, done.deposit_fen, done.account) == (10_00, 0, account)

    shop.bench.clock.advance(60)
    assert shop.tap(CARD_A) == "card_replaced"
    assert shop.tap(CARD_B) == ""
    assert (shop.bench.entries(), shop.held(account)) == (entries + 2, purse)
    assert case


def test_an_entry_says_who_what_and_why_and_no_number_of_a_card(shop: MediaBench) -> None:
    account = shop.member()
    done = shop.life.replace(shop.asked(shop.manager), shop.n(CARD_A), blank(CARD_B), PAID)
    entry = shop.last()
    payload = entry.payload
    assert entry.kind == "replace_medium"
    assert (payload["by"], payload["operator"], payload["shift"]) == ("manager", shop.manager.staff_id, 2)
    assert (payload["shown"], payload["account"]) == (["card", "identity"], account)
    assert (payload["table"], payload["key"], payload["base"]) == ("medium", done.medium, 0)
    assert payload["replaces"] == done.replaced != done.medium
    assert (payload["fee_fen"], payload["deposit_fen"], payload["tender"]) == (10_00, 0, "cash")
    assert payload["versions"] == {"media": 7}
    assert entry.postings == (("sales/fee", -10_00), ("tender/cash", 10_00))
    assert done.entry_no == f"{entry.epoch}-{entry.seq:06d}"
    for number in (CARD_A, CARD_B, "FB0B"):
        assert number.encode() not in entry.to_bytes()
    told = shop.told(entry)
    assert (told["number"], told["state"], told["account"]) == (CARD_B, "active", account)
    assert (told["replaces"], told["replaces_by"]) == (done.replaced, "replace_medium")


def test_a_card_is_issued_for_a_fee_and_a_deposit_and_taken_back_for_the_deposit(shop: MediaBench) -> None:
    account = shop.bench.member("李明")
    issued = shop.life.issue(shop.asked(), account, blank(CARD_A), PAID)
    assert (issued.fee_fen, issued.deposit_fen) == (5_00, 20_00)
    assert shop.accounts() == {"tender/cash": 25_00, "sales/fee": -5_00, "card_deposit": -20_00}
    assert shop.held(account) == {"deposit": 20_00}
    assert shop.tap(CARD_A) == ""
    back = shop.life.take_back(shop.asked(shop.manager), shop.n(CARD_A))
    assert (back.fee_fen, back.deposit_fen) == (0, -20_00)
    assert shop.accounts() == {"tender/cash": 5_00, "sales/fee": -5_00}
    assert (shop.held(account), shop.states(CARD_A)) == ({}, ["retired"])
    assert [kept.deposit for kept in shop.life.by_number(CARD_A)] == [""]
    assert shop.tap(CARD_A) != ""


def test_the_deposit_goes_on_with_the_new_card_through_loss_and_exchange(shop: MediaBench) -> None:
    account = shop.bench.member("李明")
    shop.life.issue(shop.asked(), account, blank(CARD_A), PAID)
    shop.life.replace(shop.asked(), shop.n(CARD_A), blank(CARD_B), PAID)
    shop.life.exchange(shop.asked(), shop.n(CARD_B), blank(CARD_C), PAID)
    assert shop.states(CARD_A, CARD_B, CARD_C) == ["revoked", "retired", "active"]
    assert shop.accounts() == {"tender/cash": 38_00, "sales/fee": -18_00, "card_deposit": -20_00}
    assert shop.life.take_back(shop.asked(shop.manager), shop.n(CARD_C)).deposit_fen == -20_00
    assert shop.accounts() == {"tender/cash": 18_00, "sales/fee": -18_00}


def test_a_deposit_that_another_holder_has_keeps_the_card_from_being_taken_back(shop: MediaBench) -> None:
    account = shop.bench.member("李明")
    shop.life.issue(shop.asked(), account, blank(CARD_A), PAID)
    with shop.bench.database.write():
        (lot,) = shop.bench.book.lots(shop.bench.book.holdings(account, ("deposit",)))
        draft = shop.bench.book.begin(shop.asked().action_id, "return", "")
        draft.give_back(lot, 1)
        shop.bench.book.post(draft)
    back = shop.asked(shop.manager)
    assert shop.refused(lambda: shop.life.take_back(back, shop.n(CARD_A))) == "medium_deposit_elsewhere"


def test_a_blocked_card_leaves_its_deposit_owed(shop: MediaBench) -> None:
    account = shop.bench.member("李明")
    shop.life.issue(shop.asked(), account, blank(CARD_A), PAID)
    shop.life.blacklist(shop.asked(shop.manager), shop.n(CARD_A))
    assert (shop.states(CARD_A), shop.held(account)) == (["revoked"], {"deposit": 20_00})
    assert shop.tap(CARD_A) != ""


def test_a_found_card_works_again(shop: MediaBench) -> None:
    shop.member()
    shop.life.report_loss(shop.asked(By(states.KIOSK), frozenset((states.PIN,))), shop.n(CARD_A))
    assert (shop.last().payload["by"], shop.last().payload["operator"]) == ("kiosk", "")
    assert shop.tap(CARD_A) == "card_frozen"
    shop.life.cancel_loss(shop.asked(), shop.n(CARD_A))
    assert (shop.tap(CARD_A), shop.states(CARD_A)) == ("", ["active"])


def test_an_anonymous_card_is_not_reported_lost_before_it_is_registered(shop: MediaBench) -> None:
    account = shop.bench.member("李明")
    shop.life.issue(shop.asked(), account, blank(CARD_A), FREE, is_named=False)
    n = shop.n(CARD_A)
    assert shop.refused(lambda: shop.life.report_loss(shop.asked(), n)) == "medium_anonymous"
    assert shop.refused(lambda: shop.life.replace(shop.asked(), n, blank(CARD_B), FREE)) == "medium_anonymous"
    assert shop.refused(lambda: shop.life.register(shop.asked(shown=frozenset()), n)) == "medium_absent"
    shop.life.register(shop.asked(), n)
    assert shop.refused(lambda: shop.life.register(shop.asked(), n)) == "medium_named"
    shop.life.report_loss(shop.asked(), n)
    assert shop.states(CARD_A) == ["frozen"]


def test_an_anonymous_card_needs_an_account_and_no_members_file_until_it_is_registered(shop: MediaBench) -> None:
    account = AccountId(new_id())
    assert shop.refused(lambda: shop.life.issue(shop.asked(), account, blank(CARD_A), FREE)) == "member_unknown"
    issue = shop.life.issue
    nobody = AccountId("")
    assert shop.refused(lambda: issue(shop.asked(), nobody, blank(CARD_A), FREE, is_named=False)) == "member_unknown"
    issue(shop.asked(), account, blank(CARD_A), FREE, is_named=False)
    assert shop.refused(lambda: shop.life.register(shop.asked(), shop.n(CARD_A))) == "member_unknown"


def events(shop: MediaBench, account: AccountId) -> list[tuple[str, Asked, object]]:
    """Return each event of a card's life with what does it, in an order in which all are possible."""
    life, n, boss = shop.life, shop.n, shop.manager
    asked = [shop.asked(boss) for _ in range(7)]
    return [
        ("issue_medium", asked[0], lambda: life.issue(asked[0], account, blank(CARD_B), PAID)),
        ("report_loss", asked[1], lambda: life.report_loss(asked[1], n(CARD_A))),
        ("cancel_loss", asked[2], lambda: life.cancel_loss(asked[2], n(CARD_A))),
        ("replace_medium", asked[3], lambda: life.replace(asked[3], n(CARD_A), blank(CARD_C), PAID)),
        ("exchange_medium", asked[4], lambda: life.exchange(asked[4], n(CARD_B), blank("3EE2FB0E"), PAID)),
        ("return_medium", asked[5], lambda: life.take_back(asked[5], n("3EE2FB0E"))),
        ("blacklist_medium", asked[6], lambda: life.blacklist(asked[6], n(CARD_C))),
    ]


def test_every_event_is_done_once_for_its_action_with_one_entry_and_the_same_answer(shop: MediaBench) -> None:
    account = shop.member()
    for kind, asked, do in events(shop, account):
        assert callable(do)
        entries = shop.bench.entries()
        first = do()
        assert isinstance(first, Changed)
        assert (first.kind, shop.last().kind, shop.last().action_id) == (kind, kind, asked.action_id)
        assert (shop.bench.entries(), shop.bench.verify()) == (entries + 1, "")
        after = shop.everything()
        assert do() == first
        assert shop.everything() == after, kind


def test_every_event_that_breaks_off_leaves_nothing(shop: MediaBench) -> None:
    account = shop.member()
    database = shop.bench.database
    for kind, _, do in events(shop, account):
        assert callable(do)
        before = shop.everything()
        for table in ("entry", "proposal"):
            database.run(f"CREATE TRIGGER full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no room'); END")
            with pytest.raises(dbapi2.IntegrityError, match="no room"):
                do()
            database.run("DROP TRIGGER full")
            assert shop.everything() == before, (kind, table)
        do()


def test_an_action_id_that_asked_for_another_thing_is_refused(shop: MediaBench) -> None:
    account = shop.member()
    asked = shop.asked()
    shop.life.replace(asked, shop.n(CARD_A), blank(CARD_B), PAID)
    other = shop.asked(action=asked.action_id)
    n = shop.n(CARD_A)
    life = shop.life
    for again in (
        lambda: life.replace(other, n, blank(CARD_C), PAID),
        lambda: life.replace(other, n, blank(CARD_B), FREE),
        lambda: life.replace(other, shop.n(CARD_B), blank(CARD_B), PAID),
        lambda: life.exchange(other, n, blank(CARD_B), PAID),
        lambda: life.issue(other, account, blank(CARD_B), PAID),
        lambda: life.report_loss(other, n),
        lambda: life.replace(shop.asked(shown=frozenset(), action=asked.action_id), n, blank(CARD_B), PAID),
    ):
        assert shop.refused(again) == "action_conflict"
    assert shop.refused(lambda: life.report_loss(shop.asked(action=first_action(shop)), n)) == "action_conflict"


def first_action(shop: MediaBench) -> ActionId:
    """Return the action id of the journal's first entry, which is of something else."""
    row = shop.bench.database.row("SELECT lower(hex(action_id)) FROM entry WHERE seq = 1")
    assert row is not None
    return ActionId(row[0])


def test_an_erased_profile_changes_no_answer(shop: MediaBench) -> None:
    shop.member()
    asked = shop.asked()
    first = shop.life.replace(asked, shop.n(CARD_A), blank(CARD_B), PAID)
    shop.bench.database.run("DELETE FROM proposal")
    assert shop.life.replace(asked, shop.n(CARD_A), blank(CARD_B), PAID) == first


def test_money_needs_an_open_shift_of_who_takes_it_and_what_costs_nothing_does_not(shop: MediaBench) -> None:
    shop.member()
    n, life = shop.n(CARD_A), shop.life
    for by in (
        By(states.CASHIER, shop.cashier.staff_id),
        By(states.CASHIER, shop.cashier.staff_id, shop.manager.shift_no),
        By(states.CASHIER, "nobody", shop.cashier.shift_no),
    ):
        asked = shop.asked(by)
        assert shop.refused(lambda asked=asked: life.replace(asked, n, blank(CARD_B), PAID)) == "shift_missing"  # type: ignore[misc]
    shop.bench.database.run("UPDATE shift SET counted_fen = 338000, expected_fen = 338000")
    assert shop.refused(lambda: life.replace(shop.asked(), n, blank(CARD_B), PAID)) == "shift_counted"
    shop.bench.database.run("UPDATE shift SET closed_at = 1")
    assert shop.refused(lambda: life.replace(shop.asked(), n, blank(CARD_B), PAID)) == "shift_missing"
    life.replace(shop.asked(), n, blank(CARD_B), FREE)
    assert shop.states(CARD_A, CARD_B) == ["revoked", "active"]
