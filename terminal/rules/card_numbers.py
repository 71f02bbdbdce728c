"""The many spellings of one card number, so that a tap, a keyboard reader and a printed number find the same card.

A chip number is bytes. Readers that type, and the print on the card, spell it in hexadecimal or decimal, from either
end (Wiegand 26 output `3+5`: the third byte as three digits, the last two as five). A card is stored under one normal
spelling: upper-case letters and digits without separators.
"""

from __future__ import annotations

import re

NUMBER_CHARS_MAX = 32
AS_READ, REVERSED, BOTH = "as-read", "reversed", "both"
_STRIPPED_DIGITS_MIN = 6  # a spreadsheet eats leading zeros, but a shorter number would meet shops' own small numbers
_FULL_WIDTH = str.maketrans({**{0xFF01 + shift: chr(0x21 + shift) for shift in range(0x5E)}, 0x3000: " "})
_EDGE = " \t\r\n\x00\x1d\ufeff\u200b\xa0'"
_SEPARATORS = str.maketrans("", "", " -:,_.\xa0\t")
_NUMBER = re.compile(r"[0-9A-Z]{1,32}")
_DECIMAL = re.compile(r"[0-9]+")
_HEX = re.compile(r"(?:[0-9A-F]{2})+")
_TRACK = re.compile(r"[;%](.*)\?.?")  # start and end sentinel of a magnetic stripe (ISO/IEC 7811-2), and its LRC
_TRAILING_ZERO = re.compile(r"[0-9]+\.0+")  # a number that went through a spreadsheet or a data frame
_DAMAGED = re.compile(r"[0-9]+\.[0-9]*E[+-]?[0-9]+|[0-9]+E[+-][0-9]+|[0-9]+\.[0-9]*")


def canonical_uid(uid: bytes) -> str:
    """Return the spelling a tapped chip number is stored under: all bytes in reading order, upper-case hexadecimal."""
    return uid.hex().upper()


def spellings_of_uid(uid: bytes, order: str = BOTH) -> tuple[str, ...]:
    """Return every spelling a card's number may be stored under, the canonical one first.

    `order` is which end the numbers of the shop's cards begin at: `both` when nobody knows, else only spellings from
    that end are given, and a stranger's card that is the mirror image of a member's is a stranger's.

    Four bytes (13.56 MHz): hexadecimal and ten decimal digits, in both byte orders. Five bytes (EM4100): ten and
    eight hexadecimal digits, ten decimal digits, and `3+5`. Other lengths: hexadecimal in both orders. A decimal
    number is also given without its leading zeros. `3+5` is left out for 13.56 MHz chips on purpose: its 24 bits are so
    few that a stranger's card would now and then be taken for a member's.
    """
    ends = {AS_READ: (uid,), REVERSED: (uid[::-1],), BOTH: (uid, uid[::-1])}[order]
    if len(uid) == 4:
        # The decimal number most readers type begins at the far end, so that one comes first.
        decimals = [spelling for end in reversed(ends) for spelling in _decimals(f"{int.from_bytes(end, 'big'):010d}")]
        return _unique(*map(canonical_uid, ends), *decimals)
    whole = canonical_uid(uid)
    if len(uid) == 5:
        decimal = _decimals(f"{int.from_bytes(uid[1:], 'big'):010d}")
        return _unique(whole, whole[2:], *decimal, *_decimals(_three_and_five(uid)))
    return _unique(*map(canonical_uid, ends))


def order_of(uid: bytes, printed: str) -> str:
    """Return from which end `printed` (in any spelling) gives a tapped card's number: the hint one card gives.

    `both` when it reads the same from either end, and empty when it is not this card's number at all. Raises
    `ValueError` as `normalise_number` does.
    """
    number = normalise_number(printed)
    fits = [order for order in (AS_READ, REVERSED) if number in spellings_of_uid(uid, order)]
    return BOTH if len(fits) > 1 else "".join(fits)


def normalise_number(text: str) -> str:
    """Return a typed, scanned or imported card number in the spelling it is stored under.

    Blanks, `-`, `:`, `,`, `_`, `.` between digits, a leading apostrophe, the sentinels of a magnetic stripe and a
    spreadsheet's `.0` fall away. Raises `ValueError` for anything but 1 to 32 ASCII letters and digits, and for a
    number a spreadsheet has rounded (`1.39E+10`).
    """
    bare = text.translate(_FULL_WIDTH).strip(_EDGE).upper()
    if _NUMBER.fullmatch(bare):
        return bare
    if found := _TRACK.fullmatch(bare):
        bare = found[1]
    if _TRAILING_ZERO.fullmatch(bare):
        bare = bare.partition(".")[0]
    if _DAMAGED.fullmatch(bare):
        raise ValueError("number damaged by a spreadsheet")
    bare = bare.translate(_SEPARATORS)
    if not _NUMBER.fullmatch(bare):
        raise ValueError("no card number")
    return bare


def candidates(text: str) -> tuple[str, ...]:
    """Return every normal spelling a number given in any spelling may be stored under, itself first.

    Two members found by different spellings are two members: nobody can tell which was meant. `3+5` is given only for
    a number that fits its 24 bits, for the reason `spellings_of_uid` states. Raises `ValueError` as
    `normalise_number` does.
    """
    number = normalise_number(text)
    found = [number]
    if _DECIMAL.fullmatch(number) and len(number) <= 10:
        found += _from_decimal(number)
    elif _HEX.fullmatch(number) and len(number) in {8, 10}:
        found += spellings_of_uid(bytes.fromhex(number))
        if len(number) == 8 and number.startswith("00"):
            found += _decimals(_three_and_five(bytes.fromhex("00" + number)))
    if _HEX.fullmatch(number) and len(number) in {8, 14, 16, 20}:
        found.append(bytes.fromhex(number)[::-1].hex().upper())
    return _unique(*found)


def tail(number: str) -> str:
    """Return the last four characters: all of a card number that screens and receipts show."""
    return number[-4:]


def _from_decimal(number: str) -> list[str]:
    """Return the other spellings of up to ten decimal digits: zeros lost or added, the four bytes, `3+5`."""
    value = int(number)
    found = [str(value), f"{value:08d}", f"{value:010d}"]
    if value < 1 << 32 and len(number) >= _STRIPPED_DIGITS_MIN:
        found += spellings_of_uid(value.to_bytes(4, "big"))
        if value < 1 << 24:
            found += _decimals(_three_and_five(value.to_bytes(5, "big")))
    if len(number) == 8 and int(number[:3]) < 1 << 8 and int(number[3:]) < 1 << 16:
        low_bytes = int(number[:3]) << 16 | int(number[3:])
        found += [f"{low_bytes:08X}", *_decimals(f"{low_bytes:010d}")]
    return found


def _three_and_five(uid: bytes) -> str:
    """Return the eight digits of the Wiegand 26 spelling of a five-byte number."""
    return f"{uid[2]:03d}{int.from_bytes(uid[3:5], 'big'):05d}"


def _decimals(padded: str) -> tuple[str, ...]:
    """Return a zero-padded number, and the same as a spreadsheet leaves it."""
    stripped = padded.lstrip("0")
    return (padded, stripped) if _STRIPPED_DIGITS_MIN <= len(stripped) < len(padded) else (padded,)


def _unique(*spellings: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(spellings))
