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
    """A device that is lost or in trouble, by a stable code."""

    device: str
    code: str


@dataclass(frozen=True, slots=True)
class CounterScreen:
    """The newest state of every counter page.

    `found` is the account a tap or scan at the counter led to (empty: none), `error` a stable code instead;
    `sequence` rises with each tap or scan, so that the same member tapped twice is noticed.
    """

    sequence: int = 0
    found: str = ""
    error: str = ""
    doubts: tuple[DoubtView, ...] = ()
    devices: tuple[DeviceNotice, ...] = ()
    printer_blocked: str = ""
    paper_low: bool = False
