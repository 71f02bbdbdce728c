"""What trying a device showed, in Simplified Chinese, Traditional Chinese and English.

A code never changes once released.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from terminal.rules.doctor_words import LANGUAGES, Three

# What a technician is asked to do while a device is tried, by the device's kind.
WAITING: Mapping[str, Three] = MappingProxyType(
    {
        "reader": (
            "请在 {seconds} 秒内把一张卡放到读卡器上",
            "請在 {seconds} 秒內把一張卡放到讀卡機上",
            "Hold a card to the reader within {seconds} seconds.",
        ),
        "scanner": (
            "请在 {seconds} 秒内扫描打印机测试单上的二维码；还没有测试单，请先测试打印机",
            "請在 {seconds} 秒內掃描印表機測試單上的 QR 碼；還沒有測試單，請先測試印表機",
            "Scan the QR code on the printer's test slip within {seconds} seconds; if you have none, print it first.",
        ),
        "printer": (
            "测试单正在打印，请稍候",
            "測試單正在列印，請稍候",
            "The test slip is being printed.",
        ),
        "display": ("正在显示", "正在顯示", "The text is being shown."),
    }
)

# What has to be at hand before a device of this kind is tried.
BEFORE: Mapping[str, Three] = MappingProxyType(
    {
        "scanner": (
            "测试要扫描打印机测试单上的二维码，请先测试打印机",
            "測試要掃描印表機測試單上的 QR 碼，請先測試印表機",
            "Its test scans the QR code on the printer's test slip: test the printer first.",
        ),
    }
)

# What came of it; `{...}` are the outcome's own values.
OUTCOMES: Mapping[str, Three] = MappingProxyType(
    {
        "tap_read": (
            "读到一张 {card} 卡，尾号 {tail}，{proof}",
            "讀到一張 {card} 卡，末四碼 {tail}，{proof}",
            "A {card} card was read, ending {tail}; {proof}.",
        ),
        "nothing_came": (
            "没有收到任何内容，请再试一次；若仍没有，请检查连接线和设置",
            "沒有收到任何內容，請再試一次；若仍沒有，請檢查連接線和設定",
            "Nothing came. Try again; if nothing comes then either, check its cable and settings.",
        ),
        "card_unreadable": (
            "有卡，但没有读完；请放稳约一秒",
            "有卡，但沒有讀完；請放穩約一秒",
            "There was a card, but it was not read to the end: hold it still for a second.",
        ),
        "card_foreign": (
            "读卡器正常；这是银行卡、交通卡或证件，请换一张会员卡",
            "讀卡機正常；這是銀行卡、交通卡或證件，請換一張會員卡",
            "The reader works; that was a bank, transit or identity card. Take a member card.",
        ),
        "card_random_uid": (
            "读卡器正常；这是手机，每次号码都不同，请换一张会员卡",
            "讀卡機正常；這是手機，每次號碼都不同，請換一張會員卡",
            "The reader works; that was a phone, whose number changes each time. Take a member card.",
        ),
        "card_no_number": (
            "读卡器正常；这张卡里没有会员号",
            "讀卡機正常；這張卡裡沒有會員號",
            "The reader works; this card holds no member number.",
        ),
        "scan_fits": (
            "扫码枪设置正确",
            "掃碼槍設定正確",
            "The scanner is set right.",
        ),
        "layout_fits": (
            "扫码枪设置正确，键盘布局为 {layout}",
            "掃碼槍設定正確，鍵盤配置為 {layout}",
            "The scanner is set right, its keyboard layout is {layout}.",
        ),
        "layout_other": (
            "这里设为 {layout}，扫码枪却按 {scanner} 输入；请改其中一个",
            "這裡設為 {layout}，掃碼槍卻按 {scanner} 輸入；請改其中一個",
            "It is set to {layout} here, but the scanner types like {scanner}: change one of the two.",
        ),
        "layout_case": (
            "大小写不对；请关闭 Caps Lock，或检查扫码枪的大小写设置",
            "大小寫不對；請關閉 Caps Lock，或檢查掃碼槍的大小寫設定",
            "Capital and small letters are wrong: check Caps Lock and the scanner's letter case.",
        ),
        "layout_cut": (
            "{expected} 个字符只收到 {arrived} 个；请把扫码枪的发送速度调慢",
            "{expected} 個字元只收到 {arrived} 個；請把掃碼槍的傳送速度調慢",
            "Only {arrived} of {expected} characters came: make the scanner send more slowly.",
        ),
        "layout_differs": (
            "第 {position} 个字符应为 {expected}，收到的是 {arrived}，共 {count} 个不同；请检查键盘布局",
            "第 {position} 個字元應為 {expected}，收到的是 {arrived}，共 {count} 個不同；請檢查鍵盤配置",
            "Character {position} should be {expected} and was {arrived}, {count} differ: check the keyboard layout.",
        ),
        "layout_not_test_code": (
            "扫到了别的码；请先测试打印机，再扫描测试单上的二维码",
            "掃到了別的碼；請先測試印表機，再掃描測試單上的 QR 碼",
            "That was another code: test the printer, then scan the one on its test slip.",
        ),
        "scan_aim_prefix": (
            "扫码枪在前面加了 {prefix}；请在设置中选“码前有 AIM 标识”（aim_ids=true）",
            "掃碼槍在前面加了 {prefix}；請在設定中選「碼前有 AIM 標識」（aim_ids=true）",
            "The scanner puts {prefix} in front: set its AIM identifier in front to Yes (aim_ids=true).",
        ),
        "scan_too_long": (
            "收到的内容太长；请检查扫码枪的结束符设置",
            "收到的內容太長；請檢查掃碼槍的結束符號設定",
            "What came was too long: check what the scanner ends a code with.",
        ),
        "scan_undecodable": (
            "收到的内容读不懂；请再扫一次，若仍这样，请检查波特率或键盘布局",
            "收到的內容讀不懂；請再掃一次，若仍這樣，請檢查鮑率或鍵盤配置",
            "What came cannot be read. Scan again; if it happens again, check baud rate or keyboard layout.",
        ),
        "test_slip_printed": (
            "测试单已打印；请看刻度两端是否完整、汉字和二维码是否清楚",
            "測試單已列印；請看刻度兩端是否完整、漢字和 QR 碼是否清楚",
            "The test slip is printed: see that both ends of the ruler, the characters and the QR code are there.",
        ),
        "test_slip_in_doubt": (
            "测试单可能没有打印完，打印机没有确认",
            "測試單可能沒有列印完，印表機沒有確認",
            "The test slip may not be complete: the printer did not confirm it.",
        ),
        "test_slip_unprinted": (
            "打印机没有打印，测试单已取消",
            "印表機沒有列印，測試單已取消",
            "The printer did not print; the test slip was dropped.",
        ),
        "test_slip_unconfirmed": (
            "测试单已发给打印机，还没有确认",
            "測試單已傳給印表機，還沒有確認",
            "The test slip was sent to the printer and is not confirmed yet.",
        ),
        "printer_paper_out": ("没有纸，请装纸", "沒有紙，請裝紙", "There is no paper: put a roll in."),
        "printer_lid_open": ("盖子开着，请合上", "蓋子開著，請闔上", "The lid is open: close it."),
        "printer_cutter": (
            "切刀卡住，请关闭电源，清理切刀后再打开",
            "切刀卡住，請關閉電源，清理切刀後再打開",
            "The cutter is stuck: switch the printer off, clear the cutter and switch it on.",
        ),
        "printer_error": (
            "打印机报告故障，请关闭再打开",
            "印表機回報故障，請關閉再打開",
            "The printer reports an error: switch it off and on.",
        ),
        "printer_offline": (
            "打印机脱机，请检查打印机上的按键",
            "印表機離線，請檢查印表機上的按鍵",
            "The printer is off-line: look at its buttons.",
        ),
        "display_shown": (
            "文字已发给客显屏，请看是否显示 {text}",
            "文字已傳給客顯螢幕，請看是否顯示 {text}",
            "The text was sent: see whether the display shows {text}.",
        ),
        "order_as_read": (
            "卡上印的号码与读出的顺序相同（byte_order=as-read）",
            "卡上印的號碼與讀出的順序相同（byte_order=as-read）",
            "The printed number begins at the end that is read first (byte_order=as-read).",
        ),
        "order_reversed": (
            "卡上印的号码与读出的顺序相反（byte_order=reversed）",
            "卡上印的號碼與讀出的順序相反（byte_order=reversed）",
            "The printed number begins at the other end (byte_order=reversed).",
        ),
        "order_both": (
            "这张卡的号码两个方向相同，看不出顺序；请换一张卡",
            "這張卡的號碼兩個方向相同，看不出順序；請換一張卡",
            "This card's number is the same from both ends and tells nothing: take another card.",
        ),
        "order_none": (
            "这张卡没有芯片号，不分顺序",
            "這張卡沒有晶片號，不分順序",
            "This card has no chip number, so there is no order to find.",
        ),
        "order_foreign": (
            "这个号码不是这张卡的；请核对卡上印的号码",
            "這個號碼不是這張卡的；請核對卡上印的號碼",
            "This number is not this card's: check what is printed on it.",
        ),
    }
)
# What shows that the device does what it should.
GOOD: Final = frozenset(
    {"tap_read", "scan_fits", "layout_fits", "test_slip_printed", "display_shown", "order_as_read", "order_reversed"}
)
# What shows that the reader works, though a test with this card says no more.
READER_WORKS: Final = frozenset({"card_foreign", "card_random_uid", "card_no_number"})

CARD_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "m1": "MIFARE Classic",
        "ntag": "NTAG",
        "ultralight": "MIFARE Ultralight",
        "sle4442": "SLE4442",
        "em4100": "EM4100",
        "desfire": "DESFire",
        "ntag424": "NTAG 424 DNA",
        "ultralight_aes": "MIFARE Ultralight AES",
        "cpu": "CPU",
        "unknown": "?",
    }
)
PROOFS: Mapping[str, Three] = MappingProxyType(
    {
        "authenticated": ("通过了密钥验证", "通過了金鑰驗證", "it proved the shop's key"),
        "counted": ("感应网址验证为真", "感應網址驗證為真", "its tap address is genuine"),
        "refused": ("没有通过密钥验证", "沒有通過金鑰驗證", "it did not prove the shop's key"),
        "delayed": ("卡片要求稍候再验证", "卡片要求稍候再驗證", "it makes everybody wait after wrong keys"),
        "none": ("这种卡没有设置密钥", "這種卡沒有設定金鑰", "no key is set for this kind"),
        "": ("本机没有设置密钥", "本機沒有設定金鑰", "this till has no keys"),
    }
)

# The test slip's own words.
SLIP_TITLE: Final[Three] = ("打印测试", "列印測試", "Print test")
SLIP_WIDTH: Final[Three] = ("{columns} 列", "{columns} 欄", "{columns} columns")
SLIP_DOTS: Final[Three] = ("{dots} 点", "{dots} 點", "{dots} dots")
SLIP_SCAN: Final[Three] = ("用这个码测试扫码枪", "用這個碼測試掃碼槍", "Scan this to test a scanner")


def waiting_words(kind: str, seconds: int, language: str) -> str:
    """Return what to do while a device of this kind is tried."""
    return said(WAITING[kind], language, seconds=seconds)


def before_words(kind: str, language: str) -> str:
    """Return what is needed before a device of this kind is tried; empty where nothing is."""
    return said(BEFORE[kind], language) if kind in BEFORE else ""


def tone(outcome: str) -> str:
    """Return how an outcome is shown: `good`, `bad`, or `so` where the device works and another card is wanted."""
    return "good" if outcome in GOOD else "so" if outcome in READER_WORKS else "bad"


def outcome_words(outcome: str, values: Mapping[str, object], language: str) -> str:
    """Return what trying a device showed; `kind` and `proof` of a card are put into words."""
    filled = dict(values)
    if outcome == "tap_read":
        filled["card"] = CARD_KINDS.get(str(values["kind"]), str(values["kind"]))
        filled["proof"] = said(PROOFS[str(values["proof"])], language)
    return said(OUTCOMES[outcome], language, **filled)


def said(three: Three, language: str, **values: object) -> str:
    """Return one of these phrases in a language."""
    return three[LANGUAGES.index(language)].format(**values)
