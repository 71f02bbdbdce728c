"""What a bill does to the book: the effects and postings of its one entry, and the refund rights it leaves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, LotId
from terminal.ledger.book import Book
from terminal.ledger.draft import Draft, Lot
from terminal.rules.bill_note import BONUS, ON_CREDIT, PASS, PRINCIPAL, NoteCoupon, NoteTaken, NoteTender
from terminal.rules.bucket import SHOP, Bucket
from terminal.rules.canonical import Canonical
from terminal.rules.entry import EFFECTS_MAX
from terminal.rules.passes.sale import sell
from terminal.rules.prices.basket import EXCHANGE, TRIAL
from terminal.rules.refunds.prepayment import shares
from terminal.rules.rulebook import Rulebook
from terminal.rules.split import cross
from terminal.rules.value.spending import Charge
from terminal.services.bills.paying import Payments
from terminal.services.bills.pricing import Sale
from terminal.services.bills.values import Reserved
from terminal.services.bills.wallet import POINTS, Wallet
from terminal.services.prepaid.pass_units import make_pass
from terminal.services.prepaid.units import make, new_lot

RIGHT = "refund_right"
# Each lot taken is two effects, its spend and its right, and its facts go into the entry: so many fit with room left.
LOTS_MAX = 198


@dataclass(frozen=True, slots=True)
class UsedSessions:
    """What settled a line: units, what they are worth in the book (fen), and the code of the pass."""

    units: int
    value_fen: int
    code: str


@dataclass(frozen=True, slots=True)
class Paid:
    """How a bill was paid: tenders, and what was taken of each lot with its share of the bill."""

    tenders: tuple[NoteTender, ...]
    taken: tuple[NoteTaken, ...]

    def fen(self, *tenders: str) -> int:
        """Return what these means of payment paid together."""
        return sum(each.amount_fen for each in self.tenders if each.tender in tenders)


@dataclass(slots=True)
class Posting:
    """Puts together the draft of a settled bill, in the transaction that posts it.

    `refund_until` (ISO) is the last day on which the bill's rights are good.
    """

    draft: Draft
    book: Book
    rules: Rulebook
    day: dt.date
    wallet: Wallet
    sale: Sale
    refund_until: str
    passes_made: dict[int, LotId] = field(default_factory=dict)

    @property
    def owner(self) -> AccountId:
        """Whose rights and points these are: the member's, or the shop's for a walk-in."""
        return self.wallet.account or SHOP

    def use_sessions(self, reserved: Iterable[Reserved], lots: Mapping[str, Lot]) -> dict[int, UsedSessions]:
        """Use what was reserved; the pass of a first use gets its dates, as buckets of the same lot.

        `lots` are the units of the passes by bucket, all that is reserved among them.
        """
        used: dict[int, UsedSessions] = {}
        left = {name: lot.amount for name, lot in lots.items()}
        wanted = list(reserved)
        dated = self._dates_of(wanted, lots)
        for each in wanted:
            value_fen = 0
            for name, amount in each.taken:
                lot = lots[name]
                left[name] -= amount
                value_fen += amount * lot.facts.unit_value_fen
                target = dated.get(name, lot.facts)
                if name not in dated:
                    self.draft.spend(lot, amount)
                self._right(lot.facts.owner, amount, {"target": target.facts(), "line": each.line})
            line = self.sale.lines[each.line]
            of_pass = (lot.facts for lot in lots.values() if lot.facts.lot == line.ordered.pass_lot)
            code = next((str(facts.attributes.get("pass", "")) for facts in of_pass), "")
            used[each.line] = UsedSessions(sum(amount for _, amount in each.taken), value_fen, code)
            self.draft.debit("deferred", value_fen)
            self.draft.credit(f"sales/{line.kind}", value_fen)
        for name, facts in dated.items():
            self.draft.spend(lots[name], lots[name].amount)
            if left[name]:
                make(self.draft, facts, left[name])
        return used

    def _dates_of(self, reserved: Iterable[Reserved], lots: Mapping[str, Lot]) -> dict[str, Bucket]:
        """Return the buckets with dates that units of passes move to that are used for the first time."""
        dated: dict[str, Bucket] = {}
        for each in reserved:
            of_pass = [lot for lot in lots.values() if lot.facts.lot == self.sale.lines[each.line].ordered.pass_lot]
            for lot in of_pass if each.starts_on else ():
                if not lot.facts.spendable_from:
                    dated[lot.bucket] = replace(
                        lot.facts, source=self.draft.source, spendable_from=each.starts_on, expires_on=each.ends_on
                    )
        return dated

    def use_coupons(self) -> tuple[NoteCoupon, ...]:
        """Use the chosen coupons up; each leaves a right that only a full refund, or its line's, spends."""
        noted: list[NoteCoupon] = []
        for use in self.sale.uses:
            lot = self.sale.used[use.coupon.id].lot
            self.draft.spend(lot, 1)
            of_line: dict[str, Canonical] = {}
            if use.line is not None and use.coupon.kind in {EXCHANGE, TRIAL}:
                of_line = {"line": use.line}
            self._right(lot.facts.owner, 1, {"target": lot.facts.facts(), **of_line})
            noted.append(NoteCoupon(lot.bucket, use.coupon.template, -1 if use.line is None else use.line))
        return tuple(noted)

    def use_points(self, points: int) -> None:
        """Spend points, those that end first; the wallet was seen to hold them."""
        taken = []
        for each in self.wallet.spendable(POINTS):
            part = min(each.amount, points)
            if part:
                taken.append((each, part))
                points -= part
        assert points == 0, "the price was worked out with the points that are free"
        for lot, (_, part) in zip(self.book.lots([each for each, _ in taken]), taken, strict=True):
            self.draft.spend(lot, part)
            self._right(lot.facts.owner, part, {"target": lot.facts.facts()})

    def sell_passes(self) -> None:
        """Create the passes sold, each at the net value of its line, and credit what is then owed in sessions.

        Raises `Refusal` `pass_terms_bad`.
        """
        for place, (line, priced) in enumerate(zip(self.sale.lines, self.sale.priced.lines, strict=True)):
            if line.terms is None:
                continue
            lot = self.passes_made[place] = new_lot(self.draft)
            made = sell(line.terms, self.day, priced.net_fen)
            version = self.rules.versions.get("passes", 0)
            make_pass(self.draft, self.wallet.account, line.terms, made, lot, version=version, name=line.name)
            self.draft.credit("deferred", priced.net_fen)

    def credit_sales(self) -> None:
        """Credit each line's net value to the sales of its kind; what a sold pass is worth is still owed."""
        for line, priced in zip(self.sale.lines, self.sale.priced.lines, strict=True):
            if line.kind != PASS:
                self.draft.credit(f"sales/{line.kind}", priced.net_fen)

    def pay(self, payments: Payments, charge: Charge | None) -> Paid:
        """Take what pays the bill, each payment and each lot leaving its refund right.

        Raises `Refusal` `too_many_lots` (most_fen) when one entry cannot hold them all.
        """
        lots = self._lots(charge)
        amounts = [each.amount_fen for each in payments.external] + [amount for _, amount in lots]
        amounts += [payments.credit_fen] if payments.credit else []
        ends = self._ends(amounts)
        tenders = [NoteTender(each.tender, each.amount_fen, each.reference, each.person) for each in payments.external]
        for place, tender in enumerate(payments.external):
            self.draft.debit(f"tender/{tender.tender}", tender.amount_fen)
            facts: dict[str, Canonical] = {"tender": tender.tender, "date": self.day.isoformat()}
            self._payment_rights(self.owner, ends[place], facts | _referenced(tender.reference))
        for place, (lot, amount) in enumerate(lots, start=len(payments.external)):
            self.draft.spend(lot, amount)
            self.draft.debit("deferred" if lot.facts.asset == PRINCIPAL else "bonus_discount", amount)
            self._payment_rights(lot.facts.owner, ends[place], {"target": lot.facts.facts()})
        if payments.purse and charge:
            parts = ((PRINCIPAL, charge.principal_fen), (BONUS, charge.bonus_fen))
            tenders += [NoteTender(name, fen, "", payments.purse.person) for name, fen in parts if fen]
        if payments.credit:
            self._owe(payments.credit_fen, ends[-1])
            tenders.append(
                NoteTender(ON_CREDIT, payments.credit_fen, payments.credit.reference, payments.credit.person)
            )
        return Paid(tuple(tenders), self._taken(lots, amounts, len(payments.external)))

    def _lots(self, charge: Charge | None) -> list[tuple[Lot, int]]:
        if charge is None:
            return []
        by_row = {str(each.n): each for each in self.wallet.free(PRINCIPAL, BONUS)}
        passes = len(self.passes_made)
        room = min(LOTS_MAX, (EFFECTS_MAX - 2 - len(self.draft.effects)) // (2 + passes))
        if len(charge.takes) > room:
            raise Refusal("too_many_lots", most_fen=sum(take.amount_fen for take in charge.takes[:room]))
        lots = self.book.lots([by_row[take.lot] for take in charge.takes])
        return [(lot, take.amount_fen) for lot, take in zip(lots, charge.takes, strict=True)]

    def _ends(self, amounts: Sequence[int]) -> list[list[tuple[int, str]]]:
        """Return of each payment what it paid of each pass that is sold (lot), and of all other lines ("")."""
        nets = [(priced.net_fen, self.passes_made.get(n, "")) for n, priced in enumerate(self.sale.priced.lines)]
        rest_fen = sum(fen for fen, lot in nets if not lot)
        rows = [(fen, str(lot)) for fen, lot in nets if lot] + [(rest_fen, "")]
        table = cross([fen for fen, _ in rows], amounts)
        return [
            [(row[column], lot) for row, (_, lot) in zip(table, rows, strict=True) if row[column]]
            for column in range(len(amounts))
        ]

    def _payment_rights(self, owner: AccountId, parts: Iterable[tuple[int, str]], facts: dict[str, Canonical]) -> None:
        """Create the rights of one payment: what paid for a pass has no end, and is named by the pass."""
        for amount, lot in parts:
            if lot:
                self.draft.create(RIGHT, owner, amount, attributes={"of": PASS, "pass": lot, **facts})
            else:
                self._right(owner, amount, facts)

    def _owe(self, amount_fen: int, parts: Iterable[tuple[int, str]]) -> None:
        attributes: dict[str, Canonical] = {"of": "bill", "date": self.day.isoformat()}
        owed = self.draft.create("owed", self.wallet.account, amount_fen, unit_value_fen=1, attributes=attributes)
        self.draft.debit("receivable", amount_fen)
        self._payment_rights(self.wallet.account, parts, {"target": owed.facts()})

    def _taken(self, lots: Sequence[tuple[Lot, int]], amounts: Sequence[int], first: int) -> tuple[NoteTaken, ...]:
        """Return what was taken of each lot, with its share of what money paid for, at charged and at list value."""
        paid_for = [line for line in self.sale.priced.lines if line.net_fen]
        charged_fen, list_fen = sum(each.net_fen for each in paid_for), sum(each.list_fen for each in paid_for)
        consumed = shares(charged_fen, list_fen, amounts)[first : first + len(lots)]
        return tuple(
            NoteTaken(lot.bucket, lot.facts.lot, lot.facts.asset, amount, each.charged_fen, each.list_fen)
            for (lot, amount), each in zip(lots, consumed, strict=True)
        )

    def _right(self, owner: AccountId, amount: int, facts: dict[str, Canonical]) -> None:
        attributes: dict[str, Canonical] = {"of": "bill", **facts}
        self.draft.create(RIGHT, owner, amount, expires_on=self.refund_until, attributes=attributes)


def _referenced(reference: str) -> dict[str, Canonical]:
    return {"reference": reference} if reference else {}
