"""Native commands of DESFire and NTAG 424 DNA: mutual authentication, and commands inside the session it opens.

Sources: NXP AN12343 (EV2First and its secure messaging), AN12196 (NTAG 424 DNA), the public DESFire EV1 descriptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from terminal.hw.card_reading import Transmit
from terminal.hw.cards import crypto

RandomBytes = Callable[[int], bytes]

DONE = 0x00
MORE = 0xAF
DELAYED = 0xAD
NO_APPLICATION = 0xA0
SW1_NATIVE = 0x91
# Said by a reader, not by a card: no answer, a damaged answer, and "no precise diagnosis" (PC/SC part 3, 3.2.2).
SW_READER_FAILED = frozenset({0x6300, 0x6401, 0x6F00})

SELECT_APPLICATION = 0x5A
AUTHENTICATE_AES = 0xAA
AUTHENTICATE_EV2_FIRST = 0x71
GET_CARD_UID = 0x51
CHANGE_KEY = 0xC4
TI_BYTES = 4
PADDED_ANSWER_BYTES = 2 * crypto.BLOCK_BYTES
CRC_BYTES = 4
UID_LENGTHS = (4, 7, 10)
# The version a key of ours carries; a factory key's is 0.
KEY_VERSION = b"\x01"

KEY_WRONG = "card_key_wrong"
CARD_DELAYED = "card_delayed"
UNREADABLE = "card_unreadable"


class CardSaysNo(Exception):  # noqa: N818 - said of the card: it did not prove itself
    """A card failed the check it was put to; `code` is `card_key_wrong`, `card_delayed` or `card_unreadable`."""

    def __init__(self, code: str) -> None:
        """Carry the code."""
        super().__init__(code)
        self.code = code


class Session(Protocol):
    """What both kinds of session can do; every method raises `CardSaysNo`."""

    def command(self, command: int, header: bytes, data: bytes) -> None:
        """Have a command with secret data carried out, whose answer has no data."""

    def card_uid(self) -> bytes:
        """Return the identifier the card says under the session's protection."""

    def change_key(self, key_no: int, old: bytes | None, new: bytes) -> None:
        """Change a key; `old` is None for the key the session was opened with, which ends the session."""


def call(transmit: Transmit, command: int, data: bytes = b"") -> tuple[bytes, int]:
    """Return data and native status byte of a command in ISO 7816-4 wrapping; raises `CardSaysNo` without such."""
    length = bytes([len(data)]) if data else b""
    answer, status = transmit(bytes([0x90, command, 0x00, 0x00]) + length + data + b"\x00")
    if status >> 8 != SW1_NATIVE:
        raise CardSaysNo(UNREADABLE if status in SW_READER_FAILED else KEY_WRONG)
    return answer, status & 0xFF


def expect(transmit: Transmit, command: int, data: bytes = b"", status: int = DONE) -> bytes:
    """Return the answer's data; raises `CardSaysNo` unless the card ends with that status."""
    answer, said = call(transmit, command, data)
    if said != status:
        raise CardSaysNo(CARD_DELAYED if said == DELAYED else KEY_WRONG)
    return answer


def authenticate_ev2_first(transmit: Transmit, key_no: int, key: bytes, random_bytes: RandomBytes) -> Session:
    """Return a session with a card that knows `key` (AN12343, AuthenticateEV2First); raises `CardSaysNo`."""
    challenge = expect(transmit, AUTHENTICATE_EV2_FIRST, bytes([key_no, 0x00]), MORE)
    rnd_b = _challenge(key, challenge)
    rnd_a = random_bytes(crypto.BLOCK_BYTES)
    answer = expect(transmit, MORE, crypto.encrypt(key, rnd_a + crypto.rotate(rnd_b)))
    if len(answer) != PADDED_ANSWER_BYTES:
        raise CardSaysNo(KEY_WRONG)
    plain = crypto.decrypt(key, answer)
    ti, echo = plain[:TI_BYTES], plain[TI_BYTES : TI_BYTES + crypto.BLOCK_BYTES]
    if not crypto.same(echo, crypto.rotate(rnd_a)):
        raise CardSaysNo(KEY_WRONG)
    return _Ev2(transmit, crypto.Ev2Session(*crypto.ev2_session_keys(key, rnd_a, rnd_b), ti))


def authenticate_aes(transmit: Transmit, key_no: int, key: bytes, random_bytes: RandomBytes) -> Session:
    """Return a session with a card that knows `key` (DESFire EV1, AuthenticateAES); raises `CardSaysNo`."""
    challenge = expect(transmit, AUTHENTICATE_AES, bytes([key_no]), MORE)
    rnd_b = _challenge(key, challenge)
    rnd_a = random_bytes(crypto.BLOCK_BYTES)
    # One chain through all three messages, unlike EV2First.
    ours = crypto.encrypt(key, rnd_a + crypto.rotate(rnd_b), challenge)
    answer = expect(transmit, MORE, ours)
    if len(answer) != crypto.BLOCK_BYTES:
        raise CardSaysNo(KEY_WRONG)
    echo = crypto.decrypt(key, answer, ours[-crypto.BLOCK_BYTES :])
    if not crypto.same(echo, crypto.rotate(rnd_a)):
        raise CardSaysNo(KEY_WRONG)
    return _Ev1(transmit, crypto.Ev1Session(rnd_a, rnd_b))


def _challenge(key: bytes, challenge: bytes) -> bytes:
    if len(challenge) != crypto.BLOCK_BYTES:
        raise CardSaysNo(KEY_WRONG)
    return crypto.decrypt(key, challenge)


Authenticate = Callable[[Transmit, int, bytes, RandomBytes], Session]
AUTHENTICATE: Mapping[str, Authenticate] = MappingProxyType(
    {"ev2first": authenticate_ev2_first, "aes": authenticate_aes}
)


class _Ev2:
    """Commands in a session of EV2First, all in full protection."""

    def __init__(self, transmit: Transmit, session: crypto.Ev2Session) -> None:
        self._transmit = transmit
        self._session = session

    def command(self, command: int, header: bytes, data: bytes) -> None:
        if self._exchange(command, header + self._session.encrypt(data)):
            raise CardSaysNo(KEY_WRONG)

    def card_uid(self) -> bytes:
        secret = self._exchange(GET_CARD_UID, b"")
        if len(secret) != crypto.BLOCK_BYTES:
            raise CardSaysNo(KEY_WRONG)
        uid = self._session.decrypt(secret)
        if uid is None or len(uid) not in UID_LENGTHS:
            raise CardSaysNo(KEY_WRONG)
        return uid

    def change_key(self, key_no: int, old: bytes | None, new: bytes) -> None:
        if old is None:
            whole = bytes([key_no]) + self._session.encrypt(new + KEY_VERSION)
            expect(self._transmit, CHANGE_KEY, whole + self._session.mac_command(CHANGE_KEY, whole))
            return
        plain = crypto.xor(new, old) + KEY_VERSION + crypto.crc32_desfire(new)
        self.command(CHANGE_KEY, bytes([key_no]), plain)

    def _exchange(self, command: int, data: bytes) -> bytes:
        """Return the data of an answer whose message code is right."""
        answer = expect(self._transmit, command, data + self._session.mac_command(command, data))
        self._session.command_done()
        said, mac = answer[: -crypto.MAC_BYTES], answer[-crypto.MAC_BYTES :]
        if not crypto.same(mac, self._session.mac_answer(said)):
            raise CardSaysNo(KEY_WRONG)
        return said


class _Ev1:
    """Commands in a session of AuthenticateAES."""

    def __init__(self, transmit: Transmit, session: crypto.Ev1Session) -> None:
        self._transmit = transmit
        self._session = session

    def command(self, command: int, header: bytes, data: bytes) -> None:
        plain = data + crypto.crc32_desfire(bytes([command]) + header + data)
        self._finish(expect(self._transmit, command, header + self._session.encrypt(plain)))

    def card_uid(self) -> bytes:
        self._session.command(bytes([GET_CARD_UID]))
        secret = expect(self._transmit, GET_CARD_UID)
        if len(secret) != crypto.BLOCK_BYTES:
            raise CardSaysNo(KEY_WRONG)
        plain = self._session.decrypt(secret)
        # How long the number is, only its check bytes tell; they cover the status too.
        for length in UID_LENGTHS:
            uid, check = plain[:length], plain[length : length + CRC_BYTES]
            rest = plain[length + CRC_BYTES :]
            if crypto.same(check, crypto.crc32_desfire(uid + crypto.STATUS_DONE)) and not any(rest):
                return uid
        raise CardSaysNo(KEY_WRONG)

    def change_key(self, key_no: int, old: bytes | None, new: bytes) -> None:
        header = bytes([key_no])
        changed = (new if old is None else crypto.xor(new, old)) + KEY_VERSION
        plain = changed + crypto.crc32_desfire(bytes([CHANGE_KEY]) + header + changed)
        if old is not None:
            plain += crypto.crc32_desfire(new)
        answer = expect(self._transmit, CHANGE_KEY, header + self._session.encrypt(plain))
        if old is not None:
            self._finish(answer)

    def _finish(self, answer: bytes) -> None:
        if not crypto.same(answer, self._session.mac_answer(b"")):
            raise CardSaysNo(KEY_WRONG)
