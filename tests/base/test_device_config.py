"""The device sections of the configuration: what is taken, and every mistake named."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.base.config import (
    ConfigMistakes,
    DisplayConfig,
    KeyboardConfig,
    PcscReaderConfig,
    Pn532Config,
    PrinterConfig,
    parse_config,
)

TILL = '[till]\ndata_dir = "data"\n'
PRINTER = '[[printers]]\nid = "slips"\n'


def sentences(text: str) -> dict[str, str]:
    with pytest.raises(ConfigMistakes) as caught:
        parse_config(TILL + text, Path("/shop"))
    return {mistake.key: mistake.sentence for mistake in caught.value.mistakes}


@pytest.mark.parametrize(
    "keys", ['"1:ab"', f'["256:{"ab" * 32}"]', f'["x:{"ab" * 32}"]', f'["1:{"ab" * 32}", "1:{"cd" * 32}"]', "[]", "[7]"]
)
def test_a_key_of_members_codes_that_is_none_is_told(keys: str) -> None:
    told = sentences(f"member_qr_keys = {keys}\n")
    assert list(told) == ["till.member_qr_keys"]


def test_every_kind_of_device_is_taken_as_written() -> None:
    config = parse_config(
        """
        [till]
        data_dir = "data"
        card_keys = "keys/cards.toml"
        member_qr_keys = [
          "1:ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB",
          "255:ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB",
        ]
        [[pcsc_readers]]
        id = "a"
        match = "ACR"
        byte_order = "reversed"
        feedback = "acr122u"
        [[pn532_readers]]
        id = "b"
        port = "/dev/serial/by-id/b"
        place = "kiosk"
        byte_order = "as-read"
        [[keyboards]]
        id = "c"
        ports = ["/dev/input/by-id/c-event-kbd", "/dev/input/by-id/c-if01-event-kbd"]
        kind = "reader"
        layout = "de"
        suffix = "none"
        gs = "f8"
        [[printers]]
        id = "d"
        device = "/dev/usb/lp0"
        drawer_pin = 5
        [[printers]]
        id = "e"
        usb = "0416:5011:A1"
        [[printers]]
        id = "f"
        device = "/dev/serial/by-id/f"
        baud = 9600
        [[displays]]
        id = "g"
        port = "/dev/serial/by-id/g"
        baud = 2400
        dialect = "led8"
        charset = "gb18030"
        """,
        Path("/shop"),
    )
    assert config.till.card_keys == Path("/shop/keys/cards.toml")
    assert config.till.member_qr_keys == dict.fromkeys((1, 255), bytes.fromhex("ab" * 32))
    assert config.pcsc_readers == (PcscReaderConfig("a", "ACR", "counter", "reversed", "acr122u"),)
    assert config.pn532_readers == (Pn532Config("b", "/dev/serial/by-id/b", "kiosk", "as-read"),)
    nodes = ("/dev/input/by-id/c-event-kbd", "/dev/input/by-id/c-if01-event-kbd")
    assert config.keyboards == (KeyboardConfig("c", nodes, "reader", "counter", "de", "none", "f8"),)
    kernel, usb, serial = config.printers
    assert (kernel.device, kernel.drawer_pin, kernel.host, kernel.usb) == ("/dev/usb/lp0", 5, "", "")
    assert (usb.device, usb.drawer_pin, usb.usb) == ("", 0, "0416:5011:A1")
    assert isinstance(serial, PrinterConfig)
    assert (serial.device, serial.baud) == ("/dev/serial/by-id/f", 9600)
    assert config.displays == (DisplayConfig("g", "/dev/serial/by-id/g", 2400, "counter", "led8", "gb18030"),)


@pytest.mark.parametrize(
    ("text", "key", "named"),
    [
        (PRINTER, "printers[1].address", "none of them"),
        (PRINTER + 'address = "h:9100"\nusb = "0416:5011"\n', "printers[1].address", "address and usb"),
        (PRINTER + 'usb = "416:5011"\n', "printers[1].usb", '"416:5011"'),
        (PRINTER + 'usb = "0416:5011:"\n', "printers[1].usb", '"0416:5011:"'),
        (PRINTER + 'device = "lp0"\n', "printers[1].device", '"lp0"'),
        (PRINTER + 'device = "/dev/usb/lp0"\ndrawer_pin = 3\n', "printers[1].drawer_pin", "2, 5"),
        ('[[keyboards]]\nid = "k"\n', "keyboards[1].ports", "missing"),
        ('[[keyboards]]\nid = "k"\nports = []\n', "keyboards[1].ports", "[]"),
        ('[[keyboards]]\nid = "k"\nports = "/dev/input/event3"\n', "keyboards[1].ports", "a list"),
        ('[[keyboards]]\nid = "k"\nports = ["event3"]\n', "keyboards[1].ports", "beginning with /"),
        ('[[keyboards]]\nid = "k"\nports = ["/x"]\nlayout = "jp"\n', "keyboards[1].layout", "us, de, fr"),
        ('[[displays]]\nid = "v"\nport = "/x"\ndialect = "epson"\n', "displays[1].dialect", "cd5220"),
        ('[[pn532_readers]]\nid = "n"\nport = "ttyS0"\n', "pn532_readers[1].port", '"ttyS0"'),
        ('[[pcsc_readers]]\nid = "n"\nmatch = "x"\nbyte_order = "big"\n', "pcsc_readers[1].byte_order", '"big"'),
    ],
)
def test_a_mistake_in_a_device_section_is_named_by_its_key(text: str, key: str, named: str) -> None:
    found = sentences(text)
    assert list(found) == [key]
    assert named in found[key]


def test_one_path_cannot_be_two_devices_of_whatever_kind() -> None:
    found = sentences('[[pn532_readers]]\nid = "n"\nport = "/dev/x"\n[[displays]]\nid = "v"\nport = "/dev/x"\n')
    assert "pn532_readers[1] has the same" in found["displays[1].port"]
