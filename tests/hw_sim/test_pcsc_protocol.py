"""The daemon's bytes, compared with a transcript written by hand; and the daemon as a program."""

from __future__ import annotations

import json
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hw_sim.pcsc_daemon import PcscDaemon
from tests.hw_sim.pcsc_protocol import (
    Attribute,
    Connect,
    Control,
    Disposition,
    Establish,
    Handle,
    Message,
    ReaderRecord,
    Reconnect,
    Release,
    Transmit,
    Version,
    Wake,
)
from tests.hw_sim.program_under_test import running

pytestmark = pytest.mark.skipif(sys.byteorder != "little", reason="the transcript is little-endian")

NAME = "52656164657200" + "00" * 121  # "Reader", 128 bytes
ATR = "3B8F8001804F0CA000000306030001000000006A"
NO_CARD = NAME + "00000000 02000000 00000000" + "00" * 33 + "000000 00000000 00000000"
CARD = NAME + "01000000 34000000 00000000" + ATR + "00" * 13 + "000000 14000000 00000000"
IN_USE = NAME + "01000000 54000000 01000000" + ATR + "00" * 13 + "000000 14000000 02000000"
UNUSED = "00" * (184 * 15)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[PcscDaemon]:
    running = PcscDaemon(str(tmp_path / "comm"), ["Reader"])
    running.start()
    yield running
    running.close()


class Raw:
    """A client that speaks bytes."""

    def __init__(self, daemon: PcscDaemon) -> None:
        self.stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.stream.settimeout(30)
        self.stream.connect(str(daemon._path))

    def ask(self, sent: str) -> None:
        self.stream.sendall(bytes.fromhex(sent))

    def expect(self, received: str) -> None:
        wanted = bytes.fromhex(received)
        got = b""
        while len(got) < len(wanted) and (part := self.stream.recv(len(wanted) - len(got))):
            got += part
        assert got.hex().upper() == wanted.hex().upper()

    def silent(self) -> bool:
        self.stream.setblocking(False)
        try:
            return not self.stream.recv(1)
        except BlockingIOError:
            return True
        finally:
            self.stream.settimeout(30)


@pytest.fixture
def raw(daemon: PcscDaemon) -> Iterator[Raw]:
    client = Raw(daemon)
    yield client
    client.stream.close()


def welcome(raw: Raw) -> None:
    raw.ask("0C000000 11000000 04000000 04000000 00000000")
    raw.expect("04000000 04000000 00000000")
    raw.ask("0C000000 01000000 02000000 00000000 00000000")
    raw.expect("02000000 01100000 00000000")


def test_the_structures_have_the_sizes_of_the_c_headers() -> None:
    sizes: dict[type[Message], int] = {
        Version: 12,
        Establish: 12,
        Release: 8,
        Connect: 152,
        Reconnect: 24,
        Disposition: 12,
        Handle: 8,
        Transmit: 32,
        Control: 24,
        Attribute: 280,
        Wake: 8,
        ReaderRecord: 184,
    }
    assert {kind: kind.LAYOUT.size for kind in sizes} == sizes
    with pytest.raises(struct.error):
        Handle.unpack(bytes(9))


def test_a_visit_follows_the_transcript_byte_by_byte(daemon: PcscDaemon, raw: Raw) -> None:
    welcome(raw)
    raw.ask("00000000 12000000")
    raw.expect(NO_CARD + UNUSED)
    raw.ask("00000000 13000000")
    raw.expect(NO_CARD + UNUSED)
    daemon.desk.insert("Reader", "wang")
    raw.expect("00000000 00000000")
    # Woken already: the stop is answered by nothing, and the next answer is the one to the next question.
    raw.ask("00000000 14000000")
    raw.ask("00000000 12000000")
    raw.expect(CARD + UNUSED)
    raw.ask("98000000 04000000 01100000" + NAME + "02000000 03000000 00000000 00000000 00000000")
    raw.expect("01100000" + NAME + "02000000 03000000 02100000 02000000 00000000")
    raw.ask("00000000 12000000")
    raw.expect(IN_USE + UNUSED)
    raw.ask("20000000 09000000 02100000 02000000 10000000 05000000 02000000 10000000 08010000 00000000 FFCA000000")
    raw.expect("02100000 02000000 10000000 05000000 02000000 10000000 06000000 00000000 0BE2FB0B9000")
    raw.ask("20000000 09000000 02100000 02000000 10000000 05000000 02000000 10000000 05000000 00000000 FFCA000000")
    raw.expect("02100000 02000000 10000000 05000000 02000000 10000000 06000000 08001080")
    raw.ask("08000000 07000000 02100000 00000000")
    raw.expect("02100000 00000000")
    raw.ask("0C000000 08000000 02100000 00000000 00000000")
    raw.expect("02100000 00000000 00000000")
    raw.ask("08000000 0B000000 02100000 00000000")
    raw.expect("02100000 00000000")
    raw.ask("18000000 0A000000 02100000 480D0042 00000000 08010000 00000000 00000000")
    raw.expect("02100000 480D0042 00000000 08010000 00000000 00000000")
    raw.ask("18010000 0F000000 02100000 03010100" + "00" * 264 + "08010000 00000000")
    raw.expect("02100000 03010100" + "00" * 264 + "00000000 22001080")
    daemon.desk.remove("Reader")
    raw.ask("08000000 0B000000 02100000 00000000")
    raw.expect("02100000 69001080")
    raw.ask("18000000 05000000 02100000 02000000 03000000 00000000 00000000 00000000")
    raw.expect("02100000 02000000 03000000 00000000 00000000 0C001080")
    raw.ask("0C000000 06000000 02100000 00000000 00000000")
    raw.expect("02100000 00000000 00000000")
    raw.ask("08000000 02000000 01100000 00000000")
    raw.expect("01100000 00000000")


def test_a_wait_is_stopped_or_cancelled_from_another_connection_and_answered_once(daemon: PcscDaemon, raw: Raw) -> None:
    welcome(raw)
    raw.ask("00000000 13000000")
    raw.expect(NO_CARD + UNUSED)
    raw.ask("00000000 14000000")
    raw.expect("00000000 00000000")
    raw.ask("00000000 13000000")
    raw.expect(NO_CARD + UNUSED)
    other = Raw(daemon)
    other.ask("08000000 0D000000 01100000 00000000")
    other.expect("01100000 00000000")
    raw.expect("00000000 02001080")
    other.ask("08000000 0D000000 01100000 00000000")
    other.expect("01100000 00000000")
    daemon.desk.insert("Reader", "wang")
    assert raw.silent()
    other.stream.close()


def test_a_newer_client_asks_how_often_readers_came_or_went(daemon: PcscDaemon, raw: Raw) -> None:
    welcome(raw)
    raw.ask("00000000 15000000")
    before = raw.stream.recv(8)
    daemon.desk.plug("One more")
    daemon.desk.unplug("One more")
    raw.ask("00000000 15000000")
    raw.expect((int.from_bytes(before[:4], "little") + 2).to_bytes(4, "little").hex() + "00000000")


@pytest.mark.parametrize(("minor", "answer"), [("05", "00000000"), ("06", "00000000"), ("03", "1D001080")])
def test_newer_clients_are_answered_with_4_4_and_older_ones_refused(raw: Raw, minor: str, answer: str) -> None:
    raw.ask(f"0C000000 11000000 04000000 {minor}000000 00000000")
    raw.expect(f"04000000 04000000 {answer}")


@pytest.mark.parametrize(
    "nonsense",
    ["0C000000 01000000", "00000000 7F000000", "FFFFFFFF 12000000", "08000000 04000000 0000000000000000"],
)
def test_a_client_that_breaks_the_protocol_is_cut_off(raw: Raw, nonsense: str) -> None:
    if nonsense.endswith("01000000"):
        raw.ask(nonsense)
    else:
        welcome(raw)
        raw.ask(nonsense)
    assert raw.stream.recv(1) == b""


@pytest.mark.parametrize("ending", ["quit", "signal"])
def test_the_program_says_when_it_is_ready_obeys_verbs_and_ends_cleanly(tmp_path: Path, ending: str) -> None:
    socket_path, deck = tmp_path / "comm", tmp_path / "deck.json"
    deck.write_text(json.dumps([{"id": "a", "label": "卡", "kind": "ultralight", "uid": "04010203040506"}]), "utf-8")
    words = ("--socket", str(socket_path), "--readers", "A", "--cards", str(deck))
    with running("pcsc_daemon", tmp_path, *words) as (ready, control):
        assert ready["socket"] == str(socket_path)
        assert ready["cards"][0]["label"] == "卡"
        control("add_card", card={"id": "b", "kind": "phone"})
        control("insert", reader="A", card="b")
        assert control("state")["readers"][0]["card"] == "b"
        with pytest.raises(RuntimeError, match="holds b"):
            control("insert", reader="A", card="a")
        with pytest.raises(RuntimeError, match="this kind has no psc"):
            control("add_card", card={"id": "c", "kind": "ntag213", "uid": "04010203040506", "psc": "00"})
        control("swap", reader="A", card="a")
        assert [card["reader"] for card in control("cards")["cards"]] == ["A", None]
        control("crash")
        assert control("faults")["faults"]["daemon_crash"] == 1
        control("start")
        assert control("state")["running"]
        if ending == "quit":
            control("quit")
    assert not socket_path.exists()
