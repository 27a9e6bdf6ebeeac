"""What one file defines: its imports, functions, classes and what their attributes are given; small enough to store.

Invariant: an index holds no tree; functions are found again in libcst by their lines and their `ordinal` (source
order within the outermost function).
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lint_rules.shapes import Shape

if TYPE_CHECKING:
    from lint_rules.late import Functions, Late, Names


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter; `kind` is positional, keyword, *args or **kwargs."""

    name: str
    kind: str
    default: Shape | None
    annotation: Shape | None


@dataclass(slots=True, eq=False, repr=False)
class FunctionInfo:
    """One function, method or nested function. `first` and `last` are the lines of the outermost function it is in."""

    name: str
    qualname: str
    module: str
    line: int
    first: int
    last: int
    ordinal: int
    is_async: bool
    is_generator: bool = False
    has_loop: bool = False  # a `while` or an `async for`
    iterates: list[Shape] = field(default_factory=list)  # what a `for` calls that may go over an iterator without end
    loops: list[int] = field(default_factory=list)  # the lines of all these, but for those in a class of its own
    stub: str = ""  # "": a body; "empty": pass, ... or a docstring; "raise": NotImplemented; "error": another raise
    params: tuple[Param, ...] = ()
    decorators: tuple[Shape, ...] = ()
    returns: Shape | None = None
    cls: str | None = None
    parent: FunctionInfo | None = None
    nested: dict[str, FunctionInfo] = field(default_factory=dict)
    locals: dict[str, list[Shape]] = field(default_factory=dict)
    declared: dict[str, Shape] = field(default_factory=dict)
    globals: frozenset[str] = frozenset()
    nonlocals: frozenset[str] = frozenset()

    @property
    def may_loop(self) -> bool:
        """Whether it is a coroutine with a loop that may be endless, as far as the header tells."""
        return self.is_async and (self.has_loop or bool(self.iterates))


@dataclass(slots=True, eq=False, repr=False)
class ClassInfo:
    """One class. `attrs` maps an attribute to the (method, shape) pairs it is assigned, "" being the class body."""

    name: str
    qualname: str
    module: str
    line: int
    bases: tuple[Shape, ...] = ()
    decorators: tuple[Shape, ...] = ()
    abstract: bool = False
    methods: MutableMapping[str, FunctionInfo] = field(default_factory=dict)
    attrs: dict[str, list[tuple[str, Shape]]] = field(default_factory=dict)
    annotations: dict[str, Shape] = field(default_factory=dict)
    classes: dict[str, ClassInfo] = field(default_factory=dict)

    @property
    def full(self) -> str:
        return f"{self.module}.{self.qualname}"


@dataclass(slots=True, eq=False, repr=False)
class ModuleInfo:
    """One file. `imports` maps a local name to (module, attribute or None); `outermost` has name, first and last line
    of every outermost function, and `parsed` the functions that are known by now.
    """

    name: str
    is_package: bool
    late: Late
    imports: Names[tuple[str, str | None]]
    functions: Functions
    classes: Names[ClassInfo]
    assigns: Names[list[Shape]]
    annotations: Names[Shape]
    stars: list[str] = field(default_factory=list)
    outermost: list[tuple[str, int, int]] = field(default_factory=list)
    parsed: list[FunctionInfo] = field(default_factory=list)
    global_writes: set[str] = field(default_factory=set)

    @property
    def all_functions(self) -> list[FunctionInfo]:
        """In the order of the source; without those of the outermost that are no Python."""
        self.late.load_all()
        return sorted(self.parsed, key=lambda fn: (fn.first, fn.ordinal))

    def functions_at(self, first: int) -> list[FunctionInfo]:
        """The outermost function that begins in this line, and those inside it."""
        self.late.load_at(first)
        return sorted((fn for fn in self.parsed if fn.first == first), key=lambda fn: fn.ordinal)

    @property
    def looping(self) -> list[FunctionInfo]:
        """The coroutines with a loop that may be endless, in the order of the source; they never wait to be parsed."""
        found = [fn for fn in self.parsed if fn.may_loop]
        return sorted(found, key=lambda fn: (fn.first, fn.ordinal))
