"""A day at the counter: tap, top up, charge, receipt, paper out, reprint, and what must still be true at night."""

from __future__ import annotations

import json
import pathlib
import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenShop, no_violations, until

pytestmark = pytest.mark.browser


def slip_text(slip: dict[str, object]) -> str:
    """Return everything a slip says."""
    return json.dumps(slip["transcript"], ensure_ascii=False)


def test_a_tap_shows_the_member_masked_and_finishing_clears_the_page(shop: OpenShop, kiosk: Page) -> None:
    expect(kiosk.locator("#holder")).to_contain_text("轻触会员卡")
    shop.hold_card("kiosk", "wang")
    expect(kiosk.locator("#holder")).to_contain_text("王女士")
    expect(kiosk.locator("#holder")).to_contain_text("5,240")
    assert "1,382" in kiosk.locator("body").inner_text()
    content = kiosk.content()
    for secret in ("雨桐", "13800138001", "0BE2FB0B"):
        assert secret not in content
    no_violations(kiosk)
    shop.lift_card("kiosk")
    kiosk.get_by_role("button", name="结束").click()
    expect(kiosk.locator("#holder")).to_contain_text("轻触会员卡")
    assert "王女士" not in kiosk.content()


def test_a_customer_prints_the_balance_slip(shop: OpenShop, kiosk: Page) -> None:
    before = len(shop.slips())
    shop.hold_card("kiosk", "wang")
    kiosk.get_by_role("button", name="打印小票").click()
    expect(kiosk.locator("#holder")).to_contain_text("小票已打印")
    shop.lift_card("kiosk")
    slip = until(lambda: shop.slips()[before:], "a balance slip")[0]
    assert "1,382.24" in slip_text(slip)
    assert "兰亭美业" in slip_text(slip)


@pytest.mark.parametrize(
    ("card", "words"),
    [("bank", "这不是会员卡"), ("unknown", "未识别这张卡"), ("phone", "手机不能当会员卡")],
)
def test_a_card_that_is_no_members_is_explained(shop: OpenShop, kiosk: Page, card: str, words: str) -> None:
    shop.hold_card("kiosk", card)
    expect(kiosk.locator("#holder")).to_contain_text(words)
    shop.lift_card("kiosk")
    no_violations(kiosk)


def test_a_cashier_tops_up_and_charges_by_keyboard_alone(shop: OpenShop, kiosk: Page, counter: Page) -> None:
    before = len(shop.slips())
    shop.hold_card("counter", "wang")
    expect(counter.get_by_role("heading", name="王雨桐")).to_be_visible()
    shop.lift_card("counter")
    no_violations(counter)
    keys = counter.keyboard
    keys.press("F2")
    expect(counter.locator("#amount")).to_be_focused()
    keys.type("1000")
    keys.press("Enter")
    expect(counter.get_by_text("确认充值")).to_be_visible()
    assert "200.00" in counter.locator("#work").inner_text()
    keys.press("Enter")
    expect(counter.get_by_text("充值成功")).to_be_visible()
    expect(kiosk.locator("#holder")).to_contain_text("充值成功")
    slip = until(lambda: shop.slips()[before:], "the slip of the top-up")[0]
    for words in ("1,000.00", "200.00", "2,582.24", "王女士"):
        assert words in slip_text(slip)

    keys.press("Enter")
    expect(counter.locator("[data-step=search]")).to_be_visible()
    keys.type("王雨桐")
    expect(counter.get_by_role("option")).to_have_count(1)
    keys.press("Enter")
    expect(counter.get_by_role("heading", name="王雨桐")).to_be_visible()
    keys.press("F3")
    expect(counter.locator("#amount")).to_be_focused()
    keys.type("300")
    keys.press("Enter")
    expect(counter.get_by_text("请先按 1 或 2")).to_be_visible()
    keys.press("1")
    keys.press("Enter")
    expect(counter.get_by_text("消费成功")).to_be_visible()
    slip = until(lambda: shop.slips()[before + 1 :], "the slip of the charge")[0]
    assert "2,282.24" in slip_text(slip)
    no_violations(counter)


def test_paper_out_is_said_the_slip_waits_and_comes_by_itself_with_new_paper(shop: OpenShop, counter: Page) -> None:
    before = len(shop.slips())
    shop.printer("set", switch="paper_end", value=True)
    expect(counter.get_by_text("打印纸用完了")).to_be_visible()
    no_violations(counter)
    top_up_by_search(counter, "王雨桐", "100")
    assert shop.slips()[before:] == []
    shop.printer("reload")
    expect(counter.get_by_text("打印纸用完了")).to_be_hidden()
    slip = until(lambda: shop.slips()[before:], "the slip that waited")[0]
    assert "重印" not in slip_text(slip), "nothing of it had been sent, so it is no copy"
    assert len(shop.slips()) == before + 1


def test_power_lost_in_mid_receipt_asks_the_cashier_and_the_copy_is_marked(shop: OpenShop, counter: Page) -> None:
    before = len(shop.slips())
    shop.printer("reset_after", bytes=2000)
    top_up_by_search(counter, "王雨桐", "100")
    top_up_by_search(counter, "王雨桐", "100")
    top_up_by_search(counter, "王雨桐", "100")
    expect(counter.get_by_text("上一张小票可能没有打印完")).to_be_visible()
    no_violations(counter)
    counter.keyboard.press("F8")
    expect(counter.get_by_text("上一张小票可能没有打印完")).to_be_hidden()
    until(lambda: any("重印" in slip_text(slip) for slip in shop.slips()[before:]), "the marked copy")


def test_a_reprint_is_marked(shop: OpenShop, counter: Page) -> None:
    top_up_by_search(counter, "王雨桐", "100")
    until(lambda: json.loads(shop_health(counter))["receipts_waiting"] == 0, "an empty spool")
    before = len(shop.slips())
    counter.locator("#recent").get_by_role("button").first.click()
    slip = until(lambda: shop.slips()[before:], "the copy")[0]
    assert "重印" in slip_text(slip)


def test_a_scanned_member_code_opens_the_member_and_a_payment_code_is_kept_nowhere(
    shop: OpenShop, kiosk: Page, counter: Page
) -> None:
    until(lambda: shop.scanner("state")["open"], "the till at the scanner's port")
    code = "134" + "5" * 15
    shop.scanner("scan", text=code)
    expect(counter.get_by_text("现在不需要付款码")).to_be_visible()
    assert code not in counter.content()
    before = len(shop.slips())
    shop.hold_card("kiosk", "wang")
    kiosk.get_by_role("button", name="打印小票").click()
    shop.lift_card("kiosk")
    slip = until(lambda: shop.slips()[before:], "a slip with the member's code")[0]
    member_code = re.findall(r"CF1-[0-9A-Z]+", json.dumps(slip["transcript"]))[0]
    shop.scanner("scan", text=member_code)
    expect(counter.get_by_role("heading", name="王雨桐")).to_be_visible()


def test_the_kiosk_says_so_when_its_last_reader_is_unplugged_and_recovers(
    shop: OpenShop, kiosk: Page, counter: Page
) -> None:
    reader = shop.facts["readers"]["kiosk"]
    shop.board("unplug")
    expect(counter.locator("#banners")).to_contain_text("设备连接中断")
    # The other reader serves on, which a card proves.
    shop.hold_card("kiosk", "wang")
    expect(kiosk.locator("#holder")).to_contain_text("王女士")
    shop.lift_card("kiosk")
    shop.readers("unplug", reader=reader)
    expect(kiosk.locator("#holder")).to_contain_text("暂停服务")
    no_violations(kiosk)
    shop.readers("plug", reader=reader)
    expect(kiosk.locator("#holder")).to_contain_text("轻触会员卡")
    shop.readers("crash")
    expect(kiosk.locator("#holder")).to_contain_text("暂停服务")
    shop.readers("start")
    expect(kiosk.locator("#holder")).to_contain_text("轻触会员卡")
    shop.board("plug")
    expect(counter.locator("#banners")).not_to_contain_text("设备连接中断")


def test_at_night_the_book_is_right_and_no_secret_was_logged(shop: OpenShop) -> None:
    verdict = shop.command("book", "verify", "--json")
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert json.loads(verdict.stdout)["ok"]
    logs = "".join(path.read_text("utf-8", "replace") for path in pathlib.Path(shop.facts["data"]).glob("log/till*"))
    assert "is up" in logs
    for secret in ("雨桐", "13800138001", "0BE2FB0B", "555555555", *shop.facts["pins"].values()):
        assert secret not in logs


def top_up_by_search(counter: Page, name: str, yuan: str) -> None:
    """Top a member up as a cashier does it without a card."""
    keys = counter.keyboard
    if not counter.locator("[data-step=search]").count():
        # In the search itself Escape begins it anew, and its answer could come after the first hit.
        keys.press("Escape")
    expect(counter.locator("[data-step=search]")).to_be_visible()
    counter.locator("#text").fill(name)
    expect(counter.get_by_role("option")).to_have_count(1)
    counter.locator("#text").press("Enter")
    expect(counter.get_by_role("heading", name=name)).to_be_visible()
    keys.press("F2")
    expect(counter.locator("#amount")).to_be_focused()
    keys.type(yuan)
    keys.press("Enter")
    expect(counter.get_by_text("确认充值")).to_be_visible()
    keys.press("Enter")
    expect(counter.get_by_text("充值成功")).to_be_visible()


def shop_health(page: Page) -> str:
    """Return the till's health as text."""
    return page.request.get(page.url.partition("/cashier")[0] + "/healthz").text()
