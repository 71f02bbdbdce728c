"""The application: pages of the kiosk and the counter over a desk and a board."""

from __future__ import annotations

import threading
from pathlib import Path

from flask import Flask, Response, make_response, request
from flask_babel import Babel
from werkzeug.exceptions import HTTPException

from terminal.base.errors import Overloaded, Refusal
from terminal.base.ids import new_id
from terminal.kiosk_ui import (
    cashier,
    counter_session,
    device_setup,
    drawer,
    formats,
    guard,
    kiosk,
    languages,
    member_pages,
    outcome,
    receipts,
    system,
    technician,
    wording,
)
from terminal.kiosk_ui.context import Web, attach, language_of_request, web_of
from terminal.kiosk_ui.desk import Desk, LiveBoard, TechnicianDesk
from terminal.kiosk_ui.live import StreamSlots
from terminal.kiosk_ui.screens import KioskFragments
from terminal.kiosk_ui.settings import WebSettings

_HTTP_CODES = {400: "bad_request", 403: "cross_site", 404: "not_found", 405: "not_found", 413: "bad_request"}


def create_app(
    desk: Desk, board: LiveBoard, settings: WebSettings, technician_desk: TechnicianDesk | None = None
) -> Flask:
    """Return the pages, ready to be served by `serve`; nothing is read from disk but templates and words."""
    app = Flask("terminal.kiosk_ui", root_path=str(Path(__file__).parent))
    app.config.update(
        MAX_CONTENT_LENGTH=guard.BODY_BYTES_MAX,
        MAX_FORM_PARTS=32,
        TRUSTED_HOSTS=list(settings.trusted_hosts),
        BABEL_DEFAULT_LOCALE=languages.DEFAULT,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    Babel(app, locale_selector=language_of_request)
    fragments = KioskFragments(app, board, settings.clock)
    slots = StreamSlots(settings.streams_max)
    attach(app, Web(desk, board, settings, slots, fragments, threading.Event(), new_id(), technician_desk))
    _add_words(app)
    for room in (kiosk, cashier, member_pages, outcome, receipts, drawer, technician, device_setup, system):
        app.register_blueprint(room.pages)
    app.before_request(_check_request)
    app.after_request(_harden)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(Overloaded, _overloaded)
    app.register_error_handler(HTTPException, _http_error)
    return app


def stop_streams(app: Flask) -> None:
    """End every live stream within a second, so that their threads are free for a clean stop."""
    web_of(app).closing.set()


def _add_words(app: Flask) -> None:
    app.jinja_env.filters.update(yuan=formats.yuan, money=formats.money, count=formats.count)
    app.jinja_env.filters.update(phrases=formats.phrases, person=formats.person)
    app.jinja_env.globals.update(languages=languages, worded=wording.worded, new_id=new_id)


def _check_request() -> None:
    guard.check_same_origin(request)


def _harden(response: Response) -> Response:
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "no-cache"
    return guard.harden(response)


def _refused(refusal: Refusal) -> Response:
    """Answer a refusal in words: as JSON to the kiosk's script, as a fragment or page to the staff."""
    status = 403 if refusal.code in {"cross_site", "manager_only"} else 422
    at_kiosk = request.path.startswith("/kiosk")
    said = wording.worded(refusal.code, refusal.values, at_counter=not at_kiosk)
    if at_kiosk:
        return kiosk.refused(said, status)
    if refusal.code == "signed_out":
        return counter_session.to_sign_in()
    return counter_session.refused(said, status)


def _overloaded(_fault: Overloaded) -> Response:
    said = wording.worded("busy_try_again")
    if request.path.startswith("/kiosk"):
        return kiosk.refused(said, 503)
    return counter_session.refused(said, 503)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    said = wording.worded(_HTTP_CODES.get(status, "server_error"))
    if request.path.startswith("/kiosk"):
        return kiosk.refused(said, status)
    return counter_session.refused(said, status)
