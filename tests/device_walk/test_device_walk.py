"""The walk sees what real drivers report, asks what only a person can see, and claims nothing else."""

from __future__ import annotations

import contextlib
import pathlib
import re
import socket
import tempfile
from collections.abc import Iterator

import pytest

from terminal.base.config import parse_config
from terminal.hw.layout_check import TEST_CODE
from terminal.hw.reader_feedback import ACR122U
from tests.device_walk.readers import code_drawn, scanned
from tests.device_walk.result import FAILED, NOT_BY_HAND, SAID, SEEN, SKIPPED, Answer, Subject, page, verdict
from tests.device_walk.technician import READER, UID, Act, Devices, Technician
from tests.device_walk.walk import rounds
from tests.device_walk.watch import Work
from tests.hw.printer_peer import until
from tests.hw_sim.control import ControlClient
from tests.test_scorecards import QUESTIONS, TRIED, driver_modules, results

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def devices() -> Iterator[Devices]:
    # A socket's path is short (unix(7)); pytest's folders may be long.
    with tempfile.TemporaryDirectory(prefix="walk-") as folder:
        made = Devices(pathlib.Path(folder))
        yield made
        made.close()


@contextlib.contextmanager
def a_technician(devices: Devices, out: pathlib.Path, *words: str) -> Iterator[Technician]:
    made = Technician(devices, out, *words)
    try:
        yield made
    finally:
        made.close()


def outcomes(out: pathlib.Path, device: str) -> dict[str, tuple[str, str]]:
    """Return outcome and words of each question in a device's result file."""
    [file] = out.glob(f"????-??-??-{device}.md")
    found = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {question: (outcome, words.strip()) for question, outcome, words in found if outcome.strip("-")}


def printer_off(devices: Devices) -> None:
    devices.printer.set_switch("refuse", value=True)
    devices.printer.reset_after(0)


def scan(devices: Devices, text: str) -> Act:
    def act() -> None:
        do = ControlClient(str(devices.config.parent / "scanner.ctl"))
        do("scan", text=text)
        do.close()

    return act


@pytest.mark.slow
def test_a_printer_with_its_drawer_is_walked_through(devices: Devices, tmp_path: pathlib.Path) -> None:
    printer = devices.printer
    with a_technician(devices, tmp_path, "--only", "receipts") as technician:
        technician.do(
            [
                ("What does its label say", technician.type("Maker M1, firmware 2")),
                ("Is everything on the slip", technician.type("y")),
                ("Open the lid", lambda: printer.set_switch("lid_open", value=True)),
                ("Close the lid", lambda: printer.set_switch("lid_open", value=False)),
                ("Did the drawer open", technician.type("n")),
                ("Unplug it now", lambda: printer_off(devices)),
                ("Plug it back in", lambda: printer.set_switch("refuse", value=False)),
            ]
        )
        assert technician.code() == 0, technician.heard
    found = outcomes(tmp_path, "receipts")
    assert found["Does its work"] == (SEEN, "confirmed by process id")
    assert found["The slip is right"][0] == SAID
    assert found["Says why it cannot print"] == (SEEN, "printer_lid_open, then ready")
    assert found["Opens the drawer once"][0] == FAILED
    assert found["Loss logged once, return logged once"][0] == SEEN
    assert found["Reconnects"][0] == SEEN
    assert found["Stoppable within 1 s"][0] in {SEEN, FAILED}, "a busy machine may be late"
    text = next(tmp_path.glob("*.md")).read_text(encoding="utf-8")
    assert "| `tcp_transport` | Maker M1, firmware 2 | " in text
    assert "failed: Opens the drawer once" in text
    assert set(QUESTIONS) - {TRIED} <= set(found)
    assert len([slip for slip in printer.printer.slips if slip.ended == "cut"]) == 2


@pytest.mark.slow
def test_a_card_reader_is_walked_through_and_no_number_is_kept(devices: Devices, tmp_path: pathlib.Path) -> None:
    desk = devices.desk
    with a_technician(devices, tmp_path, "--only", "kiosk-reader") as technician:
        technician.do(
            [
                ("What does its label say", technician.type("")),
                ("Hold a member card", lambda: desk.insert(READER, "member")),
                ("Take it away", lambda: desk.remove(READER)),
                ("Hold a bank card", lambda: desk.insert(READER, "bank")),
                ("Take it away", lambda: desk.remove(READER)),
                ("Unplug it now", lambda: desk.unplug(READER)),
                ("Plug it back in", lambda: desk.plug(READER)),
                ("Hold a member card", lambda: desk.insert(READER, "member")),
                ("Take it away", lambda: desk.remove(READER)),
            ]
        )
        assert technician.code() == 0, technician.heard
    found = outcomes(tmp_path, "kiosk-reader")
    assert found["Does its work"][0] == SEEN
    assert found["Does its work"][1].startswith("m1, number of 4 bytes")
    assert found["One event while it lies still"] == (SEEN, "1 taps and 0 removals while it lay, then the removal")
    assert found["Refuses what is no member card"] == (SEEN, "card_foreign")
    assert found["Quiet when left alone"][0] == SEEN
    assert found["Loss logged once, return logged once"] == (
        SEEN,
        "lost as device_missing; reported 1 and 1 times, logged 1 and 1 times",
    )
    assert found["Reconnects"][0] == SEEN
    whole = technician.heard + next(tmp_path.glob("*.md")).read_text(encoding="utf-8")
    assert UID not in whole.upper()
    sent = [bytes.fromhex(record["apdu"]) for record in desk.apdus()["apdus"] if "*" not in record["apdu"]]
    # Later cards may be taken away before the reader has said a word of them.
    assert next(command for command in sent if command in {*ACR122U.accepted, *ACR122U.refused}) == ACR122U.accepted[0]


@pytest.mark.slow
def test_what_is_skipped_or_left_is_not_claimed(devices: Devices, tmp_path: pathlib.Path) -> None:
    with a_technician(devices, tmp_path) as technician:
        technician.do(
            [
                ("What does its label say", technician.type("M1")),
                ("Is everything on the slip", technician.type("s")),
                ("Open the lid", technician.type("q")),
            ]
        )
        assert technician.code() == 0, technician.heard
    assert [file.name[11:] for file in tmp_path.iterdir()] == ["receipts.md"], "nothing else was begun with"
    found = outcomes(tmp_path, "receipts")
    assert found["Does its work"][0] == SEEN
    for question in ("The slip is right", "Says why it cannot print", "Opens the drawer once", "Reconnects"):
        assert found[question][0] == SKIPPED
    assert "**works**" not in next(tmp_path.iterdir()).read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_scanner_and_a_display_are_walked_through(devices: Devices, tmp_path: pathlib.Path) -> None:
    do = ControlClient(str(devices.config.parent / "display.ctl"))

    def look(*lines: str) -> Act:
        def act() -> None:
            until(lambda: [line.rstrip() for line in devices.display.state()["lines"]] == list(lines))
            technician.type("y")()

        return act

    def replug(verb: str) -> Act:
        return lambda: do(verb)

    with a_technician(devices, tmp_path, "--only", "counter-scanner", "--only", "customers") as technician:
        technician.do(
            [
                ("What does its label say", technician.type("S1")),
                ("Scan the code above", scan(devices, "0" + TEST_CODE)),
                ("Unplug it now", technician.type("s")),
                ("Scan the code above", scan(devices, TEST_CODE)),
                ("What does its label say", technician.type("D1")),
                ("Does it show", look("COUNTERFOIL 1234567", "TOTAL         128.00")),
                ("Unplug it now", replug("unplug")),
                ("Plug it back in", replug("plug")),
                ("Does it show", look("AGAIN", "TOTAL          88.50")),
            ]
        )
        assert technician.code() == 0, technician.heard
    do.close()
    scanner, display = outcomes(tmp_path, "counter-scanner"), outcomes(tmp_path, "customers")
    assert scanner["Does its work"] == (FAILED, f"another code of {len(TEST_CODE) + 1} characters")
    assert scanner["Reconnects"] == (SEEN, f"the test code, all {len(TEST_CODE)} characters")
    assert scanner["Loss logged once, return logged once"][0] == SKIPPED
    assert display["Does its work"][0] == display["Reconnects"][0] == SAID


@pytest.mark.slow
def test_a_device_that_is_not_there_is_said_to_be_missing_and_nothing_more(
    devices: Devices, tmp_path: pathlib.Path
) -> None:
    devices.desk.unplug(READER)
    with a_technician(devices, tmp_path, "--only", "kiosk-reader") as technician:
        technician.do(
            [
                ("What does its label say", technician.type("")),
                ("Not found so far: device_missing", technician.type("s")),
            ]
        )
        assert technician.code() == 0, technician.heard
    found = outcomes(tmp_path, "kiosk-reader")
    assert found["Present"] == (FAILED, "not found: device_missing")
    assert found["Does its work"] == (SKIPPED, "not asked")


@pytest.mark.slow
def test_a_running_till_keeps_its_devices(devices: Devices, tmp_path: pathlib.Path) -> None:
    till = devices.config.parent / "till"
    till.mkdir()
    with socket.socket(socket.AF_UNIX) as admin:
        admin.bind(str(till / "till.sock"))
        admin.listen(1)
        with a_technician(devices, tmp_path / "out") as technician:
            assert technician.code() == 2
    assert "end it first" in technician.heard
    assert not (tmp_path / "out").exists()


EVERYTHING = """
[till]
data_dir = "data"
[[pcsc_readers]]
id = "a"
match = "ACR122U"
feedback = "acr122u"
[[pn532_readers]]
id = "b"
port = "/p/b"
[[serial_scanners]]
id = "c"
port = "/p/c"
[[keyboards]]
id = "d"
ports = ["/p/d"]
[[keyboards]]
id = "e"
ports = ["/p/e"]
kind = "reader"
[[printers]]
id = "f"
address = "h:9100"
[[printers]]
id = "g"
device = "/dev/usb/lp0"
[[printers]]
id = "h"
device = "/dev/serial/by-id/x"
[[printers]]
id = "i"
usb = "0416:5011"
[[displays]]
id = "j"
port = "/p/j"
"""


def test_every_sort_of_device_is_walked_through_and_every_driver_is_some_device_s() -> None:
    way = rounds(parse_config(EVERYTHING, pathlib.Path("/shop")), Work(), None, lambda: "now")
    stops = [stop for each in way for stop in each.stops]
    assert sorted(stop.device for stop in stops) == list("abcdefghij")
    assert stops[0].drivers[0] == "escpos_printer", "a printer comes first: it prints the test code"
    assert {driver for stop in stops for driver in stop.drivers} == driver_modules(ROOT / "terminal" / "hw")


def test_what_a_typing_scanner_makes_of_the_test_code_is_judged() -> None:
    assert scanned(TEST_CODE, "us", "q").outcome == SEEN
    assert scanned(TEST_CODE.swapcase(), "us", "q").words.startswith("layout_case")
    secret = scanned("134567890123456789", "us", "q")
    assert secret.outcome == FAILED
    assert "1345678" not in secret.words


def test_the_test_code_is_drawn_for_scanners_that_read_screens() -> None:
    assert code_drawn().count("\n") > 10


ANSWERS = (Answer("Present", SEEN, "found"), Answer("Reconnects", SAID, "yes"), Answer("Memory flat", NOT_BY_HAND, ""))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ((), "works"),
        ((Answer("Quiet", SKIPPED, ""),), "not tried: Quiet"),
        ((Answer("Quiet", FAILED, ""), Answer("Loss", SKIPPED, "")), "failed: Quiet; not tried: Loss"),
    ],
)
def test_only_what_was_seen_or_said_works(more: tuple[Answer, ...], words: str) -> None:
    assert verdict([*ANSWERS, *more]) == words


def test_the_row_for_the_documentation_is_one_that_its_test_reads() -> None:
    text = page(Subject("a", ("pcsc",), "ACR122U | fw 2.14"), "2026-11-22", "Linux", ANSWERS)
    [row] = [line for line in text.splitlines() if line.startswith("| `pcsc`")]
    assert row == "| `pcsc` | ACR122U / fw 2.14 | 2026-11-22 | works |"
    assert results(f"## Results with real devices\n\n{row}\n") == {"pcsc"}
