"""`asyncio.wait`: which of the tasks are finished, and what that says of the others.

Invariant: a task counts as pending only in the states in which running it comes to something that waits. A finished
task of an earlier lap is told in the same way however the tasks are spelled: in a display, a variable or an attribute.
"""

from __future__ import annotations

import re

import libcst as cst

from lint_rules.conditions import assume
from lint_rules.flow.frames import Frame
from lint_rules.flow.machine import Args, Machine, Raised, Results, lib, set_state, state_symbol
from lint_rules.flow.state import State
from lint_rules.flow.values import FALSE, NONE, TRUE, Value, fresh, is_number, make, number, op, tup
from lint_rules.models import lookup
from lint_rules.types import Type

MAX_TASKS = 4
MAX_WAYS = 12
FINISHED, PENDING = "[finished]", "[pending]"
STALE = "wait() returns after one bare yield: "
Way = tuple[State, Args, Args]  # how far a path has come, what is finished on it, what is pending


def wait(
    m: Machine,
    f: Frame,
    st: State,
    name: str,
    args: Args,
    keywords: tuple[tuple[str, Value], ...],
    node: cst.CSTNode,
) -> Results:
    """`wait(tasks)`: with FIRST_COMPLETED one that is done is enough."""
    from lint_rules.flow.awaits import passed, suspend, zero_delays
    from lint_rules.flow.calls import known_items

    if not args:
        m.prune(st, f"waits in {name}", f, node)
        return []
    timeout = dict(keywords).get("timeout")
    results: Results = []
    for s, why in zero_delays(m, f, st, timeout) if timeout is not None else ():
        s.suspension = max(s.suspension, 1)
        s.mark("zero")
        if note := why or passed(timeout or NONE):
            s.note(note)
        s.log("sleep", f, node, "the timeout is not positive: yields, does not wait", f.depth)
        results.append((s, _two_sets(s, (), (), None)))
    if timeout is not None and is_number(timeout) and number(timeout) <= 0:
        return results
    first = dict(keywords).get("return_when")
    any_done = first is not None and first.kind in ("lib", "const") and "FIRST_COMPLETED" in str(first.args)
    empty = st.copy()
    items = known_items(st, args[0])
    if (items is None or not items) and assume(empty, args[0], False):
        empty.log("library", f, node, "wait() of nothing raises ValueError", f.depth)
        m.throw(empty, Raised(lib("ValueError")))
    ways = _left_over(f, m, st, args[0], any_done, node) if items is None else _known(m, f, st, items, any_done, node)
    for s, finished, pending in ways:
        suspend(m, s, name, "done", "yield")
        results.append((s, _two_sets(s, finished, pending, True)))
    m.prune(st, f"waits in {name}", f, node)
    return results


def all_done(m: Machine, st: State, v: Value) -> Value | None:
    """What `wait(tasks)` gives behind its wait where nothing but the end of all ends it: of the pending ones, none."""
    if v.kind != "libcall" or v.args[3] or len(v.args[2]) != 1:
        return None
    model = lookup.function(m.models, v.args[0])
    ends = model is not None and model.combinator == "wait"
    return _two_sets(st, (fresh("item"),), (), True) if ends else None


def _two_sets(st: State, finished: Args, pending: Args, filled: bool | None) -> Value:
    """What `wait` gives. A round over one finished task is that of this task; over several, of any."""
    from lint_rules.flow.expressions import collection

    done = collection(st, "set", filled, finished if len(finished) == 1 else ())
    known = bool(finished or pending)
    rest = collection(st, "set", bool(pending) if known else None, pending if len(pending) == 1 else ())
    for held in (done, rest):
        st.heap[(held, FINISHED if held is done else PENDING)] = tup(finished)
        st.heap[(held, PENDING if held is done else FINISHED)] = tup(pending)
    return tup((done, rest))


def among(st: State, symbol: str, task: Value, tasks: Value) -> Value | None:
    """`task in done` after `done, pending = await wait(...)`; None where it is not known."""
    if symbol not in ("in", "not in") or st.content(tasks) is not tasks:
        return None
    there, elsewhere = st.heap.get((tasks, FINISHED)), st.heap.get((tasks, PENDING))
    if there is None or elsewhere is None or task not in (*there.args[0], *elsewhere.args[0]):
        return None
    return TRUE if (task in there.args[0]) == (symbol == "in") else FALSE


def _left_over(f: Frame, m: Machine, st: State, tasks: Value, any_done: bool, node: cst.CSTNode) -> list[Way]:
    """A collection made before the lap, with a finished task left in it."""
    if tasks.kind not in ("attr", "var") or taken_out(m, f, tasks):
        return []
    s = st.copy()
    finished = op("state", "holds_finished" if any_done else "all_finished", s.content(tasks))
    if not assume(s, tasks, True) or not assume(s, finished, True):
        return []
    _tell_stale(f, s, any_done, node)
    task = make("item", s.content(tasks), make("each", "finished"))
    m.set_type(task, Type("asyncio.Task", exact=True))
    assume(s, state_symbol(s, task, "done"), True, soft=True)
    return [(s, (task,), ())]


def _tell_stale(f: Frame, st: State, any_done: bool, node: cst.CSTNode) -> None:
    st.mark("stale")
    what = "a finished task is left in the collection" if any_done else "every task in the collection is finished"
    st.log("library", f, node, STALE + what, f.depth)


def taken_out(m: Machine, f: Frame, tasks: Value) -> bool:
    """Whether a callback takes each task out at its end: `add_done_callback(tasks.discard)`, or a function of the same
    file that does so.
    """
    owner = m.owner_of(tasks)
    module = owner.module if owner is not None else f.module.name
    project = m.resolver.project
    text = project.text(project.path_of(module)).text
    name = re.escape(tasks.args[1])
    taken = rf"\b{name}\.(?:discard|remove|pop)\b|\bdel\b[^\n]*\b{name}\["
    if re.search(rf"add_done_callback\([^()]*(?:{taken})", text) is not None:
        return True
    called = re.findall(r"add_done_callback\(\s*(?:(?:functools\.)?partial\()?\s*(?:self\.)?(\w+)\s*[,)]", text)
    bodies = (re.search(rf"^( *)def {each}\b.*(?:\n(?:\1 .*)?)*", text, re.MULTILINE) for each in called)
    return any(body is not None and re.search(taken, body[0]) is not None for body in bodies)


def _known(m: Machine, f: Frame, st: State, items: Args, any_done: bool, node: cst.CSTNode) -> list[Way]:
    if not any_done:
        states = [st.copy()]
        for item in items[:MAX_TASKS]:
            states = [s2 for s in states for s2 in _ended(m, f, s, item, node)]
        ways: list[Way] = [(s, items, ()) for s in states]
    elif len(items) > MAX_TASKS:
        ways = [(s, (), ()) for item in items for s in _ended(m, f, st.copy(), item, node)]
    else:
        ways = [(st.copy(), (), ())]
        for item in items:
            ways = [way for s, done, rest in ways for way in _each(m, f, s, item, done, rest, node)][:MAX_WAYS]
        ways = [way for way in ways if way[1]]
    for s, done, _ in ways:
        if items and all(_of_before(m, item) for item in done or items):
            _tell_stale(f, s, any_done, node)
    return ways


def _each(m: Machine, f: Frame, st: State, item: Value, done: Args, rest: Args, node: cst.CSTNode) -> list[Way]:
    """One more task: the ways on which it is finished, and those on which it is left waiting."""
    outer, m.left_waiting = m.left_waiting, []
    try:
        finished: list[Way] = [(s, (*done, item), rest) for s in _ended(m, f, st.copy(), item, node)]
        if item.kind in ("var", "attr") and _event_behind(m, f, st, item) is None:
            for s, _, _ in finished:
                s.note(f"the loop goes on although `{item.args[1]}` is done")
        return [*finished, *((s, done, (*rest, item)) for s in m.left_waiting)]
    finally:
        m.left_waiting = outer


def _of_before(m: Machine, item: Value) -> bool:
    """Whether a task or future was made before the lap: on the lap it is finished or not, nothing runs it."""
    t = m.type_of(item) if item.kind in ("var", "attr", "item") else None
    return t is not None and any(
        model is m.models.types["asyncio.Future"] for model in lookup.lineage(m.models, t.name)
    )


def _ended(m: Machine, f: Frame, st: State, item: Value, node: cst.CSTNode) -> list[State]:
    """The ways on which a task is finished. What it raised is kept with it: `wait` does not raise it."""
    from lint_rules.flow.awaits import await_value

    event = _event_behind(m, f, st, item)
    if event is None and _of_before(m, item):
        waiting, done = st.copy(), state_symbol(st, item, "done")
        if assume(waiting, done, False):
            m.prune(waiting, "waits for a task", f, node)
        return [st] if assume(st, done, True) else []
    m.raises.append([])
    ended = [s for s, _ in await_value(m, f, st, event if event is not None else item, node)]
    for s, _ in m.raises.pop():
        if item.kind == "task":
            set_state(s, item, "done", TRUE)
            set_state(s, item, "failed", TRUE)
        ended.append(s)
    return ended


def _event_behind(m: Machine, f: Frame, st: State, task: Value) -> Value | None:
    """`stopped = create_task(self.stop.wait())`, made once before the loop: it is done when the event is set."""
    from lint_rules.flow.names import path_value

    shapes = [s for _, s in m.shapes_of(task) if s != ("const", None)]
    if len(shapes) != 1 or shapes[0][0] != "call" or len(shapes[0][2]) != 1:
        return None
    waited = shapes[0][2][0]
    if waited[0] != "call" or waited[1][0] != "attr" or waited[1][2] != "wait" or waited[2] or waited[3]:
        return None
    path = waited[1][1]
    if task.kind == "attr" and path[:2] == ("attr", ("name", "self")):
        event: Value | None = st.read(task.args[0], path[2])
    else:
        event = path_value(m, f, st, path) if task.kind == "var" else None
    t = m.type_of(event) if event is not None else None
    name = f"{t.name}.wait" if t is not None else ""
    return make("libcall", name, event, (), ()) if m.rows(name, "await") else None
