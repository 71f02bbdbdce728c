"""Sensitive notes: kept apart from the file, encrypted under a key that goes when the file is erased.

The store has one secret of its own for notes (32 random bytes). A member's key is HKDF with SHA-256 (RFC 5869) of that
secret and of the salt in the member's file; a note is AES-256-GCM under it, bound to the account and the kind of note.
Erasing a file takes its salt, and with it every copy of its notes that is left anywhere in this store.
"""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from terminal.base.errors import Refusal
from terminal.base.ids import Draw
from terminal.services.files.records import File
from terminal.store.database import Database

KEY_BYTES = 32
NONCE_BYTES = 12
FORM = b"\x01"


class NoteSafe:
    """Keeps notes; what writes is called inside the caller's transaction."""

    def __init__(self, database: Database, draw: Draw) -> None:
        """Keep them in `database`; the secret and nonces come from `draw`."""
        self._database = database
        self._draw = draw

    def read(self, file: File) -> dict[str, str]:
        """Return a file's notes by their kind; raise `Refusal` `note_unreadable` for one that was tampered with."""
        rows = self._database.rows("SELECT kind, sealed FROM member_note WHERE member = ? ORDER BY kind", (file.n,))
        return {kind: self._open(file, kind, sealed) for kind, sealed in rows} if rows else {}

    def kinds(self, file: File) -> list[str]:
        """Return which notes a file has, without opening them."""
        return [row[0] for row in self._database.rows("SELECT kind FROM member_note WHERE member = ?", (file.n,))]

    def keep(self, file: File, kind: str, text: str, at_ms: int) -> bytes:
        """Keep a note in place of the earlier one, and return it as it is kept; `at_ms` is UTC milliseconds."""
        nonce = self._draw(NONCE_BYTES)
        sealed = FORM + nonce + self._cipher(file).encrypt(nonce, text.encode(), _bound(file, kind))
        self._database.run(
            "INSERT INTO member_note VALUES (?, ?, ?, ?) ON CONFLICT (member, kind) DO UPDATE SET"
            " sealed = excluded.sealed, changed_at = excluded.changed_at",
            (file.n, kind, sealed, at_ms),
        )
        return sealed

    def drop(self, file: File, kinds: Iterable[str]) -> None:
        """Remove notes of these kinds."""
        for kind in kinds:
            self._database.run("DELETE FROM member_note WHERE member = ? AND kind = ?", (file.n, kind))

    def _open(self, file: File, kind: str, sealed: bytes) -> str:
        nonce, ciphertext = sealed[len(FORM) : len(FORM) + NONCE_BYTES], sealed[len(FORM) + NONCE_BYTES :]
        if sealed[: len(FORM)] != FORM:
            raise Refusal("note_unreadable")
        try:
            return self._cipher(file).decrypt(nonce, ciphertext, _bound(file, kind)).decode()
        except (InvalidTag, ValueError) as error:
            raise Refusal("note_unreadable") from error

    def _cipher(self, file: File) -> AESGCM:
        assert file.salt, "an erased file has no notes"
        derived = HKDF(SHA256(), KEY_BYTES, file.salt, b"counterfoil member notes " + bytes.fromhex(file.account))
        return AESGCM(derived.derive(self._secret()))

    def _secret(self) -> bytes:
        """Return the store's secret, made when it is first asked for."""
        row = self._database.row("SELECT note_key FROM member_secret WHERE n = 1")
        if row is not None:
            return bytes(row[0])
        secret = self._draw(KEY_BYTES)
        self._database.run("INSERT INTO member_secret VALUES (1, ?)", (secret,))
        return secret


def _bound(file: File, kind: str) -> bytes:
    """Return what a note is good for: the same bytes under another file or name open nowhere."""
    return bytes.fromhex(file.account) + kind.encode()
