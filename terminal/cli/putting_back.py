"""`terminal restore`: what a backup is, the person's word, and the store put in its place."""

from __future__ import annotations

import argparse
import secrets
import sys
from types import TracebackType
from typing import Self

from terminal.base.clock import Clock
from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.base.words.backup import phrase
from terminal.cli.progress import Progress
from terminal.cli.recovery import asked_key
from terminal.rules.receipt_text import width_columns
from terminal.services.backup.label import Label
from terminal.services.backup.restoring import Restored, Restorer, locked_for, opened_backup
from terminal.services.backup.swapping import held_place
from terminal.services.money import bill_number

WORD_SYLLABLES = 3
DEVICE_DIGITS = 8


def put_back(options: argparse.Namespace, config: Config) -> None:
    """Restore the store from a backup once somebody has confirmed it; raises `Refusal`."""
    language: str = options.language
    clock = config.till.clock()
    with held_place(config, replace=options.replace):
        name = locked_for(options.source)
        sys.stdout.write(phrase("locked_for", language, name=name) + "\n")
        key = asked_key(options.key_file, language)
        with opened_backup(options.source, key) as backup:
            sys.stdout.writelines(line + "\n" for line in label_lines(backup.label, clock, language))
            _confirm(language)
            with _Bars(language) as bars:
                restored = Restorer(config, clock).restore(backup, key, bars.show)
    sys.stdout.writelines(line + "\n" for line in restored_lines(restored, language))


def label_lines(label: Label, clock: Clock, language: str) -> list[str]:
    """Return what a backup is: a line for each fact, and what whoever restores it has to know."""
    facts = {
        "what_shop": " ".join(part for part in (label.shop, label.branch) if part),
        "what_made": clock.local(label.at_ms).isoformat(sep=" ", timespec="seconds"),
        "what_age": _age(clock.now_ms() - label.at_ms, language),
        "what_entries": f"{label.entries:,}",
        "what_members": f"{label.members:,}",
        "what_life": f"{label.device[:DEVICE_DIGITS]}, {bill_number(label.epoch, label.seq)}",
        "what_version": f"{label.version} ({label.schema})",
    }
    names = {name: phrase(name, language) for name in facts}
    widest = max(width_columns(name) for name in names.values())
    lines = [f"{names[name]}{' ' * (widest - width_columns(names[name]))}  {fact}" for name, fact in facts.items()]
    return [*lines, phrase("warning", language)]


def restored_lines(restored: Restored, language: str) -> list[str]:
    """Return what became of a restore."""
    entries, life = f"{restored.entries:,}", restored.life
    if restored.rejoins:
        lines = [phrase("restored_rejoins", language, entries=entries)]
    else:
        bill = bill_number(life.epoch, life.seq + 1)
        lines = [phrase("restored_alone", language, entries=entries, bill=bill)]
    return lines + ([phrase("kept_aside", language, file=restored.aside)] if restored.aside else [])


def _age(age_ms: int, language: str) -> str:
    if age_ms < 0:
        return phrase("future", language)
    hours, minutes = divmod(age_ms // 60_000, 60)
    if hours < 24:
        return phrase("hours", language, hours=hours, minutes=minutes)
    return phrase("days", language, days=hours // 24, hours=hours % 24)


def _confirm(language: str) -> None:
    word = "".join(secrets.choice("bdfgkmnprstz") + secrets.choice("aeiou") for _ in range(WORD_SYLLABLES))
    sys.stdout.write(phrase("type_back", language, word=word))
    sys.stdout.flush()
    if sys.stdin.readline().strip().lower() != word:
        raise Refusal("confirmation_wrong")


class _Bars:
    """A progress bar for each thing a restore does, one after the other."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._what = ""
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.__exit__(kind, error, trace)

    def show(self, what: str, done: int, whole: int) -> None:
        """Draw how far `what` is."""
        if self._bar is None or what != self._what:
            self.__exit__(None, None, None)
            self._what = what
            self._bar = Progress(
                phrase(what, self._language), lambda left_s: phrase("left", self._language, seconds=left_s)
            )
        self._bar.show(done, whole)
