"""The form of a backup: a header that only the recovery key opens, then chunks in order up to one that is the last.

    magic 8 | form 2 | recovery key's public part 32 | sealed file key 80 | chunks: length 4, that much AES-256-GCM

The file key (32 random bytes) is sealed by HPKE in base mode (RFC 9180: X25519, HKDF-SHA-256, AES-256-GCM) to the
recovery key. From it, from the till's witness and from the hash of the whole header comes the key of the chunks, so a
header that was changed opens none of them. A chunk's nonce is its number and whether it is the last one (the STREAM
construction, Hoang, Reyhanitabar, Rogaway, Vizar 2015): none can be left out, repeated, moved or cut off unnoticed.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from terminal.base.errors import Refusal
from terminal.services.backup.recovery_key import BackupLock, RecoveryKey, name_of

MAGIC = b"CFBACKUP"
FORM = 1
FILE_KEY_BYTES = 32
CHUNK_BYTES_MAX = 1 << 20
TAG_BYTES = 16
_HEADER = struct.Struct(">8sH32s80s")
_LENGTH = struct.Struct(">I")
_NUMBER_BYTES = 11  # of the nonce's twelve; the last one says whether the file ends here


@dataclass(frozen=True, slots=True)
class BackupKeys:
    """The two keys of one backup, both of 32 bytes: of its chunks, and of the store that lies in them."""

    chunks: bytes = field(repr=False)
    store: bytes = field(repr=False)


def seal_header(lock: BackupLock, file_key: bytes) -> bytes:
    """Return the header of a backup whose file key only the lock's recovery key gives back."""
    sealed = _suite().encrypt(file_key, lock.public_key(), info=_bound(lock.public))
    return _HEADER.pack(MAGIC, FORM, lock.public, sealed)


def keys_of(header: bytes, file_key: bytes, witness: bytes) -> BackupKeys:
    """Return the keys of the backup with this header."""
    digest = hashlib.sha256(header).digest()
    chunks, store = (
        HKDF(SHA256(), FILE_KEY_BYTES, witness, purpose + digest).derive(file_key)
        for purpose in (b"counterfoil backup chunks", b"counterfoil backup store")
    )
    return BackupKeys(chunks, store)


def read_header(file: BinaryIO, name: str) -> bytes:
    """Return the header a file begins with; raises `Refusal` `backup_not_one` or `backup_form_newer`."""
    header = file.read(_HEADER.size)
    if header[: len(MAGIC)] != MAGIC:
        raise Refusal("backup_not_one", file=name)
    if len(header) < _HEADER.size:
        raise Refusal("backup_damaged", file=name)
    if _HEADER.unpack(header)[1] != FORM:
        raise Refusal("backup_form_newer", file=name)
    return header


def key_name(header: bytes) -> str:
    """Return the name of the recovery key that a header is for."""
    return name_of(_HEADER.unpack(header)[2])


def open_header(header: bytes, key: RecoveryKey, name: str) -> BackupKeys:
    """Return the keys of a backup by its recovery key.

    Raises `Refusal` `recovery_key_other` (`needs` and `has` are names of keys) when it was locked for another one, and
    `backup_damaged`.
    """
    public, sealed = _HEADER.unpack(header)[2:]
    lock = key.lock()
    if lock.public != public:
        raise Refusal("recovery_key_other", file=name, needs=name_of(public), has=lock.name)
    try:
        file_key = _suite().decrypt(sealed, key.private_key(), info=_bound(public))
    except InvalidTag as error:
        raise Refusal("backup_damaged", file=name) from error
    return keys_of(header, file_key, lock.witness)


def write_chunks(file: BinaryIO, pieces: Iterable[bytes], key: bytes) -> None:
    """Write each piece, of at most `CHUNK_BYTES_MAX`, as a chunk; there is at least one. Raises `OSError`."""
    cipher = AESGCM(key)
    for number, (piece, is_last) in enumerate(_with_end(pieces)):
        sealed = cipher.encrypt(_nonce(number, is_last=is_last), piece, None)
        file.write(_LENGTH.pack(len(sealed)) + sealed)


def read_chunks(file: BinaryIO, key: bytes, name: str) -> Iterator[bytes]:
    """Yield what was written, each piece proved; raises `Refusal` `backup_damaged` at the first that is not right.

    Whoever takes all of it knows that nothing is missing at the end either.
    """
    cipher, number = AESGCM(key), 0
    length = file.read(_LENGTH.size)
    while True:
        size = _LENGTH.unpack(length)[0] if len(length) == _LENGTH.size else 0
        sealed = file.read(size) if TAG_BYTES <= size <= CHUNK_BYTES_MAX + TAG_BYTES else b""
        if not size or len(sealed) != size:
            raise Refusal("backup_damaged", file=name)
        length = file.read(_LENGTH.size)
        try:
            yield cipher.decrypt(_nonce(number, is_last=not length), sealed, None)
        except InvalidTag as error:
            raise Refusal("backup_damaged", file=name) from error
        if not length:
            return
        number += 1


def pieces_of(file: BinaryIO, told: Callable[[int], None]) -> Iterator[bytes]:
    """Yield what a file holds in pieces of a chunk; `told` is given the bytes of each."""
    while piece := file.read(CHUNK_BYTES_MAX):
        yield piece
        told(len(piece))


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _bound(public: bytes) -> bytes:
    """Return what a sealed file key is good for."""
    return MAGIC + FORM.to_bytes(2, "big") + public


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(_NUMBER_BYTES, "big") + bytes([is_last])


def _with_end(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each piece and whether it is the last one; an empty one where there is none."""
    waiting: bytes | None = None
    for piece in pieces:
        if waiting is not None:
            yield waiting, False
        waiting = piece
    yield waiting or b"", True
