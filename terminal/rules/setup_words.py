"""What the technician's page says while devices are configured: Simplified Chinese, Traditional Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.rules.doctor_words import LANGUAGES, Three

# Kinds of devices as the configuration has them.
KINDS: Mapping[str, Three] = MappingProxyType(
    {
        "reader": ("读卡器（PC/SC）", "讀卡機（PC/SC）", "Card reader (PC/SC)"),
        "pn532": ("PN532 读卡模块", "PN532 讀卡模組", "PN532 card reader"),
        "scanner": ("串口扫码枪", "序列埠掃碼槍", "Serial scanner"),
        "keyboard": ("键盘式扫码枪或读卡器", "鍵盤式掃碼槍或讀卡機", "Scanner or reader that types"),
        "printer": ("小票打印机", "小票印表機", "Receipt printer"),
        "display": ("客显屏", "客顯螢幕", "Customer display"),
    }
)

# What a setting is called, by its key; those of a kind of device alone by `kind.key`.
LABELS: Mapping[str, Three] = MappingProxyType(
    {
        "id": ("名称", "名稱", "Name"),
        "where": ("连接", "連接", "Where it is connected"),
        "place": ("位置", "位置", "Place"),
        "byte_order": ("卡号顺序", "卡號順序", "Card number order"),
        "feedback": ("蜂鸣和灯", "蜂鳴和燈", "Beep and lights"),
        "baud": ("波特率", "鮑率", "Baud rate"),
        "suffix": ("一个码的结尾", "一個碼的結尾", "End of a code"),
        "aim_ids": ("码前有 AIM 标识", "碼前有 AIM 標識", "AIM identifier in front"),
        "kind": ("用途", "用途", "What it is"),
        "layout": ("键盘布局", "鍵盤配置", "Keyboard layout"),
        "gs": ("分隔符 GS 的输入方式", "分隔符號 GS 的輸入方式", "How it types the separator GS"),
        "dots_per_line": ("纸宽", "紙寬", "Paper width"),
        "charset": ("字符集", "字元集", "Character set"),
        "drawer_pin": ("钱箱", "錢箱", "Cash drawer"),
        "flow": ("串口流控", "序列埠流量控制", "Serial flow control"),
        "process_id": ("打印确认", "列印確認", "Print confirmation"),
        "dialect": ("指令集", "指令集", "Command set"),
    }
)

# What a value is called, by `key=value`; values without words (numbers, names of standards) are shown as they are.
VALUES: Mapping[str, Three] = MappingProxyType(
    {
        "place=counter": ("前台", "櫃檯", "Counter"),
        "place=kiosk": ("会员屏", "會員螢幕", "Member screen"),
        "byte_order=both": ("不确定（两种都接受）", "不確定（兩種都接受）", "Not known (both are taken)"),
        "byte_order=as-read": ("与读出的相同", "與讀出的相同", "As it is read"),
        "byte_order=reversed": ("与读出的相反", "與讀出的相反", "Reversed"),
        "feedback=none": ("不用", "不用", "None"),
        "feedback=acr122u": ("ACR122U", "ACR122U", "ACR122U"),
        "feedback=acr1252u": ("ACR1252U", "ACR1252U", "ACR1252U"),
        "suffix=line": ("回车、换行或 Tab", "Enter、換行或 Tab", "Enter, a line end or Tab"),
        "suffix=none": ("没有（停顿）", "沒有（停頓）", "None (a pause)"),
        "aim_ids=true": ("有", "有", "Yes"),
        "aim_ids=false": ("没有", "沒有", "No"),
        "kind=scanner": ("扫码枪", "掃碼槍", "Scanner"),
        "kind=reader": ("读卡器", "讀卡機", "Card reader"),
        "layout=us": ("美国 (us)", "美國 (us)", "American (us)"),
        "layout=de": ("德国 (de)", "德國 (de)", "German (de)"),
        "layout=fr": ("法国 (fr)", "法國 (fr)", "French (fr)"),
        "gs=ctrl": ("Ctrl 加 ]", "Ctrl 加 ]", "Ctrl and ]"),
        "gs=f8": ("F8", "F8", "F8"),
        "gs=alt029": ("Alt 加 029", "Alt 加 029", "Alt and 029"),
        "dots_per_line=384": ("58 毫米（每行 384 点）", "58 公釐（每行 384 點）", "58 mm (384 dots a line)"),
        "dots_per_line=576": ("80 毫米（每行 576 点）", "80 公釐（每行 576 點）", "80 mm (576 dots a line)"),
        "dots_per_line=512": ("80 毫米（每行 512 点）", "80 公釐（每行 512 點）", "80 mm (512 dots a line)"),
        "dots_per_line": ("每行 {value} 点", "每行 {value} 點", "{value} dots a line"),
        "charset=gb18030": ("GB18030", "GB18030", "GB18030"),
        "charset=gbk": ("GBK", "GBK", "GBK"),
        "charset=gb2312": ("GB2312", "GB2312", "GB2312"),
        "charset=big5": ("Big5（繁体）", "Big5（繁體）", "Big5 (Traditional)"),
        "charset=ascii": ("只有英文和数字", "只有英文和數字", "Latin letters and figures only"),
        "charset=none": (
            "没有中文字库（逐行作为图片打印）",
            "沒有中文字庫（逐行作為圖片列印）",
            "No Chinese font (prints pictures)",
        ),
        "drawer_pin=": ("没有", "沒有", "None"),
        "drawer_pin=2": ("接在 2 号脚", "接在 2 號腳", "On pin 2"),
        "drawer_pin=5": ("接在 5 号脚", "接在 5 號腳", "On pin 5"),
        "flow=hardware": ("硬件 (RTS/CTS)", "硬體 (RTS/CTS)", "Hardware (RTS/CTS)"),
        "flow=software": ("软件 (XON/XOFF)", "軟體 (XON/XOFF)", "Software (XON/XOFF)"),
        "flow=none": ("没有", "沒有", "None"),
        "process_id=true": ("打印机会确认每张小票", "印表機會確認每張小票", "The printer confirms each slip"),
        "process_id=false": ("打印机不会确认", "印表機不會確認", "The printer confirms nothing"),
        "dialect=cd5220": ("CD5220（两行 20 列）", "CD5220（兩行 20 欄）", "CD5220 (two lines of 20)"),
        "dialect=escpos": ("ESC/POS（两行 20 列）", "ESC/POS（兩行 20 欄）", "ESC/POS (two lines of 20)"),
        "dialect=led8": ("八位数字 LED", "八位數字 LED", "Eight LED digits"),
    }
)

# What a field takes.
HINTS: Mapping[str, Three] = MappingProxyType(
    {
        "id": (
            "小写英文字母、数字和连字符，以字母开头，最多 32 个；不能与其他设备相同",
            "小寫英文字母、數字和連字號，以字母開頭，最多 32 個；不能與其他設備相同",
            "Lower-case letters, digits and hyphens, a letter first, at most 32; no other device may have it.",
        ),
        "where.printer": (
            "网络打印机的地址，例如 192.168.1.50；或 /dev/ 下的路径，或 USB 的 0416:5011",
            "網路印表機的位址，例如 192.168.1.50；或 /dev/ 下的路徑，或 USB 的 0416:5011",
            "A network printer's address such as 192.168.1.50, a path below /dev/, or 0416:5011 on USB.",
        ),
        "where.reader": (
            "读卡器 PC/SC 名称的一部分，例如 ACR122U",
            "讀卡機 PC/SC 名稱的一部分，例如 ACR122U",
            "Part of the reader's PC/SC name, such as ACR122U.",
        ),
        "where.keyboard": (
            "/dev/ 下的路径，例如 /dev/input/by-id/usb-…-event-kbd",
            "/dev/ 下的路徑，例如 /dev/input/by-id/usb-…-event-kbd",
            "A path below /dev/, such as /dev/input/by-id/usb-...-event-kbd.",
        ),
        "where": (
            "/dev/ 下的路径，例如 /dev/serial/by-id/usb-…",
            "/dev/ 下的路徑，例如 /dev/serial/by-id/usb-…",
            "A path below /dev/, such as /dev/serial/by-id/usb-...",
        ),
    }
)

PHRASES: Mapping[str, Three] = MappingProxyType(
    {
        "edit_title": ("设备设置", "設備設定", "Device settings"),
        "add_title": ("添加设备", "新增設備", "Add a device"),
        "remove_title": ("移除设备", "移除設備", "Remove a device"),
        "edit": ("设置", "設定", "Settings"),
        "add": ("添加", "新增", "Add"),
        "plugged": ("已连接、尚未配置", "已連接、尚未設定", "Plugged in, not configured"),
        "plugged_none": ("没有发现其他设备", "沒有發現其他設備", "Nothing else was found."),
        "add_other": ("添加没有列出的设备", "新增沒有列出的設備", "Add one that is not listed"),
        "network": (
            "网络打印机不会自动出现；设备插上后请刷新本页",
            "網路印表機不會自動出現；設備插上後請重新整理本頁",
            "Printers on the network are not searched for. Reload this page after plugging something in.",
        ),
        "by_socket": (
            "只能靠所插的位置辨认，请不要换插口",
            "只能靠所插的位置辨認，請不要換插孔",
            "known only by its socket: leave it in that one",
        ),
        "saved": (
            "已保存，收银程序下次启动时生效",
            "已儲存，收銀程式下次啟動時生效",
            "saved, counts from the till's next start",
        ),
        "waiting": ("等待生效的更改", "等待生效的變更", "Changes waiting for the next start"),
        "waiting_note": (
            "已写入配置文件，收银程序下次启动时生效；在此之前一切照旧。请在不营业时重新启动",
            "已寫入設定檔，收銀程式下次啟動時生效；在此之前一切照舊。請在不營業時重新啟動",
            "They count from the till's next start; until then all works as before. Restart it in a quiet moment.",
        ),
        "added": ("已添加", "已新增", "added"),
        "changed": ("已更改", "已變更", "changed"),
        "renamed": ("已改名，原名 {was}", "已改名，原名 {was}", "renamed, was {was}"),
        "removed": ("已移除", "已移除", "removed"),
        "other": ("其他设置已更改", "其他設定已變更", "Other settings were changed"),
        "other_choice": ("其他，在此输入", "其他，在此輸入", "Other, typed here"),
        "more_ports": (
            "一台设备若有两个路径，请都选上；切勿选人打字用的键盘",
            "一台設備若有兩個路徑，請都選上；切勿選人打字用的鍵盤",
            "Choose both paths of a device that has two; never the keyboard people type on.",
        ),
        "this_is": ("这台设备是", "這台設備是", "This device is a"),
        "more": ("更多设置", "更多設定", "More settings"),
        "next_start": (
            "保存后，收银程序下次启动时生效",
            "儲存後，收銀程式下次啟動時生效",
            "What is saved counts from the till's next start.",
        ),
        "save": ("保存", "儲存", "Save"),
        "back": ("返回", "返回", "Back"),
        "remove": ("移除", "移除", "Remove"),
        "remove_ask": ("从配置中移除 {device}？", "從設定中移除 {device}？", "Remove {device} from the configuration?"),
        "remove_note": (
            "它在收银程序下次启动前照常工作；以后可以重新添加，但要重新设置",
            "它在收銀程式下次啟動前照常運作；以後可以重新新增，但要重新設定",
            "It works until the till's next start. It can be added again, with its settings to be made again.",
        ),
        "remove_reader": (
            "只要还插着，它之后仍在前台读卡，但没有自己的名称和设置；不再使用请拔下",
            "只要還插著，它之後仍在櫃檯讀卡，但沒有自己的名稱和設定；不再使用請拔下",
            "Unless it is unplugged, it still reads cards at the counter, with no name or settings of its own.",
        ),
        "hint": ("用一张卡判断卡号顺序", "用一張卡判斷卡號順序", "Find the card number order with one card"),
        "hint_number": ("卡上印的号码", "卡上印的號碼", "Number printed on the card"),
        "hint_start": ("开始，然后刷这张卡", "開始，然後刷這張卡", "Begin, then tap that card"),
        "hint_write": ("写入配置", "寫入設定", "Write it to the configuration"),
        "hint_is_so": ("配置中已是如此，不必更改", "設定中已是如此，不必變更", "It is configured so already."),
        "hint_later": (
            "这台读卡器在收银程序下次启动后才能判断卡号顺序",
            "這台讀卡機在收銀程式下次啟動後才能判斷卡號順序",
            "Its card number order can be found after the till's next start.",
        ),
        "read_only": (
            "收银程序不能写配置文件，所以这里不能更改设备；请由本机管理员使用 terminal devices",
            "收銀程式不能寫設定檔，所以這裡不能變更設備；請由本機管理員使用 terminal devices",
            "The till may not write its configuration file. The machine's administrator can, with terminal devices.",
        ),
        "file_wrong": (
            "配置文件现在有错误，收银程序下次不能用它启动；请先改正：",
            "設定檔現在有錯誤，收銀程式下次不能用它啟動；請先改正：",
            "The configuration file has mistakes by now, and the till will not start with it. Mend these first:",
        ),
        "stale": (
            "配置文件刚被别处改过，没有保存",
            "設定檔剛被別處改過，沒有儲存",
            "The file was changed elsewhere meanwhile: not saved.",
        ),
        "stale_note": (
            "您填写的内容还在；请核对后再保存一次",
            "您填寫的內容還在；請核對後再儲存一次",
            "What you filled in is still here: check it, then save once more.",
        ),
        "stale_again": ("请核对后再按一次", "請核對後再按一次", "Check it, then press once more."),
        "stale_differs": (
            "文件中现在与您填写的不同：",
            "檔案中現在與您填寫的不同：",
            "Unlike what you filled in, the file now has:",
        ),
        "wrong": ("{label}填写不正确，没有保存", "{label}填寫不正確，沒有儲存", "{label} is not right: not saved."),
    }
)


def said(phrase: str, language: str, **values: object) -> str:
    """Return a phrase of `PHRASES` in a language."""
    return _in(PHRASES[phrase], language).format(**values)


def kind_name(kind: str, language: str) -> str:
    """Return what a kind of device is called."""
    return _in(KINDS[kind], language)


def label(key: str, language: str) -> str:
    """Return what a setting is called; one without words by its key."""
    return _in(LABELS[key], language) if key in LABELS else key


def value_name(key: str, value: str, language: str) -> str:
    """Return what a setting's value is called; a number or a name as it is."""
    three = VALUES.get(f"{key}={value}") or VALUES.get(key)
    return _in(three, language).format(value=value) if three else value


def hint(key: str, kind: str, language: str) -> str:
    """Return what a field takes; empty where its choices say it."""
    three = HINTS.get(f"{key}.{kind}") or HINTS.get(key)
    return _in(three, language) if three else ""


def _in(three: Three, language: str) -> str:
    return three[LANGUAGES.index(language)]
