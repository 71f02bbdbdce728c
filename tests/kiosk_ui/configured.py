"""A configuration file behind the technician's page: a real one, with things plugged in that stand in no section."""

from __future__ import annotations

from pathlib import Path

from terminal.base.config import load_config
from terminal.kiosk_ui.desk import DeviceSetup
from terminal.services.device_proposals import Plugged

FILE = """\
# The till of the shop in the arcade.
[till]
data_dir = "data"  # on the second disk

[[pcsc_readers]]
id = "tap"
match = "ACR122U"
place = "kiosk"

[[serial_scanners]]
id = "gun"
port = "/dev/serial/by-id/usb-gun"

[[printers]]
id = "receipts"
address = "192.168.1.50:9100"
font = "fonts/own.ttf"

[[displays]]
id = "pole"
port = "/dev/serial/by-id/usb-pole"
"""
STRANGE = "ACS <b>ACR122U</b> PICC Interface"
PLUGGED = (
    Plugged("serial", "/dev/serial/by-id/usb-new_thing", "new thing"),
    Plugged("printer", "/dev/usb/lp0", "lp0", stable=False),
    Plugged("usb_printer", "0416:5011", "POS58 USB Printer"),
)


def configured(folder: Path, *, plugged: tuple[Plugged, ...] = PLUGGED) -> tuple[Path, DeviceSetup]:
    """Write the file and return it with what configures devices in it, as a till that was started with it has it."""
    path = folder / "till.toml"
    path.write_text(FILE, encoding="utf-8")
    states = ("pcsc", "tap", "gun", "receipts", "pole", STRANGE)
    return path, DeviceSetup(path, load_config(path), lambda: plugged, lambda: states)
