"""What functions of the standard library read out of a text that is known: above all that nothing is no document.

What a stream gives at its end is an empty text. Where that is parsed it raises, and the loop ends, or a handler goes
on.

Invariant: only functions that do nothing but read their arguments are run, on constants alone.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable

from lint_rules.flow.machine import Args, Keywords, Machine, Raised, Results, lib
from lint_rules.flow.state import State
from lint_rules.flow.values import const, is_const, tup

PLAIN = (str, bytes, bool, int, float, type(None))
MAX_TEXT = 4096
MAX_NUMBER = 1_000_000
READERS: dict[str, Callable[..., object]] = {
    "json.loads": json.loads,
    "struct.unpack": struct.unpack,
    "struct.unpack_from": struct.unpack_from,
    "zlib.decompress": zlib.decompress,
}
OF_NOTHING = {
    "ast.literal_eval": "SyntaxError",
    "datetime.date.fromisoformat": "ValueError",
    "datetime.datetime.fromisoformat": "ValueError",
    "datetime.time.fromisoformat": "ValueError",
}  # what they raise for an empty text; for others it depends on the version of Python
ERRORS: tuple[tuple[type[Exception], str], ...] = (
    (json.JSONDecodeError, "json.JSONDecodeError"),
    (UnicodeDecodeError, "UnicodeDecodeError"),
    (UnicodeEncodeError, "UnicodeEncodeError"),
    (struct.error, "struct.error"),
    (zlib.error, "zlib.error"),
    (KeyError, "KeyError"),
    (IndexError, "IndexError"),
    (LookupError, "LookupError"),
    (ValueError, "ValueError"),
    (TypeError, "TypeError"),
)


def read(m: Machine, st: State, name: str, args: Args, keywords: Keywords) -> Results | None:
    """What a function gives for constants, or what it raises; None where that is not known."""
    if name in OF_NOTHING:
        return _thrown(m, st, OF_NOTHING[name]) if len(args) == 1 and args[0] is const("") else None
    reader = READERS.get(name)
    if reader is None:
        return None
    given = [a.args[1] for a in (*args, *(v for _, v in keywords)) if is_const(a)]
    if not given or len(given) != len(args) + len(keywords) or not all(map(_is_small, given)):
        return None
    at = len(args)
    try:
        result = reader(*given[:at], **dict(zip((k for k, _ in keywords), given[at:], strict=True)))
    except Exception as raised:
        return unread(m, st, raised)
    if isinstance(result, tuple) and all(isinstance(part, PLAIN) for part in result):
        return [(st, tup(tuple(const(part) for part in result)))]
    return [(st, const(result))] if isinstance(result, PLAIN) and _is_small(result) else None


def _is_small(value: object) -> bool:
    """Whether nothing that is read out of it, or asked for by it, can be large."""
    if isinstance(value, (str, bytes)):
        return len(value) <= MAX_TEXT
    return value is None or (isinstance(value, (int, float)) and abs(value) <= MAX_NUMBER)


def unread(m: Machine, st: State, raised: Exception) -> Results | None:
    """The path that leaves by an exception of the language or the standard library."""
    name = next((name for kind, name in ERRORS if isinstance(raised, kind)), None)
    return _thrown(m, st, name) if name is not None else None


def _thrown(m: Machine, st: State, name: str) -> Results:
    m.throw(st, Raised(lib(name)))
    return []
