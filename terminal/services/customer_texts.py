"""What the customer's two-line display says: what is due, what was paid, and after a while nothing."""

from __future__ import annotations

from collections.abc import Callable

from terminal.base.money import format_yuan

SHOWN_S = 30.0
TRIED_S = 10.0  # how long a test's text stays
# Most displays know no Chinese; those that do are configured so.
_WORDS = {
    "ascii": {"charge": "TOTAL", "top_up": "TOP-UP", "charge done": "PAID", "top_up done": "RECEIVED"},
    "gb18030": {"charge": "应付", "top_up": "充值", "charge done": "已付", "top_up done": "已收"},
}

# Shows an upper and a lower line; the display cuts what does not fit.
Show = Callable[[str, str], None]
Later = Callable[[float, Callable[[], None]], None]


class CustomerTexts:
    """Tells a display of each step at the counter; never a name or a balance, for anybody may read it.

    Called by the dispatcher.
    """

    def __init__(self, show: Show, charset: str, later: Later) -> None:
        """Show by `show` in the words of `charset`; `later` does something after some seconds."""
        self._show = show
        self._words = _WORDS[charset]
        self._later = later
        self._step = 0
        self._lines = ("", "")
        self._tries: dict[str, int] = {}

    def due(self, kind: str, amount_fen: int) -> None:
        """A `charge` or `top_up` was previewed."""
        self._tell(self._words[kind], amount_fen)

    def done(self, kind: str, amount_fen: int) -> None:
        """A `charge` or `top_up` was posted."""
        self._tell(self._words[f"{kind} done"], amount_fen)

    def try_out(self, display: str, show: Show, lines: tuple[str, str]) -> None:
        """Show a test's lines on one display by its own `show`, and then again what all displays say by that time."""
        self._tries[display] = this = self._tries.get(display, 0) + 1
        show(*lines)
        self._later(TRIED_S, lambda: show(*self._lines) if self._tries[display] == this else None)

    def _tell(self, words: str, amount_fen: int) -> None:
        self._step = step = self._step + 1
        self._say((words, format_yuan(amount_fen)))
        self._later(SHOWN_S, lambda: self._say(("", "")) if self._step == step else None)

    def _say(self, lines: tuple[str, str]) -> None:
        self._lines = lines
        self._show(*lines)
