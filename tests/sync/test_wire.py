"""Messages have one byte form, and anything else is no message."""

from __future__ import annotations

import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.rules.canonical import NotCanonical
from terminal.sync import wire

ids = st.text("0123456789abcdef", min_size=32, max_size=32)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
hashes = st.binary(min_size=32, max_size=32)
numbers = st.integers(0, 2**53 - 1)
facts = texts.map(str.encode)
items = st.builds(wire.FeedItem, numbers, numbers, texts, ids, ids, facts, numbers, st.booleans())
rows = st.builds(wire.ChainRow, numbers, texts, texts, numbers, facts, texts)
wants = st.builds(wire.Want, ids, ids, numbers)
entries = st.lists(facts, max_size=3).map(tuple)
lives = (ids, ids, numbers)
span = (numbers, hashes, numbers, hashes, st.binary(min_size=64, max_size=64), entries)
MESSAGES: dict[type, st.SearchStrategy[wire.Message]] = {
    wire.Push: st.builds(wire.Push, *lives, *span, numbers, st.lists(wants, max_size=3).map(tuple), entries, ids),
    wire.Accepted: st.builds(
        wire.Accepted, numbers, numbers, hashes, st.lists(items, max_size=3).map(tuple), numbers, ids
    ),
    wire.Behind: st.builds(wire.Behind, numbers, entries, ids),
    wire.MustRejoin: st.builds(wire.MustRejoin, numbers, texts),
    wire.Rejoin: st.builds(wire.Rejoin, *lives, ids, *span, st.booleans()),
    wire.RejoinMore: st.builds(wire.RejoinMore, numbers, ids, numbers, ids),
    wire.Joined: st.builds(wire.Joined, ids, numbers, numbers, hashes, ids),
    wire.Pull: st.builds(wire.Pull, ids, ids, numbers, ids),
    wire.Rows: st.builds(wire.Rows, st.lists(rows, max_size=3).map(tuple), numbers, ids),
    wire.StartOver: st.just(wire.StartOver()),
    wire.SnapshotRequest: st.builds(wire.SnapshotRequest, ids, ids, st.integers(-1, 9), texts, texts, numbers, ids),
    wire.SnapshotPage: st.builds(wire.SnapshotPage, numbers, st.lists(rows, max_size=3).map(tuple), texts, texts, ids),
    wire.FeedItem: items,
}
messages = st.one_of(*MESSAGES.values())


def test_every_message_of_the_protocol_is_tried_here() -> None:
    assert set(MESSAGES) == set(typing.get_args(wire.Message))


@settings(print_blob=True, deadline=None)
@given(messages)
def test_what_is_encoded_is_read_again_the_same(message: wire.Message) -> None:
    assert wire.decode(wire.encode(message)) == message


@settings(print_blob=True, deadline=None)
@given(messages, st.data())
def test_other_bytes_are_another_message_or_none(message: wire.Message, data: st.DataObject) -> None:
    sent = bytearray(wire.encode(message))
    at = data.draw(st.integers(0, len(sent) - 1))
    sent[at] = data.draw(st.integers(0, 255))
    try:
        read = wire.decode(bytes(sent))
    except NotCanonical:
        return
    assert wire.encode(read) == bytes(sent)


@given(st.binary(max_size=200))
def test_noise_is_no_message(noise: bytes) -> None:
    with pytest.raises(NotCanonical):
        wire.decode(noise)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (b'{"message":"MustRejoin","epoch":1,"reason":"fork"}', "another spelling"),
        (b'{"epoch":true,"message":"MustRejoin","reason":"fork"}', "another type"),
        (b'{"epoch":1,"message":"MustRejoin","more":1,"reason":"fork"}', "missing or unknown"),
        (b'{"epoch":1,"message":"Sing","reason":"fork"}', "no message"),
        (b'{"epoch":1,"reason":"fork"}', "no message"),
        (b"[]", "no message"),
    ],
)
def test_what_is_almost_a_message_is_none(wrong: bytes, why: str) -> None:
    with pytest.raises(NotCanonical, match=why):
        wire.decode(wrong)


def test_a_message_beyond_the_limit_is_not_even_read() -> None:
    with pytest.raises(NotCanonical, match="too long"):
        wire.decode(b" " * (wire.MESSAGE_BYTES_MAX + 1))
