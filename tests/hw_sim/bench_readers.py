"""The bench's readers, whatever their make, and the one hand that lays cards on them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tests.hw_sim.bench_wires import BenchError, Said, Wires, one_of

# How long a member's hand keeps a card on the reader. One that is pulled away too soon goes at the reader's first
# question to it: a time would be too long for a quick reader and too short for a busy one.
TAP_S = 1.2
# A hand that changes one card for another leaves the reader empty for a moment. Without it a reader that only polls
# would take a card and its copy, which have the same number, for one card that was never lifted.
CHANGE_S = 0.6
MANNERS = ("tap", "short", "hold", "mute")
PN532_PLACE = "kiosk-pn532"
# Their number comes with the very answer by which a reader finds them: nothing is left to be cut short.
KNOWN_AT_ONCE = frozenset({"classic_1k", "classic_4k", "fudan_m1", "phone"})
# UM0701-02: InDataExchange carries APDUs, InCommunicateThru what type 2 cards are asked for their version with.
IN_DATA_EXCHANGE, IN_COMMUNICATE_THRU = "40", "42"
TYPE_2 = frozenset({"ntag213", "ntag215", "ntag216", "ultralight", "ultralight_ev1", "ultralight_aes"})
# What a person can let happen to the board's line and power; each strikes at its next chance.
PN532_FAULTS = ("brown_out", "noise", "bad_dcs", "cut_frame")


class Reader(Protocol):
    """A reader that a card can be laid on; everything raises `BenchError` in words."""

    def state(self) -> dict[str, Any]:
        """`plugged`, and the id of the `card` on it or None."""
        ...

    def lay(self, card: str, manner: str) -> Said | None:
        """Lay a card down in one of `MANNERS`; a sentence when it does not end as that manner promises."""
        ...

    def take(self) -> None:
        """Take the card away; there is one."""
        ...

    def plug(self, action: str) -> None:
        """`plug` or `unplug` it."""
        ...


class PcscReader:
    """One of the readers that the card daemon has."""

    def __init__(self, wires: Wires, name: str) -> None:
        """Use the daemon's reader of that name."""
        self._wires = wires
        self._name = name
        self._cut_short = False

    def state(self) -> dict[str, Any]:
        """`plugged` and `card`."""
        return self.state_in(self._wires.ask("pcsc"))

    def state_in(self, daemon: Mapping[str, Any] | None) -> dict[str, Any]:
        """The same, out of the daemon's whole state."""
        there = [one for one in (daemon or {}).get("readers", ()) if one["name"] == self._name]
        return {"plugged": bool(there), "card": there[0]["card"] if there else None}

    def lay(self, card: str, manner: str) -> Said | None:
        """Lay a card down; a `short` one is gone before it gets the first command."""
        self._calm()
        if manner == "short":
            self._wires.ask("pcsc", "fail_apdu", reader=self._name, n=1, code="remove")
            self._cut_short = True
        self._wires.ask("pcsc", "mute" if manner == "mute" else "insert", reader=self._name, card=card)
        return None

    def take(self) -> None:
        """Take the card away."""
        self._wires.ask("pcsc", "remove", reader=self._name)
        self._calm()

    def _calm(self) -> None:
        """Let the next card stay: nobody may have asked the one before anything."""
        if self._cut_short:
            self._cut_short = False
            self._wires.ask("pcsc", "calm", reader=self._name)

    def plug(self, action: str) -> None:
        """`plug` or `unplug` it."""
        self._wires.ask("pcsc", one_of(action, "plug", "unplug"), reader=self._name)


class Pn532Reader:
    """The PN532 board."""

    def __init__(self, wires: Wires) -> None:
        """Use the one board there is."""
        self._wires = wires
        self._cut_short = False

    def state(self) -> dict[str, Any]:
        """`plugged`, `card`, and whether the board is `mute`."""
        return self.state_in(self._wires.ask("pn532"))

    @staticmethod
    def state_in(board: Mapping[str, Any] | None) -> dict[str, Any]:
        """The same, out of the board's whole state."""
        board = board or {"plugged": False, "card": None, "mute": False}
        return {key: board[key] for key in ("plugged", "card", "mute")}

    def lay(self, card: str, manner: str) -> Said | None:
        """Lay a card down; one that answers nothing is no card to this reader."""
        self._calm()
        kinds = {one["id"]: one["kind"] for one in self._wires.ask("pn532", "cards")["cards"]}
        if card not in kinds:
            raise BenchError("白卡请放到另外两台读卡器上。", "Blanks are for the two other readers.")
        kind = kinds[card]
        if manner == "mute" or kind == "sle4442":
            return Said("PN532 感应不到这张卡，什么也没有发生。", "The PN532 cannot sense this card: nothing happened.")
        at_once = manner == "short" and kind in KNOWN_AT_ONCE
        if manner == "short" and not at_once:
            command = IN_COMMUNICATE_THRU if kind in TYPE_2 else IN_DATA_EXCHANGE
            self._wires.ask("pn532", "fault", name="card_gone", command=command)
            self._cut_short = True
        self._wires.ask("pn532", "insert", card=card)
        if not at_once:
            return None
        return Said(
            "PN532 一感应到这种卡就有了卡号，拿开得再快也读得到。",
            "The PN532 has this card's number as it finds the card, however soon it is taken away.",
        )

    def take(self) -> None:
        """Take the card away."""
        self._wires.ask("pn532", "remove")
        self._calm()

    def _calm(self) -> None:
        """Let the next card stay: nobody may have asked the one before anything."""
        if not self._cut_short:
            return
        self._cut_short = False
        board = self._wires.ask("pn532")
        if "card_gone" in board["waiting"]:
            self._wires.ask("pn532", "clear")
            self._wires.ask("pn532", "mute", on=board["mute"])

    def plug(self, action: str) -> None:
        """`plug` or `unplug` it."""
        self._wires.ask("pn532", one_of(action, "plug", "unplug"))

    def fault(self, name: str) -> None:
        """Let a fault of `PN532_FAULTS` strike once, or have the board `mute` or `speak`."""
        if name in {"mute", "speak"}:
            self._wires.ask("pn532", "mute", on=name == "mute")
        else:
            self._wires.ask("pn532", "fault", name=one_of(name, *PN532_FAULTS, "mute", "speak"))


class Hand:
    """A person's hand with one card of each kind in the deck; every method raises `BenchError` in words."""

    def __init__(
        self, readers: Mapping[str, Reader], tap_s: float = TAP_S, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        """Lay cards on these readers by place; a tapped card lies there for `tap_s` seconds; `pause` lets time pass."""
        self._readers = readers
        self._tap_s = tap_s
        self._pause = pause
        self._lock = threading.Lock()
        self._letting_go: dict[str, threading.Timer] = {}

    def tap(self, place: str, card: str, manner: str) -> Said | None:
        """Lay a card on the reader of a place: for a moment (`tap`, `short`, `mute`) or until taken (`hold`)."""
        reader = self._at(place)
        if manner not in MANNERS:
            raise BenchError(f"没有“{manner}”这种刷法。", f"{manner} is none of {', '.join(MANNERS)}.")
        with self._lock:
            if not reader.state()["plugged"]:
                raise BenchError("这台读卡器已拔下，请先插上。", "This reader is unplugged: plug it in first.")
            # A person has one of each card and lays one card on a reader: what is in the way is taken away first.
            if self._pick_up(place, card):
                self._pause(CHANGE_S)
            # A card that left by itself may have a hand behind it that would take this one.
            self._forget(place)
            said = reader.lay(card, manner)
            if manner != "hold":
                self._take_later(place, self._tap_s)
            return said

    def take(self, place: str) -> None:
        """Take away the card on the reader of a place, if one is there."""
        self._at(place)
        with self._lock:
            self._take(place)

    def plug(self, place: str, action: str) -> None:
        """`plug` or `unplug` the reader of a place."""
        reader = self._at(place)
        with self._lock:
            self._forget(place)
            reader.plug(action)

    def close(self) -> None:
        """Forget the cards still to be taken away."""
        with self._lock:
            for place in list(self._letting_go):
                self._forget(place)

    def _pick_up(self, place: str, card: str) -> bool:
        """Take away what is in the way; whether any of it lay at `place`."""
        emptied = False
        for where, reader in self._readers.items():
            lying: str | None = None
            # A reader elsewhere whose simulator is gone has no card that could be in the way.
            with contextlib.suppress(BenchError):
                lying = reader.state()["card"]
            if lying is not None and (where == place or lying == card):
                self._take(where)
                emptied = emptied or where == place
        return emptied

    def _take_later(self, place: str, after_s: float) -> None:
        def take() -> None:
            with self._lock:
                if self._letting_go.get(place) is timer:
                    with contextlib.suppress(BenchError):
                        self._take(place)

        timer = threading.Timer(after_s, take)
        timer.daemon = True
        timer.name = f"hand at {place}"
        self._letting_go[place] = timer
        timer.start()

    def _take(self, place: str) -> None:
        self._forget(place)
        reader = self._readers[place]
        if reader.state()["card"] is not None:
            reader.take()

    def _forget(self, place: str) -> None:
        timer = self._letting_go.pop(place, None)
        if timer is not None:
            timer.cancel()

    def _at(self, place: str) -> Reader:
        if place not in self._readers:
            raise BenchError(f"没有“{place}”这个位置。", f"{place} is none of {', '.join(self._readers)}.")
        return self._readers[place]
