"""One TCP connection to a device: bounded reads and writes that never wait longer than they are told."""

from __future__ import annotations

import select
import socket

READ_BYTES_MAX = 4096
CONNECT_TIMEOUT_S = 2.0
# A peer that vanished without a word is found by the kernel after about 25 s of silence, also while we only listen.
KEEPALIVE_IDLE_S = 10
KEEPALIVE_INTERVAL_S = 5
KEEPALIVE_PROBES = 3


def parse_address(address: str) -> tuple[str, int]:
    """Return host and port of `host:port` (IPv6 hosts in brackets); raise `ValueError` for anything else."""
    host, colon, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 1 << 16:
        raise ValueError(address)
    return host, int(port)


class TcpTransport:
    """A connection held open; every method raises `OSError` once the peer is gone."""

    def __init__(self, address: str) -> None:
        """Speak to `address` (`host:port`) once opened; raise `ValueError` for a malformed address."""
        self._address = parse_address(address)
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Connect within `CONNECT_TIMEOUT_S` or raise `OSError`."""
        self.close()
        link = socket.create_connection(self._address, CONNECT_TIMEOUT_S)
        link.setblocking(False)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_S)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_PROBES)
        self._socket = link

    def close(self) -> None:
        """Close; safe at any time, also twice."""
        link, self._socket = self._socket, None
        if link is not None:
            link.close()

    def wait(self, timeout_s: float, *, to_write: bool = False) -> None:
        """Return when there is something to read (or room to write, where asked) or after `timeout_s`."""
        poll = select.poll()
        poll.register(self._link(), select.POLLIN | (select.POLLOUT if to_write else 0))
        poll.poll(max(0.0, timeout_s) * 1000)

    def read(self) -> bytes:
        """Return what has arrived, at most `READ_BYTES_MAX` bytes, or nothing; a closed peer is an `OSError`."""
        try:
            data = self._link().recv(READ_BYTES_MAX)
        except BlockingIOError:
            return b""
        if not data:
            raise ConnectionAbortedError("closed by the peer")
        return data

    def write(self, data: bytes | memoryview) -> int:
        """Hand bytes to the kernel and return how many it took, which may be none."""
        try:
            return self._link().send(data)
        except BlockingIOError:
            return 0

    def _link(self) -> socket.socket:
        if self._socket is None:
            raise ConnectionAbortedError("not open")
        return self._socket
