"""The configuration's device sections: values, and how each is read from its table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from terminal.base.toml_section import Section

PLACES = ("counter", "kiosk")
BAUDS = (1200, 2400, 4800, 9600, 14400, 19200, 38400, 57600, 115200, 230400)
CHARSETS = ("gb18030", "gbk", "gb2312", "big5", "none")
DISPLAY_CHARSETS = ("ascii", "gb18030")
DISPLAY_DIALECTS = ("cd5220", "escpos", "led8")
SUFFIXES = ("line", "none")
BYTE_ORDERS = ("both", "as-read", "reversed")
FEEDBACKS = ("none", "acr122u", "acr1252u")
KEYBOARD_KINDS = ("scanner", "reader")
LAYOUTS = ("us", "de", "fr")
GS_KEYS = ("ctrl", "f8", "alt029")
DRAWER_PINS = (2, 5)
FLOWS = ("hardware", "software", "none")
PCSC_DEVICE = "pcsc"  # the name of the PC/SC driver itself, so no other device may have it

_ID = re.compile(r"[a-z][a-z0-9-]{0,31}")
_ID_EXPECTED = "lower-case letters, digits and hyphens, beginning with a letter, at most 32"
_PORT_EXPECTED = "the device's path, such as /dev/serial/by-id/usb-... or /dev/ttyACM0"
_NODE_EXPECTED = "a device path, such as /dev/serial/by-id/usb-... or /dev/usb/lp0"
_USB = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}(:[!-9;-~]{1,64})?")
_USB_EXPECTED = "vendor:product in hexadecimal, such as 0416:5011, and where two are alike the serial number behind it"
_LINKS = ("address", "device", "usb")


@dataclass(frozen=True, slots=True)
class PcscReaderConfig:
    """`[[pcsc_readers]]`: the id and place of the readers whose PC/SC name contains `match`.

    `byte_order` is how the numbers printed on the shop's cards relate to what this reader reads; `feedback` is whose
    commands make it beep.
    """

    id: str
    match: str
    place: str
    byte_order: str = "both"
    feedback: str = "none"


@dataclass(frozen=True, slots=True)
class Pn532Config:
    """`[[pn532_readers]]`: a PN532 module on a serial line."""

    id: str
    port: str
    place: str
    byte_order: str


@dataclass(frozen=True, slots=True)
class SerialScannerConfig:
    """`[[serial_scanners]]`: a scanner on a serial or USB virtual port.

    `suffix` is `line` (a CR or LF ends a code) or `none` (a pause does); `aim_ids` says that the scanner puts an AIM
    identifier in front.
    """

    id: str
    port: str
    baud: int
    place: str
    aim_ids: bool
    suffix: str


@dataclass(frozen=True, slots=True)
class KeyboardConfig:
    """`[[keyboards]]`: a scanner or a 125 kHz card reader that types; `ports` are all nodes of the one device."""

    id: str
    ports: tuple[str, ...]
    kind: str
    place: str
    layout: str
    suffix: str
    gs: str


@dataclass(frozen=True, slots=True)
class PrinterConfig:
    """`[[printers]]`: a receipt printer on exactly one of network (`host`, `port`), `device` path or `usb`.

    `font` is None where the built-in search finds one; `drawer_pin` is 0 where no cash drawer hangs on it.
    """

    id: str
    host: str
    port: int
    place: str
    dots_per_line: int
    charset: str
    process_id: bool
    font: Path | None
    device: str = ""
    baud: int = 115200
    usb: str = ""
    drawer_pin: int = 0
    flow: str = "hardware"


@dataclass(frozen=True, slots=True)
class DisplayConfig:
    """`[[displays]]`: a customer display on a serial line."""

    id: str
    port: str
    baud: int
    place: str
    dialect: str
    charset: str


# Every key of every device section, in the order the documentation has them.
DEVICE_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "pcsc": ("enabled",),
        "pcsc_readers": ("id", "match", "place", "byte_order", "feedback"),
        "pn532_readers": ("id", "port", "place", "byte_order"),
        "serial_scanners": ("id", "port", "baud", "place", "aim_ids", "suffix"),
        "keyboards": ("id", "ports", "kind", "place", "layout", "suffix", "gs"),
        "printers": (
            "id",
            *_LINKS,
            "baud",
            "flow",
            "place",
            "dots_per_line",
            "charset",
            "process_id",
            "font",
            "drawer_pin",
        ),
        "displays": ("id", "port", "baud", "place", "dialect", "charset"),
    }
)


class DeviceReader:
    """Reads device sections; remembers ids, names and paths, which may each be given once in a file."""

    def __init__(self, folder: Path) -> None:
        """Count relative paths from `folder`."""
        self._folder = folder
        self._taken = {("id", PCSC_DEVICE): "the card reader service"}

    def pcsc_reader(self, section: Section) -> PcscReaderConfig:
        """Return a `[[pcsc_readers]]` section."""
        return PcscReaderConfig(
            id=self._id(section),
            match=self._unique(section, "match", section.text("match", None, "a part of the reader's PC/SC name")),
            place=_place(section),
            byte_order=section.choice("byte_order", "both", BYTE_ORDERS),
            feedback=section.choice("feedback", "none", FEEDBACKS),
        )

    def pn532_reader(self, section: Section) -> Pn532Config:
        """Return a `[[pn532_readers]]` section."""
        return Pn532Config(
            id=self._id(section),
            port=self._port(section, "port"),
            place=_place(section),
            byte_order=section.choice("byte_order", "both", BYTE_ORDERS),
        )

    def serial_scanner(self, section: Section) -> SerialScannerConfig:
        """Return a `[[serial_scanners]]` section."""
        return SerialScannerConfig(
            id=self._id(section),
            port=self._port(section, "port"),
            baud=section.one_of("baud", 9600, BAUDS),
            place=_place(section),
            aim_ids=section.flag("aim_ids", default=False),
            suffix=section.choice("suffix", "line", SUFFIXES),
        )

    def keyboard(self, section: Section) -> KeyboardConfig:
        """Return a `[[keyboards]]` section."""
        name = self._id(section)
        ports = section.texts("ports", 'a list of device paths, such as ["/dev/input/by-id/usb-...-event-kbd"]')
        for port in ports:
            if not port.startswith("/"):
                section.refuse("ports", "a list of device paths, each beginning with /")
            self._unique(section, "port", port)
        return KeyboardConfig(
            id=name,
            ports=ports,
            kind=section.choice("kind", "scanner", KEYBOARD_KINDS),
            place=_place(section),
            layout=section.choice("layout", "us", LAYOUTS),
            suffix=section.choice("suffix", "line", SUFFIXES),
            gs=section.choice("gs", "ctrl", GS_KEYS),
        )

    def printer(self, section: Section) -> PrinterConfig:
        """Return a `[[printers]]` section."""
        name = self._id(section)
        host, port, device, usb = self._link(section)
        dots = section.number("dots_per_line", 576, 192, 1024)
        if dots % 8:
            section.refuse("dots_per_line", "a multiple of 8 (384 on most 58 mm, 576 on most 80 mm printers)")
        return PrinterConfig(
            id=name,
            host=host,
            port=port,
            device=device,
            baud=section.one_of("baud", 115200, BAUDS),
            flow=section.choice("flow", "hardware", FLOWS),
            usb=usb,
            place=_place(section),
            dots_per_line=dots,
            charset=section.choice("charset", "gb18030", CHARSETS),
            process_id=section.flag("process_id", default=True),
            font=self._folder / section.text("font", None, "a font file") if section.has("font") else None,
            drawer_pin=section.one_of("drawer_pin", 0, DRAWER_PINS) if section.has("drawer_pin") else 0,
        )

    def display(self, section: Section) -> DisplayConfig:
        """Return a `[[displays]]` section."""
        return DisplayConfig(
            id=self._id(section),
            port=self._port(section, "port"),
            baud=section.one_of("baud", 9600, BAUDS),
            place=_place(section),
            dialect=section.choice("dialect", "cd5220", DISPLAY_DIALECTS),
            charset=section.choice("charset", "ascii", DISPLAY_CHARSETS),
        )

    def _link(self, section: Section) -> tuple[str, int, str, str]:
        """Return host, port, device and usb, of which one says where the printer is."""
        given = [key for key in _LINKS if section.has(key)]
        if len(given) != 1:
            said = " and ".join(given) if given else "none of them"
            section.wrong(
                "address", f"{section.where} needs exactly one of address, device and usb, but the file has {said}"
            )
            return "", 0, "", ""
        [key] = given
        if key == "address":
            host, port = section.address("address", None, "the printer's host:port, such as 192.168.1.50:9100", 1)
            self._unique(section, "address", f"{host}:{port}" if host else "")
            return host, port, "", ""
        if key == "device":
            return "", 0, self._port(section, "device", _NODE_EXPECTED), ""
        usb = section.text("usb", None, _USB_EXPECTED)
        if usb and not _USB.fullmatch(usb):
            section.refuse("usb", _USB_EXPECTED)
        return "", 0, "", self._unique(section, "usb", usb)

    def _port(self, section: Section, key: str, expected: str = _PORT_EXPECTED) -> str:
        port = section.text(key, None, expected)
        if port and not port.startswith("/"):
            section.refuse(key, expected)
        return self._unique(section, "port", port, said_as=key)

    def _id(self, section: Section) -> str:
        name = section.text("id", None, _ID_EXPECTED)
        if name and not _ID.fullmatch(name):
            section.refuse("id", _ID_EXPECTED)
        return self._unique(section, "id", name)

    def _unique(self, section: Section, key: str, value: str, said_as: str = "") -> str:
        """Return the value, noting a mistake where another device has it already."""
        shown = said_as or key
        first = self._taken.setdefault((key, value), section.where) if value else section.where
        if first != section.where:
            section.wrong(shown, f'{section.where}.{shown} is "{value}", but {first} has the same; each must differ')
        return value


def _place(section: Section) -> str:
    return section.choice("place", "counter", PLACES)
