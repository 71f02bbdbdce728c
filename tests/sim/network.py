"""The network: messages as bytes on their way, lost, doubled, late and out of order as the dice have it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

OLD_KEPT = 60


@dataclass(frozen=True, slots=True)
class Packet:
    """A message on its way: `sent` is what a till said; `answer` is empty on the way there.

    Like a connection, an answer belongs to what was asked; `sender` is the machine's name.
    """

    sender: str
    sent: bytes
    answer: bytes = b""


@dataclass(slots=True)
class Network:
    """Packets in no order. Nothing is delivered to or from a machine that is cut off until `cut[name]`."""

    rng: random.Random
    loss: float
    doubling: float
    flying: list[Packet] = field(default_factory=list)
    old: list[Packet] = field(default_factory=list)
    cut: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    sent: int = 0
    doubled: int = 0
    overtaken: int = 0
    late: int = 0
    cut_lost: int = 0

    def send(self, packet: Packet) -> None:
        """Put a packet on its way, once, twice or never, and keep a copy that may turn up much later."""
        self.sent += 1
        self._keep(packet)
        if self.rng.random() < self.loss:
            self.lost += 1
            return
        self.flying.append(packet)
        if self.rng.random() < self.doubling:
            self.flying.append(packet)
            self.doubled += 1

    def passes(self, packet: Packet, step: int) -> bool:
        """Tell whether a packet gets through at once; a copy of it may turn up much later all the same."""
        self.sent += 1
        self._keep(packet)
        cut = self.cut.get(packet.sender, 0) > step
        if cut or self.rng.random() < self.loss:
            self.lost += 1
            self.cut_lost += cut
            return False
        return True

    def _keep(self, packet: Packet) -> None:
        if len(self.old) < OLD_KEPT:
            self.old.append(packet)
        else:
            self.old[self.rng.randrange(OLD_KEPT)] = packet

    def take(self, step: int) -> Packet | None:
        """Return some packet that arrives now, now and then an old copy; one for a machine cut off is lost."""
        if self.old and self.rng.random() < 0.06:
            packet = self.rng.choice(self.old)
            self.late += 1
        elif self.flying:
            place = self.rng.randrange(len(self.flying))
            packet = self.flying.pop(place)
            self.overtaken += place > 0
        else:
            return None
        if self.cut.get(packet.sender, 0) > step:
            self.lost += 1
            self.cut_lost += 1
            return None
        return packet

    def forget(self) -> None:
        """Lose everything on its way; old copies stay."""
        self.lost += len(self.flying)
        self.flying.clear()
