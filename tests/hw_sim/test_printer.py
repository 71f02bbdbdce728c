"""The printer emulator is as unkind as the device: pieces, status bits, paper, lid and power."""

from __future__ import annotations

import random

import pytest

from tests.hw_sim.escpos_parser import Dialect, Op, Operation, Parser
from tests.hw_sim.printer_bench import CUT, INIT, RECEIPT, Bench, process_id


@pytest.mark.slow
def test_a_receipt_split_at_every_byte_boundary_is_the_same_receipt() -> None:
    whole = Bench()
    stream = INIT + b"\x10\x04\x01" + RECEIPT + b"\x10\x14\x01\x00\x02"
    answers = whole.send(stream)
    assert sorted(answers) == sorted(b"\x12\x37\x220001\x00")
    for boundary in range(1, len(stream)):
        parts = Bench()
        assert sorted(parts.send(stream[:boundary]) + parts.send(stream[boundary:])) == sorted(answers)
        assert parts.printer.slips[0].transcript == whole.printer.slips[0].transcript, boundary
        assert parts.kinds().count("pulse") == 1, boundary


def test_a_receipt_in_single_bytes_and_random_pieces_is_the_same_receipt() -> None:
    whole = Bench()
    whole.send(RECEIPT)
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    choose = random.Random(seed)
    for longest in (1, 2, 5, 17):
        parts = Bench()
        rest = RECEIPT
        while rest:
            length = choose.randint(1, longest)
            parts.send(rest[:length])
            rest = rest[length:]
        assert parts.printer.slips[0].transcript == whole.printer.slips[0].transcript


def test_real_time_commands_are_found_inside_raster_data_that_stays_whole() -> None:
    bench = Bench()
    pixels = b"\x10\x04\x01\x10\x14\x01\x00\x01"
    assert bench.send(b"\x1dv0\x00\x01\x00\x08\x00" + pixels[:7]) == b"\x12"
    assert bench.inside_a_command()
    assert bench.send(pixels[7:]) == b""
    assert bench.kinds() == ["pulse"]
    assert not bench.inside_a_command()
    bench.send(CUT)
    assert bench.printer.slips[0].transcript[0]["black"] == sum(byte.bit_count() for byte in pixels)


def test_a_disabled_real_time_pulse_stays_shut_until_the_next_initialise() -> None:
    bench = Bench()
    bench.send(b"\x1d(D\x03\x00\x14\x01\x00" + b"\x10\x14\x01\x00\x01")
    assert bench.kinds() == ["pulse"], "the pulse acted on arrival, before the setting was carried out"
    bench.send(b"\x10\x14\x01\x00\x01")
    assert bench.kinds() == ["pulse", "pulse_ignored"]
    bench.send(b"\x1b@")
    bench.send(b"\x10\x14\x01\x01\x08")
    assert bench.kinds() == ["pulse", "pulse_ignored", "pulse"]
    assert bench.printer.events[-1].details == {"pin": 5, "on_ms": 800, "off_ms": 800, "real_time": True}


def test_the_parser_gives_real_time_operations_where_their_last_byte_stands() -> None:
    found = list(Parser(Dialect()).feed(b"a\n\x10\x04\x02b\n"))
    assert [operation.op for operation in found] == [Op.TEXT, Op.LINE_FEED, Op.STATUS_NOW, Op.TEXT, Op.LINE_FEED]
    assert found[2] == Operation(Op.STATUS_NOW, (2,))


@pytest.mark.parametrize(("switch", "answers"), [
    (None, "12121212"), ("lid_open", "1a161212"), ("paper_end", "1a321272"), ("paper_near_end", "1212121e"),
    ("drawer", "16121212"), ("cutter_error", "1a521a12"),
])  # fmt: skip
def test_each_switch_shows_in_the_four_real_time_answers(switch: str | None, answers: str) -> None:
    bench = Bench()
    if switch:
        bench.printer.set_switch(switch, value=True)
    assert bench.send(b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04").hex() == answers


@pytest.mark.parametrize(("switch", "four"), [
    ("lid_open", "3800000f"), ("paper_end", "18000c0f"), ("paper_near_end", "1000030f"), ("drawer", "1400000f"),
    ("cutter_error", "1808000f"),
])  # fmt: skip
def test_automatic_status_comes_on_enabling_and_on_every_change(switch: str, four: str) -> None:
    bench = Bench()
    assert bench.send(b"\x1da\x0f").hex() == "1000000f"
    bench.printer.set_switch(switch, value=True)
    assert bench.printer.take_answers().hex() == four
    bench.printer.set_switch(switch, value=False)
    assert bench.printer.take_answers().hex() == "1000000f"
    bench.send(b"\x1da\x00")
    bench.printer.set_switch(switch, value=True)
    assert bench.printer.take_answers() == b""


def test_automatic_status_of_the_drawer_alone_says_nothing_about_paper() -> None:
    bench = Bench()
    bench.send(b"\x1da\x01")
    bench.printer.set_switch("paper_end", value=True)
    assert bench.printer.take_answers() == b""
    assert bench.send(b"\x10\x14\x01\x00\x01").hex() == "1c000c0f", "the pulse opened the drawer"


def test_initialise_ends_automatic_status_where_the_model_says_so() -> None:
    for clears, answer in ((True, ""), (False, "3800000f")):
        bench = Bench(init_clears_auto_status=clears)
        bench.send(b"\x1da\x0f\x1b@")
        bench.printer.set_switch("lid_open", value=True)
        assert bench.printer.take_answers().hex() == answer


def test_the_fence_answers_paper_and_drawer_in_order() -> None:
    bench = Bench()
    bench.printer.set_switch("paper_near_end", value=True)
    bench.printer.set_switch("drawer", value=True)
    assert bench.send(b"\x1dr\x01\x1dr\x02").hex() == "0301"


def test_the_fence_proves_parsing_and_the_process_id_paper() -> None:
    bench = Bench(speed_mm_s=100)
    assert bench.send(b"a\n" + b"\x1dr\x01" + process_id(b"0042")) == b"\x00"
    assert bench.later(29 / 800) == b""
    assert bench.later(1 / 800) == b"\x37\x220042\x00"
    assert bench.kinds() == ["process_id"]


def test_paper_takes_its_time_however_often_one_looks() -> None:
    for looks in (1, 7, 1000):
        bench = Bench(speed_mm_s=100)
        bench.send(b"a\n" * 50 + process_id(b"0001"))
        seconds = 50 * 30 / 800
        early = b"".join(bench.later(seconds / looks * 0.999) for _ in range(looks))
        assert early == b"", looks
        assert bench.later(seconds * 0.002), looks


@pytest.mark.parametrize(("kind", "text"), [("silent", "a"), ("digits", "a\n000042")])
def test_a_model_without_process_id_is_silent_or_prints_the_digits(kind: str, text: str) -> None:
    bench = Bench(process_id=kind)
    assert bench.send(b"a\n" + process_id(b"0042") + (b"\n" if kind == "digits" else b"") + CUT) == b""
    assert bench.printer.slips[0].text == text


@pytest.mark.parametrize("switch", ["paper_end", "lid_open", "cutter_error"])
def test_off_line_keeps_the_buffer_and_prints_by_itself_when_cleared(switch: str) -> None:
    bench = Bench()
    bench.printer.set_switch(switch, value=True)
    assert bench.send(RECEIPT) == b""
    assert bench.printer.slips == []
    assert bench.printer.buffer_fill_bytes == len(RECEIPT)
    assert bench.faults.counts()[switch] == 1
    bench.printer.set_switch(switch, value=False)
    assert bench.printer.take_answers() == b"\x37\x220001\x00"
    assert len(bench.printer.slips) == 1
    assert bench.printer.buffer_fill_bytes == 0


def test_an_off_line_printer_answers_and_polling_does_not_fill_its_buffer() -> None:
    bench = Bench()
    bench.printer.set_switch("lid_open", value=True)
    for _ in range(3000):
        assert bench.send(b"\x10\x04\x02") == b"\x16"
    assert bench.printer.buffer_fill_bytes == 0


def test_a_full_buffer_leaves_no_room_and_a_large_image_still_passes_on_line() -> None:
    bench = Bench(buffer_bytes=1000)
    image = b"\x1dv0\x00\x48\x00\x20\x00" + b"\xaa" * 72 * 32
    bench.send(image[:2000])
    assert bench.printer.room_bytes == 1000, "pixels on their way in are taken as they come"
    bench.printer.set_switch("lid_open", value=True)
    assert bench.printer.room_bytes == 0
    bench.printer.set_switch("lid_open", value=False)
    bench.send(image[2000:] + CUT)
    assert bench.printer.slips[0].transcript[0]["rows"] == 32


def test_near_end_is_told_but_does_not_stop_printing() -> None:
    bench = Bench()
    bench.printer.set_switch("paper_near_end", value=True)
    bench.send(RECEIPT)
    assert len(bench.printer.slips) == 1
    assert bench.faults.counts()["paper_near_end"] == 0
    bench.send(b"\x10\x04\x04")
    assert bench.faults.counts()["paper_near_end"] == 1


def test_the_lid_stops_the_paper_in_the_middle_of_a_line() -> None:
    bench = Bench(speed_mm_s=100)
    bench.send(b"a\n" + process_id(b"0001"))
    bench.later(10 / 800)
    bench.printer.set_switch("lid_open", value=True)
    uncut = bench.printer.state()["rows_uncut"]
    assert bench.later(60) == b""
    assert bench.printer.state()["rows_uncut"] == uncut
    bench.printer.set_switch("lid_open", value=False)
    assert bench.later(19 / 800) == b""
    assert bench.later(1 / 800) == b"\x37\x220001\x00"


def test_paper_that_ends_in_a_receipt_goes_on_with_the_new_roll() -> None:
    bench = Bench()
    bench.send(b"\x1da\x08")
    bench.printer.paper_end_after(45)
    assert bench.send(b"one\ntwo\nthree\n" + CUT + process_id(b"0007")).hex() == "18000c0f"
    assert bench.faults.counts()["paper_end_mid_receipt"] == 1
    assert bench.printer.slips == []
    bench.printer.reload()
    torn, cut = bench.printer.slips
    assert (torn.ended, torn.text, torn.rows) == ("torn", "one", 145)
    assert (cut.ended, cut.text) == ("cut", "two\nthree")
    assert b"\x37\x220007\x00" in bench.printer.take_answers()


def test_a_power_cut_loses_buffer_and_modes_and_keeps_the_paper() -> None:
    bench = Bench(speed_mm_s=100)
    bench.send(b"\x1ba\x01half\nlost\n" + process_id(b"0001") + b"\x1dv0\x00\x48\x00\xff\x00")
    bench.later(35 / 800)
    bench.printer.power_cut()
    assert bench.later(60) == b""
    assert not bench.inside_a_command()
    bench.send(b"new\n" + CUT)
    bench.later(60)
    first, broken, new = bench.printer.slips[0].transcript
    assert (first["text"], first["align"]) == ("half", "center")
    assert (broken["text"], broken["broken_off_at_row"]) == ("lost", 5)
    assert (new["text"], new["align"]) == ("new", "left")
    assert bench.faults.counts()["power_cut"] == 1


def test_raster_data_that_never_ended_swallows_the_next_receipt() -> None:
    bench = Bench()
    bench.send(b"\x1dv0\x00\x48\x00\x10\x00" + b"\xff" * 100)
    bench.send(b"\x1b@next receipt\n" + CUT + process_id(b"0002"))
    assert bench.printer.slips == []
    assert bench.inside_a_command()
    assert bench.send(b"\x00" * 72 * 16 + b"\x1b@next receipt\n" + CUT + process_id(b"0003")) == b"\x37\x220003\x00"
    assert bench.printer.slips[0].text == "next receipt"


def test_clearing_buffers_in_real_time_forgets_what_came_before_it_only() -> None:
    bench = Bench()
    bench.printer.set_switch("lid_open", value=True)
    assert bench.send(b"old\n\x1dv0\x00\x48\x00\x10\x00\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08new\n").hex() == "372500"
    bench.printer.set_switch("lid_open", value=False)
    bench.send(CUT)
    assert bench.printer.slips[0].text == "new"


def test_recovering_from_a_jammed_cutter_can_drop_the_buffer() -> None:
    bench = Bench()
    bench.printer.set_switch("cutter_error", value=True)
    bench.send(b"kept\n\x10\x05\x01")
    assert bench.waits()
    bench.send(b"\x10\x05\x02")
    assert not bench.waits()
    assert bench.kinds() == ["recover", "recover"]


def test_a_silent_printer_prints_and_says_nothing() -> None:
    bench = Bench()
    bench.printer.set_switch("silent", value=True)
    assert bench.send(b"\x10\x04\x01" + RECEIPT) == b""
    assert len(bench.printer.slips) == 1
    assert bench.faults.counts()["silent"] == 2


def test_noise_never_stops_the_printer() -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    choose = random.Random(seed)
    starts = (b"\x1b", b"\x1d", b"\x1c", b"\x1d(k", b"\x1d(L", b"\x1dk", b"\x1dV", b"\n", b"\x10\x04", b"")
    for _ in range(20):
        bench = Bench(strict=False, render=True, dots=384)
        for _ in range(200):
            bench.send(choose.choice(starts) + choose.randbytes(choose.randint(1, 4)))
        bench.send(b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08\x1b@")
        assert bench.send(process_id(b"0001"))[-7:] == b"\x37\x220001\x00"
