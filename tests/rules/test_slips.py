"""Slips: their words, sums and bytes, compared with listings that are read in review."""

from __future__ import annotations

import pathlib
import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from terminal.base.printing import PrinterProfile
from terminal.rules.bill_slip import BillSlip, bill_slip, bonus_parts, say_in
from terminal.rules.bill_slip_words import WORDS, word
from terminal.rules.prepaid_slip import TITLES, PrepaidSlip, prepaid_slip
from terminal.rules.receipt import Document, Text, render, reprint_mark
from terminal.rules.receipt_text import width_columns
from terminal.rules.slip_reading import GivenBonus
from terminal.rules.slip_words import words_of
from terminal.rules.slips import (
    BalanceSlip,
    ChargeSlip,
    SlipAfter,
    SlipBill,
    SlipItem,
    SlipMember,
    SlipShop,
    amount,
    balance_slip,
    charge_slip,
)
from tests.golden import bills, prepaid, slips
from tests.golden.drawing import pattern_strip
from tests.golden.listing import texts
from tests.golden.write import CASES, listing_of
from tests.timing import fastest_s

BILLS = (bills.everything, bills.walk_in, bills.split, bills.top_up)
PREPAID = (prepaid.gift_card, prepaid.loaded, prepaid.redeemed, prepaid.paused)
GOLDEN = pathlib.Path(__file__).parent.parent / "golden"


@pytest.mark.parametrize("name", CASES)
def test_the_bytes_of_a_slip_are_those_last_reviewed(name: str) -> None:
    assert listing_of(name) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "document",
    [
        *(slips.topup(), slips.charge(), slips.balance(), slips.card(), slips.card(returned=True)),
        *(make(language) for make in (*BILLS, *PREPAID) for language in bills.LANGUAGES),
    ],
)
@pytest.mark.parametrize("dots", [384, 504, 576])
def test_no_line_of_a_slip_is_wider_than_the_paper(document: Document, dots: int) -> None:
    profile = PrinterProfile(dots)
    for line in texts(render(document, profile, pattern_strip)):
        assert len(line.encode("gbk")) <= profile.columns


@pytest.mark.parametrize("make", BILLS)
@pytest.mark.parametrize("dots", [384, 504, 576])
def test_every_amount_of_a_bill_ends_at_the_edge_of_the_paper(make: Callable[[str], Document], dots: int) -> None:
    profile, edge = PrinterProfile(dots), re.compile(r"[0-9]\.[0-9]{2}$")
    for language in bills.LANGUAGES:
        lines = texts(render(make(language), profile, pattern_strip))
        ends = {width_columns(line) for line in lines if edge.search(line)}
        assert ends == {profile.columns}


@pytest.mark.parametrize("language", bills.LANGUAGES)
def test_the_figures_of_a_bills_lines_stand_below_their_headings(language: str) -> None:
    lines = texts(render(bills.everything(language), PrinterProfile(384), pattern_strip))
    heads = [word(name, language) for name in ("quantity", "list", "net")]
    head = next(line for line in lines if all(each in line for each in heads))
    places = [width_columns(head[: head.index(each) + len(each)]) for each in heads]
    figures = next(line for line in lines if line.split() == ["1", "1,288.00", "1,088.48"])
    assert [figures[:place].split()[-1] for place in places] == ["1", "1,288.00", "1,088.48"]


@pytest.mark.parametrize("language", bills.LANGUAGES)
def test_the_words_of_bills_have_every_language_and_fit_the_narrowest_paper(language: str) -> None:
    values = dict.fromkeys(("points", "count", "number", "level"), "8") | {"day": "2026-12-28"}
    for name in WORDS:
        assert width_columns(word(name, language, **values)) <= (48 if name == "cooling_off" else 32), name
    assert word("item", "fr") == word("item", "zh_CN")


@pytest.mark.parametrize("language", bills.LANGUAGES)
def test_every_slip_of_prepaid_value_has_a_title_in_each_language(language: str) -> None:
    bill_of_it = replace(bill(0), language=language)
    titles = set()
    for kind in TITLES:
        document = prepaid_slip(PrepaidSlip(bill_of_it, kind))
        titles |= {block.left for block in document if isinstance(block, Text) and block.bold and block.left != "店"}
    assert {TITLES[kind][("en", "zh_CN", "zh_TW").index(language)] for kind in TITLES} <= titles


def test_bonus_in_many_parts_is_told_by_its_first_and_last() -> None:
    parts = tuple(GivenBonus(41_66 if month < 13 else 41_74, f"2027-{month:02}-28") for month in range(1, 14))
    told = [(block.left, block.right) for block in bonus_parts(parts, say_in("zh_CN")) if isinstance(block, Text)]
    assert told == [
        ("共 13 期，每期", "￥41.66"),
        ("  首期 2027-01-28", "￥41.66"),
        ("  末期 2027-13-28", "￥41.74"),
    ]


def test_the_codes_of_the_shops_rules_are_told_only_where_they_are_words_for_people() -> None:
    for language, source, wanted in (
        ("zh_CN", "gold", "会员价"),
        ("zh_CN", "金卡", "会员价 金卡"),
        ("en", "gold", "gold"),
    ):
        note = bills.split_note(language)
        steps = (replace(note.steps[0], source=source), *note.steps[1:])
        slip = BillSlip(bill(0), replace(note, steps=steps))
        slip = replace(slip, bill=replace(slip.bill, language=language))
        lines = [" ".join(each.split()) for each in texts(render(bill_slip(slip), PrinterProfile(), pattern_strip))]
        assert any(line.endswith(f"{wanted} -￥60.48") for line in lines), lines


@pytest.mark.parametrize("language", ["zh_CN", "zh_TW", "en"])
def test_each_language_says_everything_in_its_own_words(language: str) -> None:
    made = (slips.topup(language), slips.charge(language), slips.balance(language))
    printed = "\n".join(line for document in made for line in texts(render(document, PrinterProfile(), pattern_strip)))
    words = words_of(language)
    for each in (words.topup, words.charge, words.balance_slip, words.paid, words.thanks, words.tender("wechat")):
        assert each in printed
    assert words.confirmation("phone_tail") in printed


def test_an_unknown_language_falls_back_to_simplified_chinese() -> None:
    assert words_of("fr") is words_of("zh_CN")


def test_a_slip_never_takes_more_of_a_card_than_its_tail() -> None:
    with pytest.raises(ValueError, match="card tail"):
        SlipMember("王女士", "6228812345678812")


def bill(bonus_fen: int) -> SlipBill:
    """Return a bill of one yuan with nothing on it that may be left out."""
    return SlipBill(SlipShop("店"), "1", "now", "林", SlipMember("王*"), 100, bonus_fen, SlipAfter())


@pytest.mark.parametrize(
    ("principal_fen", "bonus_fen", "item_fen", "message"),
    [(100, 1, 100, "principal and bonus"), (50, 50, 99, "items less discount")],
)
def test_a_slip_that_contradicts_itself_is_refused(
    principal_fen: int, bonus_fen: int, item_fen: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ChargeSlip(bill(bonus_fen), principal_fen, "photo", (SlipItem("剪发", item_fen),))


def test_what_is_unknown_or_nothing_is_left_out() -> None:
    bare = ChargeSlip(bill(bonus_fen=0), 100, "photo")
    lines = texts(render(charge_slip(bare), PrinterProfile(384), pattern_strip))
    printed = "".join(lines)
    for each in ("余额￥", "积分", "赠金", "会员卡", "优惠", "合计"):
        assert each not in printed.replace(" ", "")
    assert "收银员已核对照片" in printed


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "￥0.00"), (5, "￥0.05"), (123450, "￥1,234.50"), (-3000, "-￥30.00"), (100000000, "￥1,000,000.00")],
)
def test_amounts_have_two_decimals_and_commas(fen: int, text: str) -> None:
    assert amount(fen) == text


@pytest.mark.parametrize("language", ["zh_CN", "zh_TW", "en"])
def test_the_mark_fits_the_narrowest_paper_in_one_line(language: str) -> None:
    assert len(texts(reprint_mark(12, "11-28 15:00", PrinterProfile(384), pattern_strip, language))) == 1


def test_a_usual_slip_takes_no_time_that_a_person_would_notice() -> None:
    document, profile = bills.everything(), PrinterProfile()
    # Some 0.4 ms; a page of pixels in Python, or a font loaded anew, takes far more than the limit.
    assert fastest_s(0.02, 50, lambda: _once_s(document, profile)) < 0.02


def _once_s(document: Document, profile: PrinterProfile) -> float:
    begin_s = time.perf_counter()
    render(document, profile, pattern_strip)
    return time.perf_counter() - begin_s


def test_the_shops_own_footer_stands_instead_of_the_thanks() -> None:
    slip = BalanceSlip(SlipShop("店", footer="下次见"), "2026-11-21 14:32", SlipMember("王女士"), SlipAfter(100))
    texts = [block.left for block in balance_slip(slip) if isinstance(block, Text)]
    assert texts[-1] == "下次见"
    assert "谢谢惠顾" not in texts
