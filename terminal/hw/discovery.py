"""Devices that are plugged in, by names that survive replugging; nothing is opened or sent anything.

udev keeps two sets of links for serial ports and keyboards: by-id (maker, product, serial number) and by-path (the
socket). Cheap devices have no serial number, so of two equal ones only one has the by-id name; the other is given by
its socket, which the person who set it up labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

USB_PRINTER_CLASS = "07"  # USB device class definition for printing devices, 4.2.1
_TYPES = "-event-kbd"
_SERIAL_NUMBER_CHARS = re.compile(r"[!-9;-~]{1,64}")  # what the `usb` key of a printer may have


@dataclass(frozen=True, slots=True)
class Found:
    """A device that could be configured: `kind` is `serial`, `keyboard`, `printer` (kernel node) or `usb_printer`.

    `name` is what the configuration calls it (a path, or `vendor:product[:serial]`), `label` what its maker calls it;
    `stable` is false where only the place it is plugged into tells it from an equal one.
    """

    kind: str
    name: str
    label: str
    stable: bool = True


def find_devices(dev: Path = Path("/dev"), sys: Path = Path("/sys")) -> list[Found]:
    """Return what is plugged in now, each device once, in the order of kinds and names.

    A keyboard may be a scanner or what staff type on: which of them it is, only "scan anything now" tells.
    """
    return [
        *_links(dev / "serial", "serial", ""),
        *_links(dev / "input", "keyboard", _TYPES),
        *(Found("printer", str(node), node.name, stable=False) for node in sorted((dev / "usb").glob("lp[0-9]*"))),
        *_usb_printers(sys / "bus" / "usb" / "devices"),
    ]


def _links(folder: Path, kind: str, ending: str) -> Iterator[Found]:
    by_id = {link: link.resolve() for link in _named(folder / "by-id", ending)}
    by_path = {link.resolve(): link for link in _named(folder / "by-path", ending)}
    for link, node in by_id.items():
        yield Found(kind, str(link), _label(link.name, ending))
        by_path.pop(node, None)
    for link in sorted(by_path.values()):
        yield Found(kind, str(link), _label(link.name, ending), stable=False)


def _named(folder: Path, ending: str) -> list[Path]:
    return sorted(link for link in folder.glob(f"*{ending}") if link.exists()) if folder.is_dir() else []


def _label(name: str, ending: str) -> str:
    return name.removesuffix(ending).removeprefix("usb-").replace("_", " ")


def _usb_printers(folder: Path) -> Iterator[Found]:
    seen: dict[str, list[tuple[str, str]]] = {}
    for interface in sorted(folder.glob("*:*")):
        if _line(interface / "bInterfaceClass") == USB_PRINTER_CLASS:
            device = interface.with_name(interface.name.partition(":")[0])
            ids = f"{_line(device / 'idVendor')}:{_line(device / 'idProduct')}"
            label = " ".join(filter(None, (_line(device / "manufacturer"), _line(device / "product")))) or ids
            seen.setdefault(ids, []).append((_line(device / "serial"), label))
    for ids, devices in sorted(seen.items()):
        for serial, label in devices:
            told_apart = bool(_SERIAL_NUMBER_CHARS.fullmatch(serial)) and len(devices) > 1
            yield Found(
                "usb_printer", f"{ids}:{serial}" if told_apart else ids, label, stable=told_apart or len(devices) == 1
            )


def _line(path: Path) -> str:
    """Return the text of a sysfs file, or nothing: the device may go while it is being looked at."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
