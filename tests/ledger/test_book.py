"""The book: each action once, each entry sealed to the one before, time that never runs back."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, new_id
from terminal.ledger.book import request_digest
from terminal.ledger.draft import Draft, Lot
from terminal.ledger.export import export
from terminal.rules import bucket, entry
from terminal.rules.bucket import SHOP
from terminal.rules.canonical import NotCanonical
from terminal.rules.fold import EntryWrong
from tests.ledger.conftest import Counter
from tests.support import STORE_KEY, TestBook

OWNER = AccountId("a1" * 16)


def begin(made: TestBook, action: str = "") -> Draft:
    return made.book.begin(ActionId(action or new_id()), "test", request_digest({"do": "test"}))


def give(made: TestBook, fen: int, asset: str = "bonus") -> Lot:
    """Create units and return their lot."""
    with made.database.write():
        draft = begin(made)
        draft.create(asset, OWNER, fen)
        made.book.post(draft)
    return made.book.lots(made.book.holdings(OWNER, (asset,)))[-1]


def everything(made: TestBook) -> list[list[object]]:
    tables = ("entry", "bucket", "held", "account_balance", "life")
    return [list(made.database.rows(f"SELECT * FROM {table}")) for table in tables]  # noqa: S608 - tables of ours


def test_the_first_start_makes_one_device_and_later_ones_keep_it(made: TestBook) -> None:
    life, key = made.book.life(), made.book.public_key()
    made.book.open()
    assert made.book.life() == life
    assert made.book.public_key() == key
    assert (life.epoch, life.seq, life.hash) == (1, 0, entry.GENESIS)
    assert len(made.book.import_key()) == 32


def test_a_number_is_of_the_life_that_had_its_epoch_and_of_todays_where_two_had(made: TestBook) -> None:
    device, before = made.book.life().device, "b0" * 16
    lives = "INSERT INTO life SELECT ?, ?, ?, 0, hash, 0, 0, 0 FROM life WHERE n = 1"
    made.database.run(lives, (2, before, 7))
    assert made.book.numbered(7, 42) == (before, 7, 42)
    assert made.book.numbered(8, 42) == (device, 8, 42)
    made.database.run(lives, (3, before, 1))
    assert made.book.numbered(1, 42) == (device, 1, 42)


def test_each_entry_is_sealed_to_the_one_before(counter: Counter) -> None:
    account = counter.member(principal_fen=100)
    counter.top_up(account, 1000_00, 200_00)
    counter.charge(account, 300_00)
    head = entry.GENESIS
    rows = counter.database.rows("SELECT seq, hash, action_id, bytes FROM entry ORDER BY seq")
    for number, (seq, digest, action_id, data) in enumerate(rows, start=1):
        head = entry.seal(head, data)
        read = entry.from_bytes(data)
        assert (seq, read.seq) == (number, number)
        assert digest == head
        assert bytes.fromhex(read.action_id) == action_id
        assert read.to_bytes() == data
    assert counter.book.life().hash == head
    assert counter.book.life().seq == len(rows) == 3
    assert len({entry.from_bytes(row[3]).nonce for row in rows}) == 3


def test_an_action_done_before_answers_with_its_first_result_and_writes_nothing(made: TestBook) -> None:
    action, request = ActionId(new_id()), request_digest({"do": "test"})
    assert made.book.find(action, request) is None
    with made.database.write():
        draft = begin(made, action)
        draft.create("bonus", OWNER, 5)
        first = made.book.post(draft)
    before = everything(made)
    again = made.book.find(action, request)
    assert again is not None
    assert (again.entry, again.hash, again.repeated) == (first.entry, first.hash, True)
    assert everything(made) == before


def test_an_action_asked_for_again_with_other_content_is_refused_with_an_alarm(
    made: TestBook, caplog: pytest.LogCaptureFixture
) -> None:
    action = ActionId(new_id())
    with made.database.write():
        made.book.post(begin(made, action))
    before = everything(made)
    with pytest.raises(Refusal) as caught:
        made.book.find(action, request_digest({"do": "another"}))
    assert caught.value.code == "action_conflict"
    assert everything(made) == before
    assert [(record.levelno, action in record.getMessage()) for record in caplog.records] == [(logging.ERROR, True)]


def test_a_top_up_asked_for_twice_counts_once_and_with_another_amount_not_at_all(counter: Counter) -> None:
    account = counter.member()
    action = new_id()
    counter.top_up(account, 1000_00, 200_00, action)
    counter.top_up(account, 1000_00, 200_00, action)
    with pytest.raises(Refusal) as caught:
        counter.top_up(account, 1000_01, 200_00, action)
    assert caught.value.code == "action_conflict"
    with pytest.raises(Refusal):
        counter.charge(account, 1000_00, action)
    assert counter.book.balances(account) == {"principal": 100000, "bonus": 20000, "refund_right": 100000}
    assert counter.verify().code == ""


def test_the_request_digest_tells_requests_apart() -> None:
    digests = {request_digest({"do": "x", "n": n}) for n in (1, 2, True)} | {request_digest({"do": "x"})}
    assert len(digests) == 4
    assert request_digest({"a": 1, "b": 2}) == request_digest({"b": 2, "a": 1})


def test_balances_and_lots_are_what_entries_left(made: TestBook) -> None:
    first, second = give(made, 100), give(made, 50)
    with made.database.write():
        draft = begin(made)
        draft.spend(first, 100)
        draft.spend(second, 20)
        draft.add(second, 5)
        made.book.post(draft)
    assert made.book.balances(OWNER) == {"bonus": 35}
    (left,) = made.book.lots(made.book.holdings(OWNER, ("bonus", "principal")))
    assert (left.bucket, left.facts, left.amount) == (second.bucket, second.facts, 35)
    assert made.book.lots(made.book.holdings(OWNER, ("principal",))) == []
    assert made.book.balances(SHOP) == {}


def test_what_belongs_to_the_shop_is_kept_apart_from_members(made: TestBook) -> None:
    with made.database.write():
        draft = begin(made)
        draft.create("coupon", SHOP, 3)
        made.book.post(draft)
    assert made.book.balances(SHOP) == {"coupon": 3}
    assert made.book.lots(made.book.holdings(SHOP, ("coupon",)))[0].facts.owner == SHOP


def _money(debit: str, credit: str, fen: int, *, off: int = 0) -> Callable[[Draft, Lot], None]:
    def spoil(draft: Draft, _: Lot) -> None:
        draft.debit(debit, fen)
        draft.credit(credit, fen + off)

    return spoil


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda draft, lot: draft.spend(lot, 101), EntryWrong),
        (_money("tender/cash", "sales/service", 1, off=1), EntryWrong),
        (_money("tender/cash", "deferred", 1), EntryWrong),
        (lambda draft, _: draft.create("principal", OWNER, 100, unit_value_fen=1), EntryWrong),
        (lambda draft, _: draft.create("bonus", OWNER, 0), NotCanonical),
        (lambda draft, lot: draft.spend(lot, -1), NotCanonical),
        (_money("tender/gold", "tender/silver", 1), NotCanonical),
        (lambda draft, _: draft.payload.update(note="x" * entry.ENTRY_BYTES_MAX), NotCanonical),
        (lambda draft, _: draft.create("gold", OWNER, 1), NotCanonical),
        (lambda draft, _: draft.create("bonus", OWNER, 1, unit_value_fen=1), NotCanonical),
        (lambda draft, _: draft.create("bonus", OWNER, 1, expires_on="tomorrow"), NotCanonical),
    ],
)
def test_nothing_is_written_of_an_entry_the_book_forbids(
    made: TestBook, spoil: Callable[[Draft, Lot], object], error: type[Exception]
) -> None:
    lot = give(made, 100)
    before = everything(made)

    def work() -> None:
        with made.database.write():
            draft = begin(made)
            spoil(draft, lot)
            made.book.post(draft)

    with pytest.raises(error):
        work()
    assert everything(made) == before


def test_the_store_itself_refuses_a_holding_below_zero(made: TestBook) -> None:
    lot = give(made, 100)
    stale = Lot(lot.n, lot.bucket, lot.facts, 1000)  # what a caller outside the transaction might have read
    before = everything(made)

    def work() -> None:
        with made.database.write():
            draft = begin(made)
            draft.spend(stale, 101)
            made.book.post(draft)

    with pytest.raises(Exception, match="CHECK constraint"):
        work()
    assert everything(made) == before


def test_two_drafts_of_one_moment_cannot_both_be_posted(made: TestBook) -> None:
    def work() -> None:
        with made.database.write():
            first, second = begin(made), begin(made)
            made.book.post(first)
            made.book.post(second)

    with pytest.raises(Exception, match=r"UNIQUE|posted in the transaction"):
        work()
    assert made.book.life().seq == 0


def test_device_time_never_runs_back_behind_what_was_trusted(made: TestBook) -> None:
    def post() -> tuple[int, str]:
        with made.database.write():
            written = made.book.post(begin(made)).entry
        return written.at, written.at_quality

    start = made.clock.now_ms()
    assert post() == (start, "trusted")
    made.clock.at -= dt.timedelta(days=1)
    assert post() == (start, "trusted")
    made.clock.is_trusted = False
    assert post() == (start, "untrusted")
    made.clock.at += dt.timedelta(days=400)
    assert post() == (start + 399 * 86_400_000, "untrusted")
    made.clock.at -= dt.timedelta(days=399)
    made.clock.is_trusted = True
    assert post() == (start, "trusted"), "an untrusted jump forward did not raise the mark"


def test_a_book_opened_again_goes_on_where_it_stopped(made: TestBook) -> None:
    give(made, 5)
    before = made.book.life()
    made.database.close()
    made.database.connect()
    assert made.book.life() == before
    give(made, 5)
    assert made.book.life().seq == before.seq + 1
    assert made.database.key == STORE_KEY


def test_the_export_is_the_journal_as_it_was_hashed_signed_by_the_device(counter: Counter) -> None:
    account = counter.member(principal_fen=500)
    counter.top_up(account, 1000_00, 200_00)
    *lines, end = export(counter.database, counter.book)
    head = entry.GENESIS
    for line, (data, digest) in zip(
        lines, counter.database.rows("SELECT bytes, hash FROM entry ORDER BY seq"), strict=True
    ):
        assert data in line
        head = entry.seal(head, data)
        assert json.loads(line) == {"entry": json.loads(data), "hash": head.hex()}
        assert head == digest
    signed = json.loads(end)
    assert signed["head"] == head.hex()
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed["public_key"]))
    key.verify(bytes.fromhex(signed["signature"]), head)
    with pytest.raises(InvalidSignature):
        key.verify(bytes.fromhex(signed["signature"]), bytes(32))


def test_an_export_beside_a_running_till_signs_what_it_wrote_out(counter: Counter) -> None:
    account = counter.member(principal_fen=500)
    lines = export(counter.database, counter.book)
    first = json.loads(next(lines))
    counter.top_up(account, 1000_00, 200_00)
    rest = [json.loads(line) for line in lines]
    assert rest[-1]["head"] == ([first, *rest[:-1]])[-1]["hash"]


def test_no_entry_holds_personal_data(counter: Counter) -> None:
    personal = {"name": "欧阳小芳", "phone": "13912345678", "remark": "敏感肌", "birthday": "1990-01-02"}
    account = counter.member(**personal, cards=("0012345678",), old_number="OLD77", principal_fen=500)
    counter.top_up(account, 1000_00, 200_00)
    counter.charge(account, 300_00)
    for row in counter.database.rows("SELECT bytes FROM entry"):
        for text in [*personal.values(), "0012345678", "OLD77"]:
            assert text.encode() not in row[0]


def test_the_kept_facts_name_their_bucket(counter: Counter) -> None:
    counter.member(principal_fen=500, bonus_fen=1, points=2)
    for name, facts in counter.database.rows("SELECT id, facts FROM bucket"):
        assert bucket.from_bytes(facts).id == name.hex()
