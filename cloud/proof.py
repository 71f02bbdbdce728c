"""Proofs over what the cloud keeps: that nothing was made or lost unseen, and that the journals say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from cloud.applying import Applying
from cloud.journal import Work
from cloud.money import LOSS, value
from cloud.records import ChainRecord, EntryRecord, Flight, LifeRecord, Line, Sealed
from cloud.storage import Storage
from terminal.base.ids import BucketId, ChainId, DeviceId
from terminal.rules import bucket
from terminal.rules.bucket import VALUED_ACCOUNTS, Bucket
from terminal.rules.entry import GENESIS, Entry, from_bytes, seal
from terminal.rules.fold import TRANSIT

_SIGNS = {"create": 1, "spend": -1, "expire": -1}


def wrongs(storage: Storage, chain: ChainId) -> Iterator[str]:
    """Give a sentence for each break of I1, I4 or L1 in a chain; nothing when all is well.

    That nothing is below zero (I2) the database itself sees to.
    """
    said: Counter[str] = Counter()
    for record in storage.history(chain):
        tally(said, record)
    yield from units_wrong(storage, chain, said)
    yield from _journals_wrong(storage, chain)
    yield from money_wrong(storage, chain)


def tally(said: Counter[str], record: EntryRecord) -> None:
    """Add to `said` how many units of each bucket an entry says there are more or fewer in the world."""
    for effect in from_bytes(record.data).effects if record.read else ():
        if effect.bucket in record.unnamed:
            continue
        said[effect.bucket] += _SIGNS.get(effect.kind, 0) * effect.amount


def units_wrong(storage: Storage, chain: ChainId, said: Counter[str]) -> Iterator[str]:
    """Give a sentence for each bucket of which another amount is somewhere than all entries said and was lost (I1)."""
    there: Counter[str] = Counter()
    for holding in storage.every_holding(chain):
        there[holding.bucket] += holding.amount
    for flight in _flying(storage, chain):
        there[flight.bucket] += flight.amount
    due = Counter(said)
    for line in storage.losses(chain):
        due[line.name] += line.amount
    for name in sorted({*there, *due}):
        if there[name] != due[name]:
            yield f"I1: bucket {name}: {there[name]} units are somewhere, entries say {due[name]}"


def _flying(storage: Storage, chain: ChainId) -> Iterator[Flight]:
    return (flight for flight in storage.every_flight(chain) if flight.state == "flight")


def _journals_wrong(storage: Storage, chain: ChainId) -> Iterator[str]:
    heads: dict[tuple[DeviceId, int], tuple[int, bytes]] = {}
    accepted: Counter[str] = Counter()
    for record in storage.history(chain):
        if not record.main:
            continue
        key = (record.device, record.epoch)
        seq, digest = heads.get(key, (0, GENESIS))
        if record.seq != seq + 1 or seal(digest, record.data) != record.hash:
            yield f"I4: entry {record.seq} of life {key} does not follow"
        heads[key] = (record.seq, record.hash)
        if record.read and (gid := from_bytes(record.data).gid):
            accepted[gid] += 1
    for gid, times in accepted.items():
        if times > 1:
            yield f"I4: grant {gid} was accepted {times} times"


def money_wrong(storage: Storage, chain: ChainId) -> Iterator[str]:
    """Give a sentence for each account that does not stand where the units of its holder say (L1)."""
    facts = {name: bucket.from_store(data) for name, data in storage.every_bucket(chain)}
    needed: Counter[tuple[DeviceId, int, str]] = Counter()
    for holding in storage.every_holding(chain):
        account, fen = value(facts[holding.bucket], holding.amount)
        needed[holding.device, holding.epoch, account] += fen
    books = {(line.device, line.epoch, line.name): line.amount for line in storage.accounts(chain)}
    for key in sorted({*needed, *books}):
        if key[2] in VALUED_ACCOUNTS and needed[key] != books.get(key, 0):
            yield f"L1: {key} stands at {books.get(key, 0)}, its units are worth {needed[key]}"
    sums: Counter[str] = Counter()
    for (_, _, account), fen in books.items():
        sums[account] += fen
    flying = sum(value(facts[flight.bucket], flight.amount)[1] for flight in _flying(storage, chain))
    lost = -sum(value(facts[BucketId(line.name)], line.amount)[1] for line in storage.losses(chain))
    yield from _sums_wrong(sums, flying, lost)


def _sums_wrong(sums: Counter[str], flying_fen: int, lost_fen: int) -> Iterator[str]:
    if sums[TRANSIT] != flying_fen:
        yield f"L1: {TRANSIT} stands at {sums[TRANSIT]}, what is in flight is worth {flying_fen}"
    if sum(sums.values()):
        yield f"L1: the books of the chain sum to {sum(sums.values())}"
    # Rights spent twice and defects come on top of the units.
    if sums[LOSS] < lost_fen:
        yield f"L1: {LOSS} stands at {sums[LOSS]}, lost units are worth {lost_fen}"


class _Replay(Applying):
    """Applies entries that were applied before, deciding nothing anew."""

    def __init__(self, source: Storage, empty: Storage) -> None:
        """Fold what `source` keeps into `empty`."""
        # What was drawn and signed stands in the entries.
        super().__init__(empty, lambda: 0, bytes, lambda *_: True)
        self._source = source
        self._unnamed: tuple[BucketId, ...] = ()

    def replay(self, chain: ChainId) -> None:
        """Fold all journals of a chain."""
        source = self._source
        found = source.chain(chain)
        assert found is not None, "the chain exists"
        with self._transaction(chain) as work:
            self._storage.put_chain(ChainRecord(chain, found.cloud, 0, GENESIS, 0, 0))
            for record in source.history(chain):
                if record.device == found.cloud:
                    own = self._storage.chain(chain)
                    assert own is not None, "put above"
                    self._keep(own, from_bytes(record.data))
                    work.journal_end = None
                    continue
                key = (record.device, record.epoch)
                life = self._life(work, *key) or LifeRecord(chain, *key, "", 0, GENESIS, 0, 0)
                self._unnamed = record.unnamed
                self._apply(work, life, Sealed(record.seq, record.hash, record.data), main=record.main, late=True)

    def _facts(self, chain: ChainId, name: BucketId) -> Bucket | None:
        """Return what another life had described by then: entries of several lives have no order among them."""
        found = None if name in self._unnamed else self._source.bucket(chain, name)
        if found is None:
            return None
        self._storage.add_bucket(found)
        return bucket.from_store(found.facts)

    def _alarm(self, work: Work, device: DeviceId, epoch: int, code: str, detail: str) -> None:
        """Raise nothing twice."""

    def _heed(self, work: Work, life: LifeRecord, read: Entry, digest: bytes, *, late: bool) -> None:
        """Leave what came of an entry to the entries that say so."""


def differences(storage: Storage, chain: ChainId, empty: Storage) -> list[str]:
    """Fold all journals of a chain again into `empty`, and return what differs from what is kept [I9]."""
    _Replay(storage, empty).replay(chain)
    found = []
    looks: tuple[tuple[str, Callable[[Storage], list[object]]], ...] = (
        ("holdings", lambda side: [*side.every_holding(chain)]),
        ("grants", lambda side: [*side.every_flight(chain)]),
        ("accounts", lambda side: [*_lines(side.accounts(chain))]),
        ("losses", lambda side: [*side.losses(chain)]),
        ("exposures", lambda side: [*side.exposures(chain)]),
    )
    for name, look in looks:
        kept, folded = look(storage), look(empty)
        if kept != folded:
            found.append(f"I9: {name}: kept {kept}, entries say {folded}")
    return found


def _lines(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.amount]
