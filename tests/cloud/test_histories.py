"""Random histories: tills that work, lose answers, are put back to images and written off; the books stay whole."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from cloud.core import Cloud
from cloud.sqlite_storage import SqliteStorage
from terminal.base.ids import ChainId
from terminal.rules.bucket import Bucket
from terminal.sync.wire import Behind, Push
from tests.cloud.conftest import World
from tests.cloud.till import Life, Till

STEPS = 120


@dataclass
class History:
    """A world with three tills and what really happened at them."""

    world: World
    rng: random.Random
    harm: bool
    lots: list[Bucket] = field(default_factory=list)
    rights: list[Bucket] = field(default_factory=list)
    images: dict[str, Life] = field(default_factory=dict)
    spent: Counter[str] = field(default_factory=Counter)
    created: Counter[str] = field(default_factory=Counter)

    def step(self) -> None:
        till = self.rng.choice(self.world.tills)
        deeds = [self.top_up, self.spend, self.spend, self.refund, self.give_back, self.want, self.talk, self.talk]
        deeds += [self.repeat, self.settle]
        if self.harm:
            deeds += [self.take_image, self.restore, self.write_off]
        self.rng.choice(deeds)(till)
        self.world.now_ms += 1

    def settle(self, till: Till) -> None:
        self.world.sync(till)

    def top_up(self, till: Till) -> None:
        paid, bonus = till.top_up(self.world.account(), 100, 20)
        assert bonus is not None
        self.lots += [paid, bonus]
        self.created.update({paid.id: 100, bonus.id: 20})

    def spend(self, till: Till) -> None:
        lots = [lot for lot in self.lots if till.has(lot.id)]
        if lots and not till.life.rejoin_id:
            lot = self.rng.choice(lots)
            amount = self.rng.randint(1, till.has(lot.id))
            self.rights.append(till.spend(lot, amount))
            self.spent[lot.id] += amount

    def refund(self, till: Till) -> None:
        rights = [right for right in self.rights if till.has(right.id)]
        if rights and not till.life.rejoin_id:
            right = self.rng.choice(rights)
            amount = self.rng.randint(1, till.has(right.id))
            self.created[till.refund(right, amount).id] += amount

    def give_back(self, till: Till) -> None:
        lots = [lot for lot in [*self.lots, *self.rights] if till.has(lot.id)]
        if lots and not till.life.rejoin_id:
            lot = self.rng.choice(lots)
            till.post([("return", lot, self.rng.randint(1, till.has(lot.id)))])

    def want(self, till: Till) -> None:
        if self.lots:
            till.want(self.rng.choice([*self.lots, *self.rights]).id, self.rng.randint(1, 80))

    def talk(self, till: Till) -> None:
        """Send one message, of which the answer may be lost."""
        answer: object
        if till.life.rejoin_id:
            first = self.rng.randint(1, till.seq) if till.seq and self.rng.random() < 0.3 else 1
            answer = self.world.rejoin(till.rejoin(first, self.rng.choice([3, 10_000])))
        else:
            answer = self.world.push(till.push(self.rng.choice([1, 3, 100])))
        if self.rng.random() < 0.6:
            till.hear(answer)

    def repeat(self, till: Till) -> None:
        """Deliver an old message of a till again; its answer finds a till that has gone on."""
        sent = [message for message in self.world.sent if message.device == till.device]
        if sent:
            message = self.rng.choice(sent)
            cloud = self.world.cloud
            answer = cloud.push(message) if isinstance(message, Push) else cloud.rejoin(message)
            # A tail names no entry before it: it is for the head that was sent, and for no other.
            if not isinstance(answer, Behind) or message.head_hash == till.life.hashes[-1]:
                till.hear(answer)

    def take_image(self, till: Till) -> None:
        self.images[till.device] = till.image()

    def restore(self, till: Till) -> None:
        if till.device in self.images and self.rng.random() < 0.3:
            till.restore(self.images[till.device])

    def write_off(self, till: Till) -> None:
        if self.rng.random() < 0.2:
            self.world.cloud.declare_lost(self.world.chain, till.device)


@pytest.mark.parametrize("harm", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_a_random_history_ends_with_whole_books(seed: int, harm: bool) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    storage = SqliteStorage()
    world = World(rng, storage, ChainId(rng.randbytes(16).hex()))
    world.cloud = Cloud(storage, lambda: world.now_ms, rng.randbytes, lambda *_: True)
    for _ in range(3):
        world.till().sign = lambda _: b""
    history = History(world, rng, harm)
    for _ in range(STEPS):
        history.step()
    for _ in range(3):
        for till in world.tills:
            world.sync(till)
    world.prove()
    for till in world.tills:
        for lot in [*history.lots, *history.rights]:
            assert till.has(lot.id) == world.pot(till, lot)
    assert storage.every_flight(world.chain) == [
        flight for flight in storage.every_flight(world.chain) if flight.state != "flight"
    ]
    if not harm:
        assert storage.losses(world.chain) == []
        assert all(history.spent[name] <= made for name, made in history.created.items())
        assert [code for code in world.alarms() if code != "want_malformed"] == []
    world.repeat_everything()
    world.prove()
    storage.close()
