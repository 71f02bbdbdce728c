"""A card's life at the open shop: what the counter does by command, the customer reads at the kiosk's next tap."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import REPOSITORY, OpenShop, until

pytestmark = pytest.mark.browser

CASHIER, MANAGER = "陈晓", "林店长"
WORD = re.compile(r"若要继续，请输入 (\w+)：$")
COMMAND_S = 120.0
# Cards of the deck: of 周敏, whose telephone number is another member's too, and one that is nobody's.
LOST_CARD, UNKNOWN_CARD = "C41D77A9", "5D3A9C71"


def media(shop: OpenShop, *words: str, who: str = CASHIER) -> str:
    """Run `terminal media WORDS` through the running till as `who`: type the PIN, and the word it asks for.

    Return what it said.
    """
    language = ("--language", "zh_CN")
    line = [sys.executable, "-m", "terminal.cli", "media", *words, "--staff", who, *language]
    process = subprocess.Popen(
        [*line, "--config", shop.facts["config"]],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        process.stdin.write(shop.facts["pins"][who] + "\n")
        process.stdin.flush()
        said = ""
        while not (asked := WORD.search(said)) and (letter := process.stdout.read(1)):
            said += letter
        out, err = process.communicate(asked[1] + "\n" if asked else None, timeout=COMMAND_S)
    assert (process.returncode, err) == (0, ""), said + out
    return said + out


def tap(shop: OpenShop, card: str, kiosk: Page, *told: str) -> None:
    """Hold a card to the kiosk's reader until the page says all this, and take it away."""
    shop.hold_card("kiosk", card)
    for words in told:
        expect(kiosk.locator("#holder")).to_contain_text(words)
    shop.lift_card("kiosk")


def pulses(shop: OpenShop) -> int:
    """Return how often the drawer's solenoid was driven."""
    return sum(event["kind"] == "pulse" for event in shop.printer("events", since=0)["events"])


def is_members(shop: OpenShop, card: str, kiosk: Page, name: str) -> None:
    """See that a card shows its member at the kiosk, and end the visit."""
    tap(shop, card, kiosk, name)
    kiosk.get_by_role("button", name="结束").click()
    expect(kiosk.locator("#holder")).to_contain_text("轻触会员卡")


def test_a_replaced_card_is_told_so_at_the_kiosk_and_the_new_one_shows_the_member(
    shop: OpenShop, kiosk: Page, counter: Page
) -> None:
    assert counter.url  # signed in: a fee needs the cashier's open shift
    is_members(shop, "zhou", kiosk, "周女士")
    tap(shop, "unknown", kiosk, "未识别这张卡")
    before, opened = len(shop.slips()), pulses(shop)
    new_card = ("--number", UNKNOWN_CARD, "--fee", "10", "--shown", "identity")
    assert "请收现金 10.00" in media(shop, "replace", "--card", LOST_CARD, *new_card)
    tap(shop, "zhou", kiosk, "这张卡已更换", "请使用新卡")
    for secret in ("周女士", "周敏", "420"):
        assert secret not in kiosk.content()
    is_members(shop, "unknown", kiosk, "周女士")
    tap(shop, "zhou", kiosk, "这张卡已更换")
    slip = until(lambda: shop.slips()[before:], "the slip of the fee")[0]
    for words in ("会员卡补卡", "周女士", "9C71", "10.00"):
        assert words in json.dumps(slip["transcript"], ensure_ascii=False)
    recent = counter.request.get(counter.url.partition("/cashier")[0] + "/cashier/recent").text()
    assert "会员卡费用" in recent
    until(lambda: pulses(shop) == opened + 1, "the drawer to open for the fee")


def test_a_lost_card_is_frozen_at_once_and_works_again_when_it_is_found(shop: OpenShop, kiosk: Page) -> None:
    is_members(shop, "wangyan", kiosk, "王先生")
    media(shop, "report-loss", "--phone", "13800138004")
    tap(shop, "wangyan", kiosk, "这张卡已停用", "请联系前台同事为您处理")
    assert "王先生" not in kiosk.content()
    media(shop, "cancel-loss", "--phone", "13800138004", "--shown", "identity")
    is_members(shop, "wangyan", kiosk, "王先生")


def test_a_card_that_the_manager_blocked_says_that_it_is_used_no_more(shop: OpenShop, kiosk: Page) -> None:
    is_members(shop, "chen", kiosk, "陈女士")
    media(shop, "blacklist", "--phone", "13800138011", who=MANAGER)
    tap(shop, "chen", kiosk, "这张卡已停止使用", "请联系前台同事")


def test_a_card_that_was_handed_in_says_so(shop: OpenShop, kiosk: Page) -> None:
    is_members(shop, "li", kiosk, "李先生")
    media(shop, "return", "--phone", "13800138002", "--shown", "card", who=MANAGER)
    tap(shop, "li", kiosk, "这张卡已交回")
    assert "李先生" not in kiosk.content()
