"""What passes between a client and the card or reader behind its handle, and what goes wrong on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.hw_sim.card_base import Card
from tests.hw_sim.card_trouble import FieldLost
from tests.hw_sim.pcsc_desk import Desk
from tests.hw_sim.pcsc_protocol import Code, Control, Transmit
from tests.hw_sim.pcsc_slot import Link, Slot

ESCAPE = 0x42000DAC
GET_FEATURES = 0x42000D48


class Exchange:
    """Carries APDUs and escape commands; call with the desk's lock held."""

    def __init__(self, desk: Desk, gone: Callable[[Link], Code]) -> None:
        """Work on `desk`; `gone` says why a handle has lost its card or reader."""
        self._desk = desk
        self._gone = gone

    def transmit(self, link: Link, ask: Transmit, command: bytes) -> tuple[Transmit, bytes]:
        """Return the answer to one APDU; the reader's faults take effect here."""
        if code := _ready(link.slot, ask.send_protocol):
            return replace(ask, room=0, rv=code), b""
        outcome = self._outcome(link, command)
        if isinstance(outcome, int):
            return replace(ask, room=0, rv=outcome), b""
        if len(outcome) > ask.room:
            return replace(ask, room=len(outcome), rv=Code.INSUFFICIENT_BUFFER), b""
        return replace(ask, receive_protocol=ask.send_protocol, room=len(outcome), rv=Code.OK), outcome

    def _outcome(self, link: Link, command: bytes) -> bytes | int:
        """Return the card's answer or a result code, with the prepared faults."""
        slot, card, faults, hit = link.slot, link.slot.card, link.slot.faults, self._desk.fault_counter.hit
        assert card is not None
        outcome: bytes | int
        if code := self._wait_out_delay(link):
            outcome = code
        elif (failure := faults.due()) == "remove":
            outcome = self._pull_away(slot)
        elif isinstance(failure, int) and failure:
            hit("apdu_error")
            outcome = failure
            if failure == Code.CARD_RESET:
                slot.face.power_on(card)  # or the card would remember what a reset makes it forget
        elif (answer := _answer(slot, card, command)) is None:
            outcome = self._pull_away(slot)
        else:
            outcome = answer
            if failure == "remove_after":
                outcome = self._pull_away(slot)
            elif faults.garble_left:
                hit("garbled_answer")
                outcome = faults.garbled(outcome)
            elif card.uid_is_random and command[:4] == b"\xff\xca\x00\x00":
                hit("random_uid")
        self._desk.note(slot, card, command, outcome)
        return outcome

    def _wait_out_delay(self, link: Link) -> Code:
        """Wait as long as the reader is slow, with the lock let go; return why it ended before its time."""
        delay_s = link.slot.faults.delay_s
        if not delay_s:
            return Code.OK
        link.slot.held_up += 1
        in_peace = not self._desk.lock.wait_for(lambda: self._gone(link), delay_s)
        link.slot.held_up -= 1
        if in_peace:
            self._desk.fault_counter.hit("slow_answer")
            return Code.OK
        code = self._gone(link)
        if code is Code.CARD_REMOVED:
            self._desk.fault_counter.hit("card_away_mid_exchange")
        return code

    def _pull_away(self, slot: Slot) -> Code:
        self._desk.fault_counter.hit("card_away_mid_exchange")
        self._desk.take_from(slot)
        return Code.CARD_REMOVED

    def control(self, link: Link, ask: Control, data: bytes) -> tuple[Control, bytes]:
        """Answer an escape command (if the driver allows it) or the question for PIN pad features (none)."""
        answer: bytes | None = None
        if ask.code == GET_FEATURES:
            answer = b""
        elif ask.code == ESCAPE and link.slot.escape_allowed and data[:3] == b"\xe0\x00\x00" and len(data) > 4:
            answer = b"\xe1\x00\x00\x00\x01" + data[-1:]
            self._desk.note_escape(link.slot, data)
        if answer is None:
            return replace(ask, returned=0, rv=Code.NOT_SUPPORTED), b""
        if len(answer) > ask.room:
            return replace(ask, returned=0, rv=Code.INSUFFICIENT_BUFFER), b""
        return replace(ask, returned=len(answer), rv=Code.OK), answer


def _answer(slot: Slot, card: Card, command: bytes) -> bytes | None:
    """Return the card's answer, or None when it has left the field during the command."""
    try:
        return slot.face.transmit(card, command)
    except FieldLost:
        return None


def _ready(slot: Slot, protocol: int) -> Code:
    """Whether a card is there which speaks the protocol of the request."""
    if slot.card is None:
        return Code.NO_CARD
    if slot.mute:
        return Code.UNRESPONSIVE
    return Code.OK if protocol and protocol == slot.protocol else Code.PROTOCOL_MISMATCH
