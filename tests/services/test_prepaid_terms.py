"""The terms on paper: every line of them, and room to sign, in the shop's language."""

from __future__ import annotations

import pytest

from terminal.base.ids import AccountId
from terminal.base.printing import PrinterProfile
from terminal.rules.receipt import Text
from terminal.services.money import Bill
from terminal.services.prepaid.terms import TermsPrinter, terms_slip
from terminal.services.receipt_font import FontFile, FontStrips
from terminal.services.receipts import Paper
from terminal.services.shop import Shop
from tests.services.conftest import RULES, Bench

FONTS = FontStrips([FontFile("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 7)])


@pytest.mark.parametrize(
    ("language", "heading"), [("zh_CN", "预付款约定"), ("zh_TW", "預付款約定"), ("en", "Terms of stored value")]
)
def test_the_terms_are_printed_line_by_line(language: str, heading: str) -> None:
    document = terms_slip("兰亭美业", "1-000007", "余额可退。\n\n不得转售。", language)
    texts = [block.left for block in document if isinstance(block, Text)]
    assert texts[:2] == ["兰亭美业", heading]
    assert [text for text in texts if text.endswith("。")] == ["余额可退。", "不得转售。"]


def test_terms_are_queued_behind_the_slip_of_their_top_up_where_there_is_a_printer(bench: Bench) -> None:
    account = bench.member()
    bill = Bill("1-000007", "top_up", AccountId(account), 0, "", 100_00, 100_00, 0, 0, 100_00, 0, "")
    shop = Shop(name="兰亭美业", branch="静安店", rules=RULES)
    printer = TermsPrinter(bench.spool, lambda: shop, Paper({"counter": ("printer", PrinterProfile())}, FONTS))
    TermsPrinter(bench.spool, lambda: shop, Paper({}, FONTS))(bill, "余额可退。")
    with bench.database.write():
        printer(bill, "余额可退。")
    rows = bench.database.rows("SELECT kind, bill_no, amount_fen, length(body) > 0 FROM print_job")
    assert rows == [("terms", "1-000007", 0, 1)]
