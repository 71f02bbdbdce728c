"""Configuring devices in a real browser: by keys alone, into a real file, readable in every language and size."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from terminal.base.config import load_config
from terminal.kiosk_ui.desk import Outcome
from terminal.kiosk_ui.languages import TAGS
from terminal.services.device_file import add_device, change_device
from tests.kiosk_ui.configured import configured
from tests.kiosk_ui.counter_page import press
from tests.kiosk_ui.fake_desk import PIN
from tests.kiosk_ui.fake_technician import FakeTechnician, technician_of
from tests.kiosk_ui.looks import SIZES, axe_faults, load_axe
from tests.kiosk_ui.shop import RunningShop

pytestmark = pytest.mark.browser

_TOO_WIDE = "() => document.scrollingElement.scrollWidth > innerWidth"
_SMALL = """() =>
  [...document.querySelectorAll("main :is(button, a.button, select, input[type=text], .place, summary)")]
  .map((e) => e.getBoundingClientRect()).filter((b) => b.width && b.height < 47.5).length"""
PAGES = (
    "",
    "/devices?device=receipts",
    "/devices?device=tap",
    "/devices/add?kind=keyboard",
    "/devices/add?kind=scanner&name=/dev/serial/by-id/usb-new_thing",
    "/devices/remove?device=gun",
)


@pytest.fixture
def file(running: RunningShop, tmp_path: Path) -> Path:
    path, technician_of(running.app).files = configured(tmp_path)
    return path


@pytest.fixture
def technician(running: RunningShop) -> FakeTechnician:
    return technician_of(running.app)


@pytest.fixture
def devices(running: RunningShop, file: Path, page: Page) -> Page:
    """The technician's page over the file, reached by a manager."""
    assert file.exists()
    page.goto(running.url + "/cashier")
    press(page, "ArrowDown", "ArrowDown")
    page.keyboard.type(PIN)
    press(page, "Enter")
    page.locator("body[data-version]").wait_for()
    press(page, "F9")
    expect(page.get_by_role("heading", name="已连接、尚未配置")).to_be_visible()
    page.wait_for_load_state()
    return page


def open_form(page: Page, button: str) -> None:
    """Press a button of the technician's page and wait for the form."""
    page.get_by_role("link", name=button).click()
    expect(page.locator("#field-id")).to_be_visible()
    page.wait_for_load_state()


def test_a_printer_that_was_found_is_added_with_keys_alone(devices: Page, file: Path) -> None:
    button = devices.get_by_role("link", name="添加 lp0 /dev/usb/lp0")
    for _ in range(40):
        press(devices, "ArrowDown")
        if button.evaluate("(e) => e === document.activeElement"):
            break
    press(devices, "Enter")
    expect(devices.locator("#field-id")).to_be_focused()
    devices.wait_for_load_state()
    devices.keyboard.type("labels")
    expect(devices.get_by_role("radio", name="lp0 /dev/usb/lp0")).to_be_checked()
    devices.get_by_label("纸宽").focus()
    press(devices, "ArrowUp")
    press(devices, "Enter")
    devices.get_by_label("名称").focus()
    press(devices, "Enter")
    expect(devices.locator(".waiting")).to_contain_text("labels")
    expect(devices.get_by_role("status").first).to_contain_text("labels：已保存，收银程序下次启动时生效")
    printer = load_config(file).printers[1]
    assert (printer.id, printer.device, printer.dots_per_line) == ("labels", "/dev/usb/lp0", 384)
    expect(devices.get_by_role("link", name="添加 lp0")).to_have_count(0)


def test_what_is_wrong_is_marked_and_what_was_filled_in_stays(devices: Page, file: Path) -> None:
    open_form(devices, "设置 前台小票打印机 receipts")
    devices.locator("#field-where").fill("no such address")
    expect(devices.get_by_role("radio", name="其他，在此输入")).to_be_checked()
    devices.get_by_label("字符集").select_option("gbk")
    devices.get_by_role("button", name="保存").click()
    expect(devices.get_by_role("alert")).to_contain_text("连接填写不正确，没有保存")
    expect(devices.locator("#field-where")).to_be_focused()
    expect(devices.locator("#field-where")).to_have_attribute("aria-invalid", "true")
    devices.locator("#field-where").fill("192.168.1.60")
    press(devices, "Enter")
    expect(devices.locator(".waiting")).to_contain_text("receipts")
    (printer,) = load_config(file).printers
    assert (printer.host, printer.port, printer.charset) == ("192.168.1.60", 9100, "gbk")


def test_a_file_that_was_changed_meanwhile_takes_a_second_press(devices: Page, file: Path) -> None:
    open_form(devices, "设置 前台小票打印机 receipts")
    devices.locator("#field-id").fill("slips")
    change_device(file, "receipts", ["dots_per_line=384"])
    devices.get_by_role("button", name="保存").click()
    expect(devices.get_by_role("alert")).to_contain_text("纸宽 58 毫米")
    expect(devices.locator("#field-id")).to_have_value("slips")
    assert load_config(file).printers[0].id == "receipts"
    devices.get_by_label("纸宽").select_option("384")
    devices.get_by_role("button", name="保存").click()
    expect(devices.locator(".waiting")).to_contain_text("slips")
    assert (load_config(file).printers[0].id, load_config(file).printers[0].dots_per_line) == ("slips", 384)


def test_one_card_finds_the_order_and_it_is_written_when_asked_for(
    devices: Page, file: Path, technician: FakeTechnician
) -> None:
    technician.outcome = Outcome("order_reversed", {"order": "reversed"})
    technician.held.clear()
    open_form(devices, "设置 会员屏读卡器 tap")
    devices.get_by_label("卡上印的号码").fill("3283263748")
    press(devices, "Enter")
    expect(devices.locator("#order")).to_have_text("请在 20 秒内把一张卡放到读卡器上")
    technician.held.set()
    expect(devices.locator("#order")).to_contain_text("卡上印的号码与读出的顺序相反")
    expect(devices.get_by_role("button", name="写入配置")).to_be_in_viewport(ratio=1)
    assert load_config(file).pcsc_readers[0].byte_order == "both"
    devices.get_by_role("button", name="写入配置").click()
    expect(devices.locator(".waiting")).to_contain_text("tap")
    assert load_config(file).pcsc_readers[0].byte_order == "reversed"


def test_a_removal_is_asked_about_and_escape_leads_back_step_by_step(devices: Page, file: Path) -> None:
    open_form(devices, "设置 前台扫码枪 gun")
    devices.get_by_role("link", name="移除").click()
    expect(devices.get_by_role("heading", name="从配置中移除 gun？")).to_be_visible()
    press(devices, "Escape")
    expect(devices.locator("#field-id")).to_have_value("gun")
    press(devices, "Escape")
    expect(devices.get_by_role("heading", name="已连接、尚未配置")).to_be_visible()
    assert load_config(file).serial_scanners
    open_form(devices, "设置 前台扫码枪 gun")
    devices.get_by_role("link", name="移除").click()
    devices.get_by_role("button", name="移除").click()
    expect(devices.locator(".waiting")).to_contain_text("已移除")
    assert load_config(file).serial_scanners == ()


@pytest.mark.sampled(1)
@pytest.mark.parametrize("language", TAGS)
def test_every_page_is_readable_in_every_language_and_size(
    running: RunningShop, devices: Page, file: Path, language: str
) -> None:
    add_device(file, "printer", "labels", {"usb": "04b8:0e15"})
    change_device(file, "pole", ["id=tall-pole"])
    with devices.expect_navigation():
        devices.locator(f"[name=language][value={language}]").click()
    expect(devices.locator("html")).to_have_attribute("lang", TAGS[language])
    faults = []
    for address in PAGES:
        devices.goto(f"{running.url}/cashier/technician{address}")
        devices.wait_for_load_state()
        for details in devices.locator("details").all():
            details.locator("summary").click()
        if "receipts" in address:
            devices.locator("#field-id").fill("A B")
            devices.locator(".sheet .primary").first.click()
            expect(devices.get_by_role("alert")).to_be_visible()
        load_axe(devices)
        for width, height in SIZES:
            devices.set_viewport_size({"width": width, "height": height})
            found = axe_faults(devices)
            found += ["wider than the screen"] if devices.evaluate(_TOO_WIDE) else []
            found += ["targets too small"] if devices.evaluate(_SMALL) else []
            faults += [f"{address} {width}: {fault}" for fault in found]
    assert faults == []
