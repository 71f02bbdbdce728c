"""What the counter's banners call things, and in which language its pages begin."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from terminal.kiosk_ui.desk import ShopView
from terminal.rules.counter import CounterScreen, DeviceNotice, DoubtView
from tests.kiosk_ui.fake_desk import PIN
from tests.kiosk_ui.shop import Shop, open_shop

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def client(shop: Shop) -> FlaskClient:
    """A browser that is signed in."""
    browser = shop.app.test_client()
    assert browser.post("/cashier/sign-in", data={"staff": "s1", "pin": PIN}, headers=SAME).status_code == 303
    return browser


def test_doubtful_balance_slip_which_has_no_bill_is_called_what_it_is(shop: Shop, client: FlaskClient) -> None:
    shop.board.show("counter", CounterScreen(doubts=(DoubtView(7, ""),)))
    page = client.get("/cashier").text
    assert "会员余额小票（会员屏）" in page
    assert 'class="bill-no"></span>' not in page


def test_printer_that_answers_nothing_is_not_called_disconnected(shop: Shop, client: FlaskClient) -> None:
    shop.board.show("counter", CounterScreen(devices=(DeviceNotice("p", "printer_silent", "printer", "counter"),)))
    page = client.get("/cashier").text
    assert "前台小票打印机：打印机没有回答" in page
    assert "设备连接中断" not in page


def test_pages_speak_the_shops_language_whatever_the_browser_wishes_until_somebody_chooses(
    shop: Shop, client: FlaskClient
) -> None:
    shop.board.show("shop", ShopView("兰亭美业", "静安店", "zh_TW"))
    wish = {"Accept-Language": "en-GB,en;q=0.9"}
    stranger = shop.app.test_client()
    assert '<html lang="zh-TW">' in stranger.get("/cashier/sign-in", headers=wish).text
    assert '<html lang="zh-TW">' in client.get("/cashier", headers=wish).text
    client.post("/cashier/language", data={"language": "zh_CN"}, headers=SAME)
    assert '<html lang="zh-CN">' in client.get("/cashier", headers=wish).text
