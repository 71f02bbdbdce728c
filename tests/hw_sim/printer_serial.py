"""A receipt printer on a serial line: the far end of a pseudo-terminal linked under the name a real port would have.

`python -m tests.hw_sim.printer_serial --link PATH --control PATH` prints `ready {json}` once the port exists. The same
line under the name of a printer node (`.../usb/lp0`) serves a driver of `/dev/usb/lpN` that needs a real file.
Verbs beside a printer's own: `plug`, `unplug` (of the USB adapter), `unplug_after(bytes)`, and the switches `hang`
(takes nothing more) and `slow`.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import select
import signal
import threading
import tty
from collections.abc import Callable, Mapping
from typing import Any

from tests.hw_sim.control import ControlServer, FaultCounter, Verb
from tests.hw_sim.printer import FAULTS as PRINTER_FAULTS
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_state import Settings

SIMULATOR = "printer_serial"  # its name in the run's fault log
LINK_SWITCHES = frozenset(("hang", "slow"))
FAULTS = LINK_SWITCHES | {"unplugged"}
FLOWS = ("hardware", "software")
TICK_S = 0.005
READ_BYTES_MAX = 4096
SLOW_BYTES = 24  # taken a tick by a slow printer
XON, XOFF = b"\x11", b"\x13"
XOFF_BELOW_BYTES, XON_ABOVE_BYTES = 256, 512  # room in the receive buffer (Epson: XOFF at 128 or 256 left)


class SerialPrinter:
    """A printer and its line; with flow `hardware` a full buffer just stops the line, `software` says XOFF first."""

    def __init__(
        self,
        printer: Printer,
        link: str,
        *,
        flow: str = "hardware",
        on_fault: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Link the port at `link` once started; link faults that took effect go to `on_fault`."""
        assert flow in FLOWS
        self.printer = printer
        self.link = pathlib.Path(link)
        self.switches = dict.fromkeys(sorted(LINK_SWITCHES), False)
        self.stops = 0  # how often XOFF was said
        self._flow = flow
        self._on_fault = on_fault
        self._lock = threading.RLock()
        self._master: int | None = None
        self._stopped = False
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
        with self._lock:
            self._hang_up()

    def plug(self) -> None:
        """Make a new port and link it; nothing happens when it is plugged in already."""
        with self._lock:
            if self._master is not None:
                return
            self._master, slave = os.openpty()
            tty.setraw(slave)
            name = os.ttyname(slave)
            # The host side is closed at once, so that the master reports a hang-up until a host opens the port.
            os.close(slave)
            os.set_blocking(self._master, False)
            self._stopped = False
            # Linked last and in one step: who finds the name finds a port that works.
            fresh = self.link.with_name(f"{self.link.name}.{os.getpid()}.new")
            fresh.symlink_to(name)
            fresh.replace(self.link)

    def unplug(self) -> None:
        """Take the name away and hang up; the printer keeps its power, and prints on what it has."""
        with self._lock:
            if self._master is not None:
                self._on_fault("unplugged")
            self._hang_up()

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

    @property
    def opened(self) -> bool:
        """Whether a host has the port open."""
        with self._lock:
            return self._master is not None and not self._poll(0) & select.POLLHUP

    def state(self) -> dict[str, Any]:
        """All a person may want to see."""
        plain = self.printer.state()
        return {
            **plain,
            "switches": {**plain["switches"], **self.switches},
            "plugged": self._master is not None,
            "open": self.opened,
            "link": str(self.link),
        }

    def _hang_up(self) -> None:
        master, self._master = self._master, None
        self._unplug_after = None
        if master is not None:
            self.link.unlink(missing_ok=True)
            os.close(master)

    def _poll(self, events: int) -> int:
        assert self._master is not None
        poll = select.poll()
        poll.register(self._master, events)
        return next((found for _, found in poll.poll(0)), 0)

    def _serve(self) -> None:
        while not self._closing.is_set():
            with self._lock:
                got_on = self._turn()
            if not got_on or self.switches["slow"]:
                self._closing.wait(TICK_S)

    def _turn(self) -> bool:
        """Carry bytes both ways as far as they go now, and tell whether any were received."""
        got_on = False
        if self._master is not None and self._poll(select.POLLIN) & select.POLLIN:
            got_on = self._receive()
        self.printer.pump()
        if self._master is not None:
            self._send()
        return got_on

    def _receive(self) -> bool:
        assert self._master is not None
        for fault in ("hang", "slow"):
            if self.switches[fault]:
                self._on_fault(fault)
        count = min(READ_BYTES_MAX, self.printer.room_bytes)
        count = 0 if self.switches["hang"] else min(count, SLOW_BYTES) if self.switches["slow"] else count
        if self._unplug_after is not None:
            count = min(count, self._unplug_after)
        if not count:
            return False
        try:
            data = os.read(self._master, count)
        except OSError:
            return False  # the host has just closed the port
        self.printer.feed(data)
        if self._unplug_after is not None:
            self._unplug_after -= len(data)
            if not self._unplug_after:
                self.unplug()
        return True

    def _send(self) -> None:
        answers = self.printer.take_answers()
        if self.switches["hang"] or self._poll(0) & select.POLLHUP:
            return  # nobody listens: the answer is gone, as on a real line
        room = self.printer.room_bytes
        if self._flow == "software" and not self._stopped and room < XOFF_BELOW_BYTES:
            self._stopped = True
            self.stops += 1
            answers += XOFF
        elif self._stopped and room > XON_ABOVE_BYTES:
            self._stopped = False
            answers += XON
        if answers:
            assert self._master is not None
            with contextlib.suppress(OSError):
                os.write(self._master, answers)


def control_verbs(line: SerialPrinter, faults: FaultCounter) -> dict[str, Verb]:
    """The verbs a serial printer's control socket offers."""
    printer = line.printer

    def state() -> Mapping[str, Any]:
        return line.state()

    def slips(since: int = 0) -> Mapping[str, Any]:
        found = [slip for slip in printer.slips if slip.number > since]
        return {"slips": [{"number": slip.number, "text": slip.text, "ended": slip.ended} for slip in found]}

    def events(since: int = 0) -> Mapping[str, Any]:
        return {"events": [dataclasses.asdict(event) for event in list(printer.events) if event.number > since]}

    return {
        "state": state,
        "faults": lambda: {"faults": faults.counts()},
        "set": lambda switch, value: line.set_switch(switch, value=bool(value)),
        "plug": line.plug,
        "unplug": line.unplug,
        "unplug_after": lambda **request: line.unplug_after(int(request["bytes"])),
        "power_cut": line.power_cut,
        "paper_end_after": lambda rows: printer.paper_end_after(int(rows)),
        "reload": printer.reload,
        "slips": slips,
        "events": events,
        "strict_errors": lambda: {"strict_errors": list(printer.strict_errors)},
    }


def main(argv: list[str] | None = None) -> None:
    """Run a printer until SIGTERM, SIGINT or the verb `quit`."""
    parser = argparse.ArgumentParser(description="A receipt printer on a pseudo-terminal.")
    parser.add_argument("--link", required=True, help="the name of the port, as /dev/serial/by-id would show it")
    parser.add_argument("--control", required=True, help="the control socket")
    parser.add_argument("--dots", type=int, default=576)
    parser.add_argument("--flow", choices=FLOWS, default="hardware")
    parser.add_argument("--speed", type=float, default=150.0, help="mm/s; 0 prints at once")
    chosen = parser.parse_args(argv)
    own, printers = FaultCounter("printer_serial", FAULTS), FaultCounter("printer", PRINTER_FAULTS)
    settings = Settings(dots=chosen.dots, speed_mm_s=chosen.speed, render=False)
    line = SerialPrinter(Printer(settings, on_fault=printers.hit), chosen.link, flow=chosen.flow, on_fault=own.hit)
    line.start()
    control = ControlServer(chosen.control, control_verbs(line, own))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: control.stopped.set())
    print("ready " + json.dumps({"link": chosen.link, "control": chosen.control}), flush=True)
    control.stopped.wait()
    control.close()
    line.close()


if __name__ == "__main__":
    main()
