"""Questions for card readers and code scanners."""

from __future__ import annotations

import io

import segno

from terminal.base.events import CardDetected, CardRefused, CardRemoved, CardTapped, CodeScanned, ScanRejected
from terminal.hw.card_reading import UNREADABLE
from terminal.hw.layout_check import TEST_CODE, check_layout
from tests.device_walk.questions import AGAIN, WORKS, Desk, Question, missing
from tests.device_walk.result import FAILED, SEEN, SKIPPED, Answer
from tests.device_walk.watch import Seen

STILL = "One event while it lies still"
REFUSES = "Refuses what is no member card"
TAP = "Hold a member card to it."
SCAN = "Scan the code above, or the one on a printer's test slip."


def reader_questions(*, lies: bool) -> tuple[Question, ...]:
    """Return a reader's questions; `lies` says that it feels a card lying on it and tells one sort from another."""
    lying = (Question((WORKS, STILL), _lying_tap), Question((REFUSES,), _refusal))
    return lying if lies else (Question((WORKS,), _bare_tap),)


def _lying_tap(desk: Desk) -> list[Answer]:
    """Have a card laid down, left there, and taken away."""
    mark = desk.watch.mark()
    desk.console.say(f"{TAP} Leave it there until you are told.")
    works = tapped(desk, mark, WORKS)
    if works.outcome != SEEN:
        return [works, Answer(STILL, SKIPPED, "")]
    seconds = desk.patience.quiet_s
    desk.console.say(f"Read. Let it lie for {seconds:g} s.")
    waited = desk.rest(seconds)
    taps = len(desk.watch.since(mark, desk.device, CardTapped, CardRefused))
    gone = len(desk.watch.since(mark, desk.device, CardRemoved))
    removed = _taken_away(desk, mark)
    if not waited:
        return [works, Answer(STILL, SKIPPED, "")]
    if not isinstance(removed, Seen):
        return [works, missing(STILL, removed, "its removal was not noticed")]
    outcome = SEEN if (taps, gone) == (1, 0) else FAILED
    return [works, Answer(STILL, outcome, f"{taps} taps and {gone} removals while it lay, then the removal")]


def _bare_tap(desk: Desk) -> list[Answer]:
    mark = desk.watch.mark()
    desk.console.say(TAP)
    return [tapped(desk, mark, WORKS)]


def tap_again(*, lies: bool) -> Question:
    """Return the question for a tap after the reader was away; `lies` as above."""
    return Question((AGAIN,), _lying_tap_again if lies else _bare_tap_again)


def _bare_tap_again(desk: Desk) -> list[Answer]:
    mark = desk.watch.mark()
    desk.console.say(TAP)
    return [tapped(desk, mark, AGAIN)]


def _lying_tap_again(desk: Desk) -> list[Answer]:
    mark = desk.watch.mark()
    answers = _bare_tap_again(desk)
    if answers[0].outcome == SEEN:
        _taken_away(desk, mark)
    return answers


def tapped(desk: Desk, mark: int, question: str) -> Answer:
    """Return what a tap came to, without a digit of the card's number."""
    seen = desk.came(mark, CardTapped, CardRefused)
    if not isinstance(seen, Seen):
        return missing(question, seen, "no card was noticed")
    if not isinstance(seen.event, CardTapped):
        code = seen.event.code if isinstance(seen.event, CardRefused) else ""
        return Answer(question, FAILED, f"the card was refused: {code}")
    detected = desk.watch.since(mark, desk.device, CardDetected)
    took = f", read in {1e3 * (seen.at_s - detected[0].at_s):.0f} ms" if detected else ""
    proof = f", key: {seen.event.proof}" if seen.event.proof else ""
    length = f", number of {len(seen.event.uid)} bytes" if seen.event.uid else ""
    return Answer(question, SEEN, f"{seen.event.kind}{length}{proof}{took}")


def _refusal(desk: Desk) -> list[Answer]:
    mark = desk.watch.mark()
    desk.console.say("Hold a bank card or a phone to it.")
    seen = desk.came(mark, CardRefused, CardTapped)
    if not isinstance(seen, Seen):
        return [missing(REFUSES, seen, "no card was noticed")]
    _taken_away(desk, mark)
    if not isinstance(seen.event, CardRefused):
        return [Answer(REFUSES, FAILED, "it was taken for a member card")]
    # A card that was not read to its end was refused for that, whatever card it was.
    return [Answer(REFUSES, FAILED if seen.event.code == UNREADABLE.code else SEEN, seen.event.code)]


def _taken_away(desk: Desk, mark: int) -> Seen | str:
    desk.console.say("Take it away.")
    return desk.came(mark, CardRemoved)


def scan_question(layout: str, question: str) -> Question:
    """Return the question for the test code; `layout` is set for what types like a keyboard, else empty."""

    def ask(desk: Desk) -> list[Answer]:
        mark = desk.watch.mark()
        desk.console.say(f"{code_drawn()}\n{SCAN}")
        seen = desk.came(mark, CodeScanned, ScanRejected)
        if not isinstance(seen, Seen):
            return [missing(question, seen, "no code arrived")]
        if not isinstance(seen.event, CodeScanned):
            return [Answer(question, FAILED, seen.event.code if isinstance(seen.event, ScanRejected) else "")]
        return [scanned(seen.event.text, layout, question)]

    return Question((question,), ask)


def scanned(text: str, layout: str, question: str) -> Answer:
    """Return what a scanned code shows; any other code than the test code may be a payment code and is not repeated."""
    if layout:
        verdict = check_layout(text, layout)
        values = ", ".join(f"{name} {value}" for name, value in verdict.values.items())
        return Answer(question, SEEN if verdict.code == "layout_fits" else FAILED, f"{verdict.code}: {values}")
    if text == TEST_CODE:
        return Answer(question, SEEN, f"the test code, all {len(text)} characters")
    return Answer(question, FAILED, f"another code of {len(text)} characters")


def code_drawn() -> str:
    """Return the test code as a QR code of blocks, for scanners that read screens."""
    drawn = io.StringIO()
    segno.make_qr(TEST_CODE, error="m").terminal(drawn, compact=True)
    return drawn.getvalue()
