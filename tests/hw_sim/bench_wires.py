"""The bench's lines to the simulators' control sockets, and the words for what goes wrong on them."""

from __future__ import annotations

import contextlib
import json
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.hw_sim.control import ControlClient

CONTROL_TIMEOUT_S = 6.0

NAMES = {
    "pcsc": ("读卡器模拟程序", "card reader simulator"),
    "pn532": ("PN532 模拟程序", "PN532 simulator"),
    "scanner": ("扫码枪模拟程序", "scanner simulator"),
    "printer": ("打印机模拟程序", "printer simulator"),
    "display": ("顾客显示屏模拟程序", "customer display simulator"),
}


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


class Wires:
    """Calls the verbs of any simulator by its device's name."""

    def __init__(self, control: Mapping[str, str]) -> None:
        """Use these control sockets."""
        self._control = control

    def look(self, device: str, verb: str = "state", **arguments: Any) -> dict[str, Any] | None:
        """Return a verb's answer, or None from a simulator that is gone or refuses."""
        with contextlib.suppress(BenchError):
            return self.ask(device, verb, **arguments)
        return None

    def ask(self, device: str, verb: str = "state", **arguments: Any) -> dict[str, Any]:
        """Return a verb's answer; raise `BenchError` in words."""
        zh, en = NAMES[device]
        try:
            with _client(self._control[device]) as client:
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


def one_of(action: str, *known: str) -> str:
    """Return the action if it is known; raise `BenchError` naming those that are."""
    if action not in known:
        raise BenchError(f"没有“{action}”这个动作。", f"{action} is none of {', '.join(known)}.")
    return action
