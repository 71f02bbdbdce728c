"""The web server: waitress on loopback, with enough threads that open pages never starve the rest."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import TcpWSGIServer, create_server
from waitress.task import ThreadedTaskDispatcher

from terminal.kiosk_ui.app import stop_streams
from terminal.kiosk_ui.context import web_of
from terminal.kiosk_ui.settings import is_loopback

CONNECTIONS_MAX = 100
HEALTH = "/healthz"


class Threads:
    """The threads of the pages, and one more for the health page.

    Streams and pages that wait for a slow store may have all the others, and just then somebody asks whether the till
    is well. To waitress this is a `ThreadedTaskDispatcher`.
    """

    def __init__(self, pages: int) -> None:
        """Start `pages` threads and the one."""
        self._pages, self._health = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
        # Two who ask for the health page at once are no news; of the pages' queue waitress tells in the log.
        self._health.queue_logger = logging.getLogger("waitress.queue.health")
        self._health.queue_logger.setLevel(logging.ERROR)
        self._pages.set_thread_count(pages)
        self._health.set_thread_count(1)

    def add_task(self, task: Any) -> None:  # noqa: ANN401 - waitress's channel, whose first request is to be served
        """Have the request served by the first free thread of its sort."""
        (self._health if task.requests[0].path == HEALTH else self._pages).add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> None:  # noqa: FBT001, FBT002 - waitress's
        """End all threads; those of the pages get `timeout` seconds to finish."""
        self._health.shutdown(cancel_pending, timeout)
        self._pages.shutdown(cancel_pending, timeout)


class WebServer:
    """The bound server of one application; `run` serves until `stop` is called from another thread."""

    def __init__(self, app: Flask) -> None:
        """Bind the address of the app's settings; raises `OSError` (port in use), `ValueError` (not loopback)."""
        settings = web_of(app).settings
        if not is_loopback(settings.host):
            raise ValueError(f"the till listens on loopback only, not on {settings.host}")
        self._app = app
        self._sockets: dict[int, object] = {}
        self._running = threading.Event()
        self._stopped = threading.Event()
        # Bound here, since waitress would leave its threads and sockets behind when the port is in use.
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        bound = socket.create_server((settings.host.strip("[]"), settings.port), family=family)
        self._server: TcpWSGIServer = create_server(
            app,
            map=self._sockets,
            sockets=[bound],
            _dispatcher=Threads(settings.threads),
            # Without it a stream is never told that its browser hung up, and its thread is lost.
            channel_request_lookahead=1,
            connection_limit=CONNECTIONS_MAX,
            max_request_body_size=65_536,
            # The TLS unit in front runs on this machine; nobody else's word about the client counts.
            trusted_proxy="127.0.0.1",
            trusted_proxy_headers={"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
            clear_untrusted_proxy_headers=True,
            ident=None,
        )

    @property
    def port(self) -> int:
        """Return the port that was bound, also where the settings said 0."""
        return int(self._server.effective_port)

    def run(self) -> None:
        """Serve requests until `stop`."""
        self._running.set()
        web_of(self._app).fragments.warm()
        self._server.run()

    def stop(self) -> None:
        """End streams and requests, then let `run` return; safe to repeat."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        stop_streams(self._app)
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=5)
        if self._running.is_set():
            # Closing the sockets is the server thread's business: the trigger runs this there. A thread that is awake
            # already may do it, and close the trigger with the rest, before the trigger is pulled.
            with suppress(OSError):
                self._server.trigger.pull_trigger(self._close_sockets)
        else:
            self._close_sockets()

    def _close_sockets(self) -> None:
        wasyncore.close_all(self._sockets, ignore_all=True)

    def start(self) -> threading.Thread:
        """Serve in a thread of its own, which is returned started."""
        thread = threading.Thread(target=self.run, name="web", daemon=True)
        thread.start()
        return thread


def serve(app: Flask) -> WebServer:
    """Return the server of `app`, bound and ready to `run` or `start`."""
    return WebServer(app)
