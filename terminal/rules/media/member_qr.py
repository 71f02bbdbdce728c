"""The member QR: a code that lives a minute, signed by the cloud with Ed25519 (RFC 8032), checked without the network.

Text: `CFQ1` and 154 letters and digits of base 32 (RFC 4648, section 6, upper case, without padding), 158 characters
that a QR holds in its alphanumeric mode. It begins with a letter, so that it can never look like a payment code. The
bytes, 96 in all, numbers most significant byte first:

====== ==========================================================================================================
0-2    the chain's tag: SHA-256 of `counterfoil member qr tag` NUL and the chain's 16 bytes, its first three bytes
3      the number of the signing key
4-19   the account
20-24  when it was signed, seconds of UTC since 1970
25-31  drawn at random
32-95  signature over `counterfoil member qr` NUL, the chain's 16 bytes and bytes 0 to 31
====== ==========================================================================================================

A code is good for `LIFE_S` from its signing; besides, the terminal's clock may be `SKEW_S` ahead of the cloud's or
behind it. Each is taken once: what was taken is a value that the terminal keeps, and it grows only by genuine codes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ChainId

PREFIX: Final = "CFQ1"
LIFE_S: Final = 60
SKEW_S: Final = 15
NONCE_BYTES: Final = 7
TEXT_CHARS: Final = 158
_SIGNED_BYTES: Final = 32
_ID_BYTES: Final = 16
_TAG_BYTES: Final = 3
_KEY_NUMBERS: Final = range(256)
_SECONDS_END: Final = 1 << 40
_PADDING: Final = "======"
_TEXT = re.compile(r"CFQ1[A-Z2-7]{154}")
_DOMAIN: Final = b"counterfoil member qr\x00"
_TAG_DOMAIN: Final = b"counterfoil member qr tag\x00"


@dataclass(frozen=True, slots=True)
class MemberQr:
    """What a member QR says; believe it only when `verified` returned it."""

    tag: bytes
    key_number: int
    account: AccountId
    signed_at_s: int
    nonce: bytes
    signature: bytes = field(repr=False)

    @property
    def signed(self) -> bytes:
        """Return the 32 bytes that are signed, by which one code is told from another."""
        numbers = self.key_number.to_bytes(1, "big"), bytes.fromhex(self.account), self.signed_at_s.to_bytes(5, "big")
        return b"".join((self.tag, *numbers, self.nonce))

    @property
    def text(self) -> str:
        """Return the text the QR holds."""
        return PREFIX + base64.b32encode(self.signed + self.signature).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Taken:
    """The codes a terminal has taken (their signed bytes and their last good second), and the latest time it saw."""

    until_s: Mapping[bytes, int] = field(default_factory=dict)
    latest_s: int = 0


def is_member_qr(text: str) -> bool:
    """Tell whether a scanned text has the shape of a member QR, genuine or not."""
    return _TEXT.fullmatch(text) is not None


def issue(
    key: Ed25519PrivateKey, key_number: int, chain: ChainId, account: AccountId, signed_at_s: int, nonce: bytes
) -> MemberQr:
    """Return a new code, signed; `nonce` is `NONCE_BYTES` from a cryptographic source.

    Raises `ValueError` for a key number, time or nonce that does not fit, or an id that is none.
    """
    if key_number not in _KEY_NUMBERS or not 0 <= signed_at_s < _SECONDS_END or len(nonce) != NONCE_BYTES:
        raise ValueError("a key number has one byte, a time five, a nonce seven")
    if len(bytes.fromhex(account)) != _ID_BYTES:
        raise ValueError("an account has 16 bytes")
    bare = MemberQr(tag_of(chain), key_number, account, signed_at_s, nonce, b"")
    return MemberQr(bare.tag, key_number, account, signed_at_s, nonce, key.sign(_message(chain, bare)))


def decode(text: str) -> MemberQr:
    """Return what a text says, unproved; raise `Refusal` `member_qr_malformed` for any but the one form of a code."""
    if not is_member_qr(text):
        raise Refusal("member_qr_malformed")
    data = base64.b32decode(text[len(PREFIX) :] + _PADDING)
    found = MemberQr(
        tag=data[:_TAG_BYTES],
        key_number=data[_TAG_BYTES],
        account=AccountId(data[4:20].hex()),
        signed_at_s=int.from_bytes(data[20:25], "big"),
        nonce=data[25:_SIGNED_BYTES],
        signature=data[_SIGNED_BYTES:],
    )
    if found.text != text:  # the last character has bits to spare, which are 0
        raise Refusal("member_qr_malformed")
    return found


def verified(text: str, keys: Mapping[int, bytes], chain: ChainId, now_s: int, taken: Taken) -> tuple[AccountId, Taken]:
    """Return whose genuine, fresh code a text is, and what has been taken with it.

    `keys` are the chain's public keys, 32 bytes each, by number; `now_s` is the terminal's UTC time, and a clock that
    was turned back counts as standing still. Raises `Refusal` `member_qr_malformed`, `other_shop_code`,
    `member_qr_key_unknown`, `member_qr_forged`, `member_qr_early` (a clock is wrong), `member_qr_expired` or
    `member_qr_replayed`; nothing is taken then.
    """
    code = decode(text)
    if code.tag != tag_of(chain):
        raise Refusal("other_shop_code")
    _check_signature(code, keys, chain)
    now_s = max(now_s, taken.latest_s)
    if now_s < code.signed_at_s - SKEW_S:
        raise Refusal("member_qr_early")
    last_good_s = code.signed_at_s + LIFE_S + SKEW_S
    if now_s > last_good_s:
        raise Refusal("member_qr_expired", life_s=LIFE_S)
    if code.signed in taken.until_s:
        raise Refusal("member_qr_replayed")
    # What is past its last good second is refused for that, and need not be remembered.
    kept = {signed: until_s for signed, until_s in taken.until_s.items() if until_s >= now_s}
    return code.account, Taken({**kept, code.signed: last_good_s}, now_s)


def tag_of(chain: ChainId) -> bytes:
    """Return the three bytes that tell this chain's codes from another's, and say nothing of its id."""
    return hashlib.sha256(_TAG_DOMAIN + bytes.fromhex(chain)).digest()[:_TAG_BYTES]


def _message(chain: ChainId, code: MemberQr) -> bytes:
    return _DOMAIN + bytes.fromhex(chain) + code.signed


def _check_signature(code: MemberQr, keys: Mapping[int, bytes], chain: ChainId) -> None:
    public = keys.get(code.key_number)
    if public is None:
        raise Refusal("member_qr_key_unknown")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(code.signature, _message(chain, code))
    except InvalidSignature:
        raise Refusal("member_qr_forged") from None
