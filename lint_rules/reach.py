"""Does the code of a class ever bring about the state in which its loop would spin?

A hand-made queue sets its event when it has an element and clears it with the last one: "empty, and the event set" is
true in no run, however the two are read. So every method that touches what the witness speaks of is run from any state;
one that ends, raises or suspends in the witness state without having begun there brings it about.

Invariant: an answer of False is given only where every such method was walked to its end. What is beyond the class
(another object's code, a callback, a method that cannot be followed) counts as bringing the state about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import libcst as cst

from lint_rules.comparisons import compare
from lint_rules.conditions import assume, implies_dom, truth
from lint_rules.domains import dom_of
from lint_rules.entry import is_in_a_loop
from lint_rules.flow import functions
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import MAX_STATES, GaveUp, Machine, Outcomes, Raised, Results, TooBig
from lint_rules.flow.state import Dom, State
from lint_rules.flow.statements import suite
from lint_rules.flow.values import Value, attr, const, fresh, is_number, make, number, op, parts
from lint_rules.index import ClassInfo, FunctionInfo, Param
from lint_rules.merge import weakened
from lint_rules.models import lookup
from lint_rules.nothing import is_none_by_name_only
from lint_rules.recurrence import Lap, header_view, rewrite, rewrite_content
from lint_rules.scopes import frame_of, renew, shared
from lint_rules.touching import is_others, names_in, writes, writing

T = TypeVar("T")
INFINITY = float("inf")
NEXT_ROUND = "an inner loop goes on"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a witness says of the attributes of the loop's own object. `names`: those attributes."""

    truth: tuple[tuple[Value, bool], ...]
    dom: tuple[tuple[Value, Dom], ...]
    names: frozenset[str]

    def holds(self, st: State) -> bool:
        """Whether a statement about the start implies the claim."""
        return all(truth(st, k) is want for k, want in self.truth) and all(implies_dom(st, k, d) for k, d in self.dom)

    def at(self, m: Machine, st: State) -> Claim:
        """The claim about what the attributes hold now."""
        truths = tuple((rewrite_content(m, st, k), want) for k, want in self.truth)
        return Claim(truths, tuple((rewrite(m, st, k), d) for k, d in self.dom), self.names)

    def possible_after(self, m: Machine, st: State) -> bool:
        """Whether the claim may be true of what a path has left; what must hold for that is recorded in `st`."""
        within = all(assume(st, rewrite_content(m, st, k), want) for k, want in self.truth) and all(
            _within(st, rewrite(m, st, k), d) for k, d in self.dom
        )
        return within and all(_unfold(st, k, d) for k, d in list(st.dom.items()))


@dataclass(frozen=True, slots=True)
class Origin:
    """Who brings about what a witness says of an object: its constructor alone, or nobody."""

    frame: Frame
    claim: Claim
    begins_so: bool


def origins(m: Machine, lap: Lap) -> Iterator[Origin]:
    """Of the witness, and of each of its parts that is about one attribute, private or of few values or with a state of
    its own, where no other method of the class, nor anybody else, may bring that about.
    """
    frame = method_frame(lap.frame)
    if frame is None or frame.cls is None or frame.me is None:
        return
    claim = _own(m, frame.cls, _claim(m, lap, frame.me))
    several = len(claim.truth) + len(claim.dom) > 1
    states = [name for name in sorted(claim.names) if _is_state(m, attr(frame.me, name))]
    if several or all(name.startswith("_") or name in states for name in claim.names):  # others may be anybody's
        yield from _origin(m, lap, frame, claim)
    asked = {name for k, _ in claim.truth if k.kind == "op" and k.args[0] == "state" for name in names_in(k)}
    private = {name for name in claim.names if name.startswith("_")}
    for name in sorted({*states, *asked, *private}) if several else ():
        yield from _origin(m, lap, frame, _about(claim, name))


def _origin(m: Machine, lap: Lap, frame: Frame, claim: Claim) -> Iterator[Origin]:
    assert frame.cls is not None
    methods = writing(m, frame.cls, claim.names) if claim.truth or claim.dom else None
    if methods is None:
        return
    makers = _makers(m, frame.cls, methods)
    attributes = {name: attr(frame.me, name) for name in claim.names} if frame.me is not None else {}
    others = [each for each in methods if each.name != "__init__" and not _only_behind(m, lap, each, attributes)]
    if any(_may_bring_about(m, frame, each, claim) for each in others):
        return
    yield Origin(frame, claim, any(_may_bring_about(m, frame, each, claim) for each in makers))


def _makers(m: Machine, cls: ClassInfo, methods: list[FunctionInfo]) -> list[FunctionInfo]:
    """The constructors of the class and its subclasses. Those of its bases run within them: what these leave nobody
    sees.
    """
    own, bases = m.resolver.find_method(cls, "__init__"), m.resolver.mro(cls)
    found = [fn for fn in methods if fn.name == "__init__" and m.resolver.class_at(fn) not in bases]
    return [own, *found] if isinstance(own, FunctionInfo) else found


def _only_behind(m: Machine, lap: Lap, fn: FunctionInfo, attributes: dict[str, Value]) -> bool:
    """Whether a method is the loop's own and ends what the attributes hold behind the loop alone, when that is over.
    What it begins there is what the next one to come finds.
    """
    if fn is not lap.frame.fn:
        return False
    given = {shape for v in attributes.values() for where, shape in m.shapes_of(v) if where == fn.name}
    if len(given) > 1 or any(shape[0] != "const" for shape in given):
        return False
    again = is_in_a_loop(lap.frame.node, lap.loop)
    return not again and not writes(frozenset(attributes), lap.frame.slice.source_until(lap.loop))


def _is_state(m: Machine, v: Value) -> bool:
    """Whether an attribute is only ever given constants, and some not by the constructor."""
    return m.values_of(v) is not None and any(where not in ("", "__init__") for where, _ in m.shapes_of(v))


def _about(claim: Claim, name: str) -> Claim:
    truths = tuple(each for each in claim.truth if names_in(each[0]) == {name})
    doms = tuple(each for each in claim.dom if names_in(each[0]) == {name})
    return Claim(truths, doms, frozenset({name}))


def method_frame(frame: Frame) -> Frame | None:
    found: Frame | None = frame
    while found is not None and found.me is None:
        found = found.parent
    return found


def _claim(m: Machine, lap: Lap, me: Value) -> Claim:
    phi = header_view(lap.state)
    soft = lap.state.soft
    truths = [(k, want) for k, want in phi.truth.items() if (k not in soft or _is_none(k)) and _is_own(m, k, me)]
    doms = [(k, d) for k, d in phi.dom.items() if op("dom", k) not in soft and _is_own(m, k, me)]
    told = {name for k, _ in (*truths, *doms) if k not in soft for name in names_in(k)}
    truths = [(k, want) for k, want in truths if k not in soft or want or names_in(k) <= told]  # that it is something
    names = {name for k, _ in (*truths, *doms) for name in names_in(k)}
    return Claim(tuple(truths), tuple(doms), frozenset(names))


def _is_none(k: Value) -> bool:
    return k.kind == "op" and k.args[0] == "none"


def _is_own(m: Machine, k: Value, me: Value) -> bool:
    """Whether only the project's code decides a literal, and it speaks of plain attributes of the object alone."""
    if k.round:
        return False
    attributes = [p for p in parts(k) if p.kind == "attr"]
    others = [p for p in parts(k) if p.kind in ("var", "item", "fresh", "killed") and p is not me]
    if not attributes or others or any(p.args[0] is not me for p in attributes):
        return False
    return all(is_decided(m, p) for p in parts(k) if p.kind == "op" and p.args[0] == "state")


def is_decided(m: Machine, state: Value) -> bool:
    t = m.type_of(state.args[2])
    if t is None:
        return False
    if any(name == state.args[1] for model in lookup.lineage(m.models, t.name) for name, _ in model.only_by):
        return True
    model = lookup.find_type(m.models, t.name)
    return model is not None and state.args[1] in model.by_code


def _within(st: State, now: Value, d: Dom) -> bool:
    if d.allowed is not None and not any(assume(st.copy(), compare("==", now, c), True) for c in d.allowed):
        return False
    if d.allowed is not None and len(d.allowed) == 1:
        return assume(st, compare("==", now, next(iter(d.allowed))), True)
    if d.lo > -INFINITY and not assume(st, compare(">" if d.lo_open else ">=", now, _number(d.lo)), True):
        return False
    if d.hi < INFINITY and not assume(st, compare("<" if d.hi_open else "<=", now, _number(d.hi)), True):
        return False
    return all(assume(st, compare("==", now, c), False) for c in d.excluded)


def _unfold(st: State, k: Value, d: Dom) -> bool:
    """Of the greater of a number and something: where it is above the number, it is the something."""
    if k.kind != "op" or k.args[0] != "max" or len(k.args) != 3 or d.lo == -INFINITY:
        return True
    numbers = [a for a in k.args[1:] if is_number(a)]
    others = [a for a in k.args[1:] if not is_number(a)]
    if len(numbers) != 1 or d.lo < number(numbers[0]) or (d.lo == number(numbers[0]) and not d.lo_open):
        return True
    return assume(st, compare(">" if d.lo_open else ">=", others[0], _number(d.lo)), True)


def _number(x: float) -> Value:
    return const(int(x)) if x == int(x) else const(x)


def _own(m: Machine, cls: ClassInfo, claim: Claim) -> Claim:
    """The part of which the class alone decides: who never brings that about never brings about the whole."""
    truths = tuple((k, want) for k, want in claim.truth if not is_others(m, cls, k))
    doms = tuple((k, d) for k, d in claim.dom if not is_others(m, cls, k))
    names = {name for k, _ in (*truths, *doms) for name in names_in(k)}
    return Claim(truths, doms, frozenset(names))


# ---------------------------------------------------------------------- running a method


class Passing(Machine):
    """Goes on behind what suspends, where everything may have changed, and keeps the states in which it suspended."""

    def __init__(self, m: Machine, me: Value | None, claim: Claim) -> None:
        super().__init__(m.types, m.targets)
        self.ids = m.ids
        self._types = m._types
        self.declared_versions = m.declared_versions
        self.loop_function = m.loop_function
        self.me = me
        self.claim = claim
        self.around: list[Frame] = []  # whose variables other functions may assign
        self.begun: dict[Value, Claim] = {}  # by the moment from which on it is what was so begun
        self.seen: list[State] = []
        self.lost = False
        self.both_ways = True
        paths = [attr(me, name) for name in sorted(claim.names)] if me is not None else []
        below = {k for k, d in claim.dom if d.hi < 0 or (d.hi == 0 and d.hi_open)}
        self.counts = [v for v in paths if v not in below and _is_count(self, v)]

    def suspend(self, st: State) -> Results:
        self.seen.append(st.copy())
        self.others_run(st)
        self.start(st)
        self.throw(st.copy(), Raised(None))
        return [(st, fresh("env"))]

    def others_run(self, st: State) -> None:
        """Whatever the object holds may be another thing now."""
        assert self.me is not None
        for at in self.around:
            renew(self, st, at, set(at.fn.locals) if at is not self.around[0] else shared(at.fn))
        st.kill(self.me)
        t = self.type_of(self.me)
        if t is not None:
            self.set_type(st.content(self.me), t)
        self.begun[self.moment(st)] = self.claim.at(self, st)

    def moment(self, st: State) -> Value:
        """Tells apart the stretches between two waits."""
        assert self.me is not None
        return st.content(self.me)

    def start(self, st: State) -> bool:
        """What holds of the object whenever its code goes on: no count is below nothing."""
        return all(assume(st, compare(">=", rewrite(self, st, v), const(0)), True) for v in self.counts)

    def throw(self, st: State, raised: Raised) -> None:
        super().throw(st, raised)
        if len(self.raises[-1]) > MAX_STATES:
            found = self._few([(s, exc) for s, exc in self.raises[-1]], lambda exc: exc.cls)
            self.raises[-1][:] = found

    def too_many(self, outcomes: Outcomes) -> Outcomes:
        few = self._few(outcomes, lambda outcome: outcome[0])
        return few if len(few) <= MAX_STATES else super().too_many(few)

    def _few(self, ways: list[tuple[State, T]], of: Callable[[T], object]) -> list[tuple[State, T]]:
        """Paths that have done the same to what the claim asks, as one each."""
        groups: dict[object, tuple[State, T]] = {}
        for st, way in ways:
            key = (of(way), self._standing(st))
            known = groups.get(key)
            if known is None:
                groups[key] = (st, way)
                continue
            both = weakened(known[0], st, self._is_asked)
            for k, _ in self.claim.at(self, known[0]).truth:
                if truth(known[0], k) is not None:
                    assume(both, k, truth(known[0], k) is True)
            for k, _ in self.claim.at(self, known[0]).dom:
                _within(both, k, dom_of(known[0], k))
            self.start(both)
            groups[key] = (both, known[1])
        return list(groups.values())

    def _standing(self, st: State) -> tuple[object, ...]:
        """What the claim asks, in a path: as it was when the path went on last, or what it holds now."""
        begun = self.begun.get(self.moment(st), self.claim)
        now = self.claim.at(self, st)
        truths = [
            ("as before" if k is was else k, truth(st, k))
            for (k, _), (was, _) in zip(now.truth, begun.truth, strict=True)
        ]
        doms = [
            ("as before" if k is was else k, dom_of(st, k)) for (k, _), (was, _) in zip(now.dom, begun.dom, strict=True)
        ]
        return (*truths, *doms)

    def _is_asked(self, place: object, name: str) -> bool:
        return place is self.me or name.lstrip("!") in self.claim.names

    def brings(self, end: State, *, whatever_was: bool) -> bool:
        """Whether a path ends in the claim without having begun in it, or gone on in it behind its last await."""
        begun = self.begun.get(self.moment(end), self.claim)
        if self.takes_something_for_none(end, begun):
            return False
        if not self.start(end) or not self.claim.possible_after(self, end):
            return False
        return whatever_was or not begun.holds(header_view(end))

    def takes_something_for_none(self, end: State, begun: Claim) -> bool:
        """What comes from outside is something where only lines that say so give None."""
        for (k, want), (was, _) in zip(self.claim.truth, begun.truth, strict=True):
            asked = k.args[1] if _is_none(k) else k
            if asked.kind not in ("attr", "var") or want is not _is_none(k) or not is_none_by_name_only(self, asked):
                continue
            if asked is k and self.truth_kind(k) != "object":
                continue  # it may be empty
            now = rewrite(self, end, asked)
            if now.kind == "fresh" and now.args[1] == "env" and now not in parts(was):
                return True
        return False

    def prune(self, st: State, reason: str, frame: Frame, node: cst.CSTNode) -> None:
        if reason == NEXT_ROUND:
            self.seen.append(st.copy())
        else:
            self.lost |= not reason.startswith("blocks")


def _may_bring_about(m: Machine, frame: Frame, method: FunctionInfo, claim: Claim) -> bool:
    assert frame.me is not None
    passing = Passing(m, frame.me, claim)
    st = State(passing)
    passing.start(st)
    passing.raises.append([])
    try:
        ends = _ends(passing, frame, method, st)
    except (GaveUp, TooBig, RecursionError):
        return True
    makes = method.name == "__init__"  # and where that raises there is no object
    ends += [s for s, _ in passing.raises.pop() if not makes]
    if passing.lost or passing.gave_up:
        return True
    return any(passing.brings(s, whatever_was=makes) for s in (*ends, *passing.seen))


def _ends(passing: Passing, frame: Frame, fn: FunctionInfo, st: State) -> list[State]:
    """The states in which a method ends, or a function inside one, called by whomever."""
    assert frame.me is not None
    if fn.parent is None:
        args = tuple(any_argument(passing, fn, p) for p in fn.params[1:] if p.kind == "positional")
        named = tuple((p.name, any_argument(passing, fn, p)) for p in fn.params if p.kind == "keyword")
        callee = make("func", fn, None, frame.me, "plain")
        return [s for s, _ in functions.invoke(passing, frame, st, callee, args, named, frame.node)]
    inner = frame_of(passing, fn, frame.me, st)
    if inner is None or not isinstance(inner.node, cst.FunctionDef):
        raise GaveUp
    passing.around = [inner]
    while passing.around[-1].parent is not None:
        passing.around.append(passing.around[-1].parent)
    return [s for s, _ in suite(passing, inner, st, inner.node.body)]


def any_argument(m: Machine, fn: FunctionInfo, p: Param) -> Value:
    """What anybody may hand over: something of the declared type."""
    module = m.resolver.module_of(fn.module)
    declared = p.annotation is not None and module is not None
    return fresh("env", m.types.local(module, fn, p.name, None) if declared else None)


def _is_count(m: Machine, v: Value) -> bool:
    """An attribute that begins at nothing or above and is only counted up and down."""
    shapes = [shape for _, shape in m.shapes_of(v)]
    begins = [s for s in shapes if s[0] == "const"]
    counted = [s for s in shapes if s[:2] == ("num", ("self",))]
    plain = all(isinstance(s[1], int) and s[1] is not True and s[1] >= 0 for s in begins)
    return bool(begins and counted) and plain and len(begins) + len(counted) == len(shapes)
