"""Where the functions of a file stand, by its lines alone: what need not be parsed before somebody asks for it.

Invariant: in a file that is Python a piece is one function, a statement of the module or of one of its classes, with
nothing else in its lines. The parser sees what is left of the file without them (`indexer`); where that is no Python,
and wherever a line leaves a doubt, a file is parsed whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

# Calls by these names give iterators that end.
ENDING = frozenset({"range", "enumerate", "zip", "sorted", "list", "reversed", "items", "values", "keys"})
SHORT = 5  # lines; less is parsed faster than kept apart
TOKEN = re.compile(r"""#.*|\"{3}|'{3}|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")
ENDS = {
    quotes: re.compile(rf"(?:[^\\{quotes[0]}]|\\(?:.|$)|{quotes[0]}(?!{quotes[0]}{{2}}))*{quotes}")
    for quotes in ('"""', "'''")
}
LONG = 1_000  # characters in a line; an expression that deep may be too deep, which concerns the whole file
DEF = re.compile(r" *(?:async +)?def +(\w+)")
CLASS = re.compile(r"class +(\w+)")
BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))
HEAD = re.compile(r"(?:    )?(?:@\w|class +\w+ *[(:]|(?:async +)?def +\w+ *\()")
IMPORT = re.compile(r" +(?:import|from) ")
NO_START = frozenset(" #)]}")  # blank, remark, or the end of brackets: no statement begins so
# Functions that say something of their surroundings are parsed at once: classes and names of the module, ...
INNER_CLASS = re.compile(r"\n +class\b")
GLOBAL = re.compile(r"[\n:;] *global\b")
LOOP = re.compile(r"\n +((?:async +)?(?:for|while)\b[^\n#]*)")
ENDED = re.compile(rf"[^(]*\b(?:{'|'.join(sorted(ENDING))})\([^()'\"]*\): *$")
# ... the type of an attribute, looked for from its dot on, since `re` finds a literal beginning at the speed of memory,
ANNOTATED = re.compile(r"\.\w+[ )]*: *[^ =\n]")
ANNOTATION = re.compile(r"[\n;:] *\(*\w+\.\w+[ )]*: *[^ =\n]")
MARKS = ("setter", "deleter", "overload", "abstractmethod")  # ... the property or the class that they are a part of.


@dataclass(frozen=True, slots=True)
class Piece:
    """One function that is not parsed yet. `cls` is the class that it is a method of, or ""; the lines count from 1,
    and `first` is that of its first decorator. `imports` are the lines of its imports, which count as the module's.
    """

    cls: str
    name: str
    first: int
    last: int
    imports: tuple[int, ...] = ()

    @property
    def qualname(self) -> str:
        return f"{self.cls}.{self.name}" if self.cls else self.name


def pieces(text: str, lines: Sequence[str]) -> list[Piece]:
    """The functions of a file that can wait, in the order of the source; none where there is a doubt."""
    if "\t" in text or "\f" in text or "\r" in text:
        return []
    inside = _inside_strings(lines)
    if inside is None or any(HEAD.match(lines[at]) for at in inside if not lines[at].startswith("    ")):
        return []
    tops = [at for at, line in enumerate(lines) if line and line[0] not in NO_START and at not in inside]
    found = [*_functions("", tops, len(lines), lines)]
    for at, end in zip(tops, [*tops[1:], len(lines)], strict=False):
        cls = CLASS.match(lines[at])
        if cls is not None:
            found += _methods(cls[1], at + 1, end, lines, inside)
    names = Counter(piece.qualname for piece in found)
    all_short = max(map(len, lines)) <= LONG
    with_import = [at for at, line in enumerate(lines) if "import " in line and at not in inside]
    waiting = []
    for piece in found:
        if names[piece.qualname] == 1 and _can_wait(piece, lines, all_short):
            imports = _imports(piece, with_import, lines)
            if imports is not None:
                waiting.append(replace(piece, imports=tuple(imports)) if imports else piece)
    return sorted(waiting, key=lambda piece: piece.first)


def _inside_strings(lines: Sequence[str]) -> set[int] | None:
    """The lines, counted from 0, that begin inside a string of three quotes; None where one does not end."""
    inside: set[int] = set()
    opened, quotes = -1, ""
    for at in [at for at, line in enumerate(lines) if '"""' in line or "'''" in line]:
        token = ENDS[quotes].match(lines[at]) if quotes else TOKEN.search(lines[at])
        while token is not None:
            if quotes:
                inside.update(range(opened + 1, at + 1))
                quotes = ""
            elif token[0] in ENDS:
                opened, quotes = at, token[0]
            token = (ENDS[quotes].match if quotes else TOKEN.search)(lines[at], token.end())
    return None if quotes else inside


def _methods(cls: str, start: int, end: int, lines: Sequence[str], inside: set[int]) -> Iterator[Piece]:
    within = range(start, end)
    if any(at in inside and HEAD.match(lines[at]) for at in within):
        return
    members = [at for at in within if lines[at][:4] == "    " and lines[at][4:5] not in NO_START and at not in inside]
    yield from _functions(cls, [at for at in members if len(lines[at]) > 4], end, lines)


def _functions(cls: str, starts: Sequence[int], end: int, lines: Sequence[str]) -> Iterator[Piece]:
    """Of the statements that start at these lines. A decorator counts as a statement that goes on to the next."""
    first = -1
    for at, after in zip(starts, [*starts[1:], end], strict=False):
        if lines[at].lstrip(" ")[:1] == "@":
            first = at if first < 0 else first
            continue
        head = DEF.match(lines[at])
        if head is not None:
            yield Piece(cls, head[1], (at if first < 0 else first) + 1, after)
        first = -1


def _can_wait(piece: Piece, lines: Sequence[str], all_short: bool) -> bool:
    if piece.last - piece.first < SHORT or not piece.name.isascii():
        return False
    own = lines[piece.first - 1 : piece.last]
    text = "\n".join(own)
    if not all_short and max(map(len, own)) > LONG:
        return False
    if "\\\n" in text or text[-1] == "\\" or any(text.count(one) != text.count(other) for one, other in BRACKETS):
        return False  # it may end within a statement: the parser sees to that at once
    if "class " in text and INNER_CLASS.search(text):
        return False
    if "global" in text and GLOBAL.search(text):
        return False
    if "async " in text and any(map(_may_be_endless, LOOP.findall(text))):
        return False
    if piece.cls and ANNOTATED.search(text) and ANNOTATION.search(text):
        return False
    return not (text.lstrip(" ")[0] == "@" and any(mark in text for mark in MARKS))


def _may_be_endless(head: str) -> bool:
    """Whether a line that begins as a loop may be one that is looked for. A `for` over no call is none, nor a `for`
    within brackets, which has no colon.
    """
    if not head.startswith("for "):
        return True
    if "(" in head:
        return ENDED.match(head) is None
    return ("[" in head or "{" in head) and not head.rstrip().endswith(":")


def _imports(piece: Piece, found: Sequence[int], lines: Sequence[str]) -> list[int] | None:
    """The lines of the imports in a function, counted from 1; None where one shares its line."""
    imports: list[int] = []
    for at in found[bisect_left(found, piece.first) : bisect_left(found, piece.last)]:
        if not IMPORT.match(lines[at]) or "*" in lines[at]:
            if "#" in lines[at].partition("import ")[0]:
                continue
            return None
        end = at
        while "(" in lines[at] and ")" not in lines[end] and end + 1 < piece.last:
            end += 1
        imports += range(at + 1, end + 2)
    return imports
