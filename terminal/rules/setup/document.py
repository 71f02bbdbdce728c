"""A set-up file as a whole: the shop, its catalogue and its rulebook, or everything that is wrong with them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from terminal.rules.catalogue import PRODUCT, SERVICE, Cost, Item
from terminal.rules.kiosk import LANGUAGES
from terminal.rules.mistake import Mistake, choice, wrong
from terminal.rules.rulebook import CASHIER, Rulebook
from terminal.rules.rulebook_mistakes import ITEMS, mistakes
from terminal.rules.setup.fields import fields_of, key_of
from terminal.rules.setup.reader import Reader
from terminal.rules.setup.special import COUNT_MAX
from terminal.rules.value.top_up import HIGHEST_ONCE, MODES

SECTIONS = fields_of(Rulebook)
# These two stand in a table beside what they belong to.
REGION, CLAWBACK, COSTS = "region", "points_clawback", "costs"
STAFF = "staff"
TABLES = ("shop", STAFF, "services", "goods", *(key for key in SECTIONS if key not in {REGION, CLAWBACK, COSTS}))
ONE_OFFER = "top_up"
STAFF_CHARS_MAX = 20  # as they are kept
# Where something stands in the file, by how its key in the rulebook begins; the first that fits counts.
_IN_FILE = MappingProxyType(
    {
        "region": "shop.region",
        "points_clawback": "points.clawback",
        "top_up.least": "top_up.min",
        "top_up.most": "top_up.max",
    }
)


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """Who the shop is."""

    name: str
    branch: str = ""
    phone: str = ""
    receipt_footer: str = ""
    receipt_staff: bool = True
    language: str = LANGUAGES[0]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the shop sells, in the order of the codes."""

    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the staff: the name to sign in by, and a role of the shop. A PIN is never in a file."""

    name: str
    role: str = CASHIER


@dataclass(frozen=True, slots=True)
class People:
    """The staff a file names; whoever it does not name stays as they are."""

    staff: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class SetupFile:
    """All that a set-up file says."""

    shop: ShopFacts
    catalogue: Catalogue = Catalogue()
    rulebook: Rulebook = field(default_factory=Rulebook)
    people: People = People()


@dataclass(frozen=True, slots=True)
class _ShopTable:
    name: str
    branch: str = ""
    phone: str = ""
    receipt_footer: str = ""
    receipt_staff: bool = True
    language: str = LANGUAGES[0]
    region: str = Rulebook().region


@dataclass(frozen=True, slots=True)
class _ItemTable:
    code: str
    name: str
    price_fen: int
    category: str = ""


@dataclass(frozen=True, slots=True)
class _GoodsTable:
    code: str
    name: str
    price_fen: int
    category: str = ""
    cost_fen: int | None = None


def read_setup(text: str) -> tuple[SetupFile | None, list[Mistake]]:
    """Return what a set-up file says (TOML, or JSON in braces), or None and everything that is wrong with it."""
    try:
        data = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return None, [wrong("", "setup_not_toml", reason=str(error))]
    return _Document(data).read()


class _Document:
    """Reads one file's tables; the ways to write one offer, and one rate of points, in short, are its own."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._reader = Reader(stand_in=True)
        self._short = dict[str, str]()
        self._unsure: set[str] = set()
        self._costs: list[Cost] = []

    def read(self) -> tuple[SetupFile | None, list[Mistake]]:
        reader = self._reader
        shop = reader.table(_ShopTable, self._data["shop"], "shop") if "shop" in self._data else None
        if "shop" not in self._data:
            reader.wrong("shop", "setup_missing")
        items = self._items()
        rulebook = self._rulebook(shop)
        staff = self._staff(rulebook)
        reader.unknown(self._data, dict.fromkeys(TABLES), "")
        found = [replace(each, key=_renamed(each.key, self._short)) for each in reader.mistakes]
        judged = [*_of_shop(shop), *mistakes(rulebook, items, self._unsure)]
        found += self._not_told(found, [replace(each, key=self._key(each.key)) for each in judged])
        if found or shop is None:
            return None, found
        facts = ShopFacts(shop.name, shop.branch, shop.phone, shop.receipt_footer, shop.receipt_staff, shop.language)
        return SetupFile(facts, Catalogue(items), rulebook, People(staff)), []

    def _items(self) -> tuple[Item, ...]:
        """Return the catalogue in the order of its codes."""
        before, found = len(self._reader.mistakes), dict[str, Item]()
        kinds: tuple[tuple[str, str, type[_ItemTable | _GoodsTable]], ...] = (
            ("services", SERVICE, _ItemTable),
            ("goods", PRODUCT, _GoodsTable),
        )
        for table, kind, form in kinds:
            for place, part in enumerate(self._reader.parts(self._data.get(table, []), table)):
                where = f"{table}[{place}]"
                each = self._reader.table(form, part, where)
                if each is None:
                    continue
                for key in (key for key in ("code", "name") if not getattr(each, key)):
                    self._reader.wrong(f"{where}.{key}", "setup_empty")
                if each.code in found:
                    self._reader.wrong(f"{where}.code", "setup_taken", found=repr(each.code))
                found[each.code] = Item(each.code, kind, each.name, each.price_fen, each.category)
                if isinstance(each, _GoodsTable) and each.cost_fen is not None:
                    self._costs.append(Cost(each.code, each.cost_fen))
        if len(self._reader.mistakes) > before:
            self._unsure.add(ITEMS)
        return tuple(found[code] for code in sorted(found))

    def _staff(self, rulebook: Rulebook) -> tuple[Person, ...]:
        """Return the people that are named, in the order of their names."""
        found, roles = dict[str, Person](), [role.name for role in rulebook.roles.roles]
        for place, part in enumerate(self._reader.parts(self._data.get(STAFF, []), STAFF)):
            where = f"{STAFF}[{place}]"
            each = self._reader.table(Person, part, where)
            if each is None:
                continue
            if not 1 <= len(each.name) <= STAFF_CHARS_MAX:
                self._reader.wrong(f"{where}.name", "setup_staff_name", most=STAFF_CHARS_MAX)
            if each.name in found:
                self._reader.wrong(f"{where}.name", "setup_taken", found=repr(each.name))
            if "roles" not in self._unsure:
                self._reader.mistakes += choice(f"{where}.role", each.role, roles)
            found[each.name] = each
        return tuple(found[name] for name in sorted(found))

    def _rulebook(self, shop: _ShopTable | None) -> Rulebook:
        """Return the rules, where a section with a mistake stands as if it were left out."""
        usual = Rulebook()
        sections: dict[str, Any] = {REGION: shop.region if shop else usual.region}
        sections[COSTS] = tuple(sorted(self._costs, key=lambda each: each.code))
        if "points" in self._data:
            sections[CLAWBACK] = self._clawback(usual)
        for name in (each for each in TABLES if each in SECTIONS and each in self._data):
            before = len(self._reader.mistakes)
            short = {"top_up": self._top_up, "points": self._points}.get(name)
            value = self._reader.value(SECTIONS[name], short() if short else self._data[name], name)
            is_right = len(self._reader.mistakes) == before
            if is_right or value is not None:
                sections[name] = value
            if not is_right:
                self._unsure.add(name)
        return Rulebook(**sections)

    def _not_told(self, told: list[Mistake], judged: list[Mistake]) -> list[Mistake]:
        """Return what the rules' own judgement adds to what is told already.

        It says nothing new of a key that only stands in for a wrong one, nor of places in a list that has gaps.
        """
        wrong_keys = {each.key for each in told}
        gaps = tuple(f"{_renamed(gap, self._short)}[" for gap in self._reader.gaps)
        new = [each for each in judged if each.key not in wrong_keys and not each.key.startswith(gaps)]
        return [each for place, each in enumerate(new) if each not in new[:place]]

    def _clawback(self, usual: Rulebook) -> object:
        table = self._data["points"]
        if not isinstance(table, dict) or "clawback" not in table:
            return usual.points_clawback
        read = self._reader.value(SECTIONS[CLAWBACK], table["clawback"], "points.clawback")
        return read if read is not None else usual.points_clawback

    def _top_up(self) -> object:
        """Return the table of top-ups, where `rule` and `tiers` make the one offer of a shop that has no other."""
        table = self._data["top_up"]
        if not isinstance(table, dict) or not table.keys() & {"rule", "tiers"}:
            return table
        if "offers" in table:
            self._reader.wrong("top_up.offers", "setup_two_forms", other="top_up.tiers")
            return table
        rest = {key: value for key, value in table.items() if key not in {"rule", "tiers"}}
        mode = table.get("rule", HIGHEST_ONCE)
        if not table.get("tiers"):  # and so no offer, though the word may still be wrong
            self._reader.mistakes += choice("top_up.rule", mode, MODES)
            return rest
        self._short |= {"top_up.offers[0].mode": "top_up.rule", "top_up.offers[0]": "top_up"}
        return rest | {"offers": [{"id": ONE_OFFER, "mode": mode, "tiers": table["tiers"]}]}

    def _points(self) -> object:
        """Return the table of points, where `per_yuan` makes the one rate of a shop that has no other."""
        table = self._data["points"]
        if not isinstance(table, dict):
            return table
        rest = {key: value for key, value in table.items() if key not in {"per_yuan", "clawback"}}
        if "per_yuan" not in table:
            return rest
        if "rates" in table:
            self._reader.wrong("points.rates", "setup_two_forms", other="points.per_yuan")
            return rest
        per_yuan = table["per_yuan"]
        if type(per_yuan) is not int or not 1 <= per_yuan <= COUNT_MAX:
            self._reader.wrong("points.per_yuan", "setup_not_count", found=repr(per_yuan)[:60], least=1, most=COUNT_MAX)
            return rest
        return rest | {"rates": [{"id": "points", "points": 1, "unit": str(per_yuan)}]}

    def _key(self, key: str) -> str:
        """Return where a field of the rulebook stands in the file."""
        return _renamed(".".join(key_of(part) for part in key.split(".")), {**_IN_FILE, **self._short})


def _renamed(key: str, names: Mapping[str, str]) -> str:
    """Return the key with how it begins put in another way; the first of `names` that fits counts."""
    for begins, stands in names.items():
        if key == begins or key.startswith((f"{begins}.", f"{begins}[")):
            return stands + key[len(begins) :]
    return key


def _of_shop(shop: _ShopTable | None) -> list[Mistake]:
    if shop is None:
        return []
    empty = [] if shop.name else [wrong("shop.name", "setup_empty")]
    return [*empty, *choice("shop.language", shop.language, LANGUAGES)]
