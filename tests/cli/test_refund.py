"""`terminal refund` over a running till: what is shown is asked about, booked once, and paid out, in two languages."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from terminal.base.ids import new_id
from tests.cli.home import COMMAND_S, REPOSITORY, Home, Said, command, demo_home
from tests.cli.pages import Pages

# Every command is a process of its own, and waits for PINs to be proved: many of them on a busy machine take long.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STAFF, PIN = "陈晓", "246810"
BOSS, BOSS_PIN = "李店长", "975310"
BOTH = ("--approver", BOSS)
MEMBER, LEAVING = "13800138002", "13800138003"
ASKING = {"bill", "top-up", "pass", "approve", "repay", "pay"}
WORD = re.compile(r"(?:To go on, type|若要继续，请输入|若要繼續，請輸入) (\w+)(?:: |：)$")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Give a running till with a cashier and a manager at work, and members."""
    home = demo_home(tmp_path_factory.mktemp("till"), ((STAFF, "cashier", PIN), (BOSS, "manager", BOSS_PIN)))
    running = home.serve()
    try:
        Pages(running.address).sign_in(PIN)
        yield home
    finally:
        assert running.end() == 0


def run(home: Home, *words: object, pins: tuple[str, ...] = (), answer: str | None = None) -> Said:
    """Run a command; type back the word that is asked for, or `answer`, and the PINs."""
    process = subprocess.Popen(
        command(*words, "--config", home.config),
        cwd=REPOSITORY,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process:
        said = ""
        asked = "--yes" not in words and (ASKING & {*words[1:3]}) and pins
        while asked and not (found := WORD.search(said)) and (letter := process.stdout.read(1)):
            said += letter
        typed = f"{answer or found[1]}\n" if asked and found else ""
        out, err = process.communicate(typed + "".join(f"{pin}\n" for pin in pins), timeout=COMMAND_S)
    assert "Traceback" not in err, err
    return Said(process.returncode, said + out, err)


def refund(home: Home, *words: object, who: str = STAFF, pins: tuple[str, ...] = (PIN,), **more: Any) -> Said:
    """Run a command of `terminal refund` in somebody's name."""
    return run(home, "refund", *words, "--staff", who, pins=pins, **more)


def shown(home: Home, *words: object) -> dict[str, Any]:
    """Return what a command shows as JSON."""
    said = home.run(*words, "--json")
    assert said.exit_code == 0, said
    found: dict[str, Any] = json.loads(said.out)
    return found


def settled(home: Home, *pays: str) -> str:
    """Ring up two haircuts and a bottle for a walk-in, paid like this; return the bill's number."""
    lines = ("--line", "101:2", "--line", "6901000010010")
    opened = answered(run(home, "bill", "open", *lines, "--staff", STAFF, "--json", pins=(PIN,)))
    return paid(home, str(opened["open"]["id"]), *pays)


def paid(home: Home, bill: str, *pays: str) -> str:
    """Settle an open bill and return its number."""
    how = [word for pay in pays for word in ("--pay", pay)]
    said = run(home, "bill", "settle", bill, *how, "--yes", "--staff", STAFF, "--json", pins=(PIN,))
    return str(answered(said)["settled"]["number"])


def answered(said: Said) -> dict[str, Any]:
    """Return what a command showed as JSON behind the PINs it asked for."""
    assert said.exit_code == 0, said
    found: dict[str, Any] = json.loads(said.out[said.out.index("{") :])
    return found


def test_a_bill_is_refunded_in_parts_and_what_its_provider_owes_is_paid_out(shop: Home) -> None:
    number = settled(shop, "wechat=100", "cash")
    refunded_in_parts(shop, number)
    owed = shown(shop, "refund", "payouts")["payouts"]
    assert sum(each["fen"] for each in owed) == 100_00
    assert {each["means"] for each in owed} == {"wechat"}
    paid_out(shop, owed)
    assert shop.run("book", "verify").exit_code == 0


def refunded_in_parts(shop: Home, number: str) -> None:
    """Give a bill back in two parts, each looked at, refused and not agreed to before."""
    before = shop.entries()
    look = shown(shop, "refund", "bill", number, "--line", "1=1", "--preview")
    assert (look["bill"], look["given_fen"], look["left_fen"]) == (number, 88_00, 186_00)
    both = ("--line", "1=1", *BOTH)
    alone = refund(shop, "bill", number, "--line", "1=1", pins=())
    assert (alone.code, alone.out) == ("approval_needed", ""), "told before anything is shown or a PIN is asked for"
    wrong = refund(shop, "bill", number, *both, pins=(PIN, BOSS_PIN), answer="no")
    assert wrong.err.splitlines()[-1].endswith("[confirmation_wrong]")
    assert shop.entries() == before, "nothing that is looked at, refused or not agreed to is booked"
    action = ("--action", new_id())
    first = refund(shop, "bill", number, *both, *action, pins=(PIN, BOSS_PIN))
    assert (first.exit_code, "88.00 given back." in first.out) == (0, True), first
    again = refund(shop, "bill", number, *both, *action, pins=())
    assert (again.exit_code, first.out.endswith(again.out)) == (0, True), again
    assert again.out.startswith("88.00 given back. Entry"), "without a preview, a question or a PIN"
    assert refund(shop, "bill", number, "--line", "2", *BOTH, *action, pins=()).code == "action_conflict"
    assert "洗剪吹 x1" in first.out
    bill = " ".join(shop.run("bill", "show", number).out.split())
    for part in ("1 refunded (88.00), 1 may still be (88.00)", "WeChat Pay (to be paid out) 32.12", "186.00"):
        assert part in bill, bill
    assert refund(shop, "bill", number, "--line", "1=2", *BOTH).code == "refund_quantity_over"
    second = refund(
        shop,
        "bill",
        number,
        "--goods-back",
        "2",
        "--language",
        "zh_CN",
        *BOTH,
        pins=(PIN, BOSS_PIN),
    )
    assert (second.exit_code, "已退款 186.00" in second.out, "退回 1 件" in second.out) == (0, True, True), second
    assert refund(shop, "bill", number, "--yes", *BOTH).code == "refund_done"
    assert refund(shop, "void", number, "--reason", "typed twice", "--yes").code == "void_bill_refunded"


def paid_out(shop: Home, owed: list[dict[str, Any]]) -> None:
    """Pay out all that is owed, each looked at, refused and not agreed to before."""
    listed = shop.run("refund", "payouts", "--language", "zh_TW")
    assert ("微信" in listed.out, "待付" in listed.out) == (True, True), listed
    first = owed[0]["number"]
    assert refund(shop, "note", "sent", first).exit_code == 0
    last = owed[-1]["number"]
    look = shown(shop, "refund", "pay", last, "--preview")
    assert (look["number"], look["fen"], look["by"], look["member"]) == (last, owed[-1]["fen"], "wechat", "")
    alone = refund(shop, "pay", last, "--by", "bank", pins=())
    assert (alone.code, alone.out) == ("approval_needed", ""), "told before anything is shown or a PIN is asked for"
    before = shop.entries()
    wrong = refund(shop, "pay", last, answer="no")
    assert (wrong.code, "WeChat Pay" in wrong.out, shop.entries()) == ("confirmation_wrong", True, before), wrong
    for each in owed:
        action = ("--action", new_id())
        done = refund(shop, "pay", each["number"], *action, *(("--yes",) if each is owed[0] else ()))
        assert (done.exit_code, "paid by WeChat Pay" in done.out) == (0, True), done
        again = refund(shop, "pay", each["number"], *action, pins=())
        assert (again.exit_code, done.out.endswith(again.out)) == (0, True), again
    gone = refund(shop, "pay", first, pins=())
    assert (gone.code, gone.out) == ("payout_done", "")
    assert shop.run("refund", "pay", first).code == "staff_needed"
    assert "Nothing is to be paid out." in shop.run("refund", "payouts").out


def test_a_bill_of_this_shift_is_voided_once(shop: Home) -> None:
    number = settled(shop, "cash")
    asked = refund(shop, "void", number, "--reason", "typed twice", pins=("no",))
    assert (asked.code, f"{number} over 2" in asked.out) == ("confirmation_wrong", True), asked
    void = ("void", number, "--reason", "typed twice", "--language", "zh_CN", "--action", new_id())
    voided = refund(shop, *void, "--yes")
    assert (voided.exit_code, f"{number} 已撤销" in voided.out) == (0, True), voided
    again = refund(shop, *void, pins=())
    assert (again.exit_code, again.out in voided.out, f"{number} 已撤销" in again.out) == (0, True, True), again
    for words in (("void",), ("reopen",), ("void", *BOTH)):
        twice = refund(shop, *words, number, "--reason", "typed twice", "--yes", pins=())
        assert (twice.code, twice.out) == ("void_bill_done", ""), "before anybody is asked to approve it"
    assert refund(shop, "bill", number, "--yes", *BOTH).code == "refund_voided"
    assert refund(shop, "bill", "1-999999", "--yes", *BOTH).code == "refund_bill_unknown"
    assert shop.run("refund", "bill", number).code == "staff_needed"


def test_a_card_is_returned_by_two_people_and_paid_out(shop: Home) -> None:
    begun = refund(shop, "card", "start", LEAVING, "--reason", "members_wish", "--account")
    assert (begun.exit_code, "begun, not approved" in begun.out, "356.50" in begun.out) == (0, True, True), begun
    assert refund(shop, "card", "pay-out", LEAVING).code == "card_return_not_approved"
    approved = refund(shop, "card", "approve", LEAVING, "--language", "zh_CN", who=BOSS, pins=(BOSS_PIN,))
    assert (approved.exit_code, "退卡中" in approved.out, STAFF in approved.out) == (0, True, True), approved
    case = shown(shop, "refund", "card", "show", LEAVING)
    assert (case["state"], case["approved_by"], case["owed_fen"]) == ("closing", BOSS, 356_50)
    done = refund(shop, "card", "pay-out", LEAVING)
    assert (done.exit_code, "card taken back" in done.out) == (0, True), done
    assert shown(shop, "refund", "card", "show", LEAVING)["owed_fen"] == 0
    assert refund(shop, "card", "note", "card", LEAVING).code == "card_return_medium"
    withdrawn = refund(shop, "card", "withdraw", LEAVING, *BOTH, pins=(PIN, BOSS_PIN))
    assert withdrawn.code == "card_return_payout_done"


def test_a_bill_is_undone_and_open_again_with_its_lines(shop: Home) -> None:
    number = settled(shop, "cash")
    again = refund(shop, "reopen", number, "--reason", "forgot a coupon", "--yes", *BOTH, pins=(PIN, BOSS_PIN))
    assert (again.exit_code, "open again with the same lines" in again.out) == (0, True), again
    (opened,) = json.loads(shop.run("bill", "list", "--json").out)
    settled_again = paid(shop, str(opened["id"]), "cash")
    look = shown(shop, "refund", "bill", settled_again, "--preview")
    assert (look["given_fen"], [each["quantity"] for each in look["lines"]]) == (274_00, [2, 1])
