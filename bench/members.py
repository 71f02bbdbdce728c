"""Made-up members: the same ones in every run, as a file to import and as cards to tap."""

from __future__ import annotations

import csv
import json
import pathlib
from collections.abc import Iterable

MANY = 100_000
FEW = 10
# Raised when the file below changes, so that a kept store made from an older one is made anew.
FILE_VERSION = 1
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = (
    "雨桐",
    "书航",
    "若兰",
    "思琪",
    "建国",
    "嘉怡",
    "敏",
    "晓彤",
    "文静",
    "磊",
    "慧玲",
    "思远",
    "欣然",
    "子涵",
    "强",
)
LEVELS = ("银卡", "金卡", "钻石", "")
HEADER = ("会员编号", "姓名", "性别", "手机", "卡号", "等级", "储值余额", "赠送余额", "积分", "生日", "疗程", "备注")
_ODD = 2_654_435_761  # an odd factor permutes the numbers below 2**24, so cards lie scattered in the index


def card_uid(member: int) -> str:
    """Return the chip number of a member's card, eight hexadecimal digits; no two spell alike from either end."""
    mixed = member * _ODD % (1 << 24)
    # The first byte is 10 to 1F and the last 80 to 8F: read backwards it is nobody's card.
    return f"{(0x10 << 24) | (mixed >> 4 << 8) | 0x80 | (mixed & 0xF):08X}"


def card_id(member: int) -> str:
    """Return the name of a member's card in the simulator's deck."""
    return f"m{member}"


def member_row(member: int) -> tuple[str, ...]:
    """Return one line of the file; what a member has depends on the number only."""
    name = SURNAMES[member % len(SURNAMES)] + GIVEN[member // 7 % len(GIVEN)]
    passes = f"头皮护理 {member % 9 + 1}/10" if member % 3 == 0 else ""
    return (
        f"M{member:07d}",
        name,
        "女" if member % 4 else "男",
        f"138{member:08d}",
        card_uid(member),
        LEVELS[member % len(LEVELS)],
        f"{100 + member % 5000}.{member % 100:02d}",
        f"{member % 4 * 50}.00",
        str(member % 9000),
        f"{1960 + member % 50}-{member % 12 + 1:02d}-{member % 28 + 1:02d}",
        passes,
        "",
    )


def write_file(path: pathlib.Path, members: int) -> None:
    """Write the first `members` members as an old system would export them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADER)
        table.writerows(member_row(member) for member in range(members))


def write_deck(path: pathlib.Path, members: Iterable[int]) -> None:
    """Write the cards of some members as a deck of the simulated reader."""
    deck = [
        {"id": card_id(member), "label": card_id(member), "kind": "fudan_m1", "uid": card_uid(member)}
        for member in members
    ]
    path.write_text(json.dumps(deck, ensure_ascii=False), encoding="utf-8")
