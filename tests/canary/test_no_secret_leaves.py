"""Promise 7: a short day with marked secrets, and then every output is searched for them."""

from __future__ import annotations

import html
import http
import json
import pathlib
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from terminal.base.ids import new_id
from terminal.hw.cards.keys import load_card_keys
from terminal.store.database import Database
from tests.cli.card_desk import CardDesk
from tests.cli.pages import Pages
from tests.cli.simulators import Devices, till_with_devices
from tests.hw.cards.test_sun import address
from tests.journeys.conftest import until

pytestmark = pytest.mark.slow

NAME = "皇甫晴岚"
PHONE = "13977735791"
UID = "7E57CA4D"
PIN = "918273"
WRONG_PIN = "640917"
MANAGER_PIN = "570284"
PAYMENT_CODE = "134864208642086420"
CARD_UID = "04C0FFEE4D5A80"
CARD_KEYS = {
    "ntag424": "3D1C0A7E5B9F42868C6E1F70A2D4B8E1",
    "tap address": "7A41C60D2E8B953F10D4E7A96C5B2F83",
    "tap message code": "B5E20F6A9C7D43118E3F5A2C71D0964B",
    "desfire": "C84D13F7A06E5B2991D7E4F80B3A6C5D",
    "sector": "6B1F93D07A5C",
}
WRITTEN_NUMBER = "VIP77410952"
TAP_COUNT = 77
CARD_KEYS_FILE = f"""
[desfire]
aid = "F53042"
system = "salon"
master = "{CARD_KEYS["desfire"]}"
[ntag424]
system = "salon"
master = "{CARD_KEYS["ntag424"]}"
sdm_meta = "{CARD_KEYS["tap address"]}"
sdm_file = "{CARD_KEYS["tap message code"]}"
url_prefix = "https://shop.example/t"
[classic]
key = "{CARD_KEYS["sector"]}"
"""
MEMBERS = f"会员编号,姓名,性别,手机,卡号,储值余额\nK1,{NAME},女,{PHONE},{UID},300.00\nK2,坏行,男,{PHONE}9,,1\n"


def spellings(uid: str) -> Iterator[str]:
    """Yield a four-byte chip number as readers, prints and spreadsheets spell it."""
    for turned in (bytes.fromhex(uid), bytes.fromhex(uid)[::-1]):
        yield from (turned.hex().upper(), turned.hex(":").upper(), turned.hex(" ").upper(), turned.hex("-").upper())
        yield f"{int.from_bytes(turned, 'big'):010d}"
        yield str(int.from_bytes(turned, "big"))


@dataclass(slots=True)
class Day:
    """What was said during a day, by where, and what must not be in it."""

    outputs: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    for_staff: frozenset[str] = frozenset()


def leaks(day: Day) -> list[tuple[str, str]]:
    """Return (output, secret) for each secret that is in an output, however its letters are written."""
    return [
        (place, name)
        for place, text in day.outputs.items()
        for name, secret in day.secrets.items()
        if any(form.upper() in text.upper() for form in (secret, json.dumps(secret)[1:-1], html.escape(secret)))
        and not (place in day.for_staff and name == "name")
    ]


def known_secrets(devices: Devices) -> dict[str, str]:
    """Return every secret of the till by name."""
    key = (devices.home.data / "store.key").read_bytes()
    database = Database(devices.home.data / "store.db", key)
    private_key, import_key = database.rows("SELECT private_key, import_key FROM device")[0]
    pin_hash = database.rows("SELECT pin_hash FROM staff")[0][0]
    database.close()
    return {
        "name": NAME,
        "phone": PHONE,
        "phone, grouped": f"{PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}",
        "phone, hyphens": f"{PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}",
        **{f"card {spelled}": spelled for spelled in spellings(UID)},
        "pin": PIN,
        "wrong pin": WRONG_PIN,
        "manager's pin": MANAGER_PIN,
        "pin's hash": pin_hash,
        "payment code": PAYMENT_CODE,
        "number in a sector": WRITTEN_NUMBER,
        "tap address": tap_address().partition("?")[2],
        "tap address, hidden number": tap_address().partition("picc_data=")[2][:32],
        "tap address, message code": tap_address()[-16:],
        "store key": key.hex(),
        **card_secrets(devices.home.folder / "card-keys.toml"),
        "device key": private_key.hex(),
        "import key": import_key.hex(),
        "sign-in": devices.pages.cookies["counter_session"],
    }


def card_secrets(path: pathlib.Path) -> dict[str, str]:
    """Return the master keys of the shop's cards, the issued card's own keys, and its number."""
    keys, uid = load_card_keys(path).ntag424, bytes.fromhex(CARD_UID)
    assert keys
    return {
        **{f"master key {name}": key for name, key in CARD_KEYS.items()},
        **{f"card key {number}": keys.card_key(uid, number).hex() for number in range(5)},
        "issued card": CARD_UID,
        "issued card, mirrored": uid[::-1].hex(),
        "issued card, colons": uid.hex(":"),
    }


def tap_address(count: int = TAP_COUNT, master: str = CARD_KEYS["tap message code"]) -> str:
    """Return what the issued card's tap of that count makes."""
    master_key, meta = bytes.fromhex(master), bytes.fromhex(CARD_KEYS["tap address"])
    return address(bytes.fromhex(CARD_UID), count, master=master_key, meta=meta)


def addresses_are_shown(devices: Devices, day: Day) -> None:
    """Scan a tap address, a forged one and the first one again, and search for it; keep all that was said."""
    live = devices.pages.live("/cashier/live")
    live.next()
    devices.scanner("scan", text=tap_address())
    live.until(lambda message: bool(message["found"]), "the member of the address")
    for text, code in ((tap_address(78, CARD_KEYS["desfire"]), "mac_wrong"), (tap_address(), "replayed")):
        devices.scanner("scan", text=text)
        live.until(lambda message, code=code: f"tap_url_{code}" in message["alert"], code)  # type: ignore[misc]
    day.outputs["address stream"] = live.seen
    day.outputs["address pages"] = devices.pages.post("/cashier/find", text=tap_address(), enter=1).text
    live.close()


def cards_are_issued(devices: Devices, day: Day) -> None:
    """Issue a card, tear one away, refuse one, and tap the good one and a copy; keep what the command said."""
    desk = CardDesk(devices)
    desk.blank("new", CARD_UID)
    said = [desk.issue("unknown", "--phone", PHONE)]
    ordered = desk.order("--phone", PHONE)
    devices.readers("fail_apdu", reader=devices.facts["readers"]["counter"], n=24, code="remove_after")
    devices.hold_card("counter", "new")
    said += [ordered.said()]
    desk.lift()
    said += [desk.issue("new", "--phone", PHONE)]
    assert [each.exit_code for each in said] == [1, 1, 0]
    desk.tap("new")
    desk.blank("copy", CARD_UID, clone=True)
    desk.tap("copy")
    day.outputs["cards issue"] = "\n".join(each.out + each.err for each in said)


def at_the_kiosk(devices: Devices, day: Day) -> None:
    """Tap, print the balance slip, and show an unknown card; keep all that the page was sent."""
    pages = Pages(devices.till.address)
    live = pages.live("/kiosk/live")
    devices.hold_card("kiosk", "canary")
    shown = live.until(lambda message: message["state"] == "member", "the member")
    assert "皇甫" in shown["html"]
    day.outputs["kiosk page with a member"] = pages.get("/kiosk").text
    assert pages.post("/kiosk/print", session=shown["session"], action_id=new_id()).status == 204
    live.until(lambda message: message["state"] == "success", "a printed slip")
    devices.lift_card("kiosk")
    devices.hold_card("kiosk", "unknown")
    live.until(lambda message: message["state"] == "error", "the refusal")
    devices.lift_card("kiosk")
    day.outputs["kiosk stream"] = live.seen
    day.outputs["kiosk page"] = pages.get("/kiosk").text
    live.close()


def at_the_counter(devices: Devices, day: Day) -> None:
    """Sign in (once wrongly), find in each way, top up, charge, scan and type a payment code; keep every page."""
    pages, said = devices.pages, []
    form = pages.get("/cashier/sign-in").text
    found = re.search(r'name="staff" value="([0-9a-f]+)"', form)
    assert found
    said += [form, pages.post("/cashier/sign-in", staff=found[1], pin=WRONG_PIN).text]
    pages.sign_in(PIN)
    live = pages.live("/cashier/live")
    devices.hold_card("counter", "canary")
    account = live.until(lambda message: bool(message["found"]), "the tapped member")["found"]
    devices.lift_card("counter")
    for text in (NAME, NAME[:1], PHONE, PHONE[-4:], UID, PAYMENT_CODE, "CF1-V86Z820C20A1G7C"):
        for enter in (0, 1):
            # The answer names what it answers, which is in the search field in front of it anyway.
            page = pages.post("/cashier/find", text=text, enter=enter).text
            said.append(page)
    said += [pages.get(f"/cashier/members/{account}").text]
    said += [pages.pay_in(account, 500).text, pages.charge(account, 88).text]
    until(lambda: devices.scanner("state")["open"], "the till at the scanner's port")
    devices.scanner("scan", text=PAYMENT_CODE)
    live.until(lambda message: "payment_code_unexpected" in message["alert"], "the refusal")
    said += [pages.get("/cashier").text]
    day.outputs["counter pages"] = "\n".join(said)
    day.outputs["counter stream"] = live.seen
    live.close()


def at_the_technicians(devices: Devices, day: Day) -> None:
    """Look at the technician's pages, try a reader with the member's card, and check the till in each way."""
    pages, home, room = Pages(devices.till.address), devices.home, "/cashier/technician"
    home.run("staff", "add", "店长", "--role", "manager", "--pin", MANAGER_PIN)
    manager = re.findall(r'name="staff" value="([0-9a-f]+)"', pages.get("/cashier/sign-in").text)[-1]
    assert pages.post("/cashier/sign-in", staff=manager, pin=MANAGER_PIN).status == http.HTTPStatus.SEE_OTHER
    tried = threading.Thread(target=lambda: said.append(pages.post(f"{room}/test", device="counter-reader").text))
    said = [pages.get(room).text, pages.get(f"{room}/devices?device=counter-reader").text]
    tried.start()
    while tried.is_alive():
        # A card that lay there before the test began is not the test's.
        devices.hold_card("counter", "canary")
        tried.join(1.0)
        devices.lift_card("counter")
    said += [pages.post(f"{room}/check").text, pages.get(f"{room}/states").text]
    day.outputs["technician's pages"] = "\n".join(said)
    day.outputs["doctor"] = home.run("doctor", "--json").out + home.run("doctor", "--print").out
    day.outputs["devices"] = home.run("devices", "list", "--json").out


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """Give all that a day left behind."""
    day = Day(for_staff=frozenset({"counter pages", "counter stream", "cards issue", "address stream"}))
    with till_with_devices(tmp_path_factory.mktemp("canary"), PIN, MEMBERS, CARD_KEYS_FILE) as devices:
        sector = {
            "blocks": {"4": WRITTEN_NUMBER.encode().ljust(16, b"\0").hex()},
            "trailers": {"1": f"{CARD_KEYS['sector']}78778869FFFFFFFFFFFF"},
        }
        devices.readers("add_card", card={"id": "canary", "label": "canary", "kind": "fudan_m1", "uid": UID, **sector})
        at_the_kiosk(devices, day)
        at_the_counter(devices, day)
        cards_are_issued(devices, day)
        addresses_are_shown(devices, day)
        at_the_technicians(devices, day)
        home, pages = devices.home, devices.pages
        slips = until(lambda: all_slips(devices, 4), "four slips")
        day.outputs["slips"] = json.dumps(slips, ensure_ascii=False)
        # Commands through the running till, whose answers must not end up in its log either.
        for words in (("import", "members", home.folder / "members.csv"), ("member", "show", "--phone", PHONE)):
            home.run(*words)
        home.run("member", "show", "--card", f"{UID}%")
        day.outputs["verify"] = home.run("book", "verify", "--json").out
        day.outputs["export"] = home.run("book", "export").out
        day.outputs["health"] = pages.get("/healthz").text
        day.outputs["metrics"] = pages.get("/metrics").text
        day.secrets = known_secrets(devices)
    day.outputs["log"] = home.folder.joinpath("serve.log").read_text()
    return day


def all_slips(devices: Devices, count: int) -> list[Mapping[str, object]]:
    """Return the slips once there are `count`."""
    slips: list[Mapping[str, object]] = devices.printer("slips", since=0)["slips"]
    return slips if len(slips) >= count else []


def test_nothing_that_left_the_till_holds_a_secret(day: Day) -> None:
    assert leaks(day) == []


def test_the_search_looked_at_what_the_day_said(day: Day) -> None:
    expected = {
        "kiosk stream": "女士",
        "counter pages": NAME,
        "cards issue": "card_not_blank",
        "counter stream": "payment_code_unexpected",
        "address stream": "tap_url_replayed",
        "address pages": "tap_url_replayed",
        "slips": "皇甫女士",
        "technician's pages": "tap_read",
        "doctor": '"passed"',
        "devices": "counter-reader",
        "log": "a card was issued at counter-reader",
        "health": "book_entries",
        "metrics": "counterfoil_device_ready",
        "export": '"public_key"',
        "verify": '"ok": true',
    }
    assert {place for place, words in expected.items() if words not in day.outputs[place]} == set()
    assert json.loads(day.outputs["health"])["book_entries"] == 7, "member, 2 shifts, wrong PIN, top-up, bill, card"


def test_a_planted_secret_is_found_wherever_it_is(day: Day) -> None:
    for name, secret in day.secrets.items():
        for place in ("log", "slips", "metrics", "kiosk stream", "export"):
            outputs = {**day.outputs, place: f"{day.outputs[place]}<b>{secret.lower()}</b>"}
            assert (place, name) in leaks(Day(outputs, day.secrets, day.for_staff)), (place, name)
