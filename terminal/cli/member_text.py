"""A member's file and balances as lines for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from terminal.base.money import format_yuan


def member_lines(member: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (name, value) of what is known; amounts in yuan, numbers masked as at the counter."""
    balance, principal, bonus = (format_yuan(member[f"{name}_fen"]) for name in ("balance", "principal", "bonus"))
    shown = {
        "id": member["account"],
        "name": member["name"],
        "level": member["level"],
        "balance": f"{balance} (principal {principal}, bonus {bonus})",
        "points": f"{member['points']:,}",
        "phone": member["phone_masked"],
        "cards": ", ".join(f"...{tail}" for tail in member["cards"]),
        "passes": ", ".join(f"{part['name']} {part['left']}/{part['total']}" for part in member["passes"]),
        "birthday": member["birthday"],
        "remark": member["remark"],
        "duplicate": "shares a card or phone with another member" if member["marked_duplicate"] else "",
    }
    yield from ((name, value) for name, value in shown.items() if value)
