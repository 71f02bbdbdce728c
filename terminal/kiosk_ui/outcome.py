"""What became of a top-up or charge whose answer did not reach the page: booked, or not and then what to do with it."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from terminal.base.errors import Refusal
from terminal.base.ids import is_id
from terminal.kiosk_ui.context import web
from terminal.kiosk_ui.counter_session import PATH, search_page, token
from terminal.kiosk_ui.desk import Booked
from terminal.kiosk_ui.member_pages import done_page, preview_page, whole_fen
from terminal.kiosk_ui.wording import worded

pages = Blueprint("outcome", __name__, url_prefix=PATH)

ACTIONS = ("top_up", "charge")


@pages.post("/outcome")
def ask() -> str:
    """Return the page that the lost answer was, or the same preview again under the same action id."""
    action_id, action = _action_id(), request.form.get("action", "")
    account, amount_fen = request.form.get("account", ""), whole_fen(request.form.get("amount_fen", ""))
    if action not in ACTIONS or not is_id(account):
        raise Refusal("bad_request")
    booked = web().desk.outcome(token(), action_id)
    if booked is not None:
        return _booked_page(booked)
    said = worded("not_booked")
    try:
        return preview_page(account, action, amount_fen, said=said, action_id=action_id, unsettled=True)
    except Refusal as refusal:
        if refusal.code == "signed_out":
            raise
        # It was not booked and could not be now (the balance is too small by now, say): nothing is left to confirm.
        why = worded(refusal.code, refusal.values, at_counter=True)
        return render_template("cashier/not_booked.html", said=said, why=why, action_id=action_id)


@pages.post("/outcome/drop")
def drop() -> str:
    """Give the action up and return the empty work area, or what was booked meanwhile."""
    booked = web().desk.drop(token(), _action_id())
    return search_page() if booked is None else _booked_page(booked)


def _booked_page(booked: Booked) -> str:
    return done_page(web().desk.member(token(), booked.account), booked.done)


def _action_id() -> str:
    action_id = request.form.get("action_id", "")
    if not is_id(action_id):
        raise Refusal("bad_request")
    return action_id
