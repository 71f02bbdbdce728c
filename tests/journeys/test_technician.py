"""What managers and technicians do, from the screen and the command line to the paper and the drawer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.conftest import OpenShop, connected, open_page, until
from tests.journeys.test_two_screens import watched

pytestmark = pytest.mark.browser

MANAGER = "林店长"


@pytest.fixture
def manager(shop: OpenShop, browser: Browser) -> Iterator[Page]:
    """Give the counter's page, signed in as the manager."""
    page = open_page(browser, shop.facts["counter"], 1280, 800)
    page.get_by_role("radio", name=MANAGER).check()
    page.locator("#pin").press_sequentially(shop.facts["pins"][MANAGER])
    page.keyboard.press("Enter")
    connected(page)
    yield page
    page.close()


def pulses(shop: OpenShop) -> int:
    """Return how often the drawer's solenoid was driven."""
    return sum(event["kind"] == "pulse" for event in shop.printer("events", since=0)["events"])


def test_f10_and_enter_open_the_drawer_once_in_the_name_of_who_is_signed_in(shop: OpenShop, counter: Page) -> None:
    before = pulses(shop)
    counter.keyboard.press("F10")
    expect(counter.locator(".step-drawer")).to_contain_text("打开钱箱？")
    counter.keyboard.press("Enter")
    expect(counter.locator(".step-drawer")).to_contain_text("已记录")
    until(lambda: pulses(shop) > before, "a pulse at the drawer")
    counter.keyboard.press("Enter")
    expect(counter.locator(".step-search")).to_be_visible()
    assert pulses(shop) == before + 1


def test_a_manager_tries_the_printer_from_the_page_and_the_slip_comes_out(shop: OpenShop, manager: Page) -> None:
    before = len(shop.slips())
    manager.keyboard.press("F9")
    expect(manager.get_by_role("heading", name="设备与自检")).to_be_visible()
    manager.wait_for_load_state()  # before it, no button does anything
    manager.locator("form", has=manager.locator("[name=device][value=receipt-printer]")).get_by_role("button").click()
    expect(manager.locator(".outcome-good")).to_be_visible()
    (slip,) = shop.slips()[before:]
    assert "receipt-printer" in slip["text"]


def under_test(shop: OpenShop, manager: Page, device: str) -> Locator:
    """Have the page try a device, return where its outcome will stand, and only once the till waits for somebody."""
    manager.goto(shop.facts["counter"] + "/technician")
    manager.wait_for_load_state()
    row = manager.locator(".device", has=manager.locator(f"[name=device][value={device}]"))
    row.get_by_role("button").click()
    expect(row.locator("[role=status]")).to_contain_text("20 秒")
    # One device is tried at a time: a second one is refused for as long as the first one's card is waited for.
    assert "device_test_busy" in shop.command("devices", "test", "receipt-printer").stderr
    return row.locator("[role=status]")


def test_a_card_and_a_code_of_a_device_test_show_no_member_anywhere(
    shop: OpenShop, manager: Page, kiosk: Page, browser: Browser
) -> None:
    states = watched(kiosk)
    outcome = under_test(shop, manager, "kiosk-reader")
    shop.hold_card("kiosk", "li")
    expect(outcome.locator(".outcome-good")).to_contain_text("E580")
    shop.lift_card("kiosk")
    bench = open_page(browser, shop.facts["bench"], 1440, 1000)
    outcome = under_test(shop, manager, "counter-scanner")
    bench.get_by_role("button", name="扫码枪测试码").click()
    expect(outcome.locator(".outcome-good")).to_contain_text("扫码枪设置正确")
    bench.close()
    # The kiosk hears of everything in order: this card, held after the tests, is the first that it shows.
    shop.hold_card("kiosk", "unknown")
    expect(kiosk.locator("#holder")).to_contain_text("未识别这张卡")
    shop.lift_card("kiosk")
    assert [state for state in kiosk.evaluate(states) if state != "idle"] == ["reading", "error"]
    assert "李先生" not in kiosk.content()


def test_a_printer_without_paper_fails_the_self_check_in_words_and_passes_with_it(
    shop: OpenShop, manager: Page
) -> None:
    shop.printer("set", switch="paper_end", value=True)
    expect(manager.locator("#banners")).to_contain_text("打印纸用完了")
    said = shop.command("doctor", "--language", "zh_CN")
    assert said.returncode == 1
    assert "receipt-printer: 请更换纸卷 [printer_paper_out]" in said.stdout
    shop.printer("reload")
    expect(manager.locator("#banners")).not_to_contain_text("打印纸用完了")
    assert "printer_paper_out" not in shop.command("doctor").stdout


def test_the_self_check_is_printed_and_names_every_device(shop: OpenShop) -> None:
    before = len(shop.slips())
    shop.command("doctor", "--print", "--language", "zh_CN")
    until(lambda: len(shop.slips()) > before, "the self-check on paper")
    text = shop.slips()[-1]["text"]
    for device in ("receipt-printer", "counter-scanner", "kiosk-pn532", "customer-display"):
        assert device in text
