"""How a command reaches what the till does with the store: through the running till's door, or alone with its lock."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.runtime.admin import AdminClient
from terminal.services.bills.looking import Looking
from terminal.services.bills.on_sale import OnSale
from terminal.services.card_commands import CardProofs
from terminal.services.commands import Commands
from terminal.services.files.commands import file_commands
from terminal.services.imports import Imports
from terminal.services.media_life.commands import media_commands
from terminal.services.members import Members
from terminal.services.shifts.commands import shift_commands
from terminal.services.shop import load_shop
from terminal.services.storage import open_store, require_store

ALONE_CACHE_KIB = 65_536  # no till runs beside the command, so its memory may be used

# What moves money: it is done once for its action id, so it may be asked for again until there is an answer.
MONEY = ("bill_", "prepaid_", "refund_")
AGAIN_S = 8.0  # a till that is restarted answers again within so long
PAUSE_S = 0.25

Call = Callable[..., dict[str, Any]]


@contextmanager
def open_door(config: Config, *, may_make: bool = True) -> Iterator[Call]:
    """Give what calls a verb by name: `call("staff_add", name=...)`; raises `Refusal`.

    With `may_make` a store is made where there is none; a command that only reads is refused with `store_missing`.
    """
    try:
        client = AdminClient(config.till.admin_socket)
    except OSError:
        if not may_make:
            require_store(config)
        with _alone(config) as call:
            yield call
        return
    with _through(client) as call:
        yield call


@contextmanager
def running_till(config: Config, again_s: float = AGAIN_S) -> Iterator[Call]:
    """Give what calls a verb of the running till; raises `Refusal` `till_not_running`, `till_gone` and the till's.

    What moves money and gets no answer is asked for again as the same action, for `again_s` seconds; is there none then
    either, `money_unanswered` names the `action`, as `money_interrupted` does where somebody ends the waiting.
    """
    line = _Line(config.till.admin_socket, again_s)
    try:
        yield line.ask
    finally:
        line.close()


class _Line:
    """A line to the running till that is dialled again when it breaks while money is moved."""

    def __init__(self, path: pathlib.Path, again_s: float) -> None:
        self._path = path
        self._again_s = again_s
        try:
            self._client = AdminClient(path)
        except OSError as error:
            raise Refusal("till_not_running") from error

    def ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """Call a verb and return its answer."""
        if not verb.startswith(MONEY) or not arguments.get("action"):
            return self._once(verb, arguments)
        try:
            return self._until_answered(verb, arguments)
        except KeyboardInterrupt as stopped:
            # What was sent is done, whether anybody waits for the answer or not.
            raise Refusal("money_interrupted", action=str(arguments["action"])) from stopped

    def _until_answered(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        until = None
        while True:
            try:
                return self._once(verb, arguments)
            except Refusal as refusal:
                if refusal.code not in {"till_gone", "busy"}:
                    raise
                now = time.monotonic()
                until = until or now + self._again_s
                if now >= until:
                    raise Refusal("money_unanswered", action=str(arguments["action"])) from refusal
            time.sleep(PAUSE_S)
            self._dial()

    def close(self) -> None:
        """Hang up."""
        # What could not be sent to a till that is gone is still in the line's buffer.
        with suppress(OSError):
            self._client.close()

    def _once(self, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._client(verb, **arguments)
        except (OSError, ValueError) as error:
            raise Refusal("till_gone") from error

    def _dial(self) -> None:
        """Hang up and call again; where nobody answers, what is asked next fails on the line that was hung up."""
        self.close()
        with suppress(OSError):
            self._client = AdminClient(self._path)


@contextmanager
def _through(client: AdminClient) -> Iterator[Call]:
    def ask(verb: str, **arguments: Any) -> dict[str, Any]:
        try:
            return client(verb, **arguments)
        except (OSError, ValueError) as error:
            raise Refusal("till_gone") from error

    try:
        yield ask
    finally:
        # What could not be sent to a till that is gone is still in the line's buffer.
        with suppress(OSError):
            client.close()


@contextmanager
def _alone(config: Config) -> Iterator[Call]:
    store = open_store(config)
    store.database.widen_cache(ALONE_CACHE_KIB)
    try:
        members = Members(store.database, store.book, store.clock)
        imports = Imports(store.database, store.book, store.clock)
        commands = Commands(store.database, imports, members, lambda _: None, now_ms=store.clock.now_ms)
        proofs = CardProofs(store.database, store.book)
        media = media_commands(store, members)
        files = file_commands(store, members, lambda: load_shop(store.database).rulebook.member_fields)
        shifts = shift_commands(store, lambda: load_shop(store.database).rulebook)
        looking = Looking(store.database, store.book, store.clock)
        on_sale = OnSale(looking, lambda: load_shop(store.database).rulebook)
        verbs = {**commands.verbs(), **proofs.verbs(), **media.verbs(), **files.verbs(), **shifts.verbs()}
        verbs |= on_sale.verbs()
        yield lambda verb, **arguments: dict(verbs[verb](**arguments))
    finally:
        store.close()
