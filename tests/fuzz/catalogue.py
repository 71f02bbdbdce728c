"""Every property of a parser, by name: what `python -m tests.fuzz` runs for minutes and the tests run for a moment."""

from __future__ import annotations

import functools
import importlib
import itertools
import pathlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import hypothesis

# Properties of parsers that stand beside those of other functions, in other folders.
ELSEWHERE = ("tests.rules.test_canonical", "tests.services.test_device_setup")
NOT_OF_PARSERS = frozenset(
    {
        "test_what_was_encoded_is_decoded_again",
        "test_the_form_is_plain_json_with_sorted_keys",
        "test_two_values_never_share_their_bytes",
        "test_every_command_is_the_frame_put_together_by_hand",
    }
)


@dataclass(frozen=True, slots=True)
class Property:
    """One Hypothesis test, one case of it where it is parametrised; `test` takes drawn values only."""

    name: str
    test: Callable[..., None]
    case: tuple[tuple[str, object], ...] = ()

    def run(self, seed: int, counted: Callable[[], None]) -> None:
        """Try one round of examples; `counted` is called before each. Raises what the property raises."""
        handle = getattr(self.test, "hypothesis")  # noqa: B009 - Hypothesis gives tests this attribute, types do not know
        inner = handle.inner_test

        @functools.wraps(inner)
        def counting(*arguments: object, **named: object) -> None:
            counted()
            inner(*arguments, **named)

        handle.inner_test = counting
        try:
            hypothesis.seed(seed)(self.test)(**dict(self.case))
        finally:
            handle.inner_test = inner


def properties() -> list[Property]:
    """Return all properties, in the order of their modules."""
    return [found for name in _modules() for found in _of_module(importlib.import_module(name))]


def named(name: str) -> Property:
    """Return the property with this name, for whose sake no other module of tests is loaded."""
    module = next(each for each in _modules() if each.rpartition(".")[2] == name.partition("::")[0])
    return next(found for found in _of_module(importlib.import_module(module)) if found.name == name)


def _modules() -> list[str]:
    here = pathlib.Path(__file__).parent
    return [*(f"tests.fuzz.{path.stem}" for path in sorted(here.glob("test_*.py"))), *ELSEWHERE]


def _of_module(module: ModuleType) -> Iterator[Property]:
    for name, value in vars(module).items():
        if name.startswith("test_") and hasattr(value, "hypothesis") and name not in NOT_OF_PARSERS:
            whole = f"{module.__name__.rpartition('.')[2]}::{name}"
            for label, case in _cases(value):
                yield Property(whole + label, value, case)


def _cases(test: Any) -> Iterator[tuple[str, tuple[tuple[str, object], ...]]]:  # noqa: ANN401 - pytest hangs marks on it
    """Yield label and arguments of each case, as pytest would run them."""
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    for values in itertools.product(*(mark.args[1] for mark in marks)):
        case = tuple((mark.args[0], value) for mark, value in zip(marks, values, strict=True))
        label = "-".join(getattr(value, "__name__", str(value)) for _, value in case)
        yield f"[{label}]" if label else "", case
