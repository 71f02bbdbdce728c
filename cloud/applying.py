"""Applying entries of lives: whole where the book allows it, and as far as the pot reaches where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cloud.chain_rows import ERASE
from cloud.journal import FACTS_BYTES_MAX, Work, end_of
from cloud.lives import Lives
from cloud.money import LOSS, SUSPENSE, corrections, post_move, sales_taken_back, value
from cloud.records import EntryRecord, Flight, Holding, LifeRecord, Line, Sealed
from terminal.base.ids import BucketId
from terminal.rules import entry
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import NotCanonical
from terminal.rules.entry import ACCOUNTS, KINDS_OF_TILL, KINDS_TAKING, Effect, Entry, account_of_life
from terminal.rules.fold import Change, EntryWrong, Known, changes

# No shop has so much: units and fen of one entry together with what its life had. Sums of many such entries still are
# numbers an entry of the cloud may hold (53 bits).
COUNTABLE_MAX = 1 << 40


class Applying(Lives):
    """Records what tills did. A fact is never refused: what does not add up is the chain's loss, and is said."""

    def _apply(self, work: Work, life: LifeRecord, sealed: Sealed, *, main: bool, late: bool) -> LifeRecord:
        """Keep a new entry of a life and do what it says; return the life as it is then.

        `main` entries go on where the life's chain ends; `late` ones may find their pot empty, which is no defect.
        """
        read = self._read(life, sealed)
        facts = None if read is None else self._named(life, read)
        unnamed = () if read is None or facts is None else _unnamed(read, facts)
        self._storage.add_entry(
            EntryRecord(
                chain=life.chain,
                device=life.device,
                epoch=life.epoch,
                seq=sealed.seq,
                hash=sealed.hash,
                data=sealed.data,
                main=main,
                read=facts is not None,
                order=life.applied + 1,
                after=self._journal_end(work),
                unnamed=unnamed,
            )
        )
        life = replace(life, applied=life.applied + 1)
        if main:
            cursor = life.cursor if read is None else read.cursor
            life = replace(life, seq=sealed.seq, hash=sealed.hash, cursor=cursor)
        life = self._save(work, life)
        if read is None or facts is None:
            self._apply_unreadable(work, life, sealed)
        else:
            if unnamed:
                self._alarm(work, life.device, life.epoch, "bucket_unknown", sealed.hash.hex())
            self._do(work, life, read, facts, late=late)
            self._note_owners(work.chain, read, {name: known.facts for name, known in facts.items()})
            self._heed(work, life, read, sealed.hash, late=late)
        return life

    def _apply_unreadable(self, work: Work, life: LifeRecord, sealed: Sealed) -> None:
        """Leave bytes that say nothing as they are, and say so; what follows them goes on [R6]."""
        self._alarm(work, life.device, life.epoch, "entry_unreadable", sealed.hash.hex())

    def _read(self, life: LifeRecord, sealed: Sealed) -> Entry | None:
        """Return what an entry says, or None when it cannot be one of this life."""
        try:
            read = entry.from_bytes(sealed.data)
        except NotCanonical:
            return None
        if (read.chain, read.device, read.epoch, read.seq) != (life.chain, life.device, life.epoch, sealed.seq):
            return None
        of_till = all(effect.kind in KINDS_OF_TILL for effect in read.effects)
        return read if of_till and all(account in ACCOUNTS for account, _ in read.postings) else None

    def _named(self, life: LifeRecord, read: Entry) -> dict[BucketId, Known] | None:
        """Return facts and holding (-1: not named before) of the buckets an entry moves; None if it cannot be counted.

        A bucket that nothing has described is left out: who described it was dropped by its till and forgotten by a
        cloud that was put back, or there is a defect. Units or fen beyond `COUNTABLE_MAX`, facts beyond
        `FACTS_BYTES_MAX` and buckets of another chain are nothing that a till may write, and make all of it void.
        """
        made = {facts.id: facts for facts in read.buckets}
        known = self._known(life.chain, life.device, life.epoch, read)
        counted: dict[BucketId, int] = {}
        for effect in read.effects:
            name = effect.bucket
            before = known.get(name)
            facts = before.facts if before else made.get(name) or self._facts(life.chain, name)
            if facts is None:
                continue
            if facts.chain != life.chain or len(facts.data) > FACTS_BYTES_MAX:
                return None
            known[name] = before or Known(facts, -1)
            counted[name] = counted.get(name, max(known[name].held, 0)) + effect.amount
        worth = sum(amount * max(known[name].facts.unit_value_fen, 1) for name, amount in counted.items())
        return known if worth <= COUNTABLE_MAX else None

    def _do(self, work: Work, life: LifeRecord, read: Entry, known: Mapping[BucketId, Known], *, late: bool) -> None:
        if late:
            self._apply_late(work, life, read, known)
            return
        named = {name: before for name, before in known.items() if before.held >= 0}
        try:
            moved = changes(read, named.get)
            flights = self._flights_taken(life, read)
        except EntryWrong as wrong:
            self._apply_impossible(work, life, read, known, wrong)
        else:
            self._apply_whole(work, life, read, known, moved, flights)

    def _flights_taken(self, life: LifeRecord, read: Entry) -> list[Flight]:
        """Return the grants an entry accepts; raise `EntryWrong` when one is not in flight to this life."""
        flights = []
        for effect in read.effects:
            if effect.kind == "accept":
                flight = self._in_flight(life, read.gid, effect)
                if flight is None:
                    raise EntryWrong("not_in_flight", read.gid)
                flights.append(flight)
        return flights

    def _in_flight(self, life: LifeRecord, gid: str, effect: Effect) -> Flight | None:
        """Return the grant with this id when it is on its way to this life as the effect says."""
        flight = self._storage.flight(life.chain, gid) if gid else None
        wanted = (effect.bucket, effect.amount, life.device, life.epoch, "flight")
        found = flight and (flight.bucket, flight.amount, flight.device, flight.epoch, flight.state)
        return flight if found == wanted else None

    def _apply_whole(
        self,
        work: Work,
        life: LifeRecord,
        read: Entry,
        known: Mapping[BucketId, Known],
        moved: list[Change],
        flights: list[Flight],
    ) -> None:
        for facts in read.buckets:
            self._keep_facts(facts)
        for name, delta in moved:
            self._hold(life, known[name], name, max(known[name].held, 0) + delta)
        for flight in flights:
            self._storage.put_flight(replace(flight, state="accepted"))
        for effect in read.effects:
            if effect.kind == "return":
                work.taken[effect.bucket] = work.taken.get(effect.bucket, 0) + effect.amount
        self._post(life.chain, life.device, life.epoch, read.postings)

    def _hold(self, life: LifeRecord, before: Known, name: BucketId, amount: int) -> None:
        self._storage.hold(life.chain, Holding(name, life.device, life.epoch, amount), end_of(before.facts))

    def _apply_impossible(
        self, work: Work, life: LifeRecord, read: Entry, known: Mapping[BucketId, Known], wrong: EntryWrong
    ) -> None:
        """Record an entry of the main chain that the book forbids: a defect somewhere, but the queue goes on [R6]."""
        self._alarm(work, life.device, life.epoch, "entry_impossible", str(wrong))
        self._apply_late(work, life, read, known)

    def _apply_late(self, work: Work, life: LifeRecord, read: Entry, known: Mapping[BucketId, Known]) -> None:
        """Apply an entry to the pot of its life as far as that reaches; what was spent beyond it is loss.

        Effects on buckets that are not in `known` do nothing: nobody could say whose units these were.
        """
        for facts in read.buckets:
            if facts.id in known:
                self._keep_facts(facts)
        left = {name: max(before.held, 0) for name, before in known.items()}
        after = dict(left)
        needed: dict[str, int] = {}
        lost: dict[BucketId, int] = {}
        for effect in read.effects:
            if effect.bucket not in known:
                continue
            amount = self._reach(life, read, effect, left)
            if effect.kind in KINDS_TAKING:
                left[effect.bucket] -= amount
                after[effect.bucket] -= amount
            else:
                after[effect.bucket] += amount
            if effect.kind == "return" and amount:
                work.taken[effect.bucket] = work.taken.get(effect.bucket, 0) + amount
            if effect.kind in {"spend", "expire"} and amount < effect.amount:
                lost[effect.bucket] = lost.get(effect.bucket, 0) + effect.amount - amount
            post_move(needed, known[effect.bucket].facts, effect.kind, amount)
        for name, amount in after.items():
            self._hold(life, known[name], name, amount)
        posted = read.postings if not sum(fen for _, fen in read.postings) else ()
        self._post(life.chain, life.device, life.epoch, posted)
        lacking = corrections(posted, needed)
        self._put_right(work, life, lacking)
        missing = {name: (known[name].facts, amount) for name, amount in lost.items()}
        self._suspend(work, sum(lacking.values()) - sum(value(*units)[1] for units in missing.values()))
        self._carry(work, life, read, missing)

    def _reach(self, life: LifeRecord, read: Entry, effect: Effect, left: dict[BucketId, int]) -> int:
        """Return how much of an effect on the pot is possible."""
        if effect.kind in KINDS_TAKING:
            return min(effect.amount, left[effect.bucket])
        if effect.kind == "accept":
            flight = self._in_flight(life, read.gid, effect)
            if flight is None:
                return 0
            self._storage.put_flight(replace(flight, state="accepted"))
        return effect.amount

    def _carry(self, work: Work, life: LifeRecord, read: Entry, lost: dict[BucketId, tuple[Bucket, int]]) -> None:
        """Book units that were spent without being there to the chain's loss; the member does not carry them."""
        sales = {account: fen for account, fen in read.postings if account.startswith("sales/") and fen > 0}
        for name, (facts, amount) in sorted(lost.items()):
            self._storage.add_loss(life.chain, Line(life.device, life.epoch, name, amount))
            if facts.asset == "refund_right":
                self._put_right(work, life, sales_taken_back(facts, amount, sales))
        if lost:
            self._alarm(work, life.device, life.epoch, "units_lost", f"entry {read.seq}")

    def _suspend(self, work: Work, gained_fen: int) -> None:
        """Note what would be the chain's gain, value put into buckets that nobody can name, as owed to somebody."""
        if gained_fen > 0:
            work.settle(SUSPENSE, -gained_fen)
            work.settle(LOSS, gained_fen)

    def _put_right(self, work: Work, life: LifeRecord, lines: Mapping[str, int]) -> None:
        """Change a life's accounts when this transaction ends; what that leaves open is the chain's loss."""
        for account, fen in lines.items():
            work.settle(account_of_life(account, life.device, life.epoch), fen)
            work.settle(LOSS, -fen)

    def _heed(self, work: Work, life: LifeRecord, read: Entry, digest: bytes, *, late: bool) -> None:
        """Do what an entry asks of the cloud beside its effects."""
        # Whatever else happened in it, an entry that names a profile proposes to change a row.
        if read.kind == "propose" or "blob" in read.payload:
            self._propose(work, life, read, digest)
        elif read.kind == "checkpoint" and not late:
            self._checkpoint(work, life, read, digest)
        elif read.kind == ERASE:
            self._erase_told(work, life, read, digest, late=late)
        if "release" in read.payload:
            self._visit(work, life, read, digest)


def _unnamed(read: Entry, known: Mapping[BucketId, Known]) -> tuple[BucketId, ...]:
    return tuple(sorted({effect.bucket for effect in read.effects if effect.bucket not in known}))
