"""Configuring devices from a page: what the file says, what waits for the next start, and what is refused."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from terminal.base.config import load_config
from terminal.base.errors import Refusal
from terminal.hw.pcsc_names import ReaderMatch, reader_id
from terminal.services.device_file import SECTIONS, add_device, change_device, remove_device
from terminal.services.device_proposals import KINDS_OF, Plugged, unconfigured
from terminal.services.device_settings import CHOICES, WHERE_KEYS, DeviceSettings, changed_settings, new_settings
from terminal.services.device_setup import DeviceSetup, Waiting

FILE = """\
[till]
data_dir = "data"

[[pcsc_readers]]
id = "tap"
match = "ACR122U"

[[printers]]
id = "receipts"
usb = "0416:5011:AB"
dots_per_line = 420
font = "own.ttf"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "till.toml"
    path.write_text(FILE.replace("420", "424"), encoding="utf-8")
    return path


@pytest.fixture
def setup(file: Path) -> DeviceSetup:
    return opened(file)


def opened(file: Path, *states: str) -> DeviceSetup:
    """Return what configures the file, for a till that was started with it as it is now."""
    plugged = [Plugged("serial", "/dev/serial/by-id/x", "x"), Plugged("printer", "/dev/usb/lp0", "lp0", stable=False)]
    return DeviceSetup(file, load_config(file), lambda: plugged, lambda: ("pcsc", "tap", "receipts", *states))


def refused(code: str) -> pytest.RaisesExc[Refusal]:
    return pytest.RaisesExc(Refusal, check=lambda refusal: refusal.code == code)


def test_the_kinds_are_those_of_the_file_and_every_one_can_be_proposed() -> None:
    assert CHOICES.keys() == WHERE_KEYS.keys() == SECTIONS.keys()
    assert {kind for kinds in KINDS_OF.values() for kind in kinds} == SECTIONS.keys()


@pytest.mark.parametrize("kind", CHOICES)
def test_a_new_device_has_the_configurations_own_defaults(tmp_path: Path, kind: str) -> None:
    settings = new_settings(kind)
    assert settings.values.keys() == CHOICES[kind].keys()
    where = {"reader": "ACR", "printer": "h:9100"}.get(kind, "/dev/x")
    after = DeviceSettings("new", kind, (where,), settings.values)
    assert changed_settings(settings, after).keys() - WHERE_KEYS[kind] == set()
    path = tmp_path / "till.toml"
    path.write_text('[till]\ndata_dir = "data"\n', encoding="utf-8")
    DeviceSetup(path, load_config(path), list, tuple).add(after, opened(path).look().seen)
    assert opened(path).settings("new") == after


def test_the_settings_are_those_of_the_file_with_what_it_leaves_out(setup: DeviceSetup) -> None:
    receipts = setup.settings("receipts")
    assert (receipts.kind, receipts.where) == ("printer", ("0416:5011:AB",))
    assert (receipts.values["dots_per_line"], receipts.values["charset"]) == ("424", "gb18030")
    assert (receipts.values["drawer_pin"], receipts.values["process_id"]) == ("", "true")
    with refused("device_unknown"):
        setup.settings("nobody")


def test_only_what_is_another_is_written(setup: DeviceSetup, file: Path) -> None:
    before = setup.settings("receipts")
    seen = setup.look().seen
    assert not setup.change("receipts", before, seen)
    assert setup.change("receipts", DeviceSettings("receipts", "printer", before.where, {"charset": "gbk"}), seen)
    assert file.read_text(encoding="utf-8") == FILE.replace("420", "424").replace(
        'own.ttf"\n', 'own.ttf"\ncharset = "gbk"\n'
    )


def test_a_printer_on_another_wire_leaves_the_old_one(setup: DeviceSetup, file: Path) -> None:
    setup.change("receipts", DeviceSettings("receipts", "printer", ("/dev/usb/lp0",)), setup.look().seen)
    printer = load_config(file).printers[0]
    assert (printer.device, printer.usb, printer.dots_per_line) == ("/dev/usb/lp0", "", 424)


def test_what_waits_for_the_next_start_is_told_until_it_is_undone(setup: DeviceSetup, file: Path) -> None:
    assert list(setup.look().waiting) == []
    change_device(file, "tap", ["place=kiosk"])
    add_device(file, "display", "pole", ["port=/dev/p"])
    change_device(file, "receipts", ["id=slips"])
    assert list(setup.look().waiting) == [
        Waiting("changed", "tap"),
        Waiting("renamed", "slips", "receipts"),
        Waiting("added", "pole"),
    ]
    change_device(file, "slips", ["charset=gbk"])
    remove_device(file, "pole")
    change_device(file, "tap", ["place=counter"])
    assert list(setup.look().waiting) == [Waiting("added", "slips"), Waiting("removed", "receipts")]
    change_device(file, "slips", ["charset=gb18030", "id=receipts", "font=other.ttf"])
    assert list(setup.look().waiting) == [Waiting("changed", "receipts")]
    change_device(file, "receipts", ["font=own.ttf"])
    assert list(setup.look().waiting) == []


def test_a_file_that_another_wrote_meanwhile_is_not_written_over(setup: DeviceSetup, file: Path) -> None:
    seen = setup.look().seen
    change_device(file, "tap", ["place=kiosk"])
    text = file.read_text(encoding="utf-8")
    for stale in (seen, ""):
        with refused("config_changed"):
            setup.change("receipts", DeviceSettings("slips", "printer", ("0416:5011:AB",)), stale)
        with refused("config_changed"):
            setup.remove("receipts", stale)
        with refused("config_changed"):
            setup.add(DeviceSettings("pole", "display", ("/dev/p",)), stale)
    assert file.read_text(encoding="utf-8") == text


def test_a_file_with_mistakes_is_told_and_changed_by_nobody(setup: DeviceSetup, file: Path) -> None:
    seen = setup.look().seen
    file.write_text(FILE, encoding="utf-8")  # 420 dots are no multiple of 8
    found = setup.look()
    assert (found.devices, found.waiting, len(found.mistakes)) == ({}, (), 1)
    assert "multiple of 8" in found.mistakes[0]
    with refused("config_wrong"):
        setup.settings("tap")
    with refused("config_wrong"):
        setup.remove("tap", seen)
    with refused("config_wrong"):
        setup.add(DeviceSettings("pole", "display", ("/dev/p",)), seen)
    assert file.read_text(encoding="utf-8") == FILE


@pytest.mark.parametrize(
    "where",
    [
        *("/etc/passwd", "/dev/../etc/passwd", "/dev/usb/../../etc/passwd", "/dev//usb/lp0", "/dev", "/dev/"),
        # Files of this process, and folders for anybody's files.
        *("/dev/fd/5", "/dev/stdout", "/dev/shm/store.db", "/dev/mqueue/x", "/dev/core"),
    ],
)
def test_a_page_leads_the_till_into_no_file_that_is_no_device(setup: DeviceSetup, file: Path, where: str) -> None:
    before = file.read_text(encoding="utf-8")
    with refused("device_setting_wrong"):
        setup.change("receipts", DeviceSettings("receipts", "printer", (where,)), setup.look().seen)
    with refused("device_setting_wrong"):
        setup.add(DeviceSettings("gun", "scanner", (where,)), setup.look().seen)
    assert file.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("where", ["/dev/ttyUSB0", "/dev/shop-printer", "/dev/fds/a", "/dev/serial/by-id/usb-fd"])
def test_a_path_of_a_device_is_taken_whatever_it_is_called(setup: DeviceSetup, file: Path, where: str) -> None:
    setup.change("receipts", DeviceSettings("receipts", "printer", (where,)), setup.look().seen)
    assert load_config(file).printers[0].device == where


def test_settings_of_another_kind_are_refused(setup: DeviceSetup, file: Path) -> None:
    before = file.read_text(encoding="utf-8")
    with refused("bad_request"):
        setup.change("receipts", DeviceSettings("receipts", "display", ("/dev/p",)), setup.look().seen)
    assert file.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("text", ['a"\n[limits]\nweb_threads = 4\n', "x]\ny", 'tab\there \\ """', "\u2028#"])
def test_what_is_typed_is_a_value_and_never_a_line_of_the_file(setup: DeviceSetup, file: Path, text: str) -> None:
    setup.add(DeviceSettings("desk", "reader", (text,)), setup.look().seen)
    config = load_config(file)
    assert [reader.match for reader in config.pcsc_readers] == ["ACR122U", text]
    assert config.limits.web_threads == 16


def test_a_path_that_the_administrator_wrote_elsewhere_stays(setup: DeviceSetup, file: Path) -> None:
    add_device(file, "scanner", "gun", ["port=/run/shop/gun"])
    settings = DeviceSettings("gun", "scanner", ("/run/shop/gun",), {"place": "kiosk"})
    assert setup.change("gun", settings, setup.look().seen)
    assert load_config(file).serial_scanners[0].port == "/run/shop/gun"


def test_what_is_done_is_logged_without_what_was_typed(setup: DeviceSetup, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    setup.add(DeviceSettings("pole", "display", ("/dev/p",)), setup.look().seen)
    setup.change("pole", DeviceSettings("tall", "display", ("/dev/p",)), setup.look().seen)
    setup.remove("tall", setup.look().seen)
    assert [record.getMessage().split(" ")[1:4] for record in caplog.records] == [
        ["pole", "was", "added"],
        ["pole", "was", "changed"],
        ["tall", "was", "removed"],
    ]


def test_what_could_be_added_is_what_the_file_by_now_lacks(file: Path) -> None:
    setup = opened(file, "Strange Reader")
    assert [one.name for one in setup.look().plugged] == ["Strange Reader", "/dev/serial/by-id/x", "/dev/usb/lp0"]
    add_device(file, "reader", "desk", {"match": "Strange"})
    change_device(file, "receipts", ["usb=", "device=/dev/usb/lp0"])
    remove_device(file, "tap")
    # The reader that is no longer configured is known to the running till by its id, under which nobody finds it.
    assert [one.name for one in setup.look().plugged] == ["/dev/serial/by-id/x"]


def test_a_second_reader_of_a_configured_kind_is_still_proposed(file: Path) -> None:
    states = ("pcsc", "tap", "ACS ACR122U")
    assert [one.name for one in unconfigured(load_config(file), [], states)] == ["ACS ACR122U"]


def test_equal_readers_are_proposed_so_that_each_gets_a_section_that_finds_it(tmp_path: Path) -> None:
    """The till calls the second `#2`, which is in no PC/SC name, and one `match` may stand in a file once only."""
    path = tmp_path / "till.toml"
    path.write_text('[till]\ndata_dir = "data"\n', encoding="utf-8")
    names = [f"ACS ACR122U PICC Interface 0{number} 00" for number in range(4)]
    states: list[str] = []
    for name in names:
        states.append(reader_id(name, (), states))
    assert states[1] == "ACS ACR122U PICC Interface #2"
    for number in range(4):
        # The page is drawn anew after each; none of them is in force before the till's next start.
        proposed = unconfigured(load_config(path), [], states)
        assert [one.label for one in proposed] == states[number:]
        add_device(path, "reader", f"tap-{number}", {"match": proposed[0].name})
    matches = [ReaderMatch(one.id, one.match) for one in load_config(path).pcsc_readers]
    taken: list[str] = []
    for name in names:
        taken.append(reader_id(name, matches, taken))
    assert taken == ["tap-0", "tap-1", "tap-2", "tap-3"]
    assert all("ACS ACR122" in match.match for match in matches)
    assert unconfigured(load_config(path), [], [*taken, "pcsc"]) == []


TEXTS = st.text(max_size=12) | st.sampled_from(
    ["", "gun", "/dev/a", "/dev/a/../b", "h:1", "[::1]", "0416:5011", "9600"]
)
FORMS = st.builds(
    DeviceSettings,
    id=TEXTS,
    kind=st.sampled_from([*CHOICES, "fax"]),
    where=st.lists(TEXTS, max_size=3).map(tuple),
    values=st.dictionaries(
        st.sampled_from(sorted({key for keys in CHOICES.values() for key in keys})), TEXTS, max_size=4
    ),
)


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@example([("change", DeviceSettings("receipts", "printer", ("\x00",)))])
@example([("add", DeviceSettings("gun", "keyboard", ("/dev/a", "/dev/a"), {"baud": "9" * 12}))])
@given(st.lists(st.tuples(st.sampled_from(["add", "change", "remove"]), FORMS), max_size=3))
def test_whatever_is_filled_into_a_form_the_file_stays_one_that_can_be_read(
    asked: list[tuple[str, DeviceSettings]],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "till.toml"
        path.write_text(FILE.replace("420", "424"), encoding="utf-8")
        setup = opened(path)
        for what, form in asked:
            before, seen = path.read_bytes(), setup.look().seen
            try:
                if what == "add":
                    setup.add(form, seen)
                elif what == "change":
                    setup.change("receipts", form, seen)
                else:
                    setup.remove(form.id, seen)
            except Refusal:
                assert path.read_bytes() == before
            assert list(setup.look().mistakes) == []
