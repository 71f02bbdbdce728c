"""What a till does beside the book where cash moves for a card: the slip is queued and the drawer is to open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from terminal.base.clock import Clock
from terminal.base.ids import AccountId
from terminal.rules import receipt
from terminal.rules.media.slip import CardSlip, card_slip
from terminal.rules.slips import SlipMember, SlipShop
from terminal.services.drawer import Drawer
from terminal.services.media_life.asked import CardCash, Changed
from terminal.services.members import Members
from terminal.services.receipts import COUNTER, Paper, local_minute
from terminal.services.shop import Shop
from terminal.services.spool import NewSlip, Spool
from terminal.store.database import Database

KIND = "card_fee"  # of these slips in the spool


@dataclass(frozen=True, slots=True)
class CardDesk:
    """The counter's printer and drawer, for cards. Used by the dispatcher."""

    database: Database
    members: Members
    clock: Clock
    shop: Callable[[], Shop]
    paper: Paper
    spool: Spool
    drawer: Drawer

    def slip(self, cash: CardCash) -> None:
        """Queue the slip of an event inside its transaction, and have the drawer opened for its cash.

        No slip is queued where the counter has no printer.
        """
        self.drawer.for_cash(cash.made)
        if COUNTER not in self.paper.printers:
            return
        device, profile = self.paper.printers[COUNTER]
        done, slip = cash.done, self._slip(cash)
        body = receipt.render(card_slip(slip), profile, self.paper.strip)
        account = AccountId(done.account)
        self.spool.add(NewSlip(device, body, KIND, done.entry_no, account, slip.total_fen, cash.at_ms))

    def settled(self, done: Changed) -> None:
        """Have the slip printed that an event queued, if it did."""
        if done.fee_fen or done.deposit_fen:
            self.spool.notify()

    def _slip(self, cash: CardCash) -> CardSlip:
        shop, done = self.shop(), cash.done
        return CardSlip(
            shop=SlipShop(shop.name, shop.branch, shop.phone, shop.receipt_footer),
            number=done.entry_no,
            at_text=local_minute(self.clock, cash.at_ms),
            cashier=self._staff_name(cash.operator),
            member=SlipMember(self.members.masked_name(AccountId(done.account)), cash.tail),
            event=cash.event,
            fee_fen=done.fee_fen,
            deposit_fen=done.deposit_fen,
            language=shop.language,
        )

    def _staff_name(self, staff_id: str) -> str:
        row = self.database.row("SELECT name FROM staff WHERE id = ?", (staff_id,))
        return str(row[0]) if row else ""
