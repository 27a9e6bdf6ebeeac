"""Enumerates loops along the dimensions in which real ones differ: every combination has a number.

A program has the form of those in `programs`: a class whose `run` holds the loop, with three flags and a counter. A
combination that makes no sense (a wait in an `else` that is not there) is valid and has no such wait.
"""

from __future__ import annotations

import math

from programs import Program

DIMENSIONS: dict[str, tuple[str, ...]] = {
    "loop": ("while True", "while guard", "for", "async for"),
    "around": ("nothing", "except", "except else", "finally", "except finally", "with", "async with"),
    "exit": ("continue", "break", "return", "raise", "fall through"),
    "wait": ("nowhere", "first", "after the call", "in the handler", "in the else", "in the finally", "in the callee"),
    "callees": ("one", "two"),
    "guard": ("equal", "weaker", "stronger", "negated"),
    "reset": ("no counter", "never", "before", "after", "conditional"),
    "turns": ("steady", "toggled", "every third lap"),
}
COUNT = math.prod(map(len, DIMENSIONS.values()))
GUARDS = {"equal": "self.a", "weaker": "self.a or self.b", "stronger": "self.a and self.b", "negated": "not self.a"}
HEADS = {
    "while True": "while True:",
    "while guard": "while self.a:",
    "for": "for _ in itertools.count():",
    "async for": "async for _ in self.ticks():",
}
WAIT = "await asyncio.sleep(1)"


def choices(number: int) -> dict[str, str]:
    """What the program of this number has of each dimension."""
    found = {}
    for name, values in DIMENSIONS.items():
        number, index = divmod(number, len(values))
        found[name] = values[index]
    return found


def grid_program(number: int) -> Program:
    """The program of this number, from 0 to COUNT - 1."""
    has = choices(number)
    methods = [_run(has), _step(has)]
    if has["callees"] == "two":
        methods.append(
            ["async def other(self):", f"    if not ({GUARDS[has['guard']]}):", "        return", *_end(has)]
        )
    if has["loop"] == "async for":
        methods.append(["async def ticks(self):", "    while self.a:", "        yield 1"])
    init = ["def __init__(self, a: bool, b: bool, c: bool, n: int = 0):"]
    init += [f"    self.{flag} = {flag}" for flag in ("a", "b", "c", "n")] + ["    self.lock = asyncio.Lock()"]
    lines = [f"class P{number}:"]
    for method in (init, *methods):
        lines += [*_indent(method), ""]
    counts = has["reset"] != "no counter" or has["turns"] == "every third lap"
    return Program(f"P{number}", "\n".join(lines), "self" if counts else "")


def _indent(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


def _wait(has: dict[str, str], place: str) -> list[str]:
    return [WAIT] if has["wait"] == place else []


def _end(has: dict[str, str]) -> list[str]:
    return _indent(_wait(has, "in the callee"))


def _step(has: dict[str, str]) -> list[str]:
    lines = ["async def step(self):", f"    if {GUARDS[has['guard']]}:", "        return"]
    if has["around"] not in ("nothing", "finally", "async with"):
        lines += ["    if self.c:", "        raise Lost"]
    return [*lines, *_end(has)]


def _run(has: dict[str, str]) -> list[str]:
    body = ["self.n = 0"] if has["reset"] == "before" else []
    body += [*_wait(has, "first"), *_turn(has), *_around(has), *_count(has)]
    return ["async def run(self):", f"    {HEADS[has['loop']]}", *_indent(_indent(body))]


def _turn(has: dict[str, str]) -> list[str]:
    if has["turns"] == "every third lap":
        return ["self.n += 1", "if self.n >= 3:", "    self.n = 0", "    self.c = not self.c"]
    return ["self.c = not self.c"] if has["turns"] == "toggled" else []


def _count(has: dict[str, str]) -> list[str]:
    reset = has["reset"]
    if reset == "no counter":
        return []
    end = {"after": ["self.n = 0"], "conditional": ["if self.b:", "    self.n = 0"]}.get(reset, [])
    return ["self.n += 1", "if self.n > 2:", f"    {WAIT}", *end]


def _around(has: dict[str, str]) -> list[str]:
    body = ["await self.step()"]
    if has["callees"] == "two":
        body.append("await self.other()")
    leave = {"fall through": "self.c = self.c", "raise": "raise Gone"}.get(has["exit"], has["exit"])
    body += ["if self.b:", f"    {leave}", *_wait(has, "after the call")]
    around = has["around"]
    if around == "nothing":
        return body
    head = {"with": "with contextlib.suppress(Lost):", "async with": "async with self.lock:"}.get(around, "try:")
    lines = [head, *_indent(body)]
    if "except" in around:
        lines += ["except Lost:", *_indent(_wait(has, "in the handler") or ["self.c = self.c"])]
    if "else" in around:
        lines += ["else:", *_indent(_wait(has, "in the else") or ["self.c = self.c"])]
    if "finally" in around:
        lines += ["finally:", *_indent(_wait(has, "in the finally") or ["self.c = self.c"])]
    return lines
