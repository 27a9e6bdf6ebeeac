"""Programs of any size in which one thing grows: what the analysis costs must grow no faster.

Invariant: every program is valid and holds a candidate loop; `n` alone decides the text.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

HEAD = "import asyncio\n\n\n"


def _calls(n: int) -> str:
    """A chain of coroutines, each of which may return at once."""
    chain = "".join(
        f"async def step{i}(w):\n    if w.a{i}:\n        return\n    await step{i + 1}(w)\n\n\n" for i in range(n)
    )
    return f"{chain}async def step{n}(w):\n    await asyncio.sleep(1)\n\n\n{_main('await step0(w)')}"


def _plain_calls(n: int) -> str:
    """A chain of plain functions, each of which writes something."""
    chain = "".join(f"def step{i}(w):\n    w.a{i} = {i}\n    step{i + 1}(w)\n\n\n" for i in range(n))
    return f"{chain}def step{n}(w):\n    pass\n\n\n{_main('step0(w)', 'await w.read()')}"


def _branches(n: int) -> str:
    """Branches that write, so that no two paths are the same."""
    return _main(*(f"if w.a{i}:\n            w.b{i} = {i}" for i in range(n)), "await asyncio.sleep(w.delay)")


def _mattering(n: int) -> str:
    return _main(
        *(f"if w.a{i}:\n            w.b{i % 7} = {i}\n            w.note({i})" for i in range(n)), "await w.read()"
    )


def _loops(n: int) -> str:
    """Many loops in many functions."""
    return "\n\n".join(
        _main("if w.stop:\n            continue", "await asyncio.sleep(1)", name=f"main{i}") for i in range(n)
    )


def _loops_in_one(n: int) -> str:
    loops = "".join(f"    while w.a{i}:\n        await asyncio.sleep(1)\n" for i in range(n))
    return f"async def main(w):\n{loops}"


def _nested(n: int) -> str:
    """Loops in loops, ten deep, as often as it takes."""
    text = ""
    for i in range(n):
        depth = i % 10
        text += "    " * (depth + 1) + f"while w.a{i}:\n"
        if depth == 9 or i == n - 1:
            text += "    " * (depth + 2) + "await asyncio.sleep(1)\n"
    return f"async def main(w):\n{text}"


def _handlers(n: int) -> str:
    """Handlers around one await."""
    clauses = "".join(f"        except w.Error{i}:\n            w.b{i} = {i}\n" for i in range(n))
    return f"async def main(w):\n    while True:\n        try:\n            await w.read()\n{clauses}"


def _main(*body: str, name: str = "main") -> str:
    lines = "".join(f"        {line}\n" for line in body)
    return f"async def {name}(w):\n    while True:\n{lines}"


SHAPES: dict[str, Callable[[int], str]] = {
    "depth of awaited calls": _calls,
    "depth of plain calls": _plain_calls,
    "branches": _branches,
    "branches that all matter": _mattering,
    "loops in many functions": _loops,
    "loops in one function": _loops_in_one,
    "loops in loops": _nested,
    "handlers": _handlers,
}


def write_shape(path: Path, shape: str, n: int) -> Path:
    path.write_text(HEAD + SHAPES[shape](n))
    return path
