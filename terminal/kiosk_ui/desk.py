"""What the pages may ask of the rest of the till, and the values they get back.

Every method of `Desk` may raise `Refusal` (worded by `wording`) or `Overloaded`; nothing else is expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from terminal.services.device_outcome import Outcome
from terminal.services.device_settings import DeviceSettings
from terminal.services.device_setup import DeviceSetup, SetUp
from terminal.services.doctor import Check
from terminal.services.outcomes import Booked
from terminal.services.technician import DeviceRow
from terminal.services.views import (
    ChargePreview,
    CounterMember,
    Done,
    MemberHit,
    Needs,
    Receipt,
    ShopView,
    SignedIn,
    StaffChoice,
    TopUpPreview,
)

__all__ = [
    "Booked",
    "ChargePreview",
    "Check",
    "CounterDesk",
    "CounterMember",
    "Desk",
    "DeviceRow",
    "DeviceSettings",
    "DeviceSetup",
    "Done",
    "KioskDesk",
    "LiveBoard",
    "MemberHit",
    "Needs",
    "Outcome",
    "Receipt",
    "SetUp",
    "ShopView",
    "SignedIn",
    "StaffChoice",
    "TechnicianDesk",
    "TopUpPreview",
]


class KioskDesk(Protocol):
    """What the customer's screen may ask; a `session` that is over is refused as `session_over`."""

    def kiosk_language(self, language: str) -> None:
        """Show the kiosk in `language` until its session ends."""
        ...

    def kiosk_contrast(self, on: bool) -> None:  # noqa: FBT001 - it carries the switch's position
        """Switch the high-contrast theme."""
        ...

    def kiosk_finish(self, session: str) -> None:
        """End the session at once."""
        ...

    def kiosk_extend(self, session: str) -> None:
        """Give the session its whole time again."""
        ...

    def kiosk_print(self, session: str, action_id: str) -> None:
        """Queue a balance slip; the same action id again queues nothing."""
        ...

    def kiosk_dismiss(self) -> None:
        """Leave the success or error screen."""
        ...


class CounterDesk(Protocol):
    """What the counter may ask; a `token` that is no longer signed in is refused as `signed_out`."""

    def staff_names(self) -> Sequence[StaffChoice]:
        """Return who can sign in, in the order to show."""
        ...

    def sign_in(self, staff_id: str, pin: str) -> SignedIn:
        """Open a sign-in (and a shift); refused as `pin_wrong` (`left`) or `pin_locked` (`minutes`)."""
        ...

    def sign_out(self, token: str) -> None:
        """Close the sign-in; closing it again changes nothing."""
        ...

    def shift_is_over(self, staff_id: str, shift_no: int) -> bool:
        """Tell whether the shift that somebody signed in to is theirs no more: closed, by whomever."""
        ...

    def staff(self, token: str) -> SignedIn:
        """Return who is signed in under `token`."""
        ...

    def still_signed_in(self, token: str) -> bool:
        """Tell whether the sign-in still holds, without keeping it."""
        ...

    def find_members(self, token: str, text: str) -> Sequence[MemberHit]:
        """Return at most 20 members, by full name, for a name, pinyin, phone, card number (or its ending) or code."""
        ...

    def scanned(self, token: str, text: str) -> None:
        """Take a code that a scanner typed into the counter's page; the board's `counter` tells what it led to."""
        ...

    def list_members(self, token: str, accounts: Sequence[str]) -> Sequence[MemberHit]:
        """Return a line for each of these accounts; refused as `member_unknown`."""
        ...

    def member(self, token: str, account: str) -> CounterMember:
        """Return one member; refused as `member_unknown`."""
        ...

    def preview_top_up(self, token: str, account: str, amount_fen: int) -> TopUpPreview:
        """Return what a top-up would do; refused as `amount_bad`."""
        ...

    def top_up(
        self, token: str, action_id: str, account: str, amount_fen: int, expected_bonus_fen: int, expected_key: str = ""
    ) -> Done:
        """Post a cash top-up once per action id; refused as `bonus_changed` when it gives something else by now."""
        ...

    def preview_charge(self, token: str, account: str, amount_fen: int) -> ChargePreview:
        """Return how a charge would be taken, and its needs; refused as `not_enough` (`missing_fen`, `balance_fen`)."""
        ...

    def charge(self, token: str, action_id: str, account: str, amount_fen: int, confirmed: str, pin: str = "") -> Done:
        """Post a charge once per action id; `confirmed` is one of the preview's `needs.ways`, empty where it had none.

        `pin` is what the member typed where that is `pin`; refused as `member_pin_wrong` (`left`), and with a code of
        `factor_` or `member_pin_locked` where something else has to be shown.
        """
        ...

    def outcome(self, token: str, action_id: str) -> Booked | None:
        """Return what a top-up or charge booked whose answer was lost, or None when nothing was booked."""
        ...

    def drop(self, token: str, action_id: str) -> Booked | None:
        """Give an unbooked action up, so that it is refused if it still comes; or return what it booked by now."""
        ...

    def has_drawer(self) -> bool:
        """Tell whether this till has a cash drawer."""
        ...

    def open_drawer(self, token: str, action_id: str) -> None:
        """Open the cash drawer once per action id; refused as `drawer_unavailable`."""
        ...

    def drawer_state(self, token: str, action_id: str) -> tuple[str, str]:
        """Return state (`waiting`, `sent`, `done`, `failed`) and code of an opening; empty where there is none."""
        ...

    def recent(self, token: str) -> Sequence[Receipt]:
        """Return the newest bills of this till, newest first."""
        ...

    def reprint(self, token: str, action_id: str, job: int) -> int:
        """Queue a marked copy of a slip, once per action id, and return the copy's job."""
        ...

    def slip_state(self, token: str, job: int) -> str:
        """Return the print state of a slip or copy; empty for an unknown one."""
        ...

    def resolve_doubt(self, token: str, job: int, got_it: bool) -> None:  # noqa: FBT001 - the cashier's answer
        """Settle a doubtful slip: it is there, or print a marked copy."""
        ...


class Desk(KioskDesk, CounterDesk, Protocol):
    """Everything the pages may ask of the rest of the till."""

    def health(self) -> dict[str, object]:
        """Return the till's health as JSON values; `ok` False means that it cannot serve."""
        ...

    def metrics(self) -> str:
        """Return the metrics in the Prometheus text format, version 0.0.4."""
        ...


class TechnicianDesk(Protocol):
    """What the technician's page may ask; anybody but a manager is refused as `manager_only`."""

    def signed_in(self, token: str) -> SignedIn:
        """Return which manager asks."""
        ...

    def devices(self, token: str) -> Sequence[DeviceRow]:
        """Return every device, configured ones first."""
        ...

    def look(self, token: str) -> Sequence[DeviceRow]:
        """Return the same for a page that only lies open, which keeps nobody signed in."""
        ...

    def test(self, token: str, device: str, language: str) -> Outcome:
        """Try a device; waits until it did, or for as long as a technician needs to hold a card to it."""
        ...

    def hint(self, token: str, device: str, printed: str) -> Outcome:
        """Find with one card which end the numbers printed on cards begin at; waits as `test` does."""
        ...

    def setup(self, token: str) -> DeviceSetup | None:
        """Return what configures the devices; None where nothing can."""
        ...

    def self_check(self, token: str) -> Sequence[Check]:
        """Return every check of the self-check, made now."""
        ...

    def print_self_check(self, token: str, language: str) -> None:
        """Print the self-check on the counter's printer; refused as `printer_unavailable` without one."""
        ...


class LiveBoard(Protocol):
    """The newest state per topic, with a version that rises at each change (0: nothing shown yet)."""

    def newest(self, topic: str) -> tuple[int, object]:
        """Return the version and the newest state."""
        ...

    def wait(self, topic: str, after: int, timeout_s: float) -> tuple[int, object]:
        """Return the newest once its version is above `after`, or as it is at the timeout."""
        ...
