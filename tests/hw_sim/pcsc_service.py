"""What the daemon does for its clients: contexts, card handles, transactions and APDUs.

Semantics after pcsc-lite 1.9.9, `winscard.c` and `readerfactory.c`: a handle belongs to the insertion it was made
for; an exclusive connection stays until it is closed, even when the card has gone; a transaction blocks others.
"""

from __future__ import annotations

from dataclasses import replace

from tests.hw_sim.pcsc_desk import Desk
from tests.hw_sim.pcsc_exchange import Exchange
from tests.hw_sim.pcsc_protocol import Code, Connect, Control, Reconnect, Transmit
from tests.hw_sim.pcsc_slot import EXCLUSIVE, Link, Slot

SHARE_EXCLUSIVE, SHARE_SHARED, SHARE_DIRECT = 1, 2, 3
LEAVE, RESET, UNPOWER, EJECT = range(4)


class Service:
    """The calls of clients; a client is known by a number its connection chose."""

    def __init__(self, desk: Desk) -> None:
        """Serve the readers of `desk`."""
        self._desk = desk
        self._contexts: dict[int, int] = {}
        self._links: dict[int, Link] = {}
        # Numbers are never used twice, so that one from before a crash means nothing after it.
        self._last_number = 0x1000
        self._exchange = Exchange(desk, self._gone)
        desk.when_reset = self._note_reset

    def _number(self) -> int:
        self._last_number += 1
        return self._last_number

    def establish(self, client: int) -> tuple[int, Code]:
        """Hand out a context."""
        with self._desk.lock:
            if self._desk.denied:
                self._desk.fault_counter.hit("access_denied")
                return 0, Code.ACCESS_DENIED
            number = self._number()
            self._contexts[number] = client
            return number, Code.OK

    def release(self, client: int, context: int) -> Code:
        """Take a context back and close its handles."""
        with self._desk.lock:
            if self._contexts.get(context) != client:
                return Code.INVALID_HANDLE
            del self._contexts[context]
            for link in [link for link in self._links.values() if link.context == context]:
                # A card left in the middle of a transaction is reset, as the daemon does.
                self._close(link, RESET if link.slot.lock_handle == link.number else LEAVE)
            return Code.OK

    def forget(self, client: int) -> None:
        """Clean up after a connection that ended."""
        with self._desk.lock:
            self._desk.waiters.pop(client, None)
            for context in [number for number, owner in self._contexts.items() if owner == client]:
                self.release(client, context)

    def restart(self) -> None:
        """Lose every context and handle, as a daemon that died."""
        with self._desk.lock:
            self._contexts.clear()
            self._links.clear()
            self._desk.restart()

    def cancel(self, context: int) -> Code:
        """Wake the client that waits with this context."""
        with self._desk.lock:
            if context not in self._contexts:
                return Code.INVALID_HANDLE
            if wake := self._desk.waiters.pop(self._contexts[context], None):
                wake(Code.CANCELLED)
            return Code.OK

    def connect(self, client: int, ask: Connect) -> Connect:
        """Open a handle."""
        with self._desk.lock:
            slot = self._desk.find(ask.name)
            if self._contexts.get(ask.context) != client:
                return replace(ask, rv=Code.INVALID_HANDLE)
            if slot is None:
                self._desk.told_unplugged(ask.name)
                return replace(ask, rv=Code.UNKNOWN_READER)
            if code := self._admit(slot, ask):
                return replace(ask, rv=code)
            if ask.share == SHARE_EXCLUSIVE:
                slot.sharing = EXCLUSIVE
            else:
                slot.sharing += 1
            link = Link(self._number(), client, ask.context, slot, slot.epoch)
            if ask.share == SHARE_EXCLUSIVE:
                slot.lock_handle, slot.lock_depth = link.number, 1
            self._links[link.number] = link
            return replace(ask, card=link.number, protocol=slot.protocol, rv=Code.OK)

    def _admit(self, slot: Slot, ask: Connect) -> Code:
        if ask.share not in {SHARE_EXCLUSIVE, SHARE_SHARED, SHARE_DIRECT}:
            return Code.INVALID_VALUE
        if slot.faults.busy_left:
            slot.faults.busy_left -= 1
            self._desk.fault_counter.hit("sharing_violation")
            return Code.SHARING_VIOLATION
        code = Code.SHARING_VIOLATION if slot.sharing == EXCLUSIVE else self._wait_out_transaction(slot, ask.context)
        if code:
            return code
        if ask.share == SHARE_EXCLUSIVE and slot.sharing:
            return Code.SHARING_VIOLATION
        return Code.OK if ask.share == SHARE_DIRECT else slot.choose_protocol(ask.protocols)

    def _wait_out_transaction(self, slot: Slot, context: int) -> Code:
        """Wait, as the daemon does, until no transaction of another client is under way."""
        self._desk.lock.wait_for(lambda: not slot.lock_handle or context not in self._contexts)
        if context not in self._contexts:
            return Code.INVALID_HANDLE
        return Code.OK if self._desk.find(slot.name) is slot else Code.UNKNOWN_READER

    def reconnect(self, client: int, ask: Reconnect) -> Reconnect:
        """Bind a handle to the card that is there now."""
        with self._desk.lock:
            link, code = self._link(client, ask.card)
            if link is None or code:
                return replace(ask, rv=code)
            slot = link.slot
            if ask.initialization not in {LEAVE, RESET, UNPOWER}:
                return replace(ask, rv=Code.INVALID_VALUE)
            if ask.initialization != LEAVE and slot.card:
                slot.reset()
                self._note_reset(slot)
            if ask.share != SHARE_DIRECT and (code := slot.choose_protocol(ask.protocols)):
                return replace(ask, rv=code)
            if code := _change_share(slot, link, ask.share):
                return replace(ask, rv=code)
            link.epoch, link.was_reset = slot.epoch, False
            return replace(ask, protocol=slot.protocol, rv=Code.OK)

    def disconnect(self, client: int, card: int, disposition: int) -> Code:
        """Close a handle; this works when the card has gone, too."""
        with self._desk.lock:
            link = self._links.get(card)
            if link is None or link.client != client:
                return Code.INVALID_HANDLE
            if disposition not in {LEAVE, RESET, UNPOWER, EJECT}:
                return Code.INVALID_VALUE
            self._close(link, disposition)
            return Code.OK

    def _close(self, link: Link, disposition: int) -> None:
        slot = link.slot
        del self._links[link.number]
        slot.sharing = 0 if slot.sharing == EXCLUSIVE else max(0, slot.sharing - 1)
        if slot.lock_handle == link.number:
            slot.lock_handle, slot.lock_depth = 0, 0
        if disposition in {RESET, UNPOWER} and slot.card:
            slot.reset()
            self._note_reset(slot)
        self._desk.lock.notify_all()

    def _note_reset(self, slot: Slot) -> None:
        for link in self._links.values():
            if link.slot is slot:
                link.was_reset = True

    def _link(self, client: int, card: int) -> tuple[Link | None, Code]:
        """Return a handle of this client whose reader is there and not locked by another."""
        link = self._links.get(card)
        if link is None or link.client != client:
            return None, Code.INVALID_HANDLE
        if self._desk.find(link.slot.name) is not link.slot:
            self._desk.told_unplugged(link.slot.name)
            return link, Code.READER_UNAVAILABLE
        if link.slot.lock_handle not in {0, link.number}:
            return link, Code.SHARING_VIOLATION
        return link, Code.OK

    def _usable(self, client: int, card: int) -> tuple[Link | None, Code]:
        """Return a handle whose insertion is still there, unreset."""
        link, code = self._link(client, card)
        if link is None or code:
            return link, code
        if link.epoch != link.slot.epoch:
            return link, Code.CARD_REMOVED
        if link.was_reset:
            if "card_reset_by_other" in link.slot.faults.untold:
                link.slot.faults.untold.discard("card_reset_by_other")
                self._desk.fault_counter.hit("card_reset_by_other")
            return link, Code.CARD_RESET
        return link, Code.OK

    def begin(self, client: int, card: int) -> Code:
        """Lock the reader; the client library itself repeats after a sharing violation."""
        with self._desk.lock:
            link, code = self._usable(client, card)
            if link and not code:
                link.slot.lock_handle = link.number
                link.slot.lock_depth += 1
            return code

    def end(self, client: int, card: int, disposition: int) -> Code:
        """Unlock the reader; after a removal the lock stays until the handle is closed, as in the daemon."""
        with self._desk.lock:
            link, code = self._usable(client, card)
            if link is None or code:
                return code
            if disposition not in {LEAVE, RESET, UNPOWER, EJECT}:
                return Code.INVALID_VALUE
            slot = link.slot
            if not slot.lock_depth:
                return Code.NOT_TRANSACTED
            if disposition in {RESET, UNPOWER}:
                slot.reset()
                self._note_reset(slot)
            slot.lock_depth -= 1
            slot.lock_handle = link.number if slot.lock_depth else 0
            self._desk.lock.notify_all()
            return Code.OK

    def status(self, client: int, card: int) -> Code:
        """Whether a handle is still good."""
        with self._desk.lock:
            return self._usable(client, card)[1]

    def attribute(self, client: int, card: int) -> Code:
        """Whether an attribute may be asked for; this reader offers none."""
        with self._desk.lock:
            return self._usable(client, card)[1] or Code.NO_ATTRIBUTE

    def transmit(self, client: int, ask: Transmit, command: bytes) -> tuple[Transmit, bytes]:
        """Exchange one APDU."""
        with self._desk.lock:
            link, code = self._usable(client, ask.card)
            if link is None or code:
                return replace(ask, room=0, rv=code), b""
            return self._exchange.transmit(link, ask, command)

    def control(self, client: int, ask: Control, data: bytes) -> tuple[Control, bytes]:
        """Talk to the reader instead of the card."""
        with self._desk.lock:
            link, code = self._link(client, ask.card)
            if link is None or code:
                return replace(ask, returned=0, rv=code), b""
            return self._exchange.control(link, ask, data)

    def _gone(self, link: Link) -> Code:
        """Why an exchange under way cannot end: handle closed, reader or card gone."""
        if link.number not in self._links:
            return Code.INVALID_HANDLE
        if self._desk.find(link.slot.name) is not link.slot:
            self._desk.told_unplugged(link.slot.name)
            return Code.READER_UNAVAILABLE
        return Code.OK if link.epoch == link.slot.epoch else Code.CARD_REMOVED


def _change_share(slot: Slot, link: Link, share: int) -> Code:
    """Make a handle exclusive, if it is the only one, or shared again."""
    if share not in {SHARE_EXCLUSIVE, SHARE_SHARED, SHARE_DIRECT}:
        return Code.INVALID_VALUE
    if share == SHARE_EXCLUSIVE and slot.sharing != EXCLUSIVE:
        if slot.sharing != 1:
            return Code.SHARING_VIOLATION
        slot.sharing, slot.lock_handle, slot.lock_depth = EXCLUSIVE, link.number, 1
    elif share != SHARE_EXCLUSIVE and slot.sharing == EXCLUSIVE:
        slot.sharing, slot.lock_handle, slot.lock_depth = 1, 0, 0
    return Code.OK
