"""Who may be the same person, merging and its undoing, masks, export and erasing."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.rules.member import duplicates, merge, privacy
from terminal.rules.member.duplicates import Alike, Person
from terminal.rules.member.merge import Aliases, Link, Shown, aliases_of, main_of, merged, parted, shown
from terminal.rules.member.privacy import MemberFile, Ties

A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)


@pytest.mark.parametrize(
    ("key", "spellings"),
    [
        (
            "8613812345678",
            ["13812345678", "+86 138 1234 5678", "0086-13812345678", "8613812345678", "１３８１２３４５６７８"],
        ),
        ("8613812345678", ["(138)1234-5678", "+8613812345678", "013812345678"]),
        ("886912345678", ["0912345678", "+886912345678", "+886 0912-345-678", "886912345678", "00886 912 345 678"]),
        ("861087654321", ["010-87654321", "+86 010 8765 4321", "+86 10 87654321"]),
        ("85291234567", ["+852 9123 4567", "0085291234567"]),
    ],
)
def test_every_spelling_of_a_telephone_number_has_one_key(key: str, spellings: list[str]) -> None:
    assert {duplicates.phone_key(spelling) for spelling in spellings} == {key}


@pytest.mark.parametrize("text", ["", "none", "12345", "138 1234 5678 ext 9", "1" * 18, "+"])
def test_what_is_no_telephone_number_has_no_key(text: str) -> None:
    assert duplicates.phone_key(text) == ""


def test_a_number_without_a_country_is_of_the_shops_own() -> None:
    assert duplicates.phone_key("02-2345-6789", duplicates.TAIWAN) == "886223456789"
    assert duplicates.phone_key("13812345678", duplicates.TAIWAN) == "8613812345678"
    assert duplicates.phone_key("912345678", duplicates.TAIWAN) == "886912345678"


def test_the_same_telephone_card_or_name_and_birthday_is_marked() -> None:
    people = [
        Person(B, "王 芳", "+8613812345678", "1990-09-03", ("04A1B2C3",)),
        Person(A, "王芳", "13812345678", "1990-09-03"),
        Person(C, "李四", "0912345678", "", ("04:a1:b2:c3",)),
        Person(D, "王芳", "+886 912 345 678", "L1990-07-15"),
    ]
    assert duplicates.possible(people) == (
        Alike("same_phone", (A, B)),
        Alike("same_phone", (C, D)),
        Alike("same_card", (B, C)),
        Alike("same_name_and_birthday", (A, B, D)),  # the lunar day is 3 September 1990
    )


def test_two_spellings_of_one_card_are_marked_once() -> None:
    people = [Person(A, cards=("04A1B2C3",)), Person(B, cards=("0077705923", "not a card!"))]
    assert duplicates.possible(people) == (Alike("same_card", (A, B)),)


def test_strangers_and_empty_files_are_not_marked() -> None:
    people = [Person(A), Person(B), Person(C, "王芳", "", "09-03"), Person(D, "王芳", "", "09-03", ("",))]
    assert duplicates.possible(people) == ()


def test_one_telephone_of_a_thousand_files_is_one_group() -> None:
    people = [Person(f"{number:032x}", phone="13800000000") for number in range(1000)]
    groups = duplicates.possible(people)
    assert [len(group.accounts) for group in groups] == [1000]


def test_a_new_file_is_held_against_the_others() -> None:
    new = Person(C, "José  García", "0086 13812345678", "1990-01-02", ("1234",))
    others = [
        Person(A, "jose\u0301 garcía", "", "1990-01-02"),
        Person(B, "x", "13812345678"),
        Person(D, "y", "+86 138 1234 5678"),
        new,
    ]
    assert duplicates.alike(new, others) == (
        Alike("same_phone", (B, D)),
        Alike("same_name_and_birthday", (A,)),
    )
    assert duplicates.alike(Person(C), others) == ()


def test_a_merged_member_is_asked_for_by_either_account() -> None:
    aliases, link = merged(Aliases(), A, B)
    assert link == Link(A, B)
    assert main_of(aliases, A) == main_of(aliases, B) == B
    assert shown(aliases, A) == Shown(B, (A,), came_by=A)
    assert shown(aliases, B) == Shown(B, (A,), came_by="")
    assert shown(aliases, C) == Shown(C, (), came_by="")


def test_a_chain_of_aliases_leads_to_its_end() -> None:
    aliases, _ = merged(Aliases(), A, B)
    aliases, _ = merged(aliases, B, C)
    assert [main_of(aliases, account) for account in (A, B, C)] == [C, C, C]
    assert shown(aliases, A) == Shown(C, (A, B), came_by=A)


def test_merging_into_a_merged_account_merges_into_its_main_one() -> None:
    aliases, _ = merged(Aliases(), B, C)
    aliases, link = merged(aliases, A, B)
    assert link == Link(A, C)
    left, _ = parted(aliases, B)
    assert (main_of(left, A), main_of(left, B)) == (C, B)


def test_undoing_gives_each_account_back_and_leaves_older_merges() -> None:
    first, _ = merged(Aliases(), A, B)
    second, _ = merged(first, B, C)
    undone, link = parted(second, B)
    assert (undone, link) == (first, Link(B, C))
    assert parted(undone, A)[0] == Aliases()
    with pytest.raises(Refusal, match="merge_none"):
        parted(undone, C)


@pytest.mark.parametrize(
    ("account", "into", "code"), [(B, A, "merge_itself"), (A, A, "merge_itself"), (A, B, "merge_itself")]
)
def test_a_ring_is_refused(account: str, into: str, code: str) -> None:
    aliases, _ = merged(Aliases(), A, B)
    with pytest.raises(Refusal, match=code):
        merged(aliases, account, into)


def test_what_was_merged_has_to_be_parted_before_it_is_merged_elsewhere() -> None:
    aliases, _ = merged(Aliases(), A, B)
    with pytest.raises(Refusal, match="merge_already"):
        merged(aliases, A, C)


def test_contradicting_links_of_two_terminals_are_set_aside() -> None:
    links = [Link(A, B), Link(B, A), Link(A, C), Link(A, B), Link(D, D)]
    aliases = aliases_of(links)
    assert dict(aliases.into) == {A: B}
    assert aliases.set_aside == (Link(B, A), Link(A, C), Link(D, D))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"))))
def test_whatever_links_are_written_every_account_has_one_main_account(pairs: list[tuple[str, str]]) -> None:
    aliases = aliases_of(Link(account, into) for account, into in pairs)
    for account in "abcdef":
        main = main_of(aliases, account)
        assert main_of(aliases, main) == main
        assert main not in aliases.into
        assert account in {main, *shown(aliases, account).others}


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.booleans())))
def test_merging_and_undoing_in_any_order_never_makes_a_ring(steps: list[tuple[str, str, bool]]) -> None:
    aliases = Aliases()
    for account, into, is_merge in steps:
        before = dict(aliases.into)
        try:
            aliases, link = merged(aliases, account, into) if is_merge else parted(aliases, account)
        except Refusal:
            assert dict(aliases.into) == before
            continue
        assert link.account == account
        assert len(aliases.into) == len(before) + (1 if is_merge else -1)
        assert {main_of(aliases, each) for each in "abcdef"}.isdisjoint(aliases.into)


def test_an_export_holds_every_part_and_nothing_else() -> None:
    document = privacy.exported({"profile": {"name": "王芳"}, "bills": ["1"]})
    assert tuple(document) == privacy.EXPORTED
    assert {"profile", "fields", "sensitive_notes", "tags", "consents", "media", "balances", "entries", "bills"} < set(
        document
    )
    assert document["profile"] == {"name": "王芳"}
    assert document["sensitive_notes"] == []
    for part in (*privacy.NEVER_EXPORTED, "shoes"):
        with pytest.raises(Refusal, match="export_part"):
            privacy.exported({part: "x"})


FILE = MemberFile(
    account=A,
    name="王芳",
    phone="13812345678",
    sex="f",
    birthday="1990-01-02",
    level="金卡",
    remark="怕冷",
    old_number="M17",
    photo=b"photo",
    pin_hash="hash",
    salt=b"salt",
    tags=("VIP",),
    fields={"job": "教师"},
    sensitive={"allergies": "染发剂"},
)


def test_erasing_leaves_a_pseudonym_and_nothing_of_the_person() -> None:
    result = privacy.erased(FILE, Ties(), "M7K2MQ0X")
    assert result.file == MemberFile(A, "M7K2MQ0X", level="金卡", is_erased=True)
    person = {"王芳", "13812345678", "1990-01-02", "怕冷", "M17", "hash", "教师", "染发剂", "VIP"}
    assert not any(word in str(dataclasses.astuple(result.file)) for word in person)
    assert {"profile_salt", "pin_hash", "sensitive_notes", "photo", "card_numbers"} <= set(result.removed)
    assert {"entries", "bills"} <= set(result.stays)
    with pytest.raises(Refusal, match="erase_done"):
        privacy.erased(result.file, Ties(), "M7K2MQ0X")


@pytest.mark.parametrize(
    ("ties", "pseudonym", "code"),
    [
        (Ties(value_fen=1), "M7K2", "erase_value value_fen=1"),
        (Ties(sessions=2), "M7K2", "erase_sessions sessions=2"),
        (Ties(owed_fen=3), "M7K2", "erase_owed owed_fen=3"),
        (Ties(open_bills=4), "M7K2", "erase_open bills=4"),
        (Ties(), "王芳", "erase_pseudonym"),
        (Ties(), "M7K", "erase_pseudonym"),
    ],
)
def test_nobody_is_erased_while_something_is_owed(ties: Ties, pseudonym: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        privacy.erased(FILE, ties, pseudonym)


def test_secrets_and_notes_are_not_shown_where_a_file_is_logged() -> None:
    assert "染发剂" not in repr(FILE)
    assert "b'photo'" not in repr(FILE)
    assert "b'salt'" not in repr(FILE)
    assert "hash" not in repr(FILE).replace("pin_hash", "")


def test_the_parts_that_are_removed_ended_or_stay_are_apart() -> None:
    parts = [*privacy.REMOVED, *privacy.ENDED, *privacy.STAYS]
    assert len(parts) == len(set(parts))
    assert merge.Aliases() == aliases_of([])
