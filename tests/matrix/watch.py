"""What is watched while a fault is on: the health page, the counter's live notices and the till's log."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pathlib
import re
import socket
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

DEADLINE_S = 90.0
POLL_S = 0.02
HEALTH_PAUSE_S = 0.02
HEALTH_BOUND_S = 2.0
# Where whoever asks is woken late, so is every thread of the till on the way to an answer; where a file takes long to
# reach the disk, so does each of the till's.
WAKES_OF_AN_ANSWER = 10
SYNC_PAUSE_S = 0.2
# From here on a till that waits for its writer says so itself.
STUCK_S = 1.0
HEALTH_SOON_S = 0.05
HEALTH_ANSWERS_MIN = 3
STREAM_SILENCE_S = 120.0

_pause = threading.Event()  # never set: for waiting


def until(holds: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S) -> Any:  # noqa: ANN401 - what it gives
    """Return the first true value of `holds`; fail naming `what` did not come true in time."""
    end_s = time.monotonic() + deadline_s
    while not (value := holds()):
        assert time.monotonic() < end_s, f"not in {deadline_s:.0f} s: {what}"
        _pause.wait(POLL_S)
    return value


class Health:
    """Asks for the health page all the time, on one connection, and remembers how long each answer took."""

    def __init__(self, address: str, folder: pathlib.Path) -> None:
        """Ask the till at `address`, whose files lie on the disk of `folder`."""
        self._folder = folder
        self._netloc = urllib.parse.urlsplit(address).netloc
        self._ended = threading.Event()
        self._took_s: list[float] = []
        self._late_s = 0.0  # the most by which the asking thread was woken too late
        self._sync_s = 0.0  # the longest that a byte took to reach the disk
        self._stuck: list[str] = []
        self._wrong: list[str] = []
        self._threads = [
            threading.Thread(target=target, name=target.__name__, daemon=True)
            for target in (self._ask_on, self._sync_on)
        ]

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Ask throughout, and fail behind it unless every answer came, was good, and in time."""
        for thread in self._threads:
            thread.start()
        try:
            yield
            until(lambda: self._wrong or len(self._took_s) >= HEALTH_ANSWERS_MIN, "some answers of the health page")
        finally:
            self._ended.set()
            for thread in self._threads:
                thread.join(DEADLINE_S)
        held_up_s = WAKES_OF_AN_ANSWER * max(self._late_s, self._sync_s)
        assert self._wrong == [], f"the health page failed: {self._wrong}"
        assert self._stuck == [] or held_up_s > STUCK_S, f"the till was stuck: {self._stuck}"
        bound_s = max(HEALTH_BOUND_S, held_up_s)
        longest_s = max(self._took_s)
        noise = f"its asker was {self._late_s:.2f} s late, a sync took {self._sync_s:.2f} s"
        assert longest_s < bound_s, f"the health page took {longest_s:.2f} s; {noise}"
        # A till that is held up answers nobody soon; on a busy machine only some answers are late.
        soonest_s = sorted(self._took_s)[len(self._took_s) // 10]
        assert soonest_s < HEALTH_SOON_S, f"even the soonest tenth of the health page's answers took {soonest_s:.3f} s"

    def _ask_on(self) -> None:
        connection = http.client.HTTPConnection(self._netloc, timeout=DEADLINE_S)
        with contextlib.closing(connection):
            while not self._ended.is_set():
                begun_s = time.monotonic()
                try:
                    connection.request("GET", "/healthz")
                    answer = connection.getresponse()
                    body = json.loads(answer.read())
                except (OSError, http.client.HTTPException, ValueError) as error:
                    self._wrong.append(f"{type(error).__name__} after {time.monotonic() - begun_s:.2f} s")
                    connection.close()
                    continue
                self._took_s.append(time.monotonic() - begun_s)
                if answer.status != http.HTTPStatus.OK or body["ok"] is not True:
                    # With its figures it is a till that waits for its writer; without them it cannot read its book.
                    (self._stuck if "book_entries" in body else self._wrong).append(f"{answer.status}: {body}")
                paused_s = time.monotonic()
                if not self._ended.wait(HEALTH_PAUSE_S):
                    self._late_s = max(self._late_s, time.monotonic() - paused_s - HEALTH_PAUSE_S)

    def _sync_on(self) -> None:
        with tempfile.TemporaryFile(dir=self._folder, buffering=0) as file:
            while not self._ended.wait(SYNC_PAUSE_S):
                file.write(b".")
                begun_s = time.monotonic()
                os.fsync(file.fileno())
                self._sync_s = max(self._sync_s, time.monotonic() - begun_s)


class Notices:
    """One counter page's live stream: every message since it was opened."""

    def __init__(self, address: str, cookie: str) -> None:
        """Follow the stream of whoever has `cookie`."""
        host, _, port = urllib.parse.urlsplit(address).netloc.rpartition(":")
        self._link = socket.create_connection((host, int(port)), STREAM_SILENCE_S)
        # HTTP/1.0: the stream comes as it is, without the lengths of its pieces.
        self._link.sendall(f"GET /cashier/live HTTP/1.0\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
        self._lock = threading.Lock()
        self._messages: list[dict[str, Any]] = []
        self._thread = threading.Thread(target=self._follow, name="notices", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._link.shutdown(socket.SHUT_RDWR)
        self._thread.join(DEADLINE_S)
        self._link.close()

    @property
    def count(self) -> int:
        """Return how many messages there were."""
        with self._lock:
            return len(self._messages)

    def since(self, mark: int) -> list[dict[str, Any]]:
        """Return the messages from number `mark` on."""
        with self._lock:
            return self._messages[mark:]

    def newest(self) -> dict[str, Any]:
        """Return the newest message."""
        until(lambda: self.count, "the counter's first notice")
        with self._lock:
            return self._messages[-1]

    def _follow(self) -> None:
        with contextlib.suppress(OSError), self._link.makefile("rb") as lines:
            for line in lines:
                if line.startswith(b"data: ") and b'"version"' in line:
                    with self._lock:
                        self._messages.append(json.loads(line.removeprefix(b"data: ")))


def says(notice: dict[str, Any], word: str) -> bool:
    """Return whether a notice's banners name a lost device, say a code, or have these words; never twice."""
    # A device stands there with its code behind it, so that one name within another is no mistake.
    count = len(re.findall(rf"(?<![\w-]){re.escape(word)}(?![\w-])", notice["banners"]))
    assert count <= 1, f"{word} is said {count} times at once: {notice['banners']}"
    return count == 1


def rises(values: list[bool]) -> int:
    """Return how often a value became true after having been false."""
    return sum(1 for before, now in zip([False, *values], values, strict=False) if now and not before)


class Log:
    """The till's log from one moment on."""

    def __init__(self, path: pathlib.Path) -> None:
        """Begin at the file's end."""
        self._path = path
        self._from = path.stat().st_size

    def lines(self) -> list[str]:
        """Return the lines since then."""
        with self._path.open("rb") as file:
            file.seek(self._from)
            return file.read().decode("utf-8", "replace").splitlines()

    def told(self) -> dict[tuple[str, str], int]:
        """Return how often each device was logged to be `up` or `down`."""
        return told_in(self.lines())


def told_in(lines: list[str]) -> dict[tuple[str, str], int]:
    """Return how often these log lines tell each device to be `up` or `down`."""
    counts: dict[tuple[str, str], int] = {}
    for line in lines:
        if found := re.search(r"device (\S+) is (up|down)", line):
            key = (found[1], found[2])
            counts[key] = counts.get(key, 0) + 1
    return counts
