"""Whatever commands, forms and addresses say to a till, it answers in words and its book stays right."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from terminal.rules.kiosk import LANGUAGES
from terminal.services.commands import line_from
from tests.fuzz.till import MEMBER, PHONE, PIN, OpenTill, open_till

SERVER_ERROR = 500
TEXT = st.text(max_size=30) | st.sampled_from(
    ["0BE2FB0B", PHONE, "王", "wangxf", "", "0" * 32, "-1", "1e9", "٣", "1" * 20]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
VERBS = {
    "setup_apply": ["text", "seen"],
    "setup_plan": ["text"],
    "staff_add": ["name", "role", "pin"],
    "import_lines": ["lines"],
    "member_find": ["by", "value"],
    "report": [],
    "device_test": ["device", "language"],
    "device_hint": ["device", "number"],
    "doctor_print": ["checks", "versions", "language"],
    "card_order": ["account", "kind", "device"],
    "card_outcome": ["device", "order"],
    "card_take_back": ["device", "order"],
    "drawer_openings": [],
    "media_list": ["by", "value"],
    "media_prices": ["event", "n"],
    "media_change": ["event", "action", "staff", "pin", "n", "number", "is_named", "fee_fen", "deposit_fen", "shown"],
    "member_pin_set": ["action", "staff", "pin", "account", "new_pin", "shown"],
    "member_pin_reset": ["action", "staff", "pin", "account", "shown"],
}
# What an argument usually is, beside anything at all.
USUAL = {
    "by": st.sampled_from(["phone", "card", "id"]),
    "event": st.sampled_from(["issue", "report_loss", "replace_medium", "return_card", "blacklist"]),
    "action": st.sampled_from(["a1" * 16, "b2" * 16]),
    "staff": st.sampled_from(["陈晓", "林店长"]),
    "n": st.integers(-1, 3),
    "number": st.sampled_from(["0BE2FB0B", "77A1B2C3"]),
    "fee_fen": st.sampled_from([None, 0, 500]),
    "shown": st.sampled_from([[], ["identity", "card"]]),
    "role": st.sampled_from(["cashier", "manager"]),
    "pin": st.sampled_from([None, "135790", "246810", "x" * 40]),
    "kind": st.sampled_from(["desfire", "ntag424", "m1"]),
    "device": st.sampled_from(["receipts", "pcsc", "nothing"]),
    "language": st.sampled_from([*LANGUAGES, "", "xx"]),
    "versions": st.dictionaries(TEXT, TEXT, max_size=3),
    "checks": st.lists(
        st.tuples(
            st.sampled_from(["store", "clock", "device", "x"]),
            TEXT,
            st.sampled_from(["", "device_missing", "card_keys_missing", "x"]),
            st.dictionaries(st.sampled_from(["file", "device", "reason", "x"]), TEXT, max_size=3),
        ).map(list),
        max_size=3,
    ),
}
MEMBER_VALUES = {
    "passes": st.lists(
        st.fixed_dictionaries({"name": TEXT, "left": st.integers(), "total": st.integers()}), max_size=2
    ),
    "cards": st.lists(TEXT, max_size=3),
    "principal_fen": st.integers(-(2**70), 2**70),
    "points": st.integers(-5, 2**60),
}


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Return one line for the door: a verb with arguments of the right names, or anything."""
    verb = draw(st.sampled_from(sorted(VERBS)))
    arguments = {name: draw(USUAL.get(name, TEXT) | JSON) for name in VERBS[verb]}
    if verb == "import_lines" and draw(st.booleans()):
        changed = draw(st.dictionaries(st.sampled_from(sorted(MEMBER)), JSON, max_size=2))
        usual = {name: draw(values) for name, values in MEMBER_VALUES.items() if draw(st.booleans())}
        arguments["lines"] = [{**MEMBER, **usual, **changed}]
    if draw(st.integers(0, 9)) == 0:
        arguments.pop(next(iter(arguments), ""), None)
    return json.dumps({"do": verb, **arguments}).encode()


lines = st.one_of(requests(), requests(), st.binary(max_size=60), JSON.map(lambda value: json.dumps(value).encode()))


@pytest.mark.slow
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@example([b"[" * 2_000])
@given(st.lists(lines, max_size=40))
def test_whatever_is_said_at_the_commands_door_is_answered_and_the_book_stays_right(said: list[bytes]) -> None:
    with open_till() as till:
        for line in said:
            answer = till.door(line)
            assert answer["ok"] is True or isinstance(answer["code"], str)
        assert till.wrong_with_the_book() == ""
        assert till.app.test_client().get("/healthz").status_code == 200


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(MEMBER)) | TEXT, JSON | MEMBER_VALUES["passes"], max_size=18))
def test_any_values_are_an_import_line_or_refused(values: dict[str, Any]) -> None:
    try:
        line_from({**MEMBER, **values})
    except (TypeError, ValueError, KeyError, AttributeError):
        return


FIELDS = (
    *("text", "enter", "amount", "amount_fen", "action_id", "bonus_fen", "confirmed", "job", "got_it", "staff", "pin"),
    *("session", "language", "on", "device", "zzz"),
)
ACTION = "a1" * 16
VALUES = TEXT | st.sampled_from(
    [ACTION, "b2" * 16, "100", "100.00", "￥80", "phone_tail", "photo", "1", "9" * 18, "zh_TW", "receipts", PIN]
)
FORMS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=7)
ACTIONS = ("/cashier/members/ACCOUNT/top_up", "/cashier/members/ACCOUNT/charge")
PATHS = (
    *("/cashier/find", "/cashier/scan", "/cashier/several", "/cashier/recent", "/cashier/reprint", "/cashier/doubt"),
    *("/cashier/search", "/cashier/members/ACCOUNT", "/cashier/print-state/1", "/cashier/drawer", "/cashier"),
    *("/cashier/language", "/cashier/sign-in", "/cashier/sign-out", "/cashier/technician/states", "/metrics", "/"),
    *(
        "/cashier/technician",
        "/cashier/technician/test",
        "/cashier/technician/check",
        "/cashier/technician/check/print",
        "/cashier/technician/devices",
        "/cashier/technician/devices/add",
        "/cashier/technician/devices/remove",
        "/cashier/technician/devices/hint",
        "/cashier/technician/devices/order",
    ),
    *("/kiosk", "/kiosk/language", "/kiosk/contrast", "/kiosk/finish", "/kiosk/extend", "/kiosk/print"),
    *("/kiosk/dismiss", "/healthz", "/static/none.css"),
    *ACTIONS,
    *(f"{action}/preview" for action in ACTIONS),
)
SEGMENTS = st.text(st.characters(exclude_characters="/?#\\", exclude_categories=["Cs"]), min_size=1, max_size=20)
HEADERS = st.dictionaries(
    st.sampled_from(["Accept-Language", "HX-Request", "X-Forwarded-For", "Cookie", "Range", "Content-Type"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
    | st.sampled_from(["zh-HK;q=0.5,en;q=x", "true", "counter_language=xx", "counter_staff=x; counter_session=y"]),
    max_size=2,
)
visits = st.tuples(
    st.sampled_from(["POST", "POST", "GET"]),
    st.sampled_from(PATHS),
    st.none() | SEGMENTS,  # in the account's place; None is the member
    FORMS,
    HEADERS,
)


@pytest.mark.slow
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@example([("GET", path, None, {}, {}) for path in PATHS])
@given(st.lists(visits, max_size=40))
def test_whatever_a_browser_asks_for_it_gets_words_and_the_book_stays_right(asked: list[Any]) -> None:
    with open_till() as till:
        client = till.app.test_client()
        assert till.post(client, "/cashier/sign-in", staff=till.staff_id, pin=PIN).status_code == 303
        for method, path, account, form, headers in asked:
            _visit(till, client, method, path.replace("ACCOUNT", account or till.account), form, headers)
        assert till.wrong_with_the_book() == ""


def _visit(till: OpenTill, client: Any, method: str, path: str, form: dict[str, str], headers: dict[str, str]) -> None:  # noqa: ANN401 - Flask's client has no types
    whole = {"Sec-Fetch-Site": "same-origin", **headers}
    values = {"query_string" if method == "GET" else "data": form}
    with client.open(path, method=method, headers=whole, **values) as answer:
        assert answer.status_code < SERVER_ERROR, f"{method} {path} {form}"
    assert till.app.testing
