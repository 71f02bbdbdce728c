"""The three kinds of trouble: a refusal, a fault, and (anything else) a bug."""

from __future__ import annotations

from collections.abc import Mapping

Value = str | int


class Refusal(Exception):  # noqa: N818 - a refusal is a worded answer, not an error of ours
    """An expected "no", identified by a stable code; screens word it in the reader's language.

    `code` never changes once released; `values` fill the sentence (amounts in fen end in `_fen`) and hold no
    personal data.
    """

    def __init__(self, code: str, **values: Value) -> None:
        """Refuse with `code` and the values its sentence needs."""
        super().__init__(code, values)
        self.code = code
        self.values: Mapping[str, Value] = values

    def __str__(self) -> str:
        """Return the code and values, fit for a log."""
        return " ".join([self.code, *(f"{name}={value}" for name, value in self.values.items())])


class DeviceFault(Exception):  # noqa: N818 - named for what it is: a fault the supervisor retries
    """A device failed in an expected way; `permanent` says that trying again cannot help."""

    def __init__(self, code: str, detail: str = "", *, permanent: bool = False) -> None:
        """Describe the fault by a stable code and a detail for the log (no personal data)."""
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.permanent = permanent


class Overloaded(Exception):  # noqa: N818 - said of a limit, caught by name
    """A bounded queue is full: the caller must say so, not wait."""
