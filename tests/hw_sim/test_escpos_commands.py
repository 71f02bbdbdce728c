"""Every ESC/POS command the emulator knows does on its paper what the makers' manuals say."""

from __future__ import annotations

import pathlib

import pytest
from PIL import Image

from tests.hw_sim.printer_bench import CUT, INIT, RASTER_2X2, RECEIPT, Bench, qr
from tests.hw_sim.printer_state import ComplaintError


def test_text_comes_out_line_by_line_with_its_alignment() -> None:
    lines = Bench().transcript(b"\x1ba\x01Shop\n\x1ba\x02" + "￥1.00\n".encode("gbk") + b"\x1ba\x00x\n\n")
    assert [(line["align"], line["text"]) for line in lines] == [
        ("center", "Shop"), ("right", "￥1.00"), ("left", "x"), ("left", ""),
    ]  # fmt: skip


def test_gs_size_applies_to_both_sets_and_print_mode_to_ascii_only() -> None:
    both, ascii_only = Bench().transcript("\x1d!\x12A中\n\x1d!\x00\x1b!\x30A中\n".encode("gbk"))
    assert [(run["text"], run["width"], run["height"]) for run in both["runs"]] == [("A中", 2, 3)]
    assert [(run["text"], run["width"]) for run in ascii_only["runs"]] == [("A", 2), ("中", 1)]


def test_a_model_whose_size_does_not_reach_chinese_needs_the_chinese_commands() -> None:
    text = "\x1d!\x11A中\n\x1cW\x01中\n\x1cW\x00\x1c!\x04中\n".encode("gbk")
    first, second, third = Bench(size_scales_han=False).transcript(text)
    assert [run["width"] for run in first["runs"]] == [2, 1]
    assert (second["width"], second["height"]) == (2, 2)
    assert (third["width"], third["height"]) == (2, 1)


def test_bold_underline_and_reverse_are_kept_per_run() -> None:
    (line,) = Bench().transcript(b"\x1bE\x01b\x1bE\x00\x1b-\x02u\x1b-\x00\x1dB\x01" + "重\n".encode("gbk"))
    assert [(run["text"], run["bold"], run["underline"], run["reverse"]) for run in line["runs"]] == [
        ("b", True, 0, False), ("u", False, 2, False), ("重", False, 0, True),
    ]  # fmt: skip


def test_underline_of_ascii_leaves_chinese_alone() -> None:
    (line,) = Bench().transcript("\x1b-\x01a中\x1b-\x00\x1c-\x01a中\n".encode("gbk"))
    assert [(run["text"], run["underline"]) for run in line["runs"]] == [("a", 1), ("中a", 0), ("中", 1)]


def test_positions_leave_gaps_that_the_transcript_shows_as_spaces() -> None:
    (line,) = Bench().transcript(b"ab\x1b$\x60\x00cd\x1b\\\x0c\x00e\n")
    assert line["text"] == "ab      cd e"


def test_a_line_too_long_wraps_at_the_columns_of_the_model() -> None:
    lines = Bench(dots=384).transcript(b"x" * 33 + b"\n" + "中".encode("gbk") * 16 + b"\n")
    assert [line["text"] for line in lines] == ["x" * 32, "x", "中" * 16]


def test_margin_and_print_width_narrow_the_line() -> None:
    lines = Bench(dots=384).transcript(b"\x1dL\x60\x00\x1dW\x78\x00" + b"y" * 11 + b"\n")
    assert [line["text"] for line in lines] == ["y" * 10, "y"]


def test_line_spacing_and_feeds_move_the_stated_dots() -> None:
    bench = Bench()
    uncut = bench.printer.state()["rows_uncut"]
    for command, rows in (
        (b"\n", 30), (b"a\n", 30), (b"\x1b3\x10a\n", 24), (b"\x1b2a\n", 30), (b"\x1d!\x01a\n", 48), (b"\x1d!\x00", 0),
        (b"\x1bd\x03", 90), (b"\x1bJ\x07", 7), (RASTER_2X2, 2),
    ):  # fmt: skip
        bench.send(command)
        uncut += rows
        assert bench.printer.state()["rows_uncut"] == uncut, command


def test_raster_graphics_qr_and_barcode_are_described() -> None:
    stored = b"\x1d(L\x0c\x000p0\x01\x021\x08\x00\x02\x00\xff\x00"
    image, graphics, symbol, bars, caption = Bench().transcript(
        RASTER_2X2 + stored + b"\x1d(L\x02\x0002" + b"\x1ba\x01" + qr("存根 1".encode())
        + b"\x1dh\x40\x1dw\x02\x1dH\x02\x1dkI\x06{BCF-1"
    )  # fmt: skip
    assert (image["kind"], image["dots"], image["rows"], image["black"]) == ("image", 8, 2, 8)
    assert (graphics["kind"], graphics["dots"], graphics["rows"]) == ("image", 8, 4)
    assert (symbol["kind"], symbol["payload"], symbol["module"], symbol["align"]) == ("qr", "存根 1", 6, "center")
    assert symbol["dots"] == 21 * 6
    assert (bars["kind"], bars["payload"], bars["rows"]) == ("barcode", "CF-1", 64)
    assert caption["text"] == "CF-1"


def test_a_code_128_without_its_subset_mark_is_not_printed() -> None:
    bench = Bench(strict=False)
    assert bench.transcript(b"\x1dkI\x04CF-1") == []
    assert bench.printer.strict_errors


def test_cut_pulse_beep_and_identity_are_events_and_answers() -> None:
    bench = Bench()
    bench.send(b"\x1bp\x00\x19\x32\x1bp\x01\x32\xfa\x1bB\x02\x03\x1b(A\x04\x000\x01\x02\x03")
    answers = bench.send(b"\x1dI\x42\x1dI\x43")
    assert answers == b"\x5fCF\x00\x5fSIM-80\x00"
    pulses = [event.details for event in bench.printer.events if event.kind == "pulse"]
    assert [(pulse["pin"], pulse["on_ms"], pulse["off_ms"]) for pulse in pulses] == [(2, 50, 100), (5, 100, 500)]
    assert bench.kinds() == ["pulse", "pulse", "beep", "beep"]


@pytest.mark.parametrize("command", [b"\x1bi", b"\x1bm", b"\x1dV\x00", b"\x1dV\x01"])
def test_a_cut_without_feed_leaves_the_last_rows_for_the_next_slip(command: bytes) -> None:
    bench = Bench()
    bench.send(b"first\nsecond\nthird\nfourth\nfifth\n" + command)
    assert bench.printer.slips[0].text == "first\nsecond"
    bench.send(b"sixth\n" + CUT)
    assert bench.printer.slips[1].text == "third\nfourth\nfifth\nsixth"


def test_code_pages_hold_only_while_the_double_byte_mode_is_off() -> None:
    lines = Bench().transcript(b"\x1bt\x10\x1c.\xa3\xa4\n\x1c&\xa3\xa4\n")
    assert [line["text"] for line in lines] == ["£¤", "￥"]


def test_a_japanese_model_takes_pairs_for_single_bytes_until_told() -> None:
    bench = Bench(double_byte_at_power_up=False)
    bench.send("中\n".encode("gbk") + b"\x1c&" + "中\n".encode("gbk") + b"\x1b@" + "中\n".encode("gbk") + CUT)
    assert bench.printer.slips[0].text == "╓╨\n中\n╓╨"


def test_a_first_byte_swallows_even_a_line_feed() -> None:
    bench = Bench(strict=False)
    bench.send(INIT + b"\xd6\nab\n" + CUT)
    assert bench.printer.slips[0].text == "\ufffdab"
    assert bench.printer.strict_errors == ["d6 0a is no character of the gb18030 ROM"]


@pytest.mark.parametrize(("charset", "printed"), [
    ("gb18030", "\ufffd\ufffd"), ("gbk", "\ufffd\ufffd"), ("gb18030-full", "㛃"),
])  # fmt: skip
def test_four_byte_characters_are_garbage_except_on_a_full_rom(charset: str, printed: str) -> None:
    bench = Bench(charset=charset, strict=False)
    assert bench.transcript("㛃\n".encode("gb18030"))[0]["text"] == printed


@pytest.mark.parametrize(("charset", "text", "fits"), [
    ("gb2312", "喆", False), ("gbk", "喆", True), ("big5", "灣", True),
])  # fmt: skip
def test_the_rom_decides_which_characters_exist(charset: str, text: str, fits: bool) -> None:
    bench = Bench(charset=charset, strict=False)
    encoded = text.encode("big5" if charset == "big5" else "gbk")
    assert (bench.transcript(encoded + b"\n")[0]["text"] == text) is fits
    assert bool(bench.printer.strict_errors) is not fits


def test_initialise_resets_modes_and_loses_the_unprinted_line() -> None:
    bench = Bench()
    bench.send(b"\x1ba\x01\x1d!\x11lost\x1b@kept\n" + CUT)
    (line,) = bench.printer.slips[0].transcript
    assert (line["text"], line["align"], line["width"]) == ("kept", "left", 1)
    assert bench.kinds() == ["line_lost", "cut"]


@pytest.mark.parametrize("command", [
    b"\x1bM\x01", b"\x1d(Z\x02\x00ab", b"\x09", b"\x10\x04\x09", b"\x1dV\x07", b"\x1dI\x07", b"\x1dr\x05",
    b"x\x1ba\x01", b"x" + RASTER_2X2, b"x" + CUT, b"\x1dv0\x00\x60\x00\x01\x00" + b"\xff" * 0x60, b"\x1b$\xff\x0f",
    b"\x1b!\x01", b"\x1bt\x63", b"\x1d(H\x06\x0000\x01\x02\x03\x04", b"\x1d(k\x03\x001Q0",
])  # fmt: skip
def test_what_a_careful_host_would_not_send_fails_in_strict_mode(command: bytes) -> None:
    with pytest.raises(ComplaintError):
        Bench().send(INIT + command)
    lenient = Bench(strict=False)
    lenient.send(INIT + command + b"\n")
    assert lenient.printer.strict_errors


def test_an_unknown_command_is_recorded_with_its_bytes_and_its_arguments_print_as_text() -> None:
    bench = Bench(strict=False)
    bench.send(b"\x1bMq\n\x1d(Z\x02\x00ab" + CUT)
    unknown = [event.details["bytes"] for event in bench.printer.events if event.kind == "unknown"]
    assert unknown == ["1b 4d", "1d 28 5a 02 00 61 62"]
    assert bench.printer.slips[0].text == "q"


def black_box(image: Image.Image) -> tuple[int, int, int, int] | None:
    return image.convert("L").point(lambda value: 255 - value).getbbox()


def test_a_slip_is_a_one_bit_png_at_true_dots(tmp_path: pathlib.Path) -> None:
    bench = Bench(tmp_path, render=True, dots=384)
    bench.send(RECEIPT)
    (slip,) = bench.printer.slips
    assert slip.path == tmp_path / "slip-0001.png"
    with Image.open(slip.path) as image:
        assert (image.mode, image.size) == ("1", (384, 100 + 48 + 30 + 2 + 150))


def test_reverse_fills_its_cells_and_alignment_moves_them() -> None:
    bench = Bench(render=True, dots=384)
    bench.send(INIT + b"\x1dB\x01\x1ba\x02" + "重印\n".encode("gbk") + CUT)
    assert black_box(bench.printer.slips[0].image()) == (384 - 48, 100, 384, 124)


def test_raster_pixels_land_dot_for_dot_also_doubled_and_centred() -> None:
    bench = Bench(render=True, dots=384)
    bench.send(RASTER_2X2 + b"\x1ba\x01\x1dv0\x03\x01\x00\x01\x00\xff" + CUT)
    image = bench.printer.slips[0].image()
    assert [image.getpixel((x, 100)) for x in range(8)] == [0] * 4 + [255] * 4
    assert [image.getpixel((x, 101)) for x in range(8)] == [255] * 4 + [0] * 4
    assert black_box(image.crop((0, 102, 384, image.height))) == (184, 0, 200, 2)


def test_characters_stay_inside_their_columns() -> None:
    bench = Bench(render=True, dots=384)
    bench.send(INIT + b"  A" + "中".encode("gbk") + b" W\n" + CUT)
    line = bench.printer.slips[0].image().crop((0, 100, 384, 124))
    for first, last, inked in ((0, 24, False), (24, 36, True), (36, 60, True), (60, 72, False), (72, 84, True)):
        assert (black_box(line.crop((first, 0, last, 24))) is not None) is inked, (first, last)
    assert black_box(line.crop((84, 0, 384, 24))) is None


def test_an_image_straddling_the_blade_is_cut_in_two() -> None:
    bench = Bench(render=True, dots=384)
    bench.send(b"\x1dv0\x00\x01\x00\x96\x00" + b"\xff" * 150 + b"\x1dV\x00" + CUT)
    first, second = bench.printer.slips
    assert black_box(first.image()) == (0, 100, 8, 150)
    assert black_box(second.image()) == (0, 0, 8, 100)
