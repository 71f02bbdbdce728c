"""The counter's notices as HTML: doubtful slips, devices in trouble, and who was just tapped or scanned."""

from __future__ import annotations

import json

from flask import Flask, render_template
from flask_babel import force_locale

from terminal.kiosk_ui.formats import gettext
from terminal.kiosk_ui.wording import N_, worded
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
            said = worded(counter.error, at_counter=True) if counter.error else None
            alert = render_template("cashier/alert.html", said=said) if said else ""
            other = (
                render_template("cashier/other.html", name=counter.found_name)
                if counter.found or counter.several
                else ""
            )
        return json.dumps(
            {
                "version": version,
                "sequence": counter.sequence,
                "found": counter.found,
                "several": bool(counter.several),
                "other": other,
                "banners": banners,
                "alert": alert,
            }
        )


def banners_html(counter: CounterScreen) -> str:
    """Return the banners in the language of the moment; all devices of one trouble share one banner."""
    troubles: dict[str, list[DeviceNotice]] = {}
    for device in counter.devices:
        troubles.setdefault("driver_bug" if device.code == "driver_bug" else "device_lost", []).append(device)
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
