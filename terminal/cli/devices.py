"""How `terminal devices` is used; what it does is loaded only for those who use it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from terminal.base.config import Config
from terminal.cli.language import add_option

# The words of `device_file.SECTIONS`, which a test holds together.
KINDS = ("reader", "pn532", "scanner", "keyboard", "printer", "display")

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]


def add_commands(devices: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `devices`, each by `add(group, name, run, words)`."""

    def command(name: str, words: str, *, names: str = "") -> argparse.ArgumentParser:
        made = add(devices, name, _run, words)
        made.set_defaults(devices_command=name)
        add_option(made)
        if names:
            made.add_argument("id", metavar="ID", help=names)
        return made

    listed = command("list", "Show configured devices, and what is plugged in without being so.")
    listed.add_argument("--json", action="store_true")
    added = add(devices, "add", _run, "Add a device to the configuration file.")
    added.set_defaults(devices_command="add")
    add_option(added)
    added.add_argument("kind", metavar="KIND", choices=KINDS, help=", ".join(KINDS))
    added.add_argument("id", metavar="ID", help="what to call it: lower-case letters, digits and hyphens")
    changed = command(
        "set", "Change a device in the configuration file: its name, path, width, any key.", names="its id"
    )
    for each, count in ((added, "*"), (changed, "+")):
        each.add_argument("values", metavar="KEY=VALUE", nargs=count, help="as in docs/configuration.md")
    command("remove", "Take a device out of the configuration file.", names="its id")
    command("test", "Try a device of the running till: a test slip, a text, a tap or a scan.", names="its id")
    hinted = command("hint", "Find with one card which end the printed card numbers begin at.", names="the reader's id")
    hinted.add_argument("number", metavar="NUMBER", help="the number printed on the card")
    hinted.add_argument("--write", action="store_true", help="set the reader's byte_order to what was found")


def _run(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.device_commands import COMMANDS

    return COMMANDS[options.devices_command](options, config)
