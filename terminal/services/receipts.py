"""Receipts: the slip of each bill, built as bytes in the bill's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.base.printing import PrinterProfile
from terminal.rules import receipt, slips
from terminal.rules.receipt import Document
from terminal.rules.receipt_raster import StripMaker
from terminal.rules.slips import BalanceSlip, ChargeSlip, SlipAfter, SlipBill, SlipMember, SlipPass, SlipShop, TopUpSlip
from terminal.services.members import Members
from terminal.services.money import Bill
from terminal.services.shop import Shop
from terminal.services.spool import NewSlip, Spool
from terminal.store.database import Database

COUNTER = "counter"
KIOSK = "kiosk"
MEMBER_CODE_CAPTION = {
    "zh_CN": "会员码：到店出示即可",
    "zh_TW": "會員碼：到店出示即可",
    "en": "Member code: show it at the counter",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """Where slips are printed: `printers[place]` is (device, profile) for `counter` and `kiosk`.

    A place that is missing prints nothing; `strip` draws lines the printer's character ROM lacks. `others` are the
    profiles of printers at which no new slip comes out, but perhaps the copy of an older one.
    """

    printers: Mapping[str, tuple[str, PrinterProfile]]
    strip: StripMaker
    others: Mapping[str, PrinterProfile] = field(default_factory=dict)


class Receipts:
    """Makes slips and hands them to the spool."""

    def __init__(
        self,
        database: Database,
        members: Members,
        spool: Spool,
        clock: Clock,
        shop: Callable[[], Shop],
        paper: Paper,
    ) -> None:
        """Print on `paper`, in the name of the shop as it is set up at that moment."""
        self._database = database
        self._members = members
        self._spool = spool
        self._clock = clock
        self._shop = shop
        self._paper = paper

    @property
    def kiosk_printer(self) -> str:
        """The device that prints for kiosk customers; empty where none does."""
        return self._paper.printers[KIOSK][0] if KIOSK in self._paper.printers else ""

    def slip(self, bill: Bill) -> int | None:
        """Queue the slip of a bill inside its transaction; return the job, or None where there is no printer."""
        if COUNTER not in self._paper.printers:
            return None
        slip = NewSlip("", b"", bill.kind, bill.bill_no, bill.account, bill.amount_fen, bill.at_ms)
        return self._add(COUNTER, self._document(bill), slip)

    def balance(self, account: AccountId, session: str, action_id: ActionId, language: str) -> int:
        """Queue a balance slip for a kiosk customer, once for each action; raise `Refusal` `printer_unavailable`."""
        if KIOSK not in self._paper.printers:
            raise Refusal("printer_unavailable")
        with self._database.write():
            job = self._spool.earlier(action_id, account, session)
            if job is None:
                at_ms = self._clock.now_ms()
                slip = NewSlip("", b"", "slip", "", account, 0, at_ms, session=session, action_id=action_id)
                job = self._add(KIOSK, self._balance(account, language), slip)
        self._spool.notify()
        return job

    def _add(self, place: str, document: Document, slip: NewSlip) -> int:
        device, profile = self._paper.printers[place]
        return self._spool.add(replace(slip, printer=device, body=receipt.render(document, profile, self._paper.strip)))

    def _document(self, bill: Bill) -> Document:
        shop = self._shop()
        head = SlipBill(
            shop=_head(shop),
            number=bill.bill_no,
            at_text=local_minute(self._clock, bill.at_ms),
            cashier=self._cashier(bill),
            member=self._member(bill.account),
            amount_fen=bill.amount_fen,
            bonus_fen=bill.bonus_fen,
            after=SlipAfter(bill.balance_after_fen, bill.points, bill.points_after),
            language=shop.language,
        )
        if bill.kind == "top_up":
            return slips.topup_slip(TopUpSlip(head, tender="cash"))
        return slips.charge_slip(ChargeSlip(head, principal_fen=bill.principal_fen, confirmed=bill.confirmed))

    def _balance(self, account: AccountId, language: str) -> Document:
        panel = self._members.panel(account)
        code = self._members.member_code(account)
        passes = tuple(SlipPass(part.name, part.left, part.total) for part in panel.passes)
        return slips.balance_slip(
            BalanceSlip(
                shop=_head(self._shop()),
                at_text=local_minute(self._clock, self._clock.now_ms()),
                member=SlipMember(panel.masked_name, panel.card_tail),
                after=SlipAfter(panel.balance_fen, 0, panel.points, passes),
                level=panel.level,
                language=language,
                link=receipt.Qr(code, MEMBER_CODE_CAPTION[language]) if code else None,
            )
        )

    def _member(self, account: AccountId) -> SlipMember:
        return SlipMember(*self._members.named(account))

    def _cashier(self, bill: Bill) -> str:
        row = self._database.row("SELECT name FROM staff WHERE id = ?", (bill.operator,))
        return row[0] if row else ""


def _head(shop: Shop) -> SlipShop:
    return SlipShop(shop.name, shop.branch, shop.phone, shop.receipt_footer)


def reprint_mark(paper: Paper, at_text: Callable[[], str], language: Callable[[], str]) -> Callable[[str, int], bytes]:
    """Return what draws the mark above a possible second copy, for the printer it goes to."""
    profiles = {**paper.others, **dict(paper.printers.values())}
    return lambda device, attempt: receipt.reprint_mark(attempt, at_text(), profiles[device], paper.strip, language())


def local_minute(clock: Clock, at_ms: int) -> str:
    """Return local date and time to the minute, as receipts and lists show it."""
    return clock.local(at_ms).strftime("%Y-%m-%d %H:%M")
