"""The journal as JSON Lines: the exact bytes of every entry with its hash, and the device's signature at the end."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.ledger.book import Book
from terminal.rules.entry import GENESIS
from terminal.store.database import Database

CHUNK_ENTRIES = 500


def export(database: Database, book: Book) -> Iterator[bytes]:
    """Yield lines, life after life: `{"entry": ..., "hash": ...}` for each entry, then one with head, signature, key.

    `entry` is the canonical text that was hashed, unchanged, so that anybody can check the chain. It begins with 32
    zero bytes; where what lay before a checkpoint was dropped, with the `hash` in that checkpoint's payload. A device
    that never had to begin again has one life, and one such last line.
    """
    for (life,) in database.rows("SELECT n FROM life ORDER BY n"):
        yield from _life(database, book, life)


def _life(database: Database, book: Book, life: int) -> Iterator[bytes]:
    last, head = 0, GENESIS
    while chunk := database.rows(
        "SELECT seq, hash, bytes FROM entry WHERE life = ? AND seq > ? ORDER BY seq LIMIT ?",
        (life, last, CHUNK_ENTRIES),
    ):
        for _, digest, data in chunk:
            yield b'{"entry":' + data + b',"hash":"' + digest.hex().encode() + b'"}\n'
        last, head = chunk[-1][:2]
    # The head of what was written out: beside a running till the book's own may be further on by now.
    signature = book.sign(head).hex()
    yield f'{{"head":"{head.hex()}","public_key":"{book.public_key().hex()}","signature":"{signature}"}}\n'.encode()
