"""The mutants of a module: each is its source with one small change that a test ought to notice."""

from __future__ import annotations

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

_COMPARED: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.Is: ast.IsNot(),
    ast.IsNot: ast.Is(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
}
_COMPUTED: dict[type[ast.operator], ast.operator] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.FloorDiv(),
    ast.FloorDiv: ast.Mult(),
    ast.Mod: ast.FloorDiv(),
    ast.BitAnd: ast.BitOr(),
    ast.BitOr: ast.BitAnd(),
}
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}
# A statement of SQL or a part of one, and what is exchanged in it.
_SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|WHERE|JOIN|ORDER BY)\b")
_SQL_CHANGES = (
    (re.compile(r" > "), " >= "),
    (re.compile(r" >= "), " > "),
    (re.compile(r" AND "), " OR "),
    (re.compile(r" OR (?!IGNORE|REPLACE)"), " AND "),
    (re.compile(r" IS NOT "), " IS "),
    (re.compile(r" IS (?!NOT )"), " IS NOT "),
    (re.compile(r" LEFT JOIN "), " JOIN "),
    (re.compile(r" DESC\b"), ""),
    (re.compile(r" ORDER BY [a-z_.]+(, [a-z_.]+)*"), ""),
    (re.compile(r"(?<=[a-z]) \+ (?=[a-z?])"), " - "),
    (re.compile(r"\bmax\("), "min("),
    (re.compile(r"\bmin\("), "max("),
)
# A code, a kind or a key, as against a sentence.
_NAME = re.compile(r"[a-z][a-z_/]+")
_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: `start` and `end` are the bytes of the module's source that `text` replaces.

    `where` is the function or class around it, and `nth` counts the same changes of one such place from 0, so that a
    mutant keeps its name while other lines move.
    """

    path: str
    line: int
    where: str
    change: str
    start: int
    end: int
    text: str
    nth: int = 0

    @property
    def name(self) -> str:
        """What it is called in lists, whatever line it is on."""
        again = f" #{self.nth + 1}" if self.nth else ""
        return f"{self.path} {self.where}: {self.change}{again}"

    @property
    def place(self) -> str:
        """Where it stands on the ring of all mutants: a number in hexadecimal that only its name decides."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:16]

    def applied(self, source: bytes) -> bytes:
        """Return the module's source with the change."""
        return source[: self.start] + self.text.encode() + source[self.end :]


def mutants(path: str, source: bytes) -> list[Mutant]:
    """Return all mutants of the module at `path`, in the order of its lines."""
    found: list[Mutant] = []
    times: Counter[str] = Counter()
    for each in sorted(_Finder(path, source).found(), key=lambda each: (each.start, each.end, each.change)):
        found.append(replace(each, nth=times[each.name]))
        times[each.name] += 1
    return found


def statement(source: bytes, mutant: Mutant) -> tuple[int, int]:
    """Return the first and last line of the statement that is changed, or of its head where it has a body."""
    finder = _Finder(mutant.path, source)
    around = [
        node
        for node in ast.walk(finder.tree)
        if isinstance(node, ast.stmt) and finder.range(node)[0] <= mutant.start and mutant.end <= finder.range(node)[1]
    ]
    # Of those around a place, the one that is deepest in the tree comes last.
    node = around[-1]
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    last = node.end_lineno if not body or isinstance(body[0], ast.match_case) else body[0].lineno - 1
    return node.lineno, max(node.lineno, last or 0)


class _Finder:
    """Walks a module's syntax and gives each change that can be made."""

    def __init__(self, path: str, source: bytes) -> None:
        self._path, self._source = path, source
        self.tree = ast.parse(source)
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def found(self) -> Iterator[Mutant]:
        """Give all changes."""
        yield from self._walk(self.tree, "module", self.tree)

    def _walk(self, node: ast.AST, where: str, around: ast.AST) -> Iterator[Mutant]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            where = node.name if where == "module" else f"{where}.{node.name}"
        if isinstance(node, ast.Constant):
            yield from self._of_constant(node, where, around)
        elif isinstance(node, ast.expr):
            yield from self._of_expression(node, where)
        elif isinstance(node, ast.stmt):
            yield from self._of_statement(node, where)
        for child in _children(node):
            yield from self._walk(child, where, node)

    def _of_statement(self, node: ast.stmt, where: str) -> Iterator[Mutant]:
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
            yield self._made(node, where, "pass")
        elif isinstance(node, ast.Continue):
            yield self._made(node, where, "break")
        elif isinstance(node, ast.Break):
            yield self._made(node, where, "continue")
        elif isinstance(node, ast.If | ast.While) and _is_plain(node.test):
            yield self._made(node.test, where, f"(not {ast.unparse(node.test)})")
        elif isinstance(node, ast.AugAssign) and type(node.op) in _COMPUTED:
            changed = ast.AugAssign(node.target, _COMPUTED[type(node.op)], node.value)
            yield self._made(node, where, ast.unparse(changed))

    def _of_expression(self, node: ast.expr, where: str) -> Iterator[Mutant]:
        if isinstance(node, ast.Compare | ast.BoolOp | ast.BinOp | ast.UnaryOp):
            yield from (self._made(node, where, _text(other)) for other in _others(node))
        elif isinstance(node, ast.IfExp) and _is_plain(node.test):
            yield self._made(node.test, where, f"(not {ast.unparse(node.test)})")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLED:
            made = self._made(node.func, where, _CALLED[node.func.id])
            yield replace(made, change=f"{made.change}, in {_shown(ast.unparse(node))}")
        elif isinstance(node, ast.Set):
            yield from self._without_one(node, where)
        elif isinstance(node, ast.JoinedStr) and _SQL.search(ast.unparse(node)):
            yield from self._of_sql(node, where)
        for clause in getattr(node, "generators", ()):
            yield from (self._made(test, where, "True") for test in clause.ifs)

    def _without_one(self, node: ast.Set, where: str) -> Iterator[Mutant]:
        for place, each in enumerate(node.elts):
            left = [*node.elts[:place], *node.elts[place + 1 :]]
            made = self._made(node, where, ast.unparse(ast.Set(left)) if left else "set()")
            yield replace(made, line=each.lineno, change=f"{_shown(ast.unparse(each))} -> nothing, of a set")

    def _of_constant(self, node: ast.Constant, where: str, around: ast.AST) -> Iterator[Mutant]:
        value, text = node.value, ""
        if isinstance(value, bool):
            text = str(not value)
        elif isinstance(value, int):
            text = str(value + 1)
        elif isinstance(value, str) and _SQL.search(value):
            yield from self._of_sql(node, where)
        elif isinstance(value, str) and _NAME.fullmatch(value):
            text = repr(f"{value}_x")
        if text:
            made = self._made(node, where, text)
            yield replace(made, change=f"{made.change}, in {_shown(ast.unparse(around))}")

    def _of_sql(self, node: ast.expr, where: str) -> Iterator[Mutant]:
        start, end = self.range(node)
        text = self._source[start:end].decode()
        for pattern, other in _SQL_CHANGES:
            for hit in pattern.finditer(text):
                offset = start + len(text[: hit.start()].encode())
                around = " ".join(text[max(0, hit.start() - 20) : hit.end() + 20].split())
                change = f"SQL ...{around}...: {hit[0].strip()} -> {other.strip() or 'nothing'}"
                line = node.lineno + text[: hit.start()].count("\n")
                yield Mutant(self._path, line, where, change, offset, offset + len(hit[0].encode()), other)

    def _made(self, node: ast.stmt | ast.expr, where: str, text: str) -> Mutant:
        start, end = self.range(node)
        shown = text[1:-1] if text.startswith("(") and isinstance(node, ast.expr) else text
        change = f"{_shown(ast.unparse(node))} -> {_shown(shown)}"
        return Mutant(self._path, node.lineno, where, change, start, end, text)

    def range(self, node: ast.stmt | ast.expr) -> tuple[int, int]:
        """Return where a part of the source begins and ends, in bytes."""
        # Columns of the syntax tree count bytes of UTF-8.
        assert node.end_lineno is not None, "the tree was parsed"
        assert node.end_col_offset is not None, "the tree was parsed"
        return self._lines[node.lineno - 1] + node.col_offset, self._lines[node.end_lineno - 1] + node.end_col_offset


def _others(node: ast.expr) -> Iterator[ast.expr]:
    """Give what an expression becomes with one of its operators exchanged or left out."""
    if isinstance(node, ast.Compare):
        for place, sign in enumerate(node.ops):
            signs = [*node.ops[:place], _COMPARED[type(sign)], *node.ops[place + 1 :]]
            yield ast.Compare(node.left, signs, node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
        yield ast.BinOp(node.left, _COMPUTED[type(node.op)], node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Give the parts whose change a test ought to notice.

    Not decorators, annotations and what is asserted, which state what holds anyway; not sentences of errors and logs,
    and how a value is shown to a programmer; nor the parts of a formatted text, whose places are not known before
    Python 3.12.
    """
    if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom | ast.JoinedStr) or _is_log(node):
        return
    for field, value in ast.iter_fields(node):
        if field in {"decorator_list", "annotation", "returns", "type_params"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.keyword) and child.arg in {"repr", "strict"}:
                continue
            if isinstance(child, ast.AST) and not _is_log(child):
                yield child


def _is_log(node: ast.AST) -> bool:
    """Tell whether it is a statement that writes to the log, or a cast, which does nothing."""
    if isinstance(node, ast.Expr):
        node = node.value
    if not isinstance(node, ast.Call):
        return False
    return ast.unparse(node.func).startswith(("logger.", "cast"))


def _is_plain(test: ast.expr) -> bool:
    """Tell whether a condition has no operator of its own to change."""
    return not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.Constant)


def _text(node: ast.expr) -> str:
    return f"({ast.unparse(ast.fix_missing_locations(node))})"


def _shown(text: str) -> str:
    """Return a change as a list shows it: on one line, and not longer than one."""
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 3]}..."
