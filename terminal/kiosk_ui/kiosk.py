"""The customer's page: one page, one live stream, and the actions its buttons ask for."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request

from terminal.base.errors import Refusal
from terminal.base.ids import is_id
from terminal.kiosk_ui import guard, languages
from terminal.kiosk_ui.context import shop, web
from terminal.kiosk_ui.screens import screen_of
from terminal.kiosk_ui.streaming import stream_response
from terminal.kiosk_ui.wording import Worded
from terminal.rules.kiosk import LANGUAGES

pages = Blueprint("kiosk", __name__, url_prefix="/kiosk")


@pages.before_request
def only_from_this_machine() -> None:
    """Hide the kiosk from the shop's network: it belongs to the screen this till is wired to."""
    if not guard.from_this_machine(request):
        abort(404)


@pages.get("")
def page() -> str:
    """Return the page; its stream brings the state, and with it a member's data, if any."""
    here = web()
    screen = screen_of(here.board.newest("kiosk")[1])
    language = languages.known(screen.language)
    return render_template(
        "kiosk/page.html",
        offline=here.fragments.offline_words(),
        shop=shop(),
        fragment=here.fragments.public_html(screen),
        screen=screen,
        language=language,
    )


@pages.get("/live")
def live() -> Response:
    """Return the stream of whole screen fragments."""
    return stream_response("kiosk", web().fragments.message, lambda: None)


@pages.post("/language")
def language() -> Response:
    """Switch the kiosk's language."""
    wanted = request.form.get("language", "")
    if wanted not in LANGUAGES:
        raise Refusal("bad_request")
    web().desk.kiosk_language(wanted)
    return _done()


@pages.post("/contrast")
def contrast() -> Response:
    """Switch the high-contrast theme."""
    web().desk.kiosk_contrast(request.form.get("on") == "1")
    return _done()


@pages.post("/finish")
def finish() -> Response:
    """End the session."""
    web().desk.kiosk_finish(request.form.get("session", ""))
    return _done()


@pages.post("/extend")
def extend() -> Response:
    """Give the session its whole time again."""
    web().desk.kiosk_extend(request.form.get("session", ""))
    return _done()


@pages.post("/print")
def print_slip() -> Response:
    """Queue a balance slip under the action id that the page chose before it asked."""
    action_id = request.form.get("action_id", "")
    if not is_id(action_id):
        raise Refusal("bad_request")
    web().desk.kiosk_print(request.form.get("session", ""), action_id)
    return _done()


@pages.post("/dismiss")
def dismiss() -> Response:
    """Leave a success or error screen."""
    web().desk.kiosk_dismiss()
    return _done()


def refused(said: Worded, status: int) -> Response:
    """Return a refusal for the page's script to show."""
    return make_response(jsonify(code=said.code, text=said.sentence), status)


def _done() -> Response:
    # The change itself comes back over the stream, to this page as to every other.
    return Response(status=204)
