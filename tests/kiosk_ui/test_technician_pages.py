"""The technician's page and what it asks for, asked by a client."""

from __future__ import annotations

import dataclasses
import re

import pytest
from flask.testing import FlaskClient

from terminal.base.errors import Refusal
from terminal.kiosk_ui.app import create_app
from terminal.kiosk_ui.desk import DeviceRow, Outcome
from terminal.kiosk_ui.languages import TAGS
from terminal.kiosk_ui.settings import WebSettings
from tests.kiosk_ui.fake_desk import PIN
from tests.kiosk_ui.fake_technician import ROWS, FakeTechnician, technician_of
from tests.kiosk_ui.shop import Shop, open_shop

SAME = {"Sec-Fetch-Site": "same-origin"}
HTMX = {**SAME, "HX-Request": "true"}
PAGE = "/cashier/technician"
POSTS: tuple[tuple[str, dict[str, str]], ...] = (("/test", {"device": "tap"}), ("/check", {}), ("/check/print", {}))


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def signed_in(shop: Shop, staff: str) -> FlaskClient:
    browser = shop.app.test_client()
    assert browser.post("/cashier/sign-in", data={"staff": staff, "pin": PIN}, headers=SAME).status_code == 303
    return browser


@pytest.fixture
def manager(shop: Shop) -> FlaskClient:
    return signed_in(shop, "s3")


def slug(device: str) -> str:
    return device.encode().hex()


def test_a_cashier_is_refused_in_words_wherever_they_knock(shop: Shop) -> None:
    cashier = signed_in(shop, "s1")
    page = cashier.get(PAGE)
    assert (page.status_code, "只有店长可以打开" in page.text, "manager_only" in page.text) == (403, True, True)
    assert cashier.get(PAGE + "/states", headers=HTMX).status_code == 403
    for path, form in POSTS:
        answer = cashier.post(PAGE + path, data=form, headers=HTMX)
        assert (answer.status_code, answer.headers["HX-Retarget"]) == (403, "#alerts"), path
    assert technician_of(shop.app).asked == []


def test_a_stranger_is_led_to_the_sign_in(shop: Shop) -> None:
    stranger = shop.app.test_client()
    assert stranger.get("/technician").headers["Location"] == PAGE
    assert stranger.get(PAGE).headers["Location"] == "/cashier/sign-in"
    for path, form in POSTS:
        assert stranger.post(PAGE + path, data=form, headers=HTMX).headers["HX-Redirect"] == "/cashier/sign-in"
    assert technician_of(shop.app).asked == []


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://elsewhere"}])
def test_another_site_can_start_nothing(shop: Shop, manager: FlaskClient, headers: dict[str, str]) -> None:
    for path, form in POSTS:
        assert manager.post(PAGE + path, data=form, headers=headers).status_code == 403, path
        assert manager.get(PAGE + path).status_code == 405, path
    assert technician_of(shop.app).asked == []


def test_the_counter_leads_managers_there_and_nobody_else(shop: Shop, manager: FlaskClient) -> None:
    link = 'href="/cashier/technician"'
    assert link in manager.get("/cashier").text
    assert link not in signed_in(shop, "s1").get("/cashier").text


def test_a_till_without_the_page_offers_none(shop: Shop) -> None:
    bare = dataclasses.replace(shop, app=create_app(shop.desk, shop.board, WebSettings(shop.clock)))
    browser = signed_in(bare, "s3")
    assert "technician" not in browser.get("/cashier").text
    assert browser.get(PAGE).status_code == 404


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh_CN", ["会员屏读卡器", "前台扫码枪", "没有找到，请检查插头和电源", "没有纸", "上次故障 2026-11-21 09:12"]),
        ("zh_TW", ["會員螢幕讀卡機", "沒有找到，請檢查插頭和電源", "沒有紙", "上次故障 2026-11-21 09:12"]),
        ("en", ["It is not there: check plug and power.", "There is no paper", "Last trouble 2026-11-21 09:12"]),
    ],
)
def test_each_device_is_shown_with_its_trouble_and_what_to_do(
    manager: FlaskClient, language: str, said: list[str]
) -> None:
    manager.post("/cashier/language", data={"language": language}, headers=SAME)
    page = manager.get(PAGE).text
    assert f'lang="{TAGS[language]}"' in page
    assert [words for words in said if words not in page] == []
    assert "device_missing" in page
    assert "terminal devices" in page
    assert 'data-leaves="/cashier/technician"' in page
    # Everything but the reader service can be tried; a reader's own name is shown as text.
    assert re.findall(r'name="device" value="([^"]*)"', page) == [
        row.id.replace("<", "&lt;").replace(">", "&gt;") for row in ROWS if row.kind
    ]
    assert "<b>" not in page


def test_a_fault_that_is_over_is_told_in_the_past_and_asks_for_nothing(shop: Shop, manager: FlaskClient) -> None:
    technician_of(shop.app).rows = [
        DeviceRow("gun", "scanner", "counter", "ready", "", "device_missing", "2026-11-21 14:30"),
        DeviceRow("pole", "display", "counter", "missing", "device_busy", "some_new_fault", "2026-11-21 09:12"),
    ]
    for language, was, other, order in (
        ("zh_CN", "上次故障 2026-11-21 14:30：当时没有找到，已恢复", "09:12：当时不能使用 ", "请检查插头和电源"),
        ("zh_TW", "上次故障 2026-11-21 14:30：當時沒有找到，已恢復", "09:12：當時不能使用 ", "請檢查插頭和電源"),
        ("en", "Last trouble 2026-11-21 14:30: it was not there – over since", "it could not be used <", "check plug"),
    ):
        manager.post("/cashier/language", data={"language": language}, headers=SAME)
        page = manager.get(PAGE).text
        assert was in page
        assert other in page
        assert order not in page


def test_what_a_scanners_test_needs_is_said_before_it_begins(manager: FlaskClient) -> None:
    page = manager.get(PAGE).text
    assert page.count("测试要扫描打印机测试单上的二维码，请先测试打印机") == 1


def test_the_self_check_calls_devices_by_name_with_the_id_small(manager: FlaskClient) -> None:
    part = manager.post(PAGE + "/check", headers=HTMX).text
    assert '<span class="check-name">前台扫码枪 <span class="code">gun</span></span>' in part


def test_the_states_are_renewed_each_in_its_place(shop: Shop, manager: FlaskClient) -> None:
    technician = technician_of(shop.app)
    technician.rows = [dataclasses.replace(row, state="ready", code="", fault="") for row in ROWS]
    part = manager.get(PAGE + "/states", headers=HTMX).text
    assert re.findall(r'id="state-(\w+)" hx-swap-oob="innerHTML"', part) == [slug(row.id) for row in ROWS]
    assert "device_missing" not in part


def test_a_device_is_tried_and_the_outcome_told(shop: Shop, manager: FlaskClient) -> None:
    answer = manager.post(PAGE + "/test", data={"device": "tap"}, headers=HTMX)
    assert "读到一张 MIFARE Classic 卡，尾号 8821，本机没有设置密钥" in answer.text
    assert "outcome-good" in answer.text
    technician_of(shop.app).outcome = Outcome("nothing_came")
    assert "outcome-bad" in manager.post(PAGE + "/test", data={"device": "tap"}, headers=HTMX).text
    technician_of(shop.app).outcome = Outcome("card_foreign")
    assert "outcome-so" in manager.post(PAGE + "/test", data={"device": "tap"}, headers=HTMX).text
    assert technician_of(shop.app).asked == [("test", "tap", "zh_CN")] * 3


def test_a_trouble_that_lasts_is_named_once_and_told_since_when(shop: Shop, manager: FlaskClient) -> None:
    technician_of(shop.app).rows = [ROWS[1]]
    page = manager.get(PAGE).text
    assert (page.count("device_missing"), "上次故障 2026-11-21 14:30</p>" in page) == (1, True)


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (Refusal("device_not_ready", device="gun", trouble="device_missing"), "这台设备还没有准备好"),
        (Refusal("device_test_busy"), "正在测试另一台设备"),
        (Refusal("device_unknown", device="x"), "没有这台设备"),
    ],
)
def test_a_test_that_is_refused_is_said_beside_the_work(
    shop: Shop, manager: FlaskClient, refusal: Refusal, said: str
) -> None:
    technician_of(shop.app).refusal = refusal
    answer = manager.post(PAGE + "/test", data={"device": "gun"}, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Retarget"], said in answer.text) == (422, "#alerts", True)


def test_the_self_check_names_what_failed_and_what_to_do(manager: FlaskClient) -> None:
    manager.post("/cashier/language", data={"language": "en"}, headers=SAME)
    part = manager.post(PAGE + "/check", headers=HTMX).text
    assert "2 to be mended." in part
    assert part.count('class="check"') == 5
    assert "Only 12 MB left" in part
    assert "disk_low" in part


@pytest.mark.parametrize(("language", "said"), [("zh_CN", "不明"), ("zh_TW", "不明"), ("en", "?")])
def test_what_could_not_be_looked_at_is_called_neither_well_nor_failed(
    manager: FlaskClient, language: str, said: str
) -> None:
    manager.post("/cashier/language", data={"language": language}, headers=SAME)
    part = manager.post(PAGE + "/check", headers=HTMX).text
    assert re.findall(r'<span class="badge lost">([^<]*)</span>', part) == [said]


def test_the_self_check_is_printed_or_said_why_not(shop: Shop, manager: FlaskClient) -> None:
    assert "自检单正在打印" in manager.post(PAGE + "/check/print", headers=HTMX).text
    assert technician_of(shop.app).asked == [("print", "zh_CN")]
    technician_of(shop.app).refusal = Refusal("printer_unavailable")
    assert "请检查打印机" in manager.post(PAGE + "/check/print", headers=HTMX).text


def test_a_shop_without_devices_says_so(shop: Shop, manager: FlaskClient) -> None:
    technician: FakeTechnician = technician_of(shop.app)
    technician.rows = ()
    assert "还没有设备" in manager.get(PAGE).text
