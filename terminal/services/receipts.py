"""Receipts: the slip of each bill, built as bytes in the bill's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.base.printing import PrinterProfile
from terminal.ledger.book import Posted
from terminal.rules import receipt, slip_reading, slips
from terminal.rules.bill_note import BillNote
from terminal.rules.bill_slip import BillSlip, bill_slip
from terminal.rules.names import parted
from terminal.rules.passes.terms import TIME_PASS
from terminal.rules.prepaid_slip import TITLES, prepaid_of, prepaid_slip
from terminal.rules.receipt import Document
from terminal.rules.receipt_raster import StripMaker
from terminal.rules.slip_reading import Names
from terminal.rules.slips import BalanceSlip, ChargeSlip, SlipAfter, SlipBill, SlipMember, SlipPass, SlipShop
from terminal.rules.surnames import latin
from terminal.rules.top_up_slip import TopUpSlip, plain_slip, topup_slip
from terminal.services.booked import CHARGE, Bill, bill_of
from terminal.services.members import Members
from terminal.services.shop import Shop
from terminal.services.spool import Above, Mark, NewSlip, Spool
from terminal.store.database import Database

TOP_UP = "top_up"
COUNTER = "counter"
KIOSK = "kiosk"
ENGLISH_TITLES = {"f": "Ms", "m": "Mr"}
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
        # A slip of nobody would be lost with a restart and never copied: a walk-in's is the bill's own, by its action.
        owner = bill.account or AccountId(bill.made.action_id)
        slip = NewSlip("", b"", bill.kind, bill.bill_no, owner, bill.amount_fen, bill.at_ms)
        return self._add(COUNTER, self._document(bill), slip)

    def prepaid(self, posted: Posted) -> int | None:
        """Queue the slip of a gift card, a redemption, a pass that was changed or a coupon in its transaction.

        Returns the job, or None where there is no printer, or no slip for entries of this kind.
        """
        return self.slip(bill_of(posted)) if posted.entry.kind in TITLES else None

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
        """Return the slip of an entry; one of which a slip says nothing else is told by its amount."""
        shop, payload = self._shop(), bill.made.payload
        head, names = self._bill(bill, shop), _names(shop)
        note = slip_reading.note_in(payload)
        if bill.kind in TITLES:
            return prepaid_slip(prepaid_of(head, bill.made, names, self._tail_of))
        if bill.kind == TOP_UP:
            gifts = slip_reading.gifts_of(bill.made, names)
            until = slip_reading.text(payload, "cooling_off_until")
            return topup_slip(TopUpSlip(head, slip_reading.text(payload, "tender") or "cash", gifts, until))
        if note is not None:
            return bill_slip(self._settled(bill, head, note, names))
        if bill.kind == CHARGE and bill.principal_fen + bill.bonus_fen == bill.amount_fen:
            return slips.charge_slip(ChargeSlip(head, principal_fen=bill.principal_fen, confirmed=bill.confirmed))
        return plain_slip(head)

    def _bill(self, bill: Bill, shop: Shop) -> SlipBill:
        """Return what the slips of all entries say alike; of a walk-in there is nothing to be left."""
        after = SlipAfter(bill.balance_after_fen, bill.points, bill.points_after) if bill.account else SlipAfter()
        return SlipBill(
            shop=_head(shop),
            number=bill.bill_no,
            at_text=local_minute(self._clock, bill.at_ms),
            cashier="".join(self._people([bill.operator])),
            member=self._member(bill.account),
            amount_fen=bill.amount_fen,
            bonus_fen=bill.bonus_fen,
            after=after,
            language=shop.language,
        )

    def _settled(self, bill: Bill, head: SlipBill, note: BillNote, names: Names) -> BillSlip:
        payload, made = bill.made.payload, bill.made
        opened = {each.bonus for each in note.released}
        own = opened | {line.pass_lot for line in note.lines if line.pass_lot}
        if note.account:
            passes = (*slip_reading.passes_left(payload, names), *slip_reading.passes_sold(made, note, names))
            head = replace(head, after=replace(head.after, passes=passes, points_used=note.points_used))
        return BillSlip(
            bill=head,
            note=note,
            served=self._served(note),
            coupons={each.id: names.coupon(each.template) for each in note.coupons},
            changes=slip_reading.changes_of(payload),
            proof=bill.confirmed,
            gifts=slip_reading.gifts_of(made, names, besides=own),
            refund_until=slip_reading.refund_until(made),
        )

    def _balance(self, account: AccountId, language: str) -> Document:
        panel = self._members.panel(account)
        code = self._members.member_code(account)
        passes = tuple(SlipPass(part.name, part.left, part.total, part.ends_on) for part in panel.passes)
        return slips.balance_slip(
            BalanceSlip(
                shop=_head(self._shop()),
                at_text=local_minute(self._clock, self._clock.now_ms()),
                member=SlipMember(_person(panel.masked_name, language), panel.card_tail),
                after=SlipAfter(panel.balance_fen, 0, panel.points, passes),
                level=panel.level,
                language=language,
                link=receipt.Qr(code, MEMBER_CODE_CAPTION[language]) if code else None,
            )
        )

    def _member(self, account: AccountId) -> SlipMember:
        return SlipMember(*self._members.named(account)) if account else SlipMember("")

    def _tail_of(self, account: str) -> str:
        """Return the last digits of the card of an account, a gift card's own too."""
        return self._members.named(AccountId(account))[1]

    def _served(self, note: BillNote) -> tuple[str, ...]:
        """Return the names of who worked on a bill, nobody's where the shop keeps them to itself."""
        people = (person.staff for line in note.lines for person in line.people)
        return self._people(people) if self._shop().receipt_staff else ()

    def _people(self, staff: Iterable[str]) -> tuple[str, ...]:
        """Return the names of people of the shop, each once; who is not known any more is left out."""
        ids = list(dict.fromkeys(staff))
        marks = ", ".join("?" * len(ids))
        rows = self._database.rows(f"SELECT id, name FROM staff WHERE id IN ({marks})", ids) if ids else []  # noqa: S608 - marks only
        known = {row[0]: row[1] for row in rows}
        return tuple(known[each] for each in ids if each in known)


def _names(shop: Shop) -> Names:
    """Return what the shop calls what an entry knows by codes."""
    book = shop.rulebook

    def coupon(code: str) -> str:
        template = book.coupon_template(code)
        return template.name if template is not None and template.name else code

    def is_time_pass(code: str) -> bool:
        terms = book.pass_terms(code)
        return terms is not None and terms.kind == TIME_PASS

    return Names(coupon, is_time_pass)


def _person(masked_name: str, language: str) -> str:
    """Return a masked name as the kiosk says it in a language: `王女士`, in English `Ms Wang`."""
    surname, sex = parted(masked_name)
    title = ENGLISH_TITLES.get(sex, "")
    return f"{title} {latin(surname)}" if language == "en" and title and surname else masked_name


def _head(shop: Shop) -> SlipShop:
    return SlipShop(shop.name, shop.branch, shop.phone, shop.receipt_footer)


def reprint_mark(paper: Paper, at_text: Callable[[], str], language: Callable[[], str]) -> Mark:
    """Return what draws the marks above a slip, for the printer it goes to: of a possible copy, of what is undone."""
    profiles = {**paper.others, **dict(paper.printers.values())}

    def mark(device: str, above: Above) -> bytes:
        profile, said, undone = profiles[device], language(), above.undone
        drawn = b""
        if above.attempt:
            drawn += receipt.reprint_mark(above.attempt, at_text(), profile, paper.strip, said)
        if undone is not None:
            fen = slips.amount(undone.fen) if undone.fen else ""
            drawn += receipt.undone_mark(undone.state, fen, profile, paper.strip, said)
        return drawn

    return mark


def local_minute(clock: Clock, at_ms: int) -> str:
    """Return local date and time to the minute, as receipts and lists show it."""
    return clock.local(at_ms).strftime("%Y-%m-%d %H:%M")
