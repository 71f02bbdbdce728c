"""A small world for short stories: a few tills and a cloud of the real code, in which nothing is left to chance.

Whoever drives it names each thing that happens; ids, keys and nonces are drawn from one fixed seed. What became durable
is read, and checked, right after it happened; `short_rest` checks what holds at rest.
"""

from __future__ import annotations

import datetime as dt
import pathlib
import random
from collections.abc import Callable

from cloud.errors import NotPossible, Refused
from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, BucketId, ChainId
from terminal.rules.bucket import Bucket
from terminal.sync import wire
from terminal.sync.wire import Pull, Push, Rejoin, SnapshotRequest
from tests.sim import short_deeds as deeds
from tests.sim.editions import Edition
from tests.sim.invariants import Invariants
from tests.sim.machine import SHANGHAI, Image, Machine, Parts, PowerCut
from tests.sim.network import Packet
from tests.sim.watched import WatchedStorage
from tests.sim.words import in_words
from tests.sim.world import Violation, World, must

START_MS = 1_795_000_000_000
DAY_MS = 86_400_000
CLOUD = "cloud"


class ShortWorld:
    """Tills by name, a cloud, and the messages on their way between them."""

    def __init__(self, folder: pathlib.Path, template: bytes, names: str, parts: Parts) -> None:
        """Set up one till for each letter of `names`, its store in `folder` made from the bytes `template`."""
        self.rng = random.Random(0)
        self.parts = parts
        self.now_ms = START_MS
        self.chain = ChainId(self.rng.randbytes(16).hex())
        self.world = World()
        self.storage = WatchedStorage()
        self.start_cloud()
        self.invariants = Invariants(self.world, self.storage, self.chain)
        self.flying: list[Packet] = []
        self.served: list[bytes] = []
        self.images: dict[str, Image] = {}
        self.fuses: dict[str, int] = {}
        self.tills: dict[str, Machine] = {}
        for name in names:
            till = Machine(name, folder, self.rng, parts, self.time_ms, edition=Edition.BOXES)
            till.install(template, self.chain)
            self.tills[name] = till
            self.cloud.enrol(self.chain, till.device, till.key)
            self.invariants.after_cloud(self.machines, None, None)

    def start_cloud(self) -> None:
        """Start the cloud's program, which knows nothing but what is stored."""
        self.cloud = self.parts.cloud(self.storage, self.time_ms, self.rng.randbytes)

    def time_ms(self) -> int:
        """Return the true time."""
        return self.now_ms

    @property
    def machines(self) -> list[Machine]:
        """The tills."""
        return list(self.tills.values())

    def close(self) -> None:
        """Turn everything off."""
        for till in self.machines:
            till.stop()
        self.storage.close()

    def buckets(self, *assets: str) -> list[Bucket]:
        """Return all buckets of some assets there ever were, which a till hears of from the member's summary."""
        return [facts for facts in self.world.buckets.values() if facts.asset in assets]

    def day(self, days: int) -> str:
        """Return the civil date so many days from now."""
        return (self.today() + dt.timedelta(days=days)).isoformat()

    def today(self) -> dt.date:
        return dt.datetime.fromtimestamp(self.now_ms / 1000, SHANGHAI).date()

    # Tills

    def at(self, name: str, deed: Callable[[Machine], str], *, tail: bool = False) -> str:
        """Let a till do something, if its power holds; look at what became durable of it."""
        till = self.tills[name]
        till.database.fuse = self.fuses.pop(name, -1)
        try:
            words = deed(till)
        except PowerCut:
            words = "loses its power in the middle"
            till.crash()
        except Refusal as refusal:
            must(refusal.code == "till_rejoining", "code", f"refused: {refusal.code}")
            words = "refuses: it rejoins"
        finally:
            till.database.fuse = -1
        self._look(till, tail=tail)
        return f"{name} {words}" if words else ""

    def _look(self, till: Machine, *, tail: bool = False) -> None:
        self.world.step += 1
        self.world.observe(till, self.machines, tail=tail)
        self.invariants.after_till(till)

    def take(self, name: str) -> str:
        """Let a till's dispatcher do one letter."""
        first = self.tills[name].mailbox.first()
        if first is None:
            return ""
        said = f"does a letter {first.kind}"
        return self.at(name, lambda till: said if till.desk.take_next() else "", tail=first.kind == "tail")

    def send(self, name: str) -> str:
        """Let a till say what it has to say."""
        message = self.tills[name].courier.message()
        self.flying.append(Packet(name, wire.encode(message)))
        return f"{name} sends {in_words(message)}"

    def send_early(self, name: str) -> str:
        """Let the power of a till go in the middle of a sale, of which the courier speaks already if it can [R3]."""

        def sell(till: Machine) -> str:
            with till.database.write():
                deeds.sell(till, "points", 1, "")
                try:
                    message = till.courier.message()
                except AssertionError:
                    raise PowerCut from None
                self.flying.append(Packet(name, wire.encode(message)))
                raise PowerCut

        return self.at(name, sell)

    def take_image(self, name: str) -> str:
        """Let somebody copy a till's disk."""
        self.images[name] = self.tills[name].image()
        return f"somebody copies the disk of {name}"

    def put_back(self, name: str) -> str:
        """Put a till's disk back to the copy: what only it knew is destroyed."""
        image, till = self.images.get(name), self.tills[name]
        if image is None:
            return ""
        for digest in self.world.forgotten(till, image.disk):
            if digest not in self.invariants.books.known:
                self.world.destroyed[digest] = name
        for digest in (digest for entries in image.disk.lives.values() for digest in entries):
            self.world.destroyed.pop(digest, None)
        found = self.storage.device(self.chain, till.device)
        assert found is not None, "it was enrolled"
        flights = self.invariants.books.flying_to(till.device, image.disk.epoch)
        self.world.restored(till, image, found.epoch, flights)
        till.restore(image)
        self._look(till)
        return f"the disk of {name} is put back"

    # The network and the cloud

    def arrive(self, which: int, *, again: bool = False) -> str:
        """Let one of the messages on their way arrive, a copy of which may come `again`."""
        if not self.flying:
            return ""
        number = which % len(self.flying)
        packet = self.flying[number] if again else self.flying.pop(number)
        if packet.answer:
            return self._hear(packet)
        words, answer = self._serve(packet)
        self.flying += [answer] if answer else []
        return words

    def lose(self, which: int) -> str:
        """Lose one of the messages on their way."""
        if not self.flying:
            return ""
        lost = self.flying.pop(which % len(self.flying))
        return f"a message {'to' if lost.answer else 'of'} {lost.sender} is lost"

    def exchange(self, name: str) -> str:
        """Let a till say one thing, hear the answer, do all that it asks, and look for rows of the chain."""
        said = [self.send(name)]
        words, answer = self._serve(self.flying.pop())
        said.append(words)
        if answer is not None:
            said.append(self._hear(answer))
        while words := self.take(name):
            said.append(words)
        return "; ".join([*said, self._ask_rows(name)])

    def _ask_rows(self, name: str) -> str:
        """Let a till ask for the chain's rows, and keep them."""
        till = self.tills[name]
        message = till.row_courier.message(self.chain, till.device)
        answer = self._ask(message)
        return self._hear(Packet(name, wire.encode(message), wire.encode(answer)))

    def _serve(self, packet: Packet) -> tuple[str, Packet | None]:
        message = wire.decode(packet.sent)
        assert isinstance(message, Push | Rejoin), "rows are asked for and answered at once"
        self.storage.fuse = self.fuses.pop(CLOUD, -1)
        try:
            answer = self._ask(message)
        except PowerCut:
            self.start_cloud()
            return "the cloud loses its power in the middle", None
        finally:
            self.storage.fuse = -1
            self.invariants.after_cloud(self.machines, message, self.tills[packet.sender])
        self.served.append(packet.sent)
        words = f"to {packet.sender}'s {in_words(message)} the cloud says {in_words(answer)}"
        return words, Packet(packet.sender, packet.sent, wire.encode(answer))

    def _ask(self, message: Push | Rejoin | Pull | SnapshotRequest) -> wire.Message:
        match message:
            case Push():
                answer: wire.Message | Refused = self.cloud.push(message)
            case Rejoin():
                answer = self.cloud.rejoin(message)
            case Pull():
                answer = self.cloud.pull(message)
            case SnapshotRequest():
                answer = self.cloud.snapshot(message)
        if isinstance(answer, Refused):
            raise Violation("I6", f"the cloud refuses {in_words(message)}: {answer.reason}")
        return answer

    def _hear(self, packet: Packet) -> str:
        sent, answer = wire.decode(packet.sent), wire.decode(packet.answer)

        def listen(till: Machine) -> str:
            if isinstance(sent, Push | Rejoin):
                till.courier.hear(sent, answer)  # type: ignore[arg-type]  # what the cloud said to it
            else:
                till.row_courier.hear(sent, answer)  # type: ignore[arg-type]  # the same
            return f"hears {in_words(answer)}"

        return self.at(packet.sender, listen)

    def person(self, deed: Callable[[ActionId], str]) -> str:
        """Let head office do something under a new action id, if it can be done."""
        try:
            return deed(ActionId(self.rng.randbytes(16).hex()))
        except NotPossible as error:
            return f"head office cannot: {error.code}"
        finally:
            self.invariants.after_cloud(self.machines, None, None)

    def expire(self) -> str:
        """Let the cloud destroy what is past its end."""
        return self.person(lambda _: f"the cloud expires {self.cloud.expire_due(self.chain, self.today())} lots")

    def recall(self, name: BucketId) -> str:
        """Let head office ask for all there is of a bucket."""
        return self.person(
            lambda action: f"{self.cloud.recall(self.chain, action, name, deeds.ALL)} units of {name[:6]} are asked for"
        )
