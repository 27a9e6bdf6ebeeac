"""What has to hold before a byte is written: the fix compiles, is minimal, uses only names that are there, and works.

Invariant: a fix that fails any gate is dropped, with the reason; nothing is taken on trust from the fixer.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import libcst as cst

from lint_rules.findings import Edit, Level
from lint_rules.fixes.edits import by_path
from lint_rules.sites import Site
from lint_rules.source import decode
from lint_rules.syntax import REFUSALS

Targets = tuple[tuple[int, int], ...]
Texts = Mapping[Path, bytes]


def text_problem(before: Texts, after: Texts, edits: Collection[Edit], targets: Targets) -> str:
    """Why the edited texts cannot stand as Python, or ""."""
    for path, own in by_path(edits).items():
        old, new = decode(path, before[path]).text, decode(path, after[path]).text
        problem = _compiles(old, new, targets) or _minimal(old, new, own)
        if problem:
            return problem
    return ""


def _compiles(old: str, new: str, targets: Targets) -> str:
    try:
        cst.parse_module(new)
    except REFUSALS:
        return "the fixed text is no Python"
    for target in targets:
        if target > sys.version_info[:2]:
            continue  # this Python cannot tell; libcst has parsed it
        if _parses(old, target) and not _parses(new, target):
            return f"the fixed text is no Python {target[0]}.{target[1]}"
    return ""


def _parses(text: str, target: tuple[int, int]) -> bool:
    try:
        ast.parse(text, feature_version=target)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def _minimal(old: str, new: str, edits: list[Edit]) -> str:
    """Without what was inserted the tree is the old one, and every new name is known."""
    try:
        old_tree, new_tree = ast.parse(old), ast.parse(new)
    except (SyntaxError, ValueError, RecursionError):
        return ""  # newer than this Python: libcst has parsed it
    added, touched_old, touched_new = _lines(edits)
    inserted = [n for n in ast.walk(new_tree) if isinstance(n, ast.stmt) and n.lineno in added]
    names = {n.id for stmt in inserted for n in ast.walk(stmt) if isinstance(n, ast.Name)}
    known = _bound(old_tree) | {name for stmt in inserted for name in _bound(stmt, imports_only=True)}
    if unknown := sorted(names - known - set(dir(builtins))):
        return f"the name {unknown[0]} is not bound there"
    left = ast.dump(_without(new_tree, added, touched_new))
    if left != ast.dump(_without(old_tree, set(), touched_old)):
        return "the fix would change more than it says"
    return ""


def _bound(tree: ast.AST, imports_only: bool = False) -> set[str]:
    """The names that a tree speaks of, or that its imports bind."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {a.asname or a.name.split(".")[0] for a in node.names}
        elif isinstance(node, ast.Name) and not imports_only:
            found.add(node.id)
        elif isinstance(node, ast.arg) and not imports_only:
            found.add(node.arg)
    return found


def _lines(edits: list[Edit]) -> tuple[set[int], set[int], set[int]]:
    """The lines that were inserted (new numbers), and those that were changed in place (old and new numbers)."""
    added: set[int] = set()
    old: set[int] = set()
    new: set[int] = set()
    shift = 0
    for edit in sorted(edits, key=lambda e: (e.line, e.column)):
        count = edit.text.count("\n")
        if count:
            added |= set(range(edit.line + shift, edit.line + shift + count))
            shift += count
        elif edit.text.strip():
            old.add(edit.line)
            new.add(edit.line + shift)
    return added, old, new


def _without(node: ast.AST, added: set[int], touched: set[int]) -> ast.AST:
    """The tree without inserted and changed statements; an inserted `if` around old statements leaves these, and a
    changed `except` line its body.
    """
    if isinstance(node, ast.ExceptHandler) and node.lineno in touched:
        node.type = None
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            setattr(node, name, [kept for item in value for kept in _kept(item, added, touched)])
        elif isinstance(value, ast.AST):
            _without(value, added, touched)
    return node


def _kept(item: object, added: set[int], touched: set[int]) -> list[object]:
    if isinstance(item, ast.stmt):
        if item.lineno in touched and not hasattr(item, "body"):
            return []
        if item.lineno in added:
            inner = item.body if isinstance(item, ast.If) else []
            return [kept for child in inner for kept in _kept(child, added, touched)]
    return [_without(item, added, touched) if isinstance(item, ast.AST) else item]


def analysis_problem(site: Site, before: Iterable[Site], after: Collection[Site]) -> str:
    """Why the second analysis speaks against the fix, or ""."""
    old = list(before)
    for found in after:
        if found.finding.level < Level.LIKELY:
            continue
        if found.key == site.key and _narrows(found, site):
            return "the loop would still spin"
        if not any(found.key == known.key and _narrows(found, known) for known in old):
            where = f"{found.finding.path.name}:{found.finding.line}"
            return f"it would bring {found.finding.code} in {found.fn.name} ({where})"
    return ""


def _narrows(found: Site, known: Site) -> bool:
    return {_plain(w) for w in known.finding.witness} <= {_plain(w) for w in found.finding.witness}


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text)
