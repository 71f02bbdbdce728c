"""What the cloud answers when it will not do what was asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refused:
    """The message is not taken at all: its sender is unknown, its signature or its form is wrong. Nothing was done.

    `reason` is `unknown`, `signature` or `malformed`; who asked learns nothing else.
    """

    reason: str


class NotPossible(Exception):  # noqa: N818 - says what stands against it
    """A person asked for something that cannot be; `code` is stable. Nothing was done."""

    def __init__(self, code: str) -> None:
        """Name what stands against it."""
        super().__init__(code)
        self.code = code


class ActionConflict(NotPossible):
    """An action id was used before for something else."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("action_conflict")
