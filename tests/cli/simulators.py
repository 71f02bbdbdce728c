"""Simulated devices without a till, for a till with a configuration of its own."""

from __future__ import annotations

import json
import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.cli.home import DEMO, REPOSITORY, Home, Serving
from tests.cli.pages import Pages
from tests.hw_sim.control import ControlClient
from tests.journeys.conftest import until

ENDED_S = 40.0


@contextmanager
def only_simulators(data: pathlib.Path) -> Iterator[dict[str, Any]]:
    """Run two readers, a scanner and a printer; give their `control` sockets, `readers`, `scanner` and so on."""
    data.mkdir()
    words = ["--data", str(data), "--bench-port", "0", "--only-simulators", "--json-ready"]
    with (data / "launcher.err").open("w") as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.hw_sim.shop", *words],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert child.stdout is not None
    try:
        line = child.stdout.readline()
        assert line.startswith("ready "), (data / "launcher.err").read_text()
        yield json.loads(line.removeprefix("ready "))
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(ENDED_S)
        child.stdout.close()


@dataclass(frozen=True, slots=True)
class Devices:
    """A till with a reader at the kiosk, a reader and a scanner at the counter and a printer, and hands on them."""

    home: Home
    till: Serving
    pages: Pages
    facts: Mapping[str, Any]
    readers: ControlClient
    scanner: ControlClient
    printer: ControlClient

    def hold_card(self, place: str, card: str) -> None:
        """Hold a card to the reader of a place."""
        self.readers("insert", reader=self.facts["readers"][place], card=card)

    def lift_card(self, place: str) -> None:
        """Take the card away."""
        self.readers("remove", reader=self.facts["readers"][place])


@contextmanager
def till_with_devices(
    folder: pathlib.Path, pin: str, members: str, card_keys: str = "", *, feedback: str = "none"
) -> Iterator[Devices]:
    """Run the demo shop with one cashier and these members, ready to be used, and end it cleanly.

    `card_keys` is what its file of card keys holds, where it has one; `feedback` is whose commands its readers know.
    """
    home = Home(folder)
    with only_simulators(folder / "sim") as facts:
        if card_keys:
            home.file("card-keys.toml", card_keys).chmod(0o600)
        till = 'card_keys = "card-keys.toml"\n' if card_keys else ""
        home.config.write_text(_config(facts, till, feedback), encoding="utf-8")
        for words in (
            ("setup", "apply", "--yes", DEMO / "shop.toml"),
            ("staff", "add", "值班", "--pin", pin),
            ("import", "members", home.file("members.csv", members)),
        ):
            said = home.run(*words)
            assert said.exit_code in {0, 1}, said
        serving = home.serve({"PCSCLITE_CSOCK_NAME": facts["pcsc_socket"]})
        hands = [ControlClient(facts["control"][name]) for name in ("pcsc", "scanner", "printer")]
        pages = Pages(serving.address)
        try:
            until(lambda: _all_ready(pages), "every device")
            yield Devices(home, serving, pages, facts, *hands)
        finally:
            # Also where a test failed: a till left behind would hold the next one's printer.
            for hand in hands:
                hand.close()
            code = serving.end()
        assert code == 0


def _all_ready(pages: Pages) -> bool:
    devices = pages.health()["devices"]
    return len(devices) == 5 and all(device["state"] == "ready" for device in devices.values())


def _config(facts: Mapping[str, Any], till: str, feedback: str) -> str:
    readers = "".join(
        f'[[pcsc_readers]]\nid = "{place}-reader"\nmatch = "{name.rsplit(" ", 2)[0]}"\nplace = "{place}"\n'
        f'feedback = "{feedback}"\n'
        for place, name in facts["readers"].items()
    )
    return (
        '[till]\ndata_dir = "data"\nlisten = "127.0.0.1:0"\n'
        f'{till}{readers}[[serial_scanners]]\nid = "scanner"\nport = "{facts["scanner"]}"\nplace = "counter"\n'
        f'[[printers]]\nid = "printer"\naddress = "{facts["printer"]}"\n'
    )
