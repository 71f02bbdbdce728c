"""What the self-check says in Simplified Chinese, Traditional Chinese and English: what was looked at, and what to do.

A code never changes once released. A device that fails with a code without words of its own gets the general ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

LANGUAGES: Final = ("zh_CN", "zh_TW", "en")
Three = tuple[str, str, str]

# What each check looks at.
CHECKS: Mapping[str, Three] = MappingProxyType(
    {
        "till": ("收银程序", "收銀程式", "Till"),
        "device": ("设备", "設備", "Device"),
        "disk": ("存储空间", "儲存空間", "Storage"),
        "wear": ("存储寿命", "儲存壽命", "Storage wear"),
        "file_system": ("文件系统", "檔案系統", "File system"),
        "clock": ("时钟", "時鐘", "Clock"),
        "store_key": ("账本密钥", "帳本金鑰", "Store key"),
        "card_keys": ("会员卡密钥", "會員卡金鑰", "Card keys"),
        "store": ("账本文件", "帳本檔案", "Store"),
        "font": ("小票字体", "小票字型", "Receipt font"),
        "versions": ("版本", "版本", "Versions"),
    }
)

# What to do about each trouble; `{...}` are the check's own values.
REMEDIES: Mapping[str, Three] = MappingProxyType(
    {
        "till_not_running": (
            "收银程序没有运行，请启动它；设备只有运行时才能检查",
            "收銀程式沒有執行，請啟動它；設備只有執行時才能檢查",
            "The till is not running: start it. Devices can be checked only while it runs.",
        ),
        "till_busy": (
            "收银程序太忙，请稍后再查",
            "收銀程式太忙，請稍後再查",
            "The till is busy: check again in a moment.",
        ),
        "events_dropped": (
            "收银程序来不及处理，丢弃了 {dropped} 个设备事件；若数字继续增加，请联系技术人员",
            "收銀程式來不及處理，丟棄了 {dropped} 個設備事件；若數字繼續增加，請聯絡技術人員",
            "{dropped} device events were dropped, the till was too busy: if the number grows, call a technician.",
        ),
        "disk_low": (
            "只剩 {free_mb} MB，请删除旧备份或更换存储卡",
            "只剩 {free_mb} MB，請刪除舊備份或更換記憶卡",
            "Only {free_mb} MB left: remove old backups or change the storage card.",
        ),
        "disk_read_only": (
            "数据目录不能写入，存储卡可能已损坏，请联系技术人员",
            "資料目錄不能寫入，記憶卡可能已損壞，請聯絡技術人員",
            "The data folder cannot be written; the storage card may be broken: call a technician.",
        ),
        "disk_no_rights": (
            "本用户不能写入数据目录，请检查目录的所有者和权限",
            "本使用者不能寫入資料目錄，請檢查目錄的擁有者和權限",
            "This user may not write the data folder: check who owns it and its rights.",
        ),
        "disk_failed": (
            "存储设备已停止工作（{state}），请立即备份并更换",
            "儲存裝置已停止運作（{state}），請立即備份並更換",
            "The disk has stopped working ({state}): back up at once and change it.",
        ),
        "file_system_errors": (
            "文件系统记录了 {count} 个错误，请备份，检查文件系统（fsck），并考虑更换存储",
            "檔案系統記錄了 {count} 個錯誤，請備份，檢查檔案系統（fsck），並考慮更換儲存裝置",
            "The file system has noted {count} errors: back up, run fsck, and consider a new disk.",
        ),
        "spare_low": (
            "备用块将要用完，请尽快更换存储",
            "備用區塊將要用完，請盡快更換儲存裝置",
            "Its spare blocks are nearly used up: change the storage soon.",
        ),
        "wear_needs_root": (
            "本程序读不到寿命（SMART 只有管理员能读），请管理员用 smartctl -a 查看",
            "本程式讀不到壽命（SMART 只有管理員能讀），請管理員用 smartctl -a 查看",
            "Not readable here: only the administrator may ask this disk. Look with smartctl -a.",
        ),
        "wear_not_told": (
            "这种存储不报告寿命，请按使用年限更换",
            "這種儲存裝置不回報壽命，請按使用年限更換",
            "This kind of storage tells nobody its wear: change it by its age.",
        ),
        "disk_missing": (
            "没有数据目录，请先启动一次",
            "沒有資料目錄，請先啟動一次",
            "There is no data folder yet: start the till once.",
        ),
        "wear_high": (
            "已用去约 {used_percent}% 的寿命，请尽快更换存储",
            "已用去約 {used_percent}% 的壽命，請盡快更換儲存裝置",
            "About {used_percent}% of its life is used: change the storage soon.",
        ),
        "clock_untrusted": (
            "时间还没有校准，请检查网络；校准前的记录会注明",
            "時間還沒有校準，請檢查網路；校準前的紀錄會註明",
            "The time was not set from the network: check the network. Entries made meanwhile say so.",
        ),
        "clock_wrong": (
            "时间是 {year} 年，明显不对，请校准时钟",
            "時間是 {year} 年，明顯不對，請校準時鐘",
            "The clock says the year {year}, which cannot be: set the clock.",
        ),
        "key_missing": (
            "密钥文件不存在，没有它就打不开账本；请从恢复密钥找回",
            "金鑰檔案不存在，沒有它就打不開帳本；請從復原金鑰找回",
            "The key file is missing; without it the store cannot be opened: bring it back from where it was kept.",
        ),
        "key_exposed": (
            "其他用户可以读取这个文件，请查明原因并改为仅本用户可读（chmod 600）",
            "其他使用者可以讀取這個檔案，請查明原因並改為僅本使用者可讀（chmod 600）",
            "Other users can read this file: find out who did, then run chmod 600 on it.",
        ),
        "key_malformed": (
            "文件内容不是密钥，请从恢复密钥找回",
            "檔案內容不是金鑰，請從復原金鑰找回",
            "The file does not hold a key: bring the right one back from where it was kept.",
        ),
        "key_unusable": (
            "文件不能读取，请检查权限",
            "檔案不能讀取，請檢查權限",
            "The file cannot be read: check its rights.",
        ),
        "card_keys_missing": (
            "密钥文件不能使用（{reason}），请放回文件或检查权限",
            "金鑰檔案不能使用（{reason}），請放回檔案或檢查權限",
            "The key file cannot be used ({reason}): put it back, or check its rights.",
        ),
        "card_keys_exposed": (
            "其他用户可以读取卡片密钥，请改为仅本用户可读（chmod 600），并考虑更换密钥",
            "其他使用者可以讀取卡片金鑰，請改為僅本使用者可讀（chmod 600），並考慮更換金鑰",
            "Other users can read the card keys: run chmod 600 on the file and consider new keys.",
        ),
        "card_keys_malformed": (
            "文件内容有误，请改正：{reason}",
            "檔案內容有誤，請改正：{reason}",
            "The file has mistakes to be mended: {reason}.",
        ),
        "store_missing": (
            "还没有账本，请先启动一次",
            "還沒有帳本，請先啟動一次",
            "There is no store yet: start the till once.",
        ),
        "store_key_wrong": (
            "密钥与账本不符，请放回原来的密钥",
            "金鑰與帳本不符，請放回原來的金鑰",
            "The key does not fit the store: put the right key back.",
        ),
        "store_damaged": (
            "账本文件损坏，请联系技术人员恢复最近的备份",
            "帳本檔案損壞，請聯絡技術人員還原最近的備份",
            "The store is damaged: restore the newest backup.",
        ),
        "store_newer": (
            "账本由更新的版本写成，请升级本机",
            "帳本由更新的版本寫成，請升級本機",
            "The store was written by a newer version: update this machine.",
        ),
        "store_unusable": ("账本不能使用：{reason}", "帳本不能使用：{reason}", "The store cannot be used: {reason}."),
        "book_wrong": (
            "账本最后一条记录不对，请停止使用并联系技术人员",
            "帳本最後一筆紀錄不對，請停止使用並聯絡技術人員",
            "The book's last entry is not as it was sealed: stop using it and call a technician.",
        ),
        "font_missing": (
            "缺少 {file}，请安装 fonts-noto-cjk",
            "缺少 {file}，請安裝 fonts-noto-cjk",
            "{file} is missing: install fonts-noto-cjk.",
        ),
        "device_missing": (
            "没有找到，请检查插头和电源",
            "沒有找到，請檢查插頭和電源",
            "It is not there: check plug and power.",
        ),
        "device_mute": (
            "没有回答，请重新插拔；模块的开关应拨到串口（HSU）",
            "沒有回答，請重新插拔；模組的開關應撥到序列埠（HSU）",
            "It does not answer: unplug it and plug it in again; a module's switches must be set to HSU.",
        ),
        "device_no_rights": (
            "没有使用权限，请把程序的用户加入 dialout、input、lp 组",
            "沒有使用權限，請把程式的使用者加入 dialout、input、lp 群組",
            "No rights: add the till's user to the groups dialout, input and lp.",
        ),
        "device_busy": (
            "被其他程序占用，请关闭那个程序",
            "被其他程式佔用，請關閉那個程式",
            "Another program uses it: close that one.",
        ),
        "device_unreachable": (
            "网络上没有回答，请检查电源和网线",
            "網路上沒有回答，請檢查電源和網路線",
            "It does not answer on the network: check power and cable.",
        ),
        "device_stalled": (
            "很久没有动静，请重新插拔",
            "很久沒有動靜，請重新插拔",
            "Nothing has come from its driver for long: unplug it and plug it in again.",
        ),
        "driver_bug": (
            "设备程序出错，请联系技术人员",
            "設備程式出錯，請聯絡技術人員",
            "Its driver failed: call a technician.",
        ),
        "printer_paper_out": ("请更换纸卷", "請更換紙捲", "Put in a new roll of paper."),
        "printer_lid_open": ("请合上打印机盖", "請合上印表機蓋", "Shut the printer's lid."),
        "printer_cutter": (
            "切刀卡住，请关闭电源清理后再打开",
            "切刀卡住，請關閉電源清理後再打開",
            "The cutter is jammed: switch off, clear it, switch on.",
        ),
        "printer_error": (
            "打印机报告故障，请关闭再打开",
            "印表機回報故障，請關閉再打開",
            "The printer reports an error: switch it off and on.",
        ),
        "printer_offline": (
            "打印机没有响应，请检查电源和连接线",
            "印表機沒有回應，請檢查電源和連接線",
            "The printer is off-line: check power and cable.",
        ),
        "printer_unreachable": (
            "打印机没有回答，请检查电源、网线和地址",
            "印表機沒有回答，請檢查電源、網路線和位址",
            "The printer does not answer: check power, cable and address.",
        ),
        "printer_silent": (
            "打印机没有响应，请关闭再打开",
            "印表機沒有回應，請關閉再打開",
            "The printer is silent: switch it off and on.",
        ),
        "pcsc_service_missing": (
            "读卡服务没有运行，请启动 pcscd",
            "讀卡服務沒有執行，請啟動 pcscd",
            "The card reader service is not running: start pcscd.",
        ),
        "pcsc_service_lost": (
            "读卡服务中断，正在重新连接",
            "讀卡服務中斷，正在重新連線",
            "The card reader service was lost; it is being reconnected.",
        ),
        "pcsc_no_rights": (
            "没有读卡器权限，请检查 polkit 规则 access_pcsc 和 access_card",
            "沒有讀卡機權限，請檢查 polkit 規則 access_pcsc 和 access_card",
            "No rights to card readers: check the polkit rules access_pcsc and access_card.",
        ),
        "pcsc_library_missing": (
            "缺少读卡库，请安装 libpcsclite1",
            "缺少讀卡函式庫，請安裝 libpcsclite1",
            "The reader library is missing: install libpcsclite1.",
        ),
        "starting": ("正在启动，请稍后再查", "正在啟動，請稍後再查", "It is starting: check again in a moment."),
    }
)
# What could not be looked at: nothing to mend is known, and it is not called well either.
UNTOLD: Final = frozenset({"wear_needs_root", "wear_not_told"})
_GENERAL: Final[Three] = (
    "请重新插拔；若仍不成功，请联系技术人员",
    "請重新插拔；若仍不成功，請聯絡技術人員",
    "Unplug it and plug it in again; if that does not help, call a technician.",
)
PASSED: Final[Three] = ("正常", "正常", "ok")
FAILED: Final[Three] = ("异常", "異常", "FAILED")
UNREAD: Final[Three] = ("不明", "不明", "?")
TITLE: Final[Three] = ("设备自检", "設備自檢", "Self-check")
ALL_WELL: Final[Three] = ("一切正常", "一切正常", "Everything is well.")
TO_MEND: Final[Three] = ("有 {count} 项需要处理", "有 {count} 項需要處理", "{count} to be mended.")


def check_name(code: str, language: str) -> str:
    """Return what a check looks at; raises `KeyError` for an unknown code."""
    return _in(CHECKS[code], language)


def remedy(trouble: str, values: Mapping[str, object], language: str) -> str:
    """Return what to do about a trouble."""
    return _in(REMEDIES.get(trouble, _GENERAL), language).format(**values)


def mark(trouble: str, language: str) -> str:
    """Return the one word for a check with this trouble: well, failed, or not known."""
    return _in(PASSED if not trouble else UNREAD if trouble in UNTOLD else FAILED, language)


def phrase(three: Three, language: str, **values: object) -> str:
    """Return one of this module's phrases in a language."""
    return _in(three, language).format(**values)


def _in(three: Three, language: str) -> str:
    return three[LANGUAGES.index(language)]
