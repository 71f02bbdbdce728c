"""The counter's pages and actions, asked by a client."""

from __future__ import annotations

import dataclasses
import re

import pytest
from flask.testing import FlaskClient

from terminal.base.errors import Overloaded, Refusal
from terminal.kiosk_ui.app import create_app
from terminal.kiosk_ui.desk import Needs, Receipt
from terminal.kiosk_ui.settings import WebSettings
from terminal.rules.counter import CounterScreen, DeviceNotice
from tests.kiosk_ui.fake_desk import DOUBT, PIN
from tests.kiosk_ui.shop import Shop, open_shop

SAME = {"Sec-Fetch-Site": "same-origin"}
HTMX = {**SAME, "HX-Request": "true"}
RICH, BARE = "a" * 32, "b" * 32


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def client(shop: Shop) -> FlaskClient:
    """A browser that is signed in."""
    browser = shop.app.test_client()
    assert browser.post("/cashier/sign-in", data={"staff": "s1", "pin": PIN}, headers=SAME).status_code == 303
    return browser


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, html
    return found.group(1)


def preview(client: FlaskClient, action: str, amount: str, account: str = RICH) -> str:
    answer = client.post(f"/cashier/members/{account}/{action}/preview", data={"amount": amount}, headers=HTMX)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_without_a_sign_in_every_page_leads_to_the_sign_in(shop: Shop) -> None:
    stranger = shop.app.test_client()
    for path in ("/cashier", "/cashier/search", f"/cashier/members/{RICH}", "/cashier/recent"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/cashier/sign-in"), path
    part = stranger.post("/cashier/find", data={"text": "王"}, headers=HTMX)
    assert part.headers["HX-Redirect"] == "/cashier/sign-in"
    assert shop.desk.book.calls == []


def test_sign_in_cookie_is_out_of_reach_of_scripts_and_other_sites(shop: Shop) -> None:
    answer = shop.app.test_client().post("/cashier/sign-in", data={"staff": "s1", "pin": PIN}, headers=SAME)
    cookie = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith("counter_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/cashier" in cookie
    assert "Max-Age" not in cookie


def test_wrong_pin_says_how_many_attempts_are_left_and_never_shows_the_pin(shop: Shop) -> None:
    answer = shop.app.test_client().post("/cashier/sign-in", data={"staff": "s2", "pin": "998877"}, headers=SAME)
    assert answer.status_code == 422
    assert "还可以再试 4 次" in answer.text
    assert "998877" not in answer.text
    assert re.search(r'value="s2" checked', answer.text)
    assert "陈静：密码不正确。" in answer.text


def test_sign_in_without_a_pin_does_not_count_as_an_attempt(shop: Shop) -> None:
    answer = shop.app.test_client().post("/cashier/sign-in", data={"staff": "s1", "pin": ""}, headers=SAME)
    assert "请输入密码" in answer.text
    assert shop.desk.book.wrong_pins == 0


def test_whoever_signed_in_last_is_offered_first(client: FlaskClient) -> None:
    client.post("/cashier/sign-out", headers=SAME)
    client.post("/cashier/sign-in", data={"staff": "s3", "pin": PIN}, headers=SAME)
    client.post("/cashier/sign-out", headers=SAME)
    assert re.search(r'value="s3" checked', client.get("/cashier/sign-in").text)


def test_sign_out_ends_the_sign_in(shop: Shop, client: FlaskClient) -> None:
    assert client.post("/cashier/sign-out", headers=SAME).status_code == 303
    assert shop.desk.book.signed_in == {}
    assert client.get("/cashier").status_code == 303


def test_sign_in_that_a_restart_ended_says_so_and_what_may_have_been_posted(shop: Shop, client: FlaskClient) -> None:
    assert "重新启动过" not in shop.app.test_client().get("/cashier/sign-in").text
    cookies = {name: client.get_cookie(name, path="/cashier") for name in ("counter_session", "counter_start")}
    shop.desk.book.signed_in.clear()
    restarted = create_app(shop.desk, shop.board, WebSettings(shop.clock, port=0)).test_client()
    for name, cookie in cookies.items():
        assert cookie is not None
        restarted.set_cookie(name, cookie.value, path="/cashier")
    answer = restarted.get("/cashier/sign-in")
    assert answer.status_code == 200
    assert "收银系统重新启动过。" in answer.text
    assert "没有看到结果的操作可能已经入账，请先核对最近小票" in answer.text


def test_sign_in_that_ended_by_itself_does_not_claim_a_restart(shop: Shop, client: FlaskClient) -> None:
    shop.desk.book.signed_in.clear()
    answer = client.get("/cashier/sign-in")
    assert answer.status_code == 200
    assert "登录已结束。" in answer.text
    assert "重新启动" not in answer.text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh_CN", "这一班已经交班。请重新登录，开始新的一班"),
        ("zh_TW", "這一班已經交班。請重新登入，開始新的一班"),
        ("en", "Your shift has been closed. Please sign in again to begin a new one"),
    ],
)
def test_sign_in_that_ended_with_its_shift_says_so(shop: Shop, client: FlaskClient, language: str, words: str) -> None:
    client.post("/cashier/language", data={"language": language}, headers=SAME)
    shop.desk.book.signed_in.clear()
    shop.desk.book.closed_shifts.append(("s1", 3))
    assert words in re.sub("<[^>]+>", "", client.get("/cashier/sign-in").text)


@pytest.mark.parametrize("number", ["", "x", "٣", "1" * 400])
def test_a_shift_that_the_browser_made_up_ended_nothing(shop: Shop, client: FlaskClient, number: str) -> None:
    shop.desk.book.signed_in.clear()
    shop.desk.book.closed_shifts.append(("s1", 3))
    client.set_cookie("counter_shift", number, path="/cashier")
    assert "登录已结束。" in client.get("/cashier/sign-in").text


def test_signing_out_leaves_nothing_to_say_at_the_sign_in(client: FlaskClient) -> None:
    client.post("/cashier/sign-out", headers=SAME)
    assert client.get_cookie("counter_start", path="/cashier") is None
    assert "重新登录" not in client.get("/cashier/sign-in").text


def test_sign_in_page_leads_whoever_is_signed_in_to_the_counter(client: FlaskClient) -> None:
    assert client.get("/cashier/sign-in").headers["Location"] == "/cashier"


def test_search_lists_members_by_full_name_and_chooses_the_first(client: FlaskClient) -> None:
    page = client.post("/cashier/find", data={"text": "王"}, headers=HTMX).text
    assert re.findall(r'hit-name">([^<]+)<', page) == ["王晓燕", "王伟"]
    assert re.findall(r'aria-selected="(true|false)"', page) == ["true", "false"]
    assert "资料重复" in page


def test_number_that_several_share_chooses_nobody(shop: Shop, client: FlaskClient) -> None:
    shop.desk.book.members[BARE] = dataclasses.replace(shop.desk.book.members[BARE], phone_tail="5678")
    for text in ("5678", "王"):
        page = client.post("/cashier/find", data={"text": text, "enter": "1"}, headers=HTMX).text
        assert page.count('role="option"') == 2
        assert ("这个号码对应不止一位会员" in page) == (text == "5678")
        assert ('aria-selected="true"' in page) == (text == "王")


def test_members_that_a_scan_led_to_are_listed_without_a_choice(shop: Shop, client: FlaskClient) -> None:
    shop.board.show("counter", CounterScreen(sequence=1, several=(RICH, BARE)))
    page = client.get("/cashier/several", headers=HTMX).text
    assert re.findall(r'hit-name">([^<]+)<', page) == ["王晓燕", "欧阳锋"]
    assert 'aria-selected="true"' not in page
    assert shop.app.test_client().get("/cashier/several", headers=HTMX).headers["HX-Redirect"] == "/cashier/sign-in"


def test_enter_on_a_single_hit_opens_the_member(client: FlaskClient) -> None:
    opened = client.post("/cashier/find", data={"text": "wxy", "enter": "1"}, headers=HTMX).text
    listed = client.post("/cashier/find", data={"text": "wxy", "enter": "0"}, headers=HTMX).text
    assert ('data-step="member"' in opened, 'data-step="results"' in listed) == (True, True)
    assert 'role="option"' in client.post("/cashier/find", data={"text": "王", "enter": "1"}, headers=HTMX).text


def test_search_without_a_hit_says_so_and_offers_another(client: FlaskClient) -> None:
    page = client.post("/cashier/find", data={"text": "不存在", "enter": "1"}, headers=HTMX).text
    assert "没有找到会员" in page
    assert "重新查找" in page


def test_search_text_is_shown_as_text(client: FlaskClient) -> None:
    assert "<img" not in client.post("/cashier/find", data={"text": "<img src=x>"}, headers=HTMX).text


def test_top_up_is_previewed_confirmed_and_done(shop: Shop, client: FlaskClient) -> None:
    seen = preview(client, "top_up", "1,000")
    assert "¥100.00" in seen
    assert "¥2,482.24" in seen
    form = {name: hidden(seen, name) for name in ("action_id", "amount_fen", "bonus_fen")}
    done = client.post(f"/cashier/members/{RICH}/top_up", data=form, headers=HTMX)
    assert done.status_code == 200
    assert "充值成功" in done.text
    assert "小票排队中" in done.text
    assert shop.desk.book.members[RICH].balance_fen == 248_224


def test_same_top_up_form_sent_twice_changes_nothing_more(shop: Shop, client: FlaskClient) -> None:
    seen = preview(client, "top_up", "1000")
    form = {name: hidden(seen, name) for name in ("action_id", "amount_fen", "bonus_fen")}
    first = client.post(f"/cashier/members/{RICH}/top_up", data=form, headers=HTMX).text
    assert client.post(f"/cashier/members/{RICH}/top_up", data=form, headers=HTMX).text == first
    assert len(shop.desk.book.receipts) == 1
    assert shop.desk.book.members[RICH].balance_fen == 248_224


def test_each_preview_is_an_action_of_its_own(client: FlaskClient) -> None:
    ids = {hidden(preview(client, "top_up", "200"), "action_id") for _ in range(3)}
    assert len(ids) == 3


def test_bonus_that_changed_meanwhile_is_shown_for_a_new_confirmation(shop: Shop, client: FlaskClient) -> None:
    seen = preview(client, "top_up", "1000")
    form = {name: hidden(seen, name) for name in ("action_id", "amount_fen")} | {"bonus_fen": "1"}
    again = client.post(f"/cashier/members/{RICH}/top_up", data=form, headers=HTMX).text
    assert "赠送规则刚刚改变" in again
    assert hidden(again, "bonus_fen") == "10000"
    assert hidden(again, "action_id") != form["action_id"]
    assert shop.desk.book.receipts == []


def test_charge_shows_the_split_and_needs_a_confirmed_identity(shop: Shop, client: FlaskClient) -> None:
    seen = preview(client, "charge", "88.5")
    assert "¥76.84" in seen
    assert "¥11.66" in seen
    form = {name: hidden(seen, name) for name in ("action_id", "amount_fen", "asks")}
    refused = client.post(f"/cashier/members/{RICH}/charge", data=form, headers=HTMX)
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (422, "#alerts")
    assert "还没有核对身份" in refused.text
    done = client.post(f"/cashier/members/{RICH}/charge", data={**form, "confirmed": "photo"}, headers=HTMX)
    assert "消费成功" in done.text
    assert "王晓燕" in done.text
    assert [content for content, _done in shop.desk.book.actions.values()] == [("charge", RICH, 8850, "photo")]


def test_half_a_pin_is_asked_for_again_and_no_try(shop: Shop, client: FlaskClient) -> None:
    shop.desk.book.member_pin = "135790"
    seen = preview(client, "charge", "88.5")
    form = {name: hidden(seen, name) for name in ("action_id", "amount_fen", "asks")}
    for pin in ("", "135", "13579a", "1357901", "１３５７９０"):
        told = client.post(
            f"/cashier/members/{RICH}/charge", data={**form, "confirmed": "pin", "pin": pin}, headers=HTMX
        )
        assert (told.status_code, told.headers["HX-Retarget"]) == (422, "#alerts")
        assert "请输入密码" in told.text
    assert (shop.desk.book.wrong_member_pins, shop.desk.book.actions) == (0, {})


def test_charge_that_needs_something_else_is_asked_again_under_its_action(shop: Shop, client: FlaskClient) -> None:
    shop.desk.book.member_pin, shop.desk.book.wrong_member_pins = "135790", 2
    form = {name: hidden(preview(client, "charge", "88.5"), name) for name in ("action_id", "amount_fen", "asks")}
    path, wrong = f"/cashier/members/{RICH}/charge", {"confirmed": "pin", "pin": "000000"}
    again = client.post(path, data={**form, **wrong, "unsettled": "1"}, headers=HTMX)
    assert (again.status_code, hidden(again.text, "action_id")) == (200, form["action_id"])
    assert "请在 15 分钟后再试" in again.text
    assert "data-unsettled" in again.text, "its answer was lost before: leaving it gives it up"
    assert 'value="pin"' not in again.text
    assert "000000" not in again.text
    settled = client.post(path, data={**form, "confirmed": "photo"}, headers=HTMX)
    assert "消费成功" in settled.text
    # Its answer lost again, and confirmed by the PIN: it was booked, so nobody looks at a PIN.
    shop.desk.book.wrong_member_pins = 0
    assert client.post(path, data={**form, **wrong}, headers=HTMX).text == settled.text
    assert shop.desk.book.wrong_member_pins == 0


def test_a_card_that_is_enough_is_asked_for_nothing(shop: Shop, client: FlaskClient) -> None:
    for by, words in (("tap", "加密会员卡已验证"), ("uid", "免核对的限额以内")):
        shop.desk.book.needs = Needs(by=by)
        seen = preview(client, "charge", "88.5")
        assert words in seen
        assert 'name="confirmed"' not in seen
    form = {name: hidden(seen, name) for name in ("action_id", "amount_fen")}
    assert "消费成功" in client.post(f"/cashier/members/{RICH}/charge", data=form, headers=HTMX).text


def test_charge_beyond_the_balance_says_how_much_is_missing(client: FlaskClient) -> None:
    answer = client.post(f"/cashier/members/{RICH}/charge/preview", data={"amount": "1500"}, headers=HTMX)
    assert answer.status_code == 422
    assert "还差 ¥117.76，当前余额 ¥1,382.24" in answer.text


@pytest.mark.parametrize("amount", ["", "abc", "0", "-5", "1.234", "1e5", "99999999999999", "NaN"])
def test_bad_amount_is_refused_beside_the_form(client: FlaskClient, amount: str) -> None:
    answer = client.post(f"/cashier/members/{RICH}/top_up/preview", data={"amount": amount}, headers=HTMX)
    assert answer.status_code == 422
    assert "amount_bad" in answer.text


@pytest.mark.parametrize(
    ("amount", "fen"), [("２００", "20000"), ("￥80", "8000"), ("80元", "8000"), ("1,234.50", "123450")]
)
def test_amount_is_read_as_people_write_it(client: FlaskClient, amount: str, fen: str) -> None:
    assert hidden(preview(client, "top_up", amount), "amount_fen") == fen


@pytest.mark.parametrize(
    "broken", [{"action_id": "x"}, {"amount_fen": "-1"}, {"amount_fen": "0"}, {"amount_fen": "9" * 30}]
)
def test_broken_form_is_refused_before_the_till_is_asked(
    shop: Shop, client: FlaskClient, broken: dict[str, str]
) -> None:
    form = {"action_id": "0" * 32, "amount_fen": "100", "bonus_fen": "0"} | broken
    assert client.post(f"/cashier/members/{RICH}/top_up", data=form, headers=HTMX).status_code == 422
    assert "top_up" not in shop.desk.book.calls


def test_back_from_the_preview_keeps_the_amount(client: FlaskClient) -> None:
    seen = preview(client, "top_up", "88.5")
    path = re.search(r'hx-get="([^"]+amount_fen[^"]+)"', seen)
    assert path
    assert 'value="88.50"' in client.get(path.group(1)).text


def bill(form: dict[str, str], action: str = "top_up", account: str = RICH) -> dict[str, str]:
    """Return what a page keeps of a bill whose answer was lost."""
    return {"action_id": form["action_id"], "account": account, "action": action, "amount_fen": form["amount_fen"]}


def test_bill_whose_answer_was_lost_is_shown_as_the_answer_would_have_been(shop: Shop, client: FlaskClient) -> None:
    seen = preview(client, "top_up", "1000")
    form = {name: hidden(seen, name) for name in ("action_id", "amount_fen", "bonus_fen")}
    lost = client.post(f"/cashier/members/{RICH}/top_up", data=form, headers=HTMX).text
    # The book says whose bill it was, whatever the page remembers.
    for kept in (bill(form), bill(form, "charge", BARE)):
        assert client.post("/cashier/outcome", data=kept, headers=HTMX).text == lost
    assert "A000001" in lost
    assert len(shop.desk.book.receipts) == 1


@pytest.mark.parametrize("action", ["top_up", "charge"])
def test_bill_that_was_not_booked_is_offered_again_under_the_same_id(
    shop: Shop, client: FlaskClient, action: str
) -> None:
    seen = preview(client, action, "200")
    form = {name: hidden(seen, name) for name in ("action_id", "amount_fen")}
    again = client.post("/cashier/outcome", data=bill(form, action), headers=HTMX).text
    assert "这一笔没有入账" in again
    assert hidden(again, "action_id") == form["action_id"]
    assert hidden(again, "amount_fen") == "20000"
    assert "放弃这一笔" in again
    assert shop.desk.book.receipts == []


def test_bill_that_was_given_up_is_refused_when_it_comes_after_all(shop: Shop, client: FlaskClient) -> None:
    seen = preview(client, "top_up", "1000")
    form = {name: hidden(seen, name) for name in ("action_id", "amount_fen", "bonus_fen")}
    dropped = client.post("/cashier/outcome/drop", data={"action_id": form["action_id"]}, headers=HTMX)
    assert 'data-step="search"' in dropped.text
    late = client.post(f"/cashier/members/{RICH}/top_up", data=form, headers=HTMX)
    assert late.status_code == 422
    assert "这一笔已经放弃" in late.text
    assert shop.desk.book.receipts == []


def test_bill_that_came_before_it_was_given_up_is_shown_as_done(client: FlaskClient) -> None:
    seen = preview(client, "top_up", "1000")
    form = {name: hidden(seen, name) for name in ("action_id", "amount_fen", "bonus_fen")}
    lost = client.post(f"/cashier/members/{RICH}/top_up", data=form, headers=HTMX).text
    assert client.post("/cashier/outcome/drop", data={"action_id": form["action_id"]}, headers=HTMX).text == lost


def test_charge_that_came_late_and_is_confirmed_again_otherwise_is_shown_as_it_was_booked(
    shop: Shop, client: FlaskClient
) -> None:
    form = {name: hidden(preview(client, "charge", "88.5"), name) for name in ("action_id", "amount_fen")}
    path = f"/cashier/members/{RICH}/charge"
    late = client.post(path, data={**form, "confirmed": "photo"}, headers=HTMX).text
    assert client.post(path, data={**form, "confirmed": "phone_tail"}, headers=HTMX).text == late
    assert [content for content, _done in shop.desk.book.actions.values()] == [("charge", RICH, 8850, "photo")]


def test_bill_that_was_not_booked_and_cannot_be_any_more_says_why(client: FlaskClient) -> None:
    form = {"action_id": "0" * 32, "amount_fen": "100000"}
    answer = client.post("/cashier/outcome", data=bill(form, "charge", BARE), headers=HTMX)
    assert answer.status_code == 200
    assert "这一笔没有入账" in answer.text
    assert "还差 ¥1,000.00" in answer.text
    assert "data-books" not in answer.text
    assert hidden(answer.text, "action_id") == "0" * 32


def test_question_for_a_lost_bill_needs_a_sign_in(shop: Shop, client: FlaskClient) -> None:
    shop.desk.book.signed_in.clear()
    kept = bill({"action_id": "0" * 32, "amount_fen": "100"})
    assert client.post("/cashier/outcome", data=kept, headers=HTMX).headers["HX-Redirect"] == "/cashier/sign-in"
    assert client.post("/cashier/outcome/drop", data=kept, headers=HTMX).headers["HX-Redirect"] == "/cashier/sign-in"


@pytest.mark.parametrize(
    "broken", [{"action_id": "x"}, {"account": "../x"}, {"action": "refund"}, {"amount_fen": "1.5"}]
)
def test_broken_question_for_a_lost_bill_is_refused(shop: Shop, client: FlaskClient, broken: dict[str, str]) -> None:
    kept = bill({"action_id": "0" * 32, "amount_fen": "100"}) | broken
    assert client.post("/cashier/outcome", data=kept, headers=HTMX).status_code == 422
    assert "outcome" not in shop.desk.book.calls


def test_doubtful_slip_is_settled(shop: Shop, client: FlaskClient) -> None:
    shop.board.show("counter", CounterScreen(doubts=(DOUBT,)))
    assert "上一张小票可能没有打印完" in client.get("/cashier").text
    answer = client.post("/cashier/doubt", data={"job": "7", "got_it": "0"}, headers=HTMX)
    assert shop.desk.book.resolved == [(7, False)]
    assert "上一张小票" not in answer.text


def test_reprint_form_sent_twice_prints_one_copy(shop: Shop, client: FlaskClient) -> None:
    seen = preview(client, "top_up", "200")
    form = {name: hidden(seen, name) for name in ("action_id", "amount_fen", "bonus_fen")}
    client.post(f"/cashier/members/{RICH}/top_up", data=form, headers=HTMX)
    page = client.get("/cashier/recent").text
    again = {name: hidden(page, name) for name in ("action_id", "job")}
    shop.desk.printed(1)
    for _ in range(2):
        answer = client.post("/cashier/reprint", data=again, headers=HTMX)
        assert answer.status_code == 200
        assert "正在重印 A000001" in answer.text
    assert shop.desk.book.printed_actions == {again["action_id"]: 1}
    assert client.post("/cashier/reprint", data={**again, "job": "99"}, headers=HTMX).status_code == 422


def test_reprint_of_a_slip_that_still_waits_says_so_and_makes_no_copy(shop: Shop, client: FlaskClient) -> None:
    seen = preview(client, "top_up", "200")
    form = {name: hidden(seen, name) for name in ("action_id", "amount_fen", "bonus_fen")}
    client.post(f"/cashier/members/{RICH}/top_up", data=form, headers=HTMX)
    answer = client.post("/cashier/reprint", data={"action_id": "0" * 32, "job": "1"}, headers=HTMX)
    assert "仍在等待打印 A000001" in answer.text
    assert shop.desk.book.printed_actions == {}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh_CN", ("已撤销", "已退款 ¥30.00", "已退款")),
        ("zh_TW", ("已取消", "已退款 ¥30.00", "已退款")),
        ("en", ("Voided", "Refunded ¥30.00", "Refunded")),
    ],
)
def test_what_was_taken_back_of_a_bill_is_said_in_words_and_its_amount_struck_where_it_is_all(
    shop: Shop, client: FlaskClient, language: str, words: tuple[str, ...]
) -> None:
    client.post("/cashier/language", data={"language": language}, headers=SAME)
    undone = (("voided", 0), ("refunded", 30_00), ("refunded", 0), ("", 0))
    shop.desk.book.receipts += [
        Receipt(f"A{job}", "14:30", "charge", "王女士", 88_00, "printed", job, undone=state, undone_fen=fen)
        for job, (state, fen) in enumerate(undone)
    ]
    lines = client.get("/cashier/recent").text.split('<li class="receipt">')[1:]
    assert [re.findall('receipt-undone"[^>]*>([^<]+)<', line) for line in lines] == [[each] for each in words] + [[]]
    assert ['<s class="receipt-amount">¥88.00</s>' in line for line in lines] == [True, False, True, False]


def test_the_list_of_keys_names_those_that_do_something_for_whoever_is_signed_in(shop: Shop) -> None:
    def keys(staff: str) -> set[str]:
        browser = shop.app.test_client()
        browser.post("/cashier/sign-in", data={"staff": staff, "pin": PIN}, headers=SAME)
        pages = [browser.get(path).text for path in ("/cashier", "/cashier/search")]
        pages.append(browser.post("/cashier/find", data={"text": ""}, headers=HTMX).text)
        lists = [page[page.index('class="hints"') :].partition("</ul>")[0] for page in pages]
        (found,) = {frozenset(re.findall("<kbd>(F[0-9]+)</kbd>", each)) for each in lists}
        return set(found)

    assert keys("s3") == {"F2", "F3", "F6", "F9", "F10"}
    assert keys("s1") == {"F2", "F3", "F6", "F10"}, "the devices are the manager's"
    shop.desk.book.has_drawer = False
    assert keys("s1") == {"F2", "F3", "F6"}


def test_balance_slip_has_no_empty_place_for_a_bill_number(shop: Shop, client: FlaskClient) -> None:
    shop.desk.book.receipts.append(Receipt("", "14:30", "slip", "王女士", 0, "printed", 9))
    page = client.get("/cashier/recent").text
    line = page[page.index("receipt-small") :].partition("</p>")[0]
    assert re.findall(">([^<]+)</span>", line) == ["14:30", "已打印"]


def test_print_state_asks_again_only_while_the_slip_is_on_its_way(shop: Shop, client: FlaskClient) -> None:
    seen = preview(client, "top_up", "200")
    form = {name: hidden(seen, name) for name in ("action_id", "amount_fen", "bonus_fen")}
    client.post(f"/cashier/members/{RICH}/top_up", data=form, headers=HTMX)
    assert "every 1s" in client.get("/cashier/print-state/1").text
    assert "every 2s" in client.get("/cashier/recent").text
    shop.desk.printed(1)
    assert "every" not in client.get("/cashier/print-state/1").text
    assert "小票已打印" in client.get("/cashier/print-state/1").text
    assert "every" not in client.get("/cashier/recent").text


def test_banners_word_the_printer_and_the_devices(shop: Shop, client: FlaskClient) -> None:
    notices = (
        DeviceNotice("counter-reader", "reader_gone", "reader", "counter"),
        DeviceNotice("door", "device_lost"),
        DeviceNotice("receipts", "driver_bug", "printer", "kiosk"),
        DeviceNotice("scanner-1", "device_lost", "scanner", "counter"),
    )
    shop.board.show("counter", CounterScreen(devices=notices, printer_blocked="printer_paper_out", paper_low=True))
    page = client.get("/cashier").text
    assert "前台读卡器、door、前台扫码枪：设备连接中断。" in page
    assert "会员屏小票打印机：设备程序出错。" in page
    assert page.count('class="banner slate"') == 2
    assert "打印纸用完了" in page
    assert "打印纸快用完了" not in page
    assert "设备连接中断" in page
    assert "reader_gone" in page
    shop.board.show("counter", CounterScreen(paper_low=True))
    assert "打印纸快用完了" in client.get("/cashier").text


def test_staff_choose_their_language(client: FlaskClient) -> None:
    assert "最近小票" in client.get("/cashier").text
    client.post("/cashier/language", data={"language": "en"}, headers=SAME)
    page = client.get("/cashier").text
    assert "Recent receipts" in page
    assert '<html lang="en">' in page


def test_browsers_language_is_the_first_choice(client: FlaskClient) -> None:
    assert "最近小票" in client.get("/cashier", headers={"Accept-Language": "zh-HK"}).text
    assert '<html lang="zh-TW">' in client.get("/cashier", headers={"Accept-Language": "zh-HK,en;q=0.5"}).text


def test_refused_search_is_told_to_the_front_desk_not_sent_there(shop: Shop, client: FlaskClient) -> None:
    shop.desk.book.refuse_next = Refusal("other_shop_code")
    answer = client.post("/cashier/find", data={"text": "x"}, headers=HTMX)
    assert "这是其他店的会员码。</strong><span>请按手机号或姓名查找会员" in answer.text


def test_till_that_is_too_busy_says_so(shop: Shop, client: FlaskClient) -> None:
    shop.desk.book.refuse_next = Overloaded()
    answer = client.post("/cashier/find", data={"text": "x"}, headers=HTMX)
    assert answer.status_code == 503
    assert "系统正忙" in answer.text


def test_bug_in_the_till_is_worded_for_the_cashier_and_logged_without_the_search_text(
    shop: Shop, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    shop.desk.book.refuse_next = ZeroDivisionError("a bug")
    answer = client.post("/cashier/find", data={"text": "13800005678"}, headers=HTMX)
    assert answer.status_code == 500
    assert "系统出错了" in answer.text
    assert "a bug" in caplog.text
    assert "13800005678" not in caplog.text


def test_refusal_of_a_whole_page_has_a_way_back(client: FlaskClient) -> None:
    answer = client.get("/cashier/members/nobody")
    assert answer.status_code == 422
    assert "没有找到这位会员" in answer.text
    assert 'href="/cashier"' in answer.text


def test_unknown_page_has_a_way_back(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text


def test_action_asked_by_another_site_is_refused(shop: Shop, client: FlaskClient) -> None:
    form = {"action_id": "0" * 32, "amount_fen": "100", "bonus_fen": "0"}
    answer = client.post(f"/cashier/members/{RICH}/top_up", data=form, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert shop.desk.book.receipts == []


def test_expired_sign_in_leads_to_the_sign_in_from_inside_a_step(shop: Shop, client: FlaskClient) -> None:
    shop.desk.book.signed_in.clear()
    answer = client.post(f"/cashier/members/{RICH}/top_up/preview", data={"amount": "5"}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == "/cashier/sign-in"


def test_refusal_inside_a_step_is_shown_beside_it(shop: Shop, client: FlaskClient) -> None:
    seen = preview(client, "top_up", "200")
    form = {name: hidden(seen, name) for name in ("action_id", "amount_fen", "bonus_fen")}
    shop.desk.book.refuse_next = Refusal("disk_full")
    answer = client.post(f"/cashier/members/{RICH}/top_up", data=form, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#alerts")
    assert "存储空间已满" in answer.text
    assert shop.desk.book.receipts == []


def test_health_and_metrics_are_served(shop: Shop) -> None:
    stranger = shop.app.test_client()
    health = stranger.get("/healthz")
    assert (health.status_code, health.json) == (200, shop.desk.health())
    assert stranger.get("/metrics").text.endswith("counterfoil_up 1\n")


def test_till_that_cannot_serve_answers_503(shop: Shop) -> None:
    shop.desk.book.ok = False
    assert shop.app.test_client().get("/healthz").status_code == 503
