"""Chromium as the kiosk's screen, and the page's clock laid over this machine's."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PING_ROUNDS = 150
# Chromium rounds a page's clock to 0.1 ms where the page is not isolated (W3C High Resolution Time, section 7.1).
CLOCK_STEP_MS = 0.1

# Notes each change of the customer's screen after the page's own script has finished with it: an observer is
# told once the script that made the change has returned (DOM standard, "mutation observers").
RECORDER = """() => {
  const holder = document.getElementById("holder");
  window.benchMarks = [];
  new MutationObserver(() => {
    const at = performance.now();
    const screen = holder.firstElementChild;
    const mark = { at, state: screen ? screen.dataset.state : "", painted: 0 };
    window.benchMarks.push(mark);
    // The second frame begins when the first, which shows the change, has been handed to the compositor.
    requestAnimationFrame(() => requestAnimationFrame(() => { mark.painted = performance.now(); }));
  }).observe(holder, { childList: true });
}"""


class NoBrowserError(Exception):
    """This machine has no Chromium."""


@dataclass(frozen=True, slots=True)
class PageClock:
    """What to add to `performance.now()` to have ms of CLOCK_MONOTONIC, and how wrong that may be."""

    offset_ms: float
    uncertainty_ms: float


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Give the distribution's Chromium without a window; raise `NoBrowserError` where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise NoBrowserError("no Chromium on this machine; image/setup.sh test says what to install")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def open_kiosk(browser: Browser, address: str) -> Page:
    """Return the kiosk's page, alone in a window of its own, linked to the till, its changes being noted."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/kiosk")
    # By selector: a polled function would be evaluated inside the page, which the pages' content policy forbids.
    page.locator("html[data-version]").wait_for(state="attached")
    page.evaluate(RECORDER)
    return page


def page_clock(page: Page) -> PageClock:
    """Return the page's clock, from asking it the time over and over: each answer lies between two of our readings.

    Chromium's clock is CLOCK_MONOTONIC too, so the offset is constant and every round narrows the same interval.
    """
    bounds = []
    for _ in range(PING_ROUNDS):
        before_ms = time.monotonic_ns() / 1e6
        page_ms: float = page.evaluate("performance.now()")
        bounds.append((before_ms - page_ms, time.monotonic_ns() / 1e6 - page_ms))
    low = max(bound[0] for bound in bounds)
    high = min(bound[1] for bound in bounds)
    assert high > low - CLOCK_STEP_MS, "the page's clock does not run with this machine's"
    return PageClock((low + high) / 2, abs(high - low) / 2 + CLOCK_STEP_MS)
