"""`terminal member export`: all that is held of a person, in a file only its owner can read."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.words.member_phrases import phrase
from terminal.cli.asking import say
from terminal.cli.signed import people


def export(options: argparse.Namespace, config: Config) -> int:
    """Write the file, with a bar while it takes long; a file that is there is never written over."""
    from terminal.cli.door import open_door
    from terminal.cli.member import meant
    from terminal.cli.progress import Progress

    target = Path(options.file)
    if target.exists():
        raise Refusal("export_there", file=str(target))
    with open_door(config, may_make=False) as call:
        member = meant(call, options.who)
        begun = call("member_export", account=member["account"], **people(call, options))
        document: dict[str, Any] = begun["document"]
        done, whole = 0, begun["entries"]
        with Progress(phrase("entries", options.language)) as progress:
            while done < whole:
                page = call("member_export_entries", ticket=begun["ticket"], after=done)
                document["entries"] += page["entries"]
                document["bills"] += page["bills"]
                done = page["next"]
                progress.show(done, whole)
    _write(target, json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    say(phrase("done_export", options.language, name=member["name"], file=target))
    return 0


def _write(target: Path, text: str) -> None:
    """Write a private file that gets its name when it is complete; raises `OSError`."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)
