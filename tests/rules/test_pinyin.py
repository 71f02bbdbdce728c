"""A name typed in full pinyin is read as surname and initials."""

from __future__ import annotations

import random

import pytest

from terminal.rules import surnames
from terminal.rules.pinyin import READINGS_MAX, TEXT_CHARS_MAX, readings


@pytest.mark.parametrize(
    ("typed", "surname", "initials"),
    [
        ("wangxiaofang", "王", "WXF"),
        ("Wang Xiaofang", "王", "WXF"),
        ("wang", "王", "W"),
        ("wangx", "王", "WX"),
        ("wangxiaof", "王", "WXF"),
        ("shanxiaofeng", "单", "SXF"),
        ("zengsiqi", "曾", "ZSQ"),
        ("qiuzihan", "仇", "QZH"),
        ("ouyangruolan", "欧阳", "OYRL"),
        ("yuchigong", "尉迟", "YCG"),
        ("lvsiyuan", "吕", "LSY"),
        ("lüsiyuan", "吕", "LSY"),
        ("lyusiyuan", "吕", "LSY"),
        ("zhangan", "张", "ZA"),
        ("zhaoer", "赵", "ZE"),
    ],
)
def test_full_pinyin_is_read_as_a_name(typed: str, surname: str, initials: str) -> None:
    assert initials in [reading.initials for reading in readings(typed) if surname in reading.surnames]


@pytest.mark.parametrize("text", ["", "wxf", "王", "13800138001", "wang1", "xkcd", "wangvvv", "x" * 5000])
def test_what_is_no_name_in_pinyin_has_no_reading(text: str) -> None:
    assert readings(text) == ()


def test_another_surname_is_never_among_the_readings() -> None:
    assert all(surnames.latin(each) == "Wang" for reading in readings("wangxiaofang") for each in reading.surnames)


def test_any_text_has_few_readings_and_each_holds_a_surname() -> None:
    seed = 20261122
    chance = random.Random(seed)
    for _ in range(500):
        text = "".join(chance.choices("aeiouvnghzcsxwly", k=chance.randint(1, TEXT_CHARS_MAX)))
        found = readings(text)
        assert len(found) <= READINGS_MAX, (seed, text)
        assert all(reading.surnames and reading.initials.isupper() for reading in found), (seed, text)
