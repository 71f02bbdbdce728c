"""A till that is on the line says and hears a thing at a time; members go from one to the next with what they have."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from terminal.base.errors import Refusal
from terminal.sync import wire
from tests.sim.machine import Machine
from tests.sim.network import Packet

if TYPE_CHECKING:
    from terminal.rules.bucket import Bucket
    from tests.sim.simulator import Deed, Simulator

ROUNDS_MOST = 3
USED = ("principal", "bonus", "points", "pass", "coupon", "refund_right")


class Visits:
    """What is done in one go, where chance alone would hardly ever bring it together."""

    def __init__(self, simulator: Simulator) -> None:
        """Let members go about in a simulator."""
        self.sim = simulator
        self.rng = simulator.rng

    def deeds(self) -> list[Deed]:
        """Return what may happen, with weights."""
        return [("on the line", 4, self.on_the_line), ("visit", 6, self.visit), ("tidy", 1, self.tidy)]

    def on_the_line(self) -> str:
        """A till has the line for a while."""
        machine, rounds = self.sim.some(), self.rng.randint(1, 4)
        self.exchange(machine, rounds)
        return f"{machine.name} had the line for {rounds} rounds"

    def exchange(self, machine: Machine, rounds: int = 1) -> None:
        """Let a till say something, hear the answer and do what it asks, some rounds long, as far as the line holds."""
        sim = self.sim
        for _ in range(rounds):
            message = machine.courier.message(self.rng.choice((2, 5, 200)))
            packet = Packet(machine.name, wire.encode(message))
            if not sim.network.passes(packet, sim.world.step):
                continue
            answer, words = sim.traffic.answer(packet)
            sim.tell(sim.world.step, f"on the line: {words}")
            if answer is None or not sim.network.passes(answer, sim.world.step):
                continue
            sim.tell(sim.world.step, f"on the line: {sim.traffic.hear(answer)}")
            while words := sim.take_one(machine):
                sim.tell(sim.world.step, f"on the line: {words}")

    def visit(self) -> str:
        """A member uses at one till what another one has, or the cloud: it is asked for, sent for, and used."""
        machine = self.sim.some()
        found = [bucket for name in self._elsewhere(machine) if (bucket := self.sim.world.buckets[name]).asset in USED]
        day = machine.book.today().isoformat()
        found = [one for one in found if one.spendable_on(day) and one.attributes.get("of") != "top_up"]
        if not found:
            return ""
        asset = self.rng.choice(sorted({bucket.asset for bucket in found}))
        wanted = self.rng.choice([bucket for bucket in found if bucket.asset == asset])
        if not machine.wants.open():
            self.sim.at(machine, lambda till: till.wants.ask(wanted, self.rng.randint(1, 60)))
        holders = [other for other in self.sim.machines if other.alive and other.disk.held.get(wanted.id)]
        for one in (machine, *holders[:2], machine):
            self.exchange(one, self.rng.randint(1, ROUNDS_MOST))
        if not machine.disk.held.get(wanted.id):
            return f"a member waits at {machine.name} for {asset} in vain"
        return f"a member waits at {machine.name} for {asset}; " + self.sim.at(machine, self._use(wanted))

    def _elsewhere(self, machine: Machine) -> list[str]:
        """Return the buckets of which the cloud or another till has something."""
        there = self.sim.invariants.books.there
        return [name for name, amount in there.items() if amount > 0 and not machine.disk.held.get(name)]

    def _use(self, wanted: Bucket) -> Callable[[Machine], str]:
        actors = self.sim.actors
        if wanted.asset in {"principal", "bonus"}:
            return lambda till: actors.bill(till, wanted.owner)
        by_asset: dict[str, Callable[[Machine, Bucket], str]] = {
            "points": actors.redeem,
            "pass": actors.use_pass,
            "coupon": actors.use_coupon,
            "refund_right": actors.refund,
        }
        return lambda till: by_asset[wanted.asset](till, wanted)

    def tidy(self) -> str:
        """A till writes a checkpoint, hears that it is right, and drops what came before."""
        machine = self.sim.some()
        self.exchange(machine)
        try:
            words = self.sim.at(machine, self.sim.checkpoint)
        except Refusal:
            return ""
        self.exchange(machine, 2)
        return words + "; " + self.sim.at(machine, lambda till: self.sim.compact(till, 0))
