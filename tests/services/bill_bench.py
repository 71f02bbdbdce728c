"""A shop that rings up bills over a real book: members with value, points, coupons and passes, and proofs of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import pathlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.book import Posted
from terminal.ledger.verify import verify
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import Canonical
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.entry import Effect
from terminal.rules.passes.sale import sell
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.asks import Asks
from terminal.services.bills.bills import Bills
from terminal.services.bills.values import OpenBill, Order, OrderLine, Proof, Settled, Settling, Tender
from terminal.services.members import Members
from terminal.services.prepaid.pass_units import make_pass
from terminal.services.views import SignedIn
from terminal.store.database import Database
from tests.services.factored import factored
from tests.support import ManualClock, TestBook, open_test_book

STAFF = SignedIn("token", "0" * 31 + "5", "陈晓", 1)
PHOTO = Proof(confirmed="photo")
WARES = (
    ("cut", "service", "剪发", 388_00, "hair"),
    ("facial", "service", "面部护理", 258_00, "face"),
    ("shampoo", "product", "洗发水", 98_00, "retail"),
)


def counted(amount: int) -> str:
    """Return a member's number for a test."""
    return f"{amount:08d}"


@dataclass
class Shop:
    """Bills over an empty book."""

    made: TestBook
    rules: Rulebook = field(default_factory=Rulebook)
    asks: Asks | None = None
    members: int = 0

    def __post_init__(self) -> None:
        self.database: Database = self.made.database
        self.book = self.made.book
        self.clock: ManualClock = self.made.clock
        self.files = Members(self.database, self.book, self.clock)
        self.bills = Bills(
            self.database,
            self.book,
            self.clock,
            self.asks or Asks(factored(self)),
        )
        for code, kind, name, fen, category in WARES:
            self.database.run(
                "INSERT INTO catalogue (code, kind, name, price_fen, active, category) VALUES (?, ?, ?, ?, 1, ?)",
                (code, kind, name, fen, category),
            )

    @property
    def today(self) -> dt.date:
        """The business day."""
        return self.book.today()

    def member(self, level: str = "") -> AccountId:
        """Return a new member's account."""
        self.members += 1
        account = AccountId(new_id())
        self.database.run(
            "INSERT INTO member (account, name, phone, sex, level, birthday, remark, old_number, initials, phone_tail,"
            " salt, profile_hash) VALUES (?, '王小芳', ?, '', ?, '', '', ?, 'WXF', '', x'', x'')",
            (bytes.fromhex(account), counted(self.members), level, counted(self.members)),
        )
        return account

    def give(
        self,
        account: AccountId,
        asset: str,
        amount: int,
        *,
        value_fen: int = 0,
        first: str = "",
        last: str = "",
        attributes: dict[str, Canonical] | None = None,
    ) -> Bucket:
        """Create units; those worth money are paid in cash."""
        with self.database.write():
            draft = self.book.begin(ActionId(new_id()), "test", "")
            facts = draft.create(
                asset, account, amount, unit_value_fen=value_fen, expires_on=last, attributes=attributes or {}
            )
            if first:
                del draft.made[facts.id]
                facts = dataclasses.replace(facts, spendable_from=first)
                draft.made[facts.id] = facts
                draft.effects[-1] = Effect("create", facts.id, amount)
            if value_fen:
                draft.debit("tender/cash", amount * value_fen)
                draft.credit("deferred", amount * value_fen)
            self.book.post(draft)
        return facts

    def purse(self, account: AccountId, principal_fen: int, bonus_fen: int = 0) -> None:
        """Give stored value."""
        self.give(account, "principal", principal_fen, value_fen=1)
        if bonus_fen:
            self.give(account, "bonus", bonus_fen)

    def coupon(self, account: AccountId, template: CouponTemplate, count: int = 1) -> str:
        """Give coupons of a template of the shop; return the bucket."""
        first, last = template.dates(self.today)
        attributes: dict[str, Canonical] = {
            "template": template.code,
            "version": self.rules.versions.get("coupons", 0),
            "first": first.isoformat(),
            "last": last.isoformat() if last else "",
        }
        return self.give(account, "coupon", count, attributes=attributes).id

    def pass_units(self, account: AccountId, code: str, price_fen: int | None = None) -> str:
        """Give a pass that was paid in cash; return its lot."""
        terms = self.rules.pass_terms(code)
        assert terms is not None
        sale = sell(terms, self.today, price_fen)
        with self.database.write():
            draft = self.book.begin(ActionId(new_id()), "test", "")
            lot = new_id()
            make_pass(draft, account, terms, sale, lot, version=0)  # type: ignore[arg-type]  # a lot's id
            draft.debit("tender/cash", sale.price_fen)
            draft.credit("deferred", sale.price_fen)
            self.book.post(draft)
        return lot

    def open(self, order: Order, action: str = "") -> OpenBill:
        """Open a bill."""
        return self.bills.open(self.rules, STAFF, ActionId(action or new_id()), order)

    def settle(
        self, bill: OpenBill, tenders: Sequence[Tender], payable_fen: int, action: str = "", proof: Proof = PHOTO
    ) -> Settled:
        """Settle an open bill."""
        asked = Settling(tuple(tenders), payable_fen)
        return self.bills.settle(self.rules, STAFF, ActionId(action or new_id()), (bill.id, bill.version), asked, proof)

    def ring(self, order: Order, tenders: Sequence[Tender] | None = None, proof: Proof = PHOTO) -> Settled:
        """Open and settle a bill: in cash, unless tenders are named; the book is proved after it."""
        bill = self.open(order)
        payable_fen = self.bills.quote(self.rules, bill.id).priced.payable_fen
        paid = [Tender("cash", payable_fen)] if tenders is None and payable_fen else list(tenders or ())
        settled = self.settle(bill, paid, payable_fen, proof=proof)
        self.prove()
        return settled

    def prove(self) -> None:
        """Prove the whole book."""
        found = verify(self.database, self.made.folder / "verify.scratch")
        assert found.code == "", found

    def entries(self) -> int:
        """How many entries the journal has."""
        return self.book.life().seq

    def rights(self, settled: Settled) -> dict[str, int]:
        """Return the rights a bill made, by what they lead back to."""
        found: dict[str, int] = {}
        for facts, amount in made_by(settled.posted, "refund_right"):
            target = facts.attributes.get("target")
            name = str(target["asset"]) if isinstance(target, dict) else str(facts.attributes["tender"])
            found[name] = found.get(name, 0) + amount
        return found


def made_by(posted: Posted, asset: str) -> list[tuple[Bucket, int]]:
    """Return the buckets of an asset that an entry made, and with how many units."""
    amounts = {each.bucket: each.amount for each in posted.entry.effects if each.kind == "create"}
    return [(facts, amounts[facts.id]) for facts in posted.entry.buckets if facts.asset == asset]


def free(amount_fen: int, kind: str = "service") -> OrderLine:
    """Return a free line."""
    return OrderLine(name="项目", kind=kind, list_fen=amount_fen)


def open_shop(folder: pathlib.Path, rules: Rulebook | None = None, asks: Asks | None = None) -> Shop:
    """Return a shop in a folder; whoever asks closes its database."""
    return Shop(open_test_book(folder), rules or Rulebook(), asks)
