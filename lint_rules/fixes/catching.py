"""Which handler takes an exception, by the names of the classes.

Invariant: None wherever that cannot be told from the names.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Sequence

import libcst as cst

from lint_rules.fixes.places import Tree, source
from lint_rules.index import ClassInfo, ModuleInfo
from lint_rules.resolve import Lib, Resolver
from lint_rules.shapes import shape_of

Handler = cst.ExceptHandler | cst.ExceptStarHandler
USUAL = ("ConnectionError", "OSError", "RuntimeError")
# Classes of libraries that are made from a text alone.
PLAIN = frozenset(
    {
        "aiohttp.ClientError", "aiohttp.ClientConnectionError", "redis.exceptions.ConnectionError",
        "redis.exceptions.RedisError", "websockets.exceptions.WebSocketException",
    }
)  # fmt: skip
ALIASES = {"asyncio.TimeoutError": "TimeoutError", "socket.timeout": "TimeoutError", "socket.error": "OSError"}


def catches(handler: str, raised: str, module: ModuleInfo) -> bool | None:
    """Whether `except handler` takes the class `raised`; "" is a bare `except`."""
    if not handler:
        return True
    try:
        node = ast.parse(handler, mode="eval").body
    except SyntaxError:
        return None
    answers = [_takes(ast.unparse(n), raised, module) for n in (node.elts if isinstance(node, ast.Tuple) else [node])]
    return True if True in answers else None if None in answers else False


def _takes(wanted: str, raised: str, module: ModuleInfo) -> bool | None:
    names = _ancestry(raised, module)
    wanted = ALIASES.get(wanted, wanted)
    known = builtin(wanted, module)
    if wanted in names or (known is not None and known.__name__ in names):
        return True
    last = wanted.split(".")[-1]
    return False if last[:1].isupper() and not last.isupper() else None


def _ancestry(raised: str, module: ModuleInfo) -> set[str]:
    """A class and its bases by name; an unknown class is an `Exception`."""
    found: set[str] = set()
    todo = [ALIASES.get(raised, raised)]
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        known = builtin(name, module)
        if known is not None:
            found |= {base.__name__ for base in known.__mro__}
        elif name in module.classes:
            todo += [base[-1] for base in module.classes[name].bases if base[0] in ("name", "attr")]
    return found | {"Exception", "BaseException"}


def builtin(name: str, module: ModuleInfo) -> type[BaseException] | None:
    """The builtin exception that a name means in a module."""
    if name in module.imports or name in module.classes or name in module.assigns:
        return None
    found = getattr(builtins, name, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def raisable(resolver: Resolver, module: ModuleInfo, handlers: Sequence[Handler]) -> list[str]:
    """The classes that a guard may raise for these handlers: usual ones, then their own that are made from a text."""
    own: list[str] = []
    for handler in handlers:
        try:
            node = ast.parse(type_text(handler) or "()", mode="eval").body
        except SyntaxError:
            continue
        for each in node.elts if isinstance(node, ast.Tuple) else [node]:
            entity = resolver.resolve(module, shape_of(each))
            if (isinstance(entity, Lib) and entity.name in PLAIN) or _plain(resolver, entity):
                own.append(ast.unparse(each))
    return [*USUAL, *own]


def _plain(resolver: Resolver, entity: object) -> bool:
    """Whether it is an exception of the project that nobody has given a way of its own to be made."""
    if not isinstance(entity, ClassInfo):
        return False
    for cls in resolver.mro(entity):
        if isinstance(cls, ClassInfo):
            if "__init__" in cls.methods or "__new__" in cls.methods:
                return False
        elif cls.name not in PLAIN and not hasattr(builtins, cls.name):
            return False
    return True


def reads_exception(handler: Handler) -> bool:
    """Whether the handler reads attributes of the exception, which another one would not have."""
    if handler.name is None:
        return False
    return re.search(rf"\b{source(handler.name.name)}\.", source(handler.body)) is not None


def type_text(handler: Handler) -> str:
    return source(handler.type) if handler.type is not None else ""


def handler_of(tree: Tree, stop: cst.CSTNode, stmt: cst.CSTNode, raised: str, module: ModuleInfo) -> Handler | None:
    """The handler between a statement and `stop` that takes what the statement raises; None: none, or not known."""
    below: cst.CSTNode = stmt
    for node in tree.ancestors(stmt):
        if node is stop:
            return None
        if isinstance(node, cst.With):
            return None
        if isinstance(node, (cst.Try, cst.TryStar)) and below is node.body:
            found, known = first_taking(node.handlers, raised, module)
            if found is not None or not known:
                return found
        below = node
    return None


def first_taking(handlers: Sequence[Handler], raised: str, module: ModuleInfo) -> tuple[Handler | None, bool]:
    """The first handler that takes the class, and whether that is known."""
    for handler in handlers:
        answer = catches(type_text(handler), raised, module)
        if answer is None:
            return None, False
        if answer:
            return handler, True
    return None, True
