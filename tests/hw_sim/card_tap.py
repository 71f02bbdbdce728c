"""What NTAG 424 DNA writes into its NDEF file at the moment it is read: the tap URL (SUN, secure dynamic messaging).

Source: NXP NT4H2421Gx, 9.3, and AN12196. Everything is upper-case hexadecimal text laid over the file's own content.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.hw_sim.card_aes import BLOCK_BYTES, encrypt, encrypt_block, mac_t, tap_keys
from tests.hw_sim.card_native import FREE, NEVER
from tests.hw_sim.card_session import Refused, Status

SHOW_UID, SHOW_COUNTER, COUNTER_LIMIT, ENCRYPT_DATA, AS_TEXT = 0x80, 0x40, 0x20, 0x10, 0x01
COUNTER_BYTES = 3
OFFSET_BYTES = 3


@dataclass(frozen=True, slots=True)
class TapSettings:
    """Where what goes, and under which keys (numbers, `FREE` for plain, `NEVER` for not at all)."""

    options: int
    meta_key: int
    file_key: int
    counter_key: int
    uid_at: int = 0
    counter_at: int = 0
    picc_data_at: int = 0
    mac_from: int = 0
    data_at: int = 0
    data_length: int = 0
    mac_at: int = 0
    limit: int | None = None

    @classmethod
    def parse(cls, said: bytes) -> tuple[TapSettings, int]:
        """Return the settings in the tail of ChangeFileSettings, and how long they are; raise `Refused`."""
        if len(said) < 3 or not said[0] & AS_TEXT:
            raise Refused(Status.PARAMETER)
        options, meta_key, file_key, counter_key = said[0], said[2] >> 4, said[2] & 0x0F, said[1] & 0x0F
        reads_file = file_key != NEVER
        present = {
            "uid_at": meta_key == FREE and options & SHOW_UID,
            "counter_at": meta_key == FREE and options & SHOW_COUNTER,
            "picc_data_at": meta_key < FREE,
            "mac_from": reads_file,
            "data_at": reads_file and options & ENCRYPT_DATA,
            "data_length": reads_file and options & ENCRYPT_DATA,
            "mac_at": reads_file,
            "limit": options & COUNTER_LIMIT,
        }
        names = [name for name, there in present.items() if there]
        numbers = _numbers(said[3:], len(names))
        settings = cls(options, meta_key, file_key, counter_key, **dict(zip(names, numbers, strict=True)))
        return settings, 3 + OFFSET_BYTES * len(names)


def _numbers(said: bytes, count: int) -> list[int]:
    if len(said) < OFFSET_BYTES * count:
        raise Refused(Status.LENGTH)
    return [int.from_bytes(said[at : at + OFFSET_BYTES], "little") for at in range(0, OFFSET_BYTES * count, 3)]


def mirrored(
    content: bytes,
    settings: TapSettings,
    uid: bytes,
    counter: int,
    keys: Sequence[bytes],
    random_bytes: Callable[[int], bytes],
) -> bytes:
    """Return a file's content as one tap shows it; `counter` is that of the tap."""
    shown = bytearray(content)
    uid_part = uid if settings.options & SHOW_UID else b""
    counter_part = counter.to_bytes(COUNTER_BYTES, "little") if settings.options & SHOW_COUNTER else b""

    def lay(at: int, data: bytes) -> None:
        text = data.hex().upper().encode()
        if at + len(text) > len(shown):
            raise Refused(Status.BOUNDARY)
        shown[at : at + len(text)] = text

    if settings.meta_key == FREE:
        if uid_part:
            lay(settings.uid_at, uid_part)
        if counter_part:
            # The plain counter is for people: high byte first.
            lay(settings.counter_at, counter_part[::-1])
    elif settings.meta_key != NEVER:
        tag = settings.options & (SHOW_UID | SHOW_COUNTER) | len(uid_part)
        said = bytes([tag]) + uid_part + counter_part
        said += random_bytes(BLOCK_BYTES - len(said))
        lay(settings.picc_data_at, encrypt(keys[settings.meta_key], said))
    if settings.file_key < FREE:
        enc_key, mac_key = tap_keys(keys[settings.file_key], uid_part + counter_part)
        if settings.options & ENCRYPT_DATA:
            hidden = content[settings.data_at : settings.data_at + settings.data_length // 2]
            iv = encrypt_block(enc_key, counter.to_bytes(COUNTER_BYTES, "little") + bytes(13))
            lay(settings.data_at, encrypt(enc_key, hidden, iv))
        lay(settings.mac_at, mac_t(mac_key, bytes(shown[settings.mac_from : settings.mac_at])))
    return bytes(shown)
