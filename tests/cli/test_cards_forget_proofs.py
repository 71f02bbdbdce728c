"""`terminal cards forget-proofs`: what cards proved is forgotten once somebody typed a word back, never otherwise."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.cli.card_desk import CardDesk
from tests.cli.home import COMMAND_S, REPOSITORY, Home, Said, command
from tests.cli.simulators import till_with_devices

pytestmark = pytest.mark.slow

PIN = "246810"
PHONE = "13977735791"
UID = "04B1B2C3D4E580"
MEMBERS = f"会员编号,姓名,手机,卡号\nK1,王小芳,{PHONE},\n"
KEYS = """
[ntag424]
system = "salon"
master = "00112233445566778899aabbccddeeff"
"""


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardDesk]:
    with till_with_devices(tmp_path_factory.mktemp("proofs"), PIN, MEMBERS, KEYS) as devices:
        devices.pages.sign_in(PIN)
        desk = CardDesk(devices)
        desk.blank("real", UID)
        assert desk.issue("real", "--phone", PHONE).exit_code == 0
        desk.blank("copy", UID, clone=True)
        yield desk


def forget(home: Home, answer: str | None, *words: str) -> Said:
    """Run the command, and answer its question; with None by what it asks for."""
    process = subprocess.Popen(
        command("cards", "forget-proofs", *words, "--config", home.config),
        cwd=REPOSITORY,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    asked = process.stdout.readline() + process.stdout.read(len("To go on, type bababa: ") if answer is None else 0)
    found = re.search(r"type (\w+): $", asked)
    out, err = process.communicate((found[1] if found else answer or "") + "\n", timeout=COMMAND_S)
    assert "Traceback" not in err, err
    return Said(process.returncode, asked + out, err)


def proof_entries(home: Home) -> list[int]:
    """Return how many cards each entry of this kind tells of."""
    told = [json.loads(line) for line in home.run("book", "export").out.splitlines()]
    entries = [row.get("entry", row) for row in told]
    return [row["payload"]["cards"] for row in entries if row.get("payload", {}).get("kind") == "card_proofs_forgotten"]


def clone_refused(counter: CardDesk) -> bool:
    found, alert = counter.tap("copy")
    assert ("card_clone" in alert) == (found == "")
    return found == ""


def test_without_the_word_nothing_is_forgotten(counter: CardDesk) -> None:
    home = counter.devices.home
    for answer in ("", "yes"):
        said = forget(home, answer)
        assert (said.exit_code, said.code) == (1, "confirmation_wrong")
        assert "Cards that proved their keys: 1." in said.out
    assert clone_refused(counter)
    assert proof_entries(home) == []


def test_with_the_word_cards_are_known_by_their_numbers_until_they_prove_themselves_again(counter: CardDesk) -> None:
    home = counter.devices.home
    said = forget(home, None)
    assert (said.exit_code, said.err) == (0, ""), said
    assert said.out.endswith("Forgotten. Cards: 1.\n")
    assert proof_entries(home) == [1]
    assert "which cards proved their keys: 1" in counter.devices.till.log.read_text()
    assert not clone_refused(counter)
    account, alert = counter.tap("real")
    assert (len(account), alert) == (32, "")
    assert clone_refused(counter), "the card is held to its proof again"
    assert home.entries() > 0


def test_where_no_card_ever_proved_anything_nobody_is_asked(till: Home) -> None:
    said = forget(till, "", "--language", "zh_TW")
    assert (said.exit_code, said.out, said.err) == (0, "沒有會員卡通過過金鑰驗證；沒有任何改動。\n", "")


def test_without_a_store_nothing_is_made(bare: Home) -> None:
    said = forget(bare, "")
    assert (said.exit_code, said.code) == (1, "store_missing")
