"""Wrong usage ends with 2 and says how it goes; wrong content ends with 1 and one sentence with a stable code."""

from __future__ import annotations

import ast
import os
import subprocess

import pytest

from terminal.base.sentences import SENTENCES
from terminal.base.words import WORDS
from tests.cli.home import DEMO, REPOSITORY, Home, command, run

pytestmark = pytest.mark.slow


def test_each_wrong_usage_ends_with_two_and_shows_the_usage() -> None:
    wrong = (
        (),
        ("nonsense",),
        ("setup",),
        ("setup", "apply"),
        ("check-config",),
        ("check-config", "one.toml", "--config", "other.toml"),
        ("staff", "add"),
        ("import", "members"),
        ("member", "show"),
        ("member", "show", "--phone", "1", "--card", "2"),
        ("book",),
        ("book", "verify", "--frobnicate"),
        ("serve", "--config"),
    )
    running = [
        subprocess.Popen(command(*words), cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for words in wrong
    ]
    for words, process in zip(wrong, running, strict=True):
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (2, ""), (words, err)
        assert err.startswith("usage: terminal"), words
        assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (("book", "verify"), 0, "The book is right: 24 entries"),
        (("member", "show", "--phone", "13800138001"), 0, "王女士"),
        (("setup", "apply", DEMO / "shop.toml"), 0, "Nothing has changed."),
        (("staff", "add", "陈晓"), 1, "[staff_exists]"),
        (("import", "members", DEMO / "members.csv", "--dry-run"), 0, "Would be: 24 same."),
        (("check-config",), 0, "is right."),
    ],
)
def test_each_command_works_from_nothing_as_in_a_shell(
    till: Home, words: tuple[object, ...], exit_code: int, said: str
) -> None:
    # An environment of its own is what makes it start in a fresh interpreter.
    done = till.run(*words, environment={})
    assert (done.exit_code, said in done.out + done.err) == (exit_code, True), done


def test_help_and_version_end_with_zero() -> None:
    helped = run("--help")
    assert helped.exit_code == 0
    for name in ("serve", "check-config", "setup", "staff", "import", "member", "book"):
        assert name in helped.out
    assert run("--version").out.startswith("counterfoil ")


@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (("setup", "apply", "missing.toml"), "file_unreadable", "missing.toml"),
        (("setup", "apply", "/"), "file_unreadable", "Is a directory"),
        (("staff", "add", ""), "staff_name_bad", "1 to 20 characters"),
        (("staff", "add", "甲" * 21), "staff_name_bad", "1 to 20 characters"),
        (("staff", "add", "甲\n乙"), "staff_name_bad", "one line"),
        (("staff", "add", "甲", "--role", "owner"), "staff_role_bad", "cashier, manager"),
        (("staff", "add", "甲", "--pin", "12"), "pin_bad", "4 to 6 digits"),
        (("staff", "add", "甲", "--pin", ""), "pin_bad", "4 to 6 digits"),
        (("staff", "add", "甲", "--pin", "１２３４"), "pin_bad", "4 to 6 digits"),
        (("staff", "add", "陈晓"), "staff_exists", "this name"),
        (("import", "members", "/"), "file_unreadable", "Is a directory"),
        (("import", "members", "missing.csv", "--dry-run"), "file_unreadable", "missing.csv"),
        (("import", "members", DEMO / "members.csv", "--mapping", "missing"), "file_unreadable", "missing"),
        (("member", "show", "--phone", "19900000000"), "member_unknown", "No member"),
        (("member", "show", "--phone", ""), "member_unknown", "No member"),
        (("member", "show", "--phone", "134512345678901234"), "payment_code_unexpected", "payment code"),
        (("member", "show", "--card", "FFEEDDCC"), "card_unknown", "No member has this card"),
        (("member", "show", "--card", "#%"), "card_number_bad", "letters and digits"),
        (("member", "show", "--id", "zz"), "member_unknown", "No member"),
        (("book", "export", "--output", "/nowhere/journal"), "file_unusable", "/nowhere/journal"),
    ],
)
def test_wrong_content_is_one_sentence_with_a_code(
    till: Home, words: tuple[object, ...], code: str, named: str
) -> None:
    said = till.run(*words)
    assert (said.exit_code, said.code) == (1, code)
    assert named in said.err
    assert said.out == ""


def test_a_reader_who_stops_listening_and_a_full_output_end_a_command_quietly(till: Home) -> None:
    read, write = os.pipe()
    os.close(read)
    words = command("book", "export", "--config", till.config)
    gone = subprocess.run(words, cwd=REPOSITORY, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert (gone.returncode, gone.stderr) == (1, "")
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        stuck = subprocess.run(words, cwd=REPOSITORY, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert stuck.returncode == 1
    assert stuck.stderr.startswith("The disk is full: the output was not written")
    assert stuck.stderr.endswith(" [disk_full]\n")


def test_a_terminal_without_chinese_gets_numbers_for_characters_and_no_traceback(till: Home) -> None:
    said = till.run("member", "show", "--phone", "13800138001", environment={"PYTHONIOENCODING": "ascii"})
    assert said.exit_code == 0
    assert r"\u738b\u5973\u58eb" in said.out


def test_every_refusal_that_a_command_may_meet_has_a_sentence() -> None:
    within = ("app.py", "cli", "store", "base", "services/commands.py", "services/members.py", "services/staff.py")
    paths = [REPOSITORY / "terminal" / name for name in (*within, "services/shop.py", "services/imports.py")]
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))]
    # Met by staff at the screens only.
    screens = {"pin_locked", "pin_wrong", "staff_unknown", "signed_out"}
    codes = {
        call.args[0].value
        for file in files
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Refusal"
        if call.args and isinstance(call.args[0], ast.Constant)
    }
    assert len(codes) > 20, "nothing was read"
    assert codes - screens <= SENTENCES.keys() | WORDS.keys()
