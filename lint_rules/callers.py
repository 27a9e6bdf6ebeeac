"""What the project's own calls give to a parameter: where a function is called, and with which expressions.

Invariant: a call is counted only where its receiver is known to mean the function that is asked about; a function that
is mentioned in too many places is not asked about at all.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from lint_rules.index import ClassInfo, FunctionInfo, ModuleInfo
from lint_rules.models import lookup
from lint_rules.resolve import Lib, Resolver
from lint_rules.shapes import Shape, shape_of

MAX_FILES = 12
MAX_PLACES = 40
SPREAD = "*"  # stands for arguments whose number is not known


class Typed(Protocol):
    """What is asked of types: the class of the object whose method is called."""

    def class_of(self, module: ModuleInfo, shape: Shape, fn: FunctionInfo | None) -> ClassInfo | None: ...


@dataclass(frozen=True, slots=True)
class Site:
    """One call: the function in which it stands (None: the top level), and what it gives. `types` are given by a
    library that calls back.
    """

    module: ModuleInfo
    fn: FunctionInfo | None
    args: tuple[Shape, ...] = ()
    keywords: tuple[tuple[str, Shape], ...] = ()
    types: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.fn.name if self.fn is not None else "the module"


def sites(resolver: Resolver, types: Typed, fn: FunctionInfo) -> tuple[Site, ...]:
    """The calls of a function; nothing where it is mentioned too often to be asked about."""
    key = ("calls", fn.module, fn.qualname, fn.line)
    return resolver.project.recall(key, lambda: tuple(_sites(resolver, types, fn)))


def given(fn: FunctionInfo, site: Site, name: str) -> Shape | None:
    """The expression that a call gives for a parameter; None where it gives none, or nobody can tell."""
    named = dict(site.keywords)
    if name in named:
        return named[name]
    position = position_of(fn, name)
    if position is None or ("name", SPREAD) in site.args[: position + 1] or position >= len(site.args):
        return None
    return site.args[position]


def position_of(fn: FunctionInfo, name: str) -> int | None:
    """Which argument of a call a parameter takes, the object of a method not counted."""
    positional = [p.name for p in fn.params if p.kind == "positional"]
    if _takes_self(fn):
        positional = positional[1:]
    return positional.index(name) if name in positional else None


def _takes_self(fn: FunctionInfo) -> bool:
    return fn.cls is not None and fn.parent is None and not any(d[-1] == "staticmethod" for d in fn.decorators)


def _sites(resolver: Resolver, types: Typed, fn: FunctionInfo) -> Iterator[Site]:
    owner = resolver.class_at(fn)
    meant = _Meant(resolver, types, fn, owner)
    if fn.name == "__init__" and owner is not None:
        yield from _constructions(resolver, owner, meant)
        return
    if fn.name.startswith("__"):
        return
    yield from _mentions(resolver, fn.name, meant)
    if fn.parent is not None and ("name", fn.name) in fn.parent.locals.get("return", ()):
        yield from _mentions(resolver, fn.parent.name, replace(meant, made_by=fn.parent))


def _constructions(resolver: Resolver, owner: ClassInfo, meant: _Meant) -> Iterator[Site]:
    """`Class(...)`, also of a subclass that has no `__init__` of its own; `cls(...)`, and `super().__init__(...)`."""
    subclasses = resolver.subclasses(owner)
    same = [c for c in subclasses if resolver.find_method(c, "__init__") is meant.target]
    for word in dict.fromkeys(c.name for c in (owner, *same)):
        yield from _mentions(resolver, word, meant)
    inside = [fn for c in (owner, *same) for fn in c.methods.values() if fn.params[:1] and fn.params[0].name == "cls"]
    for fn in inside:
        yield from _in_function(resolver, resolver.module_of(fn.module), fn, "cls", meant)
    for c in subclasses:
        own = c.methods.get("__init__")
        if own is not None and resolver.find_method(c, "__init__", after=c) is meant.target:
            yield from _in_function(resolver, resolver.module_of(c.module), own, "__init__", meant)


def _mentions(resolver: Resolver, word: str, meant: _Meant) -> Iterator[Site]:
    project = resolver.project
    home = project.path_of(meant.target.module)
    mentions = [pair for pair in project.mentions(word) if pair[0] == home or not project.is_test(pair[0])]
    if len(mentions) > MAX_FILES or sum(len(lines) for _, lines in mentions) > MAX_PLACES:
        return
    for path, lines in mentions:
        module = project.module(path)
        if module is not None:
            yield from _in_module(resolver, module, path, lines, word, meant)


def _in_module(
    resolver: Resolver, module: ModuleInfo, path: Path, lines: tuple[int, ...], word: str, meant: _Meant
) -> Iterator[Site]:
    inside = list(resolver.project.outermost(path).values())
    for first, last in inside:
        mentions = [line for line in lines if first <= line <= last]
        if mentions:
            yield from _in_function(resolver, module, module.functions_at(first)[0], word, meant, mentions)
    for line in lines:
        if not any(first <= line <= last for first, last in inside):
            yield from _at_top_level(resolver, module, path, line, word, meant)


def _in_function(
    resolver: Resolver,
    module: ModuleInfo,
    outer: FunctionInfo,
    word: str,
    meant: _Meant,
    lines: Sequence[int] | None = None,
) -> Iterator[Site]:
    """`lines`: where the word stands; nothing else is looked at."""
    try:
        source = resolver.project.source(outer)
        shift = outer.first - 1 - source.startswith("if 1:\n")
        wanted = None if lines is None else [line - shift for line in lines]
        functions = {fn.line - shift: fn for fn in module.functions_at(outer.first)}
        visitor = _Calls(word, module, functions, meant, wanted)
        visitor.visit(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, OSError):
        return
    yield from visitor.found


def _at_top_level(
    resolver: Resolver, module: ModuleInfo, path: Path, line: int, word: str, meant: _Meant
) -> Iterator[Site]:
    """`asyncio.run(main(reader))` on a line of its own."""
    visitor = _Calls(word, module, {}, meant)
    try:
        visitor.visit(ast.parse(resolver.project.text(path).lines[line - 1].strip()))
    except (SyntaxError, ValueError, RecursionError, OSError, IndexError):
        return
    yield from visitor.found


@dataclass(frozen=True, slots=True)
class _Meant:
    """Whether a name in the project's text means the function that is asked about."""

    resolver: Resolver
    types: Typed
    target: FunctionInfo
    owner: ClassInfo | None
    made_by: FunctionInfo | None = None  # a function that returns the target: a decorator with arguments

    def decorates(self, module: ModuleInfo, shape: Shape) -> bool:
        """Whether a decorator hands what it decorates to the target."""
        if self.made_by is not None:
            return shape[0] == "call" and self.resolver.resolve(module, shape[1]) is self.made_by
        return shape[0] != "call" and self.resolver.resolve(module, shape) is self.target

    def by(self, module: ModuleInfo, fn: FunctionInfo | None, shape: Shape) -> bool:
        if self.made_by is not None:
            return False
        if self.target.name == "__init__":
            inherited = shape == ("attr", ("call", ("name", "super"), (), ()), "__init__")
            return inherited or shape == ("name", "cls") or self._constructs(module, fn, shape)
        if shape[0] == "name":
            return self._name(module, fn, shape[1])
        if self.owner is None or self.target.parent is not None:
            return self.resolver.resolve(module, shape) is self.target
        cls = self.types.class_of(module, shape[1], fn)
        return cls is not None and self.resolver.find_method(cls, self.target.name) is self.target

    def _name(self, module: ModuleInfo, fn: FunctionInfo | None, name: str) -> bool:
        at = fn
        while at is not None:
            if at.nested.get(name) is self.target:
                return True
            if name in at.locals or name in at.nested or any(p.name == name for p in at.params):
                return False
            at = at.parent
        return self.target.cls is None and self.resolver.lookup(module, name) is self.target

    def _constructs(self, module: ModuleInfo, fn: FunctionInfo | None, shape: Shape) -> bool:
        root = shape
        while root[0] == "attr":
            root = root[1]
        if fn is not None and root[0] == "name" and root[1] in fn.locals:
            return False
        cls = self.resolver.resolve(module, shape)
        return isinstance(cls, ClassInfo) and self.resolver.find_method(cls, "__init__") is self.target

    def called_back(self, module: ModuleInfo, node: ast.Call, at: int) -> tuple[str, ...]:
        """What a library gives to a function that is handed to it, such as `start_server(self.on_client)`."""
        entity = self.resolver.resolve(module, shape_of(node.func))
        model = lookup.function(self.resolver.models, entity.name) if isinstance(entity, Lib) else None
        if model is None or not model.callback:
            return ()
        parameter, *types = model.callback
        keyword = [i for i, k in enumerate(node.keywords) if k.arg == parameter]
        position = model.parameters.index(parameter) if parameter in model.parameters else -1
        wanted = len(node.args) + keyword[0] if keyword else position
        return tuple(types) if at == wanted else ()


class _Calls(ast.NodeVisitor):
    """Finds the calls in one outermost function, and in which of the functions inside it each stands."""

    def __init__(
        self,
        word: str,
        module: ModuleInfo,
        functions: dict[int, FunctionInfo],
        meant: _Meant,
        lines: Sequence[int] | None = None,
    ) -> None:
        self.word = word
        self.module = module
        self.functions = functions  # by the line of their `def`
        self.meant = meant
        self.lines = lines
        self.inside: list[FunctionInfo | None] = [None]
        self.lambdas: dict[int, dict[str, str]] = {}  # what a library gives to a lambda that it is handed
        self.around: list[dict[str, str]] = []
        self.found: list[Site] = []

    def visit(self, node: ast.AST) -> None:
        if self.lines is None or not isinstance(node, ast.stmt) or any(_spans(node, line) for line in self.lines):
            super().visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        fn = self.functions.get(node.lineno)
        if fn is not None and any(self.meant.decorates(self.module, d) for d in fn.decorators):
            self.found.append(Site(self.module, self.inside[-1], (("decorated", fn),)))
        self.inside.append(fn)
        self.generic_visit(node)
        self.inside.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.around.append(self.lambdas.get(id(node), {}))
        self.generic_visit(node)
        self.around.pop()

    def visit_Call(self, node: ast.Call) -> None:
        if self._is_word(node.func) and self._meant(node.func):
            self._add(node.args, node.keywords)
        for i, argument in enumerate([*node.args, *(k.value for k in node.keywords)]):
            if self._is_word(argument) and self._meant(argument):
                self._handed(node, i)
            elif isinstance(argument, ast.Lambda):
                types = self.meant.called_back(self.module, node, i)
                self.lambdas[id(argument)] = dict(zip((a.arg for a in argument.args.args), types, strict=False))
        self.generic_visit(node)

    def _is_word(self, node: ast.expr) -> bool:
        return (isinstance(node, ast.Attribute) and node.attr == self.word) or (
            isinstance(node, ast.Name) and node.id == self.word
        )

    def _meant(self, node: ast.expr) -> bool:
        return self.meant.by(self.module, self.inside[-1], shape_of(node))

    def _handed(self, node: ast.Call, at: int) -> None:
        """Given to another function: with its arguments behind it, or to a library that is known to call it."""
        if at == 0 and shape_of(node.func)[-1] == "partial":
            self._add(node.args[1:], node.keywords)
            return
        types = self.meant.called_back(self.module, node, at)
        if types:
            self.found.append(Site(self.module, self.inside[-1], types=types))

    def _add(self, args: list[ast.expr], keywords: list[ast.keyword]) -> None:
        shapes = tuple(("name", SPREAD) if isinstance(a, ast.Starred) else self._shape(a) for a in args)
        named = tuple((k.arg, self._shape(k.value)) for k in keywords if k.arg is not None)
        self.found.append(Site(self.module, self.inside[-1], shapes, named))

    def _shape(self, node: ast.expr) -> Shape:
        known = next((t[node.id] for t in self.around if isinstance(node, ast.Name) and node.id in t), None)
        return ("typed", known) if known is not None else shape_of(node)


def _spans(node: ast.stmt, line: int) -> bool:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)])
    return first <= line <= (node.end_lineno or node.lineno)


__all__ = ["Site", "given", "position_of", "sites"]
