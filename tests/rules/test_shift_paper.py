"""The paper of a shift names people, and the terminal where nobody had the counter."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from terminal.rules.receipt import Text
from terminal.rules.slips import SlipShop
from terminal.rules.till.shift import TERMINAL, Shift, close, count, open_shift
from terminal.rules.till.shift_paper import ShiftPaper, shift_document
from terminal.rules.till.shift_slip import Deed, Journal, Pending, slip
from terminal.rules.till.shift_words import word

AT = dt.datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - the shop's own civil time
DEEDS = (
    Deed("top_up", "anna", (("cash", 500_00),), 500_00, granted_fen=50_00),
    Deed("sale", "anna", (), 300_00, principal_fen=250_00, bonus_fen=50_00),
    Deed("void", TERMINAL, (("cash", -10_00),), -10_00),
)


def shift(person: str, counted_fen: int) -> Shift:
    """Return a closed shift without a float."""
    opened = open_shift((), "s1", "till-1", person, AT, 0)
    return close(count(opened, counted_fen, ()), AT)


def lines(paper: ShiftPaper) -> dict[str, str]:
    return {block.left: block.right for block in shift_document(paper) if isinstance(block, Text)}


def paper(person: str, deeds: tuple[Deed, ...] = DEEDS, language: str = "en", **names: str) -> ShiftPaper:
    made = slip(shift(person, 0), deeds, Pending(), Journal("1-000017", "1-000042", "ab" * 32))
    return ShiftPaper(SlipShop("店"), 7, made, names, language)


def test_a_shift_of_the_terminal_itself_bears_no_name_and_no_id() -> None:
    assert lines(paper(TERMINAL))["Cashier"] == "This terminal"
    assert lines(paper(TERMINAL, language="zh_TW"))["收銀員"] == "本機自助"


def test_somebody_with_a_name_is_named_and_others_by_the_first_signs_of_their_id() -> None:
    assert lines(paper("anna", anna="陈晓"))["Cashier"] == "陈晓"
    assert lines(paper("0123456789abcdef"))["Cashier"] == "01234567"


def test_a_tender_without_words_is_printed_as_it_is_called_in_the_book() -> None:
    assert word("vouchers/city", "en") == "vouchers/city"
    assert word("title", "fr") == word("title", "zh_CN") == "交班单"
    printed = lines(paper("anna", (Deed("fee", "anna", (("voucher_x", 5_00),), 5_00),)))
    assert printed["voucher_x x1"] == "￥5.00"


def test_purse_money_is_told_in_its_parts_where_some_of_it_was_a_gift() -> None:
    printed = lines(paper("anna"))
    assert (printed["  Principal"], printed["  Bonus"]) == ("￥250.00", "￥50.00")
    plain = lines(paper("anna", (replace(DEEDS[1], bonus_fen=0),)))
    assert "  Principal" not in plain
