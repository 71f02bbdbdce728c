"""Words for the mistakes of a set-up file: English, Simplified and Traditional Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.base.words import setup_rules

WORDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        **setup_rules.WORDS,
        "rule_version_unknown": (
            "Version {version} of the rules of {section} is not in this store.",
            "这个库里没有 {section} 规则的第 {version} 版。",
            "這個庫裡沒有 {section} 規則的第 {version} 版。",
        ),
        "setup_changed": (
            "The shop's set-up was changed meanwhile; nothing was stored, look at the changes again.",
            "店铺设置刚才被他人更改；没有保存，请重新查看更改。",
            "店鋪設定剛才被他人更改；沒有儲存，請重新查看更改。",
        ),
        "setup_not_asked": (
            "Nobody can be asked here, so nothing was stored; look at the changes and repeat with --yes.",
            "这里无法询问，没有保存；请查看更改，然后加上 --yes 重试。",
            "這裡無法詢問，沒有儲存；請查看更改，然後加上 --yes 重試。",
        ),
        "setup_not_yes": ("Nothing was changed.", "没有任何更改。", "沒有任何更改。"),
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
            "is {found}; it must be a text of at most {most} characters, on one line unless it is printed as terms",
            "是 {found}；必须是文字，最多 {most} 个字；除打印的条款外只能一行",
            "是 {found}；必須是文字，最多 {most} 個字；除列印的條款外只能一行",
        ),
        "setup_not_amount": (
            'is {found}; it must be an amount of yuan in quotes such as "88.00"',
            '是 {found}；必须是加引号的金额（元），例如 "88.00"',
            '是 {found}；必須是加引號的金額（元），例如 "88.00"',
        ),
        "setup_not_rate": (
            'is {found}; it must be a rate in quotes such as "88%" or "8.8折"',
            '是 {found}；必须是加引号的比例，例如 "88%" 或 "8.8折"',
            '是 {found}；必須是加引號的比例，例如 "88%" 或 "8.8折"',
        ),
        "setup_not_count": (
            "is {found}; it must be a whole number from {least} to {most}",
            "是 {found}；必须是 {least} 到 {most} 的整数",
            "是 {found}；必須是 {least} 到 {most} 的整數",
        ),
        "setup_not_so_many": (
            "must have exactly {number} parts",
            "必须正好有 {number} 项",
            "必須正好有 {number} 項",
        ),
        "setup_not_flag": (
            "is {found}; it must be true or false",
            "是 {found}；必须是 true 或 false",
            "是 {found}；必須是 true 或 false",
        ),
        "setup_not_date": (
            "is {found}; it must be a date such as 2026-12-31",
            "是 {found}；必须是日期，例如 2026-12-31",
            "是 {found}；必須是日期，例如 2026-12-31",
        ),
        "setup_not_toml": (
            "is neither TOML nor JSON: {reason}",
            "既不是 TOML 也不是 JSON：{reason}",
            "既不是 TOML 也不是 JSON：{reason}",
        ),
        "setup_region": (
            "is {found}, of which no rules are known; known are {known} and their provinces",
            "是 {found}，没有该地区的规定；已知地区：{known} 及其省份",
            "是 {found}，沒有該地區的規定；已知地區：{known} 及其省份",
        ),
        "setup_two_forms": (
            "stands beside {other}; write one of the two",
            "和 {other} 同时出现；只能写其中一个",
            "和 {other} 同時出現；只能寫其中一個",
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
    }
)
