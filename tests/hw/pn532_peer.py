"""The other end of a PN532's serial line, bare: one that knows its lines by heart, and a small one on a real pty.

Frames are put together here by hand (UM0701-02, 6.2.1), not by the code under test.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import select
import threading
import tty
from collections.abc import Callable

ACK = bytes.fromhex("0000FF00FF00")
NACK = bytes.fromhex("0000FFFF0000")
ERROR = bytes.fromhex("0000FF01FF7F8100")
WAKE_UP = bytes.fromhex("55550000000000000000000000000000")
# GetFirmwareVersion of a PN532, version 1.6, with the same features as in the manual.
VERSION = "32010607"
SILENCE_S = 0.06


def frame(content: str | bytes) -> bytes:
    """Return the normal or extended frame around identifier and data."""
    body = bytes.fromhex(content) if isinstance(content, str) else content
    size = len(body)
    if size < 256:
        head = bytes([size, (256 - size) % 256])
    else:
        high, low = divmod(size, 256)
        head = bytes([0xFF, 0xFF, high, low, (512 - high - low) % 256])
    return b"\x00\x00\xff" + head + body + bytes([(256 - sum(body)) % 256, 0])


def asked(command: str, answer: str) -> tuple[bytes, bytes]:
    """Return one line of a transcript: a command's code and data, and those of its answer, which comes after an ACK."""
    return frame(f"D4{command}"), ACK + frame(f"D5{answer}")


class Transcript:
    """A port whose other end knows what it will be sent, and what it says to each; silence costs time on its clock."""

    def __init__(self, *lines: tuple[bytes, bytes]) -> None:
        self._lines = list(lines)
        self._waiting = bytearray()
        self._now_s = 1000.0
        self.before_read: Callable[[], None] = lambda: None

    def expect(self, *lines: tuple[bytes, bytes]) -> None:
        """Know some more lines."""
        self._lines += lines

    def clock_s(self) -> float:
        """The time."""
        return self._now_s

    def write(self, data: bytes, /) -> int:
        """Take what is sent, which must be the next line."""
        assert self._lines, f"sent after the end: {data.hex()}"
        expected, reply = self._lines.pop(0)
        assert data == expected, f"sent {data.hex()}, expected {expected.hex()}"
        self._waiting += reply
        return len(data)

    def read(self, size: int = 1, /) -> bytes:
        """Give what was said, or nothing after a moment of silence."""
        self.before_read()
        data = bytes(self._waiting[:size])
        del self._waiting[:size]
        self._now_s += 0.0001 * size if data else SILENCE_S
        return data

    def let_pass(self, seconds: float) -> None:
        """Let time go by."""
        self._now_s += seconds

    @property
    def is_talking(self) -> bool:
        """Whether there is something to read."""
        return bool(self._waiting)

    def say(self, data: bytes) -> None:
        """Say something unasked."""
        self._waiting += data

    def assert_at_end(self) -> None:
        """Fail when a line was never sent."""
        assert not self._lines, f"never sent: {self._lines[0][0].hex()}"


class PtyChip:
    """A chip on a pseudo-terminal at `link`: awake after a wake-up, with the card that `target` describes in its field.

    `target` is the listing of UM0701-02, 7.3.5, after the count; `exchange` answers what is sent to the card; `misses`
    is how many searches more find nothing.
    """

    def __init__(self, link: pathlib.Path) -> None:
        self._link = link
        self._stop_read, self._stop_write = os.pipe()
        self.target = b""
        self.exchange: Callable[[bytes], bytes] = lambda _: b"\x01"
        self.mute = threading.Event()
        self.misses = 0
        self.version = VERSION
        self.commands: list[bytes] = []
        self.changed = threading.Condition()
        self._plug()

    def _plug(self) -> None:
        self._far, self._near = os.openpty()
        tty.setraw(self._near)
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(os.ttyname(self._near))
        self._thread = threading.Thread(target=self._run, args=(self._far,), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Take the line away."""
        os.write(self._stop_write, b"x")
        self._thread.join()
        self._link.unlink()
        os.close(self._near)
        os.close(self._far)

    def plug(self) -> None:
        """Bring the line back."""
        os.read(self._stop_read, 1)
        self._plug()

    def close(self) -> None:
        """End for good."""
        with contextlib.suppress(OSError):
            self.unplug()
        os.close(self._stop_read)
        os.close(self._stop_write)

    def wait_for_command(self, code: int, count: int = 1) -> None:
        """Return when a command has come `count` more times."""
        with self.changed:
            enough = sum(each[0] == code for each in self.commands) + count
            assert self.changed.wait_for(lambda: sum(each[0] == code for each in self.commands) >= enough, 40.0)

    def _run(self, far: int) -> None:
        held, awake = b"", False
        while True:
            ready, _, _ = select.select([far, self._stop_read], [], [])
            if self._stop_read in ready:
                return
            held += os.read(far, 4096)
            awake = awake or WAKE_UP in held
            while (found := _command_in(held)) is not None:
                command, held = found
                if awake and not self.mute.is_set():
                    answer = self._answer(command)
                    os.write(far, ACK + (frame(answer) if answer else b""))
                with self.changed:
                    self.commands.append(command)
                    self.changed.notify_all()

    def _answer(self, command: bytes) -> bytes:
        head = bytes([0xD5, command[0] + 1])
        match command[0]:
            case 0x02:
                return head + bytes.fromhex(self.version)
            case 0x4A if self.misses:
                self.misses -= 1
                return head + b"\x00"
            case 0x4A:
                return head + (b"\x01" + self.target if self.target else b"\x00")
            case 0x40:
                return head + self.exchange(command[2:])
            case 0x42:
                return head + self.exchange(command[1:])
        return head


def _command_in(held: bytes) -> tuple[bytes, bytes] | None:
    """Return the first command in `held`, and what is behind it; ACK frames are passed over."""
    held = held.replace(ACK, b"")
    at = held.find(b"\x00\x00\xff")
    if at < 0 or len(held) < at + 4 or len(held) < at + 7 + held[at + 3]:
        return None
    size = held[at + 3]
    return held[at + 6 : at + 5 + size], held[at + 7 + size :]
