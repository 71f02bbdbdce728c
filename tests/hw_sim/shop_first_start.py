"""The demo shop's first start: catalogue, staff and members, through the till's own commands."""

from __future__ import annotations

import json
import pathlib
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.hw_sim.shop_children import TAIL_LINES, Household, Program, ShopError

DEMO = pathlib.Path(__file__).parent / "demo"
STAFF = {"陈晓": "cashier", "林店长": "manager"}
COMMAND_TIMEOUT_S = 60.0
TAKEN = "[staff_exists]"


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the first start; `staff` names who is added by it, with a PIN from this launcher."""

    name: str
    arguments: tuple[str, ...]
    staff: str = ""


def first_steps() -> tuple[Step, ...]:
    """Return the commands of a first start in order."""
    staff = tuple(
        Step(f"staff {name}", ("staff", "add", name, "--role", role), staff=name) for name, role in STAFF.items()
    )
    setup = Step("setup", ("setup", "apply", "--yes", str(DEMO / "shop.toml")))
    return (setup, *staff, Step("members", ("import", "members", str(DEMO / "members.csv"))))


def set_up_demo_shop(
    data: pathlib.Path, config: pathlib.Path, household: Household, say: Callable[[str], None]
) -> None:
    """Run the steps that no earlier start has finished; `ShopError` with the command's words when one fails."""
    record = data / "first-start.json"
    done: list[str] = json.loads(record.read_text(encoding="utf-8")) if record.exists() else []
    left = [step for step in first_steps() if step.name not in done]
    if left:
        say("First start: setting up the demo shop 兰亭美业 静安店 with its members ...")
    for step in left:
        if step.staff:
            _add_staff(step, data, config, household)
        else:
            _terminal(step, (), config, household)
        done.append(step.name)
        _replace(record, json.dumps(done, ensure_ascii=False))


def keep_card_keys(file: pathlib.Path) -> None:
    """Leave the demo's master keys in `file`, mode 0600, unless a start before did: those a person put there stay."""
    if not file.exists():
        _replace(file, (DEMO / "card-keys.toml").read_text(encoding="utf-8"))


def read_pins(data: pathlib.Path) -> dict[str, str]:
    """Return the demo PINs by name, empty before the first start."""
    file = data / "demo-pin.txt"
    if not file.exists():
        return {}
    lines = (line.rpartition(" ") for line in file.read_text(encoding="utf-8").splitlines())
    return {name: pin for name, _, pin in lines if name}


def _add_staff(step: Step, data: pathlib.Path, config: pathlib.Path, household: Household) -> None:
    # The PIN is chosen and kept before the till hears of it: a start cut off in between goes on with the same one.
    before = read_pins(data)
    pins = {**before, step.staff: before.get(step.staff, f"{secrets.randbelow(10**6):06d}")}
    _keep_pins(data, pins)
    try:
        _terminal(step, ("--pin", pins[step.staff]), config, household)
    except ShopError as error:
        if TAKEN not in str(error):
            raise
        if step.staff not in before:
            # Somebody else added them, with a PIN that this launcher does not know.
            _keep_pins(data, before)
            raise


def _keep_pins(data: pathlib.Path, pins: Mapping[str, str]) -> None:
    _replace(data / "demo-pin.txt", "".join(f"{who} {pin}\n" for who, pin in pins.items()))


def _replace(file: pathlib.Path, text: str) -> None:
    fresh = file.with_name(file.name + ".new")
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(file)


def _terminal(step: Step, more: tuple[str, ...], config: pathlib.Path, household: Household) -> None:
    command = [sys.executable, "-m", "terminal.cli", *step.arguments, *more, "--config", str(config)]
    code, said = household.run(Program("first-start", command, {}), COMMAND_TIMEOUT_S)
    if code:
        tail = "\n".join(said.splitlines()[-TAIL_LINES:])
        raise ShopError(
            f"The demo shop could not be set up: `terminal {' '.join(step.arguments)}` ended with code {code} and "
            f"said:\n{tail}"
        )
