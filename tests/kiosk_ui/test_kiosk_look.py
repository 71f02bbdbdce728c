"""Every state of the kiosk, at every size, in every language: fits, can be touched, and axe finds nothing."""

from __future__ import annotations

import ast
import dataclasses
import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from terminal.base.errors import Refusal
from terminal.kiosk_ui.languages import TAGS
from terminal.rules.kiosk import KioskScreen
from terminal.rules.media import states
from tests.kiosk_ui.counter_page import intercept
from tests.kiosk_ui.looks import SIZES, axe_faults, layout_faults, load_axe
from tests.kiosk_ui.shop import RunningShop, member_screen, open_shop, run_shop
from tests.kiosk_ui.states import ERROR_CODES, kiosk_states
from tests.test_codes import CODE, calls

pytestmark = pytest.mark.browser

# What ends in the customer's error screen: refused cards, codes and addresses wherever they are read, what the kiosk
# itself says, and what finding the member of a card or code is refused with.
ANYWHERE = {"CardRefused", "ScanRejected", "Unfit", "TapUrlWrong"}
IN_FILES = {
    "services/kiosk.py": {"_error"},
    "services/media.py": {"Refusal"},
    "services/members.py": {"Refusal", "_one", "super().__init__"},
    "services/member_qrs.py": {"Refusal"},
    "rules/media/member_qr.py": {"Refusal"},
}
# A card's number that staff type in; addresses that are not the shop's, which the kiosk takes for any other code.
NOT_AT_THE_KIOSK = {"card_number_bad", "tap_url_no_key", "tap_url_foreign"}
# What a press at the kiosk may be refused with, said beside the screen.
REFUSED_PRESSES = ("session_over", "printer_unavailable", "busy_try_again", "action_bad")


def codes_of_the_product() -> set[str]:
    """Return the codes that the sources can end in the customer's error screen with."""
    found: set[str] = set()
    for path, called, call in calls():
        if called.removeprefix("self.") in ANYWHERE | IN_FILES.get(path, set()):
            parts = (part for each in call.args for part in ast.walk(each))
            values = (part.value for part in parts if isinstance(part, ast.Constant))
            found |= {each for each in values if isinstance(each, str) and CODE.fullmatch(each)}
    return (found - NOT_AT_THE_KIOSK) | set(codes_of_media())


def codes_of_media() -> Iterator[str]:
    """Yield the codes with which a member's card may be out of use, whatever ended it; no member has a blank."""
    for state, ended_by in itertools.product(set(states.STATES) - {states.BLANK}, ("", *states.MOVES)):
        try:
            states.check_usable(states.Medium("", state, ended_by=ended_by))
        except Refusal as refusal:
            yield refusal.code


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


@pytest.mark.sampled(36)
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


def test_every_error_that_can_be_shown_is_looked_at_and_no_other() -> None:
    assert sorted(ERROR_CODES) == sorted(codes_of_the_product())


@pytest.mark.sampled(2)
@pytest.mark.parametrize("contrast", [False, True], ids=["", "contrast"])
@pytest.mark.parametrize("language", TAGS)
def test_refused_press_is_said_so_that_axe_finds_nothing(
    shop: RunningShop, kiosk: Page, language: str, *, contrast: bool
) -> None:
    faults = []
    for code in REFUSED_PRESSES:
        show(shop, kiosk, dataclasses.replace(member_screen(language), contrast=contrast))
        shop.desk.book.refuse_next = Refusal(code)
        kiosk.locator("[data-action=print]").click()
        expect(kiosk.locator("#notice")).to_be_visible()
        faults += [f"{code}: {fault}" for fault in axe_faults(kiosk)]
        kiosk.evaluate("() => { document.getElementById('notice').hidden = true; }")
    assert faults == []


def test_offline_stage_fits_in_every_language(browser: Browser) -> None:
    shop = run_shop(open_shop())
    context = browser.new_context(reduced_motion="reduce")
    pages = []
    for language in TAGS:
        page = context.new_page()
        intercept(page)
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
