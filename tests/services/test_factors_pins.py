"""Members' PINs: set and reset with an entry, tried five times, and never readable from the store."""

from __future__ import annotations

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.rules.entry import Entry
from terminal.rules.media.states import CARD, IDENTITY
from terminal.services.media_life.asked import Asked, By
from terminal.services.member_pins import MemberPins, PinHasher, PinState
from tests.services.conftest import Bench
from tests.services.media_bench import MediaBench, media_bench

pytestmark = pytest.mark.slow

# The cheapest hash there is: what it costs is `PinHasher`'s default and no matter of these tests.
HASHER = PinHasher(memory_kib=8, passes=1)
PIN, OTHER = "2468", "135790"


class Online:
    """Whether the till is connected."""

    def __init__(self) -> None:
        self.now = False

    def __call__(self) -> bool:
        return self.now


@pytest.fixture
def shop(bench: Bench) -> MediaBench:
    return media_bench(bench)


@pytest.fixture
def online() -> Online:
    return Online()


@pytest.fixture
def pins(bench: Bench, online: Online) -> MemberPins:
    return MemberPins(bench.database, bench.book, bench.clock, is_online=online)


def staff(shop: MediaBench, *shown: str, action: ActionId | None = None) -> Asked:
    return shop.asked(shown=frozenset(shown or (IDENTITY,)), action=action)


def set_pin(shop: MediaBench, pins: MemberPins, account: AccountId, pin: str = PIN) -> None:
    pins.set(staff(shop), account, HASHER.make(pins.to_set(account), pin))


def tried(pins: MemberPins, account: AccountId, pin: str) -> str:
    """Try a PIN as a page does, in three steps; return the code it is refused with, empty for the right one."""
    try:
        check = pins.asked(account)
        if not HASHER.is_right(check, pin):
            raise pins.note_wrong(account, "counter")
        pins.note_right(account)
    except Refusal as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize("is_online", [False, True])
def test_a_wrong_pin_that_a_rule_blocks_is_tried_no_more_that_day_until_staff_reset_it(
    shop: MediaBench, bench: Bench, *, is_online: bool
) -> None:
    seen: list[Entry] = []

    def failed(made: Entry) -> bool:
        seen.append(made)
        return len(seen) == 2

    book = (bench.database, bench.book, bench.clock)
    pins = MemberPins(*book, is_online=lambda: is_online, failed=failed)
    account = shop.member()
    set_pin(shop, pins, account)
    assert [tried(pins, account, OTHER) for _ in range(2)] == ["member_pin_wrong", "member_pin_locked_today"]
    assert [each.payload["wrong"] for each in seen] == [1, 2]
    assert tried(pins, account, PIN) == "member_pin_locked_today"
    pins.reset(staff(shop), account)
    set_pin(shop, pins, account)
    assert tried(pins, account, PIN) == ""


def test_a_pin_that_was_set_is_right_and_others_are_not(shop: MediaBench, pins: MemberPins) -> None:
    account = shop.member()
    assert pins.state(account) == PinState(is_set=False, is_locked=False)
    assert tried(pins, account, PIN) == "member_pin_missing"
    set_pin(shop, pins, account)
    assert shop.last().kind == "pin_set"
    assert shop.last().payload["operator"] == shop.cashier.staff_id
    assert tried(pins, account, PIN) == ""
    for wrong in ("2467", "24680", "", "abcd", "２４６８"):
        assert tried(pins, account, wrong) == "member_pin_wrong"
        pins.note_right(account)


def test_a_hash_is_worth_nothing_for_another_member_or_without_the_pepper(shop: MediaBench, pins: MemberPins) -> None:
    first, second = shop.member(), shop.bench.member("李明")
    made = HASHER.make(pins.to_set(first), PIN)
    pins.set(staff(shop), first, made)
    pins.set(staff(shop), second, made)
    assert tried(pins, first, PIN) == ""
    assert tried(pins, second, PIN) == "member_pin_wrong"
    shop.bench.database.run("UPDATE factor_secret SET pepper = ?", (bytes(32),))
    assert tried(pins, first, PIN) == "member_pin_wrong"


@pytest.mark.parametrize("pin", ["123", "1234567", "12 34", "abcd", ""])
def test_a_pin_has_four_to_six_digits(shop: MediaBench, pins: MemberPins, pin: str) -> None:
    check = pins.to_set(shop.member())
    with pytest.raises(Refusal, match="member_pin_bad"):
        HASHER.make(check, pin)


def test_five_wrong_tries_lock_the_pin_until_the_next_day_where_the_till_is_cut_off(
    shop: MediaBench, pins: MemberPins
) -> None:
    account = shop.member()
    set_pin(shop, pins, account)
    before = shop.bench.entries()
    assert [tried(pins, account, OTHER) for _ in range(4)] == ["member_pin_wrong"] * 4
    assert tried(pins, account, OTHER) == "member_pin_locked_today"
    assert shop.bench.entries() == before + 5
    assert {key: shop.last().payload[key] for key in ("kind", "account", "place", "wrong")} == {
        "kind": "pin_failed",
        "account": account,
        "place": "counter",
        "wrong": 5,
    }
    assert tried(pins, account, PIN) == "member_pin_locked_today"
    assert pins.state(account) == PinState(is_set=True, is_locked=True)
    assert shop.bench.entries() == before + 5
    shop.bench.wait(24 * 3600)
    assert tried(pins, account, PIN) == ""


def test_connected_the_lock_lasts_fifteen_minutes(shop: MediaBench, pins: MemberPins, online: Online) -> None:
    account = shop.member()
    set_pin(shop, pins, account)
    online.now = True
    codes = [tried(pins, account, OTHER) for _ in range(5)]
    assert codes[4] == "member_pin_locked"
    shop.bench.wait(14 * 60)
    assert tried(pins, account, PIN) == "member_pin_locked"
    shop.bench.wait(60)
    assert tried(pins, account, PIN) == ""


def test_a_clock_that_is_turned_back_makes_a_lock_no_longer(shop: MediaBench, pins: MemberPins, online: Online) -> None:
    account = shop.member()
    set_pin(shop, pins, account)
    online.now = True
    for _ in range(5):
        tried(pins, account, OTHER)
    shop.bench.book.hear_time(shop.bench.clock.now_ms() + 15 * 60_000)
    shop.bench.clock.advance(-3600)
    assert tried(pins, account, PIN) == ""


def test_a_right_pin_begins_a_new_count(shop: MediaBench, pins: MemberPins) -> None:
    account = shop.member()
    set_pin(shop, pins, account)
    for _ in range(2):
        assert [tried(pins, account, OTHER) for _ in range(4)] == ["member_pin_wrong"] * 4
        assert tried(pins, account, PIN) == ""


def test_a_pin_that_was_being_checked_while_it_was_locked_is_not_believed(shop: MediaBench, pins: MemberPins) -> None:
    account = shop.member()
    set_pin(shop, pins, account)
    check = pins.asked(account)
    for _ in range(5):
        tried(pins, account, OTHER)
    assert HASHER.is_right(check, PIN)
    with pytest.raises(Refusal, match="member_pin_locked_today"):
        pins.note_right(account)
    before = shop.everything()
    assert pins.note_wrong(account, "counter").code == "member_pin_locked_today"
    assert shop.everything() == before


def test_staff_reset_a_pin_and_never_see_one(shop: MediaBench, pins: MemberPins) -> None:
    account = shop.member()
    set_pin(shop, pins, account)
    for _ in range(5):
        tried(pins, account, OTHER)
    pins.reset(staff(shop), account)
    assert shop.last().kind == "pin_reset"
    assert tried(pins, account, PIN) == "member_pin_missing"
    set_pin(shop, pins, account, OTHER)
    assert tried(pins, account, OTHER) == ""
    (rows,) = shop.bench.database.rows("SELECT hash FROM member_pin")
    assert OTHER not in rows[0]
    for (data,) in shop.bench.database.rows("SELECT bytes FROM entry"):
        assert rows[0].encode() not in data


def test_who_may_set_a_pin(shop: MediaBench, pins: MemberPins) -> None:
    account = shop.member()
    for asked, whose, code in (
        (staff(shop, CARD), account, "medium_identity_needed"),
        (Asked(ActionId(new_id()), By("kiosk"), frozenset((IDENTITY,))), account, "medium_staff_only"),
        # The old one is no proof where there is none.
        (Asked(ActionId(new_id()), By("kiosk"), frozenset(("pin",))), account, "medium_staff_only"),
        (staff(shop), AccountId(new_id()), "member_unknown"),
    ):
        assert shop.refused(lambda asked=asked, whose=whose: pins.set(asked, whose, "x")) == code  # type: ignore[misc]
    set_pin(shop, pins, account)
    own = Asked(ActionId(new_id()), By("kiosk"), frozenset(("pin",)))
    pins.set(own, account, HASHER.make(pins.to_set(account), OTHER))
    assert tried(pins, account, OTHER) == ""


def test_a_pin_is_set_once_for_each_action(shop: MediaBench, pins: MemberPins) -> None:
    account = shop.member()
    asked = staff(shop)
    first = pins.set(asked, account, HASHER.make(pins.to_set(account), PIN))
    before = shop.everything()
    again = pins.set(asked, account, HASHER.make(pins.to_set(account), OTHER))
    assert (again.entry.seq, again.repeated) == (first.entry.seq, True)
    assert shop.everything() == before
    assert tried(pins, account, PIN) == ""
