"""A backup's label: what it is a backup of, sealed like the rest of it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from terminal.base.errors import Refusal
from terminal.ledger.rows import open_life
from terminal.rules import canonical
from terminal.services.shop import load_shop
from terminal.store.database import Database

_TYPES = {"str": str, "int": int}


@dataclass(frozen=True, slots=True)
class Label:
    """Where and when a backup was made, and of what: `at_ms` is UTC, `store_bytes` the size of the store in it.

    `entries` is how many the device has ever written, over all its lives; `epoch`, `seq` and `head` (hexadecimal) are
    where its open one stands. `schema` and `min_writer` are the store's, `version` the program's.
    """

    backup_id: str
    at_ms: int
    shop: str
    branch: str
    chain: str
    device: str
    epoch: int
    seq: int
    head: str
    entries: int
    members: int
    schema: int
    min_writer: int
    version: str
    store_bytes: int

    def to_bytes(self) -> bytes:
        """Return the label in its one form."""
        return canonical.encode(dataclasses.asdict(self))


def label_of(store: Database, *, backup_id: str, at_ms: int, version: str) -> Label:
    """Return the label of a copy of a store; raises `Refusal` when the storage fails."""
    life, shop = open_life(store), load_shop(store)
    meta: dict[str, int] = dict(store.rows("SELECT name, value FROM meta"))  # type: ignore[arg-type]  # rows of two columns
    return Label(
        backup_id=backup_id,
        at_ms=at_ms,
        shop=shop.name,
        branch=shop.branch,
        chain=life.chain,
        device=life.device,
        epoch=life.epoch,
        seq=life.seq,
        head=life.hash.hex(),
        entries=store.rows("SELECT sum(seq) FROM life")[0][0],
        members=store.rows("SELECT count(*) FROM member")[0][0],
        schema=meta["schema"],
        min_writer=meta["min_writer"],
        version=version,
        store_bytes=store.path.stat().st_size,
    )


def read_label(data: bytes, name: str) -> Label:
    """Return the label that bytes of a backup hold; raises `Refusal` `backup_damaged`."""
    try:
        value = canonical.decode(data)
    except canonical.NotCanonical as error:
        raise Refusal("backup_damaged", file=name) from error
    wanted = {each.name: _TYPES[str(each.type)] for each in dataclasses.fields(Label)}
    # A later release may say more of a backup; what is known is taken.
    found: dict[str, Any] = {key: part for key, part in value.items() if key in wanted} if type(value) is dict else {}
    if {key: type(part) for key, part in found.items()} != wanted:
        raise Refusal("backup_damaged", file=name)
    return Label(**found)
