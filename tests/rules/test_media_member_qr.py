"""The member QR: its one form, its signature, its minute, and that it is taken once."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ChainId
from terminal.rules import codes
from terminal.rules.media import member_qr
from terminal.rules.media.member_qr import Taken

# RFC 8032, 7.1, test 1.
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
KEY = Ed25519PrivateKey.from_private_bytes(SECRET)
KEYS = {7: PUBLIC}
CHAIN, OTHER_CHAIN = ChainId("0123456789abcdef" * 2), ChainId("f" * 32)
ACCOUNT = AccountId("00112233445566778899aabbccddeeff")
AT_S = 1_795_000_000
NONCE = bytes(range(7))
CODE = member_qr.issue(KEY, 7, CHAIN, ACCOUNT, AT_S, NONCE)
VECTOR = (
    "CFQ1SWZV2BYACERDGRCVMZ3YRGNKXPGN33X7ABVP3BWAAAAQEAYEAUDAIBCV2M3JB6US62BUUYOJK7L"
    "VV5KLK73Y3QNP4OJH2QKLXMKZJF3V5UWEUFDKHS7ITLBFJCNO3VKRN4MTM5W3NMBJD5YGAUJ4AESMAA"
)


def refusal_of(text: str, now_s: int = AT_S, taken: Taken | None = None, chain: ChainId = CHAIN) -> str:
    """The code with which a text is refused, empty where it is taken."""
    try:
        member_qr.verified(text, KEYS, chain, now_s, taken or Taken())
    except Refusal as refusal:
        return refusal.code
    return ""


def signed_by_hand(head: bytes, chain: str = CHAIN) -> str:
    """The text of 32 bytes, signed and written without the code under test."""
    signature = KEY.sign(b"counterfoil member qr\x00" + bytes.fromhex(chain) + head)
    return "CFQ1" + base64.b32encode(head + signature).decode().rstrip("=")


def test_the_layout_is_the_one_that_is_written_down() -> None:
    tag = hashlib.sha256(b"counterfoil member qr tag\x00" + bytes.fromhex(CHAIN)).digest()[:3]
    head = tag + b"\x07" + bytes.fromhex(ACCOUNT) + AT_S.to_bytes(5, "big") + NONCE
    assert CODE.text == signed_by_hand(head)
    assert CODE.text == VECTOR
    assert len(CODE.text) == member_qr.TEXT_CHARS == 158


def test_a_fresh_code_names_its_account_and_is_taken_once() -> None:
    account, taken = member_qr.verified(VECTOR, KEYS, CHAIN, AT_S + 5, Taken())
    assert account == ACCOUNT
    assert refusal_of(VECTOR, AT_S + 6, taken) == "member_qr_replayed"
    other = member_qr.issue(KEY, 7, CHAIN, ACCOUNT, AT_S, bytes(7))
    assert refusal_of(other.text, AT_S + 6, taken) == ""


@pytest.mark.parametrize(
    ("after_s", "code"),
    [(-16, "member_qr_early"), (-15, ""), (0, ""), (60, ""), (75, ""), (76, "member_qr_expired")],
)
def test_a_code_lives_a_minute_and_clocks_may_differ_by_fifteen_seconds(after_s: int, code: str) -> None:
    assert refusal_of(VECTOR, AT_S + after_s) == code


def test_a_clock_turned_back_does_not_bring_a_code_back() -> None:
    _, taken = member_qr.verified(VECTOR, KEYS, CHAIN, AT_S, Taken())
    later = member_qr.issue(KEY, 7, CHAIN, ACCOUNT, AT_S + 200, NONCE)
    _, taken = member_qr.verified(later.text, KEYS, CHAIN, AT_S + 200, taken)
    assert list(taken.until_s) == [later.signed]  # the first is forgotten, being too old
    assert refusal_of(VECTOR, AT_S, taken) == "member_qr_expired"


def test_what_is_taken_stays_as_long_as_it_could_come_again() -> None:
    _, taken = member_qr.verified(VECTOR, KEYS, CHAIN, AT_S, Taken())
    other = member_qr.issue(KEY, 7, CHAIN, ACCOUNT, AT_S + 75, NONCE)
    _, taken = member_qr.verified(other.text, KEYS, CHAIN, AT_S + 75, taken)
    assert len(taken.until_s) == 2
    assert refusal_of(VECTOR, AT_S + 75, taken) == "member_qr_replayed"


def test_a_refused_code_takes_nothing() -> None:
    before = Taken()
    assert refusal_of(VECTOR, AT_S + 500, before) == "member_qr_expired"
    assert before == Taken()


def test_another_shops_code_is_told_apart() -> None:
    other = member_qr.issue(KEY, 7, OTHER_CHAIN, ACCOUNT, AT_S, NONCE)
    assert refusal_of(other.text) == "other_shop_code"
    assert refusal_of(VECTOR, chain=OTHER_CHAIN) == "other_shop_code"


def test_the_signature_covers_the_chain_beyond_its_tag() -> None:
    assert refusal_of(signed_by_hand(CODE.signed, OTHER_CHAIN)) == "member_qr_forged"


def test_a_key_that_is_not_known_yet_is_said() -> None:
    newer = member_qr.issue(KEY, 8, CHAIN, ACCOUNT, AT_S, NONCE)
    assert refusal_of(newer.text) == "member_qr_key_unknown"


@settings(max_examples=100)
@given(st.integers(0, 767))
def test_a_code_with_one_bit_changed_is_never_believed(bit: int) -> None:
    data = bytearray(CODE.signed + CODE.signature)
    data[bit // 8] ^= 1 << bit % 8
    text = "CFQ1" + base64.b32encode(bytes(data)).decode().rstrip("=")
    assert refusal_of(text) in {"other_shop_code", "member_qr_key_unknown", "member_qr_forged"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        VECTOR[:-1],
        VECTOR + "A",
        VECTOR + "\n",
        " " + VECTOR,
        VECTOR.lower(),
        "CFQ2" + VECTOR[4:],
        VECTOR[:50] + "1" + VECTOR[51:],
        VECTOR[:50] + "=" + VECTOR[51:],
        VECTOR[:-1] + chr(ord(VECTOR[-1]) + 1),  # the bits to spare
        VECTOR.replace("A", "Ａ"),
    ],
)
def test_any_other_form_is_malformed(text: str) -> None:
    assert refusal_of(text) == "member_qr_malformed"


@settings(max_examples=40)
@given(
    st.binary(min_size=16, max_size=16),
    st.integers(0, 255),
    st.integers(0, (1 << 40) - 1),
    st.binary(min_size=7, max_size=7),
)
def test_whatever_is_issued_is_decoded_as_it_was(account: bytes, number: int, at_s: int, nonce: bytes) -> None:
    code = member_qr.issue(KEY, number, CHAIN, AccountId(account.hex()), at_s, nonce)
    assert member_qr.decode(code.text) == code
    verified = member_qr.verified(code.text, {number: PUBLIC}, CHAIN, at_s, Taken())
    assert verified[0] == account.hex()


def test_it_never_looks_like_money_or_like_any_other_code() -> None:
    assert codes.parse(VECTOR, codes.member_code_prefix(CHAIN)) == codes.UnknownCode(VECTOR)
    assert member_qr.is_member_qr(VECTOR)
    assert not member_qr.is_member_qr(codes.make_member_code(CHAIN, NONCE))


@pytest.mark.parametrize(
    ("number", "account", "at_s", "nonce"),
    [
        (256, ACCOUNT, 0, NONCE),
        (-1, ACCOUNT, 0, NONCE),
        (0, ACCOUNT, 1 << 40, NONCE),
        (0, ACCOUNT, -1, NONCE),
        (0, ACCOUNT, 0, b""),
        (0, AccountId("ab"), 0, NONCE),
        (0, AccountId("xy"), 0, NONCE),
    ],
)
def test_what_does_not_fit_is_not_issued(number: int, account: AccountId, at_s: int, nonce: bytes) -> None:
    with pytest.raises(ValueError, match=r"byte|hexadecimal"):
        member_qr.issue(KEY, number, CHAIN, account, at_s, nonce)


def test_neither_text_nor_signature_is_shown_where_a_code_is_logged() -> None:
    assert repr(CODE.signature)[2:-1] not in repr(CODE)
    assert VECTOR not in repr(CODE)
