"""The slip of cash taken or given back for a card: fee and deposit, in three languages; English fits 32 columns.

It proves the deposit, so it is printed for every card that money was paid for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from terminal.rules.media.states import EXCHANGE, ISSUE, REPLACE, RETURN
from terminal.rules.receipt import TALL, Document, Gap, Rule, Text
from terminal.rules.slip_words import words_of
from terminal.rules.slips import SlipMember, SlipShop, amount, slip_facts, slip_foot, slip_head


@dataclass(frozen=True, slots=True)
class CardSlip:
    """Cash for a card: `event` is of `states`, `deposit_fen` below 0 where a deposit was given back."""

    shop: SlipShop
    number: str
    at_text: str
    cashier: str
    member: SlipMember
    event: str
    fee_fen: int
    deposit_fen: int
    language: str = "zh_CN"

    @property
    def total_fen(self) -> int:
        """Return the cash taken, below 0 what was given back."""
        return self.fee_fen + self.deposit_fen


@dataclass(frozen=True, slots=True)
class _Words:
    titles: Mapping[str, str]
    fee: str
    deposit: str
    taken: str
    given_back: str
    note: str


_SIMPLIFIED: Final = _Words(
    MappingProxyType({ISSUE: "会员卡发卡", REPLACE: "会员卡补卡", EXCHANGE: "会员卡换卡", RETURN: "会员卡退卡"}),
    fee="工本费",
    deposit="押金",
    taken="实收",
    given_back="退还",
    note="交回此卡时全额退还押金",
)
_TRADITIONAL: Final = _Words(
    MappingProxyType({ISSUE: "會員卡發卡", REPLACE: "會員卡補發", EXCHANGE: "會員卡換卡", RETURN: "會員卡退卡"}),
    fee="工本費",
    deposit="押金",
    taken="實收",
    given_back="退還",
    note="交回此卡時全額退還押金",
)
_ENGLISH: Final = _Words(
    MappingProxyType(
        {ISSUE: "Card issued", REPLACE: "Card replaced", EXCHANGE: "Card exchanged", RETURN: "Card returned"}
    ),
    fee="Card fee",
    deposit="Deposit",
    taken="Paid",
    given_back="Given back",
    note="The deposit is paid back in full when this card is returned.",
)
_WORDS: Final[Mapping[str, _Words]] = MappingProxyType({"zh_CN": _SIMPLIFIED, "zh_TW": _TRADITIONAL, "en": _ENGLISH})


def card_slip(slip: CardSlip) -> Document:
    """Return the slip of an event that cash was taken or given back for."""
    house, words = words_of(slip.language), _WORDS.get(slip.language, _SIMPLIFIED)
    parts = ((words.fee, slip.fee_fen), (words.deposit, slip.deposit_fen))
    note = (Text(words.note),) if slip.deposit_fen > 0 else ()
    return (
        *slip_head(slip.shop, words.titles[slip.event]),
        *slip_facts(house, slip.number, slip.at_text, slip.cashier, slip.member),
        Rule(),
        *(Text(name, amount(fen)) for name, fen in parts if fen),
        Rule(),
        Text(
            words.taken if slip.total_fen > 0 else words.given_back, amount(abs(slip.total_fen)), size=TALL, bold=True
        ),
        Gap(8),
        Text(house.paid_by, house.tender("cash")),
        *note,
        *slip_foot(house, slip.shop, None),
    )
