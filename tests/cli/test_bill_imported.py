"""Passes that came with the demo shop's member file settle lines of bills: each of the names the file has."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.cli.home import COMMAND_S, DEMO, REPOSITORY, Home, demo_home
from tests.cli.pages import Pages
from tests.cli.warm import warm

pytestmark = pytest.mark.slow

STAFF, PIN = "陈晓", "246810"


def passes() -> list[tuple[str, str, int]]:
    """Return of each name of a pass the first member who has sessions left: phone, name, sessions left."""
    found: dict[str, tuple[str, str, int]] = {}
    with (DEMO / "members.csv").open(encoding="utf-8") as file:
        for member in csv.DictReader(file):
            for name, left in re.findall(r"([^;]+) (\d+)/\d+", member["疗程"]):
                if int(left):
                    found.setdefault(name, (member["手机"], name, int(left)))
    return [*found.values()]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Give a running till with a cashier in an open shift."""
    home = demo_home(tmp_path_factory.mktemp("till"), ((STAFF, "cashier", PIN),))
    running = home.serve()
    try:
        Pages(running.address).sign_in(PIN)
        yield home
    finally:
        assert running.end() == 0


def test_the_file_has_passes_of_six_names() -> None:
    assert len(passes()) == 6


@pytest.mark.parametrize(("phone", "name", "left"), passes(), ids=str)
def test_an_imported_pass_of_the_demo_settles_a_line_of_its_service(
    shop: Home, phone: str, name: str, left: int
) -> None:
    def ask(*words: str) -> dict[str, object]:
        asked = ("bill", *words, "--staff", STAFF, "--json", "--config", shop.config)
        code, out, err = warm(REPOSITORY).run(asked, COMMAND_S, f"{PIN}\n")
        assert code == 0, err
        told: dict[str, object] = json.loads(out[out.index("{") :])
        return told

    opened = ask("open", "--phone", phone, "--line", name, "--session", f"1={name}")
    quote = opened["quote"]
    assert isinstance(quote, dict)
    assert quote["payable_fen"] == 0
    bill = opened["open"]
    assert isinstance(bill, dict)
    settled = ask("settle", str(bill["id"]), "--confirmed", "photo", "--yes")["settled"]
    assert isinstance(settled, dict)
    assert [line["sessions"] for line in settled["lines"]] == [1]
    again = ask("open", "--phone", phone, "--line", name)["quote"]
    assert isinstance(again, dict)
    assert sorted(each["left"] for each in again["sessions"]) == [left - 1] * (left > 1)


def test_an_imported_pass_is_meant_by_the_code_of_the_pass_it_is_taken_for(shop: Home) -> None:
    terms = tomllib.loads((DEMO / "shop.toml").read_text(encoding="utf-8"))["passes"]
    phone, name, code = next(
        (phone, name, each["code"])
        for phone, name, left in passes()
        for each in terms
        if left > 2 and name in each.get("imported_as", ())
    )
    asked = ("bill", "open", "--phone", phone, "--line", name, "--session", f"1={code}", "--staff", STAFF, "--json")
    exit_code, out, err = warm(REPOSITORY).run((*asked, "--config", shop.config), COMMAND_S, f"{PIN}\n")
    assert exit_code == 0, err
    assert json.loads(out[out.index("{") :])["quote"]["payable_fen"] == 0
