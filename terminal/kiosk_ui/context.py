"""The parts a request works with, kept by the application they belong to."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, request

from terminal.kiosk_ui import languages
from terminal.kiosk_ui.desk import Desk, LiveBoard, ShopView, TechnicianDesk
from terminal.kiosk_ui.live import StreamSlots
from terminal.kiosk_ui.screens import KioskFragments, screen_of
from terminal.kiosk_ui.settings import WebSettings

_KEY = "counterfoil"
LANGUAGE_COOKIE = "counter_language"


@dataclass(frozen=True, slots=True)
class Web:
    """What `create_app` was given, the limit on live streams, and the flag that ends them at shutdown.

    Without a `technician` there is no page for one. `start` names this start of the till.
    """

    desk: Desk
    board: LiveBoard
    settings: WebSettings
    slots: StreamSlots
    fragments: KioskFragments
    closing: threading.Event
    start: str
    technician: TechnicianDesk | None = None


def attach(app: Flask, web: Web) -> None:
    """Give `app` its parts."""
    app.extensions[_KEY] = web


def web_of(app: Flask) -> Web:
    """Return the parts of `app`."""
    return cast("Web", app.extensions[_KEY])


def web() -> Web:
    """Return the parts of the application that serves this request."""
    return web_of(current_app)


def shop() -> ShopView:
    """Return the shop's name and branch; empty while none was shown on the board."""
    state = web().board.newest("shop")[1]
    return state if isinstance(state, ShopView) else ShopView()


def language_of_request() -> str:
    """Return the language to answer in: the kiosk's own on its paths, else what was chosen here, else the shop's.

    Only a till that has shown no shop yet answers in the language that the browser asks for.
    """
    if request.path.startswith("/kiosk"):
        return languages.known(screen_of(web().board.newest("kiosk")[1]).language)
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in languages.TAGS:
        return chosen
    if (of_the_shop := shop().language) in languages.TAGS:
        return of_the_shop
    return languages.negotiated(request.accept_languages.values())
