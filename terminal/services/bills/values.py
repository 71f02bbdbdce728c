"""What bills are asked for and what they answer: plain values, rung up by the cashier."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from terminal.base.ids import AccountId, ActionId
from terminal.ledger.book import Posted
from terminal.rules.bill_note import EXTERNAL, ON_CREDIT, SERVICE, BillNote, bill_number
from terminal.rules.pay.commission import Person
from terminal.rules.prices.basket import Priced
from terminal.rules.prices.best import Best, Reason
from terminal.rules.value.spending import Purse

OPEN, HELD = "open", "held"
# What the cashier may name as a means of payment: stored value is one, whatever it is made of.
PURSE = "purse"
MEANS = (*EXTERNAL, PURSE, ON_CREDIT)
COUNTER = "counter"
# A bill remembers so many changes: who repeats one has waited for its answer, and the others went on meanwhile.
ASKED_MAX = 8


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line as it is rung up: an item of the catalogue by its code, or a free line, whose name and price are given.

    `pass_code` names a pass that is sold with it; `pass_lot` the pass of which sessions settle it, `pass_of` the
    account that pass belongs to where that is another member's. Amounts are fen.
    """

    item: str = ""
    quantity: int = 1
    people: tuple[Person, ...] = ()
    name: str = ""
    kind: str = SERVICE
    list_fen: int = 0
    pass_code: str = ""
    pass_lot: str = ""
    pass_of: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A coupon that is to be used: its bucket, and the line it is used on (None: on the bill)."""

    coupon: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What a bill is about: whose it is (empty: a walk-in's), its lines, chosen coupons, and the points offered."""

    account: str = ""
    lines: tuple[OrderLine, ...] = ()
    coupons: tuple[Chosen, ...] = ()
    points: int = 0


@dataclass(frozen=True, slots=True)
class Reserved:
    """Sessions reserved for a line at its check-in: units by bucket, and the pass's dates from then on.

    `day` (ISO) is the business day of the check-in, whose limit they count against.
    """

    line: int
    taken: tuple[tuple[str, int], ...]
    starts_on: str = ""
    ends_on: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class OpenBill:
    """A bill that is not settled: `state` is OPEN or HELD, `version` grows with every change, times are UTC ms.

    `asked` are the digests of what it was opened with and changed by, as it was said with names, the last ones with
    commas between, those of changes behind their action and a colon; empty where it was not said so. What is asked
    again is known by them, though the names mean other things by then, and though somebody else changed the bill since.
    """

    id: str
    state: str
    order: Order
    staff: str
    label: str
    version: int
    opened_at: int
    changed_at: int
    reserved: tuple[Reserved, ...] = ()
    asked: str = ""

    @property
    def holder(self) -> str:
        """By which name it holds units."""
        return f"bill:{self.id}"

    def was_asked(self, said: str) -> bool:
        """Tell whether it was opened with or changed by what was said so."""
        return any(each.rpartition(":")[2] == said for each in self.asked.split(","))

    def was_changed_by(self, action: str) -> bool:
        """Tell whether an action changed it, as far as it remembers."""
        return any(each.startswith(f"{action}:") for each in self.asked.split(","))

    def asking(self, action: str, said: str) -> str:
        """Return what `asked` is once an action changed it by what was said so."""
        asked = f"{action}:{said}" if said else ""
        return ",".join([*self.asked.split(",")[1 - ASKED_MAX :], asked]).strip(",")


@dataclass(frozen=True, slots=True)
class Tender:
    """What one means of payment (of MEANS) pays; `person` is who pays of a bill that is split, from 1 on.

    Cash may be more than what is left to pay: the rest is given back, and not booked.
    """

    tender: str
    amount_fen: int
    reference: str = ""
    person: int = 0


@dataclass(frozen=True, slots=True)
class Settling:
    """How a bill is settled: at the price that was shown, by these means; `split` is what each person is to pay.

    An `order` is what the bill is about in the end, where that is another one than it was opened or changed to.
    """

    tenders: tuple[Tender, ...]
    expected_payable_fen: int
    split: tuple[int, ...] = ()
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What the member showed before anything is taken from them (see `factors.Spend`); `confirmed` by the cashier.

    `approval` is the one a manager gave, where a warning asked for it.
    """

    confirmed: str = ""
    shown: frozenset[str] = frozenset()
    assurance: str = "named"
    medium: int = 0
    approval: str = ""


NOTHING_SHOWN = Proof()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bill is rung up, as offers and coupons ask for it."""

    store: str = ""
    channel: str = COUNTER


AT_COUNTER = Place()


@dataclass(frozen=True, slots=True)
class Claim:
    """What a bill takes from a member, and what was shown for it: stored value, points and sessions at their value.

    `redeems` says that no stored value is among it.
    """

    account: AccountId
    amount_fen: int
    proof: Proof
    channel: str = COUNTER
    redeems: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """A bill that is about to be settled, as far as what watches for odd things looks at it.

    `discount_bp` is what the coupons that were chosen take off its list value, in ten-thousandths; what levels and
    offers take off is the shop's doing, and nobody's at the till.
    """

    action_id: ActionId
    account: AccountId
    amount_fen: int
    approval: str = ""
    discount_bp: int = 0


@dataclass(frozen=True, slots=True)
class SessionsLeft:
    """A pass that could settle a line: its lot and name, and how many sessions of the item are free."""

    line: int
    pass_lot: str
    left: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class PassUnused:
    """A pass that cannot settle anything here: its lot and name, the line it is for (None: any), and why not."""

    pass_lot: str
    name: str
    line: int | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class CouponSeen:
    """A coupon of the member's: what it is called, its last good day (ISO, empty: none), and why it is not used.

    `reason` is None for a coupon that is in the cheapest combination.
    """

    id: str
    template: str
    name: str
    last: str
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Quote:
    """What a bill costs now, with every step, and what the member could pay it with.

    `lines` are the names of its lines. `best` is the cheapest combination of the coupons that may be used (None for a
    walk-in), `coupons` are all that the member has here, each with its reason. `purse_most_fen` is what stored value
    can pay, `points_usable` the points that would count.
    """

    level: str
    priced: Priced
    best: Best | None = None
    purse: Purse = field(default_factory=lambda: Purse(0, 0))
    purse_most_fen: int = 0
    points_held: int = 0
    points_usable: int = 0
    sessions: tuple[SessionsLeft, ...] = ()
    coupons: tuple[CouponSeen, ...] = ()
    passes_unused: tuple[PassUnused, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """A settled bill, read back from its entry: what was booked, and the change to give back."""

    posted: Posted
    note: BillNote
    print_job: int | None = None

    @property
    def bill_no(self) -> str:
        """The number people call it by."""
        return bill_number(self.posted.entry.epoch, self.posted.entry.seq)

    @property
    def account(self) -> AccountId:
        """Whose bill it is, empty for a walk-in's."""
        return AccountId(self.note.account)

    def figure(self, name: str) -> int:
        """Return a number its payload keeps: `principal_fen`, `bonus_fen`, `balance_after_fen`, `change_fen`, ..."""
        value = self.posted.entry.payload.get(name, 0)
        return value if type(value) is int else 0


def date_of(text: str) -> dt.date | None:
    """Return an ISO date, None for nothing."""
    return dt.date.fromisoformat(text) if text else None
