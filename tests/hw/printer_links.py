"""One emulated printer on each kind of cable, with the shipped driver before it."""

from __future__ import annotations

import pathlib
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from terminal.base.events import PrinterStatus
from terminal.base.printing import DrawerKick
from terminal.hw.escpos_printer import EscposPrinterDriver, PrinterSettings
from terminal.hw.libusb_transport import LibusbTransport
from terminal.hw.printer_transport import PrinterTransport
from terminal.hw.serial_transport import SerialTransport
from terminal.hw.tcp_transport import TcpTransport
from terminal.hw.usblp_transport import UsblpTransport
from tests.hw.printer_peer import Jobs
from tests.hw.recorder import Recorder
from tests.hw_sim import printer_libusb, printer_net, printer_serial, printer_usblp
from tests.hw_sim.control import FaultCounter
from tests.hw_sim.printer import FAULTS as PRINTER_FAULTS
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_libusb import BusDevice, LibusbBackend
from tests.hw_sim.printer_net import PrinterServer
from tests.hw_sim.printer_serial import SerialPrinter
from tests.hw_sim.printer_state import Settings
from tests.hw_sim.printer_usb import UsbPlug
from tests.hw_sim.printer_usblp import UsblpNode

LINKS = ("tcp", "serial", "node", "usblp", "libusb")


class Plug(Protocol):
    """What a test does to a cable."""

    def plug(self) -> None: ...

    def unplug(self) -> None: ...

    def unplug_after(self, count: int) -> None: ...

    def power_cut(self) -> None: ...

    def set_switch(self, name: str, *, value: bool) -> None: ...


class _Socket:
    """The network plug, told in the words of the others."""

    def __init__(self, server: PrinterServer) -> None:
        self._server = server

    def plug(self) -> None:
        self._server.set_switch("refuse", value=False)

    def unplug(self) -> None:
        self._server.set_switch("refuse", value=True)
        self._server.reset_after(0)

    def unplug_after(self, count: int) -> None:
        self._server.reset_after(count)

    def power_cut(self) -> None:
        self._server.power_cut()

    def set_switch(self, name: str, *, value: bool) -> None:
        self._server.set_switch("black_hole" if name == "hang" else name, value=value)


class DrawerJobs(Jobs):
    """A job source with a drawer."""

    def __init__(self) -> None:
        super().__init__()
        self.kicks: deque[DrawerKick] = deque()
        self.kicks_taken: list[int] = []

    def kick(self, kick: DrawerKick) -> None:
        """Ask for a pulse and wake the driver."""
        with self._changed:
            self.kicks.append(kick)
            self._changed.notify_all()

    def take_kick(self, device: str) -> DrawerKick | None:
        """Return the next pulse."""
        assert device == "printer"
        with self._changed:
            if not self.kicks:
                return None
            kick = self.kicks.popleft()
            self.kicks_taken.append(kick.job)
            return kick

    def wait(self, timeout_s: float) -> None:
        """Wait for a job or a pulse."""
        with self._changed:
            if not self.queue and not self.kicks:
                self._changed.wait(timeout_s)


class Bench:
    """An emulated printer on one kind of cable, a driver for it and what the driver reported."""

    def __init__(
        self,
        link: str,
        folder: pathlib.Path,
        settings: PrinterSettings | None = None,
        clock: Callable[[], float] = time.monotonic,
        **model: Any,
    ) -> None:
        """Plug in a printer of that model by `link`."""
        self.printer_faults = FaultCounter("printer", PRINTER_FAULTS)
        self.printer = Printer(Settings(**{"dots": 384, "render": False, **model}), on_fault=self.printer_faults.hit)
        self.link_faults: FaultCounter
        self._closers: list[Callable[[], None]] = []
        self.plug, self.transport = self._connect(link, folder)
        self.jobs = DrawerJobs()
        self.seen = Recorder()
        self.driver = EscposPrinterDriver("printer", self.transport, self.jobs, settings or PrinterSettings(), clock)

    def _connect(self, link: str, folder: pathlib.Path) -> tuple[Plug, PrinterTransport]:
        if link == "tcp":
            self.link_faults = FaultCounter("printer", printer_net.FAULTS)
            server = PrinterServer(self.printer, on_fault=self.link_faults.hit)
            server.start()
            self._closers.append(server.close)
            return _Socket(server), TcpTransport(f"127.0.0.1:{server.port}")
        if link in {"serial", "node"}:
            self.link_faults = FaultCounter("printer_serial", printer_serial.FAULTS)
            path = str(folder / ("ttyUSB0" if link == "serial" else "lp0"))
            flow = "hardware" if link == "serial" else "usb"
            line = SerialPrinter(self.printer, path, flow=flow, on_fault=self.link_faults.hit)
            line.start()
            self._closers.append(line.close)
            return line, SerialTransport(path, 115200, "hardware") if link == "serial" else UsblpTransport(path)
        if link == "usblp":
            self.link_faults = FaultCounter("printer_usblp", printer_usblp.FAULTS)
            plug = UsbPlug(self.printer, self.link_faults.hit)
            return plug, UsblpTransport("/dev/usb/lp0", UsblpNode(plug))
        self.link_faults = FaultCounter("printer_libusb", printer_libusb.FAULTS)
        plug = UsbPlug(self.printer, self.link_faults.hit)
        return plug, LibusbTransport("0416:5011", LibusbBackend(BusDevice(plug), on_fault=self.link_faults.hit))

    def close(self) -> None:
        """Unplug everything."""
        self.driver.close()
        for closer in self._closers:
            closer()

    def slips(self) -> list[str]:
        """Return the text of every slip that was cut."""
        return [slip.text for slip in self.printer.slips if slip.ended == "cut"]

    def pulses(self) -> list[dict[str, Any]]:
        """Return every pulse the drawer socket gave."""
        return [event.details for event in list(self.printer.events) if event.kind == "pulse"]

    def blocked(self) -> list[str]:
        """Return the states reported so far."""
        return [status.blocked for status in self.seen.of(PrinterStatus)]


class HurryingClock:
    """Monotonic seconds that run many times as fast once told to, until told to be calm again."""

    RATE = 10.0

    def __init__(self) -> None:
        """Begin at the usual pace."""
        self._hurried_at_s: float | None = None
        self._gained_s = 0.0

    def hurry(self) -> None:
        """From now on a second lasts 100 ms."""
        self._hurried_at_s = time.monotonic()

    def calm(self) -> None:
        """Go at the usual pace from here on; the time that was gained stays."""
        self._gained_s = self() - time.monotonic()
        self._hurried_at_s = None

    def __call__(self) -> float:
        """Return the time."""
        now_s = time.monotonic()
        hurried_s = 0.0 if self._hurried_at_s is None else (self.RATE - 1) * (now_s - self._hurried_at_s)
        return now_s + self._gained_s + hurried_s
