"""What the text of the project, the models and the types say of a value, on whatever path it is met.

Invariant: answers depend on the project and the settings, never on the state of a path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, TypeVar

from lint_rules.flow.frames import Frame
from lint_rules.flow.values import ZERO, Value, const, is_const
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.models import lookup
from lint_rules.types import SIZED, Type, Types

if TYPE_CHECKING:
    from lint_rules.models.schema import Form, Models, Row
    from lint_rules.shapes import Shape

T = TypeVar("T")
DEFAULTING = frozenset(
    {"get", "getenv", "pop", "getfloat", "getint", "float", "int", "field", "Field", "Option", "Argument"}
)
OPTIONS = frozenset({"args", "options", "opts", "arguments", "cli_args", "parsed", "namespace", "ns"})
POSITIVE = re.compile(
    r"(?:size|limit|max|interval|timeout|period|delay|sleep|pause|poll|every|seconds|chunk|capacity|threads|workers|concurren|parallel|quota|batch|budget|attempts|retries|rounds)",
    re.IGNORECASE,
)
QUEUES = frozenset({"Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"})
PLAIN_TYPES = frozenset({"bool", "int", "float", "str", "bytes"})


class Knowledge:
    """Asked by the machine of one search, and kept for it."""

    def __init__(self, types: Types, targets: tuple[tuple[int, int], ...]) -> None:
        self.types = types
        self.resolver = types.resolver
        self.models: Models = types.models
        self.targets = targets
        self.declared_versions: dict[str, str] = {}
        self.guessed: dict[Value, Type] = {}
        self.guesses: dict[Value, str | None] = {}
        self.text_of_loop: Callable[[], str | None] = lambda: None  # of its function, up to the end of the loop
        self.loop_function = ""
        self._types: dict[Value, Type | None] = {}
        self._known: dict[int, dict[Hashable, object]] = {}
        self._kinds: dict[Value, str] = {}

    def remembered(self, key: Hashable, work_out: Callable[[], T]) -> T:
        """What the text of the project answers is the same on every path. Kept apart for each asker, since an answer
        that is kept longer than this search has to tell what was asked for it.
        """
        known = self._known.setdefault(id(self.resolver.project.asked), {})
        if key not in known:
            known[key] = work_out()
        return known[key]  # type: ignore[return-value]

    def type_of(self, v: Value) -> Type | None:
        if v not in self._types:
            self._types[v] = self._type_of(v)
        return self._types[v]

    def _type_of(self, v: Value) -> Type | None:
        kind, args = v.kind, v.args
        if kind == "const":
            return Type("None") if args[1] is None else Type(args[0], exact=True)
        if kind == "var":
            frame = args[0]
            if isinstance(frame, Frame):
                if frame.me is v:
                    return self._type_of_me(frame)
                return self.types.local(frame.module, frame.fn, args[1], None)
            return None
        if kind == "attr":
            base = args[0]
            if base.kind == "module":
                from lint_rules.resolve import GlobalName

                return self.types.of_global(GlobalName(base.args[0], args[1]))
            if base.kind == "class":
                return self.types.attribute(self.types.of_class(base.args[0]), args[1])
            owner = self.type_of(base)
            return self.types.attribute(owner, args[1]) if owner else None
        if kind in ("fresh", "object_new"):
            t = args[2] if kind == "fresh" else args[1]
            return t if isinstance(t, Type) else None
        if kind == "killed":
            return self.type_of(args[0])
        if kind == "item":
            return self.types.element(self.type_of(args[0]))
        if kind == "task":
            return Type("asyncio.Task", exact=True)
        if kind == "tuple":
            return Type("tuple", exact=True)
        if kind == "lin":
            return Type("int")
        if kind == "op" and args[0] in ("len", "abs"):
            return Type("int", exact=True)
        if kind == "op" and args[0] == "typed":
            t = args[1]
            return t if isinstance(t, Type) else None
        return None

    def _type_of_me(self, frame: Frame) -> Type | None:
        t = self._types.get(frame.me) if frame.me is not None else None
        if t is not None:
            return t
        return self.types.of_class(frame.cls) if frame.cls else None

    def set_type(self, v: Value, t: Type) -> None:
        self._types[v] = t

    def truth_kind(self, v: Value) -> str:
        known = self._kinds.get(v)
        if known is None:
            known = self._kinds[v] = self._truth_kind(v)
        return known

    def _truth_kind(self, v: Value) -> str:
        t = self.type_of(v) or self.guessed.get(v)
        if v.kind == "var" and isinstance(v.args[0], Frame) and v.args[0].me is v:
            return "always"
        if v.kind == "task":
            return "always"
        if t is None:
            return "unknown"
        cls = self.types.cls(t)
        if cls is not None:
            odd = self.resolver.has_member(cls, "__bool__") or self.resolver.has_member(cls, "__len__")
            kind = "unknown" if odd or not self._plain_truth(cls) else "always"
        elif t.name in SIZED or t.name in PLAIN_TYPES:
            kind = "sized"
        else:
            model = lookup.find_type(self.models, t.name)
            kind = {"always": "always", "sized": "sized"}.get(model.truth if model else "", "unknown")
            if t.name in ("typing.Callable", "collections.abc.Callable"):
                kind = "always"
        if kind == "sized":
            return "unknown" if t.optional or v.kind == "attr" else "sized"
        if kind == "always" and (t.optional or v.kind in ("attr", "item")):
            return "object"
        return kind

    def _plain_truth(self, cls: ClassInfo) -> bool:
        for base in self.resolver.mro(cls):
            if not isinstance(base, ClassInfo) and base.name in (
                "list",
                "dict",
                "set",
                "tuple",
                "str",
                "int",
                "?",
                "collections.deque",
            ):
                return False
        return True

    def may_alias(self, a: Value, b: Value) -> bool:
        if a is b:
            return True
        if a.kind in ("object_new", "module", "class", "const") or b.kind in ("object_new", "module", "class", "const"):
            return False
        ta, tb = self.type_of(a), self.type_of(b)
        if ta is None or tb is None or ta.name == tb.name:
            return True
        ca, cb = self.types.cls(ta), self.types.cls(tb)
        if ca is None or cb is None:
            return False
        return ca in self.resolver.mro(cb) or cb in self.resolver.mro(ca)

    def owner_of(self, v: Value) -> ClassInfo | None:
        """The project class of the object whose attribute a value is."""
        return self.types.cls(self.type_of(v.args[0])) if v.kind == "attr" else None

    def shapes_of(self, v: Value) -> list[tuple[str, Shape]]:
        """Every (method, shape) that an attribute or variable is given; "" stands for the class body."""
        from lint_rules.flow.constants import attr_shapes

        if v.kind == "var" and isinstance(v.args[0], Frame):
            fn = v.args[0].fn
            given = [("", ("param", p.name, p.annotation, p.default)) for p in fn.params if p.name == v.args[1]]
            return given + [(fn.name, s) for s in fn.locals.get(v.args[1], [])]
        if v.kind == "attr" and v.args[0].kind == "module":
            return [("", s) for s in self.resolver.module_of(v.args[0].args[0]).assigns.get(v.args[1], [])]
        owner = self.owner_of(v)
        return attr_shapes(self, owner, v.args[1]) if owner is not None else []

    def is_whole(self, v: Value) -> bool:
        """A length, what is declared so, or a variable that is only given whole numbers and counted by them."""
        if v.kind == "var":
            return self.remembered(("whole", v), lambda: self._is_counted(v))
        t = self.type_of(v) if v.kind == "fresh" else None
        return (v.kind == "op" and v.args[0] == "len") or (t is not None and t.name == "int" and not t.optional)

    def _is_counted(self, v: Value) -> bool:
        at, name = v.args
        shared = isinstance(at, Frame) and any(name in inner.nonlocals for inner in at.fn.nested.values())
        return not shared and is_counted([shape for _, shape in self.shapes_of(v)])

    def never_full(self, v: Value) -> bool:
        """Whether a queue is made without a limit wherever the project makes it."""
        made = [s for _, s in self.shapes_of(v) if s != ("const", None)]
        return bool(made) and all(_is_unlimited(s) for s in made)

    def values_of(self, v: Value) -> frozenset[Value] | None:
        """The only constants that an attribute, or a variable of one function, is ever given; None where it may hold
        anything else.
        """
        from lint_rules.flow.constants import attr_constants

        if v.kind == "var" and isinstance(v.args[0], Frame):
            return _only_constants(v.args[0].fn, v.args[1])
        owner = self.owner_of(v)
        return attr_constants(self, owner, v.args[1]) if owner is not None else None

    def may_be_zero(self, v: Value) -> bool:
        """Whether the project's own text sets a delay to zero or less: a constant, a parameter's default, a call."""
        from lint_rules.flow import given

        own = any(self._zero(shape) for _, shape in self.shapes_of(v))
        return (
            own
            or self._zero_default(v)
            or self._zero_option(v)
            or any(self._zero(shape) for shape in given.shapes(self, v))
        )

    def _zero(self, shape: Shape) -> bool:
        """Whether an assigned or given expression can be 0, by its text or by the command line that it is read from."""
        if shape[0] == "call" and shape[1][-1] in ("float", "int") and len(shape[2]) == 1:
            return zero_shape(shape) or self._zero(shape[2][0])
        if shape[0] == "attr" and shape[1][0] in ("name", "attr"):
            return self._declares_zero(shape[1][-1], shape[2])
        return zero_shape(shape)

    def _zero_default(self, v: Value) -> bool:
        """`conf.get("interval", 0)`."""
        return v.kind == "op" and v.args[:2] == ("method", "get") and len(v.args) == 5 and v.args[4] is ZERO

    def _zero_option(self, v: Value) -> bool:
        """`args.interval`, where a command line declares `--interval` with the default 0; or a parameter that it
        fills, as `@click.option("--interval", default=0)` says.
        """
        if v.kind == "attr" and v.args[0].kind in ("var", "attr"):
            return self._declares_zero(v.args[0].args[1], v.args[1])
        return v.kind == "var" and isinstance(v.args[0], Frame) and zero_by_option(v.args[0].fn, v.args[1])

    def _declares_zero(self, options: str, name: str) -> bool:
        if options.lower() not in OPTIONS:
            return False
        option, words = re.escape(name).replace("_", "[-_]"), r"(?:[^()]|\([^()]*\))*"
        return self.resolver.project.matches(rf"add_argument\([^()]*--{option}\b(?!-){words}default=0(?:\.0*)?\s*[,)]")

    def set_to_none_in(self, v: Value) -> str:
        """The method, other than `__init__`, that sets an attribute to None."""
        return self.remembered(("set_to_none", v), lambda: self._set_to_none_in(v))

    def _set_to_none_in(self, v: Value) -> str:
        found = [
            where
            for where, s in self.shapes_of(v)
            if s == ("const", None) and where not in ("", "__init__", "__post_init__")
        ]
        return next((where for where in found if not self._only_afterwards(v, where)), "")

    def _only_afterwards(self, v: Value, method: str) -> bool:
        """Whether a method runs only where the loop's own function is left: in its end, or in `__aexit__`."""
        owner = self.owner_of(v)
        if owner is None or not self.loop_function:
            return False
        if method == self.loop_function:
            text = self.text_of_loop()
            return text is not None and re.search(rf"\.{re.escape(v.args[1])}\b[^=\n]*=(?!=)", text) is None
        lines = self.resolver.project.text(self.resolver.project.path_of(owner.module)).lines
        texts = {m.name: "\n".join(lines[m.first - 1 : m.last]) for m in owner.methods.values()}
        callers = {name for name, text in texts.items() if f"self.{method}(" in text}
        return bool(callers) and callers <= {self.loop_function, "__aexit__", "__exit__"}

    def is_positive_name(self, v: Value) -> bool:
        """What is named as a size, limit or time is positive: a variable, an attribute, an entry of a table of
        settings.
        """
        name = v.args[1] if v.kind in ("var", "attr", "item") else None
        if isinstance(name, Value):
            name = name.args[1] if is_const(name) else None
        if v.kind == "op" and v.args[:2] == ("method", "get") and len(v.args) > 3 and is_const(v.args[3]):
            name = v.args[3].args[1]
        return isinstance(name, str) and POSITIVE.search(name) is not None

    def rows(self, name: str, form: Form) -> tuple[Row, ...]:
        """The rows of a library callable, for the version that the project declares."""
        return self.remembered(("rows", name, form), lambda: self._rows(name, form))

    def _rows(self, name: str, form: Form) -> tuple[Row, ...]:
        found = lookup.rows(self.models, name, form)
        if any(row.versions for row in found) and self.declared_versions:
            library = self.models.library_of.get(found[0].name, "").replace("_", "-").lower()
            return lookup.rows(self.models, name, form, self.declared_versions.get(library))
        return found

    def weakest(self, versions: tuple[tuple[tuple[int, int], str], ...]) -> str:
        """The least suspension that a row has on any targeted Python version."""
        order = ("none", "yield", "wait", "block")
        found = []
        for target in self.targets:
            holding = [s for since, s in versions if since <= target]
            if holding:
                found.append(holding[-1])
        return min(found or [versions[-1][1]], key=order.index)


def is_counted(shapes: list[Shape]) -> bool:
    """Whether a variable is only given whole numbers, and counted up and down by them."""
    steps = [shape[2] if shape[:2] == ("num", ("self",)) else shape for shape in shapes]
    return bool(steps) and all(s[0] == "const" and type(s[1]) is int for s in steps)


def _is_unlimited(shape: Shape) -> bool:
    if shape[0] == "call" and shape[1][-1] == "field":
        return dict(shape[3]).get("default_factory", ("other",))[-1] in QUEUES
    given = (*shape[2], *(s for _, s in shape[3])) if shape[0] == "call" else ()
    return shape[0] == "call" and shape[1][-1] in QUEUES and all(s == ("const", 0) for s in given)


def zero_by_option(fn: FunctionInfo, name: str) -> bool:
    """`@click.option("--interval", default=0)` above a function with this parameter."""
    option = ("const", f"--{name.replace('_', '-')}")
    return any(d[0] == "call" and option in d[2] and _is_zero_default(d) for d in fn.decorators)


def _is_zero_default(decorator: Shape) -> bool:
    default = dict(decorator[3]).get("default")
    return default is not None and zero_shape(default)


def zero_shape(shape: Shape) -> bool:
    """Whether an assigned value can be 0 by its text: `0`, a parameter's default, `get(key, 0)`, `float(... or
    "0")`.
    """
    if shape[0] == "param":
        return shape[3] is not None and zero_shape(shape[3])
    if shape[0] == "const":
        n = shape[1]
        return n in ("0", "0.0") if isinstance(n, str) else isinstance(n, (int, float)) and n is not False and n <= 0
    if shape[0] == "any":
        return any(zero_shape(s) for s in shape[1])
    if shape[0] == "call" and shape[1][-1] in DEFAULTING:
        last = [s for s in shape[2][1:] if shape[1][-1] not in ("float", "int")] or list(shape[2][:1])
        named = [s for k, s in shape[3] if k in ("default", "fallback")]
        return any(zero_shape(s) for s in (*last, *named))
    return False


def _only_constants(fn: FunctionInfo, name: str) -> frozenset[Value] | None:
    given = fn.locals.get(name, ())
    plain = all(s[0] == "const" and (s[1] is None or isinstance(s[1], (bool, int, float, str, bytes))) for s in given)
    if not given or not plain or name in fn.globals | fn.nonlocals or any(p.name == name for p in fn.params):
        return None
    return frozenset(const(shape[1]) for shape in given)
