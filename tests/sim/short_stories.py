"""The rules of short stories, for Hypothesis: what may happen next, in any order, until something breaks.

Hypothesis takes out of a story that broke whatever it breaks without, so that what is left can be read.
"""

from __future__ import annotations

import pathlib
import shutil
import tempfile
from collections.abc import Callable

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from terminal.base.ids import ActionId
from tests.sim import short_deeds as deeds
from tests.sim import short_rest as rest
from tests.sim.machine import Machine, Parts
from tests.sim.short_world import CLOUD, DAY_MS, ShortWorld

ROWS = ("b", "c")

_NAMES = {2: st.sampled_from("AB"), 3: st.sampled_from("ABC")}

tills = st.runner().flatmap(lambda stories: _NAMES[len(stories.short.tills)])
few = st.sampled_from((1, 2, 5))
which = st.integers(0, 2)  # of those there are: of two the first again


def has_units(stories: ShortStories) -> bool:
    """Tell whether there were ever any units."""
    return bool(stories.short.world.buckets)


def has_messages(stories: ShortStories) -> bool:
    """Tell whether a message is on its way."""
    return bool(stories.short.flying)


class ShortStories(RuleBasedStateMachine):
    """A few tills and a cloud. `steps` counts the rules that were followed, `told` is what came of them."""

    def __init__(
        self,
        place: tuple[pathlib.Path, bytes],
        parts: Parts,
        names: str = "AB",
        end: Callable[[ShortWorld], None] = rest.end,
    ) -> None:
        """Play in a folder, with an empty store to begin with; one till for each letter of `names`, at most three."""
        super().__init__()
        self.end = end
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=place[0]))
        self.short = ShortWorld(self.folder, place[1], names, parts)
        self.steps = 0
        self.told: list[str] = []
        self.broken = False

    def teardown(self) -> None:
        """Let the story come to rest, unless it broke already, and turn everything off."""
        try:
            if not self.broken:
                self.end(self.short)
        finally:
            self.short.close()
            shutil.rmtree(self.folder)

    def _happens(self, deed: Callable[[], str]) -> None:
        """Let something happen, tell it, and check all that holds at every instant [I1 to I4, I9, L1]."""
        self.broken = True
        self.steps += 1
        words = deed()
        self.short.invariants.overdraw()
        self.short.invariants.full(self.short.machines)
        self.broken = False
        if words:
            self.told.append(words)
            note(f"    {words}")

    def _at(self, till: str, deed: Callable[[Machine], str]) -> None:
        self._happens(lambda: self.short.at(till, deed))

    # At a till

    @rule(till=tills, asset=st.sampled_from(deeds.SOLD), amount=few, ends=st.booleans())
    def sell(self, till: str, asset: str, amount: int, ends: bool) -> None:
        day = self.short.day(1) if ends and asset != "principal" else ""
        self._at(till, lambda machine: deeds.sell(machine, asset, amount, day))

    @precondition(has_units)
    @rule(till=tills, which=which, amount=few)
    def pay(self, till: str, which: int, amount: int) -> None:
        self._at(till, lambda machine: deeds.pay(machine, which, amount))

    @precondition(lambda self: self.short.buckets("refund_right"))
    @rule(till=tills)
    def refund(self, till: str) -> None:
        self._at(till, deeds.refund)

    @precondition(lambda self: self.short.buckets("bonus_locked"))
    @rule(till=tills, which=which, amount=few)
    def open_bonus(self, till: str, which: int, amount: int) -> None:
        locked = self.short.buckets("bonus_locked")
        self._at(till, lambda machine: deeds.open_bonus(machine, locked[which % len(locked)], amount))

    @rule(till=tills)
    def import_line(self, till: str) -> None:
        self._at(till, lambda machine: deeds.import_line(machine, 1))

    @precondition(has_units)
    @rule(till=tills, which=which, amount=few)
    def want(self, till: str, which: int, amount: int) -> None:
        known = self.short.buckets(*deeds.MOVING)
        self._at(till, lambda machine: deeds.want(machine, known[which % len(known)], amount))

    @precondition(has_units)
    @rule(till=tills, which=which)
    def give_back(self, till: str, which: int) -> None:
        self._at(till, lambda machine: deeds.give_back(machine, which))

    @precondition(has_units)
    @rule(till=tills, which=which)
    def hold(self, till: str, which: int) -> None:
        self._at(till, lambda machine: deeds.hold(machine, which))

    @precondition(has_units)
    @rule(till=tills)
    def close_bills(self, till: str) -> None:
        self._at(till, deeds.close_bills)

    @rule(till=tills)
    def compact(self, till: str) -> None:
        self._at(till, deeds.compact)

    # Messages

    @rule(till=tills)
    def exchange(self, till: str) -> None:
        self._happens(lambda: self.short.exchange(till))

    @rule(till=tills)
    def send(self, till: str) -> None:
        self._happens(lambda: self.short.send(till))

    @rule(till=tills)
    def send_early(self, till: str) -> None:
        self._happens(lambda: self.short.send_early(till))

    @precondition(has_messages)
    @rule(which=which)
    def arrive(self, which: int) -> None:
        self._happens(lambda: self.short.arrive(which))

    @precondition(has_messages)
    @rule(which=which)
    def arrive_and_be_doubled(self, which: int) -> None:
        self._happens(lambda: self.short.arrive(which, again=True))

    @precondition(has_messages)
    @rule(which=which)
    def lose(self, which: int) -> None:
        self._happens(lambda: self.short.lose(which))

    @rule(till=tills)
    def take(self, till: str) -> None:
        self._happens(lambda: self.short.take(till))

    # Accidents

    @rule(who=st.one_of(tills, st.just(CLOUD)), statements=st.sampled_from((0, 3, 6, 9, 12)))
    def lose_power(self, who: str, statements: int) -> None:
        """Its power goes after so many statements of what it does next."""
        self.steps += 1
        self.short.fuses[who] = statements

    @rule(till=tills)
    def take_image(self, till: str) -> None:
        self._happens(lambda: self.short.take_image(till))

    @precondition(lambda self: self.short.images)
    @rule(till=tills)
    def put_back(self, till: str) -> None:
        self._happens(lambda: self.short.put_back(till))

    # Head office

    @rule(till=tills)
    def write_off(self, till: str) -> None:
        def declare(_: ActionId) -> str:
            closed = self.short.cloud.declare_lost(self.short.chain, self.short.tills[till].device)
            return f"{till} is declared lost in life {closed}"

        self._happens(lambda: self.short.person(declare))

    @precondition(has_units)
    @rule(which=which)
    def recall(self, which: int) -> None:
        known = self.short.buckets(*deeds.MOVING)
        self._happens(lambda: self.short.recall(known[which % len(known)].id))

    @rule(row=st.sampled_from(ROWS), name=few)
    def change_row(self, row: str, name: int) -> None:
        def change(action: ActionId) -> str:
            at = self.short.cloud.change_row(self.short.chain, action, ("member", row * 32, 0), {"name": name})
            return f"row {row} is changed, the feed of the chain ends at {at}"

        self._happens(lambda: self.short.person(change))

    # Time

    @rule(who=st.one_of(tills, st.just(CLOUD)))
    def days_pass(self, who: str) -> None:
        """Some days pass, and somebody destroys what is past its end."""
        self.short.now_ms += 3 * DAY_MS
        if who == CLOUD:
            self._happens(self.short.expire)
        else:
            self._at(who, deeds.expire)

    @rule()
    def heal(self) -> None:
        def come_to_rest() -> str:
            rest.heal(self.short)
            return "all come to rest"

        self._happens(come_to_rest)
