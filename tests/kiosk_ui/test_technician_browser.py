"""The technician's page in a real browser: keys alone, what is said meanwhile, and axe in every language."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from terminal.base.errors import Refusal
from terminal.kiosk_ui.languages import TAGS
from tests.kiosk_ui.counter_page import press
from tests.kiosk_ui.fake_desk import PIN
from tests.kiosk_ui.fake_technician import ROWS, FakeTechnician, technician_of
from tests.kiosk_ui.looks import axe_faults, load_axe
from tests.kiosk_ui.shop import RunningShop

pytestmark = pytest.mark.browser

DEADLINE_S = 30
_TOO_WIDE = "() => document.scrollingElement.scrollWidth > innerWidth"
_SMALL = """() => [...document.querySelectorAll("button, a.button")].map((e) => e.getBoundingClientRect())
  .filter((b) => b.height < 47.5 || b.width < 47.5).length"""


@pytest.fixture
def technician(running: RunningShop) -> Iterator[FakeTechnician]:
    found = technician_of(running.app)
    yield found
    found.held.set()


@pytest.fixture
def devices(running: RunningShop, page: Page) -> Page:
    """The page, reached from the counter by a manager with keys alone."""
    page.goto(running.url + "/cashier")
    press(page, "ArrowDown", "ArrowDown")
    page.keyboard.type(PIN)
    press(page, "Enter")
    page.locator("body[data-version]").wait_for()
    press(page, "F9")
    expect(page.locator(".device")).to_have_count(len(ROWS))
    page.wait_for_load_state()
    return page


def test_a_device_is_tried_with_keys_and_says_meanwhile_what_to_do(devices: Page, technician: FakeTechnician) -> None:
    technician.held.clear()
    press(devices, "ArrowDown", "Enter")
    result = devices.locator(f"#result-{ROWS[0].id.encode().hex()}")
    expect(result).to_have_text("请在 20 秒内把一张卡放到读卡器上")
    expect(devices.get_by_role("button", name="测试 会员屏读卡器 tap")).to_be_focused()
    technician.held.set()
    expect(result).to_contain_text("尾号 8821")
    press(devices, "ArrowDown", "ArrowUp", "Enter")
    expect(result).to_contain_text("尾号 8821")
    assert {asked[:2] for asked in technician.asked} == {("test", "tap")}


def test_a_refused_test_is_said_and_asks_for_no_card(devices: Page, technician: FakeTechnician) -> None:
    technician.refusal = Refusal("device_not_ready", device="tap", trouble="device_missing")
    press(devices, "ArrowDown", "Enter")
    expect(devices.get_by_role("alert")).to_contain_text("这台设备还没有准备好")
    expect(devices.locator(f"#result-{ROWS[0].id.encode().hex()}")).to_be_empty()


def test_a_test_that_was_in_the_way_is_no_longer_said_once_it_is_over(
    devices: Page, technician: FakeTechnician
) -> None:
    technician.held.clear()
    devices.get_by_role("button", name="测试 会员屏读卡器 tap").click()
    expect(devices.locator(f"#result-{ROWS[0].id.encode().hex()}")).to_contain_text("20 秒")
    end_s = time.monotonic() + DEADLINE_S
    while not technician.asked:
        assert time.monotonic() < end_s, "the test did not begin in time"
        threading.Event().wait(0.01)
    technician.refusal = Refusal("device_test_busy")
    devices.get_by_role("button", name="测试 前台客显屏 pole").click()
    expect(devices.get_by_role("alert")).to_contain_text("正在测试另一台设备")
    technician.held.set()
    expect(devices.locator(f"#result-{ROWS[0].id.encode().hex()}")).to_contain_text("尾号 8821")
    expect(devices.get_by_role("alert")).to_have_count(0)


def test_a_device_that_comes_back_is_shown_without_a_key(devices: Page, technician: FakeTechnician) -> None:
    gun = devices.locator(f"#state-{ROWS[1].id.encode().hex()}")
    expect(gun).to_contain_text("没有连接")
    technician.rows = [dataclasses.replace(row, state="ready", code="") for row in ROWS]
    expect(gun).to_contain_text("正常")
    expect(gun).to_contain_text("上次故障 2026-11-21 14:30")


def test_escape_leads_back_to_the_counter(devices: Page) -> None:
    press(devices, "Escape")
    expect(devices.locator("#text")).to_be_focused()


@pytest.mark.intercepted
def test_a_till_that_does_not_answer_is_said_until_it_does(devices: Page) -> None:
    devices.route("**/cashier/technician/**", lambda route: route.abort())
    devices.get_by_role("button", name="开始自检").click()
    expect(devices.get_by_role("alert")).to_contain_text("收银系统没有回答")
    devices.unroute("**/cashier/technician/**")
    expect(devices.get_by_role("alert")).to_have_count(0)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("language", TAGS)
def test_the_whole_page_is_readable_in_every_language_and_size(devices: Page, language: str) -> None:
    with devices.expect_navigation():
        devices.locator(f"[name=language][value={language}]").click()
    expect(devices.locator("html")).to_have_attribute("lang", TAGS[language])
    assert devices.url.endswith("/cashier/technician")
    devices.locator(".check-actions .primary").click()
    expect(devices.locator(".check")).to_have_count(5)
    devices.locator(".device button").first.click()
    expect(devices.locator(".outcome-good")).to_be_visible()
    load_axe(devices)
    faults = []
    for width, height in ((1024, 600), (1280, 800), (800, 1280)):
        devices.set_viewport_size({"width": width, "height": height})
        faults += [f"{width}: {fault}" for fault in axe_faults(devices)]
        if devices.evaluate(_TOO_WIDE):
            faults.append(f"{width}: wider than the screen")
        if devices.evaluate(_SMALL):
            faults.append(f"{width}: targets too small")
    assert faults == []
