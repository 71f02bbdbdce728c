"""Referral: what is given to who brought a new member, and to who brought that one, at most two levels up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from terminal.base.money import FEN_MAX
from terminal.rules.mistake import Found, Mistake, choice, each_of, number, twice, wrong
from terminal.rules.value.top_up import Gift

FIRST_BILL, FIRST_TOP_UP = "first_bill", "first_top_up"
CONDITIONS = (FIRST_BILL, FIRST_TOP_UP)
# More levels than two are pyramid selling (State Council, order 444 of 2005, article 7).
LEVELS_MAX = 2
DAYS_MAX = 36_500
COUNT_MAX = 1_000


@dataclass(frozen=True, slots=True)
class ReferralReward:
    """What one who brought a new member is given: bonus in fen, good for `valid_days` (None: no end), points, coupons.

    The day it is given is the first of those days.
    """

    bonus_fen: int = 0
    points: int = 0
    coupons: tuple[Gift, ...] = ()
    valid_days: int | None = None

    def bonus_last(self, day: dt.date) -> dt.date | None:
        """Return the last good day of its bonus where it is given on `day`, None for no end."""
        return None if self.valid_days is None else day + dt.timedelta(days=self.valid_days - 1)


@dataclass(frozen=True, slots=True)
class ReferralRules:
    """What brings a reward: the new member's first bill or first top-up of at least `least_fen` paid.

    `rewards` are those of the one who brought the new member and of the one who brought that one; none: no referral.
    `most_per_member` limits for how many new members one is rewarded (0: no limit). `version` is noted in the entry.
    """

    version: int = 0
    condition: str = FIRST_BILL
    least_fen: int = 1
    rewards: tuple[ReferralReward, ...] = ()
    most_per_member: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A reward for the member `account`, who stands `level` (1 or 2) above the new one."""

    account: str
    level: int
    reward: ReferralReward


def due(
    rules: ReferralRules, condition: str, paid_fen: int, *, first: bool, line: Sequence[str], rewarded: Collection[str]
) -> tuple[Due, ...]:
    """Return who is rewarded for what a new member did, nobody where the condition is not met.

    `first`: it is the new member's first of this kind that reached `least_fen`. `line` begins with the new member and
    goes on with who brought them and who brought that one, as far as known (empty: nobody). `rewarded` are those of
    the line who have had all that one member may have, or who are no members any more.
    """
    if condition != rules.condition or not first or paid_fen < max(1, rules.least_fen):
        return ()
    found: list[Due] = []
    for level, (account, reward) in enumerate(zip(line[1 : 1 + LEVELS_MAX], rules.rewards, strict=False), start=1):
        # Who brought themselves, or each other in a circle, brought nobody.
        if not account or account in line[:level]:
            break
        if account not in rewarded:
            found.append(Due(account, level, reward))
    return tuple(found)


def mistakes(rules: ReferralRules) -> list[Mistake]:
    """Return every mistake of the rules, none when they can be used."""
    return [
        *choice("condition", rules.condition, CONDITIONS),
        *number("least_fen", rules.least_fen, FEN_MAX),
        *number("most_per_member", rules.most_per_member, FEN_MAX),
        *number("rewards", len(rules.rewards), LEVELS_MAX),
        *each_of("rewards", rules.rewards, _reward_mistakes),
    ]


def _reward_mistakes(reward: ReferralReward) -> Found:
    yield from number("bonus_fen", reward.bonus_fen, FEN_MAX)
    yield from number("points", reward.points, FEN_MAX)
    yield from number("valid_days", reward.valid_days, DAYS_MAX, least=1)
    if not (reward.bonus_fen or reward.points or reward.coupons):
        yield wrong("", "setup_gives_nothing")
    if any(not gift.code or not 1 <= gift.count <= COUNT_MAX for gift in reward.coupons):
        yield wrong("coupons", "setup_gift", most=COUNT_MAX)
    yield from twice("coupons", [gift.code for gift in reward.coupons if gift.code])
