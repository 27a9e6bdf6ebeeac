"""Does anybody but the loop's own coroutine bring a flag about, on an object that this coroutine holds?

A connection that a coroutine has made for itself, and that is marked as ended by a method of its class: where that
method is only called by the coroutine itself, behind the loop, or right before an exception that leaves the loop, the
loop never goes round with the flag set.

Invariant: an answer of False is given only where the object is made in the coroutine and given to nobody but `self`. A
call whose place or receiver is not understood counts as one of somebody else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import libcst as cst

from lint_rules.flow.machine import Machine
from lint_rules.flow.values import Value
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.recurrence import Lap, header_view
from lint_rules.syntax import visit
from lint_rules.touching import family

CATCH_ALL = frozenset({"", "Exception", "BaseException", "OSError"})
MAX_HOPS = 3
INITIAL = frozenset({"", "__init__", "__post_init__"})


@dataclass(frozen=True, slots=True)
class Ended:
    """How an object comes into a state: by calls of these methods, some of which its class does not call itself; and
    which exceptions are raised right behind one.
    """

    methods: frozenset[str]
    raised: frozenset[str]
    uncalled: frozenset[str]


def held_alone(m: Machine, lap: Lap) -> bool:
    """Whether a part of the witness is a flag that only the coroutine brings about, behind its loop."""
    phi, soft = header_view(lap.state), lap.state.soft
    return any(_only_behind(m, lap, k, want) for k, want in phi.truth.items() if k not in soft and k.kind == "attr")


def _only_behind(m: Machine, lap: Lap, flag: Value, want: bool) -> bool:
    path = list(_path(flag))
    root, fn, cls = path[0], lap.frame.fn, lap.frame.cls
    if root.kind != "var" or root.args[0] is not lap.frame or root is lap.frame.me or cls is None:
        return False
    ended = _ended(m, path[1:], want)
    if ended is None or _handlers(lap.loop) & (CATCH_ALL | ended.raised):
        return False
    methods = _methods(m, cls)
    trees = {each: tree for each in methods.values() if (tree := _tree(m, each)) is not None}
    chain = _chain(fn, trees)
    if chain is None or not _made_within(fn, root.args[1], chain, trees):
        return False
    calls = [(each, call) for each, tree in trees.items() for call in _calls(tree, ended.methods)]
    if not ended.uncalled <= {call.func.attr for _, call in calls if isinstance(call.func, ast.Attribute)}:
        return False
    within = range(*_lines(m, lap))
    return not any(_is_of_others(each, call, chain, trees, fn, within) for each, call in calls)


def _path(v: Value) -> Iterator[Value]:
    if v.kind == "attr":
        yield from _path(v.args[0])
    yield v


def _ended(m: Machine, path: list[Value], want: bool) -> Ended | None:
    """By which methods of the object that the variable holds the flag comes to be so; None where that is unknown."""
    flag = path[-1]
    shapes = m.shapes_of(flag)
    if m.values_of(flag) is None or m.resolver.project.foreign_writes(flag.args[1]):
        return None
    later = {(where, bool(shape[1]) is want) for where, shape in shapes if where not in INITIAL and shape[0] == "const"}
    names = {where for where, so in later if so}
    if not names or not any(not so for _, so in later):
        return None
    raised: set[str] = set()
    uncalled = set(names)
    for v in reversed(path):
        owner = m.owner_of(v)
        if owner is None:
            return None
        receiver = "self" if v is flag else f"self.{v.args[1]}"
        trees = {each.name: tree for each in _methods(m, owner).values() if (tree := _tree(m, each)) is not None}
        left = {name for name in uncalled if not any(_on(tree, [name], receiver) for tree in trees.values())}
        names = _enders(trees, names, receiver, raised)
        if (left and v is not flag) or any(_hands_on(tree, names) for tree in trees.values()):
            return None  # nobody is seen to call it: somebody outside may
        uncalled = {name for name in names if not any(_on(tree, [name], "self") for tree in trees.values())}
    return Ended(frozenset(names), frozenset(raised), frozenset(uncalled))


def _enders(trees: dict[str, ast.AST], names: set[str], receiver: str, raised: set[str]) -> set[str]:
    """The methods of a class that call one of these, other than right before they raise."""
    found = set(names) if receiver == "self" else set()
    asked = set(names)
    while asked:
        more: set[str] = set()
        for name, tree in trees.items():
            for call in _on(tree, asked, receiver):
                behind = _raised_behind(tree, call)
                if behind is None:
                    more.add(name)
                else:
                    raised.add(behind)
        asked = more - found
        found |= more
        receiver = "self"
    return found


def _on(tree: ast.AST, names: Iterable[str], receiver: str) -> list[ast.Call]:
    """The calls of these methods on one receiver."""
    return [call for call in _calls(tree, names) if ast.unparse(call.func).rpartition(".")[0] == receiver]


def _hands_on(tree: ast.AST, names: set[str]) -> bool:
    """Whether a method is given away and not called, as a callback is."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in names)
    return any(id(node) not in called for node in found)


def _raised_behind(tree: ast.AST, call: ast.Call) -> str | None:
    """The class that is raised right behind the statement of a call."""
    for node in ast.walk(tree):
        for block in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            for stmt, following in pairwise(block) if isinstance(block, list) else ():
                plain = isinstance(stmt, (ast.Expr, ast.Assign)) and isinstance(following, ast.Raise)
                if plain and any(inner is call for inner in ast.walk(stmt)):
                    raised = following.exc.func if isinstance(following.exc, ast.Call) else following.exc
                    return ast.unparse(raised).rpartition(".")[2] if raised is not None else ""
    return None


class _Handlers(cst.CSTVisitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_ExceptHandler(self, node: cst.ExceptHandler) -> None:
        text = cst.Module([]).code_for_node(node.type) if node.type is not None else ""
        self.found |= set(re.findall(r"\w+", text)) or {""}


def _handlers(loop: cst.CSTNode) -> set[str]:
    visitor = _Handlers()
    visit(loop, visitor)
    return visitor.found


def _methods(m: Machine, cls: ClassInfo) -> dict[str, FunctionInfo]:
    """The methods that an object of a class has, and those of the classes below it."""
    found: dict[str, FunctionInfo] = {}
    for each in family(m, cls):
        for name, method in each.methods.items():
            found.setdefault(name if each in m.resolver.mro(cls) else method.qualname, method)
    return found


def _tree(m: Machine, fn: FunctionInfo) -> ast.AST | None:
    try:
        return ast.parse(m.resolver.project.source(fn))
    except (SyntaxError, ValueError, RecursionError, OSError):
        return None


def _calls(tree: ast.AST, names: Iterable[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
            yield node


def _chain(fn: FunctionInfo, trees: dict[FunctionInfo, ast.AST]) -> set[FunctionInfo] | None:
    """The coroutines that await the loop's one; None where something else calls one of them."""
    chain = {fn}
    for _ in range(MAX_HOPS):
        names = {each.name for each in chain}
        for each, tree in trees.items():
            awaited = {id(call) for node in ast.walk(tree) if isinstance(node, ast.Await) for call in ast.walk(node)}
            for call in _calls(tree, names):
                if id(call) in awaited:
                    chain.add(each)
                elif each not in chain and fn.name == call.func.attr:  # type: ignore[attr-defined]
                    return None
    return chain


def _made_within(fn: FunctionInfo, name: str, chain: set[FunctionInfo], trees: dict[FunctionInfo, ast.AST]) -> bool:
    """Whether the coroutine gets an object by a call of its own, and gives it to nobody but its own object."""
    if any(p.name == name for p in fn.params):
        callers = [each for each in chain if any(_calls(trees[each], [fn.name]))]
        given = {
            (each, arg.id)
            for each in callers
            for call in _calls(trees[each], [fn.name])
            for arg in (*call.args, *(k.value for k in call.keywords))
            if isinstance(arg, ast.Name) and each is not fn
        }
        if not fn.name.startswith("_") or not given or any(arg not in each.locals for each, arg in given - _own(fn)):
            return False
    else:
        given = {(fn, name)}
    return all(_stays(trees[each], arg) for each, arg in given)


def _own(fn: FunctionInfo) -> set[tuple[FunctionInfo, str]]:
    return {(fn, p.name) for p in fn.params}


def _stays(tree: ast.AST, name: str) -> bool:
    """Whether a variable is only given to methods of `self` or of what `self` holds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given = [*node.args, *(k.value for k in node.keywords)]
            own = ast.unparse(node.func).startswith(("self.", "super()"))
            if not own and any(isinstance(a, ast.Name) and a.id == name for a in given):
                return False
    return True


def _lines(m: Machine, lap: Lap) -> tuple[int, int]:
    """The lines of the loop, as they are counted in the source of its function."""
    first, _, last = lap.frame.slice.place(lap.loop)
    added = m.resolver.project.source(lap.frame.fn).startswith("if 1:\n")
    return first - lap.frame.fn.first + 1 + added, last - lap.frame.fn.first + 2 + added


def _is_of_others(
    each: FunctionInfo,
    call: ast.Call,
    chain: set[FunctionInfo],
    trees: dict[FunctionInfo, ast.AST],
    fn: FunctionInfo,
    within: range,
) -> bool:
    """Whether a call may come while the loop goes round."""
    if each is fn:
        return call.lineno in within
    if each in chain or not _may_be_it(call, chain, trees):
        return False
    callers = [(other, use) for other, tree in trees.items() for use in _calls(tree, [each.name])]
    return (not callers and not each.name.startswith("_")) or any(
        (other not in chain and other.name != each.name) or (other is fn and use.lineno in within)
        for other, use in callers
    )


def _may_be_it(call: ast.Call, chain: set[FunctionInfo], trees: dict[FunctionInfo, ast.AST]) -> bool:
    """Whether the receiver may be what the coroutine holds: an attribute that it never mentions is not."""
    held = call.func.value if isinstance(call.func, ast.Attribute) else None
    if not isinstance(held, ast.Attribute):
        return True
    mentioned = (node for each in chain for node in ast.walk(trees[each]) if isinstance(node, ast.Attribute))
    return any(node.attr == held.attr for node in mentioned)
