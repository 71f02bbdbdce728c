"""Staff: who may sign in, PINs, and the shift a sign-in opens."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.ids import ActionId, new_id
from terminal.ledger.book import Book, request_digest
from terminal.rules.entry import Entry
from terminal.rules.till.shift import OPENING
from terminal.services.ask import Ask, at_once
from terminal.services.shifts.asked import Failed, unwatched
from terminal.services.shifts.opening import Opening
from terminal.services.shifts.records import require_open
from terminal.services.shop import NO_PIN
from terminal.services.views import SignedIn, StaffChoice
from terminal.store.database import Database

MANAGER = "manager"
ROLES = ("cashier", MANAGER)
WRONG_TRIES_MAX = 5
LOCK_MINUTES = 15
MINUTE_MS = 60_000
NAME_CHARS_MAX = 20
SIGN_INS_MAX = 50
IDLE_S = 30 * 60.0
SIGN_IN_S = 12 * 3600.0
# OWASP's second recommended setting for argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Each hash takes 19 MiB; more at once than there are cores would only take memory.
_CHECKS = threading.BoundedSemaphore(2)
_PIN = re.compile(r"[0-9]{4,6}")


def add_staff(
    database: Database,
    name: str,
    role: str,
    pin: str | None,
    ask: Ask = at_once,
    *,
    roles: Collection[str] = ROLES,
) -> str:
    """Add somebody who may sign in and return the first PIN; asking again for the same name gives nothing new.

    Whom the set-up file named without a PIN gets the PIN, and keeps the role from there.
    `roles` are those the shop has.
    Hashing the PIN is slow on purpose and done by the calling thread; only the writing is done by `ask`.
    Raises `Refusal` `staff_name_bad`, `staff_role_bad`, `pin_bad`, or `staff_exists` when the name is taken.
    """
    name = name.strip()
    if not (1 <= len(name) <= NAME_CHARS_MAX and name.isprintable()):
        raise Refusal("staff_name_bad")
    if role not in roles:
        raise Refusal("staff_role_bad", roles=", ".join(roles))
    first_pin = f"{secrets.randbelow(10**6):06d}" if pin is None else pin
    if not _PIN.fullmatch(first_pin):
        raise Refusal("pin_bad")
    with _CHECKS:
        pin_hash = _HASHER.hash(first_pin)
    ask(lambda: _write_staff(database, name, role, pin_hash))
    return first_pin


def _write_staff(database: Database, name: str, role: str, pin_hash: str) -> None:
    with database.write():
        if known := database.row("SELECT pin_hash FROM staff WHERE name = ?", (name,)):
            if known[0] != NO_PIN:
                raise Refusal("staff_exists")
            # The set-up file named them, with their role; only a PIN was missing.
            database.run("UPDATE staff SET pin_hash = ? WHERE name = ?", (pin_hash, name))
            return
        database.run(
            "INSERT INTO staff (id, name, role, pin_hash) VALUES (?, ?, ?, ?)", (new_id(), name, role, pin_hash)
        )


def pin_is_right(pin_hash: str, pin: str) -> bool:
    """Tell whether the PIN is right; slow on purpose, so never called by the dispatcher."""
    if not _PIN.fullmatch(pin):
        return False
    try:
        with _CHECKS:
            return _HASHER.verify(pin_hash, pin)
    except VerifyMismatchError:
        return False


def prove(staff: Staff, staff_id: str, pin: str, ask: Ask) -> None:
    """Pass whoever knows somebody's PIN, which is checked in the calling thread; never called by the dispatcher.

    Raises `Refusal` `staff_unknown`, `pin_wrong` (`left`) or `pin_locked` (`minutes`).
    """
    pin_hash = ask(lambda: staff.pin_hash(staff_id))
    if not pin_is_right(pin_hash, pin):
        raise ask(lambda: staff.note_wrong(staff_id))
    ask(lambda: staff.note_right(staff_id))


@dataclass(slots=True)
class _Held:
    """A sign-in, since when and when it was last used, in monotonic seconds."""

    signed_in: SignedIn
    since_s: float
    used_s: float


class SignIns:
    """Who is signed in at this till: secrets of browsers' cookies, kept in memory only."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        """Start with nobody signed in; `monotonic_s` tells when a sign-in has lasted long enough."""
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._by_token: dict[str, _Held] = {}

    def add(self, staff_id: str, name: str, shift_no: int, role: str = "cashier") -> SignedIn:
        """Return a new sign-in; the oldest of too many ends."""
        signed_in = SignedIn(secrets.token_urlsafe(24), staff_id, name, shift_no, role)
        now_s = self._monotonic_s()
        with self._lock:
            self._by_token[signed_in.token] = _Held(signed_in, now_s, now_s)
            while len(self._by_token) > SIGN_INS_MAX:
                del self._by_token[next(iter(self._by_token))]
        return signed_in

    def get(self, token: str) -> SignedIn:
        """Return who is signed in, who thereby stays so; raise `Refusal` `signed_out` when it is over."""
        now_s = self._monotonic_s()
        with self._lock:
            held = self._by_token.get(token)
            if held is None or now_s - held.used_s > IDLE_S or now_s - held.since_s > SIGN_IN_S:
                self._by_token.pop(token, None)
                raise Refusal("signed_out")
            held.used_s = now_s
            return held.signed_in

    def is_open(self, token: str) -> bool:
        """Tell whether the sign-in still holds; unlike `get`, looking does not keep it."""
        return self.look(token) is not None

    def look(self, token: str) -> SignedIn | None:
        """Return who is signed in, or None when it is over; unlike `get`, looking does not keep it."""
        now_s = self._monotonic_s()
        with self._lock:
            held = self._by_token.get(token)
            holds = held is not None and now_s - held.used_s <= IDLE_S and now_s - held.since_s <= SIGN_IN_S
            return held.signed_in if held is not None and holds else None

    def end_shift(self, shift_no: int) -> None:
        """End every sign-in to a shift that was closed: whoever goes on signs in to the next one."""
        with self._lock:
            for token in [token for token, held in self._by_token.items() if held.signed_in.shift_no == shift_no]:
                del self._by_token[token]

    def end(self, token: str) -> None:
        """End a sign-in; ending it again changes nothing."""
        with self._lock:
            self._by_token.pop(token, None)


class Staff:
    """Signing in: what comes before and after `pin_is_right`; every method is called by the dispatcher."""

    def __init__(self, database: Database, book: Book, clock: Clock, failed: Failed = unwatched) -> None:
        """Read and write an open store; `failed` judges each wrong PIN."""
        self._database = database
        self._book = book
        self._clock = clock
        self._failed = failed
        self._opening = Opening(database, book, clock)

    def names(self) -> list[StaffChoice]:
        """Return who can sign in: the cashiers, who do it all day, before the managers."""
        rows = self._database.rows("SELECT id, name FROM staff WHERE active = 1 ORDER BY role, name")
        return [StaffChoice(*row) for row in rows]

    def named(self, name: str) -> str:
        """Return somebody's id by their name; raise `Refusal` `staff_unknown`."""
        row = self._database.row("SELECT id FROM staff WHERE name = ? AND active = 1", (name,))
        if row is None:
            raise Refusal("staff_unknown")
        return str(row[0])

    def role(self, staff_id: str) -> str:
        """Return somebody's role; raise `Refusal` `staff_unknown`."""
        row = self._database.row("SELECT role FROM staff WHERE id = ? AND active = 1", (staff_id,))
        if row is None:
            raise Refusal("staff_unknown")
        return str(row[0])

    def pin_hash(self, staff_id: str) -> str:
        """Return what a PIN is checked against; raise `Refusal` `staff_unknown` or `pin_locked` (`minutes`)."""
        row = self._database.row("SELECT pin_hash, locked_until_ms FROM staff WHERE id = ? AND active = 1", (staff_id,))
        if row is None:
            raise Refusal("staff_unknown")
        self._check_lock(row[1])
        return str(row[0])

    def note_wrong(self, staff_id: str) -> Refusal:
        """Count a wrong PIN and return the refusal to show: `pin_wrong` (`left`) or `pin_locked` (`minutes`).

        It is locked after so many tries, or at once where a rule of odd things blocks.
        """
        with self._database.write():
            row = self._database.row("SELECT wrong_tries, locked_until_ms FROM staff WHERE id = ?", (staff_id,))
            tries, until_ms = row or (0, 0)
            if self._minutes_left(until_ms):
                # It was being checked while others locked the sign-in; the lock stays as it is.
                return Refusal("pin_locked", minutes=self._minutes_left(until_ms))
            tries += 1
            blocked = self._failed(self._note_failure(staff_id, tries))
            locked = blocked or tries >= WRONG_TRIES_MAX
            until_ms = self._clock.now_ms() + LOCK_MINUTES * MINUTE_MS if locked else 0
            self._database.run(
                "UPDATE staff SET wrong_tries = ?, locked_until_ms = ? WHERE id = ?",
                (0 if locked else tries, until_ms, staff_id),
            )
        if locked:
            return Refusal("pin_locked", minutes=LOCK_MINUTES)
        return Refusal("pin_wrong", left=WRONG_TRIES_MAX - tries)

    def note_right(self, staff_id: str) -> None:
        """Begin a new count of wrong PINs.

        Raises `Refusal` `pin_locked` when wrong tries locked the sign-in while the right PIN was being checked.
        """
        row = self._database.row("SELECT locked_until_ms, wrong_tries FROM staff WHERE id = ?", (staff_id,))
        assert row is not None, "the PIN was checked"
        self._check_lock(row[0])
        if row[0] or row[1]:
            with self._database.write():
                self._database.run("UPDATE staff SET wrong_tries = 0, locked_until_ms = 0 WHERE id = ?", (staff_id,))

    def _note_failure(self, staff_id: str, wrong: int) -> Entry:
        """Post that a PIN was wrong, for whoever looks for what is unusual; return the entry."""
        action_id = ActionId(new_id())
        draft = self._book.begin(action_id, "pin_failed", request_digest({"do": "pin_failed", "action": action_id}))
        draft.payload |= {"account": "", "operator": staff_id, "shift": 0, "place": "counter", "wrong": wrong}
        return self._book.post(draft).entry

    def open_shift(self, staff_id: str) -> tuple[str, int]:
        """Return (name, shift number): the open shift of this person, or a new one with float 0 and its entry.

        Raises `Refusal` `pin_locked` when wrong tries locked the sign-in while the right PIN was being checked.
        """
        self.note_right(staff_id)
        row = self._database.row("SELECT name FROM staff WHERE id = ?", (staff_id,))
        assert row is not None, "the PIN was checked"
        with self._database.write():
            open_shift = self._database.row(
                "SELECT number FROM shift WHERE staff = ? AND closed_at = 0 ORDER BY number DESC LIMIT 1", (staff_id,)
            )
            return row[0], open_shift[0] if open_shift else self._new_shift(staff_id)

    def _new_shift(self, staff_id: str) -> int:
        action_id = ActionId(new_id())
        request = request_digest({"do": OPENING, "action": action_id})
        return self._opening.new(staff_id, 0, action_id, request).number

    def require_open(self, by: SignedIn) -> None:
        """Pass who has the shift open that they signed in to; what moves money asks this before it does.

        Raises `Refusal` `shift_missing`, or `shift_counted` once its cash was counted.
        """
        require_open(self._database, by)

    def _check_lock(self, locked_until_ms: int) -> None:
        if minutes := self._minutes_left(locked_until_ms):
            raise Refusal("pin_locked", minutes=minutes)

    def _minutes_left(self, locked_until_ms: int) -> int:
        """Return how many minutes a lock still holds, 0 when it is over.

        One that ends later than any lock lasts was made while the clock was wrong, and is over too.
        """
        left = -((self._clock.now_ms() - locked_until_ms) // MINUTE_MS)
        return left if 0 < left <= LOCK_MINUTES else 0
