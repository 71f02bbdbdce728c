"""Refund of a bill: what its lines are still worth, and which right gives back how much of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from terminal.base.errors import Refusal
from terminal.rules.canonical import Canonical
from terminal.rules.split import half_up, largest_remainder

OWED, TENDER, PRINCIPAL, BONUS = "owed", "tender", "principal", "bonus"
POINTS, COUPON, PASS = "points", "coupon", "pass"
# What is still owed is cancelled first, then external payments go back, then stored value, each group in proportion.
GROUPS = ((OWED,), (TENDER,), (PRINCIPAL, BONUS))
# Missing points are taken off money in the hand first, and last off a debt that is cancelled.
DEDUCTED = ((TENDER,), (PRINCIPAL, BONUS), (OWED,))
MONEY = frozenset({OWED, TENDER, PRINCIPAL, BONUS})


@dataclass(frozen=True, slots=True)
class Right:
    """What is `left` (units; fen for money) of the right to be given back a payment or the units a bill drew on.

    `asset` is TENDER for an external payment (`tender` names it), else the asset of the bucket it leads back to. Of an
    OWED right `left` counts only what is still owed: what was repaid is a right of its own that names the first in
    `repays`, which is spent along with it. `line` is the place of the line it belongs to (session, exchange, trial),
    and `unit_value_fen` what a unit of a pass is worth in the book.
    """

    id: str
    asset: str
    left: int
    tender: str = ""
    line: int | None = None
    unit_value_fen: int = 0
    repays: str = ""


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line as it was sold (net value, used points spread on it, units of rights of its own) and its refunds so far.

    `kind` names the sales account; a session line has a net value of 0 and the sessions as its `units`.
    """

    kind: str
    quantity: int
    net_fen: int
    points: int = 0
    units: int = 0
    refunded_quantity: int = 0
    refunded_fen: int = 0
    refunded_points: int = 0
    refunded_units: int = 0

    @property
    def quantity_left(self) -> int:
        """Return the quantity that was not refunded."""
        return self.quantity - self.refunded_quantity

    @property
    def left_fen(self) -> int:
        """Return the net value that was not refunded."""
        return self.net_fen - self.refunded_fen


@dataclass(frozen=True, slots=True)
class Sale:
    """A settled bill with all that is left of its rights; `store` sold it.

    `lapsed_fen` is the money of rights that ended before this refund, with a prepayment that was refunded.
    """

    lines: tuple[SoldLine, ...]
    rights: tuple[Right, ...]
    bill: str = ""
    store: str = ""
    lapsed_fen: int = 0


@dataclass(frozen=True, slots=True)
class LineBack:
    """What a refund takes of the line at `place`: quantity, net value, used points and units of rights of its own."""

    place: int
    quantity: int
    value_fen: int
    points: int
    units: int


@dataclass(frozen=True, slots=True)
class Back:
    """How much of a right is spent, and how much of that is given back: less, where missing points were deducted."""

    right: Right
    spent: int
    given: int


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund: its lines, what each right gives back, and the debit of sales by kind of line.

    `full` says that nothing of the bill is left after it; `lapsed_fen` of its value cannot be given back, as those
    rights ended with a prepayment that was refunded. `sales` adds up to the money given back and the value of
    the sessions given back.
    """

    bill: str
    store: str
    lines: tuple[LineBack, ...]
    backs: tuple[Back, ...]
    sales: tuple[tuple[str, int], ...]
    deducted_fen: int
    full: bool
    lapsed_fen: int = 0

    @property
    def value_fen(self) -> int:
        """Return the net value of what is refunded."""
        return sum(line.value_fen for line in self.lines)

    @property
    def given_fen(self) -> int:
        """Return the money given back, stored value and cancelled debt included."""
        return self.value_fen - self.lapsed_fen - self.deducted_fen

    @property
    def points(self) -> int:
        """Return how many of the points that paid are given back."""
        return sum(back.given for back in self.backs if back.right.asset == POINTS)

    def note(self) -> dict[str, Canonical]:
        """Return what the entry's payload keeps, so that later refunds and reports know it."""
        lines: list[Canonical] = [asdict(line) for line in self.lines]
        return {
            "bill": self.bill,
            "deducted_fen": self.deducted_fen,
            "full": self.full,
            "given_fen": self.given_fen,
            "lapsed_fen": self.lapsed_fen,
            "lines": lines,
            "store": self.store,
            "value_fen": self.value_fen,
        }


def refund(sale: Sale, wanted: Mapping[int, int] | None = None, deduct_fen: int = 0, kept_points: int = 0) -> Refund:
    """Return the refund of `wanted` (place of a line -> quantity), or of all that is left.

    `deduct_fen` is what missing points cost, and `kept_points` of the points it would give back make up for earned
    ones: the rights are spent in full, and so much less is given back. A coupon comes back only with the refund after
    which nothing of the bill is left; units come back with their own end dates. A line that is worth nothing and has
    no units cannot be refunded alone. Raises `Refusal` `refund_done`, `refund_nothing`, `refund_line_unknown`,
    `refund_line_done`, `refund_quantity_bad`, `refund_quantity_over`, `refund_rights_elsewhere`, `refund_deduction_bad`
    or `refund_points_bad`.
    """
    places = _chosen(sale, wanted)
    lines = tuple(_line_back(place, sale.lines[place], quantity) for place, quantity in places.items())
    check_rights(sale)
    value_fen = sum(line.value_fen for line in lines)
    full = all(line.quantity_left == places.get(place, 0) for place, line in enumerate(sale.lines))
    due_fen = min(value_fen, sum(right.left for right in sale.rights if right.asset in MONEY))
    if not 0 <= deduct_fen <= due_fen:
        raise Refusal("refund_deduction_bad", value_fen=due_fen)
    points = sum(line.points for line in lines)
    if not 0 <= kept_points <= points:
        raise Refusal("refund_points_bad", points=points)
    spent = split_back(due_fen, sale.rights)
    spent |= _units_back(sale.rights, lines)
    if full:
        spent |= {right.id: right.left for right in sale.rights if right.asset == COUPON and right.line is None}
    backs = _backs(sale.rights, spent, deduct_fen, kept_points)
    if not backs:
        raise Refusal("refund_nothing")
    sales = _sales(sale, lines, backs, deduct_fen + value_fen - due_fen)
    return Refund(sale.bill, sale.store, lines, backs, sales, deduct_fen, full, value_fen - due_fen)


def after(sale: Sale, done: Refund) -> Sale:
    """Return the sale as it is once a refund is done."""
    lines = list(sale.lines)
    for back in done.lines:
        line = lines[back.place]
        lines[back.place] = replace(
            line,
            refunded_quantity=line.refunded_quantity + back.quantity,
            refunded_fen=line.refunded_fen + back.value_fen,
            refunded_points=line.refunded_points + back.points,
            refunded_units=line.refunded_units + back.units,
        )
    spent = {back.right.id: back.spent for back in done.backs}
    rights = tuple(replace(right, left=right.left - spent.get(right.id, 0)) for right in sale.rights)
    return replace(sale, lines=tuple(lines), rights=rights, lapsed_fen=sale.lapsed_fen - done.lapsed_fen)


def split_back(value_fen: int, rights: Sequence[Right]) -> dict[str, int]:
    """Return by right how much of `value_fen` it gives back: group by group, in proportion to what is left in each.

    Raises `Refusal` `refund_too_much` with `left_fen` when the money rights hold less.
    """
    left_fen = sum(right.left for right in rights if right.asset in MONEY)
    if value_fen > left_fen:
        raise Refusal("refund_too_much", left_fen=left_fen)
    given: dict[str, int] = {}
    for assets in GROUPS:
        group = [right for right in rights if right.asset in assets]
        part_fen = min(value_fen, sum(right.left for right in group))
        given |= _shared(part_fen, {right.id: right.left for right in group})
        value_fen -= part_fen
    return given


def points_by_line(points: int, parts_fen: Sequence[int]) -> list[int]:
    """Return the points used on a bill spread like what they took off each line (largest remainder)."""
    return largest_remainder(points, parts_fen) if points else [0] * len(parts_fen)


def _chosen(sale: Sale, wanted: Mapping[int, int] | None) -> dict[int, int]:
    left = {place: line.quantity_left for place, line in enumerate(sale.lines) if line.quantity_left}
    if not left:
        raise Refusal("refund_done")
    if wanted is None:
        return left
    if not wanted:
        raise Refusal("refund_nothing")
    for place, quantity in wanted.items():
        if not 0 <= place < len(sale.lines):
            raise Refusal("refund_line_unknown", line=place + 1)
        if quantity <= 0:
            raise Refusal("refund_quantity_bad", line=place + 1)
        if place not in left:
            raise Refusal("refund_line_done", line=place + 1)
        if quantity > left[place]:
            raise Refusal("refund_quantity_over", line=place + 1, left=left[place])
    return dict(sorted(wanted.items()))


def _line_back(place: int, line: SoldLine, quantity: int) -> LineBack:
    """Return the part of what is left that falls on `quantity`: money half up, points and units down."""
    of = line.quantity_left
    value_fen = half_up(line.left_fen * quantity, of)
    points = (line.points - line.refunded_points) * quantity // of
    units = (line.units - line.refunded_units) * quantity // of
    return LineBack(place, quantity, value_fen, points, units)


def check_rights(sale: Sale) -> None:
    """Raise `Refusal` `refund_rights_elsewhere` for a till that does not hold all that is left of a sale's rights.

    Proportions of a part of them would be wrong, and what repaid a debt is spent along with the right it repaid.
    """
    here = {right.id for right in sale.rights}
    if any(right.repays not in here for right in sale.rights if right.repays):
        raise Refusal("refund_rights_elsewhere")
    money_fen = sum(line.left_fen for line in sale.lines) - sale.lapsed_fen
    owing: list[tuple[frozenset[str], int | None, int]] = [(MONEY, None, money_fen)]
    owing.append((frozenset({POINTS}), None, sum(line.points - line.refunded_points for line in sale.lines)))
    for place, line in enumerate(sale.lines):
        owing.append((frozenset({PASS, COUPON}), place, line.units - line.refunded_units))
    for assets, line_place, amount in owing:
        if sum(right.left for right in sale.rights if right.asset in assets and right.line == line_place) != amount:
            raise Refusal("refund_rights_elsewhere")


def _units_back(rights: Sequence[Right], lines: Sequence[LineBack]) -> dict[str, int]:
    """Return by right the points (in proportion to what is left) and a line's own units (used last, back first)."""
    points = {right.id: right.left for right in rights if right.asset == POINTS}
    given = _shared(sum(line.points for line in lines), points)
    for line in lines:
        units = line.units
        for right in reversed([right for right in rights if right.line == line.place]):
            given[right.id] = min(units, right.left)
            units -= given[right.id]
    return given


def _backs(rights: Iterable[Right], spent: Mapping[str, int], deduct_fen: int, kept_points: int) -> tuple[Back, ...]:
    backs = [Back(right, spent[right.id], spent[right.id]) for right in rights if spent.get(right.id)]
    backs = _less(backs, (POINTS,), kept_points)
    for assets in DEDUCTED:
        part_fen = min(deduct_fen, sum(back.spent for back in backs if back.right.asset in assets))
        backs = _less(backs, assets, part_fen)
        deduct_fen -= part_fen
    return tuple(backs)


def _less(backs: Sequence[Back], assets: Sequence[str], amount: int) -> list[Back]:
    """Return the backs with `amount` less given of these assets, in proportion to what is spent of them."""
    less = _shared(amount, {back.right.id: back.spent for back in backs if back.right.asset in assets})
    return [replace(back, given=back.given - less.get(back.right.id, 0)) for back in backs]


def _sales(sale: Sale, lines: Sequence[LineBack], backs: Iterable[Back], kept_fen: int) -> tuple[tuple[str, int], ...]:
    """Return by kind of line what sales are debited: value less its part of what is kept, and sessions' value."""
    less = _shared(kept_fen, {str(line.place): line.value_fen for line in lines})
    by_kind: dict[str, int] = {}
    for line in lines:
        kind = sale.lines[line.place].kind
        by_kind[kind] = by_kind.get(kind, 0) + line.value_fen - less[str(line.place)]
    for back in backs:
        if back.right.line is not None:
            by_kind[sale.lines[back.right.line].kind] += back.given * back.right.unit_value_fen
    return tuple((kind, fen) for kind, fen in sorted(by_kind.items()) if fen)


def _shared(amount: int, left: Mapping[str, int]) -> dict[str, int]:
    """Return `amount` (not above what is left in all) by name, in proportion to what is left of each."""
    parts = largest_remainder(amount, list(left.values())) if amount else [0] * len(left)
    return dict(zip(left, parts, strict=True))
