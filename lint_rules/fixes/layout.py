"""Statements as lines of the file they go to: its indentation, its tabs, its `asyncio`.

Invariant: what is inserted is indented exactly like its neighbours, and every name in it is bound.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from lint_rules.findings import Edit
from lint_rules.fixes.edits import insert
from lint_rules.fixes.places import Place, Tree
from lint_rules.fixes.proposal import Context, Refusal
from lint_rules.index import FunctionInfo

BLANK = re.compile(r"[ \t\f]*")
IMPORT = re.compile(r"import (?:[\w., ]+, *)?asyncio(?: as (\w+))?\s*(?:,.*|#.*)?$")
OTHER_LIBRARIES = ("trio", "anyio", "curio")


def indentation(lines: tuple[str, ...], number: int) -> str:
    found = BLANK.match(lines[number - 1])
    return found.group().replace("\f", "") if found else ""


def unit(tree: Tree, place: Place, lines: tuple[str, ...]) -> str:
    """One step of indentation, as the block at this place has it."""
    inner = indentation(lines, tree.slice.place(place.block.body[0])[0])
    outer = indentation(lines, tree.slice.place(tree.parents[place.block])[0])
    step = inner.removeprefix(outer) if inner.startswith(outer) else ""
    return step or ("\t" if "\t" in inner else "    ")


def put(path: Path, lines: tuple[str, ...], tree: Tree, place: Place, *texts: str) -> Edit:
    """Lines put at a place; a text that begins with a tab stands one step deeper."""
    indent = indentation(lines, tree.slice.place(place.block.body[0])[0])
    step = unit(tree, place, lines)
    written = [indent + (step + text[1:] if text.startswith("\t") else text) for text in texts]
    return insert(path, tree.line(place), *written)


def put_in_loop(ctx: Context, place: Place, *texts: str) -> Edit:
    return put(ctx.site.finding.path, ctx.lines(), ctx.tree, place, *texts)


def sleep_name(ctx: Context) -> tuple[str, tuple[Edit, ...]] | Refusal:
    """How the loop can write `asyncio.sleep`, with the import that this needs."""
    for line in ctx.lines():
        found = IMPORT.match(line)
        name = (found.group(1) or "asyncio") if found else ""
        if name and ctx.site.module.imports.get(name) == ("asyncio", None):
            if not shadowed(ctx, name):
                return f"{name}.sleep", ()
            return Refusal(f"`{name}` means something else here")
    for name, (library, member) in ctx.site.module.imports.items():
        if (library, member) == ("asyncio", "sleep") and not shadowed(ctx, name):
            return name, ()
    for library in OTHER_LIBRARIES:
        if any(source.split(".")[0] == library for source, _ in ctx.site.module.imports.values()):
            return Refusal(f"the file uses {library} and not asyncio")
    if "asyncio" in ctx.site.module.imports or shadowed(ctx, "asyncio"):
        return Refusal("`asyncio` is not imported at the top of the file")
    edit = _import(ctx)
    return ("asyncio.sleep", (edit,)) if edit is not None else Refusal("import asyncio, then wait in the loop by hand")


def shadowed(ctx: Context, name: str) -> bool:
    module = ctx.site.module
    if name in module.assigns or name in module.functions or name in module.classes:
        return True
    fn: FunctionInfo | None = ctx.site.fn
    while fn is not None:
        if name in fn.locals or name in fn.nested or any(p.name == name for p in fn.params):
            return True
        fn = fn.parent
    return False


def _import(ctx: Context) -> Edit | None:
    """`import asyncio` among the first plain imports, in their order; else below the docstring."""
    path = ctx.site.finding.path
    try:
        body = ast.parse("\n".join(ctx.lines())).body
    except (SyntaxError, ValueError, RecursionError):
        return None
    head = [n for n in body if _is_head(n)]
    imports = [n for n in body if isinstance(n, (ast.Import, ast.ImportFrom)) and n not in head]
    for node in imports:
        if isinstance(node, ast.ImportFrom) or node.names[0].name > "asyncio":
            return insert(path, node.lineno, "import asyncio")
    if imports:
        return insert(path, (imports[-1].end_lineno or imports[-1].lineno) + 1, "import asyncio")
    if head:
        return insert(path, (head[-1].end_lineno or head[-1].lineno) + 1, "", "import asyncio")
    return insert(path, body[0].lineno, "import asyncio", "") if not hasattr(body[0], "decorator_list") else None


def _is_head(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__"
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
