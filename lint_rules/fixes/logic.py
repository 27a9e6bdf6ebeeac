"""Conditions as text: what a test says when it holds or fails, and which literals of a witness are left to be tested.

Invariant: two texts are compared by their `ast`, with negations pushed inwards; what is not recognised says nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from lint_rules.wording import Literal

FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
}  # fmt: skip

OWNER = r"(?P<owner>(?:\w+\.)+)"
WORDS = (
    (OWNER + r"_?(?:closed|is_closed\(\)|close_code is not None)", "{owner} is closed"),
    (OWNER + r"is_closing\(\)", "{owner} is closing"),
    (OWNER + r"at_eof\(\)", "end of stream"),
    (r"(?P<name>[\w.]+) is None", "no {name}"),
    (r"not (?P<name>[\w.]*(?:ed|ing|ready|open|alive|up|on|able|active|online))", "not {name}"),
    (r"not (?P<name>[\w.]+)", "no {name}"),
)
ENDS = ("end of stream", "is closed", "is closing")


def facts(test: str, holds: bool = True) -> frozenset[str]:
    """What is known after a test, each in normal form."""
    try:
        return frozenset(ast.unparse(node) for node in _known(ast.parse(test.strip(), mode="eval").body, holds))
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()


def _known(node: ast.expr, holds: bool) -> list[ast.expr]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _known(node.operand, not holds)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) is holds:
        return [known for value in node.values for known in _known(value, holds)]
    return [node if holds else _negated(node)]


def _negated(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return ast.Compare(node.left, [FLIPPED[type(node.ops[0])]()], node.comparators)
    return ast.UnaryOp(ast.Not(), node)


def residual(literals: Iterable[Literal], known: frozenset[str]) -> list[Literal]:
    """The literals that are not known already."""
    return [lit for lit in literals if not (facts(lit.text) <= known or (lit.also and facts(lit.also) <= known))]


def conjunction(literals: Sequence[Literal]) -> str:
    return " and ".join(literal.text for literal in literals)


def negation(literals: Sequence[Literal]) -> str:
    """The shortest text that says that not all of them hold."""
    if len(literals) > 1:
        return f"not ({conjunction(literals)})"
    flipped = facts(literals[0].text, False)
    return next(iter(flipped)) if len(flipped) == 1 else f"not ({literals[0].text})"


def sayable(literals: Iterable[Literal]) -> bool:
    return all(literal.text for literal in literals)


def loose(literals: Sequence[Literal]) -> list[str]:
    """The objects that may be missing when these literals are evaluated from left to right."""
    known: frozenset[str] = frozenset()
    found = []
    for literal in literals:
        found += [b for b in literal.loose if not (facts(b) <= known or facts(f"{b} is not None") <= known)]
        known |= facts(literal.text) | (facts(literal.also) if literal.also else frozenset())
    return found


def paths(text: str) -> frozenset[str]:
    """Every variable and attribute chain that a text reads, with all their beginnings."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    return frozenset(ast.unparse(node) for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.Attribute)))


def assumed(known: Iterable[str]) -> list[Literal]:
    """Facts as literals."""
    return [Literal(fact, fact) for fact in known if fact]


def reason(left: Sequence[Literal]) -> str:
    """The state in words, for the message of an exception."""
    texts = [literal.text for literal in left]
    telling = [text for text in texts if not any(other.startswith(f"{text}.") for other in texts)]
    words = [_word(text) for text in telling]
    words = [word for word in words if word.endswith(ENDS)] or words
    if all(words):
        return " and ".join(dict.fromkeys(words))
    return "no progress is possible: " + conjunction(left).replace("\\", "").replace('"', "'")


def _word(text: str) -> str:
    for pattern, words in WORDS:
        found = re.fullmatch(pattern, text)
        if found:
            owner, name = (found.groupdict().get(group) or "" for group in ("owner", "name"))
            return words.format(owner=_plain(owner) or "connection", name=_plain(name))
    return ""


def _plain(name: str) -> str:
    """The last name of a path as words; nothing for the object itself."""
    last = name.rstrip(".").rpartition(".")[2]
    return "" if last in ("self", "cls") else last.strip("_").replace("_", " ")
