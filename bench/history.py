"""The history of a grown shop, made batch by batch: members who come and go for years, each visit one entry."""

from __future__ import annotations

import datetime as dt
import hashlib
import multiprocessing
import multiprocessing.queues
import queue
import random
import zoneinfo
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.patterns import BILLS_OF_A_TOP_UP, Pattern, patterns
from bench.programs import BenchError
from terminal.base.clock import SystemClock, business_day
from terminal.base.ids import AccountId
from terminal.ledger.draft import Life
from terminal.rules import entry
from terminal.rules.bucket import Source
from terminal.rules.deed import deed_of, sale_key, sale_name
from terminal.rules.loyalty.points import PointsRules, points_expire_on

TIMEZONE = "Asia/Shanghai"
YEARS_DAYS = 730
BATCH = 5_000
# How many batches the process that makes them may be ahead, and how long one may take at most before it is looked for.
AHEAD, WAIT_S = 4, 10.0
OPERATORS = tuple(f"{number:032x}" for number in range(1, 9))
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
RIGHT_DAYS = 30
PURSE = frozenset({"principal", "bonus"})
# One entry in so many is read back by the product and compared with its rows.
READ_BACK = 1_000


@dataclass(slots=True)
class _Member:
    """What one member has: the purse of the last top-up with the bills it still pays, and the newest points."""

    account: bytes
    purse: dict[bytes, bytes] = field(default_factory=dict)
    purse_rows: tuple[int, ...] = ()
    bills_left: int = 0
    points_end: str = ""
    points_row: int = 0
    points_times: int = 0
    points_name: bytes = b""


@dataclass(frozen=True, slots=True)
class _Day:
    """A business day, with the ends of what is given on it."""

    day: dt.date
    name: str
    ends: Mapping[str, str]


@dataclass(slots=True)
class Rows:
    """What waits to be written."""

    entries: list[tuple[Any, ...]] = field(default_factory=list)
    buckets: list[tuple[Any, ...]] = field(default_factory=list)
    held: list[tuple[Any, ...]] = field(default_factory=list)
    deeds: list[tuple[Any, ...]] = field(default_factory=list)
    rights: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class End:
    """What only the end of the history tells: holdings that are not as they were written, sums, and where it stands."""

    held: list[tuple[int, int]]
    takings: list[tuple[str, int, str, str, int, int]]
    seq: int
    hash: bytes


class Maker:
    """Makes the history of a shop, batch by batch."""

    def __init__(self, life: Life, accounts: Sequence[AccountId], entries: int, now_ms: int, seed: int) -> None:
        """Make that many entries of `life`, the last one now; all that is drawn comes from `seed`."""
        self._clock, self._draw = SystemClock(zoneinfo.ZoneInfo(TIMEZONE)), random.Random(seed)
        self._life, self._entries, self._now_ms = life, entries, now_ms
        self._patterns = patterns(life)
        self._people = [_Member(account.encode()) for account in accounts]
        self._rows = Rows()
        self._seq, self._hash, self._last_bucket = life.seq, life.hash, 0
        self._hour, self._day = -1, _Day(dt.date.min, "", {})
        self._times: Counter[tuple[str, int, str]] = Counter()
        self._left: list[tuple[int, int]] = []

    def batches(self) -> Iterator[Rows | End]:
        """Give all rows in the order of time, and what the end tells."""
        entries, people = self._entries, self._people
        for number in range(entries):
            at_ms = self._now_ms - (entries - 1 - number) * YEARS_DAYS * DAY_MS // entries
            self._visit(people[int(self._draw.random() * len(people))], at_ms)
            if len(self._rows.entries) == BATCH:
                yield self._taken()
        yield self._taken()
        yield self._end()

    def _taken(self) -> Rows:
        rows, self._rows = self._rows, Rows()
        return rows

    def _end(self) -> End:
        made = self._patterns.top_up.made
        for member in self._people:
            self._count_points(member)
            for n, new in zip(member.purse_rows, made, strict=False):
                self._left.append((new.units // BILLS_OF_A_TOP_UP * member.bills_left, n))
        self._left.sort(key=lambda part: part[1])
        postings = {pattern.kind: pattern.postings for pattern in (self._patterns.top_up, self._patterns.bill_new)}
        takings = [
            (*key, account, fen * times, times)
            for key, times in self._times.items()
            for account, fen in postings[key[2]]
        ]
        return End(self._left, takings, self._seq, self._hash)

    def _visit(self, member: _Member, at_ms: int) -> None:
        if at_ms // HOUR_MS != self._hour:
            self._hour, self._day = at_ms // HOUR_MS, self._day_of(at_ms)
        if not member.bills_left:
            values, names = self._post(self._patterns.top_up, member, at_ms)
            member.bills_left, member.purse_rows = BILLS_OF_A_TOP_UP, (self._last_bucket - 2, self._last_bucket - 1)
            member.purse = {
                **{b"spent%d" % n: names[n] for n in (0, 1)},
                **{b"spent%d_facts" % n: values[b"facts%d" % n] for n in (0, 1)},
                **{b"from%d" % n: values[b"lot%d" % n] for n in (0, 1)},
                b"top_up": values[b"seq"],
            }
            return
        member.bills_left -= 1
        if member.points_end == self._day.ends["points"]:
            member.points_times += 1
            self._post(self._patterns.bill_more, member, at_ms)
            return
        self._count_points(member)
        _, names = self._post(self._patterns.bill_new, member, at_ms)
        member.points_end, member.points_row = self._day.ends["points"], self._last_bucket
        member.points_times, member.points_name = 1, names[2]

    def _day_of(self, at_ms: int) -> _Day:
        day = business_day(self._clock, at_ms)
        end = points_expire_on(PointsRules(), day)
        assert end is not None
        until = day + dt.timedelta(days=RIGHT_DAYS)
        return _Day(day, day.isoformat(), {"refund_right": until.isoformat(), "points": end.isoformat()})

    def _post(self, pattern: Pattern, member: _Member, at_ms: int) -> tuple[dict[bytes, bytes], list[bytes]]:
        """Add one entry with its rows; return the values that made it, and the ids of its new buckets."""
        life, day, rows = self._life, self._day, self._rows
        self._seq += 1
        drawn = self._draw.randbytes(72).hex().encode()
        shift, operator = at_ms // DAY_MS % 4096, OPERATORS[drawn[0] % len(OPERATORS)]
        values = {
            **member.purse,
            b"account": member.account,
            b"operator": operator.encode(),
            b"action": drawn[:32],
            b"lot0": drawn[32:64],
            b"lot1": drawn[64:96],
            b"lot2": drawn[96:128],
            b"nonce": drawn[128:144],
            b"seq": b"%d" % self._seq,
            b"at": b"%d" % at_ms,
            b"shift": b"%d" % shift,
            b"until": day.ends["refund_right"].encode(),
            b"end": day.ends["points"].encode(),
            b"points": member.points_name,
        }
        account = bytes.fromhex(member.account.decode())
        names = self._hold(pattern, account, values)
        data = pattern.entry % values
        self._hash = entry.seal(self._hash, data)
        rows.entries.append((life.n, self._seq, self._hash, bytes.fromhex(drawn[:32].decode()), data))
        said = pattern.deed
        figures = (said.amount_fen, said.paid_fen, said.top_up_fen, said.points, said.visits)
        what = (day.name, at_ms, said.kind, account, operator, shift, *figures, "", day.name)
        rows.deeds.append((life.n, self._seq, *what))
        self._times[day.name, shift, said.kind] += 1
        if self._seq % READ_BACK == 1:
            _read_back(data, what, day.day)
        return values, names

    def _hold(self, pattern: Pattern, account: bytes, values: dict[bytes, bytes]) -> list[bytes]:
        """Give the entry's new buckets their rows; return their ids."""
        names, life, rows, ends = [], self._life, self._rows, self._day.ends
        sale = sale_key(sale_name(Source(life.device, life.epoch, self._seq)))
        for place, new in enumerate(pattern.made):
            facts = values[b"facts%d" % place] = new.facts % values
            digest = hashlib.sha256(facts).digest()[:16]
            name = values[b"id%d" % place] = digest.hex().encode()
            names.append(name)
            self._last_bucket += 1
            rows.buckets.append((self._last_bucket, digest, facts))
            if new.asset == "refund_right":
                rows.rights.append((self._last_bucket, sale))
            # A purse is used up, unless its member comes no more: the last ones are put right at the end.
            units, end = 0 if new.asset in PURSE else new.units, ends[new.asset] if new.ends else ""
            rows.held.append((self._last_bucket, life.n, account, new.asset, "", end, units))
        return names

    def _count_points(self, member: _Member) -> None:
        if member.points_times > 1:
            self._left.append((member.points_times * self._patterns.bill_new.deed.points, member.points_row))


def _read_back(data: bytes, what: tuple[Any, ...], day: dt.date) -> None:
    """Have the product read an entry and say what it is."""
    deed = deed_of(entry.from_bytes(data), day)
    assert deed is not None
    assert what == (*deed[:3], bytes.fromhex(deed.account), *deed[4:]), what


def made_elsewhere(maker: Maker) -> Iterator[Rows | End]:
    """Have the history made by a process of its own, a few batches ahead of the one that writes."""
    context = multiprocessing.get_context("spawn")
    made: multiprocessing.queues.Queue[Rows | End] = context.Queue(AHEAD)
    process = context.Process(target=_make, args=(maker, made), daemon=True)
    process.start()
    try:
        batch: Rows | End | None = None
        while not isinstance(batch, End):
            try:
                batch = made.get(timeout=WAIT_S)
            except queue.Empty:
                if not process.is_alive():
                    raise BenchError("the process that makes the entries has ended") from None
                continue
            yield batch
    finally:
        process.kill()
        process.join()
        made.close()


def _make(maker: Maker, made: multiprocessing.queues.Queue[Rows | End]) -> None:
    for batch in maker.batches():
        made.put(batch)
