"""What `terminal import` says, in Simplified Chinese, Traditional Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from terminal.rules.doctor_words import LANGUAGES, Three
from terminal.rules.member_values import AMOUNT_FEN_MAX, SENTENCES

# What became of a line, and what would become of it: `dry_` and the same word.
LINES: Mapping[str, Three] = MappingProxyType(
    {
        "imported": ("已导入", "已匯入", "imported"),
        "marked": (
            "已导入，并标记：与另一位会员共用卡号或手机号",
            "已匯入，並標記：與另一位會員共用卡號或手機號",
            "imported, marked: shares a card or phone with another member",
        ),
        "same": ("已经导入过，无需处理", "已經匯入過，無需處理", "already there, nothing to do"),
        "changed": (
            "以前导入过，但内容不同；没有改动",
            "以前匯入過，但內容不同；沒有變更",
            "was imported before with other content; NOT changed",
        ),
        "stopped": ("没有导入", "沒有匯入", "NOT imported"),
        "bad": ("没有导入", "沒有匯入", "NOT imported"),
        "dry_imported": ("将导入", "將匯入", "would be imported"),
        "dry_marked": (
            "将导入，并标记：与另一位会员共用卡号或手机号",
            "將匯入，並標記：與另一位會員共用卡號或手機號",
            "would be imported, marked: shares a card or phone with another member",
        ),
        "dry_same": ("已经导入过，无需处理", "已經匯入過，無需處理", "already there, nothing to do"),
        "dry_changed": (
            "以前导入过，但内容不同；不会改动",
            "以前匯入過，但內容不同；不會變更",
            "was imported before with other content; would NOT be changed",
        ),
        "dry_stopped": ("不会导入", "不會匯入", "would NOT be imported"),
        "dry_bad": ("不会导入", "不會匯入", "would NOT be imported"),
    }
)
# Why a line was taken for somebody's who was imported before; `{about}` is one of `ABOUT`.
REASONS: Mapping[str, Three] = MappingProxyType(
    {
        "renamed": (
            "这个手机号或卡号以前以另一个姓名导入过；如果是另一个人，请导入一个同时包含两人的文件",
            "這個手機號或卡號以前以另一個姓名匯入過；如果是另一個人，請匯入一個同時包含兩人的檔案",
            (
                "this phone or card came in under another name; if this is another person, import one file with the"
                " lines of both"
            ),
        ),
        "stopped": (
            "{about}在这里已挂失、补卡、交回或停用，不能再用这个号码；请换一张卡，或在文件里去掉这个卡号后再导入",
            "{about}在這裡已掛失、補發、交回或停用，不能再用這個號碼；請換一張卡，或在檔案裡去掉這個卡號後再匯入",
            (
                "{about} was reported lost, replaced, handed in or blocked here, and its number does not come back;"
                " take another card, or leave this number out of the file and import the line again"
            ),
        ),
        "moved": (
            (
                "可能就是以前导入的同名会员（{about}），其原来的一行不在这个文件里；如果是另一个人，请只导入这一行"
                "并加上 --new-people"
            ),
            (
                "可能就是以前匯入的同名會員（{about}），其原來的一行不在這個檔案裡；如果是另一個人，請只匯入這一行"
                "並加上 --new-people"
            ),
            (
                "may be the member of this name imported before with {about}, whose line is not in this file as it was;"
                " if this is another person, import this line alone with --new-people"
            ),
        ),
        "alike": (
            (
                "与以前导入的同名会员（{about}）姓名和金额都相同，而其原来的一行不在这个文件里；如果是另一个人，请只导入"
                "这一行并加上 --new-people"
            ),
            (
                "與以前匯入的同名會員（{about}）姓名和金額都相同，而其原來的一行不在這個檔案裡；如果是另一個人，請只匯入"
                "這一行並加上 --new-people"
            ),
            (
                "has the name and the amounts of the member imported before with {about}, whose line is not in this"
                " file as it was; if this is another person, import this line alone with --new-people"
            ),
        ),
    }
)
ABOUT: Mapping[str, Three] = MappingProxyType(
    {
        "card": ("卡号尾号 {tail}", "卡號末碼 {tail}", "card ...{tail}"),
        "phone": ("手机尾号 {tail}", "手機末碼 {tail}", "phone ...{tail}"),
        "number": ("会员编号 {tail}", "會員編號 {tail}", "number {tail}"),
    }
)
# The line at the end, put together of `{count}` each.
COUNTS: Mapping[str, Three] = MappingProxyType(
    {
        "imported": ("导入 {count} 行", "匯入 {count} 行", "{count} imported"),
        "marked": ("导入并标记 {count} 行", "匯入並標記 {count} 行", "{count} marked"),
        "same": ("已有 {count} 行", "已有 {count} 行", "{count} same"),
        "stopped": ("卡已停用 {count} 行", "卡已停用 {count} 行", "{count} with a card out of use"),
        "changed": ("内容不同 {count} 行", "內容不同 {count} 行", "{count} changed"),
        "bad": ("错误 {count} 行", "錯誤 {count} 行", "{count} bad"),
        "nothing": ("没有任何会员", "沒有任何會員", "no lines"),
    }
)
PHRASES: Mapping[str, Three] = MappingProxyType(
    {
        "line": ("第 {line_no} 行：{words}", "第 {line_no} 行：{words}", "line {line_no}: {words}"),
        "because": ("{words}：{why}", "{words}：{why}", "{words}: {why}"),
        "and": ("，", "，", ", "),
        "then": ("；", "；", "; "),
        "done": ("完成：{counts}。", "完成：{counts}。", "Done: {counts}."),
        "dry_done": ("试运行结果：{counts}。", "試運行結果：{counts}。", "Would be: {counts}."),
        "aside": (
            "有错误的行及其原因在 {file} 里。",
            "有錯誤的行及其原因在 {file} 裡。",
            "The bad lines with their reasons are in {file}.",
        ),
        "dry_aside": (
            "正式导入时，有错误的行及其原因会写入 {file}。",
            "正式匯入時，有錯誤的行及其原因會寫入 {file}。",
            "The bad lines with their reasons would be in {file}.",
        ),
        "bytes": ("字节", "位元組", "bytes"),
        "left": ("剩余 {seconds:3.0f} 秒", "剩餘 {seconds:3.0f} 秒", "{seconds:3.0f} s left"),
    }
)
_YUAN_MAX = AMOUNT_FEN_MAX // 100
# `member_values.SENTENCES` in Simplified and Traditional Chinese, by the same codes.
WRONG: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "line_too_long": ("这一行超过 16384 个字符", "這一行超過 16384 個字元"),
        "quote_open": ("引号没有配对", "引號沒有配對"),
        "undecodable": (
            "有些字符已损坏；请把文件另存为 UTF-8 再试",
            "有些字元已損壞；請把檔案另存為 UTF-8 再試",
        ),
        "totals_row": ("这是合计行，不是会员", "這是合計行，不是會員"),
        "too_many_columns": (
            "这一行的格数比表头多；格内有逗号时要加引号",
            "這一行的格數比標題列多；格內有逗號時要加引號",
        ),
        "too_few_columns": ("这一行在金额之前就结束了，可能不完整", "這一行在金額之前就結束了，可能不完整"),
        "no_identity": (
            "没有会员编号、手机号和卡号，以后无法找到",
            "沒有會員編號、手機號和卡號，以後無法找到",
        ),
        "text_too_long": ("文字太长", "文字太長"),
        "number_damaged": (
            "表格软件改动了这个号码，末几位已丢失；请在旧系统里以文本格式导出这一列",
            "試算表軟體改動了這個號碼，末幾位已遺失；請在舊系統裡以文字格式匯出這一欄",
        ),
        "phone_several": (
            "手机号不止一个；请只留一个，其余写入备注",
            "手機號不止一個；請只留一個，其餘寫入備註",
        ),
        "phone_wrong": ("不是完整的电话号码", "不是完整的電話號碼"),
        "card_wrong": ("卡号应为 1 至 32 位字母或数字", "卡號應為 1 至 32 位字母或數字"),
        "cards_too_many": ("卡号超过 20 个", "卡號超過 20 個"),
        "amount_wrong": ("不是以元为单位、最多两位小数的金额", "不是以元為單位、最多兩位小數的金額"),
        "amount_negative": (
            "金额为负；请先在旧系统里结清，或填 0",
            "金額為負；請先在舊系統裡結清，或填 0",
        ),
        "amount_absurd": (f"金额超过 {_YUAN_MAX:,} 元", f"金額超過 {_YUAN_MAX:,} 元"),
        "balance_sum": ("总余额不等于余额加赠金", "總餘額不等於餘額加贈金"),
        "points_wrong": ("积分应为整数", "積分應為整數"),
        "points_negative": ("积分为负", "積分為負"),
        "points_absurd": ("积分超过 1,000,000,000", "積分超過 1,000,000,000"),
        "birthday_wrong": ("不是 1990-01-02 或 01-02 这样的日期", "不是 1990-01-02 或 01-02 這樣的日期"),
        "birthday_day_number": (
            "表格软件把日期变成了天数；请把这一列设为日期格式",
            "試算表軟體把日期變成了天數；請把這一欄設為日期格式",
        ),
        "sex_wrong": ("性别应为男、女或留空", "性別應為男、女或留空"),
        "pass_wrong": (
            "次卡应写成“名称 剩余次数/总次数”，例如：头皮护理 6/10",
            "次卡應寫成「名稱 剩餘次數/總次數」，例如：頭皮護理 6/10",
        ),
        "pass_left_above_total": ("剩余次数多于总次数", "剩餘次數多於總次數"),
        "passes_too_many": ("次卡超过 50 个", "次卡超過 50 個"),
    }
)


def phrase(word: str, language: str, *, table: Mapping[str, Three] = PHRASES, **values: object) -> str:
    """Return a phrase of a table of this module in a language."""
    return table[word][LANGUAGES.index(language)].format(**values)


def wrong(code: str, language: str) -> str:
    """Return what is wrong with a cell or a line, and what would be right."""
    return (*WRONG[code], SENTENCES[code])[LANGUAGES.index(language)]


def why_not(how: str, told: str, language: str) -> str:
    """Return why a line was taken for somebody's who was imported before.

    `how` is a key of `REASONS`, and `told` of whom it may be: a key of `ABOUT` and the end of the text.
    """
    kind, _, tail = told.partition(" ")
    about = phrase(kind, language, table=ABOUT, tail=tail) if kind else ""
    return phrase(how, language, table=REASONS, about=about)
