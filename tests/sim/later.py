"""The next release, of which this one knows nothing: a cloud that says new things, and tills that know them."""

from __future__ import annotations

from cloud.core import Cloud
from cloud.journal import Work
from cloud.records import FeedRecord
from terminal.base.ids import BucketId, ChainId, DeviceId
from terminal.services.feed_desk import FeedDesk
from terminal.sync.wire import FeedItem

NOTICE, FREEZE = "notice", "freeze"


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


def newer(desk: type[FeedDesk]) -> type[FeedDesk]:
    """Return a desk of the later release, which knows what the newer cloud says."""

    class NewerDesk(desk):  # type: ignore[misc, valid-type]
        """Knows of `freeze`."""

        def _stops_at(self, letter: object) -> str:
            kind: str = super()._stops_at(letter)
            return "" if kind == FREEZE else kind

    return NewerDesk


def newer_cloud(cloud: type[Cloud]) -> type[Cloud]:
    """Return a cloud of the later release that behaves like `cloud` otherwise."""
    return type("Later" + cloud.__name__, (NewerCloud, cloud), {})
