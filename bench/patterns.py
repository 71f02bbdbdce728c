"""Entries of a grown shop as patterns: the product's own bytes, with what differs from one to the next cut out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from terminal.base.ids import AccountId, ActionId, LotId
from terminal.ledger.draft import Draft, Life, Lot
from terminal.rules import entry
from terminal.rules.bill_note import BONUS, PRINCIPAL, BillNote, NoteLine, NoteTaken, NoteTender
from terminal.rules.bucket import Bucket, Source
from terminal.rules.canonical import Canonical
from terminal.rules.deed import Deed, deed_of
from terminal.rules.entry import Entry

ITEMS = (("cut", 128_00), ("wash", 38_00), ("care", 98_00))
BILL_FEN = sum(price_fen for _, price_fen in ITEMS)
# A top-up pays five such bills whole: of any six fen spent from its purse five are principal.
BILLS_OF_A_TOP_UP = 5
BONUS_PART_FEN = BILL_FEN // 6
PRINCIPAL_PART_FEN = BILL_FEN - BONUS_PART_FEN
TOP_UP_FEN, BONUS_FEN = BILLS_OF_A_TOP_UP * PRINCIPAL_PART_FEN, BILLS_OF_A_TOP_UP * BONUS_PART_FEN
POINTS = PRINCIPAL_PART_FEN // 10_00
REQUEST = "ab" * 32

# What stands in a pattern for each value: as long as the real one where the form asks for it, and found nowhere else.
_TEXTS = (b"account", b"operator", b"action", b"lot0", b"lot1", b"lot2", b"from0", b"from1")
_NUMBERS = (b"seq", b"at", b"shift", b"top_up")
_DATES = (b"until", b"end")
_BASE = 7_000_000_000_000
_NONCE = "7e57" * 4

Values = Mapping[bytes, bytes]


def _text(name: bytes) -> str:
    return f"{0x7E57 << 112 | _TEXTS.index(name) + 1:032x}"


def _number(name: bytes) -> int:
    return _BASE + _NUMBERS.index(name)


def _date(name: bytes) -> str:
    return f"{8000 + _DATES.index(name)}-01-01"


class New(NamedTuple):
    """A bucket that entries of a kind create: its facts with holes, its asset and units, and whether it has an end."""

    facts: bytes
    asset: str
    units: int
    ends: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """Entries of one kind: `entry % values`, where `facts0`, `id0`, ... are facts and id of the new buckets.

    `deed` is what they say, but for day, time, account, operator and shift; `postings` are all of theirs.
    """

    entry: bytes
    made: tuple[New, ...]
    deed: Deed
    postings: tuple[tuple[str, int], ...]

    @property
    def kind(self) -> str:
        """Return what sort of thing happens."""
        return self.deed.kind


@dataclass(frozen=True, slots=True)
class Patterns:
    """What happens in a grown shop: a top-up, a bill that earns points into a new bucket, one that adds to an old."""

    top_up: Pattern
    bill_new: Pattern
    bill_more: Pattern


def patterns(life: Life) -> Patterns:
    """Return the patterns of a life's entries, made by the product's own rules."""
    top_up, purse = _top_up(life)
    return Patterns(top_up, _bill(life, purse, None), _bill(life, purse, _points(life)))


def _begin(life: Life, seq: bytes = b"seq") -> Draft:
    lots = iter([bytes.fromhex(_text(name)) for name in (b"lot0", b"lot1", b"lot2")])
    made = Draft(life, _number(b"at"), "trusted", ActionId(_text(b"action")), {}, lambda _: None, lambda _: next(lots))
    made.source = Source(life.device, life.epoch, _number(seq))
    return made


def _top_up(life: Life) -> tuple[Pattern, tuple[Bucket, Bucket]]:
    draft, account = _begin(life), AccountId(_text(b"account"))
    facts: dict[str, Canonical] = {"paid_fen": TOP_UP_FEN, "bonus_fen": BONUS_FEN}
    principal = draft.create("principal", account, TOP_UP_FEN, unit_value_fen=1, attributes=facts)
    bonus = draft.create("bonus", account, BONUS_FEN, attributes=facts)
    right: dict[str, Canonical] = {**facts, "of": "top_up", "tender": "cash"}
    draft.create("refund_right", account, TOP_UP_FEN, attributes=right)
    draft.debit("tender/cash", TOP_UP_FEN)
    draft.credit("deferred", TOP_UP_FEN)
    draft.payload |= {"amount_fen": TOP_UP_FEN, "bonus_fen": BONUS_FEN, "points": 0, "principal_fen": TOP_UP_FEN}
    return _pattern(draft, "top_up"), (principal, bonus)


def _bill(life: Life, purse: tuple[Bucket, Bucket], points: Bucket | None) -> Pattern:
    draft, account = _begin(life), AccountId(_text(b"account"))
    # What is spent was topped up by an entry before: its lots have names of their own.
    spent = tuple(
        Bucket(
            facts.chain,
            facts.owner,
            facts.asset,
            LotId(facts.lot.replace(_text(lot), _text(name))),
            Source(life.device, life.epoch, _number(b"top_up")),
            unit_value_fen=facts.unit_value_fen,
            attributes=facts.attributes,
        )
        for facts, lot, name in zip(purse, (b"lot0", b"lot1"), (b"from0", b"from1"), strict=True)
    )
    parts = tuple(zip(spent, (PRINCIPAL_PART_FEN, BONUS_PART_FEN), strict=True))
    for facts, part in parts:
        draft.spend(Lot(1, facts.id, facts, part), part)
        target: dict[str, Canonical] = {"of": "bill", "target": facts.facts()}
        draft.create("refund_right", account, part, expires_on=_date(b"until"), attributes=target)
    if points is None:
        draft.create("points", account, POINTS, expires_on=_date(b"end"))
    else:
        draft.add(Lot(1, points.id, points, POINTS), POINTS)
    draft.debit("deferred", PRINCIPAL_PART_FEN)
    draft.debit("bonus_discount", BONUS_PART_FEN)
    draft.credit("sales/service", BILL_FEN)
    draft.payload |= _note(account, parts) | {"amount_fen": BILL_FEN}
    known = {b"spent0": spent[0], b"spent1": spent[1]} | ({} if points is None else {b"points": points})
    return _pattern(draft, "bill", known)


def _points(life: Life) -> Bucket:
    return _begin(life, b"top_up").create("points", AccountId(_text(b"account")), POINTS, expires_on=_date(b"end"))


def _note(account: AccountId, parts: tuple[tuple[Bucket, int], ...]) -> dict[str, Canonical]:
    return BillNote(
        account,
        tuple(NoteLine(item, item, "service", "hair", price_fen, 1, price_fen, price_fen) for item, price_fen in ITEMS),
        BILL_FEN,
        tenders=tuple(NoteTender(name, part) for name, (_, part) in zip((PRINCIPAL, BONUS), parts, strict=True)),
        points=POINTS,
        taken=tuple(NoteTaken(facts.id, facts.lot, facts.asset, part, part, part) for facts, part in parts),
        paid_fen=PRINCIPAL_PART_FEN,
        versions={"prices": 1, "points": 1},
    ).note()


def _pattern(draft: Draft, kind: str, known: Mapping[bytes, Bucket] | None = None) -> Pattern:
    """Return the entry the draft is, as the book would seal it, with holes."""
    life = draft.life
    shift, operator = _number(b"shift"), _text(b"operator")
    draft.payload |= {"kind": kind, "request": REQUEST, "account": _text(b"account"), "shift": shift}
    draft.payload["operator"] = operator
    where = (life.chain, life.device, life.epoch, _number(b"seq"), _NONCE, draft.at)
    what = (draft.at_quality, draft.action_id, tuple(draft.effects), tuple(draft.made.values()), draft.postings())
    made = Entry(*where, *what, draft.payload, "", 0)
    entry.check(made)
    deed = deed_of(made, dt.date(8000, 1, 1))
    assert deed is not None
    amounts = {effect.bucket: effect.amount for effect in made.effects}
    data, new, known = made.to_bytes(), [], known or {}
    for place, bucket in enumerate(made.buckets):
        data = data.replace(bucket.data, b"%%(facts%d)b" % place).replace(bucket.id.encode(), b"%%(id%d)b" % place)
        new.append(New(_with_holes(bucket.data, known), bucket.asset, amounts[bucket.id], bool(bucket.expires_on)))
    return Pattern(_with_holes(data, known), tuple(new), deed, made.postings)


def _with_holes(data: bytes, known: Mapping[bytes, Bucket]) -> bytes:
    for name, bucket in known.items():
        data = data.replace(bucket.data, b"%%(%b_facts)b" % name).replace(bucket.id.encode(), b"%%(%b)b" % name)
    holes = {
        **{_text(name).encode(): name for name in _TEXTS},
        **{str(_number(name)).encode(): name for name in _NUMBERS},
        **{_date(name).encode(): name for name in _DATES},
        _NONCE.encode(): b"nonce",
    }
    return re.sub(b"|".join(holes), lambda found: b"%%(%b)b" % holes[found[0]], data)
