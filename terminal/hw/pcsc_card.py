"""One conversation with one card over PC/SC: connect, commands with the retries that help, disconnect.

It is one transaction (PC/SC part 5, SCardBeginTransaction): another program that shares the reader can put no command
between ours, which would end an authentication, and waits until we are done. The client library itself asks again, ten
times a second, while the other one has its turn; how long that may take is limited by `pcsc_watch`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from terminal.hw.card_reading import UNREADABLE, Transmit, Unfit

logger = logging.getLogger(__name__)

CONVERSATION_S = 2.0
# Another program may hold the card for a moment: half a second of patience, as long as people hold a card.
SHARING_PAUSE_S = 0.05
SHARING_TRIES = 10
RESETS_MAX = 2
COMMANDS_MAX = 40

SUCCESS = 0x00000000
SHARING_VIOLATION = 0x8010000B
WAS_RESET = 0x80100068
# Communication trouble that one more try may cure: SCARD_E_COMM_DATA_LOST, SCARD_E_NOT_TRANSACTED.
TRY_AGAIN = frozenset({0x8010002F, 0x80100016})

SW_BYTES = 2
SW1_MORE = 0x61  # ISO 7816-4: SW2 more bytes wait to be fetched
SW1_WRONG_LE = 0x6C  # ISO 7816-4: repeat the command with Le = SW2

# What is wanted of the card: made from its answer to reset and a way to ask it.
Found = TypeVar("Found")
Look = Callable[[bytes, Transmit], Found]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a conversation may take, and how many commands."""

    seconds: float = CONVERSATION_S
    commands: int = COMMANDS_MAX


TAP = Limits()


class CardUnreadable(Exception):  # noqa: N818 - said of the card: the conversation failed and nothing is known
    """The card is mute, gone, held by another program, or took too long; `result` is the PC/SC code for the log."""

    def __init__(self, result: int) -> None:
        super().__init__(f"{result:08X}")
        self.result = result


class _CardWasReset(CardUnreadable):
    """Another program reset the card: what was known of it is void, and beginning again helps."""


def read_card(
    scard: Any,  # noqa: ANN401 - pyscard has no types
    context: int,
    reader: str,
    atr: bytes,
    stop: threading.Event,
    *,
    look: Look[Found],
    limits: Limits = TAP,
    monotonic_s: Callable[[], float] = time.monotonic,
) -> Found | Unfit:
    """Return what `look` finds, within about `limits`; trouble with the card makes it `card_unreadable`.

    `look` is called again when another program reset the card. A lost card service looks like a lost card here;
    whoever watches the readers meets it next and says so.
    """
    # PC/SC's own time limit for one command is the reader driver's; between commands the limit is kept here.
    deadline_s = monotonic_s() + limits.seconds

    def check() -> None:
        if stop.is_set() or monotonic_s() > deadline_s:
            raise CardUnreadable(int(scard.SCARD_E_TIMEOUT))

    try:
        conversation = _Conversation(scard, context, reader, check, stop, limits.commands)
        try:
            return _examine(conversation, atr, look)
        finally:
            conversation.close()
    except CardUnreadable as trouble:
        logger.info("card in %s not read: %08X", reader, trouble.result)
        return UNREADABLE


def _examine(conversation: _Conversation, atr: bytes, look: Look[Found]) -> Found:
    for _ in range(RESETS_MAX):
        try:
            conversation.begin()
            return look(atr or conversation.atr(), conversation.transmit)
        except _CardWasReset:
            conversation.reconnect()
    raise _CardWasReset(WAS_RESET)


class _Conversation:
    """An open connection to a card; every method raises `CardUnreadable` when the card is of no more use."""

    def __init__(
        self,
        scard: Any,  # noqa: ANN401 - the same
        context: int,
        reader: str,
        check: Callable[[], None],
        stop: threading.Event,
        commands_max: int,
    ) -> None:
        self._scard = scard
        self._check = check
        self._stop = stop
        self._protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        self._commands_left = commands_max
        self._handle, self._protocol = self._patiently(
            lambda: scard.SCardConnect(context, reader, scard.SCARD_SHARE_SHARED, self._protocols)
        )

    def begin(self) -> None:
        """Have the card for this conversation alone."""
        self._patiently(lambda: [self._scard.SCardBeginTransaction(self._handle)])

    def close(self) -> None:
        """Let others have the card, leave it as it is and disconnect; the results do not matter any more."""
        # The daemon knows no end of a transaction with a card that has gone: there, disconnecting ends it.
        self._scard.SCardEndTransaction(self._handle, self._scard.SCARD_LEAVE_CARD)
        self._scard.SCardDisconnect(self._handle, self._scard.SCARD_LEAVE_CARD)

    def reconnect(self) -> None:
        """Get the connection back after another program reset the card."""
        scard = self._scard
        (self._protocol,) = self._patiently(
            lambda: scard.SCardReconnect(
                self._handle, scard.SCARD_SHARE_SHARED, self._protocols, scard.SCARD_LEAVE_CARD
            )
        )

    def atr(self) -> bytes:
        """Return the answer to reset, for the case that the reader's event came without it."""
        result, *answer = self._scard.SCardStatus(self._handle)
        if result != SUCCESS:
            raise CardUnreadable(result)
        return bytes(answer[-1])

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        """Return the answer's data and status word to a command APDU, fetched whole."""
        data, status = self._exchange(command)
        if status >> 8 == SW1_WRONG_LE:
            data, status = self._exchange(command[:-1] + bytes([status & 0xFF]))
        while status >> 8 == SW1_MORE:
            more, status = self._exchange(bytes([0x00, 0xC0, 0x00, 0x00, status & 0xFF]))
            data += more
        return data, status

    def _exchange(self, command: bytes) -> tuple[bytes, int]:
        # A card may answer "more" for ever; a conversation that long is no member card's.
        if not self._commands_left:
            raise CardUnreadable(int(self._scard.SCARD_E_TIMEOUT))
        self._commands_left -= 1
        (answer,) = self._patiently(lambda: self._scard.SCardTransmit(self._handle, self._protocol, list(command)))
        if len(answer) < SW_BYTES:
            raise CardUnreadable(int(self._scard.SCARD_F_COMM_ERROR))
        whole = bytes(answer)
        return whole[:-SW_BYTES], int.from_bytes(whole[-SW_BYTES:], "big")

    def _patiently(self, call: Callable[[], list[Any]]) -> list[Any]:
        """Return what a PC/SC call gives besides its result, after the retries that its errors are worth."""
        tries_left, shares_left = 1, SHARING_TRIES
        while True:
            self._check()
            result, *values = call()
            if result == SUCCESS:
                return values
            if result == WAS_RESET:
                raise _CardWasReset(result)
            if result == SHARING_VIOLATION and shares_left:
                shares_left -= 1
                self._stop.wait(SHARING_PAUSE_S)
            elif result in TRY_AGAIN and tries_left:
                tries_left -= 1
            else:
                raise CardUnreadable(result)
