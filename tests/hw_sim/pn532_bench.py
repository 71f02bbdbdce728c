"""A bench for the PN532 model: time that moves by hand, frames computed apart from the model, and what it answered."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.hw_sim.cards import make_card
from tests.hw_sim.pn532_chip import Chip
from tests.hw_sim.pn532_faults import FaultPlan, Prepared

ACK = "0000FF00FF00"
NACK = "0000FFFF0000"
ERROR = "0000FF01FF7F8100"
PREAMBLE = "5555" + "00" * 14
SAM = "0000FF05FBD4140114010200"
VERSION = "0000FF02FED4022A00"
VERSION_ANSWER = "0000FF06FAD50332010607E800"
SEARCH = "0000FF04FCD44A0100E100"
FEW_TRIES = "D43205FF0102"
NO_TRY_MORE = "D43205FF0100"
CLASSIC = {"id": "x", "kind": "classic_1k", "uid": "0BE2FB0B"}
NTAG = {"id": "x", "kind": "ntag213", "uid": "04A1B2C3D4E580"}
DESFIRE = {"id": "x", "kind": "desfire", "uid": "04582F6A1B6E80"}


def framed(content: str) -> str:
    """Return a content in a normal frame, computed apart from the model."""
    data = bytes.fromhex(content)
    head = bytes([len(data), (256 - len(data)) % 256])
    return (b"\x00\x00\xff" + head + data + bytes([(256 - sum(data) % 256) % 256, 0])).hex().upper()


class Bench:
    """A chip, a time that moves by hand, and what it answered."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.hits: Counter[str] = Counter()
        self.chip = Chip(FaultPlan(self._hit, 1), self._hit)

    def _hit(self, fault: str) -> None:
        self.hits[fault] += 1

    def raw(self, sent: str, wait_s: float = 0.0) -> str:
        """Send bytes, let `wait_s` pass, and return what the chip put on its line, in hex."""
        self.chip.feed(bytes.fromhex(sent), self.now_s)
        out = b"".join(self.chip.due(self.now_s))
        return (out + self.pass_time(wait_s)).hex().upper()

    def pass_time(self, seconds: float) -> bytes:
        """Let time pass in steps of a millisecond."""
        out = b""
        for _ in range(round(seconds * 1000)):
            self.now_s += 0.001
            out += b"".join(self.chip.due(self.now_s))
        return out

    def ask(self, content: str) -> str:
        """Send a command and return the content of its answer, whose ACK and frame are checked."""
        answer = self.raw(framed(content), 0.1)
        assert answer.startswith(ACK)
        if answer == ACK:
            return ""
        body = bytes.fromhex(answer)[6:]
        assert body[3] == len(body) - 7
        assert framed(body[5:-2].hex()) == answer[12:]
        return body[5:-2].hex().upper()

    def ready(self, **spec: Any) -> Bench:
        """Wake the chip, limit its search, and lay a card down."""
        self.raw(PREAMBLE, 0.005)
        self.raw(SAM)
        self.ask(FEW_TRIES)
        if spec:
            self.chip.field.insert(make_card(spec))
        return self

    def prepare(self, name: str, *, times: int = 1, after: int = 0, code: int | None = None, late_s: float = 1) -> None:
        self.chip.faults.prepare(name, Prepared(after, times, code, late_s))
