"""Values as Python source: the literals of a witness as a reader would write them."""

from __future__ import annotations

from lint_rules.flow.machine import Machine
from lint_rules.flow.state import Dom, State
from lint_rules.flow.values import Value, is_const, is_number, linear, op
from lint_rules.models import lookup

SIGNS = {"eq": "==", "is": "is", "lt": "<", "le": "<=", "in": "in"}
SYMBOLS = {"mul": "*", "pow": "**", "join": "+", "mod": "%"}


def source(m: Machine, v: Value) -> str:
    """An expression for a value."""
    kind, args = v.kind, v.args
    if kind == "const":
        return repr(args[1])
    if kind == "var":
        return str(args[1])
    if kind == "attr":
        return f"{source(m, args[0])}.{args[1]}"
    if kind == "item":
        return _item(m, v)
    if kind == "killed":
        return source(m, args[0])
    if kind == "member":
        return ".".join(args[0].split(".")[-2:])
    if kind == "lin":
        return _linear(m, v)
    if kind == "tuple":
        inner = ", ".join(source(m, a) for a in args[0])
        return f"({inner},)" if len(args[0]) == 1 else f"({inner})"
    if kind == "class":
        return str(args[0].name)
    if kind == "module":
        return str(args[0].rsplit(".", 1)[-1])
    if kind == "lib":
        return str(args[0])
    if kind == "fresh":
        return {"time": "now", "item": "item"}.get(args[1], "answer")
    if kind == "op":
        return _operation(m, v)
    return kind


def _item(m: Machine, v: Value) -> str:
    base, key = v.args
    if isinstance(key, Value) and key.kind == "each":
        return f"next(iter({source(m, base)}))"
    return f"{source(m, base)}[{source(m, key)}]"


def _linear(m: Machine, v: Value) -> str:
    terms, constant = linear(v)
    text = ""
    for s, factor in terms.items():
        part = source(m, s) if abs(factor) == 1 else f"{abs(factor)} * {source(m, s)}"
        text += (f" - {part}" if text else f"-{part}") if factor < 0 else (f" + {part}" if text else part)
    if constant:
        text += f" {'-' if constant < 0 else '+'} {abs(constant)}"
    return text


def _operation(m: Machine, v: Value) -> str:
    name, args = v.args[0], v.args[1:]
    if name == "not":
        return literal(m, args[0], False)
    if name == "none":
        return f"{source(m, args[0])} is None"
    if name in ("eq", "is", "lt", "le", "in"):
        return f"{source(m, args[0])} {SIGNS[name]} {source(m, args[1])}"
    if name == "state":
        return _state(m, args[1], args[0])
    if name == "isinstance":
        return f"isinstance({source(m, args[0])}, {source(m, args[1])})"
    if name == "classof":
        return f"type({source(m, args[0])})"
    if name == "method":
        return _method(m, args)
    if name in ("copy", "slice"):
        return source(m, args[0])
    if name in SYMBOLS:
        return f" {SYMBOLS[name]} ".join(source(m, a) for a in args if isinstance(a, Value))
    if name == "pick":
        return f"{source(m, args[0])}[{source(m, args[1])}]"
    if name == "builtin":
        return f"{args[0]}({', '.join(source(m, a) for a in args[1:])})"
    if name == "match":
        return f"match({source(m, args[1])}, {args[0]!r})"
    return f"{name}({', '.join(source(m, a) if isinstance(a, Value) else str(a) for a in args)})"


def _method(m: Machine, args: tuple[Value | str, ...]) -> str:
    name = str(args[0])
    rest = [source(m, a) for a in args[1:] if isinstance(a, Value)]
    if "." in name and not rest:
        return f"{name}()"
    if not rest:
        return f"{name}()"
    return f"{rest[0]}.{name.rsplit('.', 1)[-1]}({', '.join(rest[1:])})"


def _state(m: Machine, receiver: Value, state: str) -> str:
    """`self._ws.closed`, `reader.at_eof()`: how a state of a library object is asked for."""
    text = source(m, receiver)
    owner = receiver.args[0] if receiver.kind == "killed" else receiver
    t = m.type_of(owner) or m.guessed.get(owner)
    if state in ("no_int", "no_float", "no_loads"):
        return f"{state[3:]}({text}) raises ValueError"
    if state in ("holds_finished", "all_finished"):
        return f"{'any' if state == 'holds_finished' else 'all'}(task.done() for task in {text})"
    if t is not None:
        for model in lookup.lineage(m.models, t.name):
            for known, written in model.states:
                if known == state:
                    return written.replace("{}", text) if "{}" in written else f"{text}.{written}"
            for attribute, means in model.attributes:
                if means == state:
                    return f"{text}.{attribute}"
            for attribute, means in model.attributes:
                if means == f"!{state}":
                    return f"not {text}.{attribute}"
    return f"{text}.{state}()"


def literal(m: Machine, v: Value, want: bool) -> str:
    """A truth as source: `x`, `not x`, `x is not None`."""
    if v.kind == "op" and v.args[0] == "none":
        return f"{source(m, v.args[1])} is {'' if want else 'not '}None"
    if v.kind == "op" and v.args[0] in ("eq", "is", "in") and not want:
        sign = {"eq": "!=", "is": "is not", "in": "not in"}[v.args[0]]
        return f"{source(m, v.args[1])} {sign} {source(m, v.args[2])}"
    text = source(m, v)
    if want:
        return text
    if text.startswith("not "):
        return text[4:]
    plain = text.replace("_", "").replace(".", "").replace("()", "").isalnum()
    return (
        f"not {text}"
        if plain or (v.kind == "op" and v.args[0] in ("state", "method", "isinstance", "builtin"))
        else f"not ({text})"
    )


def domain(m: Machine, v: Value, d: Dom) -> list[str]:
    """What is known of a number or constant as literals."""
    text = source(m, v)
    if " " in text and v.kind != "lin":
        text = f"({text})"
    if d.allowed is not None:
        values = sorted((c for c in d.allowed), key=lambda c: c.serial)
        if len(values) == 1:
            c = values[0]
            singleton = is_const(c) and (c.args[1] is None or isinstance(c.args[1], bool))
            return [f"{text} {'is' if singleton else '=='} {source(m, c)}"]
        return [f"{text} in ({', '.join(source(m, c) for c in values)})"]
    out = [
        f"{text} != {source(m, c)}"
        for c in sorted(d.excluded, key=lambda c: c.serial)
        if not (is_number(c) and _at_bound(d, c))
    ]
    if d.lo != float("-inf"):
        out.append(f"{text} {'>' if d.lo_open else '>='} {_plain(d.lo)}")
    if d.hi != float("inf"):
        out.append(f"{text} {'<' if d.hi_open else '<='} {_plain(d.hi)}")
    return out


def _at_bound(d: Dom, c: Value) -> bool:
    return float(c.args[1]) in (d.lo, d.hi)


def _plain(n: float) -> str:
    return str(int(n)) if float(n).is_integer() else str(n)


def witness(m: Machine, st: State) -> tuple[str, ...]:
    """The state in which the loop spins: every literal that the lap decided on, in the order of the decisions."""
    out: list[str] = []
    truthy = {v for v, want in st.truth.items() if want}
    for v, want in st.truth.items():
        if v in st.soft:
            continue
        if v.kind == "op" and v.args[0] == "none":
            inner = v.args[1]
            if inner in truthy:
                continue
            if m.truth_kind(inner) == "object":
                out.append(source(m, inner) if not want else f"{source(m, inner)} is None")
                continue
        out.append(literal(m, v, want))
    for v, d in st.dom.items():
        if op("dom", v) not in st.soft:
            out.extend(domain(m, v, d))
    return tuple(dict.fromkeys(out))
