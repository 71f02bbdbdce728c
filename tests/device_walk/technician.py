"""A technician by script: the walk as a program on a pseudo-terminal, and simulated devices under its hands."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from tests.hw_sim.cards import make_deck
from tests.hw_sim.customer_display import CustomerDisplay
from tests.hw_sim.pcsc_daemon import PcscDaemon
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_net import PrinterServer
from tests.hw_sim.printer_state import Settings
from tests.hw_sim.serial_scanner import SerialScanner

DEADLINE_S = 60.0
READER = "ACS ACR122U PICC Interface 00 00"
UID = "0BE2FB0B"
DECK = ({"id": "member", "kind": "classic_1k", "uid": UID}, {"id": "bank", "kind": "bank", "uid": "3F10A2C4"})

Act = Callable[[], object]


class Devices:
    """One simulated device of each of four sorts, and the configuration that leads the till's drivers to them."""

    def __init__(self, folder: pathlib.Path) -> None:
        """Plug all in; sockets and links are in `folder`, whose path must be short."""
        self._stack = contextlib.ExitStack()
        self.socket = str(folder / "pcscd.comm")
        self.daemon = PcscDaemon(self.socket, [READER], make_deck(DECK))
        self.desk = self.daemon.desk
        self.printer = PrinterServer(Printer(Settings(dots=576, render=False, speed_mm_s=0)))
        self.scanner = SerialScanner(str(folder / "scanner"), str(folder / "scanner.ctl"))
        self.display = CustomerDisplay(str(folder / "display"), str(folder / "display.ctl"))
        for device in (self.daemon, self.printer, self.scanner, self.display):
            device.start()
            self._stack.callback(device.close)
        self.config = folder / "till.toml"
        self.config.write_text(self._sections(folder), encoding="utf-8")

    def _sections(self, folder: pathlib.Path) -> str:
        sections: dict[str, dict[str, str | int]] = {
            "[till]": {"data_dir": str(folder / "till")},
            "[[pcsc_readers]]": {"id": "kiosk-reader", "match": "ACR122U", "feedback": "acr122u"},
            "[[serial_scanners]]": {"id": "counter-scanner", "port": str(folder / "scanner")},
            "[[printers]]": {"id": "receipts", "address": f"127.0.0.1:{self.printer.port}", "drawer_pin": 2},
            "[[displays]]": {"id": "customers", "port": str(folder / "display")},
        }
        lines = []
        for head, keys in sections.items():
            # JSON's strings and numbers are TOML's.
            lines += [head, *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
        return "\n".join(lines) + "\n"

    def close(self) -> None:
        """Take all away."""
        self._stack.close()


class Technician:
    """Starts the walk, waits for its words, and acts on each."""

    def __init__(self, devices: Devices, out: pathlib.Path, *words: str) -> None:
        """Start it with shortened waits; `words` are more arguments."""
        self._master, slave = os.openpty()
        waits = ("--quiet-s", "0.2", "--settle-s", "0.1", "--patience-s", str(DEADLINE_S))
        command = [sys.executable, "-m", "tests.device_walk", "--config", str(devices.config), "--out", str(out)]
        self._process = subprocess.Popen(
            [*command, *waits, *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "PCSCLITE_CSOCK_NAME": devices.socket},
        )
        os.close(slave)
        self.heard = ""
        self._read_to = 0

    def do(self, script: Sequence[tuple[str, Act]]) -> None:
        """Wait for each of the words in turn and do what stands beside them."""
        for words, act in script:
            self.hear(words)
            act()

    def type(self, line: str) -> Act:
        """Return the act of typing a line."""
        return lambda: os.write(self._master, f"{line}\n".encode())

    def hear(self, words: str) -> None:
        """Return once the walk has said `words`, beyond what was heard before."""
        deadline_s = time.monotonic() + DEADLINE_S
        while (at := self.heard.find(words, self._read_to)) < 0:
            assert time.monotonic() < deadline_s, f"it never said {words!r}, but: {self.heard[self._read_to :]}"
            self._listen()
        self._read_to = at + len(words)

    def _listen(self) -> None:
        if select.select([self._master], [], [], 0.5)[0]:
            try:
                data = os.read(self._master, 65_536)
            except OSError:
                data = b""  # it has ended
            assert data or self._process.poll() is None, f"it ended: {self.heard[self._read_to :]}"
            self.heard += data.decode("utf-8", "replace").replace("\r\n", "\n")

    def code(self) -> int:
        """Return the exit code, waiting for it."""
        with contextlib.suppress(AssertionError):
            while self._process.poll() is None:
                self._listen()
        return self._process.wait(DEADLINE_S)

    def close(self) -> None:
        """End it if it has not ended."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._master)
