"""Imports go one way: a module imports only what stands above it in this list.

The list is the map of the program; a new module gets its place here.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from surfaces import ROOT

PACKAGE = ROOT / "lint_rules"
# Top to bottom. Modules in one row may import each other (a folder is one row unless its files are named).
LAYERS = (
    ("findings", "shapes", "rules.registry"),
    ("rules.pages",),
    ("source", "parse", "syntax", "scan", "outline"),
    ("index", "indexer", "interface", "late", "memory", "nodes"),
    ("tree",),
    ("words",),
    ("project", "models", "declared"),
    ("resolve",),
    ("types", "callers"),
    ("candidates",),
    ("domains", "comparisons", "copies", "conditions", "flow"),
    ("nothing",),
    ("entry", "render", "wording", "uses"),
    ("header",),
    ("recurrence",),
    ("laps", "produced"),
    ("foreign", "merge", "scopes"),
    ("touching",),
    ("reach",),
    ("arrival", "closures", "dropped", "holders", "lasting", "relations", "starters"),
    ("library_states", "limits"),
    ("judge", "resets"),
    ("spins",),
    ("rules",),
    ("config",),
    ("files", "suppress", "baseline"),
    ("results", "executor", "fleet"),
    ("cache", "part", "shelf"),
    ("effects", "session", "work", "engine"),
    ("run",),
    ("sites",),
    ("fixes",),
    ("confirm",),
    ("reports.common",),
    ("reports",),
    ("lsp",),
    ("commands", "codemod"),
    ("cli", "flake8_plugin", "pylint_plugin"),
    ("__main__",),
)


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name below the package; the package itself holds the version only."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name and not name.startswith("examples"):
            found[name] = path
    return found


MODULES = modules()


def imported(path: Path) -> set[str]:
    """The modules of the package that a file imports, anywhere in it (also inside functions and for types only)."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            base = node.module or ""
            full = [f"{base}.{alias.name}" for alias in node.names]
            names |= {name if _name(name) in MODULES else base for name in full}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {_name(name) for name in names if name.startswith("lint_rules.")}


def _name(dotted: str) -> str:
    return dotted.removeprefix("lint_rules.")


def layer(module: str) -> int:
    """The most exact entry wins: `flow.values` before `flow`."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        prefix = ".".join(parts[:length])
        for number, row in enumerate(LAYERS):
            if prefix in row:
                return number
    raise AssertionError(f"lint_rules.{module} has no place in LAYERS")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_stands_above_it(module: str) -> None:
    own = layer(module)
    wrong = [f"{module} imports {other}" for other in sorted(imported(MODULES[module])) if layer(other) > own]
    assert wrong == []


def test_the_list_names_only_what_exists() -> None:
    known = set(MODULES) | {name.rpartition(".")[0] for name in MODULES}
    assert [name for row in LAYERS for name in row if name not in known] == []


def test_the_program_needs_no_plugin_host() -> None:
    """flake8 and pylint are imported by their own plugin only."""
    hosts = {"flake8", "pylint", "astroid"}
    users = {
        module
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        if name.split(".")[0] in hosts
    }
    assert users == {"flake8_plugin", "pylint_plugin"}
