"""`terminal import members` without a till running: what happens line by line, and what never happens twice."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import pty
import select
import stat
import subprocess
import zipfile

import pytest

from terminal.store.database import Database
from tests.cli.home import REPOSITORY, Home, command

pytestmark = pytest.mark.slow

GOOD = "会员编号,姓名,手机,卡号,储值余额\nA1,王小芳,13812345678,0BE2FB77,750.00\nA2,李䶮,13812345679,,￥80\n"
MIXED = GOOD + "A3,张三,138,,10\nA4,赵四,13812345680,,1.234.5\nA5,孙五,13812345678,,\n"


def test_a_dry_run_says_each_line_and_changes_nothing(till: Home) -> None:
    path = till.file("members.csv", MIXED)
    before = till.store_bytes()
    said = till.run("import", "members", path, "--dry-run")
    lines = said.out.splitlines()
    assert said.exit_code == 1, "two lines are bad"
    marked = "would be imported, marked: shares a card or phone with another member"
    assert lines[:2] == [f"line 2: {marked}", "line 3: would be imported"]
    assert lines[2].startswith("line 4: would NOT be imported: 手机 '138': ")
    assert lines[3].startswith("line 5: would NOT be imported: 储值余额 '1.234.5': ")
    side = till.folder / "members.rejected.csv"
    assert lines[4:] == [
        f"line 6: {marked}",
        "Would be: 1 imported, 2 marked, 2 bad.",
        f"The bad lines with their reasons would be in {side}.",
    ]
    assert till.store_bytes() == before
    assert sorted(path.name for path in till.folder.glob("*.csv")) == ["members.csv"], "no side file"
    assert not list(till.data.glob("rehearsal.db*"))


def test_bad_lines_go_to_a_private_side_file_with_reasons_and_the_rest_goes_in(till: Home) -> None:
    path = till.file("members.csv", MIXED)
    entries = till.entries()
    said = till.run("import", "members", path)
    assert said.exit_code == 1
    assert "Done: 1 imported, 2 marked, 2 bad." in said.out
    side = till.folder / "members.rejected.csv"
    assert f"The bad lines with their reasons are in {side}." in said.out
    assert stat.S_IMODE(side.stat().st_mode) == 0o600
    rows = list(csv.reader(side.read_text("utf-8-sig").splitlines()))
    assert rows[0] == [
        *("rejected_line", "rejected_reason", "rejected_beside"),
        *("会员编号", "姓名", "手机", "卡号", "储值余额"),
    ]
    assert [(row[0], row[2], row[3:]) for row in rows[1:]] == [
        ("4", "", ["A3", "张三", "138", "", "10"]),
        ("5", "", ["A4", "赵四", "13812345680", "", "1.234.5"]),
    ]
    assert "138" in rows[1][1]
    assert till.entries() == entries + 3
    assert path.read_text() == MIXED


def test_the_same_file_twice_changes_nothing_and_a_changed_line_is_reported_not_written(till: Home) -> None:
    path = till.file("members.csv", GOOD)
    assert till.run("import", "members", path).exit_code == 0
    entries = till.entries()
    before = till.store_bytes()["store.db"]
    again = till.run("import", "members", path)
    assert (again.exit_code, again.out) == (0, "Done: 2 same.\n")
    assert till.store_bytes()["store.db"] == before
    till.file("members.csv", GOOD.replace("750.00", "7500.00"))
    changed = till.run("import", "members", path)
    assert changed.exit_code == 1
    assert "line 2: was imported before with other content; NOT changed\n" in changed.out
    assert "1 same, 1 changed" in changed.out
    assert till.entries() == entries
    shown = json.loads(till.run("member", "show", "--phone", "13812345678", "--json").out)
    assert shown[0]["balance_fen"] == 750_00


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode("gb18030"),
        codecs.BOM_UTF8 + GOOD.encode(),
        codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le"),
        GOOD.replace("\n", "\r\n").replace(",", "\t").encode(),
    ],
    ids=["gb18030", "utf-8 with mark", "utf-16", "tabs and carriage returns"],
)
def test_each_encoding_an_old_system_writes_is_understood(till: Home, content: bytes) -> None:
    said = till.run("import", "members", till.file("members.csv", content))
    assert (said.exit_code, said.out, said.err) == (0, "Done: 2 imported.\n", "")
    database = Database(till.data / "store.db", (till.data / "store.key").read_bytes())
    assert database.row("SELECT name FROM member WHERE phone = '13812345679'") == ("李䶮",)
    database.close()


def test_a_mapping_file_names_columns_of_its_own(till: Home) -> None:
    path = till.file("members.csv", "贵宾,联系\n周一,13812345681\n")
    mapping = till.file("mapping.toml", '[columns]\n"贵宾" = "name"\n"联系" = "phone"\n')
    assert till.run("import", "members", path).code == "member_file_no_header"
    said = till.run("import", "members", path, "--mapping", mapping)
    assert (said.exit_code, said.out) == (0, "Done: 1 imported.\n")


def workbook() -> bytes:
    """Return the beginning of what a spreadsheet program saves."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "member_file_empty"),
        (workbook(), "member_file_spreadsheet"),
        (b"<html><table>", "member_file_markup"),
        (b"\x7fELF\x00\x01\x02\x00\x00", "member_file_binary"),
        ("王小芳,13812345678\n李四,13812345679\n".encode(), "member_file_no_header"),
        ("姓名,等级\n王小芳,金卡\n".encode(), "member_file_no_identity"),
        ("姓名,手机,手机号\n王,1,2\n".encode(), "member_file_column_twice"),
    ],
)
def test_a_file_that_cannot_be_read_as_members_is_refused_as_a_whole(till: Home, content: bytes, code: str) -> None:
    before = till.store_bytes()["store.db"]
    said = till.run("import", "members", till.file("members.csv", content))
    assert (said.exit_code, said.code, said.out) == (1, code, "")
    assert till.store_bytes()["store.db"] == before


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        (b"[columns", "member_file_mapping_unreadable"),
        (b'encoding = "klingon"', "member_file_mapping_wrong"),
        ('[columns]\n"没有" = "name"\n'.encode(), "member_file_mapping_unused"),
        (b"\xff\xfe", "file_unreadable"),
    ],
)
def test_a_wrong_mapping_is_refused(till: Home, mapping: bytes, code: str) -> None:
    path = till.file("members.csv", GOOD)
    said = till.run("import", "members", path, "--mapping", till.file("mapping.toml", mapping))
    assert (said.exit_code, said.code) == (1, code)


def test_the_side_file_never_replaces_the_file_that_is_read(till: Home) -> None:
    path = till.file("members.csv", MIXED)
    said = till.run("import", "members", path, "--rejected", till.folder / "data" / ".." / "members.csv")
    assert (said.exit_code, said.code) == (1, "rejected_is_input")
    assert path.read_text() == MIXED


def test_a_dry_run_before_the_first_start_says_what_to_do(bare: Home) -> None:
    said = bare.run("import", "members", bare.file("members.csv", GOOD), "--dry-run")
    assert (said.exit_code, said.code) == (1, "store_missing")


def test_the_progress_bar_is_drawn_on_a_terminal_only(till: Home) -> None:
    path = till.file("members.csv", GOOD)
    assert till.run("import", "members", path, "--dry-run").err == ""
    ours, theirs = pty.openpty()
    words = command("import", "members", path, "--config", till.config)
    with subprocess.Popen(words, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        out, _ = process.communicate(timeout=60)
    drawn = b""
    while select.select([ours], [], [], 0)[0]:
        try:
            drawn += os.read(ours, 4096)
        except OSError:  # Linux says EIO when nobody has the terminal open any more
            break
    os.close(ours)
    assert (process.returncode, out.decode()) == (0, "Done: 2 imported.\n")
    assert "█ 100%" in drawn.decode()
    assert drawn.decode().endswith("\r\x1b[K"), "and goes when it is done"
