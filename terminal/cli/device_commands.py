"""What `terminal devices` does: showing devices, changing the configuration's, and trying them."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Any

from terminal.base.config import Config
from terminal.base.devices import READER, SCANNER, configured_devices, found_reader
from terminal.base.errors import Refusal
from terminal.hw.discovery import find_devices
from terminal.rules.command_words import cell, said
from terminal.rules.device_words import GOOD, outcome_words, waiting_words
from terminal.runtime.admin import AdminClient
from terminal.services.device_desk import TAP_S
from terminal.services.device_file import add_device, change_device, remove_device
from terminal.services.device_proposals import Found, Plugged, unconfigured

# Nothing is said of what a port leads to, so that the likeliest is proposed, and what else it may be beside it.
_PROPOSALS: Mapping[str, tuple[str, str, str]] = {
    "serial": ("scanner", "port={name}", "or_else_serial"),
    "keyboard": ("keyboard", 'ports=["{name}"]', "or_else_keyboard"),
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
        _say(rows, found, options.language, running=report is not None)
    return 0


def add_one(options: argparse.Namespace, _: Config) -> int:
    """Add a device to the file."""
    add_device(options.config, options.kind, options.id, options.values)
    return _written(options)


def change_one(options: argparse.Namespace, _: Config) -> int:
    """Change a device in the file."""
    change_device(options.config, options.id, options.values)
    return _written(options)


def remove_one(options: argparse.Namespace, _: Config) -> int:
    """Take a device out of the file."""
    remove_device(options.config, options.id)
    return _written(options)


def try_one(options: argparse.Namespace, config: Config) -> int:
    """Try a device and return 0 when it did what it should."""
    known = configured_devices(config).get(options.id) or found_reader(options.id)
    asked = {"device": options.id, "language": options.language}
    outcome, words = _try(config, known.kind, "device_test", options.language, asked)
    sys.stdout.write(f"{words} [{outcome}]\n")
    return 0 if outcome in GOOD else 1


def hint_one(options: argparse.Namespace, config: Config) -> int:
    """Find the byte order with one card; with `--write` it is set. Return 0 when it was found."""
    order = {"order_as_read": "as-read", "order_reversed": "reversed"}
    known = configured_devices(config).get(options.id) or found_reader(options.id)
    if not known.byte_order:
        raise Refusal("device_no_hint", device=options.id)
    asked = {"device": options.id, "number": options.number}
    outcome, words = _try(config, known.kind, "device_hint", options.language, asked)
    sys.stdout.write(f"{words} [{outcome}]\n")
    if outcome in order and options.write:
        change_device(options.config, options.id, [f"byte_order={order[outcome]}"])
        return _written(options)
    return 0 if outcome in GOOD else 1


COMMANDS: Mapping[str, Callable[[argparse.Namespace, Config], int]] = {
    "list": list_devices,
    "add": add_one,
    "set": change_one,
    "remove": remove_one,
    "test": try_one,
    "hint": hint_one,
}


def proposal(found: Found) -> tuple[str, str]:
    """Return the words that add a device, and the phrase to know before using them (or nothing)."""
    kind, setting, beside = _PROPOSALS[found.kind]
    value = setting.format(name=found.name)
    shown = f"'{value}'" if set(value) & set(' "[]()#&;') else value
    return f"terminal devices add {kind} NAME {shown}", beside


def _rows(config: Config, report: Mapping[str, Any] | None) -> list[dict[str, str]]:
    rows = []
    for name, device in configured_devices(config).items():
        state = (report or {}).get(name, {"state": "", "code": ""})
        rows.append(
            {"id": name, "kind": device.kind, "place": device.place, "state": state["state"], "code": state["code"]}
        )
    return rows


def _say(rows: list[dict[str, str]], found: list[Plugged], language: str, *, running: bool) -> None:
    widest = max((len(row["id"]) for row in rows), default=0)
    for row in rows:
        code = f" [{row['code']}]" if row["code"] else ""
        state = f"{cell(row['state'], language, 0)}{code}" if running else said("state_unknown", language)
        kind, place = cell(row["kind"], language, 8), cell(row["place"], language, 8)
        sys.stdout.write(f"{row['id']:<{widest}}  {kind} {place} {state}\n")
    if not rows:
        sys.stdout.write(said("no_device", language) + "\n")
    if not running:
        sys.stdout.write(said("not_running", language) + "\n")
    for one in found:
        words, beside = proposal(one)
        where = "" if one.stable else said("by_socket", language)
        sys.stdout.write(f"\n{said('not_configured', language, label=one.label)}{where}\n  {words}\n")
        if beside:
            sys.stdout.write(f"  ({said(beside, language)})\n")


def _say_json(rows: list[dict[str, str]], found: list[Plugged], *, running: bool) -> None:
    document = {
        "running": running,
        "devices": rows,
        "not_configured": [{**asdict(one), "add": proposal(one)[0]} for one in found],
    }
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def _written(options: argparse.Namespace) -> int:
    sys.stdout.write(said("restart", options.language, file=options.config) + "\n")
    return 0


def _report(config: Config) -> Mapping[str, Any] | None:
    """Return the devices of the running till, or None where none runs."""
    try:
        with closing(AdminClient(config.till.admin_socket)) as client:
            devices: Mapping[str, Any] = client("report")["report"]["devices"]
            return devices
    except (OSError, ValueError):
        return None


def _try(config: Config, kind: str, verb: str, language: str, asked: Mapping[str, str]) -> tuple[str, str]:
    """Call a verb that tries a device, telling meanwhile what to do; return the outcome and its words."""
    try:
        client = AdminClient(config.till.admin_socket)
    except OSError as error:
        raise Refusal("till_not_running") from error
    try:
        with closing(client):
            device = asked["device"]
            if device not in client("report")["report"]["devices"] and device not in configured_devices(config):
                raise Refusal("device_unknown", device=device)
            with _told(kind, language):
                answer = client(verb, **asked)
    except (OSError, ValueError) as error:
        raise Refusal("till_gone") from error
    return answer["outcome"], outcome_words(answer["outcome"], answer["values"], language)


@contextmanager
def _told(kind: str, language: str) -> Iterator[None]:
    """Say what to do, and on a terminal how long is left, until the device answered."""
    sys.stderr.write(waiting_words(kind, int(TAP_S), language) + "\n")
    done = threading.Event()
    thread = threading.Thread(target=_count_down, args=(done,), name="countdown", daemon=True)
    if sys.stderr.isatty() and kind in {READER, SCANNER}:
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
