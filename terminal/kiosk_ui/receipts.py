"""The counter's recent bills: their print state, reprints, and answers to doubtful slips."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, render_template, request

from terminal.base.errors import Refusal
from terminal.base.ids import is_id
from terminal.kiosk_ui import notices
from terminal.kiosk_ui.context import web
from terminal.kiosk_ui.counter_session import PATH, token
from terminal.kiosk_ui.desk import Receipt

WAITING = ("queued", "sending")

pages = Blueprint("receipts", __name__, url_prefix=PATH)


@pages.get("/recent")
def recent() -> str:
    """Return the list of recent bills."""
    return _list(web().desk.recent(token()))


@pages.post("/reprint")
def reprint() -> str:
    """Queue a marked copy, once per form, and return the list anew with a word on what happens.

    A slip that still waits gets no copy: it will come by itself.
    """
    held, action_id = token(), request.form.get("action_id", "")
    if not is_id(action_id):
        raise Refusal("bad_request")
    job, desk = _job(), web().desk
    slip = next((receipt for receipt in desk.recent(held) if receipt.job == job), None)
    waiting = slip is not None and slip.print_state in WAITING
    if not waiting:
        desk.reprint(held, action_id, job)
    said = render_template("cashier/reprinted.html", waiting=waiting, bill_no=slip.bill_no if slip else "")
    return _list(desk.recent(held)) + said


@pages.post("/doubt")
def doubt() -> str:
    """Settle a doubtful slip and return the banners that remain."""
    web().desk.resolve_doubt(token(), _job(), request.form.get("got_it") == "1")
    return notices.banners_html(notices.counter_of(web().board.newest("counter")[1]))


@pages.get("/print-state/<int:job>")
def print_state(job: int) -> Response:
    """Return the print state of one slip, which asks again by itself while it is on its way."""
    found = next((receipt for receipt in web().desk.recent(token()) if receipt.job == job), None)
    state = found.print_state if found else ""
    return make_response(render_template("cashier/print_state.html", job=job, state=state))


def _list(receipts: Sequence[Receipt]) -> str:
    return render_template("cashier/recent.html", receipts=receipts)


def _job() -> int:
    text = request.form.get("job", "")
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Refusal("bad_request")
    return int(text)
