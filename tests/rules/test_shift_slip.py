"""The slip of a shift: takings by tender, top-ups apart from sales, and who refunded and voided."""

from __future__ import annotations

import datetime as dt

import pytest

from terminal.base.errors import Refusal
from terminal.rules.till.shift import close, count, open_shift
from terminal.rules.till.shift_slip import Deed, Journal, Pending, Sum, Undone, slip

AT = dt.datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - the shop's own civil time
OPENED = open_shift((), "s1", "till-1", "anna", AT, 0)
SHIFT = close(count(OPENED, 0, ()), AT)
PENDING = Pending(unsettled=1, held=2, unknown=3)
JOURNAL = Journal("1-000017", "1-000042", "ab" * 32)
DEEDS = (
    Deed("top_up", "anna", (("wechat", 1000_00),), 1000_00, granted_fen=200_00),
    Deed("top_up", "anna", (("cash", 500_00),), 500_00),
    Deed("sale", "anna", (("cash", 100_00), ("wechat", 50_00)), 450_00, principal_fen=250_00, bonus_fen=50_00),
    Deed("sale", "ben", (), 165_00, sessions_used=1, discount_fen=20_00, round_off_fen=4),
    Deed("pass_sale", "anna", (("card", 3960_00),), 3960_00, passes_sold=2),
    Deed("fee", "anna", (("cash", 10_00),), 10_00),
    Deed("refund", "ben", (("cash", -30_00),), -80_00, principal_fen=-50_00, discount_fen=-5_00),
    Deed("refund", "ben", (("cash", -1_00),), -1_00),
    Deed("refund", "anna", (), -2_00),
    Deed("void", "anna", (("cash", -500_00),), -500_00),
    Deed("gift_card", "ben", (("voucher", 300_00),), 300_00),
    Deed("cash_in", "anna", (), 300_00),
    Deed("cash_out", "anna", (), 100_00),
    Deed("cash_out", "ben", (), 1_00),
    Deed("paid_out", "ben", (("wechat", -20_00),)),
    Deed("drawer", "anna"),
    Deed("drawer", "ben"),
)


def test_the_slip_has_every_figure_of_the_shift() -> None:
    made = slip(SHIFT, DEEDS, PENDING, JOURNAL)
    assert made.tenders == (
        Sum("card", 1, 3960_00),
        Sum("cash", 6, 79_00),
        Sum("voucher", 1, 300_00),
        Sum("wechat", 3, 1030_00),
    )
    assert made.sales == Sum("sale", 2, 615_00)
    assert (made.top_ups, made.top_up_bonus_fen) == (Sum("top_up", 2, 1500_00), 200_00)
    assert made.gift_cards == Sum("gift_card", 1, 300_00)
    assert (made.purse_principal_fen, made.purse_bonus_fen) == (200_00, 50_00)
    assert (made.passes_sold, made.fees) == (Sum("pass_sale", 2, 3960_00), Sum("fee", 1, 10_00))
    assert (made.sessions_used, made.discount_fen, made.round_off_fen, made.drawer_openings) == (1, 15_00, 4, 2)
    assert (made.cash_in, made.cash_out) == (Sum("cash_in", 1, 300_00), Sum("cash_out", 2, 101_00))
    assert made.undone == (
        Undone("refund", "anna", 1, -2_00),
        Undone("refund", "ben", 2, -81_00),
        Undone("void", "anna", 1, -500_00),
    )
    assert (made.shift, made.pending, made.journal) == (SHIFT, PENDING, JOURNAL)


def test_a_shift_without_deeds_has_a_slip_too() -> None:
    made = slip(SHIFT, (), Pending(), JOURNAL)
    assert (made.tenders, made.sales, made.undone) == ((), Sum("sale", 0, 0), ())
    assert made.pending == Pending(unsettled=0, held=0, unknown=0)


def test_only_a_closed_shift_has_a_slip() -> None:
    with pytest.raises(Refusal, match="shift_not_closed"):
        slip(OPENED, (), PENDING, JOURNAL)


def test_a_deed_of_no_known_kind_is_not_left_out_silently() -> None:
    with pytest.raises(Refusal, match="slip_deed_unknown"):
        slip(SHIFT, (Deed("gift", "anna"),), PENDING, JOURNAL)
