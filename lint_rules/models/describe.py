"""What the models say, in words: one line per row or signature, each with the place that it comes from."""

from __future__ import annotations

from lint_rules.models.schema import FunctionModel, Models, Pattern, Row


def describe(models: Models) -> list[str]:
    """Every callable of the models, sorted by name."""
    lines = [
        f"{row.name} | {row.form} | {guard(row)} -> {behaviour(row)} | {models.origin.get(row.name, '')} | {row.source}"
        for found in models.rows.values()
        for row in found
    ]
    modelled = {name for name, _ in models.rows}
    lines += [
        f"{model.name} | call | always -> {signature(model)} | {models.origin.get(model.name, '')} |"
        for model in models.functions.values()
        if model.name not in modelled
    ]
    return sorted(lines) + [pattern_line(pattern, row) for pattern in models.patterns for row in pattern.rows]


def guard(row: Row) -> str:
    return " and ".join(text.replace("!", "not ") for text in row.when) or "always"


def behaviour(row: Row) -> str:
    """What happens, in the words of the schema."""
    words = [suspension(row)]
    if row.raises:
        words.append(f"raises {row.raises}")
    if row.returns is not None:
        words.append(f"returns {row.returns}")
    words += [f"{name} = {value}" for name, value in row.fields]
    words += [f"sets {state.replace('!', 'not ')}" for state in row.sets]
    words += [word for word, holds in (("ends", row.ends), ("consumes", row.consumes)) if holds]
    if row.versions:
        words.append(f"library {row.versions}")
    return ", ".join(words)


def suspension(row: Row) -> str:
    words = {"none": "at once", "yield": "yields", "wait": "waits", "block": "blocks the thread"}
    if len(row.suspends) == 1 and row.suspends[0][0] == (3, 8):
        return words[row.suspends[0][1]]
    return ", ".join(f"{words[kind]} from {major}.{minor}" for (major, minor), kind in row.suspends)


def signature(model: FunctionModel) -> str:
    """What is known of a callable that has no rows."""
    known = [f"gives {model.returns}"] if model.returns else []
    known += [f"combinator {model.combinator}"] if model.combinator else []
    known += ["no effect"] if model.pure or model.answer else []
    known += [f"answer from the {model.answer}"] if model.answer in ("clock", "outside") else []
    known += ["gives a new object"] if model.answer == "new" else []
    return ", ".join(known) or f"takes {', '.join(model.parameters) or 'nothing'}"


def pattern_line(pattern: Pattern, row: Row) -> str:
    kind = "" if pattern.kind == "name" else f"{pattern.kind}:"
    return (
        f"{kind}{pattern.glob} | {row.form} | {guard(row)} -> {behaviour(row)} | [tool.spinlint.models] | {row.source}"
    )
