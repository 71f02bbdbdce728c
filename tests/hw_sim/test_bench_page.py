"""The bench page, asked as a browser would ask it, with the real simulators behind it."""

from __future__ import annotations

import os
import pathlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hw_sim.bench_devices import Devices
from tests.hw_sim.bench_page import create_bench, read_wiring
from tests.hw_sim.bench_under_test import Bench, make_wiring, open_bench, told
from tests.hw_sim.bench_wires import BenchWiring
from tests.hw_sim.program_under_test import until

SLIP = "兰亭美业\n".encode("gb18030") + b"\x1dV\x42\x00"


@pytest.fixture
def wiring(tmp_path: pathlib.Path) -> BenchWiring:
    return make_wiring(tmp_path)


@pytest.fixture
def bench(tmp_path: pathlib.Path, wiring: BenchWiring) -> Iterator[Bench]:
    with open_bench(tmp_path, wiring) as page:
        yield page


def print_slip(bench: Bench) -> None:
    with socket.create_connection(("127.0.0.1", bench.printer.port)) as connection:
        before = len(bench.printer.printer.slips)
        connection.sendall(b"\x1b@" + SLIP)
        until(lambda: len(bench.printer.printer.slips) > before)


def test_the_page_and_all_it_refers_to_come_from_the_bench_itself(bench: Bench) -> None:
    page = bench.browser.get("/")
    assert page.status_code == 200
    assert "模拟台" in page.text
    assert "http" not in page.text
    for name in ("bench.css", "bench.js", "leaf.svg"):
        assert f"/static/{name}" in page.text
        with bench.browser.get(f"/static/{name}") as part:
            assert part.status_code == 200
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
    page.close()


def test_the_wiring_shows_addresses_pins_and_codes_but_no_sockets(bench: Bench) -> None:
    shown = told(bench.browser.get("/api/wiring"))
    assert shown["kiosk"] == "http://127.0.0.1:1/kiosk"
    assert shown["pins"] == {"陈晓": "135790"}
    assert shown["codes"][0]["text"] == "13800138001"
    assert shown["places"] == ["kiosk", "kiosk-pn532", "counter"]
    assert "control" not in shown


def test_the_readers_come_in_the_order_of_the_wiring_and_the_deck_whole(bench: Bench) -> None:
    state = bench.state()
    assert list(state["readers"]) == ["kiosk", "kiosk-pn532", "counter"]
    assert [card["id"] for card in state["cards"]][:3] == ["wang", "li", "zhao"]


def test_a_tapped_card_lies_on_the_reader_and_goes_again_by_itself(bench: Bench) -> None:
    bench.press("/api/tap", place="kiosk", card="wang", manner="tap")
    # Laid down and taken away: one event of the reader each.
    until(lambda: bench.pcsc.desk.readers()[0]["counter"] == 2)
    assert bench.card_at("kiosk") is None
    assert bench.pcsc.desk.readers()[1]["counter"] == 0


def test_a_held_card_stays_until_it_is_taken_away(bench: Bench) -> None:
    bench.press("/api/tap", place="counter", card="li", manner="hold")
    until(lambda: bench.pcsc.desk.readers()[1]["counter"] == 1)
    assert not bench.pcsc.desk.readers()[1]["mute"]
    assert bench.card_at("counter") == "li"
    bench.press("/api/take", place="counter")
    assert bench.card_at("counter") is None
    bench.press("/api/take", place="counter")


def test_a_hand_that_lets_go_late_takes_no_card_laid_down_after_it(bench: Bench) -> None:
    bench.press("/api/tap", place="kiosk", card="wang", manner="tap")
    bench.press("/api/tap", place="kiosk", card="li", manner="hold")
    bench.press("/api/tap", place="counter", card="wang", manner="tap")
    until(lambda: bench.card_at("counter") is None)
    assert bench.card_at("kiosk") == "li"


def test_a_card_on_one_reader_is_picked_up_from_there_for_the_other(bench: Bench) -> None:
    bench.press("/api/tap", place="kiosk", card="wang", manner="hold")
    bench.press("/api/tap", place="counter", card="wang", manner="hold")
    assert bench.card_at("kiosk") is None
    assert bench.card_at("counter") == "wang"


def test_a_mute_card_is_there_without_an_answer(bench: Bench) -> None:
    bench.devices.hand._tap_s = 600.0
    bench.press("/api/tap", place="kiosk", card="bank", manner="mute")
    assert bench.card_at("kiosk") == "bank"
    assert bench.card_at("counter") is None
    assert bench.pcsc.desk.readers()[0]["mute"]


def test_an_unplugged_reader_is_shown_and_refuses_cards_in_words(bench: Bench) -> None:
    bench.press("/api/reader", place="kiosk", action="unplug")
    assert bench.state()["readers"]["kiosk"] == {"plugged": False, "card": None}
    assert "unplugged" in bench.refused("/api/tap", place="kiosk", card="wang", manner="tap")
    bench.press("/api/reader", place="kiosk", action="plug")
    bench.press("/api/tap", place="kiosk", card="wang", manner="hold")
    assert bench.card_at("kiosk") == "wang"


def test_the_card_daemon_can_be_crashed_and_started(bench: Bench) -> None:
    assert bench.state()["daemon"] is True
    bench.press("/api/daemon", action="crash")
    assert bench.state()["daemon"] is False
    bench.press("/api/daemon", action="start")
    assert bench.state()["daemon"] is True


def test_a_scan_reaches_the_host_and_one_that_nobody_hears_is_called_lost(bench: Bench) -> None:
    assert "lost" in bench.press("/api/scan", action="scan", text="123")["said"]["en"]
    port = os.open(bench.scanner_link, os.O_RDWR | os.O_NOCTTY)
    assert bench.press("/api/scan", action="scan", text="会员䶮", encoding="gb18030") == {}
    assert os.read(port, 100) == "会员䶮\r".encode("gb18030")
    os.close(port)


@pytest.mark.parametrize(
    ("action", "arrives"),
    [("half", b"12"), ("two", b"1234\r4321\r"), ("slow", b"1234\r"), ("bare", b"1234"), ("noise", b"\xff")],
)
def test_each_fault_of_the_scanner_has_its_button(bench: Bench, action: str, arrives: bytes) -> None:
    port = os.open(bench.scanner_link, os.O_RDWR | os.O_NOCTTY)
    assert bench.press("/api/scan", action=action, text="1234") == {}
    data = os.read(port, len(arrives))
    while len(data) < len(arrives):
        data += os.read(port, len(arrives) - len(data))
    assert data == arrives
    os.close(port)


def test_an_unplugged_scanner_says_so_until_it_is_plugged_in(bench: Bench) -> None:
    bench.press("/api/scan", action="unplug")
    assert not bench.scanner_link.is_symlink()
    assert "unplugged" in bench.refused("/api/scan", action="scan", text="1")
    bench.press("/api/scan", action="plug")
    assert bench.state()["scanner"]["plugged"]


@pytest.mark.parametrize("switch", ["lid_open", "paper_end", "paper_near_end", "cutter_error", "silent", "black_hole"])
def test_each_switch_of_the_printer_goes_on_and_off(bench: Bench, switch: str) -> None:
    bench.press("/api/printer", action="set", switch=switch, value=True)
    assert bench.state()["printer"]["switches"][switch] is True
    bench.press("/api/printer", action="set", switch=switch, value=False)
    assert bench.state()["printer"]["switches"][switch] is False


def test_a_printer_without_power_takes_no_connection(bench: Bench) -> None:
    bench.press("/api/printer", action="set", switch="power_off", value=True)
    assert bench.state()["printer"]["switches"]["power_off"] is True
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", bench.printer.port))
    bench.press("/api/printer", action="set", switch="power_off", value=False)
    print_slip(bench)


@pytest.mark.parametrize("action", ["power_cut", "reset"])
def test_cutting_the_power_or_the_connection_is_felt_by_the_host(bench: Bench, action: str) -> None:
    with socket.create_connection(("127.0.0.1", bench.printer.port)) as connection:
        until(lambda: bool(bench.state()["printer"]["connected"]))
        bench.press("/api/printer", action=action)
        connection.settimeout(30)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_a_new_roll_ends_the_want_of_paper(bench: Bench) -> None:
    bench.press("/api/printer", action="set", switch="paper_end", value=True)
    bench.press("/api/printer", action="new_roll")
    assert bench.state()["printer"]["switches"]["paper_end"] is False


def test_printed_slips_appear_as_pictures_and_only_new_ones_are_told_again(bench: Bench) -> None:
    print_slip(bench)
    (slip,) = bench.state()["slips"]
    assert "兰亭美业" in slip["text"]
    with bench.browser.get(slip["url"]) as picture:
        assert picture.mimetype == "image/png"
        assert picture.data.startswith(b"\x89PNG")
    assert bench.state(since=slip["number"])["slips"] == []
    print_slip(bench)
    assert len(bench.state(since=slip["number"])["slips"]) == 1
    assert bench.browser.get("/slips/99.png").status_code == 404


def test_simulators_that_are_gone_are_shown_as_such_and_named_when_used(wiring: BenchWiring) -> None:
    browser = create_bench(wiring, Devices(wiring)).test_client()
    state = told(browser.get("/api/state"))
    gone = ("daemon", "pn532", "scanner", "printer", "drawer", "display")
    assert [state[device] for device in gone] == [None] * len(gone)
    assert state["slips"] == []
    answer = browser.post("/api/scan", json={"action": "scan", "text": "1"})
    assert answer.status_code == 409
    assert told(answer)["said"] == {
        "zh": "扫码枪模拟程序没有应答。",
        "en": "The scanner simulator does not answer.",
    }


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/api/tap", {"place": "roof", "card": "wang"}, "roof"),
        ("/api/tap", {"place": "kiosk", "card": "nobody"}, "nobody"),
        ("/api/tap", {"place": "kiosk", "card": "wang", "manner": "kiss"}, "kiss"),
        ("/api/tap", {"place": "kiosk"}, "card"),
        ("/api/take", {"place": 5}, "place"),
        ("/api/daemon", {"action": "quit"}, "crash, start"),
        ("/api/reader", {"place": "kiosk", "action": "quit"}, "plug, unplug"),
        ("/api/board", {"fault": "quit"}, "brown_out, noise"),
        ("/api/display", {"action": "quit"}, "hang, read"),
        ("/api/drawer", {"action": "quit"}, "open, close"),
        ("/api/scan", {"action": "quit"}, "scan, half"),
        ("/api/scan", {"action": "scan", "text": "1", "encoding": "klingon"}, "klingon"),
        ("/api/printer", {"action": "quit"}, "power_cut"),
        ("/api/printer", {"action": "set", "switch": "colour", "value": True}, "colour"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence_that_names_it(
    bench: Bench, path: str, body: dict[str, Any], words: str
) -> None:
    assert words in bench.refused(path, **body)


def test_other_peoples_pages_cannot_work_the_bench(bench: Bench) -> None:
    as_form = bench.browser.post("/api/daemon", data='{"action":"crash"}', content_type="text/plain")
    assert as_form.status_code == 415
    by_name = bench.browser.post("/api/daemon", json={"action": "crash"}, headers={"Host": "evil.example:8090"})
    assert by_name.status_code == 403
    assert bench.state()["daemon"] is True


def test_the_launchers_file_is_read_with_the_ready_made_codes(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "wiring.json"
    file.write_text('{"control": {}, "readers": {}, "kiosk": "a", "counter": "b", "pins": {"x": "1"}, "data": "/"}')
    wiring = read_wiring(file)
    assert (wiring.kiosk, wiring.counter, wiring.pins) == ("a", "b", {"x": "1"})
    assert any(code["text"] == "１３８００１３８００２" for code in wiring.codes)
