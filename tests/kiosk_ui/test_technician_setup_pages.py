"""The pages that configure devices, asked by a client, over a real configuration file."""

from __future__ import annotations

import dataclasses
import html
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from terminal.base.config import load_config
from terminal.base.errors import Refusal
from terminal.kiosk_ui.desk import DeviceRow, DeviceSettings, DeviceSetup, Outcome, SetUp
from terminal.kiosk_ui.languages import TAGS
from terminal.services.device_file import add_device, change_device, fingerprint, remove_device
from terminal.services.device_settings import CHOICES
from tests.kiosk_ui.configured import FILE, STRANGE, configured
from tests.kiosk_ui.fake_technician import FakeTechnician, technician_of
from tests.kiosk_ui.shop import Shop, open_shop
from tests.kiosk_ui.test_technician_pages import HTMX, PAGE, SAME, signed_in

pytestmark = pytest.mark.slow

DEVICES = PAGE + "/devices"
PRINTER = {"device": "receipts", "kind_of_device": "printer", "id": "receipts", "where": "192.168.1.50:9100"}
POSTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("", {**PRINTER, "dots_per_line": "384"}),
    ("", {"kind_of_device": "printer", "id": "other", "where": "typed", "typed": "10.0.0.9"}),
    ("/remove", {"device": "gun"}),
    ("/hint", {"device": "tap", "number": "123"}),
    ("/order", {"device": "tap", "order": "reversed"}),
)
ASKED = ("", "?device=gun", "/add", "/remove?device=gun")


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def file(shop: Shop, tmp_path: Path) -> Path:
    path, technician_of(shop.app).files = configured(tmp_path)
    return path


@pytest.fixture
def technician(shop: Shop) -> FakeTechnician:
    return technician_of(shop.app)


@pytest.fixture
def manager(shop: Shop, file: Path) -> FlaskClient:
    assert file.exists()
    return signed_in(shop, "s3")


def seen(file: Path) -> str:
    return fingerprint(file.read_text(encoding="utf-8"))


def send(manager: FlaskClient, file: Path, path: str, form: dict[str, object]) -> TestResponse:
    """Post a form that was drawn a moment ago."""
    return manager.post(DEVICES + path, data={"seen": seen(file), **form}, headers=HTMX)


def saved(answer: TestResponse, device: str) -> bool:
    return (answer.status_code, answer.headers.get("HX-Redirect")) == (200, f"{PAGE}?saved={device}")


def test_a_cashier_and_a_stranger_reach_none_of_the_pages(shop: Shop, file: Path) -> None:
    cashier, stranger = signed_in(shop, "s1"), shop.app.test_client()
    for path in ASKED:
        assert cashier.get(DEVICES + path).status_code == 403, path
        assert stranger.get(DEVICES + path).headers["Location"] == "/cashier/sign-in", path
    for path, form in POSTS:
        drawn = {**form, "seen": seen(file)}
        assert cashier.post(DEVICES + path, data=drawn, headers=HTMX).status_code == 403, path
        assert stranger.post(DEVICES + path, data=drawn, headers=HTMX).headers["HX-Redirect"] == "/cashier/sign-in"
    assert technician_of(shop.app).asked == []
    assert file.read_text(encoding="utf-8") == FILE


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://elsewhere"}])
def test_another_site_changes_nothing(
    manager: FlaskClient, technician: FakeTechnician, file: Path, headers: dict[str, str]
) -> None:
    for path, form in POSTS:
        answer = manager.post(DEVICES + path, data={**form, "seen": seen(file)}, headers=headers)
        assert answer.status_code == 403, path
    assert technician.asked == []
    assert file.read_text(encoding="utf-8") == FILE


def test_a_till_that_knows_of_no_file_has_none_of_the_pages(shop: Shop) -> None:
    manager = signed_in(shop, "s3")
    assert "terminal devices" in manager.get(PAGE).text
    assert "/devices" not in manager.get(PAGE).text
    assert [manager.get(DEVICES + path).status_code for path in ASKED] == [404] * len(ASKED)


def test_what_is_plugged_in_and_not_configured_is_listed_with_a_way_to_add_it(manager: FlaskClient) -> None:
    page = manager.get(PAGE).text
    links = [html.unescape(link) for link in re.findall(rf'href="({DEVICES}/add\?[^"]*)"', page)]
    assert links == [
        f"{DEVICES}/add?kind=reader&name=ACS%20%3Cb%3EACR122U%3C/b%3E%20PICC%20Interface",
        f"{DEVICES}/add?kind=scanner&name=/dev/serial/by-id/usb-new_thing",
        f"{DEVICES}/add?kind=printer&name=/dev/usb/lp0",
        f"{DEVICES}/add?kind=printer&name=0416%3A5011",
    ]
    assert page.count("只能靠所插的位置辨认") == 1
    assert "<b>ACR" not in page
    form = manager.get(links[1]).text
    assert 'value="/dev/serial/by-id/usb-new_thing" checked' in form
    # Nothing is said of what a serial port leads to.
    kinds = re.findall(r"href=.{1,40}/add\?kind=(\w+)&amp;name=/dev/serial/by-id/usb-new_thing", form)
    assert kinds == ["scanner", "pn532", "display", "printer"]
    assert not re.search(r"href=\S+/add\?kind", manager.get(links[3]).text)


@pytest.mark.parametrize("kind", CHOICES)
def test_a_device_that_nobody_found_can_be_of_any_kind_and_has_every_setting(manager: FlaskClient, kind: str) -> None:
    form = manager.get(f"{DEVICES}/add?kind={kind}").text
    assert re.findall(r"href=.{1,40}/add\?kind=(\w+)\"", form) == list(CHOICES)
    assert sorted(re.findall(r'<select id="field-(\w+)"', form)) == sorted(CHOICES[kind])
    assert 'value="typed" checked' in form


def test_nothing_more_to_find_is_said(technician: FakeTechnician, manager: FlaskClient, tmp_path: Path) -> None:
    _, files = configured(tmp_path, plugged=())
    files._states = lambda: ("pcsc", "tap")
    technician.files = files
    assert "没有发现其他设备" in manager.get(PAGE).text


def test_what_was_found_is_added_under_the_name_it_is_given(manager: FlaskClient, file: Path) -> None:
    form = {"kind_of_device": "printer", "id": "Labels", "where": "/dev/usb/lp0", "dots_per_line": "384"}
    assert saved(send(manager, file, "", {**form, "charset": "gbk", "place": "counter"}), "labels")
    printer = load_config(file).printers[1]
    assert (printer.id, printer.device, printer.dots_per_line, printer.charset) == (
        "labels",
        "/dev/usb/lp0",
        384,
        "gbk",
    )
    # What was there stands as it was written, and what is as it is anyway is not written.
    added = '[[printers]]\nid = "labels"\ndevice = "/dev/usb/lp0"\ndots_per_line = 384\ncharset = "gbk"\n\n'
    before, behind = FILE.split("[[displays]]")
    assert file.read_text(encoding="utf-8").split(added) == [before, "[[displays]]" + behind]
    page = manager.get(f"{PAGE}?saved=labels").text
    assert "labels：已保存，收银程序下次启动时生效" in page
    assert "等待生效的更改" in page
    assert "name=/dev/usb/lp0" not in page


@pytest.mark.parametrize(
    ("typed", "key", "value"),
    [
        ("192.168.1.51", "host", "192.168.1.51"),
        ("printer.shop:9101", "port", 9101),
        ("[fe80::1]", "host", "fe80::1"),
        ("/dev/usb/lp1", "device", "/dev/usb/lp1"),
        ("/dev/serial/by-id/usb-p", "device", "/dev/serial/by-id/usb-p"),
        ("0416:5011:AB12", "usb", "0416:5011:AB12"),
        ("04B8:0E15", "usb", "04b8:0e15"),
    ],
)
def test_a_printers_wire_is_typed_in_one_field(
    manager: FlaskClient, file: Path, typed: str, key: str, value: object
) -> None:
    assert saved(send(manager, file, "", {**PRINTER, "where": "typed", "typed": f" {typed} "}), "receipts")
    assert getattr(load_config(file).printers[0], key) == value
    assert load_config(file).printers[0].font == file.parent / "fonts/own.ttf"


def test_a_device_is_named_anew_and_the_page_says_what_it_was_called(manager: FlaskClient, file: Path) -> None:
    assert saved(send(manager, file, "", {**PRINTER, "id": "slips"}), "slips")
    assert load_config(file).printers[0].id == "slips"
    page = manager.get(PAGE).text
    assert "已改名，原名 receipts" in page
    assert "已移除" not in page


def test_a_device_with_two_paths_keeps_both(manager: FlaskClient, file: Path) -> None:
    form: dict[str, object] = {"kind_of_device": "keyboard", "id": "pad", "kind": "reader"}
    answer = send(
        manager, file, "", {**form, "where": ["/dev/input/by-id/a-event-kbd", "typed"], "typed": "/dev/input/b"}
    )
    assert saved(answer, "pad")
    (pad,) = load_config(file).keyboards
    assert (pad.ports, pad.kind) == (("/dev/input/by-id/a-event-kbd", "/dev/input/b"), "reader")


def test_every_setting_of_every_kind_is_written_as_the_configuration_has_it(manager: FlaskClient, file: Path) -> None:
    change = {
        "tap": ("reader", "ACR122U", {"place": "counter", "byte_order": "as-read", "feedback": "acr122u"}),
        "gun": ("scanner", "/dev/serial/by-id/usb-gun", {"baud": "115200", "suffix": "none", "aim_ids": "true"}),
        "pole": ("display", "/dev/serial/by-id/usb-pole", {"dialect": "escpos", "charset": "gb18030", "baud": "19200"}),
        "receipts": ("printer", "192.168.1.50:9100", {"drawer_pin": "2", "process_id": "false", "flow": "none"}),
    }
    for name, (kind, where, values) in change.items():
        form: dict[str, object] = {"device": name, "id": name, "kind_of_device": kind, "where": where, **values}
        assert saved(send(manager, file, "", form), name), name
    config = load_config(file)
    tap, gun = config.pcsc_readers[0], config.serial_scanners[0]
    assert (tap.place, tap.byte_order, tap.feedback) == ("counter", "as-read", "acr122u")
    assert (gun.baud, gun.suffix, gun.aim_ids) == (115200, "none", True)
    assert (config.displays[0].dialect, config.displays[0].charset, config.displays[0].baud) == (
        "escpos",
        "gb18030",
        19200,
    )
    assert (config.printers[0].drawer_pin, config.printers[0].process_id) == (2, False)
    assert saved(send(manager, file, "", {**PRINTER, "drawer_pin": "", "process_id": "true"}), "receipts")
    assert (load_config(file).printers[0].drawer_pin, load_config(file).printers[0].process_id) == (0, True)


def test_what_was_saved_unchanged_leaves_the_file_as_it_is(manager: FlaskClient, file: Path) -> None:
    before = file.stat()
    assert saved(send(manager, file, "", {**PRINTER, "dots_per_line": "576", "charset": "gb18030"}), "receipts")
    assert (file.stat().st_ino, file.read_text(encoding="utf-8")) == (before.st_ino, FILE)
    assert "已保存" not in manager.get(f"{PAGE}?saved=receipts").text


@pytest.mark.parametrize(
    ("form", "field", "said"),
    [
        ({"id": "no spaces"}, "field-id", "名称填写不正确，没有保存"),
        ({"id": ""}, "field-id", "名称填写不正确，没有保存"),
        ({"id": "gun"}, "field-id", "名称填写不正确，没有保存"),
        ({"id": "<b>"}, "field-id", "名称填写不正确，没有保存"),
        ({"where": "typed", "typed": ""}, "field-where", "连接填写不正确"),
        ({"where": "typed", "typed": "a b:9100"}, "field-where", "连接填写不正确"),
        ({"where": "typed", "typed": "/dev/serial/by-id/usb-gun"}, "field-where", "连接填写不正确"),
        ({"where": "typed", "typed": "/var/lib/counterfoil/store.db"}, "field-where", "连接填写不正确"),
        ({"where": "typed", "typed": "/dev/usb/../../etc/passwd"}, "field-where", "连接填写不正确"),
        ({"dots_per_line": "383"}, "field-dots_per_line", "纸宽填写不正确"),
        ({"charset": "klingon"}, "field-charset", "字符集填写不正确"),
    ],
)
def test_what_is_wrong_is_named_with_its_field_and_not_written(
    manager: FlaskClient, file: Path, form: dict[str, object], field: str, said: str
) -> None:
    answer = send(manager, file, "", {**PRINTER, **form})
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#alerts")
    assert f'data-field="{field}"' in answer.text
    assert said in answer.text
    assert "<b>" not in answer.text
    assert file.read_text(encoding="utf-8") == FILE


def test_a_page_drawn_before_the_file_was_changed_is_refused_and_the_next_press_counts(
    manager: FlaskClient, file: Path
) -> None:
    drawn = seen(file)
    change_device(file, "receipts", ["charset=gbk"])
    form = {**PRINTER, "charset": "big5", "dots_per_line": "384", "seen": drawn}
    answer = manager.post(DEVICES, data=form, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (409, "#alerts")
    assert "文件中现在与您填写的不同： 纸宽 80 毫米（每行 576 点），字符集 GBK" in re.sub(r"\s+", " ", answer.text)
    assert load_config(file).printers[0].charset == "gbk"
    renewed = re.search(r'id="seen" name="seen" value="(\w+)" hx-swap-oob', answer.text)
    assert renewed
    assert saved(manager.post(DEVICES, data={**form, "seen": renewed[1]}, headers=HTMX), "receipts")
    assert (load_config(file).printers[0].charset, load_config(file).printers[0].dots_per_line) == ("big5", 384)


def test_what_was_changed_meanwhile_is_said_of_the_page_it_was_pressed_on(manager: FlaskClient, file: Path) -> None:
    drawn = seen(file)
    change_device(file, "tap", ["place=counter"])
    for path, form in (("/remove", {"device": "gun"}), ("/order", {"device": "tap", "order": "reversed"})):
        answer = manager.post(DEVICES + path, data={**form, "seen": drawn}, headers=HTMX)
        assert (answer.status_code, "请核对后再按一次" in answer.text) == (409, True), path
        assert "您填写的内容还在" not in answer.text, path
    answer = manager.post(DEVICES, data={**PRINTER, "id": "slips", "seen": drawn}, headers=HTMX)
    assert "您填写的内容还在" in answer.text


def test_a_device_that_became_another_kind_meanwhile_takes_no_settings_of_the_old_one(
    manager: FlaskClient, file: Path
) -> None:
    drawn = seen(file)
    remove_device(file, "gun")
    add_device(file, "keyboard", "gun", {"ports": ["/dev/input/a"]})
    form = {"device": "gun", "id": "gun", "kind_of_device": "scanner", "where": "/dev/b", "baud": "115200"}
    answer = manager.post(DEVICES, data={**form, "seen": drawn}, headers=HTMX)
    assert (answer.status_code, "config_changed" in answer.text) == (409, True)
    before = file.read_text(encoding="utf-8")
    answer = send(manager, file, "", dict(form))
    assert (answer.status_code, "bad_request" in answer.text) == (422, True)
    assert file.read_text(encoding="utf-8") == before


def test_each_field_is_explained_in_whole_sentences(manager: FlaskClient) -> None:
    page = manager.get(DEVICES + "/add?kind=keyboard").text
    hints = re.findall(r'<p class="device-small" id="([^"]+)">([^<]*)</p>', page)
    assert {"hint-id", "hint-where", "hint-ports"} <= dict(hints).keys()
    assert [text for _, text in hints if not text or text.endswith(("；", "，"))] == []
    for name in re.findall(r'aria-describedby="([^"]*)"', page):
        assert set(name.split()) <= dict(hints).keys()


def test_a_page_without_a_script_is_refused_as_a_page(manager: FlaskClient, file: Path) -> None:
    answer = manager.post(DEVICES, data={**PRINTER, "id": "slips", "seen": "other"}, headers=SAME)
    assert (answer.status_code, "config_changed" in answer.text) == (422, True)
    answer = manager.post(DEVICES, data={**PRINTER, "id": "A B", "seen": seen(file)}, headers=SAME)
    assert (answer.status_code, "device_setting_wrong" in answer.text) == (422, True)
    assert file.read_text(encoding="utf-8") == FILE
    answer = manager.post(DEVICES, data={**PRINTER, "id": "slips", "seen": seen(file)}, headers=SAME)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?saved=slips")


def test_a_device_is_removed_after_a_question(manager: FlaskClient, file: Path) -> None:
    question = manager.get(f"{DEVICES}/remove?device=gun").text
    assert "从配置中移除 gun？" in question
    assert "仍在前台读卡" not in question
    assert "只要还插着，它之后仍在前台读卡" in manager.get(f"{DEVICES}/remove?device=tap").text
    assert load_config(file).serial_scanners
    assert saved(send(manager, file, "/remove", {"device": "gun"}), "gun")
    assert load_config(file).serial_scanners == ()
    page = manager.get(PAGE).text
    assert "已移除" in page
    assert f"{DEVICES}?device=gun" not in page
    assert send(manager, file, "/remove", {"device": "gun"}).status_code == 422
    assert manager.get(f"{DEVICES}?device=gun").status_code == 422


def test_one_card_tells_the_order_and_it_is_offered_to_be_written(
    manager: FlaskClient, technician: FakeTechnician, file: Path
) -> None:
    technician.outcome = Outcome("order_reversed", {"order": "reversed"})
    told = manager.post(DEVICES + "/hint", data={"device": "tap", "number": "3283263748"}, headers=HTMX)
    assert technician.asked == [("hint", "tap", "3283263748")]
    assert "卡上印的号码与读出的顺序相反" in told.text
    form = dict(re.findall(r'name="(\w+)" value="(\w+)"', told.text))
    assert form == {"device": "tap", "order": "reversed", "seen": seen(file)}
    assert load_config(file).pcsc_readers[0].byte_order == "both"
    assert saved(manager.post(DEVICES + "/order", data=form, headers=HTMX), "tap")
    (tap,) = load_config(file).pcsc_readers
    assert (tap.byte_order, tap.place, tap.match) == ("reversed", "kiosk", "ACR122U")
    again = manager.post(DEVICES + "/hint", data={"device": "tap", "number": "3283263748"}, headers=HTMX).text
    assert "配置中已是如此" in again
    assert "/order" not in again


def test_the_order_that_is_written_is_the_one_the_card_showed(
    manager: FlaskClient, technician: FakeTechnician, file: Path
) -> None:
    technician.outcome = Outcome("order_as_read", {"order": "as-read"})
    told = manager.post(DEVICES + "/hint", data={"device": "tap", "number": "3283263748"}, headers=HTMX).text
    form = dict(re.findall(r'name="(\w+)" value="([\w-]+)"', told))
    assert saved(manager.post(DEVICES + "/order", data=form, headers=HTMX), "tap")
    assert load_config(file).pcsc_readers[0].byte_order == "as-read"
    answer = send(manager, file, "/order", {"device": "tap", "order": "sideways"})
    assert (answer.status_code, "device_setting_wrong" in answer.text) == (422, True)


@pytest.mark.parametrize("outcome", ["order_both", "order_foreign", "order_none", "nothing_came"])
def test_a_card_that_tells_nothing_offers_nothing(
    manager: FlaskClient, technician: FakeTechnician, outcome: str
) -> None:
    technician.outcome = Outcome(outcome)
    told = manager.post(DEVICES + "/hint", data={"device": "tap", "number": "1"}, headers=HTMX).text
    assert ("outcome-bad" in told, "/order" in told) == (True, False)


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (Refusal("card_number_bad"), "卡号不正确"),
        (Refusal("device_no_hint", device="gun"), "这台设备不读芯片号"),
        (Refusal("device_not_ready", device="tap", trouble="device_missing"), "这台设备还没有准备好"),
    ],
)
def test_a_hint_that_is_refused_is_said(
    manager: FlaskClient, technician: FakeTechnician, refusal: Refusal, said: str
) -> None:
    technician.refusal = refusal
    answer = manager.post(DEVICES + "/hint", data={"device": "tap", "number": "x"}, headers=HTMX)
    assert (answer.status_code, said in answer.text) == (422, True)


def test_a_reader_that_was_just_added_is_tried_after_the_next_start(manager: FlaskClient, file: Path) -> None:
    add_device(file, "reader", "desk", {"match": STRANGE})
    assert "下次启动后才能判断卡号顺序" in manager.get(f"{DEVICES}?device=desk").text
    assert 'name="number"' not in manager.get(f"{DEVICES}?device=desk").text
    assert 'name="number"' in manager.get(f"{DEVICES}?device=tap").text
    # What waits for the next start is not proposed once more.
    assert "kind=reader" not in manager.get(PAGE).text


def test_a_file_with_mistakes_is_told_and_offers_nothing(manager: FlaskClient, file: Path) -> None:
    before = seen(file)
    file.write_text(FILE + 'speed = "fast"\n', encoding="utf-8")
    page = manager.get(PAGE).text
    assert "displays[1].speed is not a key of this section" in page
    assert "config_wrong" in page
    assert f"{DEVICES}" not in page
    for path, form in POSTS:
        answer = manager.post(DEVICES + path, data={**form, "seen": before}, headers=HTMX)
        assert (answer.status_code, "config_wrong" in answer.text) == (422, True), path
    assert file.read_text(encoding="utf-8").endswith('"fast"\n')


class ReadOnly(DeviceSetup):
    """A file that the till may read and not write, as the system says it of a folder that is another's."""

    def look(self) -> SetUp:
        return dataclasses.replace(super().look(), writable=False)

    def change(self, device: str, settings: DeviceSettings, seen: str) -> bool:
        raise Refusal("config_read_only", file=device, reason=f"{settings.id} {seen}")


def test_a_till_that_may_not_write_its_file_says_so_and_offers_nothing(
    manager: FlaskClient, technician: FakeTechnician, file: Path
) -> None:
    technician.files = ReadOnly(file, load_config(file), list, tuple)
    change_device(file, "receipts", ["charset=gbk"])
    page = manager.get(PAGE).text
    assert "请由本机管理员使用 terminal devices" in page
    assert "config_read_only" in page
    # What somebody else changed is told all the same.
    assert "等待生效的更改" in page
    assert "/devices" not in page
    answer = send(manager, file, "", {**PRINTER, "charset": "big5"})
    assert (answer.status_code, "收银程序不能写配置文件" in answer.text) == (422, True)


def test_a_file_that_is_gone_is_told(manager: FlaskClient, file: Path) -> None:
    file.unlink()
    assert "配置文件读不了" in manager.get(PAGE).text
    answer = manager.get(f"{DEVICES}?device=gun")
    assert (answer.status_code, "file_unreadable" in answer.text) == (422, True)


@pytest.mark.parametrize(
    "text",
    [
        FILE.replace('data_dir = "data"', 'data_dir = "other"'),
        FILE + "[limits]\nweb_threads = 20\n",
        FILE + "[pcsc]\nenabled = false\n",
    ],
)
def test_settings_that_are_no_devices_wait_as_well(manager: FlaskClient, file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    assert "其他设置已更改" in manager.get(PAGE).text


@pytest.mark.parametrize("form", [{"kind_of_device": "fax"}, {}, {"device": "gun"}])
def test_a_form_that_is_not_ours_is_refused(manager: FlaskClient, file: Path, form: dict[str, object]) -> None:
    answer = send(manager, file, "", form)
    assert (answer.status_code, "bad_request" in answer.text) == (422, True)
    assert manager.get(DEVICES + "/add?kind=fax").status_code == 422


@pytest.mark.parametrize("language", TAGS)
@pytest.mark.parametrize(
    "address", ["", "/devices?device=tap", "/devices/add?kind=keyboard", "/devices/remove?device=gun"]
)
def test_every_page_speaks_the_language_and_keeps_its_place_when_it_changes(
    manager: FlaskClient, technician: FakeTechnician, language: str, address: str
) -> None:
    technician.rows = [DeviceRow("tap", "reader", "kiosk", "ready", "")]
    manager.post("/cashier/language", data={"language": language}, headers=SAME)
    page = manager.get(PAGE + address).text
    assert f'lang="{TAGS[language]}"' in page
    assert f'data-leaves="{PAGE}{address}"' in page
    if language == "en":
        # The shop, people and languages are called what they are called everywhere.
        own = r'<div class="brand">.*?</div>|<p class="on-duty">.*?</p>|<form method="post".*?</form>'
        assert re.findall("[\u4e00-\u9fff]+", re.sub(own, "", page, flags=re.DOTALL)) == []
