"""A plan as one file of Python: a test that fails while the loop spins and passes once it waits or leaves.

Invariant: the file needs pytest and the project's source and nothing else; what runs is this very text.
"""

from __future__ import annotations

import ast
import json
import os
import re
import textwrap
from importlib.resources import files
from pathlib import Path

from lint_rules.confirm.plan import Plan

BENCH = ("syntax", "stubs", "sources", "objects", "loop", "drive")
WIDTH = 100
TEXT = '''\
"""{title}

{about}
"""

from __future__ import annotations

{imports}

ROOT = (Path(__file__).resolve().parent / {root}).resolve()
LAP: dict[str, Any] = {lap}


def state(bench: Bench) -> dict[str, Any]:
    """The state in which the loop spins."""
{state}


def test_{name}() -> None:
    answer = Bench(KNOWN, ROOT, LAP).run(state)
    assert answer.verdict == "not confirmed", answer.text


# How objects of libraries behave in that state; what is not here waits.
KNOWN: dict[str, Any] = {known}

# ----------------------------------------------------------------------------------------------------------------------
# What the test runs on. Nothing below speaks of this loop.

{bench}
'''
ABOUT = (
    "Written by `spinlint confirm`. It fails while the loop in {function} can go round without waiting, and passes "
    "once the loop waits or leaves in that state: {witness}. It compiles the loop and what is on its lap from {files}; "
    "everything else is a stand-in that waits."
)


def harness(plan: Plan, at: Path) -> str:
    """The text of the test as it stands in the file `at`."""
    imports, bench = bench_text()
    folder = os.path.relpath(plan.root, at.absolute().parent)
    finding = plan.finding
    about = ABOUT.format(
        function=finding.function,
        witness=" and ".join(finding.witness) or "any",
        files=", ".join(sorted({plan.lap["file"], *plan.lap["coroutines"]})),
    )
    extra = [name for name in ("collections", "queue") if any(f"{name}." in line for line in plan.state)]
    return TEXT.format(
        title=textwrap.fill(_doc(f"{finding.code}: {finding.message}."), 116),
        about=textwrap.fill(_doc(about), 118, break_long_words=False, break_on_hyphens=False),
        imports="\n".join(sorted({*imports, *(f"import {name}" for name in extra)}, key=_import_order)),
        root=_one_line(Path(folder).as_posix()),
        lap=_data(plan.lap),
        known=_data(plan.known),
        state="\n".join(f"    {line}" for line in plan.state),
        name=test_name(plan),
        bench=bench,
    )


def test_name(plan: Plan) -> str:
    words = re.findall(r"[A-Za-z0-9]+", f"{plan.finding.function} does not spin")
    return "_".join(words).lower()


def bench_text() -> tuple[list[str], str]:
    """The imports and the code of the bench as one module."""
    imports: dict[str, set[str]] = {}
    parts: list[str] = []
    for name in BENCH:
        text = files("lint_rules.confirm.bench").joinpath(f"{name}.py").read_text("utf-8")
        lines = text.splitlines()
        tree = ast.parse(text)
        last = 0
        for stmt in tree.body:
            if not isinstance(stmt, (ast.Import, ast.ImportFrom)):
                if stmt is not tree.body[0]:
                    break
            elif getattr(stmt, "module", None) != "__future__" and "lint_rules" not in str(getattr(stmt, "module", "")):
                for alias in stmt.names:
                    imports.setdefault(getattr(stmt, "module", None) or "", set()).add(alias.name)
            last = stmt.end_lineno or last
        parts.append("\n".join(lines[last:]).strip("\n"))
    plain = [f"import {name}" for name in sorted(imports.pop("", ()))]
    named = [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(imports.items())]
    return [*plain, *named], "\n\n\n".join(parts).strip()


def _import_order(line: str) -> tuple[bool, str]:
    return (line.startswith("from"), line.split()[1].lower())


def _data(value: object, indent: int = 0) -> str:
    """Plain data as source, a line for each entry where one line is not enough."""
    short = _one_line(value)
    if len(short) + indent < WIDTH or not isinstance(value, (dict, list)):
        return short
    pad = " " * (indent + 4)
    if isinstance(value, dict):
        rows = [f"{pad}{_one_line(key)}: {_data(each, indent + 4)},\n" for key, each in value.items()]
    else:
        rows = [f"{pad}{_data(each, indent + 4)},\n" for each in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{''.join(rows)}{' ' * indent}{closing}"


def _one_line(value: object) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_one_line(key)}: {_one_line(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_one_line, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _doc(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', "'''")
