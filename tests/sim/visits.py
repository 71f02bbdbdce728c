"""A till that is on the line says and hears a thing at a time; members go from one to the next with what they have."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from terminal.base.errors import Refusal
from terminal.rules.deed import sale_of
from terminal.sync import wire
from tests.sim.editions import Edition
from tests.sim.machine import Machine
from tests.sim.network import Packet

if TYPE_CHECKING:
    from terminal.rules.bucket import Bucket
    from tests.sim.simulator import Deed, Simulator

ROUNDS_MOST = 3
GATHERED_MOST = 25
AT_COUNTERS = 0.7
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

    def later_deeds(self) -> list[Deed]:
        """Return what may happen beside that where there are counters."""
        return [("gather", 1, self.gather)]

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
        if self.sim.edition >= Edition.COUNTERS and self.rng.random() < AT_COUNTERS:
            return self._use_at_counter(wanted)
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

    def _use_at_counter(self, wanted: Bucket) -> Callable[[Machine], str]:
        """Return how a member uses at a counter what was sent for; where staff refuse, nothing is done."""
        shopping = self.sim.shopping
        if wanted.asset == "refund_right":
            return lambda till: shopping.do(till, lambda one, desk: shopping.give_back(one, desk, sale_of(wanted)))
        if wanted.owner in dict(shopping.cards):
            return lambda till: shopping.do(till, lambda one, desk: shopping.load_card(one, desk, wanted.owner))
        return lambda till: shopping.do(till, lambda one, desk: shopping.ring_up(one, desk, wanted.owner))

    def gather(self) -> str:
        """All there is of a member comes to one till, for what can be done there only then."""
        machine, account = self.sim.some(), self.rng.choice(self.sim.actors.members)
        found = [name for name in self._elsewhere(machine) if self.sim.world.buckets[name].owner == account]
        if len(found) > GATHERED_MOST:
            return ""
        there = self.sim.invariants.books.there
        for name in found:
            bucket, amount = self.sim.world.buckets[name], there[name]
            self.sim.at(machine, partial(_ask, bucket, amount))
        holders = [other for other in self.sim.machines if other.alive and other is not machine]
        for one in (machine, *holders, machine):
            self.exchange(one, 2)
        shopping, accounts = self.sim.shopping, self.sim.shopping.accounts
        do = self.rng.choice((accounts.hand_over, accounts.return_card, accounts.refund_prepayment))

        def serve(till: Machine) -> str:
            return shopping.do(till, lambda one, desk: do(one, desk, account))

        words = [self.sim.at(machine, serve) for _ in range(4)]
        return f"all of {account[:6]} comes to {machine.name}; " + "; ".join(filter(None, words))


def _ask(bucket: Bucket, amount: int, till: Machine) -> str:
    return f"asks for {amount} as {till.wants.ask(bucket, amount)[:6]}"
