"""What a refund counts as on a shift's slip, and what a repayment counts as where nothing was on credit."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from terminal.rules.bill_note import CASH, BillNote, NoteLine, NoteTender
from terminal.rules.entry import Effect
from terminal.rules.pay.commission import CommissionRules, Person
from terminal.rules.pay.performance import Item, Performance
from terminal.rules.pay.sales import repaid, sold_bill
from terminal.rules.till.shift_deeds import Undone, deeds_of
from terminal.rules.till.shift_slip import Deed
from tests.rules.test_shift_deeds import bill, made
from tests.rules.vectors import BONUS, PRINCIPAL, TOP_UP_RIGHT

DAY = dt.date(2026, 11, 21)


def test_a_refund_gives_back_what_it_creates_and_the_right_it_spends_is_not_part_of_it() -> None:
    effects = (
        Effect("spend", TOP_UP_RIGHT.id, 50),
        Effect("create", PRINCIPAL.id, 30),
        Effect("create", PRINCIPAL.id, 10),
        Effect("create", BONUS.id, 5),
        Effect("spend", PRINCIPAL.id, 7),
    )
    refund = replace(made("refund", amount_fen=-50, undoes="d/1/7"), effects=effects)
    known = {PRINCIPAL.id: "principal", BONUS.id: "bonus", TOP_UP_RIGHT.id: "refund_right"}
    assert deeds_of(refund, lambda _: Undone(bill(), known)) == (
        Deed("refund", "anna", (), -50, principal_fen=-40, bonus_fen=-5),
    )


def test_a_repayment_for_what_was_paid_at_once_is_nobodys_and_leaves_the_sale_as_it_was() -> None:
    line = NoteLine("i", "n", "service", "", 100, 1, 100, 100, people=(Person("anna", "cut", 1),))
    sold = sold_bill(BillNote("", (line,), 100, tenders=(NoteTender(CASH, 100),)), CommissionRules())
    assert repaid(sold, 30, DAY) == ((Item(DAY, "", Performance(30)),), sold)
