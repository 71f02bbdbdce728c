"""A cloud with tills around it, checked after every test."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from cloud.core import Cloud
from cloud.errors import NotPossible, Refused
from cloud.proof import differences, wrongs
from cloud.sqlite_storage import SqliteStorage
from terminal.base.ids import AccountId, BucketId, ChainId
from terminal.rules.bucket import Bucket
from terminal.sync.wire import Accepted, Joined, MustRejoin, Push, PushAnswer, Rejoin, RejoinAnswer
from tests.cloud.till import Till

START_MS = 1_764_000_000_000


@dataclass
class World:
    """One chain: its cloud, its tills, and every message that was ever sent."""

    rng: random.Random
    storage: SqliteStorage
    chain: ChainId
    now_ms: int = START_MS
    cloud: Cloud = field(init=False)
    sent: list[Push | Rejoin] = field(default_factory=list)
    tills: list[Till] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cloud = Cloud(self.storage, lambda: self.now_ms, self.rng.randbytes)

    def id(self) -> str:
        return self.rng.randbytes(16).hex()

    def account(self) -> AccountId:
        return AccountId(self.id())

    def till(self) -> Till:
        """Return a new enrolled till."""
        till = Till(self.chain, self.rng)
        assert self.cloud.enrol(self.chain, till.device, till.public_key) == 1
        self.tills.append(till)
        return till

    @property
    def generation(self) -> str:
        """What the cloud drew for its storage."""
        return self.storage.generation(self.chain)

    def push(self, message: Push) -> PushAnswer | Refused:
        self.sent.append(message)
        return self.cloud.push(message)

    def rejoin(self, message: Rejoin) -> RejoinAnswer | Refused:
        self.sent.append(message)
        return self.cloud.rejoin(message)

    def sync(self, till: Till) -> PushAnswer | RejoinAnswer | Refused:
        """Do what a till does until it has nothing to say or is refused; return the last answer."""
        for _ in range(20):
            rejoins = bool(till.life.rejoin_id)
            answer = self.rejoin(till.rejoin()) if rejoins else self.push(till.push())
            till.hear(answer)
            quiet = isinstance(answer, Accepted) and till.life.acked == till.seq and not answer.feed
            if quiet or isinstance(answer, Refused) or (isinstance(answer, MustRejoin) and answer.reason == "revoked"):
                return answer
        raise AssertionError("the till never comes to rest")

    def ask(self, till: Till, lot: Bucket | BucketId, amount: int) -> str:
        """Let a till ask for units and take what it gets."""
        gid = till.want(lot if isinstance(lot, str) else lot.id, amount)
        self.sync(till)
        return gid

    def held(self, lot: Bucket | BucketId) -> int:
        """Return what the cloud itself holds of a bucket."""
        name = lot if isinstance(lot, str) else lot.id
        chain = self.storage.chain(self.chain)
        assert chain is not None
        found = self.storage.held(self.chain, BucketId(name), chain.cloud, 1)
        return found[1] if found else 0

    def pot(self, till: Till, lot: Bucket, epoch: int | None = None) -> int:
        """Return what the cloud believes a till's life holds."""
        found = self.storage.held(self.chain, lot.id, till.device, epoch or till.life.epoch)
        return found[1] if found else 0

    def lost(self, lot: Bucket) -> int:
        return sum(line.amount for line in self.storage.losses(self.chain) if line.name == lot.id)

    def exposed(self, lot: Bucket) -> int:
        return sum(line.amount for line in self.storage.exposures(self.chain) if line.name == lot.id)

    def account_fen(self, name: str) -> int:
        return sum(line.amount for line in self.storage.accounts(self.chain) if line.name == name)

    def alarms(self) -> list[str]:
        """Return the codes of all alarms."""
        return sorted(alarm.code for alarm in self.storage.alarms(self.chain))

    def state(self) -> tuple[object, ...]:
        """Return all that a repeated message must not change."""
        return (
            self.storage.every_holding(self.chain),
            self.storage.every_flight(self.chain),
            self.storage.accounts(self.chain),
            self.storage.losses(self.chain),
            self.storage.exposures(self.chain),
            [record.hash for record in self.storage.history(self.chain)],
            self.storage.rows_after(self.chain, 0, 1000),
            self.alarms(),
            [
                self.storage.feed(self.chain, till.device, epoch, 0, 1000)
                for till in self.tills
                for epoch in range(1, 6)
            ],
        )

    def prove(self) -> None:
        """Check that the books are whole and say the same folded again."""
        assert list(wrongs(self.storage, self.chain)) == []
        if self.storage.chain(self.chain) is not None:
            again = SqliteStorage()
            assert differences(self.storage, self.chain, again) == []
            again.close()

    def repeat_everything(self) -> None:
        """Send every message again, twice and in another order; nothing may change [I7]."""
        before = self.state()
        for message in [*self.sent, *reversed(self.sent)]:
            if isinstance(message, Push):
                self.cloud.push(message)
            else:
                self.cloud.rejoin(message)
        assert self.state() == before


MakeWorld = Callable[[], World]


@pytest.fixture
def world() -> Iterator[World]:
    rng = random.Random(7)
    storage = SqliteStorage()
    made = World(rng, storage, ChainId(rng.randbytes(16).hex()))
    yield made
    made.prove()
    made.repeat_everything()
    made.prove()
    storage.close()


@pytest.fixture
def till(world: World) -> Till:
    return world.till()


def joined(answer: object) -> Joined:
    assert isinstance(answer, Joined), answer
    return answer


def accepted(answer: object) -> Accepted:
    assert isinstance(answer, Accepted), answer
    return answer


def impossible(code: str, do: Callable[[], object]) -> None:
    """Check that something is not possible, and why."""
    with pytest.raises(NotPossible) as caught:
        do()
    assert caught.value.code == code
