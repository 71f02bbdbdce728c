"""The configuration made into parts: each device gets its driver, place, label and byte order; nothing is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal import wiring
from terminal.base.config import Config, parse_config
from terminal.base.printing import PrintJob
from terminal.hw.customer_display import CustomerDisplayDriver
from terminal.hw.escpos_printer import EscposPrinterDriver
from terminal.hw.pcsc import PcscDriver
from terminal.hw.pn532 import Pn532Driver
from terminal.hw.serial_scanner import SerialScannerDriver
from terminal.hw.wedge import WedgeDriver

EVERYTHING = """
[till]
data_dir = "data"
[[pcsc_readers]]
id = "kiosk-reader"
match = "ACR"
place = "kiosk"
byte_order = "reversed"
[[pn532_readers]]
id = "desk-reader"
port = "/dev/serial/by-id/pn532"
[[serial_scanners]]
id = "gun"
port = "/dev/serial/by-id/gun"
[[keyboards]]
id = "pad"
ports = ["/dev/input/by-id/pad-event-kbd"]
kind = "reader"
place = "kiosk"
[[printers]]
id = "net"
address = "192.168.1.50:9100"
[[printers]]
id = "line"
device = "/dev/serial/by-id/printer"
place = "kiosk"
[[printers]]
id = "node"
device = "/dev/usb/lp0"
drawer_pin = 5
[[printers]]
id = "usb"
usb = "0416:5011"
[[displays]]
id = "pole"
port = "/dev/serial/by-id/pole"
charset = "gb18030"
"""


class NoJobs:
    """A job source that is never asked."""

    def take(self, device: str) -> PrintJob | None:
        raise AssertionError(device)

    def put_back(self, device: str, job: int) -> None:
        raise AssertionError(device, job)

    def wait(self, timeout_s: float) -> None:
        raise AssertionError(timeout_s)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return parse_config(EVERYTHING, tmp_path)


def test_every_device_has_a_driver_of_its_kind_under_its_own_name(config: Config) -> None:
    made = wiring.make_devices(config, NoJobs(), None)
    assert [(driver.name, type(driver)) for driver in made.drivers] == [
        ("pcsc", PcscDriver),
        ("desk-reader", Pn532Driver),
        ("gun", SerialScannerDriver),
        ("pad", WedgeDriver),
        ("net", EscposPrinterDriver),
        ("line", EscposPrinterDriver),
        ("node", EscposPrinterDriver),
        ("usb", EscposPrinterDriver),
        ("pole", CustomerDisplayDriver),
    ]
    assert [display.name for display in made.displays] == ["pole"]


def test_each_device_is_known_by_kind_and_place(config: Config) -> None:
    assert wiring.labels(config) == {
        "pcsc": ("readers", ""),
        "kiosk-reader": ("reader", "kiosk"),
        "desk-reader": ("reader", "counter"),
        "gun": ("scanner", "counter"),
        "pad": ("reader", "kiosk"),
        "net": ("printer", "counter"),
        "line": ("printer", "kiosk"),
        "node": ("printer", "counter"),
        "usb": ("printer", "counter"),
        "pole": ("display", "counter"),
    }
    assert wiring.places(config)["pad"] == "kiosk"
    assert wiring.byte_orders(config) == {"kiosk-reader": "reversed", "desk-reader": "both"}
    assert wiring.drawer_printer(config) == ("node", 5)
    assert wiring.display_charset(config) == "gb18030"


def test_a_bare_configuration_has_card_readers_and_nothing_else(tmp_path: Path) -> None:
    bare = parse_config('[till]\ndata_dir = "data"\n', tmp_path)
    assert [driver.name for driver in wiring.make_devices(bare, NoJobs(), None).drivers] == ["pcsc"]
    assert wiring.drawer_printer(bare) == ("", 0)
    assert wiring.display_charset(bare) == "ascii"
    assert wiring.paper(bare).printers == {}
