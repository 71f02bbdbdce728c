"""Who brought a member, said at the command line of a whole till: what the shop's rules give for it is with them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.home import COMMAND_S, DEMO, REPOSITORY, Home, Said, demo_home
from tests.cli.warm import warm

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STAFF, PIN = "陈晓", "246810"
FRIEND, ELDER, NEW = "13800138002", "13800138003", "13977735791"
RULES = """
[referral]
condition = "{condition}"
least = "50"

[[referral.rewards]]
bonus = "20"

[[referral.rewards]]
points = 200
"""


def shop(condition: str) -> str:
    """Return the demo shop's set-up with rules of referral."""
    return (DEMO / "shop.toml").read_text(encoding="utf-8") + RULES.format(condition=condition)


@pytest.fixture
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Give a running till with a shift, whose shop rewards whoever brings a new member."""
    home = demo_home(tmp_path_factory.mktemp("till"), ((STAFF, "cashier", PIN),), shop("first_bill"))
    running = home.serve()
    try:
        fine(home, "shift", "open", "--float", "500")
        yield home
    finally:
        code = running.end()
    assert (code, home.run("book", "verify").exit_code) == (0, 0)


def signed(home: Home, *words: object, answers: tuple[str, ...] = (PIN,)) -> Said:
    """Run a command in the cashier's name and type what is asked for."""
    typed = "".join(f"{answer}\n" for answer in answers)
    said = (*words, "--staff", STAFF, "--config", home.config)
    return Said(*warm(REPOSITORY).run(said, COMMAND_S, typed))


def fine(home: Home, *words: object, answers: tuple[str, ...] = (PIN,)) -> str:
    """Return what a command said that went well."""
    said = signed(home, *words, answers=answers)
    assert said.exit_code == 0, said
    return said.out


def shown(home: Home, who: str) -> dict[str, Any]:
    """Return what `terminal member show` shows of somebody."""
    said = home.run("member", "show", who, "--json")
    assert said.exit_code == 0, said
    (found,) = json.loads(said.out)
    return dict(found)


def held(home: Home) -> tuple[int, int]:
    """Return the friend's bonus in fen and the elder's points."""
    return shown(home, FRIEND)["bonus_fen"], shown(home, ELDER)["points"]


def test_the_first_bill_of_a_new_member_rewards_who_brought_them_and_who_brought_that_one(till: Home) -> None:
    fine(till, "member", "change", FRIEND, "--brought-by", ELDER)
    made = fine(till, "member", "add", "欧阳小芳", "--phone", NEW, "--sex", "女", "--brought-by", FRIEND)
    account = re.search(r"[0-9a-f]{32}", made)
    assert account
    assert (shown(till, NEW)["brought_by"], shown(till, ELDER)["brought_by"]) == (shown(till, FRIEND)["name"], "")
    assert f"brought by {shown(till, FRIEND)['name']}\n" in till.run("member", "show", NEW).out
    bonus, points = held(till)
    for which in ("first", "second"):
        opened = fine(till, "bill", "open", "--member", NEW, "--line", "101", "--json")
        bill = json.loads(opened[opened.index("{") :])["open"]["id"]
        fine(till, "bill", "settle", bill, "--pay", "cash=88", "--yes")
        assert held(till) == (bonus + 20_00, points + 200), f"after the {which} bill: only the first one rewards"
    # By a top-up the same, where the rule says so.
    file = till.file("shop.toml", shop("first_top_up"))
    assert till.run("setup", "apply", file, "--yes").exit_code == 0
    fine(till, "member", "add", "李明", "--phone", "13977735792", "--brought-by", FRIEND)
    fine(till, "prepaid", "top-up", "--member", "13977735792", "--yuan", "500", "--yes")
    assert held(till) == (bonus + 40_00, points + 400)
    target = till.folder / "export.json"
    fine(till, "member", "export", FRIEND, target)
    told = json.loads(target.read_text(encoding="utf-8"))["referrals"]
    assert told == [
        {"what": "brought_by", "name": shown(till, ELDER)["name"]},
        {"what": "brought", "name": "欧阳女士"},
        {"what": "brought", "name": "李*"},
    ]
    fine(till, "member", "change", NEW, "--brought-by", "")
    assert shown(till, NEW)["brought_by"] == ""
    refused = signed(till, "member", "change", account[0], "--brought-by", NEW, "--language", "zh_TW")
    assert refused.err.splitlines()[-1:] == ["介紹人不能是會員本人；請填其他會員。 [brought_by_itself]"], refused
