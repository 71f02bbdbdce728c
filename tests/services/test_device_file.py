"""Changing the configuration file's devices: what stays, what changes, and that a wrong file is never written."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.base.config import ConfigMistakes, load_config
from terminal.base.errors import Refusal
from terminal.services.device_file import add_device, change_device, remove_device

FILE = """\
# The till of the shop in the arcade.
[till]
data_dir = "data"  # on the second disk

[[printers]]
id = "receipts"
address = "192.168.1.50:9100"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "till.toml"
    path.write_text(FILE, encoding="utf-8")
    path.chmod(0o640)
    return path


def test_an_added_device_is_read_and_everything_else_stays_as_it_was_written(file: Path) -> None:
    add_device(file, "scanner", "gun", ["port=/dev/serial/by-id/gun", "place=kiosk", "aim_ids=true", "baud=115200"])
    (gun,) = load_config(file).serial_scanners
    assert (gun.id, gun.port, gun.place, gun.aim_ids, gun.baud) == (
        "gun",
        "/dev/serial/by-id/gun",
        "kiosk",
        True,
        115200,
    )
    assert file.read_text(encoding="utf-8").startswith(FILE)
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_second_device_of_a_kind_is_added_behind_the_first(file: Path) -> None:
    add_device(file, "printer", "labels", ["usb=0416:5011", "dots_per_line=384"])
    assert [(printer.id, printer.dots_per_line) for printer in load_config(file).printers] == [
        ("receipts", 576),
        ("labels", 384),
    ]


def test_a_list_is_written_as_in_the_file(file: Path) -> None:
    add_device(file, "keyboard", "pad", ['ports=["/dev/input/by-id/a", "/dev/input/by-id/b"]', "kind=reader"])
    assert load_config(file).keyboards[0].ports == ("/dev/input/by-id/a", "/dev/input/by-id/b")


def test_a_key_can_be_changed_and_taken_out(file: Path) -> None:
    change_device(file, "receipts", ["dots_per_line=384", "charset=gbk"])
    assert load_config(file).printers[0].charset == "gbk"
    change_device(file, "receipts", ["charset="])
    printer = load_config(file).printers[0]
    assert (printer.charset, printer.dots_per_line) == ("gb18030", 384)
    assert "# on the second disk" in file.read_text(encoding="utf-8")


def test_a_printer_can_be_moved_to_another_wire(file: Path) -> None:
    change_device(file, "receipts", ["address=", "device=/dev/usb/lp0"])
    printer = load_config(file).printers[0]
    assert (printer.host, printer.device) == ("", "/dev/usb/lp0")


def test_a_removed_device_is_gone(file: Path) -> None:
    remove_device(file, "receipts")
    assert load_config(file).printers == ()


@pytest.mark.parametrize(
    "values", [["dots_per_line=383"], ["adress=x:1"], ["usb=0416:5011"], ["charset=klingon"], ["place=[1, 2]"]]
)
def test_a_file_that_would_be_wrong_is_not_written(file: Path, values: list[str]) -> None:
    with pytest.raises(ConfigMistakes):
        change_device(file, "receipts", values)
    assert file.read_text(encoding="utf-8") == FILE
    assert [path.name for path in file.parent.iterdir()] == ["till.toml"]


@pytest.mark.parametrize(
    ("device", "values", "code"),
    [
        ("gun", ["baud=9600"], "device_unknown"),
        ("receipts", ["baud"], "device_value_bad"),
        ("receipts", ["=3"], "device_value_bad"),
    ],
)
def test_what_cannot_be_meant_is_refused(file: Path, device: str, values: list[str], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        change_device(file, device, values)
    assert refused.value.code == code
    assert file.read_text(encoding="utf-8") == FILE


def test_a_file_that_is_no_toml_is_told_in_the_configurations_own_words(file: Path) -> None:
    file.write_text("[till", encoding="utf-8")
    with pytest.raises(ConfigMistakes) as wrong:
        remove_device(file, "receipts")
    assert "not valid TOML" in str(wrong.value)
