"""A bill whose answer is lost: the page keeps it, lets nothing take its place, and finds out what became of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from terminal.rules.counter import CounterScreen
from tests.kiosk_ui.counter_page import RICH, THIRD, open_charge, press, tap
from tests.kiosk_ui.fake_desk import PIN
from tests.kiosk_ui.looks import axe_faults, load_axe
from tests.kiosk_ui.shop import RunningShop

pytestmark = [pytest.mark.browser, pytest.mark.intercepted]

CONFIRMED = "**/cashier/members/*/top_up"
ASKED = "**/cashier/outcome"
KEPT = "() => sessionStorage.getItem('counter-unanswered')"
LANGUAGES = ("zh_CN", "zh_TW", "en")
WORDS = {
    "zh_CN": (
        "这一笔可能已经入账",
        "请先查明这一笔",
        "这一笔没有入账",
        "请先确认或放弃这一笔",
        "有一笔还不知道是否入账",
    ),
    "zh_TW": (
        "這一筆可能已經入帳",
        "請先查明這一筆",
        "這一筆沒有入帳",
        "請先確認或放棄這一筆",
        "有一筆還不知道是否入帳",
    ),
    "en": ("It may have been posted", "First find out", "This was not posted", "First confirm", "It is not known yet"),
}


def open_top_up(running: RunningShop, counter: Page, sequence: int = 1) -> None:
    """Go to the confirmation of a top-up."""
    tap(running, RICH, sequence)
    expect(counter.locator(".who h2")).to_have_text("王晓燕")
    press(counter, "F2")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("1000")
    press(counter, "Enter")
    expect(counter.locator(".preview")).to_be_visible()


def book_and_lose(route: Route) -> None:
    """Let the till book it, and lose the answer."""
    route.fetch()
    route.abort()


def in_doubt(running: RunningShop, counter: Page, *, booked: bool) -> None:
    """Confirm a top-up whose answer is lost, as are those to the questions after it."""
    open_top_up(running, counter)
    counter.route(ASKED, lambda route: route.abort())
    counter.route(CONFIRMED, book_and_lose if booked else lambda route: route.abort())
    press(counter, "Enter")
    expect(counter.locator("[data-step=unanswered]")).to_contain_text("没有收到回答")
    # The first question is asked by itself, and lost as well.
    expect(counter.locator("[data-still]")).to_be_visible()
    counter.unroute(CONFIRMED)


def check_still_in_doubt(counter: Page) -> None:
    expect(counter.locator("[data-step=unanswered]")).to_contain_text("充值 ¥1,000.00")
    assert counter.evaluate(KEPT) is not None


def test_lost_answer_is_asked_for_and_shown_as_if_it_had_come(running: RunningShop, counter: Page) -> None:
    open_top_up(running, counter)
    counter.route(CONFIRMED, book_and_lose)
    press(counter, "Enter")
    expect(counter.locator(".done-balance")).to_contain_text("2,482")
    expect(counter.locator(".done .bill-no")).to_have_text("A000001")
    assert counter.evaluate(KEPT) is None
    press(counter, "Enter")
    expect(counter.locator("#text")).to_be_focused()
    assert len(running.desk.book.receipts) == 1


def test_bill_that_never_arrived_is_offered_again_and_booked_once(running: RunningShop, counter: Page) -> None:
    open_top_up(running, counter)
    first_id = counter.locator("input[name=action_id]").first.input_value()
    counter.route(CONFIRMED, lambda route: route.abort())
    press(counter, "Enter")
    expect(counter.locator(".step-preview")).to_contain_text("这一笔没有入账")
    assert running.desk.book.receipts == []
    counter.unroute(CONFIRMED)
    expect(counter.get_by_role("button", name="确认充值")).to_be_focused()
    press(counter, "Enter")
    expect(counter.locator(".done")).to_be_visible()
    assert list(running.desk.book.actions) == [first_id]
    assert counter.evaluate(KEPT) is None


def test_nothing_takes_the_place_of_a_bill_in_doubt(running: RunningShop, counter: Page) -> None:
    in_doubt(running, counter, booked=True)
    for key in ("Escape", "F2", "F3", "F9", "F10", "Alt+1"):
        press(counter, key)
        expect(counter.locator("[data-first]")).to_have_text("请先查明这一笔，再做别的")
        check_still_in_doubt(counter)
    running.board.show("counter", CounterScreen(sequence=2, found=THIRD, found_name="王伟"))
    expect(counter.locator("#alerts")).to_contain_text("王伟 刚刚刷卡或扫码")
    press(counter, "F4")
    counter.locator("[data-open-tapped]").click()
    counter.locator('[data-keys="F10"]').click()
    counter.locator("#text").fill("王")
    press(counter, "Enter")
    check_still_in_doubt(counter)
    expect(counter.locator("#alerts")).to_contain_text("王伟 刚刚刷卡或扫码")
    counter.unroute(ASKED)
    counter.locator("[data-ask] button").focus()
    press(counter, "Enter")
    expect(counter.locator(".done .bill-no")).to_have_text("A000001")
    # Who tapped meanwhile is not forgotten.
    press(counter, "F4")
    expect(counter.locator(".who h2")).to_have_text("王伟")
    assert len(running.desk.book.receipts) == 1


@pytest.mark.parametrize("booked", [True, False])
def test_reloading_the_page_does_not_lose_a_bill_in_doubt(running: RunningShop, counter: Page, *, booked: bool) -> None:
    in_doubt(running, counter, booked=booked)
    press(counter, "F5")
    expect(counter.locator("[data-still]")).to_be_visible()
    check_still_in_doubt(counter)
    counter.unroute(ASKED)
    press(counter, "Enter")
    if not booked:
        expect(counter.locator(".step-preview")).to_contain_text("这一笔没有入账")
        press(counter, "Enter")
    expect(counter.locator(".done")).to_be_visible()
    assert len(running.desk.book.receipts) == 1


def test_language_can_be_changed_while_a_bill_is_in_doubt(running: RunningShop, counter: Page) -> None:
    in_doubt(running, counter, booked=True)
    with counter.expect_navigation():
        counter.locator("[name=language][value=en]").click()
    expect(counter.locator("[data-step=unanswered]")).to_contain_text("It may have been posted")


def test_whoever_signs_in_next_learns_what_became_of_the_bill(running: RunningShop, counter: Page) -> None:
    in_doubt(running, counter, booked=True)
    counter.unroute(ASKED)
    running.desk.book.signed_in.clear()
    press(counter, "Enter")
    expect(counter.locator("#pin")).to_be_focused()
    expect(counter.locator("#unanswered")).to_contain_text("有一笔还不知道是否入账")
    press(counter, "ArrowDown", *PIN, "Enter")
    expect(counter.locator(".on-duty")).to_contain_text("陈静")
    expect(counter.locator(".done .bill-no")).to_have_text("A000001")
    assert len(running.desk.book.receipts) == 1


def test_signing_out_and_in_again_leads_back_to_the_bill(running: RunningShop, counter: Page) -> None:
    in_doubt(running, counter, booked=False)
    counter.unroute(ASKED)
    counter.locator("form[action='/cashier/sign-out'] button").click()
    expect(counter.locator("#unanswered")).to_be_visible()
    press(counter, *PIN, "Enter")
    expect(counter.locator(".step-preview")).to_contain_text("这一笔没有入账")


def test_bill_that_was_not_booked_is_left_only_by_giving_it_up(running: RunningShop, counter: Page) -> None:
    open_top_up(running, counter)
    action_id = counter.locator("input[name=action_id]").first.input_value()
    counter.route(CONFIRMED, lambda route: route.abort())
    press(counter, "Enter")
    expect(counter.locator(".step-preview")).to_contain_text("这一笔没有入账")
    press(counter, "F10")
    expect(counter.locator("[data-first]")).to_have_text("请先确认或放弃这一笔")
    running.board.show("counter", CounterScreen(sequence=2, found=THIRD, found_name="王伟"))
    press(counter, "F4")
    expect(counter.locator(".step-preview")).to_have_attribute("data-account", RICH)
    press(counter, "Escape")
    expect(counter.locator(".step-search")).to_be_visible()
    assert running.desk.book.dropped == [action_id]
    assert counter.evaluate(KEPT) is None
    assert running.desk.book.receipts == []


def test_till_that_fails_on_a_bill_is_asked_what_it_booked(running: RunningShop, counter: Page) -> None:
    open_top_up(running, counter)
    running.desk.book.refuse_next = ZeroDivisionError("a bug")
    press(counter, "Enter")
    expect(counter.locator(".step-preview")).to_contain_text("这一笔没有入账")


def test_refused_bill_is_in_no_doubt(running: RunningShop, counter: Page) -> None:
    open_charge(counter, 1, running)
    press(counter, "Enter")
    expect(counter.locator("#alerts")).to_contain_text("还没有核对身份")
    assert counter.evaluate(KEPT) is None
    press(counter, "Escape")
    expect(counter.locator("#amount")).to_have_value("88.50")


def test_nothing_takes_the_place_of_a_bill_that_is_being_booked(running: RunningShop, counter: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    open_top_up(running, counter)
    counter.route(CONFIRMED, hold)
    with counter.expect_request(CONFIRMED):
        press(counter, "Enter")
    press(counter, "Escape")
    expect(counter.locator("#alerts")).to_contain_text("正在等这一笔的结果")
    expect(counter.locator(".step-preview")).to_be_visible()
    expect(counter.get_by_role("button", name="确认充值")).to_be_disabled()
    assert len(held) == 1
    held[0].continue_()
    expect(counter.locator(".done")).to_be_visible()
    expect(counter.locator("#alerts")).to_be_empty()


def test_each_tab_keeps_its_own_bill(running: RunningShop, counter: Page) -> None:
    in_doubt(running, counter, booked=True)
    other = counter.context.new_page()
    other.goto(running.url + "/cashier")
    other.locator("body[data-version]").wait_for()
    expect(other.locator(".step-search")).to_be_visible()
    assert other.evaluate(KEPT) is None
    check_still_in_doubt(counter)


def test_page_that_hears_the_till_again_asks_by_itself(running: RunningShop, counter: Page) -> None:
    in_doubt(running, counter, booked=True)
    counter.unroute(ASKED)
    running.board.show("counter", CounterScreen(sequence=1, paper_low=True))
    expect(counter.locator(".done .bill-no")).to_have_text("A000001")


@pytest.mark.parametrize("what_is_kept", ["{", "null", "[]", '{"action_id": "x"}'])
def test_what_is_no_bill_is_not_asked_for(running: RunningShop, counter: Page, what_is_kept: str) -> None:
    counter.evaluate("(text) => sessionStorage.setItem('counter-unanswered', text)", what_is_kept)
    counter.reload()
    counter.locator("body[data-version]").wait_for()
    expect(counter.locator(".step-search")).to_be_visible()
    assert "outcome" not in running.desk.book.calls


def test_browser_that_keeps_nothing_still_asks_while_the_page_is_open(running: RunningShop, counter: Page) -> None:
    counter.add_init_script("Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('off'); } })")
    counter.reload()
    counter.locator("body[data-version]").wait_for()
    open_top_up(running, counter, 2)
    counter.route(CONFIRMED, book_and_lose)
    press(counter, "Enter")
    expect(counter.locator(".done .bill-no")).to_have_text("A000001")


@pytest.mark.sampled(1)
@pytest.mark.parametrize("language", LANGUAGES)
def test_states_of_doubt_have_words_and_axe_finds_nothing(running: RunningShop, counter: Page, language: str) -> None:
    doubt, first, not_booked, decide, at_sign_in = WORDS[language]
    counter.set_viewport_size({"width": 1024, "height": 600})
    with counter.expect_navigation():
        counter.locator(f"[name=language][value={language}]").click()
    counter.locator("body[data-version]").wait_for()
    load_axe(counter)
    open_charge(counter, 1, running)
    press(counter, "1")
    counter.route(ASKED, lambda route: route.abort())
    counter.route("**/cashier/members/*/charge", lambda route: route.abort())
    press(counter, "Enter")
    expect(counter.locator("[data-still]")).to_be_visible()
    press(counter, "Escape")
    expect(counter.locator("[data-first]")).to_contain_text(first)
    expect(counter.locator("[data-step=unanswered]")).to_contain_text(doubt)
    faults = looks(counter)
    counter.unroute(ASKED)
    press(counter, "Enter")
    expect(counter.locator(".step-preview")).to_contain_text(not_booked)
    expect(counter.locator(".identity")).to_be_focused()
    press(counter, "F10")
    expect(counter.locator("[data-first]")).to_contain_text(decide)
    faults += looks(counter)
    running.desk.book.members[RICH] = running.desk.book.members[THIRD]
    counter.evaluate(
        "(kept) => sessionStorage.setItem('counter-unanswered', kept.replace('8850', '8850000'))", kept(counter)
    )
    counter.reload()
    load_axe(counter)
    expect(counter.locator("[data-step=not-booked]")).to_contain_text(not_booked)
    faults += looks(counter)
    counter.locator("form[action='/cashier/sign-out'] button").click()
    expect(counter.locator("#unanswered")).to_contain_text(at_sign_in)
    load_axe(counter)
    assert faults + axe_faults(counter) == []


def kept(counter: Page) -> str:
    """Return what the page keeps of its bill."""
    found: str = counter.evaluate(KEPT)
    return found


def looks(counter: Page) -> list[str]:
    """Return what is wrong with the step in the work area: small or hidden buttons, scrolling sideways, axe's words."""
    hidden: list[str] = counter.evaluate(
        """() => [...document.querySelectorAll("#work button")].filter((e) => {
             const b = e.getBoundingClientRect();
             const wide = document.scrollingElement.scrollWidth > innerWidth;
             return wide || b.height < 48 || b.top < 0 || b.bottom > innerHeight;
           }).map((e) => e.outerHTML)"""
    )
    return axe_faults(counter) + hidden
