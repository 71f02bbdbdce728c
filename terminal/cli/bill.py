"""`terminal bill`: bills opened, priced, put aside, settled and shown, by somebody who gives their PIN."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from terminal.base.config import Config

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]


def add_commands(bill: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `bill`, each by `add(group, name, run, words)`."""
