"""What members and staff do at the tills. Each deed returns what happened in words, or nothing when it could not be."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Callable

from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.draft import Draft, Lot
from terminal.rules.bucket import Bucket
from terminal.rules.entry import Effect
from tests.sim.machine import Machine
from tests.sim.world import World

WANTED = ("principal", "bonus", "bonus_locked", "points", "pass", "coupon", "refund_right")
HELD = ("principal", "bonus", "points", "pass", "coupon", "refund_right")
WANTS_MOST = 5
PASS_VALUE_FEN = 165


class Actors:
    """Members who act at several tills, and the staff who serve them."""

    def __init__(self, rng: random.Random, world: World, members: int, spans: int = 8) -> None:
        """Draw everything from `rng`; there are so many members. What lapses does so after some `spans` of days."""
        self.rng = rng
        self.world = world
        self.spans = spans
        self.members = [AccountId(rng.randbytes(16).hex()) for _ in range(members)]
        self.lines = 0
        self.next_line = 0
        self.peek: Callable[[Machine], None] = lambda _: None

    def top_up(self, till: Machine) -> str:
        """A member pays in cash and gets a bonus, some of it locked or with an end."""
        paid, owner = self.rng.randint(1, 300), self.rng.choice(self.members)
        bonus, kind = self.rng.randint(0, 60), self.rng.choice(("bonus", "bonus", "bonus_locked"))
        ends = self._day(till, self.rng.randint(0, 6)) if self.rng.random() < 0.4 else ""

        def fill(draft: Draft) -> None:
            draft.create("principal", owner, paid, unit_value_fen=1)
            if bonus:
                draft.create(kind, owner, bonus, expires_on=ends)
            draft.create("refund_right", owner, paid, attributes={"of": "top_up"})
            draft.debit("tender/cash", paid)
            draft.credit("deferred", paid)

        self._post(till, "top_up", fill)
        return f"pays in {paid} and gets {bonus} {kind}"

    def import_line(self, till: Machine) -> str:
        """A line of a member file is taken in: its action id follows from the line, wherever it is done."""
        line = self.next_line or self.rng.randint(max(1, self.lines), self.lines + 1)
        self.next_line, self.lines = 0, max(line, self.lines)
        action = ActionId(hashlib.sha256(f"{till.device} line {line}".encode()).hexdigest()[:32])
        lot = hashlib.sha256(f"lot of {line}".encode()).digest()[:16]
        if till.book.done(action) is not None:
            return ""
        owner = self.members[line % len(self.members)]

        def fill(draft: Draft) -> None:
            draft.draw = lambda _: lot
            draft.create("points", owner, 40)

        with till.database.write():
            draft = till.book.begin(action, "import", "")
            fill(draft)
            till.book.post(draft)
        return f"takes in line {line}"

    def bill(self, till: Machine, member: AccountId | None = None) -> str:
        """A member pays a bill from the purse: principal and bonus in proportion, points earned, rights made."""
        owner = member or self.rng.choice(self.members)
        paid, bonus = self._usable(till, owner, "principal"), self._usable(till, owner, "bonus")
        has_paid, has_bonus = _total(paid), _total(bonus)
        total = has_paid + has_bonus
        if not total:
            return ""
        price = total if self.rng.random() < 0.3 else self.rng.randint(1, total)
        from_bonus = price * has_bonus // total
        if price - from_bonus > has_paid:
            from_bonus = price - has_paid
        locked = self._some(("bonus_locked",), owner) if self.rng.random() < 0.6 else None
        part = self.rng.randint(1, 20)

        def fill(draft: Draft) -> None:
            self._draw_on(draft, owner, paid, price - from_bonus)
            self._draw_on(draft, owner, bonus, from_bonus)
            if price >= 10:
                draft.create("points", owner, price // 10, expires_on=self._day(till, 4))
            draft.debit("deferred", price - from_bonus)
            draft.debit("bonus_discount", from_bonus)
            draft.credit("sales/service", price)
            if locked is not None:
                till.releases.release(draft, locked, part)

        self._post(till, "bill", fill)
        return f"pays a bill of {price}, {from_bonus} of it bonus" + (f", opening {part}" if locked else "")

    def refund(self, till: Machine, wanted: Bucket | None = None) -> str:
        """A bill is refunded, wherever its right is held."""
        rights = [(lot, free) for lot, free in self._of(till, "refund_right", wanted) if is_given_back(lot.facts)]
        if not rights:
            return ""
        lot, free = self.rng.choice(rights)
        target = _target(lot.facts)
        assert target is not None, "chosen so"
        amount = free if target.asset == "coupon" else self.rng.randint(1, free)

        def fill(draft: Draft) -> None:
            draft.spend(lot, amount)
            known = till.book.lot_of(target)
            if known is not None:
                draft.add(known, amount)
            else:
                draft.made[target.id] = target
                draft.effects.append(Effect("create", target.id, amount))
            if target.asset in {"principal", "pass"}:
                draft.debit("sales/service", amount * target.unit_value_fen)
                draft.credit("deferred", amount * target.unit_value_fen)
            elif target.asset == "bonus":
                draft.debit("sales/service", amount)
                draft.credit("bonus_discount", amount)

        self._post(till, "refund", fill)
        return f"refunds {amount} {target.asset}"

    def sell_pass(self, till: Machine) -> str:
        """A pass is sold for cash."""
        owner, sessions = self.rng.choice(self.members), self.rng.randint(1, 10)

        def fill(draft: Draft) -> None:
            ends = self._day(till, self.rng.randint(1, 8))
            draft.create("pass", owner, sessions, unit_value_fen=PASS_VALUE_FEN, expires_on=ends)
            draft.debit("tender/cash", sessions * PASS_VALUE_FEN)
            draft.credit("deferred", sessions * PASS_VALUE_FEN)

        self._post(till, "pass", fill)
        return f"sells a pass of {sessions}"

    def use_pass(self, till: Machine, wanted: Bucket | None = None) -> str:
        """A session of a pass is used."""
        return self._use_one(till, "pass", "session", wanted)

    def use_coupon(self, till: Machine, wanted: Bucket | None = None) -> str:
        """A coupon is used."""
        return self._use_one(till, "coupon", "coupon", wanted)

    def _use_one(self, till: Machine, asset: str, kind: str, wanted: Bucket | None) -> str:
        lots = self._of(till, asset, wanted)
        if not lots:
            return ""
        lot, _ = self.rng.choice(lots)

        def fill(draft: Draft) -> None:
            self._draw_on(draft, lot.facts.owner, [(lot, 1)], 1)
            draft.debit("deferred", lot.facts.unit_value_fen)
            draft.credit("sales/service", lot.facts.unit_value_fen)

        self._post(till, kind, fill)
        return f"uses a {asset}"

    def redeem(self, till: Machine, wanted: Bucket | None = None) -> str:
        """Points become a coupon or bonus."""
        lots = self._of(till, "points", wanted)
        if not lots:
            return ""
        lot, free = self.rng.choice(lots)
        amount = self.rng.randint(1, free)
        asset, made = self.rng.choice((("coupon", 1), ("bonus", amount)))

        def fill(draft: Draft) -> None:
            self._draw_on(draft, lot.facts.owner, [(lot, amount)], amount)
            draft.create(asset, lot.facts.owner, made, expires_on=self._day(till, self.rng.randint(0, 5)))

        self._post(till, "redeem", fill)
        return f"redeems {amount} points for {made} {asset}"

    def want(self, till: Machine) -> str:
        """A till asks for units of a member it serves."""
        facts = self._some(WANTED, self.rng.choice(self.members))
        if facts is None or len(till.wants.open()) >= WANTS_MOST:
            return ""
        amount = self.rng.randint(1, 200)
        request = till.wants.ask(facts, amount)
        return f"asks for {amount} {facts.asset} of {facts.id[:6]} as {request[:6]}"

    def drop_want(self, till: Machine) -> str:
        """A bill that asked for units is dropped."""
        wants = till.wants.open()
        if not wants:
            return ""
        chosen = self.rng.choice(wants)
        till.wants.drop(chosen.request_id)
        return f"no longer wants {chosen.request_id[:6]}"

    def give_back(self, till: Machine) -> str:
        """Units that are not needed go back to the cloud; after the shift, all rights."""
        lots = [lot for lot in self._lots(till, None, WANTED) if lot.amount]
        if not lots:
            return ""
        lot = self.rng.choice(lots)
        given = till.desk.return_unused(lot.facts, self.rng.choice((lot.amount, self.rng.randint(1, lot.amount))))
        return f"gives back {given} {lot.facts.asset} of {lot.bucket[:6]}"

    def hold(self, till: Machine) -> str:
        """An open bill reserves units, or lets go of what it reserved."""
        on_hold = till.disk.on_hold
        if on_hold and self.rng.random() < 0.5:
            name = self.rng.choice(list(on_hold))
            del on_hold[name]
            return f"lets go of {name[:6]}"
        usable = self._usable(till, None, self.rng.choice(HELD))
        if not usable:
            return ""
        lot, free = self.rng.choice(usable)
        amount = self.rng.randint(1, free)
        on_hold[lot.bucket] = on_hold.get(lot.bucket, 0) + amount
        return f"puts {amount} of {lot.bucket[:6]} on hold"

    def expire(self, till: Machine) -> str:
        """The till destroys what is past its end."""
        done = till.desk.expire_due()
        return f"expires {done} lots" if done else ""

    # Below

    def _post(self, till: Machine, kind: str, fill: Callable[[Draft], None]) -> None:
        with till.database.write():
            draft = till.book.begin(ActionId(new_id(self.rng.randbytes)), kind, "")
            fill(draft)
            till.book.post(draft)
            if self.rng.random() < 0.03:
                self.peek(till)

    def _draw_on(self, draft: Draft, owner: AccountId, lots: list[tuple[Lot, int]], amount: int) -> None:
        """Spend an amount of lots in their order, and make the right to give each part back."""
        for lot, free in lots:
            part = min(free, amount)
            if part:
                draft.spend(lot, part)
                attributes = {"of": "bill", "target": lot.facts.facts()}
                draft.create("refund_right", owner, part, attributes=attributes)  # type: ignore[arg-type]
                amount -= part

    def _lots(self, till: Machine, owner: AccountId | None, assets: tuple[str, ...]) -> list[Lot]:
        owners = self.members if owner is None else [owner]
        return [lot for one in owners for lot in till.book.lots(till.book.holdings(one, assets))]

    def _usable(self, till: Machine, owner: AccountId | None, asset: str) -> list[tuple[Lot, int]]:
        day = till.book.today().isoformat()
        found = [(lot, lot.amount - till.on_hold(lot.bucket)) for lot in self._lots(till, owner, (asset,))]
        return [(lot, free) for lot, free in found if free > 0 and lot.facts.spendable_on(day)]

    def _of(self, till: Machine, asset: str, wanted: Bucket | None) -> list[tuple[Lot, int]]:
        """Return what a till may use of an asset, or of one bucket of it."""
        found = self._usable(till, None, asset)
        return [(lot, free) for lot, free in found if wanted is None or lot.bucket == wanted.id]

    def _some(self, assets: tuple[str, ...], owner: AccountId) -> Bucket | None:
        """Return some bucket of a member that is known in the world: a till hears of it from the member's summary."""
        found = [facts for facts in self.world.buckets.values() if facts.owner == owner and facts.asset in assets]
        return self.rng.choice(found[-12:]) if found else None

    def _day(self, till: Machine, spans: int) -> str:
        return (till.book.today() + dt.timedelta(days=spans * self.spans)).isoformat()


def _total(lots: list[tuple[Lot, int]]) -> int:
    return sum(free for _, free in lots)


def is_given_back(right: Bucket) -> bool:
    """Tell whether a right leads to units that come back; a debt is cancelled at a counter."""
    target = _target(right)
    return target is not None and target.asset != "owed"


def _target(right: Bucket) -> Bucket | None:
    from terminal.rules import bucket

    target = right.attributes.get("target")
    return bucket.from_facts(target) if target is not None else None
