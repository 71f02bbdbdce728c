"""The till's pages without a browser: forms, cookies and live streams over plain HTTP."""

from __future__ import annotations

import http.client
import json
import re
import time
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

WAIT_S = 40.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with."""

    status: int
    text: str
    headers: Mapping[str, str]


class Live:
    """One open live stream."""

    def __init__(self, netloc: str, path: str, cookie: str) -> None:
        """Open the stream; `status` is 200, or 503 where all streams are taken."""
        self._connection = http.client.HTTPConnection(netloc, timeout=WAIT_S)
        self._connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        self._answer = self._connection.getresponse()
        self.status = self._answer.status
        self.retry_after = self._answer.getheader("Retry-After", "")
        self.seen = ""

    def next(self) -> dict[str, Any]:
        """Return the next message that carries a state; fail when none comes in `WAIT_S`, heartbeats or not."""
        end_s = time.monotonic() + WAIT_S
        while time.monotonic() < end_s:
            line = self._answer.readline().decode()
            if not line:
                raise EOFError("the stream ended")
            self.seen += line
            if line.startswith("data: ") and '"version"' in line:
                message: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return message
        raise AssertionError(f"no new state in {WAIT_S} s")

    def until(self, holds: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """Return the first message that `holds`; fail naming `what` did not come."""
        end_s = time.monotonic() + WAIT_S
        while time.monotonic() < end_s:
            message = self.next()
            if holds(message):
                return message
        raise AssertionError(f"not in {WAIT_S} s: {what}")

    def close(self) -> None:
        """Hang up."""
        self._answer.close()
        self._connection.close()


class Pages:
    """What a browser at the till may ask for."""

    def __init__(self, address: str) -> None:
        """Begin without cookies; `address` is the till's, such as http://127.0.0.1:8080."""
        self._netloc = urllib.parse.urlsplit(address).netloc
        self.cookies: dict[str, str] = {}

    @property
    def cookie(self) -> str:
        """Return the cookies as a header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def get(self, path: str) -> Answer:
        """Return a page."""
        return self._ask("GET", path, None)

    def post(self, path: str, **form: object) -> Answer:
        """Send a form from a page of the till's own."""
        return self._ask("POST", path, urllib.parse.urlencode({name: str(value) for name, value in form.items()}))

    def live(self, path: str) -> Live:
        """Open a live stream."""
        return Live(self._netloc, path, self.cookie)

    def health(self) -> dict[str, Any]:
        """Return what /healthz says."""
        answer: dict[str, Any] = json.loads(self.get("/healthz").text)
        return answer

    def sign_in(self, pin: str) -> None:
        """Sign in as the person the sign-in page offers first."""
        found = re.search(r'name="staff" value="([0-9a-f]+)"', self.get("/cashier/sign-in").text)
        assert found
        answer = self.post("/cashier/sign-in", staff=found[1], pin=pin)
        assert answer.status == 303, answer.text

    def open_member(self, text: str) -> str:
        """Search as a cashier does and return the account of the only hit."""
        found = re.search(r'data-account="([0-9a-f]{32})"', self.post("/cashier/find", text=text, enter=1).text)
        assert found, f"no single member for {text}"
        return found[1]

    def pay_in(self, account: str, yuan: int) -> Answer:
        """Top a member up in cash: preview, then confirm."""
        return self._act(account, "top_up", yuan, {})

    def charge(self, account: str, yuan: int) -> Answer:
        """Charge a member's stored value: preview, then confirm with the phone's tail."""
        return self._act(account, "charge", yuan, {"confirmed": "photo"})

    def _act(self, account: str, action: str, yuan: int, more: Mapping[str, str]) -> Answer:
        page = self.post(f"/cashier/members/{account}/{action}/preview", amount=yuan).text
        form = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page))
        assert "action_id" in form, page
        return self.post(f"/cashier/members/{account}/{action}", **{**form, **more})

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        connection = http.client.HTTPConnection(self._netloc, timeout=WAIT_S)
        headers = {"Sec-Fetch-Site": "same-origin", "Cookie": self.cookie}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for value in answer.headers.get_all("Set-Cookie", []):
            name, _, content = value.partition(";")[0].partition("=")
            self.cookies[name] = content
        connection.close()
        return Answer(answer.status, text, dict(answer.headers))
