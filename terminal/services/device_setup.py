"""Configuring devices from the technician's page: what the file says by now, and changing it.

The till reads its file when it starts. What was changed since waits for the next start, and is told beside what is in
force.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from terminal.base.config import Config, ConfigMistakes, parse_config
from terminal.base.errors import Refusal
from terminal.services import device_file
from terminal.services.device_proposals import Found, Plugged, unconfigured
from terminal.services.device_settings import (
    CHOICES,
    DeviceSettings,
    all_settings,
    changed_settings,
    new_settings,
    sections,
    setting_of,
)

logger = logging.getLogger(__name__)

ADDED, CHANGED, RENAMED, REMOVED, OTHER = "added", "changed", "renamed", "removed", "other"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change of the file that is not in force: `what` is `added`, `changed`, `renamed` (from `was`) or `removed`.

    `other` is one of settings that are no device's; it has no `device`.
    """

    what: str
    device: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class SetUp:
    """The file as it is by now: fingerprint (`seen`), devices by id, what could be added, and what is not in force.

    `mistakes` are what is wrong with it, in the file's own English: then nothing else is known. `writable` tells
    whether the till may change it.
    """

    seen: str
    writable: bool
    devices: dict[str, DeviceSettings]
    plugged: Sequence[Plugged] = ()
    waiting: Sequence[Waiting] = ()
    mistakes: Sequence[str] = ()


class DeviceSetup:
    """What a manager may ask of the configuration file; from any thread."""

    def __init__(
        self,
        path: Path,
        running: Config,
        find: Callable[[], Sequence[Found]],
        states: Callable[[], Collection[str]],
    ) -> None:
        """Change the file at `path`, which the till was started with as `running`.

        `find` looks for what is plugged in, and `states` names the devices that the running till knows.
        """
        self._path = path
        self._running = running
        self._find = find
        self._states = states

    def look(self) -> SetUp:
        """Return the file as it is by now."""
        writable = device_file.may_write(self._path)
        try:
            seen, config = self._read()
        except ConfigMistakes as wrong:
            return SetUp("", writable, {}, mistakes=[mistake.sentence for mistake in wrong.mistakes])
        plugged = unconfigured(config, self._find(), self._states())
        return SetUp(seen, writable, all_settings(config), plugged, list(_waiting(self._running, config)))

    def settings(self, device: str) -> DeviceSettings:
        """Return a device's settings in the file; raises `Refusal` `device_unknown`, or `config_wrong`."""
        found = all_settings(self._right()).get(device)
        if found is None:
            raise Refusal("device_unknown", device=device)
        return found

    def add(self, settings: DeviceSettings, seen: str) -> None:
        """Add a device; raises `Refusal` as `change`, and `bad_request` for a kind that there is not."""
        if settings.kind not in CHOICES:
            raise Refusal("bad_request")
        self._check(seen)
        changed = changed_settings(new_settings(settings.kind), settings)
        self._write(lambda: device_file.add_device(self._path, settings.kind, settings.id, changed, seen))
        logger.info("device %s was added to the configuration on the technician's page", settings.id)

    def change(self, device: str, settings: DeviceSettings, seen: str) -> bool:
        """Make a device's settings in the file these, and tell whether that changed anything.

        Raises `Refusal` `device_unknown`, `bad_request` for settings of another kind, `device_setting_wrong`
        (`setting`, `reason`), `config_changed` when the file is another than the one `seen`, `config_wrong`,
        `config_read_only`, `config_busy` and what storage says.
        """
        before = self.settings(device)
        self._check(seen)
        if settings.kind != before.kind:
            raise Refusal("bad_request")
        changed = changed_settings(before, settings)
        if not changed:
            return False
        self._write(lambda: device_file.change_device(self._path, device, changed, seen))
        logger.info("device %s was changed in the configuration on the technician's page", device)
        return True

    def remove(self, device: str, seen: str) -> None:
        """Take a device out of the file; raises `Refusal` as `change`."""
        self._check(seen)
        self._write(lambda: device_file.remove_device(self._path, device, seen))
        logger.info("device %s was removed from the configuration on the technician's page", device)

    def _read(self) -> tuple[str, Config]:
        """Return fingerprint and content of the file; raise `ConfigMistakes`, or `Refusal` `file_unreadable`."""
        try:
            text = self._path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise Refusal("file_unreadable", file=str(self._path), reason=str(error)) from error
        return device_file.fingerprint(text), parse_config(text, self._path.absolute().parent)

    def _right(self) -> Config:
        try:
            return self._read()[1]
        except ConfigMistakes as wrong:
            raise Refusal("config_wrong") from wrong

    def _check(self, seen: str) -> None:
        """Refuse what was decided on another file; it is looked at once more where it is written."""
        try:
            now, _ = self._read()
        except ConfigMistakes as wrong:
            raise Refusal("config_wrong") from wrong
        if seen != now:
            raise Refusal("config_changed", file=str(self._path))

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except ConfigMistakes as wrong:
            # A file that was wrong before is not mended by filling a form in another way.
            self._right()
            mistake = wrong.mistakes[0]
            raise Refusal("device_setting_wrong", setting=setting_of(mistake.key), reason=mistake.sentence) from wrong


def _waiting(running: Config, now: Config) -> Iterator[Waiting]:
    before, after = sections(running), sections(now)
    gone = {name: one for name, one in before.items() if name not in after}
    for name, (kind, device) in after.items():
        if name in before:
            if (kind, device) != before[name]:
                yield Waiting(CHANGED, name)
            continue
        was = next((old for old, one in gone.items() if one == (kind, replace(device, id=old))), "")
        if was:
            del gone[was]
        yield Waiting(RENAMED, name, was) if was else Waiting(ADDED, name)
    for name in gone:
        yield Waiting(REMOVED, name)
    if (running.till, running.limits, running.pcsc_enabled) != (now.till, now.limits, now.pcsc_enabled):
        yield Waiting(OTHER)
