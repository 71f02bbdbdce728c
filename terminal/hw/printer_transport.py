"""The one way to a printer, whatever cable it hangs on: bytes out, bytes in, and waits that always end."""

from __future__ import annotations

import select
from typing import Protocol

from terminal.hw.tcp_transport import TcpTransport

GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


class PrinterTransport(Protocol):
    """A link held open; every method but `close` raises `OSError` once the printer is gone."""

    def open(self) -> None:
        """Open the link anew, within a few seconds, or raise `OSError`."""
        ...

    def close(self) -> None:
        """Let go of the link without waiting for bytes still under way; safe at any time, also twice."""
        ...

    def wait(self, timeout_s: float, *, to_write: bool = False) -> None:
        """Return when there is something to read (or room to write, where asked) or after `timeout_s`."""
        ...

    def read(self) -> bytes:
        """Return what has arrived, perhaps nothing, without waiting for it."""
        ...

    def write(self, data: bytes | memoryview) -> int:
        """Hand bytes over and return how many were taken, perhaps none; 0 proves that not one of them left."""
        ...


def transport_of(link: str | PrinterTransport) -> PrinterTransport:
    """Return the transport itself, or for a text `host:port` a TCP one; raise `ValueError` for any other text."""
    return TcpTransport(link) if isinstance(link, str) else link


def poll_node(file: int, events: int, timeout_s: float) -> int:
    """Wait at most `timeout_s` for `events` on an open device node; return what `poll` reports (0: nothing)."""
    poll = select.poll()
    poll.register(file, events)
    for _file, reported in poll.poll(max(0.0, timeout_s) * 1000):
        return reported
    return 0
