"""The note of a settled bill: what its entry's payload keeps, so that nothing is ever priced again.

Refunds, commission, slips and reports read it. Names of people are not in it: staff by id, payers of a bill that was
split by number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, cast, get_args, get_origin, get_type_hints

from terminal.rules.canonical import Canonical
from terminal.rules.pay.commission import Person
from terminal.rules.prices.basket import Step

CASH, WECHAT, ALIPAY, UNIONPAY, CARD, VOUCHER, BANK = (
    "cash",
    "wechat",
    "alipay",
    "unionpay",
    "card",
    "voucher",
    "bank",
)
# Money from outside, each with an account `tender/<name>` of the shop's books.
EXTERNAL = (CASH, WECHAT, ALIPAY, UNIONPAY, CARD, VOUCHER, BANK)
PRINCIPAL, BONUS, ON_CREDIT = "principal", "bonus", "on_credit"
TENDERS = (*EXTERNAL, PRINCIPAL, BONUS, ON_CREDIT)
SERVICE, PRODUCT, PASS = "service", "product", "pass"
KINDS = (SERVICE, PRODUCT, PASS)

T = TypeVar("T")


class _Part(NamedTuple):
    """How a field is read, and whether an older note may be without it."""

    read: Callable[[object], object]
    optional: bool


_AS_IS = frozenset({str, int, bool})


class NotABill(ValueError):  # noqa: N818 - says what is wrong with the payload
    """The payload is not that of a settled bill; the message says why."""


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A line as it was sold; amounts are fen of the whole line.

    `kind` is of KINDS and names its sales account (a sold pass goes to what is owed in prepaid value). `points` is its
    share of the used points, `units` are those whose rights are the line's own: the sessions that settled it, or its
    exchange or trial coupon. `session_fen` is what its sessions are worth in the book, `pass_code` the pass that was
    sold, or whose sessions these are, `pass_lot` the lot of that pass, `pass_of` the account that pass belongs to where
    that is another member's. `cost_fen` is what the goods cost the shop, 0
    where nobody keeps that.
    """

    item: str
    name: str
    kind: str
    category: str
    list_fen: int
    quantity: int
    own_fen: int
    net_fen: int
    points: int = 0
    units: int = 0
    session_fen: int = 0
    pass_code: str = ""
    pass_lot: str = ""
    pass_of: str = ""
    cost_fen: int = 0
    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteTender:
    """What one means of payment (of TENDERS) paid; `person` is who paid of a bill that was split, from 1 on."""

    tender: str
    amount_fen: int
    reference: str = ""
    person: int = 0


@dataclass(frozen=True, slots=True)
class NoteCoupon:
    """A used coupon: its bucket's id, its template, and the line it was used on (-1: on the bill)."""

    id: str
    template: str
    line: int = -1


@dataclass(frozen=True, slots=True)
class NoteTaken:
    """`amount` units taken of a lot of stored value, and its share of the bill at charged and at list value (fen)."""

    bucket: str
    lot: str
    asset: str
    amount: int
    charged_fen: int
    list_fen: int


@dataclass(frozen=True, slots=True)
class NoteReleased:
    """Locked bonus that a bill opened: its lot, the locked bucket, and the bucket of what opened ("": nothing did)."""

    lot: str
    locked: str
    bonus: str
    opened_fen: int
    skipped_fen: int


@dataclass(frozen=True, slots=True)
class BillNote:
    """A settled bill; `account` is empty for a walk-in, `level` the member's when it was priced.

    `points_used` paid for part of it, `points` were earned, on the rules `points_rules` by id. `paid_fen` counts for
    growth: external tenders and principal, no bonus. `versions` are those of the rules used, by section; `split` what
    each person paid, of a bill that was split.
    """

    account: str
    lines: tuple[NoteLine, ...]
    payable_fen: int
    level: str = ""
    steps: tuple[Step, ...] = ()
    tenders: tuple[NoteTender, ...] = ()
    points_used: int = 0
    points: int = 0
    points_rules: tuple[str, ...] = ()
    coupons: tuple[NoteCoupon, ...] = ()
    taken: tuple[NoteTaken, ...] = ()
    released: tuple[NoteReleased, ...] = ()
    paid_fen: int = 0
    versions: Mapping[str, int] = field(default_factory=dict)
    split: tuple[int, ...] = ()

    def note(self) -> dict[str, Canonical]:
        """Return what the payload keeps, with the stock that moves (`stock`: item and quantity, sold ones above 0)."""
        whole = {name: getattr(self, name) for name in _parts_of(BillNote)} | {"versions": dict(self.versions)}
        return {name: _plain(part) for name, part in whole.items()} | {"stock": self.stock()}

    def stock(self) -> list[Canonical]:
        """Return what leaves the stock: the goods of its lines, an item once."""
        moved: dict[str, int] = {}
        for line in self.lines:
            if line.kind == PRODUCT and line.item:
                moved[line.item] = moved.get(line.item, 0) + line.quantity
        return [{"item": item, "quantity": quantity} for item, quantity in moved.items()]

    def paid_with(self, *tenders: str) -> int:
        """Return what these means of payment paid together, in fen."""
        return sum(each.amount_fen for each in self.tenders if each.tender in tenders)

    @classmethod
    def from_note(cls, payload: Mapping[str, object]) -> BillNote:
        """Return the bill whose note is in a payload, beside whatever else that holds; raise `NotABill` if none is.

        That is also a note whose figures do not add up: lines less steps, and tenders, are what was payable.
        """
        wanted = _parts_of(cls)
        made = _made(cls, {name: value for name, value in payload.items() if name in wanted})
        _check(made)
        return made


def bill_number(epoch: int, seq: int) -> str:
    """Return the number people call a bill by: the life and the entry's place in it, `1-000042`."""
    return f"{epoch}-{seq:06d}"


def _check(bill: BillNote) -> None:
    """Raise `NotABill` unless the figures add up, which whoever reads them relies on."""
    if not bill.lines or any(len(step.parts) != len(bill.lines) for step in bill.steps):
        raise NotABill("no lines, or a step without a part for each")
    if any(line.kind not in KINDS or line.quantity < 1 for line in bill.lines):
        raise NotABill("a line of no kind or quantity")
    if any(each.tender not in TENDERS or each.amount_fen < 1 for each in bill.tenders):
        raise NotABill("a payment of no kind or amount")
    for place, line in enumerate(bill.lines):
        if line.list_fen - sum(step.parts[place] for step in bill.steps) != line.net_fen or line.net_fen < 0:
            raise NotABill("a line whose steps do not add up")
    net_fen, paid_fen = sum(line.net_fen for line in bill.lines), sum(each.amount_fen for each in bill.tenders)
    if not net_fen == paid_fen == bill.payable_fen:
        raise NotABill("lines or payments that are not what was payable")
    if sum(line.points for line in bill.lines) != bill.points_used:
        raise NotABill("used points that no line has")


# A bill's note has hundreds of them: a call for each would be a third of the work.
_AS_THEY_ARE = frozenset({str, int})


def _plain(value: object) -> Canonical:
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, tuple):
        return [each if type(each) in _AS_THEY_ARE else _plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    made: dict[str, Canonical] = {}
    for name in _parts_of(type(value)):
        part = getattr(value, name)
        made[name] = part if type(part) in _AS_THEY_ARE else _plain(part)
    return made


def _parts_of(kind: object) -> Mapping[str, _Part]:
    """Return the fields of a class by their names."""
    return _looked_up(cast("Any", kind))  # every class can be a key


@lru_cache(maxsize=16)  # there are fewer kinds of parts, and each is asked for in every bill
def _looked_up(kind: Any) -> Mapping[str, _Part]:  # noqa: ANN401 - a class, by which it is kept
    types = get_type_hints(kind)
    optional = {each.name for each in fields(kind) if (each.default, each.default_factory) != (MISSING, MISSING)}
    return {each.name: _Part(_reader(types[each.name]), each.name in optional) for each in fields(kind)}


def _made(kind: type[T], value: object) -> T:
    if not isinstance(value, dict):
        raise NotABill(f"a {kind.__name__} that is no object")
    parts = _parts_of(kind)
    if unknown := value.keys() - parts.keys():
        raise NotABill(f"unknown: {', '.join(sorted(map(str, unknown)))}"[:80])
    missing = [name for name, part in parts.items() if not part.optional and name not in value]
    if missing:
        raise NotABill(f"missing: {', '.join(missing)}")
    return kind(**{name: parts[name].read(each) for name, each in value.items()})


def _reader(wanted: Any) -> Callable[[object], object]:  # noqa: ANN401 - a type, of whatever kind
    """Return what reads a value of this type, made once: bills are read by the thousand."""
    if get_origin(wanted) is tuple:
        each = _reader(get_args(wanted)[0])
        return lambda value: _several(each, value)
    if get_origin(wanted) is Mapping:
        return _numbers
    if wanted in {str, int, bool}:
        return lambda value: _exactly(wanted, value)
    return lambda value: _made(wanted, value)


def _several(each: Callable[[object], object], value: object) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise NotABill("a list is missing")
    return tuple([each(part) for part in value])


def _numbers(value: object) -> dict[str, int]:
    if not (isinstance(value, dict) and all(type(each) is int for each in value.values())):
        raise NotABill("numbers by name are missing")
    return dict(value)


def _exactly(wanted: type, value: object) -> object:
    # `true` is an int to Python, and must not be a second spelling of 1.
    if type(value) is not wanted:
        raise NotABill(f"not of type {wanted.__name__}")
    return value
