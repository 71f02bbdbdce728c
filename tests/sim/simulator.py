"""One story: tills, a cloud, members, accidents, all decided by one seed; and at the end, peace."""

from __future__ import annotations

import pathlib
import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from sqlcipher3 import dbapi2 as sqlcipher

from cloud.core import Cloud
from cloud.errors import NotPossible, Refused
from terminal.base.errors import Refusal
from terminal.base.ids import ChainId
from terminal.rules.canonical import Canonical
from terminal.rules.fold import EntryWrong
from terminal.sync import wire
from terminal.sync.wire import Pull, Push, Rejoin, SnapshotRequest
from tests.sim.accidents import Accidents
from tests.sim.actors import Actors
from tests.sim.invariants import Invariants
from tests.sim.later import newer_cloud
from tests.sim.machine import Machine, Parts, PowerCut
from tests.sim.neighbours import Neighbourhood
from tests.sim.network import Network, Packet
from tests.sim.peace import Peace
from tests.sim.persons import Persons
from tests.sim.watched import WatchedStorage
from tests.sim.words import in_words
from tests.sim.world import Violation, World, must

START_MS = 1_795_000_000_000
FULL_EVERY = 50
SERVED_KEPT = 40
# What the code that is driven may raise when it is wrong. None of it may ever be seen.
CODE_ERRORS = (
    *(Refusal, NotPossible, EntryWrong, AssertionError, ValueError, LookupError, TypeError, RuntimeError),
    *(sqlite3.Error, sqlcipher.Error),
)

Deed = tuple[str, int, Callable[[], str]]


@dataclass(frozen=True, slots=True)
class Totals:
    """What a story came to."""

    seed: int
    steps: int
    facts: int
    lost_messages: int
    messages: int
    restores: int
    write_offs: int
    lost_units: int
    exposed_units: int
    harmed: bool


class Simulator:
    """A world that goes on step by step until it is healed."""

    def __init__(
        self,
        seed: int,
        folder: pathlib.Path,
        template: bytes,
        *,
        restores: bool = True,
        parts: Parts | None = None,
        tell: Callable[[int, str], None] = lambda _step, _words: None,
    ) -> None:
        """Begin story `seed` with stores in `folder`, made from the bytes `template`; `tell` hears of each step."""
        self.seed = seed
        self.rng = random.Random(seed)
        self.folder = folder
        self.template = template
        self.tell = tell
        self.parts = parts or Parts()
        self.harm = restores and self.rng.random() < 0.7
        self.peace = False
        self.now_ms = START_MS
        self.chain = ChainId(self.rng.randbytes(16).hex())
        self.world = World()
        self.storage = WatchedStorage()
        self.start_cloud()
        self.invariants = Invariants(self.world, self.storage, self.chain)
        loss = self.rng.choice((0.0, 0.1, 0.3))
        self.network = Network(self.rng, loss, self.rng.choice((0.0, 0.1, 0.3)))
        self.machines: list[Machine] = []
        self.served: list[bytes] = []
        for number in range(self.rng.randint(2, 4)):
            machine = self.new_machine(f"till{number + 1}")
            machine.install(template, self.chain)
            self.machines.append(machine)
            self.cloud.enrol(self.chain, machine.device, machine.key)
            self.invariants.after_cloud(self.machines, None, None)
        self.actors = Actors(self.rng, self.world, self.rng.randint(2, 4))
        self.actors.peek = self.send_early
        self.persons = Persons(self)
        self.accidents = Accidents(self)
        self.neighbours = Neighbourhood(self)
        self.ending = Peace(self)
        self.deeds = self._deeds()
        self.weights = [weight for _, weight, _ in self.deeds]

    def start_cloud(self) -> None:
        """Start the cloud's program, which knows nothing but what is stored."""
        kind = newer_cloud(self.parts.cloud) if self.seed % 2 else self.parts.cloud
        self.cloud: Cloud = kind(self.storage, self.time_ms, self.rng.randbytes)

    def time_ms(self) -> int:
        """Return the true time."""
        return self.now_ms

    def new_machine(self, name: str) -> Machine:
        """Return a machine that is not turned on yet."""
        return Machine(name, self.folder, self.rng, self.parts, self.time_ms)

    def run(self, steps: int) -> Totals:
        """Go through the story and its healing; raise `Violation` where an invariant breaks."""
        try:
            for _ in range(steps):
                self.step()
            self.ending.heal()
        except Violation:
            raise
        except CODE_ERRORS as error:
            raise Violation("code", f"{type(error).__name__}: {error}") from error
        return self.totals(steps)

    def totals(self, steps: int) -> Totals:
        """Return what the story came to."""
        world = self.world
        return Totals(
            seed=self.seed,
            steps=steps,
            facts=len(world.facts),
            lost_messages=self.network.lost,
            messages=self.network.sent,
            restores=world.restores,
            write_offs=world.write_offs,
            lost_units=sum(self.invariants.books.lost.values()),
            exposed_units=sum(world.exposure.values()),
            harmed=world.harmed,
        )

    def close(self) -> None:
        """Turn everything off."""
        for machine in self.machines:
            if machine.alive:
                machine.stop()
        self.storage.close()

    def step(self) -> None:
        """Let one thing happen, and check."""
        self.world.step += 1
        self.now_ms += self.rng.choice((0, 1, 500, 60_000, 3_600_000)) if self.rng.random() < 0.9 else 20 * 3_600_000
        name, _, deed = self.rng.choices(self.deeds, self.weights)[0]
        words = deed()
        if words:
            self.tell(self.world.step, f"{name}: {words}")
        if self.world.step % FULL_EVERY == 0:
            self.invariants.full(self.machines)

    # Steps

    def _deeds(self) -> list[Deed]:
        actors = self.actors
        at_tills: tuple[tuple[int, Callable[[Machine], str]], ...] = (
            (6, actors.top_up),
            (12, actors.bill),
            (6, actors.refund),
            (2, actors.sell_pass),
            (3, actors.use_pass),
            (2, actors.use_coupon),
            (3, actors.redeem),
            (8, actors.want),
            (1, actors.drop_want),
            (5, actors.give_back),
            (3, actors.hold),
            (1, actors.expire),
            (1, actors.import_line),
            (2, self.propose),
            (1, checkpoint),
            (1, self.compact),
        )
        deeds: list[Deed] = [(deed.__name__, weight, self._at_till(deed)) for weight, deed in at_tills]
        deeds += [
            ("send", 26, self.send),
            ("arrive", 40, self.arrive),
            ("take", 26, self.take_mail),
            ("crash", 2, self.crash),
            ("cut off", 1, self.cut_off),
        ]
        deeds += self.persons.deeds()
        deeds += self.neighbours.deeds()
        deeds += self.accidents.deeds(harm=self.harm)
        return deeds

    def some(self) -> Machine:
        """Return some machine that is on."""
        return self.rng.choice([machine for machine in self.machines if machine.alive])

    def _at_till(self, deed: Callable[[Machine], str]) -> Callable[[], str]:
        def do() -> str:
            return self.at(self.some(), deed)

        return do

    def at(self, machine: Machine, deed: Callable[[Machine], str], *, tail: bool = False) -> str:
        """Let a till do something, which a power cut may end in the middle; look at what became durable of it."""
        if not self.peace and self.rng.random() < 0.02:
            machine.database.fuse = self.rng.randrange(14)
        try:
            words = deed(machine)
        except PowerCut:
            words = "the power goes in the middle"
            machine.crash()
        except Refusal as refusal:
            must(refusal.code == "till_rejoining", "code", f"refused: {refusal.code}")
            words = "refused: the till rejoins"
        machine.database.fuse = -1
        facts = self.look(machine, tail=tail)
        return f"{machine.name} {words}" + "".join(f"\n        {fact}" for fact in facts) if words else ""

    def look(self, machine: Machine, *, tail: bool = False) -> list[object]:
        """Read what became durable on a till, and check it."""
        facts = self.world.observe(machine, self.machines, tail=tail)
        self.invariants.after_till(machine)
        return list(facts)

    def take_mail(self) -> str:
        """The dispatcher of a till does what the cloud asked for."""
        machine = self.some()
        done = []
        for _ in range(self.rng.choice((1, 1, 3, 10))):
            words = self.take_one(machine)
            if not words:
                break
            done.append(words)
        return "; ".join(done)

    def take_one(self, machine: Machine) -> str:
        """Let a till's dispatcher do one letter."""
        first = machine.mailbox.first()
        if first is None:
            return ""

        def take(till: Machine) -> str:
            return f"does a letter {first.kind}" if till.desk.take_next() else ""

        return self.at(machine, take, tail=first.kind == "tail")

    def crash(self) -> str:
        """The power of a till goes between two steps."""
        machine = self.some()
        machine.crash()
        self.look(machine)
        return f"{machine.name} loses its power"

    def cut_off(self) -> str:
        """A till is cut off for a while."""
        machine = self.some()
        self.network.cut[machine.name] = self.world.step + self.rng.choice((10, 40, 150))
        return f"{machine.name} is cut off"

    def propose(self, machine: Machine) -> str:
        """A till proposes to change a row of the chain."""
        key = self.rng.choice(self.persons.keys)
        known = machine.rows.get("member", key)
        fields: dict[str, Canonical] = {self.rng.choice(("name", "level")): self.rng.randint(0, 99)}
        machine.proposals.propose(self.persons.action(), "member", key, known.version if known else 0, fields)
        return f"proposes a change of row {key[:6]}"

    def compact(self, machine: Machine) -> str:
        """A till drops what the cloud has had for long."""
        gone = machine.compaction.compact(self.rng.choice((0, 1, 3)))
        if gone and self.invariants.cloud_restored:
            self.invariants.dropped(machine)
        return f"drops {gone} old entries" if gone else ""

    # Messages

    def send(self) -> str:
        """A till says what it has to say."""
        machine = self.some()
        rows = self.rng.random() < 0.2
        limit = self.rng.choice((1, 2, 5, 200))
        message = self.persons.row_message(machine) if rows else machine.courier.message(limit)
        self.network.send(Packet(machine.name, wire.encode(message)))
        return f"{machine.name} sends {in_words(message)}"

    def send_early(self, machine: Machine) -> None:
        """Try to send what is not durable yet, which a till refuses to itself [R3]; the power may go right then."""
        try:
            message = machine.courier.message()
        except AssertionError:
            return
        self.network.flying.append(Packet(machine.name, wire.encode(message)))
        if self.rng.random() < 0.5:
            raise PowerCut

    def arrive(self) -> str:
        """Something arrives, if it was not lost."""
        packet = self.network.take(self.world.step)
        if packet is None:
            return ""
        return self.hear(packet) if packet.answer else self.serve(packet)

    def machine(self, name: str) -> Machine | None:
        """Return the machine of that name while it is on."""
        return next((machine for machine in self.machines if machine.name == name and machine.alive), None)

    def serve(self, packet: Packet) -> str:
        """The cloud answers a message, if its own power holds."""
        message = wire.decode(packet.sent)
        sender = self.machine(packet.sender)
        if not self.peace and self.rng.random() < 0.02:
            self.storage.fuse = self.rng.randrange(30)
        try:
            answer = self.ask(message)
        except PowerCut:
            self.network.lost += 1
            self.start_cloud()
            return "the cloud's power goes in the middle"
        finally:
            self.storage.fuse = -1
            about = message if isinstance(message, Push | Rejoin) else None
            self.invariants.after_cloud(self.machines, about, sender)
        if len(self.served) < SERVED_KEPT or self.rng.random() < 0.2:
            self.served.append(packet.sent)
            del self.served[:-SERVED_KEPT]
        self.network.send(Packet(packet.sender, packet.sent, wire.encode(answer)))
        return f"to {packet.sender}'s {in_words(message)} the cloud says {in_words(answer)}"

    def ask(self, message: wire.Message) -> wire.Message:
        """Return the cloud's answer."""
        match message:
            case Push():
                answer: wire.Message | Refused = self.cloud.push(message)
            case Rejoin():
                answer = self.cloud.rejoin(message)
            case Pull():
                answer = self.cloud.pull(message)
            case SnapshotRequest():
                answer = self.cloud.snapshot(message)
            case _:
                raise Violation("code", f"a till sent {type(message).__name__}")
        if isinstance(answer, Refused):
            raise Violation("I6", f"the cloud refuses {in_words(message)}: {answer.reason}")
        return answer

    def hear(self, packet: Packet) -> str:
        """A till hears an answer."""
        sent, answer = wire.decode(packet.sent), wire.decode(packet.answer)
        machine = self.machine(packet.sender)
        if machine is None:
            return ""

        def listen(till: Machine) -> str:
            if isinstance(sent, Push) and sent.device != till.device:
                return self.neighbours.relayed(till, sent, answer)
            if isinstance(sent, Push | Rejoin):
                till.courier.hear(sent, answer)  # type: ignore[arg-type]
            else:
                till.row_courier.hear(sent, answer)  # type: ignore[arg-type]
            return f"hears {in_words(answer)}"

        return self.at(machine, listen)


def checkpoint(machine: Machine) -> str:
    """A till writes down what it holds."""
    return f"writes checkpoint {machine.compaction.checkpoint().entry.seq}"
