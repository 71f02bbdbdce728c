"""`terminal setup apply FILE`: the shop's own data, checked as a whole, shown as what it changes, asked for, stored."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.words import WORDS
from terminal.base.words.setup_apply import LANGUAGES, phrase
from terminal.cli.asking import YES
from terminal.cli.language import add_option

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]

FINE, PROBLEM = 0, 1
SETUP_BYTES_MAX = 1 << 20


def add_commands(group: Any, add: Add) -> None:  # noqa: ANN401 - argparse's groups have no type of their own
    """Add `setup apply`."""
    apply = add(group, "apply", _apply, "Apply a set-up file after showing what it changes; safe to repeat.")
    apply.add_argument("file", type=Path)
    apply.add_argument("--yes", action="store_true", help="do not ask before it takes effect")
    add_option(apply)


def _apply(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    text, language = _read(options.file).decode("utf-8-sig", "replace"), options.language
    with open_door(config) as call:
        plan = call("setup_plan", text=text)
        if plan.get("mistakes"):
            _say("\n".join(mistake_lines(options.file, plan["mistakes"], language)))
            return PROBLEM
        if plan["changes"]:
            sys.stdout.write("\n".join(change_lines(plan["changes"], plan["more"], language)) + "\n")
            sys.stdout.flush()
            if not options.yes:
                require_yes(sys.stdin, sys.stderr, language)
        answer = call("setup_apply", text=text, seen=plan["seen"])
    _say(phrase("done", language, items=answer["items"]) if answer["changed"] else phrase("nothing", language))
    return FINE


def mistake_lines(file: Path, mistakes: Sequence[tuple[str, str, Mapping[str, Any]]], language: str) -> list[str]:
    """Return a line for each mistake: the file, the key, what is wrong there, and its code."""
    stop = "." if language == LANGUAGES[0] else "。"
    lines = []
    for key, code, values in mistakes:
        words = WORDS[code][LANGUAGES.index(language)].format(**values)
        # Words of another topic are a sentence of their own.
        told = f"{key}: {words}" if words.endswith(stop) else f"{key} {words}{stop}"
        lines.append(f"{file}: {told.strip()} [{code}]")
    return lines


def change_lines(changes: Sequence[tuple[str, str, str]], more: int, language: str) -> list[str]:
    """Return a line for each change, new with +, gone with -, and one for how many more there are."""
    lines = [phrase("will_change", language)]
    for place, before, after in changes:
        if before and after:
            lines.append(f"  {place}: {before} -> {after}")
        else:
            lines.append(f"{'+' if after else '-'} {place}: {after or before}")
    if more:
        lines.append(phrase("and_more", language, more=more))
    return lines


def require_yes(answers: TextIO, questions: TextIO, language: str) -> None:
    """Ask whether it shall take effect; raise `Refusal` `setup_not_asked` where nobody sits, or `setup_not_yes`."""
    if not answers.isatty():
        raise Refusal("setup_not_asked")
    questions.write(phrase("ask", language))
    questions.flush()
    if answers.readline().strip().casefold() not in YES:
        raise Refusal("setup_not_yes")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(SETUP_BYTES_MAX + 1)
    except OSError as error:
        raise Refusal("file_unreadable", file=str(path), reason=error.strerror or str(error)) from error
    if len(content) > SETUP_BYTES_MAX:
        raise Refusal("file_too_large", file=str(path), most=SETUP_BYTES_MAX)
    return content


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
