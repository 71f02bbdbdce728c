"""The printer on its TCP port, over real sockets and as a program."""

from __future__ import annotations

import contextlib
import pathlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hw_sim.control import FaultCounter
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_bench import CUT, INIT, RECEIPT, process_id
from tests.hw_sim.printer_net import FAULTS, LINGER_RESET, PrinterServer
from tests.hw_sim.printer_state import Settings
from tests.hw_sim.program_under_test import running, until

DEADLINE_S = 40.0


class Port:
    """A printer behind a real TCP port."""

    def __init__(self, **settings: Any) -> None:
        self.faults = FaultCounter("printer", FAULTS)
        model = Settings(**{"render": False, **settings})
        self.server = PrinterServer(Printer(model, on_fault=self.faults.hit), on_fault=self.faults.hit)
        self.server.start()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=DEADLINE_S)


@pytest.fixture
def port() -> Iterator[Port]:
    made = Port()
    yield made
    made.server.close()


def read(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (piece := client.recv(count - len(data))):
        data += piece
    return data


def test_a_receipt_over_tcp_is_printed_and_its_process_id_comes_back(port: Port) -> None:
    with port.connect() as client:
        client.sendall(b"\x10\x04\x01" + RECEIPT)
        assert sorted(read(client, 8)) == sorted(b"\x12\x37\x220001\x00")
    assert port.server.printer.slips[0].text == "雅韵\n洗剪吹 128.00"


def test_a_second_client_waits_unanswered_until_the_first_leaves(port: Port) -> None:
    with port.connect() as first, port.connect() as second:
        first.sendall(b"\x10\x04\x01")
        assert read(first, 1) == b"\x12"
        second.sendall(b"\x10\x04\x04")
        second.settimeout(0.1)
        with pytest.raises(TimeoutError):
            second.recv(1)
        first.close()
        second.settimeout(DEADLINE_S)
        assert read(second, 1) == b"\x12"


def test_the_connection_is_reset_after_the_stated_bytes_and_those_count(port: Port) -> None:
    port.server.reset_after(len(INIT) + 6)
    with port.connect() as client:
        client.sendall(INIT + b"first\nsecond\n")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert port.faults.counts()["connection_reset"] == 1
    with port.connect() as client:
        client.sendall(CUT)
        until(lambda: port.server.printer.slips)
    assert port.server.printer.slips[0].text == "first"


def test_a_power_cut_kills_the_connection(port: Port) -> None:
    with port.connect() as client:
        client.sendall(b"\x1dv0\x00\x48\x00\xff\x00")
        until(lambda: port.server.printer.waiting_for_bytes)
        port.server.power_cut()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    with port.connect() as client:
        client.sendall(RECEIPT)
        assert read(client, 7) == b"\x37\x220001\x00"


def test_a_black_hole_accepts_and_never_reads(port: Port) -> None:
    port.server.set_switch("black_hole", value=True)
    with port.connect() as client:
        client.sendall(RECEIPT)
        until(lambda: port.faults.counts()["black_hole"])
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(1)
        assert port.server.printer.slips == []


def test_a_refusing_port_refuses_and_comes_back_at_the_same_number(port: Port) -> None:
    port.server.set_switch("refuse", value=True)
    with pytest.raises(ConnectionRefusedError):
        port.connect()
    assert port.faults.counts()["refuse"] == 1
    port.server.set_switch("refuse", value=False)
    with port.connect() as client:
        client.sendall(b"\x10\x04\x01")
        assert read(client, 1) == b"\x12"


def test_off_line_the_port_stops_reading_when_the_buffer_is_full_and_loses_nothing() -> None:
    port = Port(buffer_bytes=512)
    printer = port.server.printer
    printer.set_switch("lid_open", value=True)
    with contextlib.closing(port.server), port.connect() as client:
        client.sendall(b"x\n" * 2000 + CUT + process_id(b"0009"))
        until(lambda: printer.room_bytes == 0)
        assert printer.buffer_fill_bytes == 512
        printer.set_switch("lid_open", value=False)
        assert read(client, 7) == b"\x37\x220009\x00"
    assert printer.slips[0].text.count("x") == 2000


def test_a_host_that_resets_while_the_buffer_is_full_frees_the_port() -> None:
    port = Port(buffer_bytes=16)
    printer = port.server.printer
    printer.set_switch("lid_open", value=True)
    with contextlib.closing(port.server):
        with port.connect() as client:
            client.sendall(b"x" * 100)
            until(lambda: printer.room_bytes == 0)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
        until(lambda: not port.server.connected)
    assert printer.buffer_fill_bytes == 16


def test_the_program_prints_ready_obeys_its_knobs_and_writes_slips(tmp_path: pathlib.Path) -> None:
    words = ("--port", "0", "--speed", "0", "--out", str(tmp_path / "out"))
    with running("printer_net", tmp_path, *words) as (ready, knob):
        knob("set", switch="lid_open", value=True)
        with socket.create_connection(("127.0.0.1", ready["port"]), timeout=DEADLINE_S) as client:
            client.sendall(RECEIPT)
            until(lambda: knob("faults")["faults"]["lid_open"])
            assert knob("state")["online"] is False
            knob("reload")
            assert read(client, 7) == b"\x37\x220001\x00"
        (slip,) = knob("slips", since=0)["slips"]
        assert pathlib.Path(slip["png"]).is_file()
        assert [entry["kind"] for entry in slip["transcript"]] == ["text", "text", "image", "qr"]
        assert [event["kind"] for event in knob("events")["events"]] == ["cut", "process_id"]
        assert knob("strict_errors")["strict_errors"] == []
        with pytest.raises(RuntimeError):
            knob("set", switch="nonsense", value=True)
