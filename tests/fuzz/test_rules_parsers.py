"""Every parser of text from outside raises its own errors only, whatever comes in."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.config import Config, ConfigMistakes, Mistake, parse_config
from terminal.base.money import parse_yuan
from terminal.rules import card_numbers, codes, member_values, names, rates
from terminal.rules.member_file import (
    BadLine,
    FileMapping,
    MemberFileRefused,
    MemberLine,
    identity_key,
    parse_mapping,
    read_members,
)

PREFIX = codes.member_code_prefix("0" * 32)
TEXT = st.text(max_size=80) | st.text("0123456789０１２ ,./-:;、+Ee年月日次元￥'\"=ABCFabcf次/x王女", max_size=40)
HEADER = "会员编号,姓名,手机号,卡号,等级,余额,赠金,总余额,积分,生日,性别,备注,次卡"
CELL_PARSERS = (
    member_values.clean,
    member_values.phone,
    member_values.cards,
    member_values.amount_fen,
    member_values.points,
    member_values.birthday,
    member_values.sex,
    member_values.passes,
)
TOML_VALUE = st.recursive(
    st.sampled_from(
        ['"x"', "1", "-1", "1.5", "nan", "true", "[]", "{}", "2020-01-01", '"127.0.0.1:1"', '"/dev/x"', '""']
    ),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
    max_leaves=4,
)
TOML_KEYS = [
    *("till", "pcsc", "pcsc_readers", "serial_scanners", "printers", "limits", "data_dir", "timezone", "listen"),
    *("admin_socket", "id", "match", "place", "port", "baud", "address", "dots_per_line", "font", "inbox_depth"),
    *("encoding", "delimiter", "columns", "zzz"),
]
TOML_LINE = st.tuples(st.sampled_from(TOML_KEYS), TOML_VALUE).map(" = ".join) | st.sampled_from(
    ["[till]", "[pcsc]", "[[printers]]", "[[pcsc_readers]]", "[[serial_scanners]]", "[limits]", "[columns]"]
)
TOML = st.lists(TOML_LINE, max_size=8).map("\n".join) | st.text(max_size=60)


@settings(deadline=None)
@given(TEXT | st.from_regex(r"[0-9]{0,5}(\.[0-9]{0,4})? ?[折%％]?", fullmatch=True))
def test_any_text_is_a_rate_or_a_value_error(text: str) -> None:
    try:
        rate_bp = rates.parse_rate(text)
    except ValueError:
        return
    assert rate_bp >= 0
    assert rates.parse_rate(rates.format_rate(rate_bp)) == rate_bp


@settings(deadline=None)
@given(TEXT)
def test_any_text_is_some_code(text: str) -> None:
    found = codes.parse(text, PREFIX)
    assert isinstance(found, codes.Code)
    if isinstance(found, codes.PaymentCode):
        assert text not in repr(found)


@settings(deadline=None)
@given(st.binary(max_size=12))
def test_any_uid_has_spellings_that_are_numbers(uid: bytes) -> None:
    spellings = card_numbers.spellings_of_uid(uid)
    assert spellings[0] == uid.hex().upper()
    for spelling in filter(None, spellings):
        assert card_numbers.normalise_number(spelling) == spelling


@settings(deadline=None)
@given(TEXT)
def test_any_text_is_a_card_number_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        number = card_numbers.normalise_number(text)
        assert card_numbers.normalise_number(number) == number
        assert card_numbers.candidates(text)[0] == number


@settings(deadline=None)
@given(TEXT, st.sampled_from(["m", "f", ""]))
def test_any_name_has_a_mask_and_initials(text: str, sex: str) -> None:
    assert names.masked(text, sex)
    assert names.surname(text) in text
    initials = names.initials(text, lambda character: "x" if character > "一" else "")
    assert initials.isalnum() or not initials


@settings(deadline=None)
@given(TEXT)
def test_a_masked_phone_never_shows_more_than_seven_digits(text: str) -> None:
    assert sum(character.isdigit() for character in names.mask_phone(text)) <= 7


@settings(deadline=None)
@given(TEXT)
def test_any_text_is_an_amount_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(parse_yuan(text), int)


@pytest.mark.parametrize("parse", CELL_PARSERS, ids=lambda parse: parse.__name__)
@settings(deadline=None)
@given(text=TEXT)
def test_any_cell_is_a_value_or_a_bad_value(parse: object, text: str) -> None:
    assert callable(parse)
    code = ""
    try:
        parse(text)
    except member_values.BadValue as bad:
        code = bad.code
    assert not code or code in member_values.SENTENCES


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(TEXT, max_size=14).map(",".join) | TEXT, max_size=30),
    st.sampled_from(["utf-8", "utf-16", "gb18030"]),
    st.integers(1, 200),
)
def test_any_rows_are_members_or_bad_lines(rows: list[str], encoding: str, chunk_bytes: int) -> None:
    # A NUL in the first KiB says that the file is no text; the next test has them behind it.
    data = "\n".join([HEADER, *rows]).replace("\x00", "").encode(encoding, "replace")
    lines = list(read_members(data[place : place + chunk_bytes] for place in range(0, len(data), chunk_bytes)))
    _check_lines(lines)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_behind_a_header_are_members_or_bad_lines(data: bytes) -> None:
    _check_lines(list(read_members([HEADER.encode("utf-8-sig") + b"\n" * 1024, data])))


@settings(deadline=None)
@given(st.binary(max_size=300) | TEXT.map(str.encode), st.sampled_from(["", "utf-8", "utf-16", "gb18030", "big5"]))
def test_any_file_is_read_or_refused(data: bytes, encoding: str) -> None:
    with contextlib.suppress(MemberFileRefused):
        _check_lines(list(read_members([data], FileMapping(encoding=encoding))))


@settings(deadline=None)
@given(TOML)
def test_any_mapping_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(MemberFileRefused):
        parse_mapping(text)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(TOML)
def test_any_configuration_is_read_or_its_mistakes_are_told(text: str) -> None:
    result: Config | tuple[Mistake, ...]
    try:
        result = parse_config(text, Path("/shop"))
    except ConfigMistakes as found:
        result = found.mistakes
    assert isinstance(result, Config) or result
    assert isinstance(result, Config) or all(mistake.sentence.endswith((".", "?")) for mistake in result)


def _check_lines(lines: list[MemberLine | BadLine]) -> None:
    """Check what holds of every line: numbers rise, a member can be found again, a bad line has a reason."""
    numbers = [line.line_no for line in lines]
    assert numbers == sorted(set(numbers))
    for line in lines:
        if isinstance(line, BadLine):
            assert line.errors
            assert all(error.sentence for error in line.errors)
        else:
            assert all(identity_key(line))
            assert min(line.principal_fen, line.bonus_fen, line.points) >= 0
