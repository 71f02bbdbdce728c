"""The verbs behind `terminal shift`: each in the name of somebody who gives a PIN, blind until the count."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.services.ask import at_once
from terminal.services.shifts.commands import ShiftCommands
from terminal.services.shifts.rights import FourEyes
from terminal.services.shifts.signing import Signing
from terminal.services.views import SignedIn
from tests.services.shift_bench import PIN, ShiftBench, line, note, shift_bench


@pytest.fixture
def till(tmp_path: pathlib.Path) -> Iterator[ShiftBench]:
    """Give a till with a cashier and a manager; after the test its book must still be right."""
    made = shift_bench(tmp_path)
    made.person("陈晓")
    made.person("李店长", "manager")
    yield made
    assert made.verify() == ""
    made.database.close()


@pytest.fixture
def commands(till: ShiftBench) -> ShiftCommands:
    """Give the commands of that till."""
    eyes = FourEyes(till.rights, till.staff, at_once)
    signs = Signing(till.database, till.staff, eyes, lambda: till.rulebook, at_once)
    return ShiftCommands(till.shifts, signs, lambda: till.rulebook)


def do(commands: ShiftCommands, verb: str, staff: str = "陈晓", pin: str = PIN, **more: Any) -> Mapping[str, Any]:
    """Have a verb done in somebody's name."""
    return commands.verbs()[f"shift_{verb}"](**{"action": new_id(), "staff": staff, "pin": pin} | more)


def refused(commands: ShiftCommands, verb: str, **more: Any) -> str:
    """Return the code a verb is refused with."""
    with pytest.raises(Refusal) as caught:
        do(commands, verb, **more)
    return caught.value.code


def test_a_shift_is_opened_worked_counted_closed_and_handed_over_by_commands(
    till: ShiftBench, commands: ShiftCommands
) -> None:
    opened = do(commands, "open", float_fen=500_00)
    assert (opened["number"], opened["person"], opened["state"], opened["float_fen"]) == (1, "陈晓", "open", 500_00)
    by = SignedIn("", till.staff.named("陈晓"), "陈晓", 1)
    till.bill(by, note([line("service", 86_00)], {"cash": 86_00}))
    do(commands, "move_cash", out=False, fen=14_00, reason="change")
    shown = commands.verbs()["shift_show"]()
    assert not {"expected_fen", "tenders", "over_fen"} & shown.keys(), "a blind count is not helped"
    assert refused(commands, "close") == "shift_not_counted"
    counted = do(commands, "count", counted_fen=600_00)
    assert counted == {"counted_fen": 600_00, "expected_fen": 600_00, "over_fen": 0}
    assert commands.verbs()["shift_show"](number=1)["expected_fen"] == 600_00
    closed = do(commands, "close")
    assert (closed["state"], closed["sales"]["fen"], closed["cash_in"]["fen"]) == ("closed", 86_00, 14_00)
    assert json.loads(json.dumps(closed)) == json.loads(json.dumps(commands.verbs()["shift_show"](number=1)))
    after = do(commands, "hand_over", staff="李店长", float_fen=300_00)
    assert (after["number"], after["person"], after["float_fen"]) == (2, "李店长", 300_00)


def test_taking_cash_out_needs_a_second_person_who_gives_a_pin(till: ShiftBench, commands: ShiftCommands) -> None:
    do(commands, "open", float_fen=100_00)
    wish: dict[str, Any] = {"action": new_id(), "out": True, "fen": 40_00, "reason": "to the safe"}
    assert refused(commands, "move_cash", **wish) == "approval_needed"
    assert refused(commands, "move_cash", **wish, approver="陈晓", approver_pin=PIN) == "approval_own"
    assert refused(commands, "move_cash", **wish, approver="李店长", approver_pin="000000") == "pin_wrong"
    assert do(commands, "move_cash", **wish, approver="李店长", approver_pin=PIN)["entry"]
    assert till.last().payload["approved_by"] == till.staff.named("李店长")


def test_who_does_not_prove_who_they_are_changes_nothing(till: ShiftBench, commands: ShiftCommands) -> None:
    assert refused(commands, "open", pin="000000", float_fen=0) == "pin_wrong"
    assert refused(commands, "open", staff="nobody", float_fen=0) == "staff_unknown"
    assert refused(commands, "open", action="x", float_fen=0) == "action_bad"
    assert till.database.rows("SELECT * FROM shift") == []
    with pytest.raises(Refusal, match="shift_unknown"):
        commands.verbs()["shift_show"](number=7)
    with pytest.raises(Refusal, match="shift_none"):
        commands.verbs()["shift_show"]()
    with pytest.raises(Refusal, match="printer_unavailable"):
        commands.verbs()["shift_print"]()
