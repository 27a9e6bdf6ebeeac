"""Who touches the attributes of an object: code of other objects, or which methods of its class.

Invariant: over-approximations by the text. What is not seen to leave an attribute alone counts as touching it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lint_rules import foreign
from lint_rules.flow.calls import IMMUTABLE
from lint_rules.flow.machine import Machine
from lint_rules.flow.values import Value, parts
from lint_rules.index import ClassInfo, FunctionInfo
from lint_rules.scopes import nested

MAX_METHODS = 24
LOOKS = frozenset(
    {
        "len",
        "bool",
        "list",
        "tuple",
        "set",
        "sorted",
        "any",
        "all",
        "sum",
        "min",
        "max",
        "iter",
        "enumerate",
        "str",
        "shield",
        "heappush",
        "heappop",
        "heapify",
    }
)  # calls that keep nothing of what they are given, and change it as `flow` knows, if at all
TELLS = frozenset({"critical", "debug", "error", "exception", "format", "info", "log", "warning"})
READS = (
    "at_eof|cancelled|copy|count|done|empty|exception|full|get|index|is_closing|is_set|items|keys|locked|qsize|result"
    "|values|wait"
)  # methods that change nothing of their object


def names_in(k: Value) -> set[str]:
    return {p.args[1] for p in parts(k) if p.kind == "attr"}


def is_others(m: Machine, cls: ClassInfo, k: Value) -> bool:
    """Whether some code changes an attribute on anything but `self`, or has what it holds in its hands and so decides
    a literal about that.
    """
    names = names_in(k)
    inside = _asks_inside(m, k)
    if any(foreign.changes(m, family(m, cls), name, inside) for name in sorted(names)):
        return True
    return inside and any(_handed_on(m, cls, name) for name in sorted(names))


def _asks_inside(m: Machine, k: Value) -> bool:
    """Whether a literal asks more of what an attribute holds than which of the plain values it is."""
    if k.kind == "op" and k.args[0] in ("none", "eq", "is"):
        return False
    t = m.type_of(k)
    return k.kind != "attr" or t is None or t.name not in IMMUTABLE


def _handed_on(m: Machine, cls: ClassInfo, name: str) -> bool:
    """Whether the class gives away what an attribute holds, or a method of it."""
    key = ("handed on", cls.full, name)
    return m.resolver.project.recall(key, lambda: any(_gives(text, name) for text in _texts(m, cls)))


def _texts(m: Machine, cls: ClassInfo) -> Iterator[str]:
    """The methods of a class and its family, those of its properties among them."""
    project = m.resolver.project
    for each in family(m, cls):
        path = project.path_of(each.module)
        lines = project.text(path).lines
        for name, (first, last) in project.outermost(path).items():
            if name.startswith(f"{each.qualname}."):
                yield "if 1:\n" + "\n".join(lines[first - 1 : last])


def _gives(text: str, name: str) -> bool:
    try:
        return f".{name}" in text and _gives_away(ast.parse(text), name)
    except (SyntaxError, ValueError, RecursionError):
        return True


def _gives_away(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Lambda):
        return any(isinstance(each, ast.Attribute) and each.attr == name for each in ast.walk(node))
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple) and isinstance(node.targets[0], ast.Tuple):
        return any(_gives_away(each, name) for each in node.value.elts)  # `a, self.b = self.b, None`
    given: list[ast.expr] = []
    if isinstance(node, ast.Call) and not _only_looks(node):
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
    elif isinstance(node, (ast.Tuple, ast.List)) and isinstance(node.ctx, ast.Load):
        given = node.elts
    elif isinstance(node, ast.Dict):
        given = node.values
    if any(_is_of(each, name) for each in given):
        return True
    told = isinstance(node, (ast.Assert, ast.Raise, ast.JoinedStr)) or (isinstance(node, ast.Call) and _tells(node))
    inner = _calls_in(node) if told else ast.iter_child_nodes(node)
    return any(_gives_away(child, name) for child in inner)


def _calls_in(node: ast.AST) -> Iterator[ast.AST]:
    """The outermost calls below a node."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child
        else:
            yield from _calls_in(child)


def _only_looks(call: ast.Call) -> bool:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return called in LOOKS or _tells(call)


def _tells(call: ast.Call) -> bool:
    """`print(...)`, `logger.info(...)`, `"...".format(...)`: what is given is shown, and not kept."""
    if isinstance(call.func, ast.Name):
        return call.func.id in ("print", "repr")
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in TELLS:
        return False
    on = call.func.value
    name = on.attr if isinstance(on, ast.Attribute) else getattr(on, "id", "")
    return isinstance(on, ast.Constant) or name.lower().endswith(("log", "logger", "logging"))


def _is_of(node: ast.expr, name: str) -> bool:
    """`self.name`, or a method of that."""
    if isinstance(node, ast.Attribute) and node.attr != name:
        node = node.value
    return isinstance(node, ast.Attribute) and node.attr == name and getattr(node.value, "id", "") == "self"


def family(m: Machine, cls: ClassInfo) -> list[ClassInfo]:
    return [*(c for c in m.resolver.mro(cls) if isinstance(c, ClassInfo)), *m.resolver.subclasses(cls)]


def writes(names: frozenset[str], text: str) -> bool:
    """Whether a piece of code may change one of the attributes."""
    any_name = "|".join(sorted(re.escape(n) for n in names))
    change = re.compile(
        rf"\.(?:{any_name})\b(?:\s*(?::[^=\n]*)?(?:[-+*/|&%@^]|//|\*\*|<<|>>)?=(?!=)|\[|\s*[,)\n].*=|\.(?!(?:{READS})\()\w)"
        rf"|(?:\b(?:del|as|for|in)\b|=|\(\s*)[^=\n]*\.(?:{any_name})\b(?!\.(?:{READS})\()|\bsetattr\("
    )
    return change.search(text) is not None


def writing(m: Machine, cls: ClassInfo, names: frozenset[str]) -> list[FunctionInfo] | None:
    """The methods that may change one of the attributes, and the functions in them; None where there are too many."""
    project = m.resolver.project
    found: list[FunctionInfo] = []
    for each in family(m, cls):
        lines = project.text(project.path_of(each.module)).lines
        for method in each.methods.values():
            if writes(names, "\n".join(lines[method.first - 1 : method.last])):
                found.append(method)
    if not any(fn.name == "__init__" for fn in found):
        return None
    found += [inner for fn in found for inner in nested(fn)]
    return found if len(found) <= MAX_METHODS else None
