"""The card reader driver issuing cards, against simulated blanks behind the stand-in card service."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from terminal.base.devices import CardOrder
from terminal.base.events import CardIssued, CardIssueFailed, CardRefused, CardRemoved, CardTapped
from terminal.hw.cards.keys import CardKeys, DesfireKeys, Ntag424Keys, UltralightAesKeys
from terminal.hw.pcsc import PcscDriver
from terminal.hw.pcsc_card import CONVERSATION_S
from terminal.runtime.supervisor import Supervisor
from tests.hw.pcsc_bench import CONTACT, CONTACTLESS, COUNTER, KIOSK, MATCHES, QUICK_S, Bench, kinds

pytestmark = pytest.mark.slow

UID = "04A1B2C3D4E580"
MASTER = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
KEYS = CardKeys(
    desfire=DesfireKeys(bytes.fromhex("4230F5"), 0, b"salon", "ev2first", MASTER),
    ntag424=Ntag424Keys(0, b"salon", MASTER),
    ultralight_aes=UltralightAesKeys(0, b"salon", MASTER),
)
ISSUED = ("desfire", "ntag424", "ultralight_aes")
# UPDATE BINARY of a reader; CreateApplication, ChangeKey, ChangeFileSettings, WriteData, and the ISO way to write.
WRITES = ("FFD6", "90CA", "90C4", "905F", "908D", "00D6")
OTHER_SHOPS: dict[str, dict[str, object]] = {
    "desfire": {"applications": {"123456": {"keys": ["11" * 16]}}},
    "ntag424": {"keys": ["11" * 16] * 5},
    "ultralight_aes": {"key": "11" * 16, "auth0": "04"},
}
KEY_PAGES = {f"FFD600{page:02X}" for page in range(0x30, 0x34)}
each_kind = pytest.mark.parametrize("kind", ISSUED)


class Orders:
    """Orders for a reader, each for one card, and the numbers that are somebody's."""

    def __init__(self) -> None:
        self.waiting: dict[str, str] = {}
        self.taken: dict[bytes, str] = {}
        self.asked: list[str] = []
        self.answers = 1_000  # how often the till is not too busy to answer
        self._count = 0

    def take_order(self, device: str) -> CardOrder | None:
        kind = self.waiting.pop(device, None)
        if kind is None:
            return None
        self._count += 1
        return CardOrder(f"order {self._count}", kind)

    def objection(self, device: str, order_id: str, uid: bytes) -> str:
        assert device == KIOSK
        self.asked.append(order_id)
        return self.taken.get(uid, "") if len(self.asked) <= self.answers else "busy"


class IssuingBench(Bench):
    """A bench whose driver issues what is ordered."""

    def __init__(self, keys: CardKeys | None = KEYS) -> None:
        super().__init__()
        self.orders = Orders()
        self.driver = PcscDriver("pcsc", MATCHES, card_keys=keys, orders=self.orders)
        self.supervisor = Supervisor([self.driver], self.seen, QUICK_S)
        self._laid = 0

    def blank(self, kind: str) -> None:
        """Put a new blank of a kind into the deck, called `blank`."""
        self.desk.add_card({"id": "blank", "kind": kind, "uid": UID})

    def lay(self, card: str, order: str = "") -> None:
        """Lay a card on the kiosk's reader, where one may be ordered."""
        if order:
            self.orders.waiting[KIOSK] = order
        self._laid += 1
        self.desk.insert(CONTACTLESS, card)

    def lift(self) -> None:
        """Take the card away, if it is not gone already, and return when that was noticed."""
        with contextlib.suppress(ValueError):
            self.desk.remove(CONTACTLESS)
        self.seen.wait(CardRemoved, self._laid)

    def commands(self) -> list[str]:
        """Return the commands sent since the last time."""
        return [str(record["apdu"]) for record in self.desk.apdus(clear=True)["apdus"]]

    def proof(self) -> str:
        """Tap the blank and return what it proves."""
        taps = len(self.seen.of(CardTapped))
        self.lay("blank")
        tapped = self.seen.wait(CardTapped, taps + 1)
        self.lift()
        assert tapped.uid == bytes.fromhex(UID)
        return tapped.proof


@pytest.fixture
def bench() -> Iterator[IssuingBench]:
    """Give a till's readers, keys and an order book."""
    made = IssuingBench()
    yield made
    made.close()


@each_kind
def test_a_blank_is_issued_once_where_it_was_ordered_and_is_a_good_card_from_then_on(
    bench: IssuingBench, kind: str
) -> None:
    bench.ready()
    bench.blank(kind)
    assert bench.proof() == "refused"
    bench.lay("blank", order=kind)
    issued = bench.seen.wait(CardIssued)
    bench.lift()
    assert issued == CardIssued(KIOSK, CONTACTLESS, kind, bytes.fromhex(UID), "order 1")
    assert UID not in repr(issued).upper()
    assert bench.proof() == "authenticated"
    tap = ["CardDetected", "CardTapped", "CardRemoved"]
    assert kinds(bench.of_reader(KIOSK)) == ["DeviceUp", *tap, "CardIssued", "CardRemoved", *tap]


@each_kind
def test_the_record_of_an_issue_holds_nothing_of_a_handshake_or_a_key(bench: IssuingBench, kind: str) -> None:
    bench.ready()
    bench.blank(kind)
    bench.lay("blank", order=kind)
    bench.seen.wait(CardIssued)
    bench.lift()
    bench.proof()
    told = [(str(one["apdu"]), str(one.get("answer", ""))) for one in bench.desk.apdus()["apdus"]]
    wrapped = [(apdu[2:4], apdu[10:], answer[:-4]) for apdu, answer in told if apdu.startswith("90")]
    secret = [(data, answer) for code, data, answer in wrapped if code in {"71", "77", "AA", "C4", "5F"}]
    secret += [(data, answer) for code, data, answer in wrapped if code == "AF" and data]
    # Of an Ultralight AES: both halves of the handshake through the reader's chip, and the pages that hold the key.
    secret += [(apdu[16:], answer[6:-4]) for apdu, answer in told if apdu[10:16] in {"D442AF", "D44001"}]
    secret += [("", answer[6:-4]) for apdu, answer in told if apdu[10:16] == "D4421A"]
    secret += [(apdu[10:], answer[:-4]) for apdu, answer in told if apdu[:8] in KEY_PAGES]
    assert len(secret) >= 6, told
    assert set("".join(data + answer for data, answer in secret)) == {"*"}


def test_an_order_is_for_one_reader_and_for_one_card(bench: IssuingBench) -> None:
    bench.ready()
    bench.orders.waiting[KIOSK] = "ntag424"
    bench.desk.insert(CONTACT, "memory")
    assert bench.seen.wait(CardTapped, device=COUNTER).number == "2026008818"
    bench.blank("ntag424")
    bench.lay("blank")
    bench.seen.wait(CardIssued)
    bench.lift()
    bench.lay("m1")
    assert bench.seen.wait(CardTapped, device=KIOSK).kind == "m1"


@each_kind
@pytest.mark.parametrize("card", ["m1", "ntag", "ultralight", "bank", "phone", "others"])
def test_a_card_that_is_no_blank_is_left_unwritten_and_read_as_always_the_next_time(
    bench: IssuingBench, kind: str, card: str
) -> None:
    bench.ready()
    bench.desk.add_card({"id": "others", "kind": kind, "uid": UID, **OTHER_SHOPS[kind]})
    bench.lay(card, order=kind)
    assert bench.seen.wait(CardIssueFailed) == CardIssueFailed(KIOSK, CONTACTLESS, "card_not_blank", "order 1")
    assert [apdu for apdu in bench.commands() if apdu.startswith(WRITES)] == []
    bench.lift()
    assert kinds(bench.of_reader(KIOSK)) == ["DeviceUp", "CardIssueFailed", "CardRemoved"]
    bench.lay(card)
    bench.seen.wait(CardRefused if card in {"bank", "phone"} else CardTapped)


def test_a_blank_that_is_somebodys_card_is_asked_its_number_and_nothing_else(bench: IssuingBench) -> None:
    bench.ready()
    bench.blank("ntag424")
    bench.orders.taken[bytes.fromhex(UID)] = "card_taken"
    bench.lay("blank", order="ntag424")
    assert bench.seen.wait(CardIssueFailed).code == "card_taken"
    assert bench.commands() == ["FFCA000000"]


@each_kind
@pytest.mark.parametrize("torn", ["remove", "remove_after"])
def test_a_card_torn_away_at_any_command_is_told_and_finished_by_the_next_order(
    bench: IssuingBench, kind: str, torn: str
) -> None:
    bench.ready()
    bench.blank(kind)
    bench.lay("blank", order=kind)
    bench.seen.wait(CardIssued)
    bench.lift()
    count = len(bench.commands())
    assert count > 10
    for at in range(1, count + 1):
        bench.blank(kind)
        bench.desk.fail_apdu(CONTACTLESS, at, torn)
        bench.lay("blank", order=kind)
        assert bench.seen.wait(CardIssueFailed, at).code == "card_unreadable"
        bench.lift()
        bench.lay("blank", order=kind)
        assert bench.seen.wait(CardIssued, at + 1).kind == kind, at
        bench.lift()
    assert bench.proof() == "authenticated"


@each_kind
def test_a_card_that_another_program_resets_at_any_command_is_issued_all_the_same(
    bench: IssuingBench, kind: str
) -> None:
    bench.ready()
    for at in range(1, 15):
        bench.blank(kind)
        bench.desk.fail_apdu(CONTACTLESS, at, "80100068")
        bench.lay("blank", order=kind)
        bench.seen.wait(CardIssued, at)
        bench.lift()
    assert bench.proof() == "authenticated"


def test_a_card_reset_after_its_keys_were_begun_is_finished_though_the_till_answers_no_second_time(
    bench: IssuingBench,
) -> None:
    bench.ready()
    bench.blank("ntag424")
    bench.lay("blank", order="ntag424")
    bench.seen.wait(CardIssued)
    bench.lift()
    changes = [at for at, apdu in enumerate(bench.commands(), 1) if apdu.startswith("90C4")]
    bench.orders.answers = 2
    bench.blank("ntag424")
    bench.desk.fail_apdu(CONTACTLESS, changes[2] + 1, "80100068")
    bench.lay("blank", order="ntag424")
    assert bench.seen.wait(CardIssued, 2).order == "order 2"
    assert bench.orders.asked == ["order 1", "order 2"]
    bench.lift()
    assert bench.proof() == "authenticated"


@pytest.mark.slow
def test_a_slow_card_has_the_time_that_issuing_takes(bench: IssuingBench) -> None:
    bench.ready()
    bench.blank("ntag424")
    bench.desk.delay(CONTACTLESS, CONVERSATION_S / 16)
    bench.lay("blank", order="ntag424")
    bench.seen.wait(CardIssued)
    assert len(bench.commands()) > 16


@pytest.mark.slow
def test_a_mute_card_ends_its_order(bench: IssuingBench) -> None:
    bench.ready()
    bench.orders.waiting[KIOSK] = "ntag424"
    bench.desk.mute(CONTACTLESS, "ntag424")
    assert bench.seen.wait(CardIssueFailed).code == "card_unreadable"


@pytest.mark.parametrize(
    ("keys", "kind", "code"), [(None, "ntag424", "card_key_missing"), (KEYS, "cpu", "card_not_issuable")]
)
def test_what_the_till_cannot_issue_is_told_and_not_written(keys: CardKeys | None, kind: str, code: str) -> None:
    bench = IssuingBench(keys)
    try:
        bench.ready()
        bench.blank("ntag424")
        bench.lay("blank", order=kind)
        assert bench.seen.wait(CardIssueFailed).code == code
        assert bench.commands() == ["FFCA000000"]
    finally:
        bench.close()
