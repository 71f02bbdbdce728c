"""The life of a medium: which event leads from which state to which, who may do it, and what has to be shown for it.

Money belongs to the account, never to the card: nothing here moves a balance. `revoked` and `retired` are final for an
identity; the plastic may be used again, as a new medium under a new key or identity record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from terminal.base.errors import Refusal

BLANK, ACTIVE, FROZEN, REVOKED, RETIRED = STATES = ("blank", "active", "frozen", "revoked", "retired")
FINAL: Final = frozenset((REVOKED, RETIRED))
# How final a state is: what is more so wins, whoever said it later.
FINALITY: Final = MappingProxyType({RETIRED: 1, REVOKED: 2})

ISSUE, REGISTER, REPORT_LOSS, CANCEL_LOSS = "issue", "register", "report_loss", "cancel_loss"
REPLACE, EXCHANGE, RETURN, BLACKLIST = "replace_medium", "exchange_medium", "return_card", "blacklist"

# Who acts: the member (by telephone or app), the member at the kiosk, and staff.
MEMBER, KIOSK, CASHIER, MANAGER = ACTORS = ("member", "kiosk", "cashier", "manager")
STAFF: Final = frozenset((CASHIER, MANAGER))

# What may be shown: an identity (a document, or a one-time code to the known telephone), the PIN, the card itself.
IDENTITY, PIN, CARD = PROOFS = ("identity", "pin", "card")


@dataclass(frozen=True, slots=True)
class Medium:
    """A card, code or other thing that names one account; `account` is empty until it is issued.

    `identity` names the key or the identity record by which it is known (no secret). `ended_by` is the event that made
    it final, empty before.
    """

    identity: str
    state: str = BLANK
    account: str = ""
    is_named: bool = True
    ended_by: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for an event, what was shown for it, and the stored value of the account (for the manager's limit)."""

    by: str
    shown: frozenset[str] = frozenset()
    value_fen: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table: from any of `sources` to `target`, by any of `actors`."""

    sources: frozenset[str]
    target: str
    actors: frozenset[str]
    needs: Mapping[str, str]  # actor -> what that one has to be shown

    def proof_for(self, actor: str) -> str:
        """Return what has to be shown to this actor, empty for nothing."""
        return self.needs.get(actor, "")


def _row(sources: str, target: str, actors: frozenset[str], **needs: str) -> Move:
    return Move(frozenset(sources.split()), target, actors, MappingProxyType(needs))


_ANYBODY = frozenset(ACTORS)
_MANAGERS = frozenset((MANAGER,))
MOVES: Final[Mapping[str, Move]] = MappingProxyType(
    {
        ISSUE: _row("blank", ACTIVE, STAFF),
        # An anonymous card belongs to who holds it, so holding it is what has to be shown.
        REGISTER: _row("active", ACTIVE, STAFF, cashier=CARD, manager=CARD),
        REPORT_LOSS: _row("active", FROZEN, _ANYBODY, kiosk=PIN),
        CANCEL_LOSS: _row("frozen", ACTIVE, STAFF, cashier=IDENTITY, manager=IDENTITY),
        REPLACE: _row("active frozen", REVOKED, STAFF, cashier=IDENTITY, manager=IDENTITY),
        EXCHANGE: _row("active", RETIRED, STAFF, cashier=CARD, manager=CARD),
        RETURN: _row("active", RETIRED, _MANAGERS, manager=CARD),
        # Also a retired one, whose copy may turn up; a revoked one stays what it is.
        BLACKLIST: _row("blank active frozen revoked retired", REVOKED, _MANAGERS),
    }
)
_FOR_NAMED: Final = frozenset((REPORT_LOSS, CANCEL_LOSS, REPLACE))
_WRONG_STATE: Final = MappingProxyType(
    {BLANK: "medium_blank", ACTIVE: "medium_active", FROZEN: "medium_frozen", RETIRED: "medium_retired"}
)
_MISSING: Final = MappingProxyType(
    {IDENTITY: "medium_identity_needed", PIN: "medium_pin_needed", CARD: "medium_absent"}
)


def moved(medium: Medium, event: str, request: Request) -> Medium:
    """Return the medium after `event` (of `MOVES`; issuing is `issued`, which needs an account).

    Raises `Refusal`: for the state `medium_blank`, `medium_active`, `medium_frozen`, `medium_retired`,
    `medium_blacklisted` or `card_replaced`; for who and what was shown `medium_staff_only`, `medium_manager_only`,
    `medium_identity_needed`, `medium_pin_needed` or `medium_absent`; and `medium_anonymous` or `medium_event`.
    """
    move = MOVES.get(event)
    if move is None or event == ISSUE:
        raise Refusal("medium_event")
    _check_state(medium, move)
    if not medium.is_named and event in _FOR_NAMED:
        raise Refusal("medium_anonymous")
    if medium.is_named and event == REGISTER:
        raise Refusal("medium_named")
    _check_request(move, request)
    ended_by = (medium.ended_by if medium.state == REVOKED else event) if move.target in FINAL else ""
    return replace(medium, state=move.target, is_named=medium.is_named or event == REGISTER, ended_by=ended_by)


def issued(blank: Medium, account: str, request: Request, *, is_named: bool = True) -> Medium:
    """Return a blank bound to an account; raise `Refusal` as `moved`, or `medium_no_account`."""
    move = MOVES[ISSUE]
    _check_state(blank, move)
    _check_request(move, request)
    if not account:
        raise Refusal("medium_no_account")
    return replace(blank, state=move.target, account=account, is_named=is_named)


def swapped(
    old: Medium, blank: Medium, event: str, request: Request, manager_from_fen: int = 0
) -> tuple[Medium, Medium]:
    """Return the old medium, now final, and the new one of the same account, for `REPLACE` and `EXCHANGE`.

    From `manager_from_fen` of stored value on (0: never) only a manager may replace. Raises `Refusal` as `moved`, or
    `medium_same_identity` where the new one would be known by what the old one was known by.
    """
    if event not in {REPLACE, EXCHANGE}:
        raise Refusal("medium_event")
    ended = moved(old, event, request)
    if event == REPLACE and request.by != MANAGER and 0 < manager_from_fen <= request.value_fen:
        raise Refusal("medium_replace_limit", limit_fen=manager_from_fen)
    if blank.identity == old.identity:
        raise Refusal("medium_same_identity")
    return ended, issued(blank, old.account, Request(request.by), is_named=old.is_named)


def reissued(earlier: Sequence[Medium], identity: str) -> Medium:
    """Return a blank of plastic that was a medium before, under a new key or identity record.

    Raises `Refusal` `medium_in_use` while one of its earlier media is not final, or `medium_same_identity` when it was
    known by this identity before.
    """
    if any(medium.state not in FINAL for medium in earlier):
        raise Refusal("medium_in_use")
    if not identity or any(medium.identity == identity for medium in earlier):
        raise Refusal("medium_same_identity")
    return Medium(identity)


def check_usable(medium: Medium) -> None:
    """Return when the medium may name its account for earning and spending.

    Else raises `Refusal` `medium_blank`, `card_frozen`, `card_replaced`, `medium_blacklisted` or `medium_retired`.
    """
    if medium.state == FROZEN:
        raise Refusal("card_frozen")
    if medium.state != ACTIVE:
        raise Refusal(_why_not(medium))


def _check_state(medium: Medium, move: Move) -> None:
    if medium.state not in move.sources:
        raise Refusal(_why_not(medium))


def _why_not(medium: Medium) -> str:
    if medium.state == REVOKED:
        return "medium_blacklisted" if medium.ended_by == BLACKLIST else "card_replaced"
    return _WRONG_STATE[medium.state]


def _check_request(move: Move, request: Request) -> None:
    if request.by not in move.actors:
        raise Refusal("medium_manager_only" if move.actors == _MANAGERS else "medium_staff_only")
    proof = move.proof_for(request.by)
    if proof and proof not in request.shown:
        raise Refusal(_MISSING[proof])
