"""Anomalies: what each rule alerts and what it lets pass, and which alerts ask for a manager."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.words.till import WORDS
from terminal.rules.till.anomaly import (
    CARD,
    KINDS,
    MEMBER,
    OPERATOR,
    SCOPES,
    SPEND,
    TERMINAL,
    TESTS,
    Alert,
    Event,
    Rule,
    Verdict,
    judge,
    mistakes,
)
from terminal.rules.when import Window
from tests.told import keys as keys_of

NOON = dt.datetime(2026, 3, 2, 12, 0)  # noqa: DTZ001 - the shop's own civil time


def event(kind: str, minute: float, name: str = "", **facts: str | int) -> Event:
    """Return an event so many minutes after noon, by anna at till t1 unless `facts` say otherwise."""
    at = NOON + dt.timedelta(minutes=minute)
    base = Event(name or f"{kind}@{minute}", kind, at, operator="anna", terminal="t1", card="c1", member="m1")
    return replace(base, **facts)  # type: ignore[arg-type] # the facts are named by each test


def found(rule: Rule, now: Event, *past: Event) -> int:
    """Return what one rule found, 0 for no alert."""
    alerts = judge([rule], now, past).alerts
    return alerts[0].found if alerts else 0


CARD_FREQ = Rule("card_freq", "frequency", scope=CARD, window_minutes=10, limit=3, block=True)


@pytest.mark.parametrize("block", [pytest.param(True, id="A-1"), pytest.param(False, id="A-1 without block")])
def test_the_third_spend_in_ten_minutes_is_alerted_and_asks_for_a_manager_where_it_blocks(*, block: bool) -> None:
    rule, past = replace(CARD_FREQ, block=block), [event(SPEND, 0), event(SPEND, 4)]
    assert judge([rule], past[1], past[:1]) == Verdict(())
    verdict = judge([rule], event(SPEND, 9), past)
    assert verdict.alerts == (Alert("card_freq", "anomaly_frequency", 3, block),)
    assert verdict.needs_manager == block
    assert not judge([rule], past[1], past[:1]).needs_manager


def test_only_the_same_card_the_same_kind_and_the_window_count() -> None:
    third = event(SPEND, 10)
    assert found(CARD_FREQ, third, event(SPEND, 0), event(SPEND, 5)) == 3
    assert found(CARD_FREQ, third, event(SPEND, -0.1), event(SPEND, 5)) == 0
    assert found(CARD_FREQ, third, event(SPEND, 0, card="c2"), event(SPEND, 5)) == 0
    assert found(CARD_FREQ, third, event("top_up", 0), event(SPEND, 5)) == 0
    assert found(CARD_FREQ, replace(third, kind="top_up"), event(SPEND, 0), event(SPEND, 5)) == 0
    cardless = [event(SPEND, minute, card="") for minute in (0, 5, 10)]
    assert found(CARD_FREQ, cardless[2], *cardless[:2]) == 0


@pytest.mark.parametrize("scope", SCOPES)
def test_events_are_counted_by_card_operator_terminal_or_member(scope: str) -> None:
    rule = replace(CARD_FREQ, scope=scope, kinds=frozenset({SPEND, "top_up"}))
    past = [event(SPEND, 0), event("top_up", 1)]
    assert found(rule, event(SPEND, 2), *past) == 3
    other: dict[str, str | int] = {scope: "other"}
    assert found(rule, event(SPEND, 2, "third", **other), *past) == 0


def test_the_same_action_sent_again_counts_once() -> None:
    third = event(SPEND, 9, "a9")
    assert found(CARD_FREQ, third, event(SPEND, 0), replace(third, at=NOON)) == 0
    assert found(CARD_FREQ, third, event(SPEND, 0, "a0"), event(SPEND, 1, "a0")) == 0


def test_what_a_clock_turned_back_makes_later_still_counts() -> None:
    assert found(CARD_FREQ, event(SPEND, -500), event(SPEND, 0), event(SPEND, 1)) == 3


def test_work_outside_the_opening_hours_is_alerted() -> None:
    rule = Rule("closed", "outside_hours", hours=(Window(from_minute=10 * 60, to_minute=20 * 60),))
    assert found(rule, event("drawer", 0)) == 0
    assert found(rule, event("drawer", 8 * 60)) == 1
    assert found(replace(rule, kinds=frozenset({SPEND})), event("drawer", 8 * 60)) == 0


def test_a_shop_may_have_other_hours_at_the_weekend() -> None:
    week = Window(weekdays=frozenset({1, 2, 3, 4, 5}), from_minute=10 * 60, to_minute=20 * 60)
    weekend = Window(weekdays=frozenset({6, 7}), from_minute=13 * 60, to_minute=18 * 60)
    rule = Rule("closed", "outside_hours", hours=(week, weekend))
    monday, sunday = event(SPEND, 0), event(SPEND, -24 * 60)
    assert (found(rule, monday), found(rule, sunday)) == (0, 1)
    assert found(rule, event(SPEND, -23 * 60)) == 0


@pytest.mark.parametrize(("fen", "alerted"), [(5_000_00, 0), (5_000_01, 5_000_01)])
def test_an_amount_above_the_limit_is_alerted(fen: int, alerted: int) -> None:
    assert found(Rule("big", "single_amount", limit=5_000_00), event("top_up", 0, amount_fen=fen)) == alerted


def test_every_manual_adjustment_is_alerted_or_those_above_a_limit() -> None:
    rule = Rule("manual", "manual_adjustment")
    assert found(rule, event("adjust", 0, amount_fen=1)) == 1
    assert found(replace(rule, limit=100), event("adjust", 0, amount_fen=100)) == 0
    assert found(rule, event("top_up", 0, amount_fen=1)) == 0


def test_a_top_up_that_is_soon_voided_is_alerted_and_a_sale_is_not() -> None:
    rule = Rule("void", "top_up_void", window_minutes=30)
    void = event("void", 30, undoes="t")
    assert found(rule, void, event("top_up", 0, "t")) == 1
    assert found(rule, void, event("top_up", -1, "t")) == 0
    assert found(rule, void, event("top_up", 0, "other")) == 0
    assert found(rule, void, event(SPEND, 0, "t")) == 0
    assert found(rule, replace(void, undoes=""), event("top_up", 0, "")) == 0


def test_a_refund_soon_after_its_bill_is_alerted() -> None:
    rule = Rule("refund", "quick_refund", window_minutes=15)
    refund = event("refund", 15, undoes="b")
    assert found(rule, refund, event(SPEND, 0, "b")) == 1
    assert found(rule, refund, event(SPEND, -1, "b")) == 0
    assert found(rule, replace(refund, kind="void"), event(SPEND, 0, "b")) == 0


def test_one_payer_topping_up_several_cards_is_alerted() -> None:
    rule = Rule("payer", "one_payer", window_minutes=60, limit=3)
    past = [event("top_up", minute, payer="p", card=card) for minute, card in ((0, "c1"), (1, "c2"), (2, "c2"))]
    assert found(rule, event("top_up", 3, payer="p", card="c2"), *past) == 0
    assert found(rule, event("top_up", 3, payer="p", card="c3"), *past) == 3
    assert found(rule, event("top_up", 3, payer="q", card="c3"), *past) == 0
    assert found(rule, event("top_up", 3, payer="", card="c3"), *[replace(each, payer="") for each in past]) == 0
    assert found(rule, event("top_up", 3, payer="p", card=""), *past) == 0
    assert found(rule, event("top_up", 61.5, payer="p", card="c3"), *past) == 0
    spends = [replace(each, kind=SPEND) for each in past]
    assert found(rule, event("top_up", 3, payer="p", card="c3"), *spends) == 0


def test_a_member_at_two_tills_too_quickly_is_alerted() -> None:
    rule = Rule("two", "two_terminals", window_minutes=5)
    assert found(rule, event(SPEND, 5, terminal="t2"), event(SPEND, 0)) == 2
    assert found(rule, event(SPEND, 5, terminal="t2"), event(SPEND, -1)) == 0
    assert found(rule, event(SPEND, 5), event(SPEND, 0)) == 0
    assert found(rule, event(SPEND, 5, terminal="t2", member="m2"), event(SPEND, 0)) == 0
    assert found(rule, event(SPEND, 5, terminal="t2", member=""), event(SPEND, 0, member="")) == 0


@pytest.mark.parametrize(("most_bp", "alerted"), [(1_500, 0), (1_499, 1_500)])
def test_a_discount_above_the_roles_limit_is_alerted(most_bp: int, alerted: int) -> None:
    sale = event(SPEND, 0, discount_bp=1_500, discount_most_bp=most_bp)
    assert found(Rule("off", "discount_over"), sale) == alerted


@pytest.mark.parametrize(("test", "kind"), [("drawer", "drawer"), ("pin_failures", "pin_failed")])
def test_drawers_and_wrong_pins_are_counted(test: str, kind: str) -> None:
    rule = Rule("r", test, scope=TERMINAL, window_minutes=60, limit=2)
    assert found(rule, event(kind, 1)) == 0
    assert found(rule, event(kind, 1), event(kind, 0)) == 2
    assert found(rule, event(SPEND, 1), event(kind, 0)) == 0
    assert found(replace(rule, limit=1), event(kind, 1)) == 1


def test_a_gap_in_the_journal_is_told_whatever_its_size() -> None:
    for limit in (0, 5):
        rule = Rule("r", "journal_gap", scope=OPERATOR, limit=limit)
        assert found(rule, event("journal_gap", 1, operator="", missing=3)) == 3
        assert mistakes([rule]) == []


@pytest.mark.parametrize(
    ("limit", "fen", "told"), [(0, 0, 1), (0, 1, 1), (0, 50_00, 50_00), (50_00, 50_00, 0), (1, 2, 2)]
)
def test_a_change_by_hand_above_the_limit_is_told_and_with_no_limit_all_of_them(
    limit: int, fen: int, told: int
) -> None:
    assert found(Rule("r", "manual_adjustment", limit=limit), event("adjust", 0, amount_fen=fen)) == told


@pytest.mark.parametrize(
    ("test", "code"), [("one_payer", "setup_lacks_providers"), ("two_terminals", "setup_lacks_other_tills")]
)
def test_what_no_till_can_know_yet_is_no_rule_that_a_shop_can_make(test: str, code: str) -> None:
    wrong = mistakes([Rule("r", test, window_minutes=10, limit=3, block=True)])
    assert [(each.key, each.code) for each in wrong] == [("[r].test", code)]


@pytest.mark.parametrize(("minute", "alerted"), [(0, 0), (-5, 0), (-5.5, 6), (-90, 90), (30, 0)])
def test_a_clock_turned_back_is_alerted_with_the_minutes(minute: float, alerted: int) -> None:
    rule = Rule("clock", "clock_back", limit=5)
    assert found(rule, event("other", minute), event(SPEND, 0), event(SPEND, -200)) == alerted
    assert found(rule, event("other", minute, terminal="t2"), event(SPEND, 0)) == 0


def test_a_clock_turned_back_by_days_is_alerted() -> None:
    assert found(Rule("clock", "clock_back"), event("other", -3 * 1440), event(SPEND, 0)) == 3 * 1440


def test_every_rule_that_finds_something_is_named() -> None:
    rules = [CARD_FREQ, Rule("big", "single_amount", limit=1), Rule("op", "frequency", scope=OPERATOR, limit=9)]
    past = [event(SPEND, 0), event(SPEND, 1)]
    verdict = judge(rules, event(SPEND, 2, amount_fen=2), past)
    assert [alert.rule for alert in verdict.alerts] == ["card_freq", "big"]


EVENTS = st.builds(
    Event,
    st.sampled_from(["a", "b", "c", "d", "e"]),
    st.sampled_from(KINDS),
    st.integers(-100, 100).map(lambda minute: NOON + dt.timedelta(minutes=minute)),
    card=st.sampled_from(["", "c1", "c2"]),
    terminal=st.sampled_from(["t1", "t2"]),
    member=st.sampled_from(["", "m1"]),
    amount_fen=st.integers(0, 3),
    undoes=st.sampled_from(["", "a", "b"]),
    payer=st.sampled_from(["", "p"]),
)
RULES = [Rule(test, test, scope=scope, window_minutes=30, limit=2) for test in TESTS for scope in (CARD, MEMBER)]


@settings(max_examples=30)
@given(EVENTS, st.lists(EVENTS, max_size=6), st.randoms())
def test_the_order_of_the_past_does_not_matter_and_more_of_it_never_silences_an_alert(
    now: Event, past: list[Event], shuffler: random.Random
) -> None:
    verdict = judge(RULES, now, past)
    shuffled = list(past)
    shuffler.shuffle(shuffled)
    assert judge(RULES, now, shuffled) == verdict
    fewer = {alert.rule for alert in judge(RULES, now, past[1:]).alerts}
    assert fewer <= {alert.rule for alert in verdict.alerts}


def test_every_alert_has_the_code_of_its_test_and_words_that_may_say_how_many() -> None:
    codes = {name: test.code for name, test in TESTS.items()}
    assert codes == {name: f"anomaly_{name}" for name in TESTS}
    assert set(codes.values()) == {code for code in WORDS if code.startswith("anomaly_")}


def test_all_mistakes_of_the_rules_are_found() -> None:
    assert mistakes([CARD_FREQ, Rule("big", "single_amount"), Rule("hours", "outside_hours")]) == []
    wrong = [
        Rule("x", "luck"),
        Rule("x", "frequency", kinds=frozenset({"gift", SPEND}), scope="shop"),
        Rule("y", "single_amount", limit=-1, window_minutes=-1),
        Rule("z", "outside_hours", hours=()),
    ]
    assert keys_of(mistakes(wrong)) == [
        "",
        "[x].test",
        "[x].kinds",
        "[x].scope",
        "[x].window_minutes",
        "[x].limit",
        "[y].window_minutes",
        "[y].limit",
        "[z].hours",
    ]
