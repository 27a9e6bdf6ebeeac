"""Rewrites a module without changing what it does: what the analysis says must not change either.

Every rewrite keeps the loops of each function in their order, so that a loop is known by its function and its number.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from random import Random

METHODS = ("step", "other", "ask", "check", "items", "ticks")
Rewrite = Callable[[ast.Module, Random], ast.Module]


def loops(source: str) -> dict[int, tuple[str, int]]:
    """Header line -> the qualified function and the number of the loop in it. `rename` changes what is before `__`."""
    found: dict[int, tuple[str, int]] = {}

    def visit(node: ast.AST, name: str, count: list[int]) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                visit(child, f"{name}.{child.name.rpartition('__')[2]}", [0])
                continue
            if isinstance(child, (ast.While, ast.For, ast.AsyncFor)):
                found[child.lineno] = (name, count[0])
                count[0] += 1
            visit(child, name, count)

    visit(ast.parse(source), "", [0])
    return found


def parse(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def statements(text: str) -> list[ast.stmt]:
    return ast.parse(text).body


def negate(test: ast.expr) -> ast.expr:
    return (
        test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else ast.UnaryOp(ast.Not(), test)
    )


# --- rewrites


def reformat(tree: ast.Module, rng: Random) -> ast.Module:
    """Only the printing changes: comments, blank lines, brackets and quotes are gone."""
    return tree


class _DeMorgan(ast.NodeTransformer):
    """`x and y` becomes `not (not x or not y)`, in tests only: there the value does not matter, its truth does."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def test(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ast.UnaryOp(ast.Not(), self.test(node.operand))
        if not isinstance(node, ast.BoolOp):
            return node if self.rng.random() < 0.7 else negate(negate_hard(node))
        values = [negate(self.test(value)) for value in node.values]
        return negate_hard(ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), values))

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        node.test = self.test(node.test)
        if node.orelse and self.rng.random() < 0.5:
            node.test, node.body, node.orelse = negate(node.test), node.orelse, node.body
        return node

    def visit_While(self, node: ast.While) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.test, ast.Constant):
            node.test = self.test(node.test)
        return node


def negate_hard(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def de_morgan(tree: ast.Module, rng: Random) -> ast.Module:
    return _DeMorgan(rng).visit(tree)  # type: ignore[no-any-return]


class _Blocks(ast.NodeTransformer):
    """Changes the bodies of functions and loops."""

    def __init__(self, change: Callable[[list[ast.stmt]], list[ast.stmt]]) -> None:
        self.change = change

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, (ast.AsyncFunctionDef, ast.FunctionDef, ast.While, ast.For, ast.AsyncFor, ast.If, ast.Try)):
            node.body = self.change(node.body)
        return node


def if_true(tree: ast.Module, rng: Random) -> ast.Module:
    def change(body: list[ast.stmt]) -> list[ast.stmt]:
        if rng.random() < 0.5:
            return body
        return [ast.If(ast.Constant(True), body, [])]

    return _Blocks(change).visit(tree)  # type: ignore[no-any-return]


def dead_code(tree: ast.Module, rng: Random) -> ast.Module:
    """Statements that never run, or that run without any effect."""
    texts = ("if False:\n    await_nothing = 1", "pass", "'a string'", "assert True", "unused = (1, 2)")

    def change(body: list[ast.stmt]) -> list[ast.stmt]:
        place = rng.randint(0, len(body))
        new = statements(rng.choice(texts))
        last = body[-1]
        if isinstance(last, (ast.Continue, ast.Break, ast.Return, ast.Raise)) and rng.random() < 0.5:
            return [*body, *statements("dead = 1")]
        return [*body[:place], *new, *body[place:]]

    return _Blocks(change).visit(tree)  # type: ignore[no-any-return]


class _Rename(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        node.attr = self.names.get(node.attr, node.attr)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self.names.get(node.arg, node.arg)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self.names.get(node.name, node.name)
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self.names.get(node.name, node.name)
        return node


def rename(tree: ast.Module, rng: Random) -> ast.Module:
    """The names of the generated programs, consistently; `run` and the classes keep theirs: they identify the loops."""
    words = ("zeta", "kappa", "_rho", "tau_of_it")
    own = ["a", "b", "c", "n", "lock", "answer", *METHODS]
    new = [f"{rng.choice(words)}{number}" for number in range(len(own))]
    new[-len(METHODS) :] = [f"{rng.choice(words)}__{method}" for method in METHODS]
    assert not set(own) & set(dir(builtins))
    return _Rename(dict(zip(own, new, strict=True))).visit(tree)  # type: ignore[no-any-return]


class _Decorate(ast.NodeTransformer):
    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        if not any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in ast.walk(node)):
            node.decorator_list.insert(0, ast.Name(self.rng.choice(("as_it_is", "handed_on")), ast.Load()))
        return node


DECORATORS = """
import functools

def as_it_is(function):
    return function

def handed_on(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        return await function(*args, **kwargs)
    return wrapper
"""


def decorate(tree: ast.Module, rng: Random) -> ast.Module:
    """Decorators that do nothing."""
    tree = _Decorate(rng).visit(tree)
    place = 1 if ast.get_docstring(tree) else 0
    tree.body[place:place] = statements(DECORATORS)
    return tree


def annotate(tree: ast.Module, rng: Random) -> ast.Module:
    """Annotations that say no more than is known already."""

    class Annotate(ast.NodeTransformer):
        def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
            self.generic_visit(node)
            if not any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in ast.walk(node)):
                node.returns = ast.Name("object", ast.Load())
            return node

    return Annotate().visit(tree)  # type: ignore[no-any-return]


class _Relay(ast.NodeTransformer):
    """`await x` becomes `await self.relay_k()`, a new coroutine of the class that awaits x and gives its result."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.new: list[ast.stmt] = []

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.new = []
        self.generic_visit(node)
        node.body += self.new
        return node

    def visit_Await(self, node: ast.Await) -> ast.AST:
        if not isinstance(node.value, ast.Call) or self.rng.random() < 0.3:
            return node
        name = f"relay_{len(self.new)}"
        self.new += statements(f"async def {name}(self):\n    return await {ast.unparse(node.value)}")
        return ast.copy_location(ast.Await(parse(f"self.{name}()")), node)


def helpers(tree: ast.Module, rng: Random) -> ast.Module:
    """Each await is moved into a coroutine of its own."""
    return _Relay(rng).visit(tree)  # type: ignore[no-any-return]


REWRITES: dict[str, Rewrite] = {
    rewrite.__name__: rewrite
    for rewrite in (reformat, de_morgan, if_true, dead_code, rename, decorate, annotate, helpers)
}


def rewritten(source: str, rewrite: Rewrite, rng: Random) -> str:
    tree = rewrite(ast.parse(source), rng)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


# --- of the text alone: what `ast.unparse` printed, one statement a line

COMMENTS = ("# type: ignore", "# type: () -> None", "# while True: await self.step()", "# pragma: no cover", "#")


def comments(source: str, rng: Random) -> str:
    """Comments for type checkers and people, behind lines and on lines of their own."""
    out = []
    for line in source.splitlines():
        if rng.random() < 0.2:
            out.append(" " * rng.randrange(20) + rng.choice(COMMENTS))
        out.append(f"{line}  {rng.choice(COMMENTS)}" if line and rng.random() < 0.3 else line)
    return "\n".join(out) + "\n"


def layout(source: str, rng: Random) -> str:
    """Other indents and line ends, blank lines, brackets over several lines, continued lines, no last line end."""
    step, end = rng.choice((" ", "  ", "\t", " " * 7)), rng.choice(("\n", "\r\n"))
    out = []
    for line in source.splitlines():
        text = line.lstrip(" ")
        head, _, test = text.partition(" ")
        if head in ("if", "while", "elif") and test.endswith(":") and rng.random() < 0.5:
            text = rng.choice(
                (f"{head} ({end}{test[:-1]}{end}):", f"{head} \\{end}  {test}", f"{head}   (({test[:-1]}))  :")
            )
        out += [""] * (rng.random() < 0.1) + [step * ((len(line) - len(line.lstrip(" "))) // 4) + text]
    return end.join(out)


SPELLINGS: dict[str, Callable[[str, Random], str]] = {"comments": comments, "layout": layout}


def split(source: str, module: str) -> tuple[str, str]:
    """Every class's helpers move to a base class in `module`; the class keeps `run`."""
    tree = ast.parse(source)
    bases = ast.parse(source)
    for node, base in zip(tree.body, bases.body, strict=True):
        if isinstance(node, ast.ClassDef) and isinstance(base, ast.ClassDef) and node.name.startswith("P"):
            node.body = [item for item in node.body if getattr(item, "name", "") == "run"]
            base.body = [item for item in base.body if getattr(item, "name", "") != "run"]
            base.name = f"Base{node.name}"
            node.bases = [parse(f"{module}.{base.name}")]
    errors = {"Lost", "Gone", "Other"}
    tree.body = [node for node in tree.body if getattr(node, "name", "") not in errors]
    place = 1 if ast.get_docstring(tree) else 0
    tree.body[place:place] = statements(f"import {module}\nfrom {module} import {', '.join(sorted(errors))}")
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n", ast.unparse(bases) + "\n"
