"""What `terminal devices`, `terminal cards` and `terminal drawer` say, in both kinds of Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.rules.doctor_words import LANGUAGES, Three
from terminal.rules.receipt_text import width_columns

PHRASES: Mapping[str, Three] = MappingProxyType(
    {
        "restart": (
            "{file} 已更改。请重新启动收银程序，使其生效。",
            "{file} 已變更。請重新啟動收銀程式，使其生效。",
            "{file} is changed. Restart the till to use it.",
        ),
        "no_device": ("还没有配置任何设备。", "還沒有設定任何設備。", "No device is configured."),
        "not_running": (
            "收银程序没有运行：只有运行时才知道设备状态和读卡器。",
            "收銀程式沒有執行：只有執行時才知道設備狀態和讀卡機。",
            "The till is not running: states and card readers are known only while it runs.",
        ),
        "state_unknown": ("未知", "未知", "not known"),
        "not_configured": ("尚未配置：{label}", "尚未設定：{label}", "Not configured: {label}"),
        "by_socket": (
            "（只能靠所插的位置辨认）",
            "（只能靠所插的位置辨認）",
            " (known only by where it is plugged in)",
        ),
        "or_else_serial": (
            "也可能是 pn532、display；若是打印机，用 printer，并把 port= 写成 device=",
            "也可能是 pn532、display；若是印表機，用 printer，並把 port= 寫成 device=",
            "or pn532, display, or printer with device= in place of port=",
        ),
        "or_else_keyboard": (
            "读卡器请加 kind=reader；切勿选用人打字的键盘",
            "讀卡機請加 kind=reader；切勿選用人打字的鍵盤",
            "kind=reader for a card reader; never the keyboard people type on",
        ),
        "lay_blank": (
            "请在 {seconds} 秒内把一张空白卡放到 {device} 上，并留在那里。",
            "請在 {seconds} 秒內把一張空白卡放到 {device} 上，並留在那裡。",
            "Lay a blank on {device} within {seconds} seconds, and leave it there.",
        ),
        "issued": (
            "卡片已发出，归 {name} 使用。",
            "卡片已發出，歸 {name} 使用。",
            "The card is issued, and is {name}'s.",
        ),
        "forgetting": (
            "将忘记 {cards} 张会员卡通过密钥验证的记录；在它们再次通过验证之前，只凭号码识别。",
            "將忘記 {cards} 張會員卡通過金鑰驗證的紀錄；在它們再次通過驗證之前，只憑號碼識別。",
            "Cards that proved their keys: {cards}. It will be forgotten: until they do again, numbers are enough.",
        ),
        "type_back": (
            "若要继续，请输入 {word}：",
            "若要繼續，請輸入 {word}：",
            "To go on, type {word}: ",
        ),
        "forgotten": (
            "已忘记 {cards} 张卡的验证记录。",
            "已忘記 {cards} 張卡的驗證紀錄。",
            "Forgotten. Cards: {cards}.",
        ),
        "nothing_proved": (
            "没有会员卡通过过密钥验证；没有任何改动。",
            "沒有會員卡通過過金鑰驗證；沒有任何改動。",
            "No card has ever proved its key; nothing was changed.",
        ),
        "drawer_open": ("钱箱已打开。", "錢箱已打開。", "The drawer is open."),
        "drawer_asked": (
            "已请求打开钱箱，打印机还没有回应；请看一眼钱箱。",
            "已請求打開錢箱，印表機還沒有回應；請看一眼錢箱。",
            "The drawer was asked to open, and its printer has not answered yet; look at it.",
        ),
        "drawer_approved": ("（{name} 批准）", "（{name} 核准）", " (approved by {name})"),
        "no_opening": ("钱箱还没有打开过。", "錢箱還沒有打開過。", "The drawer was never opened."),
    }
)
# The words of a list; the codes themselves are what programs read.
TABLE: Mapping[str, Three] = MappingProxyType(
    {
        "reader": ("读卡器", "讀卡機", "reader"),
        "scanner": ("扫码枪", "掃碼槍", "scanner"),
        "printer": ("打印机", "印表機", "printer"),
        "display": ("客显屏", "客顯螢幕", "display"),
        "counter": ("前台", "櫃檯", "counter"),
        "kiosk": ("会员屏", "會員螢幕", "kiosk"),
        "ready": ("就绪", "就緒", "ready"),
        "missing": ("没有连接", "沒有連接", "missing"),
        "fault": ("故障", "故障", "fault"),
        "staff": ("店员打开", "店員打開", "by hand"),
        "top_up": ("现金收款", "現金收款", "cash taken"),
        "cash_back": ("退还现金", "退還現金", "cash given"),
        "cash_in": ("存入现金", "存入現金", "cash put in"),
        "cash_out": ("取出现金", "取出現金", "cash removed"),
        "waiting": ("等待中", "等待中", "waiting"),
        "sent": ("已发送", "已傳送", "sent"),
        "done": ("已打开", "已打開", "opened"),
        "failed": ("失败", "失敗", "failed"),
    }
)


def said(phrase: str, language: str, **values: object) -> str:
    """Return a phrase of `PHRASES` in a language."""
    return PHRASES[phrase][LANGUAGES.index(language)].format(**values)


def cell(word: str, language: str, columns: int) -> str:
    """Return a word of a list (those of `TABLE` translated), filled up to so many columns of a terminal."""
    three = TABLE.get(word)
    shown = three[LANGUAGES.index(language)] if three else word
    return shown + " " * max(0, columns - width_columns(shown))


def language_of_locale(locale: str) -> str:
    """Return which language a POSIX locale name such as `zh_HK.UTF-8` asks for; English for whatever is not Chinese."""
    name = locale.partition(".")[0].partition("@")[0].replace("-", "_").lower()
    parts = name.split("_")
    if parts[0] != "zh":
        return "en"
    return "zh_TW" if {"tw", "hk", "mo", "hant"} & set(parts[1:]) else "zh_CN"
