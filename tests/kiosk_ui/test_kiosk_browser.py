"""What a customer does at the kiosk, in a real browser over a real server."""

from __future__ import annotations

import dataclasses
import re

import pytest
from playwright.sync_api import Page, Route, expect

from terminal.kiosk_ui.app import create_app
from terminal.kiosk_ui.server import serve
from terminal.kiosk_ui.settings import WebSettings
from terminal.rules.kiosk import KioskScreen
from tests.kiosk_ui.shop import RunningShop, member_screen

pytestmark = pytest.mark.browser


@pytest.fixture
def kiosk(running: RunningShop, page: Page) -> Page:
    page.goto(running.url + "/kiosk")
    page.locator("html[data-version]").wait_for(state="attached")
    return page


def test_tap_to_member_to_end(running: RunningShop, kiosk: Page) -> None:
    expect(kiosk.locator("h1")).to_have_text("轻触会员卡")
    running.board.show("kiosk", KioskScreen(name="reading"))
    expect(kiosk.locator("h1")).to_have_text("正在读取")
    running.board.show("kiosk", member_screen())
    expect(kiosk.locator("h1")).to_have_text("下午好，王女士")
    expect(kiosk.locator("#spoken")).to_have_text("下午好，王女士")
    kiosk.get_by_role("button", name="结束").click()
    expect(kiosk.locator("h1")).to_have_text("轻触会员卡")
    assert running.board.newest("kiosk")[1] == KioskScreen()


def test_pressing_print_twice_asks_once(running: RunningShop, kiosk: Page) -> None:
    running.board.show("kiosk", member_screen())
    kiosk.get_by_role("button", name="打印小票").dblclick()
    expect(kiosk.get_by_role("button", name="正在打印…")).to_be_disabled()
    assert len(running.desk.book.kiosk_prints) == 1


@pytest.mark.intercepted
def test_print_without_an_answer_is_asked_again_under_the_same_id(running: RunningShop, kiosk: Page) -> None:
    running.board.show("kiosk", dataclasses.replace(member_screen(), session="t" * 32))
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.post_data or "")
        route.abort()

    kiosk.route("**/kiosk/print", lose)
    button = kiosk.get_by_role("button", name="打印小票")
    button.click()
    expect(button).to_be_enabled()
    kiosk.unroute("**/kiosk/print")
    button.click()
    expect(kiosk.get_by_role("button", name="正在打印…")).to_be_disabled()
    assert running.desk.book.kiosk_prints[0] in lost[0]


@pytest.mark.intercepted
def test_refused_action_is_said_on_the_screen(running: RunningShop, kiosk: Page) -> None:
    running.board.show("kiosk", member_screen())
    kiosk.get_by_role("button", name="打印小票").wait_for()
    kiosk.route("**/kiosk/print", lambda route: route.continue_(post_data="session=stale&action_id=" + "0" * 32))
    kiosk.get_by_role("button", name="打印小票").click()
    notice = kiosk.get_by_role("alert")
    expect(notice).to_have_text("本次查询已结束。请再轻触一次会员卡")
    # It stands by the button that was pressed, and leaves the greeting and the balance to be read.
    said, pressed = notice.bounding_box(), kiosk.get_by_role("button", name="打印小票").bounding_box()
    balance = kiosk.locator(".balance").bounding_box()
    assert said
    assert pressed
    assert balance
    assert balance["y"] + balance["height"] <= said["y"] < said["y"] + said["height"] <= pressed["y"]


def test_last_seconds_are_announced_and_a_touch_gives_the_whole_time(running: RunningShop, kiosk: Page) -> None:
    running.board.show("kiosk", member_screen(left_s=18))
    expect(kiosk.locator("[data-countdown]")).to_have_text(re.compile("^1[0-8]$"))
    expect(kiosk.locator("[data-warning]")).to_be_hidden()
    expect(kiosk.locator("[data-warning]")).to_be_visible()
    kiosk.mouse.click(900, 300)
    expect(kiosk.locator("[data-warning]")).to_be_hidden()
    expect(kiosk.locator("[data-countdown]")).to_have_text(re.compile("^(30|2[0-9])$"))


def test_reload_ends_the_session(running: RunningShop, kiosk: Page) -> None:
    running.board.show("kiosk", member_screen())
    expect(kiosk.locator("h1")).to_have_text("下午好，王女士")
    kiosk.reload()
    expect(kiosk.locator("h1")).to_have_text("轻触会员卡")
    assert running.board.newest("kiosk")[1] == KioskScreen()


def test_stepping_back_lands_on_idle(running: RunningShop, kiosk: Page) -> None:
    running.board.show("kiosk", member_screen())
    expect(kiosk.locator("h1")).to_have_text("下午好，王女士")
    kiosk.goto(running.url + "/healthz")
    kiosk.go_back()
    expect(kiosk.locator("h1")).to_have_text("轻触会员卡")


def test_language_and_contrast_are_chosen_by_touch(running: RunningShop, kiosk: Page) -> None:
    kiosk.get_by_role("button", name="English").click()
    expect(kiosk.locator("h1")).to_have_text("Tap your card")
    expect(kiosk.locator("html")).to_have_attribute("lang", "en")
    kiosk.get_by_role("button", name="High contrast").click()
    expect(kiosk.locator("html")).to_have_attribute("data-contrast", "1")
    expect(kiosk.get_by_role("button", name="High contrast")).to_be_focused()
    assert running.board.newest("kiosk")[1] == KioskScreen(language="en", contrast=True)


def test_what_is_announced_follows_the_language_and_the_link(running: RunningShop, kiosk: Page) -> None:
    spoken = kiosk.locator("#spoken")
    expect(spoken).to_contain_text("轻触会员卡")
    kiosk.get_by_role("button", name="English").click()
    expect(spoken).to_contain_text("Tap your card")
    expect(spoken).not_to_contain_text("轻触会员卡")
    port = running.server.port
    running.server.stop()
    expect(spoken).to_contain_text("Connection lost")
    back = serve(create_app(running.desk, running.board, WebSettings(running.clock, port=port, slice_s=0.05)))
    back.start()
    expect(kiosk.locator("#offline")).to_be_hidden()
    expect(spoken).to_contain_text("Tap your card")
    expect(spoken).not_to_contain_text("onnection")
    back.stop()


def test_the_same_words_are_not_announced_twice(running: RunningShop, kiosk: Page) -> None:
    expect(kiosk.locator("#spoken")).to_contain_text("轻触会员卡")
    kiosk.evaluate(
        "() => { window.announced = 0; new MutationObserver(() => { window.announced += 1; })"
        ".observe(document.getElementById('spoken'), { childList: true, characterData: true, subtree: true }); }"
    )
    kiosk.get_by_role("button", name="高对比度").click()
    expect(kiosk.locator("html")).to_have_attribute("data-contrast", "1")
    assert kiosk.evaluate("() => window.announced") == 0
    running.board.show("kiosk", KioskScreen(name="reading"))
    expect(kiosk.locator("#spoken")).to_contain_text("正在读取")
    assert kiosk.evaluate("() => window.announced") == 1


def test_a_charge_at_the_counter_says_what_was_taken(running: RunningShop, kiosk: Page) -> None:
    running.board.show("kiosk", KioskScreen(name="success", code="charged", values=(("amount_fen", 88_00),)))
    expect(kiosk.locator("h1")).to_have_text("消费成功")
    expect(kiosk.locator(".changes")).to_have_text(re.compile(r"^已扣\s*¥88\.00\s*$"))


def test_error_goes_away_by_a_touch_anywhere(running: RunningShop, kiosk: Page) -> None:
    running.board.show("kiosk", KioskScreen(name="error", code="card_unknown"))
    expect(kiosk.locator("h1")).to_have_text("未识别这张卡")
    kiosk.mouse.click(200, 400)
    expect(kiosk.locator("h1")).to_have_text("轻触会员卡")


def test_a_button_is_clicked_though_its_screen_comes_anew_under_the_finger(running: RunningShop, kiosk: Page) -> None:
    from tests.kiosk_ui.states import kiosk_states

    screen = kiosk_states("zh_CN")["member-rich"]
    running.board.show("kiosk", screen)
    beside = kiosk.context.new_page()
    beside.goto(running.url + "/kiosk")
    expect(kiosk.locator(".pass:visible")).to_have_count(3)
    kiosk.get_by_role("button", name="下一页").hover()
    kiosk.mouse.down()
    # The longer time that the press itself asks for, say.
    running.board.show("kiosk", dataclasses.replace(screen, printing=True))
    # The press's own request may bring a later one meanwhile.
    newest = running.board.newest("kiosk")[0]
    reached = "(least) => Number(document.documentElement.dataset.version) >= least"
    beside.wait_for_function(reached, arg=newest)
    kiosk.mouse.up()
    expect(kiosk.locator("[data-page]")).to_have_text("2")
    kiosk.wait_for_function(reached, arg=newest)
    expect(kiosk.locator("[data-page]")).to_have_text("2")


def test_passes_are_turned_page_by_page(running: RunningShop, kiosk: Page) -> None:
    from tests.kiosk_ui.states import kiosk_states

    running.board.show("kiosk", kiosk_states("zh_CN")["member-rich"])
    expect(kiosk.locator(".pass:visible")).to_have_count(3)
    expect(kiosk.get_by_role("button", name="上一页")).to_be_disabled()
    kiosk.get_by_role("button", name="下一页").click()
    kiosk.get_by_role("button", name="下一页").click()
    expect(kiosk.locator(".pass:visible")).to_have_count(1)
    expect(kiosk.get_by_role("button", name="下一页")).to_be_disabled()


def test_lost_till_shows_offline_and_its_return_repairs_the_page(running: RunningShop, kiosk: Page) -> None:
    port = running.server.port
    running.board.show("kiosk", member_screen(left_s=8))
    expect(kiosk.locator("h1")).to_have_text("下午好，王女士")
    running.server.stop()
    expect(kiosk.locator("#offline h1")).to_have_text("暂时失去连接")
    expect(kiosk.locator("#offline .badge")).to_have_text("连接中断")
    # Nobody is left to clear the member's data: the page itself does when their time is over.
    expect(kiosk.locator("#holder")).to_be_empty()
    running.board.show("kiosk", KioskScreen(name="out_of_service"))
    back = serve(create_app(running.desk, running.board, WebSettings(running.clock, port=port, slice_s=0.05)))
    back.start()
    expect(kiosk.locator("#holder h1")).to_have_text("暂停服务")
    expect(kiosk.locator("#offline")).to_be_hidden()
    back.stop()


def test_page_beyond_the_limit_on_streams_comes_back_by_itself(running: RunningShop, kiosk: Page) -> None:
    from terminal.kiosk_ui.context import web_of

    slots = web_of(running.app).slots
    taken = [slots.take() for _ in range(9)]
    assert all(taken)
    second = kiosk.context.new_page()
    second.goto(running.url + "/kiosk")
    expect(second.locator("#offline h1")).to_be_visible()
    for give_back in taken:
        assert give_back is not None
        give_back()
    expect(second.locator("#holder h1")).to_have_text("轻触会员卡")
