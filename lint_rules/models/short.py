"""The user's short forms, `"pkg.mod.func" = "silent when closed"`; each means the rows that would spell it out."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from lint_rules.models.guards import parse_guard
from lint_rules.models.schema import FunctionModel, Models, Pattern, Row, Suspends
from lint_rules.models.table import Table, closest

WORDS = ("suspends", "yields", "silent", "raises", "delay")
FORM = re.compile(r"(suspends|yields|silent|delay|raises\s+([\w.]+))(?:\s+when\s+(.+))?")
KIND = re.compile(r"(?:(base|decorator):)?([\w.*?\[\]!]+)")
CLASS_OF: dict[str, Suspends] = {"suspends": "wait", "yields": "yield"}


def add_short_forms(models: Models, table: Table, keys: Collection[str]) -> None:
    """Each entry becomes a pattern; one that names a single callable becomes its model too."""
    for key in table.values:
        entry = Table(table.file, repr(key), table.values)
        match = KIND.fullmatch(key)
        if match is None or ("." not in key and ":" not in key):
            hint = closest(key, keys)
            raise entry.error(
                f"no key of a model file{hint}, no qualified name or glob, base:NAME.METHOD, decorator:NAME"
            )
        pattern = read_short_form(entry, match[1] or "name", match[2], entry.text(key))
        models.patterns.append(pattern)
        if pattern.kind == "name" and not re.search(r"[*?\[]", pattern.glob):
            name = pattern.glob
            models.rows[name, "await"] = tuple(replace(row, name=name) for row in pattern.rows)
            models.origin[name] = table.file
            if pattern.combinator:
                models.functions[name] = delay_function(name)
    models.patterns.sort(key=specificity)


def read_short_form(entry: Table, kind: str, glob: str, text: str) -> Pattern:
    match = FORM.fullmatch(text.strip())
    if match is None:
        first = text.split(" ", 1)[0]
        raise entry.error(f"{text!r} is none of {', '.join(WORDS)} (raises needs a name){closest(first, WORDS)}")
    word = match[1].split()[0]
    when = tuple(part.strip() for part in (match[3] or "").split(",") if part.strip())
    for guard in when:
        if parse_guard(guard) is None:
            raise entry.error(f"bad guard {guard!r}")
    source = f"short form {text!r}"
    if word == "delay":
        if when:
            raise entry.error("a delay takes no guard")
        rows: tuple[Row, ...] = (
            Row(glob, "await", ("delay<=0",), (((3, 8), "yield"),), label="zero", source=source),
            Row(glob, "await", ("delay>0",), (((3, 8), "wait"),), source=source),
        )
        combinator = "sleep"
    else:
        suspends = CLASS_OF.get(word, "none")
        rows = (Row(glob, "await", when, (((3, 8), suspends),), raises=match[2], source=source),)
        combinator = None
    if kind == "base":
        return Pattern("base", glob, rows, combinator)
    return Pattern("decorator" if kind == "decorator" else "name", glob, rows, combinator)


def delay_function(name: str) -> FunctionModel:
    """A function that waits for its first parameter."""
    return FunctionModel(name, parameters=("delay",), combinator="sleep")


def specificity(pattern: Pattern) -> tuple[int, bool, int]:
    """Sorts the most specific first: names, then bases, then decorators; exact before glob, long before short."""
    order = {"name": 0, "base": 1, "decorator": 2}
    return order[pattern.kind], bool(re.search(r"[*?\[]", pattern.glob)), -len(pattern.glob)
