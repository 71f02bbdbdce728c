"""Voids: a bill or top-up of this shift undone as if it had never been, while all of it is still here."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, BucketId
from terminal.ledger.draft import Draft, Lot
from terminal.rules.bill_note import NoteReleased
from terminal.rules.canonical import Canonical
from terminal.rules.entry import KINDS_ADDING, Effect, Entry
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.voids import Piece, ToppedUp, Voiding, reasons
from terminal.services.bills.typed import one_line
from terminal.services.refunds.asking import By
from terminal.services.refunds.cases import require_settled
from terminal.services.refunds.effects import CASH, opposite, take
from terminal.services.refunds.noted import concerned, note_of
from terminal.services.refunds.posting import Posting, Ready, Refunded
from terminal.services.refunds.records import (
    BILLS,
    TOP_UPS,
    VOID,
    Figures,
    Records,
    accounts_of,
    name_of,
    number_of,
    owner_of,
    parts,
    source_of,
    text,
)
from terminal.services.refunds.reopening import OpenAgain, reopened_as
from terminal.services.releases import Releases, noted
from terminal.services.summaries import Summaries

REASON_MAX = 200
LOCKED, BONUS, SKIP = "bonus_locked", "bonus", "release_skip"
# What the rules say of top-ups, said of bills.
_OF_BILLS: Mapping[str, str] = MappingProxyType(
    {
        "void_done": "void_bill_done",
        "void_used": "void_bill_used",
        "void_shift_over": "void_bill_shift_over",
        "void_day_over": "void_bill_day_over",
        "void_on_hold": "void_bill_on_hold",
        "void_elsewhere": "void_bill_elsewhere",
    }
)


@dataclass(frozen=True, slots=True)
class Undoing:
    """An entry that may be voided: its figures, the lots its effects moved, and those a release of it moved."""

    entry: Entry
    figures: Figures
    lots: Mapping[str, Lot]
    releases: tuple[Effect, ...]
    pieces: tuple[Piece, ...]
    undone: bool
    refunded: bool

    @property
    def is_bill(self) -> bool:
        """Tell whether it is a bill, not a top-up."""
        return self.entry.kind in BILLS


class Voids:
    """Voids of bills and top-ups. `reasons` reads; `void` and `reopen` write and are done by the dispatcher."""

    def __init__(self, records: Records, releases: Releases, posting: Posting | None = None) -> None:
        """Post to the book of `records`; `releases` locks again what a bill opened."""
        self._records = records
        self._releases = releases
        self._posting = posting or Posting(records)

    def reasons(self, by: By, sale: str) -> tuple[str, ...]:
        """Return every reason why a bill or top-up may not be voided, the one to tell first; nothing when it may.

        Raises `Refusal` `refund_bill_unknown`, `refund_past`.
        """
        return self._reasons(by.rulebook, by.staff.shift_no, self._undoing(sale))

    def look(self, rulebook: Rulebook, shift: int, sale: str, *, reopen: bool = False) -> Undoing:
        """Return what would be undone from somebody's shift, whoever may do it.

        Raises `Refusal` as `reasons` names them, `refund_account_closing` while a card return may still be withdrawn,
        and `refund_bill_unknown` for anything but a bill that is to be opened again.
        """
        undoing = self._undoing(sale)
        require_settled(self._records, self._concerned(undoing))
        if reopen and undoing.entry.kind != "bill":
            raise Refusal("refund_bill_unknown")
        for code in self._reasons(rulebook, shift, undoing):
            raise Refusal(code)
        return undoing

    def void(self, by: By, sale: str, reason: str) -> Refunded:
        """Undo a bill or top-up once for each action: the exact opposite, its rights spent in full.

        Raises `Refusal` as `look`, `void_reason_missing`, as `typed.one_line`, and as `By.check` for who may not.
        """
        return self._void(by, sale, reason, "void", None)

    def reopen(self, by: By, bill: str, reason: str, open_again: OpenAgain) -> Refunded:
        """Void a bill and ring it up again as an open one with the same lines, in one transaction; raise as `void`."""
        return self._void(by, bill, reason, "reopen_bill", open_again)

    def _void(self, by: By, sale: str, reason: str, action: str, open_again: OpenAgain | None) -> Refunded:
        asked: dict[str, Canonical] = {"do": action, "sale": sale, "reason": reason}
        return self._posting.once(by, asked, lambda: self._ready(by, sale, reason, action, open_again))

    def _ready(self, by: By, sale: str, reason: str, action: str, open_again: OpenAgain | None) -> Ready:
        reason = one_line(reason, REASON_MAX, Refusal("void_reason_missing"))
        if not reason:
            raise Refusal("void_reason_missing")
        undoing = self.look(by.rulebook, by.staff.shift_no, sale, reopen=open_again is not None)
        said = _said(undoing, reason)
        if open_again is not None:
            said["reopened"] = reopened_as(by.action_id)

        def again() -> None:
            # Only now are the coupons and points there again that the bill had used.
            if open_again is not None:
                open_again(by, reopened_as(by.action_id), note_of(undoing.entry))

        fen = undoing.figures.amount_fen
        return Ready(VOID, action, fen, fen, said, lambda draft: self._move(draft, undoing), again)

    def _concerned(self, undoing: Undoing) -> list[AccountId]:
        if undoing.is_bill:
            return concerned(note_of(undoing.entry), undoing.lots)
        return [owner_of(text(undoing.entry.payload, "account"))]

    def _undoing(self, sale: str) -> Undoing:
        records = self._records
        source = records.source(sale)
        made = records.entry(source, (*BILLS, *TOP_UPS))
        undoing = records.undoing(name_of(made))
        lots = self._lots(made)
        releases = _releases(made, lots) if made.kind in BILLS else ()
        return Undoing(
            entry=made,
            figures=records.figures(source),
            lots=lots,
            releases=releases,
            pieces=self._pieces(made, lots, releases),
            undone=any(each.kind == VOID for each in undoing),
            refunded=bool(undoing) and not any(each.kind == VOID for each in undoing),
        )

    def _lots(self, made: Entry) -> dict[str, Lot]:
        """Return by id the lots an entry moved, as this life holds them now; those of another life are missing."""
        records = self._records
        life = records.book.life()
        if (made.device, made.epoch) != (life.device, life.epoch):
            return {}
        lots: dict[str, Lot] = {lot.bucket: lot for lot in records.rights(name_of(made))}
        owners = {facts.owner for facts in made.buckets} | {owner_of(text(made.payload, "account"))}
        # Points of whoever brought the member may have gone into a bucket that was there before.
        owners |= {owner_of(text(each, "account")) for each in parts(made.payload, "referral")}
        wanted = _named(made)
        for owner in sorted(owners):
            if missing := wanted - lots.keys():
                lots |= records.named(owner, sorted(missing))
        return lots

    def _pieces(self, made: Entry, lots: Mapping[str, Lot], releases: Sequence[Effect]) -> tuple[Piece, ...]:
        """Return what the entry made, and how much of it is here, on hold, and elsewhere."""
        opened = self._opened(made)
        on_hold = self._records.on_hold([lot.n for lot in (*lots.values(), *opened)])
        pieces: list[Piece] = []
        # Of one bucket an entry may have made units twice: points of a top-up and of bringing somebody.
        adding = Counter[BucketId]()
        for effect in made.effects:
            if effect.kind in KINDS_ADDING and effect not in releases:
                adding[effect.bucket] += effect.amount
        for bucket, amount in adding.items():
            lot = lots.get(bucket)
            asset, here, held_back = "", 0, 0
            if lot is not None:
                asset, held_back = lot.facts.asset, on_hold.get(lot.n, 0)
                here = lot.amount
                if asset == LOCKED:
                    here += sum(each.amount for each in opened)
                    held_back += sum(on_hold.get(each.n, 0) for each in opened)
            free = max(0, here - held_back)
            elsewhere = self._elsewhere(made, bucket, amount - here) if here < amount else 0
            pieces.append(Piece(asset, amount, free, here - free, elsewhere))
        return tuple(pieces)

    def _opened(self, made: Entry) -> list[Lot]:
        """Return the open bonus that visits released of what a top-up locked."""
        locked = {facts.lot for facts in made.buckets if facts.asset == LOCKED}
        if not locked or made.kind in BILLS:
            return []
        own = {facts.id for facts in made.buckets}
        held = self._records.held(owner_of(text(made.payload, "account")), BONUS)
        return [lot for lot in held if lot.facts.lot in locked and lot.bucket not in own]

    def _elsewhere(self, made: Entry, bucket: BucketId, missing: int) -> int:
        """Return how much of what is missing of a bucket was given back to the cloud since."""
        return min(missing, self._records.given_back(source_of(made), bucket))

    def _reasons(self, rulebook: Rulebook, shift: int, undoing: Undoing) -> tuple[str, ...]:
        if undoing.refunded:
            return ("void_bill_refunded" if undoing.is_bill else "void_used",)
        figures = undoing.figures
        what = ToppedUp(str(figures.shift), dt.date.fromisoformat(figures.day), undoing.pieces, undoing.undone)
        today = self._records.book.today()
        who = Voiding(str(shift), today, allowed=True, reach=rulebook.purse.void_reach)
        found = reasons(what, who)
        if not found and _named(undoing.entry) - undoing.lots.keys():
            found = ("void_elsewhere",)
        return tuple(_OF_BILLS[code] for code in found) if undoing.is_bill else found

    def _move(self, draft: Draft, undoing: Undoing) -> None:
        made, lots = undoing.entry, dict(undoing.lots)
        left_out = list(undoing.releases)
        for effect in made.effects:
            lot = lots[effect.bucket]
            if effect.kind in KINDS_ADDING and lot.facts.asset == LOCKED and effect not in left_out:
                # What a visit opened and nobody used is still there: both together are what was granted.
                take(draft, [lot, *self._opened(made)], effect.amount)
                left_out.append(effect)
        opposite(draft, lots, made, left_out)
        if undoing.releases:
            for each in note_of(made).released:
                self._lock_again(draft, each, lots)
        if undoing.is_bill:
            self._skip_elsewhere(draft, made)

    def _lock_again(self, draft: Draft, released: NoteReleased, lots: Mapping[str, Lot]) -> None:
        bonus = lots[released.bonus].facts if released.bonus else None
        locked = lots[released.locked].facts
        self._releases.take_back(draft, locked, bonus, released.opened_fen, released.skipped_fen)

    def _skip_elsewhere(self, draft: Draft, made: Entry) -> None:
        """Have what the cloud opens for a bill's visit skipped at the next one, as far as there is any to come."""
        due = dict(noted(made.payload))
        if not due:
            return
        owners = accounts_of(self._records, owner_of(text(made.payload, "account")))
        for locked, _ in Summaries(self._records.database).lots(owners, LOCKED):
            if locked.id in due:
                self._releases.take_back(draft, locked, None, due[locked.id])


def _named(made: Entry) -> set[BucketId]:
    """Return the buckets an entry moved, and the locked ones of which a bill only skipped a part."""
    locked = {BucketId(each.locked) for each in note_of(made).released} if made.kind in BILLS else set()
    return {effect.bucket for effect in made.effects} | locked


def _releases(made: Entry, lots: Mapping[str, Lot]) -> tuple[Effect, ...]:
    """Return the effects by which a bill opened locked bonus, as its note names them."""
    released = note_of(made).released
    moved = {("spend", each.locked) for each in released} | {("create", each.bonus) for each in released}
    skipped = {each.lot for each in released if each.skipped_fen}
    return tuple(
        effect
        for effect in made.effects
        if (effect.kind, effect.bucket) in moved or _is_skip(effect, lots.get(effect.bucket), skipped)
    )


def _is_skip(effect: Effect, lot: Lot | None, skipped: Collection[str]) -> bool:
    return effect.kind == "spend" and lot is not None and lot.facts.asset == SKIP and lot.facts.lot in skipped


def _said(undoing: Undoing, reason: str) -> dict[str, Canonical]:
    """Return what the entry of a void keeps: its figures, what is handed out and owed, and the stock that is back."""
    made = undoing.entry
    taken = {account.removeprefix("tender/"): fen for account, fen in made.postings if account.startswith("tender/")}
    rights = {text(facts.attributes, "tender"): facts.id for facts in made.buckets if facts.asset == "refund_right"}
    payouts: list[Canonical] = [
        {"right": rights.get(tender, ""), "tender": tender, "fen": fen}
        for tender, fen in taken.items()
        if tender != CASH and fen > 0
    ]
    stock: list[Canonical] = [
        {"item": each["item"], "quantity": -each["quantity"]} for each in parts(made.payload, "stock")
    ]
    figures: dict[str, Canonical] = undoing.figures.undone()
    return {
        **figures,
        "account": text(made.payload, "account"),
        "bill": number_of(made),
        "undoes": name_of(made),
        "of": made.kind,
        "reason": reason,
        "cash_fen": taken.get(CASH, 0),
        "payouts": payouts,
        "stock": stock,
        "versions": {},
    }
