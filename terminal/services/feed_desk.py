"""The feed desk: what the cloud said becomes entries of the journal, one transaction for each letter."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from terminal.base.ids import ActionId, BucketId, Draw, new_id
from terminal.ledger.book import Book, request_digest
from terminal.ledger.draft import Draft, Life, Lot
from terminal.ledger.lives import Journal, Mailbox, Wants
from terminal.ledger.lives import Letter as Kept
from terminal.rules import bucket
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import Canonical
from terminal.rules.fold import EntryWrong
from terminal.services import letters
from terminal.services.letters import FEED, Forgotten, Line, Summons, Tail, Welcome
from terminal.services.media_life.retelling import Retelling
from terminal.services.proposals import Blobs
from terminal.store.database import Database

logger = logging.getLogger(__name__)

KNOWN_KINDS = frozenset({"grant", "recall", "checkpoint"})
LOTS_AN_ENTRY = 100
# A tail that came too late, or twice, is of no use and does no harm; any other fault in it cannot be healed by it.
STALE = frozenset({"forked", "gap", "misplaced"})

# How many units of a bucket are on hold here: open bills, locked coupons, refunds not yet approved.
Holds = Callable[[BucketId], int]


def nothing_on_hold(_: BucketId) -> int:
    """Return that nothing is on hold."""
    return 0


class FeedDesk:
    """Does what letters of the cloud ask for. Used by the dispatcher alone, which is the journal's one writer."""

    def __init__(
        self,
        database: Database,
        book: Book,
        holds: Holds = nothing_on_hold,
        draw: Draw = os.urandom,
        new_life: Callable[[], None] = lambda: None,
    ) -> None:
        """Post to `book`; `new_life` is called in the transaction that begins one, to ask for a snapshot of rows."""
        self._database = database
        self._book = book
        self._holds = holds
        self._draw = draw
        self._new_life = new_life
        self._journal = Journal(database)
        self._mailbox = Mailbox(database)
        self._wants = Wants(database, draw)
        self._blobs = Blobs(database)

    @property
    def stuck(self) -> str:
        """The kind of the critical line this release does not know, at which the feed waits for an update, or ''."""
        first = self._mailbox.first()
        return "" if first is None else self._stops_at(first)

    def take_next(self) -> bool:
        """Do the first letter that can be done, in one transaction with its removal; return whether there was one."""
        with self._database.write():
            letter = self._next_letter()
            if letter is None:
                return False
            self._do(letter)
            self._mailbox.drop(letter.n)
            return True

    def expire_due(self) -> int:
        """Destroy own units past their end and a day of grace; return how many lots.

        One entry for each `LOTS_AN_ENTRY`, each in its own transaction. Nothing happens without a trusted time or while
        the till rejoins, nor to what is on hold.
        """
        done, after = 0, 0
        while not self._journal.head().rejoin_id:
            with self._database.write():
                lots, after = self._book.overdue(after, LOTS_AN_ENTRY)
                due = [(lot, free) for lot in lots if (free := self._free(lot)) > 0]
                if due:
                    draft = self._begin("expire", {"lots": len(due)})
                    for lot, amount in due:
                        draft.expire(lot, amount)
                    self._book.post(draft)
            done += len(due)
            if not after:
                break
        return done

    def return_unused(self, facts: Bucket, amount: int) -> int:
        """Give up to `amount` units of a bucket back to the cloud in an entry of its own; return how many.

        Units on hold stay. Raises `Refusal` `till_rejoining`.
        """
        with self._database.write():
            lot = self._book.lot_of(facts)
            free = 0 if lot is None else self._give_back_of(lot, amount)
            if lot is None or free <= 0:
                return 0
            draft = self._begin("return", {"bucket": facts.id, "amount": free})
            self._return(draft, lot, free)
            self._book.post(draft)
            return free

    # Letters

    def _next_letter(self) -> Kept | None:
        """Return the first letter; where the feed is stuck, the first one that is no line of it."""
        first = self._mailbox.first()
        if first is None or not self._stops_at(first):
            return first
        return next((letter for letter in self._mailbox.waiting() if letter.kind != FEED), None)

    def _stops_at(self, letter: Kept) -> str:
        """Return the kind of a line that is next, critical and unknown, or ''."""
        line = letters.read(letter.kind, letter.body) if letter.kind == FEED else None
        if not isinstance(line, Line) or line.kind in KNOWN_KINDS or not line.critical:
            return ""
        return line.kind if self._is_next(self._journal.head(), line) else ""

    def _do(self, letter: Kept) -> None:
        match said := letters.read(letter.kind, letter.body):
            case Line():
                self._take_line(said)
            case Tail():
                self._take_tail(said)
            case Summons():
                self._begin_rejoin(said)
            case Welcome():
                self._begin_life(said)
            case Forgotten(key):
                Retelling(self._database, self._book, self._draw).tell(key)
            case _:
                # Whatever it was, the cloud says it again.
                logger.error("letter %s of kind %s cannot be read", letter.n, letter.kind)

    def _is_next(self, life: Life, line: Line) -> bool:
        """Tell whether a line is the one after the cursor of the open life: all others were done or come again [R8].

        A life that is to be handed in takes nothing any more.
        """
        return not life.rejoin_id and line.epoch == life.epoch and line.position == life.cursor + 1

    def _take_line(self, line: Line) -> None:
        if not self._is_next(self._journal.head(), line):
            return
        if line.kind == "grant":
            self._grant(line)
        elif line.kind == "recall":
            self._recall(line)
        elif line.kind == "checkpoint":
            self._pass_over(line, {"confirmed": line.amount, "checkpoint": line.gid})
        else:
            self._pass_over(line, {"skipped": line.kind})

    def _grant(self, line: Line) -> None:
        """Accept the units of a grant once; what is no longer wanted goes back at once."""
        if self._is_known(line.gid):
            self._pass_over(line, {"skipped": "known"})
            return
        facts = bucket.from_store(line.facts)
        dropped = self._wants.state(line.gid) == "dropped"
        draft = self._begin_line(line)
        draft.accept(facts, line.amount, line.gid)
        self._book.post(draft)
        if dropped:
            self.return_unused(facts, line.amount)

    def _is_known(self, gid: str) -> bool:
        """Tell whether a grant was accepted before, in whichever life."""
        return self._journal.accepted(gid)

    def _recall(self, line: Line) -> None:
        """Give back what is asked for, as far as it is here and not on hold."""
        lot = self._book.lot_of(bucket.from_store(line.facts))
        free = 0 if lot is None else self._give_back_of(lot, line.amount)
        if lot is None or free <= 0:
            self._pass_over(line, {"skipped": "nothing_free"})
            return
        draft = self._begin_line(line)
        self._return(draft, lot, free)
        self._book.post(draft)

    def _give_back_of(self, lot: Lot, asked: int) -> int:
        """Return how many of the units asked for may go back; a skip goes with its locked lot and not alone."""
        if lot.facts.asset == "release_skip" and self._same_lot(lot.facts, "bonus_locked"):
            return 0
        return min(asked, self._free(lot))

    def _free(self, lot: Lot) -> int:
        """Return the units of a lot that nobody has reserved."""
        return lot.amount - self._holds(lot.bucket)

    def _return(self, draft: Draft, lot: Lot, amount: int) -> None:
        draft.give_back(lot, amount)
        if lot.facts.asset == "bonus_locked":
            for skip in self._same_lot(lot.facts, "release_skip"):
                draft.give_back(skip, skip.amount)

    def _same_lot(self, facts: Bucket, asset: str) -> list[Lot]:
        """Return what is held here of another asset of the same lot."""
        found = self._book.lots(self._book.holdings(facts.owner, (asset,)))
        return [lot for lot in found if lot.facts.lot == facts.lot]

    def _pass_over(self, line: Line, why: dict[str, Canonical]) -> None:
        """Post an entry that only takes the cursor on: where the feed stands is known from the journal alone [R2]."""
        draft = self._begin_line(line)
        draft.payload |= why
        self._book.post(draft)

    def _begin_line(self, line: Line) -> Draft:
        draft = self._begin("feed", {"epoch": line.epoch, "position": line.position})
        self._advance(draft, line)
        return draft

    def _advance(self, draft: Draft, line: Line) -> None:
        """Let the entry itself say how far the feed is done [R2]."""
        draft.cursor = line.position

    def _begin(self, kind: str, asked: dict[str, Canonical]) -> Draft:
        return self._book.begin(ActionId(new_id(self._draw)), kind, request_digest({"do": kind, **asked}))

    def _take_tail(self, tail: Tail) -> None:
        """Append own entries that were forgotten; where they can never fit, this life is to be handed in."""
        try:
            self._journal.append_tail(tail.entries, self._book.day_at)
        except EntryWrong as wrong:
            logger.warning("the cloud's tail of this journal does not fit: %s", wrong.code)
            if wrong.code not in STALE:
                self._begin_rejoin(Summons(tail.epoch, wrong.code))

    def _begin_rejoin(self, summons: Summons) -> None:
        """Stop spending and returning until the cloud has all of this life and gives another one."""
        if summons.epoch == self._journal.head().epoch:
            logger.warning("this journal has to be handed in: %s", summons.reason)
            self._journal.set_rejoining(new_id(self._draw))

    def _begin_life(self, welcome: Welcome) -> None:
        life = self._journal.head()
        if self._is_answer(life, welcome) and self._is_handed_in(life, welcome):
            self._journal.begin_life(welcome.new_epoch, welcome.generation)
            self._blobs.send_again()
            self._new_life()

    def _is_answer(self, life: Life, welcome: Welcome) -> bool:
        """Tell whether a welcome answers the rejoin that waits."""
        return life.rejoin_id != "" and (welcome.rejoin_id, welcome.old_epoch) == (life.rejoin_id, life.epoch)

    def _is_handed_in(self, life: Life, welcome: Welcome) -> bool:
        """Tell whether the cloud has this life to its last entry; otherwise it is handed in again [R10]."""
        return welcome.upto == life.hash
