"""Questions to syntax trees, and loops that count their laps.

Invariant: lines stay what they are in the file, so that every place that is told is one of the file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

# Decorators that a function keeps, and calls that an assignment may make.
KEPT = frozenset({
    "property", "staticmethod", "classmethod", "cached_property", "setter", "getter", "deleter", "contextmanager",
    "asynccontextmanager", "dataclass", "cache", "lru_cache",
})  # fmt: skip
MAKERS = frozenset({
    "set", "dict", "list", "tuple", "frozenset", "bytearray", "bytes", "deque", "defaultdict", "OrderedDict",
    "Counter", "Queue", "LifoQueue", "PriorityQueue", "SimpleQueue", "Event", "Lock", "Semaphore", "BoundedSemaphore",
    "Condition", "monotonic", "time", "perf_counter", "object", "float", "int", "str", "bool", "min", "max", "len",
    "range", "count", "timedelta", "get_running_loop", "get_event_loop", "create_future", "field", "sum", "abs",
    "round",
})  # fmt: skip
Function = ast.FunctionDef | ast.AsyncFunctionDef
Loop = ast.While | ast.For | ast.AsyncFor
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef)


def blocks(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a block and of the blocks in it, without those of functions and classes inside."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)):
            yield from blocks(child)


def bound(stmt: ast.stmt) -> Iterator[str]:
    """The names that a statement gives a value."""
    if isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield stmt.name
    elif isinstance(stmt, (ast.Import, ast.ImportFrom)):
        for alias in stmt.names:
            yield alias.asname or alias.name.partition(".")[0]
    else:
        for node in ast.walk(stmt):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def computes(node: ast.AST) -> bool:
    """Whether an expression only computes: literals, names, and calls that make a container or read a clock."""
    if isinstance(node, ast.Call):
        last = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if last not in MAKERS:
            return False
    if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Starred)):
        return False
    return isinstance(node, ast.Lambda) or all(computes(child) for child in ast.iter_child_nodes(node))


def part_of(stmt: ast.Assign | ast.AnnAssign, name: str) -> ast.expr | None:
    """What an assignment gives to one name."""
    target = stmt.targets[-1] if isinstance(stmt, ast.Assign) else stmt.target
    if isinstance(target, ast.Tuple) and isinstance(stmt.value, ast.Tuple):
        pairs = zip(target.elts, stmt.value.elts, strict=False)
        return next((value for at, value in pairs if isinstance(at, ast.Name) and at.id == name), None)
    return stmt.value if isinstance(target, ast.Name) else None


def is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def loops_in(function: Function) -> list[Loop]:
    """All loops of a function, without those of the functions inside it."""
    return [stmt for stmt in blocks(function) if isinstance(stmt, (ast.While, ast.For, ast.AsyncFor))]


def header_of(loop: Loop) -> str:
    """The header of a loop as its text."""
    return ast.unparse(loop.test if isinstance(loop, ast.While) else loop.iter)


def find_function(tree: ast.Module, qualname: str) -> tuple[str, list[Function]]:
    """The class and the functions, from the outermost, that a qualified name leads through."""
    at: ast.AST = tree
    owner: list[str] = []
    chain: list[Function] = []
    for name in qualname.split("."):
        named = [s for s in blocks(at) if isinstance(s, (*SCOPES, ast.ClassDef)) and s.name == name]
        if not named:
            raise LookupError(f"there is no {qualname} any more")
        at = named[-1]
        if isinstance(at, SCOPES):
            chain.append(at)
        elif not chain:
            owner.append(name)
    return ".".join(owner), chain


class Counted(ast.NodeTransformer):
    """Every loop counts its laps; what a clause catches and a statement raises may be a stand-in."""

    def _call(self, name: str, *args: ast.expr) -> ast.Call:
        return ast.Call(ast.Name(name, ast.Load()), list(args), [])

    def _lap(self, node: Loop) -> ast.Call:
        return ast.copy_location(self._call("_lap_", ast.Constant(node.lineno)), node)

    def visit_While(self, node: ast.While) -> ast.AST:
        self.generic_visit(node)
        node.test = ast.copy_location(ast.BoolOp(ast.Or(), [self._lap(node), node.test]), node.test)
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, ast.copy_location(ast.Expr(self._lap(node)), node.body[0]))
        return node

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, ast.copy_location(ast.Expr(self._lap(node)), node.body[0]))
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        caught = node.type or ast.Name("BaseException", ast.Load())
        node.type = ast.copy_location(self._call("_caught_", caught), node)
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        self.generic_visit(node)
        if node.exc is not None:
            node.exc = ast.copy_location(self._call("_raised_", node.exc), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if last_name(node) == "suppress":
            node.args = [ast.copy_location(self._call("_caught_", arg), arg) for arg in node.args]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._plain(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._plain(node)

    def _plain(self, node: Function) -> ast.AST:
        node.decorator_list = [d for d in node.decorator_list if last_name(d) in KEPT]
        self.generic_visit(node)
        return node
