"""What is enough where, for what and how much; and when a PIN may not be tried."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.media import factors, pin_lock
from terminal.rules.media.factors import Limits, Reason, Situation, Verdict, judge
from terminal.rules.media.pin_lock import PinState, PinTries

DEFAULTS = Limits()
LOOSE = Limits(uid_only_limit_fen=50_00)
DAY, LATER = dt.date(2026, 11, 22), dt.date(2026, 11, 23)
NOON_MS = 1_795_000_000_000
MINUTE_MS = 60_000


def spend(
    place: str, assurance: str, *shown: str, amount_fen: int = 100_00, spent_fen: int = 0, limits: Limits = DEFAULTS
) -> Verdict:
    """The verdict on a spend."""
    return judge(limits, Situation(place, assurance, frozenset(shown), spent_fen), "spend", amount_fen)


# Place, assurance, what was shown -> by what it is enough for any amount at all; empty for not.
ANY_AMOUNT = [
    *[(place, assurance, "pin", "pin") for place in factors.PLACES for assurance in factors.ASSURANCES],
    ("counter", "member_qr", "", "member_qr"),
    *[("counter", each, "photo", "photo") for each in ("id-only", "authenticated", "code", "phone", "named")],
    *[("counter", each, "phone_tail", "phone_tail") for each in ("id-only", "authenticated", "code", "named")],
    ("counter", "phone", "phone_tail", ""),
    ("counter", "named", "", ""),
    ("counter", "phone", "one_time_code", "one_time_code"),
    ("counter", "phone", "", ""),
    ("counter", "code", "", ""),
    ("counter", "id-only", "", ""),
    ("counter", "authenticated", "", ""),
    *[("kiosk", "authenticated", each, "") for each in ("", "photo", "phone_tail", "one_time_code")],
    *[("kiosk", each, "", "") for each in ("id-only", "code", "member_qr", "phone", "named")],
]


@pytest.mark.parametrize(("place", "assurance", "shown", "by"), ANY_AMOUNT)
def test_a_large_spend_needs_a_second_factor_of_the_table(place: str, assurance: str, shown: str, by: str) -> None:
    verdict = spend(place, assurance, *([shown] if shown else []), amount_fen=9_999_00)
    assert (verdict.is_enough, verdict.by) == (bool(by), by)
    assert verdict.is_audited == (by in {"photo", "phone_tail"})
    assert bool(verdict.reasons) == bool(verdict.ways) == (not by)


@pytest.mark.parametrize("place", factors.PLACES)
@pytest.mark.parametrize(
    ("amount_fen", "spent_fen", "reason"),
    [
        (200_00, 0, None),
        (1, 199_99, None),
        (200_01, 0, Reason("factor_tap_bill", 200_00, 200_00)),
        (100_00, 100_01, Reason("factor_tap_day", 200_00, 99_99)),
        (1, 200_00, Reason("factor_tap_day", 200_00, 0)),
        (200_00, 1, Reason("factor_tap_day", 200_00, 199_99)),
        (1, 900_00, Reason("factor_tap_day", 200_00, 0)),
    ],
)
def test_an_authenticated_card_spends_up_to_its_limit_a_bill_and_a_day(
    place: str, amount_fen: int, spent_fen: int, reason: Reason | None
) -> None:
    verdict = spend(place, "authenticated", amount_fen=amount_fen, spent_fen=spent_fen)
    assert verdict.by == ("" if reason else "tap")
    assert verdict.reasons == ((reason,) if reason else ())


def test_a_copyable_number_spends_nothing_unless_the_shop_allows_it_and_never_at_the_kiosk() -> None:
    assert spend("counter", "id-only", amount_fen=1).reasons == (Reason("factor_identifies_only"),)
    assert spend("counter", "id-only", amount_fen=50_00, limits=LOOSE).by == "uid"
    assert spend("counter", "code", amount_fen=50_01, limits=LOOSE).reasons == (
        Reason("factor_uid_bill", 50_00, 50_00),
    )
    assert spend("counter", "id-only", amount_fen=20_00, spent_fen=40_00, limits=LOOSE).reasons == (
        Reason("factor_uid_day", 50_00, 10_00),
    )
    assert spend("kiosk", "id-only", amount_fen=1, limits=LOOSE).reasons == (Reason("factor_identifies_only"),)


def test_a_shop_that_lets_no_card_pay_alone_asks_for_more() -> None:
    assert spend("kiosk", "authenticated", amount_fen=1, limits=Limits(tap_only_limit_fen=0)).reasons == (
        Reason("factor_identifies_only"),
    )


@settings(max_examples=40)
@given(st.sampled_from(factors.PLACES), st.sampled_from(factors.ASSURANCES), st.lists(st.integers(1, 300_00)))
@pytest.mark.parametrize("case", [pytest.param(True, id="O-2")])
def test_a_lost_card_that_is_still_taken_costs_no_more_than_its_limit_a_day(
    case: bool, place: str, assurance: str, amounts_fen: list[int]
) -> None:
    spent_fen = 0
    for amount_fen in amounts_fen:
        if assurance != "member_qr" and spend(place, assurance, amount_fen=amount_fen, spent_fen=spent_fen).is_enough:
            spent_fen += amount_fen
    assert spent_fen <= (200_00 if assurance == "authenticated" else 0)
    assert case


@pytest.mark.parametrize(
    ("wish", "place", "assurance", "is_enough"),
    [
        *[("top_up", "counter", each, True) for each in factors.ASSURANCES],
        *[("earn", "counter", each, True) for each in factors.ASSURANCES],
        *[("name", place, each, True) for place in factors.PLACES for each in factors.ASSURANCES],
        ("top_up", "kiosk", "id-only", True),
        ("balance", "kiosk", "id-only", True),
        ("balance", "counter", "phone", True),
        ("personal", "counter", "phone", True),
        ("personal", "kiosk", "authenticated", False),
        ("top_up", "kiosk", "phone", False),
        ("earn", "kiosk", "phone", False),
        ("balance", "kiosk", "phone", False),
        ("redeem", "kiosk", "authenticated", True),
        ("redeem", "kiosk", "id-only", False),
        ("redeem", "counter", "member_qr", True),
    ],
)
def test_what_needs_nothing_and_what_does(wish: str, place: str, assurance: str, is_enough: bool) -> None:
    assert judge(DEFAULTS, Situation(place, assurance), wish).is_enough == is_enough
    assert judge(DEFAULTS, Situation(place, assurance, frozenset({"pin"})), wish).is_enough


@pytest.mark.parametrize(("view", "is_shown"), [("show", True), ("tap", True), ("pin", False)])
def test_the_shop_decides_when_a_balance_shows_at_the_kiosk(view: str, is_shown: bool) -> None:
    verdict = judge(Limits(balance_view=view), Situation("kiosk", "authenticated"), "balance")
    assert verdict.is_enough == is_shown
    assert verdict.reasons == (() if is_shown else (Reason("factor_private"),))


@pytest.mark.parametrize(
    ("situation", "ways"),
    [
        (Situation("counter", "authenticated"), ["factor_pin", "factor_confirm", "factor_member_qr"]),
        (Situation("counter", "code", has_cloud=False), ["factor_pin", "factor_confirm"]),
        (Situation("counter", "phone"), ["factor_pin", "factor_confirm_photo", "factor_one_time_code"]),
        (Situation("counter", "id-only", has_pin=False), ["factor_confirm", "factor_member_qr"]),
        (Situation("kiosk", "authenticated"), ["factor_pin"]),
        (Situation("kiosk", "id-only"), ["factor_pin", "factor_tap_card"]),
        (Situation("kiosk", "member_qr", has_pin=False), ["factor_tap_card"]),
        (Situation("kiosk", "phone", has_pin=False), ["factor_staff"]),
        (Situation("kiosk", "authenticated", is_pin_locked=True), ["factor_staff"]),
    ],
)
def test_the_verdict_says_what_would_be_enough(situation: Situation, ways: list[str]) -> None:
    assert [way.code for way in judge(DEFAULTS, situation, "spend", 500_00).ways] == ways


def test_a_locked_pin_is_not_taken_and_said_to_be_locked() -> None:
    locked = Situation("kiosk", "authenticated", frozenset({"pin"}), is_pin_locked=True)
    verdict = judge(DEFAULTS, locked, "spend", 500_00)
    assert [reason.code for reason in verdict.reasons] == ["factor_tap_bill", "factor_pin_locked"]
    assert judge(DEFAULTS, locked, "spend", 100_00).by == "tap"


def test_a_verdict_can_be_required() -> None:
    factors.require(spend("counter", "authenticated"))
    factors.require(spend("counter", "phone", *factors.FACTORS))
    with pytest.raises(Refusal, match="factor_tap_bill limit_fen=20000 left_fen=20000"):
        factors.require(spend("counter", "authenticated", amount_fen=200_01))


@pytest.mark.parametrize(
    ("situation", "wish", "amount_fen", "code"),
    [
        (Situation("street", "phone"), "spend", 1, "factor_unknown"),
        (Situation("kiosk", "stamp"), "spend", 1, "factor_unknown"),
        (Situation("kiosk", "phone", frozenset({"smile"})), "spend", 1, "factor_unknown"),
        (Situation("kiosk", "phone"), "sing", 1, "factor_unknown"),
        (Situation("kiosk", "phone"), "spend", 0, "factor_amount"),
        (Situation("kiosk", "phone"), "redeem", -1, "factor_amount"),
        (Situation("kiosk", "phone", spent_today_fen=-1), "spend", 1, "factor_amount"),
    ],
)
def test_bad_input_is_refused(situation: Situation, wish: str, amount_fen: int, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        judge(DEFAULTS, situation, wish, amount_fen)


def test_all_mistakes_of_the_limits_are_told_at_once() -> None:
    assert factors.mistakes(DEFAULTS) == factors.mistakes(LOOSE) == []
    assert factors.mistakes(Limits(60_000_00, -1, "never")) == [
        ("uid_only_limit_fen", "factor_limit_absurd"),
        ("tap_only_limit_fen", "factor_limit_negative"),
        ("uid_only_limit_fen", "factor_limit_order"),
        ("balance_view", "factor_view"),
    ]


def wrong(times: int, *, is_online: bool, tries: PinTries | None = None, now_ms: int = NOON_MS) -> PinTries:
    """The count after so many wrong tries."""
    tries = tries or PinTries(DAY)
    for _ in range(times):
        tries = pin_lock.after_wrong(tries, DAY, now_ms, is_online=is_online)
    return tries


@pytest.mark.parametrize("is_online", [True, False])
def test_four_wrong_tries_leave_one(is_online: bool) -> None:
    assert pin_lock.state(wrong(4, is_online=is_online), DAY, NOON_MS) == PinState(is_open=True, tries_left=1)
    pin_lock.check_open(wrong(4, is_online=is_online), DAY, NOON_MS)


def test_five_wrong_tries_off_line_lock_until_the_next_business_day() -> None:
    tries = wrong(5, is_online=False)
    assert pin_lock.state(tries, DAY, NOON_MS + 600 * MINUTE_MS) == PinState(is_open=False, tries_left=0)
    with pytest.raises(Refusal, match="member_pin_locked_today"):
        pin_lock.check_open(tries, DAY, NOON_MS)
    assert pin_lock.state(tries, LATER, NOON_MS + 1) == PinState(is_open=True, tries_left=5)


def test_five_wrong_tries_on_line_lock_for_fifteen_minutes() -> None:
    tries = wrong(5, is_online=True)
    assert pin_lock.state(tries, DAY, NOON_MS) == PinState(is_open=False, tries_left=0, minutes_left=15)
    with pytest.raises(Refusal, match="member_pin_locked minutes=1"):
        pin_lock.check_open(tries, DAY, NOON_MS + 15 * MINUTE_MS - 1)
    assert pin_lock.state(tries, DAY, NOON_MS + 14 * MINUTE_MS - 1).minutes_left == 2
    assert pin_lock.state(tries, DAY, NOON_MS + 15 * MINUTE_MS) == PinState(is_open=True, tries_left=5)


def test_midnight_does_not_end_a_lock_of_the_chain_and_tries_while_locked_do_not_count() -> None:
    tries = wrong(9, is_online=True)
    assert tries == wrong(5, is_online=True)
    assert not pin_lock.state(tries, LATER, NOON_MS + MINUTE_MS).is_open
    assert wrong(9, is_online=False) == wrong(5, is_online=False)


def test_tries_of_another_day_do_not_count() -> None:
    assert pin_lock.state(wrong(4, is_online=False), LATER, NOON_MS).tries_left == 5


def test_a_lock_told_by_the_chain_holds_here_too_and_the_later_one_counts() -> None:
    told = pin_lock.after_chain_lock(PinTries(DAY, wrong=2), NOON_MS)
    assert pin_lock.state(told, DAY, NOON_MS + MINUTE_MS).minutes_left == 14
    assert pin_lock.after_chain_lock(told, NOON_MS - 5).locked_from_ms == NOON_MS


def test_a_day_that_goes_back_gives_no_new_tries() -> None:
    tries = pin_lock.after_wrong(PinTries(LATER, wrong=3), DAY, NOON_MS, is_online=False)
    assert tries == PinTries(LATER, wrong=4)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=40))
def test_after_five_tries_nobody_gets_another_within_fifteen_minutes(steps: list[tuple[bool, int]]) -> None:
    tries, now_ms, tried_ms = PinTries(DAY), NOON_MS, list[int]()
    for is_online, minutes in steps:
        now_ms += minutes * MINUTE_MS
        if pin_lock.state(tries, DAY, now_ms).is_open:
            tried_ms.append(now_ms)
        tries = pin_lock.after_wrong(tries, DAY, now_ms, is_online=is_online)
    for earlier, later in zip(tried_ms[4::5], tried_ms[5::5], strict=False):
        assert later - earlier >= 15 * MINUTE_MS
