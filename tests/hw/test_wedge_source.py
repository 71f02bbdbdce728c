"""How the keyboard-wedge driver opens its devices, reads them as one, and lets them go."""

from __future__ import annotations

import errno
import os
import pathlib
import subprocess
import sys
import threading

import pytest

from terminal.base.errors import DeviceFault
from terminal.base.events import CodeScanned
from terminal.hw.wedge import WedgeDriver
from terminal.hw.wedge_source import (
    EV_KEY,
    EVENT,
    EvdevSource,
    Nodes,
    StreamSource,
    WedgeSource,
    open_evdev,
    translated,
)
from tests.hw.recorder import Recorder
from tests.hw.wedge_typist import Event, Typist, pack


def test_an_event_has_twenty_four_bytes_where_a_long_has_eight() -> None:
    assert EVENT.size == (24 if sys.maxsize > 2**32 else 16)


def test_what_two_nodes_say_together_is_put_into_its_order() -> None:
    ends = [os.pipe() for _ in range(2)]
    sources = iter([StreamSource(reading) for reading, _ in ends])
    seen = Recorder()
    driver = WedgeDriver("scanner", ["a", "b"], open_source=lambda _: next(sources))
    driver.open()
    typist = Typist()
    shifts: list[Event] = []
    letters: list[Event] = []
    for letter in "CODE":
        shifts += typist.down("LEFTSHIFT").take()
        letters += typist.keys(letter).take()
        shifts += typist.up("LEFTSHIFT").take()
    letters += typist.keys("ENTER").take()
    os.write(ends[0][1], pack(letters))
    os.write(ends[1][1], pack(shifts))
    for _, writing in ends:
        os.close(writing)
    with pytest.raises(DeviceFault, match="device_missing"):
        driver.serve(threading.Event(), seen)
    driver.close()
    assert [event.text for event in seen.of(CodeScanned)] == ["CODE"]


def test_when_one_node_cannot_be_opened_the_others_are_let_go() -> None:
    reading, writing = os.pipe()
    opened = StreamSource(reading)

    def open_source(path: str) -> WedgeSource:
        if path == "b":
            raise PermissionError(errno.EACCES, "Permission denied")
        return opened

    driver = WedgeDriver("scanner", ["a", "b"], open_source=open_source)
    with pytest.raises(DeviceFault, match="device_no_rights"):
        driver.open()
    driver.close()
    driver.close()
    assert opened.fileno() == -1
    with pytest.raises(BrokenPipeError):
        os.write(writing, b"x")
    os.close(writing)


def test_a_device_without_digits_is_no_keyboard() -> None:
    reading, writing = os.pipe()
    driver = WedgeDriver("scanner", ["a"], open_source=lambda _: StreamSource(reading, "mouse", frozenset({0x110})))
    with pytest.raises(DeviceFault, match="device_no_keyboard") as caught:
        driver.open()
    assert caught.value.detail == "mouse"
    driver.close()
    os.close(writing)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENODEV, "device_missing"),
        (errno.ENOENT, "device_missing"),
        (errno.ENXIO, "device_missing"),
        (errno.EACCES, "device_no_rights"),
        (errno.EPERM, "device_no_rights"),
        (errno.EBUSY, "device_busy"),
        (errno.EIO, "device_io"),
    ],
)
def test_an_error_of_the_system_is_a_fault_of_the_device(number: int, code: str) -> None:
    assert translated(OSError(number, "sentence")).code == code


def test_the_kernels_devices_are_opened_and_what_is_none_is_a_fault(tmp_path: pathlib.Path) -> None:
    for path, code in ((tmp_path / "event99", "device_missing"), (pathlib.Path("/dev/null"), "device_io")):
        driver = WedgeDriver("scanner", [str(path)], open_source=open_evdev)
        with pytest.raises(DeviceFault, match=code):
            driver.open()
        driver.close()


class Node:
    """An input device as python-evdev opens one, which notes what is done to it; `fails` says what ends in an error."""

    def __init__(self, fails: str = "") -> None:
        self.fd, self._writing = os.pipe2(os.O_NONBLOCK)
        self.name = "Some Scanner"
        self.done: list[str] = []
        self._fails = fails

    def grab(self) -> None:
        self._do("grab")

    def stamp_monotonic(self, descriptor: int) -> None:
        assert descriptor == self.fd
        self._do("stamp")

    def capabilities(self) -> dict[int, list[int]]:
        self._do("capabilities")
        return {EV_KEY: [2, 3, 28], 4: [4]}

    def _do(self, what: str) -> None:
        self.done.append(what)
        if self._fails == what:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    def close(self) -> None:
        self.done.append("close")
        os.close(self.fd)
        os.close(self._writing)


def test_the_devices_that_were_given_are_grabbed_before_anything_is_read_and_no_others() -> None:
    nodes: dict[str, Node] = {}

    def open_source(path: str) -> WedgeSource:
        nodes[path] = node = Node()
        return EvdevSource(path, lambda _: node, node.stamp_monotonic)

    given = ["/dev/input/by-id/a-event-kbd", "/dev/input/by-id/a-event-if01"]
    driver = WedgeDriver("scanner", given, open_source=open_source)
    driver.open()
    assert list(nodes) == given
    assert [node.done[0] for node in nodes.values()] == ["grab", "grab"]
    driver.close()
    assert [node.done.count("close") for node in nodes.values()] == [1, 1], "closing gives the grab back"


@pytest.mark.parametrize("fails", ["grab", "stamp", "capabilities"])
def test_a_device_that_another_program_has_grabbed_is_busy_and_let_go(fails: str) -> None:
    node = Node(fails)
    driver = WedgeDriver(
        "scanner", ["a"], open_source=lambda path: EvdevSource(path, lambda _: node, node.stamp_monotonic)
    )
    with pytest.raises(DeviceFault, match="device_busy"):
        driver.open()
    driver.close()
    assert node.done[-1] == "close"
    assert node.done.count("close") == 1


def test_waking_is_safe_at_any_time() -> None:
    driver = WedgeDriver("scanner", ["a"], open_source=lambda _: StreamSource(os.open("/dev/null", os.O_RDONLY)))
    driver.wake()
    driver.open()
    for _ in range(100_000):
        driver.wake()
    driver.close()
    driver.wake()


def test_the_driver_is_read_without_the_device_library() -> None:
    program = "import sys, terminal.hw.wedge; sys.exit('evdev' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_wrong_settings_are_refused_at_once() -> None:
    for wrong in ({"kind": "mouse"}, {"layout": "xx"}, {"suffix": "x"}, {"gs": "x"}, {"alt_codes": "x"}):
        with pytest.raises(ValueError, match=r"one of|there are"):
            WedgeDriver("scanner", ["a"], **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least one port"):
        WedgeDriver("scanner", [])


def test_what_another_node_says_later_of_the_same_moment_is_an_echo() -> None:
    ends = [os.pipe() for _ in range(2)]
    nodes = Nodes([StreamSource(reading) for reading, _ in ends])
    events = Typist().keys("A", "A").take()
    os.write(ends[0][1], pack(events))
    assert len([event for event in nodes.read() if event.kind == 1]) == 4
    os.write(ends[1][1], pack(events))
    assert [event for event in nodes.read() if event.kind == 1] == []
    os.write(ends[1][1], pack(Typist(2000).keys("A").take()))
    assert len([event for event in nodes.read() if event.kind == 1]) == 2
    for descriptor in (descriptor for pair in ends for descriptor in pair):
        os.close(descriptor)
