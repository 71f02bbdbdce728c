"""`terminal drawer openings`: who opened the cash drawer and why, with a running till and without one."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from terminal.cli.drawer import opening_lines
from terminal.services.commands import OPENINGS_MAX
from terminal.store.database import Database
from tests.cli.home import COMMAND_S, REPOSITORY, Home, Said, command

pytestmark = pytest.mark.slow

AT_MS = 1_795_330_800_000  # 2026-11-22 15:00:00 at +08:00
NEWEST_FIRST = """\
2026-11-22 15:00:02  nobody  by hand               failed [drawer_unavailable]
2026-11-22 15:00:01  陈晓    cash taken  1-000007  opened
2026-11-22 15:00:00  陈晓    by hand               failed [terminal_stopped]
"""
APPROVED = {"zh_CN": "（李店长 批准）", "zh_TW": "（李店长 核准）", "en": " (approved by 李店长)"}
OPENINGS = (
    ("failed", "terminal_stopped", "staff", ""),
    ("done", "", "top_up", "1-000007"),
    ("failed", "drawer_unavailable", "staff", ""),
)


def write_down(home: Home, *openings: tuple[str, str, str, str]) -> None:
    """Write openings into the store of a till that does not run; the last is of somebody who is on no list."""
    database = Database(home.data / "store.db", (home.data / "store.key").read_bytes())
    (staff,) = database.rows("SELECT id FROM staff")[0]
    for n, (state, code, reason, bill_no) in enumerate(openings):
        who = "nobody" if n == len(openings) - 1 else staff
        database.run(
            "INSERT INTO drawer_opening (action_id, state, code, staff, reason, bill_no, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (n.to_bytes(16, "big"), state, code, who, reason, bill_no, AT_MS + n * 1000),
        )
    database.close()


def test_openings_are_told_newest_first_beside_a_running_till_as_without_one(till: Home) -> None:
    write_down(till, *OPENINGS)
    assert till.run("drawer", "openings").out == NEWEST_FIRST
    running = till.serve()
    try:
        assert till.run("drawer", "openings").out == NEWEST_FIRST
        newest, opened, _ = json.loads(till.run("drawer", "openings", "--json").out)
    finally:
        running.end()
    assert (newest["code"], newest["name"], newest["staff"]) == ("drawer_unavailable", "", "nobody")
    assert (opened["at"], opened["at_ms"]) == ("2026-11-22 15:00:01+08:00", AT_MS + 1000)
    assert (opened["name"], opened["reason"], opened["bill_no"], opened["state"]) == (
        "陈晓",
        "top_up",
        "1-000007",
        "done",
    )


def test_it_is_opened_by_hand_only_at_a_running_till_and_what_became_of_it_is_said(till: Home) -> None:
    assert opened_by(till, "nobody").code == "till_not_running"
    with till.config.open("a", encoding="utf-8") as config:
        config.write('[[printers]]\nid = "printer"\naddress = "127.0.0.1:9"\ndrawer_pin = 2\n')
    running = till.serve()
    try:
        assert opened_by(till, "nobody", pin="").code == "staff_unknown"
        assert opened_by(till, "陈晓", pin="000000").code == "pin_wrong"
        # Nothing listens where its printer should be.
        assert opened_by(till, "陈晓").code == "drawer_unavailable"
        (told,) = json.loads(till.run("drawer", "openings", "--json").out)
    finally:
        assert running.end() == 0
    assert (told["name"], told["reason"], told["state"], told["approver"]) == ("陈晓", "staff", "failed", "")


def opened_by(home: Home, name: str, pin: str = "246810") -> Said:
    """Have somebody open the drawer by hand, who types a PIN when asked."""
    process = subprocess.run(
        command("drawer", "open", "--staff", name, "--config", home.config),
        cwd=REPOSITORY,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        input=pin and f"{pin}\n",
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )
    assert "Traceback" not in process.stderr, process.stderr
    return Said(process.returncode, process.stdout, process.stderr)


def test_no_more_than_the_newest_two_hundred_are_told(till: Home) -> None:
    write_down(till, *[("done", "", "top_up", f"1-{n:06}") for n in range(OPENINGS_MAX + 5)])
    told = json.loads(till.run("drawer", "openings", "--json").out)
    assert (len(told), told[0]["bill_no"], told[-1]["bill_no"]) == (OPENINGS_MAX, "1-000204", "1-000005")


def test_a_drawer_never_opened_and_a_till_never_run_are_said_to_be_so(till: Home, bare: Home) -> None:
    assert till.run("drawer", "openings").out == "The drawer was never opened.\n"
    assert till.run("drawer", "openings", "--language", "zh_TW").out == "錢箱還沒有打開過。\n"
    assert json.loads(till.run("drawer", "openings", "--json").out) == []
    assert bare.run("drawer", "openings").code == "store_missing"


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("zh_CN", "2026-11-22 15:00:01  陈晓  现金收款  1-000007  已打开\n"),
        ("zh_TW", "2026-11-22 15:00:01  陈晓  現金收款  1-000007  已打開\n"),
        ("en", "2026-11-22 15:00:01  陈晓  cash taken  1-000007  opened\n"),
    ],
)
def test_an_opening_is_told_in_the_language_asked_for(language: str, line: str) -> None:
    approved = f"{line[:-1]}{APPROVED[language]}\n"
    row = {"at": "2026-11-22 15:00:01+08:00", "name": "陈晓", "staff": "x", "reason": "top_up", "bill_no": "1-000007"}
    assert opening_lines([{**row, "state": "done", "code": ""}], language) == [line]
    assert opening_lines([{**row, "state": "done", "code": "", "approver": "李店长"}], language) == [approved]
