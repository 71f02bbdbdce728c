"""A shift over the real use cases of money: what they post is what its slip and its month of pay tell."""

from __future__ import annotations

import pathlib

from terminal.base.ids import ActionId
from terminal.ledger.verify import verify
from terminal.rules.pay.performance import Performance
from terminal.rules.rulebook import Rulebook
from terminal.rules.till.shift_slip import Sum
from terminal.services.pay import PastCommission, Pay
from terminal.services.rulebook import RuleStore
from terminal.services.shifts.asked import Wish
from terminal.services.shifts.figures import ClosedShift
from terminal.services.shifts.rights import Rights
from terminal.services.shifts.shifts import Shifts
from terminal.services.staff import Staff
from tests.ledger.conftest import STAFF, counter_over
from tests.services.shift_bench import PIN_HASH
from tests.support import open_test_book


def test_top_ups_and_charges_are_on_the_slip_and_in_the_month(tmp_path: pathlib.Path) -> None:
    made = open_test_book(tmp_path)
    database, book, clock = made.database, made.book, made.clock
    with database.write():
        database.run(
            "INSERT INTO staff (id, name, role, pin_hash) VALUES (?, ?, 'cashier', ?)",
            (STAFF.staff_id, STAFF.name, PIN_HASH),
        )
    staff, counter = Staff(database, book, clock), counter_over(made)
    assert staff.open_shift(STAFF.staff_id) == (STAFF.name, STAFF.shift_no)
    staff.require_open(STAFF)
    account = counter.member()
    counter.top_up(account, 1000_00, 200_00)
    counter.charge(account, 300_00)
    slips: list[ClosedShift] = []
    shifts = Shifts(database, book, clock, Rights(database, clock), slip=slips.append, closed=lambda _: None)
    roles, action = Rulebook().roles, iter(("a1" * 16, "b2" * 16))
    counted = shifts.count(roles, _wish(next(action)), 0, 1000_00)
    assert (counted.expected_fen, counted.over_fen) == (1000_00, 0)
    slip = shifts.close(roles, _wish(next(action)), 0).slip
    assert (slip.tenders, slip.sales) == ((Sum("cash", 1, 1000_00),), Sum("sale", 1, 300_00))
    assert (slip.top_ups, slip.top_up_bonus_fen) == (Sum("top_up", 1, 1000_00), 200_00)
    assert (slip.purse_principal_fen, slip.purse_bonus_fen) == (250_00, 50_00)
    month = Pay(database, clock, PastCommission(database, RuleStore(database))).month("2026-11")
    found = {row.name: row.month.performance for row in month.rows}
    assert found == {STAFF.name: Performance(1000_00, 0), "": Performance(0, 300_00)}
    assert verify(database, tmp_path / "scratch.db").code == ""
    database.close()


def _wish(action: str) -> Wish:
    return Wish(STAFF, ActionId(action))
