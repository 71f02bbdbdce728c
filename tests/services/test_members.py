"""Finding members, and what each screen may know of them."""

from __future__ import annotations

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, new_id
from terminal.rules.card_numbers import spellings_of_uid
from terminal.rules.codes import make_member_code
from terminal.rules.member_values import PassLine
from terminal.services.members import SeveralMembers
from tests.services.conftest import Bench

UID = bytes.fromhex("0BE2FB0B")


@pytest.mark.parametrize("spelling", spellings_of_uid(UID))
def test_a_tapped_card_finds_its_member_however_the_old_system_spelled_it(bench: Bench, spelling: str) -> None:
    account = bench.member(cards=(spelling,))
    assert bench.members.by_card(UID, "") == account


@pytest.mark.parametrize("typed", spellings_of_uid(UID))
def test_a_typed_number_finds_the_card_whose_chip_number_is_stored(bench: Bench, typed: str) -> None:
    account = bench.member(cards=("0BE2FB0B",))
    assert bench.members.by_code(typed) == account


def test_a_number_read_from_a_memory_card_finds_its_member(bench: Bench) -> None:
    account = bench.member(cards=("880012",))
    assert bench.members.by_card(b"", "880012") == account


def test_an_unknown_card_is_refused(bench: Bench) -> None:
    bench.member(cards=("11223344",))
    with pytest.raises(Refusal, match="card_unknown"):
        bench.members.by_card(UID, "")


def test_a_number_that_finds_two_members_is_refused_and_the_counter_lists_both(bench: Bench) -> None:
    first, second = bench.member(cards=("0BE2FB0B",)), bench.member("李雷", cards=("0BE2FB0B",))
    with pytest.raises(Refusal, match="card_ambiguous"):
        bench.members.by_card(UID, "")
    with pytest.raises(SeveralMembers) as several:
        bench.members.by_card(UID, "")
    assert set(several.value.accounts) == {first, second}
    assert "0BE2FB0B" not in str(several.value)
    assert {hit.account for hit in bench.members.search("0BE2FB0B")} == {first, second}
    assert all(hit.marked_duplicate for hit in bench.members.search("0BE2FB0B"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("134567890123456789", "payment_code_unexpected"),
        ("1３4567890123456789", "payment_code_unexpected"),
        ("289876543210987654", "payment_code_unexpected"),
        ("https://qr.alipay.com/fkx12345", "collection_code"),
        (make_member_code("5" * 32, b"1234567"), "other_shop_code"),
        ("13900000000", "code_unknown"),
        ("6901234567892", "code_unknown"),
        ("hello", "code_unknown"),
        ("", "code_unknown"),
    ],
)
def test_a_code_that_is_no_member_is_refused_by_what_it_is(bench: Bench, text: str, code: str) -> None:
    bench.member(phone="13812345678")
    with pytest.raises(Refusal) as refused:
        bench.members.by_code(text)
    assert refused.value.code == code
    assert "1234567890" not in str(refused.value), "a payment code is kept nowhere"


def test_a_member_code_with_a_wrong_character_is_one_that_was_misread(bench: Bench) -> None:
    code = make_member_code(new_id(), b"1234567")
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    with pytest.raises(Refusal, match="scan_undecodable"):
        bench.members.by_code(wrong)
    assert bench.members.search(wrong) == []


def test_a_phone_that_two_members_share_names_both(bench: Bench) -> None:
    both = {bench.member("周敏", phone="13812345678"), bench.member("周芳", phone="13812345678")}
    with pytest.raises(SeveralMembers, match="card_ambiguous") as several:
        bench.members.by_code("13812345678")
    assert set(several.value.accounts) == both
    assert {hit.name for hit in bench.members.hits([*several.value.accounts, *both])} == {"周敏", "周芳"}
    assert len(bench.members.hits([*several.value.accounts, *both])) == 2


def test_a_members_own_code_and_phone_number_find_the_member(bench: Bench) -> None:
    account = bench.member(phone="13812345678")
    assert bench.members.by_code(bench.members.member_code(account)) == account
    assert bench.members.by_code("138 1234 5678") == account


@pytest.mark.parametrize(
    "text", ["王小", "王小芳", "WXF", "wx", "13812345678", "5678", "0199424779", "wangxiaofang", "Wang Xiao", "wang"]
)
def test_the_counter_finds_by_name_initials_phone_tail_or_card(bench: Bench, text: str) -> None:
    from terminal.rules.member_file import MemberLine
    from terminal.services.imports import NEW_PEOPLE, ImportLine

    line = MemberLine(1, name="王小芳", phone="13812345678", cards=("0BE2FB0B",))
    bench.imports.take([ImportLine(line, "WXF", step=NEW_PEOPLE)])
    bench.member("李雷", phone="13900001111")
    assert [hit.name for hit in bench.members.search(text)] == ["王小芳"]


@pytest.mark.parametrize("ending", ["8812", "678812", "0123456788 12", "FB0B", "fb0b", "E2FB0B"])
def test_a_card_is_found_by_how_its_number_ends(bench: Bench, ending: str) -> None:
    bench.member(cards=("012345678812", "0BE2FB0B"))
    bench.member("李雷", cards=("012345678813", "8812000000"))
    bench.member("韩梅", cards=("99998812X",))
    assert [hit.name for hit in bench.members.search(ending)] == ["王小芳"]


def test_cards_that_end_alike_are_all_listed_and_a_shorter_ending_finds_none(bench: Bench) -> None:
    for name, card in (("王芳", "1008812"), ("李雷", "2008812")):
        bench.member(name, cards=(card,))
    assert [hit.name for hit in bench.members.search("8812")] == ["王芳", "李雷"]
    assert bench.members.search("812") == []
    bench.database.run("UPDATE medium SET state = 'revoked' WHERE number = '1008812'")
    assert [hit.name for hit in bench.members.search("8812")] == ["李雷"]


def test_full_pinyin_tells_surnames_with_the_same_initial_apart(bench: Bench) -> None:
    from terminal.rules.member_file import MemberLine
    from terminal.services.imports import NEW_PEOPLE, ImportLine

    for line_no, name in enumerate(["王小芳", "吴小芳", "欧阳小芳"], 1):
        initials = {"王": "WXF", "吴": "WXF", "欧": "OYXF"}[name[0]]
        bench.imports.take([ImportLine(MemberLine(line_no, name=name, old_number=name), initials, step=NEW_PEOPLE)])
    assert [hit.name for hit in bench.members.search("wuxiaofang")] == ["吴小芳"]
    assert [hit.name for hit in bench.members.search("ouyangxiaofang")] == ["欧阳小芳"]
    assert [hit.name for hit in bench.members.search("wangx")] == ["王小芳"]
    assert len(bench.members.search("wxf")) == 2


@pytest.mark.parametrize("text", ["王 小芳", " 王  小 芳 ", "王　小芳", "王 小"])
def test_blanks_between_the_characters_of_a_name_do_not_matter(bench: Bench, text: str) -> None:
    bench.member("王小芳")
    bench.member("王 小芳")
    bench.member("Wang Fang")
    assert bench.members.search(text)[0].name == "王小芳"
    assert [hit.name for hit in bench.members.search("Wang F")] == ["Wang Fang"]


@pytest.mark.parametrize("text", ["", "  ", "ZZZ", "%", "_", "'; DROP TABLE member; --", "x" * 5000])
def test_a_search_for_nobody_finds_nobody(bench: Bench, text: str) -> None:
    bench.member(phone="13812345678")
    assert bench.members.search(text) == []


def test_a_search_gives_at_most_twenty(bench: Bench) -> None:
    for _ in range(25):
        bench.member("王芳")
    assert len(bench.members.search("王")) == 20


def test_the_kiosk_sees_a_masked_member_with_what_may_be_used_today(bench: Bench) -> None:
    account = bench.member(
        "欧阳娜娜",
        sex="f",
        phone="13812345678",
        cards=("0BE2FB0B",),
        level="金卡",
        principal_fen=750_00,
        bonus_fen=150_00,
        points=5240,
        passes=(PassLine("头皮护理", 6, 10), PassLine("水光", 0, 5)),
    )
    panel = bench.members.panel(account)
    assert (panel.surname, panel.title, panel.masked_name) == ("欧阳", "ms", "欧阳女士")
    assert (panel.balance_fen, panel.points, panel.level) == (900_00, 5240, "金卡")
    assert (panel.card_tail, panel.phone_tail) == ("FB0B", "5678")
    assert [(part.name, part.left, part.total) for part in panel.passes] == [("头皮护理", 6, 10)]
    for secret in ("娜娜", "13812345678", "0BE2FB0B"):
        assert secret not in repr(panel)


def test_nobody_is_refused(bench: Bench) -> None:
    for account in (new_id(), "", "nonsense"):
        with pytest.raises(Refusal, match="member_unknown"):
            bench.members.counter_member(AccountId(account))


@pytest.mark.parametrize(("state", "code"), [("frozen", "card_frozen"), ("revoked", "card_replaced")])
def test_a_card_that_is_no_longer_good_says_so(bench: Bench, state: str, code: str) -> None:
    bench.member(cards=("0BE2FB0B",))
    bench.database.run("UPDATE medium SET state = ? WHERE kind = 'card'", (state,))
    with pytest.raises(Refusal, match=code):
        bench.members.by_card(UID, "")


def test_a_whole_card_number_is_found_however_many_others_end_like_it(bench: Bench) -> None:
    for n in range(12):
        bench.member(name=f"甲{n}", phone=f"1380000{n:02d}8001"[:11].ljust(7, "0")[:7] + "8001")
    for n in range(12):
        bench.member(name=f"乙{n}", cards=(f"77{n:02d}8001",))
    exact = bench.member(name="丙", cards=("8001",))
    found = [hit.account for hit in bench.members.search("8001")]
    assert len(found) == 20
    assert found[0] == exact
    assert len(set(found)) == 20


def test_a_card_that_is_only_its_holders_hides_nobody_from_a_search(bench: Bench) -> None:
    for n in range(21):
        bench.database.run(
            "INSERT INTO medium (account, number, kind, state, assurance, named)"
            " VALUES (?, ?, 'card', 'active', 'id-only', 0)",
            (bytes.fromhex(new_id()), f"77{n:02d}1234"),
        )
    bench.member("王芳", phone="13812341234")
    bench.member("李雷", cards=("99001234",))
    assert {hit.name for hit in bench.members.search("1234")} == {"王芳", "李雷"}
    assert bench.members.search("77001234") == []
