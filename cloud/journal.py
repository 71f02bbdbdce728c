"""The cloud's own journal: what it does with units, written as entries and folded by the code the tills use."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeAlias, cast

from cloud.money import post_move
from cloud.records import CLOUD_EPOCH, Alarm, BucketRecord, ChainRecord, EntryRecord, Flight, Holding, LifeRecord, Line
from cloud.storage import Storage
from terminal.base.ids import ActionId, BucketId, ChainId, DeviceId, Draw, new_id
from terminal.rules import bucket, canonical, entry
from terminal.rules.bucket import SHOP, Bucket
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Effect, Entry
from terminal.rules.fold import Known, changes

# What an entry takes of buckets and of their facts, which are in it when the cloud gets a bucket for the first time;
# what is more goes into the next. An entry is at most 256 KiB, and no bucket needs so much to be told by.
BUCKETS_AN_ENTRY = 200
FACTS_AN_ENTRY = 150_000
FACTS_BYTES_MAX = 100_000
# Of these a holder that is written off may have spent more than the cloud knows.
RISKY_ENDS = frozenset({"lost", "revoked"})
ID_BYTES = 16
KINDS_CHANGING = frozenset({"create", "spend", "expire"})
# What was paid, and what is owed, has no end; a date only blocks it.
ENDLESS = frozenset({"principal", "deposit", "owed", "points_owed"})

Now: TypeAlias = Callable[[], int]
# Tells whether a public key signed something: (public key, what `terminal.sync.wire.to_sign` says, signature).
Signed: TypeAlias = Callable[[bytes, bytes, bytes], bool]


@dataclass(slots=True)
class Work:
    """What one transaction has gathered so far, before it is written as entries of the cloud.

    `taken` are units that lives gave back, `money` what is to be put right in the books of lives and as loss,
    `arrived` the buckets of which the cloud has more now, `freed` those that a life may no longer have to keep back,
    `granted` and `promised` what the cloud gives away, `journal_end` its last entry.
    """

    chain: ChainId
    lives: dict[tuple[DeviceId, int], LifeRecord] = field(default_factory=dict)
    taken: dict[BucketId, int] = field(default_factory=dict)
    money: dict[str, int] = field(default_factory=dict)
    arrived: dict[BucketId, None] = field(default_factory=dict)
    freed: dict[BucketId, None] = field(default_factory=dict)
    granted: list[Flight] = field(default_factory=list)
    promised: dict[BucketId, int] = field(default_factory=dict)
    journal_end: int | None = None

    def settle(self, account: str, amount_fen: int) -> None:
        """Put fen, debit positive, into an account when this transaction ends."""
        self.money[account] = self.money.get(account, 0) + amount_fen


def end_of(facts: Bucket) -> str:
    """Return the ISO date after which units may be destroyed, empty for those that never may."""
    return "" if facts.asset in ENDLESS else facts.expires_on


class CloudJournal:
    """Writes and folds the cloud's entries. Everything above stands on it."""

    def __init__(self, storage: Storage, clock: Now, draw: Draw, signed: Signed) -> None:
        """Keep all in `storage`; `clock` gives UTC milliseconds and `draw` so many random bytes."""
        self._storage = storage
        self._clock = clock
        self._draw = draw
        self._signed = signed

    @contextmanager
    def _transaction(self, chain: ChainId) -> Iterator[Work]:
        with self._storage.transaction(chain):
            work = Work(chain)
            yield work
            for life in work.lives.values():
                self._storage.put_life(life)

    def _new_id(self) -> str:
        return new_id(self._draw)

    def _alarm(self, work: Work, device: DeviceId, epoch: int, code: str, detail: str) -> None:
        """Keep something that a person must look at; the same thing is kept once, however often it is met."""
        what = canonical.encode([device, epoch, code, detail])
        name = hashlib.sha256(what).digest()[:ID_BYTES].hex()
        self._storage.add_alarm(Alarm(work.chain, name, device, epoch, self._clock(), code, detail))

    def _generation(self, work: Work) -> str:
        """Return the generation of this storage, drawn at its first use and after each restore.

        Before that, positions were given that will be given again: who names another generation speaks of those.
        """
        found = self._storage.generation(work.chain)
        if not found:
            self._chain(work)  # so that nobody else draws one meanwhile
            found = self._storage.generation(work.chain) or self._renew(work)
        return found

    def _renew(self, work: Work) -> str:
        """Begin a generation, and return it: every till then hands in its life and takes a snapshot of rows."""
        generation = self._new_id()
        self._storage.put_generation(work.chain, generation)
        return generation

    def _notice_restore(self, work: Work, device: DeviceId, epoch: int, what: str) -> None:
        """Do what was forgotten: a till of this generation knows more than the cloud, so this is an older state."""
        self._alarm(work, device, epoch, "cloud_restored", what)
        self._renew(work)

    def _chain(self, work: Work) -> ChainRecord:
        """Return the chain's row, made at its first use, and keep it locked."""
        found = self._storage.chain(work.chain)
        if found is None:
            found = ChainRecord(work.chain, DeviceId(self._new_id()), 0, entry.GENESIS, self._clock(), 0)
            self._storage.put_chain(found)
            cloud = LifeRecord(work.chain, found.cloud, CLOUD_EPOCH, "", 0, entry.GENESIS, 0, 0)
            self._storage.put_life(cloud)
        return found

    def _life(self, work: Work, device: DeviceId, epoch: int) -> LifeRecord | None:
        """Return a life as this transaction has left it so far."""
        known = work.lives.get((device, epoch))
        return known or self._storage.life(work.chain, device, epoch)

    def _journal_end(self, work: Work) -> int:
        """Return the number of the cloud's last entry, which is what entries of lives are applied after."""
        if work.journal_end is None:
            work.journal_end = self._storage.journal_end(work.chain)
        return work.journal_end

    def _save(self, work: Work, life: LifeRecord) -> LifeRecord:
        work.lives[life.device, life.epoch] = life
        return life

    def _own(self, chain: ChainRecord, name: BucketId) -> int:
        """Return what the cloud holds of a bucket."""
        found = self._storage.held(chain.chain, name, chain.cloud, CLOUD_EPOCH)
        return 0 if found is None else found[1]

    def _facts(self, chain: ChainId, name: BucketId) -> Bucket | None:
        found = self._storage.bucket(chain, name)
        return None if found is None else bucket.from_store(found.facts)

    def _keep_facts(self, facts: Bucket) -> None:
        self._storage.add_bucket(BucketRecord(facts.chain, facts.id, facts.data, facts.owner, facts.asset, facts.lot))

    def _write(
        self,
        work: Work,
        kind: str,
        effects: list[Effect],
        *,
        made: tuple[Bucket, ...] = (),
        money: Mapping[str, int] | None = None,
        payload: Mapping[str, Canonical] | None = None,
    ) -> None:
        """Write one entry of the cloud and fold it. `money` is what does not follow from the effects.

        What is `made` may be known: a cloud that was put back to a backup comes to the same number in its journal
        again, and a till hands in what was made there before.
        """
        chain = self._chain(work)
        new = {facts.id: facts for facts in made}
        named: dict[BucketId, Bucket] = {}
        postings = dict(money or {})
        for effect in effects:
            facts = new.get(effect.bucket) or self._facts(work.chain, effect.bucket)
            assert facts is not None, "the cloud moves only what an entry has named"
            if self._storage.held(work.chain, effect.bucket, chain.cloud, CLOUD_EPOCH) is None:
                named[effect.bucket] = facts
            post_move(postings, facts, effect.kind, effect.amount)
        made_entry = Entry(
            chain=work.chain,
            device=chain.cloud,
            epoch=CLOUD_EPOCH,
            seq=chain.seq + 1,
            nonce=self._draw(entry.NONCE_DIGITS // 2).hex(),
            at=max(self._clock(), chain.at_ms),
            at_quality="trusted",
            action_id=ActionId(self._new_id()),
            effects=tuple(effects),
            buckets=tuple(named.values()),
            postings=tuple(sorted((account, fen) for account, fen in postings.items() if fen)),
            payload={"kind": kind, "request": "", **(payload or {})},
        )
        entry.check(made_entry)
        work.journal_end = made_entry.seq
        self._keep(chain, made_entry)

    def _keep(self, chain: ChainRecord, made: Entry) -> None:
        """Seal an entry of the cloud, keep it, and do what it says."""
        data = made.to_bytes()
        digest = entry.seal(chain.hash, data)
        self._fold(chain, made)
        self._storage.add_entry(
            EntryRecord(
                chain=chain.chain,
                device=chain.cloud,
                epoch=CLOUD_EPOCH,
                seq=made.seq,
                hash=digest,
                data=data,
                main=True,
                read=True,
                order=0,
                after=made.seq,
            )
        )
        self._storage.put_chain(replace(chain, seq=made.seq, hash=digest, at_ms=made.at))

    def _fold(self, chain: ChainRecord, made: Entry) -> None:
        """Do what an entry of the cloud says: its holdings, the books, grants set out and lives closed."""
        known = self._known(chain.chain, chain.cloud, CLOUD_EPOCH, made)
        moved = changes(made, known.get, of_cloud=True)
        facts_of = {name: before.facts for name, before in known.items()}
        for facts in made.buckets:
            self._keep_facts(facts)
            facts_of[facts.id] = facts
        for name, delta in moved:
            before = known[name].held if name in known else 0
            holding = Holding(name, chain.cloud, CLOUD_EPOCH, before + delta)
            self._storage.hold(chain.chain, holding, end_of(facts_of[name]))
        self._note_owners(chain.chain, made, facts_of)
        self._post(chain.chain, chain.cloud, CLOUD_EPOCH, made.postings)
        for line in cast("list[list[Canonical]]", made.payload.get("grants", [])):
            gid, lot, units, device, epoch = cast("tuple[str, BucketId, int, DeviceId, int]", line)
            self._storage.put_flight(Flight(chain.chain, gid, lot, units, device, epoch, "flight"))
        if made.kind == "close":
            self._fold_close(chain.chain, made)

    def _note_owners(self, chain: ChainId, made: Entry, facts_of: Mapping[BucketId, Bucket]) -> None:
        """Note whose units became more or fewer by an entry; one that moves them changes nothing for their owner."""
        changing = (effect.bucket for effect in made.effects if effect.kind in KINDS_CHANGING)
        owners = {facts_of[name].owner for name in changing if name in facts_of}
        for owner in sorted(owners - {SHOP}):
            self._storage.add_stale(chain, owner)

    def _fold_close(self, chain: ChainId, made: Entry) -> None:
        """Empty the pot of a closed life and reclaim its grants, of the buckets the entry names."""
        device, epoch = cast("tuple[DeviceId, int]", made.payload["life"])
        names = {effect.bucket: effect.amount for effect in made.effects}
        for name, amount in names.items():
            found = self._storage.held(chain, name, device, epoch)
            if found is not None:
                self._storage.hold(chain, Holding(name, device, epoch, 0), end_of(bucket.from_store(found[0])))
            if made.payload["why"] in RISKY_ENDS:
                self._storage.add_exposure(chain, Line(device, epoch, name, amount))
        for flight in self._storage.flights(chain, device, epoch):
            if flight.bucket in names:
                self._storage.put_flight(replace(flight, state="reclaimed"))

    def _known(self, chain: ChainId, device: DeviceId, epoch: int, made: Entry) -> dict[BucketId, Known]:
        """Return what a holder had named and held, of the buckets an entry moves."""
        known = {}
        for effect in made.effects:
            if effect.bucket not in known:
                found = self._storage.held(chain, effect.bucket, device, epoch)
                if found is not None:
                    known[effect.bucket] = Known(bucket.from_store(found[0]), found[1])
        return known

    def _post(self, chain: ChainId, device: DeviceId, epoch: int, postings: tuple[tuple[str, int], ...]) -> None:
        """Post to a holder's books, or to those of the life that an account names."""
        for account, amount in postings:
            of_life = entry.life_of_account(account) if "@" in account else None
            name, owner, life = of_life or (account, device, epoch)
            self._storage.post(chain, Line(owner, life, name, amount))

    def _take_in(self, work: Work) -> None:
        """Write what lives gave back, and what had to be put right in their books, as entries of the cloud."""
        taken, work.taken = work.taken, {}
        money, work.money = work.money, {}
        for some in self._batches(work.chain, taken):
            self._write(work, "sync", [Effect("take", name, taken[name]) for name in some], money=money)
            work.arrived |= dict.fromkeys(some)
            money = {}
        if any(money.values()):
            self._write(work, "sync", [], money=money)

    def _batches(self, chain: ChainId, names: Iterable[BucketId]) -> Iterator[list[BucketId]]:
        """Yield buckets in their order, as many as one entry takes with their facts."""
        batch: list[BucketId] = []
        size = 0
        for name in names:
            found = self._storage.bucket(chain, name)
            length = len(found.facts) if found else 0
            if batch and (len(batch) == BUCKETS_AN_ENTRY or size + length > FACTS_AN_ENTRY):
                yield batch
                batch, size = [], 0
            batch.append(name)
            size += length
        if batch:
            yield batch
