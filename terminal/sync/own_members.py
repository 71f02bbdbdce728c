"""Members as the chain says them, written into the till's own files: found, merged, marked and erased here too.

What this till has changed and the cloud has not decided yet stays as it was changed here. Nothing in a row is trusted
to be of a right form: a value that is not is left out, and the rest of the row counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, Draw, is_id
from terminal.rules import names
from terminal.rules.canonical import Canonical
from terminal.rules.member.consents import Consent
from terminal.services.files.aliases import LINKS_MOST
from terminal.services.files.asked import Filled
from terminal.services.files.erasing import Erasing
from terminal.services.files.filling import checked
from terminal.services.files.records import BASICS, File, Records
from terminal.services.proposals import SALT_BYTES
from terminal.store.database import Database

MARK = "possible_duplicate"
LEVEL, TAGS, BROUGHT_BY = "level", "tags", "brought_by"
FIELD, CONSENT = "field/", "consent/"
Body = Mapping[str, Canonical]


class OwnMembers:
    """Writes rows of members. Called in the transaction that keeps the row."""

    def __init__(
        self,
        database: Database,
        erasing: Erasing,
        draw: Draw,
        initial_of: Callable[[str], str],
        link_of: Callable[[str], str | None],
    ) -> None:
        """Write to an open store; salts come from `draw`, a sign's first letter from `initial_of`.

        `link_of` gives the account that a row leads to, empty for none, None for an account without a row.
        """
        self._database = database
        self._records = Records(database)
        self._erasing = erasing
        self._draw = draw
        self._initial_of = initial_of
        self._link_of = link_of

    def take(self, key: str, before: Body, body: Body, links: tuple[str, str]) -> None:
        """Write what a row says now; `before` is what it said until now, nothing for one that is new here.

        `links` are the accounts it led to until now and leads to from now on, empty for none.
        A member who was erased on this till stays erased. One without a name is none yet.
        """
        file = self._file(key)
        if file is None or file.erased_at:
            return
        otherwise = _otherwise(file, body)
        basics = {name: _basic(name, body.get(name, otherwise.basics[name]), file.basics[name]) for name in BASICS}
        if not basics["name"]:
            return
        level = body.get(LEVEL, "")
        # What growth has made of a level here is told to nobody; it gives way only to what somebody has said since.
        said = isinstance(level, str) and (not file.n or level != before.get(LEVEL, ""))
        initials = file.initials
        if basics["name"] != file.name:
            initials = names.initials(basics["name"], self._initial_of)
        after = replace(
            file,
            basics=basics,
            initials=initials,
            level=level if said and isinstance(level, str) else file.level,
            tags=_tags(body.get(TAGS, list(otherwise.tags)), file.tags),
            fields=_fields(body, otherwise.fields),
            consents=_consents(body, file.consents),
            is_duplicate=body.get(MARK) is True,
            brought_by=_brought_by(key, body.get(BROUGHT_BY, otherwise.brought_by), file.brought_by),
        )
        if after != file:
            self._records.write(after)
        self._link(key, {links[0], file.alias_of}, links[1])
        if basics["phone"] != file.basics["phone"] or after.is_duplicate != file.is_duplicate:
            self._records.mark_phone(basics["phone"])

    def erase(self, key: str) -> None:
        """Remove what leads to a person whom the chain has erased."""
        file = self._file(key)
        if file is not None and file.n and not file.erased_at:
            self._erasing.heard(AccountId(key))

    def _file(self, key: str) -> File | None:
        """Return the file of a row, an empty one where there is none yet, None for what is no account at all."""
        if not is_id(key):
            return None
        try:
            return self._records.get(key)
        except Refusal:
            return File(0, AccountId(key), dict.fromkeys(BASICS, ""), salt=self._draw(SALT_BYTES))

    def _link(self, key: str, before: Iterable[str], into: str) -> None:
        """Let a file lead to another one, or stand for itself, where until now it led to those `before`.

        Tills that were cut off may together close a ring of links. Its first account then stands for all of them, at
        every till the same and in whatever order the rows come; where the ring opens again, its own link counts again.
        """
        for old in before:
            if old != into and (opened := min(self._ring(key, old), default=key)) != key:
                self._write_link(opened, self._link_of(opened) or "")
        first = min(self._ring(key, into), default="")
        if first and first != key:
            self._write_link(first, "")
        self._write_link(key, "" if first == key else into)

    def _ring(self, key: str, into: str) -> list[str]:
        """Return the accounts of the ring that a link would close, none where it closes none."""
        passed = [key]
        while into and len(passed) <= LINKS_MOST:
            if into == key:
                return passed
            passed.append(into)
            said = self._link_of(into)
            into = self._kept_link(into) if said is None else said
        return []

    def _kept_link(self, key: str) -> str:
        row = self._database.row("SELECT alias_of FROM member WHERE account = ?", (bytes.fromhex(key),))
        return row[0].hex() if row else ""

    def _write_link(self, key: str, into: str) -> None:
        self._database.run(
            "UPDATE member SET alias_of = ? WHERE account = ? AND alias_of <> ?",
            (bytes.fromhex(into), bytes.fromhex(key), bytes.fromhex(into)),
        )


def _otherwise(file: File, body: Body) -> File:
    """Return what holds of a member where a row says nothing.

    A row with a name is the whole member: what it does not say, the chain does not know, or no longer since its cloud
    was put back, and a till that kept what it had heard before would differ from one that never heard it. A row without
    a name is what is left of one, and takes nothing away from a file.
    """
    if not isinstance(body.get("name"), str) or not body["name"]:
        return file
    return replace(file, basics=dict.fromkeys(BASICS, "") | {"name": file.name}, tags=(), fields={}, brought_by="")


def _basic(name: str, value: Canonical, otherwise: str) -> str:
    if not isinstance(value, str) or value == otherwise:
        return otherwise
    try:
        return checked((), Filled(basics={name: value}), is_new=False).basics[name]
    except Refusal:
        return otherwise


def _tags(value: Canonical, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(value, list):
        return otherwise
    return tuple(dict.fromkeys(each for each in value if isinstance(each, str)))


def _brought_by(key: str, value: Canonical, otherwise: str) -> str:
    if not isinstance(value, str) or value == key or (value and not is_id(value)):
        return otherwise
    return value


def _fields(body: Body, before: Mapping[str, str]) -> dict[str, str]:
    said = {
        name.removeprefix(FIELD): value
        for name, value in body.items()
        if name.startswith(FIELD) and isinstance(value, str)
    }
    return {name: text for name, text in {**before, **said}.items() if text}


def _consents(body: Body, before: tuple[Consent, ...]) -> tuple[Consent, ...]:
    """Return the acts that are known, with those that a row tells of and were not: the last of each kind counts."""
    last = {act.kind: act for act in before}
    told = (_consent(name.removeprefix(CONSENT), value) for name, value in body.items() if name.startswith(CONSENT))
    return (*before, *(act for act in told if act is not None and last.get(act.kind) != act))


def _consent(kind: str, value: Canonical) -> Consent | None:
    match value:
        case [bool(given) | int(given), str(day), str(channel), str(version)]:
            try:
                return Consent(kind, bool(given), dt.date.fromisoformat(day), channel, version)
            except ValueError:
                return None
        case _:
            return None
