"""What a till does by itself beside its work: counts older releases' deeds, settles days, reviews, looks for gaps."""

from __future__ import annotations

from collections.abc import Callable

from terminal.ledger.deeds import Deeds
from terminal.services.prepaid.pass_days import PassDays
from terminal.services.prepaid.reviews import AGAIN_S, DailyReviews
from terminal.services.shifts.gaps import GapWatch

# What an older release wrote is counted when the shop stands, in slices with room for taps between them.
BEGIN_AFTER_S = 2.0
PAUSE_S = 0.05
# A business day ends once in 24 h; an hour later is early enough for what is told of the day before.
SETTLE_AGAIN_S = 3600.0
# What is missing in the journal does not come back by itself.
LOOK_AGAIN_S = 3600.0


class Chores:
    """Does its work a slice at a time; `later` has the next one done by the dispatcher after so many seconds."""

    def __init__(
        self,
        deeds: Deeds,
        pass_days: PassDays,
        reviews: DailyReviews,
        gaps: GapWatch,
        later: Callable[[float, Callable[[], None]], None],
    ) -> None:
        """Do nothing until `start`."""
        self._deeds = deeds
        self._pass_days = pass_days
        self._reviews = reviews
        self._gaps = gaps
        self._later = later

    def start(self) -> None:
        """Begin all of it when the shop stands."""
        self._later(BEGIN_AFTER_S, self.count)
        self._later(BEGIN_AFTER_S, self.settle)
        self._later(BEGIN_AFTER_S, self.look)

    def count(self) -> None:
        """Count a slice of what an older release booked, until there is no more."""
        if self._deeds.catch_up():
            self._later(PAUSE_S, self.count)
        else:
            # Members are judged by all that was booked, so none before it is counted.
            self._later(PAUSE_S, self.review)

    def settle(self, after: int = 0) -> None:
        """Settle the days of time passes that are over, behind holding `after`; look again when another day may be."""
        last = 0
        try:
            last = self._pass_days.daily(after).last
        finally:
            # Whatever stopped it, such as a full disk: it begins again later, and not only with the next start.
            self._later(PAUSE_S if last else SETTLE_AGAIN_S, lambda: self.settle(last))

    def review(self) -> None:
        """Review the next members where it is time for that (`DailyReviews.next`)."""
        wait_s = AGAIN_S
        try:
            wait_s = self._reviews.next()
        finally:
            self._later(wait_s, self.review)

    def look(self) -> None:
        """Look for gaps in the next slice of the journal; all of it again an hour later."""
        wait_s = LOOK_AGAIN_S
        try:
            wait_s = PAUSE_S if self._gaps.next() else LOOK_AGAIN_S
        finally:
            self._later(wait_s, self.look)
