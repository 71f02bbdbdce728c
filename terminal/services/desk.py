"""The desk: everything pages may ask of the till, each done by the dispatcher, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.events import CodeScanned
from terminal.base.ids import AccountId, ActionId, is_id
from terminal.ledger.book import Book
from terminal.rules.media.factors import COUNTER
from terminal.services.ask import Ask
from terminal.services.bills.values import Proof
from terminal.services.counter import Counter
from terminal.services.customer_texts import CustomerTexts
from terminal.services.drawer import BY_STAFF, Drawer
from terminal.services.kiosk import Kiosk
from terminal.services.media import Media
from terminal.services.member_pins import PinCheck, PinHasher
from terminal.services.members import Members
from terminal.services.money import BY_PIN, Money
from terminal.services.outcomes import Booked, Outcomes
from terminal.services.receipts import local_minute
from terminal.services.shop import Shop, require_one_shop
from terminal.services.spool import Spool, StoredSlip
from terminal.services.staff import SignIns, Staff, pin_is_right
from terminal.services.undone import Undone
from terminal.services.views import (
    ChargePreview,
    CounterMember,
    Done,
    MemberHit,
    Receipt,
    SignedIn,
    StaffChoice,
    TopUpPreview,
)


@dataclass(frozen=True, slots=True)
class Rooms:
    """The use cases behind the desk, and the book that knows which actions were done."""

    book: Book
    members: Members
    media: Media
    money: Money
    staff: Staff
    sign_ins: SignIns
    spool: Spool
    kiosk: Kiosk
    counter: Counter
    drawer: Drawer
    customer: CustomerTexts


class Desk:
    """What the pages call, from any thread; raises `Refusal` or `Overloaded`."""

    def __init__(
        self, ask: Ask, rooms: Rooms, shop: Callable[[], Shop], clock: Clock, report: Callable[[], dict[str, object]]
    ) -> None:
        """Ask the dispatcher by `ask`; `shop` gives the shop as set up now, `report` the till's health."""
        self._ask = ask
        self._rooms = rooms
        self._shop = shop
        self._clock = clock
        self._report = report
        self._outcomes = Outcomes(rooms.book, rooms.money)
        self._hasher = PinHasher()

    def kiosk_language(self, language: str) -> None:
        """Show the kiosk in `language` until its session ends."""
        self._ask(lambda: self._rooms.kiosk.set_language(language))

    def kiosk_contrast(self, on: bool) -> None:  # noqa: FBT001 - it carries the switch's position
        """Switch the high-contrast theme."""
        self._ask(lambda: self._rooms.kiosk.set_contrast(on=on))

    def kiosk_finish(self, session: str) -> None:
        """End the session at once."""
        self._ask(lambda: self._rooms.kiosk.finish(session))

    def kiosk_extend(self, session: str) -> None:
        """Give the session its whole time again."""
        self._ask(lambda: self._rooms.kiosk.extend(session))

    def kiosk_print(self, session: str, action_id: str) -> None:
        """Queue a balance slip; the same action id again queues nothing."""
        action = _action(action_id)
        self._ask(lambda: self._rooms.kiosk.print_slip(session, action))

    def kiosk_dismiss(self) -> None:
        """Leave the success or error screen."""
        self._ask(self._rooms.kiosk.dismiss)

    def staff_names(self) -> Sequence[StaffChoice]:
        """Return who can sign in."""
        return self._ask(self._rooms.staff.names)

    def sign_in(self, staff_id: str, pin: str) -> SignedIn:
        """Open a sign-in and a shift; refused as `pin_wrong` (`left`) or `pin_locked` (`minutes`)."""
        staff = self._rooms.staff
        pin_hash = self._ask(lambda: staff.pin_hash(staff_id))
        if not pin_is_right(pin_hash, pin):
            raise self._ask(lambda: staff.note_wrong(staff_id))
        name, shift_no = self._ask(lambda: staff.open_shift(staff_id))
        role = self._ask(lambda: staff.role(staff_id))
        return self._rooms.sign_ins.add(staff_id, name, shift_no, role)

    def sign_out(self, token: str) -> None:
        """Close the sign-in; the shift stays open."""
        self._rooms.sign_ins.end(token)

    def shift_is_over(self, staff_id: str, shift_no: int) -> bool:
        """Tell whether the shift that somebody signed in to is theirs no more: closed, by whomever."""

        def work() -> bool:
            try:
                self._rooms.staff.require_open(SignedIn("", staff_id, "", shift_no))
            except Refusal as refusal:
                return refusal.code == "shift_missing"
            return False

        return self._ask(work)

    def staff(self, token: str) -> SignedIn:
        """Return who is signed in; refused as `signed_out`."""
        return self._rooms.sign_ins.get(token)

    def still_signed_in(self, token: str) -> bool:
        """Tell whether the sign-in still holds; a page that only lies open does not keep it."""
        return self._rooms.sign_ins.is_open(token)

    def find_members(self, token: str, text: str) -> Sequence[MemberHit]:
        """Return at most 20 members for a name, pinyin, a phone, card number (or its ending), code or tap address."""
        self.staff(token)

        def work() -> Sequence[MemberHit]:
            hits = self._rooms.media.search(text)
            self._rooms.counter.shown.typed(text, hits, self._clock.monotonic_s())
            return hits

        return self._ask(work)

    def scanned(self, token: str, text: str) -> None:
        """Take a code from a scanner that types, as one from the counter's own scanner: the live notices tell of it."""
        self.staff(token)
        event = CodeScanned("keyboard", self._clock.monotonic_s(), text)
        self._ask(lambda: self._rooms.counter.code_scanned(event))

    def list_members(self, token: str, accounts: Sequence[str]) -> Sequence[MemberHit]:
        """Return a line for each of these accounts; refused as `member_unknown`."""
        self.staff(token)
        return self._ask(lambda: self._rooms.members.hits([AccountId(account) for account in accounts]))

    def member(self, token: str, account: str) -> CounterMember:
        """Return one member; refused as `member_unknown`."""
        self.staff(token)
        return self._ask(lambda: self._rooms.members.counter_member(AccountId(account)))

    def preview_top_up(self, token: str, account: str, amount_fen: int) -> TopUpPreview:
        """Return what a top-up would do."""
        self.staff(token)
        rules = require_one_shop(self._shop()).rules

        def work() -> TopUpPreview:
            preview = self._rooms.money.preview_top_up(rules, AccountId(account), amount_fen)
            self._rooms.customer.due("top_up", amount_fen)
            return preview

        return self._ask(work)

    def top_up(
        self, token: str, action_id: str, account: str, amount_fen: int, expected_bonus_fen: int, expected_key: str = ""
    ) -> Done:
        """Post a cash top-up once per action id; refused as `bonus_changed` when it gives something else by now."""
        signed_in, action = self.staff(token), _action(action_id)

        def work() -> Done:
            self._outcomes.check(action)
            rules = require_one_shop(self._shop()).rules
            again = self._rooms.book.done(action) is not None
            if not again:  # one that was done before is answered whatever became of the shift
                self._rooms.staff.require_open(signed_in)
            done = self._rooms.money.top_up(
                rules, signed_in, action, AccountId(account), amount_fen, expected_bonus_fen, expected_key=expected_key
            )
            self._rooms.spool.notify()
            if not again:  # the customer was told already, and may have gone by now
                self._rooms.kiosk.topped_up(AccountId(account), done.amount_fen, done.bonus_fen, done.balance_fen)
                self._rooms.customer.done("top_up", done.amount_fen)
            return done

        return self._ask(work)

    def preview_charge(self, token: str, account: str, amount_fen: int) -> ChargePreview:
        """Return how a charge would be taken, and what has to be shown for it yet, as the member was found.

        Refused as `not_enough` (`missing_fen`, `balance_fen`), and as `Factors.look`.
        """
        self.staff(token)
        rules = require_one_shop(self._shop()).rules

        def work() -> ChargePreview:
            preview = self._rooms.money.preview_charge(rules, AccountId(account), amount_fen, self._shown(account))
            self._rooms.customer.due("charge", amount_fen)
            return preview

        return self._ask(work)

    def charge(self, token: str, action_id: str, account: str, amount_fen: int, confirmed: str, pin: str = "") -> Done:
        """Post a charge once per action id; `confirmed` is how the cashier knew the member, `pin` what they typed.

        `confirmed` is of `CONFIRMATIONS`, `pin`, or empty where what the member showed is enough. Refused as
        `Factors.check`, and of a PIN as `MemberPins.asked` and `MemberPins.note_wrong`; one that was booked before
        is answered without looking at a PIN again.
        """
        signed_in, action = self.staff(token), _action(action_id)
        is_right = confirmed == BY_PIN and self._try_pin(signed_in, action, AccountId(account), pin)

        def work() -> Done:
            self._outcomes.check(action)
            rules = require_one_shop(self._shop()).rules
            again = self._rooms.book.done(action) is not None
            if not again:  # one that was done before is answered whatever became of the shift
                self._rooms.staff.require_open(signed_in)
            proof = self._shown(account)
            if is_right:
                proof = replace(proof, shown=frozenset({BY_PIN}))
            done = self._rooms.money.charge(
                rules, signed_in, action, AccountId(account), amount_fen, confirmed, proof=proof
            )
            self._rooms.spool.notify()
            if not again:  # the customer was told already, and may have gone by now
                self._rooms.counter.shown.used(AccountId(account))
                self._rooms.kiosk.charged(AccountId(account), done.amount_fen, done.balance_fen)
                self._rooms.customer.done("charge", done.amount_fen)
            return done

        return self._ask(work)

    def _shown(self, account: str) -> Proof:
        return self._rooms.counter.shown.of(AccountId(account), self._clock.monotonic_s())

    def _try_pin(self, signed_in: SignedIn, action: ActionId, account: AccountId, pin: str) -> bool:
        """Tell whether the member's PIN was tried and right; False for an action that was booked before.

        Raises `Refusal` as `charge` of a PIN; a wrong one is counted. The slow part is done in the caller's thread.
        """
        pins = self._rooms.money.pins

        def begin() -> PinCheck | None:
            self._outcomes.check(action)
            if self._rooms.book.done(action) is not None:
                return None
            self._rooms.staff.require_open(signed_in)
            return pins.asked(account)

        check = self._ask(begin)
        if check is None:
            return False
        if not self._hasher.is_right(check, pin):
            operator, shift = signed_in.staff_id, signed_in.shift_no
            raise self._ask(lambda: pins.note_wrong(account, COUNTER, operator, shift))
        self._ask(lambda: pins.note_right(account))
        return True

    def outcome(self, token: str, action_id: str) -> Booked | None:
        """Return what a top-up or charge booked whose answer was lost, or None when nothing was booked."""
        self.staff(token)
        action = _action(action_id)
        return self._ask(lambda: self._outcomes.of(action))

    def drop(self, token: str, action_id: str) -> Booked | None:
        """Give an unbooked top-up or charge up, for good, or return what it booked after all."""
        self.staff(token)
        action = _action(action_id)
        return self._ask(lambda: self._outcomes.drop(action))

    def has_drawer(self) -> bool:
        """Tell whether this till has a cash drawer."""
        return self._rooms.drawer.exists

    def open_drawer(self, token: str, action_id: str) -> None:
        """Open the cash drawer once per action id, in the name of whoever is signed in.

        Refused as `drawer_unavailable` where its printer is away; what the printer makes of it is told at the counter.
        """
        signed_in, action = self.staff(token), _action(action_id)
        self._ask(lambda: self._rooms.drawer.open(signed_in, action, BY_STAFF))

    def drawer_state(self, token: str, action_id: str) -> tuple[str, str]:
        """Return state (`waiting`, `sent`, `done`, `failed`) and code of an opening; empty where there is none."""
        self.staff(token)
        action = _action(action_id)
        return self._ask(lambda: self._rooms.drawer.state(action))

    def recent(self, token: str) -> Sequence[Receipt]:
        """Return the newest receipts of this till, newest first."""
        self.staff(token)

        return self._ask(lambda: [self._receipt(slip, back) for slip, back in self._rooms.spool.recent_bills()])

    def _receipt(self, slip: StoredSlip, back: Undone | None) -> Receipt:
        return Receipt(
            bill_no=slip.bill_no,
            at_text=local_minute(self._clock, slip.at_ms),
            kind=slip.kind,
            masked_name=self._rooms.members.masked_name(slip.account),
            amount_fen=slip.amount_fen,
            print_state=slip.state,
            job=slip.job,
            undone=back.state if back else "",
            undone_fen=back.fen if back and back.fen < slip.amount_fen else 0,
        )

    def reprint(self, token: str, action_id: str, job: int) -> int:
        """Queue a marked copy of a slip, once per action id, and return the copy's job."""
        self.staff(token)
        action = _action(action_id)
        return self._ask(lambda: self._rooms.spool.copy(job, action))

    def slip_state(self, token: str, job: int) -> str:
        """Return the print state of a slip or copy; empty for an unknown one."""
        self.staff(token)
        return self._ask(lambda: self._rooms.spool.state(job))

    def resolve_doubt(self, token: str, job: int, got_it: bool) -> None:  # noqa: FBT001 - the cashier's answer
        """Settle a doubtful slip: it is there, or print a marked copy."""
        self.staff(token)

        def work() -> None:
            self._rooms.spool.settle(job, got_it=got_it)
            self._rooms.counter.refresh()

        self._ask(work)

    def health(self) -> dict[str, object]:
        """Return the till's health as JSON values; `ok` False means that it cannot serve."""
        return self._report()

    def metrics(self) -> str:
        """Return the health as Prometheus text: one gauge for each figure, one for each device."""
        health = self._report()
        lines = [
            f"# TYPE counterfoil_{name} gauge\ncounterfoil_{name} {int(value)}"
            for name, value in health.items()
            if isinstance(value, int)
        ]
        devices = health.get("devices")
        if isinstance(devices, dict):
            lines.append("# TYPE counterfoil_device_ready gauge")
            lines += [
                f'counterfoil_device_ready{{device="{name}"}} {int(state["state"] == "ready")}'
                for name, state in devices.items()
            ]
        return "\n".join(lines) + "\n"


def _action(action_id: str) -> ActionId:
    if not is_id(action_id):
        raise Refusal("action_bad")
    return ActionId(action_id)
