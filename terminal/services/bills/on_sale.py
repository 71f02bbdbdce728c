"""What can be sold here: items of the catalogue, passes and gift cards, listed, and found by what people type."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from terminal.base.errors import Refusal
from terminal.rules.bill_note import PASS
from terminal.rules.rulebook import Rulebook
from terminal.rules.value.limits import limits_on
from terminal.services.ask import Ask, at_once
from terminal.services.bills.asked import Sounds
from terminal.services.bills.looking import Looking

GIFT_CARD = "gift_card"
# So many are named where a word means several, and so much is repeated of what was typed.
CANDIDATES_MAX = 6
TYPED_CHARS_MAX = 60


@dataclass(frozen=True, slots=True)
class Ware:
    """Something on sale: its kind (`service`, `product`, `pass`, `gift_card`), code, name and price in fen.

    A gift card has no code and no price; `most_fen` is what one may hold at most, None for no limit.
    """

    kind: str
    code: str = ""
    name: str = ""
    price_fen: int | None = None
    category: str = ""
    most_fen: int | None = None


class OnSale:
    """Lists what can be sold, and finds the code of what somebody typed. Writes nothing."""

    def __init__(self, looking: Looking, rulebook: Callable[[], Rulebook], ask: Ask = at_once) -> None:
        """Read the catalogue by `looking`, passes from the rules in force; commands have it done by `ask`."""
        self._looking = looking
        self._rulebook = rulebook
        self._ask = ask

    def verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the one function behind `terminal catalogue`."""
        return {"catalogue_list": lambda: self._ask(lambda: {"wares": [asdict(each) for each in self.wares()]})}

    def wares(self) -> list[Ware]:
        """Return everything on sale: items by their codes, then passes, then the gift card."""
        rules = self._rulebook()
        items = [Ware(kind, code, name, fen, of) for kind, code, name, fen, of in self._looking.items()]
        passes = [Ware(PASS, each.code, each.name, each.price_fen) for each in rules.passes]
        law = limits_on(rules.region, self._looking.today(), individual=rules.purse.individual)
        return [*items, *passes, Ware(GIFT_CARD, most_fen=law.anonymous_most_fen)]

    def codes(self, kind: str, typed: Collection[str], sounds: Sounds) -> Mapping[str, str]:
        """Return what each typed word means among the items or the passes: its code, itself where nothing is meant.

        A code is meant before a name, a whole name before its beginning, which may be typed in pinyin. Raises
        `Refusal` `item_several` (item, items) where it is the beginning of several.
        """
        if kind == PASS:
            named = {each.code: each.name for each in self._rulebook().passes}
            known: Collection[str] = named
        else:
            known = self._looking.known_items(typed)
            named = {} if known >= set(typed) else {code: name for _, code, name, _, _ in self._looking.items()}
        return {word: word if word in known else _meant(word, named, sounds.get(word, ())) for word in typed}


def _meant(word: str, named: Mapping[str, str], sounds: Collection[str]) -> str:
    plain = _plain(word)
    whole = [code for code, name in named.items() if _plain(name) == plain]
    starts = [code for code, name in named.items() if plain and (_plain(name).startswith(plain) or code in sounds)]
    found = whole or starts
    if len(found) > 1:
        raise Refusal("item_several", item=word[:TYPED_CHARS_MAX], items=_told(found, named))
    return found[0] if found else word


def _told(codes: Iterable[str], named: Mapping[str, str]) -> str:
    told = [f"{code} {named[code]}".strip() for code in codes]
    more = [f"+{len(told) - CANDIDATES_MAX}"] if len(told) > CANDIDATES_MAX else []
    return " / ".join([*told[:CANDIDATES_MAX], *more])


def _plain(text: str) -> str:
    """Return a name as people compare it: however wide its signs and letters are, and wherever blanks stand."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
