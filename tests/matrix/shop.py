"""A till of the shipped program with simulated devices of every kind, each at the far end of its wire."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.cli.home import DEMO, REPOSITORY, Home, Serving
from tests.cli.pages import Pages
from tests.hw_sim.control import ControlClient
from tests.hw_sim.shop_first_start import keep_card_keys
from tests.matrix.slips import whole_slips
from tests.matrix.table import (
    DISPLAY,
    KIOSK_READER,
    KIOSK_READER_NAME,
    PN532,
    PRINTER,
    READER,
    READER_NAME,
    READERS,
    SCANNER,
)
from tests.matrix.watch import DEADLINE_S, Notices, until

PIN = "246810"
DEVICES = (READERS, READER, KIOSK_READER, PN532, SCANNER, PRINTER, DISPLAY)
BILL_NO = re.compile(r"\b1-\d{6}\b")
REPRINT = "重印"
MEMBER_PHONE = "13800138001"
# So slow that a slip is under way for a moment, and so quick that nobody waits long.
PRINTER_MM_S = "60"


@dataclass(frozen=True, slots=True)
class Sale:
    """A previewed top-up or charge, which can be confirmed once or, as by an impatient finger, more often."""

    pages: Pages
    path: str
    form: Mapping[str, str]

    def confirm(self) -> str:
        """Post it and return the number of its bill."""
        answer = self.pages.post(self.path, **self.form)
        found = BILL_NO.search(answer.text)
        assert answer.status in {200, 303}, answer
        assert found, f"the page names no bill: {answer.text}"
        return found[0]


class TillShop:
    """One till and its devices; `printer` is the counter printer's cable, `tcp` or `serial`."""

    def __init__(self, home: Home, printer: str) -> None:
        """Start the simulators, then the till in `home`, and return once every device is ready."""
        self.printer = printer
        self.home = home
        self.broken = False
        self.cards_proved = False
        self._amounts = itertools.count()
        self.bills: list[str] = []
        self._programs: list[subprocess.Popen[str]] = []
        # Not below the home: a socket's path is short.
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="matrix-"))
        self._hands: dict[str, ControlClient] = {}
        self._till: Serving | None = None
        self._notices: Notices | None = None
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        facts = self._start_simulators()
        keys = self.home.folder / "card-keys.toml"
        if not keys.exists():
            keep_card_keys(keys)
        self.home.config.write_text(self._config(facts, keys), encoding="utf-8")
        self._till = self.home.serve({"PCSCLITE_CSOCK_NAME": str(self._folder / "pcscd")})
        self.pages = Pages(self._till.address)
        self.pages.sign_in(PIN)
        self.account = self.pages.open_member(MEMBER_PHONE)
        self._notices = Notices(self._till.address, self.pages.cookie)
        self.await_ready(DEVICES)

    def _start_simulators(self) -> dict[str, dict[str, Any]]:
        cards = ("--cards", str(DEMO / "cards.json"))
        slow = ("--speed", PRINTER_MM_S)
        readers = ("--readers", READER_NAME, "--readers", KIOSK_READER_NAME)
        words: dict[str, tuple[str, ...]] = {
            "pcsc": ("pcsc_daemon", "--socket", self._at("pcscd"), *cards, *readers),
            "pn532": ("pn532", "--link", self._at("pn532"), *cards),
            "serial_scanner": ("serial_scanner", "--link", self._at("scanner")),
            "printer": ("printer_net", "--port", "0", *slow),
            "customer_display": ("customer_display", "--link", self._at("display")),
        }
        if self.printer == "serial":
            words["printer_serial"] = ("printer_serial", "--link", self._at("printer"), *slow)
            del words["printer"]
        begun = {name: self._begin(name, program) for name, program in words.items()}
        return {name: self._ready(name, program) for name, program in begun.items()}

    def _at(self, name: str) -> str:
        return str(self._folder / name)

    def _begin(self, name: str, words: tuple[str, ...]) -> subprocess.Popen[str]:
        module, *options = words
        program = subprocess.Popen(
            [sys.executable, "-m", f"tests.hw_sim.{module}", *options, "--control", self._at(f"{name}.ctl")],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._programs.append(program)
        return program

    def _ready(self, name: str, program: subprocess.Popen[str]) -> dict[str, Any]:
        assert program.stdout is not None
        line = program.stdout.readline()
        assert line.startswith("ready "), f"the simulator {name} did not start"
        self._hands[name] = ControlClient(self._at(f"{name}.ctl"))
        facts: dict[str, Any] = json.loads(line.removeprefix("ready "))
        return facts

    def _config(self, facts: Mapping[str, Mapping[str, Any]], keys: pathlib.Path) -> str:
        where = (
            f'device = "{self._at("printer")}"'
            if self.printer == "serial"
            else f'address = "127.0.0.1:{facts["printer"]["port"]}"'
        )
        return f"""
[till]
data_dir = "data"
listen = "127.0.0.1:0"
card_keys = "{keys}"

[[pcsc_readers]]
id = "{READER}"
match = "{READER_NAME}"
place = "counter"

[[pcsc_readers]]
id = "{KIOSK_READER}"
match = "{KIOSK_READER_NAME}"
place = "kiosk"

[[pn532_readers]]
id = "{PN532}"
port = "{self._at("pn532")}"
place = "counter"

[[serial_scanners]]
id = "{SCANNER}"
port = "{self._at("scanner")}"
place = "counter"

[[printers]]
id = "{PRINTER}"
{where}

[[displays]]
id = "{DISPLAY}"
port = "{self._at("display")}"
"""

    @property
    def address(self) -> str:
        """Return where the till's pages are."""
        assert self._till is not None
        return self._till.address

    @property
    def pid(self) -> int:
        """Return the till's process id."""
        assert self._till is not None
        return self._till.process.pid

    @property
    def log(self) -> pathlib.Path:
        """Return the till's log."""
        assert self._till is not None
        return self._till.log

    @property
    def notices(self) -> Notices:
        """Return the counter's live notices."""
        assert self._notices is not None
        return self._notices

    def hand(self, simulator: str) -> ControlClient:
        """Return the hand on a simulator; a card lies on the PN532."""
        return self._hands["pn532" if simulator == "card" else simulator]

    @property
    def printing(self) -> ControlClient:
        """Return the hand on the printer."""
        return self.hand("printer" if self.printer == "tcp" else "printer_serial")

    def await_ready(self, devices: tuple[str, ...]) -> None:
        """Return once these devices are ready."""

        def ready() -> bool:
            states = self.pages.health()["devices"]
            return all(states.get(device, {}).get("state") == "ready" for device in devices)

        until(ready, f"{', '.join(devices)} ready")

    # --- the counter ------------------------------------------------------------------------------------------------

    def entries(self) -> int:
        """Return how many entries the book has."""
        return int(self.pages.health()["book_entries"])

    def preview(self, kind: str, yuan: int) -> Sale:
        """Begin a `top_up` or a `charge` of the shop's member."""
        path = f"/cashier/members/{self.account}/{kind}"
        page = self.pages.post(f"{path}/preview", amount=yuan).text
        form = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page))
        assert "action_id" in form, page
        return Sale(self.pages, path, {**form, "confirmed": "photo"} if kind == "charge" else form)

    def show_amount(self) -> int:
        """Preview a top-up of an amount that no other had, which the display shows, and return its yuan."""
        yuan = 100 + next(self._amounts)
        self.preview("top_up", yuan)
        return yuan

    def sell(self, kind: str = "top_up", yuan: int = 50) -> str:
        """Sell something and return the number of the bill."""
        self.bills.append(self.preview(kind, yuan).confirm())
        return self.bills[-1]

    def settle(self) -> None:
        """Ask for a marked copy of each slip in doubt, as a cashier without it does, until no slip waits."""

        def settled() -> bool:
            for job in re.findall(r'name="job" value="(\d+)"', self.notices.newest()["banners"]):
                self.pages.post("/cashier/doubt", job=job, got_it=0)
            waits = self.pages.health()["receipts_waiting"]
            return waits == 0 and 'name="job"' not in self.notices.newest()["banners"]

        until(settled, "every slip printed", 2 * DEADLINE_S)

    def slips(self) -> list[str]:
        """Return the text of every slip that came out to its cut."""
        return whole_slips(self.printing("slips", since=0)["slips"])

    def check_slips(self, bills: list[str]) -> None:
        """Fail unless each bill came out once without a mark, or only in marked copies."""
        slips = self.slips()
        for bill in bills:
            mine = [slip for slip in slips if bill in slip]
            plain = [slip for slip in mine if REPRINT not in slip]
            assert mine, f"no slip of {bill} came out"
            assert len(plain) <= 1, f"{len(plain)} slips of {bill} are not marked as copies"

    # --- the end ----------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """End the till and prove its book, then close."""
        try:
            if self.broken:
                return
            self.settle()
            self.check_slips(self.bills)
            entries = self.entries()
            assert self._till is not None
            assert self._till.end() == 0
            self._till = None
            assert self.home.entries() == entries
        finally:
            self.close()

    def close(self) -> None:
        """End everything, whatever state it is in; safe to call twice."""
        if self._notices is not None:
            self._notices.close()
        if self._till is not None:
            self._till.process.kill()
            self._till.process.wait(DEADLINE_S)
            with contextlib.suppress(AttributeError):
                self._till.process.stdout.close()  # type: ignore[union-attr]  # a pipe, as `serve` made it
            self._till = None
        for hand in self._hands.values():
            hand.close()
        self._hands.clear()
        for program in self._programs:
            with contextlib.suppress(ProcessLookupError):
                os.kill(program.pid, signal.SIGTERM)
            program.wait(DEADLINE_S)
            if program.stdout is not None:
                program.stdout.close()
        self._programs.clear()
        shutil.rmtree(self._folder, ignore_errors=True)
