"""The member file of an old system, from bytes to members and bad lines."""

from __future__ import annotations

import codecs
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from terminal.rules import member_values
from terminal.rules.card_numbers import normalise_number
from terminal.rules.member_file import (
    BadLine,
    FileMapping,
    LineError,
    MemberFile,
    MemberFileRefused,
    MemberLine,
    PassLine,
    identity_key,
    parse_mapping,
    read_members,
)

HEADER = "会员编号,姓名,手机号,卡号,等级,余额,赠金,积分,生日,性别,备注,次卡"
FULL = (
    '1001,王小芳,138 0013 8000,0007756302/0be2fb0b,金卡,"1,234.50",￥80,"1,200",1990年1月2日,女,'
    '"老客户\n喜欢安静",头皮护理 6/10; 水光 2/5'
)
FULL_MEMBER = MemberLine(
    line_no=2,
    name="王小芳",
    phone="13800138000",
    cards=("0007756302", "0BE2FB0B"),
    level="金卡",
    principal_fen=123450,
    bonus_fen=8000,
    points=1200,
    birthday="1990-01-02",
    sex="f",
    remark="老客户 喜欢安静",
    old_number="1001",
    passes=(PassLine("头皮护理", 6, 10), PassLine("水光", 2, 5)),
)


def _read(text: str, encoding: str = "utf-8") -> list[MemberLine | BadLine]:
    return list(read_members([text.encode(encoding)]))


def _cell(header: str, cell: str) -> MemberLine | BadLine:
    """Return the only line of a file with a member number and one other cell."""
    quoted = cell.replace('"', '""')
    (line,) = _read(f'会员编号,{header}\n7,"{quoted}"\n')
    return line


def _member(header: str, cell: str) -> MemberLine:
    line = _cell(header, cell)
    assert isinstance(line, MemberLine), line
    return line


def _codes(line: MemberLine | BadLine) -> list[str]:
    assert isinstance(line, BadLine), line
    return [error.code for error in line.errors]


def _refusal(data: bytes, mapping: FileMapping | None = None) -> MemberFileRefused:
    with pytest.raises(MemberFileRefused) as refused:
        MemberFile([data], mapping or FileMapping())
    return refused.value


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("chunk_bytes", [1, 7, 100_000])
def test_a_whole_member_comes_through_every_encoding(encoding: str, said: str, line_end: str, chunk_bytes: int) -> None:
    data = f"{HEADER}\n{FULL}\n".replace("\n", line_end).encode(encoding)
    file = MemberFile(data[place : place + chunk_bytes] for place in range(0, len(data), chunk_bytes))
    assert list(file) == [FULL_MEMBER]
    assert file.encoding == said


def test_utf16_of_either_byte_order_is_read_by_its_mark() -> None:
    data = codecs.BOM_UTF16_BE + f"{HEADER}\n{FULL}".encode("utf-16-be")
    assert list(read_members([data])) == [FULL_MEMBER]


def test_utf16_without_a_mark_is_read_as_windows_programs_write_it() -> None:
    data = f"{HEADER}\n{FULL}".encode("utf-16-le")
    assert list(read_members([data], FileMapping(encoding="utf-16"))) == [FULL_MEMBER]


def test_big5_is_read_when_the_mapping_says_so() -> None:
    (line,) = read_members(["姓名,手機\n陳小姐,0912-345-678\n".encode("big5")], FileMapping(encoding="big5"))
    assert line == MemberLine(2, name="陳小姐", phone="0912345678")


def test_foreign_characters_may_come_late_in_either_encoding() -> None:
    rows = "".join(f"{number},Anna,13800138000\n" for number in range(10_000))
    for encoding in ("utf-8", "gb18030"):
        data = f"id,name,phone\n{rows}x,王小芳,13900139000\n".encode(encoding)
        *_, last = read_members(data[place : place + 4096] for place in range(0, len(data), 4096))
        assert isinstance(last, MemberLine)
        assert last.name == "王小芳"


def test_one_damaged_character_spoils_one_line_only() -> None:
    data = f"{HEADER}\n{FULL}\n2,李".encode() + b"\xff" + "四,13900139000,,,,,,,,,\n".encode()
    first, second = read_members([data])
    assert first == FULL_MEMBER
    assert "undecodable" in _codes(second)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = (
        delimiter.join(["姓名", "手机", "余额", "备注"]) + "\n" + delimiter.join(["王芳", "13800138000", "80", "a|b"])
    )
    file = MemberFile([text.encode()])
    assert file.delimiter == delimiter
    assert list(file) == [MemberLine(2, name="王芳", phone="13800138000", principal_fen=8000, remark="a|b")]


def test_of_two_delimiters_that_make_a_header_the_one_that_makes_more_of_it_is_taken() -> None:
    file = MemberFile(["姓名,手机,备注;余额\n王芳,13800138000,a;b\n".encode()])
    assert file.delimiter == ","
    assert list(file) == [MemberLine(2, name="王芳", phone="13800138000")]


def test_a_line_that_names_the_delimiter_is_understood() -> None:
    assert _read("sep=;\n姓名;手机\n王芳;13800138000\n") == [MemberLine(3, name="王芳", phone="13800138000")]


def test_a_title_above_the_header_does_no_harm() -> None:
    text = "会员资料导出,,\n2024-01-31,,\n\n姓名,手机,余额\n王芳,13800138000,80\n"
    assert _read(text) == [MemberLine(5, name="王芳", phone="13800138000", principal_fen=8000)]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("*手机号（必填）", "phone"),
        ("會員姓名", "name"),
        ("Card No.", "cards"),
        ("余额(元)", "balance"),
        ("余额（本金）", "balance"),
        ("余额（赠送）", "bonus"),
        ("E-mail", ""),
        ("Member_ID", "old_number"),
        (" Ｐhone ", "phone"),
        ("總餘額", "total"),
    ],
)
def test_headers_are_known_in_their_many_spellings(header: str, field: str) -> None:
    file = MemberFile([f"等级,IC卡号,{header}\n".encode()])
    assert [column.field for column in file.columns] == ["level", "cards", field]


def test_columns_nobody_knows_are_passed_over_and_named() -> None:
    file = MemberFile(["姓名,微信号,手机\n王芳,wx1,13800138000\n".encode()])
    assert [column.header for column in file.columns if not column.field] == ["微信号"]
    assert list(file) == [MemberLine(2, name="王芳", phone="13800138000")]


def test_the_users_mapping_goes_before_the_table() -> None:
    mapping = parse_mapping('[columns]\n"贵宾" = "name"\n"电话" = "ignore"\n"私人电话" = "phone"\n')
    (line,) = read_members(["贵宾,电话,私人电话\n王芳,01012345678,13800138000\n".encode()], mapping)
    assert line == MemberLine(2, name="王芳", phone="13800138000")


def test_a_mapped_column_replaces_one_the_table_would_take() -> None:
    mapping = parse_mapping('[columns]\n"本店余额" = "balance"\n')
    (line,) = read_members(["手机,余额,本店余额\n13800138000,1,2\n".encode()], mapping)
    assert line == MemberLine(2, phone="13800138000", principal_fen=200)


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        ("columns = 3", "member_file_mapping_wrong", "columns"),
        ('encoding = "latin"', "member_file_mapping_wrong", "encoding"),
        ('delimiter = "ab"', "member_file_mapping_wrong", "delimiter"),
        ('delimiter = ["a"]', "member_file_mapping_wrong", "delimiter"),
        ('column = "x"', "member_file_mapping_wrong", "column"),
        ('[columns]\nA = "nmae"', "member_file_mapping_wrong", "A"),
        ("[columns]\nA = [1]", "member_file_mapping_wrong", "A"),
        ("[columns", "member_file_mapping_unreadable", None),
        ("a = " + "[" * 5000, "member_file_mapping_unreadable", None),
    ],
)
def test_a_wrong_mapping_is_refused_by_its_key(text: str, code: str, key: str | None) -> None:
    with pytest.raises(MemberFileRefused) as refused:
        parse_mapping(text)
    assert refused.value.code == code
    assert refused.value.values.get("key") == key


def test_a_misspelt_field_is_answered_with_the_nearest() -> None:
    with pytest.raises(MemberFileRefused) as refused:
        parse_mapping('[columns]\nA = "nmae"')
    assert "name" in str(refused.value.values["expected"])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "member_file_empty"),
        (b"PK\x03\x04rest", "member_file_spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "member_file_spreadsheet"),
        (b"\xef\xbb\xbf\n <HTML><table>", "member_file_markup"),
        (b"a\x00b\x00", "member_file_binary"),
        (b"\n\n\n", "member_file_no_header"),
        ("王芳,13800138000\n".encode(), "member_file_no_header"),
        ("姓名,余额\n王芳,1\n".encode(), "member_file_no_identity"),
        ("姓名,手机,电话\n".encode(), "member_file_column_twice"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_a_code(data: bytes, code: str) -> None:
    assert _refusal(data).code == code


def test_a_mapped_header_that_is_not_there_is_named() -> None:
    refusal = _refusal("姓名,手机\n".encode(), FileMapping(columns={"贵宾": "name"}))
    assert (refusal.code, refusal.values) == ("member_file_mapping_unused", {"header": "贵宾"})


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("+86 13800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("'13800138000", "13800138000"),
        ('="13800138000"', "13800138000"),
        ("13800138000\t", "13800138000"),
        ("13800138000.0", "13800138000"),
        ("\u202d13800138000\u202c", "13800138000"),
        ("(010) 1234-5678", "01012345678"),
        ("0912 345 678", "0912345678"),
        ("+852 6123 4567", "+85261234567"),
        ("-", ""),
        ("无", ""),
    ],
)
def test_phones_are_read_as_people_write_them(cell: str, phone: str) -> None:
    assert _member("手机", cell).phone == phone


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.39E+10", "number_damaged"),
        ("1.38E10", "number_damaged"),
        ("1380013800", "phone_wrong"),
        ("12800138000", "phone_wrong"),
        ("138001380001", "phone_wrong"),
        ("13800138000/13900139000", "phone_several"),
        ("13800138000 13900139000", "phone_several"),
        ("12345", "phone_wrong"),
        ("微信联系", "phone_wrong"),
    ],
)
def test_a_phone_that_is_none_is_a_bad_line(cell: str, code: str) -> None:
    wrong = (LineError("手机", cell, code),)
    assert _cell("手机", cell) == BadLine(2, f'7,"{cell}"', wrong, ("7", cell), ("number", "7"))


def test_a_phone_damaged_by_a_spreadsheet_gets_a_sentence_that_helps() -> None:
    line = _cell("手机", "1.39E+10")
    assert isinstance(line, BadLine)
    assert "export the column as text" in line.errors[0].sentence


@pytest.mark.parametrize(
    ("cell", "cards"),
    [
        ("0007756302", ("0007756302",)),
        ("0007756302/0BE2FB0B", ("0007756302", "0BE2FB0B")),
        ("0007756302、0be2fb0b；A1 ; A2|A3，A4", ("0007756302", "0BE2FB0B", "A1", "A2", "A3", "A4")),
        ("A001,A002", ("A001", "A002")),
        ("A1\nA2", ("A1", "A2")),
        ("8888 0001 2345", ("888800012345",)),
        ("0001 2345 6789 0000", ("0001234567890000",)),
        ("8888\u30000001\xa02345", ("888800012345",)),
        ("8888-0001-2345", ("888800012345",)),
        ("12345 67890", ("1234567890",)),
        ("A0001234 A0001235", ("A0001234", "A0001235")),
        ("A00012 A00013", ("A00012", "A00013")),
        ("A0001234  A0001235\tA0001236", ("A0001234", "A0001235", "A0001236")),
        ("0007756302 0BE2FB0B", ("0007756302", "0BE2FB0B")),
        ("8888 0001 2345, 8888 0001 2346", ("888800012345", "888800012346")),
        ("8888 0001 2345\n8888 0001 2346", ("888800012345", "888800012346")),
        ("A0001234 A0001235,8888 0001 2345", ("A0001234", "A0001235", "888800012345")),
        ("118,23054 118,23055", ("11823054", "11823055")),
        ("04:A1:B2:C3 04:A1:B2:C4", ("04A1B2C3", "04A1B2C4")),
        ("118,23054", ("11823054",)),
        ("04 A1 B2 C3 D4 E5 F6", ("04A1B2C3D4E5F6",)),
        ("04:A1:B2:C3", ("04A1B2C3",)),
        ("A1/A1", ("A1",)),
        ("VIP-001", ("VIP001",)),
        ("'0007756302", ("0007756302",)),
        ("", ()),
    ],
)
def test_card_numbers_are_read_in_any_spelling(cell: str, cards: tuple[str, ...]) -> None:
    assert _member("卡号", cell).cards == cards


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.23457E+15", "number_damaged"),
        ("贵宾1", "card_wrong"),
        ("、、", "card_wrong"),
        ("8888 0001 2345 8888 0001 2346 8888 0001 2347", "card_wrong"),
        ("A" * 33, "card_wrong"),
        ("/".join(map(str, range(21))), "cards_too_many"),
    ],
)
def test_a_card_number_that_is_none_is_a_bad_line(cell: str, code: str) -> None:
    assert _codes(_cell("卡号", cell)) == [code]


@pytest.mark.parametrize("cell", ["8888 0001 2345", "0001 2345 6789 0000", "VIP-0017", "04 A1 B2 C3", "118,23054"])
def test_a_number_printed_in_groups_is_found_as_it_is_typed_at_the_counter(cell: str) -> None:
    assert _member("卡号", cell).cards == (normalise_number(cell),)


def test_several_card_columns_are_read_together() -> None:
    (line,) = _read("手机,卡号,内码\n13800138000,A1,A2/A1\n")
    assert isinstance(line, MemberLine)
    assert line.cards == ("A1", "A2")


def test_several_columns_of_remarks_are_read_as_one() -> None:
    (line,) = _read("手机,备注,说明\n13800138000,老客户,喜欢安静\n")
    assert isinstance(line, MemberLine)
    assert line.remark == "老客户 喜欢安静"


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("1,234.50", 123450),
        ("￥80", 8000),
        ("80元", 8000),
        ("８０", 8000),
        ("", 0),
        ("-", 0),
        ("0", 0),
        ("1000000", 10**8),
    ],
)
def test_amounts_are_read_exactly(cell: str, fen: int) -> None:
    assert _member("余额", cell).principal_fen == fen
    assert _member("赠金", cell).bonus_fen == fen


@pytest.mark.parametrize(
    ("cell", "code"),
    [("-5", "amount_negative"), ("1000000.01", "amount_absurd"), ("1.005", "amount_wrong"), ("五元", "amount_wrong")],
)
def test_an_amount_that_cannot_be_is_a_bad_line(cell: str, code: str) -> None:
    assert _codes(_cell("余额", cell)) == [code]
    assert _codes(_cell("赠金", cell)) == [code]


@pytest.mark.parametrize(
    ("row", "principal_fen", "bonus_fen"),
    [("13800138000,100,20,120", 10000, 2000), ("13800138000,,20,120", 10000, 2000)],
)
def test_a_total_balance_is_split_or_checked(row: str, principal_fen: int, bonus_fen: int) -> None:
    (line,) = _read(f"手机,余额,赠金,总余额\n{row}\n")
    assert isinstance(line, MemberLine)
    assert (line.principal_fen, line.bonus_fen) == (principal_fen, bonus_fen)


@pytest.mark.parametrize("row", ["13800138000,100,20,130", "13800138000,,200,120"])
def test_a_total_that_does_not_add_up_is_a_bad_line(row: str) -> None:
    (line,) = _read(f"手机,余额,赠金,总余额\n{row}\n")
    assert _codes(line) == ["balance_sum"]


@pytest.mark.parametrize(("cell", "points"), [("1,200", 1200), ("1200.00", 1200), ("１２", 12), ("-0", 0), ("", 0)])
def test_points_are_whole_numbers(cell: str, points: int) -> None:
    assert _member("积分", cell).points == points


@pytest.mark.parametrize(
    ("cell", "code"), [("1.5", "points_wrong"), ("-3", "points_negative"), ("9999999999", "points_absurd")]
)
def test_points_that_cannot_be_are_a_bad_line(cell: str, code: str) -> None:
    assert _codes(_cell("积分", cell)) == [code]


@pytest.mark.parametrize(
    ("cell", "birthday"),
    [
        ("1990-01-02", "1990-01-02"),
        ("1990/1/2", "1990-01-02"),
        ("1990.1.2", "1990-01-02"),
        ("19900102", "1990-01-02"),
        ("1990年1月2日", "1990-01-02"),
        ("1990-01-02 00:00:00", "1990-01-02"),
        ("1990/1/2 0:00", "1990-01-02"),
        ("01-02", "01-02"),
        ("1/2", "01-02"),
        ("1月2日", "01-02"),
        ("2-29", "02-29"),
        ("0000-00-00", ""),
        ("", ""),
        ("农历八月初三", "L08-03"),
        ("农历1990年8月15日", "L1990-08-15"),
        ("阴历1990-08-15", "L1990-08-15"),
        ("1990-08-15（农历）", "L1990-08-15"),
        ("農曆1995年閏八月十五", "L1995-08R-15"),
        ("旧历腊月廿三", "L12-23"),
        ("农历十月二十一", "L10-21"),
        ("Lunar 1990/8/15", "L1990-08-15"),
        ("L1995-08R-15", "L1995-08R-15"),
    ],
)
def test_birthdays_are_read_with_and_without_a_year(cell: str, birthday: str) -> None:
    assert _member("生日", cell).birthday == birthday


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1990-02-30", "birthday_wrong"),
        ("1890-01-01", "birthday_wrong"),
        ("02-30", "birthday_wrong"),
        ("农历八月三十一", "birthday_wrong"),
        ("L1990-13-01", "birthday_wrong"),
        ("1990-01", "birthday_wrong"),
        ("32874", "birthday_day_number"),
    ],
)
def test_a_birthday_that_is_none_is_a_bad_line(cell: str, code: str) -> None:
    assert _codes(_cell("生日", cell)) == [code]


@pytest.mark.parametrize(
    ("cell", "sex"),
    [("男", "m"), ("女", "f"), ("M", "m"), ("f", "f"), ("先生", "m"), ("女士", "f"), ("未知", ""), ("", "")],
)
def test_the_sex_is_read_from_its_usual_words(cell: str, sex: str) -> None:
    assert _member("性别", cell).sex == sex


@pytest.mark.parametrize(
    ("cell", "passes"),
    [
        ("头皮护理 6/10; 水光 2/5", (PassLine("头皮护理", 6, 10), PassLine("水光", 2, 5))),
        ("头皮护理：6/10、水光 x2/5", (PassLine("头皮护理", 6, 10), PassLine("水光", 2, 5))),
        ("烫染 3次", (PassLine("烫染", 3, 3),)),
        ("头皮护理 剩6次/共10次", (PassLine("头皮护理", 6, 10),)),
        ("头皮护理(6/10)", (PassLine("头皮护理", 6, 10),)),
        ("VIP 2 头皮 6/10", (PassLine("VIP 2 头皮", 6, 10),)),
        ("面部护理 0/10", (PassLine("面部护理", 0, 10),)),
    ],
)
def test_passes_are_read_as_name_left_and_total(cell: str, passes: tuple[PassLine, ...]) -> None:
    assert _member("次卡", cell).passes == passes


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("水光 7/5", "pass_left_above_total"),
        ("水光", "pass_wrong"),
        ("6/10", "pass_wrong"),
        ("水光 0/0", "pass_wrong"),
        ("水光 20000/20000", "pass_wrong"),
        (";".join(["水光 1/2"] * 51), "passes_too_many"),
    ],
)
def test_a_pass_that_is_none_is_a_bad_line(cell: str, code: str) -> None:
    assert _codes(_cell("次卡", cell)) == [code]


@pytest.mark.parametrize(("header", "chars"), [("姓名", 61), ("等级", 41), ("备注", 1001)])
def test_text_that_is_too_long_is_a_bad_line(header: str, chars: int) -> None:
    assert _codes(_cell(header, "长" * chars)) == ["text_too_long"]
    assert isinstance(_cell(header, "长" * (chars - 1)), MemberLine)


def test_a_member_number_rounded_by_a_spreadsheet_is_a_bad_line() -> None:
    (line,) = _read("会员编号,手机\n1.0E+11,13800138000\n")
    assert _codes(line) == ["number_damaged"]


def test_a_member_number_of_other_signs_is_kept_as_it_is_written() -> None:
    assert _member("手机", "13800138000").old_number == "7"
    assert _read("会员编号\nＡ-17/b\n") == [MemberLine(2, old_number="A-17/b")]


def test_all_errors_of_a_line_are_reported() -> None:
    row = "1003,坏,1.39E+10,贵宾,,-5,abc,1.5,1990-13-01,x,,水光 7/5,extra"
    (line,) = _read(f"{HEADER}\n{row}\n")
    assert isinstance(line, BadLine)
    assert line.raw == row
    assert [(error.column, error.value, error.code) for error in line.errors] == [
        ("", "", "too_many_columns"),
        ("手机号", "1.39E+10", "number_damaged"),
        ("卡号", "贵宾", "card_wrong"),
        ("余额", "-5", "amount_negative"),
        ("赠金", "abc", "amount_wrong"),
        ("积分", "1.5", "points_wrong"),
        ("生日", "1990-13-01", "birthday_wrong"),
        ("性别", "x", "sex_wrong"),
        ("次卡", "水光 7/5", "pass_left_above_total"),
    ]
    assert all(error.sentence.endswith(".") for error in line.errors)


def test_empty_columns_at_the_end_and_blank_lines_are_passed_over() -> None:
    text = "姓名,手机\n\n王芳,13800138000,,,\n,,\n  \n李四,13900139000\n\n"
    assert [line.line_no for line in _read(text)] == [3, 6]


@pytest.mark.parametrize("word", ["合计", "总计：", "合計", "Total", "小计:", "合计（共12人）"])
def test_a_totals_row_is_reported_as_one(word: str) -> None:
    (line,) = _read(f"姓名,手机,余额\n{word},,99999\n")
    assert _codes(line) == ["totals_row"]


def test_a_line_cut_off_before_its_amounts_is_a_bad_line() -> None:
    (line,) = _read("手机,姓名,余额\n13800138000,王芳")
    assert _codes(line) == ["too_few_columns"]


def test_a_line_that_could_not_be_found_again_is_a_bad_line() -> None:
    (line,) = _read("姓名,手机,余额\n王芳,,80\n")
    assert _codes(line) == ["no_identity"]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (MemberLine(2, old_number="7", phone="13800138000", cards=("A1",)), ("number", "7")),
        (MemberLine(2, phone="13800138000", cards=("A1",)), ("phone", "13800138000")),
        (MemberLine(2, cards=("A1", "A2")), ("card", "A1")),
    ],
)
def test_a_line_is_known_by_number_then_phone_then_card(line: MemberLine, key: tuple[str, str]) -> None:
    assert identity_key(line) == key


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("手机,编号,余额\n139,7,x\n", ("number", "7")),
        ("手机,卡号,余额\n13900001111,A1,x\n", ("phone", "13900001111")),
        ("手机,卡号,余额\n,A1,x\n", ("card", "A1")),
        ("手机,余额\n139,x\n", None),
        ("手机,余额\n,x\n", None),
    ],
)
def test_a_bad_line_says_what_it_is_known_by_as_far_as_that_can_be_read(
    text: str, identity: tuple[str, str] | None
) -> None:
    (line,) = _read(text)
    assert isinstance(line, BadLine)
    assert line.identity == identity


def test_the_columns_of_a_side_file_are_passed_over_but_for_its_note() -> None:
    text = "rejected_line,rejected_reason,rejected_beside,手机,余额\n9,余额,m1-0123abcd,13900001111,5\n9,,m2,139,5\n"
    good, bad = _read(text)
    assert good == MemberLine(2, phone="13900001111", principal_fen=500, beside="m1-0123abcd")
    assert isinstance(bad, BadLine)
    assert (bad.beside, bad.cells) == ("m2", ("9", "", "m2", "139", "5"))


def test_a_forgotten_quotation_mark_costs_its_own_line_only() -> None:
    rows = "".join(f"{number},王芳,13800138000\n" for number in range(30))
    lines = _read(f'编号,姓名,手机\n500,"王芳,13800138000\n{rows}')
    assert _codes(lines[0]) == ["quote_open"]
    assert [line.line_no for line in lines] == list(range(2, 33))
    assert all(isinstance(line, MemberLine) for line in lines[1:])


def test_a_quotation_mark_open_at_the_end_swallows_nothing() -> None:
    first, second, third = _read('编号,姓名\n1,"王芳\n2,李四\n3,陈五')
    assert _codes(first) == ["quote_open"]
    assert [second, third] == [MemberLine(3, name="李四", old_number="2"), MemberLine(4, name="陈五", old_number="3")]


def test_a_quotation_mark_inside_a_cell_is_a_character() -> None:
    assert _read('编号,备注\n1,5" 刷子\n2,x\n') == [
        MemberLine(2, old_number="1", remark='5" 刷子'),
        MemberLine(3, old_number="2", remark="x"),
    ]


def test_an_endless_line_is_one_bad_line_and_reading_goes_on() -> None:
    def chunks() -> Iterator[bytes]:
        yield "编号,备注\n1,".encode()
        for _ in range(300):
            yield b"x" * 65_536
        yield b"\n2,ok\n"

    tracemalloc.start()
    first, second = read_members(chunks())
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert _codes(first) == ["line_too_long"]
    assert isinstance(first, BadLine)
    assert len(first.raw) == 200
    assert second == MemberLine(3, old_number="2", remark="ok")
    assert peak_bytes < 4_000_000


def _many(count: int) -> Iterator[bytes]:
    yield f"{HEADER}\r\n".encode()
    for first in range(0, count, 500):
        yield "".join(
            f'{number:06d},王小{chr(0x4E00 + number % 5000)},138{number:08d},"{number:010d}/0{number:07X}",金卡,'
            f'"1,{number % 1000:03d}.50",￥{number % 977},"1,200",1990-0{number % 9 + 1}-02,女,备注,'
            "头皮护理 6/10; 水光 2/5\r\n"
            for number in range(first, first + 500)
        ).encode()


@pytest.mark.slow
def test_memory_stays_flat_however_long_the_file_is() -> None:
    tracemalloc.start()
    count = sum(isinstance(line, MemberLine) for line in read_members(_many(10_000)))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 10_000
    assert peak_bytes < 3_000_000


def _spent_s(chunks: list[bytes], count: int) -> float:
    """Return how many seconds of processor reading costs."""
    started_s = time.process_time()
    assert sum(isinstance(line, MemberLine) for line in read_members(chunks)) == count
    return time.process_time() - started_s


@pytest.mark.slow
def test_ten_times_as_many_lines_cost_about_ten_times_as_much() -> None:
    # The figure itself is the bench's; here no line may cost the more the longer the file is.
    few, many = list(_many(6_000)), list(_many(60_000))
    assert _spent_s(many, 60_000) < 25 * max(_spent_s(few, 6_000), _spent_s(few, 6_000))


def test_every_error_code_has_a_sentence() -> None:
    assert all(sentence.endswith(".") and sentence[0].isupper() for sentence in member_values.SENTENCES.values())
