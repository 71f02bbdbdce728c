"""Changing the configuration file's devices: what stays, what changes, and that a wrong file is never written."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.base.config import ConfigMistakes, load_config
from terminal.base.errors import Refusal
from terminal.services.device_file import add_device, change_device, fingerprint, may_write, remove_device

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


def test_an_added_device_stands_apart_from_what_is_before_and_behind_it(file: Path) -> None:
    add_device(file, "display", "pole", {"port": "/dev/a"})
    add_device(file, "printer", "labels", {"usb": "0416:5011"})
    add_device(file, "scanner", "gun", {"port": "/dev/b"})
    behind = """
[[printers]]
id = "labels"
usb = "0416:5011"

[[displays]]
id = "pole"
port = "/dev/a"

[[serial_scanners]]
id = "gun"
port = "/dev/b"
"""
    assert file.read_text(encoding="utf-8") == FILE + behind


def test_what_a_page_gives_keeps_its_type_and_nothing_takes_a_key_out(file: Path) -> None:
    add_device(file, "reader", "tap", {"match": "0123", "place": "kiosk"})
    change_device(file, "tap", {"place": None, "byte_order": "reversed"})
    (tap,) = load_config(file).pcsc_readers
    assert (tap.match, tap.place, tap.byte_order) == ("0123", "counter", "reversed")


def test_a_file_that_is_another_than_the_one_seen_is_not_written(file: Path) -> None:
    seen = fingerprint(FILE)
    change_device(file, "receipts", ["charset=gbk"], seen)
    changed = file.read_text(encoding="utf-8")
    writes: list[Callable[[], None]] = [
        lambda: change_device(file, "receipts", ["charset=big5"], seen),
        lambda: add_device(file, "printer", "labels", ["usb=0416:5011"], seen),
        lambda: remove_device(file, "receipts", seen),
    ]
    for write in writes:
        with pytest.raises(Refusal, match="config_changed"):
            write()
    assert file.read_text(encoding="utf-8") == changed
    change_device(file, "receipts", ["charset=big5"], fingerprint(changed))


def test_many_writers_at_once_lose_nothing(file: Path) -> None:
    failed: list[BaseException] = []

    def add(number: int) -> None:
        try:
            add_device(file, "display", f"pole-{number}", [f"port=/dev/tty{number}"])
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # One that found no turn in time says so, and is not written; nobody's is lost.
    assert {str(error).split(" ")[0] for error in failed} <= {"config_busy"}
    assert len(load_config(file).displays) == len(threads) - len(failed) > 0


def test_somebody_who_does_not_let_go_of_the_file_is_told_of(file: Path) -> None:
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        with pytest.raises(Refusal, match="config_busy"):
            remove_device(file, "receipts")
    finally:
        os.close(folder)
    assert file.read_text(encoding="utf-8") == FILE
    remove_device(file, "receipts")


def test_a_writing_that_fails_leaves_nothing_beside_the_file(file: Path) -> None:
    # The folder of the part is a folder: it can neither be written nor put in the file's place.
    (file.parent / "till.toml.part").mkdir()
    with pytest.raises(Refusal, match="file_unusable"):
        change_device(file, "receipts", ["charset=gbk"])
    assert file.read_text(encoding="utf-8") == FILE
    (file.parent / "till.toml.part").rmdir()
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({len(FILE) // 2},) * 2)"
    ignore = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
    command = [sys.executable, "-c", f"{TOO_LONG}\n{ignore}\n{limit}\n{CHANGE}", str(file)]
    said = subprocess.run(command, check=False, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert (said.stdout, said.stderr) == ("file_unusable\n", "")
    assert [path.name for path in file.parent.iterdir()] == ["till.toml"]
    assert file.read_text(encoding="utf-8") == FILE


TOO_LONG = """
import sys
from pathlib import Path
import tomlkit.exceptions
from terminal.base.config import load_config
from terminal.base.errors import Refusal
from terminal.services.device_file import change_device
path = Path(sys.argv[1])
load_config(path)  # whatever this needs of the interpreter is loaded while it still may be written down
"""
CHANGE = """
try:
    change_device(path, "receipts", ["charset=gbk"])
except Refusal as refusal:
    print(refusal.code)
"""


def test_a_link_to_the_file_stays_one(file: Path, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    link = tmp_path / "etc" / "till.toml"
    link.symlink_to(file)
    change_device(link, "receipts", ["charset=gbk"])
    assert link.is_symlink()
    assert load_config(file).printers[0].charset == "gbk"
    assert may_write(link)


READ_ONLY = """
import os, sys
from pathlib import Path
import tomlkit.exceptions
from terminal.base.config import load_config
from terminal.base.errors import Refusal
from terminal.services.device_file import may_write, remove_device
path = Path(sys.argv[1])
load_config(path)  # whatever this needs of the interpreter is loaded while it still may be
# What root may not write is nowhere: then somebody else tries.
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    remove_device(path, "receipts")
except Refusal as refusal:
    print(refusal.code, may_write(path))
"""


def test_a_till_that_may_not_write_its_file_says_so() -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        path = folder / "till.toml"
        path.write_text(FILE, encoding="utf-8")
        path.chmod(0o644)
        folder.chmod(0o555)
        command = [sys.executable, "-c", READ_ONLY, str(path)]
        said = subprocess.run(command, check=False, capture_output=True, text=True, cwd=Path(__file__).parents[2])
        assert (said.stdout, said.stderr) == ("config_read_only False\n", "")
        assert path.read_text(encoding="utf-8") == FILE
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_what_root_changes_stays_the_tills_own(file: Path) -> None:
    if os.geteuid() == 0:
        os.chown(file, 65534, 65533)
    had = file.stat()
    change_device(file, "receipts", ["charset=gbk"])
    assert (file.stat().st_uid, file.stat().st_gid) == (had.st_uid, had.st_gid)
