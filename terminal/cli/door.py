"""How a command that writes reaches the store: through the running till's door, or alone with the same lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from terminal.app import open_store
from terminal.base.config import Config
from terminal.runtime.admin import AdminClient
from terminal.services.commands import Commands
from terminal.services.imports import Imports
from terminal.services.members import Members

Call = Callable[..., dict[str, Any]]


@contextmanager
def open_door(config: Config) -> Iterator[Call]:
    """Give what calls a verb by name: `call("staff_add", name=...)`; raises `Refusal`."""
    try:
        client = AdminClient(config.till.admin_socket)
    except OSError:
        with _alone(config) as call:
            yield call
        return
    try:
        yield client
    finally:
        client.close()


@contextmanager
def _alone(config: Config) -> Iterator[Call]:
    store = open_store(config)
    try:
        members = Members(store.database, store.book, store.clock)
        imports = Imports(store.database, store.book)
        verbs = Commands(store.database, imports, members, lambda _: None).verbs()
        yield lambda verb, **arguments: dict(verbs[verb](**arguments))
    finally:
        store.close()
