"""Bytes of the journal and texts for paper: read exactly, refused with a reason, or printed without a stray command."""

from __future__ import annotations

import json
import pathlib
import tempfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from terminal.base.ids import ActionId, ChainId, DeviceId, LotId
from terminal.base.printing import PrinterProfile
from terminal.ledger.verify import verify
from terminal.rules import bucket, entry, pinyin
from terminal.rules.bucket import ASSETS, Bucket
from terminal.rules.canonical import Canonical, NotCanonical
from terminal.rules.entry import ACCOUNTS, KINDS_ADDING, KINDS_TAKING, Effect, Entry
from terminal.rules.fold import EntryWrong, Known, changes
from terminal.rules.receipt import Document, Rule, Text, render
from terminal.rules.receipt_raster import Size, Strip
from terminal.rules.receipt_text import encode_line, fit, substitute, width_columns
from tests.hw_sim.escpos_parser import Dialect, Op, Parser
from tests.ledger.conftest import counter_over
from tests.support import TestBook, open_test_book

IDS = [f"{number:032x}" for number in range(1, 4)]
ids = st.sampled_from(IDS) | st.text("0123456789abcdefX", max_size=33)
counts = st.integers(1, 5) | st.sampled_from([-1, 0, 2**53 - 1, 2**53, True, 1.0, "1"])
texts = st.text(max_size=10)
days = st.sampled_from(["", "2026-11-21", "2026-02-30", "20261121", "9999-12-31", "２０２６-11-21"])
loose = st.recursive(
    texts | st.integers() | st.booleans() | st.none(), lambda inner: st.lists(inner, max_size=2), max_leaves=4
)
facts = st.fixed_dictionaries(
    {
        "asset": st.sampled_from(sorted(ASSETS)) | texts,
        "attributes": st.dictionaries(st.sampled_from(["a", "target", "B"]), loose, max_size=2),
        "chain": ids,
        "expires_on": days,
        "lot": ids,
        "owner": ids | st.just("shop"),
        "source": st.tuples(ids, counts, counts).map(list) | loose,
        "spendable_from": days,
        "unit_value_fen": st.sampled_from([0, 1, 100, -1, True]) | counts,
    }
)
entries = st.fixed_dictionaries(
    {
        "action_id": ids,
        "at": counts,
        "at_quality": st.sampled_from(["trusted", "untrusted", "x"]),
        "buckets": st.lists(facts, max_size=2),
        "chain": ids,
        "cursor": st.just(0) | counts,
        "device": ids,
        "effects": st.lists(
            st.tuples(st.sampled_from(sorted(KINDS_ADDING | KINDS_TAKING)) | texts, ids, counts).map(list), max_size=3
        ),
        "epoch": counts,
        "fmt": counts,
        "gid": st.just("") | ids,
        "nonce": st.just("0" * 16) | texts,
        "payload": st.fixed_dictionaries({"kind": texts, "request": texts, "more": loose}) | loose,
        "postings": st.lists(st.tuples(st.sampled_from(sorted(ACCOUNTS)) | texts, counts).map(list), max_size=3),
        "seq": counts,
    }
)


def canonical_bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")


@settings(deadline=None)
@given(entries.map(canonical_bytes) | st.binary(max_size=60), st.integers(0, 5000), st.integers(0, 255))
def test_any_bytes_are_an_entry_in_its_one_form_or_refused(data: bytes, at: int, other: int) -> None:
    for candidate in (data, data[: at % (len(data) + 1)] + bytes([other]) + data[at % (len(data) + 1) + 1 :]):
        try:
            read = entry.from_bytes(candidate)
        except NotCanonical:
            continue
        assert read.to_bytes() == candidate


@settings(deadline=None)
@given(facts)
def test_any_facts_are_a_bucket_of_one_form_or_refused(value: Canonical) -> None:
    try:
        made = bucket.from_facts(value)
    except NotCanonical:
        return
    assert made.data == canonical_bytes(value)
    assert bucket.from_store(made.data) == made


good_facts = st.builds(
    Bucket,
    st.sampled_from([ChainId(IDS[0]), ChainId(IDS[1])]),
    st.just(bucket.SHOP),
    st.sampled_from(sorted(ASSETS)),
    st.just(IDS[2]).map(LotId),
    st.builds(bucket.Source, st.just(DeviceId(IDS[0])), st.integers(1, 2), st.integers(1, 2)),
    st.just(""),
    st.just(""),
    st.integers(0, 3),
    st.dictionaries(st.just("target"), st.sampled_from(["x", 1, []]), max_size=1),
)


@settings(deadline=None)
@given(
    st.lists(good_facts, min_size=1, max_size=3),
    st.lists(st.tuples(st.sampled_from(sorted(KINDS_ADDING | KINDS_TAKING)), st.integers(0, 2), st.integers(1, 9))),
    st.lists(st.tuples(st.sampled_from(sorted(ACCOUNTS)), st.integers(-9, 9)), max_size=3),
    st.integers(0, 3),
)
def test_any_entry_is_folded_by_the_rules_or_refused_with_the_rule(
    pools: list[Bucket], moves: list[tuple[str, int, int]], postings: list[tuple[str, int]], known_count: int
) -> None:
    known = {pool.id: Known(pool, 5) for pool in pools[:known_count]}
    made = Entry(
        chain=ChainId(IDS[0]),
        device=DeviceId(IDS[0]),
        epoch=1,
        seq=1,
        nonce="0" * 16,
        at=1,
        at_quality="trusted",
        action_id=ActionId(IDS[0]),
        effects=tuple(Effect(kind, pools[at % len(pools)].id, amount) for kind, at, amount in moves),
        buckets=tuple(pools[known_count:]),
        postings=tuple(postings),
        payload={"kind": "k", "request": "r"},
    )
    try:
        moved = changes(made, known.get)
    except EntryWrong:
        return
    assert sum(amount for _, amount in postings) == 0
    assert all(known[change.bucket].held + change.delta >= 0 for change in moved if change.bucket in known)


SPOILS = tuple(
    f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {place} = ?"  # noqa: S608 - the words below
    for table, columns, place in (
        ("entry", ("bytes", "hash", "action_id", "seq"), "seq"),
        ("life", ("seq", "hash", "epoch"), "n"),
        ("bucket", ("id", "facts"), "n"),
        ("held", ("owner", "asset", "amount", "expires_on"), "bucket"),
        ("account_balance", ("account", "amount"), "life"),
    )
    for column in columns
)


def _busy_book(folder: pathlib.Path) -> TestBook:
    """Return a book with one member who topped up and paid."""
    opened = open_test_book(folder)
    counter = counter_over(opened)
    account = counter.member()
    counter.top_up(account, 500_00, 50_00)
    counter.charge(account, 123_45)
    return opened


@pytest.mark.slow
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@example([("UPDATE bucket SET id = ? WHERE n = ?", 0, 1)])
@given(
    st.lists(st.tuples(st.sampled_from(SPOILS), st.binary(max_size=50) | st.integers(-3, 9) | texts, st.integers(1, 4)))
)
def test_whatever_was_changed_in_the_store_the_proof_ends_in_a_verdict(spoils: list[tuple[str, object, int]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        opened = _busy_book(pathlib.Path(name))
        database = opened.database
        before = database.rows("SELECT seq, hash, bytes FROM entry ORDER BY seq")
        for pragma in ("foreign_keys = 0", "ignore_check_constraints = 1"):
            database.run(f"PRAGMA {pragma}")
        for sql, value, place in spoils:
            with database.write():
                database.run(sql, (value, place))
        verdict = verify(database, pathlib.Path(name) / "scratch")
        after = database.rows("SELECT seq, hash, bytes FROM entry ORDER BY seq")
        database.close()
    assert verdict.code or after == before


SIGNS = st.text(max_size=60) | st.text(
    "王李䶮𠮷·￥¥…—é\u0301\u200b\ufe0f\x1b\x10\x04\x1d\n\r\t㊙️🈶龘aA1 %-", max_size=60
)
CHARSETS = ("gb18030", "gbk", "gb2312", "big5", "none")


def blank_strip(line: str, size: Size) -> Strip:
    """Return a white strip as wide as the line."""
    width_bytes = max(1, width_columns(line) * 12 * size[0] // 8)
    return Strip(width_bytes, 24 * size[1], bytes(width_bytes * 24 * size[1]))


PRINTED = {
    *(Op.TEXT, Op.PAIRS, Op.LINE_FEED, Op.DOUBLE_BYTE_ON, Op.FEED_DOTS, Op.ALIGN, Op.BOLD, Op.SIZE, Op.REVERSE),
    *(Op.RASTER, Op.REAL_TIME_ENABLE),
}


@settings(deadline=None)
@given(
    SIGNS,
    SIGNS,
    st.sampled_from(CHARSETS),
    st.sampled_from([384, 576]),
    st.sampled_from([(1, 1), (1, 2), (2, 2)]),
    st.sampled_from(["left", "centre", "right"]),
    st.booleans(),
)
def test_any_text_on_a_receipt_is_paper_and_never_a_command(
    left: str, right: str, charset: str, dots: int, size: Size, align: str, loud: bool
) -> None:
    profile = PrinterProfile(dots, charset)
    text = Text(left, right, size, bold=loud, align=align, reverse=loud)  # type: ignore[arg-type]  # one of the words
    document: Document = (text, Rule(), Text("end"))
    parser = Parser(Dialect(four_byte=charset == "gb18030"))
    operations = list(parser.feed(render(document, profile, blank_strip)))
    assert {operation.op for operation in operations} <= PRINTED, "the text did something besides being printed"
    columns = profile.columns // size[0]
    for line in fit(substitute(left), substitute(right), columns):
        assert width_columns(line) <= max(columns, 2)
        data = encode_line(line, charset)
        assert data is None or min(data, default=0x20) >= 0x20


@settings(deadline=None)
@given(st.text(max_size=50) | st.text("abcdefghijklmnopqrstuvwxyzü ", max_size=45))
def test_any_text_is_so_many_readings_of_a_name_or_none(text: str) -> None:
    found = pinyin.readings(text)
    assert len(found) <= pinyin.READINGS_MAX
    for reading in found:
        assert reading.initials.isascii()
        assert reading.initials.isalpha()
        assert reading.surnames
