"""The card's side of vsmartcard's virtual reader (vpcd): a card model behind a reader's commands, over TCP.

Source: vsmartcard documentation, "virtual smart card reader": messages of two length bytes (high byte first) and a
body; a body of one byte is about power, or asks for the answer to reset.
"""

from __future__ import annotations

import contextlib
import socket
import threading

from tests.hw_sim.card_base import Card
from tests.hw_sim.card_reader import CardReader
from tests.hw_sim.card_trouble import FieldLost

KNOCK_S = 0.02
CONNECTING_S = 20.0
POWER_OFF, POWER_ON, RESET, GET_ATR = 0, 1, 2, 4


class VirtualReader:
    """One virtual reader, and a card that may lie on it; it comes back by itself after the service was restarted."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = port
        self._face = CardReader()
        self._lying: threading.Event | None = None
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def insert(self, card: Card) -> None:
        """Lay a card on the reader.

        After `remove`, only when the service has reported the reader empty: it looks every 0.4 s, and takes a card that
        follows sooner for the one before.
        """
        if self._thread is not None:
            raise ValueError(f"a card lies on {self.name}")
        card.enter_field()
        away = threading.Event()
        self._lying = away
        self._thread = threading.Thread(target=self._present, args=(card, away), name=self.name, daemon=True)
        self._thread.start()

    def remove(self) -> None:
        """Take the card away, if one is there."""
        if self._thread is None or self._lying is None:
            return
        self._lying.set()
        with self._lock:
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._thread = None

    def _present(self, card: Card, away: threading.Event) -> None:
        """Be there for the service, from one of its starts to the next, until the card is taken away."""
        while not away.is_set():
            try:
                link = socket.create_connection(("127.0.0.1", self.port), timeout=CONNECTING_S)
            except OSError:
                away.wait(KNOCK_S)
                continue
            with link:
                with self._lock:
                    self._socket = None if away.is_set() else link
                link.settimeout(None)
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                try:
                    self._serve(link, card)
                except FieldLost:
                    away.set()
                except OSError:
                    # The service has gone; it may come back.
                    pass
                with self._lock:
                    self._socket = None

    def _serve(self, link: socket.socket, card: Card) -> None:
        """Answer the service until it goes, the card is taken away, or a command tears it away."""
        while self._socket is not None and (message := _message(link)) is not None:
            if len(message) > 1:
                _send(link, self._face.transmit(card, message))
            elif message[0] == GET_ATR:
                _send(link, card.atr)
            elif message[0] in {POWER_ON, RESET}:
                self._face.power_on(card)


def _send(link: socket.socket, data: bytes) -> None:
    link.sendall(len(data).to_bytes(2, "big") + data)


def _message(link: socket.socket) -> bytes | None:
    """Return the service's next message, or None when it has closed the connection."""
    head = _exactly(link, 2)
    return _exactly(link, int.from_bytes(head, "big")) if head else None


def _exactly(link: socket.socket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        # The driver sends length and body apart and waits 40 ms for the acknowledgement, unless it is sent at once;
        # the kernel forgets this wish at every receive.
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        if not (part := link.recv(count - len(data))):
            return None
        data += part
    return data
