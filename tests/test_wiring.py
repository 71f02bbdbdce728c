"""The configuration made into parts: each device gets its driver, and is described once; nothing is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal import wiring
from terminal.base.config import Config, parse_config
from terminal.base.devices import configured_devices, found_reader, labels
from terminal.base.errors import Refusal
from terminal.base.printing import PrinterProfile, PrintJob
from terminal.hw.customer_display import CustomerDisplayDriver
from terminal.hw.escpos_printer import EscposPrinterDriver
from terminal.hw.pcsc import PcscDriver
from terminal.hw.pn532 import Pn532Driver
from terminal.hw.serial_scanner import SerialScannerDriver
from terminal.hw.wedge import WedgeDriver
from terminal.services.receipts import reprint_mark
from terminal.services.spool import Above

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


def test_two_readers_two_scanners_and_two_printers_are_each_served_under_their_own_name(tmp_path: Path) -> None:
    sections = "".join(
        f'[[pn532_readers]]\nid = "reader-{n}"\nport = "/dev/serial/by-id/pn532-{n}"\n'
        f'[[serial_scanners]]\nid = "gun-{n}"\nport = "/dev/serial/by-id/gun-{n}"\n'
        f'[[printers]]\nid = "printer-{n}"\naddress = "192.168.1.{n}:9100"\n'
        for n in (1, 2)
    )
    config = parse_config(f'[till]\ndata_dir = "data"\n[pcsc]\nenabled = false\n{sections}', tmp_path)
    assert [(driver.name, type(driver)) for driver in wiring.make_devices(config, NoJobs(), None).drivers] == [
        *[(f"reader-{n}", Pn532Driver) for n in (1, 2)],
        *[(f"gun-{n}", SerialScannerDriver) for n in (1, 2)],
        *[(f"printer-{n}", EscposPrinterDriver) for n in (1, 2)],
    ]


def test_each_device_is_described_once_by_all_that_others_ask_of_it(config: Config) -> None:
    devices = configured_devices(config)
    assert [(one.id, one.kind, one.place) for one in devices.values()] == [
        ("kiosk-reader", "reader", "kiosk"),
        ("desk-reader", "reader", "counter"),
        ("gun", "scanner", "counter"),
        ("pad", "reader", "kiosk"),
        ("net", "printer", "counter"),
        ("line", "printer", "kiosk"),
        ("node", "printer", "counter"),
        ("usb", "printer", "counter"),
        ("pole", "display", "counter"),
    ]
    orders = {one.id: one.byte_order for one in devices.values() if one.byte_order}
    assert orders == {"kiosk-reader": "reversed", "desk-reader": "both"}
    assert {one.id: one.layout for one in devices.values() if one.layout} == {"pad": "us"}
    assert [one.id for one in devices.values() if one.profile == PrinterProfile(576, "gb18030")] == [
        *("net", "line", "node", "usb"),
    ]
    assert [node for one in devices.values() for node in one.nodes] == [
        "/dev/serial/by-id/pn532",
        "/dev/serial/by-id/gun",
        "/dev/input/by-id/pad-event-kbd",
        "/dev/serial/by-id/printer",
        "/dev/usb/lp0",
        "/dev/serial/by-id/pole",
    ]
    assert {one.id: one.usb for one in devices.values() if one.usb} == {"usb": "0416:5011"}
    assert devices["pole"].charset == "gb18030"


def test_notices_name_every_device_and_the_service_of_all_readers(config: Config) -> None:
    named = labels(configured_devices(config))
    assert (named["pcsc"], named["pad"]) == (("readers", ""), ("reader", "kiosk"))
    assert named.keys() == {"pcsc", *configured_devices(config)}


def test_a_reader_that_nobody_configured_serves_the_counter_and_can_issue_cards() -> None:
    found = found_reader("Strange Reader")
    assert (found.id, found.kind, found.place, found.byte_order) == ("Strange Reader", "reader", "counter", "both")


def test_the_drawer_the_display_and_the_paper_are_those_of_their_places(config: Config) -> None:
    devices = configured_devices(config)
    assert wiring.drawer_printer(config) == ("node", 5)
    assert wiring.display_charset(devices) == "gb18030"
    printers = wiring.paper(config, devices).printers
    assert {place: printer for place, (printer, _) in printers.items()} == {"counter": "net", "kiosk": "line"}


def test_a_second_printer_at_a_place_is_known_to_whoever_prints_an_old_slip_again(config: Config) -> None:
    mark = reprint_mark(wiring.paper(config, configured_devices(config)), lambda: "2026-11-21 14:32", lambda: "zh_CN")
    for printer in ("net", "line", "node", "usb"):
        assert "重印 第2次".encode("gb18030") in mark(printer, Above(2))


def test_a_till_that_prints_does_not_start_without_the_font_of_its_receipts(tmp_path: Path) -> None:
    printer = '[[printers]]\nid = "net"\naddress = "127.0.0.1:9100"\nfont = "/nowhere/font.ttc"\n'
    config = parse_config(f'[till]\ndata_dir = "data"\n{printer}', tmp_path)
    with pytest.raises(Refusal, match="font_missing"):
        wiring.paper(config, configured_devices(config))


def test_a_bare_configuration_has_card_readers_and_nothing_else(tmp_path: Path) -> None:
    bare = parse_config('[till]\ndata_dir = "data"\n', tmp_path)
    assert [driver.name for driver in wiring.make_devices(bare, NoJobs(), None).drivers] == ["pcsc"]
    assert wiring.drawer_printer(bare) == ("", 0)
    assert wiring.display_charset(configured_devices(bare)) == "ascii"
    assert wiring.paper(bare, configured_devices(bare)).printers == {}
