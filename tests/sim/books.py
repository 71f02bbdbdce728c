"""The cloud's books as plain sums, kept from what its storage is told to write: where I1, I4 and L1 are read off."""

from __future__ import annotations

import copy
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import orjson

from cloud.records import EntryRecord, Flight, Holding, LifeRecord, Line
from tests.sim.watched import Change, WatchedStorage
from tests.sim.world import GENESIS, World, must, value_of

Life = tuple[str, int]
SIGNS = {"create": 1, "spend": -1, "expire": -1}
VALUED = frozenset({"deferred", "card_deposit", "receivable"})
TRANSIT = "interstore"


@dataclass(slots=True)
class CloudBooks:
    """What the cloud has written, by bucket and by life. `said` is what all known entries sum to for a bucket."""

    world: World
    cloud: str = ""
    known: dict[bytes, Life] = field(default_factory=dict)
    named: dict[str, None] = field(default_factory=dict)
    heads: dict[Life, tuple[int, bytes]] = field(default_factory=dict)
    lives: dict[Life, LifeRecord] = field(default_factory=dict)
    pots: dict[Life, dict[str, int]] = field(default_factory=dict)
    flights: dict[str, Flight] = field(default_factory=dict)
    flying: dict[Life, dict[str, Flight]] = field(default_factory=dict)
    there: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    money: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    worth: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)
    in_flight_fen: int = 0
    lost_fen: int = 0
    touched: dict[str, None] = field(default_factory=dict)
    paid: dict[tuple[str, int, str], None] = field(default_factory=dict)

    def copy(self) -> CloudBooks:
        """Return the books as they stand, for when the cloud is put back to now."""
        made = copy.copy(self)
        for name in ("known", "named", "heads", "lives", "flights", "there", "said", "lost", "money", "worth", "sums"):
            setattr(made, name, copy.copy(getattr(self, name)))
        made.pots = {life: dict(pot) for life, pot in self.pots.items()}
        made.flying = {life: dict(grants) for life, grants in self.flying.items()}
        made.touched, made.paid = {}, {}
        return made

    def closings(self, changes: Iterable[Change]) -> list[tuple[LifeRecord, dict[str, int]]]:
        """Return the lives that a transaction, not yet taken in, closes, with what each had: its pot and its grants."""
        found = []
        for change in changes:
            if isinstance(change, LifeRecord) and change.why:
                before = self.lives.get((change.device, change.epoch))
                if before is not None and not before.why:
                    found.append((change, self.had(change.device, change.epoch)))
        return found

    def had(self, device: str, epoch: int) -> dict[str, int]:
        """Return what a life has by the cloud's books, what is on its way to it included."""
        had = dict(self.pots.get((device, epoch), {}))
        for flight in self.flying.get((device, epoch), {}).values():
            had[flight.bucket] = had.get(flight.bucket, 0) + flight.amount
        return had

    def flying_to(self, device: str, epoch: int) -> dict[str, int]:
        """Return the units on their way to a life."""
        units: Counter[str] = Counter()
        for flight in self.flying.get((device, epoch), {}).values():
            units[flight.bucket] += flight.amount
        return dict(units)

    def take(self, changes: Sequence[Change]) -> None:
        """Take in what a transaction wrote."""
        for change in changes:
            if isinstance(change, EntryRecord):
                self._entry(change)
        for change in changes:
            if isinstance(change, Holding):
                self._hold(change)
            elif isinstance(change, Flight):
                self._fly(change)
            elif isinstance(change, LifeRecord):
                self.lives[change.device, change.epoch] = change
            elif isinstance(change, tuple):
                name, line = change
                self._post(line) if name == "account" else self._lose(line)

    def _entry(self, record: EntryRecord) -> None:
        life = (record.device, record.epoch)
        must(record.hash not in self.known, "I4", f"entry {record.seq} of {life} was taken in twice")
        self.known[record.hash] = life
        if record.main:
            seq, head = self.heads.get(life, (0, GENESIS))
            chained = hashlib.sha256(head + record.data).digest() == record.hash
            must(record.seq == seq + 1 and chained, "I4", f"entry {record.seq} of {life} does not follow {seq}")
            self.heads[life] = record.seq, record.hash
        value = orjson.loads(record.data)
        for facts in value["buckets"]:
            self.named[self.world.learn(facts)] = None
        if record.device == self.cloud:
            self.world.count(value["effects"])
        else:
            must(record.hash in self.world.facts, "I6", f"the cloud has an entry {record.seq} that no till has")
        must(record.read, "I6", f"entry {record.seq} of {life} does not count")
        for kind, name, amount in value["effects"]:
            # What a till dropped and the cloud forgot, nobody can name any more; all else has to count.
            if name in self.named:
                self.said[name] += SIGNS.get(kind, 0) * amount
            counts = name not in record.unnamed
            must(counts == (name in self.named), "I6", f"{name} in entry {record.seq} of {life} counts: {counts}")
            self.touched[name] = None
        self.world.noted["an entry moves what nobody can name"] += bool(record.unnamed)

    def _hold(self, holding: Holding) -> None:
        life = (holding.device, holding.epoch)
        pot = self.pots.setdefault(life, {})
        delta = holding.amount - pot.get(holding.bucket, 0)
        must(holding.amount >= 0, "I2", f"{life} is to hold {holding.amount}")
        if holding.amount:
            pot[holding.bucket] = holding.amount
        else:
            pot.pop(holding.bucket, None)
        self.there[holding.bucket] += delta
        self.touched[holding.bucket] = None
        account, fen = value_of(self.world.buckets[holding.bucket], delta)
        if fen:
            self.worth[*life, account] += fen
            self.paid[*life, account] = None

    def _fly(self, flight: Flight) -> None:
        before = self.flights.get(flight.gid)
        state = "" if before is None else before.state
        allowed = {"": {"flight"}, "flight": {"accepted", "reclaimed"}}.get(state, {state})
        must(flight.state in allowed, "I4", f"grant {flight.gid} went from {state} to {flight.state}")
        self.flights[flight.gid] = flight
        sign = (flight.state == "flight") - (state == "flight")
        to_life = self.flying.setdefault((flight.device, flight.epoch), {})
        if flight.state == "flight":
            to_life[flight.gid] = flight
        else:
            to_life.pop(flight.gid, None)
        self.there[flight.bucket] += sign * flight.amount
        self.in_flight_fen += value_of(self.world.buckets[flight.bucket], sign * flight.amount)[1]
        self.touched[flight.bucket] = None

    def _post(self, line: Line) -> None:
        self.money[line.device, line.epoch, line.name] += line.amount
        self.sums[line.name] += line.amount
        if line.name in VALUED:
            self.paid[line.device, line.epoch, line.name] = None

    def _lose(self, line: Line) -> None:
        self.lost[line.name] += line.amount
        self.lost_fen -= value_of(self.world.buckets[line.name], line.amount)[1]
        self.touched[line.name] = None

    def check(self) -> None:
        """Check I1, I3 and L1 for all that was touched since the last check."""
        for name in self.touched:
            should = self.said[name] + self.lost[name]
            words = f"bucket {name}: {self.there[name]} units are somewhere, entries and loss say {should}"
            must(self.there[name] == should, "I1", words)
            exposed = self.world.exposure[name]
            must(self.lost[name] <= exposed, "I3", f"bucket {name}: {self.lost[name]} lost, {exposed} exposed")
        for key in self.paid:
            has, should = self.money[key], self.worth[key]
            must(has == should, "L1", f"{key} stands at {has}, its units are worth {should}")
        transit = self.sums[TRANSIT]
        words = f"{TRANSIT} stands at {transit}, what is in flight is worth {self.in_flight_fen}"
        must(transit == self.in_flight_fen, "L1", words)
        must(self.sums["loss"] >= self.lost_fen, "L1", f"loss stands at {self.sums['loss']}, not {self.lost_fen}")
        must(not sum(self.sums.values()), "L1", "the books of the chain do not sum to zero")
        self.touched.clear()
        self.paid.clear()

    def compare(self, storage: WatchedStorage, chain: str) -> None:
        """Compare all sums with the cloud's tables as they are [I9]."""
        held = {(row.device, row.epoch, str(row.bucket)): row.amount for row in storage.every_holding(chain)}  # type: ignore[arg-type]
        mine = {(*life, name): amount for life, pot in self.pots.items() for name, amount in pot.items()}
        must(held == mine, "I9", "the cloud's holdings are not what it wrote")
        books = {(row.device, row.epoch, row.name): row.amount for row in storage.accounts(chain) if row.amount}  # type: ignore[arg-type]
        must(books == {key: fen for key, fen in self.money.items() if fen}, "I9", "the cloud's accounts differ")
