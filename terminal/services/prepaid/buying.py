"""Whether the law and the shop allow money to come in: limits by region and date, tenders, and offers by their counts.

What no till can know alone (how often a member had an offer elsewhere) comes from a summary where there is one; without
it a till goes by what it has seen itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId
from terminal.rules.bill_note import CASH, EXTERNAL
from terminal.rules.rulebook import Rulebook
from terminal.rules.value import limits
from terminal.rules.value.limits import Buying
from terminal.rules.value.top_up import TopUpBy
from terminal.services.prepaid.given import OFFER, GivenBook
from terminal.services.prepaid.till import Till

PRINCIPAL = "principal"


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys: `at_once_fen` in all where that is more than this, a `unit` or a person, with an identity on record."""

    at_once_fen: int = 0
    unit: bool = False
    identified: bool = False


PERSON = Buyer()


@dataclass(frozen=True, slots=True)
class Paid:
    """By which tender (of `EXTERNAL`) money comes in, and who buys.

    `reference` is the payment's own number, `payer` names who paid by a payer code in a form that cannot be read back.
    """

    tender: str = CASH
    buyer: Buyer = PERSON
    reference: str = ""
    payer: str = ""


CASH_OF_PERSON = Paid()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a member did at other tills, as the last summary from the cloud says: top-ups, and offers had by id."""

    top_ups: int = 0
    used: Mapping[str, int] = field(default_factory=dict)


NOTHING_ELSEWHERE = Elsewhere()


def known_of_nothing(_: AccountId) -> Elsewhere:
    """Return no summary: what a till alone answers."""
    return NOTHING_ELSEWHERE


class Purchases:
    """Looks at money about to come in. Used by the dispatcher."""

    def __init__(self, till: Till, elsewhere: Callable[[AccountId], Elsewhere] = known_of_nothing) -> None:
        """Ask `elsewhere` for the summary of other tills."""
        self._till = till
        self._given = GivenBook(till.database)
        self._elsewhere = elsewhere

    def check_law(self, rules: Rulebook, account: AccountId, amount_fen: int, paid: Paid) -> bool:
        """Return whether the account is a known person's; raise `Refusal` where the law or the tender forbids it.

        That is `member_unknown`, `account_closing`, `top_up_tender_unknown`, or what `limits.check_top_up` and
        `limits_on` raise.
        """
        named = self._till.is_named(account)
        self._till.require_open(account)
        self._check_limits(rules, amount_fen, paid, named=named, principal_fen=self._till.balance(account, PRINCIPAL))
        return named

    def check_blank(self, rules: Rulebook, amount_fen: int, paid: Paid) -> None:
        """Raise as `check_law` for money onto a card without a name that is nobody's yet."""
        self._check_limits(rules, amount_fen, paid, named=False, principal_fen=0)

    def _check_limits(self, rules: Rulebook, amount_fen: int, paid: Paid, *, named: bool, principal_fen: int) -> None:
        buyer = paid.buyer
        if paid.tender not in EXTERNAL:
            raise Refusal("top_up_tender_unknown")
        buying = Buying(
            paid_fen=amount_fen,
            named=named,
            principal_fen=principal_fen,
            at_once_fen=buyer.at_once_fen,
            unit=buyer.unit,
            cash=paid.tender == CASH,
            identified=buyer.identified,
        )
        limits.check_top_up(self.limits(rules), buying)

    def limits(self, rules: Rulebook) -> limits.Limits:
        """Return the limits in force where the till stands today."""
        return limits.limits_on(rules.region, self._till.book.today(), individual=rules.purse.individual)

    def by(self, rules: Rulebook, account: AccountId, at: dt.datetime, *, named: bool) -> TopUpBy:
        """Return who tops up, and where, as offers look at it; an anonymous card has no level."""
        elsewhere, today, place = self._elsewhere(account), self._till.book.today(), self._till.place()
        limited = [offer.id for offer in rules.top_up.offers if offer.times_per_member]
        used = {name: self._given.of_member((OFFER, name), account) + elsewhere.used.get(name, 0) for name in limited}
        return TopUpBy(
            at=at,
            level=self._till.standings.level(rules.levels, account, today) if named else "",
            store=place.store,
            channel=place.channel,
            first=not elsewhere.top_ups and self.is_first(account),
            used=used,
        )

    def is_first(self, account: AccountId) -> bool:
        """Tell whether no money was ever put on this account, as far as this till knows.

        What an import or another till brought was paid by the member once, too; a gift card's money by somebody else.
        """
        if self._given.topped_up_before(account):
            return False
        held = self._till.book.lots(self._till.held(account, PRINCIPAL))
        return all(lot.facts.attributes.get("gift_card") for lot in held)

    def check_room(self, rules: Rulebook, account: AccountId, amount_fen: int) -> None:
        """Raise `Refusal` `card_limit_named` (most_fen, room_fen) where a member would hold more than one may."""
        law = self.limits(rules)
        left_fen = limits.room_fen(law, Buying(amount_fen, principal_fen=self._till.balance(account, PRINCIPAL)))
        if left_fen is not None and amount_fen > left_fen:
            raise Refusal("card_limit_named", most_fen=law.named_most_fen or 0, room_fen=left_fen)

    def cooling_off_until(self, rules: Rulebook, paid_on: dt.date) -> dt.date | None:
        """Return the last day on which the principal may be asked back, None where there are no such days."""
        days = limits.cooling_off_days(rules.region, paid_on, rules.refunds.cooling_off_days)
        return limits.cooling_off_until(paid_on, days) if days else None
