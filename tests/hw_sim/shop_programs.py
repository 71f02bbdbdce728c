"""The commands that start the shop's simulators and its bench page."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

from tests.hw_sim.shop_children import Program
from tests.hw_sim.shop_first_start import DEMO
from tests.hw_sim.shop_till_config import DISPLAY_CHARSET, Wiring


def devices(wiring: Wiring) -> Iterator[Program]:
    """Yield every simulator that needs no port of the network: readers, scanner and display."""
    control = wiring.control
    readers = [word for name in wiring.readers.values() for word in ("--readers", name)]
    pcsc = ["--socket", str(wiring.pcsc_socket), "--control", str(control["pcsc"]), "--cards", str(wiring.cards)]
    yield Program("pcsc", _python("tests.hw_sim.pcsc_daemon", *pcsc, *readers), {})
    board = ["--link", str(wiring.pn532_link), "--control", str(control["pn532"])]
    yield Program("pn532", _python("tests.hw_sim.pn532", *board, "--cards", str(DEMO / "cards.json")), {})
    scanner = ["--link", str(wiring.scanner_link), "--control", str(control["scanner"])]
    yield Program("scanner", _python("tests.hw_sim.serial_scanner", *scanner), {})
    display = ["--link", str(wiring.display_link), "--control", str(control["display"])]
    yield Program("display", _python("tests.hw_sim.customer_display", *display, "--charset", DISPLAY_CHARSET), {})


def printer(wiring: Wiring) -> Program:
    """The printer, on the port of the wiring; its slips fall into a folder that exists."""
    words = ["--port", str(wiring.printer_port), "--control", str(wiring.control["printer"])]
    return Program("printer", _python("tests.hw_sim.printer_net", *words, "--out", str(wiring.slips)), {})


def till(config: pathlib.Path, pcsc_socket: pathlib.Path) -> Program:
    """The till, whose card library asks the simulated readers."""
    environment = {"PCSCLITE_CSOCK_NAME": str(pcsc_socket)}
    return Program("till", _python("terminal.cli", "serve", "--config", str(config)), environment)


def bench(port: int, wiring_file: pathlib.Path) -> Program:
    """The bench page on a port, reading where the devices are from a file."""
    words = ["--port", str(port), "--wiring", str(wiring_file)]
    return Program("bench", _python("tests.hw_sim.bench_page", *words), {})


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]
