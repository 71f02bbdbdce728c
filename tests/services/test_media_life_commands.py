"""The verbs behind `terminal media`: in the name of somebody who gives a PIN, and never with a number in an answer."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, new_id
from terminal.services.ask import at_once
from terminal.services.media_life.commands import MediaCommands
from terminal.services.media_life.pin_commands import PinCommands
from terminal.services.media_life.signing import Signing
from terminal.services.member_pins import MemberPins, PinHasher
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
    bench = shop.bench
    sign = Signing(bench.database, bench.staff, at_once)
    pins = MemberPins(bench.database, bench.book, bench.clock, is_online=lambda: False)
    pin_commands = PinCommands(pins, PinHasher(memory_kib=8, passes=1), sign, at_once)
    return MediaCommands(shop.life, bench.members, sign, pins=pin_commands)


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
    codes = []
    for pin in ("000000",) * 5 + (PIN,):
        with pytest.raises(Refusal) as caught:
            do(commands, "report_loss", n=n, pin=pin)
        codes.append(caught.value.code)
    assert codes == ["pin_wrong"] * 4 + ["pin_locked"] * 2
    assert shop.states(CARD_A) == ["active"]


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


def test_a_members_pin_is_set_and_taken_away_by_staff_who_saw_who_it_is(
    shop: MediaBench, commands: MediaCommands
) -> None:
    account, verbs = shop.member(), commands.verbs()
    who = {"staff": CASHIER, "pin": PIN, "account": account}
    done = verbs["member_pin_set"](action=new_id(), new_pin="2468", shown=["identity"], **who)
    assert (shop.last().kind, shop.last().payload["operator"]) == ("pin_set", shop.cashier.staff_id)
    assert done == {"entry_no": f"1-{shop.bench.entries():06d}"}
    for more, code in (
        ({"shown": []}, "medium_identity_needed"),
        # A caller's word for the member's own PIN is no proof of it.
        ({"shown": ["pin"]}, "medium_identity_needed"),
        ({"new_pin": "12"}, "member_pin_bad"),
        ({"account": "x"}, "member_unknown"),
        ({"action": "x"}, "action_bad"),
        ({"staff": "nobody"}, "staff_unknown"),
    ):
        wish: dict[str, Any] = {"action": new_id(), "new_pin": "1357", "shown": ["identity"], **who} | more
        assert shop.refused(lambda wish=wish: verbs["member_pin_set"](**wish)) == code  # type: ignore[misc]
    assert shop.refused(lambda: verbs["member_pin_reset"](action=new_id(), **who)) == "medium_identity_needed"
    verbs["member_pin_reset"](action=new_id(), shown=["identity"], **who)
    assert shop.last().kind == "pin_reset"
    assert shop.bench.database.rows("SELECT 1 FROM member_pin") == []


# What the door answers as a request of the wrong form; anything else would end the connection.
WRONG_FORM = (Refusal, KeyError, TypeError, ValueError, AttributeError)
THINGS: tuple[Any, ...] = (None, True, -1, 1 << 70, 1.5, "", "x", "\x00" * 40, [], ["x"], [[]], {}, {"a": 1})


@pytest.mark.parametrize("verb", ["media_list", "media_prices", "media_change", "member_pin_set", "member_pin_reset"])
def test_whatever_is_said_instead_of_an_argument_is_refused(
    shop: MediaBench, commands: MediaCommands, verb: str
) -> None:
    account = shop.member()
    usual: dict[str, dict[str, Any]] = {
        "media_list": {"by": "id", "value": account},
        "media_prices": {"event": "return_card", "n": shop.n(CARD_A)},
        "media_change": {"event": "replace_medium", "n": shop.n(CARD_A), "number": CARD_B, "fee_fen": 0},
        "member_pin_set": {"account": account, "new_pin": "2468"},
        "member_pin_reset": {"account": account},
    }
    if verb not in {"media_list", "media_prices"}:
        usual[verb] |= {"action": new_id(), "staff": BOSS, "pin": BOSS_PIN, "shown": ["identity", "card"]}
    # A wrong PIN locks whoever it is said of, which other tests see.
    for name in usual[verb].keys() - {"pin"}:
        for thing in THINGS:
            with contextlib.suppress(*WRONG_FORM):
                commands.verbs()[verb](**usual[verb] | {name: thing})
    assert listed(commands, "id", account) != []
