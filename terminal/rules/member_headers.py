"""Which column of an old system's member file means what: a built-in table, and the user's own mapping before it."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.base.errors import Refusal

FIELDS = (
    "name",
    "phone",
    "cards",
    "level",
    "balance",
    "bonus",
    "total",
    "points",
    "birthday",
    "sex",
    "remark",
    "old_number",
    "passes",
)
IGNORE = "ignore"
# The columns an import puts in front of the lines it could not take, in the file it sets them aside in.
SIDE_LINE, SIDE_REASON, SIDE_BESIDE = SIDE_COLUMNS = ("rejected_line", "rejected_reason", "rejected_beside")
BESIDE = "beside"  # the field of the last of them, which no mapping may name
MANY_COLUMNS_FIELDS = frozenset({"cards", "passes", "remark"})  # several columns of these are read together
ENCODINGS = ("utf-8", "utf-16", "gb18030", "big5")
DELIMITERS = (",", ";", "\t")

# Headers as `plain_header` leaves them: lower case, without blanks, brackets and signs.
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        header: meaning
        for meaning, headers in {
            "name": (
                "姓名 会员姓名 會員姓名 会员名称 會員名稱 会员名 會員名 客户姓名 客戶姓名 顾客姓名 顧客姓名 "
                "客户名称 客戶名稱 名字 称呼 name fullname membername customername customer"
            ),
            "phone": (
                "手机 手機 手机号 手機號 手机号码 手機號碼 电话 電話 电话号码 電話號碼 联系电话 聯絡電話 联系方式 "
                "聯絡方式 会员手机 會員手機 会员手机号 行动电话 行動電話 移动电话 phone mobile phonenumber "
                "mobilenumber mobilephone cellphone tel telephone"
            ),
            "cards": (
                "卡号 卡號 会员卡号 會員卡號 卡号码 卡號碼 卡片号 卡片號 卡面号 卡面號 印刷卡号 印刷卡號 物理卡号 "
                "物理卡號 芯片号 晶片號 内码 內碼 卡内码 卡內碼 实体卡号 實體卡號 ic卡号 ic卡號 id卡号 id卡號 条码 "
                "條碼 card cards cardno cardnumber cardnumbers membercard cardid uid barcode"
            ),
            "level": (
                "等级 等級 会员等级 會員等級 级别 級別 会员级别 會員級別 卡类型 卡類型 卡类别 卡類別 会员类型 "
                "會員類型 卡种 卡種 卡等级 卡等級 level tier grade memberlevel membertype cardtype"
            ),
            "balance": (
                "余额 餘額 储值余额 儲值餘額 本金 本金余额 本金餘額 余额本金 餘額本金 卡余额 卡餘額 卡内余额 "
                "卡內餘額 账户余额 帳戶餘額 现金余额 現金餘額 充值余额 充值餘額 储值本金 儲值本金 卡金 balance "
                "principal storedvalue cashbalance principalbalance"
            ),
            "bonus": (
                "赠金 贈金 赠送金 贈送金 赠送余额 贈送餘額 赠送金额 贈送金額 赠金余额 贈金餘額 余额赠送 餘額贈送 "
                "余额赠金 赠送金余额 贈送金餘額 赠送 贈送 bonus bonusbalance giftbalance"
            ),
            "total": (
                "总余额 總餘額 余额合计 餘額合計 合计余额 合計餘額 账户总余额 帳戶總餘額 储值总余额 儲值總餘額 "
                "totalbalance"
            ),
            "points": (
                "积分 積分 积分余额 積分餘額 会员积分 會員積分 可用积分 可用積分 剩余积分 剩餘積分 当前积分 "
                "當前積分 点数 點數 points point pointsbalance score"
            ),
            "birthday": ("生日 会员生日 會員生日 出生日期 出生年月日 birthday birthdate dateofbirth dob"),
            "sex": ("性别 性別 sex gender title"),
            "remark": (
                "备注 備註 备注信息 备注说明 会员备注 會員備註 说明 說明 附注 附註 remark remarks note notes "
                "comment comments memo"
            ),
            "old_number": (
                "会员编号 會員編號 会员号 會員號 会员id 會員id 编号 編號 会员号码 會員號碼 会员代码 客户编号 "
                "客戶編號 顾客编号 顧客編號 memberno membernumber memberid id no customerid customerno number"
            ),
            "passes": (
                "次卡 次數卡 计次卡 計次卡 疗程 療程 疗程卡 療程卡 套餐 套餐卡 套票 套餐项目 次卡项目 剩余次数 "
                "剩餘次數 剩余项目 剩餘項目 passes pass packages package courses sessions"
            ),
        }.items()
        for header in headers.split()
    }
)

_FULL_WIDTH = str.maketrans({**{0xFF01 + shift: chr(0x21 + shift) for shift in range(0x5E)}, 0x3000: " "})
_BRACKETED = re.compile(r"[(\[【《{][^)\]】》}]*[)\]】》}]")
_SIGNS = re.compile(r"[^0-9a-z\u3400-\u9fff]")


class MemberFileRefused(Refusal):
    """The whole file (or the mapping for it) cannot be used; no line of it was read.

    Codes begin with `member_file_`; the values hold no personal data.
    """


@dataclass(frozen=True, slots=True)
class FileMapping:
    """The user's own reading of a file, from a mapping file; empty texts mean "find out"."""

    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    encoding: str = ""
    delimiter: str = ""


def parse_mapping(text: str) -> FileMapping:
    """Return the mapping a TOML text holds: `encoding`, `delimiter` and the table `[columns]` of header = "field".

    Raises `MemberFileRefused` (`member_file_mapping_unreadable`, `member_file_mapping_wrong`) naming the key.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise MemberFileRefused("member_file_mapping_unreadable", detail=str(error)) from error
    for key in table:
        if key not in {"columns", "encoding", "delimiter"}:
            raise MemberFileRefused("member_file_mapping_wrong", key=key, expected="columns, encoding or delimiter")
    columns = table.get("columns", {})
    if not isinstance(columns, dict):
        raise MemberFileRefused("member_file_mapping_wrong", key="columns", expected="a table")
    for header, meaning in columns.items():
        if meaning not in (*FIELDS, IGNORE):  # a tuple, for TOML may hold a list here, which no set can look up
            raise MemberFileRefused("member_file_mapping_wrong", key=header, expected=_expected_field(str(meaning)))
    return FileMapping(
        MappingProxyType(columns),
        _choice(table, "encoding", ENCODINGS),
        _choice(table, "delimiter", DELIMITERS),
    )


def plain_header(header: str) -> str:
    """Return a header without case, blanks, brackets and signs: ` *手机号（必填） ` -> `手机号必填`."""
    return _SIGNS.sub("", header.translate(_FULL_WIDTH).lower())


def meaning_of(header: str) -> str:
    """Return the field a header stands for by the built-in table, with its bracketed part or without, else empty."""
    bare = header.translate(_FULL_WIDTH)
    return HEADERS.get(plain_header(bare)) or HEADERS.get(plain_header(_BRACKETED.sub("", bare)), "")


def looks_like_headers(cells: Sequence[str], own: Mapping[str, str]) -> bool:
    """Tell whether a line is the header line: two columns are known in it, or its only one, or one the user named."""
    filled = [cell for cell in cells if cell and cell not in SIDE_COLUMNS]
    known = {meaning_of(cell) for cell in filled} - {""}
    return any(cell in own for cell in filled) or len(known) >= 2 or (len(filled) == 1 and bool(known))


def assign(cells: Sequence[str], own: Mapping[str, str]) -> tuple[str, ...]:
    """Return the field of each column (empty: not read), the user's mapping before the built-in table.

    Raises `MemberFileRefused`: a mapped header is missing (`member_file_mapping_unused`), two columns mean one field
    (`member_file_column_twice`), or no column tells members apart (`member_file_no_identity`).
    """
    for header in own:
        if header not in cells:
            raise MemberFileRefused("member_file_mapping_unused", header=header)
    meanings = [own.get(cell) or meaning_of(cell) for cell in cells]
    taken: dict[str, str] = {}
    # What the user said himself wins over what the table would guess for another column.
    said = {own[cell] for cell in cells if cell in own}
    fields: list[str] = []
    for cell, meaning in zip(cells, meanings, strict=True):
        if cell in SIDE_COLUMNS:
            fields.append(BESIDE if cell == SIDE_BESIDE else "")
            continue
        guessed_beside_said = cell not in own and meaning in said and meaning not in MANY_COLUMNS_FIELDS
        if meaning == IGNORE or not meaning or guessed_beside_said:
            fields.append("")
            continue
        if meaning in taken and meaning not in MANY_COLUMNS_FIELDS:
            raise MemberFileRefused("member_file_column_twice", field=meaning, first=taken[meaning], second=cell)
        taken.setdefault(meaning, cell)
        fields.append(meaning)
    if not {"old_number", "phone", "cards"} & set(taken):
        raise MemberFileRefused("member_file_no_identity")
    return tuple(fields)


def _choice(table: Mapping[str, object], key: str, choices: Sequence[str]) -> str:
    value = table.get(key, "")
    if value == "" or value in choices:
        return str(value)
    raise MemberFileRefused("member_file_mapping_wrong", key=key, expected=", ".join(map(repr, choices)))


def _expected_field(given: str) -> str:
    near = difflib.get_close_matches(given, FIELDS, 1)
    return f"{near[0]!r}?" if near else ", ".join((*FIELDS, IGNORE))
