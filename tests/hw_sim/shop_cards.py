"""The cards on the demo shop's bench: its members' cards, and a blank of each kind the till can issue."""

from __future__ import annotations

import json
import pathlib
import secrets

from tests.hw_sim.shop_first_start import DEMO

BLANKS = {"desfire": "DESFire", "ntag424": "NTAG 424", "ultralight_aes": "Ultralight AES"}
NXP = b"\x04"  # ISO/IEC 7816-6: the first byte of a UID of seven names the chip's maker


def lay_out_cards(file: pathlib.Path) -> None:
    """Write the deck to `file`: a blank issued at an earlier start is a member's now, so these have new numbers."""
    deck = json.loads((DEMO / "cards.json").read_text(encoding="utf-8"))
    for kind, name in BLANKS.items():
        uid = (NXP + secrets.token_bytes(6)).hex().upper()
        deck.append({"id": f"blank-{kind}", "label": f"白卡 {name}", "kind": kind, "uid": uid})
    file.write_text(json.dumps(deck, ensure_ascii=False), encoding="utf-8")
