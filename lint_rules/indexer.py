"""From the `ast` of a file to its index: one walk over the statements.

Invariant: an index depends on the text alone, and lists functions in the order of the source.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from lint_rules.index import ClassInfo, FunctionInfo, ModuleInfo
from lint_rules.late import Attributes, Functions, Late, Names
from lint_rules.nodes import LOOPS, is_candidate, key_of, params, stub, targets
from lint_rules.outline import Piece, pieces
from lint_rules.parse import Unparseable, parse_index
from lint_rules.shapes import OTHER, Shape, annotation_of, shape_of
from lint_rules.source import Text

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
# Where statements hold others, in the order of the source.
BLOCKS: dict[type, tuple[str, ...]] = {
    **dict.fromkeys((ast.With, ast.AsyncWith), ("body",)),
    **dict.fromkeys((ast.If, ast.For, ast.AsyncFor, ast.While), ("body", "orelse")),
    **dict.fromkeys((ast.Try, getattr(ast, "TryStar", ast.Try)), ("body", "handlers", "orelse", "finalbody")),
    ast.Match: ("cases",),
}


class _Doubt(Exception):
    """The lines of a file mislead."""


def index(text: Text, name: str, is_package: bool) -> ModuleInfo:
    """The index of a file, without the functions that can wait. Raises Unparseable and RecursionError."""
    waiting = pieces(text.text, text.lines)
    if waiting:
        try:
            return _index_without(waiting, text.lines, name, is_package)
        except (_Doubt, Unparseable, RecursionError):
            pass
    return build_index(parse_index(text.text), name, is_package, text.lines)


def _index_without(waiting: Sequence[Piece], lines: Sequence[str], name: str, is_package: bool) -> ModuleInfo:
    rest = list(lines)
    for piece in waiting:
        indent = "    " if piece.cls else ""
        rest[piece.first - 1 : piece.last] = [indent + "pass", *[""] * (piece.last - piece.first)]
        for line in piece.imports:
            rest[line - 1] = indent + lines[line - 1].lstrip()
    module = _empty(name, is_package)
    builder = _Builder(module, rest, waiting)
    builder.block(parse_index("\n".join(rest)).body, None, None)
    if builder.waiting or builder.hidden():
        raise _Doubt
    return module


def _empty(name: str, is_package: bool) -> ModuleInfo:
    late = Late()
    return ModuleInfo(name, is_package, late, Names(late), Functions(late, None), Names(late), Names(late), Names(late))


def build_index(tree: ast.Module, name: str, is_package: bool, lines: Sequence[str]) -> ModuleInfo:
    """The whole index at once."""
    module = _empty(name, is_package)
    _Builder(module, lines).block(tree.body, None, None)
    return module


def build_piece(module: ModuleInfo, piece: Piece, cls: ClassInfo | None, lines: Sequence[str]) -> None:
    """Add one function to an index. Raises Unparseable."""
    above = ["class _:"] if piece.cls else []
    shift = piece.first - 1 - len(above)
    try:
        body = parse_index("\n".join([*above, *lines])).body
    except Unparseable as exc:
        raise Unparseable(exc.line + shift, exc.message) from exc
    if above and isinstance(body[0], ast.ClassDef):
        body = body[0].body
    builder = _Builder(module, [*above, *lines], None, shift)
    try:
        builder.block(body, cls, None)
    except RecursionError as exc:  # whoever asks next is told the same
        module.parsed[:] = [fn for fn in module.parsed if fn.first != piece.first]
        table = cls.methods if cls is not None else module.functions
        assert isinstance(table, Functions)
        table.raw[piece.name] = None  # type: ignore[assignment]
        raise Unparseable(piece.first, "an expression is too deeply nested") from exc


class _Builder:
    """Walks the statements of one module once."""

    def __init__(
        self, module: ModuleInfo, lines: Sequence[str], waiting: Sequence[Piece] | None = (), shift: int = 0
    ) -> None:
        """`waiting` is None for one of those that waited."""
        self.module = module
        self.whole = waiting is not None
        self.waiting = {piece.first: piece for piece in waiting or ()}
        self.tables = [module.functions]
        self.shift = shift  # of the lines of the tree to those of the file
        # Lines that may hold what only a walk over all expressions finds: yields and walrus targets.
        self.marked = [n for n, line in enumerate(lines, 1) if "yield" in line or ":=" in line]
        self.outer: tuple[int, int] = (0, 0)
        self.ordinal = 0

    def block(self, body: Iterable[ast.stmt], cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        for stmt in body:
            self.statement(stmt, cls, fn)

    def statement(self, stmt: ast.stmt, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        kind = type(stmt)
        inner = SCOPES.get(kind)
        if inner is not None:
            inner(self, stmt, cls, fn)
            return
        bind = BINDERS.get(kind)
        if bind is not None:
            bind(self, stmt, cls, fn)
        if fn is not None:
            if kind in LOOPS and is_candidate(stmt):
                if isinstance(stmt, ast.For) and isinstance(stmt.iter, ast.Call):
                    fn.iterates.append(shape_of(stmt.iter.func))
                else:
                    fn.has_loop = True
                if cls is None:
                    fn.loops.append(stmt.lineno + self.shift)
            if self.marked:
                self.expressions(stmt, fn)
        for name in BLOCKS.get(kind, ()):
            for part in getattr(stmt, name):
                if isinstance(part, ast.stmt):
                    self.statement(part, cls, fn)
                else:
                    self.block(part.body, cls, fn)  # of a handler or a case

    def passed(self, stmt: ast.Pass, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        """Where a function stood that waits."""
        piece = self.waiting.pop(stmt.lineno, None)
        if piece is None:
            return
        table = cls.methods if cls is not None else self.module.functions
        if fn is not None or piece.cls != (cls.qualname if cls is not None else ""):
            raise _Doubt
        assert isinstance(table, Functions)
        if piece.name in table.raw:
            raise _Doubt
        table.wait(piece)
        self.module.outermost.append((piece.qualname, piece.first, piece.last))

    def hidden(self) -> bool:
        """Whether a function that waits was defined a second time."""
        return any(not table.waits(name) for table in self.tables for name in table.pieces)

    def return_(self, stmt: ast.Return, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        if fn is not None and stmt.value is not None:
            fn.locals.setdefault("return", []).append(shape_of(stmt.value))

    def import_(self, stmt: ast.Import | ast.ImportFrom, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        imports = self.module.imports.raw
        if isinstance(stmt, ast.Import):
            for a in stmt.names:
                if a.asname:
                    imports.setdefault(a.asname, (a.name, None))
                else:
                    top = a.name.split(".")[0]
                    imports.setdefault(top, (top, None))
            return
        base = stmt.module or ""
        if stmt.level:
            here = self.module.name.split(".")
            up = stmt.level - (1 if self.module.is_package else 0)
            parent = here[: len(here) - up] if up else here
            base = ".".join([*parent, *([base] if base else [])])
        for a in stmt.names:
            if a.name == "*":
                self.module.stars.append(base)
            else:
                imports.setdefault(a.asname or a.name, (base, a.name))

    def function(self, node: FunctionNode, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        if fn is None:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            self.outer = (first + self.shift, (node.end_lineno or node.lineno) + self.shift)
            self.ordinal = 0
        prefix = f"{fn.qualname}.<locals>." if fn else f"{cls.qualname}." if cls else ""
        if fn and cls:
            prefix = f"{cls.qualname}."
        info = FunctionInfo(
            node.name,
            prefix + node.name,
            self.module.name,
            node.lineno + self.shift,
            *self.outer,
            self.ordinal,
            isinstance(node, ast.AsyncFunctionDef),
        )
        self.ordinal += 1
        info.stub = stub(node.body)
        info.params = tuple(params(node.args))
        info.decorators = tuple(shape_of(d) for d in node.decorator_list)
        info.returns = annotation_of(node.returns)
        info.cls = cls.qualname if cls else None
        info.parent = fn
        self.module.parsed.append(info)
        if fn is None and self.whole:
            self.module.outermost.append((info.qualname, *self.outer))
        if cls is not None:
            self.method(cls, info)
        elif fn is not None:
            fn.nested[node.name] = info
        else:
            self.module.functions[node.name] = info
        self.block(node.body, None, info)
        if cls is not None and info.params:
            self.attributes(cls, info)

    def method(self, cls: ClassInfo, info: FunctionInfo) -> None:
        marks = {d[-1] for d in info.decorators if d[0] in ("attr", "name")}
        if "setter" in marks or "deleter" in marks or "overload" in marks:
            return
        cls.methods[info.name] = info
        if "abstractmethod" in marks:
            cls.abstract = True

    def attributes(self, cls: ClassInfo, info: FunctionInfo) -> None:
        """Move what was assigned to `self.x` in a method (kept in its locals under "self.x") to its class."""
        me = info.params[0].name
        for source in _with_nested(info):
            for key in [k for k in source.locals if k.startswith(me + ".")]:
                for shape in source.locals.pop(key):
                    _give(cls, key.split(".", 1)[1], info.line, (info.name, _as_param(shape, info)))
            for key in [k for k in source.declared if k.startswith(me + ".")]:
                cls.annotations.setdefault(key.split(".", 1)[1], source.declared.pop(key))

    def class_(self, node: ast.ClassDef, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        prefix = f"{cls.qualname}." if cls else f"{fn.qualname}.<locals>." if fn else ""
        info = ClassInfo(node.name, prefix + node.name, self.module.name, node.lineno + self.shift)
        if cls is None and fn is None:
            info.methods = Functions(self.module.late, info)
            info.attrs = Attributes(info.methods, info.qualname)
            self.tables.append(info.methods)
        info.bases = tuple(shape_of(b) for b in node.bases)
        info.decorators = tuple(shape_of(d) for d in node.decorator_list)
        metaclass = any(k.arg == "metaclass" for k in node.keywords)
        info.abstract = metaclass or any(b[-1] in ("ABC", "Protocol") for b in info.bases)
        (cls.classes if cls else self.module.classes)[node.name] = info
        if fn is not None:
            self.module.classes.raw.setdefault(info.qualname, info)
        if fn is None:
            self.block(node.body, info, None)
        else:
            self.block(node.body, info, fn)

    def assigned(self, stmt: ast.Assign, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        shape = shape_of(stmt.value)
        for target in stmt.targets:
            self.assign(target, shape, cls, fn)

    def changed(self, stmt: ast.AugAssign, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        step = OTHER if isinstance(stmt.op, (ast.Div, ast.Pow)) else shape_of(stmt.value)
        self.assign(stmt.target, ("num", ("self",), step), cls, fn)

    def each(self, stmt: ast.For | ast.AsyncFor, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        self.assign(stmt.target, ("each", shape_of(stmt.iter)), cls, fn)

    def entered(self, stmt: ast.With | ast.AsyncWith, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        for item in stmt.items:
            if item.optional_vars is not None:
                self.assign(item.optional_vars, ("enter", shape_of(item.context_expr)), cls, fn)

    def global_(self, stmt: ast.Global, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        self.module.global_writes.update(stmt.names)
        if fn is not None:
            fn.globals |= frozenset(stmt.names)

    def nonlocal_(self, stmt: ast.Nonlocal, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        if fn is not None:
            fn.nonlocals |= frozenset(stmt.names)

    def deleted(self, stmt: ast.Delete, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        for target in stmt.targets:
            self.assign(target, OTHER, cls, fn)

    def annotated(self, stmt: ast.AnnAssign, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        shape = annotation_of(stmt.annotation) or OTHER
        key = key_of(stmt.target)
        if key is not None:
            if fn is not None:
                fn.declared[key] = shape
            elif cls is not None:
                cls.annotations[key] = shape
            else:
                self.module.annotations[key] = shape
        if stmt.value is not None:
            self.assign(stmt.target, shape_of(stmt.value), cls, fn)

    def assign(self, target: ast.expr, shape: Shape, cls: ClassInfo | None, fn: FunctionInfo | None) -> None:
        pairs = targets(target, shape) if isinstance(target, (ast.Tuple, ast.List)) else ((target, shape),)
        for node, value in pairs:
            key = key_of(node)
            if key is None:
                continue
            if fn is not None and cls is None:
                fn.locals.setdefault(key, []).append(value)
                if key in fn.globals:
                    self.module.assigns.raw.setdefault(key, []).append(value)
                if key in fn.nonlocals:
                    _owner(fn, key).locals.setdefault(key, []).append(value)
            elif cls is not None:
                _give(cls, key, node.lineno + self.shift, ("", value))
            else:
                self.module.assigns.raw.setdefault(key, []).append(value)

    def expressions(self, stmt: ast.stmt, fn: FunctionInfo) -> None:
        """Yields and walrus targets of a statement, without the statements inside it."""
        next_marked = bisect_left(self.marked, stmt.lineno)
        if next_marked == len(self.marked) or self.marked[next_marked] > (stmt.end_lineno or stmt.lineno):
            return
        todo: list[ast.AST] = [c for c in ast.iter_child_nodes(stmt) if isinstance(c, ast.expr)]
        todo += [i.context_expr for i in getattr(stmt, "items", ()) if isinstance(stmt, (ast.With, ast.AsyncWith))]
        while todo:
            node = todo.pop()
            if isinstance(node, (ast.Yield, ast.YieldFrom)):
                fn.is_generator = True
                if isinstance(node, ast.Yield):
                    fn.locals.setdefault("yield", []).append(shape_of(node.value))
            elif isinstance(node, ast.NamedExpr):
                fn.locals.setdefault(node.target.id, []).append(shape_of(node.value))
            if not isinstance(node, ast.Lambda):
                todo.extend(ast.iter_child_nodes(node))


Handler = Callable[[_Builder, Any, ClassInfo | None, FunctionInfo | None], None]
# What has a way of its own, and what binds names in the scope where it stands.
SCOPES: dict[type, Handler] = {
    ast.FunctionDef: _Builder.function,
    ast.AsyncFunctionDef: _Builder.function,
    ast.ClassDef: _Builder.class_,
    ast.Import: _Builder.import_,
    ast.ImportFrom: _Builder.import_,
    ast.Pass: _Builder.passed,
}
BINDERS: dict[type, Handler] = {
    ast.AnnAssign: _Builder.annotated,
    ast.Assign: _Builder.assigned,
    ast.AsyncFor: _Builder.each,
    ast.AsyncWith: _Builder.entered,
    ast.AugAssign: _Builder.changed,
    ast.Delete: _Builder.deleted,
    ast.For: _Builder.each,
    ast.Global: _Builder.global_,
    ast.Nonlocal: _Builder.nonlocal_,
    ast.Return: _Builder.return_,
    ast.With: _Builder.entered,
}


def _give(cls: ClassInfo, attribute: str, line: int, entry: tuple[str, Shape]) -> None:
    if isinstance(cls.attrs, Attributes):
        cls.attrs.add(attribute, line, entry)
    else:
        cls.attrs.setdefault(attribute, []).append(entry)


def _owner(fn: FunctionInfo, name: str) -> FunctionInfo:
    """The enclosing function whose variable a `nonlocal` name is."""
    at = fn
    while at.parent is not None:
        at = at.parent
        if name in at.locals or any(p.name == name for p in at.params):
            break
    return at


def _with_nested(info: FunctionInfo) -> Iterator[FunctionInfo]:
    yield info
    for inner in info.nested.values():
        yield from _with_nested(inner)


def _as_param(shape: Shape, info: FunctionInfo) -> Shape:
    """`self.x = x` of a parameter keeps the parameter's annotation, which means nothing outside the method."""
    if shape[0] == "name":
        for p in info.params:
            if p.name == shape[1]:
                return ("param", p.name, p.annotation, p.default)
        if len(info.locals.get(shape[1], ())) == 1:
            return info.locals[shape[1]][0]
    if shape[0] == "any":
        return ("any", tuple(_as_param(s, info) for s in shape[1]))
    if shape[0] == "attr" and shape[1] != ("name", info.params[0].name):
        return ("attr", _as_param(shape[1], info), shape[2])
    if shape[0] == "call" and shape[1][-1] == "partial":
        return ("call", shape[1], tuple(_as_param(s, info) for s in shape[2]), shape[3])
    return shape
