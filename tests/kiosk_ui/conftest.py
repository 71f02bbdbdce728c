"""One Chromium and one page for all browser tests of the pages: starting them costs more than the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.kiosk_ui.counter_page import intercept
from tests.kiosk_ui.fake_desk import PIN
from tests.kiosk_ui.shop import RunningShop, open_shop, run_shop

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """Give the distribution's Chromium."""
    expect.set_options(timeout=40_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def running() -> Iterator[RunningShop]:
    """Give a shop behind a real server."""
    shop = run_shop(open_shop())
    yield shop
    shop.server.stop()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Give a fresh page whose script errors and policy violations fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    opened = context.new_page()
    opened.set_default_timeout(40_000)
    trouble: list[str] = []
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("console", lambda line: trouble.append(line.text) if "Content Security Policy" in line.text else None)
    if request.node.get_closest_marker("intercepted"):
        intercept(opened)
    yield opened
    context.close()
    assert trouble == []


@pytest.fixture
def counter(running: RunningShop, page: Page) -> Page:
    """The counter's page, signed in and connected."""
    page.goto(running.url + "/cashier")
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    page.locator("body[data-version]").wait_for()
    return page
