"""What the counter asks for before a charge: nothing, the cashier's comparison, or the PIN that the member types."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from terminal.kiosk_ui.desk import Needs
from terminal.rules.media.factors import Reason
from tests.kiosk_ui.counter_page import RICH, open_charge, press, tap
from tests.kiosk_ui.looks import axe_faults, load_axe
from tests.kiosk_ui.shop import RunningShop

pytestmark = pytest.mark.browser

MEMBER_PIN = "135790"
# Nobody types a key in less; a run of faster ones is a scanner's.
BY_HAND_MS = 60


def choose_pin(counter: Page) -> None:
    """Choose the PIN by its key, as a lone one, and be in its field."""
    press(counter, "3")
    expect(counter.locator("#member-pin")).to_be_focused()


def alone(counter: Page) -> None:
    """Return when a key is a lone one again, however quickly the page came to this step."""
    counter.wait_for_function("(since) => performance.now() > since + 600", arg=counter.evaluate("performance.now()"))


def type_pin(counter: Page, pin: str) -> None:
    """Type a PIN as a person does."""
    counter.keyboard.type(pin, delay=BY_HAND_MS)


def booked(running: RunningShop) -> list[object]:
    """Return what was booked."""
    return [content for content, _done in running.desk.book.actions.values()]


def test_a_card_that_is_enough_is_charged_with_enter_alone(running: RunningShop, counter: Page) -> None:
    running.desk.book.needs = Needs(by="tap")
    tap(running, RICH)
    expect(counter.locator(".who")).to_be_visible()
    press(counter, "F3")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("88.5")
    press(counter, "Enter")
    expect(counter.locator(".identity-shown")).to_have_text("加密会员卡已验证，这一笔不用再核对本人")
    expect(counter.locator(".identity")).to_have_count(0)
    expect(counter.get_by_role("button", name="确认消费")).to_be_focused()
    press(counter, "Enter")
    expect(counter.locator(".done h2")).to_have_text("消费成功")
    assert booked(running) == [("charge", RICH, 8850, "")]


def test_a_member_types_the_pin_by_keys_alone_and_a_wrong_one_is_told_and_forgotten(
    running: RunningShop, counter: Page
) -> None:
    running.desk.book.member_pin = MEMBER_PIN
    open_charge(counter, 1, running)
    expect(counter.get_by_role("button", name="请先按 1、2 或 3")).to_be_visible()
    expect(counter.locator("#member-pin")).to_be_hidden()
    choose_pin(counter)
    expect(counter.get_by_role("button", name="请会员输入密码")).to_be_visible()
    type_pin(counter, "97")
    press(counter, "Enter")
    expect(counter.locator("#member-pin")).to_have_value("97")
    assert "charge" not in running.desk.book.calls, "half a PIN is no try"
    type_pin(counter, "5310")
    expect(counter.get_by_role("button", name="确认消费")).to_be_visible()
    press(counter, "Enter")
    expect(counter.locator("#alerts")).to_contain_text("密码不对；还可以试 2 次")
    expect(counter.locator("#member-pin")).to_have_value("")
    expect(counter.locator("#member-pin")).to_be_focused()
    assert booked(running) == []
    type_pin(counter, MEMBER_PIN)
    press(counter, "Enter")
    expect(counter.locator(".done h2")).to_have_text("消费成功")
    assert booked(running) == [("charge", RICH, 8850, "pin")]
    assert MEMBER_PIN not in counter.content()
    assert MEMBER_PIN not in counter.evaluate("() => JSON.stringify([{...sessionStorage}, {...localStorage}])")


def test_a_pin_that_is_locked_is_offered_no_more_and_the_photo_still_is(running: RunningShop, counter: Page) -> None:
    running.desk.book.member_pin = MEMBER_PIN
    running.desk.book.wrong_member_pins = 2
    open_charge(counter, 1, running)
    action = counter.locator("input[name=action_id]").input_value()
    choose_pin(counter)
    type_pin(counter, "975310")
    press(counter, "Enter")
    expect(counter.locator(".step-preview .alert")).to_contain_text("请在 15 分钟后再试")
    expect(counter.locator(".identity-note")).to_have_count(0)
    expect(counter.locator("input[value=pin]")).to_have_count(0)
    expect(counter.locator(".identity")).to_be_focused()
    assert counter.locator("input[name=action_id]").input_value() == action, "one charge, however it is proved"
    press(counter, "Escape")
    expect(counter.locator("#amount")).to_be_focused()
    press(counter, "Enter")
    expect(counter.locator(".identity-note")).to_contain_text("暂时锁定")
    alone(counter)
    press(counter, "2", "Enter")
    expect(counter.locator(".done h2")).to_have_text("消费成功")
    assert booked(running) == [("charge", RICH, 8850, "photo")]


def test_another_choice_takes_back_what_was_typed_of_a_pin(running: RunningShop, counter: Page) -> None:
    running.desk.book.member_pin = MEMBER_PIN
    open_charge(counter, 1, running)
    choose_pin(counter)
    type_pin(counter, "1357")
    counter.locator("input[value=photo]").check()
    expect(counter.locator("#member-pin")).to_be_hidden()
    assert counter.locator("#member-pin").input_value() == ""
    counter.locator("input[value=pin]").click()
    expect(counter.locator("#member-pin")).to_be_focused()


def test_what_a_scanner_types_into_the_pins_field_is_no_try(running: RunningShop, counter: Page) -> None:
    running.desk.book.member_pin = MEMBER_PIN
    open_charge(counter, 1, running)
    choose_pin(counter)
    counter.evaluate(
        """() => {
          const field = document.getElementById("member-pin");
          field.value = "690123";
          for (const key of [..."6901234567892", "Enter"]) {
            field.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
          }
        }"""
    )
    expect(counter.locator("#alerts")).to_contain_text("扫码或连按没有生效")
    expect(counter.locator("input[name=confirmed]:checked")).to_have_count(0)
    assert counter.locator("#member-pin").input_value() == ""
    assert "charge" not in running.desk.book.calls


def test_a_tap_while_the_charge_asks_is_asked_for_nothing_more(running: RunningShop, counter: Page) -> None:
    open_charge(counter, 1, running)
    running.desk.book.needs = Needs(by="tap")
    tap(running, RICH, 2)
    expect(counter.locator(".identity-shown")).to_be_visible()
    expect(counter.locator(".main-line")).to_contain_text("88.50")
    press(counter, "Enter")
    expect(counter.locator(".done h2")).to_have_text("消费成功")
    assert booked(running) == [("charge", RICH, 8850, "")]


def test_a_card_that_is_not_enough_any_more_is_told_and_asked_for_more(running: RunningShop, counter: Page) -> None:
    running.desk.book.needs = Needs(by="tap")
    tap(running, RICH)
    expect(counter.locator(".who")).to_be_visible()
    press(counter, "F3")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("88.5")
    press(counter, "Enter")
    expect(counter.locator(".identity-shown")).to_be_visible()
    running.desk.book.needs = Needs(("photo",), notes=(Reason("factor_tap_day", 200_00, 50_00),))
    press(counter, "Enter")
    expect(counter.locator(".step-preview .alert")).to_be_visible()
    expect(counter.locator(".identity-note")).to_have_text(
        "今天只凭卡还可用 ¥50.00（每天最多 ¥200.00）；超过时请再提供一项验证。"
    )
    expect(counter.get_by_role("button", name="请先按 2")).to_be_visible()
    assert booked(running) == []


@pytest.mark.parametrize("language", ["zh_CN", "zh_TW", "en"])
@pytest.mark.parametrize("size", [(1366, 768), (1024, 600)])
def test_all_that_can_be_asked_fits_the_smallest_screen_and_axe_finds_nothing(
    running: RunningShop, counter: Page, language: str, size: tuple[int, int]
) -> None:
    counter.set_viewport_size({"width": size[0], "height": size[1]})
    notes = (Reason("factor_tap_day", 200_00, 50_00),)
    running.desk.book.needs = Needs(("phone_tail", "photo", "pin"), notes=notes)
    running.desk.book.member_pin = MEMBER_PIN
    with counter.expect_navigation():
        counter.locator(f"[name=language][value={language}]").click()
    counter.locator("body[data-version]").wait_for()
    open_charge(counter, 1, running)
    load_axe(counter)
    assert axe_faults(counter) == []
    choose_pin(counter)
    type_pin(counter, "975310")
    press(counter, "Enter")
    expect(counter.locator("#alerts .alert")).to_be_visible()
    assert axe_faults(counter) == []
    for part in ("#alerts .alert", ".identity", "#member-pin", ".step-preview .button.primary"):
        box = counter.locator(part).bounding_box()
        assert box
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= size[1], (part, box)
        assert box["x"] + box["width"] <= size[0], (part, box)
    cut = counter.evaluate(
        """() => [...document.querySelectorAll(".identity-choice span, .step-preview .button, .identity-note")]
          .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"""
    )
    assert cut == []
