"""A member QR at a whole till: scanned while a charge waits it is all the charge still needs, and good for that one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask_babel import force_locale

from terminal.base.config import LANGUAGES
from terminal.base.errors import Refusal
from terminal.base.events import CodeScanned
from terminal.base.ids import AccountId, new_id
from terminal.kiosk_ui.wording import worded
from terminal.rules.counter import CounterScreen
from terminal.rules.entry import from_bytes
from terminal.rules.media import member_qr
from terminal.services.views import Needs
from tests.fuzz.till import PIN, OpenTill, open_till

pytestmark = pytest.mark.slow

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = f'member_qr_keys = ["7:{KEY.public_key().public_bytes_raw().hex()}"]'
ASKED = Needs(("phone_tail", "photo"), takes_qr=True)


class Counter:
    """A whole till with somebody signed in at the counter."""

    def __init__(self, till: OpenTill) -> None:
        self.till = till
        self.desk = till.till._desk
        self.token = self.desk.sign_in(till.staff_id, PIN).token

    def qr(self, nonce: int = 1, *, key: Ed25519PrivateKey = KEY, number: int = 7, ago_s: int = 0) -> str:
        """Return a QR of the member as a telephone shows it, signed so long ago."""
        chain = self.till.till._dispatcher.ask(lambda: self.till.till._store.book.life().chain)
        account, at_s = AccountId(self.till.account), int(time.time()) - ago_s
        return member_qr.issue(key, number, chain, account, at_s, bytes([nonce] * 7)).text

    def scan(self, text: str, device: str = "scanner") -> CounterScreen:
        """Scan a code with the counter's own scanner; return what the counter is told."""
        till = self.till.till
        event = CodeScanned(device, till._store.clock.monotonic_s(), text)
        till._dispatcher.ask(lambda: till._counter.code_scanned(event))
        screen = till._board.newest("counter")[1]
        assert isinstance(screen, CounterScreen)
        return screen

    def needs(self, fen: int = 50_00) -> Needs:
        """Return what a charge is still asked for."""
        return self.desk.preview_charge(self.token, self.till.account, fen).needs

    def charge(self, action: str = "", fen: int = 50_00) -> str:
        """Charge without anything confirmed; return the code it is refused with, empty where it was booked."""
        try:
            self.desk.charge(self.token, action or new_id(), self.till.account, fen, "")
        except Refusal as refusal:
            return refusal.code
        return ""

    def proved(self) -> object:
        """Return by what the newest bill was proved."""
        database = self.till.till._store.database
        rows = self.till.till._dispatcher.ask(lambda: database.rows("SELECT bytes FROM entry ORDER BY seq"))
        return [made for made in (from_bytes(row[0]) for row in rows) if made.kind == "bill"][-1].payload["factor"]


@pytest.fixture
def counter() -> Iterator[Counter]:
    """Give the counter of a till that knows the chain's key; its book must stay right."""
    with open_till(KEYS) as till:
        yield Counter(till)
        assert till.wrong_with_the_book() == ""


def test_a_fresh_qr_confirms_one_charge_and_no_other(counter: Counter) -> None:
    counter.desk.find_members(counter.token, "王小芳")
    assert counter.needs() == ASKED
    assert counter.charge() == "factor_identifies_only"
    text = counter.qr()
    assert counter.scan(text).found == counter.till.account
    assert counter.needs() == Needs(by="member_qr")
    action = new_id()
    assert counter.charge(action) == ""
    assert counter.proved() == {"by": "member_qr", "assurance": "member_qr", "audited": False, "fen": 50_00}
    assert counter.charge(action) == "", "the same action is answered, and takes nothing"
    assert counter.needs(40_00) == ASKED, "it is used up"
    assert counter.charge(fen=40_00) == "factor_identifies_only"
    assert counter.scan(text).error == "member_qr_replayed"
    assert counter.charge(fen=40_00) == "factor_identifies_only"
    assert counter.scan(counter.qr(2)).found == counter.till.account
    assert counter.charge(fen=40_00) == ""


@pytest.mark.parametrize(
    ("code", "made"),
    [
        ("member_qr_expired", {"ago_s": 200}),
        ("member_qr_early", {"ago_s": -60}),
        ("member_qr_forged", {"key": Ed25519PrivateKey.from_private_bytes(bytes(32))}),
        ("member_qr_key_unknown", {"number": 8}),
    ],
)
def test_a_qr_that_is_not_good_is_told_in_every_language_and_confirms_nothing(
    counter: Counter, code: str, made: dict[str, Any]
) -> None:
    assert counter.scan(counter.qr(**made)).error == code
    assert counter.charge() == "factor_identifies_only"
    told = set()
    for language in LANGUAGES:
        with counter.till.app.app_context(), force_locale(language):
            told.add(worded(code, at_counter=True).sentence)
    assert len(told) == len(LANGUAGES)


def test_a_scanner_that_types_into_the_finder_or_the_page_shows_it_once_too(counter: Counter) -> None:
    first, second = counter.qr(1), counter.qr(2)
    for _ in range(2):  # as one types, and with Enter
        assert [hit.account for hit in counter.desk.find_members(counter.token, first)] == [counter.till.account]
    assert counter.charge(fen=10_00) == ""
    assert counter.desk.find_members(counter.token, first)
    assert counter.charge(fen=10_00) == "factor_identifies_only", "found again, and proved nothing more"
    counter.desk.scanned(counter.token, second)
    assert counter.charge(fen=10_00) == ""
    with pytest.raises(Refusal, match="member_qr_replayed"):
        counter.desk.find_members(counter.token, second)


def test_at_the_kiosk_it_only_identifies(counter: Counter) -> None:
    till, text = counter.till.till, counter.qr()
    event = CodeScanned("scanner", till._store.clock.monotonic_s(), text)
    till._dispatcher.ask(lambda: till._kiosk.code_scanned(event))
    assert counter.charge() == "factor_identifies_only"
    assert counter.scan(text).error == "member_qr_replayed"


def test_a_till_without_the_chains_key_knows_no_qr_and_asks_for_none() -> None:
    with open_till() as till:
        counter = Counter(till)
        assert counter.needs() == Needs(("phone_tail", "photo"))
        assert counter.scan(counter.qr()).error == "member_qr_key_unknown"
