"""The customer's screen as HTML: one fragment per version, rendered once however many pages show it."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections import OrderedDict

from flask import Flask, render_template
from flask_babel import force_locale

from terminal.base.clock import Clock
from terminal.kiosk_ui import formats, languages, wording
from terminal.kiosk_ui.desk import LiveBoard, ShopView
from terminal.kiosk_ui.formats import gettext
from terminal.kiosk_ui.live import local_time
from terminal.rules.kiosk import KioskScreen, MemberPanel

# Versions kept beside the newest: a stream that woke late may still ask for the one before.
_KEPT_MAX = 4
# The customer is warned when this much of the session is left.
WARNING_S = 10
# Passes per page of the member panel: what 1024x600 holds with targets of 60 px.
PASSES_PER_PAGE = 3
# Above this many sessions the bar is one piece: segments would be thinner than a finger line.
SEGMENTS_MAX = 12


@dataclasses.dataclass(frozen=True, slots=True)
class OfflineWords:
    """The off-line stage in one language."""

    badge: str
    headline: str
    advice: str


class KioskFragments:
    """Renders kiosk states and keeps the newest few, so that a change costs one render for all pages."""

    def __init__(self, app: Flask, board: LiveBoard, clock: Clock) -> None:
        """Render with `app`'s templates; the header names the shop that `board` shows."""
        self._app = app
        self._board = board
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, int], tuple[KioskScreen, str]] = OrderedDict()

    def message(self, version: int, state: object) -> str:
        """Return the JSON text of a live message: the whole fragment and what the page's clockwork needs.

        `ends_in_s` is counted at this moment, so that a page that joins late counts down from where it is.
        """
        screen = screen_of(state)
        left_s = None if screen.ends_at_s is None else max(0.0, screen.ends_at_s - self._clock.monotonic_s())
        facts = {
            "version": version,
            "state": screen.name,
            "session": screen.session,
            "language": screen.language,
            "tag": languages.TAGS[languages.known(screen.language)],
            "contrast": screen.contrast,
            "ends_in_s": left_s,
            "warning_s": WARNING_S,
            "local_time": local_time(self._clock),
        }
        return f'{json.dumps(facts)[:-1]}, "html": {json.dumps(self.html(version, screen), ensure_ascii=False)}}}'

    def html(self, version: int, screen: KioskScreen) -> str:
        """Return the fragment of this version, rendered at most once per version of screen and shop."""
        shop_version, shop = self._board.newest("shop")
        key = (version, shop_version)
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept[0] != screen:
                kept = (screen, self._render(screen, shop if isinstance(shop, ShopView) else ShopView()))
                self._kept[key] = kept
                while len(self._kept) > _KEPT_MAX:
                    self._kept.popitem(last=False)
            return kept[1]

    def public_html(self, screen: KioskScreen) -> str:
        """Return what a freshly loaded page shows before its stream answers: never a member's data."""
        shop = self._board.newest("shop")[1]
        shown = KioskScreen(language=screen.language, contrast=screen.contrast) if screen.session else screen
        return self._render(shown, shop if isinstance(shop, ShopView) else ShopView())

    def warm(self) -> None:
        """Compile the member's screen in every language, so that the first tap of the day is as quick as the second."""
        panel = MemberPanel("", "", "", "", 0, 0, "", "", ())
        for language in languages.TAGS:
            self._render(KioskScreen(name="member", language=language, panel=panel), ShopView())

    def offline_words(self) -> dict[str, OfflineWords]:
        """Return what the page shows when it loses the till, in every language: it must hold them beforehand."""
        words = {}
        for language in languages.TAGS:
            with self._app.app_context(), force_locale(language):
                words[language] = OfflineWords(
                    badge=gettext("连接中断"),
                    headline=gettext("暂时失去连接"),
                    advice=gettext("屏幕正在重新连接收银系统，请稍候；您的余额不受影响"),
                )
        return words

    def _render(self, screen: KioskScreen, shop: ShopView) -> str:
        language = languages.known(screen.language)
        local = self._clock.local(self._clock.now_ms())
        with self._app.app_context(), force_locale(language):
            return render_template(
                "kiosk/screen.html",
                screen=dataclasses.replace(screen, language=language),
                shop=shop,
                time_text=f"{local:%H:%M}",
                greeting=_greeting(screen, local.hour),
                said=_said(screen),
                passes_per_page=PASSES_PER_PAGE,
                segments_max=SEGMENTS_MAX,
            )


def screen_of(state: object) -> KioskScreen:
    """Return the state as a kiosk screen; before the till has shown any, it is busy starting."""
    return state if isinstance(state, KioskScreen) else KioskScreen(name="busy")


def _greeting(screen: KioskScreen, hour: int) -> tuple[str, str]:
    panel = screen.panel
    if panel is None:
        return "", ""
    return formats.day_part(hour), formats.person(panel.masked_name)


def _said(screen: KioskScreen) -> wording.Worded | None:
    if screen.name == "error":
        return wording.worded(screen.code, dict(screen.values))
    if screen.name == "success":
        return wording.succeeded(screen.code)
    return None
