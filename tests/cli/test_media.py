"""`terminal media`: a member's cards shown and changed beside a running till and without one, in somebody's name."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import Any

import pytest

from terminal.cli.media import media_lines
from tests.cli.home import COMMAND_S, REPOSITORY, Home, Said, command
from tests.cli.pages import Pages

pytestmark = pytest.mark.slow

STAFF, PIN = "陈晓", "246810"
BOSS, BOSS_PIN = "李店长", "975310"
NEW = "77A1B2C3"
WORD = re.compile(r"(?:To go on, type|若要继续，请输入|若要繼續，請輸入) (\w+)(?:: |：)$")


def change(
    home: Home, *words: object, who: str = STAFF, pin: str = PIN, answer: str | None = None, more: str = ""
) -> Said:
    """Run a command that changes a card: type the PIN and `more`, and the word where one is asked for, or `answer`."""
    process = subprocess.Popen(
        command("media", *words, "--staff", who, "--config", home.config),
        cwd=REPOSITORY,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        process.stdin.write(pin + "\n" + more)
        process.stdin.flush()
        said = ""
        while not (found := WORD.search(said)) and (letter := process.stdout.read(1)):
            said += letter
        out, err = process.communicate((answer or found[1]) + "\n" if found else None, timeout=COMMAND_S)
    assert "Traceback" not in err, err
    return Said(process.returncode, said + out, err)


def media(home: Home, *words: object) -> list[dict[str, Any]]:
    """Return what `terminal media list` shows."""
    said = home.run("media", "list", *words, "--json")
    assert said.exit_code == 0, said
    found: list[dict[str, Any]] = json.loads(said.out)
    return found


def states(home: Home, *words: object) -> list[str]:
    return [each["state"] for each in media(home, *words)]


def last_entry(home: Home) -> dict[str, Any]:
    """Return the last entry of the journal."""
    lines = [json.loads(line) for line in home.run("book", "export").out.splitlines()]
    found: dict[str, Any] = [line["entry"] for line in lines if "entry" in line][-1]
    return found


def a_member(home: Home) -> tuple[str, str]:
    """Give the till a member with one card, and return id and card number."""
    file = home.file("one.csv", "会员编号,姓名,手机,卡号\nX1,欧阳小芳,13977735791,66A1B2C3\n")
    assert home.run("import", "members", file).exit_code == 0
    (found,) = json.loads(home.run("member", "show", "--phone", "13977735791", "--json").out)
    return str(found["account"]), "66A1B2C3"


def test_a_lost_card_is_replaced_for_cash_through_the_door_of_a_running_till(till: Home) -> None:
    account, lost = a_member(till)
    running = till.serve()
    try:
        Pages(running.address).sign_in(PIN)
        said = change(till, "report-loss", "--phone", "13977735791")
        assert (said.exit_code, said.err) == (0, ""), said
        assert states(till, "--member", account) == ["frozen"]
        assert till.run("member", "show", "--card", lost).code == "card_frozen"
        words = ("replace", "--card", lost, "--number", NEW, "--fee", "10", "--shown", "identity")
        said = change(till, *words)
        assert (said.exit_code, said.err) == (0, ""), said
        assert "is replaced and never works again. Take 10.00 in cash.\n" in said.out
        assert lost not in said.out
        assert states(till, "--member", account) == ["revoked", "active"]
        assert till.run("member", "show", "--card", lost).code == "card_replaced"
        assert json.loads(till.run("member", "show", "--card", NEW, "--json").out)[0]["account"] == account
        entries = till.entries()
        assert change(till, *words).code == "card_replaced"
        assert till.entries() == entries
    finally:
        code = running.end()
    assert code == 0
    entry = last_entry(till)
    assert entry["payload"]["kind"] == "replace_medium"
    assert entry["postings"] == [["sales/fee", -10_00], ["tender/cash", 10_00]]
    assert entry["payload"]["shift"] == 1


def test_with_no_till_running_the_same_commands_do_the_same(till: Home) -> None:
    account, card = a_member(till)
    entries = till.entries()
    said = change(till, "issue", "--phone", "13977735791", "--number", NEW)
    assert (said.exit_code, said.err, "type" in said.out) == (0, "", False), said
    said = change(till, "exchange", "--card", card, "--number", "88A1B2C3", "--shown", "card")
    assert (said.exit_code, said.err) == (0, ""), said
    assert states(till, "--member", account) == ["retired", "active", "active"]
    assert change(till, "report-loss", "--card", NEW).exit_code == 0
    assert change(till, "cancel-loss", "--member", account, "--shown", "identity").exit_code == 0
    assert states(till, "--card", NEW) == ["active"]
    assert till.entries() == entries + 4


def test_only_a_manager_blocks_a_card_or_a_number_that_is_nobodys(till: Home) -> None:
    account, card = a_member(till)
    assert till.run("staff", "add", BOSS, "--role", "manager", "--pin", BOSS_PIN).exit_code == 0
    assert change(till, "blacklist", "--card", card).code == "medium_manager_only"
    assert states(till, "--member", account) == ["active"]
    for number in (card, NEW):
        said = change(till, "blacklist", "--card", number, who=BOSS, pin=BOSS_PIN)
        assert (said.exit_code, said.err) == (0, ""), said
        assert states(till, "--card", number) == ["revoked"]
    assert "This number is nobody's" in said.out
    (line,) = till.run("media", "list", "--card", NEW).out.splitlines()
    assert line.split(maxsplit=1)[1].startswith("card  ...B2C3  blocked")


def test_without_the_word_the_pin_a_shift_or_one_card_nothing_is_done(till: Home) -> None:
    account, card = a_member(till)
    entries = till.entries()
    replace = ("replace", "--member", account, "--number", NEW, "--shown", "identity")
    assert change(till, *replace, answer="yes").code == "confirmation_wrong"
    said = change(till, *replace, pin="000000")
    assert (said.code, "4 more times" in said.err) == ("pin_wrong", True)
    assert change(till, *replace, who="nobody").code == "staff_unknown"
    assert change(till, *replace, "--fee", "10").code == "shift_missing"
    assert change(till, "replace", "--card", card, "--number", NEW).code == "medium_identity_needed"
    assert change(till, *replace[:3], "--number", card, "--shown", "identity").code == "medium_in_use"
    assert change(till, "report-loss", "--card", "99A1B2C3").code == "medium_unknown"
    # The wrong PIN was written down, and nothing else.
    assert (till.entries(), last_entry(till)["payload"]["kind"]) == (entries + 1, "pin_failed")
    assert change(till, "issue", "--member", account, "--number", NEW).exit_code == 0
    assert change(till, "report-loss", "--member", account).code == "medium_several"
    second = str(media(till, "--member", account)[1]["n"])
    assert change(till, "report-loss", "--member", account, "--medium", second).exit_code == 0
    assert states(till, "--member", account) == ["active", "frozen"]
    assert change(till, "report-loss", "--member", account, "--medium", "999").code == "medium_unknown"


def test_an_anonymous_card_is_not_reported_lost(till: Home) -> None:
    account, _ = a_member(till)
    assert change(till, "issue", "--member", account, "--number", NEW, "--anonymous").exit_code == 0
    assert change(till, "report-loss", "--card", NEW).code == "medium_anonymous"


def open_shift_of_the_boss(address: str) -> None:
    """Sign the manager in, whom the page offers last."""
    pages = Pages(address)
    offered = re.findall(r'name="staff" value="([0-9a-f]+)"', pages.get("/cashier/sign-in").text)
    assert pages.post("/cashier/sign-in", staff=offered[-1], pin=BOSS_PIN).status == 303


def test_an_anonymous_card_is_registered_and_taken_back_with_its_deposit(till: Home) -> None:
    account, _ = a_member(till)
    assert till.run("staff", "add", BOSS, "--role", "manager", "--pin", BOSS_PIN).exit_code == 0
    running = till.serve()
    try:
        Pages(running.address).sign_in(PIN)
        issue = ("issue", "--member", account, "--number", NEW, "--anonymous", "--fee", "5", "--deposit", "20")
        said = change(till, *issue)
        assert (said.exit_code, "Take 25.00 in cash." in said.out) == (0, True), said
        register = ("register", "--card", NEW)
        assert change(till, *register).code == "medium_absent"
        assert change(till, *register, "--shown", "card", answer="no").code == "confirmation_wrong"
        said = change(till, *register, "--shown", "card", "--language", "zh_CN")
        assert (said.exit_code, said.err) == (0, ""), said
        assert "不记名卡 ...B2C3 将登记到" in said.out
        assert "卡已登记到会员名下。" in said.out
        assert change(till, *register, "--shown", "card").code == "medium_named"
        back = ("return", "--card", NEW, "--shown", "card")
        assert change(till, *back).code == "medium_manager_only"
        assert change(till, *back, who=BOSS, pin=BOSS_PIN).code == "shift_missing"
        open_shift_of_the_boss(running.address)
        said = change(till, *back, who=BOSS, pin=BOSS_PIN)
        assert (said.exit_code, said.err) == (0, ""), said
        assert "is taken back and never works again" in said.out
        assert "Give 20.00 back in cash.\n" in said.out
    finally:
        code = running.end()
    assert code == 0
    assert states(till, "--card", NEW) == ["retired"]
    entry = last_entry(till)
    assert (entry["payload"]["kind"], entry["payload"]["shift"]) == ("return_medium", 2)
    assert entry["postings"] == [["card_deposit", 20_00], ["tender/cash", -20_00]]


def test_a_member_types_a_pin_of_their_own_and_staff_take_it_away(till: Home) -> None:
    account, _ = a_member(till)
    words = ("set-pin", "--member", account, "--shown", "identity")
    assert change(till, *words, more="2468\n2469\n").code == "member_pin_differs"
    assert change(till, *words, more="24\n24\n").code == "member_pin_bad"
    assert change(till, *words[:3], more="2468\n2468\n").code == "medium_identity_needed"
    said = change(till, *words, more="2468\n2468\n")
    assert (said.exit_code, said.err) == (0, ""), said
    assert "2468" not in said.out
    assert last_entry(till)["payload"]["kind"] == "pin_set"
    assert change(till, "reset-pin", *words[1:], answer="no").code == "confirmation_wrong"
    said = change(till, "reset-pin", *words[1:], "--language", "zh_TW")
    assert (said.exit_code, said.err) == (0, ""), said
    assert "會員密碼已清除。" in said.out
    assert last_entry(till)["payload"]["kind"] == "pin_reset"


@pytest.mark.parametrize("who", ["13977735791", "欧阳小芳", "66A1B2C3", "id"])
def test_the_member_is_whoever_is_meant_by_phone_name_card_or_id(till: Home, who: str) -> None:
    account, _ = a_member(till)
    named = account if who == "id" else who
    assert states(till, "--member", named) == ["active"]
    said = change(till, "set-pin", "--member", named, "--shown", "identity", more="2468\n2468\n")
    assert (said.exit_code, said.err) == (0, ""), said
    assert last_entry(till)["payload"]["account"] == account


def test_a_name_of_several_members_is_refused_before_a_pin_is_asked_for(till: Home) -> None:
    entries = till.entries()
    for whose in ("--member", "--phone"):
        said = change(till, "set-pin", whose, "13800138012", "--shown", "identity", more="2468\n2468\n")
        assert (said.exit_code, said.code, said.out) == (1, "member_several", "")
    assert change(till, "set-pin", "--member", "nobody", "--shown", "identity").code == "member_unknown"
    assert till.entries() == entries


def test_a_member_file_brings_no_card_back_that_is_out_of_use(till: Home) -> None:
    _, card = a_member(till)
    assert change(till, "report-loss", "--card", card).exit_code == 0
    file = till.file("two.csv", f"会员编号,姓名,手机,卡号\nX2,李明,13977735792,{card}\nX3,张三,13977735793,{NEW}\n")
    entries = till.entries()
    words = "line 2: NOT imported: card ...B2C3 was reported lost, replaced, handed in or blocked here"
    for dry, told, done in (
        (("--dry-run",), words.replace("NOT", "would NOT be"), "Would be: 1 imported, 1 with a card out of use."),
        ((), words, "Done: 1 imported, 1 with a card out of use."),
    ):
        said = till.run("import", "members", file, *dry)
        assert (said.exit_code, told in said.out, done in said.out) == (1, True, True), said
    assert till.entries() == entries + 1
    assert states(till, "--card", card) == ["frozen"]


def test_refusals_are_told_in_the_language_asked_for(till: Home) -> None:
    _, card = a_member(till)
    for language, words in (
        ("en", "This needs the manager. [medium_manager_only]\n"),
        ("zh_CN", "这需要店长操作。 [medium_manager_only]\n"),
        ("zh_TW", "這需要店長操作。 [medium_manager_only]\n"),
    ):
        said = change(till, "blacklist", "--card", card, "--language", language)
        assert (said.exit_code, said.err) == (1, words)


def test_what_is_typed_wrongly_is_wrong_usage_and_a_till_never_run_has_no_cards(bare: Home) -> None:
    for words in (
        ("issue", "--phone", "1", "--number", NEW, "--fee", "ten", "--staff", STAFF),
        ("issue", "--phone", "1", "--number", NEW, "--fee", "-1", "--staff", STAFF),
        ("report-loss", "--phone", "1"),
        ("list",),
    ):
        assert bare.run("media", *words).exit_code == 2
    assert bare.run("media", "list", "--phone", "1").code == "store_missing"


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ["7   card  ...B2C3  reported lost  王女士\n", "12  code  ...9XYZ  in use         nobody's name\n"]),
        ("zh_CN", ["7   卡      ...B2C3  已挂失  王女士\n", "12  会员码  ...9XYZ  使用中  不记名\n"]),
        ("zh_TW", ["7   卡片    ...B2C3  已掛失  王女士\n", "12  會員碼  ...9XYZ  使用中  不記名\n"]),
    ],
)
def test_media_are_told_in_the_language_asked_for(language: str, lines: list[str]) -> None:
    rows = [
        {"n": 7, "kind": "card", "tail": "B2C3", "state": "frozen", "ended_by": "", "named": True, "name": "王女士"},
        {"n": 12, "kind": "code", "tail": "9XYZ", "state": "active", "ended_by": "", "named": False, "name": ""},
    ]
    assert media_lines(rows, language) == lines
    assert media_lines([], language)[0].endswith("\n")
