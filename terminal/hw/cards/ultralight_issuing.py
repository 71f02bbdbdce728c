"""Issues a MIFARE Ultralight AES: marks it, writes its key page by page, then closes its memory against writing.

Source: NXP MF0AES(H)20 data sheet and AN13452: user memory 04-27, settings 29 (AUTH0 in its last byte), the key that
protects the data in 30-33, its last byte first. A key's four pages are not written at once, so a mark in the last user
page says beforehand that what follows is ours: no half-written key need ever be guessed.
"""

from __future__ import annotations

from terminal.base.errors import Refusal
from terminal.hw.card_reading import SW_DONE, Transmit
from terminal.hw.cards import crypto
from terminal.hw.cards.keys import UltralightAesKeys
from terminal.hw.cards.native import CardSaysNo, RandomBytes
from terminal.hw.cards.ultralight_aes import answer_challenge, challenge

FACTORY_KEY = bytes(16)
PAGE_BYTES = 4
PAGES_READ = 4
USER_PAGES = range(0x04, 0x28)
MARK_PAGE = 0x27
SETTINGS_PAGE = 0x29
KEY_PAGE = 0x30
AUTH0_AT = 3
AUTH0_OPEN = 0x3C  # past the last page: nothing asks for authentication
AUTH0_OURS = 0x04
# What a card without data may hold: nothing, or an empty NDEF message and its end (NFC Forum type 2 tag, 2.4).
EMPTY_NDEF = bytes.fromhex("0300FE00")
_MARK_FOR = b"half-issued"


class NotBlank(Refusal):
    """Anything but a blank card, or one half-issued by this shop: nothing was written."""


class IssuingFailed(Refusal):
    """The card stopped answering well while it was being written; the same call finishes it."""


def issue_ultralight_aes(uid: bytes, transmit: Transmit, keys: UltralightAesKeys, random_bytes: RandomBytes) -> None:
    """Return when the card carries its own key; raises `NotBlank`, `IssuingFailed`."""
    key = keys.card_key(uid)
    mark = crypto.cmac(key, _MARK_FOR)[:PAGE_BYTES]
    settings, found_mark = _check(transmit, mark)
    try:
        if settings[AUTH0_AT] == AUTH0_OPEN:
            if not any(found_mark):
                _authenticate_first(transmit, FACTORY_KEY, random_bytes)
                _write(transmit, MARK_PAGE, mark)
            for at, page in enumerate(_key_pages(key)):
                _write(transmit, KEY_PAGE + at, page)
            _authenticate(transmit, key, random_bytes)
            _write(transmit, SETTINGS_PAGE, settings[:AUTH0_AT] + bytes([AUTH0_OURS]))
        else:
            _authenticate_first(transmit, key, random_bytes)
        if settings[AUTH0_AT] == AUTH0_OPEN or any(found_mark):
            _write(transmit, MARK_PAGE, bytes(PAGE_BYTES))
    except CardSaysNo as answer:
        raise IssuingFailed("card_issuing_failed", reason=answer.code) from None


def _check(transmit: Transmit, mark: bytes) -> tuple[bytes, bytes]:
    """Return the page of settings and the page of the mark; refuse a card that somebody else has used."""
    settings = _read(transmit, SETTINGS_PAGE)[:PAGE_BYTES]
    memory = b"".join(_read(transmit, page) for page in USER_PAGES[::PAGES_READ])
    user, found_mark = memory[:-PAGE_BYTES], memory[-PAGE_BYTES:]
    is_plain = not any(settings[:AUTH0_AT]) and settings[AUTH0_AT] in {AUTH0_OPEN, AUTH0_OURS}
    is_empty = not any(user.removeprefix(EMPTY_NDEF))
    if not is_plain or not is_empty or found_mark not in {mark, bytes(PAGE_BYTES)}:
        raise NotBlank("card_not_blank")
    return settings, found_mark


def _authenticate_first(transmit: Transmit, key: bytes, random_bytes: RandomBytes) -> None:
    """Authenticate while nothing is written yet."""
    try:
        _authenticate(transmit, key, random_bytes)
    except CardSaysNo:
        raise NotBlank("card_not_blank") from None


def _authenticate(transmit: Transmit, key: bytes, random_bytes: RandomBytes) -> None:
    secret = challenge(transmit, 0)
    if secret is None:
        raise CardSaysNo("card_key_wrong")
    answer_challenge(transmit, secret, key, random_bytes)


def _key_pages(key: bytes) -> list[bytes]:
    backwards = key[::-1]
    return [backwards[at : at + PAGE_BYTES] for at in range(0, len(backwards), PAGE_BYTES)]


def _read(transmit: Transmit, page: int) -> bytes:
    data, status = transmit(bytes([0xFF, 0xB0, 0x00, page, PAGES_READ * PAGE_BYTES]))
    if status != SW_DONE or len(data) != PAGES_READ * PAGE_BYTES:
        raise NotBlank("card_not_blank")
    return data


def _write(transmit: Transmit, page: int, data: bytes) -> None:
    _, status = transmit(bytes([0xFF, 0xD6, 0x00, page, PAGE_BYTES]) + data)
    if status != SW_DONE:
        raise CardSaysNo("card_unreadable")
