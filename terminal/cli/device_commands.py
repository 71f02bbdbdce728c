"""What `terminal devices` does: showing devices, changing the configuration's, and trying them."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from terminal.base.config import Config
from terminal.base.device_config import PCSC_DEVICE
from terminal.base.errors import Refusal
from terminal.hw.discovery import Found, find_devices
from terminal.rules.device_words import GOOD, outcome_words, waiting_words
from terminal.runtime.admin import AdminClient
from terminal.services.device_desk import TAP_S, devices_of
from terminal.services.device_file import add_device, change_device, remove_device

LANGUAGE = "en"  # commands speak English; the page says the same in the shop's languages
RESTART = "Restart the till to use it.\n"
# Nothing is said of what a port leads to, so that the likeliest is proposed, and what else it may be beside it.
_PROPOSALS: Mapping[str, tuple[str, str, str]] = {
    "serial": ("scanner", "port={name}", "or pn532, display, or printer with device= in place of port="),
    "keyboard": ("keyboard", 'ports=["{name}"]', "kind=reader for a card reader; never the keyboard people type on"),
    "printer": ("printer", "device={name}", ""),
    "usb_printer": ("printer", "usb={name}", ""),
    "reader": ("reader", "match={name}", ""),
}


def list_devices(options: argparse.Namespace, config: Config) -> int:
    """Show configured devices with their states, and what could be added."""
    report = _report(config)
    found = unconfigured(config, find_devices(), report or {})
    rows = _rows(config, report)
    if options.json:
        _say_json(rows, found, running=report is not None)
    else:
        _say(rows, found, running=report is not None)
    return 0


def add_one(options: argparse.Namespace, _: Config) -> int:
    """Add a device to the file."""
    add_device(options.config, options.kind, options.id, options.values)
    return _written(options.config)


def change_one(options: argparse.Namespace, _: Config) -> int:
    """Change a device in the file."""
    change_device(options.config, options.id, options.values)
    return _written(options.config)


def remove_one(options: argparse.Namespace, _: Config) -> int:
    """Take a device out of the file."""
    remove_device(options.config, options.id)
    return _written(options.config)


def try_one(options: argparse.Namespace, config: Config) -> int:
    """Try a device and return 0 when it did what it should."""
    outcome, words = _try(config, _kind(config, options.id), "device_test", device=options.id)
    sys.stdout.write(f"{words} [{outcome}]\n")
    return 0 if outcome in GOOD else 1


def hint_one(options: argparse.Namespace, config: Config) -> int:
    """Find the byte order with one card; with `--write` it is set. Return 0 when it was found."""
    order = {"order_as_read": "as-read", "order_reversed": "reversed"}
    known = devices_of(config).get(options.id)
    if known is not None and (known.kind != "reader" or known.layout):
        raise Refusal("device_no_hint", device=options.id)
    outcome, words = _try(config, "reader", "device_hint", device=options.id, number=options.number)
    sys.stdout.write(f"{words} [{outcome}]\n")
    if outcome in order and options.write:
        change_device(options.config, options.id, [f"byte_order={order[outcome]}"])
        return _written(options.config)
    return 0 if outcome in GOOD else 1


COMMANDS: Mapping[str, Callable[[argparse.Namespace, Config], int]] = {
    "list": list_devices,
    "add": add_one,
    "set": change_one,
    "remove": remove_one,
    "test": try_one,
    "hint": hint_one,
}


def unconfigured(config: Config, found: Sequence[Found], states: Mapping[str, Any]) -> list[Found]:
    """Return what is plugged in and stands in no section, with the readers that the running till found.

    A path that leads to a configured one, by whatever name, is configured.
    """
    ports = [
        *(reader.port for reader in config.pn532_readers),
        *(scanner.port for scanner in config.serial_scanners),
        *(display.port for display in config.displays),
        *(port for typist in config.keyboards for port in typist.ports),
        *(printer.device for printer in config.printers if printer.device),
    ]
    taken = {Path(port).resolve() for port in ports}
    usb = {printer.usb for printer in config.printers if printer.usb}
    usb |= {name[:9] for name in usb if name.count(":") == 2}
    known = {PCSC_DEVICE, *devices_of(config)}
    readers = [Found("reader", name, name) for name in sorted(states) if name not in known]
    free = [one for one in found if not (_is_path(one) and Path(one.name).resolve() in taken) and one.name not in usb]
    return readers + free


def proposal(found: Found) -> tuple[str, str]:
    """Return the words that add a device, and what to know before using them (or nothing)."""
    kind, setting, beside = _PROPOSALS[found.kind]
    value = setting.format(name=found.name)
    shown = f"'{value}'" if set(value) & set(' "[]()#&;') else value
    return f"terminal devices add {kind} NAME {shown}", beside


def _is_path(found: Found) -> bool:
    return found.name.startswith("/")


def _rows(config: Config, report: Mapping[str, Any] | None) -> list[dict[str, str]]:
    rows = []
    for name, device in devices_of(config).items():
        state = (report or {}).get(name, {"state": "", "code": ""})
        rows.append(
            {"id": name, "kind": device.kind, "place": device.place, "state": state["state"], "code": state["code"]}
        )
    return rows


def _say(rows: list[dict[str, str]], found: list[Found], *, running: bool) -> None:
    widest = max((len(row["id"]) for row in rows), default=0)
    for row in rows:
        code = f" [{row['code']}]" if row["code"] else ""
        state = f"{row['state']}{code}" if running else "not known"
        sys.stdout.write(f"{row['id']:<{widest}}  {row['kind']:<8} {row['place']:<8} {state}\n")
    if not rows:
        sys.stdout.write("No device is configured.\n")
    if not running:
        sys.stdout.write("The till is not running: states and card readers are known only while it runs.\n")
    for one in found:
        words, beside = proposal(one)
        where = "" if one.stable else " (known only by where it is plugged in)"
        sys.stdout.write(f"\nNot configured: {one.label}{where}\n  {words}\n")
        if beside:
            sys.stdout.write(f"  ({beside})\n")


def _say_json(rows: list[dict[str, str]], found: list[Found], *, running: bool) -> None:
    document = {
        "running": running,
        "devices": rows,
        "not_configured": [{**asdict(one), "add": proposal(one)[0]} for one in found],
    }
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def _written(path: Path) -> int:
    sys.stdout.write(f"{path} is changed. {RESTART}")
    return 0


def _kind(config: Config, name: str) -> str:
    """Return what kind a device is: readers need not be configured."""
    device = devices_of(config).get(name)
    return device.kind if device else "reader"


def _report(config: Config) -> Mapping[str, Any] | None:
    """Return the devices of the running till, or None where none runs."""
    try:
        with closing(AdminClient(config.till.admin_socket)) as client:
            devices: Mapping[str, Any] = client("report")["report"]["devices"]
            return devices
    except (OSError, ValueError):
        return None


def _try(config: Config, kind: str, verb: str, **arguments: Any) -> tuple[str, str]:
    """Call a verb that tries a device, telling meanwhile what to do; return the outcome and its words."""
    try:
        client = AdminClient(config.till.admin_socket)
    except OSError as error:
        raise Refusal("till_not_running") from error
    try:
        with closing(client):
            device = arguments["device"]
            if device not in client("report")["report"]["devices"] and device not in devices_of(config):
                raise Refusal("device_unknown", device=device)
            with _told(kind):
                answer = client(verb, **arguments)
    except (OSError, ValueError) as error:
        raise Refusal("till_gone") from error
    return answer["outcome"], outcome_words(answer["outcome"], answer["values"], LANGUAGE)


@contextmanager
def _told(kind: str) -> Iterator[None]:
    """Say what to do, and on a terminal how long is left, until the device answered."""
    sys.stderr.write(waiting_words(kind, int(TAP_S), LANGUAGE) + "\n")
    done = threading.Event()
    thread = threading.Thread(target=_count_down, args=(done,), name="countdown", daemon=True)
    if sys.stderr.isatty() and kind in {"reader", "scanner"}:
        thread.start()
    try:
        yield
    finally:
        done.set()
        if thread.ident is not None:
            thread.join()
            sys.stderr.write("\r    \r")


def _count_down(done: threading.Event) -> None:
    for left_s in range(int(TAP_S), 0, -1):
        sys.stderr.write(f"\r{left_s:>3} ")
        sys.stderr.flush()
        if done.wait(1.0):
            return
