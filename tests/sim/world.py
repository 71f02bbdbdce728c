"""What really happened: the oracle's own record of facts, units and exposure, apart from the code that is driven."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from terminal.rules.bucket import Bucket, from_store
from terminal.rules.entry import FORMAT
from tests.sim.machine import Disk, Image, Machine

ADDS = frozenset({"create", "accept", "take", "close"})
GENESIS = bytes(32)
ACCOUNTS = {"principal": ("deferred", -1), "pass": ("deferred", -1), "deposit": ("card_deposit", -1)} | {
    "owed": ("receivable", 1)
}


class Violation(AssertionError):  # noqa: N818 - what is found
    """An invariant does not hold: `law` is its name."""

    def __init__(self, law: str, words: str) -> None:
        """Name the invariant and what breaks it."""
        super().__init__(f"{law}: {words}")
        self.law = law


def must(holds: object, law: str, words: str) -> None:
    """Raise `Violation` unless something holds."""
    if not holds:
        raise Violation(law, words)


@dataclass(frozen=True, slots=True)
class Fact:
    """An entry that became durable on some machine, as plain values."""

    machine: str
    device: str
    epoch: int
    seq: int
    kind: str
    effects: tuple[tuple[str, str, int], ...]
    gid: str
    step: int

    def __str__(self) -> str:
        """Return what happened, for a story."""
        moves = ", ".join(f"{kind} {name[:6]}x{amount}" for kind, name, amount in self.effects)
        return f"{self.machine} life {self.epoch} entry {self.seq} {self.kind}: {moves or 'nothing moved'}"


@dataclass(slots=True)
class World:
    """The record. Nothing in it comes from the fold, the cloud or the journal's code; only from bytes on disks.

    `told` keeps what checks have once worked out of an entry's bytes.
    """

    step: int = 0
    facts: dict[bytes, Fact] = field(default_factory=dict)
    entries: dict[bytes, bytes] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    created: Counter[str] = field(default_factory=Counter)
    spent: Counter[str] = field(default_factory=Counter)
    exposure: Counter[str] = field(default_factory=Counter)
    destroyed: dict[bytes, str] = field(default_factory=dict)
    gids: dict[str, bytes] = field(default_factory=dict)
    told: dict[bytes, Any] = field(default_factory=dict)
    touched: dict[str, None] = field(default_factory=dict)
    restores: int = 0
    write_offs: int = 0
    harmed: bool = False
    noted: Counter[str] = field(default_factory=Counter)

    def learn(self, facts: dict[str, Any]) -> str:
        """Keep the facts of a bucket and return its id."""
        name = named(facts)
        if name not in self.buckets:
            self.buckets[name] = from_store(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS))
        return name

    def count(self, effects: Iterable[tuple[str, str, int]]) -> None:
        """Count units that came into the world or left it."""
        for kind, name, amount in effects:
            if kind == "create":
                self.created[name] += amount
            elif kind in {"spend", "expire"}:
                self.spent[name] += amount
            self.touched[name] = None

    def expose(self, units: Iterable[tuple[str, int]]) -> None:
        """Note units that may from now on be spent twice."""
        self.harmed = True
        for name, amount in units:
            self.exposure[name] += amount

    def observe(self, machine: Machine, others: Iterable[Machine], *, tail: bool, closed: bool = False) -> list[Fact]:
        """Read what became durable on a machine since the last look.

        `tail` says that it took its own entries back; `closed` that the cloud had closed their life by then, or that
        another machine stands in it: what the tail brings is then somebody else's too.
        """
        disk = machine.disk
        row = machine.database.row("SELECT epoch, seq, hash, cursor, rejoin_id FROM life, sync_mark WHERE open = 1")
        assert row is not None, "the book is open"
        epoch, seq, head, cursor, disk.rejoin_id = row
        if epoch != disk.epoch:
            must(epoch > disk.epoch, "I4", f"{machine.name} went from life {disk.epoch} to {epoch}")
            disk.epoch, disk.lives[epoch] = epoch, []
            disk.held, disk.money, disk.worth, disk.cursor, disk.on_hold = {}, {}, {}, 0, {}
        new = self._read(machine, tail=tail) if seq != len(disk.lives[epoch]) else []
        must(disk.head == (head if seq else b""), "I4", f"{machine.name} has another head than its entries")
        must(disk.cursor == cursor, "I9", f"{machine.name} keeps cursor {cursor}, its journal says {disk.cursor}")
        if tail and new and (closed or any(_same_life(machine, other) for other in others)):
            self.expose(disk.held.items())
        return new

    def _read(self, machine: Machine, *, tail: bool) -> list[Fact]:
        disk = machine.disk
        known = disk.lives[disk.epoch]
        rows = machine.database.rows(
            "SELECT seq, hash, bytes FROM entry WHERE life = (SELECT n FROM life WHERE open = 1) AND seq > ?"
            " ORDER BY seq",
            (len(known),),
        )
        return [self._take(machine, seq, digest, data, tail=tail) for seq, digest, data in rows]

    def _take(self, machine: Machine, seq: int, digest: bytes, data: bytes, *, tail: bool) -> Fact:
        disk = machine.disk
        known = disk.lives[disk.epoch]
        prev = disk.head or GENESIS
        must(seq == len(known) + 1, "I4", f"{machine.name} has entry {seq} after {len(known)}")
        must(hashlib.sha256(prev + data).digest() == digest, "I4", f"entry {seq} of {machine.name} is not chained")
        value = orjson.loads(data)
        for facts in value["buckets"]:
            self.learn(facts)
        effects = tuple((kind, name, amount) for kind, name, amount in value["effects"])
        kind = value["payload"]["kind"]
        fact = Fact(machine.name, machine.device, disk.epoch, seq, kind, effects, value["gid"], self.step)
        known.append(digest)
        disk.cursor = value["cursor"]
        if tail:
            # A bill that is open now may hold what was spent before: its units are gone, whatever it reserved.
            disk.on_hold.clear()
        self._hold(disk, effects, value["postings"], machine.name)
        self._note(machine, value, tail=tail)
        if tail:
            must(digest in self.facts, "I6", f"{machine.name} was given an entry that nobody made")
        else:
            must(digest not in self.facts, "I6", f"two facts share an id: {fact}")
            self.facts[digest] = fact
            self.entries[digest] = data
            self._release(fact)
            self._give_back(fact)
            self._accept(fact, digest)
            self.count(effects)
        return fact

    def _note(self, machine: Machine, value: dict[str, Any], *, tail: bool) -> None:
        """Count what an entry shows of releases that work side by side."""
        self.noted["own entries taken back"] += tail
        if skipped := value["payload"].get("skipped"):
            self.noted[f"skipped {skipped}"] += 1
        if value["fmt"] != FORMAT:
            self.noted["newer entry"] += not tail
            self.noted["older till, newer entry"] += tail and not machine.upgraded

    def _hold(
        self, disk: Disk, effects: tuple[tuple[str, str, int], ...], postings: list[tuple[str, int]], name: str
    ) -> None:
        for kind, bucket, amount in effects:
            delta = amount if kind in ADDS else -amount
            disk.held[bucket] = disk.held.get(bucket, 0) + delta
            account, fen = value_of(self.buckets[bucket], delta)
            if fen:
                disk.worth[account] = disk.worth.get(account, 0) + fen
        for account, fen in postings:
            disk.money[account] = disk.money.get(account, 0) + fen
        for _, bucket, _ in effects:
            must(disk.held[bucket] >= 0, "I2", f"{name} holds {disk.held[bucket]} of {bucket}")
            free = disk.held[bucket] - disk.on_hold.get(bucket, 0)
            must(free >= 0, "I2", f"{name} may use {free} of {bucket}: its holds were not respected")

    def _release(self, fact: Fact) -> None:
        """Check that a bill opens as much bonus as it takes of what is locked: nothing else makes bonus there [I3]."""
        if fact.kind == "bill":
            opened = sum(n for kind, name, n in fact.effects if (kind, self.buckets[name].asset) == ("create", "bonus"))
            taken = sum(
                n for kind, name, n in fact.effects if (kind, self.buckets[name].asset) == ("spend", "bonus_locked")
            )
            must(opened == taken, "I3", f"a bill opens {opened} bonus and takes {taken} locked: {fact}")

    def _give_back(self, fact: Fact) -> None:
        """Check that a refund gives back as many units as it takes rights to: no right serves twice [I3]."""
        if fact.kind != "refund":
            return
        rights = Counter[str]()
        for kind, name, amount in fact.effects:
            if kind == "spend" and (target := self.buckets[name].attributes.get("target")):
                rights[named(target)] += amount
        for kind, name, amount in fact.effects:
            rights[name] -= amount if kind == "create" else 0
            must(rights[name] >= 0, "I3", f"{-rights[name]} of {name} are given back without a right: {fact}")

    def _accept(self, fact: Fact, digest: bytes) -> None:
        """Count a grant once. Copies of one till may each take it, which is then part of what copies may cost."""
        if not fact.gid:
            return
        if self.gids.setdefault(fact.gid, digest) != digest:
            must(self.harmed, "I4", f"grant {fact.gid} was accepted twice")
            self.expose((name, amount) for kind, name, amount in fact.effects if kind == "accept")

    # What a person or an accident does to disks. The exposure is what the protocol's section 5 says.

    def restored(self, machine: Machine, image: Image, open_epoch: int, flights: dict[str, int]) -> None:
        """Note that a machine is about to be put back to an image, `open_epoch` being open in the cloud."""
        self.restores += 1
        now, then = machine.disk, image.disk
        self.expose(self._decrements(now, then))
        kept = now.lives.get(then.epoch, [])
        branch = then.lives[then.epoch]
        left_behind = kept[: len(branch)] != branch
        if then.epoch != open_epoch or left_behind or now.rejoin_id or then.rejoin_id:
            self.expose(then.held.items())
            self.expose(flights.items())

    def cloned(self, image: Image, flights: dict[str, int]) -> None:
        """Note that an image is about to be put onto a second machine."""
        self.restores += 1
        self.expose(image.disk.held.items())
        self.expose(flights.items())

    def forgotten(self, machine: Machine, then: Disk) -> list[bytes]:
        """Return the entries that are on a machine's disk now and will not be when it is as `then`."""
        gone = []
        for epoch, entries in machine.disk.lives.items():
            kept = set(then.lives.get(epoch, []))
            gone += [digest for digest in entries if digest not in kept]
        return gone

    def _decrements(self, now: Disk, then: Disk) -> list[tuple[str, int]]:
        units = []
        for epoch, entries in now.lives.items():
            kept = set(then.lives.get(epoch, []))
            for digest in entries:
                if digest not in kept:
                    effects = self.facts[digest].effects
                    units += [(name, amount) for kind, name, amount in effects if kind not in ADDS]
        return units


def named(facts: object) -> str:
    """Return the id of a bucket of these facts."""
    return hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _same_life(machine: Machine, other: Machine) -> bool:
    same = other.alive and other is not machine and other.device == machine.device
    return same and other.disk.epoch == machine.disk.epoch


def value_of(bucket: Bucket, amount: int) -> tuple[str, int]:
    """Return the account and the fen, debit positive, that units stand for; no account for promises."""
    account, sign = ACCOUNTS.get(bucket.asset, ("", 0))
    return account, sign * amount * bucket.unit_value_fen
