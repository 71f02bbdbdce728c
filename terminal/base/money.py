"""Money: integer fen everywhere; text only at the edges."""

from __future__ import annotations

import re

FEN_MAX = 10**12  # ten thousand million yuan: far above any shop, far below what JSON numbers hold exactly

_FULL_WIDTH_MARKS = dict(zip("\uff0e\uff0c\uff0d\uff0b\u3000", ".,-+ ", strict=True))
_FULL_WIDTH_DIGITS = {chr(0xFF10 + digit): str(digit) for digit in range(10)}
_FULL_WIDTH = str.maketrans(_FULL_WIDTH_DIGITS | _FULL_WIDTH_MARKS)
_SIGN = re.compile(r"^(?:[¥￥]|RMB|CNY|NT\$|\$)?\s*|\s*(?:元|圆|块|yuan)$", re.IGNORECASE)
_PLAIN = re.compile(r"(-?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]{1,2})0*)?")


def parse_yuan(text: str) -> int:
    """Return fen for an amount as people write it (`1,234.50`, `￥80`, `80元`, full-width digits).

    Raises `ValueError` when the text is no exact amount of fen or is beyond `FEN_MAX`.
    """
    bare = _SIGN.sub("", text.translate(_FULL_WIDTH).strip())
    found = _PLAIN.fullmatch(bare)
    if found is None:
        raise ValueError(text)
    sign, whole, cents = found.groups()
    fen = int(whole.replace(",", "")) * 100 + int((cents or "0").ljust(2, "0"))
    if fen > FEN_MAX:
        raise ValueError(text)
    return -fen if sign else fen


def format_yuan(fen: int) -> str:
    """Return yuan with two decimals and thousands commas, without a currency sign: 123450 -> `1,234.50`."""
    sign = "-" if fen < 0 else ""
    yuan, cents = divmod(abs(fen), 100)
    return f"{sign}{yuan:,}.{cents:02d}"
