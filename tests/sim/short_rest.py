"""Rest, in short stories: the network is whole, everybody says all there is to say, and what then holds is checked."""

from __future__ import annotations

from terminal.base.ids import BucketId
from terminal.sync import wire
from tests.sim import short_deeds as deeds
from tests.sim.short_world import ShortWorld
from tests.sim.world import Violation, must

HEALING_ROUNDS = 40
DRAINS_MOST = 4


def heal(short: ShortWorld) -> None:
    """Lose what is on its way, let all tills sync over a whole network, and check that all is well [I5, I6, I8]."""
    short.flying.clear()
    short.fuses.clear()
    _sync_all(short)
    for till in short.machines:
        short.invariants.converged(till)
    short.invariants.nothing_in_flight()
    short.invariants.nothing_lost()
    short.invariants.full(short.machines)
    _rows_agree(short)
    if not short.world.harmed:
        must(not sum(short.invariants.books.lost.values()), "I3", "units were lost and nobody did any harm")
        codes = sorted({alarm.code for alarm in short.storage.alarms(short.chain)})
        must(not codes, "I3", f"there are alarms and nobody did any harm: {codes}")


def end(short: ShortWorld) -> None:
    """Heal, prove all journals anew, say all old messages again, and take everything back [I7, I8, I9]."""
    heal(short)
    short.invariants.rebuilt(short.machines)
    short.invariants.repeated(short.cloud, short.served)
    for till in short.machines:
        deeds.close_bills(till)
    # Units that come back are given to whoever still waits for them by the cloud's books, who is asked again.
    for _ in range(DRAINS_MOST):
        if _recall_all(short):
            _sync_all(short)
    short.invariants.drained()
    short.invariants.nothing_in_flight()


def _recall_all(short: ShortWorld) -> bool:
    books = short.invariants.books
    pots = [pot for (device, _), pot in books.pots.items() if device != books.cloud]
    names = sorted({name for pot in pots for name in pot})
    for name in names:
        short.recall(BucketId(name))
    return bool(names)


def _sync_all(short: ShortWorld) -> None:
    for _ in range(HEALING_ROUNDS):
        before = _sayings(short)
        for name in short.tills:
            short.now_ms += 1
            short.exchange(name)
        if _sayings(short) == before:
            return
    raise Violation("I5", f"after {HEALING_ROUNDS} rounds the tills have still something to say")


def _sayings(short: ShortWorld) -> tuple[object, ...]:
    # A till says the same again until it hears something new, and hears it only when it speaks the next time.
    tills = [(wire.encode(till.courier.message()), till.mailbox.first(), till.rows.place()) for till in short.machines]
    feeds = [short.storage.feed_end(short.chain, till.device, till.disk.epoch) for till in short.machines]
    return *tills, *feeds, len(short.invariants.books.known)


def _rows_agree(short: ShortWorld) -> None:
    found = short.storage.rows_as_of(short.chain, deeds.ALL, "", "", 100)
    wanted = {(row.table, row.key): (row.version, row.position, row.body) for row in found}
    for till in short.machines:
        rows = till.database.rows("SELECT name, key, version, position, body FROM chain_row")
        has = {(row[0], row[1]): tuple(row[2:]) for row in rows}
        must(has == wanted, "I5", f"{till.name} has other rows of the chain than the cloud")
