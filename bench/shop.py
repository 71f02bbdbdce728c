"""A shop to measure: a folder with a store, simulated devices, and the real till as a process."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.members import card_id, write_deck
from bench.programs import Running
from terminal.runtime.admin import AdminClient
from tests.hw_sim.control import ControlClient
from tests.hw_sim.shop_till_config import Wiring, till_config

READER = "Counterfoil Kiosk Reader 00 00"
PIN = "246810"
WAIT_S = 10.0


@dataclass(slots=True)
class Shop:
    """Programs of one shop; the `start_` methods begin them, `open_shop` ends them."""

    wiring: Wiring
    running: dict[str, Running] = field(default_factory=dict)
    control: dict[str, ControlClient] = field(default_factory=dict)

    @property
    def config(self) -> pathlib.Path:
        """Return the till's configuration file."""
        return self.wiring.data / "till.toml"

    @property
    def address(self) -> str:
        """Return where the till's pages are."""
        return f"http://127.0.0.1:{self.wiring.till_port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of this shop's programs: the card library asks the simulated readers."""
        return {**os.environ, "PCSCLITE_CSOCK_NAME": str(self.wiring.pcsc_socket)}

    def start_reader(self, members: Iterable[int]) -> None:
        """Start the simulated reader with these members' cards in its deck."""
        deck = self.wiring.data / "deck.json"
        write_deck(deck, members)
        control = str(self.wiring.control["pcsc"])
        words = ["--socket", str(self.wiring.pcsc_socket), "--control", control, "--cards", str(deck)]
        self._start("pcsc", "bench.reader", *words, "--readers", READER)
        self.control["pcsc"] = ControlClient(control)

    def start_printer(self) -> None:
        """Start the simulated printer that stamps arrivals."""
        control = str(self.wiring.control["printer"])
        self._start("printer", "bench.printer", "--port", str(self.wiring.printer_port), "--control", control)
        self.control["printer"] = ControlClient(control)

    def start_scanner(self) -> None:
        """Start the simulated scanner."""
        words = ["--link", str(self.wiring.scanner_link), "--control", str(self.wiring.control["scanner"])]
        self._start("scanner", "tests.hw_sim.serial_scanner", *words)

    def start_till(self) -> None:
        """Start the till."""
        self._start("till", "terminal.cli", "serve", "--config", str(self.config))

    def start_stamped_till(self) -> pathlib.Path:
        """Start the till that stamps its commits; return the file of stamps."""
        stamps = self.wiring.data / "commits.txt"
        self._start("till", "bench.stamped_till", "--config", str(self.config), "--stamps", str(stamps))
        return stamps

    def tap(self, member: int) -> int:
        """Lay a member's card on the reader and return the moment before, in ns of CLOCK_MONOTONIC."""
        at_ns: int = self.control["pcsc"]("tap", reader=READER, card=card_id(member))["at_ns"]
        return at_ns

    def take_card(self) -> None:
        """Take the card away."""
        self.control["pcsc"]("remove", reader=READER)

    def ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """Have the running till do a command's verb."""
        client = AdminClient(self.wiring.sockets / "admin.sock")
        try:
            return client(verb, **arguments)
        finally:
            client.close()

    def command(self, *words: str) -> list[str]:
        """Return the `terminal` command line for this shop."""
        return [sys.executable, "-m", "terminal.cli", *words, "--config", str(self.config)]

    def _start(self, name: str, module: str, *words: str) -> None:
        log = self.wiring.data / "log"
        log.mkdir(exist_ok=True)
        command = [sys.executable, "-m", module, *words]
        self.running[name] = Running(command, self.environment, log / f"{name}.log")

    def end(self) -> None:
        """End all programs, the last started first; safe to call twice."""
        while self.control:
            self.control.popitem()[1].close()
        while self.running:
            self.running.popitem()[1].end()


@contextlib.contextmanager
def open_shop(folder: pathlib.Path, *, fresh: bool = True) -> Iterator[Shop]:
    """Give a shop with its data in `folder` (emptied first when `fresh`); all it started ends with it."""
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    # A socket's path is short (unix(7)); the data's may be long.
    with tempfile.TemporaryDirectory(prefix="counterfoil-bench-") as sockets:
        wiring = Wiring(folder, pathlib.Path(sockets), _free_port(), _free_port(), {"kiosk": READER})
        (folder / "till.toml").write_text(till_config(wiring), encoding="utf-8")
        shop = Shop(wiring)
        try:
            yield shop
        finally:
            shop.end()


def wait_until(condition: Callable[[], bool], what: str, timeout_s: float = WAIT_S) -> None:
    """Return once `condition()` is true; raise `TimeoutError` naming `what`."""
    deadline_s = time.monotonic() + timeout_s
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline_s:
            raise TimeoutError(what)
        pause.wait(0.01)


def copy_store(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copy the data of a shop whose till has ended."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source / "till", target / "till")
    shutil.copy2(source / "till.key", target / "till.key")


def memory_mb(pid: int) -> dict[str, float]:
    """Return a process's memory in MB (10^6 bytes): `rss`, its highest so far `peak`, and the fair share `pss`."""
    found: dict[str, float] = {}
    names = {"VmRSS:": "rss", "VmHWM:": "peak", "Pss:": "pss"}
    for file in ("status", "smaps_rollup"):
        for line in pathlib.Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8").splitlines():
            words = line.split()
            if words and words[0] in names:
                found[names[words[0]]] = int(words[1]) * 1024 / 1e6
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
