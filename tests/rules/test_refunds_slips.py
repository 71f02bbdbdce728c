"""Slips of what is given back: their words in three languages, their sums, and the width of the paper."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terminal.base.printing import PrinterProfile
from terminal.rules.receipt import render
from terminal.rules.refunds.slip_words import back_words_of
from terminal.rules.refunds.slips import BackHead, BackSlip, back_slip
from terminal.rules.slips import SlipItem, SlipMember, SlipShop
from tests.golden.drawing import pattern_strip
from tests.golden.listing import texts

HEAD = BackHead(
    kind="refund",
    shop=SlipShop("云锦美发", "静安店"),
    number="1-000043",
    of="1-000042",
    at_text="2026-11-28 15:20",
    cashier="小林",
    member=SlipMember("王女士", "8812"),
    approved_by="李店长",
)
REFUND = BackSlip(
    HEAD,
    total_fen=62_67,
    at_once=(("cash", 20_00), ("principal", 12_67)),
    pending=(("wechat", 30_00),),
    items=(SlipItem("洗发水", 62_67),),
    deducted_fen=9,
    points_taken=9,
    points_given=1114,
)
KINDS = ("refund", "void", "repay", "pass_refund", "prepayment_refund", "card_return", "paid_out")


def printed(slip: BackSlip, dots: int = 576) -> list[str]:
    return texts(render(back_slip(slip), PrinterProfile(dots), pattern_strip))


def test_a_refund_says_what_came_back_how_and_what_is_still_to_come() -> None:
    lines = [" ".join(line.split()) for line in printed(REFUND)]
    wanted = (
        "退款单",
        "原单号 1-000042",
        "批准人 李店长",
        "洗发水 x1 ￥62.67",
        "退款合计￥62.67",
        "当场退 现金 ￥20.00",
        "退回本金 ￥12.67",
        "待退至 微信支付 ￥30.00",
        "积分不足扣除 -￥0.09",
        "收回积分 -9",
        "退回积分 +1,114",
    )
    joined = "\n".join(lines).replace(" ", "")
    assert [each for each in wanted if each.replace(" ", "") not in joined] == []
    assert "会员签名" not in joined


def test_a_repayment_says_what_is_still_owed() -> None:
    head = replace(HEAD, kind="repay", of="")
    joined = "".join(printed(BackSlip(head, 70_00, (("wechat", 70_00),), left_fen=30_00))).replace(" ", "")
    assert "还款金额￥70.00" in joined
    assert "微信支付￥70.00" in joined
    assert "尚欠￥30.00" in joined


@pytest.mark.parametrize("language", ["zh_CN", "zh_TW", "en"])
def test_every_kind_fits_the_paper_in_every_language_and_prepaid_value_is_signed_for(language: str) -> None:
    own = back_words_of(language)
    for kind in KINDS:
        slip = replace(REFUND, head=replace(HEAD, kind=kind, language=language, reason="输入错误"))
        for dots in (384, 504, 576):
            lines = printed(slip, dots)
            assert all(len(line.encode("gbk")) <= PrinterProfile(dots).columns for line in lines), kind
        joined = "".join(lines)
        assert own.titles[kind] in joined
        assert (own.signature in joined) == (kind in {"prepayment_refund", "pass_refund", "card_return"})


def test_a_slip_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="the ways are not the amount"):
        replace(REFUND, total_fen=62_66)


def test_an_unknown_language_falls_back_to_simplified_chinese() -> None:
    assert back_words_of("fr") is back_words_of("zh_CN")
