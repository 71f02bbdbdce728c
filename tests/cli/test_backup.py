"""`terminal backup`: a key that a person has seen and kept, and a backup beside a till that serves."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess

import pytest

from tests.cli.backup_desk import KEY, make_key, screen
from tests.cli.home import COMMAND_S, CONFIG, REPOSITORY, Home, command
from tests.cli.simulators import only_simulators, till_with_devices
from tests.hw_sim.control import ControlClient

pytestmark = pytest.mark.slow

PIN = "135790"
MEMBERS = "会员编号,姓名,手机,卡号,余额\nW,王雨桐,13800138001,0BE2FB0B,10\n"


def files(home: Home) -> set[str]:
    """Return what lies in the data folder, but for locks."""
    return {path.name for path in home.data.iterdir() if path.suffix != ".lock"}


def test_the_first_backup_makes_a_key_shows_it_and_takes_it_off_the_screen(till: Home, tmp_path: pathlib.Path) -> None:
    with screen("backup", tmp_path, "--config", till.config) as shown:
        seen = shown.until("Type its last group: ")
        found = KEY.search(seen)
        assert found
        assert "█" in seen, "a code to be scanned"
        assert not (till.data / "backup.key").exists(), "it is put to use only when somebody has it"
        shown.type(found[1].split()[-1].lower())
        assert shown.end() == 0
    assert "\x1b[2J\x1b[3J" in shown.seen
    assert "24 entries and 24 members are in" in shown.seen.replace("\r\n", "\n")
    (made,) = tmp_path.iterdir()
    assert made.name.startswith("兰亭美业")
    assert made.name in shown.seen
    for path in till.folder.rglob("*"):
        if path.is_file():
            assert found[1].replace("  ", "").encode() not in path.read_bytes().replace(b"-", b"").replace(b" ", b"")


def test_a_key_that_is_not_typed_back_is_not_put_to_use(till: Home, tmp_path: pathlib.Path) -> None:
    before = files(till)
    with screen("backup", tmp_path, "--config", till.config) as shown:
        shown.until("Type its last group: ")
        shown.type("00000")
        assert shown.end() == 1
    assert "[recovery_key_unconfirmed]" in shown.seen
    assert files(till) == before
    assert list(tmp_path.iterdir()) == []


def test_a_new_key_is_shown_to_nobody_but_a_person(till: Home, tmp_path: pathlib.Path) -> None:
    for words in (("--new-key",), ("--new-key", tmp_path)):
        said = till.run("backup", *words)
        assert (said.exit_code, said.code, said.out) == (1, "recovery_needs_screen", "")
    said = till.run("backup", tmp_path)
    assert (said.exit_code, said.code, said.out) == (1, "recovery_key_missing", "")
    assert list(tmp_path.iterdir()) == []


def test_once_there_is_a_key_backups_need_nobody(till: Home, tmp_path: pathlib.Path) -> None:
    make_key(till)
    before = till.store_bytes()
    said = till.run("backup", tmp_path / "b.cfbackup", "--language", "zh_TW")
    assert (said.exit_code, said.err) == (0, "")
    assert said.out.startswith("兰亭美业 静安店：24 筆紀錄和 24 位會員已存入 ")
    assert till.store_bytes() == before
    again = till.run("backup", tmp_path / "b.cfbackup")
    assert (again.exit_code, again.code) == (1, "backup_exists")
    assert till.run("backup").exit_code == 2
    unprinted = till.run("backup", tmp_path / "c.cfbackup", "--print")
    assert (unprinted.exit_code, unprinted.out) == (2, ""), "a key that exists is not printed, and that is said"
    assert "--new-key" in unprinted.err
    assert not (tmp_path / "c.cfbackup").exists()
    nowhere = till.run("backup", tmp_path / "usb" / "b")
    assert (nowhere.exit_code, nowhere.code) == (1, "backup_folder_missing")


def test_a_second_key_says_what_the_first_one_still_opens(till: Home, tmp_path: pathlib.Path) -> None:
    make_key(till, tmp_path)
    with screen("backup", "--new-key", "--config", till.config, language="zh_CN") as shown:
        found = KEY.search(shown.until("请输入最后一组："))
        assert found
        shown.type(found[1].split()[-1])
        assert shown.end() == 0
    assert "此前的备份仍要用密钥" in shown.seen


def test_a_till_that_never_ran_is_not_made_by_a_backup(bare: Home, tmp_path: pathlib.Path) -> None:
    for words in ((tmp_path,), ("--new-key",)):
        said = bare.run("backup", *words)
        assert (said.exit_code, said.code) == (1, "store_missing")
    assert not bare.data.exists()


def test_a_backup_beside_a_till_that_serves_lets_taps_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    stick = tmp_path_factory.mktemp("stick")
    with till_with_devices(tmp_path_factory.mktemp("serving"), PIN, MEMBERS) as devices:
        home, pages = devices.home, devices.pages
        key = make_key(home)
        many = "".join(f"F{number},会员{number},139{number:08d},,{number}.00\n" for number in range(2_000))
        said = home.run("import", "members", home.file("many.csv", MEMBERS + many))
        assert said.exit_code == 0, said
        live = pages.live("/kiosk/live")
        words = command("backup", stick, "--config", home.config)
        with subprocess.Popen(words, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
            taps = 0
            while process.poll() is None:
                devices.hold_card("kiosk", "wang")
                live.until(lambda message: message["state"] == "member", "the member")
                devices.lift_card("kiosk")
                taps += 1
            assert process.stdout is not None
            assert "2,001 entries and 2,001 members" in process.stdout.read()
        assert process.wait(COMMAND_S) == 0
        live.close()
        assert taps
        printed = home.run("backup", "--new-key", "--print")
        assert printed.code == "recovery_needs_screen"
        with screen("backup", "--new-key", "--print", "--config", home.config) as shown:
            assert shown.end() == 1
        assert "[recovery_printer_taken]" in shown.seen
        assert not KEY.search(shown.seen), "no key is shown that is not going to be used"
        log = devices.till.log.read_text()
        assert key.split()[0] not in log


def test_a_key_is_printed_where_no_till_has_the_printer(till: Home, tmp_path: pathlib.Path) -> None:
    with only_simulators(tmp_path / "sim") as facts:
        printers = f'[[printers]]\nid = "printer"\naddress = "{facts["printer"]}"\n'
        till.config.write_text(CONFIG + printers, encoding="utf-8")
        with screen("backup", "--new-key", "--print", "--config", till.config) as shown:
            found = KEY.search(shown.until("Type its last group: "))
            assert found
            assert "It is printed." in shown.seen
            shown.type(found[1].split()[-1])
            assert shown.end() == 0
        with contextlib.closing(ControlClient(facts["control"]["printer"])) as printer:
            (slip,) = printer("slips", since=0)["slips"]
        for number, group in enumerate(found[1].split(), 1):
            assert f"{number}  {group}" in slip["text"]
        assert any("-".join(found[1].split()) in str(line) for line in slip["transcript"]), "as a code to be scanned"


def test_a_disk_that_fills_up_leaves_a_sentence_and_no_file(till: Home, as_root: None, tmp_path: pathlib.Path) -> None:
    del as_root
    make_key(till)
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(small)], check=True)
    try:
        said = till.run("backup", small)
        assert (said.exit_code, said.code) == (1, "backup_full")
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert not list(till.data.glob("backup.copy*"))
