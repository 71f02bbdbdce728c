"""The customer's screen: what it can show, and what it shows next."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("zh_CN", "zh_TW", "en")


@dataclass(frozen=True, slots=True)
class PassView:
    """A prepaid pass as the customer sees it: sessions left of all sessions.

    `total` is 0 of a pass for a time: it has `left` days, and is good until `ends_on` (ISO, empty: not begun yet).
    """

    name: str
    left: int
    total: int
    ends_on: str = ""


@dataclass(frozen=True, slots=True)
class MemberPanel:
    """What a tap may show of a member: masked, and nothing that another person could use.

    `title` is `ms`, `mr` or empty; `balance_fen` is None where the shop hides it until asked for.
    """

    surname: str
    title: str
    masked_name: str
    level: str
    points: int
    balance_fen: int | None
    card_tail: str
    phone_tail: str
    passes: tuple[PassView, ...]


@dataclass(frozen=True, slots=True)
class KioskScreen:
    """The whole state of the kiosk page.

    `name` is one of `idle` `reading` `member` `success` `error` `busy` `out_of_service`; `code` names the error or
    the success (`topped_up`, `charged`, `slip_printed`); `ends_at_s` is the monotonic second at which the till
    leaves this state by itself; actions must carry `session`; `printing` says that a slip is on its way.
    """

    name: str = "idle"
    language: str = "zh_CN"
    contrast: bool = False
    panel: MemberPanel | None = None
    code: str = ""
    values: tuple[tuple[str, str | int], ...] = ()
    ends_at_s: float | None = None
    session: str = ""
    printing: bool = False
