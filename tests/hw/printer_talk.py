"""What the tests of single transports share: a printer, and one question to it."""

from __future__ import annotations

from terminal.hw.printer_transport import PrinterTransport
from tests.hw.printer_peer import until
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_state import Settings

QUESTION = b"\x10\x04\x01"


def a_printer(**model: object) -> Printer:
    return Printer(Settings(**{"dots": 384, "render": False, **model}))  # type: ignore[arg-type]


def answer(transport: PrinterTransport) -> bytes:
    """Ask a printer for its status and return what it says."""
    assert transport.write(QUESTION) == 3
    heard = b""

    def came() -> bytes:
        nonlocal heard
        transport.wait(0.05)
        heard += transport.read()
        return heard

    until(came)
    return heard
