"""What `terminal prepaid` says: English, Simplified and Traditional Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "zh_CN", "zh_TW")
# What a holder may show before a transfer. Never what stands on it: the book keeps the name of the thing for ever.
SHOWN = ("identity_card", "passport", "residence_permit", "driving_licence", "member_card", "known_in_person")
PHRASES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "member": ("Member", "会员", "會員"),
        "amount": ("Amount", "金额", "金額"),
        "bonus": ("Bonus", "赠送金", "贈送金"),
        "bonus_on": ("Bonus from {day} on", "{day} 起可用的赠送金", "{day} 起可用的贈送金"),
        "bonus_visits": ("Bonus that opens with visits", "到店消费后释放的赠送金", "到店消費後發放的贈送金"),
        "balance_after": ("Balance afterwards", "充值后余额", "儲值後餘額"),
        "offer": ("Offer", "充值活动", "儲值活動"),
        "points": ("Points", "积分", "點數"),
        "coupon": ("Coupon", "优惠券", "優惠券"),
        "pass": ("Pass", "次卡", "次數卡"),
        "level": ("Level", "等级", "等級"),
        "level_months": ("{level} for {months} months", "{level}，{months} 个月", "{level}，{months} 個月"),
        "cooling_off": ("May be asked back until", "可反悔至", "可反悔至"),
        "ask_top_up": (
            "{amount} is taken from {name} and topped up.",
            "将收取 {name} 的 {amount} 并充值。",
            "將收取 {name} 的 {amount} 並儲值。",
        ),
        "topped_up": (
            "Topped up {amount}, bonus {bonus}; balance {balance}. Bill {number}.",
            "已充值 {amount}，赠送 {bonus}；余额 {balance}。单号 {number}。",
            "已儲值 {amount}，贈送 {bonus}；餘額 {balance}。單號 {number}。",
        ),
        "gift_number": ("Gift card ending", "礼品卡尾号", "禮品卡末四碼"),
        "on_card_after": ("On the card afterwards", "售出后卡内余额", "售出後卡內餘額"),
        "good_until": ("Good through", "有效期至", "有效期至"),
        "balance_loaded": ("Balance afterwards", "转入后余额", "轉入後餘額"),
        "ask_gift_sell": (
            "{amount} is taken and put on the gift card ending {tail}.",
            "将收取 {amount} 并存入尾号 {tail} 的礼品卡。",
            "將收取 {amount} 並存入末四碼 {tail} 的禮品卡。",
        ),
        "ask_gift_load": (
            "All {amount} on the gift card ending {tail} becomes {name}'s.",
            "尾号 {tail} 的礼品卡内的 {amount} 将全部转给 {name}。",
            "末四碼 {tail} 的禮品卡內的 {amount} 將全部轉給 {name}。",
        ),
        "done": ("Done. Entry {number}.", "已完成。记录 {number}。", "已完成。紀錄 {number}。"),
        "done_until": (
            "Done; good through {until}. Entry {number}.",
            "已完成，有效期至 {until}。记录 {number}。",
            "已完成，有效期至 {until}。紀錄 {number}。",
        ),
        "ask_transfer": (
            "All that {name} has becomes {other}'s.",
            "{name} 的全部权益将转给 {other}。",
            "{name} 的全部權益將轉讓給 {other}。",
        ),
        "member_pin": ("PIN of {name}, typed by them: ", "请 {name} 输入密码：", "請 {name} 輸入密碼："),
        "redeemed": (
            "{points} points taken. Entry {number}.",
            "已扣 {points} 积分。记录 {number}。",
            "已扣 {points} 點。紀錄 {number}。",
        ),
        "nothing": ("There is none.", "没有。", "沒有。"),
        "gift_card": ("On the card", "卡内余额", "卡內餘額"),
        "until": ("good through {day}", "有效期至 {day}", "有效期至 {day}"),
        "from_to": ("{first} to {last}", "{first} 至 {last}", "{first} 至 {last}"),
        "no_end": ("no end", "长期有效", "長期有效"),
        "first_use": ("from its first use", "自首次使用起", "自首次使用起"),
        "good": ("usable", "可用", "可用"),
        "ended": ("ended", "已过期", "已過期"),
        "on_bill": ("on an open bill", "未结账单占用", "未結帳單使用中"),
        "frozen": ("paused until {day}", "停卡至 {day}", "暫停至 {day}"),
        "kept": (
            "ended; {amount} of it is to be extended or refunded",
            "已过期，剩余价值 {amount}，请延期或退款",
            "已過期，剩餘價值 {amount}，請延期或退款",
        ),
        "imported": (
            "not usable: name it in the set-up file (imported_as)",
            "不可用：请在设置文件中写明（imported_as）",
            "不可用：請在設定檔中寫明（imported_as）",
        ),
        "shared": ("shared with {names}", "共享给 {names}", "與 {names} 共用"),
        "owed": ("Owed", "欠积分", "欠點數"),
        "spendable": ("May be spent", "可用", "可用"),
        "offset": ("{points} points on a bill", "{points} 积分抵扣", "{points} 點折抵"),
        "ends": ("Good through {day}", "有效期至 {day}", "有效期至 {day}"),
        "reward": ("For {points} points", "{points} 积分可兑换", "{points} 點可兌換"),
        "falls": (
            "{level} falls to {falls_to} on {day}",
            "{day} 起由 {level} 降为 {falls_to}",
            "{day} 起由 {level} 降為 {falls_to}",
        ),
        "no_level": ("no level", "无等级", "無等級"),
        "growth_missing": ("{missing} of growth missing", "还差成长值 {missing}", "還差成長值 {missing}"),
        "days_settled": (
            "{days} days of {passes} passes are over: {amount} of service.",
            "{passes} 张期限卡共 {days} 天已过，计入服务收入 {amount}。",
            "{passes} 張期限卡共 {days} 天已過，計入服務收入 {amount}。",
        ),
    }
)


def phrase(name: str, language: str, /, **values: object) -> str:
    """Return a phrase in a language."""
    return PHRASES[name][LANGUAGES.index(language)].format(**values)
