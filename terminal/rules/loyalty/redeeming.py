"""What points buy: goods, services, coupons, bonus money, and, only where the shop allows it, cash."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.loyalty.condition import Visit, when_and_who_mistakes
from terminal.rules.mistake import Found, Mistake, below, choice, number, twice, wrong
from terminal.rules.scope import EVERYBODY, Audience
from terminal.rules.when import ALWAYS, Window

GOODS, SERVICE, COUPON, BONUS, CASH = "goods", "service", "coupon", "bonus", "cash"
THINGS = frozenset({GOODS, SERVICE, COUPON})
VALUES = frozenset({BONUS, CASH})
QUANTITY_MAX = 9_999
POINTS_MAX = 10**9


@dataclass(frozen=True, slots=True)
class Reward:
    """One thing that costs `points`: `what` is the item or coupon template, `value_fen` the bonus or cash.

    Limits count pieces: for one member in all and on one day, and for everybody together; None: no limit. Bonus goes
    into the bonus purse, never to the principal, and is good for `valid_days` days from its own day on, None: no end.
    """

    id: str
    kind: str
    points: int
    what: str = ""
    value_fen: int = 0
    valid_days: int | None = None
    per_member: int | None = None
    per_day: int | None = None
    in_all: int | None = None
    audience: Audience = EVERYBODY
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True)
class RedeemRules:
    """The rewards a shop offers; `version` is noted with each redemption, `cash` allows points for cash."""

    version: int = 0
    rewards: tuple[Reward, ...] = ()
    cash: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """Pieces of a reward taken before: by this member, by this member today, by everybody."""

    member: int = 0
    today: int = 0
    everybody: int = 0


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What is given and what it costs: `value_fen` of bonus or cash, or `quantity` pieces of the reward."""

    reward: Reward
    quantity: int
    points: int
    value_fen: int
    expires_on: dt.date | None


def redeem(rules: RedeemRules, reward_id: str, quantity: int, points: int, visit: Visit, taken: Taken) -> Redeemed:
    """Return what a member who may spend `points` (debts of points already taken off) gets for how many.

    Raises `Refusal` with the first that applies: `reward_unknown`, `reward_quantity_bad`, `reward_no_cash`,
    `reward_wrong_time`, `reward_wrong_level`, `reward_wrong_store`, `reward_wrong_channel`, `reward_member_limit`,
    `reward_day_limit`, `reward_all_taken` (each with `left`), `points_not_enough` (with `missing` and `points`).
    """
    reward = next((each for each in rules.rewards if each.id == reward_id), None)
    if reward is None:
        raise Refusal("reward_unknown")
    if not 1 <= quantity <= QUANTITY_MAX:
        raise Refusal("reward_quantity_bad", most=QUANTITY_MAX)
    if reward.kind == CASH and not rules.cash:
        raise Refusal("reward_no_cash")
    _check_visit(reward, visit)
    _check_limits(reward, quantity, taken)
    cost = quantity * reward.points
    if cost > points:
        raise Refusal("points_not_enough", missing=cost - points, points=points)
    expires_on = None
    if reward.kind == BONUS and reward.valid_days is not None:
        expires_on = visit.at.date() + dt.timedelta(days=reward.valid_days - 1)
    return Redeemed(reward, quantity, cost, quantity * reward.value_fen, expires_on)


def mistakes(rules: RedeemRules) -> list[Mistake]:
    """Return every mistake of the rewards, none when they can be used."""
    found = list(twice("rewards", [reward.id for reward in rules.rewards]))
    for place, reward in enumerate(rules.rewards):
        found += below(f"rewards[{place}]", _reward_mistakes(reward))
        if reward.kind == CASH and not rules.cash:
            found.append(wrong(f"rewards[{place}].kind", "setup_cash_not_allowed"))
    return found


def _check_visit(reward: Reward, visit: Visit) -> None:
    audience = reward.audience
    if not reward.window.holds(visit.at):
        raise Refusal("reward_wrong_time")
    for code, allowed, here in (
        ("reward_wrong_level", audience.levels, visit.level),
        ("reward_wrong_store", audience.stores, visit.store),
        ("reward_wrong_channel", audience.channels, visit.channel),
    ):
        if allowed and here not in allowed:
            raise Refusal(code)


def _check_limits(reward: Reward, quantity: int, taken: Taken) -> None:
    for code, limit, before in (
        ("reward_member_limit", reward.per_member, taken.member),
        ("reward_day_limit", reward.per_day, taken.today),
        ("reward_all_taken", reward.in_all, taken.everybody),
    ):
        if limit is not None and before + quantity > limit:
            raise Refusal(code, left=max(0, limit - before))


def _reward_mistakes(reward: Reward) -> Found:
    yield from when_and_who_mistakes(reward.window, reward.audience)
    yield from number("points", reward.points, POINTS_MAX, least=1)
    yield from choice("kind", reward.kind, (GOODS, SERVICE, COUPON, BONUS, CASH))
    if reward.kind in THINGS and (not reward.what or reward.value_fen):
        yield wrong("what", "setup_reward_thing")
    if reward.kind in VALUES and (reward.what or not 0 < reward.value_fen <= FEN_MAX):
        yield wrong("value_fen", "setup_reward_value")
    for name, most in (
        ("valid_days", reward.valid_days),
        ("per_member", reward.per_member),
        ("per_day", reward.per_day),
        ("in_all", reward.in_all),
    ):
        yield from number(name, most, POINTS_MAX, least=1)
