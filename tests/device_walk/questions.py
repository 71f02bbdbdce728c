"""The questions asked of every device, each answered by what its driver reported."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from terminal.base.events import DeviceDown, DeviceEvent, DeviceUp
from tests.device_walk.console import SEEN as CAME
from tests.device_walk.console import SKIPPED as PASSED
from tests.device_walk.console import Console
from tests.device_walk.result import FAILED, SAID, SEEN, SKIPPED, Answer
from tests.device_walk.watch import LossLog, Seen, Watch

PRESENT = "Present"
WORKS = "Does its work"
LOSS = "Loss logged once, return logged once"
AGAIN = "Reconnects"
QUIET = "Quiet when left alone"
STOPS = "Stoppable within 1 s"
STOP_LIMIT_S = 1.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for one question, for leaving something alone, and for second losses and returns to show."""

    step_s: float = 60.0
    quiet_s: float = 10.0
    settle_s: float = 3.0


@dataclass(frozen=True, slots=True)
class Desk:
    """What a question is asked with: the device's id, the terminal, the events and the log."""

    device: str
    console: Console
    watch: Watch
    log: LossLog
    patience: Patience

    def came(self, mark: int, *kinds: type[DeviceEvent]) -> Seen | str:
        """Return the first event of those kinds from `mark` on, or `skipped` or `timed out`."""
        ending = self.console.until(lambda: bool(self.watch.since(mark, self.device, *kinds)), self.patience.step_s)
        return self.watch.since(mark, self.device, *kinds)[0] if ending == CAME else ending

    def rest(self, seconds: float) -> bool:
        """Let time pass and return whether the technician did."""
        return self.console.until(lambda: False, seconds) != PASSED

    def counts(self, mark: int) -> tuple[int, int]:
        """Return how many losses and returns were reported since `mark`."""
        events = (DeviceDown, DeviceUp)
        down, up = (len(self.watch.since(mark, self.device, kind)) for kind in events)
        return down, up

    def logged(self) -> tuple[int, int]:
        """Return how many losses and returns the log tells of so far."""
        return self.log.count(self.device, "down"), self.log.count(self.device, "up")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked at once, and the names of the answers that come of it, so that those never given are known."""

    names: tuple[str, ...]
    ask: Callable[[Desk], list[Answer]]


def missing(question: str, ending: Seen | str, words: str) -> Answer:
    """Return the answer where nothing came: the technician went on, or it took too long."""
    return Answer(question, SKIPPED, "") if ending == PASSED else Answer(question, FAILED, words)


def present(desk: Desk) -> list[Answer]:
    """Ask whether the driver finds the device."""
    desk.console.say("It shall be plugged in and switched on.")
    began_s = time.monotonic()
    ending = desk.console.until(lambda: _newest(desk) is not None, desk.patience.step_s)
    if isinstance(fault := _newest(desk), DeviceDown):
        desk.console.say(f"Not found so far: {fault.code}.")
        ending = desk.console.until(lambda: isinstance(_newest(desk), DeviceUp), desk.patience.step_s)
    newest = _newest(desk)
    if isinstance(newest, DeviceUp):
        return [Answer(PRESENT, SEEN, f"found within {time.monotonic() - began_s:.1f} s")]
    if isinstance(newest, DeviceDown):
        # Also for who goes on: that it was not there was seen.
        return [Answer(PRESENT, FAILED, f"not found: {newest.code}")]
    return [missing(PRESENT, ending, "nothing was reported")]


def _newest(desk: Desk) -> DeviceEvent | None:
    states = desk.watch.since(0, desk.device, DeviceUp, DeviceDown)
    return states[-1].event if states else None


def loss_and_return(desk: Desk) -> list[Answer]:
    """Have the device unplugged and plugged in, and count what is reported and logged."""
    mark, before = desk.watch.mark(), desk.logged()
    desk.console.say("Unplug it now.")
    lost = desk.came(mark, DeviceDown)
    if not isinstance(lost, Seen):
        return [missing(LOSS, lost, "the loss was not noticed")]
    desk.rest(desk.patience.settle_s)
    downs, ups = desk.counts(mark)
    desk.console.say(f"Lost. Plug it back in.{' (It came and went meanwhile.)' if (downs, ups) != (1, 0) else ''}")
    back = desk.came(mark, DeviceUp)
    if not isinstance(back, Seen):
        return [missing(LOSS, back, f"lost as {_code(lost)}, and the return was not noticed")]
    desk.rest(desk.patience.settle_s)
    downs, ups = desk.counts(mark)
    downs_logged, ups_logged = (after - earlier for after, earlier in zip(desk.logged(), before, strict=True))
    right = (downs, ups, downs_logged, ups_logged) == (1, 1, 1, 1)
    words = f"lost as {_code(lost)}; reported {downs} and {ups} times, logged {downs_logged} and {ups_logged} times"
    return [Answer(LOSS, SEEN if right else FAILED, words)]


def _code(lost: Seen) -> str:
    return lost.event.code if isinstance(lost.event, DeviceDown) else ""


def left_alone(desk: Desk) -> list[Answer]:
    """Have the device left alone, and see whether it reports anything."""
    seconds = desk.patience.quiet_s
    desk.console.say(f"Leave it alone for {seconds:g} s, with nothing on it.")
    mark = desk.watch.mark()
    if not desk.rest(seconds):
        return [Answer(QUIET, SKIPPED, "")]
    kinds = sorted({type(seen.event).__name__ for seen in desk.watch.since(mark, desk.device)})
    if kinds:
        return [Answer(QUIET, FAILED, f"reported by itself: {', '.join(kinds)}")]
    return [Answer(QUIET, SEEN, f"nothing in {seconds:g} s")]


def said(question: str, answer: bool | None, words: str) -> Answer:
    """Return a technician's yes or no as an answer."""
    if answer is None:
        return Answer(question, SKIPPED, "")
    return Answer(question, SAID if answer else FAILED, words if answer else f"not so: {words}")


def stopped(took_s: float, stuck: bool) -> Answer:
    """Return what stopping the driver came to."""
    words = "did not stop" if stuck else f"{took_s:.2f} s"
    return Answer(STOPS, SEEN if took_s < STOP_LIMIT_S and not stuck else FAILED, words)
