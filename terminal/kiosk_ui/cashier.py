"""The counter: sign-in, its one page, and its live notices."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Flask, Response, current_app, make_response, redirect, render_template, request
from markupsafe import Markup

from terminal.base.errors import Refusal
from terminal.kiosk_ui import languages, live, notices
from terminal.kiosk_ui.context import LANGUAGE_COOKIE, language_of_request, shop, web
from terminal.kiosk_ui.counter_session import (
    PATH,
    SHIFT_COOKIE,
    START_COOKIE,
    TOKEN_COOKIE,
    keys_of,
    staff,
    token,
)
from terminal.kiosk_ui.streaming import stream_response
from terminal.kiosk_ui.wording import Worded, worded
from terminal.services.staff import MANAGER

pages = Blueprint("cashier", __name__, url_prefix=PATH)

# The person who signed in last is offered first, so that one person at one till types the PIN only.
STAFF_COOKIE = "counter_staff"
_REMEMBER_S = 180 * 24 * 3600
PIN_LENGTH_MAX = 12
SHIFT_DIGITS = 9
# What is said of one person's sign-in; it names the person and goes away when another is chosen.
ABOUT_A_PERSON = frozenset({"pin_wrong", "pin_locked"})


@pages.get("")
def page() -> str:
    """Return the counter's page."""
    here = web()
    signed_in = staff()
    version, state = here.board.newest("counter")
    return render_template(
        "cashier/page.html",
        shop=shop(),
        staff=signed_in,
        language=language_of_request(),
        banners=Markup(notices.banners_html(notices.counter_of(state))),  # noqa: S704 - a template of ours
        version=version,
        receipts=here.desk.recent(signed_in.token),
        **keys_of(signed_in),
        manager_page=here.technician is not None and signed_in.role != MANAGER,
    )


@pages.get("/sign-in")
def sign_in_page() -> Response:
    """Return the sign-in page, or lead whoever is signed in to the counter."""
    if request.cookies.get(TOKEN_COOKIE):
        try:
            staff()
        except Refusal:
            return _sign_in_form(request.cookies.get(STAFF_COOKIE, ""), worded(_why_signed_out()), status=200)
        return make_response(redirect(PATH, 303))
    return _sign_in_form(request.cookies.get(STAFF_COOKIE, ""), None)


@pages.post("/sign-in")
def sign_in() -> Response:
    """Sign in with a PIN and go to the counter; a wrong PIN comes back with the words for it."""
    chosen, pin = request.form.get("staff", ""), request.form.get("pin", "")
    if not 0 < len(pin) <= PIN_LENGTH_MAX:
        return _sign_in_form(chosen, worded("pin_missing"))
    try:
        signed_in = web().desk.sign_in(chosen, pin)
    except Refusal as refusal:
        return _sign_in_form(chosen, worded(refusal.code, refusal.values))
    response = make_response(redirect(PATH, 303))
    _set_cookie(response, TOKEN_COOKIE, signed_in.token, None)
    _set_cookie(response, START_COOKIE, web().start, None)
    _set_cookie(response, SHIFT_COOKIE, str(signed_in.shift_no), None)
    _set_cookie(response, STAFF_COOKIE, signed_in.staff_id, _REMEMBER_S)
    return response


@pages.post("/sign-out")
def sign_out() -> Response:
    """Sign out and return to the sign-in page."""
    web().desk.sign_out(token())
    response = make_response(redirect(f"{PATH}/sign-in", 303))
    for name in (TOKEN_COOKIE, START_COOKIE, SHIFT_COOKIE):
        response.delete_cookie(name, path=PATH, httponly=True, samesite="Strict")
    return response


@pages.post("/language")
def language() -> Response:
    """Remember this browser's language for the staff pages."""
    response = make_response(redirect(PATH, 303))
    _set_cookie(response, LANGUAGE_COOKIE, languages.known(request.form.get("language", "")), _REMEMBER_S)
    return response


@pages.get("/live")
def live_notices() -> Response:
    """Return the stream of the counter's notices; it ends with `signed-out` when the sign-in does."""
    try:
        held = staff().token
    except Refusal:
        return Response(live.message("{}", event="signed-out"), mimetype="text/event-stream")
    # The stream outlives the request: it takes the application itself, not the request's view of it.
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001
    renderer = notices.Notices(app, language_of_request())
    return stream_response("counter", renderer.message, _still_signed_in(held))


def _why_signed_out() -> str:
    """Return why a sign-in is over that nobody ended: signing out takes the cookies away."""
    if request.cookies.get(START_COOKIE) != web().start:
        return "till_restarted"
    number = request.cookies.get(SHIFT_COOKIE, "")
    if not (number.isascii() and number.isdigit()) or len(number) > SHIFT_DIGITS:
        return "signed_out"
    over = web().desk.shift_is_over(request.cookies.get(STAFF_COOKIE, ""), int(number))
    return "shift_over" if over else "signed_out"


def _still_signed_in(held: str) -> Callable[[], str | None]:
    desk = web().desk

    def alive() -> str | None:
        return None if desk.still_signed_in(held) else "signed-out"

    return alive


def _sign_in_form(chosen: str, said: Worded | None, status: int = 422) -> Response:
    choices = web().desk.staff_names()
    known = {choice.id: choice.name for choice in choices}
    page = render_template(
        "cashier/sign_in.html",
        shop=shop(),
        choices=choices,
        chosen=chosen if chosen in known else next((choice.id for choice in choices), ""),
        said=said,
        said_of=known.get(chosen, "") if said and said.code in ABOUT_A_PERSON else "",
        language=language_of_request(),
    )
    return make_response(page, status if said else 200)


def _set_cookie(response: Response, name: str, value: str, max_age_s: int | None) -> None:
    response.set_cookie(
        name, value, max_age=max_age_s, path=PATH, httponly=True, samesite="Strict", secure=request.is_secure
    )
