"""The words of slips that give money back or take a debt, in three languages; English fits 32 columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

LANGUAGES: Final = ("en", "zh_CN", "zh_TW")
Three = tuple[str, str, str]
TITLES: Final[Mapping[str, Three]] = MappingProxyType(
    {
        "refund": ("Refund", "退款单", "退款單"),
        "void": ("Void", "撤销单", "取消單"),
        "repay": ("Repayment", "还款单", "還款單"),
        "pass_refund": ("Pass refund", "次卡退款单", "次數卡退款單"),
        "prepayment_refund": ("Prepayment refund", "预付款退款单", "預付款退款單"),
        "card_return": ("Card return", "退卡单", "退卡單"),
        "paid_out": ("Payout", "付款单", "付款單"),
    }
)
BALANCES: Final[Mapping[str, Three]] = MappingProxyType(
    {
        "principal": ("To principal", "退回本金", "退回本金"),
        "bonus": ("To bonus", "退回赠金", "退回贈金"),
        "on_credit": ("Off the debt", "冲减挂账", "沖減簽帳"),
    }
)
PLAIN: Final[Mapping[str, Three]] = MappingProxyType(
    {
        "of": ("Of", "原单号", "原單號"),
        "back": ("Given back", "退款合计", "退款合計"),
        "at_once": ("Now", "当场退", "當場退"),
        "pending": ("To come", "待退至", "待退至"),
        "repaid": ("Repaid", "还款金额", "還款金額"),
        "still_owed": ("Still owed", "尚欠", "尚欠"),
        "deducted": ("Missing points", "积分不足扣除", "點數不足扣除"),
        "points_taken": ("Points taken", "收回积分", "收回點數"),
        "points_given": ("Points back", "退回积分", "退回點數"),
        "points_owed": ("Points owed", "欠积分", "欠點數"),
        "reason": ("Reason", "原因", "原因"),
        "approved": ("Approved by", "批准人", "核准人"),
        "pending_note": ("We tell you when it is paid.", "待退款项到账后另行通知", "待退款項入帳後另行通知"),
        "signature": ("Member's signature", "会员签名", "會員簽名"),
    }
)


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


def back_words_of(language: str) -> BackWords:
    """Return the words of `language`, Simplified Chinese where it is none of the three."""
    return _WORDS.get(language, _WORDS["zh_CN"])


def _column(place: int) -> BackWords:
    """Return the words that stand at one place of every table."""

    def named(table: Mapping[str, Three]) -> Mapping[str, str]:
        return MappingProxyType({name: three[place] for name, three in table.items()})

    return BackWords(titles=named(TITLES), balances=named(BALANCES), **named(PLAIN))


_WORDS: Final[Mapping[str, BackWords]] = MappingProxyType(
    {language: _column(place) for place, language in enumerate(LANGUAGES)}
)
