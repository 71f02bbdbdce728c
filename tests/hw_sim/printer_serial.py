"""A receipt printer on a serial line: the far end of a pseudo-terminal linked under the name a real port would have.

`python -m tests.hw_sim.printer_serial --link PATH --control PATH` prints `ready {json}` once the port exists. Verbs
beside a printer's own: `plug`, `unplug` (of the USB adapter), `unplug_after(bytes)`, and the switches `hang` (takes
nothing more) and `slow`.

The receive buffer has a fixed size and empties as fast as paper is printed. What comes when it is full is lost, as in
the device, and counted (`overrun_bytes`), unless the host lets itself be held back:

- `hardware`: a pseudo-terminal has no RTS and CTS. Not reading on stands for the dropped line, and only with a host
  that has RTS/CTS switched on (termios CRTSCTS), for any other would not see it;
- `software`: XOFF and XON are said and the kernel obeys them, if the host has that switched on (IXON). What lies on
  the pseudo-terminal then is what a real port's driver would keep, so it is not read, but for a few bytes under way;
- `none`: nobody is held back;
- `usb`: the same line under the name of a printer node (`.../usb/lp0`), for a driver of `/dev/usb/lpN` that needs a
  real file. There the bus holds every host back.

With a `baud` the bytes come as slowly as they do on such a line; 0 brings them at once.
"""

from __future__ import annotations

import termios
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.hw_sim.control import ControlServer, FaultCounter, Verb, run_until_told
from tests.hw_sim.line_device import line_arguments
from tests.hw_sim.printer import FAULTS as PRINTER_FAULTS
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_state import Settings
from tests.hw_sim.printer_verbs import printer_verbs
from tests.hw_sim.pty_device import READ_BYTES_MAX, PtyPort

SIMULATOR = "printer_serial"  # its name in the run's fault log
LINK_SWITCHES = frozenset(("hang", "slow"))
FAULTS = LINK_SWITCHES | {"unplugged", "overrun"}
FLOWS = ("hardware", "software", "none", "usb")
TICK_S = 0.005
SLOW_BYTES = 24  # taken a tick by a slow printer
BITS_PER_BYTE = 10  # 8N1
XON, XOFF = b"\x11", b"\x13"
XOFF_BELOW_BYTES, XON_ABOVE_BYTES = 256, 512  # room in the receive buffer (Epson: XOFF at 128 or 256 left)
UNDER_WAY_BYTES = 16  # what the chip of a serial port (16550) sends on after a stop


class SerialPrinter:
    """A printer and its line."""

    def __init__(
        self,
        printer: Printer,
        link: str,
        *,
        flow: str = "hardware",
        baud: int = 0,
        on_fault: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Link the port at `link` once started; link faults that took effect go to `on_fault`."""
        assert flow in FLOWS
        self.printer = printer
        self.link = link
        self.switches = dict.fromkeys(sorted(LINK_SWITCHES), False)
        self.stops = 0  # how often XOFF was said
        self.overrun_bytes = 0
        self._flow = flow
        self._on_fault = on_fault
        self._lock = threading.RLock()
        self._port = PtyPort(link)
        self._rate = LineRate(baud)
        self._stopped = False
        self._under_way = 0
        self._unplug_after: int | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="printer line", daemon=True)

    def start(self) -> None:
        """Plug in and serve in the background."""
        self.plug()
        self._thread.start()

    def close(self) -> None:
        """Hang up and stop; safe to call twice."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        self._port.unplug()

    def plug(self) -> None:
        """Make a new port and link it; nothing happens when it is plugged in already."""
        with self._lock:
            if not self._port.plugged:
                self._stopped = False
            self._port.plug()

    def unplug(self) -> None:
        """Take the name away and hang up; the printer keeps its power, and prints on what it has."""
        with self._lock:
            if self._port.plugged:
                self._on_fault("unplugged")
            self._unplug_after = None
            self._port.unplug()

    def unplug_after(self, count: int) -> None:
        """Hang up once `count` more bytes have gone over."""
        with self._lock:
            self._unplug_after = count

    def power_cut(self) -> None:
        """Cut the printer's power for a moment; the port stays, for it is the adapter's."""
        with self._lock:
            self.printer.power_cut()
            self._stopped = False

    def set_switch(self, name: str, *, value: bool) -> None:
        """Flip a switch of the line (`hang`, `slow`) or of the printer."""
        if name not in LINK_SWITCHES:
            self.printer.set_switch(name, value=value)
            return
        with self._lock:
            self.switches[name] = value

    def state(self) -> dict[str, Any]:
        """All a person may want to see."""
        plain = self.printer.state()
        return {
            **plain,
            "switches": {**plain["switches"], **self.switches},
            "overrun_bytes": self.overrun_bytes,
            "plugged": self._port.plugged,
            "open": self._port.listened(),
            "link": self.link,
        }

    def _serve(self) -> None:
        while not self._closing.is_set():
            with self._lock:
                got_on = self._turn()
            if not got_on or self.switches["slow"]:
                self._closing.wait(TICK_S)

    def _turn(self) -> bool:
        """Carry bytes both ways as far as they go now, and tell whether any were received."""
        got_on = False
        if self._port.called():
            got_on = self._receive()
        else:
            self._rate.idle()
        self.printer.pump()
        self._send()
        return got_on

    def _receive(self) -> bool:
        for fault in ("hang", "slow"):
            if self.switches[fault]:
                self._on_fault(fault)
        data = self._port.read(self._count())
        self._rate.carried(len(data))
        self._under_way -= len(data)
        self._take_in(data)
        if self._unplug_after is not None and data:
            self._unplug_after -= len(data)
            if not self._unplug_after:
                self.unplug()
        return bool(data)

    def _count(self) -> int:
        """How many bytes the line brings now: what its speed allows, and the host, where it can be held back."""
        count = min(READ_BYTES_MAX, self._rate.due_bytes())
        if self._heeded():
            count = min(count, self.printer.room_bytes)
            if self._stopped:
                count = min(count, self._under_way)
        if self.switches["hang"]:
            count = 0
        elif self.switches["slow"]:
            count = min(count, SLOW_BYTES)
        return count if self._unplug_after is None else min(count, self._unplug_after)

    def _heeded(self) -> bool:
        """Whether the host stops when the printer says so."""
        inward, control, _ = self._port.host_settings()
        heeding = {"hardware": control & termios.CRTSCTS, "software": inward & termios.IXON, "none": 0, "usb": 1}
        return bool(heeding[self._flow])

    def _take_in(self, data: bytes) -> None:
        while data:
            room = self.printer.room_bytes
            if not room:
                self.overrun_bytes += len(data)
                self._on_fault("overrun")
                return
            self.printer.feed(data[:room])
            data = data[room:]

    def _send(self) -> None:
        answers = self.printer.take_answers()
        if self.switches["hang"] or not self._port.listened():
            return  # nobody listens: the answer is gone, as on a real line
        room = self.printer.room_bytes
        if self._flow == "software" and not self._stopped and room < XOFF_BELOW_BYTES:
            self._stopped = True
            self._under_way = UNDER_WAY_BYTES
            self.stops += 1
            answers += XOFF
        elif self._stopped and room > XON_ABOVE_BYTES:
            self._stopped = False
            answers += XON
        if answers:
            self._port.say(answers)


class LineRate:
    """How many bytes a line of so many baud has brought; 0 brings any number at once."""

    def __init__(self, baud: int) -> None:
        """Begin with a line that stands still."""
        self._bytes_per_s = baud / BITS_PER_BYTE
        self._since_s = time.monotonic()

    def idle(self) -> None:
        """Nothing was to be carried until now."""
        self._since_s = time.monotonic()

    def due_bytes(self) -> int:
        """How many could have come since the last ones."""
        if not self._bytes_per_s:
            return READ_BYTES_MAX
        return int((time.monotonic() - self._since_s) * self._bytes_per_s)

    def carried(self, count: int) -> None:
        """So many came."""
        if self._bytes_per_s:
            self._since_s += count / self._bytes_per_s


def control_verbs(line: SerialPrinter, faults: FaultCounter) -> dict[str, Verb]:
    """The verbs a serial printer's control socket offers."""
    return {
        **printer_verbs(line, faults),
        "plug": line.plug,
        "unplug": line.unplug,
        "unplug_after": lambda **request: line.unplug_after(int(request["bytes"])),
    }


def main(argv: list[str] | None = None) -> None:
    """Run a printer until SIGTERM, SIGINT or the verb `quit`."""
    parser = line_arguments("A receipt printer on a pseudo-terminal.")
    parser.add_argument("--dots", type=int, default=576)
    parser.add_argument("--flow", choices=FLOWS, default="hardware")
    parser.add_argument("--speed", type=float, default=150.0, help="mm/s; 0 prints at once")
    parser.add_argument("--baud", type=int, default=0, help="how fast bytes come over the line; 0 brings them at once")
    parser.add_argument("--buffer", type=int, default=4096, help="bytes")
    chosen = parser.parse_args(argv)
    own, printers = FaultCounter(SIMULATOR, FAULTS), FaultCounter("printer", PRINTER_FAULTS)
    settings = Settings(dots=chosen.dots, speed_mm_s=chosen.speed, buffer_bytes=chosen.buffer, render=False)
    line = SerialPrinter(
        Printer(settings, on_fault=printers.hit), chosen.link, flow=chosen.flow, baud=chosen.baud, on_fault=own.hit
    )
    line.start()
    run_until_told(ControlServer(chosen.control, control_verbs(line, own)), line.close, link=chosen.link)


if __name__ == "__main__":
    main()
