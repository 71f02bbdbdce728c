"""What managers and technicians do, from the screen and the command line to the paper and the drawer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import OpenShop, connected, open_page, until

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
