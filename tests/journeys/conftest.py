"""The open shop: the same programs as `make run`, on free ports and fresh data, and two browser pages."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.hw_sim.control import ControlClient
from tests.hw_sim.shop_till_config import PN532_DEVICE
from tests.kiosk_ui.counter_page import intercept
from tests.kiosk_ui.looks import axe_faults, load_axe

REPOSITORY = pathlib.Path(__file__).parents[2]
ENDED_S = 40.0
POLL_S = 0.02
# InListPassiveTarget of the PN532, and more searches without a card than the till wants before it believes them.
SEARCH = "D44A"
SEARCHES_GONE = 4
PAGE_TIMEOUT_MS = 40_000
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True, slots=True)
class OpenShop:
    """A running shop: its addresses and PINs, and the hands on its simulated devices."""

    facts: dict[str, Any]
    readers: ControlClient
    scanner: ControlClient
    printer: ControlClient
    board: ControlClient

    def hold_card(self, place: str, card: str) -> None:
        """Hold a card of the deck to the reader at `place` (`kiosk`, `kiosk-pn532` or `counter`)."""
        if place == PN532_DEVICE:
            self.board("insert", card=card)
        else:
            self.readers("insert", reader=self.facts["readers"][place], card=card)

    def lift_card(self, place: str) -> None:
        """Take the card away; from the board, which is only ever asked, until the till has asked often enough."""
        if place == PN532_DEVICE:
            self.board("remove")
            self.board("log", clear=True)
            until(lambda: self._searches() > SEARCHES_GONE, "the till to notice that the card is gone")
        else:
            self.readers("remove", reader=self.facts["readers"][place])

    def _searches(self) -> int:
        commands: list[str] = self.board("log")["commands"]
        return sum(command.startswith(SEARCH) for command in commands)

    def slips(self) -> list[dict[str, Any]]:
        """Return the slips cut so far."""
        found: list[dict[str, Any]] = self.printer("slips", since=0)["slips"]
        return found

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `terminal WORDS` against this shop and return what it printed."""
        return subprocess.run(
            [sys.executable, "-m", "terminal.cli", *words, "--config", self.facts["config"]],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def until(holds: Callable[[], Any], what: str, deadline_s: float = 40.0) -> Any:  # noqa: ANN401 - whatever it gives
    """Return the first true value of `holds`; fail naming `what` did not come true in time."""
    end_s = time.monotonic() + deadline_s
    pause = signal.sigtimedwait if hasattr(signal, "sigtimedwait") else None
    while time.monotonic() < end_s:
        if value := holds():
            return value
        if pause is not None:
            pause([], POLL_S)
    pytest.fail(f"not in {deadline_s} s: {what}")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    """Give the open shop of this module; closing must leave nothing running."""
    data = tmp_path_factory.mktemp("shop")
    program = [sys.executable, "-m", "tests.hw_sim.shop", "--data", str(data), "--port", "0", "--bench-port", "0"]
    with (data / "launcher.err").open("w") as errors:
        child = subprocess.Popen(
            [*program, "--json-ready"], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    assert child.stdout is not None
    try:
        line = child.stdout.readline()
        assert line.startswith("ready "), (data / "launcher.err").read_text()
        facts = json.loads(line.removeprefix("ready "))
        hands = [ControlClient(facts["control"][name]) for name in ("pcsc", "scanner", "printer", "pn532")]
        yield OpenShop(facts, *hands)
        for hand in hands:
            hand.close()
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(ENDED_S)
        child.stdout.close()
    left = [pid for pid in facts["pids"].values() if _alive(pid)]
    assert left == [], f"still running after closing: {left}"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """Give one Chromium for the module."""
    # Far above what any of it takes, for other programs may keep the machine busy.
    expect.set_options(timeout=PAGE_TIMEOUT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


def no_violations(page: Page) -> None:
    """Fail when axe finds anything on the page as it is, once it stands still."""
    load_axe(page)
    assert axe_faults(page) == []


def open_page(browser: Browser, address: str, width: int, height: int, *, intercepted: bool = False) -> Page:
    """Return a page in Chinese that fails the test on any script error; `intercepted`: its requests may be lost."""
    page = browser.new_page(viewport={"width": width, "height": height}, locale="zh-CN")
    page.set_default_timeout(PAGE_TIMEOUT_MS)
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    if intercepted:
        intercept(page)
    page.goto(address)
    return page


@pytest.fixture
def kiosk(shop: OpenShop, browser: Browser) -> Iterator[Page]:
    """Give the customer's page."""
    page = open_page(browser, shop.facts["kiosk"], 1024, 600)
    page.locator("html[data-version]").wait_for(state="attached")
    yield page
    page.close()


@pytest.fixture
def counter(shop: OpenShop, browser: Browser) -> Iterator[Page]:
    """Give the cashier's page, signed in by keyboard."""
    page = open_page(browser, shop.facts["counter"], 1280, 800)
    name, pin = next(iter(shop.facts["pins"].items()))
    page.get_by_role("radio", name=name).check()
    page.locator("#pin").press_sequentially(pin)
    page.keyboard.press("Enter")
    connected(page)
    yield page
    page.close()


def connected(counter: Page) -> None:
    """Return when the cashier's page hears the till: what was tapped or scanned before that, it does not show."""
    counter.locator("#text").wait_for()
    counter.locator("body[data-version]").wait_for()
