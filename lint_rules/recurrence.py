"""Whether a lap leaves the state in which it began, and whether a later lap may.

A lap is recurrent if every literal that it assumed, rewritten by what the lap did, is implied by what it assumed
(theory: closed recurrent set).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lint_rules.candidates import Candidate, Loop
from lint_rules.comparisons import compare
from lint_rules.conditions import assume, implies_dom, truth
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Machine, state_symbol
from lint_rules.flow.state import Dom, State
from lint_rules.flow.values import Value, add, const, contains, is_number, linear, make, number, op, parts, scale, tup
from lint_rules.types import Type

MAX_MORE = 3  # conditions that a lap hands on in a circle: `self.a = self.b`


@dataclass(frozen=True, slots=True)
class Lap:
    """One way round a loop without waiting, in a state that recurs. `open` are literals on what was made in the lap,
    `bounded` those that time ends.
    """

    state: State
    frame: Frame
    loop: Loop
    period: int
    open: tuple[Value, ...]
    bounded: tuple[Value, ...]


def recurrent(m: Machine, c: Candidate, frame: Frame, end: State, more: int = 0) -> Lap | Value:
    """The lap, if its condition is inductive; else the first literal that the lap makes untrue or unknown. The
    truth of a path that is not known is assumed besides, up to `more` times.
    """
    phi = header_view(end)
    open_: list[Value] = []
    bounded: list[Value] = []
    for k, want in end.truth.items():
        if k.round:
            if k not in end.soft:
                open_.append(k)
            continue
        new = rewrite_content(m, end, k)
        known = truth(phi, new)
        if known is None and more and not new.round and new.kind in ("var", "attr"):
            narrower = end.copy()
            if assume(narrower, new, want, soft=k in end.soft):
                lap = recurrent(m, c, frame, narrower, more - 1)
                return lap if isinstance(lap, Lap) else k
        if known is not want:
            return k
    for k, d in end.dom.items():
        soft = op("dom", k) in end.soft
        if k.round:
            if soft:
                continue
            verdict = _round_dom(m, end, phi, k, d)
            if verdict == "open":
                open_.append(k)
            elif verdict == "bounded":
                bounded.append(k)
            elif verdict == "progress":
                return k
            continue
        if not implies_dom(phi, rewrite(m, end, k), d):
            beyond = _beyond(m, end, k, d)
            return recurrent(m, c, frame, beyond, more) if beyond is not None else k
    return Lap(end, frame, c.loop, 1, tuple(open_), tuple(bounded))


def _beyond(m: Machine, end: State, k: Value, d: Dom) -> State | None:
    """A counter that has passed the number it is compared with never meets it again: the lap from such a state."""
    step = add(rewrite(m, end, k), k, -1)
    numbers = [c for c in d.excluded if is_number(c)]
    if not is_number(step) or number(step) == 0 or not numbers or len(numbers) < len(d.excluded):
        return None
    limit = max(numbers, key=number) if number(step) > 0 else min(numbers, key=number)
    end.dom[k] = replace(d, excluded=frozenset())
    return end if assume(end, compare(">" if number(step) > 0 else "<", k, limit), True) else None


def header_view(end: State) -> State:
    """The facts of a lap as a statement about the header."""
    phi = end.copy()
    phi.env, phi.heap, phi.gen, phi.renewed = {}, {}, {}, {}
    return phi


def _round_dom(m: Machine, end: State, phi: State, k: Value, d: Dom) -> str:
    """A comparison with the clock: permanent, bounded, or open; `progress` where the lap moves what it is compared
    with.
    """
    terms, _ = linear(k)
    clocks = {s: f for s, f in terms.items() if s.kind == "fresh" and s.args[1] == "time"}
    others = {s: f for s, f in terms.items() if s not in clocks}
    if not clocks or any(s.round for s in others):
        return "open"
    if sum(clocks.values()) == 0:
        return "fine" if d.lo <= 0 <= d.hi or (not others and d.lo < 0.001) else "open"
    for s in others:
        if rewrite(m, end, s) is not s:
            return "progress"
    rising = sum(clocks.values()) > 0
    limit = d.hi if rising else d.lo
    return "fine" if limit in (float("inf"), float("-inf")) and d.allowed is None else "bounded"


CONTENT = frozenset({"len", "copy", "method", "builtin", "slice", "match", "join", "text", "calls", "invert"})


def rewrite_content(m: Machine, end: State, v: Value) -> Value:
    """A literal's value as it is after the lap; where the literal asks what a value contains, its content then."""
    if v.kind in ("var", "attr", "item", "fresh"):
        return end.content(rewrite(m, end, v))
    return rewrite(m, end, v)


def rewrite(m: Machine, end: State, v: Value) -> Value:
    """What stands, after the lap, where `v` stood at the header."""
    kind, args = v.kind, v.args
    if kind == "var":
        frame = args[0]
        return end.env.get((frame.id, args[1]), v) if isinstance(frame, Frame) else v
    if kind == "attr":
        return end.read(rewrite(m, end, args[0]), args[1])
    if kind == "item":
        base = end.content(rewrite(m, end, args[0]))
        key = rewrite(m, end, args[1]) if isinstance(args[1], Value) else args[1]
        return end.heap.get((base, f"[{key.serial}]"), make("item", base, key))
    if kind == "lin":
        total = const(args[1])
        for s, factor in args[0]:
            total = add(total, scale(rewrite(m, end, s), factor))
        return total
    if kind == "tuple":
        return tup(tuple(rewrite(m, end, a) for a in args[0]))
    if kind == "op":
        return _rewrite_op(m, end, v)
    return v


def _rewrite_op(m: Machine, end: State, v: Value) -> Value:
    name, args = v.args[0], v.args[1:]
    if name == "state":
        return state_symbol(end, rewrite(m, end, args[1]), args[0])
    if name in CONTENT:
        new = tuple(end.content(rewrite(m, end, a)) if isinstance(a, Value) else a for a in args)
    elif name == "in":
        new = (rewrite(m, end, args[0]), end.content(rewrite(m, end, args[1])))
    else:
        new = tuple(rewrite(m, end, a) if isinstance(a, Value) else a for a in args)
    if new == args:
        return v
    if name in ("eq", "lt", "le", "is"):
        return compare({"eq": "==", "lt": "<", "le": "<=", "is": "is"}[name], *new)
    made = op(name, *new)
    t = m.type_of(v)
    if t is not None and isinstance(t, Type):
        m.set_type(made, t)
    return made


def moves_on(m: Machine, frame: Frame, end: State, k: Value) -> bool:
    """Whether a literal that the lap made untrue speaks of what no later lap brings back: a counter that the loop
    only counts in one direction, a rest of what there was (`buffer.split(b"\n", 1)[1]`, `node.next`).
    """
    inner = parts(k)
    turns = any(p.kind == "op" and p.args[0] == "mod" for p in inner)
    for symbol in inner:
        if symbol.kind in ("var", "attr"):
            counted = symbol.kind == "var" and symbol.args[0] is frame and symbol.args[1] in frame.counted
            if counted and not turns and rewrite(m, end, symbol) is not symbol:
                return True
            now = rewrite(m, end, symbol)
            rest = now.kind in ("item", "attr") or (now.kind == "op" and now.args[0] in ("method", "slice", "copy"))
            if rest and now is not symbol and contains(now, symbol):
                return True
    return False


def may_come_back(m: Machine, end: State) -> bool:
    """Whether what the lap changed may be changed back: it is known what it holds now."""
    for k, want in end.truth.items():
        if k.round or k in end.soft:
            continue
        now = rewrite_content(m, end, k)
        if now is not k and now.round and truth(end, now) is not want:
            return False
    return True
