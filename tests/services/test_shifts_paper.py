"""The slip of a shift on paper: last reviewed bytes and picture, three languages, and its way through the spool."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest
from PIL import Image, ImageChops

from terminal.base.ids import ActionId, new_id
from terminal.base.printing import PrinterProfile
from terminal.ledger.past import forget
from terminal.rules.receipt import render
from terminal.rules.till.shift_words import WORDS, word
from terminal.services.ask import at_once
from terminal.services.receipts import Paper
from terminal.services.shifts.commands import ShiftCommands
from terminal.services.shifts.rights import FourEyes
from terminal.services.shifts.shifts import Shifts
from terminal.services.shifts.signing import Signing
from terminal.services.shifts.slips import ShiftSlips
from terminal.services.shop import Shop
from terminal.services.spool import Spool
from tests.golden import pictures, shift_slips
from tests.golden.drawing import pattern_strip
from tests.golden.listing import texts
from tests.services.shift_bench import ShiftBench, line, note, shift_bench


@pytest.fixture
def till(tmp_path: pathlib.Path) -> Iterator[ShiftBench]:
    """Give a till."""
    made = shift_bench(tmp_path)
    yield made
    made.database.close()


@pytest.mark.parametrize("name", shift_slips.CASES)
def test_the_bytes_of_the_slip_are_those_last_reviewed(name: str) -> None:
    golden = pictures.FOLDER / f"{name}.txt"
    assert shift_slips.listing_of(name) == golden.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_slip_looks_on_paper_as_last_reviewed(tmp_path: pathlib.Path) -> None:
    if pictures.font_hash() != pictures.recorded_hash():
        pytest.skip("golden pictures were drawn with another font file")
    golden = pictures.FOLDER / f"{shift_slips.PICTURE}.png"
    with Image.open(shift_slips.print_to(tmp_path)) as made, Image.open(golden) as reviewed:
        assert made.size == reviewed.size
        assert ImageChops.difference(made.convert("L"), reviewed.convert("L")).getbbox() is None


@pytest.mark.parametrize("language", ["en", "zh_CN", "zh_TW"])
@pytest.mark.parametrize("dots", [384, 504, 576])
def test_no_line_is_wider_than_the_paper_and_words_are_the_languages_own(language: str, dots: int) -> None:
    profile = PrinterProfile(dots)
    printed = texts(render(shift_slips.shift_slip(language), profile, pattern_strip))
    assert max(len(each.encode("gb18030")) for each in printed) <= profile.columns
    for name in ("title", "float", "short", "top_ups", "sales", "drawer", "pending"):
        assert any(word(name, language) in each for each in printed), name
    assert all(all(words) for words in WORDS.values())


def test_a_shift_closed_without_a_difference_says_so(till: ShiftBench) -> None:
    anna = till.open(till.person("陈晓"), 5_00)
    till.count(anna, 5_00)
    slips = ShiftSlips(till.database, _spool(till), lambda: Shop(name="店", language="en"), _paper())
    till.close(anna)
    slips.print(till.slips[0])
    lines = _printed(till)
    assert any(each.startswith("Difference") and each.endswith("￥0.00") for each in lines)
    assert not any(each.startswith("Reason") for each in lines)


def test_the_slip_is_stored_with_the_closing_and_outlives_the_till(till: ShiftBench) -> None:
    spool = _spool(till)
    slips = ShiftSlips(till.database, spool, lambda: Shop(name="兰亭美业", branch="静安店"), _paper())
    shifts = Shifts(till.database, till.book, till.clock, till.rights, slip=slips.add, closed=till.closed.append)
    anna = till.open(till.person("陈晓"), 5_00)
    till.bill(anna, note([line("service", 1_00)], {"cash": 1_00}))
    till.count(anna, 6_00)
    made = shifts.close(till.rulebook.roles, till.wish(anna), 0)
    again = _spool(till)
    again.recover()
    (stored,) = again.recent()
    assert (stored.kind, stored.state, stored.bill_no) == ("shift", "queued", made.entry_no)
    assert any("陈晓" in each for each in _printed(till))
    job = again.take("printer")
    assert job is not None
    again.printed(job.job)
    assert again.copy(job.job, ActionId(new_id())) != job.job


def test_a_slip_is_printed_again_as_a_marked_copy_and_not_twice_while_it_waits(till: ShiftBench) -> None:
    spool = _spool(till)
    slips = ShiftSlips(till.database, spool, Shop, _paper())
    commands = _closed_shift(till, slips)
    commands.print()
    assert len(till.database.rows("SELECT 1 FROM print_job")) == 1
    job = spool.take("printer")
    assert job is not None
    spool.printed(job.job)
    commands.print()
    rows = till.database.rows("SELECT body, marked, copy_of FROM print_job ORDER BY id")
    assert [(row[0], row[1], row[2]) for row in rows] == [(rows[0][0], 0, 0), (rows[0][0], 1, job.job)]


def test_a_shift_whose_entries_were_dropped_prints_what_was_stored_and_adds_nothing_up_again(till: ShiftBench) -> None:
    spool = _spool(till)
    slips = ShiftSlips(till.database, spool, Shop, _paper())
    commands = _closed_shift(till, slips)
    whole = commands.show()
    assert whole["tenders"]
    job = spool.take("printer")
    assert job is not None
    spool.printed(job.job)
    life = till.book.life()
    with till.database.write():
        assert forget(till.database, life.n, 3) == 2
    assert till.refused(lambda: till.shifts.closed(whole["number"])).code == "shift_past"
    shown = commands.show()
    assert "tenders" not in shown
    assert {name: whole[name] for name in shown} == dict(shown)
    commands.print()
    assert [row[0] for row in till.database.rows("SELECT marked FROM print_job ORDER BY id")] == [0, 1]
    till.database.run("DELETE FROM print_job")
    refused = till.refused(commands.print)
    assert (refused.code, dict(refused.values)) == ("shift_past", {"number": whole["number"]})


def _closed_shift(till: ShiftBench, slips: ShiftSlips) -> ShiftCommands:
    """Close a shift of one bill, which stores its slip; return the commands."""
    anna = till.open(till.person("陈晓"), 5_00)
    till.bill(anna, note([line("service", 1_00)], {"cash": 1_00}))
    till.count(anna, 6_00)
    shifts = Shifts(till.database, till.book, till.clock, till.rights, slip=slips.add, closed=till.closed.append)
    shifts.close(till.rulebook.roles, till.wish(anna), 0)
    signs = Signing(
        till.database, till.staff, FourEyes(till.rights, till.staff, at_once), lambda: till.rulebook, at_once
    )
    return ShiftCommands(shifts, signs, lambda: till.rulebook, slips)


def test_a_till_without_a_printer_closes_all_the_same(till: ShiftBench) -> None:
    slips = ShiftSlips(till.database, _spool(till), Shop, Paper({}, pattern_strip))
    anna = till.open(till.person("陈晓"))
    till.count(anna, 0)
    made = till.close(anna)
    slips.print(made)
    assert till.database.rows("SELECT * FROM print_job") == []


def _spool(till: ShiftBench) -> Spool:
    return Spool(till.database, lambda _device, _attempt: b"", ["printer"])


def _paper() -> Paper:
    return Paper({"counter": ("printer", PrinterProfile())}, pattern_strip)


def _printed(till: ShiftBench) -> list[str]:
    row = till.database.row("SELECT body FROM print_job ORDER BY id DESC LIMIT 1")
    assert row is not None
    return list(texts(row[0]))
