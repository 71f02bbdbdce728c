"""Accidents: images put back, copies at work, tills declared lost, clocks gone wrong, and how persons settle them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from terminal.base.ids import DeviceId
from tests.sim.books import CloudBooks
from tests.sim.machine import Image, Machine

if TYPE_CHECKING:
    from tests.sim.simulator import Deed, Simulator

DAY_MS = 86_400_000
IMAGES_KEPT = 6
COPIES_MOST = 2


class Accidents:
    """What goes wrong at the tills and in the cloud."""

    def __init__(self, simulator: Simulator) -> None:
        """Let things go wrong in a simulator."""
        self.sim = simulator
        self.rng = simulator.rng
        self.images: list[tuple[DeviceId, Image]] = []
        self.copies = 0
        self.backups: list[tuple[bytes, CloudBooks]] = []

    def deeds(self, *, harm: bool) -> list[Deed]:
        """Return what may happen, with weights."""
        deeds: list[Deed] = [("clock", 1, self.clock), ("image", 2, self.take_image)]
        harms: tuple[tuple[int, Callable[[], str]], ...] = (
            (2, self.restore),
            (1, self.declare_lost),
            (1, self.copy),
            (1, self.tamper),
            (1, self.restore_cloud),
            (1, self.die),
            (1, self.revoke),
        )
        # Not every story has every accident, or none would ever go on for long.
        chosen = [(weight, deed) for weight, deed in harms if harm and self.rng.random() < 0.6]
        return deeds + [(deed.__name__, weight, deed) for weight, deed in chosen]

    def clock(self) -> str:
        """A till's clock goes wrong, or is put right."""
        machine = self.sim.some()
        if machine.clock.offset_ms or not machine.clock.is_trusted:
            machine.clock.offset_ms, machine.clock.is_trusted = 0, True
            return f"the clock of {machine.name} is right again"
        # A clock that is trusted is wrong by minutes; one that nobody set may say anything.
        trusted = self.rng.random() < 0.3
        offset = self.rng.randint(-300_000, 300_000) if trusted else self.rng.randint(-400, 400) * DAY_MS
        machine.clock.offset_ms, machine.clock.is_trusted = offset, trusted
        return f"the clock of {machine.name} is off by {offset} ms" + ("" if trusted else " and not trusted")

    def take_image(self) -> str:
        """Somebody keeps a copy of a till's disk."""
        machine = self.sim.some()
        self.images.append((machine.device, machine.image()))
        del self.images[:-IMAGES_KEPT]
        return f"somebody copies the disk of {machine.name}"

    def restore(self) -> str:
        """A till's disk is put back to a copy, and with it a till may forget things for ever."""
        machine = self.sim.some()
        images = [image for device, image in self.images if device == machine.device]
        if not images or self.rng.random() < 0.5:
            return ""
        image = self.rng.choice(images)
        self._forget(machine, image)
        flights = self.sim.invariants.books.flying_to(machine.device, image.disk.epoch)
        self.sim.world.restored(machine, image, self.sim.open_epoch(machine), flights)
        before = len(machine.disk.lives[machine.disk.epoch])
        machine.restore(image)
        self.sim.look(machine)
        disk = machine.disk
        if not self.sim.early and self.rng.random() < 0.5:
            self.sim.visits.exchange(machine, 2)
        return (
            f"{machine.name} is put back from entry {before} to life {disk.epoch} entry {len(disk.lives[disk.epoch])}"
        )

    def _forget(self, machine: Machine, image: Image | None) -> None:
        """Note what is on no disk any more and was not known to the cloud: it is physically destroyed."""
        others = [other for other in self.sim.machines if other.alive and other is not machine]
        elsewhere = {digest for other in others for digest in other.kept()}
        known = self.sim.invariants.books.known
        kept = image.kept if image else frozenset()
        for entries in machine.disk.lives.values():
            for digest in entries:
                if digest not in elsewhere and digest not in known and digest not in kept:
                    self.sim.world.destroyed[digest] = machine.name
        # What an image brings back is there again.
        for digest in kept:
            self.sim.world.destroyed.pop(digest, None)

    def copy(self) -> str:
        """A second machine is set up with a copy of a till's disk, and both work."""
        machine = self.sim.some()
        images = [image for device, image in self.images if device == machine.device]
        if self.copies >= COPIES_MOST or self.rng.random() < 0.5:
            return ""
        self.copies += 1
        image = self.rng.choice(images) if images and self.rng.random() < 0.5 else machine.image()
        flights = self.sim.invariants.books.flying_to(machine.device, image.disk.epoch)
        self.sim.world.cloned(image, flights)
        other = self.sim.new_machine(f"{machine.name}copy{self.copies}")
        other.restore(image)
        self.sim.machines.append(other)
        self.sim.look(other)
        for digest in image.kept:
            self.sim.world.destroyed.pop(digest, None)
        if self.rng.random() < 0.5:
            # The same job of the night runs on both.
            lines = self.sim.actors.lines
            for one in (machine, other):
                self.sim.actors.next_line = lines + 1
                self.sim.at(one, self.sim.actors.import_line)
        return f"{other.name} is set up with a copy of the disk of {machine.name}"

    def declare_lost(self) -> str:
        """A person writes a till off; it may be at work all the same."""
        if self.rng.random() < 0.6:
            return ""
        machine = self.sim.some()
        if not self.sim.boxes.is_enrolled(machine.device):
            return ""
        closed = self.sim.cloud.declare_lost(self.sim.chain, machine.device)
        self.sim.invariants.after_cloud(self.sim.machines, None, None)
        return f"{machine.name} is declared lost in life {closed}"

    def tamper(self) -> str:
        """A till has a defect: it believes to hold more points than it ever had."""
        machine = self.sim.some()
        points = [
            name
            for name, amount in machine.disk.held.items()
            if amount and self.sim.world.buckets[name].asset == "points"
        ]
        if not points or self.rng.random() < 0.7:
            return ""
        name = self.rng.choice(points)
        machine.database.run(
            "UPDATE held SET amount = amount + 7 WHERE life = (SELECT n FROM life WHERE open = 1)"
            " AND bucket IN (SELECT n FROM bucket WHERE id = ?)",
            (bytes.fromhex(name),),
        )
        machine.disk.held[name] += 7
        machine.disk.tampered[name] = machine.disk.tampered.get(name, 0) + 7
        self.sim.world.expose([(name, 7)])
        return f"{machine.name} believes to hold 7 more of {name[:6]}"

    def restore_cloud(self) -> str:
        """The cloud is put back to its last backup; or, more often, one is made."""
        if not self.backups or self.rng.random() < 0.6:
            self.backups = [(self.sim.storage.image(), self.sim.invariants.books.copy())]
            self.sim.happened["the cloud is backed up"] += 1
            return "the cloud is backed up"
        image, books = self.backups[0]
        self.sim.world.restores += 1
        self.sim.invariants.restored_cloud(books, self.sim.machines)
        self.sim.storage.restore(image)
        self.sim.start_cloud()
        self.sim.happened["the cloud is put back"] += 1
        return "the cloud is put back to its backup"

    def _may_go(self) -> Machine | None:
        """Return a machine that the story can do without, now and then."""
        trusted = [one for one in self.sim.machines if one.alive and not self._is_revoked(one.device)]
        return self.rng.choice(trusted) if len(trusted) > 1 and self.rng.random() < 0.1 else None

    def die(self) -> str:
        """A till's disk dies; nobody has said so yet, and what nobody else has of it is gone."""
        machine = self._may_go()
        if machine is None:
            return ""
        self._forget(machine, None)
        self.sim.world.expose([])
        machine.stop()
        return f"the disk of {machine.name} dies"

    def revoke(self) -> str:
        """A till is stolen and its key revoked; it works on, and nobody ever hears of it again."""
        machine = self._may_go()
        if machine is None or any(other is not machine for other in self._working(machine.device)):
            return ""
        if not self.sim.boxes.is_enrolled(machine.device):
            return ""
        self.sim.cloud.revoke(self.sim.chain, machine.device)
        self.sim.invariants.after_cloud(self.sim.machines, None, None)
        return f"the key of {machine.name} is revoked"

    def _working(self, device: DeviceId) -> list[Machine]:
        return [machine for machine in self.sim.machines if machine.alive and machine.device == device]

    def bury(self) -> None:
        """Declare every device lost that has no machine left."""
        for device in dict.fromkeys(machine.device for machine in self.sim.machines):
            if not self._working(device):
                self.sim.cloud.declare_lost(self.sim.chain, device)
                self.sim.invariants.after_cloud(self.sim.machines, None, None)

    def settle(self) -> None:
        """Set the clocks, let copies hand in what they have before they are switched off, and find what was stolen."""
        for machine in self.sim.machines:
            if machine.alive and self._is_revoked(machine.device):
                self._forget(machine, None)
                machine.stop()
        for machine in self.sim.machines:
            machine.clock.offset_ms, machine.clock.is_trusted = 0, True
            machine.let_go()
            if machine.alive:
                self.sim.persons.upgraded(machine)
        seen: dict[str, Machine] = {}
        for machine in [machine for machine in self.sim.machines if machine.alive]:
            if machine.device in seen:
                self.hand_in(machine)
                machine.stop()
                self.sim.tell(self.sim.world.step, f"{machine.name} is switched off")
            seen[machine.device] = machine

    def _is_revoked(self, device: DeviceId) -> bool:
        """Tell whether a key is revoked still: a cloud that was put back may have forgotten it."""
        found = self.sim.storage.device(self.sim.chain, device)
        return found is not None and found.state == "revoked"

    def hand_in(self, machine: Machine) -> None:
        """Let a copy sync alone until the cloud has all it knows."""
        self.sim.ending.sync(machine)
