"""Messages of tills and the cloud: as bytes, over the network, into the code that is driven and back."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from cloud.core import signed_by
from cloud.errors import Refused
from terminal.sync import wire
from terminal.sync.wire import Pull, Push, Rejoin, SnapshotRequest
from tests.sim.later import NEXT_FORMAT, NewerCloud
from tests.sim.machine import Machine, PowerCut
from tests.sim.network import Packet
from tests.sim.words import in_words
from tests.sim.world import Violation

if TYPE_CHECKING:
    from tests.sim.simulator import Simulator

SERVED_KEPT = 40
MESSAGES_KEPT = 1_000
NEWER = b'"fmt":%d,' % NEXT_FORMAT


class Traffic:
    """What is said between the tills of a simulator and its cloud."""

    def __init__(self, simulator: Simulator) -> None:
        """Carry messages in a simulator."""
        self.sim = simulator
        self.served: list[bytes] = []
        # Messages are repeated so often that reading and proving each time would take a tenth of the whole.
        self.signed = functools.lru_cache(MESSAGES_KEPT)(signed_by)
        self.decode = functools.lru_cache(MESSAGES_KEPT)(wire.decode)

    def send(self) -> str:
        """A till says what it has to say."""
        machine = self.sim.some()
        rows = self.sim.rng.random() < 0.2
        limit = self.sim.rng.choice((1, 2, 5, 200))
        message = self.sim.persons.row_message(machine) if rows else machine.courier.message(limit)
        self.sim.network.send(Packet(machine.name, wire.encode(message)))
        return f"{machine.name} sends {in_words(message)}"

    def send_early(self, machine: Machine) -> None:
        """Try to send what is not durable yet, which a till refuses to itself [R3]; the power may go right then."""
        try:
            message = machine.courier.message()
        except AssertionError:
            return
        self.sim.network.flying.append(Packet(machine.name, wire.encode(message)))
        if self.sim.rng.random() < 0.5:
            raise PowerCut

    def arrive(self) -> str:
        """Something arrives, if it was not lost."""
        packet = self.sim.network.take(self.sim.world.step)
        if packet is None:
            return ""
        return self.hear(packet) if packet.answer else self.serve(packet)

    def serve(self, packet: Packet) -> str:
        """The cloud answers a message, if its own power holds, and sends the answer on its way."""
        answer, words = self.answer(packet)
        if answer is not None:
            self.sim.network.send(answer)
        return words

    def answer(self, packet: Packet) -> tuple[Packet | None, str]:
        """Return the cloud's answer to a message, if its own power holds, and what happened."""
        message = self.decode(packet.sent)
        sender = self.sim.machine(packet.sender)
        if not self.sim.peace and self.sim.rng.random() < 0.02:
            self.sim.storage.fuse = self.sim.rng.randrange(30)
        try:
            answer = self.ask(message)
        except PowerCut:
            self.sim.network.lost += 1
            self.sim.happened["power cut in the cloud"] += 1
            self.sim.start_cloud()
            return None, "the cloud's power goes in the middle"
        finally:
            self.sim.storage.fuse = -1
            about = message if isinstance(message, Push | Rejoin) else None
            self.sim.invariants.after_cloud(self.sim.machines, about, sender)
        if answer is None:
            self.sim.network.lost += 1
            self.sim.happened["nobody enrolled yet"] += 1
            return None, f"the cloud knows no {packet.sender} yet"
        if len(self.served) < SERVED_KEPT or self.sim.rng.random() < 0.2:
            self.served.append(packet.sent)
            del self.served[:-SERVED_KEPT]
        there = Packet(packet.sender, packet.sent, wire.encode(answer))
        return there, f"to {packet.sender}'s {in_words(message)} the cloud says {in_words(answer)}"

    def ask(self, message: wire.Message) -> wire.Message | None:
        """Return the cloud's answer, or None where it does not know who asks."""
        match message:
            case Push():
                answer: wire.Message | Refused = self.sim.cloud.push(message)
                late = message.entries and not isinstance(self.sim.cloud, NewerCloud)
                self.sim.happened["older cloud, newer entry"] += bool(late) and NEWER in message.entries[-1]
            case Rejoin():
                answer = self.sim.cloud.rejoin(message)
            case Pull():
                answer = self.sim.cloud.pull(message)
            case SnapshotRequest():
                answer = self.sim.cloud.snapshot(message)
            case _:
                raise Violation("code", f"a till sent {type(message).__name__}")
        if isinstance(answer, Refused):
            if answer.reason == "unknown" and not self.sim.boxes.is_enrolled(message.device):
                return None
            raise Violation("I6", f"the cloud refuses {in_words(message)}: {answer.reason}")
        return answer

    def hear(self, packet: Packet) -> str:
        """A till hears an answer."""
        sent, answer = self.decode(packet.sent), self.decode(packet.answer)
        machine = self.sim.machine(packet.sender)
        if machine is None:
            return ""
        reason = f" ({answer.reason})" if isinstance(answer, wire.MustRejoin) else ""
        self.sim.happened[f"hears {type(answer).__name__}{reason}"] += 1
        self.sim.happened["a page of several"] += isinstance(answer, wire.SnapshotPage) and bool(answer.next_key)

        def listen(till: Machine) -> str:
            if isinstance(sent, Push) and sent.device != till.device:
                return self.sim.neighbours.relayed(till, sent, answer)
            if isinstance(sent, Push | Rejoin):
                till.courier.hear(sent, answer)  # type: ignore[arg-type]
            else:
                till.row_courier.hear(sent, answer)  # type: ignore[arg-type]
            return f"hears {in_words(answer)}"

        return self.sim.at(machine, listen)
