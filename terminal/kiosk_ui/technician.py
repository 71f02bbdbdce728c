"""The technician's page: devices with their troubles, what could be added, and the self-check; for managers.

It stands below the counter's address, where the browser sends the counter's sign-in.
"""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from terminal.kiosk_ui.context import language_of_request, shop, web
from terminal.kiosk_ui.counter_session import PATH, token
from terminal.kiosk_ui.desk import DeviceRow, TechnicianDesk
from terminal.kiosk_ui.device_setup import setup_context
from terminal.kiosk_ui.notices import device_name
from terminal.rules import device_words, doctor_words, fault_words
from terminal.rules.counter import DeviceNotice
from terminal.services.device_desk import TAP_S

pages = Blueprint("technician", __name__, url_prefix=f"{PATH}/technician")

DEVICE_CHARS_MAX = 200  # PC/SC names a reader with at most 127


@pages.get("")
def page() -> str:
    """Return the page."""
    desk, held = _desk(), token()
    return render_template(
        "technician/page.html",
        shop=shop(),
        staff=desk.signed_in(held),
        language=language_of_request(),
        devices=desk.devices(held),
        **_words(),
        **setup_context(desk),
    )


@pages.get("/states")
def states() -> str:
    """Return the state of each device, to be put in its place on the page."""
    return render_template("technician/states.html", devices=_desk().look(token()), **_words())


@pages.post("/test")
def test() -> str:
    """Try a device and return what it showed; waits until then."""
    language = language_of_request()
    device = request.form.get("device", "")[:DEVICE_CHARS_MAX]
    outcome = _desk().test(token(), device, language)
    said = device_words.outcome_words(outcome.code, outcome.values, language)
    return render_template(
        "technician/outcome.html", said=said, code=outcome.code, tone=device_words.tone(outcome.code)
    )


@pages.post("/check")
def check() -> str:
    """Return the self-check, made now."""
    desk, held = _desk(), token()
    names = {row.id: _name(row) for row in desk.devices(held)}
    return render_template("technician/checks.html", checks=desk.self_check(held), names=names, **_words())


@pages.post("/check/print")
def print_check() -> str:
    """Print the self-check and return the words for it."""
    _desk().print_self_check(token(), language_of_request())
    return render_template("technician/printing.html")


def _desk() -> TechnicianDesk:
    desk = web().technician
    if desk is None:
        abort(404)
    return desk


def _words() -> dict[str, object]:
    """Return what the templates put troubles and devices into words with, in the request's language."""
    language = language_of_request()

    def remedy(code: str, values: dict[str, object] | None = None) -> str:
        # A printer's own troubles have words of the printer test; a device's are the self-check's.
        if code in device_words.OUTCOMES:
            return device_words.outcome_words(code, values or {}, language)
        return doctor_words.remedy(code, values or {}, language)

    return {
        "remedy": remedy,
        "name_of": _name,
        "slug": lambda name: name.encode().hex(),
        "was": lambda code: fault_words.fault_was(code, language),
        "before": lambda kind: device_words.before_words(kind, language),
        "waiting": lambda kind: device_words.waiting_words(kind, int(TAP_S), language),
        "check_name": lambda code: doctor_words.check_name(code, language),
        "mark": lambda trouble: doctor_words.mark(trouble, language),
        "summary": lambda count: doctor_words.phrase(
            doctor_words.TO_MEND if count else doctor_words.ALL_WELL, language, count=count
        ),
    }


def _name(row: DeviceRow) -> str:
    return device_name(DeviceNotice(row.id, row.code, row.kind or "readers", row.place))
