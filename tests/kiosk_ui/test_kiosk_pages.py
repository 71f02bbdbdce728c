"""The kiosk's page and actions, asked by a client."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest
from flask.testing import FlaskClient

from terminal.base.errors import Refusal
from terminal.kiosk_ui.context import web_of
from terminal.kiosk_ui.desk import ShopView
from terminal.rules.kiosk import KioskScreen
from tests.kiosk_ui.shop import PANEL, Shop, member_screen, open_shop

SAME = {"Sec-Fetch-Site": "same-origin"}
SESSION = "s" * 32
ACTION = "0123456789abcdef" * 2


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def client(shop: Shop) -> FlaskClient:
    return shop.app.test_client()


def fragment(shop: Shop) -> str:
    version, state = shop.board.newest("kiosk")
    html: str = json.loads(web_of(shop.app).fragments.message(version, state))["html"]
    return html


def test_page_is_never_stored_and_allows_nothing_inline(client: FlaskClient) -> None:
    answer = client.get("/kiosk")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'")
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert b"<script>" not in answer.data
    assert b"style=" not in answer.data
    assert b"onclick" not in answer.data


def test_freshly_loaded_page_holds_no_member_data(shop: Shop, client: FlaskClient) -> None:
    shop.board.show("kiosk", member_screen())
    page = client.get("/kiosk").get_data(as_text=True)
    assert "1,382" not in page
    assert "8821" not in page
    assert "轻触会员卡" in page


def test_page_holds_the_offline_words_of_all_languages(client: FlaskClient) -> None:
    page = client.get("/kiosk").get_data(as_text=True)
    assert all(words in page for words in ("暂时失去连接", "暫時失去連線", "Connection lost"))


def test_member_is_greeted_by_surname_and_time_of_day(shop: Shop) -> None:
    shop.board.show("kiosk", member_screen())
    html = fragment(shop)
    assert "下午好" in html
    assert "王女士" in html
    shop.clock.at = shop.clock.at.replace(hour=8)
    shop.board.show("kiosk", dataclasses.replace(member_screen(), printing=True))
    assert "早上好" in fragment(shop)


@pytest.mark.parametrize(
    ("hour", "greeting"), [(4, "晚上好"), (5, "早上好"), (11, "中午好"), (13, "下午好"), (17, "下午好"), (18, "晚上好")]
)
def test_greeting_changes_at_the_hour(shop: Shop, hour: int, greeting: str) -> None:
    shop.clock.at = dt.datetime(2026, 11, 21, hour, 0, tzinfo=dt.UTC)
    shop.board.show("kiosk", member_screen())
    assert greeting in fragment(shop)


def test_member_panel_offers_a_slip_and_the_end_only(shop: Shop) -> None:
    shop.board.show("kiosk", member_screen())
    html = fragment(shop)
    assert [part.split('"')[0] for part in html.split('data-action="')[1:]] == ["print", "finish"]


@pytest.mark.parametrize(("name", "languages"), [("error", 3), ("out_of_service", 3), ("reading", 0), ("success", 0)])
def test_language_can_be_changed_where_somebody_stays_to_read(shop: Shop, name: str, languages: int) -> None:
    shop.board.show("kiosk", KioskScreen(name=name, code="card_foreign"))
    html = fragment(shop)
    assert html.count('data-action="language"') == languages
    assert html.count('aria-pressed="true"') == (1 if languages else 0)


def test_hidden_balance_is_not_in_the_page(shop: Shop) -> None:
    shop.board.show("kiosk", member_screen(panel=dataclasses.replace(PANEL, balance_fen=None)))
    assert "¥" not in fragment(shop)


def test_markup_in_a_name_is_shown_as_text(shop: Shop) -> None:
    shop.board.show("kiosk", member_screen(panel=dataclasses.replace(PANEL, surname="<b>x", level="<i>")))
    assert "<b>x" not in fragment(shop)
    assert "<i>" not in fragment(shop)


def test_fragment_is_rendered_once_per_version(shop: Shop) -> None:
    shop.board.show("kiosk", member_screen())
    first = web_of(shop.app).fragments.html(*_screen(shop))
    assert web_of(shop.app).fragments.html(*_screen(shop)) is first
    shop.board.show("shop", ShopView("新名字", "静安店"))
    assert "新名字" in web_of(shop.app).fragments.html(*_screen(shop))


def _screen(shop: Shop) -> tuple[int, KioskScreen]:
    version, state = shop.board.newest("kiosk")
    assert isinstance(state, KioskScreen)
    return version, state


def test_message_counts_down_from_the_moment_it_is_sent(shop: Shop) -> None:
    shop.board.show("kiosk", member_screen(left_s=12.0))
    message = json.loads(web_of(shop.app).fragments.message(*shop.board.newest("kiosk")))
    assert 11.0 < message["ends_in_s"] <= 12.0
    assert message["session"] == SESSION
    shop.board.show("kiosk", member_screen(left_s=-3.0))
    assert json.loads(web_of(shop.app).fragments.message(*shop.board.newest("kiosk")))["ends_in_s"] == 0


def test_before_the_till_has_shown_anything_the_kiosk_says_please_wait(shop: Shop) -> None:
    message = json.loads(web_of(shop.app).fragments.message(0, None))
    assert message["state"] == "busy"
    assert "请稍候" in message["html"]


def test_finish_ends_the_session(shop: Shop, client: FlaskClient) -> None:
    shop.board.show("kiosk", member_screen())
    assert client.post("/kiosk/finish", data={"session": SESSION}, headers=SAME).status_code == 204
    assert shop.board.newest("kiosk")[1] == KioskScreen()


def test_action_of_an_ended_session_is_refused_in_the_kiosks_language(shop: Shop, client: FlaskClient) -> None:
    shop.board.show("kiosk", member_screen(language="en"))
    answer = client.post("/kiosk/finish", data={"session": "stale"}, headers=SAME)
    assert answer.status_code == 422
    assert answer.json == {"code": "session_over", "text": "This session has ended. Please tap your member card again"}


def test_same_print_action_twice_prints_once(shop: Shop, client: FlaskClient) -> None:
    shop.board.show("kiosk", member_screen())
    for _ in range(2):
        asked = client.post("/kiosk/print", data={"session": SESSION, "action_id": ACTION}, headers=SAME)
        assert asked.status_code == 204
    assert shop.desk.book.kiosk_prints == [ACTION]
    assert "disabled" in fragment(shop)


@pytest.mark.parametrize("action_id", ["", "x", "ABCDEF" * 6, "0" * 31, "0" * 33])
def test_print_without_a_proper_action_id_is_refused(shop: Shop, client: FlaskClient, action_id: str) -> None:
    shop.board.show("kiosk", member_screen())
    answer = client.post("/kiosk/print", data={"session": SESSION, "action_id": action_id}, headers=SAME)
    assert answer.status_code == 422
    assert shop.desk.book.kiosk_prints == []


def test_language_and_contrast_are_switched(shop: Shop, client: FlaskClient) -> None:
    client.post("/kiosk/language", data={"language": "en"}, headers=SAME)
    client.post("/kiosk/contrast", data={"on": "1"}, headers=SAME)
    assert shop.board.newest("kiosk")[1] == KioskScreen(language="en", contrast=True)
    assert "Tap your card" in fragment(shop)
    assert client.post("/kiosk/language", data={"language": "tlh"}, headers=SAME).status_code == 422


def test_dismiss_leaves_an_error(shop: Shop, client: FlaskClient) -> None:
    shop.board.show("kiosk", KioskScreen(name="error", code="card_unknown"))
    assert client.post("/kiosk/dismiss", headers=SAME).status_code == 204
    assert shop.board.newest("kiosk")[1] == KioskScreen()


def test_extend_gives_the_whole_time_again(shop: Shop, client: FlaskClient) -> None:
    shop.board.show("kiosk", member_screen(left_s=5))
    client.post("/kiosk/extend", data={"session": SESSION}, headers=SAME)
    assert json.loads(web_of(shop.app).fragments.message(*shop.board.newest("kiosk")))["ends_in_s"] > 25


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 204),
        ({"Origin": "http://localhost"}, 204),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "https://localhost"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({}, 403),
    ],
)
def test_only_our_own_page_may_ask_for_actions(
    shop: Shop, client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    shop.board.show("kiosk", member_screen())
    assert client.post("/kiosk/finish", data={"session": SESSION}, headers=headers).status_code == status
    assert (shop.board.newest("kiosk")[1] == KioskScreen()) == (status == 204)


def test_request_under_a_foreign_name_is_refused(client: FlaskClient) -> None:
    assert client.get("/kiosk", headers={"Host": "rebound.example"}).status_code == 400


def test_kiosk_is_hidden_from_the_shops_network(client: FlaskClient) -> None:
    assert client.get("/kiosk", environ_base={"REMOTE_ADDR": "192.168.1.20"}).status_code == 404
    assert client.get("/kiosk/live", environ_base={"REMOTE_ADDR": "192.168.1.20"}).status_code == 404


def test_unexpected_refusal_is_a_general_sentence_with_its_code(shop: Shop, client: FlaskClient) -> None:
    shop.board.show("kiosk", member_screen())
    shop.desk.book.refuse_next = Refusal("never_heard_of")
    answer = client.post("/kiosk/finish", data={"session": SESSION}, headers=SAME)
    assert answer.json is not None
    assert answer.json["code"] == "never_heard_of"
    assert answer.json["text"].startswith("暂时无法完成")


def test_overlong_body_is_refused(client: FlaskClient) -> None:
    answer = client.post("/kiosk/finish", data={"session": "x" * 20_000}, headers=SAME)
    assert answer.status_code == 413
    assert answer.json is not None
    assert answer.json["code"] == "bad_request"
