"""Gift cards by command: which numbers they may have, how much goes onto them, and that what is shown is done."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.rules.card_numbers import normalise_number
from terminal.rules.codes import PhoneCode, make_member_code, parse
from terminal.rules.value.top_up import TopUpRules
from terminal.services.prepaid.gift_numbers import check_number
from tests.services.test_prepaid_commands import RULES, Counter, counter_over

PAYMENT_CODE = "134567890123456789"
SALE: dict[str, Any] = {"fen": 300_00, "months": 36, "tender": "cash"}


@pytest.fixture
def counter(tmp_path: pathlib.Path) -> Iterator[Counter]:
    """Give a till with a cashier who has a shift; after the test its book must still be right."""
    yield from counter_over(tmp_path)


def looked(counter: Counter, verb: str, **asked: Any) -> str:
    """Return the code that a look is refused with."""
    with pytest.raises(Refusal) as caught:
        counter.look(verb, **asked)
    return caught.value.code


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("13800138001", "gift_number_phone"),
        ("+86 138-0013-8001", "gift_number_phone"),
        ("１３８００１３８００１", "gift_number_phone"),
        ("8613800138001", "gift_number_phone"),
        ("02155550188", "gift_number_phone"),
        (PAYMENT_CODE, "payment_code_unexpected"),
        (make_member_code("another chain", bytes(7)), "card_number_bad"),
        ("1.39E+10", "card_number_bad"),
        ("礼品卡一", "card_number_bad"),
        ("", "card_number_bad"),
        ("A" * 33, "card_number_bad"),
        ("12345", "gift_number_short"),
    ],
)
def test_what_is_no_gift_cards_number_becomes_none(counter: Counter, number: str, code: str) -> None:
    counter.member(phone="02155550188")
    assert looked(counter, "gift_look", card=number, new=True, **SALE) == code
    assert counter.refused("gift_new", card=number, **SALE) == code


def test_no_money_is_put_onto_a_telephone_number_that_somebody_made_a_card_of(counter: Counter) -> None:
    counter.card("13800138001")
    assert counter.refused("gift_sell", card="13800138001", **SALE) == "gift_number_phone"
    assert counter.look("gift_show", card="13800138001")["amount_fen"] == 0


@settings(max_examples=50, deadline=None)
@example("0\x1f")
@example("+123456")
@given(st.text(max_size=40) | st.from_regex(r"(\\+86|0086)? ?1[3-9][0-9]{9}", fullmatch=True))
def test_every_number_that_passes_has_one_spelling_and_is_no_telephones(text: str) -> None:
    code = ""
    try:
        check_number(text)
    except Refusal as refusal:
        code = refusal.code
    assert code in {"", "card_number_bad", "gift_number_phone", "payment_code_unexpected"}
    assert code or not isinstance(parse(normalise_number(text), ""), PhoneCode)


def test_a_sale_is_shown_with_its_end_and_what_is_then_on_the_card(counter: Counter) -> None:
    asked = {"card": "2026-9000 01", "new": True, **SALE}
    shown = counter.look("gift_look", **asked)
    assert (shown["is_blank"], shown["card_tail"], shown["held_fen"]) == (True, "0001", 0)
    assert (shown["amount_fen"], shown["until"], shown["cooling_off_until"]) == (300_00, "2029-11-21", "2026-11-28")
    card, one = counter.card("2026900001"), new_id()
    assert counter.look("gift_look", **asked)["is_blank"] is False, "made a card by an attempt that ended there"
    counter.do("gift_sell", card=card, action=one, **SALE)
    assert looked(counter, "gift_look", **asked) == "gift_number_taken"
    assert counter.look("gift_look", **{**asked, "new": False})["held_fen"] == 300_00
    assert counter.look("gift_look", **asked, action=one) == {"done": True}
    counter.member(old_number="7777001", cards=("7777001",))
    assert looked(counter, "gift_look", **{**asked, "card": "7777001"}) == "gift_number_taken"
    assert looked(counter, "gift_look", **{**asked, "card": "7777002", "new": False}) == "card_unknown"


def test_the_shop_and_the_law_bound_what_goes_onto_a_card(counter: Counter) -> None:
    card = counter.card()
    counter.rules.apply(replace(RULES, top_up=TopUpRules(least_fen=50_00, most_fen=800_00)), 1)
    for fen, code in (
        (0, "top_up_range"),
        (49_99, "top_up_range"),
        (800_01, "top_up_range"),
        (1 << 60, "amount_bad"),
        (-1, "top_up_range"),
    ):
        assert counter.refused("gift_sell", card=card, **{**SALE, "fen": fen}) == code
        assert counter.refused("gift_new", card="GIFT0002", **{**SALE, "fen": fen}) == code
        assert looked(counter, "gift_look", card=card, **{**SALE, "fen": fen}) == code
    counter.rules.apply(replace(RULES, top_up=TopUpRules(listed_fen=(100_00, 200_00), free=False)), 2)
    assert counter.refused("gift_sell", card=card, **SALE) == "top_up_not_listed"
    counter.do("gift_sell", card=card, **{**SALE, "fen": 200_00})


@pytest.mark.parametrize("fen", [True, 100.0, "10000", None])
def test_an_amount_is_a_whole_number_and_nothing_like_one(counter: Counter, fen: object) -> None:
    card, before = counter.card(), counter.bench.book.life().seq
    for verb in ("gift_sell", "gift_new"):
        with pytest.raises(TypeError):
            counter.do(verb, card=card, **{**SALE, "fen": fen})
    with pytest.raises(TypeError):
        counter.look("gift_look", card=card, **{**SALE, "fen": fen})
    assert counter.bench.book.life().seq == before


def test_a_card_is_loaded_with_what_was_shown_and_nothing_else(counter: Counter) -> None:
    account, card, one = counter.member(), counter.card(), new_id()
    wish = {"card": card, "account": account}
    assert looked(counter, "gift_load_look", **wish) == "gift_card_empty"
    counter.do("gift_sell", card=card, **SALE)
    shown = counter.look("gift_load_look", **wish)
    assert (shown["amount_fen"], shown["balance_after_fen"]) == (300_00, 300_00)
    counter.do("gift_sell", card=card, **{**SALE, "fen": 100_00})
    assert counter.refused("gift_load", **wish, fen=shown["amount_fen"]) == "gift_card_changed"
    counter.do("gift_load", **wish, fen=400_00, action=one)
    assert counter.look("gift_load_look", **wish, action=one) == {"done": True}
    assert counter.do("gift_load", **wish, fen=400_00, action=one)["repeated"] is True
