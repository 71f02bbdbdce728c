"""Where a keyboard's events come out: a named pipe that plays `/dev/input/by-id/...`, or a real input device.

A pipe answers no ioctl, so a host that grabs needs a source of its own in front of it; a reader that asks for
multiples of 24 bytes gets whole events, as from the kernel.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import select
import threading
from collections.abc import Sequence
from typing import Any

from tests.hw_sim.wedge_keys import KEYS
from tests.hw_sim.wedge_typist import EV_KEY, EV_MSC, EV_SYN, MSC_SCAN, SYN_REPORT, Event

UINPUT = pathlib.Path("/dev/uinput")
NAME = "Counterfoil Simulated Scanner"


class PipeNode:
    """A named pipe: it exists while plugged in, and its reader meets the end of the file once it is pulled out."""

    def __init__(self, path: str) -> None:
        """Use `path` for the name; nothing exists before `plug`."""
        self._path = pathlib.Path(path)
        self._writer: int | None = None
        self._lock = threading.Lock()

    @property
    def plugged(self) -> bool:
        """Whether the node exists at present."""
        return self._writer is not None

    def plug(self) -> None:
        """Make the node; nothing happens when it exists."""
        with self._lock:
            if self._writer is not None:
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
            fresh.unlink(missing_ok=True)
            os.mkfifo(fresh, 0o600)
            # A pipe opens for writing only where a reader is: this process is that reader for a moment.
            reader = os.open(fresh, os.O_RDONLY | os.O_NONBLOCK)
            self._writer = os.open(fresh, os.O_WRONLY | os.O_NONBLOCK)
            os.close(reader)
            fresh.replace(self._path)

    def unplug(self) -> bool:
        """Take the node away; whether a host had it open at that moment."""
        with self._lock:
            listened = self._listened()
            if self._writer is not None:
                self._path.unlink(missing_ok=True)
                os.close(self._writer)
                self._writer = None
            return listened

    def listened(self) -> bool:
        """Whether a host has the node open."""
        with self._lock:
            return self._listened()

    def _listened(self) -> bool:
        if self._writer is None:
            return False
        poller = select.poll()
        poller.register(self._writer, 0)
        return not any(event & select.POLLERR for _, event in poller.poll(0))

    def write(self, data: bytes) -> int | None:
        """Put whole events in; how many bytes found room (0 when full), None when nobody has the node open."""
        with self._lock:
            if not self._listened():
                return None
            assert self._writer is not None
            try:
                # Up to this many bytes a pipe takes all or nothing (pipe(7), PIPE_BUF), so that no event is split.
                return os.write(self._writer, data[: select.PIPE_BUF // 24 * 24])
            except BlockingIOError:
                return 0
            except BrokenPipeError:
                return None

    def forget(self) -> None:
        """Drop what a host that is gone left unread: a newly opened input device has nothing to tell."""
        with self._lock:
            if self._writer is None or self._listened():
                return
            reader = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
            with contextlib.suppress(BlockingIOError):
                while os.read(reader, 65536):
                    pass
            os.close(reader)


class PipeSource:
    """A host's end of a `PipeNode` that behaves as an input device does: it can be grabbed, and it tells ENODEV."""

    def __init__(self, path: str) -> None:
        """Open the node at `path` without waiting for events; `OSError` when it does not exist."""
        self.grabbed = False
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._fd

    def grab(self) -> None:
        """Take the device for this program alone; `OSError` (EBUSY) when it is taken already."""
        if self.grabbed:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        self.grabbed = True

    def read(self, events_max: int = 64) -> bytes:
        """Return whole events, `BlockingIOError` when there are none, `OSError` (ENODEV) once it was pulled out."""
        data = os.read(self._fd, events_max * 24)
        if not data:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return data

    def close(self) -> None:
        """Close it, which lets go of a grabbed device."""
        self.grabbed = False
        os.close(self._fd)


class UinputNode:
    """A real input device of the kernel's, for machines where `/dev/uinput` may be opened."""

    def __init__(self, name: str = NAME) -> None:
        """Use `name` for the device; `OSError` at `plug` where the kernel has no such thing or forbids it."""
        self._name = name
        self._device: Any = None

    @property
    def plugged(self) -> bool:
        """Whether the device exists at present."""
        return self._device is not None

    @property
    def path(self) -> str:
        """The device's node, `/dev/input/event...`."""
        return str(self._device.device.path)

    def plug(self) -> None:
        """Make the device."""
        import evdev

        if self._device is None:
            abilities: dict[int, Sequence[int]] = {EV_KEY: KEYS, EV_MSC: [MSC_SCAN]}
            self._device = evdev.UInput(abilities, name=self._name, devnode=str(UINPUT))

    def unplug(self) -> bool:
        """Take the device away; a host's next read fails with ENODEV. Who listens is not known: True."""
        device, self._device = self._device, None
        if device is not None:
            device.close()
        return device is not None

    def write(self, event: Event) -> None:
        """Pass one event to the kernel, which sets its own time; it takes no SYN_DROPPED, that is the kernel's word."""
        if event.type != EV_SYN or event.code == SYN_REPORT:
            self._device.write(event.type, event.code, event.value)
