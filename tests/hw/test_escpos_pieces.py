"""Every slip the till prints is cut into pieces that fit a small printer's buffer, and loses nothing by it."""

from __future__ import annotations

import logging

import pytest

from terminal.base.printing import PrinterProfile
from terminal.hw.escpos_pieces import pieces
from terminal.hw.escpos_printer import INITIALISE, REPORT_CHANGES
from terminal.hw.serial_transport import UNHELD_BYTES
from terminal.rules.device_slip import printer_slip
from terminal.rules.doctor_slip import doctor_slip
from terminal.rules.receipt import Document, render
from tests.golden import slips
from tests.golden.drawing import pattern_strip

RASTER = b"\x1dv0\x00"
RASTER_HEAD_BYTES = 8
CHECKS: tuple[tuple[str, str, str, dict[str, object]], ...] = (
    ("device", "receipt-printer", "printer_paper_out", {}),
    ("store", "", "", {}),
    ("clock", "", "clock_untrusted", {}),
)
VERSIONS = {"counterfoil": "0.1.0", "python": "3.11.2"}
KINDS = ("top-up", "charge", "balance", "device test", "doctor")


def document(kind: str, language: str, profile: PrinterProfile) -> Document:
    """Return a slip of a kind, the member's name one that no printer has."""
    match kind:
        case "top-up":
            return slips.topup(language, "䶮女士")
        case "charge":
            return slips.charge(language, "䶮女士")
        case "balance":
            return slips.balance(language, "䶮女士")
        case "device test":
            return printer_slip("receipt-printer", profile, "2026-11-28 15:00", "CF-TEST-1234", language)
    return doctor_slip(CHECKS, VERSIONS, "2026-11-28 15:00", language)


def bare(wire: bytes) -> bytes:
    """Return a stream without the heads of its raster commands, where their rows stand one behind the other."""
    found, at = b"", 0
    while (head := wire.find(RASTER, at)) >= 0:
        width, rows = (int.from_bytes(wire[head + first : head + first + 2], "little") for first in (4, 6))
        end = head + RASTER_HEAD_BYTES + width * rows
        found, at = found + wire[at:head] + wire[head + RASTER_HEAD_BYTES : end], end
    return found + wire[at:]


@pytest.mark.parametrize("dots", [384, 576])
@pytest.mark.parametrize("charset", ["gb18030", "gbk", "gb2312", "big5", "none"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_slip_comes_out_in_pieces_that_fit_and_are_the_same_slip(
    kind: str, charset: str, dots: int, caplog: pytest.LogCaptureFixture
) -> None:
    profile = PrinterProfile(dots, charset)
    for language in ("zh_CN", "zh_TW", "en"):
        body = INITIALISE + REPORT_CHANGES + render(document(kind, language, profile), profile, pattern_strip)
        cut = list(pieces(body, UNHELD_BYTES))
        assert max(map(len, cut)) <= UNHELD_BYTES
        assert bare(b"".join(cut)) == bare(body)
        if RASTER not in body:
            assert b"".join(cut) == body
    assert caplog.messages == []


@pytest.mark.parametrize("unknown", [b"\x1bq", b"\x1dv1\x00", b"\x10\x04"])
def test_an_unknown_command_that_makes_a_piece_too_large_is_logged_once(
    unknown: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    wire = b"first\n" + unknown + b"\x1b@text\n" * UNHELD_BYTES
    with caplog.at_level(logging.WARNING):
        assert list(pieces(wire, UNHELD_BYTES)) == [b"first\n", wire[6:]]
    [said] = caplog.messages
    assert said == f"unknown printer command {unknown[:2].hex()}: {len(wire) - 6} bytes go out in one piece"


def test_an_unknown_command_in_a_small_slip_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    assert list(pieces(b"first\n\x1bq", UNHELD_BYTES)) == [b"first\n\x1bq"]
    assert caplog.messages == []
