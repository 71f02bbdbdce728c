"""A reader says yes or no to a card when the till has decided on it, and nothing where nobody decided in time."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from terminal.base.events import CardDetected, CardIssued, CardIssueFailed, CardRefused, CardRemoved, CardTapped
from terminal.hw.pcsc import PcscDriver
from terminal.hw.pcsc_reader import VERDICT_S
from terminal.hw.reader_feedback import ACR122U, ACR1252U
from terminal.runtime.supervisor import Supervisor
from tests.hw.pcsc_bench import CONTACT, CONTACTLESS, COUNTER, KIOSK, MATCHES, QUICK_S, Bench, kinds
from tests.hw.printer_peer import until
from tests.hw.test_pcsc_issuing import KEYS, Orders

pytestmark = pytest.mark.slow

STOP_S = 1.0
[YES], [NO] = ([command.hex().upper() for command in each] for each in (ACR122U.accepted, ACR122U.refused))
YES_LIGHT, YES_TONE = (command.hex().upper() for command in ACR1252U.accepted)
NO_SIGNAL = [command.hex().upper() for command in ACR1252U.refused]
[DARK] = (command.hex().upper() for command in ACR1252U.idle)
TO_THE_READER = ("FF0040", "E00000")
UNANSWERED = 20


class BeepBench(Bench):
    """A bench whose readers beep, with a clock that can be put forward and an order book."""

    def __init__(self, profile: str = "acr122u") -> None:
        super().__init__()
        self.late_s = 0.0
        self.orders = Orders()
        self.driver = PcscDriver(
            "pcsc",
            MATCHES,
            card_keys=KEYS,
            orders=self.orders,
            feedback={KIOSK: profile, COUNTER: profile},
            monotonic_s=lambda: time.monotonic() + self.late_s,
        )
        self.supervisor = Supervisor([self.driver], self.seen, QUICK_S)
        for reader in (CONTACTLESS, CONTACT):
            self.desk.escape(reader, allowed=True)

    def lay(self, card: str) -> CardTapped:
        """Lay a card on the kiosk's reader and return what the till was told."""
        taps = len(self.seen.of(CardTapped))
        self.desk.insert(CONTACTLESS, card)
        return self.seen.wait(CardTapped, taps + 1)

    def lift(self) -> None:
        """Take the card away and return when that was told."""
        gone = len(self.seen.of(CardRemoved))
        self.desk.remove(CONTACTLESS)
        self.seen.wait(CardRemoved, gone + 1)

    def signals(self) -> list[str]:
        """Return the beeps and lights so far."""
        return [apdu for apdu in self.commands() if apdu.startswith(TO_THE_READER)]

    def commands(self) -> list[str]:
        """Return all that was sent to cards and readers so far."""
        return [str(record["apdu"]) for record in self.desk.apdus()["apdus"]]

    def heard(self, *signals: str) -> None:
        """Return once the readers have signalled so often, and fail if it was anything else.

        A reader does one thing after the other: what it has not done before a later signal, it has not done at all.
        """
        until(lambda: len(self.signals()) >= len(signals))
        assert self.signals() == list(signals)


@pytest.fixture
def bench() -> Iterator[BeepBench]:
    made = BeepBench()
    yield made
    made.close()


@pytest.fixture
def escape_bench() -> Iterator[BeepBench]:
    made = BeepBench("acr1252u")
    yield made
    made.close()


def test_a_card_that_was_read_is_not_called_good_before_the_till_says_so(bench: BeepBench) -> None:
    bench.ready()
    undecided = bench.lay("m1")
    assert undecided.proof == "none"
    bench.lift()
    assert bench.lay("desfire").proof == "refused"
    bench.lift()
    assert bench.signals() == []
    bench.driver.tell(bench.lay("m1"), accepted=True)
    bench.heard(YES)


def test_a_yes_and_a_no_are_said_once_each(bench: BeepBench) -> None:
    bench.ready()
    good = bench.lay("m1")
    bench.driver.tell(good, accepted=True)
    bench.driver.tell(good, accepted=False)
    bench.heard(YES)
    bench.lift()
    bad = bench.lay("m1")
    bench.driver.tell(bad, accepted=False)
    bench.heard(YES, NO)
    bench.driver.tell(bad, accepted=True)
    bench.lift()
    bench.driver.tell(bench.lay("ntag"), accepted=True)
    bench.heard(YES, NO, YES)


def test_a_word_about_an_earlier_card_is_not_said_of_the_one_that_lies_there(bench: BeepBench) -> None:
    bench.ready()
    first = bench.lay("m1")
    bench.lift()
    again = bench.lay("m1")
    bench.driver.tell(first, accepted=True)
    bench.driver.tell(again, accepted=False)
    bench.heard(NO)


def test_a_word_that_comes_while_the_next_card_is_being_read_is_not_said(bench: BeepBench) -> None:
    bench.ready()
    first = bench.lay("m1")
    bench.desk.delay(CONTACTLESS, 0.3)
    bench.desk.swap(CONTACTLESS, "m1-other")
    bench.seen.wait(CardDetected, 2)
    bench.driver.tell(first, accepted=True)
    second = bench.seen.wait(CardTapped, 2)
    bench.desk.calm(CONTACTLESS)
    bench.driver.tell(second, accepted=False)
    bench.heard(NO)


def test_a_word_that_comes_too_late_is_not_said(bench: BeepBench) -> None:
    bench.ready()
    late = bench.lay("m1")
    bench.late_s += VERDICT_S
    bench.driver.tell(late, accepted=True)
    # Were it still asked for, the word would be spent: the clock goes back, and another is taken.
    bench.late_s -= VERDICT_S
    bench.driver.tell(late, accepted=False)
    bench.heard(NO)


def test_a_reader_told_over_its_cards_connection_is_silent_when_the_card_has_gone(bench: BeepBench) -> None:
    bench.ready()
    tapped = bench.lay("m1")
    bench.lift()
    bench.driver.tell(tapped, accepted=True)
    bench.driver.tell(bench.lay("m1"), accepted=False)
    bench.heard(NO)


@pytest.mark.parametrize("card", ["bank", "phone"])
def test_a_card_that_can_be_nobodys_is_refused_without_the_till(bench: BeepBench, card: str) -> None:
    bench.ready()
    bench.desk.insert(CONTACTLESS, card)
    bench.seen.wait(CardRefused)
    bench.heard(NO)


def test_a_word_for_one_reader_is_said_there(bench: BeepBench) -> None:
    bench.ready()
    bench.lay("m1")
    bench.desk.insert(CONTACT, "memory")
    bench.driver.tell(bench.seen.wait(CardTapped, device=COUNTER), accepted=True)
    bench.heard(YES)
    assert [record["reader"] for record in bench.desk.apdus()["apdus"] if record["apdu"] == YES] == [CONTACT]


def test_cards_that_nobody_decides_on_hold_up_neither_the_next_card_nor_the_end(bench: BeepBench) -> None:
    bench.ready()
    began_s = time.monotonic()
    for _ in range(UNANSWERED):
        bench.lay("m1")
        bench.lift()
    assert time.monotonic() - began_s < UNANSWERED * VERDICT_S / 2
    waiting = bench.lay("m1")
    began_s = time.monotonic()
    assert bench.supervisor.stop() == []
    assert time.monotonic() - began_s < 2 * STOP_S
    bench.driver.tell(waiting, accepted=True)
    assert bench.signals() == []


def test_a_word_for_a_reader_that_is_gone_is_nobodys(bench: BeepBench) -> None:
    bench.ready()
    tapped = bench.lay("m1")
    bench.desk.unplug(CONTACTLESS)
    bench.seen.wait(CardRemoved)
    bench.driver.tell(tapped, accepted=True)
    bench.desk.plug(CONTACTLESS)
    bench.driver.tell(bench.lay("m1"), accepted=False)
    bench.heard(NO)


def test_an_issued_card_is_good_when_it_is_the_members_and_a_failed_one_is_refused_at_once(bench: BeepBench) -> None:
    bench.ready()
    bench.desk.add_card({"id": "blank", "kind": "ntag424", "uid": "04A1B2C3D4E580"})
    bench.orders.waiting[KIOSK] = "ntag424"
    bench.desk.insert(CONTACTLESS, "blank")
    issued = bench.seen.wait(CardIssued)
    assert bench.signals() == []
    bench.driver.tell(issued, accepted=True)
    bench.heard(YES)
    bench.lift()
    bench.orders.waiting[KIOSK] = "ntag424"
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardIssueFailed)
    bench.heard(YES, NO)


def test_a_reader_with_lights_of_its_own_goes_dark_when_the_card_leaves(escape_bench: BeepBench) -> None:
    bench = escape_bench
    bench.ready()
    bench.driver.tell(bench.lay("m1"), accepted=True)
    bench.heard(YES_LIGHT, YES_TONE)
    bench.lift()
    bench.heard(YES_LIGHT, YES_TONE, DARK)
    bench.lay("m1")
    bench.lift()
    bench.driver.tell(bench.lay("m1"), accepted=False)
    bench.heard(YES_LIGHT, YES_TONE, DARK, *NO_SIGNAL)


def test_the_light_of_one_card_is_out_before_another_in_its_place_is_read(escape_bench: BeepBench) -> None:
    bench = escape_bench
    bench.ready()
    bench.driver.tell(bench.lay("m1"), accepted=True)
    bench.heard(YES_LIGHT, YES_TONE)
    before = len(bench.commands())
    bench.desk.swap(CONTACTLESS, "m1-other")
    bench.seen.wait(CardTapped, 2)
    assert bench.commands()[before] == DARK


def test_a_reader_that_needs_no_card_to_beep_says_so_after_a_short_tap_and_stays_dark(
    escape_bench: BeepBench,
) -> None:
    bench = escape_bench
    bench.ready()
    tapped = bench.lay("m1")
    bench.lift()
    bench.driver.tell(tapped, accepted=True)
    bench.heard(YES_LIGHT, YES_TONE, DARK)
    assert kinds(bench.of_reader(KIOSK)) == ["DeviceUp", "CardDetected", "CardTapped", "CardRemoved"]
