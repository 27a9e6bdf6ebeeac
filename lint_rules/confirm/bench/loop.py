"""The loop by itself: cut out of its function, with the variables that it reads as parameters.

Invariant: what stood before the loop in its function does not run; nested functions and imports go with the loop.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lint_rules.confirm.bench.sources import Module, Project, defaults
from lint_rules.confirm.bench.stubs import Stub
from lint_rules.confirm.bench.syntax import (
    SCOPES,
    Counted,
    Loop,
    blocks,
    bound,
    find_function,
    header_of,
    loops_in,
)

ENTRY = "_loop_"


class Cut:
    """One loop of a file. `header` is its text, which is followed if the loop has moved."""

    def __init__(self, project: Project, path: Path, function: str, number: int, header: str) -> None:
        self.module: Module = project.module(path)
        self.owner, self.chain = find_function(ast.parse(path.read_bytes(), str(path)), function)
        loops = loops_in(self.chain[-1])
        same = [loop for loop in loops if header_of(loop) == header]
        if not loops:
            raise LookupError(f"{path.name}: {function} has no loop any more")
        self.loop: Loop = same[0] if len(same) == 1 else loops[min(number, len(loops) - 1)]
        self.line = self.loop.lineno
        self.values = self._values()
        self.names = self._names()
        self._add(project)

    def _values(self) -> dict[str, Any]:
        """What the variables of the function hold when the loop begins, as far as it only has to be computed."""
        known: dict[str, Any] = {}
        for function in self.chain:
            known.update(defaults(self.module, function))
            for stmt in blocks(function):
                names = list(bound(stmt)) if isinstance(stmt, (ast.Assign, ast.AnnAssign)) else []
                if len(names) != 1 or stmt.lineno >= self.line:
                    continue
                value = self.module.value(stmt.value, known)  # type: ignore[attr-defined]
                is_none = isinstance(stmt.value, ast.Constant) and stmt.value.value is None  # type: ignore[attr-defined]
                known[names[0]] = Stub(self.module.project.world, names[0]) if value is None and not is_none else value
        return known

    def _before(self) -> list[ast.stmt]:
        """Functions, classes and imports that the loop's function makes before the loop."""
        kinds = (*SCOPES, ast.ClassDef, ast.Import, ast.ImportFrom)
        held = [stmt for function in self.chain for stmt in blocks(function) if isinstance(stmt, kinds)]
        return [stmt for stmt in held if stmt.lineno < self.line and stmt not in self.chain]

    def _names(self) -> list[str]:
        """The variables of the function that the loop, or what goes with it, speaks of."""
        own: dict[str, None] = {}
        outer: set[str] = set()
        for function in self.chain:
            own.update(dict.fromkeys(defaults(self.module, function)))
            for stmt in blocks(function):
                if isinstance(stmt, ast.Global):
                    outer.update(stmt.names)
                own.update(dict.fromkeys(_written(stmt)))
        before = self._before()
        used = {node.id for part in (self.loop, *before) for node in ast.walk(part) if isinstance(node, ast.Name)}
        made = {name for stmt in before for name in bound(stmt)}
        return [name for name in own if name in used and name not in outer | made]

    def _add(self, project: Project) -> None:
        kept = [n for function in self.chain for n in blocks(function) if isinstance(n, ast.Global)]
        body = [*kept, *self._before(), self.loop]
        names = [ast.arg(name) for name in self.names]
        arguments = ast.arguments([], [], None, names, [None] * len(names), None, [])
        cut = ast.AsyncFunctionDef(ENTRY, arguments, [_NoNonlocal(self.names).visit(part) for part in body], [])
        cut.type_params = []  # type: ignore[attr-defined,unused-ignore]
        cut = Counted().visit(ast.copy_location(cut, self.loop))
        if self.owner:
            project.added[self.module.path, self.owner] = cut
        else:
            self.module.run(cut)

    def entry(self) -> Any:
        if not self.owner:
            return self.module[ENTRY]
        found: Any = self.module[self.owner.partition(".")[0]]
        for name in self.owner.split(".")[1:]:
            found = vars(found)[name]
        return vars(found)[ENTRY]


class _NoNonlocal(ast.NodeTransformer):
    """Variables of an enclosing function are parameters here; only functions inside may speak of them as nonlocal."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        return ast.copy_location(ast.Pass(), node)


def _written(stmt: ast.stmt) -> Iterator[str]:
    if isinstance(stmt, (*SCOPES, ast.ClassDef)):
        return
    for node in ast.walk(stmt):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            yield node.id
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
