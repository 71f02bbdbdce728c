"""The list of mutants that no test can kill, each with its reason."""

from __future__ import annotations

import pathlib
import tomllib
from collections.abc import Collection, Mapping, Sequence

from tests.mutants.runs import KILLED, SURVIVED, Tried

LISTED = pathlib.Path(__file__).with_name("equivalent.toml")


def listed(path: pathlib.Path = LISTED) -> dict[str, str]:
    """Return the reason of each mutant on the list, by its name; raise `ValueError` for an entry without one."""
    reasons: dict[str, str] = {}
    for each in tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", []):
        name, reason = each["mutant"], each["reason"].strip()
        if not reason.endswith(".") or name in reasons:
            raise ValueError(f"no sentence why, or twice on the list: {name}")
        reasons[name] = reason
    return reasons


def mistakes(tried: Sequence[Tried], every: Collection[str], reasons: Mapping[str, str]) -> list[str]:
    """Return what fails a run, where `every` has the names of all mutants there are."""
    gone = [f"on the list, but there is no such mutant: {name}" for name in reasons if name not in every]
    killed = [
        f"on the list, but killed by {each.test}: {each.mutant.name}"
        for each in tried
        if each.outcome == KILLED and each.mutant.name in reasons
    ]
    survived = [
        f"survived, line {each.mutant.line}: {each.mutant.name}"
        for each in tried
        if each.outcome == SURVIVED and each.mutant.name not in reasons
    ]
    return [*gone, *killed, *survived]
