"""A strip maker without a font: each sign is a pattern made of its code point, in the true cells."""

from __future__ import annotations

from terminal.rules.receipt_raster import Size, Strip


def pattern_strip(line: str, size: Size) -> Strip:
    """Return `line` as bars: 12 or 24 dots a sign, the sign's code point as dots in every row, blanks white."""
    bits = "".join(_sign_bits(sign, size[0]) for sign in line)
    width_bytes = (len(bits) + 7) // 8
    row = int(bits.ljust(width_bytes * 8, "0"), 2).to_bytes(width_bytes)
    return Strip(width_bytes, 24 * size[1], row * 24 * size[1])


def _sign_bits(sign: str, factor: int) -> str:
    cell = 12 if sign <= "~" else 24
    code = 0 if sign == " " else ord(sign)
    return "".join(bit * factor for bit in f"{code:0{cell}b}")
