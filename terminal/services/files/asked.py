"""What is asked of a member's file: by whom, under which action id, and what is to be set; and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.base.errors import Refusal
from terminal.base.ids import ActionId
from terminal.ledger.book import Posted
from terminal.rules.member.consents import Consent
from terminal.rules.member.profile import Wrong
from terminal.services.media_life.asked import By
from terminal.services.money import bill_number

ADD, CHANGE, NOTE, MERGE, UNMERGE, ERASE = KINDS = (
    "member_add",
    "member_change",
    "member_note",
    "member_merge",
    "member_unmerge",
    "member_erase",
)
NOTHING: Mapping[str, str] = MappingProxyType({})


class FieldsWrong(Refusal):
    """Something is filled in that cannot be: `fields_wrong`, with all of it, key by key."""

    def __init__(self, wrong: tuple[Wrong, ...]) -> None:
        """Refuse, holding what is wrong."""
        super().__init__("fields_wrong")
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Asked:
    """One wish: its action id, chosen before it, and who has it."""

    action_id: ActionId
    by: By


@dataclass(frozen=True, slots=True)
class Filled:
    """What is to be set in a file: what is not named stays, and an empty text takes a value out.

    `basics` are of `records.BASICS`, `fields` the shop's own by their keys. `initials` are the pinyin initials of a
    name that is set. Consents are acts of today or before. `brought_by` is the account of who brought the member, empty
    for nobody; None leaves it as it is.
    """

    basics: Mapping[str, str] = field(default_factory=lambda: NOTHING, repr=False)
    fields: Mapping[str, str] = field(default_factory=lambda: NOTHING, repr=False)
    tags: tuple[str, ...] = ()
    untags: tuple[str, ...] = ()
    consents: tuple[Consent, ...] = ()
    initials: str = field(default="", repr=False)
    brought_by: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change did, read back from its entry: the file's account and version after it.

    `others` are the accounts that were merged or erased with it, `given_up_fen` what money of the member's was left.
    """

    kind: str
    entry_no: str
    account: str
    version: int
    others: tuple[str, ...] = ()
    given_up_fen: int = 0


def changed_by(posted: Posted) -> Changed:
    """Return what the entry of a change says."""
    entry, payload = posted.entry, posted.entry.payload
    version, others, given_up_fen = payload["file_version"], payload.get("others", []), payload.get("given_up_fen", 0)
    assert isinstance(version, int)
    assert isinstance(others, list)
    assert isinstance(given_up_fen, int)
    return Changed(
        kind=entry.kind,
        entry_no=bill_number(entry.epoch, entry.seq),
        account=str(payload["account"]),
        version=version,
        others=tuple(map(str, others)),
        given_up_fen=given_up_fen,
    )
