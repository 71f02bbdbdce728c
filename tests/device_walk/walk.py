"""One walk: which devices a configuration has, in which order they are asked, and what is kept of the answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from terminal.base.config import Config
from terminal.base.device_config import PCSC_DEVICE
from terminal.base.events import CardTapped, DeviceEvent
from terminal.hw.cards.keys import CardKeys
from terminal.hw.customer_display import CustomerDisplayDriver
from terminal.hw.pcsc import PcscDriver
from terminal.runtime.supervisor import Driver, Supervisor
from terminal.wiring import USBLP_NODES, make_devices
from tests.device_walk import questions as ask
from tests.device_walk.console import Console, WalkEnded
from tests.device_walk.outputs import DisplayDesk, PrinterDesk
from tests.device_walk.questions import Desk, Patience, Question
from tests.device_walk.readers import reader_questions, scan_question, tap_again
from tests.device_walk.result import NOT_BY_HAND, SEEN, SKIPPED, Answer, Subject, file_name, page
from tests.device_walk.watch import LossLog, Watch, Work

MEMORY = "Memory flat"


@dataclass(frozen=True, slots=True)
class Stop:
    """A device on the way: its id, its driver's name, what it tries, its questions, and the one after it was away."""

    device: str
    served_by: str
    drivers: tuple[str, ...]
    own: tuple[Question, ...]
    again: Question


@dataclass(frozen=True, slots=True)
class Round:
    """A driver and the devices behind it."""

    driver: Driver
    stops: tuple[Stop, ...]

    def only(self, devices: Sequence[str] | None) -> Round:
        """Return the same with those devices only; None means all."""
        return Round(self.driver, tuple(stop for stop in self.stops if devices is None or stop.device in devices))


def rounds(config: Config, work: Work, keys: CardKeys | None, now_text: Callable[[], str]) -> list[Round]:
    """Return the shipped drivers of a configuration with their devices, printers first: they print the test code."""
    drivers = {driver.name: driver for driver in make_devices(config, work, keys).drivers}
    stops = (
        *_printers(config, work, now_text),
        *_readers(config),
        *_scanners(config),
        *_displays(config, drivers),
    )
    return [
        Round(drivers[name], own)
        for name in dict.fromkeys(stop.served_by for stop in stops)
        if name in drivers and (own := tuple(stop for stop in stops if stop.served_by == name))
    ]


def _readers(config: Config) -> Iterator[Stop]:
    for reader in config.pcsc_readers:
        feedback = ("reader_feedback",) if reader.feedback != "none" else ()
        yield Stop(reader.id, PCSC_DEVICE, ("pcsc", *feedback), reader_questions(lies=True), tap_again(lies=True))
    for module in config.pn532_readers:
        yield Stop(module.id, module.id, ("pn532",), reader_questions(lies=True), tap_again(lies=True))


def _scanners(config: Config) -> Iterator[Stop]:
    for scanner in config.serial_scanners:
        first, again = scan_question("", ask.WORKS), scan_question("", ask.AGAIN)
        yield Stop(scanner.id, scanner.id, ("serial_scanner",), (first,), again)
    for typist in config.keyboards:
        if typist.kind == "reader":
            yield Stop(typist.id, typist.id, ("wedge",), reader_questions(lies=False), tap_again(lies=False))
        else:
            first, again = scan_question(typist.layout, ask.WORKS), scan_question(typist.layout, ask.AGAIN)
            yield Stop(typist.id, typist.id, ("wedge",), (first,), again)


def _printers(config: Config, work: Work, now_text: Callable[[], str]) -> Iterator[Stop]:
    for printer in config.printers:
        desk = PrinterDesk(printer, work, now_text)
        tried = ("escpos_printer", _transport(printer.device, printer.usb))
        yield Stop(printer.id, printer.id, tried, desk.questions(), desk.again())


def _displays(config: Config, drivers: Mapping[str, Driver]) -> Iterator[Stop]:
    for display in config.displays:
        driver = drivers[display.id]
        assert isinstance(driver, CustomerDisplayDriver), "an id is one device's"
        desk = DisplayDesk(display, driver)
        yield Stop(display.id, display.id, ("customer_display", "serial_transport"), desk.questions(), desk.again())


def _transport(device: str, usb: str) -> str:
    if usb:
        return "libusb_transport"
    if device:
        return "usblp_transport" if device.startswith(USBLP_NODES) else "serial_transport"
    return "tcp_transport"


@dataclass(slots=True)
class Walker:
    """Walks through rounds and writes one result file for each device that was begun with."""

    console: Console
    watch: Watch
    log: LossLog
    patience: Patience
    folder: Path
    date: str
    system: str
    files: list[Path] = field(default_factory=list)

    def walk(self, way: Sequence[Round]) -> None:
        """Ask everything, `files` being what is written; the technician may end it at any question."""
        try:
            for each in way:
                self._round(each)
        except WalkEnded:
            self.console.say("Ended.")

    def _round(self, each: Round) -> None:
        supervisor = Supervisor([each.driver], lambda event: self._hear(each.driver, event))
        begun: list[tuple[Subject, list[Answer]]] = []
        supervisor.start()
        try:
            for stop in each.stops:
                self.console.say(f"\n== {stop.device} ({', '.join(stop.drivers)})")
                label = self.console.ask("What does its label say (maker, model, firmware)? Enter for nothing:")
                answers: list[Answer] = []
                begun.append((Subject(stop.device, stop.drivers, label), answers))
                self._ask(stop, answers)
        finally:
            began_s = time.monotonic()
            stuck = bool(supervisor.stop())
            last = ask.stopped(time.monotonic() - began_s, stuck)
            self.files += [self._write(subject, [*answers, last]) for subject, answers in begun]

    def _hear(self, driver: Driver, event: DeviceEvent) -> None:
        """Take an event, and have a reader that can beep say that it read a card: there is no till to decide on it."""
        self.watch(event)
        if isinstance(driver, PcscDriver) and isinstance(event, CardTapped):
            driver.tell(event, accepted=True)

    def _ask(self, stop: Stop, answers: list[Answer]) -> None:
        """Ask a device's questions in order; what nobody came to ask stands in the answers as not tried."""
        desk = Desk(stop.device, self.console, self.watch, self.log, self.patience)
        before_kb = resident_kb()
        way = (
            Question((ask.PRESENT,), ask.present),
            *stop.own,
            Question((ask.QUIET,), ask.left_alone),
            Question((ask.LOSS,), ask.loss_and_return),
            stop.again,
        )
        try:
            for question in way:
                answers += question.ask(desk)
                if answers[0].outcome != SEEN:
                    return  # it is not there
        finally:
            asked = {answer.question for answer in answers}
            names = [name for question in way for name in question.names if name not in asked]
            answers += [Answer(name, SKIPPED, "not asked") for name in names]
            grown = f"the process grew by {resident_kb() - before_kb} kB meanwhile, which proves nothing"
            answers.append(Answer(MEMORY, NOT_BY_HAND, grown))

    def _write(self, subject: Subject, answers: Sequence[Answer]) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / file_name(subject.device, self.date)
        file.write_text(page(subject, self.date, self.system, answers), encoding="utf-8")
        self.console.say(f"{subject.device}: {file}")
        return file


def resident_kb() -> int:
    """Return this process's resident memory in kB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0
