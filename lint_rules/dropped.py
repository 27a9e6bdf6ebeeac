"""Does a task take itself out of the attribute or the collection that holds it, when it is done?

The attribute is given a task of a coroutine of the same object, and that coroutine sets it to None on every way to its
end, as a `finally` does. Whoever finds a task there finds one that has not come to its end. Out of a collection it is
taken by a callback, which runs behind its end: a loop that yields finds it no more on its next lap.

Invariant: an answer of True is given only where every way through the coroutine was walked to its end. A task that is
cancelled before it has begun, or that a loop of eager tasks runs to its end while it is made, is what stays possible.
"""

from __future__ import annotations

from lint_rules.flow import functions
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import GaveUp, Machine, Raised, TooBig
from lint_rules.flow.state import State
from lint_rules.flow.values import NONE, Value, fresh, make, parts
from lint_rules.flow.waiting import taken_out
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.reach import Claim, Passing
from lint_rules.recurrence import Lap
from lint_rules.shapes import Shape

TASKS = frozenset({"asyncio.Task", "asyncio.Future"})


def drops_itself(m: Machine, lap: Lap) -> bool:
    """Whether the witness is a task that is done and still in its attribute, from where its own end takes it."""
    soft = lap.state.soft
    held = [k.args[2] for k, want in lap.state.truth.items() if want and k not in soft and _is_done(k)]
    if any(v.kind == "attr" and _is_dropped(m, lap.frame, v) for v in held):
        return True
    sources = [p for v in held if v.kind == "item" for p in parts(v.args[0]) if p.kind in ("attr", "var")]
    return lap.state.suspension > 0 and any(taken_out(m, lap.frame, p) for p in sources)


def _is_done(k: Value) -> bool:
    return k.kind == "op" and k.args[:2] == ("state", "done")


def _is_dropped(m: Machine, frame: Frame, task: Value) -> bool:
    owner, t = m.owner_of(task), m.type_of(task)
    if owner is None or t is None or t.name not in TASKS:
        return False
    if m.resolver.project.touching(task.args[1]):
        return False
    given = [shape for _, shape in m.shapes_of(task) if shape != ("const", None)]
    names = [_coroutine(shape) for shape in given]
    found = [_methods(m, owner, name) if name is not None else [] for name in names]
    return bool(found) and all(each and all(_drops(m, frame, fn, task) for fn in each) for each in found)


def _coroutine(shape: Shape) -> str | None:
    """The method of the object's own that a task is made of: `create_task(self.run())`."""
    if shape[0] != "call" or not shape[2] or shape[2][0][0] != "call":
        return None
    func = shape[2][0][1]
    name: str | None = func[2] if func[:2] == ("attr", ("name", "self")) else None
    return name


def _methods(m: Machine, cls: ClassInfo, name: str) -> list[FunctionInfo]:
    """What a method of an object of the class may be."""
    own = m.resolver.find_method(cls, name)
    below = [sub.methods[name] for sub in m.resolver.subclasses(cls) if name in sub.methods]
    return [own, *below] if isinstance(own, FunctionInfo) and own.is_async else []


class _Ending(Passing):
    """Also leaves a call of something unknown by an exception."""

    def may_raise(self, st: State) -> None:
        self.throw(st.copy(), Raised(None))


def _drops(m: Machine, frame: Frame, fn: FunctionInfo, task: Value) -> bool:
    holder, name = task.args
    walked = _Ending(m, holder, Claim((), (), frozenset({name})))
    st = State(walked)
    args = tuple(fresh("env") for p in fn.params[1:] if p.kind == "positional")
    named = tuple((p.name, fresh("env")) for p in fn.params if p.kind == "keyword")
    walked.raises.append([])
    try:
        callee = make("func", fn, None, holder, "plain")
        ends = [s for s, _ in functions.invoke(walked, frame, st, callee, args, named, frame.node)]
    except (GaveUp, TooBig, RecursionError):
        return False
    ends += [s for s, _ in walked.raises.pop()]
    if walked.lost or walked.gave_up or not ends:
        return False
    return all(s.read(holder, name) is NONE for s in ends)
