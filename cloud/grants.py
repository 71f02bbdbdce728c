"""Grants, recalls and wants: how units go to the till that needs them, and come back."""

from __future__ import annotations

from dataclasses import replace

from cloud.chain_rows import ChainRows
from cloud.errors import NotPossible
from cloud.journal import BUCKETS_AN_ENTRY, Work
from cloud.records import FeedRecord, Flight, HeldBack, LifeRecord, Sealed, WantRecord
from terminal.base.ids import BucketId, DeviceId, is_id
from terminal.rules.canonical import INTEGER_MAX, Canonical
from terminal.rules.entry import Effect, from_bytes
from terminal.sync.wire import FeedItem, Want

FEED_A_PAGE = 200
# A message is at most 8 MiB, and quoting makes text up to twice as long.
FEED_BYTES = 2 << 20
NOTHING = BucketId("")  # what an item of the feed names that is about no bucket
CRITICAL = frozenset({"grant", "recall"})
# A till that gave back less than it was asked for has an open bill: so long it is not asked for the same again. And so
# long the answers of those who were asked are waited for before others are asked too.
PAUSE_MS = 30_000


class Grants(ChainRows):
    """Moves units from the cloud to lives, and asks lives for them. Grants travel in the feed only [R8]."""

    def _free(self, work: Work, name: BucketId) -> int:
        """Return what the cloud holds of a bucket and has not promised in this transaction."""
        return self._own(self._chain(work), name) - work.promised.get(name, 0)

    def _append_feed(self, work: Work, life: LifeRecord, kind: str, gid: str, name: BucketId, amount: int) -> None:
        """Put a line at the end of a life's feed, and no other transaction of the chain meanwhile."""
        self._chain(work)
        position = self._storage.feed_end(work.chain, life.device, life.epoch) + 1
        self._storage.add_feed(FeedRecord(work.chain, life.device, life.epoch, position, kind, gid, name, amount))

    def _has_heard_all(self, life: LifeRecord) -> bool:
        """Tell whether a life's journal has come to the end of its feed."""
        return life.cursor == self._storage.feed_end(life.chain, life.device, life.epoch)

    def _answer_feed(self, work: Work, life: LifeRecord, cursor: int) -> tuple[FeedItem, ...]:
        """Return what follows a till's cursor in its feed."""
        items: list[FeedItem] = []
        size = 0
        for line in self._storage.feed(work.chain, life.device, life.epoch, cursor, FEED_A_PAGE):
            item = self._item(work, line)
            size += len(item.facts)
            if items and size > FEED_BYTES:
                break
            items.append(item)
        return tuple(items)

    def _item(self, work: Work, line: FeedRecord) -> FeedItem:
        facts = self._storage.bucket(work.chain, line.bucket) if line.bucket else None
        return FeedItem(
            position=line.position,
            epoch=line.epoch,
            kind=line.kind,
            gid=line.gid,
            bucket=line.bucket,
            facts=facts.facts if facts else b"",
            amount=line.amount,
            critical=line.kind in CRITICAL,
        )

    def _serve_wants(self, work: Work, life: LifeRecord, wants: tuple[Want, ...]) -> None:
        """Serve what a life asks for and was not asked for under this id before."""
        for want in wants:
            if not (is_id(want.request_id) and is_id(want.bucket) and 0 < want.amount <= INTEGER_MAX):
                self._alarm(work, life.device, life.epoch, "want_malformed", want.request_id[:40])
                continue
            asked = self._storage.want(work.chain, want.request_id)
            if asked is None:
                self._serve_want(work, self._want(work, life, want.request_id, want.bucket, want.amount, "grant"))
            elif self._asked_in_vain(asked):
                self._serve_want(work, asked)

    def _asked_in_vain(self, want: WantRecord) -> bool:
        """Tell whether a want was not served yet: somebody may have the bucket now, or be free to give it back."""
        return want.state == "open"

    def _want(self, work: Work, life: LifeRecord, gid: str, name: BucketId, amount: int, purpose: str) -> WantRecord:
        want = WantRecord(
            chain=work.chain,
            gid=gid,
            device=life.device,
            epoch=life.epoch,
            bucket=name,
            amount=amount,
            purpose=purpose,
            state="open",
            recalled=False,
            at_ms=self._clock(),
        )
        self._storage.put_want(want)
        return want

    def _serve_want(self, work: Work, want: WantRecord) -> None:
        """Give what the cloud has of a bucket, up to what is wanted; where it has nothing, ask those who hold it."""
        if not self._may_have(work, want):
            self._storage.put_want(replace(want, state="dropped"))
        elif free := self._free(work, want.bucket):
            self._give(work, want, min(free, want.amount))
        else:
            self._ask_for(work, want)

    def _ask_for(self, work: Work, want: WantRecord) -> None:
        """Ask those who hold a bucket for what is wanted, and note that they were asked."""
        if self._recall(work, want.bucket, want.amount, want) and not want.recalled:
            self._storage.put_want(replace(want, recalled=True))

    def _may_have(self, work: Work, want: WantRecord) -> bool:
        """Tell whether the life that wants units is open and is to get any."""
        life = self._life(work, want.device, want.epoch)
        device = self._storage.device(work.chain, want.device)
        return life is not None and life.is_open and device is not None and device.state == "active"

    def _give(self, work: Work, want: WantRecord, amount: int) -> None:
        """Set units out to the life that wants them, under the want's own id, which is granted once."""
        life = self._life(work, want.device, want.epoch)
        assert life is not None, "units go to lives only"
        work.granted.append(Flight(work.chain, want.gid, want.bucket, amount, want.device, want.epoch, "flight"))
        work.promised[want.bucket] = work.promised.get(want.bucket, 0) + amount
        self._storage.put_want(replace(want, state="granted"))
        self._append_feed(work, life, "grant", want.gid, want.bucket, amount)

    def _recall(self, work: Work, name: BucketId, amount: int, want: WantRecord | None = None) -> int:
        """Ask lives that have a bucket, or will have it, for up to `amount` units; return what was asked for.

        Nobody is asked for what it wants itself, nor for more than it has. For a want that was asked for before, a life
        that has an answer to give is not asked once more; such answers are waited for, but not for ever: a till that is
        off-line must not keep the others from being asked.
        """
        again = want is not None and want.recalled
        patient = want is not None and again and self._clock() < want.at_ms + PAUSE_MS
        lives = [
            (life, has, self._recalled(life, name))
            for life, has in self._who_has(work, name)
            if want is None or (want.device, want.epoch) != (life.device, life.epoch)
        ]
        left = amount - sum(waiting for _, _, waiting in lives) if patient else amount
        asked = 0
        for life, has, waiting in lives:
            units = min(left - asked, has - waiting)
            if units > 0 and not (again and self._is_spared(life, name)):
                self._append_feed(work, life, "recall", "", name, units)
                asked += units
        return asked

    def _recalled(self, life: LifeRecord, name: BucketId) -> int:
        """Return how many units of a bucket a life was asked for and has not answered."""
        return self._storage.recalled(life.chain, life.device, life.epoch, name, life.cursor)

    def _is_spared(self, life: LifeRecord, name: BucketId) -> bool:
        """Tell whether a life is not to be asked for a bucket now: it has an answer to give, or gave one just now."""
        held_back = self._storage.held_back(life.chain, life.device, life.epoch, name)
        pauses = held_back is not None and self._clock() < held_back.at_ms + PAUSE_MS
        return pauses or self._recalled(life, name) > 0

    def _note_answer(self, work: Work, before: LifeRecord, life: LifeRecord, sealed: Sealed) -> None:
        """Note what a new entry says of recalls: that its life keeps units back, or may no longer have to.

        Only tills know what is on hold. An entry that answers no line of the feed (a bill was closed, say) is the sign
        that this may have changed.
        """
        key = (life.chain, life.device, life.epoch)
        if life.cursor == before.cursor:
            work.freed |= dict.fromkeys(self._storage.held_back_by(*key))
            self._storage.forget_held_back(*key)
            return
        for line in self._storage.feed(*key, before.cursor, 1):
            if line.kind == "recall":
                effects = from_bytes(sealed.data).effects
                given = sum(each.amount for each in effects if (each.kind, each.bucket) == ("return", line.bucket))
                has = self._storage.held(life.chain, line.bucket, life.device, life.epoch)
                if given < line.amount and has is not None and has[1]:
                    self._storage.put_held_back(HeldBack(*key, line.bucket, self._clock()))

    def _ask_freed(self, work: Work) -> None:
        """Ask again for what the cloud itself waits for; tills repeat their wants themselves."""
        freed, work.freed = work.freed, {}
        for name in freed:
            for want in self._storage.open_wants(work.chain, name):
                if want.purpose != "grant":
                    self._ask_for(work, want)

    def _who_has(self, work: Work, name: BucketId) -> list[tuple[LifeRecord, int]]:
        """Return the open lives that have units of a bucket or in flight to them, with how many."""
        has: dict[tuple[DeviceId, int], int] = {}
        for holding in self._storage.holders(work.chain, name):
            has[holding.device, holding.epoch] = holding.amount
        for flight in [*self._storage.flights_of(work.chain, name), *work.granted]:
            if flight.bucket == name:
                key = (flight.device, flight.epoch)
                has[key] = has.get(key, 0) + flight.amount
        cloud = self._chain(work).cloud
        lives = [(self._life(work, *key), amount) for key, amount in sorted(has.items()) if key[0] != cloud]
        return [(life, amount) for life, amount in lives if life is not None and life.is_open]

    def _recall_all(self, work: Work, life: LifeRecord) -> bool:
        """Ask a life for all it has, unless it has still to answer; tell whether it has anything."""
        has: dict[BucketId, int] = {}
        for flight in self._storage.flights(work.chain, life.device, life.epoch):
            has[flight.bucket] = has.get(flight.bucket, 0) + flight.amount
        for holding in self._storage.holdings(work.chain, life.device, life.epoch, FEED_A_PAGE):
            has[holding.bucket] = has.get(holding.bucket, 0) + holding.amount
        for name, amount in sorted(has.items()):
            if not self._is_spared(life, name):
                self._append_feed(work, life, "recall", "", name, amount)
        return bool(has)

    def _serve_arrived(self, work: Work) -> None:
        """Serve those who wait for buckets of which the cloud has more now."""
        while work.arrived:
            name = next(iter(work.arrived))
            del work.arrived[name]
            self._net(work, name)
            for want in self._storage.open_wants(work.chain, name):
                if self._free(work, name):
                    self._use(work, want)

    def _net(self, work: Work, name: BucketId) -> None:
        """Set what arrived off against a debt that the cloud holds too: nothing yet, debts come with `Corrections`."""

    def _use(self, work: Work, want: WantRecord) -> None:
        """Do with units of the cloud what they were wanted for."""
        self._serve_want(work, want)

    def _hand_out(self, work: Work) -> None:
        """Write what was granted as entries of the cloud."""
        granted, work.granted = work.granted, []
        work.promised = {}
        while granted:
            some, granted = granted[:BUCKETS_AN_ENTRY], granted[BUCKETS_AN_ENTRY:]
            lines: list[Canonical] = [
                [flight.gid, flight.bucket, flight.amount, flight.device, flight.epoch] for flight in some
            ]
            effects = [Effect("grant", flight.bucket, flight.amount) for flight in some]
            self._write(work, "grant", effects, payload={"grants": lines})

    def _grant(self, work: Work, life: LifeRecord, gid: str, name: BucketId, amount: int) -> int:
        """Give a life units nobody asked for; return how many the cloud had."""
        free = min(amount, self._free(work, name))
        if not free:
            raise NotPossible("nothing_held")
        if self._storage.want(work.chain, gid) is not None:
            raise NotPossible("id_used")
        self._give(work, self._want(work, life, gid, name, free, "grant"), free)
        return free

    def _end(self, work: Work) -> None:
        """Write all that the transaction has gathered as entries of the cloud."""
        self._take_in(work)
        self._serve_arrived(work)
        self._hand_out(work)
