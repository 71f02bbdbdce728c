"""The counter's notices as HTML: doubtful slips, devices in trouble, and who was just tapped or scanned."""

from __future__ import annotations

import json

from flask import Flask, render_template
from flask_babel import force_locale

from terminal.kiosk_ui.formats import gettext
from terminal.kiosk_ui.wording import ABOUT_A_CARD, ABOUT_A_CODE, N_, worded
from terminal.rules.counter import CounterScreen, DeviceNotice

_DEVICES = {
    ("reader", "counter"): N_("前台读卡器"),
    ("reader", "kiosk"): N_("会员屏读卡器"),
    ("readers", ""): N_("读卡服务"),
    ("scanner", "counter"): N_("前台扫码枪"),
    ("scanner", "kiosk"): N_("会员屏扫码枪"),
    ("display", "counter"): N_("前台客显屏"),
    ("display", "kiosk"): N_("会员屏客显屏"),
    ("printer", "counter"): N_("前台小票打印机"),
    ("printer", "kiosk"): N_("会员屏小票打印机"),
}

# Troubles of a lost device that cables and power do not mend.
_OWN_WORDS = frozenset({"driver_bug", "printer_silent"})


class Notices:
    """Renders the counter's state for one page in that page's language."""

    def __init__(self, app: Flask, language: str) -> None:
        """Render with `app`'s templates in `language`."""
        self._app = app
        self._language = language

    def message(self, version: int, state: object) -> str:
        """Return the JSON text of a live message."""
        counter = counter_of(state)
        with self._app.app_context(), force_locale(self._language):
            banners = banners_html(counter)
            alert, alert_open = _alerts(counter.error) if counter.error else ("", "")
            other = (
                render_template("cashier/other.html", name=counter.found_name)
                if counter.found or counter.several
                else ""
            )
        return json.dumps(
            {
                "version": version,
                "sequence": counter.sequence,
                "slips": counter.slips,
                "found": counter.found,
                "several": bool(counter.several),
                "other": other,
                "banners": banners,
                "alert": alert,
                "alert_open": alert_open,
            }
        )


def _alerts(code: str) -> tuple[str, str]:
    """Return what is said of a tap or scan that failed: to a page without a member, and to one with a member open.

    The second says that it is not about that member; only the page knows who that is and adds the name.
    """
    alert = render_template("cashier/alert.html", said=worded(code, at_counter=True))
    about = "card" if code in ABOUT_A_CARD else "code" if code in ABOUT_A_CODE else ""
    if not about:
        return alert, alert
    said = worded(code, at_counter=True, member_open=True)
    return alert, render_template("cashier/alert_open.html", said=said, about=about)


def banners_html(counter: CounterScreen) -> str:
    """Return the banners in the language of the moment; all devices of one trouble share one banner."""
    troubles: dict[str, list[DeviceNotice]] = {}
    for device in counter.devices:
        troubles.setdefault(device.code if device.code in _OWN_WORDS else "device_lost", []).append(device)
    names = [device_name(device) for device in counter.devices]

    def told_apart(device: DeviceNotice) -> str:
        # Two readers at one place have one name: then the id says which plug to look at.
        name = device_name(device)
        return f"{name} ({device.device})" if names.count(name) > 1 else name

    return render_template("cashier/banners.html", counter=counter, troubles=troubles, device_name=told_apart)


def device_name(device: DeviceNotice) -> str:
    """Return what people call a device, in the language of the moment; its id where it is none we know."""
    words = _DEVICES.get((device.kind, device.place))
    return gettext(words) if words else device.device


def counter_of(state: object) -> CounterScreen:
    """Return the state as the counter's notices; none before the till has shown any."""
    return state if isinstance(state, CounterScreen) else CounterScreen()
