"""Where in a function something can be put: its blocks, and what stands against a place.

Invariant: a place is between two statements of an indented block; nothing is put on a line that holds something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

import libcst as cst

from lint_rules.syntax import Slice

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
LEAVES = (cst.Return, cst.Break, cst.Continue, cst.Raise)


@dataclass(frozen=True, slots=True)
class Place:
    """Before the statement `index` of a block."""

    block: cst.BaseSuite
    index: int


class Tree:
    """One function with the parent of every node."""

    def __init__(self, part: Slice, function: cst.FunctionDef) -> None:
        self.slice = part
        self.function = function
        self.parents: dict[cst.CSTNode, cst.CSTNode] = {}
        todo: list[cst.CSTNode] = [function]
        while todo:
            node = todo.pop()
            for child in node.children:
                self.parents[child] = node
                todo.append(child)

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        at = self.parents.get(node)
        while at is not None:
            yield at
            at = self.parents.get(at)

    def statement(self, node: cst.CSTNode) -> Statement:
        """The statement of a block that a node is in."""
        at = node
        while not isinstance(self.parents[at], (cst.IndentedBlock, cst.SimpleStatementSuite, cst.Module)):
            at = self.parents[at]
        if isinstance(self.parents[at], cst.SimpleStatementSuite):
            return self.statement(self.parents[at])
        assert isinstance(at, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
        return at

    def before(self, stmt: cst.CSTNode) -> Place:
        block = self.parents[stmt]
        assert isinstance(block, cst.IndentedBlock)
        return Place(block, block.body.index(stmt))

    def after(self, stmt: cst.CSTNode) -> Place:
        place = self.before(stmt)
        return Place(place.block, place.index + 1)

    def start(self, block: cst.BaseSuite) -> Place | None:
        return Place(block, 0) if isinstance(block, cst.IndentedBlock) else None

    def end(self, block: cst.BaseSuite) -> Place | None:
        """The end of a block that is reached by running through it."""
        if not isinstance(block, cst.IndentedBlock) or leaves(block.body[-1]):
            return None
        return Place(block, len(block.body))

    def line(self, place: Place) -> int:
        """The line before which text goes: directly behind the statement before, whatever blank lines follow."""
        body = place.block.body
        return self.slice.place(body[place.index - 1])[2] + 1 if place.index else self._first(body[0])

    def _first(self, stmt: cst.CSTNode) -> int:
        """The first line of a statement, with the comments that stand directly above it."""
        decorators = getattr(stmt, "decorators", ())
        comments = takewhile(lambda line: line.comment is not None, reversed(getattr(stmt, "leading_lines", ())))
        return self.slice.place(decorators[0] if decorators else stmt)[0] - len(list(comments))

    def column(self, place: Place) -> int:
        return self.slice.place(place.block.body[0])[1]

    def path_to(self, loop: cst.CSTNode, block: cst.CSTNode) -> list[cst.CSTNode]:
        """The nodes from the loop (itself first) down to the block."""
        chain = [block, *self.ancestors(block)]
        return list(reversed(chain[: chain.index(loop) + 1]))


def source(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node).strip()


def obstacle(tree: Tree, loop: cst.CSTNode, place: Place) -> str:
    """Why nothing may be put here, or ""."""
    inside = True
    below: cst.CSTNode = place.block
    for node in tree.ancestors(place.block):
        if isinstance(node, (cst.Finally,)) or isinstance(below, cst.Finally):
            return "it would stand in a `finally`"
        if isinstance(node, (cst.ExceptHandler, cst.ExceptStarHandler)) and "CancelledError" in _type_of(node):
            return "it would stand where a cancellation is handled"
        if inside and isinstance(node, cst.With) and (node.asynchronous is not None or _locks(node)):
            return "it would hold a lock or a resource meanwhile"
        if inside and node is not loop and isinstance(node, (cst.While, cst.For)):
            return "it would stand in an inner loop"
        if node is loop:
            inside = False
        below = node
    return ""


def _type_of(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> str:
    return source(handler.type) if handler.type is not None else ""


def _locks(node: cst.With) -> bool:
    return any("lock" in source(item.item).lower() for item in node.items)


def leaves(stmt: cst.CSTNode) -> bool:
    return isinstance(stmt, cst.SimpleStatementLine) and isinstance(stmt.body[-1], LEAVES)
