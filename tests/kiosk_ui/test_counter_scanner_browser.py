"""Scanners that type like a keyboard: what they type chooses nothing, confirms nothing and is no amount."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from terminal.kiosk_ui.desk import Needs
from tests.kiosk_ui.counter_page import RICH, open_charge, press, tap
from tests.kiosk_ui.shop import RunningShop

pytestmark = pytest.mark.browser

# Types as a scanner does, faster than a browser's driver can: each key down, and its character.
BURST = """([keys, gap]) => keys.split("").reduce((before, key) => before.then(() => new Promise((done) => {
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  document.execCommand("insertText", false, key);
  gap ? setTimeout(done, gap) : done();
})), Promise.resolve())"""


def open_amount(running: RunningShop, counter: Page) -> None:
    tap(running, RICH)
    expect(counter.locator(".who")).to_be_visible()
    press(counter, "F2")
    expect(counter.locator("#amount")).to_be_focused()


@pytest.mark.parametrize("keys", ["6901234567892", "13800138015", "8015", "8001", "11", "12"])
def test_keys_of_a_scanner_neither_choose_the_identity_nor_confirm(
    running: RunningShop, counter: Page, keys: str
) -> None:
    open_charge(counter, 1, running)
    counter.keyboard.type(keys + "\n")
    expect(counter.locator("#alerts")).to_contain_text("扫码或连按没有生效")
    expect(counter.locator("input[name=confirmed]:checked")).to_have_count(0)
    expect(counter.locator(".identity")).to_be_focused()
    press(counter, "Escape")
    expect(counter.locator("#amount")).to_be_visible()
    assert running.desk.book.actions == {}


def test_other_keys_take_a_choice_back_and_a_lone_key_chooses_again(running: RunningShop, counter: Page) -> None:
    open_charge(counter, 1, running)
    press(counter, "1")
    expect(counter.locator("input[name=confirmed]:checked")).to_have_count(1)
    press(counter, "5", "Enter")
    expect(counter.locator("input[name=confirmed]:checked")).to_have_count(0)
    expect(counter.locator("#alerts")).to_contain_text("扫码或连按没有生效")
    # Only the time since the last stray key tells a person's 1 from a scanner's.
    expect(counter.locator("#work")).to_have_attribute("data-stray", "")
    expect(counter.locator("#work")).not_to_have_attribute("data-stray", "")
    press(counter, "1")
    expect(counter.locator("#alerts")).to_be_empty()
    press(counter, "Enter")
    expect(counter.locator(".done-name")).to_have_text("王晓燕")


def test_keys_of_a_scanner_cannot_confirm_a_top_up(running: RunningShop, counter: Page) -> None:
    tap(running, RICH)
    expect(counter.locator(".who")).to_be_visible()
    press(counter, "F2")
    expect(counter.locator("#amount")).to_be_focused()
    counter.keyboard.type("300\n")
    expect(counter.locator(".preview")).to_be_visible()
    counter.keyboard.type("6901234567892\n")
    expect(counter.locator("#alerts")).to_contain_text("扫码或连按没有生效")
    assert running.desk.book.actions == {}


def test_a_member_qr_that_a_scanner_types_while_a_charge_waits_is_all_it_still_needs(
    running: RunningShop, counter: Page
) -> None:
    running.desk.book.needs = Needs(("phone_tail", "photo"), takes_qr=True)
    open_charge(counter, 1, running)
    expect(counter.locator(".identity")).to_contain_text("也可以扫会员手机上的会员码")
    qr = "CFQ1" + "A2B3C4D5E6F7G" * 11 + "ABCDEFGHIJK"
    counter.evaluate(BURST, [qr, 0])
    with counter.expect_response("**/cashier/scan") as answer:
        press(counter, "Enter")
    assert answer.value.status == 204
    assert running.desk.book.scanned == [qr]
    assert running.desk.book.actions == {}
    running.desk.book.needs = Needs(by="member_qr")
    tap(running, RICH, 2)
    expect(counter.locator(".identity-shown")).to_have_text("会员码已验证，这一笔不用再核对本人")
    expect(counter.locator("#work")).not_to_have_attribute("data-stray", "")
    press(counter, "Enter")
    expect(counter.locator(".done h2")).to_have_text("消费成功")


def test_another_code_that_a_scanner_types_while_a_charge_waits_goes_nowhere(
    running: RunningShop, counter: Page
) -> None:
    open_charge(counter, 1, running)
    counter.evaluate(BURST, ["6901234567892", 0])
    press(counter, "Enter")
    expect(counter.locator("#alerts")).to_contain_text("扫码或连按没有生效")
    assert running.desk.book.scanned == []


@pytest.mark.parametrize("code", ["6901234567892", "0199424779", "CF1-V86Z820C20A1G7C", "134567890123456789"])
def test_a_code_that_a_scanner_types_into_the_amount_is_a_scan_and_leaves_the_amount(
    running: RunningShop, counter: Page, code: str
) -> None:
    open_amount(running, counter)
    counter.keyboard.type("88")
    # The pause between a person's key and a scanner's first.
    counter.wait_for_function("() => new Promise((done) => setTimeout(() => done(true), 150))")
    counter.evaluate(BURST, [code, 0])
    with counter.expect_response("**/cashier/scan") as answer:
        press(counter, "Enter")
    assert answer.value.status == 204
    assert running.desk.book.scanned == [code]
    expect(counter.locator("#amount")).to_have_value("88")
    press(counter, "Enter")
    expect(counter.locator(".preview")).to_contain_text("¥88")


def test_a_scanned_code_is_no_amount_either_when_the_button_sends_it(running: RunningShop, counter: Page) -> None:
    open_amount(running, counter)
    counter.evaluate(BURST, ["6901234567892", 0])
    with counter.expect_response("**/cashier/scan"):
        counter.get_by_role("button", name="下一步").click()
    expect(counter.locator("#amount")).to_have_value("")
    assert running.desk.book.scanned == ["6901234567892"]


@pytest.mark.parametrize(("typed", "gap_ms"), [("0000000088.5", 60), ("000000088", 0)])
def test_what_a_person_types_is_an_amount_however_long_or_quick(
    running: RunningShop, counter: Page, typed: str, gap_ms: int
) -> None:
    open_amount(running, counter)
    counter.evaluate(BURST, [typed, gap_ms])
    press(counter, "Enter")
    expect(counter.locator(".preview")).to_contain_text("¥88")
    assert running.desk.book.scanned == []
