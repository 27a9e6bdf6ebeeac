"""What one pass over a file's bytes finds out for questions that concern the whole project, without parsing it.

Invariant: a scan depends on the bytes alone, and misses no class header, write or call of `clear` in plain sight.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from dataclasses import dataclass

# Each begins with a literal text, which `re` finds at the speed of memory; what stands before it is checked by hand.
CLASS = re.compile(rb"class[ \t]+(\w+)[^(\n:]*\(([^)]*)\)")
WRITE = re.compile(rb"\.([A-Za-z_]\w*)\b[ \t]*(?:(=(?!=)|[-+*/|&]=)|:[^=\n]*(=(?!=)|[-+*/|&]=))[ \t]*([^\n#]*)")
CALL = re.compile(rb"\.(clear|set|shutdown)\(")
ASSIGN = re.compile(rb"\.(\w+) = ")
DEF = re.compile(rb"def[\s\\]+([\w\x80-\xff]+)")
YIELD = re.compile(rb"yield\b")
ITER = re.compile(rb"iter[ \t]*\(")
AS = re.compile(rb"as[ \t\\\r\n]+([\w\x80-\xff]+)")
ITERTOOLS = re.compile(rb"itertools")
NAME = re.compile(rb"[\w\x80-\xff]+")
BASE = re.compile(rb"[\w.]+")
WORD = bytes(c for c in range(256) if c >= 128 or chr(c).isalnum() or c == 95)
LITERAL = re.compile(r"^(?:True|False|None|-?\d{1,300}(?:\.\d{1,300})?|'[^'\\]*'|\"[^\"\\]*\")\s*$")
ME = frozenset({b"self", b"cls"})
NAMED = {"True": True, "False": False, "None": None}
PATH = WORD + b"."
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Scan:
    """`headers`: (base, class) of every class with bases; `writes`: by attribute, what is assigned to it on anything
    but self (literals, and Ellipsis for anything else); `called`: the names on which each of a few methods is called;
    `assigned`: every NAME of which the text `.NAME = ` stands somewhere; `makers`: the functions that may give an
    iterator without end: generators, and all of a file that speaks of `itertools` or `iter`.
    """

    headers: tuple[tuple[str, str], ...]
    writes: dict[str, tuple[object, ...]]
    called: dict[str, tuple[str, ...]]
    assigned: frozenset[str]
    makers: frozenset[str]


def scan(data: bytes) -> Scan:
    assigned = frozenset(sys.intern(name.decode(errors="replace")) for name in ASSIGN.findall(data))
    return Scan(_headers(data), _writes(data), _called(data), assigned, _makers(data))


def _before(data: bytes, at: int, allowed: bytes) -> bytes:
    """The longest run of these bytes that ends here."""
    text = data[max(0, at - LONGEST_NAME) : at]
    return text[len(text.rstrip(allowed)) :]


def _headers(data: bytes) -> tuple[tuple[str, str], ...]:
    out = []
    at = CLASS.search(data)
    while at is not None:
        line = data.rfind(b"\n", 0, at.start()) + 1
        if data[line : at.start()].strip(b" \t"):
            at = CLASS.search(data, at.start() + 1)
            continue
        name = at[1].decode(errors="replace")
        out += [(base.rsplit(b".", 1)[-1].decode(errors="replace"), name) for base in BASE.findall(at[2])]
        at = CLASS.search(data, at.end())
    return tuple(out)


def _writes(data: bytes) -> dict[str, tuple[object, ...]]:
    out: dict[str, dict[str, object]] = {}
    at = WRITE.search(data)
    while at is not None:
        target = _before(data, at.start(), WORD)
        if not target:
            at = WRITE.search(data, at.start() + 1)
            continue
        if target not in ME:
            value = _literal(at[2] or at[3], at[4])
            out.setdefault(at[1].decode(errors="replace"), {})[repr(value)] = value
        at = WRITE.search(data, at.end())
    return {name: tuple(values.values()) for name, values in out.items()}


def _literal(operator: bytes, value: bytes) -> object:
    text = value.decode(errors="replace").strip()
    if operator == b"=" and LITERAL.match(text):
        if text in NAMED:
            return NAMED[text]
        if text[0] in "'\"":
            return text[1:-1]
        return float(text) if "." in text else int(text)
    return ...


def _makers(data: bytes) -> frozenset[str]:
    found: set[bytes] = set()
    if b"itertools" in data or any(data[max(at.start() - 1, 0)] not in WORD for at in ITER.finditer(data)):
        found.update(DEF.findall(data))
        found.update(AS.findall(data))
        for at in ITERTOOLS.finditer(data):  # `ids = itertools.count`
            target, equals, _ = data[data.rfind(b"\n", 0, at.start()) + 1 : at.start()].partition(b"=")
            found.update(NAME.findall(target) if equals else ())
    elif b"yield" in data:
        found = _generators(data)
    return frozenset(sys.intern(name.decode(errors="replace")) for name in found)


def _generators(data: bytes) -> set[bytes]:
    """The functions around each `yield`: the last one before it, and before that those that stand further left."""
    heads = list(DEF.finditer(data))
    starts = [at.start() for at in heads]
    indents = [_indent(data, start) for start in starts]
    found: set[bytes] = set()
    for at in YIELD.finditer(data):
        left = sys.maxsize
        for n in range(bisect_left(starts, at.start()) - 1, -1, -1):
            if indents[n] < left:
                found.add(heads[n][1])
                left = indents[n]
            if not left:
                break
    return found


def _indent(data: bytes, at: int) -> int:
    line = data[data.rfind(b"\n", 0, at) + 1 : at]
    return len(line) - len(line.lstrip(b" \t\f"))


def _called(data: bytes) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for at in CALL.finditer(data):
        name = _before(data, at.start(), WORD)
        if name and not _is_pulse(data, at):
            found.setdefault(at[1].decode(), {})[sys.intern(name.decode(errors="replace"))] = None
    return {method: tuple(names) for method, names in found.items()}


def _is_pulse(data: bytes, call: re.Match[bytes]) -> bool:
    """Whether an event is cleared or replaced in the very line after it was set, or was replaced just before under
    another name: nobody else ever sees it set.
    """
    path = _before(data, call.start(), PATH)
    if call[1] != b"set" or not path or not data.startswith(b")", call.end()):
        return False
    end = data.find(b"\n", call.end())
    line = data[end + 1 : end + 1 + 2 * LONGEST_NAME].lstrip(b" \t")
    if end >= 0 and line.startswith((path + b".clear()", path + b" = ")):
        return True
    before = data[max(0, call.start() - 3 * LONGEST_NAME) : call.start()]
    name = re.escape(path)
    replaced = rb"[ \t]" + name + rb" = ([\w.]+)\n[ \t]+\1 = [^\n]*\n[^\n]*\n?[ \t]+" + name + rb"\Z"
    return re.search(replaced, before) is not None
