"""Opening the cash drawer from the counter: asked for once more before it happens, in the name of who is signed in."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from markupsafe import Markup

from terminal.base.errors import Refusal
from terminal.base.ids import is_id, new_id
from terminal.kiosk_ui.context import web
from terminal.kiosk_ui.counter_session import PATH, staff, token
from terminal.kiosk_ui.wording import worded

pages = Blueprint("drawer", __name__, url_prefix=PATH)


@pages.get("/drawer")
def ask() -> str:
    """Return the question, with the form that opens the drawer once."""
    return render_template("cashier/drawer.html", staff=staff(), action_id=new_id())


@pages.post("/drawer")
def open_drawer() -> str:
    """Ask for the opening and return what is known of it, which asks again by itself until it ended."""
    action_id = request.form.get("action_id", "")
    if not is_id(action_id):
        raise Refusal("bad_request")
    web().desk.open_drawer(token(), action_id)
    return render_template("cashier/drawer.html", staff=staff(), action_id=action_id, drawer_said=_said(action_id))


@pages.get("/drawer/<action_id>")
def drawer_state(action_id: str) -> str:
    """Return what became of an opening: no drawer says that it moved, but the printer says that it gave the pulse."""
    if not is_id(action_id):
        raise Refusal("bad_request")
    return _said(action_id)


def _said(action_id: str) -> Markup:
    state, code = web().desk.drawer_state(token(), action_id)
    said = worded(code, at_counter=True) if state == "failed" else None
    page = render_template("cashier/drawer_state.html", state=state, said=said, action_id=action_id)
    return Markup(page)  # noqa: S704 - a template of ours
