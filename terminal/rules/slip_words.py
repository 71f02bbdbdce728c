"""The words of slips in Simplified Chinese, Traditional Chinese and English; English fits 32 columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """All words of one language; the methods fill the sentences that need a value."""

    topup: str
    charge: str
    balance_slip: str
    number: str
    time: str
    cashier: str
    member: str
    level: str
    card: str
    card_of_nobody: str
    card_tail: str
    topped_up: str
    bonus: str
    total: str
    discount: str
    paid: str
    paid_by: str
    from_principal: str
    from_bonus: str
    balance: str
    points_earned: str
    points_total: str
    points_used: str
    sessions: str
    good_until: str
    prepayment_note: str
    thanks: str
    confirmed: Mapping[str, str]
    tenders: Mapping[str, str]

    def tender(self, code: str) -> str:
        """Return the tender's name; a code without a word is already the shop's own name for it."""
        return self.tenders.get(code, code)

    def card_of(self, masked_name: str) -> str:
        """Return what a card is called: a member's, or one that has no name."""
        return self.card if masked_name else self.card_of_nobody

    def confirmation(self, code: str) -> str:
        """Return by what the member was known, as a sentence; nothing for a code that has none."""
        return self.confirmed.get(code, "")

    def sessions_left(self, left: int, total: int) -> str:
        """Return what is left of a pass."""
        return self.sessions.format(left=left, total=total)


_SIMPLIFIED: Final = Words(
    topup="充值单（预付款）",
    charge="消费单",
    balance_slip="会员余额",
    number="单号",
    time="时间",
    cashier="收银员",
    member="会员",
    level="等级",
    card="会员卡",
    card_of_nobody="卡号",
    card_tail="尾号",
    topped_up="充值金额",
    bonus="赠送金额",
    total="合计",
    discount="优惠",
    paid="实付",
    paid_by="支付方式",
    from_principal="其中本金",
    from_bonus="其中赠金",
    balance="余额",
    points_earned="本次积分",
    points_total="积分",
    points_used="使用积分",
    sessions="剩 {left} / {total} 次",
    good_until="有效期至",
    prepayment_note="预付款，使用时不再另计销售",
    thanks="谢谢惠顾",
    confirmed=MappingProxyType(
        {
            "phone_tail": "收银员已核对手机尾号",
            "photo": "收银员已核对照片",
            "pin": "会员已输入密码",
            "gift_card": "收银员已核对礼品卡",
        }
    ),
    tenders=MappingProxyType(
        {
            "cash": "现金",
            "wechat": "微信支付",
            "alipay": "支付宝",
            "unionpay": "银联",
            "ecny": "数字人民币",
            "bank_card": "银行卡",
            "stored_value": "储值余额",
            "card": "银行卡",
            "voucher": "团购券",
            "bank": "银行转账",
            "principal": "储值本金",
            "bonus": "储值赠金",
            "on_credit": "挂账",
        }
    ),
)

_TRADITIONAL: Final = Words(
    topup="儲值單（預付款）",
    charge="消費單",
    balance_slip="會員餘額",
    number="單號",
    time="時間",
    cashier="收銀員",
    member="會員",
    level="等級",
    card="會員卡",
    card_of_nobody="卡號",
    card_tail="末四碼",
    topped_up="儲值金額",
    bonus="贈送金額",
    total="合計",
    discount="優惠",
    paid="實付",
    paid_by="付款方式",
    from_principal="其中本金",
    from_bonus="其中贈金",
    balance="餘額",
    points_earned="本次點數",
    points_total="點數",
    points_used="使用點數",
    sessions="剩 {left} / {total} 次",
    good_until="有效期至",
    prepayment_note="預付款，使用時不再另計銷售",
    thanks="謝謝惠顧",
    confirmed=MappingProxyType(
        {
            "phone_tail": "收銀員已核對手機末碼",
            "photo": "收銀員已核對照片",
            "pin": "會員已輸入密碼",
            "gift_card": "收銀員已核對禮品卡",
        }
    ),
    tenders=MappingProxyType(
        {
            "cash": "現金",
            "wechat": "微信支付",
            "alipay": "支付寶",
            "unionpay": "銀聯",
            "ecny": "數位人民幣",
            "bank_card": "銀行卡",
            "stored_value": "儲值餘額",
            "card": "銀行卡",
            "voucher": "團購券",
            "bank": "銀行轉帳",
            "principal": "儲值本金",
            "bonus": "儲值贈金",
            "on_credit": "簽帳",
        }
    ),
)

_ENGLISH: Final = Words(
    topup="Top-up (prepayment)",
    charge="Receipt",
    balance_slip="Member balance",
    number="No.",
    time="Time",
    cashier="Cashier",
    member="Member",
    level="Level",
    card="Card",
    card_of_nobody="Card",
    card_tail="ending",
    topped_up="Topped up",
    bonus="Bonus",
    total="Total",
    discount="Discount",
    paid="Paid",
    paid_by="Paid by",
    from_principal="From principal",
    from_bonus="From bonus",
    balance="Balance",
    points_earned="Points earned",
    points_total="Points",
    points_used="Points used",
    sessions="{left} of {total} left",
    good_until="Good until",
    prepayment_note="Prepaid: its use is no new sale.",
    thanks="Thank you",
    confirmed=MappingProxyType(
        {
            "phone_tail": "Cashier checked: phone digits",
            "photo": "Cashier checked: photo",
            "pin": "Member entered the PIN",
            "gift_card": "Cashier checked: gift card",
        }
    ),
    tenders=MappingProxyType(
        {
            "cash": "Cash",
            "wechat": "WeChat Pay",
            "alipay": "Alipay",
            "unionpay": "UnionPay",
            "ecny": "e-CNY",
            "bank_card": "Bank card",
            "stored_value": "Stored value",
            "card": "Bank card",
            "voucher": "Voucher",
            "bank": "Bank transfer",
            "principal": "Stored principal",
            "bonus": "Stored bonus",
            "on_credit": "On credit",
        }
    ),
)

_WORDS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "zh_CN": _SIMPLIFIED,
        "zh_TW": _TRADITIONAL,
        "en": _ENGLISH,
    }
)


def words_of(language: str) -> Words:
    """Return the words of `language`, Simplified Chinese where it is none of the three."""
    return _WORDS.get(language, _SIMPLIFIED)
