"""The simulated keyboard at its node: whole records through a pipe, verbs, faults, and a kernel device where one is."""

from __future__ import annotations

import errno
import itertools
import os
import pathlib
import select
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from tests.hw_sim import wedge_typist as typist
from tests.hw_sim.control import ControlClient
from tests.hw_sim.program_under_test import running
from tests.hw_sim.wedge import FAULTS, Wedge
from tests.hw_sim.wedge_node import PipeNode, PipeSource, UinputNode
from tests.hw_sim.wedge_typist import Habits

RECORD = struct.Struct("<qqHHi")
# Waits are for what must come; only a broken simulator lets one pass.
PATIENCE_S = 30.0


class Host:
    """A host that has one node open and keeps what it reads."""

    def __init__(self, path: pathlib.Path) -> None:
        self.source = PipeSource(str(path))
        self.records: list[tuple[int, int, int, int, int]] = []

    def read_once(self) -> None:
        select.select([self.source], [], [], 0.05)
        try:
            data = self.source.read()
        except BlockingIOError:
            return
        assert len(data) % 24 == 0
        self.records += RECORD.iter_unpack(data)

    def read(self, count: int) -> list[tuple[int, int, int]]:
        """Read until `count` events are there; return type, code and value of each."""
        deadline = time.monotonic() + PATIENCE_S
        while len(self.records) < count:
            assert time.monotonic() < deadline
            self.read_once()
        return [record[2:] for record in self.records]

    def read_to_the_end(self) -> int:
        """Read until the device is gone; return the error number."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                self.read_once()
            except OSError as error:
                return error.errno or 0
        return 0

    def close(self) -> None:
        self.source.close()


@pytest.fixture
def node(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "usb-scanner-event-kbd"


@pytest.fixture
def second(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "usb-scanner-if01-event-kbd"


@pytest.fixture
def scanner(tmp_path: pathlib.Path, node: pathlib.Path, second: pathlib.Path) -> Iterator[ControlClient]:
    simulator = Wedge([str(node), str(second)], str(tmp_path / "control"))
    simulator.start()
    client = ControlClient(str(tmp_path / "control"))
    yield client
    client.close()
    simulator.close()


@pytest.fixture
def host(scanner: ControlClient, node: pathlib.Path) -> Iterator[Host]:
    assert scanner("state")["plugged"]
    opened = Host(node)
    yield opened
    opened.close()


def expected(text: str, **habits: str) -> list[tuple[int, int, int]]:
    return [event[:3] for event in typist.code(text, Habits(**habits))]  # type: ignore[arg-type]


def test_a_scan_arrives_as_whole_records_with_times_that_rise_by_the_keys_interval(
    scanner: ControlClient, host: Host
) -> None:
    begun_s = time.time()
    assert scanner("scan", text="aB1", key_s=0.01)["heard"]
    wanted = expected("aB1")
    assert host.read(len(wanted)) == wanted
    times_us = [record[0] * 1_000_000 + record[1] for record in host.records]
    assert {b - a for a, b in itertools.pairwise(times_us)} == {0, 5000}
    assert begun_s - 1 < times_us[0] / 1e6 < time.time() + 1


def test_events_are_not_delivered_before_their_time(scanner: ControlClient, host: Host) -> None:
    begun = time.monotonic()
    scanner("scan", text="12345", key_s=0.04)
    assert time.monotonic() - begun >= 0.04 * 5
    assert len(host.read(1)) >= 1


def test_habits_reach_the_typist_and_a_wrong_one_is_refused(scanner: ControlClient, host: Host) -> None:
    wanted = expected("会a\x1d", layout="de", alt="gbk", gs="f8", suffix="tab")
    scanner("scan", text="会a\x1d", layout="de", alt="gbk", gs="f8", suffix="tab", key_s=0.0)
    assert host.read(len(wanted)) == wanted
    with pytest.raises(RuntimeError, match="layout is one of"):
        scanner("scan", text="1", layout="klingon")
    with pytest.raises(RuntimeError, match="colour"):
        scanner("scan", text="1", colour="red")


def test_what_is_typed_while_nobody_has_the_node_open_is_lost(scanner: ControlClient, node: pathlib.Path) -> None:
    assert not scanner("scan", text="lost")["heard"]
    first = Host(node)
    scanner("scan", text="unread", key_s=0.0)
    first.close()
    assert not scanner("scan", text="lost")["heard"]
    second = Host(node)
    scanner("scan", text="1", key_s=0.0)
    assert second.read(1) == expected("1")
    second.close()


@pytest.mark.usefixtures("scanner")
def test_a_host_that_is_slow_gets_a_burst_longer_than_the_pipe_whole(host: Host, tmp_path: pathlib.Path) -> None:
    texts = ["0123456789" * 40] * 3
    answers = []
    other = ControlClient(str(tmp_path / "control"))
    thread = threading.Thread(target=lambda: answers.append(other("burst", texts=texts)))
    thread.start()
    wanted = [event for text in texts for event in expected(text)]
    assert len(wanted) * 24 > 1 << 16
    assert host.read(len(wanted)) == wanted
    thread.join(PATIENCE_S)
    assert answers[0]["heard"]
    assert len({record[:2] for record in host.records}) == 1
    other.close()


def test_torn_away_in_mid_code_the_node_ends_and_comes_back_on_plug(
    scanner: ControlClient, host: Host, node: pathlib.Path
) -> None:
    assert scanner("torn", text="12345678")["heard"]
    assert host.read_to_the_end() == errno.ENODEV
    whole = expected("12345678")
    assert 0 < len(host.records) < len(whole)
    assert [record[2:] for record in host.records] == whole[: len(host.records)]
    assert not node.exists()
    with pytest.raises(RuntimeError, match="unplugged"):
        scanner("scan", text="1")
    scanner("plug")
    again = Host(node)
    scanner("scan", text="1")
    assert again.read(6)[:2] == expected("1")[:2]
    again.close()


def test_a_loss_is_announced_within_the_code(scanner: ControlClient, host: Host) -> None:
    count = scanner("lossy", text="1234567890", lost=6)["events"]
    read = host.read(count)
    assert (0, 3, 0) in read
    assert read[0] == expected("1")[0]
    assert len(read) < len(expected("1234567890"))


def test_both_nodes_of_one_device_carry_their_part(scanner: ControlClient, host: Host, second: pathlib.Path) -> None:
    other = Host(second)
    assert scanner("spread", text="12")["heard"]
    assert host.read(12) == expected("12")[:12]
    assert other.read(6) == expected("12")[12:]
    other.close()


def test_a_person_types_slowly_by_the_events_times_whatever_the_real_pace(scanner: ControlClient, host: Host) -> None:
    count = scanner("person", text="138", pace=0.0, seed=5)["events"]
    host.read(count)
    presses = [record[0] + record[1] / 1e6 for record in host.records if record[2] == 1 and record[4] == 1]
    assert min(b - a for a, b in itertools.pairwise(presses)) > 0.06


def test_every_offered_fault_is_counted_when_it_takes_effect(
    scanner: ControlClient, host: Host, node: pathlib.Path, second: pathlib.Path
) -> None:
    other = Host(second)
    scanner("half", text="1234")
    scanner("lossy", text="1234")
    scanner("stuck", text="A1")
    scanner("burst", texts=["1", "2"])
    scanner("again", text="1", times=2, pause_s=0.01)
    scanner("held", text="12")
    scanner("spread", text="12", how="alternate")
    scanner("person", text="1", pace=0.0)
    scanner("caps")
    host.read(40)
    scanner("torn", text="1234")
    scanner("plug")
    again = Host(node)
    assert scanner("faults")["faults"]["unplugged"] == 0
    assert scanner("unplug")["heard"]
    assert scanner("faults")["faults"] == dict.fromkeys(FAULTS, 1)
    again.close()
    other.close()


def test_a_fault_nobody_could_notice_is_not_counted(scanner: ControlClient) -> None:
    scanner("half", text="12")
    scanner("burst", texts=["1"])
    scanner("torn", text="12")
    scanner("unplug")
    assert set(scanner("faults")["faults"].values()) == {0}


def test_a_device_with_one_node_spreads_nothing(tmp_path: pathlib.Path, node: pathlib.Path) -> None:
    simulator = Wedge([str(node)], str(tmp_path / "c"))
    simulator.start()
    client = ControlClient(str(tmp_path / "c"))
    with pytest.raises(RuntimeError, match="one node"):
        client("spread", text="1")
    client.close()
    simulator.close()


def test_a_source_is_grabbed_once_and_let_go_when_closed(node: pathlib.Path) -> None:
    pipe = PipeNode(str(node))
    pipe.plug()
    source = PipeSource(str(node))
    source.grab()
    with pytest.raises(OSError, match=os.strerror(errno.EBUSY)):
        source.grab()
    with pytest.raises(BlockingIOError):
        source.read()
    source.close()
    assert not source.grabbed
    pipe.unplug()
    with pytest.raises(FileNotFoundError):
        PipeSource(str(node))


def test_as_a_program_it_says_ready_and_leaves_no_node_behind(tmp_path: pathlib.Path, node: pathlib.Path) -> None:
    with running("wedge", tmp_path, "--node", str(node)) as (ready, knobs):
        assert ready["nodes"] == [str(node)]
        host = Host(node)
        knobs("scan", text="1")
        assert host.read(1)[0] == expected("1")[0]
        host.close()
    assert not node.exists()


def test_a_kernel_device_types_the_same_events_through_uinput(tmp_path: pathlib.Path) -> None:
    import evdev

    simulator = Wedge([], str(tmp_path / "c"), uinput=True)
    try:
        simulator.start()
    except (OSError, evdev.UInputError) as error:
        pytest.skip(f"no kernel input device can be made here: {error}")
    assert isinstance(simulator.kernel, UinputNode)
    device = evdev.InputDevice(simulator.kernel.path)
    client = ControlClient(str(tmp_path / "c"))
    client("scan", text="aB1")
    read: list[tuple[int, int, int]] = []
    wanted = expected("aB1")
    deadline = time.monotonic() + PATIENCE_S
    while len(read) < len(wanted) and time.monotonic() < deadline:
        if select.select([device], [], [], 1)[0]:
            read += [(event.type, event.code, event.value) for event in device.read()]
    assert read == wanted
    client("unplug")
    with pytest.raises(OSError, match=os.strerror(errno.ENODEV)):
        device.read_one()
    client.close()
    simulator.close()
