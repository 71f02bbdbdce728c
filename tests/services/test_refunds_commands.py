"""The verbs behind `terminal refund`: looked at first, done in the name of who gives a PIN, once for each action."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules.bill_note import BillNote
from terminal.rules.passes.terms import PassPart, PassTerms
from terminal.rules.refunds.prepayment import MEMBERS_WISH, NOT_MEMBERS_FAULT
from terminal.rules.rulebook import Rulebook
from terminal.rules.till.anomaly import Rule
from terminal.services.ask import at_once
from terminal.services.members import Members
from terminal.services.refunds.asking import By
from terminal.services.refunds.commands import RefundCommands
from terminal.services.refunds.desk import back_desk
from terminal.services.refunds.records import parts
from terminal.services.refunds.watching import by_watch
from terminal.services.releases import Releases
from terminal.services.shifts.rights import FourEyes, Rights
from terminal.services.shifts.signing import Signing
from terminal.services.shifts.watch import Watch
from terminal.services.staff import Staff
from tests.services.refund_bench import BOOK, CASHIER, MANAGER, RefundBench, line, open_bench
from tests.services.shift_bench import PIN, PIN_HASH

TWELVE = PassTerms("p12", "session_pass", 1980_00, (PassPart(frozenset({"cut"}), 10, 2, 258_00),))
RULES = replace(BOOK, passes=(TWELVE,))
BOSS = {"approver": MANAGER.name, "approver_pin": PIN}


@dataclass(slots=True)
class Desk:
    """The commands of a counter, whose slips are told to the printer."""

    bench: RefundBench
    rules: Rulebook = RULES
    told: list[str] = field(default_factory=list)
    opened: list[BillNote] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)
    later: list[Callable[[], None]] = field(default_factory=list)

    def commands(self) -> RefundCommands:
        """Return the commands, by the rules as they are now."""
        made = self.bench.made
        rights = Rights(made.database, made.clock)
        staff = Staff(made.database, made.book, made.clock)
        watch = Watch(made.database, made.book, made.clock, rights, alarm=self.alarms.append, soon=self.later.append)
        releases = Releases(made.book)
        section = lambda name, _: self.bench.sections[name]  # noqa: E731 - as the bench has it
        return RefundCommands(
            back_desk(self.bench.records, section, releases, watch=by_watch(watch)),
            Members(made.database, made.book, made.clock),
            Signing(made.database, staff, FourEyes(rights, staff, at_once), lambda: self.rules, at_once),
            lambda: self.rules,
            at_once,
            lambda: self.told.append("printed"),
            open_again=self._open_again,
        )

    def look(self, verb: str, **asked: Any) -> Mapping[str, Any]:
        """Return what a verb shows, as the door hands it on."""
        shown: Mapping[str, Any] = json.loads(json.dumps(self.commands().verbs()[f"refund_{verb}"](**asked)))
        return shown

    def do(self, verb: str, staff: str = MANAGER.name, pin: str = PIN, **wish: Any) -> Mapping[str, Any]:
        """Have a verb done in somebody's name."""
        return self.look(verb, **{"action": new_id(), "staff": staff, "pin": pin} | wish)

    def refused(self, verb: str, **wish: Any) -> str:
        """Return the code a verb is refused with."""
        with pytest.raises(Refusal) as caught:
            self.do(verb, **wish)
        return caught.value.code

    def _open_again(self, _: By, __: ActionId, note: BillNote) -> None:
        self.opened.append(note)


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[RefundBench]:
    """Give a counter over an empty book, proved at the end, whose people have PINs."""
    with open_bench(tmp_path) as made:
        with made.made.database.write():
            made.made.database.run("UPDATE staff SET pin_hash = ?", (PIN_HASH,))
        yield made


@pytest.fixture
def desk(bench: RefundBench) -> Desk:
    """Give its commands."""
    return Desk(bench)


def numbered(name: str) -> str:
    """Return the number people call the entry of a name by."""
    _, epoch, seq = name.split("/")
    return f"{epoch}-{int(seq):06d}"


def with_file(bench: RefundBench) -> AccountId:
    """Return a member who has a file."""
    account = bench.member()
    with bench.made.database.write():
        bench.made.database.run(
            "INSERT INTO member (account, name, phone, sex, level, birthday, remark, old_number, initials, phone_tail,"
            " salt, profile_hash) VALUES (?, '王小芳', '13900000001', '', '', '', '', '', 'WXF', '0001', x'', x'')",
            (bytes.fromhex(account),),
        )
    return account


def test_what_a_refund_gives_back_is_shown_line_by_line_and_then_booked_as_it_was_shown(desk: Desk) -> None:
    bench, account = desk.bench, with_file(desk.bench)
    bench.top_up(account, 1000_00, 200_00)
    lines = [line(200_00, 2), line(100_00, 2, kind="product")]
    bill = numbered(bench.bill(account, lines, {"wechat": 120_00, "principal": 150_00, "bonus": 30_00}, points=27))
    shown = desk.look("bill_look", number=bill, lines=[[1, 1], [2, 0]], goods=[[2, 0]])
    assert (shown["bill"], shown["member"], shown["given_fen"], shown["left_fen"]) == (bill, "王*", 200_00, 100_00)
    assert [(each["line"], each["quantity"], each["fen"], each["goods_back"]) for each in shown["lines"]] == [
        (1, 1, 100_00, 0),
        (2, 2, 100_00, 2),
    ]
    ways = {each["means"]: (each["fen"], each["later"]) for each in shown["ways"]}
    assert ways == {"wechat": (120_00, True), "principal": (66_67, False), "bonus": (13_33, False)}
    assert (shown["points_taken"], shown["payable_fen"]) == (19, 120_00)
    done = desk.do("bill", number=bill, lines=[[1, 1], [2, 2]], goods=[[2, 2]], expected_fen=200_00)
    assert (done["given_fen"], done["payable_fen"], done["cash_fen"]) == (200_00, 120_00, 0)
    assert bench.last().payload["stock"] == [{"item": "product-10000", "quantity": -2}]
    assert desk.told == ["printed"], "only what was booked is printed"
    assert desk.refused("bill", number=bill, lines=[[1, 1]], expected_fen=50_00) == "refund_changed"
    assert desk.look("bill_look", number=bill)["given_fen"] == 100_00, "all that is left, where no line is named"


def test_looking_books_nothing(desk: Desk) -> None:
    bench, account = desk.bench, desk.bench.member()
    top_up = numbered(bench.top_up(account, 1000_00))
    bill = numbered(bench.bill(account, [line(30_00)], {"on_credit": 30_00}))
    before = bench.everything()
    desk.look("bill_look", number=bill)
    desk.look("top_up_look", number=top_up, reason=MEMBERS_WISH)
    for verb in ("card_show", "debts", "payouts"):
        desk.look(verb, account=account)
    assert bench.everything() == before
    assert desk.told == []


def test_somebody_else_approves_what_the_cashier_may_not_and_the_same_action_answers_the_same(desk: Desk) -> None:
    bill = numbered(desk.bench.bill(None, [line(80_00)], {"cash": 80_00}))
    wish: dict[str, Any] = {"action": new_id(), "staff": CASHIER.name, "number": bill, "lines": [[1, 1]]}
    assert desk.refused("bill", **wish) == "approval_needed"
    assert desk.refused("bill", **wish, approver=CASHIER.name, approver_pin=PIN) == "approval_own"
    assert desk.refused("bill", **wish, approver=MANAGER.name, approver_pin="000000") == "pin_wrong"
    done = desk.do("bill", **wish, **BOSS)
    assert done["cash_fen"] == 80_00
    assert desk.bench.last().payload["approved_by"] == MANAGER.staff_id
    before = desk.bench.everything()
    assert desk.do("bill", **wish, **BOSS) == done
    assert desk.do("bill", **wish) == done
    assert desk.bench.everything() == before
    assert desk.refused("bill", **wish | {"pin": "000000"}) == "pin_wrong"


def test_one_approver_answers_for_the_right_and_for_what_looks_wrong(desk: Desk) -> None:
    desk.rules = replace(RULES, anomalies=(Rule("quick", "quick_refund", window_minutes=30, block=True),))
    bill = numbered(desk.bench.bill(None, [line(80_00)], {"cash": 80_00}))
    wish: dict[str, Any] = {"staff": CASHIER.name, "number": bill, "lines": [[1, 1]]}
    assert desk.refused("bill", **wish) == "approval_needed"
    desk.do("bill", **wish, **BOSS)
    (alert,) = parts(desk.bench.last().payload, "alerts")
    assert (alert["code"], alert["approved_by"]) == ("anomaly_quick_refund", MANAGER.staff_id)
    assert desk.alarms


def test_a_bill_is_voided_or_opened_again_with_its_lines(desk: Desk) -> None:
    bench = desk.bench
    first, second = (numbered(bench.bill(None, [line(80_00)], {"cash": 80_00})) for _ in range(2))
    cashier = {"staff": CASHIER.name, **BOSS}
    assert desk.refused("void", number=first, reason=" ", **cashier) == "void_reason_missing"
    done = desk.do("void", number=first, reason="typed twice", **cashier)
    assert (done["kind"], done["bill"], done["cash_fen"]) == ("void", first, 80_00)
    assert desk.refused("void", number=first, reason="again", **cashier) == "void_bill_done"
    desk.do("reopen", number=second, reason="forgot a coupon", **cashier)
    assert [note.lines[0].net_fen for note in desk.opened] == [80_00]
    assert bench.last().payload["reopened"]


@pytest.mark.parametrize("reason", ["134567890123456789", "paid 1345 6789 0123 456789 twice"])
def test_no_reason_keeps_what_could_pay(desk: Desk, reason: str) -> None:
    bench = desk.bench
    bill = numbered(bench.bill(None, [line(80_00)], {"cash": 80_00}))
    account = with_file(bench)
    number = numbered(bench.top_up(account, 100_00))
    shown = desk.look("top_up_look", number=number, reason=MEMBERS_WISH)
    refunded = desk.do("top_up", account=account, top_up=shown["top_up"], reason=MEMBERS_WISH)["entry"]
    before = bench.everything()
    for verb, of in (("void", bill), ("reopen", bill), ("give_up", refunded)):
        assert desk.refused(verb, number=of, reason=reason, staff=CASHIER.name, **BOSS) == "text_is_payment_code"
        two_lines = desk.refused(verb, number=of, reason="typed\ntwice", staff=CASHIER.name, **BOSS)
        assert two_lines == "void_reason_missing"
    assert bench.everything() == before
    desk.do("void", number=bill, reason=" typed twice ", staff=CASHIER.name, **BOSS)
    assert bench.last().payload["reason"] == "typed twice"


def test_a_till_that_opens_no_bills_again_has_no_verb_for_it(desk: Desk) -> None:
    made = desk.bench.made
    commands = RefundCommands(
        back_desk(desk.bench.records, lambda *_: None, Releases(made.book)),
        Members(made.database, made.book, made.clock),
        None,  # type: ignore[arg-type]  # nobody signs anything here
        lambda: RULES,
        at_once,
        lambda: None,
    )
    assert "refund_reopen" not in commands.verbs()


def test_a_top_up_is_looked_at_by_both_formulas_refunded_paid_out_and_given_up(desk: Desk) -> None:
    bench, account = desk.bench, with_file(desk.bench)
    number = numbered(bench.top_up(account, 3000_00, 1000_00, tender="wechat"))
    bench.bill(account, [line(1200_00)], {"principal": 900_00, "bonus": 300_00})
    shown = desk.look("top_up_look", number=number, reason=MEMBERS_WISH, received=True)
    # F-2 of the shop's rules: 2,100.00 where it is not the member's fault, 1,800.00 at the member's wish.
    assert shown["formulas"] == {NOT_MEMBERS_FAULT: 2100_00, MEMBERS_WISH: 1800_00}
    assert (shown["basis"], shown["given_fen"], shown["cooling_off"]) == (MEMBERS_WISH, 1800_00, False)
    within = desk.look("top_up_look", number=number, reason=MEMBERS_WISH)
    assert (within["basis"], within["given_fen"], within["cooling_off"]) == ("cooling_off", 2100_00, True)
    wish = {"account": within["account"], "top_up": within["top_up"], "reason": MEMBERS_WISH}
    assert desk.refused("top_up", **wish, expected_fen=1800_00) == "refund_changed"
    action = new_id()
    done = desk.do("top_up", **wish, expected_fen=2100_00, action=action)
    assert (done["given_fen"], done["payable_fen"]) == (2100_00, 2100_00)
    assert desk.do("top_up", **wish, expected_fen=2100_00, action=action) == done
    with pytest.raises(Refusal, match="refund_done"):
        desk.look("top_up_look", number=number, reason=MEMBERS_WISH)
    owed = desk.look("payouts")
    (payout,) = owed["payouts"]
    assert (payout["number"], payout["place"], payout["fen"], payout["member"]) == (done["entry"], 1, 2100_00, "王*")
    assert owed["past_fen"] == 0
    assert desk.do("payout_noted", number=done["entry"], place=1, failed=False)["state"] == "sent"
    assert desk.refused("give_up", number=done["entry"], reason="changed her mind") == "payout_under_way"
    assert desk.do("payout_noted", number=done["entry"], place=1, failed=True)["state"] == "failed"
    for reason in ("  ", "x" * 201):
        assert desk.refused("give_up", number=done["entry"], reason=reason) == "void_reason_missing"
    desk.do("give_up", number=done["entry"], reason="changed her mind")
    assert bench.last().payload["reason"] == "changed her mind"
    assert desk.look("payouts", account=account)["payouts"] == []
    assert desk.look("top_up_look", number=number, reason=MEMBERS_WISH)["given_fen"] == 2100_00


def test_a_payout_goes_by_its_own_means_or_with_an_approval_by_another(desk: Desk) -> None:
    bill = numbered(desk.bench.bill(None, [line(80_00)], {"wechat": 80_00}))
    entry = desk.do("bill", number=bill, lines=[[1, 1]])["entry"]
    cashier = {"staff": CASHIER.name, "number": entry, "place": 1}
    assert desk.refused("pay", **cashier | {"place": 2}) == "payout_unknown"
    assert desk.refused("pay", **cashier, tender="bank") == "approval_needed"
    assert desk.do("pay", **cashier, tender="bank", **BOSS)["means"] == "bank"
    assert desk.refused("pay", **cashier) == "payout_done"
    assert desk.bench.accounts().get("refund_payable", 0) == 0


def test_a_payout_is_looked_at_and_what_would_be_refused_is_refused_before_anybody_is_asked(desk: Desk) -> None:
    bench, account = desk.bench, with_file(desk.bench)
    bill = numbered(bench.bill(account, [line(230_00)], {"wechat": 200_00, "alipay": 30_00}))
    entry = desk.do("bill", number=bill, lines=[[1, 1]])["entry"]
    cashier: dict[str, Any] = {"staff": CASHIER.name, "number": entry}

    def refused(**asked: Any) -> str:
        with pytest.raises(Refusal) as caught:
            desk.look("pay_look", **cashier | asked)
        return caught.value.code

    assert refused() == "payout_several"
    shown = desk.look("pay_look", **cashier, place=2)
    assert {name: shown[name] for name in ("number", "place", "member", "fen", "means", "by")} == {
        "number": entry,
        "place": 2,
        "member": "王*",
        "fen": 30_00,
        "means": "alipay",
        "by": "alipay",
    }
    for other, code in (
        ({"place": 3}, "payout_unknown"),
        ({"place": -1}, "payout_unknown"),
        ({"number": bill}, "payout_unknown"),
        ({"tender": "purse"}, "payout_unknown"),
        ({"tender": "bank"}, "approval_needed"),
        ({"tender": "bank", "approver": CASHIER.name}, "approval_own"),
        ({"staff": "nobody"}, "staff_unknown"),
        ({"place": 1, "tender": "cash", "approver": MANAGER.name}, "payout_cash_most"),
    ):
        assert refused(**{"place": 2} | other) == code, other
    assert desk.look("pay_look", **cashier, place=2, tender="cash", approver=MANAGER.name)["by"] == "cash"
    assert desk.look("pay_look", number=entry, place=2, tender="bank")["by"] == "bank", "who only looks needs no right"
    desk.do("payout_noted", number=entry, place=2, failed=False)
    assert refused(place=2, tender="cash", approver=MANAGER.name) == "payout_under_way"
    desk.do("pay", **cashier, place=2)
    assert refused(place=2) == "payout_done"
    assert desk.look("pay_look", **cashier)["place"] == 1, "the only one that is left"
    desk.bench.made.database.run("UPDATE shift SET closed_at = 1 WHERE staff = ?", (CASHIER.staff_id,))
    assert refused() == "shift_missing"


def test_a_pass_is_refunded_by_the_first_letters_of_its_lot(desk: Desk) -> None:
    account = with_file(desk.bench)
    lot = desk.bench.sell_pass(account, TWELVE, {"cash": 1980_00})
    desk.bench.sections["passes"] = (TWELVE,)
    shown = desk.look("pass_look", account=account, lot=lot[:8], reason=NOT_MEMBERS_FAULT)
    assert (shown["lot"], shown["units"], shown["given_fen"], shown["member"]) == (lot, 12, 1980_00, "王*")
    with pytest.raises(Refusal, match="refund_pass_unknown"):
        desk.look("pass_look", account=account, lot=lot[:2], reason=NOT_MEMBERS_FAULT)
    wish: dict[str, Any] = {"account": account, "lot": lot, "reason": NOT_MEMBERS_FAULT, "expected_fen": 1980_00}
    assert shown["ways"] == [{"means": "bank", "fen": 1980_00, "later": True}]
    done = desk.do("pass", **wish)
    assert (done["cash_fen"], done["payable_fen"]) == (0, 1980_00), "more than a small sum goes to a bank"


def test_a_card_is_returned_step_by_step_until_it_is_paid_out_and_signed(desk: Desk) -> None:
    bench, account = desk.bench, with_file(desk.bench)
    bench.top_up(account, 500_00, tender="wechat")
    assert desk.look("card_show", account=account)["state"] == "none"
    cashier = {"staff": CASHIER.name, "account": account}
    action = new_id()
    started = desk.do("card_start", **cashier, reason=NOT_MEMBERS_FAULT, bank=True, action=action)
    entries = len(bench.everything()[0])
    assert desk.do("card_start", **cashier, reason=NOT_MEMBERS_FAULT, bank=True, action=action) == started
    assert len(bench.everything()[0]) == entries, "the same command writes nothing more"
    assert (started["state"], started["refund_fen"], started["begun_by"]) == ("active", 500_00, CASHIER.name)
    assert desk.refused("card_pay_out", account=account) == "card_return_not_approved"
    assert desk.refused("card_approve", **cashier, **BOSS) == "approval_own", "whoever began it approves nothing"
    approved = desk.do("card_approve", account=account)
    assert (approved["state"], approved["approved_by"], approved["owed_fen"]) == ("closing", MANAGER.name, 500_00)
    desk.do("card_withdraw", account=account)
    assert desk.look("card_show", account=account)["state"] == "active"
    desk.do("card_approve", account=account)
    paid = desk.do("card_pay_out", account=account)
    assert (paid["owed_fen"], paid["missing"]) == (0, ["medium_retired", "printed", "signed"])
    for step in paid["missing"]:
        desk.do("card_note", **cashier, step=step)
    closed = desk.look("card_show", account=account)
    assert (closed["state"], closed["missing"], closed["member"]) == ("closed", [], "王*")


def test_a_debt_is_shown_bill_by_bill_and_repaid(desk: Desk) -> None:
    bench, account = desk.bench, with_file(desk.bench)
    bill = numbered(bench.bill(account, [line(30_00, 3)], {"on_credit": 30_00}))
    assert desk.look("bill_look", number=bill, lines=[[1, 1]])["debt_fen"] == 20_00, "what is owed after the refund"
    assert desk.look("debts", account=account) == {
        "debts": [{"bill": bill, "fen": 30_00}],
        "owed_fen": 30_00,
        "member": "王*",
    }
    done = desk.do("repay", account=account, amount_fen=12_00, tender="cash")
    assert (done["amount_fen"], done["left_fen"]) == (12_00, 18_00)
    assert desk.refused("repay", account=account, amount_fen=18_01, tender="cash") == "repay_too_much"
    assert desk.refused("repay", account="nobody", amount_fen=1, tender="cash") == "member_unknown"


def test_a_box_that_met_a_cloud_refunds_no_prepayment_by_itself(desk: Desk) -> None:
    number = numbered(desk.bench.top_up(desk.bench.member(), 100_00))
    with desk.bench.made.database.write():
        desk.bench.made.database.run("UPDATE sync_mark SET generation = 'one'")
    with pytest.raises(Refusal, match="refund_alone_only"):
        desk.look("top_up_look", number=number, reason=MEMBERS_WISH)


def test_the_same_line_named_twice_is_one_mistake(desk: Desk) -> None:
    bill = numbered(desk.bench.bill(None, [line(80_00, 2)], {"cash": 80_00}))
    with pytest.raises(Refusal, match="refund_line_twice"):
        desk.look("bill_look", number=bill, lines=[[1, 1], [1, 1]])


def test_who_has_no_shift_hands_nothing_over_the_counter_but_may_approve(desk: Desk) -> None:
    bench, account = desk.bench, desk.bench.member()
    bill = numbered(bench.bill(account, [line(30_00)], {"cash": 30_00}))
    bench.bill(account, [line(30_00)], {"on_credit": 30_00})
    top_up = numbered(bench.top_up(account, 100_00))
    bench.made.database.run("UPDATE shift SET closed_at = 1 WHERE staff = ?", (MANAGER.staff_id,))
    assert desk.refused("bill", number=bill, lines=[[1, 1]]) == "shift_missing"
    assert desk.refused("repay", account=account, amount_fen=1_00, tender="cash") == "shift_missing"
    shown = desk.look("top_up_look", number=top_up, reason=MEMBERS_WISH)
    wish = {"account": account, "top_up": shown["top_up"], "reason": MEMBERS_WISH}
    assert desk.do("top_up", **wish)["payable_fen"] == 100_00
