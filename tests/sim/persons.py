"""What persons do in the cloud: corrections, recalls, merging, rows, releases of a newer cloud, and draining it all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cloud.corrections import NewUnits
from cloud.errors import NotPossible
from terminal.base.ids import AccountId, ActionId, BucketId
from terminal.rules.canonical import Canonical
from terminal.sync.wire import Pull, Rows, SnapshotPage, SnapshotRequest
from tests.sim.later import FREEZE, NOTICE, NewerCloud
from tests.sim.machine import SHANGHAI, Machine
from tests.sim.world import must

if TYPE_CHECKING:
    from tests.sim.simulator import Deed, Simulator

# Units that come back are given to whoever waits for them, who is asked again.
DRAINS_MOST = 8
ALL_THERE_IS = 1 << 40
OWN_TABLES = (
    "SELECT lower(hex(account)), name, phone, remark, hex(alias_of), erased_at > 0 FROM member",
    "SELECT id, lower(hex(account)), number, state, ended_by FROM medium WHERE id <> ''",
)


class Persons:
    """Head office and its deeds."""

    def __init__(self, simulator: Simulator) -> None:
        """Act in a simulator's cloud."""
        self.sim = simulator
        self.rng = simulator.rng
        self.drains = 0
        self.corrections: list[ActionId] = []
        self.keys = [self.rng.randbytes(16).hex() for _ in range(4)]

    def deeds(self) -> list[Deed]:
        """Return what may happen, with weights."""
        deeds: tuple[tuple[int, Callable[[], str]], ...] = (
            (2, self.recall),
            (1, self.create),
            (1, self.correct),
            (1, self.forgo),
            (1, self.grant),
            (1, self.expire),
            (1, self.merge),
            (1, self.change_row),
            (1, self.say),
            (1, self.upgrade),
        )
        calm = [(f"person {deed.__name__}", weight, self._checked(deed)) for weight, deed in deeds]
        if self.rng.random() < 0.3:
            calm.append(("person decommission", 1, self._checked(self.decommission)))
        return calm

    def later_deeds(self) -> list[Deed]:
        """Return what may happen where releases that write in formats of their own work side by side."""
        return [("person release", 1, self.change_release)]

    def change_release(self) -> str:
        """The cloud's program is replaced by that of the other release, be it newer or, for a while, older again."""
        self.sim.later = not self.sim.later
        self.sim.start_cloud()
        return f"the cloud runs the {'next' if self.sim.later else 'old'} release"

    def _checked(self, deed: Callable[[], str]) -> Callable[[], str]:
        def do() -> str:
            try:
                return deed()
            except NotPossible as error:
                return f"cannot: {error.code}"
            finally:
                self.sim.invariants.after_cloud(self.sim.machines, None, None)

        return do

    def action(self) -> ActionId:
        """Return a new action's id."""
        return ActionId(self.rng.randbytes(16).hex())

    def _bucket(self) -> BucketId:
        """Return some bucket the cloud knows."""
        known = [name for name, amount in self.sim.invariants.books.there.items() if amount > 0]
        if not known:
            raise NotPossible("nothing_there")
        return BucketId(self.rng.choice(known[-40:]))

    def recall(self) -> str:
        """Ask for units of a bucket."""
        name, amount = self._bucket(), self.rng.randint(1, 200)
        asked = self.sim.cloud.recall(self.sim.chain, self.action(), name, amount)
        return f"asks for {amount} of {name[:6]}, {asked} are somewhere"

    def create(self) -> str:
        """Give a member points or bonus as a courtesy, or money that head office took."""
        asset, worth = self.rng.choice((("points", 0), ("bonus", 0), ("principal", 1)))
        owner, amount = self.rng.choice(self.sim.actors.members), self.rng.randint(1, 50)
        units = NewUnits(owner, asset, amount, unit_value_fen=worth)
        name = self.sim.cloud.create(self.sim.chain, self.action(), units)
        return f"makes {amount} {asset} {name[:6]}"

    def correct(self) -> str:
        """Destroy units that should not be."""
        name, action = self._bucket(), self.action()
        gone = self.sim.cloud.correct(self.sim.chain, action, name, self.rng.randint(1, 60))
        self.corrections.append(action)
        return f"destroys units of {name[:6]}, {gone} at once"

    def forgo(self) -> str:
        """Wait no longer for what a correction could not get."""
        if not self.corrections:
            return ""
        short = self.sim.cloud.forgo(self.sim.chain, self.corrections.pop(0))
        return f"waits no longer for {short} units" if short else ""

    def grant(self) -> str:
        """Give a till units nobody asked for."""
        name, machine = self._bucket(), self.sim.some()
        given = self.sim.cloud.grant(self.sim.chain, self.action(), machine.device, name, self.rng.randint(1, 50))
        return f"grants {given} of {name[:6]} to {machine.name}"

    def today(self) -> dt.date:
        """Return the civil date."""
        return dt.datetime.fromtimestamp(self.sim.now_ms / 1000, SHANGHAI).date()

    def expire(self) -> str:
        """Destroy what is past its end in the cloud."""
        done = self.sim.cloud.expire_due(self.sim.chain, self.today())
        return f"expires {done} lots in the cloud" if done else ""

    def merge(self) -> str:
        """Let a member stand for another, or no longer."""
        old, new = self.rng.sample(self.sim.actors.members, 2)
        if self.rng.random() < 0.4:
            self.sim.cloud.unmerge(self.sim.chain, self.action(), old)
            return f"member {old[:6]} stands for itself"
        self.sim.cloud.merge(self.sim.chain, self.action(), old, new)
        return f"member {new[:6]} stands for {old[:6]}"

    def change_row(self) -> str:
        """Change a row the chain owns, or erase it."""
        key, chain = self.rng.choice(self.keys), self.sim.chain
        if self.rng.random() < 0.1:
            self.sim.cloud.erase(chain, "member", key)
            return f"erases row {key[:6]}"
        row = ("member", key, self.rng.randint(0, 3))
        self.sim.cloud.change_row(chain, self.action(), row, {"name": self.rng.randint(0, 99)})
        return f"changes row {key[:6]}"

    def say(self) -> str:
        """Say something of the next release to a till."""
        machine, kind = self.sim.some(), self.rng.choice((NOTICE, NOTICE, FREEZE))
        cloud = self.sim.cloud
        if not isinstance(cloud, NewerCloud) or not cloud.say(self.sim.chain, machine.device, kind):
            return ""
        return f"says {kind} to {machine.name}"

    def upgrade(self) -> str:
        """Install the next release on a till."""
        machine = self.sim.some()
        if machine.upgraded:
            return ""
        self.upgraded(machine)
        return f"{machine.name} gets the next release"

    def upgraded(self, machine: Machine) -> None:
        """Install the next release on a till, unless it has it."""
        if not machine.upgraded:
            machine.upgraded = True
            machine.crash()

    def decommission(self) -> str:
        """Take a till out of work."""
        if self.rng.random() < 0.7:
            return ""
        machine = self.sim.some()
        self.sim.cloud.decommission(self.sim.chain, machine.device)
        return f"{machine.name} is to go"

    # Rows

    def introduce(self, members: Sequence[AccountId]) -> None:
        """Let the chain know members by name and telephone."""
        for place, account in enumerate(members):
            fields: dict[str, Canonical] = {"name": f"王小{'芳明丽强'[place % 4]}", "phone": f"139{place % 3:08d}"}
            fields["consent/chain_sharing"] = [1, "2026-01-01", "counter", "1"]
            self.sim.cloud.change_row(self.sim.chain, self.action(), ("member", account, 0), fields)
            self.sim.invariants.after_cloud(self.sim.machines, None, None)

    def tell_rows(self, machine: Machine) -> None:
        """Let a till that is set up hear of the chain's rows before anything else."""
        message = machine.row_courier.message(self.sim.chain, machine.device)
        answer = self.sim.traffic.ask(message)
        if isinstance(answer, SnapshotPage | Rows):
            machine.row_courier.hear(message, answer)

    def row_message(self, machine: Machine) -> Pull | SnapshotRequest:
        """Return what a till asks of the chain's rows."""
        message = machine.row_courier.message(self.sim.chain, machine.device)
        if isinstance(message, SnapshotRequest):
            return replace(message, limit=self.rng.choice((1, 2, 200)))
        return message

    def rows_agree(self) -> None:
        """Check that every till has the chain's rows as they are [I5]."""
        found = self.sim.storage.rows_as_of(self.sim.chain, ALL_THERE_IS, "", "", 1000)
        wanted = {(row.table, row.key): (row.version, row.position, row.body, row.alias) for row in found}
        for machine in self.sim.machines:
            if machine.alive:
                rows = machine.database.rows("SELECT name, key, version, position, body, alias FROM chain_row")
                has = {(row[0], row[1]): tuple(row[2:]) for row in rows}
                must(has == wanted, "I5", f"{machine.name} has other rows of the chain than the cloud")

    def own_rows_agree(self) -> None:
        """Check that all tills keep the chain's members, and their cards, alike in tables of their own [I5]."""
        found = self.sim.storage.rows_as_of(self.sim.chain, ALL_THERE_IS, "", "", 1000)
        # Of whom a cloud that was put back has forgotten the name, no till can make a file any more.
        wanted = {row.key for row in found if row.body and (row.table != "member" or b'"name":"' in row.body)}
        for query in OWN_TABLES:
            kept = {
                machine.name: {row for row in map(tuple, machine.database.rows(query)) if row[0] in wanted}
                for machine in self.sim.machines
                if machine.alive
            }
            first = next(iter(kept), "")
            for name, rows in kept.items():
                must(rows == kept[first], "I5", f"{name} and {first} differ: {sorted(rows ^ kept[first])[:2]}")

    def drain(self) -> bool:
        """Ask for all units there are, and tell whether there were any; a till that waits for some gets them first."""
        sim, books = self.sim, self.sim.invariants.books
        for machine in sim.machines:
            machine.let_go()
            for wanted in machine.wants.open() if machine.alive else []:
                machine.wants.drop(wanted.request_id)
        pots = [pot for (device, _), pot in books.pots.items() if device != books.cloud]
        names = sorted({name for pot in pots for name in pot})
        self.drains += 1
        for name in names if self.drains <= DRAINS_MOST else []:
            sim.cloud.recall(sim.chain, self.action(), BucketId(name), ALL_THERE_IS)
            sim.invariants.after_cloud(sim.machines, None, None)
        return bool(names) and self.drains <= DRAINS_MOST
