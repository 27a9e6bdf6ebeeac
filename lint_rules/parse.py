"""Text to `ast`, which tells fast what is defined where; no libcst here, so that most files never load it.

Invariant: no text reaches a native parser, which can crash on deep nesting, before `check_depth` has bounded it or
`ast` has taken it.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from pathlib import Path

from lint_rules.source import Text, Undecodable

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
    """A text that is no Python, or too deeply nested to be given to a parser; `path` where it is not that of a file
    that somebody asked about.
    """

    def __init__(self, line: int, message: str, path: Path | None = None) -> None:
        super().__init__(message if path is None else f"{path.name}:{line}: {message}")
        self.line = line
        self.message = message
        self.path = path


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
            raise Unparseable(
                _line(text, token.start(), first_line), f"more than {MAX_OPERATORS} operators in one expression"
            )


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
    """The `ast` of a file, for the index. Syntax newer than the running Python is lowered first; line numbers stay.
    Raises Unparseable.
    """
    try:
        return _ast(text)
    except SyntaxError as exc:
        from lint_rules.syntax import lowered

        check_depth(text)
        plain = lowered(text)
        if plain is not None:
            try:
                return _ast(plain)
            except (SyntaxError, ValueError, RecursionError):
                pass
        raise Unparseable(exc.lineno or 1, f"syntax error: {exc.msg}") from exc
    except (ValueError, RecursionError, MemoryError) as exc:
        raise Unparseable(1, f"cannot be parsed: {exc or type(exc).__name__}") from exc


def check_syntax(text: str) -> None:
    """As `parse_index`, for its exception only."""
    if not is_python(text):
        parse_index(text)


def trouble(read: Callable[[], Text]) -> tuple[int, str]:
    """Line and reason why a text is no Python, or cannot be decoded; (0, "") if it is. Raises OSError."""
    try:
        check_syntax(read().text)
    except (Undecodable, Unparseable) as exc:
        return exc.line, exc.message
    return 0, ""


def is_python(text: str) -> bool:
    """Whether a text has a tree, without making one: that costs half. A feature that never came is refused as soon as
    all of the text has been parsed. False is a doubt only.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(f"from __future__ import braces\n{text}", "", "exec", dont_inherit=True)
        except SyntaxError as exc:
            return exc.lineno == 1 and exc.msg == "not a chance"
        except (ValueError, RecursionError, MemoryError):
            return False
    return False


def _ast(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)
