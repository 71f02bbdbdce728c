"""The ground of a crash test: a prepared shop, fresh copies of it, simulators at the wire, and tills to kill."""

from __future__ import annotations

import contextlib
import io
import json
import pathlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from terminal import cli
from terminal.base.config import load_config
from terminal.services.storage import read_store
from terminal.store.database import Database
from tests.crash import paper, recorder
from tests.crash.tills import LiveTill, Program, wait_until
from tests.hw_sim.cards import read_deck
from tests.hw_sim.pcsc_daemon import PcscDaemon
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_net import PrinterServer
from tests.hw_sim.printer_state import Settings
from tests.hw_sim.shop_first_start import DEMO

READER = "Counterfoil Kiosk Reader 00 00"
STAFF = "陈晓"
PIN = "246813"


class Shop:
    """One copy of the shop with a printer of its own, on which one crash is tried."""

    def __init__(self, ground: Ground, folder: pathlib.Path, *, prepared: bool, cards: bool) -> None:
        """Work in `folder`, which holds the store where it is `prepared`."""
        self.prepared = prepared
        self._ground = ground
        self.program = ground.program
        self.folder = folder
        self.printer = PrinterServer(Printer(Settings(render=False)))
        self.printer.start()
        ground.control.printer(self.printer.port)
        self.config = folder / "till.toml"
        self.config.write_text(config_text(folder / "data", ground.sockets, self.printer.port, cards=cards))

    def start(self, *, signed_in: bool = True) -> LiveTill:
        """Return a running till, by default with the cashier signed in."""
        till = self.program.till()
        till.call("start", config=str(self.config))
        if signed_in:
            till.token = self.sign_in(till)["token"]
        return till

    def sign_in(self, till: LiveTill) -> dict[str, Any]:
        """Sign the cashier in and return the sign-in."""
        answer: dict[str, Any] = till.call("desk", method="sign_in", arguments=[self._ground.staff_id, PIN])
        return answer

    def settle(self, till: LiveTill, got_it: Callable[[Mapping[str, Any]], bool]) -> None:
        """Return when no receipt waits, each doubtful one answered by `got_it`."""

        def settled() -> bool:
            states = {slip["job"]: slip for slip in till.call("spool")}
            for job, slip in states.items():
                if slip["state"] == "doubt":
                    till.desk("resolve_doubt", job, got_it(slip))
            return all(slip["state"] in {"printed", "cancelled"} for slip in states.values())

        wait_until(settled, "the receipts to be printed")

    @contextlib.contextmanager
    def store(self) -> Iterator[Database]:
        """Give the store, opened for reading."""
        database = read_store(load_config(self.config))
        try:
            yield database
        finally:
            database.close()

    def verify(self) -> None:
        """Have the book prove itself by the command people use."""
        said = _command("book", "verify", "--language", "en", config=self.config)
        assert said.startswith("The book is right"), said

    def lines(self) -> list[str]:
        """Return all text on paper, in order, cuts as lines of their own."""
        return paper.lines(self.printer.printer)

    def close(self) -> None:
        """Take the printer away."""
        self.printer.close()


class Ground:
    """What all crashes of a test module share: the recorder, a prepared shop, the card service, a program to fork."""

    def __init__(self, folder: pathlib.Path) -> None:
        """Build and prepare everything in an empty folder with a short path, because sockets lie in it (unix(7))."""
        self.folder = folder
        self.sockets = self.folder / "s"
        self.sockets.mkdir()
        self.runs = self.folder / "runs"
        self.runs.mkdir()
        self.library = recorder.build(self.folder)
        self.control = recorder.Control(self.folder / "control")
        self.prepared = self.folder / "prepared"
        self.staff_id, self.entries = self._prepare()
        self.cards = PcscDaemon(str(self.sockets / "pcscd.comm"), [READER], read_deck(str(DEMO / "cards.json")))
        self.cards.start()
        self._count = 0
        self.program = Program(self.sockets / "acts", self.environment(recorder.CONTROL_VARIABLE, self.control.path))

    def environment(self, *more: object) -> dict[str, str]:
        """Return a watched program's environment, with `more` names and values in turn."""
        added = {str(name): str(value) for name, value in zip(more[::2], more[1::2], strict=True)}
        card_service = {"PCSCLITE_CSOCK_NAME": str(self.sockets / "pcscd.comm")}
        return {**recorder.environment(self.library, self.runs), **card_service, **added}

    def _prepare(self) -> tuple[str, int]:
        """Set the demo shop up once with the till's own commands; return the cashier's id and the number of entries."""
        self.prepared.mkdir()
        config = self.folder / "prepare.toml"
        config.write_text(config_text(self.prepared, self.sockets, 9100, cards=False))
        for command in (
            ["setup", "apply", "--yes", str(DEMO / "shop.toml")],
            ["staff", "add", STAFF, "--pin", PIN],
            ["import", "members", str(DEMO / "members.csv")],
        ):
            _command(*command, config=config)
        database = read_store(load_config(config))
        row = database.row("SELECT id, (SELECT count(*) FROM entry) FROM staff")
        database.close()
        assert row is not None
        return str(row[0]), int(row[1])

    def account(self, old_number: str) -> str:
        """Return a member's account by the number the old system gave."""
        database = read_store(load_config(self.folder / "prepare.toml"))
        row = database.row("SELECT lower(hex(account)) FROM member WHERE old_number = ?", (old_number,))
        database.close()
        assert row is not None
        return str(row[0])

    @contextlib.contextmanager
    def shop(self, *, prepared: bool = True, cards: bool = False) -> Iterator[Shop]:
        """Give a fresh copy of the prepared shop, or one that was never started."""
        self._count += 1
        folder = self.runs / str(self._count)
        folder.mkdir()
        if prepared:
            shutil.copytree(self.prepared, folder / "data")
        shop = Shop(self, folder, prepared=prepared, cards=cards)
        try:
            yield shop
        finally:
            self.control.disarm()
            shop.close()
            shutil.rmtree(folder)

    def close(self) -> None:
        """End what was started."""
        self.program.close()
        self.cards.close()
        self.control.close()


def _command(*words: str, config: pathlib.Path) -> str:
    """Run one of the till's commands, which must find no problem, and return what it printed."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = cli.main([*words, "--config", str(config)])
    assert code == cli.FINE, f"terminal {' '.join(words)} ended with code {code}: {said.getvalue()}"
    return said.getvalue()


def config_text(data: pathlib.Path, sockets: pathlib.Path, printer_port: int, *, cards: bool) -> str:
    """Return the till's configuration: one printer, and a kiosk reader where `cards`."""
    tables: dict[str, Mapping[str, object]] = {
        "[till]": {"data_dir": str(data), "listen": "127.0.0.1:0", "admin_socket": str(sockets / "admin")},
        "[pcsc]": {"enabled": cards},
        "[[printers]]": {"id": "receipt-printer", "address": f"127.0.0.1:{printer_port}", "place": "counter"},
    }
    if cards:
        tables["[[pcsc_readers]]"] = {"id": "kiosk-reader", "match": READER.rsplit(" ", 2)[0], "place": "kiosk"}
    lines = []
    for head, values in tables.items():
        # JSON's strings, numbers and booleans are TOML's.
        lines += [head, *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"
