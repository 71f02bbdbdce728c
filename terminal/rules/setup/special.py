"""How those fields are written whose name and type do not say it all: other keys, wider ranges, units that depend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from terminal.base.money import FEN_MAX
from terminal.rules.loyalty.growth import PAID_12_MONTHS, PAID_LIFETIME, TOP_UP_TOTAL, Milestone
from terminal.rules.loyalty.levels import Level
from terminal.rules.loyalty.redeeming import POINTS_MAX, Reward
from terminal.rules.member import profile
from terminal.rules.prices.basket import PointsOffset
from terminal.rules.rulebook import PurseRules
from terminal.rules.till import anomaly, roles
from terminal.rules.value.top_up import Offer, Tier, TopUpRules

TEXT_CHARS_MAX = 60
COUNT_MAX = 1_000_000
TERMS_CHARS_MAX = 2_000


class Form(Enum):
    """What stands in the file for a field."""

    AMOUNT = "amount"
    RATE = "rate"
    COUNT = "count"
    FLAG = "flag"
    TEXT = "text"
    DATE = "date"
    WINDOW = "window"
    TABLE = "table"
    LIST = "list"
    COUNTS = "counts"
    PAIRS = "pairs"


@dataclass(frozen=True, slots=True)
class Unit:
    """The form of a number decided by another key of its table, or of one around it: its form by that key's value.

    A table that leaves the key out has `usual`; a value that is not named counts things.
    """

    key: str
    forms: Mapping[str, Form]
    usual: str = ""

    def form(self, value: object) -> Form:
        """Return the form for the other key's value (None: it is left out)."""
        named = self.usual if value is None else value
        return self.forms.get(named, Form.COUNT) if isinstance(named, str) else Form.COUNT


@dataclass(frozen=True, slots=True)
class Special:
    """What is special: the key (empty: that of the name), the range of a count, a text's length and lines, the unit."""

    key: str = ""
    least: int = 0
    most: int = COUNT_MAX
    chars: int = TEXT_CHARS_MAX
    lines: bool = False
    unit: Unit | None = None


NOTHING = Special()
_GROWTH = Unit("growth", dict.fromkeys((PAID_12_MONTHS, PAID_LIFETIME, TOP_UP_TOTAL), Form.AMOUNT), PAID_12_MONTHS)
_ACTION = Unit(
    "action",
    {
        action: {roles.FEN: Form.AMOUNT, roles.BP: Form.RATE, roles.NOTHING: Form.COUNT}[unit]
        for action, unit in roles.ACTIONS.items()
    },
)
_TEST = Unit("test", dict.fromkeys(("single_amount", "manual_adjustment"), Form.AMOUNT))
_WIDE = Special(least=-profile.NUMBER_MAX, most=profile.NUMBER_MAX)
SPECIAL: Mapping[tuple[type[object], str], Special] = MappingProxyType(
    {
        (Level, "threshold"): Special(most=FEN_MAX, unit=_GROWTH),
        (Milestone, "growth"): Special(most=FEN_MAX, unit=_GROWTH),
        (Milestone, "points"): Special(most=FEN_MAX),
        (Offer, "priority"): Special(least=-COUNT_MAX),
        (PointsOffset, "step"): Special(most=FEN_MAX),
        (PurseRules, "top_up_terms"): Special(chars=TERMS_CHARS_MAX, lines=True),
        (Reward, "points"): Special(most=POINTS_MAX),
        (Tier, "points"): Special(most=FEN_MAX),
        (TopUpRules, "least_fen"): Special("min"),
        (TopUpRules, "most_fen"): Special("max"),
        (anomaly.Rule, "limit"): Special(unit=_TEST),
        (profile.Field, "least"): _WIDE,
        (profile.Field, "most"): _WIDE,
        (roles.Limit, "most"): Special(unit=_ACTION),
    }
)
