"""A shop's own fields, tags and the member's consents."""

from __future__ import annotations

import datetime as dt

import pytest

from terminal.base.errors import Refusal
from terminal.rules.member import consents, profile
from terminal.rules.member.consents import Consent, Parts
from terminal.rules.member.profile import Field, Wrong

HAIR = Field("hair", "发质", "choice", choices=(("dry", "干性"), ("oily", "油性")))
HEIGHT = Field("height", "身高", "number", least=500, most=2500, decimals=1)
VISITS = Field("visits", "来店次数", "number", least=-5, most=99)
WEDDING = Field("wedding", "结婚纪念日", "date", first=dt.date(1950, 1, 1), last=dt.date(2030, 1, 1))
TEA = Field("tea", "喝茶", "yes_no")
JOB = Field("job", "职业", "text", is_required=True, chars_max=8)
ALLERGIES = Field("allergies", "过敏", "text", is_sensitive=True)
FIELDS = (HAIR, HEIGHT, VISITS, WEDDING, TEA, JOB, ALLERGIES)
DAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        (HAIR, "dry", "dry"),
        (HAIR, " 油性 ", "oily"),
        (HEIGHT, "165", "165.0"),
        (HEIGHT, "+165.50", "165.5"),
        (HEIGHT, "165.", "165.0"),
        (HEIGHT, "50.0", "50.0"),
        (HEIGHT, "250", "250.0"),
        (VISITS, "-5", "-5"),
        (VISITS, "-0", "0"),
        (VISITS, "007", "7"),
        (Field("delta", "Δ", "number", decimals=2), "-0.05", "-0.05"),
        (WEDDING, "2020-02-29", "2020-02-29"),
        (WEDDING, "1950-01-01", "1950-01-01"),
        (WEDDING, "2030-01-01", "2030-01-01"),
        (JOB, "教" * 8, "教" * 8),
        (TEA, "是", "yes"),
        (TEA, "NO", "no"),
        (TEA, "無", "no"),
        (JOB, "  教  师 ", "教 师"),
        (JOB, "e\u0301tudes", "études"),
    ],
)
def test_a_value_has_one_stored_form(field: Field, text: str, expected: str) -> None:
    assert profile.stored(field, text) == expected
    assert profile.stored(field, expected) == expected


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        (HAIR, "frizzy", "field_choice"),
        (HEIGHT, "165.55", "field_number decimals=1"),
        (HEIGHT, "tall", "field_number decimals=1"),
        (HEIGHT, "１６５", "field_number decimals=1"),
        (HEIGHT, "1e3", "field_number decimals=1"),
        (HEIGHT, "49.9", "field_number_range least=50.0 most=250.0"),
        (HEIGHT, "250.1", "field_number_range least=50.0 most=250.0"),
        (VISITS, "1.5", "field_number decimals=0"),
        (VISITS, "-6", "field_number_range least=-5 most=99"),
        (WEDDING, "2021-02-29", "field_date"),
        (WEDDING, "29.2.2020", "field_date"),
        (WEDDING, "２０２０-02-29", "field_date"),
        (WEDDING, "1949-12-31", "field_date_range first=1950-01-01 last=2030-01-01"),
        (WEDDING, "2030-01-02", "field_date_range first=1950-01-01 last=2030-01-01"),
        (TEA, "maybe", "field_yes_no"),
        (JOB, "教" * 9, "field_text chars=8"),
        (JOB, "a\u200bb", "field_text chars=8"),
    ],
)
def test_a_value_that_is_none_is_refused(field: Field, text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        profile.stored(field, text)
    assert str(refused.value) == code


def test_all_that_is_wrong_is_told_at_once_and_the_rest_is_kept() -> None:
    filled = {"hair": "干性", "height": "3", "wedding": "x", "tea": " ", "shoe": "38"}
    checked = profile.checked(FIELDS, filled)
    assert checked.values == {"hair": "dry"}
    assert checked.wrong == (
        Wrong("height", "field_number_range", {"least": "50.0", "most": "250.0"}),
        Wrong("wedding", "field_date"),
        Wrong("job", "field_required"),
        Wrong("shoe", "field_unknown"),
    )


def test_what_is_stored_checks_as_itself() -> None:
    filled = {"job": "教师", "tea": "有", "visits": "+3", "allergies": "染发剂"}
    values = profile.checked(FIELDS, filled).values
    assert profile.checked(FIELDS, values) == profile.Checked(values, ())


def test_good_definitions_have_no_mistakes() -> None:
    assert profile.mistakes(FIELDS) == []
    fifty = tuple((f"c{number}", "w") for number in range(50))
    edges = (Field("a", "x", "text", chars_max=1), Field("b", "x", "text", chars_max=500))
    assert profile.mistakes((*edges, Field("c", "x", "choice", choices=fifty))) == []


@pytest.mark.parametrize(
    ("field", "code"),
    [
        (Field("Hair", "x", "text"), "field_key"),
        (Field("", "x", "text"), "field_key"),
        (Field("a", "", "text"), "field_label"),
        (Field("a", "x" * 31, "text"), "field_label"),
        (Field("a", "x\ny", "text"), "field_label"),
        (Field("a", "x", "colour"), "field_kind"),
        (Field("formula", "配方", "text"), "field_not_sensitive"),
        (Field("a", "x", "text", chars_max=0), "field_chars"),
        (Field("a", "x", "text", chars_max=501), "field_chars"),
        (Field("a", "x", "number", decimals=5), "field_decimals"),
        (Field("a", "x", "number", decimals=-1), "field_decimals"),
        (Field("a", "x", "number", least=2, most=1), "field_range"),
        (Field("a", "x", "date", first=DAY, last=DAY - dt.timedelta(days=1)), "field_range"),
        (Field("a", "x", "choice"), "field_choices"),
        (Field("a", "x", "choice", choices=tuple((f"c{n}", "w") for n in range(51))), "field_choices"),
        (Field("a", "x", "choice", choices=(("b", "1"), ("b", "2"))), "field_choice_twice"),
        (Field("a", "x", "choice", choices=(("b", ""),)), "field_choice_bad"),
        (Field("a", "x", "choice", choices=(("B", "1"),)), "field_choice_bad"),
    ],
)
def test_a_definition_that_makes_no_sense_is_told(field: Field, code: str) -> None:
    assert profile.mistakes([field]) == [(field.key, code)]


def test_all_mistakes_of_the_definitions_are_told_at_once() -> None:
    fields = [Field("a", "x", "text"), Field("a", "", "colour")]
    assert profile.mistakes(fields) == [("a", "field_twice"), ("a", "field_label"), ("a", "field_kind")]
    many = [Field(f"f{number}", "x", "text") for number in range(41)]
    assert profile.mistakes(many) == [("fields", "fields_too_many")]


def test_tags_keep_their_order_and_stand_once() -> None:
    tags: tuple[str, ...] = ()
    for tag in ("VIP", " 敏感  肌 ", "vip", "VIP"):
        tags = profile.tagged(tags, tag)
    assert tags == ("VIP", "敏感 肌")
    assert profile.untagged(tags, "Vip ") == ("敏感 肌",)
    assert profile.untagged(tags, "other") == tags


@pytest.mark.parametrize("tag", ["瘦", "x" * 20])
def test_a_tag_has_one_to_twenty_characters(tag: str) -> None:
    assert profile.tagged((), tag) == (tag,)


@pytest.mark.parametrize("tag", ["", "  ", "x" * 21, "a,b", "a，b", "a\u200bb"])
def test_a_tag_that_cannot_be_shown_is_refused(tag: str) -> None:
    with pytest.raises(Refusal, match="tag_bad chars=20"):
        profile.tagged((), tag)


def test_a_member_has_thirty_tags_at_most() -> None:
    tags = tuple(f"t{number}" for number in range(30))
    assert profile.tagged(tags, "T0") == tags
    with pytest.raises(Refusal, match="tags_too_many most=30"):
        profile.tagged(tags, "new")


def act(kind: str = "marketing", on: dt.date = DAY, *, is_given: bool = True) -> Consent:
    """A consent given or withdrawn at the counter."""
    return Consent(kind, is_given, on, "counter", "2026-1")


def test_a_consent_stands_until_it_is_withdrawn_and_the_acts_remain() -> None:
    acts = consents.given((), act())
    acts = consents.given(acts, act("photo"))
    assert consents.standing(acts, "marketing") == act()
    assert consents.standing(acts, "chain_sharing") is None
    acts = consents.given(acts, act(is_given=False))
    assert consents.standing(acts, "marketing") is None
    assert consents.standing(acts, "photo") == act("photo")
    again = Consent("marketing", is_given=True, on=DAY, channel="app", text_version="2026-2")
    acts = consents.given(acts, again)
    assert consents.standing(acts, "marketing") == again
    assert len(acts) == 4


@pytest.mark.parametrize(
    ("consent", "code"),
    [
        (act("dancing"), "consent_kind"),
        (Consent("photo", is_given=True, on=DAY, channel="rumour", text_version="1"), "consent_channel"),
        (Consent("photo", is_given=True, on=DAY, channel="app", text_version=""), "consent_version"),
        (Consent("photo", is_given=True, on=DAY, channel="app", text_version="一"), "consent_version"),
        (Consent("photo", is_given=True, on=DAY, channel="app", text_version="1" * 21), "consent_version"),
        (Consent("photo", is_given=True, on=DAY, channel="app", text_version="1\n"), "consent_version"),
        (act("photo", is_given=False), "consent_not_given"),
        (act(on=DAY - dt.timedelta(days=1)), "consent_date"),
        (act(is_given=False, on=DAY - dt.timedelta(days=1)), "consent_date"),
    ],
)
def test_an_act_that_makes_no_sense_is_refused(consent: Consent, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        consents.given((act(),), consent)


@pytest.mark.parametrize("version", ["1", "1" * 20])
def test_the_version_of_a_text_has_one_to_twenty_characters(version: str) -> None:
    consent = Consent("photo", is_given=True, on=DAY, channel="app", text_version=version)
    assert consents.given((), consent) == (consent,)


def test_what_is_withdrawn_cannot_be_withdrawn_again() -> None:
    acts = consents.given((act(),), act(is_given=False))
    with pytest.raises(Refusal, match="consent_not_given"):
        consents.given(acts, act(is_given=False))


def test_sensitive_values_are_kept_apart_and_need_their_own_consent() -> None:
    values = {"job": "教师", "allergies": "染发剂", "formula": "6/43 + 3%"}
    others = tuple(act(kind) for kind in ("marketing", "photo", "chain_sharing"))
    with pytest.raises(Refusal, match="consent_missing"):
        consents.parted(FIELDS, values, others)
    acts = (*others, act("sensitive_notes"))
    parts = consents.parted(FIELDS, values, acts)
    assert parts == Parts({"job": "教师"}, {"allergies": "染发剂", "formula": "6/43 + 3%"})
    assert consents.kept(parts, acts) == parts
    withdrawn = consents.given(acts, act("sensitive_notes", is_given=False))
    assert consents.kept(parts, withdrawn) == Parts({"job": "教师"}, {})


def test_without_sensitive_values_no_consent_is_needed() -> None:
    assert consents.parted(FIELDS, {"job": "教师"}, ()) == Parts({"job": "教师"}, {})
    skin = Field("skin", "皮肤", "text", is_sensitive=True)
    assert consents.sensitive_keys((skin, JOB)) == {"allergies", "formula", "skin"}
