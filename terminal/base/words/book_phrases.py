"""What `terminal book verify` says: English, Simplified and Traditional Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "zh_CN", "zh_TW")
PHRASES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "entries": ("entries", "条记录", "筆紀錄"),
        "right": (
            "The book is right: {entries} entries, head {head}",
            "账本无误：{entries} 条记录，末条校验值 {head}",
            "帳本無誤：{entries} 筆紀錄，末筆校驗值 {head}",
        ),
        "entry": ("Entry {seq}", "第 {seq} 条记录", "第 {seq} 筆紀錄"),
        "kept": ("The kept state", "保存的结存", "保存的結存"),
        "wrong": (
            "{place} is wrong: {detail} [{code}]",
            "{place}有误：{words}（{detail}） [{code}]",
            "{place}有誤：{words}（{detail}） [{code}]",
        ),
    }
)
# What a code of a wrong book means, in Chinese; in English the detail beside it says so.
MEANINGS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "lives_wrong": ("账本各段的次序不对", "帳本各段的次序不對"),
        "gap": ("缺少一条记录", "缺少一筆紀錄"),
        "misplaced": ("记录不在应在的位置", "紀錄不在應在的位置"),
        "chain_broken": ("这条或之前的记录被改动过", "這筆或之前的紀錄被改動過"),
        "bytes_wrong": ("内容不是一条完好的记录", "內容不是一筆完好的紀錄"),
        "action_wrong": ("记在了另一个操作名下", "記在了另一個操作名下"),
        "not_held": ("动用了没有的余额", "動用了沒有的餘額"),
        "facts_missing": ("缺少所动用余额的说明", "缺少所動用餘額的說明"),
        "facts_repeated": ("同一笔余额说明了两次", "同一筆餘額說明了兩次"),
        "facts_unused": ("说明了没有动用的余额", "說明了沒有動用的餘額"),
        "wrong_source": ("余额的来源不是这条记录", "餘額的來源不是這筆紀錄"),
        "other_chain": ("余额属于别的商家", "餘額屬於別的商家"),
        "wrong_holder": ("含有不属于本机账本的内容", "含有不屬於本機帳本的內容"),
        "gid_wrong": ("转入与其凭据不符", "轉入與其憑據不符"),
        "gid_repeated": ("同一凭据转入了两次", "同一憑據轉入了兩次"),
        "cursor_wrong": ("从云端收取的进度不符", "從雲端收取的進度不符"),
        "never_expires": ("充值本金被设了有效期", "儲值本金被設了有效期"),
        "unbalanced": ("借贷不平", "借貸不平"),
        "l1_broken": ("科目与所动用的余额不符", "科目與所動用的餘額不符"),
        "head_wrong": ("账本的末条与本机所记不符", "帳本的末筆與本機所記不符"),
        "balance_wrong": ("科目余额与记录不符", "科目餘額與紀錄不符"),
        "units_wrong": ("会员余额与记录不符", "會員餘額與紀錄不符"),
        "past_wrong": ("已清理的旧记录留下的凭据不符", "已清理的舊紀錄留下的憑據不符"),
        "checkpoint_wrong": ("余额与清理旧记录时的结存不符", "餘額與清理舊紀錄時的結存不符"),
        "grants_wrong": ("所存的转入凭据与记录不符", "所存的轉入憑據與紀錄不符"),
        "mark_wrong": ("云端已收到的进度不符", "雲端已收到的進度不符"),
    }
)


def phrase(name: str, language: str, /, **values: object) -> str:
    """Return a phrase in a language."""
    return PHRASES[name][LANGUAGES.index(language)].format(**values)


def wrong(language: str, *, seq: int, code: str, detail: str) -> str:
    """Return in a language what is wrong with a book: with one of its entries, or (`seq` 0) with what is kept of it."""
    place = phrase("entry", language, seq=seq) if seq else phrase("kept", language)
    words = "" if language == LANGUAGES[0] else MEANINGS[code][LANGUAGES.index(language) - 1]
    return phrase("wrong", language, place=place, words=words, detail=detail, code=code)
