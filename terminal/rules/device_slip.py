"""The test slip of a printer: width, characters and a QR code, so that one look tells whether it is set right."""

from __future__ import annotations

from terminal.base.printing import PrinterProfile
from terminal.rules.device_words import SLIP_DOTS, SLIP_SCAN, SLIP_TITLE, SLIP_WIDTH, said
from terminal.rules.receipt import LARGE, TALL, Cut, Document, Gap, Qr, Rule, Text

# One line for each part of a character ROM: what comes out wrong on paper names the wrong `charset`.
SAMPLES = (
    ("ASCII", "AZaz09 !#$%&*+-/=?@"),
    ("GB2312", "会员储值余额，谢谢惠顾。"),
    ("GBK", "會員儲值餘額 堃喆玥"),
    ("Big5", "會員儲值餘額，謝謝惠顧。"),
    ("￥", "￥1,234.50"),
)
# In no printer's two-byte ROM, so these are drawn: 䶮 is in GB18030's four-byte part, 𠮷 and 𫖯 beyond it.
DRAWN_NAME = "王䶮 李𠮷 陈𫖯"


def ruler(columns: int) -> str:
    """Return a ruler of exactly `columns` characters: a bar at both ends, and the tens written where they are."""
    marks = ["+" if place % 5 == 0 else "-" for place in range(1, columns + 1)]
    for ten in range(10, columns, 10):
        digits = str(ten)
        marks[ten - len(digits) : ten] = digits
    marks[0] = marks[-1] = "|"
    return "".join(marks)


def printer_slip(device: str, profile: PrinterProfile, at_text: str, scan_code: str, language: str) -> Document:
    """Return the slip that shows how a printer is set; `scan_code` is what its QR code holds."""
    samples = tuple(Text(name, sample) for name, sample in SAMPLES)
    width = Text(
        said(SLIP_WIDTH, language, columns=profile.columns), said(SLIP_DOTS, language, dots=profile.dots_per_line)
    )
    return (
        Text(said(SLIP_TITLE, language), size=LARGE, bold=True, align="centre"),
        Gap(8),
        Text(device, at_text),
        Text(profile.charset),
        width,
        Text(ruler(profile.columns)),
        Rule(),
        *samples,
        Text(DRAWN_NAME, align="centre"),
        Rule(),
        Text("Bold 粗体", bold=True),
        Text("Tall 高", "￥88.50", size=TALL),
        Gap(8),
        Text("White on black 反白", reverse=True),
        Rule(),
        Qr(scan_code, said(SLIP_SCAN, language)),
        Gap(8),
        Cut(),
    )
