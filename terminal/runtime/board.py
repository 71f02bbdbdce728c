"""The live board: the newest state of each topic, with a version; slow readers skip, nobody is waited for."""

from __future__ import annotations

import threading


class Board:
    """Keeps one newest state per topic and wakes whoever waits for a newer one."""

    def __init__(self) -> None:
        """Start with no topic; reading an unknown topic gives version 0 and None."""
        self._changed = threading.Condition()
        self._newest: dict[str, tuple[int, object]] = {}

    def show(self, topic: str, state: object) -> None:
        """Make `state` the newest of `topic`, unless it equals what is there."""
        with self._changed:
            version, before = self._newest.get(topic, (0, None))
            if before != state:
                self._newest[topic] = version + 1, state
                self._changed.notify_all()

    def newest(self, topic: str) -> tuple[int, object]:
        """Return the version and state of `topic`."""
        with self._changed:
            return self._newest.get(topic, (0, None))

    def wait(self, topic: str, after: int, timeout_s: float) -> tuple[int, object]:
        """Return version and state of `topic` once it is newer than `after`, or as it is after `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest.get(topic, (0, None))[0] > after, timeout_s)
            return self._newest.get(topic, (0, None))
