"""A type A card in front of a PN532, asked in the commands a PC/SC reader takes.

Card code is written once, for PC/SC: the storage card commands of part 3, 3.2.2, the raw channel of PN532 based readers
(ACR122U API, 5.1), and ISO 7816-4 commands. Here these become the chip's own commands (NXP UM0701-02, 7.3).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from terminal.hw.pn532_link import ChipMute, ChipRefused, Pn532Link
from terminal.hw.pn532_target import Target, parse_targets

RF_CONFIGURATION = 0x32
RF_OFF = bytes.fromhex("0100")
RF_ON = bytes.fromhex("0101")
RF_PAUSE_S = 0.006  # ISO 14443-3, 5.4: five milliseconds without power reset any card
IN_DATA_EXCHANGE = 0x40
IN_COMMUNICATE_THRU = 0x42
IN_LIST_PASSIVE_TARGET = 0x4A
RAW = bytes.fromhex("D442")
# One card, ISO 14443 type A at 106 kbit/s.
ONE_TYPE_A = bytes.fromhex("0100")
TARGET = b"\x01"
STATUS_CODE_BITS = 0x3F  # 7.1: the error code; of the others, 0x40 says that more of the answer waits
STATUS_MORE = 0x40
STATUS_OK = 0x00
EXCHANGE_DATA_MAX = 262  # 7.3.8
ANSWER_BYTES_MAX = 4096

COMMANDS_MAX = 100
RELIST_TRIES = 2
BLOCK_BYTES = 16
PAGE_BYTES = 4
KEY_SLOTS = (0, 1)
KEY_BYTES = 6
KEY_TYPES = (0x60, 0x61)
MIFARE_READ = 0x30
CLASSIC_WRITE = 0xA0
TYPE2_WRITE = 0xA2

Reply = tuple[bytes, int]
DONE: Reply = (b"", 0x9000)
FAILED: Reply = (b"", 0x6300)
WRONG_LENGTH: Reply = (b"", 0x6700)
NOT_SUPPORTED: Reply = (b"", 0x6A81)
SW1_MORE = 0x61
SW1_WRONG_LE = 0x6C


class CardLost(Exception):  # noqa: N818 - said of the card, caught by name
    """The card is gone, or the conversation took too long: nothing more is to be had of it."""


class CardWasReset(CardLost):
    """The card is there, but it has forgotten the conversation: beginning again helps."""


def search(link: Pn532Link, stop: threading.Event, *, afresh: bool) -> Target | None:
    """Return the card in the field, None when there is none; raise `LinkTrouble` or `TargetMalformed`.

    `afresh` takes the cards' power away first: one that was spoken to would not answer a search (ISO 14443-3, 6.3).
    """
    try:
        return _search(link, stop, afresh=afresh)
    except ChipMute:
        # An answer may be all that was lost: a chip that is alive answers the second time.
        return _search(link, stop, afresh=afresh)


def _search(link: Pn532Link, stop: threading.Event, *, afresh: bool) -> Target | None:
    if afresh:
        link.command(RF_CONFIGURATION, RF_OFF, stop=stop)
        stop.wait(RF_PAUSE_S)
        link.command(RF_CONFIGURATION, RF_ON, stop=stop)
    return parse_targets(link.command(IN_LIST_PASSIVE_TARGET, ONE_TYPE_A, stop=stop))


class Pn532Card:
    """One conversation with `target`, just listed; ended by `stop`, and after `limit_s`.

    Every method raises `CardLost` when the card is gone, and `LinkTrouble` or `OSError` with the chip.
    """

    def __init__(
        self,
        link: Pn532Link,
        target: Target,
        stop: threading.Event,
        limit_s: float,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.target = target
        self._link = link
        self._stop = stop
        self._monotonic_s = monotonic_s
        self._deadline_s = monotonic_s() + limit_s
        self._commands = 0
        self._keys: dict[int, bytes] = {}
        # By instruction and first parameter.
        self._handlers: dict[bytes, Callable[[bytes], Reply]] = {
            b"\xca\x00": self._get_data,
            b"\xca\x01": self._get_data,
            b"\x82\x00": self._load_key,
            b"\x86\x00": self._authenticate,
            b"\x88\x00": self._authenticate,
            b"\xb0\x00": self._read,
            b"\xd6\x00": self._update,
            b"\x00\x00": self._raw,
        }

    def restart(self) -> None:
        """Select the card again from the beginning; raise `CardLost` when it is gone or another one lies there."""
        for _ in range(RELIST_TRIES):
            found = search(self._link, self._stop, afresh=True)
            if found is not None and found.may_be(self.target):
                self.target = found
                return
        raise CardLost

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Return data and status word for one command, as a PC/SC reader would; an answer in parts is fetched whole."""
        data, status = self._transmit(command)
        if status >> 8 == SW1_WRONG_LE and command[:1] != b"\xff":
            data, status = self._transmit(command[:-1] + bytes([status & 0xFF]))
        while status >> 8 == SW1_MORE:
            more, status = self._transmit(bytes([0x00, 0xC0, 0x00, 0x00, status & 0xFF]))
            data += more
        return data, status

    def _transmit(self, command: bytes) -> Reply:
        # A card may answer "more" for ever; a conversation that long is no member card's.
        self._commands += 1
        if self._commands > COMMANDS_MAX:
            raise CardLost
        if command[:1] != b"\xff":
            return self._apdu(command)
        handle = self._handlers.get(command[1:3])
        if handle is None or len(command) < 5:
            return NOT_SUPPORTED
        return handle(command)

    def _get_data(self, command: bytes) -> Reply:
        data = self.target.ats if command[2] else self.target.uid
        if not data:
            return NOT_SUPPORTED
        if 0 < command[4] < len(data):
            return b"", SW1_WRONG_LE << 8 | len(data)
        return data, 0x9000 if command[4] in {0, len(data)} else 0x6282

    def _load_key(self, command: bytes) -> Reply:
        if command[4] != KEY_BYTES or len(command) != 5 + KEY_BYTES:
            return WRONG_LENGTH
        if command[3] not in KEY_SLOTS:
            return FAILED
        self._keys[command[3]] = command[5:]
        return DONE

    def _authenticate(self, command: bytes) -> Reply:
        """Log in to a Classic sector: General Authenticate, or its older form with the same three bytes."""
        whole = command[1] == 0x86 and len(command) == 10 and command[3:7] == b"\x00\x05\x01\x00"
        if not whole and not (command[1] == 0x88 and len(command) == 6):
            return WRONG_LENGTH
        block, key_type, slot = command[7:10] if whole else command[3:6]
        key = self._keys.get(slot)
        if key is None or key_type not in KEY_TYPES or not self.target.is_classic:
            return FAILED
        # NXP AN10927: a card with a longer number logs in with the last four bytes of it.
        status, _ = self._exchange(bytes([key_type, block]) + key + self.target.uid[-4:])
        return DONE if status == STATUS_OK else FAILED

    def _read(self, command: bytes) -> Reply:
        if len(command) != 5 or self.target.is_part4:
            return NOT_SUPPORTED
        wanted = command[4] or BLOCK_BYTES
        if wanted > BLOCK_BYTES:
            return b"", SW1_WRONG_LE << 8 | BLOCK_BYTES
        status, data = self._exchange(bytes([MIFARE_READ, command[3]]))
        return (data[:wanted], 0x9000) if status == STATUS_OK and len(data) == BLOCK_BYTES else FAILED

    def _update(self, command: bytes) -> Reply:
        if self.target.is_part4:
            return NOT_SUPPORTED
        size, code = (BLOCK_BYTES, CLASSIC_WRITE) if self.target.is_classic else (PAGE_BYTES, TYPE2_WRITE)
        if command[4] != size or len(command) != 5 + size:
            return WRONG_LENGTH
        status, _ = self._exchange(bytes([code, command[3]]) + command[5:])
        return DONE if status == STATUS_OK else FAILED

    def _raw(self, command: bytes) -> Reply:
        """Carry bytes to a type 2 card and back, with the chip's own status in front of its answer."""
        if self.target.is_part4 or len(command) < 8 or command[4] != len(command) - 5 or command[5:7] != RAW:
            return NOT_SUPPORTED
        status, answer = self._ask(IN_COMMUNICATE_THRU, command[7:])
        return bytes([0xD5, IN_COMMUNICATE_THRU + 1, status]) + answer, 0x9000

    def _exchange(self, data: bytes) -> tuple[int, bytes]:
        return self._ask(IN_DATA_EXCHANGE, TARGET + data)

    def _ask(self, code: int, data: bytes) -> tuple[int, bytes]:
        """Return status and data for a storage card's command; after a failure the card has been selected again."""
        # What goes through unread may be a step of an authentication, which is never sent twice.
        answer = self._command(code, data, resend=code == IN_DATA_EXCHANGE)
        status = answer[0] & STATUS_CODE_BITS
        if status != STATUS_OK:
            # A card that refused is as silent as one that was pulled away; searching for it tells which.
            self.restart()
        return status, answer[1:]

    def _apdu(self, command: bytes) -> Reply:
        if not self.target.is_part4:
            return b"", 0x6D00
        if len(command) > EXCHANGE_DATA_MAX:
            return WRONG_LENGTH
        # Never sent twice: a card in the middle of an authentication takes the second one for a forgery.
        data, part = b"", TARGET + command
        while True:
            answer = self._command(IN_DATA_EXCHANGE, part, resend=False)
            if answer[0] & STATUS_CODE_BITS != STATUS_OK:
                self.restart()
                raise CardWasReset
            data += answer[1:]
            if not answer[0] & STATUS_MORE:
                break
            if len(data) > ANSWER_BYTES_MAX:
                raise CardLost
            part = TARGET
        if len(data) < 2:
            raise CardLost
        return data[:-2], int.from_bytes(data[-2:], "big")

    def _command(self, code: int, data: bytes, *, resend: bool) -> bytes:
        """Return a non-empty answer of the chip about the card, within the conversation's time."""
        left_s = self._deadline_s - self._monotonic_s()
        if left_s <= 0 or self._stop.is_set():
            raise CardLost
        try:
            answer_s = min(left_s, self._link.patience.card_s)
            answer = self._link.command(code, data, stop=self._stop, answer_s=answer_s, resend=resend)
        except (ChipMute, ChipRefused) as trouble:
            # Lost on the line, or the card keeps the chip busy. If it is the chip that fell silent, this says so.
            self.restart()
            raise CardWasReset from trouble
        if not answer:
            raise CardLost
        return answer
