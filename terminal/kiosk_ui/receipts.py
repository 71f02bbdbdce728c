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

pages = Blueprint("receipts", __name__, url_prefix=PATH)


@pages.get("/recent")
def recent() -> str:
    """Return the list of recent bills."""
    return _list(web().desk.recent(token()))


@pages.post("/reprint")
def reprint() -> str:
    """Queue a marked copy, once per form, and return the list anew."""
    held, action_id = token(), request.form.get("action_id", "")
    if not is_id(action_id):
        raise Refusal("bad_request")
    web().desk.reprint(held, action_id, _job())
    return _list(web().desk.recent(held))


@pages.post("/doubt")
def doubt() -> str:
    """Settle a doubtful slip and return the banners that remain."""
    web().desk.resolve_doubt(token(), _job(), request.form.get("got_it") == "1")
    counter = notices.counter_of(web().board.newest("counter")[1])
    return render_template("cashier/banners.html", counter=counter)


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
