"""The demo shop's first start: every step once, whatever cuts it off."""

from __future__ import annotations

import pathlib

import pytest

from tests.hw_sim.shop_children import ClosingTime, Household, ShopError
from tests.hw_sim.shop_first_start import DEMO, first_steps, keep_card_keys, read_pins, set_up_demo_shop

# Stands where the till's commands stand: notes what it was asked, knows its staff, does what files in its folder say.
COMMANDS = """
import os, pathlib, sys
words = sys.argv[1:sys.argv.index("--config")]
with pathlib.Path("asked.txt").open("a", encoding="utf-8") as file:
    file.write(" ".join(words) + "\\n")
if words[0] == "import" and pathlib.Path("import-forbidden").exists():
    sys.exit("the disk is full")
if words[0] == "staff":
    person = pathlib.Path("staff-" + words[2])
    if person.exists():
        sys.exit("There is already somebody with this name. [staff_exists]")
    person.write_text(words[words.index("--pin") + 1], encoding="utf-8")
    if pathlib.Path("cut-off").exists():
        os.kill(os.getpid(), 9)
    print("PIN", person.read_text(encoding="utf-8"))
"""


@pytest.fixture
def commands(tmp_path: pathlib.Path) -> pathlib.Path:
    package = tmp_path / "repository" / "terminal"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "cli.py").write_text(COMMANDS, encoding="utf-8")
    return package.parent


@pytest.fixture
def household(tmp_path: pathlib.Path, commands: pathlib.Path) -> Household:
    return Household(tmp_path, commands, ClosingTime())


def asked(repository: pathlib.Path) -> list[str]:
    return (repository / "asked.txt").read_text(encoding="utf-8").splitlines()


def staff(repository: pathlib.Path) -> dict[str, str]:
    files = repository.glob("staff-*")
    return {file.name.removeprefix("staff-"): file.read_text(encoding="utf-8") for file in files}


def set_up(data: pathlib.Path, household: Household) -> None:
    set_up_demo_shop(data, data / "till.toml", household, lambda _text: None)


@pytest.mark.slow
def test_the_first_start_sets_up_catalogue_staff_and_members_once_and_keeps_the_pins(
    tmp_path: pathlib.Path, commands: pathlib.Path, household: Household
) -> None:
    for _ in range(2):
        set_up(tmp_path, household)
    pins = read_pins(tmp_path)
    assert asked(commands) == [
        f"setup apply --yes {DEMO / 'shop.toml'}",
        f"staff add 陈晓 --role cashier --pin {pins['陈晓']}",
        f"staff add 林店长 --role manager --pin {pins['林店长']}",
        f"import members {DEMO / 'members.csv'}",
    ]
    assert pins == staff(commands)
    assert all(len(pin) == 6 and pin.isdecimal() for pin in pins.values())
    assert not [log for log in tmp_path.glob("*.log*") if "PIN" in log.read_text(encoding="utf-8")]
    assert (tmp_path / "demo-pin.txt").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_a_first_start_that_failed_halfway_goes_on_where_it_stopped(
    tmp_path: pathlib.Path, commands: pathlib.Path, household: Household
) -> None:
    (commands / "import-forbidden").touch()
    with pytest.raises(ShopError, match=r"(?s)import members .* ended with code 1 and said:\nthe disk is full"):
        set_up(tmp_path, household)
    (commands / "import-forbidden").unlink()
    set_up(tmp_path, household)
    assert len(asked(commands)) == len(first_steps()) + 1


@pytest.mark.slow
def test_a_start_cut_off_while_somebody_is_added_goes_on_with_the_pin_that_holds(
    tmp_path: pathlib.Path, commands: pathlib.Path, household: Household
) -> None:
    (commands / "cut-off").touch()
    with pytest.raises(ShopError, match="staff add 陈晓"):
        set_up(tmp_path, household)
    (commands / "cut-off").unlink()
    set_up(tmp_path, household)
    assert read_pins(tmp_path) == staff(commands)
    assert len(staff(commands)) == 2


def test_somebody_of_that_name_with_another_pin_stops_the_start_in_words(
    tmp_path: pathlib.Path, commands: pathlib.Path, household: Household
) -> None:
    (commands / "staff-陈晓").write_text("246810", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(ShopError, match="There is already somebody with this name"):
            set_up(tmp_path, household)


def test_the_card_keys_are_the_owners_alone_and_those_a_person_put_there_stay(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "card-keys.toml"
    keep_card_keys(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes() == (DEMO / "card-keys.toml").read_bytes()
    file.write_text("[ntag424]\n", encoding="utf-8")
    keep_card_keys(file)
    assert file.read_text(encoding="utf-8") == "[ntag424]\n"
