"""Tills of one shop that keep copies of each other's entries, and hand them in for one that cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminal.base.ids import DeviceId
from terminal.sync import wire
from terminal.sync.neighbours import Neighbours
from terminal.sync.wire import Accepted, Behind, MustRejoin, Push
from tests.sim.machine import Machine
from tests.sim.network import Packet

if TYPE_CHECKING:
    from tests.sim.simulator import Deed, Simulator


class Neighbourhood:
    """The shop's own network, which may work when the line outside does not."""

    def __init__(self, simulator: Simulator) -> None:
        """Copy between the tills of a simulator."""
        self.sim = simulator
        self.rng = simulator.rng

    def deeds(self) -> list[Deed]:
        """Return what may happen, with weights."""
        return [("copy to neighbour", 2, self.copy), ("relay", 1, self.relay)]

    def _of(self, machine: Machine) -> Neighbours:
        return Neighbours(machine.database, self.sim.chain, self._key_of)

    def _key_of(self, device: DeviceId) -> bytes | None:
        return next((machine.key for machine in self.sim.machines if machine.device == device), None)

    def copy(self) -> str:
        """A till copies its new entries to a neighbour."""
        giver, taker = self.sim.some(), self.sim.some()
        if giver.device == taker.device:
            return ""
        after = self.rng.choice((0, giver.journal.marked().acked))
        span = giver.courier.copy(after, self.rng.choice((2, 5, 200)))
        if span is None:
            return ""
        got = wire.decode(wire.encode(span))
        assert isinstance(got, Push), "a copy is a push"

        def keep(till: Machine) -> str:
            safe = self._of(till).keep(got)
            return f"keeps entries of {giver.name} up to {safe.seq}" if safe else f"keeps nothing of {giver.name}"

        return self.sim.at(taker, keep)

    def relay(self) -> str:
        """A till hands in what it keeps of a neighbour."""
        machine, other = self.sim.some(), self.rng.choice(self.sim.machines)
        span = self._of(machine).to_send(other.device)
        if span is None:
            return ""
        self.sim.network.send(Packet(machine.name, wire.encode(span)))
        return f"{machine.name} hands in entries of {other.name} up to {span.head}"

    def relayed(self, machine: Machine, sent: Push, answer: wire.Message) -> str:
        """A till hears what the cloud says to a neighbour's entries."""
        assert isinstance(answer, Accepted | Behind | MustRejoin), "answers to a push"
        gone = self._of(machine).hear(sent, answer)
        return "lets go of a neighbour's entries" if gone else "still keeps a neighbour's entries"

    def hand_in(self) -> None:
        """Hand in all copies there are, as far as their lives are open."""
        for machine in self.sim.machines:
            for other in self.sim.machines:
                span = self._of(machine).to_send(other.device) if machine.alive else None
                if span is not None:
                    self.sim.traffic.serve(Packet(machine.name, wire.encode(span)))
