"""What the counter tells its cashier: of whom it speaks, for how long, and what a key that was pressed too early does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from terminal.kiosk_ui.desk import Receipt
from terminal.rules.counter import CounterScreen
from tests.kiosk_ui.counter_page import RICH, open_charge, press, tap
from tests.kiosk_ui.fake_desk import PIN
from tests.kiosk_ui.looks import axe_faults, load_axe
from tests.kiosk_ui.shop import RunningShop

pytestmark = pytest.mark.browser

LANGUAGES = ("zh_CN", "zh_TW", "en")


def spoken(running: RunningShop, page: Page, language: str) -> None:
    """Have the page in another language."""
    page.context.add_cookies([{"name": "counter_language", "value": language, "url": running.url}])
    page.reload()
    page.locator("body[data-version]").wait_for()


def sign_in_as(running: RunningShop, page: Page, name: str) -> None:
    page.goto(running.url + "/cashier/sign-in")
    page.locator("label.person", has_text=name).click()
    page.keyboard.type(PIN)
    press(page, "Enter")
    page.locator("body[data-version]").wait_for()


@pytest.mark.sampled(2)
@pytest.mark.parametrize("code", ["card_clone", "card_unknown", "card_unreadable"])
@pytest.mark.parametrize(
    ("language", "about", "whose"),
    [
        ("zh_CN", "刚才刷的卡：", "下面仍是 王晓燕 的页面，不是这张卡打开的"),
        ("zh_TW", "剛才感應的卡：", "下面仍是 王晓燕 的頁面"),
        ("en", "The card just now: ", "Below is still the page of 王晓燕"),
    ],
)
def test_a_card_that_fails_above_an_open_members_page_is_told_as_another_and_says_whose_page_it_is(
    running: RunningShop, counter: Page, language: str, about: str, whose: str, code: str
) -> None:
    spoken(running, counter, language)
    running.board.show("counter", CounterScreen(sequence=1, error=code))
    expect(counter.locator("#alerts .code")).to_have_text(code)
    expect(counter.locator("#alerts")).not_to_contain_text(about)
    tap(running, RICH, 2)
    expect(counter.locator(".who h2")).to_have_text("王晓燕")
    running.board.show("counter", CounterScreen(sequence=3, error=code))
    expect(counter.locator("#alerts .alert")).to_contain_text(about)
    expect(counter.locator("#alerts .alert")).to_contain_text(whose)
    expect(counter.locator(".who h2")).to_be_in_viewport()


def test_the_page_of_a_charge_keeps_its_name_and_its_button_in_sight_beside_a_failed_card(
    running: RunningShop, counter: Page
) -> None:
    counter.set_viewport_size({"width": 1024, "height": 600})
    spoken(running, counter, "en")
    open_charge(counter, 1, running)
    running.board.show("counter", CounterScreen(sequence=2, error="card_clone"))
    expect(counter.locator("#alerts .whose")).to_contain_text("王晓燕")
    for part in ("#alerts .whose b", ".who-line strong", ".step-preview .button.primary"):
        expect(counter.locator(part)).to_be_in_viewport(ratio=0.95)
    load_axe(counter)
    assert axe_faults(counter) == []


def test_what_is_no_card_or_code_is_told_as_it_is_above_a_members_page(running: RunningShop, counter: Page) -> None:
    tap(running, RICH)
    expect(counter.locator(".who")).to_be_visible()
    running.board.show("counter", CounterScreen(sequence=2, error="drawer_in_doubt"))
    expect(counter.locator("#alerts")).to_contain_text("钱箱可能没有打开")
    expect(counter.locator("#alerts .whose")).to_have_count(0)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_payment_code_beside_an_open_charge_asks_nobody_to_look_for_a_member(
    running: RunningShop, counter: Page, language: str
) -> None:
    words = {
        "zh_CN": ("这里不能用付款码", "会员和金额都没有改变", "查找"),
        "zh_TW": ("這裡不能用付款碼", "會員和金額都沒有改變", "查"),
        "en": ("A payment code cannot be used here", "member and amount are unchanged", "find"),
    }[language]
    spoken(running, counter, language)
    tap(running, RICH)
    expect(counter.locator(".who")).to_be_visible()
    press(counter, "F3")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("88.5")
    for sequence in (2, 3):
        running.board.show("counter", CounterScreen(sequence=sequence, error="payment_code_unexpected"))
        expect(counter.locator("#alerts")).to_contain_text(words[0])
        expect(counter.locator("#alerts")).to_contain_text(words[1])
        expect(counter.locator("#alerts")).not_to_contain_text(words[2])
        if sequence == 2:
            expect(counter.locator("#amount")).to_have_value("88.5")
            press(counter, "Enter")
            expect(counter.locator(".preview")).to_contain_text("88")
            expect(counter.locator("#alerts")).to_be_empty()


@pytest.mark.parametrize("key", ["F2", "F3", "Alt+1", "Alt+2"])
def test_a_key_pressed_before_the_search_is_answered_opens_the_only_member_found(counter: Page, key: str) -> None:
    counter.keyboard.insert_text("wxy")
    press(counter, key)
    expect(counter.locator(".step-amount")).to_have_attribute("data-account", RICH)
    expect(counter.locator(".amount-label")).to_have_text("充值金额" if key in {"F2", "Alt+1"} else "消费金额")


@pytest.mark.intercepted
def test_the_kept_key_waits_for_the_search_of_what_was_typed_last(counter: Page) -> None:
    held: list[Route] = []
    counter.route("**/cashier/find", lambda route: held.append(route) if not held else route.continue_())
    with counter.expect_request("**/cashier/find"):
        counter.keyboard.insert_text("ww")
    press(counter, "F3")
    counter.keyboard.insert_text("没有这个人")
    expect(counter.locator(".step-results h2")).to_have_text("请继续输入")
    # The key belonged to what was typed before it: it opens nobody for another text.
    expect(counter.locator(".step-amount")).to_have_count(0)
    press(counter, "Control+a")
    counter.keyboard.insert_text("wxy")
    expect(counter.locator(".hit")).to_have_count(1)
    expect(counter.locator(".step-amount")).to_have_count(0)


def test_a_key_behind_enter_is_kept_as_well(counter: Page) -> None:
    counter.keyboard.insert_text("wxy")
    press(counter, "Enter", "F3")
    expect(counter.locator(".step-amount")).to_have_attribute("data-account", RICH)


@pytest.mark.intercepted
def test_a_kept_key_opens_nobody_among_several_and_says_so(counter: Page) -> None:
    held, answered = list[Route](), list[bool]()
    counter.route("**/cashier/find", lambda route: route.continue_() if answered else held.append(route))
    with counter.expect_request("**/cashier/find"):
        counter.keyboard.insert_text("王")
    # The key is pressed before the list is there, however slow the machine is.
    press(counter, "F2")
    answered.append(True)
    for route in held:
        route.continue_()
    expect(counter.locator(".hit")).to_have_count(2)
    expect(counter.locator("#alerts")).to_contain_text("请从列表中选择一位")
    press(counter, "F2")
    expect(counter.locator(".step-amount")).to_have_attribute("data-account", RICH)


def test_a_new_search_typed_over_an_open_member_never_opens_that_members_money(
    running: RunningShop, counter: Page
) -> None:
    tap(running, RICH)
    expect(counter.locator(".who")).to_be_visible()
    counter.locator("#text").focus()
    counter.keyboard.insert_text("oyf")
    press(counter, "F2")
    expect(counter.locator(".step-amount")).to_have_attribute("data-account", "b" * 32)


def test_nobody_is_said_to_be_unknown_while_the_number_is_still_typed(counter: Page) -> None:
    counter.keyboard.insert_text("1390000")
    expect(counter.locator(".step-results h2")).to_have_text("请继续输入")
    press(counter, "Enter")
    expect(counter.locator(".step-results h2")).to_have_text("没有找到会员")
    press(counter, "Escape")
    expect(counter.locator(".step-search")).to_be_visible()
    counter.keyboard.insert_text("13900000009")
    expect(counter.locator(".step-results h2")).to_have_text("没有找到会员")


@pytest.mark.parametrize("waits", [True, False])
def test_what_is_said_of_a_slip_asked_for_again_follows_it_onto_paper(
    running: RunningShop, counter: Page, *, waits: bool
) -> None:
    state = "queued" if waits else "printed"
    running.desk.book.receipts += [Receipt("1-000028", "2026-11-21 14:30", "charge", "王女士", 100, state, 28)]
    counter.reload()
    counter.locator("body[data-version]").wait_for()
    press(counter, "F6", "Enter")
    expect(counter.locator("#alerts")).to_contain_text("仍在等待打印 1-000028" if waits else "正在重印 1-000028")
    if waits:
        running.desk.printed(28)
    else:
        running.desk.book.copies = dict.fromkeys(running.desk.book.copies, "printed")
    expect(counter.locator("#alerts")).to_have_text("小票已打印 1-000028")


def test_a_copy_in_doubt_leaves_the_word_to_its_banner(running: RunningShop, counter: Page) -> None:
    running.desk.book.receipts += [Receipt("1-000028", "2026-11-21 14:30", "charge", "王女士", 100, "printed", 28)]
    counter.reload()
    counter.locator("body[data-version]").wait_for()
    press(counter, "F6", "Enter")
    expect(counter.locator("#alerts")).to_contain_text("正在重印 1-000028")
    running.desk.book.copies = dict.fromkeys(running.desk.book.copies, "doubt")
    expect(counter.locator("#alerts .alert")).to_have_count(0)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (("done", ""), "钱箱已打开"),
        (("sent", ""), "已发送，请看一眼钱箱"),
        (("failed", "drawer_unavailable"), "钱箱没有打开"),
        (("failed", "drawer_in_doubt"), "钱箱可能没有打开"),
    ],
)
def test_the_drawers_page_tells_how_the_opening_ended(
    running: RunningShop, counter: Page, ends: tuple[str, str], words: str
) -> None:
    press(counter, "F10")
    expect(counter.locator(".step-drawer")).to_contain_text("打开钱箱？")
    press(counter, "Enter")
    expect(counter.locator(".step-drawer h2")).to_have_text("钱箱正在打开")
    running.desk.book.drawer = ends
    expect(counter.locator(".step-drawer h2")).to_have_text(words)
    expect(counter.locator(".step-drawer")).to_contain_text("已记录：林晓")
    # What was renewed left the focus on the button that Enter presses.
    press(counter, "Enter")
    expect(counter.locator(".step-search")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh_CN", "只有店长可以打开"), ("zh_TW", "只有店長可以開啟"), ("en", "Only a manager can open this")],
)
def test_the_key_of_the_devices_tells_a_cashier_that_it_is_a_managers(
    running: RunningShop, counter: Page, language: str, words: str
) -> None:
    spoken(running, counter, language)
    press(counter, "F9")
    expect(counter.locator("#alerts")).to_contain_text(words)
    expect(counter.locator(".step-search")).to_be_visible()


def test_the_key_of_the_devices_leads_a_manager_there(running: RunningShop, page: Page) -> None:
    sign_in_as(running, page, "Kevin")
    press(page, "F9")
    expect(page.locator("body.technician-page")).to_be_visible()


def test_a_charge_that_waits_for_the_identity_shows_no_key_that_would_not_confirm_it(
    running: RunningShop, counter: Page
) -> None:
    open_charge(counter, 1, running)
    button = counter.locator(".step-preview .button.primary")
    assert button.inner_text() == "请先按 1 或 2"
    press(counter, "2")
    expect(button.locator("kbd")).to_be_visible()
    assert button.inner_text().split() == ["确认消费", "Enter"]


# ruff: noqa: E501 - the measuring script reads better in whole lines
# Pairs of things in the bar that overlap, things whose text does not fit, and text on more than one line.
BAR = """() => {
  const seen = [...document.querySelectorAll(".bar > *, .bar .brand > *, .bar .choice")].filter((e) => e.tagName !== "H1" && e.getClientRects().length);
  const faults = [];
  const name = (e) => e.className + " «" + e.textContent.trim().replace(/\\s+/g, " ") + "»";
  for (const e of seen) {
    const b = e.getBoundingClientRect();
    if (b.right > innerWidth + 0.5) faults.push("leaves the screen: " + name(e));
    if (!e.matches("form") && e.scrollWidth > e.clientWidth + 1 && e.matches(".on-duty, .choice, .brand-name")) faults.push("cut: " + name(e));
    if (e.matches(".choice") && e.firstElementChild.getClientRects().length > 1) faults.push("on two lines: " + name(e));
    for (const other of seen) {
      if (other === e || e.contains(other) || other.contains(e)) continue;
      const o = other.getBoundingClientRect();
      if (b.left < o.right - 0.5 && o.left < b.right - 0.5 && b.top < o.bottom && o.top < b.bottom) faults.push(name(e) + " upon " + name(other));
    }
  }
  return faults;
}"""


@pytest.mark.sampled(3)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [1024, 1281, 1366])
def test_the_managers_bar_fits_also_while_the_till_is_not_heard(
    running: RunningShop, page: Page, language: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 600})
    sign_in_as(running, page, "Kevin")
    spoken(running, page, language)
    # As long as a name of three characters and a title get.
    page.evaluate("() => { document.querySelector('.on-duty').firstChild.textContent = '林店长'; }")
    assert page.evaluate(BAR) == []
    page.evaluate("() => { document.getElementById('lost').hidden = false; }")
    assert page.evaluate(BAR) == []


@pytest.mark.sampled(2)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("width", "height"), [(1024, 600), (1366, 768)])
def test_a_list_of_receipts_that_scrolls_breaks_no_amount_and_begins_no_line_with_a_dot(
    running: RunningShop, counter: Page, language: str, width: int, height: int
) -> None:
    counter.set_viewport_size({"width": width, "height": height})
    running.desk.book.receipts += [
        Receipt(f"1-{n:06}", "2026-11-21 14:30", kind, name, 12_345_600, state, n)
        for n, (kind, name, state) in enumerate(
            [("charge", "欧阳先生", "printed"), ("top_up", "王女士", "doubt"), ("slip", "王女士", "queued")] * 6, 60
        )
    ]
    spoken(running, counter, language)
    # A scrollbar of a desktop takes this much, which a browser without a window does not show.
    counter.evaluate("() => { document.getElementById('recent').style.paddingRight = '15px'; }")
    faults = counter.evaluate(
        """() => [...document.querySelectorAll(".receipt")].flatMap((e) => {
             const what = e.querySelector(".receipt-what"), amount = e.querySelector(".receipt-amount");
             const bill = e.querySelectorAll(".receipt-small span"), top = (each) => each.getBoundingClientRect().top;
             const faults = [];
             if (what.scrollWidth > what.clientWidth + 1) faults.push("too wide: " + what.textContent);
             if (Math.abs(top(amount) - top(what.firstElementChild)) > 4) faults.push("amount on its own line");
             if (top(bill[0]) !== top(bill[1])) faults.push("time and number apart");
             if (innerWidth > 1100 && top(bill[2]) !== top(bill[0])) faults.push("state on its own line");
             if (getComputedStyle(bill[2], "::before").content !== "none") faults.push("a dot before the state");
             return faults;
           })"""
    )
    assert faults == []
    assert counter.evaluate(
        "() => { const e = document.querySelector('.recent'); return e.scrollHeight > e.clientHeight; }"
    )


@pytest.mark.sampled(3)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("height", [600, 768])
def test_the_sign_in_page_does_not_scroll_with_an_error_on_it(
    running: RunningShop, page: Page, language: str, height: int
) -> None:
    page.set_viewport_size({"width": 1024, "height": height})
    page.context.add_cookies([{"name": "counter_language", "value": language, "url": running.url}])
    page.goto(running.url + "/cashier")
    press(page, "Enter")
    expect(page.locator("#said .alert")).to_be_visible()
    assert page.evaluate("() => document.scrollingElement.scrollHeight <= innerHeight")
    if height > 600:
        page.evaluate("() => { document.getElementById('unanswered').hidden = false; }")
        assert page.evaluate("() => document.scrollingElement.scrollHeight <= innerHeight")
