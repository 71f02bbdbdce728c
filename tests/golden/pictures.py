"""Golden pictures: slips on the emulated printer's paper, and the program that writes them anew.

`python -m tests.golden.pictures` writes the PNGs and the hash of the font they were drawn with; with another font (or
another release of it) dots differ, so the comparison is only made where the hash is the same.
"""

from __future__ import annotations

import hashlib
import pathlib
import shutil
import tempfile
from types import MappingProxyType
from typing import Final

from terminal.base.printing import PrinterProfile
from terminal.rules.receipt import render, reprint_mark, undone_mark
from terminal.services.receipt_font import FontFile, FontStrips
from tests.golden import bills, slips
from tests.golden.write import UNDONE
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_state import Settings

FOLDER: Final = pathlib.Path(__file__).parent
FONT: Final = FontFile("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 7)
PICTURES: Final = MappingProxyType(
    {
        "topup_58mm": (slips.topup(), 384),
        "charge_58mm_rare_name": (slips.charge(surname="䶮㛃𠮷女士"), 384),
        "charge_80mm_en": (slips.charge("en"), 576),
        "balance_80mm_tw": (slips.balance("zh_TW"), 576),
        "card_58mm": (slips.card(), 384),
        "voided_58mm": (slips.charge(), 384),
        "refunded_58mm_en": (slips.charge("en"), 384),
        **bills.PICTURES,
    }
)


def font_hash() -> str:
    """Return the font file's SHA-256, or an empty text where there is no such file."""
    path = pathlib.Path(FONT.path)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def recorded_hash() -> str:
    """Return the hash of the font the golden pictures were drawn with."""
    return (FOLDER / "font.sha256").read_text(encoding="ascii").strip()


def print_to(folder: pathlib.Path, name: str) -> pathlib.Path:
    """Print the slip with its mark on an emulated printer and return the picture of the paper."""
    document, dots = PICTURES[name]
    profile = PrinterProfile(dots)
    strips = FontStrips([FONT])
    printer = Printer(Settings(dots=dots, buffer_bytes=1 << 20, strict=True), folder=folder)
    mark = reprint_mark(2, "11-28 15:00", profile, strips, "en" if name.endswith("_en") else "zh_CN")
    if name in UNDONE:
        state, amount, language = UNDONE[name]
        mark += undone_mark(state, amount, profile, strips, language)
    printer.feed(b"\x1b@" + mark + render(document, profile, strips))
    printer.pump()
    [picture] = folder.glob("*.png")
    return picture


def main() -> None:
    """Write every picture and the font's hash beside this file."""
    for name in PICTURES:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(print_to(pathlib.Path(folder), name), FOLDER / f"{name}.png")
    (FOLDER / "font.sha256").write_text(font_hash() + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
