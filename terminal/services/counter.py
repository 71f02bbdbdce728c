"""The counter's live notices: taps and scans meant for the cashier, devices in trouble, doubtful receipts.

Every method is called by the dispatcher; the result is the newest `CounterScreen` on the board.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from terminal.base.errors import Refusal
from terminal.base.events import CardRefused, CardTapped, CodeScanned, PrinterStatus, ScanRejected
from terminal.base.ids import AccountId
from terminal.rules.counter import CounterScreen, DeviceNotice
from terminal.services.media import Media
from terminal.services.members import Members, SeveralMembers
from terminal.services.shown import Shown
from terminal.services.spool import Spool

Show = Callable[[CounterScreen], None]
# What each device is, by its id: (kind, place) as `DeviceNotice` names them.
Labels = Mapping[str, tuple[str, str]]


class Counter:
    """Keeps what every counter page shows live."""

    def __init__(self, members: Members, media: Media, spool: Spool, show: Show, labels: Labels) -> None:
        """Show on the board by `show`; `labels` tells what each configured device is.

        `shown` remembers by what each member was found.
        """
        self._members = members
        self._media = media
        self._spool = spool
        self._show_on_board = show
        self._labels = labels
        self.shown = Shown(members)
        self._screen = CounterScreen()
        self._lost: dict[str, str] = {}
        self._printers: dict[str, PrinterStatus] = {}
        spool.when_changed(self._slips_changed)

    def start(self) -> None:
        """Show the state at start."""
        self.refresh()

    def card_tapped(self, event: CardTapped) -> bool:
        """A card was held to the counter's reader: show whose it is, and return whether it is anybody's."""
        return self._find(lambda: self._media.member_of(event), lambda account: self.shown.card(account, event))

    def card_refused(self, event: CardRefused) -> None:
        """A card at the counter cannot identify anybody."""
        self._tell(error=event.code)

    def code_scanned(self, event: CodeScanned) -> None:
        """A code was scanned at the counter, outside any payment."""
        self._find(
            lambda: self._media.member_of_scan(event.text),
            lambda account: self.shown.code(account, event.text, event.at_s),
        )

    def alarm(self, code: str) -> None:
        """Something happened elsewhere in the shop that staff should know at once."""
        self._tell(error=code)

    def calm(self, codes: Collection[str]) -> None:
        """What staff were told by one of these codes is no longer so; whatever else they see stays."""
        if self._screen.error in codes:
            self._screen = replace(self._screen, error="")
            self._show_on_board(self._screen)

    def scan_rejected(self, event: ScanRejected) -> None:
        """The counter's scanner sent no code."""
        self._tell(error=event.code)

    def device_down(self, device: str, code: str) -> None:
        """A device is lost."""
        self._lost[device] = code
        # What a lost printer last said about its paper is no news any more.
        self._printers.pop(device, None)
        self.refresh()

    def device_up(self, device: str) -> None:
        """A device is back."""
        self._lost.pop(device, None)
        self.refresh()

    def printer_status(self, event: PrinterStatus) -> None:
        """The printer can or cannot print."""
        self._printers[event.device] = event
        self.refresh()

    def refresh(self) -> None:
        """Show devices and doubtful receipts as they are now."""
        devices = tuple(
            DeviceNotice(device, code, *self._labels.get(device, ("", "")))
            for device, code in sorted(self._lost.items())
        )
        printers = self._printers.values()
        self._screen = replace(
            self._screen,
            devices=devices,
            doubts=self._spool.doubts(),
            printer_blocked=next((printer.blocked for printer in printers if printer.blocked), ""),
            paper_low=any(printer.paper_low for printer in printers),
        )
        self._show_on_board(self._screen)

    def _slips_changed(self) -> None:
        """Have every page ask for the list of receipts anew; it is answered once the transaction at hand has ended."""
        self._screen = replace(self._screen, slips=self._screen.slips + 1)
        self._show_on_board(self._screen)

    def _find(self, find: Callable[[], AccountId], note: Callable[[AccountId], None]) -> bool:
        """Show the member found, or the several to choose from; return False where the screen says why not.

        `note` keeps by what each of them was found.
        """
        try:
            account = find()
            note(account)
            self._tell(found=account, found_name=self._members.name(account))
        except SeveralMembers as several:
            for account in several.accounts:
                note(account)
            self._tell(several=several.accounts)
        except Refusal as refusal:
            self._tell(error=refusal.code)
            return False
        return True

    def _tell(self, *, found: str = "", found_name: str = "", several: tuple[str, ...] = (), error: str = "") -> None:
        self._screen = replace(
            self._screen,
            sequence=self._screen.sequence + 1,
            found=found,
            found_name=found_name,
            several=several,
            error=error,
        )
        self._show_on_board(self._screen)
