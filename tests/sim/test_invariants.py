"""Every invariant can fail: a world that was whole is broken by hand in one place, and its check says so."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from cloud.records import EntryRecord, Flight, Holding, Line
from terminal.base.ids import BucketId, DeviceId
from tests.sim.counts import counts_agree, holds_kept
from tests.sim.machine import Machine
from tests.sim.simulator import Simulator
from tests.sim.standings import standings_agree
from tests.sim.story import quiet, stage
from tests.sim.world import Violation

pytestmark = pytest.mark.slow
STEPS = 120
STANDS_HIGH = (
    "INSERT INTO standing SELECT account, json_object('earned', 'gold', 'review_on', '', 'noticed_on', '', 'locked', 0,"
    " 'granted', json_array()) FROM member LIMIT 1"
)
Break = Callable[[Simulator, Machine], None]


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[pathlib.Path, bytes]]:
    with stage() as made:
        yield made


@pytest.fixture
def sim(place: tuple[pathlib.Path, bytes], tmp_path: pathlib.Path) -> Iterator[Simulator]:
    """Give a story that went on for a while and came to rest."""
    with quiet():
        made = Simulator(2, tmp_path, place[1], restores=False)
        for _ in range(STEPS):
            made.step()
        made.peace = True
        made.accidents.settle()
        made.ending.sync_all()
        yield made
        made.close()


def broken(law: str, check: Callable[[], None]) -> None:
    with pytest.raises(Violation) as caught:
        check()
    assert caught.value.law == law, caught.value


def some_holding(sim: Simulator, machine: Machine, asset: str = "") -> str:
    buckets = sim.world.buckets
    return next(name for name, n in machine.disk.held.items() if n and asset in {"", buckets[name].asset})


def by_cloud(sim: Simulator) -> None:
    sim.invariants.after_cloud(sim.machines, None, None)


def test_a_world_at_rest_is_whole(sim: Simulator) -> None:
    by_cloud(sim)
    sim.invariants.full(sim.machines)
    for machine in sim.machines:
        sim.invariants.after_till(machine)
        sim.invariants.converged(machine)
    sim.invariants.nothing_lost()
    sim.invariants.nothing_in_flight()
    sim.invariants.rebuilt(sim.machines)


def test_i1_sees_units_that_nobody_made(sim: Simulator) -> None:
    machine = sim.machines[0]
    name = some_holding(sim, machine)
    with sim.storage.transaction(sim.chain):
        sim.storage.hold(sim.chain, Holding(BucketId(name), machine.device, 1, 100_000), "")
    broken("I1", lambda: by_cloud(sim))


def test_i2_sees_a_negative_holding(sim: Simulator) -> None:
    machine = sim.machines[0]
    sim.storage.changes.append(Holding(BucketId(some_holding(sim, machine)), machine.device, 1, -1))
    broken("I2", lambda: by_cloud(sim))


def test_i2_sees_a_hold_that_was_not_respected(sim: Simulator) -> None:
    machine = sim.machines[0]
    name = some_holding(sim, machine)
    machine.disk.on_hold[name] = machine.disk.held[name] + 1

    def give_back() -> None:
        machine.disk.on_hold[name] -= 1
        facts, amount = sim.world.buckets[name], machine.disk.held[name]
        del machine.disk.on_hold[name]
        machine.desk.return_unused(facts, amount)
        machine.disk.on_hold[name] = amount
        sim.look(machine)

    broken("I2", give_back)


def test_i3_sees_units_spent_twice(sim: Simulator) -> None:
    name = some_holding(sim, sim.machines[0])
    sim.world.count([("spend", name, sim.world.created[name] + 1)])
    broken("I3", sim.invariants.overdraw)


def test_i3_sees_a_loss_that_nothing_exposed(sim: Simulator) -> None:
    name = some_holding(sim, sim.machines[0])
    sim.invariants.books.there[name] += 1
    sim.storage.changes.append(("loss", Line(sim.machines[0].device, 1, name, 1)))
    broken("I3", lambda: by_cloud(sim))


def test_i4_sees_an_entry_taken_in_twice(sim: Simulator) -> None:
    record = next(one for one in sim.storage.history(sim.chain) if one.device == sim.machines[0].device)
    sim.storage.changes.append(record)
    broken("I4", lambda: by_cloud(sim))


def test_i4_sees_an_entry_that_does_not_follow(sim: Simulator) -> None:
    record = next(one for one in sim.storage.history(sim.chain) if one.device == sim.machines[0].device)
    sim.storage.changes.append(replace(record, hash=bytes(32)))
    broken("I4", lambda: by_cloud(sim))


def test_i4_sees_a_grant_that_comes_back_to_life(sim: Simulator) -> None:
    name = BucketId(some_holding(sim, sim.machines[0]))
    flight = Flight(sim.chain, "0" * 32, name, 1, sim.machines[0].device, 1, "accepted")
    sim.invariants.books.flights[flight.gid] = flight
    sim.storage.changes.append(replace(flight, state="flight"))
    broken("I4", lambda: by_cloud(sim))


def not_acknowledged(_: Simulator, machine: Machine) -> None:
    machine.database.run("UPDATE sync_mark SET acked = acked - 1")


def still_rejoining(_: Simulator, machine: Machine) -> None:
    machine.disk.rejoin_id = "0" * 32


def behind_its_feed(_: Simulator, machine: Machine) -> None:
    machine.disk.cursor -= 1


def believed_to_hold_less(sim: Simulator, machine: Machine) -> None:
    del sim.invariants.books.pots[machine.device, 1][some_holding(sim, machine)]


def mail_left(_: Simulator, machine: Machine) -> None:
    machine.mailbox.put("rejoin", b"{}")


@pytest.mark.parametrize(
    "break_it", [not_acknowledged, still_rejoining, behind_its_feed, believed_to_hold_less, mail_left]
)
def test_i5_sees_a_till_that_is_not_at_rest(sim: Simulator, break_it: Break) -> None:
    machine = sim.machines[0]
    break_it(sim, machine)
    broken("I5", lambda: sim.invariants.converged(machine))


def test_i5_sees_a_row_that_a_till_never_got(sim: Simulator) -> None:
    sim.machines[0].database.run("INSERT INTO chain_row VALUES ('member', 'x', 1, 1, x'', '', 1)")
    broken("I5", sim.persons.rows_agree)


def test_i6_sees_a_fact_the_cloud_never_heard_of(sim: Simulator) -> None:
    machine = sim.machines[0]
    sim.at(machine, sim.actors.top_up)
    broken("I6", sim.invariants.nothing_lost)


def test_i6_sees_an_acknowledged_entry_that_is_not_known(sim: Simulator) -> None:
    machine = sim.machines[0]
    del sim.invariants.books.known[machine.disk.head]
    broken("I6", lambda: sim.invariants.after_till(machine))


def test_i6_sees_an_entry_that_no_till_made(sim: Simulator) -> None:
    machine = sim.machines[0]
    seq, head = sim.invariants.books.heads[machine.device, 1]
    data = machine.journal.entries(seq - 1, 1)[0][2]
    made = EntryRecord(
        chain=sim.chain,
        device=DeviceId(machine.device),
        epoch=1,
        seq=seq + 1,
        hash=head[::-1],
        data=data,
        main=False,
        read=True,
        order=0,
        after=0,
    )
    sim.storage.changes.append(made)
    broken("I6", lambda: by_cloud(sim))


def test_i7_sees_an_old_message_that_changes_something(sim: Simulator) -> None:
    served = [data for data in sim.traffic.served if b'"message":"Push"' in data]
    sim.storage.changes.append(("account", Line(sim.machines[0].device, 1, "deferred", 1)))
    broken("I7", lambda: sim.invariants.repeated(sim.cloud, served))


def test_i8_sees_a_grant_that_never_arrived(sim: Simulator) -> None:
    machine = sim.machines[0]
    flight = Flight(sim.chain, "0" * 32, BucketId(some_holding(sim, machine)), 1, machine.device, 1, "flight")
    sim.invariants.books.flying[machine.device, 1] = {flight.gid: flight}
    broken("I8", sim.invariants.nothing_in_flight)


def test_i8_sees_units_that_cannot_be_recalled(sim: Simulator) -> None:
    broken("I8", sim.invariants.drained)


def test_i9_sees_a_till_that_keeps_other_units_than_its_journal_says(sim: Simulator) -> None:
    machine = sim.machines[0]
    machine.database.run("UPDATE held SET amount = amount + 1 WHERE bucket = (SELECT min(bucket) FROM held)")
    broken("I9", lambda: sim.invariants.after_till(machine))
    broken("I9", lambda: sim.invariants.full(sim.machines))


def test_i9_sees_a_cloud_that_keeps_other_units_than_were_written(sim: Simulator) -> None:
    sim.storage.run("UPDATE holding SET amount = amount + 1 WHERE amount > 0", ())
    broken("I9", lambda: sim.invariants.full([]))


def test_l1_sees_money_that_no_units_stand_for(sim: Simulator) -> None:
    with sim.storage.transaction(sim.chain):
        sim.storage.post(sim.chain, Line(sim.machines[0].device, 1, "deferred", 5))
    broken("L1", lambda: by_cloud(sim))


def test_l1_sees_a_till_whose_books_are_off(sim: Simulator) -> None:
    machine = sim.machines[0]
    machine.disk.money["deferred"] = machine.disk.money.get("deferred", 0) + 5
    broken("L1", lambda: sim.invariants.after_till(machine))


def some_deed(sim: Simulator) -> Machine:
    """Have a member pay a bill and pay money in at a counter, and return the till."""
    machine = sim.machines[0]
    machine.disk.on_hold.clear()
    for deed in (sim.shopping.pay_in, sim.shopping.ring_up):
        for _ in range(30):
            done = sim.at(machine, lambda till, deed=deed: sim.shopping.do(till, deed))  # type: ignore[misc]
            if done and machine.database.row("SELECT 1 FROM given") is not None:
                break
    counts_agree(sim.world, machine)
    return machine


@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM deed WHERE seq = (SELECT max(seq) FROM deed)",
        "UPDATE deed SET paid_fen = paid_fen + 1 WHERE seq = (SELECT max(seq) FROM deed)",
        "UPDATE taking SET count = count + 1",
        "DELETE FROM given",
        "DELETE FROM refund_of",
    ],
)
def test_i9_sees_a_till_that_counts_otherwise_than_its_journal_says(sim: Simulator, tampering: str) -> None:
    machine = some_deed(sim)
    machine.database.run(tampering)
    broken("I9", lambda: counts_agree(sim.world, machine))


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE deed SET paid_fen = paid_fen + 1 WHERE account IN (SELECT account FROM member)",
        "UPDATE deed SET account = x'' WHERE paid_fen <> 0",
        STANDS_HIGH,
    ],
)
def test_i9_sees_a_member_who_stands_otherwise_than_what_was_paid(sim: Simulator, tampering: str) -> None:
    machine = some_deed(sim)
    standings_agree(sim.world, machine)
    machine.database.run(tampering)
    broken("I9", lambda: standings_agree(sim.world, machine))


def test_i2_sees_less_than_is_on_hold(sim: Simulator) -> None:
    machine = sim.machines[0]
    row = machine.database.row("SELECT bucket, amount FROM held WHERE amount > 0 AND life = 1 LIMIT 1")
    assert row is not None
    machine.database.run("INSERT INTO unit_hold VALUES ('bill:x', ?, ?)", (row[0], row[1]))
    holds_kept(machine, tail=False)
    machine.database.run("UPDATE unit_hold SET amount = amount + 1")
    broken("I2", lambda: holds_kept(machine, tail=False))


def test_i5_sees_a_member_that_tills_keep_in_different_ways(sim: Simulator) -> None:
    sim.persons.own_rows_agree()
    sim.machines[0].database.run("UPDATE member SET phone = '1' WHERE n = (SELECT min(n) FROM member)")
    broken("I5", sim.persons.own_rows_agree)
