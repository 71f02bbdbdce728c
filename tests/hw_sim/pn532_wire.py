"""The frames of a PN532 as the chip writes and reads them (NXP UM0701-02, 6.2.1)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from types import MappingProxyType

START = b"\x00\xff"
ACK = bytes.fromhex("0000FF00FF00")
NACK = bytes.fromhex("0000FFFF0000")
ERROR = bytes.fromhex("0000FF01FF7F8100")
EXTENDED = b"\xff\xff"  # in the place of LEN and LCS
TO_CHIP = 0xD4
FROM_CHIP = 0xD5
NORMAL_BYTES_MAX = 255
# UM0701-02, 6.2.1.2: the firmware's buffer holds 264 data bytes after the TFI.
EXTENDED_BYTES_MAX = 265


class Sign(enum.Enum):
    """What a frame without content says."""

    ACK = "ack"
    NACK = "nack"


SIGNS = MappingProxyType({b"\x00\xff": Sign.ACK, b"\xff\x00": Sign.NACK})


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a frame that arrived whole: TFI and data."""

    data: bytes


Heard = Sign | Content


def checksum(data: bytes) -> int:
    """Return the byte that makes the sum of `data` and itself zero."""
    return -sum(data) & 0xFF


def frame(content: bytes) -> bytes:
    """Return TFI and data in a frame, an extended one when they do not fit into a normal one."""
    if len(content) <= NORMAL_BYTES_MAX:
        length = bytes([len(content)])
        head = length
    else:
        length = len(content).to_bytes(2, "big")
        head = EXTENDED + length
    return b"\x00" + START + head + bytes([checksum(length)]) + content + bytes([checksum(content), 0])


def checksum_places(sent: bytes) -> tuple[int, int]:
    """Return where LCS and DCS stand in a frame made by `frame`."""
    return (7 if sent[3:5] == EXTENDED else 4), len(sent) - 2


class FrameReader:
    """Finds frames in what arrives in pieces; what is no frame, or one with a wrong checksum, is passed over."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self._heard = bytearray()

    def clear(self) -> None:
        """Forget a frame that is under way."""
        self._heard.clear()

    def feed(self, data: bytes) -> list[Heard]:
        """Take bytes and return the frames that are whole by now."""
        self._heard += data
        found: list[Heard] = []
        while (step := self._next()) is not None:
            length, item = step
            del self._heard[:length]
            if item is not None:
                found.append(item)
        return found

    def _next(self) -> tuple[int, Heard | None] | None:
        """Return how many bytes are done with and what they were; None when more must come first."""
        start = self._heard.find(START)
        if start < 0:
            # The last byte may be the first half of a start code.
            return (len(self._heard) - 1, None) if len(self._heard) > 1 else None
        if start:
            return start, None
        after = bytes(self._heard[2:7])
        if sign := SIGNS.get(after[:2]):
            return 4, sign
        if after[:2] == EXTENDED:
            return self._body(after[2:4], after[4:5], 7)
        return self._body(after[:1], after[1:2], 4)

    def _body(self, length: bytes, length_sum: bytes, at: int) -> tuple[int, Heard | None] | None:
        if not length_sum:
            return None
        size = int.from_bytes(length, "big")
        if sum(length + length_sum) & 0xFF or not 0 < size <= EXTENDED_BYTES_MAX:
            return len(START), None
        content = bytes(self._heard[at : at + size + 1])
        if len(content) <= size:
            return None
        # After a wrong checksum the search goes on right behind the start code: a whole frame may follow inside.
        return (len(START), None) if sum(content) & 0xFF else (at + size + 1, Content(content[:-1]))
