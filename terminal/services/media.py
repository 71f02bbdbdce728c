"""Members' cards at the readers: whose card was tapped, and whether it is the card it says it is.

A number can be copied; a key cannot. A card that once proved its key is remembered as `authenticated`, and from then on
a card with its number that cannot do the same is taken for a copy, whatever kind of card it is. A card that makes an
address at each tap counts its taps: an address proves the card once, and is an old one from then on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from terminal.base.errors import Refusal
from terminal.base.events import AUTHENTICATED, COUNTED, DELAYED, NO_PROOF, REFUSED, CardTapped
from terminal.base.ids import AccountId
from terminal.rules.card_numbers import BOTH
from terminal.rules.media import member_qr
from terminal.services.members import Members
from terminal.services.views import MemberHit
from terminal.store.database import Database

logger = logging.getLogger(__name__)

_HAS_FILE = "SELECT 1 FROM member WHERE account = ? AND erased_at = 0"

# Told the reader's device and the code of what staff should know at once.
Alarm = Callable[[str, str], None]


class Tap(Protocol):
    """A genuine tap: the card's chip number, and its count of taps."""

    @property
    def uid(self) -> bytes:
        """Return the chip number."""
        ...

    @property
    def counter(self) -> int:
        """Return the count."""
        ...


class Taps(Protocol):
    """The addresses that the shop's cards make when they are tapped."""

    def of_shop(self, text: str) -> str:
        """Return the tap address that a text is, empty for any other text."""
        ...

    def read(self, address: str) -> Tap:
        """Return what an address proves; raise `Refusal` `tap_url_malformed` or `tap_url_mac_wrong`."""
        ...


def no_qrs(_: str) -> AccountId:
    """Take no member QR: where the chain's keys are not known."""
    raise Refusal("member_qr_key_unknown")


class Media:
    """Finds the member of a tapped card or shown code; every method is called by the dispatcher."""

    def __init__(
        self,
        database: Database,
        members: Members,
        orders: Mapping[str, str],
        alarm: Alarm,
        *,
        has_keys: bool,
        taps: Taps,
        take_qr: Callable[[str], AccountId] = no_qrs,
    ) -> None:
        """Judge cards by what the store knows of them; `orders` is the byte order each reader was set to.

        `has_keys` says whether this till can ask a card for its proof at all; `taps` verifies tap addresses, `take_qr`
        is `MemberQrs.take`.
        """
        self._database = database
        self._members = members
        self._orders = orders
        self._alarm = alarm
        self._has_keys = has_keys
        self._taps = taps
        self._take_qr = take_qr
        self._searched: Tap | None = None
        self._searched_qr = ""

    def member_of(self, event: CardTapped) -> AccountId:
        """Return whose card it is; raise `Refusal`: what `Members.by_card` raises, `card_clone` or `card_delayed`."""
        # A reader that types a number asks its card for nothing: where others would ask, that is no proof.
        proof = event.proof or (NO_PROOF if self._has_keys else "")
        if proof == COUNTED:
            # A card never counts backwards: what repeats an old address is something that has listened.
            is_new = event.counter is not None and self._count(event.uid, event.counter)
            proof = AUTHENTICATED if is_new else REFUSED
        # A card that proved itself is the one that was issued, under the number it was read by then.
        order = BOTH if proof == AUTHENTICATED else self._orders.get(event.device, BOTH)
        account = self._members.by_card(event.uid, event.number, order)
        rows = self._members.media_of(account, event.uid, event.number, order)
        if not any(assurance == AUTHENTICATED for _, assurance in rows):
            if proof == AUTHENTICATED:
                self._pin([n for n, _ in rows])
        elif proof == DELAYED:
            raise Refusal("card_delayed")
        elif proof in {REFUSED, NO_PROOF}:
            # Neither number nor member: a log may be read by more people than the counter's screen.
            logger.warning("a card at %s has the number of an authenticated card and not its key", event.device)
            self._alarm(event.device, "card_clone")
            raise Refusal("card_clone")
        return account

    def member_of_scan(self, text: str) -> AccountId:
        """Return whose code was scanned by staff; raise `Refusal`: what `Members.by_code` raises, or of a tap address.

        Those are `tap_url_malformed`, `tap_url_mac_wrong`, `tap_url_replayed` and what `Members.by_card` raises. A
        member QR is taken, once: raises as `MemberQrs.take`, and `code_unknown` for one of nobody here.
        """
        if member_qr.is_member_qr(text.strip()):
            return self._of_qr(self._take_qr(text.strip()))
        address = self._taps.of_shop(text)
        if not address:
            return self._members.by_code(text)
        tap = self._taps.read(address)
        self._use(tap)
        return self._owner(tap)

    def member_of_code(self, text: str) -> AccountId:
        """Return whose code a customer showed; raise `Refusal` like `member_of_scan`, or `card_tap_needed`.

        A code that is only the number of a card that proves itself shows that somebody knows the number.
        """
        account = self.member_of_scan(text)
        rows = self._members.media_of_code(account, text)
        if self._has_keys and any(assurance == AUTHENTICATED for _, assurance in rows):
            raise Refusal("card_tap_needed")
        return account

    def search(self, text: str) -> list[MemberHit]:
        """Return the members a text finds, as `Members.search`, or the one of a tap address or a member QR.

        Raises `Refusal` of each. A search goes out as one types and again with Enter: the address or QR that was
        searched last may be searched again.
        """
        text = text.strip()
        if member_qr.is_member_qr(text):
            account = member_qr.decode(text).account if text == self._searched_qr else self._take_qr(text)
            self._searched_qr = text
            return self._members.hits([self._of_qr(account)])
        address = self._taps.of_shop(text)
        if not address:
            return self._members.search(text)
        tap = self._taps.read(address)
        if tap != self._searched:
            self._use(tap)
            self._searched = tap
        return self._members.hits([self._owner(tap)])

    def _of_qr(self, account: AccountId) -> AccountId:
        """Return the member that a genuine QR names, by the file that stands for theirs."""
        account = self._members.main(account)
        if self._database.row(_HAS_FILE, (bytes.fromhex(account),)) is None:
            raise Refusal("code_unknown")
        return account

    def _use(self, tap: Tap) -> None:
        """Take a genuine address as new; raise `Refusal` `tap_url_replayed` from the second time on."""
        self._searched = None
        if not self._count(tap.uid, tap.counter):
            raise Refusal("tap_url_replayed")

    def _owner(self, tap: Tap) -> AccountId:
        """Return whose card it is that proved itself by an address, and remember that it can."""
        account = self._members.by_card(tap.uid, "")
        rows = self._members.media_of(account, tap.uid, "", BOTH)
        self._pin([n for n, assurance in rows if assurance != AUTHENTICATED])
        return account

    def _count(self, uid: bytes, counter: int) -> bool:
        """Tell whether a card's count is above every earlier one, and keep it then, in one transaction.

        It is kept also when the card is nobody's yet: it may be somebody's by the time the address comes again.
        """
        with self._database.write():
            last = self._database.row("SELECT counter FROM card_tap WHERE uid = ?", (uid,))
            if last is not None and counter <= last[0]:
                return False
            self._database.run("INSERT OR REPLACE INTO card_tap (uid, counter) VALUES (?, ?)", (uid, counter))
        return True

    def _pin(self, numbers: list[int]) -> None:
        if not numbers:
            return
        with self._database.write():
            for n in numbers:
                self._database.run("UPDATE medium SET assurance = ? WHERE n = ?", (AUTHENTICATED, n))
