"""The rulebook: everything a shop decides about prices, value, points, passes, people and risks, as one value.

A fresh shop has the defaults: list prices, no offers, nothing earned, three roles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from terminal.rules.catalogue import Cost
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.loyalty.clawback import DEDUCT_MONEY
from terminal.rules.loyalty.levels import LevelRules
from terminal.rules.loyalty.points import PointsRules
from terminal.rules.loyalty.redeeming import RedeemRules
from terminal.rules.loyalty.referral import ReferralRules
from terminal.rules.media.factors import SHOW, Limits
from terminal.rules.media.fees import CardFees
from terminal.rules.member.profile import Field
from terminal.rules.passes.terms import PassTerms
from terminal.rules.pay.commission import CommissionRules
from terminal.rules.pay.performance import Tiers
from terminal.rules.prices.basket import PriceRules
from terminal.rules.refunds.payout import Ways
from terminal.rules.refunds.prepayment import Policy
from terminal.rules.till.anomaly import Rule
from terminal.rules.till.roles import ACTIONS, Limit, Role, Roles
from terminal.rules.value.spending import PROPORTIONAL
from terminal.rules.value.top_up import TopUpRules
from terminal.rules.value.voids import SHIFT

CASHIER, MANAGER, TECHNICIAN = "cashier", "manager", "technician"
# What a cashier does alone in a shop that has not decided yet: small things that are put right within a shift.
CASHIER_LIMITS = (
    Limit("cancel_loss"),
    Limit("discount", 1_000),
    Limit("open_drawer"),
    Limit("replace_medium", 500_00),
    Limit("void", 500_00),
)
DEFAULT_ROLES = Roles(
    (
        Role(CASHIER, CASHIER_LIMITS),
        Role(MANAGER, tuple(map(Limit, ACTIONS)), frozenset({CASHIER, MANAGER, TECHNICIAN})),
        Role(TECHNICIAN),
    )
)


@dataclass(frozen=True, slots=True)
class PurseRules:
    """How stored value is spent, voided and given back, and how it is guarded; amounts in fen.

    A bill's refund right lasts `refund_window_days`. The limits are what may be spent without a second factor on one
    bill and on one day. `top_up_terms` is printed with a member's first top-up, `balance_view` says when a balance
    shows. `individual` is an individual business, for which some limits of the law do not hold.
    """

    spend_order: str = PROPORTIONAL
    refund_window_days: int = 30
    void_reach: str = SHIFT
    tap_only_limit_fen: int = 200_00
    uid_only_limit_fen: int = 0
    balance_view: str = SHOW
    top_up_terms: str = ""
    individual: bool = False

    @property
    def factors(self) -> Limits:
        """What may be spent without a second factor, as the rules of factors take it."""
        return Limits(self.uid_only_limit_fen, self.tap_only_limit_fen, self.balance_view)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules in force. Each field is a section that has versions of its own.

    `versions` are those in force by section; a section nobody set up has none, and counts as 0. A section with a
    `version` bears the same figure.
    """

    region: str = "CN"
    levels: LevelRules = field(default_factory=LevelRules)
    prices: PriceRules = field(default_factory=PriceRules)
    coupons: tuple[CouponTemplate, ...] = ()
    passes: tuple[PassTerms, ...] = ()
    top_up: TopUpRules = field(default_factory=TopUpRules)
    purse: PurseRules = field(default_factory=PurseRules)
    points: PointsRules = field(default_factory=PointsRules)
    points_clawback: str = DEDUCT_MONEY
    redeem: RedeemRules = field(default_factory=RedeemRules)
    referral: ReferralRules = field(default_factory=ReferralRules)
    refunds: Policy = field(default_factory=Policy)
    payout: Ways = field(default_factory=lambda: Ways({}))
    media: CardFees = field(default_factory=CardFees)
    member_fields: tuple[Field, ...] = ()
    roles: Roles = DEFAULT_ROLES
    commission: CommissionRules = field(default_factory=CommissionRules)
    tiers: Tiers | None = None
    anomalies: tuple[Rule, ...] = ()
    costs: tuple[Cost, ...] = ()
    versions: Mapping[str, int] = field(default_factory=dict, compare=False)
    _cost_fen: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find costs by their code from now on."""
        object.__setattr__(self, "_cost_fen", {each.code: each.cost_fen for each in self.costs})

    def noted(self, *sections: str) -> dict[str, int]:
        """Return the versions of the sections an entry used, for its payload."""
        return {section: self.versions.get(section, 0) for section in sections}

    def cost_fen(self, item: str) -> int:
        """Return what one piece of an item cost the shop, 0 where nobody said."""
        return self._cost_fen.get(item, 0)

    def coupon_template(self, code: str) -> CouponTemplate | None:
        """Return the template of a code, None where the shop has none (any more)."""
        return next((each for each in self.coupons if each.code == code), None)

    def pass_terms(self, code: str) -> PassTerms | None:
        """Return the terms a pass of this code is sold under now, None where it is not sold."""
        return next((each for each in self.passes if each.code == code), None)
