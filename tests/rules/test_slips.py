"""Slips: their words, sums and bytes, compared with listings that are read in review."""

from __future__ import annotations

import pathlib
import time

import pytest

from terminal.base.printing import PrinterProfile
from terminal.rules.receipt import Document, Text, render, reprint_mark
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
from tests.golden import slips
from tests.golden.drawing import pattern_strip
from tests.golden.listing import texts
from tests.golden.write import CASES, listing_of
from tests.timing import fastest_s

GOLDEN = pathlib.Path(__file__).parent.parent / "golden"


@pytest.mark.parametrize("name", CASES)
def test_the_bytes_of_a_slip_are_those_last_reviewed(name: str) -> None:
    assert listing_of(name) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "document", [slips.topup(), slips.charge(), slips.balance(), slips.card(), slips.card(returned=True)]
)
@pytest.mark.parametrize("dots", [384, 504, 576])
def test_no_line_of_a_slip_is_wider_than_the_paper(document: Document, dots: int) -> None:
    profile = PrinterProfile(dots)
    for line in texts(render(document, profile, pattern_strip)):
        assert len(line.encode("gbk")) <= profile.columns


@pytest.mark.parametrize("language", ["zh_CN", "zh_TW", "en"])
def test_each_language_says_everything_in_its_own_words(language: str) -> None:
    made = (slips.topup(language), slips.charge(language), slips.balance(language))
    printed = "\n".join(line for document in made for line in texts(render(document, PrinterProfile(), pattern_strip)))
    words = words_of(language)
    for word in (words.topup, words.charge, words.balance_slip, words.paid, words.thanks, words.tender("wechat")):
        assert word in printed
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
    for word in ("余额￥", "积分", "赠金", "会员卡", "优惠", "合计"):
        assert word not in printed.replace(" ", "")
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
    document, profile = slips.charge(), PrinterProfile()
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
