"""The verbs behind `terminal member`: masked for anybody, whole and changing in the name of who gives a PIN."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.services.files.commands import EXPORTS_MAX, FileCommands, file_commands
from terminal.services.files.erasing import remembered
from terminal.services.staff import add_staff
from terminal.services.storage import OpenStore
from tests.services.conftest import Bench

pytestmark = pytest.mark.slow

CASHIER, PIN = "陈晓", "135790"
BOSS, BOSS_PIN = "李店长", "975310"
PHONE, CARD = "13812345678", "0BE2FB0B"


@pytest.fixture
def commands(bench: Bench) -> FileCommands:
    """Give the commands of a shop with a cashier and a manager."""
    bench.cashier()
    add_staff(bench.database, BOSS, "manager", BOSS_PIN)
    store = cast("OpenStore", SimpleNamespace(database=bench.database, book=bench.book, clock=bench.clock))
    return file_commands(store, bench.members)


def do(commands: FileCommands, verb: str, **wish: Any) -> Mapping[str, Any]:
    """Have something done in the name of the cashier, unless another one is told."""
    return commands.verbs()[f"member_{verb}"](**{"action": new_id(), "staff": CASHIER, "pin": PIN, **wish})


def refused(commands: FileCommands, verb: str, **wish: Any) -> str:
    """Return the code a verb is refused with."""
    with pytest.raises(Refusal) as caught:
        do(commands, verb, **wish)
    return caught.value.code


def meant(commands: FileCommands, by: str, value: str) -> list[dict[str, Any]]:
    """Return who is shown, masked."""
    members: list[dict[str, Any]] = commands.verbs()["member_list"](by=by, value=value)["members"]
    return members


def test_whoever_is_named_is_shown_masked(bench: Bench, commands: FileCommands) -> None:
    account = bench.member("王小芳", phone=PHONE, cards=(CARD,), birthday="1990-01-02", remark="怕冷", sex="f")
    by = (("who", PHONE), ("who", CARD), ("who", "王小芳"), ("who", account), ("phone", PHONE), ("card", CARD))
    for way, value in (*by, ("id", account)):
        (member,) = meant(commands, way, value)
        assert (member["account"], member["name"]) == (account, "王女士"), (way, value)
        told = json.dumps(member, ensure_ascii=False)
        assert [secret for secret in ("小芳", PHONE, CARD, "1990", "怕冷") if secret in told] == []
    for way, value in (("who", "nobody"), ("id", "zz"), ("phone", ""), ("id", new_id())):
        with pytest.raises(Refusal, match="member_unknown"):
            meant(commands, way, value)
    for value in ("王小芳", PHONE):
        bench.member("王小芳", phone=PHONE)
        assert len(meant(commands, "who", value)) > 1


def test_the_whole_file_is_shown_to_who_signs_for_it(bench: Bench, commands: FileCommands) -> None:
    account = bench.member("王小芳", phone=PHONE, remark="怕冷")
    show = commands.verbs()["member_file"]
    with pytest.raises(Refusal, match="pin_wrong"):
        show(account=account, staff=CASHIER, pin="000000")
    with pytest.raises(Refusal, match="staff_unknown"):
        show(account=account, staff="nobody", pin=PIN)
    agreed = {"consents": [["sensitive_notes", True, "", "paper", "v1"]], "tags": ["VIP"]}
    assert do(commands, "change", account=account, filled=agreed)["version"] == 1
    assert do(commands, "note", account=account, kind="allergies", text="PPD")["version"] == 2
    file = show(account=account, staff=CASHIER, pin=PIN)["file"]
    assert (file["name"], file["phone"], file["remark"], file["tags"]) == ("王小芳", PHONE, "怕冷", ["VIP"])
    assert file["notes"] == {"allergies": "PPD"}
    assert file["consents"] == [["sensitive_notes", True, "2026-11-21", "paper", "v1"]]


def test_a_right_pin_begins_a_new_count_of_wrong_ones_as_at_the_counter(bench: Bench, commands: FileCommands) -> None:
    account = bench.member("王小芳")
    left = []
    for pin in ("000000", "000000", PIN, "000000"):
        try:
            commands.verbs()["member_file"](account=account, staff=CASHIER, pin=pin)
        except Refusal as refusal:
            left.append(refusal.values["left"])
    assert left == [4, 3, 4]


def test_a_file_is_made_and_what_is_wrong_is_told_key_by_key(bench: Bench, commands: FileCommands) -> None:
    filled = {"basics": {"name": "李明", "phone": "12"}, "fields": {"shoe": "42"}}
    entries = bench.entries()
    wrong = do(commands, "add", filled=filled)["wrong"]
    assert [each[:2] for each in wrong] == [["phone", "file_phone"], ["shoe", "field_unknown"]]
    assert bench.entries() == entries
    made = do(commands, "add", filled={"basics": {"name": "李明", "phone": PHONE}}, initials="LM")
    assert (made["kind"], made["account"]) == ("member_add", meant(commands, "who", "LM")[0]["account"])
    assert refused(commands, "add", filled={}, action="x") == "action_bad"
    day = {"consents": [["marketing", True, "31.1.", "paper", "v1"]]}
    assert refused(commands, "change", account=made["account"], filled=day) == "consent_day"


def test_files_are_merged_parted_found_and_listed(bench: Bench, commands: FileCommands) -> None:
    first, second = bench.member("王芳", phone=PHONE, level="金卡"), bench.member("王小芳", phone=PHONE)
    (group,) = commands.verbs()["member_duplicates"]()["groups"]
    assert {hit["account"] for hit in group} == {first, second}
    assert {hit["name"] for hit in group} == {"王*"}
    assert do(commands, "merge", account=first, into=second)["others"] == (second,)
    (member,) = meant(commands, "phone", PHONE)
    assert (member["account"], member["merged"]) == (second, [{"account": first, "name": "王*"}])
    assert do(commands, "merge", account=first)["kind"] == "member_unmerge"
    found = commands.verbs()["member_search"](level="金卡")
    assert ([hit["account"] for hit in found["members"]], found["more"]) == ([first], False)


def test_erasing_is_remembered_and_a_manager_lets_value_be_given_up(bench: Bench, commands: FileCommands) -> None:
    account = bench.member("王小芳", principal_fen=5_00)
    standing = commands.verbs()["member_standing"](account=account)
    assert (standing["name"], standing["value_fen"], standing["sessions"]) == ("王*", 5_00, 0)
    assert refused(commands, "erase", account=account) == "erase_value"
    assert refused(commands, "erase", account=account, give_up=True) == "erase_manager_only"
    assert remembered(bench.folder) == []
    done = do(commands, "erase", account=account, give_up=True, staff=BOSS, pin=BOSS_PIN)
    assert (done["kind"], done["given_up_fen"]) == ("member_erase", 5_00)
    assert remembered(bench.folder) == [account]


def test_an_export_is_handed_out_slice_by_slice(bench: Bench, commands: FileCommands) -> None:
    account = bench.member("王小芳", principal_fen=5_00)
    export, more = commands.verbs()["member_export"], commands.verbs()["member_export_entries"]
    with pytest.raises(Refusal, match="pin_wrong"):
        export(account=account, staff=CASHIER, pin="000000")
    begun = export(account=account, staff=CASHIER, pin=PIN)
    assert (begun["entries"], begun["document"]["profile"][0]["name"]) == (1, "王小芳")
    page = more(ticket=begun["ticket"], after=0)
    assert ([entry["what"] for entry in page["entries"]], page["next"]) == (["import"], 1)
    for ticket, after in ((begun["ticket"], 0), ("x", 0)):
        with pytest.raises(Refusal, match="export_over"):
            more(ticket=ticket, after=after)
    first = export(account=account, staff=CASHIER, pin=PIN)["ticket"]
    for _ in range(EXPORTS_MAX):
        export(account=account, staff=CASHIER, pin=PIN)
    with pytest.raises(Refusal, match="export_over"):
        more(ticket=first, after=0)
