"""Finding a member, topping up and charging: each step is a part of the counter's page."""

from __future__ import annotations

import re

from flask import Blueprint, Response, make_response, render_template, request

from terminal.base.errors import Refusal
from terminal.base.ids import is_id, new_id
from terminal.base.money import FEN_MAX, format_yuan, parse_yuan
from terminal.kiosk_ui import notices
from terminal.kiosk_ui.context import web
from terminal.kiosk_ui.counter_session import PATH, search_page, token
from terminal.kiosk_ui.desk import ChargePreview, CounterMember, Done
from terminal.kiosk_ui.wording import Worded, worded

pages = Blueprint("members", __name__, url_prefix=PATH)

SEARCH_LENGTH_MAX = 200
PHONE_LENGTH = 11
KEY_DIGITS = 32  # stands for all that a preview showed
PHONE_TAIL, PHOTO, PIN = WAYS = ("phone_tail", "photo", "pin")
# By which key the cashier chooses each.
KEYS = {PHONE_TAIL: "1", PHOTO: "2", PIN: "3"}
_PIN = re.compile(r"[0-9]{4,6}")
# What was shown is not, or no longer, enough: the page asks again, for what would be.
_NOT_ENOUGH = ("factor_", "member_pin_locked", "member_pin_missing")


@pages.get("/search")
def search() -> str:
    """Return the empty work area: what can be typed, scanned or tapped."""
    return search_page()


@pages.post("/find")
def find() -> Response:
    """Return the members that a text finds; asked for with Enter, the only hit is opened at once.

    The text is posted, not part of the address: it may be a phone number, and addresses end up in logs.
    """
    held, text = token(), request.form.get("text", "").strip()[:SEARCH_LENGTH_MAX]
    if not text:
        return make_response(search_page())
    hits = web().desk.find_members(held, text)
    if len(hits) == 1 and request.form.get("enter") == "1":
        return make_response(_member_page(held, hits[0].account))
    # A number that several share tells nothing of who is meant: nobody is chosen until the cashier does it.
    shared = len(hits) > 1 and any(letter.isdigit() for letter in text)
    # Nobody is found for half a number either: that is said once the cashier is done typing it.
    typed_out = request.form.get("enter") == "1" or len(text) >= PHONE_LENGTH
    return make_response(render_template("cashier/results.html", hits=hits, shared=shared, typed_out=typed_out))


@pages.post("/scan")
def scan() -> Response:
    """Take a code that a scanner typed into the page as one of the till's own scanners; the live notices answer."""
    web().desk.scanned(token(), request.form.get("text", "")[:SEARCH_LENGTH_MAX])
    return Response(status=204)


@pages.get("/several")
def several() -> str:
    """Return the members that the newest tap or scan led to, none of them chosen."""
    counter = notices.counter_of(web().board.newest("counter")[1])
    hits = web().desk.list_members(token(), counter.several)
    return render_template("cashier/results.html", hits=hits, shared=True, typed_out=True)


@pages.get("/members/<account>")
def member(account: str) -> str:
    """Return one member with the two things that can be done."""
    return _member_page(token(), account)


@pages.get("/members/<account>/<any(top_up, charge):action>")
def amount_form(account: str, action: str) -> str:
    """Return the amount field of a top-up or charge."""
    found = web().desk.member(token(), account)
    amount_fen = request.args.get("amount_fen", default=0, type=int)
    typed = format_yuan(amount_fen).replace(",", "").removesuffix(".00") if 0 < amount_fen <= FEN_MAX else ""
    return render_template("cashier/amount.html", member=found, action=action, typed=typed)


@pages.post("/members/<account>/<any(top_up, charge):action>/preview")
def preview(account: str, action: str) -> str:
    """Return what the action would do, and the form that does it once."""
    amount_fen = _typed_amount(request.form.get("amount", ""))
    return preview_page(account, action, amount_fen)


@pages.post("/members/<account>/top_up")
def top_up(account: str) -> str:
    """Post the top-up that was previewed."""
    action_id, amount_fen = _action_of_form()
    expected_bonus_fen = whole_fen(request.form.get("bonus_fen", ""))
    found = web().desk.member(token(), account)
    try:
        key = request.form.get("key", "")[:KEY_DIGITS]
        done = web().desk.top_up(token(), action_id, account, amount_fen, expected_bonus_fen, key)
    except Refusal as refusal:
        if refusal.code != "bonus_changed":
            return _done_before(refusal, action_id)
        # Nothing was posted: the cashier sees the new bonus and confirms again, as an action of its own.
        return preview_page(account, "top_up", amount_fen, said=worded(refusal.code, refusal.values))
    return done_page(found, done)


@pages.post("/members/<account>/charge")
def charge(account: str) -> str:
    """Post the charge that was previewed, with how the member was known or the PIN they typed."""
    action_id, amount_fen = _action_of_form()
    confirmed, pin = request.form.get("confirmed", ""), request.form.get("pin", "")
    # Half a PIN is no try that would count.
    if confirmed == PIN and not _PIN.fullmatch(pin):
        raise Refusal("pin_missing")
    if confirmed not in WAYS and request.form.get("asks"):
        raise Refusal("confirmation_missing")
    found = web().desk.member(token(), account)
    try:
        done = web().desk.charge(token(), action_id, account, amount_fen, confirmed, pin if confirmed == PIN else "")
    except Refusal as refusal:
        if not refusal.code.startswith(_NOT_ENOUGH):
            return _done_before(refusal, action_id)
        # Nothing was posted. The form keeps its action: the same request may still be on its way.
        said = worded(refusal.code, refusal.values, at_counter=True)
        is_open = bool(request.form.get("unsettled"))
        return preview_page(account, "charge", amount_fen, said=said, action_id=action_id, unsettled=is_open)
    return done_page(found, done)


def _member_page(held: str, account: str) -> str:
    return render_template("cashier/member.html", member=web().desk.member(held, account))


def preview_page(
    account: str,
    action: str,
    amount_fen: int,
    *,
    said: Worded | None = None,
    action_id: str = "",
    unsettled: bool = False,
) -> str:
    """Return what an action would do, with the form that does it once and, above it, what there is to be `said`.

    `action_id` is that of a confirmed action that was not booked, which the form carries again; `unsettled`: its
    answer was lost, and leaving the form gives the action up.
    """
    desk, held = web().desk, token()
    found = desk.member(held, account)
    seen = (
        desk.preview_top_up(held, account, amount_fen)
        if action == "top_up"
        else desk.preview_charge(held, account, amount_fen)
    )
    return render_template(
        "cashier/preview.html",
        member=found,
        action=action,
        seen=seen,
        action_id=action_id or new_id(),
        said=said,
        unsettled=unsettled,
        keys=KEYS,
        ask_keys=[KEYS[way] for way in seen.needs.ways] if isinstance(seen, ChargePreview) else [],
    )


def done_page(found: CounterMember, done: Done) -> str:
    """Return what an action booked, with what the member has now and the state of the slip."""
    return render_template("cashier/done.html", done=done, member=found, state=_print_state(done.print_job))


def _done_before(refusal: Refusal, action_id: str) -> str:
    """Return what an action booked that is confirmed again in other words; any other refusal is raised again.

    An answer that was lost comes back as "not booked" when the request was still on its way: the cashier may then have
    confirmed the charge by photo that was booked, a moment later, by phone.
    """
    booked = web().desk.outcome(token(), action_id) if refusal.code == "action_conflict" else None
    if booked is None:
        raise refusal
    return done_page(web().desk.member(token(), booked.account), booked.done)


def _print_state(job: int | None) -> str:
    if job is None:
        return ""
    return next((receipt.print_state for receipt in web().desk.recent(token()) if receipt.job == job), "queued")


def _typed_amount(text: str) -> int:
    try:
        amount_fen = parse_yuan(text)
    except ValueError:
        raise Refusal("amount_bad") from None
    if amount_fen <= 0:
        raise Refusal("amount_bad")
    return amount_fen


def _action_of_form() -> tuple[str, int]:
    action_id = request.form.get("action_id", "")
    amount_fen = whole_fen(request.form.get("amount_fen", ""))
    if not is_id(action_id) or amount_fen == 0:
        raise Refusal("bad_request")
    return action_id, amount_fen


def whole_fen(text: str) -> int:
    """Return the amount a form's own field carries; refused as `bad_request` when a page of ours did not write it."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(FEN_MAX)) or int(text) > FEN_MAX:
        raise Refusal("bad_request")
    return int(text)
