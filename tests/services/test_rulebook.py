"""The rulebook in the store: kept in memory, written in versions, read again years later."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from terminal.base.errors import Refusal
from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.loyalty.levels import Level, LevelRules
from terminal.rules.passes.terms import PassPart, PassTerms
from terminal.rules.pay.performance import Tier, Tiers
from terminal.rules.refunds.payout import Ways
from terminal.rules.rulebook import PurseRules, Rulebook
from terminal.rules.value.top_up import Offer
from terminal.rules.value.top_up import Tier as Step
from terminal.services.rulebook import RuleStore
from terminal.services.shop import load_shop
from terminal.store.database import Database
from terminal.store.migrations import MIGRATIONS, migrate
from tests.support import STORE_KEY, new_store

GOLD = LevelRules(levels=(Level("gold", 1000_00),), review_day=(3, 1))
PASS = PassTerms("p", "session_pass", 100_00, (PassPart(frozenset({"a"}), 10, single_fen=20_00),))
FULL = Rulebook(
    region="CN-JS",
    levels=GOLD,
    coupons=(CouponTemplate("c", "cash", off_fen=5_00, last=dt.date(2027, 1, 1)),),
    passes=(PASS,),
    purse=PurseRules(top_up_terms="一\n二"),
    payout=Ways({"wechat": 365}),
    tiers=Tiers((Tier(0, 500),)),
)


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Iterator[Database]:
    """Give a new store."""
    database = new_store(tmp_path / "store.db")
    yield database
    database.close()


def test_a_fresh_shop_works_by_the_defaults_and_notes_version_0(store: Database) -> None:
    rules = RuleStore(store)
    assert rules.current() == Rulebook()
    assert rules.current().noted("prices", "levels") == {"prices": 0, "levels": 0}
    assert store.rows("SELECT * FROM rule") == []


def test_every_section_is_read_again_as_it_was_written(store: Database) -> None:
    RuleStore(store).apply(FULL, 5)
    book = RuleStore(store).current()
    assert replace(book, levels=GOLD, passes=(PASS,), tiers=FULL.tiers) != book, "they bear their versions"
    assert book.levels == replace(GOLD, version=1)
    assert book.passes == (replace(PASS, version=1),)
    assert (book.coupons, book.purse, book.payout, book.region) == (FULL.coupons, FULL.purse, FULL.payout, "CN-JS")
    assert book.tiers == Tiers((Tier(0, 500),), version=1)
    assert set(book.versions.values()) == {1}


def test_only_what_changed_is_written_and_what_is_in_force_is_replaced_at_once(store: Database) -> None:
    rules = RuleStore(store)
    rules.apply(FULL, 5)
    before = store.rows("SELECT count(*) FROM rule")[0][0]
    assert rules.apply(replace(rules.current(), levels=LevelRules()), 7) == ["levels"]
    assert rules.current().levels == LevelRules(version=2)
    assert rules.current().passes[0].version == 1
    assert rules.current().noted("levels", "passes") == {"levels": 2, "passes": 1}
    assert store.rows("SELECT count(*) FROM rule")[0][0] == before + 1
    assert store.rows("SELECT since_ms FROM rule WHERE name = 'levels' ORDER BY version") == [(5,), (7,)]
    assert rules.apply(rules.current(), 9) == []


def test_an_old_bills_rules_are_found_by_their_version(store: Database) -> None:
    rules = RuleStore(store)
    rules.apply(FULL, 5)
    rules.apply(replace(rules.current(), levels=LevelRules(), passes=()), 7)
    assert rules.section("levels", 1) == replace(GOLD, version=1)
    assert rules.section("levels", 0) == LevelRules()
    assert rules.section("passes", 2) == ()
    for name, version in (("levels", 3), ("nothing", 1), ("nothing", 0)):
        with pytest.raises(Refusal, match=r"^rule_version_unknown\b"):
            rules.section(name, version)


def test_rules_of_a_later_release_are_left_alone(store: Database) -> None:
    rules = RuleStore(store)
    rules.apply(FULL, 5)
    with store.write():
        store.run("INSERT INTO rule (name, version, body, since_ms) VALUES ('weather', 3, '{}', 1)")
        store.run('UPDATE rule SET body = \'{"growth": "visits", "sun": 1}\' WHERE name = \'levels\'')
    book = rules.refresh()
    assert book.levels == LevelRules(version=1, growth="visits")
    assert "weather" not in book.versions


def test_current_rules_are_never_read_per_request(store: Database) -> None:
    rules = RuleStore(store)
    rules.apply(FULL, 5)
    store.run("DROP TABLE rule")
    assert rules.current().region == "CN-JS"
    assert rules.current() is rules.current()


@pytest.mark.parametrize("tiers", [[], [{"paid_fen": 500_00, "bonus_fen": 50_00}]])
def test_the_two_rules_of_an_earlier_release_stay_in_force_with_their_versions(
    tmp_path: pathlib.Path, tiers: list[dict[str, int]]
) -> None:
    old = Database(tmp_path / "store.db", STORE_KEY)
    migrate(old, [step for step in MIGRATIONS if step.schema <= 8])
    top_up = {"version": 3, "tiers": tiers, "mode": "each_multiple", "least_fen": 1_00, "most_fen": 5000_00}
    with old.write():
        for name, version, value in (
            (
                "shop",
                1,
                {
                    "name": "兰亭",
                    "branch": "",
                    "phone": "",
                    "receipt_footer": "",
                    "receipt_staff": True,
                    "language": "zh_TW",
                },
            ),
            ("top_up", 3, top_up),
            ("points", 2, {"version": 2, "unit_fen": 5_00}),
        ):
            old.run("INSERT INTO setting VALUES (?, ?, ?)", (name, json.dumps(value), version))
    migrate(old)
    shop = load_shop(old)
    old.close()
    steps = tuple(Step(tier["paid_fen"], tier["bonus_fen"]) for tier in tiers)
    offers = (Offer("top_up", steps, "each_multiple"),) if tiers else ()
    assert shop.rulebook.top_up.offers == offers
    assert (shop.name, shop.rules.top_up.version, shop.rules.points.version) == ("兰亭", 3, 2)
    assert (shop.rules.top_up.least_fen, shop.rules.top_up.most_fen) == (1_00, 5000_00)
    assert shop.rules.points.unit_fen == 5_00
