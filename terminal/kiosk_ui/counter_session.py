"""Who is at the counter, and how a refusal reaches them."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request

from terminal.base.errors import Refusal
from terminal.kiosk_ui.context import language_of_request, shop, web
from terminal.kiosk_ui.desk import SignedIn
from terminal.kiosk_ui.wording import Worded
from terminal.services.staff import MANAGER

TOKEN_COOKIE = "counter_session"  # noqa: S105 - the cookie's name, not its content
# Which start of the till the sign-in was made in: one that ended by itself is told from one that a restart ended.
START_COOKIE = "counter_start"
# Whose shift it was, and its number: a sign-in that ended with its shift is told from one that was left alone.
SHIFT_COOKIE = "counter_shift"
PATH = "/cashier"


def token() -> str:
    """Return the sign-in that the browser's cookie names; refused as `signed_out` without one."""
    found = request.cookies.get(TOKEN_COOKIE, "")
    if not found:
        raise Refusal("signed_out")
    return found


def staff() -> SignedIn:
    """Return who is signed in; refused as `signed_out`."""
    return web().desk.staff(token())


def search_page() -> str:
    """Return the empty work area: what can be typed, scanned or tapped, and by which keys."""
    return render_template("cashier/search.html", **keys_of(staff()))


def keys_of(signed_in: SignedIn) -> dict[str, bool]:
    """Return which keys of the bar do something for whoever is signed in: of the drawer, of the technician's page."""
    here = web()
    manages = here.technician is not None and signed_in.role == MANAGER
    return {"drawer": here.desk.has_drawer(), "technician": manages}


def from_htmx() -> bool:
    """Tell whether a part of a page is asked for, not a page."""
    return request.headers.get("HX-Request") == "true"


def to_sign_in() -> Response:
    """Lead the browser to the sign-in page."""
    if from_htmx():
        return Response(status=200, headers={"HX-Redirect": f"{PATH}/sign-in"})
    return make_response(redirect(f"{PATH}/sign-in", 303))


def refused(said: Worded, status: int) -> Response:
    """Show a refusal: beside the work, which stays as it was typed, or as a page where a page was asked for."""
    if from_htmx():
        response = make_response(render_template("cashier/alert.html", said=said), status)
        response.headers["HX-Retarget"] = "#alerts"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    page = render_template("problem.html", said=said, shop=shop(), language=language_of_request())
    return make_response(page, status)
