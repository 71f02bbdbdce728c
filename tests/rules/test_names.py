"""Masks and initials."""

from __future__ import annotations

import pypinyin
import pytest

from terminal.rules import names, surnames


def _initial_of(character: str) -> str:
    return pypinyin.lazy_pinyin(character)[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("王小芳", "王"),
        (" 王 芳 ", "王"),
        ("欧阳娜娜", "欧阳"),
        ("歐陽修", "歐陽"),
        ("司马懿", "司马"),
        ("欧阳", "欧"),
        ("欧阳女士", "欧阳"),
        ("王女士", "王"),
        ("陈姐", "陈"),
        ("王大哥", "王"),
        ("阿依古丽·买买提", "阿"),
        ("𠮷野家", "𠮷"),
        ("Mary Smith", "Smith"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_the_surname_is_found(name: str, expected: str) -> None:
    assert names.surname(name) == expected


@pytest.mark.parametrize(
    ("name", "sex", "expected"),
    [
        ("王小芳", "f", "王女士"),
        ("王小明", "m", "王先生"),
        ("王小明", "", "王*"),
        ("欧阳锋", "m", "欧阳先生"),
        ("陈小姐", "", "陈女士"),
        ("李先生", "", "李先生"),
        ("陈姐", "", "陈*"),
        ("", "", "*"),
    ],
)
def test_a_mask_shows_the_surname_and_the_title(name: str, sex: str, expected: str) -> None:
    assert names.masked(name, sex) == expected


@pytest.mark.parametrize(
    ("phone", "expected"),
    [
        ("13812345678", "138****5678"),
        ("+86 138-1234-5678", "138****5678"),
        ("0912345678", "091***5678"),
        ("61234567", "****4567"),
        ("1234567", "****"),
        ("", ""),
    ],
)
def test_a_phone_shows_its_ends_only(phone: str, expected: str) -> None:
    assert names.mask_phone(phone) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("王小芳", "WXF"),
        ("单雄信", "SXX"),
        ("曾国藩", "ZGF"),
        ("仇英", "QY"),
        ("解缙", "XJ"),
        ("任盈盈", "RYY"),
        ("查良镛", "ZLY"),
        ("区小姐", "O"),
        ("尉迟恭", "YCG"),
        ("長孫無忌", "ZSWJ"),
        ("单于", "CY"),
        ("小单", "XD"),
        ("Mary Smith", "MS"),
        ("VIP王芳", "VWF"),
        ("", ""),
        ("·*?", ""),
    ],
)
def test_initials_know_how_surnames_are_read(name: str, expected: str) -> None:
    assert names.initials(name, _initial_of) == expected


def test_a_character_without_a_reading_is_left_out() -> None:
    assert names.initials("王芳", lambda character: "" if character == "芳" else "w") == "W"


@pytest.mark.parametrize(
    ("surname", "latin"),
    [
        ("王", "Wang"),
        ("单", "Shan"),
        ("曾", "Zeng"),
        ("仇", "Qiu"),
        ("朴", "Piao"),
        ("吕", "Lyu"),
        ("呂", "Lyu"),
        ("欧阳", "Ouyang"),
        ("尉遲", "Yuchi"),
        ("Smith", "Smith"),
        ("䶮", "䶮"),
        ("", ""),
    ],
)
def test_a_surname_is_read_as_names_are_read_and_an_unknown_one_stays(surname: str, latin: str) -> None:
    assert surnames.latin(surname) == latin


def test_a_surname_has_the_same_first_letter_for_screens_and_for_the_search() -> None:
    read_otherwise = "单單折召解郇曾查翟祭仇覃区區种句秘繁"
    assert [
        each for each in read_otherwise if names.initials(each, _initial_of) != surnames.latin(each)[:1].upper()
    ] == []


@pytest.mark.parametrize("name", ["王小芳", "欧阳娜娜", "单于静", "Smith"])
@pytest.mark.parametrize("sex", ["f", "m", ""])
def test_a_masked_name_is_taken_apart_again(name: str, sex: str) -> None:
    assert names.parted(names.masked(name, sex)) == (names.surname(name), sex)
