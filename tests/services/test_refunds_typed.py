"""What is typed behind `terminal refund`, and what it shows: every text is read or refused as wrong usage."""

from __future__ import annotations

import argparse
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.words.refund_phrases import LANGUAGES, PHRASES, phrase
from terminal.cli.refund import REASONS, line_quantity
from terminal.cli.refund_owed import REASONS as REASONS_OF_CARDS
from terminal.cli.refund_owed import STEPS, payment
from terminal.cli.refund_text import bill_lines, case_lines, payout_lines, top_up_lines
from terminal.rules.receipt_text import width_columns
from terminal.rules.refunds import card_return, prepayment
from terminal.services.refunds import payouts

BILL: dict[str, Any] = {
    "bill": "1-000042",
    "member": "王*",
    "lines": [
        {"line": 1, "name": "洗剪吹", "quantity": 2, "fen": 176_00, "goods_back": 0},
        {"line": 2, "name": "Shampoo", "quantity": 1, "fen": 98_00, "goods_back": 1},
    ],
    "given_fen": 250_00,
    "deducted_fen": 24_00,
    "lapsed_fen": 0,
    "payable_fen": 100_00,
    "debt_fen": 0,
    "ways": [{"means": "wechat", "fen": 100_00, "later": True}, {"means": "principal", "fen": 150_00, "later": False}],
    "points_taken": 12,
    "points_given": 0,
    "points_owed": 0,
    "coupons": 1,
    "sessions": 0,
    "left_fen": 0,
}


@settings(max_examples=50)
@given(st.text(max_size=12) | st.from_regex(r"\A[0-9]{1,7}(=[0-9]{1,7})?\Z"))
def test_any_text_for_a_line_is_read_or_refused(text: str) -> None:
    try:
        line, quantity = line_quantity(text)
    except argparse.ArgumentTypeError:
        return
    assert text == (f"{line}={quantity}" if quantity else str(line))
    assert line > 0


@settings(max_examples=50)
@given(st.text(max_size=16))
def test_any_text_for_a_payment_is_read_or_refused(text: str) -> None:
    try:
        means, fen = payment(text)
    except argparse.ArgumentTypeError:
        return
    assert means == text.partition("=")[0]
    assert fen >= 0


@pytest.mark.parametrize("text", ["0", "1=0", "-1", "1=", "=2", "1=2=3", "1.5", "１", "9999999"])
def test_what_is_no_line_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        line_quantity(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_preview_lines_up_in_every_language_and_leaves_out_what_is_nothing(language: str) -> None:
    lines = bill_lines(BILL, language)
    assert len({width_columns(line.rstrip("\n")) for line in lines}) == 1, lines
    text = "".join(lines)
    assert all(phrase(name, language) in text for name in ("given", "points_taken", "coupons", "deducted_fen"))
    assert not any(phrase(name, language) in text for name in ("points_owed", "sessions", "lapsed_fen"))
    assert phrase("later", language, means="").strip() in text.replace("微信", "").replace("WeChat Pay", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_of_payouts_tells_what_is_owed_beside_it(language: str) -> None:
    row = {"number": "1-000007", "place": 1, "day": "2026-11-22", "member": "", "means": "bank", "state": "failed"}
    lines = payout_lines([{**row, "fen": 12_00}], 5_00, language)
    assert phrase("failed", language) in lines[1]
    assert "5.00" in lines[-1]
    assert payout_lines([], 0, language) == [phrase("nothing_owed", language) + "\n"]
    assert payout_lines([], 5_00, language) == lines[-1:]


@pytest.mark.parametrize(
    ("cooling_off", "until", "told"),
    [
        (True, "2026-11-29", "Cooling-off until 2026-11-29"),
        (False, "2026-11-29", "ended on 2026-11-29"),
        (False, "", "no cooling-off time"),
    ],
)
def test_a_top_up_shows_both_formulas_and_its_cooling_off_time(*, cooling_off: bool, until: str, told: str) -> None:
    figures = dict.fromkeys(("paid_fen", "bonus_fen", "charged_fen", "list_fen", "principal_left_fen"), 1_00)
    shown: dict[str, Any] = {
        **figures,
        "number": "1-000007",
        "member": "王*",
        "formulas": {"not_members_fault": 2100_00, "members_wish": 1800_00},
        "offers": [{"basis": "members_wish", "fen": 1800_00}, {"basis": "agreed", "fen": 1900_00}],
        "basis": "agreed",
        "given_fen": 1900_00,
        "ways": [],
        "points_taken": 0,
        "cooling_off": cooling_off,
        "cooling_off_until": until,
    }
    text = "".join(top_up_lines(shown, "en"))
    assert all(each in text for each in ("2,100.00", "1,800.00", "As agreed", "1,900.00", told))


def test_every_state_step_and_reason_has_words() -> None:
    states = {payouts.OPEN, payouts.SENT, payouts.FAILED, payouts.PAID}
    cases = {card_return.ACTIVE, card_return.CLOSING, card_return.CLOSED}
    bases = {*prepayment.REASONS, prepayment.COOLING_OFF, prepayment.PRINCIPAL_LEFT, prepayment.AGREED}
    steps = {step for step in card_return.STEPS if step != card_return.PAYOUT}
    assert states | cases | bases | steps <= PHRASES.keys()
    assert set(REASONS) == set(REASONS_OF_CARDS) == set(prepayment.REASONS)
    assert set(STEPS.values()) <= set(card_return.STEPS)
    assert all(all(three) for three in PHRASES.values())


def test_a_case_without_a_return_says_so_in_two_lines() -> None:
    assert len(case_lines({"state": "none", "member": "王*"}, "zh_CN")) == 2
