"""Where everything of the simulated shop is, and the till's configuration that points its drivers there."""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# Where Debian and Raspberry Pi OS (fonts-noto-cjk) and some others keep a font with Chinese characters.
FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
)

Value = str | int | bool


SIMULATORS = ("pcsc", "pn532", "scanner", "printer", "display")
PN532_DEVICE = "kiosk-pn532"
# A display of the Chinese market, so that its texts are in the language of the demo shop.
DISPLAY_CHARSET = "gb18030"
DRAWER_PIN = 2


@dataclass(frozen=True, slots=True)
class Wiring:
    """Ports, sockets and names that join the till to its simulated devices.

    A `full` shop has a PN532 at the kiosk, a customer display, a cash drawer and card keys beside readers, scanner and
    printer.
    """

    data: pathlib.Path
    sockets: pathlib.Path
    till_port: int
    printer_port: int
    readers: Mapping[str, str]
    full: bool = False

    @property
    def pcsc_socket(self) -> pathlib.Path:
        """The card daemon's socket."""
        return self.sockets / "pcscd.comm"

    @property
    def scanner_link(self) -> pathlib.Path:
        """The scanner's port, named as `/dev/serial/by-id` would."""
        return self.sockets / "scanner"

    @property
    def pn532_link(self) -> pathlib.Path:
        """The PN532's port, named likewise."""
        return self.sockets / "pn532"

    @property
    def display_link(self) -> pathlib.Path:
        """The customer display's port, named likewise."""
        return self.sockets / "display"

    @property
    def cards(self) -> pathlib.Path:
        """The deck of the readers of the PC/SC service, blanks among it."""
        return self.sockets / "cards.json"

    @property
    def card_keys(self) -> pathlib.Path:
        """The file of master keys for cards."""
        return self.data / "card-keys.toml"

    @property
    def slips(self) -> pathlib.Path:
        """The folder the printer's slips fall into."""
        return self.data / "slips"

    @property
    def control(self) -> Mapping[str, pathlib.Path]:
        """The simulators' control sockets by device."""
        return {name: self.sockets / f"{name}.ctl" for name in SIMULATORS}


def till_config(wiring: Wiring) -> str:
    """Return the till's TOML configuration."""
    return "\n".join(_lines(wiring)) + "\n"


def write_till_config(path: pathlib.Path, wiring: Wiring) -> None:
    """Write the configuration, leaving in place what people changed in it since the last start.

    Beside it lies what the last start made of itself, which tells one from the other.
    """
    made, earlier = till_config(wiring), path.with_name("till-as-made.toml")
    kept = path.exists() and earlier.exists()
    text = rewired(path.read_text("utf-8"), earlier.read_text("utf-8"), made) if kept else made
    path.write_text(text, encoding="utf-8")
    earlier.write_text(made, encoding="utf-8")


def rewired(kept: str, made_before: str, made_now: str) -> str:
    """Return the configuration that people kept, with this start's places where those of the start before stood."""
    before, now = (made.splitlines() for made in (made_before, made_now))
    if [_key(line) for line in before] != [_key(line) for line in now]:
        return made_now  # another release's
    moved = {
        old.partition(" = ")[2]: new.partition(" = ")[2] for old, new in zip(before, now, strict=True) if old != new
    }
    if not moved:
        return kept
    return re.sub("|".join(map(re.escape, moved)), lambda found: moved[found[0]], kept)


def _key(line: str) -> str:
    return line.partition(" = ")[0]


def _lines(wiring: Wiring) -> Iterator[str]:
    yield "# Made by the demo shop's first start. Later ones change only where till, sockets and devices are."
    till: dict[str, Value] = {
        "data_dir": str(wiring.data / "till"),
        "timezone": "Asia/Shanghai",
        "language": "zh_CN",
        "listen": f"127.0.0.1:{wiring.till_port}",
        "admin_socket": str(wiring.sockets / "admin.sock"),
        "key_file": str(wiring.data / "till.key"),
    }
    yield from _table("[till]", **till, **({"card_keys": str(wiring.card_keys)} if wiring.full else {}))
    yield from _table("[pcsc]", enabled=True)
    for place, name in wiring.readers.items():
        # The daemon's running index ("00 00") is no part of a reader's stable name.
        match = name.rsplit(" ", 2)[0]
        yield from _table("[[pcsc_readers]]", id=f"{place}-reader", match=match, place=place)
    if wiring.full:
        yield from _table("[[pn532_readers]]", id=PN532_DEVICE, port=str(wiring.pn532_link), place="kiosk")
    yield from _table(
        "[[serial_scanners]]", id="counter-scanner", port=str(wiring.scanner_link), baud=9600, place="counter"
    )
    printer: dict[str, Value] = {
        "id": "receipt-printer",
        "address": f"127.0.0.1:{wiring.printer_port}",
        "dots_per_line": 576,
        "charset": "gb18030",
        "process_id": True,
        "place": "counter",
    }
    if wiring.full:
        printer["drawer_pin"] = DRAWER_PIN
    font = next((path for path in FONTS if pathlib.Path(path).exists()), None)
    yield from _table("[[printers]]", **printer, **({"font": font} if font else {}))
    if wiring.full:
        yield from _table(
            "[[displays]]",
            id="customer-display",
            port=str(wiring.display_link),
            place="counter",
            dialect="cd5220",
            charset=DISPLAY_CHARSET,
        )


def _table(head: str, **values: Value) -> Iterator[str]:
    yield ""
    yield head
    for key, value in values.items():
        # JSON's strings, numbers and booleans are TOML's.
        yield f"{key} = {json.dumps(value, ensure_ascii=False)}"
