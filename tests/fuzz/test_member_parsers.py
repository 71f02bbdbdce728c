"""What a phone shows and what staff type into a member's file is read in its one form, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.base.ids import ChainId
from terminal.rules.media import member_qr
from terminal.rules.media.member_qr import Taken
from terminal.rules.member import birthdays, profile
from terminal.rules.member.profile import Field
from tests.rules.test_member_rules_profile import FIELDS

CHAIN = ChainId("0" * 32)


@given(st.text(max_size=170) | st.text(alphabet="ABCXYZ234567", min_size=154, max_size=154).map("CFQ1".__add__))
def test_any_text_is_a_member_qr_in_its_one_form_or_refused(text: str) -> None:
    try:
        code = member_qr.decode(text)
    except Refusal as refusal:
        assert refusal.code == "member_qr_malformed"  # noqa: PT017 - only one of the two ends raises
        return
    assert code.text == text
    with pytest.raises(Refusal):
        member_qr.verified(text, {}, CHAIN, 0, Taken())


@given(st.text(alphabet="L0123456789-R", max_size=13) | st.text(max_size=12))
def test_any_text_is_a_birthday_in_its_one_form_or_refused(text: str) -> None:
    try:
        birthday = birthdays.read(text)
    except Refusal as refusal:
        assert refusal.code == "birthday_bad"  # noqa: PT017 - only one of the two ends raises
    else:
        assert birthdays.stored(birthday) == text


@given(st.sampled_from(FIELDS), st.text(max_size=12) | st.from_regex(r"[+-]?[0-9]{1,4}(\.[0-9]{0,2})?", fullmatch=True))
def test_any_text_is_a_field_of_a_member_in_its_one_form_or_refused(field: Field, text: str) -> None:
    checked = profile.checked((field,), {field.key: text})
    for value in checked.values.values():
        assert profile.stored(field, value) == value
    assert len(checked.values) + len(checked.wrong) <= 1
