"""What the self-check found out about one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from terminal.rules.doctor_words import UNTOLD


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: `trouble` is empty when it passed; `subject` names which of several.

    What could not be looked at has neither passed nor failed.
    """

    code: str
    subject: str = ""
    trouble: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Tell whether it was looked at and nothing is wrong."""
        return not self.trouble

    @property
    def failed(self) -> bool:
        """Tell whether something is to be mended."""
        return bool(self.trouble) and self.trouble not in UNTOLD
