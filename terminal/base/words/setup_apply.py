"""What `terminal setup apply` says: English, Simplified and Traditional Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "zh_CN", "zh_TW")
PHRASES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "will_change": ("This will change:", "将要更改：", "將要更改："),
        "and_more": ("... and {more} more changes", "……还有 {more} 处更改", "……還有 {more} 處更改"),
        "nothing": ("Nothing has changed.", "没有任何更改。", "沒有任何更改。"),
        "ask": (
            "Shall it take effect now? Type yes: ",
            "现在生效吗？请输入 yes：",
            "現在生效嗎？請輸入 yes：",
        ),
        "done": (
            "The shop is set up with {items} items.",
            "店铺已设置，共 {items} 个项目。",
            "店鋪已設定，共 {items} 個項目。",
        ),
    }
)


def phrase(name: str, language: str, /, **values: object) -> str:
    """Return a phrase of `PHRASES` in a language."""
    return PHRASES[name][LANGUAGES.index(language)].format(**values)
