"""One client's connection to the stand-in daemon: the bytes on the Unix socket, one handler for each command."""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
from collections.abc import Callable, Mapping

from tests.hw_sim.pcsc_desk import Desk
from tests.hw_sim.pcsc_protocol import (
    BODY_BYTES_MAX,
    DATA_BYTES_MAX,
    HEADER,
    VERSION_MAJOR,
    VERSION_MINOR,
    Attribute,
    Code,
    Command,
    Connect,
    Control,
    Disposition,
    Establish,
    Handle,
    ReaderEvents,
    Reconnect,
    Release,
    Transmit,
    Version,
    Wake,
)
from tests.hw_sim.pcsc_service import Service

# A cancel arrives on a connection of its own, which does not introduce itself first.
BEFORE_WELCOME = frozenset({Command.VERSION, Command.CANCEL})

_log = logging.getLogger(__name__)


class Connection:
    """One client's stream: reads requests in a thread of its own and answers them in order."""

    def __init__(self, stream: socket.socket, number: int, service: Service, desk: Desk) -> None:
        """Serve `stream` as client `number`."""
        self._stream, self._number, self._service, self._desk = stream, number, service, desk
        self._welcomed = False
        self._table: Mapping[int, Callable[[bytes], None]] = {
            Command.VERSION: self._version,
            Command.ESTABLISH: self._establish,
            Command.RELEASE: self._release,
            Command.CONNECT: lambda body: self._send(service.connect(number, Connect.unpack(body)).pack()),
            Command.RECONNECT: lambda body: self._send(service.reconnect(number, Reconnect.unpack(body)).pack()),
            Command.DISCONNECT: lambda body: self._dispose(body, service.disconnect),
            Command.BEGIN: lambda body: self._handle(body, service.begin),
            Command.END: lambda body: self._dispose(body, service.end),
            Command.TRANSMIT: self._transmit,
            Command.CONTROL: self._control,
            Command.STATUS: lambda body: self._handle(body, service.status),
            Command.CANCEL: self._cancel,
            Command.GET_ATTRIBUTE: self._attribute,
            Command.GET_STATES: lambda _body: self._states(),
            Command.WAIT: lambda _body: self._wait(),
            Command.STOP_WAITING: lambda _body: self._stop_waiting(),
            Command.GET_READER_EVENTS: lambda _body: self._send(ReaderEvents(desk.reader_events, Code.OK).pack()),
        }

    def run(self) -> None:
        """Serve until the client goes, breaks the protocol, or the daemon dies."""
        try:
            while True:
                size, command = HEADER.unpack(self._receive(HEADER.size))
                if size > BODY_BYTES_MAX or (command not in BEFORE_WELCOME and not self._welcomed):
                    break
                body = self._receive(size)
                self._desk.hold()
                self._table[command](body)
        except (OSError, EOFError):
            pass
        except (KeyError, struct.error) as error:
            # The daemon closes the connection of a client whose message it does not know or cannot measure.
            _log.warning("client %d sent a message that cannot be: %s", self._number, error)
        finally:
            self._service.forget(self._number)
            self._stream.close()

    def cut(self) -> None:
        """Break the connection off."""
        with contextlib.suppress(OSError):
            self._stream.shutdown(socket.SHUT_RDWR)

    def _receive(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = self._stream.recv(size - len(parts))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)

    def _send(self, data: bytes) -> None:
        self._stream.sendall(data)

    def _version(self, body: bytes) -> None:
        asked = Version.unpack(body)
        self._welcomed = asked.major == VERSION_MAJOR and asked.minor >= VERSION_MINOR
        rv = Code.OK if self._welcomed else Code.NO_SERVICE
        # A client of a later minor version accepts 4.4 and then speaks it.
        self._send(Version(VERSION_MAJOR, VERSION_MINOR, rv).pack())

    def _establish(self, body: bytes) -> None:
        asked = Establish.unpack(body)
        context, rv = self._service.establish(self._number)
        self._send(Establish(asked.scope, context, rv).pack())

    def _release(self, body: bytes) -> None:
        asked = Release.unpack(body)
        self._send(Release(asked.context, self._service.release(self._number, asked.context)).pack())

    def _cancel(self, body: bytes) -> None:
        asked = Release.unpack(body)
        self._send(Release(asked.context, self._service.cancel(asked.context)).pack())

    def _handle(self, body: bytes, call: Callable[[int, int], Code]) -> None:
        asked = Handle.unpack(body)
        self._send(Handle(asked.card, call(self._number, asked.card)).pack())

    def _dispose(self, body: bytes, call: Callable[[int, int, int], Code]) -> None:
        asked = Disposition.unpack(body)
        rv = call(self._number, asked.card, asked.disposition)
        self._send(Disposition(asked.card, asked.disposition, rv).pack())

    def _attribute(self, body: bytes) -> None:
        asked = Attribute.unpack(body)
        rv = self._service.attribute(self._number, asked.card)
        self._send(Attribute(asked.card, asked.attribute, b"", 0, rv).pack())

    def _transmit(self, body: bytes) -> None:
        asked = Transmit.unpack(body)
        answer, data = self._service.transmit(self._number, asked, self._data(asked.length))
        self._send(answer.pack() + data)

    def _control(self, body: bytes) -> None:
        asked = Control.unpack(body)
        answer, data = self._service.control(self._number, asked, self._data(asked.length))
        self._send(answer.pack() + data)

    def _data(self, length: int) -> bytes:
        if length > DATA_BYTES_MAX:
            raise EOFError
        return self._receive(length)

    def _states(self) -> None:
        with self._desk.lock:
            self._send(b"".join(record.pack() for record in self._desk.records()))

    def _wait(self) -> None:
        # One step: a change between the answer and the registration would be lost.
        with self._desk.lock:
            self._states()
            self._desk.waiters[self._number] = self._wake

    def _wake(self, rv: Code) -> None:
        # A client which has just gone need not be woken; its own thread finds out.
        with contextlib.suppress(OSError):
            self._send(Wake(0, rv).pack())

    def _stop_waiting(self) -> None:
        with self._desk.lock:
            # A client already woken takes that wake-up for the answer: a second one would put it out of step.
            if self._desk.waiters.pop(self._number, None):
                self._send(Wake(0, Code.OK).pack())
