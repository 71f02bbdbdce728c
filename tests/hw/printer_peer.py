"""A bare TCP peer for what no printer does on purpose, and a job source that remembers what was asked of it."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable

from terminal.base.errors import DeviceFault
from terminal.base.printing import PrintJob
from terminal.hw.escpos_printer import EscposPrinterDriver
from tests.hw.recorder import DEADLINE_S, Recorder

ID_REQUEST = re.compile(rb"\x1d\(H\x06\x00\x30\x30(.{4})", re.DOTALL)
QUESTION = re.compile(rb"\x10\x04([\x01-\x04])")


def until(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds; fail at the deadline."""
    deadline_s = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline_s, "the condition never held"
        pause.wait(0.002)


class HandClock:
    """Monotonic seconds moved by hand, which count how often they were looked at."""

    def __init__(self) -> None:
        """Begin at 1 000 s."""
        self.now_s = 1000.0
        self.looks = 0

    def __call__(self) -> float:
        """Return the time."""
        self.looks += 1
        return self.now_s

    def pass_s(self, seconds: float) -> None:
        """Let time pass, and wait until the driver has acted on it (it looks once a round)."""
        self.now_s += seconds
        before = self.looks
        until(lambda: self.looks >= before + 3)


class Jobs:
    """A job source in memory."""

    def __init__(self) -> None:
        """Begin empty."""
        self._changed = threading.Condition()
        self.queue: list[PrintJob] = []
        self.taken: list[int] = []
        self.put_backs: list[int] = []
        self.waits = 0
        self._given: dict[int, PrintJob] = {}
        self.on_take: Callable[[], None] = lambda: None

    def add(self, *jobs: PrintJob) -> None:
        """Queue jobs and wake the driver."""
        with self._changed:
            self.queue += jobs
            self._changed.notify_all()

    def take(self, device: str) -> PrintJob | None:
        """Return the next job."""
        assert device == "printer"
        with self._changed:
            if not self.queue:
                return None
            job = self.queue.pop(0)
            self.taken.append(job.job)
            self._given[job.job] = job
        self.on_take()
        return job

    def put_back(self, device: str, job: int) -> None:
        """Take the job back to the head of the queue."""
        assert device == "printer"
        with self._changed:
            self.put_backs.append(job)
            self.queue.insert(0, self._given[job])

    def wait(self, timeout_s: float) -> None:
        """Wait for a job."""
        with self._changed:
            self.waits += 1
            if not self.queue:
                self._changed.wait(timeout_s)


class Served:
    """A driver served on a thread of its own, as the supervisor does, but opened by hand."""

    def __init__(self, driver: EscposPrinterDriver, recorder: Recorder) -> None:
        """Open and serve."""
        self.faults: list[DeviceFault] = []
        self._stop = threading.Event()
        self._driver = driver
        driver.open()
        self._thread = threading.Thread(target=self._serve, args=(recorder,), name=driver.name)
        self._thread.start()

    def _serve(self, recorder: Recorder) -> None:
        try:
            self._driver.serve(self._stop, recorder)
        except DeviceFault as fault:
            self.faults.append(fault)

    def ended(self) -> DeviceFault:
        """Wait for the fault that ends serving, close, and return it."""
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()
        self._driver.close()
        [fault] = self.faults
        return fault

    def stop(self) -> float:
        """Stop, close, and return how many seconds stopping took."""
        begin_s = time.monotonic()
        self._stop.set()
        self._driver.wake()
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()
        self._driver.close()
        self._driver.close()
        return time.monotonic() - begin_s


class Peer:
    """Listens like a printer, records every byte, answers status questions, and ids as `answer_id` says."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.received = bytearray()
        self.arrivals: list[tuple[float, int]] = []
        self.status = {1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12}
        self.answering = True
        self.answer_id: Callable[[bytes], list[bytes]] = lambda digits: [b"\x37\x22" + digits + b"\x00"]
        self._link: socket.socket | None = None
        self._scanned = 0
        self._quiet = threading.Event()
        self._thread = threading.Thread(target=self._run, name="peer", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                link, _address = self._listener.accept()
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._link = link
                self._quiet.clear()
                with contextlib.suppress(OSError):
                    self._receive(link)
                self._quiet.set()

    def _receive(self, link: socket.socket) -> None:
        while data := link.recv(65536):
            self.arrivals.append((time.monotonic(), len(self.received)))
            self.received += data
            fresh = bytes(self.received[self._scanned :])
            self._scanned = len(self.received)
            if self.answering:
                for found in QUESTION.finditer(fresh):
                    link.sendall(bytes((self.status[found[1][0]],)))
                for found in ID_REQUEST.finditer(fresh):
                    for piece in self.answer_id(found[1]):
                        link.sendall(piece)

    def say(self, data: bytes) -> None:
        """Send bytes nobody asked for."""
        assert self._link is not None
        self._link.sendall(data)

    def hang_up(self, *, reset: bool = False) -> None:
        """Close the connection, politely or by a reset."""
        assert self._link is not None
        if reset:
            self._link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(OSError):
            self._link.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
        if threading.current_thread() is not self._thread:
            # While a read is under way the kernel keeps the connection, and nothing would be hung up yet.
            assert self._quiet.wait(DEADLINE_S), "the peer's thread has left the connection"
        self._link.close()

    def close(self) -> None:
        """Stop listening and hang up."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._link is not None:
            with contextlib.suppress(OSError):
                self._link.shutdown(socket.SHUT_RDWR)
            self._link.close()
        self._thread.join(DEADLINE_S)
