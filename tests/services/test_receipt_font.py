"""Lines drawn with a font stand in the same columns as the printer's own characters."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

from terminal.base.printing import PrinterProfile
from terminal.rules.receipt import Text, render
from terminal.rules.receipt_raster import Strip
from terminal.services.receipt_font import FontFile, FontStrips
from tests.golden.listing import raster_blocks

NOTO = FontFile("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 7)


def ink(strip: Strip, first_dot: int, dots: int) -> int:
    """Count the black dots of a column range."""
    rows = [strip.data[at : at + strip.width_bytes] for at in range(0, len(strip.data), strip.width_bytes)]
    bits = [f"{int.from_bytes(row):0{strip.width_bytes * 8}b}" for row in rows]
    return sum(row[first_dot : first_dot + dots].count("1") for row in bits)


def test_ascii_takes_twelve_dots_and_all_else_twenty_four() -> None:
    strip = FontStrips([NOTO])("A 䶮 1", (1, 1))
    assert (strip.width_bytes, strip.rows) == (9, 24)
    for first, dots, inked in ((0, 12, True), (12, 12, False), (24, 24, True), (48, 12, False), (60, 12, True)):
        assert (ink(strip, first, dots) > 10) is inked


def test_sizes_multiply_every_dot() -> None:
    strips = FontStrips([NOTO])
    normal, large, tall = strips("𠮷王", (1, 1)), strips("𠮷王", (2, 2)), strips("𠮷王", (1, 2))
    assert (large.width_bytes, large.rows) == (2 * normal.width_bytes, 48)
    assert (tall.width_bytes, tall.rows) == (normal.width_bytes, 48)
    assert ink(large, 0, 96) == 4 * ink(normal, 0, 48) == 2 * ink(tall, 0, 48)


@pytest.mark.parametrize("name", ["䶮", "㛃", "𠮷"])
def test_rare_names_have_a_shape_of_their_own(name: str) -> None:
    strips = FontStrips([NOTO])
    assert strips(name, (1, 1)) != strips("\U0010fffe", (1, 1))


def test_a_sign_missing_in_the_first_font_comes_from_the_next() -> None:
    latin = FontFile("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")
    assert pathlib.Path(latin.path).exists()
    assert FontStrips([latin, NOTO])("䶮", (1, 1)) == FontStrips([NOTO])("䶮", (1, 1))
    assert FontStrips([latin, NOTO])("A", (1, 1)) != FontStrips([NOTO])("A", (1, 1))


def test_a_blank_line_is_a_blank_strip() -> None:
    strip = FontStrips([NOTO])("", (1, 1))
    assert set(strip.data) == {0}


def test_a_whole_line_is_as_wide_as_the_paper() -> None:
    [(width, rows, _pixels)] = raster_blocks(render((Text("会员", "䶮女士"),), PrinterProfile(384), FontStrips([NOTO])))
    assert (width, rows) == (48, 24)


def test_a_missing_font_is_an_error_of_the_first_line_drawn() -> None:
    strips = FontStrips([FontFile("/nonexistent.ttf")])
    with pytest.raises(OSError, match="resource"):
        strips("王", (1, 1))


def test_the_picture_library_is_loaded_only_when_a_line_is_drawn() -> None:
    script = "import sys, terminal.services.receipt_font; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
