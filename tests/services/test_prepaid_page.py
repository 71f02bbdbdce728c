"""The page about money coming in says what the shop does: its tables are tried."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator

import pytest

from terminal.rules.coupon_templates import CouponTemplate
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.top_up import EACH_MULTIPLE, Gift, Offer, Tier, TopUpBy, TopUpRules, grant
from tests.services.prepaid_bench import Shop, open_shop
from tests.support import START

PAGE = (pathlib.Path(__file__).parents[2] / "docs/top-ups.md").read_text(encoding="utf-8")
TIERS = (Tier(500_00, 50_00), Tier(1000_00, 200_00), Tier(3000_00, 900_00))


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a counter over an empty book."""
    with open_shop(tmp_path) as made:
        yield made


def fen(text: str) -> int:
    """Return an amount of the page in fen."""
    return int(text.replace(",", "").replace(".", ""))


def test_the_table_of_top_ups_is_what_the_offer_gives() -> None:
    rows = re.findall(r"\| ([\d,.]+) \| (`\w+`|any)[^|]*\| ([\d,.]+) \|", PAGE)
    assert len(rows) == 4
    for paid, mode, bonus in rows:
        tiers = TIERS[1:2] if mode == f"`{EACH_MULTIPLE}`" else TIERS
        modes = ["highest_once", "each_multiple", "sum_all"] if mode == "any" else [mode.strip("`")]
        for each in modes:
            rules = TopUpRules(1, (Offer("one", tiers, each),), 1, 5_000_00)
            assert grant(rules, fen(paid), TopUpBy(START)).bonus_fen == fen(bonus), (paid, each)


def test_the_effects_shown_are_those_of_the_entry(shop: Shop) -> None:
    tier = Tier(1000_00, 200_00, points=100, coupons=(Gift("T10", 3),))
    top_up = TopUpRules(1, (Offer("one", (tier,)),), 1, 5_000_00)
    rules = Rulebook(top_up=top_up, coupons=(CouponTemplate("T10", "discount", rate_bp=9_000),))
    shop.top_up(rules, shop.member(), 1000_00, 200_00)
    assets = {facts.id: facts for facts in shop.last().buckets}
    made = {
        (assets[each.bucket].asset, each.amount, each.amount * assets[each.bucket].unit_value_fen)
        for each in shop.last().effects
    }
    rows = re.findall(r"\| create `(\w+)`[^|]*\| (\d+) \| ([\d,.]+) \|", PAGE)
    assert made == {(asset, int(units), fen(worth)) for asset, units, worth in rows}
    assert dict(shop.last().postings) == {"tender/cash": 1000_00, "deferred": -1000_00}
