"""The syntax of modules, read once however many tests look at it."""

from __future__ import annotations

import ast
import functools
import pathlib


@functools.cache
def nodes_of(path: pathlib.Path) -> tuple[ast.AST, ...]:
    """Return every node of a module's syntax, the module itself first."""
    return nodes_in(path.read_text(encoding="utf-8"))


def nodes_in(source: str) -> tuple[ast.AST, ...]:
    """Return every node of a source, the module itself first."""
    found: list[ast.AST] = [ast.parse(source)]
    # The list grows while it is read. `ast.walk` does the same with a generator for each node, and takes longer.
    for node in found:
        for value in vars(node).values():
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found.extend([each for each in value if isinstance(each, ast.AST)])
    return tuple(found)
