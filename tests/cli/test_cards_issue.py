"""`terminal cards issue` on a running till: blanks laid on a simulated reader, from the command to the tapped card."""

from __future__ import annotations

import base64
import json
import signal
from collections.abc import Iterator

import pytest

from terminal.cli.cards import KINDS
from terminal.hw.cards.keys import load_card_keys
from terminal.services.card_commands import ISSUED_KINDS
from tests.cli.card_desk import COUNTER, CardDesk
from tests.cli.home import Home
from tests.cli.simulators import till_with_devices

pytestmark = pytest.mark.slow

PIN = "246810"
PHONE, OTHER_PHONE = "13977735791", "13977735792"
CARD = "04AAAAAAAAAA80"
MEMBERS = f"会员编号,姓名,手机,卡号\nK1,王小芳,{PHONE},\nK2,李明,{OTHER_PHONE},{CARD}\n"
KEYS = """
[ntag424]
system = "salon"
master = "00112233445566778899aabbccddeeff"
"""


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardDesk]:
    with till_with_devices(tmp_path_factory.mktemp("cards"), PIN, MEMBERS, KEYS) as devices:
        devices.pages.sign_in(PIN)
        yield CardDesk(devices)


def test_the_usage_names_the_kinds_that_can_be_issued() -> None:
    assert KINDS == ISSUED_KINDS


def test_a_blank_issued_to_a_member_is_theirs_and_a_copy_of_its_number_is_not(counter: CardDesk) -> None:
    uid = "04B1B2C3D4E580"
    counter.blank("new", uid)
    assert counter.tap("new")[0] == ""
    said = counter.issue("new", "--phone", PHONE)
    assert (said.exit_code, said.err) == (0, "")
    assert said.out == "The card is issued, and is 王*'s.\n"
    account, alert = counter.tap("new")
    assert (len(account), alert) == (32, "")
    counter.blank("copy", uid, clone=True)
    found, alert = counter.tap("copy")
    assert (found, "card_clone" in alert) == ("", True)
    shown = json.loads(counter.devices.home.run("member", "show", "--phone", PHONE, "--json").out)
    assert [member["cards"] for member in shown] == [["E580"]]


def test_a_members_card_laid_on_by_mistake_stays_unwritten_and_its_owners(counter: CardDesk) -> None:
    counter.blank("lis", CARD)
    owner, _ = counter.tap("lis")
    counter.writes()
    said = counter.issue("lis", "--phone", PHONE)
    assert (said.exit_code, said.code) == (1, "card_taken")
    counter.blank("foreign", "04CCCCCCCCCC80", keys=["11" * 16] * 5)
    said = counter.issue("foreign", "--phone", PHONE)
    assert (said.exit_code, said.code) == (1, "card_not_blank")
    assert counter.writes() == []
    assert counter.tap("lis") == (owner, "")


def test_a_card_torn_away_while_it_is_written_is_finished_by_the_second_try(counter: CardDesk) -> None:
    counter.blank("torn", "04D1D2D3D4D580")
    ordered = counter.order("--phone", PHONE)
    reader = counter.devices.facts["readers"]["counter"]
    counter.writes()
    counter.devices.readers("fail_apdu", reader=reader, n=24, code="remove_after")
    counter.devices.hold_card("counter", "torn")
    said = ordered.said()
    assert (said.exit_code, said.code) == (1, "card_unreadable")
    assert counter.writes() != []
    counter.lift()
    said = counter.issue("torn", "--phone", PHONE)
    assert said.exit_code == 0, said
    assert counter.tap("torn")[0] != ""


def test_an_order_that_is_broken_off_writes_no_later_card(counter: CardDesk) -> None:
    counter.blank("late", "04E1E2E3E4E580")
    counter.writes()
    ordered = counter.order("--phone", PHONE)
    busy = counter.devices.home.run("cards", "issue", "--phone", OTHER_PHONE, "--kind", "ntag424", "--reader", COUNTER)
    assert (busy.exit_code, busy.code, busy.out) == (1, "reader_busy", "")
    ordered.process.send_signal(signal.SIGINT)
    assert ordered.said().code == "interrupted"
    assert counter.tap("late")[0] == ""
    assert counter.writes() == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--phone", "13900000000", "--kind", "ntag424", "--reader", COUNTER), "member_unknown"),
        (("--member", "nobody", "--kind", "ntag424", "--reader", COUNTER), "member_unknown"),
        (("--member", PHONE, "--kind", "desfire", "--reader", COUNTER), "card_key_missing"),
        (("--phone", PHONE, "--kind", "desfire", "--reader", COUNTER), "card_key_missing"),
        (("--phone", PHONE, "--kind", "ntag424", "--reader", "printer"), "device_unknown"),
        (("--phone", PHONE, "--kind", "ntag424", "--reader", "nowhere"), "device_unknown"),
        (("--phone", PHONE, "--kind", "ntag424", "--reader", "kiosk-reader"), "reader_at_kiosk"),
    ],
)
def test_what_cannot_be_issued_is_refused_before_a_card_is_asked_for(
    counter: CardDesk, words: tuple[str, ...], code: str
) -> None:
    said = counter.devices.home.run("cards", "issue", *words)
    assert (said.exit_code, said.code, said.out) == (1, code, "")


def written_forms(key: bytes) -> set[bytes]:
    """Return how a key may stand in a text: as it is, in hexadecimal digits, as Python prints it, in base64."""
    digits = (key.hex(), key.hex().upper(), key.hex(" "), key.hex(":"))
    return {key, *(each.encode() for each in (*digits, repr(key)[2:-1])), base64.b64encode(key)}


def test_no_master_and_no_cards_own_key_stands_in_the_tills_log_or_on_its_pages(counter: CardDesk) -> None:
    uid, devices = "04F1F2F3F4F580", counter.devices
    counter.blank("secret", uid)
    said = counter.issue("secret", "--phone", PHONE)
    assert said.exit_code == 0, said
    account, _ = counter.tap("secret")
    assert account
    places = ("/cashier", f"/cashier/members/{account}", "/kiosk", "/healthz", "/metrics")
    outputs = {place: devices.pages.get(place).text.encode() for place in places}
    outputs |= {"log": devices.till.log.read_bytes(), "command": f"{said.out}{said.err}".encode()}
    assert "王小芳".encode() in outputs[f"/cashier/members/{account}"]
    assert b"a card was issued at counter-reader" in outputs["log"]
    keys = load_card_keys(devices.home.folder / "card-keys.toml").ntag424
    assert keys is not None
    secrets = (keys.master, *(keys.card_key(bytes.fromhex(uid), number) for number in range(5)))
    forms = {form for key in secrets for form in written_forms(key)}
    assert [place for place, text in outputs.items() if any(form in text for form in forms)] == []


def test_nothing_is_issued_without_a_running_till(till: Home) -> None:
    said = till.run("cards", "issue", "--phone", PHONE, "--kind", "ntag424", "--reader", COUNTER)
    assert (said.exit_code, said.code) == (1, "till_not_running")


@pytest.mark.parametrize("words", [("--kind", "m1"), ("--kind", "ntag424", "--phone", PHONE)])
def test_wrong_usage_is_told_as_such(till: Home, words: tuple[str, ...]) -> None:
    assert till.run("cards", "issue", "--reader", COUNTER, "--member", "1", *words).exit_code == 2
