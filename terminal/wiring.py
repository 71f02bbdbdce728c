"""The configuration made into parts: which driver serves each device, and what is printed and opened where."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from terminal.base.config import Config, PrinterConfig
from terminal.base.device_config import PCSC_DEVICE
from terminal.base.devices import COUNTER, KIOSK, ConfiguredDevice
from terminal.base.errors import Refusal
from terminal.base.printing import PrinterProfile
from terminal.hw.cards.keys import CardKeys
from terminal.hw.cards.ordering import CardOrders
from terminal.hw.customer_display import CustomerDisplayDriver
from terminal.hw.discovery import find_devices
from terminal.hw.escpos_printer import EscposPrinterDriver, JobSource, PrinterSettings
from terminal.hw.libusb_transport import LibusbTransport
from terminal.hw.pcsc import PcscDriver
from terminal.hw.pcsc_names import ReaderMatch
from terminal.hw.pcsc_reader import Question
from terminal.hw.pn532 import Pn532Driver
from terminal.hw.printer_transport import PrinterTransport
from terminal.hw.serial_scanner import SerialScannerDriver
from terminal.hw.serial_transport import SerialTransport
from terminal.hw.tcp_transport import TcpTransport
from terminal.hw.usblp_transport import UsblpTransport
from terminal.hw.wedge import WedgeDriver
from terminal.runtime.supervisor import Driver
from terminal.services.device_setup import DeviceSetup
from terminal.services.receipt_font import RECEIPT_FONT_FILE, FontFile, FontStrips
from terminal.services.receipts import Paper

# Face 7 of the family is the monospaced Simplified Chinese one.
RECEIPT_FONT = FontFile(str(RECEIPT_FONT_FILE), 7)
USBLP_NODES = "/dev/usb/"


@dataclass(frozen=True, slots=True)
class Devices:
    """The drivers of a till, in the order they are started, and the customer displays among them."""

    drivers: tuple[Driver, ...]
    displays: tuple[CustomerDisplayDriver, ...]

    def tell(self, question: Question, *, accepted: bool) -> None:
        """Have the reader that told of a card say yes or no to it, where it can; from any thread, never waits."""
        for driver in self.drivers:
            if isinstance(driver, PcscDriver):
                driver.tell(question, accepted=accepted)


def make_devices(config: Config, jobs: JobSource, keys: CardKeys | None, orders: CardOrders | None = None) -> Devices:
    """Return a driver for each device in the configuration; none is opened yet."""
    displays = tuple(
        CustomerDisplayDriver(
            display.id,
            display.port,
            display.baud,
            dialect=display.dialect,  # type: ignore[arg-type]  # one of the words the configuration allows
            charset=display.charset,  # type: ignore[arg-type]  # the same
        )
        for display in config.displays
    )
    return Devices((*_readers(config, keys, orders), *_scanners(config), *_printers(config, jobs), *displays), displays)


def _readers(config: Config, keys: CardKeys | None, orders: CardOrders | None) -> list[Driver]:
    drivers: list[Driver] = []
    if config.pcsc_enabled:
        matches = [ReaderMatch(reader.id, reader.match) for reader in config.pcsc_readers]
        feedback = {reader.id: reader.feedback for reader in config.pcsc_readers}
        drivers.append(PcscDriver(PCSC_DEVICE, matches, card_keys=keys, orders=orders, feedback=feedback))
    drivers += [Pn532Driver(reader.id, reader.port, card_keys=keys, orders=orders) for reader in config.pn532_readers]
    return drivers


def _scanners(config: Config) -> list[Driver]:
    serial = [
        SerialScannerDriver(
            scanner.id, scanner.port, scanner.baud, suffix=scanner.suffix == "line", aim_identifiers=scanner.aim_ids
        )
        for scanner in config.serial_scanners
    ]
    typing = [
        WedgeDriver(
            keyboard.id,
            keyboard.ports,
            kind=keyboard.kind,
            layout=keyboard.layout,
            suffix=keyboard.suffix,
            gs=keyboard.gs,
        )
        for keyboard in config.keyboards
    ]
    return [*serial, *typing]


def _printers(config: Config, jobs: JobSource) -> list[Driver]:
    return [
        EscposPrinterDriver(printer.id, _transport(printer), jobs, PrinterSettings(process_id=printer.process_id))
        for printer in config.printers
    ]


def _transport(printer: PrinterConfig) -> PrinterTransport:
    if printer.usb:
        return LibusbTransport(printer.usb)
    if printer.device:
        # What udev's links lead to is known only while the printer is plugged in; the folder tells the two apart.
        if printer.device.startswith(USBLP_NODES):
            return UsblpTransport(printer.device)
        return SerialTransport(printer.device, printer.baud, printer.flow)  # type: ignore[arg-type]  # a word allowed
    return TcpTransport(f"{printer.host}:{printer.port}")


def device_setup(config: Config, file: Path | None, states: Callable[[], Collection[str]]) -> DeviceSetup | None:
    """Return what configures devices in the file that a till was started from; None where nobody knows of one."""
    return DeviceSetup(file, config, find_devices, states) if file else None


def drawer_printer(config: Config) -> tuple[str, int]:
    """Return the printer the counter's cash drawer hangs on, and the pin; an empty id where there is none."""
    for printer in config.printers:
        if printer.drawer_pin and printer.place == COUNTER:
            return printer.id, printer.drawer_pin
    return "", 0


def display_charset(devices: Mapping[str, ConfiguredDevice]) -> str:
    """Return the character set of the counter's customer display."""
    return next((one.charset for one in devices.values() if one.charset and one.place == COUNTER), "ascii")


def paper(config: Config, devices: Mapping[str, ConfiguredDevice]) -> Paper:
    """Return where each place prints: on its own printer, else on the first; raise `Refusal` `font_missing`."""
    printers: dict[str, tuple[str, PrinterProfile]] = {}
    for device in devices.values():
        if device.profile is not None:
            printers.setdefault(device.place, (device.id, device.profile))
    for place in (COUNTER, KIOSK):
        for other in list(printers.values()):
            printers.setdefault(place, other)
    fonts = [*(FontFile(str(printer.font)) for printer in config.printers if printer.font is not None), RECEIPT_FONT]
    # A name that the printer's ROM lacks is drawn inside the sale's transaction: the font must be there before.
    for font in fonts if printers else ():
        if not Path(font.path).is_file():
            raise Refusal("font_missing", file=font.path)
    profiles = {device.id: device.profile for device in devices.values() if device.profile is not None}
    return Paper(printers, FontStrips(fonts), profiles)
