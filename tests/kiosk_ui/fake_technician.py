"""A stand-in for the devices: what the page asked for is noted, and each test shows what was set for it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import Flask

from terminal.base.errors import Refusal
from terminal.kiosk_ui.context import web_of
from terminal.kiosk_ui.desk import Check, DeviceRow, DeviceSetup, Outcome, SignedIn
from tests.kiosk_ui.fake_desk import FakeDesk

ROWS = (
    DeviceRow("tap", "reader", "kiosk", "ready", ""),
    DeviceRow("gun", "scanner", "counter", "missing", "device_missing", "device_missing", "2026-11-21 14:30"),
    DeviceRow("receipts", "printer", "counter", "fault", "printer_paper_out"),
    DeviceRow("pole", "display", "counter", "ready", "", "display_hung", "2026-11-21 09:12"),
    DeviceRow("ACS <b>ACR122U</b> PICC Interface", "reader", "counter", "ready", ""),
    DeviceRow("pcsc", "", "", "ready", ""),
)
CHECKS = (
    Check("till"),
    Check("device", "gun", "device_missing"),
    Check("disk", "", "disk_low", {"free_mb": 12}),
    Check("wear", "nvme0n1", "wear_needs_root"),
    Check("store"),
)


@dataclass
class FakeTechnician:
    """Devices in memory; `held` keeps a test waiting while it is cleared, `files` configures them."""

    desk: FakeDesk
    rows: Sequence[DeviceRow] = ROWS
    outcome: Outcome = field(default_factory=lambda: Outcome("tap_read", {"kind": "m1", "proof": "", "tail": "8821"}))
    refusal: Refusal | None = None
    asked: list[tuple[str, ...]] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    files: DeviceSetup | None = None

    def __post_init__(self) -> None:
        self.held.set()

    def signed_in(self, token: str) -> SignedIn:
        found = self.desk.staff(token)
        if found.role != "manager":
            raise Refusal("manager_only")
        return found

    def devices(self, token: str) -> Sequence[DeviceRow]:
        self.signed_in(token)
        return self.rows

    def look(self, token: str) -> Sequence[DeviceRow]:
        return self.devices(token)

    def test(self, token: str, device: str, language: str) -> Outcome:
        self.signed_in(token)
        self.asked.append(("test", device, language))
        if self.refusal:
            raise self.refusal
        self.held.wait(60)
        return self.outcome

    def hint(self, token: str, device: str, printed: str) -> Outcome:
        self.signed_in(token)
        self.asked.append(("hint", device, printed))
        if self.refusal:
            raise self.refusal
        self.held.wait(60)
        return self.outcome

    def setup(self, token: str) -> DeviceSetup | None:
        self.signed_in(token)
        return self.files

    def self_check(self, token: str) -> Sequence[Check]:
        self.signed_in(token)
        self.asked.append(("check",))
        return CHECKS

    def print_self_check(self, token: str, language: str) -> None:
        self.signed_in(token)
        self.asked.append(("print", language))
        if self.refusal:
            raise self.refusal


def technician_of(app: Flask) -> FakeTechnician:
    """Return the stand-in behind an application's page."""
    found = web_of(app).technician
    assert isinstance(found, FakeTechnician)
    return found
