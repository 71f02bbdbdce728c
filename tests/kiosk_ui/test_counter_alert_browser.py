"""A notice that the till takes back leaves the counter's page, and nothing else leaves with it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from terminal.rules.counter import CounterScreen
from tests.kiosk_ui.counter_page import RICH, open_charge, press
from tests.kiosk_ui.shop import RunningShop

pytestmark = pytest.mark.browser

TOLD = CounterScreen(sequence=7, error="drawer_unavailable", printer_blocked="printer_paper_out")
MENDED = replace(TOLD, error="", printer_blocked="")


def test_the_drawers_notice_goes_when_new_paper_is_in(running: RunningShop, counter: Page) -> None:
    running.board.show("counter", CounterScreen(sequence=6, found=RICH))
    expect(counter.locator(".who")).to_be_visible()
    running.board.show("counter", TOLD)
    expect(counter.locator("#alerts")).to_contain_text("钱箱没有打开")
    running.board.show("counter", replace(TOLD, paper_low=True))
    running.board.show("counter", MENDED)
    expect(counter.locator("#alerts")).to_be_empty()
    expect(counter.locator(".who")).to_be_visible()


def test_what_was_said_after_the_notice_stays(running: RunningShop, counter: Page) -> None:
    open_charge(counter, 6, running)
    running.board.show("counter", TOLD)
    expect(counter.locator("#alerts")).to_contain_text("钱箱没有打开")
    press(counter, "Enter")
    expect(counter.locator("#alerts")).to_contain_text("还没有核对身份")
    running.board.show("counter", MENDED)
    expect(counter.locator("#banners .banner")).to_have_count(0)
    expect(counter.locator("#alerts")).to_contain_text("还没有核对身份")
