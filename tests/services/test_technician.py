"""The technician's page asks for a manager; a cashier is refused whatever they ask."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from terminal.base.config import parse_config
from terminal.base.errors import Refusal
from terminal.base.events import DeviceDown, DeviceUp, PrinterStatus
from terminal.base.printing import PrinterProfile
from terminal.runtime.device_watch import DeviceWatch
from terminal.services.ask import at_once
from terminal.services.device_desk import DeskParts, DeviceDesk
from terminal.services.device_outcome import Outcome, ScanCheck
from terminal.services.doctor import Check
from terminal.services.receipt_font import RECEIPT_FONT_FILE, FontFile, FontStrips
from terminal.services.receipts import Paper
from terminal.services.staff import IDLE_S, SignIns
from terminal.services.technician import DeviceRow, Technician
from tests.services.conftest import Bench
from tests.services.test_device_desk import judge
from tests.support import hire

CONFIG = """
[till]
data_dir = "data"
[[pcsc_readers]]
id = "tap"
match = "ACR122U"
place = "kiosk"
[[printers]]
id = "receipts"
address = "h:9100"
[[displays]]
id = "pole"
port = "/dev/ttyB"
"""
CHECKS = [Check("till"), Check("disk", trouble="disk_low", values={"free_mb": 12})]


class Room:
    """A technician's page without the page, and two people who may sign in."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.watch = DeviceWatch(bench.clock.now_ms)
        self.states = {
            "pcsc": {"state": "ready", "code": ""},
            "tap": {"state": "missing", "code": "device_missing"},
            "receipts": {"state": "ready", "code": ""},
            "Strange Reader": {"state": "ready", "code": ""},
        }
        self.shown: list[tuple[str, str]] = []
        parts = DeskParts(
            config=parse_config(CONFIG, bench.folder),
            ask=at_once,
            database=bench.database,
            spool=bench.spool,
            clock=bench.clock,
            paper=Paper({"counter": ("receipts", PrinterProfile())}, FontStrips([FontFile(str(RECEIPT_FONT_FILE), 7)])),
            watch=self.watch,
            report=lambda: {"devices": self.states},
            displays={"pole": lambda upper, lower: self.shown.append((upper, lower))},
            customer=bench.customer,
            scan_check=ScanCheck("code", judge),
        )
        sign_ins = SignIns(bench.clock.monotonic_s)
        self.technician = Technician(
            sign_ins, DeviceDesk(parts), self.watch, bench.clock, lambda: CHECKS, lambda: {"python": "3.11"}
        )
        self._sign_ins = sign_ins
        for name, role in (("小陈", "cashier"), ("小李", "manager")):
            hire(bench.database, name, role, "135790")

    def token(self, name: str) -> str:
        """Sign somebody in."""
        staff = self.bench.staff
        choice = next(choice for choice in staff.names() if choice.name == name)
        return self._sign_ins.add(choice.id, *staff.open_shift(choice.id), staff.role(choice.id)).token

    def row(self, name: str) -> DeviceRow:
        """Return a device as the manager sees it."""
        return next(row for row in self.technician.devices(self.token("小李")) if row.id == name)


@pytest.fixture
def room(bench: Bench) -> Room:
    return Room(bench)


ASKED: list[Callable[[Technician, str], object]] = [
    lambda technician, token: technician.signed_in(token),
    lambda technician, token: technician.devices(token),
    lambda technician, token: technician.look(token),
    lambda technician, token: technician.test(token, "pole", "en"),
    lambda technician, token: technician.setup(token),
    lambda technician, token: technician.self_check(token),
    lambda technician, token: technician.print_self_check(token, "en"),
]


@pytest.mark.parametrize("ask", ASKED)
def test_only_a_manager_who_is_signed_in_is_answered(room: Room, ask: Callable[[Technician, str], object]) -> None:
    with pytest.raises(Refusal, match="manager_only"):
        ask(room.technician, room.token("小陈"))
    with pytest.raises(Refusal, match="signed_out"):
        ask(room.technician, "nobody")
    assert room.shown == []
    assert room.bench.spool.waiting() == 0
    room.states["pole"] = {"state": "ready", "code": ""}
    ask(room.technician, room.token("小李"))


def test_devices_are_listed_with_what_nobody_configured_behind_them(room: Room) -> None:
    rows = room.technician.devices(room.token("小李"))
    assert [(row.id, row.kind, row.place, row.state, row.code) for row in rows] == [
        ("tap", "reader", "kiosk", "missing", "device_missing"),
        ("receipts", "printer", "counter", "ready", ""),
        ("pole", "display", "counter", "missing", "starting"),
        ("Strange Reader", "reader", "counter", "ready", ""),
        ("pcsc", "", "", "ready", ""),
    ]


def test_a_page_that_only_lies_open_keeps_nobody_signed_in(room: Room) -> None:
    token = room.token("小李")
    assert room.technician.look(token) == room.technician.devices(token)
    for _ in range(4):
        room.bench.clock.advance(IDLE_S / 3)
        if room.bench.clock.monotonic_s() <= IDLE_S:
            room.technician.look(token)
    with pytest.raises(Refusal, match="signed_out"):
        room.technician.look(token)


def test_the_last_loss_is_shown_also_when_the_device_is_back(room: Room) -> None:
    assert room.row("receipts").fault == ""
    room.watch.note(DeviceDown("receipts", "printer_unreachable"))
    room.watch.note(DeviceUp("receipts"))
    row = room.row("receipts")
    assert (row.state, row.fault, row.fault_at_text) == ("ready", "printer_unreachable", "2026-11-21 14:32")


def test_a_printer_without_paper_is_in_trouble_though_it_answers(room: Room) -> None:
    room.watch.note(PrinterStatus("receipts", "printer_paper_out", paper_low=True))
    assert (room.row("receipts").state, room.row("receipts").code) == ("fault", "printer_paper_out")


def test_a_device_is_tried_and_the_self_check_printed(room: Room) -> None:
    token = room.token("小李")
    room.states["pole"] = {"state": "ready", "code": ""}
    assert room.technician.test(token, "pole", "en") == Outcome("display_shown", {"text": "14.32"})
    assert room.technician.self_check(token) == CHECKS
    room.technician.print_self_check(token, "en")
    taken = room.bench.spool.take("receipts")
    assert taken is not None
    assert b"12 MB" in taken.body


def test_nobody_but_a_manager_has_a_card_tapped_for_a_byte_order(room: Room) -> None:
    for token, code in ((room.token("小陈"), "manager_only"), ("nobody", "signed_out")):
        with pytest.raises(Refusal, match=code):
            room.technician.hint(token, "tap", "3283263748")
    # A reader that is not there is told of a manager's wish as of a test.
    with pytest.raises(Refusal, match="device_not_ready"):
        room.technician.hint(room.token("小李"), "tap", "3283263748")


def test_only_a_till_that_knows_its_file_configures_devices(room: Room) -> None:
    assert room.technician.setup(room.token("小李")) is None
