"""What use cases answer to whoever asks: plain values for pages, masked where a page may not know more."""

from __future__ import annotations

from dataclasses import dataclass

from terminal.rules.kiosk import PassView
from terminal.rules.media.factors import Reason


@dataclass(frozen=True, slots=True)
class ShopView:
    """The shop as the headers of all pages name it; shown on the board under the topic `shop`.

    `language` is the one its screens start in, empty where none is known.
    """

    name: str = ""
    branch: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class StaffChoice:
    """A person who can sign in."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody at work: `token` names the sign-in and is a secret of the browser's cookie; `role` is of `ROLES`."""

    token: str
    staff_id: str
    name: str
    shift_no: int
    role: str = "cashier"


@dataclass(frozen=True, slots=True)
class MemberHit:
    """One line of a search result: the name in full, by which staff tell members apart; phone and card as tails."""

    account: str
    name: str
    phone_masked: str
    card_tail: str
    level: str
    balance_fen: int
    marked_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class AskBack:
    """A top-up whose money may still be asked back: how much, until when (ISO), and the days left (0: the last)."""

    paid_fen: int
    until: str
    days_left: int


@dataclass(frozen=True, slots=True)
class CounterMember:
    """A member as the cashier sees them: the name in full, phone and cards still as tails."""

    account: str
    name: str
    title: str
    masked_name: str
    level: str
    points: int
    balance_fen: int
    principal_fen: int
    bonus_fen: int
    phone_masked: str
    phone_tail: str
    cards: tuple[str, ...] = ()
    passes: tuple[PassView, ...] = ()
    ask_back: tuple[AskBack, ...] = ()
    birthday: str = ""
    remark: str = ""
    marked_duplicate: bool = False


@dataclass(frozen=True, slots=True)
class TopUpPreview:
    """What a top-up of `amount_fen` would do.

    Of the bonus `later_fen` opens later. Coupons and passes are (code, count); `level` is given until `level_until`
    (ISO). `key` stands for all of it, and is handed back with the top-up.
    """

    amount_fen: int
    bonus_fen: int
    balance_after_fen: int
    later_fen: int = 0
    points: int = 0
    coupons: tuple[tuple[str, int], ...] = ()
    passes: tuple[tuple[str, int], ...] = ()
    level: str = ""
    level_until: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """What still has to be shown for a charge: any one of `ways` (of `phone_tail`, `photo`, `pin`).

    There are none where enough was shown; `by` says what (`tap`, `uid`, `member_qr`), `notes` why a card is not enough.
    `takes_qr`: a member QR, scanned, would do as well.
    """

    ways: tuple[str, ...] = ()
    by: str = ""
    notes: tuple[Reason, ...] = ()
    takes_qr: bool = False


@dataclass(frozen=True, slots=True)
class ChargePreview:
    """How a charge of `amount_fen` would be taken from principal and bonus, the points it earns, and what it needs."""

    amount_fen: int
    principal_fen: int
    bonus_fen: int
    points: int
    balance_after_fen: int
    needs: Needs = Needs()


@dataclass(frozen=True, slots=True)
class Done:
    """A posted top-up or charge: `title` is `top_up` or `charge`, `points` the points it earned.

    `print_job` is the slip's job, or None where the shop prints none.
    """

    bill_no: str
    title: str
    amount_fen: int
    bonus_fen: int
    balance_fen: int
    points: int
    print_job: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A recent bill: `kind` is `top_up`, `charge` or `slip`; `print_state` is the spool's, empty for no slip.

    `undone` is `voided` or `refunded` where something was taken back of it; `undone_fen` is how much, 0 for all.
    """

    bill_no: str
    at_text: str
    kind: str
    masked_name: str
    amount_fen: int
    print_state: str
    job: int | None
    undone: str = ""
    undone_fen: int = 0
