"""Where members stand, by a till's own count and by a fresh one over all its entries and its links of files [I9]."""

from __future__ import annotations

from collections import Counter

from terminal.base.ids import AccountId
from terminal.ledger.deeds import Deeds
from terminal.services.standing import Standings
from tests.sim.counter import RULES
from tests.sim.counts import deeds
from tests.sim.machine import Machine
from tests.sim.world import World, must

LINKS = "SELECT lower(hex(account)), lower(hex(alias_of)) FROM member"
# What a box did while it was alone is in none of the lives that the chain knows.
ALONE = "SELECT lower(hex(account)), paid_fen FROM deed JOIN life ON life.n = deed.life WHERE device <> ?"
# A file that the chain did not know was told whole, with the level it had.
TOLD = (
    "SELECT coalesce(json_extract(CAST(body AS TEXT), '$.level'), '') FROM chain_row WHERE name = 'member' AND key = ?"
)
LINKS_MOST = 40


def standings_agree(world: World, machine: Machine) -> None:
    """Compare the growth value and the level of every member whom a till knows with what was paid there, summed anew.

    A level that was reached stays until its review, so it is at least that of what is paid now; and no higher than all
    that was ever paid there could reach, or than the chain says, unless what it said may be forgotten by now.
    """
    book, rules, day = machine.book, RULES.levels, machine.book.today()
    paid, ever = Counter[str](), 0
    for account, fen in machine.database.rows(ALONE, (machine.device,)):
        paid[account] += fen
        ever += max(0, fen)
    for _, _, told in deeds(world, machine):
        done = told.deed
        if done is not None:
            paid[done.account] += done.paid_fen
            ever += max(0, done.paid_fen)
    links = dict(map(tuple, machine.database.rows(LINKS)))
    grown = Counter[str]()
    for account in paid | dict.fromkeys(links, 0):
        grown[_end(links, account)] += paid[account]
    standings = Standings(machine.database, Deeds(machine.database, book.day_at))
    for account in links:
        whose, growth = AccountId(account), max(0, grown[_end(links, account)])
        has = standings.growth(rules, whose, day)
        must(has == growth, "I9", f"{machine.name} believes that {account[:6]} has grown to {has} and not {growth}")
        rank = rules.rank(standings.level(rules, whose, day))
        said = "" if world.harmed else str((machine.database.row(TOLD, (account,)) or [""])[0])
        least, most = rules.rank(rules.reached(growth)), max(rules.rank(rules.reached(ever)), rules.rank(said))
        words = f"{machine.name} has {account[:6]} at level {rank}: {least} to {most} is right"
        must(least <= rank and (world.harmed or rank <= most), "I9", words)


def _end(links: dict[str, str], account: str) -> str:
    """Return the account that stands for one."""
    for _ in range(LINKS_MOST):
        into = links.get(account, "")
        if not into:
            break
        account = into
    return account
