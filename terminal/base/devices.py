"""Every device of the configuration described once: what all parts of the till know of it by its id.

A driver's own settings stay in the device's section (`device_config`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminal.base.config import Config
from terminal.base.device_config import BYTE_ORDERS, PCSC_DEVICE, PLACES, PrinterConfig
from terminal.base.printing import PrinterProfile

COUNTER, KIOSK = PLACES
READER, SCANNER, PRINTER, DISPLAY = "reader", "scanner", "printer", "display"
READER_SERVICE = "readers"  # what the driver of all PC/SC readers is; it stands nowhere and cannot be tried


@dataclass(frozen=True, slots=True)
class ConfiguredDevice:
    """A device by its `id`: `kind` is `reader`, `scanner`, `printer` or `display`, `place` `counter` or `kiosk`.

    `byte_order` is set for readers of chip numbers, which can also issue cards; `layout` for what types; `profile` for
    a printer; `charset` for a display. `nodes` are its paths; `usb` is vendor:product[:serial], where that names it.
    """

    id: str
    kind: str
    place: str = COUNTER
    byte_order: str = ""
    layout: str = ""
    profile: PrinterProfile | None = None
    charset: str = ""
    nodes: tuple[str, ...] = ()
    usb: str = ""


@dataclass(frozen=True, slots=True)
class CardOrder:
    """What a reader is to do with the next card: the order's `id`, which its event names again, and the card's `kind`.

    `kind` is `desfire`, `ntag424` or `ultralight_aes`.
    """

    id: str
    kind: str


def configured_devices(config: Config) -> Mapping[str, ConfiguredDevice]:
    """Return every configured device by its id, in the order of the file's sections."""
    devices = (
        *(ConfiguredDevice(one.id, READER, one.place, byte_order=one.byte_order) for one in config.pcsc_readers),
        *(
            ConfiguredDevice(one.id, READER, one.place, byte_order=one.byte_order, nodes=(one.port,))
            for one in config.pn532_readers
        ),
        *(ConfiguredDevice(one.id, SCANNER, one.place, nodes=(one.port,)) for one in config.serial_scanners),
        *(
            ConfiguredDevice(one.id, one.kind, one.place, layout=one.layout, nodes=one.ports)
            for one in config.keyboards
        ),
        *(_printer(one) for one in config.printers),
        *(
            ConfiguredDevice(one.id, DISPLAY, one.place, charset=one.charset, nodes=(one.port,))
            for one in config.displays
        ),
    )
    return MappingProxyType({device.id: device for device in devices})


def found_reader(name: str) -> ConfiguredDevice:
    """Return a PC/SC reader that is plugged in and stands in no section: it serves the counter by its own name."""
    return ConfiguredDevice(name, READER, byte_order=BYTE_ORDERS[0])


def labels(devices: Mapping[str, ConfiguredDevice]) -> dict[str, tuple[str, str]]:
    """Return what people are told a device is, by its id: (kind, place); the service of all readers among them."""
    return {PCSC_DEVICE: (READER_SERVICE, ""), **{one.id: (one.kind, one.place) for one in devices.values()}}


def _printer(one: PrinterConfig) -> ConfiguredDevice:
    profile = PrinterProfile(one.dots_per_line, one.charset)
    nodes = (one.device,) if one.device else ()
    return ConfiguredDevice(one.id, PRINTER, one.place, profile=profile, nodes=nodes, usb=one.usb)
