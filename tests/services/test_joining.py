"""Joining a chain: the same balances in another chain, in two books that both balance."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, ActionId, ChainId, new_id
from terminal.rules import bucket, entry
from terminal.rules.bucket import Bucket
from terminal.rules.canonical import Canonical
from terminal.rules.entry import Entry
from terminal.services.joining import LOTS_AN_ENTRY, Joining
from terminal.sync.wire import MustRejoin
from tests.fuzz.till import open_till
from tests.services.joined_bench import TAKES, sell_before, take_back
from tests.services.refund_bench import open_bench
from tests.sync.till import OWNER, Till, accepted, of_another_till

CHAIN = ChainId("c7" * 16)
RULES = """
[shop]
name = "兰亭美业"
[[services]]
code = "101"
name = "修眉"
price = "30.00"
[[roles.roles]]
name = "manager"
limits = [{action = "refund", most = "5000"}]
"""
Units = tuple[str, int, int, dict[str, Canonical]]


@pytest.fixture
def till(tmp_path: pathlib.Path) -> Iterator[Till]:
    """Give a box with an empty journal, proved at the end."""
    made = Till(tmp_path)
    yield made
    made.prove()
    made.database.close()


def joining(till: Till) -> Joining:
    return Joining(till.database, till.book)


def post(till: Till, money: dict[str, int], *units: Units) -> list[Bucket]:
    """Post an entry that creates units of (asset, amount, value, attributes)."""
    with till.database.write():
        draft = till.book.begin(ActionId(new_id()), "test", "")
        made = [
            draft.create(asset, OWNER, amount, unit_value_fen=value, expires_on="2027-05-01", attributes=attributes)
            for asset, amount, value, attributes in units
        ]
        for account, fen in money.items():
            draft.debit(account, fen)
        till.book.post(draft)
    return made


def worked(till: Till) -> tuple[Bucket, Bucket]:
    """Let a box have worked for a while: return a purse with a bill on it, and the right to refund that bill."""
    purse, _ = post(
        till,
        {"tender/cash": 10_000, "deferred": -10_000},
        ("principal", 10_000, 1, {"paid_fen": 10_000}),
        ("bonus", 500, 0, {}),
    )
    post(till, {"tender/cash": 20_000, "deferred": -20_000}, ("pass", 10, 2_000, {"template": "cut"}))
    post(till, {"receivable": 700, "sales/service": -700}, ("owed", 700, 1, {}))
    post(till, {"tender/cash": 300, "card_deposit": -300}, ("deposit", 300, 1, {}))
    post(till, {"tender/wechat": 40, "suspense": -40})
    post(till, {"sales/adjust": 60, "refund_payable": -60})
    till.spend(purse, 4_000)
    (right,) = post(till, {}, ("refund_right", 4_000, 0, {"of": "bill", "target": purse.facts()}))
    return purse, right


def all_entries(till: Till) -> list[Entry]:
    return [entry.from_bytes(row[0]) for row in till.database.rows("SELECT bytes FROM entry ORDER BY life, seq")]


def test_the_sheets_before_and_after_say_the_same(till: Till) -> None:
    worked(till)
    before = list(joining(till).sheet())
    assert len(before) == 3 + 9 + 6 + 6
    assert any(line.split() == ["tender/cash", "30300"] for line in before)
    assert any("2027-05-01" in line and line.split()[-2:] == ["2000", "10"] for line in before)
    joined = joining(till).join(CHAIN)
    assert list(joining(till).sheet()) == before
    till.crash()
    assert list(joining(till).sheet()) == before
    life = till.book.life()
    assert (life.chain, life.device, life.epoch) == (CHAIN, joined.device, 2)


def test_each_book_balances_by_itself_against_opening(till: Till) -> None:
    worked(till)
    old = till.book.life()
    joining(till).join(CHAIN)
    books: dict[int, dict[str, int]] = {1: {}, 2: {}}
    for life, account, fen in till.database.rows("SELECT life, account, amount FROM account_balance WHERE amount != 0"):
        books[life][account] = fen
    assert books[1] == {
        "opening": 30_300 - 60 - 40 - 26_000 + 700 - 300,
        "sales/adjust": 60,
        "sales/service": -4_700,
        "tender/wechat": 40,
    }
    assert books[2] == {
        "card_deposit": -300,
        "deferred": -26_000,
        "opening": -(30_300 - 60 - 40 - 26_000 + 700 - 300),
        "receivable": 700,
        "refund_payable": -60,
        "suspense": -40,
        "tender/cash": 30_300,
    }
    assert till.database.rows("SELECT 1 FROM held WHERE life = 1 AND amount > 0") == []
    opening = till.entries()[0]
    closing = all_entries(till)[-3]
    head = till.database.row("SELECT hash FROM life WHERE n = 1")
    assert head is not None
    assert opening.payload["joined_from"] == [old.chain, old.device, 1, head[0].hex()]
    assert (closing.kind, closing.payload["chain_joined"]) == ("closing", CHAIN)


def test_facts_go_along_and_a_right_leads_to_the_new_bucket(till: Till) -> None:
    purse, right = worked(till)
    joining(till).join(CHAIN)
    made = {facts.asset: facts for read in till.entries() for facts in read.buckets}
    new = made["principal"]
    assert (new.lot, new.expires_on, new.attributes, new.owner) == (
        purse.lot,
        "2027-05-01",
        {"paid_fen": 10_000},
        OWNER,
    )
    assert (new.chain, new.id) != (purse.chain, purse.id)
    assert (made["pass"].unit_value_fen, made["pass"].attributes) == (2_000, {"template": "cut"})
    target = made["refund_right"].attributes["target"]
    assert made["refund_right"].lot == right.lot
    assert bucket.from_facts(target) == new
    with till.database.write():  # a refund in the new chain
        draft = till.book.begin(ActionId(new_id()), "refund", "")
        held, into = till.book.lot_of(made["refund_right"]), till.book.lot_of(new)
        assert held is not None
        assert into is not None
        draft.spend(held, 4_000)
        draft.add(into, 4_000)
        draft.debit("sales/service", 4_000)
        draft.credit("deferred", 4_000)
        till.book.post(draft)
    assert till.held(new) == 10_000


def test_a_right_to_units_that_are_used_up_still_leads_to_its_lot(till: Till) -> None:
    purse = till.sell(500)
    till.spend(purse, 500)
    post(till, {}, ("refund_right", 500, 0, {"of": "bill", "target": purse.facts()}))
    joining(till).join(CHAIN)
    (right,) = till.last().buckets
    target = bucket.from_facts(right.attributes["target"])
    assert (target.lot, target.chain, target.source) == (purse.lot, CHAIN, purse.source)
    with till.database.write():
        draft = till.book.begin(ActionId(new_id()), "refund", "")
        held = till.book.lot_of(right)
        assert held is not None
        draft.spend(held, 500)
        draft.made[target.id] = target
        draft.effects.append(entry.Effect("create", target.id, 500))
        draft.debit("sales/service", 500)
        draft.credit("deferred", 500)
        till.book.post(draft)
    assert till.held(target) == 500


def test_many_lots_go_over_in_several_entries_and_the_money_once(till: Till) -> None:
    post(till, {"tender/cash": 40, "suspense": -40})
    for _ in range(2):
        post(till, {}, *[("points", 1, 0, {}) for _ in range(LOTS_AN_ENTRY)])
    for _ in range(2):
        noted: list[Units] = [("bonus", 1, 0, {"note": "x" * 1_500}) for _ in range(100)]
        post(till, {}, *noted)
    before = list(joining(till).sheet())
    joining(till).join(CHAIN)
    assert list(joining(till).sheet()) == before
    opened = till.entries()
    assert sum(len(read.effects) for read in opened) == 2 * LOTS_AN_ENTRY + 200
    assert [len(read.effects) for read in opened][:2] == [LOTS_AN_ENTRY] * 2
    assert max(len(read.effects) for read in opened[2:]) < 100, "an entry is no longer than it may be"
    assert len([read for read in opened if read.postings]) == 1


def test_an_empty_box_joins_too(till: Till) -> None:
    joining(till).join(CHAIN)
    assert [read.kind for read in all_entries(till)] == ["closing", "opening"]


def test_joining_again_changes_nothing(till: Till) -> None:
    worked(till)
    first = joining(till).join(CHAIN)
    before = till.everything()
    again = joining(till).join(CHAIN)
    assert (again.device, again.epoch, again.repeated, first.repeated) == (first.device, first.epoch, True, False)
    assert till.everything() == before


def test_the_key_stays_and_the_new_life_can_be_pushed(till: Till) -> None:
    key, imports = till.book.public_key(), till.book.import_key()
    worked(till)
    till.wants.ask(of_another_till(till), 5)
    till.mailbox.put("feed", b"{}")
    joined = joining(till).join(CHAIN)
    assert (till.book.public_key(), till.book.import_key()) == (key, imports)
    sent = till.push()
    assert (sent.chain, sent.device, sent.epoch, sent.first, sent.wants) == (CHAIN, joined.device, 2, 1, ())
    assert till.mailbox.waiting() == []
    till.courier.hear(sent, accepted(sent))
    assert till.push().entries == ()


@pytest.mark.parametrize("why", ["acknowledged", "rejoining", "fed", "told", "welcomed"])
def test_a_till_that_a_cloud_knows_does_not_join(till: Till, why: str) -> None:
    till.sell(5)
    sent = till.push()
    if why == "acknowledged":
        till.courier.hear(sent, accepted(sent))
    elif why == "rejoining":
        till.courier.hear(sent, MustRejoin(1, "fork"))
        till.take_all()
    elif why == "welcomed":  # into a life of which nothing is acknowledged yet
        till.journal.begin_life(2, "a0" * 16)
    elif why == "told":  # by a line of the feed that changed nothing
        with till.database.write():
            draft = till.book.begin(ActionId(new_id()), "feed", "")
            draft.cursor = 1
            till.book.post(draft)
    else:
        with till.database.write():
            draft = till.book.begin(ActionId(new_id()), "feed", "")
            draft.accept(of_another_till(till), 5, "f1" * 16)
            till.book.post(draft)
    before = till.everything()
    with pytest.raises(Refusal, match="till_not_alone"):
        joining(till).join(CHAIN)
    assert till.everything() == before


def test_a_crash_in_the_middle_leaves_a_box_alone(till: Till) -> None:
    class Stopped(Exception):  # noqa: N818 - what happens, and no error
        """The power goes."""

    class Half(Joining):
        def _open(self, *parts: object) -> None:
            super()._open(*parts)  # type: ignore[arg-type]  # handed on
            raise Stopped

    worked(till)
    before = till.everything()
    with pytest.raises(Stopped):
        Half(till.database, till.book).join(CHAIN)
    assert till.everything() == before
    assert till.book.balances(AccountId(OWNER))["principal"] == 6_000


@pytest.mark.parametrize("what", TAKES)
def test_what_was_sold_before_is_given_back_after_joining(tmp_path: pathlib.Path, what: str) -> None:
    with open_bench(tmp_path) as bench:
        before = sell_before(bench)
        Joining(bench.made.database, bench.made.book).join(CHAIN)
        take_back(bench, before, what)


def test_a_running_till_that_joined_gives_a_bill_of_before_back_by_its_number() -> None:
    with open_till() as opened:
        opened.take_commands()
        assert not opened.ask("setup_apply", text=RULES).get("mistakes")
        opened.do("shift_open", float_fen=0)
        order = {"account": opened.account, "lines": [{"item": "101"}]}
        bill = opened.do("bill_open", order=order)["open"]["id"]
        paying = {"payable_fen": 30_00, "tenders": [["cash", 30_00, "", 0]]}
        settled = opened.do("bill_settle", bill=bill, version=1, paying=paying)
        number = settled["settled"]["number"]
        store = opened.till._store
        opened.till._dispatcher.ask(lambda: Joining(store.database, store.book).join(CHAIN))
        assert opened.do("refund_bill", number=number, lines=[[1, 1]])["cash_fen"] == 30_00
        assert opened.wrong_with_the_book() == ""
