"""The counter's live notices: who was just tapped or scanned, and what the devices ask of the cashier."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DoubtView:
    """A receipt that may not have been printed completely; the cashier says whether it is there."""

    job: int
    bill_no: str


@dataclass(frozen=True, slots=True)
class DeviceNotice:
    """A device that is lost or in trouble, by a stable code.

    `device` is its id; `kind` is `reader`, `readers` (the service of all card readers), `scanner` or `printer` and
    `place` is `counter` or `kiosk`, so that people can be told which one it is; empty where that is not known.
    """

    device: str
    code: str
    kind: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class CounterScreen:
    """The newest state of every counter page.

    `found` is the account a tap or scan at the counter led to (empty: none) and `found_name` that member's name;
    `several` are the accounts where it led to more than one, `error` is a stable code where it led to none.
    `sequence` rises with each tap or scan, so that the same member tapped twice is noticed, and `slips` with each
    change of what the list of receipts shows, wherever it was made.
    """

    sequence: int = 0
    found: str = ""
    found_name: str = ""
    several: tuple[str, ...] = ()
    error: str = ""
    doubts: tuple[DoubtView, ...] = ()
    devices: tuple[DeviceNotice, ...] = ()
    printer_blocked: str = ""
    paper_low: bool = False
    slips: int = 0
