"""The address an NTAG 424 DNA presents at each tap (Secure Unique NFC, SDM): what it proves. Pure.

Sources: NXP AN12196, 3 and 4; NTAG 424 DNA data sheet, 9.3. Two forms are read (hexadecimal digits):
`<prefix>?picc_data=<32>[&enc=<32n>]&cmac=<16>`, and `<prefix>?uid=<14>&ctr=<6>&cmac=<16>` of cards that show their
number. The message code counts from the file data to before its own value, or from nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from terminal.base.errors import Refusal
from terminal.hw.cards import crypto
from terminal.hw.cards.keys import CardKeys

UID_BYTES = 7
COUNTER_BYTES = 3
# Data sheet, 9.3.3: the UID (bit 7) and the counter (bit 6) follow, and the UID has seven bytes.
PICC_DATA_TAG = 0xC7
URL_CHARS_MAX = 1024
_SV_ENC = bytes.fromhex("C33C00010080")
_SV_MAC = bytes.fromhex("3CC300010080")

# What scanners and input methods leave around a text.
_EDGE = " \t\r\n\x00\x1d\ufeff\u200b\xa0"
_HEX = r"[0-9A-Fa-f]"
_SECRET = re.compile(rf"\?picc_data=({_HEX}{{32}})(?:&enc=((?:{_HEX}{{32}})+))?&cmac=({_HEX}{{16}})")
_PLAIN = re.compile(rf"\?uid=({_HEX}{{14}})&ctr=({_HEX}{{6}})&cmac=({_HEX}{{16}})")


class TapUrlWrong(Refusal):
    """A tap address that proves nothing; `code` is `tap_url_no_key`, `_foreign`, `_malformed` or `_mac_wrong`."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A genuine tap: the card, its count of taps, and its file data. Accept it only if the count has grown."""

    uid: bytes = field(repr=False)
    counter: int
    data: bytes = field(default=b"", repr=False)


def read_tap_url(url: str, keys: CardKeys) -> Tap:
    """Return what a tap address proves; raises `TapUrlWrong`.

    An old address of the same card passes too: the caller takes it only if `counter` is above the last one kept.
    """
    own = keys.ntag424
    if own is None or not own.has_tap_url:
        raise TapUrlWrong("tap_url_no_key")
    if not url.startswith(own.url_prefix + "?"):
        raise TapUrlWrong("tap_url_foreign")
    query = url[len(own.url_prefix) :]
    if len(url) > URL_CHARS_MAX:
        raise TapUrlWrong("tap_url_malformed")
    uid, counter, enc, text, mac = _split(query, own.sdm_meta)
    session = SdmSession(own.sdm_file_key(uid), uid, counter)
    if not crypto.same(session.mac(text.encode("ascii")), mac):
        raise TapUrlWrong("tap_url_mac_wrong")
    return Tap(uid, counter, session.decrypt(enc) if enc else b"")


class TapAddresses:
    """The shop's tap addresses, told from other texts and verified; what a till without keys for them has none of."""

    def __init__(self, keys: CardKeys | None) -> None:
        """Verify with these keys."""
        self._keys = keys or CardKeys()

    def of_shop(self, text: str) -> str:
        """Return the tap address that a scanned, typed or read text is, empty for any other text."""
        own = self._keys.ntag424
        if own is None or not own.has_tap_url:
            return ""
        bare = text.strip(_EDGE)
        return bare if bare.startswith(own.url_prefix + "?") else ""

    def read(self, address: str) -> Tap:
        """Return what the address proves; raises like `read_tap_url`."""
        return read_tap_url(address, self._keys)


def read_picc_data(meta_key: bytes, secret: bytes) -> tuple[bytes, int] | None:
    """Return UID and counter hidden in an address's 16 bytes, or None where the key shows no such thing."""
    plain = crypto.decrypt(meta_key, secret)
    if plain[0] != PICC_DATA_TAG:
        return None
    return plain[1 : 1 + UID_BYTES], int.from_bytes(plain[1 + UID_BYTES : 1 + UID_BYTES + COUNTER_BYTES], "little")


class SdmSession:
    """The keys of one tap, made from the card's file key, its UID and its counter."""

    __slots__ = ("_counter", "_key_enc", "_key_mac")

    def __init__(self, file_key: bytes, uid: bytes, counter: int) -> None:
        """Derive both keys."""
        self._counter = counter.to_bytes(COUNTER_BYTES, "little")
        self._key_enc = crypto.cmac(file_key, _filled(_SV_ENC + uid + self._counter))
        self._key_mac = crypto.cmac(file_key, _filled(_SV_MAC + uid + self._counter))

    def mac(self, text: bytes) -> bytes:
        """Return the address's message code over the part of it that counts."""
        return crypto.mac_t(crypto.cmac(self._key_mac, text))

    def decrypt(self, data: bytes) -> bytes:
        """Return the file data that stands in the address, whole blocks."""
        start = crypto.encrypt_block(self._key_enc, self._counter.ljust(crypto.BLOCK_BYTES, b"\x00"))
        return crypto.decrypt(self._key_enc, data, start)


def _filled(data: bytes) -> bytes:
    return data + bytes(-len(data) % crypto.BLOCK_BYTES)


def _split(query: str, meta_key: bytes) -> tuple[bytes, int, bytes, str, bytes]:
    """Return UID, counter, secret file data, the text the message code is over, and the code."""
    if found := _PLAIN.fullmatch(query):
        return bytes.fromhex(found[1]), int(found[2], 16), b"", "", bytes.fromhex(found[3])
    found = _SECRET.fullmatch(query)
    if found is None:
        raise TapUrlWrong("tap_url_malformed")
    card = read_picc_data(meta_key, bytes.fromhex(found[1]))
    if card is None:
        # Not made with our key: some other shop's card, or noise.
        raise TapUrlWrong("tap_url_mac_wrong")
    enc = found[2] or ""
    return *card, bytes.fromhex(enc), f"{enc}&cmac=" if enc else "", bytes.fromhex(found[3])
