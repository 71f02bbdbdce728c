"""Printing what was given back: the slip of each entry, queued in the entry's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from terminal.base.ids import AccountId, is_id
from terminal.ledger.book import Posted
from terminal.rules import receipt
from terminal.rules.bill_note import EXTERNAL
from terminal.rules.entry import Entry
from terminal.rules.refunds.slips import REPAY, BackHead, BackSlip, back_slip
from terminal.rules.slips import SlipAfter, SlipItem, SlipMember, SlipShop
from terminal.services.members import Members
from terminal.services.receipts import COUNTER, Paper, local_minute
from terminal.services.refunds.noted import note_of
from terminal.services.refunds.records import BILLS, PAID_OUT, VOID, Records, number, number_of, parts, text
from terminal.services.shop import Shop
from terminal.services.spool import NewSlip, Spool

CASH = "cash"


class BackSlips:
    """Makes the slip of an entry that gives money back, and hands it to the spool."""

    def __init__(
        self,
        records: Records,
        members: Members,
        spool: Spool,
        shop: Callable[[], Shop],
        paper: Paper,
    ) -> None:
        """Print at the counter of `paper`, in the name of the shop as it is set up at that moment."""
        self._records = records
        self._members = members
        self._spool = spool
        self._shop = shop
        self._paper = paper

    def __call__(self, posted: Posted) -> int | None:
        """Queue the slip of what was posted; return the job, or None where there is no printer at the counter."""
        if COUNTER not in self._paper.printers:
            return None
        made = posted.entry
        slip = self.slip(made)
        device, profile = self._paper.printers[COUNTER]
        body = receipt.render(back_slip(slip), profile, self._paper.strip)
        account = text(made.payload, "account")
        # A slip of nobody would be lost with a restart and never copied: a walk-in's is the entry's own, by its action.
        owner = AccountId(account if is_id(account) else made.action_id)
        return self._spool.add(NewSlip(device, body, made.kind, slip.head.number, owner, slip.total_fen, made.at))

    def slip(self, made: Entry) -> BackSlip:
        """Return what the slip of an entry says."""
        payload, at_once = made.payload, self._at_once(made)
        pending = tuple((each["tender"], each["fen"]) for each in parts(payload, "payouts"))
        if made.kind == PAID_OUT:
            at_once = ((text(payload, "tender"), number(payload, "paid_out_fen")),)
        return BackSlip(
            head=self._head(made),
            total_fen=sum(fen for _, fen in (*at_once, *pending)),
            at_once=at_once,
            pending=pending,
            items=self._items(made),
            deducted_fen=number(payload, "deducted_fen"),
            points_taken=0 if made.kind == REPAY else max(0, -number(payload, "points")),
            points_given=number(payload, "points_given"),
            points_owed=number(payload, "points_owed"),
            left_fen=number(payload, "left_fen"),
            after=_after(payload),
        )

    def _at_once(self, made: Entry) -> tuple[tuple[str, int], ...]:
        """Return what is back at once, by means of payment: cash in the hand, stored value, and a debt that is gone."""
        payload = made.payload
        if made.kind == REPAY:
            return ((text(payload, "tender"), number(payload, "amount_fen")),)
        ways = {CASH: number(payload, "cash_fen")}
        if made.kind == VOID and text(payload, "of") in BILLS:
            paid = note_of(self._undone(made)).tenders
            for tender in paid:
                if tender.tender not in EXTERNAL:
                    ways[tender.tender] = ways.get(tender.tender, 0) + tender.amount_fen
        for back in parts(payload, "backs"):
            if back["asset"] in {"principal", "bonus", "owed"}:
                ways[back["means"]] = ways.get(back["means"], 0) + back["given"]
        return tuple((means, fen) for means, fen in ways.items() if fen)

    def _undone(self, made: Entry) -> Entry:
        return self._records.entry(self._records.source(text(made.payload, "undoes")), BILLS)

    def _head(self, made: Entry) -> BackHead:
        shop, payload = self._shop(), made.payload
        account = text(payload, "account")
        member = SlipMember(*self._members.named(AccountId(account))) if is_id(account) else SlipMember("")
        return BackHead(
            kind=made.kind,
            shop=SlipShop(shop.name, shop.branch, shop.phone, shop.receipt_footer),
            number=number_of(made),
            of=text(payload, "bill"),
            at_text=local_minute(self._records.clock, made.at),
            cashier=self._records.staff_name(text(payload, "operator")),
            member=member,
            approved_by=self._records.staff_name(text(payload, "approved_by")),
            reason=text(payload, "reason") if made.kind == VOID else "",
            language=shop.language,
        )

    def _items(self, made: Entry) -> tuple[SlipItem, ...]:
        """Return the lines that were refunded, by the names they were sold under."""
        lines = parts(made.payload, "lines")
        if not lines:
            return ()
        note = note_of(self._undone(made))
        named = [(note.lines[each["place"]], each) for each in lines]
        return tuple(SlipItem(sold.name, each["value_fen"], each["quantity"]) for sold, each in named if sold.name)


def _after(payload: Mapping[str, object]) -> SlipAfter:
    """Return what a member has then, as far as the entry says it: those of older releases do not."""
    if "balance_after_fen" not in payload:
        return SlipAfter()
    return SlipAfter(number(payload, "balance_after_fen"), points_total=number(payload, "points_after"))
