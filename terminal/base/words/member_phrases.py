"""What `terminal member` says beside refusals: English, Simplified and Traditional Chinese."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, str, str]] = {
    "nobody": (
        "Nobody.",
        "没有会员。",
        "沒有會員。",
    ),
    "more": (
        "There are more; narrow it down.",
        "还有更多；请缩小范围。",
        "還有更多；請縮小範圍。",
    ),
    "no_duplicates": (
        "No two members share a telephone.",
        "没有会员共用手机号。",
        "沒有會員共用手機號碼。",
    ),
    "group": (
        "One telephone, {count} members:",
        "同一手机号，{count} 位会员：",
        "同一手機號碼，{count} 位會員：",
    ),
    "match": (
        "{count} members match.",
        "共有 {count} 位会员符合。",
        "共有 {count} 位會員符合。",
    ),
    "at": (
        "{key}: {words}",
        "{key}：{words}",
        "{key}：{words}",
    ),
    "ask_note": (
        "{kind} of {name}: ",
        "{name} 的 {kind}：",
        "{name} 的 {kind}：",
    ),
    "ask_note_removed": (
        "The note {kind} of {name} is removed for good.",
        "{name} 的备注 {kind} 将永久删除。",
        "{name} 的備註 {kind} 將永久刪除。",
    ),
    "ask_withdrawn": (
        "All sensitive notes of {name} are removed for good.",
        "{name} 的所有敏感备注将永久删除。",
        "{name} 的所有敏感備註將永久刪除。",
    ),
    "level_is": ("level now: {level}", "现有等级：{level}", "現有等級：{level}"),
    "level_becomes": ("level then: {level}", "改后等级：{level}", "變更後等級：{level}"),
    "level_review": ("reviewed on {day}", "等级评定日：{day}", "等級評定日：{day}"),
    "level_none": ("none", "无", "無"),
    "level_locked": ("{level} (locked)", "{level}（已锁定）", "{level}（已鎖定）"),
    "ask_level": (
        "The level of {name} is set by hand; the book keeps who did it and why.",
        "将手动设定 {name} 的等级；账本会记下操作人和原因。",
        "將手動設定 {name} 的等級；帳本會記下操作人和原因。",
    ),
    "done_level": (
        "Done, entry {entry}.",
        "完成，记录 {entry}。",
        "完成，紀錄 {entry}。",
    ),
    "ask_merge": (
        "From now on {name} leads to {into}; terminal member unmerge undoes it.",
        "今后查找 {name} 时显示 {into}；可用 terminal member unmerge 撤销。",
        "今後查詢 {name} 時顯示 {into}；可用 terminal member unmerge 取消。",
    ),
    "ask_erase": (
        "The file of {name} is erased for good; the book keeps its entries under a pseudonym. Old backups hold it.",
        "{name} 的档案将永久删除，包括备注、卡号和小票；账本记录以化名保留。此前的备份仍含有该档案。",
        "{name} 的檔案將永久刪除，包括備註、卡號和單據；帳本記錄以化名保留。此前的備份仍含有該檔案。",
    ),
    "ask_give_up": (
        "The member gives up {value} of stored value and {sessions} sessions.",
        "会员放弃储值 {value} 和 {sessions} 次服务。",
        "會員放棄儲值 {value} 和 {sessions} 次服務。",
    ),
    "done_add": (
        "The file is made: {account}. Entry {entry}.",
        "档案已建立：{account}。记录 {entry}。",
        "檔案已建立：{account}。紀錄 {entry}。",
    ),
    "done_change": (
        "The file is changed. Entry {entry}.",
        "档案已更改。记录 {entry}。",
        "檔案已變更。紀錄 {entry}。",
    ),
    "done_note": (
        "The note is kept. Entry {entry}.",
        "备注已保存。记录 {entry}。",
        "備註已儲存。紀錄 {entry}。",
    ),
    "done_merge": (
        "The files are one member's now. Entry {entry}.",
        "两份档案已合并。记录 {entry}。",
        "兩份檔案已合併。紀錄 {entry}。",
    ),
    "done_unmerge": (
        "The files are two members' again. Entry {entry}.",
        "合并已撤销。记录 {entry}。",
        "合併已取消。紀錄 {entry}。",
    ),
    "done_erase": (
        "The file is erased. Entry {entry}.",
        "档案已删除。记录 {entry}。",
        "檔案已刪除。紀錄 {entry}。",
    ),
    "done_export": (
        "All that is held of {name} is in {file}: hand it to nobody else.",
        "{name} 的全部资料已存入 {file}；请勿交给他人。",
        "{name} 的全部資料已存入 {file}；請勿交給他人。",
    ),
    "entries": (
        "entries",
        "条记录",
        "筆紀錄",
    ),
    "id": (
        "id",
        "编号",
        "編號",
    ),
    "name": (
        "name",
        "姓名",
        "姓名",
    ),
    "level": (
        "level",
        "等级",
        "等級",
    ),
    "balance": (
        "balance",
        "余额",
        "餘額",
    ),
    "points": (
        "points",
        "积分",
        "點數",
    ),
    "phone": (
        "phone",
        "手机",
        "手機",
    ),
    "cards": (
        "cards",
        "卡",
        "卡片",
    ),
    "passes": (
        "passes",
        "次卡",
        "次數卡",
    ),
    "birthday": (
        "birthday",
        "生日",
        "生日",
    ),
    "sex": (
        "sex",
        "性别",
        "性別",
    ),
    "remark": (
        "remark",
        "备注",
        "備註",
    ),
    "number": (
        "number",
        "会员号",
        "會員號",
    ),
    "tags": (
        "tags",
        "标签",
        "標籤",
    ),
    "consents": (
        "consents",
        "同意",
        "同意",
    ),
    "brought_by": (
        "brought by",
        "介绍人",
        "介紹人",
    ),
    "merged": (
        "merged",
        "已合并",
        "已合併",
    ),
    "duplicate": (
        "duplicate",
        "重复",
        "重複",
    ),
    "balance_parts": (
        "{balance} (principal {principal}, bonus {bonus})",
        "{balance}（本金 {principal}，赠送 {bonus}）",
        "{balance}（本金 {principal}，贈送 {bonus}）",
    ),
    "ask_back": ("refundable", "可退充值", "可退儲值"),
    "ask_back_days": (
        "{amount}, may be asked back without a reason until {day} ({days} days left)",
        "{amount}，可无理由退款至 {day}（还剩 {days} 天）",
        "{amount}，可無理由退款至 {day}（還剩 {days} 天）",
    ),
    "ask_back_today": (
        "{amount}, may be asked back without a reason until {day} (today is the last day)",
        "{amount}，可无理由退款至 {day}（今天最后一天）",
        "{amount}，可無理由退款至 {day}（今天最後一天）",
    ),
    "pass_until": ("until {day}", "有效期至 {day}", "有效期至 {day}"),
    "pass_days": ("{days} days", "{days} 天", "{days} 天"),
    "shares": (
        "shares a card or phone with another member",
        "与其他会员共用卡号或手机号",
        "與其他會員共用卡號或手機號碼",
    ),
    "given": (
        "{kind} given on {on} ({channel}, {version})",
        "{kind}：{on} 同意（{channel}，{version}）",
        "{kind}：{on} 同意（{channel}，{version}）",
    ),
    "withdrawn": (
        "{kind} withdrawn on {on} ({channel})",
        "{kind}：{on} 撤回（{channel}）",
        "{kind}：{on} 撤回（{channel}）",
    ),
    "lunar": (
        "{date} of the lunar calendar",
        "农历 {date}",
        "農曆 {date}",
    ),
    "leap": (
        "{date} of the lunar calendar (leap month)",
        "农历 {date}（闰月）",
        "農曆 {date}（閏月）",
    ),
}
LANGUAGES = ("en", "zh_CN", "zh_TW")


def phrase(name: str, language: str, /, **values: object) -> str:
    """Return a phrase of `PHRASES` in a language."""
    return PHRASES[name][LANGUAGES.index(language)].format(**values)
