"""What a cashier does with a keyboard and a scanner, in a real browser over a real server."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from playwright.sync_api import Page, expect

from terminal.kiosk_ui.desk import Receipt
from terminal.rules.counter import CounterScreen, DeviceNotice
from tests.kiosk_ui.counter_page import RICH, THIRD, open_charge, press, tap
from tests.kiosk_ui.fake_desk import DOUBT
from tests.kiosk_ui.looks import axe_faults, load_axe
from tests.kiosk_ui.shop import RunningShop

pytestmark = pytest.mark.browser


def test_tapped_member_is_topped_up_with_three_keys_and_the_amount(running: RunningShop, counter: Page) -> None:
    tap(running, RICH)
    expect(counter.locator(".who h2")).to_have_text("王晓燕")
    keys = press(counter, "F2")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("1000")
    keys += press(counter, "Enter")
    expect(counter.locator(".preview")).to_contain_text("¥100.00")
    keys += press(counter, "Enter")
    expect(counter.locator(".done h2")).to_have_text("充值成功")
    expect(counter.locator(".done-balance")).to_contain_text("2,482")
    expect(counter.locator(".receipt")).to_have_count(1)
    assert keys == 3
    running.desk.printed(1)
    expect(counter.locator(".print-state")).to_have_text("小票已打印")
    press(counter, "Enter")
    expect(counter.locator("#text")).to_be_focused()
    expect(counter.locator(".step-search")).to_be_visible()


def test_member_found_by_initials_is_topped_up_within_eight_keys(running: RunningShop, counter: Page) -> None:
    counter.keyboard.type("wxy")
    keys = 3 + press(counter, "Enter")
    expect(counter.locator(".who h2")).to_have_text("王晓燕")
    keys += press(counter, "F2")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("200")
    keys += press(counter, "Enter")
    expect(counter.locator(".preview")).to_be_visible()
    keys += press(counter, "Enter")
    expect(counter.locator(".done")).to_be_visible()
    assert keys <= 8
    # The next customer's name is typed straight away, without a key to leave the screen.
    counter.keyboard.type("ww")
    expect(counter.locator("#text")).to_have_value("ww")
    expect(counter.locator(".hit")).to_have_count(1)
    assert len(running.desk.book.receipts) == 1


def test_charge_needs_one_key_for_the_identity(running: RunningShop, counter: Page) -> None:
    tap(running, RICH)
    expect(counter.locator(".who")).to_be_visible()
    press(counter, "F3")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("88.5")
    press(counter, "Enter")
    expect(counter.locator(".identity")).to_be_visible()
    expect(counter.locator(".identity")).to_be_focused()
    expect(counter.get_by_role("button", name="请先按 1 或 2")).to_be_visible()
    press(counter, "Enter")
    expect(counter.locator("#alerts")).to_contain_text("还没有核对身份")
    expect(counter.locator(".identity")).to_be_focused()
    press(counter, "2")
    expect(counter.locator("#alerts")).to_be_empty()
    expect(counter.get_by_role("button", name="确认消费")).to_be_visible()
    press(counter, "Enter")
    expect(counter.locator(".done h2")).to_have_text("消费成功")
    assert [content for content, _done in running.desk.book.actions.values()] == [("charge", RICH, 8850, "photo")]


def test_who_opened_the_wrong_amount_gets_to_the_other_by_its_key(running: RunningShop, counter: Page) -> None:
    tap(running, RICH)
    expect(counter.locator(".who h2")).to_have_text("王晓燕")
    for key, heading in (("F2", "充值金额"), ("F3", "消费金额"), ("F2", "充值金额")):
        press(counter, key)
        expect(counter.locator(".amount-label")).to_have_text(heading)
        expect(counter.locator("#amount")).to_be_focused()


def test_enter_on_a_members_page_opens_nothing_that_moves_money(counter: Page) -> None:
    asked: list[str] = []
    counter.on("request", lambda request: asked.append(request.url))
    counter.keyboard.insert_text("wxy")
    # Whoever presses Enter once too often has opened the member, no more.
    press(counter, "Enter")
    expect(counter.locator(".who h2")).to_be_focused()
    press(counter, "Enter", "Enter")
    counter.get_by_role("button", name="消费").click()
    expect(counter.locator(".amount-label")).to_have_text("消费金额")
    assert [url for url in asked if "top_up" in url] == []
    assert len([url for url in asked if "charge" in url]) == 1
    press(counter, "Escape")
    expect(counter.locator(".who h2")).to_be_focused()
    press(counter, "F2")
    expect(counter.locator(".amount-label")).to_have_text("充值金额")


def test_what_a_command_books_is_seen_on_the_members_page_that_is_open(running: RunningShop, counter: Page) -> None:
    tap(running, RICH)
    expect(counter.locator(".balance")).to_contain_text("1,382")
    running.board.show("counter", CounterScreen(sequence=2, error="card_foreign"))
    expect(counter.locator("#alerts")).to_contain_text("这不是会员卡")
    before = running.desk.book.members[RICH]
    running.desk.book.members[RICH] = dataclasses.replace(before, balance_fen=88_00)
    running.board.show("counter", CounterScreen(sequence=2, error="card_foreign", slips=1))
    expect(counter.locator(".balance")).to_contain_text("88")
    expect(counter.locator(".who h2")).to_be_focused()
    expect(counter.locator("#alerts")).to_contain_text("这不是会员卡")
    # Whoever goes through the receipts stays there.
    running.desk.book.receipts.append(Receipt("A000001", "14:30", "charge", "王女士", 88_00, "printed", 1))
    running.board.show("counter", CounterScreen(sequence=2, error="card_foreign", slips=2))
    expect(counter.locator("[data-reprint]")).to_have_count(1)
    press(counter, "F6")
    running.desk.book.members[RICH] = dataclasses.replace(before, balance_fen=77_00)
    running.board.show("counter", CounterScreen(sequence=2, error="card_foreign", slips=3))
    expect(counter.locator(".balance")).to_contain_text("77")
    expect(counter.locator("[data-reprint]")).to_be_focused()


def test_a_bill_that_is_voided_while_its_page_is_open_says_so_there(running: RunningShop, counter: Page) -> None:
    tap(running, RICH)
    expect(counter.locator(".who")).to_be_visible()
    press(counter, "F2")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("200")
    press(counter, "Enter")
    expect(counter.locator(".preview")).to_be_visible()
    press(counter, "Enter")
    expect(counter.locator(".done h2")).to_have_text("充值成功")
    expect(counter.locator(".done-balance")).to_be_visible()
    receipts = running.desk.book.receipts
    receipts[0] = dataclasses.replace(receipts[0], undone="voided")
    running.board.show("counter", CounterScreen(sequence=1, found=RICH, slips=1))
    expect(counter.locator(".done .receipt-undone")).to_have_text("已撤销")
    expect(counter.locator(".done-balance")).to_be_hidden()


def test_arrows_choose_among_the_hits_and_a_key_opens_the_step(counter: Page) -> None:
    counter.keyboard.type("王")
    expect(counter.locator(".hit")).to_have_count(2)
    expect(counter.locator("#text")).to_have_attribute("aria-activedescendant", "hit-0")
    press(counter, "ArrowDown")
    expect(counter.locator("#hit-1")).to_have_attribute("aria-selected", "true")
    press(counter, "F2")
    expect(counter.locator(".step-amount")).to_have_attribute("data-account", THIRD)


def test_enter_before_the_list_is_there_still_opens_the_member(counter: Page) -> None:
    counter.keyboard.insert_text("wxy")
    press(counter, "Enter")
    expect(counter.locator(".who h2")).to_have_text("王晓燕")
    # The search that the typing had started must not replace the member afterwards.
    with pytest.raises(AssertionError):
        expect(counter.locator(".step-results, .step-search")).to_be_visible(timeout=600)


def test_escape_goes_back_step_by_step_and_keeps_the_amount(running: RunningShop, counter: Page) -> None:
    tap(running, RICH)
    expect(counter.locator(".who")).to_be_visible()
    press(counter, "F2")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("300")
    press(counter, "Enter")
    expect(counter.locator(".preview")).to_be_visible()
    press(counter, "Escape")
    expect(counter.locator("#amount")).to_have_value("300")
    press(counter, "Escape")
    expect(counter.locator(".who")).to_be_visible()
    press(counter, "Escape")
    expect(counter.locator(".step-search")).to_be_visible()
    expect(counter.locator("#text")).to_be_focused()
    assert running.desk.book.receipts == []


def test_another_members_tap_does_not_take_a_step_with_money_away(running: RunningShop, counter: Page) -> None:
    tap(running, RICH)
    expect(counter.locator(".who")).to_be_visible()
    press(counter, "F2")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("300")
    press(counter, "Enter")
    expect(counter.locator(".preview")).to_be_visible()
    running.board.show("counter", CounterScreen(sequence=2, found=THIRD, found_name="王伟"))
    expect(counter.locator("#alerts")).to_contain_text("王伟 刚刚刷卡或扫码")
    expect(counter.locator(".step-preview")).to_have_attribute("data-account", RICH)
    press(counter, "F4")
    expect(counter.locator(".who h2")).to_have_text("王伟")


@pytest.mark.sampled(1)
@pytest.mark.parametrize("language", ["zh_CN", "zh_TW", "en"])
def test_charge_is_confirmed_without_scrolling_on_the_smallest_screen(
    running: RunningShop, counter: Page, language: str
) -> None:
    counter.set_viewport_size({"width": 1024, "height": 600})
    running.desk.book.receipts += [
        Receipt(f"1-{n:06}", "14:30", "slip", "王女士", 0, "printed", n) for n in range(90, 70, -1)
    ]
    # The button asks first whether the till answers and then leads to a new page; the old one is live as well.
    with counter.expect_navigation():
        counter.locator(f"[name=language][value={language}]").click()
    counter.locator("body[data-version]").wait_for()
    open_charge(counter, 1, running)
    press(counter, "Enter")
    expect(counter.locator("#alerts .alert")).to_be_visible()
    for part in (".step-preview .button.primary", "#alerts .alert", "form[action='/cashier/sign-out']", ".brand-name"):
        box = counter.locator(part).bounding_box()
        assert box
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= 600, (part, box)
    assert counter.evaluate("() => document.scrollingElement.scrollHeight <= innerHeight")
    assert counter.evaluate(
        "() => { const e = document.querySelector('.recent'); return e.scrollHeight > e.clientHeight; }"
    )


def test_doubtful_slip_is_answered_by_one_key(running: RunningShop, counter: Page) -> None:
    running.board.show("counter", CounterScreen(doubts=(DOUBT,)))
    expect(counter.locator(".banner")).to_contain_text("上一张小票可能没有打印完")
    press(counter, "F8")
    expect(counter.locator(".banner")).to_have_count(0)
    assert running.desk.book.resolved == [(7, False)]


def test_recent_receipts_are_reached_by_keyboard(running: RunningShop, counter: Page) -> None:
    tap(running, RICH)
    expect(counter.locator(".who")).to_be_visible()
    press(counter, "F2")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("5")
    press(counter, "Enter")
    expect(counter.locator(".preview")).to_be_visible()
    press(counter, "Enter")
    expect(counter.locator(".receipt")).to_have_count(1)
    press(counter, "F6")
    expect(counter.locator("[data-reprint]")).to_be_focused()
    press(counter, "Enter")
    expect(counter.locator("#alerts")).to_contain_text("仍在等待打印 A000001")
    expect(counter.locator("[data-reprint]")).to_be_focused()
    running.desk.printed(1)
    expect(counter.locator(".receipt .print-printed")).to_be_visible()
    # The list was renewed under the focus: it is still on the receipt.
    expect(counter.locator("[data-reprint]")).to_be_focused()
    with counter.expect_response("**/cashier/reprint") as answer:
        press(counter, "Enter")
    assert answer.value.status == 200
    assert list(running.desk.book.printed_actions.values()) == [1]
    expect(counter.locator("#alerts")).to_contain_text("正在重印 A000001")
    expect(counter.locator("[data-reprint]")).to_be_focused()


def test_scan_that_several_share_lists_them_and_opens_nobody_by_chance(running: RunningShop, counter: Page) -> None:
    running.board.show("counter", CounterScreen(sequence=1, several=(RICH, THIRD)))
    expect(counter.locator(".hit-name")).to_have_text(["王晓燕金卡会员", "王伟银卡会员资料重复"])
    expect(counter.locator("#text")).to_be_focused()
    press(counter, "Enter")
    expect(counter.locator(".hit[aria-selected=true]")).to_have_count(0)
    press(counter, "ArrowDown", "ArrowDown", "Enter")
    expect(counter.locator(".who h2")).to_have_text("王伟")


def test_scan_that_several_share_does_not_take_a_step_with_money_away(running: RunningShop, counter: Page) -> None:
    open_charge(counter, 1, running)
    running.board.show("counter", CounterScreen(sequence=2, several=(RICH, THIRD)))
    expect(counter.locator("#alerts")).to_contain_text("刚刚的卡或码对应不止一位会员")
    expect(counter.locator(".identity")).to_be_visible()
    press(counter, "F4")
    expect(counter.locator(".hit")).to_have_count(2)


class Looking:
    """Looks at a counter's page, step by step, for what axe finds, what is too small and what is too wide."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []

    def look(self, step: str, ready: str) -> None:
        """Look at a step as soon as what says that it is `ready` is there."""
        page = self.page
        page.locator(ready).first.wait_for()
        too_small = page.evaluate(
            """() => [...document.querySelectorAll("button")].filter((e) => e.offsetParent)
                 .filter((e) => e.offsetHeight < 48 || e.offsetWidth < 48).map((e) => e.outerHTML)"""
        )
        wide = page.evaluate("() => document.scrollingElement.scrollWidth > innerWidth")
        found = axe_faults(page) + too_small + (["scrolls sideways"] if wide else [])
        self.faults.extend(f"{step}: {fault}" for fault in found)

    def speak(self, language: str) -> None:
        """Look on in a language."""
        # The button asks first whether the till answers and then leads to a new page; the old one is live as well.
        with self.page.expect_navigation():
            self.page.locator(f"[name=language][value={language}]").click()
        self.page.locator("body[data-version]").wait_for()
        load_axe(self.page)

    def press(self, *keys: str) -> None:
        press(self.page, *keys)


@pytest.fixture
def looking(running: RunningShop, counter: Page) -> Looking:
    """Give a small page with receipts that were taken back in its list."""
    charge, name = "charge", "王女士"
    running.desk.book.receipts += [
        Receipt("A000003", "14:31", charge, name, 8_850, "printed", 3, undone="voided"),
        Receipt("A000002", "14:30", charge, name, 1_288_850, "printed", 2, undone="refunded", undone_fen=1_200_000),
    ]
    counter.set_viewport_size({"width": 1024, "height": 600})
    return Looking(counter)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("language", ["zh_CN", "zh_TW", "en"])
def test_axe_finds_nothing_on_any_step_of_a_charge(running: RunningShop, looking: Looking, language: str) -> None:
    looking.speak(language)
    looking.look("search", ".step-search")
    looking.page.keyboard.type("王")
    looking.look("results", ".hit")
    looking.press("Enter")
    looking.look("member", ".who")
    looking.press("F3")
    looking.look("amount", "#amount")
    looking.page.keyboard.type("9999")
    looking.press("Enter")
    looking.look("refusal", "#alerts .alert")
    looking.press("Control+a", *"88.5", "Enter")
    looking.look("charge preview", ".identity")
    looking.press("1")
    looking.look("chosen", "input[name=confirmed]:checked")
    running.board.show("counter", CounterScreen(sequence=1, several=(RICH, THIRD)))
    looking.look("another's scan", "[data-open-tapped]")
    looking.press("Enter")
    looking.look("done", ".done")
    assert looking.faults == []


@pytest.mark.sampled(1)
@pytest.mark.parametrize("language", ["zh_CN", "zh_TW", "en"])
def test_axe_finds_nothing_on_what_stands_around_the_steps(
    running: RunningShop, looking: Looking, language: str
) -> None:
    page = looking.page
    looking.speak(language)
    notices = (DeviceNotice("counter-reader", "reader_gone", "reader", "counter"), DeviceNotice("door", "driver_bug"))
    running.board.show(
        "counter",
        CounterScreen(
            sequence=2, several=(RICH, THIRD), doubts=(DOUBT,), devices=notices, printer_blocked="printer_error"
        ),
    )
    looking.look("banners", ".banner")
    looking.look("several", ".shared")
    looking.press("F6", "Enter")
    looking.look("reprint", "#alerts .alert.slate")
    open_charge(page, 3, running)
    page.keyboard.type("801")
    looking.look("keys ignored", "#work[data-stray] .identity")
    page.locator("form[action='/cashier/sign-out'] button").click()
    page.locator("#pin").wait_for()
    load_axe(page)
    looking.look("sign-in", "#pin")
    page.goto(running.url + "/nowhere")
    load_axe(page)
    looking.look("problem", ".problem")
    assert looking.faults == []


def test_the_drawer_opens_after_one_more_key_and_only_once_however_often_it_is_pressed(
    running: RunningShop, counter: Page
) -> None:
    press(counter, "F10")
    expect(counter.locator(".step-drawer")).to_contain_text("打开钱箱？")
    load_axe(counter)
    assert axe_faults(counter) == []
    assert running.desk.book.drawer_actions == []
    press(counter, "Enter")
    expect(counter.locator(".step-drawer")).to_contain_text("已记录：林晓")
    assert len(running.desk.book.drawer_actions) == 1
    press(counter, "Enter")
    expect(counter.locator(".step-search")).to_be_visible()
    assert len(running.desk.book.drawer_actions) == 1


def test_leaving_the_drawers_question_opens_nothing(running: RunningShop, counter: Page) -> None:
    press(counter, "F10")
    expect(counter.locator(".step-drawer")).to_be_visible()
    press(counter, "Escape")
    expect(counter.locator(".step-search")).to_be_visible()
    assert running.desk.book.drawer_actions == []


def test_a_till_without_a_drawer_shows_no_button_for_one(running: RunningShop, counter: Page) -> None:
    expect(counter.locator('[data-keys="F10"]')).to_have_count(1)
    running.desk.book.has_drawer = False
    counter.reload()
    expect(counter.locator('[data-keys="F10"]')).to_have_count(0)


def test_after_a_top_up_one_key_goes_on_with_the_same_member(running: RunningShop, counter: Page) -> None:
    tap(running, RICH)
    expect(counter.locator(".who")).to_be_visible()
    press(counter, "F2")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("200")
    press(counter, "Enter")
    expect(counter.locator(".preview")).to_be_visible()
    press(counter, "Enter")
    expect(counter.locator(".done")).to_be_visible()
    press(counter, "F3")
    expect(counter.locator("#amount")).to_be_focused()
    expect(counter.locator("#work")).to_contain_text("王晓燕")


def test_two_readers_of_one_place_are_told_apart_by_their_ids(running: RunningShop, counter: Page) -> None:
    lost = (DeviceNotice("kiosk-a", "device_missing", "reader", "kiosk"),)
    running.board.show("counter", CounterScreen(devices=lost))
    expect(counter.locator(".banner")).to_contain_text("会员屏读卡器")
    expect(counter.locator(".banner")).not_to_contain_text("(kiosk-a)")
    other = DeviceNotice("kiosk-b", "device_missing", "reader", "kiosk")
    running.board.show("counter", CounterScreen(devices=(*lost, other)))
    expect(counter.locator(".banner")).to_contain_text("(kiosk-a)")
    expect(counter.locator(".banner")).to_contain_text("(kiosk-b)")


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_nothing_in_the_managers_bar_lies_upon_another_at_1024(
    running: RunningShop, counter: Page, language: str
) -> None:
    counter.set_viewport_size({"width": 1024, "height": 600})
    counter.context.add_cookies([{"name": "counter_language", "value": language, "url": running.url}])
    counter.reload()
    boxes = counter.evaluate(
        """() => [...document.querySelectorAll('.bar > *')].filter(e => e.tagName !== 'H1' && e.offsetParent)
              .map(e => { const b = e.getBoundingClientRect(); return [b.left, b.right, e.textContent.trim()]; })"""
    )
    for (_, right, one), (left, _, other) in itertools.pairwise(boxes):
        assert right <= left, f"{one!r} lies upon {other!r}"
