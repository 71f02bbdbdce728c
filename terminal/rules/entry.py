"""Entries: what happened, as units moved and money posted side by side, sealed by a hash chain."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, cast

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
_NONCE = re.compile(r"[0-9a-f]{16}")
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
        """Return the canonical bytes that are hashed, stored and sent, of an entry that keeps the rules (`check`).

        Written out in key order like a bucket's; only the payload holds text that may need escaping.
        """
        effects = ",".join(f'["{effect.kind}","{effect.bucket}",{effect.amount}]' for effect in self.effects)
        postings = ",".join(f'["{account}",{amount}]' for account, amount in self.postings)
        return b"".join(
            (
                f'{{"action_id":"{self.action_id}","at":{self.at},"at_quality":"{self.at_quality}","buckets":['.encode(),
                b",".join(made.data for made in self.buckets),
                f'],"chain":"{self.chain}","cursor":{self.cursor},"device":"{self.device}","effects":[{effects}]'
                f',"epoch":{self.epoch},"fmt":{self.fmt},"gid":"{self.gid}","nonce":"{self.nonce}","payload":'.encode(),
                canonical.encode(self.payload, canonical.DEPTH_MAX - 1),
                f',"postings":[{postings}],"seq":{self.seq}}}'.encode(),
            )
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
    value = canonical.decode(data)
    if not isinstance(value, dict) or value.keys() != _KEYS:
        raise NotCanonical("entry parts missing or unknown")
    entry = Entry(
        chain=ChainId(_id(value, "chain")),
        device=DeviceId(_id(value, "device")),
        epoch=_count(value, "epoch", 1),
        seq=_count(value, "seq", 1),
        nonce=_matching(value, "nonce", _NONCE),
        at=_count(value, "at", 0),
        at_quality=_one_of(value, "at_quality", ("trusted", "untrusted")),
        action_id=ActionId(_id(value, "action_id")),
        effects=tuple(_effect(part) for part in _list(value, "effects", EFFECTS_MAX)),
        buckets=tuple(bucket.from_facts(part) for part in _list(value, "buckets", EFFECTS_MAX)),
        postings=tuple(_posting(part) for part in _list(value, "postings", POSTINGS_MAX)),
        payload=_payload(value["payload"]),
        gid="" if value["gid"] == "" else _id(value, "gid"),
        cursor=_count(value, "cursor", 0),
        fmt=_count(value, "fmt", 1),
    )
    check(entry)
    return entry


def check(entry: Entry) -> None:
    """Raise `NotCanonical` when effects or postings of a typed entry break a rule of their form.

    Who writes an entry asks this first, so that nothing is ever written that `from_bytes` would not read.
    """
    if len(entry.effects) > EFFECTS_MAX:
        raise NotCanonical(f"more than {EFFECTS_MAX} effects")
    for effect in entry.effects:
        known = effect.kind in KINDS_ADDING or effect.kind in KINDS_TAKING
        if not (known and 0 < effect.amount <= canonical.INTEGER_MAX):
            raise NotCanonical(f"effect {effect.kind[:20]} of {effect.amount} units")
    accounts = [account for account, amount in entry.postings if amount]
    known = ACCOUNTS.issuperset(accounts) or all(_is_account(account) for account in accounts)
    if len(accounts) != len(entry.postings) or not known:
        raise NotCanonical("posting is not a known account and an amount other than zero")
    if len(accounts) > POSTINGS_MAX or (entry.gid and not is_id(entry.gid)):
        raise NotCanonical(f"more than {POSTINGS_MAX} postings, or a grant without an id")
    if any(abs(amount) > canonical.INTEGER_MAX for _, amount in entry.postings):
        raise NotCanonical("posting beyond 53 bits")
    if any(account >= following for account, following in pairwise(accounts)):
        raise NotCanonical("postings not in account order, one a line")


def _is_account(account: str) -> bool:
    of_life = life_of_account(account)
    return (account if of_life is None else of_life[0]) in ACCOUNTS_OF_CLOUD


def _effect(value: Canonical) -> Effect:
    # Types are compared where a `match` would read better: it takes ten times as long, and a bill has ten effects.
    if type(value) is list and len(value) == 3:
        kind, name, amount = value
        if type(kind) is str and type(name) is str and type(amount) is int and is_id(name):
            return Effect(kind, BucketId(name), amount)
    raise NotCanonical("effect is not kind, bucket, amount")


def _posting(value: Canonical) -> tuple[str, int]:
    if type(value) is list and len(value) == 2:
        account, amount = value
        if type(account) is str and type(amount) is int:
            return account, amount
    raise NotCanonical("posting is not account and amount")


def _payload(value: Canonical) -> dict[str, Canonical]:
    if not isinstance(value, dict):
        raise NotCanonical("payload is no object")
    if not (isinstance(value.get("kind"), str) and isinstance(value.get("request"), str)):
        raise NotCanonical("payload without kind or request")
    return value


def _id(value: dict[str, Canonical], key: str) -> str:
    text = value[key]
    if not isinstance(text, str) or not is_id(text):
        raise NotCanonical(f"{key} is no id")
    return text


def _count(value: dict[str, Canonical], key: str, least: int) -> int:
    number = value[key]
    if type(number) is not int or number < least:
        raise NotCanonical(f"{key} is no number from {least}")
    return number


def _matching(value: dict[str, Canonical], key: str, pattern: re.Pattern[str]) -> str:
    text = value[key]
    if not isinstance(text, str) or pattern.fullmatch(text) is None:
        raise NotCanonical(f"{key} has another form")
    return text


def _one_of(value: dict[str, Canonical], key: str, choices: tuple[str, ...]) -> str:
    text = value[key]
    if text not in choices:
        raise NotCanonical(f"{key} is none of {', '.join(choices)}")
    return str(text)


def _list(value: dict[str, Canonical], key: str, most: int) -> list[Canonical]:
    parts = value[key]
    if not isinstance(parts, list) or len(parts) > most:
        raise NotCanonical(f"{key} is no list of at most {most}")
    return parts
