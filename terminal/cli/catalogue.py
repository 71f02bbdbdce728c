"""`terminal catalogue`: what can be sold, and by which words it is found; also by its sound, for lines of bills."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from terminal.base.config import Config
from terminal.base.money import format_yuan
from terminal.base.words.bill_phrases import phrase
from terminal.cli.language import add_option
from terminal.cli.signed import Call
from terminal.cli.tables import table

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]
GIFT_CARD = "gift_card"
# In this order, as `services.bills.on_sale` names the kinds.
KINDS = ("service", "product", "pass", GIFT_CARD)


def add_commands(commands: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the command, by `add(commands, name, run, words)`."""
    listed = add(commands, "catalogue", _list, "List services, goods, passes and gift cards with codes and prices.")
    listed.add_argument("word", nargs="?", default="", metavar="WORD", help="only what is found by it, also in pinyin")
    listed.add_argument("--json", action="store_true")
    add_option(listed)


def sounding(call: Call, order: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order with the codes of what its lines' words sound like in pinyin.

    The dictionary is loaded only for a word of letters that is neither a code nor a name.
    """
    words = {line.get(name, "") for line in order.get("lines", ()) for name in ("item", "pass_code")}
    latin = {word for word in words if word.isascii() and any(map(str.isalpha, word))}
    wares = call("catalogue_list")["wares"] if latin else []
    latin -= {each[name] for each in wares for name in ("code", "name")}
    if not latin:
        return {**order}
    heard = _heard(wares)
    return {**order, "sounds": {word: [code for code, said in heard if _starts(word, said)] for word in sorted(latin)}}


def _list(options: argparse.Namespace, config: Config) -> int:
    from terminal.cli.door import open_door

    with open_door(config, may_make=False) as call:
        wares = call("catalogue_list")["wares"]
    told = [{**each, "search": sound_of(each["name"])[0].upper()} for each in wares]
    if options.word:
        told = [each for each in told if _is_found(options.word, each)]
    if options.json:
        sys.stdout.write(json.dumps({"wares": told}, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.writelines(ware_lines(told, options.language))
    return 0


def ware_lines(wares: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    """Return what is on sale, kind by kind: code, name, search word, category and price."""
    lines: list[str] = []
    for kind in KINDS:
        rows = [_row(each, language) for each in wares if each["kind"] == kind]
        if rows:
            lines += ["\n"] * bool(lines) + [phrase(f"{kind}_head", language) + "\n", *table(rows, 1)]
    return lines or [phrase("no_ware", language) + "\n"]


def sound_of(name: str) -> tuple[str, str]:
    """Return the first letters of a name in pinyin, and all of them; Latin words and figures stand as they are."""
    from pypinyin import Style, lazy_pinyin

    # Signs without a reading are given back as they are.
    ways = (lazy_pinyin(name, style=Style.FIRST_LETTER), lazy_pinyin(name))
    initials, whole = (_letters("".join(parts).casefold()) for parts in ways)
    return initials, whole


def _row(each: Mapping[str, Any], language: str) -> tuple[str, ...]:
    if each["kind"] == GIFT_CARD:
        most_fen = each["most_fen"]
        price = phrase("any_amount", language)
        if most_fen is not None:
            price = phrase("up_to", language, amount=format_yuan(most_fen))
        return f"  {phrase(GIFT_CARD, language)}", price
    return f"  {each['code']}", each["name"], each["search"], each["category"], format_yuan(each["price_fen"])


def _heard(wares: Iterable[Mapping[str, Any]]) -> list[tuple[str, tuple[str, str]]]:
    return [(each["code"], sound_of(each["name"])) for each in wares if each["code"]]


def _is_found(word: str, each: Mapping[str, Any]) -> bool:
    name, code = each["name"].casefold(), each["code"]
    return code.startswith(word) or word.casefold() in name or _starts(word, sound_of(each["name"]))


def _starts(word: str, said: tuple[str, str]) -> bool:
    plain = _letters(word.casefold())
    return plain != "" and any(each.startswith(plain) for each in said)


def _letters(text: str) -> str:
    return "".join(sign for sign in text if sign.isascii() and sign.isalnum())
