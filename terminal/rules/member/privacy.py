"""What is handed out of a member's file when they ask for it, and what erasing leaves.

Personal data lives in the file of the member only;
the book names nobody but random accounts, so that erasing the file leaves its entries under a pseudonym.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from terminal.base.errors import Refusal
from terminal.rules.canonical import Canonical

_PSEUDONYM = re.compile(r"[0-9A-Z]{4,12}")

# What an export holds, always all of it, so that an empty part says that nothing is kept.
EXPORTED: Final = (
    "profile",
    "fields",
    "sensitive_notes",
    "tags",
    "consents",
    "media",
    "balances",
    "entries",
    "bills",
    "appointments",
    "referrals",
)
# What it never holds: secrets, and what is another's (a referral names the other only by a masked name).
NEVER_EXPORTED: Final = ("pin_hash", "card_keys", "staff_names", "profile_salt", "alerts")


@dataclass(frozen=True, slots=True)
class MemberFile:
    """A member's file, all that erasing is about; `salt` makes the hash in the book one that nobody can guess at."""

    account: str
    name: str = ""
    phone: str = ""
    sex: str = ""
    birthday: str = ""
    level: str = ""
    remark: str = ""
    old_number: str = ""
    photo: bytes = field(default=b"", repr=False)
    pin_hash: str = field(default="", repr=False)
    salt: bytes = field(default=b"", repr=False)
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    sensitive: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class Ties:
    """What still binds shop and member: stored value and deposits, sessions, debts (fen), open bills and refunds."""

    value_fen: int = 0
    sessions: int = 0
    owed_fen: int = 0
    open_bills: int = 0


@dataclass(frozen=True, slots=True)
class Erased:
    """The file after erasing, and what happens to everything else of the member.

    `removed` goes for good on every terminal and in the cloud; `ended` is retired or closed; `stays` is kept under the
    pseudonym for the time the law wants books kept, without anything that leads to the person.
    """

    file: MemberFile
    removed: tuple[str, ...]
    ended: tuple[str, ...]
    stays: tuple[str, ...]


REMOVED: Final = (
    "name",
    "phone",
    "sex",
    "birthday",
    "remark",
    "old_number",
    "photo",
    "pin_hash",
    "profile_salt",
    "tags",
    "fields",
    "sensitive_notes",
    "initials",
    "search_index",
    "card_numbers",
    "aliases",
    "brought_by",
    "messages",
)
ENDED: Final = ("media", "points", "coupons", "appointments", "referral_code")
STAYS: Final = ("entries", "bills", "receipt_totals", "consents", "level")


def exported(parts: Mapping[str, Canonical]) -> dict[str, Canonical]:
    """Return the document that a member is handed: every part of `EXPORTED`, empty where nothing is kept.

    Raises `Refusal` `export_part` for a part that is not handed out or has no name.
    """
    strange = sorted(set(parts) - set(EXPORTED))
    if strange:
        raise Refusal("export_part")
    return {name: parts.get(name, []) for name in EXPORTED}


def erased(file: MemberFile, ties: Ties, pseudonym: str) -> Erased:
    """Return what is left of a member's file: the account, the level and a pseudonym drawn at random.

    Raises `Refusal` while something binds shop and member (`erase_value`, `erase_sessions`, `erase_owed`,
    `erase_open`), since nobody could be given it later; `erase_done`; or `erase_pseudonym`. Points and coupons end.
    """
    if file.is_erased:
        raise Refusal("erase_done")
    _check_ties(ties)
    if not _PSEUDONYM.fullmatch(pseudonym):
        raise Refusal("erase_pseudonym")
    left = MemberFile(account=file.account, name=pseudonym, level=file.level, is_erased=True)
    return Erased(left, REMOVED, ENDED, STAYS)


def _check_ties(ties: Ties) -> None:
    if ties.value_fen:
        raise Refusal("erase_value", value_fen=ties.value_fen)
    if ties.sessions:
        raise Refusal("erase_sessions", sessions=ties.sessions)
    if ties.owed_fen:
        raise Refusal("erase_owed", owed_fen=ties.owed_fen)
    if ties.open_bills:
        raise Refusal("erase_open", bills=ties.open_bills)
