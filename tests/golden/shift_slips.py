"""The slip of a shift whose bytes and picture are kept: every line that one can have.

`python -m tests.golden.shift_slips` writes the listings and the picture anew.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import pathlib
import shutil
import tempfile
from types import MappingProxyType
from typing import Final

from terminal.base.printing import PrinterProfile
from terminal.rules.receipt import Document, render
from terminal.rules.slips import SlipShop
from terminal.rules.till.shift import Shift, close, count, moves_of, open_shift
from terminal.rules.till.shift_paper import ShiftPaper, shift_document
from terminal.rules.till.shift_slip import Deed, Journal, Pending, slip
from terminal.services.receipt_font import FontStrips
from tests.golden.drawing import pattern_strip
from tests.golden.listing import listing
from tests.golden.pictures import FOLDER, FONT
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_state import Settings

# Name: language, dots per line, charset.
CASES: Final = MappingProxyType(
    {
        "shift_58mm": ("zh_CN", 384, "gb18030"),
        "shift_80mm_tw": ("zh_TW", 576, "big5"),
        "shift_58mm_en": ("en", 384, "gbk"),
    }
)
PICTURE: Final = "shift_58mm"

_AT = dt.datetime(2026, 11, 28, 9, 30)  # noqa: DTZ001 - the shop's own civil time
_SHOPS = MappingProxyType(
    {
        "zh_CN": SlipShop("云锦美发", "静安店"),
        "zh_TW": SlipShop("雲錦美髮", "大安店"),
        "en": SlipShop("Yunjin Hair", "Jing'an"),
    }
)
_REASONS = MappingProxyType({"zh_CN": "少了六元硬币", "zh_TW": "少了六元硬幣", "en": "six yuan of coins missing"})
_NAMES = MappingProxyType(
    {
        "zh_CN": {"a": "陈晓", "b": "李店长"},
        "zh_TW": {"a": "陳曉", "b": "李店長"},
        "en": {"a": "Chen Xiao", "b": "Manager Li"},
    }
)
_DEEDS = (
    Deed("sale", "a", (("cash", 986_00),), 986_00, discount_fen=88_00, round_off_fen=4),
    Deed("sale", "a", (("cash", 300_00), ("wechat", 88_00)), 688_00, principal_fen=250_00, bonus_fen=50_00),
    Deed("sale", "a", (), 165_00, sessions_used=1),
    Deed("top_up", "a", (("cash", 2000_00),), 2000_00, granted_fen=400_00),
    Deed("gift_card", "a", (("wechat", 500_00),), 500_00),
    Deed("pass_sale", "a", (("card", 1980_00),), 1980_00, passes_sold=1),
    Deed("fee", "a", (("cash", 10_00),), 10_00),
    Deed("refund", "a", (("cash", -300_00),), -300_00),
    Deed("void", "b", (("cash", -10_00),), -10_00),
    Deed("cash_in", "a", (), 50_00),
    Deed("cash_out", "a", (), 150_00),
    *[Deed("drawer", "a")] * 2,
)


def shift() -> Shift:
    """Return H-1's shift, closed six yuan short."""
    moves = moves_of([("bill", 1286_00), ("top_up", 2000_00), ("refund", -300_00), ("cash_out", -100_00)])
    opened = open_shift((), "s1", "", "a", _AT, 500_00)
    return close(count(opened, 3380_00, moves), _AT.replace(hour=21), "?")


def shift_slip(language: str = "zh_CN") -> Document:
    """Return the slip of that shift."""
    closed = dataclasses.replace(shift(), reason=_REASONS[language])
    journal = Journal("1-000017", "1-000042", "ab12" * 16)
    made = slip(closed, _DEEDS, Pending(unsettled=1, held=2), journal)
    return shift_document(ShiftPaper(_SHOPS[language], 12, made, _NAMES[language], language))


def listing_of(name: str) -> str:
    """Return the listing that the golden file must hold."""
    language, dots, charset = CASES[name]
    data = render(shift_slip(language), PrinterProfile(dots, charset), pattern_strip)
    return listing(data, "big5" if charset == "big5" else "gbk")


def print_to(folder: pathlib.Path) -> pathlib.Path:
    """Print the slip on an emulated printer and return the picture of the paper."""
    language, dots, _ = CASES[PICTURE]
    printer = Printer(Settings(dots=dots, buffer_bytes=1 << 20, strict=True), folder=folder)
    printer.feed(b"\x1b@" + render(shift_slip(language), PrinterProfile(dots), FontStrips([FONT])))
    printer.pump()
    [picture] = folder.glob("*.png")
    return picture


def main() -> None:
    """Write every golden listing and the picture beside this file."""
    for name in CASES:
        (FOLDER / f"{name}.txt").write_text(listing_of(name), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(print_to(pathlib.Path(folder)), FOLDER / f"{PICTURE}.png")


if __name__ == "__main__":
    main()
