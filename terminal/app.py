"""The till's composition root: builds the parts, joins them, starts and stops their threads. No logic."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from terminal.base.config import Config
from terminal.base.errors import Overloaded, Refusal
from terminal.base.events import (
    CardDetected,
    CardRefused,
    CardRemoved,
    CardTapped,
    CodeScanned,
    DeviceDown,
    DeviceUp,
    PrinterStatus,
    ReceiptInDoubt,
    ReceiptPrinted,
    ScanRejected,
)
from terminal.base.printing import PrinterProfile, PrintJob
from terminal.hw.escpos_printer import EscposPrinterDriver, PrinterSettings
from terminal.hw.pcsc import PcscDriver
from terminal.hw.pcsc_names import ReaderMatch
from terminal.hw.serial_scanner import SerialScannerDriver
from terminal.kiosk_ui.app import create_app
from terminal.kiosk_ui.server import WebServer, serve
from terminal.kiosk_ui.settings import WebSettings
from terminal.runtime.admin import AdminServer
from terminal.runtime.board import Board
from terminal.runtime.dispatcher import Dispatcher
from terminal.runtime.supervisor import Driver, Supervisor
from terminal.services import commands
from terminal.services.counter import Counter
from terminal.services.desk import Desk, Rooms
from terminal.services.imports import Imports
from terminal.services.kiosk import Kiosk
from terminal.services.members import Members
from terminal.services.money import Money
from terminal.services.receipt_font import FontFile, FontStrips
from terminal.services.receipts import COUNTER, KIOSK, Paper, Receipts, local_minute, reprint_mark
from terminal.services.shop import Shop, load_shop
from terminal.services.spool import Spool
from terminal.services.staff import SignIns, Staff
from terminal.services.storage import OpenStore, open_store, read_store
from terminal.services.views import ShopView

__all__ = ["OpenStore", "Till", "open_store", "read_store"]

logger = logging.getLogger(__name__)

# Where Debian's and Ubuntu's fonts-noto-cjk puts the family; face 7 is the monospaced Simplified Chinese one.
RECEIPT_FONT = FontFile("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 7)
HEALTH_WAIT_S = 1.0
# A slice of an import holds up taps for at most 50 ms; aim below it.
IMPORT_BUSY_S = 0.035


class SpoolJobs:
    """What a printer's thread sees of the spool: each step done by the dispatcher."""

    def __init__(self, dispatcher: Dispatcher, spool: Spool) -> None:
        """Join the two."""
        self._dispatcher = dispatcher
        self._spool = spool

    def take(self, device: str) -> PrintJob | None:
        """Return the next job, durably marked as being sent; None when nothing waits or the till is too busy."""
        try:
            return self._dispatcher.ask(lambda: self._spool.take(device))
        except (Overloaded, Refusal):
            return None

    def put_back(self, device: str, job: int) -> None:  # noqa: ARG002 - the spool knows the job's printer
        """Queue a job again of which nothing was sent; where the till is too busy, it comes back as doubtful."""
        with suppress(Overloaded, Refusal):
            self._dispatcher.ask(lambda: self._spool.put_back(job))

    def wait(self, timeout_s: float) -> None:
        """Return when there may be a job, or after the timeout."""
        self._spool.wait(timeout_s)


class Till:
    """One running till."""

    def __init__(self, config: Config) -> None:
        """Open the store and build every part; nothing runs yet. Raises `Refusal`."""
        self._config = config
        self._store = open_store(config)
        database, book, clock = self._store.database, self._store.book, self._store.clock
        self._dispatcher = Dispatcher(config.limits.inbox_depth)
        self._board = Board()
        self._shop = load_shop(database, config.till.language)
        paper = _paper(config)
        mark = reprint_mark(paper, lambda: local_minute(clock, clock.now_ms()), lambda: self._shop.language)
        self._spool = Spool(database, mark)
        members = Members(database, book, clock)
        receipts = Receipts(database, members, self._spool, clock, lambda: self._shop, paper)
        self._kiosk = Kiosk(
            members,
            receipts,
            self._spool,
            clock,
            lambda screen: self._board.show(KIOSK, screen),
            self._dispatcher.later,
        )
        self._counter = Counter(members, self._spool, lambda screen: self._board.show(COUNTER, screen), _labels(config))
        rooms = Rooms(
            members=members,
            money=Money(database, book, members, clock, receipts.slip),
            staff=Staff(database, book, clock),
            sign_ins=SignIns(clock.monotonic_s),
            spool=self._spool,
            kiosk=self._kiosk,
            counter=self._counter,
        )
        self._desk = Desk(self._dispatcher.ask, rooms, lambda: self._shop, clock, self._report)
        imports = Imports(database, book, clock)
        self._commands = commands.Commands(database, imports, members, self._set_shop, IMPORT_BUSY_S)
        self._kiosk_readers: set[str] = set()
        self._places = _places(config)
        self._supervisor = Supervisor(self._drivers(), self._dispatcher.emit)
        self._join()

    def start(self) -> None:
        """Start every part in order; raises `Refusal`, before the first thread, when an address cannot be had."""
        self._spool.recover()
        self._set_shop(self._shop)
        self._counter.start()
        if self._config.pcsc_enabled:
            self._kiosk.reader_lost()
        self._web = self._bind()
        self._admin = self._door()
        # The dispatcher's thread opens its own connection; from here on nobody else touches the store.
        self._store.database.close()
        self._thread = threading.Thread(target=self._dispatch, name="dispatcher")
        self._thread.start()
        self._admin.start()
        self._web.start()
        self._supervisor.start()

    def stop(self) -> None:
        """Stop every part in the reverse order."""
        self._supervisor.stop()
        self._web.stop()
        self._admin.close()
        self._dispatcher.stop()
        self._thread.join()
        self._store.lock.release()

    @property
    def address(self) -> str:
        """Return where the pages are."""
        return f"http://{self._config.till.listen_host}:{self._web.port}"

    def _dispatch(self) -> None:
        with self._store.database.connection_context():
            self._dispatcher.run()

    def _bind(self) -> WebServer:
        till, limits = self._config.till, self._config.limits
        settings = WebSettings(
            self._store.clock,
            till.listen_host,
            till.listen_port,
            streams_max=limits.live_streams,
            threads=limits.web_threads,
        )
        try:
            return serve(create_app(self._desk, self._board, settings))
        except OSError as error:
            listen = f"{till.listen_host}:{till.listen_port}"
            if error.errno == errno.EADDRINUSE:
                raise Refusal("port_in_use", listen=listen) from error
            raise Refusal("listen_unusable", listen=listen, reason=error.strerror or str(error)) from error

    def _door(self) -> AdminServer:
        path = self._config.till.admin_socket
        try:
            return AdminServer(path, self._verbs())
        except OSError as error:
            raise Refusal("admin_socket_unusable", file=str(path), reason=error.strerror or str(error)) from error

    def _drivers(self) -> list[Driver]:
        config = self._config
        jobs = SpoolJobs(self._dispatcher, self._spool)
        drivers: list[Driver] = []
        if config.pcsc_enabled:
            matches = [ReaderMatch(reader.id, reader.match) for reader in config.pcsc_readers]
            drivers.append(PcscDriver("pcsc", matches))
        drivers += [
            SerialScannerDriver(
                scanner.id, scanner.port, scanner.baud, suffix=scanner.suffix == "line", aim_identifiers=scanner.aim_ids
            )
            for scanner in config.serial_scanners
        ]
        drivers += [
            EscposPrinterDriver(
                printer.id, f"{printer.host}:{printer.port}", jobs, PrinterSettings(process_id=printer.process_id)
            )
            for printer in config.printers
        ]
        return drivers

    def _join(self) -> None:
        """Say what happens when: each event leads to one call."""
        kiosk, counter, on = self._kiosk, self._counter, self._dispatcher.on
        on(CardDetected, self._at({KIOSK: kiosk.card_detected}))
        on(CardTapped, self._at({KIOSK: kiosk.card_tapped, COUNTER: counter.card_tapped}))
        on(CardRefused, self._at({KIOSK: kiosk.card_refused, COUNTER: counter.card_refused}))
        on(CardRemoved, self._at({KIOSK: kiosk.card_removed}))
        on(CodeScanned, self._at({KIOSK: kiosk.code_scanned, COUNTER: counter.code_scanned}))
        on(ScanRejected, self._at({KIOSK: kiosk.scan_rejected, COUNTER: counter.scan_rejected}))
        on(PrinterStatus, self._printer_status)
        on(ReceiptPrinted, self._receipt_printed)
        on(ReceiptInDoubt, self._receipt_in_doubt)
        on(DeviceUp, self._device_up)
        on(DeviceDown, self._device_down)

    def _at(self, handlers: Mapping[str, Callable[[Any], None]]) -> Callable[[Any], None]:
        def handle(event: Any) -> None:  # noqa: ANN401 - events that name their device
            handler = handlers.get(self._places.get(event.device, COUNTER))
            if handler is not None:
                handler(event)

        return handle

    def _receipt_printed(self, event: ReceiptPrinted) -> None:
        if slip := self._spool.printed(event.job):
            self._kiosk.slip_settled(slip, printed=True)
        self._counter.refresh()

    def _receipt_in_doubt(self, event: ReceiptInDoubt) -> None:
        if slip := self._spool.in_doubt(event.job):
            self._kiosk.slip_settled(slip, printed=False)
        self._counter.refresh()

    def _printer_status(self, event: PrinterStatus) -> None:
        self._counter.printer_status(event)
        self._kiosk.printer_status(event.device, ready=not event.blocked)

    def _device_up(self, event: DeviceUp) -> None:
        self._counter.device_up(event.device)
        if self._is_kiosk_reader(event.device):
            self._kiosk_readers.add(event.device)
            self._kiosk.reader_back()

    def _device_down(self, event: DeviceDown) -> None:
        self._counter.device_down(event.device, event.code)
        self._kiosk.printer_status(event.device, ready=False)
        self._kiosk_readers.discard(event.device)
        if self._is_kiosk_reader(event.device) and not self._kiosk_readers:
            self._kiosk.reader_lost()

    def _is_kiosk_reader(self, device: str) -> bool:
        config = self._config
        others = {scanner.id for scanner in config.serial_scanners} | {printer.id for printer in config.printers}
        return device not in {"pcsc", *others} and self._places.get(device, COUNTER) == KIOSK

    def _set_shop(self, shop: Shop) -> None:
        self._shop = shop
        self._board.show("shop", ShopView(shop.name, shop.branch))
        self._kiosk.start(shop.language)

    def _verbs(self) -> dict[str, Callable[..., Mapping[str, Any]]]:
        """Return the commands' verbs, each done by the dispatcher."""

        def dispatched(verb: Callable[..., Mapping[str, Any]]) -> Callable[..., Mapping[str, Any]]:
            return lambda **arguments: self._dispatcher.ask(lambda: verb(**arguments))

        return {name: dispatched(verb) for name, verb in self._commands.verbs().items()}

    def _report(self) -> dict[str, object]:
        states = self._supervisor.states()
        report: dict[str, object] = {
            "version": commands.VERSION,
            "devices": {name: asdict(state) for name, state in sorted(states.items())},
            "inbox_depth": self._dispatcher.depth(),
            "events_dropped": self._supervisor.dropped_events(),
        }
        try:
            life, waiting = self._dispatcher.ask(
                lambda: (self._store.book.life(), self._spool.waiting()), timeout_s=HEALTH_WAIT_S
            )
        except (Overloaded, Refusal):
            return {"ok": False, **report}
        # A box that has never met a cloud owes it nothing.
        return {"ok": True, **report, "book_entries": life.seq, "receipts_waiting": waiting, "sync_lag": 0}


def _places(config: Config) -> dict[str, str]:
    readers = {reader.id: reader.place for reader in config.pcsc_readers}
    scanners = {scanner.id: scanner.place for scanner in config.serial_scanners}
    return {**readers, **scanners, **{printer.id: printer.place for printer in config.printers}}


def _labels(config: Config) -> dict[str, tuple[str, str]]:
    """Return what each configured device is, by its id: (kind, place)."""
    readers = {reader.id: ("reader", reader.place) for reader in config.pcsc_readers}
    scanners = {scanner.id: ("scanner", scanner.place) for scanner in config.serial_scanners}
    printers = {printer.id: ("printer", printer.place) for printer in config.printers}
    return {"pcsc": ("readers", ""), **readers, **scanners, **printers}


def _paper(config: Config) -> Paper:
    """Return where each place prints: on its own printer, else on the first there is."""
    printers: dict[str, tuple[str, PrinterProfile]] = {}
    for printer in config.printers:
        printers.setdefault(printer.place, (printer.id, PrinterProfile(printer.dots_per_line, printer.charset)))
    for place in (COUNTER, KIOSK):
        for other in list(printers.values()):
            printers.setdefault(place, other)
    fonts = [*(FontFile(str(printer.font)) for printer in config.printers if printer.font is not None), RECEIPT_FONT]
    # A name that the printer's ROM lacks is drawn inside the sale's transaction: the font must be there before.
    for font in fonts if printers else ():
        if not Path(font.path).is_file():
            raise Refusal("font_missing", file=font.path)
    return Paper(printers, FontStrips(fonts))
