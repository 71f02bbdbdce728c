"""What `terminal bill` says: English, Simplified and Traditional Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "zh_CN", "zh_TW")
PHRASES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "bill": ("Bill", "账单", "帳單"),
        "state": ("State", "状态", "狀態"),
        "open": ("open", "未结", "未結"),
        "held": ("put aside", "挂单", "暫存"),
        "settled": ("settled", "已结", "已結"),
        "member": ("Member", "会员", "會員"),
        "walk_in": ("(walk-in)", "（散客）", "（散客）"),
        "no_name": ("(no file)", "（无档案）", "（無檔案）"),
        "level": ("Level", "等级", "等級"),
        "label": ("Note", "备注", "備註"),
        "opened": ("Opened", "开单", "開單"),
        "at": ("Settled", "结账", "結帳"),
        "by": ("By", "经手", "經手"),
        "shift": ("Shift", "班次", "班次"),
        "list_price": ("List prices", "原价合计", "原價合計"),
        "payable": ("To pay", "应付", "應付"),
        "paid": ("Total", "合计", "合計"),
        "session": ("Sessions of passes", "次卡抵扣", "次數卡抵扣"),
        "level_step": ("Level price {source}", "等级价 {source}", "等級價 {source}"),
        "promotion": ("Offer {source}", "优惠 {source}", "優惠 {source}"),
        "line_coupon": ("Coupon {source}", "券 {source}", "券 {source}"),
        "bill_promotion": ("Offer {source}", "满减 {source}", "滿減 {source}"),
        "bill_coupon": ("Coupon {source}", "券 {source}", "券 {source}"),
        "points_step": ("Points", "积分抵扣", "點數折抵"),
        "round_off": ("Round-off", "抹零", "去尾數"),
        "coupons": ("Coupons", "优惠券", "優惠券"),
        "chosen": ("on this bill", "已用在本单", "已用在本單"),
        "would_help": ("would make the bill cheapest", "用上更划算", "用上更划算"),
        "until": ("until {day}", "至 {day}", "至 {day}"),
        "best": ("Cheapest with coupons", "用券最低", "用券最低"),
        "purse": ("Stored value", "储值余额", "儲值餘額"),
        "purse_most": (
            "{balance}, of which {most} may pay here",
            "{balance}，本单可用 {most}",
            "{balance}，本單可用 {most}",
        ),
        "points": ("Points", "积分", "點數"),
        "points_usable": (
            "{held}, of which {usable} may pay here",
            "{held}，本单可用 {usable}",
            "{held}，本單可用 {usable}",
        ),
        "points_asked": ("Points offered", "拟用积分", "擬用點數"),
        "passes": ("Passes", "次卡", "次數卡"),
        "pass_fits": (
            "line {line}: {left} left",
            "可抵第 {line} 行，余 {left} 次",
            "可抵第 {line} 行，餘 {left} 次",
        ),
        "pass_days": ("line {line}", "可抵第 {line} 行", "可抵第 {line} 行"),
        "pass_line": ("line {line}: {words}", "第 {line} 行：{words}", "第 {line} 行：{words}"),
        "by_session": ("{count} of a pass", "次卡 {count} 次", "次數卡 {count} 次"),
        "cash": ("Cash", "现金", "現金"),
        "wechat": ("WeChat Pay", "微信支付", "微信支付"),
        "alipay": ("Alipay", "支付宝", "支付寶"),
        "unionpay": ("UnionPay", "银联", "銀聯"),
        "card": ("Bank card", "银行卡", "銀行卡"),
        "voucher": ("Voucher", "团购券", "團購券"),
        "bank": ("Bank transfer", "银行转账", "銀行轉帳"),
        "principal": ("Stored value, paid", "储值本金", "儲值本金"),
        "bonus": ("Stored value, bonus", "储值赠送金", "儲值贈送金"),
        "on_credit": ("On credit", "挂账", "簽帳"),
        "person": ("person {person}", "第 {person} 位", "第 {person} 位"),
        "change": ("Change", "找零", "找零"),
        "change_of": ("Change, person {person}", "找零 第 {person} 位", "找零 第 {person} 位"),
        "points_used": ("Points used", "使用积分", "使用點數"),
        "points_earned": ("Points earned", "获得积分", "獲得點數"),
        "opened_bonus": ("Bonus opened", "解锁赠送金", "解鎖贈送金"),
        "balance_after": ("Stored value after", "储值余额", "儲值餘額"),
        "points_after": ("Points after", "积分余额", "點數餘額"),
        "undone": ("Taken back", "已处理", "已處理"),
        "void": ("voided", "已撤销", "已取消"),
        "refund": ("refunded in part or whole", "已退款", "已退款"),
        "pass_refund": ("a pass refunded", "已退次卡", "已退次數卡"),
        "none_open": ("No bill is open.", "没有未结账单。", "沒有未結帳單。"),
        "opened_bill": ("Bill {bill} is open.", "账单 {bill} 已开单。", "帳單 {bill} 已開單。"),
        "changed_bill": ("Bill {bill} is changed.", "账单 {bill} 已修改。", "帳單 {bill} 已修改。"),
        "held_bill": ("Bill {bill} is put aside.", "账单 {bill} 已挂单。", "帳單 {bill} 已暫存。"),
        "resumed_bill": ("Bill {bill} is taken up again.", "账单 {bill} 已取单。", "帳單 {bill} 已取出。"),
        "dropped_bill": ("Bill {bill} is given up.", "账单 {bill} 已取消。", "帳單 {bill} 已取消。"),
        "ask_settle": (
            "Settle it for {amount}? [y/N] ",
            "按 {amount} 结账吗？[y/N] ",
            "以 {amount} 結帳嗎？[y/N] ",
        ),
        "settled_bill": ("Bill {number} is settled.", "账单 {number} 已结账。", "帳單 {number} 已結帳。"),
    }
)


def phrase(name: str, language: str, /, **values: object) -> str:
    """Return a phrase in a language; a name without words is itself."""
    words = PHRASES.get(name)
    return name if words is None else words[LANGUAGES.index(language)].format(**values)
