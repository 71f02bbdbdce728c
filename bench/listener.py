"""A listener on the kiosk's live stream, lighter than a browser, that notes when each screen came (CLOCK_MONOTONIC)."""

from __future__ import annotations

import http.client
import json
import queue
import socket
import threading
import time

CONNECT_TIMEOUT_S = 5.0


class ScreenListener:
    """Follows `/kiosk/live` in a thread of its own until closed."""

    def __init__(self, port: int) -> None:
        """Connect to the till on this port and take the first screen."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=CONNECT_TIMEOUT_S)
        self._connection.request("GET", "/kiosk/live")
        # Taken before the answer: the connection lets go of a socket whose answer lasts until it is closed.
        self._socket: socket.socket = self._connection.sock
        self._answer = self._connection.getresponse()
        self._socket.settimeout(None)
        self._screens: queue.Queue[tuple[int, str]] = queue.Queue()
        self._thread = threading.Thread(target=self._follow, name="listener", daemon=True)
        self._thread.start()

    def wait_for(self, states: frozenset[str], after_ns: int, timeout_s: float) -> int:
        """Return when a screen in one of `states` arrived after a moment; raise `TimeoutError` when none does."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            try:
                at_ns, state = self._screens.get(timeout=max(0.0, deadline_s - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"no screen {', '.join(sorted(states))}") from None
            if at_ns > after_ns and state in states:
                return at_ns

    def close(self) -> None:
        """Hang up."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._answer.close()
        self._connection.close()

    def _follow(self) -> None:
        while line := self._answer.readline():
            at_ns = time.monotonic_ns()
            if line.startswith(b"data: "):
                facts = json.loads(line[len(b"data: ") :])
                if "state" in facts:
                    self._screens.put((at_ns, facts["state"]))
