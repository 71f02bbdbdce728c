"""Buckets: pools of identical units that somebody may spend, named by their immutable facts."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import orjson

from terminal.base.ids import AccountId, BucketId, ChainId, DeviceId, LotId
from terminal.rules import canonical
from terminal.rules.canonical import Canonical, NotCanonical

SHOP = AccountId("shop")
# Facts travel inside entries, two levels down; a bucket that nests deeper than that leaves could not be posted.
DEPTH_MAX = canonical.DEPTH_MAX - 2
# What may lapse at its end. What a member paid in is only blocked, and debts and deposits have no end.
LAPSING = frozenset({"bonus", "bonus_locked", "coupon", "pass", "points", "refund_right"})
GRACE = dt.timedelta(days=1)

# Which money account a unit's value stands in, and on which side. Assets that are not here are worth nothing to
# the book: bonus, points, coupons and rights are promises, not debts in money.
CREDIT_ACCOUNT = {"principal": "deferred", "pass": "deferred", "deposit": "card_deposit"}
DEBIT_ACCOUNT = {"owed": "receivable"}
VALUED_ACCOUNTS = frozenset({*CREDIT_ACCOUNT.values(), *DEBIT_ACCOUNT.values()})
ASSETS = frozenset(
    {
        "principal",
        "bonus",
        "bonus_locked",
        "points",
        "pass",
        "coupon",
        "deposit",
        "owed",
        "points_owed",
        "release_skip",
        "refund_right",
    }
)
_VALUED = CREDIT_ACCOUNT.keys() | DEBIT_ACCOUNT.keys()
_TEXTS = re.compile("[a-z_]+ ID (ID|shop) ID ID DATE DATE".replace("ID", "[0-9a-f]{32}").replace("DATE", "[0-9-]*"))
_FACTS = frozenset(
    {
        "asset",
        "attributes",
        "chain",
        "expires_on",
        "lot",
        "owner",
        "source",
        "spendable_from",
        "unit_value_fen",
    }
)


class Source(NamedTuple):
    """The entry that made a bucket: the life it belongs to and its number there."""

    device: DeviceId
    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """The facts of a bucket, which never change; its id follows from them.

    Dates are ISO civil dates or empty; `unit_value_fen` is what one unit is worth in the account its asset stands in.
    `data` are the canonical bytes of the facts (right for a bucket that keeps the rules, see `check`), and `id` is the
    first 16 bytes of their SHA-256. Raises `NotCanonical` for attributes that have no canonical form.
    """

    chain: ChainId
    owner: AccountId
    asset: str
    lot: LotId
    source: Source
    spendable_from: str = ""
    expires_on: str = ""
    unit_value_fen: int = 0
    attributes: dict[str, Canonical] = field(default_factory=dict, hash=False)
    data: bytes = field(init=False, repr=False, compare=False)
    id: BucketId = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out the bytes and the id, once."""
        if self.attributes:
            canonical.check(self.attributes, DEPTH_MAX - 1)
        data = canonical.write(self.facts())  # the other facts have types and forms of their own, see `check`
        # A copy, because what was just written sits in a block several times as large, and buckets stay.
        object.__setattr__(self, "data", bytes(memoryview(data)))
        object.__setattr__(self, "id", bucket_id(data))

    def facts(self) -> dict[str, Canonical]:
        """Return the facts as a canonical value."""
        return {
            "asset": self.asset,
            "attributes": self.attributes,
            "chain": self.chain,
            "expires_on": self.expires_on,
            "lot": self.lot,
            "owner": self.owner,
            "source": list(self.source),
            "spendable_from": self.spendable_from,
            "unit_value_fen": self.unit_value_fen,
        }

    def spendable_on(self, day: str) -> bool:
        """Tell whether its dates allow spending on the ISO date `day` (the end day is still good)."""
        return self.spendable_from <= day and (not self.expires_on or day <= self.expires_on)

    def overdue_on(self, day: dt.date) -> bool:
        """Tell whether its holder may destroy its units on `day`: past the end and a day of grace, and fit to lapse.

        A clock that is a few hours ahead thus expires nothing early; what a member paid in is blocked, never expired.
        """
        return overdue(self.asset, self.expires_on, day)


def overdue(asset: str, expires_on: str, day: dt.date) -> bool:
    """Tell the same as `Bucket.overdue_on`, of an asset and an end as they are kept beside a holding."""
    return asset in LAPSING and bool(expires_on) and expires_on < (day - GRACE).isoformat()


def may_lapse(facts: Bucket) -> bool:
    """Tell whether an overdue unit simply ends: a session somebody paid for does so only where its sale said it may."""
    return facts.asset != "pass" or not facts.unit_value_fen or bool(facts.attributes.get("may_lapse"))


def bucket_id(facts: bytes) -> BucketId:
    """Return the id of the bucket with these canonical facts: the first 16 bytes of their SHA-256."""
    return BucketId(hashlib.sha256(facts).hexdigest()[:32])


def from_bytes(data: bytes) -> Bucket:
    """Return the bucket whose canonical facts are `data`; raise `NotCanonical` for anything else."""
    return from_facts(canonical.decode(data, DEPTH_MAX))


@lru_cache(maxsize=1024)  # facts never change, and one bill reads the same few buckets several times
def from_store(data: bytes) -> Bucket:
    """Return the bucket whose facts a store keeps: bytes that were canonical when their entry was written.

    That they still are is for the proof of the book to find out, not for every look at a balance.
    """
    return from_facts(orjson.loads(data))


def from_facts(value: object) -> Bucket:
    """Return the bucket with these facts; raise `NotCanonical` when they break a rule of buckets."""
    if type(value) is not dict or value.keys() != _FACTS:
        raise NotCanonical("bucket facts incomplete or unknown")
    source = value["source"]
    if type(source) is not list or len(source) != 3:
        raise NotCanonical("source is not device, epoch, seq")
    made = Bucket(
        value["chain"],
        value["owner"],
        value["asset"],
        value["lot"],
        Source(*source),
        value["spendable_from"],
        value["expires_on"],
        value["unit_value_fen"],
        value["attributes"],
    )
    check(made)
    return made


def check(bucket: Bucket) -> None:
    """Raise `NotCanonical` when the facts break a rule of buckets, whatever types they are of."""
    asset, (device, epoch, seq), value_fen = bucket.asset, bucket.source, bucket.unit_value_fen
    texts = (asset, bucket.chain, bucket.owner, bucket.lot, device, bucket.spendable_from, bucket.expires_on)
    try:
        # One look at all texts: none can hold the space that ends it.
        found = _TEXTS.fullmatch(" ".join(texts))
    except TypeError as error:
        raise NotCanonical("a fact is no text") from error
    if found is None or not (_is_date(bucket.spendable_from) and _is_date(bucket.expires_on)):
        raise NotCanonical("chain, owner, lot or device is no id, or a date is none")
    if asset not in ASSETS:
        raise NotCanonical(f"unknown asset {asset[:20]}")
    # `true` is an int to Python, and must not be a second spelling of 1.
    if not (type(epoch) is int and type(seq) is int and epoch > 0 < seq):
        raise NotCanonical("source is not device, epoch, seq")
    if type(value_fen) is not int or value_fen < 0:
        raise NotCanonical("unit value is no amount")
    if type(bucket.attributes) is not dict:
        raise NotCanonical("attributes are no object")
    # A unit of a pass is worth its part of the price.
    if asset != "pass" and value_fen != (asset in _VALUED):
        raise NotCanonical(f"{asset} cannot be worth {value_fen}")


@lru_cache(maxsize=256)  # the same few days come again in every entry
def _is_date(text: str) -> bool:
    """Tell whether it is an ISO civil date or empty."""
    try:
        return not text or dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
