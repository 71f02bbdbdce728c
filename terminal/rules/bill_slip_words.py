"""The words of bills' and top-ups' slips in English, Simplified and Traditional Chinese; English fits 32 columns."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "zh_CN", "zh_TW")
WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "served": ("Served by", "服务人员", "服務人員"),
        "and": (", ", "、", "、"),
        "item": ("Item", "项目", "項目"),
        "quantity": ("Qty", "数量", "數量"),
        "list": ("List", "原价", "原價"),
        "net": ("Pays", "实付", "實付"),
        "amount": ("Amount", "金额", "金額"),
        "service": ("Service", "服务", "服務"),
        "product": ("Goods", "商品", "商品"),
        "pass": ("Pass", "次卡", "次數卡"),
        "list_total": ("List total", "原价合计", "原價合計"),
        "step_session": ("Sessions of passes", "次卡抵扣", "次數卡折抵"),
        "step_level": ("Member price", "会员价", "會員價"),
        "step_promotion": ("Offer", "促销优惠", "促銷優惠"),
        "step_line_coupon": ("Coupon", "优惠券", "優惠券"),
        "step_bill_promotion": ("Offer", "满减活动", "滿額折扣"),
        "step_bill_coupon": ("Coupon", "优惠券", "優惠券"),
        "step_points": ("Points {points}", "积分抵扣 {points} 分", "點數折抵 {points} 點"),
        "step_round_off": ("Round-off", "抹零", "去尾數"),
        "step_other": ("Discount", "优惠", "優惠"),
        "payable": ("To pay", "应付", "應付"),
        "person": ("Person {number}", "第 {number} 位", "第 {number} 位"),
        "received": ("Cash received", "实收现金", "實收現金"),
        "change": ("Change", "找零", "找零"),
        "paused": ("Paused", "暂停", "暫停"),
        "opened": ("Bonus opened", "本次释放赠金", "本次開放贈金"),
        "gift_card": ("Gift card", "礼品卡", "禮品卡"),
        "on_card": ("On the card", "卡内余额", "卡內餘額"),
        "validity": ("Validity", "有效期", "使用期限"),
        "no_end": ("No end", "长期有效", "長期有效"),
        "given": ("Given to you", "本次赠送", "本次贈送"),
        "bonus_now": ("Bonus, at once", "赠金 即时可用", "贈金 即時可用"),
        "bonus_from": ("Bonus from {day}", "赠金 {day} 起", "贈金 {day} 起"),
        "bonus_each": ("{count} parts, each", "共 {count} 期，每期", "共 {count} 期，每期"),
        "bonus_first": ("  first on {day}", "  首期 {day}", "  首期 {day}"),
        "bonus_last": ("  last on {day}", "  末期 {day}", "  末期 {day}"),
        "bonus_visits": ("Bonus opening with visits", "赠金 随消费释放", "贈金 隨消費開放"),
        "points": ("Points", "积分", "點數"),
        "times": ("x{count}", "{count} 张", "{count} 張"),
        "sessions": ("{count} sessions", "{count} 次", "{count} 次"),
        "level": ("Level {level}", "等级 {level}", "等級 {level}"),
        "until": ("until {day}", "至 {day}", "至 {day}"),
        "good_until": ("  Good until", "  有效期至", "  有效期至"),
        "refund_until": ("Refunds until {day}", "可凭本单退换至 {day}", "可憑本單退換至 {day}"),
        "cooling_off": (
            "Unused principal is refundable until {day}",
            "未使用可退本金至 {day}",
            "未使用可退本金至 {day}",
        ),
    }
)


def word(name: str, language: str, /, **values: object) -> str:
    """Return a word in a language, Simplified Chinese where it is none of the three."""
    return WORDS[name][LANGUAGES.index(language) if language in LANGUAGES else 1].format(**values)
