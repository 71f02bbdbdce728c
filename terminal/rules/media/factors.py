"""Whether what a person showed is enough for what they want, and if not, what is still needed and why.

A number that anybody can copy identifies and proves nothing; an authenticated card proves that it is there, not who
holds it. So without a second factor each kind of proof may spend so much on a bill and a day.

- At the counter: the PIN; an authenticated card up to `tap_only_limit_fen`; a copyable number up to
  `uid_only_limit_fen`; the member QR; or the cashier who compared the end of the telephone number or the photo, which
  is audited. Where the telephone number is all that was given, its own end proves nothing, so only the photo counts
  then, or a one-time code sent to it. Whom staff found by name, or by anything else they typed, has shown nothing:
  the end of the telephone number counts there.
- At the kiosk: the PIN, or an authenticated card up to `tap_only_limit_fen`. Nobody watches it, so a copyable number
  spends nothing there, and a QR, which may be a picture of a telephone's screen, only identifies.
- At the kiosk by a typed telephone number: the PIN before anything but a masked name.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from terminal.base.errors import Refusal

COUNTER, KIOSK = PLACES = ("counter", "kiosk")
# What the medium proves, as the store keeps it for cards; `code` is the static member code of a shop without a cloud.
UID_ONLY, AUTHENTICATED, CODE, MEMBER_QR, PHONE, NAMED = ASSURANCES = (
    "id-only",
    "authenticated",
    "code",
    "member_qr",
    "phone",
    "named",
)
# What is wanted: a masked name, points for a bill, a top-up, the balance, history and personal data, a spend.
NAME, EARN, TOP_UP, BALANCE, PERSONAL, REDEEM, SPEND = WISHES = (
    "name",
    "earn",
    "top_up",
    "balance",
    "personal",
    "redeem",
    "spend",
)
# What was shown and found right.
PIN, ONE_TIME_CODE, PHONE_TAIL, PHOTO = FACTORS = ("pin", "one_time_code", "phone_tail", "photo")
SHOW, TAP, BY_PIN = BALANCE_VIEWS = ("show", "tap", "pin")
LIMIT_FEN_MAX = 50_000_00
# By what a medium spends with nothing beside it.
TAP_ALONE, UID_ALONE = "tap", "uid"
_FREE: Final = frozenset((NAME, EARN, TOP_UP))
_COPYABLE: Final = frozenset((UID_ONLY, CODE))
# Above the limit with one bill, and with what was spent earlier today.
_OVER_LIMIT: Final = MappingProxyType(
    {TAP_ALONE: ("factor_tap_bill", "factor_tap_day"), UID_ALONE: ("factor_uid_bill", "factor_uid_day")}
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be spent without a second factor, each on one bill and on one day, in fen; and when a balance shows.

    `show`: at once after a tap; `tap`: when the customer touches it; `pin`: after the PIN.
    """

    uid_only_limit_fen: int = 0
    tap_only_limit_fen: int = 200_00
    balance_view: str = SHOW


@dataclass(frozen=True, slots=True)
class Situation:
    """Where, by what, and with which factors; `spent_today_fen` is what was spent today by this assurance alone.

    It is the account's; spends with a second factor do not count into it. `has_pin` and `is_pin_locked` say whether a
    PIN can be asked for, `has_cloud` whether the member's telephone can get a QR or a one-time code.
    """

    place: str
    assurance: str
    shown: frozenset[str] = frozenset()
    spent_today_fen: int = 0
    has_pin: bool = True
    is_pin_locked: bool = False
    has_cloud: bool = True


@dataclass(frozen=True, slots=True)
class Reason:
    """Why what was shown is not enough, or what would be: a code with words, and its amounts in fen (0: has none)."""

    code: str
    limit_fen: int = 0
    left_fen: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`is_enough`, and by what (`tap`, `uid`, `member_qr`, a factor, or empty where nothing is needed).

    `is_audited`: the name of the staff member who confirmed goes into the book. Where it is not enough, `reasons` say
    why and `ways` what would be, the simplest first; no ways are left where staff has to help (`factor_staff`).
    """

    is_enough: bool
    by: str = ""
    is_audited: bool = False
    reasons: tuple[Reason, ...] = ()
    ways: tuple[Reason, ...] = ()


def mistakes(limits: Limits) -> list[tuple[str, str]]:
    """Return every (key, code) that is wrong with a shop's limits."""
    found = []
    for key, fen in (
        ("uid_only_limit_fen", limits.uid_only_limit_fen),
        ("tap_only_limit_fen", limits.tap_only_limit_fen),
    ):
        if fen < 0:
            found.append((key, "factor_limit_negative"))
        if fen > LIMIT_FEN_MAX:
            found.append((key, "factor_limit_absurd"))
    if limits.uid_only_limit_fen > limits.tap_only_limit_fen:
        found.append(("uid_only_limit_fen", "factor_limit_order"))
    if limits.balance_view not in BALANCE_VIEWS:
        found.append(("balance_view", "factor_view"))
    return found


def alone(assurance: str) -> str:
    """Return by what a medium of this assurance spends alone: `tap`, `uid`, or nothing where it never may."""
    if assurance == AUTHENTICATED:
        return TAP_ALONE
    return UID_ALONE if assurance in _COPYABLE else ""


def judge(limits: Limits, situation: Situation, wish: str, amount_fen: int = 0) -> Verdict:
    """Return whether it is enough for a wish; a spend has an amount, a redemption of points or sessions need not.

    A redemption's `amount_fen` is the value of what is taken; 0 (it has none) counts as within every limit. Raises
    `Refusal` `factor_unknown` for a place, assurance, factor or wish of no name, `factor_amount` for a bad amount.
    """
    _check(situation, wish, amount_fen)
    if PIN in situation.shown and not situation.is_pin_locked:
        return Verdict(is_enough=True, by=PIN)
    if _needs_nothing(limits, situation, wish):
        return Verdict(is_enough=True)
    if by := _second_factor(situation):
        return Verdict(is_enough=True, by=by, is_audited=by in {PHOTO, PHONE_TAIL})
    if wish not in {SPEND, REDEEM}:
        return _not_enough(situation, Reason("factor_private"))
    return _by_itself(limits, situation, amount_fen)


def require(verdict: Verdict) -> None:
    """Return when it is enough; else raise `Refusal` with the first reason's code and amounts."""
    if not verdict.is_enough:
        reason = verdict.reasons[0]
        raise Refusal(reason.code, limit_fen=reason.limit_fen, left_fen=reason.left_fen)


def _check(situation: Situation, wish: str, amount_fen: int) -> None:
    if (
        situation.place not in PLACES
        or situation.assurance not in ASSURANCES
        or wish not in WISHES
        or not situation.shown <= frozenset(FACTORS)
    ):
        raise Refusal("factor_unknown")
    if amount_fen < 0 or situation.spent_today_fen < 0 or (wish == SPEND and amount_fen == 0):
        raise Refusal("factor_amount")


def _needs_nothing(limits: Limits, situation: Situation, wish: str) -> bool:
    """Tell whether the wish needs no factor: what harms nobody, and what the shop shows after a tap."""
    if wish == NAME:
        return True
    if situation.place == KIOSK and situation.assurance in {PHONE, NAMED}:
        return False
    if wish in _FREE:
        return True
    if situation.place == COUNTER:  # staff read a member's file by their own rights
        return wish in {BALANCE, PERSONAL}
    return wish == BALANCE and limits.balance_view != BY_PIN


def _second_factor(situation: Situation) -> str:
    """Return what beside the PIN is enough for any amount, empty for nothing."""
    if situation.place != COUNTER:
        return ""
    if situation.assurance == MEMBER_QR:
        return MEMBER_QR
    confirming = (PHOTO,) if situation.assurance == PHONE else (PHOTO, PHONE_TAIL)
    asked = (ONE_TIME_CODE, *confirming)
    return next((factor for factor in asked if factor in situation.shown), "")


def _by_itself(limits: Limits, situation: Situation, amount_fen: int) -> Verdict:
    """Return whether the medium alone may spend so much."""
    name = alone(situation.assurance)
    if name == TAP_ALONE:
        limit_fen = limits.tap_only_limit_fen
    elif name == UID_ALONE and situation.place == COUNTER:
        limit_fen = limits.uid_only_limit_fen
    else:
        return _not_enough(situation, Reason("factor_identifies_only"))
    left_fen = max(0, limit_fen - situation.spent_today_fen)
    if limit_fen and amount_fen <= left_fen:
        return Verdict(is_enough=True, by=name)
    if not limit_fen:
        return _not_enough(situation, Reason("factor_identifies_only"))
    over_bill, over_day = _OVER_LIMIT[name]
    return _not_enough(situation, Reason(over_bill if amount_fen > limit_fen else over_day, limit_fen, left_fen))


def _not_enough(situation: Situation, reason: Reason) -> Verdict:
    reasons, ways = [reason], []
    if situation.is_pin_locked:
        reasons.append(Reason("factor_pin_locked"))
    elif situation.has_pin:
        ways.append(Reason("factor_pin"))
    if situation.place == COUNTER:
        ways.append(Reason("factor_confirm_photo" if situation.assurance == PHONE else "factor_confirm"))
        if situation.has_cloud:
            ways.append(Reason("factor_one_time_code" if situation.assurance == PHONE else "factor_member_qr"))
    elif situation.assurance not in {AUTHENTICATED, PHONE, NAMED}:
        ways.append(Reason("factor_tap_card"))
    if not ways:
        ways.append(Reason("factor_staff"))
    return Verdict(is_enough=False, reasons=tuple(reasons), ways=tuple(ways))
