"""What is plugged in and stands in no section of the configuration: what could be added, and as which kinds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from terminal.base.config import Config
from terminal.base.device_config import PCSC_DEVICE
from terminal.base.devices import configured_devices

# What a found thing may be, the likeliest first: nothing is said of what a serial port leads to. Kinds are those of
# `device_file.SECTIONS`.
KINDS_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "serial": ("scanner", "pn532", "display", "printer"),
        "keyboard": ("keyboard",),
        "printer": ("printer",),
        "usb_printer": ("printer",),
        "reader": ("reader",),
    }
)
_NUMBERED = re.compile(r" #[0-9]+$")  # what `hw/pcsc_names.py` puts behind the name of one that another has
_AS_AN_ID = re.compile(r"[a-z][a-z0-9-]{0,31}")


class Found(Protocol):
    """A device that was found: its kind (of `KINDS_OF`), the name the configuration gives it, and its maker's."""

    @property
    def kind(self) -> str:
        """Return the kind."""
        ...

    @property
    def name(self) -> str:
        """Return a path, `vendor:product[:serial]`, or a reader's PC/SC name."""
        ...

    @property
    def label(self) -> str:
        """Return what its maker calls it."""
        ...

    @property
    def stable(self) -> bool:
        """Tell whether more than the socket it is plugged into tells it from an equal one."""
        ...


@dataclass(frozen=True, slots=True)
class Plugged:
    """The same as a value."""

    kind: str
    name: str
    label: str
    stable: bool = True


def unconfigured(config: Config, found: Sequence[Found], states: Collection[str]) -> list[Plugged]:
    """Return what is plugged in and stands in no section, with the readers of a running till's `states`.

    A path that leads to a configured one, by whatever name, is configured.
    """
    devices = configured_devices(config)
    taken = {Path(node).resolve() for device in devices.values() for node in device.nodes}
    usb = {device.usb for device in devices.values() if device.usb}
    usb |= {name[:9] for name in usb if name.count(":") == 2}
    free = [one for one in found if not (_is_path(one) and Path(one.name).resolve() in taken) and one.name not in usb]
    return [*_new_readers(config, states), *(Plugged(one.kind, one.name, one.label, one.stable) for one in free)]


def _new_readers(config: Config, states: Collection[str]) -> Iterator[Plugged]:
    """Yield the readers among the devices of a running till that stand in no section of the file as it is by now.

    A section that the till was not started with gives its id to one reader at the next start. A reader whose section
    was taken out since is still known by its id, which is no reader's own name.
    """
    known = configured_devices(config)
    waiting = [one.match for one in config.pcsc_readers if one.id not in states]
    matches = {one.match for one in config.pcsc_readers}
    for name in sorted(states):
        if name == PCSC_DEVICE or _AS_AN_ID.fullmatch(name) or name in known:
            continue
        given = next((match for match in waiting if match in name), "")
        if given:
            waiting.remove(given)
            continue
        match = _free_match(name, matches)
        matches.add(match)
        yield Plugged("reader", match, name)


def _free_match(name: str, matches: Collection[str]) -> str:
    """Return a part of a reader's name that no section has yet: equal readers are told apart by the sections' order.

    What the till put behind the name of a second equal one is no part of it.
    """
    match = _NUMBERED.sub("", name)
    while match in matches and len(match) > 1:
        shorter = match.rpartition(" ")[0]
        # Maker and model stay as long as there is anything else to leave out.
        match = shorter if " " in shorter else match[:-1]
    return match


def _is_path(found: Found) -> bool:
    return found.name.startswith("/")
