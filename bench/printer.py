"""The simulated printer, saying when the first byte of a receipt reached it (CLOCK_MONOTONIC).

A program: `python -m bench.printer --port PORT --control PATH`.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from collections.abc import Sequence

from tests.hw_sim.control import ControlServer, Verb
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_net import PrinterServer
from tests.hw_sim.printer_state import Settings

# Each receipt begins with 16 NULs and ESC @; status questions, which come all the time, are three bytes.
RECEIPT_HEAD = bytes(16) + b"\x1b@"


class StampedPrinter(Printer):
    """A printer that prints at once and remembers when each receipt's first bytes were read."""

    def prepare(self) -> None:
        """Start with no receipt seen."""
        self.arrivals_ns: list[int] = []

    def feed(self, data: bytes) -> None:
        """Take bytes from the wire."""
        if data.startswith(RECEIPT_HEAD):
            self.arrivals_ns.append(time.monotonic_ns())
        super().feed(data)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the printer until SIGTERM; prints one line `ready {json}`."""
    parser = argparse.ArgumentParser(prog="python -m bench.printer")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control", required=True)
    options = parser.parse_args(arguments)
    printer = StampedPrinter(Settings(dots=576, speed_mm_s=0, render=False), folder=None, on_fault=lambda _: None)
    printer.prepare()
    server = PrinterServer(printer, port=options.port)
    server.start()
    verbs: dict[str, Verb] = {
        "arrivals": lambda: {"arrivals_ns": list(printer.arrivals_ns)},
        "state": lambda: {"connected": server.connected},
    }
    control = ControlServer(options.control, verbs)
    signal.signal(signal.SIGTERM, lambda *_: control.stopped.set())
    print(f"ready {json.dumps({'port': server.port})}", flush=True)
    control.stopped.wait()
    control.close()
    server.close()


if __name__ == "__main__":
    main()
