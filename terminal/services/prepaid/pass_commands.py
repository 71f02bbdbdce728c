"""The verbs behind `terminal prepaid pass` and `prepaid transfer`: passes shown, changed and handed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.base.words.prepaid_phrases import SHOWN
from terminal.rules.bill_note import PASS
from terminal.rules.bucket import Bucket
from terminal.rules.passes.imported import imported_terms
from terminal.rules.passes.terms import PassTerms
from terminal.rules.rulebook import Rulebook
from terminal.services.prepaid.allowing import Allow
from terminal.services.prepaid.doing import Doing, Who, answered, one_of
from terminal.services.prepaid.pass_changes import PassChanges, TermsOf
from terminal.services.prepaid.pass_days import PassDays
from terminal.services.prepaid.telling import told_passes
from terminal.services.prepaid.till import Answer, Till
from terminal.services.prepaid.transfers import Transfers
from terminal.services.shifts.asked import Wish
from terminal.services.views import SignedIn

Told = Mapping[str, Any]
CONFLICT = "action_conflict"
# What is done to one pass: by whom, under which action id, whose, which lot.
Change = Callable[[SignedIn, ActionId, AccountId, str], Answer]
ChangeWith = Callable[[SignedIn, ActionId, AccountId, str, AccountId], Answer]


class PassCommands:
    """Changes passes for commands on this machine, in the name of somebody who gives their PIN."""

    def __init__(self, till: Till, doing: Doing, terms_of: TermsOf, allow: Allow) -> None:
        """Judge passes by the terms of their sale; `allow` asks for the right to what only some may do."""
        self._till = till
        self._doing = doing
        self._terms_of = terms_of
        self._changes = PassChanges(till, terms_of, allow)
        self._transfers = Transfers(till, terms_of, allow=allow)
        self._days = PassDays(till, terms_of)

    def verbs(self) -> dict[str, Callable[..., Told]]:
        """Return the functions by the name a command calls them."""
        return {
            "prepaid_passes": self.passes,
            "prepaid_pass_freeze": self.freeze,
            "prepaid_pass_resume": self.resume,
            "prepaid_pass_extend": self.extend,
            "prepaid_pass_start": self.start,
            "prepaid_pass_share": self.share,
            "prepaid_pass_unshare": self.unshare,
            "prepaid_pass_transfer": self.transfer,
            "prepaid_pass_days": self.settle_days,
            "prepaid_transfer": self.transfer_all,
        }

    def passes(self, *, account: str) -> Told:
        """Answer a member's `passes`; raise `Refusal` `member_unknown`."""
        return self._doing.look(
            lambda rules: {"passes": told_passes(self._till, rules, self._known, self._doing.account(account))}
        )

    def freeze(self, *, account: str, sold: str, first: str, last: str, **who: str) -> Told:
        """Pause a pass from one ISO date to another; raise `Refusal` as `PassChanges.freeze` and `Doing.do`."""
        days = _day(first), _day(last)
        return self._change(account, sold, who, lambda by, one, of, lot: self._changes.freeze(by, one, of, lot, *days))

    def resume(self, *, account: str, sold: str, **who: str) -> Told:
        """End a pause, or take out those planned; raise `Refusal` as `PassChanges.resume` and `Doing.do`."""
        return self._change(account, sold, who, self._changes.resume)

    def extend(self, *, account: str, sold: str, until: str, **who: str) -> Told:
        """Make a pass good through a later day; raise `Refusal` as `PassChanges.extend` and `Doing.do`."""
        day = _day(until)

        def change(by: SignedIn, one: ActionId, of: AccountId, lot: str) -> Answer:
            return self._changes.extend(by, one, of, lot, day)

        return self._change(account, sold, who, change)

    def start(self, *, account: str, sold: str, **who: str) -> Told:
        """Let a pass begin today; raise `Refusal` as `PassChanges.start` and `Doing.do`."""
        return self._change(account, sold, who, self._changes.start)

    def share(self, *, account: str, sold: str, person: str, shown: str = "", **who: str) -> Told:
        """Let somebody use a pass too; `shown` is which of `SHOWN` the holder showed.

        Raises `Refusal` `transfer_proof_missing`, and as `PassChanges.share` and `Doing.do`.
        """
        _require_shown(shown)
        return self._with(person, account, sold, who, partial(self._changes.share, shown=shown))

    def unshare(self, *, account: str, sold: str, person: str, **who: str) -> Told:
        """Let somebody no longer use a pass; raise `Refusal` as `PassChanges.unshare` and `Doing.do`."""
        return self._with(person, account, sold, who, self._changes.unshare)

    def transfer(self, *, account: str, sold: str, to: str, shown: str = "", **who: str) -> Told:
        """Give a pass to another member; `shown` is which of `SHOWN` the holder showed.

        Raises `Refusal` `transfer_proof_missing`, and as `PassChanges.transfer` and `Doing.do`.
        """
        _require_shown(shown)
        return self._with(to, account, sold, who, partial(self._changes.transfer, shown=shown))

    def settle_days(self, *, after: int = 0) -> Told:
        """Settle days of time passes that are over, a slice at a time; `last` is where the next one begins."""

        def work() -> Told:
            done = self._days.slice(after)
            return {"days": done.days, "passes": done.passes, "value_fen": done.value_fen, "last": done.last}

        return self._doing.look(lambda _: work())

    def transfer_all(self, *, account: str, to: str, shown: str, **who: str) -> Told:
        """Hand a membership over to another member; raise `Refusal` as `Transfers.transfer` and `Doing.do`."""

        def work(rules: Rulebook, wish: Wish) -> Told:
            return answered(
                self._transfers.transfer(
                    rules,
                    wish.by,
                    wish.action_id,
                    self._doing.account(account),
                    self._doing.account(to),
                    alone=self._doing.alone(),
                    shown=shown,
                )
            )

        return self._doing.do(Who(**who), work)

    def _with(self, person: str, account: str, sold: str, who: Mapping[str, str], change: ChangeWith) -> Told:
        """Do what concerns another member, who is looked up with the rest."""

        def changed(by: SignedIn, one: ActionId, of: AccountId, lot: str) -> Answer:
            return change(by, one, of, lot, self._doing.account(person))

        return self._change(account, sold, who, changed)

    def _change(self, account: str, sold: str, who: Mapping[str, str], change: Change) -> Told:
        """Change the pass that is meant."""

        def work(rules: Rulebook, wish: Wish) -> Told:
            owner = self._doing.account(account)
            lot = self._lot(rules, wish.action_id, owner, sold)
            return answered(change(wish.by, wish.action_id, owner, lot))

        return self._doing.do(Who(**who), work)

    def _lot(self, rules: Rulebook, action_id: ActionId, owner: AccountId, text: str) -> str:
        """Return the pass that is meant by its lot, its name or code, or the first letters of the lot.

        Raises `Refusal` `pass_not_here`, and `bill_choice_several` where several are called that.
        """
        done = self._till.book.done(action_id)
        # What was done is repeated with the pass it was done to, which may be another member's by now.
        if done is not None:
            of_pass = str(done.entry.payload.get("lot"))
            made = (each for each in done.entry.buckets if each.lot == of_pass)
            return _one({of_pass: _called(rules, made)}, text, CONFLICT)
        found: dict[str, list[Bucket]] = {}
        for lot in self._till.book.lots(self._till.held(owner, PASS)):
            found.setdefault(lot.facts.lot, []).append(lot.facts)
        return _one({name: _called(rules, facts) for name, facts in found.items()}, text, "pass_not_here")

    def _known(self, code: str, version: int) -> PassTerms | None:
        try:
            return self._terms_of(code, version)
        except Refusal:
            return None


def _called(rules: Rulebook, facts: Iterable[Bucket]) -> frozenset[str]:
    """Return the names and codes of a pass: of an imported one also the code of the pass it is taken for."""
    names: set[str] = set()
    for each in facts:
        taken_for = imported_terms(rules.passes, each.attributes)
        names |= {str(each.attributes.get(name, "")) for name in ("name", "pass")}
        names |= {taken_for.code} if taken_for else set()
    return frozenset(names - {""})


def _one(passes: Mapping[str, frozenset[str]], text: str, unknown: str) -> str:
    """Return the one pass that is meant, of lots and what they are called.

    Raises `Refusal` `unknown`, and `bill_choice_several` where several are called that.
    """
    found = [lot for lot, names in passes.items() if text in names]
    if len(found) > 1:
        raise Refusal("bill_choice_several")
    return found[0] if found else one_of(list(passes), text, unknown)


def _require_shown(shown: str) -> None:
    if shown not in SHOWN:
        raise Refusal("transfer_proof_missing")


def _day(text: str) -> dt.date:
    """Return an ISO date that was typed; raise `Refusal` `day_bad`."""
    try:
        return dt.date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise Refusal("day_bad") from error
