"""What kind of printer it is, what a person can do to it, and the status bytes both lead to."""

from __future__ import annotations

import dataclasses
from typing import Any

from tests.hw_sim.escpos_format import PageSetup
from tests.hw_sim.escpos_glyphs import CHARSETS
from tests.hw_sim.escpos_parser import Dialect

PROCESS_ID_KINDS = ("yes", "silent", "digits")


class ComplaintError(AssertionError):
    """A strict printer was sent something a careful host would not send."""


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """Something that happened beside the paper: its running number, kind, moment and details."""

    number: int
    kind: str
    at_s: float
    details: dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """One model: dots a line, ROM, what it knows, speed (0 = at once), buffer, and how it differs from others.

    `process_id` is `yes`, `silent` (swallows the command) or `digits` (prints its digits); `init_clears_auto_status`
    says whether ESC @ also ends automatic status back, on which makers differ; `strict` raises at every complaint.
    """

    dots: int = 576
    charset: str = "gb18030"
    double_byte_at_power_up: bool = True
    size_scales_han: bool = True
    native_qr: bool = True
    process_id: str = "yes"
    speed_mm_s: float = 0.0
    buffer_bytes: int = 4096
    drawer_attached: bool = True
    drawer_open_is_high: bool = True
    init_clears_auto_status: bool = True
    maker: str = "CF"
    model: str = "SIM-80"
    render: bool = True
    strict: bool = False

    def __post_init__(self) -> None:
        """Refuse settings no printer has."""
        if self.dots % 8 or self.charset not in CHARSETS or self.process_id not in PROCESS_ID_KINDS:
            raise ValueError(f"no printer is like this: {self.dots} dots, {self.charset}, {self.process_id}")

    @property
    def page(self) -> PageSetup:
        """What the formatter needs of it."""
        return PageSetup(self.dots, self.charset, self.size_scales_han, self.native_qr, self.render)

    @property
    def dialect(self) -> Dialect:
        """What the parser needs of it."""
        return Dialect(
            self.double_byte_at_power_up,
            has_double_byte=self.charset != "none",
            four_byte=self.charset == "gb18030-full",
            prints_process_id=self.process_id == "digits",
        )


@dataclasses.dataclass(slots=True)
class Switches:
    """What a test flips at any moment: paper, lid, drawer (true = open), a jammed cutter, a printer without a voice.

    A `late` printer keeps its answers to commands in the order of printing to itself until it is switched off.
    """

    paper_end: bool = False
    paper_near_end: bool = False
    lid_open: bool = False
    drawer: bool = False
    cutter_error: bool = False
    silent: bool = False
    late: bool = False

    @property
    def online(self) -> bool:
        """Whether the printer prints and takes from its buffer."""
        return not (self.paper_end or self.lid_open or self.cutter_error)


SWITCHES = frozenset(field.name for field in dataclasses.fields(Switches))
STANDS_STILL = ("paper_end", "lid_open", "cutter_error")


def status_byte(n: int, switches: Switches, *, pin_high: bool) -> bytes:
    """The answer to DLE EOT `n` (1 printer, 2 off-line cause, 3 error, 4 paper): bits 1 and 4 always set."""
    bits = 0x12
    if n == 1:
        bits |= 0x04 * pin_high | 0x08 * (not switches.online)
    elif n == 2:
        bits |= 0x04 * switches.lid_open | 0x20 * switches.paper_end | 0x40 * switches.cutter_error
    elif n == 3:
        bits |= 0x08 * switches.cutter_error
    else:
        bits |= 0x0C * switches.paper_near_end | 0x60 * switches.paper_end
    return bytes((bits,))


def auto_status(switches: Switches, *, pin_high: bool) -> bytes:
    """The four bytes of automatic status back (GS a)."""
    first = 0x10 | 0x04 * pin_high | 0x08 * (not switches.online) | 0x20 * switches.lid_open
    third = 0x03 * switches.paper_near_end | 0x0C * switches.paper_end
    return bytes((first, 0x08 * switches.cutter_error, third, 0x0F))


def auto_status_items(switches: Switches, *, pin_high: bool) -> tuple[bool, bool, bool, tuple[bool, bool]]:
    """What bits 0-3 of GS a watch: drawer, on-line, error, paper; a change of a watched one sends the four bytes."""
    paper = (switches.paper_near_end, switches.paper_end)
    return (pin_high, switches.online, switches.cutter_error, paper)


def fence_status(n: int, switches: Switches, *, pin_high: bool) -> bytes | None:
    """The answer to GS r `n` (1 paper, 2 drawer), or None when there is no such question."""
    if n in (1, 49):
        return bytes((0x03 * switches.paper_near_end | 0x0C * switches.paper_end,))
    return bytes((0x01 * pin_high,)) if n in (2, 50) else None
