"""What runs around a place of a loop: what is known there, and what happens between there and the next lap.

Invariant: only syntax is looked at; what is not plainly harmless is taken to wait, to leave or to change everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import libcst as cst

from lint_rules.fixes.logic import facts, paths
from lint_rules.fixes.meaning import says
from lint_rules.fixes.places import LEAVES, Place, Tree, leaves, source
from lint_rules.fixes.proposal import Context
from lint_rules.resets import path_text

QUIET = frozenset(
    {"log", "logger", "logging", "_log", "_logger", "print", "len", "min", "max", "str", "repr", "time", "isinstance"}
)
NOT_STRAIGHT = (
    cst.With, cst.For, cst.While, cst.Match, cst.ExceptHandler, cst.ExceptStarHandler, cst.Finally, cst.Else,
)  # fmt: skip
BRANCHES = (cst.Match, cst.While, cst.For, cst.With, cst.Try, cst.TryStar, cst.FunctionDef, cst.ClassDef)


@dataclass(slots=True)
class Deeds:
    """What running a node may do."""

    waits: bool = False
    leaves: bool = False
    calls: list[cst.Call] = field(default_factory=list)
    writes: set[str] = field(default_factory=set)


def deeds(node: cst.CSTNode) -> Deeds:
    done = Deeds()
    todo = [node]
    while todo:
        at = todo.pop()
        if isinstance(at, cst.FunctionDef):
            done.writes.add(at.name.value)
            continue
        if isinstance(at, cst.Lambda):
            continue
        _record(done, at)
        todo.extend(at.children)
    return done


def _record(done: Deeds, node: cst.CSTNode) -> None:
    if isinstance(node, (cst.Await, cst.Yield)):
        done.waits = True
    elif isinstance(node, (cst.CompFor, cst.For, cst.With)):
        done.waits = done.waits or node.asynchronous is not None
    elif isinstance(node, cst.Call):
        done.calls.append(node)
    elif isinstance(node, LEAVES):
        done.leaves = True
    if isinstance(node, (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.NamedExpr, cst.Del, cst.For)):
        done.writes.update(_written(node.target))
    elif isinstance(node, cst.AsName):
        done.writes.update(_written(node.name))


def _written(target: cst.CSTNode) -> list[str]:
    if isinstance(target, (cst.Tuple, cst.List)):
        return [name for element in target.elements for name in _written(element.value)]
    if isinstance(target, (cst.Subscript, cst.StarredElement)):
        return _written(target.value)
    return [path_text(target) or "*"]


def waits(node: cst.CSTNode) -> bool:
    return deeds(node).waits


def quiet(call: cst.Call) -> bool:
    """Whether a call is a log or a plain function, by its name."""
    text = path_text(call.func) or ""
    return any(part.lower() in QUIET for part in text.split("."))


def touches(writes: set[str], texts: frozenset[str]) -> bool:
    """Whether a write to one of these paths may change what one of the texts says."""
    read = frozenset(path for text in texts for path in paths(text))
    return "*" in writes or bool(writes & read)


# ---------------------------------------------------------------------- what holds at a place


def known_at(ctx: Context, place: Place) -> frozenset[str]:
    """What the tests that were passed since the last wait say."""
    tree, loop = ctx.tree, ctx.site.loop
    known = says(ctx, loop.test) if isinstance(loop, cst.While) and not waits(loop.test) else frozenset()
    below = tree.path_to(loop, place.block)
    for node, child in pairwise(below):
        if isinstance(child, cst.IndentedBlock):
            upto = place.index if child is place.block else child.body.index(below[below.index(child) + 1])
            known = known if node is loop else _entered(ctx, known, node)
            for stmt in child.body[:upto]:
                known = _passed(ctx, known, stmt)
        elif isinstance(node, cst.If) and child is node.orelse:
            known = _tested(ctx, known, node.test, False)
        elif isinstance(node, (cst.Try, cst.TryStar)) and child is not node.body:
            known = _passed(ctx, known, node.body)
    return known


def _entered(ctx: Context, known: frozenset[str], node: cst.CSTNode) -> frozenset[str]:
    """`node` is the statement whose block is entered."""
    if isinstance(node, cst.If):
        return _tested(ctx, known, node.test, True)
    if isinstance(node, (cst.With, cst.For, cst.While, cst.Match, cst.MatchCase)):
        return frozenset()
    return known


def _tested(ctx: Context, known: frozenset[str], test: cst.BaseExpression, holds: bool) -> frozenset[str]:
    return _passed(ctx, known, test) | (frozenset() if waits(test) else says(ctx, test, holds))


def _passed(ctx: Context, known: frozenset[str], node: cst.CSTNode) -> frozenset[str]:
    """What is still known after a statement or an expression."""
    if isinstance(node, cst.If) and node.orelse is None and node.body.body and _ends(node.body):
        return _tested(ctx, known, node.test, False)
    done = deeds(node)
    if done.waits:
        return frozenset()
    left = known
    if any(not quiet(call) and not _is_test(call, known) for call in done.calls):
        left = frozenset()
    left = frozenset(fact for fact in left if not touches(done.writes, frozenset({fact})))
    return left | _given(node)


def _given(node: cst.CSTNode) -> frozenset[str]:
    """What an assignment of a constant says."""
    line = node.body[0] if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1 else None
    if not isinstance(line, cst.Assign) or len(line.targets) != 1 or not isinstance(line.value, cst.Name):
        return frozenset()
    path = path_text(line.targets[0].target)
    said = {"True": f"{path}", "False": f"not {path}", "None": f"{path} is None"}.get(line.value.value)
    return facts(said) if path is not None and said is not None else frozenset()


def _is_test(call: cst.Call, known: frozenset[str]) -> bool:
    """A call that was made as a test before asks and changes nothing."""
    text = source(call)
    return any(text in fact for fact in known)


def _ends(block: cst.BaseSuite) -> bool:
    last = block.body[-1]
    return leaves(last) if isinstance(last, cst.SimpleStatementLine) else isinstance(last, LEAVES)


# ---------------------------------------------------------------------- what runs from a place to the next lap


def silent_rest(tree: Tree, loop: cst.CSTNode, place: Place, texts: frozenset[str]) -> bool:
    """Whether from here the next lap is sure to come, without a wait and without a change of what the texts say."""
    jumps = False
    while True:
        for stmt in () if jumps else place.block.body[place.index :]:
            if isinstance(stmt, cst.SimpleStatementLine) and isinstance(stmt.body[0], cst.Continue):
                jumps = True
                break
            if not _harmless(stmt, texts, True):
                return False
        parent = tree.parents[place.block]
        if parent is loop:
            return True
        owner = parent if isinstance(parent, (cst.Try, cst.TryStar)) else tree.parents[parent]
        if isinstance(owner, (cst.Try, cst.TryStar)):
            after = [owner.finalbody, owner.orelse if parent is owner and not jumps else None]
            if not all(_harmless(part.body, texts, True) for part in after if part is not None):
                return False
        climbed = _climb(tree, parent)
        if climbed is None:
            return False
        place = tree.after(climbed)


def _climb(tree: Tree, parent: cst.CSTNode) -> cst.CSTNode | None:
    """The statement of an outer block that ends where this block ends; None where leaving it may do something."""
    at = parent
    while not isinstance(tree.parents[at], cst.IndentedBlock):
        at = tree.parents[at]
        if isinstance(at, (cst.FunctionDef, cst.Module)):
            return None
    if isinstance(at, (cst.While, cst.For, cst.FunctionDef, cst.ClassDef)):
        return None
    if isinstance(at, cst.With) and (at.asynchronous is not None or "suppress" not in source(at.items[0].item)):
        return None
    return at


def _harmless(stmt: cst.CSTNode, texts: frozenset[str], on_lap: bool) -> bool:
    """A statement that goes on to the next one and keeps the texts. On the lap calls are known to keep them."""
    if isinstance(stmt, cst.If):
        parts: Sequence[cst.CSTNode] = [stmt.body] if stmt.orelse is None else [stmt.body, stmt.orelse]
        done = deeds(stmt)
        return not (done.waits or done.leaves or _has_branches(stmt)) and all(_harmless(p, texts, False) for p in parts)
    if isinstance(stmt, cst.Else):
        return _harmless(stmt.body, texts, on_lap)
    if isinstance(stmt, BRANCHES):
        return False
    if isinstance(stmt, (cst.IndentedBlock, cst.SimpleStatementSuite)):
        return all(_harmless(s, texts, on_lap) for s in stmt.body)
    done = deeds(stmt)
    if done.waits or done.leaves or touches(done.writes, texts):
        return False
    return on_lap or all(quiet(call) for call in done.calls)


def _has_branches(stmt: cst.If) -> bool:
    return any(isinstance(node, BRANCHES) for block in (stmt.body,) for node in block.body)


def straight_start(tree: Tree, loop: cst.While | cst.For, place: Place, texts: frozenset[str]) -> bool:
    """Whether everything from the header to here changes nothing: what holds here held at the header."""
    if isinstance(loop, cst.While) and not _plain_test(loop.test, texts):
        return False
    below = tree.path_to(loop, place.block)
    for child in below[1:]:
        if isinstance(child, NOT_STRAIGHT):
            return False
        if isinstance(child, cst.If) and not _plain_test(child.test, texts):
            return False
        if isinstance(child, cst.IndentedBlock):
            upto = place.index if child is place.block else child.body.index(below[below.index(child) + 1])
            if not all(_harmless(s, texts, False) for s in child.body[:upto]):
                return False
    return True


def _plain_test(test: cst.BaseExpression, texts: frozenset[str]) -> bool:
    done = deeds(test)
    asked = "\n".join(texts)
    return not (done.waits or touches(done.writes, texts)) and all(quiet(c) or source(c) in asked for c in done.calls)
