"""What commands show of members: masked for everybody at the machine, whole for who signed for it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, is_id
from terminal.rules import member_values
from terminal.rules.member_values import BadValue
from terminal.services.files.files import Files
from terminal.services.members import Members, SeveralMembers

# Shown in full only to who signed for it; names, phones and cards are shown masked.
PRIVATE = ("birthday", "remark")


class Showing:
    """Tells of members as JSON values."""

    def __init__(self, members: Members, files: Files) -> None:
        """Read an open store."""
        self._members = members
        self._files = files

    def meant(self, by: str, value: str) -> list[AccountId]:
        """Return whom a phone, card number or id leads to, or (`who`) whatever of these or a name it is.

        Raises `Refusal` `member_unknown`, and those of `Members.by_card` and `Members.search`.
        """
        if by == "card":
            return [self._members.by_card(b"", value)]
        if by == "id" or (by == "who" and is_id(value)):
            self._files.get(value)
            return [self._members.main(AccountId(value))]
        found = self._everybody_with(value) or [AccountId(hit.account) for hit in self._members.search(value)]
        if not found and by == "who":
            found = self._with_card(value)
        if not found:
            raise Refusal("member_unknown")
        return found

    def masked(self, account: AccountId) -> dict[str, Any]:
        """Return what a member holds, with nothing by which a stranger would know them."""
        shown = asdict(self._members.counter_member(account))
        kept = {name: value for name, value in shown.items() if name not in PRIVATE}
        return kept | {
            "name": shown["masked_name"],
            "brought_by": self._files.referrers.name_of(account),
            "level_locked": self._files.get(account).is_level_locked,
            "merged": self._merged_into(account),
        }

    def line(self, account: AccountId) -> dict[str, Any]:
        """Return one line of a list, masked."""
        (hit,) = self._members.hits([account])
        return asdict(hit) | {"name": self._members.masked_name(AccountId(hit.account))}

    def whole(self, account: str) -> dict[str, Any]:
        """Return a member's whole file, with notes, consents, the files merged into it, and what they hold."""
        file = self._files.get(account)
        return {
            **asdict(self._members.counter_member(file.account)),
            **file.basics,
            "tags": list(file.tags),
            "fields": file.own_fields,
            "notes": self._files.notes_of(file),
            "consents": [
                [act.kind, act.is_given, act.on.isoformat(), act.channel, act.text_version] for act in file.consents
            ],
            "version": file.version,
            "brought_by": self._files.referrers.name_of(file.account),
            "level_locked": file.is_level_locked,
            "merged": self._merged_into(file.account),
        }

    def _merged_into(self, account: AccountId) -> list[dict[str, str]]:
        """Return the files that lead to this one."""
        others = self._members.owners(account)[1:]
        return [{"account": other, "name": self._members.masked_name(other)} for other in others]

    def _everybody_with(self, text: str) -> list[AccountId]:
        """Return everybody with a whole phone number, however many share it; a search shows only the first."""
        try:
            number = member_values.phone(text)
        except BadValue:
            return []
        return self._members.with_phone(number)

    def _with_card(self, text: str) -> list[AccountId]:
        """Return whose card this is; what is wrong with a card that was is told, and what is none is nobody's."""
        try:
            return [self._members.by_card(b"", text)]
        except SeveralMembers as several:
            return list(several.accounts)
        except Refusal as refusal:
            if refusal.code in {"card_unknown", "card_number_bad"}:
                return []
            raise
