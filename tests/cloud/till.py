"""A tiny till in memory: it keeps a journal by the rules, pushes, hears, rejoins, and can be copied like a disk."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from terminal.base.ids import AccountId, ActionId, BucketId, ChainId, DeviceId, LotId
from terminal.rules import bucket, entry
from terminal.rules.bucket import CREDIT_ACCOUNT, Bucket, Source
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Effect, Entry
from terminal.rules.fold import Known, changes
from terminal.sync.wire import (
    Accepted,
    Behind,
    FeedItem,
    Joined,
    MustRejoin,
    Push,
    Rejoin,
    RejoinMore,
    Want,
    to_sign,
)

Message = TypeVar("Message", Push, Rejoin)
MOVES = {"accept": 1, "return": -1}


@dataclass
class Life:
    """What a till forgets when its disk is put back to an image."""

    epoch: int = 1
    entries: list[bytes] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=lambda: [entry.GENESIS])
    held: dict[BucketId, Known] = field(default_factory=dict)
    gids: set[str] = field(default_factory=set)
    cursor: int = 0
    acked: int = 0
    rejoin_id: str = ""
    generation: str = ""
    wants: dict[str, Want] = field(default_factory=dict)


class Till:
    """One device of a chain; `rng` decides every id and nonce."""

    def __init__(self, chain: ChainId, rng: random.Random, *, sign: Callable[[bytes], bytes] | None = None) -> None:
        self.chain = chain
        self.rng = rng
        self.device = DeviceId(self.id())
        self.key = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
        self.sign = sign or self.key.sign
        self.life = Life()
        self.on_hold: dict[BucketId, int] = {}

    def id(self) -> str:
        return self.rng.randbytes(16).hex()

    @property
    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    @property
    def seq(self) -> int:
        return len(self.life.entries)

    def image(self) -> Life:
        """Return a copy of the disk."""
        return copy.deepcopy(self.life)

    def restore(self, image: Life) -> None:
        """Put the disk back to a copy."""
        self.life = copy.deepcopy(image)

    def clone(self) -> Till:
        """Return another machine with the same disk and key."""
        other = copy.copy(self)
        other.restore(self.life)
        return other

    def has(self, name: BucketId) -> int:
        known = self.life.held.get(name)
        return known.held if known else 0

    # Entries

    def new_bucket(
        self,
        owner: AccountId,
        asset: str,
        *,
        value: int = 0,
        expires_on: str = "",
        attributes: dict[str, Canonical] | None = None,
    ) -> Bucket:
        source = Source(self.device, self.life.epoch, self.seq + 1)
        return Bucket(
            chain=self.chain,
            owner=owner,
            asset=asset,
            lot=LotId(self.id()),
            source=source,
            unit_value_fen=value,
            expires_on=expires_on,
            attributes=attributes or {},
        )

    def post(
        self,
        effects: list[tuple[str, Bucket, int]],
        postings: dict[str, int] | None = None,
        *,
        kind: str = "test",
        gid: str = "",
        cursor: int | None = None,
        payload: dict[str, Canonical] | None = None,
        unchecked: bool = False,
        fmt: int = 1,
        at: int = 1_700_000_000_000,
    ) -> Entry:
        """Append an entry; with `unchecked`, one that the book forbids."""
        money = dict(postings or {})
        for what, facts, amount in effects:
            account = CREDIT_ACCOUNT.get(facts.asset, "receivable" if facts.asset == "owed" else "")
            if what in MOVES and account:
                fen = MOVES[what] * amount * facts.unit_value_fen * (1 if account == "receivable" else -1)
                money[account] = money.get(account, 0) + fen
                money["interstore"] = money.get("interstore", 0) - fen
        named = {facts.id: facts for _, facts, _ in effects if facts.id not in self.life.held}
        made = Entry(
            chain=self.chain,
            device=self.device,
            epoch=self.life.epoch,
            seq=self.seq + 1,
            nonce=self.rng.randbytes(8).hex(),
            at=at,
            at_quality="trusted",
            action_id=ActionId(self.id()),
            effects=tuple(Effect(what, facts.id, amount) for what, facts, amount in effects),
            buckets=tuple(named.values()),
            postings=tuple(sorted((account, fen) for account, fen in money.items() if fen)),
            payload={"kind": kind, "request": "", **(payload or {})},
            gid=gid,
            cursor=self.life.cursor if cursor is None else cursor,
            fmt=fmt,
        )
        if not unchecked:
            entry.check(made)
            for name, delta in changes(made, self.life.held.get):
                before = self.life.held.get(name) or Known(named[name], 0)
                self.life.held[name] = Known(before.facts, before.held + delta)
        self.append(made.to_bytes())
        self.life.cursor = made.cursor
        if gid:
            self.life.gids.add(gid)
        return made

    def append(self, data: bytes) -> None:
        self.life.hashes.append(entry.seal(self.life.hashes[-1], data))
        self.life.entries.append(data)

    def top_up(self, owner: AccountId, fen: int, bonus: int = 0) -> tuple[Bucket, Bucket | None]:
        """Take cash and give stored value; return the lots of principal and bonus."""
        principal = self.new_bucket(owner, "principal", value=1)
        right = self.new_bucket(owner, "refund_right", attributes={"of": "top_up", "tender": "cash"})
        effects = [("create", principal, fen), ("create", right, fen)]
        extra = self.new_bucket(owner, "bonus") if bonus else None
        if extra:
            effects.append(("create", extra, bonus))
        self.post(effects, {"tender/cash": fen, "deferred": -fen}, kind="top_up")
        return principal, extra

    def spend(self, lot: Bucket, amount: int) -> Bucket:
        """Pay a bill from a lot; return the right to refund it."""
        right = self.new_bucket(lot.owner, "refund_right", attributes={"of": "bill", "target": lot.facts()})
        worth = amount * lot.unit_value_fen
        money = {"deferred": worth, "sales/service": -worth}
        if lot.asset == "bonus":
            money = {"bonus_discount": amount, "sales/service": -amount}
        self.post([("spend", lot, amount), ("create", right, amount)], money, kind="charge")
        return right

    def refund(self, right: Bucket, amount: int) -> Bucket:
        """Give back what a right leads to; return the lot."""
        target = bucket.from_facts(right.attributes["target"])
        worth = amount * target.unit_value_fen
        money = {"sales/service": worth, "deferred": -worth}
        if target.asset == "bonus":
            money = {"sales/service": amount, "bonus_discount": -amount}
        self.post([("spend", right, amount), ("create", target, amount)], money, kind="refund")
        return target

    # Messages

    def want(self, name: BucketId, amount: int) -> str:
        gid = self.id()
        self.life.wants[gid] = Want(gid, name, amount)
        return gid

    def push(self, limit: int = 100, blobs: tuple[bytes, ...] = ()) -> Push:
        first = self.life.acked + 1
        push = Push(
            chain=self.chain,
            device=self.device,
            epoch=self.life.epoch,
            first=first,
            prev_hash=self.life.hashes[first - 1],
            head=self.seq,
            head_hash=self.life.hashes[-1],
            signature=b"",
            entries=tuple(self.life.entries[first - 1 : first - 1 + limit]),
            cursor=self.life.cursor,
            wants=tuple(self.life.wants.values()),
            blobs=blobs,
            generation=self.life.generation,
        )
        return self.signed(push)

    def signed(self, message: Message) -> Message:
        """Return a message with a signature of this till that is right."""
        last = message.prev_hash
        for data in message.entries:
            last = entry.seal(last, data)
        return replace(message, signature=self.sign(to_sign(message, last)))

    def rejoin(self, first: int = 1, limit: int = 10_000, start: int = 1) -> Rejoin:
        if not self.life.rejoin_id:
            self.life.rejoin_id = self.id()
        rejoin = Rejoin(
            chain=self.chain,
            device=self.device,
            epoch=self.life.epoch,
            rejoin_id=self.life.rejoin_id,
            first=first,
            prev_hash=self.life.hashes[first - 1],
            head=self.seq,
            head_hash=self.life.hashes[-1],
            signature=b"",
            entries=tuple(self.life.entries[first - 1 : first - 1 + limit]),
            start=start,
        )
        return self.signed(rejoin)

    def hear(self, answer: object) -> None:
        """Do what an answer asks for, as a till does."""
        match answer:
            case Accepted(epoch, acked, acked_hash, feed, _, generation) if self.is_for_me(epoch, generation):
                if acked <= self.seq and self.life.hashes[acked] == acked_hash:
                    self.life.acked = max(self.life.acked, acked)
                for item in feed:
                    if item.epoch == self.life.epoch and item.position == self.life.cursor + 1:
                        self.take(item)
            case Behind(epoch, tail, generation) if self.is_for_me(epoch, generation):
                for data in tail:
                    self.relearn(data)
            case MustRejoin(epoch) if epoch == self.life.epoch and not self.life.rejoin_id:
                self.life.rejoin_id = self.id()
            case Joined(rejoin_id, _, new_epoch, upto, generation) if (
                rejoin_id == self.life.rejoin_id and upto == self.life.hashes[-1]
            ):
                self.life = Life(epoch=new_epoch, generation=generation)
            case RejoinMore():
                pass

    def is_for_me(self, epoch: int, generation: str) -> bool:
        """Tell whether an answer is for this life, which goes with the first generation of the cloud it hears of."""
        self.life.generation = self.life.generation or generation
        return (epoch, generation) == (self.life.epoch, self.life.generation)

    def take(self, item: FeedItem) -> None:
        """Turn a line of the feed into an entry."""
        if item.kind == "grant" and item.gid not in self.life.gids:
            facts = bucket.from_bytes(item.facts)
            self.life.wants.pop(item.gid, None)
            self.post([("accept", facts, item.amount)], kind="feed", gid=item.gid, cursor=item.position)
        elif (
            item.kind == "recall"
            and (free := min(item.amount, self.has(item.bucket) - self.on_hold.get(item.bucket, 0))) > 0
        ):
            self.post([("return", self.life.held[item.bucket].facts, free)], kind="feed", cursor=item.position)
        else:
            self.post([], kind="feed", cursor=item.position)

    def relearn(self, data: bytes) -> None:
        """Append an entry of its own that the till had forgotten."""
        read = entry.from_bytes(data)
        if read.seq == self.seq + 1:
            named = {facts.id: facts for facts in read.buckets}
            for name, delta in changes(read, self.life.held.get):
                before = self.life.held.get(name) or Known(named[name], 0)
                self.life.held[name] = Known(before.facts, before.held + delta)
            self.append(data)
            self.life.cursor = read.cursor
            self.life.gids |= {read.gid} - {""}
