"""A new recovery key on the counter's printer, past the spool: a slip in the spool would keep the key in the store."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing

from terminal import wiring
from terminal.base.config import Config
from terminal.base.devices import COUNTER, configured_devices
from terminal.base.errors import Refusal
from terminal.base.events import DeviceEvent, ReceiptInDoubt, ReceiptPrinted
from terminal.base.printing import PrintJob
from terminal.base.words.backup import phrase
from terminal.rules.receipt import LARGE, Cut, Document, Gap, Qr, Rule, Text, render
from terminal.runtime.admin import AdminClient
from terminal.runtime.supervisor import Supervisor
from terminal.services.backup.recovery_key import RecoveryKey

PRINTED_S = 30.0
PROCESS_ID = b"0001"

PrintKey = Callable[[RecoveryKey], bool]


def printer_for(config: Config, language: str) -> PrintKey:
    """Return what prints a key and tells whether the printer confirmed it.

    Raises `Refusal` `printer_unavailable` where none is configured, and `recovery_printer_taken` while a till runs.
    """
    paper = wiring.paper(config, configured_devices(config))
    if COUNTER not in paper.printers:
        raise Refusal("printer_unavailable")
    if _till_runs(config):
        raise Refusal("recovery_printer_taken")
    device, profile = paper.printers[COUNTER]

    def print_key(key: RecoveryKey) -> bool:
        body = render(key_slip(key, language), profile, paper.strip)
        return _print(config, device, PrintJob(1, PROCESS_ID, b"", body))

    return print_key


def key_slip(key: RecoveryKey, language: str) -> Document:
    """Return the slip that a recovery key is kept on."""
    title = phrase("key_title", language, name=key.lock().name)
    groups = [Text(f"{number}  {group}", size=LARGE) for number, group in enumerate(key.groups, 1)]
    advice = [Text(line) for line in phrase("key_advice", language).splitlines()]
    scan = Qr(key.text, phrase("key_scan", language))
    return (Text(title, bold=True, align="centre"), Rule(), *groups, Rule(), scan, Rule(), *advice, Gap(8), Cut())


class _OneJob:
    """A job source with one job, for one printer; it is in memory and nowhere else."""

    def __init__(self, device: str, job: PrintJob) -> None:
        self._device = device
        self._waiting: PrintJob | None = job
        self._job = job
        self._nothing_new = threading.Event()

    def take(self, device: str) -> PrintJob | None:
        job = self._waiting if device == self._device else None
        if job is not None:
            self._waiting = None
        return job

    def put_back(self, device: str, job: int) -> None:
        del device, job
        self._waiting = self._job

    def wait(self, timeout_s: float) -> None:
        self._nothing_new.wait(timeout_s)


def _print(config: Config, device: str, job: PrintJob) -> bool:
    """Print a job with the driver that ships, and tell whether it is on paper."""
    ended = threading.Event()
    printed: list[int] = []

    def emit(event: DeviceEvent) -> None:
        if isinstance(event, ReceiptPrinted):
            printed.append(event.job)
        if isinstance(event, ReceiptPrinted | ReceiptInDoubt):
            ended.set()

    drivers = wiring.make_devices(config, _OneJob(device, job), None).drivers
    supervisor = Supervisor([driver for driver in drivers if driver.name == device], emit)
    supervisor.start()
    try:
        ended.wait(PRINTED_S)
    finally:
        supervisor.stop()
    return bool(printed)


def _till_runs(config: Config) -> bool:
    try:
        with closing(AdminClient(config.till.admin_socket)):
            return True
    except OSError:
        return False
