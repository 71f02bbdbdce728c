"""What is asked of a medium's life: by whom, under which action id, what was shown; and what it came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

from terminal.base.ids import ActionId
from terminal.ledger.book import Posted
from terminal.rules.bill_note import bill_number
from terminal.rules.entry import Entry
from terminal.rules.media import states
from terminal.rules.media.fees import CardFees
from terminal.rules.rulebook import CASHIER, Rulebook
from terminal.services.views import SignedIn

# What an event of a medium's life is called in the book.
KINDS = MappingProxyType(
    {
        states.ISSUE: "issue_medium",
        states.REGISTER: "register_medium",
        states.REPORT_LOSS: "report_loss",
        states.CANCEL_LOSS: "cancel_loss",
        states.REPLACE: "replace_medium",
        states.EXCHANGE: "exchange_medium",
        states.RETURN: "return_medium",
        states.BLACKLIST: "blacklist_medium",
    }
)


@dataclass(frozen=True, slots=True)
class By:
    """Who acts (of `states.ACTORS`); staff with their id and shift, 0 where none of theirs is open."""

    actor: str
    staff_id: str = ""
    shift_no: int = 0

    @classmethod
    def staff(cls, who: SignedIn) -> Self:
        """Return somebody who is signed in, in their role."""
        return cls(who.role, who.staff_id, who.shift_no)


@dataclass(frozen=True, slots=True)
class Asked:
    """One wish: its action id, chosen before it, who has it, and what was shown for it (of `states.PROOFS`).

    What was shown is noted in the book by these words; nothing of a document is ever taken down.
    """

    action_id: ActionId
    by: By
    shown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CardRules:
    """The shop's rules for cards: their version, the fees, and from which stored value on only a manager replaces.

    `manager_from_fen` 0 leaves every replacement to the cashier. Version 0 are fees that were said with the wish.
    """

    version: int = 0
    fees: CardFees = field(default_factory=CardFees)
    manager_from_fen: int = 0

    @classmethod
    def of(cls, rulebook: Rulebook) -> Self:
        """Return what a rulebook says of cards: a cashier replaces one up to the limit of that role."""
        version = rulebook.versions.get("media", 0)
        role = next((role for role in rulebook.roles.roles if role.name == CASHIER), None)
        limits = [limit.most for limit in role.limits if limit.action == "replace_medium"] if role else []
        if None in limits or role is None:
            return cls(version, rulebook.media)
        return cls(version, rulebook.media, max((most for most in limits if most is not None), default=0) + 1)


@dataclass(frozen=True, slots=True)
class Changed:
    """What an event did, read back from its entry: `kind` and number of the entry, and the ids of the media.

    `replaced` is the medium that `medium` stands in place of, empty for none; `fee_fen` was taken, `deposit_fen` too,
    or below 0 given back, in cash.
    """

    kind: str
    entry_no: str
    account: str
    medium: str
    replaced: str
    fee_fen: int
    deposit_fen: int


@dataclass(frozen=True, slots=True)
class CardCash:
    """Cash that an event took or gave back, for its slip: the event of `states`, and how the card's number ends.

    `made` is its entry.
    """

    made: Entry
    done: Changed
    event: str
    tail: str
    operator: str
    at_ms: int


# Stores the slip of such an event in the same transaction.
Slip = Callable[[CardCash], None]


def no_slip(cash: CardCash) -> None:
    """Print nothing, where there is no printer to be reached."""


def changed_by(posted: Posted) -> Changed:
    """Return what an entry of a medium's life says."""
    entry, payload = posted.entry, posted.entry.payload
    fee_fen, deposit_fen = payload["fee_fen"], payload["deposit_fen"]
    assert isinstance(fee_fen, int)
    assert isinstance(deposit_fen, int)
    return Changed(
        kind=entry.kind,
        entry_no=bill_number(entry.epoch, entry.seq),
        account=str(payload.get("account", "")),
        medium=str(payload["key"]),
        replaced=str(payload.get("replaces", "")),
        fee_fen=fee_fen,
        deposit_fen=deposit_fen,
    )
