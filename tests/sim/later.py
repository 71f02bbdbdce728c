"""The next release, of which this one knows nothing: a cloud that says new things, tills that know and write them."""

from __future__ import annotations

from dataclasses import replace

from cloud.core import Cloud
from cloud.journal import Work
from cloud.records import ChainRecord, FeedRecord
from terminal.base.ids import BucketId, ChainId, DeviceId
from terminal.ledger.book import Book, Posted
from terminal.ledger.deeds import RIGHT, write_deed, write_rights
from terminal.ledger.draft import Draft
from terminal.ledger.rows import hold, write_entry
from terminal.rules import entry
from terminal.rules.chain import check_cursor
from terminal.rules.entry import FORMAT, Entry
from terminal.rules.fold import changes
from terminal.services.feed_desk import FeedDesk
from terminal.sync.wire import FeedItem

NOTICE, FREEZE = "notice", "freeze"
NEXT_FORMAT = FORMAT + 1
# What the next release calls otherwise. What the cloud heeds it has to go on calling by its name.
NEW_NAMES = {"pass": "package", "top_up": "payment", "return": "home"}


class NewerCloud(Cloud):
    """A cloud of a later release: it says things that no till of this release knows, some of which matter."""

    def say(self, chain: ChainId, device: DeviceId, kind: str) -> bool:
        """Append a line of a new kind to a device's feed."""
        with self._person(chain) as work:
            known = self._require(chain, device)
            life = self._life(work, device, known.epoch)
            if life is not None:
                self._append_feed(work, life, kind, "", BucketId(""), 0)
            return life is not None

    def _item(self, work: Work, line: FeedRecord) -> FeedItem:
        item = super()._item(work, line)
        if line.kind != FREEZE:
            return item
        return FeedItem(
            item.position, item.epoch, item.kind, item.gid, item.bucket, item.facts, item.amount, critical=True
        )


class WritingCloud(NewerCloud):
    """The same, which writes the entries of its own journal in a format that this release does not know."""

    def _keep(self, chain: ChainRecord, made: Entry) -> None:
        super()._keep(chain, replace(made, fmt=NEXT_FORMAT, payload={**made.payload, "later": [1, {"deep": "2"}]}))


def newer(desk: type[FeedDesk]) -> type[FeedDesk]:
    """Return a desk of the later release, which knows what the newer cloud says."""

    class NewerDesk(desk):  # type: ignore[misc, valid-type]
        """Knows of `freeze`."""

        def _stops_at(self, letter: object) -> str:
            kind: str = super()._stops_at(letter)
            return "" if kind == FREEZE else kind

    return NewerDesk


def newer_book(book: type[Book]) -> type[Book]:
    """Return a book of the later release: its payloads have another format, its envelopes are the same for ever."""

    class NewerBook(book):  # type: ignore[misc, valid-type]
        """Seals entries by itself, since the format is not for a caller to choose."""

        def post(self, draft: Draft) -> Posted:
            """Write the draft's entry in the next format."""
            life, payload = draft.life, draft.payload
            payload["later"] = {"was": payload["kind"], "lines": [1, {"deep": ["2"]}]}
            payload["kind"] = NEW_NAMES.get(str(payload["kind"]), payload["kind"])
            made = Entry(
                chain=life.chain,
                device=life.device,
                epoch=life.epoch,
                seq=life.seq + 1,
                nonce=self._nonce(),
                at=draft.at,
                at_quality=draft.at_quality,
                action_id=draft.action_id,
                effects=tuple(draft.effects),
                buckets=tuple(draft.made.values()),
                postings=draft.postings(),
                payload=payload,
                gid=draft.gid,
                cursor=draft.cursor,
                fmt=NEXT_FORMAT,
            )
            entry.check(made)
            check_cursor(life.cursor, made)
            moved = changes(made, draft.known.get)
            data = made.to_bytes()
            digest = entry.seal(life.hash, data)
            write_entry(self._database, life, made, data, digest)
            deltas = {change.bucket: change.delta for change in moved}
            rows = hold(self._database, life.n, draft.made, draft.rows, deltas)
            write_deed(self._database, life.n, made, self.day_of(draft))
            made_rights = [(n, draft.made[name]) for name, n in rows.items() if draft.made[name].asset == RIGHT]
            write_rights(self._database, made_rights)
            return Posted(made, digest)

    return NewerBook


def newer_cloud(cloud: type[Cloud], *, writes: bool) -> type[Cloud]:
    """Return a cloud of the later release that behaves like `cloud` otherwise; it may write in its own format too."""
    return type("Later" + cloud.__name__, (WritingCloud if writes else NewerCloud, cloud), {})
