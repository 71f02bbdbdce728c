"""The PN532 driver issuing cards, against the simulated board with simulated blanks."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.devices import CardOrder
from terminal.base.events import (
    CardDetected,
    CardIssued,
    CardIssueFailed,
    CardRemoved,
    CardTapped,
    DeviceDown,
    DeviceUp,
)
from terminal.hw.cards.keys import CardKeys, DesfireKeys, Ntag424Keys, UltralightAesKeys
from terminal.hw.pn532 import Patience, Pn532Driver
from terminal.runtime.supervisor import Supervisor
from tests.hw.recorder import Recorder
from tests.hw_sim.control import ControlClient
from tests.hw_sim.pn532 import Pn532

pytestmark = pytest.mark.slow

QUICK_S = (0.02, 0.05)
# Long enough for a busy machine to keep up.
PATIENT = Patience(ack_s=0.5, answer_s=5.0, card_s=5.0, gap_s=0.5)
UID = "04A1B2C3D4E580"
MASTER = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
KEYS = CardKeys(
    desfire=DesfireKeys(bytes.fromhex("4230F5"), 0, b"salon", "ev2first", MASTER),
    ntag424=Ntag424Keys(0, b"salon", MASTER),
    ultralight_aes=UltralightAesKeys(0, b"salon", MASTER),
)
ISSUED = ("desfire", "ntag424", "ultralight_aes")
each_kind = pytest.mark.parametrize("kind", ISSUED)


class Orders:
    """Orders, each for one card."""

    def __init__(self) -> None:
        self.waiting: list[str] = []

    def take_order(self, device: str) -> CardOrder | None:
        assert device == "reader"
        return CardOrder("the order", self.waiting.pop()) if self.waiting else None

    def objection(self, device: str, order_id: str, uid: bytes) -> str:
        return "" if (device, order_id, uid) == ("reader", "the order", bytes.fromhex(UID)) else "card_taken"


class Bench:
    """The simulated board, its knobs, the order book and the driver under its supervisor."""

    def __init__(self, folder: pathlib.Path) -> None:
        port = str(folder / "pn532")
        self.simulator = Pn532(port, str(folder / "pn532.control"))
        self.simulator.start()
        self.do = ControlClient(str(folder / "pn532.control"))
        self.seen = Recorder()
        self.orders = Orders()
        driver = Pn532Driver("reader", port, card_keys=KEYS, orders=self.orders, conversation_s=30.0, patience=PATIENT)
        self.supervisor = Supervisor([driver], self.seen, QUICK_S)
        self.supervisor.start()
        self.seen.wait(DeviceUp)
        self._laid = 0

    def blank(self, kind: str) -> None:
        """Put a new blank of a kind into the deck, called `blank`."""
        self.do("add_card", card={"id": "blank", "kind": kind, "uid": UID})

    def lay(self, card: str, order: str = "") -> None:
        """Lay a card on the reader, where one may be ordered."""
        self.orders.waiting += [order] if order else []
        self._laid += 1
        self.do("insert", card=card)

    def lift(self) -> None:
        """Take the card away, and return when that was noticed."""
        if any(card["here"] for card in self.do("cards")["cards"]):
            self.do("remove")
        self.seen.wait(CardRemoved, self._laid)

    def close(self) -> None:
        self.supervisor.stop()
        self.do.close()
        self.simulator.close()


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


@each_kind
def test_a_blank_is_issued_once_where_it_was_ordered_and_proves_itself_from_then_on(bench: Bench, kind: str) -> None:
    bench.blank(kind)
    bench.lay("blank", order=kind)
    assert bench.seen.wait(CardIssued) == CardIssued("reader", "reader", kind, bytes.fromhex(UID), "the order")
    bench.lift()
    bench.lay("blank")
    assert bench.seen.wait(CardTapped).proof == "authenticated"
    bench.lift()
    kinds = [type(event) for event in bench.seen.events]
    assert kinds == [DeviceUp, CardIssued, CardRemoved, CardDetected, CardTapped, CardRemoved]


@each_kind
@pytest.mark.parametrize("card", ["wang", "li", "bank", "phone"])
def test_a_card_that_is_no_blank_is_told_and_read_as_always_the_next_time(bench: Bench, kind: str, card: str) -> None:
    bench.lay(card, order=kind)
    assert bench.seen.wait(CardIssueFailed) == CardIssueFailed("reader", "reader", "card_not_blank", "the order")
    bench.lift()
    bench.lay(card)
    bench.seen.wait(CardDetected)


@each_kind
@pytest.mark.parametrize("how", ["before", "after", "half"])
@pytest.mark.parametrize("at", [2, 7, 11])
def test_a_card_torn_away_is_told_and_finished_by_the_next_order(bench: Bench, kind: str, how: str, at: int) -> None:
    bench.blank(kind)
    bench.do("tear", card="blank", at=at, how=how)
    bench.lay("blank", order=kind)
    assert bench.seen.wait(CardIssueFailed).code == "card_unreadable"
    bench.lift()
    bench.lay("blank", order=kind)
    bench.seen.wait(CardIssued)
    bench.lift()
    bench.lay("blank")
    assert bench.seen.wait(CardTapped).proof == "authenticated"
    assert bench.seen.of(DeviceDown) == []


@pytest.mark.parametrize("after", [3, 8])
def test_a_disturbed_line_costs_no_blank(bench: Bench, after: int) -> None:
    bench.blank("ntag424")
    bench.do("fault", name="bad_dcs", command="40", after=after)
    bench.lay("blank", order="ntag424")
    bench.seen.wait(CardIssued)
    assert bench.do("faults")["faults"]["bad_dcs"] == 1
