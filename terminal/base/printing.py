"""What a printer is told to print, and what is known about the paper it prints on."""

from __future__ import annotations

from dataclasses import dataclass, field

DOTS_PER_COLUMN = 12


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """The two facts a receipt is laid out by.

    `dots_per_line` is the print head's width (multiple of 8: 384 on most 58 mm, 576 on most 80 mm printers);
    `charset` is the character ROM: `gb18030`, `gbk`, `gb2312`, `big5` or `none` (everything as raster lines).
    """

    dots_per_line: int = 576
    charset: str = "gb18030"

    @property
    def columns(self) -> int:
        """Return how many half-width characters fit on a line."""
        return self.dots_per_line // DOTS_PER_COLUMN


@dataclass(frozen=True, slots=True)
class PrintJob:
    """One attempt at printing one stored receipt.

    `process_id` is four printable ASCII bytes, new for each attempt; `mark` is printed first where an earlier copy
    may exist; `body` is the receipt as stored: it neither initialises the printer nor asks for the process id.
    """

    job: int
    process_id: bytes
    mark: bytes = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DrawerKick:
    """One pulse for the cash drawer on the printer's socket: a job of its own, sent once and never again.

    `pin` is the socket's pin, 2 or 5; `on_ms` and `off_ms` are the pulse and the rest after it, 2 to 510 ms each.
    """

    job: int
    pin: int = 2
    on_ms: int = 50
    off_ms: int = 500

    def __post_init__(self) -> None:
        """Refuse a pulse no printer can give."""
        if self.pin not in {2, 5} or not 2 <= self.on_ms <= 510 or not 2 <= self.off_ms <= 510:
            raise ValueError(f"no such pulse: pin {self.pin}, {self.on_ms} ms on, {self.off_ms} ms off")
