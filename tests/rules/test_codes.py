"""What a scanned text is taken for."""

from __future__ import annotations

import random

import pytest

from terminal.rules import codes
from terminal.rules.codes import (
    CollectionCode,
    GoodsCode,
    MemberCode,
    OtherShopCode,
    PaymentCode,
    PaymentShape,
    PhoneCode,
    UnknownCode,
    parse,
)

CHAIN = "0123456789abcdef0123456789abcdef"
OTHER_CHAIN = "f" * 32
PREFIX = codes.member_code_prefix(CHAIN)
OWN = codes.make_member_code(CHAIN, bytes(range(7)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("134567890123456789", PaymentCode("wechat", 18)),
        ("100000000000000000", PaymentCode("wechat", 18)),
        ("159999999999999999", PaymentCode("wechat", 18)),
        ("160000000000000000", UnknownCode("160000000000000000")),
        ("13456789012345678", UnknownCode("13456789012345678")),
        ("2512345678901234", PaymentCode("alipay", 16)),
        ("301234567890123456789012", PaymentCode("alipay", 24)),
        ("3012345678901234567890123", UnknownCode("3012345678901234567890123")),
        ("281234567890123", UnknownCode("281234567890123")),
        ("241234567890123456", UnknownCode("241234567890123456")),
        ("311234567890123456", UnknownCode("311234567890123456")),
        ("fp" + "0a" * 16 + "f", PaymentCode("alipay", 35)),
        ("6212345678901234567", PaymentCode("unionpay", 19)),
        ("621234567890123456", UnknownCode("621234567890123456")),
        ("0112345678901234567", PaymentCode("ecny", 19)),
        ("１３４５６７８９０１２３４５６７８９", PaymentCode("wechat", 18)),  # an input method was on
        ("1345 6789 0123 4567 89", PaymentCode("wechat", 18)),  # typed as the phone shows it
        ("\ufeff134567890123456789\r\n", PaymentCode("wechat", 18)),
        ("110101199001011234", PaymentCode("wechat", 18)),  # a resident id of Beijing: refused as well, never searched
        ("6901234567892", GoodsCode("6901234567892")),
        ("6901234567893", UnknownCode("6901234567893")),
        ("96385074", GoodsCode("96385074")),
        ("036000291452", GoodsCode("036000291452")),
        ("10614141000415", GoodsCode("10614141000415")),
        ("wxp://f2f0abc", CollectionCode("wechat")),
        ("weixin://wxpay/bizpayurl?pr=x", CollectionCode("wechat")),
        ("https://u.wechat.com/abc", CollectionCode("wechat")),
        ("HTTPS://QR.ALIPAY.COM/FKX012", CollectionCode("alipay")),
        ("alipays://platformapi/startapp", CollectionCode("alipay")),
        ("https://qr.95516.com/00010000/6", CollectionCode("unionpay")),
        ("https://qr.alipay.com.example.org/x", UnknownCode("https://qr.alipay.com.example.org/x", "web_address")),
        ("http://example.org/?u=qr.alipay.com", UnknownCode("http://example.org/?u=qr.alipay.com", "web_address")),
        ("13800138000", PhoneCode("13800138000")),
        ("１３８ ００１３ ８０００", PhoneCode("13800138000")),
        ("+8613800138000", PhoneCode("13800138000")),
        ("12800138000", UnknownCode("12800138000")),
        ("0007756302", UnknownCode("0007756302")),
        ("王小芳", UnknownCode("王小芳")),
        ("", UnknownCode("", "empty")),
        (" \r\n", UnknownCode("", "empty")),
        ("7" * 5000, UnknownCode("", "too_long")),
        ("٣٤" * 9, UnknownCode("٣٤" * 9)),  # digits of another script are no ASCII digits
    ],
)
def test_each_shape_is_taken_for_what_it_is(text: str, expected: codes.Code) -> None:
    assert parse(text, PREFIX) == expected


def test_a_payment_code_leaves_nothing_of_its_text() -> None:
    assert "134567890123456789" not in repr(parse("134567890123456789", PREFIX))
    assert PaymentCode.__slots__ == ("provider", "length")


def test_no_personal_text_is_in_a_printed_code() -> None:
    for text in (OWN, "13800138000", "rubbish-44"):
        assert text not in repr(parse(text, PREFIX))


def test_shapes_of_payment_codes_can_be_widened() -> None:
    wider = (*codes.PUBLISHED_SHAPES, PaymentShape("newpay", "77[0-9]{18}"))
    assert parse("77" + "1" * 18, PREFIX, wider) == PaymentCode("newpay", 20)
    assert isinstance(parse("77" + "1" * 18, PREFIX), UnknownCode)


def test_own_member_codes_are_short_ascii_that_begins_with_letters() -> None:
    assert len(OWN) == 19
    assert OWN.isascii()
    assert OWN.startswith("CF1-")
    assert parse(OWN, PREFIX) == MemberCode(OWN)


@pytest.mark.parametrize("spoiled", [OWN.lower(), OWN.replace("-", ""), f"  {OWN}\r\n", OWN.replace("0", "O")])
def test_a_member_code_typed_otherwise_is_the_same_code(spoiled: str) -> None:
    assert parse(spoiled, PREFIX) == MemberCode(OWN)


def test_a_member_code_of_another_chain_is_told_apart() -> None:
    theirs = codes.make_member_code(OTHER_CHAIN, bytes(7))
    assert parse(theirs, PREFIX) == OtherShopCode(theirs[4:8])


def test_every_single_wrong_character_is_noticed() -> None:
    for place in range(4, len(OWN)):
        for character in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            if character != OWN[place]:
                wrong = parse(OWN[:place] + character + OWN[place + 1 :], PREFIX)
                assert isinstance(wrong, UnknownCode)
                assert wrong.reason == "member_check"


def test_a_code_of_a_later_version_is_said_to_be_one() -> None:
    found = parse("CF2" + OWN[3:], PREFIX)
    assert isinstance(found, UnknownCode)
    assert found.reason == "member_version"


def test_check_character_of_a_published_example() -> None:
    assert codes.check_character("A12425GABC1234002") == "M"  # the example of the Global Release Identifier standard


def test_member_codes_differ_and_are_always_readable() -> None:
    seed = random.randrange(10**9)
    print("seed", seed)
    source = random.Random(seed)
    made = {codes.make_member_code(CHAIN, source.randbytes(7)) for _ in range(2000)}
    assert len(made) == 2000
    assert all(parse(code, PREFIX) == MemberCode(code) for code in made)


def test_a_body_of_the_wrong_length_makes_no_code() -> None:
    with pytest.raises(ValueError, match="7 random bytes"):
        codes.make_member_code(CHAIN, b"short")
