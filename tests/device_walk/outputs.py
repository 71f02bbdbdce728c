"""Questions for printers, the drawers on them, and customer displays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from terminal.base.config import PrinterConfig
from terminal.base.device_config import DisplayConfig
from terminal.base.events import DrawerFailed, DrawerKicked, PrinterStatus, ReceiptInDoubt, ReceiptPrinted
from terminal.base.printing import PrinterProfile
from terminal.hw.customer_display import CustomerDisplayDriver
from terminal.hw.layout_check import TEST_CODE
from terminal.rules.device_slip import printer_slip
from terminal.rules.receipt import render
from terminal.services.receipt_font import FontFile, FontStrips
from terminal.wiring import RECEIPT_FONT
from tests.device_walk.questions import AGAIN, WORKS, Desk, Question, missing, said
from tests.device_walk.result import FAILED, SEEN, SKIPPED, Answer
from tests.device_walk.watch import Seen, Work

SLIP_RIGHT = "The slip is right"
LID = "Says why it cannot print"
DRAWER = "Opens the drawer once"
# All twenty signs of the lower line, and an amount that displays of eight digits have room for.
SHOWN = (("COUNTERFOIL 1234567", "TOTAL         128.00"), ("AGAIN", "TOTAL          88.50"))


@dataclass(frozen=True, slots=True)
class PrinterDesk:
    """A printer's questions: its configuration, where slips are handed in, and what time stands on them."""

    printer: PrinterConfig
    work: Work
    now_text: Callable[[], str]

    def questions(self) -> tuple[Question, ...]:
        """Return them in order."""
        drawer = (Question((DRAWER,), self._drawer),) if self.printer.drawer_pin else ()
        return (Question((WORKS, SLIP_RIGHT), self._slip), Question((LID,), self._lid), *drawer)

    def again(self) -> Question:
        """Return the question for a slip after the printer was away."""
        return Question((AGAIN,), lambda desk: [self._printed(desk, AGAIN)])

    def _slip(self, desk: Desk) -> list[Answer]:
        answer = self._printed(desk, WORKS)
        if answer.outcome != SEEN:
            return [answer, Answer(SLIP_RIGHT, SKIPPED, "")]
        words = "both ends of the ruler, every sign, bold, tall, white on black, the QR code, the cut"
        return [answer, said(SLIP_RIGHT, desk.console.yes(f"Is everything on the slip: {words}?"), words)]

    def _printed(self, desk: Desk, question: str) -> Answer:
        profile = PrinterProfile(self.printer.dots_per_line, self.printer.charset)
        fonts = [*([FontFile(str(self.printer.font))] if self.printer.font else []), RECEIPT_FONT]
        slip = printer_slip(desk.device, profile, self.now_text(), TEST_CODE, "en")
        try:
            body = render(slip, profile, FontStrips(fonts))
        except OSError as error:
            return Answer(question, FAILED, f"the slip cannot be drawn: {error.strerror}")
        mark = desk.watch.mark()
        self.work.print(desk.device, body)
        desk.console.say("The test slip is being printed.")
        seen = desk.came(mark, ReceiptPrinted, ReceiptInDoubt)
        if not isinstance(seen, Seen):
            return missing(question, seen, "the printer said nothing about it")
        if isinstance(seen.event, ReceiptInDoubt):
            return Answer(question, FAILED, f"in doubt: {seen.event.code}")
        how = "process id" if self.printer.process_id else "fence"
        return Answer(question, SEEN, f"confirmed by {how}")

    def _lid(self, desk: Desk) -> list[Answer]:
        mark = desk.watch.mark()
        desk.console.say("Open the lid.")
        opened = desk.came(mark, PrinterStatus)
        if not isinstance(opened, Seen):
            return [missing(LID, opened, "the open lid was not noticed")]
        code = opened.event.blocked if isinstance(opened.event, PrinterStatus) else ""
        mark = desk.watch.mark()
        desk.console.say("Close the lid.")
        ready = desk.console.until(lambda: _is_ready(desk, mark), desk.patience.step_s)
        if not _is_ready(desk, mark):
            return [missing(LID, ready, f"{code}, and not ready again")]
        return [Answer(LID, SEEN if code else FAILED, f"{code or 'no reason'}, then ready")]

    def _drawer(self, desk: Desk) -> list[Answer]:
        mark = desk.watch.mark()
        self.work.kick(desk.device, self.printer.drawer_pin)
        seen = desk.came(mark, DrawerKicked, DrawerFailed)
        if not isinstance(seen, Seen):
            return [missing(DRAWER, seen, "the printer said nothing about the pulse")]
        if isinstance(seen.event, DrawerFailed):
            return [Answer(DRAWER, FAILED, seen.event.code)]
        words = f"the pulse on pin {self.printer.drawer_pin} was confirmed, and the drawer opened once"
        return [said(DRAWER, desk.console.yes("Did the drawer open, and once?"), words)]


def _is_ready(desk: Desk, mark: int) -> bool:
    states = [seen.event for seen in desk.watch.since(mark, desk.device, PrinterStatus)]
    return bool(states) and isinstance(states[-1], PrinterStatus) and not states[-1].blocked


@dataclass(frozen=True, slots=True)
class DisplayDesk:
    """A display's questions; all that is known of what it shows is what a person sees."""

    display: DisplayConfig
    driver: CustomerDisplayDriver

    def questions(self) -> tuple[Question, ...]:
        """Return them in order."""
        return (Question((WORKS,), lambda desk: [self._show(desk, WORKS, *SHOWN[0])]),)

    def again(self) -> Question:
        """Return the question for another text after the display was away."""
        return Question((AGAIN,), lambda desk: [self._show(desk, AGAIN, *SHOWN[1])])

    def _show(self, desk: Desk, question: str, upper: str, lower: str) -> Answer:
        self.driver.show(upper, lower)
        words = "the amount" if self.display.dialect == "led8" else f"“{upper}” and “{lower}”"
        return said(question, desk.console.yes(f"Does it show {words}, and nothing else?"), f"it showed {words}")
