"""Commission: what a line, a top-up or a session earns for those who sold or did it, and what a refund takes back.

Rates are ten-thousandths given. A line that was paid in several classes of tender earns in each by itself. Its refund
takes the same part back in each of them, whichever tender its money goes back to: that is decided for the bill.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from terminal.base.errors import Refusal
from terminal.base.money import FEN_MAX
from terminal.rules.mistake import Mistake, choice, each_of, number, wrong
from terminal.rules.scope import EVERYTHING, Scope
from terminal.rules.split import half_up, largest_remainder

WHOLE_BP = 10_000
# Classes of tender: cash-like ones (what is on credit too), stored value, and sessions of a pass.
CASH, PURSE, SESSION = "cash", "purse", "session"
TENDER_CLASSES = (CASH, PURSE, SESSION)
# Kinds of what is sold or done, as far as bases differ; top-ups and passes earn on what the member paid.
SERVICE, PRODUCT, TOP_UP, PASS_SALE = "service", "product", "top_up", "pass_sale"
NET, PROFIT = "net", "profit"
LABOUR = "labour"


@dataclass(frozen=True, slots=True)
class Rate:
    """`rate_bp` for what is in `scope`; `role`, `tender` (a class) empty and `requested` None: whichever it is."""

    rate_bp: int
    scope: Scope = EVERYTHING
    role: str = ""
    requested: bool | None = None
    tender: str = ""


@dataclass(frozen=True, slots=True)
class LabourFee:
    """`fee_fen` for each service in `scope`, free or not; with a `role`, for those who served in it."""

    fee_fen: int
    scope: Scope = EVERYTHING
    role: str = ""


@dataclass(frozen=True, slots=True)
class CommissionRules:
    """The rules commission is worked out by; `version` is noted in the bill.

    `bonus_counts` makes bonus money earn on services as principal does; `product_base` is NET or PROFIT.
    """

    version: int = 0
    rates: tuple[Rate, ...] = ()
    labour_fees: tuple[LabourFee, ...] = ()
    bonus_counts: bool = False
    product_base: str = NET


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a line: in which role, with which weight, and whether the customer asked for this person."""

    staff: str
    role: str
    weight: int = 1
    requested: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """What was sold or done, by whom, and what it was paid with: its net value by class, principal apart from bonus.

    `cash_fen` counts what is on credit: it earns at the sale, and nothing when it is repaid. `session_fen` is the
    value of the sessions used for it, `cost_fen` what a product cost the shop.
    """

    kind: str
    category: str
    item: str
    people: tuple[Person, ...]
    quantity: int = 1
    cash_fen: int = 0
    principal_fen: int = 0
    bonus_fen: int = 0
    session_fen: int = 0
    cost_fen: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """One person's part; negative where it is taken back."""

    staff: str
    fen: int


@dataclass(frozen=True, slots=True)
class Earned:
    """What a line earned in one class of tender on `base` (fen; of LABOUR: services), shared among its people."""

    tender: str
    base: int
    shares: tuple[Share, ...]

    @property
    def fen(self) -> int:
        """Return what all its people have together."""
        return sum(share.fen for share in self.shares)


def mistakes(rules: CommissionRules) -> list[Mistake]:
    """Return every mistake of the rules."""
    found = list(choice("product_base", rules.product_base, (NET, PROFIT)))
    seen: dict[Rate, str] = {}
    for place, rate in enumerate(rules.rates):
        key = f"rates[{place}]"
        found += number(f"{key}.rate_bp", rate.rate_bp, WHOLE_BP)
        found += choice(f"{key}.tender", rate.tender, ("", *TENDER_CLASSES))
        condition = replace(rate, rate_bp=0)
        if condition in seen:
            found.append(wrong(key, "setup_same_conditions", other=seen[condition]))
        seen.setdefault(condition, key)
    return [*found, *each_of("labour_fees", rules.labour_fees, lambda fee: number("fee_fen", fee.fee_fen, FEN_MAX))]


def earn(work: Work, rules: CommissionRules) -> tuple[Earned, ...]:
    """Return what a line earns, by class of tender; a class without a rate, or nothing to earn on, is left out.

    In each class the sum of what everybody's rate gives on the part of the base that their weight has is rounded half
    up once, and shared by largest remainder. Raises `Refusal` `commission_weights_bad`, `commission_base_bad`.
    """
    _check(work)
    earned: list[Earned] = []
    for tender, base_fen in _bases(work, rules):
        whole = sum(person.weight for person in work.people)
        parts = [person.weight * base_fen * _rate(work, person, tender, rules) for person in work.people]
        total_fen = half_up(sum(parts), WHOLE_BP * whole)
        if total_fen:
            earned.append(Earned(tender, base_fen, _shares(total_fen, work.people, parts)))
    return (*earned, *_labour(work, rules))


def take_back(earned: Earned, refunded: int) -> tuple[Earned, Earned]:
    """Return what a refund of `refunded` of the base takes back (negative shares), and what then is left.

    The part is half up of what is left in proportion to the base left; people give it in proportion to what they have
    left, so the last refund takes exactly the rest. It counts in the month of the refund. Raises `Refusal`
    `commission_refund_over` beyond the base left.
    """
    if not 0 <= refunded <= earned.base:
        raise Refusal("commission_refund_over", left=earned.base)
    taken_fen = half_up(earned.fen * refunded, earned.base) if refunded else 0
    parts = [share.fen for share in earned.shares]
    taken = largest_remainder(taken_fen, parts) if taken_fen else [0] * len(parts)
    pairs = list(zip(earned.shares, taken, strict=True))
    back = tuple(Share(share.staff, -fen) for share, fen in pairs)
    left = tuple(Share(share.staff, share.fen - fen) for share, fen in pairs)
    return Earned(earned.tender, -refunded, back), Earned(earned.tender, earned.base - refunded, left)


def take_back_line(earned: Iterable[Earned], quantity: int, of: int) -> tuple[tuple[Earned, ...], tuple[Earned, ...]]:
    """Return what the refund of `quantity` of a line's `of` pieces left takes back in each class, and what is left.

    Raises `Refusal` `commission_refund_over` for more pieces than are left, or none.
    """
    if not 0 < quantity <= of:
        raise Refusal("commission_refund_over", left=of)
    pairs = [take_back(each, half_up(each.base * quantity, of)) for each in earned]
    return tuple(back for back, _ in pairs), tuple(left for _, left in pairs)


def _check(work: Work) -> None:
    weights = [person.weight for person in work.people]
    names = {person.staff for person in work.people}
    if not weights or min(weights) <= 0 or len(names) < len(weights):
        raise Refusal("commission_weights_bad")
    amounts = (work.cash_fen, work.principal_fen, work.bonus_fen, work.session_fen, work.cost_fen)
    if min(amounts) < 0 or work.quantity <= 0:
        raise Refusal("commission_base_bad")


def _bases(work: Work, rules: CommissionRules) -> list[tuple[str, int]]:
    """Return (class, base) of a line; of a product's profit each class has its part by what it paid.

    Bonus money earns as principal does on a product, whose net value is its base however it was paid; on a service only
    where the shop says so, and never on a top-up or a pass.
    """
    counted = work.kind == PRODUCT or (rules.bonus_counts and work.kind not in {TOP_UP, PASS_SALE})
    cash_fen, purse_fen = work.cash_fen, work.principal_fen + (work.bonus_fen if counted else 0)
    if work.kind == PRODUCT and rules.product_base == PROFIT:
        # All that paid bears its part of the cost.
        profit_fen = max(0, cash_fen + purse_fen - work.cost_fen)
        cash_fen, purse_fen = largest_remainder(profit_fen, [cash_fen, purse_fen]) if profit_fen else (0, 0)
    bases = [(CASH, cash_fen), (PURSE, purse_fen), (SESSION, work.session_fen)]
    return [(tender, fen) for tender, fen in bases if fen]


def _rate(work: Work, person: Person, tender: str, rules: CommissionRules) -> int:
    """Return the rate of the rule that fits most closely: by item, category, kind; then role, requested, tender."""
    fitting = [
        (_closeness(rate.scope, work), rate.role != "", rate.requested is not None, rate.tender != "", -place)
        for place, rate in enumerate(rules.rates)
        if rate.scope.has(work.kind, work.category, work.item)
        and rate.role in {"", person.role}
        and rate.requested in {None, person.requested}
        and rate.tender in {"", tender}
    ]
    return rules.rates[-max(fitting)[-1]].rate_bp if fitting else 0


def _closeness(scope: Scope, work: Work) -> int:
    if work.item in scope.items:
        return 3
    if work.category in scope.categories:
        return 2
    return 1 if work.kind in scope.kinds else 0


def _labour(work: Work, rules: CommissionRules) -> list[Earned]:
    """Return the labour fees of a service: each fee once a service, shared by those whom it fits most closely."""
    if work.kind != SERVICE:
        return []
    groups: dict[int, list[Person]] = {}
    for person in work.people:
        fitting = [
            (_closeness(fee.scope, work), fee.role != "", -place)
            for place, fee in enumerate(rules.labour_fees)
            if fee.scope.has(work.kind, work.category, work.item) and fee.role in {"", person.role}
        ]
        if fitting:
            groups.setdefault(-max(fitting)[-1], []).append(person)
    # The base of a labour fee is the number of services, of which a refund may take some back.
    return [
        Earned(LABOUR, work.quantity, _shares(fee_fen * work.quantity, people, [each.weight for each in people]))
        for fee_fen, people in ((rules.labour_fees[place].fee_fen, people) for place, people in groups.items())
        if fee_fen
    ]


def _shares(total_fen: int, people: Sequence[Person], parts: Sequence[int]) -> tuple[Share, ...]:
    shared = largest_remainder(total_fen, parts)
    return tuple(Share(person.staff, fen) for person, fen in zip(people, shared, strict=True))
