"""Tells what a card is and what number it carries, from its answer to reset and a way to send it commands.

No I/O of its own: `transmit` takes a command APDU and returns the answer's data and status word. Whatever `transmit`
raises passes through; nothing else is raised, whatever a card answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Transmit = Callable[[bytes], tuple[bytes, int]]

SW_DONE = 0x9000
SW_NATIVE_MORE = 0x91AF
SW_NATIVE_DONE = 0x9100

# PC/SC part 3, 3.2.2.1.3: GET DATA, the identifier of a contactless card.
GET_UID = bytes.fromhex("FFCA000000")
# PC/SC part 3 supplement for storage cards: historical bytes of a card without a processor, up to the standard's byte.
STORAGE_STEM = bytes.fromhex("3B8F8001804F0CA000000306")
# Answer to reset of the SLE4442 family (SLE5542, FM4442): the four header bytes of the memory card itself.
SLE4442_ATR = bytes.fromhex("3B04A2131091")

# DESFire native GetVersion and its continuation in ISO 7816-4 wrapping.
NATIVE_GET_VERSION = bytes.fromhex("9060000000")
NATIVE_MORE = bytes.fromhex("90AF000000")
NATIVE_FRAMES_MAX = 3
# GET_VERSION of the NTAG and Ultralight EV1 data sheets, through the raw channel of PN532 based readers (ACR122U
# programming manual, "direct transmit" and InCommunicateThru). Other readers refuse it, which does no harm.
RAW_GET_VERSION = bytes.fromhex("FF00000003D44260")
RAW_ANSWER_OK = bytes.fromhex("D54300")
VERSION_NTAG = 0x04

# Contact memory cards on ACS readers (ACR38/ACR39 reference manuals). The commands that present or change the secret
# code are absent on purpose: three wrong attempts lock a card for writing for ever, and reading needs none.
SLE4442_SELECT = bytes.fromhex("FFA400000106")
# Where the shop's number is kept: behind the 32 bytes that can be protected and hold the maker's data.
SLE4442_NUMBER_AT = 0x20
SLE4442_NUMBER_BYTES_MAX = 16
SLE4442_READ_NUMBER = bytes([0xFF, 0xB0, 0x00, SLE4442_NUMBER_AT, SLE4442_NUMBER_BYTES_MAX])
NUMBER_ENDS = (0xFF, 0x00)  # erased memory, or a padded number

UID_LENGTHS = (4, 7, 10)  # ISO 14443-3: single, double and triple size
UID_RANDOM_FIRST = 0x08  # ISO 14443-3: a single-size identifier that is chosen anew at each activation
UID_CASCADE_TAG = 0x88  # ISO 14443-3: never the first byte of a whole identifier

STANDARD_UNSAID = 0x00
STANDARD_14443A_PART3 = 0x03
STANDARD_14443A_PART4 = 0x04
# Part 3 supplement, card names of ISO 14443 A part 3.
_CLASSIC_NAMES = frozenset({0x0001, 0x0002, 0x0026, 0x0036, 0x0037})
_TYPE2_NAME = 0x0003
_ULTRALIGHT_C_NAME = 0x003A
# `FFxx` names give the card's SAK byte (NXP AN10833): Classic and Mini, also under a processor (0x28) or by Infineon.
_NAMES_BY_SAK = 0xFF
_CLASSIC_SAKS = frozenset({0x08, 0x09, 0x18, 0x28, 0x88})
_TYPE2_SAK = 0x00


@dataclass(frozen=True, slots=True)
class Identified:
    """A card that can identify a member; all as in `CardTapped`. Not to be logged."""

    kind: str
    uid: bytes = field(default=b"", repr=False)
    number: str = field(default="", repr=False)
    proof: str = ""
    counter: int | None = None


@dataclass(frozen=True, slots=True)
class Unfit:
    """A card that cannot identify a member, by the code of `CardRefused`."""

    code: str


UNREADABLE = Unfit("card_unreadable")
FOREIGN = Unfit("card_foreign")
RANDOM_UID = Unfit("card_random_uid")
NO_NUMBER = Unfit("card_no_number")


def identify(atr: bytes, transmit: Transmit, applications: Sequence[bytes] = ()) -> Identified | Unfit:
    """Return what the card is; `applications` are names (AIDs) that make a processor card one of the shop's own."""
    if atr.startswith(SLE4442_ATR):
        return _read_sle4442(transmit)
    if atr.startswith(STORAGE_STEM) and len(atr) > len(STORAGE_STEM) + 2:
        return _identify_storage_card(atr, transmit, applications)
    return _identify_processor_card(transmit, applications)


def _identify_storage_card(atr: bytes, transmit: Transmit, applications: Sequence[bytes]) -> Identified | Unfit:
    standard = atr[len(STORAGE_STEM)]
    if standard == STANDARD_14443A_PART4:
        return _identify_processor_card(transmit, applications)
    if standard not in {STANDARD_UNSAID, STANDARD_14443A_PART3}:
        # Type B, FeliCa, ISO 15693: identity cards, transit cards, goods tags.
        return FOREIGN
    uid = _read_uid(transmit)
    if uid is None:
        return UNREADABLE
    unfit = _unfit_uid(uid)
    if unfit is not None:
        return unfit
    name = int.from_bytes(atr[len(STORAGE_STEM) + 1 : len(STORAGE_STEM) + 3], "big")
    return Identified(_storage_kind(name, uid, transmit), uid)


def _storage_kind(name: int, uid: bytes, transmit: Transmit) -> str:
    sak = name & 0xFF if name >> 8 == _NAMES_BY_SAK else None
    if name in _CLASSIC_NAMES or sak in _CLASSIC_SAKS:
        return "m1"
    if name == _ULTRALIGHT_C_NAME:
        return "ultralight"
    if name == _TYPE2_NAME or sak == _TYPE2_SAK:
        # At least one maker's reader calls Classic cards by this name too; type 2 tags never have four-byte numbers.
        return "m1" if len(uid) == UID_LENGTHS[0] else _type2_kind(transmit)
    return "unknown"


def _type2_kind(transmit: Transmit) -> str:
    data, status = transmit(RAW_GET_VERSION)
    version = data[len(RAW_ANSWER_OK) :]
    is_ntag = status == SW_DONE and data.startswith(RAW_ANSWER_OK) and len(version) == 8 and version[2] == VERSION_NTAG
    return "ntag" if is_ntag else "ultralight"


def _identify_processor_card(transmit: Transmit, applications: Sequence[bytes]) -> Identified | Unfit:
    uid = _read_uid(transmit)
    if uid is None or len(uid) not in UID_LENGTHS:
        # A contact card (bank card, SIM), or type B: identity cards answer with eight or no bytes.
        return FOREIGN
    unfit = _unfit_uid(uid)
    if unfit is not None:
        return unfit
    kind = _native_kind(transmit)
    if kind is None and any(_has_application(transmit, name) for name in applications):
        kind = "unknown"
    return FOREIGN if kind is None else Identified(kind, uid)


def _native_kind(transmit: Transmit) -> str | None:
    """Return `desfire` or `ntag` (NTAG 424 DNA) for a card that answers GetVersion, else None."""
    data, status = transmit(NATIVE_GET_VERSION)
    card_type = data[1] & 0x0F if len(data) > 1 else None
    for _ in range(NATIVE_FRAMES_MAX):
        if status != SW_NATIVE_MORE:
            break
        _, status = transmit(NATIVE_MORE)
    if status != SW_NATIVE_DONE:
        return None
    # Types: 1 DESFire, 8 DESFire Light, 4 NTAG; a set high nibble marks the same card as software on another chip.
    return {0x01: "desfire", 0x08: "desfire", 0x04: "ntag"}.get(card_type) if card_type is not None else None


def _has_application(transmit: Transmit, name: bytes) -> bool:
    _, status = transmit(b"\x00\xa4\x04\x00" + bytes([len(name)]) + name + b"\x00")
    # 61 xx and 6C xx: the application is there and would like to say more.
    return status == SW_DONE or status >> 8 in {0x61, 0x6C}


def _read_uid(transmit: Transmit) -> bytes | None:
    data, status = transmit(GET_UID)
    return data if status == SW_DONE and data else None


def _unfit_uid(uid: bytes) -> Unfit | None:
    if len(uid) not in UID_LENGTHS or uid[0] == UID_CASCADE_TAG or not any(uid):
        return UNREADABLE
    if len(uid) == UID_LENGTHS[0] and uid[0] == UID_RANDOM_FIRST:
        return RANDOM_UID
    return None


def _read_sle4442(transmit: Transmit) -> Identified | Unfit:
    _, status = transmit(SLE4442_SELECT)
    if status != SW_DONE:
        return UNREADABLE
    first, status = transmit(SLE4442_READ_NUMBER)
    if status != SW_DONE:
        return UNREADABLE
    # Twice: nothing on the contacts of a memory card checks the bits, and a wrong digit is another member.
    second, status = transmit(SLE4442_READ_NUMBER)
    if status != SW_DONE or first != second:
        return UNREADABLE
    return _number_in(first)


def _number_in(data: bytes) -> Identified | Unfit:
    data = data[:SLE4442_NUMBER_BYTES_MAX]
    length = next((at for at, byte in enumerate(data) if byte in NUMBER_ENDS), len(data))
    if length == len(data) < SLE4442_NUMBER_BYTES_MAX:
        # Cut short on the way: half a number is somebody else's number.
        return UNREADABLE
    text = data[:length].decode("latin-1")
    if not (text.isascii() and text.isalnum()):
        return NO_NUMBER
    return Identified("sle4442", number=text)
