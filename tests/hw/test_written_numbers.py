"""Numbers in a sector and tap addresses, read over both wires: the stand-in card service and a simulated board."""

from __future__ import annotations

import logging
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from terminal.base.events import CardDetected, CardRefused, CardRemoved, CardTapped, DeviceUp
from terminal.hw.cards.keys import CardKeys, ClassicKeys, Ntag424Keys
from terminal.hw.cards.sdm_file import SdmFile
from terminal.hw.pcsc import PcscDriver
from terminal.hw.pn532 import Patience, Pn532Driver
from terminal.runtime.supervisor import Driver, Supervisor
from tests.hw.pcsc_bench import CONTACTLESS, KIOSK, MATCHES, QUICK_S, Bench
from tests.hw.recorder import Recorder
from tests.hw_sim.control import ControlClient
from tests.hw_sim.pn532 import Pn532

pytestmark = pytest.mark.slow

PATIENT = Patience(ack_s=0.5, answer_s=5.0, card_s=5.0, gap_s=0.5)
UID, TAG_UID = "0BE2FB0B", "04A1B2C3D4E580"
KEY, OTHER_KEY, FACTORY = "A1B2C3D4E5F6", "0102030405AA", "FFFFFFFFFFFF"
META, FILE_MASTER = bytes(range(16)), bytes(range(16, 32))
PREFIX = "https://shop.example/t"
KEYS = CardKeys(
    ntag424=Ntag424Keys(0, b"salon", b"", META, FILE_MASTER, PREFIX),
    classic=ClassicKeys(sector=2, block=1, key_type="A", form="ascii", offset=0, length=16, key=bytes.fromhex(KEY)),
)
NUMBER = b"VIP20260018".ljust(16, b"\x00").hex()
OWN = ["00" * 16, "00" * 16, "00" * 16, META.hex(), f"{FILE_MASTER.hex()}/{b'salon'.hex()}"]


def m1(card: str, key: str = KEY, number: str = NUMBER) -> dict[str, Any]:
    """Return a deck entry with a number in block 9, under a key of its sector."""
    blocks, trailers = {"9": number}, {"2": f"{key}78778869{FACTORY}"}
    return {"id": card, "kind": "fudan_m1", "uid": UID, "blocks": blocks, "trailers": trailers}


def tag(card: str, keys: list[str], counter: int = 0) -> dict[str, Any]:
    """Return a deck entry with the shop's tap address."""
    file = SdmFile(PREFIX)
    return {
        "id": card,
        "kind": "ntag424",
        "uid": TAG_UID,
        "keys": keys,
        "counter": counter,
        "ndef": file.content().hex(),
        "sdm": file.settings().hex(),
    }


DECK = [
    m1("written"),
    m1("other key", key=OTHER_KEY),
    m1("empty", number="00" * 16),
    tag("genuine", OWN, 41),
    tag("foreign", ["00" * 16] * 5),
]


class Wire:
    """A reader with its driver: cards are laid down and lifted, and what the driver said is awaited."""

    def __init__(self, driver: Driver, seen: Recorder, device: str) -> None:
        self.seen = seen
        self.device = device
        self.supervisor = Supervisor([driver], seen, QUICK_S)
        self._laid = 0

    def lay(self, card: str) -> None:
        raise NotImplementedError

    def take(self) -> None:
        raise NotImplementedError

    def tear_at(self, command: int) -> None:
        """Let the card go away at its `command`-th command from now."""
        raise NotImplementedError

    def sent(self) -> str:
        """Return every command that reached the simulator, in hex."""
        raise NotImplementedError

    def tap(self, card: str) -> CardTapped:
        """Return what the driver says of a card."""
        taps = len(self.seen.of(CardTapped))
        self.lay(card)
        tapped = self.seen.wait(CardTapped, taps + 1)
        self.lift()
        return tapped

    def lift(self) -> None:
        """Take the card away, if it is there, and return when that was noticed."""
        self._laid += 1
        self.take()
        self.seen.wait(CardRemoved, self._laid)


class PcscWire(Wire):
    """The PC/SC driver against the stand-in card service."""

    def __init__(self) -> None:
        self._bench = Bench()
        super().__init__(PcscDriver("pcsc", MATCHES, card_keys=KEYS), self._bench.seen, KIOSK)
        self._bench.daemon.start()
        self.supervisor.start()
        self.seen.wait(DeviceUp, device=KIOSK)
        for card in DECK:
            self._bench.desk.add_card(card)

    def lay(self, card: str) -> None:
        self._bench.desk.insert(CONTACTLESS, card)

    def take(self) -> None:
        if self._bench.desk.slot(CONTACTLESS).card is not None:
            self._bench.desk.remove(CONTACTLESS)

    def tear_at(self, command: int) -> None:
        self._bench.desk.fail_apdu(CONTACTLESS, command, "remove_after")

    def sent(self) -> str:
        return " ".join(str(record["apdu"]) for record in self._bench.desk.apdus(clear=False)["apdus"])

    def close(self) -> None:
        assert self.supervisor.stop() == []
        self._bench.daemon.close()


class Pn532Wire(Wire):
    """The PN532 driver against the simulated board."""

    def __init__(self, folder: pathlib.Path) -> None:
        port = str(folder / "pn532")
        self._simulator = Pn532(port, str(folder / "pn532.control"))
        self._simulator.start()
        self._do = ControlClient(str(folder / "pn532.control"))
        driver = Pn532Driver("reader", port, card_keys=KEYS, conversation_s=30.0, patience=PATIENT)
        super().__init__(driver, Recorder(), "reader")
        self.supervisor.start()
        self.seen.wait(DeviceUp)
        for card in DECK:
            self._do("add_card", card=card)

    def lay(self, card: str) -> None:
        self._do("insert", card=card)

    def take(self) -> None:
        if any(card["here"] for card in self._do("cards")["cards"]):
            self._do("remove")

    def tear_at(self, command: int) -> None:
        self._do("fault", name="card_gone", after=command - 1, command="40")

    def sent(self) -> str:
        return " ".join(self._do("log")["commands"])

    def close(self) -> None:
        self.supervisor.stop()
        self._do.close()
        self._simulator.close()


@pytest.fixture(params=["pcsc", "pn532"])
def wire(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[Wire]:
    """Give a reader of each kind."""
    make: Callable[[], PcscWire | Pn532Wire] = PcscWire if request.param == "pcsc" else lambda: Pn532Wire(tmp_path)
    made = make()
    yield made
    made.close()


def test_a_number_in_a_sector_is_read_under_its_key_and_any_other_card_is_known_by_its_chip(wire: Wire) -> None:
    for card, number in (("written", "VIP20260018"), ("other key", ""), ("empty", ""), ("written", "VIP20260018")):
        tapped = wire.tap(card)
        assert (tapped.kind, tapped.uid, tapped.number, tapped.proof) == ("m1", bytes.fromhex(UID), number, "none"), (
            card
        )


def test_a_card_torn_away_while_its_number_is_read_is_unreadable_and_the_next_tap_is_read(wire: Wire) -> None:
    # Log in to the sector and read the block: the two commands that reach the card over both wires.
    for refused, command in enumerate({"reader": (1, 2), KIOSK: (2, 3, 4)}[wire.device], 1):
        wire.tear_at(command)
        wire.lay("written")
        assert wire.seen.wait(CardRefused, refused).code == "card_unreadable"
        wire.lift()
    assert wire.tap("written").number == "VIP20260018"
    assert [event.number for event in wire.seen.of(CardTapped)] == ["VIP20260018"]
    assert len(wire.seen.of(CardDetected)) == len(wire.seen.of(CardTapped)) + len(wire.seen.of(CardRefused))


def test_nothing_is_ever_written_to_a_card(wire: Wire) -> None:
    for card in ("written", "other key", "empty", "genuine", "foreign"):
        wire.tap(card)
    sent = wire.sent()
    # UPDATE BINARY of a reader and of a tag, WRITE of a Classic, WriteData, ChangeFileSettings, ChangeKey.
    for write in ("FFD6", "00D6", "4001A0", "908D", "905F", "90C4"):
        assert not any(command.startswith((write, f"D4{write}")) for command in sent.split())
    assert "4001" in sent or "FFB0" in sent, "the log is of this"


def test_a_tag_without_a_key_to_authenticate_with_counts_its_taps(wire: Wire) -> None:
    told = [wire.tap("genuine") for _ in range(2)]
    assert [(tapped.kind, tapped.proof) for tapped in told] == [("ntag424", "counted")] * 2
    first, second = (tapped.counter for tapped in told)
    assert first is not None
    assert second is not None
    assert 41 < first < second
    assert wire.tap("foreign").proof == "refused"


def test_neither_key_nor_address_nor_number_is_in_any_log(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for card in ("written", "other key", "genuine", "foreign"):
            tapped = wire.tap(card)
            logging.getLogger(__name__).info("%s", tapped)
    assert "CardTapped" in caplog.text
    for secret in (KEY, UID, TAG_UID, "VIP20260018", NUMBER, META.hex(), FILE_MASTER.hex(), "picc_data", PREFIX):
        assert secret.lower() not in caplog.text.lower()
        assert repr(bytes.fromhex(KEY))[2:-1] not in caplog.text
