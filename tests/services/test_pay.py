"""Pay from posted bills: commission and the two views of performance, and what refunds take back in their month."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, new_id
from terminal.ledger.book import Posted
from terminal.rules.canonical import Canonical
from terminal.rules.pay.commission import CASH, PURSE, SESSION, CommissionRules, Person, Rate
from terminal.rules.pay.performance import RETROACTIVE, Performance, Tier, Tiers
from terminal.rules.rulebook import Rulebook
from terminal.rules.scope import Scope
from terminal.services import pay
from terminal.services.pay import PastCommission, Pay, PayMonth
from terminal.services.rulebook import RuleStore
from terminal.services.views import SignedIn
from tests.services.shift_bench import ShiftBench, line, name_of, note, shift_bench
from tests.support import SHANGHAI

RATES = CommissionRules(
    rates=(
        Rate(1_000, Scope(items=frozenset({"haircut"}))),
        Rate(500, Scope(items=frozenset({"shampoo"}))),
        Rate(800, Scope(items=frozenset({"facial"})), tender=PURSE),
        Rate(1_000, Scope(items=frozenset({"facial"})), tender=CASH),
        Rate(1_500, Scope(items=frozenset({"massage"})), tender=SESSION),
        Rate(200, Scope(kinds=frozenset({"top_up"}))),
        Rate(300, Scope(kinds=frozenset({"pass_sale"}))),
    )
)
NOVEMBER, DECEMBER = "2026-11", "2026-12"


@dataclass(slots=True)
class PayBench:
    """A till with rules of commission, two people who serve, and one at the counter."""

    till: ShiftBench
    store: RuleStore
    by: SignedIn
    anna: Person
    ben: Person

    def month(self, month: str = NOVEMBER, tiers: Tiers | None = None) -> PayMonth:
        """Return a month of pay."""
        past = PastCommission(self.till.database, self.store)
        return Pay(self.till.database, self.till.clock, past).month(month, tiers)

    def earned(self, month: str = NOVEMBER) -> dict[str, int]:
        """Return each person's commission of a month, by name."""
        return {row.name: row.month.commission_fen for row in self.month(month).rows}

    def performance(self, month: str = NOVEMBER) -> dict[str, Performance]:
        """Return each person's performance of a month, by name."""
        return {row.name: row.month.performance for row in self.month(month).rows}

    def refund(self, of: Posted, quantities: dict[int, int], fen: int, kind: str = "refund") -> Posted:
        """Post a refund of some of a bill's lines."""
        lines: list[Canonical] = [
            {"place": place, "quantity": number, "value_fen": 0, "points": 0, "units": 0}
            for place, number in quantities.items()
        ]
        return self.till.money_back(self.by, kind, of, {"sales/service": fen}, lines=lines)

    def later(self, days: int) -> None:
        """Let days pass."""
        self.till.clock.advance(days * 86_400)


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[PayBench]:
    """Give such a till; after the test its book must still be right."""
    till = shift_bench(tmp_path)
    store = RuleStore(till.database)
    store.apply(Rulebook(commission=RATES), 0)
    by = till.signed_in(till.person("陈晓"))
    anna, ben = (Person(till.person(name).staff_id, role) for name, role in (("阿兰", "stylist"), ("小本", "helper")))
    yield PayBench(till, store, by, replace(anna, weight=80), replace(ben, weight=20))
    assert till.verify() == ""
    till.database.close()


def test_a_line_is_shared_by_weights_and_each_line_earns_at_its_own_rate(shop: PayBench) -> None:
    lines = [
        line("service", 229_83, item="haircut", people=(shop.anna, shop.ben)),
        line("service", 62_67, item="shampoo", people=(shop.ben,)),
    ]
    shop.till.bill(shop.by, note(lines, {"cash": 292_50}))
    # C-1 and C-2: 22.98 = 18.38 + 4.60, and 3.13.
    assert shop.earned() == {"阿兰": 18_38, "小本": 4_60 + 3_13}
    performance = shop.performance()
    assert sum(each.cash_fen for each in performance.values()) == 292_50
    assert sum(each.consumed_fen for each in performance.values()) == 292_50


def test_stored_value_earns_on_principal_at_its_own_rate_and_is_no_money_that_came_in(shop: PayBench) -> None:
    account = new_id()
    shop.till.top_up(shop.by, 1000_00, 200_00, account=account)
    facial = line("service", 300_00, item="facial", people=(shop.anna,))
    shop.till.bill(shop.by, note([facial], {"principal": 250_00, "bonus": 50_00}, account))
    assert shop.earned() == {"阿兰": 20_00, "陈晓": 20_00}, "C-4, and 2 % of what was paid in"
    assert shop.performance() == {"阿兰": Performance(0, 300_00), "陈晓": Performance(1000_00, 0)}
    shop.till.bill(shop.by, note([facial], {"cash": 300_00}))
    assert shop.earned()["阿兰"] == 20_00 + 30_00, "the cash rate on 300.00"


@pytest.mark.parametrize(("paid", "bonus", "commission"), [pytest.param(3000_00, 900_00, 60_00, id="C-3")])
def test_a_top_up_earns_on_what_was_paid_and_a_refund_takes_it_back_in_its_month(
    shop: PayBench, paid: int, bonus: int, commission: int
) -> None:
    topped_up = shop.till.top_up(shop.by, paid, bonus)
    assert shop.earned() == {"陈晓": commission}
    shop.later(15)
    with shop.till.database.write():
        draft = shop.till.draft("prepayment_refund", shop.by, amount_fen=-2100_00, undoes=name_of(topped_up))
        refund = shop.till.book.post(draft)
    assert shop.earned() == {"陈晓": commission}, "the month it was sold in stays as it was"
    assert shop.earned(DECEMBER) == {"陈晓": -42_00}, "C-7"
    assert shop.performance(DECEMBER) == {"陈晓": Performance(-2100_00, 0)}
    with shop.till.database.write():
        shop.till.book.post(shop.till.draft("given_up", shop.by, amount_fen=2100_00, undoes=name_of(refund)))
    assert shop.earned(DECEMBER) == {"陈晓": 0}, "a refund that is given up took nothing"


def test_a_used_session_earns_on_its_value_and_the_pass_on_its_price(shop: PayBench) -> None:
    account = new_id()
    sold = line("pass", 1980_00, item="p", people=(shop.ben,))
    shop.till.bill(shop.by, note([sold], {"cash": 1980_00}, account))
    used = line("service", 0, item="massage", units=1, session_fen=165_00, pass_code="p", people=(shop.anna,))
    shop.till.bill(shop.by, note([used], {}, account))
    assert shop.earned() == {"阿兰": 24_75, "小本": 59_40}, "C-5: 165.00 x 15 %, and 3 % of the price"
    assert shop.performance() == {"阿兰": Performance(0, 165_00), "小本": Performance(1980_00, 0)}


@pytest.mark.parametrize(("mode", "fen"), [pytest.param("progressive", 8900_00, id="C-6"), (RETROACTIVE, 12400_00)])
def test_a_month_reaches_its_tier_by_one_view_alone(shop: PayBench, mode: str, fen: int) -> None:
    shop.till.bill(shop.by, note([line("product", 62_000_00, people=(shop.anna,))], {"card": 62_000_00}))
    tiers = Tiers((Tier(0, 1_000), Tier(20_000_00, 1_500), Tier(50_000_00, 2_000)), mode)
    (row,) = shop.month(tiers=tiers).rows
    assert (row.month.tiered_fen, row.month.performance) == (fen, Performance(62_000_00, 0))


def test_refunds_take_back_what_was_earned_line_by_line_and_the_last_the_rest(shop: PayBench) -> None:
    cut = line("service", 100_01, item="haircut", quantity=3, people=(shop.anna, shop.ben))
    wash = line("service", 60_00, item="shampoo", people=(shop.ben,))
    sold = shop.till.bill(shop.by, note([cut, wash], {"cash": 160_01}))
    first = shop.earned()
    shop.refund(sold, {0: 1}, 33_34)
    assert shop.earned()["阿兰"] == first["阿兰"] - 2_66, "a third of 10.00 is 3.33, of which 80 : 20"
    shop.refund(sold, {0: 2, 1: 1}, 126_67)
    assert shop.earned() == {"阿兰": 0, "小本": 0}
    assert set(shop.performance().values()) == {Performance()}


def test_a_void_takes_back_all_that_is_left(shop: PayBench) -> None:
    cut = line("service", 100_00, item="haircut", quantity=2, people=(shop.anna,))
    sold = shop.till.bill(shop.by, note([cut], {"cash": 100_00}))
    shop.till.money_back(shop.by, "void", sold, {"sales/service": 100_00})
    assert (shop.earned(), shop.performance()) == ({"阿兰": 0}, {"阿兰": Performance()})


def test_what_is_on_credit_earns_at_once_and_counts_as_money_when_it_is_repaid(shop: PayBench) -> None:
    account = AccountId(new_id())
    cut = line("service", 100_00, item="haircut", people=(shop.anna,))
    with shop.till.database.write():
        bill = note([cut], {"cash": 40_00, "on_credit": 60_00}, account)
        draft = shop.till.draft("bill", shop.by, **bill.note(), amount_fen=100_00)
        sold = shop.till.book.post(draft)
    assert (shop.earned(), shop.performance()) == ({"阿兰": 10_00}, {"阿兰": Performance(40_00, 100_00)})
    shop.later(15)
    with shop.till.database.write():
        paid: list[Canonical] = [{"sale": name_of(sold), "fen": 60_00}, {"sale": "", "fen": 5_00}]
        draft = shop.till.draft("repay", shop.by, amount_fen=65_00, paid=paid)
        draft.payload["account"] = account
        shop.till.book.post(draft)
    assert shop.performance(DECEMBER) == {"阿兰": Performance(60_00, 0), "": Performance(5_00, 0)}
    shop.refund(sold, {0: 1}, 100_00)
    assert shop.performance(DECEMBER) == {"阿兰": Performance(-40_00, -100_00), "": Performance(5_00, 0)}


def test_a_card_return_takes_back_what_each_top_up_earned_and_its_end_gives_it_again(shop: PayBench) -> None:
    account = AccountId(new_id())
    topped_up = [shop.till.top_up(shop.by, fen, account=account) for fen in (3000_00, 1000_00)]
    shop.later(15)
    parts: list[Canonical] = [
        {
            "bill": f"{posted.entry.epoch}-{posted.entry.seq:06d}",
            "basis": "paid",
            "offers": [{"basis": "paid", "fen": fen}, {"basis": "other", "fen": 1}],
        }
        for posted, fen in zip(topped_up, (2100_00, 1000_00), strict=True)
    ]
    with shop.till.database.write():
        draft = shop.till.draft("card_return", shop.by, amount_fen=-3100_00, top_ups=parts)
        draft.payload["account"] = account
        returned = shop.till.book.post(draft)
    assert shop.earned() == {"陈晓": 80_00}
    assert shop.earned(DECEMBER) == {"陈晓": -62_00}
    assert shop.performance(DECEMBER) == {"陈晓": Performance(-3100_00, 0)}
    with shop.till.database.write():
        shop.till.book.post(shop.till.draft("given_up", shop.by, undoes=name_of(returned)))
    assert (shop.earned(DECEMBER), shop.month(DECEMBER).missing) == ({"陈晓": 0}, 0)


def test_a_refund_that_does_not_fit_its_sale_is_told_and_leaves_the_rest_as_it_is(shop: PayBench) -> None:
    cut = line("service", 100_00, item="haircut", people=(shop.anna,))
    sold = shop.till.bill(shop.by, note([cut], {"cash": 100_00}))
    for quantities in ({0: 2}, {7: 1}):
        shop.refund(sold, quantities, 1_00)
    assert (shop.earned(), shop.month().missing) == ({"阿兰": 10_00}, 2)


def test_the_rules_are_those_of_the_time_of_the_sale(shop: PayBench) -> None:
    cut = line("service", 100_00, item="haircut", people=(shop.anna,))
    shop.till.bill(shop.by, note([cut], {"cash": 100_00}))
    shop.later(1)
    shop.store.apply(Rulebook(commission=CommissionRules()), shop.till.clock.now_ms())
    shop.till.bill(shop.by, note([cut], {"cash": 100_00}))
    assert shop.earned() == {"阿兰": 10_00}
    shop.till.bill(shop.by, note([cut], {"cash": 100_00}, versions={"commission": 1}))
    assert shop.earned() == {"阿兰": 20_00}, "a bill that names its version is worked out by that"


def test_a_month_ends_with_its_last_business_day(shop: PayBench) -> None:
    cut = line("service", 100_00, item="haircut", people=(shop.anna,))
    for hour in (3, 4):  # until four it is still yesterday
        shop.till.clock.at = dt.datetime(2026, 12, 1, hour, 0, tzinfo=SHANGHAI)
        shop.till.bill(shop.by, note([cut], {"cash": 100_00}))
    assert shop.earned() == shop.earned(DECEMBER) == {"阿兰": 10_00}


def test_work_of_nobody_stands_by_itself_and_what_is_gone_is_told(shop: PayBench) -> None:
    shop.till.bill(shop.by, note([line("service", 100_00)], {"cash": 100_00}))
    found = shop.month()
    assert [(row.name, row.month.performance) for row in found.rows] == [("", Performance(100_00, 100_00))]
    with shop.till.database.write():
        shop.till.book.post(shop.till.draft("refund", shop.by, amount_fen=-1, undoes="d/1/1"))
    assert (found.missing, shop.month().missing) == (0, 1)


def test_a_charge_of_an_earlier_release_is_work_of_nobody(shop: PayBench) -> None:
    account = new_id()
    with shop.till.database.write():
        shop.till.book.post(shop.till.draft("charge", shop.by, account=account, amount_fen=30_00))
    assert shop.performance() == {"": Performance(0, 30_00)}


def test_progress_is_told_to_the_end(shop: PayBench) -> None:
    shop.till.top_up(shop.by, 1_00)
    seen: list[tuple[int, int]] = []
    past = PastCommission(shop.till.database, shop.store)
    Pay(shop.till.database, shop.till.clock, past).month(
        NOVEMBER, progress=lambda done, whole: seen.append((done, whole))
    )
    assert seen[0] == (0, 2)
    assert seen[-1] == (2, 2)


@pytest.mark.parametrize("month", ["", "2026", "2026-13", "2026-1", "1999-12", "2026-11-01", "november"])
def test_a_month_that_is_none_is_refused(shop: PayBench, month: str) -> None:
    with pytest.raises(Refusal, match="month_bad"):
        shop.month(month)


def test_reading_a_month_reads_no_whole_table(shop: PayBench) -> None:
    for sql in (pay._MONTH, pay._UNDOING, pay._OF_SEVERAL, pay._NAMED):
        plan = [row[3] for row in shop.till.database.rows(f"EXPLAIN QUERY PLAN {sql}", (b"1",) * sql.count("?"))]
        assert not any(step.startswith("SCAN") and "life" not in step for step in plan), plan
