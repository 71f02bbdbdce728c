"""The result of a walk as a page of Markdown, which claims nothing that was not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Measured by the drivers; said by the technician; asked and gone wrong; not asked; and what no hand can ask.
SEEN, SAID, FAILED, SKIPPED, NOT_BY_HAND = "seen", "said", "FAILED", "skipped", "not by hand"
BY_TESTS = (
    ("Bounded reads", "only a device that floods its line shows it: the simulators do"),
    ("Parser fuzzed", "random bytes come from tests"),
    ("Simulator with faults", "this was the real device"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question: its outcome, and in a few words what was seen."""

    question: str
    outcome: str
    words: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A device that was walked through: its id, the drivers it tries, and what its label says."""

    device: str
    drivers: tuple[str, ...]
    label: str


def verdict(answers: Sequence[Answer]) -> str:
    """Return `works`, or what failed or was not tried."""
    asked = [answer for answer in answers if answer.outcome != NOT_BY_HAND]
    failed = [answer.question for answer in asked if answer.outcome == FAILED]
    skipped = [answer.question for answer in asked if answer.outcome == SKIPPED]
    parts = [f"failed: {', '.join(failed)}"] if failed else []
    parts += [f"not tried: {', '.join(skipped)}"] if skipped else []
    return "; ".join(parts) if parts else "works"


def file_name(device: str, date: str) -> str:
    """Return the name of a device's result file; `date` is `YYYY-MM-DD`."""
    return f"{date}-{device}.md"


def page(subject: Subject, date: str, system: str, answers: Sequence[Answer]) -> str:
    """Return the result file's text; `system` is what the walk ran on."""
    whole = [*answers, *(Answer(question, NOT_BY_HAND, words) for question, words in BY_TESTS)]
    label = _cell(subject.label) or "not said"
    lines = [
        f"# {subject.device}: {label}, {date}",
        "",
        f"Tried with the shipped drivers ({', '.join(subject.drivers)}) on {system}: **{verdict(whole)}**.",
        "",
        "`seen` was measured by the driver, `said` is the word of the person who tried it.",
        "",
        "| question | outcome | what was seen |",
        "|---|---|---|",
        *(f"| {answer.question} | {answer.outcome} | {_cell(answer.words)} |" for answer in whole),
        "",
        "For the table in docs/hardware.md, and then the row of the scorecards:",
        "",
        *(f"| `{driver}` | {label} | {date} | {verdict(whole)} |" for driver in subject.drivers),
    ]
    return "\n".join(lines) + "\n"


def _cell(words: str) -> str:
    return words.replace("|", "/").replace("\n", " ").strip()
