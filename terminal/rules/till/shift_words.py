"""The words of a shift's slip in English, Simplified and Traditional Chinese; English fits 32 columns."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "zh_CN", "zh_TW")
WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "title": ("Shift slip", "交班单", "交班單"),
        "shift": ("Shift", "班次", "班次"),
        "person": ("Cashier", "收银员", "收銀員"),
        "terminal": ("This terminal", "本机自助", "本機自助"),
        "opened": ("Opened", "开班", "開班"),
        "closed": ("Closed", "交班", "交班"),
        "float": ("Float", "备用金", "零用金"),
        "cash_in": ("Cash put in", "现金存入", "現金存入"),
        "cash_out": ("Cash taken out", "现金取出", "現金取出"),
        "expected": ("Cash expected", "应有现金", "應有現金"),
        "counted": ("Cash counted", "实点现金", "實點現金"),
        "over": ("Over", "长款", "溢收"),
        "short": ("Short", "短款", "短少"),
        "right": ("Difference", "差额", "差額"),
        "reason": ("Reason", "原因", "原因"),
        "received": ("Received", "收款", "收款"),
        "sales": ("Sales", "销售", "銷售"),
        "top_ups": ("Top-ups", "充值本金", "儲值本金"),
        "granted": ("Bonus given", "赠送金", "贈送金"),
        "gift_cards": ("Gift cards sold", "售出礼品卡", "售出禮品卡"),
        "passes": ("Passes sold", "售出次卡", "售出次數卡"),
        "fees": ("Fees, deposits", "工本费、押金等", "工本費、押金等"),
        "purse": ("Paid from the purse", "储值消费", "儲值消費"),
        "principal": ("Principal", "本金", "本金"),
        "bonus": ("Bonus", "赠送金", "贈送金"),
        "sessions": ("Sessions used", "划次", "扣次"),
        "refund": ("Refunds {name}", "退款 {name}", "退款 {name}"),
        "void": ("Voids {name}", "撤销 {name}", "取消 {name}"),
        "discounts": ("Discounts", "优惠", "優惠"),
        "round_off": ("Round-off", "抹零", "去尾數"),
        "drawer": ("Drawer without a sale", "无销售开钱箱", "無銷售開錢箱"),
        "pending": ("Bills left behind", "未结单据", "未結單據"),
        "unsettled": ("Not settled", "未结", "未結"),
        "held": ("Held", "挂单", "暫存"),
        "unknown": ("Payment unknown", "支付结果未知", "付款結果未知"),
        "journal": ("Journal", "流水账", "流水帳"),
        "entries": ("Entries", "记录", "紀錄"),
        "signature": ("Signature", "签名", "簽名"),
        "voucher": ("Voucher", "团购券", "團購券"),
        "bank": ("Bank transfer", "银行转账", "銀行轉帳"),
        "card": ("Bank card", "银行卡", "銀行卡"),
        "cash": ("Cash", "现金", "現金"),
        "wechat": ("WeChat Pay", "微信支付", "微信支付"),
        "alipay": ("Alipay", "支付宝", "支付寶"),
        "unionpay": ("UnionPay", "银联", "銀聯"),
    }
)


def word(name: str, language: str, /, **values: object) -> str:
    """Return a word in a language, Simplified Chinese where it is none of the three; a name without words is itself."""
    words = WORDS.get(name)
    if words is None:
        return name
    return words[LANGUAGES.index(language) if language in LANGUAGES else 1].format(**values)
