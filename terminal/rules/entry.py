"""Entries: what happened, as units moved and money posted side by side, sealed by a hash chain."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import NamedTuple, cast

import orjson

from terminal.base.ids import ActionId, BucketId, ChainId, DeviceId, is_id
from terminal.rules import bucket, canonical
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import Canonical, NotCanonical

FORMAT = 1
GENESIS = bytes(32)  # what the first entry of a life has before it
NONCE_DIGITS = 16
# A bill takes two effects and two buckets' facts (some 800 bytes) for each lot it draws on: 200 lots fit.
ENTRY_BYTES_MAX = 256 * 1024
EFFECTS_MAX = 400
# What a life of a till may do to its holding, and what the cloud may do to its own. A `grant` leaves the cloud for a
# life, and is in flight until that life accepts it; `take` brings in what was in flight to or from a life, `close`
# what a life held when it ended.
KINDS_OF_TILL = frozenset({"create", "spend", "expire", "accept", "return"})
KINDS_OF_CLOUD = frozenset({"create", "spend", "expire", "grant", "take", "close"})
KINDS_ADDING = frozenset({"create", "accept", "take", "close"})
KINDS_TAKING = KINDS_OF_TILL.union(KINDS_OF_CLOUD) - KINDS_ADDING
_KINDS = KINDS_OF_TILL | KINDS_OF_CLOUD
ACCOUNTS = frozenset(
    {
        *(f"tender/{tender}" for tender in ("cash", "wechat", "alipay", "unionpay", "card", "voucher", "bank")),
        *(f"sales/{kind}" for kind in ("service", "product", "fee", "breakage", "adjust")),
        "deferred",
        "bonus_discount",
        "card_deposit",
        "receivable",
        "refund_payable",
        "cash_over_short",
        "cash_moves",
        "opening",
        "interstore",
        "suspense",
    }
)
ACCOUNTS_OF_CLOUD = ACCOUNTS | {"loss"}
POSTINGS_MAX = 64
_KEYS = frozenset(
    {
        "action_id",
        "at",
        "at_quality",
        "buckets",
        "chain",
        "cursor",
        "device",
        "effects",
        "epoch",
        "fmt",
        "gid",
        "nonce",
        "payload",
        "postings",
        "seq",
    }
)
_TEXTS = re.compile("ID ID ID [0-9a-f]{16} (un)?trusted (ID)?".replace("ID", "[0-9a-f]{32}"))
_OF_LIFE = re.compile(r"([a-z_/]+)@([0-9a-f]{32})/([1-9][0-9]{0,15})")


class Effect(NamedTuple):
    """`amount` units of a bucket moved by one of `KINDS_OF_TILL` or, in the cloud's own journal, `KINDS_OF_CLOUD`."""

    kind: str
    bucket: BucketId
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    `buckets` are the facts of every bucket this life names for the first time; `postings` are (account, fen), debit
    positive, one a line, in account order (the cloud's may be those of a closed life, `account_of_life`); `gid` is the
    grant that an `accept` takes, and `cursor` the feed position after the entry; `payload` holds what rules and people
    need: its `kind` and `request` (the digest of what was asked) always, the rest by kind.
    """

    chain: ChainId
    device: DeviceId
    epoch: int
    seq: int
    nonce: str
    at: int
    at_quality: str
    action_id: ActionId
    effects: tuple[Effect, ...]
    buckets: tuple[Bucket, ...]
    postings: tuple[tuple[str, int], ...]
    payload: dict[str, Canonical]
    gid: str = ""
    cursor: int = 0
    fmt: int = FORMAT

    @property
    def kind(self) -> str:
        """Return what sort of thing happened."""
        return cast("str", self.payload["kind"])

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that are hashed, stored and sent, of an entry that keeps the rules (`check`)."""
        canonical.check(self.payload, canonical.DEPTH_MAX - 1)
        return canonical.write(
            {
                "action_id": self.action_id,
                "at": self.at,
                "at_quality": self.at_quality,
                "buckets": [orjson.Fragment(made.data) for made in self.buckets],
                "chain": self.chain,
                "cursor": self.cursor,
                "device": self.device,
                "effects": [list(effect) for effect in self.effects],
                "epoch": self.epoch,
                "fmt": self.fmt,
                "gid": self.gid,
                "nonce": self.nonce,
                "payload": self.payload,
                "postings": self.postings,
                "seq": self.seq,
            }
        )


def account_of_life(account: str, device: DeviceId, epoch: int) -> str:
    """Return how a posting of the cloud names an account in the books of a closed life."""
    return f"{account}@{device}/{epoch}"


def life_of_account(account: str) -> tuple[str, DeviceId, int] | None:
    """Return account, device and epoch when a posting names the books of a closed life, or None for the writer's."""
    found = _OF_LIFE.fullmatch(account)
    return None if found is None else (found[1], DeviceId(found[2]), int(found[3]))


def seal(prev: bytes, data: bytes) -> bytes:
    """Return the hash of the entry with bytes `data` that follows the entry with hash `prev`."""
    return hashlib.sha256(prev + data).digest()


def from_bytes(data: bytes) -> Entry:
    """Return the entry whose canonical bytes are `data`; raise `NotCanonical` for anything else."""
    if len(data) > ENTRY_BYTES_MAX:
        raise NotCanonical("entry too long")
    value = canonical.read(data)
    if type(value) is not dict or value.keys() != _KEYS:
        raise NotCanonical("entry parts missing or unknown")
    canonical.check(value["payload"], canonical.DEPTH_MAX - 1)
    effects, buckets, postings = value["effects"], value["buckets"], value["postings"]
    if not (type(effects) is type(buckets) is type(postings) is list):
        raise NotCanonical("effects, buckets or postings are no list")
    if max(len(effects), len(buckets), len(postings)) > EFFECTS_MAX:
        raise NotCanonical(f"more than {EFFECTS_MAX} effects, buckets or postings")
    try:
        # What is no list but can be taken apart, a text or the keys of an object, has no amount at its end.
        moved = tuple([Effect(*part) for part in effects])
        posted = tuple([(account, amount) for account, amount in postings])
    except (TypeError, ValueError) as error:
        raise NotCanonical("an effect is not kind, bucket, amount, or a posting not account and amount") from error
    made = Entry(
        value["chain"],
        value["device"],
        value["epoch"],
        value["seq"],
        value["nonce"],
        value["at"],
        value["at_quality"],
        value["action_id"],
        moved,
        tuple([bucket.from_facts(part) for part in buckets]),
        posted,
        value["payload"],
        value["gid"],
        value["cursor"],
        value["fmt"],
    )
    check(made)
    _check_envelope(made)
    return made


def check(entry: Entry) -> None:
    """Raise `NotCanonical` when effects, postings or grant break a rule of their form, whatever types they are of.

    Who writes an entry asks this first, so that nothing is ever written that `from_bytes` would not read.
    """
    _check_effects(entry.effects)
    _check_postings(entry.postings)
    if entry.gid != "" and not (type(entry.gid) is str and is_id(entry.gid)):
        raise NotCanonical("a grant without an id")


def _check_envelope(entry: Entry) -> None:
    """Check what a till fills in by itself: only bytes that were read can have it in another form."""
    texts = (entry.action_id, entry.chain, entry.device, entry.nonce, entry.at_quality, entry.gid)
    try:
        # One look at all texts: none can hold the space that ends it.
        found = _TEXTS.fullmatch(" ".join(texts))
    except TypeError as error:
        raise NotCanonical("an id is no text") from error
    if found is None:
        raise NotCanonical("action, chain, device, nonce, quality of the time or grant have another form")
    numbers = (entry.at, entry.cursor, entry.epoch, entry.seq, entry.fmt)
    for number in numbers:
        # `true` is an int to Python, and must not be a second spelling of 1.
        if type(number) is not int or number < 0:
            raise NotCanonical("time, cursor, epoch, seq or format is no number")
    if 0 in numbers[2:]:
        raise NotCanonical("epoch, seq and format count from 1")
    payload = entry.payload
    if not (type(payload) is dict and type(payload.get("kind")) is str and type(payload.get("request")) is str):
        raise NotCanonical("payload without kind or request")


def _check_effects(effects: tuple[Effect, ...]) -> None:
    if len(effects) > EFFECTS_MAX:
        raise NotCanonical(f"more than {EFFECTS_MAX} effects")
    for kind, name, amount in effects:
        if type(kind) is not str or kind not in _KINDS:
            raise NotCanonical("effect of an unknown kind")
        if type(name) is not str or not is_id(name):
            raise NotCanonical("effect on no bucket")
        if type(amount) is not int or not 0 < amount <= canonical.INTEGER_MAX:
            raise NotCanonical("effect of no amount")


def _check_postings(postings: tuple[tuple[str, int], ...]) -> None:
    if len(postings) > POSTINGS_MAX:
        raise NotCanonical(f"more than {POSTINGS_MAX} postings")
    before = ""
    for account, amount in postings:
        if type(account) is not str or not (account in ACCOUNTS or _is_account(account)):
            raise NotCanonical("posting to no known account")
        if type(amount) is not int or not 0 < abs(amount) <= canonical.INTEGER_MAX:
            raise NotCanonical("posting of no amount, or of nothing")
        if account <= before:
            raise NotCanonical("postings not in account order, one a line")
        before = account


def _is_account(account: str) -> bool:
    of_life = life_of_account(account)
    return (account if of_life is None else of_life[0]) in ACCOUNTS_OF_CLOUD
