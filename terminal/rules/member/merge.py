"""Two files of one person made one, as an alias that can be undone: nothing is moved, and nothing is lost.

An alias says "who asks for this account means that one". The account keeps its own money, points and entries; what a
member has is the sum over the accounts that lead to the main one. What is earned or paid in afterwards belongs to the
main account, and stays with it when the merging is undone.

Aliases are rows that several terminals may write while they are cut off, so together they may say what no one of them
would have been allowed to: of links that close a ring, or that lead one account to two, the earlier one counts and the
later is set aside for the staff to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from terminal.base.errors import Refusal


@dataclass(frozen=True, slots=True)
class Link:
    """One alias: who asks for `account` means `into`."""

    account: str
    into: str


@dataclass(frozen=True, slots=True)
class Aliases:
    """All links that count, and those set aside; made by `aliases_of`."""

    into: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    set_aside: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What a screen shows of a member: the main account, all others that lead to it, and whether another was asked for.

    `came_by` is the account that was asked for where it is not the main one ("merged into ..."), else empty.
    """

    main: str
    others: tuple[str, ...]
    came_by: str


def aliases_of(links: Iterable[Link]) -> Aliases:
    """Return the aliases of links in the order they were written; contradicting ones are set aside, never an error."""
    into: dict[str, str] = {}
    set_aside = []
    for link in links:
        if into.get(link.account) == link.into:
            continue  # the same row come twice
        if link.account in into or _end(into, link.into) == link.account:
            set_aside.append(link)
        else:
            into[link.account] = link.into
    return Aliases(MappingProxyType(into), tuple(set_aside))


def main_of(aliases: Aliases, account: str) -> str:
    """Return the account that is meant by one, itself where it was not merged."""
    return _end(aliases.into, account)


def merged(aliases: Aliases, account: str, into: str) -> tuple[Aliases, Link]:
    """Return the aliases with one more, and that link; it leads to the main account of `into`.

    Raises `Refusal` `merge_itself` when both are one member already (a ring would close), `merge_already` when the
    account was merged into another, which has to be undone first.
    """
    main = main_of(aliases, into)
    if main == main_of(aliases, account):
        raise Refusal("merge_itself")
    if account in aliases.into:
        raise Refusal("merge_already")
    return Aliases(MappingProxyType({**aliases.into, account: main}), aliases.set_aside), Link(account, main)


def parted(aliases: Aliases, account: str) -> tuple[Aliases, Link]:
    """Return the aliases without that of an account, and the link that was undone; raise `Refusal` `merge_none`.

    Accounts that were merged into this one before stay with it.
    """
    if account not in aliases.into:
        raise Refusal("merge_none")
    left = {each: into for each, into in aliases.into.items() if each != account}
    return Aliases(MappingProxyType(left), aliases.set_aside), Link(account, aliases.into[account])


def shown(aliases: Aliases, account: str) -> Shown:
    """Return what is shown when an account is asked for."""
    main = main_of(aliases, account)
    others = tuple(sorted(each for each in aliases.into if main_of(aliases, each) == main))
    return Shown(main, others, account if account != main else "")


def _end(into: Mapping[str, str], account: str) -> str:
    """Return where a chain of links ends; there are no rings, so it does."""
    while account in into:
        account = into[account]
    return account
