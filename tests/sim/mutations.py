"""What the protocol must not do: each rule taken away by one method of one class, for the simulator to catch."""

# Who takes a rule away has no use for what the rule looked at.
# ruff: noqa: ARG002

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cloud.core import Cloud
from cloud.errors import Refused
from cloud.journal import Work
from cloud.records import DeviceRecord, Flight, Holding, LifeRecord, Sealed
from terminal.base.clock import Clock
from terminal.base.ids import BucketId, ChainId, Draw, new_id
from terminal.ledger.book import Book, Posted
from terminal.ledger.draft import Draft, Life, Lot
from terminal.rules.bucket import Bucket
from terminal.rules.entry import Entry
from terminal.rules.fold import Change, EntryWrong, Known
from terminal.services.feed_desk import FeedDesk
from terminal.services.letters import Line, Tail, Welcome
from terminal.services.releases import Releases
from terminal.store.database import Database
from terminal.sync.courier import Courier
from terminal.sync.wire import Accepted, FeedItem, Push, PushAnswer, Rejoin
from tests.sim.editions import Edition
from tests.sim.machine import Parts

NONCE_BYTES = 8
ID_OF_ALL_TIMES = "7" * 32


class ReclaimingCloud(Cloud):
    """Takes units back from a till when a time is up, without the till's word: `expire_due` reclaims too."""

    def expire_due(self, chain: ChainId, day: dt.date) -> int:
        """Reclaim what a device holds, and let it go on."""
        with self._person(chain) as work:
            for holding in self._storage.every_holding(chain)[:3]:
                device = self._storage.device(chain, holding.device)
                if device is not None and device.epoch == holding.epoch:
                    self._end_life(work, device, "rejoin")
                    break
            self._end(work)
        return super().expire_due(chain, day)


class HastyDesk(FeedDesk):
    """Takes a grant with the answer that brings it, wherever in the feed it stands and whichever it is."""

    def _is_next(self, life: Life, line: Line) -> bool:
        return super()._is_next(life, line) or (line.kind == "grant" and line.epoch == life.epoch)

    def _grant(self, line: Line) -> None:
        super()._grant(replace(line, gid=new_id(self._draw)))

    def _advance(self, draft: Draft, line: Line) -> None:
        if line.position == draft.cursor + 1:
            draft.cursor = line.position


class HastyCourier(Courier):
    """Keeps whatever grants an answer holds, in whatever order."""

    def _in_order(self, life: Life, feed: Sequence[FeedItem]) -> list[FeedItem]:
        grants = [item for item in feed if item.epoch == life.epoch and item.kind == "grant"]
        following = super()._in_order(life, feed)
        return following + [item for item in grants if item not in following]


class RightsMovingCloud(Cloud):
    """Takes the right to refund a bill to itself when it hears of the bill."""

    def _apply_whole(
        self,
        work: Work,
        life: LifeRecord,
        read: Entry,
        known: Mapping[BucketId, Known],
        moved: list[Change],
        flights: list[Flight],
    ) -> None:
        super()._apply_whole(work, life, read, known, moved, flights)
        for change in moved:
            if known[change.bucket].facts.asset == "refund_right" and change.delta > 0:
                self._hold(life, known[change.bucket], change.bucket, 0)
                work.taken[change.bucket] = work.taken.get(change.bucket, 0) + change.delta


class RefusingCloud(Cloud):
    """Refuses an entry that cannot be, and with it all that follow."""

    def _apply_impossible(
        self, work: Work, life: LifeRecord, read: Entry, known: Mapping[BucketId, Known], wrong: EntryWrong
    ) -> None:
        raise wrong

    def push(self, message: Push) -> PushAnswer | Refused:
        """Take nothing where one entry cannot be."""
        try:
            return super().push(message)
        except EntryWrong:
            generation = self._storage.generation(message.chain)
            return Accepted(message.epoch, message.first - 1, message.prev_hash, (), self._clock(), generation)


class ForgetfulDesk(FeedDesk):
    """Keeps the feed's position beside the journal."""

    def _advance(self, draft: Draft, line: Line) -> None:
        self._database.run("UPDATE life SET cursor = ? WHERE open = 1", (line.position,))


class EagerCourier(Courier):
    """Sends what is not durable yet."""

    def _check_durable(self) -> None:
        """See to nothing."""


class HeadlessDesk(FeedDesk):
    """Begins the new life whatever entry the cloud had last."""

    def _is_handed_in(self, life: Life, welcome: Welcome) -> bool:
        return True


class NumberingCloud(Cloud):
    """Knows entries by their number alone."""

    def _same_entry(self, stored: bytes, told: bytes) -> bool:
        return True


class HardCloud(Cloud):
    """Lets the member carry what a lost till held."""

    def _write_off(self, work: Work, device: DeviceRecord, why: str) -> DeviceRecord:
        for holding in self._storage.holdings(work.chain, device.device, device.epoch, 1 << 31):
            self._storage.hold(work.chain, Holding(holding.bucket, holding.device, holding.epoch, 0), "")
        return super()._write_off(work, device, why)


class PlainBook(Book):
    """Writes entries without anything random in them."""

    def __init__(self, database: Database, clock: Clock, draw: Draw) -> None:
        super().__init__(database, clock, lambda size: bytes(size) if size == NONCE_BYTES else draw(size))


class TrustingBook(Book):
    """Gives back what a bill took and leaves the right to it where it is."""

    def post(self, draft: Draft) -> Posted:
        """Write the entry without the rights that a refund takes."""
        if draft.payload["kind"] == "refund":
            facts = {name: known.facts for name, known in draft.known.items()} | draft.made
            draft.effects = [one for one in draft.effects if facts[one.bucket].asset != "refund_right"]
        return super().post(draft)


class BoastfulCloud(Cloud):
    """Acknowledges all it has, whatever the message proved."""

    def _acknowledge(self, life: LifeRecord, message: Push, entries: Sequence[Sealed]) -> Sealed:
        return Sealed(life.seq, life.hash, b"")


class HeadBlindCloud(Cloud):
    """Does not compare heads."""

    def _same_head(self, life: LifeRecord, message: Push) -> bool:
        return True


class SequenceCloud(Cloud):
    """Draws positions of the chain's feed from a sequence: some transaction took the lower number and commits later."""

    def _next_position(self, work: Work) -> int:
        chain = self._chain(work)
        # Of each two, the one that commits first drew the higher number.
        position = chain.position + 2 if chain.position % 2 == 0 else chain.position
        self._storage.put_chain(replace(chain, position=chain.position + 1))
        return position


class TimelessCloud(Cloud):
    """Does not know that it was put back to a backup."""

    def _generation(self, work: Work) -> str:
        return ID_OF_ALL_TIMES


class GenerousReleases(Releases):
    """Opens locked bonus at any till, whether it holds the locked lot or not."""

    def release(self, draft: Draft, locked: Bucket, part: int) -> int:
        """Create open bonus."""
        draft.create("bonus", locked.owner, part, expires_on=locked.expires_on, attributes={"of": locked.lot})
        return part


class CredulousCloud(Cloud):
    """Takes a part that begins with a checkpoint for all that is left of a life, whatever else the till has."""

    def _begins(self, message: Rejoin, part: Sequence[Sealed]) -> bool:
        return super()._begins(replace(message, start=message.first), part)


class StrictCloud(Cloud):
    """Counts nothing of an entry that moves a bucket which nobody has described, beside others."""

    def _named(self, life: LifeRecord, read: Entry) -> dict[BucketId, Known] | None:
        known = super()._named(life, read)
        return known if known is None or all(effect.bucket in known for effect in read.effects) else None


class RecklessDesk(FeedDesk):
    """Gives back what open bills have reserved."""

    def _free(self, lot: Lot) -> int:
        return lot.amount


class UncountingDesk(FeedDesk):
    """Takes its own entries back without counting what they say, as if somebody did that at the next start."""

    def _take_tail(self, tail: Tail) -> None:
        head = self._journal.head()
        super()._take_tail(tail)
        self._database.run("DELETE FROM deed WHERE life = ? AND seq > ?", (head.n, head.seq))


@dataclass(frozen=True, slots=True)
class Mutation:
    """A rule taken away; `seed` is one that catches it in `steps` steps, by the invariants in `laws`.

    Most are caught by stories of earlier editions, which go on telling the same.
    """

    name: str
    parts: Parts
    laws: str = ""
    seed: int = 0
    steps: int = 300
    edition: Edition = Edition.BOXES


MUTATIONS = (
    Mutation("automatic reclaim on expiry", Parts(cloud=ReclaimingCloud), "I3", 5, 200),
    Mutation("grant in the reply", Parts(desk=HastyDesk, courier=HastyCourier), "I3 I5", 0, 200),
    Mutation("implicit refund transfer", Parts(cloud=RightsMovingCloud), "I3", 1, 200),
    Mutation("reject blocks the queue", Parts(cloud=RefusingCloud), "I5", 27, 300),
    Mutation("cursor outside the journal", Parts(desk=ForgetfulDesk), "I5", 0, 200),
    Mutation("push before durable", Parts(courier=EagerCourier), "I6", 8, 200),
    Mutation("joined without head", Parts(desk=HeadlessDesk), "I6", 16, 400, edition=Edition.EARLY),
    Mutation("sequence-only dedupe", Parts(cloud=NumberingCloud), "I4 I6", 32, 200),
    Mutation("write-off hits the member", Parts(cloud=HardCloud), "I1", 16, 200),
    Mutation("no nonce", Parts(book=PlainBook), "I6", 10, 200),
    Mutation("refund without right", Parts(book=TrustingBook), "I3", 0, 200),
    Mutation("refund without right at a counter", Parts(book=TrustingBook), "I3", 1, 300, Edition.COUNTERS),
    Mutation("acknowledge the head", Parts(cloud=BoastfulCloud), "I5", 30, 200),
    Mutation("no head hash", Parts(cloud=HeadBlindCloud), "I6", 247, 300, edition=Edition.EARLY),
    Mutation("serial feed cursor", Parts(cloud=SequenceCloud), "I5", 0, 200),
    Mutation("release created by any till", Parts(releases=GenerousReleases), "I3", 3, 200),
    Mutation("restored cloud keeps its generation", Parts(cloud=TimelessCloud), "I5", 100, 300, edition=Edition.EARLY),
    Mutation("a later checkpoint begins a life", Parts(cloud=CredulousCloud), "I6", 310067, 500),
    Mutation("one unknown bucket voids an entry", Parts(cloud=StrictCloud), "I6", 400990, 500),
    Mutation("recall ignores holds", Parts(desk=RecklessDesk), "I2", 10, 200),
    Mutation("bills' units go back", Parts(desk=RecklessDesk), "I2", 17, 200, Edition.COUNTERS),
    Mutation("a tail is not counted", Parts(desk=UncountingDesk), "I9", 36, 300, Edition.COUNTERS),
)
