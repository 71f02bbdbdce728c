"""What was given back is told again by its action, whatever moved since; who may not is told before anything else."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.rules.refunds.prepayment import MEMBERS_WISH, NOT_MEMBERS_FAULT
from terminal.rules.till.roles import Limit, Role, Roles
from tests.services.refund_bench import BOOK, CASHIER, MANAGER, RefundBench, line, open_bench
from tests.services.shift_bench import PIN, PIN_HASH
from tests.services.test_refunds_commands import RULES, TWELVE, Desk, numbered, with_file

LIMITED = replace(
    RULES,
    roles=Roles(
        (
            Role("cashier", (Limit("refund", 50_00), Limit("void", 500_00))),
            Role("manager", BOOK.roles.named("manager").limits, frozenset({"cashier"})),
        )
    ),
)
ALONE = {"staff": CASHIER.name}
TWO = {**ALONE, "approver": MANAGER.name}


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Iterator[Desk]:
    """Give the commands of a counter over an empty book, proved at the end, whose people have PINs."""
    with open_bench(tmp_path) as bench:
        with bench.made.database.write():
            bench.made.database.run("UPDATE staff SET pin_hash = ?", (PIN_HASH,))
        yield Desk(bench)


def code_of(desk: Desk, verb: str, **asked: Any) -> str:
    """Return the code a look is refused with."""
    with pytest.raises(Refusal) as caught:
        desk.look(verb, **asked)
    return caught.value.code


def found(desk: Desk, what: str, action: str, **asked: Any) -> Any:  # noqa: ANN401 - JSON
    """Return what an action did before."""
    return desk.look("found", what=what, action=action, **asked)


def moved(bench: RefundBench) -> int:
    """Return how many entries there are."""
    return bench.made.book.life().seq


def test_a_refund_is_told_again_as_it_was_though_the_rest_of_the_bill_went_since(desk: Desk) -> None:
    bill = numbered(desk.bench.bill(None, [line(80_00, 2), line(20_00, kind="product")], {"cash": 100_00}))
    action = new_id()
    wish: dict[str, Any] = {"number": bill, "lines": [[1, 2], [2, 1]], "goods": [[2, 1]]}
    assert found(desk, "bill", action, number=bill) == {"found": False}
    first = desk.do("bill", action=action, **wish, expected_fen=100_00)
    assert code_of(desk, "bill_look", number=bill) == "refund_done"
    for asked in ({"goods": [[2, 0]]}, {"lines": [[1, 0], [2, 0]], "goods": [[2, 0]]}, wish):
        assert found(desk, "bill", action, **{"number": bill, **asked}) == {"found": True, "done": first}
    for other in ({}, {"lines": [[1, 1], [2, 1]], "goods": [[2, 1]]}, {"lines": [[2, 0]]}):
        assert code_of(desk, "found", what="bill", action=action, number=bill, **other) == "action_conflict"
    assert code_of(desk, "found", what="void", action=action, number=bill, reason="") == "action_conflict"
    assert code_of(desk, "found", what="bill", action="1", number=bill) == "action_bad"


def test_voids_top_ups_and_passes_are_told_again_by_what_was_typed(desk: Desk) -> None:
    bench, account, actions = desk.bench, desk.bench.member(), [new_id() for _ in range(3)]
    desk.rules = replace(RULES, purse=replace(RULES.purse, void_reach="day"))
    bill = numbered(bench.bill(None, [line(80_00)], {"cash": 80_00}))
    how = {"number": bill, "reason": "typed twice"}
    voided = desk.do("void", CASHIER.name, action=actions[0], **how)
    assert found(desk, "void", actions[0], **how)["done"] == voided
    assert code_of(desk, "found", what="void", action=actions[0], number=bill, reason="other") == "action_conflict"
    assert code_of(desk, "found", what="reopen", action=actions[0], **how) == "action_conflict"

    top_up = numbered(bench.top_up(account, 100_00))
    shown = desk.look("top_up_look", number=top_up, reason=MEMBERS_WISH)
    wish = {"account": account, "top_up": shown["top_up"], "reason": MEMBERS_WISH}
    given = desk.do("top_up", action=actions[1], **wish)
    typed: dict[str, Any] = {"number": top_up, "reason": MEMBERS_WISH}
    assert code_of(desk, "top_up_look", **typed) == "refund_done"
    assert found(desk, "top_up", actions[1], **typed, received=False)["done"] == given
    for other in ({"received": True}, {"reason": NOT_MEMBERS_FAULT}, {"number": bill}):
        assert code_of(desk, "found", what="top_up", action=actions[1], **(typed | other)) == "action_conflict"

    lot = bench.sell_pass(account, TWELVE, {"cash": 1980_00})
    bench.sections["passes"] = (TWELVE,)
    of_pass = {"account": account, "reason": NOT_MEMBERS_FAULT}
    back = desk.do("pass", action=actions[2], lot=lot, **of_pass)
    for letters in (lot, lot[:6]):
        assert found(desk, "pass", actions[2], lot=letters, **of_pass)["done"] == back
    for lot_typed in (lot[:5], "f" * 32):
        assert code_of(desk, "found", what="pass", action=actions[2], lot=lot_typed, **of_pass) == "action_conflict"


def test_a_payout_is_told_again_by_what_was_typed_and_of_anything_else_that_it_was_done(desk: Desk) -> None:
    bench, account = desk.bench, desk.bench.member()
    bill = numbered(bench.bill(account, [line(80_00)], {"wechat": 50_00, "alipay": 30_00}))
    done = desk.do("bill", number=bill, lines=[[1, 1]])
    action = new_id()
    pay: dict[str, Any] = {"number": done["entry"], "place": 2}
    first = desk.do("pay", action=action, **pay)
    said = {name: first[name] for name in ("number", "place", "means", "fen")}
    for asked in (pay, {"number": done["entry"]}):
        assert found(desk, "pay", action, **asked) == {"found": True, "done": said}
    for other in ({"place": 1}, {"number": bill}, {"tender": "bank"}):
        assert code_of(desk, "found", what="pay", action=action, **(pay | other)) == "action_conflict", other
    assert code_of(desk, "found", what="bill", action=action, number=bill) == "action_conflict"
    action = new_id()
    desk.do("payout_noted", action=action, number=done["entry"], place=1, failed=False)
    assert found(desk, "note", action) == {"found": True, "place": 1}
    assert code_of(desk, "found", what="pay", action=action, number=done["entry"], place=1) == "action_conflict"
    bench.bill(account, [line(30_00)], {"on_credit": 30_00})
    action = new_id()
    desk.do("repay", action=action, account=account, amount_fen=1_00, tender="cash")
    assert found(desk, "repay", action) == {"found": True, "place": 0}


def test_who_may_not_is_told_before_anything_is_computed_and_with_the_amount_once_more(desk: Desk) -> None:
    bill = numbered(desk.bench.bill(None, [line(80_00, 2)], {"cash": 80_00}))
    assert code_of(desk, "bill_look", number="1-999999", **ALONE) == "approval_needed", "before the bill is read"
    assert code_of(desk, "bill_look", number="1-999999", **TWO) == "refund_bill_unknown"
    assert desk.look("bill_look", number=bill)["given_fen"] == 80_00, "who only looks needs no right"
    desk.rules = LIMITED
    assert desk.look("bill_look", number=bill, lines=[[1, 1]], **ALONE)["given_fen"] == 40_00
    assert code_of(desk, "bill_look", number=bill, **ALONE) == "approval_needed"
    assert desk.look("bill_look", number=bill, **TWO)["given_fen"] == 80_00
    assert code_of(desk, "bill_look", number=bill, **ALONE, approver=CASHIER.name) == "approval_own"
    assert code_of(desk, "bill_look", number=bill, staff="nobody") == "staff_unknown"
    assert code_of(desk, "top_up_look", number=bill, reason=MEMBERS_WISH, **ALONE) == "approval_needed"
    assert code_of(desk, "void_look", number=bill, what="reopen", **ALONE) == "approval_needed"
    assert desk.look("void_look", number=bill, **ALONE)["amount_fen"] == 80_00


def test_a_bill_or_top_up_that_cannot_be_undone_says_so_before_it_asks_for_an_approver(desk: Desk) -> None:
    bench, account = desk.bench, desk.bench.member()
    boss = {"approver": MANAGER.name, "approver_pin": PIN}
    nothing = Role("cashier"), Role("manager", BOOK.roles.named("manager").limits, frozenset({"cashier"}))
    desk.rules = replace(RULES, roles=Roles(nothing))
    bill, top_up = numbered(bench.bill(None, [line(80_00)], {"cash": 80_00})), numbered(bench.top_up(account, 100_00))
    for number in (bill, top_up):
        assert code_of(desk, "void_look", number=number, **ALONE) == "approval_needed"
        desk.do("void", CASHIER.name, number=number, reason="typed twice", **boss)
    for people in (ALONE, TWO):
        for what in ("void", "reopen"):
            assert code_of(desk, "void_look", number=bill, what=what, **people) == "void_bill_done"
        assert code_of(desk, "void_look", number=top_up, **people) == "void_done"
    assert desk.look("void_look", number=bill)["amount_fen"] == 80_00, "who only looks is told what it was"
    used = numbered(bench.top_up(account, 100_00))
    assert code_of(desk, "void_look", number=used, what="reopen", **ALONE) == "refund_bill_unknown", "a top-up"
    bench.bill(account, [line(10_00)], {"principal": 10_00})
    assert code_of(desk, "void_look", number=used, **ALONE) == "void_used"
    for who, code in (("nobody", "staff_unknown"), (MANAGER.name, "void_bill_shift_over")):
        other = numbered(bench.bill(None, [line(80_00)], {"cash": 80_00}))
        assert code_of(desk, "void_look", number=other, staff=who) == code
    desk.bench.made.database.run("UPDATE shift SET closed_at = 1 WHERE staff = ?", (CASHIER.staff_id,))
    assert code_of(desk, "void_look", number=bill, **ALONE) == "shift_missing"


def test_who_may_not_is_told_before_a_pin_is_looked_at_but_what_was_done_is_told_to_anybody(desk: Desk) -> None:
    bill = numbered(desk.bench.bill(None, [line(80_00)], {"cash": 80_00}))
    wish: dict[str, Any] = {"number": bill, "lines": [[1, 1]]}
    entries, action = moved(desk.bench), new_id()
    assert desk.refused("bill", **ALONE, pin="000000", **wish) == "approval_needed"
    assert moved(desk.bench) == entries, "no wrong PIN was counted"
    boss = {"approver": MANAGER.name, "approver_pin": PIN}
    first = desk.do("bill", CASHIER.name, action=action, **wish, **boss)
    assert desk.do("bill", CASHIER.name, action=action, **wish) == first, "also without the approver"
    assert desk.look("may", what="bill", action=action, staff=CASHIER.name) == {}
    assert code_of(desk, "may", what="bill", action=new_id(), staff=CASHIER.name) == "approval_needed"


def test_who_has_no_shift_is_told_so_first_where_money_goes_over_the_counter(desk: Desk) -> None:
    bill = numbered(desk.bench.bill(None, [line(80_00)], {"wechat": 80_00}))
    done = desk.do("bill", number=bill, lines=[[1, 1]])
    desk.look("may", what="pay", staff=CASHIER.name)
    assert desk.do("pay", CASHIER.name, number=done["entry"], place=1)["state"] == "paid", "approved before"
    desk.bench.made.database.run("UPDATE shift SET closed_at = 1 WHERE staff = ?", (MANAGER.staff_id,))
    who = {"staff": MANAGER.name}
    assert code_of(desk, "bill_look", number=bill, **who) == "shift_missing"
    for what in ("pay", "repay", "card_pay_out", "void"):
        assert code_of(desk, "may", what=what, **who) == "shift_missing", what
    for what in ("top_up", "give_up", "note", "card_start", "card_note", "card_approve", "card_withdraw"):
        assert desk.look("may", what=what, **who) == {}, what
    account = with_file(desk.bench)
    desk.bench.top_up(account, 100_00)
    assert desk.do("card_start", account=account, reason=NOT_MEMBERS_FAULT)["state"] == "active", "nor is it asked then"
