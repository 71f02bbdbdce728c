"""A running till and its readers' beeps: yes for a card it knows, no for a copy and a stranger's, and each once."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from terminal.hw.reader_feedback import ACR122U
from tests.cli.card_desk import COUNTER, CardDesk
from tests.cli.home import COMMAND_S, REPOSITORY, command
from tests.cli.simulators import till_with_devices
from tests.journeys.conftest import until

pytestmark = pytest.mark.slow

PIN, PHONE = "246810", "13977735791"
KNOWN = "0BE2FB0B"
MEMBERS = f"会员编号,姓名,手机,卡号\nK1,王小芳,{PHONE},\nK2,李明,13977735792,{KNOWN}\n"
KEYS = """
[ntag424]
system = "salon"
master = "00112233445566778899aabbccddeeff"
"""
YES, NO = "yes", "no"
NAMES = {ACR122U.accepted[0].hex().upper(): YES, ACR122U.refused[0].hex().upper(): NO}
SIGNAL = "FF0040"
PLACES = ["kiosk", "counter"]


class Ears:
    """Somebody at the readers, who hears what they say of a card."""

    def __init__(self, desk: CardDesk) -> None:
        self.desk = desk
        self.devices = desk.devices
        for uid, card in ((KNOWN, "known"), ("5D3A9C71", "unknown")):
            self.devices.readers("add_card", card={"id": card, "kind": "classic_1k", "uid": uid})

    def tap(self, place: str, card: str) -> list[str]:
        """Hold a card to a reader until it has said something, and return all it said until the card is gone."""
        self.devices.readers("apdus", clear=True)
        self.devices.hold_card(place, card)
        until(self.said, "a beep")
        self.devices.lift_card(place)
        return self.said()

    def said(self) -> list[str]:
        """Return what the readers said since the last card came."""
        sent = [str(record["apdu"]) for record in self.devices.readers("apdus")["apdus"]]
        return [NAMES[apdu] for apdu in sent if apdu.startswith(SIGNAL)]


@pytest.fixture(scope="module")
def ears(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ears]:
    folder = tmp_path_factory.mktemp("beeps")
    with till_with_devices(folder, PIN, MEMBERS, KEYS, feedback="acr122u") as devices:
        devices.pages.sign_in(PIN)
        yield Ears(CardDesk(devices))


@pytest.mark.parametrize("place", PLACES)
def test_a_members_card_is_called_good_once_and_a_strangers_is_refused(ears: Ears, place: str) -> None:
    assert ears.tap(place, "known") == [YES]
    assert ears.tap(place, "unknown") == [NO]
    assert ears.tap(place, "known") == [YES]


def test_a_card_is_good_once_it_is_issued_and_its_copy_is_refused_wherever_it_is_held(ears: Ears) -> None:
    uid = "04B1B2C3D4E580"
    ears.desk.blank("own", uid)
    assert ears.tap("counter", "own") == [NO], "nobody's yet"
    ears.devices.readers("apdus", clear=True)
    ordered = ears.desk.order("--phone", PHONE)
    ears.devices.hold_card("counter", "own")
    assert ordered.said().exit_code == 0
    until(ears.said, "a beep")
    ears.desk.lift()
    assert ears.said() == [YES]
    ears.desk.blank("without-key", uid, clone=True)
    ears.devices.readers("add_card", card={"id": "other-kind", "kind": "ntag215", "uid": uid})
    for place in PLACES:
        for copy in ("without-key", "other-kind"):
            assert ears.tap(place, copy) == [NO], copy
        assert ears.tap(place, "own") == [YES]


def test_a_reader_that_is_tried_says_that_it_reads_whosever_the_card_is(ears: Ears) -> None:
    program = subprocess.Popen(
        command("devices", "test", COUNTER, "--config", ears.devices.home.config),
        cwd=REPOSITORY,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    def tried() -> bool:
        """Hold the card to the reader again until the test has begun and hears it."""
        return ears.tap("counter", "unknown") == [YES]

    until(tried, "the test to hear the card")
    out, err = program.communicate(timeout=COMMAND_S)
    assert program.returncode == 0, err
    assert "[tap_read]" in out
    assert ears.tap("counter", "unknown") == [NO], "the test is over"
