"""Which numbers may become a gift card's: a card's own, and nothing by which somebody is found or could pay."""

from __future__ import annotations

import re

from terminal.base.errors import Refusal
from terminal.rules.card_numbers import normalise_number
from terminal.rules.codes import MemberCode, OtherShopCode, PaymentCode, UnknownCode, parse
from terminal.rules.member_values import BadValue, phone
from terminal.services.members import Members

_MOBILE = re.compile(r"(?:00)?(?:86)?1[3-9][0-9]{9}")  # of the mainland, with or without the country's code
# A shorter number would meet others in one of its spellings (`card_numbers.candidates`), and is quickly guessed.
CHARS_LEAST = 6


def check_number(text: str) -> None:
    """Raise `Refusal` for what is no number of a gift card: money is never put onto it.

    That is `card_number_bad` for what is no card number or a member code, `payment_code_unexpected` for what could pay,
    `gift_number_phone` for a telephone number.
    """
    code = parse(text, "")
    if isinstance(code, PaymentCode):
        raise Refusal("payment_code_unexpected")
    if isinstance(code, (MemberCode, OtherShopCode)) or (isinstance(code, UnknownCode) and code.reason):
        raise Refusal("card_number_bad")
    try:
        # A telephone number says what it is also where a sign before it keeps it from being a card's.
        if _MOBILE.fullmatch(normalise_number(text.strip().removeprefix("+"))):
            raise Refusal("gift_number_phone")
        normalise_number(text)
    except ValueError as error:
        raise Refusal("card_number_bad") from error


def check_new(text: str, members: Members) -> None:
    """Raise `Refusal` for a number that may not become a new gift card's.

    That is what `check_number` raises, `gift_number_short` (least), and `gift_number_phone` also for the number of a
    member's telephone that is none of a mobile.
    """
    check_number(text)
    if len(normalise_number(text)) < CHARS_LEAST:
        raise Refusal("gift_number_short", least=CHARS_LEAST)
    try:
        digits = phone(text)
    except BadValue:
        return
    if members.with_phone(digits):
        raise Refusal("gift_number_phone")
