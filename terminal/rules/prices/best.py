"""The combination of coupons a bill is cheapest with, and why each other coupon is not in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from terminal.base.errors import Refusal, Value
from terminal.rules.prices.basket import Basket, Coupon, Priced, PriceRules, Use
from terminal.rules.prices.bill import Bill
from terminal.rules.prices.coupons import REASONS, Reach, check_uses, go_together, in_order, line_cost_fen, reach, take
from terminal.rules.prices.engine import check_points, last_cuts, own_values, price, promote
from terminal.rules.prices.sheet import Sheet

COMBINATIONS_MAX = 4_096


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a coupon is not used: a code, and the values its sentence needs."""

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Best:
    """The uses a bill is cheapest with (lines first), the bill so priced, and the reason of every other coupon."""

    uses: tuple[Use, ...]
    priced: Priced
    unused: Mapping[str, Reason]


@dataclass(frozen=True, slots=True)
class _Spot:
    """A coupon on a line where it may be used, and what the line costs with it."""

    coupon: Coupon
    place: int
    cost_fen: int


# Coupons on their lines, and coupons for the bill in their order.
_Spots = tuple[_Spot, ...]
_Set = tuple[Coupon, ...]
# What a coupon reaches of a bill, and what it takes off where it is the first one used.
_Reached = tuple[Reach, int]


@dataclass(frozen=True, slots=True)
class _Found:
    """A combination that may be used, and what is payable with it."""

    payable_fen: int
    spots: _Spots
    coupons: _Set

    def key(self) -> tuple[int, int, list[str], list[int]]:
        """Return what is least for the best one: the payable, then few coupons, then early ids, then early lines."""
        ids = [*(each.coupon.id for each in self.spots), *(each.id for each in self.coupons)]
        return self.payable_fen, len(ids), sorted(ids), [each.place for each in self.spots]


def best(basket: Basket, rules: PriceRules, coupons: Sequence[Coupon], points_offered: int = 0) -> Best:
    """Return the cheapest combination; of equal ones that with fewest coupons, then with the ids that come first.

    It is exactly that where there are at most `COMBINATIONS_MAX` of them; where there are more, it is what is found
    from the best single coupon by adding one at a time, or exchanging those for the bill, and never dearer than that.
    A coupon given twice counts once. Raises `Refusal` for a basket that cannot be priced.
    """
    check_points(points_offered)
    given = list({each.id: each for each in coupons}.values())
    bill = Bill(basket, rules)
    found = _Search(bill, given, points_offered).best()
    on_lines = [Use(spot.coupon, spot.place) for spot in sorted(found.spots, key=lambda spot: spot.place)]
    uses = (*on_lines, *(Use(coupon) for coupon in found.coupons))
    used = {use.coupon.id for use in uses}
    unused = {each.id: reason(bill, each) for each in given if each.id not in used}
    return Best(uses, price(basket, rules, uses, points_offered), unused)


def reason(bill: Bill, coupon: Coupon) -> Reason:
    """Return why a coupon cannot be used alone, or `coupon_better_found`; for a line's: where it gets furthest."""
    places = range(len(bill.values)) if coupon.for_line else (None,)
    reasons = [_refused(bill, Use(coupon, place)) for place in places]
    if None in reasons:
        return Reason("coupon_better_found")
    return max((each for each in reasons if each), key=_how_far)


def _how_far(reason: Reason) -> tuple[int, int]:
    """Return what is most for the reason found last, and of equal ones for that where least is missing."""
    return REASONS.index(reason.code), -int(reason.values.get("missing_fen", 0))


def _refused(bill: Bill, use: Use) -> Reason | None:
    try:
        check_uses(bill, [use])
        if use.line is not None:
            line_cost_fen(bill, use.coupon, use.line)
            return None
        sheet = Sheet(own_values(bill, {}))
        promote(sheet, bill)
        take(sheet, reach(sheet, bill, use.coupon, ()))
    except Refusal as refusal:
        return Reason(refusal.code, refusal.values)
    return None


class _Search:
    """The combinations of coupons for one bill, and the best of those tried so far."""

    def __init__(self, bill: Bill, coupons: Sequence[Coupon], points_offered: int) -> None:
        self._bill, self._points = bill, points_offered
        for_lines = (tuple(_spots(bill, each)) for each in coupons if each.for_line)
        self._for_lines = [spots for spots in for_lines if spots]
        self._for_bill = in_order(each for each in coupons if not each.for_line and _may_do(bill, each))
        self._found: _Found | None = None

    def best(self) -> _Found:
        """Return the best combination of all, or the best that was found step by step."""
        assignments, sets = _assignments(self._for_lines), _sets(self._for_bill)
        if len(assignments) * len(sets) > COMBINATIONS_MAX:
            return self._step_by_step()
        for spots in assignments:
            self._try(spots, sets)
        return self._so_far()

    def _so_far(self) -> _Found:
        assert self._found is not None, "a bill without coupons was tried"
        return self._found

    def _step_by_step(self) -> _Found:
        singles = [(), *((each,) for each in self._for_bill)]
        by_gain = sorted((spot for spots in self._for_lines for spot in spots), key=self._gain_fen, reverse=True)
        self._try((), singles)
        for spot in by_gain:
            self._try((spot,), [()])
        before = None
        while (found := self._so_far()) is not before:
            before = found
            self._improve(by_gain, singles)
        return found

    def _improve(self, by_gain: Sequence[_Spot], singles: Sequence[_Set]) -> None:
        """Try one more coupon after the other, on a line with any or none for the bill, or with those for the bill."""
        for spot in by_gain:
            found = self._so_far()
            if all(spot.coupon.id != each.coupon.id and spot.place != each.place for each in found.spots):
                self._try((*found.spots, spot), [found.coupons, *singles])
        for coupon in self._for_bill:
            found = self._so_far()
            more = tuple(in_order((*found.coupons, coupon)))
            if coupon not in found.coupons and go_together(more):
                self._try(found.spots, [more])

    def _gain_fen(self, spot: _Spot) -> int:
        return self._bill.values[spot.place].value_fen - spot.cost_fen

    def _try(self, spots: _Spots, sets: Iterable[_Set]) -> None:
        """Keep what is better than the best so far, of these lines' coupons with each of the sets that may be used."""
        costs = {spot.place: spot.cost_fen for spot in spots}
        sheet = Sheet(own_values(self._bill, costs))
        promote(sheet, self._bill)
        reached = dict(self._reached(sheet, costs))
        for coupons in sets:
            ids = [each.id for each in coupons]
            if all(each in reached for each in ids):
                self._try_set(sheet, spots, coupons, [reached[each] for each in ids])

    def _reached(self, sheet: Sheet, costs: Mapping[int, int]) -> Iterator[tuple[str, _Reached]]:
        for coupon in self._for_bill:
            try:
                reached = reach(sheet, self._bill, coupon, costs)
            except Refusal:
                continue
            yield coupon.id, (reached, reached.off_fen(reached.before_fen))

    def _try_set(self, sheet: Sheet, spots: _Spots, coupons: _Set, reached: Sequence[_Reached]) -> None:
        # No coupon takes more off than it does where it is the first one used: what is no better even so is not tried.
        most_fen = sum([off_fen for _, off_fen in reached])
        if not self._better(_Found(self._at_least_fen(sheet.total_fen - most_fen), spots, coupons)):
            return
        trial = sheet.copy()
        try:
            for each, _ in reached:
                take(trial, each)
        except Refusal:
            return
        _, points_fen, round_off_fen = last_cuts(self._bill.rules, trial.total_fen, self._points)
        found = _Found(trial.total_fen - points_fen - round_off_fen, spots, coupons)
        if self._better(found):
            self._found = found

    def _better(self, found: _Found) -> bool:
        so_far = self._found
        if so_far is None or found.payable_fen != so_far.payable_fen:
            return so_far is None or found.payable_fen < so_far.payable_fen
        return found.key() < so_far.key()

    def _at_least_fen(self, total_fen: int) -> int:
        """Return what is payable at least where so much, or more, is left before points and round-off."""
        rules = self._bill.rules
        points_fen = self._points // rules.offset.step * rules.offset.worth_fen
        return total_fen - min(points_fen, total_fen * rules.offset.most_bp // 10_000) - (rules.round_off_unit_fen - 1)


def _spots(bill: Bill, coupon: Coupon) -> Iterator[_Spot]:
    for place in sorted(bill.places(coupon.scope)):
        try:
            check_uses(bill, [Use(coupon, place)])
            yield _Spot(coupon, place, line_cost_fen(bill, coupon, place))
        except Refusal:
            continue


def _may_do(bill: Bill, coupon: Coupon) -> bool:
    """Tell whether a coupon for the bill may be used in some combination, as far as no price says."""
    try:
        check_uses(bill, [Use(coupon)])
    except Refusal:
        return False
    return bool(bill.places(coupon.scope))


def _assignments(for_lines: Sequence[_Spots]) -> list[_Spots]:
    """Return every way to put coupons on lines, each line having one at most, or more than can be tried."""
    found: list[_Spots] = [()]
    for spots in for_lines:
        for before in found.copy():
            taken = {each.place for each in before}
            found += [(*before, spot) for spot in spots if spot.place not in taken]
            if len(found) > COMBINATIONS_MAX:
                return found
    return found


def _sets(coupons: Sequence[Coupon]) -> list[_Set]:
    """Return every set of coupons for the bill that may be used together, or more than can be tried."""
    found: list[_Set] = [()]
    groups: dict[str, list[_Set]] = {}
    for coupon in coupons:
        together = groups.setdefault(coupon.stack_group, []) if coupon.stack_group else []
        new = [(coupon,), *((*each, coupon) for each in together)]
        together += new
        found += new
        if len(found) > COMBINATIONS_MAX:
            break
    return found
