"""The recovery key: 128 random bits on paper that open backups, and the half of it a till keeps, which only locks them.

As text it is seven groups of four characters and a check character, in Crockford's Base32 (no I, L, O, U). A check
character is the last digit of a code over GF(2^5): with one letter wrong, two neighbours changed about, or two groups
changed about, the group that is wrong is known.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from terminal.base.errors import Refusal
from terminal.base.ids import Draw

SEED_BYTES = 16
PART_BYTES = 32
GROUPS = 7
GROUP_CHARS = 5
CHECKSUM_BITS = 12  # seven groups carry 140 bits
NAME_CHARS = 4
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOCK_FILE = "backup.key"
_LOOK_ALIKES = str.maketrans("ILO", "110")
_FULL_WIDTH = str.maketrans({0xFF01 + shift: chr(0x21 + shift) for shift in range(0x5E)})
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u3000\ufeff]+")
_FIELD_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1 has no divisor over GF(2), and its root generates the field


@dataclass(frozen=True, slots=True)
class BackupLock:
    """What a till keeps of a recovery key: enough to lock a backup, and to open none.

    `public` is the raw X25519 key that backups are sealed to. `witness` is a secret that goes into every backup's
    keys, so that nobody without this till's folder or the recovery key can make one that opens.
    """

    public: bytes
    witness: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """Return four characters by which people tell one recovery key from another; they open nothing."""
        return name_of(self.public)

    def public_key(self) -> X25519PublicKey:
        """Return the key that backups are sealed to."""
        return X25519PublicKey.from_public_bytes(self.public)


@dataclass(frozen=True, slots=True)
class RecoveryKey:
    """The whole key; nothing keeps it but the paper it is written on."""

    seed: bytes = field(repr=False)

    @property
    def groups(self) -> tuple[str, ...]:
        """Return its text in groups of `GROUP_CHARS`."""
        checksum = int.from_bytes(hashlib.sha256(self.seed).digest(), "big") >> 256 - CHECKSUM_BITS
        number = int.from_bytes(self.seed, "big") << CHECKSUM_BITS | checksum
        count = GROUPS * (GROUP_CHARS - 1)
        digits = [number >> 5 * (count - 1 - place) & 31 for place in range(count)]
        parts = [digits[at : at + GROUP_CHARS - 1] for at in range(0, count, GROUP_CHARS - 1)]
        return tuple(_written([*part, _check_digit(n, part)]) for n, part in enumerate(parts, 1))

    @property
    def text(self) -> str:
        """Return its groups as one word for a QR code or a file."""
        return "-".join(self.groups)

    def private_key(self) -> X25519PrivateKey:
        """Return the key that opens what was sealed to the lock's `public`."""
        return X25519PrivateKey.from_private_bytes(_derived(self.seed, b"counterfoil backup x25519"))

    def lock(self) -> BackupLock:
        """Return the half that a till keeps."""
        public = self.private_key().public_key().public_bytes_raw()
        return BackupLock(public, _derived(self.seed, b"counterfoil backup witness"))


def new_key(draw: Draw = os.urandom) -> RecoveryKey:
    """Return a recovery key from `draw`."""
    return RecoveryKey(draw(SEED_BYTES))


def name_of(public: bytes) -> str:
    """Return the name of the recovery key whose public part this is."""
    number = int.from_bytes(hashlib.sha256(public).digest(), "big")
    return _written([number >> 5 * place & 31 for place in range(NAME_CHARS)])


def letters_of(text: str) -> str:
    """Return what was typed as the letters it means: capitals, without what stands between groups."""
    plain = _BETWEEN.sub("", text.translate(_FULL_WIDTH)).upper()
    return plain.translate(_LOOK_ALIKES)


def check_group(number: int, letters: str) -> None:
    """Raise `Refusal` `recovery_group_wrong` (`group`) unless `letters` are the key's group of this number, from 1."""
    digits = [ALPHABET.find(letter) for letter in letters]
    if len(digits) != GROUP_CHARS or min(digits) < 0 or _check_digit(number, digits[:-1]) != digits[-1]:
        raise Refusal("recovery_group_wrong", group=number)


def parse_key(text: str) -> RecoveryKey:
    """Return the key that was typed or scanned, in any grouping and either case.

    Raises `Refusal` `recovery_key_length` (`has`, `needs`), `recovery_group_wrong` with the first `group` that is
    mistyped, or `recovery_key_mistyped` when each group is right and the whole is no key.
    """
    letters = letters_of(text)
    groups = [letters[at : at + GROUP_CHARS] for at in range(0, len(letters), GROUP_CHARS)]
    for number, group in enumerate(groups[:GROUPS], 1):
        if len(group) == GROUP_CHARS:
            check_group(number, group)
    if len(letters) != GROUPS * GROUP_CHARS:
        raise Refusal("recovery_key_length", has=len(letters), needs=GROUPS * GROUP_CHARS)
    number = 0
    for letter in "".join(group[:-1] for group in groups):
        number = number << 5 | ALPHABET.index(letter)
    found = RecoveryKey((number >> CHECKSUM_BITS).to_bytes(SEED_BYTES, "big"))
    if found.groups != tuple(groups):
        raise Refusal("recovery_key_mistyped")
    return found


def load_lock(folder: Path) -> BackupLock | None:
    """Return what the till keeps in its data folder, None where no recovery key was made yet.

    Raises `Refusal` `backup_lock_unusable` when others may read the file, or it is not one.
    """
    path = folder / LOCK_FILE
    try:
        exposed = path.stat().st_mode & 0o077
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refusal("backup_lock_unusable", file=str(path)) from error
    if exposed or len(data) != 2 * PART_BYTES:
        raise Refusal("backup_lock_unusable", file=str(path))
    return BackupLock(data[:PART_BYTES], data[PART_BYTES:])


def keep_lock(folder: Path, lock: BackupLock) -> None:
    """Keep a lock in the till's data folder in place of an earlier one, whole and durable; raises `OSError`."""
    path = folder / LOCK_FILE
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(lock.public + lock.witness)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    names = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(names)
    finally:
        os.close(names)


def _derived(seed: bytes, purpose: bytes) -> bytes:
    """Return 32 bytes of HKDF with SHA-256 (RFC 5869), different for each purpose."""
    return HKDF(SHA256(), PART_BYTES, None, purpose).derive(seed)


def _check_digit(number: int, digits: list[int]) -> int:
    """Return the check digit of a group: its digits as a polynomial at the field's generator, the number first."""
    value = number
    for digit in [*digits, 0]:
        value <<= 1
        if value > 31:
            value ^= _FIELD_POLYNOMIAL
        value ^= digit
    return value


def _written(digits: list[int]) -> str:
    return "".join(ALPHABET[digit] for digit in digits)
