"""Judging the store that a power cut left by what had been acknowledged, and what had gone to the printer."""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from terminal.base.config import load_config
from terminal.ledger.verify import verify
from terminal.services.spool import PROCESS_IDS
from terminal.services.storage import OpenStore, open_store
from terminal.store.database import Database
from tests.crash.ground import config_text
from tests.crash.power import Cut, Recording

PROCESS_ID = re.compile(rb"\x1d\(H\x06\x0000(\d{4})")


class PromiseBrokenError(AssertionError):
    """Something that was acknowledged, or begun on paper, is not in the store that the power cut left."""


def judge(recording: Recording, cut: Cut, sockets: pathlib.Path) -> None:
    """Open what a cut left as the till does; raise `PromiseBrokenError` unless all that was acknowledged is there."""
    config = cut.folder / "till.toml"
    config.write_text(config_text(cut.folder / "data", sockets, 9100, cards=False))
    opened = open_store(load_config(config))
    try:
        verdict = verify(opened.database, cut.folder / "verify.scratch")
        _must(not verdict.code, f"the book is wrong: {verdict.code} {verdict.detail}")
        happened = recording.steps[: cut.after_step + 1]
        for step in happened:
            if step.what == "A":
                ack = json.loads(step.data)
                _CHECKS.get(ack["what"], _nothing)(opened.database, ack["arguments"], ack["answer"])
            elif step.what == "P":
                _sent(opened.database, step.data)
        _no_halves(opened)
    finally:
        opened.close()


def _must(fine: bool, words: str) -> None:
    if not fine:
        raise PromiseBrokenError(words)


def _count(database: Database, query: str, *parameters: object) -> int:
    row = database.row(query, parameters)
    assert row is not None
    return int(row[0])


def _nothing(_database: Database, _arguments: object, _answer: object) -> None:
    """Reading promises nothing."""


def _bill(database: Database, arguments: Sequence[str], answer: Mapping[str, Any]) -> None:
    row = database.row("SELECT count(*), max(seq) FROM entry WHERE action_id = ?", (bytes.fromhex(arguments[1]),))
    assert row is not None
    _must(row[0] == 1, f"bill {answer['bill_no']} was acknowledged and is {row[0]} times in the book")
    _must(answer["bill_no"] == f"1-{row[1]:06d}", f"bill {answer['bill_no']} is another entry now")
    slips = _count(database, "SELECT count(*) FROM print_job WHERE copy_of = 0 AND bill_no = ?", answer["bill_no"])
    _must(slips == 1, f"bill {answer['bill_no']} has {slips} slips")


def _reprint(database: Database, arguments: Sequence[str], _answer: Mapping[str, Any]) -> None:
    found = _count(database, "SELECT count(*) FROM print_job WHERE action_id = ?", bytes.fromhex(arguments[1]))
    _must(found == 1, f"a reprint was acknowledged and is {found} times in the spool")


def _import(database: Database, arguments: Mapping[str, Any], _answer: Mapping[str, Any]) -> None:
    for line in arguments["lines"]:
        found = _count(database, "SELECT count(*) FROM member WHERE old_number = ?", line["old_number"])
        _must(found == 1, f"an imported member is there {found} times")


def _sign_in(database: Database, _arguments: Sequence[str], answer: Mapping[str, Any]) -> None:
    found = _count(database, "SELECT count(*) FROM shift WHERE number = ?", answer["shift_no"])
    _must(found == 1, "the shift of a sign-in is not there")


def _set_up(database: Database, _arguments: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    found = _count(database, "SELECT count(*) FROM catalogue")
    _must(found == answer["items"], f"the set-up had {answer['items']} items, {found} are left")


def _staff(database: Database, arguments: Mapping[str, Any], _answer: Mapping[str, Any]) -> None:
    _must(_count(database, "SELECT count(*) FROM staff WHERE name = ?", arguments["name"]) == 1, "staff is gone")


_CHECKS: Mapping[str, Callable[[Database, Any, Any], None]] = {
    "top_up": _bill,
    "charge": _bill,
    "reprint": _reprint,
    "import_lines": _import,
    "sign_in": _sign_in,
    "setup_apply": _set_up,
    "staff_add": _staff,
}


def _sent(database: Database, data: bytes) -> None:
    """What went to the printer must be known as sent, or the next copy would not say that it may be the second."""
    rows = database.rows("SELECT id, attempt, state, marked FROM print_job")
    for process_id in map(int, PROCESS_ID.findall(data)):
        known = [
            state
            for job, attempt, state, marked in rows
            if (marked and process_id in {_process_id(job, earlier) for earlier in range(1, attempt + 1)})
            or (state != "queued" and process_id == _process_id(job, attempt))
        ]
        _must(len(known) == 1, f"slip {process_id:04} is at the printer, and nothing would mark its next copy")


def _process_id(job: int, attempt: int) -> int:
    return (job * 97 + attempt) % PROCESS_IDS


def _no_halves(opened: OpenStore) -> None:
    """Each imported member has its entry, each bill its slip, and each shift its entry, or neither is there."""
    entries = _count(opened.database, "SELECT count(*) FROM entry")
    parts = _count(
        opened.database,
        "SELECT (SELECT count(*) FROM member) + (SELECT count(*) FROM shift)"
        " + (SELECT count(*) FROM print_job WHERE copy_of = 0)",
    )
    _must(entries == parts, f"{entries} entries, but {parts} members, shifts and slips that belong to one each")
