"""A copied card at the open shop: the genuine one shows its member, the copy is found out at every reader."""

from __future__ import annotations

import json
import pathlib

import pytest
from playwright.sync_api import Page, expect

from tests.hw_sim.shop_first_start import DEMO
from tests.hw_sim.shop_till_config import PN532_DEVICE
from tests.journeys.conftest import OpenShop

pytestmark = pytest.mark.browser

# A genuine card, its copy, and how the kiosk and the counter call the member.
PAIRS = [
    pytest.param("ouyang", "copy", "欧阳女士", "欧阳若兰", id="desfire"),
    pytest.param("zeng", "copy424", "曾女士", "曾思琪", id="ntag424"),
]
PLACES = ["kiosk", PN532_DEVICE]
WARNING = "这张卡可能是复制的"


def tap(shop: OpenShop, place: str, card: str, page: Page, words: str) -> None:
    """Hold a card to a reader until the page says these words."""
    shop.hold_card(place, card)
    expect(page.locator("body")).to_contain_text(words)
    shop.lift_card(place)


def leave_empty(shop: OpenShop, place: str, kiosk: Page) -> None:
    """Let a stranger's card be read: then the till knows that the card before it is gone.

    A card and its copy have the same number, and a reader that polls cannot tell one that was changed for the other
    between two polls from one that stayed.
    """
    tap(shop, place, "unknown", kiosk, "未识别这张卡")


def number_of(card: str) -> str:
    """Return the number of a card of the demo."""
    deck = json.loads((DEMO / "cards.json").read_text(encoding="utf-8"))
    number: str = next(one["uid"] for one in deck if one["id"] == card)
    return number


@pytest.mark.parametrize(("genuine", "copy", "at_kiosk", "at_counter"), PAIRS)
@pytest.mark.parametrize("place", PLACES)
def test_the_kiosk_shows_the_member_of_a_genuine_card_and_refuses_its_copy_and_staff_are_warned(
    shop: OpenShop, kiosk: Page, counter: Page, place: str, genuine: str, copy: str, at_kiosk: str, at_counter: str
) -> None:
    tap(shop, place, genuine, kiosk, at_kiosk)
    leave_empty(shop, place, kiosk)
    expect(counter.locator("#alerts")).not_to_contain_text(WARNING)
    tap(shop, place, copy, kiosk, "需要前台确认")
    expect(kiosk.locator("#holder")).to_contain_text("请到前台，由同事核对这张卡")
    expect(counter.locator("#alerts")).to_contain_text(WARNING)
    for told in (at_kiosk, at_counter, number_of(genuine)):
        assert told not in kiosk.content()
    leave_empty(shop, place, kiosk)
    # The copy has taken nothing from the genuine one.
    tap(shop, place, genuine, kiosk, at_kiosk)
    kiosk.get_by_role("button", name="结束").click()
    expect(kiosk.locator("#holder")).to_contain_text("轻触会员卡")
    leave_empty(shop, place, kiosk)


@pytest.mark.parametrize(("genuine", "copy", "at_kiosk", "at_counter"), PAIRS)
def test_a_copy_held_to_the_counters_reader_opens_no_member_and_says_why(
    shop: OpenShop, counter: Page, genuine: str, copy: str, at_kiosk: str, at_counter: str
) -> None:
    tap(shop, "counter", genuine, counter, at_counter)
    expect(counter.get_by_role("heading", name=at_counter)).to_be_visible()
    counter.keyboard.press("Escape")
    expect(counter.locator("[data-step=search]")).to_be_visible()
    tap(shop, "counter", copy, counter, WARNING)
    expect(counter.get_by_role("heading", name=at_counter)).to_have_count(0)
    assert at_kiosk not in counter.locator("#work").inner_text()


def test_neither_number_nor_name_of_a_copied_card_is_in_the_journal(shop: OpenShop, kiosk: Page) -> None:
    tap(shop, "kiosk", "ouyang", kiosk, "欧阳女士")
    leave_empty(shop, "kiosk", kiosk)
    tap(shop, "kiosk", "copy", kiosk, "需要前台确认")
    logs = "".join(path.read_text("utf-8", "replace") for path in pathlib.Path(shop.facts["data"]).glob("log/till*"))
    assert "has the number of an authenticated card and not its key" in logs
    for secret in ("欧阳", number_of("ouyang"), number_of("ouyang").lower()):
        assert secret not in logs
