"""The verbs behind `terminal media`: in the name of somebody who gives a PIN, and never with a number in an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, new_id
from terminal.services.media_life.commands import MediaCommands
from tests.services.conftest import Bench
from tests.services.media_bench import CARD_A, CARD_B, MediaBench, media_bench

pytestmark = pytest.mark.slow

CASHIER, PIN = "陈晓", "135790"
BOSS, BOSS_PIN = "李店长", "975310"


@pytest.fixture
def shop(bench: Bench) -> MediaBench:
    """Give a shop's media."""
    return media_bench(bench)


@pytest.fixture
def commands(shop: MediaBench) -> MediaCommands:
    """Give the commands of that shop."""
    return MediaCommands(shop.bench.database, shop.life, shop.bench.members, shop.bench.staff)


def do(commands: MediaCommands, event: str, **more: Any) -> Mapping[str, Any]:
    """Have an event done in the name of the cashier, unless another one is told."""
    wish = {"action": new_id(), "staff": CASHIER, "pin": PIN, "shown": ["identity", "card"]} | more
    return commands.verbs()["media_change"](event=event, **wish)


def listed(commands: MediaCommands, by: str, value: str) -> list[dict[str, Any]]:
    """Return the media that are shown."""
    found: list[dict[str, Any]] = commands.verbs()["media_list"](by=by, value=value)["media"]
    return found


def test_a_card_goes_through_its_life_by_commands(shop: MediaBench, commands: MediaCommands) -> None:
    account = shop.bench.member("李明")
    issued = do(commands, "issue", account=account, number=CARD_A, is_named=False, fee_fen=5_00, deposit_fen=20_00)
    assert (issued["kind"], issued["fee_fen"], issued["deposit_fen"]) == ("issue_medium", 5_00, 20_00)
    assert shop.last().payload["shift"] == shop.cashier.shift_no
    (told,) = listed(commands, "card", CARD_A)
    assert (told["tail"], told["state"], told["named"], told["deposit"]) == ("FB0B", "active", False, True)
    assert do(commands, "register", n=told["n"])["kind"] == "register_medium"
    assert do(commands, "exchange_medium", n=told["n"], number=CARD_B, fee_fen=3_00)["fee_fen"] == 3_00
    old, new = listed(commands, "id", account)
    assert (old["state"], new["state"], old["deposit"], new["deposit"]) == ("retired", "active", False, True)
    boss = {"staff": BOSS, "pin": BOSS_PIN}
    assert do(commands, "return_card", n=new["n"], **boss)["deposit_fen"] == -20_00
    assert shop.last().payload["by"] == "manager"
    assert do(commands, "blacklist", n=old["n"], **boss)["kind"] == "blacklist_medium"
    shown = json.dumps(listed(commands, "id", account))
    assert CARD_A not in shown
    assert CARD_B not in shown


def test_the_same_action_by_command_is_done_once(shop: MediaBench, commands: MediaCommands) -> None:
    account, action = shop.member(), new_id()
    first = do(commands, "issue", action=action, account=account, number=CARD_B)
    entries = shop.bench.entries()
    assert do(commands, "issue", action=action, account=account, number=CARD_B) == first
    assert shop.bench.entries() == entries


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("action_bad", {"action": "x"}),
        ("staff_unknown", {"staff": "nobody"}),
        ("medium_event", {"event": "sell"}),
        ("medium_unknown", {"n": 999}),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(
    shop: MediaBench, commands: MediaCommands, code: str, more: dict[str, Any]
) -> None:
    shop.member()
    wish: dict[str, Any] = {"event": "report_loss", "n": shop.n(CARD_A)} | more
    assert shop.refused(lambda: do(commands, **wish)) == code


def test_wrong_pins_do_nothing_and_lock_as_at_the_counter(shop: MediaBench, commands: MediaCommands) -> None:
    shop.member()
    n = shop.n(CARD_A)
    for _ in range(4):
        assert shop.refused(lambda: do(commands, "report_loss", n=n, pin="000000")) == "pin_wrong"
    for pin in ("000000", PIN):
        assert shop.refused(lambda pin=pin: do(commands, "report_loss", n=n, pin=pin)) == "pin_locked"  # type: ignore[misc]


def test_what_finds_no_card_is_refused(shop: MediaBench, commands: MediaCommands) -> None:
    shop.member()
    for by, value, code in (
        ("card", CARD_B, "medium_unknown"),
        ("card", "", "card_number_bad"),
        ("id", "x", "member_unknown"),
    ):
        with pytest.raises(Refusal, match=code):
            listed(commands, by, value)
    assert listed(commands, "id", AccountId(new_id())) == []
