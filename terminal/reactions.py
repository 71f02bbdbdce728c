"""What happens when: each event of a device leads to one call of one use case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from terminal.base.devices import COUNTER, KIOSK, READER, ConfiguredDevice, found_reader
from terminal.base.events import (
    CardDetected,
    CardIssued,
    CardIssueFailed,
    CardRefused,
    CardRemoved,
    CardTapped,
    CodeScanned,
    DeviceDown,
    DeviceUp,
    DrawerFailed,
    DrawerKicked,
    PrinterStatus,
    ReceiptInDoubt,
    ReceiptPrinted,
    ScanRejected,
)
from terminal.runtime.dispatcher import Dispatcher
from terminal.services.counter import Counter
from terminal.services.drawer import Drawer
from terminal.services.issuing import Issuing
from terminal.services.kiosk import Kiosk
from terminal.services.spool import Spool
from terminal.wiring import Devices


@dataclass(frozen=True, slots=True)
class Places:
    """Which device stands where, as configured; one that nobody configured is a reader that was found."""

    known: Mapping[str, ConfiguredDevice]

    def described(self, device: str) -> ConfiguredDevice:
        """Return what is known of a device."""
        return self.known.get(device) or found_reader(device)

    def is_kiosk_reader(self, device: str) -> bool:
        """Tell whether customers hold their cards to it."""
        described = self.described(device)
        return described.kind == READER and described.place == KIOSK


class Reactions:
    """The events of devices, each joined to what the shop does about it."""

    def __init__(
        self, places: Places, kiosk: Kiosk, counter: Counter, drawer: Drawer, spool: Spool, devices: Devices
    ) -> None:
        """React by these use cases; `devices` are told what became of a card."""
        self._places = places
        self._kiosk = kiosk
        self._counter = counter
        self._drawer = drawer
        self._spool = spool
        self._devices = devices
        self._kiosk_readers: set[str] = set()

    def join(self, dispatcher: Dispatcher, issuing: Issuing) -> None:
        """Have the dispatcher make the one call for each event."""
        kiosk, counter, on = self._kiosk, self._counter, dispatcher.on
        on(CardDetected, self._at({KIOSK: kiosk.card_detected}))
        on(CardTapped, self._at({KIOSK: self._told(kiosk.card_tapped), COUNTER: self._told(counter.card_tapped)}))
        on(CardRefused, self._at({KIOSK: kiosk.card_refused, COUNTER: counter.card_refused}))
        on(CardIssued, self._told(issuing.issued))
        on(CardIssueFailed, issuing.failed)
        on(CardRemoved, self._at({KIOSK: kiosk.card_removed}))
        on(CodeScanned, self._at({KIOSK: kiosk.code_scanned, COUNTER: counter.code_scanned}))
        on(ScanRejected, self._at({KIOSK: kiosk.scan_rejected, COUNTER: counter.scan_rejected}))
        on(PrinterStatus, self._printer_status)
        on(ReceiptPrinted, self._receipt_printed)
        on(ReceiptInDoubt, self._receipt_in_doubt)
        on(DrawerKicked, self._drawer.kicked)
        on(DrawerFailed, self._drawer.failed)
        on(DeviceUp, self._device_up)
        on(DeviceDown, self._device_down)

    def _told(self, handler: Callable[[Any], bool]) -> Callable[[Any], None]:
        """Have the reader of a card say what the till made of it; where the till fails, nobody says anything."""
        return lambda event: self._devices.tell(event, accepted=handler(event))

    def _at(self, handlers: Mapping[str, Callable[[Any], None]]) -> Callable[[Any], None]:
        def handle(event: Any) -> None:  # noqa: ANN401 - events that name their device
            handler = handlers.get(self._places.described(event.device).place)
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
        self._drawer.printer_status(event)
        self._kiosk.printer_status(event.device, ready=not event.blocked)

    def _device_up(self, event: DeviceUp) -> None:
        self._counter.device_up(event.device)
        self._drawer.printer_there(event.device, there=True)
        if self._places.is_kiosk_reader(event.device):
            self._kiosk_readers.add(event.device)
            self._kiosk.reader_back()

    def _device_down(self, event: DeviceDown) -> None:
        self._counter.device_down(event.device, event.code)
        self._kiosk.printer_status(event.device, ready=False)
        self._drawer.printer_there(event.device, there=False)
        self._kiosk_readers.discard(event.device)
        if self._places.is_kiosk_reader(event.device) and not self._kiosk_readers:
            self._kiosk.reader_lost()
