"""Makes a blank card one of the shop's own, and finishes one that was torn away half-way; touches no other card.

All checks come before the first write. Every step can be told afterwards from the card alone, so the same call goes on
where an earlier one ended. The key that allows all changes is replaced last.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from terminal.hw.card_reading import GET_UID, SW_DONE, Transmit
from terminal.hw.cards.desfire import prove_desfire
from terminal.hw.cards.keys import CardKeys, DesfireKeys, Ntag424Keys
from terminal.hw.cards.native import (
    AUTHENTICATE,
    CARD_DELAYED,
    DONE,
    NO_APPLICATION,
    SELECT_APPLICATION,
    CardSaysNo,
    RandomBytes,
    Session,
    authenticate_ev2_first,
    call,
    expect,
)
from terminal.hw.cards.ntag424 import SELECT, prove_ntag424
from terminal.hw.cards.sdm_file import SdmFile, file_state, write_sdm_file
from terminal.hw.cards.ultralight_issuing import IssuingFailed, NotBlank, issue_ultralight_aes

__all__ = ["Issued", "IssuingFailed", "NotBlank", "issue"]

FACTORY_KEY = bytes(16)
UID_BYTES = 7
NTAG424_KEYS = 5

# The card itself, as an application; factory key settings let anyone create applications (bit 2 set).
PICC = bytes(3)
GET_KEY_SETTINGS = 0x45
GET_APPLICATION_IDS = 0x6A
CREATE_APPLICATION = 0xCA
FREE_CREATE = 0x04
# The application's own: its key 0 may be changed, its settings too, its files are listed freely but made by key 0 only.
APPLICATION_SETTINGS = 0x0B
APPLICATION_AES = 0x80
KEY_COUNT_MASK = 0x3F

Open = Callable[[int, bytes], Session]
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Issued:
    """A card that is the shop's own now, and has proved it."""

    kind: str
    uid: bytes = field(repr=False)


def issue(kind: str, transmit: Transmit, keys: CardKeys, random_bytes: RandomBytes = os.urandom) -> Issued:
    """Return the card once it carries its own keys; `kind` is `desfire`, `ntag424` or `ultralight_aes`.

    A card that is already all the shop's own is returned as it is. Raises `NotBlank` before anything was written
    (`card_not_blank`, `card_delayed`, `card_key_missing`, `card_unreadable`, `card_not_issuable`), `IssuingFailed`
    when the card stopped answering well in the middle (issue it again), and whatever `transmit` raises.
    """
    own = {"desfire": keys.desfire, "ntag424": keys.ntag424, "ultralight_aes": keys.ultralight_aes}
    if kind not in own:
        raise NotBlank("card_not_issuable")
    key = own[kind]
    if key is None or not key.master:
        raise NotBlank("card_key_missing")
    uid, status = transmit(GET_UID)
    if status != SW_DONE or len(uid) != UID_BYTES:
        raise NotBlank("card_unreadable")
    if kind == "desfire" and keys.desfire:
        _issue_desfire(uid, transmit, keys.desfire, random_bytes)
    elif kind == "ntag424" and keys.ntag424:
        _issue_ntag424(uid, transmit, keys.ntag424, random_bytes)
    elif keys.ultralight_aes:
        issue_ultralight_aes(uid, transmit, keys.ultralight_aes, random_bytes)
    return Issued(kind, uid)


def _issue_ntag424(uid: bytes, transmit: Transmit, keys: Ntag424Keys, random_bytes: RandomBytes) -> None:
    def open_session(key_no: int, key: bytes) -> Session:
        return authenticate_ev2_first(transmit, key_no, key, random_bytes)

    if transmit(SELECT)[1] != SW_DONE:
        raise NotBlank("card_not_blank")
    own = [keys.card_key(uid, key_no) for key_no in range(NTAG424_KEYS)]
    file = SdmFile(keys.url_prefix) if keys.has_tap_url else None
    state = _checked(lambda: file_state(transmit, file))
    standing = _standing(own, open_session, uid)
    if state == "foreign" or (file and state == "blank" and standing[0] == "ours"):
        # The file is written while key 0 is still the factory's: a card without it was issued without tap addresses.
        raise NotBlank("card_not_blank")
    try:
        if file and state == "blank":
            write_sdm_file(file, transmit, lambda: open_session(0, FACTORY_KEY))
        _change_keys(own, standing, open_session)
        prove_ntag424(uid, transmit, keys, random_bytes)
    except CardSaysNo as answer:
        raise IssuingFailed("card_issuing_failed", reason=answer.code) from None


def _issue_desfire(uid: bytes, transmit: Transmit, keys: DesfireKeys, random_bytes: RandomBytes) -> None:
    def open_session(key_no: int, key: bytes) -> Session:
        return AUTHENTICATE[keys.auth](transmit, key_no, key, random_bytes)

    own = [keys.card_key(uid, key_no) for key_no in range(keys.key_no + 1)]
    has_application = _checked(lambda: _check_applications(transmit, keys, len(own)))
    # Nothing can be authenticated before there is an application; an existing one is checked key by key.
    standing = _standing(own, open_session, uid) if has_application else ["factory"] * len(own)
    try:
        if not has_application:
            settings = bytes([APPLICATION_SETTINGS, APPLICATION_AES | len(own)])
            expect(transmit, CREATE_APPLICATION, keys.aid + settings)
            expect(transmit, SELECT_APPLICATION, keys.aid)
        _change_keys(own, standing, open_session)
        prove_desfire(uid, transmit, keys, random_bytes)
    except CardSaysNo as answer:
        raise IssuingFailed("card_issuing_failed", reason=answer.code) from None


def _check_applications(transmit: Transmit, keys: DesfireKeys, key_count: int) -> bool:
    """Tell whether the shop's application is there, and select it; refuse a card with any other."""
    expect(transmit, SELECT_APPLICATION, PICC)
    settings = expect(transmit, GET_KEY_SETTINGS)
    if len(settings) != 2 or not settings[0] & FREE_CREATE:
        raise NotBlank("card_not_blank")
    # More than one answer frame holds: an empty list or our single application, anything else is somebody's card.
    if expect(transmit, GET_APPLICATION_IDS) not in {b"", keys.aid}:
        raise NotBlank("card_not_blank")
    _, status = call(transmit, SELECT_APPLICATION, keys.aid)
    if status == NO_APPLICATION:
        return False
    settings = expect(transmit, GET_KEY_SETTINGS) if status == DONE else b""
    if settings != bytes([APPLICATION_SETTINGS, APPLICATION_AES | key_count]):
        raise NotBlank("card_not_blank")
    return True


def _standing(own: Sequence[bytes], open_session: Open, uid: bytes) -> list[str]:
    """Return for each key whether the card has the factory's or the shop's; refuse a card with any other.

    No trust is put in key versions: each key is tried. Where keys are mixed, the card was torn away half-way.
    """
    return [_standing_of(key_no, key, open_session, uid) for key_no, key in enumerate(own)]


def _standing_of(key_no: int, own: bytes, open_session: Open, uid: bytes) -> str:
    for name, key in (("factory", FACTORY_KEY), ("ours", own)):
        try:
            said = open_session(key_no, key).card_uid()
        except CardSaysNo as answer:
            if answer.code == CARD_DELAYED:
                raise NotBlank(CARD_DELAYED) from None
            continue
        if said != uid:
            break
        return name
    raise NotBlank("card_not_blank")


def _change_keys(own: Sequence[bytes], standing: Sequence[str], open_session: Open) -> None:
    """Replace every factory key, key 0 last: until then the card still opens with what it came with."""
    master = own[0] if standing[0] == "ours" else FACTORY_KEY
    waiting = [key_no for key_no in range(1, len(own)) if standing[key_no] == "factory"]
    if waiting:
        session = open_session(0, master)
        for key_no in waiting:
            session.change_key(key_no, FACTORY_KEY, own[key_no])
    if standing[0] == "factory":
        open_session(0, FACTORY_KEY).change_key(0, None, own[0])


def _checked(look: Callable[[], Found]) -> Found:
    try:
        return look()
    except CardSaysNo as answer:
        raise NotBlank("card_delayed" if answer.code == CARD_DELAYED else "card_not_blank") from None
