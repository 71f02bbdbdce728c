"""Buckets: pools of identical units that somebody may spend, named by their immutable facts."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

import orjson

from terminal.base.ids import AccountId, BucketId, ChainId, DeviceId, LotId, is_id
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


@dataclass(frozen=True, slots=True)
class Source:
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
        data = self._written_out()
        object.__setattr__(self, "data", data)
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
            "source": [self.source.device, self.source.epoch, self.source.seq],
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

    def _written_out(self) -> bytes:
        # The same as `canonical.encode(self.facts())`: all but the attributes are ids, dates, names of ours and
        # numbers, which need no escaping, and a bill makes several buckets.
        source = self.source
        attributes = canonical.encode(self.attributes, DEPTH_MAX - 1) if self.attributes else b"{}"
        return b"".join(
            (
                f'{{"asset":"{self.asset}","attributes":'.encode(),
                attributes,
                f',"chain":"{self.chain}","expires_on":"{self.expires_on}","lot":"{self.lot}","owner":"{self.owner}"'
                f',"source":["{source.device}",{source.epoch},{source.seq}],"spendable_from":"{self.spendable_from}"'
                f',"unit_value_fen":{self.unit_value_fen}}}'.encode(),
            )
        )


def overdue(asset: str, expires_on: str, day: dt.date) -> bool:
    """Tell the same as `Bucket.overdue_on`, of an asset and an end as they are kept beside a holding."""
    return asset in LAPSING and bool(expires_on) and expires_on < (day - GRACE).isoformat()


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


def from_facts(value: Canonical) -> Bucket:
    """Return the bucket with these facts; raise `NotCanonical` when they break a rule of buckets."""
    if not isinstance(value, dict) or value.keys() != _FACTS:
        raise NotCanonical("bucket facts incomplete or unknown")
    bucket = Bucket(
        chain=ChainId(_text(value, "chain")),
        owner=AccountId(_text(value, "owner")),
        asset=_text(value, "asset"),
        lot=LotId(_text(value, "lot")),
        source=_source(value["source"]),
        spendable_from=_text(value, "spendable_from"),
        expires_on=_text(value, "expires_on"),
        unit_value_fen=cast("int", value["unit_value_fen"]),
        attributes=cast("dict[str, Canonical]", value["attributes"]),
    )
    check(bucket)
    return bucket


def check(bucket: Bucket) -> None:
    """Raise `NotCanonical` when the facts break a rule of buckets."""
    if bucket.asset not in ASSETS:
        raise NotCanonical(f"unknown asset {bucket.asset[:20]}")
    if not (is_id(bucket.chain) and is_id(bucket.lot) and (bucket.owner == SHOP or is_id(bucket.owner))):
        raise NotCanonical("chain, lot or owner is no id")
    for day in (bucket.spendable_from, bucket.expires_on):
        if day and not _is_date(day):
            raise NotCanonical(f"{day[:20]} is no date")
    if type(bucket.unit_value_fen) is not int or not 0 <= bucket.unit_value_fen <= canonical.INTEGER_MAX:
        raise NotCanonical("unit value is no amount")
    if type(bucket.attributes) is not dict:
        raise NotCanonical("attributes are no object")
    valued = bucket.asset in CREDIT_ACCOUNT or bucket.asset in DEBIT_ACCOUNT
    if (not valued and bucket.unit_value_fen) or (bucket.asset != "pass" and valued and bucket.unit_value_fen != 1):
        raise NotCanonical(f"{bucket.asset} cannot be worth {bucket.unit_value_fen}")


def _source(value: Canonical) -> Source:
    if type(value) is list and len(value) == 3:
        device, epoch, seq = value
        # `true` is an int to Python, and must not be a second spelling of 1.
        if type(device) is str and is_id(device) and type(epoch) is int and type(seq) is int and epoch > 0 < seq:
            return Source(DeviceId(device), epoch, seq)
    raise NotCanonical("source is not device, epoch, seq")


def _text(value: dict[str, Canonical], key: str) -> str:
    text = value[key]
    if not isinstance(text, str):
        raise NotCanonical(f"{key} is no text")
    return text


def _is_date(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
