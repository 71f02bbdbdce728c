"""What one member and the staff do at a till in short stories: a deed each, told in a few words, or nothing at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.draft import Draft, Lot
from terminal.rules import bucket
from terminal.rules.bucket import Bucket
from terminal.rules.entry import Effect
from tests.sim.machine import Machine

MEMBER = AccountId("a1" * 16)
SOLD = ("principal", "bonus", "bonus_locked")
PAYING = ("principal", "bonus", "points")
# What an open bill may reserve. Locked bonus it never does: it is opened by whatever bill is settled where it lies.
HELD = (*PAYING, "refund_right")
MOVING = (*PAYING, "bonus_locked", "refund_right")
ALL = 1 << 20


def sell(till: Machine, asset: str, amount: int, expires_on: str) -> str:
    """The member pays in cash; what is no stored value is a gift."""
    fen = amount if asset == "principal" else 0

    def fill(draft: Draft) -> None:
        draft.create(asset, MEMBER, amount, unit_value_fen=1 if fen else 0, expires_on=expires_on)
        draft.debit("tender/cash", fen)
        draft.credit("deferred", fen)

    post(till, "top_up", fill)
    return f"sells {amount} {asset}" + (f" until {expires_on}" if expires_on else "")


def pay(till: Machine, which: int, amount: int) -> str:
    """The member pays a bill, and gets the right to have it refunded."""
    lots = usable(till, PAYING)
    if not lots:
        return ""
    lot, free = lots[which % len(lots)]
    paid = min(free, amount)

    def fill(draft: Draft) -> None:
        draft.spend(lot, paid)
        attributes = {"of": "bill", "target": lot.facts.facts()}
        draft.create("refund_right", MEMBER, paid, attributes=attributes)  # type: ignore[arg-type]  # a dict of plain values
        _post_money(draft, lot.facts, paid)

    post(till, "bill", fill)
    return f"takes {paid} {lot.facts.asset} for a bill"


def refund(till: Machine) -> str:
    """A bill is refunded where its right is held."""
    lots = usable(till, ("refund_right",))
    if not lots:
        return ""
    lot, free = lots[0]
    target = bucket.from_facts(lot.facts.attributes["target"])

    def fill(draft: Draft) -> None:
        draft.spend(lot, free)
        known = till.book.lot_of(target)
        if known is not None:
            draft.add(known, free)
        else:
            draft.made[target.id] = target
            draft.effects.append(Effect("create", target.id, free))
        _post_money(draft, target, -free)

    post(till, "refund", fill)
    return f"refunds {free} {target.asset}"


def open_bonus(till: Machine, locked: Bucket, amount: int) -> str:
    """A bill opens some of a locked bonus."""
    opened = []

    def fill(draft: Draft) -> None:
        opened.append(till.releases.release(draft, locked, amount))

    post(till, "bill", fill)
    return f"opens {opened[0]} of the locked bonus"


def import_line(till: Machine, line: int) -> str:
    """A line of a member file is taken in; the same one is done once, and is the same action wherever it is done."""
    action = ActionId(hashlib.sha256(f"{till.device} line {line}".encode()).hexdigest()[:32])
    if till.book.done(action) is not None:
        return ""
    lot = hashlib.sha256(f"lot of {line}".encode()).digest()[:16]
    with till.database.write():
        draft = till.book.begin(action, "import", "")
        draft.draw = lambda _: lot
        draft.create("points", MEMBER, 4)
        till.book.post(draft)
    return f"takes in line {line}"


def want(till: Machine, facts: Bucket, amount: int) -> str:
    """A till asks for units, under one request at a time."""
    if till.wants.open():
        return ""
    till.wants.ask(facts, amount)
    return f"asks for {amount} {facts.asset}"


def give_back(till: Machine, which: int) -> str:
    """A till gives units back that it does not need."""
    lots = usable(till, MOVING)
    if not lots:
        return ""
    lot, _ = lots[which % len(lots)]
    return f"gives {till.desk.return_unused(lot.facts, ALL)} {lot.facts.asset} back"


def hold(till: Machine, which: int) -> str:
    """An open bill reserves units."""
    lots = usable(till, HELD)
    if not lots:
        return ""
    lot, free = lots[which % len(lots)]
    till.disk.on_hold[lot.bucket] = till.disk.on_hold.get(lot.bucket, 0) + free
    return f"puts {free} {lot.facts.asset} on hold"


def close_bills(till: Machine) -> str:
    """Open bills are given up: nothing is on hold or asked for any more."""
    wants = till.wants.open()
    had = bool(till.disk.on_hold or wants)
    till.disk.on_hold.clear()
    for wanted in wants:
        till.wants.drop(wanted.request_id)
    return "gives up its open bills" if had else ""


def expire(till: Machine) -> str:
    """A till destroys what is past its end."""
    done = till.desk.expire_due()
    return f"expires {done} lots" if done else ""


def compact(till: Machine) -> str:
    """A till writes down what it holds, and drops what lies before the last such entry that was confirmed."""
    gone = till.compaction.compact(0)
    return f"drops {gone} entries and writes checkpoint {till.compaction.checkpoint().entry.seq}"


def usable(till: Machine, assets: tuple[str, ...]) -> list[tuple[Lot, int]]:
    """Return the lots of some assets that may be used at a till today, with how much of each is free."""
    day = till.book.today().isoformat()
    lots = till.book.lots(till.book.holdings(MEMBER, assets))
    free = [(lot, lot.amount - till.on_hold(lot.bucket)) for lot in lots if lot.facts.spendable_on(day)]
    return [(lot, amount) for lot, amount in free if amount > 0]


def post(till: Machine, kind: str, fill: Callable[[Draft], None]) -> None:
    """Post an entry of a new action."""
    with till.database.write():
        draft = till.book.begin(ActionId(new_id(till.rng.randbytes)), kind, "")
        fill(draft)
        till.book.post(draft)


def _post_money(draft: Draft, facts: Bucket, amount: int) -> None:
    """Post what units are worth that pay a bill (or, negative, come back from one)."""
    if facts.asset in {"principal", "bonus"}:
        draft.debit("deferred" if facts.asset == "principal" else "bonus_discount", amount)
        draft.credit("sales/service", amount)
