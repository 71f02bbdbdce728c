"""How a command reaches what the till does with the store: through the running till's door, or alone with its lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Refusal
from terminal.runtime.admin import AdminClient
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
def running_till(config: Config) -> Iterator[Call]:
    """Give what calls a verb of the running till; raises `Refusal` `till_not_running`, `till_gone` and the till's."""
    try:
        client = AdminClient(config.till.admin_socket)
    except OSError as error:
        raise Refusal("till_not_running") from error
    with _through(client) as call:
        yield call


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
        verbs = {**commands.verbs(), **proofs.verbs(), **media.verbs(), **files.verbs(), **shifts.verbs()}
        yield lambda verb, **arguments: dict(verbs[verb](**arguments))
    finally:
        store.close()
