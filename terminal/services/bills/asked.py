"""What commands ask of bills, read from JSON: lines by the names people use, coupons and passes as they are shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from terminal.base.errors import Refusal
from terminal.base.ids import is_id
from terminal.rules.bill_note import PASS, SERVICE
from terminal.rules.pay.commission import Person
from terminal.services.bills.values import Chosen, Order, OrderLine, Tender

# So many letters of an id are enough where they are one thing's alone: what is typed is read off a screen.
LETTERS_LEAST = 4
ITEM = "item"


@dataclass(frozen=True, slots=True)
class Thing:
    """A coupon or a pass of a member's, by all that people may call it: its id, its code, and its name."""

    id: str
    code: str
    name: str
    last: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """The coupons and passes a member has at this till."""

    coupons: tuple[Thing, ...] = ()
    passes: tuple[Thing, ...] = ()


# What an account has that the bill of an id may use.
HeldOf = Callable[[str, str], Held]
# The ids of people by their names; it refuses as `staff_unknown`.
IdsOf = Callable[[Iterable[str]], Mapping[str, str]]
# What each typed word sounds like in pinyin: the codes of what is on sale. Dictionaries are the asker's.
Sounds = Mapping[str, Collection[str]]
# The codes of items, or of passes, by what was typed for them and how that sounds; it refuses as `OnSale.codes`.
CodesOf = Callable[[str, Collection[str], Sounds], Mapping[str, str]]


class Reader:
    """Reads what is asked; anything of a wrong type raises `TypeError` or `ValueError`."""

    def __init__(self, held_of: HeldOf, ids_of: IdsOf, codes_of: CodesOf) -> None:
        """Look up what members have by `held_of`, people by `ids_of`, and what is on sale by `codes_of`."""
        self._held_of = held_of
        self._ids_of = ids_of
        self._codes_of = codes_of

    def order(self, asked: Mapping[str, Any], before: Order = Order(), bill: str = "") -> Order:  # noqa: B008 - frozen
        """Return an order with all that is asked: `before` with what is added, taken out or set.

        `account` says whose it is; `without` takes out lines (numbers from 1, as they were), `lines` adds some.
        `coupons` are (name, line or null), after `no_coupons` took out the chosen ones; `sessions` are (line, pass,
        account of whose that is or empty), an empty pass taking the line's out; `points` are set. These lines are
        numbered as they then are. `sounds` are the codes that typed words sound like. Raises `Refusal`
        `bill_no_such_line` (line), `item_several` (item, items), `coupon_unknown`, `pass_unknown`,
        `bill_choice_several`, `member_unknown`, `staff_unknown`.
        """
        _known(asked, "account", "lines", "without", "coupons", "no_coupons", "sessions", "points", "sounds")
        account = _account(asked["account"]) if asked.get("account") is not None else before.account
        kept = _without(before, [_place(n, len(before.lines)) for n in _list(asked.get("without"))])
        added = self._lines(_list(asked.get("lines")), _sounds(asked.get("sounds")))
        chosen = () if asked.get("no_coupons") else kept.coupons
        order = replace(kept, account=account, lines=(*kept.lines, *added), coupons=chosen)
        if asked.get("points") is not None:
            order = replace(order, points=number(asked["points"]))
        order = self._with_sessions(order, _list(asked.get("sessions")), bill)
        return self._with_coupons(order, _list(asked.get("coupons")), bill)

    def _lines(self, asked: Sequence[Any], sounds: Sounds) -> list[OrderLine]:
        people = [[_list(person) for person in _list(line.get("people"))] for line in asked]
        ids = self._ids_of({_text(person[0]) for line in people for person in line})
        lines = [
            _line(line, tuple(_person(person, ids) for person in persons))
            for line, persons in zip(asked, people, strict=True)
        ]
        items = self._codes_of(ITEM, {line.item for line in lines if line.item}, sounds)
        passes = self._codes_of(PASS, {line.pass_code for line in lines if line.pass_code}, sounds)
        return [
            replace(line, item=items.get(line.item, ""), pass_code=passes.get(line.pass_code, "")) for line in lines
        ]

    def _with_sessions(self, order: Order, asked: Sequence[Any], bill: str) -> Order:
        lines = list(order.lines)
        for line, name, owner in map(_list, asked):
            place = _place(line, len(lines))
            whose = _account(owner)
            lot = _one(self._held_of(whose or order.account, bill).passes, _text(name), "pass_unknown") if name else ""
            lines[place] = replace(lines[place], pass_lot=lot, pass_of=whose if lot else "")
        return replace(order, lines=tuple(lines))

    def _with_coupons(self, order: Order, asked: Sequence[Any], bill: str) -> Order:
        if not asked:
            return order
        held, chosen = self._held_of(order.account, bill).coupons, list(order.coupons)
        for name, line in map(_list, asked):
            taken = {each.coupon for each in chosen}
            free = [each for each in held if each.id not in taken]
            place = None if line is None else _place(line, len(order.lines))
            chosen.append(Chosen(_soonest(free, _text(name)), place))
        return replace(order, coupons=tuple(chosen))


def tenders_from(asked: object) -> tuple[Tender, ...]:
    """Return means of payment that are (name, fen, reference, person)."""
    return tuple(
        Tender(_text(name), number(fen), _text(reference), number(person))
        for name, fen, reference, person in map(_list, _list(asked))
    )


def split_from(asked: object) -> tuple[int, ...]:
    """Return what each person is to pay, in fen."""
    return tuple(map(number, _list(asked)))


def _line(asked: Mapping[str, Any], people: tuple[Person, ...]) -> OrderLine:
    _known(asked, "item", "quantity", "people", "name", "kind", "list_fen", "pass_code")
    return OrderLine(
        item=_text(asked.get("item", "")),
        quantity=number(asked.get("quantity", 1)),
        people=people,
        name=_text(asked.get("name", "")),
        kind=_text(asked.get("kind", SERVICE)),
        list_fen=number(asked.get("list_fen", 0)),
        pass_code=_text(asked.get("pass_code", "")),
    )


def _sounds(asked: object) -> Sounds:
    """Return the codes that each typed word sounds like."""
    if asked is None:
        return {}
    if not isinstance(asked, Mapping):
        raise TypeError("words and codes were expected")
    return {_text(word): frozenset(map(_text, _list(codes))) for word, codes in asked.items()}


def _person(asked: Sequence[Any], ids: Mapping[str, str]) -> Person:
    name, role, weight, requested = asked
    return Person(ids[_text(name)], _text(role), number(weight), bool(requested))


def _without(order: Order, places: Sequence[int]) -> Order:
    """Return an order without these lines, and without the coupons used on them."""
    left = [place for place in range(len(order.lines)) if place not in places]
    now = {before: place for place, before in enumerate(left)}
    coupons = [
        replace(each, line=None if each.line is None else now[each.line])
        for each in order.coupons
        if each.line is None or each.line in now
    ]
    return replace(order, lines=tuple(order.lines[place] for place in left), coupons=tuple(coupons))


def _soonest(held: Iterable[Thing], name: str) -> str:
    """Return the coupon that is meant; of equal ones the one that ends first."""
    found = _called(held, name)
    if not found:
        raise Refusal("coupon_unknown")
    if len({each.code for each in found}) > 1:
        raise Refusal("bill_choice_several")
    return min(found, key=lambda each: (each.last or "9999-12-31", each.id)).id


def _one(held: Iterable[Thing], name: str, unknown: str) -> str:
    found = _called(held, name)
    if not found:
        raise Refusal(unknown)
    if len(found) > 1:
        raise Refusal("bill_choice_several")
    return found[0].id


def _called(held: Iterable[Thing], name: str) -> list[Thing]:
    """Return the things that are meant: one whose id it is, else all of a code or name, else by letters of the id."""
    things = list(held)
    by_letters = [each for each in things if len(name) >= LETTERS_LEAST and each.id.startswith(name)]
    exactly = [each for each in things if each.id == name]
    return exactly or [each for each in things if name in {each.code, each.name}] or by_letters


def _place(said: object, lines: int) -> int:
    """Return the place of a line that people number from 1; raise `Refusal` `bill_no_such_line`."""
    place = number(said) - 1
    if not 0 <= place < lines:
        raise Refusal("bill_no_such_line", line=place + 1)
    return place


def _account(value: object) -> str:
    account = _text(value)
    if account and not is_id(account):
        raise Refusal("member_unknown")
    return account


def _known(asked: Mapping[str, Any], *names: str) -> None:
    if asked.keys() - set(names):
        raise ValueError("an order has no such part")


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        raise TypeError("a list was expected")
    return list(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def number(value: object) -> int:
    """Return a whole number as it is; raise `TypeError` for anything else."""
    # `true` is an int to Python, and must not be a second spelling of 1.
    if type(value) is not int:
        raise TypeError("a whole number was expected")
    return value
