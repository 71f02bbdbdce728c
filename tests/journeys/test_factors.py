"""What a charge asks of a member at the open shop: nothing for a small amount, then the PIN that the member types."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import REPOSITORY, OpenShop, no_violations, until

# Opening the shop and two commands take a busy machine most of the usual time.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

DEMO = REPOSITORY / "tests" / "hw_sim" / "demo" / "shop.toml"
CASHIER, PHONE, PIN = "陈晓", "13800138001", "135790"
LIMITS = '[purse]\ntap_only_limit = "200"\nuid_only_limit = "50"\n'
# Nobody types a key in less; a run of faster ones is a scanner's.
BY_HAND_MS = 60
COMMAND_S = 120.0


def command(shop: OpenShop, *words: str, typed: str = "") -> None:
    """Run `terminal WORDS` through the running till, with what is typed at it; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "terminal.cli", *words, "--config", shop.facts["config"]],
        cwd=REPOSITORY,
        input=typed,
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def preview(shop: OpenShop, counter: Page, amount: str) -> None:
    """Tap the member's card and go to what a charge of an amount asks for, by keys."""
    shop.hold_card("counter", "wang")
    expect(counter.get_by_role("heading", name="王雨桐")).to_be_visible()
    shop.lift_card("counter")
    counter.keyboard.press("F3")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type(amount)
    counter.keyboard.press("Enter")
    expect(counter.locator(".step-preview")).to_be_visible()


def test_a_card_that_can_be_copied_spends_a_little_and_more_after_the_members_pin(
    shop: OpenShop, counter: Page, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "shop.toml"
    text = DEMO.read_text()
    assert "[purse]\n" in text
    file.write_text(text.replace("[purse]\n", LIMITS))
    command(shop, "setup", "apply", "--yes", str(file))
    secret = "".join(f"{line}\n" for line in (shop.facts["pins"][CASHIER], PIN, PIN))
    command(shop, "media", "set-pin", "--phone", PHONE, "--shown", "identity", "--staff", CASHIER, typed=secret)
    before, keys = len(shop.slips()), counter.keyboard

    preview(shop, counter, "30")
    expect(counter.locator(".identity-shown")).to_contain_text("免核对的限额以内")
    expect(counter.locator(".identity")).to_have_count(0)
    no_violations(counter)
    keys.press("Enter")
    expect(counter.get_by_text("消费成功")).to_be_visible()
    until(lambda: shop.slips()[before:], "the slip of the small charge")
    keys.press("Enter")
    expect(counter.locator("[data-step=search]")).to_be_visible()

    preview(shop, counter, "30")
    expect(counter.locator(".identity-note")).to_contain_text("今天只凭卡号还可用 ¥20.00")
    expect(counter.get_by_role("button", name="请先按 1、2 或 3")).to_be_visible()
    no_violations(counter)
    keys.press("3")
    expect(counter.locator("#member-pin")).to_be_focused()
    keys.type("000000", delay=BY_HAND_MS)
    keys.press("Enter")
    expect(counter.locator("#alerts")).to_contain_text("密码不对；还可以试 4 次")
    expect(counter.locator("#member-pin")).to_have_value("")
    keys.type(PIN, delay=BY_HAND_MS)
    expect(counter.get_by_role("button", name="确认消费")).to_be_visible()
    no_violations(counter)
    keys.press("Enter")
    expect(counter.get_by_text("消费成功")).to_be_visible()
    slip = until(lambda: shop.slips()[before + 1 :], "the slip of the charge by PIN")[0]
    said = json.dumps(slip["transcript"], ensure_ascii=False)
    assert "30.00" in said
    assert PIN not in said
    assert PIN not in counter.content()


def test_whoever_is_found_by_the_telephone_number_is_not_asked_for_its_end(counter: Page) -> None:
    keys = counter.keyboard
    keys.type("13800138004", delay=BY_HAND_MS)
    expect(counter.get_by_role("option")).to_have_count(1)
    keys.press("Enter")
    expect(counter.locator("[data-step=member]")).to_be_visible()
    keys.press("F3")
    expect(counter.locator("#amount")).to_be_focused()
    keys.type("10")
    keys.press("Enter")
    expect(counter.get_by_role("button", name="请先按 2")).to_be_visible()
    expect(counter.locator("input[value=phone_tail]")).to_have_count(0)
    keys.press("2")
    keys.press("Enter")
    expect(counter.get_by_text("消费成功")).to_be_visible()
