"""The dispatcher: one bounded inbox, one thread, one message at a time; the only writer of the store in its process."""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any, TypeVar

from terminal.base.errors import Overloaded, Refusal

logger = logging.getLogger(__name__)

INBOX_DEPTH = 1_000
ANSWER_TIMEOUT_S = 15.0
# How long the loop waits for a message before it looks at the stop signal again.
IDLE_WAIT_S = 0.5

T = TypeVar("T")
E = TypeVar("E")
Handler = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class _Message:
    """Work to do, and where somebody waits for what it returns or raises."""

    work: Callable[[], object]
    answer: Future[Any] | None = None


class Dispatcher:
    """Takes events from devices and work from pages, and does them in order."""

    def __init__(self, inbox_depth: int = INBOX_DEPTH, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        """Make an inbox of `inbox_depth` messages; `monotonic_s` tells when delayed work is due."""
        self._inbox: queue.Queue[_Message] = queue.Queue(inbox_depth)
        self._handlers: dict[type, Handler] = {}
        self._later: list[tuple[float, int, _Message]] = []
        self._order = itertools.count()
        self._monotonic_s = monotonic_s
        self._stopping = False
        self._began_s: float | None = None

    def on(self, kind: type[E], handler: Callable[[E], None]) -> None:
        """Have `handler` called for each event of exactly this type."""
        assert kind not in self._handlers, "one handler for one event"
        self._handlers[kind] = handler

    def emit(self, event: object) -> None:
        """Put an event in the inbox, from any thread; raise `Overloaded` when it is full."""
        handler = self._handlers[type(event)]
        self._put(_Message(lambda: handler(event)))

    def ask(self, work: Callable[[], T], timeout_s: float = ANSWER_TIMEOUT_S) -> T:
        """Have `work` done by the dispatcher and return its result or raise its error; from any other thread.

        Raises `Overloaded` when the inbox is full or the answer did not come in time; work that had not begun by
        then is dropped, work that had begun is finished, so a repeated action id will find it.
        """
        answer: Future[T] = Future()
        self._put(_Message(work, answer))
        try:
            return answer.result(timeout_s)
        except (TimeoutError, CancelledError) as error:
            answer.cancel()
            raise Overloaded("no answer in time") from error

    def later(self, delay_s: float, work: Callable[[], None]) -> None:
        """Have `work` done after `delay_s`; only from the dispatcher's own thread."""
        heapq.heappush(self._later, (self._monotonic_s() + delay_s, next(self._order), _Message(work)))

    def step(self, wait_s: float = 0.0) -> bool:
        """Do the next due or waiting message; return False when there was none within `wait_s`."""
        message = self._due() or self._take(min(wait_s, self._until_due_s()))
        if message is None:
            return False
        answer = message.answer
        if answer is not None and not answer.set_running_or_notify_cancel():
            return True  # whoever asked has given up
        self._began_s = self._monotonic_s()
        try:
            result = message.work()
        except Exception as error:  # noqa: BLE001 - no message may end the thread; `_tell` logs it
            _tell(answer, error)
        else:
            if answer is not None:
                answer.set_result(result)
        finally:
            self._began_s = None
        return True

    def run(self) -> None:
        """Do messages until `stop`; what is in the inbox then is still done."""
        while not self._stopping:
            self.step(IDLE_WAIT_S)
        while self.step():
            pass

    def stop(self) -> None:
        """Have `run` return soon; safe from any thread and from a signal handler."""
        self._stopping = True

    def depth(self) -> int:
        """Return how many messages wait."""
        return self._inbox.qsize()

    def full(self) -> bool:
        """Tell whether the next message would be refused."""
        return self._inbox.full()

    def busy_s(self) -> float:
        """Return for how many seconds the message under way has been done; 0 between messages."""
        began_s = self._began_s
        return 0.0 if began_s is None else self._monotonic_s() - began_s

    def _put(self, message: _Message) -> None:
        try:
            self._inbox.put_nowait(message)
        except queue.Full:
            raise Overloaded("the inbox is full") from None

    def _due(self) -> _Message | None:
        if self._later and self._later[0][0] <= self._monotonic_s():
            return heapq.heappop(self._later)[2]
        return None

    def _until_due_s(self) -> float:
        return max(0.0, self._later[0][0] - self._monotonic_s()) if self._later else IDLE_WAIT_S

    def _take(self, wait_s: float) -> _Message | None:
        try:
            return self._inbox.get(timeout=wait_s) if wait_s > 0 else self._inbox.get_nowait()
        except queue.Empty:
            return self._due()


def _tell(answer: Future[Any] | None, error: Exception) -> None:
    """Hand what a message failed with to whoever asked for it; the unexpected is logged."""
    if not isinstance(error, Refusal):
        logger.error("a message failed; the next one goes on", exc_info=error)
    elif answer is None:
        logger.warning("event refused: %s", error)
    if answer is not None:
        answer.set_exception(error)
