"""Finding devices: made-up /dev and /sys folders with the links udev would make."""

from __future__ import annotations

from pathlib import Path

from terminal.hw.discovery import Found, find_devices


def link(folder: Path, place: str, node: str) -> str:
    (folder / node).parent.mkdir(parents=True, exist_ok=True)
    (folder / node).touch()
    made = folder / place
    made.parent.mkdir(parents=True, exist_ok=True)
    made.symlink_to(folder / node)
    return str(made)


def usb(sys: Path, name: str, interface_class: str, **facts: str) -> None:
    device = sys / "bus" / "usb" / "devices" / name
    (device.with_name(f"{name}:1.0")).mkdir(parents=True)
    (device.with_name(f"{name}:1.0") / "bInterfaceClass").write_text(interface_class + "\n")
    device.mkdir()
    for fact, value in facts.items():
        (device / fact).write_text(value + "\n")


def test_a_device_is_given_once_by_the_name_that_survives_replugging(tmp_path: Path) -> None:
    gun = link(tmp_path, "serial/by-id/usb-Newland_HR22-if00", "ttyACM0")
    link(tmp_path, "serial/by-path/pci-0000:00:14.0-usb-0:2:1.0", "ttyACM0")
    pad = link(tmp_path, "input/by-id/usb-Sycreader_RFID-event-kbd", "event3")
    link(tmp_path, "input/by-id/usb-Some_Mouse-event-mouse", "event4")
    assert find_devices(tmp_path, tmp_path / "sys") == [
        Found("serial", gun, "Newland HR22-if00"),
        Found("keyboard", pad, "Sycreader RFID"),
    ]


def test_equal_devices_without_serial_numbers_are_given_by_their_sockets(tmp_path: Path) -> None:
    # udev lets the link of the last one stand.
    first = link(tmp_path, "serial/by-id/usb-1a86_USB_Serial-if00", "ttyUSB1")
    socket = link(tmp_path, "serial/by-path/usb-0:1:1.0", "ttyUSB0")
    link(tmp_path, "serial/by-path/usb-0:2:1.0", "ttyUSB1")
    assert find_devices(tmp_path, tmp_path / "sys") == [
        Found("serial", first, "1a86 USB Serial-if00"),
        Found("serial", socket, "0:1:1.0", stable=False),
    ]


def test_a_link_to_a_device_that_is_gone_is_nothing(tmp_path: Path) -> None:
    link(tmp_path, "serial/by-id/usb-Gone-if00", "ttyACM0")
    (tmp_path / "ttyACM0").unlink()
    assert find_devices(tmp_path, tmp_path / "sys") == []


def test_usb_printers_are_told_by_class_and_equal_ones_by_serial_number(tmp_path: Path) -> None:
    usb(tmp_path, "1-1", "07", idVendor="0416", idProduct="5011", manufacturer="Xprinter", product="XP-58", serial="A1")
    usb(tmp_path, "1-2", "07", idVendor="0416", idProduct="5011", manufacturer="Xprinter", product="XP-58", serial="A2")
    usb(tmp_path, "1-3", "03", idVendor="046d", idProduct="c31c")
    usb(tmp_path, "1-4", "07", idVendor="04b8", idProduct="0202")
    (tmp_path / "dev" / "usb").mkdir(parents=True)
    (tmp_path / "dev" / "usb" / "lp0").touch()
    assert find_devices(tmp_path / "dev", tmp_path) == [
        Found("printer", str(tmp_path / "dev" / "usb" / "lp0"), "lp0", stable=False),
        Found("usb_printer", "0416:5011:A1", "Xprinter XP-58"),
        Found("usb_printer", "0416:5011:A2", "Xprinter XP-58"),
        Found("usb_printer", "04b8:0202", "04b8:0202"),
    ]


def test_equal_printers_without_usable_serial_numbers_are_said_not_to_be_told_apart(tmp_path: Path) -> None:
    for name in ("1-1", "1-2"):
        usb(tmp_path, name, "07", idVendor="0416", idProduct="5011", serial="")
    assert [found.stable for found in find_devices(tmp_path / "dev", tmp_path)] == [False, False]


def test_a_machine_with_nothing_plugged_in_has_no_devices(tmp_path: Path) -> None:
    assert find_devices(tmp_path / "dev", tmp_path / "sys") == []
