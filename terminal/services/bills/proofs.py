"""By what it is proved that a member wants something taken: the second factors, with the shop's limits."""

from __future__ import annotations

import datetime as dt

from terminal.base.errors import Refusal
from terminal.rules.canonical import Canonical
from terminal.rules.media import factors as rules_of_factors
from terminal.rules.rulebook import Rulebook
from terminal.services.bills.asks import CONFIRMATIONS, Prove
from terminal.services.bills.values import Claim
from terminal.services.factors import FACTOR, Factors, Spend


def by_factors(factors: Factors) -> Prove:
    """Return a proof by second factors, with the shop's limits; it refuses as `Factors.check`.

    What the cashier confirmed is of `CONFIRMATIONS`; anything else is refused as `confirmation_missing`: a PIN that
    somebody says was right is not one that this program found right.
    """

    def prove(rules: Rulebook, claim: Claim, day: dt.date) -> dict[str, Canonical]:
        proof = claim.proof
        if proof.confirmed and proof.confirmed not in CONFIRMATIONS:
            raise Refusal("confirmation_missing")
        spend = Spend(
            account=claim.account,
            amount_fen=claim.amount_fen,
            assurance=proof.assurance,
            shown=proof.shown | ({proof.confirmed} if proof.confirmed else frozenset()),
            medium=proof.medium,
            place=rules_of_factors.KIOSK if claim.channel == rules_of_factors.KIOSK else rules_of_factors.COUNTER,
            wish=rules_of_factors.REDEEM if claim.redeems else rules_of_factors.SPEND,
        )
        approved = factors.check(rules.purse.factors, spend, day)
        return {"confirmed": proof.confirmed, FACTOR: approved.facts()}

    return prove
