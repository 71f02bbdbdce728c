"""The live streams over real sockets: the current state first, heartbeats, limits, and threads given back."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from terminal.base.errors import Refusal
from terminal.kiosk_ui.context import web_of
from terminal.kiosk_ui.live import StreamSlots
from terminal.kiosk_ui.server import serve
from terminal.kiosk_ui.settings import WebSettings
from terminal.rules.counter import CounterScreen
from terminal.rules.kiosk import KioskScreen
from tests.kiosk_ui.fake_desk import PIN
from tests.kiosk_ui.shop import RunningShop, ShopClock, member_screen, open_shop, run_shop

pytestmark = pytest.mark.slow

SAME = {"Sec-Fetch-Site": "same-origin"}
DEADLINE_S = 30.0


@pytest.fixture
def shop() -> Iterator[RunningShop]:
    running = run_shop(open_shop(heartbeat_s=0.1))
    yield running
    running.server.stop()


class Listener:
    """One open stream, read event by event."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()

    def event(self) -> dict[str, str]:
        """Return the fields of the next event."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line:
                return fields
            name, _, value = line.partition(": ")
            fields[name] = value
        return fields

    def until(self, wanted: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        """Return the first event that is `wanted`, within the deadline."""
        end_s = time.monotonic() + DEADLINE_S
        while time.monotonic() < end_s:
            event = self.event()
            if wanted(event):
                return event
        pytest.fail("the event did not come")


@contextmanager
def listening(shop: RunningShop, path: str = "/kiosk/live", **cookies: str) -> Iterator[Listener]:
    with (
        httpx.Client(timeout=DEADLINE_S, cookies=cookies) as client,
        client.stream("GET", shop.url + path) as response,
    ):
        yield Listener(response)


def wait_for(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < end_s, "it did not happen in time"
        threading.Event().wait(0.01)


def state(event: dict[str, str]) -> str:
    return str(json.loads(event["data"]).get("state", ""))


def test_first_message_is_the_whole_current_state(shop: RunningShop) -> None:
    shop.board.show("kiosk", member_screen())
    with listening(shop) as stream:
        assert stream.response.headers["Content-Type"].startswith("text/event-stream")
        assert stream.response.headers["Cache-Control"] == "no-store"
        first = stream.event()
    assert first["retry"] == "1000"
    assert first["id"] == str(shop.board.newest("kiosk")[0])
    assert "王女士" in json.loads(first["data"])["html"]


def test_change_on_the_board_reaches_every_stream(shop: RunningShop) -> None:
    with listening(shop) as one, listening(shop) as other:
        for stream in (one, other):
            assert state(stream.event()) == "idle"
        shop.board.show("kiosk", KioskScreen(name="reading"))
        for stream in (one, other):
            assert state(stream.until(lambda event: "event" not in event)) == "reading"


def test_slow_page_skips_to_the_newest_state(shop: RunningShop) -> None:
    with listening(shop) as stream:
        stream.event()
        for points in range(200):
            shop.board.show("kiosk", KioskScreen(name="error", code=f"code_{points}"))
        newest = str(shop.board.newest("kiosk")[0])
        assert "code_199" in stream.until(lambda event: event.get("id") == newest)["data"]


def test_silence_is_filled_with_heartbeats_that_carry_the_time(shop: RunningShop) -> None:
    with listening(shop) as stream:
        beat = stream.until(lambda event: event.get("event") == "beat")
    assert json.loads(beat["data"]) == {"local_time": "14:32:05"}


def test_stream_beyond_the_limit_is_told_to_come_back(shop: RunningShop) -> None:
    with ExitStack() as open_streams:
        streams = [open_streams.enter_context(listening(shop)) for _ in range(10)]
        assert {state(stream.event()) for stream in streams} == {"idle"}
        refused = httpx.get(shop.url + "/kiosk/live", timeout=DEADLINE_S)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
        assert httpx.get(shop.url + "/healthz", timeout=DEADLINE_S).status_code == 200
    wait_for(lambda: web_of(shop.app).slots.open == 0)
    with listening(shop) as again:
        assert state(again.event()) == "idle"


def test_closed_streams_give_their_threads_back(shop: RunningShop) -> None:
    for _ in range(40):
        with listening(shop) as stream:
            stream.event()
    wait_for(lambda: web_of(shop.app).slots.open == 0)
    assert httpx.get(shop.url + "/healthz", timeout=DEADLINE_S).status_code == 200


def test_stream_cut_without_a_goodbye_gives_its_thread_back(shop: RunningShop) -> None:
    cut = socket.create_connection(("127.0.0.1", shop.server.port))
    cut.sendall(b"GET /kiosk/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    cut.recv(100)
    wait_for(lambda: web_of(shop.app).slots.open == 1)
    cut.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    cut.close()
    wait_for(lambda: web_of(shop.app).slots.open == 0)


def test_asking_for_the_headers_only_takes_no_stream(shop: RunningShop) -> None:
    for _ in range(12):
        assert httpx.head(shop.url + "/kiosk/live", timeout=DEADLINE_S).status_code == 200
    assert web_of(shop.app).slots.open == 0


def test_counter_stream_carries_taps_and_banners(shop: RunningShop) -> None:
    token = shop.desk.sign_in("s1", PIN).token
    with listening(shop, "/cashier/live", counter_session=token) as stream:
        first = json.loads(stream.event()["data"])
        assert (first["sequence"], first["found"], first["banners"].strip()) == (0, "", "")
        shop.board.show("counter", CounterScreen(sequence=1, found="a" * 32, found_name="王晓燕"))
        shown = json.loads(stream.until(lambda event: "event" not in event)["data"])
        assert (shown["sequence"], shown["found"], shown["several"]) == (1, "a" * 32, False)
        assert "王晓燕 刚刚刷卡或扫码。" in shown["other"]
        shop.board.show("counter", CounterScreen(sequence=2, error="card_unknown"))
        shown = json.loads(stream.until(lambda event: "event" not in event)["data"])
        assert "这张卡没有登记。" in shown["alert"]
        assert "请按手机号或姓名查找会员" in shown["alert"]
        shop.board.show("counter", CounterScreen(sequence=3, several=("a" * 32, "b" * 32)))
        shown = json.loads(stream.until(lambda event: "event" not in event)["data"])
        assert (shown["found"], shown["several"]) == ("", True)
        assert "刚刚的卡或码对应不止一位会员。" in shown["other"]


def test_counter_stream_needs_a_sign_in(shop: RunningShop) -> None:
    with listening(shop, "/cashier/live") as stream:
        assert stream.event() == {"event": "signed-out", "data": "{}"}
    assert web_of(shop.app).slots.open == 0


def test_counter_stream_ends_when_the_sign_in_does(shop: RunningShop) -> None:
    token = shop.desk.sign_in("s1", PIN).token
    with listening(shop, "/cashier/live", counter_session=token) as stream:
        stream.event()
        shop.desk.sign_out(token)
        assert stream.until(lambda event: event.get("event") == "signed-out")
        assert stream.event() == {}
    with pytest.raises(Refusal):
        shop.desk.staff(token)


def test_server_stops_within_a_second_or_two_while_pages_are_open(shop: RunningShop) -> None:
    with listening(shop) as stream:
        stream.event()
        began_s = time.monotonic()
        shop.server.stop()
        assert time.monotonic() - began_s < DEADLINE_S
        shop.server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(shop.url + "/healthz", timeout=DEADLINE_S)


def test_word_of_the_tls_unit_about_the_client_counts(shop: RunningShop) -> None:
    forwarded = {"X-Forwarded-For": "192.168.1.20", "X-Forwarded-Proto": "https"}
    assert httpx.get(shop.url + "/kiosk", headers=forwarded, timeout=DEADLINE_S).status_code == 404
    signed_in = httpx.post(
        shop.url + "/cashier/sign-in",
        data={"staff": "s1", "pin": PIN},
        headers={**forwarded, **SAME},
        timeout=DEADLINE_S,
    )
    assert "Secure" in signed_in.headers["Set-Cookie"]


def test_till_refuses_to_listen_on_the_shops_network() -> None:
    shop = open_shop()
    with pytest.raises(ValueError, match="loopback only"):
        serve_at(shop_host="0.0.0.0")
    assert web_of(shop.app).slots.open == 0


def serve_at(shop_host: str) -> None:
    from terminal.kiosk_ui.app import create_app

    shop = open_shop()
    serve(create_app(shop.desk, shop.board, WebSettings(ShopClock(), host=shop_host, port=0)))


def test_port_in_use_is_an_os_error(shop: RunningShop) -> None:
    from terminal.kiosk_ui.app import create_app

    app = create_app(shop.desk, shop.board, WebSettings(ShopClock(), port=shop.server.port))
    with pytest.raises(OSError, match="in use"):
        serve(app)


def test_server_that_never_ran_lets_its_port_go() -> None:
    server = serve(open_shop().app)
    port = server.port
    server.stop()
    socket.create_server(("127.0.0.1", port)).close()


def test_slot_given_back_twice_is_free_once() -> None:
    slots = StreamSlots(1)
    give_back = slots.take()
    assert give_back is not None
    assert slots.take() is None
    give_back()
    give_back()
    assert slots.take() is not None
    assert slots.take() is None
