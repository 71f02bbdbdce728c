"""`terminal prepaid`: gift cards, coupons, passes and points, by somebody who gives their PIN."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from terminal.base.config import Config

Add = Callable[[Any, str, Callable[[argparse.Namespace, Config], int], str], argparse.ArgumentParser]


def add_commands(prepaid: Any, add: Add) -> None:  # noqa: ANN401 - untyped there
    """Add the commands to the group `prepaid`, each by `add(group, name, run, words)`."""
