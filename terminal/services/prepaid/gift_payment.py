"""Bills paid with a gift card: the bill is the card's own, and who holds the card may spend what is on it.

A gift card is nobody's, so no PIN, photo or telephone can prove anything. The cashier says that the card was in their
hand when its number was read; that is kept with their name, as every proof is that a person gives.
"""

from __future__ import annotations

import datetime as dt

from terminal.base.errors import Refusal
from terminal.ledger.draft import Draft
from terminal.rules.bill_note import ON_CREDIT, PRINCIPAL, BillNote
from terminal.rules.canonical import Canonical
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.asks import Prove
from terminal.services.bills.values import Claim
from terminal.services.factors import FACTOR, Approved
from terminal.services.prepaid.till import Till

# What the cashier confirms of a gift card, beside `bills.asks.CONFIRMATIONS` for members.
IN_HAND = "gift_card"


def by_card_in_hand(prove: Prove, till: Till) -> Prove:
    """Return a proof that is the card itself where a gift card pays, and `prove` for everybody else.

    Raises `Refusal` as `prove`, and where `IN_HAND` is said: `gift_card_named` of a known member's account,
    `member_unknown` of a card that is blocked, `gift_card_only_money` where anything but stored value is taken.
    """

    def judged(rules: Rulebook, claim: Claim, day: dt.date) -> dict[str, Canonical]:
        if claim.proof.confirmed != IN_HAND:
            return prove(rules, claim, day)
        if till.is_named(claim.account):
            raise Refusal("gift_card_named")
        if claim.redeems:
            raise Refusal("gift_card_only_money")
        approved = Approved(IN_HAND, is_audited=True, assurance=claim.proof.assurance, fen=claim.amount_fen)
        return {"confirmed": IN_HAND, FACTOR: approved.facts()}

    return judged


def only_money(draft: Draft, _rules: Rulebook, note: BillNote) -> None:
    """Look at a bill before it is posted (`asks.Also`): a gift card's takes nothing but the money on the card.

    Raises `Refusal` `gift_card_only_money` where points, sessions or coupons are used, or something is left owing.
    """
    if draft.payload.get("confirmed") != IN_HAND:
        return
    taken = {draft.known[each.bucket].facts.asset for each in draft.effects if each.kind == "spend"}
    if note.paid_with(ON_CREDIT) or taken - {PRINCIPAL}:
        raise Refusal("gift_card_only_money")
