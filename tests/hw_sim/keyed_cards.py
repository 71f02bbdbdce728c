"""Cards with keys, as several tests of the models want them, and the other half of their cryptography."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB

from tests.hw_sim.card_aes import decrypt, encrypt, rotate
from tests.hw_sim.card_cpu import FmcosCard
from tests.hw_sim.card_desfire import DesfireCard
from tests.hw_sim.card_host import RND_A
from tests.hw_sim.card_ntag424 import Ntag424Card
from tests.hw_sim.card_reader import CardReader
from tests.hw_sim.card_ultralight_aes import UltralightAesCard
from tests.hw_sim.cards import make_card

H = bytes.fromhex
UID = "04A1B2C3D4E580"
ZERO, KEY, OTHER = bytes(16), bytes(range(16)), bytes(range(16, 32))
AID = H("4230F5")  # F53042 on the wire
FILES = {
    str(number): {"mode": mode, "access": "1011", "data": bytes(range(80)).hex()}
    for number, mode in ((1, "plain"), (2, "mac"), (3, "full"))
}
SHOP = {"F53042": {"keys": [KEY.hex(), OTHER.hex()], "settings": "0F", "files": FILES}}
SELECT_NTAG = H("00A4040C07D276000085010100")


def desfire(version: str = "ev2", **more: Any) -> DesfireCard:
    """Return a DESFire with the shop's application `AID`: keys `KEY` and `OTHER`, a file in each mode."""
    card = make_card({"id": "x", "kind": "desfire", "uid": UID, "version": version, "applications": SHOP, **more})
    assert isinstance(card, DesfireCard)
    return card


def ntag(**more: Any) -> Ntag424Card:
    """A tag with its application selected."""
    card = make_card({"id": "x", "kind": "ntag424", "uid": UID, **more})
    assert isinstance(card, Ntag424Card)
    assert card.apdu(SELECT_NTAG) == H("9000")
    return card


def span(number: int, offset: int, length: int) -> bytes:
    """Return the header of ReadData and WriteData."""
    return bytes([number]) + offset.to_bytes(3, "little") + length.to_bytes(3, "little")


def ultralight(**more: Any) -> UltralightAesCard:
    """Return an Ultralight AES."""
    card = make_card({"id": "x", "kind": "ultralight_aes", "uid": UID, **more})
    assert isinstance(card, UltralightAesCard)
    return card


def prove(card: UltralightAesCard, key: bytes, number: int = 0) -> bool:
    """Authenticate through a reader's raw channel; return whether both sides knew the key."""
    reader = CardReader()

    def raw(command: bytes) -> bytes | None:
        answer = reader.transmit(card, H("FF000000") + bytes([len(command) + 2]) + H("D442") + command)
        return answer[3:-2] if answer[2] == 0 else None

    challenge = raw(bytes([0x1A, number]))
    if challenge is None:
        return False
    proof = raw(b"\xaf" + encrypt(key, RND_A + rotate(decrypt(key, challenge[1:]))))
    return proof is not None and decrypt(key, proof[1:]) == rotate(RND_A)


CIPHERS: Mapping[str, Callable[[bytes], TripleDES | SM4 | AES]] = MappingProxyType(
    {
        "3des": lambda key: TripleDES(key + key[:8]),
        "sm4": SM4,
        "aes": AES,
    }
)
SELECT_SHOP = H("00A4040009A00000063257414E4700")


def fmcos(algorithm: str = "3des", **more: Any) -> FmcosCard:
    """Return a CPU card with key 1 `KEY` and the number 20260018."""
    spec = {"uid": "5D3A9C71", "algorithm": algorithm, "key": KEY.hex(), "key_no": 1, "number": "20260018"}
    card = make_card({"id": "x", "kind": "fmcos", **spec, **more})
    assert isinstance(card, FmcosCard)
    return card


def enciphered(algorithm: str, key: bytes, data: bytes) -> bytes:
    """Return whole blocks enciphered one by one, as a CPU card does it."""
    machine = Cipher(CIPHERS[algorithm](key), ECB()).encryptor()  # noqa: S305 - as the card
    return machine.update(data) + machine.finalize()
