"""Who calls a coroutine, and whether every caller can take an exception from it.

Invariant: a call that cannot be understood counts as one that cannot.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from lint_rules.fixes.catching import catches
from lint_rules.index import ClassInfo, ModuleInfo
from lint_rules.interface import classes_named
from lint_rules.resolve import Resolver
from lint_rules.sites import Callee
from lint_rules.source import Undecodable

Parents = dict[ast.AST, ast.AST]


def mentioning(resolver: Resolver, name: str) -> Iterator[Path]:
    """The files of the project in which a name occurs."""
    needle = name.encode()
    for path in resolver.project.files():
        try:
            if needle in resolver.project.data(path):
                yield path
        except OSError:
            continue


def uncaught(resolver: Resolver, callee: Callee, raised: str) -> str:
    """Where the project uses the callee and does not handle `raised`, or ""."""
    for path in mentioning(resolver, callee.fn.name):
        module = resolver.project.module(path)
        try:
            tree = ast.parse(resolver.project.text(path).text)
        except (SyntaxError, ValueError, RecursionError, OSError, Undecodable):
            return f"{path.name} cannot be read"
        if module is None:
            return f"{path.name} cannot be read"
        parents: Parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        for node in parents:
            named = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if named != callee.fn.name or not _is_it(resolver, callee, module, node, parents):
                continue
            if not _handled(node, parents, raised, module):
                return f"{path.name}:{getattr(node, 'lineno', 1)} does not handle it"
    return ""


def public(resolver: Resolver, callee: Callee) -> bool:
    """Whether code outside the project may call it: `__all__` names it or its class, or there is only this one file."""
    if callee.fn.name.startswith("_"):
        return False
    names = {shape[1] for shapes in callee.module.assigns.get("__all__", ()) for shape in _elements(shapes)}
    return not resolver.project.root.is_dir() or bool(names & {callee.fn.name, callee.fn.qualname.split(".")[0]})


def _elements(shape: tuple[object, ...]) -> list[tuple[object, ...]]:
    return [s for s in shape[1] if s[0] == "const"] if shape[0] in ("list", "tuple") else []  # type: ignore[attr-defined]


def _is_it(resolver: Resolver, callee: Callee, module: ModuleInfo, node: ast.AST, parents: Parents) -> bool:
    """Whether a name may mean the callee: only what plainly means another function does not."""
    if isinstance(node, ast.Name):
        if callee.fn.cls is not None:
            return False
        return module.name == callee.fn.module or node.id in module.imports
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
        return True
    at: ast.AST | None = node
    while at is not None and not isinstance(at, ast.ClassDef):
        at = parents.get(at)
    if at is None:
        return True
    for cls in classes_named(module, at.name):
        if cls.line == at.lineno:
            return _may_mean(resolver, cls, callee)
    return True


def _may_mean(resolver: Resolver, cls: ClassInfo, callee: Callee) -> bool:
    return any(resolver.find_method(c, callee.fn.name) is callee.fn for c in (cls, *resolver.subclasses(cls)))


def _handled(node: ast.AST, parents: Parents, raised: str, module: ModuleInfo) -> bool:
    """Whether it is `await f(...)` in a `try` whose first fitting handler takes the class."""
    call = parents.get(node)
    if not (isinstance(call, ast.Call) and call.func is node and isinstance(parents.get(call), ast.Await)):
        return False
    below: ast.AST = call
    at = parents.get(call)
    while at is not None and not isinstance(at, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        if isinstance(at, ast.Try) and below in at.body:
            for handler in at.handlers:
                answer = catches(ast.unparse(handler.type) if handler.type else "", raised, module)
                if answer is not False:
                    return answer is True
        below, at = at, parents.get(at)
    return False
