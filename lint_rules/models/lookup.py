"""Questions to the models; every name may be given in any of its spellings, and members are sought along the bases."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion

from lint_rules.models.schema import FORMS, USER, Form, FunctionModel, Models, Pattern, Row, TypeModel
from lint_rules.models.short import delay_function


@dataclass(frozen=True, slots=True)
class Attribute:
    """What reading an attribute gives: a state's truth, a value of a type, None in a state, or one value per state."""

    state: str | None = None
    type: str | None = None
    none: str | None = None
    values: tuple[tuple[str, str], ...] = ()


def canonical(models: Models, qualname: str) -> str:
    """The one name of a thing: its longest aliased prefix is replaced until none is left."""
    known = models.canonical.get(qualname)
    if known is None:
        known = models.canonical[qualname] = _canonical(models, qualname)
    return known


def _canonical(models: Models, qualname: str) -> str:
    name = qualname
    seen = set()
    while name not in seen:
        seen.add(name)
        head, tail = name, ""
        while head and head not in models.alias:
            head, _, last = head.rpartition(".")
            tail = f".{last}{tail}"
        if head:
            name = models.alias[head] + tail
    return name.removeprefix("builtins.")


def find_type(models: Models, qualname: str) -> TypeModel | None:
    return models.types.get(canonical(models, qualname))


def lineage(models: Models, qualname: str) -> Iterator[TypeModel]:
    """A type and its bases, nearest first, each once."""
    waiting, seen = [canonical(models, qualname)], set()
    while waiting:
        name = waiting.pop(0)
        model = models.types.get(name)
        if model is not None and name not in seen:
            seen.add(name)
            yield model
            waiting.extend(model.bases)


def spellings(models: Models, qualname: str) -> Iterator[str]:
    """The canonical name of a callable, then the names of the methods that it inherits."""
    name = canonical(models, qualname)
    yield name
    if name in models.types:
        for base in lineage(models, name):
            yield base.name
    owner, _, member = name.rpartition(".")
    for base in lineage(models, owner):
        yield f"{base.name}.{member}"


def function(models: Models, qualname: str) -> FunctionModel | None:
    name = canonical(models, qualname)
    if name in models.types:
        return models.functions.get(name)
    pattern = _glob(models, name)
    if pattern is not None and pattern.combinator:
        return delay_function(name)
    return next((models.functions[name] for name in spellings(models, name) if name in models.functions), None)


def told_by_name(models: Models) -> dict[str, str]:
    """What methods give that are known by their names alone."""
    return {m.name.rpartition(".")[2]: m.returns for m in models.functions.values() if m.telling and m.returns}


def rows(models: Models, qualname: str, form: Form, declared_version: str | None = None) -> tuple[Row, ...]:
    """The rows of a callable, or of a type itself for `await`, `async for`, `async with` and `with`.

    Where rows differ by the library's version alone, the one of the declared version, else of the newest measured. A
    glob of the user's goes before what we say of a name, not before what the user says of it.
    """
    pattern = _glob(models, canonical(models, qualname)) if form == "await" else None
    if pattern is not None:
        return pattern.rows
    found = next((found for name in spellings(models, qualname) if (found := models.rows.get((name, form)))), ())
    if len({row.when for row in found}) == len(found):
        return found
    measured = models.measured.get(models.library_of.get(found[0].name, ""), ())
    newest = measured[-1] if measured else None
    chosen: dict[tuple[str, ...], Row] = {}
    for row in sorted(found, key=lambda row: (row_holds(row, declared_version or newest), row_holds(row, newest))):
        chosen[row.when] = row
    return tuple(chosen.values())


def _glob(models: Models, name: str) -> Pattern | None:
    """The most specific glob of the user's for a callable of a library of which the user says nothing more exact."""
    if not models.patterns or models.origin.get(name) == USER:
        return None
    return next((p for p in models.patterns if p.kind == "name" and fnmatchcase(name, p.glob)), None)


def attribute(models: Models, type_name: str, name: str) -> Attribute | None:
    for model in lineage(models, type_name):
        found = Attribute(
            dict(model.attributes).get(name),
            dict(model.attribute_types).get(name),
            dict(model.attribute_none).get(name),
            dict(model.attribute_values).get(name, ()),
        )
        if found != Attribute():
            return found
    return None


def state_source(models: Models, type_name: str, state: str, receiver: str) -> str:
    """A state of a receiver as Python source."""
    text = next((text for model in lineage(models, type_name) for name, text in model.states if name == state), state)
    return text.replace("{}", receiver) if "{}" in text else f"{receiver}.{text}"


def guess_type(models: Models, variable: str, *members: str) -> str | None:
    """The one type that a variable of this name and with these members may have; None where they do not tell."""
    plain = variable.lstrip("_")
    named = [name for name, model in models.types.items() if plain in model.names]
    found = [name for name in named if all(has_member(models, name, member) for member in members)]
    return found[0] if len(found) == 1 else None


def has_member(models: Models, type_name: str, member: str) -> bool:
    if attribute(models, type_name, member) is not None:
        return True
    names = {f"{model.name}.{member}" for model in lineage(models, type_name)}
    return not names.isdisjoint(models.functions) or any(
        (name, form) in models.rows for name in names for form in FORMS
    )


def exception_bases(models: Models, qualname: str) -> tuple[str, ...]:
    """All exceptions from which one derives, nearest first; empty for one that no model knows."""
    bases: list[str] = []
    waiting = [canonical(models, qualname)]
    while waiting:
        for base in models.exceptions.get(waiting.pop(0), ()):
            if base not in bases:
                bases.append(base)
                waiting.append(base)
    return tuple(bases)


def catches(models: Models, raised: str, caught: str) -> bool:
    """Whether `except caught` takes a `raised`."""
    wanted = canonical(models, caught)
    return wanted == canonical(models, raised) or wanted in exception_bases(models, raised)


def row_holds(row: Row, declared_version: str | None) -> bool:
    """Whether the row speaks of that version of the library; without a declared version, it does."""
    if not row.versions or declared_version is None:
        return True
    try:
        return SpecifierSet(row.versions).contains(declared_version, prereleases=True)
    except InvalidVersion:
        return False


def user_pattern(
    models: Models, qualname: str, base_names: Collection[str], decorators: Collection[str]
) -> Pattern | None:
    """The most specific short form of the user's that speaks of a callable."""
    name = canonical(models, qualname)
    method = qualname.rpartition(".")[2]
    for pattern in models.patterns:
        if pattern.kind == "name":
            matched = fnmatchcase(name, pattern.glob) or fnmatchcase(qualname, pattern.glob)
        elif pattern.kind == "base":
            matched = any(fnmatchcase(f"{canonical(models, base)}.{method}", pattern.glob) for base in base_names)
        else:
            matched = any(fnmatchcase(canonical(models, decorator), pattern.glob) for decorator in decorators)
        if matched:
            return pattern
    return None


def user_model(
    models: Models, qualname: str, base_names: Collection[str], decorators: Collection[str]
) -> tuple[Row, ...] | None:
    """The rows that the user's short forms give to a callable, or None if they say nothing of it."""
    pattern = user_pattern(models, qualname, base_names, decorators)
    return pattern.rows if pattern else None
