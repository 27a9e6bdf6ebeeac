"""Patterns of `match`: literals and enum members decide, others split freely but the same way while the subject is
the same.
"""

from __future__ import annotations

import libcst as cst

from lint_rules.flow import targets
from lint_rules.flow.expressions import evaluate, split
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine
from lint_rules.flow.operators import compare_values
from lint_rules.flow.state import State
from lint_rules.flow.values import Value, fresh, op

Answers = list[tuple[State, bool]]


def matches(m: Machine, f: Frame, st: State, pattern: cst.MatchPattern, subject: Value) -> Answers:
    if isinstance(pattern, (cst.MatchValue, cst.MatchSingleton)):
        out: Answers = []
        for s, v in evaluate(m, f, st, pattern.value):
            out.extend(
                split(m, f, s, compare_values(m, s, "==" if isinstance(pattern, cst.MatchValue) else "is", subject, v))
            )
        return out
    if isinstance(pattern, cst.MatchAs):
        return _match_as(m, f, st, pattern, subject)
    if isinstance(pattern, cst.MatchOr):
        left, out = [st], []
        for element in pattern.separated_patterns if hasattr(pattern, "separated_patterns") else pattern.patterns:
            rest: list[State] = []
            for s in left:
                for s2, answer in matches(m, f, s, element.pattern, subject):
                    (out.append((s2, True)) if answer else rest.append(s2))
            left = rest
        return [*out, *((s, False) for s in left)]
    _bind(m, f, st, pattern)
    if isinstance(pattern, cst.MatchClass):
        out = []
        plain = not pattern.patterns and not pattern.kwds
        for s, cls in evaluate(m, f, st, pattern.cls):
            for s2, answer in split(m, f, s, op("isinstance", subject, cls)):
                out.extend([(s2, answer)] if plain or not answer else _free(m, f, s2, pattern, subject))
        return out
    return _free(m, f, st, pattern, subject)


def _match_as(m: Machine, f: Frame, st: State, pattern: cst.MatchAs, subject: Value) -> Answers:
    inner: Answers = [(st, True)] if pattern.pattern is None else matches(m, f, st, pattern.pattern, subject)
    if pattern.name is not None:
        for s, answer in inner:
            if answer:
                targets.write_name(m, f, s, pattern.name.value, subject)
    return inner


def _free(m: Machine, f: Frame, st: State, pattern: cst.MatchPattern, subject: Value) -> Answers:
    return split(m, f, st, op("match", f.slice.source(pattern), st.content(subject)))


class _Captures(cst.CSTVisitor):
    def __init__(self) -> None:
        self.found: list[str] = []

    def visit_MatchAs(self, node: cst.MatchAs) -> None:
        if node.name is not None:
            self.found.append(node.name.value)

    def visit_MatchStar(self, node: cst.MatchStar) -> None:
        if node.name is not None:
            self.found.append(node.name.value)


def _bind(m: Machine, f: Frame, st: State, pattern: cst.MatchPattern) -> None:
    captures = _Captures()
    pattern.visit(captures)
    for name in captures.found:
        targets.write_name(m, f, st, name, fresh("env"))
