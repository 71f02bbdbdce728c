"""A PC/SC reader's beep and lights, told in a short conversation of their own once the till has decided on a card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.hw.pcsc_card import SUCCESS
from terminal.hw.reader_feedback import ESCAPE_CODE, NONE, FeedbackProfile, Outcome, ReaderFeedback, profile_of


class PcscFeedback:
    """The signals of all readers, each told by its own thread; a reader without a profile stays as it is."""

    def __init__(self, profiles: Mapping[str, str]) -> None:
        """Signal by the profile each reader's id has; raise `ValueError` for one that does not exist."""
        self._profiles: dict[str, FeedbackProfile] = {reader: profile_of(name) for reader, name in profiles.items()}
        self._readers: dict[str, ReaderFeedback] = {}

    def needs_card(self, device: str) -> bool:
        """Tell whether a reader is told over its card's connection: then it is silent without one."""
        return not self._profiles.get(device, NONE).escape

    def tell(self, scard: Any, context: int, device: str, reader: str, outcome: Outcome) -> None:  # noqa: ANN401 - pyscard has no types
        """Signal an outcome at `reader`; takes as long as the reader's signal, and fails without a word to anybody."""
        profile = self._profiles.get(device, NONE)
        if profile is NONE or not profile.commands(outcome):
            return
        share = scard.SCARD_SHARE_DIRECT if profile.escape else scard.SCARD_SHARE_SHARED
        protocols = 0 if profile.escape else scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        result, handle, protocol = scard.SCardConnect(context, reader, share, protocols)
        if result != SUCCESS:
            return  # the card has gone already, and with it whoever would hear the signal

        def send(command: bytes) -> bytes:
            if profile.escape:
                result, answer = scard.SCardControl(handle, ESCAPE_CODE, list(command))
            else:
                result, answer = scard.SCardTransmit(handle, protocol, list(command))
            if result != SUCCESS:
                raise OSError(f"{result:08X}")
            return bytes(answer)

        try:
            feedback = self._readers.get(device)
            if feedback is None:
                feedback = self._readers[device] = ReaderFeedback(device, profile)
                feedback.reopened(send)
            feedback.tell(outcome, send)
        finally:
            scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)

    def forget(self, device: str) -> None:
        """A reader went; when it is back, it is tried anew."""
        self._readers.pop(device, None)
