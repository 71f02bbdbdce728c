"""`terminal devices` and `terminal doctor`: the file, what is plugged in, and a till's door that answers as told."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from terminal.base.config import load_config, parse_config
from terminal.base.errors import Refusal
from terminal.cli.device_commands import COMMANDS, proposal
from terminal.cli.devices import KINDS
from terminal.hw.discovery import Found
from terminal.rules.command_words import PHRASES
from terminal.runtime.admin import AdminServer
from terminal.services.device_file import SECTIONS
from terminal.services.device_proposals import unconfigured
from tests.cli.home import Home, run

pytestmark = pytest.mark.slow

CONFIG = """
[till]
data_dir = "data"
language = "en"

[[pcsc_readers]]
id = "tap"
match = "ACR122U"

[[serial_scanners]]
id = "gun"
port = "/dev/serial/by-id/usb-gun"
place = "kiosk"
"""
READY = {"state": "ready", "code": "", "since_s": 1.0}
DEVICES = {
    "pcsc": READY,
    "tap": READY,
    "gun": {"state": "missing", "code": "device_missing", "since_s": 1.0},
    "Strange Reader 01": READY,
}

REPORT = {"report": {"ok": True, "events_dropped": 0, "devices": DEVICES, "printers": {}}}


@pytest.fixture
def home(tmp_path: pathlib.Path) -> Home:
    made = Home(tmp_path)
    made.config.write_text(CONFIG, encoding="utf-8")
    made.data.mkdir()
    return made


@contextmanager
def door(home: Home, asked: list[tuple[str, Mapping[str, Any]]], answers: Mapping[str, Any]) -> Iterator[None]:
    """Serve the till's door, with these answers; what was asked is noted."""

    def verb(name: str) -> Any:  # noqa: ANN401 - a verb of any arguments
        def answer(**arguments: Any) -> Mapping[str, Any]:
            asked.append((name, arguments))
            found = answers[name]
            if isinstance(found, Refusal):
                raise found
            result: Mapping[str, Any] = found
            return result

        return answer

    server = AdminServer(home.data / "till.sock", {name: verb(name) for name in answers})
    server.start()
    try:
        yield
    finally:
        server.close()


def test_the_kinds_are_those_of_the_file() -> None:
    assert tuple(SECTIONS) == KINDS
    assert set(COMMANDS) == {"list", "add", "set", "remove", "test", "hint"}


def test_devices_are_added_changed_and_removed_in_the_file(home: Home) -> None:
    said = home.run("devices", "add", "printer", "receipts", "usb=0416:5011", "dots_per_line=384")
    assert (said.exit_code, "Restart the till" in said.out) == (0, True), said
    assert load_config(home.config).printers[0].dots_per_line == 384
    assert home.run("devices", "set", "receipts", "usb=", "device=/dev/usb/lp0", "id=slips").exit_code == 0
    (printer,) = load_config(home.config).printers
    assert (printer.id, printer.device, printer.usb) == ("slips", "/dev/usb/lp0", "")
    assert home.run("devices", "remove", "slips").exit_code == 0
    assert load_config(home.config).printers == ()


def test_what_would_make_the_file_wrong_is_said_and_not_written(home: Home) -> None:
    before = home.config.read_bytes()
    said = home.run("devices", "set", "gun", "baud=12345")
    assert (said.exit_code, said.code) == (1, "config_wrong")
    assert home.run("devices", "remove", "nobody").code == "device_unknown"
    assert home.run("devices", "set", "gun", "baud").code == "device_value_bad"
    assert home.config.read_bytes() == before


def test_wrong_usage_ends_with_two(home: Home) -> None:
    for words in ((), ("add", "fax", "x"), ("set", "gun"), ("hint", "tap"), ("test",)):
        assert run("devices", *words, "--config", home.config).exit_code == 2, words


def test_devices_are_listed_without_a_till(home: Home) -> None:
    said = home.run("devices", "list")
    assert said.exit_code == 0
    assert "gun  scanner  kiosk    not known" in said.out
    assert "The till is not running" in said.out
    told = json.loads(home.run("devices", "list", "--json").out)
    assert (told["running"], [row["id"] for row in told["devices"]]) == (False, ["tap", "gun"])


@pytest.mark.parametrize(
    ("environment", "words", "said"),
    [
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, (), "收银程序没有运行"),
        ({"LC_ALL": "zh_TW.UTF-8", "LANG": "zh_CN.UTF-8"}, (), "收銀程式沒有執行"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "zh_HK"}, (), "收銀程式沒有執行"),
        ({"LC_ALL": "zh_CN.UTF-8"}, ("--language", "en"), "The till is not running"),
        ({"LC_ALL": "de_DE.UTF-8"}, (), "The till is not running"),
    ],
)
def test_a_command_speaks_one_language_that_of_the_option_or_of_the_locale(
    home: Home, environment: dict[str, str], words: tuple[str, ...], said: str
) -> None:
    listed = home.run("devices", "list", *words, environment=environment)
    refused = home.run("devices", "remove", "nobody", *words, environment=environment)
    assert (listed.exit_code, refused.exit_code, refused.code) == (0, 1, "device_unknown")
    assert said in listed.out
    chinese = not said.isascii()
    assert chinese == ("扫码枪" in listed.out or "掃碼槍" in listed.out) == ("nobody 的" in refused.err)


def test_devices_are_listed_with_their_states_and_readers_nobody_configured(home: Home) -> None:
    with door(home, [], {"report": REPORT}):
        said = home.run("devices", "list")
        told = json.loads(home.run("devices", "list", "--json").out)
    assert "gun  scanner  kiosk    missing [device_missing]" in said.out
    assert "terminal devices add reader NAME 'match=Strange Reader 01'" in said.out
    assert told["devices"][0] == {"id": "tap", "kind": "reader", "place": "counter", "state": "ready", "code": ""}
    assert told["not_configured"][0]["add"] == "terminal devices add reader NAME 'match=Strange Reader 01'"


def test_what_is_plugged_in_under_another_name_of_its_own_is_configured(tmp_path: pathlib.Path) -> None:
    node, by_id, by_path = tmp_path / "ttyUSB0", tmp_path / "by-id", tmp_path / "by-path"
    node.touch()
    by_id.symlink_to(node)
    by_path.symlink_to(node)
    text = (
        f'[till]\ndata_dir = "data"\n[[serial_scanners]]\nid = "gun"\nport = "{by_path}"\n'
        '[[printers]]\nid = "a"\nusb = "0416:5011:AB"\n'
    )
    other = tmp_path / "other"
    other.touch()
    found = [
        Found("serial", str(by_id), "Gun"),
        Found("serial", str(other), "Other"),
        Found("usb_printer", "0416:5011", "Printer"),
        Found("usb_printer", "04b8:0e15", "Another"),
    ]
    config = parse_config(text, tmp_path)
    assert [one.label for one in unconfigured(config, found, {})] == ["Other", "Another"]
    assert [one.name for one in unconfigured(config, [], {"pcsc": {}, "gun": {}, "ACS": {}})] == ["ACS"]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Found("serial", "/dev/serial/by-id/usb-a", "a"), "add scanner NAME port=/dev/serial/by-id/usb-a"),
        (Found("keyboard", "/dev/input/by-id/k", "k"), "add keyboard NAME 'ports=[\"/dev/input/by-id/k\"]'"),
        (Found("printer", "/dev/usb/lp0", "lp0"), "add printer NAME device=/dev/usb/lp0"),
        (Found("usb_printer", "0416:5011", "P"), "add printer NAME usb=0416:5011"),
    ],
)
def test_the_words_that_add_a_device_make_a_right_file(home: Home, found: Found, words: str) -> None:
    shown, beside = proposal(found)
    assert not beside or beside in PHRASES
    assert shown == f"terminal devices {words}"
    kind, value = words.split(" ", 3)[1], words.split(" ", 3)[3].strip("'")
    assert home.run("devices", "add", kind, "new", value).exit_code == 0


@pytest.mark.parametrize(
    ("outcome", "values", "exit_code", "said"),
    [
        ("tap_read", {"kind": "m1", "proof": "", "tail": "8821"}, 0, "A MIFARE Classic card was read, ending 8821"),
        ("nothing_came", {}, 1, "Nothing came."),
    ],
)
def test_a_device_is_tried_by_the_running_till(
    home: Home, outcome: str, values: dict[str, str], exit_code: int, said: str
) -> None:
    asked: list[tuple[str, Mapping[str, Any]]] = []
    with door(home, asked, {"report": REPORT, "device_test": {"outcome": outcome, "values": values}}):
        done = home.run("devices", "test", "tap")
    assert (done.exit_code, asked[1:]) == (exit_code, [("device_test", {"device": "tap", "language": "en"})])
    assert said in done.out
    assert "Hold a card to the reader within 20 seconds." in done.err


def test_a_test_that_the_till_refuses_is_one_sentence(home: Home) -> None:
    with door(
        home, [], {"report": REPORT, "device_test": Refusal("device_not_ready", device="gun", trouble="device_missing")}
    ):
        said = home.run("devices", "test", "gun")
    assert said.exit_code == 1
    assert said.err.splitlines()[-1].endswith("[device_not_ready]")
    assert home.run("devices", "test", "gun").code == "till_not_running"


@pytest.mark.parametrize(
    ("outcome", "exit_code", "order"),
    [("order_reversed", 0, "reversed"), ("order_as_read", 0, "as-read"), ("order_both", 1, "both")],
)
def test_a_hint_is_written_when_it_was_found_and_asked_for(
    home: Home, outcome: str, exit_code: int, order: str
) -> None:
    asked: list[tuple[str, Mapping[str, Any]]] = []
    with door(home, asked, {"report": REPORT, "device_hint": {"outcome": outcome, "values": {"order": order}}}):
        assert home.run("devices", "hint", "tap", "3283263748").exit_code == exit_code
        assert load_config(home.config).pcsc_readers[0].byte_order == "both"
        assert home.run("devices", "hint", "tap", "3283263748", "--write").exit_code == exit_code
    assert asked[1] == ("device_hint", {"device": "tap", "number": "3283263748"})
    assert load_config(home.config).pcsc_readers[0].byte_order == order


def test_what_cannot_be_tried_is_refused_before_anybody_is_told_to_do_something(home: Home) -> None:
    with door(home, [], {"report": REPORT}):
        assert home.run("devices", "test", "nobody").code == "device_unknown"
        assert home.run("devices", "hint", "gun", "123").code == "device_no_hint"


def test_the_self_check_asks_the_running_till_and_prints_there(home: Home) -> None:
    asked: list[tuple[str, Mapping[str, Any]]] = []
    with door(home, asked, {"report": REPORT, "doctor_print": {"job": 1}}):
        said = home.run("doctor", "--print", "--language", "zh_TW")
        told = json.loads(home.run("doctor", "--json").out)
    assert said.exit_code == 1
    assert "[device_missing]" in said.out
    assert "收銀程式" in said.out
    found = {(check["code"], check["subject"]): check for check in told["checks"]}
    assert found["till", ""]["passed"] is True
    assert found["device", "gun"]["remedy"] == "It is not there: check plug and power."
    (printed,) = [arguments for name, arguments in asked if name == "doctor_print"]
    assert printed["language"] == "zh_TW"
    assert ["device", "gun", "device_missing", {}] in printed["checks"]


def test_the_self_check_without_a_till_says_so(home: Home) -> None:
    said = home.run("doctor")
    assert said.exit_code == 1
    assert "[till_not_running]" in said.out
    assert home.run("doctor", "--print").err.splitlines()[-1].endswith("[till_gone]")
