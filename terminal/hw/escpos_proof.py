"""What a printer is asked behind a job, and which answer proves that it came that far."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.hw.escpos_answers import Answer, InOrderStatus, ProcessId

PROCESS_ID_REQUEST = b"\x1d(H\x06\x00\x30\x30"
FENCE = b"\x1dr\x01"


@dataclass(frozen=True, slots=True)
class Proof:
    """The process id (proves paper) on models that know it, else the fence (proves parsing only)."""

    process_id: bool

    def request(self, digits: bytes) -> bytes:
        """Return the bytes that close a job; `digits` are four printable ASCII bytes, its own."""
        assert len(digits) == 4
        assert all(0x20 <= byte <= 0x7E for byte in digits)
        return PROCESS_ID_REQUEST + digits if self.process_id else FENCE

    def given(self, answer: Answer, digits: bytes) -> bool:
        """Whether this is the proof asked for; an id that comes after its job was given up proves nothing any more."""
        if not self.process_id:
            return isinstance(answer, InOrderStatus)
        return isinstance(answer, ProcessId) and answer.digits == digits
