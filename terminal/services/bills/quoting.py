"""What an order costs now and what could pay it: one look at the member's wallet, whatever is on the bill."""

from __future__ import annotations

import datetime as dt

from terminal.rules.passes.imported import imported_terms
from terminal.rules.prices.best import Best, Reason, best
from terminal.rules.prices.engine import price
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.spending import most_fen, purse
from terminal.services.bills.asked import Held, Thing
from terminal.services.bills.settling import Settler
from terminal.services.bills.values import CouponSeen, Order, Quote
from terminal.services.bills.wallet import HeldCoupons, Section, Wallet


class Quotes:
    """Makes quotes; writes nothing."""

    def __init__(self, settler: Settler, section: Section) -> None:
        """Price as `settler` does; `section` gives the rules of old."""
        self._settler = settler
        self._section = section

    def of(self, rules: Rulebook, order: Order, now: tuple[dt.datetime, dt.date], bill: str = "") -> Quote:
        """Return what an order costs at a civil time of a business day; raise `Refusal` as settling does."""
        self._settler.require(order.account)
        at, day = now
        wallet = self._settler.wallets.of(order.account, day, f"bill:{bill}" if bill else "")
        held = wallet.coupons(rules, self._section)
        sale = self._settler.sale(rules, order, wallet, at, held)
        names = tuple(line.name for line in sale.lines)
        if not wallet.account:
            return Quote("", sale.priced, lines=names)
        found = best(sale.basket, rules.prices, held.offered, order.points)
        lots = wallet.purse_lots()
        sessions, unused = self._settler.sessions.left(self._settler.visit(rules, order, at, day, bill), wallet)
        return Quote(
            level=sale.basket.level,
            priced=sale.priced,
            best=found,
            purse=purse(lots, day),
            purse_most_fen=most_fen(lots, sale.priced.payable_fen, day),
            points_held=wallet.points,
            points_usable=price(sale.basket, rules.prices, sale.uses, wallet.points).points_used,
            sessions=sessions,
            coupons=self._seen(rules, wallet, held, found),
            passes_unused=unused,
            lines=names,
        )

    def _seen(self, rules: Rulebook, wallet: Wallet, held: HeldCoupons, found: Best) -> tuple[CouponSeen, ...]:
        """Return all coupons the member has here: those that may be used, and those that another bill or time has."""
        offered = {each.id for each in held.offered}
        seen = [
            CouponSeen(
                id=each.coupon.id,
                template=each.coupon.template,
                name=each.name,
                last=each.coupon.last.isoformat() if each.coupon.last else "",
                reason=found.unused.get(each.coupon.id)
                if each.coupon.id in offered
                else Reason("coupon_day_used", {"left": each.left_today or 0}),
            )
            for each in held.usable
        ]
        unknown = Reason("coupon_rules_unknown")
        seen += [CouponSeen(each.id, each.template, "", "", unknown) for each in held.strange]
        for lot in self._settler.locked(wallet):
            code = str(lot.facts.attributes.get("template", ""))
            template, last = rules.coupon_template(code), str(lot.facts.attributes.get("last", ""))
            name = template.name if template else ""
            seen.append(CouponSeen(lot.bucket, code, name, last, Reason("coupon_locked")))
        return tuple(seen)


def held_in(rules: Rulebook, wallet: Wallet, held: HeldCoupons) -> Held:
    """Return the coupons and passes of a wallet by all that people may call them.

    An imported pass has the code of the pass it is taken for.
    """
    passes = []
    for lot, lots in wallet.passes().items():
        facts = lots[0].facts.attributes
        taken_for = imported_terms(rules.passes, facts)
        code = taken_for.code if taken_for else str(facts.get("pass", ""))
        passes.append(Thing(lot, code, str(facts.get("name", ""))))
    coupons = [
        Thing(each.coupon.id, each.coupon.template, each.name, each.coupon.last.isoformat() if each.coupon.last else "")
        for each in held.usable
    ]
    coupons += [Thing(each.id, each.template, "") for each in held.strange]
    return Held(tuple(coupons), tuple(passes))
