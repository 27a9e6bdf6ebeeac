"""The project's code, compiled from its source: a name at a time, when something asks for it.

Invariant: nothing of a module runs but the definitions that are asked for; an assignment runs only if it merely
computes; a coroutine that is not on the lap is a stand-in that waits.
"""

from __future__ import annotations

import __future__

import ast
import builtins
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from lint_rules.confirm.bench.stubs import REAL, Stub, World, real_module

FLAGS = __future__.annotations.compiler_flag
KEPT = frozenset("property staticmethod classmethod cached_property setter getter deleter contextmanager".split()) | {
    "asynccontextmanager",
    "dataclass",
    "cache",
    "lru_cache",
}
PLAIN = frozenset("ABC Protocol Generic object".split())
CLOSED = frozenset("open input exit quit breakpoint exec eval compile print help".split())
MAKERS = frozenset(
    "set dict list tuple frozenset bytearray bytes deque defaultdict OrderedDict Counter Queue LifoQueue PriorityQueue "
    "SimpleQueue Event Lock Semaphore BoundedSemaphore Condition monotonic time perf_counter object float int str bool min "
    "max len range count timedelta get_running_loop get_event_loop create_future field sum abs round".split()
)
Function = ast.FunctionDef | ast.AsyncFunctionDef
Loop = ast.While | ast.For | ast.AsyncFor


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
        if name.startswith("__") and name.endswith("__"):
            raise KeyError(name)
        stmt = self.found.get(name)
        if stmt is None:
            value = self["__builtins__"].get(name, self.project)
            return self.setdefault(name, Stub(self.project.world, name) if value is self.project else value)
        self._define(stmt, name)
        return self[name]

    def _define(self, stmt: ast.stmt, name: str) -> None:
        if isinstance(stmt, (ast.Assign, ast.AnnAssign)):
            part = _part(stmt, name)
            value = self.value(part, {})
            self[name] = Stub(self.project.world, name) if value is None and not _is_none(part) else value
        elif isinstance(stmt, (ast.Import, ast.ImportFrom)):
            self.run(stmt)
        elif isinstance(stmt, ast.ClassDef):
            self[name] = object  # while its bases are sought
            self.run(self.project.class_(self, stmt))
        elif isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.run(self.project.function(self, stmt, stmt.name))
        else:
            self[name] = Stub(self.project.world, name)

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
        if not computes(node) or any(isinstance(n, ast.Name) and isinstance(known.get(n.id), Stub) for n in ast.walk(node)):
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


def _part(stmt: ast.Assign | ast.AnnAssign, name: str) -> ast.expr | None:
    """What an assignment gives to one name."""
    target = stmt.targets[-1] if isinstance(stmt, ast.Assign) else stmt.target
    if isinstance(target, ast.Tuple) and isinstance(stmt.value, ast.Tuple):
        pairs = zip(target.elts, stmt.value.elts, strict=False)
        return next((value for at, value in pairs if isinstance(at, ast.Name) and at.id == name), None)
    return stmt.value if isinstance(target, ast.Name) else None


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


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
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) and not isinstance(child, ast.arguments):
            if child not in getattr(node, "decorator_list", ()):
                continue
        if not isinstance(child, ast.arg):
            yield from _at_once(child)


class Project:
    """The files that the lap runs through. `kept` are the coroutines on the lap, by file."""

    def __init__(self, world: World, roots: list[Path], kept: dict[str, list[str]], root: Path) -> None:
        self.world, self.roots = world, roots
        self.kept = {(root / file).resolve(): frozenset(names) for file, names in kept.items()}
        self.modules: dict[Path, Module] = {}
        self.added: dict[tuple[Path, str], Function] = {}
        self.hooks: dict[str, Any] = {}
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
        node.decorator_list = [d for d in node.decorator_list if _last(d) in KEPT]
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
        node.decorator_list = [d for d in node.decorator_list if _last(d) in KEPT]
        node.keywords = []
        node.bases = [base for base in (self._base(module, b, node.name) for b in node.bases) if base is not None]
        body: list[ast.stmt] = []
        for stmt in node.body:
            if isinstance(stmt, (ast.FunctionDef, ast.AsyncFunctionDef)):
                body.append(self.function(module, stmt, f"{qualname}.{stmt.name}"))
            elif isinstance(stmt, ast.ClassDef):
                body.append(self.class_(module, stmt, f"{qualname}."))
            elif isinstance(stmt, (ast.Assign, ast.AnnAssign, ast.Pass)):
                if isinstance(stmt, (ast.Assign, ast.AnnAssign)) and stmt.value and not computes(stmt.value):
                    stmt.value = ast.Call(ast.Name("_stub_", ast.Load()), [ast.Constant(next(bound(stmt), ""))], [])
                body.append(stmt)
        added = self.added.get((module.path, qualname))
        node.body = [*body, *([added] if added else []), ast.Pass()]
        return node

    def _base(self, module: Module, node: ast.expr, name: str) -> ast.expr | None:
        plain = node.value if isinstance(node, ast.Subscript) else node
        if _last(plain) in PLAIN:
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

    def make(self, cls: type, /, **given: Any) -> Any:
        """An object of a class of the project without `__init__` being run: what that only computes is taken over, the
        rest are stand-ins."""
        made = object.__new__(cls)
        for name, value in given.items():
            self._allowed(cls, name, value)
        for name, value in {**self._seeds(cls), **given}.items():
            with contextlib.suppress(AttributeError, TypeError):
                object.__setattr__(made, name, value)
        return made

    def _allowed(self, cls: type, name: str, value: Any) -> None:
        """Raises where `__init__` alone gives an attribute and would make something else of that value."""
        node = next((found for base in cls.__mro__ if (found := _origin(base, self))), None)
        if node is None:
            return
        stores = [stmt for stmt in ast.walk(node[1]) if isinstance(stmt, ast.Assign) and _stores(stmt, name)]
        inits = [s for s in node[1].body if isinstance(s, ast.FunctionDef) and s.name == "__init__"]
        if len(stores) != 1 or not inits or stores[0] not in list(blocks(inits[0])):
            return
        module, shown = self.module(node[0]), stores[0].value
        known = defaults(module, inits[0])
        used = {n.id for n in ast.walk(shown) if isinstance(n, ast.Name)} & set(known)
        if len(used) != 1 or isinstance(shown, ast.Name):
            return
        given = module.value(shown, {used.pop(): value})
        if given is not None and type(given) is not Stub and given != value:
            raise Forbidden(f"`__init__` makes {given!r} of {value!r}: {ast.unparse(stores[0])}")

    def _seeds(self, cls: type) -> dict[str, Any]:
        seeds: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            node = _origin(base, self)
            if node is None:
                continue
            module = self.module(Path(node[0]))
            for stmt in node[1].body:
                if isinstance(stmt, ast.AnnAssign) and isinstance(stmt.target, ast.Name) and stmt.value is not None:
                    seeds[stmt.target.id] = self._seed(module, stmt.value, {}, stmt.target.id)
            for part in ast.walk(node[1]):
                if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "self":
                    if not hasattr(cls, part.attr) and part.attr not in seeds:
                        seeds[part.attr] = Stub(self.world, f"self.{part.attr}")
            for init in (s for s in node[1].body if isinstance(s, ast.FunctionDef) and s.name == "__init__"):
                seeds.update(self._given_by(module, init))
        return seeds

    def _given_by(self, module: Module, init: ast.FunctionDef) -> Iterator[tuple[str, Any]]:
        known = defaults(module, init)
        for stmt in blocks(init):
            if isinstance(stmt, (ast.Assign, ast.AnnAssign)) and stmt.value is not None:
                for target in stmt.targets if isinstance(stmt, ast.Assign) else [stmt.target]:
                    if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self":
                        yield target.attr, self._seed(module, stmt.value, known, f"self.{target.attr}")

    def _seed(self, module: Module, node: ast.expr, known: dict[str, Any], name: str) -> Any:
        value = module.value(node, known)
        return Stub(self.world, name) if value is None and not _none(node, known) else value


class Forbidden(Exception):
    """The code of the project does not let an object be in such a state."""


def _stores(stmt: ast.Assign, name: str) -> bool:
    return any(isinstance(t, ast.Attribute) and t.attr == name and _last(t.value) == "self" for t in stmt.targets)


def _none(node: ast.expr, known: dict[str, Any]) -> bool:
    return _is_none(node) or (isinstance(node, ast.Name) and known.get(node.id, node) is None)


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
        if value is not None or _is_none(default):
            known[arg.arg] = value
    return known


def _origin(cls: type, project: Project) -> tuple[Path, ast.ClassDef] | None:
    """The file and the text of a class of the project."""
    for path, module in project.modules.items():
        if cls.__module__ == module["__name__"]:
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
                    return path, node
    return None


def _last(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return _last(node.func)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


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
        if _last(node) == "suppress":
            node.args = [ast.copy_location(self._call("_caught_", arg), arg) for arg in node.args]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._plain(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._plain(node)

    def _plain(self, node: Function) -> ast.AST:
        node.decorator_list = [d for d in node.decorator_list if _last(d) in KEPT]
        self.generic_visit(node)
        return node
