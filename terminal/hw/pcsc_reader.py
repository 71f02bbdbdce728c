"""One PC/SC reader's own thread: it talks to the cards that come, so that a slow one keeps no other reader waiting.

pcsc(3) wants a context for each thread: a call holds its context, and so also every other call with it, until the
service has answered. Whoever watches all readers says here what the service saw; what is told of a reader comes from
its thread alone, in the order in which it happened.

A reader whose driver hangs, or whose card another program does not let go, is told as lost once the call was broken off
(`pcsc_watch`), and as back with the next thing the service sees there: it sees nothing at a reader that hangs.

A card that was read is no good card yet: whose it is, and whether it is a copy, the till decides. The reader says yes
or no when it is told, with the same thread, and goes on watching its card meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from terminal.base.devices import CardOrder
from terminal.base.events import (
    CardDetected,
    CardIssued,
    CardIssueFailed,
    CardRefused,
    CardRemoved,
    CardTapped,
    DeviceDown,
    DeviceEvent,
    DeviceUp,
)
from terminal.hw.card_reading import UNREADABLE, Identified, Transmit, Unfit
from terminal.hw.cards.ordering import ISSUING_COMMANDS_MAX, ISSUING_S, OrderedIssuing, issuing_event
from terminal.hw.pcsc_card import SUCCESS, Found, Limits, Look, read_card
from terminal.hw.pcsc_feedback import PcscFeedback
from terminal.hw.reader_feedback import Outcome

# How long the till may think about a card: a yes that comes later is taken for the next card's.
VERDICT_S = 0.7

Emit = Callable[[DeviceEvent], None]
# What the till answers with a yes or a no.
Question = CardTapped | CardIssued
Examine = Callable[[bytes, Transmit], Identified | Unfit]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A card that came, at `at_s` (monotonic); a mute one does not answer its reset."""

    at_s: float
    atr: bytes
    mute: bool


@dataclass(frozen=True, slots=True)
class CardWork:
    """What is done with a card, the same at every reader and safe from any thread."""

    examine: Examine
    issuing: OrderedIssuing
    feedback: PcscFeedback
    limits: Limits
    monotonic_s: Callable[[], float]


class ReaderThread:
    """The reader `slot` of the service, told of as `device`, from `start` until it is gone or stopped."""

    def __init__(self, device: str, slot: str, scard: Any, work: CardWork, emit: Emit) -> None:  # noqa: ANN401 - pyscard has no types
        self.device = device
        self.slot = slot
        self._scard = scard
        self._work = work
        self._emit = emit
        self._context: int | None = None
        self._stop = threading.Event()
        self._news = threading.Condition()
        # No more than the newest of each is kept, so that a loose contact fills nothing while a card is being read.
        self._came: Arrival | None = None
        self._left = False
        self._gone = ""
        self._question: Question | None = None
        self._answer_until_s = 0.0
        self._verdict: Outcome | None = None
        self._present = False
        self._lit = False
        self._hangs = False
        self._telling = threading.Lock()
        self._silent = False
        self._thread = threading.Thread(target=self._run, name=f"pcsc {device}", daemon=True)

    def start(self) -> None:
        """Begin; what came meanwhile is read at once."""
        self._thread.start()

    def came(self, arrival: Arrival) -> None:
        """The service saw a card come."""
        with self._news:
            self._came = arrival
            self._news.notify()

    def left(self) -> None:
        """The service saw the card leave; one that nobody had begun to read was never there."""
        with self._news:
            if self._came is None:
                self._left = True
            self._came = None
            self._news.notify()

    def gone(self, code: str) -> None:
        """The service lost the reader: once the conversation has failed, tell so with `code`, and end."""
        with self._news:
            self._gone = code
            self._news.notify()

    def tell(self, question: Question, *, accepted: bool) -> None:
        """Have the reader say what the till made of the card that this very event told of; never waits.

        Only the first word counts, within `VERDICT_S`, and none once another card has come: the reader stays silent.
        """
        with self._news:
            if question is self._question and self._came is None and self._work.monotonic_s() <= self._answer_until_s:
                self._question = None
                self._verdict = "accepted" if accepted else "refused"
                self._news.notify()

    def stop(self) -> None:
        """End soon, also in the midst of a conversation, without a word about card and reader."""
        with self._news:
            self._stop.set()
            self._news.notify()

    def join(self, timeout_s: float) -> bool:
        """Wait up to a time for the thread to end, and tell whether it has."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def alive(self) -> bool:
        """Tell whether the thread still runs; before it was told to end, only a bug ends it."""
        return self._thread.is_alive()

    def silent(self) -> bool:
        """Tell whether everything is told that ever will be."""
        with self._telling:
            return self._silent

    def farewell(self, code: str) -> None:
        """Tell, once, that the card is gone and with `code` also the reader; nothing is told after that."""
        with self._telling:
            if self._silent:
                return
            if code and self._present:
                self._emit(CardRemoved(self.device, self.slot))
            if code:
                self._emit(DeviceDown(self.device, code))
            self._silent = True

    def _run(self) -> None:
        try:
            self._establish()
            while self._turn():
                pass
        finally:
            self._work.feedback.forget(self.device)
            self._release()

    def _establish(self) -> None:
        result, context = self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_SYSTEM)
        self._context = context if result == SUCCESS else None

    def _turn(self) -> bool:
        """Wait for news and tell them; return whether there may be more."""
        with self._news:
            self._news.wait_for(self._is_news)
            left, arrival, gone, verdict = self._left, self._came, self._gone, self._verdict
            self._left, self._came, self._verdict = False, None, None
            if arrival is not None:
                self._question = None
        if self._stop.is_set():
            return False
        if self._hangs and (left or arrival is not None):
            self._hangs = False
            self._say(DeviceUp(self.device))
        if left and self._present:
            self._present = False
            self._say(CardRemoved(self.device, self.slot))
        if gone:
            self.farewell(gone)
            return False
        if arrival is None and verdict is not None and self._may_signal():
            self._signal(verdict)
        if self._lit and not self._present:
            self._signal("idle")
        if arrival is not None:
            self._present = True
            self._read(arrival)
        if call := self._scard.given_up():
            self._lose(call)
        return True

    def _lose(self, call: str) -> None:
        """A call to this reader was broken off, and the context with it: tell so, and have a new one."""
        if not self._stop.is_set():
            self._hangs = True
            self._say(DeviceDown(self.device, "device_stalled", call))
        self._release()
        self._establish()

    def _release(self) -> None:
        context, self._context = self._context, None
        if context is not None:
            self._scard.SCardReleaseContext(context)

    def _is_news(self) -> bool:
        return bool(self._left or self._came or self._gone or self._verdict) or self._stop.is_set()

    def _say(self, event: DeviceEvent) -> None:
        with self._telling:
            if not self._silent:
                self._emit(event)

    def _ask(self, question: Question) -> None:
        """Tell what the till has to answer; the answer may come before this returns."""
        with self._news:
            self._question, self._answer_until_s = question, self._work.monotonic_s() + VERDICT_S
        self._say(question)

    def _read(self, arrival: Arrival) -> None:
        if self._context is None:
            self._establish()
        order = self._work.issuing.take(self.device)
        event = self._tap(arrival) if order is None else self._issue(arrival, order)
        if isinstance(event, CardTapped | CardIssued):
            self._ask(event)
        elif isinstance(event, CardIssueFailed) or not self._stop.is_set():
            # Nothing is left for the till to decide.
            self._say(event)
            self._signal("refused")

    def _tap(self, arrival: Arrival) -> CardTapped | CardRefused:
        """Report that a card is there, and return what card it is."""
        self._say(CardDetected(self.device, self.slot, arrival.at_s))
        found = self._converse(arrival, self._work.examine, self._work.limits)
        if isinstance(found, Identified):
            return CardTapped(
                self.device, self.slot, found.kind, arrival.at_s, found.uid, found.number, found.proof, found.counter
            )
        return CardRefused(self.device, self.slot, found.code)

    def _issue(self, arrival: Arrival, order: CardOrder) -> CardIssued | CardIssueFailed:
        """Carry out an order, and return what came of it."""
        look, limits = self._work.issuing.look(self.device, order), Limits(ISSUING_S, ISSUING_COMMANDS_MAX)
        return issuing_event(self.device, self.slot, order, self._converse(arrival, look, limits))

    def _may_signal(self) -> bool:
        # Over the connection of a card, a word about one that has gone would be said of the next one.
        return self._present or not self._work.feedback.needs_card(self.device)

    def _signal(self, outcome: Outcome) -> None:
        if self._context is not None and not self._stop.is_set():
            self._lit = outcome != "idle"
            self._work.feedback.tell(self._scard, self._context, self.device, self.slot, outcome)

    def _converse(self, arrival: Arrival, look: Look[Found], limits: Limits) -> Found | Unfit:
        if arrival.mute or self._context is None:
            return UNREADABLE
        return read_card(
            self._scard,
            self._context,
            self.slot,
            arrival.atr,
            self._stop,
            look=look,
            limits=limits,
            monotonic_s=self._work.monotonic_s,
        )
