"""Takings by day and month, and what commands show of shifts, pay and takings."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.base.words.shift_phrases import PHRASES
from terminal.cli.pay import pay_lines
from terminal.cli.report import takings_lines
from terminal.cli.shift import counted_line, shift_lines
from terminal.rules.receipt_text import width_columns
from terminal.services.ask import at_once
from terminal.services.reports import _TAKEN, Taken, TakingsReport, takings
from terminal.services.shifts.commands import ShiftCommands
from terminal.services.shifts.rights import FourEyes
from terminal.services.shifts.signing import Signing
from tests.services.shift_bench import ShiftBench, line, note, shift_bench
from tests.support import SHANGHAI


@pytest.fixture
def till(tmp_path: pathlib.Path) -> Iterator[ShiftBench]:
    """Give a till."""
    made = shift_bench(tmp_path)
    yield made
    made.database.close()


def report(till: ShiftBench, first: str, last: str) -> TakingsReport:
    return takings(till.database, first, last)


def two_months(till: ShiftBench) -> None:
    """Work on 21 November, and at three and five in the morning of 2 December."""
    boss, anna = till.person("李店长", "manager"), till.open(till.person("陈晓"), 500_00)
    sold = till.bill(anna, note([line("service", 100_00)], {"cash": 60_00, "wechat": 40_00}))
    till.top_up(anna, 1000_00, 200_00)
    till.take_out(anna, 50_00, boss=boss)
    for hour in (3, 5):
        till.clock.at = dt.datetime(2026, 12, 2, hour, 0, tzinfo=SHANGHAI)
        till.bill(anna, note([line("product", 10_00)], {"cash": 10_00}))
    till.money_back(anna, "refund", sold, {"sales/service": 60_00})
    till.count(anna, 1470_00)
    till.close(anna)


def test_takings_are_told_by_business_day_and_month_by_kind_and_tender(till: ShiftBench) -> None:
    two_months(till)
    found = report(till, "2026-11-01", "2026-12-31")
    assert [day.name for day in found.days] == ["2026-11-21", "2026-12-01", "2026-12-02"]
    assert found.days[0].takings == (
        Taken("bill", "cash", 60_00, 1),
        Taken("bill", "wechat", 40_00, 1),
        Taken("top_up", "cash", 1000_00, 1),
    )
    assert [(month.name, month.total_fen) for month in found.months] == [("2026-11", 1100_00), ("2026-12", -40_00)]
    assert found.months[1].takings == (Taken("bill", "cash", 20_00, 2), Taken("refund", "cash", -60_00, 1))
    assert found.total.total_fen == 1060_00
    assert [day.name for day in report(till, "2026-12-01", "2026-12-01").days] == ["2026-12-01"]
    assert report(till, "2026-10-01", "2026-10-31").days == ()


@pytest.mark.parametrize("language", ["en", "zh_CN", "zh_TW"])
def test_cash_is_in_no_report_before_it_was_counted(till: ShiftBench, language: str) -> None:
    boss, anna, ben = till.person("李店长", "manager"), till.person("陈晓"), till.person("阿明")
    anna = till.open(anna, 500_00)
    till.bill(anna, note([line("service", 100_00)], {"cash": 60_00, "wechat": 40_00}))
    till.top_up(anna, 1000_00, 200_00)
    till.take_out(anna, 50_00, boss=boss)
    till.bill(till.signed_in(ben), note([line("service", 7_00)], {"wechat": 7_00}))
    found = report(till, "2026-11-21", "2026-11-21")
    assert found.days[0].takings == (Taken("bill", "wechat", 47_00, 2),)
    assert (found.total.total_fen, found.uncounted) == (47_00, (anna.shift_no,))
    told = takings_lines(found, language)
    assert str(anna.shift_no) in told[-1]
    assert not any(each in "".join(told) for each in ("60.00", "1,000.00", "1,060.00", "1,510.00"))
    till.count(anna, 1510_00)
    found = report(till, "2026-11-21", "2026-11-21")
    assert (found.total.total_fen, found.uncounted) == (1107_00, ())
    assert "Cash of shifts" not in takings_lines(found, "en")[-1]
    assert sum("1,107.00" in each for each in takings_lines(found, language)) == 1, (
        "one day is its month and everything"
    )


def test_only_cash_that_nobody_counted_leaves_a_sentence_and_no_table(till: ShiftBench) -> None:
    anna = till.open(till.person("陈晓"))
    till.bill(anna, note([line("service", 100_00)], {"cash": 100_00}))
    told = takings_lines(report(till, "2026-11-21", "2026-11-21"), "en")
    assert told == [f"Cash of shifts that nobody has counted yet is left out: {anna.shift_no}.\n"]


def test_takings_are_found_by_their_days(till: ShiftBench) -> None:
    plan = till.database.rows(f"EXPLAIN QUERY PLAN {_TAKEN}", ("2026-11-01", "2026-11-30"))
    assert any("SEARCH taking" in row[-1] and "day>" in row[-1] for row in plan), [row[-1] for row in plan]


@pytest.mark.parametrize(
    ("first", "last"), [("2026-11-02", "2026-11-01"), ("x", "2026-11-01"), ("2006-01-01", "2026-11-01")]
)
def test_days_that_are_none_are_refused(till: ShiftBench, first: str, last: str) -> None:
    with pytest.raises(Refusal, match="days_bad"):
        report(till, first, last)


@pytest.mark.parametrize("language", ["en", "zh_CN", "zh_TW"])
def test_the_table_of_takings_lines_up_in_every_language(till: ShiftBench, language: str) -> None:
    two_months(till)
    lines = takings_lines(report(till, "2026-11-01", "2026-12-31"), language)
    assert len({width_columns(each.rstrip("\n")) for each in lines}) == 1
    assert lines[1].split() == [
        "2026-11-21",
        PHRASES["bill"][["en", "zh_CN", "zh_TW"].index(language)],
        *lines[1].split()[2:],
    ]
    assert lines[-1].endswith("1,060.00\n")
    assert takings_lines(report(till, "2026-10-01", "2026-10-31"), "en") == ["Nothing was taken on these days.\n"]


def test_a_shift_is_shown_without_what_should_be_there_until_it_is_counted(till: ShiftBench) -> None:
    anna = till.open(till.person("陈晓"), 100_00)
    till.bill(anna, note([line("service", 20_00)], {"cash": 20_00}))
    eyes = FourEyes(till.rights, till.staff, at_once)
    signs = Signing(till.database, till.staff, eyes, lambda: till.rulebook, at_once)
    commands = ShiftCommands(till.shifts, signs, lambda: till.rulebook)
    lines = shift_lines(commands.show(), "en")
    assert any("100.00" in each for each in lines)
    assert not any("120.00" in each or "20.00" in each.split() for each in lines)
    till.count(anna, 119_00)
    assert "Short" in shift_lines(commands.show(), "en")[-1]
    till.close(anna, "a coin")
    shown = shift_lines(commands.show(), "zh_CN")
    assert any("短款" in each and "-1.00" in each for each in shown)
    assert any("原因" in each and "a coin" in each for each in shown)
    assert len(shift_lines(commands.show(), "zh_TW")) == len(shown)


def test_a_count_is_told_in_one_sentence() -> None:
    counted = {"counted_fen": 3380_00, "expected_fen": 3386_00, "over_fen": -6_00}
    assert counted_line(counted, "en") == "Counted 3,380.00, expected 3,386.00: 6.00 short."
    assert counted_line(counted | {"over_fen": 1}, "zh_CN") == "实点 3,380.00，应有 3,386.00：长款 0.01。"
    assert counted_line(counted | {"over_fen": 0}, "en").endswith(": no difference.")


def test_pay_is_a_table_in_which_the_two_views_stand_apart() -> None:
    row = {
        "staff": "ab" * 16,
        "name": "阿兰",
        "cash_performance_fen": 1_00,
        "consumed_performance_fen": 2_00,
        "commission_fen": 3_00,
        "tiered_fen": 4_00,
    }
    lines = pay_lines([row, row | {"staff": "", "name": ""}], 2, "en")
    assert lines[0].split() == ["Person", "Money", "in", "Delivered", "Commission", "Tier"]
    assert lines[1].split() == ["阿兰", "1.00", "2.00", "3.00", "4.00"]
    assert lines[2].startswith("(nobody named)")
    assert "2. They are in no figure." in lines[3]
    assert pay_lines([], 0, "en") == ["Nothing was sold in this month.\n"]
