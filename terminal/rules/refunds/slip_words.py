"""The words of slips that give money back or take a debt, in three languages; English fits 32 columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class BackWords:
    """All words of one language; `titles` go by the kind of the entry, `balances` name what stored value is."""

    titles: Mapping[str, str]
    balances: Mapping[str, str]
    of: str
    back: str
    at_once: str
    pending: str
    repaid: str
    still_owed: str
    deducted: str
    points_taken: str
    points_given: str
    points_owed: str
    reason: str
    approved: str
    pending_note: str
    signature: str


_SIMPLIFIED: Final = BackWords(
    titles=MappingProxyType(
        {
            "refund": "退款单",
            "void": "撤销单",
            "repay": "还款单",
            "pass_refund": "次卡退款单",
            "prepayment_refund": "预付款退款单",
            "card_return": "退卡单",
            "paid_out": "付款单",
        }
    ),
    balances=MappingProxyType({"principal": "退回本金", "bonus": "退回赠金", "on_credit": "冲减挂账"}),
    of="原单号",
    back="退款合计",
    at_once="当场退",
    pending="待退至",
    repaid="还款金额",
    still_owed="尚欠",
    deducted="积分不足扣除",
    points_taken="收回积分",
    points_given="退回积分",
    points_owed="欠积分",
    reason="原因",
    approved="批准人",
    pending_note="待退款项到账后另行通知",
    signature="会员签名",
)

_TRADITIONAL: Final = BackWords(
    titles=MappingProxyType(
        {
            "refund": "退款單",
            "void": "取消單",
            "repay": "還款單",
            "pass_refund": "次數卡退款單",
            "prepayment_refund": "預付款退款單",
            "card_return": "退卡單",
            "paid_out": "付款單",
        }
    ),
    balances=MappingProxyType({"principal": "退回本金", "bonus": "退回贈金", "on_credit": "沖減簽帳"}),
    of="原單號",
    back="退款合計",
    at_once="當場退",
    pending="待退至",
    repaid="還款金額",
    still_owed="尚欠",
    deducted="點數不足扣除",
    points_taken="收回點數",
    points_given="退回點數",
    points_owed="欠點數",
    reason="原因",
    approved="核准人",
    pending_note="待退款項入帳後另行通知",
    signature="會員簽名",
)

_ENGLISH: Final = BackWords(
    titles=MappingProxyType(
        {
            "refund": "Refund",
            "void": "Void",
            "repay": "Repayment",
            "pass_refund": "Pass refund",
            "prepayment_refund": "Prepayment refund",
            "card_return": "Card return",
            "paid_out": "Payout",
        }
    ),
    balances=MappingProxyType({"principal": "To principal", "bonus": "To bonus", "on_credit": "Off the debt"}),
    of="Of",
    back="Given back",
    at_once="Now",
    pending="To come",
    repaid="Repaid",
    still_owed="Still owed",
    deducted="Missing points",
    points_taken="Points taken",
    points_given="Points back",
    points_owed="Points owed",
    reason="Reason",
    approved="Approved by",
    pending_note="We tell you when it is paid.",
    signature="Member's signature",
)

_WORDS: Final[Mapping[str, BackWords]] = MappingProxyType({"zh_CN": _SIMPLIFIED, "zh_TW": _TRADITIONAL, "en": _ENGLISH})


def back_words_of(language: str) -> BackWords:
    """Return the words of `language`, Simplified Chinese where it is none of the three."""
    return _WORDS.get(language, _SIMPLIFIED)
