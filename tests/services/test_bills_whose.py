"""Whose bill may be opened: a known person's or an anonymous card's in use, never that of somebody who was erased."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.base.ids import AccountId, new_id
from terminal.services.bills.values import Order
from tests.services.bill_bench import Shop, free, open_shop


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Iterator[Shop]:
    """Give a shop with the rules of a fresh one."""
    made = open_shop(tmp_path)
    yield made
    made.database.close()


def card(shop: Shop, account: AccountId, state: str) -> None:
    """Give an account a card in a state."""
    words = "INSERT INTO medium (account, number, kind, state, assurance) VALUES (?, '04A1B2C3', 'card', ?, 'id-only')"
    shop.database.run(words, (bytes.fromhex(account), state))


def test_an_erased_member_has_no_bills_whatever_card_they_had(shop: Shop) -> None:
    account = shop.member()
    card(shop, account, "active")
    assert shop.open(Order(account, (free(10_00),))).order.account == account
    shop.database.run("UPDATE member SET erased_at = 1 WHERE account = ?", (bytes.fromhex(account),))
    with pytest.raises(Refusal) as refused:
        shop.open(Order(account, (free(10_00),)))
    assert refused.value.code == "member_unknown"


def test_an_anonymous_card_has_bills_as_long_as_it_is_in_use(shop: Shop) -> None:
    account = AccountId(new_id())
    card(shop, account, "active")
    assert shop.open(Order(account, (free(10_00),))).order.account == account
    shop.database.run("UPDATE medium SET state = 'returned'")
    with pytest.raises(Refusal) as refused:
        shop.open(Order(account, (free(10_00),)))
    assert refused.value.code == "member_unknown"
