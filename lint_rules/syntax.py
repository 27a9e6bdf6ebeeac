"""Text to syntax trees; the only module that parses.

`ast` finds out what is defined where, fast; libcst gets only the functions that matter (`Slice`), in one tree for finding and for fixing.
Positions are computed for a slice only when something in it is shown.
Invariant: no text reaches libcst's native parser, which can crash on deep nesting, before `check_depth` has bounded it.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

MAX_BRACKETS = 120
MAX_INDENT = 100
MAX_OPERATORS = 400
TOKEN = re.compile(
    r"""(?P<skip>\#[^\n]*|[rRbBuUfFtT]{0,2}(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"))
    |(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>[,;:]|\n(?P<indent>[ \t]*))
    |(?P<op>[-+*/%@&|^<>=!.~]+|\b(?:and|or|not|if|else|in|is|lambda|await)\b)""",
    re.VERBOSE | re.DOTALL,
)


class Unparseable(Exception):
    """A text that is no Python, or too deeply nested to be given to a parser."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def check_depth(text: str, first_line: int = 1) -> None:
    """Raises Unparseable where brackets, blocks or one expression exceed what the native parser takes in good time."""
    stack = [0]
    indents = [0]
    for token in TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "skip":
            continue
        if kind == "open":
            stack.append(0)
            if len(stack) > MAX_BRACKETS:
                raise Unparseable(_line(text, token.start(), first_line), f"more than {MAX_BRACKETS} nested brackets")
        elif kind == "close":
            if len(stack) > 1:
                stack.pop()
            stack[-1] += 1
        elif kind == "op":
            stack[-1] += 1
        else:
            if kind == "indent" and len(stack) == 1:
                _indent(text, token, indents, first_line)
            if kind != "indent" or len(stack) == 1:
                stack[-1] = 0
        if stack[-1] > MAX_OPERATORS:
            raise Unparseable(_line(text, token.start(), first_line), f"more than {MAX_OPERATORS} operators in one expression")


def _indent(text: str, token: re.Match[str], indents: list[int], first_line: int) -> None:
    if text[token.end() : token.end() + 1] in ("\n", "\r", "#", ""):
        return
    width = token.end() - token.start() - 1
    while indents and indents[-1] > width:
        indents.pop()
    if not indents or indents[-1] < width:
        indents.append(width)
    if len(indents) > MAX_INDENT:
        raise Unparseable(_line(text, token.end(), first_line), f"more than {MAX_INDENT} nested blocks")


def _line(text: str, offset: int, first_line: int) -> int:
    return text.count("\n", 0, offset) + first_line


def parse_index(text: str) -> ast.Module:
    """The `ast` of a file, for the index. Syntax newer than the running Python is lowered first; line numbers stay. Raises Unparseable."""
    try:
        return _ast(text)
    except SyntaxError as exc:
        check_depth(text)
        try:
            lowered = _lower(cst.parse_module(text))
            return _ast(lowered)
        except (cst.ParserSyntaxError, cst.CSTValidationError, SyntaxError, ValueError, RecursionError):
            raise Unparseable(exc.lineno or 1, f"syntax error: {exc.msg}") from exc
    except (ValueError, RecursionError, MemoryError) as exc:
        raise Unparseable(1, f"cannot be parsed: {exc or type(exc).__name__}") from exc


def _ast(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _lower(module: cst.Module) -> str:
    return module.visit(_Lower()).code


class _Lower(cst.CSTTransformer):
    """Rewrites syntax of newer Pythons to what every Python from 3.10 reads, line by line: good enough to see what is defined."""

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        if original_node.type_parameters is None:
            return updated_node
        lost = _newlines(original_node.type_parameters)
        space = cst.ParenthesizedWhitespace(cst.TrailingWhitespace(), [cst.EmptyLine()] * (lost - 1)) if lost else None
        return updated_node.with_changes(
            type_parameters=None, whitespace_before_params=space or updated_node.whitespace_before_params
        )

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        return updated_node.with_changes(type_parameters=None)

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


def _newlines(node: cst.CSTNode) -> int:
    return cst.Module([]).code_for_node(node).count("\n")


def _plain_string(node: cst.CSTNode) -> cst.SimpleString:
    lost = _newlines(node)
    return cst.SimpleString('"""' + "\n" * lost + '"""' if lost else '""')


@dataclass(slots=True, eq=False, repr=False)
class Slice:
    """One outermost function as libcst tree. `functions` lists it and the functions inside it in source order; `offset` is what has to be added to a line."""

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


class _Functions(cst.CSTVisitor):
    def __init__(self) -> None:
        self.found: list[cst.FunctionDef] = []

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        self.found.append(node)
        return True


def functions_of(module: cst.Module) -> list[cst.FunctionDef]:
    visitor = _Functions()
    module.visit(visitor)
    return visitor.found


def parse_slice(lines: tuple[str, ...], first: int, last: int) -> Slice:
    """The function on lines `first` to `last` (1-based, with its decorators). Raises Unparseable."""
    text = "\n".join(lines[first - 1 : last]) + "\n"
    check_depth(text, first)
    indented = text[:1] in " \t"
    try:
        module = cst.parse_module("if 1:\n" + text if indented else text)
    except (cst.ParserSyntaxError, RecursionError) as exc:
        raise Unparseable(first, f"libcst cannot parse this function: {type(exc).__name__}") from exc
    return Slice(module, functions_of(module), first - 1 - int(indented))
