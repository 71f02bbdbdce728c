"""Opening the cash drawer from the counter: asked for once more before it happens, in the name of who is signed in."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from terminal.base.errors import Refusal
from terminal.base.ids import is_id, new_id
from terminal.kiosk_ui.context import web
from terminal.kiosk_ui.counter_session import PATH, staff, token

pages = Blueprint("drawer", __name__, url_prefix=PATH)


@pages.get("/drawer")
def ask() -> str:
    """Return the question, with the form that opens the drawer once."""
    return render_template("cashier/drawer.html", staff=staff(), action_id=new_id(), sent=False)


@pages.post("/drawer")
def open_drawer() -> str:
    """Ask for the opening; whether the drawer moved, the cashier sees, and a failure is told by the live notices."""
    action_id = request.form.get("action_id", "")
    if not is_id(action_id):
        raise Refusal("bad_request")
    web().desk.open_drawer(token(), action_id)
    return render_template("cashier/drawer.html", staff=staff(), action_id=action_id, sent=True)
