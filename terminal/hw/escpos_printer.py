"""An ESC/POS receipt printer on whatever cable: jobs in, and the printer's own word on each of them out.

A written byte is not a printed byte. A receipt counts as printed when the printer returns the process id that stood
behind it (Epson GS ( H function 48), or, on models without it, when the parser answers a fence (GS r). Whatever else
happens after the first byte leaves the receipt in doubt, and is reported exactly once. The drawer on the printer's
socket is opened by pulses of their own, confirmed the same way and never repeated.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from terminal.base.errors import DeviceFault
from terminal.base.events import DeviceEvent, PrinterStatus, ReceiptInDoubt, ReceiptPrinted
from terminal.base.printing import DrawerKick, PrintJob
from terminal.hw.escpos_answers import Answer, PrinterState
from terminal.hw.escpos_drawer import IN_DOUBT, UNAVAILABLE, Kicks, pulse_bytes
from terminal.hw.escpos_link import PrinterLink
from terminal.hw.escpos_pieces import Outgoing
from terminal.hw.escpos_proof import Proof
from terminal.hw.printer_transport import PrinterTransport, transport_of

Emit = Callable[[DeviceEvent], None]

# A parser left inside a raster block by an earlier connection takes what follows for pixels. The largest block is
# 256 rows of 72 bytes, so this many NULs end any block; at a command boundary the printer ignores them.
FULL_PAD = bytes(18 * 1024 + 64)
# These complete a command that was cut off in its head. They go before the first question of a connection: a printer
# that was left within the head of a picture takes DLE EOT n for its width and height, and then waits for megabytes.
# They also stand before each job. More is not needed there: the last confirmation on the same connection proves that
# the parser stands at a boundary.
SMALL_PAD = bytes(16)
INITIALISE = b"\x1b@"
# Automatic status for on-line, error and paper (not the drawer). ESC @ switches it off, so it follows every ESC @.
REPORT_CHANGES = b"\x1da\x0e"

IDLE_WAIT_S = 0.4  # how late, at most, an idle driver notices a stop, a lid or a closed connection
WAIT_SLICE_S = 0.2
PROBE_INTERVAL_S = 1.0  # how often the status is asked for while a receipt is being printed
PROBE_TIMEOUT_S = 5.0  # a printer with a full buffer reads no question: do not heap them up
STOP_GRACE_S = 0.6
KICK_CONFIRM_S = 3.0  # an idle printer gives a pulse at once

LINK_LOST = "printer_link_lost"
UNREACHABLE = "printer_unreachable"
SILENT = "printer_silent"
NO_CONFIRMATION = "printer_no_confirmation"
STOPPED = "terminal_stopped"

_log = logging.getLogger(__name__)


class JobSource(Protocol):
    """Where the driver gets its work; durable behind these three calls (for a drawer see `KickSource`)."""

    def take(self, device: str) -> PrintJob | None:
        """Return the next job, already stored as being sent, or None; called only when the printer can print."""
        ...

    def put_back(self, device: str, job: int) -> None:
        """Take a job back unchanged: not one of its bytes was sent."""
        ...

    def wait(self, timeout_s: float) -> None:
        """Return when there may be a job, or after the timeout."""
        ...


@dataclass(frozen=True, slots=True)
class PrinterSettings:
    """What differs between models: whether the process id works, and how long an on-line printer may take."""

    process_id: bool = True
    id_timeout_s: float = 15.0
    status_timeout_s: float = 2.0


class EscposPrinterDriver:
    """Holds the connection open, prints one job at a time and tells what became of it.

    Emits `PrinterStatus` on every change, then `ReceiptPrinted` or `ReceiptInDoubt` once for each job whose first
    byte was sent, and `DrawerKicked` or `DrawerFailed` once for each pulse. Opening and serving raise `DeviceFault`;
    the caller reopens. While the printer is lost nobody takes pulses: whoever asks for one must refuse it then.
    """

    def __init__(
        self,
        name: str,
        link: str | PrinterTransport,
        jobs: JobSource,
        settings: PrinterSettings,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Print `jobs` on the printer at the end of `link`: a transport, or `host:port` for a TCP one."""
        self.name = name
        self._jobs = jobs
        self._settings = settings
        self._proof = Proof(monotonic_s, process_id=settings.process_id)
        self._now_s = monotonic_s
        self._link = PrinterLink(transport_of(link))
        self._kicks = Kicks(name, jobs, monotonic_s)
        self._shown: PrinterState | None = None
        self._pad_due = True

    @property
    def drawer_high(self) -> bool | None:
        """Return the newest level of the drawer switch's pin, None before the first; what it means, set-up learns."""
        return self._link.drawer_high

    def open(self) -> None:
        """Connect and hear the printer's status once, so that a dead or occupied one never counts as there."""
        self._shown = None
        self._pad_due = True
        try:
            self._link.open(SMALL_PAD)
            self._ask_status(threading.Event(), _nobody)
        except OSError as error:
            self.close()
            raise DeviceFault(UNREACHABLE, f"{type(error).__name__}: {error}") from error
        except DeviceFault:
            self.close()
            raise
        self._shown = None

    def close(self) -> None:
        """Drop the connection; safe at any time, also twice."""
        self._link.close()

    def wake(self) -> None:
        """Do nothing: no wait here is longer than `IDLE_WAIT_S`."""

    def serve(self, stop: threading.Event, emit: Emit) -> None:
        """Print jobs until `stop`; raise `DeviceFault` when the printer is lost."""
        self._kicks.refuse(emit)  # asked for while the printer was away: too late for them now
        try:
            while not stop.is_set():
                self._turn(stop, emit)
        except OSError as error:
            raise DeviceFault(LINK_LOST, f"{type(error).__name__}: {error}") from error
        finally:
            self._kicks.refuse(emit)

    def _turn(self, stop: threading.Event, emit: Emit) -> None:
        """Ask for the status, then do the one thing it allows."""
        self._ask_status(stop, emit)
        if not self._ready:
            self._kicks.refuse(emit)
            self._link.wait(IDLE_WAIT_S)
            return
        if self._pad_due:
            self._reach_boundary(stop, emit)
            return
        kick = None if stop.is_set() else self._kicks.take()
        if kick is not None:
            self._kick(kick, stop, emit)
            return
        job = None if stop.is_set() else self._jobs.take(self.name)
        if job is None:
            self._jobs.wait(IDLE_WAIT_S)
        else:
            self._print(job, stop, emit)

    @property
    def _ready(self) -> bool:
        return self._link.ready

    def _listen(self, emit: Emit) -> list[Answer]:
        """Return the answers that have arrived, the status among them taken in and shown."""
        answers = self._link.read()
        for answer in answers:
            self._proof.fences.hear(answer)
            if self._link.hear(answer):
                self._show(emit)
        return answers

    def _show(self, emit: Emit) -> None:
        state = self._link.state
        if state is None or state == self._shown or self._link.wants_cause:
            return
        self._shown = state
        emit(PrinterStatus(self.name, state.blocked, state.paper_low))

    def _ask_status(self, stop: threading.Event, emit: Emit) -> None:
        """Renew the status within the settings' time; raise `DeviceFault` when the printer does not answer."""
        self._listen(emit)
        self._question(stop, emit)
        if self._link.wants_cause:
            self._question(stop, emit)
        self._show(emit)

    def _question(self, stop: threading.Event, emit: Emit) -> None:
        deadline_s = self._now_s() + self._settings.status_timeout_s
        self._link.ask()
        while self._link.waiting and not stop.is_set():
            left_s = deadline_s - self._now_s()
            if left_s <= 0:
                raise DeviceFault(SILENT, "status question not answered")
            self._link.wait(min(left_s, WAIT_SLICE_S))
            self._link.flush()
            self._listen(emit)

    def _reach_boundary(self, stop: threading.Event, emit: Emit) -> None:
        """Bring a parser in an unknown state to a command boundary; no receipt is at stake yet."""
        rest = memoryview(FULL_PAD + INITIALISE + REPORT_CHANGES)
        progress_s = self._now_s()
        while rest and not stop.is_set():
            self._link.wait(WAIT_SLICE_S, to_write=True)
            self._listen(emit)
            self._kicks.look(emit, able=not self._link.blocked)
            if self._link.blocked and self._link.unheld_bytes_max:
                return  # it stands still and what it has no room for is lost: all of the pad once more, later
            taken = self._link.write(rest)
            rest = rest[taken:]
            if taken or not self._ready:
                progress_s = self._now_s()
            elif self._now_s() - progress_s > self._settings.id_timeout_s:
                raise DeviceFault(SILENT, "takes no bytes")
        self._pad_due = bool(rest)

    def _print(self, job: PrintJob, stop: threading.Event, emit: Emit) -> None:
        """Send one job and report what became of it; before its first byte it goes back instead."""
        sent = 0
        try:
            self._listen(emit)
            out = self._outgoing(job)
            if self._ready and not stop.is_set():
                sent = out.send(self._link)
        finally:
            if not sent:
                self._jobs.put_back(self.name, job.job)
        if not sent:
            return
        doubt = LINK_LOST
        try:
            doubt = self._finish(out, job, stop, emit)
        finally:
            self._report(job, doubt, emit)
        if doubt == SILENT:
            raise DeviceFault(SILENT, "receipt not confirmed")

    def _outgoing(self, job: PrintJob) -> Outgoing:
        wire = SMALL_PAD + INITIALISE + REPORT_CHANGES + job.mark + job.body
        return Outgoing(
            wire, self._link.unheld_bytes_max, self._proof.fences, lambda: self._proof.request(job.process_id)
        )

    def _report(self, job: PrintJob, doubt: str, emit: Emit) -> None:
        if doubt:
            self._pad_due = True
            _log.warning("%s: receipt job %d is in doubt: %s", self.name, job.job, doubt)
            emit(ReceiptInDoubt(self.name, job.job, doubt))
        else:
            emit(ReceiptPrinted(self.name, job.job))

    def _finish(self, out: Outgoing, job: PrintJob, stop: threading.Event, emit: Emit) -> str:
        """Send the rest and wait for the confirmation; return an empty text, or why the receipt is in doubt."""
        limit_s = self._settings.id_timeout_s
        heard_s = asked_s = counting_from_s = self._now_s()
        stopped_s: float | None = None
        while True:
            self._link.wait(WAIT_SLICE_S, to_write=out.under_way)
            answers = self._listen(emit)
            now_s = self._now_s()
            if answers:
                heard_s = now_s
            if out.sent and self._proof.given(answers, job.process_id):
                return ""
            taken = out.send(self._link)
            self._kicks.look(emit, able=not self._link.blocked)
            if taken or self._link.blocked:
                # A lid, paper or a jam is a person's time, not the printer's: only on-line time counts.
                counting_from_s = now_s
            if now_s - counting_from_s >= limit_s:
                alive = self._settings.process_id and now_s - heard_s < PROBE_TIMEOUT_S
                return NO_CONFIRMATION if alive else SILENT
            if stop.is_set():
                stopped_s = now_s if stopped_s is None else stopped_s
                if now_s - stopped_s >= STOP_GRACE_S:
                    return STOPPED
            if not out.under_way and self._probe_due(now_s - asked_s):
                asked_s = now_s
                self._link.ask()
            elif not out.under_way:
                self._link.flush()

    def _kick(self, kick: DrawerKick, stop: threading.Event, emit: Emit) -> None:
        """Give one pulse and report what became of it; whatever happens, it is not given again."""
        digits = b"D%03d" % (kick.job % 1000)
        failure = UNAVAILABLE
        try:
            self._listen(emit)
            rest = memoryview(pulse_bytes(kick) + self._proof.request(digits))
            sent = self._link.write(rest) if self._ready and not stop.is_set() else 0
            if sent:
                failure = IN_DOUBT
                if self._kick_confirmed(rest[sent:], digits, stop, emit):
                    failure = ""
        finally:
            self._kicks.tell(emit, kick, failure)
        if failure == IN_DOUBT and not stop.is_set():
            # Its late confirmation must not be taken for a receipt's, and its bytes may still lie in the printer.
            raise DeviceFault(SILENT, "drawer pulse not confirmed")

    def _kick_confirmed(self, rest: memoryview, digits: bytes, stop: threading.Event, emit: Emit) -> bool:
        """Send the rest of a pulse and tell whether the printer confirms it in time; it waits for nobody."""
        deadline_s = self._now_s() + KICK_CONFIRM_S
        while self._now_s() < deadline_s and not stop.is_set():
            self._link.wait(WAIT_SLICE_S, to_write=bool(rest))
            answers = self._listen(emit)
            if not rest and self._proof.given(answers, digits):
                return True
            rest = rest[self._link.write(rest) :] if rest else rest
        return False

    def _probe_due(self, since_last_s: float) -> bool:
        """Whether to ask for the status: only behind a whole piece, because inside it the bytes would be pixels."""
        return since_last_s >= (PROBE_TIMEOUT_S if self._link.waiting else PROBE_INTERVAL_S)


def _nobody(_event: DeviceEvent) -> None:
    """Take an event while opening: the first state is shown by `serve`."""
