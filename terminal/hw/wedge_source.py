"""Where key events come from: an input device grabbed through python-evdev, or any file descriptor with its bytes.

Both are read by the same `EventReader`, so that a recorded stream in a pipe goes through what reads the real device.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import heapq
import os
import struct
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from terminal.base.errors import DeviceFault

# struct input_event of linux/input.h: seconds, microseconds, type, code, value; 24 bytes where a long has 8.
EVENT = struct.Struct("@llHHi")
EV_KEY = 1
READ_EVENTS_MAX = 512
# So many of several nodes are put into order together; the longest code is some thirty thousand.
ROUND_EVENTS_MAX = 8 * READ_EVENTS_MAX
# So many are remembered to tell an echo of another node; it comes within the same few milliseconds.
ECHOES_MAX = 4 * READ_EVENTS_MAX
# linux/input.h: _IOW('E', 0xa0, int), the clock that an open device's events are stamped with.
EVIOCSCLOCKID = 0x400445A0

_CODE_OF_ERRNO: Mapping[int, str] = {
    errno.ENOENT: "device_missing",
    errno.ENODEV: "device_missing",
    errno.ENXIO: "device_missing",
    errno.EACCES: "device_no_rights",
    errno.EPERM: "device_no_rights",
    errno.EBUSY: "device_busy",
}


class Event(NamedTuple):
    """One event of the kernel, first by its time so that events sort into the order they happened in."""

    at_s: float
    kind: int
    code: int
    value: int


class WedgeSource(Protocol):
    """What the driver asks of an open input device or of what stands in for one."""

    @property
    def name(self) -> str:
        """Return what the device calls itself."""
        ...

    @property
    def keys(self) -> frozenset[int]:
        """Return the codes of the keys it has."""
        ...

    def fileno(self) -> int:
        """Return the descriptor that events are read from; it does not block."""
        ...

    def close(self) -> None:
        """Let go of it; safe to call twice."""
        ...


class InputNode(Protocol):
    """What python-evdev's `InputDevice` offers of an open input device."""

    fd: int
    name: str

    def grab(self) -> None:
        """Have what it types for this descriptor alone; raises `OSError` EBUSY when another program has it."""
        ...

    def capabilities(self) -> Mapping[int, Sequence[int]]:
        """Return the codes it has by type of event."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def _open_node(path: str) -> InputNode:
    # Here and not above: programs that only word or configure wedges need no evdev.
    import evdev

    node: InputNode = evdev.InputDevice(path)
    return node


def _stamp_monotonic(descriptor: int) -> None:
    fcntl.ioctl(descriptor, EVIOCSCLOCKID, struct.pack("@i", time.CLOCK_MONOTONIC))


class EvdevSource:
    """An input device of the kernel, grabbed: what it types reaches nobody else while it is open."""

    def __init__(
        self,
        path: str,
        open_node: Callable[[str], InputNode] = _open_node,
        stamp_monotonic: Callable[[int], None] = _stamp_monotonic,
    ) -> None:
        self._device = open_node(path)
        try:
            self._device.grab()
            stamp_monotonic(self._device.fd)
            self.name = str(self._device.name)
            self.keys = frozenset(int(code) for code in self._device.capabilities().get(EV_KEY, ()))
        except OSError:
            self._device.close()
            raise

    def fileno(self) -> int:
        """The device's own descriptor."""
        return int(self._device.fd)

    def close(self) -> None:
        """Close the device, which gives the grab back too."""
        self._device.close()


class StreamSource:
    """A descriptor that already carries events, such as the end of a pipe; closed with this object."""

    def __init__(self, descriptor: int, name: str = "stream", keys: frozenset[int] = frozenset(range(1, 128))) -> None:
        self._descriptor = descriptor
        self.name = name
        self.keys = keys
        os.set_blocking(descriptor, False)

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def close(self) -> None:
        """Close the descriptor."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def open_evdev(path: str) -> WedgeSource:
    """An input device, opened and grabbed; raises `OSError` when it is missing, forbidden, or grabbed by another."""
    return EvdevSource(path)


def translated(error: OSError) -> DeviceFault:
    """The fault that an operating system error means; `device_io` where it is none of the usual ones."""
    code = _CODE_OF_ERRNO.get(error.errno or 0, "device_io")
    return DeviceFault(code, error.strerror or type(error).__name__)


class EventReader:
    """Reads whole events from a source, whatever pieces they arrive in."""

    def __init__(self, source: WedgeSource) -> None:
        self._source = source
        self._rest = b""

    def read(self) -> list[Event]:
        """Return what has arrived, at most `READ_EVENTS_MAX` events; raises `DeviceFault` when the device is gone."""
        try:
            data = os.read(self._source.fileno(), READ_EVENTS_MAX * EVENT.size - len(self._rest))
        except (BlockingIOError, InterruptedError):
            return []
        except OSError as error:
            raise translated(error) from error
        if not data:
            raise DeviceFault("device_missing", "the stream of events ended")
        data = self._rest + data
        whole = len(data) - len(data) % EVENT.size
        self._rest = data[whole:]
        return [
            Event(seconds + microseconds / 1_000_000, kind, code, value)
            for seconds, microseconds, kind, code, value in EVENT.iter_unpack(data[:whole])
        ]


class Nodes:
    """All nodes of one device, read as one: in the order things happened, and each only once."""

    def __init__(self, sources: Sequence[WedgeSource]) -> None:
        self._readers = [EventReader(source) for source in sources]
        # Which node said what, newest last: some devices say the same through two of their nodes.
        self._said: OrderedDict[Event, int] = OrderedDict()

    def read(self) -> list[Event]:
        """Return what has arrived, about `ROUND_EVENTS_MAX` events at most; raises `DeviceFault` if a node is gone."""
        if len(self._readers) == 1:
            return self._readers[0].read()
        said: list[list[Event]] = [[] for _ in self._readers]
        # Until a whole round finds nothing: what one node said while another was being read belongs in between.
        while (count := sum(map(len, said))) < ROUND_EVENTS_MAX:
            try:
                for number in range(len(said)):
                    said[number].extend(self._read_new(number))
            except DeviceFault:
                if not any(said):
                    raise
                break  # what was read before counts; the fault is still there the next time
            if sum(map(len, said)) == count:
                break
        # Merged and not sorted: a node's own order holds whatever its clock does.
        return list(heapq.merge(*said, key=_time))

    def _read_new(self, number: int) -> list[Event]:
        return [event for event in self._readers[number].read() if not self._is_echo(number, event)]

    def _is_echo(self, number: int, event: Event) -> bool:
        """Return whether another node has said the very same before: same key, same moment."""
        if event.kind != EV_KEY:
            return False
        before = self._said.setdefault(event, number)
        if len(self._said) > ECHOES_MAX:
            self._said.popitem(last=False)
        return before != number


def _time(event: Event) -> float:
    return event.at_s


class Waker:
    """A pipe that ends a wait from another thread; safe to write to at any time, also when closed."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def fileno(self) -> int:
        """The end to wait on."""
        return self._reading

    def wake(self) -> None:
        """End the wait under way, or the next one."""
        # A full pipe wakes as well.
        with contextlib.suppress(BlockingIOError):
            os.write(self._writing, b"\0")

    def clear(self) -> None:
        """Forget the calls so far."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._reading, 4096)

    def close(self) -> None:
        """Close both ends; the caller sees to it that nobody wakes at the same time."""
        os.close(self._reading)
        os.close(self._writing)
