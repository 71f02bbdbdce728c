"""What the price engine is given and what it answers. Amounts are fen, rates ten-thousandths of the price to pay."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from terminal.rules.scope import EVERYBODY, EVERYTHING, Audience, Scope
from terminal.rules.when import ALWAYS, Window

WHOLE_BP = 10_000
BEST_OF, BOTH = "best_of", "both"

# Kinds of coupons by what they do; a timed coupon is any of them with a window.
DISCOUNT, THRESHOLD, CASH, EXCHANGE, TRIAL = "discount", "threshold", "cash", "exchange", "trial"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill: `quantity` of an item at its list price; a session line is settled by a pass."""

    item: str
    kind: str
    category: str
    list_fen: int
    quantity: int = 1
    session: bool = False


@dataclass(frozen=True, slots=True)
class Basket:
    """A bill before it is priced: its lines, and who buys where and when (civil time of the shop)."""

    lines: tuple[Line, ...]
    at: dt.datetime
    level: str = ""
    store: str = ""
    channel: str = "counter"


@dataclass(frozen=True, slots=True)
class LevelPrice:
    """Members of `level` pay `rate_bp` for what is in `scope`; of several that fit, the lowest price counts."""

    level: str
    rate_bp: int
    scope: Scope = EVERYTHING


@dataclass(frozen=True, slots=True)
class LinePromotion:
    """An offer on lines without a coupon: a rate, or a price for one item (`price_fen`, where it is not None)."""

    id: str
    rate_bp: int = WHOLE_BP
    price_fen: int | None = None
    scope: Scope = EVERYTHING
    audience: Audience = EVERYBODY
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True)
class BillPromotion:
    """`off_fen` less when the lines in its scope reach `threshold_fen`; with `each_multiple` once for every time."""

    id: str
    threshold_fen: int
    off_fen: int
    each_multiple: bool = False
    scope: Scope = EVERYTHING
    audience: Audience = EVERYBODY
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True)
class Coupon:
    """One issued right with what its template says; dates are both good.

    `kind` DISCOUNT uses `rate_bp`; THRESHOLD and CASH `off_fen`; EXCHANGE and TRIAL set one line to nothing. `on_line`
    says that a discount is for one line. `alone`: not with other offers. Of coupons for the bill one is used, or
    several whose `stack_group` is the same and not empty.
    """

    id: str
    kind: str
    template: str = ""
    rate_bp: int = WHOLE_BP
    off_fen: int = 0
    threshold_fen: int = 0
    on_line: bool = False
    alone: bool = False
    stack_group: str = ""
    first: dt.date | None = None
    last: dt.date | None = None
    scope: Scope = EVERYTHING
    audience: Audience = EVERYBODY
    window: Window = ALWAYS

    @property
    def for_line(self) -> bool:
        """Tell whether it is used on one line, not on the bill."""
        return self.on_line or self.kind in {EXCHANGE, TRIAL}


@dataclass(frozen=True, slots=True)
class Use:
    """A coupon and, for one that is used on a line, the line's place."""

    coupon: Coupon
    line: int | None = None


@dataclass(frozen=True, slots=True)
class PointsOffset:
    """`step` points are `worth_fen`; at most `most_bp` of what is payable, and never more than the points offered."""

    step: int = 100
    worth_fen: int = 1_00
    most_bp: int = 2_000


@dataclass(frozen=True, slots=True)
class PriceRules:
    """The rules a bill is priced by; `version` is noted in the bill."""

    version: int = 0
    line_mode: str = BEST_OF
    levels: tuple[LevelPrice, ...] = ()
    line_promotions: tuple[LinePromotion, ...] = ()
    bill_promotions: tuple[BillPromotion, ...] = ()
    offset: PointsOffset = PointsOffset()
    round_off_unit_fen: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """What one step took off the bill.

    `name` is session, level, promotion, line_coupon, bill_promotion, bill_coupon, points or round_off; `source` the id
    of the level, offer or coupon, or empty; `parts` the fen of each line, which add up to `off_fen`.
    """

    name: str
    source: str
    off_fen: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line's list value, its value after its own offers (steps 1 to 3), and its net value."""

    line: Line
    list_fen: int
    own_fen: int
    net_fen: int


@dataclass(frozen=True, slots=True)
class Priced:
    """A priced bill: list values less all steps are the net values, which add up to what is payable."""

    lines: tuple[PricedLine, ...]
    steps: tuple[Step, ...]
    payable_fen: int
    points_used: int = 0
