"""Shifts over the real book: float, cash moves, blind count, over and short, closing, handing over."""

from __future__ import annotations

import datetime as dt
import pathlib
import random
import secrets
from collections.abc import Iterator

import pytest
from sqlcipher3 import dbapi2

from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.rules.till.roles import ACTIONS
from terminal.rules.till.shift_slip import Sum
from terminal.services.shifts.records import require_open
from terminal.services.views import SignedIn
from tests.services.shift_bench import ShiftBench, line, note, shift_bench
from tests.support import SHANGHAI


@pytest.fixture
def till(tmp_path: pathlib.Path) -> Iterator[ShiftBench]:
    """Give a till; after the test its book must still be right."""
    made = shift_bench(tmp_path)
    yield made
    assert made.verify() == ""
    made.database.close()


def busy_day(till: ShiftBench, float_fen: int = 500_00) -> tuple[SignedIn, SignedIn]:
    """Return a cashier with a shift as in H-1, and a manager: 1286 of sales, 2000 of top-ups, 300 back, 100 out."""
    boss, anna = till.person("李店长", "manager"), till.open(till.person("陈晓"), float_fen)
    sold = till.bill(anna, note([line("service", 986_00)], {"cash": 986_00}))
    till.bill(anna, note([line("product", 300_00)], {"cash": 300_00}))
    till.top_up(anna, 2000_00, 400_00)
    till.bill(anna, note([line("service", 88_00)], {"wechat": 88_00}))
    till.money_back(anna, "refund", sold, {"sales/service": 300_00})
    till.take_out(anna, 100_00, boss=boss)
    return anna, boss


@pytest.mark.parametrize(("counted_fen", "expected_fen", "over_fen"), [pytest.param(3380_00, 3386_00, -6_00, id="H-1")])
def test_a_short_count_needs_a_reason_and_is_booked_as_short(
    till: ShiftBench, counted_fen: int, expected_fen: int, over_fen: int
) -> None:
    anna, _ = busy_day(till)
    assert till.cash() == {"tender/cash": expected_fen, "cash_moves": -400_00}
    assert till.count(anna, counted_fen) == (expected_fen, over_fen)
    assert till.verify() == ""
    refused = till.refused(lambda: till.close(anna))
    assert (refused.code, refused.values) == ("shift_reason_missing", {"difference_fen": over_fen})
    made = till.close(anna, "two coins rolled away")
    assert till.verify() == ""
    assert till.last().postings == (("cash_moves", 3380_00), ("cash_over_short", 6_00), ("tender/cash", -3386_00))
    assert till.cash() == {"cash_moves": 2980_00, "cash_over_short": 6_00}
    payload = till.last().payload
    assert (payload["expected_fen"], payload["counted_fen"], payload["over_fen"]) == (3386_00, 3380_00, -6_00)
    assert (payload["reason"], payload["shift"]) == ("two coins rolled away", anna.shift_no)
    assert (made.kept.shift.reason, made.kept.shift.over_fen) == ("two coins rolled away", -6_00)
    assert (till.slips, till.closed) == ([made], [anna.shift_no])


def test_the_slip_tells_takings_apart_from_the_purse_and_the_drawers_own_cash(till: ShiftBench) -> None:
    anna, boss = busy_day(till)
    member = new_id()
    till.top_up(anna, 500_00, 100_00, account=member, tender="wechat")
    purse = note([line("service", 60_00, units=0)], {"principal": 50_00, "bonus": 10_00}, member)
    paid = till.bill(anna, purse)
    passes = [line("pass", 1980_00, pass_code="p"), line("service", 20_00)]
    till.bill(anna, note(passes, {"card": 2000_00}, member))
    till.put_in(anna, 7_00)
    ben = till.signed_in(boss)
    till.money_back(SignedIn("", ben.staff_id, "", anna.shift_no), "void", paid, {"sales/service": 60_00})
    till.count(anna, 3333_00)
    slip = till.close(anna).slip
    assert slip.tenders == (
        Sum("card", 1, 2000_00),
        Sum("cash", 5, 2926_00),
        Sum("wechat", 2, 588_00),
    )
    assert (slip.sales, slip.top_ups) == (Sum("sale", 5, 1454_00), Sum("top_up", 2, 2500_00))
    assert (slip.top_up_bonus_fen, slip.passes_sold) == (500_00, Sum("pass_sale", 1, 1980_00))
    assert (slip.purse_principal_fen, slip.purse_bonus_fen) == (0, 0)
    undone = [(each.kind, each.operator, each.count, each.fen) for each in slip.undone]
    assert undone == [("refund", anna.staff_id, 1, -300_00), ("void", boss.staff_id, 1, -60_00)]
    assert (slip.cash_in, slip.cash_out) == (Sum("cash_in", 1, 7_00), Sum("cash_out", 1, 100_00))
    head = till.database.row("SELECT hash FROM entry ORDER BY seq DESC LIMIT 1")
    assert head is not None
    assert slip.journal.head == head[0].hex()
    assert slip.journal.last_no == f"1-{till.book.life().seq:06d}"
    assert till.shifts.closed(anna.shift_no).slip == slip, "the same whenever it is asked for"


def test_the_slip_counts_openings_of_the_drawer_and_bills_left_behind(till: ShiftBench) -> None:
    anna = till.open(till.person("陈晓"))
    with till.database.write():
        for place, (who, reason) in enumerate(((anna.staff_id, "staff"), (anna.staff_id, "top_up"), ("ben", "staff"))):
            till.database.run(
                "INSERT INTO drawer_opening (action_id, state, code, staff, reason, bill_no, at)"
                " VALUES (?, 'done', '', ?, ?, '', ?)",
                (bytes([place] * 16), who, reason, till.clock.now_ms()),
            )
        for state in ("open", "held", "held"):
            till.database.run(
                "INSERT INTO open_bill (id, state, account, staff, label, version, opened_at, changed_at, body)"
                " VALUES (?, ?, x'', '', '', 1, 0, 0, '')",
                (new_id(), state),
            )
    till.count(anna, 0)
    slip = till.close(anna).slip
    assert slip.drawer_openings == 1
    assert (slip.pending.unsettled, slip.pending.held, slip.pending.unknown) == (1, 2, 0)
    with till.database.write():
        till.database.run("DELETE FROM open_bill")
    assert till.shifts.closed(anna.shift_no).slip == slip, "it tells what was left behind then"


def test_signing_in_opens_a_shift_without_a_float_which_can_be_counted_into_it(till: ShiftBench) -> None:
    anna = till.signed_in(till.person("陈晓"))
    assert till.signed_in(anna).shift_no == anna.shift_no == 1
    kept = till.shifts.open(till.wish(anna), 200_00)
    assert (kept.number, kept.shift.float_fen) == (1, 200_00)
    assert till.cash() == {"tender/cash": 200_00, "cash_moves": -200_00}
    assert till.refused(lambda: till.open(anna, 1_00)).code == "shift_till_taken"
    assert till.count(anna, 200_00) == (200_00, 0)
    till.close(anna)
    assert till.cash() == {}
    assert till.signed_in(anna).shift_no == 2


def test_a_till_is_one_persons_at_a_time_and_looking_on_takes_none(till: ShiftBench) -> None:
    boss = till.signed_in(till.person("李店长", "manager"))
    anna, ben = till.person("陈晓"), till.person("周宁")
    anna = till.open(anna, 100_00)
    assert till.refused(lambda: till.open(ben, 50_00)).code == "shift_till_taken"
    assert boss.shift_no == 1
    assert anna.shift_no == 2


def test_the_next_person_takes_the_float_out_of_what_was_counted(till: ShiftBench) -> None:
    anna, _ = busy_day(till)
    ben = till.person("周宁")
    assert till.refused(lambda: till.hand_over(ben, 500_00)).code == "shift_not_closed"
    till.count(anna, 3386_00)
    assert till.refused(lambda: till.hand_over(ben, 500_00)).code == "shift_not_closed"
    till.close(anna)
    assert till.refused(lambda: till.hand_over(ben, 3386_01)).code == "float_bad"
    wish = till.wish(ben)
    kept = till.shifts.hand_over(wish, 500_00)
    assert till.shifts.hand_over(wish, 500_00) == kept, "asked for again, it is the same shift"
    assert (kept.number, kept.shift.person, kept.shift.float_fen) == (2, ben.staff_id, 500_00)
    assert till.last().payload["from_shift"] == anna.shift_no
    # What is in the drawer now, and what left it: all that was counted less the float, and the 100.00 before.
    assert till.cash() == {"tender/cash": 500_00, "cash_moves": 3386_00 - 500_00 + 100_00 - 500_00}
    ben = SignedIn("", ben.staff_id, ben.name, kept.number)
    till.bill(ben, note([line("service", 30_00)], {"cash": 30_00}))
    assert till.count(ben, 530_00) == (530_00, 0)
    assert till.close(ben).slip.sales == Sum("sale", 1, 30_00)


def test_a_float_comes_out_of_the_shift_that_was_closed_last_whichever_was_opened_last(till: ShiftBench) -> None:
    anna, boss, ben = till.open(till.person("陈晓"), 100_00), till.person("李店长", "manager"), till.person("周宁")
    boss = till.signed_in(boss)
    assert (anna.shift_no, boss.shift_no) == (1, 2)
    till.count(boss, 0)
    till.close(boss)
    till.clock.advance(60)
    till.count(anna, 100_00)
    till.close(anna)
    assert till.hand_over(ben, 100_00).shift.float_fen == 100_00
    assert till.last().payload["from_shift"] == anna.shift_no


def test_a_count_is_blind_made_once_and_stops_money_work(till: ShiftBench) -> None:
    anna, _ = busy_day(till)
    for wrong in (-1, 10**12 + 1):
        assert till.refused(lambda fen=wrong: till.count(anna, fen)).code == "count_bad"  # type: ignore[misc]  # bound now
    require_open(till.database, anna)
    wish, roles = till.wish(anna), till.rulebook.roles
    first = till.shifts.count(roles, wish, 0, 3386_00)
    assert till.shifts.count(roles, wish, 0, 3386_00) == first
    assert till.refused(lambda: till.shifts.count(roles, wish, 0, 3387_00)).code == "action_conflict"
    assert till.refused(lambda: till.count(anna, 3387_00)).code == "shift_counted"
    assert till.refused(lambda: till.put_in(anna, 1_00)).code == "shift_counted"
    with pytest.raises(Refusal, match="shift_counted"):
        require_open(till.database, anna)
    till.close(anna)
    with pytest.raises(Refusal, match="shift_missing"):
        require_open(till.database, anna)
    assert till.refused(lambda: till.put_in(anna, 1_00)).code == "shift_missing"
    assert till.refused(lambda: till.close(anna, number=anna.shift_no)).code == "shift_missing"


def test_cash_moves_need_an_amount_a_reason_and_the_right(till: ShiftBench) -> None:
    anna, boss = till.open(till.person("陈晓"), 100_00), till.person("李店长", "manager")
    for fen in (0, -1, 10**12 + 1):
        assert till.refused(lambda fen=fen: till.put_in(anna, fen)).code == "cash_move_bad"  # type: ignore[misc]  # bound now
    assert till.refused(lambda: till.put_in(anna, 1, " ")).code == "reason_missing"
    assert till.refused(lambda: till.put_in(anna, 1, "x" * 201)).code == "reason_long"
    # Who may not take cash out is told nothing by trying; what is there would show the count before it is made.
    for fen in (50_00, 100_00, 100_01):
        assert till.refused(lambda fen=fen: till.take_out(anna, fen)).code == "approval_needed"  # type: ignore[misc]  # bound now
    with pytest.raises(Refusal, match="cash_not_enough") as refused:
        till.take_out(anna, 100_01, boss=boss)
    assert dict(refused.value.values) == {}
    entry_no = till.take_out(anna, 50_00, boss=boss)
    payload = till.last().payload
    assert entry_no == f"1-{till.book.life().seq:06d}"
    assert (payload["amount_fen"], payload["reason"], payload["approved_by"]) == (50_00, "to the safe", boss.staff_id)
    till.put_in(anna, 5_00)
    assert till.count(anna, 55_00) == (55_00, 0)


def test_a_move_of_cash_asked_for_again_is_the_first_one(till: ShiftBench) -> None:
    anna = till.open(till.person("陈晓"))
    wish, roles = till.wish(anna), till.rulebook.roles
    first = till.shifts.move_cash(roles, wish, "in", 5_00, "change")
    before = till.everything()
    assert till.shifts.move_cash(roles, wish, "in", 5_00, "change") == first
    assert till.everything() == before
    assert till.refused(lambda: till.shifts.move_cash(roles, wish, "in", 6_00, "change")).code == "action_conflict"


def test_somebody_elses_shift_is_closed_by_who_has_the_right(till: ShiftBench) -> None:
    anna, boss = till.open(till.person("陈晓"), 10_00), till.person("李店长", "manager")
    ben = till.person("周宁")
    assert till.refused(lambda: till.count(ben, 10_00, anna.shift_no)).code == "approval_needed"
    assert till.count(boss, 10_00, anna.shift_no) == (10_00, 0)
    made = till.close(boss, number=anna.shift_no)
    assert (made.kept.shift.person, till.last().payload["operator"]) == (anna.staff_id, boss.staff_id)


def test_two_people_and_two_shifts_keep_their_takings_apart(till: ShiftBench) -> None:
    anna, ben = till.open(till.person("陈晓"), 10_00), till.signed_in(till.person("周宁"))
    till.bill(anna, note([line("service", 30_00)], {"cash": 30_00}))
    till.bill(ben, note([line("service", 5_00)], {"cash": 5_00}))
    assert till.count(anna, 40_00) == (40_00, 0)
    assert till.count(ben, 5_00) == (5_00, 0)
    assert till.close(anna).slip.sales == Sum("sale", 1, 30_00)
    assert till.close(ben).slip.sales == Sum("sale", 1, 5_00)


def test_a_shift_over_midnight_and_the_end_of_the_business_day_is_one_shift(till: ShiftBench) -> None:
    till.clock.at = dt.datetime(2026, 11, 21, 22, 0, tzinfo=SHANGHAI)
    anna = till.open(till.person("陈晓"), 10_00)
    for hours in (1, 4, 2):  # 23:00, 03:00, and 05:00 of the next business day
        till.clock.advance(hours * 3600)
        till.bill(anna, note([line("service", 1_00)], {"cash": 1_00}))
    days = [row[0] for row in till.database.rows("SELECT day FROM deed WHERE kind = 'bill' ORDER BY seq")]
    assert days == ["2026-11-21", "2026-11-21", "2026-11-22"]
    assert till.count(anna, 13_00) == (13_00, 0)
    assert till.close(anna).slip.sales == Sum("sale", 3, 3_00)


def test_the_kiosk_takes_money_in_the_terminals_own_shift_of_the_day(till: ShiftBench) -> None:
    anna = till.open(till.person("陈晓"), 10_00)
    kiosk = till.shifts.own()
    assert till.shifts.own() == kiosk
    assert kiosk.shift_no != anna.shift_no
    till.top_up(kiosk, 100_00, tender="wechat")
    till.clock.advance(24 * 3600)
    next_day = till.shifts.own()
    assert next_day.shift_no == kiosk.shift_no + 1
    made = till.shifts.closed(kiosk.shift_no)
    assert (made.slip.top_ups, made.kept.shift.person) == (Sum("top_up", 1, 100_00), "terminal")
    assert till.slips == [made]
    assert "(terminal)" not in [choice.name for choice in till.staff.names()]
    assert till.count(anna, 10_00) == (10_00, 0), "the cashier's shift is another one"


def test_a_terminals_shift_with_cash_in_it_waits_for_somebody_who_counts_it(till: ShiftBench) -> None:
    kiosk, boss = till.shifts.own(), till.person("李店长", "manager")
    till.top_up(kiosk, 100_00)
    till.clock.advance(24 * 3600)
    assert till.shifts.own() == kiosk
    assert till.count(boss, 100_00, kiosk.shift_no) == (100_00, 0)
    till.close(boss, number=kiosk.shift_no)
    assert till.shifts.own().shift_no == kiosk.shift_no + 1


def test_whatever_happens_in_a_shift_its_cash_is_what_the_drawer_holds(till: ShiftBench) -> None:
    seed = secrets.randbits(32)
    print("seed", seed)
    draw = random.Random(seed)
    boss, people = till.person("李店长", "manager"), [till.person(f"人{place}") for place in range(3)]
    safe_fen = 0
    for person in people:
        drawer_fen = draw.randrange(500_00)
        by = till.open(person, drawer_fen)
        safe_fen -= drawer_fen
        for _ in range(draw.randrange(12)):
            fen, what = draw.randrange(1, 300_00), draw.randrange(5)
            if what == 0:
                till.bill(by, note([line("service", fen)], {"cash": fen}))
            elif what == 1:
                till.top_up(by, fen, tender=draw.choice(("cash", "wechat")))
                fen = dict(till.last().postings).get("tender/cash", 0)
            elif what == 2:
                till.put_in(by, fen)
                safe_fen -= fen
            elif fen > drawer_fen:
                continue
            elif what == 3:
                till.take_out(by, fen, boss=boss)
                safe_fen, fen = safe_fen + fen, -fen
            else:
                sold = till.bill(by, note([line("service", 1)], {"wechat": 1}))
                till.money_back(by, "refund", sold, {"sales/service": fen})
                fen = -fen
            drawer_fen += fen
            assert till.cash().get("tender/cash", 0) == drawer_fen
        counted_fen = max(0, drawer_fen + draw.randrange(-5, 6))
        assert till.count(by, counted_fen) == (drawer_fen, counted_fen - drawer_fen)
        till.close(by, "draw")
        safe_fen += counted_fen
        assert (till.cash().get("tender/cash", 0), till.cash().get("cash_moves", 0)) == (0, safe_fen)


def test_a_fault_in_the_middle_leaves_nothing_behind(till: ShiftBench) -> None:
    anna, _ = busy_day(till)
    till.count(anna, 3386_00)
    with till.database.write():
        till.database.run("CREATE TRIGGER fault BEFORE UPDATE ON shift BEGIN SELECT raise(ABORT, 'fault'); END")
    before = till.everything()
    wish, roles = till.wish(anna), till.rulebook.roles
    with pytest.raises(dbapi2.IntegrityError, match="fault"):
        till.shifts.close(roles, wish, 0, "")
    assert (till.everything(), till.closed) == (before, [])
    with till.database.write():
        till.database.run("DROP TRIGGER fault")
    made = till.shifts.close(roles, wish, 0, "")
    assert till.shifts.close(roles, wish, 0, "") == made
    assert len(till.slips) == 1


def test_the_rights_that_shifts_ask_for_are_those_that_roles_can_have() -> None:
    assert {"cash_out", "close_shift_of_other", "open_drawer", "settle_alert"} <= ACTIONS.keys()
