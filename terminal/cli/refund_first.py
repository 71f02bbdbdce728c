"""What `terminal refund` asks before anything else: whether the action was done, and whether these people may do it."""

from __future__ import annotations

import argparse
from typing import Any

from terminal.cli.signed import Call


def found(call: Call, options: argparse.Namespace, do_what: str, **asked: object) -> dict[str, Any]:
    """Return what the action that is repeated did, as `refund_found` answers it; nothing where none is repeated."""
    if not options.action:
        return {}
    return call("refund_found", what=do_what, action=options.action, **asked)


def people(options: argparse.Namespace) -> dict[str, str]:
    """Return who does it and who approves it, by their names."""
    return {"staff": options.staff, "approver": options.approver}


def may(call: Call, options: argparse.Namespace, do_what: str) -> None:
    """Pass people who may do this at all, before they type their PINs; raise `Refusal` as the till does."""
    call("refund_may", what=do_what, action=options.action or "", **people(options))
