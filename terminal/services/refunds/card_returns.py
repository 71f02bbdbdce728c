"""Card returns: an account's prepayments given back step by step, each step noted in the book, until nothing is owed.

From the manager's approval on the account is closing: nothing is left to spend, and what was approved stays owed and
visible however often a payout fails.
"""

from __future__ import annotations

from collections.abc import Sequence

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.ledger.book import request_digest
from terminal.ledger.draft import Draft
from terminal.rules.canonical import Canonical
from terminal.rules.refunds import card_return, payout
from terminal.rules.refunds.bill import OWED, PASS
from terminal.rules.refunds.card_return import CLOSED, MEDIUM, CardReturn
from terminal.rules.refunds.prepayment import REASONS
from terminal.services.refunds.asking import By
from terminal.services.refunds.cases import Case, Cases, said_of_case
from terminal.services.refunds.effects import end_rights
from terminal.services.refunds.passes import PassRefunds, PassWish
from terminal.services.refunds.payouts import Payouts
from terminal.services.refunds.posting import Posting, Ready
from terminal.services.refunds.prepayments import PrepaidBack, PrepaidWish, Prepayments, end_top_up
from terminal.services.refunds.records import (
    CARD_RETURN,
    CARD_RETURN_NOTED,
    GIVEN_UP,
    RIGHT,
    Records,
    accounts_of,
    target_of,
    text,
)

# What of a member may still be worth something after the top-ups ended, and ends with a signed return.
LEFT_OVER = ("bonus", "bonus_locked", "release_skip", "coupon", "points", PASS)
_HAS_MEDIUM = "SELECT 1 FROM medium WHERE account = ? AND kind = 'card' AND state IN ('active', 'frozen') LIMIT 1"


class CardReturns:
    """Card returns. `case` and `may_spend` read; the rest writes and is done by the dispatcher."""

    def __init__(
        self,
        records: Records,
        payouts: Payouts,
        prepayments: Prepayments,
        passes: PassRefunds,
        posting: Posting | None = None,
    ) -> None:
        """Post to the book of `records`; what is approved is paid out by `payouts`, `passes` tells what passes give."""
        self._records = records
        self._cases = Cases(records)
        self._payouts = payouts
        self._prepayments = prepayments
        self._passes = passes
        self._posting = posting or Posting(records)

    def case(self, account: AccountId) -> Case | None:
        """Return the member's card return as it stands, None where there is none or the last one is done."""
        case = self._cases.standing(account)
        return None if case is None or case.state.state == CLOSED else case

    def latest(self, account: AccountId) -> Case | None:
        """Return the member's last card return, also one that is done; None where there never was one."""
        return self._cases.latest(account)

    def may_spend(self, account: AccountId) -> bool:
        """Tell whether an account may still take or spend value: not while it is closing, nor once it is closed.

        A file that was merged may not where the account that stands for it may not. Deeds alone tell it: an approved
        return that nobody gave up.
        """
        main = accounts_of(self._records, account)[0]
        return not any(self._cases.is_approved(each) for each in dict.fromkeys((account, main)))

    def note(self, by: By, account: AccountId, step: str) -> Case:
        """Note a step that is done (`card_return.STEPS`), for the first time or again; the first step begins a return.

        What is noted is that something was shown or recorded, never what. Raises `Refusal` as `card_return.note`,
        `card_return_closed` once the account is closed, and `card_return_medium` for the medium while it has a card
        that works or is frozen.
        """
        request = request_digest({"do": CARD_RETURN_NOTED, "account": account, "step": step})
        with self._records.database.write():
            if self._records.book.find(by.action_id, request) is None:
                case = self._going_on(by, account)
                if step == MEDIUM and self._has_medium(case.account):
                    raise Refusal("card_return_medium")
                self._keep(by, request, case, card_return.note(case.state, step), case.reason)
            return self._now(by, account)

    def compute(self, by: By, account: AccountId, reason: str) -> Case:
        """Compute what the member gets back of all top-ups; it may be computed again until it is approved.

        A card's deposit comes back with the card, when that is taken back. Raises `Refusal` as `card_return.compute`
        and `Prepayments.preview`, `card_return_closed`, and `card_return_passes` while a debt is left, or a pass that
        gives something back: those are settled first.
        """
        request = request_digest({"do": "card_return_computed", "account": account, "reason": reason})
        with self._records.database.write():
            if self._records.book.find(by.action_id, request) is None:
                case = self._going_on(by, account)
                fen = sum(each.result.fen for each in self._backs(by, case.account, reason))
                self._keep(by, request, case, card_return.compute(case.state, fen, 0), reason)
            return self._now(by, account)

    def approve(self, by: By, account: AccountId) -> Case:
        """Approve what was computed: all the account has ends, and what is due is owed, in one entry.

        It is the manager who asks, and not the one who began it. Raises `Refusal` as `card_return.approve`, `compute`,
        `By.check`, and `refund_changed` (given_fen) when what is due is no longer what was computed.
        """
        asked: dict[str, Canonical] = {"do": CARD_RETURN, "account": account}
        self._posting.once(by, asked, lambda: self._ready(by, account))
        return self._now(by, account)

    def _ready(self, by: By, account: AccountId) -> Ready:
        case = self._going_on(by, account)
        if case.state.refund_fen is None:
            raise Refusal("card_return_step_early")
        backs = self._backs(by, case.account, case.reason)
        due_fen = sum(back.result.fen for back in backs)
        if due_fen != case.state.refund_fen:
            raise Refusal("refund_changed", given_fen=due_fen)
        taken = [pair for back in backs for pair in back.taken]
        ways = payout.payouts(taken, self._records.book.today(), by.rulebook.payout)
        state = card_return.approve(case.state, by.staff.staff_id, ways)
        return Ready(
            kind=CARD_RETURN,
            right="return_card",
            asked_fen=due_fen,
            given_fen=due_fen,
            said=said_of_case(by, case, state, backs),
            move=lambda draft: self._move(draft, case, backs),
        )

    def give_up(self, by: By, account: AccountId) -> Case:
        """Give an approved return up, once for each action: all that it ended is there again, and the account active.

        Raises `Refusal` as `card_return.give_up` and `Payouts.give_up_as`.
        """
        request = request_digest({"do": GIVEN_UP, "account": account})
        with self._records.database.write():
            if self._records.book.find(by.action_id, request) is None:
                case = self._now(by, account)
                card_return.give_up(case.state)
                self._payouts.give_up_as(by, request, case.approved)
            return self._now(by, account)

    def _move(self, draft: Draft, case: Case, backs: Sequence[PrepaidBack]) -> None:
        lapsed: list[Canonical] = []
        for back in backs:
            lapsed += end_top_up(draft, back)
        draft.payload["lapsed"] = lapsed + self._end_rest(draft, case.account)

    def _end_rest(self, draft: Draft, account: AccountId) -> list[Canonical]:
        """Let everything end that no top-up gave, and every right to sessions of it: the member signed for it.

        Returns what the payload keeps of those rights.
        """
        gone, passes = {effect.bucket for effect in draft.effects}, set[str]()
        for lot in self._records.held(account, *LEFT_OVER):
            if lot.bucket not in gone:
                draft.expire(lot, lot.amount)
                passes |= {lot.facts.lot} if lot.facts.asset == PASS else set()
        rights = [lot for lot in self._records.held(account, RIGHT) if lot.bucket not in gone]
        led = [lot for lot in rights if (target := target_of(lot.facts)) and target["lot"] in passes]
        return end_rights(draft, led)

    def _backs(self, by: By, account: AccountId, reason: str) -> list[PrepaidBack]:
        if reason not in REASONS:
            raise Refusal("refund_reason_unknown", reasons=", ".join(REASONS))
        if not by.alone:
            raise Refusal("refund_alone_only")
        balances = self._records.balances(account)
        if balances.get(OWED) or (balances.get(PASS) and self._passes_worth(by, account, reason)):
            raise Refusal("card_return_passes")
        held = self._records.holdings(account, *LEFT_OVER, RIGHT)
        if self._records.on_hold([each.n for each in held]):
            raise Refusal("refund_on_hold")
        found = self._prepayments.top_ups(account)
        wishes = [PrepaidWish(account, each.top_up.id, reason, card_return=True) for each in found]
        backs = self._prepayments.preview_all(by.rulebook, wishes, alone=by.alone)
        left_fen = sum(back.result.top_up.principal_left_fen for back in backs)
        if left_fen != balances.get("principal", 0):
            raise Refusal("card_return_passes")
        return backs

    def _passes_worth(self, by: By, account: AccountId, reason: str) -> bool:
        """Tell whether any pass would give something back by its own refund, or must be agreed on first.

        One that was given or imported was not paid for here.
        """
        units = {lot.facts.lot for lot in self._records.held(account, PASS)}
        rights = self._records.held(account, RIGHT)
        bought = {lot for right in rights if (lot := text(right.facts.attributes, "pass")) in units}
        for lot in sorted(bought):
            try:
                self._passes.preview(by.rulebook, PassWish(account, lot, reason), alone=by.alone)
            except Refusal as refusal:
                if refusal.code == "refund_nothing":
                    continue
            return True
        return False

    def _has_medium(self, account: AccountId) -> bool:
        """Tell whether a card that works or is frozen leads to an account, or to a file that was merged into it."""
        owners = accounts_of(self._records, account)
        # A return that was approved before its file was merged is of that file alone.
        whose = owners if account == owners[0] else (account,)
        return any(self._records.database.row(_HAS_MEDIUM, (bytes.fromhex(each),)) for each in whose)

    def _now(self, by: By, account: AccountId) -> Case:
        main = accounts_of(self._records, account)[0]
        return self._cases.standing(account) or Case(main, CardReturn(by.staff.staff_id))

    def _going_on(self, by: By, account: AccountId) -> Case:
        """Return the case that the next step is of; raise `Refusal` `card_return_closed` once there is none any more.

        A closed account stays closed: a case begun anew would let it spend.
        """
        case = self._now(by, account)
        if case.state.state == CLOSED:
            raise Refusal("card_return_closed")
        return case

    def _keep(self, by: By, request: str, case: Case, state: CardReturn, reason: str) -> None:
        draft = self._records.book.begin(by.action_id, CARD_RETURN_NOTED, request)
        draft.payload |= {**by.said(), "account": case.account, "amount_fen": 0, "visits": 0, "versions": {}}
        draft.payload |= {"noted": [*sorted(state.noted)], "begun_by": state.operator, "reason": reason}
        draft.payload["approved_by_manager"] = state.approved_by
        draft.payload["refund_fen"] = -1 if state.refund_fen is None else state.refund_fen
        self._records.book.post(draft)
