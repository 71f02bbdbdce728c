"""Cash for a card at the counter: the shop's own prices, a slip in the entry's transaction, and the drawer once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.rules.media import states
from terminal.rules.media.fees import CardFees
from terminal.rules.rulebook import DEFAULT_ROLES, Rulebook
from terminal.rules.till.roles import Limit, Role, Roles
from terminal.services.ask import at_once
from terminal.services.media_life.asked import CardCash, CardRules
from terminal.services.media_life.commands import MediaCommands, media_commands
from terminal.services.media_life.desk import CardDesk
from terminal.services.media_life.life import MediaLife
from terminal.services.media_life.signing import Signing
from terminal.services.shop import Shop
from terminal.services.storage import OpenStore
from terminal.store.database import WriterLock
from tests.golden.listing import texts
from tests.services.conftest import Bench, _paper
from tests.services.media_bench import CARD_A, CARD_B, MediaBench, blank, media_bench

pytestmark = pytest.mark.slow

RULEBOOK = Rulebook(
    media=CardFees(issue_fen=5_00, replace_fen=10_00, exchange_fen=3_00, deposit_fen=20_00), versions={"media": 4}
)
CASHIER = {"staff": "陈晓", "pin": "135790"}
BOSS = {"staff": "李店长", "pin": "975310"}


@pytest.fixture
def shop(bench: Bench) -> MediaBench:
    return media_bench(bench)


@pytest.fixture
def desk(bench: Bench) -> CardDesk:
    return CardDesk(
        database=bench.database,
        members=bench.members,
        clock=bench.clock,
        shop=lambda: Shop(name="兰亭美业", branch="静安店"),
        paper=_paper(),
        spool=bench.spool,
        drawer=bench.drawer,
    )


@pytest.fixture
def commands(shop: MediaBench, desk: CardDesk) -> MediaCommands:
    """Give the commands of a till with fees, a printer and a drawer."""
    bench = shop.bench
    life = MediaLife(bench.database, bench.book, bench.members, slip=desk.slip)
    sign = Signing(bench.database, bench.staff, at_once)
    return MediaCommands(life, bench.members, sign, rules=lambda: RULEBOOK, desk=desk)


def do(commands: MediaCommands, event: str, who: Mapping[str, str] = CASHIER, **more: Any) -> Mapping[str, Any]:
    """Have an event done in somebody's name."""
    wish = {"action": new_id(), "shown": ["identity", "card"], **who} | more
    return commands.verbs()["media_change"](event=event, **wish)


def slips(shop: MediaBench) -> list[tuple[str, str, int]]:
    """Return kind, number and amount of the slips in the spool, oldest first."""
    rows = shop.bench.database.rows("SELECT kind, bill_no, amount_fen FROM print_job ORDER BY id")
    return [(kind, bill_no, fen) for kind, bill_no, fen in rows]


def last_slip(shop: MediaBench) -> str:
    row = shop.bench.database.row("SELECT body FROM print_job ORDER BY id DESC LIMIT 1")
    assert row is not None
    return "\n".join(texts(row[0]))


def openings(shop: MediaBench) -> list[tuple[str, str]]:
    return [(why, bill) for why, bill in shop.bench.database.rows("SELECT reason, bill_no FROM drawer_opening")]


def test_the_shops_fee_and_deposit_are_taken_where_none_is_said(shop: MediaBench, commands: MediaCommands) -> None:
    account = shop.bench.member("李明")
    assert commands.verbs()["media_prices"](event=states.ISSUE) == {"fee_fen": 5_00, "deposit_fen": 20_00}
    done = do(commands, states.ISSUE, account=account, number=CARD_A)
    assert (done["fee_fen"], done["deposit_fen"]) == (5_00, 20_00)
    assert shop.last().payload["versions"] == {"media": 4}
    # The same amounts said with the wish are still the shop's; others are of no version.
    n = shop.n(CARD_A)
    assert commands.verbs()["media_prices"](event=states.EXCHANGE, n=n) == {"fee_fen": 3_00, "deposit_fen": 0}
    do(commands, states.EXCHANGE, n=n, number=CARD_B, fee_fen=3_00, deposit_fen=0)
    assert shop.last().payload["versions"] == {"media": 4}
    do(commands, states.ISSUE, account=account, number="3DE2FB0D", fee_fen=1_00, deposit_fen=0)
    assert (shop.last().payload["versions"], shop.last().payload["fee_fen"]) == ({"media": 0}, 1_00)
    assert commands.verbs()["media_prices"](event=states.RETURN, n=shop.n(CARD_B))["deposit_fen"] == -20_00


def test_a_till_charges_by_the_rules_that_it_keeps(bench: Bench) -> None:
    lock = WriterLock(bench.folder / "lock")
    store = OpenStore(lock, bench.database, bench.book, bench.clock)  # type: ignore[arg-type]  # moved by hand
    kept = [Rulebook()]
    prices = media_commands(store, bench.members, rules=lambda: kept[-1]).verbs()["media_prices"]
    assert prices(event=states.ISSUE) == {"fee_fen": 0, "deposit_fen": 0}
    kept.append(RULEBOOK)
    assert prices(event=states.ISSUE) == {"fee_fen": 5_00, "deposit_fen": 20_00}
    lock.release()


def test_cash_for_a_card_prints_a_slip_and_opens_the_drawer_once(shop: MediaBench, commands: MediaCommands) -> None:
    shop.bench.drawer.printer_there("printer", there=True)
    account, action = shop.bench.member("李明", sex="m"), new_id()
    done = do(commands, states.ISSUE, account=account, number=CARD_A, action=action)
    assert do(commands, states.ISSUE, account=account, number=CARD_A, action=action) == done
    assert slips(shop) == [("card_fee", done["entry_no"], 25_00)]
    assert openings(shop) == [("top_up", done["entry_no"])]
    for words in ("兰亭美业", "会员卡发卡", done["entry_no"], "陈晓", "李先生", "FB0B", "￥5.00", "￥20.00", "￥25.00"):
        assert words in last_slip(shop)
    assert CARD_A not in last_slip(shop)
    back = do(commands, states.RETURN, BOSS, n=shop.n(CARD_A))
    assert slips(shop)[1:] == [("card_fee", back["entry_no"], -20_00)]
    assert [why for why, _ in openings(shop)] == ["top_up", "cash_back"]
    for words in ("会员卡退卡", "李店长", "退还", "-￥20.00"):
        assert words in last_slip(shop)
    assert shop.bench.alarms == []


def test_the_drawer_s_opening_is_written_with_the_entry_and_never_for_an_answer_that_is_repeated(
    shop: MediaBench, commands: MediaCommands
) -> None:
    bench = shop.bench
    bench.drawer.printer_there("printer", there=True)
    wish: dict[str, Any] = {"account": bench.member("李明"), "number": CARD_A, "action": new_id()}
    do(commands, states.ISSUE, **wish)
    # As after a power cut between the entry and whatever came behind it, were the opening not in its transaction.
    bench.database.run("DELETE FROM drawer_opening")
    do(commands, states.ISSUE, **wish)
    assert openings(shop) == []


def test_what_costs_nothing_prints_nothing_and_opens_nothing(shop: MediaBench, commands: MediaCommands) -> None:
    shop.member()
    shop.bench.drawer.printer_there("printer", there=True)
    do(commands, states.REPORT_LOSS, n=shop.n(CARD_A))
    do(commands, states.CANCEL_LOSS, n=shop.n(CARD_A))
    do(commands, states.EXCHANGE, n=shop.n(CARD_A), number=CARD_B, fee_fen=0)
    assert (slips(shop), openings(shop)) == ([], [])


def test_a_drawer_that_does_not_open_is_told_and_the_card_stays_issued(
    shop: MediaBench, commands: MediaCommands
) -> None:
    do(commands, states.ISSUE, account=shop.bench.member("李明"), number=CARD_A)
    assert shop.bench.alarms == [("drawer", "drawer_unavailable")]
    assert shop.states(CARD_A) == ["active"]


def test_a_counter_without_a_printer_takes_the_money_all_the_same(shop: MediaBench, desk: CardDesk) -> None:
    paper = replace(desk.paper, printers={})
    silent = replace(desk, paper=paper)
    life = MediaLife(shop.bench.database, shop.bench.book, shop.bench.members, slip=silent.slip)
    life.issue(shop.asked(), shop.bench.member("李明"), blank(CARD_A), CardRules(fees=RULEBOOK.media))
    assert (slips(shop), shop.accounts()["tender/cash"]) == ([], 25_00)


def test_a_slip_that_cannot_be_made_leaves_the_card_as_it_was(shop: MediaBench) -> None:
    def broken(cash: CardCash) -> None:
        assert cash.done.fee_fen == 5_00
        raise Refusal("printer_unavailable")

    account = shop.bench.member("李明")
    life = MediaLife(shop.bench.database, shop.bench.book, shop.bench.members, slip=broken)
    wish = shop.asked()
    assert (
        shop.refused(lambda: life.issue(wish, account, blank(CARD_A), CardRules(fees=RULEBOOK.media)))
        == "printer_unavailable"
    )


@pytest.mark.parametrize(
    ("roles", "manager_from_fen"),
    [
        (DEFAULT_ROLES, 500_01),
        (Roles((Role("cashier", (Limit("replace_medium", 80_00), Limit("replace_medium", 90_00))),)), 90_01),
        (Roles((Role("cashier"),)), 1),
        (Roles((Role("cashier", (Limit("replace_medium"),)),)), 0),
        (Roles(()), 0),
    ],
)
def test_a_cashier_replaces_a_card_up_to_the_limit_of_the_role(roles: Roles, manager_from_fen: int) -> None:
    rules = CardRules.of(replace(RULEBOOK, roles=roles))
    assert (rules.version, rules.fees, rules.manager_from_fen) == (4, RULEBOOK.media, manager_from_fen)


def test_above_that_limit_only_the_manager_replaces_it(shop: MediaBench, commands: MediaCommands) -> None:
    shop.member()
    n = shop.n(CARD_A)
    with pytest.raises(Refusal, match="medium_replace_limit"):
        do(commands, states.REPLACE, n=n, number=CARD_B)
    assert do(commands, states.REPLACE, BOSS, n=n, number=CARD_B)["fee_fen"] == 10_00
