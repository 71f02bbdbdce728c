"""Trying devices: a test slip, a text, a tap or a scan, and what came of it; never more of a number than its ending.

Waiting is done in the thread that asks, never by the dispatcher; one device is tried at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from terminal.base.clock import Clock
from terminal.base.config import Config
from terminal.base.device_config import PCSC_DEVICE
from terminal.base.errors import Refusal
from terminal.base.events import (
    CardRefused,
    CardTapped,
    CodeScanned,
    PrinterStatus,
    ReceiptInDoubt,
    ReceiptPrinted,
    ScanRejected,
)
from terminal.base.ids import AccountId
from terminal.base.printing import PrinterProfile
from terminal.rules import receipt
from terminal.rules.card_numbers import AS_READ, BOTH, REVERSED, canonical_uid, normalise_number, order_of, tail
from terminal.rules.device_slip import printer_slip
from terminal.rules.device_words import OUTCOMES
from terminal.rules.doctor_slip import doctor_slip
from terminal.rules.receipt import Document
from terminal.runtime.device_watch import DeviceWatch
from terminal.services.ask import Ask
from terminal.services.receipts import COUNTER, Paper, local_minute
from terminal.services.spool import NewSlip, Spool
from terminal.store.database import Database

TAP_S = 20.0  # how long a technician has to hold a card or find the code
PRINT_S = 15.0  # a slip of this length takes two or three seconds, and a printer is silent for ten before it is lost
CHECKS_MAX = 200
READER, SCANNER, PRINTER, DISPLAY = "reader", "scanner", "printer", "display"
AIM_ID_CHARS = 3  # ISO/IEC 15424: `]`, a letter for the symbology, a digit
_ORDERS = MappingProxyType({AS_READ: "order_as_read", REVERSED: "order_reversed", BOTH: "order_both"})

Values = Mapping[str, str | int]


class Verdict(Protocol):
    """What a scanned test code showed, by a stable code and the values of its sentence."""

    @property
    def code(self) -> str:
        """Return the code."""
        ...

    @property
    def values(self) -> Values:
        """Return the values."""
        ...


@dataclass(frozen=True, slots=True)
class ScanCheck:
    """The printed test code, and what judges (what a scanner made of it, the keyboard layout set here)."""

    code: str
    judge: Callable[[str, str], Verdict]


@dataclass(frozen=True, slots=True)
class Device:
    """A device that can be tried: `kind` is `reader`, `scanner`, `printer` or `display`.

    `layout` is set for what types; `profile` for a printer.
    """

    kind: str
    place: str = COUNTER
    layout: str = ""
    profile: PrinterProfile | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What trying a device showed: a code of `device_words.OUTCOMES` and the values of its sentence."""

    code: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeskParts:
    """What the desk works with; `report` is the till's health, `displays` show (upper, lower) by the display's id."""

    config: Config
    ask: Ask
    database: Database
    spool: Spool
    clock: Clock
    paper: Paper
    watch: DeviceWatch
    report: Callable[[], Mapping[str, Any]]
    displays: Mapping[str, Callable[[str, str], None]]
    scan_check: ScanCheck


def devices_of(config: Config) -> dict[str, Device]:
    """Return the configured devices by id."""
    return {
        **{reader.id: Device(READER, reader.place) for reader in config.pcsc_readers},
        **{reader.id: Device(READER, reader.place) for reader in config.pn532_readers},
        **{scanner.id: Device(SCANNER, scanner.place) for scanner in config.serial_scanners},
        **{typist.id: Device(typist.kind, typist.place, typist.layout) for typist in config.keyboards},
        **{
            printer.id: Device(PRINTER, printer.place, profile=PrinterProfile(printer.dots_per_line, printer.charset))
            for printer in config.printers
        },
        **{display.id: Device(DISPLAY, display.place) for display in config.displays},
    }


class DeviceDesk:
    """What a technician's command or page may ask of the devices; from any thread but the dispatcher's."""

    def __init__(self, parts: DeskParts, *, tap_s: float = TAP_S, print_s: float = PRINT_S) -> None:
        """Wait `tap_s` for a tap or scan and `print_s` for paper."""
        self._parts = parts
        self._devices = devices_of(parts.config)
        self._tap_s = tap_s
        self._print_s = print_s
        self._busy = threading.Lock()

    def verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the functions by the name a command calls them; arguments and answers are JSON values."""
        return {
            "report": lambda: {"report": dict(self._parts.report())},
            "device_test": lambda device, language="": _answer(self.test(device, language)),
            "device_hint": lambda device, number: _answer(self.hint(device, number)),
            "doctor_print": self.doctor_print,
        }

    def states(self) -> dict[str, Mapping[str, Any]]:
        """Return `state` and `code` of every configured device, of the reader service and of readers it found."""
        told: Mapping[str, Mapping[str, Any]] = self._parts.report()["devices"]
        unknown = {"state": "missing", "code": "starting"}
        names = [*self._devices, *(name for name in sorted(told) if name not in self._devices)]
        return {name: told.get(name, unknown) for name in names}

    def device(self, name: str) -> Device | None:
        """Return a device that can be tried; None for the reader service; raises `Refusal` `device_unknown`."""
        if name == PCSC_DEVICE:
            return None
        found = self._devices.get(name)
        if found is None:
            if name not in self._parts.report()["devices"]:
                raise Refusal("device_unknown", device=name)
            # Whatever else the till knows is a reader that the service found and nobody configured.
            return Device(READER)
        return found

    def test(self, name: str, language: str = "") -> Outcome:
        """Try a device and return what it showed.

        Raises `Refusal` `device_unknown`, `device_no_test`, `device_not_ready` (`trouble`) or `device_test_busy`.
        """
        with self._one_at_a_time():
            device = self._ready(name)
            if device.kind == READER:
                return self._read(name)
            if device.kind == SCANNER:
                return self._scan(name, device.layout)
            if device.profile is not None:
                return self._print(name, device.profile, language or self._parts.config.till.language)
            return self._show(name)

    def hint(self, name: str, printed: str) -> Outcome:
        """Wait for one tap and return from which end the number printed on that card begins.

        Raises what `test` raises, `card_number_bad`, and `device_no_hint` for what does not read chip numbers.
        """
        try:
            normalise_number(printed)
        except ValueError as error:
            raise Refusal("card_number_bad") from error
        with self._one_at_a_time():
            device = self._ready(name)
            if device.kind != READER or device.layout:
                raise Refusal("device_no_hint", device=name)
            heard = self._parts.watch.wait(name, self._tap_s)
        if isinstance(heard, CardRefused):
            return Outcome(heard.code)
        if not isinstance(heard, CardTapped):
            return Outcome("nothing_came")
        if not heard.uid:
            return Outcome("order_none")
        order = order_of(heard.uid, printed)
        return Outcome(_ORDERS.get(order, "order_foreign"), {"order": order})

    def doctor_print(self, checks: list[list[Any]], versions: dict[str, str], language: str) -> Mapping[str, Any]:
        """Print a self-check of [code, subject, trouble, values] rows on the counter's printer; answer the `job`.

        Raises `Refusal` `printer_unavailable`, and `KeyError` or `ValueError` for what is no self-check.
        """
        parts = self._parts
        if COUNTER not in parts.paper.printers:
            raise Refusal("printer_unavailable")
        if len(checks) > CHECKS_MAX:
            raise ValueError("too many checks")
        device, profile = parts.paper.printers[COUNTER]
        rows = [(str(code), str(subject), str(trouble), dict(values)) for code, subject, trouble, values in checks]
        return {"job": self._queue(device, profile, doctor_slip(rows, versions, self._now(), language), "doctor")}

    def _read(self, name: str) -> Outcome:
        heard = self._parts.watch.wait(name, self._tap_s)
        if isinstance(heard, CardRefused):
            return Outcome(heard.code)
        if not isinstance(heard, CardTapped):
            return Outcome("nothing_came")
        ending = tail(heard.number or canonical_uid(heard.uid))
        return Outcome("tap_read", {"kind": heard.kind, "proof": heard.proof, "tail": ending})

    def _scan(self, name: str, layout: str) -> Outcome:
        heard = self._parts.watch.wait(name, self._tap_s)
        if isinstance(heard, ScanRejected):
            return Outcome(heard.code)
        if not isinstance(heard, CodeScanned):
            return Outcome("nothing_came")
        check = self._parts.scan_check
        arrived = heard.text.strip()
        if arrived.startswith("]") and arrived[AIM_ID_CHARS:] == check.code:
            return Outcome("scan_aim_prefix", {"prefix": arrived[:AIM_ID_CHARS]})
        verdict = check.judge(arrived, layout or "us")
        if layout or verdict.code == "layout_cut":
            return Outcome(verdict.code, verdict.values)
        # A serial scanner sends characters, not keys: it has no layout that could differ.
        return Outcome("scan_fits" if arrived == check.code else "layout_not_test_code")

    def _print(self, name: str, profile: PrinterProfile, language: str) -> Outcome:
        parts = self._parts
        known = parts.watch.printer(name)
        if known is not None and known.blocked:
            return Outcome(_blocked(known))
        with parts.watch.listen(name) as listener:
            slip = printer_slip(name, profile, self._now(), parts.scan_check.code, language)
            job = self._queue(name, profile, slip, "test")
            deadline_s = parts.clock.monotonic_s() + self._print_s
            while (left_s := deadline_s - parts.clock.monotonic_s()) > 0:
                heard = listener.next(left_s)
                if heard is None or (isinstance(heard, PrinterStatus) and heard.blocked):
                    break
                if isinstance(heard, ReceiptPrinted) and heard.job == job:
                    return Outcome("test_slip_printed")
                if isinstance(heard, ReceiptInDoubt) and heard.job == job:
                    return Outcome("test_slip_in_doubt")
        # Paper that comes out of a printer an hour later, when nobody remembers the test, helps nobody.
        if not parts.ask(lambda: parts.spool.cancel(job)):
            return Outcome("test_slip_unconfirmed")
        return Outcome(_blocked(parts.watch.printer(name)))

    def _show(self, name: str) -> Outcome:
        now = self._parts.clock.local(self._parts.clock.now_ms()).strftime("%H:%M")
        # Figures, which displays of eight digits show as well.
        text = now.replace(":", ".")
        self._parts.displays[name](name.upper(), text)
        return Outcome("display_shown", {"text": text})

    def _queue(self, device: str, profile: PrinterProfile, document: Document, kind: str) -> int:
        """Queue a slip of nobody and return its job."""
        parts = self._parts
        # Drawn in this thread: pictures of characters take longer than the dispatcher may be kept.
        body = receipt.render(document, profile, parts.paper.strip)

        def add() -> int:
            with parts.database.write():
                return parts.spool.add(NewSlip(device, body, kind, "", AccountId(""), 0, parts.clock.now_ms()))

        job = parts.ask(add)
        parts.spool.notify()
        return job

    def _ready(self, name: str) -> Device:
        """Return a device that works at this moment."""
        device = self.device(name)
        if device is None:
            raise Refusal("device_no_test", device=name)
        state = self.states()[name]
        if state["state"] != "ready":
            raise Refusal("device_not_ready", device=name, trouble=state["code"])
        return device

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        if not self._busy.acquire(blocking=False):
            raise Refusal("device_test_busy")
        try:
            yield
        finally:
            self._busy.release()

    def _now(self) -> str:
        return local_minute(self._parts.clock, self._parts.clock.now_ms())


def _blocked(status: PrinterStatus | None) -> str:
    """Return why a printer does not print, as an outcome."""
    return status.blocked if status is not None and status.blocked in OUTCOMES else "test_slip_unprinted"


def _answer(outcome: Outcome) -> Mapping[str, Any]:
    return {"outcome": outcome.code, "values": dict(outcome.values)}
