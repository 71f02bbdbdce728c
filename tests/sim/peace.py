"""Peace: the network is whole, everybody says all there is to say, and what then must hold is checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from terminal.sync import wire
from terminal.sync.wire import Push, Rejoin, SnapshotRequest
from tests.sim.editions import Edition
from tests.sim.machine import Machine
from tests.sim.network import Packet
from tests.sim.words import in_words
from tests.sim.world import Violation, must

if TYPE_CHECKING:
    from tests.sim.simulator import Simulator

HEALING_ROUNDS = 300
DEEP_EVERY = 10
DRAINED_EVERY = 4


class Peace:
    """How a story ends."""

    def __init__(self, simulator: Simulator) -> None:
        """Bring a simulator to rest."""
        self.sim = simulator
        self.asked: dict[str, tuple[object, object]] = {}

    def heal(self) -> None:
        """Let every till sync over a whole network until nobody has anything to say, then check that all is well."""
        self.sim.peace = True
        self.sim.network.forget()
        self.sim.network.loss = self.sim.network.doubling = 0.0
        self.sim.network.cut.clear()
        self.sim.tell(self.sim.world.step, "the network is whole again")
        self.sim.boxes.enrol_all()
        self.sim.accidents.settle()
        self.sim.neighbours.hand_in()
        self.sim.accidents.bury()
        for machine in self.sim.machines:
            if machine.alive:
                self.sync(machine)
        self.sync_all()
        for machine in self.sim.machines:
            if machine.alive:
                self.sim.invariants.converged(machine)
        self.sim.invariants.nothing_in_flight()
        self.sim.invariants.nothing_lost()
        self.sim.invariants.full(self.sim.machines)
        self.sim.persons.rows_agree()
        if self.sim.edition >= Edition.COUNTERS:
            self.sim.persons.own_rows_agree()
        self.sim.counts_agree()
        self.sim.standings_agree()
        if not self.sim.world.harmed:
            self._healthy()
        if self.sim.seed % DEEP_EVERY == 0:
            self.sim.invariants.rebuilt(self.sim.machines)
        self.sim.invariants.repeated(self.sim.cloud, self.sim.traffic.served)
        # To take all back from all is a third of a long story; some of them show that it can be done.
        if self.sim.edition < Edition.COUNTERS or self.sim.seed % DRAINED_EVERY == 0:
            self.drain()

    def drain(self) -> None:
        """Take back all that tills hold, and check that nothing is left with them or on its way."""
        while self.sim.persons.drain():
            self.sync_all()
        self.sim.invariants.drained()
        self.sim.invariants.nothing_in_flight()

    def _healthy(self) -> None:
        must(not sum(self.sim.invariants.books.lost.values()), "I3", "units were lost and nobody did any harm")
        codes = sorted({alarm.code for alarm in self.sim.storage.alarms(self.sim.chain)})
        must(not codes, "I3", f"there are alarms and nobody did any harm: {codes}")

    def sync_all(self) -> None:
        """Let all tills sync in turns until a whole turn brings nothing new."""
        after = self._state()
        for _ in range(HEALING_ROUNDS):
            before = after
            for machine in self.sim.machines:
                if machine.alive:
                    self.exchange(machine)
            after = self._state()
            if after == before:
                return
        raise Violation("I5", f"after {HEALING_ROUNDS} rounds the tills have still something to say")

    def sync(self, machine: Machine) -> None:
        """Let one till sync until nothing new comes of it."""
        after = self._state()
        for _ in range(HEALING_ROUNDS):
            before = after
            self.exchange(machine)
            after = self._state()
            if after == before:
                return
        raise Violation("I5", f"{machine.name} never comes to rest")

    def _state(self) -> tuple[object, ...]:
        """Return all that decides what tills have to say: until it changes, they say the same again."""
        sayings = tuple(machine.to_say() for machine in self.sim.machines if machine.alive)
        return *sayings, len(self.sim.invariants.books.known)

    def exchange(self, machine: Machine) -> None:
        """Let one till say one thing, hear the answer and do what it asks."""
        self.sim.now_ms += 1
        self.sim.world.step += 1
        for message in self._messages(machine):
            answer = self.sim.traffic.ask(message)
            must(answer is not None, "code", "all are enrolled in peace")
            assert answer is not None, "just looked at"
            self.sim.tell(self.sim.world.step, f"{machine.name} says {in_words(message)} and hears {in_words(answer)}")
            about = message if isinstance(message, Push | Rejoin) else None
            self.sim.invariants.after_cloud(self.sim.machines, about, machine)
            data = wire.encode(message)
            self.sim.traffic.hear(Packet(machine.name, data, wire.encode(answer)))
        while words := self.sim.take_one(machine):
            self.sim.tell(self.sim.world.step, words)

    def _messages(self, machine: Machine) -> Iterator[wire.Message]:
        """Yield what a till has to say; what it asked of rows before, and would be told again, it does not repeat."""
        yield machine.courier.message(machine.push_limit)
        chain = self.sim.storage.chain(self.sim.chain)
        rows = self.sim.persons.row_message(machine)
        asked = (rows, chain and chain.position)
        if isinstance(rows, SnapshotRequest) or self.asked.get(machine.name) != asked:
            yield rows
            self.asked[machine.name] = asked
