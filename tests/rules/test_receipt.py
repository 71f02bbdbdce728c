"""Receipts: columns, charsets, raster lines, and bytes that are safe to send."""

from __future__ import annotations

import random
import re

import pytest

from terminal.base.printing import PrinterProfile
from terminal.rules.receipt import (
    LARGE,
    REFUNDED,
    TALL,
    VOIDED,
    Cut,
    Gap,
    Picture,
    Qr,
    Row,
    Rule,
    Text,
    qr_code,
    render,
    reprint_mark,
    undone_mark,
)
from terminal.rules.receipt_raster import Strip, embolden, invert, raster
from terminal.rules.receipt_text import balanced, encode_line, substitute, width_columns, wrap
from tests.golden.drawing import pattern_strip
from tests.golden.listing import commands, raster_blocks, texts

NARROW = PrinterProfile(384)
WIDE = PrinterProfile(576)
MIDDLE = PrinterProfile(504)
PULSE_OFF = bytes.fromhex("1d 28 44 03 00 14 01 00")
REAL_TIME = re.compile(rb"\x10[\x04\x05\x14]")


@pytest.mark.parametrize(("profile", "columns"), [(NARROW, 32), (MIDDLE, 42), (WIDE, 48)])
def test_an_amount_ends_at_the_last_column(profile: PrinterProfile, columns: int) -> None:
    lines = texts(render((Text("实付", "￥1,234.50"),), profile, pattern_strip))
    assert [width_columns(line) for line in lines] == [columns]
    assert lines[0].startswith("实付 ")
    assert lines[0].endswith(" ￥1,234.50")


@pytest.mark.parametrize("profile", [NARROW, MIDDLE, WIDE])
def test_a_name_too_long_for_its_line_wraps_and_the_amount_keeps_its_column(profile: PrinterProfile) -> None:
    name = "Olaplex 修护烫染套餐（中长发）含头皮隔离与深层滋养护理与造型"
    lines = texts(render((Text(name, "￥268.00"),), profile, pattern_strip))
    assert len(lines) > 1
    assert all(width_columns(line) <= profile.columns for line in lines)
    assert width_columns(lines[-1]) == profile.columns
    assert "".join(lines).replace(" ", "") == (name + "￥268.00").replace(" ", "")


def test_both_sides_too_long_for_one_line_stand_below_each_other() -> None:
    lines = texts(render((Text("一" * 12, "二" * 12),), NARROW, pattern_strip))
    assert lines == ["一" * 12, " " * 8 + "二" * 12]


def test_double_width_halves_the_columns() -> None:
    lines = texts(render((Text("云锦美发造型沙龙静安旗舰店", size=LARGE),), NARROW, pattern_strip))
    assert lines == ["云锦美发造型沙龙", "静安旗舰店"]


def test_words_of_ascii_stay_whole_unless_longer_than_a_line() -> None:
    assert wrap("cut colour and care", 11) == ["cut colour", "and care"]
    assert wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert wrap("", 4) == [""]


def test_a_closing_sign_never_begins_a_line_and_an_opening_one_never_ends_it() -> None:
    text = "一二三四五六七（八九十），甲乙丙丁戊己庚辛。"
    for columns in range(6, 40):
        lines = wrap(text, columns)
        assert "".join(lines) == text
        assert not any(line[0] in "）），。" or line[-1] == "（" for line in lines)


@pytest.mark.parametrize("seed", range(20))
def test_a_balanced_text_has_no_more_lines_than_it_needs_and_none_that_is_left_nearly_empty(seed: int) -> None:
    draw = random.Random(seed)
    words = ["".join(draw.choices("护理烫染ab（）， 。", k=draw.randint(1, 9))) for _ in range(draw.randint(1, 12))]
    text = " ".join(" ".join(words).split())
    for columns in (16, 24, 32, 48):
        plain, even = wrap(text, columns), balanced(text, columns)
        assert len(even) == len(plain), f"seed {seed}"
        assert all(width_columns(line) <= columns for line in even)
        assert max(map(width_columns, even)) <= max(map(width_columns, plain))
        assert "".join(even).replace(" ", "") == text.replace(" ", "")
    assert balanced("一二三四五六七八九", 16) == ["一二三四五", "六七八九"]
    assert balanced("", 16) == [""]


def test_a_row_has_its_figures_in_columns_and_a_long_name_above_them() -> None:
    cells = (("2", 5), ("1,288.00", 11))
    short, long = Row("洗剪吹", cells, 16), Row("一" * 17, cells, 16)
    assert texts(render((short,), NARROW, pattern_strip)) == ["洗剪吹" + " " * 14 + "2" + "   1,288.00"]
    assert texts(render((long,), NARROW, pattern_strip)) == ["一" * 9, "一" * 8, " " * 20 + "2   1,288.00"]
    # Where too little is left beside the figures, even a short name stands above them, as all the others do.
    wide = (("2", 5), ("1,288.00", 11), ("1,088.48", 11))
    assert texts(render((Row("剪", wide, 16),), NARROW, pattern_strip)) == ["剪", " " * 9 + "2   1,288.00   1,088.48"]
    assert texts(render((Row("剪", wide),), NARROW, pattern_strip))[0].startswith("剪 ")


def test_figures_wider_than_the_paper_wrap_at_its_right_edge() -> None:
    lines = texts(render((Row("剪", (("9" * 20, 5), ("8" * 20, 11))),), NARROW, pattern_strip))
    assert lines == ["剪", " " * 12 + "9" * 20, " " * 12 + "8" * 20]


def test_a_row_of_several_lines_has_white_below_it() -> None:
    cells = (("1", 5), ("2.00", 11))
    assert b"\x1bJ\x0a" in render((Row("一" * 20, cells),), NARROW, pattern_strip)
    assert b"\x1bJ" not in render((Row("一", cells),), NARROW, pattern_strip)


@pytest.mark.parametrize("name", ["䶮", "㛃", "𠮷", "\U0002b740", "é\u0323"])
@pytest.mark.parametrize("charset", ["gb18030", "gbk", "gb2312", "big5"])
def test_a_name_no_rom_has_becomes_a_raster_line_and_never_a_question_mark(name: str, charset: str) -> None:
    data = render((Text("会員", f"{name}女士"),), PrinterProfile(384, charset), pattern_strip)
    [(width, rows, pixels)] = raster_blocks(data)
    expected = pattern_strip(
        "会員" + " " * (32 - 8 - width_columns(substitute(name))) + substitute(name) + "女士", (1, 1)
    )
    assert (width, rows, pixels) == (48, 24, expected.data)
    assert b"?" not in b"".join(part for part in commands(data) if not part.startswith(b"\x1dv0"))


def test_only_the_line_with_the_rare_sign_is_drawn() -> None:
    data = render((Text("会员", "王女士"), Text("会员", "䶮女士"), Text("余额", "￥1.00")), NARROW, pattern_strip)
    assert len(raster_blocks(data)) == 1
    assert [line.replace(" ", "") for line in texts(data)] == ["会员王女士", "余额￥1.00"]


@pytest.mark.parametrize(
    ("sign", "charsets"),
    [
        ("喆", {"gb18030", "gbk"}),
        ("臺", {"gb18030", "gbk", "big5"}),
        ("国", {"gb18030", "gbk", "gb2312"}),
        ("·", {"gb18030", "gbk", "gb2312", "big5"}),
        ("—", {"gb18030", "gbk", "gb2312", "big5"}),
        ("￥", {"gb18030", "gbk", "gb2312", "big5"}),
        ("€", set()),
        ("䶮", set()),
        ("A", {"gb18030", "gbk", "gb2312", "big5"}),
    ],
)
def test_a_sign_is_text_exactly_where_the_rom_has_it_in_two_bytes(sign: str, charsets: set[str]) -> None:
    having = {charset for charset in ("gb18030", "gbk", "gb2312", "big5", "none") if encode_line(sign, charset)}
    assert having == charsets


def test_the_yen_sign_becomes_the_one_every_rom_has() -> None:
    data = render((Text("余额", "¥1\u00a0234–5"),), NARROW, pattern_strip)
    assert texts(data)[0].endswith("￥1 234-5")
    assert bytes.fromhex("a3a4") in data


def test_text_from_outside_cannot_smuggle_a_command() -> None:
    data = render((Text("王\x1bp\x00\x19\xfa\n\x10\x04\x01", "\u202e\ufeff1\x1d"),), NARROW, pattern_strip)
    kept = [part for part in commands(data) if part != b"\x1c&"]
    assert all(not part.startswith(b"\x1bp") for part in kept)
    assert not REAL_TIME.search(data)


def test_a_line_of_nothing_is_fed_also_where_all_is_drawn() -> None:
    profile = PrinterProfile(384, "none")
    empty = render((Text("\x8e", "\x8e", LARGE),), profile, pattern_strip)
    assert empty == b"\x1d!\x11\n\x1d!\x00"


def test_random_text_never_breaks_the_layout_and_never_raises(seed: int) -> None:
    chance = random.Random(seed)
    ranges = (
        (0, 0x7F),
        (0x80, 0x2FF),
        (0x300, 0x36F),
        (0x4E00, 0x9FFF),
        (0x3400, 0x4DBF),
        (0xD800, 0x1F6FF),
        (0x20000, 0x323AF),
    )
    for _ in range(300):
        text = "".join(chr(chance.randint(*chance.choice(ranges))) for _ in range(chance.randint(0, 60)))
        right = text[: chance.randint(0, 20)] if chance.random() < 0.5 else ""
        profile = PrinterProfile(chance.choice((384, 504, 576)), chance.choice(("gb18030", "gb2312", "big5", "none")))
        block = Text(
            text, right, chance.choice(((1, 1), LARGE, TALL)), chance.random() < 0.3, "centre", chance.random() < 0.3
        )
        data = render((block,), profile, pattern_strip)
        for width, rows, _pixels in raster_blocks(data):
            assert width <= profile.dots_per_line // 8
            assert rows <= 256
        assert not REAL_TIME.search(data)


def test_without_a_rom_everything_is_drawn() -> None:
    document = (Text("收据", align="centre"), Rule(), Text("Total", "1.00", bold=True), Cut())
    data = render(document, PrinterProfile(384, "none"), pattern_strip)
    assert len(raster_blocks(data)) == 3
    assert texts(data) == []
    assert b"\x1c&" not in data


def test_the_pulse_command_is_off_before_the_first_pixels_and_only_there() -> None:
    data = render((Text("䶮"), Text("㛃")), NARROW, pattern_strip)
    assert data.count(PULSE_OFF) == 1
    assert data.index(PULSE_OFF) < data.index(b"\x1dv0")
    assert PULSE_OFF not in render((Text("王"),), NARROW, pattern_strip)


def test_a_tall_picture_is_sent_in_small_blocks_that_join_again(seed: int) -> None:
    chance = random.Random(seed)
    for width, rows in ((72, 700), (48, 256), (48, 257), (1, 1), (72, 250), (72, 251)):
        strip = Strip(width, rows, bytes(chance.choice((0x00, 0x81, 0xFF)) for _ in range(width * rows)))
        blocks = raster_blocks(b"".join(raster(strip)))
        assert all(block_rows <= 256 and len(pixels) <= 18_000 for _width, block_rows, pixels in blocks)
        assert b"".join(pixels for _width, _rows, pixels in blocks) == strip.data
    assert len(raster_blocks(render((Picture(Strip(72, 300, bytes(72 * 300))),), WIDE, pattern_strip))) == 2


def test_pixels_never_read_as_a_real_time_command_and_change_by_one_dot_only(seed: int) -> None:
    chance = random.Random(seed)
    pixels = bytes(chance.choice(b"\x10\x10\x04\x05\x14\x01\x02\x00") for _ in range(48 * 200))
    [(_width, _rows, sent)] = raster_blocks(b"".join(raster(Strip(48, 200, pixels))))
    assert not REAL_TIME.search(sent)
    changed = [(old, new) for old, new in zip(pixels, sent, strict=True) if old != new]
    assert set(changed) == {(0x10, 0x18)}


def test_bold_and_reverse_reach_drawn_lines_too() -> None:
    strip = Strip(1, 1, b"\x40")
    assert embolden(strip).data == b"\x60"
    assert invert(strip).data == b"\xbf"
    plain = raster_blocks(render((Text("䶮"),), NARROW, pattern_strip))[0]
    bold = raster_blocks(render((Text("䶮", bold=True),), NARROW, pattern_strip))[0]
    assert int.from_bytes(plain[2]) | int.from_bytes(bold[2]) == int.from_bytes(bold[2]) != int.from_bytes(plain[2])


def test_a_strip_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="strip size"):
        Strip(2, 3, bytes(5))


def test_the_mark_is_white_on_black_with_attempt_and_time_and_leaves_no_mode_behind() -> None:
    mark = reprint_mark(2, "11-28 15:00", NARROW, pattern_strip)
    assert texts(mark) == [" 重印 第2次 11-28 15:00 "]
    assert mark.startswith(b"\x1c&")
    assert mark.index(b"\x1dB\x01") < mark.index("重印".encode("gbk")) < mark.index(b"\x1dB\x00")
    assert mark.index(b"\x1bE\x00") and mark.index(b"\x1ba\x00")  # noqa: PT018 - index raises where one is missing


def test_the_mark_is_drawn_right_across_where_there_is_no_rom() -> None:
    [(width, _rows, pixels)] = raster_blocks(reprint_mark(3, "11-28", PrinterProfile(384, "none"), pattern_strip))
    assert width == 48
    assert pixels[0] == pixels[47] == 0xFF


@pytest.mark.parametrize(
    ("state", "amount", "language", "words"),
    [
        (VOIDED, "", "zh_CN", " 已撤销 "),
        (VOIDED, "", "zh_TW", " 已取消 "),
        (VOIDED, "", "en", " VOIDED "),
        (REFUNDED, "￥1,000,000.00", "zh_CN", " 已退款 ￥1,000,000.00 "),
        (REFUNDED, "￥1,000,000.00", "zh_TW", " 已退款 ￥1,000,000.00 "),
        (REFUNDED, "￥1,000,000.00", "en", " REFUNDED ￥1,000,000.00 "),
    ],
)
def test_what_became_of_a_bill_stands_on_one_white_on_black_line_of_double_height(
    state: str, amount: str, language: str, words: str
) -> None:
    mark = undone_mark(state, amount, NARROW, pattern_strip, language)
    assert texts(mark) == [words]
    assert mark.index(b"\x1d!\x01") < mark.index(b"\x1dB\x01") < mark.index(b" \n") < mark.index(b"\x1dB\x00")
    [(width, rows, _pixels)] = raster_blocks(
        undone_mark(state, amount, PrinterProfile(384, "none"), pattern_strip, language)
    )
    assert (width, rows) == (48, 48)


def test_a_receipt_starts_in_double_byte_mode_and_neither_initialises_nor_asks_for_the_id() -> None:
    data = render((Text("云锦", size=LARGE, bold=True, align="centre"), Gap(300), Cut()), WIDE, pattern_strip)
    assert data.startswith(b"\x1c&\x1ba\x01\x1d!\x11\x1bE\x01")
    assert b"\x1b@" not in data
    assert b"\x1d(H" not in data
    assert [part[2] for part in commands(data) if part.startswith(b"\x1bJ")] == [255, 45]
    assert data.endswith(b"\x1dVB\x00")


def test_a_qr_code_is_native_with_modules_of_six_dots_at_level_m() -> None:
    data = render((Qr("https://shop.example/r/1", "扫码"),), NARROW, pattern_strip)
    stored = b"\x1d(k\x1b\x001P0https://shop.example/r/1"
    sequence = [b"\x1d(k\x04\x001A2\x00", b"\x1d(k\x03\x001C\x06", b"\x1d(k\x03\x001E1", stored, b"\x1d(k\x03\x001Q0"]
    assert [part for part in commands(data) if part.startswith(b"\x1d(k")] == sequence
    assert data.index(b"\x1ba\x01") < data.index(b"\x1d(k")
    assert texts(data) == ["扫码"]


@pytest.mark.parametrize("payload", ["", "x" * 181, "a\x10\x04\x01"])
def test_a_qr_code_that_would_not_fit_or_carries_controls_is_refused(payload: str) -> None:
    with pytest.raises(ValueError, match="QR payload"):
        qr_code(payload)
