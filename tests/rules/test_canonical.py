"""One byte form for each value, and no value for any other bytes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.rules.canonical import DEPTH_MAX, INTEGER_MAX, Canonical, NotCanonical, decode, encode

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
KEYS = st.from_regex(r"[a-z][a-z0-9_/]{0,8}", fullmatch=True)
VALUES = st.recursive(
    st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX) | TEXTS,
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(KEYS, parts, max_size=4),
    max_leaves=12,
)
PLAIN = b'{"a":[1,true,"x"],"b":{"c":""}}'


def nested(depth: int) -> Canonical:
    """Return lists in lists, `depth` of them."""
    value: Canonical = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.slow
@given(VALUES)
def test_what_was_encoded_is_decoded_again(value: Canonical) -> None:
    again = decode(encode(value))
    assert again == value
    assert repr(again) == repr(json.loads(json.dumps(value, sort_keys=True)))  # 1 is not True here


@pytest.mark.slow
@given(VALUES)
def test_the_form_is_plain_json_with_sorted_keys(value: Canonical) -> None:
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert encode(value) == plain.encode()


@pytest.mark.slow
@given(VALUES, VALUES)
def test_two_values_never_share_their_bytes(one: Canonical, other: Canonical) -> None:
    assert (encode(one) == encode(other)) == (repr(decode(encode(one))) == repr(decode(encode(other))))


@given(st.binary(max_size=40))
def test_any_bytes_are_a_value_in_its_one_form_or_refused(data: bytes) -> None:
    try:
        value = decode(data)
    except NotCanonical:
        return
    assert encode(value) == data


@pytest.mark.slow
@given(VALUES, st.data())
def test_bytes_with_one_change_are_another_value_or_refused(value: Canonical, choice: st.DataObject) -> None:
    before = bytearray(encode(value))
    place = choice.draw(st.integers(0, len(before) - 1))
    after = bytearray(before)
    if choice.draw(st.booleans()):
        after[place] ^= choice.draw(st.integers(1, 255))
    else:
        after[place:place] = choice.draw(st.sampled_from([b" ", b"\n", b"0", b"-", b"+", b"\xef\xbb\xbf", b",", b".0"]))
    try:
        changed = decode(bytes(after))
    except NotCanonical:
        return
    assert repr(changed) != repr(decode(bytes(before)))
    assert encode(changed) == bytes(after)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" " + PLAIN,
        PLAIN + b" ",
        PLAIN + b"\n",
        PLAIN + b"1",
        PLAIN + PLAIN,
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.replace(b",", b", ", 1),
        PLAIN.replace(b":", b": ", 1),
        PLAIN.decode().encode("utf-16"),
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"A":1}',
        b'{"":1}',
        b'{"a b":1}',
        b'{"\xe5\xa7\x93":1}',
        b'{"' + b"a" * 41 + b'":1}',
        b"-0",
        b"+1",
        b"01",
        b"1.0",
        b"1e2",
        b"1E2",
        b"0.5",
        b"-1.0",
        b"9007199254740992",
        b"-9007199254740992",
        b"1" * 5000,
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"null",
        b"[null]",
        b"True",
        b'"\\u0041"',
        b'"\\/"',
        b'"\\u000a"',
        b'"\\u001F"',
        b'"\n"',
        b'"\\ud800"',
        b'"\\ud83d\\ude00"',
        b'"\xed\xa0\x80"',
        b'"\xc0\xaf"',
        b'"\xff"',
        b"'a'",
        b"[1,]",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1),
        b'{"a":' * (DEPTH_MAX + 1) + b"1" + b"}" * (DEPTH_MAX + 1),
    ],
    ids=lambda data: repr(data[:24]),
)
def test_another_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        decode(data)


@pytest.mark.parametrize(
    "value", [None, 1.0, b"x", (1,), {1: 2}, {"A": 1}, {"a": None}, [1.5], "\ud800", {"a": "\udfff"}, 2**53, -(2**53)]
)
def test_a_value_without_a_form_is_refused(value: Canonical) -> None:
    with pytest.raises(NotCanonical):
        encode(value)


def test_the_widest_integers_and_the_deepest_nesting_have_a_form() -> None:
    assert decode(encode([INTEGER_MAX, -INTEGER_MAX])) == [INTEGER_MAX, -INTEGER_MAX]
    assert decode(encode(nested(DEPTH_MAX))) == nested(DEPTH_MAX)
    with pytest.raises(NotCanonical):
        encode(nested(DEPTH_MAX + 1))


def test_every_character_is_written_in_the_one_way_rfc_8785_prints_it() -> None:
    text = '\x00\x1f\b\f\n\r\t"\\/\x7f\u2028\u00e9姓\U0001f600'
    assert encode(text) == b'"\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\/\x7f' + "\u2028\u00e9姓\U0001f600".encode() + b'"'
