"""An emulated printer with the shipped driver before it, and the jobs tests print."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

from terminal.base.events import PrinterStatus
from terminal.base.printing import PrinterProfile, PrintJob
from terminal.hw.escpos_printer import EscposPrinterDriver, PrinterSettings
from terminal.rules.receipt import Cut, Document, Text, render
from tests.golden.drawing import pattern_strip
from tests.hw.printer_peer import Jobs
from tests.hw.recorder import Recorder
from tests.hw_sim import printer_net
from tests.hw_sim.control import FaultCounter
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_state import Settings

NARROW = PrinterProfile(384)
USUAL = PrinterSettings()
_ids = itertools.count(1000)


def job(number: int, document: Document | None = None, mark: bytes = b"") -> PrintJob:
    """Return a print job of a short slip (or `document`) under a new process id."""
    body = render(document or (Text(f"slip {number}"), Cut()), NARROW, pattern_strip)
    return PrintJob(number, str(next(_ids)).encode(), mark, body)


class Desk:
    """An emulated printer, a driver for it and what the driver reported."""

    def __init__(
        self, settings: PrinterSettings = USUAL, clock: Callable[[], float] = time.monotonic, **model: Any
    ) -> None:
        """Plug in a printer of that model."""
        self.printer = printer_net.PrinterServer(
            Printer(Settings(**{"dots": 384, "render": False, **model}), on_fault=self._hit), on_fault=self._hit
        )
        self.printer.start()
        self._faults = FaultCounter("printer", printer_net.FAULTS)
        self.verbs = printer_net.control_verbs(self.printer, self._faults)
        self.jobs = Jobs()
        self.seen = Recorder()
        self.driver = EscposPrinterDriver("printer", f"127.0.0.1:{self.printer.port}", self.jobs, settings, clock)

    def _hit(self, fault: str) -> None:
        self._faults.hit(fault)

    def switch(self, name: str, *, on: bool) -> None:
        """Flip one of the emulator's switches."""
        self.verbs["set"](switch=name, value=on)

    def slips(self) -> list[str]:
        """Return the text of every slip that was cut."""
        return [slip["text"] for slip in (self.verbs["slips"]() or {})["slips"] if slip["ended"] == "cut"]

    def events(self, kind: str) -> int:
        """Return how many mechanical events of a kind there were."""
        return sum(event["kind"] == kind for event in (self.verbs["events"]() or {})["events"])

    def blocked(self) -> list[str]:
        """Return the states reported so far."""
        return [status.blocked for status in self.seen.of(PrinterStatus)]
