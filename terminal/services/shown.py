"""By what each member at the counter was found last, as this program itself saw it: a card, a code, or what was typed.

It is kept in memory and for a while only: a card that was held to the reader says something about whoever is at the
counter now, and nothing about who comes later. The last way counts, also where it proves less than one before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from terminal.base import events
from terminal.base.events import CardTapped
from terminal.base.ids import AccountId
from terminal.rules.card_numbers import BOTH
from terminal.rules.media.factors import AUTHENTICATED, CODE, MEMBER_QR, NAMED, PHONE, UID_ONLY
from terminal.rules.media.member_qr import is_member_qr
from terminal.services.bills.values import Proof
from terminal.services.members import Members
from terminal.services.views import MemberHit

# As long as somebody stands at the counter over one bill.
SHOWN_S = 600.0
# A search lists twenty members at a time; whoever was found before so many others is found again.
SHOWN_MAX = 400
TAIL_DIGITS = 4
# Whom staff simply know, or found in a way that this program has forgotten.
BY_NAME = Proof(assurance=NAMED)
BY_QR = Proof(assurance=MEMBER_QR)
_PROVED = frozenset({events.AUTHENTICATED, events.COUNTED})


@dataclass(frozen=True, slots=True)
class _Seen:
    at_s: float
    proof: Proof


class Shown:
    """Remembers what was shown of whom. Every method is called by the dispatcher; times are monotonic seconds."""

    def __init__(self, members: Members) -> None:
        """Find the rows of cards by `members`."""
        self._members = members
        self._seen: dict[AccountId, _Seen] = {}
        self._typed_qr = ""

    def of(self, account: AccountId, now_s: float) -> Proof:
        """Return by what a member was found last; by name where that is too long ago, or not known."""
        seen = self._seen.get(account)
        return seen.proof if seen is not None and now_s - seen.at_s <= SHOWN_S else BY_NAME

    def card(self, account: AccountId, event: CardTapped) -> None:
        """A card at the counter led to a member: it proved its key, or it is a number that anybody may copy."""
        # A card that should have proved its key and did not led to nobody, so these words are the card's own.
        kept = self._members.media_of(account, event.uid, event.number, BOTH)
        proved = [n for n, assurance in kept if assurance == AUTHENTICATED and event.proof in _PROVED]
        row = next(iter((*proved, *(n for n, _ in kept))), 0)
        self._note(account, event.at_s, Proof(assurance=AUTHENTICATED if proved else UID_ONLY, medium=row))

    def code(self, account: AccountId, text: str, at_s: float) -> None:
        """A scanned code led to a member: a card's number, a code or address of theirs, or their phone number.

        A member QR that led to anybody was taken for it, and proves one charge (`used`).
        """
        if is_member_qr(text.strip()):
            self._note(account, at_s, BY_QR)
            return
        kept = self._members.media_of_code(account, text)
        by_phone = not kept and any(_has_tail(text, hit) for hit in self._members.hits([account]))
        self._note(account, at_s, Proof(assurance=PHONE if by_phone else CODE, medium=kept[0][0] if kept else 0))

    def typed(self, text: str, hits: Sequence[MemberHit], at_s: float) -> None:
        """A search found these members; one that has the end of a telephone number leaves nothing to ask of it.

        A member QR that is searched for twice, as one types and with Enter, was shown once.
        """
        text = text.strip()
        if is_member_qr(text):
            for hit in hits if text != self._typed_qr else ():
                self._note(AccountId(hit.account), at_s, BY_QR)
            self._typed_qr = text
            return
        for hit in hits:
            self._note(AccountId(hit.account), at_s, Proof(assurance=PHONE if _has_tail(text, hit) else NAMED))

    def used(self, account: AccountId) -> None:
        """A charge was booked: a member QR that proved it is used up by that; a card stays as good as it was."""
        seen = self._seen.get(account)
        if seen is not None and seen.proof.assurance == MEMBER_QR:
            del self._seen[account]

    def _note(self, account: AccountId, at_s: float, proof: Proof) -> None:
        self._seen.pop(account, None)
        self._seen[account] = _Seen(at_s, proof)
        while len(self._seen) > SHOWN_MAX:
            del self._seen[next(iter(self._seen))]


def _has_tail(text: str, hit: MemberHit) -> bool:
    digits = "".join(letter for letter in text if letter.isdecimal())[-TAIL_DIGITS:]
    return len(digits) == TAIL_DIGITS and hit.phone_masked.endswith(digits)
