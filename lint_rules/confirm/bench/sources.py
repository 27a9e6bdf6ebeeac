"""The project's code, compiled from its source: a name at a time, when something asks for it.

Invariant: nothing of a module runs but the definitions that are asked for; an assignment runs only if it merely
computes; a coroutine that is not on the lap is a stand-in that waits.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from lint_rules.confirm.bench.stubs import REAL, Stub, World, real_module
from lint_rules.confirm.bench.syntax import (
    KEPT,
    SCOPES,
    Counted,
    Function,
    bound,
    computes,
    is_none,
    last_name,
    part_of,
)

FLAGS = annotations.compiler_flag  # an annotation is never evaluated
PLAIN = frozenset({"ABC", "Protocol", "Generic", "object"})
CLOSED = frozenset({"open", "input", "exit", "quit", "breakpoint", "exec", "eval", "compile", "print", "help"})


class Module(dict[str, Any]):
    """The names of one file of the project; a name is compiled when it is first read."""

    def __init__(self, project: Project, path: Path) -> None:
        name = f"_lap_{len(project.modules)}_{id(project)}_{path.stem}"
        super().__init__(__name__=name, __file__=str(path), __builtins__=project.builtins(self))
        sys.modules[name] = ModuleType(name)  # dataclasses ask for it
        self.project = project
        self.path = path
        self.tree = ast.parse(path.read_bytes(), str(path))
        self.found: dict[str, ast.stmt] = {}
        for stmt in _defining(self.tree):
            for name in bound(stmt):
                if name not in self.found or isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    self.found[name] = stmt

    def __missing__(self, name: str) -> Any:
        stmt = self.found.get(name)
        if stmt is None and name.startswith("__") and name.endswith("__"):
            raise KeyError(name)
        if stmt is None:
            value = self["__builtins__"].get(name, self.project)
            return self.setdefault(name, Stub(self.project.world, name) if value is self.project else value)
        self._define(stmt, name)
        return self[name]

    def _define(self, stmt: ast.stmt, name: str) -> None:
        self[name] = Stub(self.project.world, name)  # while it is sought: modules may import each other
        if isinstance(stmt, (ast.Assign, ast.AnnAssign)):
            part = part_of(stmt, name)
            value = self.value(part, {})
            if value is not None or is_none(part):
                self[name] = value
        else:
            try:
                self._make(stmt, name)
            except Exception:
                self[name] = Stub(self.project.world, name)  # it will do for what is only named

    def _make(self, stmt: ast.stmt, name: str) -> None:
        if isinstance(stmt, (ast.Import, ast.ImportFrom)):
            wanted = [alias for alias in stmt.names if name in (alias.asname, alias.name.partition(".")[0])]
            one = (
                ast.Import(wanted) if isinstance(stmt, ast.Import) else ast.ImportFrom(stmt.module, wanted, stmt.level)
            )
            self.run(ast.copy_location(one, stmt))
        elif isinstance(stmt, ast.ClassDef):
            self[name] = object  # while its bases are sought
            self.run(self.project.class_(self, stmt))
        elif isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.run(self.project.function(self, stmt, stmt.name))

    def run(self, stmt: ast.stmt) -> None:
        for node in _at_once(stmt):
            if isinstance(node, ast.Name):
                with contextlib.suppress(KeyError):
                    self[node.id]
        module = ast.fix_missing_locations(ast.Module([stmt], []))
        exec(compile(module, str(self.path), "exec", FLAGS, True), self)

    def value(self, node: ast.expr | None, known: dict[str, Any]) -> Any:
        """What an expression gives that only computes; an object of the project is made as its class says."""
        if node is None:
            return None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            cls = self[node.func.id] if node.func.id in self.found else None
            if isinstance(cls, type) and not issubclass(cls, BaseException) and cls.__module__ not in REAL:
                return self.project.make(cls)
        if not computes(node) or any(
            isinstance(n, ast.Name) and isinstance(known.get(n.id), Stub) for n in ast.walk(node)
        ):
            return None
        expression = ast.fix_missing_locations(ast.Expression(node))
        for name in ast.walk(node):
            if isinstance(name, ast.Name) and name.id not in known:
                self[name.id]
        try:
            value = eval(compile(expression, str(self.path), "eval", FLAGS, True), {**self, **known})
        except Exception:
            return None
        factory = getattr(value, "default_factory", None)
        return factory() if callable(factory) and type(value).__name__ == "Field" else value


def _defining(tree: ast.AST) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            child.body = []
        if isinstance(child, ast.stmt) and not isinstance(child, (ast.If, ast.Try, ast.With)):
            yield child
        elif isinstance(child, (ast.stmt, ast.ExceptHandler)):
            yield from _defining(child)


def _at_once(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a definition that run when it is made, not when it is called."""
    yield node
    for child in ast.iter_child_nodes(node):
        inside = isinstance(node, (*SCOPES, ast.Lambda)) and not isinstance(child, ast.arguments)
        if not isinstance(child, ast.arg) and not (inside and child not in getattr(node, "decorator_list", ())):
            yield from _at_once(child)


def _guarded(stmt: ast.Assign | ast.AnnAssign) -> ast.stmt:
    """An assignment of a class body; what does not merely compute, or cannot be computed here, is a stand-in."""
    if stmt.value is None or isinstance(stmt.value, ast.Constant):
        return stmt
    names = list(bound(stmt))
    stubs = [ast.Call(ast.Name("_stub_", ast.Load()), [ast.Constant(name)], []) for name in names]
    other = [ast.Assign([ast.Name(name, ast.Store())], stub) for name, stub in zip(names, stubs, strict=True)]
    if not computes(stmt.value):
        if len(stubs) == 1:
            stmt.value = stubs[0]
            return stmt
        return ast.copy_location(ast.If(ast.Constant(True), [*other, ast.Pass()], []), stmt)
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [*other, ast.Pass()])
    return ast.copy_location(ast.Try([stmt], [handler], [], []), stmt)


class Project:
    """The files that the lap runs through. `kept` are the coroutines on the lap, by file."""

    def __init__(self, world: World, roots: list[Path], kept: dict[str, list[str]], root: Path) -> None:
        self.world, self.roots = world, roots
        self.kept = {(root / file).resolve(): frozenset(names) for file, names in kept.items()}
        self.modules: dict[Path, Module] = {}
        self.added: dict[tuple[Path, str], Function] = {}
        self.hooks: dict[str, Any] = {}
        self.make: Callable[..., Any] = object.__new__  # see `Maker`
        world.project = self.find

    def module(self, path: Path) -> Module:
        path = path.resolve()
        if path not in self.modules:
            self.modules[path] = Module(self, path)
            self.modules[path].update(self.hooks)
        return self.modules[path]

    def builtins(self, module: Module) -> dict[str, Any]:
        closed = {name: Stub(self.world, name) for name in CLOSED}
        return {**vars(builtins), **closed, "__import__": _Importer(self, module)}

    def find(self, dotted: str) -> Any:
        """A module of the project by its dotted name, seen from the folders of its packages."""
        for root in self.roots:
            base = root.joinpath(*dotted.split("."))
            for path in (base.with_suffix(".py"), base / "__init__.py"):
                if path.is_file():
                    return Names(self, self.module(path), base)
        return None

    def function(self, module: Module, node: Function, qualname: str) -> ast.stmt:
        """A function as it runs here: counted laps, and a stand-in if it waits somewhere that is not on the lap."""
        node.decorator_list = [d for d in node.decorator_list if last_name(d) in KEPT]
        node.returns = None
        kept = isinstance(node, ast.FunctionDef) or qualname in self.kept.get(module.path, ())
        if not kept:
            call = ast.Call(ast.Name("_stub_", ast.Load()), [ast.Constant(qualname)], [])
            generator = any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in ast.walk(node))
            answer: ast.expr = call if generator else ast.Await(call)
            kind: Any = ast.FunctionDef if generator else ast.AsyncFunctionDef
            new = kind(node.name, node.args, [ast.Return(answer)], node.decorator_list)
            new.type_params = []
            made: ast.stmt = ast.copy_location(new, node)
            return made
        result: ast.stmt = Counted().visit(node)
        return result

    def class_(self, module: Module, node: ast.ClassDef, prefix: str = "") -> ast.ClassDef:
        qualname = prefix + node.name
        node.decorator_list = [d for d in node.decorator_list if last_name(d) in KEPT]
        node.keywords = []
        node.bases = [base for base in (self._base(module, b, node.name) for b in node.bases) if base is not None]
        body: list[ast.stmt] = []
        for stmt in node.body:
            if isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef)):
                body.append(self.function(module, stmt, f"{qualname}.{stmt.name}"))
            elif isinstance(stmt, ast.ClassDef):
                body.append(self.class_(module, stmt, f"{qualname}."))
            elif isinstance(stmt, (ast.Assign, ast.AnnAssign)):
                body.append(_guarded(stmt))
        added = self.added.get((module.path, qualname))
        node.body = [*body, *([added] if added else []), ast.Pass()]
        return node

    def _base(self, module: Module, node: ast.expr, name: str) -> ast.expr | None:
        plain = node.value if isinstance(node, ast.Subscript) else node
        if last_name(plain) in PLAIN:
            return None
        module.run(ast.Assign([ast.Name("_base_", ast.Store())], plain))
        base = module.pop("_base_")
        if isinstance(base, type):
            return plain
        if isinstance(base, Stub) and (name + base._name_).endswith(("Error", "Exception", "Warning")):
            key = f"_{base._name_}_".replace(".", "_")
            module[key] = self.world.exception(base._name_)
            return ast.Name(key, ast.Load())
        return None


def defaults(module: Module, node: Function) -> dict[str, Any]:
    """The parameters of a function: their defaults, else stand-ins."""
    args = node.args
    positional = [*args.posonlyargs, *args.args]
    known: dict[str, Any] = {}
    for name in (*positional, *args.kwonlyargs, args.vararg, args.kwarg):
        if name is not None:
            known[name.arg] = Stub(module.project.world, name.arg)
    pairs = [*zip(reversed(positional), reversed(args.defaults), strict=False)]
    pairs += [(arg, value) for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value is not None]
    for arg, default in pairs:
        value = module.value(default, {})
        if value is not None or is_none(default):
            known[arg.arg] = value
    return known


class Names:
    """A module of the project as `import` gives it."""

    def __init__(self, project: Project, module: Module, base: Path) -> None:
        self.__dict__.update(_project_=project, _module_=module, _base_=base)

    def __getattr__(self, name: str) -> Any:
        if name in self._module_.found or name.startswith("__"):
            return self._module_[name]
        below = self._base_ / name
        for path in (below.with_suffix(".py"), below / "__init__.py"):
            if path.is_file():
                return Names(self._project_, self._project_.module(path), below)
        return Stub(self._project_.world, name)


class _Importer:
    """`import` inside the harness: the standard library where it only computes, the project's files, else stand-ins."""

    def __init__(self, project: Project, module: Module) -> None:
        self.project, self.module = project, module

    def __call__(self, name: str, _: Any = None, __: Any = None, names: Any = (), level: int = 0) -> Any:
        if level:
            folder = self.module.path.parents[level - 1]
            base = folder.joinpath(*name.split(".")) if name else folder
            path = next((p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()), None)
            return Names(self.project, self.project.module(path), base) if path else Stub(self.project.world, name)
        wanted = name if names else name.partition(".")[0]
        real = real_module(self.project.world, name)
        if real is not None:
            return real if names else real_module(self.project.world, wanted)
        return self.project.world.named(wanted)
