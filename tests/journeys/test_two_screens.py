"""Kiosk and counter beside each other: whose top-up the customer sees, and that a scan answers no question."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenShop, until

pytestmark = pytest.mark.browser


def start_top_up(counter: Page, name: str, phone: str, yuan: str) -> None:
    """Find a member by phone and go to the confirmation of a top-up."""
    counter.keyboard.press("Escape")
    expect(counter.locator("[data-step=search]")).to_be_visible()
    counter.locator("#text").fill(phone)
    counter.locator("#text").press("Enter")
    expect(counter.get_by_role("heading", name=name)).to_be_visible()
    counter.keyboard.press("F2")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type(yuan)
    counter.keyboard.press("Enter")
    expect(counter.get_by_text("确认充值")).to_be_visible()


def confirm_top_up(counter: Page) -> None:
    """Confirm, and wait until it is posted."""
    counter.keyboard.press("Enter")
    expect(counter.get_by_text("充值成功")).to_be_visible()


def test_a_top_up_is_shown_with_the_balance_to_the_member_who_stands_at_the_kiosk(
    shop: OpenShop, kiosk: Page, counter: Page
) -> None:
    start_top_up(counter, "李书航", "13800138002", "100")
    shop.hold_card("kiosk", "li")
    expect(kiosk.locator("#holder")).to_contain_text("李先生")
    shop.lift_card("kiosk")
    confirm_top_up(counter)
    expect(kiosk.locator("[data-state=success]")).to_contain_text("充值成功")
    expect(kiosk.locator("[data-state=success]")).to_contain_text("¥100.00")
    expect(kiosk.locator("[data-state=success]")).to_contain_text("¥7,280.00")


def test_another_members_top_up_leaves_the_member_at_the_kiosk_alone(
    shop: OpenShop, kiosk: Page, counter: Page
) -> None:
    start_top_up(counter, "赵雅琴", "13800138003", "100")
    shop.hold_card("kiosk", "li")
    expect(kiosk.locator("#holder")).to_contain_text("李先生")
    shop.lift_card("kiosk")
    states = watched(kiosk)
    confirm_top_up(counter)
    # The kiosk hears of everything in order: what comes next proves that nothing came before it.
    kiosk.get_by_role("button", name="结束").click()
    expect(kiosk.locator("#holder")).to_contain_text("轻触会员卡")
    assert kiosk.evaluate(states) == ["idle"]
    for told in ("充值成功", "赵", "456.50"):
        assert told not in kiosk.content()


def watched(kiosk: Page) -> str:
    """Have the page keep the states it shows from now on, and return the script that tells them."""
    kiosk.evaluate(
        """() => {
          window.seenStates = [];
          const holder = document.getElementById("holder");
          new MutationObserver(() => {
            const shown = holder.querySelector("[data-state]");
            if (shown && window.seenStates.at(-1) !== shown.dataset.state) window.seenStates.push(shown.dataset.state);
          }).observe(holder, { childList: true, subtree: true });
        }"""
    )
    return "() => window.seenStates.filter((state) => state !== 'member')"


@pytest.mark.parametrize("code", ["13800138002", "6901234567892", "1", "2"])
def test_a_scan_does_not_answer_how_the_member_was_known(shop: OpenShop, counter: Page, code: str) -> None:
    until(lambda: shop.scanner("state")["open"], "the till at the scanner's port")
    posted = receipts(counter)
    start_charge(shop, counter)
    shop.scanner("scan", text=code)
    expect(counter.locator("#alerts .alert")).to_be_visible()
    expect(counter.locator(".identity")).to_be_visible()
    expect(counter.locator("input[name=confirmed]:checked")).to_have_count(0)
    counter.keyboard.press("Enter")
    expect(counter.locator("#alerts")).to_contain_text("还没有核对身份")
    expect(counter.locator(".identity")).to_be_visible()
    counter.keyboard.press("Escape")
    expect(counter.locator("#amount")).to_be_visible()
    assert receipts(counter) == posted


def test_a_charge_at_the_counter_is_told_to_the_customer_at_the_kiosk(
    shop: OpenShop, kiosk: Page, counter: Page
) -> None:
    start_charge(shop, counter)
    counter.keyboard.press("1")
    counter.keyboard.press("Enter")
    expect(kiosk.get_by_role("heading", name="消费成功")).to_be_visible()
    expect(kiosk.get_by_text("¥10.00", exact=True)).to_be_visible()


def start_charge(shop: OpenShop, counter: Page) -> None:
    """Go to the question how the member of a charge was known."""
    shop.hold_card("counter", "wang")
    expect(counter.get_by_role("heading", name="王雨桐")).to_be_visible()
    shop.lift_card("counter")
    counter.keyboard.press("F3")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("10")
    counter.keyboard.press("Enter")
    expect(counter.locator(".identity")).to_be_focused()


def receipts(counter: Page) -> list[str]:
    """Return the numbers of the bills the till has posted, newest first."""
    page = counter.request.get(counter.url.partition("/cashier")[0] + "/cashier/recent").text()
    return re.findall(r"<span>(\d+-\d{6})</span>", page)
