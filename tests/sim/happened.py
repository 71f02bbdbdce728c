"""What stories were made of, counted: a kind of accident that never happens proves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tests.sim.world import Fact, World

if TYPE_CHECKING:
    from tests.sim.simulator import Simulator

# What has to be met in any two hundred stories of full length, those with harm first.
WITH_HARM = (
    *("restore", "copy", "declare_lost", "tamper", "die", "revoke"),
    *("the cloud is backed up", "the cloud is put back", "hears Behind", "hears Joined", "hears RejoinMore"),
    *("hears StartOver", "hears MustRejoin (fork)", "hears MustRejoin (closed)", "hears MustRejoin (restored)"),
    *("refused while it rejoins", "own entries taken back", "older till, newer entry"),
)
ALWAYS = (
    *("top_up", "bill", "refund", "sell_pass", "use_pass", "use_coupon", "redeem", "want", "drop_want", "give_back"),
    *("reserve", "expire", "import_line", "propose", "checkpoint", "old entries dropped", "clock", "image"),
    *("send", "arrive", "take", "crash", "cut off", "lost", "doubled", "overtaken", "late copy", "lost in a partition"),
    *("power cut in a till's action", "power cut in the cloud"),
    *("person recall", "person create", "person correct", "person forgo", "person grant", "person expire"),
    *("person merge", "person change_row", "person say", "person upgrade", "person decommission", "person release"),
    *("copy to neighbour", "relay", "hears SnapshotPage", "a page of several", "hears Rows", "hears Accepted"),
    *("on the line", "visit", "tidy"),
    *("join", "enrol", "power cut while joining", "nobody enrolled yet"),
    *("newer entry", "older cloud, newer entry", "skipped notice", "skipped freeze", "stopped at a critical line"),
    *("bonus spent elsewhere", "coupon used elsewhere", "pass used elsewhere", "points redeemed elsewhere"),
    *("purse spent elsewhere", "bill refunded elsewhere", "bonus opened"),
    *("ring up", "take up", "pay in", "give back", "void", "swap points", "gift card", "load card", "change pass"),
    *("hand over", "return card", "repay", "work shift", "shift closed", "refund prepayment", "keep file"),
    *("merge files", "keep card", "gather", "offer visits", "offer parts", "offer always", "bill with coupon"),
    *("bill with session", "bill with pass", "bill with points", "bill with release", "bill with split tender"),
    *("bill with credit", "bill refunded in part", "card return approved", "card: loss", "card: replace"),
    *("card: blacklist", "pass: freeze", "pass: transfer"),
)
ELSEWHERE = {
    "bonus": "bonus spent elsewhere",
    "coupon": "coupon used elsewhere",
    "pass": "pass used elsewhere",
    "points": "points redeemed elsewhere",
    "principal": "purse spent elsewhere",
    "refund_right": "bill refunded elsewhere",
}


def count_all(sim: Simulator) -> Counter[str]:
    """Return how often each kind of thing happened in a story."""
    network = sim.network
    counts = sim.happened + sim.world.noted
    counts += Counter(elsewhere(sim.world, sim.world.facts.values()))
    counts["lost"] += network.lost
    counts["doubled"] += network.doubled
    counts["overtaken"] += network.overtaken
    counts["late copy"] += network.late
    counts["lost in a partition"] += network.cut_lost
    counts["power cut while joining"] += sim.boxes.cuts
    return +counts


def elsewhere(world: World, facts: Iterable[Fact]) -> Iterable[str]:
    """Yield what members did with units at another till than the one where these were made."""
    for fact in facts:
        for kind, name, _ in fact.effects:
            bucket = world.buckets[name]
            if kind == "spend" and bucket.asset in ELSEWHERE and bucket.source.device != fact.device:
                yield ELSEWHERE[bucket.asset]
            elif kind == "spend" and bucket.asset == "bonus_locked":
                yield "bonus opened"


def missing(counts: Counter[str], *, harm: bool) -> list[str]:
    """Return what never happened and should have."""
    return [name for name in (*ALWAYS, *(WITH_HARM if harm else ())) if not counts[name]]
