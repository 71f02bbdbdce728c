"""The shipped driver against Debian's real card service, with cards on virtual readers."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

import pytest

from tests.hw.pcsc_child import Child
from tests.hw_sim import vpcd
from tests.hw_sim.card_base import Card
from tests.hw_sim.card_ntag424 import Ntag424Card
from tests.hw_sim.cards import make_card
from tests.hw_sim.vpcd import RealDaemon

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(vpcd.missing()), reason=f"no real card service: {vpcd.missing()}"),
]

FRONT, BACK = "Shop Front", "Shop Back"
# Of the two slots that each virtual reader has, the first is listed first; the second stays empty.
MATCHES = {"front": FRONT, "back": BACK}
TAPS = 8
GOING_S = 40.0
WANG, LI = "0be2fb0b", "04a1b2c3d4e580"


def card(kind: str, uid: str) -> Card:
    return make_card({"id": uid, "kind": kind, "uid": uid})


def test_a_tap_is_read_and_the_removal_is_reported() -> None:
    with RealDaemon([FRONT]) as daemon, Child(daemon.socket_path, MATCHES) as till:
        till.wait("DeviceUp", "front")
        daemon.readers[FRONT].insert(card("classic_1k", WANG))
        tapped = till.wait("CardTapped", "front")
        assert (tapped["kind"], tapped["uid"]) == ("m1", WANG)
        daemon.readers[FRONT].remove()
        till.wait("CardRemoved", "front")
        daemon.readers[FRONT].insert(card("desfire", LI))
        tapped = till.wait("CardTapped", "front", 2)
        assert (tapped["kind"], tapped["uid"]) == ("desfire", LI)
        assert [seen["event"] for seen in till.seen if seen["device"] == "front"] == [
            "DeviceUp",
            *("CardDetected", "CardTapped", "CardRemoved"),
            *("CardDetected", "CardTapped"),
        ]


def test_a_card_torn_away_while_it_is_read_is_refused_and_then_gone() -> None:
    torn = make_card({"id": "x", "kind": "ntag424", "uid": LI})
    assert isinstance(torn, Ntag424Card)
    torn.trouble.lose_field(2)
    with RealDaemon([FRONT]) as daemon, Child(daemon.socket_path, MATCHES) as till:
        till.wait("DeviceUp", "front")
        daemon.readers[FRONT].insert(torn)
        assert till.wait("CardRefused", "front")["code"] == "card_unreadable"
        till.wait("CardRemoved", "front")
        assert torn.trouble.counts()["field_lost_before"] == 1


def test_two_readers_are_served_beside_each_other() -> None:
    with RealDaemon([FRONT, BACK]) as daemon, Child(daemon.socket_path, MATCHES) as till:
        till.wait("DeviceUp", "front")
        till.wait("DeviceUp", "back")
        daemon.readers[FRONT].insert(card("classic_1k", WANG))
        daemon.readers[BACK].insert(card("ntag213", LI))
        assert till.wait("CardTapped", "front")["uid"] == WANG
        assert till.wait("CardTapped", "back")["uid"] == LI
        daemon.readers[FRONT].remove()
        till.wait("CardRemoved", "front")
        assert till.of("CardRemoved", "back") == []


def test_two_services_on_one_machine_keep_out_of_each_others_way() -> None:
    with (
        RealDaemon([FRONT]) as one,
        RealDaemon([FRONT]) as other,
        Child(one.socket_path, MATCHES) as till,
        Child(other.socket_path, MATCHES) as neighbour,
    ):
        till.wait("DeviceUp", "front")
        neighbour.wait("DeviceUp", "front")
        one.readers[FRONT].insert(card("classic_1k", WANG))
        other.readers[FRONT].insert(card("ntag424", LI))
        assert till.wait("CardTapped", "front")["uid"] == WANG
        assert neighbour.wait("CardTapped", "front")["uid"] == LI
        one.kill()
        till.wait("DeviceDown", "front")
        assert neighbour.of("DeviceDown", "front") == []


def test_a_service_that_is_killed_and_comes_back_reads_the_card_that_still_lies_there() -> None:
    with RealDaemon([FRONT]) as daemon, Child(daemon.socket_path, MATCHES) as till:
        till.wait("DeviceUp", "front")
        daemon.readers[FRONT].insert(card("classic_1k", WANG))
        till.wait("CardTapped", "front")
        daemon.kill()
        assert till.wait("DeviceDown", "front")["code"] == "pcsc_service_lost"
        assert len(till.of("CardRemoved", "front")) == 1
        daemon.restart()
        till.wait("DeviceUp", "front", 2)
        assert till.wait("CardTapped", "front", 2)["uid"] == WANG


class Rival:
    """Another program at the till's reader, in a process of its own."""

    def __init__(self, daemon: RealDaemon, *words: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hw.pcsc_rival", FRONT, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PCSCLITE_CSOCK_NAME": str(daemon.socket_path)},
        )

    def await_word(self, word: str) -> None:
        """Return when it has said this."""
        assert self._process.stdout is not None, "it was asked for"
        assert self._process.stdout.readline() == f"{word}\n"

    def close(self) -> None:
        """End it, politely at first."""
        try:
            self._process.communicate(timeout=GOING_S)
        finally:
            self._process.kill()
            self._process.communicate()


def test_another_program_at_the_same_card_disturbs_no_tap_and_gets_its_turn_after_it() -> None:
    with (
        RealDaemon([FRONT]) as daemon,
        Child(daemon.socket_path, MATCHES) as till,
        contextlib.closing(Rival(daemon)) as rival,
    ):
        till.wait("DeviceUp", "front")
        for number in range(1, TAPS + 1):
            daemon.readers[FRONT].insert(card("desfire", LI))
            assert till.wait("CardTapped", "front", number)["kind"] == "desfire"
            rival.await_word("turn")
            daemon.readers[FRONT].remove()
            till.wait("CardRemoved", "front", number)
        assert till.of("CardRefused", "front") == []


def test_another_program_that_keeps_the_card_is_waited_for_and_not_for_ever() -> None:
    with RealDaemon([FRONT, BACK]) as daemon, Child(daemon.socket_path, MATCHES) as till:
        till.wait("DeviceUp", "front")
        till.wait("DeviceUp", "back")
        with contextlib.closing(Rival(daemon, "keep")) as rival:
            rival.await_word("keeps")
            daemon.readers[FRONT].insert(card("classic_1k", WANG))
            assert till.wait("CardRefused", "front")["code"] == "card_unreadable"
            assert till.wait("DeviceDown", "front")["code"] == "device_stalled"
            daemon.readers[BACK].insert(card("ntag213", LI))
            assert till.wait("CardTapped", "back")["uid"] == LI
        daemon.readers[FRONT].remove()
        till.wait("DeviceUp", "front", 2)
        daemon.readers[FRONT].insert(card("classic_1k", WANG))
        assert till.wait("CardTapped", "front")["uid"] == WANG
        assert [seen["device"] for seen in till.seen if seen["event"] == "DeviceDown"] == ["front"]
