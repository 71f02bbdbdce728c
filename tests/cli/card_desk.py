"""The counter's reader and screen of a running till, and commands that issue cards there."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass

from tests.cli.home import COMMAND_S, REPOSITORY, Said, command
from tests.cli.simulators import Devices

COUNTER = "counter-reader"
# ChangeKey, ChangeFileSettings, WriteData and UPDATE BINARY.
WRITES = ("90C4", "905F", "908D", "00D6")


@dataclass(frozen=True, slots=True)
class Issue:
    """A running `terminal cards issue` whose order stands."""

    process: subprocess.Popen[str]

    def said(self) -> Said:
        """Return what it ended with."""
        out, err = self.process.communicate(timeout=COMMAND_S)
        assert "Traceback" not in err, err
        return Said(self.process.returncode, out, err)


class CardDesk:
    """A person at the counter's reader, with a deck of NTAG 424 DNA cards."""

    def __init__(self, devices: Devices) -> None:
        self.devices = devices

    def blank(self, card: str, uid: str, **more: object) -> None:
        """Put a blank, or a card with something on it, into the deck."""
        self.devices.readers("add_card", card={"id": card, "kind": "ntag424", "uid": uid, **more})

    def order(self, *whose: str) -> Issue:
        """Order a card and return once it may be laid on the reader."""
        words = ("cards", "issue", *whose, "--kind", "ntag424", "--reader", COUNTER)
        process = subprocess.Popen(
            command(*words, "--config", self.devices.home.config),
            cwd=REPOSITORY,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == f"Lay a blank on {COUNTER} within 30 seconds, and leave it there.\n"
        return Issue(process)

    def issue(self, card: str, *whose: str) -> Said:
        """Order a card, lay this one on the reader, and return what the command said."""
        ordered = self.order(*whose)
        self.devices.hold_card("counter", card)
        said = ordered.said()
        self.lift()
        return said

    def lift(self) -> None:
        """Take the card away, if it is not torn away already."""
        cards = self.devices.readers("cards")["cards"]
        if any(card["reader"] == self.devices.facts["readers"]["counter"] for card in cards):
            self.devices.lift_card("counter")

    def writes(self) -> list[str]:
        """Return the commands since the last time that change a card."""
        sent = [str(record["apdu"]) for record in self.devices.readers("apdus", clear=True)["apdus"]]
        return [apdu for apdu in sent if apdu.startswith(WRITES)]

    def tap(self, card: str) -> tuple[str, str]:
        """Lay a card on the reader, and return the member found and the sentence shown."""
        live = self.devices.pages.live("/cashier/live")
        before = live.next()["sequence"]
        self.devices.hold_card("counter", card)
        shown = live.until(lambda message: message["sequence"] > before, "the tap")
        self.devices.lift_card("counter")
        live.close()
        return str(shown["found"]), str(shown["alert"])
