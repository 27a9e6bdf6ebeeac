"""Contradictions in models: rows that overlap, that nothing can reach or that name what does not exist are errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from lint_rules.models.guards import COMBINATOR_TESTS, exclusive, parse_guard
from lint_rules.models.lookup import function, lineage
from lint_rules.models.schema import Models, Row
from lint_rules.models.table import ModelError, closest


def check_models(models: Models, part: Models) -> None:
    """Check `part` within `models`, of which it is a part: the whole for our own files, the user's for a run."""
    for problem in problems(models, part):
        raise problem


def problems(models: Models, part: Models) -> Iterator[ModelError]:
    for model in part.types.values():
        for base in model.bases:
            if base not in models.types:
                text = f"base {base!r} is no type of any model{closest(base, models.types)}"
                yield complaint(models, f"types {model.name}", text)
    for found in part.rows.values():
        for row in found:
            wrong = row_problem(models, row)
            if wrong:
                yield complaint(models, f"rows {row.name} ({row.form}) {list(row.when)}", wrong, row.name)
        for one, other in combinations(found, 2):
            if not exclusive(one.when, other.when) and ranges_meet(one.versions, other.versions):
                text = f"overlaps with the row {list(other.when)}"
                yield complaint(models, f"rows {one.name} ({one.form}) {list(one.when)}", text, one.name)


def complaint(models: Models, entry: str, text: str, name: str | None = None) -> ModelError:
    file = models.origin.get(name or entry.split()[-1], "models")
    return ModelError(f"{file}: {entry}: {text}")


def row_problem(models: Models, row: Row) -> str | None:
    """What is wrong with a row by itself."""
    if row.raises and (row.returns is not None or row.ends):
        return "both raises and returns"
    if row.ends and row.form != "async for":
        return "ends is for the form 'async for'"
    if not row.suspends:
        return "suspends holds for no version of Python"
    if any(exclusive((one,), (other,)) for one, other in combinations(row.when, 2)):
        return "unreachable: its guards exclude each other"
    try:
        SpecifierSet(row.versions)
    except InvalidSpecifier:
        return f"bad version range {row.versions!r}"
    for text in (*row.when, *row.sets):
        problem = guard_problem(models, row, text, in_sets=text not in row.when)
        if problem:
            return problem
    if row.returns is not None and row.returns.startswith("state:"):
        return guard_problem(models, row, row.returns.removeprefix("state:"), in_sets=True)
    return None


def guard_problem(models: Models, row: Row, text: str, in_sets: bool) -> str | None:
    guard = parse_guard(text)
    if guard is None or (in_sets and not guard.is_state):
        return f"bad guard {text!r}; a guard is STATE, !STATE or PARAMETER followed by one of <=0, >0, is None, ..."
    if guard.argument:
        signature = function(models, row.name)
        owner = dict(signature.given).get(guard.argument) if signature else None
        if in_sets or owner is None:
            return f"bad guard {text!r}: `given` of {row.name} names no type for {guard.argument!r}"
        own = declared_states(models, owner)
        return None if guard.state in own else f"unknown state {guard.state!r}{closest(guard.state, own)}"
    if guard.is_state:
        known = states(models, row)
        if known is not None and guard.subject not in known:
            return f"unknown state {guard.subject!r}{closest(guard.subject, known)}"
        return None
    signature = function(models, row.name)
    parameters = signature.parameters if signature else ()
    if guard.subject not in parameters:
        return f"{row.name} has no parameter {guard.subject!r}{closest(guard.subject, parameters)}"
    if guard.test in COMBINATOR_TESTS and (signature is None or signature.combinator is None):
        return f"the guard {text!r} is for combinators"
    return None


def states(models: Models, row: Row) -> set[str] | None:
    """The states that the receiver of a row declares; None where the receiver is of no modelled type."""
    owner = row.name if row.name in models.types else row.name.rpartition(".")[0]
    return declared_states(models, owner) if any(lineage(models, owner)) else None


def declared_states(models: Models, owner: str) -> set[str]:
    kinds = list(lineage(models, owner))
    found = {name for kind in kinds for name, _ in kind.states}
    for kind in kinds:
        for pairs in (kind.attributes, kind.attribute_none, *(values for _, values in kind.attribute_values)):
            found.update(state.removeprefix("!") for _, state in pairs)
    return found


def ranges_meet(first: str, second: str) -> bool:
    """Whether a version lies in both ranges: tried on the versions named and on their neighbours."""
    if not first or not second or first == second:
        return True
    both = SpecifierSet(first) & SpecifierSet(second)
    named = [Version(text) for text in re.findall(r"\d+(?:\.\d+)*", f"{first} {second}")]
    tried = [version for one in named for version in (one, below(one), Version(f"{one}.1"))]
    return any(both.contains(version, prereleases=True) for version in tried)


def below(version: Version) -> Version:
    """A version shortly before."""
    release = list(version.release)
    while release and release[-1] == 0:
        release.pop()
    if not release:
        return Version("0")
    release[-1] -= 1
    return Version(".".join(map(str, [*release, 9999])))
