"""What a till counts beside its journal: deeds, takings, gifts and holds, against what its entries say [I9, I2]."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from terminal.ledger.given import given_of
from terminal.rules import entry
from terminal.rules.bucket import Source
from terminal.rules.deed import Deed, deed_of, sale_name
from tests.sim.machine import Machine
from tests.sim.world import World, must

DEEDS = (
    "SELECT epoch, deed.seq, day, at, kind, lower(hex(account)), operator, shift, amount_fen, paid_fen, top_up_fen,"
    " points, visits, undoes, of_day FROM deed JOIN life ON life.n = deed.life WHERE device = ?"
)
RIGHTS_LOST = (
    "SELECT count(*) FROM held WHERE asset = 'refund_right' AND bucket NOT IN (SELECT bucket FROM refund_of)"
    " AND life IN (SELECT n FROM life WHERE device = ?)"
)
OVERHELD = (
    "SELECT lower(hex(bucket.id)) FROM unit_hold JOIN held USING (bucket) JOIN bucket ON bucket.n = held.bucket"
    " WHERE life = (SELECT n FROM life WHERE open = 1)"
    " GROUP BY held.bucket HAVING sum(unit_hold.amount) > held.amount"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What one entry says to those who count: the deed it is, if any, the money it posts, and gifts of its sale."""

    deed: Deed | None
    postings: tuple[tuple[str, int], ...]
    gifts: tuple[tuple[tuple[str, str, str], int], ...]


def told(world: World, machine: Machine, digest: bytes) -> Told:
    """Return what an entry says, worked out from its bytes when it is first asked for: an entry never changes."""
    found = world.told.get(digest)
    if found is None:
        made = entry.from_bytes(world.entries[digest])
        sale = sale_name(Source(made.device, made.epoch, made.seq))
        gifts = tuple(((what, account, sale), count) for (what, account), count in given_of(made).items())
        found = Told(deed_of(made, machine.book.day_at(made.at)), tuple(made.postings), gifts)
        world.told[digest] = found
    return found


def deeds(world: World, machine: Machine) -> Iterator[tuple[int, int, Told]]:
    """Yield life, number and words of all entries that a till's disk has or had in its lives."""
    for epoch, hashes in machine.disk.lives.items():
        for seq, digest in enumerate(hashes, 1):
            yield epoch, seq, told(world, machine, digest)


def counts_agree(world: World, machine: Machine) -> None:
    """Compare what a till counts with a fresh fold of all its entries, those it has dropped among them."""
    name = machine.name
    kept = {(row[0], row[1]): tuple(row[2:]) for row in machine.database.rows(DEEDS, (machine.device,))}
    said, takings = dict[tuple[int, int], Deed](), Counter[tuple[object, ...]]()
    for epoch, seq, words in deeds(world, machine):
        done = words.deed
        if done is not None:
            said[epoch, seq] = done
            for account, fen in words.postings:
                takings[done.day, done.shift, done.kind, account, "fen"] += fen
                takings[done.day, done.shift, done.kind, account, "count"] += 1
    different = [place for place in kept.keys() | said.keys() if kept.get(place) != said.get(place)]
    must(not different, "I9", f"{name} counts other deeds than its journal says: {sorted(different)[:5]}")
    if machine.joined_alone:
        return
    rows = machine.database.rows("SELECT day, shift, kind, account, fen, count FROM taking")
    has = {key: value for row in rows for key, value in (((*row[:4], "fen"), row[4]), ((*row[:4], "count"), row[5]))}
    must(has == dict(takings), "I9", f"{name} keeps other takings than its journal says")
    lost = machine.database.row(RIGHTS_LOST, (machine.device,))
    must(lost is not None and not lost[0], "I9", f"{name} does not find {lost and lost[0]} rights by their bill")
    _given_agrees(world, machine)


def _given_agrees(world: World, machine: Machine) -> None:
    said: Counter[tuple[str, str, str]] = Counter()
    for _, _, words in deeds(world, machine):
        for gift, count in words.gifts:
            said[gift] += count
    rows = machine.database.rows("SELECT what, lower(hex(account)), sale, count FROM given")
    has = {tuple(row[:3]): row[3] for row in rows}
    must(has == dict(said), "I9", f"{machine.name} counts other gifts than its journal says")


def holds_kept(machine: Machine, *, tail: bool) -> None:
    """Check that nothing was used or given away that is on hold; an open bill may hold what a tail says is spent."""
    over = {str(row[0]) for row in machine.database.rows(OVERHELD)}
    if tail:
        machine.disk.overheld |= over
    words = f"{machine.name} has less than is on hold of {sorted(over)[:3]}"
    must(over <= machine.disk.overheld, "I2", words)
