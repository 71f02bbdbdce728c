"""`terminal shift`, `pay` and `report`: beside a running till and without one, in the name of who gives a PIN."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from tests.cli.home import COMMAND_S, REPOSITORY, Home, Said, command
from tests.cli.pages import Pages

pytestmark = pytest.mark.slow

STAFF, PIN = "陈晓", "246810"
BOSS, BOSS_PIN = "李店长", "975310"


def shift(home: Home, *words: object, pins: tuple[str, ...] = (PIN,), who: str = STAFF) -> Said:
    """Run a command that works a shift, and type the PINs that are asked for."""
    process = subprocess.run(
        command("shift", *words, "--staff", who, "--config", home.config),
        cwd=REPOSITORY,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        input="".join(f"{pin}\n" for pin in pins),
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )
    assert "Traceback" not in process.stderr, process.stderr
    return Said(process.returncode, process.stdout, process.stderr)


def shown(home: Home, *words: object) -> dict[str, Any]:
    """Return what `terminal shift show` shows."""
    said = home.run("shift", "show", *words, "--json")
    assert said.exit_code == 0, said
    found: dict[str, Any] = json.loads(said.out)
    return found


def test_a_shift_is_opened_counted_closed_and_handed_over_without_a_running_till(till: Home) -> None:
    assert till.run("staff", "add", BOSS, "--role", "manager", "--pin", BOSS_PIN).exit_code == 0
    assert shift(till, "open", "--float", "420").exit_code == 0
    assert "expected_fen" not in shown(till)
    assert shift(till, "count", "--cash", "41.40", pins=("n", PIN)).code == "count_not_yes"
    assert shift(till, "count", "--cash", "41.40", pins=()).code == "answer_missing"
    assert "expected 420.00: 6.00 short." in shift(till, "count", "--cash", "414.00", "--yes").out
    assert shift(till, "close").code == "shift_reason_missing"
    closed = shift(till, "close", "--reason", "six coins")
    assert (closed.exit_code, "Short" in closed.out, "six coins" in closed.out) == (0, True, True)
    assert shown(till, "1")["over_fen"] == -6_00
    after = shift(till, "hand-over", "--float", "300", who=BOSS, pins=(BOSS_PIN,))
    assert (after.exit_code, "300.00" in after.out) == (0, True)
    assert till.run("shift", "show", "9").code == "shift_unknown"
    assert till.run("shift", "show", "1", "--print").code == "printer_unavailable"
    assert till.run("book", "verify").exit_code == 0


def test_cash_is_taken_out_when_a_second_person_gives_their_pin(till: Home) -> None:
    assert till.run("staff", "add", BOSS, "--role", "manager", "--pin", BOSS_PIN).exit_code == 0
    assert shift(till, "open", "--float", "500").exit_code == 0
    out = ("move-cash", "--out", "100", "--reason", "to the safe")
    assert shift(till, *out).code == "approval_needed"
    assert shift(till, *out, "--approver", BOSS, pins=(PIN, BOSS_PIN)).exit_code == 0


def test_whoever_does_not_work_here_is_told_so_before_a_pin_is_asked_for(till: Home) -> None:
    assert shift(till, "open", "--float", "0", who="nobody", pins=()).code == "staff_unknown"
    out = ("move-cash", "--out", "100", "--reason", "to the safe", "--approver", "nobody")
    assert shift(till, *out, pins=()).code == "staff_unknown"
    assert shift(till, *out[:-2], pins=()).code == "answer_missing"


def test_closing_a_shift_signs_its_person_out_of_the_running_till(till: Home) -> None:
    running = till.serve()
    try:
        pages = Pages(running.address)
        pages.sign_in(PIN)
        assert shift(till, "count", "--cash", "0", "--yes").exit_code == 0
        closed = shift(till, "close")
        assert (closed.exit_code, "is signed out" in closed.out) == (0, True)
        assert shown(till)["state"] == "closed"
        assert "sign-in" in pages.get("/cashier").headers.get("Location", "")
        pages.sign_in(PIN)
        assert shown(till)["number"] == 2
    finally:
        assert running.end() == 0


def test_a_month_of_pay_and_the_takings_of_days_are_shown_beside_a_running_till(till: Home) -> None:
    running = till.serve()
    try:
        assert json.loads(till.run("pay", "show", "2026-11", "--json").out) == {
            "month": "2026-11",
            "missing": 0,
            "people": [],
        }
        taken = json.loads(till.run("report", "takings", "2026-11-01", "2026-11-30", "--json").out)
        assert (taken["days"], taken["total_fen"]) == ([], 0)
        assert till.run("pay", "show", "November").code == "month_bad"
        assert till.run("report", "takings", "2026-11-30", "2026-11-01").code == "days_bad"
    finally:
        assert running.end() == 0
