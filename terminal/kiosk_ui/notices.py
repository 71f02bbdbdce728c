"""The counter's notices as HTML: doubtful slips, devices in trouble, and who was just tapped."""

from __future__ import annotations

import json

from flask import Flask, render_template
from flask_babel import force_locale

from terminal.kiosk_ui.wording import worded
from terminal.rules.counter import CounterScreen


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
            banners = render_template("cashier/banners.html", counter=counter)
            said = worded(counter.error) if counter.error else None
            alert = render_template("cashier/alert.html", said=said) if said else ""
        return json.dumps(
            {
                "version": version,
                "sequence": counter.sequence,
                "found": counter.found,
                "banners": banners,
                "alert": alert,
            }
        )


def counter_of(state: object) -> CounterScreen:
    """Return the state as the counter's notices; none before the till has shown any."""
    return state if isinstance(state, CounterScreen) else CounterScreen()
