"""The technician's pages that configure devices: add one, change it, find its byte order, remove it.

They write the till's configuration file; what they changed counts from the till's next start, and the technician's
page says so until then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import quote

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from terminal.base.errors import Refusal
from terminal.kiosk_ui.context import language_of_request, shop, web
from terminal.kiosk_ui.counter_session import PATH, from_htmx, refused, token
from terminal.kiosk_ui.desk import DeviceSettings, DeviceSetup, SetUp, TechnicianDesk
from terminal.kiosk_ui.notices import device_name
from terminal.kiosk_ui.wording import worded
from terminal.rules import device_words, setup_words
from terminal.rules.counter import DeviceNotice
from terminal.services.device_desk import TAP_S
from terminal.services.device_proposals import KINDS_OF, Plugged
from terminal.services.device_settings import CHOICES, new_settings

HOME = f"{PATH}/technician"
pages = Blueprint("device_setup", __name__, url_prefix=f"{HOME}/devices")

NAME_CHARS_MAX = 64  # an id has at most 32; the file's reader says what is wrong with a longer one
WHERE_CHARS_MAX = 256
WHERE_MAX = 8
TYPED = "typed"  # the choice beside the field that a path or address is typed into
# What kinds stand beside the likeliest settings: the rest is folded away.
_FIRST: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"printer": ("dots_per_line", "charset", "place"), "display": ("dialect", "place"), "keyboard": ("kind", "place")}
)
_ORDERS = MappingProxyType({"order_as_read": "as-read", "order_reversed": "reversed"})


@pages.get("")
def edit() -> str:
    """Return the form of a device that stands in the file."""
    desk, setup = _parts()
    found = _right(setup)
    return _form(desk, found, _device(found), "edit_title")


@pages.get("/add")
def add() -> str:
    """Return the form of a new device; `kind` is what it is, `name` the path or name that it was found by."""
    desk, setup = _parts()
    kind = _text("kind", NAME_CHARS_MAX) or "printer"
    if kind not in CHOICES:
        raise Refusal("bad_request")
    name = _text("name", WHERE_CHARS_MAX)
    settings = DeviceSettings("", kind, (name,) if name else (), new_settings(kind).values)
    return _form(desk, _right(setup), settings, "add_title")


@pages.post("")
def save() -> AnyResponse:
    """Write a device's settings, or those of a new one, and lead back to the technician's page."""
    _, setup = _parts()
    device, settings = _text("device", NAME_CHARS_MAX), _posted()

    def write() -> None:
        if device:
            setup.change(device, settings, _text("seen", NAME_CHARS_MAX))
        else:
            setup.add(settings, _text("seen", NAME_CHARS_MAX))

    return _written(setup, settings.id, write, device, settings)


@pages.get("/remove")
def ask_removal() -> str:
    """Return the question whether to take a device out of the file."""
    desk, setup = _parts()
    found = _right(setup)
    return render_template("technician/remove.html", **_page(desk, found, "remove_title"), device=_device(found))


@pages.post("/remove")
def remove() -> AnyResponse:
    """Take a device out of the file and lead back to the technician's page."""
    _, setup = _parts()
    device = _text("device", NAME_CHARS_MAX)
    return _written(setup, device, lambda: setup.remove(device, _text("seen", NAME_CHARS_MAX)), device)


@pages.post("/hint")
def hint() -> str:
    """Wait for one card and return which end its printed number begins at, with the offer to write that."""
    desk, setup = _parts()
    language = language_of_request()
    device = _device(_right(setup)).id
    outcome = desk.hint(token(), device, _text("number", NAME_CHARS_MAX))
    # People take their time with a card: what is offered is about the file as it is now.
    found = _right(setup)
    return render_template(
        "technician/hint.html",
        **_words(),
        said=device_words.outcome_words(outcome.code, outcome.values, language),
        code=outcome.code,
        tone=device_words.tone(outcome.code),
        order=_ORDERS.get(outcome.code, ""),
        device=_device(found),
        seen=found.seen,
    )


@pages.post("/order")
def order() -> AnyResponse:
    """Write the byte order that a card showed."""
    _, setup = _parts()
    device = _text("device", NAME_CHARS_MAX)
    before = setup.settings(device)
    settings = DeviceSettings(device, before.kind, before.where, {"byte_order": _text("order", NAME_CHARS_MAX)})
    return _written(setup, device, lambda: setup.change(device, settings, _text("seen", NAME_CHARS_MAX)), device)


def _parts() -> tuple[TechnicianDesk, DeviceSetup]:
    """Return what is asked; anybody but a manager is refused before anything else."""
    desk = web().technician
    setup = desk.setup(token()) if desk is not None else None
    if desk is None or setup is None:
        abort(404)
    return desk, setup


def _right(setup: DeviceSetup) -> SetUp:
    """Return the file as it is by now; all that a page shows of it is from one look."""
    found = setup.look()
    if found.mistakes:
        raise Refusal("config_wrong")
    return found


def _device(found: SetUp) -> DeviceSettings:
    """Return the settings of the device that is asked for."""
    name = _text("device", NAME_CHARS_MAX)
    settings = found.devices.get(name)
    if settings is None:
        raise Refusal("device_unknown", device=name)
    return settings


def _text(name: str, chars_max: int) -> str:
    return request.values.get(name, "").strip()[:chars_max]


def _posted() -> DeviceSettings:
    kind = _text("kind_of_device", NAME_CHARS_MAX)
    if kind not in CHOICES:
        raise Refusal("bad_request")
    chosen = [text[:WHERE_CHARS_MAX] for text in request.form.getlist("where")[:WHERE_MAX]]
    typed = _text("typed", WHERE_CHARS_MAX)
    where = [typed if text == TYPED else text for text in chosen] if chosen else [typed]
    values = {key: _text(key, NAME_CHARS_MAX) for key in CHOICES[kind] if key in request.form}
    return DeviceSettings(_text("id", NAME_CHARS_MAX).lower(), kind, tuple(text for text in where if text), values)


def _written(
    setup: DeviceSetup,
    saved: str,
    write: Callable[[], object],
    device: str = "",
    settings: DeviceSettings | None = None,
) -> AnyResponse:
    """Write and lead back to the technician's page, or say what is wrong beside the form, which stays as filled."""
    try:
        write()
    except Refusal as refusal:
        if refusal.code == "device_setting_wrong":
            return _wrong(str(refusal.values["setting"]), str(refusal.values["reason"]), settings)
        if refusal.code == "config_changed" and from_htmx():
            return _stale(setup, device, settings)
        raise
    address = f"{HOME}?saved={quote(saved)}"
    if from_htmx():
        return Response(status=200, headers={"HX-Redirect": address})
    return redirect(address, 303)


def _wrong(setting: str, reason: str, settings: DeviceSettings | None) -> Response:
    """Say which field is wrong, what it takes, and what the file's reader said of it."""
    if not from_htmx():
        return refused(worded("device_setting_wrong"), 422)
    kind = settings.kind if settings else ""
    part = render_template("technician/wrong.html", **_words(), setting=setting, kind=kind, reason=reason)
    return _alert(part, 422)


def _stale(setup: DeviceSetup, device: str, settings: DeviceSettings | None) -> Response:
    """Say that the file was changed meanwhile, and what of this device is different there; the next press counts."""
    found = _right(setup)
    now = found.devices.get(device)
    differing = []
    # One of another kind has the same name by now: then nothing of the form is of use, and the next press says so.
    if settings and now and settings.kind == now.kind:
        if settings.where != now.where:
            differing.append(("where", ", ".join(now.where)))
        differing += [(key, now.values[key]) for key, value in settings.values.items() if now.values[key] != value]
    shown = {"seen": found.seen, "differing": differing, "filled_in": "id" in request.form}
    return _alert(render_template("technician/stale.html", **_words(), **shown), 409)


def _alert(part: str, status: int) -> Response:
    response = make_response(part, status)
    response.headers["HX-Retarget"] = "#alerts"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def _form(desk: TechnicianDesk, found: SetUp, settings: DeviceSettings, title: str) -> str:
    kind = settings.kind
    fitting = [one for one in found.plugged if kind in KINDS_OF[one.kind]]
    named = {one.name for one in fitting}
    first = [key for key in _FIRST.get(kind, ("place", "byte_order")) if key in CHOICES[kind]]
    in_force = {row.id for row in desk.devices(token())}
    return render_template(
        "technician/device.html",
        **_page(desk, found, title),
        device=settings,
        places=[*(Plugged("", name, name) for name in settings.where if name not in named), *fitting],
        fields=[(key, _options(key, settings)) for key in first],
        more=[(key, _options(key, settings)) for key in CHOICES[kind] if key not in first],
        kinds=_other_kinds(settings, fitting) if title == "add_title" else (),
        many=kind == "keyboard",
        has_hint="byte_order" in CHOICES[kind] and bool(settings.id),
        in_force=settings.id in in_force,
        typed=TYPED,
    )


def _options(key: str, settings: DeviceSettings) -> tuple[str, ...]:
    """Return what a setting may be; a value that the file has is among them though no list names it."""
    known, now = CHOICES[settings.kind][key], settings.values[key]
    return known if now in known else (*known, now)


def _other_kinds(settings: DeviceSettings, found: Sequence[Plugged]) -> tuple[str, ...]:
    """Return what a new device may be: where it was found says which kinds, and one that nobody found is any."""
    return next((KINDS_OF[one.kind] for one in found if one.name in settings.where), tuple(CHOICES))


def _page(desk: TechnicianDesk, found: SetUp, title: str) -> dict[str, object]:
    return {
        **_words(),
        "title": title,
        "shop": shop(),
        "staff": desk.signed_in(token()),
        "language": language_of_request(),
        "seen": found.seen,
        "home": HOME,
        "here": request.full_path.rstrip("?"),
    }


def _words() -> dict[str, object]:
    """Return what the templates word kinds, settings and values with, in the request's language."""
    language = language_of_request()

    def name_of(device: DeviceSettings) -> str:
        kind = device.values.get("kind") or {"pn532": "reader"}.get(device.kind, device.kind)
        return device_name(DeviceNotice(device.id, "", kind, device.values["place"]))

    return {
        "say": lambda phrase, **values: setup_words.said(phrase, language, **values),
        "kind_name": lambda kind: setup_words.kind_name(kind, language),
        "label": lambda key: setup_words.label(key, language),
        "value_name": lambda key, value: setup_words.value_name(key, value, language),
        "field_hint": lambda key, kind: setup_words.hint(key, kind, language),
        "waiting_hint": device_words.waiting_words("reader", int(TAP_S), language),
        "name_of": name_of,
    }


def setup_context(desk: TechnicianDesk) -> dict[str, object]:
    """Return what the technician's page shows of the configuration: what is plugged in, and what waits for a start."""
    setup = desk.setup(token())
    if setup is None:
        return {"setup": None}
    words = _words()
    try:
        found = setup.look()
    except Refusal as refusal:
        found = SetUp("", False, {}, mistakes=(worded(refusal.code, refusal.values, at_counter=True).sentence,))
    saved = request.args.get("saved", "")[:NAME_CHARS_MAX]
    kinds = {one.kind: KINDS_OF[one.kind][0] for one in found.plugged}
    return {
        "setup": found,
        "likeliest": kinds,
        "saved": saved if any(saved == one.device for one in found.waiting) else "",
        **{key: words[key] for key in ("say", "kind_name")},
    }
