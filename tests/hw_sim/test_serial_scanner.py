"""The serial scanner, read through its port with plain system calls."""

from __future__ import annotations

import json
import os
import pathlib
import select
import termios
import time
from collections.abc import Iterator

import pytest

from tests.hw_sim.control import ControlClient
from tests.hw_sim.program_under_test import running
from tests.hw_sim.serial_scanner import FAULTS, ScannerModel, SerialScanner


class Host:
    """A host that opens the port and reads it without any library."""

    def __init__(self, link: pathlib.Path) -> None:
        self._fd = os.open(link, os.O_RDWR | os.O_NOCTTY)

    def read(self, length: int) -> bytes:
        """Return `length` bytes, or what came within half a minute or before the hang-up."""
        data = b""
        deadline = time.monotonic() + 30
        while len(data) < length and self._waits(deadline):
            try:
                piece = os.read(self._fd, 65536)
            except OSError:
                break
            if not piece:
                break
            data += piece
        return data

    def _waits(self, deadline: float) -> bool:
        return bool(select.select([self._fd], [], [], max(0.0, deadline - time.monotonic()))[0])

    def nothing_more(self) -> bool:
        """Whether the line is silent for a tenth of a second."""
        return not select.select([self._fd], [], [], 0.1)[0]

    def write(self, data: bytes) -> None:
        os.write(self._fd, data)

    def local_flags(self) -> int:
        flags: int = termios.tcgetattr(self._fd)[3]
        return flags

    def close(self) -> None:
        os.close(self._fd)


@pytest.fixture
def link(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "usb-scanner"


@pytest.fixture
def scanner(tmp_path: pathlib.Path, link: pathlib.Path) -> Iterator[ControlClient]:
    simulator = SerialScanner(str(link), str(tmp_path / "control"))
    simulator.start()
    client = ControlClient(str(tmp_path / "control"))
    yield client
    client.close()
    simulator.close()


@pytest.fixture
def host(scanner: ControlClient, link: pathlib.Path) -> Iterator[Host]:
    assert scanner("state")["plugged"]
    reader = Host(link)
    yield reader
    reader.close()


def test_a_scan_arrives_with_its_carriage_return(scanner: ControlClient, host: Host) -> None:
    assert scanner("scan", text="13800138000")["heard"]
    assert host.read(12) == b"13800138000\r"


def test_the_port_is_raw_so_nothing_is_echoed_or_translated(scanner: ControlClient, host: Host) -> None:
    assert not host.local_flags() & (termios.ECHO | termios.ICANON)
    scanner("scan", text="\x03\x1a\x04", suffix="\r\n")
    assert host.read(5) == b"\x03\x1a\x04\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_text_comes_in_the_encoding_asked_for(scanner: ControlClient, host: Host, encoding: str) -> None:
    scanner("scan", text="会员王雨桐䶮", encoding=encoding)
    expected = "会员王雨桐䶮\r".encode(encoding)
    assert host.read(len(expected)) == expected


def test_an_encoding_nobody_knows_is_refused_and_the_scanner_goes_on(scanner: ControlClient, host: Host) -> None:
    with pytest.raises(RuntimeError, match="klingon"):
        scanner("scan", text="1", encoding="klingon")
    scanner("scan", text="2")
    assert host.read(2) == b"2\r"


def test_half_a_line_never_gets_its_rest(scanner: ControlClient, host: Host) -> None:
    scanner("half", text="12345678")
    assert host.read(4) == b"1234"
    assert host.nothing_more()
    assert scanner("faults")["faults"]["half_line"] == 1


def test_two_lines_come_in_one_delivery(scanner: ControlClient, host: Host) -> None:
    scanner("two", text1="AAA", text2="BBB")
    assert host.read(8) == b"AAA\rBBB\r"


def test_a_slow_scanner_sends_one_byte_at_a_time(scanner: ControlClient, host: Host) -> None:
    begun = time.monotonic()
    scanner("slow", text="123456789", gap_s=0.02)
    assert time.monotonic() - begun >= 0.2
    assert host.read(10) == b"123456789\r"


def test_noise_is_text_in_no_encoding_and_has_no_line_end() -> None:
    for seed in range(200):
        (data,) = ScannerModel().noise(32, seed).pieces
        assert len(data) == 32
        assert not set(data) & set(b"\r\n")
        for encoding in ("utf-8", "gb18030"):
            with pytest.raises(UnicodeDecodeError):
                data.decode(encoding)


def test_an_endless_line_arrives_whole_although_longer_than_the_lines_buffer(
    scanner: ControlClient, host: Host, tmp_path: pathlib.Path
) -> None:
    other = ControlClient(str(tmp_path / "control"))
    # The request is sent without waiting for its answer: the host must read meanwhile.
    other._file.write(json.dumps({"do": "endless", "length": 50_000}).encode() + b"\n")
    other._file.flush()
    data = host.read(50_000)
    assert len(data) == 50_000
    assert data.isdigit()
    assert json.loads(other._file.readline())["heard"]
    assert scanner("faults")["faults"]["endless_line"] == 1
    other.close()


def test_a_code_sent_while_nobody_has_the_port_open_is_lost(scanner: ControlClient, link: pathlib.Path) -> None:
    assert not scanner("scan", text="lost")["heard"]
    host = Host(link)
    scanner("scan", text="found")
    assert host.read(6) == b"found\r"
    host.close()


def test_unplugging_hangs_up_and_takes_the_name_away(scanner: ControlClient, host: Host, link: pathlib.Path) -> None:
    assert scanner("unplug")["heard"]
    assert host.read(1) == b""
    assert not link.is_symlink()
    assert not scanner("state")["plugged"]
    with pytest.raises(RuntimeError, match="unplugged"):
        scanner("scan", text="x")


def test_plugging_in_again_brings_the_name_back_with_a_port_that_works(
    scanner: ControlClient, link: pathlib.Path
) -> None:
    old = Host(link)
    scanner("unplug")
    scanner("plug")
    new = Host(link)
    scanner("scan", text="again")
    assert new.read(6) == b"again\r"
    assert old.read(1) == b""
    old.close()
    new.close()


def test_the_state_tells_whether_a_host_listens_and_what_it_sent(scanner: ControlClient, link: pathlib.Path) -> None:
    assert not scanner("state")["open"]
    host = Host(link)
    assert scanner("state")["open"]
    host.write(b"\x16T\r")
    deadline = time.monotonic() + 30
    while scanner("state")["received"] != b"\x16T\r".hex():
        assert time.monotonic() < deadline
    host.close()
    assert not scanner("state")["open"]


def test_every_offered_fault_is_counted_when_it_takes_effect(scanner: ControlClient, host: Host) -> None:
    scanner("half", text="12")
    scanner("two", text1="1", text2="2")
    scanner("slow", text="1")
    scanner("noise")
    scanner("endless", length=100)
    assert scanner("faults")["faults"]["unplugged"] == 0
    scanner("unplug")
    assert scanner("faults")["faults"] == dict.fromkeys(FAULTS, 1)
    assert len(host.read(1)) == 0


def test_a_fault_nobody_could_notice_is_not_counted(scanner: ControlClient) -> None:
    scanner("noise")
    scanner("unplug")
    assert set(scanner("faults")["faults"].values()) == {0}


def test_as_a_program_it_says_ready_and_leaves_no_link_behind(tmp_path: pathlib.Path, link: pathlib.Path) -> None:
    with running("serial_scanner", tmp_path, "--link", str(link)) as (ready, knobs):
        assert ready["link"] == str(link)
        host = Host(link)
        knobs("scan", text="hello")
        assert host.read(6) == b"hello\r"
        host.close()
    assert not link.is_symlink()
