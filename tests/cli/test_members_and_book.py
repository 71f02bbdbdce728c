"""`terminal member show`, `terminal book verify` and `terminal book export`."""

from __future__ import annotations

import hashlib
import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from terminal.store.database import Database
from tests.cli.home import Home

pytestmark = pytest.mark.slow

RIGHT = {"zh_CN": "账本无误：24 条记录，末条校验值 ", "zh_TW": "帳本無誤：24 筆紀錄，末筆校驗值 "}
WRONG = {"zh_CN": ("条记录有误：", "保存的结存有误："), "zh_TW": ("筆紀錄有誤：", "保存的結存有誤：")}


def test_a_member_is_shown_with_balances_and_without_whole_numbers(till: Home) -> None:
    said = till.run("member", "show", "--phone", "+86 138-0013-8001")
    assert said.exit_code == 0
    shown = dict(line.split(maxsplit=1) for line in said.out.strip().splitlines())
    assert shown["name"] == "王女士"
    assert shown["balance"] == "1,382.24 (principal 1,182.24, bonus 200.00)"
    assert shown["passes"] == "头皮深层护理 6/10, 水光焕肤 2/5"
    assert (shown["phone"], shown["cards"]) == ("138****8001", "...FB0B")
    by_id = till.run("member", "show", "--id", shown["id"], "--json")
    (member,) = json.loads(by_id.out)
    assert (member["principal_fen"], member["bonus_fen"], member["points"]) == (1182_24, 200_00, 5240)
    # The same card as a reader that types it in decimal spells it.
    by_card = till.run("member", "show", "--card", "0201056779", "--json")
    assert json.loads(by_card.out) == [member]


def test_two_members_with_one_phone_are_both_shown(till: Home) -> None:
    members = json.loads(till.run("member", "show", "--phone", "13800138012", "--json").out)
    assert [member["name"] for member in members] == ["周女士", "周女士"]
    assert all(member["marked_duplicate"] for member in members)
    said = till.run("member", "show", "--phone", "13800138012").out.splitlines()
    assert [line.split()[1] for line in said if line.startswith("name ")] == ["周女士", "周女士"]
    assert said[-1] == "2 members match."


def test_everybody_who_shares_a_phone_is_shown_however_many(till: Home) -> None:
    lines = "".join(f"S{number},家人{number},13912345678\n" for number in range(25))
    assert till.run("import", "members", till.file("shared.csv", "会员编号,姓名,手机\n" + lines)).exit_code == 0
    said = till.run("member", "show", "--phone", "139 1234 5678").out
    assert said.count("name ") == 25
    assert said.endswith("\n25 members match.\n")


def test_a_right_book_is_proved_in_words_and_as_json(till: Home) -> None:
    said = till.run("book", "verify")
    assert said.exit_code == 0
    assert said.out.startswith("The book is right: 24 entries, head ")
    for language, words in RIGHT.items():
        assert till.run("book", "verify", "--language", language).out == words + said.out[-65:]
    verdict = json.loads(till.run("book", "verify", "--json").out)
    assert (verdict["ok"], verdict["entries"], verdict["code"]) == (True, 24, "")


@pytest.mark.parametrize(
    ("sql", "place", "code"),
    [
        ("UPDATE entry SET bytes = replace(bytes, '118224', '918224') WHERE seq = 1", "Entry 1", "chain_broken"),
        ("DELETE FROM entry WHERE seq = 7", "Entry 7", "gap"),
        ("UPDATE held SET amount = amount + 1 WHERE bucket = 1", "The kept state", "units_wrong"),
        ("UPDATE account_balance SET amount = 0 WHERE account = 'deferred'", "The kept state", "balance_wrong"),
        ("DELETE FROM entry WHERE seq = 24", "The kept state|Entry 24", "head_wrong"),
    ],
)
def test_a_changed_book_ends_with_one_and_names_what_is_wrong(till: Home, sql: str, place: str, code: str) -> None:
    database = Database(till.data / "store.db", (till.data / "store.key").read_bytes())
    database.run("PRAGMA foreign_keys = 0")
    assert database.run(sql).rowcount > 0, "nothing was changed"
    database.close()
    said = till.run("book", "verify")
    assert said.exit_code == 1
    assert any(said.out.startswith(f"{words} is wrong: ") for words in [*place.split("|"), "Entry 23"]), said.out
    assert said.out.endswith(f" [{code}]\n")
    told = json.loads(till.run("book", "verify", "--json", "--language", "zh_CN").out)
    assert (told["ok"], told["code"]) == (False, code)
    for language, (of_entry, kept) in WRONG.items():
        worded = till.run("book", "verify", "--language", language)
        assert worded.exit_code == 1
        assert worded.out.startswith(f"第 {told['seq']} {of_entry}" if told["seq"] else kept), worded.out
        assert worded.out.endswith(f"（{told['detail']}） [{code}]\n")


def check_export(data: bytes) -> int:
    """Check an export knowing nothing of the till but its description; return how many entries it holds."""
    *lines, last = data.splitlines()
    head = bytes(32)
    for number, line in enumerate(lines, start=1):
        entry, _, digest = line.removeprefix(b'{"entry":').removesuffix(b'"}').rpartition(b',"hash":"')
        assert json.loads(entry)["seq"] == number
        head = hashlib.sha256(head + entry).digest()
        assert head.hex().encode() == digest, f"entry {number}"
    signed = json.loads(last)
    assert bytes.fromhex(signed["head"]) == head
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed["public_key"])).verify(
        bytes.fromhex(signed["signature"]), head
    )
    return len(lines)


def test_an_export_can_be_checked_by_a_stranger_and_a_changed_one_fails(till: Home) -> None:
    path = till.folder / "journal.jsonl"
    said = till.run("book", "export", "--output", path)
    assert (said.exit_code, said.out, said.err) == (0, "", "")
    exported = path.read_bytes()
    assert check_export(exported) == 24
    assert till.run("book", "export").out.encode() == exported
    with pytest.raises(AssertionError):
        check_export(exported.replace(b"118224", b"918224", 1))
    *entries, last = exported.splitlines(keepends=True)
    forged = last.replace(last[-20:-10], b"0123456789")
    with pytest.raises((AssertionError, InvalidSignature)):
        check_export(b"".join([*entries, forged]))
    for secret in ("王雨桐", "13800138001", "0BE2FB0B"):
        assert secret.encode() not in exported
