"""What a charge at the counter needs to be shown, by the card, code or search that led to the member, and by PIN."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TypeVar

import pytest

from terminal.base.errors import Refusal
from terminal.base.events import CardTapped, CodeScanned
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.book import Posted
from terminal.rules.entry import Entry, from_bytes
from terminal.rules.rulebook import PurseRules, Rulebook
from terminal.services.desk import Desk, Rooms
from terminal.services.factors import FACTOR
from terminal.services.media_life.asked import Asked, By
from terminal.services.member_pins import PinHasher
from terminal.services.shop import Shop
from terminal.services.shown import BY_NAME, SHOWN_MAX, SHOWN_S
from terminal.services.staff import SignIns
from terminal.services.views import MemberHit, Needs
from tests.services.conftest import RULES, Bench

T = TypeVar("T")

UID = bytes.fromhex("04A1B2C3D4E5F6")
PHONE = "13812345678"
PIN = "246810"
LIMITS = PurseRules(uid_only_limit_fen=50_00, tap_only_limit_fen=200_00)


@dataclasses.dataclass
class Counter:
    """A signed-in cashier, and a member with stored value, a card and a telephone number."""

    bench: Bench
    desk: Desk
    token: str
    account: AccountId

    def tap(self, proof: str = "", uid: bytes = UID) -> None:
        """Hold a card to the counter's reader."""
        at_s = self.bench.clock.monotonic_s()
        self.bench.counter.card_tapped(CardTapped("counter-reader", "slot", "desfire", at_s, uid=uid, proof=proof))

    def needs(self, amount_fen: int) -> Needs:
        """Return what a charge of an amount is asked for."""
        return self.desk.preview_charge(self.token, self.account, amount_fen).needs

    def charge(self, amount_fen: int, confirmed: str, pin: str = "", action: str = "") -> str:
        """Charge; return the code it is refused with, empty where it was booked. What is refused writes no bill."""
        before = self.bills()
        try:
            self.desk.charge(self.token, action or new_id(), self.account, amount_fen, confirmed, pin)
        except Refusal as refusal:
            assert self.bills() == before
            return refusal.code
        return ""

    def entries(self) -> list[Entry]:
        """Return the whole journal."""
        return [from_bytes(row[0]) for row in self.bench.database.rows("SELECT bytes FROM entry ORDER BY seq")]

    def bills(self) -> int:
        """Return how many bills the book has."""
        return sum(entry.kind == "bill" for entry in self.entries())

    def proved(self) -> dict[str, object]:
        """Return by what the newest bill was proved."""
        newest = [entry for entry in self.entries() if entry.kind == "bill"][-1]
        proved = newest.payload[FACTOR]
        assert isinstance(proved, dict)
        return dict(proved)

    def set_pin(self) -> Posted:
        """Give the member a PIN, with the cheapest hash there is."""
        pins, by = self.bench.money.pins, By("cashier", self.bench.cashier().staff_id, 1)
        asked = Asked(ActionId(new_id()), by, frozenset({"identity"}))
        return pins.set(asked, self.account, PinHasher(memory_kib=8, passes=1).make(pins.to_set(self.account), PIN))


@pytest.fixture
def counter(bench: Bench) -> Counter:
    def ask(work: Callable[[], T]) -> T:
        return work()

    rooms = Rooms(
        book=bench.book,
        members=bench.members,
        media=bench.media,
        money=bench.money,
        staff=bench.staff,
        sign_ins=SignIns(bench.clock.monotonic_s),
        spool=bench.spool,
        kiosk=bench.kiosk,
        counter=bench.counter,
        drawer=bench.drawer,
        customer=bench.customer,
    )
    rules = dataclasses.replace(RULES, rulebook=Rulebook(purse=LIMITS))
    shop = Shop(name="兰亭美业", branch="静安店", rules=rules)
    desk = Desk(ask, rooms, lambda: shop, bench.clock, dict)
    account = bench.member(principal_fen=2000_00, phone=PHONE, cards=(UID.hex().upper(),))
    bench.cashier()
    return Counter(bench, desk, desk.sign_in(bench.staff.names()[0].id, "135790").token, account)


def medium(counter: Counter) -> int:
    row = counter.bench.database.row("SELECT n FROM medium WHERE number = ?", (UID.hex().upper(),))
    assert row is not None
    return int(row[0])


def test_a_card_that_proved_its_key_is_charged_alone_up_to_its_limit_a_day(counter: Counter) -> None:
    counter.tap("authenticated")
    assert counter.needs(200_00) == Needs(by="tap")
    assert counter.charge(150_00, "") == ""
    assert counter.proved() == {"by": "tap", "assurance": "authenticated", "audited": False, "fen": 150_00}
    asked = counter.needs(50_01)
    assert asked.ways == ("phone_tail", "photo")
    assert [(note.code, note.limit_fen, note.left_fen) for note in asked.notes] == [("factor_tap_day", 200_00, 50_00)]
    assert counter.charge(50_01, "") == "factor_tap_day"
    assert counter.charge(50_01, "photo") == ""
    assert counter.proved()["by"] == "photo"


def test_a_card_that_is_only_a_number_has_the_smaller_limit_and_none_where_the_shop_gives_none(
    counter: Counter,
) -> None:
    counter.tap("none")
    assert counter.needs(50_00) == Needs(by="uid")
    assert [note.code for note in counter.needs(50_01).notes] == ["factor_uid_bill"]
    assert counter.charge(50_00, "") == ""
    assert counter.proved() == {"by": "uid", "assurance": "id-only", "audited": False, "fen": 50_00}
    strict = dataclasses.replace(RULES, rulebook=Rulebook())
    shown = counter.bench.counter.shown.of(counter.account, counter.bench.clock.monotonic_s())
    assert shown.medium == medium(counter)
    plain = counter.bench.money.preview_charge(strict, counter.account, 1, shown).needs
    assert plain == Needs(("phone_tail", "photo"))


def test_the_card_that_was_shown_is_looked_at_again_when_it_is_charged(counter: Counter) -> None:
    counter.tap("authenticated")
    counter.bench.database.run("UPDATE medium SET state = 'frozen' WHERE n = ?", (medium(counter),))
    assert counter.charge(10_00, "") == "card_frozen"


def test_whoever_is_found_by_the_telephone_number_is_not_asked_for_its_end(counter: Counter) -> None:
    for text in (PHONE, PHONE[-4:], f"+86 {PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}"):
        assert [hit.account for hit in counter.desk.find_members(counter.token, text)] == [counter.account]
        assert counter.needs(10_00) == Needs(("photo",))
        assert counter.charge(10_00, "phone_tail") == "factor_identifies_only"
    counter.bench.counter.code_scanned(CodeScanned("scanner", counter.bench.clock.monotonic_s(), PHONE))
    assert counter.needs(10_00) == Needs(("photo",))
    counter.desk.find_members(counter.token, "王小芳")
    assert counter.needs(10_00) == Needs(("phone_tail", "photo"))
    assert counter.charge(10_00, "phone_tail") == ""
    assert counter.proved() == {"by": "phone_tail", "assurance": "named", "audited": True, "fen": 10_00}


def test_a_scanned_code_is_a_number_that_anybody_may_copy(counter: Counter) -> None:
    code = counter.bench.members.member_code(counter.account)
    counter.bench.counter.code_scanned(CodeScanned("scanner", counter.bench.clock.monotonic_s(), code))
    assert counter.needs(50_00) == Needs(by="uid")
    assert counter.charge(50_00, "") == ""
    assert counter.proved()["assurance"] == "code"


def test_a_tap_says_nothing_of_who_comes_later_nor_of_somebody_else(counter: Counter) -> None:
    other = counter.bench.member("李雷", principal_fen=100_00)
    counter.tap("authenticated")
    shown = counter.bench.counter.shown
    now_s = counter.bench.clock.monotonic_s()
    assert shown.of(other, now_s) == BY_NAME
    assert shown.of(counter.account, now_s + SHOWN_S).assurance == "authenticated"
    assert shown.of(counter.account, now_s + SHOWN_S + 1) == BY_NAME
    # The last way counts, and only so many are kept.
    counter.desk.find_members(counter.token, "王小芳")
    assert shown.of(counter.account, now_s) == BY_NAME
    counter.tap("authenticated")
    hits = [MemberHit(f"{n:032x}", "", "", "", "", 0) for n in range(SHOWN_MAX)]
    shown.typed("x", hits[1:], now_s)
    assert shown.of(counter.account, now_s).assurance == "authenticated"
    shown.typed("x", hits, now_s)
    assert shown.of(counter.account, now_s) == BY_NAME


def test_a_card_of_several_members_counts_for_whichever_the_cashier_chooses(counter: Counter) -> None:
    other = counter.bench.member("李雷", principal_fen=100_00, cards=(UID.hex().upper(),))
    counter.tap("none")
    shown = counter.bench.counter.shown
    for account in (counter.account, other):
        assert shown.of(account, counter.bench.clock.monotonic_s()).assurance == "id-only"


def test_a_member_types_the_pin_and_a_wrong_one_is_counted_with_who_was_there(counter: Counter) -> None:
    counter.set_pin()
    assert counter.needs(900_00).ways == ("phone_tail", "photo", "pin")
    assert counter.charge(900_00, "pin", "000000") == "member_pin_wrong"
    failed = counter.entries()[-1]
    by = counter.bench.staff.names()[0].id
    assert (failed.kind, failed.payload["place"], failed.payload["operator"]) == ("pin_failed", "counter", by)
    assert counter.charge(900_00, "pin", PIN) == ""
    assert counter.proved() == {"by": "pin", "assurance": "named", "audited": False, "fen": 900_00}
    assert PIN not in str([entry.payload for entry in counter.entries()])


def test_a_pin_that_was_wrong_too_often_is_asked_for_no_more_and_the_cashier_may_still_compare(
    counter: Counter,
) -> None:
    counter.set_pin()
    codes = [counter.charge(900_00, "pin", "000000") for _ in range(5)]
    assert codes == ["member_pin_wrong"] * 4 + ["member_pin_locked_today"]
    assert counter.charge(900_00, "pin", PIN) == "member_pin_locked_today"
    asked = counter.needs(900_00)
    assert asked.ways == ("phone_tail", "photo")
    assert [note.code for note in asked.notes] == ["factor_pin_locked"]
    assert counter.charge(900_00, "photo") == ""


def test_a_charge_by_pin_that_was_booked_is_answered_again_without_a_pin(counter: Counter) -> None:
    counter.set_pin()
    action = new_id()
    first = counter.desk.charge(counter.token, action, counter.account, 900_00, "pin", PIN)
    entries = counter.bench.entries()
    for pin in ("", "000000", PIN):
        assert counter.desk.charge(counter.token, action, counter.account, 900_00, "pin", pin) == first
    assert counter.bench.entries() == entries
    assert counter.charge(900_00, "photo", action=action) == "action_conflict"
    given_up = new_id()
    counter.desk.drop(counter.token, given_up)
    assert counter.charge(1_00, "pin", "000000", given_up) == "action_dropped"
    assert counter.bench.entries() == entries, "what was given up is no try"


def test_nobody_may_say_that_a_pin_was_right(counter: Counter) -> None:
    rules = dataclasses.replace(RULES, rulebook=Rulebook(purse=LIMITS))
    staff = counter.bench.cashier()
    for confirmed, code in (("pin", "factor_identifies_only"), ("member_qr", "confirmation_missing")):
        with pytest.raises(Refusal, match=code):
            counter.bench.money.charge(rules, staff, ActionId(new_id()), counter.account, 900_00, confirmed)
    assert counter.charge(900_00, "pin", PIN) == "member_pin_missing"
