"""The golden listings, and the program that writes them anew: `python -m tests.golden.write`.

A changed listing is read in review like code: it is what customers hold in their hands.
"""

from __future__ import annotations

import pathlib
from types import MappingProxyType
from typing import Final

from terminal.base.printing import PrinterProfile
from terminal.rules.receipt import REFUNDED, VOIDED, render, reprint_mark, undone_mark
from tests.golden import bills, slips
from tests.golden.drawing import pattern_strip
from tests.golden.listing import listing

# Name: slip, dots per line, charset.
CASES: Final = MappingProxyType(
    {
        "topup_58mm": (slips.topup(), 384, "gb18030"),
        "topup_80mm": (slips.topup(), 576, "gb18030"),
        "topup_42_columns_en": (slips.topup("en"), 504, "gbk"),
        "topup_80mm_tw_big5": (slips.topup("zh_TW"), 576, "big5"),
        "charge_58mm": (slips.charge(), 384, "gb18030"),
        "charge_80mm_gb2312": (slips.charge(), 576, "gb2312"),
        "charge_58mm_rare_name": (slips.charge(surname="䶮女士"), 384, "gb18030"),
        "charge_58mm_en": (slips.charge("en"), 384, "gbk"),
        "balance_58mm": (slips.balance(), 384, "gb18030"),
        "balance_80mm_tw": (slips.balance("zh_TW"), 576, "gbk"),
        "card_58mm": (slips.card(), 384, "gb18030"),
        "card_58mm_en": (slips.card("en"), 384, "gbk"),
        "card_80mm_tw_returned": (slips.card("zh_TW", returned=True), 576, "big5"),
        "bill_58mm": (bills.everything(), 384, "gb18030"),
        "bill_80mm_tw": (bills.everything("zh_TW"), 576, "big5"),
        "bill_42_columns_en": (bills.everything("en"), 504, "gbk"),
        "bill_58mm_walk_in": (bills.walk_in(), 384, "gb18030"),
        "bill_80mm_split": (bills.split(), 576, "gb2312"),
        "topup_58mm_rewards": (bills.top_up(), 384, "gb18030"),
        "voided_58mm": (slips.charge(), 384, "gb18030"),
        "voided_80mm_tw": (slips.topup("zh_TW"), 576, "big5"),
        "refunded_58mm": (bills.walk_in(), 384, "gb2312"),
        "refunded_58mm_en": (slips.charge("en"), 384, "gbk"),
        "balance_80mm_no_rom": (slips.balance(surname="𠮷先生"), 576, "none"),
    }
)
MARK_AT = "11-28 15:00"
# Slips whose bill was taken back by the time they came out: state, amount and language.
UNDONE: Final = MappingProxyType(
    {
        "voided_58mm": (VOIDED, "", "zh_CN"),
        "voided_80mm_tw": (VOIDED, "", "zh_TW"),
        "refunded_58mm": (REFUNDED, "￥88.00", "zh_CN"),
        "refunded_58mm_en": (REFUNDED, "￥200.00", "en"),
    }
)


def bytes_of(name: str) -> bytes:
    """Return the marks followed by the slip: all that a printer gets of a marked copy's content."""
    document, dots, charset = CASES[name]
    profile = PrinterProfile(dots, charset)
    mark = reprint_mark(2, MARK_AT, profile, pattern_strip)
    if name in UNDONE:
        state, amount, language = UNDONE[name]
        mark += undone_mark(state, amount, profile, pattern_strip, language)
    return mark + render(document, profile, pattern_strip)


def listing_of(name: str) -> str:
    """Return the listing that the golden file must hold."""
    charset = CASES[name][2]
    return listing(bytes_of(name), "big5" if charset == "big5" else "gbk")


def main() -> None:
    """Write every golden listing beside this file."""
    for name in CASES:
        (pathlib.Path(__file__).parent / f"{name}.txt").write_text(listing_of(name), encoding="utf-8")


if __name__ == "__main__":
    main()
