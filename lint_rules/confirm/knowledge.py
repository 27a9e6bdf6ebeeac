"""What a harness has to know of libraries: the rows of the models that speak of the state, as plain data.

Invariant: nothing is said of a library here that its model does not say.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from lint_rules.models import lookup
from lint_rules.models.guards import parse_guard
from lint_rules.models.schema import FORMS, Models, Row

BUILT_IN = ("asyncio", "builtins")


def knowledge(models: Models, libraries: Mapping[str, Mapping[str, bool]], files: Iterable[Path]) -> dict[str, Any]:
    """The types that the state holds, the functions that the files call, and the names that these bring with them."""
    trees = [ast.parse(path.read_bytes()) for path in dict.fromkeys(files)]
    words = {word for tree in trees for node in ast.walk(tree) for word in _words(node)}
    types = {name: _type(models, name, states, words) for name, states in libraries.items()}
    known: dict[str, Any] = {"types": types, "functions": _functions(models, trees)}
    rows = [row for kind in known["types"].values() for method in kind["methods"].values() for row in method["rows"]]
    rows += [row for function in known["functions"].values() for row in function["rows"]]
    named = {text for row in rows for text in (row.get("returns"), *row.get("fields", {}).values()) if text}
    owners = {lookup.canonical(models, text).rpartition(".")[0] for text in named}
    known["enums"] = {name: _members(models.enums[name], words) for name in sorted(owners) if name in models.enums}
    raised = {lookup.canonical(models, row["raises"]) for row in rows if "raises" in row}
    roots = {name.partition(".")[0] for name in raised if "." in name} - set(BUILT_IN)
    told = {name for name in models.exceptions if name.partition(".")[0] in roots and name.rpartition(".")[2] in words}
    told |= {base for name in told | raised for base in lookup.exception_bases(models, name)} | raised
    known["exceptions"] = {name: list(models.exceptions[name]) for name in sorted(told) if name in models.exceptions}
    wanted = {*known["enums"], *known["exceptions"], *known["functions"]}
    known["aliases"] = {
        alias: name
        for alias, name in sorted(models.alias.items())
        if words.issuperset(alias.split(".")) and any(each == name or each.startswith(f"{name}.") for each in wanted)
    }
    return {key: value for key, value in known.items() if value}


def _words(node: ast.AST) -> Iterable[str]:
    """The names in one node of a tree."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        dotted = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        return [part for name in dotted for part in name.split(".")]
    return [getattr(node, "attr", getattr(node, "id", ""))]


def _members(members: Mapping[str, int | str], words: Collection[str]) -> dict[str, int | str]:
    """All values of an enumeration, each by its first name and by those that the code uses."""
    first = {value: name for name, value in reversed(list(members.items()))}
    return {name: value for name, value in members.items() if name in words or first[value] == name}


def _type(models: Models, name: str, states: Mapping[str, bool], words: Collection[str]) -> dict[str, Any]:
    attributes: dict[str, str] = {}
    none: dict[str, str] = {}
    methods: dict[str, Any] = {}
    for base in lookup.lineage(models, name):
        attributes = {**dict(base.attributes), **attributes}
        none = {**dict(base.attribute_none), **none}
        for known, _ in models.rows:
            owner, _, method = known.rpartition(".")
            if known == base.name:
                methods.setdefault("", _callable(models, base.name, states))
            elif owner == base.name and method in words:
                methods.setdefault(method, _callable(models, known, states))
    return {
        "attributes": {key: text for key, text in attributes.items() if text.lstrip("!") in states},
        "none": {key: text for key, text in none.items() if text.lstrip("!") in states},
        "methods": {key: method for key, method in methods.items() if method["rows"]},
    }


def _callable(models: Models, name: str, states: Mapping[str, bool] | None = None) -> dict[str, Any]:
    function = lookup.function(models, name)
    rows = [row for form in FORMS for row in lookup.rows(models, name, form) if states is None or _speaks(row, states)]
    found: dict[str, Any] = {"rows": [_row(row) for row in rows]}
    if function is not None and function.parameters:
        found["parameters"] = list(function.parameters)
        found["defaults"] = dict(function.defaults)
    return found


def _speaks(row: Row, states: Mapping[str, bool]) -> bool:
    """Whether all states that a row asks for are known."""
    guards = [guard for guard in map(parse_guard, row.when) if guard is not None]
    return all(guard.subject in states for guard in guards if guard.is_state)


def _row(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {"form": row.form}
    if row.when:
        found["when"] = list(row.when)
    suspends = [kind for version, kind in row.suspends if version <= sys.version_info[:2]]
    if suspends and suspends[-1] != "none":
        found["suspends"] = suspends[-1]
    for key in ("raises", "returns", "ends"):
        if getattr(row, key):
            found[key] = getattr(row, key)
    if row.fields:
        found["fields"] = dict(row.fields)
    if row.sets:
        found["sets"] = list(row.sets)
    return found


def _functions(models: Models, trees: Iterable[ast.AST]) -> dict[str, Any]:
    """Functions of libraries other than asyncio that the files name and the models know."""
    found: dict[str, Any] = {}
    for tree in trees:
        imports: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    first = alias.name.partition(".")[0]
                    imports[alias.asname or first] = alias.name if alias.asname else first
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imports.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                first, dot, rest = ast.unparse(node.func).partition(".")
                name = lookup.canonical(models, imports.get(first, "") + dot + rest)
                if first in imports and name.partition(".")[0] not in BUILT_IN and name not in found:
                    _add(models, name, found)
    return found


def _add(models: Models, name: str, found: dict[str, Any]) -> None:
    model = _callable(models, name)
    function = lookup.function(models, name)
    if function is not None and function.combinator == "sleep":
        parameter = function.parameters[0] if function.parameters else "delay"
        model["rows"] = [{"form": "await", "when": [f"{parameter}<=0"], "suspends": "yield", "returns": "None"}]
        model.setdefault("parameters", [parameter])
    elif lookup.find_type(models, name) is not None or all(row["form"] == "call" for row in model["rows"]):
        return
    found[name] = model
