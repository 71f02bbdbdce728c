"""Signing in at the counter, and what its pages say while the till does not answer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.kiosk_ui.counter_page import press
from tests.kiosk_ui.fake_desk import PIN
from tests.kiosk_ui.shop import RunningShop

pytestmark = pytest.mark.browser


def test_sign_in_by_keyboard_chooses_person_and_pin(running: RunningShop, page: Page) -> None:
    page.goto(running.url + "/cashier")
    expect(page.locator("#pin")).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("alert")).to_contain_text("请输入密码")
    press(page, "ArrowDown", *"1111", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("陈静：密码不正确。还可以再试 4 次")
    expect(page.locator("#pin")).to_be_focused()
    press(page, "ArrowDown")
    expect(page.get_by_role("alert")).to_have_count(0)
    press(page, "ArrowUp")
    expect(page.get_by_label("陈静")).to_be_checked()
    for digit in PIN:
        page.locator(f"[data-digit='{digit}']").click()
    page.get_by_role("button", name="登录").click()
    expect(page.locator(".on-duty")).to_contain_text("陈静")


@pytest.mark.intercepted
def test_sign_in_while_the_till_does_not_answer_stays_on_its_page(running: RunningShop, page: Page) -> None:
    page.goto(running.url + "/cashier")
    page.route("**/cashier/sign-in", lambda route: route.abort())
    page.keyboard.type(PIN)
    press(page, "Enter")
    expect(page.get_by_role("alert")).to_contain_text("收银系统没有回答")
    page.unroute("**/cashier/sign-in")
    press(page, "Enter")
    expect(page.locator("#text")).to_be_focused()


def test_sign_in_that_ended_elsewhere_leads_to_the_sign_in(running: RunningShop, counter: Page) -> None:
    running.desk.book.signed_in.clear()
    counter.keyboard.type("王")
    expect(counter.locator("#pin")).to_be_focused()


@pytest.mark.parametrize("language", ["zh_TW", "en"])
def test_the_language_of_the_sign_in_page_is_changed(running: RunningShop, page: Page, language: str) -> None:
    page.goto(running.url + "/cashier")
    page.locator(f"[name=language][value={language}]").click()
    expect(page.locator(f"[name=language][value={language}]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#pin")).to_be_focused()


def test_changing_the_language_while_the_till_is_dead_stays_on_the_sign_in_page(
    running: RunningShop, page: Page
) -> None:
    page.goto(running.url + "/cashier")
    running.server.stop()
    page.locator("[name=language][value=en]").click()
    expect(page.get_by_role("alert")).to_contain_text("收银系统没有回答")
    expect(page.locator("#pin")).to_be_visible()
    assert page.url.startswith(running.url)


@pytest.mark.parametrize("button", ["[name=language][value=en]", "form[action='/cashier/sign-out'] button"])
def test_what_leads_to_another_page_stays_here_while_the_till_is_dead(
    running: RunningShop, counter: Page, button: str
) -> None:
    counter.keyboard.type("王")
    expect(counter.locator(".hit")).to_have_count(2)
    running.server.stop()
    counter.locator(button).click()
    expect(counter.locator("#alerts")).to_contain_text("没有收到回答")
    expect(counter.locator(".hit")).to_have_count(2)
