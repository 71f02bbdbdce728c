"""A member file brings no card back that is out of use here; the line is refused and nothing of it is written."""

from __future__ import annotations

import pytest

from terminal.rules.import_words import why_not
from terminal.rules.member_file import MemberLine
from terminal.services.imports import NEW_PEOPLE, STOPPED, ImportLine
from tests.services.conftest import Bench
from tests.services.media_bench import CARD_A, CARD_B, FREE, MediaBench, blank, media_bench

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(bench: Bench) -> MediaBench:
    return media_bench(bench)


def take(shop: MediaBench, *cards: str, number: str = "M77") -> str:
    """Import somebody new with these cards; return what became of the line."""
    line = MemberLine(line_no=2, name="李明", old_number=number, cards=cards, principal_fen=10_00)
    (outcome,) = shop.bench.imports.take([ImportLine(line, "", step=NEW_PEOPLE)])
    return outcome.what


def stop(shop: MediaBench, how: str) -> None:
    """Have a member whose card A is out of use."""
    shop.member()
    n = shop.n(CARD_A)
    if how == "lost":
        shop.life.report_loss(shop.asked(), n)
    elif how == "replaced":
        shop.life.replace(shop.asked(), n, blank(CARD_B), FREE)
    elif how == "handed in":
        shop.life.take_back(shop.asked(shop.manager), n)
    else:
        shop.life.blacklist(shop.asked(shop.manager), n)


@pytest.mark.parametrize("how", ["lost", "replaced", "handed in", "blocked"])
@pytest.mark.parametrize("card", [CARD_A, "0BFBE20B", "0199424779"], ids=["as kept", "from the other end", "decimal"])
def test_a_line_with_a_card_that_is_out_of_use_is_refused(shop: MediaBench, how: str, card: str) -> None:
    stop(shop, how)
    before, tap = shop.everything(), shop.tap(CARD_A)
    assert take(shop, "77A1B2C3", card) == f"{STOPPED} card {card[-4:]}"
    assert (shop.everything(), shop.tap(CARD_A)) == (before, tap)
    assert take(shop, "77A1B2C3") == "imported"


def test_a_number_that_was_blocked_before_it_was_anybodys_is_refused_too(shop: MediaBench) -> None:
    shop.life.blacklist_number(shop.asked(shop.manager), CARD_A)
    assert take(shop, CARD_A).startswith(STOPPED)


def test_a_line_that_came_in_before_its_card_was_replaced_is_still_the_same(shop: MediaBench) -> None:
    assert take(shop, CARD_A) == "imported"
    shop.life.report_loss(shop.asked(), shop.n(CARD_A))
    assert take(shop, CARD_A) == "same"


def test_a_card_in_use_still_marks_both(shop: MediaBench) -> None:
    shop.member()
    assert take(shop, CARD_A) == "marked"


def test_why_the_line_is_refused_is_said_in_three_languages() -> None:
    for language, words in (
        ("zh_CN", "卡号尾号 FB0B在这里已挂失"),
        ("zh_TW", "卡號末碼 FB0B在這裡已掛失"),
        ("en", "card ...FB0B was reported lost"),
    ):
        assert why_not(STOPPED, "card FB0B", language).startswith(words)
