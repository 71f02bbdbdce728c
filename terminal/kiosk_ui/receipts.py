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
PRINTED = "printed"
BILL_NO_MAX = 40

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
    # What is said is of the slip that waits, or of its copy: it is followed until that is printed.
    followed = job if waiting else desk.reprint(held, action_id, job)
    bill_no, state = slip.bill_no if slip else "", desk.slip_state(held, followed)
    said = render_template("cashier/reprint_said.html", job=followed, copy=not waiting, bill_no=bill_no, state=state)
    return _list(desk.recent(held)) + said


@pages.get("/reprinted/<int:job>")
def reprinted(job: int) -> str:
    """Return what is said of a slip that was asked for again; it asks by itself until the slip is on its way no more.

    A slip in doubt has a banner of its own, and one that was cancelled comes no more: nothing is said of either.
    """
    bill_no, state = request.args.get("bill_no", "")[:BILL_NO_MAX], web().desk.slip_state(token(), job)
    if state not in (*WAITING, PRINTED):
        return ""
    copy = request.args.get("copy") == "1"
    return render_template("cashier/reprinted.html", job=job, copy=copy, bill_no=bill_no, state=state)


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
