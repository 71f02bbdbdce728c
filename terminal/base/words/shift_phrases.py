"""What `terminal shift`, `terminal pay` and `terminal report` say: English, Simplified and Traditional Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "zh_CN", "zh_TW")
PHRASES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "pin": ("PIN of {name}: ", "{name} 的密码：", "{name} 的密碼："),
        "opened": (
            "Shift {number} of {person} is open, with {amount} in the drawer.",
            "{person} 的第 {number} 班已开班，钱箱备用金 {amount}。",
            "{person} 的第 {number} 班已開班，錢箱零用金 {amount}。",
        ),
        "moved": ("Entry {entry}.", "记录 {entry}。", "紀錄 {entry}。"),
        "counted": (
            "Counted {counted}, expected {expected}: {difference}.",
            "实点 {counted}，应有 {expected}：{difference}。",
            "實點 {counted}，應有 {expected}：{difference}。",
        ),
        "ask_count": (
            "{amount} was counted, and cannot be counted again. Right? [y/N] ",
            "清点现金 {amount}，提交后不能重点。确认吗？[y/N] ",
            "清點現金 {amount}，送出後不能重點。確認嗎？[y/N] ",
        ),
        "even": ("no difference", "没有差额", "沒有差額"),
        "over": ("{amount} over", "长款 {amount}", "溢收 {amount}"),
        "short": ("{amount} short", "短款 {amount}", "短少 {amount}"),
        "closed": (
            "Shift {number} is closed. Entry {entry}.",
            "第 {number} 班已交班。记录 {entry}。",
            "第 {number} 班已交班。紀錄 {entry}。",
        ),
        "signed_out": (
            "Whoever is signed in to it at the counter is signed out.",
            "前台对这一班的登录已结束。",
            "櫃檯對這一班的登入已結束。",
        ),
        "printing": ("The slip is printing.", "正在打印交班单。", "正在列印交班單。"),
        "open": ("open", "未交班", "未交班"),
        "counted_state": ("counted", "已清点", "已清點"),
        "closed_state": ("closed", "已交班", "已交班"),
        "state": ("State", "状态", "狀態"),
        "person": ("Person", "人员", "人員"),
        "nobody": ("(nobody named)", "（未指定）", "（未指定）"),
        "money_in": ("Money in", "现金业绩", "現金業績"),
        "delivered": ("Delivered", "消耗业绩", "消耗業績"),
        "commission": ("Commission", "提成", "抽成"),
        "tiered": ("Tier", "阶梯提成", "級距獎金"),
        "pay_missing": (
            "Entries of this month that cannot be read on this till any more: {number}. They are in no figure.",
            "本月有 {number} 条记录在这台机器上已无法读取，未计入。",
            "本月有 {number} 筆紀錄在這台機器上已無法讀取，未計入。",
        ),
        "nothing_earned": ("Nothing was sold in this month.", "本月没有业绩。", "本月沒有業績。"),
        "nothing_taken": ("Nothing was taken on these days.", "这些日子没有收款。", "這些日子沒有收款。"),
        "cash_uncounted": (
            "Cash of shifts that nobody has counted yet is left out: {numbers}.",
            "未清点的班次现金不计入：{numbers}。",
            "未清點的班次現金不計入：{numbers}。",
        ),
        "day": ("Day", "日期", "日期"),
        "total": ("Total", "合计", "合計"),
        "times": ("Entries", "笔数", "筆數"),
        "amount": ("Amount", "金额", "金額"),
        "kind": ("For", "用途", "用途"),
        "tender": ("Paid by", "支付方式", "付款方式"),
        "bill": ("bills", "消费", "消費"),
        "charge": ("charges", "消费", "消費"),
        "top_up": ("top-ups", "充值", "儲值"),
        "refund": ("refunds", "退款", "退款"),
        "void": ("voids", "撤销", "取消"),
        "repay": ("repayments", "还款", "還款"),
        "paid_out": ("paid out", "退款付出", "退款付出"),
        "gift_card_sale": ("gift cards", "礼品卡", "禮品卡"),
        "pass_refund": ("pass refunds", "退次卡", "退次數卡"),
        "issue_medium": ("cards", "发卡", "發卡"),
        "replace_medium": ("cards replaced", "补卡", "補卡"),
        "exchange_medium": ("cards exchanged", "换卡", "換卡"),
        "return_medium": ("cards returned", "退卡", "退卡"),
    }
)


def phrase(name: str, language: str, /, **values: object) -> str:
    """Return a phrase in a language; a name without words is itself."""
    words = PHRASES.get(name)
    return name if words is None else words[LANGUAGES.index(language)].format(**values)
