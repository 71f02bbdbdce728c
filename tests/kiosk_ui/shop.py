"""A whole web layer over the stand-in till, for tests that ask it by client, socket or browser."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import functools
import threading
import time
from dataclasses import dataclass

from flask import Flask

from terminal.base.clock import CUTOVER_MIN
from terminal.base.ids import new_id
from terminal.kiosk_ui.app import create_app
from terminal.kiosk_ui.context import attach, web_of
from terminal.kiosk_ui.desk import ShopView
from terminal.kiosk_ui.live import StreamSlots
from terminal.kiosk_ui.screens import KioskFragments
from terminal.kiosk_ui.server import WebServer, serve
from terminal.kiosk_ui.settings import WebSettings
from terminal.rules.counter import CounterScreen
from terminal.rules.kiosk import KioskScreen, MemberPanel, PassView
from terminal.runtime.board import Board
from tests.kiosk_ui.fake_desk import INITIALS, FakeDesk, demo_members
from tests.kiosk_ui.fake_technician import FakeTechnician

AFTERNOON = dt.datetime(2026, 11, 21, 14, 32, 5, tzinfo=dt.UTC)


class ShopClock:
    """A wall clock that stands at 14:32 unless moved, over the real monotonic time."""

    cutover_min = CUTOVER_MIN

    def __init__(self) -> None:
        self.at = AFTERNOON

    def now_ms(self) -> int:
        return int(self.at.timestamp() * 1000)

    def local(self, at_ms: int) -> dt.datetime:
        return dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)

    def trusted(self) -> bool:
        return True

    def monotonic_s(self) -> float:
        return time.monotonic()


@dataclass
class Shop:
    """Everything a test of the pages may touch."""

    app: Flask
    desk: FakeDesk
    board: Board
    clock: ShopClock


@dataclass
class RunningShop(Shop):
    """The same, behind a real server."""

    server: WebServer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"


@functools.cache
def _compiled() -> Flask:
    """Return a web layer whose routes and templates serve all shops: compiling them takes longer than most tests."""
    board, clock = Board(), ShopClock()
    desk = FakeDesk(board, clock, demo_members())
    return create_app(desk, board, WebSettings(clock, port=0), FakeTechnician(desk))


def open_shop(heartbeat_s: float = 10.0, slice_s: float = 0.05, streams_max: int = 10) -> Shop:
    """Return the web layer over three demo members, the kiosk idle."""
    board, clock = Board(), ShopClock()
    desk = FakeDesk(board, clock, demo_members())
    desk.book.initials = dict(INITIALS)
    board.show("shop", ShopView("兰亭美业", "静安店"))
    board.show("kiosk", KioskScreen())
    board.show("counter", CounterScreen())
    settings = WebSettings(clock, port=0, heartbeat_s=heartbeat_s, slice_s=slice_s, streams_max=streams_max)
    app = copy.copy(_compiled())
    app.extensions = dict(app.extensions)
    parts = dataclasses.replace(
        web_of(app),
        desk=desk,
        board=board,
        settings=settings,
        slots=StreamSlots(streams_max),
        fragments=KioskFragments(app, board, clock),
        closing=threading.Event(),
        start=new_id(),
        technician=FakeTechnician(desk),
    )
    attach(app, parts)
    return Shop(app, desk, board, clock)


def run_shop(shop: Shop) -> RunningShop:
    """Return the shop behind waitress on a free port, serving."""
    server = serve(shop.app)
    server.start()
    return RunningShop(shop.app, shop.desk, shop.board, shop.clock, server)


PANEL = MemberPanel(
    surname="王",
    title="ms",
    masked_name="王女士",
    level="金卡会员",
    points=5240,
    balance_fen=138_224,
    card_tail="8821",
    phone_tail="5678",
    passes=(PassView("头皮深层护理", 6, 10), PassView("水光焕肤", 2, 5)),
)


def member_screen(language: str = "zh_CN", left_s: float = 28.0, panel: MemberPanel = PANEL) -> KioskScreen:
    """Return a member's session that ends `left_s` from now."""
    return KioskScreen(
        name="member", language=language, panel=panel, session="s" * 32, ends_at_s=time.monotonic() + left_s
    )
