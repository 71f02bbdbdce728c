"""The shop's own data: its name, catalogue and rules, applied from a set-up file and read as one value."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.money import format_yuan, parse_yuan
from terminal.rules.kiosk import LANGUAGES
from terminal.rules.stored_value import TIER_MODES, PointsRule, Tier, TopUpRule
from terminal.services.money import Rules
from terminal.store.database import Database

TEXT_CHARS_MAX = 60
ITEM_KEYS = frozenset({"code", "name", "price"})
TIER_KEYS = frozenset({"paid", "bonus"})
KEYS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "shop": frozenset({"name", "branch", "phone", "receipt_footer", "language"}),
        "top_up": frozenset({"rule", "min", "max", "tiers"}),
        "points": frozenset({"per_yuan"}),
        "services": ITEM_KEYS,
        "goods": ITEM_KEYS,
    }
)
ITEMS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Item:
    """A service or a product with its list price in fen."""

    code: str
    kind: str
    name: str
    price_fen: int


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything a shop may change that is not a member: data, not configuration."""

    name: str = "Counterfoil 存根"
    branch: str = ""
    phone: str = ""
    receipt_footer: str = ""
    language: str = "zh_CN"
    rules: Rules = field(
        default_factory=lambda: Rules(
            top_up=TopUpRule(0, (), "highest_once", 1, 500_000_00), points=PointsRule(0, 10_00)
        )
    )
    items: tuple[Item, ...] = ()


class SetupMistakes(Exception):  # noqa: N818 - a list of mistakes, not an error of ours
    """All mistakes of a set-up file as (key, sentence)."""

    def __init__(self, mistakes: list[tuple[str, str]]) -> None:
        """Keep the mistakes in file order."""
        super().__init__("; ".join(f"{key}: {sentence}" for key, sentence in mistakes))
        self.mistakes = mistakes


def load_shop(database: Database, language: str = LANGUAGES[0]) -> Shop:
    """Return the shop as last set up, or an unnamed one that speaks `language`."""
    stored = {name: json.loads(value) for name, value in database.rows("SELECT name, value FROM setting")}
    items = tuple(
        Item(*row)
        for row in database.rows("SELECT code, kind, name, price_fen FROM catalogue WHERE active = 1 ORDER BY code")
    )
    if "shop" not in stored:
        return Shop(language=language, items=items)
    top_up, points = stored["top_up"], stored["points"]
    tiers = tuple(Tier(**tier) for tier in top_up.pop("tiers"))
    return Shop(**stored["shop"], rules=Rules(TopUpRule(tiers=tiers, **top_up), PointsRule(**points)), items=items)


def apply_setup(database: Database, text: str) -> tuple[Shop, bool]:
    """Store what a set-up file says and return (shop, whether anything changed); the same file again changes nothing.

    Raises `SetupMistakes` with every mistake; nothing is then stored.
    """
    before = load_shop(database)
    wanted = parse_setup(text, before)
    if wanted == before:
        return before, False
    shop = {name: getattr(wanted, name) for name in ("name", "branch", "phone", "receipt_footer", "language")}
    rules = wanted.rules
    with database.write():
        for name, value, version in (
            ("shop", shop, 1),
            ("top_up", asdict(rules.top_up), rules.top_up.version),
            ("points", asdict(rules.points), rules.points.version),
        ):
            database.run("INSERT OR REPLACE INTO setting VALUES (?, ?, ?)", (name, json.dumps(value), version))
        database.run("UPDATE catalogue SET active = 0")
        for item in wanted.items:
            database.run(
                "INSERT OR REPLACE INTO catalogue VALUES (?, ?, ?, ?, 1)",
                (item.code, item.kind, item.name, item.price_fen),
            )
    return wanted, True


def parse_setup(text: str, before: Shop) -> Shop:
    """Return the shop a set-up file describes; a rule that differs from `before` gets the next version."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SetupMistakes([("file", f"is not TOML: {error}")]) from error
    read = _Reader(data)
    shop = read.table("shop")
    top_up, points = read.table("top_up"), read.table("points")
    tiers = tuple(
        Tier(read.amount(tier, "paid", where, least_fen=1), read.amount(tier, "bonus", where))
        for where, tier in read.tables(top_up, "tiers", "top_up.tiers")
    )
    rule = TopUpRule(
        version=before.rules.top_up.version,
        tiers=tuple(sorted(tiers, key=lambda tier: tier.paid_fen)),
        mode=read.choice(top_up, "rule", "top_up", TIER_MODES),
        least_fen=read.amount(top_up, "min", "top_up"),
        # At most nothing would refuse every top-up.
        most_fen=read.amount(top_up, "max", "top_up", least_fen=1),
    )
    earning = PointsRule(before.rules.points.version, 100 * read.count(points, "per_yuan", "points"))
    items = tuple(read.items("services", "service") + read.items("goods", "product"))
    wanted = Shop(
        name=read.text(shop, "name", "shop"),
        branch=read.text(shop, "branch", "shop", least=0),
        phone=read.text(shop, "phone", "shop", least=0),
        receipt_footer=read.text(shop, "receipt_footer", "shop", least=0),
        language=read.choice(shop, "language", "shop", LANGUAGES),
        rules=Rules(_next(rule, before.rules.top_up), _next_points(earning, before.rules.points)),
        items=tuple(sorted(items, key=lambda item: item.code)),
    )
    if rule.most_fen < rule.least_fen and not read.is_wrong("top_up.max"):
        read.wrong("top_up.min", "is above top_up.max")
    paid = [tier.paid_fen for tier in tiers]
    for fen in sorted({fen for fen in paid if paid.count(fen) > 1}):
        read.wrong("top_up.tiers", f"has two tiers for {format_yuan(fen)} yuan; every tier must be different")
    read.finish()
    return wanted


def _next(rule: TopUpRule, before: TopUpRule) -> TopUpRule:
    if rule == before and before.version:
        return rule
    return TopUpRule(before.version + 1, rule.tiers, rule.mode, rule.least_fen, rule.most_fen)


def _next_points(rule: PointsRule, before: PointsRule) -> PointsRule:
    return rule if rule == before and before.version else PointsRule(before.version + 1, rule.unit_fen)


class _Reader:
    """Reads typed values out of the file, collecting every mistake instead of stopping at the first."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        self._mistakes: list[tuple[str, str]] = []

    def table(self, name: str) -> dict[str, Any]:
        value = self._data.get(name)
        if isinstance(value, dict):
            return value
        self.wrong(name, "must be a table with the keys shown in docs/setup-file.md")
        return {}

    def tables(self, parent: dict[str, Any], name: str, where: str) -> list[tuple[str, dict[str, Any]]]:
        value = parent.get(name, [])
        if not isinstance(value, list) or not all(isinstance(part, dict) for part in value) or len(value) > ITEMS_MAX:
            self.wrong(where, f"must be a list of at most {ITEMS_MAX} tables")
            return []
        return [(f"{where}[{place}]", part) for place, part in enumerate(value)]

    def items(self, name: str, kind: str) -> list[Item]:
        return [
            Item(
                self.text(part, "code", where), kind, self.text(part, "name", where), self.amount(part, "price", where)
            )
            for where, part in self.tables(self._data, name, name)
        ]

    def text(self, table: dict[str, Any], name: str, where: str, *, least: int = 1) -> str:
        value = table.get(name, "" if least == 0 else None)
        if isinstance(value, str) and least <= len(value.strip()) <= TEXT_CHARS_MAX and value.isprintable():
            return value.strip()
        self.wrong(
            f"{where}.{name}", f"is {_shown(value)}; it must be {least} to {TEXT_CHARS_MAX} characters on one line"
        )
        return ""

    def choice(self, table: dict[str, Any], name: str, where: str, choices: tuple[str, ...]) -> str:
        value = table.get(name, choices[0])
        if value in choices:
            return str(value)
        self.wrong(f"{where}.{name}", f"is {_shown(value)}; it must be one of {', '.join(choices)}")
        return choices[0]

    def count(self, table: dict[str, Any], name: str, where: str) -> int:
        value = table.get(name)
        if type(value) is int and 1 <= value <= 1_000_000:
            return value
        self.wrong(f"{where}.{name}", f"is {_shown(value)}; it must be a whole number from 1 to 1000000")
        return 1

    def amount(self, table: dict[str, Any], name: str, where: str, *, least_fen: int = 0) -> int:
        value = table.get(name)
        try:
            fen = parse_yuan(value) if isinstance(value, str) else -1
        except ValueError:
            fen = -1
        if fen >= least_fen:
            return fen
        right = 'an amount of yuan in quotes such as "88.00"' + (" above zero" if least_fen else "")
        self.wrong(f"{where}.{name}", f"is {_shown(value)}; it must be {right}")
        return least_fen

    def finish(self) -> None:
        for name in sorted(self._data.keys() - KEYS.keys()):
            self.wrong(name, f"is not known; the tables are {', '.join(sorted(KEYS))}")
        top_up = self._data.get("top_up")
        tiers = self.tables(top_up, "tiers", "top_up.tiers") if isinstance(top_up, dict) else []
        for where, table, known in (
            *((name, self._data.get(name), KEYS[name]) for name in ("shop", "top_up", "points")),
            *((where, part, KEYS["services"]) for where, part in self.tables(self._data, "services", "services")),
            *((where, part, KEYS["goods"]) for where, part in self.tables(self._data, "goods", "goods")),
            *((where, part, TIER_KEYS) for where, part in tiers),
        ):
            for key in sorted(table.keys() - known) if isinstance(table, dict) else ():
                self.wrong(f"{where}.{key}", f"is not known; the keys are {', '.join(sorted(known))}")
        codes = [part.get("code") for name in ("services", "goods") for _, part in self.tables(self._data, name, name)]
        for code in sorted({code for code in codes if isinstance(code, str) and codes.count(code) > 1}):
            self.wrong("code", f"{_shown(code)} stands for two things; every code must be different")
        if self._mistakes:
            raise SetupMistakes(self._mistakes)

    def is_wrong(self, where: str) -> bool:
        """Tell whether a mistake was noted there, so that no other is told of what only stands in for the value."""
        return any(key == where for key, _ in self._mistakes)

    def wrong(self, where: str, sentence: str) -> None:
        """Note a mistake."""
        self._mistakes.append((where, sentence))


def _shown(value: object) -> str:
    return "missing" if value is None else repr(value)[:TEXT_CHARS_MAX]


def require_one_shop(shop: Shop) -> Shop:
    """Return the shop; raise `Refusal` `shop_not_set_up` while it has no rules."""
    if shop.rules.top_up.version == 0:
        raise Refusal("shop_not_set_up")
    return shop
