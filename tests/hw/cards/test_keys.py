"""The file of card keys: who may read it, what it must say, and that its keys show in no text."""

from __future__ import annotations

import os
import pathlib
import traceback

import pytest

from terminal.base.errors import Refusal
from terminal.hw.cards.keys import (
    CardKeys,
    ClassicKeys,
    CpuKeys,
    DesfireKeys,
    Ntag424Keys,
    UltralightAesKeys,
    load_card_keys,
)
from tests.hw.cards.peer import own_key

KEYS = [f"{number:02X}" * 16 for number in range(0xA1, 0xA7)]
CLASSIC_KEY = "A7B8C9DAEBFC"
WHOLE = f"""
[desfire]
aid = "F53042"
key_no = 1
system = "salon group"
auth = "aes"
master = "{KEYS[0]}"

[ntag424]
key_no = 2
system = "salon"
master = "{KEYS[1]}"
sdm_meta = "{KEYS[2]}"
sdm_file = "{KEYS[3]}"
url_prefix = "https://shop.example/t"

[ultralight_aes]
system = "salon"
master = "{KEYS[4]}"

[[cpu]]
aid = "A000000151"
key_no = 3
algorithm = "sm4"
file = 21
master = "{KEYS[5]}"

[classic]
sector = 2
block = 1
key_type = "B"
key = "{CLASSIC_KEY}"
form = "bcd"
offset = 4
length = 5
"""
UID = bytes.fromhex("04A1B2C3D4E580")
OTHER_ACCOUNT = 54321


def file_of(folder: pathlib.Path, text: str | bytes, mode: int = 0o600) -> pathlib.Path:
    path = folder / "card-keys.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def refused(path: pathlib.Path, code: str, environment: dict[str, str] | None = None, our_id: int | None = None) -> str:
    with pytest.raises(Refusal) as refusal:
        load_card_keys(path, environment=environment or {}, our_id=our_id)
    assert refusal.value.code == code
    assert refusal.value.values["file"] == str(path)
    return str(refusal.value.values["reason"])


def test_a_whole_file_gives_every_key(tmp_path: pathlib.Path) -> None:
    keys = [bytes.fromhex(key) for key in KEYS]
    assert load_card_keys(file_of(tmp_path, WHOLE), environment={}) == CardKeys(
        DesfireKeys(bytes.fromhex("4230F5"), 1, b"salon group", "aes", keys[0]),
        Ntag424Keys(2, b"salon", keys[1], keys[2], keys[3], "https://shop.example/t"),
        UltralightAesKeys(0, b"salon", keys[4]),
        (CpuKeys(bytes.fromhex("A000000151"), 3, "sm4", 21, keys[5]),),
        ClassicKeys(2, 1, "B", "bcd", 4, 5, bytes.fromhex(CLASSIC_KEY)),
    )


def test_an_empty_file_proves_nothing_and_is_no_mistake(tmp_path: pathlib.Path) -> None:
    assert load_card_keys(file_of(tmp_path, ""), environment={}) == CardKeys()


def test_defaults_are_the_first_key_and_the_better_authentication(tmp_path: pathlib.Path) -> None:
    text = f'[desfire]\naid = "F53042"\nsystem = "s"\nmaster = "{KEYS[0]}"\n'
    found = load_card_keys(file_of(tmp_path, text), environment={}).desfire
    assert found
    assert (found.key_no, found.auth) == (0, "ev2first")


def test_numbers_of_classic_cards_are_text_in_the_first_block_of_sector_one_unless_said_otherwise(
    tmp_path: pathlib.Path,
) -> None:
    found = load_card_keys(file_of(tmp_path, f'[classic]\nkey = "{CLASSIC_KEY}"\n'), environment={}).classic
    assert found == ClassicKeys(1, 0, "A", "ascii", 0, 16, bytes.fromhex(CLASSIC_KEY))


@pytest.mark.parametrize(
    ("settings", "mistake"),
    [
        ("", "classic.key is missing and must be 12 hexadecimal digits"),
        (f'key = "{CLASSIC_KEY}0"', "classic.key must be 12 hexadecimal digits"),
        ('sector = 40\nkey = "FFFFFFFFFFFF"', "classic.sector must be a whole number from 0 to 39"),
        ('block = 3\nkey = "FFFFFFFFFFFF"', "classic.block must be a whole number from 0 to 2"),
        ('sector = 32\nblock = 15\nkey = "FFFFFFFFFFFF"', "classic.block must be a whole number from 0 to 14"),
        (
            'sector = 0\nkey = "FFFFFFFFFFFF"',
            "classic.block is missing and must be 1 or 2 in sector 0, whose first block is the maker's",
        ),
        (
            'form = "hex"\nkey = "FFFFFFFFFFFF"',
            "classic.length is missing and must be given for hex: how many bytes the number has",
        ),
        ('offset = 9\nlength = 8\nkey = "FFFFFFFFFFFF"', "classic.length must be a whole number from 1 to 7"),
        ('key_type = "C"\nkey = "FFFFFFFFFFFF"', "classic.key_type must be one of A, B"),
    ],
)
def test_a_place_that_no_card_has_is_a_mistake(tmp_path: pathlib.Path, settings: str, mistake: str) -> None:
    assert refused(file_of(tmp_path, f"[classic]\n{settings}\n"), "card_keys_malformed") == mistake


def test_tags_that_are_known_by_their_tap_addresses_alone_need_no_master(tmp_path: pathlib.Path) -> None:
    text = WHOLE.replace(f'master = "{KEYS[1]}"\n', "")
    found = load_card_keys(file_of(tmp_path, text), environment={}).ntag424
    assert found
    assert (found.master, found.has_tap_url) == (b"", True)
    without = '[ntag424]\nsystem = "salon"\n'
    assert "ntag424.master is missing" in refused(file_of(tmp_path, without), "card_keys_malformed")


def test_cards_have_keys_of_their_own_and_each_key_number_another(tmp_path: pathlib.Path) -> None:
    keys = load_card_keys(file_of(tmp_path, WHOLE), environment={})
    masters = [bytes.fromhex(key) for key in KEYS]
    assert keys.desfire
    assert keys.ntag424
    assert keys.ultralight_aes
    what = UID + bytes.fromhex("4230F5") + b"salon group"
    assert keys.desfire.card_key(UID, 1) == own_key(masters[0], what)
    assert keys.desfire.card_key(UID, 0) == own_key(masters[0], what + b"\x00")
    assert keys.ultralight_aes.card_key(UID) == own_key(masters[4], UID + b"salon")
    own = [keys.ntag424.card_key(UID, number) for number in range(5)]
    what = UID + b"salon"
    expected = [own_key(masters[1], what + b"\x00"), own_key(masters[1], what + b"\x01"), own_key(masters[1], what)]
    assert own == [*expected, masters[2], own_key(masters[3], what)]


def test_the_longest_inputs_still_make_keys() -> None:
    system = b"s" * 16
    assert len(DesfireKeys(b"abc", 1, system, "aes", bytes(16)).card_key(bytes(10), 0)) == 16
    assert len(Ntag424Keys(1, system, bytes(16)).card_key(bytes(10), 0)) == 16


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o700])
def test_a_file_others_may_read_or_change_is_refused(tmp_path: pathlib.Path, mode: int) -> None:
    assert f"{mode:04o}" in refused(file_of(tmp_path, WHOLE, mode), "card_keys_exposed")


def test_a_file_of_another_account_is_refused(tmp_path: pathlib.Path) -> None:
    reason = refused(file_of(tmp_path, WHOLE), "card_keys_exposed", our_id=OTHER_ACCOUNT)
    assert reason == "it belongs to another account"


@pytest.mark.parametrize(("mode", "is_good"), [(0o400, True), (0o440, True), (0o600, False), (0o444, False)])
def test_a_credential_may_be_readable_to_its_group_but_not_changeable(
    tmp_path: pathlib.Path, mode: int, is_good: bool
) -> None:
    path = file_of(tmp_path, WHOLE, mode)
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    if is_good:
        assert load_card_keys(path, environment=environment).desfire
        other = {"CREDENTIALS_DIRECTORY": str(tmp_path / "elsewhere")}
        assert (mode == 0o400) == (not _is_refused(path, other))
    else:
        assert f"{mode:04o}" in refused(path, "card_keys_exposed", environment)


def _is_refused(path: pathlib.Path, environment: dict[str, str]) -> bool:
    try:
        load_card_keys(path, environment=environment)
    except Refusal as refusal:
        return refusal.code == "card_keys_exposed"
    return False


def test_what_is_no_file_is_missing(tmp_path: pathlib.Path) -> None:
    assert refused(tmp_path / "none.toml", "card_keys_missing") == "there is no such file"
    assert refused(tmp_path, "card_keys_missing")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    assert refused(pipe, "card_keys_missing") == "it is not a file"


def test_all_mistakes_are_told_at_once_by_their_names(tmp_path: pathlib.Path) -> None:
    text = f"""
[desfire]
aid = "000000"
key_no = 14
system = "much too long for a system"
auth = "ev3"
master = "{KEYS[0]}0"
colour = "red"
[ntag424]
key_no = 3
sdm_meta = 7
url_prefix = "shop.example"
[[cpu]]
aid = "A0"
algorithm = "des"
file = 31
[printer]
"""
    reason = refused(file_of(tmp_path, text), "card_keys_malformed")
    assert reason.split("; ") == [
        "the file has a setting (printer) that is none of desfire, ntag424, ultralight_aes, cpu, classic",
        "desfire has a setting (colour) that is none of aid, key_no, system, master, auth",
        "desfire.aid must be another than 000000, which is the card itself",
        "desfire.key_no must be a whole number from 0 to 13",
        "desfire.system must be 1 to 16 ASCII characters",
        "desfire.auth must be one of ev2first, aes",
        "desfire.master must be 32 hexadecimal digits, not all zero",
        "ntag424.key_no must be 0, 1 or 2 where tap addresses are in use",
        "ntag424.system is missing and must be 1 to 16 ASCII characters",
        "ntag424.sdm_meta must be 32 hexadecimal digits, not all zero",
        "ntag424.sdm_file is missing and must be 32 hexadecimal digits, not all zero",
        "ntag424.url_prefix must be an address such as https://example.com/t",
        "cpu[1].aid must be 10 to 32 hexadecimal digits",
        "cpu[1].algorithm must be one of 3des, sm4, aes",
        "cpu[1].file must be a whole number from 0 to 30",
        "cpu[1].master is missing and must be 32 hexadecimal digits, not all zero",
    ]


def test_the_factories_key_is_no_master(tmp_path: pathlib.Path) -> None:
    text = f'[ultralight_aes]\nsystem = "salon"\nmaster = "{"0" * 32}"\n'
    assert "ultralight_aes.master" in refused(file_of(tmp_path, text), "card_keys_malformed")


SECRET = "0F1E2D3C4B5A69788796A5B4C3D2E1F0"


@pytest.mark.parametrize(
    "text",
    [
        f'[desfire]\nmaster = "{SECRET}',
        f"[desfire]\nmaster = {SECRET}",
        f'[desfire]\nmaster = "{SECRET}00"',
        f'[desfire]\nkey_no = "{SECRET}"\nauth = "{SECRET}"\naid = "{SECRET}"\nsystem = "{SECRET}"',
        f'[desfire]\n{SECRET} = "master"',
        f'[desfire]\n{SECRET.lower()} = "master"',
        f'{SECRET} = "master"',
        f'[{SECRET}]\n[[cpu]]\nfile = "{SECRET}"\nalgorithm = "{SECRET}"\n[ntag424]\nurl_prefix = "{SECRET}"',
        f'desfire = "{SECRET}"\nntag424 = ["{SECRET}"]\ncpu = ["{SECRET}"]\nultralight_aes = 1',
        f'cpu = "{SECRET}"',
        f'[classic]\nkey = "{SECRET}"\nform = "{SECRET}"\nsector = "{SECRET}"\nkey_type = "{SECRET}"',
        f'[desfire]\nmaster = "{SECRET}"\nmaster = "{SECRET}"',
        b"[desfire]\nmaster = '" + SECRET.encode() + b"\xff'",
        f"# {SECRET}" * 4000,
    ],
)
def test_no_mistake_shows_a_key(tmp_path: pathlib.Path, text: str | bytes) -> None:
    path = file_of(tmp_path, text)
    with pytest.raises(Refusal) as refusal:
        load_card_keys(path, environment={})
    assert refusal.value.code == "card_keys_malformed"
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None
    told = f"{refusal.value} {refusal.value!r} {''.join(traceback.format_exception(refusal.value))}".lower()
    assert all(SECRET[at : at + 4].lower() not in told for at in range(len(SECRET) - 3))


def test_keys_show_in_no_text_made_of_them(tmp_path: pathlib.Path) -> None:
    keys = load_card_keys(file_of(tmp_path, WHOLE), environment={})
    text = f"{keys!r} {keys} {keys.desfire!r} {keys.ntag424!r} {keys.ultralight_aes!r} {keys.cpu!r} {keys.classic!r}"
    for key in (*KEYS, CLASSIC_KEY):
        assert key.lower() not in text.lower()
        assert repr(bytes.fromhex(key))[2:-1] not in text
    assert "salon group" in text
