"""`terminal cards issue`: a blank laid on a reader becomes a member's card."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.cli.door import running_till
from terminal.cli.member import whose
from terminal.rules.command_words import said


def issue_card(options: argparse.Namespace, config: Config) -> int:
    """Issue one card; raises `Refusal` with whatever prevented it."""
    with running_till(config) as call:
        member = whose(call, options)
        account, device = member["account"], options.reader
        ordered = call("card_order", account=account, kind=options.kind, device=device)
        _say(said("lay_blank", options.language, device=device, seconds=ordered["seconds"]))
        try:
            call("card_outcome", device=device, order=ordered["order"])
        except KeyboardInterrupt:
            # The line in use waits for its answer; the order is taken back on another, so no later card is written.
            with suppress(Refusal), running_till(config) as other:
                other("card_take_back", device=device, order=ordered["order"])
            raise
    _say(said("issued", options.language, name=member["name"]))
    return 0


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()  # somebody waits for it
