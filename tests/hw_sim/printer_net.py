"""A receipt printer on a TCP port, as on port 9100: one client at a time, others wait unanswered.

`python -m tests.hw_sim.printer_net --port P --control PATH --out DIR` prints `ready {json}` once it listens.
"""

from __future__ import annotations

import argparse
import contextlib
import pathlib
import select
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

from tests.hw_sim.control import ControlServer, FaultCounter, Verb, arguments, run_until_told
from tests.hw_sim.escpos_glyphs import CHARSETS
from tests.hw_sim.printer import FAULTS as PRINTER_FAULTS
from tests.hw_sim.printer import Printer
from tests.hw_sim.printer_state import PROCESS_ID_KINDS, SWITCHES, Settings
from tests.hw_sim.printer_verbs import printer_verbs

SIMULATOR = "printer"  # its name in the run's fault log
FAULTS = PRINTER_FAULTS | {"connection_reset", "black_hole", "refuse"}
LINK_SWITCHES = frozenset(("black_hole", "refuse"))
TICK_S = 0.02
READ_BYTES_MAX = 4096
WINDOW_BYTES = 8192  # a print server's small TCP window: a full buffer is felt soon by the host
LINGER_RESET = struct.pack("ii", 1, 0)  # close with RST instead of FIN


class PrinterServer:
    """A printer and its network plug; `start`, then `port` tells where it listens."""

    def __init__(self, printer: Printer, *, port: int = 0, on_fault: Callable[[str], None] = lambda _: None) -> None:
        """Put `printer` on `port` of this machine (0 takes a free one)."""
        self.printer = printer
        self.port = port
        self.link = dict.fromkeys(sorted(LINK_SWITCHES), False)
        self._on_fault = on_fault
        self._lock = threading.RLock()
        self._listener: socket.socket | None = None
        self._connection: socket.socket | None = None
        self._unsent = b""
        self._reset_after: int | None = None
        self._hole_hit = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="printer port", daemon=True)

    def start(self) -> None:
        """Listen and serve in the background."""
        self._listen()
        self._thread.start()

    def close(self) -> None:
        """Stop serving and close every socket; safe to call twice."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            self._hang_up()
            self._close_listener()

    @property
    def connected(self) -> bool:
        """Whether a client holds the port."""
        return self._connection is not None

    def set_switch(self, name: str, *, value: bool) -> None:
        """Flip a switch of the printer or of the link (`black_hole`, `refuse`)."""
        if name not in LINK_SWITCHES:
            self.printer.set_switch(name, value=value)
            return
        with self._lock:
            self.link[name] = value
            self._hole_hit = False
            if name == "refuse" and value:
                self._close_listener()
                self._on_fault("refuse")
            elif name == "refuse" and self._listener is None:
                self._listen()

    def reset_after(self, count: int) -> None:
        """Reset the connection once `count` more bytes of it have been read; 0 resets at once."""
        with self._lock:
            self._reset_after = count
            if count == 0 and self._connection is not None:
                self._reset()

    def power_cut(self) -> None:
        """Cut the power for a moment: the printer forgets, the connection dies."""
        with self._lock:
            self.printer.power_cut()
            self._hang_up(reset=True)

    def state(self) -> dict[str, Any]:
        """All a person may want to see."""
        plain = self.printer.state()
        return {**plain, "switches": {**plain["switches"], **self.link}, "connected": self.connected}

    def _listen(self) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW_BYTES)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(4)
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        self._listener = listener

    def _close_listener(self) -> None:
        if self._listener is not None:
            # Closing alone would leave it accepting for as long as the serving thread still waits on it.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def _serve(self) -> None:
        while not self._closing.is_set():
            readable = self._wait()
            with self._lock:
                if readable is not None and readable is self._listener:
                    self._accept()
                elif readable is not None and readable is self._connection:
                    self._receive()
                self.printer.pump()
                self._send()

    def _wait(self) -> socket.socket | None:
        """The socket that has something for us, or None after a tick."""
        with self._lock:
            waited = self._connection or self._listener
            wanted = waited is not None and (self._connection is None or self._takes_bytes())
        if waited is None or not wanted:
            self._closing.wait(TICK_S)
            self._notice_reset()
            return None
        try:
            readable, _, _ = select.select([waited], [], [], TICK_S)
        except (OSError, ValueError):  # closed by a knob while we waited
            return None
        return waited if readable else None

    def _notice_reset(self) -> None:
        """A reset by the host frees the port at once; a plain close is only found by reading up to it."""
        with self._lock:
            if self._connection is not None and not self.link["black_hole"]:
                poll = select.poll()
                poll.register(self._connection, 0)
                if poll.poll(0):
                    self._hang_up()

    def _takes_bytes(self) -> bool:
        if not self.link["black_hole"]:
            return self.printer.room_bytes > 0
        if not self._hole_hit and self._something_lies_unread():
            self._hole_hit = True
            self._on_fault("black_hole")
        return False

    def _something_lies_unread(self) -> bool:
        assert self._connection is not None
        with contextlib.suppress(OSError):
            return bool(self._connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        return False

    def _accept(self) -> None:
        assert self._listener is not None
        with contextlib.suppress(OSError):
            self._connection, _ = self._listener.accept()
            self._connection.setblocking(False)
            self._unsent = b""

    def _receive(self) -> None:
        assert self._connection is not None
        # The room is asked for again: a knob may have put the printer off-line while this thread waited.
        count = min(READ_BYTES_MAX, self.printer.room_bytes)
        if self._reset_after is not None:
            count = min(count, self._reset_after)
        if count <= 0 or self.link["black_hole"]:
            return
        try:
            data = self._connection.recv(count)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._hang_up()
            return
        self.printer.feed(data)
        if self._reset_after is not None:
            self._reset_after -= len(data)
            if self._reset_after == 0:
                self._reset()

    def _reset(self) -> None:
        self._reset_after = None
        self._on_fault("connection_reset")
        self._hang_up(reset=True)

    def _send(self) -> None:
        if self.link["black_hole"]:
            return
        answers = self.printer.take_answers()
        if self._connection is None:
            return  # nobody listens: the answer is gone, as on a real port
        self._unsent += answers
        if not self._unsent:
            return
        try:
            sent = self._connection.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:
            self._hang_up()
            return
        self._unsent = self._unsent[sent:]

    def _hang_up(self, *, reset: bool = False) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with contextlib.suppress(OSError):
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
        connection.close()


def control_verbs(server: PrinterServer, faults: FaultCounter) -> dict[str, Verb]:
    """The verbs a printer's control socket offers, working on `server`."""
    return {**printer_verbs(server, faults), "reset_after": lambda **request: server.reset_after(int(request["bytes"]))}


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = arguments("A receipt printer on a TCP port. Switches: " + ", ".join(sorted(SWITCHES | LINK_SWITCHES)))
    parser.add_argument("--port", type=int, default=9100, help="0 takes a free one")
    parser.add_argument("--out", type=pathlib.Path, help="folder for slip-NNNN.png; without it nothing is drawn")
    parser.add_argument("--dots", type=int, default=576)
    parser.add_argument("--charset", choices=CHARSETS, default="gb18030")
    parser.add_argument("--process-id", choices=PROCESS_ID_KINDS, default="yes")
    parser.add_argument("--no-process-id", dest="process_id", action="store_const", const="silent")
    parser.add_argument("--no-qr", action="store_true")
    parser.add_argument("--double-byte-off", action="store_true", help="ASCII only until FS &, as Japanese models")
    parser.add_argument("--speed", type=float, default=150.0, help="mm/s; 0 prints at once")
    parser.add_argument("--buffer", type=int, default=4096, help="bytes")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Run a printer until SIGTERM, SIGINT or the verb `quit`."""
    chosen = _arguments(argv)
    if chosen.out:
        chosen.out.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        dots=chosen.dots, charset=chosen.charset, process_id=chosen.process_id, native_qr=not chosen.no_qr,
        double_byte_at_power_up=not chosen.double_byte_off, speed_mm_s=chosen.speed, buffer_bytes=chosen.buffer,
        render=chosen.out is not None,
    )  # fmt: skip
    faults = FaultCounter("printer", FAULTS)
    server = PrinterServer(
        Printer(settings, folder=chosen.out, on_fault=faults.hit), port=chosen.port, on_fault=faults.hit
    )
    server.start()
    control = ControlServer(chosen.control, control_verbs(server, faults))
    run_until_told(control, server.close, port=server.port)


if __name__ == "__main__":
    main()
