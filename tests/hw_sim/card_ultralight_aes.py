"""MIFARE Ultralight AES: a type 2 card whose pages open after a mutual authentication.

Source: NXP MF0AES(H)20, 8.5 (memory), 8.6 (authentication), 10 (commands). Not modelled: messages with a CMAC, one-way
counters, the key for a random identifier's UID.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from tests.hw_sim.card_aes import BLOCK_BYTES, decrypt, encrypt, key_of, rotate
from tests.hw_sim.card_trouble import Trouble
from tests.hw_sim.card_type2 import PAGE_BYTES, Layout, Type2Card

PAGES = 60
LAYOUT = Layout(PAGES, 0x12, bytes.fromhex("0004030104000F03"))
LOCKS, CFG0, CFG1, KEY_LOCKS, KEY0, KEY1, END = 0x28, 0x29, 0x2A, 0x2D, 0x30, 0x34, 0x3C
READ_PROTECTED, CONFIG_LOCKED = 0x80, 0x40  # bits of CFG1's first byte
KEY_LOCK_BITS: Mapping[int, int] = MappingProxyType({KEY0: 0x40, KEY1: 0x80})
KEYS_LOCKED_FOR_EVER = 0x20


class UltralightAesCard(Type2Card):
    """One card; without settings it is as from the maker.

    A deck entry may have `key` (data protection), `key1`, `auth0` (first protected page, hex), `limit` (failed
    authentications it bears, 0 for any number), `clone` and `pages`.
    """

    def __init__(self, spec: Mapping[str, Any]) -> None:
        pages = dict(spec.get("pages", {}))
        super().__init__({**spec, "pages": {}}, LAYOUT)
        self.trouble = Trouble()
        self.random_bytes: Callable[[int], bytes] = secrets.token_bytes
        self.is_clone = bool(spec.get("clone"))
        self.put_page(CFG0, bytes([0, 0, 0, int(spec.get("auth0", "3C"), 16)]))
        limit = int(spec.get("limit", 0))
        self.put_page(CFG1, b"\x00\x05" + limit.to_bytes(2, "little"))
        for first, name in ((KEY0, "key"), (KEY1, "key1")):
            key = secrets.token_bytes(BLOCK_BYTES) if self.is_clone else key_of(spec.get(name, "00" * 16), self.uid)
            self._put_key(first, key)
        for page, content in pages.items():
            self.put_page(int(page), bytes.fromhex(content))
        self._failures = 0
        self._asked: tuple[bytes, bytes] | None = None
        self.power_on()

    @property
    def secret_from(self) -> int:
        """The first page of the keys."""
        return KEY0

    def _put_key(self, first: int, key: bytes) -> None:
        """Store a key as the chip does: last byte first."""
        for step in range(4):
            self.put_page(first + step, key[::-1][step * PAGE_BYTES : (step + 1) * PAGE_BYTES])

    def key(self, number: int) -> bytes:
        """Return key 0 (data protection) or 1 (UID retrieval) as people write it."""
        first = (KEY0, KEY1)[number]
        return bytes(self.memory[first * PAGE_BYTES : (first + 4) * PAGE_BYTES])[::-1]

    def power_on(self) -> None:
        """Forget the authentication."""
        super().power_on()
        self._asked = None

    def exchange(self, command: bytes) -> bytes | None:
        """Answer a native command, None for a NAK; raise `FieldLost` when torn away."""
        answer = self.trouble.around(command, self._respond)
        return None if answer is None else self.trouble.damaged(answer)

    def _respond(self, command: bytes) -> bytes | None:
        asked, self._asked = self._asked, None
        match tuple(command):
            case (0x1A, number):
                return self._challenge(number)
            case (0xAF, *said) if asked is not None and len(said) == 2 * BLOCK_BYTES:
                return self._prove(*asked, bytes(said))
            case (0x1A | 0xAF, *_):
                self._unlocked = False
                return None
        return super().exchange(command)

    def _challenge(self, number: int) -> bytes | None:
        self._unlocked = False
        limit = int.from_bytes(self.page(CFG1)[2:], "little") & 0x03FF
        if number > 1:
            return None
        if limit and self._failures >= limit:
            # For ever: nothing counts back.
            self.trouble.hit("locked_out")
            return None
        key, rnd_b = self.key(number), self.random_bytes(BLOCK_BYTES)
        self._asked = key, rnd_b
        return b"\xaf" + encrypt(key, rnd_b)

    def _prove(self, key: bytes, rnd_b: bytes, said: bytes) -> bytes | None:
        opened = decrypt(key, said)
        if not hmac.compare_digest(opened[BLOCK_BYTES:], rotate(rnd_b)):
            self._failures += 1
            if self.is_clone:
                self.trouble.hit("clone")
            return None
        self._failures = 0
        self._unlocked = True
        return b"\x00" + encrypt(key, rotate(opened[:BLOCK_BYTES]))

    # What may be read and written.

    def _protected_from(self) -> int:
        return self.page(CFG0)[3]

    def _hidden(self, page: int) -> bool:
        behind = page >= self._protected_from() and not self._unlocked
        return behind and bool(self.page(CFG1)[0] & READ_PROTECTED)

    def _shown(self, page: int) -> bytes:
        # Keys are never read, not even by who has proved one.
        return bytes(PAGE_BYTES) if page >= KEY0 else self.page(page)

    def _locked(self, page: int) -> bool:
        if page in {CFG0, CFG1}:
            return bool(self.page(CFG1)[0] & CONFIG_LOCKED)
        if page == KEY_LOCKS:
            return bool(self.page(KEY_LOCKS)[0] & KEYS_LOCKED_FOR_EVER)
        if page >= KEY0:
            bit = KEY_LOCK_BITS[KEY0 if page < KEY1 else KEY1]
            return page >= KEY1 + 4 or bool(self.page(KEY_LOCKS)[0] & bit)
        if 16 <= page < LOCKS:
            return bool(self.page(LOCKS)[(page - 16) // 16] >> (page - 16) // 2 % 8 & 1)
        return super()._locked(page)

    def _store(self, page: int, data: bytes) -> None:
        super()._store(page, self.trouble.written(self.page(page), data))
