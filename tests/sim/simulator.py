"""One story: tills, a cloud, members, accidents, all decided by one seed; and at the end, peace."""

from __future__ import annotations

import pathlib
import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlcipher3 import dbapi2 as sqlcipher

from cloud.core import Cloud
from cloud.errors import NotPossible
from terminal.base.errors import Refusal
from terminal.base.ids import ChainId
from terminal.rules.canonical import Canonical
from terminal.rules.fold import EntryWrong
from tests.sim.accidents import Accidents
from tests.sim.actors import Actors
from tests.sim.boxes import Boxes
from tests.sim.counts import counts_agree, holds_kept
from tests.sim.editions import Edition
from tests.sim.happened import count_all
from tests.sim.invariants import Invariants
from tests.sim.later import newer_cloud
from tests.sim.machine import Machine, Parts, PowerCut
from tests.sim.neighbours import Neighbourhood
from tests.sim.network import Network
from tests.sim.peace import Peace
from tests.sim.persons import Persons
from tests.sim.shopping import Shopping
from tests.sim.standings import standings_agree
from tests.sim.traffic import Traffic
from tests.sim.visits import Visits
from tests.sim.watched import WatchedStorage
from tests.sim.world import Violation, World, must

START_MS = 1_795_000_000_000
FULL_EVERY = 50
# What the code that is driven may raise when it is wrong. None of it may ever be seen.
CODE_ERRORS = (
    *(Refusal, NotPossible, EntryWrong, AssertionError, ValueError, LookupError, TypeError, RuntimeError),
    *(sqlite3.Error, sqlcipher.Error),
)

Deed = tuple[str, int, Callable[[], str]]


@dataclass(frozen=True, slots=True)
class Totals:
    """What a story came to; `happened` counts what it was made of."""

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
    happened: Counter[str] = field(default_factory=Counter)


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
        edition: Edition = Edition.COUNTERS,
        tell: Callable[[int, str], None] = lambda _step, _words: None,
    ) -> None:
        """Begin story `seed` with stores in `folder`, made from the bytes `template`; `tell` hears of each step.

        A story of an earlier `edition` that once told us something still tells the same.
        """
        self.seed = seed
        self.rng = random.Random(seed)
        self.folder = folder
        self.template = template
        self.tell = tell
        self.parts = parts or Parts()
        self.edition = edition
        self.early = edition == Edition.EARLY
        self.later = bool(seed % 2)
        self.happened: Counter[str] = Counter()
        self.traffic = Traffic(self)
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
        for number in range(self.rng.randint(2, 4)):
            machine = self.new_machine(f"till{number + 1}")
            machine.install(template, self.chain)
            self.machines.append(machine)
            self.cloud.enrol(self.chain, machine.device, machine.key)
            self.invariants.after_cloud(self.machines, None, None)
        self.actors = Actors(self.rng, self.world, self.rng.randint(2, 4), 1 if self.early else 8)
        self.actors.peek = self.traffic.send_early
        self.persons = Persons(self)
        self.accidents = Accidents(self)
        self.neighbours = Neighbourhood(self)
        self.boxes = Boxes(self)
        self.visits = Visits(self)
        self.shopping = Shopping(self)
        self.ending = Peace(self)
        self.deeds = self._deeds()
        self.weights = [weight for _, weight, _ in self.deeds]
        if edition >= Edition.COUNTERS:
            self.persons.introduce(self.actors.members)
            for machine in self.machines:
                self.persons.tell_rows(machine)

    def start_cloud(self) -> None:
        """Start the cloud's program, which knows nothing but what is stored."""
        kind = newer_cloud(self.parts.cloud, writes=not self.early) if self.later else self.parts.cloud
        self.cloud: Cloud = kind(self.storage, self.time_ms, self.rng.randbytes, self.traffic.signed)

    def time_ms(self) -> int:
        """Return the true time."""
        return self.now_ms

    def new_machine(self, name: str) -> Machine:
        """Return a machine that is not turned on yet."""
        return Machine(name, self.folder, self.rng, self.parts, self.time_ms, edition=self.edition)

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
            happened=count_all(self),
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
            self.happened[name] += "cannot: " not in words
            self.tell(self.world.step, f"{name}: {words}")
        if self.world.step % FULL_EVERY == 0:
            self.invariants.full(self.machines)
            self.counts_agree()

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
            (1, self.checkpoint),
            (1, self.compact),
        )
        deeds: list[Deed] = [(deed.__name__, weight, self._at_till(deed)) for weight, deed in at_tills]
        deeds += [
            ("send", 26, self.traffic.send),
            ("arrive", 40, self.traffic.arrive),
            ("take", 26, self.take_mail),
            ("crash", 2, self.crash),
            ("cut off", 1, self.cut_off),
        ]
        deeds += self.persons.deeds()
        deeds += self.neighbours.deeds()
        deeds += self.accidents.deeds(harm=self.harm)
        if not self.early:
            deeds += [*self.boxes.deeds(), *self.persons.later_deeds(), *self.visits.deeds()]
        if self.edition >= Edition.COUNTERS:
            deeds = [deed for deed in deeds if deed[0] != "hold"] + [*self.shopping.deeds(), *self.visits.later_deeds()]
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
            self.happened["power cut in a till's action"] += 1
            machine.crash()
        except Refusal as refusal:
            must(refusal.code == "till_rejoining", "code", f"refused: {refusal.code}")
            words = "refused: the till rejoins"
            self.happened["refused while it rejoins"] += 1
        machine.database.fuse = -1
        facts = self.look(machine, tail=tail)
        return f"{machine.name} {words}" + "".join(f"\n        {fact}" for fact in facts) if words else ""

    def look(self, machine: Machine, *, tail: bool = False) -> list[object]:
        """Read what became durable on a till, and check it; where nothing was written, all is as it was checked."""
        if not machine.has_written() and not tail:
            return []
        closed = tail and self.open_epoch(machine) != machine.disk.epoch
        facts = self.world.observe(machine, self.machines, tail=tail, closed=closed)
        self.invariants.after_till(machine)
        if machine.has_counter:
            holds_kept(machine, tail=tail)
            if tail:
                counts_agree(self.world, machine)
        return list(facts)

    def counts_agree(self) -> None:
        """Compare what every till counts of money, visits and gifts with what its journal says."""
        for machine in self.machines:
            if machine.alive and machine.has_counter:
                counts_agree(self.world, machine)

    def standings_agree(self) -> None:
        """Compare where every till has its members stand with a fresh sum of what they have paid there."""
        for machine in self.machines:
            if machine.alive and machine.has_counter:
                standings_agree(self.world, machine)

    def open_epoch(self, machine: Machine) -> int:
        """Return the life of a till that is open in the cloud, 0 for none."""
        found = self.storage.device(self.chain, machine.device)
        return found.epoch if found else 0

    def take_mail(self) -> str:
        """The dispatcher of a till does what the cloud asked for."""
        machine = self.some()
        self.happened["stopped at a critical line"] += bool(machine.desk.stuck)
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
        if first is not None and machine.desk.stuck:
            first = next((one for one in machine.mailbox.waiting() if one.kind != "feed"), None)
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

    def checkpoint(self, machine: Machine) -> str:
        """A till writes down what it holds."""
        return f"writes checkpoint {machine.compaction.checkpoint().entry.seq}"

    def compact(self, machine: Machine, days: int | None = None) -> str:
        """A till drops what the cloud has had for so many days."""
        gone = machine.compaction.compact(self.rng.choice((0, 1, 3)) if days is None else days)
        self.happened["old entries dropped"] += gone > 0
        if gone and self.invariants.cloud_restored:
            self.invariants.dropped(machine)
        return f"drops {gone} old entries" if gone else ""

    def machine(self, name: str) -> Machine | None:
        """Return the machine of that name while it is on."""
        return next((machine for machine in self.machines if machine.name == name and machine.alive), None)
