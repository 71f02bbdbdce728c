"""Passes that an import brought: a name and sessions left, used for what the set-up file's pass of that name is for.

Another program's file says neither services nor dates. What a member was promised there is kept to: such a pass has no
end, whatever the terms of passes that are sold now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from terminal.rules.mistake import Found, wrong
from terminal.rules.passes.terms import FROM_SALE, SESSION_PASS, FreezeRules, PassTerms


def names_of(terms: PassTerms) -> tuple[str, ...]:
    """Return the names by which imported passes are these; none for a course or a period, whose units differ."""
    if terms.kind != SESSION_PASS:
        return ()
    return tuple(dict.fromkeys(_plain(each) for each in (terms.name, terms.code, *terms.imported_as) if each.strip()))


def imported_terms(passes: Iterable[PassTerms], facts: Mapping[str, object]) -> PassTerms | None:
    """Return the terms of an imported pass by its attributes (`name`), None where no pass is called that.

    Its own code is empty in the book; here it is that of the pass it is taken for. It may be used as that one may,
    without an end or a price.
    """
    name = facts.get("name")
    if facts.get("pass") or not isinstance(name, str):
        return None
    for terms in passes:
        if _plain(name) in names_of(terms):
            return replace(
                terms, price_fen=0, valid_days=None, valid_from=FROM_SALE, freeze=FreezeRules(), may_lapse=False
            )
    return None


def unnamed_terms(facts: Mapping[str, object]) -> PassTerms:
    """Return the terms of a pass of which nothing is known but its name: it may be handed over, and that is all."""
    return PassTerms("", SESSION_PASS, 0, (), name=str(facts.get("name", "")))


def name_mistakes(passes: Iterable[PassTerms]) -> Found:
    """Yield a mistake for each name that two passes claim, at the second one and at its place among the passes."""
    taken: set[str] = set()
    for place, terms in enumerate(passes):
        for name in names_of(terms):
            if name in taken:
                key = "imported_as" if name in map(_plain, terms.imported_as) else "name"
                yield wrong(f"[{place}].{key}", "setup_taken", found=repr(name))
        taken.update(names_of(terms))


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
