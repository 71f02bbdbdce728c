"""A complete stand-in for the rest of the till: members, money, slips and sign-ins in memory, by simple rules.

It follows the contract of `Desk` (action ids, sessions, refusals); its rules are its own: a bonus of a tenth from
500 yuan, a point per yuan spent, and a charge taken from principal and bonus in proportion.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.kiosk_ui.desk import (
    Booked,
    ChargePreview,
    CounterMember,
    Done,
    MemberHit,
    Needs,
    Receipt,
    SignedIn,
    StaffChoice,
    TopUpPreview,
)
from terminal.rules.counter import CounterScreen, DoubtView
from terminal.rules.kiosk import KioskScreen, PassView
from terminal.rules.media.factors import Reason
from terminal.runtime.board import Board

BONUS_FROM_FEN = 50_000
SESSION_S = 30.0
PIN = "246810"
ROLES = {"s3": "manager"}
MEMBER_PIN_TRIES = 3


@dataclass
class Book:
    """What the fake remembers; tests look here for the evidence."""

    members: dict[str, CounterMember] = field(default_factory=dict)
    actions: dict[str, tuple[object, Done]] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    printed_actions: dict[str, int] = field(default_factory=dict)
    kiosk_prints: list[str] = field(default_factory=list)
    resolved: list[tuple[int, bool]] = field(default_factory=list)
    signed_in: dict[str, SignedIn] = field(default_factory=dict)
    wrong_pins: int = 0
    initials: dict[str, str] = field(default_factory=dict)
    scanned: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    drawer_actions: list[str] = field(default_factory=list)
    drawer: tuple[str, str] = ("waiting", "")
    copies: dict[int, str] = field(default_factory=dict)
    has_drawer: bool = True
    closed_shifts: list[tuple[str, int]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    needs: Needs | None = None
    member_pin: str = ""
    wrong_member_pins: int = 0
    refuse_next: Exception | None = None
    ok: bool = True


class FakeDesk:
    """A till in memory over a board."""

    def __init__(self, board: Board, clock: Clock, members: tuple[CounterMember, ...] = ()) -> None:
        self._board = board
        self._clock = clock
        self.book = Book(members={member.account: member for member in members})

    # The kiosk

    def _screen(self) -> KioskScreen:
        state = self._board.newest("kiosk")[1]
        assert isinstance(state, KioskScreen)
        return state

    def _same_session(self, session: str) -> KioskScreen:
        self._called("kiosk")
        screen = self._screen()
        if not session or screen.session != session:
            raise Refusal("session_over")
        return screen

    def kiosk_language(self, language: str) -> None:
        self._board.show("kiosk", dataclasses.replace(self._screen(), language=language))

    def kiosk_contrast(self, on: bool) -> None:
        self._board.show("kiosk", dataclasses.replace(self._screen(), contrast=on))

    def kiosk_finish(self, session: str) -> None:
        self._same_session(session)
        self._board.show("kiosk", KioskScreen())

    def kiosk_extend(self, session: str) -> None:
        screen = self._same_session(session)
        self._board.show("kiosk", dataclasses.replace(screen, ends_at_s=self._clock.monotonic_s() + SESSION_S))

    def kiosk_print(self, session: str, action_id: str) -> None:
        screen = self._same_session(session)
        self.book.calls.append(f"print {action_id}")
        if action_id not in self.book.kiosk_prints:
            self.book.kiosk_prints.append(action_id)
        self._board.show("kiosk", dataclasses.replace(screen, printing=True))

    def kiosk_dismiss(self) -> None:
        screen = self._screen()
        if screen.name in {"success", "error"}:
            self._board.show("kiosk", KioskScreen(language=screen.language, contrast=screen.contrast))

    # Staff

    def staff_names(self) -> list[StaffChoice]:
        return [StaffChoice("s1", "林晓"), StaffChoice("s2", "陈静"), StaffChoice("s3", "Kevin")]

    def sign_in(self, staff_id: str, pin: str) -> SignedIn:
        name = next((choice.name for choice in self.staff_names() if choice.id == staff_id), None)
        if name is None:
            raise Refusal("staff_unknown")
        if self.book.wrong_pins >= 5:
            raise Refusal("pin_locked", minutes=10)
        if pin != PIN:
            self.book.wrong_pins += 1
            raise Refusal("pin_wrong", left=5 - self.book.wrong_pins)
        token, role = f"token-{staff_id}-{len(self.book.signed_in)}", ROLES.get(staff_id, "cashier")
        signed_in = SignedIn(token, staff_id, name, 3, role)
        self.book.signed_in[signed_in.token] = signed_in
        return signed_in

    def sign_out(self, token: str) -> None:
        self.book.signed_in.pop(token, None)

    def shift_is_over(self, staff_id: str, shift_no: int) -> bool:
        return (staff_id, shift_no) in self.book.closed_shifts

    def staff(self, token: str) -> SignedIn:
        found = self.book.signed_in.get(token)
        if found is None:
            raise Refusal("signed_out")
        return found

    def still_signed_in(self, token: str) -> bool:
        return token in self.book.signed_in

    # Members

    def find_members(self, token: str, text: str) -> list[MemberHit]:
        self._called("find", token)
        wanted = text.lower()
        return [_hit(member) for member in self.book.members.values() if self._matches(member, wanted)][:20]

    def scanned(self, token: str, text: str) -> None:
        self._called("scanned", token)
        self.book.scanned.append(text)

    def list_members(self, token: str, accounts: Sequence[str]) -> list[MemberHit]:
        self._called("list", token)
        return [_hit(self.book.members[account]) for account in accounts]

    def _matches(self, member: CounterMember, wanted: str) -> bool:
        return (
            wanted in member.name
            or self.book.initials.get(member.account, "").startswith(wanted)
            or wanted == member.phone_tail
            or wanted in member.cards
        )

    def member(self, token: str, account: str) -> CounterMember:
        self._called("member", token)
        found = self.book.members.get(account)
        if found is None:
            raise Refusal("member_unknown")
        return found

    def preview_top_up(self, token: str, account: str, amount_fen: int) -> TopUpPreview:
        member = self.member(token, account)
        bonus_fen = amount_fen // 10 if amount_fen >= BONUS_FROM_FEN else 0
        return TopUpPreview(amount_fen, bonus_fen, member.balance_fen + amount_fen + bonus_fen)

    def top_up(
        self, token: str, action_id: str, account: str, amount_fen: int, expected_bonus_fen: int, expected_key: str = ""
    ) -> Done:
        del expected_key
        content = ("top_up", account, amount_fen, expected_bonus_fen)
        if action_id in self.book.actions:
            return self._repeated(action_id, content)
        self._check_dropped(action_id)
        preview = self.preview_top_up(token, account, amount_fen)
        self._called("top_up", token)
        if preview.bonus_fen != expected_bonus_fen:
            raise Refusal("bonus_changed")
        after = self._move(account, amount_fen, preview.bonus_fen)
        return self._done(action_id, content, "top_up", amount_fen, preview.bonus_fen, after, 0)

    def preview_charge(self, token: str, account: str, amount_fen: int) -> ChargePreview:
        member = self.member(token, account)
        if amount_fen > member.balance_fen:
            raise Refusal("not_enough", missing_fen=amount_fen - member.balance_fen, balance_fen=member.balance_fen)
        bonus_fen = amount_fen * member.bonus_fen // member.balance_fen
        left_fen = member.balance_fen - amount_fen
        split = (amount_fen - bonus_fen, bonus_fen, amount_fen // 100)
        return ChargePreview(amount_fen, *split, left_fen, self._needs(member))

    def _needs(self, member: CounterMember) -> Needs:
        if self.book.needs is not None:
            return self.book.needs
        ways = ("phone_tail", "photo") if member.phone_tail else ("photo",)
        locked = self.book.wrong_member_pins >= MEMBER_PIN_TRIES
        if self.book.member_pin and not locked:
            ways = (*ways, "pin")
        return Needs(ways, notes=(Reason("factor_pin_locked"),) if locked else ())

    def charge(self, token: str, action_id: str, account: str, amount_fen: int, confirmed: str, pin: str = "") -> Done:
        content = ("charge", account, amount_fen, confirmed)
        if action_id in self.book.actions:
            return self._repeated(action_id, content)
        self._check_dropped(action_id)
        preview = self.preview_charge(token, account, amount_fen)
        self._called("charge", token)
        if confirmed == "pin" and pin != self.book.member_pin:
            self.book.wrong_member_pins += 1
            if self.book.wrong_member_pins >= MEMBER_PIN_TRIES:
                raise Refusal("member_pin_locked", minutes=15)
            raise Refusal("member_pin_wrong", left=MEMBER_PIN_TRIES - self.book.wrong_member_pins)
        if preview.needs.ways and confirmed not in preview.needs.ways:
            raise Refusal("factor_identifies_only")
        after = self._move(account, -preview.principal_fen, -preview.bonus_fen)
        return self._done(action_id, content, "charge", amount_fen, preview.bonus_fen, after, preview.points)

    def outcome(self, token: str, action_id: str) -> Booked | None:
        self._called("outcome", token)
        if action_id not in self.book.actions:
            return None
        content, done = self.book.actions[action_id]
        assert isinstance(content, tuple)
        return Booked(content[1], done)

    def drop(self, token: str, action_id: str) -> Booked | None:
        booked = self.outcome(token, action_id)
        if booked is None:
            self.book.dropped.append(action_id)
        return booked

    def _check_dropped(self, action_id: str) -> None:
        if action_id in self.book.dropped:
            raise Refusal("action_dropped")

    def _move(self, account: str, principal_fen: int, bonus_fen: int) -> CounterMember:
        before = self.book.members[account]
        after = dataclasses.replace(
            before,
            principal_fen=before.principal_fen + principal_fen,
            bonus_fen=before.bonus_fen + bonus_fen,
            balance_fen=before.balance_fen + principal_fen + bonus_fen,
        )
        self.book.members[account] = after
        return after

    def _done(
        self,
        action_id: str,
        content: object,
        title: str,
        amount_fen: int,
        bonus_fen: int,
        after: CounterMember,
        points: int,
    ) -> Done:
        job = len(self.book.receipts) + 1
        bill_no = f"A{job:06d}"
        done = Done(bill_no, title, amount_fen, bonus_fen, after.balance_fen, points, job)
        self.book.actions[action_id] = (content, done)
        self.book.receipts.insert(0, Receipt(bill_no, "14:32", title, after.masked_name, amount_fen, "queued", job))
        return done

    def _repeated(self, action_id: str, content: object) -> Done:
        known, done = self.book.actions[action_id]
        if known != content:
            raise Refusal("action_conflict")
        return done

    # Slips

    def recent(self, token: str) -> list[Receipt]:
        self.staff(token)
        return self.book.receipts[:20]

    def has_drawer(self) -> bool:
        return self.book.has_drawer

    def open_drawer(self, token: str, action_id: str) -> None:
        self._called("drawer", token)
        if action_id not in self.book.drawer_actions:
            self.book.drawer_actions.append(action_id)

    def drawer_state(self, token: str, action_id: str) -> tuple[str, str]:
        self.staff(token)
        return self.book.drawer if action_id in self.book.drawer_actions else ("", "")

    def reprint(self, token: str, action_id: str, job: int) -> int:
        self._called("reprint", token)
        if all(receipt.job != job for receipt in self.book.receipts):
            raise Refusal("receipt_unknown")
        self.book.printed_actions.setdefault(action_id, job)
        copy = 1000 + list(self.book.printed_actions).index(action_id)
        self.book.copies.setdefault(copy, "queued")
        return copy

    def slip_state(self, token: str, job: int) -> str:
        self.staff(token)
        states = {receipt.job: receipt.print_state for receipt in self.book.receipts} | self.book.copies
        return states.get(job, "")

    def resolve_doubt(self, token: str, job: int, got_it: bool) -> None:
        self._called("doubt", token)
        self.book.resolved.append((job, got_it))
        counter = self._board.newest("counter")[1]
        assert isinstance(counter, CounterScreen)
        left = tuple(doubt for doubt in counter.doubts if doubt.job != job)
        self._board.show("counter", dataclasses.replace(counter, doubts=left))

    def printed(self, job: int) -> None:
        """Let the printer confirm a slip."""
        self.book.receipts = [
            dataclasses.replace(receipt, print_state="printed") if receipt.job == job else receipt
            for receipt in self.book.receipts
        ]

    # The house

    def health(self) -> dict[str, object]:
        return {"ok": self.book.ok, "version": "0.1.0", "devices": {"printer": "ready"}}

    def metrics(self) -> str:
        return "# TYPE counterfoil_up gauge\ncounterfoil_up 1\n"

    def _called(self, what: str, token: str | None = None) -> None:
        if token is not None:
            self.staff(token)
        self.book.calls.append(what)
        if self.book.refuse_next is not None:
            refusal, self.book.refuse_next = self.book.refuse_next, None
            raise refusal


def _hit(member: CounterMember) -> MemberHit:
    tail = member.cards[0] if member.cards else ""
    return MemberHit(
        member.account,
        member.name,
        member.phone_masked,
        tail,
        member.level,
        member.balance_fen,
        member.marked_duplicate,
    )


def demo_members() -> tuple[CounterMember, ...]:
    """Three members: a rich file, a bare one, and one of a pair that was imported twice."""
    return (
        CounterMember(
            account="a" * 32,
            name="王晓燕",
            title="ms",
            masked_name="王女士",
            level="金卡会员",
            points=5240,
            balance_fen=138_224,
            principal_fen=120_000,
            bonus_fen=18_224,
            phone_masked="138****5678",
            phone_tail="5678",
            cards=("8821", "0377"),
            passes=(PassView("头皮深层护理", 6, 10), PassView("水光焕肤", 2, 5)),
            birthday="11-28",
            remark="对酒精过敏；喜欢靠窗座位",
        ),
        CounterMember(
            account="b" * 32,
            name="欧阳锋",
            title="mr",
            masked_name="欧阳先生",
            level="",
            points=0,
            balance_fen=0,
            principal_fen=0,
            bonus_fen=0,
            phone_masked="",
            phone_tail="",
            cards=("1002",),
        ),
        CounterMember(
            account="c" * 32,
            name="王伟",
            title="",
            masked_name="王*",
            level="银卡会员",
            points=88,
            balance_fen=20_000,
            principal_fen=20_000,
            bonus_fen=0,
            phone_masked="139****0001",
            phone_tail="0001",
            cards=("4410",),
            marked_duplicate=True,
        ),
    )


INITIALS = {"a" * 32: "wxy", "b" * 32: "oyf", "c" * 32: "ww"}
DOUBT = DoubtView(7, "A000007")
