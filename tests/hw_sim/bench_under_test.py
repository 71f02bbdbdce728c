"""The bench page for its tests: a browser's view of it, and the simulators behind it in this process."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.hw_sim.bench_devices import Devices
from tests.hw_sim.bench_page import create_bench
from tests.hw_sim.bench_wires import BenchWiring
from tests.hw_sim.cards import read_deck
from tests.hw_sim.control import ControlServer, FaultCounter
from tests.hw_sim.customer_display import CustomerDisplay
from tests.hw_sim.pcsc_daemon import PcscDaemon
from tests.hw_sim.pn532 import Pn532
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_net import FAULTS, PrinterServer, control_verbs
from tests.hw_sim.serial_scanner import SerialScanner
from tests.hw_sim.shop_first_start import DEMO
from tests.hw_sim.shop_till_config import SIMULATORS

READERS = {"kiosk": "Kiosk 00 00", "counter": "Counter 01 00"}


def told(response: TestResponse) -> dict[str, Any]:
    """The JSON object of an answer."""
    body: dict[str, Any] = json.loads(response.text)
    return body


@dataclasses.dataclass(frozen=True, slots=True)
class Bench:
    """The page's client and the simulators behind the page."""

    browser: FlaskClient
    pcsc: PcscDaemon
    printer: PrinterServer
    board: Pn532
    display: CustomerDisplay
    scanner_link: pathlib.Path
    devices: Devices

    def press(self, path: str, **body: Any) -> dict[str, Any]:
        """Do what a button does; the answer must be good."""
        response = self.browser.post(path, json=body)
        assert response.status_code == 200, response.text
        return told(response)

    def refused(self, path: str, **body: Any) -> str:
        """Do what a button does; the English sentence with which it is refused."""
        response = self.browser.post(path, json=body)
        assert response.status_code == 409, response.text
        said = told(response)["said"]
        assert said["zh"]
        return str(said["en"])

    def state(self, since: int = 0) -> dict[str, Any]:
        """What the page would draw."""
        return told(self.browser.get(f"/api/state?since={since}"))

    def card_at(self, place: str) -> str | None:
        """The card on a reader."""
        card: str | None = self.state()["readers"][place]["card"]
        return card


def make_wiring(folder: pathlib.Path) -> BenchWiring:
    """Where the simulators will listen."""
    control = {name: str(folder / f"{name}.ctl") for name in SIMULATORS}
    code = {"zh": "手机号", "en": "Phone", "text": "13800138001"}
    return BenchWiring(control, READERS, "http://127.0.0.1:1/kiosk", "", {"陈晓": "135790"}, [code])


@contextlib.contextmanager
def open_bench(folder: pathlib.Path, wiring: BenchWiring) -> Iterator[Bench]:
    """Start every simulator with the demo's cards, and give the page."""
    deck = str(DEMO / "cards.json")
    pcsc = PcscDaemon(str(folder / "pcscd"), tuple(READERS.values()), read_deck(deck))
    faults = FaultCounter("printer", FAULTS)
    printer = PrinterServer(Printer(folder=folder, on_fault=faults.hit), on_fault=faults.hit)
    scanner = SerialScanner(str(folder / "scanner"), wiring.control["scanner"])
    board = Pn532(str(folder / "pn532"), wiring.control["pn532"], read_deck(deck))
    display = CustomerDisplay(str(folder / "display"), wiring.control["display"], charset="gb18030")
    starts: list[Callable[[], None]] = [pcsc.start, printer.start, scanner.start, board.start, display.start]
    for start in starts:
        start()
    controls = [
        ControlServer(wiring.control["pcsc"], pcsc.verbs()),
        ControlServer(wiring.control["printer"], control_verbs(printer, faults)),
    ]
    devices = Devices(wiring, tap_s=0.2)
    browser = create_bench(wiring, devices).test_client()
    try:
        yield Bench(browser, pcsc, printer, board, display, folder / "scanner", devices)
    finally:
        devices.close()
        # Side by side, because a control socket takes up to half a second to close.
        closes: list[Callable[[], None]] = [
            scanner.close,
            board.close,
            display.close,
            *(control.close for control in controls),
            printer.close,
            pcsc.close,
        ]
        closing = [threading.Thread(target=close) for close in closes]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join()
