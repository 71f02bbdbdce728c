"""Boxes that were alone: they work for a while with a book of their own, join the chain, and are enrolled some day."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from terminal.base.ids import DeviceId
from terminal.services.joining import Joined, Joining
from tests.sim.actors import Actors
from tests.sim.editions import Edition
from tests.sim.invariants import Invariants
from tests.sim.machine import Disk, Machine, PowerCut
from tests.sim.world import World, must

if TYPE_CHECKING:
    from tests.sim.simulator import Deed, Simulator

BOXES_MOST = 2
DEEDS_MOST = 14
HOUR_MS = 3_600_000


class Boxes:
    """Joining a chain. What a box did alone is a world of its own, of which the chain hears only what is left."""

    def __init__(self, simulator: Simulator) -> None:
        """Let boxes join the chain of a simulator."""
        self.sim = simulator
        self.rng = simulator.rng
        self.first_life: dict[DeviceId, int] = {}
        self.cuts = 0

    def deeds(self) -> list[Deed]:
        """Return what may happen, with weights."""
        return [("join", 1, self.join), ("enrol", 2, self.enrol)] if self.rng.random() < 0.5 else []

    def is_enrolled(self, device: DeviceId) -> bool:
        """Tell whether the cloud knows a device: one that was put back may have forgotten it."""
        return self.sim.storage.device(self.sim.chain, device) is not None

    def enrol(self) -> str:
        """A person makes a box known to the cloud."""
        unknown = [machine for machine in self.sim.machines if not self.is_enrolled(machine.device)]
        return self._enrol(self.rng.choice(unknown)) if unknown else ""

    def enrol_all(self) -> None:
        """Make every box known, also one that has died: a neighbour may have copies of its entries."""
        for machine in self.sim.machines:
            if not self.is_enrolled(machine.device):
                self.sim.tell(self.sim.world.step, self._enrol(machine))

    def _enrol(self, machine: Machine) -> str:
        first = self.first_life[machine.device]
        epoch = self.sim.cloud.enrol(self.sim.chain, machine.device, machine.key, first)
        self.sim.invariants.after_cloud(self.sim.machines, None, None)
        must(epoch == first, "code", f"{machine.name} is enrolled in life {epoch}, its first was {first}")
        return f"{machine.name} is enrolled"

    def join(self) -> str:
        """A box that was alone joins, whenever its power goes; neither book gains or loses a thing."""
        sim, number = self.sim, len(self.first_life) + 1
        if number > BOXES_MOST:
            return ""
        machine = sim.new_machine(f"box{number}")
        machine.install(sim.template)
        alone = Alone(sim, machine)
        done = alone.work(self.rng.randint(0, DEEDS_MOST))
        joined = self._join(machine)
        alone.closed()
        self.first_life[joined.device] = joined.epoch
        machine.joined_alone = True
        machine.disk = Disk(epoch=joined.epoch, lives={joined.epoch: []})
        machine.know()
        sim.machines.append(machine)
        sim.actors.members += alone.actors.members
        if sim.edition >= Edition.COUNTERS:
            sim.persons.introduce(alone.actors.members)
        sim.look(machine)
        opened = len(machine.disk.lives[joined.epoch])
        return f"{machine.name} joins after {done} entries alone and opens with {opened}"

    def _join(self, machine: Machine) -> Joined:
        """Let a box join, again after each power cut, and see that both books say the same."""
        before = list(self._joining(machine).sheet())
        while True:
            machine.database.fuse = self.rng.randrange(80) if self.rng.random() < 0.5 else -1
            try:
                joined = self._joining(machine).join(self.sim.chain)
                break
            except PowerCut:
                self.cuts += 1
                machine.crash()
                must(list(self._joining(machine).sheet()) == before, "I9", f"{machine.name} joined by half")
        machine.database.fuse = -1
        must(list(self._joining(machine).sheet()) == before, "L1", f"joining changed what {machine.name} has")
        again = self._joining(machine).join(self.sim.chain)
        same = (again.device, again.epoch) == (joined.device, joined.epoch)
        must(again.repeated and same, "I7", f"{machine.name} joined twice")
        return joined

    def _joining(self, machine: Machine) -> Joining:
        return Joining(machine.database, machine.book, self.rng.randbytes)


class Alone:
    """A box by itself, in a world of its own."""

    def __init__(self, simulator: Simulator, machine: Machine) -> None:
        """Begin with an empty book."""
        self.sim = simulator
        self.rng = simulator.rng
        self.machine = machine
        self.world = World()
        self.invariants = Invariants(self.world, simulator.storage, simulator.chain)
        self.actors = Actors(self.rng, self.world, self.rng.randint(1, 2))

    def work(self, deeds: int) -> int:
        """Do something so many times, with power cuts; return how many entries came of it."""
        actors = self.actors
        does: tuple[Callable[[Machine], str], ...] = (
            *(actors.top_up, actors.top_up, actors.bill, actors.bill, actors.refund, actors.sell_pass),
            *(actors.use_pass, actors.redeem, actors.use_coupon, actors.import_line, actors.expire, actors.want),
        )
        for _ in range(deeds):
            self.sim.now_ms += self.rng.choice((1, HOUR_MS, 20 * HOUR_MS))
            if self.rng.random() < 0.05:
                self.machine.database.fuse = self.rng.randrange(14)
            try:
                self.rng.choice(does)(self.machine)
            except PowerCut:
                self.machine.crash()
            self.machine.database.fuse = -1
            self.world.observe(self.machine, [], tail=False)
            self.invariants.after_till(self.machine)
        return len(self.world.facts)

    def closed(self) -> None:
        """Check that nothing is left in the book that was closed, and that it balances by itself."""
        rows = self.machine.database.rows("SELECT amount FROM held WHERE life = 1 AND amount != 0")
        must(not rows, "I1", f"{self.machine.name} left {len(rows)} buckets behind")
        sums = self.machine.database.rows("SELECT life, sum(amount) FROM account_balance GROUP BY life")
        must(not any(fen for _, fen in sums), "L1", f"the books of {self.machine.name} do not each sum to zero")
