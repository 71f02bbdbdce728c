"""Trying devices: what comes of a tap, a scan, a slip and a text, and how little of a card is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest

from terminal.base.config import Config, parse_config
from terminal.base.errors import Refusal
from terminal.base.events import (
    CardRefused,
    CardTapped,
    CodeScanned,
    DeviceEvent,
    PrinterStatus,
    ReceiptInDoubt,
    ReceiptPrinted,
    ScanRejected,
)
from terminal.base.printing import PrinterProfile
from terminal.rules.device_words import outcome_words
from terminal.runtime.device_watch import DeviceWatch
from terminal.services.ask import at_once
from terminal.services.device_desk import DeskParts, DeviceDesk
from terminal.services.device_outcome import Outcome, ScanCheck
from terminal.services.receipt_font import RECEIPT_FONT_FILE, FontFile, FontStrips
from terminal.services.receipts import Paper
from tests.services.conftest import Bench

LONG_S = 60.0
CODE = "aA09-_/?=&:.%+#@"
CONFIG = """
[till]
data_dir = "data"
[[pcsc_readers]]
id = "tap"
match = "ACR122U"
[[keyboards]]
id = "pad"
ports = ["/dev/input/a"]
kind = "reader"
[[keyboards]]
id = "typist"
ports = ["/dev/input/b"]
layout = "de"
[[serial_scanners]]
id = "gun"
port = "/dev/ttyA"
place = "kiosk"
[[printers]]
id = "receipts"
address = "h:9100"
[[printers]]
id = "labels"
usb = "0416:5011"
dots_per_line = 384
[[displays]]
id = "pole"
port = "/dev/ttyB"
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict."""

    code: str
    values: dict[str, str | int] = field(default_factory=dict)


def judge(arrived: str, layout: str) -> Judged:
    """Stand in for the layouts' own judgement, whose words it uses."""
    if arrived == CODE:
        return Judged("layout_fits", {"layout": layout})
    if arrived.swapcase() == CODE:
        return Judged("layout_case", {"layout": layout})
    return Judged("layout_cut", {"arrived": len(arrived), "expected": len(CODE)})


@dataclass
class Shop:
    """A desk over a real store, with devices that say what a test wants."""

    bench: Bench
    config: Config
    watch: DeviceWatch
    desk: DeviceDesk
    states: dict[str, dict[str, Any]]
    shown: list[tuple[str, str]]
    threads: ThreadPoolExecutor

    def trying(self, work: Callable[[], Any]) -> Future[Any]:
        """Begin something that waits for a device, and return once it does."""
        future = self.threads.submit(work)
        pause = threading.Event()
        while not self.watch.listening() and not future.done():
            pause.wait(0.01)
        return future

    def tried(self, device: str, event: DeviceEvent) -> Outcome:
        """Try a device that then says something."""
        future = self.trying(lambda: self.desk.test(device))
        self.watch.note(event)
        outcome: Outcome = future.result(LONG_S)
        return outcome

    def job(self) -> int:
        """Return the job that waits for a printer, once there is one."""
        pause = threading.Event()
        while True:
            row = self.bench.database.row("SELECT max(id) FROM print_job WHERE state IN ('queued', 'sending')")
            if row and row[0]:
                return int(row[0])
            pause.wait(0.01)

    def state(self, job: int) -> str:
        """Return a job's state."""
        row = self.bench.database.row("SELECT state FROM print_job WHERE id = ?", (job,))
        assert row is not None
        return str(row[0])


@pytest.fixture
def shop(bench: Bench) -> Iterator[Shop]:
    config = parse_config(CONFIG, bench.folder)
    watch = DeviceWatch(bench.clock.now_ms)
    names = ("pcsc", "tap", "pad", "typist", "gun", "receipts", "labels", "pole", "Strange Reader")
    states = {name: {"state": "ready", "code": "", "since_s": 0.0} for name in names}
    shown: list[tuple[str, str]] = []
    here = threading.Lock()

    def ask(work: Callable[[], Any]) -> Any:  # noqa: ANN401 - what `work` returns
        # Each thread has its own connection, which is given back so that the test's own stays the only one.
        with (
            here,
            bench.database.connection_context() if threading.current_thread().name != "MainThread" else nullcontext(),
        ):
            return at_once(work)

    parts = DeskParts(
        config=config,
        ask=ask,
        database=bench.database,
        spool=bench.spool,
        clock=bench.clock,
        paper=Paper({"counter": ("receipts", PrinterProfile())}, FontStrips([FontFile(str(RECEIPT_FONT_FILE), 7)])),
        watch=watch,
        report=lambda: {"ok": True, "devices": states},
        displays={"pole": lambda upper, lower: shown.append((upper, lower))},
        customer=bench.customer,
        scan_check=ScanCheck(CODE, judge),
    )
    with ThreadPoolExecutor(2) as threads:
        yield Shop(bench, config, watch, DeviceDesk(parts, tap_s=LONG_S, print_s=LONG_S), states, shown, threads)
        watch.close()


@pytest.mark.parametrize(
    ("uid", "number", "ending"), [(b"\x04\xa1\xb2\xc3\xd4\xe5\x80", "", "E580"), (b"", "0012345678", "5678")]
)
def test_a_tap_is_told_by_kind_proof_and_the_last_four_of_its_number_only(
    shop: Shop, uid: bytes, number: str, ending: str
) -> None:
    outcome = shop.tried("tap", CardTapped("tap", "s", "desfire", 0.0, uid, number, "authenticated"))
    assert outcome == Outcome("tap_read", {"kind": "desfire", "proof": "authenticated", "tail": ending})


def test_a_reader_that_nobody_configured_is_tried_by_its_own_name(shop: Shop) -> None:
    outcome = shop.tried("Strange Reader", CardTapped("Strange Reader", "s", "m1", 0.0, b"\1\2\3\4"))
    assert outcome.values["tail"] == "0304"


def test_a_card_that_identifies_nobody_is_told_by_its_own_code(shop: Shop) -> None:
    assert shop.tried("tap", CardRefused("tap", "s", "card_foreign")) == Outcome("card_foreign")


def test_silence_is_told_as_that(shop: Shop) -> None:
    shop.desk = DeviceDesk(shop.desk._parts, tap_s=0.0)
    assert shop.desk.test("tap") == Outcome("nothing_came")
    assert shop.desk.test("gun") == Outcome("nothing_came")


@pytest.mark.parametrize(
    ("device", "text", "expected"),
    [
        ("typist", CODE, Outcome("layout_fits", {"layout": "de"})),
        ("typist", CODE.swapcase(), Outcome("layout_case", {"layout": "de"})),
        ("gun", CODE + "\r", Outcome("scan_fits")),
        ("gun", CODE.swapcase(), Outcome("layout_not_test_code")),
        ("gun", CODE[:9], Outcome("layout_cut", {"arrived": 9, "expected": 16})),
        ("gun", "]Q3" + CODE, Outcome("scan_aim_prefix", {"prefix": "]Q3"})),
    ],
)
def test_a_scan_is_compared_with_the_printed_code(shop: Shop, device: str, text: str, expected: Outcome) -> None:
    assert shop.tried(device, CodeScanned(device, 0.0, text)) == expected


@pytest.mark.parametrize("code", ["scan_undecodable", "scan_too_long"])
def test_what_is_no_code_is_told_by_its_own_code(shop: Shop, code: str) -> None:
    assert shop.tried("gun", ScanRejected("gun", code)) == Outcome(code)
    assert outcome_words(code, {}, "en")


def test_a_payment_code_is_never_part_of_the_answer(shop: Shop) -> None:
    outcome = shop.tried("gun", CodeScanned("gun", 0.0, "134512345678901234"))
    assert "1345" not in repr(outcome)


@pytest.mark.parametrize(("device", "dots"), [("receipts", 576), ("labels", 384)])
def test_a_printer_prints_its_own_slip_and_its_word_ends_the_test(shop: Shop, device: str, dots: int) -> None:
    future = shop.trying(lambda: shop.desk.test(device))
    job = shop.job()
    taken = shop.bench.spool.take(device)
    assert taken is not None
    assert f"{dots} 点".encode("gb18030") in taken.body
    assert CODE.encode() in taken.body
    shop.watch.note(ReceiptPrinted(device, job - 1))
    shop.watch.note(ReceiptPrinted(device, job))
    assert future.result(LONG_S) == Outcome("test_slip_printed")


def test_the_slip_speaks_the_language_of_whoever_asks(shop: Shop) -> None:
    future = shop.trying(lambda: shop.desk.test("receipts", "en"))
    job = shop.job()
    taken = shop.bench.spool.take("receipts")
    assert taken is not None
    assert b"Print test" in taken.body
    shop.watch.note(ReceiptInDoubt("receipts", job, "printer_silent"))
    assert future.result(LONG_S) == Outcome("test_slip_in_doubt")


def test_a_printer_whose_paper_ends_drops_the_slip_and_says_why(shop: Shop) -> None:
    future = shop.trying(lambda: shop.desk.test("receipts"))
    job = shop.job()
    shop.watch.note(PrinterStatus("receipts", "printer_paper_out", paper_low=True))
    assert future.result(LONG_S) == Outcome("printer_paper_out")
    assert shop.state(job) == "cancelled"
    assert shop.desk.test("receipts") == Outcome("printer_paper_out"), "nothing is queued for it"


def test_a_printer_that_says_nothing_in_time_keeps_no_slip_for_later(shop: Shop) -> None:
    shop.desk = DeviceDesk(shop.desk._parts, print_s=0.0)
    assert shop.desk.test("receipts") == Outcome("test_slip_unprinted")
    assert shop.bench.spool.take("receipts") is None


def test_a_slip_that_is_on_its_way_is_not_taken_back(shop: Shop) -> None:
    future = shop.trying(lambda: shop.desk.test("receipts"))
    job = shop.job()
    shop.bench.spool.take("receipts")
    shop.watch.note(PrinterStatus("receipts", "printer_lid_open", paper_low=False))
    assert future.result(LONG_S) == Outcome("test_slip_unconfirmed")
    assert shop.state(job) == "sending"


def test_a_display_is_shown_its_name_and_the_time(shop: Shop) -> None:
    assert shop.desk.test("pole") == Outcome("display_shown", {"text": "14.32"})
    assert shop.shown == [("POLE", "14.32")]


def test_a_display_is_given_back_after_its_test(shop: Shop) -> None:
    shop.desk.test("pole")
    shop.bench.wait(9.0)
    assert shop.shown == [("POLE", "14.32")]
    shop.bench.wait(2.0)
    assert shop.shown[1:] == [("", "")]


def test_a_display_that_is_given_back_shows_what_is_due_by_then(shop: Shop) -> None:
    shop.desk.test("pole")
    shop.bench.customer.due("charge", 300_00)
    shop.bench.wait(11.0)
    assert shop.shown == [("POLE", "14.32"), ("TOTAL", "300.00")]


def test_a_test_right_after_another_stays_as_long_as_the_first(shop: Shop) -> None:
    shop.desk.test("pole")
    shop.bench.wait(6.0)
    shop.desk.test("pole")
    shop.bench.wait(6.0)
    assert shop.shown == [("POLE", "14.32")] * 2
    shop.bench.wait(6.0)
    assert shop.shown[2:] == [("", "")]


@pytest.mark.parametrize("device", ["tap", "gun", "receipts"])
def test_a_test_whose_asker_has_gone_ends_and_leaves_nothing_behind(shop: Shop, device: str) -> None:
    gone = threading.Event()
    future = shop.trying(lambda: shop.desk.test(device, "en", gone.is_set))
    job = shop.job() if device == "receipts" else 0
    gone.set()
    with pytest.raises(Refusal, match="interrupted"):
        future.result(LONG_S)
    assert shop.bench.spool.waiting() == 0
    assert not job or shop.state(job) == "cancelled"
    shop.desk.test("pole")


def test_a_hint_whose_asker_has_gone_ends(shop: Shop) -> None:
    gone = threading.Event()
    future = shop.trying(lambda: shop.desk.hint("tap", "04A1B2C3", gone.is_set))
    gone.set()
    with pytest.raises(Refusal, match="interrupted"):
        future.result(LONG_S)


def test_one_device_is_tried_at_a_time(shop: Shop) -> None:
    future = shop.trying(lambda: shop.desk.test("tap"))
    with pytest.raises(Refusal, match="device_test_busy"):
        shop.desk.test("pole")
    shop.watch.note(CardRefused("tap", "s", "card_foreign"))
    future.result(LONG_S)
    shop.desk.test("pole")


@pytest.mark.parametrize(("device", "code"), [("pcsc", "device_no_test"), ("nobody", "device_unknown")])
def test_what_cannot_be_tried_is_refused(shop: Shop, device: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        shop.desk.test(device)


def test_a_device_that_is_not_there_is_refused_with_its_trouble(shop: Shop) -> None:
    shop.states["receipts"] = {"state": "missing", "code": "device_unreachable"}
    with pytest.raises(Refusal) as refused:
        shop.desk.test("receipts")
    assert (refused.value.code, refused.value.values["trouble"]) == ("device_not_ready", "device_unreachable")
    assert shop.bench.spool.waiting() == 0


@pytest.mark.parametrize(
    ("printed", "code", "order"),
    [
        ("04A1B2C3", "order_as_read", "as-read"),
        ("c3 b2 a1 04", "order_reversed", "reversed"),
        ("3283263748", "order_reversed", "reversed"),
        ("11223344", "order_foreign", ""),
    ],
)
def test_one_card_tells_which_end_its_printed_number_begins_at(shop: Shop, printed: str, code: str, order: str) -> None:
    future = shop.trying(lambda: shop.desk.hint("tap", printed))
    shop.watch.note(CardTapped("tap", "s", "m1", 0.0, bytes.fromhex("04A1B2C3")))
    assert future.result(LONG_S) == Outcome(code, {"order": order})


def test_a_card_without_a_chip_number_has_no_order(shop: Shop) -> None:
    future = shop.trying(lambda: shop.desk.hint("tap", "123456"))
    shop.watch.note(CardTapped("tap", "s", "sle4442", 0.0, b"", "123456"))
    assert future.result(LONG_S) == Outcome("order_none")


@pytest.mark.parametrize(
    ("device", "printed", "code"),
    [("tap", "1.39E+10", "card_number_bad"), ("pad", "123", "device_no_hint"), ("gun", "123", "device_no_hint")],
)
def test_a_hint_that_cannot_be_found_is_refused_before_anybody_waits(
    shop: Shop, device: str, printed: str, code: str
) -> None:
    with pytest.raises(Refusal, match=code):
        shop.desk.hint(device, printed)


def test_the_self_check_is_printed_at_the_counter(shop: Shop) -> None:
    rows = [["till", "", "", {}], ["disk", "", "disk_low", {"free_mb": 12}]]
    shop.desk.doctor_print(rows, {"python": "3.11"}, "en")
    taken = shop.bench.spool.take("receipts")
    assert taken is not None
    assert b"Self-check" in taken.body
    assert b"12 MB" in taken.body
    assert shop.bench.spool.recent() == []


@pytest.mark.parametrize(
    ("rows", "language"),
    [
        ([["nothing", "", "", {}]], "en"),
        ([["till", "", "", {}]], "fr"),
        ([["till", "", "", {}]] * 500, "en"),
        ([[]], "en"),
    ],
)
def test_what_is_no_self_check_is_not_printed(shop: Shop, rows: list[list[Any]], language: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        shop.desk.doctor_print(rows, {}, language)
    assert shop.bench.spool.waiting() == 0


def test_the_verbs_take_and_answer_json_values(shop: Shop) -> None:
    verbs = shop.desk.verbs()
    assert verbs["report"]()["report"]["ok"] is True
    patient = shop.desk.patient_verbs()
    answer = patient["device_test"](lambda: False, device="pole")
    assert json.loads(json.dumps(answer)) == {"outcome": "display_shown", "values": {"text": "14.32"}}
    assert (set(verbs), set(patient)) == ({"report", "doctor_print"}, {"device_test", "device_hint"})
