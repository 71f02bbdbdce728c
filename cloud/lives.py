"""Lives: how they begin, how they end, and what becomes of what they held."""

from __future__ import annotations

from dataclasses import replace

from cloud.corrections import Corrections
from cloud.errors import NotPossible
from cloud.grants import NOTHING
from cloud.journal import ID_BYTES, Work
from cloud.money import value
from cloud.records import DeviceRecord, LifeRecord
from terminal.base.ids import BucketId, ChainId, DeviceId, is_id
from terminal.rules import checkpoint
from terminal.rules.entry import GENESIS, Effect, Entry, account_of_life
from terminal.rules.fold import TRANSIT

KEY_BYTES = 32
HOLDINGS_MAX = 1 << 31


class Lives(Corrections):
    """Devices and their lives. A life that ends leaves its units to the cloud, and so to the members."""

    def _enrol(self, work: Work, device: DeviceId, public_key: bytes, epoch: int) -> int:
        """Take in a device, its first life here being `epoch`; return its open life."""
        self._chain(work)
        if not is_id(device) or len(public_key) != KEY_BYTES or epoch < 1:
            raise NotPossible("device_malformed")
        known = self._storage.device(work.chain, device)
        if known is None:
            return self._begin(work, DeviceRecord(work.chain, device, public_key, "active", 0, 0), epoch)
        if known.public_key == public_key and known.state != "revoked":
            return known.epoch
        if known.state != "revoked" or known.public_key == public_key:
            raise NotPossible("key_differs" if known.state != "revoked" else "key_revoked")
        return self._begin(work, replace(known, public_key=public_key, state="active"), known.last_epoch + 1)

    def _begin(self, work: Work, device: DeviceRecord, epoch: int) -> int:
        """Open a life that holds nothing."""
        self._storage.put_device(replace(device, epoch=epoch, last_epoch=epoch))
        self._save(work, LifeRecord(work.chain, device.device, epoch, "", 0, GENESIS, 0, 0))
        return epoch

    def _end_life(self, work: Work, device: DeviceRecord, why: str) -> DeviceRecord:
        """Close the open life of a device, if there is one; what it held and what was on its way go to the cloud."""
        life = self._life(work, device.device, device.epoch) if device.epoch else None
        device = replace(device, epoch=0)
        self._storage.put_device(device)
        if life is not None:
            self._close(work, self._save(work, replace(life, why=why)), why)
        return device

    def _write_off(self, work: Work, device: DeviceRecord, why: str) -> DeviceRecord:
        """End a life whose device may have spent what the cloud does not know: the chain takes the risk."""
        return self._end_life(work, device, why)

    def _close(self, work: Work, life: LifeRecord, why: str) -> None:
        """Write the entries that give a closed life's pot and its grants in flight to the cloud."""
        self._take_in(work)
        pot = {
            holding.bucket: holding.amount
            for holding in self._storage.holdings(work.chain, life.device, life.epoch, HOLDINGS_MAX)
        }
        rest = dict(pot)
        for flight in self._storage.flights(work.chain, life.device, life.epoch):
            rest[flight.bucket] = rest.get(flight.bucket, 0) + flight.amount
        for some in self._batches(work.chain, sorted(rest)):
            effects = [Effect("close", name, rest[name]) for name in some]
            money = self._pot_money(life, {name: pot[name] for name in some if name in pot})
            self._write(work, "close", effects, money=money, payload={"life": [life.device, life.epoch], "why": why})
            work.arrived |= dict.fromkeys(some)

    def _pot_money(self, life: LifeRecord, pot: dict[BucketId, int]) -> dict[str, int]:
        """Return what takes the value of a pot out of the books of its life."""
        money: dict[str, int] = {}
        for name, amount in pot.items():
            facts = self._facts(life.chain, name)
            assert facts is not None, "the pot holds what entries have named"
            account, fen = value(facts, -amount)
            for posted, how_much in ((account, fen), (TRANSIT, -fen)):
                if fen:
                    key = account_of_life(posted, life.device, life.epoch)
                    money[key] = money.get(key, 0) + how_much
        return money

    def _declare_lost(self, work: Work, device: DeviceId, epoch: int) -> int:
        """Write off a device's open life (`epoch`, or 0 for whichever is open); return the life closed, 0 for none."""
        known = self._require(work.chain, device)
        if not known.epoch or epoch not in {0, known.epoch}:
            return 0
        self._write_off(work, known, "lost")
        return known.epoch

    def _require(self, chain: ChainId, device: DeviceId) -> DeviceRecord:
        known = self._storage.device(chain, device) if is_id(device) else None
        if known is None:
            raise NotPossible("device_unknown")
        return known

    def _decommission(self, work: Work, device: DeviceId) -> None:
        """Ask for all a device has; it gets nothing more, and its life is closed when it is drained."""
        known = self._require(work.chain, device)
        if known.state == "active":
            self._storage.put_device(replace(known, state="leaving"))
        life = self._life(work, device, known.epoch)
        if life is not None and known.state != "revoked":
            self._recall_all(work, life)

    def _drain(self, work: Work, device: DeviceRecord, life: LifeRecord, head: int) -> None:
        """Ask a leaving life for what it still has, and close it when that is nothing and it has said all."""
        if not self._recall_all(work, life) and life.seq and life.seq == head and self._has_heard_all(life):
            self._end_life(work, device, "decommissioned")

    def _checkpoint(self, work: Work, life: LifeRecord, read: Entry, digest: bytes) -> None:
        """Confirm in the feed that a life holds what its checkpoint says; only then may it drop what came before."""
        holdings = self._storage.holdings(work.chain, life.device, life.epoch, HOLDINGS_MAX)
        held = checkpoint.held_digest((holding.bucket, holding.amount) for holding in holdings)
        said = checkpoint.read(read)
        if said is not None and said.held == held:
            self._append_feed(work, life, "checkpoint", digest[:ID_BYTES].hex(), NOTHING, read.seq)
        else:
            self._alarm(work, life.device, life.epoch, "checkpoint_wrong", digest.hex())
