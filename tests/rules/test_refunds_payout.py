"""Payouts: back to the provider where it takes the money, little cash, and the rest to the member's bank."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.rules.refunds.payout import BANK, CASH, Payout, Ways, mistakes, payouts
from terminal.rules.refunds.prepayment import PaymentRight
from tests.told import keys as keys_of

PAID_ON = dt.date(2026, 3, 2)
DAY = dt.date(2027, 3, 2)  # 365 days later
WAYS = Ways(MappingProxyType({"wechat": 365, "alipay": 90}))


def right(name: str, tender: str) -> PaymentRight:
    return PaymentRight(name, tender, 500_00, PAID_ON, 1)


def test_cash_above_the_limit_goes_to_the_bank_as_a_whole() -> None:
    taken = [(right("a", "cash"), 60_00), (right("w", "wechat"), 500_00), (right("b", "cash"), 40_00)]
    assert payouts(taken, DAY, WAYS) == (
        Payout("a", CASH, 60_00),
        Payout("w", "wechat", 500_00),
        Payout("b", CASH, 40_00),
    )
    assert payouts([*taken, (right("c", "cash"), 1)], DAY, WAYS) == (
        Payout("a", BANK, 60_00),
        Payout("w", "wechat", 500_00),
        Payout("b", BANK, 40_00),
        Payout("c", BANK, 1),
    )


@pytest.mark.parametrize(("fen", "ways"), [(100_00, [(CASH, 100_00)]), (100_01, [(BANK, 100_01)])])
def test_just_a_hundred_yuan_is_paid_in_cash(fen: int, ways: list[tuple[str, int]]) -> None:
    paid = payouts([(right("a", "cash"), fen)], DAY, WAYS)
    assert [(payout.tender, payout.fen) for payout in paid] == ways


def test_a_provider_is_paid_back_within_its_window_unless_it_refused() -> None:
    taken = [(right("w", "wechat"), 10_00), (right("a", "alipay"), 10_00), (right("v", "voucher"), 10_00)]
    assert [payout.tender for payout in payouts(taken, DAY, WAYS)] == ["wechat", BANK, BANK]
    assert [payout.tender for payout in payouts(taken, DAY + dt.timedelta(days=1), WAYS)] == [BANK, BANK, BANK]
    assert [payout.tender for payout in payouts(taken, PAID_ON, WAYS, refused={"a"})] == ["wechat", BANK, BANK]
    assert [payout.tender for payout in payouts(taken, PAID_ON, WAYS)] == ["wechat", "alipay", BANK]
    assert payouts([(right("b", "bank"), 10_00)], DAY, WAYS) == (Payout("b", "bank", 10_00),)


def test_a_deposit_counts_for_the_limit_of_cash() -> None:
    cash = [(right("a", "cash"), 90_00)]
    assert payouts(cash, DAY, WAYS, deposit_fen=10_00) == (Payout("a", CASH, 90_00), Payout("", CASH, 10_00))
    assert payouts(cash, DAY, WAYS, deposit_fen=20_00) == (Payout("a", BANK, 90_00), Payout("", BANK, 20_00))


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from(["cash", "bank", "wechat", "alipay"]), st.integers(1, 200_00)), max_size=6),
    st.integers(0, 50_00),
)
def test_all_is_paid_and_in_cash_all_of_it_or_nothing(taken: list[tuple[str, int]], deposit_fen: int) -> None:
    pieces = [(right(f"r{place}", tender), fen) for place, (tender, fen) in enumerate(taken)]
    paid = payouts(pieces, DAY, WAYS, deposit_fen=deposit_fen)
    assert sum(payout.fen for payout in paid) == sum(fen for _, fen in taken) + deposit_fen
    wanted_fen = sum(fen for tender, fen in taken if tender == CASH) + deposit_fen
    in_cash_fen = sum(payout.fen for payout in paid if payout.tender == CASH)
    assert in_cash_fen == (wanted_fen if wanted_fen <= 100_00 else 0)
    for piece, fen in pieces:
        assert sum(payout.fen for payout in paid if payout.right == piece.id) == fen


def test_all_mistakes_of_the_ways_are_found() -> None:
    assert mistakes(WAYS) == mistakes(Ways({"wechat": 0}, cash_most_fen=0)) == []
    wrong = Ways({"cash": 3, "bank": 3, "wechat": -1}, cash_most_fen=-1)
    assert keys_of(mistakes(wrong)) == [
        "cash_most_fen",
        "windows_days.cash",
        "windows_days.bank",
        "windows_days.wechat",
    ]
