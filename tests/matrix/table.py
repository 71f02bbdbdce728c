"""The matrix as a table: (device, fault, moment), what is done to the device, and what may be felt of it.

Everything else holds for each row alike and stands in `till_cells` and `wire_cells`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType
from typing import Any

IDLE, MID_MESSAGE, MID_SALE = "idle", "mid-message", "mid-sale"
MOMENTS = (IDLE, MID_MESSAGE, MID_SALE)

# The till's names of its devices.
READERS, READER, KIOSK_READER = "pcsc", "counter-reader", "kiosk-reader"
PN532, SCANNER, PRINTER, DISPLAY = "counter-pn532", "counter-scanner", "receipts", "customer-display"
READER_NAME = "ACS ACR122U PICC Interface 00 00"
KIOSK_READER_NAME = "ACS ACR39U ICC Reader 01 00"
SERVICE = (READERS, READER, KIOSK_READER)

# Devices whose cells run in a till, by the till's kind of printer; the others' drivers run without one.
TILLS = MappingProxyType(
    {
        **dict.fromkeys(("pcsc", "pn532", "card", "serial_scanner", "printer", "customer_display"), "tcp"),
        "printer_serial": "serial",
    }
)
WIRES = ("wedge", "printer_usblp", "printer_libusb")

SAMPLE_CELLS = 12
SAMPLE_COST_S = 46.0
DEAR_S = 8.0

# A member of the demonstration shop: number, phone and the cards of the deck.
NTAG = "li"
DESFIRE_KEY = "00112233445566778899AABBCCDDEEFF/F53042436F756E746572666F696C"
DESFIRE: Mapping[str, Any] = {
    "kind": "desfire",
    "version": "ev3",
    "uid": "04C85A7291E680",
    "applications": {"F53042": {"keys": [DESFIRE_KEY], "settings": "0F"}},
}
NTAG424: Mapping[str, Any] = {
    "kind": "ntag424",
    "uid": "04D1E2F3A4B580",
    "keys": ["112233445566778899AABBCCDDEEFF00/436F756E746572666F696C"] * 5,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a simulator's verb; a verb in capitals is something done at the till (`SALE`, `PREVIEW`)."""

    verb: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A fault of a device and what it may lead to.

    `put` puts it on and `lift` takes it off. `stroke` is what gives it its chance, where it is a fault of a message;
    `in_message` is the whole of what happens at the moment mid-message, where that is not the device's usual message
    and then `put`. `lost` are the devices reported lost, until `lift` or (`lasting` false) for a moment; at the moments
    `unsaid` the operating system may keep the loss to itself. `says` is what the counter is told besides (a code or
    words). `hits` are the faults counted by the simulator, usually `fault`.
    `found` tells whether the fault's own tap may (None), must or must not lead to the card's member. `exempt` is why a
    moment has no cell. `cost_s` is about how long a cell takes.
    """

    device: str
    fault: str
    put: tuple[Step, ...] = ()
    lift: tuple[Step, ...] = ()
    stroke: tuple[Step, ...] = ()
    in_message: tuple[Step, ...] = ()
    lost: tuple[str, ...] = ()
    lasting: bool = True
    unsaid: tuple[str, ...] = ()
    says: str = ""
    hits: tuple[str, ...] = ()
    found: bool | None = None
    exempt: Mapping[str, str] = field(default_factory=dict)
    cost_s: float = 2.0

    @property
    def counted(self) -> tuple[str, ...]:
        """Return the faults that must have been counted."""
        return self.hits or (self.fault,)


@dataclass(frozen=True, slots=True)
class Cell:
    """One test: a row at one moment."""

    row: Row
    moment: str

    @property
    def name(self) -> str:
        """Return the cell's name in test ids."""
        return f"{self.row.device}-{self.row.fault}-{self.moment}"


def do(verb: str, **arguments: Any) -> Step:
    """Return a step."""
    return Step(verb, arguments)


def cells_of(rows: Iterable[Row]) -> Iterator[Cell]:
    """Give every cell that is not exempt."""
    for row in rows:
        for moment in MOMENTS:
            if moment not in row.exempt:
                yield Cell(row, moment)


def sample(cells: Iterable[Cell], seed: int) -> list[Cell]:
    """Return about a dozen cells that take about half a minute, of as many devices as possible.

    Each seed gives others, and every cell comes up sooner or later; of those that take long, one at most.
    """
    left = list(cells)
    Random(seed).shuffle(left)
    chosen: list[Cell] = []
    cost_s = 0.0
    while left and len(chosen) < SAMPLE_CELLS:
        devices = {cell.row.device for cell in chosen}
        dear = any(cell.row.cost_s > DEAR_S for cell in chosen)
        left = [
            cell
            for cell in left
            if cost_s + cell.row.cost_s <= SAMPLE_COST_S and not (dear and cell.row.cost_s > DEAR_S)
        ]
        if not left:
            break
        cell = next((cell for cell in left if cell.row.device not in devices), left[0])
        left.remove(cell)
        chosen.append(cell)
        cost_s += cell.row.cost_s
    return chosen
