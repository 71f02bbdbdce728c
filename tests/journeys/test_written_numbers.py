"""A till whose cards have their number in a sector and tags that make an address at each tap, from wire to screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from terminal.store.database import Database
from tests.cli.simulators import Devices, till_with_devices
from tests.hw_sim.card_aes import diversify, encrypt, mac_t, tap_keys
from tests.journeys.conftest import until

pytestmark = pytest.mark.slow

PIN = "918273"
KEY = "A1B2C3D4E5F6"
META, FILE_MASTER = bytes(range(0x30, 0x40)), bytes(range(0x50, 0x60))
PREFIX = "https://shop.example/t"
TAG_UID = bytes.fromhex("04A1B2C3D4E580")
CARD_KEYS = f"""
[classic]
sector = 2
block = 1
key_type = "A"
key = "{KEY}"
form = "bcd"
length = 4

[ntag424]
system = "salon"
sdm_meta = "{META.hex()}"
sdm_file = "{FILE_MASTER.hex()}"
url_prefix = "{PREFIX}"
"""
MEMBERS = (
    "会员编号,姓名,性别,手机,卡号,储值余额\n"
    "K1,皇甫晴岚,女,13977735791,88001234,300.00\n"
    "K2,司徒明远,男,13977735792,0BE2FB0B,20.00\n"
    f"K3,端木知秋,女,13977735793,{TAG_UID.hex().upper()},100.00\n"
)


def m1(card: str, uid: str, key: str) -> dict[str, Any]:
    """Return a deck entry with the number 88001234 in block 9, under a key of its sector."""
    blocks, trailers = {"9": "88001234" + "00" * 12}, {"2": f"{key}78778869FFFFFFFFFFFF"}
    return {"id": card, "label": card, "kind": "fudan_m1", "uid": uid, "blocks": blocks, "trailers": trailers}


def address(counter: int, master: bytes = FILE_MASTER) -> str:
    """Return what the tag's tap of that count makes."""
    mirrored = TAG_UID + counter.to_bytes(3, "little")
    hidden = encrypt(META, b"\xc7" + mirrored + b"noise").hex().upper()
    _, mac_key = tap_keys(diversify(master, TAG_UID, b"salon"), mirrored)
    return f"{PREFIX}?picc_data={hidden}&cmac={mac_t(mac_key, b'').hex().upper()}"


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devices]:
    """Give the running till with a cashier signed in, and look through its log when it has ended."""
    folder = tmp_path_factory.mktemp("written")
    with till_with_devices(folder, PIN, MEMBERS, CARD_KEYS) as made:
        for card in (m1("written", "5C3A91E7", KEY), m1("strange", "0BE2FB0B", "0102030405AA")):
            made.readers("add_card", card=card)
        made.pages.sign_in(PIN)
        until(lambda: made.scanner("state")["open"], "the till at the scanner's port")
        yield made
    log = (folder / "serve.log").read_text().lower()
    assert log
    for secret in (KEY, META.hex(), FILE_MASTER.hex(), PREFIX, "picc_data", TAG_UID.hex(), "88001234", "0be2fb0b"):
        assert secret.lower() not in log


def found_by_tap(devices: Devices, card: str) -> str:
    """Hold a card to the counter's reader and return the name that the cashier is shown."""
    live = devices.pages.live("/cashier/live")
    live.next()
    devices.hold_card("counter", card)
    account = live.until(lambda message: bool(message["found"]), "the tapped member")["found"]
    devices.lift_card("counter")
    live.close()
    return devices.pages.get(f"/cashier/members/{account}").text


def scanned(devices: Devices, text: str) -> dict[str, Any]:
    """Scan at the counter and return what the cashier's page is told."""
    live = devices.pages.live("/cashier/live")
    before = live.next()["sequence"]
    devices.scanner("scan", text=text)
    told = live.until(lambda message: message["sequence"] > before, "the answer to a scan")
    live.close()
    return told


def test_a_card_is_its_members_by_the_number_in_its_sector(devices: Devices) -> None:
    assert "皇甫晴岚" in found_by_tap(devices, "written")


def test_a_card_whose_sector_has_another_key_is_its_members_by_its_chip(devices: Devices) -> None:
    page = found_by_tap(devices, "strange")
    assert "司徒明远" in page
    assert "皇甫晴岚" not in page


def test_an_address_opens_its_member_once_and_a_copied_or_forged_one_is_refused_in_words(devices: Devices) -> None:
    told = scanned(devices, address(7))
    assert "端木知秋" in devices.pages.get(f"/cashier/members/{told['found']}").text
    refusals = {
        "tap_url_mac_wrong": (address(8, META), "这个网址可能是伪造的"),
        "tap_url_malformed": (address(8)[:-1], "这个网址不完整"),
        # Not right behind the first time: a scanner that fires twice at one code is heard once.
        "tap_url_replayed": (address(7), "这个网址已经用过"),
    }
    for code, (text, words) in refusals.items():
        told = scanned(devices, text)
        assert (told["found"], code in told["alert"], words in told["alert"]) == ("", True, True), code
    assert scanned(devices, address(8))["found"]


def test_an_address_in_the_cashiers_search_field_opens_its_member_and_an_old_one_does_not(devices: Devices) -> None:
    for _ in range(2):
        assert "端木知秋" in devices.pages.post("/cashier/find", text=address(20), enter=1).text
    answer = devices.pages.post("/cashier/find", text=address(19), enter=1)
    assert "端木知秋" not in answer.text
    assert "tap_url_replayed" in answer.text


def test_the_store_remembers_the_count_and_that_the_card_proved_itself(devices: Devices) -> None:
    assert scanned(devices, address(30))["found"]
    data = devices.home.data
    database = Database(data / "store.db", (data / "store.key").read_bytes())
    try:
        assert database.rows("SELECT uid, counter FROM card_tap") == [(TAG_UID, 30)]
        rows = database.rows("SELECT number FROM medium WHERE assurance = 'authenticated'")
        assert rows == [(TAG_UID.hex().upper(),)]
    finally:
        database.close()
