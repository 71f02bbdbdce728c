r"""A code scanner on a serial line: the far end of a pseudo-terminal linked under the name a real port would have.

Run it as `python -m tests.hw_sim.serial_scanner --link PATH --control PATH`. `PATH` of the link plays the part of
`/dev/serial/by-id/usb-...`: it vanishes on `unplug` and comes back, naming another port, on `plug`.

Verbs beside `state`, `faults` and `quit`:

- `scan(text, encoding="utf-8", suffix="\r")`: one code, as the trigger was pulled over it;
- `half(text, encoding)`: a line whose rest never comes;
- `two(text1, text2, encoding, suffix)`: two lines in one delivery;
- `slow(text, encoding, suffix, gap_s=0.01)`: one byte at a time;
- `noise(length=48, seed=1)`: bytes that are no text in any encoding, without a line end;
- `endless(length=20000)`: that many characters and no line end;
- `unplug()`, `plug()`.

As with a real port, what is sent while nobody has the port open is lost; the answer's `heard` says which it was.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import os
import pathlib
import random
import select
import signal
import threading
import time
import tty
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.hw_sim.control import ControlServer, FaultCounter

SIMULATOR = "serial_scanner"  # its name in the run's fault log
FAULTS = frozenset({"half_line", "two_lines", "byte_by_byte", "noise", "endless_line", "unplugged"})

# A listener that takes nothing for this long is reported instead of waited for; below the control client's limit.
WRITE_TIMEOUT_S = 5.0
# One character at 9600 baud, 8N1, lasts 10 bits / 9600 = 1.04 ms; a byte-by-byte scanner with a slow processor
# takes some times longer, yet stays far under the 100-150 ms after which a host may take the code as ended.
BYTE_GAP_S = 0.01
ENDLESS_BYTES_MAX = 1 << 20
LISTEN_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Emission:
    """What the scanner puts on its line: pieces in order, the pause before each, and the fault they amount to."""

    pieces: tuple[bytes, ...]
    gap_s: float = 0.0
    fault: str = ""


class ScannerModel:
    """The scanner without its line: turns what is held before its window into bytes."""

    def scan(self, text: str, encoding: str = "utf-8", suffix: str = "\r") -> Emission:
        """One code with its suffix, in one delivery."""
        return Emission((_bytes(text + suffix, encoding),))

    def half(self, text: str, encoding: str = "utf-8") -> Emission:
        """The first half of a code's bytes (at least one); the rest never comes."""
        data = _bytes(text, encoding)
        return Emission((data[: max(1, len(data) // 2)],), fault="half_line")

    def two(self, text1: str, text2: str, encoding: str = "utf-8", suffix: str = "\r") -> Emission:
        """Two codes in one delivery."""
        return Emission((_bytes(text1 + suffix + text2 + suffix, encoding),), fault="two_lines")

    def slow(self, text: str, encoding: str = "utf-8", suffix: str = "\r", gap_s: float = BYTE_GAP_S) -> Emission:
        """One code, a byte at a time with `gap_s` seconds before each."""
        data = _bytes(text + suffix, encoding)
        return Emission(tuple(bytes([byte]) for byte in data), gap_s, "byte_by_byte")

    def noise(self, length: int = 48, seed: int = 1) -> Emission:
        """`length` bytes of a disturbed line: text in no encoding (FF starts no character anywhere), no line end."""
        source = random.Random(seed)
        allowed = [byte for byte in range(256) if byte not in b"\r\n"]
        return Emission((b"\xff" + bytes(source.choices(allowed, k=max(0, length - 1))),), fault="noise")

    def endless(self, length: int = 20_000) -> Emission:
        """`length` digits and no line end; `ValueError` outside 1 to 1,048,576."""
        if not 0 < length <= ENDLESS_BYTES_MAX:
            raise ValueError(f"length {length} is not between 1 and {ENDLESS_BYTES_MAX}")
        return Emission((b"0123456789" * (length // 10) + b"0123456789"[: length % 10],), fault="endless_line")


def _bytes(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except LookupError:
        raise ValueError(f"no encoding is called {encoding}") from None


class PtyPort:
    """The line: a pseudo-terminal in raw mode, its host side linked under a stable name while plugged in."""

    def __init__(self, link: str) -> None:
        """Use `link` for the name; nothing exists before `plug`."""
        self._link = pathlib.Path(link)
        self._master: int | None = None
        self._received = bytearray()
        self._lock = threading.Lock()

    @property
    def plugged(self) -> bool:
        """Whether the port exists at present."""
        return self._master is not None

    def plug(self) -> None:
        """Make a new port and link it; nothing happens when it is plugged in already."""
        with self._lock:
            if self._master is not None:
                return
            master, slave = os.openpty()
            tty.setraw(slave)
            name = os.ttyname(slave)
            # The host side is closed at once, so that the master reports a hang-up until a host opens the port.
            os.close(slave)
            os.set_blocking(master, False)
            self._master = master
            # Linked last and in one step: who finds the name finds a port that works.
            self._link.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._link.with_name(f"{self._link.name}.{os.getpid()}.new")
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(name)
            fresh.replace(self._link)

    def unplug(self) -> bool:
        """Take the name away and hang up; whether a host had the port open at that moment."""
        with self._lock:
            listened = self._listened()
            if self._master is not None:
                self._link.unlink(missing_ok=True)
                os.close(self._master)
                self._master = None
            return listened

    def listened(self) -> bool:
        """Whether a host has the port open."""
        with self._lock:
            return self._listened()

    def send(self, data: bytes) -> bool:
        """Deliver `data`; False when nobody has the port open, `TimeoutError` when the host stopped reading."""
        deadline = time.monotonic() + WRITE_TIMEOUT_S
        left = memoryview(data)
        while left:
            with self._lock:
                if not self._listened():
                    return False
                taken = self._write_some(left)
            left = left[taken:]
            if not taken:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the host has the port open but left {len(left)} bytes unread")
                time.sleep(0.005)
        return True

    def drain(self) -> bytes:
        """Take what the host sent so far and return all of it since the port was made (at most the last 4096)."""
        with self._lock:
            if self._master is not None:
                with contextlib.suppress(BlockingIOError, OSError):
                    self._received += os.read(self._master, 4096)
                del self._received[:-4096]
            return bytes(self._received)

    def _listened(self) -> bool:
        if self._master is None:
            return False
        poller = select.poll()
        poller.register(self._master, 0)
        return not any(event & select.POLLHUP for _, event in poller.poll(0))

    def _write_some(self, data: memoryview) -> int:
        assert self._master is not None
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno == errno.EIO:
                return 0
            raise


class SerialScanner:
    """The simulator whole: model, line, verbs and the count of faults."""

    def __init__(self, link: str, control: str) -> None:
        """Link the port at `link` and serve the verbs at `control` once started."""
        self.faults = FaultCounter("serial_scanner", FAULTS)
        self.link = link
        self.model = ScannerModel()
        self._control_path = control
        self._port = PtyPort(link)
        self._sent = 0
        self._closing = threading.Event()
        self._sending = threading.Lock()
        self.control: ControlServer | None = None

    def start(self) -> None:
        """Plug in and answer verbs."""
        self._port.plug()
        self.control = ControlServer(self._control_path, self._verbs())
        threading.Thread(target=self._drain, name="scanner drain", daemon=True).start()

    def close(self) -> None:
        """Hang up and stop; safe to call twice."""
        self._closing.set()
        self._port.unplug()
        if self.control is not None:
            self.control.close()

    def _verbs(self) -> dict[str, Callable[..., Mapping[str, Any] | None]]:
        model = self.model
        sending: dict[str, Callable[..., Emission]] = {
            "scan": model.scan,
            "half": model.half,
            "two": model.two,
            "slow": model.slow,
            "noise": model.noise,
            "endless": model.endless,
        }
        verbs: dict[str, Callable[..., Mapping[str, Any] | None]] = {
            name: self._sender(emission) for name, emission in sending.items()
        }
        return {
            **verbs,
            "plug": self._plug,
            "unplug": self._unplug,
            "state": self.state,
            "faults": lambda: {"faults": self.faults.counts()},
        }

    def _sender(self, emission: Callable[..., Emission]) -> Callable[..., Mapping[str, Any]]:
        def send(**arguments: Any) -> Mapping[str, Any]:
            return {"heard": self._emit(emission(**arguments))}

        return send

    def _emit(self, emission: Emission) -> bool:
        if not self._port.plugged:
            raise OSError("the scanner is unplugged")
        with self._sending:
            for piece in emission.pieces:
                self._closing.wait(emission.gap_s)
                if not self._port.send(piece):
                    return False
            self._sent += 1
        if emission.fault:
            self.faults.hit(emission.fault)
        return True

    def _plug(self) -> None:
        self._port.plug()

    def _unplug(self) -> dict[str, Any]:
        heard = self._port.unplug()
        if heard:
            self.faults.hit("unplugged")
        return {"heard": heard}

    def state(self) -> dict[str, Any]:
        """Whether it is plugged in, whether a host listens, how much was delivered, what the host sent (hex)."""
        return {
            "plugged": self._port.plugged,
            "open": self._port.listened(),
            "link": self.link,
            "sent": self._sent,
            "received": self._port.drain().hex(),
        }

    def _drain(self) -> None:
        # A host's commands must not fill the line; a plain scanner takes them and does nothing.
        while not self._closing.wait(LISTEN_POLL_S):
            self._port.drain()


def main() -> None:
    """Run the scanner until told to end."""
    parser = argparse.ArgumentParser(description="A serial code scanner on a pseudo-terminal.")
    parser.add_argument("--link", required=True, help="the name of the port, as /dev/serial/by-id would show it")
    parser.add_argument("--control", required=True, help="the control socket")
    options = parser.parse_args()
    scanner = SerialScanner(options.link, options.control)
    scanner.start()
    assert scanner.control is not None
    stopped = scanner.control.stopped
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    print("ready " + json.dumps({"link": options.link, "control": options.control}), flush=True)
    stopped.wait()
    scanner.close()


if __name__ == "__main__":
    main()
