"""What the printer emulator's own tests share: short names for commands, and a printer with a clock moved by hand."""

from __future__ import annotations

import pathlib
from typing import Any

from tests.hw_sim.control import FaultCounter
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_net import FAULTS
from tests.hw_sim.printer_state import Settings

INIT = b"\x1b@\x1c&"
CUT = b"\x1dVB\x00"
RASTER_2X2 = b"\x1dv0\x00\x01\x00\x02\x00\xf0\x0f"


def process_id(digits: bytes) -> bytes:
    return b"\x1d(H\x06\x0000" + digits


def qr(payload: bytes) -> bytes:
    length = (len(payload) + 3).to_bytes(2, "little")
    return (
        b"\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1\x1d(k"
        + length + b"1P0" + payload + b"\x1d(k\x03\x001Q0"
    )  # fmt: skip


RECEIPT = (
    INIT + b"\x1ba\x01\x1d!\x11" + "雅韵".encode("gbk") + b"\n\x1d!\x00\x1ba\x00" + "洗剪吹 128.00\n".encode("gbk")
    + RASTER_2X2 + qr(b"https://shop.example/1") + CUT + process_id(b"0001")
)  # fmt: skip


class HandClock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Bench:
    """A printer with a hand clock and counted faults."""

    def __init__(self, folder: pathlib.Path | None = None, **settings: Any) -> None:
        self.clock = HandClock()
        self.faults = FaultCounter("printer", FAULTS)
        model = Settings(**{"render": False, "strict": True, **settings})
        self.printer = Printer(model, clock=self.clock, folder=folder, on_fault=self.faults.hit)

    def send(self, data: bytes) -> bytes:
        self.printer.feed(data)
        return self.printer.take_answers()

    def later(self, seconds: float) -> bytes:
        self.clock.now_s += seconds
        self.printer.pump()
        return self.printer.take_answers()

    def transcript(self, data: bytes) -> list[dict[str, Any]]:
        self.printer.feed(INIT + data + CUT)
        return list(self.printer.slips[-1].transcript)

    def inside_a_command(self) -> bool:
        return self.printer.waiting_for_bytes

    def waits(self) -> bool:
        return self.printer.busy

    def kinds(self) -> list[str]:
        return [event.kind for event in self.printer.events]
