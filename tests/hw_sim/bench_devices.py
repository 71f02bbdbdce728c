"""What the bench page shows of the simulated devices and does to them, through their control sockets only."""

from __future__ import annotations

import pathlib
import threading
from collections.abc import Mapping
from typing import Any

from tests.hw_sim.bench_readers import PN532_PLACE, TAP_S, Hand, PcscReader, Pn532Reader, Reader
from tests.hw_sim.bench_wires import BenchError, BenchWiring, Said, Wires, one_of

# 24 rows are 3 mm at 203 dots an inch: about three centimetres.
END_SOON_ROWS = 240
ENDLESS_CHARS = 20_000
DRAWER_PIN = 2


class Devices:
    """Every device of the bench; any method raises `BenchError` in words."""

    def __init__(self, wiring: BenchWiring, tap_s: float = TAP_S) -> None:
        """Use the simulators of `wiring`; a tapped card lies `tap_s` seconds on its reader."""
        self._wires = Wires(wiring.control)
        self._pcsc = {place: PcscReader(self._wires, name) for place, name in wiring.readers.items()}
        self._pn532 = Pn532Reader(self._wires)
        self._has_pn532 = "pn532" in wiring.control
        self.hand = Hand(self._readers(), tap_s)
        self._drawer = DrawerCount()

    @property
    def places(self) -> list[str]:
        """Where a card can be laid, in the order on the page."""
        return list(self._readers())

    def _readers(self) -> dict[str, Reader]:
        """Every reader by place, those at the same place side by side on the page."""
        boards: dict[str, Reader] = {PN532_PLACE: self._pn532} if self._has_pn532 else {}
        kiosk: dict[str, Reader] = {place: reader for place, reader in self._pcsc.items() if place == "kiosk"}
        return {**kiosk, **boards, **self._pcsc}

    # --- what there is to see -----------------------------------------------------------------------------------------

    def state(self, slips_since: int) -> dict[str, Any]:
        """Everything the page draws; a device whose simulator does not answer is None."""
        pcsc, board, printer = self._wires.look("pcsc"), self._wires.look("pn532"), self._wires.look("printer")
        seen = {place: reader.state_in(pcsc) for place, reader in self._pcsc.items()}
        if self._has_pn532:
            seen[PN532_PLACE] = self._pn532.state_in(board)
        return {
            "daemon": None if pcsc is None else bool(pcsc["running"]),
            "pn532": board,
            "readers": {place: seen[place] for place in self._readers()},
            "cards": (pcsc or {}).get("cards", []),
            "scanner": self._wires.look("scanner"),
            "printer": _with_power(printer),
            "drawer": self._drawer_state(printer),
            "display": self._wires.look("display"),
            "slips": (self._wires.look("printer", "slips", since=slips_since) or {}).get("slips", []),
        }

    def slip_path(self, number: int) -> pathlib.Path | None:
        """The picture of a slip, or None when there is no such slip or it has no picture."""
        for slip in self._wires.ask("printer", "slips", since=number - 1)["slips"]:
            if slip["number"] == number and slip["png"]:
                return pathlib.Path(slip["png"])
        return None

    def _drawer_state(self, printer: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if printer is None:
            return None
        return {"open": printer["switches"]["drawer"], "openings": self._drawer.openings(self._wires)}

    # --- cards --------------------------------------------------------------------------------------------------------

    def daemon(self, action: str) -> None:
        """`crash` or `start` the card daemon."""
        self._wires.ask("pcsc", one_of(action, "crash", "start"))

    def board(self, fault: str) -> None:
        """Let something happen to the PN532: a fault once, or `mute` and `speak`."""
        self._pn532.fault(fault)

    def close(self) -> None:
        """Forget the cards still to be taken away."""
        self.hand.close()

    # --- scanner ------------------------------------------------------------------------------------------------------

    def scan(self, action: str, text: str, encoding: str) -> Said | None:
        """Do one thing with the scanner; a sentence when nobody heard it."""
        if action in {"plug", "unplug"}:
            self._wires.ask("scanner", action)
            return None
        if not self._wires.ask("scanner", "state")["plugged"]:
            raise BenchError("扫码枪已拔下，请先插上。", "The scanner is unplugged: plug it in first.")
        heard = self._wires.ask("scanner", *self._scan_verb(action), **self._scan_arguments(action, text, encoding))[
            "heard"
        ]
        if heard:
            return None
        return Said("没有程序在听扫码枪，这次扫码丢失了。", "Nobody has the scanner's port open: this code is lost.")

    @staticmethod
    def _scan_verb(action: str) -> tuple[str]:
        return ("scan",) if action == "bare" else (one_of(action, "scan", "half", "two", "slow", "noise", "endless"),)

    @staticmethod
    def _scan_arguments(action: str, text: str, encoding: str) -> dict[str, Any]:
        match action:
            case "noise":
                return {}
            case "endless":
                return {"length": ENDLESS_CHARS}
            case "two":
                return {"text1": text, "text2": text[::-1], "encoding": encoding}
            case "bare":
                return {"text": text, "encoding": encoding, "suffix": ""}
        return {"text": text, "encoding": encoding}

    # --- printer ------------------------------------------------------------------------------------------------------

    def printer(self, action: str, switch: str, *, value: bool) -> None:
        """`set` a switch (also `power_off`), or `new_roll`, `power_cut`, `reset`, `end_soon`."""
        if action == "set" and switch == "power_off":
            self._wires.ask("printer", "set", switch="refuse", value=value)
            if value:
                self._wires.ask("printer", "power_cut")
        elif action == "set":
            self._wires.ask("printer", "set", switch=switch, value=value)
        elif action == "reset":
            self._wires.ask("printer", "reset_after", bytes=0)
        elif action == "end_soon":
            self._wires.ask("printer", "paper_end_after", rows=END_SOON_ROWS)
        else:
            self._wires.ask("printer", {"new_roll": "reload"}.get(action) or one_of(action, "power_cut"))

    # --- display and drawer -------------------------------------------------------------------------------------------

    def display(self, action: str) -> None:
        """`plug` or `unplug` the customer display, or have it `hang` (read nothing) and `read` on."""
        match one_of(action, "plug", "unplug", "hang", "read"):
            case "hang" | "read":
                self._wires.ask("display", "hang", on=action == "hang")
            case _:
                self._wires.ask("display", action)

    def drawer(self, action: str) -> None:
        """`close` the cash drawer, or `open` it with its key."""
        self._wires.ask("printer", "set", switch="drawer", value=one_of(action, "open", "close") == "open")


class DrawerCount:
    """How often the till has opened the drawer since its printer was switched on."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self._lock = threading.Lock()
        self._seen = self._openings = 0

    def openings(self, wires: Wires) -> int:
        """Return the count, with what happened since it was asked for last."""
        with self._lock:
            events: list[Mapping[str, Any]] = (wires.look("printer", "events", since=self._seen) or {}).get(
                "events", []
            )
            for event in events:
                self._seen = event["number"]
                self._openings += event["kind"] == "pulse" and event["details"]["pin"] == DRAWER_PIN
            return self._openings


def _with_power(printer: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A printer that is off refuses connections; to the person at the bench it is a switch like the others."""
    if printer is None:
        return None
    return {**printer, "switches": {**printer["switches"], "power_off": printer["switches"].get("refuse", False)}}
