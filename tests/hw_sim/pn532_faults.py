"""What can go wrong between a host and a PN532, prepared beforehand and taking effect frame by frame."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.hw_sim.pn532_wire import checksum_places

# At the receipt of a command.
RECEIPT_FAULTS = frozenset(
    {"no_ack", "ack_lost", "nack", "error_frame", "card_gone", "brown_out"},
)
# At a frame on its way to the host; ACKs are spared by those that need content.
ANSWER_FAULTS = frozenset({"bad_lcs", "bad_dcs", "cut_frame", "late_answer", "noise", "byte_by_byte"})
FAULTS = RECEIPT_FAULTS | ANSWER_FAULTS | {"asleep", "mute", "wrong_speed", "unplugged"}

# 10 bits at 115200 bit/s last 0.09 ms; a level shifter or a USB bridge with its own buffer spreads them far more.
BYTE_GAP_S = 0.002
NOISE_BYTES = 12


@dataclass(slots=True)
class Prepared:
    """A fault that waits for its moment: chances to let pass, times to strike, and the command it is meant for."""

    skip: int
    times: int
    code: int | None
    delay_s: float


class FaultPlan:
    """The prepared faults by name; each asks for its turn whenever it could take effect."""

    def __init__(self, on_fault: Callable[[str], None], seed: int) -> None:
        """Report each fault that takes effect to `on_fault`; noise is drawn from `seed`."""
        self._on_fault = on_fault
        self._random = random.Random(seed)
        self._prepared: dict[str, Prepared] = {}

    def prepare(self, name: str, prepared: Prepared) -> None:
        """Prepare a fault; `ValueError` when it is none that can be prepared."""
        if name not in RECEIPT_FAULTS | ANSWER_FAULTS:
            raise ValueError(f"{name} is none of {', '.join(sorted(RECEIPT_FAULTS | ANSWER_FAULTS))}")
        if prepared.skip < 0 or prepared.times < 1 or prepared.delay_s < 0:
            raise ValueError("after and delay_s are at least 0, times at least 1")
        self._prepared[name] = prepared

    def clear(self) -> None:
        """Forget all that is prepared."""
        self._prepared.clear()

    def waiting(self) -> list[str]:
        """The names of the faults that have yet to strike."""
        return sorted(self._prepared)

    def strikes(self, name: str, code: int) -> Prepared | None:
        """Count one chance of a fault at command `code`; return it when it strikes now."""
        prepared = self._prepared.get(name)
        if prepared is None or prepared.code not in {None, code}:
            return None
        if prepared.skip:
            prepared.skip -= 1
            return None
        prepared.times -= 1
        if not prepared.times:
            del self._prepared[name]
        self._on_fault(name)
        return prepared

    def pieces(self, sent: bytes, code: int, *, content: bool) -> list[tuple[float, bytes]]:
        """Return a frame as it goes out: pieces, and the seconds to wait before each."""
        delay_s = 0.0
        if content:
            if late := self.strikes("late_answer", code):
                delay_s = late.delay_s
            sent = self._damaged(sent, code)
        if self.strikes("noise", code):
            sent = self._noise() + sent
        if self.strikes("byte_by_byte", code):
            single = [(BYTE_GAP_S, bytes([byte])) for byte in sent]
            return [(BYTE_GAP_S + delay_s, single[0][1]), *single[1:]]
        return [(delay_s, sent)]

    def _damaged(self, sent: bytes, code: int) -> bytes:
        damaged = bytearray(sent)
        lcs, dcs = checksum_places(sent)
        if self.strikes("bad_lcs", code):
            damaged[lcs] ^= 0x10
        if self.strikes("bad_dcs", code):
            damaged[dcs] ^= 0x10
        if self.strikes("cut_frame", code):
            del damaged[max(lcs + 1, len(damaged) // 2) :]
        return bytes(damaged)

    def _noise(self) -> bytes:
        # Anything but a start code: that would be a frame of its own, with its own fault's name.
        source = self._random
        return b"\xff" + bytes(source.choices(range(1, 256), k=NOISE_BYTES - 1))
