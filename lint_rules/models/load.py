"""Reads the model files and the user's models; what it gives is canonical: no alias is left in any name."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from typing import Any, cast

from lint_rules.models.check import check_models
from lint_rules.models.lookup import canonical
from lint_rules.models.schema import COMBINATORS, FORMS, USER, Form, FunctionModel, Models, Row, Suspends, TypeModel
from lint_rules.models.short import add_short_forms
from lint_rules.models.table import ModelError, Table

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["ModelError", "load_models", "read_models"]

TRUTHS = ("always", "sized", "custom", "unknown")
ANSWERS = ("clock", "outside", "new")
CLASSES = ("none", "yield", "wait", "block")
LABELS = ("end", "ready", "free", "zero")
FILE_KEYS = (
    "library",
    "measured",
    "versions",
    "types",
    "functions",
    "rows",
    "exceptions",
    "enums",
    "aliases",
    "plain",
)
TYPE_KEYS = (
    "aliases",
    "bases",
    "truth",
    "names",
    "attributes",
    "attribute_types",
    "attribute_none",
    "attribute_values",
    "states",
    "initial",
    "only_by",
    "by_code",
    "begun_by",
    "ended_by",
    "follows",
    "never_both",
)
FUNCTION_KEYS = (
    "aliases",
    "parameters",
    "defaults",
    "returns",
    "telling",
    "callback",
    "combinator",
    "pure",
    "answer",
    "given",
)
PLAIN_KEYS = ("pure", "clock", "outside", "block")
ROW_KEYS = (
    "name",
    "form",
    "when",
    "suspends",
    "returns",
    "fields",
    "raises",
    "consumes",
    "sets",
    "ends",
    "label",
    "persists",
    "fills",
    "versions",
    "source",
)


def load_models(user: Mapping[str, Any] | None = None) -> Models:
    """The built-in models, overlaid with the user's: what the user says of a name replaces what we say of it."""
    built_in = built_in_models()
    if not user:
        return built_in
    own = canonical_models(user_models(user), built_in.alias)
    merged = merge(built_in, own)
    check_models(merged, own)
    return merged


@lru_cache(maxsize=1)
def built_in_models() -> Models:
    models = Models()
    folder = files("lint_rules.models") / "data"
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            models = merge(models, read_models(tomllib.loads(file.read_text(encoding="utf-8")), file.name))
    return canonical_models(models, {})


def user_models(user: Mapping[str, Any]) -> Models:
    full = {key: value for key, value in user.items() if key in FILE_KEYS}
    models = read_models(full, USER)
    add_short_forms(models, Table(USER, "top level", {k: v for k, v in user.items() if k not in full}), FILE_KEYS)
    return models


def read_models(data: Mapping[str, object], file: str) -> Models:
    """One file's models, names as written."""
    top = Table(file, "top level", data)
    top.only(FILE_KEYS)
    models = Models()
    library = top.text("library")
    if library:
        models.measured[library] = top.texts("measured")
    for name, table in top.tables("types"):
        models.types[name] = read_type(name, table)
        models.alias.update(dict.fromkeys(table.texts("aliases"), name))
    for name, table in top.tables("functions"):
        models.functions[name] = read_function(name, table)
        models.alias.update(dict.fromkeys(table.texts("aliases"), name))
    for table in top.items("rows"):
        for row in read_rows(table, top.text("versions")):
            models.rows[row.name, row.form] = (*models.rows.get((row.name, row.form), ()), row)
    add_plain(models, top.table("plain"))
    models.alias.update(top.pairs("aliases"))
    exceptions = top.table("exceptions")
    models.exceptions.update((name, exceptions.texts(name)) for name in exceptions.values)
    for name, table in top.tables("enums"):
        models.enums[name] = read_enum(table)
    callables = {*models.functions, *(name for name, _ in models.rows)}
    for name in (*models.types, *callables, *models.exceptions, *models.enums):
        models.origin[name] = file
        models.library_of[name] = library
    return models


def read_type(name: str, table: Table) -> TypeModel:
    table.only(TYPE_KEYS)
    values = table.table("attribute_values")
    return TypeModel(
        name=name,
        bases=table.texts("bases"),
        truth=table.choice("truth", TRUTHS, "unknown"),
        names=table.texts("names"),
        attributes=table.pairs("attributes"),
        attribute_types=table.pairs("attribute_types"),
        attribute_none=table.pairs("attribute_none"),
        attribute_values=tuple((attribute, values.pairs(attribute)) for attribute in values.values),
        states=table.pairs("states"),
        initial=table.pairs("initial"),
        only_by=table.pairs("only_by"),
        by_code=table.texts("by_code"),
        begun_by=table.pairs("begun_by"),
        ended_by=table.pairs("ended_by"),
        follows=table.pairs("follows"),
        never_both=table.pairs("never_both"),
    )


def read_function(name: str, table: Table) -> FunctionModel:
    table.only(FUNCTION_KEYS)
    parameters, defaults = table.texts("parameters"), table.pairs("defaults")
    for key in ("default", "given"):
        for parameter, _ in defaults if key == "default" else table.pairs(key):
            if parameter not in parameters:
                raise table.error(f"{key} of {parameter!r}, which is no parameter")
    if table.texts("callback")[:1] and table.texts("callback")[0] not in parameters:
        raise table.error(f"callback {table.texts('callback')[0]!r} is no parameter")
    combinator = table.choice("combinator", COMBINATORS, "") or None
    return FunctionModel(
        name=name,
        parameters=parameters,
        defaults=defaults,
        returns=table.optional("returns"),
        combinator=combinator,
        pure=table.flag("pure", False),
        answer=table.choice("answer", ANSWERS, ""),
        callback=table.texts("callback"),
        telling=table.flag("telling", False),
        given=table.pairs("given"),
    )


def read_rows(table: Table, versions: str) -> list[Row]:
    """One row per name and form that the table names."""
    table.only(ROW_KEYS)
    names, forms = table.texts("name"), table.texts("form") or ("await",)
    if not names:
        raise table.error("a row needs a name")
    for form in forms:
        table_of_form = Table(table.file, table.entry, {"form": form})
        table_of_form.choice("form", FORMS, "")
    row = Row(
        name="",
        form="await",
        when=table.texts("when"),
        suspends=read_suspends(table),
        returns=table.optional("returns"),
        fields=table.pairs("fields"),
        raises=table.optional("raises"),
        consumes=table.flag("consumes", False),
        sets=table.texts("sets"),
        ends=table.flag("ends", False),
        label=table.choice("label", LABELS, ""),
        persists=table.flag("persists", True),
        fills=table.flag("fills", False),
        versions=table.text("versions", versions),
        source=table.text("source"),
    )
    return [replace(row, name=name, form=cast(Form, form)) for name in names for form in forms]


def read_suspends(table: Table) -> tuple[tuple[tuple[int, int], Suspends], ...]:
    if isinstance(table.values.get("suspends", ""), str):
        return (((3, 8), cast(Suspends, table.choice("suspends", CLASSES, "none"))),)
    by_version = table.table("suspends")
    steps = []
    for version in by_version.values:
        major, _, minor = version.partition(".")
        if not (major.isdigit() and minor.isdigit()):
            raise table.error(f"suspends: {version!r} is no Python version such as '3.12'")
        steps.append(((int(major), int(minor)), cast(Suspends, by_version.choice(version, CLASSES, ""))))
    return tuple(sorted(steps))


def read_enum(table: Table) -> dict[str, int | str]:
    members: dict[str, int | str] = {}
    for name, value in table.values.items():
        if not isinstance(value, int | str):
            raise table.error(f"member {name!r} must be an integer or a string")
        members[name] = value
    return members


def add_plain(models: Models, table: Table) -> None:
    table.only(PLAIN_KEYS)
    for name in table.texts("pure"):
        models.functions[name] = FunctionModel(name, pure=True)
    for answer in ANSWERS[:2]:
        for name in table.texts(answer):
            models.functions[name] = FunctionModel(name, answer=answer)
    for name in table.texts("block"):
        models.rows[name, "call"] = (Row(name, "call", suspends=(((3, 8), "block"),)),)


def merge(first: Models, second: Models) -> Models:
    """Both models in new tables; the second wins where both speak of a name."""
    return Models(
        types=first.types | second.types,
        functions=first.functions | second.functions,
        rows=first.rows | second.rows,
        exceptions=first.exceptions | second.exceptions,
        enums=first.enums | second.enums,
        alias=first.alias | second.alias,
        measured=first.measured | second.measured,
        library_of=first.library_of | second.library_of,
        origin=first.origin | second.origin,
        patterns=[*second.patterns, *first.patterns],
    )


def canonical_models(models: Models, known: Mapping[str, str]) -> Models:
    """The same models with every alias replaced, in keys and in values."""
    named = Models(alias={**known, **models.alias})

    def real(name: str) -> str:
        return canonical(named, name)

    def real_in(text: str) -> str:
        return re.sub(r"[A-Za-z_][\w.]*", lambda match: real(match[0]), text)

    models.types = {
        real(name): replace(
            model,
            name=real(name),
            bases=tuple(map(real, model.bases)),
            attribute_types=tuple((attribute, real(kind)) for attribute, kind in model.attribute_types),
        )
        for name, model in models.types.items()
    }
    models.functions = {
        real(name): replace(
            model,
            name=real(name),
            returns=real_in(model.returns) if model.returns else None,
            callback=(*model.callback[:1], *map(real, model.callback[1:])),
            given=tuple((parameter, real(kind)) for parameter, kind in model.given),
        )
        for name, model in models.functions.items()
    }
    models.rows = {
        (real(name), form): tuple(
            replace(row, name=real(name), raises=real(row.raises) if row.raises else None) for row in rows
        )
        for (name, form), rows in models.rows.items()
    }
    models.exceptions = {real(name): tuple(map(real, bases)) for name, bases in models.exceptions.items()}
    models.enums = {real(name): members for name, members in models.enums.items()}
    models.origin = {real(name): file for name, file in models.origin.items()}
    models.library_of = {real(name): library for name, library in models.library_of.items()}
    return models
