"""The till as people run it, `terminal serve`, used by HTTP as a browser does, under the recorder."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator

from tests.crash.ground import PIN, Ground, Shop
from tests.crash.recorder import CONTROL_VARIABLE
from tests.crash.tills import REPOSITORY, TillKilled

READY = "ready "
BILL_NO = re.compile(r"\b1-\d{6}\b")
OK = (200, 303)


class ServedTill:
    """A running `terminal serve` with the cashier signed in; raises `TillKilled` when it dies before it answered."""

    def __init__(self, ground: Ground, shop: Shop) -> None:
        """Start it and sign in."""
        log = shop.folder / "serve.log"
        with log.open("w") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "terminal.cli", "serve", "--config", str(shop.config)],
                cwd=REPOSITORY,
                env=ground.environment(CONTROL_VARIABLE, ground.control.path),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith(READY):
            self.kill()
            raise AssertionError(f"the till did not start: {log.read_text()}")
        self._host = urllib.parse.urlsplit(json.loads(line[len(READY) :])["counter"]).netloc
        self._cookie = ""
        self._sign_in(ground.staff_id)

    def _sign_in(self, staff_id: str) -> None:
        with self._asked("/cashier/sign-in", {"staff": staff_id, "pin": PIN}) as answer:
            answer.read()
            assert answer.status in OK, f"signing in was answered with {answer.status}"
            cookies = [value for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        self._cookie = "; ".join(cookie.partition(";")[0] for cookie in cookies)

    def post(self, path: str, form: dict[str, str]) -> str:
        """Send a form and return the page, once all of it is here."""
        try:
            with self._asked(path, form) as answer:
                page = answer.read().decode()
        except (http.client.HTTPException, OSError) as error:
            raise TillKilled from error
        assert answer.status in OK, f"{path} was answered with {answer.status}: {page}"
        return page

    def check_alive(self) -> None:
        """Raise `TillKilled` unless it runs."""
        if self._process.poll() is not None:
            raise TillKilled

    def bill(self, path: str, form: dict[str, str]) -> str:
        """Send a form and return the number of the bill that the page says is done."""
        found = BILL_NO.search(self.post(path, form))
        assert found is not None, "the page names no bill"
        return found[0]

    @contextlib.contextmanager
    def _asked(self, path: str, form: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
        """Send a form and lend the answer; the connection is closed also when the till dies in between."""
        connection = http.client.HTTPConnection(self._host, timeout=90)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
            "Cookie": self._cookie,
        }
        with contextlib.closing(connection):
            connection.request("POST", path, urllib.parse.urlencode(form), headers)
            yield connection.getresponse()

    def kill(self) -> None:
        """Kill it, if it still lives."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
