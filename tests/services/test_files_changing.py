"""Members' files made and changed: each change once, in the book, which names nobody."""

from __future__ import annotations

import datetime as dt

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, new_id
from terminal.rules.member.consents import CHAIN_SHARING, MARKETING, SENSITIVE, Consent
from terminal.rules.member.profile import TEXT, Field
from terminal.services.files.asked import FieldsWrong, Filled
from terminal.services.files.journal import WITHHELD
from terminal.services.proposals import Blobs
from tests.services.conftest import Bench
from tests.services.files_bench import CASHIER, TODAY, FilesBench, files_bench

MINIMAL = {"name": "李明", "phone": "138 1234 5678", "sex": "男", "birthday": "农历1990年八月十五"}


@pytest.fixture
def shop(bench: Bench) -> FilesBench:
    """Give a shop's files."""
    return files_bench(bench)


def test_a_new_file_is_one_entry_that_names_nobody(shop: FilesBench) -> None:
    filled = Filled(MINIMAL, {"hair": "细", "height": "171"}, tags=("VIP", "vip", "怕热"), initials="lm")
    done = shop.files.add(shop.asked(), filled)
    file = shop.files.get(done.account)
    assert (file.basics["phone"], file.basics["sex"], file.basics["birthday"]) == ("13812345678", "m", "L1990-08-15")
    assert (file.fields, file.tags, file.version) == ({"hair": "fine", "height": "171.0"}, ("VIP", "怕热"), 1)
    entry = shop.last()
    assert (entry.kind, entry.effects, entry.postings) == ("member_add", (), ())
    payload = entry.payload
    assert (payload["account"], payload["operator"], payload["shift"]) == (done.account, CASHIER.staff_id, 1)
    assert (payload["table"], payload["key"], payload["base"]) == ("member", done.account, 0)
    for secret in ("李明", "13812345678", "1990", "VIP"):
        assert secret.encode() not in entry.to_bytes()
    assert (shop.told()["name"], shop.told()["field/hair"]) == ("李明", "fine")
    found = ("李明", "LM", "5678", "13812345678")
    assert all([hit.account for hit in shop.bench.members.search(text)] == [done.account] for text in found)


def test_the_same_action_makes_one_file_and_with_other_content_none(shop: FilesBench) -> None:
    action = ActionId(new_id())
    first = shop.files.add(shop.asked(action=action), Filled(MINIMAL))
    before = shop.everything()
    assert shop.files.add(shop.asked(action=action), Filled(MINIMAL)) == first
    assert shop.everything() == before
    other = Filled({**MINIMAL, "name": "李亮"})
    assert shop.refused(lambda: shop.files.add(shop.asked(action=action), other)) == "action_conflict"
    digest = bytes.fromhex(str(shop.last().payload["blob"]))
    Blobs(shop.bench.database).erase(digest)
    assert shop.files.add(shop.asked(action=action), other) == first, "what was erased cannot be compared"


def test_a_change_names_what_it_sets_and_leaves_the_rest(shop: FilesBench) -> None:
    account = shop.member(phone="13812345678", remark="怕冷")
    shop.change(account, basics={"remark": ""}, tags=("VIP",))
    shop.change(account, basics={"birthday": "02-29"}, fields={"hair": "thick"})
    shop.change(account, basics={"name": "王芳"}, initials="wf")
    file = shop.files.get(account)
    assert (file.name, file.basics["phone"], file.basics["remark"]) == ("王芳", "13812345678", "")
    assert (file.basics["birthday"], file.fields, file.tags) == ("02-29", {"hair": "thick"}, ("VIP",))
    assert (file.initials, file.version) == ("WF", 3)
    shop.change(account, fields={"hair": ""}, untags=("vip",))
    assert (shop.files.get(account).fields, shop.files.get(account).tags) == ({}, ())
    assert shop.last().payload["file_version"] == 4


def test_all_that_is_filled_in_wrongly_is_told_at_once_and_nothing_written(shop: FilesBench) -> None:
    wrong = {"name": "", "phone": "12", "sex": "x", "birthday": "02-30", "remark": "长" * 1001, "nick": "x"}
    fields = {"hair": "curly", "height": "3000", "weight": "70"}

    def work() -> object:
        return shop.files.add(shop.asked(), Filled(wrong, fields))

    assert shop.refused(work) == "fields_wrong"
    with pytest.raises(FieldsWrong) as caught:
        work()
    assert {each.key: each.code for each in caught.value.wrong} == {
        "name": "file_name",
        "phone": "file_phone",
        "sex": "file_sex",
        "birthday": "file_birthday",
        "remark": "file_remark",
        "nick": "field_unknown",
        "hair": "field_choice",
        "height": "field_number_range",
        "weight": "field_unknown",
    }


def test_what_the_shop_requires_is_asked_of_new_files_and_never_taken_out(shop: FilesBench) -> None:
    account = shop.member()
    shop.fields[0] = shop.fields[0].__class__("hair", "发质", "text", is_required=True)
    assert shop.refused(lambda: shop.files.add(shop.asked(), Filled(MINIMAL))) == "fields_wrong"
    assert shop.refused(lambda: shop.files.add(shop.asked(), Filled({"phone": "13812345678"}))) == "fields_wrong"
    shop.change(account, fields={"hair": "x"})
    assert shop.refused(lambda: shop.change(account, fields={"hair": " "})) == "fields_wrong"


def test_a_change_that_changes_nothing_or_nobody_is_refused(shop: FilesBench) -> None:
    account = shop.member(phone="13812345678")
    assert shop.refused(lambda: shop.change(account, basics={"phone": "138-1234-5678"})) == "file_nothing"
    assert shop.refused(lambda: shop.change(new_id(), tags=("x",))) == "member_unknown"
    assert shop.refused(lambda: shop.change("x", tags=("x",))) == "member_unknown"
    assert shop.refused(lambda: shop.change(account, tags=("a,b",))) == "tag_bad"


def test_a_file_that_is_too_long_to_travel_is_refused(shop: FilesBench) -> None:
    account = shop.member()
    keys = [f"f{n}" for n in range(40)]
    shop.fields += [Field(key, key, TEXT, chars_max=500) for key in keys]
    shop.change(account, fields=dict.fromkeys(keys, "长" * 500))
    # Rare characters take four bytes each.
    assert shop.refused(lambda: shop.change(account, fields=dict.fromkeys(keys, "𠮷" * 500))) == "file_full"


def test_a_phone_that_others_have_marks_them_all(shop: FilesBench) -> None:
    mother = shop.member(phone="13812345678")
    child = shop.files.add(shop.asked(), Filled({"name": "王宝", "phone": "13812345678"})).account
    assert all(shop.files.get(account).is_duplicate for account in (mother, child))
    (group,) = shop.finder.duplicates()
    assert (group.reason, set(group.accounts)) == ("same_phone", {mother, child})


def test_consents_are_kept_each_with_its_day_and_channel(shop: FilesBench) -> None:
    account = shop.member()
    shop.consent(account, MARKETING, on=TODAY - dt.timedelta(days=3))
    withdrawn = Consent(MARKETING, False, TODAY, "phone", "")
    shop.files.change(shop.asked(), account, Filled(consents=(withdrawn,)))
    given, taken = shop.files.get(account).consents
    assert (given.is_given, given.on, given.channel, given.text_version) == (
        True,
        dt.date(2026, 11, 18),
        "counter",
        "v1",
    )
    assert (taken.is_given, taken.on, taken.channel, taken.text_version) == (False, TODAY, "phone", "v1")
    assert shop.refused(lambda: shop.consent(account, MARKETING, is_given=False)) == "consent_not_given"
    tomorrow = TODAY + dt.timedelta(days=1)
    assert shop.refused(lambda: shop.consent(account, MARKETING, on=tomorrow)) == "consent_future"


def test_a_note_needs_consent_is_encrypted_and_goes_with_the_consent(shop: FilesBench) -> None:
    account = shop.member()
    keep = shop.files.note
    assert shop.refused(lambda: keep(shop.asked(), account, "allergies", "对苯二胺")) == "consent_missing"
    assert shop.refused(lambda: keep(shop.asked(), account, "hair", "x")) == "note_kind"
    shop.consent(account)
    keep(shop.asked(), account, "allergies", "对苯二胺")
    shop.change(account, fields={"scalp": "干"})
    assert shop.files.notes(account) == {"allergies": "对苯二胺", "scalp": "干"}
    assert "scalp" not in shop.files.get(account).fields
    assert not shop.holds("对苯二胺")
    keep(shop.asked(), account, "scalp", "")
    assert shop.files.notes(account) == {"allergies": "对苯二胺"}
    shop.consent(account, is_given=False)
    assert shop.files.notes(account) == {}
    assert shop.everything()["member_note"] == []
    assert shop.told()["note/allergies"] == ""


def test_a_note_opens_under_its_own_file_and_name_only(shop: FilesBench) -> None:
    first, second = shop.member(), shop.member("李雷")
    for account in (first, second):
        shop.consent(account)
        shop.files.note(shop.asked(), account, "formula", "6/0 + 6%")
    sealed = [row[2] for row in shop.everything()["member_note"]]
    assert sealed[0] != sealed[1], "the same words look different in each file"
    shop.bench.database.run("UPDATE member_note SET sealed = ?", (sealed[0],))
    assert shop.files.notes(first) == {"formula": "6/0 + 6%"}
    with pytest.raises(Refusal, match="note_unreadable"):
        shop.files.notes(second)


def test_a_profile_goes_to_the_chain_with_consent_only(shop: FilesBench) -> None:
    account = shop.member()

    def states() -> list[int]:
        return [row[4] for row in shop.everything()["proposal"]]

    shop.change(account, tags=("VIP",))
    assert states() == [WITHHELD]
    Blobs(shop.bench.database).send_again()
    assert states() == [WITHHELD], "a rejoin sends nothing that was held back"
    shop.share(account)
    assert states() == [0, 0]
    shop.consent(account, CHAIN_SHARING, is_given=False)
    assert sorted(states()) == [0, 0, WITHHELD]


def test_the_chain_is_told_all_of_what_it_does_not_know_and_later_what_changed(shop: FilesBench) -> None:
    account = shop.member(phone="13812345678")
    shop.change(account, fields={"hair": "细"}, tags=("VIP",))
    assert {"name", "phone", "tags", "field/hair", "merged_into"} <= shop.told().keys()
    shop.bench.database.run("INSERT INTO chain_row VALUES ('member', ?, 7, 1, x'7b7d', '', 1)", (account,))
    shop.change(account, basics={"remark": "x"}, fields={"hair": ""})
    assert shop.last().payload["base"] == 7
    assert shop.told() == {"remark": "x", "field/hair": ""}


def test_the_given_consents_of_a_new_file_let_its_notes_in(shop: FilesBench) -> None:
    act = Consent(SENSITIVE, True, TODAY, "paper", "v2")
    done = shop.files.add(shop.asked(), Filled(MINIMAL, {"allergies": "PPD"}, consents=(act,)))
    assert shop.files.notes(done.account) == {"allergies": "PPD"}
    assert (
        shop.refused(lambda: shop.files.add(shop.asked(), Filled(MINIMAL, {"allergies": "PPD"}))) == "consent_missing"
    )
