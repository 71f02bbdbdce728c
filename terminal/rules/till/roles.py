"""What the shop's people may do alone, what they need somebody's approval for, and whose: all decided off-line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.mistake import Found, Mistake, below, choice, number, twice, wrong

FEN, BP, NOTHING = "fen", "ten-thousandths", "nothing"
# What can be limited, and what its limit counts: money, a part of the price, or nothing (allowed or not).
ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "adjust_balance": FEN,
        "blacklist": NOTHING,
        "cancel_loss": NOTHING,
        "cash_out": FEN,
        "change_price": BP,
        "close_shift_of_other": NOTHING,
        "discount": BP,
        "open_drawer": NOTHING,
        "refund": FEN,
        "refund_prepayment": FEN,
        "reopen_bill": FEN,
        "replace_medium": FEN,
        "return_card": FEN,
        "sell_on_credit": FEN,
        "set_level": NOTHING,
        "settle_alert": FEN,
        "void": FEN,
    }
)
WHOLE_BP = 10_000
APPROVAL_MINUTES_MAX = 24 * 60
ALLOWED, NEEDS_APPROVAL = "allowed", "needs_approval"


@dataclass(frozen=True, slots=True)
class Limit:
    """An action a role may take, up to `most` (in the action's unit; None: without a limit)."""

    action: str
    most: int | None = None

    def covers(self, action: str, amount: int) -> bool:
        """Tell whether it lets the action be taken to this amount."""
        return self.action == action and (self.most is None or amount <= self.most)


@dataclass(frozen=True, slots=True)
class Role:
    """What people in it may do, and people of which roles they may approve, within their own limits."""

    name: str
    limits: tuple[Limit, ...] = ()
    approves: frozenset[str] = frozenset()

    def may(self, action: str, amount: int) -> bool:
        """Tell whether somebody in it may take the action alone."""
        return any(limit.covers(action, amount) for limit in self.limits)


@dataclass(frozen=True, slots=True)
class Roles:
    """All roles of the shop; an approval is good for `approval_minutes`."""

    roles: tuple[Role, ...]
    approval_minutes: int = 10
    version: int = 0

    def named(self, name: str) -> Role:
        """Return a role by its name; raise `Refusal` `role_unknown`."""
        for role in self.roles:
            if role.name == name:
                return role
        raise Refusal("role_unknown")


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody at work, in a role."""

    id: str
    role: str


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to do: the id of the action (which is taken once), the action, and its amount."""

    action_id: str
    action: str
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Approval:
    """A second person's yes to exactly one thing; the entry notes it."""

    ask: Ask
    operator: str
    approver: Staff
    given_at: dt.datetime
    ends_at: dt.datetime


def mistakes(roles: Roles) -> list[Mistake]:
    """Return every mistake of the roles, each at the role's name."""
    names = [role.name for role in roles.roles]
    found = [*number("approval_minutes", roles.approval_minutes, APPROVAL_MINUTES_MAX, least=1), *twice("roles", names)]
    for role in roles.roles:
        key, strangers = f"roles[{role.name}].approves", sorted(role.approves.difference(names))
        found += (wrong(key, "setup_unknown", name=name) for name in strangers)
        found += below(f"roles[{role.name}]", _mistakes_of(role))
    return found


def decide(roles: Roles, operator: Staff, ask: Ask) -> str:
    """Return ALLOWED, or NEEDS_APPROVAL where a role that approves the operator's may do it.

    Raises `Refusal` `role_unknown`, `role_action_unknown`, `role_amount_bad`, and `role_forbidden` when nobody can.
    """
    role = roles.named(operator.role)
    _check_ask(ask)
    if role.may(ask.action, ask.amount):
        return ALLOWED
    if any(_approves(other, operator, ask) for other in roles.roles):
        return NEEDS_APPROVAL
    raise Refusal("role_forbidden")


def approve(roles: Roles, operator: Staff, approver: Staff, ask: Ask, at: dt.datetime) -> Approval:
    """Return the approver's yes, good for this one action of this operator and for the minutes the shop set.

    Raises `Refusal` `approval_own`, `approval_role` when the approver may not approve this, and what `decide` raises.
    """
    _check_approver(roles, operator, approver, ask)
    return Approval(ask, operator.id, approver, at, at + dt.timedelta(minutes=roles.approval_minutes))


def check(roles: Roles, operator: Staff, ask: Ask, at: dt.datetime, approval: Approval | None = None) -> None:
    """Pass an action that is allowed, or approved as the roles are now.

    Raises `Refusal` `approval_needed`, `approval_other` for one that was given for something else (another action
    id, action, amount or operator), `approval_ended` when it is over or the clock stands before it was given, and what
    `approve` raises.
    """
    if decide(roles, operator, ask) == ALLOWED:
        return
    if approval is None:
        raise Refusal("approval_needed")
    if (approval.ask, approval.operator) != (ask, operator.id):
        raise Refusal("approval_other")
    if not approval.given_at <= at <= approval.ends_at:
        raise Refusal("approval_ended")
    _check_approver(roles, operator, approval.approver, ask)


def _check_approver(roles: Roles, operator: Staff, approver: Staff, ask: Ask) -> None:
    _check_ask(ask)
    if approver.id == operator.id:
        raise Refusal("approval_own")
    if not _approves(roles.named(approver.role), operator, ask):
        raise Refusal("approval_role")


def _approves(role: Role, operator: Staff, ask: Ask) -> bool:
    return operator.role in role.approves and role.may(ask.action, ask.amount)


def _check_ask(ask: Ask) -> None:
    if ask.action not in ACTIONS:
        raise Refusal("role_action_unknown")
    most = {FEN: None, BP: WHOLE_BP, NOTHING: 0}[ACTIONS[ask.action]]
    if ask.amount < 0 or (most is not None and ask.amount > most):
        raise Refusal("role_amount_bad")


def _mistakes_of(role: Role) -> Found:
    yield from twice("limits", [limit.action for limit in role.limits])
    for limit in role.limits:
        key, unit = f"limits[{limit.action}]", ACTIONS.get(limit.action)
        yield from choice(key, limit.action, ACTIONS)
        if unit == NOTHING and limit.most is not None:
            yield wrong(key, "setup_no_limit")
        elif unit == BP:
            yield from below(key, number("most_bp", limit.most, WHOLE_BP))
        elif unit == FEN:
            yield from below(key, number("most_fen", limit.most, FEN_MAX))
