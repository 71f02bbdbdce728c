"""`terminal member`: files shown, found, changed, merged, handed out and erased, beside a running till and without."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import Any

import pytest

from terminal.base.words.member_phrases import PHRASES
from terminal.cli.member_lines import member_lines
from tests.cli.home import COMMAND_S, DEMO, REPOSITORY, Home, Said, command

pytestmark = pytest.mark.slow

STAFF, PIN = "陈晓", "246810"
BOSS, BOSS_PIN = "李店长", "975310"
ASKED = re.compile(
    r"(?:(?P<pin>PIN of \S+|\S+ 的密[码碼])|(?P<note>allergies of \S+)|[\w ,，]+? (?P<word>[a-z]{6}))(?:: |：)$"
)
NAME, PHONE, CARD = "欧阳小芳", "13977735791", "66A1B2C3"


def member(home: Home, *words: object, who: str = STAFF, pin: str = PIN, note: str = "", word: str = "") -> Said:
    """Run a command and answer what it asks for: the PIN, a note, and the word that is to be typed back."""
    staff = () if words[0] in {"find", "duplicates"} else ("--staff", who)
    process = subprocess.Popen(
        command("member", *words, *staff, "--config", home.config),
        cwd=REPOSITORY,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    said = line = ""
    with process:
        while letter := process.stdout.read(1):
            said, line = said + letter, "" if letter == "\n" else line + letter
            if found := ASKED.search(line):
                answer = pin if found["pin"] else note if found["note"] else word or found["word"]
                process.stdin.write(answer + "\n")
                process.stdin.flush()
                line = ""
        _, err = process.communicate(timeout=COMMAND_S)
    assert "Traceback" not in err, err
    return Said(process.returncode, said, err)


def fine(said: Said) -> Said:
    """Return what a command said that went well."""
    assert (said.exit_code, said.err) == (0, ""), said
    return said


def shown(home: Home, who: str) -> list[dict[str, Any]]:
    """Return what `terminal member show` shows of somebody."""
    found: list[dict[str, Any]] = json.loads(fine(home.run("member", "show", who, "--json")).out)
    return found


def whole(home: Home, who: str) -> dict[str, Any]:
    """Return somebody's whole file."""
    out = fine(member(home, "show", who, "--full", "--json")).out
    found: dict[str, Any] = json.loads(out[out.index("[") :])[0]
    return found


def a_member(home: Home) -> str:
    """Give the till a member, and return the id."""
    made = member(
        home, "add", NAME, "--phone", PHONE, "--birthday", "农历1990年八月十五", "--sex", "女", "--tag", "熟客"
    )
    found = re.search(r"The file is made: ([0-9a-f]{32})\. Entry \S+\.\n$", fine(made).out)
    assert found, made
    return found[1]


def test_a_file_lives_through_the_door_of_a_running_till(till: Home) -> None:
    running = till.serve()
    try:
        account = a_member(till)
        (masked,) = shown(till, PHONE)
        assert (masked["account"], masked["name"], masked["phone_masked"]) == (account, "欧阳女士", "139****5791")
        assert [each["account"] for each in shown(till, "OYXF")] == [account]
        fine(
            member(
                till, "change", PHONE, "--agreed", "sensitive_notes=2026-1", "--channel", "paper", "--remark", "怕冷"
            )
        )
        fine(member(till, "note", NAME, "allergies", note="对苯二胺"))
        file = whole(till, account)
        assert (file["name"], file["birthday"], file["remark"]) == (NAME, "L1990-08-15", "怕冷")
        assert (file["notes"], file["tags"]) == ({"allergies": "对苯二胺"}, ["熟客"])
        assert file["consents"][0][:2] == ["sensitive_notes", True]
        said = fine(member(till, "change", PHONE, "--withdraw", "sensitive_notes"))
        assert "All sensitive notes of 欧阳女士 are removed for good." in said.out
        assert whole(till, account)["notes"] == {}
        target = till.folder / "export.json"
        fine(member(till, "export", PHONE, target))
        document = json.loads(target.read_text(encoding="utf-8"))
        assert document["profile"][0]["name"] == NAME
        assert [entry["what"] for entry in document["entries"]] == [
            "member_add",
            *["member_change", "member_note", "member_change"],
        ]
        assert target.stat().st_mode & 0o777 == 0o600
        assert member(till, "export", PHONE, target).code == "export_there"
        assert member(till, "erase", PHONE, word="no").code == "confirmation_wrong"
        said = fine(member(till, "erase", PHONE))
        assert "erased for good" in said.out
        assert till.run("member", "show", PHONE).code == "member_unknown"
        assert till.run("member", "show", "--id", account).code == "erase_done"
    finally:
        code = running.end()
    assert code == 0
    exported = till.run("book", "export").out
    assert "member_erase" in exported
    for secret in (NAME, PHONE, "怕冷", "对苯二胺"):
        assert secret not in exported
    till.entries()


def test_with_no_till_running_files_are_merged_and_parted(till: Home) -> None:
    (group,) = json.loads(fine(till.run("member", "duplicates", "--json")).out)
    first, second = (hit["account"] for hit in group)
    assert [len(shown(till, account)) for account in (first, second)] == [1, 1]
    assert till.run("member", "show", "13800138012").out.endswith("2 members match.\n")
    assert member(till, "merge", "13800138012", first).code == "member_several"
    balance = sum(shown(till, account)[0]["balance_fen"] for account in (first, second))
    said = fine(member(till, "merge", first, second))
    assert "terminal member unmerge undoes it" in said.out
    (merged,) = shown(till, "13800138012")
    assert (merged["account"], merged["balance_fen"], len(merged["merged"])) == (second, balance, 1)
    assert fine(till.run("member", "duplicates")).out == "No two members share a telephone.\n"
    fine(member(till, "unmerge", "13800138012"))
    assert len(shown(till, "13800138012")) == 2
    assert member(till, "unmerge", first).code == "merge_none"


def test_members_are_found_by_tag_level_and_month(till: Home) -> None:
    account = a_member(till)
    fine(member(till, "change", account, "--birthday", "1990-09-02", "--tag", "VIP"))
    (hit,) = json.loads(fine(till.run("member", "find", "--tag", "vip", "--birthday-month", "9", "--json")).out)[
        "members"
    ]
    assert (hit["account"], hit["name"]) == (account, "欧阳女士")
    assert till.run("member", "find", "--tag", "none").out == "Nobody.\n"
    (line,) = fine(till.run("member", "find", "--tag", "VIP")).out.splitlines()
    assert line.split() == [account, "欧阳女士", "139****5791", "0.00"]
    assert till.run("member", "find").code == "find_nothing"


def test_what_is_filled_in_wrongly_is_told_key_by_key_in_the_language_asked_for(till: Home) -> None:
    entries = till.entries()
    wrong = ("add", "", "--phone", "12", "--set", "shoe=42", "--language", "zh_CN")
    said = member(till, *wrong)
    assert (said.exit_code, said.err.splitlines()) == (
        1,
        [
            "name：姓名为一行 1 至 60 个字符。 [file_name]",
            "phone：这不是一个完整的手机号；请更正。 [file_phone]",
            "shoe：本店没有这个字段；请先定义。 [field_unknown]",
        ],
    )
    assert till.entries() == entries
    assert member(till, "change", "13800138001", "--tag", "x", pin="000000").code == "pin_wrong"
    assert member(till, "change", "13800138001").code == "file_nothing"
    assert member(till, "note", "13800138001", "allergies", note="x").code == "consent_missing"


def test_the_shops_own_fields_are_those_of_its_set_up(till: Home) -> None:
    fields = '[[member_fields]]\nkey = "skin"\nlabel = "肤质"\nkind = "choice"\nchoices = {dry = "干性"}\n'
    file = till.file("shop.toml", (DEMO / "shop.toml").read_text(encoding="utf-8") + "\n" + fields)
    assert till.run("setup", "apply", file, "--yes").exit_code == 0
    account = a_member(till)
    fine(member(till, "change", account, "--set", "skin=干性"))
    assert whole(till, account)["fields"] == {"skin": "dry"}
    assert member(till, "change", account, "--set", "skin=x").err == "skin: Choose one of the choices. [field_choice]\n"


def test_value_is_given_up_with_a_managers_pin_only(till: Home) -> None:
    assert till.run("staff", "add", BOSS, "--role", "manager", "--pin", BOSS_PIN).exit_code == 0
    assert member(till, "erase", "13800138001").code == "erase_value"
    assert member(till, "erase", "13800138001", "--give-up").code == "erase_manager_only"
    said = fine(member(till, "erase", "13800138001", "--give-up", who=BOSS, pin=BOSS_PIN))
    assert "The member gives up 1,382.24 of stored value and 8 sessions." in said.out
    assert till.run("member", "show", "13800138001").code == "member_unknown"
    till.entries()


def test_the_whole_file_needs_somebody_who_signs_and_wrong_usage_is_told(till: Home, bare: Home) -> None:
    assert till.run("member", "show", "13800138001", "--full").code == "staff_needed"
    for words in (
        ("change", "x"),
        ("change", "--staff", "x"),
        ("add", "x", "--set", "y", "--staff", "z"),
        ("merge", "x"),
    ):
        assert till.run("member", *words).exit_code == 2
    assert bare.run("member", "find", "--tag", "x").code == "store_missing"


@pytest.mark.parametrize(
    ("language", "birthday"),
    [("en", "1990-08-15 of the lunar calendar"), ("zh_CN", "农历 1990-08-15"), ("zh_TW", "農曆 1990-08-15")],
)
def test_a_file_is_told_in_the_language_asked_for(language: str, birthday: str) -> None:
    base = {"balance_fen": 150, "principal_fen": 100, "bonus_fen": 50, "points": 0, "cards": [], "passes": []}
    texts = {"account": "a", "name": "王女士", "level": "", "phone_masked": "", "marked_duplicate": True}
    consents = [["marketing", True, "2026-01-31", "paper", "v1"], ["photo", False, "2026-01-31", "app", "v1"]]
    file = {**base, **texts, "birthday": "L1990-08-15", "consents": consents, "fields": {"hair": "fine"}}
    file["ask_back"] = [{"paid_fen": 300_00, "until": "2026-02-07", "days_left": 2}]
    lines = dict(member_lines(file, language))
    place = ("en", "zh_CN", "zh_TW").index(language)
    assert lines[PHRASES["birthday"][place]] == birthday
    assert lines[PHRASES["duplicate"][place]] == PHRASES["shares"][place]
    assert lines["hair"] == "fine"
    assert "2026-01-31" in lines[PHRASES["consents"][place]]
    told = PHRASES["ask_back_days"][place].format(amount="300.00", day="2026-02-07", days=2)
    assert lines[PHRASES["ask_back"][place]] == told
    file["ask_back"] = [{"paid_fen": 300_00, "until": "2026-02-07", "days_left": 0}]
    told = PHRASES["ask_back_today"][place].format(amount="300.00", day="2026-02-07")
    assert dict(member_lines(file, language))[PHRASES["ask_back"][place]] == told


def test_who_was_erased_has_brought_nobody(till: Home) -> None:
    account = a_member(till)
    fine(member(till, "erase", PHONE))
    said = member(till, "add", "李明", "--brought-by", account, "--language", "zh_CN")
    assert said.err == "所填介绍人的档案已经删除；请改填其他会员。 [brought_by_erased]\n"
    assert member(till, "change", "13800138001", "--brought-by", "nobody").code == "member_unknown"
