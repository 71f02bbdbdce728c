"""转卡: another person becomes the holder of everything an account has, and so of what the shop owes for it.

Merging two accounts of one person is only an alias, in the members' files, and moves nothing.
"""

from __future__ import annotations

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.base.words.prepaid_phrases import SHOWN
from terminal.ledger.book import request_digest
from terminal.ledger.draft import Draft, Lot
from terminal.rules.bill_note import PASS
from terminal.rules.canonical import Canonical
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.wallet import COUPON, remembering, template_of
from terminal.services.prepaid.allowing import Allow, whoever
from terminal.services.prepaid.buying import PRINCIPAL, Purchases
from terminal.services.prepaid.pass_changes import TermsOf
from terminal.services.prepaid.till import Answer, Till, answer_of
from terminal.services.prepaid.units import POINTS, RIGHT, asset_of, move
from terminal.services.rulebook import RuleStore
from terminal.services.views import SignedIn

# A locked lot goes with what is to be skipped of it. Deposits stay with the cards they were paid for.
MOVING = (PRINCIPAL, "bonus", "bonus_locked", "release_skip", POINTS, PASS, COUPON)
DEBTS = ("owed", "points_owed")


class Transfers:
    """Moves a membership to another member. Used by the dispatcher."""

    def __init__(self, till: Till, terms_of: TermsOf, *, allow: Allow = whoever) -> None:
        """Judge passes by the terms of their sale, and what one person may hold by the law of the region.

        `allow` asks for the right by what the account's money and passes are worth.
        """
        self._till = till
        self._allow = allow
        self._terms_of = terms_of
        self._purchases = Purchases(till)
        self._section = RuleStore(till.database).section

    def transfer(
        self,
        rules: Rulebook,
        staff: SignedIn,
        action_id: ActionId,
        account: AccountId,
        to: AccountId,
        *,
        alone: bool,
        shown: str = "",
    ) -> Answer:
        """Move all that an account has to another member's, once for each `action_id`, with every refund right.

        `alone` says that this till holds everything there is of the account (online and recalled, or a box that has
        always been alone); `shown` is which of `SHOWN` the holder showed. Raises `Refusal`: `member_unknown`,
        `transfer_same`, `account_closing`, `transfer_elsewhere`, `transfer_proof_missing`,
        `transfer_debts` while money or points are owed, `transfer_nothing`, `pass_not_transferable`,
        `coupon_not_transferable` (template), `card_limit_named` (most_fen, room_fen), `units_on_hold`,
        `entry_full` for more than fits in one entry, and as `allow`.
        """
        request = request_digest({"do": "transfer_membership", "account": account, "to": to})
        with self._till.database.write():
            if earlier := self._till.book.find(action_id, request):
                return answer_of(earlier)
            self._check(account, to, alone=alone, shown=shown)
            lots = self._till.whole(account, *MOVING)
            if not lots:
                raise Refusal("transfer_nothing")
            self._check_passes(lots)
            self._check_coupons(rules, lots)
            draft = self._till.begin(action_id, "transfer_membership", request, staff, account)
            amount_fen = sum(lot.amount for lot in lots if lot.facts.asset == PRINCIPAL)
            self._purchases.check_room(rules, to, amount_fen)
            self._allow(staff, draft, sum(lot.amount * lot.facts.unit_value_fen for lot in lots))
            self._move(draft, account, to, lots)
            draft.payload |= {"to": to, "shown": shown, "principal_fen": amount_fen}
            draft.payload["versions"] = dict[str, Canonical](rules.noted("region", "passes"))
            return self._till.done(draft)

    def _check(self, account: AccountId, to: AccountId, *, alone: bool, shown: str) -> None:
        self._till.members.require(account)
        self._till.members.require(to)
        if self._till.merged.main(account) == self._till.merged.main(to):
            raise Refusal("transfer_same")
        self._till.require_open(account, to)
        if not alone:
            raise Refusal("transfer_elsewhere")
        if shown not in SHOWN:
            raise Refusal("transfer_proof_missing")
        if self._till.held(account, *DEBTS):
            raise Refusal("transfer_debts")

    def _check_passes(self, lots: list[Lot]) -> None:
        for lot in lots:
            attributes = lot.facts.attributes
            version, code = attributes.get("terms_version", 0), attributes.get("pass")
            # What an import brought has no terms of ours that could forbid it.
            ours = lot.facts.asset == PASS and isinstance(code, str) and type(version) is int
            if ours and not self._terms_of(str(code), int(str(version))).transferable:
                raise Refusal("pass_not_transferable")

    def _check_coupons(self, rules: Rulebook, lots: list[Lot]) -> None:
        versions = remembering(self._section)
        for lot in lots:
            if lot.facts.asset == COUPON:
                facts = lot.facts.attributes
                # What nobody knows the terms of has none that could forbid it.
                template = template_of(str(facts.get("template", "")), facts.get("version", 0), rules, versions)
                if template is not None and not template.transferable:
                    raise Refusal("coupon_not_transferable", template=template.name or template.code)

    def _move(self, draft: Draft, account: AccountId, to: AccountId, lots: list[Lot]) -> None:
        """Move units and rights; a pass is the new holder's alone, those who shared it were the old one's people."""
        rights = self._till.whole(account, RIGHT)
        passes = [lot for lot in lots if lot.facts.asset == PASS]
        others = [lot for lot in lots if lot.facts.asset != PASS]
        to_passes = [right for right in rights if asset_of(right) == PASS]
        move(draft, others, [right for right in rights if asset_of(right) != PASS], {"owner": to})
        move(draft, passes, to_passes, {"owner": to, "attributes": {"sharers": []}})
