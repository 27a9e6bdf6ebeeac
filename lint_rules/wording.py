"""Values as Python text that means the same at the header of a loop: the literals of a witness for the fixers.

Invariant: a literal whose text is "" cannot be said in the scope of the loop; `shown` then says why.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lint_rules.candidates import owner_of
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine
from lint_rules.flow.state import Dom, State
from lint_rules.flow.values import Number, Value, is_const, is_number, linear, op
from lint_rules.index import ClassInfo
from lint_rules.models import lookup
from lint_rules.resolve import HARMLESS_BASES, Entity, GlobalName, Lib, ModuleRef

SIGNS = {"eq": "==", "is": "is", "lt": "<", "le": "<=", "in": "in"}
OPPOSITE = {"eq": "!=", "is": "is not", "lt": ">=", "le": ">", "in": "not in"}
PAIRS = (("is not", "is"), ("not in", "in"), ("==", "!="), ("<", ">="), (">", "<="))
TURNED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
TIMELESS = frozenset({"not", "none", "eq", "is", "builtin"})
FIRST = frozenset({"", "__init__", "__post_init__"})


@dataclass(frozen=True, slots=True)
class Literal:
    """One condition of the witness. `also` says the same where `text` is the truth of an object that may be None.

    `loose` are the objects that the text needs and that may be None or unset: an earlier literal must rule that out.
    """

    text: str
    shown: str
    also: str = ""
    loose: tuple[str, ...] = ()


class _Unsaid(Exception):
    """A value that has no text in the scope of the loop."""


class Writer:
    """Values as expressions that mean the same at the header of the loop."""

    def __init__(self, m: Machine, frame: Frame) -> None:
        self.m = m
        self.frame = frame
        self.module = frame.module
        self.loose: list[str] = []

    def literals(self, st: State) -> tuple[Literal, ...]:
        out: list[Literal] = []
        truthy = {v for v, want in st.truth.items() if want}
        for v, want in st.truth.items():
            if v in st.soft or (v.kind == "op" and v.args[0] == "none" and v.args[1] in truthy) or _timeless(v):
                continue
            out.append(self.literal(v, want))
        for v, d in st.dom.items():
            if op("dom", v) not in st.soft:
                out += self.domain(v, d)
        return tuple(dict.fromkeys(out))

    def literal(self, v: Value, want: bool) -> Literal:
        self.loose = []
        also = ""
        try:
            if v.kind == "op" and v.args[0] == "none":
                inner = self.text(v.args[1])
                text = f"{inner} is {'' if want else 'not '}None"
                if not want and self.m.truth_kind(v.args[1]) == "object":
                    text, also = inner, text
            else:
                text = self.condition(v, want)
        except _Unsaid as exc:
            return Literal("", str(exc))
        return Literal(text, text, also, self.needed(text))

    def needed(self, text: str) -> tuple[str, ...]:
        return tuple(base for base in dict.fromkeys(self.loose) if base not in (text, text.partition(" is ")[0]))

    def condition(self, v: Value, want: bool) -> str:
        if v.kind == "op" and v.args[0] in SIGNS:
            plain = v.args[0] == "is" and any(is_const(a) and not self.single(a) for a in v.args[1:])
            sign = (SIGNS if want else OPPOSITE)["eq" if plain else v.args[0]]
            return f"{self.text(v.args[1])} {sign} {self.text(v.args[2])}"
        if v.kind == "op" and v.args[0] == "not":
            return self.condition(v.args[1], not want)
        text = self.text(v)
        return text if want else _negated(text)

    def domain(self, v: Value, d: Dom) -> list[Literal]:
        self.loose = []
        try:
            text = self.text(v)
            said = self.allowed(text, d.allowed) if d.allowed is not None else self.bounds(v, text, d)
        except _Unsaid as exc:
            return [Literal("", str(exc))]
        whole = self.m.is_whole(v)
        return [Literal(part, part, _strictly(part) if whole else "", self.needed(text)) for part in said]

    def allowed(self, text: str, values: frozenset[Value]) -> list[str]:
        known = sorted(values, key=lambda c: c.serial)
        if len(known) == 1:
            return [f"{text} {'is' if self.single(known[0]) else '=='} {self.text(known[0])}"]
        return [f"{text} in ({', '.join(self.text(c) for c in known)})"]

    def bounds(self, v: Value, text: str, d: Dom) -> list[str]:
        outside = [c for c in d.excluded if not (is_number(c) and float(c.args[1]) in (d.lo, d.hi))]
        outside.sort(key=lambda c: c.serial)
        out = [self.differs(v, text, c) for c in outside]
        if d.lo == d.hi and not (d.lo_open or d.hi_open):
            return [*out, self.compared(v, "==", d.lo)]
        counts = v.kind == "op" and v.args[0] == "len" and d.lo == 0 and not d.lo_open
        if d.lo != float("-inf") and not counts:
            out.append(self.compared(v, ">" if d.lo_open else ">=", d.lo))
        if d.hi != float("inf"):
            out.append(self.compared(v, "<" if d.hi_open else "<=", d.hi))
        return out

    def differs(self, v: Value, text: str, c: Value) -> str:
        if v.kind == "lin" and is_number(c):
            return self.compared(v, "!=", c.args[1])
        return f"{text} {'is not' if self.single(c) else '!='} {self.text(c)}"

    def compared(self, v: Value, sign: str, bound: float) -> str:
        """A sum beside a bound, with what is taken off put on the other side: `a < b`, not `a - b < 0`."""
        terms, constant = linear(v)
        bound -= constant
        left = {s: f for s, f in terms.items() if f > 0}
        if not left:
            left, bound, sign = {s: -f for s, f in terms.items()}, -bound, TURNED[sign]
            terms = left
        right = {s: -f for s, f in terms.items() if f < 0}
        return f"{self.terms(left)} {sign} {self.terms(right, bound)}"

    def single(self, c: Value) -> bool:
        """Whether a constant is the only object that equals it, so that `is` compares with it."""
        if is_const(c):
            return c.args[1] is None or isinstance(c.args[1], bool)
        owner = c.args[0].rpartition(".")[0] if c.kind == "member" else ""
        entity = self.m.resolver.lookup(self.module, owner.rpartition(".")[2])
        return isinstance(entity, ClassInfo) and entity.full == owner

    # ------------------------------------------------------------------ expressions

    def text(self, v: Value) -> str:
        kind, args = v.kind, v.args
        if kind == "const":
            return _quoted(args[1])
        if kind == "var" and isinstance(args[0], Frame) and args[0].header:
            return str(args[1])
        if kind == "attr":
            return self.attribute(v)
        if kind == "item" and isinstance(args[1], Value) and is_const(args[1]):
            return f"{self.base(args[0])}[{self.text(args[1])}]"
        if kind == "member":
            return self.named(args[0])
        if kind == "class":
            return self.named(args[0].full)
        if kind == "lib" and args[1] is None:
            return self.named(args[0])
        if kind == "tuple":
            return f"({', '.join(self.text(a) for a in args[0])}{',' if len(args[0]) == 1 else ''})"
        if kind == "lin":
            return self.sum(v)
        if kind == "op":
            return self.operation(v)
        raise _Unsaid("what the lap itself makes or changes")

    def attribute(self, v: Value) -> str:
        base, name = v.args
        if not name.isidentifier() or is_const(base):
            raise _Unsaid(f"what is known of {name}")
        if base.kind == "module":
            return self.named(f"{base.args[0]}.{name}")
        text = self.base(base)
        self.known(base, name)
        return f"{text}.{name}"

    def known(self, base: Value, name: str) -> None:
        """The class that the code declares must have the attribute: one of a subclass is not there for the others."""
        me = base is self.frame.me
        owner = owner_of(self.m.resolver, self.frame.fn) if me else self.m.types.cls(self.m.type_of(base))
        for cls in self.m.resolver.mro(owner) if owner is not None else ():
            foreign = not isinstance(cls, ClassInfo) and cls.name not in HARMLESS_BASES
            if foreign or (
                isinstance(cls, ClassInfo) and any(name in part for part in (cls.attrs, cls.annotations, cls.methods))
            ):
                return
        if me or owner is not None:
            raise _Unsaid(f"`{name}`, which only a subclass has")

    def base(self, v: Value) -> str:
        """An object whose attribute or state is asked for: it has to be there."""
        text = self.text(v)
        if v.kind in ("attr", "var") and self.may_be_missing(v):
            self.loose.append(text)
        return text

    def may_be_missing(self, v: Value) -> bool:
        if v.kind == "var" and v is self.frame.me:
            return False
        t = self.m.type_of(v)
        shapes = self.m.shapes_of(v)
        if (t is not None and t.optional) or any(s == ("const", None) for _, s in shapes):
            return True
        owner = self.m.owner_of(v)
        if v.kind == "var" or owner is None:
            return False
        declared = any(
            isinstance(c, ClassInfo) and v.args[1] in c.annotations and "__init__" not in c.methods
            for c in self.m.resolver.mro(owner)
        )  # fmt: skip
        return bool(shapes) and not declared and not any(where in FIRST for where, _ in shapes)

    def named(self, full: str) -> str:
        """A qualified name as this module can write it."""
        parts = full.split(".")
        if ".".join(parts[:-1]) == self.module.name:
            return parts[-1]
        for start in range(len(parts) - 1, -1, -1):
            known = _full_name(self.m.resolver.lookup(self.module, parts[start]))
            if known == ".".join(parts[: start + 1]):
                return ".".join(parts[start:])
        raise _Unsaid(f"`{full}`, which this file does not import")

    def sum(self, v: Value) -> str:
        return self.terms(*linear(v))

    def terms(self, terms: Mapping[Value, Number], constant: float = 0) -> str:
        text = ""
        for s, factor in terms.items():
            part = self.text(s) if abs(factor) == 1 else f"{_number(abs(factor))} * {self.text(s)}"
            text += (f" - {part}" if text else f"-{part}") if factor < 0 else (f" + {part}" if text else part)
        if not text:
            return _number(constant)
        return f"{text} {'-' if constant < 0 else '+'} {_number(abs(constant))}" if constant else text

    def operation(self, v: Value) -> str:
        name, args = v.args[0], v.args[1:]
        if name in SIGNS or name == "not":
            return f"({self.condition(v, True)})"
        if name == "none":
            return f"({self.text(args[0])} is None)"
        if name == "state":
            return self.state(args[1], args[0])
        if name == "isinstance":
            return f"isinstance({self.text(args[0])}, {self.text(args[1])})"
        if name == "len":
            return f"len({self.text(args[0])})"
        raise _Unsaid("an expression that is no plain test")

    def state(self, receiver: Value, state: str) -> str:
        """`self._ws.closed`, `reader.at_eof()`: how the library is asked for a state."""
        text = self.base(receiver)
        t = self.m.type_of(receiver) or self.m.guessed.get(receiver)
        for model in lookup.lineage(self.m.models, t.name) if t is not None else ():
            for known, written in model.states:
                if known == state:
                    return written.replace("{}", text) if "{}" in written else f"{text}.{written}"
            for attribute, means in model.attributes:
                if means == state:
                    return f"{text}.{attribute}"
            for attribute, means in model.attributes:
                if means == f"!{state}":
                    return f"not {text}.{attribute}"
        raise _Unsaid(f"whether {text} is {state}")


def _negated(text: str) -> str:
    if text.startswith("not "):
        return text[4:]
    tree = ast.parse(text, mode="eval").body
    if not isinstance(tree, ast.Compare) or len(tree.ops) > 1:
        return f"not {text}"
    for sign, opposite in (*PAIRS, *((b, a) for a, b in PAIRS)):
        left, found, right = text.partition(f" {sign} ")
        if found and f" {sign} " not in right:
            return f"{left} {opposite} {right}"
    return f"not {text}"


def _strictly(text: str) -> str:
    """A bound of a whole number the other way: `n <= 9` is `n < 10`."""
    found = re.fullmatch(r"(.*) (<=|>=) (\d+)", text)
    if not found:
        return ""
    left, sign, bound = found.groups()
    return f"{left} {sign[0]} {int(bound) + (1 if sign == '<=' else -1)}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _quoted(value: object) -> str:
    """A constant as most formatters write it."""
    text = repr(value)
    return f'"{text[1:-1]}"' if isinstance(value, str) and text[0] == "'" and '"' not in text else text


def _timeless(v: Value) -> bool:
    """Whether a condition speaks of no state at all, only of constants and classes."""
    if v.kind in ("const", "class", "lib", "member"):
        return True
    if v.kind != "op" or v.args[0] not in TIMELESS or (v.args[0] == "builtin" and v.args[1] != "issubclass"):
        return False
    return all(_timeless(a) for a in v.args[1:] if isinstance(a, Value))


def _full_name(entity: Entity | None) -> str | None:
    if isinstance(entity, ClassInfo):
        return entity.full
    if isinstance(entity, GlobalName):
        return f"{entity.module}.{entity.name}"
    return entity.name if isinstance(entity, (Lib, ModuleRef)) else None
