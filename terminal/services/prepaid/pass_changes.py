"""Changes of a sold pass: pauses, a later end, its first use, who shares it and whose it is.

Facts of a bucket never change, so each change spends all units and makes as many with the new facts, of the same lot
and worth the same, in one entry; rights that lead back to the pass lead to the new units.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId
from terminal.ledger.book import request_digest
from terminal.ledger.draft import Draft, Lot
from terminal.rules.bill_note import PASS
from terminal.rules.canonical import Canonical
from terminal.rules.passes import changes
from terminal.rules.passes.changes import Extended
from terminal.rules.passes.imported import unnamed_terms
from terminal.rules.passes.sale import last_day
from terminal.rules.passes.sold import SoldPass
from terminal.rules.passes.terms import FROM_FIRST_USE, PassTerms
from terminal.services.prepaid.allowing import Allow, whoever
from terminal.services.prepaid.pass_units import pass_facts, sold_pass
from terminal.services.prepaid.till import Answer, Till, answer_of
from terminal.services.prepaid.units import RIGHT, make, move
from terminal.services.views import SignedIn

# Gives the terms a pass was sold under: its code and their version.
TermsOf = Callable[[str, int], PassTerms]
Change = Callable[[SoldPass, dt.date], Extended]
# Changes that give a member more days than were sold, begin days that run, or make a pass somebody else's: somebody
# with the right has to.
ASKED = frozenset({"extend_pass", "start_pass", "transfer_pass"})


class PassChanges:
    """Changes passes of members. Used by the dispatcher.

    Every method raises `Refusal` `account_closing`, `pass_not_here` where this till holds nothing of the pass,
    `units_on_hold` where a session of it is reserved, what the rule of the same name in
    `rules.passes.changes` raises, and for a change of its dates or its holder for good (`ASKED`) as `allow`.
    """

    def __init__(self, till: Till, terms_of: TermsOf, allow: Allow = whoever) -> None:
        """Judge a pass by the terms of its sale; `allow` asks for a right by what it is `worth`."""
        self._till = till
        self._allow = allow
        self._terms_of = terms_of

    def sold(self, owner: AccountId, lot: str) -> SoldPass:
        """Return a pass as it stands here."""
        return self._sold(owner, self._lots(owner, lot))

    def freeze(
        self, staff: SignedIn, action_id: ActionId, owner: AccountId, lot: str, first: dt.date, last: dt.date
    ) -> Answer:
        """Pause a pass from one day through another; its end moves by as many days."""
        noted: dict[str, Canonical] = {"first": first.isoformat(), "last": last.isoformat()}
        return self._change(
            staff,
            action_id,
            ("freeze_pass", owner, lot),
            noted,
            lambda one, day: Extended(changes.freeze(one, first, last, day), 0),
        )

    def resume(self, staff: SignedIn, action_id: ActionId, owner: AccountId, lot: str) -> Answer:
        """End the pause a pass is in, or take out those planned."""
        return self._change(staff, action_id, ("resume_pass", owner, lot), {}, _resumed)

    def extend(self, staff: SignedIn, action_id: ActionId, owner: AccountId, lot: str, until: dt.date) -> Answer:
        """Make a pass good through a later day, also one that ended; days given to a time pass are worth nothing."""
        asked = (staff, action_id, ("extend_pass", owner, lot))
        return self._change(*asked, {"until": until.isoformat()}, lambda one, day: changes.extend(one, until, day))

    def share(
        self, staff: SignedIn, action_id: ActionId, owner: AccountId, lot: str, person: AccountId, *, shown: str = ""
    ) -> Answer:
        """Let another member use a pass too; `shown` is what the holder showed. Also raises `member_unknown`."""
        self._till.members.require(person)
        asked = (staff, action_id, ("share_pass", owner, lot))
        change = partial(changes.share, person=person)
        return self._change(*asked, {"person": person}, lambda one, _: Extended(change(one), 0), shown)

    def unshare(self, staff: SignedIn, action_id: ActionId, owner: AccountId, lot: str, person: AccountId) -> Answer:
        """Let another member no longer use a pass."""
        asked = (staff, action_id, ("unshare_pass", owner, lot))
        return self._change(*asked, {"person": person}, lambda one, _: Extended(changes.unshare(one, person), 0))

    def transfer(
        self, staff: SignedIn, action_id: ActionId, owner: AccountId, lot: str, to: AccountId, *, shown: str = ""
    ) -> Answer:
        """Give a pass to another member, shared with nobody; `shown` is what the holder showed.

        Also raises `member_unknown`.
        """
        self._till.members.require(to)
        asked = (staff, action_id, ("transfer_pass", owner, lot))
        return self._change(*asked, {"to": to}, lambda one, _: Extended(changes.transfer(one, to), 0), shown)

    def start(self, staff: SignedIn, action_id: ActionId, owner: AccountId, lot: str) -> Answer:
        """Let a pass that begins with its first use begin today; raises `pass_started` for any other."""

        def started(sold: SoldPass, day: dt.date) -> Extended:
            if sold.starts_on is not None or sold.terms.valid_from != FROM_FIRST_USE:
                raise Refusal("pass_started")
            return Extended(_begun(sold, day), 0)

        return self._change(staff, action_id, ("start_pass", owner, lot), {}, started)

    def _change(
        self,
        staff: SignedIn,
        action_id: ActionId,
        what: tuple[str, AccountId, str],
        noted: dict[str, Canonical],
        change: Change,
        shown: str = "",
    ) -> Answer:
        kind, owner, lot = what
        request = request_digest({"do": kind, "account": owner, "pass": lot, **noted})
        with self._till.database.write():
            if earlier := self._till.book.find(action_id, request):
                return answer_of(earlier)
            self._till.require_open(owner, *(AccountId(str(noted[key])) for key in ("to", "person") if key in noted))
            draft = self._till.begin(action_id, kind, request, staff, owner)
            before = self.sold(owner, lot)
            change_of = change(before, self._till.book.day_of(draft))
            if kind in ASKED:
                rights = self._till.whole(owner, RIGHT) if kind == "transfer_pass" else []
                self._allow(staff, draft, worth(before, rights, lot))
            self._move(draft, owner, lot, change_of)
            ends_on = change_of.sold.ends_on
            draft.payload |= {**noted, "pass": before.terms.code, "lot": lot, "free_days": change_of.free_days}
            draft.payload["ends_on"] = "" if ends_on is None else ends_on.isoformat()
            draft.payload["versions"] = {"passes": before.terms.version}
            if shown:
                draft.payload["shown"] = shown
            return self._till.done(draft)

    def _move(self, draft: Draft, owner: AccountId, lot: str, after: Extended) -> None:
        lots, rights = self._lots(owner, lot), self._till.whole(owner, RIGHT)
        holder = AccountId(after.sold.holder)
        facts = {**pass_facts(after.sold), "owner": holder}
        moved = move(draft, lots, [right for right in rights if _leads_to(right, lot)], facts)
        if holder != lots[0].facts.owner:
            # What the pass was paid with comes back to whoever has it now.
            move(draft, [], [right for right in rights if _is_of(right, lot)], {"owner": holder})
        if after.free_days:
            # The same facts but for their worth: nobody paid for these days.
            make(draft, replace(moved[lots[0].bucket], unit_value_fen=0), after.free_days)

    def _lots(self, owner: AccountId, lot: str) -> list[Lot]:
        lots = [each for each in self._till.whole(owner, PASS) if each.facts.lot == lot]
        if not lots:
            raise Refusal("pass_not_here")
        return lots

    def _sold(self, owner: AccountId, lots: list[Lot]) -> SoldPass:
        attributes = lots[0].facts.attributes
        if not attributes.get("pass"):
            # An import brought it: it may be handed over, and nothing else of it was agreed on here.
            return sold_pass(unnamed_terms(attributes), owner, lots)
        version = attributes.get("terms_version", 0)
        terms = self._terms_of(str(attributes.get("pass", "")), version if type(version) is int else 0)
        return sold_pass(terms, owner, lots)


def worth(sold: SoldPass, rights: Sequence[Lot] = (), lot: str = "") -> int:
    """Return what is left of a pass, in fen; with `rights` no less than what they would give back to its holder.

    That is the sessions of it that bills used, or the money that it was paid with: never both.
    """
    left_fen = sum(held.amount * held.unit_value_fen for held in sold.units)
    used_fen = sum(right.amount * _session_fen(right) for right in rights if _leads_to(right, lot))
    paid_fen = sum(right.amount for right in rights if _is_of(right, lot))
    return max(left_fen + used_fen, paid_fen)


def _resumed(sold: SoldPass, today: dt.date) -> Extended:
    return Extended(changes.resume(sold, today), 0)


def _begun(sold: SoldPass, day: dt.date) -> SoldPass:
    """Return the pass with its first use on `day`."""
    return replace(sold, starts_on=day, ends_on=last_day(sold.terms, day))


def _leads_to(right: Lot, lot: str) -> bool:
    """Tell whether a right gives sessions of this pass back."""
    target = right.facts.attributes.get("target")
    return isinstance(target, dict) and target.get("asset") == PASS and target.get("lot") == lot


def _session_fen(right: Lot) -> int:
    """Return what one session that a right gives back is worth, in fen."""
    target = right.facts.attributes.get("target")
    fen = target.get("unit_value_fen", 0) if isinstance(target, dict) else 0
    return fen if type(fen) is int else 0


def _is_of(right: Lot, lot: str) -> bool:
    """Tell whether a right gives back what this pass was paid with."""
    return right.facts.attributes.get("pass") == lot and not _leads_to(right, lot)
