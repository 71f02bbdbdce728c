"""The courier: what a till sends to the cloud of its journal, and what it makes of the answers. It posts nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from terminal.base.ids import is_id
from terminal.ledger.book import Book
from terminal.ledger.draft import Life
from terminal.ledger.lives import Journal, Mailbox, Wants
from terminal.rules import bucket
from terminal.rules.canonical import NotCanonical
from terminal.services import letters
from terminal.services.letters import FEED, Letter, Line, Summons, Tail, Welcome
from terminal.services.proposals import Blobs
from terminal.store.database import Database
from terminal.sync.wire import (
    Accepted,
    Behind,
    FeedItem,
    Joined,
    MustRejoin,
    Push,
    PushAnswer,
    Rejoin,
    RejoinAnswer,
    RejoinMore,
    Want,
    to_sign,
)

logger = logging.getLogger(__name__)

ENTRIES_A_MESSAGE = 200
WANTS_A_MESSAGE = 2_000
# A message is at most 8 MiB, and text may grow to twice its length when it is quoted.
ENTRY_BYTES_A_MESSAGE = 2 << 20
BLOB_BYTES_A_MESSAGE = 1 << 20
Sealed = tuple[int, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Part:
    """How far a rejoin is: the number of the life that is handed in, the entry that is next, and to which cloud.

    A cloud is known by its generation. Entry 0 stands for the start, where it is asked whether a life is known.
    """

    rejoin_id: str = ""
    life: int = 0
    first: int = 0
    generation: str = ""


def nobody_listens(_blobs: Sequence[bytes]) -> None:
    """Do nothing: a store whose own tables take nothing over."""


class Courier:
    """Speaks for one till. Messages are built from committed rows, answers end in the mailbox and the mark.

    Where a long rejoin stands is kept in memory only: a courier that starts anew hands the life in from its start.
    """

    def __init__(
        self,
        database: Database,
        book: Book,
        entry_bytes: int = ENTRY_BYTES_A_MESSAGE,
        delivered: Callable[[Sequence[bytes]], None] = nobody_listens,
    ) -> None:
        """Send the journal in `database`, signed with the key of `book`, some `entry_bytes` of it in a message.

        `delivered` hears of the profiles that the cloud has and has decided by (`OwnRows.settle`), in the transaction
        that notes it.
        """
        self._delivered = delivered
        self._entry_bytes = entry_bytes
        self._database = database
        self._book = book
        self._journal = Journal(database)
        self._mailbox = Mailbox(database)
        self._wants = Wants(database)
        self._blobs = Blobs(database)
        self._part = Part()

    def message(self, limit: int = ENTRIES_A_MESSAGE) -> Push | Rejoin:
        """Return what is to be sent now, with at most `limit` entries; asked again, the same until it is answered."""
        self._check_durable()
        with self._database.read():
            life = self._journal.head()
            return self._rejoin(life, limit) if life.rejoin_id else self._push(life, limit)

    def copy(self, after: int, limit: int = ENTRIES_A_MESSAGE) -> Push | None:
        """Return the entries after `after` for a neighbour to keep, signed at their own end, or None.

        It wants nothing and reads no feed; the cloud takes it from whoever brings it.
        """
        self._check_durable()
        with self._database.read():
            life = self._journal.head()
            entries = self._entries(after, limit)
            if not entries or entries[0][0] != after + 1:
                return None
            last, digest, _ = entries[-1]
            return Push(
                chain=life.chain,
                device=life.device,
                epoch=life.epoch,
                first=after + 1,
                prev_hash=self._before(after + 1),
                head=last,
                head_hash=digest,
                signature=self._book.sign(digest),
                entries=tuple(data for _, _, data in entries),
                cursor=life.cursor,
                blobs=self._blobs.waiting(life.n, last, BLOB_BYTES_A_MESSAGE),
                generation=self._journal.marked().generation,
            )

    def hear(self, sent: Push | Rejoin, answer: PushAnswer | RejoinAnswer) -> None:
        """Keep what an answer to `sent` is good for; a late or repeated one, or of another life, changes nothing."""
        with self._database.write():
            life = self._journal.head()
            if not self._is_for(life, sent, answer):
                return
            match answer:
                case Accepted() if isinstance(sent, Push) and self._goes_with(answer):
                    self._hear_accepted(life, sent, answer)
                case Behind() if isinstance(sent, Push) and self._goes_with(answer):
                    self._hear_behind(life, sent, answer)
                case MustRejoin():
                    self._hear_summons(life, answer)
                case RejoinMore() if isinstance(sent, Rejoin):
                    self._hear_more(life, answer)
                case Joined() if isinstance(sent, Rejoin) and self._has_all(life, sent, answer):
                    self._put(
                        Welcome(answer.rejoin_id, answer.old_epoch, answer.new_epoch, answer.upto, answer.generation)
                    )

    def _check_durable(self) -> None:
        """See to it that nothing is read that could still be undone [R3]."""
        assert not self._database.in_transaction(), "nothing leaves the till before its commit is durable"

    # Messages

    def _push(self, life: Life, limit: int) -> Push:
        mark = self._journal.marked()
        entries = self._entries(mark.acked, limit)
        last = entries[-1][0] if entries else mark.acked
        push = Push(
            chain=life.chain,
            device=life.device,
            epoch=life.epoch,
            first=mark.acked + 1,
            prev_hash=mark.acked_hash,
            head=life.seq,
            head_hash=life.hash,
            signature=b"",
            entries=tuple(data for _, _, data in entries),
            cursor=life.cursor,
            wants=self._open_wants(),
            blobs=self._blobs.waiting(life.n, last, BLOB_BYTES_A_MESSAGE),
            generation=mark.generation,
        )
        return replace(push, signature=self._sign(push, entries))

    def _entries(self, after: int, limit: int, life: int = 0) -> list[Sealed]:
        """Return the entries that follow, as many as one message can take; the first one in any case."""
        fitting: list[Sealed] = []
        size = 0
        for sealed in self._journal.entries(after, limit, life):
            size += len(sealed[2])
            if fitting and size > self._entry_bytes:
                break
            fitting.append(sealed)
        return fitting

    def _open_wants(self) -> tuple[Want, ...]:
        """Return what is asked for, each under the id it was asked for first."""
        wants = self._wants.open()[:WANTS_A_MESSAGE]
        return tuple(Want(wanted.request_id, wanted.bucket, wanted.amount) for wanted in wants)

    def _rejoin(self, open_life: Life, limit: int) -> Rejoin:
        life = self._handed_in(open_life)
        closed = life.n != open_life.n
        part = self._part if self._part.life == life.n else Part()
        start = self._first_kept(life)
        first = max(start, part.first or (life.seq + 1 if closed else 1))
        entries = self._entries(first - 1, limit, life.n)
        rejoin = Rejoin(
            chain=life.chain,
            device=life.device,
            epoch=life.epoch,
            rejoin_id=life.rejoin_id,
            first=first,
            prev_hash=self._before(first, life.n),
            head=life.seq,
            head_hash=life.hash,
            signature=b"",
            entries=tuple(data for _, _, data in entries),
            closed=closed,
            start=start,
        )
        return replace(rejoin, signature=self._sign(rejoin, entries))

    def _sign(self, message: Push | Rejoin, entries: Sequence[Sealed]) -> bytes:
        """Return the device's signature of where the entries of a message lead to."""
        return self._book.sign(to_sign(message, entries[-1][1] if entries else message.prev_hash))

    def _handed_in(self, life: Life) -> Life:
        """Return the life that is being handed in: the closed ones in their order, and the open one last."""
        lives = [*self._journal.closed(), life]
        if self._part.rejoin_id != life.rejoin_id:
            self._part = Part(life.rejoin_id, lives[0].n)
        return next(one for one in lives if one.n in {self._part.life, life.n})

    def _first_kept(self, life: Life) -> int:
        """Return the number of the first entry that is here: 1, or that of the checkpoint before which all is gone."""
        rows = self._journal.entries(0, 1, life.n)
        return rows[0][0] if rows else 1

    def _before(self, seq: int, life: int = 0) -> bytes:
        """Return the hash before an entry, which stays here when what it belongs to is dropped."""
        digest = self._journal.hash_at(seq - 1, life)
        assert digest is not None, "of each dropped entry the hash is kept"
        return digest

    # Answers

    def _is_for(self, life: Life, sent: Push | Rejoin, answer: PushAnswer | RejoinAnswer) -> bool:
        """Tell whether an answer speaks of the open life and, where it belongs to a rejoin, of the one that waits."""
        epoch = life.epoch
        if isinstance(answer, RejoinMore | Joined):
            if not life.rejoin_id or answer.rejoin_id != life.rejoin_id:
                return False
            epoch = self._handed_in(life).epoch
        if (sent.chain, sent.device, sent.epoch) != (life.chain, life.device, epoch):
            return False
        return epoch == (answer.old_epoch if isinstance(answer, Joined) else answer.epoch)

    def _goes_with(self, answer: Accepted | Behind) -> bool:
        """Tell whether an answer is of the generation this life goes with.

        What a cloud said before it was put back to a backup means nothing to the one that is there now, and what that
        one says means nothing to this life: it is told so when it pushes.
        """
        return self._journal.go_with(answer.generation)

    def _hear_accepted(self, life: Life, sent: Push, answer: Accepted) -> None:
        if self._is_proved(sent, answer):
            self._journal.mark(answer.acked, answer.acked_hash)
            if answer.acked == sent.first - 1 + len(sent.entries):
                self._blobs.delivered(sent.blobs)
                self._delivered(sent.blobs)
        self._book.hear_time(answer.at_ms)
        if not life.rejoin_id:
            for item in self._in_order(life, answer.feed):
                self._put(_line(item))

    def _is_proved(self, sent: Push, answer: Accepted) -> bool:
        """Tell whether the entry that is acknowledged went with the message and is ours, by its hash [R7]."""
        last = sent.first - 1 + len(sent.entries)
        return answer.acked <= last and self._journal.hash_at(answer.acked) == answer.acked_hash

    def _in_order(self, life: Life, feed: Sequence[FeedItem]) -> list[FeedItem]:
        """Return the lines that follow, one by one, what was done and what waits in the mailbox [R8]."""
        last = life.cursor
        for letter in self._mailbox.waiting():
            line = letters.read(letter.kind, letter.body) if letter.kind == FEED else None
            if isinstance(line, Line) and line.epoch == life.epoch:
                last = max(last, line.position)
        following = []
        for item in feed:
            if item.epoch == life.epoch and item.position == last + 1:
                if not _is_sound(life, item):
                    logger.error("line %s of the feed says what cannot be", item.position)
                    break
                following.append(item)
                last += 1
        return following

    def _hear_more(self, open_life: Life, answer: RejoinMore) -> None:
        """Go on where the cloud says; behind a closed life, with the next. Another cloud is given all anew."""
        lives = [*self._journal.closed(), open_life]
        life = self._handed_in(open_life)
        if self._part.generation not in {"", answer.generation}:
            self._part = Part(answer.rejoin_id, lives[0].n, 0, answer.generation)
        elif 0 < answer.next_seq <= life.seq + 1:
            done = life.n != open_life.n and answer.next_seq > life.seq
            after = next(one.n for one in lives if one.epoch > life.epoch) if done else life.n
            self._part = Part(answer.rejoin_id, after, 0 if done else answer.next_seq, answer.generation)

    def _has_all(self, life: Life, sent: Rejoin, answer: Joined) -> bool:
        """Tell whether the cloud that welcomes is the one that was given the parts before; otherwise begin anew.

        One that was put back meanwhile takes a part that begins with a checkpoint for all that is left of a life.
        """
        one_part = sent.first <= self._first_kept(life) and not self._journal.closed()
        if one_part or self._part.generation == answer.generation:
            return True
        self._part = Part()
        return False

    def _hear_behind(self, life: Life, sent: Push, answer: Behind) -> None:
        """Keep the till's own later entries, if it still stands where it stood when it asked."""
        if (sent.head, sent.head_hash) == (life.seq, life.hash) and not life.rejoin_id and answer.tail:
            self._put(Tail(answer.epoch, answer.tail))

    def _hear_summons(self, life: Life, answer: MustRejoin) -> None:
        """Pass on that this life is to be handed in, once: a rejoin that waits goes on under its first id.

        Lines of its feed that wait are not taken any more: a cloud that was put back to a backup has forgotten them.
        """
        if not life.rejoin_id:
            self._mailbox.drop_all(FEED)
            self._put(Summons(answer.epoch, answer.reason))

    def _put(self, letter: Letter) -> None:
        """Add a letter. Of those that are no line of the feed one of a kind is enough: what it leaves is said again."""
        kind = letters.kind_of(letter)
        if kind == FEED or all(kept.kind != kind for kept in self._mailbox.waiting()):
            self._mailbox.put(kind, letter.to_bytes())


def _line(item: FeedItem) -> Line:
    return Line(
        item.position, item.epoch, item.kind, item.gid, item.bucket, item.facts, item.amount, critical=item.critical
    )


def _is_sound(life: Life, item: FeedItem) -> bool:
    """Tell whether a line about units names a bucket of this chain by its facts, and an amount."""
    if item.kind not in {"grant", "recall"}:
        return True
    try:
        facts = bucket.from_bytes(item.facts)
    except NotCanonical:
        return False
    named = facts.id == item.bucket and facts.chain == life.chain and item.amount > 0
    return named and (item.kind == "recall" or is_id(item.gid))
