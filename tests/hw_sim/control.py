"""How a person, a test or the bench page works a simulator's knobs: one JSON object a line over a Unix socket.

A request is `{"do": verb, ...}`; the answer is `{"ok": true, ...}` or `{"ok": false, "error": sentence}`.
Every simulator understands `state` (all a person may want to see), `faults` (how often each fault it offers took
effect) and `quit`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import signal
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from typing import Any

LINE_BYTES_MAX = 1 << 20
POLL_S = 0.02  # how soon closing is noticed
FAULT_LOG_VARIABLE = "COUNTERFOIL_FAULT_LOG"

Verb = Callable[..., Mapping[str, Any] | None]


class FaultCounter:
    """Counts how often each offered fault took effect, and appends each first hit to the run's fault log."""

    def __init__(self, simulator: str, offered: frozenset[str]) -> None:
        """Count faults of `simulator`; only names in `offered` may be hit."""
        self._simulator = simulator
        self._hits = dict.fromkeys(sorted(offered), 0)
        self._lock = threading.Lock()

    def hit(self, fault: str) -> None:
        """Note that `fault` has just taken effect on the wire."""
        with self._lock:
            self._hits[fault] += 1
            first = self._hits[fault] == 1
        log = os.environ.get(FAULT_LOG_VARIABLE)
        if first and log:
            with pathlib.Path(log).open("a", encoding="utf-8") as file:
                file.write(f"{self._simulator} {fault}\n")

    def counts(self) -> dict[str, int]:
        """Return hits by fault name, unhit ones included."""
        with self._lock:
            return dict(self._hits)


class ControlServer:
    """Serves a simulator's verbs on a Unix socket until closed."""

    def __init__(self, path: str, verbs: Mapping[str, Verb]) -> None:
        """Listen on `path`; `verbs` maps a verb to a function taking the request's other keys as arguments."""
        self.path = path
        self.stopped = threading.Event()
        table = {**verbs, "quit": self._quit}

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while line := self.rfile.readline(LINE_BYTES_MAX):
                    self.wfile.write(json.dumps(_answer(table, line), ensure_ascii=False).encode() + b"\n")

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True
            allow_reuse_address = True

        with contextlib.suppress(FileNotFoundError):
            pathlib.Path(path).unlink()
        self._server = Server(path, Handler)
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(POLL_S,), name=f"control {path}", daemon=True)
        self._thread.start()

    def _quit(self) -> None:
        self.stopped.set()

    def close(self) -> None:
        """Stop serving; safe to call twice."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()


def _answer(verbs: Mapping[str, Verb], line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
        verb = verbs[request.pop("do")]
        return {"ok": True, **(verb(**request) or {})}
    except (LookupError, TypeError, ValueError, AttributeError, OSError) as error:
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}


def arguments(description: str) -> argparse.ArgumentParser:
    """Return the command line every simulator has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--control", required=True, help="path of the control socket")
    return parser


def run_until_told(control: ControlServer, close: Callable[[], None], **ready: Any) -> None:
    """Say `ready {json}` and wait for SIGTERM, SIGINT or the verb `quit`; then stop serving and `close`."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: control.stopped.set())
    print("ready " + json.dumps({**ready, "control": control.path}, ensure_ascii=False), flush=True)
    control.stopped.wait()
    control.close()
    close()


class ControlClient:
    """Calls a simulator's verbs: `client("insert", reader="A", card="wang")` returns the answer's fields."""

    def __init__(self, path: str, timeout_s: float = 40.0) -> None:
        """Connect to the control socket at `path`."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise
        self._file = self._socket.makefile("rwb")
        self._lock = threading.Lock()

    def __call__(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """Call one verb; raise `RuntimeError` with the simulator's sentence when it refuses."""
        with self._lock:
            self._file.write(json.dumps({"do": verb, **arguments}).encode() + b"\n")
            self._file.flush()
            line = self._file.readline()
        answer: dict[str, Any] = json.loads(line)
        if not answer.pop("ok"):
            raise RuntimeError(answer["error"])
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._file.close()
        self._socket.close()
