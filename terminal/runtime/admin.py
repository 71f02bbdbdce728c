"""The local door for commands: one JSON object a line over a Unix socket that only the till's user can open."""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import logging
import os
import pathlib
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from typing import Any

from terminal.base.errors import Overloaded, Refusal

logger = logging.getLogger(__name__)

LINE_BYTES_MAX = 8 << 20
ANSWER_TIMEOUT_S = 60.0
POLL_S = 0.1  # how soon closing is noticed

Verb = Callable[..., Mapping[str, Any]]
# A verb that waits for people: before its other arguments it is given what tells whether the asker has hung up.
PatientVerb = Callable[..., Mapping[str, Any]]


class AdminServer:
    """Serves verbs to commands on this machine until closed."""

    def __init__(
        self, path: pathlib.Path, verbs: Mapping[str, Verb], patient: Mapping[str, PatientVerb] | None = None
    ) -> None:
        """Listen on `path` (made with mode 0600; the writer lock must be held, so a socket left there is stale).

        The `patient` verbs should end when their first argument, a function, says that nobody waits for them.
        """

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                gone = functools.partial(_hung_up, self.connection)
                offered: dict[str, Verb] = {
                    **verbs,
                    **{name: functools.partial(verb, gone) for name, verb in (patient or {}).items()},
                }
                with contextlib.suppress(OSError):
                    while line := self.rfile.readline(LINE_BYTES_MAX):
                        self.wfile.write(json.dumps(_answer(offered, line)).encode() + b"\n")

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True

        if path.exists() and not path.is_socket():
            raise OSError(errno.EEXIST, "something that is no socket stands there", str(path))
        path.unlink(missing_ok=True)
        mask = os.umask(0o177)
        try:
            self._server = Server(str(path), Handler)
        finally:
            os.umask(mask)
        self._path = path
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_S,), name="admin", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering and remove the socket."""
        self._server.shutdown()
        self._server.server_close()
        self._path.unlink(missing_ok=True)


def _hung_up(connection: socket.socket) -> bool:
    """Tell whether the other end of a connection is closed."""
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _answer(verbs: Mapping[str, Verb], line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
        return {"ok": True, **verbs[request.pop("do")](**request)}
    except Refusal as refusal:
        return {"ok": False, "code": refusal.code, "values": dict(refusal.values)}
    except Overloaded:
        return {"ok": False, "code": "busy", "values": {}}
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        # The last one is what the JSON reader raises at brackets within brackets by the thousand.
        logger.warning("a command asked for something unknown: %s", type(error).__name__)
        return {"ok": False, "code": "request_bad", "values": {}}


class AdminClient:
    """A command's end of the door."""

    def __init__(self, path: pathlib.Path) -> None:
        """Connect; raises `OSError` when no till answers there."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(ANSWER_TIMEOUT_S)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._file = self._socket.makefile("rwb")

    def __call__(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """Call a verb and return its answer; raise the `Refusal` it answered with."""
        self._file.write(json.dumps({"do": verb, **arguments}).encode() + b"\n")
        self._file.flush()
        answer: dict[str, Any] = json.loads(self._file.readline())
        if not answer.pop("ok"):
            raise Refusal(answer["code"], **answer["values"])
        return answer

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()
