"""A box for the tests of backups: a configuration, a key, and a till on the real store in its data folder."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass, field

from terminal.base.config import Config, parse_config
from terminal.services.backup.label import Label
from terminal.services.backup.making import BackupMaker, Made
from terminal.services.backup.recovery_key import RecoveryKey
from terminal.services.backup.restoring import Restored, Restorer, opened_backup
from terminal.services.backup.swapping import held_place
from terminal.store.database import write_private
from tests.support import STORE_KEY, ManualClock
from tests.sync.till import Till

KEY = RecoveryKey(bytes(range(16)))
OTHER_KEY = RecoveryKey(bytes(16))


def nothing_shown(*_: object) -> None:
    """Show nobody how far it is."""


@dataclass
class Box:
    """One machine. Its store's key is the tests' own, so that a till of theirs opens what was restored to it."""

    folder: pathlib.Path
    clock: ManualClock = field(default_factory=ManualClock)
    config: Config = field(init=False)

    def __post_init__(self) -> None:
        self.data.mkdir(parents=True)
        write_private(self.data / "store.key", STORE_KEY)
        self.config = parse_config('[till]\ndata_dir = "data"\n', self.folder)

    @property
    def data(self) -> pathlib.Path:
        """Return the data folder."""
        return self.folder / "data"

    @property
    def store(self) -> pathlib.Path:
        """Return the store's file."""
        return self.data / "store.db"

    def till(self) -> Till:
        """Return a till on this box's store, made if there is none; whoever asks closes its database."""
        return Till(self.data, self.clock)

    def backup(self, dest: pathlib.Path, key: RecoveryKey = KEY) -> Made:
        """Make a backup."""
        return BackupMaker(self.config, self.clock, "9.9.9").make(dest, key.lock(), nothing_shown)

    def restore(self, source: pathlib.Path, key: RecoveryKey = KEY, *, replace: bool = False) -> Restored:
        """Restore a backup as the command does."""
        with held_place(self.config, replace=replace), opened_backup(source, key) as backup:
            return Restorer(self.config, self.clock).restore(backup, key, nothing_shown)

    def files(self) -> dict[str, bytes]:
        """Return what is in the data folder, byte for byte, but for locks."""
        found = (path for path in sorted(self.data.iterdir()) if path.suffix != ".lock")
        return {path.name: path.read_bytes() for path in found}


def label_of(source: pathlib.Path, key: RecoveryKey = KEY) -> Label:
    """Return a backup's label."""
    with opened_backup(source, key) as backup:
        return backup.label


def read_all(source: pathlib.Path, key: RecoveryKey = KEY) -> int:
    """Take all of a backup, and return how many bytes of store are in it."""
    with opened_backup(source, key) as backup:
        return sum(map(len, backup.pieces))
