"""The customer's screen: what taps, codes, buttons, printers and time make of it.

Every method is called by the dispatcher; the result is the newest screen on the board.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.events import CardDetected, CardRefused, CardRemoved, CardTapped, CodeScanned, ScanRejected
from terminal.base.ids import AccountId, ActionId
from terminal.rules.kiosk import LANGUAGES, KioskScreen
from terminal.services.media import Media
from terminal.services.members import Members
from terminal.services.receipts import Receipts
from terminal.services.spool import Spool, StoredSlip

READING_S = 5.0
MEMBER_S = 30.0
SESSION_S = 300.0
SUCCESS_S = 5.0
ERROR_S = 8.0
CHOICE_S = 30.0
PRINTING_S = 20.0

Show = Callable[[KioskScreen], None]
Later = Callable[[float, Callable[[], None]], None]


class Kiosk:
    """Holds the one kiosk session of this till."""

    def __init__(  # the parts the screen is made from
        self,
        members: Members,
        media: Media,
        receipts: Receipts,
        spool: Spool,
        clock: Clock,
        *,
        show: Show,
        later: Later,
    ) -> None:
        """Show on the board by `show`; `later` does something after some seconds."""
        self._members = members
        self._media = media
        self._receipts = receipts
        self._spool = spool
        self._clock = clock
        self._show_on_board = show
        self._later = later
        self._language = LANGUAGES[0]
        self._screen = KioskScreen()
        self._account: AccountId | None = None
        self._session_ends_s = 0.0
        self._cards: set[tuple[str, str]] = set()
        self._job: int | None = None
        self._blocked_printers: set[str] = set()
        self._no_reader = False

    def start(self, language: str) -> None:
        """Show the idle screen in the shop's language; also after the shop changed it."""
        self._language = language
        if self._screen.name in {"idle", "out_of_service"}:
            self._idle()

    def card_detected(self, event: CardDetected) -> None:
        """A card came near: say so at once."""
        self._cards.add((event.device, event.slot))
        self._leave_session()
        self._show(KioskScreen("reading"), READING_S, lambda: self._error("reading_timeout"))

    def card_tapped(self, event: CardTapped) -> bool:
        """A card was identified: show its member, and return whether there is one to show."""
        if len(self._cards) > 1:
            self._error("two_cards")
            return False
        return self._enter(lambda: self._media.member_of(event))

    def card_refused(self, event: CardRefused) -> None:
        """A card cannot identify anybody: say why."""
        self._error(event.code)

    def card_removed(self, event: CardRemoved) -> None:
        """The card left; on a contactless reader that ends nothing."""
        self._cards.discard((event.device, event.slot))

    def code_scanned(self, event: CodeScanned) -> None:
        """A code was shown at the kiosk's own scanner."""
        self._leave_session()
        self._enter(lambda: self._media.member_of_code(event.text))

    def scan_rejected(self, event: ScanRejected) -> None:
        """The kiosk's scanner sent no code."""
        self._error(event.code)

    def reader_lost(self) -> None:
        """No reader is left at the kiosk."""
        self._cards.clear()
        self._no_reader = True
        self._idle()

    def reader_back(self) -> None:
        """A reader is there again."""
        self._no_reader = False
        if self._screen.name == "out_of_service":
            self._idle()

    def printer_status(self, device: str, *, ready: bool) -> None:
        """A device can or cannot print; only printers matter here."""
        if ready:
            self._blocked_printers.discard(device)
        else:
            self._blocked_printers.add(device)

    def topped_up(self, account: AccountId, amount_fen: int, bonus_fen: int, balance_fen: int) -> None:
        """A top-up at the counter was posted: tell the customer, as `_tell_of_posting` does."""
        self._tell_of_posting("topped_up", account, (("amount_fen", amount_fen), ("bonus_fen", bonus_fen)), balance_fen)

    def charged(self, account: AccountId, amount_fen: int, balance_fen: int) -> None:
        """A charge at the counter was posted: tell the customer, as `_tell_of_posting` does."""
        self._tell_of_posting("charged", account, (("amount_fen", amount_fen),), balance_fen)

    def slip_settled(self, slip: StoredSlip, *, printed: bool) -> None:
        """A job ended; if the customer still waits for it, say how."""
        if slip.job != self._job:
            return
        self._leave_session()
        if printed:
            self._success("slip_printed", ())
        else:
            self._error("slip_in_doubt")

    def set_language(self, language: str) -> None:
        """Show the kiosk in another language until the session ends."""
        if language not in LANGUAGES:
            raise Refusal("language_unknown")
        self._choose(replace(self._screen, language=language))

    def set_contrast(self, *, on: bool) -> None:
        """Switch the high-contrast theme until the session ends."""
        self._choose(replace(self._screen, contrast=on))

    def finish(self, session: str) -> None:
        """End the session at the customer's wish."""
        self._check(session)
        self._idle()

    def extend(self, session: str) -> None:
        """Give the session its whole time again, up to the session's longest time."""
        self._check(session)
        if self._screen.name == "member":
            left_s = self._session_ends_s - self._clock.monotonic_s()
            self._show(self._screen, max(0.0, min(MEMBER_S, left_s)), self._idle)

    def dismiss(self) -> None:
        """Leave a success or an error."""
        if self._screen.name in {"success", "error"}:
            self._idle()

    def print_slip(self, session: str, action_id: ActionId) -> None:
        """Print the member's balance slip; raise `Refusal` `session_over` or `printer_unavailable`."""
        self._check(session)
        assert self._account is not None, "a session has an account"
        if self._job is not None:
            return
        if self._receipts.kiosk_printer in self._blocked_printers:
            raise Refusal("printer_unavailable")
        self._job = self._receipts.balance(self._account, session, action_id, self._screen.language)
        self._show(replace(self._screen, name="busy", printing=True), PRINTING_S, self._printing_took_too_long)

    def _tell_of_posting(
        self, code: str, account: AccountId, given: tuple[tuple[str, int], ...], balance_fen: int
    ) -> None:
        """Show what the counter has posted, unless somebody else is at the kiosk.

        The balance is for the member who identified at the kiosk; with nobody identified, whoever stands there sees
        the amounts alone.
        """
        if self._account == account:
            # The member's own slip, if one waits, comes out all the same.
            self._account = self._job = None
            self._success(code, (*given, ("balance_fen", balance_fen)))
        elif self._account is None and self._screen.name not in {"reading", "out_of_service"}:
            self._success(code, given)

    def _printing_took_too_long(self) -> None:
        self._error("printer_unavailable")

    def _enter(self, find: Callable[[], AccountId]) -> bool:
        try:
            account = find()
            panel = self._members.panel(account)
        except Refusal as refusal:
            self._error(refusal.code)
            return False
        self._account = account
        self._session_ends_s = self._clock.monotonic_s() + SESSION_S
        self._show(KioskScreen("member", panel=panel, session=secrets.token_urlsafe(16)), MEMBER_S, self._idle)
        return True

    def _error(self, code: str) -> None:
        self._leave_session()
        self._show(KioskScreen("error", code=code), ERROR_S, self._idle)

    def _success(self, code: str, values: tuple[tuple[str, str | int], ...]) -> None:
        self._show(KioskScreen("success", code=code, values=values), SUCCESS_S, self._idle)

    def _idle(self) -> None:
        self._leave_session()
        name = "out_of_service" if self._no_reader else "idle"
        self._screen = KioskScreen(name, language=self._language)
        self._show_on_board(self._screen)

    def _leave_session(self) -> None:
        # A slip that still waits for paper, or is printed once more, must not come out in front of the next customer.
        if self._job is not None:
            self._spool.leave(self._job)
        self._account = None
        self._job = None

    def _check(self, session: str) -> None:
        if not session or session != self._screen.session:
            raise Refusal("session_over")

    def _show(self, screen: KioskScreen, seconds: float | None = None, then: Callable[[], None] | None = None) -> None:
        """Show a screen in the session's language and theme; `then` follows unless another screen came first."""
        ends_at_s = None if seconds is None else self._clock.monotonic_s() + seconds
        shown = replace(screen, language=self._screen.language, contrast=self._screen.contrast, ends_at_s=ends_at_s)
        self._screen = shown
        self._show_on_board(shown)
        if seconds is not None and then is not None:
            self._later(seconds, lambda: then() if self._same_moment(shown) else None)

    def _same_moment(self, shown: KioskScreen) -> bool:
        """Tell whether the deadline of `shown` is still the one in force (language and theme may have changed)."""
        return self._screen.ends_at_s == shown.ends_at_s and self._screen.name == shown.name

    def _choose(self, screen: KioskScreen) -> None:
        """Show the screen as chosen; with nobody at the kiosk, whoever comes next soon gets the shop's own."""
        self._screen = screen
        if screen.name in {"idle", "out_of_service"}:
            self._show(screen, CHOICE_S, self._idle)
        else:
            self._show_on_board(screen)
