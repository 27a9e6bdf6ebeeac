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
IMPORT = re.compile(r"(?:import asyncio|import asyncio as (\w+))\s*(?:#.*)?$")
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
            return Refusal(f"`{name}` means something else here; wait in the loop by hand")
    for library in OTHER_LIBRARIES:
        if any(source.split(".")[0] == library for source, _ in ctx.site.module.imports.values()):
            return Refusal(f"the file uses {library} and not asyncio; wait in the loop by hand")
    if "asyncio" in ctx.site.module.imports or shadowed(ctx, "asyncio"):
        return Refusal("`asyncio` is not imported at the top of the file; wait in the loop by hand")
    number = _import_line(ctx)
    if number is None:
        return Refusal("the file does not import asyncio; wait in the loop by hand")
    return "asyncio.sleep", (insert(ctx.site.finding.path, number, "import asyncio"),)


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


def _import_line(ctx: Context) -> int | None:
    """Where `import asyncio` goes: among the first plain imports, in their order."""
    try:
        body = ast.parse("\n".join(ctx.lines())).body
    except (SyntaxError, ValueError, RecursionError):
        return None
    imports = [n for n in body if isinstance(n, (ast.Import, ast.ImportFrom))]
    imports = [n for n in imports if getattr(n, "module", "") != "__future__"]
    for node in imports:
        if isinstance(node, ast.ImportFrom) or node.names[0].name > "asyncio":
            return node.lineno
    return (imports[-1].end_lineno or imports[-1].lineno) + 1 if imports else None
