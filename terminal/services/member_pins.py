"""Members' PINs: set, taken away and tried, each with an entry; the checking itself is slow and done elsewhere.

A PIN is checked in three steps, as staff's are: `asked` in the dispatcher, `PinHasher.is_right` in the thread that
waits for the answer, then `note_right` or `note_wrong` in the dispatcher.
"""

from __future__ import annotations

import datetime as dt
import hmac
import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from terminal.base.clock import Clock
from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, Draw, is_id, new_id
from terminal.ledger.book import Book, Posted, request_digest
from terminal.rules.canonical import Canonical
from terminal.rules.media import pin_lock
from terminal.rules.media.pin_lock import PinTries
from terminal.rules.media.states import IDENTITY, STAFF
from terminal.services.media_life.asked import Asked
from terminal.services.shifts.asked import Failed, unwatched
from terminal.store.database import Database

PEPPER_BYTES = 32
# Each hash takes 19 MiB; more at once than there are cores would only take memory.
HASHES_AT_ONCE = 2
MEMORY_KIB = 19_456
PASSES = 2
_PIN = re.compile(r"[0-9]{4,6}")


@dataclass(frozen=True, slots=True)
class PinCheck:
    """What a member's PIN is checked against, or hashed with: no secret leaves the program, and none is shown."""

    account: AccountId
    pepper: bytes = field(repr=False)
    hash: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PinState:
    """Whether a member has a PIN, and whether it may not be tried now."""

    is_set: bool
    is_locked: bool


class PinHasher:
    """Hashes PINs with argon2id and a pepper; slow on purpose, so never called by the dispatcher."""

    def __init__(self, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        """Use OWASP's second recommended setting of argon2id (19 MiB, two passes, one lane) unless told otherwise."""
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._checks = threading.BoundedSemaphore(HASHES_AT_ONCE)

    def make(self, check: PinCheck, pin: str) -> str:
        """Return the hash of a new PIN; raise `Refusal` `member_pin_bad` for one that is not 4 to 6 digits."""
        if not _PIN.fullmatch(pin):
            raise Refusal("member_pin_bad")
        with self._checks:
            return self._hasher.hash(_peppered(check, pin))

    def is_right(self, check: PinCheck, pin: str) -> bool:
        """Tell whether a PIN is the one."""
        if not _PIN.fullmatch(pin):
            return False
        try:
            with self._checks:
                return self._hasher.verify(check.hash, _peppered(check, pin))
        except VerifyMismatchError:
            return False


def _peppered(check: PinCheck, pin: str) -> bytes:
    """Return what is hashed: it is another's for another account, and nobody's without the pepper."""
    return hmac.digest(check.pepper, bytes.fromhex(check.account) + pin.encode(), "sha256")


class MemberPins:
    """Keeps members' PINs and counts wrong tries. Every method is called by the dispatcher."""

    def __init__(
        self,
        database: Database,
        book: Book,
        clock: Clock,
        *,
        is_online: Callable[[], bool],
        draw: Draw = os.urandom,
        failed: Failed = unwatched,
    ) -> None:
        """Work on an open store; `is_online` says whether the chain counts wrong tries too (`pin_lock`).

        `failed` judges each wrong PIN.
        """
        self._database = database
        self._book = book
        self._clock = clock
        self._is_online = is_online
        self._draw = draw
        self._failed = failed

    def state(self, account: AccountId) -> PinState:
        """Return whether a member has a PIN that may be tried."""
        row = self._database.row("SELECT 1 FROM member_pin WHERE account = ?", (bytes.fromhex(account),))
        if row is None:
            return PinState(is_set=False, is_locked=False)
        now = pin_lock.state(self._tries(account), self._book.today(), self._now_ms())
        return PinState(is_set=True, is_locked=not now.is_open)

    def asked(self, account: AccountId) -> PinCheck:
        """Return what a PIN is checked against.

        Raises `Refusal` `member_pin_missing`, `member_pin_locked` (`minutes`) or `member_pin_locked_today`.
        """
        row = self._database.row("SELECT hash FROM member_pin WHERE account = ?", (bytes.fromhex(account),))
        pepper = self._pepper()
        if row is None or not pepper:
            raise Refusal("member_pin_missing")
        self._check_open(account)
        return PinCheck(account, pepper, row[0])

    def note_right(self, account: AccountId) -> None:
        """Begin a new count; raise `Refusal` as `asked` where the PIN was locked while this one was being checked."""
        self._check_open(account)
        with self._database.write():
            self._forget_tries(account)

    def note_wrong(self, account: AccountId, place: str, operator: str = "", shift: int = 0) -> Refusal:
        """Count a wrong PIN with an entry of it, and return the refusal to show: `member_pin_wrong` (`left`) or a lock.

        `place` is where it was tried (of `factors.PLACES`), `operator` staff who were there, empty for nobody. It is
        locked after so many tries, or for the day at once where a rule of odd things blocks.
        """
        action_id = ActionId(new_id(self._draw))
        with self._database.write():
            try:
                self._check_open(account)
            except Refusal as locked:
                # It was being checked while others locked it; the lock stays as it is.
                return locked
            day, now_ms = self._book.today(), self._now_ms()
            after = pin_lock.after_wrong(self._tries(account), day, now_ms, is_online=self._is_online())
            facts: dict[str, Canonical] = {"place": place, "wrong": after.wrong, "operator": operator, "shift": shift}
            if self._failed(self._post(action_id, "pin_failed", account, facts).entry):
                after = pin_lock.after_block(after)
            self._database.run(
                "INSERT OR REPLACE INTO pin_try VALUES (?, ?, ?, ?, ?)",
                (bytes.fromhex(account), after.day.isoformat(), after.wrong, after.locked_from_ms, after.is_day_locked),
            )
        now = pin_lock.state(after, day, now_ms)
        if now.is_open:
            return Refusal("member_pin_wrong", left=now.tries_left)
        if now.minutes_left:
            return Refusal("member_pin_locked", minutes=now.minutes_left)
        return Refusal("member_pin_locked_today")

    def to_set(self, account: AccountId) -> PinCheck:
        """Return what a new PIN is hashed with; the pepper is drawn for the shop's first one."""
        with self._database.write():
            if not self._pepper():
                self._database.run("INSERT INTO factor_secret VALUES (1, ?)", (self._draw(PEPPER_BYTES),))
        return PinCheck(account, self._pepper())

    def set(self, asked: Asked, account: AccountId, pin_hash: str) -> Posted:
        """Give a member a PIN by its hash (`PinHasher.make`), once for each action id; a new count of tries begins.

        Whoever has a PIN changes it after the old one, which is then among what was `shown` (`pin`); a first one, or
        one after a reset, needs staff who saw who it is. Raises `Refusal` `member_unknown`, `medium_identity_needed`,
        `medium_staff_only`.
        """
        return self._change("pin_set", asked, account, pin_hash)

    def reset(self, asked: Asked, account: AccountId) -> Posted:
        """Take a member's PIN away, so that a new one can be set; nobody ever sees one. Raises `Refusal` as `set`."""
        return self._change("pin_reset", asked, account, "")

    def _change(self, kind: str, asked: Asked, account: AccountId, pin_hash: str) -> Posted:
        # The hash has a salt of its own, so it is no part of what makes two wishes the same.
        request = request_digest({"do": kind, "account": account, "shown": [*sorted(asked.shown)]})
        with self._database.write():
            if earlier := self._book.find(asked.action_id, request):
                return earlier
            self._check_member(account)
            self._check_who(kind, asked, account)
            key = bytes.fromhex(account)
            self._forget_tries(account)
            self._database.run("DELETE FROM member_pin WHERE account = ?", (key,))
            if pin_hash:
                self._database.run("INSERT INTO member_pin VALUES (?, ?)", (key, pin_hash))
            by = asked.by
            facts: dict[str, Canonical] = {"by": by.actor, "operator": by.staff_id, "shift": by.shift_no}
            facts["shown"] = [*sorted(asked.shown)]
            return self._post(asked.action_id, kind, account, facts, request)

    def _check_member(self, account: AccountId) -> None:
        found = is_id(account) and self._database.row(
            "SELECT 1 FROM member WHERE account = ?", (bytes.fromhex(account),)
        )
        if not found:
            raise Refusal("member_unknown")

    def _check_who(self, kind: str, asked: Asked, account: AccountId) -> None:
        if kind == "pin_set" and "pin" in asked.shown and self.state(account).is_set:
            return
        if asked.by.actor not in STAFF:
            raise Refusal("medium_staff_only")
        if IDENTITY not in asked.shown:
            raise Refusal("medium_identity_needed")

    def _post(
        self, action_id: ActionId, kind: str, account: AccountId, facts: dict[str, Canonical], request: str = ""
    ) -> Posted:
        draft = self._book.begin(action_id, kind, request or request_digest({"do": kind, "account": account}))
        draft.payload |= {"account": account, **facts}
        return self._book.post(draft)

    def _check_open(self, account: AccountId) -> None:
        pin_lock.check_open(self._tries(account), self._book.today(), self._now_ms())

    def _tries(self, account: AccountId) -> PinTries:
        row = self._database.row(
            "SELECT day, wrong, locked_from, day_locked FROM pin_try WHERE account = ?", (bytes.fromhex(account),)
        )
        if row is None:
            return PinTries(self._book.today())
        return PinTries(dt.date.fromisoformat(row[0]), row[1], row[2], bool(row[3]))

    def _forget_tries(self, account: AccountId) -> None:
        self._database.run("DELETE FROM pin_try WHERE account = ?", (bytes.fromhex(account),))

    def _now_ms(self) -> int:
        """Return this device's time, which never runs back behind the highest it had reason to trust."""
        return max(self._clock.now_ms(), self._book.life().trusted_ms)

    def _pepper(self) -> bytes:
        row = self._database.row("SELECT pepper FROM factor_secret")
        return bytes(row[0]) if row else b""
