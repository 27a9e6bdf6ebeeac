"""Comments that silence a finding on the header of its loop, and those of them that silence nothing any more.

Invariant: `# noqa` is read as flake8 reads it, on the physical line (with those that a backslash or a string of several
lines adds); `# spinlint: ignore[...]` holds in every host, `# noqa` where the host reads it; a comment that names no
code of ours is never called unused.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

from lint_rules.findings import Edit, Finding
from lint_rules.rules.registry import PREFIX, is_selector, matching
from lint_rules.source import LINE

NOQA = re.compile(r"# noqa(?::[\s]?(?P<codes>(?:[A-Z]+[0-9]+(?:[,\s]+)?)+))?", re.IGNORECASE)
OURS = re.compile(r"#\s*spinlint:\s*ignore(?:\[(?P<codes>[^\]\r\n]*)\])?(?P<reason>[^#\r\n]*)")
WHOLE_FILE = re.compile(r"\s*# flake8[:=]\s*noqa", re.IGNORECASE)  # codes after it mean nothing to flake8
SEPARATOR = re.compile(r"[,\s]+")


class Kind(Enum):
    NOQA = "noqa"
    OURS = "spinlint: ignore"


@dataclass(frozen=True, slots=True)
class Comment:
    """One suppression comment; `selectors` is empty where it holds for every code.

    `line` and `column` are 1-based; `end` is where its codes end in the line, `last` where its reason ends.
    """

    kind: Kind
    line: int
    column: int
    end: int
    last: int
    selectors: tuple[str, ...]

    def covers(self, code: str) -> bool:
        return not self.selectors or any(self.names(selector, code) for selector in self.selectors)

    def names(self, selector: str, code: str) -> bool:
        """In `# noqa`, flake8 knows beginnings of codes in capitals, and no names."""
        return code.startswith(selector) if self.kind is Kind.NOQA else code in matching((selector,))

    @property
    def ours(self) -> tuple[str, ...]:
        """The selectors in it that are about this tool."""
        return tuple(s for s in self.selectors if self.kind is Kind.OURS or s.upper().startswith(PREFIX))


@dataclass(frozen=True, slots=True)
class Unused:
    """A comment of which these selectors silence nothing; no selectors: a bare `# spinlint: ignore`."""

    comment: Comment
    selectors: tuple[str, ...]


def described(unused: Unused) -> str:
    return "unused suppression" + (f" of {', '.join(unused.selectors)}" if unused.selectors else "")


def on_line(text: str, line: int) -> tuple[Comment, ...]:
    """The comments on one physical line, given without its end."""
    found = []
    for kind, pattern in ((Kind.NOQA, NOQA), (Kind.OURS, OURS)):
        match = pattern.search(text)
        if match is not None:
            codes = tuple(SEPARATOR.split(match["codes"].strip(", \t"))) if match["codes"] is not None else ()
            if kind is Kind.NOQA:
                end = last = len(text[: match.end()].rstrip(", \t"))
            else:
                end, last = match.start("reason"), len(text[: match.end()].rstrip(" \t"))
            found.append(Comment(kind, line, match.start() + 1, end, max(end, last), codes))
    return tuple(found)


def whole_file(lines: Iterable[str]) -> bool:
    """Whether a `# flake8: noqa` line silences the file."""
    return any("flake8" in line.lower() and WHOLE_FILE.match(line) for line in lines)


def silenced(finding: Finding, lines: tuple[str, ...], kinds: Collection[Kind]) -> bool:
    """Whether a comment on the finding's line covers it."""
    if not 0 < finding.line <= len(lines) or not _has_comments(lines):
        return False
    here = _joined(lines).get(finding.line, range(finding.line, finding.line + 1))
    first: dict[Kind, Comment] = {}  # a second one is not read
    for number in here:
        for comment in on_line(lines[number - 1], number):
            first.setdefault(comment.kind, comment)
    return any(comment.kind in kinds and comment.covers(finding.code) for comment in first.values())


@lru_cache(maxsize=8)
def _has_comments(lines: tuple[str, ...]) -> bool:
    """Whether a file has any comment that silences something: to find out which lines are one costs much more."""
    return any("noqa" in line.lower() or "spinlint" in line for line in lines if "#" in line)


@lru_cache(maxsize=8)
def _joined(lines: tuple[str, ...]) -> dict[int, range]:
    """The lines that a backslash or a string makes one, by each of them."""
    if not any(line.endswith("\\") or '""' in line or "''" in line for line in lines):
        return {}
    found: dict[int, range] = {}
    first = last = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
            if token.type in (tokenize.ENDMARKER, tokenize.DEDENT):
                continue
            first, last = min(first or token.start[0], token.start[0]), max(last, token.end[0])
            if token.type in (tokenize.NL, tokenize.NEWLINE):
                if last > first:
                    found |= dict.fromkeys(range(first, last + 1), range(first, last + 1))
                first = last = 0
    except (tokenize.TokenError, SyntaxError):
        return {}
    return found


def comments_of(text: str) -> Iterator[Comment]:
    """Every suppression in a text that is a comment (not one quoted in a string)."""
    if not NOQA.search(text) and not OURS.search(text):
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                yield from on_line(" " * column + token.string, row)
    except (tokenize.TokenError, SyntaxError):
        return  # syntax newer than this Python: what follows is not judged


def unused(text: str, findings: Iterable[Finding], unknown: Collection[int] = ()) -> tuple[Unused, ...]:
    """The suppressions of ours in a file that no finding on their line needs; `findings` are those of this file, at
    every level, `unknown` the lines of which nobody knows whether there is one.
    """
    codes: dict[int, set[str]] = {}
    joined = _joined(tuple(LINE.split(text)))
    for finding in findings:
        for number in joined.get(finding.line, (finding.line,)):
            codes.setdefault(number, set()).add(finding.code)
    result = []
    for comment in comments_of(text):
        if comment.line in unknown:
            continue
        here = codes.get(comment.line, set())
        if comment.kind is Kind.OURS and not comment.selectors:
            if not here:
                result.append(Unused(comment, ()))
            continue
        idle = tuple(s for s in comment.ours if is_selector(s) and not any(comment.names(s, c) for c in here))
        if idle:
            result.append(Unused(comment, idle))
    return tuple(result)


def misspelt(text: str) -> tuple[tuple[Comment, str], ...]:
    """The selectors of ours that select no rule."""
    return tuple((c, s) for c in comments_of(text) for s in c.ours if not is_selector(s))


def removals(path: Path, lines: Sequence[str], idle: Iterable[Unused]) -> list[Edit]:
    """The edits that take these suppressions out: the whole comment where nothing is left of it, else the unused
    codes.
    """
    new = dict(enumerate(lines, 1))
    touched = set()
    for each in sorted(idle, key=lambda u: (u.comment.line, u.comment.column), reverse=True):
        touched.add(each.comment.line)
        new[each.comment.line] = _without(new[each.comment.line], each)
    return [Edit(path, n, 1, n, len(lines[n - 1]) + 1, new[n]) for n in sorted(touched)]


def _without(line: str, each: Unused) -> str:
    comment = each.comment
    start = comment.column - 1
    kept = [s for s in comment.selectors if s not in each.selectors]
    if kept:
        body = f"# noqa: {','.join(kept)}" if comment.kind is Kind.NOQA else f"# spinlint: ignore[{','.join(kept)}]"
        return line[:start] + body + line[comment.end :]
    rest = line[comment.last :].lstrip(" \t")
    if rest and not rest.startswith("#"):
        rest = "# " + rest.lstrip(",;:- ")
    return (line[:start] if rest.startswith("#") else line[:start].rstrip(" \t")) + rest
