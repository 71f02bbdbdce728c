"""Words for the mistakes of a set-up file: English, Simplified and Traditional Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "setup_missing": ("is missing", "没有填写", "沒有填寫"),
        "setup_unknown_key": (
            "is not known; the keys are {known}",
            "无法识别；可用的键是 {known}",
            "無法識別；可用的鍵是 {known}",
        ),
        "setup_not_table": ("must be a table of keys and values", "必须是一张键值表", "必須是一張鍵值表"),
        "setup_not_list": (
            "must be a list of at most {most}",
            "必须是列表，最多 {most} 项",
            "必須是清單，最多 {most} 項",
        ),
        "setup_not_text": (
            "must be a text on one line of at most {most} characters",
            "必须是一行文字，最多 {most} 个字",
            "必須是一行文字，最多 {most} 個字",
        ),
        "setup_not_amount": (
            'must be an amount of yuan in quotes such as "88.00"',
            '必须是加引号的金额（元），例如 "88.00"',
            '必須是加引號的金額（元），例如 "88.00"',
        ),
        "setup_not_rate": (
            'must be a rate in quotes such as "88%" or "8.8折"',
            '必须是加引号的比例，例如 "88%" 或 "8.8折"',
            '必須是加引號的比例，例如 "88%" 或 "8.8折"',
        ),
        "setup_not_count": (
            "must be a whole number from 0 to {most}",
            "必须是 0 到 {most} 的整数",
            "必須是 0 到 {most} 的整數",
        ),
        "setup_not_flag": ("must be true or false", "必须是 true 或 false", "必須是 true 或 false"),
        "setup_not_date": (
            "must be a date without quotes such as 2026-12-31",
            "必须是不加引号的日期，例如 2026-12-31",
            "必須是不加引號的日期，例如 2026-12-31",
        ),
        "setup_not_weekdays": (
            "must be a list of days, 1 for Monday to 7 for Sunday, such as [1, 2]",
            "必须是星期列表，1 为周一，7 为周日，例如 [1, 2]",
            "必須是星期清單，1 為週一，7 為週日，例如 [1, 2]",
        ),
        "setup_not_hours": (
            'must be hours such as "10:00-14:00"',
            '必须是时段，例如 "10:00-14:00"',
            '必須是時段，例如 "10:00-14:00"',
        ),
        "setup_window_ends_first": (
            "is before the day on which it begins",
            "早于开始的日期",
            "早於開始的日期",
        ),
    }
)
