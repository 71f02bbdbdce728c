"""What was wrong with a device once, in three languages: told of a fault that may be over, so it asks for nothing.

A code never changes once released; one without words of its own gets the general ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from terminal.rules.doctor_words import LANGUAGES, Three

WAS: Mapping[str, Three] = MappingProxyType(
    {
        "device_missing": ("当时没有找到", "當時沒有找到", "it was not there"),
        "device_mute": ("当时没有回答", "當時沒有回答", "it did not answer"),
        "device_fault": ("当时回答有误", "當時回答有誤", "its answers were wrong"),
        "device_io": ("当时连接出错", "當時連接出錯", "its connection failed"),
        "device_closed": ("当时连接断开", "當時連接斷開", "its connection ended"),
        "device_stalled": ("当时很久没有动静", "當時很久沒有動靜", "nothing had come from it for long"),
        "device_no_rights": ("当时没有使用权限", "當時沒有使用權限", "the till had no rights to it"),
        "device_no_keyboard": (
            "当时接的不是键盘式设备",
            "當時接的不是鍵盤式設備",
            "what was plugged in was no keyboard",
        ),
        "device_busy": ("当时被其他程序占用", "當時被其他程式佔用", "another program used it"),
        "device_unreachable": ("当时网络上没有回答", "當時網路上沒有回答", "it did not answer on the network"),
        "reader_busy": ("当时被其他程序占用", "當時被其他程式佔用", "another program used it"),
        "driver_bug": ("当时设备程序出错", "當時設備程式出錯", "its driver failed"),
        "display_hung": ("当时不接收文字", "當時不接收文字", "it took no text"),
        "printer_link_lost": ("当时连接断开", "當時連接斷開", "its connection was lost"),
        "printer_unreachable": ("当时没有接通", "當時沒有接通", "it could not be reached"),
        "printer_silent": ("当时没有回答", "當時沒有回答", "it did not answer"),
        "pcsc_service_missing": (
            "当时读卡服务没有运行",
            "當時讀卡服務沒有執行",
            "the card reader service was not running",
        ),
        "pcsc_service_lost": ("当时读卡服务中断", "當時讀卡服務中斷", "the card reader service was lost"),
        "pcsc_no_rights": ("当时没有读卡器权限", "當時沒有讀卡機權限", "the till had no rights to card readers"),
        "pcsc_library_missing": ("当时缺少读卡库", "當時缺少讀卡函式庫", "the reader library was missing"),
    }
)
_GENERAL: Final[Three] = ("当时不能使用", "當時不能使用", "it could not be used")


def fault_was(code: str, language: str) -> str:
    """Return what was wrong, in the past tense."""
    return WAS.get(code, _GENERAL)[LANGUAGES.index(language)]
