"""Functions to libcst: one tree for finding and for fixing, of those functions only that matter (`Slice`).

Positions are computed for a slice only when something in it is shown.
Invariant: no text reaches libcst's native parser, which can crash on deep nesting, before `check_depth` has bounded it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from lint_rules.parse import Unparseable, check_depth

__all__ = ["REFUSALS", "Slice", "Unparseable", "functions_of", "lowered", "parse_slice", "visit"]

# What libcst raises: of `(a if b else c)or d` and `a or(lambda: b)`, which are Python, its own checks think otherwise.
REFUSALS = (cst.ParserSyntaxError, cst.CSTValidationError, TypeError, ValueError, RecursionError)

# libcst's own visitor rebuilds the tree as it goes; ours only reads, so it is many times faster.
LAYOUT = frozenset(
    {
        "comma",
        "colon",
        "equal",
        "semicolon",
        "dot",
        "newline",
        "header",
        "footer",
        "leading_lines",
        "lines_after_decorators",
    }
)
LAYOUT |= {
    "lpar",
    "rpar",
    "lbracket",
    "rbracket",
    "lbrace",
    "rbrace",
    "trailing_whitespace",
    "indent",
    "default_indent",
    "asynchronous",
}
PLAIN = frozenset({str, bool, type(None), cst.MaybeSentinel})
BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")
# Classes whose fields do not stand in the order of the source.
ORDER: dict[type[cst.CSTNode], tuple[str, ...]] = {
    cst.Arg: ("keyword", "value"),
    cst.ClassDef: ("decorators", "name", "type_parameters", "bases", "keywords", "body"),
    cst.ExceptHandler: ("type", "name", "body"),
    cst.ExceptStarHandler: ("type", "name", "body"),
    cst.FunctionDef: ("decorators", "name", "type_parameters", "params", "returns", "body"),
    cst.IfExp: ("body", "test", "orelse"),
    cst.MatchCase: ("pattern", "guard", "body"),
    cst.Parameters: ("posonly_params", "params", "star_arg", "kwonly_params", "star_kwarg"),
}


def lowered(text: str) -> str | None:
    """A module in the syntax that every Python from 3.10 reads, line by line; None where libcst cannot read it
    either.
    """
    try:
        return cst.parse_module(text).visit(_Lower()).code
    except REFUSALS:
        return None


class _Lower(cst.CSTTransformer):
    """Rewrites syntax of newer Pythons to what every Python from 3.10 reads, line by line: good enough to see what
    is defined.
    """

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        if original_node.type_parameters is None:
            return updated_node
        lost = _newlines(original_node.type_parameters)
        space = _lines(lost) if lost else updated_node.whitespace_before_params
        return updated_node.with_changes(type_parameters=None, whitespace_before_params=space)

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        lost = _newlines(original_node.type_parameters) if original_node.type_parameters is not None else 0
        if not lost:
            return updated_node.with_changes(type_parameters=None)
        lpar = updated_node.lpar
        if isinstance(lpar, cst.LeftParen):
            lost += _newlines(lpar.whitespace_after)
        return updated_node.with_changes(type_parameters=None, lpar=cst.LeftParen(_lines(lost)), rpar=cst.RightParen())

    def leave_TypeAlias(self, original_node: cst.TypeAlias, updated_node: cst.TypeAlias) -> cst.Assign:
        return cst.Assign([cst.AssignTarget(updated_node.name)], updated_node.value)

    def leave_FormattedString(
        self, original_node: cst.FormattedString, updated_node: cst.FormattedString
    ) -> cst.BaseExpression:
        return _plain_string(original_node)

    def leave_TemplatedString(
        self, original_node: cst.TemplatedString, updated_node: cst.TemplatedString
    ) -> cst.BaseExpression:
        return _plain_string(original_node)

    def leave_ExceptHandler(
        self, original_node: cst.ExceptHandler, updated_node: cst.ExceptHandler
    ) -> cst.ExceptHandler:
        return updated_node.with_changes(type=_with_brackets(updated_node.type))

    def leave_TryStar(self, original_node: cst.TryStar, updated_node: cst.TryStar) -> cst.Try:
        handlers = [
            cst.ExceptHandler(h.body, _with_brackets(h.type), h.name, h.leading_lines, cst.SimpleWhitespace(" "))
            for h in updated_node.handlers
        ]
        return cst.Try(
            updated_node.body, handlers, updated_node.orelse, updated_node.finalbody, updated_node.leading_lines
        )


def _with_brackets(node: cst.BaseExpression | None) -> cst.BaseExpression | None:
    if isinstance(node, cst.Tuple) and not node.lpar:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node


def _lines(number: int) -> cst.ParenthesizedWhitespace:
    """So many ends of lines within brackets."""
    return cst.ParenthesizedWhitespace(cst.TrailingWhitespace(), [cst.EmptyLine()] * (number - 1))


def _newlines(node: cst.CSTNode) -> int:
    return cst.Module([]).code_for_node(node).count("\n")


def _plain_string(node: cst.CSTNode) -> cst.SimpleString:
    lost = _newlines(node)
    return cst.SimpleString('"""' + "\n" * lost + '"""' if lost else '""')


@dataclass(slots=True, eq=False, repr=False)
class Slice:
    """One outermost function as libcst tree. `functions` lists it and the functions inside it in source order;
    `offset` is what has to be added to a line.
    """

    module: cst.Module
    functions: list[cst.FunctionDef]
    offset: int
    _positions: dict[cst.CSTNode, CodeRange] = field(default_factory=dict)

    def place(self, node: cst.CSTNode) -> tuple[int, int, int]:
        """Line, column (both from 1) and last line of a node."""
        if not self._positions:
            wrapper = MetadataWrapper(self.module, unsafe_skip_copy=True)
            self._positions = dict(wrapper.resolve(PositionProvider))
        where = self._positions[node]
        return where.start.line + self.offset, where.start.column + 1, where.end.line + self.offset

    def source(self, node: cst.CSTNode) -> str:
        return self.module.code_for_node(node)

    def source_until(self, node: cst.CSTNode) -> str:
        """The text of the slice up to the end of a node."""
        return self._first_lines(self.place(node)[2])

    def source_before(self, node: cst.CSTNode) -> str:
        """The text of the slice up to the line on which a node begins."""
        return self._first_lines(self.place(node)[0] - 1)

    def _first_lines(self, last: int) -> str:
        return "\n".join(self.module.code.split("\n")[: last - self.offset])


@cache
def _parts(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields of a class that hold more than layout, in the order of the source."""
    known = ORDER.get(kind)
    if known is None:
        known = tuple(f.name for f in fields(kind) if f.name not in LAYOUT and not f.name.startswith("whitespace"))
    return known


@cache
def _handlers(kind: type[cst.CSTVisitor]) -> dict[str, Callable[[Any, Any], bool | None]]:
    """The methods `visit_X` that a visitor has of its own, by X."""
    own = {
        name: value
        for base in reversed(kind.__mro__)
        if base.__module__.split(".")[0] != "libcst"
        for name, value in vars(base).items()
    }
    assert not any(name.startswith("leave_") for name in own), kind
    return {name.removeprefix("visit_"): value for name, value in own.items() if name.startswith("visit_")}


def visit(node: cst.CSTNode, visitor: cst.CSTVisitor) -> None:
    """As `node.visit(visitor)`, for a visitor that only enters nodes and does not ask for layout."""
    handlers = _handlers(type(visitor))
    todo = [node]
    while todo:
        at = todo.pop()
        kind = type(at)
        handler = handlers.get(kind.__name__)
        if handler is not None and handler(visitor, at) is False:
            continue
        inner: list[cst.CSTNode] = []
        for name in _parts(kind):
            value = getattr(at, name)
            if isinstance(value, (tuple, list)):
                inner.extend(value)
            elif type(value) not in PLAIN:
                inner.append(value)
        inner.reverse()
        todo.extend(inner)


def statements(body: cst.CSTNode, closed: tuple[type[cst.CSTNode], ...] = ()) -> Iterator[cst.CSTNode]:
    """Every compound statement below a module, a suite or a compound statement, and itself, in the order of the
    source; of the kinds in `closed`, nothing that is inside.
    """
    todo = [body]
    while todo:
        at = todo.pop()
        yield at
        if isinstance(at, closed):
            continue
        inner: list[cst.CSTNode] = []
        for name in BLOCKS:
            value = getattr(at, name, None)
            if isinstance(value, (tuple, list)):
                inner.extend(each for each in value if type(each) is not cst.SimpleStatementLine)
            elif value is not None:
                inner.append(value)
        inner.reverse()
        todo.extend(inner)


def functions_of(module: cst.Module) -> list[cst.FunctionDef]:
    return [each for each in statements(module) if isinstance(each, cst.FunctionDef)]


def parse_slice(lines: tuple[str, ...], first: int, last: int) -> Slice:
    """The function on lines `first` to `last` (1-based, with its decorators). Raises Unparseable."""
    text = "\n".join(lines[first - 1 : last]).lstrip("\f") + "\n"  # a form feed before a block is no part of its indent
    check_depth(text, first)
    indented = text[:1] in (" ", "\t")
    try:
        module = cst.parse_module("if 1:\n" + text if indented else text)
    except REFUSALS as exc:
        raise Unparseable(first, f"libcst cannot parse this function: {type(exc).__name__}") from exc
    return Slice(module, functions_of(module), first - 1 - int(indented))
