"""The verbs behind `terminal bill`: by names people use, at the price that was shown, by who gives a PIN."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.past import forget
from terminal.rules.rulebook import Rulebook
from terminal.rules.till.anomaly import Rule
from terminal.services.ask import at_once
from terminal.services.bills.asks import Asks
from terminal.services.bills.bills import Bills
from terminal.services.bills.commands import BillCommands
from terminal.services.bills.looking import Looking
from terminal.services.bills.proving import by_rights, by_watch
from terminal.services.shifts.allowing import Allowing
from terminal.services.shifts.rights import FourEyes, Rights
from terminal.services.shifts.signing import Signing
from terminal.services.shifts.watch import Watch
from terminal.services.staff import Staff
from tests.services.bill_bench import open_shop
from tests.services.factored import factored
from tests.services.shift_bench import PIN, PIN_HASH
from tests.services.test_bills import FIFTY, LINE_80, PLAIN, TRIAL_FACIAL

CASHIER, BOSS = ("陈晓", PIN), ("李店长", PIN)
LIST = {"lines": [{"item": "cut", "people": [["陈晓", "", 1, False]]}, {"item": "shampoo", "quantity": 2}]}


class Desk:
    """A shop with a cashier and a manager who sign with their PINs."""

    def __init__(self, folder: pathlib.Path, rules: Rulebook) -> None:
        self.shop = open_shop(folder, rules)
        self.printed = 0
        database, book, clock = self.shop.database, self.shop.book, self.shop.clock
        for name, role in ((CASHIER[0], "cashier"), (BOSS[0], "manager")):
            database.run(
                "INSERT INTO staff (id, name, role, pin_hash) VALUES (?, ?, ?, ?)", (new_id(), name, role, PIN_HASH)
            )
        self.shift(1, CASHIER[0])
        rights = Rights(database, clock)
        watch = Watch(database, book, clock, rights, alarm=lambda _: None, soon=lambda _: None)
        asks = Asks(
            factored(self.shop),
            watch=by_watch(watch),
            allow=by_rights(rights),
        )
        self.shop.bills = Bills(database, book, clock, asks)
        staff = Staff(database, book, clock)
        self.signing = Signing(database, staff, FourEyes(rights, staff, at_once), lambda: self.shop.rules, at_once)
        self.looking = Looking(database, book, clock)
        self.commands = self.with_bills(self.shop.bills)

    def with_bills(self, bills: Bills) -> BillCommands:
        """Return the commands over these bills."""
        shop = self.shop
        return BillCommands(
            bills,
            self.looking,
            shop.files,
            self.signing,
            lambda: shop.rules,
            at_once,
            allowing=Allowing(shop.database, shop.book, shop.clock),
            printed=self._print,
        )

    def shift(self, number: int, name: str) -> None:
        """Open a shift for somebody."""
        self.shop.database.run(
            "INSERT INTO shift (id, number, staff, opened_at) SELECT ?, ?, id, 0 FROM staff WHERE name = ?",
            (new_id(), number, name),
        )

    def _print(self) -> None:
        self.printed += 1

    def look(self, verb: str, **asked: Any) -> Any:  # noqa: ANN401 - JSON
        return told(self.commands.verbs()[f"bill_{verb}"](**asked))

    def do(self, verb: str, who: tuple[str, str] = CASHIER, **asked: Any) -> Any:  # noqa: ANN401 - JSON
        wish = {"action": new_id(), "staff": who[0], "pin": who[1]} | asked
        return told(self.commands.verbs()[f"bill_{verb}"](**wish))

    def refused(self, verb: str, who: tuple[str, str] = CASHIER, **asked: Any) -> str:
        with pytest.raises(Refusal) as caught:
            self.do(verb, who, **asked)
        return caught.value.code

    def open(self, **order: Any) -> dict[str, Any]:
        opened: dict[str, Any] = self.do("open", order={**LIST, **order})
        return {"bill": opened["open"]["id"], "version": opened["open"]["version"]}


def told(answer: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Return an answer as it comes through the door."""
    return json.loads(json.dumps(answer))


def cash(payable_fen: int, **more: Any) -> dict[str, Any]:
    """Return how a bill is paid in cash."""
    return {"payable_fen": payable_fen, "tenders": [["cash", payable_fen, "", 0]], **more}


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Iterator[Desk]:
    """Give a shop without level prices."""
    made = Desk(tmp_path, PLAIN)
    yield made
    made.shop.prove()
    made.shop.database.close()


def test_a_bill_is_opened_put_aside_taken_up_changed_and_settled_by_names(desk: Desk) -> None:
    account = desk.shop.member()
    desk.shop.purse(account, 100_00)
    opened = desk.do("open", order={"account": account, **LIST}, label="靠窗")
    bill = opened["open"]["id"]
    assert [line["people"] for line in opened["open"]["lines"]] == [["陈晓"], []]
    assert (opened["open"]["staff"], opened["open"]["member"], opened["open"]["label"]) == ("陈晓", "王*", "靠窗")
    assert (opened["quote"]["payable_fen"], opened["quote"]["purse_most_fen"]) == (584_00, 100_00)
    assert [line["name"] for line in opened["quote"]["prices"]] == ["剪发", "洗发水"]
    assert desk.do("hold", bill=bill[:8], version=1, label="等家属")["open"]["state"] == "held"
    assert [each["label"] for each in desk.look("list")["bills"]] == ["等家属"]
    assert desk.refused("resume", bill=bill, version=1) == "bill_changed"
    assert desk.do("resume", bill=bill, version=2)["open"]["state"] == "open"
    more = {"without": [1], "lines": [{"name": "刘海", "list_fen": 30_00, "quantity": 2}]}
    changed = desk.do("change", bill=bill, version=3, order=more)
    assert [line["net_fen"] for line in changed["quote"]["prices"]] == [196_00, 60_00]
    tenders = [["purse", 100_00, "", 0], ["wechat", 56_00, "4200001", 0], ["cash", 200_00, "", 0]]
    paying = {"payable_fen": 256_00, "tenders": tenders, "confirmed": "photo"}
    done = desk.do("settle", bill=bill, version=4, paying=paying)["settled"]
    assert (done["number"], done["change_fen"], done["staff"]) == ("1-000002", 100_00, "陈晓")
    assert done["tenders"] == [["wechat", 56_00, "4200001", 0], ["cash", 100_00, "", 0], ["principal", 100_00, "", 0]]
    assert desk.printed == 1
    assert desk.look("show", bill=bill[:8])["settled"] == done
    assert desk.look("show", bill="1-000002")["settled"] == done
    assert desk.look("list")["bills"] == []


def test_coupons_and_passes_are_named_as_they_are_shown(desk: Desk) -> None:
    account = desk.shop.member()
    fifty, later = desk.shop.coupon(account, FIFTY), desk.shop.coupon(account, replace(FIFTY, valid_days=9))
    lot = desk.shop.pass_units(account, "ten")
    seen = desk.open(account=account, lines=[{"item": "cut"}, {"item": "facial"}])
    order: dict[str, Any] = {"coupons": [["fifty", None]], "sessions": [[2, "ten", ""]]}
    changed = desk.do("change", **seen, order=order)
    assert changed["open"]["coupons"] == [[later, 0]], "of equal ones the one that ends first"
    assert changed["open"]["lines"][1]["pass"] == lot
    assert [(step["name"], step["source"]) for step in changed["quote"]["steps"]] == [
        ("session", ""),
        ("bill_coupon", "fifty"),
    ]
    again = {"no_coupons": True, "coupons": [[fifty[:6], None]], "sessions": [[2, "", ""]]}
    changed = desk.do("change", bill=seen["bill"], version=2, order=again)
    assert (changed["open"]["coupons"], changed["open"]["lines"][1]["pass"]) == ([[fifty, 0]], "")
    taken = desk.do("change", bill=seen["bill"], version=3, order={"without": [1]})
    assert taken["open"]["coupons"] == [[fifty, 0]]


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"coupons": [["none such", None]]}, "coupon_unknown"),
        ({"coupons": [["fi", None]]}, "coupon_unknown"),
        ({"sessions": [[1, "none such", ""]]}, "pass_unknown"),
        ({"sessions": [[3, "ten", ""]]}, "bill_no_such_line"),
        ({"sessions": [[1, "ten", ""]]}, "bill_choice_several"),
        ({"coupons": [["fifty", 0]]}, "bill_no_such_line"),
        ({"without": [-1]}, "bill_no_such_line"),
        ({"lines": [{"item": "cut", "people": [["nobody", "", 1, False]]}]}, "staff_unknown"),
        ({"account": "somebody"}, "member_unknown"),
        ({"lines": [{"item": "none such"}]}, "item_unknown"),
    ],
)
def test_what_is_not_there_is_refused_by_its_own_code(desk: Desk, order: dict[str, Any], code: str) -> None:
    account = desk.shop.member()
    desk.shop.coupon(account, FIFTY)
    desk.shop.pass_units(account, "ten")
    desk.shop.pass_units(account, "ten")
    seen = desk.open(account=account)
    assert desk.refused("change", **seen, order=order) == code
    assert desk.look("quote", bill=seen["bill"])["open"]["version"] == 1


@pytest.mark.parametrize(
    "order",
    [
        {"lines": "cut"},
        {"lines": [{"item": 7}]},
        {"lines": [{"item": "cut", "quantity": True}]},
        {"lines": [{"item": "cut", "pass_lot": "0" * 32}]},
        {"points": "3"},
        {"coupons": [["fifty"]]},
        {"prices": []},
        {"lines": [{"item": "cut"}], "sessions": [[1, 2, 3]]},
    ],
)
def test_anything_of_another_shape_opens_nothing(desk: Desk, order: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError, AttributeError)):
        desk.do("open", order={"account": desk.shop.member(), **order})
    assert desk.look("list")["bills"] == []


def test_the_cheapest_coupons_are_chosen_where_that_is_asked_for(desk: Desk) -> None:
    account = desk.shop.member()
    for template in (FIFTY, LINE_80, TRIAL_FACIAL):
        desk.shop.coupon(account, template)
    lines = [{"item": "cut"}, {"item": "facial"}]
    opened = desk.do("open", order={"account": account, "lines": lines}, best=True)
    assert opened["quote"]["payable_fen"] == opened["quote"]["best_fen"] == 310_40 - 50_00
    assert sorted(line for _, line in opened["open"]["coupons"]) == [0, 1, 2]


def test_a_bill_is_settled_at_the_price_that_was_shown_or_not_at_all(desk: Desk) -> None:
    account = desk.shop.member()
    desk.shop.coupon(account, FIFTY)
    seen = desk.open(account=account)
    order = {"coupons": [["fifty", None]]}
    shown = desk.look("quote", bill=seen["bill"], order=order)
    assert shown["quote"]["payable_fen"] == 534_00
    assert desk.look("show", bill=seen["bill"])["quote"]["payable_fen"] == 584_00, "looking changes nothing"
    desk.shop.database.run("UPDATE catalogue SET price_fen = price_fen + 100 WHERE code = 'cut'")
    assert desk.refused("settle", **seen, paying=cash(534_00, order=order)) == "price_changed"
    assert desk.shop.entries() == 1
    done = desk.do("settle", **seen, paying=cash(535_00, order=order))["settled"]
    assert (done["payable_fen"], done["coupons"]) == (535_00, ["fifty"])


def test_the_same_settling_again_answers_the_first_and_prints_nothing_new(desk: Desk) -> None:
    seen, action = desk.open(), new_id()
    first = desk.do("settle", **seen, action=action, paying=cash(584_00, best=True))["settled"]
    again = desk.do("settle", **seen, action=action, paying=cash(584_00, best=True))["settled"]
    assert ({**again, "is_repeated": False}, again["is_repeated"]) == (first, True)
    assert desk.shop.entries() == 1
    assert desk.refused("settle", **seen, paying=cash(584_00)) == "bill_gone"
    assert desk.refused("open", action=seen["bill"], order=LIST) == "bill_gone"


def test_money_goes_to_an_open_shift_or_nowhere(desk: Desk) -> None:
    seen = desk.open()
    assert desk.refused("settle", BOSS, **seen, paying=cash(584_00)) == "shift_missing"
    desk.shop.database.run("UPDATE shift SET counted_fen = 0")
    assert desk.refused("settle", **seen, paying=cash(584_00)) == "shift_counted"
    desk.shop.database.run("UPDATE shift SET closed_at = 9")
    assert desk.refused("settle", **seen, paying=cash(584_00)) == "shift_missing"
    assert desk.shop.entries() == 0
    desk.shift(2, BOSS[0])
    action = new_id()
    done = desk.do("settle", BOSS, **seen, action=action, paying=cash(584_00))["settled"]
    assert done["shift"] == 2
    desk.shop.database.run("UPDATE shift SET closed_at = 9")
    again = desk.do("settle", BOSS, **seen, action=action, paying=cash(584_00))["settled"]
    assert (again["number"], again["is_repeated"]) == (done["number"], True), "what is booked is answered without one"


def test_an_action_is_never_answered_with_what_it_settled_otherwise(desk: Desk) -> None:
    account = desk.shop.member()
    desk.shop.coupon(account, FIFTY)
    seen, other, action = desk.open(account=account), desk.open(), new_id()
    paying = cash(534_00, order={"coupons": [["fifty", None]]})
    first = desk.do("settle", **seen, action=action, paying=paying)["settled"]
    for bill in (seen["bill"], seen["bill"][:6]):
        again = desk.do("settle", bill=bill, version=1, action=action, paying=paying)["settled"]
        assert {**again, "is_repeated": False} == first, "by its letters too, though the coupon is used up"
    by_card = paying | {"tenders": [["card", 534_00, "A7", 0]]}
    for wrong in (by_card, paying | {"order": {}}, paying | {"best": True}, paying | {"split": [534_00]}):
        assert desk.refused("settle", **seen, action=action, paying=wrong) == "action_conflict"
    assert desk.refused("settle", **other, action=action, paying=paying) == "action_conflict"
    assert desk.refused("settle", bill=seen["bill"][:3], version=1, action=action, paying=paying) == "action_conflict"
    assert desk.shop.entries() == 2, "the coupon and the bill"


@pytest.mark.parametrize("more", [{}, {"best": True}])
def test_a_bill_opened_again_by_the_same_action_is_answered_as_it_is(desk: Desk, more: dict[str, Any]) -> None:
    account, action = desk.shop.member(), new_id()
    desk.shop.coupon(account, FIFTY)
    order = {"account": account, **LIST, **({} if more else {"coupons": [["fifty", None]]})}
    first = desk.do("open", action=action, order=order, **more)
    assert len(first["open"]["coupons"]) == 1
    desk.shop.coupon(account, replace(FIFTY, threshold_fen=0))
    assert desk.do("open", action=action, order=order, **more)["open"] == first["open"]
    assert desk.refused("open", action=action, order={"account": account, **LIST}) == "action_conflict"
    assert len(desk.look("list")["bills"]) == 1
    desk.do("drop", bill=action, version=1)
    assert desk.refused("open", action=action, order=order, **more) == "bill_gone"


def test_a_change_or_a_drop_whose_answer_was_lost_is_answered_when_it_is_asked_again(desk: Desk) -> None:
    seen, action = desk.open(lines=[{"item": "cut"}, {"item": "shampoo"}]), new_id()
    changed = desk.do("change", **seen, action=action, order={"without": [1]})
    assert desk.do("change", **seen, action=action, order={"without": [1]}) == changed
    assert [line["item"] for line in changed["open"]["lines"]] == ["shampoo"]
    assert desk.refused("change", **seen, action=action, order={"without": [2]}) == "action_conflict"
    assert desk.refused("change", **seen, order={"without": [2]}) == "bill_no_such_line"
    assert desk.refused("change", **seen, order={"without": [1]}) == "bill_changed", "another action"
    assert desk.do("drop", bill=seen["bill"], version=2) == {"id": seen["bill"]}
    assert desk.do("drop", bill=seen["bill"], version=2) == {"id": seen["bill"]}
    settled = desk.open()
    desk.do("settle", **settled, paying=cash(584_00))
    assert desk.refused("drop", **settled) == "bill_gone", "what was settled was not given up"


def test_a_change_asked_for_again_is_made_once_though_somebody_changed_the_bill_since(desk: Desk) -> None:
    seen, action = desk.open(), new_id()
    more = {"lines": [{"item": "facial"}]}
    desk.do("change", **seen, action=action, order=more)
    desk.do("change", BOSS, bill=seen["bill"], version=2, order={"lines": [{"item": "cut"}]})
    again = desk.do("change", bill=seen["bill"], version=3, action=action, order=more)
    assert [line["item"] for line in again["open"]["lines"]] == ["cut", "shampoo", "facial", "cut"]
    for version in range(3, 23):
        desk.do("change", bill=seen["bill"], version=version, order={"points": 0})
    row = desk.shop.database.row("SELECT length(body) FROM open_bill")
    assert row is not None
    assert row[0] < 2_000, "it remembers some changes and not all"


def test_an_action_that_changed_a_bill_changes_no_other_and_nothing_else(desk: Desk) -> None:
    seen, other, action = desk.open(), desk.open(), new_id()
    more = {"lines": [{"item": "facial"}]}
    desk.do("change", **seen, action=action, order=more)
    assert desk.refused("change", **other, action=action, order=more) == "action_conflict"
    assert desk.refused("change", bill=seen["bill"], version=2, action=action, order={"points": 0}) == "action_conflict"
    for bill, lines in ((seen, 3), (other, 2)):
        assert len(desk.look("quote", bill=bill["bill"])["open"]["lines"]) == lines
    assert desk.do("change", **seen, action=action, order=more)["open"]["version"] == 2, "what it did is told again"
    settling = new_id()
    third, gone = desk.open(), desk.open()
    desk.do("settle", **third, action=settling, paying=cash(584_00))
    desk.do("drop", **gone)
    for used in (settling, other["bill"], gone["bill"]):
        assert desk.refused("change", **other, action=used, order=more) == "action_conflict", "it did another thing"
    assert desk.refused("open", action=action, order=LIST) == "action_conflict"


def test_what_an_action_settled_is_told_without_a_pin_to_who_asks_for_the_same(desk: Desk) -> None:
    seen, action = desk.open(), new_id()
    assert desk.look("found", action=action, bill=seen["bill"]) == {"found": False}
    done = desk.do("settle", **seen, action=action, paying=cash(584_00))["settled"]
    for bill in (seen["bill"], seen["bill"][:4]):
        found = desk.look("found", action=action, bill=bill, paying=cash(584_00))
        assert found == {"found": True, "payable_fen": 584_00, "settled": {**done, "is_repeated": True}}
    assert desk.look("found", action=action, bill=seen["bill"]) == {"found": True, "payable_fen": 584_00}
    by_card = cash(584_00) | {"tenders": [["card", 584_00, "", 0]]}
    for bill, paying in ((seen["bill"], by_card), ("ffff", cash(584_00)), (seen["bill"], cash(584_00, best=True))):
        with pytest.raises(Refusal, match="action_conflict"):
            desk.look("found", action=action, bill=bill, paying=paying)
    account, other = desk.shop.member(), new_id()
    with desk.shop.database.write():
        desk.shop.book.post(desk.shop.book.begin(ActionId(other), "top_up", ""))
    for wrong, code in ((other, "action_conflict"), ("1", "action_bad")):
        with pytest.raises(Refusal, match=code):
            desk.look("found", action=wrong, bill=account)


def test_a_bill_that_was_given_up_is_told_by_its_letters_and_one_that_was_settled_is_not(desk: Desk) -> None:
    action, dropped, settled = new_id(), desk.open(), desk.open()
    desk.do("drop", **dropped)
    desk.do("settle", **settled, paying=cash(584_00))
    for bill in (dropped["bill"], dropped["bill"][:6]):
        assert desk.look("found", action=action, bill=bill, dropped=True) == {"found": True, "id": dropped["bill"]}
    for bill in (settled["bill"], dropped["bill"][:3], desk.open()["bill"]):
        assert desk.look("found", action=action, bill=bill, dropped=True) == {"found": False, "id": ""}


def test_letters_of_an_open_bill_are_never_taken_for_one_that_was_given_up_before(desk: Desk) -> None:
    names = ["abcd" + new_id()[4:] for _ in range(2)]
    order = {"lines": [{"item": "cut"}]}
    gone, still = (desk.do("open", action=name, order=order)["open"] for name in names)
    desk.do("drop", bill=gone["id"], version=1)
    assert desk.look("found", action=new_id(), bill="abcd", dropped=True) == {"found": False, "id": ""}
    desk.do("drop", bill=still["id"], version=1)
    assert desk.look("found", action=new_id(), bill=gone["id"], dropped=True)["found"]


def test_the_end_of_a_telephone_number_proves_nothing_of_who_may_have_been_found_by_it(desk: Desk) -> None:
    account = desk.shop.member()
    desk.shop.purse(account, 600_00)
    seen = desk.open(account=account)
    paying = {"payable_fen": 584_00, "tenders": [["purse", 584_00, "", 0]]}
    assert desk.refused("settle", **seen, paying=paying | {"confirmed": "phone_tail"}) == "factor_identifies_only"
    done = desk.do("settle", **seen, paying=paying | {"confirmed": "photo"})["settled"]
    payload: dict[str, Any] = desk.looking.settled(done["number"]).posted.entry.payload
    assert (payload["factor"]["by"], payload["factor"]["assurance"]) == ("photo", "phone")


def test_credit_and_what_looks_odd_ask_for_a_second_person(desk: Desk) -> None:
    account = desk.shop.member()
    desk.shop.rules = replace(desk.shop.rules, anomalies=(Rule("much", "single_amount", limit=500_00, block=True),))
    seen = desk.open(account=account)
    tenders = [["on_credit", 84_00, "", 0], ["cash", 500_00, "", 0]]
    paying = {"payable_fen": 584_00, "tenders": tenders, "confirmed": "photo"}
    boss: dict[str, Any] = {"approver": BOSS[0], "approver_pin": BOSS[1]}
    assert desk.refused("settle", **seen, paying=paying) == "approval_needed"
    assert desk.refused("settle", **seen, paying=paying, **(boss | {"approver_pin": "000000"})) == "pin_wrong"
    done = desk.do("settle", **seen, paying=paying, **boss)["settled"]
    assert ["on_credit", 84_00, "", 0] in done["tenders"]
    payload: dict[str, Any] = desk.looking.settled(done["number"]).posted.entry.payload
    (alert,) = payload["alerts"]
    boss_id = desk.shop.database.row("SELECT id FROM staff WHERE name = ?", BOSS[:1])
    assert [(payload["approved_by"],), (alert["approved_by"],)] == [boss_id, boss_id]


def test_a_walk_in_pays_split_and_each_gets_their_change(desk: Desk) -> None:
    seen = desk.open()
    tenders = [["cash", 400_00, "", 1], ["card", 284_00, "A7", 2]]
    paying = {"payable_fen": 584_00, "tenders": tenders, "split": [300_00, 284_00]}
    done = desk.do("settle", **seen, paying=paying)["settled"]
    assert (done["split"], done["changes"], done["member"]) == ([300_00, 284_00], [[1, 100_00]], "")


def test_only_who_gives_a_right_pin_works_with_bills(desk: Desk) -> None:
    seen = desk.open()
    wrong = (CASHIER[0], "111111")
    for verb, more in (
        ("change", {"order": {}}),
        ("hold", {}),
        ("resume", {}),
        ("drop", {}),
        ("settle", {"paying": cash(584_00)}),
    ):
        assert desk.refused(verb, wrong, **seen, **more) in {"pin_wrong", "pin_locked"}
    assert desk.refused("open", ("nobody", PIN), order=LIST) == "staff_unknown"
    assert desk.look("quote", bill=seen["bill"])["open"]["version"] == 1


def test_a_dropped_bill_is_gone_and_no_settled_one_has_its_letters(desk: Desk) -> None:
    seen = desk.open()
    assert desk.do("drop", **seen) == {"id": seen["bill"]}
    for bill in (seen["bill"], seen["bill"][:6], "abc", ""):
        with pytest.raises(Refusal, match="bill_gone"):
            desk.look("show", bill=bill)
    for number in ("1-000001", "9-9", "one-two"):
        with pytest.raises(Refusal, match="bill_unknown"):
            desk.look("show", bill=number)


def test_letters_that_several_bills_begin_with_name_none(desk: Desk) -> None:
    for tail in ("1", "2"):
        desk.do("open", action="abcd" + tail * 28, order=LIST)
    with pytest.raises(Refusal, match="bill_several"):
        desk.look("show", bill="abcd")
    assert desk.look("show", bill="abcd1")["open"]["id"] == "abcd" + "1" * 28


def test_an_open_bill_that_cannot_be_priced_any_more_is_shown_with_why(desk: Desk) -> None:
    seen = desk.open()
    desk.shop.database.run("UPDATE catalogue SET active = 0 WHERE code = 'cut'")
    shown = desk.look("show", bill=seen["bill"])
    assert shown["trouble"] == {"code": "item_unknown", "values": {"item": "cut"}}
    assert [line["item"] for line in shown["open"]["lines"]] == ["cut", "shampoo"]


def test_bills_of_one_member_are_listed_alone(desk: Desk) -> None:
    account: AccountId = desk.shop.member()
    mine = desk.open(account=account)
    desk.open()
    assert [each["id"] for each in desk.look("list", account=account)["bills"]] == [mine["bill"]]
    assert len(desk.look("list")["bills"]) == 2
    with pytest.raises(Refusal, match="member_unknown"):
        desk.look("list", account="王")


def test_a_bill_whose_entry_is_no_longer_kept_says_so(tmp_path: pathlib.Path) -> None:
    desk = Desk(tmp_path, PLAIN)
    try:
        for _ in range(2):
            desk.do("settle", **desk.open(), paying=cash(584_00))
        database = desk.shop.database
        with database.write():
            assert forget(database, desk.shop.book.life().n, 2) == 1
        with pytest.raises(Refusal, match="bill_past"):
            desk.look("show", bill="1-000001")
        assert desk.look("show", bill="1-000002")["settled"]["payable_fen"] == 584_00
    finally:
        desk.shop.database.close()
