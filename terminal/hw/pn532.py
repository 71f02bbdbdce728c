"""Driver of a PN532 on a serial line (its HSU interface): searches for a card and reports it like the other readers.

The chip has no events, so it is asked again and again; NXP UM0701-02 (PN532 user manual) is the source of its commands.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from terminal.base.devices import CardOrder
from terminal.base.errors import DeviceFault
from terminal.base.events import CardDetected, CardRefused, CardRemoved, CardTapped, DeviceEvent
from terminal.hw.card_reading import UNREADABLE, Identified, Transmit, Unfit
from terminal.hw.cards.examining import examine
from terminal.hw.cards.issuing import Issued
from terminal.hw.cards.keys import CardKeys
from terminal.hw.cards.ordering import ISSUING_S, CardOrders, NotIssued, OrderedIssuing, issuing_event
from terminal.hw.pn532_card import (
    RF_CONFIGURATION,
    CardLost,
    CardWasReset,
    Pn532Card,
    search,
)
from terminal.hw.pn532_line import Pn532Line
from terminal.hw.pn532_link import (
    GET_FIRMWARE_VERSION,
    ChipMute,
    ChipRefused,
    LinkStopped,
    Patience,
    Pn532Link,
)
from terminal.hw.pn532_target import Target, TargetMalformed, made_up_atr

if TYPE_CHECKING:
    import serial

__all__ = ["Patience", "Pn532Driver"]

Emit = Callable[[DeviceEvent], None]
Found = TypeVar("Found")

BAUD = 115200
# The wait of one read, and so the pause between two searches: nobody feels it, and the till has more to do.
POLL_S = 0.06
CONVERSATION_S = 2.0
TRIES_MAX = 2
EMPTY_POLLS_GONE = 2

SAM_CONFIGURATION = 0x14
# 7.2.10: normal mode (no SAM), its time limit (without meaning here), interrupt line in use.
SAM_NORMAL = bytes.fromhex("011401")
IC_PN532 = 0x32
# 7.3.1, item 5: retries of an ATR request and a PSL request (their defaults), and of a search. Without a limit on the
# last one a search lasts until a card comes, and a chip that has died meanwhile looks the same.
LIMITED_SEARCH = bytes.fromhex("05FF0102")
WAKE_UPS_MAX = 2


class Pn532Driver:
    """A PN532 at `port` (`/dev/serial/by-id/...`, or a board's own line); reports itself and its card as `name`.

    With `card_keys`, a card of a kind that has a key there must prove that it knows its own; `orders` is asked at each
    card whether it is one to be issued instead. A card is searched for every `poll_s`, and given up after
    `conversation_s`.
    """

    def __init__(
        self,
        name: str,
        port: str,
        *,
        card_keys: CardKeys | None = None,
        orders: CardOrders | None = None,
        conversation_s: float = CONVERSATION_S,
        poll_s: float = POLL_S,
        patience: Patience | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._path = port
        self._card_keys = card_keys
        self._issuing = OrderedIssuing(orders, card_keys)
        self._conversation_s = conversation_s
        self._poll_s = poll_s
        self._patience = patience
        self._monotonic_s = monotonic_s
        self._port: serial.Serial | None = None
        self._link: Pn532Link | None = None
        self._present: Target | None = None
        self._empty_polls = 0
        self._waking = threading.Event()

    def open(self) -> None:
        """Open the line for this program alone and set the chip up.

        Raise `OSError` or `DeviceFault`: `device_missing` (no such line), `device_mute` (nothing answers on it),
        `device_fault` (something else answers, or the chip refuses).
        """
        self._waking.clear()
        self._port = _open_port(self._path, self._poll_s)
        self._link = Pn532Link(Pn532Line(self._port, self._monotonic_s), self._patience, self._monotonic_s)
        try:
            self._set_up(self._link)
        except (ChipMute, LinkStopped) as trouble:
            raise DeviceFault("device_mute", str(trouble)) from trouble
        except ChipRefused as trouble:
            raise DeviceFault("device_fault", str(trouble)) from trouble
        except OSError as error:
            raise DeviceFault("device_missing", str(error)) from error

    def serve(self, stop: threading.Event, emit: Emit) -> None:
        """Report cards until `stop`; raise `DeviceFault`, with the codes of `open`, when the chip or its line fails."""
        assert self._link is not None, "serve comes after open"
        try:
            while not stop.is_set():
                self._poll(self._link, stop, emit)
                self._link.idle(self._poll_s)
        except LinkStopped:
            return
        except ChipMute as trouble:
            raise DeviceFault("device_mute", str(trouble)) from trouble
        except (ChipRefused, TargetMalformed) as trouble:
            raise DeviceFault("device_fault", str(trouble)) from trouble
        except OSError as error:
            # pyserial words an unplugged line in several ways, with and without the kernel's number.
            raise DeviceFault("device_missing", str(error)) from error
        finally:
            if not stop.is_set():
                self._card_gone(emit)
            self._present = None

    def close(self) -> None:
        """Give the line back."""
        port, self._port, self._link = self._port, None, None
        if port is not None:
            port.close()

    def wake(self) -> None:
        """End `open` at its next wait; `serve` looks at its own `stop` as often."""
        self._waking.set()

    def _set_up(self, link: Pn532Link) -> None:
        for tries_left in reversed(range(WAKE_UPS_MAX)):
            link.wake_up(self._waking)
            try:
                # The first answer that is heard is this command's: a sleeping chip wants it before any other.
                link.command(SAM_CONFIGURATION, SAM_NORMAL, stop=self._waking)
                break
            except ChipMute:
                if not tries_left:
                    raise
        version = link.command(GET_FIRMWARE_VERSION, stop=self._waking)
        if version[:1] != bytes([IC_PN532]):
            raise DeviceFault("device_fault", f"not a PN532: {version[:4].hex()}")
        link.command(RF_CONFIGURATION, LIMITED_SEARCH, stop=self._waking)

    def _poll(self, link: Pn532Link, stop: threading.Event, emit: Emit) -> None:
        """Search once and report what it means."""
        found = search(link, stop, afresh=self._present is not None)
        if found is None:
            self._empty_polls += 1
            # One empty search proves nothing: a card at the edge of the field misses some.
            if self._empty_polls >= EMPTY_POLLS_GONE:
                self._card_gone(emit)
            return
        self._empty_polls = 0
        if self._present is not None and found.may_be(self._present):
            return
        self._card_gone(emit)
        self._present = found
        order = self._issuing.take(self.name)
        if order is None:
            self._tap(link, found, stop, emit)
        else:
            self._issue(order, link, found, stop, emit)

    def _tap(self, link: Pn532Link, target: Target, stop: threading.Event, emit: Emit) -> None:
        at_s = self._monotonic_s()
        emit(CardDetected(self.name, self.name, at_s))
        outcome: Identified | Unfit = UNREADABLE
        try:
            outcome = self._converse(link, target, stop, self._examine, self._conversation_s)
        finally:
            # Also when the chip or its line fails meanwhile: a card that was detected gets an outcome.
            self._report(outcome, at_s, stop, emit)

    def _issue(self, order: CardOrder, link: Pn532Link, target: Target, stop: threading.Event, emit: Emit) -> None:
        """Carry out an order and report what came of it."""
        outcome: Issued | NotIssued | Unfit = UNREADABLE
        try:
            outcome = self._converse(link, target, stop, self._issuing.look(self.name, order), ISSUING_S)
        finally:
            emit(issuing_event(self.name, self.name, order, outcome))

    def _card_gone(self, emit: Emit) -> None:
        if self._present is not None:
            self._present = None
            emit(CardRemoved(self.name, self.name))

    def _report(self, found: Identified | Unfit, at_s: float, stop: threading.Event, emit: Emit) -> None:
        if isinstance(found, Identified):
            read = (found.kind, at_s, found.uid, found.number, found.proof, found.counter)
            emit(CardTapped(self.name, self.name, *read))
        elif not stop.is_set():
            emit(CardRefused(self.name, self.name, found.code))

    def _converse(
        self,
        link: Pn532Link,
        target: Target,
        stop: threading.Event,
        look: Callable[[bytes, Transmit], Found],
        limit_s: float,
    ) -> Found | Unfit:
        """Return what `look` finds; trouble with the card is `card_unreadable`, trouble with the chip is raised."""
        card = Pn532Card(link, target, stop, limit_s, self._monotonic_s)
        for _ in range(TRIES_MAX):
            try:
                return look(made_up_atr(card.target), card.transmit)
            except CardWasReset:
                continue
            except CardLost:
                break
        return UNREADABLE

    def _examine(self, atr: bytes, transmit: Transmit) -> Identified | Unfit:
        return examine(atr, transmit, self._card_keys)


def _open_port(path: str, read_s: float) -> serial.Serial:
    """Return the line, opened for this program alone; raise `OSError` or `DeviceFault`."""
    import termios

    import serial

    try:
        return serial.Serial(path, BAUD, timeout=read_s, exclusive=True)
    except serial.SerialException as error:
        if error.errno is None:
            raise DeviceFault("device_fault", str(error)) from error
        raise
    except termios.error as error:
        # The line vanished between being opened and being set up.
        raise DeviceFault("device_missing", str(error)) from error
