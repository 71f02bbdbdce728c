"""The watch over a whole till: the drawer that is opened by hand, wrong PINs, and prices that are typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.rules.entry import Entry, from_bytes
from tests.fuzz.till import PIN, SHOP, OpenTill, open_till

pytestmark = pytest.mark.slow

WRONG = "111111"
ROLES = """
[[roles.roles]]
name = "cashier"
limits = [{action = "open_drawer"}]

[[roles.roles]]
name = "apprentice"

[[roles.roles]]
name = "manager"
limits = [{action = "change_price", most = "50%"}, {action = "open_drawer"}, {action = "settle_alert"}]
approves = ["cashier", "apprentice", "manager"]
"""


def rule(test: str, limit: int, *, block: bool, scope: str = "terminal") -> str:
    """Return a set-up file with one rule of odd things."""
    facts = f'name = "odd"\ntest = "{test}"\nscope = "{scope}"\nwindow_minutes = 10\nlimit = {limit}'
    return f"{SHOP}{ROLES}\n[[anomalies]]\n{facts}\nblock = {str(block).lower()}\n"


@pytest.fixture
def till() -> Iterator[OpenTill]:
    """Give a till with a manager (陈晓), a cashier and an apprentice, and a drawer; its book must stay right."""
    with open_till() as made:
        made.take_commands()
        made.ask("setup_apply", text=SHOP + ROLES)
        made.ask("staff_add", name="李雷", role="cashier", pin=PIN)
        made.till._dispatcher.ask(lambda: hire(made, "小周"))
        made.till._dispatcher.ask(lambda: made.till._drawer.printer_there("receipts", there=True))
        yield made
        assert made.wrong_with_the_book() == ""


def hire(till: OpenTill, name: str) -> None:
    """Add somebody of a role that the shop made itself, with the cashier's PIN."""
    database = till.till._store.database
    with database.write():
        database.run(
            "INSERT INTO staff (id, name, role, pin_hash) SELECT ?, ?, 'apprentice', pin_hash FROM staff"
            " WHERE name = '李雷'",
            (new_id(), name),
        )


def refused(till: OpenTill, verb: str, **asked: Any) -> str:
    """Return the code that a verb is refused with at the door."""
    answer = till.door(json.dumps({"do": verb, "action": new_id(), **asked}).encode())
    assert not answer["ok"], answer
    return str(answer["code"])


def entries(till: OpenTill, kind: str) -> list[Entry]:
    """Return all entries of a kind, oldest first."""

    def work() -> list[Entry]:
        rows = till.till._store.database.rows("SELECT bytes FROM entry ORDER BY life, seq")
        return [made for made in (from_bytes(row[0]) for row in rows) if made.kind == kind]

    return till.till._dispatcher.ask(work)


def told(till: OpenTill) -> str:
    """Return what the counter's screen says is wrong."""
    return till.till._dispatcher.ask(lambda: till.till._counter._screen.error)


def token(till: OpenTill, name: str) -> str:
    """Sign somebody in at the counter."""
    choice = next(each for each in till.till._desk.staff_names() if each.name == name)
    return till.till._desk.sign_in(choice.id, PIN).token


def codes(made: Entry) -> list[str]:
    """Return the codes of an entry's alerts."""
    alerts = made.payload["alerts"]
    assert isinstance(alerts, list)
    return [str(each["code"]) for each in alerts if isinstance(each, dict)]


def test_the_third_opening_of_the_drawer_by_hand_is_told_at_once_and_noted(till: OpenTill) -> None:
    till.ask("setup_apply", text=rule("drawer", 3, block=False, scope="operator"))
    cashier, desk = token(till, "李雷"), till.till._desk
    for _ in range(2):
        desk.open_drawer(cashier, new_id())
    till.ask("drawer_open", action=new_id(), staff="陈晓", pin=PIN)
    assert (entries(till, "alert"), told(till)) == ([], ""), "a rule counts one person's openings"
    desk.open_drawer(cashier, new_id())
    (noted,) = entries(till, "alert")
    assert (noted.payload["of"], codes(noted), told(till)) == ("drawer", ["anomaly_drawer"], "anomaly_drawer")
    assert noted.payload["operator"] == desk.staff(cashier).staff_id


def test_where_the_rule_blocks_the_drawer_stays_shut_until_a_manager_approves(till: OpenTill) -> None:
    till.ask("setup_apply", text=rule("drawer", 2, block=True))
    cashier, desk = token(till, "李雷"), till.till._desk
    desk.open_drawer(cashier, new_id())
    with pytest.raises(Refusal, match="approval_needed"):
        desk.open_drawer(cashier, new_id())
    openings = till.ask("drawer_openings")["openings"]
    assert [each["approver"] for each in openings] == [""], "what was refused was not opened"
    assert [codes(each) for each in entries(till, "alert")] == [["anomaly_drawer"]]
    who = {"staff": "李雷", "pin": PIN}
    assert refused(till, "drawer_open", **who, approver="小周", approver_pin=PIN) == "approval_role"
    assert refused(till, "drawer_open", **who, approver="陈晓", approver_pin=WRONG) == "pin_wrong"
    action = new_id()
    done = till.ask("drawer_open", action=action, **who, approver="陈晓", approver_pin=PIN)
    assert done["state"] == till.ask("drawer_state", action=action)["state"] == "waiting"
    assert [each["approver"] for each in till.ask("drawer_openings")["openings"]] == ["陈晓", ""]
    last = entries(till, "alert")[-1].payload["alerts"]
    assert isinstance(last, list)
    assert isinstance(last[0], dict)
    assert last[0]["approved_by"] == till.staff_id


def test_only_who_may_opens_the_drawer_by_hand(till: OpenTill) -> None:
    apprentice = token(till, "小周")
    with pytest.raises(Refusal, match="approval_needed right=open_drawer"):
        till.till._desk.open_drawer(apprentice, new_id())
    who = {"staff": "小周", "pin": PIN}
    assert refused(till, "drawer_open", **who) == "approval_needed"
    assert till.ask("drawer_openings")["openings"] == []
    till.ask("drawer_open", action=new_id(), **who, approver="陈晓", approver_pin=PIN)
    (opened,) = till.ask("drawer_openings")["openings"]
    assert (opened["name"], opened["approver"], opened["reason"]) == ("小周", "陈晓", "staff")


def test_a_wrong_pin_of_staff_is_seen_wherever_it_is_typed(till: OpenTill) -> None:
    till.ask("setup_apply", text=rule("pin_failures", 1, block=False))
    media = {"action": new_id(), "account": till.account, "new_pin": "2468", "shown": ["identity"]}
    typed: list[tuple[str, dict[str, Any]]] = [
        ("shift_open", {"action": new_id(), "float_fen": 0}),
        ("bill_open", {"action": new_id(), "order": {}}),
        ("drawer_open", {"action": new_id()}),
        ("member_pin_set", media),
        ("member_file", {"account": till.account}),
    ]
    for number, (verb, asked) in enumerate(typed, start=1):
        name = "李雷" if number % 2 else "小周"  # nobody is locked by all these tries
        with pytest.raises(Refusal, match="pin_wrong"):
            till.verbs[verb](staff=name, pin=WRONG, **asked)
        assert len(entries(till, "alert")) == number, verb
    with pytest.raises(Refusal, match="pin_wrong"):
        till.till._desk.sign_in(till.staff_id, WRONG)
    assert [codes(each) for each in entries(till, "alert")] == [["anomaly_pin_failures"]] * (len(typed) + 1)
    assert told(till) == "anomaly_pin_failures"


def test_the_pin_of_who_approves_is_seen_too(till: OpenTill) -> None:
    till.ask("setup_apply", text=rule("pin_failures", 1, block=False))
    who = {"staff": "小周", "pin": PIN, "approver": "陈晓", "approver_pin": WRONG}
    assert refused(till, "drawer_open", **who) == "pin_wrong"
    (noted,) = entries(till, "alert")
    assert noted.payload["operator"] == till.staff_id


def test_a_wrong_pin_of_a_member_at_the_counter_is_seen(till: OpenTill) -> None:
    charge = member_with_a_pin(till)
    till.ask("setup_apply", text=rule("pin_failures", 2, block=False, scope="member"))
    assert charge(WRONG) == "member_pin_wrong"
    assert entries(till, "alert") == []
    assert charge(WRONG) == "member_pin_wrong"
    (noted,) = entries(till, "alert")
    assert (noted.payload["account"], codes(noted)) == (till.account, ["anomaly_pin_failures"])
    assert charge("2468") == ""


def test_where_the_rule_blocks_a_wrong_pin_is_locked_at_once(till: OpenTill) -> None:
    charge = member_with_a_pin(till)
    till.ask("setup_apply", text=rule("pin_failures", 2, block=True))
    with pytest.raises(Refusal, match="pin_wrong left=4"):
        till.till._desk.sign_in(till.staff_id, WRONG)
    assert charge(WRONG) == charge("2468") == "member_pin_locked_today"
    with pytest.raises(Refusal, match="pin_locked minutes=15"):
        till.till._desk.sign_in(till.staff_id, WRONG)
    with pytest.raises(Refusal, match="pin_locked"):
        till.till._desk.sign_in(till.staff_id, PIN)
    alerts = [each.payload["alerts"] for each in entries(till, "alert")]
    assert [[part["block"] for part in each] for each in alerts if isinstance(each, list)] == [[True], [True]]  # type: ignore[call-overload, index]


def test_a_shop_without_rules_counts_wrong_pins_and_openings_and_judges_nothing(till: OpenTill) -> None:
    cashier = token(till, "李雷")
    for _ in range(3):
        till.till._desk.open_drawer(cashier, new_id())
        with pytest.raises(Refusal, match="pin_wrong"):
            till.till._desk.sign_in(till.staff_id, WRONG)
    assert (entries(till, "alert"), told(till)) == ([], "")


def member_with_a_pin(till: OpenTill) -> Any:  # noqa: ANN401 - a function of a PIN
    """Give the member a PIN; return what charges 1.00 by one and returns the code it is refused with."""
    till.ask(
        "member_pin_set",
        action=new_id(),
        staff="陈晓",
        pin=PIN,
        account=till.account,
        new_pin="2468",
        shown=["identity"],
    )
    cashier = token(till, "李雷")

    def charge(pin: str) -> str:
        try:
            till.till._desk.charge(cashier, new_id(), till.account, 1_00, "pin", pin)
        except Refusal as refusal:
            return refusal.code
        return ""

    return charge


def test_a_price_typed_by_hand_needs_the_right_and_the_counters_charge_does_not(till: OpenTill) -> None:
    who = {"staff": "李雷", "pin": PIN}
    till.ask("shift_open", action=new_id(), float_fen=0, **who)
    order = {"account": till.account, "lines": [{"name": "补发", "list_fen": 30_00}]}
    opened = till.ask("bill_open", action=new_id(), order=order, **who)["open"]
    paying = {"payable_fen": 30_00, "tenders": [["cash", 30_00, "", 0]]}
    settling = {"bill": opened["id"], "version": 1, "paying": paying}
    assert refused(till, "bill_settle", **settling, **who) == "approval_needed"
    assert refused(till, "bill_settle", **settling, **who, approver="小周", approver_pin=PIN) == "approval_role"
    action = new_id()
    for _ in range(2):
        till.ask("bill_settle", action=action, **settling, **who, approver="陈晓", approver_pin=PIN)
    (bill,) = entries(till, "bill")
    assert bill.payload["approved_by"] == till.staff_id
    till.till._desk.charge(token(till, "李雷"), new_id(), till.account, 1_00, "photo")
    assert len(entries(till, "bill")) == 2


def test_an_approver_who_may_not_approve_it_stands_in_the_way_of_nobody_who_needs_none(till: OpenTill) -> None:
    who = {"staff": "陈晓", "pin": PIN, "approver": "小周", "approver_pin": PIN}
    till.ask("shift_open", action=new_id(), float_fen=0, staff="陈晓", pin=PIN)
    till.ask("drawer_open", action=new_id(), **who)
    order = {"lines": [{"name": "补发", "list_fen": 30_00}]}
    opened = till.ask("bill_open", action=new_id(), order=order, staff="陈晓", pin=PIN)["open"]
    paying = {"payable_fen": 30_00, "tenders": [["cash", 30_00, "", 0]]}
    till.ask("bill_settle", action=new_id(), bill=opened["id"], version=1, paying=paying, **who)
