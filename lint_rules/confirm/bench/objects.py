"""Objects of the project's classes, made without running `__init__`.

Invariant: an attribute that `__init__` gives by mere computing is given; of all others only what the state says is
known.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lint_rules.confirm.bench.sources import Module, Project, defaults
from lint_rules.confirm.bench.stubs import Stub
from lint_rules.confirm.bench.syntax import blocks, is_none, last_name


class Maker:
    """Makes objects of one project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.busy: list[type] = []
        project.make = self.make

    def make(self, cls: type, /, **given: Any) -> Any:
        """An object of a class of the project without `__init__` being run: what that only computes is taken over, the
        rest are stand-ins.
        """
        shown = [name for name in given if isinstance(getattr(cls, name, None), property)]
        if shown:  # what the state says of a property holds, whatever it computes
            cls = type(cls.__name__, (cls,), dict.fromkeys(shown))
        plain: Any = next(base for base in cls.__mro__ if base.__module__ == "builtins")
        made = plain.__new__(cls)
        if cls in self.busy:  # classes that hold each other
            return made
        self.busy.append(cls)
        try:
            for name, value in given.items():
                self._allowed(cls, name, value)
            for name, value in {**self._seeds(cls), **given}.items():
                with contextlib.suppress(AttributeError, TypeError):
                    object.__setattr__(made, name, value)
        finally:
            self.busy.pop()
        return made

    def _allowed(self, cls: type, name: str, value: Any) -> None:
        """Raises where `__init__` alone gives an attribute and would make something else of that value."""
        node = next((found for base in cls.__mro__ if (found := _origin(base, self.project))), None)
        if node is None:
            return
        stores = [stmt for stmt in ast.walk(node[1]) if isinstance(stmt, ast.Assign) and _stores(stmt, name)]
        inits = [s for s in node[1].body if isinstance(s, ast.FunctionDef) and s.name == "__init__"]
        if len(stores) != 1 or not inits or stores[0] not in list(blocks(inits[0])):
            return
        module, shown = self.project.module(node[0]), stores[0].value
        known = defaults(module, inits[0])
        used = {n.id for n in ast.walk(shown) if isinstance(n, ast.Name)} & set(known)
        if len(used) != 1 or isinstance(shown, ast.Name):
            return
        given = module.value(shown, {used.pop(): value})
        if given is not None and type(given) is not Stub and given != value:
            raise Forbidden(f"`__init__` makes {given!r} of {value!r}: {ast.unparse(stores[0])}")

    def _seeds(self, cls: type) -> dict[str, Any]:
        seeds: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            node = _origin(base, self.project)
            if node is None:
                continue
            module = self.project.module(Path(node[0]))
            for stmt in node[1].body:
                if isinstance(stmt, ast.AnnAssign) and isinstance(stmt.target, ast.Name) and stmt.value is not None:
                    seeds[stmt.target.id] = self._seed(module, stmt.value, {}, stmt.target.id)
            for part in ast.walk(node[1]):
                name = part.attr if isinstance(part, ast.Attribute) and last_name(part.value) == "self" else ""
                if name and not hasattr(cls, name) and name not in seeds:
                    seeds[name] = Stub(self.project.world, f"self.{name}")
            for init in (s for s in node[1].body if isinstance(s, ast.FunctionDef) and s.name == "__init__"):
                seeds.update(self._given_by(module, init))
        return seeds

    def _given_by(self, module: Module, init: ast.FunctionDef) -> Iterator[tuple[str, Any]]:
        known = defaults(module, init)
        for stmt in blocks(init):
            if isinstance(stmt, (ast.Assign, ast.AnnAssign)) and stmt.value is not None:
                for target in stmt.targets if isinstance(stmt, ast.Assign) else [stmt.target]:
                    if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self":
                        yield target.attr, self._seed(module, stmt.value, known, f"self.{target.attr}")

    def _seed(self, module: Module, node: ast.expr, known: dict[str, Any], name: str) -> Any:
        value = module.value(node, known)
        return Stub(self.project.world, name) if value is None and not _none(node, known) else value


class Forbidden(Exception):
    """The code of the project does not let an object be in such a state."""


def _stores(stmt: ast.Assign, name: str) -> bool:
    return any(isinstance(t, ast.Attribute) and t.attr == name and last_name(t.value) == "self" for t in stmt.targets)


def _none(node: ast.expr, known: dict[str, Any]) -> bool:
    return is_none(node) or (isinstance(node, ast.Name) and known.get(node.id, node) is None)


def _origin(cls: type, project: Project) -> tuple[Path, ast.ClassDef] | None:
    """The file and the text of a class of the project."""
    for path, module in project.modules.items():
        if cls.__module__ == module["__name__"]:
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
                    return path, node
    return None
