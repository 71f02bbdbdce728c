"""MIFARE Classic 1K/4K and the Fudan chips that copy it, as seen behind a reader which does Crypto-1 itself.

Source: NXP MF1S50YYX_V1 and MF1S70YYX_V1, sections 8.6 (memory), 8.7 (access conditions) and 9 (commands).
A failed command makes the chip fall silent until it is selected again; a failed check of the access bits'
complements kills the sector for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.hw_sim.card_base import Card, check_byte, storage_atr, uid_of

BLOCK_BYTES = 16
KEY_A = 0x60
KEY_B = 0x61
FACTORY_TRAILER = bytes.fromhex("FFFFFFFFFFFFFF078069FFFFFFFFFFFF")
NXP_MAKER_BYTES = bytes.fromhex("4200644A9F0E2114")
FUDAN_MAKER_BYTES = bytes.fromhex("6263646566676869")

# MF1S50YYX table 8: for C1 C2 C3 of a data block, the keys which may read, write, increment, decrement.
DATA_RULES = {
    0b000: ("AB", "AB", "AB", "AB"),
    0b010: ("AB", "", "", ""),
    0b100: ("AB", "B", "", ""),
    0b110: ("AB", "B", "B", "AB"),
    0b001: ("AB", "", "", "AB"),
    0b011: ("B", "B", "", ""),
    0b101: ("B", "", "", ""),
    0b111: ("", "", "", ""),
}
# Table 7, for the trailer: write key A, write access bits, read key B, write key B. Access bits are read by A or B,
# except where key B is data (its conditions let key A read it), then by A alone.
TRAILER_RULES = {
    0b000: ("A", "", "A", "A"),
    0b010: ("", "", "A", ""),
    0b100: ("B", "", "", "B"),
    0b110: ("", "", "", ""),
    0b001: ("A", "A", "A", "A"),
    0b011: ("B", "B", "", "B"),
    0b101: ("", "B", "", ""),
    0b111: ("", "", "", ""),
}
READ, WRITE, INCREMENT, DECREMENT = range(4)


@dataclass(frozen=True, slots=True)
class Session:
    """An authentication: it holds for one sector and one key."""

    sector: int
    key: str


def sector_of(block: int) -> int:
    """Return the sector of a block: 32 sectors of 4 blocks, above them sectors of 16."""
    return block // 4 if block < 128 else 32 + (block - 128) // 16


def trailer_of(sector: int) -> int:
    """Return the number of the sector's last block, which holds its keys."""
    return sector * 4 + 3 if sector < 32 else 128 + (sector - 32) * 16 + 15


def condition(trailer: bytes, group: int) -> int | None:
    """Return C1 C2 C3 of one block group as a number, None when the complements do not match."""
    b6, b7, b8 = trailer[6:9]
    c1, c2, c3 = b7 >> 4, b8 & 15, b8 >> 4
    if (b6 & 15) != c1 ^ 15 or (b6 >> 4) != c2 ^ 15 or (b7 & 15) != c3 ^ 15:
        return None
    return (c1 >> group & 1) << 2 | (c2 >> group & 1) << 1 | (c3 >> group & 1)


def value_block(value: int, address: int) -> bytes:
    """Return the 16 bytes of a value block (MF1S50YYX, 8.6.2.1)."""
    plain = value.to_bytes(4, "little", signed=True)
    inverse = bytes(byte ^ 0xFF for byte in plain)
    return plain + inverse + plain + bytes([address, address ^ 0xFF] * 2)


class ClassicCard(Card):
    """A MIFARE Classic: its blocks, one authenticated sector at a time, and its access conditions."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        """Take `uid`, optional `blocks` {number: hex} and `trailers` {sector: hex} from a deck entry."""
        super().__init__(spec)
        self.uid = uid_of(spec, 4, 7)
        self._large = self.kind == "classic_4k"
        self.sak = 0x18 if self._large else 0x08
        self.blocks = [bytes(BLOCK_BYTES)] * (256 if self._large else 64)
        maker = FUDAN_MAKER_BYTES if self.kind == "fudan_m1" else NXP_MAKER_BYTES
        head = self.uid + (bytes([check_byte(self.uid)]) if len(self.uid) == 4 else b"")
        self.blocks[0] = (head + bytes([self.sak, 0x04, 0x00]) + maker + bytes(8))[:BLOCK_BYTES]
        for sector in range(sector_of(len(self.blocks) - 1) + 1):
            self.blocks[trailer_of(sector)] = FACTORY_TRAILER
        for number, content in spec.get("blocks", {}).items():
            self._preset(int(number), content)
        for number, content in spec.get("trailers", {}).items():
            self._preset(trailer_of(int(number)), content)
        self._session: Session | None = None
        self.silent = False

    def _preset(self, block: int, content: str) -> None:
        data = bytes.fromhex(content)
        if len(data) != BLOCK_BYTES or not 0 <= block < len(self.blocks):
            raise ValueError(f"card {self.card_id}: block {block} cannot hold that")
        self.blocks[block] = data

    @property
    def atr(self) -> bytes:
        """PC/SC card name 0001 (1K) or 0002 (4K); compatible chips say the same."""
        return storage_atr(0x0002 if self._large else 0x0001)

    def power_on(self) -> None:
        """Forget the authentication and listen again."""
        self.select()

    def select(self) -> None:
        """Be selected again, as a reader does after the chip fell silent."""
        self._session = None
        self.silent = False

    def _fail(self) -> None:
        self._session = None
        self.silent = True

    def authenticate(self, block: int, key_type: int, key: bytes) -> bool:
        """Whether the card accepts `key` for the sector of `block`; after a refusal it is silent."""
        if self.silent or block >= len(self.blocks) or key_type not in {KEY_A, KEY_B}:
            self._fail()
            return False
        trailer = self.blocks[trailer_of(sector_of(block))]
        right = trailer[:6] if key_type == KEY_A else trailer[10:]
        if key != right or condition(trailer, 3) is None:
            self._fail()
            return False
        self._session = Session(sector_of(block), "A" if key_type == KEY_A else "B")
        return True

    def _key(self, block: int) -> tuple[str, bytes] | None:
        """Return the key in force for a block with its sector's trailer; None if there is none."""
        session = self._session
        if self.silent or session is None or block >= len(self.blocks) or session.sector != sector_of(block):
            return None
        trailer = self.blocks[trailer_of(session.sector)]
        number = condition(trailer, 3)
        # Where key A may read key B, key B is data: the chip lets it authenticate and then refuses every access.
        if number is None or (session.key == "B" and TRAILER_RULES[number][2]):
            return None
        return session.key, trailer

    def _may(self, block: int, action: int) -> bool:
        held = self._key(block)
        if held is None or block == trailer_of(sector_of(block)):
            return False
        key, trailer = held
        first = trailer_of(sector_of(block)) - (3 if block < 128 else 15)
        group = (block - first) // (1 if block < 128 else 5)
        number = condition(trailer, group)
        return number is not None and key in DATA_RULES[number][action]

    def read(self, block: int) -> bytes | None:
        """Return the 16 bytes of a block, None (and fall silent) when they may not be read."""
        if (held := self._key(block)) is not None and block == trailer_of(sector_of(block)):
            key, trailer = held
            number = condition(trailer, 3)
            key_b = trailer[10:] if number is not None and key in TRAILER_RULES[number][2] else bytes(6)
            return bytes(6) + trailer[6:10] + key_b
        if self._may(block, READ):
            return self.blocks[block]
        self._fail()
        return None

    def write(self, block: int, data: bytes) -> bool:
        """Whether the card took 16 bytes; block 0 is read-only on every genuine chip."""
        if len(data) == BLOCK_BYTES and (held := self._key(block)) is not None:
            if block == trailer_of(sector_of(block)):
                return self._write_trailer(block, data, held[0])
            if block and self._may(block, WRITE):
                self.blocks[block] = data
                return True
        self._fail()
        return False

    def _write_trailer(self, block: int, data: bytes, key: str) -> bool:
        old = self.blocks[block]
        number = condition(old, 3)
        rules = TRAILER_RULES[number if number is not None else 0b111]
        may_a, may_access, may_b = key in rules[0], key in rules[1], key in rules[3]
        if not (may_a or may_access or may_b):
            self._fail()
            return False
        # Parts which the conditions protect keep their content; the rest of the write is carried out.
        self.blocks[block] = (
            (data[:6] if may_a else old[:6])
            + (data[6:10] if may_access else old[6:10])
            + (data[10:] if may_b else old[10:])
        )
        return True

    def value(self, block: int) -> int | None:
        """Return the signed value of a value block, None (and fall silent) when it is none or forbidden."""
        content = self.read(block)
        if content is None:
            return None
        value = int.from_bytes(content[:4], "little", signed=True)
        if content == value_block(value, content[12]):
            return value
        self._fail()
        return None

    def change_value(self, block: int, amount: int) -> bool:
        """Add `amount` (negative: take away) to a value block, as INCREMENT or DECREMENT with TRANSFER do."""
        allowed = self._may(block, INCREMENT if amount >= 0 else DECREMENT)
        value = self.value(block) if allowed else None
        if value is None or not -(1 << 31) <= value + amount < 1 << 31:
            self._fail()
            return False
        self.blocks[block] = value_block(value + amount, self.blocks[block][12])
        return True

    def exchange(self, command: bytes) -> bytes | None:
        """Answer a native command (`60/61 block key uid4`, `30 block`, `A0 block data`); None is silence."""
        match command[:1]:
            case b"\x60" | b"\x61" if len(command) == 12 and command[8:] == self.uid[-4:]:
                return b"" if self.authenticate(command[1], command[0], command[2:8]) else None
            case b"\x30" if len(command) == 2:
                return self.read(command[1])
            case b"\xa0" if len(command) == 2 + BLOCK_BYTES:
                return b"" if self.write(command[1], command[2:]) else None
        self._fail()
        return None
