"""Every state of the kiosk, at every size, in every language: fits, can be touched, and axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from terminal.kiosk_ui.languages import TAGS
from terminal.rules.kiosk import KioskScreen
from tests.kiosk_ui.looks import SIZES, axe_faults, layout_faults, load_axe
from tests.kiosk_ui.shop import RunningShop, open_shop, run_shop
from tests.kiosk_ui.states import kiosk_states

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shop() -> Iterator[RunningShop]:
    running = run_shop(open_shop())
    yield running
    running.server.stop()


@pytest.fixture(scope="module")
def kiosk(browser: Browser, shop: RunningShop) -> Iterator[Page]:
    """The kiosk's page, with animations off, so that what is measured stands still."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(shop.url + "/kiosk")
    load_axe(page)
    yield page
    context.close()


def show(shop: RunningShop, page: Page, screen: KioskScreen) -> None:
    shop.board.show("kiosk", KioskScreen(name="busy", language=screen.language))
    shop.board.show("kiosk", screen)
    version = shop.board.newest("kiosk")[0]
    page.locator(f"html[data-version='{version}']").wait_for(state="attached")


def resize(page: Page, width: int, height: int) -> None:
    """Change the window and return once the page has been told and drawn again."""
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


@pytest.mark.parametrize("language", TAGS)
@pytest.mark.parametrize("state", kiosk_states("zh_CN"))
def test_state_fits_and_can_be_touched_at_every_size(shop: RunningShop, kiosk: Page, state: str, language: str) -> None:
    show(shop, kiosk, kiosk_states(language)[state])
    assert kiosk.locator("html").get_attribute("lang") == TAGS[language]
    faults = []
    for width, height in SIZES:
        resize(kiosk, width, height)
        faults += [f"{width}x{height}: {fault}" for fault in layout_faults(kiosk) + axe_faults(kiosk)]
    assert faults == []


def test_offline_stage_fits_in_every_language(browser: Browser) -> None:
    shop = run_shop(open_shop())
    context = browser.new_context(reduced_motion="reduce")
    pages = []
    for language in TAGS:
        page = context.new_page()
        page.goto(shop.url + "/kiosk")
        show(shop, page, KioskScreen(language=language))
        load_axe(page)
        pages.append(page)
        # The next language is shown on all pages: the link of this one is cut first.
        page.route("**/kiosk/live", lambda route: route.abort())
    shop.server.stop()
    faults = []
    for page in pages:
        page.locator("#offline .headline").wait_for()
        for width, height in SIZES:
            resize(page, width, height)
            faults += [f"{width}x{height}: {fault}" for fault in layout_faults(page) + axe_faults(page)]
    context.close()
    assert faults == []
