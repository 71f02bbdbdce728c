"""Top-ups and charges: right to the fen, once for each action, with their slip in the same transaction."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, new_id
from terminal.ledger.book import request_digest
from terminal.rules.bill_note import BillNote
from terminal.rules.canonical import Canonical
from terminal.rules.entry import from_bytes
from terminal.rules.loyalty.points import PointsRules, Rate
from terminal.rules.prices.basket import LinePromotion, PriceRules
from terminal.rules.rulebook import Rulebook
from terminal.rules.stored_value import PointsRule
from terminal.services.money import bill_of
from terminal.services.outcomes import Outcomes
from terminal.services.views import Done, SignedIn
from tests.services.conftest import RULES, Bench
from tests.support import SHANGHAI, hire


def top_up(bench: Bench, account: str, amount_fen: int, bonus_fen: int, action: str = "") -> Done:
    return bench.money.top_up(RULES, bench.cashier(), ActionId(action or new_id()), account, amount_fen, bonus_fen)  # type: ignore[arg-type]


def charge(bench: Bench, account: str, amount_fen: int, action: str = "", confirmed: str = "photo") -> Done:
    return bench.money.charge(RULES, bench.cashier(), ActionId(action or new_id()), account, amount_fen, confirmed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("paid_fen", "bonus_fen"),
    [(1000_00, 200_00), (2300_00, 200_00), (499_99, 0), (500_00, 50_00), (3000_00, 900_00)],
)
def test_a_top_up_gives_the_bonus_of_the_highest_tier_reached(bench: Bench, paid_fen: int, bonus_fen: int) -> None:
    account = bench.member()
    assert bench.money.preview_top_up(RULES, account, paid_fen).bonus_fen == bonus_fen
    done = top_up(bench, account, paid_fen, bonus_fen)
    assert (done.amount_fen, done.bonus_fen, done.balance_fen) == (paid_fen, bonus_fen, paid_fen + bonus_fen)
    assert bench.book.accounts() == {"tender/cash": paid_fen, "deferred": -paid_fen}


@pytest.mark.parametrize(
    ("bill_fen", "principal_fen", "bonus_fen"),
    [(300_00, 250_00, 50_00), (99_99, 83_33, 16_66), (1200_00, 1000_00, 200_00), (1, 1, 0)],
)
def test_a_charge_takes_principal_and_bonus_in_proportion(
    bench: Bench, bill_fen: int, principal_fen: int, bonus_fen: int
) -> None:
    account = bench.member()
    top_up(bench, account, 1000_00, 200_00)
    preview = bench.money.preview_charge(RULES, account, bill_fen)
    assert (preview.principal_fen, preview.bonus_fen) == (principal_fen, bonus_fen)
    done = charge(bench, account, bill_fen)
    assert done.balance_fen == 1200_00 - bill_fen
    assert done.points == principal_fen // 10_00
    held = bench.members.holdings(account)
    assert (held.principal_fen, held.bonus_fen) == (1000_00 - principal_fen, 200_00 - bonus_fen)
    accounts = bench.book.accounts()
    assert accounts["sales/service"] == -bill_fen
    assert accounts["deferred"] == -held.principal_fen
    assert accounts.get("bonus_discount", 0) == bonus_fen


def test_a_charge_leaves_the_right_to_give_each_lot_back(bench: Bench) -> None:
    account = bench.member()
    top_up(bench, account, 1000_00, 200_00)
    charge(bench, account, 300_00)
    held = bench.book.lots(bench.book.holdings(account, ("refund_right",)))
    rights = [lot for lot in held if lot.facts.attributes["of"] == "bill"]
    assert sorted(lot.amount for lot in rights) == [50_00, 250_00]
    assert {lot.facts.attributes["target"]["asset"] for lot in rights} == {"principal", "bonus"}  # type: ignore[index,call-overload]


def test_a_charge_above_the_balance_is_refused_with_what_is_missing_and_takes_nothing(bench: Bench) -> None:
    account = bench.member(principal_fen=100_00)
    before = bench.entries()
    with pytest.raises(Refusal) as refused:
        charge(bench, account, 100_01)
    assert (refused.value.code, refused.value.values["missing_fen"]) == ("not_enough", 1)
    bench.cashier()
    assert bench.members.holdings(account).balance_fen == 100_00
    assert bench.entries() == before + 1, "only the shift was opened"
    assert bench.spool.recent() == []


@pytest.mark.parametrize("amount_fen", [0, -1, 10**13])
def test_an_absurd_amount_is_refused(bench: Bench, amount_fen: int) -> None:
    account = bench.member(principal_fen=100_00)
    with pytest.raises(Refusal, match="amount_bad"):
        charge(bench, account, amount_fen)
    with pytest.raises(Refusal, match="top_up_range"):
        top_up(bench, account, amount_fen, 0)


def test_a_charge_without_a_confirmation_is_refused(bench: Bench) -> None:
    account = bench.member(principal_fen=100_00)
    with pytest.raises(Refusal, match="factor_identifies_only"):
        charge(bench, account, 1_00, confirmed="")


def test_how_the_cashier_knew_the_member_is_in_the_entry_with_the_cashiers_id(bench: Bench, action: ActionId) -> None:
    account = bench.member(principal_fen=100_00)
    charge(bench, account, 1_00, action, confirmed="photo")
    row = bench.database.row("SELECT bytes FROM entry ORDER BY seq DESC LIMIT 1")
    assert row is not None
    assert b'"confirmed":"photo"' in row[0]
    assert bench.staff.names()[0].id.encode() in row[0]


def last_payload(bench: Bench) -> dict[str, object]:
    row = bench.database.row("SELECT bytes FROM entry ORDER BY seq DESC LIMIT 1")
    assert row is not None
    return dict(from_bytes(row[0]).payload)


def test_an_entry_names_the_shift_it_was_posted_in_and_the_rules_in_force(bench: Bench) -> None:
    account = bench.member(principal_fen=100_00)
    for name in ("陈晓", "林悦"):
        hire(bench.database, name, "cashier", "246802")
    first, second = (bench.staff.open_shift(choice.id)[1] for choice in bench.staff.names())
    assert first != second
    staff = SignedIn("token", bench.staff.names()[0].id, "", first)
    rules = dataclasses.replace(RULES, top_up=dataclasses.replace(RULES.top_up, version=7), points=PointsRule(9, 10_00))
    bench.money.top_up(rules, staff, ActionId(new_id()), account, 100_00, 0)
    noted = last_payload(bench)["versions"]
    assert isinstance(noted, dict)
    assert (last_payload(bench)["shift"], noted["top_up"]) == (first, 7)
    other = SignedIn("token", bench.staff.names()[1].id, "", second)
    bench.money.charge(rules, other, ActionId(new_id()), account, 10_00, "photo")
    versions = {"points": 9, "prices": 0, "purse": 0}
    assert (last_payload(bench)["shift"], last_payload(bench)["versions"]) == (second, versions)


def test_the_same_action_again_answers_the_first_result_and_writes_nothing(bench: Bench, action: ActionId) -> None:
    account = bench.member()
    bench.cashier()
    first = top_up(bench, account, 1000_00, 200_00, action)
    entries = bench.entries()
    assert top_up(bench, account, 1000_00, 200_00, action) == first
    assert bench.entries() == entries
    assert len(bench.spool.recent()) == 1
    assert bench.members.holdings(account).balance_fen == 1200_00


def test_the_same_action_with_other_content_is_refused(bench: Bench, action: ActionId) -> None:
    account = bench.member()
    top_up(bench, account, 1000_00, 200_00, action)
    with pytest.raises(Refusal, match="action_conflict"):
        top_up(bench, account, 500_00, 50_00, action)
    with pytest.raises(Refusal, match="action_conflict"):
        charge(bench, account, 1_00, action)


def test_a_repeat_answers_the_first_result_even_when_the_rule_or_the_balance_has_changed(
    bench: Bench, action: ActionId
) -> None:
    account = bench.member()
    first = top_up(bench, account, 1000_00, 200_00, action)
    charge(bench, account, 1200_00)
    assert top_up(bench, account, 1000_00, 200_00, action) == first


def test_a_bonus_other_than_the_one_shown_is_refused(bench: Bench) -> None:
    account = bench.member()
    with pytest.raises(Refusal) as refused:
        top_up(bench, account, 1000_00, 300_00)
    assert (refused.value.code, refused.value.values["bonus_fen"]) == ("bonus_changed", 200_00)


def test_money_for_nobody_is_refused(bench: Bench) -> None:
    for account in (new_id(), "no id", ""):
        with pytest.raises(Refusal, match="member_unknown"):
            top_up(bench, account, 1000_00, 200_00)


def test_the_slip_is_stored_in_the_same_transaction_and_its_bytes_name_the_amounts(bench: Bench) -> None:
    account = bench.member()
    done = top_up(bench, account, 1000_00, 200_00)
    job = bench.spool.take("printer")
    assert job is not None
    assert job.job == done.print_job
    assert b"1,000.00" in job.body
    for words in ("兰亭美业", "陈晓", "2026-11-21 14:32"):
        assert words.encode("gb18030") in job.body


def test_points_of_one_month_share_a_bucket(bench: Bench) -> None:
    account = bench.member(principal_fen=1000_00)
    charge(bench, account, 100_00)
    charge(bench, account, 100_00)
    lots = bench.book.lots(bench.book.holdings(account, ("points",)))
    assert [lot.amount for lot in lots] == [20]
    assert lots[0].facts.expires_on == "2028-11-30"


def test_no_entry_holds_a_name_or_a_phone_number(bench: Bench) -> None:
    account = bench.member("欧阳娜娜", phone="13812345678", cards=("0BE2FB0B",), remark="怕烫")
    top_up(bench, account, 1000_00, 200_00)
    charge(bench, account, 10_00)
    journal = b"".join(row[0] for row in bench.database.rows("SELECT bytes FROM entry"))
    for secret in ("欧阳", "娜娜", "13812345678", "*5678", "0BE2FB0B", "怕烫", "陈晓"):
        assert secret.encode() not in journal


@pytest.mark.slow
def test_a_bill_over_more_lots_than_an_entry_holds_is_refused_already_at_the_preview(bench: Bench) -> None:
    account = bench.member()
    for _ in range(199):
        top_up(bench, account, 1_00, 0)
    with pytest.raises(Refusal, match="too_many_lots most_fen=19800"):
        bench.money.preview_charge(RULES, account, 199_00)
    with pytest.raises(Refusal, match="too_many_lots"):
        charge(bench, account, 199_00)
    assert charge(bench, account, 198_00).balance_fen == 1_00


def test_after_a_clock_that_was_set_back_rights_points_and_ends_follow_the_devices_own_time(bench: Bench) -> None:
    account, staff = bench.member(principal_fen=500_00), bench.cashier()
    bench.money.top_up(RULES, staff, ActionId(new_id()), account, 100_00, 0)
    trusted_day = bench.book.today()
    bench.clock.at, bench.clock.is_trusted = dt.datetime(2000, 1, 1, tzinfo=SHANGHAI), False
    assert bench.book.today() == trusted_day
    bench.money.charge(RULES, staff, ActionId(new_id()), account, 100_00, "photo")
    rows = bench.database.rows("SELECT asset, min(expires_on) FROM held WHERE expires_on <> '' GROUP BY asset")
    ends = {asset: end for asset, end in rows}  # noqa: C416 - rows have no length for the type checker
    assert ends["refund_right"] == (trusted_day + dt.timedelta(days=30)).isoformat()
    assert ends["points"] > trusted_day.isoformat()


def test_a_lot_that_has_ended_is_not_spendable_again_by_setting_the_clock_back(bench: Bench) -> None:
    account, staff = bench.member(principal_fen=500_00), bench.cashier()
    bench.money.charge(RULES, staff, ActionId(new_id()), account, 100_00, "photo")
    assert bench.members.holdings(account).points_left == 10
    bench.clock.advance(3 * 366 * 86_400)
    bench.money.top_up(RULES, staff, ActionId(new_id()), account, 100_00, 0)
    assert bench.members.holdings(account).points_left == 0
    bench.clock.at, bench.clock.is_trusted = dt.datetime(2026, 11, 22, tzinfo=SHANGHAI), False
    assert bench.members.holdings(account).points_left == 0


def test_a_phone_nobody_knows_cannot_have_been_compared(bench: Bench) -> None:
    staff = bench.cashier()
    without, with_one = bench.member(principal_fen=500_00), bench.member(principal_fen=500_00, phone="13800138000")
    with pytest.raises(Refusal, match="factor_no_phone"):
        bench.money.charge(RULES, staff, ActionId(new_id()), without, 100_00, "phone_tail")
    assert bench.money.preview_charge(RULES, without, 100_00).needs.ways == ("photo",)
    assert bench.money.charge(RULES, staff, ActionId(new_id()), without, 100_00, "photo").bill_no
    assert bench.money.charge(RULES, staff, ActionId(new_id()), with_one, 100_00, "phone_tail").bill_no


def test_a_charge_by_the_whole_rulebook_costs_what_was_rung_up_and_earns_by_its_points(bench: Bench) -> None:
    account = bench.member(principal_fen=500_00)
    offers = PriceRules(line_promotions=(LinePromotion("half", 5_000),))
    points = PointsRules(4, (Rate("double", 2, 10_00),))
    rules = dataclasses.replace(RULES, rulebook=Rulebook(prices=offers, points=points, versions={"points": 4}))
    staff, action = bench.cashier(), ActionId(new_id())
    assert bench.money.preview_charge(rules, account, 100_00).points == 20
    done = bench.money.charge(rules, staff, action, account, 100_00, "photo")
    assert (done.title, done.amount_fen, done.points, done.balance_fen) == ("charge", 100_00, 20, 400_00)
    note = BillNote.from_note(last_payload(bench))
    assert (note.lines[0].list_fen, note.lines[0].kind, note.versions["points"]) == (100_00, "service", 4)


def test_a_charge_of_an_earlier_release_is_told_as_it_was(bench: Bench) -> None:
    account, action = bench.member(principal_fen=500_00), ActionId(new_id())
    with bench.database.write():
        asked: dict[str, Canonical] = {"account": account, "amount_fen": 300_00, "confirmed": "photo"}
        draft = bench.book.begin(action, "charge", request_digest({"do": "charge", **asked}))
        draft.payload |= {"account": account, "operator": "", "shift": 1, "amount_fen": 300_00, "confirmed": "photo"}
        draft.payload |= {"principal_fen": 250_00, "bonus_fen": 50_00, "points": 25}
        draft.payload |= {"balance_after_fen": 900_00, "points_after": 25}
        posted = bench.book.post(draft)
    bill = bill_of(posted)
    assert (bill.kind, bill.principal_fen, bill.bonus_fen, bill.confirmed) == ("charge", 250_00, 50_00, "photo")
    booked = Outcomes(bench.book, bench.money).of(action)
    assert booked is not None
    assert (booked.done.title, booked.done.balance_fen, booked.done.points) == ("charge", 900_00, 25)
    assert charge(bench, account, 300_00, action) == booked.done, "asked for again"
