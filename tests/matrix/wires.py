"""Drivers whose device cannot be put before a till here, under the supervisor, with a witness beside them.

A pipe cannot be grabbed as an input device can, `/dev/usb` is not ours to make, and libusb's stand-in is a backend.
"""

from __future__ import annotations

import logging
import os
import pathlib
import threading
from collections.abc import Callable, Sequence

from terminal.base.events import CodeScanned, DeviceDown, DeviceEvent, DeviceUp, ReceiptInDoubt, ReceiptPrinted
from terminal.base.printing import PrintJob
from terminal.hw.escpos_printer import EscposPrinterDriver, PrinterSettings
from terminal.hw.libusb_transport import LibusbTransport
from terminal.hw.usblp_transport import UsblpTransport
from terminal.hw.wedge import WedgeDriver
from terminal.hw.wedge_source import StreamSource, WedgeSource
from terminal.rules.receipt import Cut, Document, Picture, Text
from terminal.rules.receipt_raster import Strip
from terminal.runtime.supervisor import Driver, Supervisor
from tests.hw.printer_desk import job
from tests.hw.printer_peer import Jobs
from tests.hw.recorder import Recorder
from tests.hw_sim import printer_libusb, printer_usblp
from tests.hw_sim.control import ControlClient, FaultCounter
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_libusb import BusDevice, LibusbBackend
from tests.hw_sim.printer_state import Settings
from tests.hw_sim.printer_usb import UsbPlug
from tests.hw_sim.printer_usblp import UsblpNode
from tests.hw_sim.wedge import Wedge
from tests.matrix.table import PRINTER, SCANNER, Step
from tests.matrix.watch import until

WITNESS = "witness"
WITNESS_LOOK_S = 1.0
# Larger than the printer's buffer, so that it is on its way for as long as it is being printed.
PICTURE: Document = (Picture(Strip(48, 480, b"\xaa" * 48 * 480)), Text("total"), Cut())
PRINTER_MM_S = 60.0


class Witness:
    """A device with which nothing is ever wrong."""

    name = WITNESS

    def open(self) -> None:
        """Do nothing."""

    def serve(self, stop: threading.Event, emit: Callable[[DeviceEvent], None]) -> None:  # noqa: ARG002 - it says nothing
        """Wait for the end, looking at it as a driver must, or it would be taken for one that hangs."""
        while not stop.wait(WITNESS_LOOK_S):
            pass

    def close(self) -> None:
        """Do nothing."""

    def wake(self) -> None:
        """Do nothing: `stop` itself ends the wait."""


class Wire:
    """A driver and the witness under the supervisor, and the lines they log."""

    device = ""

    def __init__(self) -> None:
        """Begin without anything started."""
        self.seen = Recorder()
        self.lines: list[str] = []
        self._handler = logging.Handler()
        self._handler.emit = lambda record: self.lines.append(record.getMessage())  # type: ignore[method-assign]
        self._logger = logging.getLogger("terminal")
        self._level = self._logger.level
        self._supervisor: Supervisor | None = None

    def _run(self, driver: Driver) -> None:
        self._logger.addHandler(self._handler)
        self._logger.setLevel(logging.INFO)
        self._supervisor = Supervisor([driver, Witness()], self.seen)
        self._supervisor.start()
        self.seen.wait(DeviceUp, device=self.device)
        self.seen.wait(DeviceUp, device=WITNESS)

    def ready(self) -> bool:
        """Tell whether the device is there."""
        assert self._supervisor is not None
        return self._supervisor.states()[self.device].state == "ready"

    def told(self, kind: type[DeviceUp | DeviceDown]) -> list[str]:
        """Return the devices that were reported so, in order."""
        return [event.device for event in self.seen.of(kind)]

    def close(self) -> None:
        """Stop the driver, which must obey, and the simulator."""
        try:
            assert self._supervisor is None or self._supervisor.stop() == []
        finally:
            self._logger.removeHandler(self._handler)
            self._logger.setLevel(self._level)
            self._unplug()

    # What each kind of wire does for itself.

    def _unplug(self) -> None:
        raise NotImplementedError

    def hits(self) -> dict[str, int]:
        """Return how often each fault took effect."""
        raise NotImplementedError

    def do(self, step: Step) -> None:
        """Carry out one step of the table."""
        raise NotImplementedError

    def begin_message(self) -> None:
        """Begin a message and return while it is under way."""
        raise NotImplementedError

    def works(self) -> None:
        """Fail unless a message comes through, and every one before had one outcome."""
        raise NotImplementedError


class WedgeWire(Wire):
    """A keyboard-type scanner at two named pipes."""

    device = SCANNER

    def __init__(self, folder: pathlib.Path) -> None:
        """Plug it in and run its driver."""
        super().__init__()
        nodes = [str(folder / "usb-scanner-event-kbd"), str(folder / "usb-scanner-if01-event-kbd")]
        self._simulator = Wedge(nodes, str(folder / "wedge.control"))
        self._simulator.start()
        self._hand = ControlClient(str(folder / "wedge.control"))
        self._turn = 0
        self._typed: set[str] = set()
        self._run(WedgeDriver(SCANNER, nodes, open_source=_open_pipe))

    def _unplug(self) -> None:
        self._hand.close()
        self._simulator.close()

    def hits(self) -> dict[str, int]:
        """Return how often each fault took effect."""
        return self._simulator.faults.counts()

    def do(self, step: Step) -> None:
        """Type, in one delivery where the verb knows such a thing."""
        at_once = {} if step.verb in {"person", "caps", "plug", "unplug"} else {"key_s": 0.0}
        self._hand(step.verb, **{**at_once, **step.arguments})

    def begin_message(self) -> None:
        """Type the beginning of a code."""
        self._hand("half", text="HALF", key_s=0.0)

    def works(self) -> None:
        """Scan until a code comes through; a half one before it may spoil it."""

        def scanned() -> bool:
            self._turn += 1
            self._typed.add(f"CODE-{self._turn}")
            self._hand("scan", text=f"CODE-{self._turn}", key_s=0.0)
            return any(event.text in self._typed for event in self.seen.of(CodeScanned))

        until(scanned, "a scanned code")


def _open_pipe(path: str) -> WedgeSource:
    return StreamSource(os.open(path, os.O_RDONLY | os.O_NONBLOCK), pathlib.Path(path).name)


class PrinterWire(Wire):
    """A printer at a stand-in for the kernel's printer node, or for libusb's backend."""

    device = PRINTER

    def __init__(self, simulator: str) -> None:
        """Plug it in and run its driver."""
        super().__init__()
        offered = printer_usblp.FAULTS if simulator == "printer_usblp" else printer_libusb.FAULTS
        self._faults = FaultCounter(simulator, offered)
        self._printer = Printer(Settings(dots=384, render=False, speed_mm_s=PRINTER_MM_S))
        self._plug = UsbPlug(self._printer, self._faults.hit)
        self._bus = BusDevice(self._plug)
        self._jobs = DeviceJobs()
        self._number = 0
        transport = (
            UsblpTransport("/dev/usb/lp0", UsblpNode(self._plug))
            if simulator == "printer_usblp"
            else LibusbTransport("0416:5011", LibusbBackend(self._bus, on_fault=self._faults.hit))
        )
        self._run(EscposPrinterDriver(PRINTER, transport, self._jobs, PrinterSettings()))
        self.works()

    def _unplug(self) -> None:
        self._plug.unplug()

    def hits(self) -> dict[str, int]:
        """Return how often each fault took effect."""
        return self._faults.counts()

    def do(self, step: Step) -> None:
        """Flip a switch of the plug, pull it, put it in, break a transfer, or stall."""
        match step.verb:
            case "set":
                ((value, name),) = step.arguments.items()
                self._plug.set_switch(name, value=value == "on")
            case "break_after":
                self._plug.break_after(step.arguments["bytes"])
            case "stall":
                self._bus.stalled = True
            case verb:
                {"plug": self._plug.plug, "unplug": self._plug.unplug}[verb]()

    def begin_message(self) -> None:
        """Print a picture and return while it is on its way."""
        self._print(PICTURE)
        until(lambda: self._printer.busy, "a slip under way")

    def works(self) -> None:
        """Print, and fail unless each slip had exactly one outcome, this one being on paper."""
        number = self._print((Text(f"slip {self._number}"), Cut()))
        until(lambda: number in self._printed(), "a slip confirmed")
        outcomes = [*self._printed(), *(event.job for event in self.seen.of(ReceiptInDoubt))]
        assert sorted(outcomes) == list(range(1, number + 1)), f"slips and their outcomes: {outcomes}"

    def _print(self, document: Document) -> int:
        self._number += 1
        self._jobs.add(job(self._number, document))
        return self._number

    def _printed(self) -> Sequence[int]:
        return [event.job for event in self.seen.of(ReceiptPrinted)]


class DeviceJobs(Jobs):
    """Jobs for a printer of the till's name."""

    def take(self, device: str) -> PrintJob | None:
        """Return the next job."""
        assert device == PRINTER
        return super().take("printer")

    def put_back(self, device: str, job: int) -> None:
        """Take a job back."""
        assert device == PRINTER
        super().put_back("printer", job)


def make_wire(device: str, folder: pathlib.Path) -> Wire:
    """Return the running wire of one of the table's `WIRES`."""
    return WedgeWire(folder) if device == "wedge" else PrinterWire(device)
