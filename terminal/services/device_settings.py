"""A device's settings as a form has them: all of them as text, what each may be, and how they go into the file."""

from __future__ import annotations

import os.path
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from terminal.base import device_config as known
from terminal.base.config import Config, parse_config
from terminal.base.errors import Refusal
from terminal.services.device_file import SECTIONS, Settings

YES, NO = "true", "false"
PRINTER_PORT = 9100  # raw printing, what nearly every printer on a network listens at
# Dots of the usual print heads: 58 mm paper, 80 mm paper, and 80 mm paper on some older models.
WIDTHS = ("384", "576", "512")
_BAUDS = tuple(map(str, known.BAUDS))
_PLACE, _ORDER = ("place", known.PLACES), ("byte_order", known.BYTE_ORDERS)
_SPEED, _SUFFIX = ("baud", _BAUDS), ("suffix", known.SUFFIXES)
_YES_NO = (YES, NO)
# The settings a form offers for each kind of device, and what each may be. The font of a printer is not among them:
# it is any file of the machine.
CHOICES: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "reader": dict((_PLACE, _ORDER, ("feedback", known.FEEDBACKS))),
        "pn532": dict((_PLACE, _ORDER)),
        "scanner": dict((_PLACE, _SPEED, _SUFFIX, ("aim_ids", _YES_NO))),
        "keyboard": dict(
            (_PLACE, ("kind", known.KEYBOARD_KINDS), ("layout", known.LAYOUTS), _SUFFIX, ("gs", known.GS_KEYS))
        ),
        "printer": dict(
            (
                ("dots_per_line", WIDTHS),
                ("charset", known.CHARSETS),
                _PLACE,
                ("drawer_pin", ("", *map(str, known.DRAWER_PINS))),
                _SPEED,
                ("flow", known.FLOWS),
                ("process_id", _YES_NO),
            )
        ),
        "display": dict(
            (("dialect", known.DISPLAY_DIALECTS), ("charset", known.DISPLAY_CHARSETS), _PLACE, _SPEED),
        ),
    }
)
# The keys that say where a device of a kind is found.
WHERE_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "reader": ("match",),
        "pn532": ("port",),
        "scanner": ("port",),
        "keyboard": ("ports",),
        "printer": ("address", "device", "usb"),
        "display": ("port",),
    }
)
_SPECIMEN_WHERE: Mapping[str, object] = MappingProxyType(
    {"match": "a", "port": "/dev/a", "ports": ["/dev/a"], "address": "a:1"}
)
_DEV = "/dev/"
# What stands below it and is no device: this process's own open files, and folders that anybody has files in.
_NO_DEVICES = frozenset({"fd", "stdin", "stdout", "stderr", "shm", "mqueue", "hugepages", "core"})
_FLAGS = frozenset({"aim_ids", "process_id"})
_NUMBERS = frozenset({"baud", "dots_per_line", "drawer_pin"})
_USB = re.compile(r"[0-9a-fA-F]{4}:[0-9a-fA-F]{4}(:.+)?")
_WITH_PORT = re.compile(r"(\[[^\]]*\]|[^:]*):[0-9]+")


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """A device's settings: `kind` is one of `SECTIONS`, `where` its paths, address or name, `values` by their keys.

    A key that is not in `values` is as in the file.
    """

    id: str
    kind: str
    where: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)


def sections(config: Config) -> dict[str, tuple[str, Any]]:
    """Return the kind and section of every device by its id, in the order of the file's sections."""
    return {device.id: (kind, device) for kind, section in SECTIONS.items() for device in getattr(config, section)}


def all_settings(config: Config) -> dict[str, DeviceSettings]:
    """Return the settings of every device by its id, in the same order, defaults filled in."""
    return {
        name: DeviceSettings(name, kind, _where(kind, device), _values(kind, device))
        for name, (kind, device) in sections(config).items()
    }


def new_settings(kind: str) -> DeviceSettings:
    """Return what a new device of a kind has when nothing is said: the configuration's own defaults."""
    key = WHERE_KEYS[kind][0]
    where = _SPECIMEN_WHERE[key]
    written = f'["{where[0]}"]' if isinstance(where, list) else f'"{where}"'
    text = f'[till]\ndata_dir = "data"\n[[{SECTIONS[kind]}]]\nid = "a"\n{key} = {written}\n'
    (found,) = all_settings(parse_config(text, Path("/"))).values()
    return DeviceSettings("", kind, (), found.values)


def changed_settings(before: DeviceSettings, after: DeviceSettings) -> Settings:
    """Return what has to be written so that a device that was `before` is as `after`; nothing for what is the same.

    Raises `Refusal` `device_setting_wrong` (`setting`, `reason`) for a path that is no device's.
    """
    changed: dict[str, object] = {}
    if after.where != before.where:
        changed.update(_where_settings(after.kind, after.where))
    for key in CHOICES[after.kind]:
        value = after.values.get(key, before.values[key])
        if value != before.values[key]:
            changed[key] = _typed(key, value)
    if before.id and after.id != before.id:
        changed["id"] = after.id
    return changed


def setting_of(key: str) -> str:
    """Return which field of a form the mistake at a key of the file (`printers[2].usb`) belongs to."""
    last = key.rpartition(".")[2]
    return "where" if any(last in keys for keys in WHERE_KEYS.values()) else last


def _where(kind: str, device: Any) -> tuple[str, ...]:  # noqa: ANN401 - one of the configuration's six classes
    if kind == "reader":
        return (device.match,)
    if kind == "keyboard":
        ports: tuple[str, ...] = device.ports
        return ports
    if kind != "printer":
        return (device.port,)
    host = f"[{device.host}]" if ":" in device.host else device.host
    return (device.device or device.usb or f"{host}:{device.port}",)


def _values(kind: str, device: Any) -> dict[str, str]:  # noqa: ANN401 - as above
    return {key: _text(getattr(device, key)) for key in CHOICES[kind]}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    # A number of nothing is what the file does not name.
    return str(value) if value else ""


def _typed(key: str, text: str) -> object:
    """Return the value that the file has for a text of the form; nonsense is left for the file's reader to refuse."""
    if not text:
        return None
    if key in _FLAGS and text in _YES_NO:
        return text == YES
    if key in _NUMBERS and re.fullmatch("[0-9]{1,6}", text):
        return int(text)
    return text


def _where_settings(kind: str, where: Sequence[str]) -> dict[str, object]:
    for text in where:
        _check_path(text)
    if kind == "keyboard":
        return {"ports": list(where)}
    text = where[0] if where else ""
    if kind != "printer":
        return {WHERE_KEYS[kind][0]: text}
    if text.startswith("/"):
        said: tuple[str, str] = ("device", text)
    elif _USB.fullmatch(text):
        vendor_and_product, serial = text[:9].lower(), text[9:]
        said = ("usb", vendor_and_product + serial)
    else:
        said = ("address", text if not text or _WITH_PORT.fullmatch(text) else f"{text}:{PRINTER_PORT}")
    return {**dict.fromkeys(WHERE_KEYS[kind]), said[0]: said[1]}


def _check_path(text: str) -> None:
    """Refuse a path that is no device's: a page may not have the till open any file it can, not even to fail at it.

    Opening and closing one of its own files once more (`/dev/fd/5`) gives back the store's locks (fcntl(2)).
    """
    if not text.startswith("/"):
        return
    is_below = text.startswith(_DEV) and os.path.normpath(text) == text
    if not is_below or text.removeprefix(_DEV).split("/")[0] in _NO_DEVICES:
        raise Refusal("device_setting_wrong", setting="where", reason=f"{text} is not a device's path below /dev.")
