"""PN532 frames, both ways: commands become bytes, and whatever bytes arrive become frames. No I/O, no clock.

Source: NXP UM0701-02 (PN532 user manual), 6.2.1, frame structure. Every frame begins with `00 00 FF`; the first zero is
a preamble, which may be missing. LEN counts the frame identifier (TFI) and the data.
"""

from __future__ import annotations

from dataclasses import dataclass, field

START = b"\x00\xff"
TO_CHIP = 0xD4
FROM_CHIP = 0xD5
ERROR_IDENTIFIER = 0x7F
EXTENDED_MARK = b"\xff\xff"
ACK = bytes.fromhex("0000FF00FF00")
NACK = bytes.fromhex("0000FFFF0000")
# 6.2.1.2: an extended frame holds at most 264 bytes of data, and the identifier.
LENGTH_MAX = 265
NORMAL_LENGTH_MAX = 255
COMMAND_DATA_MAX = LENGTH_MAX - 2
# Start, extended length with its checksum, contents, their checksum.
FRAME_BYTES_MAX = len(START) + 5 + LENGTH_MAX + 1


@dataclass(frozen=True, slots=True)
class Ack:
    """The chip has understood the command and is carrying it out."""


@dataclass(frozen=True, slots=True)
class Nack:
    """The other side asks for its last frame again."""


@dataclass(frozen=True, slots=True)
class ErrorFrame:
    """The chip does not know the command, or not with these parameters."""


@dataclass(frozen=True, slots=True)
class Spoilt:
    """Something arrived broken; `whole` says that it was a frame of known length, so that nothing more of it comes."""

    whole: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a command: its code (the command's plus one) and data, which may be a card's and is not logged."""

    code: int
    data: bytes = field(repr=False)


Frame = Ack | Nack | ErrorFrame | Spoilt | Answer


def encode_command(code: int, data: bytes = b"") -> bytes:
    """Return the frame of a command; raise `ValueError` for more than `COMMAND_DATA_MAX` bytes of data."""
    if len(data) > COMMAND_DATA_MAX:
        raise ValueError(f"{len(data)} bytes of data do not fit a frame")
    body = bytes([TO_CHIP, code]) + data
    length = len(body)
    if length <= NORMAL_LENGTH_MAX:
        head = bytes([length, _complement(bytes([length]))])
    else:
        counted = length.to_bytes(2, "big")
        head = EXTENDED_MARK + counted + bytes([_complement(counted)])
    return b"\x00" + START + head + body + bytes([_complement(body), 0x00])


def _complement(data: bytes | bytearray) -> int:
    """Return the byte which makes the sum of `data` and itself zero modulo 256."""
    return -sum(data) & 0xFF


@dataclass(frozen=True, slots=True)
class _Found:
    """What the bytes from a start code on are: how many belong to it, and the frame, if it is one we know."""

    size: int
    frame: Frame | None


class FrameParser:
    """Turns deliveries of any size into frames; keeps at most `FRAME_BYTES_MAX` bytes between two calls."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def in_frame(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._held.startswith(START)

    @property
    def wanted(self) -> int:
        """How many bytes must at least come before there can be another frame; at least one."""
        if not self.in_frame:
            return 1
        return max(_size_from(self._held) - len(self._held), 1)

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that end in `data`, in their order; noise between them is passed over."""
        frames: list[Frame] = []
        # In slices, so that an endless delivery is never held whole.
        for at in range(0, len(data), FRAME_BYTES_MAX):
            self._held += data[at : at + FRAME_BYTES_MAX]
            self._take(frames)
        return frames

    def drop(self) -> None:
        """Forget a frame that began and never ended."""
        self._held.clear()

    def _take(self, frames: list[Frame]) -> None:
        while True:
            self._skip_noise()
            if not self.in_frame:
                return
            found = _find(self._held)
            if found is None:
                return
            del self._held[: found.size]
            if found.frame is not None:
                frames.append(found.frame)

    def _skip_noise(self) -> None:
        at = self._held.find(START)
        if at >= 0:
            del self._held[:at]
        else:
            # The last byte may be the first half of a start code.
            del self._held[: len(self._held) - self._held.endswith(START[:1])]


def _size_from(held: bytearray) -> int:
    """Return how many bytes the frame that `held` begins with has at least, from its start code to its checksum."""
    if len(held) < 4:
        return 4
    if held[2:4] == EXTENDED_MARK:
        return 7 if len(held) < 7 else 8 + int.from_bytes(held[4:6], "big")
    # An ACK or NACK ends with its length; in any other frame contents and a checksum follow.
    is_short = bytes(held[2:4]) in {b"\x00\xff", b"\xff\x00"}
    return 4 if is_short else 5 + held[2]


def _find(held: bytearray) -> _Found | None:
    """Return what `held`, which begins with a start code, begins with; None when more bytes must come first."""
    lengths = bytes(held[2:4])
    if lengths in {ACK[3:5], NACK[3:5]}:
        return _Found(4, Ack() if lengths == ACK[3:5] else Nack())
    head = 7 if lengths == EXTENDED_MARK else 4
    if len(held) < head:
        return None
    counted = held[4:7] if head == 7 else held[2:4]
    length = int.from_bytes(counted[:-1], "big")
    if _complement(counted) or not 0 < length <= LENGTH_MAX:
        # Only the start code is passed over: it may be noise, and a frame may begin in what follows.
        return _Found(len(START), Spoilt(whole=False))
    size = head + length + 1
    if len(held) < size:
        return None
    is_good = not _complement(held[head:size])
    return _Found(size, _understand(bytes(held[head : size - 1])) if is_good else Spoilt(whole=True))


def _understand(body: bytes) -> Frame | None:
    if body == bytes([ERROR_IDENTIFIER]):
        return ErrorFrame()
    # Anything else is our own command, echoed by the wiring, or nothing the manual knows.
    return Answer(body[1], body[2:]) if body[0] == FROM_CHIP and len(body) > 1 else None
