"""What tests of the counter's page do with it in a browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from terminal.rules.counter import CounterScreen
from tests.kiosk_ui.shop import RunningShop

RICH, THIRD = "a" * 32, "c" * 32


def tap(shop: RunningShop, account: str, sequence: int = 1) -> None:
    """Let a member tap at the counter."""
    shop.board.show("counter", CounterScreen(sequence=sequence, found=account))


def open_charge(counter: Page, sequence: int, running: RunningShop) -> None:
    """Go to the question how the member of a charge was known."""
    tap(running, RICH, sequence)
    expect(counter.locator(".who")).to_be_visible()
    press(counter, "F3")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("88.5")
    press(counter, "Enter")
    expect(counter.locator(".identity")).to_be_visible()


def intercept(page: Page) -> None:
    """Let requests be lost or held on this page, from before its first.

    A browser that is asked on an open page still lets the next request pass now and then (1 of 100, when it is busy).
    """
    page.route("**/intercepted-from-the-start", lambda route: route.continue_())


def press(page: Page, *keys: str) -> int:
    """Press keys one after the other and return how many they were; a page that is not loaded yet hears none."""
    for key in keys:
        page.wait_for_load_state()
        page.keyboard.press(key)
    return len(keys)
