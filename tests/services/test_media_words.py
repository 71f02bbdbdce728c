"""What a tap of a card says after each event of its life: the code, and the kiosk's words in three languages."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_babel import force_locale

from terminal.kiosk_ui.wording import worded
from tests.kiosk_ui.shop import open_shop
from tests.services.conftest import Bench
from tests.services.media_bench import CARD_A, CARD_B, FREE, MediaBench, blank, media_bench

pytestmark = pytest.mark.slow

# Event, code of a tap afterwards, and headline at the kiosk.
TOLD = {
    "report_loss": ("card_frozen", ("这张卡已停用", "這張卡已停用", "This card is blocked")),
    "replace": ("card_replaced", ("这张卡已更换", "這張卡已更換", "This card was replaced")),
    "exchange": ("medium_retired", ("这张卡已交回", "這張卡已交回", "This card was handed in")),
    "return": ("medium_retired", ("这张卡已交回", "這張卡已交回", "This card was handed in")),
    "blacklist": ("medium_blacklisted", ("这张卡已停止使用", "這張卡已停止使用", "This card may no longer be used")),
}


@pytest.fixture(scope="module")
def app() -> Flask:
    return open_shop().app


@pytest.fixture
def shop(bench: Bench) -> MediaBench:
    return media_bench(bench)


def happen(shop: MediaBench, event: str) -> None:
    """Have an event happen to card A."""
    n, asked = shop.n(CARD_A), shop.asked(shop.manager)
    if event == "replace":
        shop.life.replace(asked, n, blank(CARD_B), FREE)
    elif event == "exchange":
        shop.life.exchange(asked, n, blank(CARD_B), FREE)
    else:
        single = {"report_loss": shop.life.report_loss, "return": shop.life.take_back, "blacklist": shop.life.blacklist}
        single[event](asked, n)


@pytest.mark.parametrize("event", TOLD)
def test_a_tap_after_each_event_says_in_words_what_became_of_the_card(shop: MediaBench, app: Flask, event: str) -> None:
    shop.member()
    assert shop.tap(CARD_A) == ""
    happen(shop, event)
    code, headlines = TOLD[event]
    assert shop.tap(CARD_A) == code
    for language, headline in zip(("zh_CN", "zh_TW", "en"), headlines, strict=True):
        with app.app_context(), force_locale(language):
            kiosk, counter = worded(code), worded(code, at_counter=True)
        assert kiosk.headline == headline
        assert kiosk.advice
        assert counter.headline == headline
        assert counter.advice not in {"", kiosk.advice}


def test_a_number_that_was_blocked_before_it_was_anybodys_is_told_as_blocked(shop: MediaBench) -> None:
    shop.life.blacklist_number(shop.asked(shop.manager), CARD_B)
    assert shop.tap(CARD_B) == "medium_blacklisted"
