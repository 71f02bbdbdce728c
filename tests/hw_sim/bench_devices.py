"""The bench's hands: what a person does to the simulated devices, through their control sockets only."""

from __future__ import annotations

import contextlib
import json
import pathlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.hw_sim.control import ControlClient

# How long a member's hand keeps a card on the reader, and one that is pulled away before the reader has done.
TAP_S = 1.2
SHORT_TAP_S = 0.06
CONTROL_TIMEOUT_S = 6.0
# 24 rows are 3 mm at 203 dots an inch: about three centimetres.
END_SOON_ROWS = 240
ENDLESS_CHARS = 20_000
MANNERS = ("tap", "short", "hold", "mute")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence for the person at the bench."""

    zh: str
    en: str


class BenchError(Exception):
    """What was asked cannot be done; `said` says why."""

    def __init__(self, zh: str, en: str) -> None:
        """Word it in both languages."""
        super().__init__(en)
        self.said = Said(zh, en)


@dataclass(frozen=True, slots=True)
class BenchWiring:
    """Where the simulators listen, which reader stands where, and what the page shows beside the devices."""

    control: Mapping[str, str]
    readers: Mapping[str, str]
    kiosk: str
    counter: str
    pins: Mapping[str, str]
    codes: Sequence[Mapping[str, str]]


NAMES = {
    "pcsc": ("读卡器模拟程序", "card reader simulator"),
    "scanner": ("扫码枪模拟程序", "scanner simulator"),
    "printer": ("打印机模拟程序", "printer simulator"),
}


class Devices:
    """Every device of the bench; any method raises `BenchError` in words."""

    def __init__(self, wiring: BenchWiring, tap_s: float = TAP_S) -> None:
        """Use the simulators of `wiring`; a tapped card lies `tap_s` seconds on its reader."""
        self._wiring = wiring
        self._tap_s = tap_s
        self._lock = threading.Lock()
        self._hands: dict[str, threading.Timer] = {}
        self._short_of_power = False

    # --- what there is to see -----------------------------------------------------------------------------------------

    def state(self, slips_since: int) -> dict[str, Any]:
        """Everything the page draws; a device whose simulator does not answer is None."""
        pcsc = self._look("pcsc")
        there = {reader["name"]: reader for reader in (pcsc or {}).get("readers", ())}
        return {
            "daemon": None if pcsc is None else bool(pcsc["running"]),
            "readers": {
                place: {"plugged": name in there, "card": there.get(name, {}).get("card")}
                for place, name in self._wiring.readers.items()
            },
            "cards": (pcsc or {}).get("cards", []),
            "scanner": self._look("scanner"),
            "printer": self._printer_state(),
            "slips": (self._look("printer", "slips", since=slips_since) or {}).get("slips", []),
        }

    def slip_path(self, number: int) -> pathlib.Path | None:
        """The picture of a slip, or None when there is no such slip or it has no picture."""
        for slip in self._ask("printer", "slips", since=number - 1)["slips"]:
            if slip["number"] == number and slip["png"]:
                return pathlib.Path(slip["png"])
        return None

    def _printer_state(self) -> dict[str, Any] | None:
        printer = self._look("printer")
        if printer is None:
            return None
        return {**printer, "switches": {**printer["switches"], "power_off": printer["switches"].get("refuse", False)}}

    # --- cards --------------------------------------------------------------------------------------------------------

    def tap(self, place: str, card: str, manner: str) -> None:
        """Lay a card on the reader of a place: for a moment (`tap`, `short`, `mute`) or until taken (`hold`)."""
        reader = self._reader(place)
        if manner not in MANNERS:
            raise BenchError(f"没有“{manner}”这种刷法。", f"{manner} is none of {', '.join(MANNERS)}.")
        with self._lock:
            present = self._ask("pcsc", "state")["readers"]
            if reader not in {one["name"] for one in present}:
                raise BenchError("这台读卡器已拔下，请先插上。", "This reader is unplugged: plug it in first.")
            # A person has one of each card and lays one card on a reader: what is in the way is taken away first.
            for one in present:
                if one["card"] == card or (one["name"] == reader and one["card"]):
                    self._take(one["name"])
            self._ask("pcsc", "mute" if manner == "mute" else "insert", reader=reader, card=card)
            if manner != "hold":
                self._take_later(reader, SHORT_TAP_S if manner == "short" else self._tap_s)

    def take(self, place: str) -> None:
        """Take away the card on the reader of a place, if one is there."""
        with self._lock:
            self._take(self._reader(place))

    def reader(self, place: str, action: str) -> None:
        """`plug` or `unplug` the reader of a place."""
        with self._lock:
            self._forget_hand(self._reader(place))
            self._ask("pcsc", _one_of(action, "plug", "unplug"), reader=self._reader(place))

    def daemon(self, action: str) -> None:
        """`crash` or `start` the card daemon."""
        self._ask("pcsc", _one_of(action, "crash", "start"))

    def close(self) -> None:
        """Forget the cards still to be taken away."""
        with self._lock:
            for reader in list(self._hands):
                self._forget_hand(reader)

    def _take_later(self, reader: str, after_s: float) -> None:
        def take() -> None:
            with self._lock:
                if self._hands.get(reader) is timer:
                    with contextlib.suppress(BenchError):
                        self._take(reader)

        timer = threading.Timer(after_s, take)
        timer.daemon = True
        timer.name = f"hand at {reader}"
        self._hands[reader] = timer
        timer.start()

    def _take(self, reader: str) -> None:
        self._forget_hand(reader)
        readers = self._ask("pcsc", "state")["readers"]
        if any(one["name"] == reader and one["card"] for one in readers):
            self._ask("pcsc", "remove", reader=reader)

    def _forget_hand(self, reader: str) -> None:
        timer = self._hands.pop(reader, None)
        if timer is not None:
            timer.cancel()

    def _reader(self, place: str) -> str:
        if place not in self._wiring.readers:
            raise BenchError(f"没有“{place}”这个位置。", f"{place} is none of {', '.join(self._wiring.readers)}.")
        return self._wiring.readers[place]

    # --- scanner ------------------------------------------------------------------------------------------------------

    def scan(self, action: str, text: str, encoding: str) -> Said | None:
        """Do one thing with the scanner; a sentence when nobody heard it."""
        if action in {"plug", "unplug"}:
            self._ask("scanner", action)
            return None
        if not self._ask("scanner", "state")["plugged"]:
            raise BenchError("扫码枪已拔下，请先插上。", "The scanner is unplugged: plug it in first.")
        heard = self._ask("scanner", *self._scan_verb(action), **self._scan_arguments(action, text, encoding))["heard"]
        if heard:
            return None
        return Said("没有程序在听扫码枪，这次扫码丢失了。", "Nobody has the scanner's port open: this code is lost.")

    @staticmethod
    def _scan_verb(action: str) -> tuple[str]:
        return ("scan",) if action == "bare" else (_one_of(action, "scan", "half", "two", "slow", "noise", "endless"),)

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
            self._ask("printer", "set", switch="refuse", value=value)
            if value:
                self._ask("printer", "power_cut")
        elif action == "set":
            self._ask("printer", "set", switch=switch, value=value)
        elif action == "reset":
            self._ask("printer", "reset_after", bytes=0)
        elif action == "end_soon":
            self._ask("printer", "paper_end_after", rows=END_SOON_ROWS)
        else:
            self._ask("printer", {"new_roll": "reload"}.get(action) or _one_of(action, "power_cut"))

    # --- inside -------------------------------------------------------------------------------------------------------

    def _look(self, device: str, verb: str = "state", **arguments: Any) -> dict[str, Any] | None:
        with contextlib.suppress(BenchError):
            return self._ask(device, verb, **arguments)
        return None

    def _ask(self, device: str, verb: str, **arguments: Any) -> dict[str, Any]:
        zh, en = NAMES[device]
        try:
            with _client(self._wiring.control[device]) as client:
                return client(verb, **arguments)
        except RuntimeError as error:
            raise BenchError(f"{zh}说做不到：{error}", f"The {en} refuses: {error}") from None
        except (OSError, KeyError, json.JSONDecodeError):
            raise BenchError(f"{zh}没有应答。", f"The {en} does not answer.") from None


@contextlib.contextmanager
def _client(path: str) -> Iterator[ControlClient]:
    if not pathlib.Path(path).is_socket():
        raise FileNotFoundError(path)
    client = ControlClient(path, CONTROL_TIMEOUT_S)
    try:
        yield client
    finally:
        client.close()


def _one_of(action: str, *known: str) -> str:
    if action not in known:
        raise BenchError(f"没有“{action}”这个动作。", f"{action} is none of {', '.join(known)}.")
    return action
