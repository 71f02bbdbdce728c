"""Whatever a keyboard types, the decoder and the reader of its bytes answer with their own values and stay bounded."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import DeviceFault
from terminal.hw.layout_check import check_layout
from terminal.hw.wedge_decoder import (
    CODE_CHARACTERS_MAX,
    REPEAT_S,
    SILENCE_S,
    Line,
    LineRefused,
    LineTyped,
    WedgeDecoder,
)
from terminal.hw.wedge_keys import ALT_CODES, ALT_DIGITS_MAX, GS_WAYS, KEYS_MAX
from terminal.hw.wedge_layouts import LAYOUTS
from terminal.hw.wedge_source import ECHOES_MAX, EVENT, ROUND_EVENTS_MAX, Event, Nodes, StreamSource

# Mostly keys that mean something: letters, digits of both blocks, modifiers, ends, accents.
codes = st.one_of(
    st.sampled_from([2, 3, 11, 13, 15, 16, 26, 28, 29, 30, 41, 42, 54, 56, 57, 58, 66, 71, 82, 86, 96, 97, 100]),
    st.integers(0, 127),
    st.integers(0, 0xFFFF),
)
values = st.one_of(st.sampled_from([1, 1, 0, 0, 2]), st.integers(-(2**31), 2**31 - 1))
gaps_s = st.sampled_from([0.0, 0.001, 0.004, 0.02, 0.07, 0.21, 1.1, 2.0, -5.0])
keys = st.tuples(st.just(1), codes, values, gaps_s)
others = st.tuples(st.sampled_from([0, 0, 4, 17, 20, 0xFFFF]), st.sampled_from([0, 3, 4]), values, gaps_s)
streams = st.lists(st.one_of(keys, keys, keys, others), max_size=80)
settings_of_decoders = st.fixed_dictionaries(
    {
        "layout": st.sampled_from(sorted(LAYOUTS)),
        "suffix": st.sampled_from(["line", "none"]),
        "gs": st.sampled_from(GS_WAYS),
        "alt_codes": st.sampled_from(ALT_CODES),
        "keep_unknown": st.booleans(),
    }
)
REFUSALS = {"scan_dropped", "scan_too_long", "scan_undecodable"}


def check(line: object) -> None:
    if isinstance(line, LineTyped):
        assert 3 <= len(line.text) <= CODE_CHARACTERS_MAX
        assert line.text == line.text.strip()
        assert not set(line.text) & set("\r\n\t\x00\ufeff")
        line.text.encode()
    else:
        assert isinstance(line, LineRefused)
        assert line.code in REFUSALS


@settings(print_blob=True, deadline=None)
@given(streams, settings_of_decoders, st.lists(st.sampled_from([0.05, 0.25, 1.2, 3.0]), max_size=5))
def test_whatever_keys_are_typed_the_decoder_stays_bounded_and_usable(
    stream: list[tuple[int, int, int, float]], chosen: dict[str, object], silences_s: list[float]
) -> None:
    decoder = WedgeDecoder(**chosen)  # type: ignore[arg-type]
    at_s = 1000.0
    for number, (kind, code, value, gap_s) in enumerate(stream):
        at_s += gap_s
        for line in decoder.feed(kind, code, value, at_s):
            check(line)
        if silences_s and number % 16 == 15:
            for line in decoder.pause(silences_s.pop()):
                check(line)
        assert decoder._length <= CODE_CHARACTERS_MAX
        assert len(decoder._keys._held) <= KEYS_MAX
        assert len(decoder._keys._digits) <= ALT_DIGITS_MAX + 1
    # Lost events and silence leave nothing behind, and the next scan counts, in whatever country.
    decoder.feed(0, 3, 0, at_s)
    decoder.pause(SILENCE_S)
    decoder.pause(REPEAT_S)
    assert decoder.due_s() is None
    lines = [
        line
        for step, code in enumerate([35, 36, 37, 38, 28])
        for value in (1, 0)
        for line in decoder.feed(1, code, value, at_s + 5 + step * 0.01)
    ]
    assert lines == [LineTyped("hjkl")]


@settings(print_blob=True, deadline=None)
@given(streams, settings_of_decoders)
def test_events_that_are_no_keys_make_no_difference(
    stream: list[tuple[int, int, int, float]], chosen: dict[str, object]
) -> None:
    with_others, without = WedgeDecoder(**chosen), WedgeDecoder(**chosen)  # type: ignore[arg-type]
    lines_with: list[Line] = []
    lines_without: list[Line] = []
    at_s = 1000.0
    for kind, code, value, gap_s in stream:
        at_s += gap_s
        if kind == 1:
            lines_with += [*with_others.feed(4, 4, code, at_s), *with_others.feed(1, code, value, at_s)]
            lines_with += with_others.feed(0, 0, 0, at_s)
            lines_without += without.feed(1, code, value, at_s)
    assert lines_with == lines_without


@settings(print_blob=True, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.binary(max_size=300)), max_size=20), st.integers(1, 2))
def test_whatever_bytes_arrive_whole_events_come_of_them_and_nothing_else(
    deliveries: list[tuple[int, bytes]], nodes_count: int
) -> None:
    pipes = [os.pipe() for _ in range(nodes_count)]
    sources = [StreamSource(reading) for reading, _ in pipes]
    nodes, sent = Nodes(sources), [0] * nodes_count
    read: list[Event] = []
    try:
        for number, data in deliveries:
            node = min(number, nodes_count - 1)
            os.write(pipes[node][1], data)
            sent[node] += len(data)
            came = nodes.read()
            assert len(came) <= 2 * ROUND_EVENTS_MAX
            assert len(nodes._said) <= ECHOES_MAX
            read += came
        whole = sum(count // EVENT.size for count in sent)
        assert len(read) == whole or (nodes_count == 2 and len(read) <= whole)
    finally:
        for _, writing in pipes:
            os.close(writing)
        with pytest.raises(DeviceFault, match="device_missing"):
            nodes.read()
        for source in sources:
            source.close()


@settings(print_blob=True, deadline=None)
@given(st.text(max_size=40), st.sampled_from(sorted(LAYOUTS)))
def test_whatever_arrived_the_layout_check_has_a_verdict(text: str, layout: str) -> None:
    verdict = check_layout(text, layout)
    assert verdict.code.startswith("layout_")
