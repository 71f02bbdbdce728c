"""The verbs behind `terminal media set-pin` and `reset-pin`: a member's PIN, in the name of staff who saw who it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, is_id
from terminal.ledger.book import Posted
from terminal.services.ask import Ask
from terminal.services.media_life.asked import Asked, By
from terminal.services.member_pins import MemberPins, PinHasher
from terminal.services.money import bill_number


class PinCommands:
    """Sets members' PINs and takes them away, for commands on this machine; hashing is done in the calling thread."""

    def __init__(self, pins: MemberPins, hasher: PinHasher, sign: Callable[[str, str], By], ask: Ask) -> None:
        """Work by `ask`; `sign` returns who acts, by the name and PIN of somebody of the staff, or refuses."""
        self._pins = pins
        self._hasher = hasher
        self._sign = sign
        self._ask = ask

    def verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the functions by the name a command calls them."""
        return {"member_pin_set": self.set, "member_pin_reset": self.reset}

    def set(
        self, *, action: str, staff: str, pin: str, account: str, new_pin: str, shown: Sequence[str] = ()
    ) -> Mapping[str, Any]:
        """Give a member a PIN; answer the `entry_no`.

        Raises `Refusal` `action_bad`, `member_pin_bad`, those of `MemberPins.set`, and of who acts.
        """
        asked = self._asked(action, staff, pin, account, shown)
        check = self._ask(lambda: self._pins.to_set(AccountId(account)))
        made = self._hasher.make(check, new_pin)
        return _told(self._ask(lambda: self._pins.set(asked, AccountId(account), made)))

    def reset(self, *, action: str, staff: str, pin: str, account: str, shown: Sequence[str] = ()) -> Mapping[str, Any]:
        """Take a member's PIN away; answer the `entry_no`. Raises `Refusal` as `set`."""
        asked = self._asked(action, staff, pin, account, shown)
        return _told(self._ask(lambda: self._pins.reset(asked, AccountId(account))))

    def _asked(self, action: str, staff: str, pin: str, account: str, shown: Sequence[str]) -> Asked:
        if not is_id(action):
            raise Refusal("action_bad")
        if not is_id(account):
            raise Refusal("member_unknown")
        # The member's own PIN is proved at a page and never by a word in a command.
        return Asked(ActionId(action), self._sign(staff, pin), frozenset(shown) - {"pin"})


def _told(posted: Posted) -> Mapping[str, Any]:
    return {"entry_no": bill_number(posted.entry.epoch, posted.entry.seq)}
