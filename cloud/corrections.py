"""What the cloud does with units of its own: makes, destroys, opens and expires them, each through an entry."""

from __future__ import annotations

import datetime as dt
import hashlib
import types
from dataclasses import dataclass, field, replace

from cloud.errors import NotPossible
from cloud.grants import Grants
from cloud.journal import BUCKETS_AN_ENTRY, FACTS_BYTES_MAX, ID_BYTES, Work
from cloud.money import value
from cloud.records import CLOUD_EPOCH, LifeRecord, WantRecord
from terminal.base.ids import AccountId, BucketId, LotId, is_id
from terminal.rules import bucket
from terminal.rules.bucket import CREDIT_ACCOUNT, GRACE, Bucket, Source
from terminal.rules.canonical import INTEGER_MAX, Canonical, NotCanonical
from terminal.rules.entry import ACCOUNTS_OF_CLOUD, Effect, Entry

ADJUST = "sales/adjust"
BREAKAGE = "sales/breakage"
# Debts that are units of their own, and what pays them.
OPPOSITE = types.MappingProxyType({"points": "points_owed", "points_owed": "points"})


@dataclass(frozen=True, slots=True)
class NewUnits:
    """Units the cloud is to make: their facts, how many, and the account that stands against their value."""

    owner: AccountId
    asset: str
    amount: int
    against: str = ADJUST
    unit_value_fen: int = 0
    spendable_from: str = ""
    expires_on: str = ""
    attributes: dict[str, Canonical] = field(default_factory=dict)


class Corrections(Grants):
    """Makes and destroys units the cloud holds. What it does not hold it asks for first, and never goes below zero."""

    def _create(self, work: Work, units: NewUnits) -> BucketId:
        """Make units in a new bucket and return its id."""
        facts = self._new_bucket(work, units, LotId(self._new_id()))
        if units.against not in ACCOUNTS_OF_CLOUD or not 0 < units.amount <= INTEGER_MAX:
            raise NotPossible("units_wrong")
        try:
            bucket.check(facts)
        except NotCanonical as error:
            raise NotPossible("units_wrong") from error
        if len(facts.data) > FACTS_BYTES_MAX:
            raise NotPossible("units_wrong")
        self._make(work, facts, units.amount, units.against)
        return facts.id

    def _new_bucket(self, work: Work, units: NewUnits, lot: LotId) -> Bucket:
        chain = self._chain(work)
        return Bucket(
            chain=work.chain,
            owner=units.owner,
            asset=units.asset,
            lot=lot,
            source=Source(chain.cloud, CLOUD_EPOCH, chain.seq + 1),
            spendable_from=units.spendable_from,
            expires_on=units.expires_on,
            unit_value_fen=units.unit_value_fen,
            attributes=units.attributes,
        )

    def _make(self, work: Work, facts: Bucket, amount: int, against: str) -> None:
        self._keep_facts(facts)
        money = {against: -value(facts, amount)[1]}
        self._write(work, "correct", [Effect("create", facts.id, amount)], made=(facts,), money=money)
        work.arrived[facts.id] = None

    def _destroy(self, work: Work, gid: str, name: BucketId, amount: int) -> int:
        """Destroy up to `amount` units: what the cloud holds at once, what it recalls when it comes; return the first.

        The rest waits under `gid` until it has come or a person makes it a debt of the member.
        """
        if self._facts(work.chain, name) is None:
            raise NotPossible("bucket_unknown")
        if self._storage.want(work.chain, gid) is not None:
            raise NotPossible("id_used")
        want = self._want(work, self._cloud_life(work), gid, name, amount, "correct")
        return self._use_correction(work, want)

    def _cloud_life(self, work: Work) -> LifeRecord:
        found = self._life(work, self._chain(work).cloud, CLOUD_EPOCH)
        assert found is not None, "made with the chain"
        return found

    def _net(self, work: Work, name: BucketId) -> None:
        """Set points off against points owed by the same member, as far as the cloud holds both."""
        facts = self._facts(work.chain, name)
        other = OPPOSITE.get(facts.asset) if facts else None
        if facts is None or other is None:
            return
        for against in self._storage.buckets_of_owner(work.chain, facts.owner, other):
            amount = min(self._free(work, name), self._free(work, against))
            if amount:
                self._spend_own(work, "net", "spend", {name: amount, against: amount}, ADJUST)

    def _use(self, work: Work, want: WantRecord) -> None:
        """Do with units of the cloud what they were wanted for."""
        if want.purpose == "correct":
            self._use_correction(work, want)
        elif want.purpose == "release":
            self._release(work, want)
        else:
            super()._use(work, want)

    def _use_correction(self, work: Work, want: WantRecord) -> int:
        amount = min(want.amount, self._free(work, want.bucket))
        if amount:
            self._spend_own(work, "correct", "spend", {want.bucket: amount}, ADJUST)
        self._storage.put_want(self._rest_recalled(work, replace(want, amount=want.amount - amount)))
        return amount

    def _rest_recalled(self, work: Work, want: WantRecord) -> WantRecord:
        """Return the want as it stands after what the cloud had, the rest asked for."""
        if not want.amount:
            return replace(want, state="granted")
        asked = self._recall(work, want.bucket, want.amount, want)
        return replace(want, recalled=want.recalled or asked > 0)

    def _forgo(self, work: Work, gid: str) -> int:
        """Make what a correction could not get a debt of the member; return the units it was short of.

        Prepaid value becomes `owed` in fen, points `points_owed`; other promises are let go.
        """
        want = self._storage.want(work.chain, gid)
        facts = None if want is None else self._facts(work.chain, want.bucket)
        if want is None or facts is None or want.purpose != "correct":
            raise NotPossible("correction_unknown")
        if want.state != "open":
            return 0
        self._storage.put_want(replace(want, state="dropped"))
        debt = self._debt(facts, want.amount)
        if debt is not None:
            self._make(work, self._new_bucket(work, debt, LotId(self._new_id())), debt.amount, ADJUST)
        return want.amount

    def _debt(self, facts: Bucket, amount: int) -> NewUnits | None:
        if facts.asset == "points":
            return NewUnits(facts.owner, "points_owed", amount)
        fen = amount * facts.unit_value_fen
        if facts.asset in CREDIT_ACCOUNT and fen:
            return NewUnits(facts.owner, "owed", fen, unit_value_fen=1)
        return None

    def _spend_own(self, work: Work, what: str, kind: str, amounts: dict[BucketId, int], against: str) -> None:
        """Take units out of the world, their value to an account."""
        money: dict[str, int] = {}
        for name, amount in amounts.items():
            facts = self._facts(work.chain, name)
            assert facts is not None, "the cloud knows what it holds"
            money[against] = money.get(against, 0) + value(facts, amount)[1]
        self._write(work, what, [Effect(kind, name, amount) for name, amount in amounts.items()], money=money)

    def _visit(self, work: Work, life: LifeRecord, read: Entry, digest: bytes) -> None:
        """Open what an entry notes as due of locked lots that its till did not hold."""
        parts = read.payload.get("release", [])
        for number, part in enumerate(parts if isinstance(parts, list) else []):
            match part:
                case [str(name), int(amount)] if is_id(name) and 0 < amount <= INTEGER_MAX:
                    gid = hashlib.sha256(digest + number.to_bytes(2)).digest()[:ID_BYTES].hex()
                    cloud = self._cloud_life(work)
                    self._release(work, self._want(work, cloud, gid, BucketId(name), amount, "release"))
                case _:
                    self._alarm(work, life.device, life.epoch, "release_unreadable", digest.hex())

    def _release(self, work: Work, want: WantRecord) -> None:
        """Open part of a locked lot the cloud holds; where a life holds it, ask for it and open it when it comes."""
        locked = self._facts(work.chain, want.bucket)
        free = self._free(work, want.bucket)
        if locked is not None and free:
            if locked.asset == "bonus_locked":
                self._open(work, locked, min(want.amount, free))
            self._storage.put_want(replace(want, state="granted"))
        else:
            self._ask_for(work, want)

    def _open(self, work: Work, locked: Bucket, part: int) -> None:
        """Spend locked units and make as many open ones of the same lot, less what is to be skipped."""
        effects = []
        opened = part
        for name in self._storage.buckets_of_lot(work.chain, locked.lot, locked.owner, "release_skip"):
            skipped = min(opened, self._free(work, name))
            if skipped:
                effects.append(Effect("spend", name, skipped))
                opened -= skipped
        made: tuple[Bucket, ...] = ()
        if opened:
            units = NewUnits(locked.owner, "bonus", opened, expires_on=locked.expires_on, attributes=locked.attributes)
            made = (self._new_bucket(work, units, locked.lot),)
            effects += [Effect("spend", locked.id, opened), Effect("create", made[0].id, opened)]
        self._write(work, "release", effects, made=made)

    def _expire_due(self, work: Work, day: dt.date) -> int:
        """Destroy units of the cloud whose end and day of grace have passed; return how many buckets that were."""
        before = (day - GRACE).isoformat()
        cloud = self._chain(work).cloud
        found = self._storage.ended(work.chain, cloud, CLOUD_EPOCH, before, BUCKETS_AN_ENTRY)
        if found:
            self._spend_own(work, "expire", "expire", {has.bucket: has.amount for has in found}, BREAKAGE)
        return len(found)
