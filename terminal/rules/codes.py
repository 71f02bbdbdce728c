"""What a scanned or typed text is: payment code, member code, goods, collection code, telephone number or unknown.

Shapes of payment codes are those published by the schemes (WeChat Pay code payment, Alipay `auth_code`, UnionPay
QuickPass QR, e-CNY). They are shapes only: an 18-digit resident-id number of regions 11 to 15 looks like a WeChat
code, a 19-digit UnionPay *bank card* like a UnionPay code, a logistics label like either. Whatever has the shape is
treated as a payment code all the same, because none of those may be searched, stored or shown either.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

CODE_CHARS_MAX = 4096
MEMBER_CODE_RANDOM_BYTES = 7
_FAMILY = "CF"
_VERSION = "1"
_TAG_CHARS = 4
_BODY_CHARS = 10
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # the order ISO 7064 gives the 36 characters
_OWN = re.compile(r"CF([0-9A-Z])-?([0-9A-Z]{4})([0-9A-Z]{10})([0-9A-Z])")
_LOOK_ALIKES = str.maketrans("ILO", "110")

# An input method left on types every key full-width; U+FF01..U+FF5E are ASCII 21..7E.
_FULL_WIDTH = str.maketrans({**{0xFF01 + shift: chr(0x21 + shift) for shift in range(0x5E)}, 0x3000: " "})
_EDGE = " \t\r\n\x00\x1d\ufeff\u200b\xa0"
_GROUPED_DIGITS = re.compile(r"[0-9](?:[ -]?[0-9])*")

_COLLECTION_SCHEME = re.compile(r"(wxp|weixin|alipays?|alipayqr|upwallet)://?.*", re.IGNORECASE | re.DOTALL)
_WEB_ADDRESS = re.compile(r"https?://([^/?#\s]*).*", re.IGNORECASE | re.DOTALL)
_COLLECTION_HOSTS = {
    "u.wechat.com": "wechat",
    "weixin.qq.com": "wechat",
    "wx.tenpay.com": "wechat",
    "payapp.weixin.qq.com": "wechat",
    "qr.alipay.com": "alipay",
    "render.alipay.com": "alipay",
    "qr.95516.com": "unionpay",
}
_PHONE = re.compile(r"(?:\+86|0086)?(1[3-9][0-9]{9})")


@dataclass(frozen=True, slots=True)
class PaymentShape:
    """One provider's published shape: digits that match `pattern` as a whole; kept as data, providers widen them."""

    provider: str
    pattern: str


PUBLISHED_SHAPES = (
    PaymentShape("wechat", r"1[0-5][0-9]{16}"),
    PaymentShape("alipay", r"(?:2[5-9]|30)[0-9]{14,22}"),
    PaymentShape("alipay", r"fp[0-9A-Za-z]{33}"),  # a face token, the scene `security_code`
    PaymentShape("unionpay", r"62[0-9]{17}"),
    PaymentShape("ecny", r"01[0-9]{17}"),
)


@dataclass(frozen=True, slots=True)
class PaymentCode:
    """Something of a payment code's shape; the text itself is not kept, only whose shape and how many characters."""

    provider: str
    length: int


@dataclass(frozen=True, slots=True)
class MemberCode:
    """A member code of this chain, in its one normal spelling (`CF1-` + 15 characters)."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OtherShopCode:
    """A sound member code of another chain; `tag` is that chain's four characters."""

    tag: str


@dataclass(frozen=True, slots=True)
class GoodsCode:
    """8, 12, 13 or 14 digits with a right GS1 check digit.

    One number in ten has one by chance, so a printed card number may come out as this too: where a member is
    looked for, look for the digits as a card number first.
    """

    ean: str


@dataclass(frozen=True, slots=True)
class CollectionCode:
    """Somebody's code for *receiving* money or friends, shown in place of a payment code; `scheme` names the wallet."""

    scheme: str


@dataclass(frozen=True, slots=True)
class PhoneCode:
    """A mainland mobile number, 11 digits; good for finding a member, proof of nothing."""

    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """Nothing of the above: perhaps a card number, perhaps rubbish.

    `reason` is empty or says what it nearly was: `empty`, `too_long`, `member_check` (a member code misread),
    `member_version` (made by a newer terminal), `web_address`.
    """

    text: str = field(repr=False)
    reason: str = ""


Code = PaymentCode | MemberCode | OtherShopCode | GoodsCode | CollectionCode | PhoneCode | UnknownCode


def parse(text: str, prefix: str, shapes: Sequence[PaymentShape] = PUBLISHED_SHAPES) -> Code:
    """Return what `text` is, for the shop whose member codes begin with `prefix` (see `member_code_prefix`).

    Never raises. Full-width characters count as their ASCII twins; blanks and scanner control characters at the edges
    fall away. Payment shapes come first, so that nothing that might be money is ever searched or stored.
    """
    if len(text) > CODE_CHARS_MAX:
        return UnknownCode("", "too_long")
    bare = text.translate(_FULL_WIDTH).strip(_EDGE)
    if not bare:
        return UnknownCode("", "empty")
    digits = bare.replace(" ", "").replace("-", "") if _GROUPED_DIGITS.fullmatch(bare) else bare
    return (
        _payment(digits, shapes)
        or _member(bare, prefix)
        or _goods(bare)
        or _collection(bare)
        or _phone(digits)
        or UnknownCode(bare, "web_address" if _WEB_ADDRESS.fullmatch(bare) else "")
    )


def member_code_prefix(chain_id: str) -> str:
    """Return the first eight characters of every member code of the chain: `CF1-` and four that stand for the chain.

    The four carry 20 bits of SHA-256 over the chain's id: enough that another shop's code is told apart (one in a
    million is not), too few to say anything about the id.
    """
    digest = hashlib.sha256(b"counterfoil member code\x00" + chain_id.encode()).digest()
    return f"{_FAMILY}{_VERSION}-{_base32(int.from_bytes(digest[:8], 'big'), _TAG_CHARS)}"


def make_member_code(chain_id: str, random_body: bytes) -> str:
    """Return a new member code such as `CF1-7K2MQ0X4T9B3WHD` + check character, 19 characters in all.

    Layout: `CF`, the version `1`, `-`, four characters of the chain, ten characters (50 bits) of `random_body`, which
    is `MEMBER_CODE_RANDOM_BYTES` bytes from a cryptographic source, and the ISO 7064 MOD 37,36 check character over
    all letters and digits before it. It begins with a letter so that it can never look like money, names nobody, and
    proves no more than a copied card does. Raises `ValueError` for a body of another length.
    """
    if len(random_body) != MEMBER_CODE_RANDOM_BYTES:
        raise ValueError("a member code takes 7 random bytes")
    code = member_code_prefix(chain_id) + _base32(int.from_bytes(random_body, "big"), _BODY_CHARS)
    return code + check_character(code.replace("-", ""))


def check_character(text: str) -> str:
    """Return the ISO 7064 MOD 37,36 check character of upper-case letters and digits; `ValueError` for anything else.

    The hybrid system of ISO/IEC 7064:2003, 9: it finds every single wrong character and nearly every transposition.
    """
    product = 36
    for character in text:
        total = (product + _ALPHANUMERIC.index(character)) % 36
        product = (total or 36) * 2 % 37
    return _ALPHANUMERIC[(37 - product) % 36]


def ean_is_right(digits: str) -> bool:
    """Tell whether ASCII digits end in their GS1 check digit (weights 3 and 1 from the right, modulo 10)."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def _base32(number: int, characters: int) -> str:
    """Return the lowest `characters` * 5 bits of a number."""
    return "".join(_BASE32[number >> 5 * place & 31] for place in reversed(range(characters)))


def _payment(text: str, shapes: Sequence[PaymentShape]) -> PaymentCode | None:
    for shape in shapes:
        if re.fullmatch(shape.pattern, text):
            return PaymentCode(shape.provider, len(text))
    return None


def _member(text: str, prefix: str) -> MemberCode | OtherShopCode | UnknownCode | None:
    """Return the member code in `text`; case does not count, nor does the hyphen, nor I, L, O for 1, 1, 0."""
    upper = text.upper()
    found = _OWN.fullmatch(upper)
    if found is None:
        return None
    version, tag, body, check = found.groups()
    if version != _VERSION:
        return UnknownCode(upper, "member_version")
    tag, body = tag.translate(_LOOK_ALIKES), body.translate(_LOOK_ALIKES)
    if check_character(_FAMILY + version + tag + body) != check:
        return UnknownCode(upper, "member_check")
    own = f"{_FAMILY}{version}-{tag}"
    return MemberCode(own + body + check) if own == prefix else OtherShopCode(tag)


def _goods(text: str) -> GoodsCode | None:
    if len(text) in {8, 12, 13, 14} and re.fullmatch(r"[0-9]+", text) and ean_is_right(text):
        return GoodsCode(text)
    return None


def _collection(text: str) -> CollectionCode | None:
    """Return the wallet whose collection or friend code this address is; `http` and `https` only at known hosts."""
    if found := _COLLECTION_SCHEME.fullmatch(text):
        scheme = found[1].lower()
        return CollectionCode(
            "wechat" if scheme in {"wxp", "weixin"} else "unionpay" if scheme == "upwallet" else "alipay"
        )
    if found := _WEB_ADDRESS.fullmatch(text):
        host = found[1].lower().rpartition("@")[2].partition(":")[0]
        if host in _COLLECTION_HOSTS:
            return CollectionCode(_COLLECTION_HOSTS[host])
    return None


def _phone(text: str) -> PhoneCode | None:
    found = _PHONE.fullmatch(text)
    return PhoneCode(found[1]) if found else None
