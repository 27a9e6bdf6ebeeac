"""Calls of builtin functions and of the few plain helpers that every loop uses."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from lint_rules.comparisons import negate
from lint_rules.conditions import assume, is_none, truth
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Args, Keywords, Machine, Raised, Results, lib
from lint_rules.flow.reading import read
from lint_rules.flow.state import State
from lint_rules.flow.values import FALSE, NONE, Value, const, fresh, is_const, is_number, make, number, op, tup
from lint_rules.models import lookup
from lint_rules.types import Type

PURE = frozenset(
    {
        "hash",
        "id",
        "type",
        "callable",
        "hasattr",
        "issubclass",
        "sum",
        "divmod",
        "bin",
        "hex",
        "oct",
        "ascii",
        "repr",
        "format",
        "vars",
        "dir",
        "slice",
        "complex",
        "memoryview",
        "isinstance",
    }
)
CONVERSIONS: dict[str, Callable[..., object]] = {"int": int, "float": float, "ord": ord, "chr": chr}
COPIES = frozenset(
    {"list", "tuple", "set", "frozenset", "sorted", "reversed", "enumerate", "iter", "dict", "aiter", "bytearray"}
)


def knows(name: str) -> bool:
    return name in TABLE or name in PURE or name in COPIES


def call(m: Machine, f: Frame, st: State, name: str, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    handler = TABLE.get(name)
    if handler is not None:
        return handler(m, f, st, args, keywords, node)
    if name == "isinstance" and len(args) == 2:
        return [(st, op("isinstance", args[0], args[1]))]
    if name == "issubclass" and len(args) == 2 and args[0].kind in ("class", "lib"):
        raised = Raised(args[0])
        below = m.is_below(raised, args[1]) if "BaseException" in m.exception_names(args[0]) else None
        if below is not None:
            return [(st, const(below))]
    if name in COPIES:
        return [(st, _copy(m, st, name, args, keywords))]
    return [(st, op("builtin", name, *(st.content(a) for a in args)))]


def _copy(m: Machine, st: State, name: str, args: Args, keywords: Keywords) -> Value:
    from lint_rules.flow.expressions import collection

    if not args:
        return collection(st, name, bool(keywords) if not any(k == "**" for k, _ in keywords) else None)
    source = args[0]
    if name == "iter" and len(args) == 2:
        return op("calls", *args)
    if is_const(source) and isinstance(source.args[1], (str, bytes)) and name in ("list", "tuple", "set"):
        return collection(st, name, bool(source.args[1]))
    if source.kind in ("gen", "agen", "op", "tuple") and source.kind != "op":
        return source
    held = st.heap.get((st.content(source), "[items]"))
    if held is not None:
        return (
            collection(st, name, bool(held.args[0]), held.args[0])
            if name != "enumerate"
            else op("copy", st.content(source), name)
        )
    return op("copy", st.content(source), name)


def _len(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    from lint_rules.flow import functions

    if not args:
        return [(st, fresh("env"))]
    v = args[0]
    if v.kind == "tuple":
        return [(st, const(len(v.args[0])))]
    if is_const(v) and isinstance(v.args[1], (str, bytes)):
        return [(st, const(len(v.args[1])))]
    cls = m.types.cls(m.type_of(v))
    if cls is not None:
        method = m.resolver.find_method(cls, "__len__")
        if method is not None and not hasattr(method, "name_only") and getattr(method, "params", None) is not None:
            return functions.invoke(m, f, st, make("func", method, None, v), (), (), node)
    held = st.heap.get((st.content(v), "[items]"))
    if held is not None and truth(st, v) is not None:
        return [(st, const(len(held.args[0])))]
    if truth(st, v) is False:
        return [(st, const(0))]
    return [(st, op("len", st.content(v)))]


def _bool(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    if not args:
        return [(st, FALSE)]
    known = truth(st, args[0])
    return [(st, const(known) if known is not None else negate(negate(args[0])))]


def _bounded(name: str) -> Callable[..., Results]:
    def run(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
        if len(args) < 2 or keywords:
            from lint_rules.flow.calls import known_items

            items = known_items(st, args[0]) if len(args) == 1 and not keywords else None
            if items:
                return run(m, f, st, items, (), node) if len(items) > 1 else [(st, items[0])]
            if items is not None or (len(args) == 1 and truth(st, args[0]) is False and not keywords):
                m.throw(st, Raised(lib("ValueError")))
                return []
            return [(st, op("builtin", name, *(st.content(a) for a in args)))]
        numbers = [a for a in args if is_number(a)]
        pick = min if name == "min" else max
        if len(numbers) == len(args):
            return [(st, const(pick(number(a) for a in numbers)))]
        return [(st, op(name, *args))]

    return run


def _number(kind: str) -> Callable[..., Results]:
    def run(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
        if not args:
            return [(st, const(0))]
        v = args[0]
        if is_number(v):
            n = number(v)
            return [(st, const(int(n) if kind == "int" and abs(n) < 1e15 else float(n) if kind == "float" else abs(n)))]
        if kind == "abs":
            return [(st, op("abs", v))]
        if not keywords and is_const(v) and isinstance(v.args[1], (str, bytes)) and all(is_const(a) for a in args):
            return _converted(m, st, CONVERSIONS[kind], *(a.args[1] for a in args))
        t = m.type_of(v)
        if (
            (t is not None and t.name in ("int", "float"))
            or v.kind in ("lin",)
            or (v.kind == "op" and v.args[0] in ("min", "max", "len", "num"))
        ):
            return [(st, op("num", v) if kind == "int" and not (v.kind == "op" and v.args[0] == "len") else v)]
        made = op("builtin", kind, st.content(v))
        if len(args) == 1 and not keywords and m.expects("ValueError"):
            return _of_text(m, f, st, v, kind, "ValueError", "the text of a setting is no number", made, node)
        return [(st, made)]

    return run


def _of_text(
    m: Machine, f: Frame, st: State, v: Value, kind: str, error: str, why: str, made: Value, node: cst.Call
) -> Results:
    """A text that a lap does not change is read again with the same result: where a handler waits for the error, with
    that, too.
    """
    if v.round or not _may_be_text(m.type_of(v)):
        return [(st, made)]
    unreadable = op("state", f"no_{kind}", st.content(v))
    other = st.copy()
    if assume(other, unreadable, True):
        other.note(why)
        other.log("library", f, node, f"{kind}() raises {error}", f.depth)
        m.throw(other, Raised(lib(error)))
    return [(st, made)] if assume(st, unreadable, False) else []


def _loads(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    known = read(m, st, "json.loads", args, keywords)
    if known is not None:
        return known
    made = op("method", "json.loads", *(st.content(a) for a in args))
    if not args or not m.expects("JSONDecodeError", "ValueError"):
        return [(st, made)]
    why = "the text is no JSON, or not all of it"
    return _of_text(m, f, st, args[0], "loads", "json.JSONDecodeError", why, made, node)


def _may_be_text(t: Type | None) -> bool:
    return t is None or t.name in ("str", "bytes")


def _converted(m: Machine, st: State, convert: Callable[..., object], *given: object) -> Results:
    """What a conversion makes of a text that is known, or what it raises: `ord(b"")` at the end of a stream."""
    try:
        return [(st, const(convert(*given)))]
    except (ValueError, OverflowError):
        m.throw(st, Raised(lib("ValueError")))
    except TypeError:
        m.throw(st, Raised(lib("TypeError")))
    return []


def _character(name: str) -> Callable[..., Results]:
    def run(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
        if len(args) == 1 and is_const(args[0]) and not isinstance(args[0].args[1], float):
            return _converted(m, st, CONVERSIONS[name], args[0].args[1])
        return [(st, op("builtin", name, *(st.content(a) for a in args)))]

    return run


def _text(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    if not args:
        return [(st, const(""))]
    v = args[0]
    if is_const(v) and isinstance(v.args[1], (str, int, bool)):
        return [(st, const(str(v.args[1])))]
    if is_const(v) and v.args[1] == b"" and len(args) + len(keywords) > 1:
        return [(st, const(""))]
    return [(st, op("text", *(st.content(a) for a in args)))]


def _bytes(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    if not args:
        return [(st, const(b""))]
    if is_const(args[0]) and isinstance(args[0].args[1], bytes):
        return [(st, args[0])]
    return [(st, op("copy", st.content(args[0]), "bytes"))]


def _range(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    return [(st, op("range", *args))]


def _quantifier(name: str) -> Callable[..., Results]:
    def run(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
        if args:
            if args[0].kind == "op" and args[0].args[0] == "copy" and args[0].args[-1] in ("map", "filter"):
                return [(st, fresh("env"))]
            items = args[0].args[0] if args[0].kind == "tuple" else None
            held = st.heap.get((st.content(args[0]), "[items]"))
            items = held.args[0] if held is not None else items
            if items is None and truth(st, args[0]) is False and args[0].kind == "fresh":
                items = ()
            if items is not None and len(items) < 2:
                if not items:
                    return [(st, const(name == "all"))]
                return [(st, items[0])]
        return [(st, op("builtin", name, *(st.content(a) for a in args)))]

    return run


def _super(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    frame: Frame | None = f
    while frame is not None and frame.me is None:
        frame = frame.parent
    if frame is None or frame.cls is None or frame.me is None:
        return [(st, fresh("env"))]
    return [(st, make("super", frame.cls, frame.me))]


def _getattr(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    from lint_rules.flow import names

    if len(args) >= 2 and is_const(args[1]) and isinstance(args[1].args[1], str):
        if is_none(st, args[0]) and len(args) == 3:
            return [(st, args[2])]
        return names.get_attr(m, f, st, args[0], args[1].args[1], node)
    return [(st, op("builtin", "getattr", *(st.content(a) for a in args)))]


def _setattr(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    from lint_rules.flow import targets

    if len(args) == 3 and is_const(args[1]):
        return [(s, NONE) for s in targets.write_attr(m, f, st, args[0], str(args[1].args[1]), args[2], node)]
    if args:
        st.kill(args[0])
    return [(st, NONE)]


def _next(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    """Taking from an iterator is progress: it ends some day."""
    if args:
        st.kill(args[0])
        if args[0].kind in ("var", "attr"):
            st.mark("progress")
    return [(st, fresh("item"))]


def _quiet(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    return [(st, NONE)]


def _blocks(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    m.prune(st, "blocks", f, node)
    return []


def _zip(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    return [(st, op("copy", tup(tuple(st.content(a) for a in args)), "zip"))]


def _map(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    return [(st, op("copy", st.content(args[1]), "map") if len(args) > 1 else fresh("env"))]


def _open(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    return [(st, fresh("env"))]


def _object(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    return [(st, make("object_new", next(m.ids), Type("object", exact=True)))]


def _first(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    """A copy is None, equal and true where the original is."""
    return [(st, args[0] if args else fresh("env"))]


def _second(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    return [(st, args[1] if len(args) > 1 else fresh("env"))]


def is_exception(m: Machine, name: str) -> bool:
    return name == "BaseException" or "BaseException" in lookup.exception_bases(m.models, name)


def _anext(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    return [(st, make("libcall", "anext", None, args, keywords))]


def _raise_exit(m: Machine, f: Frame, st: State, args: Args, keywords: Keywords, node: cst.Call) -> Results:
    m.throw(st, Raised(lib("SystemExit")))
    return []


TABLE: dict[str, Callable[..., Results]] = {
    "len": _len,
    "bool": _bool,
    "min": _bounded("min"),
    "max": _bounded("max"),
    "int": _number("int"),
    "float": _number("float"),
    "round": _number("int"),
    "abs": _number("abs"),
    "ord": _character("ord"),
    "chr": _character("chr"),
    "str": _text,
    "bytes": _bytes,
    "range": _range,
    "any": _quantifier("any"),
    "all": _quantifier("all"),
    "super": _super,
    "getattr": _getattr,
    "setattr": _setattr,
    "next": _next,
    "print": _quiet,
    "input": _blocks,
    "breakpoint": _blocks,
    "zip": _zip,
    "map": _map,
    "filter": _map,
    "open": _open,
    "object": _object,
    "anext": _anext,
    "exit": _raise_exit,
    "quit": _raise_exit,
    "sys.exit": _raise_exit,
    "json.loads": _loads,
    "copy.copy": _first,
    "copy.deepcopy": _first,
    "typing.cast": _second,
    "typing.assert_type": _first,
}
