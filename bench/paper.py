"""From a sale's durable commit to the first byte of its receipt at the printer, the connection being held open."""

from __future__ import annotations

import http.client
import json
import pathlib
import secrets
import time
import urllib.parse
from dataclasses import dataclass

from bench.figures import Figure, p99, sampled, spread
from bench.members import FEW, card_uid
from bench.programs import BenchError
from bench.scale import Scale
from bench.shop import PIN, Shop, wait_until
from bench.stores import few_store

LIMIT_MS = 15.0
WARM_UP_SALES = 5
TIMEOUT_S = 15.0
TOP_UP_FEN, CHARGE_FEN = 100_00, 88_00


@dataclass(slots=True)
class Counter:
    """A cashier's browser, without the browser."""

    connection: http.client.HTTPConnection
    cookie: str = ""

    def post(self, path: str, **fields: str) -> http.client.HTTPResponse:
        """Post a form as the page does and return the answer, read to its end."""
        host = f"{self.connection.host}:{self.connection.port}"
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://{host}",
            "Cookie": self.cookie,
            "HX-Request": "true",
        }
        self.connection.request("POST", path, urllib.parse.urlencode(fields), headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer

    def sign_in(self, staff: str) -> None:
        """Sign in and keep the cookie."""
        answer = self.post("/cashier/sign-in", staff=staff, pin=PIN)
        cookies = answer.msg.get_all("Set-Cookie") or []
        self.cookie = "; ".join(cookie.partition(";")[0] for cookie in cookies)
        if not self.cookie:
            raise BenchError(f"the sign-in was answered with {answer.status}")

    def sell(self, account: str, number: int) -> None:
        """Post a top-up, then a charge, in turn."""
        path, fields = f"/cashier/members/{account}", {"action_id": secrets.token_hex(16)}
        if number % 2:
            answer = self.post(f"{path}/charge", amount_fen=str(CHARGE_FEN), confirmed="photo", **fields)
        else:
            answer = self.post(f"{path}/top_up", amount_fen=str(TOP_UP_FEN), bonus_fen="0", **fields)
        if answer.status != http.HTTPStatus.OK:
            raise BenchError(f"a sale was answered with {answer.status}")


def measure(folder: pathlib.Path, scale: Scale) -> list[Figure]:
    """Return the figures of a receipt."""
    to_byte_ms, to_answer_ms, asked_ms = [], [], []
    with few_store(folder) as shop:
        shop.start_reader(())
        shop.start_printer()
        stamps = shop.start_stamped_till()
        wait_until(lambda: shop.control["printer"]("state")["connected"], "the printer is connected")
        counter = Counter(http.client.HTTPConnection("127.0.0.1", shop.wiring.till_port, timeout=TIMEOUT_S))
        counter.sign_in(_staff(counter))
        accounts = [_account(shop, member) for member in range(FEW)]
        for number in range(WARM_UP_SALES + scale.sales):
            _wait_settled(shop, number)
            asked_ns = time.monotonic_ns()
            counter.sell(accounts[number // 2 % FEW], number)
            answered_ns = time.monotonic_ns()
            arrived_ns = _arrival(shop, number)
            commit_ns = next(stamp for stamp in _stamps(stamps) if stamp > asked_ns)
            if number >= WARM_UP_SALES:
                to_byte_ms.append((arrived_ns - commit_ns) / 1e6)
                to_answer_ms.append((answered_ns - commit_ns) / 1e6)
                asked_ms.append((arrived_ns - asked_ns) / 1e6)
        counter.connection.close()
    return [
        sampled("commit to first printer byte, p50", to_byte_ms, "ms", limit=LIMIT_MS, note=spread(to_byte_ms, "ms")),
        sampled("commit to first printer byte, p99", to_byte_ms, "ms", of=p99),
        sampled("commit to the page's answer, p50", to_answer_ms, "ms"),
        sampled("key pressed to first printer byte, p50", asked_ms, "ms", note=spread(asked_ms, "ms")),
    ]


def _staff(counter: Counter) -> str:
    counter.connection.request("GET", "/cashier/sign-in")
    page = counter.connection.getresponse().read().decode()
    return page.partition('name="staff" value="')[2].partition('"')[0]


def _account(shop: Shop, member: int) -> str:
    account: str = shop.ask("member_find", by="card", value=card_uid(member))["members"][0]["account"]
    return account


def _wait_settled(shop: Shop, number: int) -> None:
    """Return when every receipt so far is on paper, which its spool knows."""
    connection = http.client.HTTPConnection("127.0.0.1", shop.wiring.till_port, timeout=TIMEOUT_S)

    def settled() -> bool:
        connection.request("GET", "/healthz")
        return bool(json.loads(connection.getresponse().read())["receipts_waiting"] == 0)

    wait_until(settled, f"receipt {number} is printed")
    connection.close()


def _arrival(shop: Shop, number: int) -> int:
    arrivals: list[int] = []

    def arrived() -> bool:
        arrivals[:] = shop.control["printer"]("arrivals")["arrivals_ns"]
        return len(arrivals) > number

    wait_until(arrived, f"the first byte of receipt {number}")
    return arrivals[number]


def _stamps(file: pathlib.Path) -> list[int]:
    return [int(line) for line in file.read_text(encoding="ascii").split()]
