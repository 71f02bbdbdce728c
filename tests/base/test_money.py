"""Amounts as text."""

from __future__ import annotations

import random

import pytest

from terminal.base.money import FEN_MAX, format_yuan, parse_yuan


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0),
        ("80", 8000),
        ("80.5", 8050),
        ("80.05", 8005),
        ("80.500", 8050),
        ("1,234.50", 123450),
        ("1,234,567", 123456700),
        ("￥80", 8000),
        ("¥ 80", 8000),
        ("RMB80", 8000),
        ("80元", 8000),
        (" 80 块 ", 8000),
        ("８０．５", 8050),
        ("１，２３４", 123400),
        ("-5", -500),
        ("007", 700),
        ("10000000000", FEN_MAX),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        "元",
        "1.234",
        "1,23",
        "12,34.5",
        "1.2.3",
        "1e5",
        "1.39E+10",
        "abc",
        "--5",
        "5-",
        "10000000000.01",
        "9" * 5000,
    ],
)
def test_what_is_no_exact_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - that it is one is all it promises
        parse_yuan(text)


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0.00"), (5, "0.05"), (123450, "1,234.50"), (-5, "-0.05"), (-123456789, "-1,234,567.89")],
)
def test_amounts_are_written_with_commas_and_two_decimals(fen: int, text: str) -> None:
    assert format_yuan(fen) == text


def test_a_written_amount_reads_back_the_same() -> None:
    seed = random.randrange(10**9)
    print("seed", seed)
    source = random.Random(seed)
    for _ in range(2000):
        fen = source.randint(-FEN_MAX, FEN_MAX)
        assert parse_yuan(format_yuan(fen)) == fen
