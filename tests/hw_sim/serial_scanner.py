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

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.hw_sim.control import Verb
from tests.hw_sim.line_device import LineDevice, line_arguments, run
from tests.hw_sim.pty_device import PtyPort

SIMULATOR = "serial_scanner"  # its name in the run's fault log
FAULTS = frozenset({"half_line", "two_lines", "byte_by_byte", "noise", "endless_line", "unplugged"})

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


class SerialScanner(LineDevice[PtyPort]):
    """The simulator whole: model, line, verbs and the count of faults."""

    def __init__(self, link: str, control: str) -> None:
        """Link the port at `link` and serve the verbs at `control` once started."""
        super().__init__(SIMULATOR, FAULTS, link, control, PtyPort(link))
        self.model = ScannerModel()
        self._sent = 0

    def verbs(self) -> dict[str, Verb]:
        """The ways of scanning."""
        model = self.model
        sending: dict[str, Callable[..., Emission]] = {
            "scan": model.scan,
            "half": model.half,
            "two": model.two,
            "slow": model.slow,
            "noise": model.noise,
            "endless": model.endless,
        }
        return {name: self._sender(emission) for name, emission in sending.items()}

    def _sender(self, emission: Callable[..., Emission]) -> Callable[..., Mapping[str, Any]]:
        def send(**arguments: Any) -> Mapping[str, Any]:
            return {"heard": self._emit(emission(**arguments))}

        return send

    def _emit(self, emission: Emission) -> bool:
        if not self._port.plugged:
            raise OSError("the scanner is unplugged")
        with self._lock:
            for piece in emission.pieces:
                self._closing.wait(emission.gap_s)
                if not self._port.send(piece):
                    return False
            self._sent += 1
        if emission.fault:
            self.faults.hit(emission.fault)
        return True

    def state(self) -> dict[str, Any]:
        """Whether it is plugged in, whether a host listens, how much was delivered, what the host sent (hex)."""
        return {**super().state(), "sent": self._sent, "received": self._port.drain().hex()}

    def turn(self) -> None:
        """Take what a host sends, which must not fill the line: a plain scanner does nothing with it."""
        self._closing.wait(LISTEN_POLL_S)
        self._port.drain()


def main() -> None:
    """Run the scanner until told to end."""
    options = line_arguments("A serial code scanner on a pseudo-terminal.").parse_args()
    run(SerialScanner(options.link, options.control))


if __name__ == "__main__":
    main()
