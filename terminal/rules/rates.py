"""Rates as people write them: 88%, 8.8折."""

from __future__ import annotations

import re

_ZHE = re.compile(r"([0-9](?:\.[0-9]{1,3})?|10)\s*折")
_PERCENT = re.compile(r"([0-9]{1,4})(?:\.([0-9]{1,2}))?\s*[%％]")


def parse_rate(text: str) -> int:
    """Return ten-thousandths of a rate as people write it (`88%`, `8.8折`); raise `ValueError` for anything else."""
    if found := _ZHE.fullmatch(text.strip()):
        whole, _, rest = found[1].partition(".")
        return int(whole) * 1_000 + int(rest.ljust(3, "0"))
    if found := _PERCENT.fullmatch(text.strip()):
        return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    raise ValueError(text)


def format_rate(rate_bp: int) -> str:
    """Return a rate as a percentage without needless digits: 8800 -> `88%`, 8850 -> `88.5%`."""
    sign, (whole, rest) = "-" * (rate_bp < 0), divmod(abs(rate_bp), 100)
    return f"{sign}{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%" if rest else f"{sign}{whole}%"
