"""The self-check as a slip: what was looked at, and what to do about what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from terminal.rules.doctor_words import ALL_WELL, TITLE, TO_MEND, UNTOLD, check_name, mark, phrase, remedy
from terminal.rules.receipt import Block, Cut, Document, Gap, Rule, Text


def doctor_slip(
    checks: Sequence[tuple[str, str, str, Mapping[str, object]]],
    versions: Mapping[str, str],
    at_text: str,
    language: str,
) -> Document:
    """Return the slip of (code, subject, trouble, values) checks, made at `at_text`."""
    blocks: list[Block] = [
        Text(phrase(TITLE, language), bold=True, align="centre"),
        Text(at_text, align="centre"),
        Rule(),
    ]
    for code, subject, trouble, values in checks:
        blocks.append(
            Text(
                f"{check_name(code, language)} {subject}".strip(),
                mark(trouble, language),
                bold=bool(trouble) and trouble not in UNTOLD,
            )
        )
        if trouble:
            blocks += [Text(remedy(trouble, values, language)), Text(f"[{trouble}]")]
    failed = sum(1 for _, _, trouble, _ in checks if trouble and trouble not in UNTOLD)
    summary = phrase(TO_MEND, language, count=failed) if failed else phrase(ALL_WELL, language)
    blocks += [Rule(), *(Text(name, value) for name, value in versions.items())]
    return (*blocks, Rule(), Text(summary, bold=True, align="centre"), Gap(8), Cut())
