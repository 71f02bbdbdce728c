"""What is done for a member's account at the counters: passes, cards, files, and giving all of it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from terminal.base.ids import AccountId
from terminal.rules.member.consents import CHAIN_SHARING, Consent
from terminal.rules.refunds.card_return import ACCOUNT, IDENTITY, MEDIUM, PRINTED, PURSES, RECORD, SIGNED
from terminal.rules.refunds.prepayment import MEMBERS_WISH
from terminal.services.files.asked import Asked as FileAsked
from terminal.services.files.asked import Filled
from terminal.services.media_life.asked import Asked, By, CardRules
from terminal.services.media_life.records import Blank
from terminal.services.refunds.prepayments import PrepaidWish
from tests.sim.counter import RULES, SECOND_ID, Counter
from tests.sim.machine import Machine

if TYPE_CHECKING:
    from tests.sim.shopping import Shopping
    from tests.sim.simulator import Simulator

MEMBERS_MOST = 8
ANY_PROOF = frozenset({"identity", "card", "pin"})


class Accounts:
    """Deeds that concern all of an account; they are done, and refused, as those of `Shopping`."""

    def __init__(self, simulator: Simulator, shopping: Shopping) -> None:
        """Act at the tills of a simulator, for the members whom `shopping` knows."""
        self.sim = simulator
        self.rng = simulator.rng
        self.shopping = shopping

    def deeds(self) -> tuple[tuple[int, Callable[[Machine, Counter], str]], ...]:
        """Return what may happen, with weights."""
        return (
            (2, self.change_pass),
            (1, self.hand_over),
            (1, self.return_card),
            (1, self.refund_prepayment),
            (2, self.keep_file),
            (1, self.merge_files),
            (2, self.keep_card),
        )

    def change_pass(self, till: Machine, counter: Counter) -> str:
        """A pass is paused, resumed, or given to somebody else."""
        account, staff = self.shopping.member(till), counter.staff()
        lots = [
            lot.facts.lot for lot in self.shopping.lots(counter, account, "pass") if lot.facts.attributes.get("pass")
        ]
        if not lots:
            return ""
        lot, passes, today = self.rng.choice(lots), counter.passes, counter.book.today()
        what = self.rng.choice(("freeze", "resume", "extend", "transfer"))
        if what == "freeze":
            passes.freeze(
                staff, counter.action(), account, lot, today, today + dt.timedelta(days=self.rng.randint(1, 5))
            )
        elif what == "resume":
            passes.resume(staff, counter.action(), account, lot)
        elif what == "extend":
            passes.extend(staff, counter.action(), account, lot, today + dt.timedelta(days=90))
        else:
            passes.transfer(staff, counter.action(), account, lot, self.shopping.member(till))
        self.sim.happened[f"pass: {what}"] += 1
        return f"changes a pass of {account[:6]}: {what}"

    def hand_over(self, till: Machine, counter: Counter, owner: AccountId | None = None) -> str:
        """A membership goes to somebody else, with all there is of it."""
        account, to = owner or self.shopping.member(till), self.shopping.member(till)
        alone = self.shopping.all_here(till, account)
        counter.transfers.transfer(RULES, counter.staff(), counter.action(), account, to, alone=alone, shown="identity")
        return f"moves the membership of {account[:6]} to {to[:6]}"

    def return_card(self, till: Machine, counter: Counter, owner: AccountId | None = None) -> str:
        """A card return goes a step on: noted, computed, approved, closed or given up."""
        account, returns = owner or self.shopping.member(till), counter.back.card_returns
        by = counter.by(alone=self.shopping.all_here(till, account))
        case = returns.case(account)
        if case is None:
            if self.rng.random() < 0.6:
                return ""
            for step in (IDENTITY, RECORD, ACCOUNT):
                returns.note(counter.by(), account, step)
            return f"begins to give the card of {account[:6]} back"
        if case.state.refund_fen is None:
            returns.compute(by, account, MEMBERS_WISH)
            return f"computes what {account[:6]} gets back"
        if not case.approved:
            other = replace(by.staff, staff_id=SECOND_ID, shift_no=0)
            returns.approve(replace(by, staff=other), account)
            self.sim.happened["card return approved"] += 1
            return f"approves the card return of {account[:6]}"
        if self.rng.random() < 0.5:
            returns.give_up(by, account)
            self.sim.happened["card return given up"] += 1
            return f"gives the card return of {account[:6]} up"
        for place, _ in enumerate(counter.back.payouts.of(case.approved)):
            counter.back.payouts.pay(counter.by(), case.approved, place)
        for step in (PURSES, MEDIUM, PRINTED, SIGNED):
            returns.note(counter.by(), account, step)
        self.sim.happened["card return closed"] += 1
        return f"closes the account {account[:6]}"

    def refund_prepayment(self, till: Machine, counter: Counter, owner: AccountId | None = None) -> str:
        """A top-up is given back by what was delivered for it."""
        account = owner or self.shopping.member(till)
        given = counter.back.prepayments.top_ups(account)
        if not given:
            return ""
        wish = PrepaidWish(account, self.rng.choice(given).top_up.id, MEMBERS_WISH)
        done = counter.back.prepayments.refund(counter.by(alone=self.shopping.all_here(till, account)), wish)
        return f"gives {done.given_fen} of a top-up back"

    # Files and cards

    def keep_file(self, till: Machine, counter: Counter) -> str:
        """A member's file is made or changed, and shared with the chain."""
        asked = FileAsked(counter.action(), By("manager", counter.staff().staff_id))
        phone = f"138{self.rng.randint(0, 6):08d}"
        if self.rng.random() < 0.3 and len(self.sim.actors.members) < MEMBERS_MOST:
            share = Consent(CHAIN_SHARING, True, counter.book.today(), "counter", "1")
            filled = Filled({"name": "王小芳", "phone": phone}, consents=(share,), initials="WXF")
            made = counter.files.add(asked, filled)
            self.sim.actors.members.append(AccountId(made.account))
            return f"makes a file for {made.account[:6]}"
        account = self.shopping.member(till)
        name = {"phone": phone} if self.rng.random() < 0.5 else {"remark": f"likes tea {self.rng.randint(0, 9)}"}
        counter.files.change(asked, account, Filled(name))
        return f"changes the file of {account[:6]}"

    def merge_files(self, till: Machine, counter: Counter) -> str:
        """Two files become one, or two again."""
        asked = FileAsked(counter.action(), By("manager", counter.staff().staff_id))
        account, into = self.shopping.member(till), self.shopping.member(till)
        if self.rng.random() < 0.4:
            counter.files.unmerge(asked, account)
            return f"parts {account[:6]}"
        counter.files.merge(asked, account, into)
        return f"merges {account[:6]} into {into[:6]}"

    def issue(self, counter: Counter, account: AccountId, number: str, *, is_named: bool) -> None:
        """Issue a card."""
        asked = Asked(counter.action(), self._manager(counter), ANY_PROOF)
        counter.media.issue(asked, account, Blank(number), CardRules(), is_named=is_named)

    def _manager(self, counter: Counter) -> By:
        return By("manager", counter.staff().staff_id, counter.staff().shift_no)

    def keep_card(self, till: Machine, counter: Counter) -> str:
        """A card is issued, reported lost, found again, replaced or blocked."""
        account, media = self.shopping.member(till), counter.media
        own = media.of(account)
        asked = Asked(counter.action(), self._manager(counter), ANY_PROOF)
        number = f"7{till.name[-1:]}{self.rng.randint(0, 10**6):06d}" if till.name[-1:].isdigit() else ""
        if not own:
            if number:
                self.issue(counter, account, number, is_named=True)
            return f"gives {account[:6]} a card"
        card = self.rng.choice(own)
        what = self.rng.choice(("loss", "found", "replace", "blacklist"))
        if what == "loss":
            media.report_loss(asked, card.n)
        elif what == "found":
            media.cancel_loss(asked, card.n)
        elif what == "replace" and number:
            media.replace(asked, card.n, Blank(number), CardRules())
        else:
            media.blacklist(asked, card.n)
        self.sim.happened[f"card: {what}"] += 1
        return f"a card of {account[:6]}: {what}"
