"""The stand-in card service, a deck of cards and the driver, put together for the tests."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

from terminal.base.events import (
    DeviceEvent,
    DeviceUp,
)
from terminal.hw.pcsc import PcscDriver, ReaderMatch
from terminal.hw.pcsc_watch import ANSWER_LIMIT_S
from terminal.runtime.supervisor import Supervisor
from tests.hw.conftest import PCSC_SOCKET
from tests.hw.recorder import Recorder
from tests.hw_sim.cards import make_card
from tests.hw_sim.pcsc_daemon import PcscDaemon

QUICK_S = (0.02, 0.05)
CONTACTLESS = "ACS ACR122U PICC Interface 00 00"
CONTACT = "ACS ACR39U ICC Reader 01 00"
KIOSK = "kiosk-reader"
COUNTER = "ACS ACR39U ICC Reader"
MATCHES = (ReaderMatch(KIOSK, "ACR122U"),)
WANG = bytes.fromhex("0BE2FB0B")

DECK = [
    {"id": "m1", "kind": "classic_1k", "uid": "0BE2FB0B"},
    {"id": "m1-other", "kind": "classic_1k", "uid": "5C3A91E7"},
    {"id": "ntag", "kind": "ntag215", "uid": "04B6A59483C280"},
    {"id": "ultralight", "kind": "ultralight_ev1", "uid": "04B6A59483C281"},
    {"id": "memory", "kind": "sle4442", "data": "32303236303038383138"},
    {"id": "memory-empty", "kind": "sle4442", "data": ""},
    {"id": "bank", "kind": "bank", "uid": "3F10A2C4"},
    {"id": "phone", "kind": "phone"},
    {"id": "desfire", "kind": "desfire", "uid": "04582F6A1B6E80"},
    {"id": "ntag424", "kind": "ntag424", "uid": "04582F6A1B6E81"},
]


class Bench:
    """The stand-in card service on the process's one path, and the driver under its supervisor."""

    def __init__(self, readers: Sequence[str] = (CONTACTLESS, CONTACT), answer_limit_s: float = ANSWER_LIMIT_S) -> None:
        pathlib.Path(PCSC_SOCKET).parent.mkdir(parents=True, exist_ok=True)
        deck = {str(entry["id"]): make_card(entry) for entry in DECK}
        self.daemon = PcscDaemon(PCSC_SOCKET, readers, deck)
        self.desk = self.daemon.desk
        self.seen = Recorder()
        self.driver = PcscDriver("pcsc", MATCHES, answer_limit_s=answer_limit_s)
        self.supervisor = Supervisor([self.driver], self.seen, QUICK_S)

    def run(self) -> None:
        """Start the service and the driver, and return when the driver has found the service."""
        self.daemon.start()
        self.supervisor.start()
        self.seen.wait(DeviceUp, device="pcsc")

    def ready(self) -> None:
        """The same, and return when both readers are up."""
        self.run()
        self.seen.wait(DeviceUp, device=KIOSK)
        self.seen.wait(DeviceUp, device=COUNTER)

    def of_reader(self, device: str) -> list[DeviceEvent]:
        """All events of one reader so far."""
        return [event for event in self.seen.events if event.device == device]

    def close(self) -> None:
        """Stop the driver, which must obey, and the service."""
        stuck = self.supervisor.stop()
        self.daemon.close()
        assert stuck == []


def kinds(events: list[DeviceEvent]) -> list[str]:
    """The events' names in order."""
    return [type(event).__name__ for event in events]
