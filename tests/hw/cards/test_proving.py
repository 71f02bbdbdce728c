"""Which card has proved itself, which has not, and which must be waited for: whole checks of each kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC

from terminal.hw.card_reading import Identified
from terminal.hw.cards.keys import CardKeys, CpuKeys, DesfireKeys, Ntag424Keys, UltralightAesKeys
from terminal.hw.cards.proving import Proven, prove
from tests.hw.cards.peer import ZERO, Gone, NativePeer, Peer, UltralightPeer, own_key

UID = bytes.fromhex("04A1B2C3D4E580")
OTHER_UID = bytes.fromhex("04A1B2C3D4E581")
MASTER = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
RND_B = bytes.fromhex("EE1B39C24F3CBF01483A2D3053900E3E")
AID = bytes.fromhex("4230F5")
DF_NAME = b"SALON01"
KEYS = CardKeys(
    desfire=DesfireKeys(AID, 0, b"salon", "ev2first", MASTER),
    ntag424=Ntag424Keys(0, b"salon", MASTER),
    ultralight_aes=UltralightAesKeys(0, b"salon", MASTER),
)
EV1_KEYS = CardKeys(desfire=DesfireKeys(AID, 2, b"salon", "aes", MASTER))


def random_bytes(count: int) -> bytes:
    return bytes(range(100, 100 + count))


def desfire(uid: bytes = UID, key: bytes | None = None, key_count: int = 1) -> NativePeer:
    return NativePeer(uid, RND_B, [key or own_key(MASTER, uid + AID + b"salon")] * key_count, aid=AID)


def ntag424(uid: bytes = UID, key: bytes | None = None) -> NativePeer:
    return NativePeer(uid, RND_B, [key or own_key(MASTER, uid + b"salon")] + [ZERO] * 4, is_ntag=True)


def ultralight(uid: bytes = UID, key: bytes | None = None) -> UltralightPeer:
    return UltralightPeer(uid, RND_B, key or own_key(MASTER, uid + b"salon"))


def proven(kind: str, card: Peer, keys: CardKeys = KEYS) -> tuple[str, str, str]:
    found = prove(Identified(kind, UID), card.transmit, keys, random_bytes)
    assert found.uid == UID
    return found.kind, found.proof, found.code


GENUINE: list[tuple[str, Callable[[], Peer], CardKeys, str]] = [
    ("desfire", desfire, KEYS, "desfire"),
    ("desfire", lambda: desfire(key_count=3), EV1_KEYS, "desfire"),
    ("ntag", ntag424, KEYS, "ntag424"),
    ("ntag424", ntag424, KEYS, "ntag424"),
    ("ultralight", ultralight, KEYS, "ultralight_aes"),
    ("ultralight_aes", ultralight, KEYS, "ultralight_aes"),
]


@pytest.mark.parametrize(("kind", "make", "keys", "said"), GENUINE)
def test_a_card_that_knows_its_own_key_is_authenticated(
    kind: str, make: Callable[[], Peer], keys: CardKeys, said: str
) -> None:
    assert proven(kind, make(), keys) == (said, "authenticated", "")


@pytest.mark.parametrize(("kind", "make", "keys", "said"), GENUINE)
def test_a_card_taken_away_at_any_moment_is_the_readers_trouble(
    kind: str, make: Callable[[], Peer], keys: CardKeys, said: str
) -> None:
    whole = make()
    assert proven(kind, whole, keys)[1] == "authenticated", said
    assert len(whole.asked) >= 2
    for cut_at in range(len(whole.asked)):
        card = make()
        card.cut_at = cut_at
        with pytest.raises(Gone):
            proven(kind, card, keys)


@pytest.mark.parametrize(
    ("kind", "card", "said"),
    [
        ("desfire", desfire(key=ZERO), "desfire"),
        ("desfire", desfire(key=MASTER), "desfire"),
        ("desfire", NativePeer(UID, RND_B, None, aid=AID), "desfire"),
        ("desfire", desfire(OTHER_UID), "desfire"),
        ("ntag424", ntag424(key=ZERO), "ntag424"),
        ("ntag", ntag424(OTHER_UID), "ntag424"),
        ("ultralight", ultralight(key=ZERO), "ultralight_aes"),
        ("ultralight_aes", ultralight(OTHER_UID), "ultralight_aes"),
    ],
)
def test_a_card_with_the_right_uid_and_another_key_is_refused_as_a_clone(kind: str, card: Peer, said: str) -> None:
    assert proven(kind, card) == (said, "refused", "card_key_wrong")


@pytest.mark.parametrize(("kind", "keys"), [("desfire", KEYS), ("ntag424", KEYS)])
def test_a_card_that_says_another_uid_under_authentication_is_refused(kind: str, keys: CardKeys) -> None:
    card = desfire() if kind == "desfire" else ntag424()
    card.says_uid = OTHER_UID
    assert proven(kind, card, keys) == (kind, "refused", "card_key_wrong")


def test_a_first_generation_card_that_says_another_uid_is_refused() -> None:
    card = desfire(key_count=3)
    card.says_uid = OTHER_UID
    assert proven("desfire", card, EV1_KEYS) == ("desfire", "refused", "card_key_wrong")


class Liar(UltralightPeer):
    """A clone that knows no key and answers every message as if it did; `answers` are its first and its second."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__(UID, RND_B)
        self.answers = list(answers)

    def answer(self, command: bytes) -> tuple[bytes, int]:
        assert command[:4] == b"\xff\x00\x00\x00"
        return b"\xd5\x43\x00" + self.answers.pop(0), 0x9000


@pytest.mark.parametrize(
    "second", [b"\x00" + bytes(16), b"\x00" + bytes(15), b"\x00", b"", b"\xaf" + bytes(16), b"\x00" + bytes(17)]
)
def test_a_clone_that_claims_to_have_understood_is_refused(second: bytes) -> None:
    assert proven("ultralight", Liar(b"\xaf" + bytes(16), second))[1:] == ("refused", "card_key_wrong")


@pytest.mark.parametrize("first", [b"\x00" + bytes(16), b"\xaf" + bytes(8), b"\xaf" + bytes(17), b"\xaf", b""])
def test_a_tag_that_begins_otherwise_does_not_authenticate_with_aes(first: bytes) -> None:
    assert proven("ultralight", Liar(first)) == ("ultralight", "none", "")


def test_a_right_answer_that_is_not_said_to_be_one_is_refused() -> None:
    genuine = ultralight()
    card = Altered(genuine, 1, 8 * 16)
    assert proven("ultralight", card) == ("ultralight_aes", "refused", "card_key_wrong")


@pytest.mark.parametrize("kind", ["desfire", "ntag424"])
def test_a_card_that_makes_us_wait_is_delayed_and_no_clone(kind: str) -> None:
    card = desfire() if kind == "desfire" else ntag424()
    card.delayed = True
    assert proven(kind, card) == (kind, "delayed", "card_delayed")


class Altered(Peer):
    """A card whose answer to the command at `exchange` arrives with one bit changed."""

    def __init__(self, card: Peer, exchange: int, bit: int) -> None:
        super().__init__(card.uid, card.rnd_b)
        self.card, self.exchange, self.bit = card, exchange, bit

    def answer(self, command: bytes) -> tuple[bytes, int]:
        answer, status = self.card.transmit(command)
        if len(self.asked) == self.exchange + 1:
            answer = (int.from_bytes(answer, "big") ^ 1 << self.bit).to_bytes(len(answer), "big")
        return answer, status


@pytest.mark.parametrize(("mode", "lengths"), [("ev2first", (0, 16, 32, 24)), ("aes", (0, 16, 16, 16))])
def test_every_changed_bit_of_every_answer_is_noticed(mode: str, lengths: tuple[int, ...]) -> None:
    keys = CardKeys(desfire=DesfireKeys(AID, 0, b"salon", mode, MASTER))
    for exchange, length in enumerate(lengths):
        for bit in range(8 * length):
            card = Altered(desfire(), exchange, bit)
            assert proven("desfire", card, keys) == ("desfire", "refused", "card_key_wrong"), (exchange, bit)
    assert proven("desfire", desfire(), keys)[1] == "authenticated"


@pytest.mark.parametrize("kind", ["desfire", "ntag", "ultralight", "unknown", "m1", "sle4442", "cpu", "em4100"])
def test_without_a_key_for_its_kind_a_card_is_asked_nothing(kind: str) -> None:
    card = desfire()
    assert proven(kind, card, CardKeys()) == (kind, "none", "")
    assert card.asked == []


class Silent(Peer):
    """A tag without any authentication: refuses every command."""

    def answer(self, command: bytes) -> tuple[bytes, int]:
        return (b"\xd5\x43\x01", 0x9000) if command.startswith(b"\xff\x00\x00\x00") else (b"", 0x6A81)


@pytest.mark.parametrize(("kind", "proof"), [("ntag", "none"), ("ultralight", "none"), ("desfire", "refused")])
def test_a_plain_tag_of_the_same_family_has_nothing_to_prove(kind: str, proof: str) -> None:
    assert proven(kind, Silent(UID, RND_B))[1] == proof


@pytest.mark.parametrize("kind", ["ntag424", "ultralight_aes"])
def test_a_plain_tag_told_as_the_exact_kind_is_refused(kind: str) -> None:
    assert proven(kind, Silent(UID, RND_B)) == (kind, "refused", "card_key_wrong")


def test_a_native_card_without_the_application_is_no_plain_tag() -> None:
    assert proven("ntag", desfire()) == ("ntag424", "refused", "card_key_wrong")


def test_a_card_without_uid_has_nothing_to_prove() -> None:
    card = desfire()
    assert prove(Identified("desfire"), card.transmit, KEYS) == Proven("desfire", b"", "none")
    assert card.asked == []


def test_the_outcome_says_neither_uid_nor_number_to_a_log() -> None:
    text = repr(Proven("cpu", UID, "authenticated", number="2026008818"))
    assert "2026008818" not in text
    assert repr(UID) not in text


class CpuPeer(Peer):
    """A processor card with one application, whose key and algorithm are worked out here."""

    def __init__(self, algorithm: str, key: bytes, file: bytes, *, is_closed: bool, fetches: bool = False) -> None:
        super().__init__(UID, RND_B)
        self.algorithm, self.key, self.file = algorithm, key, file
        self.is_closed, self.fetches = is_closed, fetches
        self.waiting = b""
        self.tries = 3

    def sealed(self, block: bytes) -> bytes:
        return one_by_one(self.algorithm, self.key, block)

    def answer(self, command: bytes) -> tuple[bytes, int]:
        size = 8 if self.algorithm == "3des" else 16
        if command[:5] == bytes([0, 0x88, 0, 3, size]):
            self.waiting = self.sealed(command[5:])
            return (b"", 0x6100 | size) if self.fetches else (self.waiting, 0x9000)
        if command[:5] == bytes([0, 0x82, 0, 3, size]):
            self.is_closed = command[5:] != self.sealed(RND_B[:size])
            self.tries -= self.is_closed
            return b"", 0x63C0 | self.tries if self.is_closed else 0x9000
        others = {
            b"\x00\xa4\x04\x00\x07" + DF_NAME + b"\x00": (b"", 0x6112),
            bytes([0, 0xC0, 0, 0, size]): (self.waiting, 0x9000),
            bytes([0, 0x84, 0, 0, size]): (RND_B[:size], 0x9000),
            bytes([0, 0xB0, 0x95, 0, 16]): (b"", 0x6982) if self.is_closed else (self.file, 0x9000),
        }
        return others.get(command, (b"", 0x6A82))


def one_by_one(algorithm: str, key: bytes, blocks: bytes) -> bytes:
    """Return a block or two encrypted, each as the first block of a chain that begins with zeros."""
    size = 8 if algorithm == "3des" else 16
    kinds: dict[str, BlockCipherAlgorithm] = {"3des": TripleDES(key + key[:8]), "sm4": SM4(key), "aes": AES(key)}
    parts = [blocks[at : at + size] for at in range(0, len(blocks), size)]
    return b"".join(Cipher(kinds[algorithm], CBC(bytes(size))).encryptor().update(part) for part in parts)


def own_cpu_key(algorithm: str) -> bytes:
    if algorithm == "aes":
        return own_key(MASTER, UID + DF_NAME)
    factor = b"\0" + UID
    return one_by_one(algorithm, MASTER, factor + bytes(255 - byte for byte in factor))


def cpu_keys(algorithm: str, file: int = 0x15) -> CardKeys:
    return CardKeys(cpu=(CpuKeys(b"OTHERS", 1, "aes", 0, ZERO), CpuKeys(DF_NAME, 3, algorithm, file, MASTER)))


@pytest.mark.parametrize("algorithm", ["3des", "sm4", "aes"])
@pytest.mark.parametrize(("is_closed", "fetches"), [(False, False), (True, False), (True, True)])
def test_a_processor_card_proves_its_key_and_gives_its_number(algorithm: str, is_closed: bool, fetches: bool) -> None:
    file = b"2026008818\xff\xff\xff\xff\xff\xff"
    card = CpuPeer(algorithm, own_cpu_key(algorithm), file, is_closed=is_closed, fetches=fetches)
    found = prove(Identified("unknown", UID), card.transmit, cpu_keys(algorithm), random_bytes)
    assert found == Proven("cpu", UID, "authenticated", number="2026008818")


def test_a_processor_card_without_a_file_is_known_by_its_uid() -> None:
    card = CpuPeer("sm4", own_cpu_key("sm4"), b"", is_closed=True)
    found = prove(Identified("cpu", UID), card.transmit, cpu_keys("sm4", 0), random_bytes)
    assert found == Proven("cpu", UID, "authenticated")


def test_a_processor_card_with_another_key_is_refused_and_loses_no_try() -> None:
    card = CpuPeer("3des", MASTER, b"2026008818", is_closed=True)
    assert proven("unknown", card, cpu_keys("3des")) == ("cpu", "refused", "card_key_wrong")
    assert card.tries == 3


@pytest.mark.parametrize("file", [b"\xff" * 16, b"", b"no number here", "会员".encode()])
def test_a_processor_card_whose_file_holds_no_number_is_unreadable(file: bytes) -> None:
    card = CpuPeer("sm4", own_cpu_key("sm4"), file, is_closed=False)
    assert proven("unknown", card, cpu_keys("sm4")) == ("cpu", "refused", "card_unreadable")


def test_a_processor_card_without_any_of_the_applications_has_nothing_to_prove() -> None:
    assert proven("unknown", Silent(UID, RND_B), cpu_keys("sm4")) == ("unknown", "none", "")
