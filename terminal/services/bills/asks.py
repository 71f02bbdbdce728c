"""Whom bills ask for what they do not know themselves: proofs, warnings, rules of old, and what goes with a bill."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from terminal.base.ids import AccountId, ActionId
from terminal.ledger.draft import Draft
from terminal.rules.bill_note import BillNote
from terminal.rules.canonical import Canonical
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.spending import Purse
from terminal.services.bills.pricing import Sale
from terminal.services.bills.values import AT_COUNTER, Act, Claim, Place, Settled
from terminal.services.bills.wallet import Section
from terminal.services.views import SignedIn

CONFIRMATIONS = ("phone_tail", "photo")

# Says by what a claim of a business day is proved, as a part of the payload, or refuses.
Prove = Callable[[Rulebook, Claim, dt.date], dict[str, Canonical]]
# Judges a bill before it is settled and returns what its payload notes, or refuses until a manager approves.
Watch = Callable[[Rulebook, SignedIn, Act], dict[str, Canonical]]
# Passes what a role may do (rules.till.roles) or what was approved, and returns what the payload notes, or refuses.
Allow = Callable[[Rulebook, SignedIn, ActionId, str, int, str], dict[str, Canonical]]
# Asks the roles about what staff decided on a bill themselves, noting in its draft who approved it, or refuses.
Decided = Callable[[Draft, Rulebook, Sale], None]
# Puts into a bill's draft what else it brings the member (milestones, referrals), before it is posted.
Also = Callable[[Draft, Rulebook, BillNote], None]


def nothing_odd(_rules: Rulebook, _staff: SignedIn, _act: Act) -> dict[str, Canonical]:
    """Return no alerts: nobody watches."""
    return {}


def whoever(
    _rules: Rulebook, _staff: SignedIn, _action_id: ActionId, _action: str, _amount: int, _approval: str
) -> dict[str, Canonical]:
    """Allow everything: a shop without roles."""
    return {}


def anything(_draft: Draft, _rules: Rulebook, _sale: Sale) -> None:
    """Allow staff to decide everything: a shop without roles."""


def only_here(_: AccountId) -> Purse | None:
    """Return that nobody can be asked what a member has elsewhere."""
    return None


def at_counter() -> Place:
    """Return the counter of a shop that gave itself no name."""
    return AT_COUNTER


def alone() -> bool:
    """Return that there is no other till."""
    return True


def not_known(_: AccountId, __: dt.date) -> dt.date | None:
    """Return no birthday."""
    return None


def anybody(_: AccountId) -> bool:
    """Return that an account may be used: nobody gives a card back."""
    return True


def no_slip(_: Settled) -> int | None:
    """Print nothing: a shop without a printer."""
    return None


def no_past(_section: str, _version: int) -> tuple[()]:
    """Return nothing: a shop whose rules never changed."""
    return ()


@dataclass(frozen=True, slots=True)
class Asks:
    """All of them; those that are left out know nothing and do nothing.

    `section` gives a section of the rulebook as it was in a version, `birthday` the civil day on which a member's
    birthday is kept that is next to a civil day, `elsewhere` all that a member may spend where the cloud can be asked,
    and `slip` stores a bill's receipt in its transaction and returns the print job. `place` says where bills are rung
    up, `is_alone` that nothing of the members' is at other tills, so that what is not here is nowhere; `may_spend` that
    an account is not being closed.
    """

    prove: Prove
    watch: Watch = nothing_odd
    allow: Allow = whoever
    decided: Decided = anything
    also: tuple[Also, ...] = ()
    section: Section = no_past
    birthday: Callable[[AccountId, dt.date], dt.date | None] = not_known
    elsewhere: Callable[[AccountId], Purse | None] = only_here
    slip: Callable[[Settled], int | None] = no_slip
    place: Callable[[], Place] = at_counter
    is_alone: Callable[[], bool] = alone
    may_spend: Callable[[AccountId], bool] = anybody
