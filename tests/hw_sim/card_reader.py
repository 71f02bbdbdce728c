"""A PC/SC reader's own command set (class FF) in front of a card, as makers' readers of the ACR122U kind answer it.

Sources: PC/SC part 3, 3.2.2 (storage card functions); ACS ACR122U API v2.04; ACS reference manual for memory cards
(SLE 4432/4442/5542). A reader keeps loaded keys when the card changes, and selects a silent card anew.
"""

from __future__ import annotations

from tests.hw_sim.card_base import Card, Part4Card
from tests.hw_sim.card_classic import BLOCK_BYTES, ClassicCard, value_block
from tests.hw_sim.card_sle4442 import MEMORY_BYTES, PROTECTABLE_BYTES, Sle4442Card
from tests.hw_sim.card_type2 import PAGE_BYTES, Type2Card

OK = bytes.fromhex("9000")
FAILED = bytes.fromhex("6300")
NOT_SUPPORTED = bytes.fromhex("6A81")
WRONG_LENGTH = bytes.fromhex("6700")
FIRMWARE = b"ACR122U214"
PN532_VERSION = bytes.fromhex("D50332010607")
KEY_SLOTS = (0, 1)


class CardReader:
    """Answers command APDUs for the card that lies on it."""

    def __init__(self) -> None:
        """Start with no key loaded and no memory card type selected."""
        self._keys: dict[int, bytes] = {}
        self._memory_card_chosen = False

    def power_on(self, card: Card) -> None:
        """Reset the card: it and the reader forget what belongs to one powering."""
        self._memory_card_chosen = False
        card.power_on()

    def transmit(self, card: Card, command: bytes) -> bytes:
        """Return data and status word for one command APDU."""
        if command[:1] != b"\xff":
            return card.apdu(command) if isinstance(card, Part4Card) else FAILED
        if len(command) < 5:
            return WRONG_LENGTH
        if command[1] == 0x00:
            return self._own(card, command)
        if isinstance(card, Sle4442Card):
            return self._memory_card(card, command)
        if not card.contactless:
            return NOT_SUPPORTED
        return self._storage(card, command)

    def _own(self, card: Card, command: bytes) -> bytes:
        """ACR122U API, 6: lights, buzzer, firmware and direct transmission to the PN532 inside."""
        match command[2], tuple(command[4:]):
            case 0x40, (4, _, _, _, _):
                return bytes([0x90, command[3] & 0x03])
            case 0x52, (0,):
                return OK
            case 0x48, (0,):
                return FIRMWARE  # The one answer without a status word.
            case 0x00, (length, *raw) if length == len(raw) and card.contactless:
                return self._direct(card, bytes(raw))
        return FAILED if command[2] == 0x00 else NOT_SUPPORTED

    def _direct(self, card: Card, raw: bytes) -> bytes:
        if raw == b"\xd4\x02":
            return PN532_VERSION + OK
        if raw[:2] == b"\xd4\x42":
            code, native = 0x43, raw[2:]
        elif raw[:3] == b"\xd4\x40\x01":
            code, native = 0x41, raw[3:]
        else:
            return FAILED
        answer = card.exchange(native) if isinstance(card, Type2Card | ClassicCard) else None
        # PN532 user manual, 7.1: status 01 is a timeout, 00 success.
        return bytes([0xD5, code, 0x01]) + OK if answer is None else bytes([0xD5, code, 0x00]) + answer + OK

    def _storage(self, card: Card, command: bytes) -> bytes:
        match command[1]:
            case 0xCA:
                return _get_data(card, command)
            case 0x82:
                return self._load_key(command)
            case 0x86 | 0x88:
                return self._authenticate(card, command)
            case 0xB1 | 0xD7 if isinstance(card, ClassicCard):
                return _value(card, command)
        return _binary(card, command)

    def _load_key(self, command: bytes) -> bytes:
        if command[2] != 0 or command[3] not in KEY_SLOTS or command[4] != 6 or len(command) != 11:
            return FAILED
        self._keys[command[3]] = command[5:]
        return OK

    def _authenticate(self, card: Card, command: bytes) -> bytes:
        match tuple(command[1:]):
            case (0x86, 0, 0, 5, 1, 0, block, key_type, slot):
                pass
            case (0x88, 0, block, key_type, slot):
                pass
            case _:
                return FAILED
        key = self._keys.get(slot)
        if key is None or not isinstance(card, ClassicCard):
            return FAILED
        if card.silent:
            card.select()
        return OK if card.authenticate(block, key_type, key) else FAILED

    def _memory_card(self, card: Sle4442Card, command: bytes) -> bytes:
        """ACS manual for SLE 4432/4442/5542: nothing works before the card type is selected."""
        data = command[5:]
        if command[1] == 0xA4:
            self._memory_card_chosen = command[2:] == b"\x00\x00\x01\x06"
            card.power_on()
            return OK if self._memory_card_chosen else FAILED
        if command[1] not in {0xB0, 0xB1, 0xB2, 0x20, 0xD0, 0xD1, 0xD2}:
            return NOT_SUPPORTED
        writes = command[1] in {0x20, 0xD0, 0xD1, 0xD2}
        if not self._memory_card_chosen or command[2] != 0 or len(data) != (command[4] if writes else 0):
            return FAILED
        return _memory_command(card, command[1], command[3], command[4], data)


def _memory_command(card: Sle4442Card, code: int, address: int, length: int, data: bytes) -> bytes:
    if code == 0xB0 and length and address + length <= MEMORY_BYTES:
        return bytes(card.memory[address : address + length]) + OK
    if (address, length) == (0, 4) and code in {0xB1, 0xB2}:
        return (card.security_memory() if code == 0xB1 else card.protection_memory()) + OK
    if (code, address, length) == (0x20, 0, 3):
        card.present(data)
        # The second status byte is the error counter: 07 right, 00 locked, which looks like success.
        return bytes([0x90, card.tries])
    return _memory_write(card, code, address, data)


def _memory_write(card: Sle4442Card, code: int, address: int, data: bytes) -> bytes:
    """Write, protect or change the PSC: the chip does not say whether it obeyed, so the answer is success."""
    if code == 0xD0 and data and address + len(data) <= MEMORY_BYTES:
        card.write(address, data)
    elif code == 0xD1 and data and address + len(data) <= PROTECTABLE_BYTES:
        card.protect(address, data)
    elif (code, address, len(data)) == (0xD2, 1, 3):
        card.change_psc(data)
    else:
        return FAILED
    return OK


def _get_data(card: Card, command: bytes) -> bytes:
    """PC/SC part 3, 3.2.2.1.3: the UID, or the ATS of a part 4 card."""
    if command[2:4] == b"\x00\x00":
        data = card.uid
    elif command[2:4] == b"\x01\x00" and isinstance(card, Part4Card):
        data = card.ats
    else:
        return NOT_SUPPORTED
    wanted = command[4]
    if len(command) != 5:
        return WRONG_LENGTH
    if 0 < wanted < len(data):
        return bytes([0x6C, len(data)])
    return data + (OK if wanted in {0, len(data)} else bytes.fromhex("6282"))


def _binary(card: Card, command: bytes) -> bytes:
    """PC/SC part 3, 3.2.2.1.8 and 9: read and update."""
    address = command[2] << 8 | command[3]
    if command[1] == 0xB0 and len(command) == 5:
        return _read_binary(card, address, command[4])
    if command[1] == 0xD6 and len(command) == 5 + command[4]:
        return _update_binary(card, address, command[5:])
    return NOT_SUPPORTED


def _read_binary(card: Card, address: int, length: int) -> bytes:
    if address > 0xFF or not isinstance(card, ClassicCard | Type2Card):
        return FAILED
    if not 0 < length <= BLOCK_BYTES:
        return bytes([0x6C, BLOCK_BYTES])
    data = card.read(address) if isinstance(card, ClassicCard) else card.exchange(bytes([0x30, address]))
    return FAILED if data is None else data[:length] + OK


def _update_binary(card: Card, address: int, data: bytes) -> bytes:
    if address > 0xFF:
        return FAILED
    if isinstance(card, ClassicCard):
        return OK if len(data) == BLOCK_BYTES and card.write(address, data) else FAILED
    if isinstance(card, Type2Card) and len(data) == PAGE_BYTES:
        return FAILED if card.exchange(bytes([0xA2, address]) + data) is None else OK
    return FAILED


def _value(card: ClassicCard, command: bytes) -> bytes:
    """ACR122U API, 5.5: store, add, subtract, copy and read a value block (high byte first on this side)."""
    match tuple(command[1:]):
        case (0xB1, 0, block, 4):
            value = card.value(block)
            return FAILED if value is None else value.to_bytes(4, "big", signed=True) + OK
        case (0xD7, 0, block, 5, 0, *raw) if len(raw) == 4:
            done = card.write(block, value_block(int.from_bytes(bytes(raw), "big", signed=True), block))
        case (0xD7, 0, block, 5, 1 | 2 as direction, *raw) if len(raw) == 4:
            amount = int.from_bytes(bytes(raw), "big", signed=True)
            done = amount >= 0 and card.change_value(block, amount if direction == 1 else -amount)
        case (0xD7, 0, source, 2, 3, target):
            value = card.value(source)
            done = value is not None and card.write(target, value_block(value, source))
        case _:
            return FAILED
    return OK if done else FAILED
