"""What of a person's name and telephone number a screen or receipt may show, and the initials a cashier finds it by."""

from __future__ import annotations

import re
from collections.abc import Callable

_COMPOUND = frozenset(
    re.findall(  # two characters each
        "..",
        "欧阳歐陽司马司馬上官诸葛諸葛夏侯东方東方皇甫尉迟尉遲公孙公孫慕容令狐长孙長孫宇文司徒司空独孤獨孤"
        "南宫南宮端木百里呼延东郭東郭西门西門第五申屠太史轩辕軒轅钟离鍾離闾丘閭丘澹台澹臺公冶宗政濮阳濮陽"
        "淳于单于單于仲孙仲孫鲜于鮮于拓跋赫连赫連万俟萬俟闻人聞人公羊梁丘左丘谷梁穀梁段干颛孙顓孫漆雕乐正"
        "樂正壤驷壤駟公良夹谷夾谷宰父微生羊舌纳兰納蘭叶赫葉赫完颜完顏耶律东门東門南门南門巫马巫馬公西太叔"
        "子车子車归海歸海贺兰賀蘭公输公輸",
    )
)
# Characters whose reading as a surname begins with another letter than their everyday reading.
_SURNAME_INITIALS = {
    **dict.fromkeys("单單折召", "S"),
    **dict.fromkeys("解郇", "X"),
    **dict.fromkeys("曾查翟祭", "Z"),
    **dict.fromkeys("仇覃", "Q"),
    **dict.fromkeys("区區", "O"),
    "种": "C",
    "句": "G",
    "秘": "B",
    "繁": "P",
}
_COMPOUND_INITIALS = {
    **dict.fromkeys(("尉迟", "尉遲"), "YC"),
    **dict.fromkeys(("单于", "單于"), "CY"),
    **dict.fromkeys(("长孙", "長孫"), "ZS"),
    **dict.fromkeys(("澹台", "澹臺"), "TT"),
    **dict.fromkeys(("万俟", "萬俟"), "MQ"),
    **dict.fromkeys(("乐正", "樂正"), "YZ"),
    **dict.fromkeys(("子车", "子車"), "ZJ"),
}
_TITLES = {
    **dict.fromkeys(("女士", "小姐", "太太", "阿姨"), "f"),
    **dict.fromkeys(("先生",), "m"),
    **dict.fromkeys(("老师", "老師", "总", "總", "姐", "哥", "经理", "經理"), ""),
}
_WORDS = {"f": "女士", "m": "先生"}
_HAN = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_INITIAL_UNITS = re.compile(r"[A-Za-z]+|[0-9]+|" + _HAN.pattern)
_BLANKS = re.compile(rf"(?<={_HAN.pattern})\s+(?={_HAN.pattern})")
_DIGITS = re.compile(r"[0-9]")
_MIDDLE_DOTS = re.compile("[·•・‧.]")


def closed_up(text: str) -> str:
    """Return a name without the blanks between its Chinese characters, which people put there to line names up."""
    return _BLANKS.sub("", text)


def surname(name: str) -> str:
    """Return the surname: one Chinese character, two for a compound surname, the last word of a Latin name.

    A two-character name such as `欧阳` is taken as surname and given name unless a title follows it (`欧阳女士`); of a
    name written with a middle dot only the first character is given.
    """
    bare, titled, _ = _split_title(name)
    if not bare:
        return ""
    if not _HAN.match(bare):
        return bare.split()[-1]
    if bare[:2] in _COMPOUND and (len(bare) > 2 or titled) and not _MIDDLE_DOTS.search(bare):
        return bare[:2]
    return bare[0]


def masked(name: str, sex: str) -> str:
    """Return the name as the kiosk and receipts show it: `王女士`, `王先生`, or `王*` where the sex is unknown.

    `sex` is `f`, `m` or empty; a title inside the name (`陈小姐`) decides where it is empty.
    """
    _, _, by_title = _split_title(name)
    return surname(name) + _WORDS.get(sex or by_title, "*")


def title_of(masked_name: str) -> str:
    """Return `ms`, `mr` or nothing for a masked name."""
    return "ms" if masked_name.endswith("女士") else "mr" if masked_name.endswith("先生") else ""


def parted(masked_name: str) -> tuple[str, str]:
    """Return the surname in a masked name and what it says of the person: `f`, `m` or empty."""
    for sex, word in _WORDS.items():
        if masked_name.endswith(word):
            return masked_name.removesuffix(word), sex
    return masked_name.removesuffix("*"), ""


def mask_phone(phone: str) -> str:
    """Return `138****5678`: three digits, stars, the last four; eight digits show four, fewer nothing."""
    digits = "".join(_DIGITS.findall(phone))
    if digits.startswith("86") and len(digits) == 13:
        digits = digits[2:]
    if len(digits) < 8:
        return "****" if digits else ""
    head = digits[:3] if len(digits) >= 10 else ""
    return f"{head}{'*' * (len(digits) - len(head) - 4)}{digits[-4:]}"


def initials(name: str, initial_of: Callable[[str], str]) -> str:
    """Return the upper-case pinyin initials of a name, `王小芳` to `WXF`; a Latin word gives its first letter.

    `initial_of` gives one character's reading or its first letter (empty where it has none); surnames that are read
    otherwise than the everyday character (单 Shan, 仇 Qiu, 解 Xie, 尉迟 Yuchi ...) are decided here.
    """
    bare, _, _ = _split_title(name)
    known = _COMPOUND_INITIALS.get(bare[:2]) or _SURNAME_INITIALS.get(bare[:1], "")
    rest = bare[len(known) :]
    letters = [unit[0] if unit[0].isascii() else initial_of(unit)[:1] for unit in _INITIAL_UNITS.findall(rest)]
    return (known + "".join(letters)).upper()


def _split_title(name: str) -> tuple[str, bool, str]:
    """Return the name without a title behind it, whether one was there, and the sex it tells (or empty)."""
    bare = " ".join(name.split())
    if not _HAN.match(bare):
        return bare, False, ""
    bare = bare.replace(" ", "")
    for title, sex in _TITLES.items():
        if bare.endswith(title) and 0 < len(bare) - len(title) <= 3:
            # 姐, 哥 and 总 are given names too: only after a bare surname are they a title.
            rest = bare[: -len(title)]
            if sex or len(title) > 1 or len(rest) == 1 or rest in _COMPOUND:
                return rest, True, sex
    return bare, False, ""
