"""Every row of the models is run against the real library, on loopback, and what its awaitable yields is counted.

A row is run or stands in `NOT_RUN` with the reason; one that is neither fails the first test.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
import importlib.util
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from lint_rules.models import lookup
from lint_rules.models.load import load_models
from lint_rules.models.schema import Row
from model_probes.driver import REPETITIONS, Outcome, Watch, give_up_on_asyncio, repeat, run_on_asyncio
from model_probes.real import resolve
from model_probes.registry import BACKEND, PROBES, Case, key_of, words

MODELS = load_models()
ROWS = [row for found in MODELS.rows.values() for row in found]
ALWAYS = {"asyncio", "python", "aiohttp", "builtins"}

PROBE_FILES = Path(__file__).parent.glob("model_probes/on_*.py")

for probe_file in sorted(PROBE_FILES):
    importlib.import_module(f"model_probes.{probe_file.stem}")

# Prefix of the row's words -> why it is not run.
NOT_RUN: dict[str, str] = {}


def reason_not_run(row: Row) -> str | None:
    if row.form == "call" and not row.source and dict(row.suspends) == {(3, 8): "block"}:
        return "blocks on the world outside: a network, a process, a person"
    return next((why for prefix, why in NOT_RUN.items() if words(row).startswith(prefix)), None)


def applies_here(row: Row) -> bool:
    """Whether the row speaks of the running Python and of the installed version of its library."""
    try:
        installed_version = version(MODELS.library_of[row.name])
    except PackageNotFoundError:
        installed_version = None
    return sys.version_info[:2] >= row.suspends[0][0] and lookup.row_holds(row, installed_version)


def expected_class(row: Row) -> str:
    return next(kind for python, kind in reversed(row.suspends) if sys.version_info[:2] >= python)


def installed(row: Row) -> bool:
    return importlib.util.find_spec(row.name.partition(".")[0]) is not None


def rows_to_run() -> Iterator[pytest.ParameterSet]:
    """Each row that a probe runs; one skip for each library that is not installed."""
    missing: Counter[str] = Counter()
    for row in ROWS:
        library = MODELS.library_of[row.name]
        if key_of(row) not in PROBES or not applies_here(row):
            continue
        if installed(row):
            yield pytest.param(row, id=words(row), marks=() if library in ALWAYS else pytest.mark.libraries)
        else:
            missing[library] += 1
    for library, count in missing.items():
        skip = pytest.mark.skip(reason=f"{library} is not installed: {count} rows not run")
        yield pytest.param(None, id=library, marks=(skip, pytest.mark.libraries))


def test_every_row_is_run_or_listed() -> None:
    counts = Counter(
        "run" if key_of(row) in PROBES else "listed" if reason_not_run(row) else "other version"
        for row in ROWS
        if key_of(row) in PROBES or reason_not_run(row) or not applies_here(row)
    )
    print(f"rows of library models: {len(ROWS)}, {dict(counts)}")
    missing = [
        words(row) for row in ROWS if key_of(row) not in PROBES and applies_here(row) and not reason_not_run(row)
    ]
    assert not missing, "rows that no probe runs and no reason excuses:\n" + "\n".join(missing)


def test_every_probe_has_its_row() -> None:
    known = {key_of(row) for row in ROWS}
    assert [key for key in PROBES if key not in known] == []


def test_no_listed_row_is_run() -> None:
    assert [words(row) for row in ROWS if key_of(row) in PROBES and reason_not_run(row)] == []


@pytest.mark.parametrize("row", list(rows_to_run()))
def test_row(row: Row) -> None:
    if BACKEND[key_of(row)] == "trio":
        from model_probes.driver_trio import give_up_on_trio as give_up
        from model_probes.driver_trio import run_on_trio as run
    else:
        give_up, run = give_up_on_asyncio, run_on_asyncio

    async def work(watch: Watch) -> list[Outcome]:
        async with PROBES[key_of(row)](row.name.rpartition(".")[2]) as case:
            assert case.receiver is None or wrong_guards(row, case.receiver) == []
            patiently = give_up if expected_class(row) == "wait" else None
            outcomes = await repeat(case, row.form, watch, repetitions(row), patiently)
            assert wrong_settings(row, case) == []
            if row.returns is not None and row.returns.startswith("state:"):
                assert case.outside is not None
                assert not case.outside()
            return outcomes

    for outcome in run(work):
        assert complaint(row, outcome) is None, f"{words(row)}: {complaint(row, outcome)}"


def repetitions(row: Row) -> int:
    """Once where the row changes its own state, blocks or waits; else often enough to see that it persists."""
    changes = any(lookup_negation(state) in row.when for state in row.sets)
    return 1 if changes or not row.persists or expected_class(row) in ("wait", "block") else REPETITIONS


def lookup_negation(state: str) -> str:
    return state[1:] if state.startswith("!") else f"!{state}"


def wrong_guards(row: Row, receiver: object) -> list[str]:
    """The guards of the row that the receiver does not satisfy, by what the models say of reading them."""
    owner = row.name if row.form != "call" and row.name in MODELS.types else row.name.rpartition(".")[0]
    guards = [guard for guard in row.when if guard.lstrip("!").isidentifier()]
    wrong = [guard for guard in guards if truth_of(owner, guard.lstrip("!"), receiver) is guard.startswith("!")]
    for text in row.when:
        argument, _, state = text.lstrip("!").partition(".")
        if state:
            kind_of = dict(MODELS.functions[row.name].given)[argument]
            wrong += [text] if truth_of(kind_of, state, receiver) is text.startswith("!") else []
    for kind in lookup.lineage(MODELS, owner):
        for attribute, state in kind.attributes:
            if state in guards and not getattr(receiver, attribute, True):
                wrong.append(f"{attribute} is false though {state}")
            if lookup_negation(state) in guards and getattr(receiver, attribute, False):
                wrong.append(f"{attribute} is true though not {state}")
        for attribute, state in kind.attribute_none:
            if state in guards and getattr(receiver, attribute) is not None:
                wrong.append(f"{attribute} is not None though {state}")
            if lookup_negation(state) in guards and getattr(receiver, attribute) is None:
                wrong.append(f"{attribute} is None though not {state}")
        for attribute, values in kind.attribute_values:
            for member, state in values:
                if state in guards and getattr(receiver, attribute) != resolve(member):
                    wrong.append(f"{attribute} is not {member} though {state}")
    return wrong


def truth_of(owner: str, state: str, receiver: object) -> bool:
    source = lookup.state_source(MODELS, owner, state, "receiver")
    return bool(eval(source, {"receiver": receiver, "socket": socket}))


def wrong_settings(row: Row, case: Case) -> list[str]:
    """The states that the row says it sets and that do not hold afterwards."""
    if case.receiver is None:
        return []
    owner = row.name.rpartition(".")[0]
    return [state for state in row.sets if truth_of(owner, state.lstrip("!"), case.receiver) is state.startswith("!")]


def complaint(row: Row, outcome: Outcome) -> str | None:
    """In words what the outcome has that the row does not say."""
    expected = expected_class(row)
    if expected == "wait":
        return None if outcome.suspends == "wait" else f"{outcome.suspends} instead of a wait"
    if outcome.suspends != ("none" if expected == "block" else expected):
        return f"{outcome.suspends} instead of {expected}"
    if row.raises:
        wanted = resolve(row.raises)
        assert isinstance(wanted, type)
        if wanted is TimeoutError and sys.version_info < (3, 11):
            wanted = asyncio.TimeoutError
        if not isinstance(outcome.error, wanted):
            return f"{outcome.error!r} instead of {row.raises}"
    elif outcome.error is not None:
        return f"raised {outcome.error!r}"
    if row.ends and outcome.items:
        return f"{outcome.items} items"
    if row.returns is not None and not same_value(row.returns, outcome.value):
        return f"returned {outcome.value!r}"
    held = outcome.error if row.raises else outcome.value
    for name, text in row.fields:
        if not same_value(text, getattr(held, name)):
            return f"{name} is {getattr(held, name)!r}"
    return None


def same_value(text: str, value: object) -> bool:
    if text.startswith("state:"):
        return bool(value)
    try:
        return bool(ast.literal_eval(text) == value)
    except ValueError:
        return value is resolve(text) or value == resolve(text)
