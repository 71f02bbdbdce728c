"""The invariants I1 to I9 and L1, checked after every step on what it touched, and in full now and then."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

import orjson

from cloud.core import Cloud
from cloud.errors import Refused
from cloud.proof import differences, wrongs
from cloud.records import EntryRecord
from cloud.sqlite_storage import SqliteStorage
from terminal.base.ids import ChainId
from terminal.ledger.verify import verify
from terminal.sync.wire import Push, Rejoin, decode
from tests.sim.books import CloudBooks
from tests.sim.machine import Machine
from tests.sim.watched import Change, WatchedStorage
from tests.sim.world import World, must, value_of

WRITTEN_OFF = frozenset({"lost", "revoked"})
TAKING = frozenset({"return", "spend", "expire"})
EVERY_KIND = TAKING | {"create", "accept"}
VALUED = ("deferred", "card_deposit", "receivable")


class Invariants:
    """Checks one world against one cloud and its tills."""

    def __init__(self, world: World, storage: WatchedStorage, chain: ChainId) -> None:
        """Check `storage` and machines against `world`."""
        self.world = world
        self.storage = storage
        self.chain = chain
        self.books = CloudBooks(world)
        self.cloud_restored = False

    def after_cloud(self, machines: Iterable[Machine], message: Push | Rejoin | None, sender: Machine | None) -> None:
        """Take in what the cloud has written, and check it; `message` of `sender` is what it answered."""
        changes, self.storage.changes = self.storage.changes, []
        if not changes:
            return
        if not self.books.cloud:
            found = self.storage.chain(self.chain)
            self.books.cloud = found.cloud if found else ""
        self._count_exposure(changes, machines, message, sender)
        self.books.take(changes)
        self.books.check()
        self.overdraw()

    def _count_exposure(
        self, changes: list[Change], machines: Iterable[Machine], message: Push | Rejoin | None, sender: Machine | None
    ) -> None:
        """Count what a life that ends may cost: all it had, unless its one till handed it in itself."""
        told = {change.hash for change in changes if isinstance(change, EntryRecord)}
        closed = {(life.device, life.epoch): (life, had) for life, had in self.books.closings(changes)}
        for life, had in closed.values():
            if life.why in WRITTEN_OFF:
                self.world.write_offs += 1
                self.world.expose(had.items())
            elif isinstance(message, Rejoin) and message.device == life.device:
                copies = [machine for machine in machines if machine.device == life.device]
                if any(self._has_more(machine, life.epoch, message, sender, told) for machine in copies):
                    self.world.expose(had.items())

    def _has_more(
        self, machine: Machine, epoch: int, message: Rejoin, sender: Machine | None, told: set[bytes]
    ) -> bool:
        """Tell whether a machine may have done more in a life that ends than the cloud has heard by now.

        It stands in that life and is not the one that hands it in; or it stood there once, and the cloud was put back,
        or it has died since.
        """
        if machine.alive and machine.disk.epoch == epoch:
            return not _handed_in(machine, message, sender)
        known = self.books.known
        return any(digest not in known and digest not in told for digest in machine.disk.lives.get(epoch, []))

    def restored_cloud(self, then: CloudBooks, machines: Iterable[Machine]) -> None:
        """Note that the cloud is put back to an image: what its tills still have in their open lives comes again.

        What it gave away and forgets it will give away again; what a closed life gave back and it forgets may be spent
        by another till before the life is handed in. What is on no disk any more is gone, so what a till has dropped
        behind a checkpoint: the units that were made there are no longer known to be its own.
        """
        self.world.expose([])
        working = [machine for machine in machines if machine.alive]
        open_lives = {digest for one in working for digest in one.disk.lives[one.disk.epoch]}
        on_disks = {digest for one in working for digest in one.kept()}
        rows = self.storage.history(self.chain)
        for record in rows:
            if record.hash in then.known:
                continue
            effects = orjson.loads(record.data)["effects"]
            if record.device == self.books.cloud:
                self.world.expose((name, n) for kind, name, n in effects if kind in {"grant", "spend", "expire"})
            elif record.hash not in on_disks:
                self.world.destroyed[record.hash] = "the cloud"
                kinds = EVERY_KIND if record.hash in open_lives else TAKING
                self.world.expose((name, n) for kind, name, n in effects if kind in kinds)
        self.books, self.cloud_restored = then.copy(), True

    def dropped(self, machine: Machine) -> None:
        """Note that a till dropped entries which a cloud, put back since it acknowledged them, has forgotten."""
        kept = set(machine.kept())
        for digest in machine.disk.lives[machine.disk.epoch]:
            if digest not in kept and digest not in self.books.known:
                self.world.destroyed[digest] = machine.name
                self.world.expose((name, n) for _, name, n in self.world.facts[digest].effects)

    def overdraw(self) -> None:
        """Check that nothing was spent that was not there, but for what is exposed [I3]."""
        world = self.world
        for name in world.touched:
            over = world.spent[name] - world.created[name]
            must(over <= world.exposure[name], "I3", f"bucket {name}: {over} overdrawn, {world.exposure[name]} exposed")
        world.touched.clear()

    def after_till(self, machine: Machine) -> None:
        """Check a till's kept state against its entries [I9, L1], and that what was acknowledged is known [I6]."""
        disk = machine.disk
        self.overdraw()
        row = machine.database.row(
            "SELECT (SELECT coalesce(sum(amount), 0) FROM held WHERE life = n.n), acked, acked_hash"
            " FROM (SELECT n FROM life WHERE open = 1) AS n, sync_mark"
        )
        assert row is not None, "the store has its one row"
        held, acked, digest = row
        must(held == sum(disk.held.values()), "I9", f"{machine.name} keeps {held} units, its entries say otherwise")
        if acked and not self.cloud_restored:
            known = digest in self.books.known and disk.lives[disk.epoch][acked - 1] == digest
            must(known, "I6", f"entry {acked} of {machine.name} is acknowledged and not known to the cloud")
        for account in VALUED:
            stands, fen = disk.money.get(account, 0), disk.worth.get(account, 0)
            must(stands == fen, "L1", f"{account} of {machine.name} stands at {stands}, its units are worth {fen}")
        must(not sum(disk.money.values()), "L1", f"the books of {machine.name} do not sum to zero")

    def full(self, machines: Iterable[Machine]) -> None:
        """Compare all kept state with what entries say [I9]."""
        self.books.compare(self.storage, self.chain)
        for machine in machines:
            if machine.alive:
                self._compare_till(machine)

    def _compare_till(self, machine: Machine) -> None:
        disk = machine.disk
        rows = machine.database.rows(
            "SELECT lower(hex(bucket.id)), amount FROM held JOIN bucket ON bucket.n = held.bucket"
            " WHERE life = (SELECT n FROM life WHERE open = 1) AND amount > 0"
        )
        held = {str(name): amount for name, amount in rows}
        mine = {name: amount for name, amount in disk.held.items() if amount}
        must(held == mine, "I9", f"{machine.name} keeps other units than its entries say")
        books = machine.database.rows(
            "SELECT account, amount FROM account_balance WHERE life = (SELECT n FROM life WHERE open = 1)"
        )
        money = {str(account): fen for account, fen in books if fen}
        worth = Counter[str]()
        for name, amount in mine.items():
            account, fen = value_of(self.world.buckets[name], amount)
            worth[account] += fen
        different = [one for one in VALUED if worth[one] != disk.worth.get(one, 0)]
        must(not different, "L1", f"the units of {machine.name} are worth more or less than was added up: {different}")
        must(money == {name: fen for name, fen in disk.money.items() if fen}, "I9", f"{machine.name} keeps other money")

    # At rest

    def converged(self, machine: Machine) -> None:
        """Check that a till and the cloud have nothing left to say to each other [I5]."""
        disk, name = machine.disk, machine.name
        life = (machine.device, disk.epoch)
        must(not disk.rejoin_id, "I5", f"{name} still rejoins")
        must(machine.mailbox.first() is None, "I5", f"{name} has mail it does not take")
        acked, head, _ = machine.journal.marked()
        entries = disk.lives[disk.epoch]
        must(acked == len(entries), "I5", f"{name} has {len(entries)} entries, {acked} acknowledged")
        must(not entries or head == entries[-1], "I5", f"{name} has another head than was acknowledged")
        # What a defect made a till believe is no fact; it holds less than that when it spent some.
        believed = disk.tampered
        pot = {bucket: amount for bucket, amount in self.books.pots.get(life, {}).items() if bucket not in believed}
        held = {bucket: amount for bucket, amount in disk.held.items() if amount and bucket not in believed}
        must(held == pot, "I5", f"{name} holds {held}, the cloud believes {pot}")
        must(not self.books.flying_to(*life), "I5", f"something is still on its way to {name}")
        end = self.storage.feed_end(self.chain, machine.device, disk.epoch)
        must(disk.cursor == end, "I5", f"the feed of {name} ends at {end}, it is at {disk.cursor}")

    def nothing_lost(self) -> None:
        """Check that every fact that was not destroyed is known to the cloud [I6]."""
        for digest, fact in self.world.facts.items():
            known = digest in self.books.known or digest in self.world.destroyed
            must(known, "I6", f"the cloud never heard of {fact}")

    def nothing_in_flight(self) -> None:
        """Check that no grant is left on its way [I5, I8]."""
        for life, grants in self.books.flying.items():
            must(not grants, "I8", f"{len(grants)} grants to {life} never arrived and never came back")

    def drained(self) -> None:
        """Check that the cloud holds all there is, once it asked for everything [I8]."""
        for (device, epoch), pot in self.books.pots.items():
            if device != self.books.cloud:
                must(not pot, "I8", f"life {epoch} of {device} keeps {pot}")

    def repeated(self, cloud: Cloud, messages: Iterable[bytes]) -> None:
        """Check that old messages change nothing any more [I7]."""
        for data in messages:
            message = decode(data)
            if isinstance(message, Push | Rejoin) and not self._is_known(message):
                continue
            # A till's first words name no storage: one that was put back hears what they want for the first time.
            if isinstance(message, Push) and self.cloud_restored and not message.generation:
                continue
            if isinstance(message, Push):
                answer: object = cloud.push(message)
            elif isinstance(message, Rejoin) and self._is_answered(message):
                answer = cloud.rejoin(message)
            else:
                continue
            must(not isinstance(answer, Refused), "I7", f"an old message is refused: {answer}")
            changes, self.storage.changes = self.storage.changes, []
            real = [change for change in changes if not _is_same(self.books, change)]
            must(not real, "I7", f"an old message changed something: {real[:1]}")

    def _is_known(self, message: Push | Rejoin) -> bool:
        """Tell whether all entries of a message are known: what only ever was part of a rejoin is still news."""
        head = message.prev_hash
        for data in message.entries:
            head = hashlib.sha256(head + data).digest()
            if head not in self.books.known:
                return False
        return True

    def _is_answered(self, message: Rejoin) -> bool:
        """Tell whether a rejoin was ever complete: parts of one that was given up could still become so."""
        return self.storage.joining(self.chain, message.device, message.rejoin_id) is not None

    def rebuilt(self, machines: Iterable[Machine]) -> None:
        """Fold every journal again with the product's own verifier and the cloud's own proof [I9]."""
        for machine in machines:
            if machine.alive and not machine.disk.tampered and len(machine.disk.lives) >= 1:
                verdict = verify(machine.database, machine.path.with_suffix(".scratch"))
                must(verdict.code in {"", "gap"} or not verdict.code, "I9", f"{machine.name}: {verdict}")
        for words in wrongs(self.storage, self.chain):
            must(None, words[:2], words)
        again = SqliteStorage()
        found = differences(self.storage, self.chain, again)
        again.close()
        must(not found, "I9", "; ".join(found)[:300])


def _handed_in(machine: Machine, message: Push | Rejoin | None, sender: Machine | None) -> bool:
    """Tell whether a message is the very one in which a machine hands in the life it stands in."""
    if not isinstance(message, Rejoin) or sender is not machine:
        return False
    return (message.epoch, message.rejoin_id) == (machine.disk.epoch, machine.disk.rejoin_id)


def _is_same(books: CloudBooks, change: Change) -> bool:
    """Tell whether a write left a row as it was: a life's row is written by each message."""
    life = books.lives.get((getattr(change, "device", ""), getattr(change, "epoch", 0)))
    return change == life
