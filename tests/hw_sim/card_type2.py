"""Ultralight and NTAG21x: pages of four bytes, lock bits, and on NTAG a 32-bit password.

Source: NXP NTAG213_215_216 (sections 8.5 memory, 8.8 password, 10 commands), MF0ICU1 and MF0ULX1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tests.hw_sim.card_base import Card, check_byte, storage_atr, uid_of

PAGE_BYTES = 4
CASCADE_TAG = 0x88
READ_PAGES = 4


@dataclass(frozen=True, slots=True)
class Layout:
    """What distinguishes the chips: page count, size byte of the capability container, GET_VERSION, lock grain."""

    pages: int
    container_size: int
    version: bytes
    lock_pages: int = 0
    # Pages of dynamic locks and configuration stand at the end: locks, CFG0, CFG1, PWD, PACK.
    has_configuration: bool = False


LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        "ultralight": Layout(16, 0x06, b""),
        "ultralight_ev1": Layout(20, 0x06, bytes.fromhex("0004030101000B03")),
        "ntag213": Layout(45, 0x12, bytes.fromhex("0004040201000F03"), 2, has_configuration=True),
        "ntag215": Layout(135, 0x3E, bytes.fromhex("0004040201001103"), 16, has_configuration=True),
        "ntag216": Layout(231, 0x6D, bytes.fromhex("0004040201001303"), 16, has_configuration=True),
    }
)


class Type2Card(Card):
    """An NFC Forum type 2 card of one of the kinds in `LAYOUTS`."""

    sak = 0x00

    def __init__(self, spec: Mapping[str, Any], layout: Layout | None = None) -> None:
        """Take `uid` (7 bytes) and optional `pages` {number: hex} from a deck entry."""
        super().__init__(spec)
        self.uid = uid_of(spec, 7)
        self._layout = layout or LAYOUTS[self.kind]
        self.memory = bytearray(self._layout.pages * PAGE_BYTES)
        bcc0 = check_byte(bytes([CASCADE_TAG]) + self.uid[:3])
        self.memory[:9] = self.uid[:3] + bytes([bcc0]) + self.uid[3:] + bytes([check_byte(self.uid[3:])])
        self.memory[9] = 0x48
        if self._layout.version:
            self.memory[12:20] = bytes([0xE1, 0x10, self._layout.container_size, 0x00]) + bytes.fromhex("0300FE00")
        if self._layout.has_configuration:
            self.put_page(self._config, bytes.fromhex("040000FF"))
            self.put_page(self._config + 2, b"\xff" * 4)
        for page, content in spec.get("pages", {}).items():
            self.put_page(int(page), bytes.fromhex(content))
        self._unlocked = False
        self._wrong_passwords = 0

    @property
    def secret_from(self) -> int:
        """The first page that keeps a password or a key; the number of pages where none does."""
        return self._config + 2 if self._layout.has_configuration else self._layout.pages

    @property
    def _config(self) -> int:
        return self._layout.pages - 4

    def put_page(self, page: int, data: bytes) -> None:
        """Store four bytes, whatever protects the page; raise `ValueError` when it cannot hold them."""
        if len(data) != PAGE_BYTES or not 0 <= page < self._layout.pages:
            raise ValueError(f"card {self.card_id}: page {page} cannot hold that")
        self.memory[page * PAGE_BYTES : (page + 1) * PAGE_BYTES] = data

    def page(self, number: int) -> bytes:
        """Return the four stored bytes of a page, secrets included."""
        return bytes(self.memory[number * PAGE_BYTES : (number + 1) * PAGE_BYTES])

    @property
    def atr(self) -> bytes:
        """PC/SC card name 0003 for the whole family."""
        return storage_atr(0x0003)

    def power_on(self) -> None:
        """Forget the password."""
        self._unlocked = False

    def exchange(self, command: bytes) -> bytes | None:
        """Answer a native command; None for a NAK or silence, after which the reader selects the card anew."""
        match tuple(command):
            case (0x30, page):
                answer = self._read(page)
            case (0xA2, page, *data) if len(data) == PAGE_BYTES:
                answer = self._write(page, bytes(data))
            case (0x60,):
                answer = self._layout.version or None
            case (0x3A, first, last) if self._layout.version and first <= last < self._layout.pages:
                span = range(first, last + 1)
                answer = None if any(self._hidden(page) for page in span) else b"".join(map(self._shown, span))
            case (0x1B, *password) if self._layout.has_configuration and len(password) == PAGE_BYTES:
                answer = self._present(bytes(password))
            case (0x3C, 0x00) if self._layout.version:
                answer = hashlib.sha256(b"originality" + self.uid).digest()
            case _:
                # READ_CNT (39 02) as well: the counter is off in the factory settings and then answers NAK.
                answer = None
        if answer is None:
            self._unlocked = False
        return answer

    def _protected_from(self) -> int:
        return self.page(self._config)[3] if self._layout.has_configuration else 0xFF

    def _hidden(self, page: int) -> bool:
        """Whether a page may not be read: behind the password, and PROT set."""
        if not self._layout.has_configuration or self._unlocked or page < self._protected_from():
            return False
        return bool(self.page(self._config + 1)[0] & 0x80)

    def _shown(self, page: int) -> bytes:
        secret = self._layout.has_configuration and page >= self._config + 2
        return bytes(PAGE_BYTES) if secret else self.page(page)

    def _read(self, page: int) -> bytes | None:
        if page >= self._layout.pages or self._hidden(page):
            return None
        end = self._layout.pages
        if self._hidden(end - 1):
            end = min(end, self._protected_from())
        return b"".join(self._shown((page + step) % end) for step in range(READ_PAGES))

    def _write(self, page: int, data: bytes) -> bytes | None:
        behind_password = page >= self._protected_from() and not self._unlocked
        if not 2 <= page < self._layout.pages or behind_password or self._locked(page):
            return None
        old = self.page(page)
        if page == 2:
            data = old[:2] + bytes(was | new for was, new in zip(old[2:], data[2:], strict=True))
        elif page == 3 or (self._layout.has_configuration and page == self._config - 1):
            # One-time programmable: bits can be set and never cleared.
            data = bytes(was | new for was, new in zip(old, data, strict=True))
        self._store(page, data)
        return b""

    def _store(self, page: int, data: bytes) -> None:
        self.put_page(page, data)

    def _locked(self, page: int) -> bool:
        if 3 <= page < 16:
            bits = int.from_bytes(self.memory[10:12], "little")
            return bool(bits >> page & 1)
        if self._layout.has_configuration and 16 <= page < self._config - 1:
            bits = int.from_bytes(self.page(self._config - 1)[:2], "little")
            return bool(bits >> (page - 16) // self._layout.lock_pages & 1)
        return False

    def _present(self, password: bytes) -> bytes | None:
        limit = self.page(self._config + 1)[0] & 0x07
        if limit and self._wrong_passwords >= limit:
            return None
        if password != self.page(self._config + 2):
            self._wrong_passwords += 1
            return None
        self._wrong_passwords = 0
        self._unlocked = True
        return self.page(self._config + 3)[:2]
