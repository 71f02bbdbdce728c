"""The bench page in a browser, beside the screens of the shop it works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.hw_sim.shop_till_config import PN532_DEVICE
from tests.journeys.conftest import OpenShop, no_violations, open_page
from tests.journeys.test_two_screens import confirm_top_up, start_top_up

pytestmark = pytest.mark.browser


@pytest.fixture
def bench(shop: OpenShop, browser: Browser) -> Iterator[Page]:
    """Give the bench page with its cards on it."""
    page = open_page(browser, shop.facts["bench"], 1440, 1000)
    page.locator("[data-card]").first.wait_for()
    yield page
    no_violations(page)
    page.close()


def tap(bench: Page, place: str, card: str) -> None:
    """Choose a reader and tap a card on it, as a person does."""
    bench.locator(f'.pad[data-place="{place}"]').click()
    bench.locator(f'[data-card="{card}"]').click()


def test_a_card_tapped_on_the_bench_and_later_its_copy_are_answered_by_the_kiosk(bench: Page, kiosk: Page) -> None:
    tap(bench, PN532_DEVICE, "zeng")
    expect(kiosk.locator("#holder")).to_contain_text("曾女士")
    # Another number in between: however slowly the till polls, it notices that the first card is gone.
    tap(bench, PN532_DEVICE, "unknown")
    expect(kiosk.locator("#holder")).to_contain_text("未识别这张卡")
    tap(bench, PN532_DEVICE, "copy424")
    expect(kiosk.locator("#holder")).to_contain_text("需要前台确认")


@pytest.mark.parametrize(
    ("place", "card"), [("kiosk", "wang"), ("kiosk", "ouyang"), (PN532_DEVICE, "ouyang"), (PN532_DEVICE, "li")]
)
def test_a_card_taken_away_too_soon_is_asked_for_again_and_read_when_it_stays(
    bench: Page, kiosk: Page, place: str, card: str
) -> None:
    bench.locator("[name=manner][value=short]").check()
    tap(bench, place, card)
    expect(kiosk.locator("#holder")).to_contain_text("没有读到卡片")
    # Another card in between: however slowly the till polls, it notices that the first one is gone.
    bench.locator("[name=manner][value=tap]").check()
    tap(bench, place, "unknown")
    expect(kiosk.locator("#holder")).to_contain_text("未识别这张卡")
    tap(bench, place, card)
    expect(kiosk.locator("[data-state=member]")).to_be_visible()
    kiosk.get_by_role("button", name="结束").click()


def test_a_card_taken_away_too_soon_at_the_counter_is_asked_for_again(bench: Page, counter: Page) -> None:
    bench.locator("[name=manner][value=short]").check()
    tap(bench, "counter", "zheng")
    expect(counter.locator("#alerts")).to_contain_text("没有读到卡片")


def test_a_printer_that_answers_nothing_is_called_that_until_it_answers(bench: Page, counter: Page) -> None:
    bench.locator("[data-switch=silent]").click()
    expect(counter.locator("#banners")).to_contain_text("打印机没有回答")
    expect(counter.locator("#banners")).not_to_contain_text("设备连接中断")
    bench.locator("[data-switch=silent]").click()
    expect(counter.locator("#banners")).not_to_contain_text("打印机没有回答")


def test_the_newest_slip_is_in_sight_again_whatever_was_looked_at(bench: Page, shop: OpenShop, kiosk: Page) -> None:
    def print_slip() -> None:
        before = len(shop.slips())
        tap(bench, "kiosk", "li")
        kiosk.get_by_role("button", name="打印小票").click()
        expect(bench.locator(".slip")).to_have_count(before + 1)
        expect(kiosk.locator("#holder")).to_contain_text("小票已打印")

    print_slip()
    print_slip()
    slips = bench.locator("#slips")
    slips.evaluate("(list) => { list.scrollTop = list.scrollHeight; }")
    assert slips.evaluate("(list) => list.scrollTop") > 0
    print_slip()
    expect(bench.locator(".slip").first).to_be_in_viewport()
    assert slips.evaluate("(list) => list.scrollTop") == 0


@pytest.mark.parametrize("width", [700, 1000, 1440, 1920])
def test_the_notice_covers_nothing_however_far_the_page_is_scrolled(bench: Page, width: int) -> None:
    bench.set_viewport_size({"width": width, "height": 900})
    bench.locator("main").evaluate("(main) => { main.scrollTop = main.scrollHeight; }")
    said, shown = bench.locator("#notice").bounding_box(), bench.locator("main").bounding_box()
    assert said
    assert shown
    assert said["y"] >= 0
    assert said["y"] + said["height"] <= shown["y"]
    assert bench.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_pn532_is_silenced_and_unplugged_and_comes_back(bench: Page, counter: Page) -> None:
    expect(bench.locator("#board-state")).to_contain_text("PN532 已连接")
    bench.locator("#board-mute").click()
    expect(bench.locator("#board-state")).to_contain_text("PN532 不出声")
    expect(counter.locator("#banners")).to_contain_text("设备连接中断")
    bench.locator("#board-mute").click()
    expect(counter.locator("#banners")).not_to_contain_text("设备连接中断")
    bench.locator(f'[data-plug="{PN532_DEVICE}"]').click()
    expect(bench.locator("#board-state")).to_contain_text("PN532 已拔下")
    expect(counter.locator("#banners")).to_contain_text("设备连接中断")
    bench.locator(f'[data-plug="{PN532_DEVICE}"]').click()
    expect(bench.locator("#board-state")).to_contain_text("PN532 已连接")
    expect(counter.locator("#banners")).not_to_contain_text("设备连接中断")


def test_what_the_customer_reads_and_the_drawer_are_seen_on_the_bench_and_the_drawer_is_closed_there(
    bench: Page, counter: Page
) -> None:
    expect(bench.locator("#drawer-state")).to_contain_text("关着")
    start_top_up(counter, "李书航", "13800138002", "128")
    expect(bench.locator("#display-lines")).to_contain_text("充值")
    expect(bench.locator("#display-lines")).to_contain_text("128.00")
    confirm_top_up(counter)
    expect(bench.locator("#display-lines")).to_contain_text("已收")
    # Cash opens the drawer.
    expect(bench.locator("#drawer-state")).to_contain_text("开着")
    expect(bench.locator("#drawer-count")).to_contain_text("收银程序打开过 1 次")
    bench.locator("#drawer-close").click()
    expect(bench.locator("#drawer-state")).to_contain_text("关着")
    expect(bench.locator("#drawer-count")).to_contain_text("收银程序打开过 1 次")


def test_an_unplugged_display_is_dark_and_staff_are_told(bench: Page, counter: Page) -> None:
    bench.locator("#display-plug").click()
    expect(bench.locator("#display-state")).to_contain_text("已拔下")
    expect(counter.locator("#banners")).to_contain_text("设备连接中断")
    bench.locator("#display-plug").click()
    expect(bench.locator("#display-state")).to_contain_text("已连接")
    expect(counter.locator("#banners")).not_to_contain_text("设备连接中断")
