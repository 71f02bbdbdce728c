"""The card reader driver through the real libpcsclite: cards, against a stand-in for the card service."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Iterator

import pytest

from terminal.base.events import (
    CardDetected,
    CardRefused,
    CardRemoved,
    CardTapped,
    DeviceUp,
)
from terminal.hw.pcsc import PcscDriver
from terminal.hw.pcsc_card import SHARING_TRIES
from terminal.runtime.supervisor import Supervisor
from tests.hw.pcsc_bench import CONTACT, CONTACTLESS, COUNTER, KIOSK, MATCHES, QUICK_S, WANG, Bench, kinds
from tests.timing import fastest_s

# Two milliseconds on a quiet machine.
AT_ONCE_S = 0.02


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def test_readers_are_reported_by_their_ids(bench: Bench) -> None:
    bench.ready()
    assert bench.seen.events[0] == DeviceUp("pcsc")
    assert set(bench.seen.events[1:]) == {DeviceUp(KIOSK), DeviceUp(COUNTER)}


@pytest.mark.parametrize(
    ("card", "kind", "uid"),
    [
        ("m1", "m1", "0BE2FB0B"),
        ("ntag", "ntag", "04B6A59483C280"),
        ("ultralight", "ultralight", "04B6A59483C281"),
        ("desfire", "desfire", "04582F6A1B6E80"),
        ("ntag424", "ntag", "04582F6A1B6E81"),
    ],
)
def test_a_tap_is_detected_then_identified_then_removed(bench: Bench, card: str, kind: str, uid: str) -> None:
    bench.ready()
    bench.desk.insert(CONTACTLESS, card)
    tapped = bench.seen.wait(CardTapped)
    bench.desk.remove(CONTACTLESS)
    bench.seen.wait(CardRemoved)
    detected = bench.seen.wait(CardDetected)
    assert (tapped.kind, tapped.uid, tapped.number) == (kind, bytes.fromhex(uid), "")
    assert bench.of_reader(KIOSK) == [DeviceUp(KIOSK), detected, tapped, CardRemoved(KIOSK, CONTACTLESS)]
    assert detected.slot == tapped.slot == CONTACTLESS
    assert tapped.at_s == detected.at_s


def test_a_memory_card_gives_its_number_and_keeps_its_tries(bench: Bench) -> None:
    bench.ready()
    bench.desk.insert(CONTACT, "memory")
    tapped = bench.seen.wait(CardTapped)
    assert (tapped.device, tapped.kind, tapped.uid, tapped.number) == (COUNTER, "sle4442", b"", "2026008818")
    assert {record["apdu"] for record in bench.desk.apdus()["apdus"]} == {"FFA400000106", "FFB0002010"}


@pytest.mark.parametrize(
    ("reader", "card", "code"),
    [
        (CONTACTLESS, "bank", "card_foreign"),
        (CONTACTLESS, "phone", "card_random_uid"),
        (CONTACT, "memory-empty", "card_no_number"),
    ],
)
def test_a_card_that_is_no_member_card_is_refused_in_its_own_words(
    bench: Bench, reader: str, card: str, code: str
) -> None:
    bench.ready()
    bench.desk.insert(reader, card)
    assert bench.seen.wait(CardRefused).code == code
    assert bench.seen.of(CardTapped) == []


def test_taps_are_reported_at_once(bench: Bench) -> None:
    bench.ready()
    numbers = itertools.count(1)

    def reported_s() -> float:
        number = next(numbers)
        laid_s = time.monotonic()
        bench.desk.insert(CONTACTLESS, "m1")
        passed_s = bench.seen.arrived_s(bench.seen.wait(CardTapped, number)) - laid_s
        bench.desk.remove(CONTACTLESS)
        bench.seen.wait(CardRemoved, number)
        return passed_s

    assert fastest_s(AT_ONCE_S, 30, reported_s) < AT_ONCE_S


def test_a_card_changed_unseen_is_a_removal_and_a_new_card(bench: Bench) -> None:
    bench.ready()
    bench.desk.insert(CONTACTLESS, "m1")
    bench.seen.wait(CardTapped)
    bench.desk.swap(CONTACTLESS, "m1-other")
    tapped = bench.seen.wait(CardTapped, 2)
    assert tapped.uid == bytes.fromhex("5C3A91E7")
    assert kinds(bench.of_reader(KIOSK)[1:]) == [
        "CardDetected",
        "CardTapped",
        "CardRemoved",
        "CardDetected",
        "CardTapped",
    ]


def test_a_card_changed_unseen_right_after_the_service_started_is_a_new_card(bench: Bench) -> None:
    bench.desk.insert(CONTACTLESS, "m1")
    bench.desk.restart()
    bench.run()
    assert bench.seen.wait(CardTapped).uid == WANG
    bench.desk.swap(CONTACTLESS, "m1-other")
    assert bench.seen.wait(CardTapped, 2).uid == bytes.fromhex("5C3A91E7")


def test_a_card_already_lying_there_at_start_is_a_tap(bench: Bench) -> None:
    bench.desk.insert(CONTACTLESS, "m1")
    bench.run()
    assert bench.seen.wait(CardTapped).uid == WANG


@pytest.mark.slow
def test_a_mute_card_is_unreadable_and_asked_nothing(bench: Bench) -> None:
    bench.ready()
    bench.desk.mute(CONTACTLESS, "m1")
    assert bench.seen.wait(CardRefused) == CardRefused(KIOSK, CONTACTLESS, "card_unreadable")
    bench.desk.remove(CONTACTLESS)
    bench.seen.wait(CardRemoved)
    assert bench.desk.apdus()["apdus"] == []


@pytest.mark.parametrize("code", ["remove", "remove_after", "80100066", "80100067", "80100069", "8010000C"])
def test_a_card_taken_away_in_mid_conversation_is_unreadable(bench: Bench, code: str) -> None:
    bench.ready()
    bench.desk.fail_apdu(CONTACTLESS, 1, code)
    bench.desk.insert(CONTACTLESS, "m1")
    assert bench.seen.wait(CardRefused).code == "card_unreadable"
    with contextlib.suppress(ValueError):  # some of these faults have taken it away already
        bench.desk.remove(CONTACTLESS)
    bench.seen.wait(CardRemoved)
    bench.desk.insert(CONTACTLESS, "m1")
    assert bench.seen.wait(CardTapped).uid == WANG, "the next tap is as good as any"


@pytest.mark.parametrize("code", ["8010002F", "80100016"])
def test_one_communication_error_is_overcome(bench: Bench, code: str) -> None:
    bench.ready()
    bench.desk.fail_apdu(CONTACTLESS, 1, code)
    bench.desk.insert(CONTACTLESS, "m1")
    assert bench.seen.wait(CardTapped).uid == WANG


def test_another_program_holding_the_card_for_a_moment_is_waited_for(bench: Bench) -> None:
    bench.ready()
    bench.desk.busy(CONTACTLESS, 3)
    bench.desk.insert(CONTACTLESS, "m1")
    assert bench.seen.wait(CardTapped).uid == WANG


@pytest.mark.slow
def test_another_program_holding_the_card_for_long_makes_it_unreadable(bench: Bench) -> None:
    bench.ready()
    bench.desk.busy(CONTACTLESS, 1000)
    bench.desk.insert(CONTACTLESS, "m1")
    assert bench.seen.wait(CardRefused).code == "card_unreadable"
    assert 2 <= 1000 - bench.desk.slot(CONTACTLESS).faults.busy_left <= SHARING_TRIES + 1


def test_a_card_reset_by_another_program_is_read_all_the_same(bench: Bench) -> None:
    bench.ready()
    bench.desk.fail_apdu(CONTACTLESS, 1, "80100068")
    bench.desk.insert(CONTACTLESS, "m1")
    assert bench.seen.wait(CardTapped).uid == WANG


def test_an_answer_without_a_status_word_makes_the_card_unreadable(bench: Bench) -> None:
    bench.ready()
    bench.desk.garble(CONTACTLESS, 10, "short")
    bench.desk.insert(CONTACTLESS, "m1")
    assert bench.seen.wait(CardRefused).code == "card_unreadable"


def test_a_wrong_bit_never_makes_another_members_number(bench: Bench) -> None:
    bench.ready()
    bench.desk.insert(CONTACT, "memory")
    bench.seen.wait(CardTapped)
    bench.desk.remove(CONTACT)
    bench.seen.wait(CardRemoved)
    bench.desk.garble(CONTACT, 2, "flip")  # the selection and the first reading
    bench.desk.insert(CONTACT, "memory")
    assert bench.seen.wait(CardRefused).code == "card_unreadable"


def test_a_slow_card_is_given_up_within_the_limit(bench: Bench) -> None:
    bench.driver = PcscDriver("pcsc", MATCHES, conversation_s=0.2)
    bench.supervisor = Supervisor([bench.driver], bench.seen, QUICK_S)
    bench.ready()
    bench.desk.delay(CONTACTLESS, 0.15)
    bench.desk.insert(CONTACTLESS, "desfire")
    assert bench.seen.wait(CardRefused).code == "card_unreadable"
    assert len(bench.desk.apdus()["apdus"]) <= 2, "no command was sent after the time was over"
