r"""The deck: cards by id, made from JSON.

A deck is a list of objects:

    [{"id": "wang", "label": "王女士的会员卡", "kind": "classic_1k", "uid": "0BE2FB0B"}, ...]

`id` and `kind` are required, `label` is what a person sees. By kind:

- `classic_1k`, `classic_4k`, `fudan_m1`: `uid` (4 or 7 bytes), `blocks` {"4": 16 bytes hex},
  `trailers` {"1": 16 bytes hex} (key A, access bytes, key B of a sector)
- `ntag213`, `ntag215`, `ntag216`, `ultralight`, `ultralight_ev1`: `uid` (7 bytes), `pages` {"4": 4 bytes hex}
- `sle4442`: `psc` (3 bytes), `data` (hex, stored from address 32); a contact card without a UID
- `bank`, `cpu`: `uid`, `historical` (hex), `applications` {AID hex: answer hex}
- `phone`: `applications`; its UID is `08` and three random bytes at every insertion
- `desfire`: `uid` (7 bytes), `version` (`ev1`, `ev2`, `ev3`), `applications`, `picc_key`, `picc_settings`
- `ntag424`: `uid` (7 bytes), `keys`, `ndef`, `sdm`, `counter`, `failures`
- `ultralight_aes`: `uid` (7 bytes), `key`, `key1`, `auth0`, `limit`, `pages`
- `fmcos`: `uid`, `aid`, `key_no`, `algorithm` (`3des`, `sm4`, `aes`), `key`, `file`, `number`, `pin`, `tries`, `open`

A key is hex, or `MASTER/MORE`: then it is the card's own one after NXP AN10922, made from the UID and `MORE` (hex).
Without keys these four are as the maker delivers them. All four take `clone` (the right UID and keys that nobody
knows); `desfire` and `ntag424` also `random_uid`, and `shown_uid` for anticollision. Their models say more.

A further kind is one more line in `_KINDS`.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from tests.hw_sim.card_base import Card
from tests.hw_sim.card_classic import ClassicCard
from tests.hw_sim.card_cpu import FmcosCard, IsoCard, PhoneCard
from tests.hw_sim.card_desfire import DesfireCard
from tests.hw_sim.card_ntag424 import Ntag424Card
from tests.hw_sim.card_sle4442 import Sle4442Card
from tests.hw_sim.card_type2 import LAYOUTS, Type2Card
from tests.hw_sim.card_ultralight_aes import UltralightAesCard

CardMaker = Callable[[Mapping[str, Any]], Card]

_COMMON = frozenset({"id", "label", "kind"})
_CLASSIC: tuple[CardMaker, frozenset[str]] = (ClassicCard, frozenset({"uid", "blocks", "trailers"}))
_ISO: tuple[CardMaker, frozenset[str]] = (IsoCard, frozenset({"uid", "historical", "applications"}))
_NATIVE = frozenset({"uid", "clone", "random_uid", "shown_uid"})
_DESFIRE = _NATIVE | {"version", "applications", "picc_key", "picc_settings"}
_NTAG424 = _NATIVE | {"keys", "ndef", "sdm", "counter", "failures"}
_ULTRALIGHT_AES = frozenset({"uid", "clone", "key", "key1", "auth0", "limit", "pages"})
_FMCOS = frozenset(
    {"uid", "clone", "historical", "aid", "key_no", "algorithm", "key", "file", "number", "pin", "tries", "open"}
)
_TYPE2: tuple[CardMaker, frozenset[str]] = (Type2Card, frozenset({"uid", "pages"}))

_KINDS: Mapping[str, tuple[CardMaker, frozenset[str]]] = MappingProxyType(
    {
        "classic_1k": _CLASSIC,
        "classic_4k": _CLASSIC,
        "fudan_m1": _CLASSIC,
        **dict.fromkeys(LAYOUTS, _TYPE2),
        "sle4442": (Sle4442Card, frozenset({"psc", "data"})),
        "bank": _ISO,
        "cpu": _ISO,
        "phone": (PhoneCard, frozenset({"applications"})),
        "fmcos": (FmcosCard, _FMCOS),
        "desfire": (DesfireCard, _DESFIRE),
        "ntag424": (Ntag424Card, _NTAG424),
        "ultralight_aes": (UltralightAesCard, _ULTRALIGHT_AES),
    }
)

DEFAULT_DECK: tuple[Mapping[str, Any], ...] = (
    {"id": "wang", "label": "王女士的会员卡", "kind": "classic_1k", "uid": "0BE2FB0B"},
    {"id": "li", "label": "李先生的会员卡", "kind": "ntag213", "uid": "04A1B2C3D4E580"},
    {"id": "zhao", "label": "赵女士的接触卡", "kind": "sle4442", "data": "32303236303030383138"},
    {"id": "unknown", "label": "没登记的复旦 M1 卡", "kind": "fudan_m1", "uid": "5D3A9C71"},
    {"id": "bank", "label": "银行卡", "kind": "bank", "uid": "3F10A2C4"},
    {"id": "phone", "label": "手机", "kind": "phone"},
    {"id": "desfire", "label": "DESFire 卡", "kind": "desfire", "uid": "04582F6A1B6E80"},
    {"id": "ntag424", "label": "NTAG 424 卡", "kind": "ntag424", "uid": "04582F6A1B6E81"},
    {"id": "ultralight-aes", "label": "Ultralight AES 卡", "kind": "ultralight_aes", "uid": "04582F6A1B6E82"},
    {"id": "cpu", "label": "CPU 卡", "kind": "fmcos", "uid": "7B42D90E", "number": "20260021"},
    {"id": "copy", "label": "复制的 DESFire 卡", "kind": "desfire", "uid": "04582F6A1B6E80", "clone": True},
)


def make_card(spec: Mapping[str, Any]) -> Card:
    """Return the card a deck entry describes; raise `ValueError` naming what is wrong with it."""
    if not isinstance(spec.get("id"), str) or spec.get("kind") not in _KINDS:
        raise ValueError(f"a card needs an id and one of the kinds {', '.join(_KINDS)}")
    maker, own = _KINDS[spec["kind"]]
    if strange := set(spec) - _COMMON - own:
        raise ValueError(f"card {spec['id']}: this kind has no {', '.join(sorted(strange))}")
    if missing := {"uid"} & own - set(spec):
        raise ValueError(f"card {spec['id']}: {', '.join(missing)} is missing")
    return maker(spec)


def make_deck(specs: Iterable[Mapping[str, Any]]) -> dict[str, Card]:
    """Return cards by id; raise `ValueError` when an id occurs twice."""
    deck: dict[str, Card] = {}
    for spec in specs:
        card = make_card(spec)
        if card.card_id in deck:
            raise ValueError(f"two cards are called {card.card_id}")
        deck[card.card_id] = card
    return deck


def read_deck(path: str | None) -> dict[str, Card]:
    """Return the deck in a JSON file, or the demonstration deck when `path` is None."""
    if path is None:
        return make_deck(DEFAULT_DECK)
    return make_deck(json.loads(pathlib.Path(path).read_text(encoding="utf-8")))
