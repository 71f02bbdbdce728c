"""Trying devices: a test slip, a text, a tap or a scan, and what came of it; never more of a number than its ending.

Waiting is done in the thread that asks, never by the dispatcher; one device is tried at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from terminal.base.clock import Clock
from terminal.base.config import Config
from terminal.base.device_config import PCSC_DEVICE
from terminal.base.devices import COUNTER, READER, SCANNER, ConfiguredDevice, configured_devices, found_reader
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
from terminal.runtime.device_watch import DeviceWatch, Gone, Heard
from terminal.services.ask import Ask
from terminal.services.customer_texts import CustomerTexts, Show
from terminal.services.device_outcome import Outcome, ScanCheck, scanned
from terminal.services.receipts import Paper, local_minute
from terminal.services.spool import NewSlip, Spool
from terminal.store.database import Database

LEAVING_S = 0.5  # whoever has just broken a test off is given that long to let go of it
TAP_S = 20.0  # how long a technician has to hold a card or find the code
PRINT_S = 15.0  # a slip of this length takes two or three seconds, and a printer is silent for ten before it is lost
CHECKS_MAX = 200
_ORDERS = MappingProxyType({AS_READ: "order_as_read", REVERSED: "order_reversed", BOTH: "order_both"})


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
    displays: Mapping[str, Show]
    customer: CustomerTexts
    scan_check: ScanCheck


class DeviceDesk:
    """What a technician's command or page may ask of the devices; from any thread but the dispatcher's."""

    def __init__(self, parts: DeskParts, *, tap_s: float = TAP_S, print_s: float = PRINT_S) -> None:
        """Wait `tap_s` for a tap or scan and `print_s` for paper."""
        self._parts = parts
        self._devices = configured_devices(parts.config)
        self._tap_s = tap_s
        self._print_s = print_s
        self._busy = threading.Lock()

    def verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the functions by the name a command calls them; arguments and answers are JSON values."""
        return {
            "report": lambda: {"report": dict(self._parts.report())},
            "doctor_print": self.doctor_print,
        }

    def patient_verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the functions that wait for people; each ends when its first argument says that the asker is gone."""
        return {
            "device_test": lambda gone, /, device, language="": _answer(self.test(device, language, gone)),
            "device_hint": lambda gone, /, device, number: _answer(self.hint(device, number, gone)),
        }

    def states(self) -> dict[str, Mapping[str, Any]]:
        """Return `state` and `code` of every configured device, of the reader service and of readers it found."""
        told: Mapping[str, Mapping[str, Any]] = self._parts.report()["devices"]
        unknown = {"state": "missing", "code": "starting"}
        names = [*self._devices, *(name for name in sorted(told) if name not in self._devices)]
        return {name: told.get(name, unknown) for name in names}

    def device(self, name: str) -> ConfiguredDevice | None:
        """Return a device that can be tried; None for the reader service; raises `Refusal` `device_unknown`."""
        if name == PCSC_DEVICE:
            return None
        found = self._devices.get(name)
        if found is None:
            if name not in self._parts.report()["devices"]:
                raise Refusal("device_unknown", device=name)
            # Whatever else the till knows is a reader that the service found and nobody configured.
            return found_reader(name)
        return found

    def test(self, name: str, language: str = "", gone: Gone = lambda: False) -> Outcome:
        """Try a device and return what it showed.

        Raises `Refusal` `device_unknown`, `device_no_test`, `device_not_ready` (`trouble`), `device_test_busy`, or
        `interrupted` when whoever asked is `gone`.
        """
        with self._one_at_a_time():
            device = self._ready(name)
            if device.kind == READER:
                return self._read(name, gone)
            if device.kind == SCANNER:
                return self._scan(name, device.layout, gone)
            if device.profile is not None:
                return self._print(name, device.profile, language or self._parts.config.till.language, gone)
            return self._show(name)

    def hint(self, name: str, printed: str, gone: Gone = lambda: False) -> Outcome:
        """Wait for one tap and return from which end the number printed on that card begins.

        Raises what `test` raises, `card_number_bad`, and `device_no_hint` for what does not read chip numbers.
        """
        try:
            normalise_number(printed)
        except ValueError as error:
            raise Refusal("card_number_bad") from error
        with self._one_at_a_time():
            device = self._ready(name)
            if not device.byte_order:
                raise Refusal("device_no_hint", device=name)
            heard = self._hear(name, gone)
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

    def _hear(self, name: str, gone: Gone) -> Heard | None:
        """Return what somebody has a device say in time; raise `Refusal` `interrupted` when the asker is gone."""
        heard = self._parts.watch.wait(name, self._tap_s, gone)
        if heard is None and gone():
            raise Refusal("interrupted")
        return heard

    def _read(self, name: str, gone: Gone) -> Outcome:
        heard = self._hear(name, gone)
        if isinstance(heard, CardRefused):
            return Outcome(heard.code)
        if not isinstance(heard, CardTapped):
            return Outcome("nothing_came")
        ending = tail(heard.number or canonical_uid(heard.uid))
        return Outcome("tap_read", {"kind": heard.kind, "proof": heard.proof, "tail": ending})

    def _scan(self, name: str, layout: str, gone: Gone) -> Outcome:
        heard = self._hear(name, gone)
        if isinstance(heard, ScanRejected):
            return Outcome(heard.code)
        if not isinstance(heard, CodeScanned):
            return Outcome("nothing_came")
        return scanned(self._parts.scan_check, heard.text.strip(), layout)

    def _print(self, name: str, profile: PrinterProfile, language: str, gone: Gone) -> Outcome:
        parts = self._parts
        known = parts.watch.printer(name)
        if known is not None and known.blocked:
            return Outcome(_blocked(known))
        with parts.watch.listen(name) as listener:
            slip = printer_slip(name, profile, self._now(), parts.scan_check.code, language)
            job = self._queue(name, profile, slip, "test")
            deadline_s = parts.clock.monotonic_s() + self._print_s
            while (left_s := deadline_s - parts.clock.monotonic_s()) > 0:
                heard = listener.next(left_s, gone)
                if heard is None or (isinstance(heard, PrinterStatus) and heard.blocked):
                    break
                if isinstance(heard, ReceiptPrinted) and heard.job == job:
                    return Outcome("test_slip_printed")
                if isinstance(heard, ReceiptInDoubt) and heard.job == job:
                    return Outcome("test_slip_in_doubt")
        # Paper that comes out of a printer an hour later, when nobody remembers the test, helps nobody.
        if not parts.ask(lambda: parts.spool.cancel(job)):
            return Outcome("test_slip_unconfirmed")
        if gone():
            raise Refusal("interrupted")
        return Outcome(_blocked(parts.watch.printer(name)))

    def _show(self, name: str) -> Outcome:
        now = self._parts.clock.local(self._parts.clock.now_ms()).strftime("%H:%M")
        # Figures, which displays of eight digits show as well.
        text = now.replace(":", ".")
        parts = self._parts
        parts.ask(lambda: parts.customer.try_out(name, parts.displays[name], (name.upper(), text)))
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

    def _ready(self, name: str) -> ConfiguredDevice:
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
        if not self._busy.acquire(timeout=LEAVING_S):
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
