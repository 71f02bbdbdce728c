"""The shop's own data: its name, catalogue and rules, applied from a set-up file and read as one value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field

from terminal.base.errors import Refusal
from terminal.base.ids import new_id
from terminal.base.money import FEN_MAX
from terminal.rules.catalogue import Item
from terminal.rules.kiosk import LANGUAGES
from terminal.rules.mistake import Mistake
from terminal.rules.rulebook import Rulebook
from terminal.rules.setup.changes import Change, changes
from terminal.rules.setup.document import Catalogue, People, Person, SetupFile, ShopFacts, read_setup
from terminal.rules.setup.stored import plain
from terminal.rules.stored_value import PointsRule, Tier, TopUpRule
from terminal.services.money import Rules
from terminal.services.rulebook import RuleStore
from terminal.store.database import Database

__all__ = [
    "Item",
    "Plan",
    "SetupMistakes",
    "Shop",
    "apply_setup",
    "load_shop",
    "parse_setup",
    "planned",
    "require_one_shop",
    "store_setup",
]

NOTHING_EARNED_FEN = FEN_MAX + 1
# What stands for the PIN of somebody a file named and nobody gave a PIN yet: a hash in its form that no PIN has.
NO_PIN = "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything a shop may change that is not a member: data, not configuration.

    `receipt_staff`: slips name who served. `rules` are those of the counter's two amounts, out of the `rulebook`.
    """

    name: str = "Counterfoil 存根"
    branch: str = ""
    phone: str = ""
    receipt_footer: str = ""
    receipt_staff: bool = True
    language: str = "zh_CN"
    rules: Rules = field(
        default_factory=lambda: Rules(
            top_up=TopUpRule(0, (), "highest_once", 1, 500_000_00), points=PointsRule(0, 10_00)
        )
    )
    items: tuple[Item, ...] = ()
    rulebook: Rulebook = field(default_factory=Rulebook)


class SetupMistakes(Exception):  # noqa: N818 - a list of mistakes, not an error of ours
    """All mistakes of a set-up file."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        """Keep the mistakes in the order they are told in."""
        super().__init__("; ".join(f"{each.key}: {each.code}" for each in mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Plan:
    """A set-up that was read and is right, and what it would take the place of."""

    before: SetupFile
    setup: SetupFile

    @property
    def seen(self) -> str:
        """What to give to `store_setup`, so that it takes the place of nothing else."""
        told = json.dumps([plain(self.before), sorted(self.before.rulebook.versions.items())], ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()

    def changes(self) -> list[Change]:
        """Return what it changes, for a person to read."""
        before, setup = self.before, self.setup
        told = [*changes(before.shop, setup.shop, "shop"), *changes(before.catalogue, setup.catalogue)]
        return [*told, *changes(before.rulebook, setup.rulebook), *changes(before.people, setup.people)]


def load_shop(database: Database, language: str = LANGUAGES[0], rules: RuleStore | None = None) -> Shop:
    """Return the shop as last set up, or an unnamed one that speaks `language`; its rules come from `rules`."""
    rulebook = (rules or RuleStore(database)).current()
    facts, items = _stored_facts(database), _stored_items(database)
    if facts is None:
        return Shop(language=language, items=items, rulebook=rulebook)
    return _shop(SetupFile(facts, Catalogue(items), rulebook))


def parse_setup(text: str) -> SetupFile:
    """Return what a set-up file says; raise `SetupMistakes` with every mistake."""
    setup, mistakes = read_setup(text)
    if setup is None:
        raise SetupMistakes(mistakes)
    return setup


def planned(database: Database, setup: SetupFile, rules: RuleStore | None = None) -> Plan:
    """Return what a set-up would take the place of."""
    rulebook = (rules or RuleStore(database)).current()
    facts = _stored_facts(database) or ShopFacts("")
    people = _stored_people(database, setup.people)
    return Plan(SetupFile(facts, Catalogue(_stored_items(database)), rulebook, people), setup)


def apply_setup(database: Database, text: str, at_ms: int = 0, rules: RuleStore | None = None) -> tuple[Shop, bool]:
    """Store what a set-up file says, and return what `store_setup` does; raise `SetupMistakes` with every mistake."""
    return store_setup(database, parse_setup(text), at_ms, rules)


def store_setup(
    database: Database, setup: SetupFile, at_ms: int = 0, rules: RuleStore | None = None, seen: str = ""
) -> tuple[Shop, bool]:
    """Put a set-up in force from `at_ms` on, and return (shop, whether anything changed).

    The same again changes nothing. Raises `Refusal` `setup_changed` when it would take the place of something else
    than was `seen` (`Plan.seen`); nothing is then stored.
    """
    rules = rules or RuleStore(database)
    plan = planned(database, setup, rules)
    if seen and seen != plan.seen:
        raise Refusal("setup_changed")
    before = plan.before
    same = (setup.shop, setup.catalogue, setup.people) == (before.shop, before.catalogue, before.people)
    if same and not rules.changed(setup.rulebook):
        return load_shop(database, rules=rules), False
    with ExitStack() as undone:
        undone.callback(rules.refresh)
        with database.write():
            _store(database, setup)
            rules.apply(setup.rulebook, at_ms)
        undone.pop_all()
    return load_shop(database, rules=rules), True


def _store(database: Database, setup: SetupFile) -> None:
    facts = json.dumps(asdict(setup.shop), ensure_ascii=False)
    database.run("INSERT OR REPLACE INTO setting (name, value, version) VALUES ('shop', ?, 1)", (facts,))
    database.run("UPDATE catalogue SET active = 0")
    for item in setup.catalogue.items:
        database.run(
            "INSERT OR REPLACE INTO catalogue (code, kind, name, price_fen, category, active)"
            " VALUES (?, ?, ?, ?, ?, 1)",
            (item.code, item.kind, item.name, item.price_fen, item.category),
        )
    for person in setup.people.staff:
        database.run(
            "INSERT INTO staff (id, name, role, pin_hash) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET role = excluded.role, active = 1",
            (new_id(), person.name, person.role, NO_PIN),
        )


def _stored_facts(database: Database) -> ShopFacts | None:
    row = database.row("SELECT value FROM setting WHERE name = 'shop'")
    return ShopFacts(**json.loads(row[0])) if row else None


def _stored_people(database: Database, named: People) -> People:
    """Return those of the people a file names who are there."""
    names = [person.name for person in named.staff]
    marks = ", ".join("?" * len(names))
    rows = database.rows(
        f"SELECT name, role FROM staff WHERE active = 1 AND name IN ({marks})",  # noqa: S608 - marks only
        names,
    )
    return People(tuple(sorted((Person(*row) for row in rows), key=lambda each: each.name)))


def _stored_items(database: Database) -> tuple[Item, ...]:
    rows = database.rows("SELECT code, kind, name, price_fen, category FROM catalogue WHERE active = 1 ORDER BY code")
    return tuple(Item(*row) for row in rows)


def _shop(setup: SetupFile) -> Shop:
    facts, book = setup.shop, setup.rulebook
    rules = Rules(_top_up(book), _points(book), book.purse.spend_order, book.purse.refund_window_days, book)
    return Shop(**asdict(facts), rules=rules, items=setup.catalogue.items, rulebook=book)


def _top_up(book: Rulebook) -> TopUpRule:
    """Return the bonus of the shop's first offer, as far as an amount alone decides it."""
    rules, offers = book.top_up, book.top_up.offers
    tiers: Sequence[Tier] = [Tier(each.paid_fen, each.bonus_fen) for each in offers[0].tiers] if offers else []
    ordered = tuple(sorted(tiers, key=lambda tier: tier.paid_fen))
    return TopUpRule(
        rules.version, ordered, offers[0].mode if offers else "highest_once", rules.least_fen, rules.most_fen
    )


def _points(book: Rulebook) -> PointsRule:
    """Return what one point costs at the shop's first rate; without a rate nothing is earned."""
    rate = book.points.rates[0] if book.points.rates else None
    unit_fen = -(-rate.unit_fen // rate.points) if rate and rate.points else NOTHING_EARNED_FEN
    return PointsRule(book.points.version, unit_fen)


def require_one_shop(shop: Shop) -> Shop:
    """Return the shop; raise `Refusal` `shop_not_set_up` while it has no rules."""
    if shop.rules.top_up.version == 0:
        raise Refusal("shop_not_set_up")
    return shop
