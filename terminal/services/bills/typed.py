"""What people type beside figures: receipt numbers, names of free lines, labels. Nothing that could pay is kept."""

from __future__ import annotations

import re

from terminal.base.errors import Refusal
from terminal.rules.codes import PaymentCode, parse

# A receipt's or approval's number, as banks and wallets print it: at most 32 letters and digits, perhaps in groups.
REFERENCE_CHARS_MAX = 32
# No payment code is shorter (`rules.codes.PUBLISHED_SHAPES`), so most texts need no look at their shape.
CODE_CHARS_LEAST = 16
_REFERENCE = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z /._-]*[0-9A-Za-z])?")
# Runs of characters that a payment code could be, alone or in groups as people type and phones show them.
_RUN = re.compile(r"[0-9A-Za-z]+")
_GROUPED = re.compile(r"[0-9]+(?:[ ./_-]?[0-9]+)*")
_BETWEEN = re.compile(r"[ ./_-]")
_WIDE = str.maketrans({0xFF01 + shift: chr(0x21 + shift) for shift in range(0x5E)} | {0x3000: " "})


def reference(text: str) -> str:
    """Return the number of a receipt or an approval as it is kept, without blanks around it.

    Raises `Refusal` `tender_reference_bad` (most) for what is none, `text_is_payment_code` for what could pay.
    """
    bare = text.strip()
    check_harmless(bare)
    if bare and (len(bare) > REFERENCE_CHARS_MAX or not _REFERENCE.fullmatch(bare)):
        raise Refusal("tender_reference_bad", most=REFERENCE_CHARS_MAX)
    return bare


def one_line(text: str, most: int, refusal: Refusal) -> str:
    """Return a typed line without blanks around it.

    Raises `refusal` where it is longer than `most` or more than a line, `text_is_payment_code` for what could pay.
    """
    bare = text.strip()
    if len(bare) > most or not bare.isprintable():
        raise refusal
    check_harmless(bare)
    return bare


def check_harmless(text: str) -> None:
    """Raise `Refusal` `text_is_payment_code` where a text is or holds something of the shape of a payment code."""
    plain = text.translate(_WIDE)
    runs = [plain, *_RUN.findall(plain), *(_BETWEEN.sub("", each) for each in _GROUPED.findall(plain))]
    if any(len(run) >= CODE_CHARS_LEAST and isinstance(parse(run, ""), PaymentCode) for run in runs):
        raise Refusal("text_is_payment_code")
