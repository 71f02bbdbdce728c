"""Checkpoints: what a life holds and what its money is at one entry, from which its journal can be read on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from terminal.base.ids import BucketId
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Entry

KIND = "checkpoint"
HASH_DIGITS = 64


class Checkpoint(NamedTuple):
    """What a checkpoint says: number and hash of the entry before it, the digest of what is held, money in fen."""

    seq: int
    hash: bytes
    held: str
    accounts: dict[str, int]

    def payload(self) -> dict[str, Canonical]:
        """Return it as the parts of an entry's payload."""
        accounts: list[Canonical] = [[name, fen] for name, fen in sorted(self.accounts.items()) if fen]
        return {"seq": self.seq, "hash": self.hash.hex(), "held": self.held, "accounts": accounts}


def held_digest(held: Iterable[tuple[BucketId, int]]) -> str:
    """Return the digest of what one holder has, given by bucket: SHA-256 of the canonical list of [bucket, amount].

    Buckets of which nothing is left do not count. Nothing is gathered, however many there are.
    """
    digest = hashlib.sha256(b"[")
    between = b""
    for name, amount in held:
        if amount:
            digest.update(b'%s["%s",%d]' % (between, name.encode(), amount))
            between = b","
    digest.update(b"]")
    return digest.hexdigest()


def read(entry: Entry) -> Checkpoint | None:
    """Return what a checkpoint says, or None for an entry that is none, or does not follow what it names."""
    payload = entry.payload
    seq, before, held = payload.get("seq"), _hash(payload.get("hash")), payload.get("held")
    accounts = _accounts(payload.get("accounts"))
    if entry.kind != KIND or seq != entry.seq - 1 or before is None or accounts is None or not isinstance(held, str):
        return None
    return Checkpoint(entry.seq - 1, before, held, accounts)


def _hash(value: Canonical | None) -> bytes | None:
    if not isinstance(value, str) or len(value) != HASH_DIGITS or not set(value) <= set("0123456789abcdef"):
        return None
    return bytes.fromhex(value)


def _accounts(value: Canonical | None) -> dict[str, int] | None:
    accounts: dict[str, int] = {}
    for line in value if isinstance(value, list) else []:
        match line:
            case [str(name), int(fen)]:
                accounts[name] = fen
            case _:
                return None
    return accounts if isinstance(value, list) else None
